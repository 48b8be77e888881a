//! Where the frames of an RTDOSE lie: `ImagePositionPatient`, `ImageOrientationPatient`, `GridFrameOffsetVector`.

use super::dataset::DataSet;
use super::error::DicomError;
use super::pixels::Layout;
use crate::geometry::Grid;
use crate::geometry::vector::{Vector, cross};
use dicom_dictionary_std::tags;

/// How far the first absolute offset may be from the z of the image position in mm: both are printed.
const ABSOLUTE_TOLERANCE_MM: f64 = 0.01;
/// How far a direction cosine may be from an axis for the grid to count as axial.
const AXIAL_TOLERANCE: f64 = 1e-3;
const FILE: &str = "RTDOSE";

/// The grid of a dose (PS3.3 C.8.8.3.2).
///
/// The first three direction cosines point along increasing column index, the last three along
/// increasing row index, frames run along their vector product. Offsets that start with 0 count along
/// it from the image position; offsets that start with the z of the image position are z coordinates.
///
/// # Errors
/// Elements that are missing, offsets that fit neither meaning, what [`Grid`] refuses.
pub(super) fn grid(
    set: &DataSet<'_>,
    layout: &Layout,
    warnings: &mut Vec<String>,
) -> Result<Grid, DicomError> {
    let origin = set
        .decimals(tags::IMAGE_POSITION_PATIENT)
        .and_then(|numbers| <[f64; 3]>::try_from(numbers).ok());
    let origin = DataSet::require(origin, FILE, "ImagePositionPatient with three numbers")?;
    let cosines = set
        .decimals(tags::IMAGE_ORIENTATION_PATIENT)
        .and_then(|numbers| <[f64; 6]>::try_from(numbers).ok());
    let [ix, iy, iz, jx, jy, jz] =
        DataSet::require(cosines, FILE, "ImageOrientationPatient with six numbers")?;
    let spacing = set
        .decimals(tags::PIXEL_SPACING)
        .and_then(|numbers| <[f64; 2]>::try_from(numbers).ok());
    let [between_rows, between_columns] =
        DataSet::require(spacing, FILE, "PixelSpacing with two numbers")?;
    let (i, j) = ([ix, iy, iz], [jx, jy, jz]);
    let k = cross(i, j);
    let offsets = offsets(set, layout, origin, k)?;
    let thickness = if layout.frames == 1 {
        thickness(set, between_rows.min(between_columns), warnings)
    } else {
        1.0
    };
    Ok(Grid::with_frames(
        [layout.frames, layout.rows, layout.columns],
        [between_columns, between_rows, thickness],
        origin,
        [i, j, k],
        offsets,
    )?)
}

/// Offsets of the frames in mm along the k axis from the image position.
fn offsets(
    set: &DataSet<'_>,
    layout: &Layout,
    origin: Vector,
    k: Vector,
) -> Result<Vec<f64>, DicomError> {
    let Some(stated) = set.decimals(tags::GRID_FRAME_OFFSET_VECTOR) else {
        return if layout.frames == 1 {
            Ok(vec![0.0])
        } else {
            Err(DicomError::Missing {
                file: FILE,
                element: "GridFrameOffsetVector",
                remedy: "several frames cannot be placed without it: export the dose again",
            })
        };
    };
    let first = stated.first().copied().unwrap_or(0.0);
    if first == 0.0 {
        return Ok(stated);
    }
    let along = |axis: Vector, index: usize| (axis[index].abs() - 1.0).abs() <= AXIAL_TOLERANCE;
    if !along(k, 2) || (first - origin[2]).abs() > ABSOLUTE_TOLERANCE_MM {
        return Err(DicomError::FrameOffsets {
            first,
            z: origin[2],
        });
    }
    Ok(stated.iter().map(|z| (z - first) * k[2].signum()).collect())
}

/// The thickness of a single frame, which no offsets tell.
fn thickness(set: &DataSet<'_>, fallback: f64, warnings: &mut Vec<String>) -> f64 {
    let stated = [tags::SLICE_THICKNESS, tags::SPACING_BETWEEN_SLICES]
        .into_iter()
        .filter_map(|tag| set.decimal(tag))
        .find(|thickness| *thickness > 0.0);
    stated.unwrap_or_else(|| {
        warnings.push(format!(
            "the dose is a single plane of unstated thickness; {fallback} mm, its pixel spacing, is used"
        ));
        fallback
    })
}
