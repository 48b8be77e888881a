//! From bytes to a borrowed [`DataSet`]: dicom-rs decodes each element's header, the value stays where it is.

use super::dataset::{DataSet, Element, Value, trimmed};
use super::error::DicomError;
use dicom_core::dictionary::{DataDictionary, DataDictionaryEntry, VirtualVr};
use dicom_core::header::{DataElementHeader, HasLength, Header};
use dicom_core::{Tag, VR};
use dicom_dictionary_std::{StandardDataDictionary, tags};
use dicom_encoding::decode::Decode;
use dicom_encoding::decode::explicit_be::ExplicitVRBigEndianDecoder;
use dicom_encoding::decode::explicit_le::ExplicitVRLittleEndianDecoder;
use dicom_encoding::decode::implicit_le::StandardImplicitVRLittleEndianDecoder;
use dicom_encoding::text::SpecificCharacterSet;

/// Sequences deeper than this are refused: no RT object comes near, and the stack must hold.
const MAX_DEPTH: u32 = 48;
const ITEM: Tag = Tag(0xFFFE, 0xE000);
const ITEM_END: Tag = Tag(0xFFFE, 0xE00D);
const SEQUENCE_END: Tag = Tag(0xFFFE, 0xE0DD);

/// How elements are encoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Coding {
    ImplicitLittle,
    ExplicitLittle,
    ExplicitBig,
}

impl Coding {
    /// Decodes the header of the element at the start of `source`; `None` when the bytes do not suffice.
    fn header(self, mut source: &[u8]) -> Option<(DataElementHeader, usize)> {
        match self {
            Self::ImplicitLittle => {
                StandardImplicitVRLittleEndianDecoder::default().decode_header(&mut source)
            }
            Self::ExplicitLittle => {
                ExplicitVRLittleEndianDecoder::default().decode_header(&mut source)
            }
            Self::ExplicitBig => ExplicitVRBigEndianDecoder::default().decode_header(&mut source),
        }
        .ok()
    }
}

/// Where a list of elements ends.
#[derive(Clone, Copy)]
enum Until {
    /// At this byte.
    End,
    /// At an item delimiter.
    Delimiter,
    /// After this tag, at the top level, or at the end.
    Tag(Tag),
}

