//! Niemierko's logistic model in the generalised equivalent uniform dose, for complications and for control.
//!
//! `P = 1 / (1 + (D50 / EUD)^(4 gamma50))`, `gamma50` the slope at 50 %: per cent of probability a per cent of dose.

use super::dose_volume::{DoseVolume, above_zero};
use super::geud_gy;
use crate::error::{NonPhysicalError, non_negative};

/// The numbers of a logistic model.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Logistic {
    d50_gy: f64,
    gamma50: f64,
    a: f64,
}

impl Logistic {
    /// D50 in gray (TD50 or TCD50), `gamma50`, and the exponent `a` of the equivalent uniform dose (negative for
    /// targets).
    ///
    /// # Errors
    /// D50 or `gamma50` not above zero, an `a` that is zero or not finite.
    pub fn new(d50_gy: f64, gamma50: f64, a: f64) -> Result<Self, NonPhysicalError> {
        let model = Self {
            d50_gy: above_zero("D50 in Gy", d50_gy)?,
            gamma50: above_zero("gamma50", gamma50)?,
            a,
        };
        geud_gy(&DoseVolume::uniform(1.0), a)?;
        Ok(model)
    }

    /// The probability of an equivalent uniform dose.
    ///
    /// # Errors
    /// A dose that is negative or not finite.
    pub fn of_uniform(&self, eud_gy: f64) -> Result<f64, NonPhysicalError> {
        let eud = non_negative("equivalent uniform dose in Gy", eud_gy)?;
        if eud == 0.0 {
            return Ok(0.0);
        }
        let ratio = libm::pow(self.d50_gy / eud, 4.0 * self.gamma50);
        Ok(1.0 / (1.0 + ratio))
    }

    /// The probability of a dose distribution.
    ///
    /// # Errors
    /// As [`Logistic::of_uniform`].
    pub fn probability(&self, dose: &DoseVolume) -> Result<f64, NonPhysicalError> {
        self.of_uniform(geud_gy(dose, self.a)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_at_d50_with_the_stated_slope() {
        let model = Logistic::new(50.0, 2.0, 1.0).unwrap();
        assert_eq!(model.of_uniform(50.0), Ok(0.5));
        let step = 1e-4;
        let slope = (model.of_uniform(50.0 + step).unwrap()
            - model.of_uniform(50.0 - step).unwrap())
            / (2.0 * step);
        assert!((50.0 * slope - 2.0).abs() < 1e-6);
        assert_eq!(model.of_uniform(0.0), Ok(0.0));
        assert!(Logistic::new(50.0, 2.0, 0.0).is_err());
    }
}
