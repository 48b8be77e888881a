//! Doses that know their kind: numpy owns the values, every call lends them to the core.

mod grid;
mod kind;
mod lend;
mod resample;
mod restore;

pub(crate) use grid::DoseGrid;
pub(crate) use kind::{DoseKind, KindArgument, restore_dose_kind, scope_named};
pub(crate) use lend::{Notes, same_values};
pub(crate) use resample::{covered_block, dose_block, noted_dose, resample_dose};
pub(crate) use restore::restore_dose_grid;
