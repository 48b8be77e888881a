//! The trilinear dose in one interpolation cell as a polynomial.

use super::sample::Sample;
use super::scale::{larger, smaller};

/// A dose between eight voxel centres: a polynomial in the shares `x, y, z` (0 to 1) of the way along u, v, w.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Trilinear {
    /// Coefficients of 1, x, y, z, xy, xz, yz, xyz.
    c: [f64; 8],
    low: f64,
    high: f64,
}

impl Trilinear {
    /// From the doses at the corners, x running fastest.
    #[inline]
    pub(super) fn new(corners: [f64; 8]) -> Self {
        let [a000, a100, a010, a110, a001, a101, a011, a111] = corners;
        let (x00, x10, x01, x11) = (a100 - a000, a110 - a010, a101 - a001, a111 - a011);
        let (y0, y1) = (a010 - a000, a011 - a001);
        let (xy0, xy1) = (x10 - x00, x11 - x01);
        Self {
            c: [
                a000,
                x00,
                y0,
                a001 - a000,
                xy0,
                x01 - x00,
                y1 - y0,
                xy1 - xy0,
            ],
            low: of_all(corners, smaller),
            high: of_all(corners, larger),
        }
    }

    /// Least and highest dose in the cell.
    #[inline]
    pub(super) fn bounds(&self) -> [f64; 2] {
        [self.low, self.high]
    }

    /// The dose at a place.
    #[inline]
    pub(super) fn value(&self, [x, y, z]: [f64; 3]) -> f64 {
        let [c, cx, cy, cz, cxy, cxz, cyz, cxyz] = self.c;
        let at_bottom = c + x * cx + y * (cy + x * cxy);
        at_bottom + z * (cz + x * cxz + y * (cyz + x * cxyz))
    }

    /// Dose, gradient and twist at a place, lengths in mm: `inverse` is one over the cell's width.
    #[inline]
    pub(super) fn sample(&self, [x, y, z]: [f64; 3], inverse: [f64; 3]) -> Sample {
        let [c, cx, cy, cz, cxy, cxz, cyz, cxyz] = self.c;
        let [iu, iv, iw] = inverse;
        let (xy, xz, yz) = (cxy + z * cxyz, cxz + y * cxyz, cyz + x * cxyz);
        let along_z = cz + x * cxz + y * yz;
        Sample {
            value: c + x * cx + y * (cy + x * cxy) + z * along_z,
            gradient: [
                (cx + y * cxy + z * xz) * iu,
                (cy + x * cxy + z * yz) * iv,
                along_z * iw,
            ],
            twist: [xy * iu * iv, xz * iu * iw, yz * iv * iw],
        }
    }
}

/// The first of eight values in the order of `first`, in three rounds.
#[inline]
fn of_all([a, b, c, d, e, f, g, h]: [f64; 8], first: impl Fn(f64, f64) -> f64) -> f64 {
    first(
        first(first(a, b), first(c, d)),
        first(first(e, f), first(g, h)),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn corners_gradient_and_twist() {
        let dose = |x: f64, y: f64, z: f64| {
            1.0 + 2.0 * x - y + 0.5 * z + 3.0 * x * y - x * z + 2.0 * y * z + 4.0 * x * y * z
        };
        let corners =
            std::array::from_fn(|i| dose((i & 1) as f64, (i >> 1 & 1) as f64, (i >> 2) as f64));
        let cell = Trilinear::new(corners);
        let place = [0.3, 0.8, 0.4];
        let [x, y, z] = place;
        let sample = cell.sample(place, [1.0, 0.5, 0.25]);
        assert!((sample.value - dose(x, y, z)).abs() < 1e-12);
        assert!((cell.value(place) - dose(x, y, z)).abs() < 1e-12);
        let gradient = [
            2.0 + 3.0 * y - z + 4.0 * y * z,
            0.5 * (-1.0 + 3.0 * x + 2.0 * z + 4.0 * x * z),
            0.25 * (0.5 - x + 2.0 * y + 4.0 * x * y),
        ];
        let twist = [
            0.5 * (3.0 + 4.0 * z),
            0.25 * (-1.0 + 4.0 * y),
            0.125 * (2.0 + 4.0 * x),
        ];
        for axis in 0..3 {
            assert!((sample.gradient[axis] - gradient[axis]).abs() < 1e-12);
            assert!((sample.twist[axis] - twist[axis]).abs() < 1e-12);
        }
        assert_eq!(cell.bounds()[0], 0.0);
        assert_eq!(cell.bounds()[1], dose(1.0, 1.0, 1.0));
    }
}
