//! The metric grammar of AAPM TG-263 as planning tools write it.
//!
//! `D95%[Gy]`, `D0.03cc[Gy]`, `V20Gy[%]`, `V20Gy[cc]`, `V95%[%]`, `CV15Gy[cc]`, `DC700cc[Gy]`,
//! `Mean[Gy]`, `Min[Gy]`, `Max[Gy]`, `Volume[cc]`; case does not matter, cGy is understood on both
//! sides. Without an output unit doses come in Gy, `V` and `CV` in %, `Volume` in cc.

use crate::dose::{DoseKind, DoseScope};
use std::fmt;
use std::str::FromStr;

/// A text that is no metric.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "'{text}' is not a DVH metric: {reason}; write for example D95%[Gy], D0.03cc[Gy], V20Gy[%], V20Gy[cc], V95%[%], CV15Gy[cc], DC700cc[Gy], Mean[Gy], Min[Gy], Max[Gy] or Volume[cc]"
)]
pub struct MetricSyntaxError {
    /// What was given.
    pub text: String,
    /// What is wrong with it.
    pub reason: &'static str,
}

/// A dose on the left of a metric.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum DoseLevel {
    /// In gray.
    Gray(f64),
    /// In per cent of a prescription.
    Percent(f64),
}

/// A volume on the left of a metric.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum VolumeLevel {
    /// In cubic centimetres.
    Cc(f64),
    /// In per cent of the structure.
    Percent(f64),
}

/// What is asked of a DVH.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Quantity {
    /// `D`: least dose in the hottest volume.
    DoseOfHottest(VolumeLevel),
    /// `DC`: highest dose in the coldest volume.
    DoseOfColdest(VolumeLevel),
    /// `V`: volume that receives at least a dose.
    VolumeAtLeast(DoseLevel),
    /// `CV`: volume that receives less than a dose.
    VolumeBelow(DoseLevel),
    /// Mean dose.
    Mean,
    /// Least dose over the closed structure.
    Min,
    /// Highest dose over the closed structure.
    Max,
    /// Volume of the structure.
    Volume,
}

impl Quantity {
    /// Whether the answer is a volume.
    pub const fn is_volume(&self) -> bool {
        matches!(
            self,
            Self::VolumeAtLeast(_) | Self::VolumeBelow(_) | Self::Volume
        )
    }
}

/// The unit of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// Gray.
    Gy,
    /// Centigray.
    CGy,
    /// Cubic centimetres.
    Cc,
    /// Per cent: of the structure's volume, or of the prescription.
    Percent,
}

impl Unit {
    /// As it is printed.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Gy => "Gy",
            Self::CGy => "cGy",
            Self::Cc => "cc",
            Self::Percent => "%",
        }
    }
}

impl fmt::Display for Unit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A metric: what is asked and in which unit the answer comes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MetricSpec {
    /// What is asked.
    pub quantity: Quantity,
    /// Unit of the answer.
    pub unit: Unit,
}

impl FromStr for MetricSpec {
    type Err = MetricSyntaxError;

    fn from_str(text: &str) -> Result<Self, MetricSyntaxError> {
        parse(text).map_err(|reason| MetricSyntaxError {
            text: text.to_owned(),
            reason,
        })
    }
}

impl MetricSpec {
    /// Reads a metric.
    ///
    /// # Errors
    /// A text that is no metric, with what is wrong with it.
    pub fn parse(text: &str) -> Result<Self, MetricSyntaxError> {
        text.parse()
    }
}

fn parse(text: &str) -> Result<MetricSpec, &'static str> {
    let lower: String = text
        .chars()
        .filter(|c| !c.is_whitespace())
        .collect::<String>()
        .to_ascii_lowercase();
    let (left, output) = match lower.split_once('[') {
        Some((left, rest)) => {
            let unit = rest.strip_suffix(']').ok_or("the bracket is not closed")?;
            (
                left,
                Some(unit_named(unit).ok_or("the unit in brackets must be Gy, cGy, cc or %")?),
            )
        }
        None => (&lower[..], None),
    };
    let quantity = quantity_named(left)?;
    let default = match quantity {
        Quantity::VolumeAtLeast(_) | Quantity::VolumeBelow(_) => Unit::Percent,
        Quantity::Volume => Unit::Cc,
        _ => Unit::Gy,
    };
    let unit = output.unwrap_or(default);
    let fits = match quantity {
        Quantity::Volume => unit == Unit::Cc,
        _ if quantity.is_volume() => matches!(unit, Unit::Cc | Unit::Percent),
        _ => matches!(unit, Unit::Gy | Unit::CGy | Unit::Percent),
    };
    if fits {
        Ok(MetricSpec { quantity, unit })
    } else {
        Err(
            "the unit in brackets does not fit: doses come in Gy, cGy or % of the prescription, volumes in cc or %",
        )
    }
}

