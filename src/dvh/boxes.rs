//! Whole coarse cells, a few dozen of a row at a time: mean dose and spread of each, in loops over arrays of fixed
//! length that the compiler turns into vector instructions.

#![allow(
    clippy::inline_always,
    reason = "vector instructions reach only what is inlined"
)]
#![allow(clippy::needless_range_loop, reason = "many arrays go by one cell")]

use super::axis::AxisNodes;
use super::field::Field;
use super::sample::{BoxSpread, Sample};
use super::scale::{Resolution, Units, larger, smaller};
use crate::dose::{Part, Values};
use crate::isoeffect::{Real, Transform};
use pulp::{Simd, WithSimd};
use std::ops::Range;

/// Cells that are sampled at a time.
pub(super) const LANES: usize = 32;
/// Lines around them.
const LINES: usize = LANES + 1;

type Cells = [f64; LANES];
type OnLines = [f64; LINES];

/// Boxes that are looked at together.
const QUAD: usize = 4;
const QUADS: usize = LANES / QUAD;
/// How far, as a share of the width, the mean of boxes may be from the middle of the first and the last: a row in
/// which the dose falls away is not spread evenly.
const BEND: f64 = 0.1;
/// Sides that differ by less than this in mm are equal.
const SAME: f64 = 1e-9;

/// Mean dose and spread of up to [`LANES`] cells of a row.
pub(super) struct Boxes {
    /// NaN where the dose does not reach.
    pub(super) mean: Cells,
    /// Volume in units.
    pub(super) units: [i64; LANES],
    wide: Cells,
    narrow: Cells,
    least: Cells,
    twist: Cells,
    /// Whether each is better taken in eighths.
    pub(super) rough: [bool; LANES],
    quads: [Quad; QUADS],
    /// Units of each box where all are of one size.
    even: Option<i64>,
}

/// Four boxes that follow each other.
#[derive(Debug, Clone, Copy, Default)]
struct Quad {
    /// Whether one of them is rough, so that it is better taken alone.
    rough: bool,
    /// Sums over the boxes: mean dose above that of the first of them, its square, and twelve times the variance
    /// within each.
    shift: f64,
    square: f64,
    own: f64,
}

impl Default for Boxes {
    fn default() -> Self {
        let none = [0.0; LANES];
        Self {
            mean: none,
            units: [0; LANES],
            wide: none,
            narrow: none,
            least: none,
            twist: none,
            rough: [false; LANES],
            quads: [Quad::default(); QUADS],
            even: None,
        }
    }
}

/// The dose on the lines between cells, blended along v and w, with its slopes.
struct Blended {
    value: OnLines,
    v: OnLines,
    w: OnLines,
    vw: OnLines,
}

/// Dose, gradient and twist in the middle of each cell, summed over the parts of a dose.
struct Samples {
    value: Cells,
    gradient: [Cells; 3],
    twist: [Cells; 3],
}

/// A row of boxes: their columns, the lines between them, and what they share along v and w.
pub(super) struct BoxRow<'a> {
    /// Interpolation cell along u of each box.
    pub(super) columns: &'a [usize],
    /// Borders along u, one more than boxes.
    pub(super) lines: &'a [f64],
    /// Interpolation cells along v and w.
    pub(super) place: [usize; 2],
    /// Middle along v and w.
    pub(super) middle: [f64; 2],
    /// Lengths along v and w.
    pub(super) size: [f64; 2],
}

/// What volumes and doses are counted in.
pub(super) struct Scales {
    pub(super) units: Units,
    pub(super) bins: Resolution,
}

/// Sampling a row of boxes: an operation that is compiled for each set of vector instructions.
pub(super) struct Sampling<'b, 'a> {
    pub(super) boxes: &'b mut Boxes,
    pub(super) field: &'b Field<'a>,
    pub(super) row: BoxRow<'b>,
    pub(super) scales: &'b Scales,
}

impl WithSimd for Sampling<'_, '_> {
    type Output = [f64; 2];

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) -> Self::Output {
        self.boxes.sample(self.field, &self.row, self.scales)
    }
}

impl Boxes {
    /// How the dose of a cell varies.
    #[inline(always)]
    pub(super) fn spread(&self, cell: usize) -> BoxSpread {
        BoxSpread {
            wide: self.wide[cell],
            narrow: self.narrow[cell],
            least: self.least[cell],
            twist: self.twist[cell],
        }
    }

