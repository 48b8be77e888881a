//! The lattice of a DVH: where cells lie, so that each lies inside one interpolation cell of the dose
//! wherever dose and structure share their axes.

use crate::geometry::Grid;
use crate::geometry::vector::{Vector, cross, dot};
use crate::structure::PlaneFrame;
use std::ops::Range;

/// How far (as 1 - cosine) an axis may be from a grid axis and still run along it: 7 micrometres in half a metre.
const PARALLEL: f64 = 1e-10;
/// Borders closer than this in mm are one.
const SAME: f64 = 1e-9;
/// Largest number of cells along an axis of a lattice that is turned against the grid.
const MOST_CELLS: f64 = 4096.0;
/// Largest number of parts that a dose voxel is divided into along an axis.
const MOST_PARTS: usize = 64;

/// Voxel centres of a dose along one lattice axis, ascending, and where they lie in memory.
#[derive(Debug, Clone)]
pub(super) struct AxisNodes {
    /// Positions in mm along the lattice axis.
    pub(super) nodes: Vec<f64>,
    /// Outer edges of the first and last voxel.
    pub(super) domain: [f64; 2],
    /// Offset in memory of the first node, and step to the next.
    pub(super) first: usize,
    pub(super) stride: isize,
}

impl AxisNodes {
    /// The grid axis that runs along `axis`, if one does.
    pub(super) fn along(grid: &Grid, axis: Vector) -> Option<Self> {
        let index = (0..3).find(|a| dot(grid.axes()[*a], axis).abs() >= 1.0 - PARALLEL)?;
        let sign = dot(grid.axes()[index], axis).signum();
        let origin = dot(grid.origin_mm(), axis);
        let place =
            |values: Vec<f64>| -> Vec<f64> { values.iter().map(|x| origin + sign * x).collect() };
        let mut nodes = place(grid.centres_mm(index));
        let edges = place(grid.edges_mm(index));
        let [_, nj, ni] = grid.shape();
        let memory = [1, ni, ni * nj][index];
        let mut domain = [edges[0], edges[edges.len() - 1]];
        domain.sort_by(f64::total_cmp);
        let descending = nodes.len() > 1 && nodes[1] < nodes[0];
        let (first, stride) = if descending {
            nodes.reverse();
            ((nodes.len() - 1) * memory, -(memory as isize))
        } else {
            (0, memory as isize)
        };
        Some(Self {
            nodes,
            domain,
            first,
            stride,
        })
    }

    /// Memory offset of a node.
    #[inline]
    pub(super) fn offset(&self, node: usize) -> isize {
        self.first as isize + node as isize * self.stride
    }

    /// The interpolation cell around a position inside the domain.
    pub(super) fn locate(&self, x: f64) -> Place {
        let after = self.nodes.partition_point(|node| *node <= x);
        if after == 0 || after == self.nodes.len() {
            let node = after.saturating_sub(1);
            return Place {
                node,
                origin: self.nodes[node],
                inverse: 0.0,
            };
        }
        let origin = self.nodes[after - 1];
        Place {
            node: after - 1,
            origin,
            inverse: 1.0 / (self.nodes[after] - origin),
        }
    }

    /// The outer edges and the nodes between them.
    fn coarse(&self) -> Vec<f64> {
        let [first, last] = self.domain;
        std::iter::once(first)
            .chain(self.nodes.iter().copied())
            .chain(std::iter::once(last))
            .collect()
    }

    /// Cell borders over `low..high`: the outer edges and the nodes, each step divided into `parts`,
    /// from the last border at or below `low` to the first at or above `high`.
    fn lines(&self, low: f64, high: f64, parts: usize) -> Vec<f64> {
        let mut lines = Vec::new();
        for pair in self.coarse().windows(2) {
            let step = (pair[1] - pair[0]) / parts as f64;
            lines.extend((0..parts).map(|part| pair[0] + part as f64 * step));
        }
        lines.push(self.domain[1]);
        trim(&lines, low, high)
    }
}

/// Where a position lies between the voxel centres of one axis: `t = (x - origin) inverse`. In the outer half
/// voxels the dose is constant, so `inverse` is 0.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    pub(super) node: usize,
    pub(super) origin: f64,
    pub(super) inverse: f64,
}

impl Place {
    /// Share of the way to the next node.
    #[inline]
    pub(super) fn t(&self, x: f64) -> f64 {
        (x - self.origin) * self.inverse
    }

