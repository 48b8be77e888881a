//! The body-surface-area model of resin microspheres: empirical, and no dosimetry.

use super::{PlanningError, share_below_one};
use crate::citation::{Cited, Evidence};
use crate::error::{NonPhysicalError, non_negative, positive};
use crate::y90::Y90Error;

const fn dubois(value: f64, unit: &'static str) -> Cited<f64> {
    Cited {
        value,
        unit,
        source: "dubois1916",
        locator: "recalled coefficients; the form is seen in one text",
        applies_to: "body surface of adults",
        evidence: Evidence::Recalled,
    }
}

const FACTOR: Cited<f64> = dubois(0.20247, "m^1.275 kg^-0.425");
const HEIGHT_POWER: Cited<f64> = dubois(0.725, "1");
const WEIGHT_POWER: Cited<f64> = dubois(0.425, "1");

/// Body surface in square metres, `0.20247 H^0.725 W^0.425` with height in m and weight in kg.
///
/// # Errors
/// Height or weight that is not above zero; a height above 3 (centimetres taken for metres).
pub fn body_surface_m2(height_m: f64, weight_kg: f64) -> Result<f64, NonPhysicalError> {
    let height = positive("height in m", height_m)?;
    let weight = positive("weight in kg", weight_kg)?;
    if height > 3.0 {
        return Err(NonPhysicalError {
            quantity: "height in m",
            value: height,
            allowed: "at most 3 (metres, not centimetres)",
        });
    }
    Ok(
        FACTOR.value
            * libm::pow(height, HEIGHT_POWER.value)
            * libm::pow(weight, WEIGHT_POWER.value),
    )
}

/// What the model needs to know. The whole liver is the case `treated_volume_ml = liver_volume_ml`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BsaInput {
    /// Height in metres.
    pub height_m: f64,
    /// Weight in kg.
    pub weight_kg: f64,
    /// Tumour volume inside the treated volume.
    pub tumour_in_treated_ml: f64,
    /// Treated lobe, segment or whole liver, tumour included.
    pub treated_volume_ml: f64,
    /// Whole liver, tumour included.
    pub liver_volume_ml: f64,
    /// Share of the prepared activity that stays in vial and catheter.
    pub residual_fraction: f64,
}

/// Activity to prepare in GBq by body surface:
/// `A = (BSA - 0.2 + V_tumour / V_treated) V_treated / V_liver / (1 - R)`.
///
/// # Errors
/// Measures that are not above zero, a tumour larger than the treated volume, a treated volume larger
/// than the liver, a residual outside 0 to below 1.
pub fn bsa_activity_gbq(input: &BsaInput) -> Result<f64, Y90Error> {
    let surface = body_surface_m2(input.height_m, input.weight_kg)?;
    let tumour = non_negative("tumour volume in mL", input.tumour_in_treated_ml)?;
    let treated = positive("treated volume in mL", input.treated_volume_ml)?;
    let liver = positive("liver volume in mL", input.liver_volume_ml)?;
    let residual = share_below_one("the residual fraction", input.residual_fraction)?;
    let larger = |part, part_ml, whole, whole_ml| PlanningError::PartLargerThanWhole {
        part,
        part_ml,
        whole,
        whole_ml,
    };
    if tumour > treated {
        return Err(larger(
            "the tumour in the treated volume",
            tumour,
            "the treated volume",
            treated,
        )
        .into());
    }
    if treated > liver {
        return Err(larger("the treated volume", treated, "the liver", liver).into());
    }
    let whole_liver = positive(
        "BSA - 0.2 + tumour involvement in GBq",
        surface - 0.2 + tumour / treated,
    )?;
    Ok(whole_liver * treated / liver / (1.0 - residual))
}

/// A band of lung shunt and how much less activity it asks for with resin microspheres.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ShuntReduction {
    /// The band ends below this shunt.
    pub below_shunt_fraction: f64,
    /// How much less activity, 0 to 1; nothing where no treatment is advised.
    pub reduction_fraction: Option<Cited<f64>>,
}

const fn reduction(below_shunt_fraction: f64, value: f64) -> ShuntReduction {
    ShuntReduction {
        below_shunt_fraction,
        reduction_fraction: Some(Cited {
            value,
            unit: "1",
            source: "grosser2015",
            locator: "reductions as used there; the bands are recalled",
            applies_to: "resin microspheres, body-surface model",
            evidence: Evidence::Recalled,
        }),
    }
}

/// Under 10 % nothing, 10 to 15 % a fifth, 15 to 20 % two fifths, beyond that no treatment.
pub const BSA_SHUNT_REDUCTIONS: &[ShuntReduction] = &[
    reduction(0.10, 0.0),
    reduction(0.15, 0.2),
    reduction(0.20, 0.4),
    ShuntReduction {
        below_shunt_fraction: 1.0,
        reduction_fraction: None,
    },
];

/// The reduction that a lung shunt asks for; nothing where no treatment is advised. The bands are
/// recalled, so no model applies them by itself.
///
/// # Errors
/// A shunt outside 0 to below 1.
pub fn bsa_shunt_reduction(
    lung_shunt_fraction: f64,
) -> Result<Option<Cited<f64>>, NonPhysicalError> {
    let shunt = share_below_one("the lung shunt fraction", lung_shunt_fraction)?;
    Ok(BSA_SHUNT_REDUCTIONS
        .iter()
        .find(|band| shunt < band.below_shunt_fraction)
        .and_then(|band| band.reduction_fraction))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn input() -> BsaInput {
        BsaInput {
            height_m: 1.7,
            weight_kg: 70.0,
            tumour_in_treated_ml: 180.0,
            treated_volume_ml: 900.0,
            liver_volume_ml: 1500.0,
            residual_fraction: 0.0,
        }
    }

    #[test]
    fn parts_fit_into_the_whole() {
        let message = |input: &BsaInput| bsa_activity_gbq(input).unwrap_err().to_string();
        let tumour = BsaInput {
            tumour_in_treated_ml: 901.0,
            ..input()
        };
        assert!(message(&tumour).contains("901 mL, more than the treated volume (900 mL)"));
        let treated = BsaInput {
            treated_volume_ml: 1501.0,
            ..input()
        };
        assert!(message(&treated).contains("more than the liver"));
        let centimetres = BsaInput {
            height_m: 170.0,
            ..input()
        };
        assert!(message(&centimetres).contains("metres, not centimetres"));
        let half = BsaInput {
            residual_fraction: 0.5,
            ..input()
        };
        let whole = bsa_activity_gbq(&input()).unwrap();
        assert!((bsa_activity_gbq(&half).unwrap() - 2.0 * whole).abs() < 1e-12);
    }

    #[test]
    fn reductions_by_band() {
        let of = |shunt| bsa_shunt_reduction(shunt).unwrap().map(|cited| cited.value);
        assert_eq!(
            [0.05, 0.10, 0.15, 0.2].map(of),
            [Some(0.0), Some(0.2), Some(0.4), None]
        );
        assert!(bsa_shunt_reduction(1.0).is_err());
    }
}
