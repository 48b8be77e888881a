//! The depth of a plane region at the nodes of a lattice: what is interpolated between planes.

use super::chord::chords;
use crate::geometry::{PlanarRegion, PlaneLattice, region_above_zero, signed_distance};

/// The calibrating shift is at most this share of a lattice step.
const MOST_SHIFT: f64 = 0.25;
/// Where the search for the deepest point ends, in lattice steps.
const FINEST_STEP: f64 = 0.01;
/// What polygons instead of curves may do to a law of areas, as a share of the area.
const ROUNDING: f64 = 0.02;
/// Most steps to an area, and the share of it that may be missing.
const LEVELS: usize = 4;
const SAME_AREA: f64 = 1e-4;

/// Depth of every node, `f = d (c - d)`, with `d` the signed distance in mm to the nearest edge (above zero inside)
/// and `c` the chord of the region from that edge along its normal: inside, the product of the distances to the two
/// walls. Zero on the boundary. (At holes that close along the planes
/// `f = d (c + d)`, `c` across the hole.)
///
/// For a disc `f = r^2 - rho^2`, for a bar or a ring the same with the distance to its middle line. Across a ball, an
/// ellipsoid, a cone, a lying cylinder, a torus or a capsule it is a parabola in the position of the plane, also where
/// the distance itself is not smooth, as at the pole of a ball: so a cubic through planes is exact there, and a
/// parabola through the last three finds the pole.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Depth {
    /// `f` in mm^2, in node order.
    pub(super) values: Vec<f64>,
    /// Radius in mm of the largest disc within the region.
    pub(super) inradius_mm: f64,
    /// Area in mm^2.
    pub(super) area_mm2: f64,
}

impl Depth {
    /// `None` for a region that encloses nothing.
    ///
    /// The distances are shifted (all alike, by far less than a step) so that the polygons that marching squares
    /// make of them have the area that was drawn.
    pub(super) fn new(
        region: &PlanarRegion,
        lattice: &PlaneLattice,
        holes_close: bool,
    ) -> Option<Self> {
        let (area, perimeter) = (region.area_mm2(), region.perimeter_mm());
        if area <= 0.0 || perimeter <= 0.0 {
            return None;
        }
        let field = signed_distance(region, lattice);
        let chords = chords(region, holes_close);
        let depth = |shift: f64| -> Vec<f64> {
            let value = |(distance, edge): (&f64, &u32)| {
                let d = distance + shift;
                let chord = chords[*edge as usize];
                // At a re-entrant corner the disc around a node may be wider than the chord of an edge.
                if chord > 0.0 {
                    d * ((chord + 2.0 * shift).max(2.0 * d) - d)
                } else {
                    d * ((2.0 * shift - chord).max(-2.0 * d) + d)
                }
            };
            let nodes = field.distance_mm.iter().zip(&field.edge);
            nodes.map(value).collect()
        };
        let values = depth(0.0);
        let missing = area - region_above_zero(lattice, &values).area_mm2();
        let most = MOST_SHIFT * lattice.step_mm;
        let distances = field.distance_mm.iter().enumerate();
        let deepest = distances.max_by(|a, b| a.1.total_cmp(b.1))?.0;
        Some(Self {
            values: depth((missing / perimeter).clamp(-most, most)),
            inradius_mm: inradius_mm(region, lattice, deepest),
            area_mm2: area,
        })
    }
}

/// Radius in mm of the largest disc within a region: from the deepest node uphill in ever smaller steps.
fn inradius_mm(region: &PlanarRegion, lattice: &PlaneLattice, deepest: usize) -> f64 {
    let mut best = lattice.position(deepest % lattice.columns, deepest / lattice.columns);
    let mut radius = region.depth_mm(best);
    let mut step = lattice.step_mm;
    while step > FINEST_STEP * lattice.step_mm {
        let around = (-1..=1).flat_map(|y| (-1..=1).map(move |x| [x, y].map(f64::from)));
        let higher = around
            .map(|[x, y]| [best[0] + x * step, best[1] + y * step])
            .map(|point| (region.depth_mm(point), point))
            .max_by(|a, b| a.0.total_cmp(&b.0));
        match higher {
            Some((depth, point)) if depth > radius => (radius, best) = (depth, point),
            _ => step *= 0.5,
        }
    }
    radius.max(0.0)
}

