//! Generalised equivalent uniform dose and effective volume.

use super::dose_volume::{DoseVolume, above_zero, power};
use crate::error::NonPhysicalError;

/// `gEUD = (sum v_i D_i^a)^(1/a)` in gray, with the shares `v_i` of the volume (Niemierko 1997).
///
/// `a = 1` is the mean; a large `a` comes near the maximum; a negative one, for targets, near the minimum, and is zero
/// where any dose is. `a = 1/n` for the `n` of Lyman's model. Doses are scaled by the highest, so that no power overflows.
///
/// # Errors
/// An `a` that is zero, NaN or infinite.
///
/// ```
/// use hepadose::radiobiology::{DoseVolume, geud_gy};
/// let half = DoseVolume::from_samples(&[0.0, 40.0], &[1.0, 1.0])?;
/// assert!((geud_gy(&half, 1.0)? - 20.0).abs() < 1e-12);
/// assert!((geud_gy(&half, 2.0)? - 800.0_f64.sqrt()).abs() < 1e-12);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn geud_gy(dose: &DoseVolume, a: f64) -> Result<f64, NonPhysicalError> {
    if !a.is_finite() || a == 0.0 {
        return Err(NonPhysicalError {
            quantity: "the exponent a of gEUD",
            value: a,
            allowed: "finite and not 0",
        });
    }
    if a == 1.0 {
        return Ok(dose.mean_gy());
    }
    let (max, min) = (
        dose.max_gy(),
        dose.dose_gy().iter().copied().fold(f64::INFINITY, f64::min),
    );
    // The scale that makes every power at most one.
    let scale = if a > 0.0 { max } else { min };
    if scale == 0.0 {
        return Ok(0.0);
    }
    let mean = dose.mean_of(|d| power(d / scale, a));
    Ok(scale * libm::pow(mean, 1.0 / a))
}

/// Effective volume as a share: `Veff = sum v_i (D_i / Dref)^(1/n)`, the part of the organ that would have to receive
/// `Dref` for the same effect (Kutcher 1991, eq. 7).
///
/// # Errors
/// `n` or the reference dose not above zero.
pub fn veff(dose: &DoseVolume, n: f64, reference_dose_gy: f64) -> Result<f64, NonPhysicalError> {
    let n = above_zero("n", n)?;
    let reference = above_zero("reference dose in Gy", reference_dose_gy)?;
    if n == 1.0 {
        return Ok(dose.mean_gy() / reference);
    }
    Ok(dose.mean_of(|d| power(d / reference, 1.0 / n)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn ends_are_maximum_and_minimum() {
        let dose = DoseVolume::from_samples(&[10.0, 20.0, 60.0], &[5.0, 3.0, 2.0]).unwrap();
        assert!((geud_gy(&dose, 1000.0).unwrap() - 60.0).abs() < 0.2);
        assert!((geud_gy(&dose, -1000.0).unwrap() - 10.0).abs() < 0.02);
        assert!(geud_gy(&dose, 0.0).is_err());
        assert!(geud_gy(&dose, f64::INFINITY).is_err());
        let cold = DoseVolume::from_samples(&[0.0, 60.0], &[1.0, 1.0]).unwrap();
        assert_eq!(geud_gy(&cold, -10.0), Ok(0.0));
        assert!(veff(&dose, 1.0, 0.0).is_err());
    }

    proptest! {
        #[test]
        fn rises_with_the_exponent_and_scales_with_dose(
            samples in prop::collection::vec((0.01..80.0_f64, 0.01..9.0_f64), 1..30),
            a in 0.1..30.0_f64, more in 0.1..20.0_f64, factor in 0.1..5.0_f64,
        ) {
            let (doses, volumes): (Vec<f64>, Vec<f64>) = samples.into_iter().unzip();
            let dose = DoseVolume::from_samples(&doses, &volumes).unwrap();
            let geud = geud_gy(&dose, a).unwrap();
            prop_assert!(geud <= geud_gy(&dose, a + more).unwrap() * (1.0 + 1e-12));
            prop_assert!(geud <= dose.max_gy() * (1.0 + 1e-12));
            let scaled: Vec<f64> = doses.iter().map(|d| factor * d).collect();
            let scaled = DoseVolume::from_samples(&scaled, &volumes).unwrap();
            prop_assert!((geud_gy(&scaled, a).unwrap() - factor * geud).abs() <= 1e-11 * factor * geud);
            // The two reductions say the same: Veff (Dref / gEUD)^(1/n) = 1.
            let n = 1.0 / a;
            let reference = dose.max_gy();
            let product = veff(&dose, n, reference).unwrap() * (reference / geud).powf(a);
            prop_assert!((product - 1.0).abs() <= 1e-10);
        }
    }
}
