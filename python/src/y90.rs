//! Yttrium-90: activity maps, local deposition, BED and response thresholds.

mod calibration;
mod constant;
mod effect;
mod fit;
mod kernel;
mod planning;

pub(crate) use calibration::y90_calibrate;
pub(crate) use constant::{DoseConstant, HalfLife};
pub(crate) use effect::{y90_effect, y90_uncertain_dose, y90_volume_uncertainty};
pub(crate) use fit::{
    y90_delivered_interval_gy, y90_delivered_probability, y90_fit_response, y90_predict_delivered,
};
pub(crate) use kernel::{VoxelKernel, y90_hounsfield_density};
pub(crate) use planning::{
    y90_body_surface_m2, y90_bsa_activity_gbq, y90_bsa_shunt_reduction, y90_lung,
    y90_lung_activity_gbq, y90_lung_dose_gy, y90_lung_mass_from_ct_kg, y90_lung_shunt_from_planar,
    y90_lung_shunt_from_spect, y90_lung_shunt_from_tumour_lung_shunt, y90_mird_activity_gbq,
    y90_mird_dose_gy, y90_partition, y90_partition_activity_gbq, y90_partition_volumes,
    y90_plan_activity, y90_tn_ratio_from_activity_ratio,
};

use crate::arrays::{Array, Loan, check_shape, real_array};
use crate::dose::{DoseGrid, Notes};
use crate::errors::{Error, Result, raise};
use crate::geometry::Grid;
use crate::{json, notebook, pool};
use hepadose::image::{self, LabelMap};
use hepadose::isoeffect::Real;
use hepadose::y90::{
    self, DensityMap, Device, Disease, Dosimetry, LesionDose, LocalDeposition, constants,
};
use numpy::{
    PyArray1, PyArray3, PyArrayDyn, PyArrayMethods, PyReadonlyArray3, PyUntypedArrayMethods,
};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::PyDict;
use std::sync::Arc;

/// Activity concentration of an image.
///
/// Negative values, which reconstruction leaves behind, are kept: clipping them would bias every mean.
///
/// Parameters
/// ----------
/// bq_per_ml : array of shape ``grid.shape``
///     Activity in Bq/mL at the image's reference time. float32 and float64 keep their precision; the values are copied.
/// grid : Grid
///     Where the voxels are.
/// frame_of_reference : str, optional
///     DICOM Frame of Reference UID that the coordinates belong to.
///
/// Raises
/// ------
/// hepadose.errors.ShapeError
///     An array of another shape than the grid.
/// hepadose.errors.ImageError
///     Values that are not finite, or more negative than positive activity.
#[pyclass(frozen, module = "hepadose.y90")]
pub(crate) struct ActivityMap {
    grid: Arc<hepadose::geometry::Grid>,
    values: Array,
    frame_of_reference: Option<String>,
    negative: Option<image::NegativeShare>,
}

impl ActivityMap {
    fn with_core<R>(
        &self,
        py: Python<'_>,
        f: impl FnOnce(&image::ActivityMap<'_>) -> Result<R>,
    ) -> Result<R> {
        let loan: Loan<'_> = self.values.lend(py)?;
        let (values, grid) = (loan.values()?, Arc::clone(&self.grid));
        let map = image::ActivityMap::checked_before(values, grid, self.negative)?;
        f(&map.with_frame_of_reference(self.frame_of_reference.clone()))
    }

    /// A map of the core; its values move into numpy.
    pub(crate) fn adopt(py: Python<'_>, map: image::ActivityMap<'_>) -> Result<Self> {
        let (grid, frame) = (
            Arc::clone(map.grid()),
            map.frame_of_reference().map(str::to_owned),
        );
        let (values, negative) = (map.values().clone(), map.negative());
        drop(map);
        Ok(Self {
            values: Array::from_values(py, values, grid.shape())?,
            grid,
            frame_of_reference: frame,
            negative,
        })
    }
}

#[pymethods]
impl ActivityMap {
    #[new]
    #[pyo3(signature = (bq_per_ml, grid, *, frame_of_reference=None))]
    fn new(
        bq_per_ml: &Bound<'_, PyAny>,
        grid: &Grid,
        frame_of_reference: Option<String>,
    ) -> Result<Self> {
        let py = bq_per_ml.py();
        let values = Array::from_user(bq_per_ml, grid.0.shape())?;
        let (loan, own) = (values.lend(py)?, Arc::clone(&grid.0));
        let lent = loan.values()?;
        let negative = pool::run(py, |_| {
            image::ActivityMap::new(lent, own).map(|map| map.negative())
        })??;
        drop(loan);
        Ok(Self {
            values,
            grid: Arc::clone(&grid.0),
            frame_of_reference,
            negative,
        })
    }

    /// Activity in Bq/mL, read-only.
    #[getter]
    fn bq_per_ml<'py>(&self, py: Python<'py>) -> Bound<'py, PyAny> {
        self.values.object(py)
    }

    /// Where the voxels are.
    #[getter]
    fn grid(&self) -> Grid {
        Grid(Arc::clone(&self.grid))
    }

    /// DICOM Frame of Reference UID, where known.
    #[getter]
    fn frame_of_reference(&self) -> Option<&str> {
        self.frame_of_reference.as_deref()
    }

    fn _repr_html_<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        notebook::html(slf, "activity_map")
    }

    fn __repr__(&self) -> String {
        let [nk, nj, ni] = self.grid.shape();
        let [dx, dy, dz] = self.grid.spacing_mm();
        format!(
            "<ActivityMap: Bq/mL, {nk} x {nj} x {ni} voxels (slice, row, column) of {dx} x {dy} x {dz} mm (x, y, z)>"
        )
    }

    fn __eq__(&self, py: Python<'_>, other: &Self) -> Result<bool> {
        let (one, two) = (self.values.lend(py)?, other.values.lend(py)?);
        let same_values = crate::dose::same_values(&one.values()?, &two.values()?);
        let same_frame = self.frame_of_reference == other.frame_of_reference;
        Ok(same_values && same_frame && self.grid == other.grid)
    }

    fn __getnewargs_ex__<'py>(
        &self,
        py: Python<'py>,
    ) -> PyResult<(Bound<'py, PyAny>, Bound<'py, PyDict>)> {
        let keywords = PyDict::new(py);
        keywords.set_item("frame_of_reference", &self.frame_of_reference)?;
        Ok((
            (self.values.object(py), self.grid())
                .into_pyobject(py)?
                .into_any(),
            keywords,
        ))
    }
}

