//! Images on a grid: activity in Bq/mL and label maps, with values that were checked when they came in.

mod activity;
mod label_means;
mod labels;

pub use activity::{ActivityMap, NegativeShare};
pub use label_means::{LabelMean, label_means};
pub use labels::LabelMap;

/// Why an image cannot be made or used.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum ImageError {
    /// The array has another number of values than the grid has voxels.
    #[error(
        "the {what} has {got} values but its grid has {expected} voxels (slices, rows, columns = {shape:?}); give the array in C order (slice, row, column)"
    )]
    Shape {
        /// `activity map` or `label map`.
        what: &'static str,
        /// Values in the array.
        got: usize,
        /// Voxels in the grid.
        expected: usize,
        /// Shape of the grid.
        shape: [usize; 3],
    },
    /// Values that are no numbers.
    #[error(
        "{count} of {total} activity values are NaN or infinite (first at slice {k}, row {j}, column {i}); mend the image deliberately before it comes here"
    )]
    NotFinite {
        /// How many.
        count: usize,
        /// Of how many.
        total: usize,
        /// Slice of the first one.
        k: usize,
        /// Row of the first one.
        j: usize,
        /// Column of the first one.
        i: usize,
    },
    /// More negative than positive activity.
    #[error(
        "the negative activity outweighs the positive ({negative_voxels} negative voxels sum to {share_percent:.1} % of the positive sum; allowed is less than 100 %); check rescale intercept, data type and background subtraction"
    )]
    NegativeOutweighs {
        /// How many voxels are negative.
        negative_voxels: usize,
        /// Their sum in per cent of the sum of the positive ones.
        share_percent: f64,
    },
    /// Two images in different frames of reference.
    #[error(
        "the image and the label map are in different frames of reference; register and resample one of them first"
    )]
    FrameMismatch,
    /// A label map without a label.
    #[error(
        "the label map holds only 0, which is background; number the lesions from 1 and give them in the map"
    )]
    NoLabels,
    /// Somebody asked for a stop.
    #[error(transparent)]
    Cancelled(#[from] crate::progress::Cancelled),
}
