//! The partition model: tumour, normal liver and lung, each filled evenly (Ho 1996).

use super::lung::lung_dose_gy;
use super::{Delivery, PlanningError};
use crate::error::{NonPhysicalError, non_negative, positive};
use crate::y90::Y90Error;
use serde::Serialize;

/// One tumour compartment.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Tumour {
    /// Mass in kg.
    pub mass_kg: f64,
    /// Ratio of activity **concentrations**, `(A_T / m_T) / (A_N / m_N)`, above 0.
    pub tn_ratio: f64,
}

/// Masses and uptake ratios of one perfused volume.
#[derive(Debug, Clone, PartialEq)]
pub struct PartitionModel {
    tumours: Vec<Tumour>,
    normal_mass_kg: f64,
    lung_mass_kg: f64,
}

impl PartitionModel {
    /// Checks and keeps the compartments. Tumours may be none or many; the normal mass may be 0 where
    /// only tumour is perfused, but something must be there.
    ///
    /// # Errors
    /// Masses and ratios that are not above zero, nothing to fill.
    pub fn new(
        tumours: Vec<Tumour>,
        normal_mass_kg: f64,
        lung_mass_kg: f64,
    ) -> Result<Self, Y90Error> {
        for tumour in &tumours {
            positive("tumour mass in kg", tumour.mass_kg)?;
            positive("tumour to normal concentration ratio", tumour.tn_ratio)?;
        }
        let normal_mass_kg = non_negative("normal liver mass in kg", normal_mass_kg)?;
        let lung_mass_kg = positive("lung mass in kg", lung_mass_kg)?;
        if tumours.is_empty() && normal_mass_kg == 0.0 {
            return Err(PlanningError::Nothing {
                what: "the perfused volume has neither tumour nor normal liver",
                remedy: "give a tumour mass or a normal mass above 0",
            }
            .into());
        }
        Ok(Self {
            tumours,
            normal_mass_kg,
            lung_mass_kg,
        })
    }

    /// The tumours.
    pub fn tumours(&self) -> &[Tumour] {
        &self.tumours
    }

    /// Normal mass in kg.
    pub fn normal_mass_kg(&self) -> f64 {
        self.normal_mass_kg
    }

    /// Lung mass in kg.
    pub fn lung_mass_kg(&self) -> f64 {
        self.lung_mass_kg
    }

    /// Mass that would hold the liver's activity at the normal liver's concentration, in kg:
    /// `m_N + sum of m_T T/N`.
    fn weighted_mass_kg(&self) -> f64 {
        let tumour = |one: &Tumour| one.mass_kg * one.tn_ratio;
        self.normal_mass_kg + self.tumours.iter().map(tumour).sum::<f64>()
    }

    /// Dose in gray at the normal liver's concentration, for each prepared GBq.
    pub(super) fn normal_gy_per_gbq(&self, delivery: &Delivery) -> f64 {
        delivery.liver_gy_kg_per_gbq() / self.weighted_mass_kg()
    }
}

/// Mean doses of the compartments.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Partition {
    /// Prepared activity in GBq.
    pub activity_gbq: f64,
    /// Mean dose of each tumour in gray.
    pub tumour_gy: Vec<f64>,
    /// Mean dose of the normal liver in gray; at a mass of 0 that of its concentration.
    pub normal_gy: f64,
    /// Mean dose of the lung in gray.
    pub lung_gy: f64,
    /// Activity in each tumour in GBq.
    pub tumour_gbq: Vec<f64>,
    /// Activity in normal liver in GBq.
    pub normal_gbq: f64,
    /// Activity in the lung in GBq.
    pub lung_gbq: f64,
}

/// Mean doses after a prepared activity: `D_N = k A (1 - R) (1 - L) / (m_N + sum m_T T/N)`,
/// `D_T = T/N D_N`, `D_L = k A (1 - R) L / m_L` (Ho 1996).
///
/// # Errors
/// A negative activity.
pub fn partition(
    activity_gbq: f64,
    model: &PartitionModel,
    delivery: &Delivery,
) -> Result<Partition, NonPhysicalError> {
    let activity = non_negative("activity in GBq", activity_gbq)?;
    let normal_gy = activity * model.normal_gy_per_gbq(delivery);
    let k = delivery.dose_constant().value;
    let tumour_gy: Vec<f64> = model
        .tumours
        .iter()
        .map(|one| one.tn_ratio * normal_gy)
        .collect();
    Ok(Partition {
        activity_gbq: activity,
        tumour_gbq: tumour_gy
            .iter()
            .zip(&model.tumours)
            .map(|(dose, one)| dose * one.mass_kg / k)
            .collect(),
        tumour_gy,
        normal_gy,
        normal_gbq: normal_gy * model.normal_mass_kg / k,
        lung_gy: lung_dose_gy(activity, model.lung_mass_kg, delivery)?,
        lung_gbq: delivery.lung_gbq(activity),
    })
}

