//! Which ROI is what: said by the user, or found by name and type.

use super::syntax::line_of;
use super::{CheckError, Role};
use crate::case::Case;
use crate::structure::Structure;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::fmt;

/// A ROI by name or number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RoiRef {
    /// By name, exactly as drawn.
    Name(String),
    /// By its number in the structure set.
    Number(i32),
}

impl fmt::Display for RoiRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(name) => write!(f, "'{name}'"),
            Self::Number(number) => write!(f, "number {number}"),
        }
    }
}

/// What the user says about ROIs; it wins over names and types.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Mapping {
    entries: Vec<(Role, Vec<RoiRef>)>,
}

impl Mapping {
    /// A mapping of structures to ROIs: one each; of targets (`GTV`, `PTV`) and of what is made of parts
    /// (`Kidneys`) one or more, of which the union is taken.
    ///
    /// # Errors
    /// A structure that is there twice, without a ROI, or with several where one is meant.
    pub fn new(entries: Vec<(Role, Vec<RoiRef>)>) -> Result<Self, CheckError> {
        for (index, (role, rois)) in entries.iter().enumerate() {
            let takes_several = role.target_kind().is_some() || !role.key().parts().is_empty();
            let reason = if role.is_prescription() {
                Some("the target of the prescription is no ROI; say PTV or GTV")
            } else if entries[..index].iter().any(|(other, _)| other == role) {
                Some("it is there twice")
            } else if rois.is_empty() {
                Some("it names no ROI; give one, or leave it out")
            } else if !takes_several && rois.len() > 1 {
                Some("only GTV, CTV, ITV, PTV and structures of several parts take several ROIs")
            } else {
                None
            };
            if let Some(reason) = reason {
                return Err(CheckError::Mapping {
                    role: role.name().to_owned(),
                    reason: reason.to_owned(),
                });
            }
        }
        Ok(Self { entries })
    }

    /// The mapping of a file: lines such as `Liver = "Hepar"`, `GTV = [3, "T2"]`, `Stomach = 12`. `label` stands
    /// for the file in messages.
    ///
    /// # Errors
    /// Text that is no such file, with the line; what [`Mapping::new`] refuses.
    pub fn parse(label: &str, text: &str) -> Result<Self, CheckError> {
        let fail = |line: usize, reason: &str| CheckError::Mapping {
            role: format!("'{label}', line {line}"),
            reason: format!(
                "{reason}; write lines such as Liver = \"Hepar\" or GTV = [3, \"T2\"], a name with other signs in quotation marks"
            ),
        };
        let table: BTreeMap<toml::Spanned<String>, Rois> =
            toml::from_str(text).map_err(|error| {
                let at = error.span().map_or(0, |span| span.start);
                fail(line_of(text, at), error.message())
            })?;
        let mut entries = Vec::new();
        for (name, rois) in table {
            let role = name
                .get_ref()
                .parse::<Role>()
                .map_err(|reason| fail(line_of(text, name.span().start), &reason))?;
            entries.push((role, rois.into()));
        }
        Self::new(entries)
    }

    /// The entries as given.
    pub fn entries(&self) -> &[(Role, Vec<RoiRef>)] {
        &self.entries
    }

    /// The ROIs of a structure, where it is mapped.
    pub(super) fn find<'a>(
        &self,
        role: &Role,
        case: &'a Case,
    ) -> Result<Option<Vec<&'a Structure>>, CheckError> {
        let Some((_, rois)) = self.entries.iter().find(|(one, _)| one == role) else {
            return Ok(None);
        };
        rois.iter()
            .map(|roi| one_roi(role, roi, case))
            .collect::<Result<_, _>>()
            .map(Some)
    }
}

/// A ROI in a mapping file.
#[derive(Deserialize)]
#[serde(untagged)]
enum OneRoi {
    Number(i32),
    Name(String),
}

/// One ROI or several.
#[derive(Deserialize)]
#[serde(untagged)]
enum Rois {
    One(OneRoi),
    Several(Vec<OneRoi>),
}

impl From<Rois> for Vec<RoiRef> {
    fn from(rois: Rois) -> Self {
        let reference = |roi| match roi {
            OneRoi::Number(number) => RoiRef::Number(number),
            OneRoi::Name(name) => RoiRef::Name(name),
        };
        match rois {
            Rois::One(roi) => vec![reference(roi)],
            Rois::Several(rois) => rois.into_iter().map(reference).collect(),
        }
    }
}

