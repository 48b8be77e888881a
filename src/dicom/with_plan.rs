//! What a plan tells about its dose: the number of fractions, whether it is the total, whether its maximum
//! makes sense.

use super::error::DicomError;
use super::packed::PackedDose;
use super::rtdose::{RtDose, RtDoseOptions};
use crate::case::Plan;
use crate::dose::{DoseKind, DoseScope, Fractionation};

/// A maximum below and above these multiples of the planned beam doses is doubted.
const PLAUSIBLE_MAXIMUM: std::ops::RangeInclusive<f64> = 0.8..=2.0;

/// What the plan says about a dose: its number of fractions, and whether its fraction group is the only one.
pub(super) fn apply_plan(
    dose: &mut RtDose<PackedDose<'_>>,
    plan: &Plan,
    options: &RtDoseOptions,
) -> Result<(), DicomError> {
    if options.dose_scope.is_none() && dose.summation_type.as_deref() == Some("FRACTION") {
        let scope = match (&plan.fraction_groups[..], &dose.fraction_groups[..]) {
            ([_], [] | [_]) => DoseScope::Total,
            ([], _) => dose.dose.outline().scope(),
            _ => DoseScope::Partial,
        };
        dose.dose
            .change(|dose| Ok::<_, DicomError>(dose.with_scope(scope)))?;
    }
    let planned = plan.fractions();
    let outline = dose.dose.outline();
    match (outline.fractionation(), planned) {
        (Fractionation::Unstated, Some(_)) if outline.scope() != DoseScope::MultiPlan => {
            dose.dose.change(|dose| dose.with_fractions(planned))?;
        }
        (Fractionation::Fractions(n), Some(planned)) if n != planned => {
            dose.warnings.push(format!(
                "the plan has {planned} fractions, {n} were stated for the dose and are used"
            ));
        }
        _ => {}
    }
    Ok(())
}

/// A total that is far from what the beams sum to may be the dose of one fraction.
pub(super) fn doubt_maximum(dose: &PackedDose<'_>, plan: &Plan) -> Option<String> {
    let outline = dose.outline();
    let is_total = outline.scope() == DoseScope::Total
        && matches!(outline.kind(), DoseKind::Physical | DoseKind::Unstated);
    let planned = plan
        .beam_dose_total_gy()
        .filter(|total| *total > 0.0 && is_total)?;
    let maximum = dose.maximum();
    (!PLAUSIBLE_MAXIMUM.contains(&(maximum / planned))).then(|| {
        format!(
            "the dose maximum is {maximum:.2} Gy, but fractions times beam doses make {planned:.2} Gy (allowed is 0.8 to 2 times that): check whether the grid holds the whole treatment"
        )
    })
}
