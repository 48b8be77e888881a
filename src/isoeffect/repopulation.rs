//! Loss of effect by repopulation of the tumour after a kick-off time.
//!
//! `BED = BED0 - k max(0, T - Tk)` with `k` in gray of BED a day, or `k = ln 2 / (alpha Tpot)`; the same in gray of
//! EQD2 a day, which is another number. An effect never falls below zero: that is a rule of this library and not
//! part of the formula.

use super::bulk::check_all;
use super::transform::Real;
use crate::error::{NonPhysicalError, non_negative, positive};
use rayon::prelude::*;
use std::f64::consts::LN_2;

/// A loss of so many gray a day, in the measure (BED or EQD2) of the doses it is taken from.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Repopulation {
    rate_gy_per_day: f64,
    kickoff_days: f64,
}

impl Repopulation {
    /// A loss of `rate` gray a day after `kickoff` days. Whether these are gray of BED or of EQD2 is for the caller to
    /// say: use it on that measure alone.
    ///
    /// # Errors
    /// Numbers that are negative or not finite.
    pub fn new(rate_gy_per_day: f64, kickoff_days: f64) -> Result<Self, NonPhysicalError> {
        Ok(Self {
            rate_gy_per_day: non_negative("repopulation in Gy a day", rate_gy_per_day)?,
            kickoff_days: non_negative("kick-off time in days", kickoff_days)?,
        })
    }

    /// The loss in gray of BED a day of a tumour with a potential doubling time: `ln 2 / (alpha Tpot)`.
    ///
    /// # Errors
    /// alpha or doubling time not above zero, a negative kick-off time.
    pub fn of_doubling_time(
        alpha_per_gy: f64,
        doubling_time_days: f64,
        kickoff_days: f64,
    ) -> Result<Self, NonPhysicalError> {
        let alpha = positive("alpha in 1/Gy", alpha_per_gy)?;
        let doubling = positive("potential doubling time in days", doubling_time_days)?;
        Self::new(LN_2 / (alpha * doubling), kickoff_days)
    }

    /// The loss a day in gray.
    pub const fn rate_gy_per_day(&self) -> f64 {
        self.rate_gy_per_day
    }

    /// When it begins, in days after the first fraction.
    pub const fn kickoff_days(&self) -> f64 {
        self.kickoff_days
    }

    /// What is lost in a treatment that takes so many days: `k max(0, T - Tk)` in gray.
    ///
    /// # Errors
    /// A time that is negative or not finite.
    ///
    /// ```
    /// use hepadose::isoeffect::Repopulation;
    /// // 70 Gy EQD2 in 47 days in place of 40, with 0.7 Gy a day after day 21: 4.9 Gy less.
    /// let tumour = Repopulation::new(0.7, 21.0)?;
    /// let longer = tumour.loss_gy(47.0)? - tumour.loss_gy(40.0)?;
    /// assert!((70.0 - longer - 65.1).abs() < 1e-12);
    /// # Ok::<(), hepadose::error::NonPhysicalError>(())
    /// ```
    pub fn loss_gy(&self, overall_days: f64) -> Result<f64, NonPhysicalError> {
        let days = non_negative("overall time in days", overall_days)?;
        Ok(self.rate_gy_per_day * (days - self.kickoff_days).max(0.0))
    }

    /// What is left of an effect, at least zero.
    ///
    /// # Errors
    /// An effect or a time that is negative or not finite.
    pub fn remaining_gy(&self, effect_gy: f64, overall_days: f64) -> Result<f64, NonPhysicalError> {
        let effect = non_negative("BED or EQD2 in Gy", effect_gy)?;
        Ok((effect - self.loss_gy(overall_days)?).max(0.0))
    }

    /// The same for many effects, in parallel.
    ///
    /// # Errors
    /// As [`Repopulation::remaining_gy`]; `out` is then untouched. Values beyond the shorter slice are left alone.
    pub fn apply<T: Real>(
        &self,
        overall_days: f64,
        effects: &[T],
        out: &mut [T],
    ) -> Result<(), NonPhysicalError> {
        let loss = self.loss_gy(overall_days)?;
        check_all("BED or EQD2 in Gy", effects)?;
        out.par_iter_mut()
            .with_min_len(1 << 14)
            .zip(effects)
            .for_each(|(out, effect)| *out = T::from_f64((effect.to_f64() - loss).max(0.0)));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_lost_before_the_kick_off() {
        let tumour = Repopulation::new(0.9, 28.0).unwrap();
        assert_eq!(tumour.remaining_gy(72.0, 28.0), Ok(72.0));
        assert_eq!(tumour.remaining_gy(5.0, 100.0), Ok(0.0));
        assert!(tumour.remaining_gy(-1.0, 30.0).is_err());
        assert!(tumour.loss_gy(f64::NAN).is_err());
        assert!(Repopulation::new(-0.1, 28.0).is_err());
        let mut out = [0.0_f32; 2];
        tumour.apply(30.0, &[1.0_f32, 60.0], &mut out).unwrap();
        assert_eq!(out, [0.0, 58.2]);
    }
}
