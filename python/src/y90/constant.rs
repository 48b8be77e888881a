//! Constants by value or by name.

use crate::errors::Result;
use hepadose::citation::Cited;
use hepadose::y90::constants::{DOSE_CONSTANTS, HALF_LIVES_H, named, stated};
use pyo3::prelude::*;

/// A dose constant in Gy kg/GBq.
#[derive(FromPyObject)]
pub(crate) enum DoseConstant {
    Value(f64),
    Name(String),
}

impl DoseConstant {
    pub(crate) fn core(&self) -> Result<Cited<f64>> {
        Ok(match self {
            Self::Value(value) => stated(*value, "Gy kg/GBq"),
            Self::Name(name) => named("dose constant", DOSE_CONSTANTS, name)?,
        })
    }
}

/// A half-life in hours.
#[derive(FromPyObject)]
pub(crate) enum HalfLife {
    Value(f64),
    Name(String),
}

impl HalfLife {
    pub(crate) fn core(&self) -> Result<Cited<f64>> {
        Ok(match self {
            Self::Value(value) => stated(*value, "h"),
            Self::Name(name) => named("half-life", HALF_LIVES_H, name)?,
        })
    }
}
