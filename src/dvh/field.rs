//! The dose as a function in lattice coordinates, transformed at the sample.

#![allow(
    clippy::inline_always,
    reason = "vector instructions reach only what is inlined"
)]

use super::axis::AxisNodes;
use super::counts::below;
use super::lattice::Lattice;
use super::sample::{Sample, Spread};
use super::scale::{larger, smaller};
use super::trilinear::Trilinear;
use crate::dose::{DoseGrid, Part, Values};
use crate::geometry::vector::dot;
use crate::isoeffect::Real;
use pulp::{Arch, Simd, WithSimd};

/// A dose, prepared for one lattice. All its parts lie on one grid.
pub(super) struct Field<'a> {
    pub(super) parts: &'a [Part<'a>],
    pub(super) axes: [AxisNodes; 3],
    pub(super) orientation: Orientation,
}

/// How lattice and grid lie to each other.
pub(super) enum Orientation {
    /// Lattice axes run along grid axes: the interpolation cell of every coarse cell, per axis.
    Aligned([Vec<usize>; 3]),
    /// Any other way: mm along the i, j, k axis of the grid as a linear function of (u, v, w).
    Oblique(Turn),
}

/// mm along the axes of a grid as linear functions of (u, v, w).
pub(super) type Turn = [[f64; 3]; 3];

/// A place in the lattice as place on the grid.
fn turned(map: &Turn, point: [f64; 3]) -> [f64; 3] {
    map.map(|row| row[0] * point[0] + row[1] * point[1] + row[2] * point[2])
}

impl<'a> Field<'a> {
    /// `None` when a grid has no axes, which a grid always has.
    pub(super) fn new(dose: &'a DoseGrid<'a>, lattice: &Lattice) -> Option<Self> {
        let (grid, frame) = (dose.grid(), &lattice.frame);
        let along = |axis| AxisNodes::along(grid, axis);
        let lattice_axes = [frame.u, frame.v, frame.w];
        let (axes, orientation) = if let [Some(u), Some(v), Some(w)] = lattice_axes.map(along) {
            let axes = [u, v, w];
            let lines = [&lattice.u, &lattice.v, &lattice.w];
            let cells = std::array::from_fn(|axis| {
                let middle = |pair: &[f64]| axes[axis].cell(0.5 * (pair[0] + pair[1]));
                lines[axis].coarse.windows(2).map(middle).collect()
            });
            (axes, Orientation::Aligned(cells))
        } else {
            return Self::turned(dose, lattice);
        };
        Some(Self {
            parts: dose.parts(),
            axes,
            orientation,
        })
    }

    /// A field on a grid of its own, that may lie in any way to the lattice.
    pub(super) fn turned(dose: &'a DoseGrid<'a>, lattice: &Lattice) -> Option<Self> {
        let (grid, frame) = (dose.grid(), &lattice.frame);
        let [Some(i), Some(j), Some(k)] = grid.axes().map(|axis| AxisNodes::along(grid, axis))
        else {
            return None;
        };
        let map = grid
            .axes()
            .map(|axis| [frame.u, frame.v, frame.w].map(|along| dot(axis, along)));
        Some(Self {
            parts: dose.parts(),
            axes: [i, j, k],
            orientation: Orientation::Oblique(map),
        })
    }

    /// Samples a point, for a field that was made [`turned`](Self::turned).
    pub(super) fn at_turned(&self, point: [f64; 3]) -> Option<Sample> {
        match &self.orientation {
            Orientation::Oblique(map) => self.at_oblique(map, point),
            Orientation::Aligned(_) => None,
        }
    }

    /// Whether the lattice is turned against the dose grid.
    pub(super) fn is_oblique(&self) -> bool {
        matches!(self.orientation, Orientation::Oblique(_))
    }

    /// The trilinear dose of a part in an interpolation cell, given by index along each axis.
    pub(super) fn cell(&self, part: usize, cell: [usize; 3]) -> Trilinear {
        match &self.parts[part].values {
            Values::F32(values) => self.corners(values, cell),
            Values::F64(values) => self.corners(values, cell),
        }
    }

