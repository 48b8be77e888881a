//! Finding the structures that goals speak of, and deriving those that were not drawn.

mod derived;

use super::mapping::normalized;
use super::names::NameKey;
use super::report::{Origin, StructureUsed};
use super::{CheckError, Mapping, Role};
use crate::case::Case;
use crate::structure::{SolidPolicy, Structure, StructureError};

/// Interpreted types of targets: a ROI of these is no organ, whatever its name.
const TARGET_TYPES: &[&str] = &["GTV", "CTV", "PTV"];
/// Difference in volume in per cent between a drawn and a derived structure that is worth a word.
const VOLUME_DIFFERENCE_PERCENT: f64 = 1.0;

/// A structure and how it was come by.
#[derive(Debug, Clone)]
pub(super) struct Found {
    pub(super) structure: Structure,
    pub(super) used: StructureUsed,
}

/// Why a structure is not there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Lack {
    /// In words.
    pub(super) reason: String,
    /// Nobody drew it, nor what it could be made of; nothing else is wrong.
    pub(super) undrawn: bool,
}

impl Lack {
    fn of(reason: impl Into<String>) -> Self {
        Self {
            reason: reason.into(),
            undrawn: false,
        }
    }

    fn undrawn(reason: impl Into<String>) -> Self {
        Self {
            reason: reason.into(),
            undrawn: true,
        }
    }
}

impl From<StructureError> for Lack {
    fn from(error: StructureError) -> Self {
        Self::of(error.to_string())
    }
}

/// A structure, or why there is none; the outer error is a mapping that cannot be followed.
pub(super) type Search<T> = Result<Result<T, Lack>, CheckError>;

/// Looks for structures of one case.
pub(super) struct Finder<'a> {
    pub(super) case: &'a Case,
    pub(super) mapping: &'a Mapping,
    pub(super) policy: SolidPolicy,
    /// What is taken out where goals say `-GTV`; another than GTV only to see what that would change.
    pub(super) subtract: Role,
}

/// Targets of a kind, and ROIs that look half like one.
pub(super) struct Targets<'a> {
    pub(super) found: Vec<&'a Structure>,
    pub(super) doubts: Vec<String>,
}

impl<'a> Finder<'a> {
    pub(super) fn find(&self, role: &Role) -> Search<Found> {
        if role.is_prescription() {
            return Ok(Err(Lack::of("the target is no ROI")));
        }
        let key = role.key();
        // What is drawn without the GTV is not what is left without another target: that is made of the whole organ.
        if self.subtract != Role::gtv() && key.minus == ["gtv"] {
            return Ok(self.subtracted(role, &key)?.map_err(|lack| Lack {
                reason: format!(
                    "without {} it cannot be derived: {}",
                    self.subtract, lack.reason
                ),
                ..lack
            }));
        }
        if let Some(mapped) = self.mapping.find(role, self.case)? {
            return self.mapped(role, &mapped);
        }
        if let Some(kind) = role.target_kind() {
            return Ok(match self.targets(&Role::clone(role), kind)? {
                Ok(targets) => self.united(role, &targets.found, Origin::Drawn, targets.doubts),
                Err(lack) => Err(lack),
            });
        }
        let drawn = match self.drawn(role, &key) {
            Ok((structure, notes)) => {
                let mut found = self.found(role, structure.clone(), Origin::Drawn);
                if let Ok(found) = &mut found {
                    found.used.warnings.extend(notes);
                }
                found
            }
            Err(lack) => Err(lack),
        };
        if key.minus.is_empty() {
            return match drawn {
                Err(lack) if lack.undrawn && key.prv.is_some() => {
                    Ok(self.expanded(role, &key)?.map_err(|organ| Lack {
                        reason: format!("{}; {}", lack.reason, organ.reason),
                        undrawn: organ.undrawn,
                    }))
                }
                Err(lack) if lack.undrawn && !key.parts().is_empty() => {
                    Ok(self.of_parts(role, &key)?.map_err(|parts| Lack {
                        reason: format!(
                            "{}; and not all its parts are there: {}",
                            lack.reason, parts.reason
                        ),
                        undrawn: parts.undrawn,
                    }))
                }
                drawn => Ok(drawn),
            };
        }
        let derived = self.subtracted(role, &key)?;
        Ok(match (drawn, derived) {
            (Ok(drawn), derived) => Ok(beside(drawn, derived)),
            (Err(lack), Ok(mut derived)) => {
                if self.is_named(&key) {
                    derived.used.warnings.push(format!(
                        "{role} is drawn but cannot be used: {}; it was derived instead",
                        lack.reason
                    ));
                }
                Ok(derived)
            }
            (Err(drawn), Err(derived)) => Err(Lack {
                reason: format!(
                    "{role} not found: {}; and it cannot be derived: {} (case, spaces and underscores in names do not matter)",
                    drawn.reason, derived.reason
                ),
                undrawn: drawn.undrawn && derived.undrawn,
            }),
        })
    }

