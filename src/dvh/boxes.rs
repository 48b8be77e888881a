//! Whole coarse cells, a row at a time: mean dose and spread of each, in loops that the compiler can vectorise.

use super::axis::AxisNodes;
use super::field::Field;
use super::sample::{BoxSpread, Sample, Spread};
use crate::dose::{Part, Values};
use crate::isoeffect::Real;

/// Mean dose and spread of the cells of a row.
#[derive(Default)]
pub(super) struct Boxes {
    pub(super) mean: Vec<f64>,
    pub(super) spread: Vec<BoxSpread>,
    samples: Vec<Sample>,
    nodes: Vec<Node>,
}

/// The dose on a line between cells, blended along v and w, with its slopes.
#[derive(Clone, Copy, Default)]
struct Node {
    value: f64,
    v: f64,
    w: f64,
    vw: f64,
}

/// Where a row lies between voxels along v and w.
struct Blend {
    corners: [isize; 4],
    shares: [f64; 2],
    inverse: [f64; 2],
}

impl Blend {
    fn new([_, v, w]: &[AxisNodes; 3], place: [usize; 2], middle: [f64; 2]) -> Self {
        let base = |j: usize, k: usize| v.offset(place[0] + j) + w.offset(place[1] + k);
        Self {
            corners: [base(0, 0), base(1, 0), base(0, 1), base(1, 1)],
            shares: [v.share(place[0], middle[0]), w.share(place[1], middle[1])],
            inverse: [v.inverse(place[0]), w.inverse(place[1])],
        }
    }

    #[inline(always)]
    fn node(&self, [a, b, c, d]: [f64; 4]) -> Node {
        let ([y, z], [iv, iw]) = (self.shares, self.inverse);
        let (below, above) = (a + y * (b - a), c + y * (d - c));
        let (rise, twist) = (b - a, (d - c) - (b - a));
        Node {
            value: below + z * (above - below),
            v: (rise + z * twist) * iv,
            w: (above - below) * iw,
            vw: twist * iv * iw,
        }
    }
}

impl Boxes {
    pub(super) fn clear(&mut self) {
        self.mean.clear();
        self.spread.clear();
    }

    /// Adds a cell of a size; NaN where there is no dose.
    pub(super) fn push(&mut self, sample: Option<Sample>, size: [f64; 3]) {
        let spread = sample.map(|sample| BoxSpread::new(&sample, size));
        self.mean
            .push(sample.map_or(f64::NAN, |sample| sample.value));
        self.spread.push(spread.unwrap_or_default());
    }

    /// Samples a row of boxes between `lines` along u, of the same size along v and w: `columns` are their
    /// interpolation cells along u, `place` those along v and w. Returns bounds of the dose.
    pub(super) fn sample(
        &mut self,
        field: &Field<'_>,
        columns: &[usize],
        lines: &[f64],
        place: [usize; 2],
        middle: [f64; 2],
        size: [f64; 2],
    ) -> [f64; 2] {
        self.clear();
        let ([first, ..], [.., last]) = (columns, columns) else {
            return [0.0, 0.0];
        };
        let blend = Blend::new(&field.axes, place, middle);
        let nodes = [*first, *last + 1];
        let mut bounds = [0.0, 0.0];
        self.samples.clear();
        for part in field.parts {
            let range = match &part.values {
                Values::F32(values) => self.blend(values, &field.axes[0], nodes, &blend),
                Values::F64(values) => self.blend(values, &field.axes[0], nodes, &blend),
            };
            bounds[0] += part.transform.value(range[0]);
            bounds[1] += part.transform.value(range[1]);
            self.cells(&field.axes[0], columns, lines, part, size);
        }
        for (sample, pair) in self.samples.iter().zip(lines.windows(2)) {
            let size = [pair[1] - pair[0], size[0], size[1]];
            self.mean.push(sample.value);
            self.spread.push(BoxSpread::new(sample, size));
        }
        bounds
    }

    /// Blends the voxels of four rows on the lines `first..=last`; returns their range.
    fn blend<T: Real>(
        &mut self,
        values: &[T],
        axis: &AxisNodes,
        [first, last]: [usize; 2],
        blend: &Blend,
    ) -> [f64; 2] {
        self.nodes.clear();
        let mut range = [f64::INFINITY, f64::NEG_INFINITY];
        let mut see = |[a, b, c, d]: [f64; 4]| {
            range[0] = range[0].min(a.min(b).min(c.min(d)));
            range[1] = range[1].max(a.max(b).max(c.max(d)));
        };
        if axis.is_contiguous(first, last) {
            let start = axis.offset(first);
            let rows = blend
                .corners
                .map(|corner| &values[(corner + start) as usize..][..=last - first]);
            self.nodes
                .extend(rows[0].iter().zip(rows[1]).zip(rows[2]).zip(rows[3]).map(
                    |(((a, b), c), d)| {
                        let corners = [*a, *b, *c, *d].map(T::to_f64);
                        see(corners);
                        blend.node(corners)
                    },
                ));
        } else {
            self.nodes.extend((first..=last).map(|line| {
                let offset = axis.offset(line);
                let corners = blend
                    .corners
                    .map(|corner| values[(corner + offset) as usize].to_f64());
                see(corners);
                blend.node(corners)
            }));
        }
        range
    }

    /// Adds a part's samples in the middles of the cells.
    fn cells(
        &mut self,
        axis: &AxisNodes,
        columns: &[usize],
        lines: &[f64],
        part: &Part<'_>,
        size: [f64; 2],
    ) {
        let begun = !self.samples.is_empty();
        let first = columns[0];
        let identity = part.transform.is_identity();
        for (index, (column, pair)) in columns.iter().zip(lines.windows(2)).enumerate() {
            let (a, b) = (&self.nodes[column - first], &self.nodes[column - first + 1]);
            let share = axis.share(*column, 0.5 * (pair[0] + pair[1]));
            let inverse = axis.inverse(*column);
            let mix = |a: f64, b: f64| a + share * (b - a);
            let physical = Sample {
                value: mix(a.value, b.value),
                gradient: [(b.value - a.value) * inverse, mix(a.v, b.v), mix(a.w, b.w)],
                twist: [
                    (b.v - a.v) * inverse,
                    (b.w - a.w) * inverse,
                    mix(a.vw, b.vw),
                ],
            };
            let sample = if identity {
                physical
            } else {
                let size = [pair[1] - pair[0], size[0], size[1]];
                let variance = Spread::of_box(size).variance(&physical);
                physical.transformed(&part.transform, variance)
            };
            if begun {
                self.samples[index].add(sample);
            } else {
                self.samples.push(sample);
            }
        }
    }
}
