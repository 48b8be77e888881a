//! Area moments of the part of a lattice cell that a region covers.

use crate::geometry::Point2;

/// A covered share below this is rounding.
const LEAST_AREA: f64 = 1e-13;

/// Area moments about the cell's centre in units of the cell: 1, u, v, uu, vv, uv.
pub(super) type Moments = [f64; 6];

/// A cell that is covered in part. Lengths are in units of the cell, from its centre.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PartialCell {
    /// Cell in the row.
    pub column: usize,
    /// Covered share of its area.
    pub share: f64,
    /// Centroid of the covered part.
    pub centroid: Point2,
    /// Variances of the covered part along u and v, and their covariance.
    pub spread: [f64; 3],
    /// Corners that are covered, as bits: low u and low v, high u and low v, low u and high v, both high.
    pub corners: u8,
}

impl PartialCell {
    /// From moments about the cell's centre; `None` when next to nothing is covered.
    pub(super) fn new(column: usize, moments: &Moments, corners: u8) -> Option<Self> {
        let [share, u, v, uu, vv, uv] = *moments;
        if share <= LEAST_AREA {
            return None;
        }
        // Slivers have moments that are differences of nearly equal numbers: hold them to what a cell allows.
        let per_share = 1.0 / share;
        let centroid = [u, v].map(|first| (first * per_share).clamp(-0.5, 0.5));
        let variance = |second: f64, mean: f64| (second * per_share - mean * mean).clamp(0.0, 0.25);
        let (su, sv) = (variance(uu, centroid[0]), variance(vv, centroid[1]));
        let limit = (su * sv).sqrt();
        let covariance = (uv * per_share - centroid[0] * centroid[1]).clamp(-limit, limit);
        Some(Self {
            column,
            share: share.min(1.0),
            centroid,
            spread: [su, sv, covariance],
            corners,
        })
    }
}

/// Integrals along a straight piece in cell units, coordinates from the cell's centre: what it adds to its own
/// cell, and per strip (1, v, vv) to the cells on the right.
///
/// With the ring counter-clockwise the part to the right of a piece is `-integral (1/2 - x) dy`; higher
/// moments alike. Along a straight line each integrand is a polynomial, so the means are exact.
#[inline]
pub(super) fn contribution([xa, ya]: Point2, [xb, yb]: Point2) -> (Moments, [f64; 3]) {
    let dy = ya - yb;
    let x = 0.5 * (xa + xb);
    let xx = (xa * xa + xa * xb + xb * xb) / 3.0;
    let xxx = 0.25 * (xa + xb) * (xa * xa + xb * xb);
    let y = 0.5 * (ya + yb);
    let yy = (ya * ya + ya * yb + yb * yb) / 3.0;
    let xy = (2.0 * (xa * ya + xb * yb) + xa * yb + xb * ya) / 6.0;
    let xxy = (ya * (3.0 * xa * xa + 2.0 * xa * xb + xb * xb)
        + yb * (xa * xa + 2.0 * xa * xb + 3.0 * xb * xb))
        / 12.0;
    let xyy = (xa * (3.0 * ya * ya + 2.0 * ya * yb + yb * yb)
        + xb * (ya * ya + 2.0 * ya * yb + 3.0 * yb * yb))
        / 12.0;
    (
        [
            dy * (0.5 - x),
            dy * 0.5 * (0.25 - xx),
            dy * (0.5 * y - xy),
            dy * (0.125 - xxx) / 3.0,
            dy * (0.5 * yy - xyy),
            dy * 0.5 * (0.25 * y - xxy),
        ],
        [dy, dy * y, dy * yy],
    )
}

/// Moments of a strip over the whole width of a cell.
pub(super) fn full_width(strip: &[f64; 3]) -> Moments {
    [strip[0], 0.0, strip[1], strip[0] / 12.0, strip[2], 0.0]
}