    fn found(&self, role: &Role, structure: Structure, origin: Origin) -> Result<Found, Lack> {
        let volume_cc = structure.volume_cc(self.policy)?;
        let used = StructureUsed {
            role: role.clone(),
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

    /// What the user says it is: not replaced by anything else.
    fn mapped(&self, role: &Role, mapped: &[&'a Structure]) -> Search<Found> {
        if let Some(empty) = mapped.iter().find(|structure| !structure.is_solid()) {
            return Ok(Err(Lack::of(format!(
                "the mapped ROI '{}' has no volume",
                empty.name
            ))));
        }
        let found = self.united(role, mapped, Origin::Mapped, Vec::new());
        let key = role.key();
        if key.minus.is_empty() {
            return Ok(found);
        }
        let derived = self.subtracted(role, &key)?;
        Ok(found.map(|found| beside(found, derived)))
    }

    /// The one ROI of the name that takes up space and is no target, with notes.
    fn drawn(&self, role: &Role, key: &NameKey) -> Result<(&'a Structure, Vec<String>), Lack> {
        let named: Vec<&Structure> = self.named(key).collect();
        let may_be_target = role.is_target_like();
        let usable: Vec<&Structure> = named
            .iter()
            .copied()
            .filter(|structure| structure.is_solid() && (may_be_target || !is_target(structure)))
            .collect();
        let exact =
            |structure: &&&Structure| normalized(&structure.name) == normalized(role.name());
        match usable[..] {
            [only] => Ok((only, Vec::new())),
            [] if named.iter().all(|structure| !structure.is_solid()) => {
                let reason = match named[..] {
                    [] => format!("no ROI is named {role}"),
                    _ => format!("the ROI named {role} has no volume"),
                };
                Err(Lack::undrawn(reason))
            }
            [] => Err(Lack::of(format!(
                "the ROI named {role} has no volume or is typed as a target"
            ))),
            _ => {
                let names: Vec<String> = usable.iter().map(|one| shown(one)).collect();
                let mut exactly = usable.iter().filter(exact);
                match (exactly.next(), exactly.next()) {
                    (Some(only), None) => Ok((
                        only,
                        vec![format!(
                            "{role} was read from '{}', which has the name exactly; {} would be it too",
                            only.name,
                            names.join(", ")
                        )],
                    )),
                    _ => Err(Lack::of(format!(
                        "{} ROIs are named {role}: {}; say which by its number in a mapping",
                        usable.len(),
                        names.join(", ")
                    ))),
                }
            }
        }
    }

    fn named(&self, key: &NameKey) -> impl Iterator<Item = &'a Structure> {
        let structures = self.case.structures.iter();
        structures.filter(move |structure| key.is_met_by(&NameKey::of(&structure.name)))
    }

    /// Every ROI of a name that takes up space and is no target: as mapped, else by name.
    pub(super) fn every(&self, role: &Role) -> Result<Vec<&'a Structure>, CheckError> {
        if let Some(mapped) = self.mapping.find(role, self.case)? {
            return Ok(mapped);
        }
        let usable = |one: &&Structure| one.is_solid() && !is_target(one);
        Ok(self.named(&role.key()).filter(usable).collect())
    }

    /// Whether any ROI has the name, usable or not.
    fn is_named(&self, key: &NameKey) -> bool {
        self.named(key).next().is_some()
    }

    /// All targets of a kind: as mapped, else by name and type together.
    pub(super) fn targets(&self, role: &Role, kind: &'static str) -> Search<Targets<'a>> {
        if let Some(mapped) = self.mapping.find(role, self.case)? {
            let empty = mapped.iter().find(|structure| !structure.is_solid());
            return Ok(match empty {
                Some(empty) => Err(Lack::of(format!(
                    "the mapped {kind} '{}' has no volume",
                    empty.name
                ))),
                None => Ok(Targets {
                    found: mapped,
                    doubts: Vec::new(),
                }),
            });
        }
        let mut targets = Targets {
            found: Vec::new(),
            doubts: Vec::new(),
        };
        // An ITV has no interpreted type of its own in DICOM.
        let typed_as = if kind == "ITV" { "CTV" } else { kind };
        for structure in &self.case.structures {
            let name = &structure.name;
            let named = normalized(name).starts_with(&normalized(kind));
            match (named, is_typed(structure, typed_as)) {
                (true, true) if structure.is_solid() => targets.found.push(structure),
                (true, true) => targets.doubts.push(format!("'{name}' has no volume")),
                (true, false) => targets.doubts.push(format!(
                    "'{name}' is named like a {kind} but typed {}; it is not counted unless mapped",
                    structure.interpreted_type.as_deref().unwrap_or("nothing")
                )),
                (false, true) if kind != "ITV" => targets.doubts.push(format!(
                    "'{name}' is typed {kind} but not named so; it is not counted unless mapped"
                )),
                (false, _) => {}
            }
        }
        if targets.found.is_empty() {
            let what = match kind {
                "GTV" => "gross tumour volume",
                "CTV" => "clinical target volume",
                "ITV" => "internal target volume",
                _ => "planning target volume",
            };
            let undrawn = targets.doubts.is_empty();
            let mut reason = format!(
                "no {what} found (a ROI whose name begins with {kind} and whose interpreted type is {typed_as}); map them as {kind}"
            );
            for doubt in targets.doubts {
                reason.push_str("; ");
                reason.push_str(&doubt);
            }
            return Ok(Err(Lack { reason, undrawn }));
        }
        Ok(Ok(targets))
    }
}

/// A drawn structure, with what it looks like beside the derived one.
fn beside(mut found: Found, derived: Result<Found, Lack>) -> Found {
    let name = &found.used.name;
    match derived {
        Ok(derived) => {
            let (ours, theirs) = (derived.used.volume_cc, found.used.volume_cc);
            let percent = 100.0 * (theirs - ours) / ours;
            if percent.abs() > VOLUME_DIFFERENCE_PERCENT {
                found.used.warnings.push(format!(
                    "'{name}' as drawn has {theirs:.1} cc, {percent:+.1} % against {ours:.1} cc of {}; the drawn one is used",
                    derived.used.name
                ));
            }
            found.used.warnings.extend(derived.used.warnings);
        }
        Err(lack) => found.used.warnings.push(format!(
            "'{name}' is used as drawn and could not be compared with what it would be made of: {}",
            lack.reason
        )),
    }
    found
}

/// The structures that finding one may look at, itself first.
pub(super) fn involved(role: &Role) -> Vec<Role> {
    let key = role.key();
    let mut all = vec![role.clone()];
    let whole = NameKey {
        minus: Vec::new(),
        prv: None,
        ..key.clone()
    };
    if whole != key {
        let whole = whole.name().parse::<Role>();
        all.extend(whole.iter().flat_map(involved));
    }
    all.extend(key.minus.iter().filter_map(|minus| minus.parse().ok()));
    for part in key.parts() {
        all.extend(part.parse().iter().flat_map(involved));
    }
    all
}

fn shown(structure: &Structure) -> String {
    match structure.number {
        Some(number) => format!("'{}' ({number})", structure.name),
        None => format!("'{}'", structure.name),
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
