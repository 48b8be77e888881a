//! Kallman's Poisson curve and the relative seriality model built on it.
//!
//! `P(D) = 2^-exp(e gamma (1 - D/D50))` for uniform irradiation; for a distribution
//! `NTCP = [1 - prod (1 - P(D_i)^s)^(v_i)]^(1/s)` with the relative seriality `s` (Kallman 1992).

use super::dose_volume::{DoseVolume, above_zero};
use super::geud_gy;
use crate::error::{NonPhysicalError, non_negative};
use std::f64::consts::{E, LN_2};

/// The Poisson dose response of uniform irradiation.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PoissonCurve {
    d50_gy: f64,
    gamma: f64,
}

impl PoissonCurve {
    /// D50 in gray and the greatest normalised slope `gamma`.
    ///
    /// # Errors
    /// Numbers that are not above zero.
    pub fn new(d50_gy: f64, gamma: f64) -> Result<Self, NonPhysicalError> {
        Ok(Self {
            d50_gy: above_zero("D50 in Gy", d50_gy)?,
            gamma: above_zero("gamma", gamma)?,
        })
    }

    /// The probability of a uniform dose.
    ///
    /// # Errors
    /// A dose that is negative or not finite.
    pub fn of_uniform(&self, dose_gy: f64) -> Result<f64, NonPhysicalError> {
        Ok(libm::exp(self.log(non_negative("dose in Gy", dose_gy)?)))
    }

    /// The probability of a distribution by its equivalent uniform dose with exponent `a`.
    ///
    /// # Errors
    /// An `a` that is zero or not finite.
    pub fn of_geud(&self, dose: &DoseVolume, a: f64) -> Result<f64, NonPhysicalError> {
        self.of_uniform(geud_gy(dose, a)?)
    }

    /// The exponent in the survival of all that is at risk.
    fn exponent(&self, dose: f64) -> f64 {
        E * self.gamma * (1.0 - dose / self.d50_gy)
    }

    /// The logarithm of the probability.
    fn log(&self, dose: f64) -> f64 {
        -LN_2 * libm::exp(self.exponent(dose))
    }
}

/// Below this an exponential has few digits left, or none.
const UNDERFLOW: f64 = -600.0;

/// NTCP of a distribution by the relative seriality `s`: near zero for parallel, one for serial organs.
///
/// # Errors
/// An `s` that is not above zero.
pub fn relative_seriality(
    curve: &PoissonCurve,
    s: f64,
    dose: &DoseVolume,
) -> Result<f64, NonPhysicalError> {
    let s = above_zero("relative seriality s", s)?;
    // ln(1 - P^s) keeps its digits both where P is tiny and where it is nearly one.
    let survival = dose.mean_of(|d| {
        let (log, exponent) = (s * curve.log(d), curve.exponent(d));
        if exponent < UNDERFLOW {
            // 1 - exp(-x) is x, whose logarithm has no underflow.
            libm::log(s * LN_2) + exponent
        } else if log < -LN_2 {
            libm::log1p(-libm::exp(log))
        } else {
            libm::log(-libm::expm1(log))
        }
    });
    Ok(libm::pow(-libm::expm1(survival), 1.0 / s))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uniform_irradiation_gives_the_curve_whatever_the_seriality() {
        let curve = PoissonCurve::new(40.0, 2.0).unwrap();
        assert!((curve.of_uniform(40.0).unwrap() - 0.5).abs() < 1e-15);
        for dose in [20.0, 35.0, 40.0, 50.0, 80.0] {
            let expected = 2.0_f64.powf(-(E * 2.0 * (1.0 - dose / 40.0)).exp());
            assert!((curve.of_uniform(dose).unwrap() - expected).abs() < 1e-14);
            for s in [0.1, 1.0, 5.0] {
                let got = relative_seriality(&curve, s, &DoseVolume::uniform(dose)).unwrap();
                assert!((got - expected).abs() <= 1e-9 * expected, "{dose} {s}");
            }
        }
    }

    #[test]
    fn a_serial_organ_is_spared_by_no_volume() {
        let curve = PoissonCurve::new(40.0, 2.0).unwrap();
        let half = DoseVolume::from_samples(&[0.0, 60.0], &[1.0, 1.0]).unwrap();
        let serial = relative_seriality(&curve, 5.0, &half).unwrap();
        let parallel = relative_seriality(&curve, 0.05, &half).unwrap();
        // By hand: P(60) = 0.9550 and P(0) = 2^-229.5, from which 0.374 and 0.886.
        assert!((parallel - 0.374).abs() < 2e-3, "{parallel}");
        assert!((serial - 0.886).abs() < 2e-3, "{serial}");
        assert!(relative_seriality(&curve, 0.0, &half).is_err());
    }

    /// Doses at which the exponential underflows: certain, not unknown.
    #[test]
    fn far_beyond_the_tolerance() {
        let curve = PoissonCurve::new(30.0, 2.0).unwrap();
        for dose in [2_000.0, 4_200.0, 9_000.0, 1e6] {
            let volume = DoseVolume::from_samples(&[dose, 10.0], &[1.0, 1.0]).unwrap();
            let all = DoseVolume::uniform(dose);
            assert_eq!(
                relative_seriality(&curve, 1.0, &all).unwrap(),
                1.0,
                "{dose}"
            );
            let part = relative_seriality(&curve, 1.0, &volume).unwrap();
            assert!(
                part.is_finite() && (0.9..=1.0).contains(&part),
                "{dose}: {part}"
            );
        }
    }
}
