//! How near the nodes of a lattice are to the boundary of a region: exact distances to its edges within a reach,
//! by a gauge that may differ by direction.

use super::{PlanarRegion, PlaneLattice, Point2};
use std::ops::Range;

/// The nodes along an axis (0 = columns, 1 = rows) from `low` to `high` mm.
fn between(lattice: &PlaneLattice, axis: usize, low: f64, high: f64) -> Range<usize> {
    let count = [lattice.columns, lattice.rows][axis];
    let at = |x: f64| (x - lattice.origin[axis]) / lattice.step_mm;
    let first = at(low).ceil().max(0.0) as usize;
    let last = (at(high).floor() + 1.0).clamp(0.0, count as f64) as usize;
    first..last.max(first)
}

/// Lengths in mm that count as one: seen from the boundary towards smaller and towards larger u and v.
///
/// Between the axes the gauge is that of an ellipse in each quadrant, `(du / mu)^2 + (dv / mv)^2`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Gauge {
    /// Towards smaller coordinates.
    pub below: Point2,
    /// Towards larger ones.
    pub above: Point2,
}

impl Gauge {
    /// The same in all directions.
    pub fn round(mm: f64) -> Self {
        Self {
            below: [mm; 2],
            above: [mm; 2],
        }
    }

    fn is_even(&self) -> bool {
        self.below == self.above
    }

    /// Squared gauge from the nearest point of an edge to `q`.
    pub fn squared(&self, q: Point2, edge: [Point2; 2]) -> f64 {
        if self.is_even() {
            return nearest(q, edge, self.above, [0.0, 1.0]);
        }
        let mut least = f64::INFINITY;
        for quadrant in 0..4 {
            let mut range = [0.0_f64, 1.0_f64];
            let mut unit = [0.0; 2];
            for axis in 0..2 {
                let above = quadrant >> axis & 1 == 1;
                unit[axis] = if above {
                    self.above[axis]
                } else {
                    self.below[axis]
                };
                let sign = if above { 1.0 } else { -1.0 };
                // Where on the edge q lies on that side: sign (q - a - t (b - a)) >= 0.
                let along = sign * (edge[1][axis] - edge[0][axis]);
                let from = sign * (q[axis] - edge[0][axis]);
                if along > 0.0 {
                    range[1] = range[1].min(from / along);
                } else if along < 0.0 {
                    range[0] = range[0].max(from / along);
                } else if from < 0.0 {
                    range = [1.0, 0.0];
                }
            }
            if range[0] <= range[1] {
                least = least.min(nearest(q, edge, unit, range));
            }
        }
        least
    }

    /// Squared gauge from the boundary of a region to each node, negative (also -0.0) at nodes inside; infinite
    /// beyond `reach` of the gauge and `beyond_mm` more.
    pub fn signed_squares(
        &self,
        region: &PlanarRegion,
        lattice: &PlaneLattice,
        reach: f64,
        beyond_mm: f64,
    ) -> Vec<f32> {
        let mut squares = vec![f32::INFINITY; lattice.nodes()];
        let below = self.below.map(|mm| mm * reach + beyond_mm);
        let above = self.above.map(|mm| mm * reach + beyond_mm);
        let columns = lattice.columns;
        for ring in region.rings() {
            let next = ring.iter().cycle().skip(1);
            for (a, b) in ring.iter().zip(next) {
                let (low, high) = (a[1].min(b[1]), a[1].max(b[1]));
                for row in between(lattice, 1, low - below[1], high + above[1]) {
                    let v = lattice.origin[1] + row as f64 * lattice.step_mm;
                    let (left, right) = part_of(*a, *b, v - above[1], v + below[1]);
                    let nodes = between(lattice, 0, left - below[0], right + above[0]);
                    let line = &mut squares[row * columns..(row + 1) * columns];
                    for (column, square) in line[nodes.clone()].iter_mut().enumerate() {
                        let u = lattice.origin[0] + (nodes.start + column) as f64 * lattice.step_mm;
                        let found = self.squared([u, v], [*a, *b]) as f32;
                        *square = square.min(found);
                    }
                }
            }
        }
        for (row, crossings) in crossings(region, lattice).iter().enumerate() {
            let line = &mut squares[row * columns..(row + 1) * columns];
            for pair in crossings.chunks_exact(2) {
                for column in between(lattice, 0, pair[0], pair[1]) {
                    line[column] = -line[column].abs();
                }
            }
        }
        squares
    }
}

