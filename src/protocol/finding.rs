//! Finding the structures that goals speak of, and deriving those that were not drawn.

use super::mapping::normalized;
use super::report::{Origin, StructureUsed, Subtracted};
use super::{CheckError, MappedRole, Mapping, Role};
use crate::case::Case;
use crate::structure::{Operation, SolidPolicy, Structure};

/// Names of the whole liver (TG-263).
const LIVER: &[&str] = &["Liver"];
/// Names of the liver without its gross tumour volumes (TG-263 and its description).
const NORMAL_LIVER: &[&str] = &["Liver-GTV", "Liver-GTVs", "Liver minus GTV"];
/// How the name of a gross tumour volume begins, and its interpreted type.
const GTV: &str = "GTV";
/// Interpreted types of targets: a ROI of these is no organ, whatever its name.
const TARGET_TYPES: &[&str] = &["GTV", "CTV", "PTV"];
/// Difference in volume in per cent between a drawn and a derived normal liver that is worth a word.
const VOLUME_DIFFERENCE_PERCENT: f64 = 1.0;

/// A structure and how it was come by.
#[derive(Debug, Clone)]
pub(super) struct Found {
    pub(super) structure: Structure,
    pub(super) used: StructureUsed,
}

/// A structure, or why there is none; the outer error is a mapping that cannot be followed.
pub(super) type Search<T> = Result<Result<T, String>, CheckError>;

/// Looks for structures of one case.
pub(super) struct Finder<'a> {
    pub(super) case: &'a Case,
    pub(super) mapping: &'a Mapping,
    pub(super) policy: SolidPolicy,
}

/// Gross tumour volumes, and ROIs that look half like one.
struct Gtvs<'a> {
    found: Vec<&'a Structure>,
    doubts: Vec<String>,
}

impl<'a> Finder<'a> {
    pub(super) fn find(&self, role: Role) -> Search<Found> {
        match role {
            Role::Target => Ok(Err("the target is no ROI".to_owned())),
            Role::Liver => Ok(match self.liver()? {
                Ok((structure, origin)) => self.found(Role::Liver, structure.clone(), origin),
                Err(reason) => Err(reason),
            }),
            Role::NormalLiver => self.normal_liver(),
        }
    }

    fn found(&self, role: Role, structure: Structure, origin: Origin) -> Result<Found, String> {
        let volume_cc = structure
            .volume_cc(self.policy)
            .map_err(|error| error.to_string())?;
        let used = StructureUsed {
            role,
            name: structure.name.clone(),
            number: structure.number,
            origin,
            volume_cc,
            covered_fraction: None,
            subtracted: Vec::new(),
            warnings: structure.warnings(),
        };
        Ok(Found { structure, used })
    }

    fn liver(&self) -> Search<(&'a Structure, Origin)> {
        if let Some(mapped) = self.mapping.find(MappedRole::Liver, self.case)? {
            return Ok(mapped_one(&mapped));
        }
        Ok(self.by_name(LIVER))
    }

    /// The one ROI that has one of the names, takes up space and is no target.
    fn by_name(&self, names: &[&str]) -> Result<(&'a Structure, Origin), String> {
        let looked_for = names.join(", ");
        let wanted: Vec<String> = names.iter().map(|name| normalized(name)).collect();
        let named: Vec<&Structure> = self
            .case
            .structures
            .iter()
            .filter(|structure| wanted.contains(&normalized(&structure.name)))
            .collect();
        let usable: Vec<&Structure> = named
            .iter()
            .copied()
            .filter(|structure| structure.is_solid() && !is_target(structure))
            .collect();
        match usable[..] {
            [only] => Ok((only, Origin::Drawn)),
            [] if named.is_empty() => Err(format!("no ROI is named {looked_for}")),
            [] => Err(format!(
                "the ROI named {looked_for} has no volume or is typed as a target"
            )),
            _ => Err(format!(
                "{} ROIs are named {looked_for}; say which by its number in a mapping",
                usable.len()
            )),
        }
    }

    /// Whether any ROI has one of the names, usable or not.
    fn is_named(&self, names: &[&str]) -> bool {
        let wanted: Vec<String> = names.iter().map(|name| normalized(name)).collect();
        let mut all = self.case.structures.iter();
        all.any(|structure| wanted.contains(&normalized(&structure.name)))
    }

    fn normal_liver(&self) -> Search<Found> {
        let drawn = match self.mapping.find(MappedRole::NormalLiver, self.case)? {
            Some(mapped) => match mapped_one(&mapped) {
                // What somebody says is the normal liver is not replaced by something else.
                Err(reason) => return Ok(Err(reason)),
                found => found,
            },
            None => self.by_name(NORMAL_LIVER),
        };
        let is_drawn = self.is_named(NORMAL_LIVER);
        let derived = self.derived()?;
        let (structure, origin) = match (drawn, derived) {
            (Ok(drawn), derived) => return Ok(self.drawn_beside(drawn, derived)),
            (Err(reason), Ok(mut derived)) => {
                if is_drawn {
                    derived.used.warnings.push(format!(
                        "a normal liver is drawn but cannot be used: {reason}; it was derived instead"
                    ));
                }
                return Ok(Ok(derived));
            }
            (Err(drawn), Err(derived)) => (drawn, derived),
        };
        Ok(Err(format!(
            "normal liver not found: {structure}; and it cannot be derived: {origin} (case, spaces and underscores in names do not matter)"
        )))
    }

