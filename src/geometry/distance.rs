//! Exact distance of the nodes of a lattice to the boundary of a plane region.
//!
//! The lattice is halved again and again; each part keeps those edges alone that can be nearest to one of its
//! nodes: with `c` its centre and `r` its half diagonal, those no farther from `c` than the nearest plus `2 r`.

use super::polygon::is_within;
use super::{PlanarRegion, PlaneLattice, Point2};
use std::ops::Range;

/// Parts of so many nodes a side are not halved further.
const LEAF: usize = 4;

/// Signed distances of the nodes of a lattice to the boundary of a region.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct SignedDistance {
    /// Distance in mm to the nearest edge, above zero inside; node order of the lattice.
    pub distance_mm: Vec<f64>,
    /// The nearest edge: its index when the edges of all rings are counted on, ring after ring; edge `i` of a ring
    /// runs from its point `i` to the next.
    pub edge: Vec<u32>,
}

/// Signed distance of each node of a lattice to the nearest edge of a region, exact to rounding. Empty for a
/// region without rings.
///
/// ```
/// use hepadose::geometry::{PlanarRegion, PlaneLattice, signed_distance};
/// let square = PlanarRegion::from_even_odd(&[vec![[0.0, 0.0], [4.0, 0.0], [4.0, 4.0], [0.0, 4.0]]]);
/// let lattice = PlaneLattice { origin: [-1.0, 2.0], step_mm: 2.0, columns: 3, rows: 1 };
/// assert_eq!(signed_distance(&square, &lattice).distance_mm, [-1.0, 1.0, 1.0]);
/// ```
pub fn signed_distance(region: &PlanarRegion, lattice: &PlaneLattice) -> SignedDistance {
    let edges = edges(region);
    if edges.is_empty() {
        return SignedDistance::default();
    }
    let mut field = SignedDistance {
        distance_mm: vec![0.0; lattice.nodes()],
        edge: vec![0; lattice.nodes()],
    };
    let mut search = Search {
        edges: &edges,
        lattice,
        stack: (0..edges.len() as u32).collect(),
        field: &mut field,
    };
    search.part(0..lattice.columns, 0..lattice.rows, 0);
    negate_outside(&edges, lattice, &mut field.distance_mm);
    field
}

impl PlanarRegion {
    /// Signed distance in mm of one point to the nearest edge, above zero inside; minus infinity for a region
    /// without rings.
    pub fn depth_mm(&self, point: Point2) -> f64 {
        let nearest = edges(self)
            .iter()
            .map(|edge| edge.square_distance(point))
            .fold(f64::INFINITY, f64::min);
        let inside = self
            .rings()
            .iter()
            .filter(|ring| is_within(ring, point))
            .count()
            % 2
            == 1;
        if inside {
            nearest.sqrt()
        } else {
            -nearest.sqrt()
        }
    }
}

struct Edge {
    start: Point2,
    end: Point2,
    along: Point2,
    /// One over the square of the length; 0 for a point.
    inverse: f64,
}

impl Edge {
    #[inline]
    fn square_distance(&self, point: Point2) -> f64 {
        let (x, y) = (point[0] - self.start[0], point[1] - self.start[1]);
        let t = ((x * self.along[0] + y * self.along[1]) * self.inverse).clamp(0.0, 1.0);
        let (dx, dy) = (x - t * self.along[0], y - t * self.along[1]);
        dx * dx + dy * dy
    }
}

fn edges(region: &PlanarRegion) -> Vec<Edge> {
    let mut edges = Vec::new();
    for ring in region.rings() {
        let next = ring.iter().cycle().skip(1);
        edges.extend(ring.iter().zip(next).map(|(start, end)| {
            let along = [end[0] - start[0], end[1] - start[1]];
            let square = along[0] * along[0] + along[1] * along[1];
            Edge {
                start: *start,
                end: *end,
                along,
                inverse: if square > 0.0 { 1.0 / square } else { 0.0 },
            }
        }));
    }
    edges
}

