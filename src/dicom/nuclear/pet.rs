//! A PET series: one file a slice.

use super::pixels::{Frames, pixels, rescale};
use super::time::{moment_seconds, parse_date_time};
use super::{ImageUnit, NuclearImage, Opened, axes, numbers, value};
use crate::dicom::dataset::DataSet;
use crate::dicom::error::{DicomError, code_for_message};
use crate::geometry::Grid;
use crate::geometry::vector::{Vector, cross};
use dicom_dictionary_std::tags;

/// How far direction cosines and spacings of the slices of a series may differ.
const SAME: f64 = 1e-4;

pub(super) fn read(sets: &[Opened<'_>]) -> Result<NuclearImage, DicomError> {
    let first = &sets[0].set;
    let (grid, mut values) = slices(sets)?;
    let mut warnings = Vec::new();
    if !grid.is_evenly_spaced() {
        warnings.push("the slices are not evenly spaced: one may be missing".to_owned());
    }
    let stated_unit = first.code(tags::UNITS);
    let hours = hours_after_administration(first, sets, &mut warnings);
    let (unit, from_suv) = match stated_unit.as_deref() {
        Some("BQML") => (ImageUnit::BecquerelPerMl, false),
        Some("CNTS" | "CPS" | "PROPCNTS" | "PROPCPS") => (ImageUnit::Counts, false),
        Some("GML") => {
            let factor = bq_per_ml_per_suv(first, hours)?;
            for value in &mut values {
                *value = (f64::from(*value) * factor) as f32;
            }
            warnings.push(format!(
                "the image was an SUV by body weight; it was turned into Bq/mL by {factor} Bq/mL for each g/mL"
            ));
            (ImageUnit::BecquerelPerMl, true)
        }
        other => {
            return Err(value(
                "Units",
                other.map_or_else(|| "absent".to_owned(), code_for_message),
                "BQML, GML (SUV by body weight), CNTS or CPS",
                "export the image in Bq/mL",
            ));
        }
    };
    Ok(NuclearImage {
        values,
        grid,
        unit,
        stated_unit,
        from_suv,
        hours_after_administration: hours,
        frame_of_reference: first.code(tags::FRAME_OF_REFERENCE_UID),
        warnings,
    })
}

/// The slices of a PET series in order: where they are, and their values.
fn slices(sets: &[Opened<'_>]) -> Result<(Grid, Vec<f32>), DicomError> {
    let first = &sets[0].set;
    let size = Frames::of(first)?;
    let cosines = numbers::<6>(
        first,
        tags::IMAGE_ORIENTATION_PATIENT,
        "ImageOrientationPatient",
    )?;
    let [between_rows, between_columns] = numbers::<2>(first, tags::PIXEL_SPACING, "PixelSpacing")?;
    let (i, j) = axes(cosines);
    let k = cross(i, j);
    let along = |point: Vector| point[0] * k[0] + point[1] * k[1] + point[2] * k[2];
    let series = first.code(tags::SERIES_INSTANCE_UID);
    let mut slices = Vec::with_capacity(sets.len());
    for file in sets {
        let set = &file.set;
        let frames = Frames::of(set)?;
        let other = numbers::<6>(
            set,
            tags::IMAGE_ORIENTATION_PATIENT,
            "ImageOrientationPatient",
        )?;
        let near = cosines
            .iter()
            .zip(&other)
            .all(|(a, b)| (a - b).abs() <= SAME);
        if set.code(tags::SERIES_INSTANCE_UID) != series
            || set.code(tags::MODALITY).as_deref() != Some("PT")
            || (frames.count, frames.rows, frames.columns) != (1, size.rows, size.columns)
            || !near
            || set.code(tags::UNITS) != first.code(tags::UNITS)
        {
            return Err(value(
                "SeriesInstanceUID",
                "of files that do not make one volume (series, size, orientation or units differ)"
                    .to_owned(),
                "one PET series, one file a slice",
                "give the files of one series",
            ));
        }
        let position = numbers::<3>(set, tags::IMAGE_POSITION_PATIENT, "ImagePositionPatient")?;
        let (slope, intercept) = rescale(set, true)?;
        slices.push((
            along(position),
            position,
            pixels(file, &frames, slope, intercept)?,
        ));
    }
    slices.sort_by(|a, b| a.0.total_cmp(&b.0));
    if slices.windows(2).any(|pair| pair[1].0 - pair[0].0 < 1e-3) {
        return Err(value(
            "ImagePositionPatient",
            "the same in two files".to_owned(),
            "one file a slice",
            "give one time frame and one bed position set",
        ));
    }
    let thickness = first
        .decimal(tags::SLICE_THICKNESS)
        .filter(|t| *t > 0.0)
        .unwrap_or(between_rows);
    let offsets: Vec<f64> = slices.iter().map(|slice| slice.0 - slices[0].0).collect();
    let grid = Grid::with_frames(
        [slices.len(), size.rows, size.columns],
        [between_columns, between_rows, thickness],
        slices[0].1,
        [i, j, k],
        offsets,
    )?;
    let values = slices.into_iter().flat_map(|slice| slice.2).collect();
    Ok((grid, values))
}

/// Bq/mL for each g/mL of SUV: injected activity over body weight, the activity decayed to the moment at
/// which the image is stated.
fn bq_per_ml_per_suv(set: &DataSet<'_>, hours: Option<f64>) -> Result<f64, DicomError> {
    let refuse = |got: &str| {
        value(
            "Units",
            format!("GML, and {got}"),
            "an SUV by body weight with activity, weight, half-life and times",
            "export the image in Bq/mL",
        )
    };
    if !matches!(set.code(tags::SUV_TYPE).as_deref(), None | Some("BW")) {
        return Err(refuse("the SUV is not by body weight"));
    }
    let drug = set
        .items(tags::RADIOPHARMACEUTICAL_INFORMATION_SEQUENCE)
        .first();
    let drug = drug.ok_or_else(|| refuse("no radiopharmaceutical is described"))?;
    let above = |number: Option<f64>| number.filter(|n| n.is_finite() && *n > 0.0);
    let dose = above(drug.decimal(tags::RADIONUCLIDE_TOTAL_DOSE));
    let dose = dose.ok_or_else(|| refuse("no injected activity is stated"))?;
    let weight = above(set.decimal(tags::PATIENT_WEIGHT));
    let weight = weight.ok_or_else(|| refuse("no body weight is stated"))?;
    let half_life = above(drug.decimal(tags::RADIONUCLIDE_HALF_LIFE));
    let half_life = half_life.ok_or_else(|| refuse("no half-life is stated"))?;
    let hours =
        hours.ok_or_else(|| refuse("the time of injection or of the image is not stated"))?;
    Ok(dose * libm::exp2(-hours * 3600.0 / half_life) / (weight * 1000.0))
}

/// Hours from the injection to the moment of the activity, by `DecayCorrection`: ADMIN is 0, START the
/// start of the series, NONE the time of acquisition.
fn hours_after_administration(
    first: &DataSet<'_>,
    sets: &[Opened<'_>],
    warnings: &mut Vec<String>,
) -> Option<f64> {
    let drug = first
        .items(tags::RADIOPHARMACEUTICAL_INFORMATION_SEQUENCE)
        .first();
    let correction = first.code(tags::DECAY_CORRECTION);
    if correction.as_deref() == Some("ADMIN") {
        return Some(0.0);
    }
    let drug = drug?;
    let moment = |set: &DataSet<'_>, date, time| moment_seconds(&set.code(date)?, &set.code(time)?);
    let acquired = || {
        let times = sets
            .iter()
            .filter_map(|file| moment(&file.set, tags::ACQUISITION_DATE, tags::ACQUISITION_TIME));
        times.reduce(f64::min)
    };
    let series = moment(first, tags::SERIES_DATE, tags::SERIES_TIME);
    let stated = match correction.as_deref() {
        // A derived series may be dated later than its acquisition: the earlier of the two is the scan.
        Some("START") => match (series, acquired()) {
            (Some(series), Some(acquired)) => Some(series.min(acquired)),
            (one, other) => one.or(other),
        },
        Some("NONE") => {
            warnings.push("the image is not corrected for decay: the activity is that of the first acquisition, later beds decayed further".to_owned());
            acquired()
        }
        _ => None,
    }?;
    let injected = drug
        .code(tags::RADIOPHARMACEUTICAL_START_DATE_TIME)
        .and_then(|text| parse_date_time(&text))
        .or_else(|| {
            let time = drug.code(tags::RADIOPHARMACEUTICAL_START_TIME)?;
            let day = first.code(tags::SERIES_DATE)?;
            warnings.push(
                "the injection has a time but no date: the day of the series is taken".to_owned(),
            );
            moment_seconds(&day, &time)
        })?;
    let hours = (stated - injected) / 3600.0;
    if hours < 0.0 {
        warnings.push(
            "the image is stated before the injection: no time is taken from the file".to_owned(),
        );
        return None;
    }
    Some(hours)
}
