//! What a threshold holds for: device, disease, and the dosimetry that it was derived with.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// A word that names none of the choices.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{got}' is no {what}; say one of {allowed}")]
pub struct UnknownWordError {
    /// What was asked for: `device`, `disease` or `dosimetry`.
    pub what: &'static str,
    /// What was given.
    pub got: String,
    /// What would have been accepted.
    pub allowed: String,
}

macro_rules! words {
    ($(#[$doc:meta])* $name:ident, $what:literal, { $($(#[$item_doc:meta])* $item:ident = $word:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
        pub enum $name {
            $($(#[$item_doc])* #[serde(rename = $word)] $item,)+
        }

        impl $name {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$item),+];

            /// The word used in files, arguments and tables.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$item => $word),+ }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.name())
            }
        }

        impl FromStr for $name {
            type Err = UnknownWordError;

            /// Case, underscores and spaces do not matter.
            fn from_str(text: &str) -> Result<Self, UnknownWordError> {
                let word = text.trim().to_lowercase().replace(['_', ' '], "-");
                Self::ALL.iter().copied().find(|one| one.name() == word).ok_or_else(|| UnknownWordError {
                    what: $what,
                    got: text.to_owned(),
                    allowed: Self::ALL.iter().map(|one| one.name()).collect::<Vec<_>>().join(", "),
                })
            }
        }
    };
}

words! {
    /// The microspheres. Their activity a sphere differs fiftyfold, and so does the dose that works.
    Device, "device", {
        /// Glass microspheres.
        Glass = "glass",
        /// Resin microspheres.
        Resin = "resin",
    }
}

words! {
    /// What was treated.
    Disease, "disease", {
        /// Liver metastases of colorectal cancer.
        ColorectalMetastases = "colorectal-metastases",
        /// Hepatocellular carcinoma.
        Hcc = "hcc",
        /// Intrahepatic cholangiocarcinoma.
        Cholangiocarcinoma = "cholangiocarcinoma",
        /// Liver metastases of neuroendocrine tumours.
        NeuroendocrineMetastases = "neuroendocrine-metastases",
        /// Any other metastases in the liver.
        OtherMetastases = "other-metastases",
        /// Several diseases in one study; a patient has one of the others.
        Mixed = "mixed",
    }
}

words! {
    /// The image that the dose comes from.
    Dosimetry, "dosimetry", {
        /// Post-treatment yttrium-90 PET.
        Y90Pet = "y90-pet",
        /// Pre-treatment 99mTc-MAA SPECT: planned, not delivered.
        MaaSpect = "maa-spect",
        /// Post-treatment bremsstrahlung SPECT.
        BremsstrahlungSpect = "bremsstrahlung-spect",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_in_any_dress() {
        assert_eq!("Glass".parse(), Ok(Device::Glass));
        assert_eq!(
            "colorectal metastases".parse(),
            Ok(Disease::ColorectalMetastases)
        );
        assert_eq!("Y90_PET".parse(), Ok(Dosimetry::Y90Pet));
        assert_eq!(
            "plastic".parse::<Device>().unwrap_err().to_string(),
            "'plastic' is no device; say one of glass, resin"
        );
    }
}
