//! DVHs calculated: of one structure and many, weighted, shifted, and of label maps.

use super::{Dvh, SamplingArguments, settings};
use crate::arrays::check_shape;
use crate::dose::DoseGrid;
use crate::errors::{Error, Result};
use crate::geometry::Grid;
use crate::structure::{SolidArguments, Structure};
use crate::{json, pool};
use hepadose::dvh::{self, DvhSettings, Weights};
use hepadose::error::fraction;
use numpy::{Element, PyArray3, PyArrayMethods, PyReadonlyArray3, PyUntypedArrayMethods};
use pyo3::prelude::*;
use std::collections::HashMap;
use std::sync::Arc;

/// The DVH of a structure whose volume counts by weights on a grid.
#[pyfunction]
#[allow(clippy::too_many_arguments)]
pub(crate) fn weighted_dvh(
    py: Python<'_>,
    dose: &DoseGrid,
    structure: &Structure,
    weights: (PyReadonlyArray3<'_, f64>, PyRef<'_, Grid>),
    prescription_gy: Option<f64>,
    solid: SolidArguments,
    min_covered: f64,
    sampling: SamplingArguments,
) -> Result<Dvh> {
    let settings = settings(&solid, min_covered, &sampling)?;
    let (values, grid) = weights;
    let values = values
        .as_slice()
        .map_err(|_| Error::setting("weights", "strided", "an array in C order"))?;
    let weights = Weights::new(values, Arc::clone(&grid.0))?;
    let core = dose.with_core(py, |dose| {
        Ok(pool::run(py, |progress| {
            dvh::weighted_dvh(dose, &structure.0, &weights, &settings, progress)
        })??)
    })?;
    Ok(Dvh {
        core: core.with_prescription(prescription_gy)?,
        number: structure.0.number,
    })
}

/// The DVH of a part of a structure on the structure's plan.
#[pyfunction]
#[allow(clippy::too_many_arguments)]
pub(crate) fn dvh_on_plan(
    py: Python<'_>,
    dose: &DoseGrid,
    structure: &Structure,
    plan: &Structure,
    prescription_gy: Option<f64>,
    solid: SolidArguments,
    min_covered: f64,
    sampling: SamplingArguments,
) -> Result<Dvh> {
    let settings = settings(&solid, min_covered, &sampling)?;
    let core = dose.with_core(py, |dose| {
        Ok(pool::run(py, |progress| {
            dvh::dvh_on_plan(dose, &structure.0, &plan.0, &settings, progress)
        })??)
    })?;
    Ok(Dvh {
        core: core.with_prescription(prescription_gy)?,
        number: structure.0.number,
    })
}

/// The DVHs of a structure at many places.
#[pyfunction]
#[allow(clippy::too_many_arguments)]
pub(crate) fn dvhs_shifted(
    py: Python<'_>,
    dose: &DoseGrid,
    structure: &Structure,
    shifts_mm: Vec<[f64; 3]>,
    prescription_gy: Option<f64>,
    solid: SolidArguments,
    min_covered: f64,
    sampling: SamplingArguments,
) -> Result<Vec<Dvh>> {
    let settings = settings(&solid, min_covered, &sampling)?;
    let results = dose.with_core(py, |dose| {
        Ok(pool::run(py, |progress| {
            dvh::dvhs_shifted(dose, &structure.0, &shifts_mm, &settings, progress)
        })??)
    })?;
    let finish = |core: dvh::Dvh| {
        Ok(Dvh {
            core: core.with_prescription(prescription_gy)?,
            number: structure.0.number,
        })
    };
    results.into_iter().map(finish).collect()
}

/// The presets, as plain dictionaries.
#[pyfunction]
pub(crate) fn presets(py: Python<'_>) -> Result<Bound<'_, PyAny>> {
    json::plain(py, &dvh::presets()?)
}

/// DVHs of structures, in parallel, in their order, each with its own prescription.
#[pyfunction]
pub(crate) fn dvhs(
    py: Python<'_>,
    dose: &DoseGrid,
    structures: Vec<PyRef<'_, Structure>>,
    prescriptions_gy: Vec<Option<f64>>,
    solid: SolidArguments,
    min_covered: f64,
    sampling: SamplingArguments,
) -> Result<Vec<Dvh>> {
    let settings = settings(&solid, min_covered, &sampling)?;
    let inputs: Vec<_> = structures.iter().map(|structure| &*structure.0).collect();
    let results = dose.with_core(py, |dose| {
        Ok(pool::run(py, |progress| {
            dvh::dvhs(dose, &inputs, &settings, progress)
        })?)
    })?;
    let finish =
        |((result, structure), prescription): ((_, &hepadose::structure::Structure), _)| {
            let result: std::result::Result<dvh::Dvh, dvh::DvhError> = result;
            Ok(Dvh {
                core: result?.with_prescription(prescription)?,
                number: structure.number,
            })
        };
    results
        .into_iter()
        .zip(inputs)
        .zip(prescriptions_gy)
        .map(finish)
        .collect()
}

/// DVHs of the regions of a label map, in one pass, by the numbers of the regions.
#[pyfunction]
pub(crate) fn dvhs_of_labels(
    py: Python<'_>,
    dose: &DoseGrid,
    labels: &Bound<'_, PyAny>,
    grid: &Grid,
    mut names: HashMap<u32, String>,
    prescriptions_gy: (Option<f64>, HashMap<u32, f64>),
    min_covered: f64,
) -> Result<Vec<Dvh>> {
    let settings = DvhSettings {
        min_covered: fraction("min_covered", min_covered)?,
        ..DvhSettings::default()
    };
    let found = if let Ok(labels) = labels.cast::<PyArray3<u8>>() {
        count(py, dose, labels, grid, &settings)?
    } else if let Ok(labels) = labels.cast::<PyArray3<u16>>() {
        count(py, dose, labels, grid, &settings)?
    } else {
        let labels = labels.cast::<PyArray3<u32>>().map_err(PyErr::from)?;
        count(py, dose, labels, grid, &settings)?
    };
    let finish = |found: dvh::Dvh| {
        let label: u32 = found.name().parse().unwrap_or_default();
        let (usual, own) = &prescriptions_gy;
        let prescription = own.get(&label).copied().or(*usual);
        let name = names.remove(&label);
        let named = match name {
            Some(name) => found.named(name),
            None => found,
        };
        Ok(Dvh {
            core: named.with_prescription(prescription)?,
            number: i32::try_from(label).ok(),
        })
    };
    found.into_iter().map(finish).collect()
}

fn count<L: dvh::Label + Element>(
    py: Python<'_>,
    dose: &DoseGrid,
    labels: &Bound<'_, PyArray3<L>>,
    grid: &Grid,
    settings: &DvhSettings,
) -> Result<Vec<dvh::Dvh>> {
    check_shape(labels.shape(), grid.0.shape())?;
    let labels = labels.try_readonly()?;
    let labels = labels.as_slice()?;
    dose.with_core(py, |dose| {
        Ok(pool::run(py, |progress| {
            dvh::dvhs_of_labels(dose, &grid.0, labels, settings, progress)
        })??)
    })
}
