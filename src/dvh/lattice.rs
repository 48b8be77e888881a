//! The lattice of a DVH: where cells lie, so that each lies inside one interpolation cell of the dose
//! wherever dose and structure share their axes.

use super::axis::{AxisNodes, PARALLEL};
use crate::geometry::Grid;
use crate::geometry::vector::{Vector, cross, dot};
use crate::structure::PlaneFrame;
use std::ops::Range;

/// Borders closer than this in mm are one.
const SAME: f64 = 1e-9;
/// Largest number of cells along an axis of a lattice that is turned against the grid.
const MOST_CELLS: f64 = 4096.0;
/// How many times fewer cells than wanted will do: whole parts do not hit a number.
const FEWER: f64 = std::f64::consts::SQRT_2;
/// Largest number of parts that a dose voxel is divided into along an axis.
const MOST_PARTS: usize = 64;

/// Keeps the borders from the last one at or below `low` to the first one at or above `high`.
fn trim(lines: &[f64], low: f64, high: f64) -> Vec<f64> {
    let start = lines.partition_point(|line| *line <= low).saturating_sub(1);
    let end = (lines.partition_point(|line| *line < high) + 1).min(lines.len());
    if start + 1 >= end {
        Vec::new()
    } else {
        lines[start..end].to_vec()
    }
}

/// Borders of the cells along one lattice axis: coarse cells, and the fine cells that they are divided into where
/// the boundary of a structure passes.
#[derive(Debug, Clone, Default)]
pub(super) struct Lines {
    /// Borders of the fine cells.
    pub(super) fine: Vec<f64>,
    /// Borders of the coarse cells: voxel centres of the dose, its outer edges, voxel edges of a mask. Between
    /// them the dose is linear along the axis.
    pub(super) coarse: Vec<f64>,
    /// Index among the fine borders of each coarse one.
    starts: Vec<usize>,
    /// The coarse cell of each fine cell.
    coarse_of: Vec<usize>,
}

impl Lines {
    /// Coarse borders, each step divided into `parts`.
    fn new(coarse: Vec<f64>, parts: usize) -> Self {
        let mut lines = Self::default();
        for (cell, pair) in coarse.windows(2).enumerate() {
            lines.starts.push(lines.fine.len());
            let step = (pair[1] - pair[0]) / parts as f64;
            lines
                .fine
                .extend((0..parts).map(|part| pair[0] + part as f64 * step));
            lines.coarse_of.extend((0..parts).map(|_| cell));
        }
        lines.starts.push(lines.fine.len());
        lines.fine.extend(coarse.last());
        lines.coarse = coarse;
        lines
    }

    /// Coarse cells along the axis.
    pub(super) fn cells(&self) -> usize {
        self.coarse.len().saturating_sub(1)
    }

    /// Fine cells of a coarse cell.
    #[inline]
    pub(super) fn parts(&self, cell: usize) -> Range<usize> {
        self.starts[cell]..self.starts[cell + 1]
    }

    /// The coarse cell around a fine cell.
    #[inline]
    pub(super) fn coarse_of(&self, fine: usize) -> usize {
        self.coarse_of[fine]
    }

    /// The coarse cells that lie wholly within fine cells.
    #[inline]
    pub(super) fn whole(&self, fine: Range<usize>) -> Range<usize> {
        let first = self.coarse_of[fine.start];
        let first = first + usize::from(self.starts[first] < fine.start);
        let last = self.coarse_of[fine.end - 1];
        let last = last + usize::from(self.starts[last + 1] <= fine.end);
        first..last.max(first)
    }
}

/// The extent of a structure in lattice coordinates.
#[derive(Debug, Clone, Copy)]
pub(super) struct Extent {
    pub(super) low: [f64; 3],
    pub(super) high: [f64; 3],
    /// Volume in mm^3.
    pub(super) volume: f64,
}

/// Cell borders in the plane and along the normal.
#[derive(Debug, Clone)]
pub(super) struct Lattice {
    pub(super) frame: PlaneFrame,
    pub(super) u: Lines,
    pub(super) v: Lines,
    /// Layers along the normal.
    pub(super) w: Lines,
}

