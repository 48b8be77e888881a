//! A data set that borrows its values from the file: tags, lengths and nesting read once, nothing copied.

use super::DicomError;
use super::decimal;
use dicom_core::{Tag, VR};
use dicom_encoding::text::{SpecificCharacterSet, TextCodec};

/// The value of an element.
#[derive(Debug)]
pub(super) enum Value<'a> {
    /// Plain bytes.
    Bytes(&'a [u8]),
    /// Items of a sequence.
    Items(Vec<DataSet<'a>>),
    /// Encapsulated pixel data: the offset table, then the fragments.
    Fragments(Vec<&'a [u8]>),
}

/// One element.
#[derive(Debug)]
pub(super) struct Element<'a> {
    pub(super) tag: Tag,
    pub(super) vr: VR,
    pub(super) value: Value<'a>,
}

/// Elements in the order of the file, and what it takes to understand their values.
#[derive(Debug)]
pub(super) struct DataSet<'a> {
    pub(super) elements: Vec<Element<'a>>,
    pub(super) big_endian: bool,
    pub(super) charset: SpecificCharacterSet,
}

/// A value without the spaces and zero bytes that pad it.
pub(super) fn trimmed(mut bytes: &[u8]) -> &[u8] {
    while let [b' ' | 0 | b'\t' | b'\r' | b'\n', rest @ ..] = bytes {
        bytes = rest;
    }
    while let [rest @ .., b' ' | 0 | b'\t' | b'\r' | b'\n'] = bytes {
        bytes = rest;
    }
    bytes
}

impl<'a> DataSet<'a> {
    /// The first element of a tag.
    pub(super) fn get(&self, tag: Tag) -> Option<&Element<'a>> {
        self.elements.iter().find(|element| element.tag == tag)
    }

    /// The bytes of an element, padding taken off; `None` when absent or empty.
    pub(super) fn bytes(&self, tag: Tag) -> Option<&'a [u8]> {
        match self.get(tag)?.value {
            Value::Bytes(bytes) => Some(trimmed(bytes)).filter(|bytes| !bytes.is_empty()),
            _ => None,
        }
    }

    /// The bytes of an element as they stand.
    pub(super) fn raw(&self, tag: Tag) -> Option<&'a [u8]> {
        match self.get(tag)?.value {
            Value::Bytes(bytes) => Some(bytes),
            _ => None,
        }
    }

    /// Text in the character set of the data set; what cannot be decoded becomes a replacement mark.
    pub(super) fn text(&self, tag: Tag) -> Option<String> {
        let bytes = self.bytes(tag)?;
        let text = self
            .charset
            .decode(bytes)
            .unwrap_or_else(|_| String::from_utf8_lossy(bytes).into_owned());
        Some(text.trim_matches([' ', '\0']).to_owned()).filter(|text| !text.is_empty())
    }

    /// A code string or UID: plain characters, no padding.
    pub(super) fn code(&self, tag: Tag) -> Option<String> {
        self.bytes(tag)
            .map(|bytes| String::from_utf8_lossy(bytes).into_owned())
    }

    /// A decimal string; the first of several.
    pub(super) fn decimal(&self, tag: Tag) -> Option<f64> {
        let bytes = self.bytes(tag)?;
        decimal::parse(bytes.split(|b| *b == b'\\').next()?)
    }

    /// All numbers of a decimal string.
    pub(super) fn decimals(&self, tag: Tag) -> Option<Vec<f64>> {
        decimal::parse_list(self.bytes(tag)?).filter(|list| !list.is_empty())
    }

    /// A whole number as text (IS), also where a careless writer put `1.0`.
    pub(super) fn integer(&self, tag: Tag) -> Option<i64> {
        let value = self.decimal(tag)?;
        (value.fract() == 0.0 && value.abs() < 9e15).then_some(value as i64)
    }

    /// A number of an ROI, beam or the like.
    pub(super) fn number(&self, tag: Tag) -> Option<i32> {
        i32::try_from(self.integer(tag)?).ok()
    }

    /// An unsigned short (US).
    pub(super) fn short(&self, tag: Tag) -> Option<u16> {
        match *self.raw(tag)? {
            [a, b, ..] if self.big_endian => Some(u16::from_be_bytes([a, b])),
            [a, b, ..] => Some(u16::from_le_bytes([a, b])),
            _ => None,
        }
    }

    /// A double (FD).
    pub(super) fn double(&self, tag: Tag) -> Option<f64> {
        let bytes: [u8; 8] = self.raw(tag)?.get(..8)?.try_into().ok()?;
        Some(if self.big_endian {
            f64::from_be_bytes(bytes)
        } else {
            f64::from_le_bytes(bytes)
        })
    }

    /// The items of a sequence; none when it is absent.
    pub(super) fn items(&self, tag: Tag) -> &[DataSet<'a>] {
        match self.get(tag).map(|element| &element.value) {
            Some(Value::Items(items)) => items,
            _ => &[],
        }
    }

    /// A value that must be there.
    pub(super) fn require<T>(
        value: Option<T>,
        file: &'static str,
        element: &'static str,
    ) -> Result<T, DicomError> {
        value.ok_or(DicomError::Missing {
            file,
            element,
            remedy: "export the file again, or mend it with a DICOM editor",
        })
    }
}
