//! Response thresholds as data: one file a publication, strata and likelihood ratios computed from it.

use super::{Device, Disease, Dosimetry, Y90Error};
use crate::citation::{Evidence, reference};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::sync::LazyLock;

/// The files of this crate.
const FILES: &[(&str, &str)] = &[
    (
        "alsultan2021-glass-mcrc.toml",
        include_str!("thresholds/alsultan2021-glass-mcrc.toml"),
    ),
    (
        "chiesa2015-glass-hcc.toml",
        include_str!("thresholds/chiesa2015-glass-hcc.toml"),
    ),
    (
        "dewaraja2020-glass-mixed.toml",
        include_str!("thresholds/dewaraja2020-glass-mixed.toml"),
    ),
    (
        "dosisphere01-glass-hcc.toml",
        include_str!("thresholds/dosisphere01-glass-hcc.toml"),
    ),
    (
        "eanm2022-glass-hcc.toml",
        include_str!("thresholds/eanm2022-glass-hcc.toml"),
    ),
    (
        "eanm2022-glass-icc.toml",
        include_str!("thresholds/eanm2022-glass-icc.toml"),
    ),
    (
        "eanm2022-glass-mcrc.toml",
        include_str!("thresholds/eanm2022-glass-mcrc.toml"),
    ),
    (
        "eanm2022-resin-hcc.toml",
        include_str!("thresholds/eanm2022-resin-hcc.toml"),
    ),
    (
        "eanm2022-resin-icc.toml",
        include_str!("thresholds/eanm2022-resin-icc.toml"),
    ),
    (
        "eanm2022-resin-mcrc.toml",
        include_str!("thresholds/eanm2022-resin-mcrc.toml"),
    ),
    (
        "levillain2018-resin-mcrc-39.toml",
        include_str!("thresholds/levillain2018-resin-mcrc-39.toml"),
    ),
    (
        "levillain2018-resin-mcrc-60.toml",
        include_str!("thresholds/levillain2018-resin-mcrc-60.toml"),
    ),
    (
        "lewandowski2018-glass-hcc.toml",
        include_str!("thresholds/lewandowski2018-glass-hcc.toml"),
    ),
    (
        "willowson2017-resin-mcrc.toml",
        include_str!("thresholds/willowson2017-resin-mcrc.toml"),
    ),
];

static BUILT_IN: LazyLock<Result<Vec<ThresholdSet>, Y90Error>> = LazyLock::new(|| {
    FILES
        .iter()
        .map(|(file, text)| ThresholdSet::parse(file, text))
        .collect()
});

/// How a source compares a dose with its cut-off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Operator {
    /// Strictly above.
    #[serde(rename = ">")]
    Above,
    /// At or above.
    #[serde(rename = ">=")]
    AtLeast,
    /// Strictly below.
    #[serde(rename = "<")]
    Below,
    /// At or below.
    #[serde(rename = "<=")]
    AtMost,
}

impl Operator {
    /// Whether a dose counts as positive.
    pub fn holds(self, dose: f64, limit: f64) -> bool {
        match self {
            Self::Above => dose > limit,
            Self::AtLeast => dose >= limit,
            Self::Below => dose < limit,
            Self::AtMost => dose <= limit,
        }
    }

    /// As it is printed.
    pub const fn symbol(self) -> &'static str {
        match self {
            Self::Above => ">",
            Self::AtLeast => ">=",
            Self::Below => "<",
            Self::AtMost => "<=",
        }
    }

    /// The operator of the other side.
    pub const fn opposite(self) -> &'static str {
        match self {
            Self::Above => "<=",
            Self::AtLeast => "<",
            Self::Below => ">=",
            Self::AtMost => ">",
        }
    }
}

/// A dose above which a lesion is called a responder, and how well that worked.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CutOff {
    /// As the source prints it.
    pub operator: Operator,
    /// The dose in gray.
    pub dose_gy: f64,
    /// Share of responding lesions above the cut-off, in per cent.
    pub sensitivity_percent: f64,
    /// Share of other lesions not above it, in per cent.
    pub specificity_percent: f64,
    /// How the numbers were seen.
    pub evidence: Evidence,
}

/// How the doses of a publication were made; what was not seen is absent.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Derivation {
    /// From activity to dose.
    #[serde(default)]
    pub method: Option<String>,
    /// Dose constant in Gy kg/GBq.
    #[serde(default)]
    pub dose_constant_gy_kg_per_gbq: Option<f64>,
    /// Density in g/mL.
    #[serde(default)]
    pub density_g_per_ml: Option<f64>,
    /// Whether the partial volume effect was corrected for.
    #[serde(default)]
    pub partial_volume_corrected: Option<bool>,
}

