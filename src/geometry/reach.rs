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

    /// The gauge seen the other way.
    #[must_use]
    pub fn mirrored(&self) -> Self {
        Self {
            below: self.above,
            above: self.below,
        }
    }

    /// Gauge from the boundary of a region to each node, negative (also -0.0) at nodes inside; infinite beyond `reach` of
    /// the gauge and `beyond_mm` more.
    ///
    /// Nodes on the other side than `side` are measured by the mirrored gauge, so that values run straight through the
    /// boundary.
    pub fn signed(
        &self,
        region: &PlanarRegion,
        lattice: &PlaneLattice,
        side: Side,
        [reach, beyond_mm]: [f64; 2],
    ) -> Vec<f32> {
        let columns = lattice.columns;
        let mut squares = vec![f32::INFINITY; lattice.nodes()];
        for (row, crossings) in crossings(region, lattice).iter().enumerate() {
            let line = &mut squares[row * columns..(row + 1) * columns];
            for pair in crossings.chunks_exact(2) {
                line[between(lattice, 0, pair[0], pair[1])].fill(f32::NEG_INFINITY);
            }
        }
        let mirrored = self.mirrored();
        let [inside, outside] = match side {
            Side::Inside => [self, &mirrored],
            Side::Outside => [&mirrored, self],
        };
        let longest = |axis: usize| self.below[axis].max(self.above[axis]) * reach + beyond_mm;
        let (far_u, far_v) = (longest(0), longest(1));
        for ring in region.rings() {
            let next = ring.iter().cycle().skip(1);
            for (a, b) in ring.iter().zip(next) {
                let (low, high) = (a[1].min(b[1]), a[1].max(b[1]));
                for row in between(lattice, 1, low - far_v, high + far_v) {
                    let v = lattice.origin[1] + row as f64 * lattice.step_mm;
                    let (left, right) = part_of(*a, *b, v - far_v, v + far_v);
                    let nodes = between(lattice, 0, left - far_u, right + far_u);
                    let line = &mut squares[row * columns..(row + 1) * columns];
                    for (column, square) in line[nodes.clone()].iter_mut().enumerate() {
                        let u = lattice.origin[0] + (nodes.start + column) as f64 * lattice.step_mm;
                        if square.is_sign_negative() {
                            let found = inside.squared([u, v], [*a, *b]) as f32;
                            *square = square.max(-found);
                        } else {
                            let found = outside.squared([u, v], [*a, *b]) as f32;
                            *square = square.min(found);
                        }
                    }
                }
            }
        }
        for square in &mut squares {
            *square = square.abs().sqrt().copysign(*square);
        }
        squares
    }
}

/// A side of the boundary of a region.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// Within the region.
    Inside,
    /// Outside of it.
    Outside,
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
            // A corner on a row must be seen by both its edges, however the row's place rounds.
            let beside = 0.5 * lattice.step_mm;
            for row in between(lattice, 1, low - beside, high + beside) {
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

    #[test]
    fn corners_on_rows_of_nodes() {
        for origin in [0.0, 0.1, -7.3, 1.0 / 3.0] {
            for step in [0.1, 0.283, 0.7] {
                let lattice = PlaneLattice {
                    origin: [origin, origin],
                    step_mm: step,
                    columns: 40,
                    rows: 40,
                };
                let at = |column, row| lattice.position(column, row);
                let ring = vec![at(3, 5), at(20, 2), at(36, 19), at(22, 37), at(4, 30)];
                let region = PlanarRegion::from_even_odd(&[ring]);
                let found = Gauge::round(1.0).signed(&region, &lattice, Side::Inside, [99.0, 0.0]);
                for row in 0..40 {
                    let signs = found[row * 40..(row + 1) * 40].iter();
                    let changes = signs
                        .clone()
                        .zip(signs.skip(1))
                        .filter(|(a, b)| a.is_sign_negative() != b.is_sign_negative());
                    assert!(changes.count() <= 2, "{origin} {step} {row}");
                }
                assert!(found[20 * 40 + 20] < 0.0);
            }
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]
        #[test]
        fn as_the_slow_twin(
            points in prop::collection::vec([-9.0..9.0_f64, -9.0..9.0_f64], 3..8),
            below in [0.5..6.0_f64, 0.5..6.0_f64],
            above in [0.5..6.0_f64, 0.5..6.0_f64],
            round in any::<bool>(),
            inner in any::<bool>(),
        ) {
            let region = PlanarRegion::from_even_odd(&[points]);
            let gauge = if round { Gauge::round(below[0]) } else { Gauge { below, above } };
            prop_assume!(region.area_mm2() > 1.0);
            let lattice = PlaneLattice::around(region.bounds().unwrap(), 1.3, 6);
            let side = if inner { Side::Inside } else { Side::Outside };
            let found = gauge.signed(&region, &lattice, side, [1.0, 0.5]);
            // So far a nearest point lies within the reach along each axis.
            let longest = gauge.below.iter().chain(&gauge.above).copied().fold(0.0, f64::max);
            let within = 1.0 + 0.5 / longest;
            let edges = super::super::Edges::of(&region);
            for row in 0..lattice.rows {
                for column in 0..lattice.columns {
                    let found = found[row * lattice.columns + column];
                    let point = lattice.position(column, row);
                    let within_region = edges.contain(point);
                    // The middle of an edge can be the middle of the lattice: a node on the boundary has no side.
                    if found.abs() > 1e-6 {
                        prop_assert_eq!(found.is_sign_negative(), within_region);
                    }
                    let seen = if within_region == inner { gauge } else { gauge.mirrored() };
                    let expected = brute(&seen, &region, point).sqrt();
                    if expected <= within {
                        let found = f64::from(found.abs());
                        prop_assert!((found - expected).abs() < 0.03, "{found} {expected}");
                    }
                }
            }
        }
    }
}