    #[inline]
    fn corners<T: Real>(&self, values: &[T], [u, v, w]: [usize; 3]) -> Trilinear {
        let at = |axis: usize, cell: usize| {
            [
                self.axes[axis].offset(cell),
                self.axes[axis].offset(cell + 1),
            ]
        };
        let (us, vs, ws) = (at(0, u), at(1, v), at(2, w));
        Trilinear::new(std::array::from_fn(|corner| {
            let offset = us[corner & 1] + vs[corner >> 1 & 1] + ws[corner >> 2];
            values[offset as usize].to_f64()
        }))
    }

    /// Shares of the way through an interpolation cell.
    #[inline]
    pub(super) fn shares(&self, cell: [usize; 3], point: [f64; 3]) -> [f64; 3] {
        std::array::from_fn(|axis| self.axes[axis].share(cell[axis], point[axis]))
    }

    /// One over the widths of an interpolation cell.
    #[inline]
    pub(super) fn inverse(&self, cell: [usize; 3]) -> [f64; 3] {
        std::array::from_fn(|axis| self.axes[axis].inverse(cell[axis]))
    }

    /// Samples a point of a lattice that is turned against the grid; `None` where the dose does not reach. The
    /// twist is left out: cells are smaller than voxels there.
    pub(super) fn at_oblique(&self, map: &Turn, point: [f64; 3]) -> Option<Sample> {
        let local = turned(map, point);
        let within = |(axis, x): (&AxisNodes, f64)| {
            let [low, high] = axis.domain();
            (low..=high).contains(&x)
        };
        self.axes
            .iter()
            .zip(local)
            .all(within)
            .then(|| self.oblique(map, local, None))
    }

    /// The dose in a point that lies on the edge of the grid, but for rounding.
    pub(super) fn at_held(&self, map: &Turn, point: [f64; 3]) -> f64 {
        let mut local = turned(map, point);
        for (axis, x) in self.axes.iter().zip(&mut local) {
            let [low, high] = axis.domain();
            *x = x.clamp(low, high);
        }
        self.oblique(map, local, None).value
    }

    /// Samples a shape around a point alike, and says which share of it the dose reaches. Where that is not all of it
    /// the dose is that in the middle of the share.
    pub(super) fn over_oblique(
        &self,
        map: &Turn,
        point: [f64; 3],
        spread: &Spread,
    ) -> Option<(Sample, f64)> {
        let mut local = turned(map, point);
        let mut share = 1.0;
        for ((axis, x), row) in self.axes.iter().zip(&mut local).zip(map) {
            let ([low, high], [wide, narrow]) = (axis.domain(), spread.projected(row));
            let half = 0.5 * (wide + narrow);
            let (from, to) = (*x - half, *x + half);
            if to <= low || from >= high {
                return None;
            }
            if from < low || to > high {
                share *= below(high, *x, wide, narrow) - below(low, *x, wide, narrow);
                *x = 0.5 * (from.max(low) + to.min(high));
            }
        }
        Some((self.oblique(map, local, Some(spread)), share))
    }

    /// The sample in a place on the grid, seen along the lattice.
    fn oblique(&self, map: &Turn, local: [f64; 3], spread: Option<&Spread>) -> Sample {
        let cell = std::array::from_fn(|axis| self.axes[axis].cell(local[axis]));
        let (shares, inverse) = (self.shares(cell, local), self.inverse(cell));
        let mut sum = Sample::default();
        for (index, part) in self.parts.iter().enumerate() {
            let own = self.cell(index, cell).sample(shares, inverse);
            let seen = Sample {
                value: own.value,
                gradient: std::array::from_fn(|c| {
                    (0..3).map(|axis| map[axis][c] * own.gradient[axis]).sum()
                }),
                twist: [0.0; 3],
            };
            let variance = spread.map_or(0.0, |spread| spread.variance(&seen));
            sum.add(seen.transformed(&part.transform, variance));
        }
        sum
    }

    /// Lines of the grid along each axis around a box in the lattice.
    pub(super) fn lines(&self, low: [f64; 3], high: [f64; 3]) -> [[usize; 2]; 3] {
        let bounds = match &self.orientation {
            Orientation::Aligned(_) => [0, 1, 2].map(|axis| [low[axis], high[axis]]),
            Orientation::Oblique(map) => map.map(|row| reach(row, low, high)),
        };
        std::array::from_fn(|axis| {
            let [low, high] = bounds[axis];
            [self.axes[axis].cell(low), self.axes[axis].cell(high) + 1]
        })
    }

