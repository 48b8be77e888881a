//! One goal: a structure, what is measured in it, limits by level, and where they come from.

use super::{Comparator, Level, LevelName};
use crate::citation::Evidence;
use crate::dvh::MetricSpec;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use std::str::FromStr;

/// What a goal speaks of. Which ROI that is, is found in the case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// The whole liver as drawn.
    Liver,
    /// The liver minus the union of all gross tumour volumes.
    NormalLiver,
    /// What the prescription is for; no ROI is looked up.
    Target,
}

impl Role {
    /// The word used in files and tables.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Liver => "liver",
            Self::NormalLiver => "normal-liver",
            Self::Target => "target",
        }
    }
}

/// What is measured.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Measure {
    /// A metric of the DVH.
    Dvh(MetricSpec),
    /// BED of the prescribed dose in its number of fractions.
    PrescriptionBed,
}

/// How the BED of the prescription is written.
const PRESCRIPTION_BED: &str = "PrescriptionBED[Gy]";

impl fmt::Display for Measure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Dvh(spec) => spec.fmt(f),
            Self::PrescriptionBed => f.write_str(PRESCRIPTION_BED),
        }
    }
}

impl FromStr for Measure {
    type Err = crate::dvh::MetricSyntaxError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.trim().eq_ignore_ascii_case(PRESCRIPTION_BED) {
            return Ok(Self::PrescriptionBed);
        }
        MetricSpec::parse(text).map(Self::Dvh)
    }
}

impl Measure {
    /// Unit of the answer.
    pub const fn unit(&self) -> &'static str {
        match self {
            Self::Dvh(spec) => spec.unit.name(),
            Self::PrescriptionBed => "Gy",
        }
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

/// The dose that a metric is read from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DoseBasis {
    /// Physical dose.
    #[default]
    Physical,
    /// BED at the goal's alpha/beta.
    Bed,
    /// EQD2 at the goal's alpha/beta.
    Eqd2,
}

/// A limit as its source prints it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Printed {
    /// The metric that says what the source says.
    pub metric: Measure,
    /// Its comparator.
    pub comparator: Comparator,
    /// Its limit.
    pub limit: f64,
}

/// Where a goal comes from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Source {
    /// Key of the reference; in a file of your own also its full text.
    pub key: String,
    /// Page, table or section.
    pub locator: String,
    /// How it was seen.
    pub evidence: Evidence,
    /// The limit as printed there, where that can be said as a metric.
    pub printed: Option<Printed>,
}

/// One goal of a protocol.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Goal {
    /// Short name, unique in its protocol.
    pub id: String,
    /// One line for tables.
    pub title: String,
    /// What it speaks of.
    pub structure: Role,
    /// What is measured.
    pub metric: Measure,
    /// The dose that it is read from.
    #[serde(default)]
    pub dose: DoseBasis,
    /// alpha/beta in gray for BED and EQD2.
    pub alpha_beta_gy: Option<f64>,
    /// What the limit guards against or aims at.
    pub endpoint: Option<String>,
    /// What a reader has to know beside the verdict.
    #[serde(default)]
    pub caveats: Vec<String>,
    /// Its limits.
    #[serde(rename = "level")]
    pub levels: Vec<Level>,
    /// Where it comes from.
    #[serde(rename = "source")]
    pub sources: Vec<Source>,
}

impl Goal {
    /// The level that decides the verdict: the one that must hold, else the first.
    pub fn deciding_level(&self) -> Option<&Level> {
        self.levels
            .iter()
            .find(|level| level.name.decides())
            .or_else(|| self.levels.first())
    }

    /// Whether the plan as a whole fails where this goal is missed.
    pub fn is_mandatory(&self) -> bool {
        self.levels.iter().any(|level| level.name.decides())
    }

    /// Whether the goal makes sense, in words for the one who wrote it.
    pub(super) fn check(&self) -> Result<(), String> {
        if self.levels.is_empty() {
            return Err(
                "it has no limit; add a [[goal.level]] with name, comparator, limit".into(),
            );
        }
        if self.sources.is_empty() {
            return Err(
                "it has no source; add a [[goal.source]] with key, locator, evidence".into(),
            );
        }
        self.check_dose()?;
        self.check_levels()
    }

    fn check_dose(&self) -> Result<(), String> {
        let needs = self.dose != DoseBasis::Physical || self.metric == Measure::PrescriptionBed;
        match self.alpha_beta_gy {
            None if needs => Err("BED and EQD2 need alpha_beta_gy".into()),
            Some(_) if !needs => {
                Err("alpha_beta_gy has no meaning for physical dose; say dose = \"bed\" or \"eqd2\", or leave it out".into())
            }
            Some(ab) if !(ab.is_finite() && ab > 0.0) => {
                Err(format!("alpha_beta_gy must be above 0, got {ab}"))
            }
            _ => self.check_structure(),
        }
    }

    fn check_structure(&self) -> Result<(), String> {
        match (self.structure, self.metric) {
            (Role::Target, Measure::Dvh(_)) => {
                Err("a DVH metric needs a structure; 'target' stands for the prescription".into())
            }
            (Role::Liver | Role::NormalLiver, Measure::PrescriptionBed) => {
                Err("the BED of the prescription belongs to structure = \"target\"".into())
            }
            _ => Ok(()),
        }
    }

    fn check_levels(&self) -> Result<(), String> {
        for (index, level) in self.levels.iter().enumerate() {
            if !(level.limit.is_finite() && level.limit >= 0.0) {
                return Err(format!("limit must be at least 0, got {}", level.limit));
            }
            if level.comparator.wants_high() != self.levels[0].comparator.wants_high() {
                return Err("its levels point in different directions".into());
            }
            if self.levels[..index]
                .iter()
                .any(|other| other.name == level.name)
            {
                return Err(format!("level {} is there twice", level.name));
            }
        }
        let find = |name| self.levels.iter().find(|level| level.name == name);
        for (strict, loose) in [
            (LevelName::Optimal, LevelName::Mandatory),
            (LevelName::PerProtocol, LevelName::AcceptableVariation),
        ] {
            if let (Some(strict), Some(loose)) = (find(strict), find(loose))
                && loose.comparator.margin(strict.limit, loose.limit) < 0.0
            {
                return Err(format!(
                    "{} ({} {}) is looser than {} ({} {})",
                    strict.name,
                    strict.comparator,
                    strict.limit,
                    loose.name,
                    loose.comparator,
                    loose.limit
                ));
            }
        }
        Ok(())
    }
}
