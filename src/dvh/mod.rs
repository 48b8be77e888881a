//! Dose-volume histograms: the plan of the calculation, the engine, the curve and its metrics.

mod axis;
mod boxes;
mod counts;
mod curve;
mod engine;
mod field;
mod histogram;
mod lattice;
mod layer;
mod metric;
mod parts;
mod plan;
mod reached;
mod result;
mod sample;
mod sampler;
mod scale;
mod segments;
mod slices;
mod trilinear;
mod windows;

pub use curve::Curve;
pub use metric::{
    DoseLevel, Metric, MetricSpec, MetricSyntaxError, NotEvaluable, Quantity, Unit, VolumeLevel,
};
pub use parts::DvhParts;
pub use result::{Dvh, Statistics};

use crate::dose::DoseGrid;
use crate::error::NonPhysicalError;
use crate::progress::{Cancelled, Progress};
use crate::structure::{EndCaps, Structure, StructureError};

/// What the printing of coordinates (to 0.01 mm as a rule) may take from a covered share that is all of it.
const COVERED_ROUNDING: f64 = 1e-5;

/// Why a DVH cannot be calculated at all.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum DvhError {
    /// Dose and structure are in different frames of reference.
    #[error("'{structure}' and the dose are in different frames of reference; register them first")]
    FrameMismatch {
        /// Name of the structure.
        structure: String,
    },
    /// Samples whose arrays do not match.
    #[error("{doses} sample doses but {volumes} sample volumes; give one volume for each dose")]
    SampleCount {
        /// Doses given.
        doses: usize,
        /// Volumes given.
        volumes: usize,
    },
    /// The structure cannot be used.
    #[error(transparent)]
    Structure(#[from] StructureError),
    /// A parameter that is not physical.
    #[error(transparent)]
    NonPhysical(#[from] NonPhysicalError),
    /// Somebody asked for a stop.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}

/// How a DVH is calculated; echoed in the result.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DvhSettings {
    /// What happens beyond the end planes of contours.
    pub end_caps: EndCaps,
    /// Share of the structure inside the dose grid below which relative metrics are not evaluable.
    pub min_covered: f64,
    /// Least number of cells that a structure is divided into.
    pub min_cells: usize,
    /// Number of dose bins over the structure's range.
    pub bins: usize,
}

impl Default for DvhSettings {
    fn default() -> Self {
        Self {
            end_caps: EndCaps::HalfSlice,
            min_covered: 1.0,
            min_cells: 100_000,
            bins: 8192,
        }
    }
}

/// The DVH of one structure.
///
/// # Errors
/// See [`DvhError`]. A structure without volume, or outside the grid, is no error: its metrics are not
/// evaluable and say why.
pub fn dvh(
    dose: &DoseGrid<'_>,
    structure: &Structure,
    settings: &DvhSettings,
    progress: &Progress,
) -> Result<Dvh, DvhError> {
    engine::run(dose, structure, settings, progress)
}

/// The DVHs of many structures, all in parallel, in the order given.
pub fn dvhs(
    dose: &DoseGrid<'_>,
    structures: &[&Structure],
    settings: &DvhSettings,
    progress: &Progress,
) -> Vec<Result<Dvh, DvhError>> {
    use rayon::prelude::*;
    structures
        .par_iter()
        .map(|structure| dvh(dose, structure, settings, progress))
        .collect()
}
