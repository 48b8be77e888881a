//! The embedded case: written to disk, and its yttrium-90 image read back.

use crate::errors::Result;
use crate::geometry::Grid;
use crate::pool;
use crate::y90::ActivityMap;
use hepadose::demo::{self, DemoOptions};
use numpy::{PyArray1, PyArray3, PyArrayMethods};
use pyo3::prelude::*;
use std::path::PathBuf;
use std::sync::Arc;

/// Writes the demo case into a folder and gives the names of its files.
#[pyfunction]
pub(crate) fn write_demo(py: Python<'_>, folder: PathBuf) -> Result<Vec<&'static str>> {
    let options = DemoOptions::default();
    Ok(pool::run(py, |_| {
        demo::write(&demo::build(&options)?, &folder)
    })??)
}

type Lesions<'py> = (Bound<'py, PyArray3<u32>>, Grid, Vec<String>);

/// Activity map, and labels with their grid and names, of a demo case on disk.
#[pyfunction]
pub(crate) fn read_demo_activity(
    py: Python<'_>,
    folder: PathBuf,
) -> Result<(ActivityMap, Lesions<'_>)> {
    let read = pool::run(py, |_| demo::read_activity(&folder))??;
    let grid = Arc::clone(read.lesions.grid());
    let labels = PyArray1::from_slice(py, read.lesions.labels()).reshape(grid.shape())?;
    let lesions = (labels, Grid(grid), read.names);
    Ok((ActivityMap::adopt(py, read.map)?, lesions))
}
