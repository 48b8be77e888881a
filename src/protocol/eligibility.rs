//! Whom a treatment is meant for: selection criteria as a protocol states them.

use super::{ChildPugh, Comparator, Source};
use serde::{Deserialize, Serialize};

/// A fact that a criterion asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fact {
    /// Expected survival in months, as the user states it.
    ExpectedSurvivalMonths,
    /// ECOG performance status, as the user states it.
    Ecog,
    /// Number of metastases, as the user states it; the number of GTVs stands beside.
    Metastases,
    /// Largest diameter of a gross tumour volume in mm, measured.
    DiameterMm,
    /// Least distance between gross tumour volumes and bowel in mm, measured; judged only against a threshold that
    /// the user gives.
    BowelDistanceMm,
    /// Child-Pugh class, as the user states it.
    ChildPugh,
}

impl Fact {
    /// The word used in files and tables.
    pub const fn name(self) -> &'static str {
        match self {
            Self::ExpectedSurvivalMonths => "expected_survival_months",
            Self::Ecog => "ecog",
            Self::Metastases => "metastases",
            Self::DiameterMm => "diameter_mm",
            Self::BowelDistanceMm => "bowel_distance_mm",
            Self::ChildPugh => "child_pugh",
        }
    }
}

/// One bound of a fact.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bound {
    /// How the fact is compared.
    pub comparator: Comparator,
    /// The limit.
    pub limit: f64,
}

/// One criterion.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Criterion {
    /// What it asks for.
    pub fact: Fact,
    /// As the source says it.
    pub text: String,
    /// Bounds that the fact must keep; none where the source prints none.
    #[serde(default, rename = "bound")]
    pub bounds: Vec<Bound>,
    /// Child-Pugh classes that are meant.
    #[serde(default)]
    pub classes: Vec<ChildPugh>,
    /// Advised, not asked for.
    #[serde(default)]
    pub advisable: bool,
    /// Where it comes from.
    #[serde(rename = "source")]
    pub sources: Vec<Source>,
}

/// The criteria of a protocol.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Eligibility {
    /// All of them, in the order of the source.
    #[serde(rename = "criterion")]
    pub criteria: Vec<Criterion>,
}

impl Eligibility {
    /// Whether the criteria make sense, in words for the one who wrote them.
    pub(super) fn check(&self) -> Result<(), String> {
        for (index, criterion) in self.criteria.iter().enumerate() {
            let name = criterion.fact.name();
            let is_class = criterion.fact == Fact::ChildPugh;
            if self.criteria[..index]
                .iter()
                .any(|other| other.fact == criterion.fact)
            {
                return Err(format!("{name} is there twice; merge the two"));
            }
            if criterion.sources.is_empty() {
                return Err(format!("{name} has no source; add source = [...]"));
            }
            if is_class == criterion.classes.is_empty() {
                return Err(format!(
                    "{name}: classes belong to child_pugh, and to it alone; write bound = [{{ comparator = ..., limit = ... }}] for a number"
                ));
            }
            if !is_class && (criterion.fact == Fact::BowelDistanceMm) != criterion.bounds.is_empty()
            {
                return Err(format!(
                    "{name}: every number but bowel_distance_mm needs a bound; write bound = [{{ comparator = ..., limit = ... }}] (a distance to bowel is judged by the threshold that the user gives)"
                ));
            }
            if is_class && !criterion.bounds.is_empty() {
                return Err(format!("{name} has no bound; write classes = [\"A\"]"));
            }
        }
        Ok(())
    }
}
