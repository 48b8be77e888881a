//! What a goal measures: a metric of the DVH, an index, the effective volume, the BED of the prescription.

use crate::dvh::MetricSpec;
use crate::index::Index;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use std::str::FromStr;

/// What is measured.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Measure {
    /// A metric of the DVH.
    Dvh(MetricSpec),
    /// BED of the prescribed dose in its number of fractions.
    PrescriptionBed,
    /// Effective volume in per cent at a reference dose, for a volume parameter n of 1:
    /// `Veff = sum v_i D_i / Dref = Mean / Dref` (Kutcher 1991, equation 7, with n = 1).
    EffectiveVolume {
        /// Reference dose in gray.
        reference_gy: f64,
    },
    /// A geometric index of the target at its prescription.
    Index(Index),
}

/// How the BED of the prescription is written.
const PRESCRIPTION_BED: &str = "PrescriptionBED[Gy]";
/// What else there is beside DVH metrics, for messages.
const OTHERS: &str =
    "PrescriptionBED[Gy], Veff(50Gy)[%], PaddickCI, RTOGCI, ICRUHI, PaddickGI or R50";

impl fmt::Display for Measure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Dvh(spec) => spec.fmt(f),
            Self::PrescriptionBed => f.write_str(PRESCRIPTION_BED),
            Self::EffectiveVolume { reference_gy } => write!(f, "Veff({reference_gy}Gy)[%]"),
            Self::Index(index) => f.write_str(index.name()),
        }
    }
}

/// A text that is no measure.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{reason}; beside these there are {OTHERS}")]
pub struct MeasureError {
    /// Why it is no DVH metric either.
    pub reason: String,
}

impl FromStr for Measure {
    type Err = MeasureError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let word: String = text.chars().filter(|c| !c.is_whitespace()).collect();
        let lower = word.to_lowercase();
        if word.eq_ignore_ascii_case(PRESCRIPTION_BED) {
            return Ok(Self::PrescriptionBed);
        }
        if let Some(rest) = lower.strip_prefix("veff(") {
            let inner = rest.strip_suffix("[%]").unwrap_or(rest);
            let dose = inner
                .strip_suffix("gy)")
                .and_then(|dose| dose.parse().ok())
                .filter(|dose: &f64| dose.is_finite() && *dose > 0.0);
            return dose
                .map(|reference_gy| Self::EffectiveVolume { reference_gy })
                .ok_or_else(|| MeasureError {
                    reason: format!(
                        "'{text}' is no effective volume: write the reference dose as in Veff(50Gy)[%]"
                    ),
                });
        }
        if let Some(index) = Index::ALL
            .into_iter()
            .find(|index| index.name().eq_ignore_ascii_case(&word))
        {
            return Ok(Self::Index(index));
        }
        MetricSpec::parse(text)
            .map(Self::Dvh)
            .map_err(|error| MeasureError {
                reason: error.to_string(),
            })
    }
}

impl Measure {
    /// Unit of the answer.
    pub const fn unit(&self) -> &'static str {
        match self {
            Self::Dvh(spec) => spec.unit.name(),
            Self::PrescriptionBed => "Gy",
            Self::EffectiveVolume { .. } => "%",
            Self::Index(_) => "1",
        }
    }

    /// Whether a limit on it protects or fills the cold side of a structure.
    pub(super) const fn is_cold_side(&self) -> bool {
        use crate::dvh::Quantity::{DoseOfColdest, VolumeBelow};
        matches!(
            self,
            Self::Dvh(MetricSpec {
                quantity: DoseOfColdest(_) | VolumeBelow(_),
                ..
            })
        )
    }
}

impl<'de> Deserialize<'de> for Measure {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        String::deserialize(from)?
            .parse()
            .map_err(serde::de::Error::custom)
    }
}

impl Serialize for Measure {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_measure_is_read_as_it_is_written() {
        for text in [
            "PrescriptionBED[Gy]",
            "Veff(27.5Gy)[%]",
            "PaddickCI",
            "RTOGCI",
            "ICRUHI",
            "PaddickGI",
            "R50",
            "CV15Gy[cc]",
        ] {
            assert_eq!(text.parse::<Measure>().unwrap().to_string(), text);
        }
        let error = "Veff(50)".parse::<Measure>().unwrap_err().to_string();
        assert!(error.contains("as in Veff(50Gy)[%]"), "{error}");
        let error = "Dmax".parse::<Measure>().unwrap_err().to_string();
        assert!(
            error.contains("such as D0.035cc") && error.contains("PaddickCI"),
            "{error}"
        );
    }
}