impl Lattice {
    /// A lattice over an extent. `borders` are further borders that cells must respect (voxel edges of a mask).
    pub(super) fn new(
        frame: PlaneFrame,
        grid: &Grid,
        extent: &Extent,
        borders: Option<&[Vec<f64>; 3]>,
        min_cells: usize,
    ) -> Self {
        let axes = [frame.u, frame.v, frame.w];
        let nodes = axes.map(|axis| AxisNodes::along(grid, axis));
        let aligned = nodes.iter().all(Option::is_some);
        let steps: [f64; 3] = if aligned {
            axes.map(|axis| spacing_along(grid, axis))
        } else {
            axes.map(|axis| 0.5 * spacing_along(grid, axis))
        };
        let cells = extent.volume / (steps[0] * steps[1] * steps[2]);
        // Cells that are turned against the voxels reach over their borders: four times as many make up for it.
        let wanted = if aligned { min_cells } else { 4 * min_cells };
        let parts = parts_for(wanted as f64 / cells.max(1.0), aligned);
        let [u, v, w] = std::array::from_fn(|axis| {
            let (low, high) = (extent.low[axis], extent.high[axis]);
            let (mut coarse, parts) = match &nodes[axis] {
                Some(nodes) if aligned => (
                    trim(&nodes.lines, low, high),
                    if borders.is_some() { 1 } else { parts[axis] },
                ),
                _ => {
                    let (low, high) = clip(grid, axes[axis], low, high);
                    (even_lines(low, high, steps[axis] / parts[axis] as f64), 1)
                }
            };
            if let Some(borders) = borders {
                merge(&mut coarse, &borders[axis], low, high);
            }
            Lines::new(coarse, parts)
        });
        Self { frame, u, v, w }
    }
}

impl Lattice {
    /// Mean volume of a fine cell in mm^3.
    pub(super) fn fine_cell_mm3(&self) -> f64 {
        let mean = |lines: &[f64]| match lines {
            [first, .., last] => (last - first) / (lines.len() - 1) as f64,
            _ => 0.0,
        };
        mean(&self.u.fine) * mean(&self.v.fine) * mean(&self.w.coarse)
    }
}

/// Into how many parts cells are divided along u, v and w for about `factor` times as many. Where lattice and grid
/// share their axes none along the normal: the dose is linear there within a cell, and its spread exact.
fn parts_for(factor: f64, aligned: bool) -> [usize; 3] {
    let mut parts = [1, 1, 1];
    let mut axis = 0;
    while FEWER * (parts.iter().product::<usize>() as f64) < factor && parts[axis] < MOST_PARTS {
        parts[axis] += 1;
        axis = (axis + 1) % if aligned { 2 } else { 3 };
    }
    parts
}

/// The frame of a stack of planes, its in-plane axes along those of the grid where the grid has any.
pub(super) fn frame_along(grid: &Grid, frame: &PlaneFrame) -> PlaneFrame {
    let axes = grid.axes();
    let parallel = |axis: usize| dot(axes[axis], frame.w).abs() >= 1.0 - PARALLEL;
    let Some(normal) = (0..3).find(|axis| parallel(*axis)) else {
        return *frame;
    };
    let u = axes[usize::from(normal == 0)];
    if dot(u, frame.u).abs() >= 1.0 - 1e-15 {
        return *frame;
    }
    PlaneFrame {
        u,
        v: cross(frame.w, u),
        w: frame.w,
    }
}

fn spacing_along(grid: &Grid, axis: Vector) -> f64 {
    let best = (0..3).max_by(|a, b| {
        let along = |i: usize| dot(grid.axes()[i], axis).abs();
        along(*a).total_cmp(&along(*b))
    });
    grid.spacing_mm()[best.unwrap_or(0)]
}

/// The part of `low..high` along a lattice axis that the box of the grid reaches.
fn clip(grid: &Grid, axis: Vector, low: f64, high: f64) -> (f64, f64) {
    let origin = dot(grid.origin_mm(), axis);
    let (first, last) = (0..3).fold((origin, origin), |(first, last), index| {
        let along = dot(grid.axes()[index], axis);
        let edges = grid.edges_mm(index);
        let ends = [along * edges[0], along * edges[edges.len() - 1]];
        (first + ends[0].min(ends[1]), last + ends[0].max(ends[1]))
    });
    (low.max(first), high.min(last))
}

/// Borders at even steps of about `step`; none where nothing is left between `low` and `high`.
fn even_lines(low: f64, high: f64, step: f64) -> Vec<f64> {
    if high <= low {
        return Vec::new();
    }
    let cells = ((high - low) / step).ceil().clamp(1.0, MOST_CELLS);
    let step = (high - low) / cells;
    (0..=cells as usize)
        .map(|line| low + line as f64 * step)
        .collect()
}

/// Adds borders within the extent to sorted lines; lines closer than rounding become one.
fn merge(lines: &mut Vec<f64>, borders: &[f64], low: f64, high: f64) {
    let (Some(first), Some(last)) = (lines.first().copied(), lines.last().copied()) else {
        return;
    };
    lines.extend(
        borders
            .iter()
            .copied()
            .filter(|border| *border > first && *border < last),
    );
    lines.sort_by(f64::total_cmp);
    lines.dedup_by(|next, line| *next - *line < SAME);
    *lines = trim(lines, low, high);
}
