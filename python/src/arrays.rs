//! Arrays of dose: numpy owns the memory, the core borrows it for a call.

use crate::errors::{Error, Result, raise};
use crate::pool;
use bytemuck::Pod;
use hepadose::geometry::vector::Vector;
use hepadose::geometry::{Buffer, Values};
use hepadose::isoeffect::Real;
use numpy::ndarray::Array3;
use numpy::{
    Element, PyArray1, PyArray2, PyArray3, PyArrayDyn, PyArrayMethods, PyReadonlyArray3,
    PyUntypedArray, PyUntypedArrayMethods,
};
use pyo3::exceptions::PyTypeError;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::PyType;
use rayon::prelude::*;
use std::sync::Arc;

/// Values that never change, in the precision they came in.
#[derive(Debug)]
pub(crate) enum Array {
    F32(Py<PyArray3<f32>>),
    F64(Py<PyArray3<f64>>),
}

impl Array {
    /// Moves a vector into numpy, read-only for good.
    pub(crate) fn from_vec<T: Voxel>(
        py: Python<'_>,
        values: Vec<T>,
        shape: [usize; 3],
    ) -> Result<Self> {
        let values = Array3::from_shape_vec(shape, values)
            .map_err(|error| PyTypeError::new_err(error.to_string()))?;
        let array = PyArray3::from_owned_array(py, values);
        // Numpy does not own this memory, so nobody can make it writeable again.
        array.try_readwrite()?.make_nonwriteable();
        Ok(T::wrap(array.unbind()))
    }

    /// Lets `fill` write into memory that numpy has allocated (as zeros, in huge pages where it can), read-only
    /// for good after that.
    pub(crate) fn filled<T: Voxel>(
        py: Python<'_>,
        shape: [usize; 3],
        fill: impl FnOnce(&mut [T]) -> Result<()>,
    ) -> Result<Self> {
        let array = PyArray3::<T>::zeros(py, shape, false);
        fill(array.try_readwrite()?.as_slice_mut()?)?;
        let memory = Bound::new(py, Memory(array.into_any().unbind()))?;
        let numpy = py.import(intern!(py, "numpy"))?;
        let view = numpy.call_method1(intern!(py, "asarray"), (memory,))?;
        let view = view.cast::<PyArray3<T>>().map_err(PyErr::from)?;
        Ok(T::wrap(view.clone().unbind()))
    }

    /// Moves values of the core into numpy; copies only what somebody else holds too.
    pub(crate) fn from_values(
        py: Python<'_>,
        values: Values<'_>,
        shape: [usize; 3],
    ) -> Result<Self> {
        match values {
            Values::F32(buffer) => from_buffer(py, buffer, shape),
            Values::F64(buffer) => from_buffer(py, buffer, shape),
        }
    }

    /// Takes what a user gave: its own read-only arrays as they are, all others as a copy.
    pub(crate) fn from_user(values: &Bound<'_, PyAny>, shape: [usize; 3]) -> Result<Self> {
        let array = real_array(values, "dose values")?;
        if let Ok(array) = array.cast::<PyArrayDyn<f32>>() {
            keep_or_copy(array, shape)
        } else {
            keep_or_copy(array.cast::<PyArrayDyn<f64>>().map_err(PyErr::from)?, shape)
        }
    }

    pub(crate) fn clone_ref(&self, py: Python<'_>) -> Self {
        match self {
            Self::F32(array) => Self::F32(array.clone_ref(py)),
            Self::F64(array) => Self::F64(array.clone_ref(py)),
        }
    }

    pub(crate) fn object<'py>(&self, py: Python<'py>) -> Bound<'py, PyAny> {
        match self {
            Self::F32(array) => array.bind(py).clone().into_any(),
            Self::F64(array) => array.bind(py).clone().into_any(),
        }
    }

    pub(crate) fn lend<'py>(&self, py: Python<'py>) -> Result<Loan<'py>> {
        Ok(match self {
            Self::F32(array) => Loan::F32(array.bind(py).try_readonly()?),
            Self::F64(array) => Loan::F64(array.bind(py).try_readonly()?),
        })
    }
}

/// An array that is lent to the core for a call.
pub(crate) enum Loan<'py> {
    F32(PyReadonlyArray3<'py, f32>),
    F64(PyReadonlyArray3<'py, f64>),
}

impl Loan<'_> {
    pub(crate) fn values(&self) -> Result<Values<'_>> {
        Ok(match self {
            Self::F32(array) => array.as_slice()?.into(),
            Self::F64(array) => array.as_slice()?.into(),
        })
    }
}

/// The two precisions that grids come in.
pub(crate) trait Voxel: Element + Real + Pod {
    fn wrap(array: Py<PyArray3<Self>>) -> Array;
}

impl Voxel for f32 {
    fn wrap(array: Py<PyArray3<Self>>) -> Array {
        Array::F32(array)
    }
}