/// A dose that a source asks for, or asks to keep below, in one scenario.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recommendation {
    /// Kind of treatment, `all` where it does not matter.
    pub scenario: String,
    /// What the dose is the mean of.
    pub region: String,
    /// As printed.
    pub operator: Operator,
    /// The dose in gray.
    pub dose_gy: f64,
    /// Upper end of a range in gray.
    #[serde(default)]
    pub to_gy: Option<f64>,
    /// When it holds.
    #[serde(default)]
    pub condition: Option<String>,
    /// How it was seen.
    pub evidence: Evidence,
}

/// A published number to read beside a dose. It is no class.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Context {
    /// What the number is.
    pub what: String,
    /// Median dose in gray.
    pub median_gy: f64,
    /// Least and highest dose in gray.
    pub range_gy: Option<[f64; 2]>,
}

/// The thresholds of one publication, with what they hold for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ThresholdSet {
    /// Short name.
    pub id: String,
    /// One line of title.
    pub title: String,
    /// The microspheres.
    pub device: Device,
    /// What was treated.
    pub disease: Disease,
    /// The image that the doses came from; absent where the source does not say.
    #[serde(default)]
    pub dosimetry: Option<Dosimetry>,
    /// What the thresholds are compared with.
    pub metric: String,
    /// What counted as response, and when.
    pub endpoint: String,
    /// Key of the publication.
    pub source: String,
    /// Table, figure or section.
    pub locator: String,
    /// Number of patients, or of treatments where only that was seen.
    #[serde(default)]
    pub patients: Option<u32>,
    /// Number of lesions.
    #[serde(default)]
    pub lesions: Option<u32>,
    /// Whether something that matters was recalled, so that the set is used only by its name.
    #[serde(default)]
    pub by_name_only: bool,
    /// How the doses were made, as far as it was seen.
    #[serde(default)]
    pub derived_with: Derivation,
    /// Nested cut-offs of response, ascending in dose.
    #[serde(default, rename = "cut_off")]
    pub cut_offs: Vec<CutOff>,
    /// Doses to aim at or to keep below.
    #[serde(default, rename = "recommendation")]
    pub recommendations: Vec<Recommendation>,
    /// Numbers to read beside a dose.
    #[serde(default)]
    pub context: Vec<Context>,
    /// What a reader has to know.
    #[serde(default)]
    pub caveats: Vec<String>,
}

/// A range of dose between two neighbouring cut-offs.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Stratum {
    /// Position from the lowest, 0.
    pub index: usize,
    /// Cut-off below it, absent for the lowest.
    pub lower: Option<CutOff>,
    /// Cut-off above it, absent for the highest.
    pub upper: Option<CutOff>,
    /// How much more often a responding lesion falls here than another.
    pub likelihood_ratio: f64,
}

impl fmt::Display for Stratum {
    /// `<= 139 Gy`, `> 139 to <= 189 Gy`, `> 189 Gy`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(lower) = &self.lower {
            write!(f, "{} {}", lower.operator.symbol(), lower.dose_gy)?;
        }
        if let Some(upper) = &self.upper {
            let to = if self.lower.is_some() { " to " } else { "" };
            write!(f, "{to}{} {}", upper.operator.opposite(), upper.dose_gy)?;
        }
        f.write_str(" Gy")
    }
}

impl ThresholdSet {
    /// Reads a threshold file.
    ///
    /// # Errors
    /// Text that is no such file, with its line; numbers that contradict each other.
    pub fn parse(file: &str, text: &str) -> Result<Self, Y90Error> {
        let fail = |message: String| Y90Error::ThresholdFile {
            file: file.to_owned(),
            message,
        };
        let set: Self = toml::from_str(text).map_err(|error| fail(error.to_string()))?;
        set.check().map_err(|reason| fail(reason.to_owned()))?;
        Ok(set)
    }

