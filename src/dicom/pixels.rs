//! Pixel data to numbers: native little and big endian, RLE lossless, every size checked before use.

use super::dataset::{DataSet, Value};
use super::error::DicomError;
use super::rle;
use crate::isoeffect::Real;
use dicom_dictionary_std::tags;
use rayon::prelude::*;
use std::ops::Range;

/// Single precision holds whole numbers up to here.
const SINGLE_EXACT: u32 = 1 << 24;
/// Numbers in one parallel piece: a huge page of double precision.
const CHUNK: usize = 1 << 18;

/// The size that the header claims.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Layout {
    pub(super) frames: usize,
    pub(super) rows: usize,
    pub(super) columns: usize,
    bytes_per_pixel: usize,
    bits_stored: u32,
    signed: bool,
    /// Bytes in all, known to be in the file.
    length: usize,
}

impl Layout {
    /// Reads the size and holds it against the pixel data, before anything is allocated.
    ///
    /// # Errors
    /// Elements that are missing or not those of a dose, more pixels than the file has.
    pub(super) fn of(set: &DataSet<'_>) -> Result<Self, DicomError> {
        const FILE: &str = "RTDOSE";
        let pixels = set.get(tags::PIXEL_DATA).ok_or(DicomError::Missing {
            file: FILE,
            element: "PixelData",
            remedy: "it holds no dose grid (a DVH-only file?): export the dose with its grid",
        })?;
        let rows = DataSet::require(set.short(tags::ROWS), FILE, "Rows")?;
        let columns = DataSet::require(set.short(tags::COLUMNS), FILE, "Columns")?;
        let bits = DataSet::require(set.short(tags::BITS_ALLOCATED), FILE, "BitsAllocated")?;
        let frames = set.integer(tags::NUMBER_OF_FRAMES).unwrap_or(1);
        let value = |element, got: String, allowed| DicomError::Value {
            element,
            got,
            allowed,
            remedy: "export the dose again",
        };
        let frames = u64::try_from(frames)
            .ok()
            .filter(|n| *n > 0)
            .ok_or_else(|| {
                value(
                    "NumberOfFrames",
                    frames.to_string(),
                    "a whole number of at least 1",
                )
            })?;
        if !matches!(bits, 8 | 16 | 32) {
            return Err(value("BitsAllocated", bits.to_string(), "8, 16 or 32"));
        }
        let samples = set.short(tags::SAMPLES_PER_PIXEL).unwrap_or(1);
        if samples != 1 {
            return Err(value("SamplesPerPixel", samples.to_string(), "1"));
        }
        let representation = set.short(tags::PIXEL_REPRESENTATION).unwrap_or(0);
        if representation > 1 {
            return Err(value(
                "PixelRepresentation",
                representation.to_string(),
                "0 (unsigned)",
            ));
        }
        let bits_stored = set.short(tags::BITS_STORED).unwrap_or(bits);
        if bits_stored == 0 || bits_stored > bits {
            return Err(value(
                "BitsStored",
                bits_stored.to_string(),
                "1 to BitsAllocated",
            ));
        }
        let claimed =
            u128::from(frames) * u128::from(rows) * u128::from(columns) * u128::from(bits / 8);
        let (got, room) = match &pixels.value {
            Value::Bytes(bytes) => (bytes.len(), bytes.len() as u128),
            Value::Fragments(fragments) => {
                let all = fragments
                    .iter()
                    .skip(1)
                    .map(|fragment| fragment.len())
                    .sum::<usize>();
                (all, all as u128 * rle::MAX_EXPANSION)
            }
            Value::Items(_) => (0, 0),
        };
        if claimed > room || claimed == 0 {
            return Err(DicomError::PixelCount {
                frames,
                rows: rows.into(),
                columns: columns.into(),
                bits: bits.into(),
                claimed,
                got: got as u64,
            });
        }
        Ok(Self {
            frames: frames as usize,
            rows: rows.into(),
            columns: columns.into(),
            bytes_per_pixel: usize::from(bits / 8),
            bits_stored: bits_stored.into(),
            signed: representation == 1,
            length: claimed as usize,
        })
    }

    /// Pixel data that the file has beyond what the header claims; one byte of padding does not count.
    pub(super) fn surplus(&self, set: &DataSet<'_>) -> usize {
        match set.get(tags::PIXEL_DATA).map(|element| &element.value) {
            Some(Value::Bytes(bytes)) => bytes.len().saturating_sub(self.length + self.length % 2),
            _ => 0,
        }
    }
}

