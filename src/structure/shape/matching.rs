//! Which parts and holes of one plane go on in a neighbouring plane, and which end.

use crate::geometry::{PlanarRegion, RegionOperation};
use std::sync::Arc;

/// Regions that share less than this part of the smaller one do not meet.
const LEAST_SHARE: f64 = 1e-6;

/// A region as its neighbour continues it.
#[derive(Debug, Clone)]
pub(super) struct Matched {
    /// Without the parts that end and with the holes that end filled.
    pub(super) region: Arc<PlanarRegion>,
    /// Parts that nothing in the neighbouring plane overlaps.
    pub(super) ended_parts: Vec<PlanarRegion>,
    /// Holes that the neighbouring plane fills all over.
    pub(super) ended_holes: Vec<PlanarRegion>,
    /// The rings of the region that bound what ends.
    pub(super) ended_rings: Vec<usize>,
}

/// What of a region goes on in a neighbouring plane. A region that wholly goes on is handed back itself.
pub(super) fn matched(region: &Arc<PlanarRegion>, neighbour: &PlanarRegion) -> Matched {
    let mut found = Matched {
        region: Arc::clone(region),
        ended_parts: Vec::new(),
        ended_holes: Vec::new(),
        ended_rings: Vec::new(),
    };
    let mut kept = Vec::new();
    let mut ring = 0;
    for part in region.components() {
        let rings = ring..ring + part.rings().len();
        ring = rings.end;
        if overlap(&part, neighbour) {
            kept.push((rings.start, part));
        } else {
            found.ended_rings.extend(rings);
            found.ended_parts.push(part);
        }
    }
    for (first, part) in &kept {
        let own = (first + 1..).zip(part.holes());
        for (ring, hole) in own {
            let open = hole.combine(RegionOperation::Subtract, neighbour);
            if open.area_mm2() <= LEAST_SHARE * hole.area_mm2() {
                found.ended_rings.push(ring);
                found.ended_holes.push(hole);
            }
        }
    }
    if !found.ended_parts.is_empty() {
        found.region = Arc::new(PlanarRegion::of_components(
            kept.into_iter().map(|(_, part)| part),
        ));
    }
    for hole in &found.ended_holes {
        found.region = Arc::new(found.region.combine(RegionOperation::Unite, hole));
    }
    found
}

/// The holes of a region as a region.
pub(super) fn hollow(region: &PlanarRegion) -> Arc<PlanarRegion> {
    Arc::new(PlanarRegion::of_components(region.holes()))
}

fn overlap(part: &PlanarRegion, other: &PlanarRegion) -> bool {
    let (Some([a, b]), Some([c, d])) = (part.bounds(), other.bounds()) else {
        return false;
    };
    if (0..2).any(|axis| b[axis] <= c[axis] || d[axis] <= a[axis]) {
        return false;
    }
    let shared = part.combine(RegionOperation::Intersect, other).area_mm2();
    shared > LEAST_SHARE * part.area_mm2().min(other.area_mm2())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn square(x: f64, y: f64, side: f64) -> Vec<[f64; 2]> {
        vec![[x, y], [x + side, y], [x + side, y + side], [x, y + side]]
    }

    #[test]
    fn parts_and_holes_that_end() {
        let region = Arc::new(PlanarRegion::from_even_odd(&[
            square(0.0, 0.0, 10.0),
            square(2.0, 2.0, 2.0),
            square(6.0, 6.0, 2.0),
            square(20.0, 0.0, 3.0),
        ]));
        let neighbour =
            PlanarRegion::from_even_odd(&[square(1.0, 1.0, 8.0), square(5.0, 5.0, 2.0)]);
        let found = matched(&region, &neighbour);
        assert_eq!(found.ended_parts.len(), 1);
        assert!((found.ended_parts[0].area_mm2() - 9.0).abs() < 1e-9);
        // The hole at 2 is filled; that at 6 still overlaps the one at 5.
        assert_eq!(found.ended_holes.len(), 1);
        assert!((found.ended_holes[0].area_mm2() - 4.0).abs() < 1e-9);
        assert!((found.region.area_mm2() - 96.0).abs() < 1e-9);
        assert_eq!(found.ended_rings.len(), 2);
        assert!((hollow(&region).area_mm2() - 8.0).abs() < 1e-9);
    }

    #[test]
    fn what_goes_on_is_the_same_region() {
        let region = Arc::new(PlanarRegion::from_even_odd(&[square(0.0, 0.0, 10.0)]));
        let found = matched(&region, &region);
        assert!(Arc::ptr_eq(&found.region, &region) && found.ended_parts.is_empty());
        let nothing = matched(&region, &PlanarRegion::default());
        assert!(nothing.region.is_empty() && nothing.ended_parts.len() == 1);
        // Neighbours that only touch do not overlap.
        let beside = PlanarRegion::from_even_odd(&[square(10.0, 0.0, 5.0)]);
        assert_eq!(matched(&region, &beside).ended_parts.len(), 1);
    }
}
