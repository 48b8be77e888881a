//! PET and NM images: series of slices or multi-frame, with what their values mean and when.

mod nm;
mod pet;
mod pixels;
mod time;

use super::dataset::DataSet;
use super::error::{DicomError, code_for_message};
use super::parse::{File, PixelCoding};
use crate::geometry::Grid;
use crate::geometry::vector::Vector;
use dicom_core::Tag;
use dicom_dictionary_std::tags;

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

/// One file of an image.
struct Opened<'a> {
    set: DataSet<'a>,
    coding: PixelCoding,
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
        .map(|bytes| File::open_image(bytes))
        .collect::<Result<Vec<_>, _>>()?;
    let sets = opened
        .iter()
        .map(|file| {
            Ok(Opened {
                set: file.data_set()?,
                coding: file.pixel_coding,
            })
        })
        .collect::<Result<Vec<_>, DicomError>>()?;
    let Some(first) = sets.first() else {
        return Err(DicomError::NothingFound);
    };
    match first.set.code(tags::MODALITY).as_deref() {
        Some("PT") => pet::read(&sets),
        Some("NM") if sets.len() == 1 => nm::read(first),
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

pub(super) fn value(
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

pub(super) fn numbers<const N: usize>(
    set: &DataSet<'_>,
    tag: Tag,
    element: &'static str,
) -> Result<[f64; N], DicomError> {
    let found = set
        .decimals(tag)
        .and_then(|list| <[f64; N]>::try_from(list).ok());
    DataSet::require(found, FILE, element)
}

/// The row and the column axis of six direction cosines.
fn axes([ix, iy, iz, jx, jy, jz]: [f64; 6]) -> (Vector, Vector) {
    ([ix, iy, iz], [jx, jy, jz])
}