    /// The node at the other end.
    #[inline]
    pub(super) fn next(&self) -> usize {
        self.node + usize::from(self.inverse > 0.0)
    }
}

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

/// Borders of the cells along one lattice axis.
#[derive(Debug, Clone, Default)]
pub(super) struct Lines {
    pub(super) lines: Vec<f64>,
    /// Which borders are more than a subdivision: voxel centres of the dose, its outer edges, voxel edges of a
    /// mask. Between them the dose is linear along the axis, so only there can it have an extreme.
    keys: Vec<usize>,
}

impl Lines {
    /// Sorted borders, of which those are keys that lie among the sorted `keys`.
    fn new(lines: Vec<f64>, keys: &[f64]) -> Self {
        let is_key = |line: f64| {
            let next = keys.partition_point(|key| *key < line - SAME);
            keys.get(next).is_some_and(|key| *key <= line + SAME)
        };
        let keys = (0..lines.len())
            .filter(|index| is_key(lines[*index]))
            .collect();
        Self { lines, keys }
    }

    /// Cells along the axis.
    pub(super) fn cells(&self) -> usize {
        self.lines.len().saturating_sub(1)
    }

    /// Middle of a cell.
    #[inline]
    pub(super) fn middle(&self, cell: usize) -> f64 {
        0.5 * (self.lines[cell] + self.lines[cell + 1])
    }

    /// Width of a cell.
    #[inline]
    pub(super) fn width(&self, cell: usize) -> f64 {
        self.lines[cell + 1] - self.lines[cell]
    }

    /// The key borders among those of the cells `start..end`.
    pub(super) fn keys(&self, cells: Range<usize>) -> &[usize] {
        let start = self.keys.partition_point(|key| *key < cells.start);
        let end = self.keys.partition_point(|key| *key <= cells.end);
        &self.keys[start..end]
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

/// Cell borders in the plane and the borders that cut slabs along the normal.
#[derive(Debug, Clone)]
pub(super) struct Lattice {
    pub(super) frame: PlaneFrame,
    pub(super) u: Lines,
    pub(super) v: Lines,
    /// Borders along the normal; each piece of a slab lies between two of them.
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
        let parts = parts_for(min_cells as f64 / cells.max(1.0), aligned);
        let [u, v, w] = std::array::from_fn(|axis| {
            let (low, high) = (extent.low[axis], extent.high[axis]);
            let (low, high) = if aligned {
                (low, high)
            } else {
                clip(grid, axes[axis], low, high)
            };
            let (mut lines, mut keys) = match &nodes[axis] {
                Some(nodes) if aligned => (nodes.lines(low, high, parts[axis]), nodes.coarse()),
                _ => {
                    let lines = even_lines(low, high, steps[axis] / parts[axis] as f64);
                    (lines.clone(), lines)
                }
            };
            if let Some(borders) = borders {
                merge(&mut lines, &borders[axis], low, high);
                keys.extend(&borders[axis]);
                keys.sort_by(f64::total_cmp);
            }
            Lines::new(lines, &keys)
        });
        Self { frame, u, v, w }
    }

    /// The pieces of a slab between the borders along the normal, as lower and upper end.
    pub(super) fn pieces(&self, low: f64, high: f64) -> Vec<[f64; 2]> {
        let lines = &self.w.lines;
        let (Some(first), Some(last)) = (lines.first(), lines.last()) else {
            return Vec::new();
        };
        let (low, high) = (low.max(*first), high.min(*last));
        if low >= high {
            return Vec::new();
        }
        let inner = lines
            .iter()
            .copied()
            .filter(|line| *line > low && *line < high);
        let cuts: Vec<f64> = std::iter::once(low)
            .chain(inner)
            .chain(std::iter::once(high))
            .collect();
        cuts.windows(2).map(|pair| [pair[0], pair[1]]).collect()
    }
}

/// Into how many parts cells are divided along u, v and w for `factor` times as many. Where lattice and grid
/// share their axes none along the normal: the dose is linear there within a cell, and its spread exact.
fn parts_for(factor: f64, aligned: bool) -> [usize; 3] {
    let mut parts = [1, 1, 1];
    let mut axis = 0;
    while (parts.iter().product::<usize>() as f64) < factor && parts[axis] < MOST_PARTS {
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
