//! Whole coarse cells, a few dozen of a row at a time: mean dose and spread of each, in loops over arrays of fixed
//! length that the compiler turns into vector instructions.

use super::axis::AxisNodes;
use super::field::Field;
use super::sample::{BoxSpread, Sample};
use crate::dose::{Part, Values};
use crate::isoeffect::{Real, Transform};
use std::ops::Range;

/// Cells that are sampled at a time.
pub(super) const LANES: usize = 32;
/// Lines around them.
const LINES: usize = LANES + 1;

type Cells = [f64; LANES];
type OnLines = [f64; LINES];

/// Mean dose and spread of up to [`LANES`] cells of a row.
pub(super) struct Boxes {
    /// NaN where the dose does not reach.
    pub(super) mean: Cells,
    wide: Cells,
    narrow: Cells,
    least: Cells,
    twist: Cells,
}

impl Default for Boxes {
    fn default() -> Self {
        let none = [0.0; LANES];
        Self {
            mean: none,
            wide: none,
            narrow: none,
            least: none,
            twist: none,
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

impl Boxes {
    /// How the dose of a cell varies.
    #[inline]
    pub(super) fn spread(&self, cell: usize) -> BoxSpread {
        BoxSpread {
            wide: self.wide[cell],
            narrow: self.narrow[cell],
            least: self.least[cell],
            twist: self.twist[cell],
        }
    }

    /// Mean dose of some cells of one size together, and their dose as one even spread of the same variance; `None`
    /// where one of them is better taken alone.
    #[inline]
    pub(super) fn together(
        &self,
        cells: Range<usize>,
        alone: impl Fn(f64, &BoxSpread) -> bool,
    ) -> Option<(f64, f64)> {
        let count = cells.len() as f64;
        let first = self.mean[cells.start];
        let (mut shift, mut square, mut own) = (0.0, 0.0, 0.0);
        for cell in cells {
            let (mean, spread) = (self.mean[cell], self.spread(cell));
            if alone(mean, &spread) {
                return None;
            }
            let above = mean - first;
            shift += above;
            square += above * above;
            own += spread.square();
        }
        let between = square / count - (shift / count) * (shift / count);
        let width = (own / count + 12.0 * between).max(0.0).sqrt();
        Some((first + shift / count, width))
    }

    /// Sets one cell of a size; NaN where there is no dose.
    pub(super) fn set(&mut self, cell: usize, sample: Option<Sample>, size: [f64; 3]) {
        let spread = sample.map(|sample| BoxSpread::new(&sample, size));
        let spread = spread.unwrap_or_default();
        self.mean[cell] = sample.map_or(f64::NAN, |sample| sample.value);
        self.wide[cell] = spread.wide;
        self.narrow[cell] = spread.narrow;
        self.least[cell] = spread.least;
        self.twist[cell] = spread.twist;
    }

    /// Samples at most [`LANES`] boxes. Returns bounds of the dose.
    pub(super) fn sample(&mut self, field: &Field<'_>, row: &BoxRow<'_>) -> [f64; 2] {
        let count = row.columns.len().min(LANES);
        let mut width = [0.0; LANES];
        for (width, pair) in width.iter_mut().zip(row.lines.windows(2)) {
            *width = pair[1] - pair[0];
        }
        let mut own = Samples::new();
        match field.parts {
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
        }
    }

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

/// The smaller of two numbers of which neither is NaN: one instruction, unlike `f64::min`.
#[inline]
fn smaller(a: f64, b: f64) -> f64 {
    if a < b { a } else { b }
}

#[inline]
fn larger(a: f64, b: f64) -> f64 {
    if a > b { a } else { b }
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
    fn read(&mut self, part: &Part<'_>, axes: &[AxisNodes; 3], row: &BoxRow<'_>) -> [f64; 2] {
        let mut blended = Blended::new();
        let range = match &part.values {
            Values::F32(values) => blended.fill(values, axes, row),
            Values::F64(values) => blended.fill(values, axes, row),
        };
        let axis = &axes[0];
        let count = row.columns.len().min(LANES);
        let (mut share, mut inverse) = ([0.0; LANES], [0.0; LANES]);
        for (cell, (column, pair)) in row.columns.iter().zip(row.lines.windows(2)).enumerate() {
            if cell < LANES {
                share[cell] = axis.share(*column, 0.5 * (pair[0] + pair[1]));
                inverse[cell] = axis.inverse(*column);
            }
        }
        let mut middle = |cell: usize, line: usize| {
            let (share, inverse) = (share[cell], inverse[cell]);
            let rise = |on: &OnLines| on[line + 1] - on[line];
            let mix = |on: &OnLines| on[line] + share * rise(on);
            self.value[cell] = mix(&blended.value);
            self.gradient[0][cell] = rise(&blended.value) * inverse;
            self.gradient[1][cell] = mix(&blended.v);
            self.gradient[2][cell] = mix(&blended.w);
            self.twist[0][cell] = rise(&blended.v) * inverse;
            self.twist[1][cell] = rise(&blended.w) * inverse;
            self.twist[2][cell] = mix(&blended.vw);
        };
        let lines = lines_of(row.columns);
        if lines.len() == count + 1 {
            for cell in 0..count {
                middle(cell, cell);
            }
        } else {
            for (cell, column) in row.columns[..count].iter().enumerate() {
                middle(cell, (column - lines.start).min(LANES - 1));
            }
        }
        range
    }

    /// Adds a part, transformed as [`Sample::transformed`] does it.
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
fn range(rows: &[OnLines; 4], count: usize) -> [f64; 2] {
    let [a, b, c, d] = rows;
    let (mut low, mut high) = ([a[0]; 4], [a[0]; 4]);
    for line in 0..count.min(LINES) {
        let (a, b, c, d) = (a[line], b[line], c[line], d[line]);
        let lane = line & 3;
        low[lane] = smaller(low[lane], smaller(smaller(a, b), smaller(c, d)));
        high[lane] = larger(high[lane], larger(larger(a, b), larger(c, d)));
    }
    [
        low.into_iter().fold(a[0], smaller),
        high.into_iter().fold(a[0], larger),
    ]
}

/// The lines around interpolation cells that follow each other; a mask may divide one, which then stands twice.
fn lines_of(columns: &[usize]) -> Range<usize> {
    match columns {
        [first, .., last] => *first..last + 2,
        [only] => *only..only + 2,
        [] => 0..0,
    }
}

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
