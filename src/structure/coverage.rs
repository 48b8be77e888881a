//! Exact coverage of lattice cells by a plane region: area, centroid and second moments of the covered
//! part of every cell that the boundary crosses, by Green's theorem along each edge.
//!
//! Each edge is cut at the lattice lines. A piece from `p` to `q` adds to its own cell the part to the
//! right of it, and to all cells further right in its row a strip over the piece's height; a sweep along
//! the row adds the strips up, so that inside and outside need no test of their own.

use crate::geometry::{PlanarRegion, Point2};

/// How far a strip's height may be from a full row (or from nothing) and still count as that.
const FULL_ROUNDING: f64 = 1e-11;
/// A covered share below this is rounding.
const LEAST_AREA: f64 = 1e-13;

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

/// A cell that is covered in part. Lengths are in units of the cell, from its centre.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PartialCell {
    /// Cell in the row.
    pub column: usize,
    /// Covered share of its area.
    pub share: f64,
    /// Centroid of the covered part.
    pub centroid: Point2,
    /// Variances of the covered part along u and v, and their covariance.
    pub spread: [f64; 3],
}

/// The cells of one row that a region covers.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct RowCover {
    /// Row in the lattice.
    pub row: usize,
    /// Runs of cells covered evenly.
    pub spans: Vec<Span>,
    /// Cells covered in part.
    pub partials: Vec<PartialCell>,
    /// Points of the boundary: vertices and crossings with lattice lines, as cell and `(u, v)` in mm.
    pub boundary: Vec<(usize, Point2)>,
}

/// Area moments about the cell's centre in units of the cell: 1, u, v, uu, vv, uv.
type Moments = [f64; 6];

/// What one piece of an edge adds: to its own cell, and per strip (1, v, vv) to the cells on the right.
struct Entry {
    column: isize,
    own: Moments,
    strip: [f64; 3],
}

#[derive(Default)]
struct Row {
    entries: Vec<Entry>,
    boundary: Vec<(usize, Point2)>,
}

/// Coverage of the cells between ascending lattice lines by a region. Rows that are not touched are left
/// out; what lies beyond the outer lines is not counted.
pub fn cover_rows(region: &PlanarRegion, u_lines: &[f64], v_lines: &[f64]) -> Vec<RowCover> {
    let rows = v_lines.len().saturating_sub(1);
    if rows == 0 || u_lines.len() < 2 {
        return Vec::new();
    }
    let mut lattice = Cutter {
        u_lines,
        v_lines,
        rows: Vec::new(),
    };
    lattice.rows.resize_with(rows, Row::default);
    for ring in region.rings() {
        for (index, point) in ring.iter().enumerate() {
            lattice.cut(*point, ring[(index + 1) % ring.len()]);
        }
    }
    let columns = u_lines.len() - 1;
    lattice
        .rows
        .into_iter()
        .enumerate()
        .filter(|(_, row)| !(row.entries.is_empty() && row.boundary.is_empty()))
        .map(|(row, content)| sweep(row, content, columns))
        .collect()
}

/// Cuts edges at lattice lines and hands the pieces to their rows.
struct Cutter<'a> {
    u_lines: &'a [f64],
    v_lines: &'a [f64],
    rows: Vec<Row>,
}

/// One coordinate of a point that walks along an edge from cell to cell.
struct Walk<'a> {
    lines: &'a [f64],
    start: f64,
    delta: f64,
    cell: isize,
}

impl<'a> Walk<'a> {
    fn new(lines: &'a [f64], start: f64, end: f64) -> Self {
        let delta = end - start;
        let cell = if delta < 0.0 {
            lines.partition_point(|line| *line < start)
        } else {
            lines.partition_point(|line| *line <= start)
        } as isize
            - 1;
        Self {
            lines,
            start,
            delta,
            cell,
        }
    }

    /// The line that is crossed next, and where on the edge (0 to 1).
    fn next(&self) -> Option<(f64, f64)> {
        let index = match self.delta {
            delta if delta > 0.0 => self.cell + 1,
            delta if delta < 0.0 => self.cell,
            _ => return None,
        };
        let line = *self.lines.get(usize::try_from(index).ok()?)?;
        Some(((line - self.start) / self.delta, line))
    }

    fn step(&mut self) {
        self.cell += if self.delta > 0.0 { 1 } else { -1 };
    }
}

