//! BED, EQD2 and back, for single numbers and for whole arrays.

use crate::arguments::Fractions;
use crate::arrays::Voxel;
use crate::errors::Result;
use crate::{json, pool};
use hepadose::isoeffect::{self, Segment, Transform};
use numpy::{PyArrayDyn, PyArrayMethods};
use pyo3::prelude::*;

#[pyfunction]
pub(crate) fn bed_gy(dose_gy: f64, fractions: Fractions, alpha_beta_gy: f64) -> Result<f64> {
    Ok(isoeffect::bed_gy(dose_gy, fractions.0, alpha_beta_gy)?)
}

#[pyfunction]
pub(crate) fn eqd2_gy(dose_gy: f64, fractions: Fractions, alpha_beta_gy: f64) -> Result<f64> {
    Ok(isoeffect::eqd2_gy(dose_gy, fractions.0, alpha_beta_gy)?)
}

#[pyfunction]
pub(crate) fn eqd2_from_bed_gy(bed_gy: f64, alpha_beta_gy: f64) -> Result<f64> {
    Ok(isoeffect::eqd2_from_bed_gy(bed_gy, alpha_beta_gy)?)
}

#[pyfunction]
pub(crate) fn isoeffective_dose_gy(
    eqd2_gy: f64,
    fractions: Fractions,
    alpha_beta_gy: f64,
) -> Result<f64> {
    Ok(isoeffect::isoeffective_dose_gy(
        eqd2_gy,
        fractions.0,
        alpha_beta_gy,
    )?)
}

#[pyfunction]
pub(crate) fn dose_per_fraction_gy(
    eqd2_gy: f64,
    fractions: Fractions,
    alpha_beta_gy: f64,
) -> Result<f64> {
    Ok(isoeffect::dose_per_fraction_from_eqd2_gy(
        eqd2_gy,
        fractions.0,
        alpha_beta_gy,
    )?)
}

fn segments(schedule: Vec<(Fractions, f64)>) -> Vec<Segment> {
    let segment = |(fractions, dose_per_fraction_gy): (Fractions, f64)| Segment {
        fractions: fractions.0,
        dose_per_fraction_gy,
    };
    schedule.into_iter().map(segment).collect()
}

#[pyfunction]
pub(crate) fn mixed_bed_gy(schedule: Vec<(Fractions, f64)>, alpha_beta_gy: f64) -> Result<f64> {
    Ok(isoeffect::mixed_bed_gy(&segments(schedule), alpha_beta_gy)?)
}

#[pyfunction]
pub(crate) fn mixed_eqd2_gy(schedule: Vec<(Fractions, f64)>, alpha_beta_gy: f64) -> Result<f64> {
    Ok(isoeffect::mixed_eqd2_gy(
        &segments(schedule),
        alpha_beta_gy,
    )?)
}

#[pyfunction]
pub(crate) fn bed_gy_into(
    dose_gy: &Bound<'_, PyAny>,
    out: &Bound<'_, PyAny>,
    fractions: Fractions,
    alpha_beta_gy: f64,
) -> Result<()> {
    forward(Transform::bed(fractions.0, alpha_beta_gy)?, dose_gy, out)
}

#[pyfunction]
pub(crate) fn eqd2_gy_into(
    dose_gy: &Bound<'_, PyAny>,
    out: &Bound<'_, PyAny>,
    fractions: Fractions,
    alpha_beta_gy: f64,
) -> Result<()> {
    forward(Transform::eqd2(fractions.0, alpha_beta_gy)?, dose_gy, out)
}

#[pyfunction]
pub(crate) fn eqd2_from_bed_gy_into(
    bed_gy: &Bound<'_, PyAny>,
    out: &Bound<'_, PyAny>,
    alpha_beta_gy: f64,
) -> Result<()> {
    forward(Transform::eqd2_of_bed(alpha_beta_gy)?, bed_gy, out)
}

#[pyfunction]
pub(crate) fn isoeffective_dose_gy_into(
    eqd2_gy: &Bound<'_, PyAny>,
    out: &Bound<'_, PyAny>,
    fractions: Fractions,
    alpha_beta_gy: f64,
) -> Result<()> {
    backward(Transform::eqd2(fractions.0, alpha_beta_gy)?, eqd2_gy, out)
}

#[pyfunction]
pub(crate) fn dose_per_fraction_gy_into(
    eqd2_gy: &Bound<'_, PyAny>,
    out: &Bound<'_, PyAny>,
    fractions: Fractions,
    alpha_beta_gy: f64,
) -> Result<()> {
    let transform = Transform::eqd2_of_fraction_dose(fractions.0, alpha_beta_gy)?;
    backward(transform, eqd2_gy, out)
}

/// Which way a transform is taken.
#[derive(Clone, Copy)]
enum Way {
    Forward,
    Backward,
}

fn forward(transform: Transform, values: &Bound<'_, PyAny>, out: &Bound<'_, PyAny>) -> Result<()> {
    dispatch(transform, Way::Forward, values, out)
}

fn backward(transform: Transform, values: &Bound<'_, PyAny>, out: &Bound<'_, PyAny>) -> Result<()> {
    dispatch(transform, Way::Backward, values, out)
}

fn dispatch(
    transform: Transform,
    way: Way,
    values: &Bound<'_, PyAny>,
    out: &Bound<'_, PyAny>,
) -> Result<()> {
    if let Ok(values) = values.cast::<PyArrayDyn<f32>>() {
        return map(transform, way, values, out.cast().map_err(PyErr::from)?);
    }
    let values = values.cast::<PyArrayDyn<f64>>().map_err(PyErr::from)?;
    map(transform, way, values, out.cast().map_err(PyErr::from)?)
}

/// `values` and `out` are C-ordered and of one shape, and one array or two that do not overlap.
fn map<T: Voxel>(
    transform: Transform,
    way: Way,
    values: &Bound<'_, PyArrayDyn<T>>,
    out: &Bound<'_, PyArrayDyn<T>>,
) -> Result<()> {
    let py = values.py();
    let mut target = out.try_readwrite()?;
    if values.is(out) {
        let values = target.as_slice_mut()?;
        return Ok(pool::run(py, |_| match way {
            Way::Forward => transform.apply_in_place(values),
            Way::Backward => transform.invert_in_place(values),
        })??);
    }
    let source = values.try_readonly()?;
    let source = source.as_slice()?;
    let target = target.as_slice_mut()?;
    Ok(pool::run(py, |_| match way {
        Way::Forward => transform.apply(source, target),
        Way::Backward => transform.invert(source, target),
    })??)
}

/// Published alpha/beta values as plain dictionaries.
#[pyfunction]
pub(crate) fn alpha_beta(py: Python<'_>) -> Result<Bound<'_, PyAny>> {
    json::plain(py, &isoeffect::ALPHA_BETA)
}
