//! `ActivityMap`: activity concentration of an image.

use crate::arrays::{Array, Loan};
use crate::errors::Result;
use crate::geometry::Grid;
use crate::{notebook, pool};
use hepadose::image;
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
    pub(super) grid: Arc<hepadose::geometry::Grid>,
    values: Array,
    pub(super) frame_of_reference: Option<String>,
    negative: Option<image::NegativeShare>,
}

impl ActivityMap {
    pub(super) fn with_core<R>(
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
