//! Opens a file: finds the data set, its transfer syntax, and what kind of object it is.

use super::dataset::DataSet;
use super::error::{DicomError, code_for_message};
use super::reader::{Coding, Reader};
use dicom_dictionary_std::{tags, uids};
use dicom_encoding::text::SpecificCharacterSet;
use dicom_encoding::transfer_syntax::{Codec, TransferSyntax, TransferSyntaxIndex};
use dicom_transfer_syntax_registry::TransferSyntaxRegistry;
use std::borrow::Cow;
use std::io::Read;

/// Explicit VR big endian, retired but still found.
const EXPLICIT_VR_BIG_ENDIAN: &str = "1.2.840.10008.1.2.2";
/// JPEG baseline and lossless, processes 1 and 14.
const JPEG: [&str; 3] = [
    "1.2.840.10008.1.2.4.50",
    "1.2.840.10008.1.2.4.57",
    "1.2.840.10008.1.2.4.70",
];
/// What inflating may at most make of a deflated file.
const MAX_INFLATED: u64 = 4 << 30;

/// The objects of radiotherapy that are read here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    Dose,
    Structures,
    Plan,
}

impl Role {
    /// The modality, as DICOM writes it.
    pub(super) const fn modality(self) -> &'static str {
        match self {
            Self::Dose => "RTDOSE",
            Self::Structures => "RTSTRUCT",
            Self::Plan => "RTPLAN",
        }
    }

    /// The role in a record of inputs.
    pub(super) const fn input(self) -> &'static str {
        match self {
            Self::Dose => "rtdose",
            Self::Structures => "rtstruct",
            Self::Plan => "rtplan",
        }
    }
}

/// A file whose transfer syntax is known.
#[derive(Debug)]
pub(super) struct File<'a> {
    bytes: Cow<'a, [u8]>,
    start: usize,
    coding: Coding,
    media_class: Option<String>,
    /// How pixel data is coded.
    pub(super) pixel_coding: PixelCoding,
}

/// How pixel data is coded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum PixelCoding {
    /// As it is.
    Native,
    /// RLE lossless.
    Rle,
    /// JPEG baseline or lossless.
    Jpeg,
}

impl<'a> File<'a> {
    /// Finds the data set in the bytes of a file.
    ///
    /// # Errors
    /// Not DICOM, truncated within the file meta group, a transfer syntax that is not supported.
    pub(super) fn open(bytes: &'a [u8]) -> Result<Self, DicomError> {
        Self::open_with(bytes, false)
    }

    /// As [`File::open`], of an image, whose pixels may be JPEG too.
    ///
    /// # Errors
    /// As [`File::open`].
    pub(super) fn open_image(bytes: &'a [u8]) -> Result<Self, DicomError> {
        Self::open_with(bytes, true)
    }

    fn open_with(bytes: &'a [u8], jpeg: bool) -> Result<Self, DicomError> {
        let marked = bytes.get(128..132) == Some(b"DICM");
        let from = match bytes.get(..4) {
            _ if marked => 132,
            Some(b"DICM") => 4,
            _ => 0,
        };
        let has_meta = bytes.get(from..from + 2) == Some(&[2, 0]);
        let (meta, start) = if marked || has_meta {
            Reader::new(bytes, from)
                .meta()
                .map_err(|error| if marked { error } else { DicomError::NotDicom })?
        } else {
            (
                DataSet {
                    elements: Vec::new(),
                    big_endian: false,
                    charset: SpecificCharacterSet::default(),
                },
                from,
            )
        };
        let file = |coding, pixel_coding| Self {
            bytes: Cow::Borrowed(bytes),
            start,
            coding,
            media_class: meta.code(tags::MEDIA_STORAGE_SOP_CLASS_UID),
            pixel_coding,
        };
        let Some(uid) = meta.code(tags::TRANSFER_SYNTAX_UID) else {
            return [
                Coding::ImplicitLittle,
                Coding::ExplicitLittle,
                Coding::ExplicitBig,
            ]
            .into_iter()
            .map(|coding| file(coding, PixelCoding::Native))
            .find(Self::starts_sensibly)
            .ok_or(DicomError::NotDicom);
        };
        match uid.as_str() {
            uids::IMPLICIT_VR_LITTLE_ENDIAN => {
                Ok(file(Coding::ImplicitLittle, PixelCoding::Native))
            }
            uids::EXPLICIT_VR_LITTLE_ENDIAN => {
                Ok(file(Coding::ExplicitLittle, PixelCoding::Native))
            }
            EXPLICIT_VR_BIG_ENDIAN => Ok(file(Coding::ExplicitBig, PixelCoding::Native)),
            uids::RLE_LOSSLESS => Ok(file(Coding::ExplicitLittle, PixelCoding::Rle)),
            uid if jpeg && JPEG.contains(&uid) => {
                Ok(file(Coding::ExplicitLittle, PixelCoding::Jpeg))
            }
            uids::DEFLATED_EXPLICIT_VR_LITTLE_ENDIAN => {
                let inflated = inflate(bytes.get(start..).unwrap_or(&[]))?;
                Ok(Self {
                    bytes: Cow::Owned(inflated),
                    start: 0,
                    ..file(Coding::ExplicitLittle, PixelCoding::Native)
                })
            }
            _ => Err(DicomError::TransferSyntax {
                name: TransferSyntaxRegistry
                    .get(&uid)
                    .map_or("unknown", |syntax| syntax.name()),
                uid: uid
                    .chars()
                    .filter(|c| c.is_ascii_digit() || *c == '.')
                    .take(64)
                    .collect(),
            }),
        }
    }