    /// Eight or four boxes of one size from `start` on as one: their volume in units, mean dose, and the width of an
    /// even spread of the same variance. `None` where there are not so many within `count`, where one is better taken
    /// alone, or where they are not next to nothing or not spread evenly together.
    #[inline]
    pub(super) fn together(
        &self,
        start: usize,
        count: usize,
        small: i64,
    ) -> Option<(usize, i64, f64, f64)> {
        let each = self.even?;
        if !start.is_multiple_of(QUAD) || start + QUAD > count {
            return None;
        }
        let quad = self.quads[start / QUAD];
        if quad.rough || QUAD as i64 * each > small {
            return None;
        }
        let of = |boxes: usize, sum: Quad| {
            let per = 1.0 / boxes as f64;
            let shift = sum.shift * per;
            let between = sum.square * per - shift * shift;
            let width = larger(sum.own * per + 12.0 * between, 0.0).sqrt();
            let middle = 0.5 * (self.mean[start + boxes - 1] - self.mean[start]);
            let straight = (middle - shift).abs() <= BEND * width;
            straight.then_some((boxes, boxes as i64 * each, self.mean[start] + shift, width))
        };
        let next = self.quads.get(start / QUAD + 1).filter(|next| {
            !next.rough && start + 2 * QUAD <= count && 2 * QUAD as i64 * each <= small
        });
        let Some(next) = next else {
            return of(QUAD, quad);
        };
        let step = self.mean[start + QUAD] - self.mean[start];
        let sum = Quad {
            rough: false,
            shift: quad.shift + next.shift + QUAD as f64 * step,
            square: quad.square + next.square + step * (2.0 * next.shift + QUAD as f64 * step),
            own: quad.own + next.own,
        };
        of(2 * QUAD, sum).or_else(|| of(QUAD, quad))
    }

    /// Sets one cell of a size, of which the dose reaches a share; NaN where there is no dose.
    pub(super) fn set(
        &mut self,
        cell: usize,
        found: Option<(Sample, f64)>,
        size: [f64; 3],
        scales: &Scales,
    ) {
        self.even = None;
        let (sample, share) = (
            found.map(|found| found.0),
            found.map_or(0.0, |found| found.1),
        );
        self.units[cell] = scales.units.of(size[0] * size[1] * size[2] * share);
        let spread = sample.map(|sample| BoxSpread::new(&sample, size));
        let spread = spread.unwrap_or_default();
        self.mean[cell] = sample.map_or(f64::NAN, |sample| sample.value);
        self.wide[cell] = spread.wide;
        self.narrow[cell] = spread.narrow;
        self.least[cell] = spread.least;
        self.twist[cell] = spread.twist;
        // Where the dose ends within a box, smaller ones follow its edge.
        self.rough[cell] = share > 0.0 && share < 1.0;
    }

    /// Samples at most [`LANES`] boxes. Returns bounds of the dose.
    #[inline(always)]
    fn sample(&mut self, field: &Field<'_>, row: &BoxRow<'_>, scales: &Scales) -> [f64; 2] {
        let count = row.columns.len().min(LANES);
        let mut width = [0.0; LANES];
        for (width, pair) in width.iter_mut().zip(row.lines.windows(2)) {
            *width = pair[1] - pair[0];
        }
        let mut own = Samples::new();
        let bounds = match field.parts {
            [part] if part.transform.is_identity() => {
                let bounds = own.read(part, &field.axes, row);
                self.spreads(&own, &width, row.size, count);
                bounds
            }
            parts => {
                let mut sum = Samples::new();
                let mut bounds = [0.0, 0.0];
                for part in parts {
                    let [low, high] = own.read(part, &field.axes, row);
                    bounds[0] += part.transform.value(low);
                    bounds[1] += part.transform.value(high);
                    sum.add(&own, &part.transform, &width, row.size, count);
                }
                self.spreads(&sum, &width, row.size, count);
                bounds
            }
        };
        self.sum_up(&width, row.size[0] * row.size[1], scales, count);
        bounds
    }

    /// Volumes, and boxes by fours.
    #[inline(always)]
    fn sum_up(&mut self, width: &Cells, area: f64, scales: &Scales, count: usize) {
        let mut uneven = false;
        for cell in 0..count.min(LANES) {
            self.units[cell] = scales.units.of(width[cell] * area);
            uneven |= (width[cell] - width[0]).abs() > SAME;
        }
        self.even = (!uneven).then_some(self.units[0]);
        let mut own = [0.0; LANES];
        for cell in 0..count.min(LANES) {
            let (wide, narrow, least) = (self.wide[cell], self.narrow[cell], self.least[cell]);
            let (square, twist) = (wide * wide, self.twist[cell]);
            own[cell] = square + narrow * narrow + least * least + twist;
            let step = scales
                .bins
                .step(self.mean[cell], 0.5 * (wide + narrow + least));
            self.rough[cell] = scales.units.is_rough(square, twist, self.units[cell], step);
        }
        for (index, quad) in self.quads[..(count / QUAD).min(QUADS)]
            .iter_mut()
            .enumerate()
        {
            *quad = Quad::default();
            for cell in QUAD * index..QUAD * (index + 1) {
                let above = self.mean[cell] - self.mean[QUAD * index];
                quad.rough |= self.rough[cell];
                quad.shift += above;
                quad.square += above * above;
                quad.own += own[cell];
            }
        }
    }

