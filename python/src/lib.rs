//! The extension module `hepadose._core`: wrappers only, the numbers are made in the core crate.
use pyo3::prelude::pymodule;

#[pymodule]
mod _core {}
