//! The voxel kernel, with its last plan and spectrum kept for the next image.

use crate::arrays::real_array;
use crate::errors::Result;
use crate::pool;
use hepadose::error::NonPhysicalError;
use hepadose::image::ActivityMap;
use hepadose::y90::kernel;
use hepadose::y90::{
    AbsorbedDose, DensityMap, HounsfieldCurve, LocalDeposition, PreparedKernel, Y90Error,
};
use numpy::ndarray::{Array3, ArrayD};
use numpy::{PyArray3, PyArrayDyn, PyArrayMethods, PyUntypedArrayMethods};
use pyo3::prelude::*;
use rayon::prelude::*;
use std::sync::{Arc, Mutex, PoisonError};

/// How the energy of decays in one voxel spreads over its neighbours.
///
/// Made by `hepadose.y90.kernel`. The kernel keeps the plans and the spectrum of the last image's shape, so that
/// doses of many images of one shape cost two transforms each.
#[pyclass(frozen, module = "hepadose.y90")]
pub(crate) struct VoxelKernel {
    kernel: kernel::VoxelKernel,
    prepared: Mutex<Option<Arc<PreparedKernel>>>,
}

impl VoxelKernel {
    fn prepare(&self, map: &ActivityMap<'_>) -> Result<Arc<PreparedKernel>, Y90Error> {
        let mut kept = self.prepared.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(one) = kept.as_ref().filter(|one| one.fits(map)) {
            return Ok(Arc::clone(one));
        }
        let made = Arc::new(PreparedKernel::new(&self.kernel, map)?);
        *kept = Some(Arc::clone(&made));
        Ok(made)
    }

    pub(crate) fn spread(
        &self,
        model: &LocalDeposition,
        map: &ActivityMap<'_>,
        densities: Option<&DensityMap<'_>>,
    ) -> Result<AbsorbedDose, Y90Error> {
        let prepared = self.prepare(map)?;
        model.absorbed_dose_by_kernel(map, &self.kernel, &prepared, densities)
    }

    fn whole<'py>(
        &self,
        py: Python<'py>,
        value: impl Fn([isize; 3]) -> f64,
    ) -> Bound<'py, PyArray3<f64>> {
        let half = self.kernel.fractions().half_widths().map(|n| n as isize);
        let shape = half.map(|n| 2 * n as usize + 1);
        let at = |(k, j, i): (usize, usize, usize)| {
            value([
                k as isize - half[0],
                j as isize - half[1],
                i as isize - half[2],
            ])
        };
        PyArray3::from_owned_array(py, Array3::from_shape_fn(shape, at))
    }
}

#[pymethods]
impl VoxelKernel {
    #[new]
    #[pyo3(signature = (*, spacing_mm, density_g_per_ml))]
    fn new(py: Python<'_>, spacing_mm: [f64; 3], density_g_per_ml: f64) -> Result<Self> {
        let made = pool::run(py, |_| {
            kernel::VoxelKernel::new(spacing_mm, density_g_per_ml)
        })??;
        Ok(Self {
            kernel: made,
            prepared: Mutex::new(None),
        })
    }

    /// Sides of a voxel (x, y, z) in mm.
    #[getter]
    fn spacing_mm(&self) -> (f64, f64, f64) {
        self.kernel.spacing_mm().into()
    }

    /// Density of the tissue in g/mL.
    #[getter]
    fn density_g_per_ml(&self) -> f64 {
        self.kernel.density_g_per_ml()
    }

    /// Share of the energy beyond 11 mm of water, left out before the shares were scaled to a sum of 1.
    #[getter]
    fn deficit_fraction(&self) -> f64 {
        self.kernel.deficit_fraction()
    }

    /// Mass of a voxel in kg.
    #[getter]
    fn voxel_mass_kg(&self) -> f64 {
        self.kernel.voxel_mass_kg()
    }

    /// Shares of the energy by offset (k, j, i), the voxel itself in the middle; their sum is 1.
    #[getter]
    fn fractions<'py>(&self, py: Python<'py>) -> Bound<'py, PyArray3<f64>> {
        self.whole(py, |offset| self.kernel.fractions().at(offset))
    }

    /// Voxel S values in mGy for each MBq s by offset (k, j, i), the deficit left out as in published tables.
    #[getter]
    fn s_values_mgy_per_mbq_s<'py>(&self, py: Python<'py>) -> Bound<'py, PyArray3<f64>> {
        self.whole(py, |offset| self.kernel.s_value_mgy_per_mbq_s(offset))
    }

    fn __repr__(&self) -> String {
        let [x, y, z] = self.kernel.spacing_mm();
        format!(
            "<VoxelKernel: yttrium-90, voxels of {x} x {y} x {z} mm (x, y, z), {} g/mL>",
            self.kernel.density_g_per_ml()
        )
    }
}

/// Densities in g/mL of CT numbers, by points of a curve or by Kao 2014.
#[pyfunction]
pub(crate) fn y90_hounsfield_density<'py>(
    py: Python<'py>,
    hounsfield: &Bound<'py, PyAny>,
    points: Option<Vec<(f64, f64)>>,
) -> Result<Bound<'py, PyArrayDyn<f64>>> {
    let curve = match points {
        Some(points) => HounsfieldCurve::new(points, "user")?,
        None => HounsfieldCurve::kao2014(),
    };
    let array = real_array(hounsfield, "CT numbers")?.call_method1("astype", ("float64",))?;
    let array = array.cast::<PyArrayDyn<f64>>().map_err(PyErr::from)?;
    let shape = array.shape().to_vec();
    let readonly = array.try_readonly()?;
    let values = readonly.as_slice()?;
    let densities = pool::run(py, |_| {
        let one = |value: &f64| curve.density_g_per_ml(*value);
        values
            .par_iter()
            .map(one)
            .collect::<Result<Vec<f64>, NonPhysicalError>>()
    })??;
    let made = ArrayD::from_shape_vec(shape, densities)
        .map_err(|error| pyo3::exceptions::PyValueError::new_err(error.to_string()))?;
    Ok(PyArrayDyn::from_owned_array(py, made))
}