/// The range in u of the part of an edge between two values of v.
fn part_of(a: Point2, b: Point2, low: f64, high: f64) -> (f64, f64) {
    let dv = b[1] - a[1];
    let at = |v: f64| {
        let t = if dv == 0.0 {
            0.0
        } else {
            ((v - a[1]) / dv).clamp(0.0, 1.0)
        };
        a[0] + t * (b[0] - a[0])
    };
    if dv == 0.0 {
        return (a[0].min(b[0]), a[0].max(b[0]));
    }
    let (p, q) = (at(low), at(high));
    (p.min(q), p.max(q))
}

/// Squared gauge from `q` to the nearest point of a part of an edge, in units along the axes.
#[inline]
fn nearest(q: Point2, [a, b]: [Point2; 2], unit: Point2, range: [f64; 2]) -> f64 {
    let scale = [1.0 / unit[0], 1.0 / unit[1]];
    let w = [(q[0] - a[0]) * scale[0], (q[1] - a[1]) * scale[1]];
    let d = [(b[0] - a[0]) * scale[0], (b[1] - a[1]) * scale[1]];
    let length = d[0] * d[0] + d[1] * d[1];
    let t = if length > 0.0 {
        (w[0] * d[0] + w[1] * d[1]) / length
    } else {
        0.0
    };
    let t = t.max(range[0]).min(range[1]);
    let off = [w[0] - t * d[0], w[1] - t * d[1]];
    off[0] * off[0] + off[1] * off[1]
}

/// Where the boundary crosses each row of nodes, ascending.
fn crossings(region: &PlanarRegion, lattice: &PlaneLattice) -> Vec<Vec<f64>> {
    let mut rows = vec![Vec::new(); lattice.rows];
    for ring in region.rings() {
        let next = ring.iter().cycle().skip(1);
        for (a, b) in ring.iter().zip(next) {
            let (low, high) = (a[1].min(b[1]), a[1].max(b[1]));
            for row in between(lattice, 1, low, high) {
                let v = lattice.origin[1] + row as f64 * lattice.step_mm;
                if (a[1] > v) != (b[1] > v) {
                    rows[row].push(a[0] + (v - a[1]) / (b[1] - a[1]) * (b[0] - a[0]));
                }
            }
        }
    }
    for row in &mut rows {
        row.sort_by(f64::total_cmp);
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Slow twin: the boundary as many points, each with the gauge of its own quadrant.
    fn brute(gauge: &Gauge, region: &PlanarRegion, q: Point2) -> f64 {
        let mut least = f64::INFINITY;
        for ring in region.rings() {
            for (a, b) in ring.iter().zip(ring.iter().cycle().skip(1)) {
                for step in 0..=400 {
                    let t = f64::from(step) / 400.0;
                    let p = [a[0] + t * (b[0] - a[0]), a[1] + t * (b[1] - a[1])];
                    let part = |axis: usize| {
                        let d = q[axis] - p[axis];
                        let unit = if d >= 0.0 {
                            gauge.above[axis]
                        } else {
                            gauge.below[axis]
                        };
                        (d / unit) * (d / unit)
                    };
                    least = least.min(part(0) + part(1));
                }
            }
        }
        least
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]
        #[test]
        fn as_the_slow_twin(
            points in prop::collection::vec([-9.0..9.0_f64, -9.0..9.0_f64], 3..8),
            below in [0.5..6.0_f64, 0.5..6.0_f64],
            above in [0.5..6.0_f64, 0.5..6.0_f64],
            round in any::<bool>(),
        ) {
            let region = PlanarRegion::from_even_odd(&[points]);
            let gauge = if round { Gauge::round(below[0]) } else { Gauge { below, above } };
            prop_assume!(region.area_mm2() > 1.0);
            let lattice = PlaneLattice::around(region.bounds().unwrap(), 1.3, 6);
            let squares = gauge.signed_squares(&region, &lattice, 1.0, 0.5);
            // So far a nearest point lies within the reach along each axis.
            let longest = gauge.below.iter().chain(&gauge.above).copied().fold(0.0, f64::max);
            let within = 1.0 + 0.5 / longest;
            let edges = super::super::Edges::of(&region);
            for row in 0..lattice.rows {
                for column in 0..lattice.columns {
                    let found = squares[row * lattice.columns + column];
                    let point = lattice.position(column, row);
                    let expected = brute(&gauge, &region, point);
                    prop_assert_eq!(found.is_sign_negative(), edges.contain(point));
                    if expected.sqrt() <= within {
                        let (found, expected) = (f64::from(found.abs()).sqrt(), expected.sqrt());
                        prop_assert!((found - expected).abs() < 0.03, "{found} {expected}");
                    }
                }
            }
        }
    }
}
