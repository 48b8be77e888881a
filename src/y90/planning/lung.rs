//! Lung: how much goes there, and what it does.

use super::{Delivery, share_below_one};
use crate::citation::{Cited, Evidence};
use crate::error::{NonPhysicalError, finite, non_negative, positive};

/// Lung mass in kg that is used unless one is measured.
pub const LUNG_MASS_KG: Cited<f64> = Cited {
    value: 1.0,
    unit: "kg",
    source: "ho1996",
    locator: "partition model; the same in the device labels",
    applies_to: "both lungs of an adult, including blood",
    evidence: Evidence::Transcriptions2Plus,
};

/// Highest mean lung dose of one treatment, to 1 kg.
pub const LUNG_LIMIT_SINGLE_GY: Cited<f64> = lung_limit(30.0, "one treatment, to 1 kg of lung");
/// Highest summed mean lung dose of all treatments, to 1 kg.
pub const LUNG_LIMIT_CUMULATIVE_GY: Cited<f64> =
    lung_limit(50.0, "all treatments together, to 1 kg of lung");

const fn lung_limit(value: f64, applies_to: &'static str) -> Cited<f64> {
    Cited {
        value,
        unit: "Gy",
        source: "device-labels",
        locator: "seen in one review and in the checks of one open program",
        applies_to,
        evidence: Evidence::Transcriptions2Plus,
    }
}

/// Mean lung dose in gray of a prepared activity: `D = k A (1 - R) L / M`.
///
/// # Errors
/// A negative activity, a mass that is not above zero.
pub fn lung_dose_gy(
    activity_gbq: f64,
    lung_mass_kg: f64,
    delivery: &Delivery,
) -> Result<f64, NonPhysicalError> {
    let activity = non_negative("activity in GBq", activity_gbq)?;
    let mass = positive("lung mass in kg", lung_mass_kg)?;
    Ok(delivery.dose_constant().value * delivery.lung_gbq(activity) / mass)
}

/// Activity in GBq that gives the lung this mean dose; nothing without a shunt, which limits nothing.
///
/// # Errors
/// A negative dose, a mass that is not above zero.
pub fn lung_activity_gbq(
    lung_dose_gy: f64,
    lung_mass_kg: f64,
    delivery: &Delivery,
) -> Result<Option<f64>, NonPhysicalError> {
    let dose = non_negative("lung dose in Gy", lung_dose_gy)?;
    let mass = positive("lung mass in kg", lung_mass_kg)?;
    let per_gbq = delivery.dose_constant().value * delivery.lung_gbq(1.0);
    Ok((per_gbq > 0.0).then(|| dose * mass / per_gbq))
}

/// Counts of one region in two opposite planar views, after background subtraction.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PlanarCounts {
    /// From the front.
    pub anterior: f64,
    /// From behind.
    pub posterior: f64,
}

impl PlanarCounts {
    fn geometric_mean(self) -> Result<f64, NonPhysicalError> {
        let anterior = non_negative("anterior counts", self.anterior)?;
        let posterior = non_negative("posterior counts", self.posterior)?;
        Ok((anterior * posterior).sqrt())
    }
}

fn shunt(lung: f64, liver: f64) -> Result<f64, NonPhysicalError> {
    let all = positive("counts of lung and liver together", lung + liver)?;
    share_below_one("the lung shunt fraction", lung / all)
}

/// Lung shunt fraction from two planar views, by geometric means: `G_lung / (G_lung + G_liver)`.
/// Planar views overestimate it (no scatter or attenuation correction).
///
/// # Errors
/// Negative counts, none at all, none in the liver.
pub fn lung_shunt_from_planar(
    lung: PlanarCounts,
    liver: PlanarCounts,
) -> Result<f64, NonPhysicalError> {
    shunt(lung.geometric_mean()?, liver.geometric_mean()?)
}

