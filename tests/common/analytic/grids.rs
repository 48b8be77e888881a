//! Dose grids around a solid: any orientation, frames of any kind, cut where wanted; and the referee's own
//! trilinear interpolation of what is stored.

use super::Random;
use super::fields::Field;
use super::stack::Solid;
use hepadose::dose::DoseGrid;
use hepadose::geometry::Grid;
use hepadose::geometry::vector::{Vector, add_scaled, dot, sub};
use std::sync::Arc;

/// How the frame offsets run.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Frames {
    /// 0, s, 2s, ...
    Even,
    /// Steps between 0.6 and 1.4 times the spacing.
    Uneven,
    /// 0, -s, -2s, ...
    Descending,
    /// Beginning far below zero.
    Negative,
}

/// Which part of the solid the grid leaves out.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Cut {
    /// Grid axis, 0 = i.
    pub(crate) axis: usize,
    /// Share of the solid's extent at which the grid ends.
    pub(crate) share: f64,
    /// Whether the upper side is left out (else the lower).
    pub(crate) upper: bool,
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct GridSpec {
    pub(crate) name: &'static str,
    pub(crate) spacing: Vector,
    pub(crate) axes: [Vector; 3],
    /// Shift in voxels.
    pub(crate) shift: Vector,
    pub(crate) frames: Frames,
    pub(crate) cut: Option<Cut>,
    pub(crate) single_precision: bool,
}

const X: Vector = [1.0, 0.0, 0.0];
const Y: Vector = [0.0, 1.0, 0.0];
const Z: Vector = [0.0, 0.0, 1.0];

const fn minus(v: Vector) -> Vector {
    [-v[0], -v[1], -v[2]]
}

/// The eight standard orientations: directions of row (i), column (j) and their cross product (k).
pub(crate) const ORIENTATIONS: [(&str, [Vector; 3]); 8] = [
    ("HFS", [X, Y, Z]),
    ("HFP", [minus(X), minus(Y), Z]),
    ("FFS", [minus(X), Y, minus(Z)]),
    ("FFP", [X, minus(Y), minus(Z)]),
    ("HFDR", [minus(Y), X, Z]),
    ("HFDL", [Y, minus(X), Z]),
    ("FFDR", [Y, X, minus(Z)]),
    ("FFDL", [minus(Y), minus(X), minus(Z)]),
];

/// Axes turned by angles in radians about z, then about x.
pub(crate) fn oblique(about_z: f64, about_x: f64) -> [Vector; 3] {
    let (s, c) = about_z.sin_cos();
    let (t, d) = about_x.sin_cos();
    let turn = |[x, y, z]: Vector| {
        let (x, y) = (c * x - s * y, s * x + c * y);
        [x, d * y - t * z, t * y + d * z]
    };
    [turn(X), turn(Y), turn(Z)]
}

impl GridSpec {
    pub(crate) fn new(name: &'static str, spacing: Vector) -> Self {
        Self {
            name,
            spacing,
            axes: ORIENTATIONS[0].1,
            shift: [0.13, 0.41, 0.77],
            frames: Frames::Even,
            cut: None,
            single_precision: false,
        }
    }

    /// A grid around a solid, filled with a field.
    pub(crate) fn build(&self, solid: &Solid, field: &Field, seed: u64) -> Dose {
        let mut random = Random::new(seed);
        let mut nodes: [Vec<f64>; 3] = std::array::from_fn(|axis| {
            let (low, high) = solid
                .corners()
                .map(|p| dot(p, self.axes[axis]))
                .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), x| {
                    (low.min(x), high.max(x))
                });
            let step = self.spacing[axis];
            let mut x = low - (2.0 + self.shift[axis]) * step;
            let mut all = vec![x];
            while x < high + 1.5 * step {
                x += if axis == 2 && self.frames == Frames::Uneven {
                    step * random.between(0.6, 1.4)
                } else {
                    step
                };
                all.push(x);
            }
            if let Some(cut) = self.cut.filter(|cut| cut.axis == axis) {
                let end = low + cut.share * (high - low);
                all.retain(|x| if cut.upper { *x < end } else { *x > end });
            }
            all
        });
        let mut origin = [0.0; 3];
        for axis in 0..3 {
            let first = if axis == 2 {
                match self.frames {
                    Frames::Descending => nodes[2][nodes[2].len() - 1],
                    Frames::Negative => nodes[2][0] + 137.5,
                    _ => nodes[2][0],
                }
            } else {
                nodes[axis][0]
            };
            origin = add_scaled(origin, first, self.axes[axis]);
            for x in &mut nodes[axis] {
                *x -= first;
            }
        }
        Dose::new(self, origin, nodes, field, &mut random)
    }
}

/// A dose as the engine gets it and as the referee reads it.
pub(crate) struct Dose {
    pub(crate) grid: DoseGrid<'static>,
    /// Base of a linear field.
    pub(crate) base: f64,
    pub(crate) sampler: Sampler,
}