struct Search<'a> {
    edges: &'a [Edge],
    lattice: &'a PlaneLattice,
    /// Candidates of the parts on the way down, those of the smallest part last.
    stack: Vec<u32>,
    field: &'a mut SignedDistance,
}

impl Search<'_> {
    /// Distances of the nodes of a part, whose candidates begin at `from` in the stack.
    fn part(&mut self, columns: Range<usize>, rows: Range<usize>, from: usize) {
        if columns.len() <= LEAF && rows.len() <= LEAF {
            self.leaf(columns, rows, from);
            return;
        }
        let halves = |range: Range<usize>| {
            let middle = if range.len() > LEAF {
                range.start + range.len() / 2
            } else {
                range.end
            };
            [range.start..middle, middle..range.end]
        };
        for rows in halves(rows) {
            for columns in halves(columns.clone()) {
                if !rows.is_empty() && !columns.is_empty() {
                    let to = self.stack.len();
                    self.keep_near(&columns, &rows, from..to);
                    self.part(columns, rows.clone(), to);
                    self.stack.truncate(to);
                }
            }
        }
    }

    /// Puts those candidates on the stack that may be nearest somewhere in a part.
    fn keep_near(&mut self, columns: &Range<usize>, rows: &Range<usize>, parent: Range<usize>) {
        let low = self.lattice.position(columns.start, rows.start);
        let high = self.lattice.position(columns.end - 1, rows.end - 1);
        let centre = [0.5 * (low[0] + high[0]), 0.5 * (low[1] + high[1])];
        let diagonal = (high[0] - low[0]).hypot(high[1] - low[1]);
        let start = self.stack.len();
        let mut nearest = f64::INFINITY;
        let mut limit = f64::INFINITY;
        for index in parent {
            let edge = self.stack[index];
            let square = self.edges[edge as usize].square_distance(centre);
            if square < nearest {
                nearest = square;
                // The rounding of the squares is far below this.
                limit = (square.sqrt() + diagonal).powi(2) * (1.0 + 1e-9);
            }
            if square <= limit {
                self.stack.push(edge);
            }
        }
        // Those that came before the nearest were measured against a wider limit.
        let mut kept = start;
        for index in start..self.stack.len() {
            let edge = self.stack[index];
            if self.edges[edge as usize].square_distance(centre) <= limit {
                self.stack[kept] = edge;
                kept += 1;
            }
        }
        self.stack.truncate(kept);
    }

    fn leaf(&mut self, columns: Range<usize>, rows: Range<usize>, from: usize) {
        for row in rows {
            for column in columns.clone() {
                let point = self.lattice.position(column, row);
                let (mut nearest, mut found) = (f64::INFINITY, 0);
                for edge in &self.stack[from..] {
                    let square = self.edges[*edge as usize].square_distance(point);
                    if square < nearest {
                        (nearest, found) = (square, *edge);
                    }
                }
                let node = row * self.lattice.columns + column;
                self.field.distance_mm[node] = nearest.sqrt();
                self.field.edge[node] = found;
            }
        }
    }
}