/// Activity to prepare in GBq so that **every** tumour has at least this mean dose; with one tumour,
/// exactly this: `A = (D_T m_T + D_N m_N) / (k (1 - L) (1 - R))` with `D_N = D_T / (T/N)`.
///
/// # Errors
/// A negative dose, no tumour.
pub fn partition_activity_gbq(
    tumour_dose_gy: f64,
    model: &PartitionModel,
    delivery: &Delivery,
) -> Result<f64, Y90Error> {
    let dose = non_negative("tumour dose in Gy", tumour_dose_gy)?;
    let least = model
        .tumours
        .iter()
        .map(|one| one.tn_ratio)
        .reduce(f64::min);
    let least = least.ok_or(PlanningError::Nothing {
        what: "the perfused volume has no tumour to give a dose to",
        remedy: "give tumour mass and T/N",
    })?;
    Ok(dose / least / model.normal_gy_per_gbq(delivery))
}

/// Concentration ratio T/N from a ratio of **activities** `A_T / A_N` (Kao 2013) and the masses.
///
/// # Errors
/// Values that are not above zero.
pub fn tn_ratio_from_activity_ratio(
    tumour_to_normal_activity_ratio: f64,
    tumour_mass_kg: f64,
    normal_mass_kg: f64,
) -> Result<f64, NonPhysicalError> {
    let ratio = positive(
        "tumour to normal activity ratio",
        tumour_to_normal_activity_ratio,
    )?;
    let tumour = positive("tumour mass in kg", tumour_mass_kg)?;
    let normal = positive("normal liver mass in kg", normal_mass_kg)?;
    Ok(ratio * normal / tumour)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn model(pairs: &[(f64, f64)], normal: f64) -> PartitionModel {
        let one = |&(mass_kg, tn_ratio): &(f64, f64)| Tumour { mass_kg, tn_ratio };
        PartitionModel::new(pairs.iter().map(one).collect(), normal, 1.0).unwrap()
    }

    #[test]
    fn refuses_what_is_not_physical() {
        let tumour = |mass_kg, tn_ratio| vec![Tumour { mass_kg, tn_ratio }];
        let message = |result: Result<PartitionModel, Y90Error>| result.unwrap_err().to_string();
        assert!(message(PartitionModel::new(tumour(0.1, 0.0), 1.0, 1.0)).contains("ratio"));
        assert!(PartitionModel::new(tumour(0.0, 2.0), 1.0, 1.0).is_err());
        assert!(PartitionModel::new(tumour(0.1, 2.0), 1.0, 0.0).is_err());
        assert!(message(PartitionModel::new(Vec::new(), 0.0, 1.0)).contains("neither tumour"));
        let delivery = Delivery::new(0.0, 0.0).unwrap();
        assert!(partition_activity_gbq(100.0, &model(&[], 1.0), &delivery).is_err());
    }

    #[test]
    fn activity_ratio_is_not_concentration_ratio() {
        assert_eq!(tn_ratio_from_activity_ratio(1.0, 0.2, 1.0), Ok(5.0));
    }

    proptest! {
        #[test]
        fn energy_is_shared_out_and_activity_is_the_inverse(
            pairs in prop::collection::vec((0.01..1.0_f64, 0.5..20.0_f64), 1..4),
            normal in 0.0..2.0_f64, shunt in 0.0..0.3_f64, rest in 0.0..0.3_f64, target in 1.0..500.0_f64,
        ) {
            let (model, delivery) = (model(&pairs, normal), Delivery::new(shunt, rest).unwrap());
            let activity = partition_activity_gbq(target, &model, &delivery).unwrap();
            let found = partition(activity, &model, &delivery).unwrap();
            let least = found.tumour_gy.iter().copied().fold(f64::INFINITY, f64::min);
            prop_assert!((least / target - 1.0).abs() < 1e-12);
            let all = found.tumour_gbq.iter().sum::<f64>() + found.normal_gbq + found.lung_gbq;
            prop_assert!((all / (activity * (1.0 - rest)) - 1.0).abs() < 1e-12);
        }

        #[test]
        fn equal_uptake_is_the_single_compartment(mass in 0.01..1.0_f64, normal in 0.1..2.0_f64) {
            let delivery = Delivery::new(0.05, 0.02).unwrap();
            let found = partition(2.0, &model(&[(mass, 1.0)], normal), &delivery).unwrap();
            let single = super::super::mird_dose_gy(2.0, mass + normal, &delivery).unwrap();
            prop_assert!((found.normal_gy / single - 1.0).abs() < 1e-12);
            prop_assert_eq!(found.tumour_gy[0], found.normal_gy);
        }
    }
}