/// The model and its constants as the Python class has them.
#[derive(FromPyObject)]
pub(crate) struct ModelArgument {
    density_g_per_ml: f64,
    decay_correction_h: f64,
    dose_constant_gy_kg_per_gbq: Option<DoseConstant>,
    half_life_h: Option<HalfLife>,
}

impl ModelArgument {
    fn core(&self) -> Result<LocalDeposition> {
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
    let made = activity.with_core(py, |map| {
        Ok(pool::run(py, |_| {
            let densities = values
                .map(|values| DensityMap::new(values, grid))
                .transpose()?;
            match (kernel, &densities) {
                (Some(kernel), densities) => kernel.spread(&model, map, densities.as_ref()),
                (None, Some(densities)) => model.absorbed_dose_in(map, densities),
                (None, None) => model.absorbed_dose(map),
            }
        })??)
    })?;
    adopt(py, made)
}

/// A dose with its record.
pub(crate) fn adopt(py: Python<'_>, made: y90::AbsorbedDose) -> Result<DoseGrid> {
    let notes = Notes {
        warnings: made.warnings,
        provenance: Some(json::text(&made.provenance)?),
    };
    DoseGrid::adopt(py, made.dose, notes)
}

/// Provenance of a model: method and constants.
#[pyfunction]
pub(crate) fn model_provenance(py: Python<'_>, model: ModelArgument) -> Result<Bound<'_, PyAny>> {
    json::plain(py, &model.core()?.provenance())
}

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
pub(crate) fn labels_of<'py>(
    labels: &Bound<'py, PyAny>,
    grid: &Grid,
) -> Result<PyReadonlyArray3<'py, u32>> {
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

fn setting(device: &str, disease: &str, dosimetry: &str) -> Result<(Device, Disease, Dosimetry)> {
    Ok((device.parse()?, disease.parse()?, dosimetry.parse()?))
}

/// What a publication says of a mean lesion dose, as plain dictionaries.
#[pyfunction]
pub(crate) fn y90_response<'py>(
    py: Python<'py>,
    dose_gy: f64,
    words: (String, String, String),
    prevalence: Option<f64>,
    name: Option<&str>,
    used: Option<(Option<f64>, Option<f64>)>,
) -> Result<Bound<'py, PyAny>> {
    let setting = setting(&words.0, &words.1, &words.2)?;
    let used = used.map(|(constant, density)| y90::DoseConstants {
        dose_constant_gy_kg_per_gbq: constant,
        density_g_per_ml: density,
    });
    let response = y90::response_by(dose_gy, setting, prevalence, name, used)?;
    json::plain(py, &response)
}

/// All threshold sets, each with its strata, as plain dictionaries.
#[pyfunction]
pub(crate) fn y90_thresholds(py: Python<'_>) -> Result<Vec<Bound<'_, PyAny>>> {
    let one = |set: &y90::ThresholdSet| {
        let shown = json::plain(py, set)?;
        let strata = set.strata();
        let labels: Vec<String> = strata.iter().map(ToString::to_string).collect();
        shown.set_item("strata", json::plain(py, &strata)?)?;
        shown.set_item("stratum_labels", labels)?;
        Ok(shown)
    };
    y90::thresholds()?.iter().map(one).collect()
}

/// The words for device, disease and dosimetry.
#[pyfunction]
pub(crate) fn y90_words() -> (Vec<&'static str>, Vec<&'static str>, Vec<&'static str>) {
    let devices = Device::ALL.iter().map(|one| one.name()).collect();
    let diseases = Disease::ALL.iter().map(|one| one.name()).collect();
    let dosimetries = Dosimetry::ALL.iter().map(|one| one.name()).collect();
    (devices, diseases, dosimetries)
}

/// Constants that calculations use unless others are named, as plain dictionaries.
#[pyfunction]
pub(crate) fn y90_constants(py: Python<'_>) -> Result<Bound<'_, PyAny>> {
    let all = PyDict::new(py);
    all.set_item("half_life_h", json::plain(py, &constants::HALF_LIFE_H)?)?;
    all.set_item(
        "lung_mass_kg",
        json::plain(py, &y90::planning::LUNG_MASS_KG)?,
    )?;
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
    json::plain(py, &(constants::DOSE_CONSTANTS, constants::HALF_LIVES_H))
}

/// Published sets of tissue parameters for BED, as plain dictionaries.
#[pyfunction]
pub(crate) fn y90_bed_parameters(py: Python<'_>) -> Result<Bound<'_, PyAny>> {
    json::plain(py, &y90::BED_PARAMETERS)
}

impl From<y90::UnknownWordError> for Error {
    fn from(error: y90::UnknownWordError) -> Self {
        raise!("UnknownWordError", error; what = error.what, got = &error.got, allowed = &error.allowed)
    }
}