/// Gives the nodes outside their sign, row by row: a node is inside when an odd number of edges cross its row
/// to the left of it.
fn negate_outside(edges: &[Edge], lattice: &PlaneLattice, distance: &mut [f64]) {
    let mut crossings: Vec<Vec<f64>> = vec![Vec::new(); lattice.rows];
    let row_of = |y: f64| ((y - lattice.origin[1]) / lattice.step_mm).clamp(-1.0, 1e9);
    for edge in edges {
        let (low, high) = if edge.start[1] < edge.end[1] {
            (edge.start, edge.end)
        } else {
            (edge.end, edge.start)
        };
        let first = row_of(low[1]).floor().max(0.0) as usize;
        let last = (row_of(high[1]).ceil().max(0.0) as usize).min(lattice.rows - 1);
        for (row, crossings) in crossings.iter_mut().enumerate().take(last + 1).skip(first) {
            let y = lattice.position(0, row)[1];
            if low[1] <= y && y < high[1] {
                let t = (y - low[1]) / (high[1] - low[1]);
                crossings.push(low[0] + t * (high[0] - low[0]));
            }
        }
    }
    for (row, (values, crossings)) in distance
        .chunks_mut(lattice.columns)
        .zip(&mut crossings)
        .enumerate()
    {
        crossings.sort_by(f64::total_cmp);
        let mut passed = 0;
        for (column, value) in values.iter_mut().enumerate() {
            let x = lattice.position(column, row)[0];
            while crossings.get(passed).is_some_and(|crossing| *crossing <= x) {
                passed += 1;
            }
            if passed % 2 == 0 {
                *value = -*value;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A ring with a hole and an island beside it, many edges.
    fn region() -> PlanarRegion {
        let circle = |cx: f64, cy: f64, r: f64, n: usize| -> Vec<Point2> {
            (0..n)
                .map(|i| {
                    let (s, c) = (std::f64::consts::TAU * i as f64 / n as f64).sin_cos();
                    let r = r * (1.0 + 0.2 * (5.0 * c).sin());
                    [cx + r * c, cy + r * s]
                })
                .collect()
        };
        PlanarRegion::from_even_odd(&[
            circle(0.0, 0.0, 10.0, 200),
            circle(1.0, 0.5, 4.0, 60),
            circle(15.0, 3.0, 2.0, 7),
        ])
    }

    #[test]
    fn every_node_against_every_edge() {
        let region = region();
        let lattice = PlaneLattice::around(region.bounds().unwrap(), 0.37, 3);
        let found = signed_distance(&region, &lattice);
        for row in 0..lattice.rows {
            for column in 0..lattice.columns {
                let [x, y] = lattice.position(column, row);
                let (mut nearest, mut crossed) = (f64::INFINITY, 0);
                for ring in region.rings() {
                    for (index, a) in ring.iter().enumerate() {
                        let b = ring[(index + 1) % ring.len()];
                        let (dx, dy) = (b[0] - a[0], b[1] - a[1]);
                        let t = ((x - a[0]) * dx + (y - a[1]) * dy) / (dx * dx + dy * dy);
                        let t = t.clamp(0.0, 1.0);
                        nearest = nearest.min((x - a[0] - t * dx).hypot(y - a[1] - t * dy));
                        if (a[1] > y) != (b[1] > y) && x < a[0] + (y - a[1]) / dy * dx {
                            crossed += 1;
                        }
                    }
                }
                let expected = if crossed % 2 == 1 { nearest } else { -nearest };
                let value = found.distance_mm[row * lattice.columns + column];
                assert!((value - expected).abs() < 1e-12, "{value} {expected}");
                assert!((region.depth_mm([x, y]) - expected).abs() < 1e-12);
            }
        }
    }

    #[test]
    fn the_nearest_edge_is_known() {
        let square = |x: f64| vec![[x, 0.0], [x + 4.0, 0.0], [x + 4.0, 4.0], [x, 4.0]];
        let region = PlanarRegion::from_even_odd(&[square(0.0), square(10.0)]);
        let lattice = PlaneLattice {
            origin: [3.5, 2.0],
            step_mm: 6.0,
            columns: 2,
            rows: 1,
        };
        let found = signed_distance(&region, &lattice);
        assert_eq!(found.distance_mm, [0.5, -0.5]);
        let ends: Vec<[Point2; 2]> = region
            .rings()
            .iter()
            .flat_map(|ring| (0..4).map(|i| [ring[i], ring[(i + 1) % 4]]))
            .collect();
        for (edge, x) in found.edge.iter().zip([4.0, 10.0]) {
            assert!(ends[*edge as usize].iter().all(|point| point[0] == x));
        }
    }

    #[test]
    fn nothing_has_no_distance() {
        let lattice = PlaneLattice::around([[0.0; 2], [1.0; 2]], 0.5, 1);
        assert_eq!(
            signed_distance(&PlanarRegion::default(), &lattice),
            SignedDistance::default()
        );
    }
}