impl Cutter<'_> {
    fn cut(&mut self, a: Point2, b: Point2) {
        let (u_lines, v_lines) = (self.u_lines, self.v_lines);
        let mut u = Walk::new(u_lines, a[0], b[0]);
        let mut v = Walk::new(v_lines, a[1], b[1]);
        let mut p = a;
        loop {
            let (cu, cv) = (u.next(), v.next());
            let tu = cu.map_or(f64::INFINITY, |crossing| crossing.0);
            let tv = cv.map_or(f64::INFINITY, |crossing| crossing.0);
            let t = tu.min(tv);
            if t >= 1.0 {
                self.piece(v.cell, u.cell, p, b);
                return;
            }
            let along = |walk: &Walk<'_>, end: f64| {
                let value = walk.start + t * walk.delta;
                // Rounding must not carry a piece beyond the edge that it belongs to.
                value.clamp(walk.start.min(end), walk.start.max(end))
            };
            let q = [
                cu.filter(|crossing| crossing.0 <= t)
                    .map_or_else(|| along(&u, b[0]), |crossing| crossing.1),
                cv.filter(|crossing| crossing.0 <= t)
                    .map_or_else(|| along(&v, b[1]), |crossing| crossing.1),
            ];
            self.piece(v.cell, u.cell, p, q);
            if tu <= t {
                u.step();
            }
            if tv <= t {
                v.step();
            }
            p = q;
        }
    }

    fn piece(&mut self, row: isize, column: isize, p: Point2, q: Point2) {
        self.pass(row, column, p);
        let (Ok(row_index), columns) = (usize::try_from(row), self.u_lines.len() as isize - 1)
        else {
            return;
        };
        let Some(row) = self.rows.get_mut(row_index) else {
            return;
        };
        if column >= columns {
            return;
        }
        let (low, high) = (self.v_lines[row_index], self.v_lines[row_index + 1]);
        let local_v = |v: f64| ((v - low) / (high - low)).clamp(0.0, 1.0) - 0.5;
        let (ya, yb) = (local_v(p[1]), local_v(q[1]));
        let (xa, xb) = if let Ok(column) = usize::try_from(column) {
            let (left, right) = (self.u_lines[column], self.u_lines[column + 1]);
            let local_u = |u: f64| ((u - left) / (right - left)).clamp(0.0, 1.0) - 0.5;
            (local_u(p[0]), local_u(q[0]))
        } else {
            (0.5, 0.5)
        };
        row.entries.push(Entry {
            column,
            ..contribution([xa, ya], [xb, yb])
        });
    }

    /// Keeps a boundary point that lies in the lattice or on its outer lines; one on an outer line belongs to
    /// the cell inside. The end of each piece is the start of the next, so starts are enough.
    fn pass(&mut self, row: isize, column: isize, p: Point2) {
        let within = |lines: &[f64], x: f64| matches!(lines, [first, .., last] if (*first..=*last).contains(&x));
        if within(self.u_lines, p[0]) && within(self.v_lines, p[1]) {
            let column = column.clamp(0, self.u_lines.len() as isize - 2) as usize;
            let row = row.clamp(0, self.v_lines.len() as isize - 2) as usize;
            self.rows[row].boundary.push((column, p));
        }
    }
}

/// Integrals along a straight piece in cell units, coordinates from the cell's centre.
///
/// With the ring counter-clockwise the part to the right of a piece is `-integral (1/2 - x) dy`; higher
/// moments alike. Along a straight line each integrand is a polynomial, so the means are exact.
fn contribution([xa, ya]: Point2, [xb, yb]: Point2) -> Entry {
    let dy = ya - yb;
    let x = 0.5 * (xa + xb);
    let xx = (xa * xa + xa * xb + xb * xb) / 3.0;
    let xxx = 0.25 * (xa + xb) * (xa * xa + xb * xb);
    let y = 0.5 * (ya + yb);
    let yy = (ya * ya + ya * yb + yb * yb) / 3.0;
    let xy = (2.0 * (xa * ya + xb * yb) + xa * yb + xb * ya) / 6.0;
    let xxy = (ya * (3.0 * xa * xa + 2.0 * xa * xb + xb * xb)
        + yb * (xa * xa + 2.0 * xa * xb + 3.0 * xb * xb))
        / 12.0;
    let xyy = (xa * (3.0 * ya * ya + 2.0 * ya * yb + yb * yb)
        + xb * (ya * ya + 2.0 * ya * yb + 3.0 * yb * yb))
        / 12.0;
    Entry {
        column: 0,
        own: [
            dy * (0.5 - x),
            dy * 0.5 * (0.25 - xx),
            dy * (0.5 * y - xy),
            dy * (0.125 - xxx) / 3.0,
            dy * (0.5 * yy - xyy),
            dy * 0.5 * (0.25 * y - xxy),
        ],
        strip: [dy, dy * y, dy * yy],
    }
}

