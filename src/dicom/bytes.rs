//! The bytes of a file, lent or read for once.

use super::error::DicomError;
use crate::numeric::Pages;
use crate::provenance::Hasher;
use std::fs;
use std::io::{ErrorKind, Read};
use std::ops::Deref;
use std::path::Path;

/// What is read and hashed at a time: fits into the cache of one core.
const PIECE_BYTES: usize = 1 << 18;

/// The bytes of a file.
#[derive(Debug)]
pub(super) enum FileBytes<'a> {
    /// Somebody else keeps them.
    Lent(&'a [u8]),
    /// Read for this.
    Own(Pages<u8>),
}

impl Deref for FileBytes<'_> {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match self {
            Self::Lent(bytes) => bytes,
            Self::Own(bytes) => bytes,
        }
    }
}

pub(super) fn file_error(error: &std::io::Error) -> DicomError {
    DicomError::Io {
        what: "a file in the folder",
        kind: error.kind(),
    }
}

/// All bytes of a file and their SHA-256, each piece hashed while it is still in the cache.
///
/// # Errors
/// A file that cannot be read, or that becomes shorter meanwhile.
pub(super) fn read_file(path: &Path) -> Result<(Pages<u8>, String), DicomError> {
    let failed = |error: std::io::Error| file_error(&error);
    let mut file = fs::File::open(path).map_err(failed)?;
    let length = file.metadata().map_err(failed)?.len();
    let length = usize::try_from(length).map_err(|_| failed(ErrorKind::FileTooLarge.into()))?;
    let mut bytes = Pages::zeroed(length);
    let mut hasher = Hasher::default();
    for piece in bytes.chunks_mut(PIECE_BYTES) {
        file.read_exact(piece).map_err(failed)?;
        hasher.update(piece);
    }
    Ok((bytes, hasher.hex()))
}

/// The first bytes of a file, at most `most`, and how long it is in all.
///
/// # Errors
/// A file that cannot be read.
pub(super) fn read_head(path: &Path, most: u64) -> Result<(Vec<u8>, u64), DicomError> {
    let failed = |error: std::io::Error| file_error(&error);
    let file = fs::File::open(path).map_err(failed)?;
    let length = file.metadata().map_err(failed)?.len();
    let mut head = Vec::new();
    file.take(most).read_to_end(&mut head).map_err(failed)?;
    Ok((head, length))
}
