//! `Grid`: where voxels are.

use crate::arguments::Count;
use crate::errors::Result;
use crate::notebook;
use hepadose::geometry::{self, vector::Vector};
use numpy::{PyArray1, PyArray2, PyArrayMethods};
use pyo3::exceptions::PyIndexError;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};
use std::sync::Arc;

/// A grid of voxels in patient coordinates.
///
/// Voxel ``(k, j, i)`` (slice, row, column) has its centre at
/// ``origin + i * spacing[0] * x_axis + j * spacing[1] * y_axis + frame_offsets[k] * z_axis`` where the axes are
/// the columns of `direction`, all in millimetres of DICOM patient coordinates (LPS).
///
/// Parameters
/// ----------
/// shape : tuple of 3 int
///     Number of voxels as (slices, rows, columns): the shape of the arrays on this grid.
/// spacing_mm : tuple of 3 float
///     Distance of voxel centres in mm along x (columns), y (rows) and z (slices).
/// origin_mm : tuple of 3 float
///     Centre of voxel (0, 0, 0) as (x, y, z) in mm.
/// direction : 3x3 array, optional
///     Orthonormal matrix whose columns are the directions of the x, y and z axis; the identity when absent.
/// frame_offsets_mm : sequence of float, optional
///     Position of each slice along the z axis, counted from the origin, ascending or descending in any steps
///     (DICOM GridFrameOffsetVector). When absent, slices are ``spacing_mm[2]`` apart.
///
/// Raises
/// ------
/// hepadose.errors.GridError
///     An axis without voxels, a spacing that is not above 0, a direction that is not orthonormal, frame offsets
///     that do not run steadily one way.
///
/// Examples
/// --------
/// >>> import hepadose as hd
/// >>> grid = hd.Grid(shape=(10, 20, 30), spacing_mm=(2.0, 2.0, 3.0), origin_mm=(-30.0, -20.0, 0.0))
/// >>> grid.voxel_centre_mm(1, 0, 2)
/// (-26.0, -20.0, 3.0)
#[pyclass(frozen, eq, module = "hepadose")]
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Grid(pub(crate) Arc<geometry::Grid>);

/// Rows of a matrix as its columns.
fn transposed(rows: [Vector; 3]) -> [Vector; 3] {
    std::array::from_fn(|column| rows.map(|row| row[column]))
}

const IDENTITY: [Vector; 3] = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]];

#[pymethods]
impl Grid {
    #[new]
    #[pyo3(signature = (*, shape, spacing_mm, origin_mm, direction=None, frame_offsets_mm=None))]
    fn new(
        shape: [Count; 3],
        spacing_mm: Vector,
        origin_mm: Vector,
        direction: Option<[Vector; 3]>,
        frame_offsets_mm: Option<Vec<f64>>,
    ) -> Result<Self> {
        let shape = shape.map(|count| count.0);
        let axes = transposed(direction.unwrap_or(IDENTITY));
        let grid = match frame_offsets_mm {
            Some(offsets) => {
                geometry::Grid::with_frames(shape, spacing_mm, origin_mm, axes, offsets)
            }
            None => geometry::Grid::new(shape, spacing_mm, origin_mm, axes),
        }?;
        Ok(Self(Arc::new(grid)))
    }

    /// Make a grid from an affine that maps voxel indices to millimetres.
    ///
    /// Parameters
    /// ----------
    /// shape : tuple of 3 int
    ///     Number of voxels as (slices, rows, columns).
    /// affine : 4x4 array
    ///     Matrix that maps ``(i, j, k, 1)`` = (column, row, slice, 1) to ``(x, y, z, 1)`` in mm.
    ///
    /// Returns
    /// -------
    /// Grid
    ///
    /// Raises
    /// ------
    /// hepadose.errors.GridError
    ///     Columns that are not orthogonal.
    #[staticmethod]
    fn from_affine(shape: [Count; 3], affine: [[f64; 4]; 4]) -> Result<Self> {
        let shape = shape.map(|count| count.0);
        Ok(Self(Arc::new(geometry::Grid::from_affine(shape, affine)?)))
    }

    /// Number of voxels as (slices, rows, columns).
    #[getter]
    fn shape(&self) -> (usize, usize, usize) {
        self.0.shape().into()
    }

