//! The linear-quadratic-linear model: linear-quadratic up to a transition dose a fraction, a straight line beyond.
//!
//! `BED = n [dT (1 + dT / (alpha/beta)) + (gamma/alpha) (d - dT)]` for `d > dT` (Astrahan 2008). With the tangent
//! `gamma/alpha = 1 + 2 dT / (alpha/beta)` value and slope are continuous; any other only keeps the value.

use super::Transform;
use crate::error::{NonPhysicalError, fractions, non_negative, positive};

/// The numbers of an LQ-L model.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LqL {
    alpha_beta_gy: f64,
    threshold_gy: f64,
    gamma_per_alpha: f64,
}

impl LqL {
    /// The model whose line has a slope of its own, gamma/alpha in BED per gray.
    ///
    /// # Errors
    /// Any number that is not above zero.
    pub fn new(
        alpha_beta_gy: f64,
        threshold_gy: f64,
        gamma_per_alpha: f64,
    ) -> Result<Self, NonPhysicalError> {
        Ok(Self {
            alpha_beta_gy: positive("alpha/beta in Gy", alpha_beta_gy)?,
            threshold_gy: positive("transition dose in Gy", threshold_gy)?,
            gamma_per_alpha: positive("gamma/alpha", gamma_per_alpha)?,
        })
    }

    /// The model whose line is the tangent at the transition dose: `gamma/alpha = 1 + 2 dT / (alpha/beta)`.
    ///
    /// # Errors
    /// As [`LqL::new`].
    ///
    /// ```
    /// use hepadose::isoeffect::LqL;
    /// // 3 x 20 Gy at alpha/beta 10 Gy and a transition at 6.2 Gy: 122.9 Gy where LQ says 180 Gy.
    /// let bed = LqL::tangent(10.0, 6.2)?.bed_gy(60.0, 3)?;
    /// assert!((bed - 122.868).abs() < 1e-9);
    /// # Ok::<(), hepadose::error::NonPhysicalError>(())
    /// ```
    pub fn tangent(alpha_beta_gy: f64, threshold_gy: f64) -> Result<Self, NonPhysicalError> {
        let ratio = positive("transition dose in Gy", threshold_gy)?
            / positive("alpha/beta in Gy", alpha_beta_gy)?;
        Self::new(alpha_beta_gy, threshold_gy, 1.0 + 2.0 * ratio)
    }

    /// alpha/beta in gray.
    pub const fn alpha_beta_gy(&self) -> f64 {
        self.alpha_beta_gy
    }

    /// Dose a fraction at which the line begins, in gray.
    pub const fn threshold_gy(&self) -> f64 {
        self.threshold_gy
    }

    /// Slope of the line in BED per gray.
    pub const fn gamma_per_alpha(&self) -> f64 {
        self.gamma_per_alpha
    }

    /// Whether the line is the tangent at the transition dose.
    pub fn is_tangent(&self) -> bool {
        Self::tangent(self.alpha_beta_gy, self.threshold_gy).as_ref() == Ok(self)
    }

    /// BED as a map of the total dose in `n` equal fractions.
    ///
    /// # Errors
    /// No fractions.
    pub fn transform(&self, n: u32) -> Result<Transform, NonPhysicalError> {
        let parabola = Transform::bed(fractions(n)?, self.alpha_beta_gy)?;
        Ok(parabola.with_line(f64::from(n) * self.threshold_gy, self.gamma_per_alpha))
    }

    /// BED in gray of a total dose in `n` equal fractions.
    ///
    /// # Errors
    /// A dose that is negative or not finite, no fractions.
    pub fn bed_gy(&self, dose_gy: f64, n: u32) -> Result<f64, NonPhysicalError> {
        let dose = non_negative("dose in Gy", dose_gy)?;
        Ok(self.transform(n)?.value(dose))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::isoeffect::bed_gy;

    #[test]
    fn below_the_transition_it_is_linear_quadratic() {
        let model = LqL::tangent(3.0, 6.0).unwrap();
        let (got, lq) = (
            model.bed_gy(25.0, 5).unwrap(),
            bed_gy(25.0, 5, 3.0).unwrap(),
        );
        assert!((got - lq).abs() < 1e-12);
        assert!(model.bed_gy(60.0, 3).unwrap() < bed_gy(60.0, 3, 3.0).unwrap());
    }

    #[test]
    fn the_tangent_is_smooth_and_another_slope_is_not() {
        let smooth = LqL::tangent(10.0, 6.2).unwrap().transform(3).unwrap();
        let bent = LqL::new(10.0, 6.2, 5.0).unwrap().transform(3).unwrap();
        let knee = 3.0 * 6.2;
        assert!((smooth.slope(knee - 1e-9) - smooth.slope(knee)).abs() < 1e-8);
        assert!((bent.slope(knee - 1e-9) - bent.slope(knee)).abs() > 1.0);
        assert!((bent.value(knee - 1e-9) - bent.value(knee)).abs() < 1e-7);
    }

    #[test]
    fn refuses_what_is_not_physical() {
        assert!(LqL::new(10.0, 6.0, 0.0).is_err());
        assert!(LqL::tangent(0.0, 6.0).is_err());
        assert!(LqL::tangent(10.0, f64::NAN).is_err());
        assert!(LqL::tangent(10.0, 6.0).unwrap().bed_gy(-1.0, 3).is_err());
        assert!(LqL::tangent(10.0, 6.0).unwrap().bed_gy(1.0, 0).is_err());
    }
}
