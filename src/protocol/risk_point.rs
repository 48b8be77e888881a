//! Points of a dose-response curve that a source prints beside its limits: they annotate, and are never goals.

use super::{AppliesTo, Measure, Role, Source};
use serde::{Deserialize, Serialize};

/// A dose (or volume) at which a source states a risk.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RiskPoint {
    /// Short name, unique in its protocol.
    pub id: String,
    /// What it speaks of.
    pub structure: Role,
    /// What is measured.
    pub metric: Measure,
    /// Where the risk is stated, in the unit of the metric.
    pub value: f64,
    /// The risk in words.
    pub risk: String,
    /// The treatments that it is for, beside what its protocol says.
    #[serde(default)]
    pub applies_to: AppliesTo,
    /// Where it comes from.
    #[serde(rename = "source")]
    pub sources: Vec<Source>,
}

impl RiskPoint {
    /// Whether it makes sense, in words for the one who wrote it.
    pub(super) fn check(&self) -> Result<(), String> {
        if !(self.value.is_finite() && self.value >= 0.0) {
            return Err(format!("value must be at least 0, got {}", self.value));
        }
        if self.sources.is_empty() {
            return Err(
                "it has no source; add source = [{ key = ..., locator = ..., evidence = ... }]"
                    .into(),
            );
        }
        Ok(())
    }
}
