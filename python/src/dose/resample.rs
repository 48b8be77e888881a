//! Doses brought to another grid after a registration.

use super::DoseGrid;
use crate::errors::Result;
use crate::geometry::Grid;
use crate::pool;
use hepadose::geometry;
use numpy::PyReadonlyArray4;
use pyo3::prelude::*;

/// A displacement field: vectors of shape (k, j, i, 3) in C order, their grid, the matrices before and after.
#[derive(FromPyObject)]
pub(crate) struct FieldArgument<'py>(
    PyReadonlyArray4<'py, f32>,
    PyRef<'py, Grid>,
    [[f64; 4]; 4],
    [[f64; 4]; 4],
);

/// How a dose comes to another grid.
#[derive(FromPyObject)]
pub(crate) enum RegistrationArgument<'py> {
    /// A matrix that takes points of the dose's frame of reference to the new one.
    Rigid([[f64; 4]; 4]),
    /// A field that takes points of the new frame of reference to that of the dose.
    Deformed(FieldArgument<'py>),
}

/// A stored dose on another grid after a registration, and how many voxels it does not reach.
#[pyfunction]
pub(crate) fn resample_dose(
    py: Python<'_>,
    dose: &DoseGrid,
    grid: &Grid,
    registration: RegistrationArgument<'_>,
    frame_of_reference: Option<String>,
) -> Result<(DoseGrid, usize)> {
    let matrix = geometry::Rigid::from_matrix;
    let run = |registration: geometry::Registration<'_>| {
        dose.with_core(py, |core| {
            Ok(pool::run(py, |_| {
                core.resampled(&grid.0, &registration, frame_of_reference)
            })??)
        })
    };
    let found = match &registration {
        RegistrationArgument::Rigid(map) => {
            run(geometry::Registration::Rigid(matrix(*map)?.inverse()))
        }
        RegistrationArgument::Deformed(FieldArgument(vectors, own, before, after)) => {
            let vectors = vectors.as_slice()?;
            let (before, after) = (matrix(*before)?, matrix(*after)?);
            let field = geometry::Displacement::new(&own.0, vectors, before, after)?;
            run(geometry::Registration::Deformed(Box::new(field)))
        }
    }?;
    let notes = dose.notes.clone();
    Ok((DoseGrid::adopt(py, found.dose, notes)?, found.uncovered))
}