    #[inline(always)]
    fn spreads(&mut self, samples: &Samples, width: &Cells, [v, w]: [f64; 2], count: usize) {
        let [gu, gv, gw] = &samples.gradient;
        let [uv, uw, vw] = &samples.twist;
        self.mean[..count].copy_from_slice(&samples.value[..count]);
        for cell in 0..count.min(LANES) {
            let u = width[cell];
            let (a, b, c) = (
                (gu[cell] * u).abs(),
                (gv[cell] * v).abs(),
                (gw[cell] * w).abs(),
            );
            let (top, bottom) = (larger(a, b), smaller(a, b));
            self.wide[cell] = larger(top, c);
            self.narrow[cell] = larger(bottom, smaller(top, c));
            self.least[cell] = smaller(bottom, c);
            let (uv, uw, vw) = (uv[cell] * u * v, uw[cell] * u * w, vw[cell] * v * w);
            self.twist[cell] = (uv * uv + uw * uw + vw * vw) / 12.0;
        }
    }
}

impl Samples {
    const fn new() -> Self {
        Self {
            value: [0.0; LANES],
            gradient: [[0.0; LANES]; 3],
            twist: [[0.0; LANES]; 3],
        }
    }

    /// The physical dose of a part in the middle of each box; returns its range. Boxes that a mask divides share an
    /// interpolation cell.
    #[inline(always)]
    fn read(&mut self, part: &Part<'_>, axes: &[AxisNodes; 3], row: &BoxRow<'_>) -> [f64; 2] {
        let mut blended = Blended::new();
        let range = match &part.values {
            Values::F32(values) => blended.fill(values, axes, row),
            Values::F64(values) => blended.fill(values, axes, row),
        };
        let axis = &axes[0];
        let count = row.columns.len().min(LANES);
        let lines = lines_of(row.columns);
        if lines.len() == count + 1 {
            let (mut share, mut inverse) = ([0.0; LANES], [0.0; LANES]);
            let (nodes, inverses) = axis.cells(lines.start..lines.end - 1);
            let borders = &row.lines[..=count];
            for cell in 0..count.min(nodes.len()).min(inverses.len()) {
                inverse[cell] = inverses[cell];
                share[cell] =
                    (0.5 * (borders[cell] + borders[cell + 1]) - nodes[cell]) * inverse[cell];
            }
            for cell in 0..count {
                self.middle(&blended, cell, cell, share[cell], inverse[cell]);
            }
        } else {
            for (cell, column) in row.columns[..count].iter().enumerate() {
                let line = (column - lines.start).min(LANES - 1);
                let middle = 0.5 * (row.lines[cell] + row.lines[cell + 1]);
                let (share, inverse) = (axis.share(*column, middle), axis.inverse(*column));
                self.middle(&blended, cell, line, share, inverse);
            }
        }
        range
    }

    /// One cell, a share of the way from a line to the next, one over `inverse` mm apart.
    #[inline(always)]
    fn middle(&mut self, on: &Blended, cell: usize, line: usize, share: f64, inverse: f64) {
        let next = line + 1;
        let [value, v, w, vw] = [&on.value, &on.v, &on.w, &on.vw].map(|on| on[next] - on[line]);
        self.value[cell] = on.value[line] + share * value;
        self.gradient[0][cell] = value * inverse;
        self.gradient[1][cell] = on.v[line] + share * v;
        self.gradient[2][cell] = on.w[line] + share * w;
        self.twist[0][cell] = v * inverse;
        self.twist[1][cell] = w * inverse;
        self.twist[2][cell] = on.vw[line] + share * vw;
    }

