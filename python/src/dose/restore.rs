//! A dose made again after pickling; its values are looked at as if they were new.

use super::lend::{Notes, Part};
use super::{DoseGrid, DoseKind, scope_named};
use crate::arrays::Array;
use crate::errors::Result;
use crate::geometry::Grid;
use crate::pool;
use hepadose::dose::{self, Fractionation};
use hepadose::isoeffect::Transform;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use std::sync::Arc;

type PartState<'py> = (
    Bound<'py, PyAny>,
    PyRef<'py, Grid>,
    [f64; 4],
    Option<String>,
);
type State<'py> = (
    PyRef<'py, Grid>,
    Vec<PartState<'py>>,
    PyRef<'py, DoseKind>,
    Option<u32>,
    bool,
    String,
    Option<String>,
);

/// Makes a dose again after pickling; the values are looked at as if they were new.
#[pyfunction]
pub(crate) fn restore_dose_grid(
    py: Python<'_>,
    state: State<'_>,
    notes: (Vec<String>, Option<String>),
) -> Result<DoseGrid> {
    let (grid, parts, kind, fractions, mixed, scope, frame_of_reference) = state;
    let part = |(values, grid, coefficients, model): &PartState<'_>| {
        let values = Array::from_user(values, grid.0.shape())?;
        let loan = values.lend(py)?;
        let (borrowed, grid) = (loan.values()?, Arc::clone(&grid.0));
        let checked = pool::run(py, |_| dose::DoseGrid::physical(borrowed, grid, None))??;
        let transform = Transform::from_coefficients(*coefficients)?;
        Ok(Part {
            grid: Arc::clone(checked.grid()),
            values: values.clone_ref(py),
            transform,
            model: model.as_deref().map(Arc::from),
        })
    };
    Ok(DoseGrid {
        grid: Arc::clone(&grid.0),
        parts: parts.iter().map(part).collect::<Result<_>>()?,
        kind: kind.0,
        fractionation: if mixed {
            Fractionation::Mixed
        } else {
            fractions.into()
        },
        scope: scope_named(&scope)?,
        frame_of_reference,
        notes: Notes {
            warnings: notes.0,
            provenance: notes.1,
        },
        derived: PyOnceLock::new(),
    })
}
