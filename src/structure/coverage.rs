//! Exact coverage of lattice cells by a plane region: area, centroid and second moments of the covered
//! part of every cell that the boundary crosses, by Green's theorem along each edge.
//!
//! Each edge is cut at the lattice lines. A piece from `p` to `q` adds to its own cell the part to the
//! right of it, and to all cells further right in its row a strip over the piece's height; a sweep along
//! the row adds the strips up, so that inside and outside need no test of their own.

use super::cutter::{Piece, cut};
use super::moments::{Moments, PartialCell, contribution, full_width};
use crate::geometry::{PlanarRegion, Point2};
use std::ops::Range;

/// How far a strip's height may be from a full row (or from nothing) and still count as that.
const FULL_ROUNDING: f64 = 1e-11;

/// Cells `start..end` of a row, each covered by the same share.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Span {
    /// First cell.
    pub start: usize,
    /// One past the last cell.
    pub end: usize,
    /// Covered share of each.
    pub share: f64,
}

/// The cells of one row that a region covers.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RowCover<'a> {
    /// Row in the lattice.
    pub row: usize,
    /// Runs of cells covered evenly.
    pub spans: &'a [Span],
    /// Cells covered in part, from left to right.
    pub partials: &'a [PartialCell],
    /// Points of the boundary, from left to right: vertices and crossings with lattice lines, as cell and
    /// `(u, v)` in mm.
    pub boundary: &'a [(usize, Point2)],
}

/// The cells of a lattice that a region covers, row by row.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Cover {
    rows: Vec<RowRanges>,
    spans: Vec<Span>,
    partials: Vec<PartialCell>,
    boundary: Vec<(usize, Point2)>,
}

/// Where a row's content lies in a [`Cover`].
#[derive(Debug, Clone, PartialEq)]
struct RowRanges {
    row: usize,
    spans: Range<usize>,
    partials: Range<usize>,
    boundary: Range<usize>,
}

impl Cover {
    /// The rows that are touched, in ascending order.
    pub fn rows(&self) -> impl ExactSizeIterator<Item = RowCover<'_>> {
        self.rows.iter().map(|ranges| self.content(ranges))
    }

    /// The first row that is touched.
    pub fn first_row(&self) -> Option<usize> {
        self.rows.first().map(|ranges| ranges.row)
    }

    /// The last row that is touched.
    pub fn last_row(&self) -> Option<usize> {
        self.rows.last().map(|ranges| ranges.row)
    }

    /// A row of the lattice, if it is touched.
    pub fn row(&self, row: usize) -> Option<RowCover<'_>> {
        // Rows are neighbours as a rule, so that the first guess is the answer.
        let first = self.rows.first()?.row;
        let guess = row.checked_sub(first)?;
        let found = match self.rows.get(guess) {
            Some(ranges) if ranges.row == row => ranges,
            _ => {
                let at = self.rows.binary_search_by_key(&row, |ranges| ranges.row);
                &self.rows[at.ok()?]
            }
        };
        Some(self.content(found))
    }

    fn content(&self, ranges: &RowRanges) -> RowCover<'_> {
        RowCover {
            row: ranges.row,
            spans: &self.spans[ranges.spans.clone()],
            partials: &self.partials[ranges.partials.clone()],
            boundary: &self.boundary[ranges.boundary.clone()],
        }
    }

    /// Adds a row below all others by its spans alone.
    pub fn push_spans(&mut self, row: usize, spans: &[Span]) {
        let start = self.spans.len();
        self.spans.extend_from_slice(spans);
        self.rows.push(RowRanges {
            row,
            spans: start..self.spans.len(),
            partials: self.partials.len()..self.partials.len(),
            boundary: self.boundary.len()..self.boundary.len(),
        });
    }

    fn run(&mut self, start: usize, end: usize, row: Range<usize>, strip: &Strip) {
        let height = strip.moments[0];
        if start >= end || height.abs() <= FULL_ROUNDING {
            return;
        }
        if (height - 1.0).abs() <= FULL_ROUNDING {
            self.full(start..end, row);
            return;
        }
        for column in start..end {
            self.cell(
                column,
                row.clone(),
                &full_width(&strip.moments),
                strip.corners(),
            );
        }
    }

    fn cell(&mut self, column: usize, row: Range<usize>, moments: &Moments, corners: u8) {
        if (moments[0] - 1.0).abs() <= FULL_ROUNDING {
            self.full(column..column + 1, row);
        } else {
            let partial = PartialCell::new(column, moments, corners);
            self.partials.extend(partial);
        }
    }

    /// Adds full cells, to the last span of the row (its spans begin at `row.start`) where they adjoin it.
    fn full(&mut self, cells: Range<usize>, row: Range<usize>) {
        match self.spans[row.start..].last_mut() {
            Some(span) if span.end == cells.start && span.share == 1.0 => span.end = cells.end,
            _ => self.spans.push(Span {
                start: cells.start,
                end: cells.end,
                share: 1.0,
            }),
        }
    }
}

