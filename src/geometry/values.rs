//! Voxel values in the precision they were given, owned and shared or borrowed.

use crate::isoeffect::Real;
use crate::numeric::Pages;
use bytemuck::Pod;
use std::ops::Deref;
use std::sync::Arc;

/// Values that are shared between grids or borrowed from somebody's array; never changed.
#[derive(Debug, Clone)]
pub enum Buffer<'a, T: Pod> {
    /// Owned together.
    Shared(Arc<Vec<T>>),
    /// Owned together, in memory of its own.
    Pages(Arc<Pages<T>>),
    /// Borrowed for a call.
    Borrowed(&'a [T]),
}

impl<T: Pod> Deref for Buffer<'_, T> {
    type Target = [T];
    fn deref(&self) -> &[T] {
        match self {
            Self::Shared(values) => values,
            Self::Pages(values) => values,
            Self::Borrowed(values) => values,
        }
    }
}

impl<T: Pod> From<Vec<T>> for Buffer<'_, T> {
    fn from(values: Vec<T>) -> Self {
        Self::Shared(Arc::new(values))
    }
}

impl<T: Pod> From<Pages<T>> for Buffer<'_, T> {
    fn from(values: Pages<T>) -> Self {
        Self::Pages(Arc::new(values))
    }
}

impl<'a, T: Pod> From<&'a [T]> for Buffer<'a, T> {
    fn from(values: &'a [T]) -> Self {
        Self::Borrowed(values)
    }
}

/// Voxel values in C order `(slice, row, column)`, in single or double precision as given.
#[derive(Debug, Clone)]
pub enum Values<'a> {
    /// Single precision.
    F32(Buffer<'a, f32>),
    /// Double precision.
    F64(Buffer<'a, f64>),
}

impl From<Vec<f32>> for Values<'_> {
    fn from(values: Vec<f32>) -> Self {
        Self::F32(values.into())
    }
}

impl From<Vec<f64>> for Values<'_> {
    fn from(values: Vec<f64>) -> Self {
        Self::F64(values.into())
    }
}

impl From<Pages<f32>> for Values<'_> {
    fn from(values: Pages<f32>) -> Self {
        Self::F32(values.into())
    }
}

impl From<Pages<f64>> for Values<'_> {
    fn from(values: Pages<f64>) -> Self {
        Self::F64(values.into())
    }
}

impl<'a> From<&'a [f32]> for Values<'a> {
    fn from(values: &'a [f32]) -> Self {
        Self::F32(Buffer::Borrowed(values))
    }
}

impl<'a> From<&'a [f64]> for Values<'a> {
    fn from(values: &'a [f64]) -> Self {
        Self::F64(Buffer::Borrowed(values))
    }
}

impl Values<'_> {
    /// How many there are.
    pub fn len(&self) -> usize {
        match self {
            Self::F32(values) => values.len(),
            Self::F64(values) => values.len(),
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// One value, widened.
    #[inline]
    pub fn get(&self, index: usize) -> f64 {
        match self {
            Self::F32(values) => f64::from(values[index]),
            Self::F64(values) => values[index],
        }
    }

    /// All values in double precision.
    pub fn to_f64(&self) -> Vec<f64> {
        fn widen<T: Real>(values: &[T]) -> Vec<f64> {
            values.iter().map(|value| value.to_f64()).collect()
        }
        match self {
            Self::F32(values) => widen(values),
            Self::F64(values) => values.to_vec(),
        }
    }
}