impl Dose {
    fn new(
        spec: &GridSpec,
        origin: Vector,
        nodes: [Vec<f64>; 3],
        field: &Field,
        random: &mut Random,
    ) -> Self {
        let [ni, nj, nk] = [0, 1, 2].map(|axis: usize| nodes[axis].len());
        let mut values = Vec::with_capacity(ni * nj * nk);
        for z in &nodes[2] {
            let frame = add_scaled(origin, *z, spec.axes[2]);
            for y in &nodes[1] {
                let row = add_scaled(frame, *y, spec.axes[1]);
                for x in &nodes[0] {
                    values.push(field.at(add_scaled(row, *x, spec.axes[0]), random));
                }
            }
        }
        let mut base = 0.0;
        if field.is_linear() {
            base = 1.0 - values.iter().copied().fold(f64::INFINITY, f64::min);
            for value in &mut values {
                *value += base;
            }
        }
        if spec.single_precision {
            for value in &mut values {
                *value = f64::from(*value as f32);
            }
        }
        let mut offsets = nodes[2].clone();
        let mut stored = values.clone();
        if spec.frames == Frames::Descending {
            offsets.reverse();
            stored = values.chunks(ni * nj).rev().flatten().copied().collect();
        }
        let grid =
            Grid::with_frames([nk, nj, ni], spec.spacing, origin, spec.axes, offsets).unwrap();
        let grid = Arc::new(grid);
        let dose = if spec.single_precision {
            let single: Vec<f32> = stored.iter().map(|value| *value as f32).collect();
            DoseGrid::physical(single, grid, Some(3)).unwrap()
        } else {
            DoseGrid::physical(stored, grid, Some(3)).unwrap()
        };
        Self {
            grid: dose,
            base,
            sampler: Sampler {
                origin,
                axes: spec.axes,
                spacing: spec.spacing,
                nodes,
                values,
            },
        }
    }
}

/// Trilinear interpolation between nodes, constant over the outer half voxels.
pub(crate) struct Sampler {
    pub(crate) origin: Vector,
    pub(crate) axes: [Vector; 3],
    pub(crate) spacing: Vector,
    /// Ascending positions of the voxel centres along each axis.
    pub(crate) nodes: [Vec<f64>; 3],
    /// In the order of the ascending nodes, i fastest.
    pub(crate) values: Vec<f64>,
}

impl Sampler {
    pub(crate) fn local(&self, point: Vector) -> Vector {
        let from = sub(point, self.origin);
        self.axes.map(|axis| dot(from, axis))
    }

    /// The outer edges along an axis.
    pub(crate) fn domain(&self, axis: usize) -> [f64; 2] {
        let nodes = &self.nodes[axis];
        let n = nodes.len();
        if n == 1 {
            let half = 0.5 * self.spacing[axis];
            return [nodes[0] - half, nodes[0] + half];
        }
        [
            nodes[0] - 0.5 * (nodes[1] - nodes[0]),
            nodes[n - 1] + 0.5 * (nodes[n - 1] - nodes[n - 2]),
        ]
    }

    /// Value at local coordinates, held constant beyond the outer nodes.
    pub(crate) fn value(&self, local: Vector) -> f64 {
        let mut at = [0; 3];
        let mut t = [0.0; 3];
        for axis in 0..3 {
            let nodes = &self.nodes[axis];
            if nodes.len() == 1 {
                continue;
            }
            let x = local[axis];
            // A guess that evenly spaced nodes confirm, else a search.
            let guess = ((x - nodes[0]) / (nodes[1] - nodes[0])).max(0.0) as usize;
            let index = if guess + 1 < nodes.len() && nodes[guess] <= x && x <= nodes[guess + 1] {
                guess
            } else {
                nodes
                    .partition_point(|node| *node <= x)
                    .clamp(1, nodes.len() - 1)
                    - 1
            };
            at[axis] = index;
            t[axis] = ((x - nodes[index]) / (nodes[index + 1] - nodes[index])).clamp(0.0, 1.0);
        }
        let [ni, nj] = [self.nodes[0].len(), self.nodes[1].len()];
        let mut sum = 0.0;
        for corner in 0..8_usize {
            let mut weight = 1.0;
            let mut index = [0; 3];
            for axis in 0..3 {
                let upper = corner >> axis & 1;
                weight *= if upper == 1 { t[axis] } else { 1.0 - t[axis] };
                index[axis] = (at[axis] + upper).min(self.nodes[axis].len() - 1);
            }
            if weight != 0.0 {
                sum += weight * self.values[(index[2] * nj + index[1]) * ni + index[0]];
            }
        }
        sum
    }

    pub(crate) fn covers(&self, local: Vector) -> bool {
        (0..3).all(|axis| {
            let [low, high] = self.domain(axis);
            (low..=high).contains(&local[axis])
        })
    }
}
