//! Plan checks: goals with levels and sources, what they apply to, and their verdicts.

mod applies;
mod approval;
mod check;
mod comparator;
mod convert;
mod direction;
mod eligibility;
mod eligible;
mod evaluate;
mod facts;
mod family;
mod file;
mod finding;
mod flip;
mod goal;
mod goal_result;
mod isotoxic;
mod judge;
mod library;
mod liver;
mod mapping;
mod measure;
mod names;
mod report;
mod risk_point;
mod role;
mod settings;
mod syntax;
mod verdict;

pub use applies::{AppliesTo, Treatment};
pub use approval::{Approval, Day};
pub use check::{CheckOptions, Undrawn, check, check_many};
pub use comparator::{Comparator, Level, LevelName};
pub use eligibility::{Bound, Criterion, Eligibility, Fact};
pub use eligible::{
    CriterionResult, ELIGIBILITY_SCHEMA, EligibilityReport, Eligible, Lesion, NearestBowel,
    PatientFacts, eligibility,
};
pub use facts::{ChildPugh, Disease, FactError, Sex};
pub use family::Sibling;
pub use file::{Caveat, Protocol};
pub use flip::{FLIP_SCHEMA, FlipOptions, Flips, GoalFlips, NoScenario, Scenario, would_it_flip};
pub use goal::{DoseBasis, Goal, Printed, Source};
pub use isotoxic::{GoalScale, ISOTOXIC_SCHEMA, Isotoxic, Tier, TierGoal, isotoxic};
pub use judge::{Judgement, judge_metric};
pub use library::Library;
pub use liver::{LiverStatus, LiverStatusError};
pub use mapping::{Mapping, RoiRef};
pub use measure::{Measure, MeasureError};
pub use names::is_of_organ;
pub use report::{
    GoalResult, LeftOut, LevelResult, Origin, ProtocolName, Report, RiskPointResult, SCHEMA,
    SourceResult, StructureUsed, Subtracted,
};
pub use risk_point::RiskPoint;
pub use role::Role;
pub use verdict::Verdict;

use crate::error::NonPhysicalError;
use crate::progress::Cancelled;

/// Why a protocol cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProtocolError {
    /// No such protocol.
    #[error("there is no protocol '{id}'; there are {known}")]
    Unknown {
        /// What was asked for.
        id: String,
        /// What there is.
        known: String,
    },
    /// Text that does not follow the schema.
    #[error("protocol file '{file}', line {line}: {message}")]
    Syntax {
        /// Which file.
        file: String,
        /// Line, from 1.
        line: usize,
        /// Reason and what is allowed.
        message: String,
    },
    /// Content that makes no sense.
    #[error("protocol file '{file}', line {line}: {message}")]
    Content {
        /// Which file.
        file: String,
        /// Line, from 1.
        line: usize,
        /// Reason and remedy.
        message: String,
    },
    /// A family of protocols where one is meant, and no member takes the number of fractions.
    #[error("'{family}' is a family of protocols: {members}; {reason}")]
    Family {
        /// The family.
        family: String,
        /// Its members.
        members: String,
        /// What to do.
        reason: String,
    },
    /// A protocol that is not for clinical use.
    #[error("protocol '{id}' is not for clinical use: {reason}")]
    NotClinical {
        /// Which protocol.
        id: String,
        /// Why, and what to do.
        reason: String,
    },
}

/// Why a check cannot be made at all. What a single goal lacks is in its result instead.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum CheckError {
    /// A mapping that names no ROI of the case.
    #[error(
        "the mapping names ROI {roi} for {role}, and the case has no such ROI; give a name or a number as in the structure set"
    )]
    MappedRoiMissing {
        /// What was mapped.
        role: String,
        /// The name or number.
        roi: String,
    },
    /// A mapping by a name that several ROIs have.
    #[error(
        "the mapping names ROI '{roi}' for {role}, and {count} ROIs have this name; give its number"
    )]
    MappedRoiRepeated {
        /// What was mapped.
        role: String,
        /// The name.
        roi: String,
        /// How many have it.
        count: usize,
    },
    /// A mapping that cannot be.
    #[error("mapping of {role}: {reason}")]
    Mapping {
        /// What was mapped.
        role: String,
        /// Reason and remedy.
        reason: String,
    },
    /// A parameter that is not physical.
    #[error(transparent)]
    NonPhysical(#[from] NonPhysicalError),
    /// Somebody asked for a stop.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}
