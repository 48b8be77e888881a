//! The region where a function on a lattice is above zero, as polygons (marching squares).

use super::{PlanarRegion, PlaneLattice, Point2};

/// No lattice edge.
const NONE: u32 = u32::MAX;

/// The region where the values on a lattice are above zero.
///
/// Its boundary crosses each lattice edge between a value above zero and one that is not; there the values are
/// taken as a parabola, its bend the smaller of those at the two ends (none where these differ in sign). Within
/// a square with two opposite corners inside, the mean of the four decides whether these are joined. Nodes on
/// the rim of the lattice count as outside.
///
/// Source: Lorensen and Cline, Computer Graphics 21(4), 1987, in two dimensions.
///
/// ```
/// use hepadose::geometry::{PlaneLattice, region_above_zero};
/// let lattice = PlaneLattice { origin: [-2.0, -2.0], step_mm: 0.125, columns: 33, rows: 33 };
/// let values: Vec<f64> = (0..lattice.nodes())
///     .map(|node| lattice.position(node % 33, node / 33))
///     .map(|[x, y]| 1.0 - x * x - y * y)
///     .collect();
/// let disc = region_above_zero(&lattice, &values);
/// assert!((disc.area_mm2() - std::f64::consts::PI).abs() < 0.01);
/// ```
pub fn region_above_zero(lattice: &PlaneLattice, values: &[f64]) -> PlanarRegion {
    if lattice.columns < 3 || lattice.rows < 3 || values.len() != lattice.nodes() {
        return PlanarRegion::default();
    }
    let mut squares = Squares {
        lattice,
        values,
        next: vec![NONE; 2 * lattice.nodes()],
        starts: Vec::new(),
    };
    squares.link();
    PlanarRegion::from_simple_rings(squares.rings())
}

struct Squares<'a> {
    lattice: &'a PlaneLattice,
    values: &'a [f64],
    /// From the lattice edge where the boundary enters a square to that where it leaves, the inside on its left.
    /// Edge `2 n` runs from node `n` along the row, `2 n + 1` along the column.
    next: Vec<u32>,
    starts: Vec<u32>,
}

impl Squares<'_> {
    fn is_inside(&self, node: usize) -> bool {
        let (column, row) = (node % self.lattice.columns, node / self.lattice.columns);
        self.values[node] > 0.0
            && column > 0
            && row > 0
            && column + 1 < self.lattice.columns
            && row + 1 < self.lattice.rows
    }

    fn link(&mut self) {
        let columns = self.lattice.columns;
        let mut below = vec![false; columns];
        let mut above = vec![false; columns];
        for row in 0..self.lattice.rows - 1 {
            let first = row * columns;
            let inner = row + 2 < self.lattice.rows;
            above.fill(false);
            if inner {
                let line = &self.values[first + columns..first + 2 * columns];
                for (flag, value) in above[1..columns - 1].iter_mut().zip(&line[1..columns - 1]) {
                    *flag = *value > 0.0;
                }
            }
            for column in 0..columns - 1 {
                let corners = [
                    below[column],
                    below[column + 1],
                    above[column + 1],
                    above[column],
                ];
                if corners != [corners[0]; 4] {
                    self.square(first + column, corners);
                }
            }
            std::mem::swap(&mut below, &mut above);
        }
    }

    /// Links the edges of one square, corners counter-clockwise from its first node.
    fn square(&mut self, node: usize, corners: [bool; 4]) {
        let columns = self.lattice.columns;
        let edges = [
            2 * node,
            2 * (node + 1) + 1,
            2 * (node + columns),
            2 * node + 1,
        ];
        let (mut leaving, mut entering) = ([0; 2], [0; 2]);
        let (mut left, mut entered) = (0, 0);
        for side in 0..4 {
            match (corners[side], corners[(side + 1) % 4]) {
                (true, false) => {
                    leaving[left] = side;
                    left += 1;
                }
                (false, true) => {
                    entering[entered] = side;
                    entered += 1;
                }
                _ => {}
            }
        }
        for (index, from) in leaving[..left].iter().enumerate() {
            let to = if left == 1 {
                entering[0]
            } else {
                // Two corners inside: each cut off by itself, or both joined over the middle.
                let sum: f64 = [node, node + 1, node + columns, node + columns + 1]
                    .iter()
                    .map(|node| self.values[*node])
                    .sum();
                let side = if sum > 0.0 { from + 1 } else { from + 3 } % 4;
                if entering.contains(&side) {
                    side
                } else {
                    entering[index]
                }
            };
            self.next[edges[*from]] = edges[to] as u32;
            self.starts.push(edges[*from] as u32);
        }
    }

    fn rings(&mut self) -> Vec<Vec<Point2>> {
        let mut rings = Vec::new();
        for start in std::mem::take(&mut self.starts) {
            let mut ring: Vec<Point2> = Vec::new();
            let mut edge = start;
            while edge != NONE {
                let following = std::mem::replace(&mut self.next[edge as usize], NONE);
                if following == NONE {
                    break;
                }
                let point = self.crossing(edge as usize);
                if ring.last() != Some(&point) {
                    ring.push(point);
                }
                edge = following;
            }
            while ring.len() > 1 && ring.first() == ring.last() {
                ring.pop();
            }
            if ring.len() >= 3 {
                rings.push(ring);
            }
        }
        rings
    }

    /// Where the boundary crosses a lattice edge.
    fn crossing(&self, edge: usize) -> Point2 {
        let (node, along_column) = (edge / 2, edge % 2 == 1);
        let stride = if along_column {
            self.lattice.columns
        } else {
            1
        };
        let (column, row) = (node % self.lattice.columns, node / self.lattice.columns);
        let [a, b] = [node, node + stride].map(|node| {
            // What counts as outside on the rim only has to lie below zero.
            if self.is_inside(node) {
                self.values[node]
            } else {
                self.values[node].min(0.0)
            }
        });
        let bend = match (node.checked_sub(stride), self.values.get(node + 2 * stride)) {
            (Some(before), Some(after)) if self.straddles_no_rim(column, row, along_column) => {
                smaller(self.values[before] - 2.0 * a + b, a - 2.0 * b + after)
            }
            _ => 0.0,
        };
        let t = zero(a, b, bend);
        let [x, y] = self.lattice.position(column, row);
        let shift = t * self.lattice.step_mm;
        if along_column {
            [x, y + shift]
        } else {
            [x + shift, y]
        }
    }

    fn straddles_no_rim(&self, column: usize, row: usize, along_column: bool) -> bool {
        let (at, end) = if along_column {
            (row, self.lattice.rows)
        } else {
            (column, self.lattice.columns)
        };
        at > 0 && at + 2 < end
    }
}

