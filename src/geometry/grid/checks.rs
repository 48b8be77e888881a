//! What the parts of a grid must be.

use super::GridError;
use crate::geometry::vector::{Vector, add_scaled, cross, dot, norm, unit};

/// How far direction cosines may be from orthonormal: DICOM prints them with few digits.
pub(super) const DIRECTION_TOLERANCE: f64 = 1e-3;
/// Largest number of voxels along an axis: DICOM rows and columns are 16-bit.
pub(super) const MOST_ALONG: usize = 1 << 20;
/// Largest number of voxels in all.
pub(super) const MOST_VOXELS: usize = 1 << 36;

pub(super) fn check_shape(shape: [usize; 3]) -> Result<(), GridError> {
    if shape.contains(&0) {
        return Err(GridError::EmptyShape(shape));
    }
    let voxels = shape
        .iter()
        .try_fold(1_usize, |product, n| product.checked_mul(*n));
    if shape.iter().any(|n| *n > MOST_ALONG) || voxels.is_none_or(|n| n > MOST_VOXELS) {
        return Err(GridError::TooLarge(shape));
    }
    Ok(())
}

pub(super) fn check_frame_order(offsets: &[f64]) -> Result<(), GridError> {
    let descending = matches!(offsets, [first, second, ..] if second < first);
    for (frame, pair) in offsets.windows(2).enumerate() {
        let step = pair[1] - pair[0];
        let steady = if descending { step < 0.0 } else { step > 0.0 };
        if !steady || !step.is_finite() {
            return Err(GridError::FrameOrder {
                frame: frame + 1,
                previous: pair[0],
                next: pair[1],
            });
        }
    }
    if let [only] = offsets
        && !only.is_finite()
    {
        return Err(GridError::FrameOrder {
            frame: 0,
            previous: *only,
            next: *only,
        });
    }
    Ok(())
}

/// Removes the rounding of printed direction cosines; refuses what is more than rounding.
pub(super) fn orthonormal(axes: [Vector; 3]) -> Result<[Vector; 3], GridError> {
    let [i, j, k] = axes;
    let off = [
        (norm(i) - 1.0).abs(),
        (norm(j) - 1.0).abs(),
        (norm(k) - 1.0).abs(),
        dot(i, j).abs(),
        dot(j, k).abs(),
        dot(i, k).abs(),
    ];
    // A comparison that NaN fails.
    if !off.iter().all(|value| *value <= DIRECTION_TOLERANCE) {
        return Err(GridError::Direction(axes));
    }
    // Axes that are as orthonormal as rounding allows stay as they are, to the bit, so that a grid
    // made again from its own parts is the same grid.
    if off.iter().all(|value| *value <= 8.0 * f64::EPSILON) {
        return Ok(axes);
    }
    let refuse = || GridError::Direction(axes);
    let i = unit(i).ok_or_else(refuse)?;
    let j = unit(add_scaled(j, -dot(i, j), i)).ok_or_else(refuse)?;
    let normal = cross(i, j);
    let sign = if dot(normal, k) < 0.0 { -1.0 } else { 1.0 };
    Ok([i, j, normal.map(|component| sign * component)])
}
