//! One goal: a structure, what is measured in it, limits by level, and where they come from.

use super::{AppliesTo, Comparator, Level, LevelName, Measure, Role};
use crate::citation::{Evidence, reference};
use crate::dvh::Unit;
use serde::{Deserialize, Serialize};

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
    /// Where a transcription was seen; a text that was itself read needs none.
    pub seen_in: Option<String>,
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
    /// The range of alpha/beta in gray, lowest and highest, over which it is asked whether its verdict holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alpha_beta_range_gy: Option<[f64; 2]>,
    /// The treatments that it is for, beside what its protocol says.
    #[serde(default)]
    pub applies_to: AppliesTo,
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

    /// How well its best source was seen.
    pub fn evidence(&self) -> Evidence {
        let best = self.sources.iter().map(|source| source.evidence).max();
        best.unwrap_or(Evidence::Recalled)
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
        for source in &self.sources {
            if source.locator.trim().is_empty() {
                return Err(format!(
                    "source '{}' has an empty locator; give page, table or section",
                    source.key
                ));
            }
            if source.evidence == Evidence::Primary
                && source.seen_in.is_some()
                && reference(&source.key).is_some()
            {
                return Err(format!(
                    "source '{}' is primary and yet seen elsewhere; say transcription_1, or leave seen_in out",
                    source.key
                ));
            }
        }
        self.applies_to
            .check()
            .map_err(|reason| format!("applies_to: {reason}"))?;
        self.check_dose()?;
        self.check_units()?;
        self.check_levels()?;
        self.check_direction()
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
            _ => self.check_range().and_then(|()| self.check_structure()),
        }
    }

    fn check_range(&self) -> Result<(), String> {
        match (self.alpha_beta_range_gy, self.alpha_beta_gy) {
            (None, _) => Ok(()),
            (Some(_), None) => Err(
                "alpha_beta_range_gy stands without alpha_beta_gy; add it, or leave the range out"
                    .into(),
            ),
            (Some([low, high]), Some(ab))
                if low > 0.0 && low <= ab && ab <= high && high.is_finite() =>
            {
                Ok(())
            }
            (Some([low, high]), Some(ab)) => Err(format!(
                "alpha_beta_range_gy [{low}, {high}] must be lowest and highest, above 0, around alpha_beta_gy {ab}"
            )),
        }
    }

    fn check_structure(&self) -> Result<(), String> {
        let prescribed = self.metric == Measure::PrescriptionBed;
        match (self.structure.is_prescription(), prescribed) {
            (true, false) => Err(
                "a DVH metric or an index needs a structure such as PTV; 'target' stands for the prescription".into(),
            ),
            (false, true) => {
                Err("the BED of the prescription belongs to structure = \"target\"".into())
            }
            _ if matches!(self.metric, Measure::EffectiveVolume { .. } | Measure::Index(_))
                && self.dose != DoseBasis::Physical =>
            {
                Err(format!("{} is read from physical dose; leave dose out", self.metric))
            }
            _ => Ok(()),
        }
    }

    /// A limit in per cent lies between 0 and 100 where it is a share of the structure.
    fn check_units(&self) -> Result<(), String> {
        let Measure::Dvh(spec) = self.metric else {
            return Ok(());
        };
        let share = spec.quantity.is_volume() && spec.unit == Unit::Percent;
        match self
            .levels
            .iter()
            .find(|level| share && level.limit > 100.0)
        {
            Some(level) => Err(format!(
                "{} comes in per cent of the structure, and {} is more than 100; for a volume write {}",
                self.metric,
                level.limit,
                self.metric.to_string().replace("[%]", "[cc]")
            )),
            None => Ok(()),
        }
    }

    fn check_levels(&self) -> Result<(), String> {
        for (index, level) in self.levels.iter().enumerate() {
            if !(level.limit.is_finite() && level.limit >= 0.0) {
                return Err(format!("limit must be at least 0, got {}", level.limit));
            }
            if level.comparator.wants_high() != self.levels[0].comparator.wants_high() {
                return Err("its levels point in different directions; use < and <=, or > and >=, in all of them".into());
            }
            if self.levels[..index]
                .iter()
                .any(|other| other.name == level.name)
            {
                return Err(format!(
                    "level {} is there twice; merge or rename them",
                    level.name
                ));
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
                    "{} ({} {}) is looser than {} ({} {}); swap or mend them",
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
