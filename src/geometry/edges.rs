//! The boundary of a region as edges in short runs with boxes, and the least distance between two boundaries.

use super::{Gauge, PlanarRegion, Point2};
use std::ops::Range;

/// Edges to a run.
const RUN: usize = 12;

/// A box around edges: lower and upper corner.
type Bounds = [Point2; 2];

/// The edges of a region, in runs of neighbours with their boxes.
#[derive(Debug, Clone)]
pub struct Edges {
    edges: Vec<[Point2; 2]>,
    runs: Vec<(Bounds, Range<usize>)>,
}

fn around(edges: &[[Point2; 2]]) -> Bounds {
    let empty = [[f64::INFINITY; 2], [f64::NEG_INFINITY; 2]];
    edges.iter().flatten().fold(empty, |[low, high], p| {
        [
            [low[0].min(p[0]), low[1].min(p[1])],
            [high[0].max(p[0]), high[1].max(p[1])],
        ]
    })
}

/// Least distance in mm between two boxes; 0 where they overlap.
pub fn boxes_apart_mm(a: &[Point2; 2], b: &[Point2; 2]) -> f64 {
    let gap = |axis: usize| {
        (b[0][axis] - a[1][axis])
            .max(a[0][axis] - b[1][axis])
            .max(0.0)
    };
    gap(0).hypot(gap(1))
}

fn point_to_edge_squared(p: Point2, [a, b]: [Point2; 2]) -> f64 {
    let d = [b[0] - a[0], b[1] - a[1]];
    let w = [p[0] - a[0], p[1] - a[1]];
    let length = d[0] * d[0] + d[1] * d[1];
    let t = if length > 0.0 {
        ((w[0] * d[0] + w[1] * d[1]) / length).clamp(0.0, 1.0)
    } else {
        0.0
    };
    let off = [w[0] - t * d[0], w[1] - t * d[1]];
    off[0] * off[0] + off[1] * off[1]
}

fn cross(a: [Point2; 2], b: [Point2; 2]) -> bool {
    let side = |[p, q]: [Point2; 2], r: Point2| {
        (q[0] - p[0]) * (r[1] - p[1]) - (q[1] - p[1]) * (r[0] - p[0])
    };
    side(a, b[0]) * side(a, b[1]) < 0.0 && side(b, a[0]) * side(b, a[1]) < 0.0
}

fn edge_to_edge_squared(a: [Point2; 2], b: [Point2; 2]) -> f64 {
    if cross(a, b) {
        return 0.0;
    }
    point_to_edge_squared(a[0], b)
        .min(point_to_edge_squared(a[1], b))
        .min(point_to_edge_squared(b[0], a))
        .min(point_to_edge_squared(b[1], a))
}

impl Edges {
    /// The edges of a region.
    pub fn of(region: &PlanarRegion) -> Self {
        let mut edges = Vec::new();
        let mut runs = Vec::new();
        for ring in region.rings() {
            let start = edges.len();
            let next = ring.iter().cycle().skip(1);
            edges.extend(ring.iter().zip(next).map(|(a, b)| [*a, *b]));
            let mut from = start;
            while from < edges.len() {
                let to = (from + RUN).min(edges.len());
                runs.push((around(&edges[from..to]), from..to));
                from = to;
            }
        }
        Self { edges, runs }
    }

    /// Whether a point lies inside, even-odd.
    pub fn contain(&self, [u, v]: Point2) -> bool {
        let mut inside = false;
        for (bounds, run) in &self.runs {
            if v < bounds[0][1] || v > bounds[1][1] || u > bounds[1][0] {
                continue;
            }
            for [a, b] in &self.edges[run.clone()] {
                if (a[1] > v) != (b[1] > v) && u < a[0] + (v - a[1]) / (b[1] - a[1]) * (b[0] - a[0])
                {
                    inside = !inside;
                }
            }
        }
        inside
    }

    /// Whether some edge lies within a squared gauge of a point.
    pub fn reach(&self, q: Point2, gauge: &Gauge, limit: f64) -> bool {
        let far = limit.sqrt();
        self.runs.iter().any(|([low, high], run)| {
            let near = |axis: usize| {
                q[axis] >= low[axis] - far * gauge.below[axis]
                    && q[axis] <= high[axis] + far * gauge.above[axis]
            };
            near(0)
                && near(1)
                && self.edges[run.clone()]
                    .iter()
                    .any(|edge| gauge.squared(q, *edge) <= limit)
        })
    }

