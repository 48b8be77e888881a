//! DICOM in and out: bytes from Python, objects from the core.

use crate::arguments::Fractions;
use crate::arrays::Array;
use crate::case::{PlanArgument, case_object, plan_object, stored_objects, structure_objects};
use crate::dose::{DoseGrid, KindArgument, Notes, scope_named};
use crate::errors::{Error, Result};
use crate::geometry::Grid;
use crate::pool;
use crate::structure::Structure;
use hepadose::dicom::{self, CaseFolder, DicomError, PlanSummary, RtDoseOptions, WriteOptions};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyTuple};
use std::path::PathBuf;
use std::sync::Arc;

/// What a caller knows better than the file.
#[derive(FromPyObject)]
#[pyo3(from_item_all)]
pub(crate) struct DoseArguments<'py> {
    fractions: Option<Fractions>,
    dose_scope: Option<String>,
    dose_type: Option<KindArgument<'py>>,
}

impl DoseArguments<'_> {
    fn options(self) -> Result<RtDoseOptions> {
        Ok(RtDoseOptions {
            fractions: self.fractions.map(|fractions| fractions.0),
            dose_scope: self.dose_scope.as_deref().map(scope_named).transpose()?,
            dose_type: self.dose_type.map(KindArgument::resolve).transpose()?,
        })
    }
}

#[pyfunction]
pub(crate) fn read_rtdose(
    py: Python<'_>,
    file: &[u8],
    options: DoseArguments<'_>,
) -> Result<DoseGrid> {
    let options = options.options()?;
    let read = pool::run(py, |_| dicom::read_packed_rtdose(file, &options))??;
    let notes = Notes {
        warnings: read.warnings,
        provenance: None,
    };
    DoseGrid::unpack(py, &read.dose, notes)
}

/// Structures, label and warnings of a structure set.
#[pyfunction]
pub(crate) fn read_rtstruct<'py>(
    py: Python<'py>,
    file: &[u8],
) -> Result<(Bound<'py, PyTuple>, Option<String>, Vec<String>)> {
    let read = pool::run(py, |_| dicom::read_rtstruct(file))??;
    Ok((
        structure_objects(py, read.structures)?,
        read.label,
        read.warnings,
    ))
}

#[pyfunction]
pub(crate) fn read_rtplan<'py>(py: Python<'py>, file: &[u8]) -> Result<Bound<'py, PyAny>> {
    let plan = py.detach(|| dicom::read_rtplan(file))?;
    Ok(plan_object(py, &plan)?)
}

#[pyfunction]
pub(crate) fn read_stored_dvhs<'py>(py: Python<'py>, file: &[u8]) -> Result<Bound<'py, PyTuple>> {
    let stored = py.detach(|| dicom::read_stored_dvhs(file))?;
    Ok(stored_objects(py, &stored)?)
}

#[pyfunction]
pub(crate) fn read_case<'py>(
    py: Python<'py>,
    folder: PathBuf,
    plan: Option<String>,
    options: DoseArguments<'_>,
) -> Result<Bound<'py, PyAny>> {
    let options = options.options()?;
    let folder = pool::run(py, |_| CaseFolder::open(&folder))??;
    let plan = folder.choose(plan.as_deref())?;
    Ok(read_one(py, &folder, plan, &options)??)
}

/// The case of a plan or why it cannot be read; anything else that goes wrong is nobody's result.
fn read_one<'py>(
    py: Python<'py>,
    folder: &CaseFolder,
    plan: &PlanSummary,
    options: &RtDoseOptions,
) -> Result<Result<Bound<'py, PyAny>, DicomError>> {
    let (case, dose) = match pool::run(py, |_| folder.read_packed(plan, options))? {
        Ok(read) => read,
        Err(error) => return Ok(Err(error)),
    };
    let dose = dose.map(|dose| DoseGrid::unpack(py, &dose, Notes::default()));
    Ok(Ok(case_object(py, case, dose.transpose()?)?))
}