/// The smaller of two numbers of one sign, else 0.
fn smaller(a: f64, b: f64) -> f64 {
    if a * b <= 0.0 {
        0.0
    } else if a.abs() < b.abs() {
        a
    } else {
        b
    }
}

/// Where `a + t (b - a) - bend t (1 - t) / 2` is zero between 0 and 1; `a` and `b` differ in sign.
fn zero(a: f64, b: f64, bend: f64) -> f64 {
    // q t^2 + p t + a = 0 with q = bend / 2, p = b - a - bend / 2: one root lies between.
    let q = 0.5 * bend;
    let p = b - a - q;
    let root = (p * p - 4.0 * q * a).max(0.0).sqrt();
    let s = -0.5 * (p + root.copysign(p));
    let [first, second] = [s / q, a / s];
    let t = if (0.0..=1.0).contains(&second) {
        second
    } else {
        first
    };
    if (0.0..=1.0).contains(&t) {
        t
    } else {
        a / (a - b)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tabulated(step: f64, f: impl Fn(f64, f64) -> f64) -> PlanarRegion {
        let lattice = PlaneLattice::around([[-10.0; 2], [10.0; 2]], step, 2);
        let values: Vec<f64> = (0..lattice.nodes())
            .map(|node| lattice.position(node % lattice.columns, node / lattice.columns))
            .map(|[x, y]| f(x, y))
            .collect();
        region_above_zero(&lattice, &values)
    }

    #[test]
    fn straight_edges_are_exact() {
        let diamond = tabulated(0.7, |x, y| 5.0 - x.abs() - y.abs());
        // The corners are cut off, no more.
        assert!((diamond.area_mm2() - 50.0).abs() < 0.6);
        let band = tabulated(0.7, |x, _| 3.0 - (x - 0.1).abs());
        let [low, high] = band.bounds().unwrap();
        assert!((low[0] + 2.9).abs() < 1e-12 && (high[0] - 3.1).abs() < 1e-12);
    }

    #[test]
    fn vertices_lie_on_a_circle_and_the_area_converges() {
        let area = std::f64::consts::PI * 64.0;
        let errors = [0.8, 0.4, 0.2].map(|step| {
            let disc = tabulated(step, |x, y| 64.0 - x * x - y * y);
            for [x, y] in &disc.rings()[0] {
                assert!((x.hypot(*y) - 8.0).abs() < 1e-9);
            }
            (area - disc.area_mm2()) / area
        });
        assert!(errors[0] < 4e-3 && errors[2] < 0.3e-3, "{errors:?}");
        assert!(errors[0] > 3.0 * errors[1] && errors[1] > 3.0 * errors[2]);
    }

    #[test]
    fn holes_islands_and_saddles() {
        let ring = tabulated(0.5, |x, y| 2.0 - (x.hypot(y) - 6.0).abs());
        assert_eq!(ring.rings().len(), 2);
        assert!((ring.area_mm2() - std::f64::consts::PI * 48.0).abs() < 0.5);
        let two = tabulated(0.5, |x, y| 4.0 - (x.abs() - 5.0).hypot(y));
        assert_eq!(two.rings().len(), 2);
        // Touching diagonals: every ring is closed, whatever is joined.
        let checks = tabulated(1.0, |x, y| (x * 1.7).sin() * (y * 1.7).sin());
        assert!(checks.area_mm2() > 100.0 && checks.area_mm2() < 300.0);
    }

    #[test]
    fn what_reaches_the_rim_is_closed() {
        let all = tabulated(1.0, |_, _| 1.0);
        assert_eq!(all.rings().len(), 1);
        assert!(all.area_mm2() > 400.0);
        assert!(tabulated(1.0, |_, _| -1.0).is_empty());
        let lattice = PlaneLattice::around([[0.0; 2], [1.0; 2]], 0.5, 1);
        assert!(region_above_zero(&lattice, &[1.0]).is_empty());
    }
}
