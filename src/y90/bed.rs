//! BED and EQD2 of yttrium-90, so that a radioembolisation and external beam add in BED.

use super::constants::HALF_LIFE_CREMONESI_H;
use crate::citation::{Cited, Evidence};
use crate::error::NonPhysicalError;
use crate::isoeffect::bed_decaying_gy;
use serde::Serialize;

/// BED in gray of an absorbed dose from yttrium-90 that decays where it lies:
/// `BED = D (1 + D Trep / ((Trep + Tphys) (alpha/beta)))`, with half-lives in hours (Cremonesi 2008).
///
/// # Errors
/// A negative or non-finite dose, alpha/beta or half-lives that are not above zero.
///
/// ```
/// let bed = hepadose::y90::bed_gy(40.0, 2.5, 2.5, 64.2)?;
/// assert!((bed - 63.99).abs() < 0.005);
/// # Ok::<(), hepadose::error::NonPhysicalError>(())
/// ```
pub fn bed_gy(
    dose_gy: f64,
    alpha_beta_gy: f64,
    repair_half_life_h: f64,
    physical_half_life_h: f64,
) -> Result<f64, NonPhysicalError> {
    bed_decaying_gy(
        dose_gy,
        alpha_beta_gy,
        repair_half_life_h,
        physical_half_life_h,
    )
}

/// What BED needs to know of a tissue. Listed for choice by name; never a default.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct BedParameters {
    /// Name of the set.
    pub name: &'static str,
    /// alpha/beta in Gy.
    pub alpha_beta_gy: Cited<f64>,
    /// Repair half-life in hours.
    pub repair_half_life_h: Cited<f64>,
    /// Physical half-life in hours.
    pub physical_half_life_h: Cited<f64>,
}

const fn cremonesi(value: f64, unit: &'static str, applies_to: &'static str) -> Cited<f64> {
    Cited {
        value,
        unit,
        source: "cremonesi2008",
        locator: "abstract",
        applies_to,
        evidence: Evidence::Transcription1,
    }
}

const LIVER: &str = "yttrium-90 radioembolisation, non-tumour liver";
const TUMOUR: &str = "yttrium-90 radioembolisation, tumour";

/// The published sets.
pub const BED_PARAMETERS: &[BedParameters] = &[
    BedParameters {
        name: "cremonesi2008-liver",
        alpha_beta_gy: cremonesi(2.5, "Gy", LIVER),
        repair_half_life_h: cremonesi(2.5, "h", LIVER),
        physical_half_life_h: HALF_LIFE_CREMONESI_H,
    },
    BedParameters {
        name: "cremonesi2008-tumour",
        alpha_beta_gy: cremonesi(10.0, "Gy", TUMOUR),
        repair_half_life_h: cremonesi(1.5, "h", TUMOUR),
        physical_half_life_h: HALF_LIFE_CREMONESI_H,
    },
];
