//! Plan checks: goals with levels and sources, what they apply to, and their verdicts.

mod applies;
mod check;
mod comparator;
mod evaluate;
mod file;
mod finding;
mod goal;
mod goal_result;
mod judge;
mod library;
mod liver;
mod mapping;
mod report;
mod verdict;

pub use applies::{AppliesTo, Treatment};
pub use check::{CheckOptions, check};
pub use comparator::{Comparator, Level, LevelName};
pub use file::{Caveat, Protocol};
pub use goal::{DoseBasis, Goal, Measure, Printed, Role, Source};
pub use judge::{Judgement, judge_metric};
pub use library::Library;
pub use liver::{LiverStatus, LiverStatusError};
pub use mapping::{MappedRole, Mapping, RoiRef};
pub use report::{
    GoalResult, LevelResult, Origin, ProtocolName, Report, SCHEMA, SourceResult, StructureUsed,
    Subtracted,
};
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
    #[error("protocol file '{file}': {message}")]
    Syntax {
        /// Which file.
        file: String,
        /// Line, reason and what is allowed.
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
        role: &'static str,
        /// The name or number.
        roi: String,
    },
    /// A mapping by a name that several ROIs have.
    #[error(
        "the mapping names ROI '{roi}' for {role}, and {count} ROIs have this name; give its number"
    )]
    MappedRoiRepeated {
        /// What was mapped.
        role: &'static str,
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
        reason: &'static str,
    },
    /// A parameter that is not physical.
    #[error(transparent)]
    NonPhysical(#[from] NonPhysicalError),
    /// Somebody asked for a stop.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}