    fn check(&self) -> Result<(), &'static str> {
        if reference(&self.source).is_none() {
            return Err("its source is not in the table of references; add it there");
        }
        if self.cut_offs.is_empty() && self.recommendations.is_empty() {
            return Err("it needs at least one [[cut_off]] or [[recommendation]]");
        }
        for one in &self.recommendations {
            let range = one.to_gy.is_none_or(|end| end > one.dose_gy);
            if !(one.dose_gy.is_finite() && one.dose_gy > 0.0 && range) {
                return Err("dose_gy must be above 0, to_gy above dose_gy");
            }
        }
        let within = |percent: f64| percent > 0.0 && percent < 100.0;
        for cut in &self.cut_offs {
            if matches!(cut.operator, Operator::Below | Operator::AtMost) {
                return Err("a cut-off of response is > or >=");
            }
            if !(cut.dose_gy.is_finite() && cut.dose_gy > 0.0) {
                return Err("dose_gy must be above 0");
            }
            if !within(cut.sensitivity_percent) || !within(cut.specificity_percent) {
                return Err("sensitivity and specificity must lie between 0 and 100 per cent");
            }
        }
        // Nested cut-offs: going up, fewer are called responders, so sensitivity falls, specificity rises.
        for pair in self.cut_offs.windows(2) {
            if pair[0].dose_gy >= pair[1].dose_gy {
                return Err("cut-offs must ascend in dose");
            }
            if pair[0].sensitivity_percent < pair[1].sensitivity_percent
                || pair[0].specificity_percent >= pair[1].specificity_percent
            {
                return Err(
                    "with a higher cut-off sensitivity cannot rise and specificity must rise",
                );
            }
        }
        Ok(())
    }

    /// The strata between the cut-offs, ascending, with their interval likelihood ratios
    /// `(sens_lower - sens_upper) / (spec_upper - spec_lower)`: of the responding lesions
    /// `sens_lower - sens_upper` fall between two nested cut-offs, of the others
    /// `spec_upper - spec_lower`.
    pub fn strata(&self) -> Vec<Stratum> {
        (0..=self.cut_offs.len())
            .map(|index| {
                let lower = index.checked_sub(1).map(|below| self.cut_offs[below]);
                let upper = self.cut_offs.get(index).copied();
                let (sens_lower, spec_lower) = lower.map_or((100.0, 0.0), |cut| {
                    (cut.sensitivity_percent, cut.specificity_percent)
                });
                let (sens_upper, spec_upper) = upper.map_or((0.0, 100.0), |cut| {
                    (cut.sensitivity_percent, cut.specificity_percent)
                });
                Stratum {
                    index,
                    lower,
                    upper,
                    likelihood_ratio: (sens_lower - sens_upper) / (spec_upper - spec_lower),
                }
            })
            .collect()
    }

    /// The stratum of a dose in gray.
    pub fn stratum(&self, dose_gy: f64) -> Option<Stratum> {
        let passed = self
            .cut_offs
            .iter()
            .take_while(|cut| cut.operator.holds(dose_gy, cut.dose_gy))
            .count();
        self.strata().into_iter().nth(passed)
    }

    /// The least sure of its numbers.
    pub fn evidence(&self) -> Option<Evidence> {
        let cut_offs = self.cut_offs.iter().map(|cut| cut.evidence);
        let asked = self.recommendations.iter().map(|one| one.evidence);
        cut_offs.chain(asked).min()
    }
}

/// All thresholds that this crate carries.
///
/// # Errors
/// A file of this crate that cannot be read, which a test excludes.
pub fn thresholds() -> Result<&'static [ThresholdSet], Y90Error> {
    match &*BUILT_IN {
        Ok(sets) => Ok(sets),
        Err(error) => Err(error.clone()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn alsultan() -> &'static ThresholdSet {
        &thresholds().unwrap()[0]
    }

    #[test]
    fn a_cut_off_itself_lies_in_the_lower_stratum() {
        let label = |dose| alsultan().stratum(dose).unwrap().to_string();
        assert_eq!(label(139.0), "<= 139 Gy");
        assert_eq!(label(139.0_f64.next_up()), "> 139 to <= 189 Gy");
        assert_eq!(label(189.0), "> 139 to <= 189 Gy");
        assert_eq!(label(189.1), "> 189 Gy");
        assert_eq!(label(0.0), "<= 139 Gy");
    }

    #[test]
    fn files_that_contradict_themselves_are_refused() {
        let good = FILES[0].1;
        let error = |text: &str| {
            ThresholdSet::parse("own.toml", text)
                .unwrap_err()
                .to_string()
        };
        let swapped = good.replace("dose_gy = 139.0", "dose_gy = 190.0");
        assert!(error(&swapped).contains("ascend in dose"));
        let risen = good.replace("specificity_percent = 97.0", "specificity_percent = 80.0");
        assert!(error(&risen).contains("specificity must rise"));
        let unknown = good.replace("endpoint =", "end_point =");
        let message = error(&unknown);
        assert!(
            message.contains("own.toml") && message.contains("line 9"),
            "{message}"
        );
        let nobody = good.replace("source = \"alsultan2021\"", "source = \"nobody\"");
        assert!(error(&nobody).contains("table of references"));
        let plastic = good.replace("device = \"glass\"", "device = \"plastic\"");
        assert!(error(&plastic).contains("`glass`"));
    }
}
