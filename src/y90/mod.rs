//! Yttrium-90: from activity to absorbed dose, BED and published response thresholds.

mod bed;
mod calibration;
mod comparison;
pub mod constants;
mod density;
mod deposition;
mod effect;
pub mod fit;
pub mod kernel;
mod lesions;
pub mod planning;
mod response;
mod setting;
mod spread;
mod structures;
mod thresholds;
mod uncertainty;

pub use bed::{BED_PARAMETERS, BedParameters, bed_gy};
pub use calibration::{
    Administered, Calibration, CalibrationInput, Reference, absolute_calibration,
    relative_calibration,
};
pub use comparison::{DoseComparison, compare_doses};
pub use density::{DENSITY_FLOOR_G_PER_ML, DensityMap, HounsfieldCurve};
pub use deposition::{AbsorbedDose, LocalDeposition};
pub use effect::{Effect, EffectParameters, effect, effect_of};
pub use lesions::{
    LesionDose, LesionNotEvaluable, LesionResponse, lesion_doses, lesion_doses_of, lesion_responses,
};
pub use response::{
    DoseConstants, Response, post_test_probability, response, response_by, response_from,
};
pub use setting::{Device, Disease, Dosimetry, UnknownWordError};
pub use spread::PreparedKernel;
pub use structures::{StructureDose, structure_doses, structure_doses_of};
pub use thresholds::{
    Context, CutOff, Derivation, Operator, Recommendation, Stratum, ThresholdSet, thresholds,
};
pub use uncertainty::{DoseUncertainty, UncertainDose, volume_uncertainty};

use crate::dose::{DoseError, DoseKind, DoseScope};
use crate::dvh::DvhError;
use crate::error::NonPhysicalError;
use crate::image::ImageError;
use crate::structure::StructureError;

/// Why an yttrium-90 result cannot be given.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum Y90Error {
    /// A dose that is no absorbed dose.
    #[error(
        "lesion doses are absorbed (physical) doses, got {kind}; give the dose from which it was made"
    )]
    NotAbsorbedDose {
        /// What was given.
        kind: DoseKind,
    },
    /// A dose of something other than the whole treatment.
    #[error("lesion doses need the dose of the whole treatment, got {scope}; sum the parts first")]
    NotTotal {
        /// What was given.
        scope: DoseScope,
    },
    /// Nobody has published a threshold for this combination that this program carries.
    #[error(
        "no response threshold for {device} microspheres, {disease}, {dosimetry} dosimetry; a threshold holds only for what it was derived with and is not carried over. There is: {available}"
    )]
    NoThresholds {
        /// The microspheres.
        device: Device,
        /// What was treated.
        disease: Disease,
        /// The image that the dose comes from.
        dosimetry: Dosimetry,
        /// The combinations that there are, each with the words that differ.
        available: String,
    },
    /// A threshold file that cannot be used.
    #[error("threshold file '{file}': {message}")]
    ThresholdFile {
        /// Which one.
        file: String,
        /// Line, reason and remedy.
        message: String,
    },
    /// Counts taken for activity.
    #[error(
        "the image holds counts, not Bq/mL: an absolute calibration needs a calibrated image; use the relative calibration with the administered activity"
    )]
    NotActivity,
    /// Nothing to share the activity out over.
    #[error(
        "there are no counts in the {reference}: the administered activity cannot be shared out; look at the segmentation and where it lies"
    )]
    NoCounts {
        /// The reference.
        reference: &'static str,
    },
    /// A region that is missing or not wanted.
    #[error("{problem}")]
    ReferenceRegion {
        /// What and what to do.
        problem: &'static str,
    },
    /// A histogram from which no dose can be read.
    #[error("the histogram of '{name}' cannot be used: {reason}")]
    Histogram {
        /// Name of the region.
        name: String,
        /// Why there is no dose.
        reason: String,
    },
    /// A region without a voxel or a contour.
    #[error("the region '{name}' is empty; take it out or draw it")]
    EmptyRegion {
        /// Name of the region.
        name: String,
    },
    /// A density map of other voxels than the image's.
    #[error(
        "the density map has other voxels than the image; resample it to the image's grid, or make it there"
    )]
    DensityGrid,
    /// A kernel of other voxels than the image's.
    #[error(
        "the kernel is for voxels of {expected:?} mm (x, y, z), evenly spaced, but the image has {got:?} mm; make the kernel for the image's spacing, or resample the image"
    )]
    KernelSpacing {
        /// Voxel sides of the image.
        got: [f64; 3],
        /// Voxel sides of the kernel.
        expected: [f64; 3],
    },
    /// A kernel of another density than the model's.
    #[error(
        "the kernel is for a density of {kernel} g/mL but the dose for {model} g/mL; make both for the same density"
    )]
    KernelDensity {
        /// Of the kernel.
        kernel: f64,
        /// Of the model.
        model: f64,
    },
    /// A planning question that contradicts itself.
    #[error(transparent)]
    Planning(planning::PlanningError),
    /// A dose that cannot be made.
    #[error(transparent)]
    Dose(#[from] DoseError),
    /// A histogram that cannot be made.
    #[error(transparent)]
    Dvh(#[from] DvhError),
    /// A structure that cannot be used.
    #[error(transparent)]
    Structure(#[from] StructureError),
    /// An image that cannot be used.
    #[error(transparent)]
    Image(#[from] ImageError),
    /// A parameter that is not physical.
    #[error(transparent)]
    NonPhysical(#[from] NonPhysicalError),
}
