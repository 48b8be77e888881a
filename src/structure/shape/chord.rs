//! How wide a region is at each of its edges.

use crate::geometry::{PlanarRegion, Point2};

/// Edges of a ring whose chords are measured; those between take them in proportion.
const MEASURED: usize = 96;
/// A ray starts this far (of the width of the region) behind its edge.
const START: f64 = 1e-9;

/// The length in mm of the chord that begins in the middle of each edge and runs inwards along its normal to the
/// first other edge; edges are counted on from ring to ring. Where holes close along the planes, outer rings are
/// measured as if there were none, and holes by their own chord, with a minus: each narrows by itself.
pub(super) fn chords(region: &PlanarRegion, holes_close: bool) -> Vec<f64> {
    let Some([low, high]) = region.bounds() else {
        return Vec::new();
    };
    let width = (high[0] - low[0]).hypot(high[1] - low[1]);
    let sides_of = |kind: Option<bool>| -> Vec<[Point2; 2]> {
        let rings = region.rings().iter().zip(region.are_holes());
        rings
            .filter(|(_, is_hole)| kind.is_none_or(|kind| kind == *is_hole))
            .flat_map(|(ring, _)| edges(ring))
            .collect()
    };
    let walls = if holes_close {
        [sides_of(Some(false)), sides_of(Some(true))]
    } else {
        [sides_of(None), Vec::new()]
    };
    let mut chords = Vec::new();
    for (ring, is_hole) in region.rings().iter().zip(region.are_holes()) {
        let (count, own): (usize, Vec<[Point2; 2]>) = (ring.len(), edges(ring).collect());
        let closes = is_hole && holes_close;
        let side = if closes { -1.0 } else { 1.0 };
        let stride = count.div_ceil(MEASURED);
        let measured: Vec<f64> = (0..count)
            .step_by(stride)
            .map(|edge| side * chord(&walls[usize::from(closes)], own[edge], width, side))
            .collect();
        chords.extend((0..count).map(|edge| {
            let (at, part) = (edge / stride, edge % stride);
            let next = (at + 1) % measured.len();
            // The last stretch of a ring may be shorter.
            let stretch = stride.min(count - at * stride);
            let t = part as f64 / stretch as f64;
            measured[at] + t * (measured[next] - measured[at])
        }));
    }
    chords
}

fn edges(ring: &[Point2]) -> impl Iterator<Item = [Point2; 2]> {
    ring.iter()
        .zip(ring.iter().cycle().skip(1))
        .map(|(a, b)| [*a, *b])
}

/// The chord at one edge, inwards or (side -1) outwards; the width of the region where the ray meets nothing.
fn chord(sides: &[[Point2; 2]], [a, b]: [Point2; 2], width: f64, side: f64) -> f64 {
    let along = [b[0] - a[0], b[1] - a[1]];
    let length = along[0].hypot(along[1]);
    if length <= 0.0 {
        return width;
    }
    // The inside is on the left.
    let inwards = [-side * along[1] / length, side * along[0] / length];
    let middle = [0.5 * (a[0] + b[0]), 0.5 * (a[1] + b[1])];
    let mut nearest = width;
    for [c, d] in sides {
        // Positions of the ends across and along the ray.
        let [p, q] = [c, d].map(|point| {
            let [x, y] = [point[0] - middle[0], point[1] - middle[1]];
            [
                inwards[0] * y - inwards[1] * x,
                inwards[0] * x + inwards[1] * y,
            ]
        });
        if (p[0] > 0.0) != (q[0] > 0.0) {
            let t = p[0] / (p[0] - q[0]);
            let distance = p[1] + t * (q[1] - p[1]);
            if distance > START * width && distance < nearest {
                nearest = distance;
            }
        }
    }
    nearest
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::f64::consts::TAU;

    #[test]
    fn chords_of_a_rectangle_a_disc_and_a_ring() {
        let rectangle = vec![[0.0, 0.0], [10.0, 0.0], [10.0, 4.0], [0.0, 4.0]];
        let mut found = chords(&PlanarRegion::from_even_odd(&[rectangle]), true);
        found.sort_by(f64::total_cmp);
        assert_eq!(found, [4.0, 4.0, 10.0, 10.0]);
        let circle = |r: f64| -> Vec<Point2> {
            (0..500)
                .map(|i| (TAU * f64::from(i) / 500.0).sin_cos())
                .map(|(s, c)| [r * c, r * s])
                .collect()
        };
        for chord in chords(&PlanarRegion::from_even_odd(&[circle(8.0)]), true) {
            assert!((chord - 16.0).abs() < 1e-3);
        }
        for chord in chords(
            &PlanarRegion::from_even_odd(&[circle(8.0), circle(5.0)]),
            false,
        ) {
            assert!((chord - 3.0).abs() < 1e-3, "{chord}");
        }
        let small_hole = PlanarRegion::from_even_odd(&[circle(8.0), circle(1.0)]);
        let found = chords(&small_hole, true);
        assert!(found[..500].iter().all(|chord| (chord - 16.0).abs() < 1e-3));
        assert!(found[500..].iter().all(|chord| (chord + 2.0).abs() < 1e-3));
    }
}
