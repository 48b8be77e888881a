//! The dose as a function in lattice coordinates: value and gradient, transformed at the sample.

use super::lattice::{AxisNodes, Lattice, Place};
use crate::dose::{DoseGrid, Part, Values};
use crate::geometry::vector::dot;
use crate::isoeffect::{Real, Transform};
use std::ops::Range;

/// Dose with its gradient per mm along the lattice axes, and its twist: the mixed second derivatives
/// uv, uw, vw per mm^2 that a trilinear dose has.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Sample {
    pub(super) value: f64,
    pub(super) gradient: [f64; 3],
    pub(super) twist: [f64; 3],
}

impl Sample {
    /// The sample of a derived dose, its value the mean over a cell in which the physical dose has `variance`.
    #[inline]
    fn transformed(self, transform: &Transform, variance: f64) -> Self {
        let (slope, curvature) = (transform.slope(self.value), transform.curvature());
        let [gu, gv, gw] = self.gradient;
        let [uv, uw, vw] = self.twist;
        let twist = |own: f64, product: f64| slope * own + curvature * product;
        Self {
            value: transform.value(self.value) + 0.5 * curvature * variance,
            gradient: self.gradient.map(|component| slope * component),
            twist: [twist(uv, gu * gv), twist(uw, gu * gw), twist(vw, gv * gw)],
        }
    }

    fn add(&mut self, other: Self) {
        self.value += other.value;
        for axis in 0..3 {
            self.gradient[axis] += other.gradient[axis];
            self.twist[axis] += other.twist[axis];
        }
    }
}

/// The shape of what is sampled: variances along u and v, their covariance, and the variance along w, mm^2.
#[derive(Debug, Clone, Copy)]
pub(super) struct Spread(pub(super) [f64; 4]);

impl Spread {
    /// A whole cell.
    pub(super) fn of_box(u: f64, v: f64, w: f64) -> Self {
        Self([u * u / 12.0, v * v / 12.0, 0.0, w * w / 12.0])
    }

    /// No extent.
    pub(super) const POINT: Self = Self([0.0; 4]);

    /// Variance of the dose over the shape: of its linear part, and of its twist as in a box.
    #[inline]
    pub(super) fn variance(&self, sample: &Sample) -> f64 {
        let [uu, vv, uv, ww] = self.0;
        let [gu, gv, gw] = sample.gradient;
        let linear = gu * gu * uu + gv * gv * vv + 2.0 * gu * gv * uv + gw * gw * ww;
        linear.max(0.0) + self.twist_variance(sample)
    }

    /// Variance of the twist alone.
    #[inline]
    pub(super) fn twist_variance(&self, sample: &Sample) -> f64 {
        let [uu, vv, _, ww] = self.0;
        let [uv, uw, vw] = sample.twist;
        uv * uv * uu * vv + uw * uw * uu * ww + vw * vw * vv * ww
    }
}

/// A piece of a slab between two borders along the normal.
#[derive(Debug, Clone, Copy)]
pub(super) struct Piece {
    pub(super) low: f64,
    pub(super) high: f64,
}

impl Piece {
    pub(super) fn middle(&self) -> f64 {
        0.5 * (self.low + self.high)
    }

    pub(super) fn thickness(&self) -> f64 {
        self.high - self.low
    }
}

/// A dose, prepared for one lattice.
pub(super) struct Field<'a> {
    parts: Vec<PreparedPart<'a>>,
}

struct PreparedPart<'a> {
    part: &'a Part<'a>,
    sampling: Sampling,
}

enum Sampling {
    /// Lattice axes run along grid axes: nodes per axis, and the place of every column and row.
    Aligned {
        axes: Box<[AxisNodes; 3]>,
        columns: Vec<Place>,
        rows: Vec<Place>,
    },
    /// Any other orientation: mm along the i, j, k axis of the grid as a linear function of (u, v, w).
    Oblique {
        axes: Box<[AxisNodes; 3]>,
        map: [[f64; 3]; 3],
    },
}

impl<'a> Field<'a> {
    pub(super) fn new(dose: &'a DoseGrid<'a>, lattice: &Lattice) -> Self {
        let parts = dose
            .parts()
            .iter()
            .filter_map(|part| {
                Some(PreparedPart {
                    part,
                    sampling: Sampling::new(part, lattice)?,
                })
            })
            .collect();
        Self { parts }
    }

