//! An NM object of one volume.

use super::pixels::{Frames, pixels, rescale};
use super::{FILE, ImageUnit, NuclearImage, Opened, axes, numbers, value};
use crate::dicom::dataset::DataSet;
use crate::dicom::error::{DicomError, code_for_message};
use crate::geometry::Grid;
use crate::geometry::vector::cross;
use dicom_dictionary_std::tags;

pub(super) fn read(file: &Opened<'_>) -> Result<NuclearImage, DicomError> {
    let set = &file.set;
    let size = Frames::of(set)?;
    let slices = set
        .short(tags::NUMBER_OF_SLICES)
        .map_or(size.count, usize::from);
    if slices != size.count {
        return Err(value(
            "NumberOfFrames",
            format!("{} for {slices} slices", size.count),
            "one frame a slice",
            "several detectors, energy windows or time slots: give one reconstructed volume",
        ));
    }
    let places = set
        .items(tags::DETECTOR_INFORMATION_SEQUENCE)
        .first()
        .unwrap_or(set);
    let cosines = numbers::<6>(
        places,
        tags::IMAGE_ORIENTATION_PATIENT,
        "ImageOrientationPatient",
    )?;
    let origin = numbers::<3>(places, tags::IMAGE_POSITION_PATIENT, "ImagePositionPatient")?;
    let [between_rows, between_columns] = numbers::<2>(set, tags::PIXEL_SPACING, "PixelSpacing")?;
    let step = set
        .decimal(tags::SPACING_BETWEEN_SLICES)
        .or_else(|| set.decimal(tags::SLICE_THICKNESS))
        .filter(|step| step.is_finite() && *step != 0.0);
    let step = DataSet::require(step, FILE, "SpacingBetweenSlices")?;
    let (i, j) = axes(cosines);
    let grid = Grid::with_frames(
        [size.count, size.rows, size.columns],
        [between_columns, between_rows, step.abs()],
        origin,
        [i, j, cross(i, j)],
        (0..size.count).map(|k| k as f64 * step).collect(),
    )?;
    let stated_unit = set.code(tags::UNITS);
    let unit = match stated_unit.as_deref() {
        Some("BQML") => ImageUnit::BecquerelPerMl,
        None | Some("CNTS" | "CPS" | "PROPCNTS" | "PROPCPS") => ImageUnit::Counts,
        Some(other) => {
            return Err(value(
                "Units",
                code_for_message(other),
                "BQML, CNTS, CPS or none",
                "export the image in counts or Bq/mL",
            ));
        }
    };
    // Counts are in proportion to activity at any slope; Bq/mL are not.
    let (slope, intercept) = rescale(set, unit == ImageUnit::BecquerelPerMl)?;
    let warnings = match unit {
        ImageUnit::Counts => Vec::new(),
        ImageUnit::BecquerelPerMl => vec![
            "an NM image in Bq/mL does not say to which time its activity is corrected".to_owned(),
        ],
    };
    Ok(NuclearImage {
        values: pixels(file, &size, slope, intercept)?,
        grid,
        unit,
        stated_unit,
        from_suv: false,
        hours_after_administration: None,
        frame_of_reference: set.code(tags::FRAME_OF_REFERENCE_UID),
        warnings,
    })
}