    /// Adds a part, transformed as [`Sample::transformed`] does it.
    #[inline(always)]
    fn add(
        &mut self,
        part: &Self,
        transform: &Transform,
        width: &Cells,
        [v, w]: [f64; 2],
        count: usize,
    ) {
        let [pu, pv, pw] = &part.gradient;
        for cell in 0..count.min(LANES) {
            let (value, u) = (part.value[cell], width[cell]);
            let (slope, curvature) = (transform.slope(value), transform.curvature(value));
            let (gu, gv, gw) = (pu[cell], pv[cell], pw[cell]);
            let [uv, uw, vw] = [0, 1, 2].map(|pair: usize| part.twist[pair][cell]);
            let [lu, lv, lw] = [gu * u, gv * v, gw * w];
            let [tuv, tuw, tvw] = [uv * u * v, uw * u * w, vw * v * w];
            let variance =
                (lu * lu + lv * lv + lw * lw) / 12.0 + (tuv * tuv + tuw * tuw + tvw * tvw) / 144.0;
            self.value[cell] += transform.value(value) + 0.5 * curvature * variance;
            self.gradient[0][cell] += slope * gu;
            self.gradient[1][cell] += slope * gv;
            self.gradient[2][cell] += slope * gw;
            self.twist[0][cell] += slope * uv + curvature * (gu * gv);
            self.twist[1][cell] += slope * uw + curvature * (gu * gw);
            self.twist[2][cell] += slope * vw + curvature * (gv * gw);
        }
    }
}

impl Blended {
    const fn new() -> Self {
        Self {
            value: [0.0; LINES],
            v: [0.0; LINES],
            w: [0.0; LINES],
            vw: [0.0; LINES],
        }
    }

    /// Blends the voxels of four rows on the lines around a row of boxes; returns their range.
    #[inline(always)]
    fn fill<T: Real>(&mut self, values: &[T], axes: &[AxisNodes; 3], row: &BoxRow<'_>) -> [f64; 2] {
        let [axis, v, w] = axes;
        let lines = lines_of(row.columns);
        let count = lines.len().min(LINES);
        let base = |j: usize, k: usize| v.offset(row.place[0] + j) + w.offset(row.place[1] + k);
        let mut corners = [[0.0; LINES]; 4];
        for (index, corner) in corners.iter_mut().enumerate() {
            load(values, base(index & 1, index >> 1), axis, &lines, corner);
        }
        let [a, b, c, d] = &corners;
        let (y, z) = (
            v.share(row.place[0], row.middle[0]),
            w.share(row.place[1], row.middle[1]),
        );
        let (iv, iw) = (v.inverse(row.place[0]), w.inverse(row.place[1]));
        for line in 0..count {
            let (a, b, c, d) = (a[line], b[line], c[line], d[line]);
            let (below, above) = (a + y * (b - a), c + y * (d - c));
            let (rise, twist) = (b - a, (d - c) - (b - a));
            self.value[line] = below + z * (above - below);
            self.v[line] = (rise + z * twist) * iv;
            self.w[line] = (above - below) * iw;
            self.vw[line] = twist * iv * iw;
        }
        range(&corners, count)
    }
}

/// Least and largest of the first `count` values of each row.
#[inline(always)]
fn range(rows: &[OnLines; 4], count: usize) -> [f64; 2] {
    let [a, b, c, d] = rows;
    let (mut low, mut high) = ([a[0]; LINES], [a[0]; LINES]);
    for line in 0..count.min(LINES) {
        let (a, b, c, d) = (a[line], b[line], c[line], d[line]);
        low[line] = smaller(smaller(a, b), smaller(c, d));
        high[line] = larger(larger(a, b), larger(c, d));
    }
    [least_of(&low, smaller), least_of(&high, larger)]
}

/// The first of all values in the order of `first`, several at a time.
#[inline(always)]
fn least_of(values: &OnLines, first: impl Fn(f64, f64) -> f64) -> f64 {
    let (eights, rest) = values.as_chunks::<8>();
    let mut lanes = [values[0]; 8];
    for eight in eights {
        for (lane, value) in lanes.iter_mut().zip(eight) {
            *lane = first(*lane, *value);
        }
    }
    lanes
        .iter()
        .chain(rest)
        .fold(values[0], |a, b| first(a, *b))
}

/// The lines around interpolation cells that follow each other; a mask may divide one, which then stands twice.
#[inline(always)]
fn lines_of(columns: &[usize]) -> Range<usize> {
    match columns {
        [first, .., last] => *first..last + 2,
        [only] => *only..only + 2,
        [] => 0..0,
    }
}

#[inline(always)]
fn load<T: Real>(
    values: &[T],
    base: isize,
    axis: &AxisNodes,
    lines: &Range<usize>,
    out: &mut OnLines,
) {
    if !lines.is_empty() && axis.is_contiguous(lines.start, lines.end - 1) {
        let start = (base + axis.offset(lines.start)) as usize;
        for (out, value) in out.iter_mut().zip(&values[start..start + lines.len()]) {
            *out = value.to_f64();
        }
    } else {
        for (out, line) in out.iter_mut().zip(lines.clone()) {
            *out = values[(base + axis.offset(line)) as usize].to_f64();
        }
    }
}