    /// A drawn normal liver, with what it looks like beside the derived one.
    fn drawn_beside(
        &self,
        (structure, origin): (&Structure, Origin),
        derived: Result<Found, String>,
    ) -> Result<Found, String> {
        let mut found = self.found(Role::NormalLiver, structure.clone(), origin)?;
        match derived {
            Ok(derived) => {
                let (ours, theirs) = (derived.used.volume_cc, found.used.volume_cc);
                let percent = 100.0 * (theirs - ours) / ours;
                if ours <= 0.0 {
                    found.used.warnings.push(format!(
                        "the GTVs cover the whole liver, but '{}' as drawn has {theirs:.1} cc; the drawn one is used",
                        found.used.name
                    ));
                } else if percent.abs() > VOLUME_DIFFERENCE_PERCENT {
                    found.used.warnings.push(format!(
                        "'{}' as drawn has {theirs:.1} cc, {percent:+.1} % against {ours:.1} cc of the liver minus the GTVs ({}); the drawn one is used",
                        found.used.name, derived.used.name
                    ));
                }
                found.used.warnings.extend(derived.used.warnings);
            }
            Err(reason) => found.used.warnings.push(format!(
                "'{}' is used as drawn and could not be compared with the liver minus the GTVs: {reason}",
                found.used.name
            )),
        }
        Ok(found)
    }

    /// The liver minus the union of all gross tumour volumes.
    fn derived(&self) -> Search<Found> {
        let liver = match self.liver()? {
            Ok((liver, _)) => liver,
            Err(reason) => return Ok(Err(reason)),
        };
        Ok(match self.gtvs()? {
            Ok(gtvs) => self.subtract(liver, gtvs),
            Err(reason) => Err(reason),
        })
    }

    fn subtract(&self, liver: &Structure, gtvs: Gtvs<'_>) -> Result<Found, String> {
        let mut rest = liver.clone();
        let mut subtracted = Vec::new();
        for gtv in &gtvs.found {
            let inside = liver
                .combine(Operation::Intersect, gtv)
                .map_err(|error| error.to_string())?;
            subtracted.push(Subtracted {
                name: gtv.name.clone(),
                number: gtv.number,
                volume_inside_cc: inside
                    .volume_cc(self.policy)
                    .map_err(|error| error.to_string())?,
            });
            rest = rest
                .combine(Operation::Subtract, gtv)
                .map_err(|error| error.to_string())?;
        }
        let mut found = self.found(Role::NormalLiver, rest, Origin::Derived)?;
        if found.used.volume_cc <= 0.0 {
            return Err("the GTVs cover the whole liver, so no normal liver is left".to_owned());
        }
        found.used.warnings.extend(gtvs.doubts);
        if subtracted.iter().all(|one| one.volume_inside_cc <= 0.0) {
            found.used.warnings.push(
                "none of the GTVs lies in the liver, so the normal liver is the whole liver"
                    .to_owned(),
            );
        }
        found.used.subtracted = subtracted;
        Ok(found)
    }

    fn gtvs(&self) -> Search<Gtvs<'a>> {
        if let Some(mapped) = self.mapping.find(MappedRole::Gtv, self.case)? {
            let empty = mapped.iter().find(|structure| !structure.is_solid());
            return Ok(match empty {
                Some(empty) => Err(format!("the mapped GTV '{}' has no volume", empty.name)),
                None => Ok(Gtvs {
                    found: mapped,
                    doubts: Vec::new(),
                }),
            });
        }
        let mut gtvs = Gtvs {
            found: Vec::new(),
            doubts: Vec::new(),
        };
        for structure in &self.case.structures {
            let name = &structure.name;
            match (is_named_gtv(structure), is_typed(structure, GTV)) {
                (true, true) if structure.is_solid() => gtvs.found.push(structure),
                (true, true) => gtvs.doubts.push(format!("'{name}' has no volume")),
                (true, false) => gtvs.doubts.push(format!(
                    "'{name}' is named like a GTV but typed {}; it is not subtracted unless mapped",
                    structure.interpreted_type.as_deref().unwrap_or("nothing")
                )),
                (false, true) => gtvs.doubts.push(format!(
                    "'{name}' is typed GTV but not named so; it is not subtracted unless mapped"
                )),
                (false, false) => {}
            }
        }
        if gtvs.found.is_empty() {
            let mut reason =
                "no gross tumour volume found (a ROI whose name begins with GTV and whose interpreted type is GTV); map them as GTV".to_owned();
            for doubt in gtvs.doubts {
                reason.push_str("; ");
                reason.push_str(&doubt);
            }
            return Ok(Err(reason));
        }
        Ok(Ok(gtvs))
    }
}

fn mapped_one<'a>(mapped: &[&'a Structure]) -> Result<(&'a Structure, Origin), String> {
    match mapped {
        [only] if only.is_solid() => Ok((only, Origin::Mapped)),
        [only] => Err(format!("the mapped ROI '{}' has no volume", only.name)),
        _ => Err("the mapping must name one ROI".to_owned()),
    }
}

fn is_typed(structure: &Structure, wanted: &str) -> bool {
    let typed = structure.interpreted_type.as_deref();
    typed.is_some_and(|typed| typed.trim().eq_ignore_ascii_case(wanted))
}

fn is_target(structure: &Structure) -> bool {
    TARGET_TYPES
        .iter()
        .any(|wanted| is_typed(structure, wanted))
}

fn is_named_gtv(structure: &Structure) -> bool {
    normalized(&structure.name).starts_with(&normalized(GTV))
}
