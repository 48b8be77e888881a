//! What a dose distribution does: mean, D70, V100, BED and EUBED of weighted voxels.

use super::Y90Error;
use super::comparison::physical_mean_gy;
use crate::dvh::Dvh;
use crate::error::{NonPhysicalError, non_negative, positive};
use crate::isoeffect::bed_decaying_gy;
use serde::Serialize;

/// Parameters of a tissue.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct EffectParameters {
    /// alpha/beta in Gy.
    pub alpha_beta_gy: f64,
    /// Repair half-life in hours.
    pub repair_half_life_h: f64,
    /// Physical half-life in hours.
    pub physical_half_life_h: f64,
    /// alpha in 1/Gy for EUBED; without it there is none.
    pub alpha_per_gy: Option<f64>,
}

/// Measures of the dose in a region, every voxel with its weight (volume, or mass).
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Effect {
    /// Weighted mean dose in gray.
    pub mean_gy: f64,
    /// Dose in gray that the hottest 70 % receive at least.
    pub d70_gy: f64,
    /// Share of the weight that receives at least 100 Gy, in per cent.
    pub v100_percent: f64,
    /// Share of the weight that receives at least each dose asked for, in per cent.
    pub v_percent: Vec<(f64, f64)>,
    /// Mean of the voxels' BED in gray; at least the BED of the mean dose.
    pub mean_bed_gy: f64,
    /// Equivalent uniform BED in gray, `-ln(mean of exp(-alpha BED)) / alpha`; absent without alpha.
    pub eubed_gy: Option<f64>,
    /// EQD2 of the mean BED in gray, `BED / (1 + 2 / (alpha/beta))`.
    pub mean_eqd2_gy: f64,
}

/// Measures of the dose in weighted voxels: volumes for a plain, masses for a mass-weighted answer.
///
/// # Errors
/// No voxel, doses that are negative or not finite, weights that are negative or all 0, parameters that
/// are not above 0.
pub fn effect(
    dose_gy: &[f64],
    weights: &[f64],
    at_least_gy: &[f64],
    parameters: &EffectParameters,
) -> Result<Effect, NonPhysicalError> {
    positive("the number of voxels", dose_gy.len() as f64)?;
    if weights.len() != dose_gy.len() {
        return Err(NonPhysicalError {
            quantity: "the number of weights",
            value: weights.len() as f64,
            allowed: "that of the doses",
        });
    }
    let alpha = parameters
        .alpha_per_gy
        .map(|alpha| positive("alpha in 1/Gy", alpha))
        .transpose()?;
    let mut voxels = Vec::with_capacity(dose_gy.len());
    for (dose, weight) in dose_gy.iter().zip(weights) {
        let dose = non_negative("dose in Gy", *dose)?;
        voxels.push((dose, non_negative("weight of a voxel", *weight)?));
    }
    voxels.sort_by(|a, b| b.0.total_cmp(&a.0));
    let total = positive(
        "weight of all voxels",
        voxels.iter().map(|voxel| voxel.1).sum(),
    )?;
    let mut bed = Vec::with_capacity(voxels.len());
    for (dose, weight) in &voxels {
        let value = bed_decaying_gy(
            *dose,
            parameters.alpha_beta_gy,
            parameters.repair_half_life_h,
            parameters.physical_half_life_h,
        )?;
        bed.push((value, *weight));
    }
    let mean = |values: &[(f64, f64)]| {
        values
            .iter()
            .map(|(value, weight)| value * weight)
            .sum::<f64>()
            / total
    };
    let at_least = |limit: f64| {
        let hot = voxels.partition_point(|voxel| voxel.0 >= limit);
        100.0 * voxels[..hot].iter().map(|voxel| voxel.1).sum::<f64>() / total
    };
    let mut reached = 0.0;
    let d70_gy = voxels
        .iter()
        .find(|voxel| {
            reached += voxel.1;
            reached >= 0.7 * total * (1.0 - 1e-12)
        })
        .map_or(0.0, |voxel| voxel.0);
    let mean_bed_gy = mean(&bed);
    // The smallest BED is taken out of the exponent, so that nothing underflows.
    let least = bed.last().map_or(0.0, |voxel| voxel.0);
    let eubed_gy = alpha.map(|alpha| {
        let survival = |(value, weight): &(f64, f64)| weight * libm::exp(-alpha * (value - least));
        least - libm::log(bed.iter().map(survival).sum::<f64>() / total) / alpha
    });
    Ok(Effect {
        mean_gy: mean(&voxels),
        d70_gy,
        v100_percent: at_least(100.0),
        v_percent: at_least_gy
            .iter()
            .map(|limit| (*limit, at_least(*limit)))
            .collect(),
        mean_eqd2_gy: mean_bed_gy / (1.0 + 2.0 / parameters.alpha_beta_gy),
        mean_bed_gy,
        eubed_gy,
    })
}

