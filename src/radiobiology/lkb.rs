//! Lyman-Kutcher-Burman: a normal distribution of tolerance in the generalised equivalent uniform dose.
//!
//! `NTCP = Phi(t)`, `t = (gEUD - TD50) / (m TD50)`, `gEUD` with `a = 1/n`. With the effective volume it is the same:
//! `t = (Dref - TD50(Veff)) / (m TD50(Veff))`, `TD50(v) = TD50 v^-n` (Lyman 1985, eq. 1-2; Kutcher 1991, eq. 4).

use super::dose_volume::{DoseVolume, above_zero};
use super::{geud_gy, veff};
use crate::error::{NonPhysicalError, non_negative};
use crate::numeric::{normal_cdf, normal_quantile};

/// The numbers of an LKB model.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Lkb {
    td50_gy: f64,
    m: f64,
    n: f64,
}

impl Lkb {
    /// TD50 for the whole organ in gray, slope `m`, volume exponent `n`.
    ///
    /// # Errors
    /// Any number that is not above zero.
    pub fn new(td50_gy: f64, m: f64, n: f64) -> Result<Self, NonPhysicalError> {
        Ok(Self {
            td50_gy: above_zero("TD50 in Gy", td50_gy)?,
            m: above_zero("m", m)?,
            n: above_zero("n", n)?,
        })
    }

    /// Of uniform irradiation, or of a generalised equivalent uniform dose.
    ///
    /// # Errors
    /// A dose that is negative or not finite.
    ///
    /// ```
    /// use hepadose::radiobiology::Lkb;
    /// let liver = Lkb::new(39.8, 0.12, 0.97)?;
    /// assert!((liver.ntcp_of_uniform(39.8)? - 0.5).abs() < 1e-15);
    /// # Ok::<(), hepadose::error::NonPhysicalError>(())
    /// ```
    pub fn ntcp_of_uniform(&self, dose_gy: f64) -> Result<f64, NonPhysicalError> {
        Ok(normal_cdf(
            self.t(non_negative("dose in Gy", dose_gy)?, self.td50_gy),
        ))
    }

    fn t(&self, dose: f64, td50: f64) -> f64 {
        (dose - td50) / (self.m * td50)
    }

    /// The generalised equivalent uniform dose in gray, `a = 1/n`.
    ///
    /// # Errors
    /// None that numbers of [`Lkb::new`] could raise.
    pub fn geud_gy(&self, dose: &DoseVolume) -> Result<f64, NonPhysicalError> {
        geud_gy(dose, 1.0 / self.n)
    }

    /// NTCP by the generalised equivalent uniform dose.
    ///
    /// # Errors
    /// As [`Lkb::geud_gy`].
    pub fn ntcp(&self, dose: &DoseVolume) -> Result<f64, NonPhysicalError> {
        self.ntcp_of_uniform(self.geud_gy(dose)?)
    }

    /// NTCP by the effective volume at a reference dose: the same number.
    ///
    /// # Errors
    /// A reference dose that is not above zero.
    pub fn ntcp_by_veff(
        &self,
        dose: &DoseVolume,
        reference_dose_gy: f64,
    ) -> Result<f64, NonPhysicalError> {
        let share = veff(dose, self.n, reference_dose_gy)?;
        if share == 0.0 {
            return self.ntcp_of_uniform(0.0);
        }
        let td50 = self.td50_gy * libm::pow(share, -self.n);
        Ok(normal_cdf(self.t(reference_dose_gy, td50)))
    }

    /// The uniform dose in gray to a share `v` of the organ that gives a probability.
    ///
    /// # Errors
    /// A share or a probability that is not between zero and one; a probability that even no dose stays below.
    pub fn tolerance_dose_gy(&self, v: f64, probability: f64) -> Result<f64, NonPhysicalError> {
        let v = above_zero(
            "share of the organ",
            crate::error::fraction("share of the organ", v)?,
        )?;
        let p = crate::error::fraction("probability", probability)?;
        let dose = self.td50_gy * libm::pow(v, -self.n) * (1.0 + self.m * normal_quantile(p));
        non_negative("dose of that probability in Gy", dose)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn tails_keep_their_digits() {
        // Phi(-7) in 40 digits is 1.2798125438858351e-12.
        let model = Lkb::new(100.0, 0.1, 1.0).unwrap();
        let far = model.ntcp_of_uniform(30.0).unwrap();
        assert!((far / 1.279_812_543_885_835_1e-12 - 1.0).abs() < 1e-12);
        assert_eq!(model.ntcp_of_uniform(1e6), Ok(1.0));
        assert!(model.ntcp_of_uniform(-1.0).is_err());
        assert!(Lkb::new(40.0, 0.0, 1.0).is_err());
        assert!(model.tolerance_dose_gy(1.0, 1e-30).is_err());
    }

    proptest! {
        #[test]
        fn both_forms_agree(
            samples in prop::collection::vec((0.0..80.0_f64, 0.01..9.0_f64), 1..30),
            td50 in 20.0..60.0_f64, m in 0.05..0.5_f64, n in 0.05..1.5_f64, reference in 5.0..80.0_f64,
        ) {
            let (doses, volumes): (Vec<f64>, Vec<f64>) = samples.into_iter().unzip();
            let dose = DoseVolume::from_samples(&doses, &volumes).unwrap();
            let model = Lkb::new(td50, m, n).unwrap();
            let one = model.ntcp(&dose).unwrap();
            let two = model.ntcp_by_veff(&dose, reference).unwrap();
            prop_assert!((one - two).abs() <= 1e-9 * one + 1e-15);
        }

        #[test]
        fn tolerance_dose_undoes_ntcp(p in 1e-3..0.999_f64, v in 0.1..1.0_f64) {
            let model = Lkb::new(45.8, 0.12, 0.97).unwrap();
            let dose = model.tolerance_dose_gy(v, p).unwrap();
            let part = DoseVolume::from_samples(&[0.0, dose], &[1.0 - v, v]).unwrap();
            prop_assert!((model.ntcp(&part).unwrap() - p).abs() <= 1e-10);
        }
    }
}
