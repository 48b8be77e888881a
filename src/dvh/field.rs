//! The dose as a function in lattice coordinates, transformed at the sample.

use super::axis::AxisNodes;
use super::lattice::Lattice;
use super::sample::{Sample, Spread};
use super::trilinear::Trilinear;
use crate::dose::{DoseGrid, Part, Values};
use crate::geometry::vector::dot;
use crate::isoeffect::Real;

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
    Oblique([[f64; 3]; 3]),
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
            Orientation::Oblique(map) => self.at_oblique(map, point, None),
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
    pub(super) fn at_oblique(
        &self,
        map: &[[f64; 3]; 3],
        point: [f64; 3],
        spread: Option<&Spread>,
    ) -> Option<Sample> {
        let local = map.map(|row| row[0] * point[0] + row[1] * point[1] + row[2] * point[2]);
        for (axis, x) in self.axes.iter().zip(local) {
            let [low, high] = axis.domain();
            if !(low..=high).contains(&x) {
                return None;
            }
        }
        let cell = std::array::from_fn(|axis| self.axes[axis].cell(local[axis]));
        let (shares, inverse) = (self.shares(cell, local), self.inverse(cell));
        let mut sum = Sample::default();
        for (index, part) in self.parts.iter().enumerate() {
            let own = self.cell(index, cell).sample(shares, inverse);
            let turned = Sample {
                value: own.value,
                gradient: std::array::from_fn(|c| {
                    (0..3).map(|axis| map[axis][c] * own.gradient[axis]).sum()
                }),
                twist: [0.0; 3],
            };
            let variance = spread.map_or(0.0, |spread| spread.variance(&turned));
            sum.add(turned.transformed(&part.transform, variance));
        }
        Some(sum)
    }

    /// Least and highest dose that any voxel near a box in the lattice has.
    pub(super) fn range(&self, low: [f64; 3], high: [f64; 3]) -> [f64; 2] {
        let bounds = match &self.orientation {
            Orientation::Aligned(_) => [0, 1, 2].map(|axis| [low[axis], high[axis]]),
            Orientation::Oblique(map) => map.map(|row| reach(row, low, high)),
        };
        let lines: [[usize; 2]; 3] = std::array::from_fn(|axis| {
            let [low, high] = bounds[axis];
            [self.axes[axis].cell(low), self.axes[axis].cell(high) + 1]
        });
        self.parts.iter().fold([0.0, 0.0], |sum, part| {
            let [least, most] = match &part.values {
                Values::F32(values) => self.extremes(values, lines),
                Values::F64(values) => self.extremes(values, lines),
            };
            [
                sum[0] + part.transform.value(least),
                sum[1] + part.transform.value(most),
            ]
        })
    }

    fn extremes<T: Real>(&self, values: &[T], [u, v, w]: [[usize; 2]; 3]) -> [f64; 2] {
        let [iu, iv, iw] = &self.axes;
        let mut range = [f64::INFINITY, f64::NEG_INFINITY];
        let mut see = |[low, high]: [f64; 2]| range = [range[0].min(low), range[1].max(high)];
        let ends = [iu.offset(u[0]), iu.offset(u[1])];
        let (first, last) = (ends[0].min(ends[1]), ends[0].max(ends[1]));
        for k in w[0]..=w[1] {
            for j in v[0]..=v[1] {
                let base = iv.offset(j) + iw.offset(k);
                let row = &values[(base + first) as usize..=(base + last) as usize];
                see(extremes_of(row, iu.stride.unsigned_abs()));
            }
        }
        range
    }
}

/// Least and largest of every `step`-th value. Several running extremes at once keep the processor busy.
pub(super) fn extremes_of<T: Real>(values: &[T], step: usize) -> [f64; 2] {
    let mut low = [f64::INFINITY; 8];
    let mut high = [f64::NEG_INFINITY; 8];
    if step == 1 {
        let (eights, rest) = values.as_chunks::<8>();
        for eight in eights {
            for (lane, value) in eight.iter().enumerate() {
                let value = value.to_f64();
                low[lane] = low[lane].min(value);
                high[lane] = high[lane].max(value);
            }
        }
        for value in rest {
            low[0] = low[0].min(value.to_f64());
            high[0] = high[0].max(value.to_f64());
        }
    } else {
        for value in values.iter().step_by(step) {
            low[0] = low[0].min(value.to_f64());
            high[0] = high[0].max(value.to_f64());
        }
    }
    [
        low.into_iter().fold(f64::INFINITY, f64::min),
        high.into_iter().fold(f64::NEG_INFINITY, f64::max),
    ]
}

/// Least and largest value of a linear function over a box.
fn reach(row: [f64; 3], low: [f64; 3], high: [f64; 3]) -> [f64; 2] {
    (0..3).fold([0.0, 0.0], |[a, b], c| {
        let (x, y) = (row[c] * low[c], row[c] * high[c]);
        [a + x.min(y), b + x.max(y)]
    })
}
