//! Which ROI is what: said by the user, or found by name and type.

use super::CheckError;
use crate::case::Case;
use crate::structure::Structure;
use std::fmt;
use std::str::FromStr;

/// What a ROI can be mapped to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MappedRole {
    /// The whole liver.
    Liver,
    /// The liver without its gross tumour volumes, as drawn.
    NormalLiver,
    /// A gross tumour volume.
    Gtv,
}

impl MappedRole {
    /// The word of TG-263.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Liver => "Liver",
            Self::NormalLiver => "Liver-GTV",
            Self::Gtv => "GTV",
        }
    }
}

impl FromStr for MappedRole {
    type Err = CheckError;

    fn from_str(text: &str) -> Result<Self, CheckError> {
        match &normalized(text)[..] {
            "liver" => Ok(Self::Liver),
            "liver-gtv" | "liverminusgtv" | "normal-liver" | "normalliver" => Ok(Self::NormalLiver),
            "gtv" => Ok(Self::Gtv),
            _ => Err(CheckError::Mapping {
                role: text.to_owned(),
                reason: "it is no role; say Liver, Liver-GTV or GTV",
            }),
        }
    }
}

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
    entries: Vec<(MappedRole, Vec<RoiRef>)>,
}

impl Mapping {
    /// A mapping of roles to ROIs: one for the liver and the normal liver, one or more for GTV.
    ///
    /// # Errors
    /// A role that is there twice, without a ROI, or with several where one is meant.
    pub fn new(entries: Vec<(MappedRole, Vec<RoiRef>)>) -> Result<Self, CheckError> {
        for (index, (role, rois)) in entries.iter().enumerate() {
            let reason = if entries[..index].iter().any(|(other, _)| other == role) {
                Some("it is there twice")
            } else if rois.is_empty() {
                Some("it names no ROI; give one, or leave it out")
            } else if *role != MappedRole::Gtv && rois.len() > 1 {
                Some("only GTV takes several ROIs")
            } else {
                None
            };
            if let Some(reason) = reason {
                return Err(CheckError::Mapping {
                    role: role.name().to_owned(),
                    reason,
                });
            }
        }
        Ok(Self { entries })
    }

    /// The entries as given.
    pub fn entries(&self) -> &[(MappedRole, Vec<RoiRef>)] {
        &self.entries
    }

    /// The ROIs of a role, where it is mapped.
    pub(super) fn find<'a>(
        &self,
        role: MappedRole,
        case: &'a Case,
    ) -> Result<Option<Vec<&'a Structure>>, CheckError> {
        let Some((_, rois)) = self.entries.iter().find(|(one, _)| *one == role) else {
            return Ok(None);
        };
        rois.iter()
            .map(|roi| one_roi(role, roi, case))
            .collect::<Result<_, _>>()
            .map(Some)
    }
}

fn one_roi<'a>(
    role: MappedRole,
    roi: &RoiRef,
    case: &'a Case,
) -> Result<&'a Structure, CheckError> {
    let is = |structure: &&Structure| match roi {
        RoiRef::Name(name) => structure.name == *name,
        RoiRef::Number(number) => structure.number == Some(*number),
    };
    let found: Vec<&Structure> = case.structures.iter().filter(is).collect();
    match found[..] {
        [only] => Ok(only),
        [] => Err(CheckError::MappedRoiMissing {
            role: role.name(),
            roi: roi.to_string(),
        }),
        _ => Err(CheckError::MappedRoiRepeated {
            role: role.name(),
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
        let gtv = |rois| Mapping::new(vec![(MappedRole::Gtv, rois)]).unwrap();
        let numbers = gtv(vec![RoiRef::Number(2), RoiRef::Number(3)]);
        assert_eq!(
            numbers.find(MappedRole::Gtv, &case).unwrap().unwrap().len(),
            2
        );
        assert!(numbers.find(MappedRole::Liver, &case).unwrap().is_none());
        let twice = gtv(vec![RoiRef::Name("T".into())]).find(MappedRole::Gtv, &case);
        assert!(
            twice
                .unwrap_err()
                .to_string()
                .contains("2 ROIs have this name; give its number")
        );
        let nobody = gtv(vec![RoiRef::Name("X".into())]).find(MappedRole::Gtv, &case);
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
        assert!(Mapping::new(vec![(MappedRole::Liver, vec![])]).is_err());
        assert!(
            Mapping::new(vec![(
                MappedRole::Liver,
                vec![RoiRef::Number(1), RoiRef::Number(2)]
            )])
            .is_err()
        );
        assert!(Mapping::new(vec![(MappedRole::Gtv, one()), (MappedRole::Gtv, one())]).is_err());
        assert!("spleen".parse::<MappedRole>().is_err());
        assert_eq!("liver minus GTV".parse(), Ok(MappedRole::NormalLiver));
    }
}
