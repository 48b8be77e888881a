//! How objects show themselves in a notebook: written in Python, in `hepadose._html`.

use pyo3::PyClass;
use pyo3::prelude::*;

/// The HTML of an object, by the function of `hepadose._html` that makes it.
pub(crate) fn html<'py, T: PyClass>(
    object: &Bound<'py, T>,
    function: &str,
) -> PyResult<Bound<'py, PyAny>> {
    let module = object.py().import("hepadose._html")?;
    module.getattr(function)?.call1((object,))
}
