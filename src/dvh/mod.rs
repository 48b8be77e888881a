//! Dose-volume histograms: the plan of the calculation, the engine, the curve and its metrics.

mod axis;
mod blur;
mod boxes;
mod cloud;
mod counts;
mod curve;
mod emulated;
mod engine;
mod field;
mod histogram;
mod lattice;
mod layer;
mod metric;
mod nodes;
mod parts;
mod plan;
mod planned;
mod portion;
mod presets;
mod reached;
mod reading;
mod result;
mod sample;
mod sampler;
mod scale;
mod segments;
mod slices;
mod tally;
mod trilinear;
mod uncertainty;
mod voxelwise;
mod weights;
mod windows;

pub use cloud::{Cloud, Reading};
pub use curve::Curve;
pub use emulated::EmulatedBins;
pub use metric::{
    DoseLevel, Metric, MetricSpec, MetricSyntaxError, NotEvaluable, Quantity, Unit, VolumeLevel,
};
pub use parts::DvhParts;
pub use presets::{Preset, presets};
pub use result::{Dvh, Statistics};
pub use uncertainty::NumericalError;
pub use voxelwise::{Label, dvhs_of_labels};
pub use weights::Weights;

use crate::dose::DoseGrid;
use crate::error::NonPhysicalError;
use crate::geometry::GridError;
use crate::geometry::vector::Vector;
use crate::progress::{Cancelled, Progress};
use crate::structure::{BetweenPlanes, EndCaps, Structure, StructureError};

/// What the printing of coordinates (to 0.01 mm as a rule) may take from a covered share that is all of it.
pub(crate) const COVERED_ROUNDING: f64 = 1e-5;

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
    /// Weights that cannot be used.
    #[error("the weights cannot be used: {reason}")]
    Weights {
        /// Why, and what to do.
        reason: String,
    },
    /// A plan that does not hold what is to be sampled on it, or DVHs that do not add up.
    #[error("{reason}")]
    Plan {
        /// Why, and what to do.
        reason: String,
    },
    /// The dose cannot be divided into finer voxels.
    #[error(transparent)]
    Grid(#[from] GridError),
    /// Labels that are not one for each voxel.
    #[error(
        "{got} labels but their grid has {expected} voxels; give one label for each voxel in C order (slice, row, column)"
    )]
    LabelCount {
        /// Labels given.
        got: usize,
        /// Voxels of the grid.
        expected: usize,
    },
    /// The structure cannot be used.
    #[error(transparent)]
    Structure(#[from] StructureError),
    /// A parameter that is not physical.
    #[error(transparent)]
    NonPhysical(#[from] NonPhysicalError),
    /// No preset of that name.
    #[error("there is no preset '{name}'; there are {known}")]
    NoPreset {
        /// What was asked for.
        name: String,
        /// Those that there are.
        known: String,
    },
    /// The presets of this crate cannot be read.
    #[error("the file of presets cannot be read: {reason}")]
    Presets {
        /// What is wrong with it.
        reason: String,
    },
    /// Somebody asked for a stop.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}

/// What the dose is between voxel centres.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum DoseInterpolation {
    /// Linear along each axis, as planning systems have it.
    #[default]
    Trilinear,
    /// A cubic spline along each axis ([`DoseGrid::divided`]): nearer to a dose that curves within a few voxels.
    Tricubic,
}

impl DoseInterpolation {
    /// The word used in arguments and results.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Trilinear => "trilinear",
            Self::Tricubic => "tricubic",
        }
    }
}

/// How a DVH is calculated; echoed in the result.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DvhSettings {
    /// What a structure is between two contour planes.
    pub between_planes: BetweenPlanes,
    /// What happens beyond the end planes of contours.
    pub end_caps: EndCaps,
    /// What the dose is between voxel centres.
    pub dose_interpolation: DoseInterpolation,
    /// The longest cap in mm, where there is a limit.
    pub max_cap_mm: Option<f64>,
    /// Bins of another system through which metrics are read; `None`: the curve as it is.
    pub emulated_bins: Option<EmulatedBins>,
    /// The preset that these come from, where one was asked for.
    pub preset: Option<&'static str>,
    /// Share of the structure inside the dose grid below which relative metrics are not evaluable.
    pub min_covered: f64,
    /// Number of cells, to a factor of about 1.4, that a small structure is divided into; a large one has as many as
    /// the dose has voxels in it.
    pub min_cells: usize,
    /// Number of dose bins over the structure's range.
    pub bins: usize,
    /// Largest estimated error of the cumulative curve that is accepted, in per cent of the volume: cells are made
    /// finer until it is met, up to [`DvhSettings::MOST_CELLS`]. `None`: the cells as they are.
    pub tolerance_percent: Option<f64>,
}

impl DvhSettings {
    /// The most cells that a tolerance may ask for.
    pub const MOST_CELLS: usize = 50_000_000;
}

impl Default for DvhSettings {
    fn default() -> Self {
        Self {
            between_planes: BetweenPlanes::Prism,
            end_caps: EndCaps::HalfSlice,
            dose_interpolation: DoseInterpolation::Trilinear,
            max_cap_mm: None,
            emulated_bins: None,
            preset: None,
            min_covered: 1.0,
            min_cells: 25_000,
            bins: 8192,
            tolerance_percent: None,
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
    engine::run(dose, structure, None, settings, progress)
}

/// The DVH of a structure whose volume counts by weights: of liver function, or of mass.
///
/// Volumes are then cc times weight (cc of function, or grams where weights are g/mL), and shares are shares of
/// that. Least and highest dose are those of the whole structure, whatever it weighs.
///
/// # Errors
/// See [`DvhError`]; also where the weights or the dose end within the structure.
pub fn weighted_dvh(
    dose: &DoseGrid<'_>,
    structure: &Structure,
    weights: &Weights<'_>,
    settings: &DvhSettings,
    progress: &Progress,
) -> Result<Dvh, DvhError> {
    engine::run(dose, structure, Some(weights), settings, progress)
}

/// The DVH of a part of a structure, sampled on the plan of the whole: lattice, bins and all that the whole decides.
///
/// Such DVHs add up ([`Dvh::plus`]) to the same bits in any order, and those of all parts to that of the whole on its own
/// plan. A part that a cell is cut by takes its share of that cell with all of its doses, so that it is a little coarser
/// than [`dvh`], which follows the part's own boundary.
///
/// # Errors
/// See [`DvhError`]; a part that reaches beyond the whole.
pub fn dvh_on_plan(
    dose: &DoseGrid<'_>,
    part: &Structure,
    whole: &Structure,
    settings: &DvhSettings,
    progress: &Progress,
) -> Result<Dvh, DvhError> {
    planned::run(dose, part, whole, settings, progress)
}

/// The DVHs of a structure moved by each of many shifts in mm, in their order: what setup errors do to it.
///
/// # Errors
/// See [`DvhError`]; shifts that are not finite.
pub fn dvhs_shifted(
    dose: &DoseGrid<'_>,
    structure: &Structure,
    shifts_mm: &[Vector],
    settings: &DvhSettings,
    progress: &Progress,
) -> Result<Vec<Dvh>, DvhError> {
    engine::run_shifted(dose, structure, shifts_mm, settings, progress)
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
