//! Outlines of a plane section: marching squares, rings, resampling, keyholes.

use crate::geometry::Point2;

/// A lattice of values in a plane, row by row; the outermost values count as outside.
#[derive(Debug, Clone)]
pub(super) struct Lattice {
    /// Position of the first value in mm.
    pub(super) origin: Point2,
    /// Distance between values in mm.
    pub(super) step: f64,
    /// Values in a row.
    pub(super) columns: usize,
    /// Rows.
    pub(super) rows: usize,
    /// The values; negative is inside.
    pub(super) values: Vec<f64>,
}

/// No crossing follows this one.
const NONE: usize = usize::MAX;
/// What a lattice value on the border is set to, so that every outline closes.
const OUTSIDE: f64 = 1.0;

impl Lattice {
    fn value(&self, row: usize, column: usize) -> f64 {
        let border = row == 0 || column == 0 || row + 1 == self.rows || column + 1 == self.columns;
        let value = self.values[row * self.columns + column];
        // A value of exactly zero would put a crossing on a node, where four cells meet.
        match (border, value == 0.0) {
            (true, _) => value.max(OUTSIDE),
            (false, true) => f64::MIN_POSITIVE,
            (false, false) => value,
        }
    }

    /// Crossings are numbered by their lattice edge: even from a node to its right, odd to the node below.
    fn crossing(&self, edge: usize) -> Point2 {
        let (row, column) = (edge / 2 / self.columns, edge / 2 % self.columns);
        let here = self.value(row, column);
        let mut at = [column as f64, row as f64];
        if edge.is_multiple_of(2) {
            at[0] += here / (here - self.value(row, column + 1));
        } else {
            at[1] += here / (here - self.value(row + 1, column));
        }
        [
            self.origin[0] + self.step * at[0],
            self.origin[1] + self.step * at[1],
        ]
    }

    /// The pieces of outline in one cell as pairs of lattice edges, the inside on their left when y points up.
    fn pieces(&self, row: usize, column: usize) -> [Option<(usize, usize)>; 2] {
        let node = row * self.columns + column;
        let (bottom, left) = (2 * node, 2 * node + 1);
        let (top, right) = (2 * (node + self.columns), 2 * (node + 1) + 1);
        let corners = [
            self.value(row, column),
            self.value(row, column + 1),
            self.value(row + 1, column + 1),
            self.value(row + 1, column),
        ];
        let inside = corners.map(|value| value < 0.0);
        let joined = corners.iter().sum::<f64>() < 0.0;
        match inside {
            [false, false, false, false] | [true, true, true, true] => [None, None],
            [true, false, false, false] => [Some((bottom, left)), None],
            [false, true, false, false] => [Some((right, bottom)), None],
            [false, false, true, false] => [Some((top, right)), None],
            [false, false, false, true] => [Some((left, top)), None],
            [false, true, true, true] => [Some((left, bottom)), None],
            [true, false, true, true] => [Some((bottom, right)), None],
            [true, true, false, true] => [Some((right, top)), None],
            [true, true, true, false] => [Some((top, left)), None],
            [true, true, false, false] => [Some((right, left)), None],
            [false, true, true, false] => [Some((top, bottom)), None],
            [false, false, true, true] => [Some((left, right)), None],
            [true, false, false, true] => [Some((bottom, top)), None],
            [true, false, true, false] if joined => [Some((bottom, right)), Some((top, left))],
            [true, false, true, false] => [Some((bottom, left)), Some((top, right))],
            [false, true, false, true] if joined => [Some((left, bottom)), Some((right, top))],
            [false, true, false, true] => [Some((right, bottom)), Some((left, top))],
        }
    }

    /// The closed outlines: outer rings have positive area, holes negative.
    pub(super) fn rings(&self) -> Vec<Vec<Point2>> {
        let mut next = vec![NONE; 2 * self.values.len()];
        let mut starts = Vec::new();
        for row in 0..self.rows.saturating_sub(1) {
            for column in 0..self.columns.saturating_sub(1) {
                for (from, to) in self.pieces(row, column).into_iter().flatten() {
                    next[from] = to;
                    starts.push(from);
                }
            }
        }
        let mut rings = Vec::new();
        for start in starts {
            let mut ring = Vec::new();
            let mut edge = start;
            while next[edge] != NONE {
                ring.push(self.crossing(edge));
                edge = std::mem::replace(&mut next[edge], NONE);
            }
            if ring.len() >= 3 {
                rings.push(ring);
            }
        }
        rings
    }
}

/// Signed area in square millimetres.
pub(super) fn area(ring: &[Point2]) -> f64 {
    let doubled: f64 = edges(ring).map(|(a, b)| a[0] * b[1] - b[0] * a[1]).sum();
    0.5 * doubled
}

/// Length of the closed ring in mm.
pub(super) fn perimeter(ring: &[Point2]) -> f64 {
    edges(ring)
        .map(|(a, b)| (b[0] - a[0]).hypot(b[1] - a[1]))
        .sum()
}

