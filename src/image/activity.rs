//! `ActivityMap`: activity concentration in Bq/mL on a grid.

use super::ImageError;
use crate::geometry::{Grid, Values};
use crate::isoeffect::Real;
use rayon::prelude::*;
use std::sync::Arc;

/// Voxels in one parallel piece of a scan. The cut is fixed, so the sums do not depend on the threads.
const CHUNK: usize = 1 << 16;

/// Negative voxels of an image: noise that a reconstruction or a background subtraction leaves behind.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct NegativeShare {
    /// How many voxels are negative.
    pub voxels: usize,
    /// Their sum in per cent of the sum of the positive ones.
    pub share_percent: f64,
}

/// Activity concentration in becquerel per millilitre at the image's reference time.
///
/// Negative values are kept, because clipping them would bias the mean of a region upwards; their
/// share is known and shown. An image in which they outweigh the positive ones is refused.
#[derive(Debug, Clone)]
pub struct ActivityMap<'a> {
    grid: Arc<Grid>,
    values: Values<'a>,
    frame_of_reference: Option<String>,
    negative: Option<NegativeShare>,
}

impl<'a> ActivityMap<'a> {
    /// Checks and keeps values in Bq/mL, in C order `(slice, row, column)`.
    ///
    /// # Errors
    /// A shape that does not fit, values that are NaN or infinite, negative values that outweigh.
    pub fn new(
        bq_per_ml: impl Into<Values<'a>>,
        grid: impl Into<Arc<Grid>>,
    ) -> Result<Self, ImageError> {
        let (values, grid) = (bq_per_ml.into(), grid.into());
        if values.len() != grid.len() {
            return Err(ImageError::Shape {
                what: "activity map",
                got: values.len(),
                expected: grid.len(),
                shape: grid.shape(),
            });
        }
        let scan = match &values {
            Values::F32(values) => scan(values),
            Values::F64(values) => scan(values),
        };
        if scan.not_finite > 0 {
            return Err(not_finite(&values, &grid, scan.not_finite));
        }
        let negative = (scan.negative_voxels > 0).then(|| NegativeShare {
            voxels: scan.negative_voxels,
            share_percent: 100.0 * scan.negative / scan.positive,
        });
        if let Some(negative) = negative
            && scan.negative >= scan.positive
        {
            return Err(ImageError::NegativeOutweighs {
                negative_voxels: negative.voxels,
                share_percent: negative.share_percent,
            });
        }
        Ok(Self {
            grid,
            values,
            frame_of_reference: None,
            negative,
        })
    }

    /// Values that [`ActivityMap::new`] has checked before, with the share that it found. Only their number is
    /// looked at again: a binding that lends the same array call after call need not scan it each time.
    ///
    /// # Errors
    /// A shape that does not fit.
    pub fn checked_before(
        bq_per_ml: impl Into<Values<'a>>,
        grid: impl Into<Arc<Grid>>,
        negative: Option<NegativeShare>,
    ) -> Result<Self, ImageError> {
        let (values, grid) = (bq_per_ml.into(), grid.into());
        if values.len() != grid.len() {
            return Err(ImageError::Shape {
                what: "activity map",
                got: values.len(),
                expected: grid.len(),
                shape: grid.shape(),
            });
        }
        Ok(Self {
            grid,
            values,
            frame_of_reference: None,
            negative,
        })
    }

    /// Names the frame of reference (a DICOM UID) that the coordinates belong to.
    #[must_use]
    pub fn with_frame_of_reference(mut self, uid: Option<String>) -> Self {
        self.frame_of_reference = uid;
        self
    }

    /// The grid of its voxels.
    pub fn grid(&self) -> &Arc<Grid> {
        &self.grid
    }

    /// The values in Bq/mL.
    pub fn values(&self) -> &Values<'a> {
        &self.values
    }

    /// Frame of reference, where known.
    pub fn frame_of_reference(&self) -> Option<&str> {
        self.frame_of_reference.as_deref()
    }

    /// The negative voxels, where there are any.
    pub fn negative(&self) -> Option<NegativeShare> {
        self.negative
    }
}

#[derive(Default)]
struct Scan {
    not_finite: usize,
    negative_voxels: usize,
    negative: f64,
    positive: f64,
}

fn scan<T: Real>(values: &[T]) -> Scan {
    let pieces: Vec<Scan> = values
        .par_chunks(CHUNK)
        .map(|chunk| {
            let mut scan = Scan::default();
            for value in chunk {
                let value = value.to_f64();
                if !value.is_finite() {
                    scan.not_finite += 1;
                } else if value < 0.0 {
                    scan.negative_voxels += 1;
                    scan.negative -= value;
                } else {
                    scan.positive += value;
                }
            }
            scan
        })
        .collect();
    pieces.into_iter().fold(Scan::default(), |sum, piece| Scan {
        not_finite: sum.not_finite + piece.not_finite,
        negative_voxels: sum.negative_voxels + piece.negative_voxels,
        negative: sum.negative + piece.negative,
        positive: sum.positive + piece.positive,
    })
}

fn not_finite(values: &Values<'_>, grid: &Grid, count: usize) -> ImageError {
    let first = (0..values.len())
        .find(|index| !values.get(*index).is_finite())
        .unwrap_or(0);
    let [_, nj, ni] = grid.shape();
    ImageError::NotFinite {
        count,
        total: values.len(),
        k: first / (nj * ni),
        j: first / ni % nj,
        i: first % ni,
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub(crate) const AXES: [[f64; 3]; 3] = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]];

    pub(crate) fn grid(shape: [usize; 3]) -> Arc<Grid> {
        Arc::new(Grid::new(shape, [1.0; 3], [0.0; 3], AXES).unwrap())
    }

    #[test]
    fn negative_values_are_kept_and_their_share_is_known() {
        let map = ActivityMap::new(vec![100.0_f32, -1.0, 0.0, 100.0], grid([1, 2, 2])).unwrap();
        let negative = map.negative().unwrap();
        assert_eq!((negative.voxels, negative.share_percent), (1, 0.5));
        let clean = ActivityMap::new(vec![1.0, 2.0], grid([1, 1, 2])).unwrap();
        assert_eq!(clean.negative(), None);
        // Nothing at all is a dose of nothing, not an error.
        assert!(ActivityMap::new(vec![0.0, 0.0], grid([1, 1, 2])).is_ok());
    }

    #[test]
    fn refuses_with_a_reason() {
        let error = ActivityMap::new(vec![1.0, -1.0], grid([1, 1, 2])).unwrap_err();
        assert!(error.to_string().contains("100.0 % of the positive sum"));
        let error = ActivityMap::new(vec![1.0, f64::NAN], grid([1, 2, 1])).unwrap_err();
        assert!(
            error
                .to_string()
                .contains("1 of 2 activity values are NaN or infinite (first at slice 0, row 1")
        );
        assert!(matches!(
            ActivityMap::new(vec![1.0], grid([1, 1, 2])),
            Err(ImageError::Shape {
                got: 1,
                expected: 2,
                ..
            })
        ));
    }
}
