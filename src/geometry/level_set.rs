//! Where a field on the nodes of a plane lattice reaches a level: closed rings, by marching squares.

use super::Point2;

const NONE: u32 = u32::MAX;

/// Values at the nodes of a lattice, `values[row * us.len() + column]`, relative to the level: at least 0 is inside.
#[derive(Debug, Clone, Copy)]
pub struct NodeField<'a> {
    /// Positions of the columns in mm, ascending.
    pub us: &'a [f64],
    /// Positions of the rows in mm, ascending.
    pub vs: &'a [f64],
    /// Values less the level.
    pub values: &'a [f64],
}

/// How a crossing is found between nodes, and how a boundary runs between crossings.
#[derive(Clone, Copy)]
pub enum Between<'a> {
    /// The field is linear between nodes, boundaries are straight from crossing to crossing.
    Straight,
    /// Along the hyperbola on which the bilinear interpolant has the level.
    Bilinear,
    /// As straight, but where the field changes by more than one half between nodes the crossing is searched for by
    /// halving the way so many times, asking what lies inside.
    Searched(&'a dyn Fn(Point2) -> bool, usize),
}

/// How far in cells a boundary may be from its hyperbola.
const HYPERBOLA_CELLS: f64 = 1e-3;
const MOST_HALVINGS: u32 = 5;
/// Change of a field between nodes above which a straight line is not trusted.
const STEEP: f64 = 0.5;

