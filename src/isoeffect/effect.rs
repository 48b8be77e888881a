//! A model and the way in which the dose is given, bound together: what turns a total physical dose into BED or `EQDx`.

use super::{FractionsADay, LqL, Transform, Usc, protraction_factor};
use crate::error::{NonPhysicalError, fractions, positive};
use std::fmt;

/// How survival depends on dose.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Model {
    /// Linear-quadratic.
    Lq {
        /// alpha/beta in gray.
        alpha_beta_gy: f64,
    },
    /// Linear-quadratic-linear.
    LqL(LqL),
    /// Universal survival curve.
    Usc(Usc),
}

impl Model {
    /// Its short name.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Lq { .. } => "LQ",
            Self::LqL(_) => "LQ-L",
            Self::Usc(_) => "USC",
        }
    }

    /// alpha/beta in gray of the linear-quadratic part.
    pub fn alpha_beta_gy(&self) -> f64 {
        match self {
            Self::Lq { alpha_beta_gy } => *alpha_beta_gy,
            Self::LqL(model) => model.alpha_beta_gy(),
            Self::Usc(curve) => curve.alpha_beta_gy(),
        }
    }

    /// BED as a map of the total dose in `n` equal fractions.
    ///
    /// # Errors
    /// No fractions, an alpha/beta that is not above zero.
    pub fn transform(&self, n: u32) -> Result<Transform, NonPhysicalError> {
        match self {
            Self::Lq { alpha_beta_gy } => Transform::bed(n, *alpha_beta_gy),
            Self::LqL(model) => model.transform(n),
            Self::Usc(curve) => curve.transform(n),
        }
    }

    /// BED of one gray in fractions of `x` gray: what BED is divided by to give `EQDx`. For the linear-quadratic model it
    /// is `1 + x / (alpha/beta)`.
    ///
    /// # Errors
    /// An `x` that is not above zero.
    pub fn relative_effectiveness(&self, x: f64) -> Result<f64, NonPhysicalError> {
        let x = positive("reference dose per fraction in Gy", x)?;
        Ok(match self {
            Self::Lq { alpha_beta_gy } => 1.0 + x / positive("alpha/beta in Gy", *alpha_beta_gy)?,
            _ => self.transform(1)?.value(x) / x,
        })
    }
}

impl fmt::Display for Model {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Lq { alpha_beta_gy } => write!(f, "LQ (alpha/beta {alpha_beta_gy} Gy)"),
            Self::LqL(model) => write!(
                f,
                "LQ-L (alpha/beta {} Gy, transition {} Gy, gamma/alpha {})",
                model.alpha_beta_gy(),
                model.threshold_gy(),
                model.gamma_per_alpha()
            ),
            Self::Usc(curve) => write!(
                f,
                "USC (alpha {}/Gy, D0 {} Gy, Dq {} Gy: alpha/beta {:.6} Gy, transition {:.6} Gy)",
                curve.alpha_per_gy(),
                curve.d0_gy(),
                curve.dq_gy(),
                curve.alpha_beta_gy(),
                curve.transition_dose_gy()
            ),
        }
    }
}

/// How a total dose is given.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Delivery {
    /// Equal fractions with complete repair between them.
    Fractions(u32),
    /// Equal fractions, several a day.
    SeveralADay {
        /// Their number in all.
        fractions: u32,
        /// How they follow one another.
        day: FractionsADay,
    },
    /// Sources that decay completely, in equal cycles far enough apart for complete repair.
    Decay {
        /// Half-life of repair in hours.
        repair_half_life_h: f64,
        /// Effective half-life of the dose rate in hours.
        effective_half_life_h: f64,
        /// Number of equal cycles.
        cycles: u32,
    },
}

impl fmt::Display for Delivery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plural = |n: u32| if n == 1 { "" } else { "s" };
        match self {
            Self::Fractions(n) => write!(f, "{n} fraction{}", plural(*n)),
            Self::SeveralADay { fractions, day } => write!(
                f,
                "{fractions} fractions, {} a day {} h apart, repair half-life {} h",
                day.per_day, day.interval_h, day.repair_half_life_h
            ),
            Self::Decay {
                repair_half_life_h,
                effective_half_life_h,
                cycles,
            } => write!(
                f,
                "{cycles} cycle{} of decaying dose rate, effective half-life {effective_half_life_h} h, repair half-life {repair_half_life_h} h",
                plural(*cycles)
            ),
        }
    }
}

/// When the dose is given, without its number of fractions: what a dose grid that knows that number needs beside it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Timing {
    /// Fractions with complete repair between them.
    Fractions,
    /// Several fractions a day.
    SeveralADay(FractionsADay),
    /// Sources that decay completely, in equal cycles; no number of fractions is needed.
    Decay {
        /// Half-life of repair in hours.
        repair_half_life_h: f64,
        /// Effective half-life of the dose rate in hours.
        effective_half_life_h: f64,
        /// Number of equal cycles.
        cycles: u32,
    },
}

