//! Parts of a structure, all sampled on the structure's own plan: their DVHs add up to that of the whole.
//!
//! The whole decides lattice, bins, windows and what a count is worth. Of everything that is sampled a part counts its
//! share, so that a curve is a linear function of integers, and parts add up in any order to the same bits. How far that
//! share is from the part's own boundary is not estimated: such a DVH says nothing of its numerical error.

use super::engine::{
    Seen, covered, divided, first_look, look_at, next_look, of_solid, prepare, statistics,
};
use super::plan::DvhPlan;
use super::portion::Portion;
use super::segments::{self, Look, Shares};
use super::{COVERED_ROUNDING, Curve, Dvh, DvhError, DvhSettings};
use crate::dose::DoseGrid;
use crate::progress::Progress;
use crate::structure::{Operation, Structure};
use std::sync::Arc;

/// The share of a volume that a part may have beyond the whole, or parts in common: what resampling takes and gives.
const BEYOND: f64 = 1e-6;

/// What a part of a plan's structure counts, in the plan's own units.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Sampled {
    plan: Arc<Record>,
    seen: Seen,
    /// Volume of the part, inside the dose grid or not, in units.
    volume: i64,
}

/// What a plan is known by, and what its counts are worth.
#[derive(Debug, Clone, PartialEq)]
struct Record {
    structure: String,
    whole: Seen,
    /// Volume of a unit.
    unit_cc: f64,
    covered_cc: f64,
    volume: i64,
}

/// The DVH of a part of a structure on the structure's plan. The whole is a part of itself.
///
/// # Errors
/// See [`DvhError`]; a part that reaches beyond the whole, a whole without volume in the dose.
pub(super) fn run(
    dose: &DoseGrid<'_>,
    part: &Structure,
    whole: &Structure,
    settings: &DvhSettings,
    progress: &Progress,
) -> Result<Dvh, DvhError> {
    let refuse = |reason: String| DvhError::Plan { reason };
    if settings.emulated_bins.is_some() {
        return Err(refuse(
            "a plan has bins of its own, so that those of a preset cannot be read through; leave the preset out"
                .to_owned(),
        ));
    }
    let [solid, of_part] = [
        prepare(dose, whole, settings, progress)?,
        prepare(dose, part, settings, progress)?,
    ];
    let beyond = part.combine(Operation::Subtract, whole)?;
    let beyond_cc = beyond.solid(settings.solid_policy())?.volume_cc();
    if beyond_cc > BEYOND * solid.volume_cc() {
        return Err(refuse(format!(
            "{beyond_cc:.4} cc of '{}' lie outside '{}', whose plan was asked for; give a structure that holds it",
            part.name, whole.name
        )));
    }
    // The part's own plan says least and highest dose, the whole's how many cells a tolerance asks for.
    let mut dvh = of_solid(dose, part, &of_part, None, settings, progress)?;
    let settings = match settings.tolerance_percent {
        None => *settings,
        Some(_) => *of_solid(dose, whole, &solid, None, settings, progress)?.settings(),
    };
    let fine = divided(dose, &solid, &settings)?;
    let dose = fine.as_ref().unwrap_or(dose);
    let nothing = || {
        refuse(format!(
            "'{}' has no volume in the dose, so that it has no plan",
            whole.name
        ))
    };
    let whole_cc = solid.volume_cc();
    let mut plan = DvhPlan::new(dose, solid, None, &settings).ok_or_else(nothing)?;
    let tolerance = settings.tolerance_percent.map(|percent| percent / 100.0);
    let (whole_seen, _) = look_at(&plan, tolerance, progress)?.ok_or_else(nothing)?;
    let unit_cc = plan.units.mm3(1) / 1000.0;
    let units = |cc: f64| (cc / unit_cc).round() as i64;
    let record = Record {
        structure: whole.name.clone(),
        unit_cc,
        covered_cc: covered(whole_seen.contents.units as f64 * unit_cc, whole_cc),
        volume: units(whole_cc),
        whole: whole_seen,
    };
    let volume = units(of_part.volume_cc());
    plan.portion = Portion::new(of_part, &plan.lattice.frame);
    let seen = match plan.portion {
        Some(_) => sampled(&plan, &record.whole, progress)?,
        None => None,
    };
    let mut seen = seen.unwrap_or_else(|| record.whole.without_volume());
    let counted_cc = seen.contents.units as f64 * unit_cc;
    if (counted_cc - dvh.covered_cc()).abs() > COVERED_ROUNDING * whole_cc {
        return Err(refuse(format!(
            "{counted_cc:.4} of the {:.4} cc of '{}' are found in the cells of '{}': a mask and contours do not share cells; make both contours, or both masks on one grid (to_mask)",
            dvh.covered_cc(),
            part.name,
            whole.name
        )));
    }
    if let Some(own) = dvh.statistics() {
        seen.contents.ends = [own.min_gy, own.max_gy];
    }
    dvh.settings = settings;
    dvh.sampled = Some(Arc::new(Sampled {
        plan: Arc::new(record),
        seen,
        volume,
    }));
    dvh.read_off();
    Ok(dvh)
}

