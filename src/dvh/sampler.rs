//! Reading the dose cell by cell: one row of coarse cells in one layer at a time, each cell's dose made once.

use super::boxes::{BoxRow, Boxes, Sampling, Scales};
use super::field::{Field, Orientation};
use super::lattice::Lattice;
use super::sample::{Sample, Spread};
use super::trilinear::Trilinear;
use pulp::Arch;
use std::ops::Range;

/// A reader of the dose in one row of coarse cells.
pub(super) struct Sampler<'p, 'a> {
    field: &'p Field<'a>,
    lattice: &'p Lattice,
    row: usize,
    layer: usize,
    /// Cells of the present row carry the present stamp.
    stamp: u64,
    cells: Vec<Stamped>,
    /// The doses of each cell, part by part.
    doses: Vec<Trilinear>,
    pub(super) boxes: Boxes,
    /// The vector instructions that this processor has.
    arch: Arch,
}

#[derive(Clone, Copy, Default)]
struct Stamped {
    stamp: u64,
    bounds: [f64; 2],
}

impl<'p, 'a> Sampler<'p, 'a> {
    pub(super) fn new(field: &'p Field<'a>, lattice: &'p Lattice) -> Self {
        let columns = lattice.u.cells();
        Self {
            field,
            lattice,
            row: 0,
            layer: 0,
            stamp: 0,
            cells: vec![Stamped::default(); columns],
            doses: vec![Trilinear::default(); columns * field.parts.len()],
            boxes: Boxes::default(),
            arch: Arch::new(),
        }
    }

    /// Goes to a row of coarse cells in a layer.
    pub(super) fn begin(&mut self, row: usize, layer: usize) {
        (self.row, self.layer) = (row, layer);
        self.stamp += 1;
    }

    /// The interpolation cell of a coarse cell in the present row.
    #[inline]
    fn place(&self, cells: &[Vec<usize>; 3], column: usize) -> [usize; 3] {
        [cells[0][column], cells[1][self.row], cells[2][self.layer]]
    }

    /// Makes the doses of a cell unless they are there; returns bounds that no dose in it exceeds.
    #[inline]
    fn prepare(&mut self, column: usize, place: [usize; 3]) -> [f64; 2] {
        if self.cells[column].stamp != self.stamp {
            let parts = self.field.parts;
            let mut bounds = [0.0, 0.0];
            for (index, part) in parts.iter().enumerate() {
                let dose = self.field.cell(index, place);
                let [low, high] = dose.bounds();
                bounds[0] += part.transform.value(low);
                bounds[1] += part.transform.value(high);
                self.doses[column * parts.len() + index] = dose;
            }
            self.cells[column] = Stamped {
                stamp: self.stamp,
                bounds,
            };
        }
        self.cells[column].bounds
    }

    /// Bounds that no dose in a coarse cell exceeds.
    #[inline]
    pub(super) fn bounds(&mut self, column: usize) -> [f64; 2] {
        match &self.field.orientation {
            Orientation::Aligned(cells) => self.prepare(column, self.place(cells, column)),
            Orientation::Oblique(_) => [f64::NEG_INFINITY, f64::INFINITY],
        }
    }

    /// Samples a shape around a point of a coarse cell, and the share of it that the dose reaches; `None` where it
    /// reaches nothing.
    #[inline]
    pub(super) fn at(
        &mut self,
        column: usize,
        point: [f64; 3],
        spread: &Spread,
    ) -> Option<(Sample, f64)> {
        let cells = match &self.field.orientation {
            Orientation::Aligned(cells) => cells,
            Orientation::Oblique(map) => return self.field.over_oblique(map, point, spread),
        };
        let place = self.place(cells, column);
        self.prepare(column, place);
        let (shares, inverse) = (self.field.shares(place, point), self.field.inverse(place));
        let parts = self.field.parts;
        let mut sum = Sample::default();
        for (part, dose) in parts.iter().zip(&self.doses[column * parts.len()..]) {
            let own = dose.sample(shares, inverse);
            if part.transform.is_identity() {
                sum.add(own);
            } else {
                sum.add(own.transformed(&part.transform, spread.variance(&own)));
            }
        }
        Some((sum, 1.0))
    }

    /// The dose in a point of a coarse cell, held to the cell's bounds so that it does not depend on whether
    /// others were looked at.
    #[inline]
    pub(super) fn value(&mut self, column: usize, point: [f64; 3]) -> Option<f64> {
        let cells = match &self.field.orientation {
            Orientation::Aligned(cells) => cells,
            Orientation::Oblique(map) => {
                return Some(self.field.at_oblique(map, point)?.value);
            }
        };
        let place = self.place(cells, column);
        let [low, high] = self.prepare(column, place);
        let shares = self.field.shares(place, point);
        let parts = self.field.parts;
        let sum: f64 = parts
            .iter()
            .zip(&self.doses[column * parts.len()..])
            .map(|(part, dose)| part.transform.value(dose.value(shares)))
            .sum();
        Some(sum.clamp(low, high))
    }

    /// Samples whole coarse cells `columns`, at most [`LANES`], between two heights into `boxes`; NaN where the dose
    /// does not reach. Returns bounds that no dose in them exceeds.
    pub(super) fn boxes(
        &mut self,
        columns: Range<usize>,
        [low, high]: [f64; 2],
        scales: &Scales,
    ) -> [f64; 2] {
        let lattice = self.lattice;
        let [bottom, top] = [self.row, self.row + 1].map(|line| lattice.v.coarse[line]);
        let size = [top - bottom, high - low];
        let middle = [0.5 * (bottom + top), 0.5 * (low + high)];
        let lines = &lattice.u.coarse[columns.start..=columns.end];
        match &self.field.orientation {
            Orientation::Aligned(cells) => {
                let row = BoxRow {
                    columns: &cells[0][columns],
                    lines,
                    place: [cells[1][self.row], cells[2][self.layer]],
                    middle,
                    size,
                };
                self.arch.dispatch(Sampling {
                    boxes: &mut self.boxes,
                    field: self.field,
                    row,
                    scales,
                })
            }
            Orientation::Oblique(map) => {
                for (cell, pair) in lines.windows(2).enumerate() {
                    let size = [pair[1] - pair[0], size[0], size[1]];
                    let point = [0.5 * (pair[0] + pair[1]), middle[0], middle[1]];
                    let spread = Spread::of_box(size);
                    let sample = self.field.over_oblique(map, point, &spread);
                    self.boxes.set(cell, sample, size, scales);
                }
                [f64::NEG_INFINITY, f64::INFINITY]
            }
        }
    }
}
