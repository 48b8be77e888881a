//! What the organs of the trunk lie in and between: skin, cavity, diaphragm, spine, vessels, heart and lungs.
//!
//! Every function takes a point of the template in mm (x to the left, y to the back, z to the head) and gives
//! about its distance to the surface in mm, negative inside.

use super::shape::{column, ellipsoid, rounded_outline, smooth_max, smooth_min, tube, turned};
use crate::geometry::vector::Vector;

/// Half width and half depth of the body in mm.
const BODY: [f64; 2] = [167.0, 107.0];

/// The skin: wider at hip and chest than at the waist, with a furrow along the back.
pub(super) fn body(q: Vector) -> f64 {
    let waist = 5.0 * (q[2] / 105.0 + 0.6).cos();
    let half = [BODY[0] - waist, BODY[1] - 0.6 * waist];
    let furrow = if q[1] > 60.0 {
        7.0 * (-(q[0] / 20.0).powi(2)).exp()
    } else {
        0.0
    };
    rounded_outline(q[0], q[1], half) + furrow
}

/// Half axes of the body as an ellipse, for path lengths.
pub(super) const fn body_half_axes() -> [f64; 2] {
    BODY
}

/// Inside of ribs and abdominal wall.
pub(super) fn cavity(q: Vector) -> f64 {
    let narrowing = 1.0 - 0.28 * ((q[2] - 70.0).max(0.0) / 150.0).powi(2);
    rounded_outline(q[0], q[1] + 4.0, [143.0 * narrowing, 86.0 * narrowing])
}

/// Vertebral bodies and arches.
pub(super) fn spine(q: Vector) -> f64 {
    let bodies = column(q, [0.0, 50.0], [21.0, 16.0]);
    smooth_min(bodies, column(q, [0.0, 78.0], [13.0, 20.0]), 8.0)
}

/// The spinal cord, which follows the curves of the spine.
pub(super) fn cord(q: Vector) -> f64 {
    column(q, [0.0, 75.0 + 2.0 * (q[2] / 70.0).sin()], [6.5, 5.0])
}

/// The space below the diaphragm (positive in the chest): two domes and the central tendon.
pub(super) fn below_diaphragm(q: Vector) -> f64 {
    let dome = |top: f64, fall: f64, centre: [f64; 2], half: [f64; 2]| {
        let [u, v] = [0, 1].map(|axis| (q[axis] - centre[axis]) / half[axis]);
        top - fall * (u * u + v * v)
    };
    let right = dome(88.0, 78.0, [-70.0, -2.0], [80.0, 90.0]);
    let left = dome(74.0, 70.0, [72.0, 0.0], [76.0, 88.0]);
    let tendon = dome(64.0, 66.0, [4.0, -26.0], [70.0, 66.0]);
    let surface = smooth_max(smooth_max(right, left, 20.0), tendon, 20.0);
    0.62 * (q[2] - surface)
}

/// The heart, on the central tendon, its apex to the left.
pub(super) fn heart(q: Vector) -> f64 {
    let tilted = turned(q, [20.0, -38.0, 112.0], 2, -0.5);
    let solid = ellipsoid(tilted, [20.0, -38.0, 112.0], [60.0, 43.0, 54.0]);
    smooth_max(
        smooth_max(solid, 2.0 - below_diaphragm(q), 8.0),
        6.0 + cavity(q),
        6.0,
    )
}

/// A lung between chest wall, diaphragm, heart and mediastinum; `side` is 1 on the left and -1 on the right.
pub(super) fn lung(q: Vector, side: f64) -> f64 {
    let chest = smooth_max(3.0 + cavity(q), 2.0 - below_diaphragm(q), 4.0);
    let middle = column(q, [4.0, 4.0], [30.0, 62.0]);
    smooth_max(smooth_max(chest, 2.0 - heart(q), 6.0), -middle, 10.0)
        .max(4.0 - side * (q[0] - 2.0))
        .max(4.0 - spine(q))
}

/// The gallbladder, in its fossa under the liver.
pub(super) fn gallbladder(q: Vector) -> f64 {
    let centre = [-38.0, -46.0, -46.0];
    let tilted = turned(turned(q, centre, 0, 0.45), centre, 1, -0.3);
    ellipsoid(tilted, centre, [15.0, 16.0, 33.0])
}

/// The aorta, before the spine on the left.
pub(super) fn aorta(q: Vector) -> f64 {
    let bend = 6.0 * (q[2] / 160.0).sin();
    column(q, [13.0 + bend, 20.0], [11.0, 11.0])
}

/// The inferior vena cava, up to the heart.
pub(super) fn vena_cava(q: Vector) -> f64 {
    column(q, [-19.0, 16.0 - 8.0 * (q[2] / 130.0)], [13.0, 10.0]).max(q[2] - 78.0)
}

/// The oesophagus, from the neck to the stomach.
pub(super) fn esophagus(q: Vector) -> f64 {
    tube(
        q,
        &[
            [2.0, 22.0, 400.0, 9.0],
            [6.0, 14.0, 96.0, 9.0],
            [26.0, 2.0, 62.0, 9.0],
            [44.0, 2.0, 54.0, 9.0],
        ],
    )
}

/// Distance to the course of the colon, with radii of its ascending, transverse and descending part.
pub(super) fn colon_axis(q: Vector, [ascending, transverse, descending]: [f64; 3]) -> f64 {
    tube(
        q,
        &[
            [-98.0, 6.0, -320.0, ascending],
            [-104.0, 8.0, -112.0, ascending],
            [-84.0, -30.0, -98.0, ascending],
            [-40.0, -60.0, -92.0, transverse],
            [8.0, -66.0, -104.0, transverse],
            [58.0, -62.0, -78.0, transverse],
            [104.0, -14.0, -34.0, descending],
            [114.0, 26.0, -70.0, descending],
            [112.0, 32.0, -320.0, descending],
        ],
    )
}

/// The gas in the colon, which is left out of it.
pub(super) fn colon_lumen(q: Vector) -> f64 {
    colon_axis(q, [9.0, 8.0, 7.0])
}

/// The wall of the right side of the chest, from pleura to 25 mm outside of it.
pub(super) fn chestwall(q: Vector) -> f64 {
    let wall = (2.0 - cavity(q)).max(cavity(q) - 22.0).max(4.0 + body(q));
    wall.max(q[0] + 14.0).max(3.0 - spine(q))
}