    /// The whole data set.
    ///
    /// # Errors
    /// Truncated or malformed.
    pub(super) fn data_set(&self) -> Result<DataSet<'_>, DicomError> {
        Reader::new(&self.bytes, self.start).data_set(self.coding)
    }

    /// What the file is, from its first elements; `None` for anything but the three RT objects.
    ///
    /// # Errors
    /// Truncated or malformed before it says.
    pub(super) fn role(&self) -> Result<Option<Role>, DicomError> {
        let from_meta = self.media_class.as_deref().and_then(role_of_class);
        match Reader::new(&self.bytes, self.start).head(self.coding, tags::MODALITY) {
            Ok(head) => Ok(role_of(&head).or(from_meta)),
            Err(_) if from_meta.is_some() => Ok(from_meta),
            Err(error) => Err(error),
        }
    }

    /// The data set of a file that must be of this role.
    ///
    /// # Errors
    /// Another modality, truncated or malformed.
    pub(super) fn data_set_of(&self, wanted: Role) -> Result<DataSet<'_>, DicomError> {
        match self.role()? {
            Some(role) if role == wanted => self.data_set(),
            Some(role) => Err(DicomError::WrongModality {
                wanted: wanted.modality(),
                got: role.modality().to_owned(),
            }),
            None => {
                let head =
                    Reader::new(&self.bytes, self.start).head(self.coding, tags::MODALITY)?;
                let got = head.code(tags::MODALITY).unwrap_or_default();
                Err(DicomError::WrongModality {
                    wanted: wanted.modality(),
                    got: if got.is_empty() {
                        "an object that states no modality".to_owned()
                    } else {
                        code_for_message(&got)
                    },
                })
            }
        }
    }

    /// Whether the guessed coding reads a modality or SOP class that could be one.
    fn starts_sensibly(&self) -> bool {
        let Ok(head) = Reader::new(&self.bytes, self.start).head(self.coding, tags::MODALITY)
        else {
            return false;
        };
        let is_code = |text: &String| {
            (2..=16).contains(&text.len())
                && text
                    .bytes()
                    .all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_')
        };
        let is_uid = |text: &String| {
            text.starts_with("1.2.840.10008.")
                && text.bytes().all(|b| b.is_ascii_digit() || b == b'.')
        };
        head.code(tags::MODALITY).as_ref().is_some_and(is_code)
            || head.code(tags::SOP_CLASS_UID).as_ref().is_some_and(is_uid)
    }
}

fn role_of(head: &DataSet<'_>) -> Option<Role> {
    let roles = [Role::Dose, Role::Structures, Role::Plan];
    match head.code(tags::MODALITY) {
        Some(modality) => roles.into_iter().find(|role| role.modality() == modality),
        None => head
            .code(tags::SOP_CLASS_UID)
            .as_deref()
            .and_then(role_of_class),
    }
}

fn role_of_class(uid: &str) -> Option<Role> {
    match uid {
        uids::RT_DOSE_STORAGE => Some(Role::Dose),
        uids::RT_STRUCTURE_SET_STORAGE => Some(Role::Structures),
        uids::RT_PLAN_STORAGE | uids::RT_ION_PLAN_STORAGE => Some(Role::Plan),
        _ => None,
    }
}

fn inflate(bytes: &[u8]) -> Result<Vec<u8>, DicomError> {
    let broken = |left: usize| DicomError::Truncated {
        element: "the deflated data set".to_owned(),
        claimed: bytes.len() as u64,
        left: left as u64,
    };
    let adapter = TransferSyntaxRegistry
        .get(uids::DEFLATED_EXPLICIT_VR_LITTLE_ENDIAN)
        .map(TransferSyntax::codec);
    let Some(Codec::Dataset(Some(adapter))) = adapter else {
        return Err(DicomError::TransferSyntax {
            uid: uids::DEFLATED_EXPLICIT_VR_LITTLE_ENDIAN.to_owned(),
            name: "deflated",
        });
    };
    let mut inflated = Vec::new();
    let reader = adapter.adapt_reader(Box::new(bytes));
    let result = reader.take(MAX_INFLATED + 1).read_to_end(&mut inflated);
    if result.is_err() || inflated.len() as u64 > MAX_INFLATED {
        return Err(broken(inflated.len()));
    }
    Ok(inflated)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_dicom_is_said_to_be_so() {
        for bytes in [
            &b""[..],
            b"hello world",
            &[0; 200],
            &[0xFF; 64],
            b"%PDF-1.7 something else here",
        ] {
            assert_eq!(File::open(bytes).unwrap_err(), DicomError::NotDicom);
        }
        let mut only_mark = vec![0; 128];
        only_mark.extend(b"DICM");
        assert_eq!(File::open(&only_mark).unwrap_err(), DicomError::NotDicom);
        assert!(
            DicomError::NotDicom
                .to_string()
                .starts_with("not a DICOM file")
        );
    }
}