impl NodeField<'_> {
    /// The rings that bound the nodes inside, counter-clockwise around them; where they meet the outermost
    /// nodes the lattice ends, and so does the region.
    ///
    /// In a cell of two opposite corners inside, the value at the saddle of the bilinear interpolant decides.
    pub fn rings(&self, between: Between<'_>) -> Vec<Vec<Point2>> {
        // A margin of nodes outside closes every ring.
        let (columns, rows) = (self.us.len() + 2, self.vs.len() + 2);
        if self.us.len() < 2 || self.vs.len() < 2 {
            return Vec::new();
        }
        let mut links = vec![NONE; 2 * columns * rows];
        let mut starts = Vec::new();
        for row in 0..rows - 1 {
            let mut right = [false; 2];
            for column in 0..columns - 1 {
                let left = right;
                right = [
                    self.is_inside(column + 1, row),
                    self.is_inside(column + 1, row + 1),
                ];
                let corners = [left[0], right[0], right[1], left[1]];
                if corners != [left[0]; 4] {
                    self.link(column, row, corners, columns, &mut links, &mut starts);
                }
            }
        }
        starts
            .into_iter()
            .filter_map(|start| self.follow(start, columns, &mut links, between))
            .collect()
    }

    /// Node of the lattice with its margin.
    fn is_inside(&self, column: usize, row: usize) -> bool {
        self.value(column, row).is_some_and(|value| value >= 0.0)
    }

    fn value(&self, column: usize, row: usize) -> Option<f64> {
        let (column, row) = (column.checked_sub(1)?, row.checked_sub(1)?);
        (column < self.us.len() && row < self.vs.len())
            .then(|| self.values[row * self.us.len() + column])
    }

    /// Joins the crossings of a cell: each piece begins where the way around the cell leaves the inside.
    fn link(
        &self,
        column: usize,
        row: usize,
        corners: [bool; 4],
        columns: usize,
        links: &mut [u32],
        starts: &mut Vec<u32>,
    ) {
        let node = (row * columns + column) as u32;
        let above = node + columns as u32;
        // Sides around the cell: bottom, right, top, left; even ids run along u, odd ones along v.
        let sides = [2 * node, 2 * (node + 1) + 1, 2 * above, 2 * node + 1];
        let leaves = |side: usize| corners[side] && !corners[(side + 1) % 4];
        let enters = |side: usize| !corners[side] && corners[(side + 1) % 4];
        let saddle = (0..4).filter(|side| leaves(*side)).count() == 2;
        let joined = saddle && self.saddle_is_inside(column, row);
        for side in (0..4).filter(|side| leaves(*side)) {
            // Around a lone corner outside to the next side, or around what is inside to the one before.
            let end = if joined {
                (side + 1) % 4
            } else if saddle {
                (side + 3) % 4
            } else {
                (0..4).find(|side| enters(*side)).unwrap_or(side)
            };
            links[sides[side] as usize] = sides[end];
            starts.push(sides[side]);
        }
    }

    fn saddle_is_inside(&self, column: usize, row: usize) -> bool {
        let at = |c: usize, r: usize| self.value(column + c, row + r);
        let (Some(a), Some(b), Some(c), Some(d)) = (at(0, 0), at(1, 0), at(1, 1), at(0, 1)) else {
            return false;
        };
        (a * c - b * d) / (a + c - b - d) >= 0.0
    }

    fn follow(
        &self,
        start: u32,
        columns: usize,
        links: &mut [u32],
        between: Between<'_>,
    ) -> Option<Vec<Point2>> {
        let mut ring: Vec<Point2> = Vec::new();
        let mut side = start;
        while links[side as usize] != NONE {
            let next = std::mem::replace(&mut links[side as usize], NONE);
            let point = self.crossing(side, columns, between);
            push(&mut ring, point);
            if matches!(between, Between::Bilinear) {
                let end = self.crossing(next, columns, between);
                if let Some(cell) = self.shared_cell(side, next, columns) {
                    self.curve(cell, point, end, MOST_HALVINGS, &mut ring);
                }
            }
            side = next;
        }
        while ring.len() > 1 && ring.first() == ring.last() {
            ring.pop();
        }
        (ring.len() >= 3).then_some(ring)
    }

    /// Where the level is reached on a side; beside the lattice at its outermost node.
    fn crossing(&self, side: u32, columns: usize, between: Between<'_>) -> Point2 {
        let [a, b] = ends(side, columns);
        let place = |(column, row): (usize, usize)| {
            let near = |lines: &[f64], index: usize| lines[index.clamp(1, lines.len()) - 1];
            [near(self.us, column), near(self.vs, row)]
        };
        let (p, q) = (place(a), place(b));
        match (self.value(a.0, a.1), self.value(b.0, b.1)) {
            (Some(x), Some(y))
                if let Between::Searched(inside, halvings) = between
                    && (x - y).abs() > STEEP =>
            {
                let (inner, outer) = if x >= 0.0 { (p, q) } else { (q, p) };
                halved(inner, outer, inside, halvings)
            }
            (Some(x), Some(y)) => {
                let t = x / (x - y);
                [p[0] + t * (q[0] - p[0]), p[1] + t * (q[1] - p[1])]
            }
            (Some(_), None) => p,
            _ => q,
        }
    }

    /// The cell of the lattice proper (column, row of its lower node) that two sides bound together.
    fn shared_cell(&self, one: u32, two: u32, columns: usize) -> Option<(usize, usize)> {
        let ends = [ends(one, columns), ends(two, columns)].concat();
        let column = ends.iter().map(|end| end.0).min()?.checked_sub(1)?;
        let row = ends.iter().map(|end| end.1).min()?.checked_sub(1)?;
        (column + 1 < self.us.len() && row + 1 < self.vs.len()).then_some((column, row))
    }

    /// Points of the hyperbola between two of its points in a cell, halved until chords are close.
    fn curve(
        &self,
        cell: (usize, usize),
        p: Point2,
        q: Point2,
        halvings: u32,
        ring: &mut Vec<Point2>,
    ) {
        let (i, j) = cell;
        let (u0, v0) = (self.us[i], self.vs[j]);
        let (du, dv) = (self.us[i + 1] - u0, self.vs[j + 1] - v0);
        let at = |c: usize, r: usize| self.values[(j + r) * self.us.len() + i + c];
        // f = a + b s + c t + d s t in units of the cell.
        let (a, b, c) = (at(0, 0), at(1, 0) - at(0, 0), at(0, 1) - at(0, 0));
        let d = at(1, 1) - at(1, 0) - c;
        let s = (0.5 * (p[0] + q[0]) - u0) / du;
        let t = (0.5 * (p[1] + q[1]) - v0) / dv;
        let (along_s, along_t) = (b + d * t, c + d * s);
        let (on_s, on_t) = if along_s.abs() > along_t.abs() {
            (-(a + c * t) / along_s, t)
        } else if along_t != 0.0 {
            (s, -(a + b * s) / along_t)
        } else {
            return;
        };
        let off = (on_s - s).hypot(on_t - t);
        let within = [on_s, on_t].iter().all(|x| (0.0..=1.0).contains(x));
        if halvings == 0 || off <= HYPERBOLA_CELLS || !within {
            return;
        }
        let middle = [u0 + on_s * du, v0 + on_t * dv];
        self.curve(cell, p, middle, halvings - 1, ring);
        push(ring, middle);
        self.curve(cell, middle, q, halvings - 1, ring);
    }
}