/// Plan label, plan UID and either the case or the error of every case in a folder.
#[pyfunction]
pub(crate) fn read_cases<'py>(
    py: Python<'py>,
    folder: PathBuf,
    options: DoseArguments<'_>,
) -> Result<Vec<Bound<'py, PyTuple>>> {
    let options = options.options()?;
    let folder = pool::run(py, |_| CaseFolder::open(&folder))??;
    let object = |plan: &PlanSummary| {
        let (case, error) = match read_one(py, &folder, plan, &options)? {
            Ok(case) => (Some(case), None),
            Err(error) => (None, Some(PyErr::from(Error::from(error)).into_value(py))),
        };
        Ok((&plan.label, &plan.sop_instance_uid, case, error).into_pyobject(py)?)
    };
    folder.plans().iter().map(object).collect()
}

fn write_options(label: Option<String>, seed: Option<u64>) -> WriteOptions {
    WriteOptions {
        label,
        seed,
        ..WriteOptions::default()
    }
}

#[pyfunction]
pub(crate) fn encode_rtdose<'py>(
    py: Python<'py>,
    dose: &DoseGrid,
    template: Option<&[u8]>,
    label: Option<String>,
    seed: Option<u64>,
    physical_label: bool,
) -> Result<Bound<'py, PyBytes>> {
    let options = WriteOptions {
        physical_label,
        ..write_options(label, seed)
    };
    let bytes = dose.with_core(py, |dose| {
        Ok(pool::run(py, |_| {
            dicom::write_rtdose(dose, template, &options)
        })??)
    })?;
    Ok(PyBytes::new(py, &bytes))
}

#[pyfunction]
pub(crate) fn encode_rtstruct<'py>(
    py: Python<'py>,
    structures: Vec<PyRef<'py, Structure>>,
    template: Option<&[u8]>,
    label: Option<String>,
    seed: Option<u64>,
) -> Result<Bound<'py, PyBytes>> {
    let options = write_options(label, seed);
    let structures: Vec<_> = structures.iter().map(|one| (*one.0).clone()).collect();
    let bytes = pool::run(py, |_| {
        dicom::write_rtstruct(&structures, template, &options)
    })??;
    Ok(PyBytes::new(py, &bytes))
}

#[pyfunction]
pub(crate) fn encode_rtplan<'py>(
    py: Python<'py>,
    plan: PlanArgument,
    template: Option<&[u8]>,
    label: Option<String>,
    seed: Option<u64>,
) -> Result<Bound<'py, PyBytes>> {
    let (plan, options) = (plan.into(), write_options(label, seed));
    let bytes = py.detach(|| dicom::write_rtplan(&plan, template, &options))?;
    Ok(PyBytes::new(py, &bytes))
}

/// A PET or NM image of the bytes of its files: values, grid, unit, hours after administration, frame of reference,
/// whether it was an SUV, warnings.
#[pyfunction]
#[allow(clippy::type_complexity, reason = "the Python side names the parts")]
pub(crate) fn read_nuclear_image(
    py: Python<'_>,
    files: Vec<Vec<u8>>,
) -> Result<(
    Py<PyAny>,
    Grid,
    &'static str,
    Option<f64>,
    Option<String>,
    bool,
    Vec<String>,
)> {
    let slices: Vec<&[u8]> = files.iter().map(Vec::as_slice).collect();
    let read = pool::run(py, |_| dicom::read_nuclear_image(&slices))??;
    let unit = match read.unit {
        dicom::ImageUnit::BecquerelPerMl => "becquerel_per_ml",
        dicom::ImageUnit::Counts => "counts",
    };
    let shape = read.grid.shape();
    let values = Array::from_vec(py, read.values, shape)?.object(py).unbind();
    let grid = Grid(Arc::new(read.grid));
    let (hours, frame) = (read.hours_after_administration, read.frame_of_reference);
    Ok((
        values,
        grid,
        unit,
        hours,
        frame,
        read.from_suv,
        read.warnings,
    ))
}