    /// Distance of voxel centres in mm along x, y and z; along z the mean step of the slices.
    #[getter]
    fn spacing_mm(&self) -> (f64, f64, f64) {
        self.0.spacing_mm().into()
    }

    /// The point in mm from which columns, rows and frame offsets count: the centre of voxel (0, 0, 0) unless the
    /// first frame offset is not 0.
    #[getter]
    fn origin_mm(&self) -> (f64, f64, f64) {
        self.0.origin_mm().into()
    }

    /// The 3x3 matrix whose columns are the directions of the x, y and z axis.
    #[getter]
    fn direction<'py>(&self, py: Python<'py>) -> Result<Bound<'py, PyArray2<f64>>> {
        let rows = self.0.direction().concat();
        Ok(PyArray1::from_vec(py, rows).reshape([3, 3])?)
    }

    /// Position of each slice in mm along the z axis, counted from the origin.
    #[getter]
    fn frame_offsets_mm<'py>(&self, py: Python<'py>) -> Bound<'py, PyArray1<f64>> {
        PyArray1::from_slice(py, self.0.frame_offsets_mm())
    }

    /// The 4x4 matrix that maps ``(i, j, k, 1)`` to ``(x, y, z, 1)`` in mm.
    ///
    /// Raises
    /// ------
    /// hepadose.errors.GridError
    ///     The slices are unevenly spaced.
    #[getter]
    fn affine<'py>(&self, py: Python<'py>) -> Result<Bound<'py, PyArray2<f64>>> {
        let rows = self.0.affine()?.concat();
        Ok(PyArray1::from_vec(py, rows).reshape([4, 4])?)
    }

    /// Whether the slices are equally far apart.
    #[getter]
    fn is_evenly_spaced(&self) -> bool {
        self.0.is_evenly_spaced()
    }

    /// Position of a voxel's centre.
    ///
    /// Parameters
    /// ----------
    /// k, j, i : int
    ///     Slice, row and column.
    ///
    /// Returns
    /// -------
    /// tuple of 3 float
    ///     (x, y, z) in mm.
    ///
    /// Raises
    /// ------
    /// IndexError
    ///     A voxel outside the grid.
    fn voxel_centre_mm(&self, k: Count, j: Count, i: Count) -> PyResult<(f64, f64, f64)> {
        let (index, shape) = ([k.0, j.0, i.0], self.0.shape());
        if index.iter().zip(shape).any(|(index, size)| *index >= size) {
            let message = format!("voxel {index:?} is outside the grid of shape {shape:?}");
            return Err(PyIndexError::new_err(message));
        }
        Ok(self.0.voxel_centre_mm(k.0, j.0, i.0).into())
    }

    fn _repr_html_<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        notebook::html(slf, "grid")
    }

    fn __repr__(&self) -> String {
        let grid = &self.0;
        let direction = match grid.axes() {
            IDENTITY => String::new(),
            _ => format!(", direction={:?}", grid.direction()),
        };
        let frames = if grid.is_evenly_spaced() {
            ""
        } else {
            ", uneven frames"
        };
        let (shape, spacing, origin) = (self.shape(), self.spacing_mm(), self.origin_mm());
        format!(
            "Grid(shape={shape:?}, spacing_mm={spacing:?}, origin_mm={origin:?}{direction}{frames})"
        )
    }

    fn __hash__(&self, py: Python<'_>) -> PyResult<isize> {
        // Python's own hash of numbers, so that 0.0 and -0.0, which are equal, hash alike.
        let grid = &self.0;
        let offsets = PyTuple::new(py, grid.frame_offsets_mm())?;
        let axes = grid.axes().concat();
        let rest = (
            self.shape(),
            self.spacing_mm(),
            self.origin_mm(),
            PyTuple::new(py, axes)?,
        );
        (rest, offsets).into_pyobject(py)?.hash()
    }

    fn __getnewargs_ex__<'py>(
        &self,
        py: Python<'py>,
    ) -> PyResult<(Bound<'py, PyTuple>, Bound<'py, PyDict>)> {
        let keywords = PyDict::new(py);
        keywords.set_item("shape", self.shape())?;
        keywords.set_item("spacing_mm", self.spacing_mm())?;
        keywords.set_item("origin_mm", self.origin_mm())?;
        keywords.set_item("direction", self.0.direction())?;
        keywords.set_item("frame_offsets_mm", self.0.frame_offsets_mm())?;
        Ok((PyTuple::empty(py), keywords))
    }
}