/// A place in the bytes of a file.
pub(super) struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    pub(super) fn new(bytes: &'a [u8], at: usize) -> Self {
        Self { bytes, at }
    }

    /// The whole data set to the end of the bytes.
    pub(super) fn data_set(mut self, coding: Coding) -> Result<DataSet<'a>, DicomError> {
        let end = self.bytes.len();
        self.elements(coding, end, Until::End, &SpecificCharacterSet::default(), 0)
    }

    /// The elements up to and with `last`.
    pub(super) fn head(mut self, coding: Coding, last: Tag) -> Result<DataSet<'a>, DicomError> {
        let end = self.bytes.len();
        self.elements(
            coding,
            end,
            Until::Tag(last),
            &SpecificCharacterSet::default(),
            0,
        )
    }

    /// The file meta group, and where the data set after it starts.
    pub(super) fn meta(mut self) -> Result<(DataSet<'a>, usize), DicomError> {
        let mut elements = Vec::new();
        let end = self.bytes.len();
        while self.bytes.get(self.at..self.at + 2) == Some(&[2, 0]) {
            let coding = Coding::ExplicitLittle;
            let header = self.header(coding, end)?;
            let value = self.value(&header, coding, end, &SpecificCharacterSet::default(), 0)?;
            elements.push(Element {
                tag: header.tag(),
                vr: header.vr(),
                value,
            });
        }
        let meta = DataSet {
            elements,
            big_endian: false,
            charset: SpecificCharacterSet::default(),
        };
        Ok((meta, self.at))
    }

    fn elements(
        &mut self,
        coding: Coding,
        end: usize,
        until: Until,
        charset: &SpecificCharacterSet,
        depth: u32,
    ) -> Result<DataSet<'a>, DicomError> {
        let mut set = DataSet {
            elements: Vec::new(),
            big_endian: coding == Coding::ExplicitBig,
            charset: charset.clone(),
        };
        loop {
            if self.at >= end {
                return match until {
                    Until::Delimiter => Err(truncated("an item without an end", 8, 0)),
                    Until::End | Until::Tag(_) => Ok(set),
                };
            }
            let before = self.at;
            let rest = self.bytes.get(before..end).unwrap_or(&[]);
            if rest.iter().take(4).all(|byte| *byte == 0) {
                // Some systems pad files with zeros; nothing else starts with group 0.
                return if depth == 0 && rest.iter().all(|byte| *byte == 0) {
                    Ok(set)
                } else {
                    Err(malformed("an element without a tag", before))
                };
            }
            let header = self.header(coding, end)?;
            let tag = header.tag();
            if let Until::Tag(last) = until
                && tag > last
            {
                return Ok(set);
            }
            if tag == ITEM_END && matches!(until, Until::Delimiter) {
                return Ok(set);
            }
            if tag.group() == 0xFFFE {
                return Err(malformed("an item tag outside a sequence", before));
            }
            let value = self.value(&header, coding, end, &set.charset, depth)?;
            if tag == tags::SPECIFIC_CHARACTER_SET
                && let Value::Bytes(bytes) = value
            {
                set.charset = charset_of(bytes).unwrap_or_else(|| set.charset.clone());
            }
            set.elements.push(Element {
                tag,
                vr: header.vr(),
                value,
            });
        }
    }

    fn header(&mut self, coding: Coding, end: usize) -> Result<DataElementHeader, DicomError> {
        let source = self.bytes.get(self.at..end).unwrap_or(&[]);
        let (header, used) = coding
            .header(source)
            .ok_or_else(|| truncated("an element header", 8, source.len()))?;
        self.at += used;
        Ok(header)
    }

    fn value(
        &mut self,
        header: &DataElementHeader,
        coding: Coding,
        end: usize,
        charset: &SpecificCharacterSet,
        depth: u32,
    ) -> Result<Value<'a>, DicomError> {
        let tag = header.tag();
        // A sequence of unknown VR is encoded in implicit VR, whatever surrounds it (PS3.5 6.2.2).
        let inner = if header.vr() == VR::UN && coding == Coding::ExplicitLittle {
            Coding::ImplicitLittle
        } else {
            coding
        };
        let Some(length) = header.length().get() else {
            return if tag == tags::PIXEL_DATA {
                self.fragments(coding, end)
            } else {
                self.items(inner, end, true, charset, depth + 1)
            };
        };
        let left = end.saturating_sub(self.at);
        let length = length as usize;
        if length > left {
            let name = format!("element ({:04X},{:04X})", tag.group(), tag.element());
            return Err(truncated(&name, length, left));
        }
        let stop = self.at + length;
        if header.vr() == VR::SQ || (header.vr() == VR::UN && is_sequence(tag)) {
            return self.items(inner, stop, false, charset, depth + 1);
        }
        let bytes = self.bytes.get(self.at..stop).unwrap_or(&[]);
        self.at = stop;
        Ok(Value::Bytes(bytes))
    }

    fn items(
        &mut self,
        coding: Coding,
        end: usize,
        delimited: bool,
        charset: &SpecificCharacterSet,
        depth: u32,
    ) -> Result<Value<'a>, DicomError> {
        if depth > MAX_DEPTH {
            return Err(malformed("sequences nested too deep", self.at));
        }
        let mut items = Vec::new();
        loop {
            if self.at >= end {
                return if delimited {
                    Err(truncated("a sequence without an end", 8, 0))
                } else {
                    Ok(Value::Items(items))
                };
            }
            let before = self.at;
            let header = self.header(coding, end)?;
            match header.tag() {
                SEQUENCE_END if delimited => return Ok(Value::Items(items)),
                ITEM => {}
                _ => {
                    return Err(malformed(
                        "something else than an item in a sequence",
                        before,
                    ));
                }
            }
            let (stop, until) = match header.length().get() {
                None => (end, Until::Delimiter),
                Some(length) => {
                    let left = end.saturating_sub(self.at);
                    if length as usize > left {
                        return Err(truncated("an item", length as usize, left));
                    }
                    (self.at + length as usize, Until::End)
                }
            };
            items.push(self.elements(coding, stop, until, charset, depth)?);
        }
    }

    /// Offset table and fragments of encapsulated pixel data.
    fn fragments(&mut self, coding: Coding, end: usize) -> Result<Value<'a>, DicomError> {
        let mut fragments = Vec::new();
        loop {
            let before = self.at;
            let header = self.header(coding, end)?;
            if header.tag() == SEQUENCE_END {
                return Ok(Value::Fragments(fragments));
            }
            let Some(length) = header.length().get().filter(|_| header.tag() == ITEM) else {
                return Err(malformed(
                    "something else than a fragment in the pixel data",
                    before,
                ));
            };
            let left = end.saturating_sub(self.at);
            let stop = self.at + (length as usize).min(left);
            if length as usize > left {
                return Err(truncated(
                    "a fragment of the pixel data",
                    length as usize,
                    left,
                ));
            }
            fragments.push(self.bytes.get(self.at..stop).unwrap_or(&[]));
            self.at = stop;
        }
    }
}