/// Lung shunt fraction from the counts of lung and liver in a SPECT: `C_lung / (C_lung + C_liver)`.
///
/// # Errors
/// As [`lung_shunt_from_planar`].
pub fn lung_shunt_from_spect(lung_counts: f64, liver_counts: f64) -> Result<f64, NonPhysicalError> {
    let lung = non_negative("counts of the lung", lung_counts)?;
    let liver = non_negative("counts of the liver", liver_counts)?;
    shunt(lung, liver)
}

/// Lung shunt fraction from a tumour-lung shunt `T = A_L / (A_T + A_L)` and a tumour to normal
/// **activity** ratio `r = A_T / A_N` (Kao 2013): with `A_L = A_T T / (1 - T)` and `A_N = A_T / r`,
/// `L = A_L / (A_T + A_N + A_L)`.
///
/// # Errors
/// A share outside 0 to below 1, a ratio that is not above zero.
pub fn lung_shunt_from_tumour_lung_shunt(
    tumour_lung_shunt_fraction: f64,
    tumour_to_normal_activity_ratio: f64,
) -> Result<f64, NonPhysicalError> {
    let share = share_below_one("the tumour-lung shunt fraction", tumour_lung_shunt_fraction)?;
    let ratio = positive(
        "tumour to normal activity ratio",
        tumour_to_normal_activity_ratio,
    )?;
    let lung = share / (1.0 - share);
    Ok(lung / (1.0 + 1.0 / ratio + lung))
}

/// Mass in kg of a lung on CT: the sum of `V (HU + 1000) / 1000` over its voxels (Kao 2014), with no
/// voxel counted as lighter than nothing.
///
/// # Errors
/// No voxel, a value that is not finite, a volume that is not above zero.
pub fn lung_mass_from_ct_kg(
    hounsfield: &[f64],
    voxel_volume_ml: f64,
) -> Result<f64, NonPhysicalError> {
    let volume = positive("voxel volume in mL", voxel_volume_ml)?;
    let mut grams = 0.0;
    for value in hounsfield {
        grams += volume * ((finite("CT number in HU", *value)? + 1000.0) / 1000.0).max(0.0);
    }
    positive("lung mass in kg", grams / 1000.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shunts() {
        let counts = |anterior, posterior| PlanarCounts {
            anterior,
            posterior,
        };
        // Geometric means 20 and 380.
        let planar = lung_shunt_from_planar(counts(10.0, 40.0), counts(190.0, 760.0)).unwrap();
        assert!((planar - 0.05).abs() < 1e-15);
        assert_eq!(lung_shunt_from_spect(5.0, 95.0), Ok(0.05));
        assert_eq!(lung_shunt_from_spect(0.0, 95.0), Ok(0.0));
        assert!(lung_shunt_from_spect(5.0, 0.0).is_err());
        assert!(lung_shunt_from_spect(0.0, 0.0).is_err());
        assert!(lung_shunt_from_spect(-1.0, 5.0).is_err());
        // 60 tumour, 30 normal, 10 lung: T = 1/7, r = 2, L = 0.1.
        let kao = lung_shunt_from_tumour_lung_shunt(1.0 / 7.0, 2.0).unwrap();
        assert!((kao - 0.1).abs() < 1e-15);
    }

    #[test]
    fn mass_from_ct() {
        // Two litres at -700 HU are 0.6 kg; air below -1000 HU has no mass.
        let mass = lung_mass_from_ct_kg(&[-700.0, -700.0], 1000.0).unwrap();
        assert!((mass - 0.6).abs() < 1e-12);
        let mass = lung_mass_from_ct_kg(&[-700.0, -1024.0], 1000.0).unwrap();
        assert!((mass - 0.3).abs() < 1e-12);
        assert!(lung_mass_from_ct_kg(&[], 1.0).is_err());
        assert!(lung_mass_from_ct_kg(&[f64::NAN], 1.0).is_err());
    }

    #[test]
    fn without_shunt_the_lung_limits_nothing() {
        let delivery = Delivery::new(0.0, 0.0).unwrap();
        assert_eq!(lung_activity_gbq(30.0, 1.0, &delivery), Ok(None));
        assert_eq!(lung_dose_gy(5.0, 1.0, &delivery), Ok(0.0));
    }
}
