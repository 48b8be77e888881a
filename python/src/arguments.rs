//! Arguments that mean more than their Python type says, checked where they come in.

use crate::errors::Error;
use hepadose::error::NonPhysicalError;
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::PyBool;

/// A number of fractions: a whole number that fits; zero is refused by the core.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Fractions(pub(crate) u32);

impl<'py> FromPyObject<'_, 'py> for Fractions {
    type Error = PyErr;

    fn extract(object: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        let number = whole(object, "fractions")?;
        let refuse = || {
            PyErr::from(Error::from(NonPhysicalError {
                quantity: "the number of fractions",
                value: number as f64,
                allowed: "a whole number of at least 1",
            }))
        };
        u32::try_from(number).map(Self).map_err(|_| refuse())
    }
}

/// A number of voxels or an index along one axis.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Count(pub(crate) usize);

impl<'py> FromPyObject<'_, 'py> for Count {
    type Error = PyErr;

    fn extract(object: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        let number = whole(object, "shape or index")?;
        let refuse = || {
            PyErr::from(Error::from(NonPhysicalError {
                quantity: "a number of voxels or an index",
                value: number as f64,
                allowed: "a whole number of at least 0",
            }))
        };
        usize::try_from(number).map(Self).map_err(|_| refuse())
    }
}

fn whole(object: Borrowed<'_, '_, PyAny>, what: &str) -> PyResult<i64> {
    let refuse = || {
        let name = object.get_type().name().map(|name| name.to_string());
        let name = name.unwrap_or_default();
        PyTypeError::new_err(format!("{what} must be a whole number, got {name}"))
    };
    if object.is_instance_of::<PyBool>() {
        return Err(refuse());
    }
    object.extract().map_err(|_| refuse())
}