/// Coverage of the cells between ascending lattice lines by a region. Rows that are not touched are left
/// out; what lies beyond the outer lines is not counted.
pub fn cover_rows(region: &PlanarRegion, u_lines: &[f64], v_lines: &[f64]) -> Cover {
    let mut cover = Cover::default();
    let (Some(columns), Some(rows)) = (u_lines.len().checked_sub(1), v_lines.len().checked_sub(1))
    else {
        return cover;
    };
    if columns == 0 || rows == 0 {
        return cover;
    }
    let pieces = &cut(region, u_lines, v_lines);
    let (order, starts) = by_row(pieces, rows);
    cover.boundary.reserve(pieces.len());
    for (row, bounds) in starts.windows(2).enumerate() {
        let order = &order[bounds[0]..bounds[1]];
        if !order.is_empty() {
            let ends = [v_lines[row], v_lines[row + 1]];
            sweep(&mut cover, row, pieces, order, u_lines, ends);
        }
    }
    cover
}

/// The order of pieces by row and then by column, and where each row starts.
fn by_row(pieces: &[Piece], rows: usize) -> (Vec<Place>, Vec<usize>) {
    let mut starts = vec![0; rows + 1];
    for piece in pieces {
        starts[piece.row as usize + 1] += 1;
    }
    for row in 0..rows {
        starts[row + 1] += starts[row];
    }
    let mut next = starts.clone();
    let mut order = vec![Place::default(); pieces.len()];
    for (index, piece) in pieces.iter().enumerate() {
        let place = &mut next[piece.row as usize];
        order[*place] = Place {
            column: piece.column,
            index: index as u32,
        };
        *place += 1;
    }
    for bounds in starts.windows(2) {
        order[bounds[0]..bounds[1]].sort_unstable();
    }
    (order, starts)
}

/// A piece by its column.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
struct Place {
    column: i32,
    index: u32,
}

/// What lies to the left of a place in a row: moments over v (1, v, vv), and whether the row's lower and upper
/// line are inside there.
#[derive(Default)]
struct Strip {
    moments: [f64; 3],
    low: i32,
    high: i32,
}

impl Strip {
    /// Of a cell in which nothing changes: its inside corners as bits.
    fn corners(&self) -> u8 {
        3 * u8::from(self.low != 0) + 12 * u8::from(self.high != 0)
    }
}

