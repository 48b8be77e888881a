//! The universal survival curve: linear-quadratic at small, multitarget at large doses a fraction.
//!
//! The straight part of the multitarget curve, `ln S = -d/D0 + Dq/D0`, touches the linear-quadratic curve at the
//! transition dose `DT = 2 Dq / (1 - alpha D0)`; value and slope agree there when
//! `beta = (1 - alpha D0)^2 / (4 D0 Dq)`. Beyond it `BED = n (d - Dq) / (alpha D0)` (Park 2008).

use super::Transform;
use crate::error::{NonPhysicalError, fractions, non_negative, positive};

/// The numbers of a universal survival curve.
#[allow(clippy::struct_field_names, reason = "the unit is in each name")]
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Usc {
    alpha_per_gy: f64,
    d0_gy: f64,
    dq_gy: f64,
}

impl Usc {
    /// The curve of alpha (1/Gy), final slope `1 / D0` and quasi-threshold dose `Dq`.
    ///
    /// # Errors
    /// Numbers that are not above zero, and `alpha D0` that is not below one: then the two parts never touch.
    ///
    /// ```
    /// use hepadose::isoeffect::Usc;
    /// let park = Usc::new(0.33, 1.25, 1.8)?;
    /// assert!((park.transition_dose_gy() - 6.128).abs() < 1e-3);
    /// assert!((park.bed_gy(60.0, 3)? - 132.3636).abs() < 1e-4);
    /// # Ok::<(), hepadose::error::NonPhysicalError>(())
    /// ```
    pub fn new(alpha_per_gy: f64, d0_gy: f64, dq_gy: f64) -> Result<Self, NonPhysicalError> {
        let curve = Self {
            alpha_per_gy: positive("alpha in 1/Gy", alpha_per_gy)?,
            d0_gy: positive("D0 in Gy", d0_gy)?,
            dq_gy: positive("Dq in Gy", dq_gy)?,
        };
        if curve.bend() > 0.0 {
            return Ok(curve);
        }
        Err(NonPhysicalError {
            quantity: "alpha D0",
            value: alpha_per_gy * d0_gy,
            allowed: "below 1, so that the straight part touches the curved one",
        })
    }

    /// `1 - alpha D0`.
    fn bend(&self) -> f64 {
        1.0 - self.alpha_per_gy * self.d0_gy
    }

    /// alpha in 1/Gy.
    pub const fn alpha_per_gy(&self) -> f64 {
        self.alpha_per_gy
    }

    /// D0 in gray: one over the final slope.
    pub const fn d0_gy(&self) -> f64 {
        self.d0_gy
    }

    /// Quasi-threshold dose in gray.
    pub const fn dq_gy(&self) -> f64 {
        self.dq_gy
    }

    /// beta in 1/Gy^2: `(1 - alpha D0)^2 / (4 D0 Dq)`.
    pub fn beta_per_gy2(&self) -> f64 {
        self.bend() * self.bend() / (4.0 * self.d0_gy * self.dq_gy)
    }

    /// alpha/beta in gray of the linear-quadratic part.
    pub fn alpha_beta_gy(&self) -> f64 {
        self.alpha_per_gy / self.beta_per_gy2()
    }

    /// Transition dose a fraction in gray: `2 Dq / (1 - alpha D0)`.
    pub fn transition_dose_gy(&self) -> f64 {
        2.0 * self.dq_gy / self.bend()
    }

    /// BED as a map of the total dose in `n` equal fractions.
    ///
    /// # Errors
    /// No fractions.
    pub fn transform(&self, n: u32) -> Result<Transform, NonPhysicalError> {
        let parabola = Transform::bed(fractions(n)?, self.alpha_beta_gy())?;
        let knee = f64::from(n) * self.transition_dose_gy();
        Ok(parabola.with_line(knee, 1.0 / (self.alpha_per_gy * self.d0_gy)))
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

    #[test]
    fn beyond_the_transition_it_is_the_multitarget_line() {
        let park = Usc::new(0.33, 1.25, 1.8).unwrap();
        for dose in [18.384, 30.0, 60.0] {
            let line = 3.0 / (0.33 * 1.25) * (dose / 3.0 - 1.8);
            assert!((park.bed_gy(dose, 3).unwrap() - line).abs() < 1e-11);
        }
    }

    #[test]
    fn value_and_slope_agree_at_the_transition() {
        let curve = Usc::new(0.2, 1.5, 2.5).unwrap();
        let map = curve.transform(5).unwrap();
        let knee = 5.0 * curve.transition_dose_gy();
        assert!((map.slope(knee * (1.0 - 1e-12)) - map.slope(knee)).abs() < 1e-9);
    }

    #[test]
    fn refuses_curves_that_do_not_touch() {
        assert!(Usc::new(0.8, 1.25, 1.8).is_err());
        assert!(Usc::new(1.0, 1.25, 1.8).is_err());
        assert!(Usc::new(0.33, 0.0, 1.8).is_err());
    }
}