    /// Samples the middles of the cells `columns` of a row, NaN where the dose does not reach. Returns bounds
    /// that no dose in these cells exceeds, where they are known.
    pub(super) fn row(
        &self,
        lattice: &Lattice,
        row: usize,
        columns: Range<usize>,
        piece: Piece,
        buffer: &mut RowBuffer,
    ) -> Option<[f64; 2]> {
        buffer.samples.clear();
        buffer.samples.resize(columns.len(), Sample::default());
        let mut bounds = Some([0.0, 0.0]);
        for prepared in &self.parts {
            let part = prepared.row(lattice, row, columns.clone(), piece, buffer);
            let transform = &prepared.part.transform;
            bounds = bounds.zip(part).map(|(sum, [low, high])| {
                [
                    sum[0] + transform.value(low),
                    sum[1] + transform.value(high),
                ]
            });
        }
        bounds
    }

    /// Samples a point in a given cell; `None` where the dose does not reach.
    pub(super) fn at(&self, cell: [usize; 2], point: [f64; 3], spread: &Spread) -> Option<Sample> {
        let mut sum = Sample::default();
        for prepared in &self.parts {
            let physical = prepared.at(cell, point)?;
            let variance = spread.variance(&physical);
            sum.add(physical.transformed(&prepared.part.transform, variance));
        }
        Some(sum)
    }

    /// Dose at the corners of the cells `columns` of a row, at both ends of a piece, where it can be extreme.
    pub(super) fn corners(
        &self,
        lattice: &Lattice,
        row: usize,
        columns: Range<usize>,
        piece: Piece,
        visit: &mut impl FnMut(f64),
    ) {
        for line in lattice.v.keys(row..row + 1) {
            for w in [piece.low, piece.high] {
                for column in lattice.u.keys(columns.clone()) {
                    let cell = (*column).min(columns.end - 1);
                    let point = [lattice.u.lines[*column], lattice.v.lines[*line], w];
                    if let Some(sample) = self.at([cell, row], point, &Spread::POINT) {
                        visit(sample.value);
                    }
                }
            }
        }
    }

    /// Least and highest dose that any voxel near an extent has.
    pub(super) fn range(&self, low: [f64; 3], high: [f64; 3]) -> Option<[f64; 2]> {
        let mut sum = [0.0, 0.0];
        for prepared in &self.parts {
            let [least, most] = prepared.range(low, high)?;
            sum[0] += prepared.part.transform.value(least);
            sum[1] += prepared.part.transform.value(most);
        }
        Some(sum)
    }
}

/// Memory for one row: the samples, and blended voxel values with their slopes.
#[derive(Default)]
pub(super) struct RowBuffer {
    pub(super) samples: Vec<Sample>,
    value: Vec<f64>,
    slope_v: Vec<f64>,
    slope_w: Vec<f64>,
    slope_vw: Vec<f64>,
}

impl Sampling {
    fn new(part: &Part<'_>, lattice: &Lattice) -> Option<Self> {
        let frame = &lattice.frame;
        let along = |axis| AxisNodes::along(&part.grid, axis);
        if let (Some(u), Some(v), Some(w)) = (along(frame.u), along(frame.v), along(frame.w)) {
            let columns = (0..lattice.u.cells())
                .map(|cell| u.locate(lattice.u.middle(cell)))
                .collect();
            let rows = (0..lattice.v.cells())
                .map(|cell| v.locate(lattice.v.middle(cell)))
                .collect();
            return Some(Self::Aligned {
                axes: Box::new([u, v, w]),
                columns,
                rows,
            });
        }
        let grid_axes = part.grid.axes();
        let axes = [
            along(grid_axes[0])?,
            along(grid_axes[1])?,
            along(grid_axes[2])?,
        ];
        let map =
            grid_axes.map(|axis| [dot(axis, frame.u), dot(axis, frame.v), dot(axis, frame.w)]);
        Some(Self::Oblique {
            axes: Box::new(axes),
            map,
        })
    }
}

