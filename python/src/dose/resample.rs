//! Doses brought to another grid after a registration.

use super::DoseGrid;
use crate::errors::Result;
use crate::geometry::Grid;
use crate::pool;
use hepadose::geometry;
use numpy::{
    PyArray1, PyArray3, PyArrayMethods, PyReadonlyArray3, PyReadonlyArray4, PyUntypedArrayMethods,
};
use pyo3::prelude::*;
use std::ops::Range;

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

/// A stored dose on another grid after a registration, and where it does not reach.
#[pyfunction]
pub(crate) fn resample_dose<'py>(
    py: Python<'py>,
    dose: &DoseGrid,
    grid: &Grid,
    registration: RegistrationArgument<'py>,
    frame_of_reference: Option<String>,
) -> Result<(DoseGrid, Bound<'py, PyArray3<bool>>)> {
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
    let missed = PyArray1::from_vec(py, found.missed).reshape(grid.0.shape())?;
    let dose = DoseGrid::adopt(py, found.dose, dose.notes.clone())?;
    Ok((dose, missed))
}

/// First voxels and shape (slices, rows, columns) of a block of which no voxel is missed; `None` where none is left.
#[pyfunction]
pub(crate) fn covered_block(
    missed: PyReadonlyArray3<'_, bool>,
) -> Result<Option<([usize; 3], [usize; 3])>> {
    let &[nk, nj, ni] = missed.shape() else {
        return Ok(None);
    };
    let block = hepadose::dose::covered_block(missed.as_slice()?, [nk, nj, ni]);
    Ok(block.map(|block| {
        (
            block.each_ref().map(|r| r.start),
            block.each_ref().map(Range::len),
        )
    }))
}

/// A block of a dose, from a first voxel on.
#[pyfunction]
pub(crate) fn dose_block(
    py: Python<'_>,
    dose: &DoseGrid,
    first: [usize; 3],
    shape: [usize; 3],
) -> Result<DoseGrid> {
    let block = [0, 1, 2].map(|axis| first[axis]..first[axis] + shape[axis]);
    let part = dose.with_core(py, |core| Ok(core.block(&block)?))?;
    DoseGrid::adopt(py, part, dose.notes.clone())
}

/// The same dose with more to be known of it.
#[pyfunction]
pub(crate) fn noted_dose(
    py: Python<'_>,
    dose: &DoseGrid,
    warnings: Vec<String>,
) -> Result<DoseGrid> {
    let mut noted = dose.changed(py, |core| Ok(core.clone()))?;
    noted.notes.warnings.extend(warnings);
    Ok(noted)
}