/// Adds the strips up from left to right and turns the sums into spans and partly covered cells.
fn sweep(
    cover: &mut Cover,
    row: usize,
    pieces: &[Piece],
    order: &[Place],
    u_lines: &[f64],
    [low, high]: [f64; 2],
) {
    let columns = u_lines.len() - 1;
    let starts = [
        cover.spans.len(),
        cover.partials.len(),
        cover.boundary.len(),
    ];
    let spans = starts[0]..usize::MAX;
    let mut strip = Strip::default();
    let mut column = 0;
    let mut index = 0;
    let per_v = 1.0 / (high - low);
    let local_v = |v: f64| match v {
        v if v <= low => -0.5,
        v if v >= high => 0.5,
        v => (v - low) * per_v - 0.5,
    };
    while let Some(first) = order.get(index) {
        let here = usize::try_from(first.column).ok();
        if let Some(next) = here {
            cover.run(column, next.min(columns), spans.clone(), &strip);
            column = next + 1;
        }
        let before = (strip.low, strip.high);
        let mut own = full_width(&strip.moments);
        // Beside the lattice only the strip counts.
        let [left, right] = match here {
            Some(here) if here < columns => [u_lines[here], u_lines[here + 1]],
            Some(_) => [u_lines[columns], f64::INFINITY],
            None => [f64::NEG_INFINITY, u_lines[0]],
        };
        let per_u = 1.0 / (right - left);
        let inside = here.is_some_and(|here| here < columns);
        while let Some(place) = order
            .get(index)
            .filter(|place| place.column == first.column)
        {
            index += 1;
            let Piece { p, q, .. } = pieces[place.index as usize];
            if (low..=high).contains(&p[1]) && (u_lines[0]..=u_lines[columns]).contains(&p[0]) {
                let cell = here.unwrap_or(0).min(columns - 1);
                cover.boundary.push((cell, p));
            }
            let (ya, yb) = (local_v(p[1]), local_v(q[1]));
            if ya == yb {
                continue;
            }
            let sign = if ya > yb { 1 } else { -1 };
            strip.low += if ya.min(yb) == -0.5 { sign } else { 0 };
            strip.high += if ya.max(yb) == 0.5 { sign } else { 0 };
            let local_u = |u: f64| ((u - left) * per_u).clamp(0.0, 1.0) - 0.5;
            let (xa, xb) = if inside {
                (local_u(p[0]), local_u(q[0]))
            } else {
                (0.5, 0.5)
            };
            let (cell, beyond) = contribution([xa, ya], [xb, yb]);
            add(&mut own, &cell);
            add(&mut strip.moments, &beyond);
        }
        if let (Some(here), true) = (here, inside) {
            let corners = u8::from(before.0 != 0)
                + 2 * u8::from(strip.low != 0)
                + 4 * u8::from(before.1 != 0)
                + 8 * u8::from(strip.high != 0);
            cover.cell(here, spans.clone(), &own, corners);
        }
    }
    cover.run(column, columns, spans, &strip);
    cover.rows.push(RowRanges {
        row,
        spans: starts[0]..cover.spans.len(),
        partials: starts[1]..cover.partials.len(),
        boundary: starts[2]..cover.boundary.len(),
    });
}