fn unit_named(text: &str) -> Option<Unit> {
    match text {
        "gy" => Some(Unit::Gy),
        "cgy" => Some(Unit::CGy),
        "cc" | "cm3" | "ml" => Some(Unit::Cc),
        "%" => Some(Unit::Percent),
        _ => None,
    }
}

fn quantity_named(left: &str) -> Result<Quantity, &'static str> {
    match left {
        "mean" => return Ok(Quantity::Mean),
        "min" => return Ok(Quantity::Min),
        "max" => return Ok(Quantity::Max),
        "volume" => return Ok(Quantity::Volume),
        "dmean" => return Err("write Mean"),
        "dmin" => return Err("write Min, or the near-minimum that is meant, such as D98%"),
        "dmax" => {
            return Err(
                "write Max for the highest dose, or the near-maximum that the source means, such as D0.035cc",
            );
        }
        "median" | "dmedian" => return Err("write D50%"),
        _ => {}
    }
    if let Some(rest) = left.strip_prefix("cv") {
        return Ok(Quantity::VolumeBelow(dose_level(rest)?));
    }
    if let Some(rest) = left.strip_prefix("dc") {
        return Ok(Quantity::DoseOfColdest(volume_level(rest)?));
    }
    if let Some(rest) = left.strip_prefix('v') {
        return Ok(Quantity::VolumeAtLeast(dose_level(rest)?));
    }
    if let Some(rest) = left.strip_prefix('d') {
        return Ok(Quantity::DoseOfHottest(volume_level(rest)?));
    }
    Err("it must begin with D, DC, V, CV, Mean, Min, Max or Volume")
}

/// A number in plain decimals and what follows it.
fn number(text: &str) -> Result<(f64, &str), &'static str> {
    let end = text
        .find(|c: char| !(c.is_ascii_digit() || c == '.'))
        .unwrap_or(text.len());
    let value: f64 = text[..end]
        .parse()
        .map_err(|_| "a number is missing after the letters")?;
    if value.is_finite() {
        Ok((value, &text[end..]))
    } else {
        Err("the number is too large")
    }
}

fn dose_level(text: &str) -> Result<DoseLevel, &'static str> {
    match number(text)? {
        (value, "gy") => Ok(DoseLevel::Gray(value)),
        (value, "cgy") => Ok(DoseLevel::Gray(value / 100.0)),
        (value, "%") => Ok(DoseLevel::Percent(value)),
        (_, "") => Err("the dose needs a unit, as in V20Gy or V95%"),
        _ => Err("the unit of the dose must be Gy, cGy or %"),
    }
}

fn volume_level(text: &str) -> Result<VolumeLevel, &'static str> {
    let level = match number(text)? {
        (value, "cc" | "cm3" | "ml") => VolumeLevel::Cc(value),
        (value, "%") if value > 100.0 => return Err("a structure has no more than 100 %"),
        (value, "%") => VolumeLevel::Percent(value),
        (_, "") => return Err("the volume needs a unit, as in D95% or D2cc"),
        _ => return Err("the unit of the volume must be cc or %"),
    };
    match level {
        VolumeLevel::Cc(value) | VolumeLevel::Percent(value) if value > 0.0 => Ok(level),
        _ => Err("the volume must be above 0; for the highest dose write Max"),
    }
}

impl fmt::Display for VolumeLevel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cc(value) => write!(f, "{value}cc"),
            Self::Percent(value) => write!(f, "{value}%"),
        }
    }
}

impl fmt::Display for DoseLevel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Gray(value) => write!(f, "{value}Gy"),
            Self::Percent(value) => write!(f, "{value}%"),
        }
    }
}