/// How a stored number is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Word {
    Byte,
    Short {
        big_endian: bool,
    },
    /// Four bytes and their places, least significant first.
    Long([usize; 4]),
}

impl Word {
    /// Calls `each` with every number of `bytes`, in order.
    fn read(self, bytes: &[u8], mut each: impl FnMut(u32)) {
        match self {
            Self::Byte => bytes.iter().for_each(|byte| each(u32::from(*byte))),
            Self::Short { big_endian: false } => bytes
                .as_chunks()
                .0
                .iter()
                .for_each(|word| each(u16::from_le_bytes(*word).into())),
            Self::Short { big_endian: true } => bytes
                .as_chunks()
                .0
                .iter()
                .for_each(|word| each(u16::from_be_bytes(*word).into())),
            Self::Long([0, 1, 2, 3]) => bytes
                .as_chunks()
                .0
                .iter()
                .for_each(|word| each(u32::from_le_bytes(*word))),
            Self::Long(order) => bytes
                .as_chunks::<4>()
                .0
                .iter()
                .for_each(|word| each(u32::from_le_bytes(order.map(|place| word[place])))),
        }
    }

    const fn bytes(self) -> usize {
        match self {
            Self::Byte => 1,
            Self::Short { .. } => 2,
            Self::Long(_) => 4,
        }
    }
}

/// Where the bytes of the stored numbers are.
#[derive(Debug)]
enum Place {
    /// In the file.
    File(Range<usize>),
    /// Decompressed.
    Decoded(Vec<u8>),
}

impl Place {
    fn bytes<'b>(&'b self, file: &'b [u8]) -> &'b [u8] {
        match self {
            Self::File(range) => file.get(range.clone()).unwrap_or(&[]),
            Self::Decoded(bytes) => bytes,
        }
    }
}

/// The stored whole numbers of a dose: where they stand, and what makes gray of them.
#[derive(Debug)]
pub(super) struct Pixels {
    place: Place,
    word: Word,
    scaling: f64,
    highest: u32,
}

impl Pixels {
    /// Finds the numbers in a file and looks at each of them. `scaling` is gray a unit.
    ///
    /// # Errors
    /// Negative or too large stored values, RLE data that does not make the frames.
    pub(super) fn of(
        file: &[u8],
        set: &DataSet<'_>,
        layout: &Layout,
        is_rle: bool,
        scaling: f64,
    ) -> Result<Self, DicomError> {
        let (place, big_endian) = match set.get(tags::PIXEL_DATA).map(|element| &element.value) {
            Some(Value::Bytes(pixels)) if !is_rle => {
                let pixels = pixels.get(..layout.length).unwrap_or(&[]);
                // They stand elsewhere when the file was deflated as a whole.
                let place = range_within(file, pixels)
                    .map_or_else(|| Place::Decoded(pixels.to_vec()), Place::File);
                (place, set.big_endian)
            }
            Some(Value::Fragments(fragments)) if is_rle => {
                let decoded = rle::decode(
                    fragments,
                    layout.frames,
                    layout.rows * layout.columns,
                    layout.bytes_per_pixel,
                )?;
                (Place::Decoded(decoded), false)
            }
            _ => {
                return Err(DicomError::Malformed {
                    what: "the pixel data is not encoded as the transfer syntax says",
                    position: 0,
                });
            }
        };
        let bytes = place.bytes(file);
        let word = match layout.bytes_per_pixel {
            1 => Word::Byte,
            2 => Word::Short { big_endian },
            _ if big_endian => Word::Long(big_endian_order(bytes)?),
            _ => Word::Long([0, 1, 2, 3]),
        };
        let highest = highest(bytes, word);
        check_range(highest, layout)?;
        Ok(Self {
            place,
            word,
            scaling,
            highest,
        })
    }

    /// Whether single precision cannot tell the numbers apart.
    pub(super) fn is_double(&self) -> bool {
        self.highest > SINGLE_EXACT
    }

    /// The highest value in gray, rounded as the values are.
    pub(super) fn maximum_gy(&self) -> f64 {
        let maximum = f64::from(self.highest) * self.scaling;
        if self.is_double() {
            maximum
        } else {
            f64::from(maximum as f32)
        }
    }