impl PreparedPart<'_> {
    /// Adds this part's samples to the buffer; returns the range of the voxel values that they lie in.
    fn row(
        &self,
        lattice: &Lattice,
        row: usize,
        columns: Range<usize>,
        piece: Piece,
        buffer: &mut RowBuffer,
    ) -> Option<[f64; 2]> {
        let Sampling::Aligned {
            axes,
            columns: places,
            rows,
        } = &self.sampling
        else {
            self.row_oblique(lattice, row, columns, piece, buffer);
            return None;
        };
        let places = &places[columns.clone()];
        let nodes = places.first()?.node..places.last()?.next() + 1;
        let first = nodes.start;
        let v = (rows[row], lattice.v.middle(row));
        let w = (axes[2].locate(piece.middle()), piece.middle());
        let range = match &self.part.values {
            Values::F32(values) => blend(values, axes, nodes, v, w, buffer),
            Values::F64(values) => blend(values, axes, nodes, v, w, buffer),
        };
        let RowBuffer {
            samples,
            value,
            slope_v,
            slope_w,
            slope_vw,
        } = buffer;
        for ((sample, place), column) in samples.iter_mut().zip(places).zip(columns) {
            let (a, b) = (place.node - first, place.next() - first);
            let t = place.t(lattice.u.middle(column));
            let mix = |values: &[f64]| values[a] + t * (values[b] - values[a]);
            let rise = |values: &[f64]| (values[b] - values[a]) * place.inverse;
            let physical = Sample {
                value: mix(value),
                gradient: [rise(value), mix(slope_v), mix(slope_w)],
                twist: [rise(slope_v), rise(slope_w), mix(slope_vw)],
            };
            sample.add(self.cell_mean(physical, lattice, row, column, piece));
        }
        Some(range)
    }

    fn row_oblique(
        &self,
        lattice: &Lattice,
        row: usize,
        columns: Range<usize>,
        piece: Piece,
        buffer: &mut RowBuffer,
    ) {
        let outside = Sample {
            value: f64::NAN,
            ..Sample::default()
        };
        for (sample, column) in buffer.samples.iter_mut().zip(columns) {
            let middle = [
                lattice.u.middle(column),
                lattice.v.middle(row),
                piece.middle(),
            ];
            let physical = self.at([column, row], middle).unwrap_or(outside);
            sample.add(self.cell_mean(physical, lattice, row, column, piece));
        }
    }

    /// What the transform makes of a cell: of the physical dose in its middle, and how much that varies.
    #[inline]
    fn cell_mean(
        &self,
        physical: Sample,
        lattice: &Lattice,
        row: usize,
        column: usize,
        piece: Piece,
    ) -> Sample {
        let transform = &self.part.transform;
        if transform.is_identity() {
            return physical;
        }
        let spread = Spread::of_box(
            lattice.u.width(column),
            lattice.v.width(row),
            piece.thickness(),
        );
        physical.transformed(transform, spread.variance(&physical))
    }

    fn at(&self, [column, row]: [usize; 2], point: [f64; 3]) -> Option<Sample> {
        match &self.sampling {
            Sampling::Aligned {
                axes,
                columns,
                rows,
            } => {
                let places = [columns[column], rows[row], axes[2].locate(point[2])];
                Some(self.trilinear(axes, places, point))
            }
            Sampling::Oblique { axes, map } => {
                let local: [f64; 3] =
                    std::array::from_fn(|axis| (0..3).map(|c| map[axis][c] * point[c]).sum());
                let inside = |axis: usize| {
                    (axes[axis].domain[0]..=axes[axis].domain[1]).contains(&local[axis])
                };
                if !(inside(0) && inside(1) && inside(2)) {
                    return None;
                }
                let places = std::array::from_fn(|axis| axes[axis].locate(local[axis]));
                let sample = self.trilinear(axes, places, local);
                let turned = std::array::from_fn(|c| {
                    (0..3)
                        .map(|axis| map[axis][c] * sample.gradient[axis])
                        .sum()
                });
                // The twist is left out: cells are smaller than voxels here.
                Some(Sample {
                    value: sample.value,
                    gradient: turned,
                    twist: [0.0; 3],
                })
            }
        }
    }

    fn trilinear(&self, axes: &[AxisNodes; 3], places: [Place; 3], point: [f64; 3]) -> Sample {
        match &self.part.values {
            Values::F32(values) => trilinear(values, axes, places, point),
            Values::F64(values) => trilinear(values, axes, places, point),
        }
    }

    fn range(&self, low: [f64; 3], high: [f64; 3]) -> Option<[f64; 2]> {
        let (axes, bounds) = match &self.sampling {
            Sampling::Aligned { axes, .. } => (axes, [0, 1, 2].map(|a| [low[a], high[a]])),
            Sampling::Oblique { axes, map } => (axes, map.map(|row| reach(row, low, high))),
        };
        let nodes: [Range<usize>; 3] = std::array::from_fn(|axis| {
            let all = &axes[axis].nodes;
            let start = all
                .partition_point(|node| *node <= bounds[axis][0])
                .saturating_sub(1);
            let end = (all.partition_point(|node| *node < bounds[axis][1]) + 1).min(all.len());
            start.min(end.saturating_sub(1))..end
        });
        match &self.part.values {
            Values::F32(values) => extremes(values, axes, &nodes),
            Values::F64(values) => extremes(values, axes, &nodes),
        }
    }
}

/// Least and largest value of a linear function over a box.
fn reach(row: [f64; 3], low: [f64; 3], high: [f64; 3]) -> [f64; 2] {
    (0..3).fold([0.0, 0.0], |[a, b], c| {
        let (x, y) = (row[c] * low[c], row[c] * high[c]);
        [a + x.min(y), b + x.max(y)]
    })
}