/// The same from a histogram of physical dose; of one whose volume counts by mass, everything is by mass.
///
/// What lies between two knots of the curve counts at their middle: with the bins of a calculated histogram that is
/// far below its own error.
///
/// # Errors
/// A histogram of BED or EQD2, without volume or not covered by the image; as [`effect`].
pub fn effect_of(
    dvh: &Dvh,
    at_least_gy: &[f64],
    parameters: &EffectParameters,
) -> Result<Effect, Y90Error> {
    physical_mean_gy(dvh)?;
    let [dose, at_least, above, ..] = dvh.curve().columns();
    let (mut doses, mut volumes) = (Vec::new(), Vec::new());
    for index in 0..dose.len() {
        doses.push(dose[index]);
        volumes.push((at_least[index] - above[index]).max(0.0));
        if let (Some(next), Some(rest)) = (dose.get(index + 1), at_least.get(index + 1)) {
            doses.push(dose[index] + (next - dose[index]) / 2.0);
            volumes.push((above[index] - rest).max(0.0));
        }
    }
    Ok(effect(&doses, &volumes, at_least_gy, parameters)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TUMOUR: EffectParameters = EffectParameters {
        alpha_beta_gy: 10.0,
        repair_half_life_h: 1.5,
        physical_half_life_h: 64.2,
        alpha_per_gy: Some(0.036),
    };

    #[test]
    fn a_constant_dose_is_itself() {
        // Cremonesi 2008 (y90.md section 5): 130 Gy are a BED of 168.58 Gy and an EQD2 of 140.49 Gy.
        let found = effect(
            &[130.0; 5],
            &[1.0, 2.0, 0.0, 1.0, 3.0],
            &[130.0, 131.0],
            &TUMOUR,
        )
        .unwrap();
        assert!((found.mean_bed_gy - 168.58).abs() < 0.005);
        assert!((found.eubed_gy.unwrap() - found.mean_bed_gy).abs() < 1e-9);
        assert!((found.mean_eqd2_gy - 140.49).abs() < 0.005);
        assert_eq!(
            (found.mean_gy, found.d70_gy, found.v100_percent),
            (130.0, 130.0, 100.0)
        );
        assert_eq!(found.v_percent, vec![(130.0, 100.0), (131.0, 0.0)]);
    }

    #[test]
    fn weights_and_order() {
        let found = effect(
            &[50.0, 200.0, 100.0, 0.0],
            &[1.0, 2.0, 5.0, 2.0],
            &[60.0],
            &TUMOUR,
        )
        .unwrap();
        assert!((found.mean_gy - 95.0).abs() < 1e-12);
        assert_eq!((found.d70_gy, found.v100_percent), (100.0, 70.0));
        assert_eq!(found.v_percent, vec![(60.0, 70.0)]);
        let eubed = found.eubed_gy.unwrap();
        // A cold fifth decides: survival is about 0.2, so EUBED is near -ln 0.2 / alpha = 44.7 Gy, and far below the mean.
        assert!(
            eubed < 45.0 && eubed > 38.0 && eubed < found.mean_bed_gy,
            "{eubed}"
        );
        let turned = effect(
            &[0.0, 100.0, 200.0, 50.0],
            &[2.0, 5.0, 2.0, 1.0],
            &[60.0],
            &TUMOUR,
        )
        .unwrap();
        assert_eq!(found, turned);
    }

    #[test]
    fn refuses_what_is_not_physical() {
        assert!(effect(&[], &[], &[], &TUMOUR).is_err());
        assert!(effect(&[1.0], &[0.0], &[], &TUMOUR).is_err());
        assert!(effect(&[-1.0], &[1.0], &[], &TUMOUR).is_err());
        assert!(effect(&[1.0], &[1.0, 1.0], &[], &TUMOUR).is_err());
    }

    #[test]
    fn of_a_histogram() {
        use crate::dose::DoseKind;
        let (doses, volumes) = ([50.0, 200.0, 100.0, 0.0], [1.0, 2.0, 5.0, 2.0]);
        let dvh = Dvh::from_samples("Tumour", &doses, &volumes, DoseKind::Physical).unwrap();
        let found = effect_of(&dvh, &[60.0], &TUMOUR).unwrap();
        let expected = effect(&doses, &volumes, &[60.0], &TUMOUR).unwrap();
        assert!((found.mean_bed_gy - expected.mean_bed_gy).abs() < 1e-9);
        assert!((found.eubed_gy.unwrap() - expected.eubed_gy.unwrap()).abs() < 1e-9);
        assert_eq!(
            (found.d70_gy, found.v_percent),
            (expected.d70_gy, expected.v_percent)
        );
        let kind = DoseKind::Bed {
            alpha_beta_gy: 10.0,
        };
        let bed = Dvh::from_samples("Tumour", &doses, &volumes, kind).unwrap();
        assert!(effect_of(&bed, &[], &TUMOUR).is_err());
    }
}
