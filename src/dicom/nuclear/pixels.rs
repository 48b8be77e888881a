//! Stored numbers of frames, plain or compressed, as values.

use super::{FILE, Opened, value};
use crate::dicom::dataset::{DataSet, Value};
use crate::dicom::error::DicomError;
use crate::dicom::parse::PixelCoding;
use crate::dicom::{jpeg, rle};
use dicom_dictionary_std::tags;

/// Size of the frames of one file.
pub(super) struct Frames {
    pub(super) count: usize,
    pub(super) rows: usize,
    pub(super) columns: usize,
}

impl Frames {
    pub(super) fn of(set: &DataSet<'_>) -> Result<Self, DicomError> {
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
pub(super) fn pixels(
    file: &Opened<'_>,
    frames: &Frames,
    slope: f64,
    intercept: f64,
) -> Result<Vec<f32>, DicomError> {
    let set = &file.set;
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
        Some(Value::Bytes(bytes)) if file.coding == PixelCoding::Native => (*bytes, set.big_endian),
        Some(Value::Fragments(fragments)) if file.coding != PixelCoding::Native => {
            let room: usize = fragments
                .iter()
                .skip(1)
                .map(|fragment| fragment.len())
                .sum();
            let most = match file.coding {
                PixelCoding::Jpeg => jpeg::MAX_EXPANSION,
                _ => rle::MAX_EXPANSION,
            };
            if claimed > room as u128 * most {
                return Err(fail(room));
            }
            decoded = match file.coding {
                PixelCoding::Jpeg => {
                    let size = [frames.rows, frames.columns];
                    jpeg::decode(fragments, frames.count, size, width)?
                }
                _ => rle::decode(fragments, frames.count, frames.pixels(), width)?,
            };
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
pub(super) fn rescale(set: &DataSet<'_>, required: bool) -> Result<(f64, f64), DicomError> {
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
