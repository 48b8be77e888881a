//! From the core's errors to the exception classes of `hepadose.errors`: this is the one place.
//!
//! The classes are written in Python, where they can also be a `ValueError`, carry annotations and be
//! pickled; each takes its message and, by keyword, its attributes.

use hepadose::dose::DoseError;
use hepadose::error::NonPhysicalError;
use hepadose::geometry::GridError;
use numpy::{AsSliceError, BorrowError};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyDict;
use std::fmt::Display;

use crate::dose::DoseKind;

/// A Python exception that any error of the core turns into by `?`.
#[derive(Debug)]
pub(crate) struct Error(PyErr);

pub(crate) type Result<T, E = Error> = std::result::Result<T, E>;

impl From<Error> for PyErr {
    fn from(error: Error) -> Self {
        error.0
    }
}

impl From<PyErr> for Error {
    fn from(error: PyErr) -> Self {
        Self(error)
    }
}

impl Error {
    /// An exception of a class of `hepadose.errors`, with a message and attributes.
    pub(crate) fn build(
        class: &str,
        message: impl Display,
        details: impl FnOnce(&Bound<'_, PyDict>) -> PyResult<()>,
    ) -> Self {
        Python::attach(|py| {
            let make = || {
                let keywords = PyDict::new(py);
                details(&keywords)?;
                let class = py.import("hepadose.errors")?.getattr(class)?;
                class.call((message.to_string(),), Some(&keywords))
            };
            Self(make().map_or_else(|error| error, PyErr::from_value))
        })
    }

    /// A setting that is not what it can be.
    pub(crate) fn setting(name: &str, got: &str, allowed: &str) -> Self {
        Self(PyValueError::new_err(format!(
            "{name} must be {allowed}, got {got}"
        )))
    }
}

/// `raise!("Class", error; attribute = value, ...)`.
macro_rules! raise {
    ($class:literal, $error:expr $(; $($name:ident = $value:expr),+)?) => {
        Error::build($class, &$error, |_details| {
            $($(_details.set_item(stringify!($name), $value)?;)+)?
            Ok(())
        })
    };
}
pub(crate) use raise;

impl From<NonPhysicalError> for Error {
    fn from(error: NonPhysicalError) -> Self {
        raise!("NonPhysicalError", error;
            quantity = error.quantity, value = error.value, allowed = error.allowed)
    }
}

impl From<GridError> for Error {
    fn from(error: GridError) -> Self {
        let reason = match error {
            GridError::EmptyShape(_) => "empty_shape",
            GridError::Spacing(_) => "spacing",
            GridError::Origin(_) => "origin",
            GridError::Direction(_) => "direction",
            GridError::FrameCount { .. } => "frame_count",
            GridError::FrameOrder { .. } => "frame_order",
            GridError::NoAffine => "no_affine",
        };
        raise!("GridError", error; reason = reason)
    }
}

impl From<DoseError> for Error {
    fn from(error: DoseError) -> Self {
        match &error {
            DoseError::Shape { got, expected, .. } => {
                raise!("ShapeError", error; got = *got, expected = *expected)
            }
            DoseError::Values {
                count,
                what,
                k,
                j,
                i,
                ..
            } => {
                raise!("DoseValueError", error; count = *count, what = *what, index = (*k, *j, *i))
            }
            DoseError::KindMismatch { left, right, .. } => {
                raise!("KindMismatchError", error; kind = DoseKind(*left), other = DoseKind(*right))
            }
            DoseError::NotPhysical { kind, .. } => {
                raise!("NotPhysicalDoseError", error; kind = DoseKind(*kind))
            }
            DoseError::FractionsUnknown => raise!("FractionsError", error; reason = "unstated"),
            DoseError::FractionsMixed => raise!("FractionsError", error; reason = "mixed"),
            DoseError::NotTotal { scope } => raise!("ScopeError", error; scope = scope.name()),
            DoseError::GridMismatch => raise!("GridMismatchError", error),
            DoseError::FrameMismatch => raise!("FrameOfReferenceError", error),
            DoseError::NonPhysical(inner) => inner.clone().into(),
        }
    }
}

impl From<BorrowError> for Error {
    fn from(error: BorrowError) -> Self {
        Self(PyValueError::new_err(format!(
            "the array cannot be used here: {error}"
        )))
    }
}

impl From<AsSliceError> for Error {
    fn from(error: AsSliceError) -> Self {
        Self(error.into())
    }
}