fn extremes<T: Real>(
    values: &[T],
    axes: &[AxisNodes; 3],
    nodes: &[Range<usize>; 3],
) -> Option<[f64; 2]> {
    let mut range: Option<[f64; 2]> = None;
    for w in nodes[2].clone() {
        for v in nodes[1].clone() {
            let base = axes[2].offset(w) + axes[1].offset(v);
            for u in nodes[0].clone() {
                let value = values[(base + axes[0].offset(u)) as usize].to_f64();
                let [low, high] = range.unwrap_or([value, value]);
                range = Some([low.min(value), high.max(value)]);
            }
        }
    }
    range
}

/// Voxel rows blended along v and w: value, slope along v, slope along w at each node of `nodes`. Returns
/// the range of the voxels used.
fn blend<T: Real>(
    values: &[T],
    axes: &[AxisNodes; 3],
    nodes: Range<usize>,
    (v, v_mm): (Place, f64),
    (w, w_mm): (Place, f64),
    out: &mut RowBuffer,
) -> [f64; 2] {
    let base = |v: usize, w: usize| axes[1].offset(v) + axes[2].offset(w);
    let corners = [
        base(v.node, w.node),
        base(v.next(), w.node),
        base(v.node, w.next()),
        base(v.next(), w.next()),
    ];
    let (tv, tw) = (v.t(v_mm), w.t(w_mm));
    out.value.clear();
    out.slope_v.clear();
    out.slope_w.clear();
    out.slope_vw.clear();
    let mut range = [f64::INFINITY, f64::NEG_INFINITY];
    let mut node = |[a, b, c, d]: [f64; 4]| {
        let (below, above) = (a + tv * (b - a), c + tv * (d - c));
        out.value.push(below + tw * (above - below));
        let (rise, twist) = (b - a, (d - c) - (b - a));
        out.slope_v.push((rise + tw * twist) * v.inverse);
        out.slope_w.push((above - below) * w.inverse);
        out.slope_vw.push(twist * v.inverse * w.inverse);
        range[0] = range[0].min(a.min(b).min(c.min(d)));
        range[1] = range[1].max(a.max(b).max(c.max(d)));
    };
    if axes[0].stride == 1 {
        // Rows that lie in memory as they are walked: slices let the compiler see it.
        let start = axes[0].offset(nodes.start);
        let rows = corners.map(|corner| &values[(corner + start) as usize..][..nodes.len()]);
        for (((a, b), c), d) in rows[0].iter().zip(rows[1]).zip(rows[2]).zip(rows[3]) {
            node([*a, *b, *c, *d].map(T::to_f64));
        }
    } else {
        for index in nodes {
            let offset = axes[0].offset(index);
            node(corners.map(|corner| values[(corner + offset) as usize].to_f64()));
        }
    }
    range
}

fn trilinear<T: Real>(
    values: &[T],
    axes: &[AxisNodes; 3],
    [u, v, w]: [Place; 3],
    point: [f64; 3],
) -> Sample {
    let read = |i: usize, j: usize, k: usize| {
        values[(axes[0].offset(i) + axes[1].offset(j) + axes[2].offset(k)) as usize].to_f64()
    };
    let (tu, tv, tw) = (u.t(point[0]), v.t(point[1]), w.t(point[2]));
    let mix = |a: f64, b: f64, t: f64| a + t * (b - a);
    // Along u first: value and rise on the four edges.
    let edge = |j: usize, k: usize| {
        let (a, b) = (read(u.node, j, k), read(u.next(), j, k));
        (mix(a, b, tu), b - a)
    };
    let (e00, e10) = (edge(v.node, w.node), edge(v.next(), w.node));
    let (e01, e11) = (edge(v.node, w.next()), edge(v.next(), w.next()));
    let (low, high) = (mix(e00.0, e10.0, tv), mix(e01.0, e11.0, tv));
    Sample {
        value: mix(low, high, tw),
        gradient: [
            mix(mix(e00.1, e10.1, tv), mix(e01.1, e11.1, tv), tw) * u.inverse,
            mix(e10.0 - e00.0, e11.0 - e01.0, tw) * v.inverse,
            (high - low) * w.inverse,
        ],
        twist: [
            mix(e10.1 - e00.1, e11.1 - e01.1, tw) * u.inverse * v.inverse,
            mix(e01.1 - e00.1, e11.1 - e10.1, tv) * u.inverse * w.inverse,
            ((e11.0 - e01.0) - (e10.0 - e00.0)) * v.inverse * w.inverse,
        ],
    }
}
