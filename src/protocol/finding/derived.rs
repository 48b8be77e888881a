//! Structures that nobody drew, made of those that somebody did: unions, parts, margins, what is left of an organ.

use super::super::Role;
use super::super::mapping::normalized;
use super::super::names::{NameKey, Prv};
use super::super::report::{Origin, Subtracted};
use super::{Finder, Found, Lack, Search, Targets};
use crate::structure::{Margins, Operation, Structure};

/// Why nothing can be made of a name.
const UNKNOWN: &str = "what it is made of is no structure";

impl Finder<'_> {
    /// The union of some ROIs; of one, that one.
    pub(super) fn united(
        &self,
        role: &Role,
        rois: &[&Structure],
        origin: Origin,
        doubts: Vec<String>,
    ) -> Result<Found, Lack> {
        let Some((first, others)) = rois.split_first() else {
            return Err(Lack::undrawn(format!("no ROI is named {role}")));
        };
        let mut union = (*first).clone();
        for other in others {
            union = union.combine(Operation::Unite, other)?;
        }
        let origin = match origin {
            Origin::Drawn if !others.is_empty() => Origin::Derived,
            origin => origin,
        };
        let mut found = self.found(role, union, origin)?;
        found.used.warnings.extend(doubts);
        Ok(found)
    }

    /// A structure of several parts, such as both kidneys.
    pub(super) fn of_parts(&self, role: &Role, key: &NameKey) -> Search<Found> {
        let mut found = Vec::new();
        for part in key.parts() {
            let Ok(part) = part.parse::<Role>() else {
                continue;
            };
            match self.find(&part)? {
                Ok(one) => found.push(one),
                Err(lack) => return Ok(Err(lack)),
            }
        }
        let rois: Vec<&Structure> = found.iter().map(|one| &one.structure).collect();
        Ok(self.united(role, &rois, Origin::Derived, Vec::new()))
    }

    /// An organ with the margin that its name states.
    pub(super) fn expanded(&self, role: &Role, key: &NameKey) -> Search<Found> {
        let Some(Prv::Millimetres(mm)) = key.prv else {
            return Ok(Err(Lack::undrawn(
                "its name states no margin, so it cannot be made; write it as SpinalCord_PRV05",
            )));
        };
        let organ = NameKey {
            prv: None,
            ..key.clone()
        };
        let Ok(organ) = organ.name().parse::<Role>() else {
            return Ok(Err(Lack::undrawn(UNKNOWN)));
        };
        let organ = match self.find(&organ)? {
            Ok(organ) => organ,
            Err(lack) => return Ok(Err(lack)),
        };
        let margins = Margins::even(f64::from(mm))?;
        let made = organ.structure.expand(&margins, self.policy);
        Ok(made.map_err(Lack::from).and_then(|made| {
            let mut found = self.found(role, made, Origin::Derived)?;
            found.used.name = format!("{}+{mm}mm", organ.used.name);
            found.used.number = None;
            found.used.warnings.splice(0..0, organ.used.warnings);
            Ok(found)
        }))
    }

    /// What is left of a structure when the union of all targets of a kind is taken out.
    pub(super) fn subtracted(&self, role: &Role, key: &NameKey) -> Search<Found> {
        let whole = NameKey {
            minus: Vec::new(),
            ..key.clone()
        };
        let [minus] = &key.minus[..] else {
            return Ok(Err(Lack::of(
                "only one kind of target can be taken out by a name",
            )));
        };
        let (Ok(whole), Ok(minus)) = (whole.name().parse::<Role>(), minus.parse::<Role>()) else {
            return Ok(Err(Lack::undrawn(UNKNOWN)));
        };
        let whole = match self.find(&whole)? {
            Ok(whole) => whole,
            Err(lack) => return Ok(Err(lack)),
        };
        let minus = if minus == Role::gtv() {
            self.subtract.clone()
        } else {
            minus
        };
        let Some(kind) = minus.target_kind() else {
            return Ok(Err(Lack::of(format!(
                "{minus} is no target; GTV, CTV, ITV and PTV can be taken out by a name"
            ))));
        };
        Ok(match self.targets(&minus, kind)? {
            Ok(targets) => self.subtract(role, &whole, &minus, targets),
            Err(lack) => Err(lack),
        })
    }

    fn subtract(
        &self,
        role: &Role,
        whole: &Found,
        kind: &Role,
        targets: Targets<'_>,
    ) -> Result<Found, Lack> {
        let organ = &whole.structure;
        let mut rest = organ.clone();
        let mut subtracted = Vec::new();
        for target in &targets.found {
            let inside = organ.combine(Operation::Intersect, target)?;
            subtracted.push(Subtracted {
                name: target.name.clone(),
                number: target.number,
                volume_inside_cc: inside.volume_cc(self.policy)?,
            });
            rest = rest.combine(Operation::Subtract, target)?;
        }
        let mut found = self.found(role, rest, Origin::Derived)?;
        if found.used.volume_cc <= 0.0 {
            return Err(Lack::of(format!(
                "the {kind}s cover the whole of it, so nothing is left"
            )));
        }
        found.used.warnings.extend(targets.doubts);
        if subtracted.iter().all(|one| one.volume_inside_cc <= 0.0) {
            found.used.warnings.push(format!(
                "none of the {kind}s lies in {}, so {role} is all of it",
                whole.used.name
            ));
        }
        if let Some(itv) = self.case.structures.iter().find(|structure| {
            let name = normalized(&structure.name);
            structure.is_solid() && (name.starts_with("itv") || name.starts_with("igtv"))
        }) {
            found.used.warnings.push(format!(
                "'{}' is drawn too; {role} is without the {kind}s as drawn on this structure set, not without the internal target",
                itv.name
            ));
        }
        found.used.subtracted = subtracted;
        Ok(found)
    }
}