impl Timing {
    /// The delivery of so many fractions; `None` where that number is needed and missing.
    pub fn delivery(self, n: Option<u32>) -> Option<Delivery> {
        Some(match self {
            Self::Fractions => Delivery::Fractions(n?),
            Self::SeveralADay(day) => Delivery::SeveralADay { fractions: n?, day },
            Self::Decay {
                repair_half_life_h,
                effective_half_life_h,
                cycles,
            } => Delivery::Decay {
                repair_half_life_h,
                effective_half_life_h,
                cycles,
            },
        })
    }
}

/// Why a model cannot be used for a delivery.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum EffectError {
    /// A model of acute fractions with repair going on.
    #[error(
        "{model} describes acute fractions with complete repair between them, not '{delivery}'; use the linear-quadratic model there"
    )]
    Combination {
        /// Name of the model.
        model: &'static str,
        /// What was asked of it.
        delivery: String,
    },
    /// A number that is not physical.
    #[error(transparent)]
    NonPhysical(#[from] NonPhysicalError),
}

/// A model bound to a delivery.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Effect {
    /// The model.
    pub model: Model,
    /// The delivery.
    pub delivery: Delivery,
}

impl Effect {
    /// The linear-quadratic model for `n` fractions.
    pub const fn lq(n: u32, alpha_beta_gy: f64) -> Self {
        Self {
            model: Model::Lq { alpha_beta_gy },
            delivery: Delivery::Fractions(n),
        }
    }

    /// BED as a map of the total dose.
    ///
    /// # Errors
    /// Numbers that are not physical; repair during delivery with a model that has no place for it.
    pub fn bed(&self) -> Result<Transform, EffectError> {
        let quadratic_share = match self.delivery {
            Delivery::Fractions(n) => return Ok(self.model.transform(n)?),
            Delivery::SeveralADay { fractions: n, day } => {
                (1.0 + day.incomplete_repair_factor()?) / f64::from(whole_days(n, day.per_day)?)
            }
            Delivery::Decay {
                repair_half_life_h,
                effective_half_life_h,
                cycles,
            } => {
                protraction_factor(repair_half_life_h, effective_half_life_h)?
                    / f64::from(fractions(cycles)?)
            }
        };
        match self.model {
            Model::Lq { alpha_beta_gy } => {
                let ab = positive("alpha/beta in Gy", alpha_beta_gy)?;
                Ok(Transform::parabola(1.0, quadratic_share / ab))
            }
            _ => Err(EffectError::Combination {
                model: self.model.name(),
                delivery: self.delivery.to_string(),
            }),
        }
    }

    /// BED divided by a measure, the BED of one gray of the reference schedule: what `EQDx` is.
    ///
    /// # Errors
    /// As [`Effect::bed`], and a measure that is not above zero.
    pub fn bed_over(&self, measure: f64) -> Result<Transform, EffectError> {
        Ok(self
            .bed()?
            .scaled(1.0 / positive("measure of BED", measure)?))
    }

    /// The dose in fractions of `x` gray with the same effect, `EQDx`, as a map of the total dose.
    ///
    /// # Errors
    /// As [`Effect::bed`], and an `x` that is not above zero.
    pub fn eqdx(&self, x: f64) -> Result<Transform, EffectError> {
        let measure = self.model.relative_effectiveness(x)?;
        Ok(self.bed()?.scaled(1.0 / measure))
    }
}

/// A number of fractions that fills its days: the formula has as many on each of them.
fn whole_days(n: u32, per_day: u32) -> Result<u32, NonPhysicalError> {
    if fractions(n)?.is_multiple_of(fractions(per_day)?) {
        return Ok(n);
    }
    Err(NonPhysicalError {
        quantity: "number of fractions given several a day",
        value: f64::from(n),
        allowed: "a multiple of the fractions a day; add the BED of a shorter last day by itself",
    })
}

impl fmt::Display for Effect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, {}", self.model, self.delivery)
    }
}

/// `EQDx` in gray of a total dose in `n` fractions by the linear-quadratic model:
/// `EQDx = D (d + alpha/beta) / (x + alpha/beta)`.
///
/// # Errors
/// A dose that is negative or not finite, no fractions, `x` or alpha/beta not above zero.
///
/// ```
/// // 39.8 Gy in fractions of 1.5 Gy are 35.38 Gy in fractions of 2 Gy at alpha/beta 2.5 Gy.
/// let back = hepadose::isoeffect::eqdx_gy(48.0, 16, 1.5, 2.5)?;
/// assert!((back - 48.0 * 5.5 / 4.0).abs() < 1e-12);
/// # Ok::<(), hepadose::error::NonPhysicalError>(())
/// ```
pub fn eqdx_gy(dose_gy: f64, n: u32, x: f64, alpha_beta_gy: f64) -> Result<f64, NonPhysicalError> {
    let bed = super::bed_gy(dose_gy, n, alpha_beta_gy)?;
    Ok(bed / Model::Lq { alpha_beta_gy }.relative_effectiveness(x)?)
}

