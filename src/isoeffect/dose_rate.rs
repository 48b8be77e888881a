//! BED of a dose that is delivered at a falling dose rate while repair goes on.

use crate::error::{NonPhysicalError, non_negative, positive};

/// Lea-Catcheside protraction factor of a source that decays completely, `G = Trep / (Trep + Teff)`.
///
/// `Trep` is the repair half-life and `Teff` the effective half-life of the dose rate, both in hours,
/// for mono-exponential repair and decay (Cremonesi 2008). It falls from 1 (all dose at once) to 0.
///
/// # Errors
/// Half-lives that are not above zero.
pub fn protraction_factor(
    repair_half_life_h: f64,
    effective_half_life_h: f64,
) -> Result<f64, NonPhysicalError> {
    let repair = positive("repair half-life in h", repair_half_life_h)?;
    let effective = positive("effective half-life in h", effective_half_life_h)?;
    Ok(repair / (repair + effective))
}

/// BED in gray of a dose from a source that decays completely: `BED = D (1 + G D / (alpha/beta))`.
///
/// # Errors
/// A negative or non-finite dose, alpha/beta or half-lives that are not above zero.
///
/// ```
/// // Cremonesi 2008: 40 Gy to the liver from yttrium-90 are a BED of 64 Gy.
/// let bed = hepadose::isoeffect::bed_decaying_gy(40.0, 2.5, 2.5, 64.2)?;
/// assert!((bed - 64.0).abs() < 0.5);
/// # Ok::<(), hepadose::error::NonPhysicalError>(())
/// ```
pub fn bed_decaying_gy(
    dose_gy: f64,
    alpha_beta_gy: f64,
    repair_half_life_h: f64,
    effective_half_life_h: f64,
) -> Result<f64, NonPhysicalError> {
    let dose = non_negative("dose in Gy", dose_gy)?;
    let ab = positive("alpha/beta in Gy", alpha_beta_gy)?;
    let g = protraction_factor(repair_half_life_h, effective_half_life_h)?;
    Ok(dose * (1.0 + g * dose / ab))
}

/// BED in gray of several cycles of a decaying source, repair complete between them:
/// `BED = sum D_i + G / (alpha/beta) sum D_i^2`.
///
/// # Errors
/// As [`bed_decaying_gy`], for any cycle.
///
/// ```
/// // Four cycles of 5.75 Gy to the kidneys: 25.8 Gy, where one of 23 Gy has a BED of 34.2 Gy.
/// let bed = hepadose::isoeffect::bed_cycles_gy(&[5.75; 4], 2.5, 2.8, 50.0)?;
/// assert!((bed - 25.8053).abs() < 1e-4);
/// # Ok::<(), hepadose::error::NonPhysicalError>(())
/// ```
pub fn bed_cycles_gy(
    cycles_gy: &[f64],
    alpha_beta_gy: f64,
    repair_half_life_h: f64,
    effective_half_life_h: f64,
) -> Result<f64, NonPhysicalError> {
    let one = |dose: &f64| {
        bed_decaying_gy(
            *dose,
            alpha_beta_gy,
            repair_half_life_h,
            effective_half_life_h,
        )
    };
    one(&0.0)?;
    cycles_gy
        .iter()
        .try_fold(0.0, |sum, dose| Ok(sum + one(dose)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn between_no_repair_and_full_repair() {
        // A repair so slow that nothing is repaired: one acute dose.
        let acute = bed_decaying_gy(10.0, 10.0, 1e12, 64.1).unwrap();
        assert!((acute - 20.0).abs() < 1e-6);
        let repaired = bed_decaying_gy(10.0, 10.0, 1e-12, 64.1).unwrap();
        assert!((repaired - 10.0).abs() < 1e-6);
        assert_eq!(bed_decaying_gy(0.0, 10.0, 1.5, 64.1), Ok(0.0));
    }

    #[test]
    fn refuses_what_is_not_physical() {
        assert!(bed_decaying_gy(-1.0, 10.0, 1.5, 64.1).is_err());
        assert!(bed_decaying_gy(1.0, 0.0, 1.5, 64.1).is_err());
        assert!(protraction_factor(0.0, 64.1).is_err());
        assert!(protraction_factor(1.5, f64::NAN).is_err());
    }
}
