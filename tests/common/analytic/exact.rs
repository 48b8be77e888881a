//! Closed forms: prisms in a linear dose.
//!
//! The volume of a prism with dose at or above `d` is the integral over its cross-section of the thickness that
//! lies on the right side of a plane. That thickness is a difference of two ramps in `s = g . p`, and by Gauss's
//! theorem the integral of a ramp over a polygon is a sum over edges of differences of cubes.

use super::stack::{Point, Ring, Solid};
use hepadose::geometry::vector::Vector;

/// Gradients along an axis below this share of the whole count as none.
const FLAT: f64 = 1e-12;

/// Volume in mm^3 with `base + g . r >= dose`.
pub(crate) fn volume_above(solid: &Solid, base: f64, g: Vector, dose: f64) -> f64 {
    let (base, [gu, gv, gw]) = solid.frame.linear(base, g);
    let in_plane = (gu * gu + gv * gv).sqrt();
    let strength = (in_plane * in_plane + gw * gw).sqrt();
    solid
        .slabs
        .iter()
        .map(|slab| {
            let height = slab.high - slab.low;
            let area = || super::stack::area(&slab.rings);
            if strength == 0.0 {
                return if base >= dose { area() * height } else { 0.0 };
            }
            if in_plane <= FLAT * strength {
                let edge = ((dose - base) / gw).clamp(slab.low, slab.high);
                let above = if gw > 0.0 {
                    slab.high - edge
                } else {
                    edge - slab.low
                };
                return area() * above;
            }
            if gw.abs() <= FLAT * strength {
                return height * over(&slab.rings, [gu, gv], dose - base, step);
            }
            // Thickness above: the ramp from the end where the dose is higher, minus the ramp from the other.
            let (a, b) = (dose - base - gw * slab.low, dose - base - gw * slab.high);
            let ramps = over(&slab.rings, [gu, gv], a.min(b), ramp)
                - over(&slab.rings, [gu, gv], a.max(b), ramp);
            ramps / gw.abs()
        })
        .sum()
}

/// Least and highest value over the closed prisms.
pub(crate) fn range(solid: &Solid, base: f64, g: Vector) -> [f64; 2] {
    solid
        .corners()
        .fold([f64::INFINITY, f64::NEG_INFINITY], |range, p| {
            let dose = base + g[0] * p[0] + g[1] * p[1] + g[2] * p[2];
            [range[0].min(dose), range[1].max(dose)]
        })
}

/// Mean over the prisms: the value at the centroid.
pub(crate) fn mean(solid: &Solid, base: f64, g: Vector) -> f64 {
    let (base, [gu, gv, gw]) = solid.frame.linear(base, g);
    let mut sum = 0.0;
    for slab in &solid.slabs {
        let height = slab.high - slab.low;
        let middle = 0.5 * (slab.high + slab.low);
        for ring in &slab.rings {
            let area = super::stack::ring_area(&ring.points) * if ring.hole { -1.0 } else { 1.0 };
            let [u, v] = centroid(&ring.points);
            sum += height * area * (gu * u + gv * v + gw * middle);
        }
    }
    base + sum / solid.volume()
}

fn centroid(points: &[Point]) -> Point {
    let first = points[0];
    let (mut area, mut u, mut v) = (0.0, 0.0, 0.0);
    for index in 0..points.len() {
        let [a, b] = [points[index], points[(index + 1) % points.len()]]
            .map(|p| [p[0] - first[0], p[1] - first[1]]);
        let w = a[0] * b[1] - a[1] * b[0];
        area += w;
        u += w * (a[0] + b[0]);
        v += w * (a[1] + b[1]);
    }
    [first[0] + u / (3.0 * area), first[1] + v / (3.0 * area)]
}

/// Mean along an edge, from `a` to `b` in excess of the threshold, of the integral of the step: a ramp.
fn step(a: f64, b: f64) -> f64 {
    match (a > 0.0, b > 0.0) {
        (true, true) => 0.5 * (a + b),
        (true, false) => 0.5 * a * a / (a - b),
        (false, true) => 0.5 * b * b / (b - a),
        (false, false) => 0.0,
    }
}

/// Mean along an edge of the integral of the ramp: half a square.
fn ramp(a: f64, b: f64) -> f64 {
    match (a > 0.0, b > 0.0) {
        (true, true) => (a * a + a * b + b * b) / 6.0,
        (true, false) => a * a * a / (6.0 * (a - b)),
        (false, true) => b * b * b / (6.0 * (b - a)),
        (false, false) => 0.0,
    }
}

/// Integral over rings of the step or ramp of `g . p - threshold`.
fn over(rings: &[Ring], g: Point, threshold: f64, mean: impl Fn(f64, f64) -> f64) -> f64 {
    let square = g[0] * g[0] + g[1] * g[1];
    rings
        .iter()
        .map(|ring| {
            let points = &ring.points;
            let mut sum = 0.0;
            let mut turn = 0.0;
            for index in 0..points.len() {
                let (p, q) = (points[index], points[(index + 1) % points.len()]);
                // Outward normal times length of a counter-clockwise edge, along g.
                let through = (g[0] * (q[1] - p[1]) - g[1] * (q[0] - p[0])) / square;
                let excess = |p: Point| g[0] * p[0] + g[1] * p[1] - threshold;
                sum += through * mean(excess(p), excess(q));
                turn += (p[0] - points[0][0]) * (q[1] - points[0][1])
                    - (q[0] - points[0][0]) * (p[1] - points[0][1]);
            }
            sum * turn.signum() * if ring.hole { -1.0 } else { 1.0 }
        })
        .sum()
}
