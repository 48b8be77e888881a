//! The voxel centres of a dose along one axis, and the interpolation cells between them.

use crate::geometry::Grid;
use crate::geometry::vector::{Vector, dot};
use std::ops::Range;

/// How far (as 1 - cosine) an axis may be from a grid axis and still run along it: 7 micrometres in half a metre.
pub(super) const PARALLEL: f64 = 1e-10;

/// Interpolation cells of a dose along one lattice axis, ascending, and where their voxels lie in memory.
///
/// The lines between cells are the voxel centres and, outside them, the outer edges of the first and the last
/// voxel. On an outer edge the dose is that of the voxel, so that it is constant in the outer half voxels, and
/// one formula holds in all cells.
#[derive(Debug, Clone)]
pub(super) struct AxisNodes {
    /// Outer edge, voxel centres, outer edge, in mm along the lattice axis.
    pub(super) lines: Vec<f64>,
    /// One over the width of each cell.
    inverse: Vec<f64>,
    /// Offset in memory of the first voxel, and step to the next.
    first: usize,
    pub(super) stride: isize,
}

impl AxisNodes {
    /// The grid axis that runs along `axis`, if one does.
    pub(super) fn along(grid: &Grid, axis: Vector) -> Option<Self> {
        let index = (0..3).find(|a| dot(grid.axes()[*a], axis).abs() >= 1.0 - PARALLEL)?;
        let sign = dot(grid.axes()[index], axis).signum();
        let origin = dot(grid.origin_mm(), axis);
        let place = |x: &f64| origin + sign * x;
        let mut lines: Vec<f64> = grid.centres_mm(index).iter().map(place).collect();
        let edges = grid.edges_mm(index);
        let mut ends = [edges[0], edges[edges.len() - 1]].map(|edge| place(&edge));
        ends.sort_by(f64::total_cmp);
        let [_, nj, ni] = grid.shape();
        let memory = [1, ni, ni * nj][index];
        let (first, stride) = if lines.len() > 1 && lines[1] < lines[0] {
            lines.reverse();
            ((lines.len() - 1) * memory, -(memory as isize))
        } else {
            (0, memory as isize)
        };
        lines.insert(0, ends[0]);
        lines.push(ends[1]);
        let inverse = lines
            .windows(2)
            .map(|pair| 1.0 / (pair[1] - pair[0]))
            .collect();
        Some(Self {
            lines,
            inverse,
            first,
            stride,
        })
    }

    /// Outer edges of the first and last voxel.
    pub(super) fn domain(&self) -> [f64; 2] {
        [self.lines[0], self.lines[self.lines.len() - 1]]
    }

    /// Memory offset of the voxel that gives the dose on a line.
    #[inline]
    pub(super) fn offset(&self, line: usize) -> isize {
        let voxel = line.clamp(1, self.lines.len() - 2) - 1;
        self.first as isize + voxel as isize * self.stride
    }

    /// The cell around a position; the nearest one beyond the domain.
    #[inline]
    pub(super) fn cell(&self, x: f64) -> usize {
        let passed = self.lines.partition_point(|line| *line <= x);
        passed.clamp(1, self.lines.len() - 1) - 1
    }

    /// Where in a cell a position lies, 0 to 1.
    #[inline]
    pub(super) fn share(&self, cell: usize, x: f64) -> f64 {
        (x - self.lines[cell]) * self.inverse[cell]
    }

    /// One over the width of a cell.
    #[inline]
    pub(super) fn inverse(&self, cell: usize) -> f64 {
        self.inverse[cell]
    }

    /// Lower borders of some cells, and one over their widths.
    #[inline]
    pub(super) fn cells(&self, cells: Range<usize>) -> (&[f64], &[f64]) {
        (&self.lines[cells.clone()], &self.inverse[cells])
    }

    /// Whether neighbouring lines `first..=last` are neighbouring voxels in ascending memory.
    pub(super) fn is_contiguous(&self, first: usize, last: usize) -> bool {
        self.stride == 1 && first >= 1 && last <= self.lines.len() - 2
    }
}