/// The nodes at the ends of a side, as column and row.
fn ends(side: u32, columns: usize) -> [(usize, usize); 2] {
    let node = side as usize / 2;
    let (column, row) = (node % columns, node / columns);
    if side.is_multiple_of(2) {
        [(column, row), (column + 1, row)]
    } else {
        [(column, row), (column, row + 1)]
    }
}

/// The last place inside on the way from one point to another.
fn halved(
    mut inner: Point2,
    mut outer: Point2,
    inside: &dyn Fn(Point2) -> bool,
    halvings: usize,
) -> Point2 {
    for _ in 0..halvings {
        let middle = [0.5 * (inner[0] + outer[0]), 0.5 * (inner[1] + outer[1])];
        if inside(middle) {
            inner = middle;
        } else {
            outer = middle;
        }
    }
    inner
}

fn push(ring: &mut Vec<Point2>, point: Point2) {
    if ring.last() != Some(&point) {
        ring.push(point);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geometry::PlanarRegion;

    fn lines(n: usize, step: f64, start: f64) -> Vec<f64> {
        (0..n).map(|i| start + i as f64 * step).collect()
    }

    fn area(us: &[f64], vs: &[f64], between: Between<'_>, f: impl Fn(f64, f64) -> f64) -> f64 {
        let values: Vec<f64> = vs
            .iter()
            .flat_map(|v| us.iter().map(|u| f(*u, *v)).collect::<Vec<_>>())
            .collect();
        let field = NodeField {
            us,
            vs,
            values: &values,
        };
        let rings = field.rings(between);
        let signed: f64 = rings
            .iter()
            .map(|ring| PlanarRegion::from_even_odd(std::slice::from_ref(ring)).area_mm2())
            .sum();
        let region = PlanarRegion::from_even_odd(&rings);
        assert!(signed >= region.area_mm2() - 1e-9);
        region.area_mm2()
    }

    #[test]
    fn disc_with_a_hole() {
        let (us, vs) = (lines(81, 0.5, -20.0), lines(101, 0.4, -20.0));
        let ring = |u: f64, v: f64| {
            let r = u.hypot(v);
            (12.0 - r).min(r - 5.0)
        };
        let expected = std::f64::consts::PI * (144.0 - 25.0);
        let found = area(&us, &vs, Between::Straight, ring);
        assert!((found / expected - 1.0).abs() < 5e-4, "{found} {expected}");
    }

    #[test]
    fn a_hyperbola_within_one_cell() {
        // u v >= 1/4 in the unit square: area 1 - 1/4 - 1/4 ln 4.
        let found = area(&[0.0, 1.0], &[0.0, 1.0], Between::Bilinear, |u, v| {
            u * v - 0.25
        });
        let expected = 0.75 - 0.25 * 4.0_f64.ln();
        assert!((found - expected).abs() < 1e-3, "{found} {expected}");
    }

    #[test]
    fn saddles_follow_the_interpolant() {
        // Opposite corners of value x, the others -y: joined where x > y, for then the saddle is above 0.
        let corners = |x: f64, y: f64| {
            let values = [x, -y, -y, x];
            let field = NodeField {
                us: &[0.0, 1.0],
                vs: &[0.0, 1.0],
                values: &values,
            };
            field.rings(Between::Straight).len()
        };
        assert_eq!((corners(2.0, 1.0), corners(1.0, 2.0)), (1, 2));
    }

    #[test]
    fn what_reaches_the_edge_ends_there() {
        let (us, vs) = (lines(4, 1.0, 0.0), lines(3, 2.0, 1.0));
        assert!((area(&us, &vs, Between::Straight, |_, _| 1.0) - 12.0).abs() < 1e-9);
        assert!((area(&us, &vs, Between::Bilinear, |u, _| u - 0.5) - 10.0).abs() < 1e-9);
        assert_eq!(area(&us, &vs, Between::Straight, |_, _| -1.0), 0.0);
        // A node exactly on the level is inside.
        assert!((area(&us, &vs, Between::Straight, |u, _| u - 1.0) - 8.0).abs() < 1e-9);
    }
}