/// How the area of a section goes with its inradius `r`: `[a, b]` of `a r + b r^2` through two planes. A ball, an
/// ellipsoid and a cone have b alone, a lying cylinder and a torus a alone, a lying capsule both. `None` where the
/// inradius changes by less than a share, or where a or b came out below zero.
pub(super) fn area_law(small: &Depth, large: &Depth, least_change: f64) -> Option<[f64; 2]> {
    let [r, s] = [small, large].map(|depth| depth.inradius_mm);
    if r <= 0.0 || s <= (1.0 + least_change) * r {
        return None;
    }
    // A / r = a + b r is a line through both planes.
    let b = (large.area_mm2 / s - small.area_mm2 / r) / (s - r);
    let a = small.area_mm2 / r - b * r;
    let most = ROUNDING * small.area_mm2;
    (a * r >= -most && b * r * r >= -most).then(|| [a.max(0.0), b.max(0.0)])
}

/// Raises or lowers all values so that the region above zero has a given area (secant steps).
pub(super) fn level_to_area(lattice: &PlaneLattice, values: &mut [f64], target_mm2: f64) {
    let highest = values.iter().copied().fold(0.0, f64::max);
    let mut area = region_above_zero(lattice, values).area_mm2();
    if area <= 0.0 || target_mm2 <= 0.0 {
        return;
    }
    // For a disc the area is pi f.
    let mut per_area = 1.0 / std::f64::consts::PI;
    for _ in 0..LEVELS {
        let missing = target_mm2 - area;
        if missing.abs() <= SAME_AREA * target_mm2 {
            return;
        }
        let shift = (missing * per_area).clamp(-0.5 * highest, highest);
        for value in values.iter_mut() {
            *value += shift;
        }
        let next = region_above_zero(lattice, values).area_mm2();
        if next > area && shift > 0.0 || next < area && shift < 0.0 {
            per_area = shift / (next - area);
        }
        area = next;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::f64::consts::TAU;

    fn disc(centre: f64, r: f64) -> Vec<[f64; 2]> {
        (0..720)
            .map(|i| (TAU * f64::from(i) / 720.0).sin_cos())
            .map(|(s, c)| [centre + r * c, r * s])
            .collect()
    }

    #[test]
    fn depth_of_discs() {
        let region = PlanarRegion::from_even_odd(&[disc(0.0, 10.0), disc(20.0, 5.0)]);
        let lattice = PlaneLattice::around(region.bounds().unwrap(), 0.25, 2);
        let depth = Depth::new(&region, &lattice, true).unwrap();
        for (node, value) in depth.values.iter().enumerate() {
            let [x, y] = lattice.position(node % lattice.columns, node / lattice.columns);
            let first = 100.0 - x * x - y * y;
            let second = 25.0 - (x - 20.0).powi(2) - y * y;
            // Polygons and the calibration take a little.
            let near = 0.02 + 0.002 * first.abs().min(second.abs());
            assert!((value - first).abs() < near || (value - second).abs() < near);
        }
        let area = region_above_zero(&lattice, &depth.values).area_mm2();
        assert!((area / region.area_mm2() - 1.0).abs() < 1e-5);
        assert!((depth.inradius_mm - 10.0).abs() < 1e-3);
    }

    #[test]
    fn a_sliver_between_nodes_has_a_depth_and_nothing_has_none() {
        let lattice = PlaneLattice::around([[-5.0; 2], [5.0; 2]], 1.0, 1);
        let sliver = PlanarRegion::from_even_odd(&[disc(0.4, 0.1)]);
        assert!(Depth::new(&sliver, &lattice, true).is_some());
        assert_eq!(Depth::new(&PlanarRegion::default(), &lattice, true), None);
    }
}