impl Voxel for f64 {
    fn wrap(array: Py<PyArray3<Self>>) -> Array {
        Array::F64(array)
    }
}

fn from_buffer<T: Voxel>(
    py: Python<'_>,
    buffer: Buffer<'_, T>,
    shape: [usize; 3],
) -> Result<Array> {
    let buffer = match buffer {
        Buffer::Shared(values) => match Arc::try_unwrap(values) {
            Ok(values) => return Array::from_vec(py, values, shape),
            Err(shared) => Buffer::Shared(shared),
        },
        other => other,
    };
    Array::filled(py, shape, |out| copy(py, &buffer, out))
}

/// Copies in parallel.
fn copy<T: Voxel>(py: Python<'_>, values: &[T], out: &mut [T]) -> Result<()> {
    const CHUNK: usize = 1 << 18;
    Ok(pool::run(py, |_| {
        out.par_chunks_mut(CHUNK)
            .zip(values.par_chunks(CHUNK))
            .for_each(|(out, values)| out.copy_from_slice(values));
    })?)
}

/// Memory of numpy's that nobody but this extension has a writeable array of. Arrays over it have it as their
/// base and, by the interface that it states, cannot be made writeable.
#[pyclass(frozen, module = "hepadose._core", name = "_Memory")]
struct Memory(Py<PyAny>);

#[pymethods]
impl Memory {
    #[getter(__array_interface__)]
    fn array_interface<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let data = intern!(py, "data");
        let interface = self
            .0
            .bind(py)
            .getattr(intern!(py, "__array_interface__"))?;
        let address = interface.get_item(data)?.get_item(0)?;
        let is_read_only = true;
        interface.set_item(data, (address, is_read_only))?;
        Ok(interface)
    }
}

/// A C-ordered float32 or float64 array in native byte order of whatever a user gave.
pub(crate) fn real_array<'py>(values: &Bound<'py, PyAny>, what: &str) -> Result<Bound<'py, PyAny>> {
    let py = values.py();
    let convert = py
        .import("hepadose._arrays")?
        .getattr(intern!(py, "real_array"))?;
    Ok(convert.call1((values, what))?)
}

/// Points (x, y, z) in mm of an (N, 3) array.
pub(crate) fn points(values: &Bound<'_, PyAny>) -> Result<Vec<Vector>> {
    let py = values.py();
    let convert = py
        .import("hepadose._arrays")?
        .getattr(intern!(py, "points"))?;
    let array = convert.call1((values,))?;
    let array = array
        .cast::<PyArray2<f64>>()
        .map_err(PyErr::from)?
        .try_readonly()?;
    let rows = array.as_slice()?.chunks_exact(3);
    Ok(rows.map(|row| [row[0], row[1], row[2]]).collect())
}

/// Refuses an array whose shape is not the grid's, also when the number of values agrees.
pub(crate) fn check_shape(got: &[usize], expected: [usize; 3]) -> Result<()> {
    if got == expected {
        return Ok(());
    }
    let message = format!(
        "the array has shape {got:?} but the grid has shape {expected:?}; give the array in C order (slice, row, column)"
    );
    Err(raise!("ShapeError", message; got = got.to_vec(), expected = expected.to_vec()))
}

fn keep_or_copy<T: Voxel>(array: &Bound<'_, PyArrayDyn<T>>, shape: [usize; 3]) -> Result<Array> {
    if let Ok(own) = array.cast::<PyArray3<T>>()
        && own.shape() == shape
        && is_our_own(array.as_untyped())?
    {
        return Ok(T::wrap(own.clone().unbind()));
    }
    check_shape(array.shape(), shape)?;
    let readonly = array.try_readonly()?;
    let slice = readonly.as_slice()?;
    Array::filled(array.py(), shape, |out| copy(array.py(), slice, out))
}

/// Whether an array is a read-only view of memory that this extension handed to numpy: then nobody else
/// can write to it.
fn is_our_own(array: &Bound<'_, PyUntypedArray>) -> PyResult<bool> {
    static CONTAINER: PyOnceLock<Py<PyType>> = PyOnceLock::new();
    let py = array.py();
    let ours = CONTAINER.get_or_try_init(py, || {
        let probe = PyArray1::from_vec(py, vec![0.0_f64]);
        PyResult::Ok(probe.getattr(intern!(py, "base"))?.get_type().unbind())
    })?;
    let writeable = intern!(py, "writeable");
    let mut owner = array.as_any().clone();
    loop {
        if owner
            .getattr(intern!(py, "flags"))?
            .getattr(writeable)?
            .is_truthy()?
        {
            return Ok(false);
        }
        owner = owner.getattr(intern!(py, "base"))?;
        if !owner.is_instance_of::<PyUntypedArray>() {
            return Ok(owner.is_instance_of::<Memory>() || owner.get_type().is(ours.bind(py)));
        }
    }
}
