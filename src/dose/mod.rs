//! Dose grids that know their kind, their fractions and the physical doses that they came from.

mod derived;
mod grid;
mod kind;
mod resample;
mod tricubic;

pub use crate::geometry::{Buffer, Values};
pub use grid::{DoseGrid, Part};
pub use kind::{DoseKind, DoseScope, Fractionation};
pub use resample::{Resampled, covered_block};

use crate::error::NonPhysicalError;
use crate::isoeffect::EffectError;

/// Why a dose cannot be made, converted or added.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum DoseError {
    /// The array has another number of values than the grid has voxels.
    #[error(
        "the dose array has {got} values but the grid has {expected} voxels (slices, rows, columns = {shape:?}); give the array in C order (slice, row, column)"
    )]
    Shape {
        /// Values in the array.
        got: usize,
        /// Voxels in the grid.
        expected: usize,
        /// Shape of the grid.
        shape: [usize; 3],
    },
    /// Values that no dose can have.
    #[error(
        "{count} of {total} dose values are {what} (first at slice {k}, row {j}, column {i}); a dose is finite and at least 0 Gy: mend or clip the input deliberately before it comes here"
    )]
    Values {
        /// How many.
        count: usize,
        /// Of how many.
        total: usize,
        /// `NaN`, `infinite` or `negative`.
        what: &'static str,
        /// Slice of the first one.
        k: usize,
        /// Row of the first one.
        j: usize,
        /// Column of the first one.
        i: usize,
    },
    /// Two doses of different kinds met.
    #[error(
        "cannot {action} {left} and {right}: doses of different kinds do not mix; convert both from physical dose with the same alpha/beta"
    )]
    KindMismatch {
        /// What was tried.
        action: &'static str,
        /// Kind of the first.
        left: DoseKind,
        /// Kind of the second.
        right: DoseKind,
    },
    /// A conversion that only physical dose allows.
    #[error(
        "only physical dose can be converted to {target}, this dose is {kind}; start again from the physical dose"
    )]
    NotPhysical {
        /// What was wanted.
        target: &'static str,
        /// What the dose is.
        kind: DoseKind,
    },
    /// A derived dose where only a stored one can be used.
    #[error(
        "a derived dose ({kind}) is not interpolated: bring the physical dose to the other grid and derive it there"
    )]
    NotStored {
        /// What the dose is.
        kind: DoseKind,
    },
    /// A dose that is not BED.
    #[error("only BED is restated as EQD2, this dose is {kind}; a physical dose has eqd2()")]
    NotBed {
        /// What the dose is.
        kind: DoseKind,
    },
    /// No number of fractions is known.
    #[error(
        "the number of fractions is not known, so d = D/n has no value; give fractions= when the dose is made or read"
    )]
    FractionsUnknown,
    /// Another number of fractions than the dose was given in.
    #[error(
        "the dose was given in {known} fractions, not in {}; make the dose anew with fractions= if that is wrong",
        .stated.map_or("an unknown number".to_owned(), |n| n.to_string())
    )]
    FractionsKnown {
        /// The number that the dose knows.
        known: u32,
        /// What was said.
        stated: Option<u32>,
    },
    /// A dose that was given in fractions where one of a source that decays is meant.
    #[error(
        "the dose was given in {n} fractions, not by a source that decays; leave the timing out, or make the dose without fractions="
    )]
    FractionsStated {
        /// Their number.
        n: u32,
    },
    /// The dose is a sum of courses with different numbers of fractions.
    #[error(
        "this physical dose is a sum of courses with different numbers of fractions, so no single n exists; convert each course to BED at one alpha/beta and add those (courses must be added in BED)"
    )]
    FractionsMixed,
    /// The grid holds something other than the whole treatment's dose.
    #[error(
        "the grid holds {scope}, not the dose of the whole treatment; sum the parts, or give dose_scope= if you know better"
    )]
    NotTotal {
        /// What it holds.
        scope: DoseScope,
    },
    /// Two grids that do not lie on the same voxels.
    #[error(
        "the two dose grids do not lie on the same voxels (shape, spacing, origin or direction differ); resample one of them first"
    )]
    GridMismatch,
    /// Two frames of reference.
    #[error("the two doses are in different frames of reference; register them first")]
    FrameMismatch,
    /// A model that cannot be used for the way the dose was given.
    #[error(transparent)]
    Effect(EffectError),
    /// A parameter that is not physical.
    #[error(transparent)]
    NonPhysical(#[from] NonPhysicalError),
}

impl From<EffectError> for DoseError {
    fn from(error: EffectError) -> Self {
        match error {
            EffectError::NonPhysical(inner) => Self::NonPhysical(inner),
            EffectError::Combination { .. } => Self::Effect(error),
        }
    }
}