/// The total dose in gray in `to` fractions with the effect of a total dose in `from` fractions.
///
/// # Errors
/// A dose that is negative or not finite, no fractions, alpha/beta not above zero.
pub fn refractionated_dose_gy(
    dose_gy: f64,
    from: u32,
    to: u32,
    alpha_beta_gy: f64,
) -> Result<f64, NonPhysicalError> {
    let bed = super::bed_gy(dose_gy, from, alpha_beta_gy)?;
    Ok(Transform::bed(to, alpha_beta_gy)?.inverse(bed))
}

/// How many fractions of a size have an EQD2, not rounded: `n = EQD2 (2 + ab) / (d (d + ab))`.
///
/// # Errors
/// An EQD2 that is negative or not finite, a dose per fraction or alpha/beta not above zero.
pub fn fractions_for_eqd2(
    eqd2_gy: f64,
    dose_per_fraction_gy: f64,
    alpha_beta_gy: f64,
) -> Result<f64, NonPhysicalError> {
    let eqd2 = crate::error::non_negative("EQD2 in Gy", eqd2_gy)?;
    let d = positive("dose per fraction in Gy", dose_per_fraction_gy)?;
    let ab = positive("alpha/beta in Gy", alpha_beta_gy)?;
    Ok(eqd2 * (2.0 + ab) / (d * (d + ab)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn models_of_acute_fractions_refuse_repair_in_between() {
        let delivery = Delivery::Decay {
            repair_half_life_h: 2.5,
            effective_half_life_h: 64.2,
            cycles: 1,
        };
        let model = Model::LqL(LqL::tangent(10.0, 6.2).unwrap());
        let error = Effect { model, delivery }.bed().unwrap_err();
        assert!(matches!(
            error,
            EffectError::Combination { model: "LQ-L", .. }
        ));
        let model = Model::Lq { alpha_beta_gy: 2.5 };
        let bed = Effect { model, delivery }.bed().unwrap().value(40.0);
        let single = crate::isoeffect::bed_decaying_gy(40.0, 2.5, 2.5, 64.2).unwrap();
        assert!((bed - single).abs() < 1e-12);
    }

    #[test]
    fn fractions_fill_their_days() {
        let model = Model::Lq { alpha_beta_gy: 3.0 };
        let day = FractionsADay {
            per_day: 2,
            interval_h: 6.0,
            repair_half_life_h: 4.0,
        };
        let bed = |fractions| {
            let delivery = Delivery::SeveralADay { fractions, day };
            Effect { model, delivery }.bed()
        };
        assert!(bed(20).is_ok());
        // Twenty-one are ten days of two and one of one, which the formula of equal days does not hold.
        let error = bed(21).unwrap_err();
        assert!(matches!(error, EffectError::NonPhysical(_)));
        assert!(
            error
                .to_string()
                .contains("a multiple of the fractions a day")
        );
        assert!(bed(0).is_err());
    }

    #[test]
    fn words_say_model_and_parameters() {
        assert_eq!(
            Effect::lq(3, 2.5).to_string(),
            "LQ (alpha/beta 2.5 Gy), 3 fractions"
        );
        let usc = Model::Usc(Usc::new(0.33, 1.25, 1.8).unwrap());
        assert!(usc.to_string().contains("alpha/beta 8.604799 Gy"));
    }

    proptest! {
        #[test]
        fn eqdx_of_its_own_fraction_size_is_the_dose(d in 0.2..20.0_f64, n in 1_u32..40, ab in 0.5..20.0_f64, dt in 1.0..12.0_f64) {
            let dose = f64::from(n) * d;
            for model in [
                Model::Lq { alpha_beta_gy: ab },
                Model::LqL(LqL::tangent(ab, dt).unwrap()),
                Model::Usc(Usc::new(0.33, 1.25, 1.8).unwrap()),
            ] {
                let effect = Effect { model, delivery: Delivery::Fractions(n) };
                let same = effect.eqdx(d).unwrap().value(dose);
                prop_assert!((same - dose).abs() <= 1e-11 * dose);
                let map = effect.bed().unwrap();
                prop_assert!((map.inverse(map.value(dose)) - dose).abs() <= 1e-11 * dose);
            }
        }

        #[test]
        fn fractions_can_be_changed_and_changed_back(dose in 0.1..120.0_f64, from in 1_u32..40, to in 1_u32..40, ab in 0.5..20.0_f64) {
            let there = refractionated_dose_gy(dose, from, to, ab).unwrap();
            let back = refractionated_dose_gy(there, to, from, ab).unwrap();
            prop_assert!((back - dose).abs() <= 1e-11 * dose);
            let eqd2 = crate::isoeffect::eqd2_gy(dose, from, ab).unwrap();
            let n = fractions_for_eqd2(eqd2, dose / f64::from(from), ab).unwrap();
            prop_assert!((n - f64::from(from)).abs() <= 1e-11 * n);
        }
    }
}
