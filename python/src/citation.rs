//! The table of papers.

use crate::errors::Result;
use crate::json;
use hepadose::citation::REFERENCES;
use pyo3::prelude::*;

/// Every paper that a number rests on, as plain dictionaries.
#[pyfunction]
pub(crate) fn references(py: Python<'_>) -> Result<Bound<'_, PyAny>> {
    json::plain(py, &REFERENCES)
}
