//! The edges of a region cut at the lines of a lattice, so that each piece lies within one cell.

use crate::geometry::{PlanarRegion, Point2};

/// A piece of an edge within one cell; cells left of the lattice are -1.
#[derive(Clone, Copy)]
pub(super) struct Piece {
    pub(super) row: u32,
    pub(super) column: i32,
    pub(super) p: Point2,
    pub(super) q: Point2,
}

/// Cuts the edges of a region at ascending lattice lines.
pub(super) fn cut(region: &PlanarRegion, u_lines: &[f64], v_lines: &[f64]) -> Vec<Piece> {
    let points = region.rings().iter().map(Vec::len).sum::<usize>();
    let mut cutter = Cutter {
        u_lines,
        v_lines,
        pieces: Vec::with_capacity(2 * points),
    };
    for ring in region.rings() {
        cutter.ring(ring);
    }
    cutter.pieces
}

/// Cuts edges at lattice lines.
struct Cutter<'a> {
    u_lines: &'a [f64],
    v_lines: &'a [f64],
    pieces: Vec<Piece>,
}

/// One coordinate of a point that walks along an edge from cell to cell.
struct Walk<'a> {
    lines: &'a [f64],
    start: f64,
    delta: f64,
    cell: isize,
}

impl<'a> Walk<'a> {
    /// Starts in the cell of the first point, which is looked for from a guess on: on a line it is the cell that the
    /// edge goes into.
    fn new(lines: &'a [f64], start: f64, end: f64, guess: isize) -> Self {
        let delta = end - start;
        let is_passed = |line: isize| {
            let line = usize::try_from(line).ok().and_then(|line| lines.get(line));
            line.is_some_and(|line| *line < start || (delta >= 0.0 && *line == start))
        };
        let mut cell = guess;
        while is_passed(cell + 1) {
            cell += 1;
        }
        while cell >= 0 && !is_passed(cell) {
            cell -= 1;
        }
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

/// Whether two positions lie strictly within one cell.
fn within(lines: &[f64], cell: isize, a: f64, b: f64) -> bool {
    let Ok(cell) = usize::try_from(cell) else {
        return false;
    };
    matches!(lines.get(cell..cell + 2), Some([low, high]) if *low < a.min(b) && a.max(b) < *high)
}

impl Cutter<'_> {
    fn ring(&mut self, ring: &[Point2]) {
        let Some(mut a) = ring.last().copied() else {
            return;
        };
        // The cell of the last point: most edges are shorter than a cell and stay in it.
        let mut cell = [-1, -1];
        for b in ring {
            if within(self.u_lines, cell[0], a[0], b[0])
                && within(self.v_lines, cell[1], a[1], b[1])
            {
                self.push(cell[1], cell[0], a, *b);
            } else {
                cell = self.cut(a, *b, cell);
            }
            a = *b;
        }
    }

    /// Cuts an edge that begins in or near a cell (column, row); returns that in which it ends.
    fn cut(&mut self, a: Point2, b: Point2, near: [isize; 2]) -> [isize; 2] {
        let mut u = Walk::new(self.u_lines, a[0], b[0], near[0]);
        let mut v = Walk::new(self.v_lines, a[1], b[1], near[1]);
        let mut p = a;
        loop {
            let (cu, cv) = (u.next(), v.next());
            let tu = cu.map_or(f64::INFINITY, |crossing| crossing.0);
            let tv = cv.map_or(f64::INFINITY, |crossing| crossing.0);
            let t = tu.min(tv);
            if t >= 1.0 {
                self.push(v.cell, u.cell, p, b);
                return [u.cell, v.cell];
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
            self.push(v.cell, u.cell, p, q);
            if tu <= t {
                u.step();
            }
            if tv <= t {
                v.step();
            }
            p = q;
        }
    }

    /// Keeps a piece. One that only touches the outer line of the lattice from outside counts in the cell inside,
    /// where it adds no area but is boundary.
    #[inline]
    fn push(&mut self, row: isize, column: isize, p: Point2, q: Point2) {
        let (columns, rows) = (
            self.u_lines.len() as isize - 1,
            self.v_lines.len() as isize - 1,
        );
        let on = |row: isize, line: usize| (0..rows).contains(&row) && p[1] == self.v_lines[line];
        let row = match row {
            -1 if on(0, 0) => 0,
            row if row == rows && on(rows - 1, rows as usize) => rows - 1,
            row => row,
        };
        if (0..rows).contains(&row) && column <= columns {
            self.pieces.push(Piece {
                row: row as u32,
                column: column as i32,
                p,
                q,
            });
        }
    }
}