fn add<const N: usize>(sum: &mut [f64; N], part: &[f64; N]) {
    for (sum, part) in sum.iter_mut().zip(part) {
        *sum += part;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn lines(n: usize, step: f64, start: f64) -> Vec<f64> {
        (0..=n).map(|i| start + i as f64 * step).collect()
    }

    fn total(rows: &Cover, area: f64) -> f64 {
        rows.rows()
            .map(|row| {
                let spans: f64 = row
                    .spans
                    .iter()
                    .map(|s| (s.end - s.start) as f64 * s.share)
                    .sum();
                let partials: f64 = row.partials.iter().map(|cell| cell.share).sum();
                (spans + partials) * area
            })
            .sum()
    }

    #[test]
    fn a_rectangle_within_rows() {
        let ring = vec![[0.5, 0.25], [3.5, 0.25], [3.5, 1.75], [0.5, 1.75]];
        let region = PlanarRegion::from_even_odd(&[ring]);
        let rows = cover_rows(&region, &lines(4, 1.0, 0.0), &lines(2, 1.0, 0.0));
        assert!((total(&rows, 1.0) - 4.5).abs() < 1e-12);
        let first = rows.row(0).unwrap();
        assert_eq!(first.spans.len(), 0);
        let middle = first.partials[1];
        assert!((middle.share - 0.75).abs() < 1e-12);
        assert!((middle.centroid[1] - 0.125).abs() < 1e-12 && middle.centroid[0].abs() < 1e-12);
        assert!((middle.spread[1] - 0.75 * 0.75 / 12.0).abs() < 1e-12);
        assert!((middle.spread[0] - 1.0 / 12.0).abs() < 1e-12);
    }

    #[test]
    fn a_triangle_in_one_cell() {
        let region = PlanarRegion::from_even_odd(&[vec![[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]]]);
        let rows = cover_rows(&region, &[0.0, 1.0], &[0.0, 1.0]);
        let cell = rows.row(0).unwrap().partials[0];
        // Right triangle with unit legs: area 1/2, centroid 1/3, variances 1/18, covariance -1/36.
        assert!((cell.share - 0.5).abs() < 1e-12);
        assert!((cell.centroid[0] - (1.0 / 3.0 - 0.5)).abs() < 1e-12);
        assert!((cell.spread[0] - 1.0 / 18.0).abs() < 1e-12);
        assert!((cell.spread[2] + 1.0 / 36.0).abs() < 1e-12);
    }

    #[test]
    fn what_lies_outside_the_lattice_is_not_counted() {
        let region = PlanarRegion::from_even_odd(&[vec![
            [-5.0, -5.0],
            [5.0, -5.0],
            [5.0, 5.0],
            [-5.0, 5.0],
        ]]);
        let rows = cover_rows(&region, &lines(3, 1.0, 0.0), &lines(3, 1.0, 0.0));
        assert!((total(&rows, 1.0) - 9.0).abs() < 1e-12);
        let beside = PlanarRegion::from_even_odd(&[vec![[10.0, 0.0], [11.0, 0.0], [11.0, 1.0]]]);
        assert!(
            total(
                &cover_rows(&beside, &lines(3, 1.0, 0.0), &lines(3, 1.0, 0.0)),
                1.0
            ) == 0.0
        );
    }

    proptest! {
        #[test]
        fn area_and_first_moments_are_kept(
            radii in prop::collection::vec(2.0..9.0_f64, 3..40),
            shift in (-1.0..1.0_f64, -1.0..1.0_f64),
            step in 0.3..3.0_f64,
        ) {
            let n = radii.len() as f64;
            let ring: Vec<Point2> = radii.iter().enumerate().map(|(i, r)| {
                let angle = std::f64::consts::TAU * i as f64 / n;
                [shift.0 + r * angle.cos(), shift.1 + r * angle.sin()]
            }).collect();
            // Shoelace sums of the ring itself, independent of any lattice.
            let (mut area, mut mu) = (0.0, 0.0);
            for (i, p) in ring.iter().enumerate() {
                let q = ring[(i + 1) % ring.len()];
                let w = p[0] * q[1] - q[0] * p[1];
                area += 0.5 * w;
                mu += w * (p[0] + q[0]) / 6.0;
            }
            let region = PlanarRegion::from_even_odd(&[ring]);
            let grid = lines((22.0 / step) as usize + 1, step, -11.0);
            let rows = cover_rows(&region, &grid, &grid);
            prop_assert!((total(&rows, step * step) - area).abs() < 1e-9 * area);
            let first: f64 = rows.rows().map(|row| {
                let spans: f64 = row.spans.iter().flat_map(|s| s.start..s.end).map(|c| grid[c] + 0.5 * step).sum();
                let partials: f64 = row.partials.iter().map(|cell| cell.share * (grid[cell.column] + (0.5 + cell.centroid[0]) * step)).sum();
                (spans + partials) * step * step
            }).sum();
            prop_assert!((first - mu).abs() < 1e-8 * area);
        }
    }
}
