//! Absorbed dose of an activity map, and densities.

use super::{ActivityMap, DoseConstant, HalfLife, VoxelKernel};
use crate::arrays::{Array, Loan, Voxel};
use crate::dose::{DoseGrid, Notes};
use crate::errors::Result;
use crate::geometry::Grid;
use crate::structure::Structure;
use crate::{json, pool};
use hepadose::geometry::Values;
use hepadose::y90::{self, DensityMap, LocalDeposition};
use numpy::PyArray3;
use numpy::ndarray::Array3;
use pyo3::prelude::*;
use std::sync::Arc;

/// The model and its constants as the Python class has them.
#[derive(FromPyObject)]
pub(crate) struct ModelArgument {
    density_g_per_ml: f64,
    decay_correction_h: f64,
    dose_constant_gy_kg_per_gbq: Option<DoseConstant>,
    half_life_h: Option<HalfLife>,
}

impl ModelArgument {
    pub(super) fn core(&self) -> Result<LocalDeposition> {
        let mut model = LocalDeposition::new(self.density_g_per_ml, self.decay_correction_h)?;
        if let Some(constant) = &self.dose_constant_gy_kg_per_gbq {
            model = model.with_dose_constant(constant.core()?)?;
        }
        if let Some(half_life) = &self.half_life_h {
            model = model.with_half_life(half_life.core()?)?;
        }
        Ok(model)
    }
}

/// Dose of an activity map by local deposition or by a kernel, and what made it.
#[pyfunction]
pub(crate) fn absorbed_dose(
    py: Python<'_>,
    activity: &ActivityMap,
    model: ModelArgument,
    density: Option<&Bound<'_, PyAny>>,
    kernel: Option<&VoxelKernel>,
) -> Result<DoseGrid> {
    let model = model.core()?;
    let shape = activity.grid.shape();
    let density = density
        .map(|map| Array::from_user(map, shape))
        .transpose()?;
    let loan = density.as_ref().map(|map| map.lend(py)).transpose()?;
    let values = loan.as_ref().map(Loan::values).transpose()?;
    let grid = Arc::clone(&activity.grid);
    activity.with_core(py, |map| {
        let densities = values
            .map(|values| pool::run(py, |_| DensityMap::new(values, grid)))
            .transpose()?
            .transpose()?;
        if let Some(kernel) = kernel {
            let made = pool::run(py, |_| kernel.spread(&model, map, densities.as_ref()))??;
            return adopt(py, made);
        }
        let made = model.outline(map, densities.as_ref())?;
        let values = match map.values() {
            Values::F32(_) => written::<f32>(py, &model, map, densities.as_ref())?,
            Values::F64(_) => written::<f64>(py, &model, map, densities.as_ref())?,
        };
        Ok(DoseGrid::of_outline(&made.dose, values, notes(&made)?))
    })
}

/// Local deposition into numpy's memory.
fn written<T: Voxel>(
    py: Python<'_>,
    model: &LocalDeposition,
    map: &hepadose::image::ActivityMap<'_>,
    densities: Option<&DensityMap<'_>>,
) -> Result<Array> {
    Array::filled(py, map.grid().shape(), |out: &mut [T]| {
        Ok(pool::run(py, |_| model.write_dose(map, densities, out))??)
    })
}

fn notes(made: &y90::AbsorbedDose) -> Result<Notes> {
    Ok(Notes {
        warnings: made.warnings.clone(),
        provenance: Some(json::text(&made.provenance)?),
    })
}

/// A dose with its record.
pub(crate) fn adopt(py: Python<'_>, made: y90::AbsorbedDose) -> Result<DoseGrid> {
    let notes = notes(&made)?;
    DoseGrid::adopt(py, made.dose, notes)
}

/// Provenance of a model: method and constants.
#[pyfunction]
pub(crate) fn model_provenance(py: Python<'_>, model: ModelArgument) -> Result<Bound<'_, PyAny>> {
    json::plain(py, &model.core()?.provenance())
}

/// Densities of structures and of all else, on a grid.
#[pyfunction]
pub(crate) fn y90_structure_density<'py>(
    py: Python<'py>,
    grid: &Grid,
    elsewhere_g_per_ml: f64,
    structures: Vec<(PyRef<'py, Structure>, f64)>,
) -> Result<Bound<'py, PyArray3<f64>>> {
    let inputs: Vec<_> = structures
        .iter()
        .map(|(structure, density)| (&*structure.0, *density))
        .collect();
    let made = pool::run(py, |_| {
        DensityMap::of_structures(&grid.0, elsewhere_g_per_ml, &inputs)
    })??;
    let values = (0..grid.0.len()).map(|index| made.at(index)).collect();
    let array = Array3::from_shape_vec(grid.0.shape(), values)
        .map_err(|error| pyo3::exceptions::PyValueError::new_err(error.to_string()))?;
    Ok(PyArray3::from_owned_array(py, array))
}
