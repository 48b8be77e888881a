//! Models and timings as Python describes them.

use crate::arguments::Fractions;
use crate::errors::Result;
use hepadose::isoeffect::{FractionsADay, LqL, Model, Timing, Usc};
use pyo3::prelude::*;

/// A model as `hepadose.models` describes it.
#[derive(FromPyObject)]
pub(crate) enum ModelArgument {
    Usc {
        alpha_per_gy: f64,
        d0_gy: f64,
        dq_gy: f64,
    },
    Lql {
        alpha_beta_gy: f64,
        threshold_gy: f64,
        gamma_per_alpha: Option<f64>,
    },
    Lq {
        alpha_beta_gy: f64,
    },
}

impl ModelArgument {
    pub(crate) fn resolve(&self) -> Result<Model> {
        Ok(match *self {
            Self::Usc {
                alpha_per_gy,
                d0_gy,
                dq_gy,
            } => Model::Usc(Usc::new(alpha_per_gy, d0_gy, dq_gy)?),
            Self::Lql {
                alpha_beta_gy,
                threshold_gy,
                gamma_per_alpha,
            } => Model::LqL(match gamma_per_alpha {
                Some(gamma) => LqL::new(alpha_beta_gy, threshold_gy, gamma)?,
                None => LqL::tangent(alpha_beta_gy, threshold_gy)?,
            }),
            Self::Lq { alpha_beta_gy } => Model::Lq { alpha_beta_gy },
        })
    }
}

/// When the dose is given, as `hepadose.models` describes it.
#[derive(FromPyObject)]
pub(crate) enum TimingArgument {
    SeveralADay {
        per_day: Fractions,
        interval_h: f64,
        repair_half_life_h: f64,
    },
    Decay {
        repair_half_life_h: f64,
        effective_half_life_h: f64,
        cycles: Fractions,
    },
}

impl TimingArgument {
    pub(crate) fn resolve(given: Option<&Self>) -> Timing {
        match given {
            None => Timing::Fractions,
            Some(Self::SeveralADay {
                per_day,
                interval_h,
                repair_half_life_h,
            }) => Timing::SeveralADay(FractionsADay {
                per_day: per_day.0,
                interval_h: *interval_h,
                repair_half_life_h: *repair_half_life_h,
            }),
            Some(Self::Decay {
                repair_half_life_h,
                effective_half_life_h,
                cycles,
            }) => Timing::Decay {
                repair_half_life_h: *repair_half_life_h,
                effective_half_life_h: *effective_half_life_h,
                cycles: cycles.0,
            },
        }
    }
}
