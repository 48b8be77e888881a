//! Incomplete repair between several fractions a day.
//!
//! `BED = D [1 + (1 + Hm) d / (alpha/beta)]` for `m` fractions a day, each `dt` after the last, with complete repair
//! overnight. `Hm = (2/m) [phi / (1 - phi)] [m - (1 - phi^m) / (1 - phi)]`, `phi = exp(-ln 2 dt / T)` for a repair
//! half-life `T` (Thames 1985).

use crate::error::{NonPhysicalError, fractions, positive};
use std::f64::consts::LN_2;

/// Several fractions on each treatment day.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FractionsADay {
    /// Fractions on one day, `m`.
    pub per_day: u32,
    /// Hours between two of them.
    pub interval_h: f64,
    /// Half-life of repair in hours.
    pub repair_half_life_h: f64,
}

impl FractionsADay {
    /// The unrepaired share `Hm` by which the quadratic part grows; zero for one fraction a day.
    ///
    /// # Errors
    /// No fractions, times that are not above zero.
    ///
    /// ```
    /// use hepadose::isoeffect::FractionsADay;
    /// let twice = FractionsADay { per_day: 2, interval_h: 6.0, repair_half_life_h: 4.4 };
    /// assert!((twice.incomplete_repair_factor()? - 0.388602).abs() < 1e-6);
    /// # Ok::<(), hepadose::error::NonPhysicalError>(())
    /// ```
    pub fn incomplete_repair_factor(&self) -> Result<f64, NonPhysicalError> {
        let m = fractions(self.per_day)?;
        let interval = positive("interval between fractions in h", self.interval_h)?;
        let half_life = positive("repair half-life in h", self.repair_half_life_h)?;
        let phi = libm::exp(-LN_2 * interval / half_life);
        // Hm is (2/m) times the sum of phi^(j - i) over all pairs i < j: written out, it has no 0/0 for slow repair.
        let pairs = (1..m).fold((0.0, 1.0), |(sum, power), gap| {
            let power = power * phi;
            (sum + f64::from(m - gap) * power, power)
        });
        Ok(2.0 / f64::from(m) * pairs.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn factor(per_day: u32, interval_h: f64, repair_half_life_h: f64) -> f64 {
        let day = FractionsADay {
            per_day,
            interval_h,
            repair_half_life_h,
        };
        day.incomplete_repair_factor().unwrap()
    }

    #[test]
    fn agrees_with_the_closed_form() {
        for (m, interval, half_life) in [(2, 6.0, 4.4), (3, 4.0, 1.5), (4, 3.0, 5.0)] {
            let phi = (-LN_2 * interval / half_life).exp();
            let m_f = f64::from(m);
            let closed = (2.0 / m_f)
                * (phi / (1.0 - phi))
                * (m_f - (1.0 - phi.powi(m as i32)) / (1.0 - phi));
            assert!((factor(m, interval, half_life) - closed).abs() < 1e-14);
        }
    }

    #[test]
    fn ends_are_one_fraction_and_no_repair_at_all() {
        assert_eq!(factor(1, 6.0, 1.5), 0.0);
        // Nothing is repaired: m fractions act as one of m times the dose, 1 + Hm = m.
        assert!((factor(3, 6.0, 1e15) - 2.0).abs() < 1e-12);
        assert!(factor(2, 1e6, 1.0) < 1e-300);
    }
}