fn one_roi<'a>(role: &Role, roi: &RoiRef, case: &'a Case) -> Result<&'a Structure, CheckError> {
    let is = |structure: &&Structure| match roi {
        RoiRef::Name(name) => structure.name == *name,
        RoiRef::Number(number) => structure.number == Some(*number),
    };
    let found: Vec<&Structure> = case.structures.iter().filter(is).collect();
    match found[..] {
        [only] => Ok(only),
        [] => Err(CheckError::MappedRoiMissing {
            role: role.name().to_owned(),
            roi: roi.to_string(),
        }),
        _ => Err(CheckError::MappedRoiRepeated {
            role: role.name().to_owned(),
            roi: roi.to_string(),
            count: found.len(),
        }),
    }
}

/// A name without case, spaces and underscores, with every dash a hyphen. The hyphen stays, for it
/// means "minus" in TG-263: `Liver-GTV` is not the GTV of the liver.
pub(super) fn normalized(name: &str) -> String {
    name.chars()
        .filter(|c| !c.is_whitespace() && *c != '_')
        .map(|c| match c {
            '\u{2010}'..='\u{2015}' | '\u{2212}' => '-',
            other => other,
        })
        .flat_map(char::to_lowercase)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn case(names: &[&str]) -> Case {
        let roi = |(index, name): (usize, &&str)| {
            let mut structure = Structure::from_contours(*name, &[], None).unwrap();
            structure.number = Some(index as i32 + 1);
            structure
        };
        Case {
            structures: names.iter().enumerate().map(roi).collect(),
            ..Case::default()
        }
    }

    #[test]
    fn names_without_case_spaces_underscores() {
        assert_eq!(normalized(" Liver \u{2013} GTV "), "liver-gtv");
        assert_eq!(normalized("LIVER_minus_gtv"), "liverminusgtv");
        assert_ne!(normalized("Liver GTV"), normalized("Liver-GTV"));
    }

    #[test]
    fn by_name_and_by_number() {
        let case = case(&["Hepar", "T", "T"]);
        let gtv = |rois| Mapping::new(vec![(Role::gtv(), rois)]).unwrap();
        let numbers = gtv(vec![RoiRef::Number(2), RoiRef::Number(3)]);
        assert_eq!(numbers.find(&Role::gtv(), &case).unwrap().unwrap().len(), 2);
        assert!(numbers.find(&Role::liver(), &case).unwrap().is_none());
        let twice = gtv(vec![RoiRef::Name("T".into())]).find(&Role::gtv(), &case);
        assert!(
            twice
                .unwrap_err()
                .to_string()
                .contains("2 ROIs have this name; give its number")
        );
        let nobody = gtv(vec![RoiRef::Name("X".into())]).find(&Role::gtv(), &case);
        assert!(
            nobody
                .unwrap_err()
                .to_string()
                .contains("names ROI 'X' for GTV")
        );
    }

    #[test]
    fn mappings_that_cannot_be() {
        let one = || vec![RoiRef::Number(1)];
        assert!(Mapping::new(vec![(Role::liver(), vec![])]).is_err());
        assert!(
            Mapping::new(vec![(
                Role::liver(),
                vec![RoiRef::Number(1), RoiRef::Number(2)]
            )])
            .is_err()
        );
        assert!(Mapping::new(vec![(Role::gtv(), one()), (Role::gtv(), one())]).is_err());
        assert!(Mapping::new(vec![(Role::target(), one())]).is_err());
        let kidneys = "Kidneys".parse().unwrap();
        assert!(Mapping::new(vec![(kidneys, vec![RoiRef::Number(1), RoiRef::Number(2)])]).is_ok());
    }

    #[test]
    fn a_file_of_names() {
        let text = "Liver = \"Hepar\"\nGTV = [3, \"T2\"]\n\"Liver minus GTV\" = 12\n";
        let mapping = Mapping::parse("names.toml", text).unwrap();
        let of = |role: &Role| {
            let entry = mapping.entries().iter().find(|(one, _)| one == role);
            entry.unwrap().1.clone()
        };
        assert_eq!(of(&Role::normal_liver()), [RoiRef::Number(12)]);
        assert_eq!(
            of(&Role::gtv()),
            [RoiRef::Number(3), RoiRef::Name("T2".into())]
        );
        for (wrong, line) in [
            ("Liver = \"Hepar\"\nGTV = 3.5\n", "'m.toml', line 2"),
            ("Liver = \"Hepar\"\n\nLiver = 3\n", "'m.toml', line 3"),
            ("\n\"-\" = 3\n", "'m.toml', line 2"),
        ] {
            let error = Mapping::parse("m.toml", wrong).unwrap_err().to_string();
            assert!(
                error.contains(line) && error.contains("write lines such as"),
                "{error}"
            );
        }
    }
}
