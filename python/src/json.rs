//! What the core serialises, as text and as plain Python objects.

use crate::errors::Result;
use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use serde::Serialize;

/// JSON text; numbers keep every bit.
pub(crate) fn text(value: &impl Serialize) -> Result<String> {
    let failed = |error: serde_json::Error| PyRuntimeError::new_err(error.to_string());
    Ok(serde_json::to_string(value).map_err(failed)?)
}

/// Dictionaries, lists, numbers and words.
pub(crate) fn plain<'py>(py: Python<'py>, value: &impl Serialize) -> Result<Bound<'py, PyAny>> {
    Ok(py
        .import("json")?
        .getattr("loads")?
        .call1((text(value)?,))?)
}