fn is_sequence(tag: Tag) -> bool {
    StandardDataDictionary
        .by_tag(tag)
        .is_some_and(|entry| entry.vr() == VirtualVr::Exact(VR::SQ))
}

/// The character set: the last one named that is known, since the first of several is plain ASCII.
fn charset_of(bytes: &[u8]) -> Option<SpecificCharacterSet> {
    bytes
        .split(|b| *b == b'\\')
        .rev()
        .filter_map(|code| std::str::from_utf8(trimmed(code)).ok())
        .find_map(SpecificCharacterSet::from_code)
}

fn truncated(element: &str, claimed: usize, left: usize) -> DicomError {
    DicomError::Truncated {
        element: element.to_owned(),
        claimed: claimed as u64,
        left: left as u64,
    }
}

fn malformed(what: &'static str, position: usize) -> DicomError {
    DicomError::Malformed {
        what,
        position: position as u64,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An implicit VR element.
    fn element(tag: Tag, value: &[u8]) -> Vec<u8> {
        let mut bytes = Vec::new();
        bytes.extend(tag.group().to_le_bytes());
        bytes.extend(tag.element().to_le_bytes());
        bytes.extend((value.len() as u32).to_le_bytes());
        bytes.extend(value);
        bytes
    }

    fn undefined(tag: Tag, content: &[u8], end: Tag) -> Vec<u8> {
        let mut bytes = element(tag, &[]);
        bytes[4..8].copy_from_slice(&[0xFF; 4]);
        bytes.extend(content);
        bytes.extend(element(end, &[]));
        bytes
    }

    #[test]
    fn nesting_with_and_without_lengths() {
        let inner = element(tags::ROI_NUMBER, b"7 ");
        let with_length = element(tags::STRUCTURE_SET_ROI_SEQUENCE, &element(ITEM, &inner));
        let without = undefined(
            tags::STRUCTURE_SET_ROI_SEQUENCE,
            &undefined(ITEM, &inner, ITEM_END),
            SEQUENCE_END,
        );
        for bytes in [with_length, without] {
            let set = Reader::new(&bytes, 0)
                .data_set(Coding::ImplicitLittle)
                .unwrap();
            let items = set.items(tags::STRUCTURE_SET_ROI_SEQUENCE);
            assert_eq!(items.len(), 1);
            assert_eq!(items[0].number(tags::ROI_NUMBER), Some(7));
        }
    }

    #[test]
    fn truncation_says_which_element() {
        let mut bytes = element(tags::PIXEL_DATA, &[0; 10]);
        bytes.truncate(12);
        let error = Reader::new(&bytes, 0)
            .data_set(Coding::ImplicitLittle)
            .unwrap_err();
        assert_eq!(
            error.to_string(),
            "truncated DICOM file: element (7FE0,0010) announces 10 bytes, the file has 4 left; copy or export the file again"
        );
    }

    #[test]
    fn depth_is_bounded() {
        let mut bytes = Vec::new();
        for _ in 0..100_000 {
            bytes.extend(&element(tags::STRUCTURE_SET_ROI_SEQUENCE, &[])[..4]);
            bytes.extend([0xFF; 4]);
            bytes.extend(&element(ITEM, &[])[..4]);
            bytes.extend([0xFF; 4]);
        }
        let error = Reader::new(&bytes, 0)
            .data_set(Coding::ImplicitLittle)
            .unwrap_err();
        assert!(error.to_string().contains("nested too deep"));
    }

    #[test]
    fn padding_after_the_data_set_is_no_element() {
        let mut bytes = element(tags::MODALITY, b"CT");
        bytes.extend([0; 30]);
        let set = Reader::new(&bytes, 0)
            .data_set(Coding::ImplicitLittle)
            .unwrap();
        assert_eq!(set.elements.len(), 1);
    }
}
