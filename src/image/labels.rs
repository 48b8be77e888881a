//! `LabelMap`: whole numbers on a grid, 0 for background, each other number a region.

use super::ImageError;
use crate::geometry::{Buffer, Grid};
use std::sync::Arc;

/// Regions that do not overlap, as one number for each voxel; 0 is background.
#[derive(Debug, Clone)]
pub struct LabelMap<'a> {
    grid: Arc<Grid>,
    labels: Buffer<'a, u32>,
    frame_of_reference: Option<String>,
}

impl<'a> LabelMap<'a> {
    /// Checks and keeps labels in C order `(slice, row, column)`.
    ///
    /// # Errors
    /// A shape that does not fit.
    pub fn new(
        labels: impl Into<Buffer<'a, u32>>,
        grid: impl Into<Arc<Grid>>,
    ) -> Result<Self, ImageError> {
        let (labels, grid) = (labels.into(), grid.into());
        if labels.len() != grid.len() {
            return Err(ImageError::Shape {
                what: "label map",
                got: labels.len(),
                expected: grid.len(),
                shape: grid.shape(),
            });
        }
        Ok(Self {
            grid,
            labels,
            frame_of_reference: None,
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

    /// The labels in C order.
    pub fn labels(&self) -> &[u32] {
        &self.labels
    }

    /// Frame of reference, where known.
    pub fn frame_of_reference(&self) -> Option<&str> {
        self.frame_of_reference.as_deref()
    }
}
