//! Clinical facts that a limit can depend on, as the user states them.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// A word that is none of those known for a fact.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{word}' is no {fact}; say {allowed}")]
pub struct FactError {
    /// What was given.
    pub word: String,
    /// The fact.
    pub fact: &'static str,
    /// The words that there are.
    pub allowed: String,
}

macro_rules! fact {
    ($(#[$about:meta])* $type:ident, $fact:literal, $($(#[$doc:meta])* $variant:ident = $word:literal),+) => {
        $(#[$about])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
        pub enum $type {
            $($(#[$doc])* #[serde(rename = $word)] $variant),+
        }

        impl $type {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The word used in files and arguments.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }
        }

        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.name())
            }
        }

        impl FromStr for $type {
            type Err = FactError;

            fn from_str(text: &str) -> Result<Self, FactError> {
                let wanted = text.trim().to_lowercase().replace(['-', ' '], "_");
                let is = |one: &Self| one.name().to_lowercase() == wanted;
                Self::ALL.iter().copied().find(is).ok_or_else(|| FactError {
                    word: text.to_owned(),
                    fact: $fact,
                    allowed: Self::ALL.iter().map(|one| one.name()).collect::<Vec<_>>().join(" or "),
                })
            }
        }
    };
}

fact!(
    /// What is treated, as far as limits differ by it.
    Disease, "kind of disease",
    /// Primary liver cancer: hepatocellular carcinoma, cholangiocarcinoma.
    Primary = "primary",
    /// Metastases.
    Metastases = "metastases"
);

fact!(
    /// Child-Pugh class.
    ChildPugh, "Child-Pugh class",
    /// 5 to 6 points.
    A = "A",
    /// 7 to 9 points.
    B = "B",
    /// 10 to 15 points.
    C = "C"
);

fact!(
    /// Sex, where an organ's critical volume depends on it.
    Sex, "sex",
    /// Female.
    Female = "female",
    /// Male.
    Male = "male"
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words() {
        assert_eq!("a".parse(), Ok(ChildPugh::A));
        assert_eq!(" Metastases ".parse(), Ok(Disease::Metastases));
        let error = "D".parse::<ChildPugh>().unwrap_err().to_string();
        assert_eq!(error, "'D' is no Child-Pugh class; say A or B or C");
    }
}
