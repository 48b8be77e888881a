//! PET and NM images: series of slices or multi-frame, with what their values mean and when.

use super::dataset::{DataSet, Value};
use super::error::{DicomError, code_for_message};
use super::nuclear_time::{moment_seconds, parse_date_time};
use super::parse::File;
use super::rle;
use crate::geometry::Grid;
use crate::geometry::vector::{Vector, cross};
use dicom_core::Tag;
use dicom_dictionary_std::tags;

/// How far direction cosines and spacings of the slices of a series may differ.
const SAME: f64 = 1e-4;
const FILE: &str = "the image";

/// What the values of an image are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ImageUnit {
    /// Becquerel per millilitre.
    BecquerelPerMl,
    /// Counts, or whatever is in proportion to activity.
    Counts,
}

/// A PET or NM image.
#[derive(Debug, Clone)]
pub struct NuclearImage {
    /// Values in C order `(slice, row, column)`.
    pub values: Vec<f32>,
    /// Where they are.
    pub grid: Grid,
    /// What they are.
    pub unit: ImageUnit,
    /// `Units` as written, where there are any.
    pub stated_unit: Option<String>,
    /// Whether an SUV was turned into Bq/mL by dose and weight.
    pub from_suv: bool,
    /// Hours from administration to the moment at which the activity is stated, where the file tells.
    pub hours_after_administration: Option<f64>,
    /// Frame of reference UID.
    pub frame_of_reference: Option<String>,
    /// Doubts that a person should know of.
    pub warnings: Vec<String>,
}

/// Reads a PET series, one file a slice, or an NM object of one volume.
///
/// # Errors
/// No file, files that are neither PT nor NM or not of one series, frames of several detectors or energy
/// windows, units that are no activity and cannot be converted, slices that are doubled or uneven,
/// damaged files, transfer syntaxes that are not read.
pub fn read_nuclear_image(files: &[&[u8]]) -> Result<NuclearImage, DicomError> {
    let opened = files
        .iter()
        .map(|bytes| File::open(bytes))
        .collect::<Result<Vec<_>, _>>()?;
    let sets = opened
        .iter()
        .map(|file| Ok((file.data_set()?, file.is_rle)))
        .collect::<Result<Vec<_>, DicomError>>()?;
    let Some((first, is_rle)) = sets.first() else {
        return Err(DicomError::NothingFound);
    };
    match first.code(tags::MODALITY).as_deref() {
        Some("PT") => pet(&sets),
        Some("NM") if sets.len() == 1 => nm(first, *is_rle),
        Some("NM") => Err(value(
            "Modality",
            format!("NM in {} files", sets.len()),
            "one NM object a volume",
            "give the reconstructed volume alone",
        )),
        other => Err(DicomError::WrongModality {
            wanted: "PT or NM",
            got: other.map_or_else(
                || "an object that states no modality".to_owned(),
                code_for_message,
            ),
        }),
    }
}

fn value(
    element: &'static str,
    got: String,
    allowed: &'static str,
    remedy: &'static str,
) -> DicomError {
    DicomError::Value {
        element,
        got,
        allowed,
        remedy,
    }
}

fn numbers<const N: usize>(
    set: &DataSet<'_>,
    tag: Tag,
    element: &'static str,
) -> Result<[f64; N], DicomError> {
    let found = set
        .decimals(tag)
        .and_then(|list| <[f64; N]>::try_from(list).ok());
    DataSet::require(found, FILE, element)
}

/// Size of the frames of one file.
struct Frames {
    count: usize,
    rows: usize,
    columns: usize,
}

impl Frames {
    fn of(set: &DataSet<'_>) -> Result<Self, DicomError> {
        let rows = DataSet::require(set.short(tags::ROWS), FILE, "Rows")?;
        let columns = DataSet::require(set.short(tags::COLUMNS), FILE, "Columns")?;
        let count = set.integer(tags::NUMBER_OF_FRAMES).unwrap_or(1);
        let count = usize::try_from(count)
            .ok()
            .filter(|n| (1..1 << 20).contains(n));
        let count = count.ok_or_else(|| {
            value(
                "NumberOfFrames",
                "not a number of frames".to_owned(),
                "1 to a million",
                "export the image again",
            )
        })?;
        Ok(Self {
            count,
            rows: rows.into(),
            columns: columns.into(),
        })
    }

    fn pixels(&self) -> usize {
        self.rows * self.columns
    }
}

