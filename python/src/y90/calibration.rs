//! Absolute and relative calibration.

use super::planning::DeliveryArgument;
use super::{ActivityMap, HalfLife};
use crate::arrays::Array;
use crate::errors::{Error, Result};
use crate::geometry::Grid;
use crate::pool;
use crate::structure::Structure;
use hepadose::y90::constants::HALF_LIFE_H;
use hepadose::y90::{
    Administered, Calibration, CalibrationInput, Reference, absolute_calibration,
    relative_calibration,
};
use pyo3::prelude::*;
use pyo3::types::PyDict;
use std::sync::Arc;

/// An image and what is known of it.
#[derive(FromPyObject)]
pub(crate) struct CalibrationArgument<'py> {
    values: Bound<'py, PyAny>,
    grid: Bound<'py, Grid>,
    is_bq_per_ml: bool,
    decay_correction_h: f64,
    half_life_h: Option<HalfLife>,
    reference: String,
    region: Option<Bound<'py, Structure>>,
    administered_gbq: Option<f64>,
    delivery: DeliveryArgument,
    frame_of_reference: Option<String>,
}

fn reference(word: &str) -> Result<Reference> {
    Reference::ALL
        .iter()
        .copied()
        .find(|one| one.name() == word)
        .ok_or_else(|| {
            Error::setting(
                "reference",
                word,
                "whole_field, whole_liver or perfused_volume",
            )
        })
}

/// Calibrates an image; the activity map, and the rest as a plain dictionary.
#[pyfunction]
pub(crate) fn y90_calibrate<'py>(
    py: Python<'py>,
    image: CalibrationArgument<'py>,
    relative: bool,
) -> Result<(ActivityMap, Bound<'py, PyDict>)> {
    let grid = Arc::clone(&image.grid.get().0);
    let array = Array::from_user(&image.values, grid.shape())?;
    let loan = array.lend(py)?;
    let input = CalibrationInput {
        values: loan.values()?,
        grid,
        is_bq_per_ml: image.is_bq_per_ml,
        decay_correction_h: image.decay_correction_h,
        half_life_h: match &image.half_life_h {
            Some(half_life) => half_life.core()?,
            None => HALF_LIFE_H,
        },
        reference: reference(&image.reference)?,
        region: image.region.as_ref().map(|region| &*region.get().0),
        frame_of_reference: image.frame_of_reference,
    };
    let delivery = image.delivery.core()?;
    let administered = image.administered_gbq.map(|activity_gbq| Administered {
        activity_gbq,
        delivery,
    });
    let made = pool::run(py, |_| match (relative, &administered) {
        (true, Some(administered)) => relative_calibration(&input, administered),
        (_, administered) => absolute_calibration(&input, administered.as_ref()),
    })??;
    finished(py, made)
}

fn finished(py: Python<'_>, made: Calibration) -> Result<(ActivityMap, Bound<'_, PyDict>)> {
    let about = PyDict::new(py);
    about.set_item("factor", made.factor)?;
    about.set_item("field_gbq", made.field_gbq)?;
    about.set_item("reference_gbq", made.reference_gbq)?;
    about.set_item("expected_gbq", made.expected_gbq)?;
    about.set_item("recovery_factor", made.recovery_factor)?;
    about.set_item("outside_fraction", made.outside_fraction)?;
    about.set_item("warnings", pyo3::types::PyTuple::new(py, made.warnings)?)?;
    Ok((ActivityMap::adopt(py, made.activity)?, about))
}
