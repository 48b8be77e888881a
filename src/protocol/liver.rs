//! What is known of a patient's liver.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// What is known of the liver.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LiverStatus {
    /// Nobody said.
    #[default]
    Unknown,
    /// No cirrhosis, normal function.
    NormalNonCirrhotic,
    /// No cirrhosis, impaired function.
    ImpairedNonCirrhotic,
    /// Cirrhosis.
    Cirrhotic,
}

impl LiverStatus {
    /// All of them.
    pub const ALL: [Self; 4] = [
        Self::Unknown,
        Self::NormalNonCirrhotic,
        Self::ImpairedNonCirrhotic,
        Self::Cirrhotic,
    ];

    /// The word used in files and arguments.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::NormalNonCirrhotic => "normal_non_cirrhotic",
            Self::ImpairedNonCirrhotic => "impaired_non_cirrhotic",
            Self::Cirrhotic => "cirrhotic",
        }
    }
}

impl fmt::Display for LiverStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Unknown => "unknown",
            Self::NormalNonCirrhotic => "not cirrhotic with normal function",
            Self::ImpairedNonCirrhotic => "not cirrhotic with impaired function",
            Self::Cirrhotic => "cirrhotic",
        })
    }
}

/// A word that is no liver status.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "'{0}' is no liver status; say unknown, normal_non_cirrhotic, impaired_non_cirrhotic or cirrhotic"
)]
pub struct LiverStatusError(pub String);

impl FromStr for LiverStatus {
    type Err = LiverStatusError;

    fn from_str(text: &str) -> Result<Self, LiverStatusError> {
        let word = text.trim().to_lowercase().replace(['-', ' '], "_");
        Self::ALL
            .into_iter()
            .find(|status| status.name() == word)
            .ok_or_else(|| LiverStatusError(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_in_any_dress() {
        assert_eq!(
            "Normal-non-cirrhotic".parse(),
            Ok(LiverStatus::NormalNonCirrhotic)
        );
        let error = "fine".parse::<LiverStatus>().unwrap_err();
        assert!(
            error
                .to_string()
                .contains("'fine' is no liver status; say unknown")
        );
    }
}
