//! What a plan tells about its dose: the number of fractions, whether it is the total, whether its maximum
//! makes sense.

use super::error::DicomError;
use super::rtdose::{RtDose, RtDoseOptions};
use crate::case::{Case, Plan};
use crate::dose::{DoseKind, DoseScope, Fractionation};

/// A maximum below and above these multiples of the planned beam doses is doubted.
const PLAUSIBLE_MAXIMUM: std::ops::RangeInclusive<f64> = 0.8..=2.0;

/// What the plan says about a dose: its number of fractions, and whether its fraction group is the only one.
pub(super) fn apply_plan(
    dose: &mut RtDose,
    plan: &Plan,
    options: &RtDoseOptions,
) -> Result<(), DicomError> {
    if options.dose_scope.is_none() && dose.summation_type.as_deref() == Some("FRACTION") {
        let scope = match (&plan.fraction_groups[..], &dose.fraction_groups[..]) {
            ([_], [] | [_]) => DoseScope::Total,
            ([], _) => dose.dose.scope(),
            _ => DoseScope::Partial,
        };
        dose.dose = dose.dose.clone().with_scope(scope);
    }
    let planned = plan.fractions();
    match (dose.dose.fractionation(), planned) {
        (Fractionation::Unstated, Some(_)) if dose.dose.scope() != DoseScope::MultiPlan => {
            dose.dose = dose.dose.clone().with_fractions(planned)?;
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
pub(super) fn doubt_maximum(case: &mut Case) {
    let (Some(dose), Some(plan)) = (&case.dose, &case.plan) else {
        return;
    };
    let is_total = dose.scope() == DoseScope::Total
        && matches!(dose.kind(), DoseKind::Physical | DoseKind::Unstated);
    let Some(planned) = plan
        .beam_dose_total_gy()
        .filter(|total| *total > 0.0 && is_total)
    else {
        return;
    };
    let maximum = dose.values_f64().into_iter().fold(0.0, f64::max);
    if !PLAUSIBLE_MAXIMUM.contains(&(maximum / planned)) {
        case.warnings.push(format!(
            "the dose maximum is {maximum:.2} Gy, but fractions times beam doses make {planned:.2} Gy (allowed is 0.8 to 2 times that): check whether the grid holds the whole treatment"
        ));
    }
}
