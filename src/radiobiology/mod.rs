//! Radiobiology of whole organs and courses: equivalent doses of a DVH, complication and control, courses and their sum.
//!
//! The dose that a parameter set is stated in belongs to it: a DVH is brought to that [`DoseBasis`], or refused.

mod basis;
mod converted;
mod critical_volume;
mod dose_volume;
mod estimate;
mod geud;
mod lkb;
mod logistic;
mod response;
mod schedules;
mod seriality;
mod sets;
mod tcp;
mod uncertainty;

pub use basis::DoseBasis;
pub use converted::{ConvertedMetric, converted_metric, middle_model, uncertain_effect};
pub use critical_volume::CriticalVolume;
pub use dose_volume::DoseVolume;
pub use estimate::{ALPHA_BETA, DoseSource, Estimate, LEVEL, estimate};
pub use geud::{geud_gy, veff};
pub use lkb::Lkb;
pub use logistic::Logistic;
pub use response::Response;
pub use schedules::{Schedule, ScheduleEffect, ScheduleRow, compare, schedules};
pub use seriality::{PoissonCurve, relative_seriality};
pub use sets::{AppliesTo, ParameterSet, parameter_set, parameter_sets};
pub use tcp::{logistic_in_bed, poisson_tcp};
pub use uncertainty::{Bar, Interval, Sampling, Uncertain, draws, propagate, tornado};

use crate::dose::{DoseKind, DoseScope};
use crate::error::NonPhysicalError;
use crate::isoeffect::EffectError;

/// Why a radiobiological quantity cannot be had.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum RadiobiologyError {
    /// A structure without volume in the dose.
    #[error("the structure has no volume inside the dose, so nothing can be averaged over it")]
    NoVolume,
    /// A structure that the dose does not cover.
    #[error(
        "the dose covers only {covered_percent:.4} % of the structure; use dvh.covered if the covered part is meant"
    )]
    NotCovered {
        /// Share in per cent.
        covered_percent: f64,
    },
    /// A dose that is not the whole treatment's.
    #[error("the DVH is of {0}, not of the dose of the whole treatment")]
    Scope(DoseScope),
    /// Arrays that do not match.
    #[error("{doses} doses but {volumes} volumes; give one volume for each dose")]
    Lengths {
        /// Doses given.
        doses: usize,
        /// Volumes given.
        volumes: usize,
    },
    /// A dose that cannot be brought to the basis of a set.
    #[error("a DVH of {kind} cannot be brought to the basis of these parameters, {basis}: {why}")]
    Basis {
        /// What the dose is.
        kind: DoseKind,
        /// What the parameters are stated in.
        basis: DoseBasis,
        /// Why not, and what to do.
        why: String,
    },
    /// A metric that a derived dose has not.
    #[error("{metric} of the derived dose is not evaluable: {reason}")]
    Metric {
        /// The metric.
        metric: String,
        /// Why not.
        reason: String,
    },
    /// A model that there is not, or numbers that are not its own.
    #[error("there is no model '{model}' with the numbers {given}; its numbers are: {known}")]
    Numbers {
        /// The model.
        model: String,
        /// Names that were given.
        given: String,
        /// Names that it has.
        known: String,
    },
    /// A model of the one dose that is prescribed, asked of a distribution.
    #[error(
        "{model} is a model of the one dose that is prescribed, not of a distribution; give that dose"
    )]
    NotPrescribed {
        /// The model.
        model: &'static str,
    },
    /// A set that there is not.
    #[error("there is no parameter set '{id}' for the model {model}; there are: {known}")]
    UnknownSet {
        /// What was asked for.
        id: String,
        /// The model.
        model: String,
        /// The names that there are.
        known: String,
    },
    /// A number that the model does not have.
    #[error(
        "'{name}' cannot be uncertain here: the model has {known}, and alpha_beta_gy for a physical DVH on a basis with alpha/beta"
    )]
    NotUncertain {
        /// Its name.
        name: String,
        /// The names that there are.
        known: String,
    },
    /// The built-in file cannot be read.
    #[error("the built-in parameter sets cannot be read: {0}")]
    SetFile(String),
    /// A model that cannot be used.
    #[error(transparent)]
    Effect(EffectError),
    /// A number that is not physical.
    #[error(transparent)]
    NonPhysical(#[from] NonPhysicalError),
}

impl From<EffectError> for RadiobiologyError {
    fn from(error: EffectError) -> Self {
        match error {
            EffectError::NonPhysical(inner) => Self::NonPhysical(inner),
            EffectError::Combination { .. } => Self::Effect(error),
        }
    }
}