    /// The least distance in mm between the regions of two boundaries, 0 where they overlap; `beyond` where they are
    /// farther apart than that.
    pub fn apart_mm(&self, other: &Self, beyond_mm: f64) -> f64 {
        let starts_within = |one: &Self, two: &Self| {
            let first_of_ring = one.edges.iter().zip(one.edges.iter().skip(1));
            let starts = one
                .edges
                .first()
                .into_iter()
                .chain(first_of_ring.filter(|(a, b)| a[1] != b[0]).map(|(_, b)| b));
            starts.into_iter().any(|edge| two.contain(edge[0]))
        };
        if starts_within(self, other) || starts_within(other, self) {
            return 0.0;
        }
        let mut best = beyond_mm * beyond_mm;
        let mut pairs: Vec<(f64, usize, usize)> = Vec::new();
        for (i, (one, _)) in self.runs.iter().enumerate() {
            for (j, (two, _)) in other.runs.iter().enumerate() {
                let apart = boxes_apart_mm(one, two);
                if apart * apart < best {
                    pairs.push((apart * apart, i, j));
                }
            }
        }
        pairs.sort_by(|a, b| a.0.total_cmp(&b.0));
        for (apart, i, j) in pairs {
            if apart >= best {
                break;
            }
            for a in &self.edges[self.runs[i].1.clone()] {
                for b in &other.edges[other.runs[j].1.clone()] {
                    best = best.min(edge_to_edge_squared(*a, *b));
                }
            }
        }
        best.sqrt().min(beyond_mm)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn region(centre: Point2, r: f64, n: usize) -> PlanarRegion {
        let ring = (0..n)
            .map(|i| {
                let (s, c) = (std::f64::consts::TAU * i as f64 / n as f64).sin_cos();
                [centre[0] + r * c, centre[1] + r * s]
            })
            .collect();
        PlanarRegion::from_even_odd(&[ring])
    }

    #[test]
    fn apart_within_and_crossing() {
        let one = Edges::of(&region([0.0, 0.0], 5.0, 40));
        let apart = |centre, r| one.apart_mm(&Edges::of(&region(centre, r, 40)), 100.0);
        // Corners of both face each other on the x axis.
        assert!((apart([20.0, 0.0], 5.0) - 10.0).abs() < 1e-9);
        assert_eq!(apart([8.0, 0.0], 5.0), 0.0);
        assert_eq!(apart([0.5, 0.0], 1.0), 0.0);
        assert_eq!(apart([0.0, 0.0], 9.0), 0.0);
        assert_eq!(
            one.apart_mm(&Edges::of(&region([90.0, 0.0], 5.0, 40)), 30.0),
            30.0
        );
        // An island in a hole.
        let ring = |r: f64| region([0.0, 0.0], r, 40).rings()[0].clone();
        let rind = Edges::of(&PlanarRegion::from_even_odd(&[ring(20.0), ring(10.0)]));
        let far = rind.apart_mm(&one, 100.0);
        assert!((far - 5.0 * (std::f64::consts::PI / 40.0).cos()).abs() < 0.02 && far > 4.9);
        assert!(rind.contain([15.0, 0.0]) && !rind.contain([3.0, 0.0]));
    }

    proptest! {
        #[test]
        fn as_all_pairs(
            points in prop::collection::vec([-9.0..9.0_f64, -9.0..9.0_f64], 3..30),
            shift in [-30.0..30.0_f64, -30.0..30.0_f64],
        ) {
            let one = PlanarRegion::from_even_odd(&[points]);
            let two = one.mapped(|p| [shift[0] - p[1], shift[1] + p[0]]);
            let (a, b) = (Edges::of(&one), Edges::of(&two));
            let mut brute = f64::INFINITY;
            for x in &a.edges {
                for y in &b.edges {
                    brute = brute.min(edge_to_edge_squared(*x, *y));
                }
            }
            let inside = a.edges.iter().any(|e| b.contain(e[0])) || b.edges.iter().any(|e| a.contain(e[0]));
            let expected = if inside { 0.0 } else { brute.sqrt() };
            prop_assert!((a.apart_mm(&b, 1e3) - expected).abs() <= 1e-9);
        }
    }
}
