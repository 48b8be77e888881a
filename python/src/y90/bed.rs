//! BED of a dose that decays where it lies.

use crate::arrays::real_array;
use crate::errors::{Error, Result};
use crate::{json, pool};
use hepadose::isoeffect::Real;
use hepadose::y90::{self, constants};
use numpy::{PyArray1, PyArrayDyn, PyArrayMethods};
use pyo3::prelude::*;

/// BED of a dose from decaying yttrium-90, for a number or an array.
#[pyfunction]
pub(crate) fn y90_bed_gy<'py>(
    dose_gy: &Bound<'py, PyAny>,
    alpha_beta_gy: f64,
    repair_half_life_h: f64,
    physical_half_life_h: Option<f64>,
) -> Result<Bound<'py, PyAny>> {
    let half_life = physical_half_life_h.unwrap_or(constants::HALF_LIFE_H.value);
    let bed = |dose: f64| y90::bed_gy(dose, alpha_beta_gy, repair_half_life_h, half_life);
    let array = real_array(dose_gy, "doses")?;
    if array.getattr("ndim")?.extract::<usize>()? == 0 {
        let value = bed(dose_gy.extract()?)?;
        return Ok(value
            .into_pyobject(dose_gy.py())
            .map_err(PyErr::from)?
            .into_any());
    }
    match array.cast::<PyArrayDyn<f32>>() {
        Ok(array) => each(array, bed),
        Err(_) => each(array.cast::<PyArrayDyn<f64>>().map_err(PyErr::from)?, bed),
    }
}

fn each<'py, T: crate::arrays::Voxel, E: Send>(
    array: &Bound<'py, PyArrayDyn<T>>,
    f: impl Fn(f64) -> std::result::Result<f64, E> + Sync,
) -> Result<Bound<'py, PyAny>>
where
    Error: From<E>,
{
    use rayon::prelude::*;
    let py = array.py();
    let borrowed = array.try_readonly()?;
    let values = borrowed.as_slice()?;
    let one = |value: &T| f(Real::to_f64(*value)).map(T::from_f64);
    let results = pool::run(py, |_| {
        values
            .par_iter()
            .map(one)
            .collect::<std::result::Result<Vec<T>, E>>()
    })??;
    Ok(PyArray1::from_vec(py, results).call_method1("reshape", (array.getattr("shape")?,))?)
}

/// Published sets of tissue parameters for BED, as plain dictionaries.
#[pyfunction]
pub(crate) fn y90_bed_parameters(py: Python<'_>) -> Result<Bound<'_, PyAny>> {
    json::plain(py, &y90::BED_PARAMETERS)
}