    /// The dose where three lines of the grid meet.
    pub(super) fn node(&self, lines: [usize; 3]) -> f64 {
        let offsets = [0, 1, 2].map(|axis| self.axes[axis].offset(lines[axis]));
        let at = offsets.iter().sum::<isize>() as usize;
        let value = |part: &Part<'_>| match &part.values {
            Values::F32(values) => part.transform.value(values[at].to_f64()),
            Values::F64(values) => part.transform.value(values[at]),
        };
        self.parts.iter().map(value).sum()
    }

    /// Least and highest dose that any voxel near a box in the lattice has.
    pub(super) fn range(&self, low: [f64; 3], high: [f64; 3]) -> [f64; 2] {
        let lines = self.lines(low, high);
        self.parts.iter().fold([0.0, 0.0], |sum, part| {
            let search = Search {
                field: self,
                values: &part.values,
                lines,
            };
            let [least, most] = Arch::new().dispatch(search);
            [
                sum[0] + part.transform.value(least),
                sum[1] + part.transform.value(most),
            ]
        })
    }

    #[inline(always)]
    fn extremes<T: Real>(&self, values: &[T], [u, v, w]: [[usize; 2]; 3]) -> [f64; 2] {
        let [iu, iv, iw] = &self.axes;
        let mut range = Extremes::none();
        let ends = [iu.offset(u[0]), iu.offset(u[1])];
        let (first, last) = (ends[0].min(ends[1]), ends[0].max(ends[1]));
        for k in w[0]..=w[1] {
            for j in v[0]..=v[1] {
                let base = iv.offset(j) + iw.offset(k);
                let row = &values[(base + first) as usize..=(base + last) as usize];
                range.see(row, iu.stride.unsigned_abs());
            }
        }
        range.ends()
    }
}

/// The search for the extremes of a part's voxels, compiled for each set of vector instructions.
struct Search<'f, 'a> {
    field: &'f Field<'a>,
    values: &'f Values<'a>,
    lines: [[usize; 2]; 3],
}

impl WithSimd for Search<'_, '_> {
    type Output = [f64; 2];

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) -> Self::Output {
        match self.values {
            Values::F32(values) => self.field.extremes(values, self.lines),
            Values::F64(values) => self.field.extremes(values, self.lines),
        }
    }
}

/// Least and largest of the values seen: several running extremes at once keep the processor busy.
struct Extremes {
    low: [f64; 16],
    high: [f64; 16],
}

impl Extremes {
    const fn none() -> Self {
        Self {
            low: [f64::INFINITY; 16],
            high: [f64::NEG_INFINITY; 16],
        }
    }

    /// Sees every `step`-th value.
    #[inline(always)]
    fn see<T: Real>(&mut self, values: &[T], step: usize) {
        let mut see = |lane: usize, value: &T| {
            let value = value.to_f64();
            self.low[lane] = smaller(value, self.low[lane]);
            self.high[lane] = larger(value, self.high[lane]);
        };
        match values.last_chunk::<16>() {
            Some(last) if step == 1 => {
                // The last chunk may overlap the one before: what is seen twice changes nothing.
                for chunk in values.as_chunks::<16>().0.iter().chain([last]) {
                    for (lane, value) in chunk.iter().enumerate() {
                        see(lane, value);
                    }
                }
            }
            _ => {
                for (index, value) in values.iter().step_by(step).enumerate() {
                    see(index % 16, value);
                }
            }
        }
    }

    #[inline(always)]
    fn ends(&self) -> [f64; 2] {
        [
            self.low.into_iter().fold(f64::INFINITY, smaller),
            self.high.into_iter().fold(f64::NEG_INFINITY, larger),
        ]
    }
}

/// Least and largest value of a linear function over a box.
fn reach(row: [f64; 3], low: [f64; 3], high: [f64; 3]) -> [f64; 2] {
    (0..3).fold([0.0, 0.0], |[a, b], c| {
        let (x, y) = (row[c] * low[c], row[c] * high[c]);
        [a + x.min(y), b + x.max(y)]
    })
}
