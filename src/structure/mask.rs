//! A structure as covered fractions of a grid's voxels.

use super::StructureError;
use crate::geometry::Grid;
use crate::geometry::vector::Vector;
use std::ops::Range;
use std::sync::Arc;

/// Covered fraction, 0 to 1, of every voxel of a grid.
#[derive(Debug, Clone)]
pub struct Mask {
    grid: Arc<Grid>,
    fractions: Vec<f32>,
}

impl Mask {
    /// Checks and keeps a mask in C order `(slice, row, column)`.
    ///
    /// # Errors
    /// Another number of values than voxels, or values outside 0 to 1.
    pub fn new(name: &str, fractions: Vec<f32>, grid: Arc<Grid>) -> Result<Self, StructureError> {
        if fractions.len() != grid.len() {
            return Err(StructureError::MaskShape {
                name: name.to_owned(),
                got: fractions.len(),
                expected: grid.len(),
            });
        }
        if let Some(value) = fractions.iter().find(|f| !(0.0..=1.0).contains(*f)) {
            return Err(StructureError::MaskValue {
                name: name.to_owned(),
                value: f64::from(*value),
            });
        }
        Ok(Self { grid, fractions })
    }

    /// The same mask moved by a shift in mm.
    pub(super) fn shifted(&self, shift: Vector) -> Self {
        Self {
            grid: Arc::new(self.grid.shifted(shift)),
            fractions: self.fractions.clone(),
        }
    }

    /// The grid of its voxels.
    pub fn grid(&self) -> &Arc<Grid> {
        &self.grid
    }

    /// Covered fractions in C order.
    pub fn fractions(&self) -> &[f32] {
        &self.fractions
    }

    /// The voxels along the i, j and k axis between which all that is covered lies; `None` where nothing is.
    pub fn filled(&self) -> Option<[Range<usize>; 3]> {
        let [_, nj, ni] = self.grid.shape();
        let mut ends = [[usize::MAX, 0]; 3];
        let mut see = |axis: usize, at: usize| {
            ends[axis] = [ends[axis][0].min(at), ends[axis][1].max(at)];
        };
        for (index, row) in self.fractions.chunks(ni).enumerate() {
            let covered = |fraction: &f32| *fraction > 0.0;
            if let Some(first) = row.iter().position(covered) {
                see(0, first);
                see(0, row.iter().rposition(covered).unwrap_or(first));
                see(1, index % nj);
                see(2, index / nj);
            }
        }
        (ends[0][0] != usize::MAX).then(|| ends.map(|[first, last]| first..last + 1))
    }

    /// Volume in cubic centimetres.
    pub fn volume_cc(&self) -> f64 {
        let [_, nj, ni] = self.grid.shape();
        self.fractions
            .chunks(nj * ni)
            .enumerate()
            .map(|(k, frame)| {
                let covered: f64 = frame.iter().map(|fraction| f64::from(*fraction)).sum();
                covered * self.grid.voxel_volume_cc(k)
            })
            .sum()
    }
}