    /// The values in gray, in parallel, each rounded once. `file` is the one in which they were found.
    pub(super) fn write<T: Real>(&self, file: &[u8], out: &mut [T]) {
        let bytes = self.place.bytes(file);
        out.par_chunks_mut(CHUNK)
            .zip(bytes.par_chunks(CHUNK * self.word.bytes()))
            .for_each(|(out, bytes)| {
                let mut out = out.iter_mut();
                self.word.read(bytes, |number| {
                    if let Some(out) = out.next() {
                        *out = T::from_f64(f64::from(number) * self.scaling);
                    }
                });
            });
    }
}

/// Where in the bytes of a file a part of them stands; `None` when it stands elsewhere.
fn range_within(file: &[u8], part: &[u8]) -> Option<Range<usize>> {
    let start = part.as_ptr().addr().checked_sub(file.as_ptr().addr())?;
    let range = start..start.checked_add(part.len())?;
    std::ptr::eq(file.get(range.clone())?, part).then_some(range)
}

fn highest(bytes: &[u8], word: Word) -> u32 {
    let of_chunk = |bytes: &[u8]| {
        let mut highest = 0;
        word.read(bytes, |number| highest = highest.max(number));
        highest
    };
    let chunks = bytes.par_chunks(CHUNK * word.bytes());
    chunks.map(of_chunk).max().unwrap_or(0)
}

/// The highest number must fit into the bits that are said to be stored.
fn check_range(highest: u32, layout: &Layout) -> Result<(), DicomError> {
    let bits = layout.bits_stored - u32::from(layout.signed);
    if bits < 32 && u64::from(highest) >= 1 << bits {
        return Err(DicomError::Value {
            element: "PixelData",
            got: if layout.signed {
                "negative in places (PixelRepresentation 1)".to_owned()
            } else {
                format!("above what BitsStored {} allows", layout.bits_stored)
            },
            allowed: "unsigned whole numbers of at most BitsStored bits",
            remedy: "a dose is never negative: export the dose again",
        });
    }
    Ok(())
}

/// The places of the bytes of a big endian 32-bit number, least significant first.
///
/// Files differ: OW data are 16-bit words of which the standard puts the least significant first, while
/// many writers swap all four bytes. Dose is smooth, so the order under which neighbours differ less by
/// far is the true one; where that does not decide, the file is refused.
fn big_endian_order(bytes: &[u8]) -> Result<[usize; 4], DicomError> {
    const BYTES: [usize; 4] = [3, 2, 1, 0];
    const WORDS: [usize; 4] = [1, 0, 3, 2];
    const DECISIVE: f64 = 4.0;
    let roughness = |order: [usize; 4]| {
        let mut previous = None;
        let mut sum = 0.0;
        for pixel in bytes.chunks_exact(4) {
            let value = f64::from(u32::from_le_bytes(order.map(|place| pixel[place])));
            sum += previous.map_or(0.0, |previous: f64| (value - previous).abs());
            previous = Some(value);
        }
        sum
    };
    let highest = |order: [usize; 4]| {
        bytes
            .chunks_exact(4)
            .map(|pixel| u32::from_le_bytes(order.map(|place| pixel[place])))
            .max()
            .map_or(1.0, |highest| f64::from(highest.max(1)))
    };
    let by_bytes = roughness(BYTES) / highest(BYTES);
    let by_words = roughness(WORDS) / highest(WORDS);
    if by_bytes == by_words || by_words > DECISIVE * by_bytes {
        Ok(BYTES)
    } else if by_bytes > DECISIVE * by_words {
        Ok(WORDS)
    } else {
        Err(DicomError::Value {
            element: "PixelData",
            got: "32-bit big endian of an order that cannot be told".to_owned(),
            allowed: "16-bit big endian, or little endian",
            remedy: "convert the file to explicit VR little endian",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_big_endian_orders_are_told_apart() {
        let ramp: Vec<u32> = (0..400).map(|n| 1_000_000 + 977 * n).collect();
        let by_bytes: Vec<u8> = ramp.iter().flat_map(|n| n.to_be_bytes()).collect();
        let by_words: Vec<u8> = ramp
            .iter()
            .flat_map(|n| {
                let [a, b, c, d] = n.to_be_bytes();
                [c, d, a, b]
            })
            .collect();
        assert_eq!(big_endian_order(&by_bytes), Ok([3, 2, 1, 0]));
        assert_eq!(big_endian_order(&by_words), Ok([1, 0, 3, 2]));
        let noise: Vec<u8> = (0..4000_u32)
            .map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8)
            .collect();
        assert!(big_endian_order(&noise).is_err());
    }
}
