//! What a dose is, and how much of the treatment it holds.

use serde::Serialize;
use std::fmt;

/// The identity of a dose: quantity and, where there is one, alpha/beta. Doses of different kinds
/// never mix; all of them are "Gy".
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(rename_all = "snake_case", tag = "quantity")]
pub enum DoseKind {
    /// Absorbed dose.
    Physical,
    /// `DoseType` EFFECTIVE from another system: what model made it is not known, so it is never converted.
    Effective,
    /// A DICOM file that states no `DoseType`.
    Unstated,
    /// Biologically effective dose at an alpha/beta in gray.
    Bed {
        /// alpha/beta in gray.
        alpha_beta_gy: f64,
    },
    /// Equieffective dose in 2 Gy fractions at an alpha/beta in gray.
    Eqd2 {
        /// alpha/beta in gray.
        alpha_beta_gy: f64,
    },
}

impl DoseKind {
    /// The quantity as a word: `physical`, `effective`, `unstated`, `bed`, `eqd2`.
    pub const fn quantity(&self) -> &'static str {
        match self {
            Self::Physical => "physical",
            Self::Effective => "effective",
            Self::Unstated => "unstated",
            Self::Bed { .. } => "bed",
            Self::Eqd2 { .. } => "eqd2",
        }
    }

    /// alpha/beta in gray, for the kinds that have one.
    pub const fn alpha_beta_gy(&self) -> Option<f64> {
        match self {
            Self::Bed { alpha_beta_gy } | Self::Eqd2 { alpha_beta_gy } => Some(*alpha_beta_gy),
            _ => None,
        }
    }
}

impl fmt::Display for DoseKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Physical => f.write_str("physical dose"),
            Self::Effective => f.write_str("effective dose of unknown model"),
            Self::Unstated => f.write_str("dose of unstated type"),
            Self::Bed { alpha_beta_gy } => write!(f, "BED (alpha/beta {alpha_beta_gy} Gy)"),
            Self::Eqd2 { alpha_beta_gy } => write!(f, "EQD2 (alpha/beta {alpha_beta_gy} Gy)"),
        }
    }
}

/// How much of the treatment a grid holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum DoseScope {
    /// All fractions of one plan.
    Total,
    /// A part: one of several fraction groups, a beam, a brachytherapy application, a control point.
    Partial,
    /// One treatment session.
    Session,
    /// Several plans together: a total without a number of fractions.
    MultiPlan,
    /// The file does not say.
    Unstated,
}

impl DoseScope {
    /// Whether metrics of the whole treatment can be read from it.
    pub const fn is_whole_treatment(self) -> bool {
        matches!(self, Self::Total | Self::MultiPlan)
    }

    /// The word used in files and arguments.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Total => "total",
            Self::Partial => "partial",
            Self::Session => "session",
            Self::MultiPlan => "multi_plan",
            Self::Unstated => "unstated",
        }
    }
}

impl fmt::Display for DoseScope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Total => "the total dose",
            Self::Partial => "a part of the dose (one beam, control point or fraction group)",
            Self::Session => "the dose of one session",
            Self::MultiPlan => "the dose of several plans",
            Self::Unstated => "a dose whose summation type is not stated",
        })
    }
}

/// In how many equal fractions a physical dose was given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fractionation {
    /// This many.
    Fractions(u32),
    /// Nobody said.
    Unstated,
    /// A sum of courses with different numbers.
    Mixed,
}

impl Fractionation {
    /// The number, where there is one.
    pub const fn number(self) -> Option<u32> {
        match self {
            Self::Fractions(n) => Some(n),
            Self::Unstated | Self::Mixed => None,
        }
    }
}

impl From<Option<u32>> for Fractionation {
    fn from(fractions: Option<u32>) -> Self {
        fractions.map_or(Self::Unstated, Self::Fractions)
    }
}
