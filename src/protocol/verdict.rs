//! What came of a goal or of a whole protocol, in one word.

use serde::Serialize;
use std::fmt;

/// What came of a goal, or of the whole protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// The limit is kept.
    Met,
    /// The limit is kept; that the protocol applies has still to be confirmed.
    MetApplicabilityNotConfirmed,
    /// The value is closer to the limit than its numerical error.
    WithinUncertainty,
    /// No verdict is possible; the reason says why.
    NotEvaluable,
    /// The limit is missed.
    NotMet,
}

impl Verdict {
    /// The word used in files.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Met => "met",
            Self::MetApplicabilityNotConfirmed => "met_applicability_not_confirmed",
            Self::WithinUncertainty => "within_uncertainty",
            Self::NotEvaluable => "not_evaluable",
            Self::NotMet => "not_met",
        }
    }

    /// Whether a plan may pass with it.
    pub const fn passes(self) -> bool {
        matches!(self, Self::Met | Self::MetApplicabilityNotConfirmed)
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Met => "met",
            Self::MetApplicabilityNotConfirmed => "met, applicability not confirmed",
            Self::WithinUncertainty => "within numerical uncertainty of the limit",
            Self::NotEvaluable => "not evaluable",
            Self::NotMet => "not met",
        })
    }
}
