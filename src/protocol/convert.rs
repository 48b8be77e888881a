//! Limits of one number of fractions at another, on explicit request only.
//!
//! A dose limit `L` in `m` fractions becomes the dose that has the same BED in `n` fractions (linear-quadratic model,
//! the alpha/beta that the user states). That is exact for what is read from one point of the curve, because the
//! conversion is monotone: `D0.035cc`, `D5cc`, `Max`, and the threshold of `V20Gy`. The BED of a mean is not the mean
//! of the BED, so a mean is not converted. Cold-side thresholds of stereotactic treatments are never converted: the
//! published ones are not iso-effective among themselves (TG-101: 9.1 Gy in 1, 19.2 in 3, 21 in 5 fractions).

use super::{DoseBasis, Goal, Measure, Protocol};
use crate::dvh::{DoseLevel, MetricSpec, Quantity, Unit};
use crate::error::{NonPhysicalError, positive};
use crate::isoeffect::{eqd2_gy, isoeffective_dose_gy};
use std::collections::HashMap;

/// A protocol whose limits were converted to another number of fractions.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Converted {
    /// With limits for the other number.
    pub(super) protocol: Protocol,
    /// By goal id: what was done to its limits, or why nothing was.
    pub(super) notes: HashMap<String, Result<String, String>>,
}

/// The limits of `protocol` for `n` fractions; `None` where it is not for one number of fractions, or for this one.
pub(super) fn converted(
    protocol: &Protocol,
    n: u32,
    alpha_beta_gy: f64,
) -> Result<Option<Converted>, NonPhysicalError> {
    positive("alpha/beta in Gy", alpha_beta_gy)?;
    let Some(m) = protocol.applies_to.fractions().filter(|m| *m != n) else {
        return Ok(None);
    };
    let at_n =
        |dose_gy: f64| isoeffective_dose_gy(eqd2_gy(dose_gy, m, alpha_beta_gy)?, n, alpha_beta_gy);
    let mut protocol = protocol.clone();
    protocol.applies_to.fractions_min = Some(n);
    protocol.applies_to.fractions_max = Some(n);
    // A range of doses a fraction belongs to the fractions that are left behind.
    protocol.applies_to.dose_per_fraction_min_gy = None;
    protocol.applies_to.dose_per_fraction_max_gy = None;
    let mut notes = HashMap::new();
    for goal in &mut protocol.goals {
        let before = goal.clone();
        let note = match convert(goal, at_n)? {
            Ok(()) => Ok(format!(
                "the limit {} in {m} fractions was converted to {n} fractions: {} (LQ model, equal BED at alpha/beta {alpha_beta_gy} Gy)",
                said(&before),
                said(goal)
            )),
            Err(reason) => Err(format!(
                "the limit is for {m} fractions, and this one is not converted: {reason}"
            )),
        };
        notes.insert(goal.id.clone(), note);
    }
    Ok(Some(Converted { protocol, notes }))
}

/// The goal's limit in words.
fn said(goal: &Goal) -> String {
    let limit = goal
        .deciding_level()
        .map(|level| format!("{} {:.2}", level.comparator, level.limit));
    format!("{} {}", goal.metric, limit.unwrap_or_default())
}

/// Converts a goal, or says why not.
fn convert(
    goal: &mut Goal,
    at_n: impl Fn(f64) -> Result<f64, NonPhysicalError>,
) -> Result<Result<(), String>, NonPhysicalError> {
    if goal.metric.is_cold_side() {
        return Ok(Err(
            "thresholds of spared volumes are not iso-effective among themselves".to_owned(),
        ));
    }
    if goal.dose != DoseBasis::Physical {
        return Ok(Err("it is stated in BED or EQD2 already".to_owned()));
    }
    let Measure::Dvh(MetricSpec { quantity, unit }) = goal.metric else {
        return Ok(Err(format!("{} is no dose in a point", goal.metric)));
    };
    match quantity {
        Quantity::DoseOfHottest(_) | Quantity::Max | Quantity::Min if unit == Unit::Gy => {
            for level in &mut goal.levels {
                level.limit = at_n(level.limit)?;
            }
            Ok(Ok(()))
        }
        Quantity::VolumeAtLeast(DoseLevel::Gray(dose)) => {
            // To 0.1 mGy, so that the metric can still be read.
            let dose = (at_n(dose)? * 1e4).round() / 1e4;
            goal.metric = Measure::Dvh(MetricSpec {
                quantity: Quantity::VolumeAtLeast(DoseLevel::Gray(dose)),
                unit,
            });
            Ok(Ok(()))
        }
        Quantity::Mean => Ok(Err(
            "the BED of a mean is not the mean of the BED".to_owned()
        )),
        _ => Ok(Err(format!("{} is no dose in gray", goal.metric))),
    }
}