impl fmt::Display for MetricSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.quantity {
            Quantity::DoseOfHottest(volume) => write!(f, "D{volume}"),
            Quantity::DoseOfColdest(volume) => write!(f, "DC{volume}"),
            Quantity::VolumeAtLeast(dose) => write!(f, "V{dose}"),
            Quantity::VolumeBelow(dose) => write!(f, "CV{dose}"),
            Quantity::Mean => f.write_str("Mean"),
            Quantity::Min => f.write_str("Min"),
            Quantity::Max => f.write_str("Max"),
            Quantity::Volume => f.write_str("Volume"),
        }?;
        write!(f, "[{}]", self.unit)
    }
}

/// Why a metric has no value.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum NotEvaluable {
    /// Points, an empty ROI, or contours that enclose nothing.
    #[error("the structure has no volume (no closed contours, or only points)")]
    NoVolume,
    /// The dose grid ends inside the structure.
    #[error(
        "the dose grid covers {covered_percent:.2} % of the structure, below the {required_percent:.2} % required; the covered part's own values stand beside"
    )]
    NotCovered {
        /// Covered share in per cent.
        covered_percent: f64,
        /// What `min_covered` asks, in per cent.
        required_percent: f64,
    },
    /// More volume asked than there is.
    #[error("{asked_cc} cc asked of a structure of {volume_cc:.3} cc")]
    StructureTooSmall {
        /// Volume asked in cc.
        asked_cc: f64,
        /// Volume of the structure in cc.
        volume_cc: f64,
    },
    /// More volume asked than the dose grid covers.
    #[error(
        "the volume asked is more than the dose grid covers: {covered_cc:.3} cc of {volume_cc:.3} cc"
    )]
    BeyondCovered {
        /// Covered volume in cc.
        covered_cc: f64,
        /// Volume of the structure in cc.
        volume_cc: f64,
    },
    /// A metric in per cent of a prescription without one.
    #[error("no prescription is known for this structure; give prescription_gy=")]
    NoPrescription,
    /// The grid does not hold the dose of the whole treatment.
    #[error("the grid holds {0}; sum the parts, or give dose_scope=")]
    Scope(DoseScope),
    /// Nobody says what the dose is.
    #[error("the file does not state its DoseType; give dose_type=")]
    KindUnstated,
}

/// The answer to a metric.
#[derive(Debug, Clone, PartialEq)]
pub struct Metric {
    /// What was asked, in canonical form.
    pub spec: MetricSpec,
    /// The answer in the unit of `spec`, or why there is none.
    pub value: Result<f64, NotEvaluable>,
    /// Where the answer lies whatever dose the uncovered part has; `None` on a side that is open. Given only
    /// when the structure is partly outside the dose grid.
    pub bounds: Option<(Option<f64>, Option<f64>)>,
    /// What the dose is.
    pub kind: DoseKind,
    /// Estimated numerical error in the unit of `spec`, where one was made.
    pub uncertainty: Option<f64>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn canonical_forms() {
        for (text, canonical) in [
            ("D95%[Gy]", "D95%[Gy]"),
            ("d0.03CC", "D0.03cc[Gy]"),
            ("V20Gy", "V20Gy[%]"),
            ("v2000cgy[cc]", "V20Gy[cc]"),
            ("V95%[%]", "V95%[%]"),
            ("CV15Gy [cc]", "CV15Gy[cc]"),
            ("DC700cc[cGy]", "DC700cc[cGy]"),
            ("mean", "Mean[Gy]"),
            ("Volume", "Volume[cc]"),
            ("D98%[%]", "D98%[%]"),
        ] {
            assert_eq!(MetricSpec::parse(text).unwrap().to_string(), canonical);
        }
    }

    #[test]
    fn says_what_is_wrong() {
        for (text, part) in [
            ("D95", "needs a unit"),
            ("X95%", "must begin with"),
            ("Dmax", "near-maximum"),
            ("V20Gy[Gy]", "does not fit"),
            ("Volume[%]", "does not fit"),
            ("V20Gy[cc", "not closed"),
            ("D101%", "no more than 100"),
            ("D0cc", "above 0"),
            ("Dcc", "number is missing"),
            ("V20mSv", "Gy, cGy or %"),
            ("V1e9Gy", "Gy, cGy or %"),
            ("", "must begin with"),
            ("D-5%", "number is missing"),
        ] {
            let error = MetricSpec::parse(text).unwrap_err().to_string();
            assert!(error.contains(part), "{text}: {error}");
        }
    }
}
