//! The linear-quadratic model for fractionated dose.
//!
//! `BED = D (1 + d / (alpha/beta))` with `d = D / n`, and `EQD2 = BED / (1 + 2 / (alpha/beta))`
//! (Fowler 1989). All doses are totals in gray, each of `n` equal fractions, with complete repair
//! between fractions and without repopulation. The model is stated to hold up to about 10 Gy a
//! fraction, possibly 18 Gy (Brenner 2008); beyond it overestimates.

use crate::error::{NonPhysicalError, fractions, non_negative, positive};

/// What every function here calls its parameter in messages.
const ALPHA_BETA: &str = "alpha/beta in Gy";
const DOSE: &str = "dose in Gy";

/// One part of a mixed schedule: `fractions` of `dose_per_fraction_gy` each.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Segment {
    /// Number of fractions.
    pub fractions: u32,
    /// Dose of each fraction in gray.
    pub dose_per_fraction_gy: f64,
}

/// BED in gray of a total dose given in `n` equal fractions.
///
/// # Errors
/// A negative or non-finite dose, no fractions, or alpha/beta not above zero.
///
/// ```
/// assert_eq!(hepadose::isoeffect::bed_gy(60.0, 3, 10.0)?, 180.0);
/// # Ok::<(), hepadose::error::NonPhysicalError>(())
/// ```
pub fn bed_gy(dose_gy: f64, n: u32, alpha_beta_gy: f64) -> Result<f64, NonPhysicalError> {
    let dose = non_negative(DOSE, dose_gy)?;
    let n = f64::from(fractions(n)?);
    let ab = positive(ALPHA_BETA, alpha_beta_gy)?;
    Ok(dose * (1.0 + dose / (n * ab)))
}

/// EQD2 in gray of a total dose given in `n` equal fractions.
///
/// # Errors
/// As [`bed_gy`].
pub fn eqd2_gy(dose_gy: f64, n: u32, alpha_beta_gy: f64) -> Result<f64, NonPhysicalError> {
    eqd2_from_bed_gy(bed_gy(dose_gy, n, alpha_beta_gy)?, alpha_beta_gy)
}

/// EQD2 in gray of a BED at the same alpha/beta: `EQD2 = BED / (1 + 2 / (alpha/beta))`.
///
/// # Errors
/// A negative or non-finite BED, or alpha/beta not above zero.
pub fn eqd2_from_bed_gy(bed: f64, alpha_beta_gy: f64) -> Result<f64, NonPhysicalError> {
    let ab = positive(ALPHA_BETA, alpha_beta_gy)?;
    Ok(non_negative("BED in Gy", bed)? / (1.0 + 2.0 / ab))
}

/// Dose per fraction in gray that gives an EQD2 in `n` fractions: the positive root of
/// `n d (d + ab) / (2 + ab) = EQD2`.
///
/// Written without cancellation: `d = 2 q / (1 + sqrt(1 + 4 q / ab))` with
/// `q = EQD2 (1 + 2 / ab) / n`.
///
/// # Errors
/// A negative or non-finite EQD2, no fractions, or alpha/beta not above zero.
pub fn dose_per_fraction_from_eqd2_gy(
    eqd2: f64,
    n: u32,
    alpha_beta_gy: f64,
) -> Result<f64, NonPhysicalError> {
    let eqd2 = non_negative("EQD2 in Gy", eqd2)?;
    let n = f64::from(fractions(n)?);
    let ab = positive(ALPHA_BETA, alpha_beta_gy)?;
    let q = eqd2 * (1.0 + 2.0 / ab) / n;
    Ok(2.0 * q / (1.0 + (1.0 + 4.0 * q / ab).sqrt()))
}

/// Total dose in gray in `n` fractions that has a given EQD2.
///
/// # Errors
/// As [`dose_per_fraction_from_eqd2_gy`].
pub fn isoeffective_dose_gy(
    eqd2: f64,
    n: u32,
    alpha_beta_gy: f64,
) -> Result<f64, NonPhysicalError> {
    Ok(f64::from(n) * dose_per_fraction_from_eqd2_gy(eqd2, n, alpha_beta_gy)?)
}

/// BED in gray of a schedule whose fraction size changes: the sum of its segments' BED.
///
/// # Errors
/// Any segment that [`bed_gy`] would refuse.
pub fn mixed_bed_gy(segments: &[Segment], alpha_beta_gy: f64) -> Result<f64, NonPhysicalError> {
    positive(ALPHA_BETA, alpha_beta_gy)?;
    segments.iter().try_fold(0.0, |sum, segment| {
        let total = f64::from(segment.fractions) * segment.dose_per_fraction_gy;
        Ok(sum + bed_gy(total, segment.fractions, alpha_beta_gy)?)
    })
}

/// EQD2 in gray of a schedule whose fraction size changes.
///
/// # Errors
/// As [`mixed_bed_gy`].
pub fn mixed_eqd2_gy(segments: &[Segment], alpha_beta_gy: f64) -> Result<f64, NonPhysicalError> {
    eqd2_from_bed_gy(mixed_bed_gy(segments, alpha_beta_gy)?, alpha_beta_gy)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn refuses_what_is_not_physical() {
        assert!(bed_gy(60.0, 0, 10.0).is_err());
        assert!(bed_gy(60.0, 3, 0.0).is_err());
        assert!(bed_gy(f64::NAN, 3, 10.0).is_err());
        assert!(bed_gy(-1.0, 3, 10.0).is_err());
        assert!(mixed_bed_gy(&[], -1.0).is_err());
    }

    proptest! {
        #[test]
        fn inverse_undoes_eqd2(dose in 0.0..120.0_f64, n in 1_u32..40, ab in 0.5..20.0_f64) {
            let back = isoeffective_dose_gy(eqd2_gy(dose, n, ab).unwrap(), n, ab).unwrap();
            prop_assert!((back - dose).abs() <= 1e-12 * dose.max(1.0));
        }

        #[test]
        fn bed_is_additive_over_segments(d in 0.1..20.0_f64, n in 2_u32..30, ab in 0.5..20.0_f64) {
            let whole = bed_gy(f64::from(n) * d, n, ab).unwrap();
            let parts = mixed_bed_gy(&[
                Segment { fractions: 1, dose_per_fraction_gy: d },
                Segment { fractions: n - 1, dose_per_fraction_gy: d },
            ], ab).unwrap();
            prop_assert!((whole - parts).abs() <= 1e-12 * whole);
        }
    }
}
