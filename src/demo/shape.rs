//! Solids as functions of a point: negative inside, positive outside, about the distance in mm.

use super::random::SplitMix64;
use crate::geometry::vector::{Vector, add_scaled, dot, norm, sub};

/// The smaller of two distances, rounded where they meet over about `k` mm: a union with a fillet.
pub(super) fn smooth_min(a: f64, b: f64, k: f64) -> f64 {
    let overlap = (k - (a - b).abs()).max(0.0);
    a.min(b) - 0.25 * overlap * overlap / k
}

/// The larger of two distances, rounded over about `k` mm: an intersection without a sharp edge.
pub(super) fn smooth_max(a: f64, b: f64, k: f64) -> f64 {
    -smooth_min(-a, -b, k)
}

/// Distance to an ellipsoid along the axes, first order in the distance.
pub(super) fn ellipsoid(point: Vector, centre: Vector, radii: Vector) -> f64 {
    let offset = sub(point, centre);
    let scaled: Vector = std::array::from_fn(|axis| offset[axis] / radii[axis]);
    let steep: Vector = std::array::from_fn(|axis| scaled[axis] / radii[axis]);
    let (k, g) = (norm(scaled), norm(steep));
    if g > 0.0 {
        k * (k - 1.0) / g
    } else {
        -radii.into_iter().fold(f64::INFINITY, f64::min)
    }
}

/// Distance to an upright cylinder of elliptic section.
pub(super) fn column(point: Vector, centre: [f64; 2], radii: [f64; 2]) -> f64 {
    ellipsoid(
        [point[0], point[1], 0.0],
        [centre[0], centre[1], 0.0],
        [radii[0], radii[1], 1.0e6],
    )
}

/// Distance to a cylinder-like outline with the exponent 2.5: between an ellipse and a box.
pub(super) fn rounded_outline(x: f64, y: f64, half: [f64; 2]) -> f64 {
    let power = |value: f64| value * value * value.sqrt();
    let k = (power(x.abs() / half[0]) + power(y.abs() / half[1])).powf(0.4);
    if k > 0.0 {
        x.hypot(y) * (1.0 - 1.0 / k)
    } else {
        -half[0].min(half[1])
    }
}

/// A point turned by an angle about the axis through `centre` along `axis` (0 = x, 1 = y, 2 = z).
pub(super) fn turned(point: Vector, centre: Vector, axis: usize, radians: f64) -> Vector {
    let (sine, cosine) = radians.sin_cos();
    let (first, second) = ((axis + 1) % 3, (axis + 2) % 3);
    let offset = sub(point, centre);
    let mut result = point;
    result[first] = centre[first] + cosine * offset[first] + sine * offset[second];
    result[second] = centre[second] - sine * offset[first] + cosine * offset[second];
    result
}

/// Distance to a tube along a chain of `(x, y, z, radius)`.
pub(super) fn tube(point: Vector, chain: &[[f64; 4]]) -> f64 {
    chain
        .windows(2)
        .map(|pair| {
            let [a, b] = [pair[0], pair[1]];
            let start = [a[0], a[1], a[2]];
            let along = sub([b[0], b[1], b[2]], start);
            let from = sub(point, start);
            let t = (dot(from, along) / dot(along, along)).clamp(0.0, 1.0);
            norm(add_scaled(from, -t, along)) - (a[3] + t * (b[3] - a[3]))
        })
        .fold(f64::INFINITY, |a, b| smooth_min(a, b, 6.0))
}

/// A smooth random field: plane waves of random direction, phase and a wavelength in a range.
#[derive(Debug, Clone)]
pub(super) struct Ripple {
    waves: Vec<(Vector, f64)>,
}

impl Ripple {
    /// `count` waves of wavelengths between `shortest` and `longest` mm.
    pub(super) fn new(random: &mut SplitMix64, count: usize, shortest: f64, longest: f64) -> Self {
        let waves = (0..count)
            .map(|_| {
                let number = std::f64::consts::TAU / random.between(shortest, longest);
                let wave = random.direction().map(|component| number * component);
                (wave, random.between(0.0, std::f64::consts::TAU))
            })
            .collect();
        Self { waves }
    }

    /// The field at a point, between -1 and 1.
    pub(super) fn value(&self, point: Vector) -> f64 {
        let sum: f64 = self
            .waves
            .iter()
            .map(|(wave, phase)| (dot(*wave, point) + phase).sin())
            .sum();
        sum / self.waves.len() as f64
    }
}

/// A smooth random displacement of space, which makes one patient's anatomy out of the template.
#[derive(Debug, Clone)]
pub(super) struct Warp {
    waves: Vec<(Vector, f64, Vector)>,
}

impl Warp {
    /// `count` waves that displace by at most `amplitude` mm each.
    pub(super) fn new(random: &mut SplitMix64, count: usize, amplitude: f64) -> Self {
        let waves = (0..count)
            .map(|_| {
                let number = std::f64::consts::TAU / random.between(110.0, 190.0);
                let wave = random.direction().map(|component| number * component);
                let phase = random.between(0.0, std::f64::consts::TAU);
                let shift = random.direction().map(|component| amplitude * component);
                (wave, phase, shift)
            })
            .collect();
        Self { waves }
    }

    /// Where a point of the patient lies in the template.
    pub(super) fn apply(&self, point: Vector) -> Vector {
        self.waves
            .iter()
            .fold(point, |moved, (wave, phase, shift)| {
                add_scaled(moved, (dot(*wave, point) + phase).sin(), *shift)
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_of_simple_solids() {
        let sphere = |x| ellipsoid([x, 0.0, 0.0], [0.0; 3], [10.0; 3]);
        assert!((sphere(13.0) - 3.0).abs() < 1e-12 && (sphere(4.0) + 6.0).abs() < 1e-12);
        assert_eq!(sphere(0.0), -10.0);
        let chain = [[0.0, 0.0, 0.0, 2.0], [10.0, 0.0, 0.0, 4.0]];
        assert!((tube([5.0, 7.0, 0.0], &chain) - 4.0).abs() < 1e-12);
        let quarter = turned([1.0, 0.0, 0.0], [0.0; 3], 2, std::f64::consts::FRAC_PI_2);
        assert!(quarter[0].abs() < 1e-12 && (quarter[1] + 1.0).abs() < 1e-12);
    }

    #[test]
    fn blends_stay_on_the_right_side() {
        assert_eq!(smooth_min(3.0, 20.0, 5.0), 3.0);
        assert!(smooth_min(3.0, 3.0, 4.0) < 3.0 && smooth_max(3.0, 3.0, 4.0) > 3.0);
    }
}
