//! What made a result: program version, hashes of the inputs, settings and sources.

use serde::Serialize;
use sha2::{Digest, Sha256};

/// The version of this crate, the one number in the workspace.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

/// What hepadose may be used for; said in every report and by `--version`.
pub const INTENDED_USE: &str = "Research and independent second check. Not a medical device. \
Not for sole clinical decisions. Commission locally before use.";

/// An input by role and content, never by path or patient.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct InputHash {
    /// What the input was: `rtdose`, `rtstruct`, `rtplan`, `protocol`.
    pub role: String,
    /// SHA-256 of its bytes, in hexadecimal.
    pub sha256: String,
}

impl InputHash {
    /// Hashes the bytes of one input.
    pub fn of(role: &str, bytes: &[u8]) -> Self {
        Self {
            role: role.to_owned(),
            sha256: sha256_hex(bytes),
        }
    }
}

/// SHA-256 of bytes that come piece by piece.
#[derive(Debug, Clone, Default)]
pub struct Hasher(Sha256);

impl Hasher {
    /// Takes in the bytes that come next.
    pub fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// The hash of all bytes so far, as lower-case hexadecimal.
    pub fn hex(self) -> String {
        self.0
            .finalize()
            .iter()
            .fold(String::with_capacity(64), |mut text, byte| {
                text.push(char::from_digit(u32::from(byte >> 4), 16).unwrap_or('0'));
                text.push(char::from_digit(u32::from(byte & 15), 16).unwrap_or('0'));
                text
            })
    }
}

/// SHA-256 of some bytes as lower-case hexadecimal.
pub fn sha256_hex(bytes: &[u8]) -> String {
    let mut hasher = Hasher::default();
    hasher.update(bytes);
    hasher.hex()
}

/// A setting as text: words as they are, numbers in their shortest exact form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SettingValue(String);

impl From<&str> for SettingValue {
    fn from(value: &str) -> Self {
        Self(value.to_owned())
    }
}

impl From<String> for SettingValue {
    fn from(value: String) -> Self {
        Self(value)
    }
}

impl From<f64> for SettingValue {
    fn from(value: f64) -> Self {
        Self(value.to_string())
    }
}

/// What made a result.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Provenance {
    /// Version of the program.
    pub version: String,
    /// The inputs, in the order in which they were read.
    pub inputs: Vec<InputHash>,
    /// Settings as name and value, as they were really used.
    pub settings: Vec<(String, String)>,
    /// Keys of the references that the result rests on.
    pub sources: Vec<String>,
}

impl Provenance {
    /// An empty record of this version.
    pub fn new() -> Self {
        Self {
            version: VERSION.to_owned(),
            ..Self::default()
        }
    }

    /// Notes a setting.
    #[must_use]
    pub fn with_setting(mut self, name: &str, value: impl Into<SettingValue>) -> Self {
        self.settings.push((name.to_owned(), value.into().0));
        self
    }

    /// Notes a setting in place of the one of that name.
    #[must_use]
    pub fn with_setting_changed(mut self, name: &str, value: impl Into<SettingValue>) -> Self {
        self.settings.retain(|(one, _)| one != name);
        self.with_setting(name, value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hash_is_the_published_one() {
        // FIPS 180-2, appendix B.1: the message "abc".
        assert_eq!(
            sha256_hex(b"abc"),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
        let mut pieces = Hasher::default();
        pieces.update(b"a");
        pieces.update(b"");
        pieces.update(b"bc");
        assert_eq!(pieces.hex(), sha256_hex(b"abc"));
    }
}