/// Samples what the plan's portion covers, in the windows of the whole.
fn sampled(
    plan: &DvhPlan<'_>,
    whole: &Seen,
    progress: &Progress,
) -> Result<Option<Seen>, DvhError> {
    let (found, low_end) = first_look(plan, progress)?;
    let Some(contents) = found.contents() else {
        return Ok(None);
    };
    let mut looks = vec![low_end];
    for look in whole.looks.iter().skip(1) {
        looks.push(next_look(plan, look.windows.clone(), progress)?);
    }
    Ok(Some(Seen { contents, looks }))
}

impl Seen {
    /// The same bins with nothing in them.
    fn without_volume(&self) -> Self {
        Self {
            contents: self.contents.without_volume(),
            looks: self
                .looks
                .iter()
                .map(|look| Look {
                    windows: look.windows.clone(),
                    contents: look
                        .contents
                        .iter()
                        .map(|bins| vec![0; bins.len()])
                        .collect(),
                })
                .collect(),
        }
    }

    fn merge(&mut self, other: &Self) {
        self.contents.merge(&other.contents);
        for (own, other) in self.looks.iter_mut().zip(&other.looks) {
            for (sums, parts) in own.contents.iter_mut().zip(&other.contents) {
                for (sum, part) in sums.iter_mut().zip(parts) {
                    *sum += part;
                }
            }
        }
    }
}

impl Dvh {
    /// The DVH of two parts together, which were sampled on one plan and have no point in common. Counts are integers,
    /// so that any number of parts adds up to the same bits in any order.
    ///
    /// # Errors
    /// DVHs without a plan, of different plans, of different kinds of dose; parts that overlap.
    pub fn plus(&self, other: &Self) -> Result<Self, DvhError> {
        let refuse = |reason: &str| DvhError::Plan {
            reason: format!("'{}' and '{}': {reason}", self.name, other.name),
        };
        let (Some(one), Some(two)) = (&self.sampled, &other.sampled) else {
            return Err(refuse(
                "only DVHs that were sampled on one plan add up; calculate both with plan= the structure that holds them",
            ));
        };
        let alike = self.kind == other.kind
            && self.scope == other.scope
            && self.fractionation == other.fractionation
            && self.models == other.models;
        if !alike || one.plan != two.plan {
            return Err(refuse(
                "they were sampled on different plans; calculate both from one dose, with the same settings and plan=",
            ));
        }
        let mut sum = Sampled::clone(one);
        sum.volume += two.volume;
        let whole = one.plan.volume;
        if sum.volume - whole > (BEYOND * whole as f64) as i64 {
            return Err(refuse(&format!(
                "they overlap, for together they have more volume than '{}'; give parts that have no point in common",
                one.plan.structure
            )));
        }
        sum.seen.merge(&two.seen);
        let mut dvh = Self {
            name: format!("{} + {}", self.name, other.name),
            sampled: Some(Arc::new(sum)),
            ..self.clone()
        };
        if self.prescription_gy != other.prescription_gy {
            dvh.prescription_gy = None;
        }
        dvh.read_off();
        Ok(dvh)
    }

    /// Makes the curve and all else of what was sampled on a plan.
    fn read_off(&mut self) {
        let Some(sampled) = self.sampled.clone() else {
            return;
        };
        let (record, seen) = (&*sampled.plan, &sampled.seen);
        self.volume_cc = sampled.volume as f64 * record.unit_cc;
        self.error = None;
        if seen.contents.units <= 0 {
            self.curve = Curve::from_knots(&[]);
            self.statistics = None;
            return;
        }
        self.statistics = Some(statistics(&seen.contents));
        let mut theirs = segments::of_bins(&record.whole.contents);
        let mut own = segments::of_bins(&seen.contents);
        for (look, whole) in seen.looks.iter().zip(&record.whole.looks) {
            let factors = segments::factors(&theirs, whole);
            own = segments::refine(&own, look, &factors);
            theirs = segments::refine(&theirs, whole, &factors);
        }
        let whole = &record.whole.contents;
        let shares = Shares::new(&theirs, whole, record.covered_cc);
        let knots = segments::knots(&own, &seen.contents.plateaus, whole.ends, &shares);
        self.curve = Curve::from_knots(&knots);
    }
}