/// Stored numbers of all frames of a file times slope plus intercept, sizes checked before memory is taken.
fn pixels(
    set: &DataSet<'_>,
    is_rle: bool,
    frames: &Frames,
    slope: f64,
    intercept: f64,
) -> Result<Vec<f32>, DicomError> {
    let bits = DataSet::require(set.short(tags::BITS_ALLOCATED), FILE, "BitsAllocated")?;
    if !matches!(bits, 8 | 16 | 32) || set.short(tags::SAMPLES_PER_PIXEL).unwrap_or(1) != 1 {
        return Err(value(
            "BitsAllocated",
            bits.to_string(),
            "8, 16 or 32, one sample a pixel",
            "export the image again",
        ));
    }
    let width = usize::from(bits / 8);
    let signed = set.short(tags::PIXEL_REPRESENTATION).unwrap_or(0) == 1;
    let claimed = frames.count as u128 * frames.pixels() as u128 * width as u128;
    let fail = |got: usize| DicomError::PixelCount {
        frames: frames.count as u64,
        rows: frames.rows as u64,
        columns: frames.columns as u64,
        bits: bits.into(),
        claimed,
        got: got as u64,
    };
    let decoded;
    let (bytes, big) = match set.get(tags::PIXEL_DATA).map(|element| &element.value) {
        Some(Value::Bytes(bytes)) if !is_rle => (*bytes, set.big_endian),
        Some(Value::Fragments(fragments)) if is_rle => {
            let room: usize = fragments
                .iter()
                .skip(1)
                .map(|fragment| fragment.len())
                .sum();
            if claimed > room as u128 * rle::MAX_EXPANSION {
                return Err(fail(room));
            }
            decoded = rle::decode(fragments, frames.count, frames.pixels(), width)?;
            (&decoded[..], false)
        }
        Some(_) => {
            return Err(DicomError::Malformed {
                what: "the pixel data is not encoded as the transfer syntax says",
                position: 0,
            });
        }
        None => {
            return Err(DicomError::Missing {
                file: FILE,
                element: "PixelData",
                remedy: "give the image itself",
            });
        }
    };
    if claimed == 0 || claimed > bytes.len() as u128 {
        return Err(fail(bytes.len()));
    }
    let number = |chunk: &[u8]| -> f64 {
        let mut word = [0; 4];
        for (place, byte) in chunk.iter().enumerate() {
            word[if big { width - 1 - place } else { place }] = *byte;
        }
        let raw = u32::from_le_bytes(word);
        match (width, signed) {
            (1, true) => f64::from(raw as u8 as i8),
            (2, true) => f64::from(raw as u16 as i16),
            (_, true) => f64::from(raw as i32),
            (_, false) => f64::from(raw),
        }
    };
    Ok(bytes[..claimed as usize]
        .chunks_exact(width)
        .map(|chunk| (number(chunk) * slope + intercept) as f32)
        .collect())
}

/// Slope and intercept; a slope of 0 or none at all is refused by name.
fn rescale(set: &DataSet<'_>, required: bool) -> Result<(f64, f64), DicomError> {
    let slope = set.decimal(tags::RESCALE_SLOPE);
    let slope = if required {
        DataSet::require(slope, FILE, "RescaleSlope")?
    } else {
        slope.unwrap_or(1.0)
    };
    if !(slope.is_finite() && slope > 0.0) {
        return Err(value(
            "RescaleSlope",
            slope.to_string(),
            "a number above 0",
            "export the image again",
        ));
    }
    Ok((slope, set.decimal(tags::RESCALE_INTERCEPT).unwrap_or(0.0)))
}

/// The slices of a PET series in order: where they are, and their values.
fn slices(sets: &[(DataSet<'_>, bool)]) -> Result<(Grid, Vec<f32>), DicomError> {
    let first = &sets[0].0;
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
    for (set, is_rle) in sets {
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
            pixels(set, *is_rle, &frames, slope, intercept)?,
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

fn pet(sets: &[(DataSet<'_>, bool)]) -> Result<NuclearImage, DicomError> {
    let first = &sets[0].0;
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

fn axes([ix, iy, iz, jx, jy, jz]: [f64; 6]) -> (Vector, Vector) {
    ([ix, iy, iz], [jx, jy, jz])
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
    sets: &[(DataSet<'_>, bool)],
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
            .filter_map(|(set, _)| moment(set, tags::ACQUISITION_DATE, tags::ACQUISITION_TIME));
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

fn nm(set: &DataSet<'_>, is_rle: bool) -> Result<NuclearImage, DicomError> {
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
    let (slope, intercept) = rescale(set, false)?;
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
    let warnings = match unit {
        ImageUnit::Counts => Vec::new(),
        ImageUnit::BecquerelPerMl => vec![
            "an NM image in Bq/mL does not say to which time its activity is corrected".to_owned(),
        ],
    };
    Ok(NuclearImage {
        values: pixels(set, is_rle, &size, slope, intercept)?,
        grid,
        unit,
        stated_unit,
        from_suv: false,
        hours_after_administration: None,
        frame_of_reference: set.code(tags::FRAME_OF_REFERENCE_UID),
        warnings,
    })
}