/// Adds the strips up from left to right and turns the sums into spans and partly covered cells.
fn sweep(row: usize, content: Row, columns: usize) -> RowCover {
    let mut entries = content.entries;
    entries.sort_by_key(|entry| entry.column);
    let mut cover = RowCover {
        row,
        boundary: content.boundary,
        ..RowCover::default()
    };
    let mut strip = [0.0; 3];
    let mut column = 0;
    let mut index = 0;
    while index < entries.len() {
        let here = entries[index].column;
        if let Ok(next) = usize::try_from(here) {
            run(&mut cover, column, next, &strip);
            column = next + 1;
        }
        let mut own = full_width(&strip);
        while let Some(entry) = entries.get(index).filter(|entry| entry.column == here) {
            add(&mut own, &entry.own);
            add(&mut strip, &entry.strip);
            index += 1;
        }
        if let Ok(next) = usize::try_from(here) {
            cell(&mut cover, next, &own);
        }
    }
    run(&mut cover, column, columns, &strip);
    cover
}

fn add<const N: usize>(sum: &mut [f64; N], part: &[f64; N]) {
    for (sum, part) in sum.iter_mut().zip(part) {
        *sum += part;
    }
}

/// Moments of a strip over the whole width of a cell.
fn full_width(strip: &[f64; 3]) -> Moments {
    [strip[0], 0.0, strip[1], strip[0] / 12.0, strip[2], 0.0]
}

/// Cells between two columns with entries: inside, outside, or under an edge that runs along the row.
fn run(cover: &mut RowCover, start: usize, end: usize, strip: &[f64; 3]) {
    if start >= end || strip[0].abs() <= FULL_ROUNDING {
        return;
    }
    if (strip[0] - 1.0).abs() <= FULL_ROUNDING {
        cover.spans.push(Span {
            start,
            end,
            share: 1.0,
        });
        return;
    }
    for column in start..end {
        cell(cover, column, &full_width(strip));
    }
}

fn cell(cover: &mut RowCover, column: usize, moments: &Moments) {
    let [share, u, v, uu, vv, uv] = *moments;
    if share <= LEAST_AREA {
        return;
    }
    if (share - 1.0).abs() <= FULL_ROUNDING {
        match cover.spans.last_mut() {
            Some(span) if span.end == column && span.share == 1.0 => span.end = column + 1,
            _ => cover.spans.push(Span {
                start: column,
                end: column + 1,
                share: 1.0,
            }),
        }
        return;
    }
    // Slivers have moments that are differences of nearly equal numbers: hold them to what a cell allows.
    let centroid = [(u / share).clamp(-0.5, 0.5), (v / share).clamp(-0.5, 0.5)];
    let variance = |second: f64, mean: f64| (second / share - mean * mean).clamp(0.0, 0.25);
    let (su, sv) = (variance(uu, centroid[0]), variance(vv, centroid[1]));
    let limit = (su * sv).sqrt();
    let covariance = (uv / share - centroid[0] * centroid[1]).clamp(-limit, limit);
    cover.partials.push(PartialCell {
        column,
        share: share.min(1.0),
        centroid,
        spread: [su, sv, covariance],
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn lines(n: usize, step: f64, start: f64) -> Vec<f64> {
        (0..=n).map(|i| start + i as f64 * step).collect()
    }

    fn total(rows: &[RowCover], area: f64) -> f64 {
        rows.iter()
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
        let first = &rows[0];
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
        let cell = rows[0].partials[0];
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
            let first: f64 = rows.iter().map(|row| {
                let spans: f64 = row.spans.iter().flat_map(|s| s.start..s.end).map(|c| grid[c] + 0.5 * step).sum();
                let partials: f64 = row.partials.iter().map(|cell| cell.share * (grid[cell.column] + (0.5 + cell.centroid[0]) * step)).sum();
                (spans + partials) * step * step
            }).sum();
            prop_assert!((first - mu).abs() < 1e-8 * area);
        }
    }
}
