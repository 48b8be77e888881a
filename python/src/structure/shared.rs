//! What the methods of `Structure` share: measures and new structures with the GIL released, arrays, likeness.

use super::Structure;
use super::arguments::policy_named;
use crate::errors::Result;
use hepadose::structure::{self, Operation, Shape, SolidPolicy};
use numpy::ndarray::Array3;
use numpy::{PyArray1, PyArray2, PyArray3, PyArrayMethods};
use pyo3::prelude::*;
use std::sync::Arc;

type Measure<T> = fn(&structure::Structure, SolidPolicy) -> Result<T, structure::StructureError>;

impl Structure {
    /// A measure, taken with the GIL released.
    pub(super) fn measured<T: Send>(
        &self,
        py: Python<'_>,
        words: [&str; 2],
        measure: Measure<T>,
    ) -> Result<T> {
        let policy = policy_named(words)?;
        Ok(crate::pool::run(py, |_| measure(&self.0, policy))??)
    }

    /// Another structure made of this one, with the GIL released.
    pub(super) fn made(
        &self,
        py: Python<'_>,
        words: [&str; 2],
        make: impl FnOnce(
            &structure::Structure,
            SolidPolicy,
        ) -> Result<structure::Structure, structure::StructureError>
        + Send,
    ) -> Result<Self> {
        let policy = policy_named(words)?;
        let made = crate::pool::run(py, |_| make(&self.0, policy))??;
        Ok(Self(Arc::new(made)))
    }

    pub(super) fn combined(&self, operation: Operation, other: &Self) -> Result<Self> {
        Ok(Self(Arc::new(self.0.combine(operation, &other.0)?)))
    }

    pub(super) fn shape_in_words(&self) -> String {
        match &self.0.shape {
            Shape::Contours(stack) => {
                let rings: usize = stack.planes().iter().map(|plane| plane.rings.len()).sum();
                format!("{rings} contours on {} planes", stack.planes().len())
            }
            Shape::Mask(mask) => {
                let [nk, nj, ni] = mask.grid().shape();
                format!("mask of {nk} x {nj} x {ni} voxels (slice, row, column)")
            }
            Shape::Combination { .. } => "made from other structures".to_owned(),
            Shape::Points(points) => format!("{} points, no volume", points.len()),
            Shape::Empty => "empty".to_owned(),
        }
    }
}

pub(super) fn array3<T: numpy::Element>(
    py: Python<'_>,
    values: Vec<T>,
    shape: [usize; 3],
) -> Result<Bound<'_, PyAny>> {
    let values = Array3::from_shape_vec(shape, values)
        .map_err(|error| pyo3::exceptions::PyValueError::new_err(error.to_string()))?;
    Ok(PyArray3::from_owned_array(py, values).into_any())
}

pub(super) fn columns_of_3(py: Python<'_>, flat: Vec<f64>) -> Result<Bound<'_, PyArray2<f64>>> {
    let rows = flat.len() / 3;
    Ok(PyArray1::from_vec(py, flat).reshape([rows, 3])?)
}

pub(super) fn is_same(one: &structure::Structure, two: &structure::Structure) -> bool {
    let same_shape = match (&one.shape, &two.shape) {
        (Shape::Contours(one), Shape::Contours(two)) => one == two,
        (Shape::Mask(one), Shape::Mask(two)) => {
            one.grid() == two.grid() && one.fractions() == two.fractions()
        }
        (
            Shape::Combination {
                operation: one,
                left,
                right,
            },
            Shape::Combination {
                operation: two,
                left: other_left,
                right: other_right,
            },
        ) => one == two && is_same(left, other_left) && is_same(right, other_right),
        (Shape::Points(one), Shape::Points(two)) => one == two,
        (Shape::Empty, Shape::Empty) => true,
        _ => false,
    };
    same_shape
        && one.name == two.name
        && one.number == two.number
        && one.interpreted_type == two.interpreted_type
        && one.colour == two.colour
        && one.frame_of_reference == two.frame_of_reference
}
