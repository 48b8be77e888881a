//! Constants by value or by name.

use crate::errors::Result;
use crate::json;
use hepadose::citation::Cited;
use hepadose::y90::constants::{self, DOSE_CONSTANTS, HALF_LIVES_H, named, stated};
use hepadose::y90::planning::LUNG_MASS_KG;
use pyo3::prelude::*;
use pyo3::types::PyDict;

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

/// Constants that calculations use unless others are named, as plain dictionaries.
#[pyfunction]
pub(crate) fn y90_constants(py: Python<'_>) -> Result<Bound<'_, PyAny>> {
    let all = PyDict::new(py);
    all.set_item("half_life_h", json::plain(py, &constants::HALF_LIFE_H)?)?;
    all.set_item("lung_mass_kg", json::plain(py, &LUNG_MASS_KG)?)?;
    all.set_item(
        "dose_constant_gy_kg_per_gbq",
        json::plain(py, &constants::DOSE_CONSTANT)?,
    )?;
    all.set_item(
        "liver_density_g_per_ml",
        json::plain(py, &constants::LIVER_DENSITY_G_PER_ML)?,
    )?;
    Ok(all.into_any())
}

/// Every named dose constant and half-life, as plain lists of name and cited value.
#[pyfunction]
pub(crate) fn y90_named_constants(py: Python<'_>) -> Result<Bound<'_, PyAny>> {
    json::plain(py, &(DOSE_CONSTANTS, HALF_LIVES_H))
}
