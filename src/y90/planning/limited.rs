//! The activity for a tumour dose, held back by what normal liver and lung may have.

use super::lung::lung_activity_gbq;
use super::{Delivery, Partition, PartitionModel, partition, partition_activity_gbq};
use crate::error::non_negative;
use crate::y90::Y90Error;
use serde::Serialize;

/// What decided an activity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Limit {
    /// The tumour's target is reached.
    TumourTarget,
    /// Normal liver is at its limit first.
    NormalLiver,
    /// The lung is at its limit first.
    Lung,
}

impl Limit {
    /// The word used in tables.
    pub const fn name(self) -> &'static str {
        match self {
            Self::TumourTarget => "tumour_target",
            Self::NormalLiver => "normal_liver",
            Self::Lung => "lung",
        }
    }
}

/// An activity, what decided it, and the doses that it gives.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PlannedActivity {
    /// Activity to prepare in GBq.
    pub activity_gbq: f64,
    /// What decided it.
    pub limited_by: Limit,
    /// Activity for the tumour's target, in GBq.
    pub for_tumour_gbq: f64,
    /// Activity at which normal liver is at its limit, where one is set and there is normal liver.
    pub for_normal_gbq: Option<f64>,
    /// Activity at which the lung is at its limit, where one is set and there is a shunt.
    pub for_lung_gbq: Option<f64>,
    /// Doses at the activity.
    pub doses: Partition,
}

/// The least of the activities for the tumour's target and at the limits.
///
/// # Errors
/// Negative doses, no tumour.
pub fn plan_activity(
    tumour_dose_gy: f64,
    normal_limit_gy: Option<f64>,
    lung_limit_gy: Option<f64>,
    model: &PartitionModel,
    delivery: &Delivery,
) -> Result<PlannedActivity, Y90Error> {
    let for_tumour_gbq = partition_activity_gbq(tumour_dose_gy, model, delivery)?;
    let for_normal_gbq = normal_limit_gy
        .map(|limit| non_negative("normal liver limit in Gy", limit))
        .transpose()?
        .filter(|_| model.normal_mass_kg() > 0.0)
        .map(|limit| limit / model.normal_gy_per_gbq(delivery));
    let for_lung_gbq = match lung_limit_gy {
        Some(limit) => lung_activity_gbq(limit, model.lung_mass_kg(), delivery)?,
        None => None,
    };
    let mut least = (for_tumour_gbq, Limit::TumourTarget);
    for (activity, limit) in [
        (for_normal_gbq, Limit::NormalLiver),
        (for_lung_gbq, Limit::Lung),
    ] {
        if let Some(activity) = activity
            && activity < least.0
        {
            least = (activity, limit);
        }
    }
    Ok(PlannedActivity {
        activity_gbq: least.0,
        limited_by: least.1,
        for_tumour_gbq,
        for_normal_gbq,
        for_lung_gbq,
        doses: partition(least.0, model, delivery)?,
    })
}

#[cfg(test)]
mod tests {
    use super::super::Tumour;
    use super::*;

    #[test]
    fn the_first_limit_holds() {
        let tumour = Tumour {
            mass_kg: 0.3,
            tn_ratio: 4.0,
        };
        let model = PartitionModel::new(vec![tumour], 1.2, 1.0).unwrap();
        let delivery = Delivery::new(0.05, 0.0).unwrap();
        let free = plan_activity(205.0, Some(60.0), Some(30.0), &model, &delivery).unwrap();
        assert_eq!(free.limited_by, Limit::TumourTarget);
        let liver = plan_activity(205.0, Some(40.0), Some(30.0), &model, &delivery).unwrap();
        assert_eq!(liver.limited_by, Limit::NormalLiver);
        assert!((liver.doses.normal_gy - 40.0).abs() < 1e-12);
        assert!((liver.doses.tumour_gy[0] - 160.0).abs() < 1e-11);
        let lung = plan_activity(205.0, Some(40.0), Some(2.0), &model, &delivery).unwrap();
        assert_eq!(lung.limited_by, Limit::Lung);
        assert!((lung.doses.lung_gy - 2.0).abs() < 1e-12);
        assert!(plan_activity(205.0, Some(-1.0), None, &model, &delivery).is_err());
        let tumour_alone = PartitionModel::new(vec![tumour], 0.0, 1.0).unwrap();
        let plan = |limit| plan_activity(205.0, Some(limit), None, &tumour_alone, &delivery);
        assert!(plan(-1.0).is_err() && plan(f64::NAN).is_err());
        assert_eq!(plan(40.0).unwrap().limited_by, Limit::TumourTarget);
    }
}
