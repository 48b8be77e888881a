//! Doses of lesions of a label map, and of structures; planned against delivered.

use super::ActivityMap;
use super::dose::ModelArgument;
use crate::arrays::check_shape;
use crate::dose::DoseGrid;
use crate::dvh::{Dvh, SamplingArguments, settings};
use crate::errors::Result;
use crate::geometry::Grid;
use crate::structure::{SolidArguments, Structure};
use crate::{json, pool};
use hepadose::image::LabelMap;
use hepadose::y90::{self, LesionDose, StructureDose};
use numpy::{PyArray3, PyArrayDyn, PyArrayMethods, PyReadonlyArray3, PyUntypedArrayMethods};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::PyDict;
use std::sync::Arc;

/// Mean doses of the lesions of a label map, from an activity map and a model.
#[pyfunction]
pub(crate) fn lesion_doses_of_activity<'py>(
    py: Python<'py>,
    activity: &ActivityMap,
    model: ModelArgument,
    labels: &Bound<'py, PyAny>,
    grid: &Grid,
) -> Result<Vec<Bound<'py, PyAny>>> {
    let model = model.core()?;
    let (labels, frame) = (
        labels_of(labels, grid)?,
        activity.frame_of_reference.clone(),
    );
    let labels =
        LabelMap::new(labels.as_slice()?, Arc::clone(&grid.0))?.with_frame_of_reference(frame);
    let found = activity.with_core(py, |map| {
        Ok(pool::run(py, |progress| {
            y90::lesion_doses(&model, map, &labels, progress)
        })??)
    })?;
    found
        .iter()
        .map(|lesion| lesion_object(py, lesion))
        .collect()
}

/// Mean doses of the lesions of a label map, from a dose grid.
#[pyfunction]
pub(crate) fn lesion_doses_of_dose<'py>(
    py: Python<'py>,
    dose: &DoseGrid,
    labels: &Bound<'py, PyAny>,
    grid: &Grid,
) -> Result<Vec<Bound<'py, PyAny>>> {
    let labels = labels_of(labels, grid)?;
    let slice = labels.as_slice()?;
    let found = dose.with_core(py, |core| {
        let frame = core.frame_of_reference().map(str::to_owned);
        let labels = LabelMap::new(slice, Arc::clone(&grid.0))?.with_frame_of_reference(frame);
        Ok(pool::run(py, |progress| {
            y90::lesion_doses_of(core, &labels, progress)
        })??)
    })?;
    found
        .iter()
        .map(|lesion| lesion_object(py, lesion))
        .collect()
}

/// Labels as the core reads them.
fn labels_of<'py>(labels: &Bound<'py, PyAny>, grid: &Grid) -> Result<PyReadonlyArray3<'py, u32>> {
    let py = labels.py();
    let convert = py
        .import("hepadose._arrays")?
        .getattr(intern!(py, "labels"))?;
    let labels = convert.call1((labels,))?;
    let any = labels.cast::<PyArrayDyn<u32>>().map_err(PyErr::from)?;
    check_shape(any.shape(), grid.0.shape())?;
    Ok(labels
        .cast::<PyArray3<u32>>()
        .map_err(PyErr::from)?
        .try_readonly()?)
}

fn lesion_object<'py>(py: Python<'py>, lesion: &LesionDose) -> Result<Bound<'py, PyAny>> {
    let details = PyDict::new(py);
    let reason = lesion.mean_gy.as_ref().err();
    details.set_item("label", lesion.label)?;
    details.set_item("volume_cc", lesion.volume_cc)?;
    details.set_item("voxels", lesion.voxels)?;
    details.set_item("negative_voxels", lesion.negative_voxels)?;
    details.set_item("zero_voxels", lesion.zero_voxels)?;
    details.set_item("covered_fraction", lesion.covered_fraction)?;
    details.set_item("covered_mean_gy", lesion.covered_mean_gy)?;
    details.set_item("mean_gy", lesion.mean_gy.ok())?;
    details.set_item("reason", reason.map(ToString::to_string))?;
    details.set_item("warnings", pyo3::types::PyTuple::new(py, &lesion.warnings)?)?;
    Ok(py
        .import("hepadose.y90")?
        .getattr("LesionDose")?
        .call((), Some(&details))?)
}

/// Doses of structures from a dose, or from an activity map and a model: histogram, and the rest as a dictionary.
#[pyfunction]
pub(crate) fn y90_structure_doses<'py>(
    py: Python<'py>,
    source: &Bound<'py, PyAny>,
    model: Option<ModelArgument>,
    structures: Vec<PyRef<'py, Structure>>,
    solid: SolidArguments,
) -> Result<Vec<(Dvh, Bound<'py, PyDict>)>> {
    let settings = settings(&solid, 1.0, &SamplingArguments::default())?;
    let inputs: Vec<_> = structures.iter().map(|structure| &*structure.0).collect();
    let found = if let Some(model) = model {
        let model = model.core()?;
        let activity = source.cast::<ActivityMap>().map_err(PyErr::from)?.get();
        activity.with_core(py, |map| {
            Ok(pool::run(py, |progress| {
                y90::structure_doses(&model, map, &inputs, &settings, progress)
            })??)
        })?
    } else {
        let dose = source.cast::<DoseGrid>().map_err(PyErr::from)?.get();
        dose.with_core(py, |core| {
            Ok(pool::run(py, |progress| {
                y90::structure_doses_of(core, &inputs, &settings, progress)
            })??)
        })?
    };
    let numbers = inputs.iter().map(|structure| structure.number);
    found
        .into_iter()
        .zip(numbers)
        .map(|(one, number)| structure_dose(py, one, number))
        .collect()
}

fn structure_dose(
    py: Python<'_>,
    one: StructureDose,
    number: Option<i32>,
) -> Result<(Dvh, Bound<'_, PyDict>)> {
    let about = PyDict::new(py);
    let reason = one.mean_gy.as_ref().err();
    about.set_item("volume_cc", one.dvh.volume_cc())?;
    about.set_item("covered_fraction", one.dvh.covered_fraction())?;
    about.set_item("covered_mean_gy", one.covered_mean_gy)?;
    about.set_item("reason", reason.map(ToString::to_string))?;
    about.set_item("mean_gy", one.mean_gy.ok())?;
    about.set_item("warnings", pyo3::types::PyTuple::new(py, &one.warnings)?)?;
    Ok((Dvh::of(one.dvh, number), about))
}

/// Planned against delivered dose of one region, as a plain dictionary.
#[pyfunction]
pub(crate) fn y90_compare_doses<'py>(
    py: Python<'py>,
    planned: &Dvh,
    delivered: &Dvh,
) -> Result<Bound<'py, PyAny>> {
    json::plain(py, &y90::compare_doses(planned.core(), delivered.core())?)
}