/// Whether a point lies in the ring, by the even-odd rule.
pub(super) fn contains(ring: &[Point2], [x, y]: Point2) -> bool {
    edges(ring)
        .filter(|(a, b)| (a[1] > y) != (b[1] > y))
        .filter(|(a, b)| x < a[0] + (y - a[1]) / (b[1] - a[1]) * (b[0] - a[0]))
        .count()
        % 2
        == 1
}

fn edges(ring: &[Point2]) -> impl Iterator<Item = (Point2, Point2)> + '_ {
    ring.iter()
        .copied()
        .zip(ring.iter().copied().cycle().skip(1))
}

/// The ring with `count` points at equal distances along it, rounded to hundredths of a millimetre.
pub(super) fn resample(ring: &[Point2], count: usize) -> Vec<Point2> {
    let step = perimeter(ring) / count as f64;
    let mut points = Vec::with_capacity(count);
    let mut travelled = 0.0;
    for (a, b) in edges(ring) {
        let length = (b[0] - a[0]).hypot(b[1] - a[1]);
        while points.len() < count && points.len() as f64 * step < travelled + length {
            let t = (points.len() as f64 * step - travelled) / length;
            points.push([0, 1].map(|axis| hundredths(a[axis] + t * (b[axis] - a[axis]))));
        }
        travelled += length;
    }
    points.dedup();
    points
}

/// Rounded to what a contour file prints.
pub(super) fn hundredths(value: f64) -> f64 {
    (100.0 * value).round() / 100.0
}

/// Cuts holes into a ring through bridges that are walked twice: one ring of the same region.
pub(super) fn keyhole(outer: Vec<Point2>, mut holes: Vec<Vec<Point2>>) -> Vec<Point2> {
    let mut ring = outer;
    // The nearest hole first: then no bridge can cross another hole.
    while let Some((hole, from, to)) = nearest(&ring, &holes) {
        let hole = holes.swap_remove(hole);
        let mut joined = Vec::with_capacity(ring.len() + hole.len() + 2);
        joined.extend_from_slice(&ring[..=from]);
        joined.extend(hole[to..].iter().chain(&hole[..=to]));
        joined.extend_from_slice(&ring[from..]);
        ring = joined;
    }
    ring
}

/// The hole nearest to the ring, and the two points at which they are closest.
fn nearest(ring: &[Point2], holes: &[Vec<Point2>]) -> Option<(usize, usize, usize)> {
    let mut best = None;
    let mut shortest = f64::INFINITY;
    for (index, hole) in holes.iter().enumerate() {
        for (to, q) in hole.iter().enumerate() {
            for (from, p) in ring.iter().enumerate() {
                let distance = (p[0] - q[0]).hypot(p[1] - q[1]);
                if distance < shortest {
                    shortest = distance;
                    best = Some((index, from, to));
                }
            }
        }
    }
    best
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lattice(f: impl Fn(f64, f64) -> f64) -> Lattice {
        let (columns, rows) = (61, 51);
        let values = (0..rows * columns)
            .map(|n| f(-30.0 + (n % columns) as f64, -25.0 + (n / columns) as f64))
            .collect();
        Lattice {
            origin: [-30.0, -25.0],
            step: 1.0,
            columns,
            rows,
            values,
        }
    }

    #[test]
    fn circle_with_a_hole() {
        let rings = lattice(|x, y| (x.hypot(y) - 20.0).max(8.0 - x.hypot(y - 3.0))).rings();
        let mut areas: Vec<f64> = rings.iter().map(|ring| area(ring)).collect();
        areas.sort_by(f64::total_cmp);
        let pi = std::f64::consts::PI;
        assert_eq!(areas.len(), 2);
        assert!((areas[0] + 64.0 * pi).abs() < 2.0, "{areas:?}");
        assert!((areas[1] - 400.0 * pi).abs() < 2.0, "{areas:?}");
        let hole = resample(&rings[usize::from(area(&rings[0]) > 0.0)], 40);
        let outer = resample(&rings[usize::from(area(&rings[0]) < 0.0)], 90);
        let both = area(&outer) + area(&hole);
        let ring = keyhole(outer, vec![hole]);
        assert_eq!(ring.len(), 90 + 40 + 2);
        assert!((area(&ring) - both).abs() < 1e-9);
        assert!(contains(&ring, [0.0, -15.0]) && !contains(&ring, [0.0, 3.0]));
    }

    #[test]
    fn saddles_and_the_border_close() {
        let saddle = lattice(|x, y| 0.02 * x * y + 1.0);
        assert!(saddle.rings().iter().all(|ring| area(ring) > 0.0));
        let everything = lattice(|_, _| -1.0).rings();
        assert_eq!(everything.len(), 1);
        assert!((area(&everything[0]) - 59.0 * 49.0).abs() < 1.0);
        assert!(lattice(|_, _| 0.0).rings().is_empty());
    }
}
