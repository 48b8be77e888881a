//! Structures as plain Python objects and back, for pickles.

use super::{About, Structure, columns_of_3, described};
use crate::arrays::points;
use crate::errors::{Error, Result};
use crate::geometry::Grid;
use hepadose::geometry::vector::Vector;
use hepadose::structure::{self, Operation, Shape};
use numpy::{PyArray1, PyArray3, PyArrayMethods};
use pyo3::prelude::*;
use std::sync::Arc;

/// Words for operations, as pickles keep them.
const OPERATIONS: [(&str, Operation); 4] = [
    ("subtract", Operation::Subtract),
    ("unite", Operation::Unite),
    ("intersect", Operation::Intersect),
    ("exclude", Operation::Exclude),
];

/// A shape as plain Python objects, its kind first.
pub(super) fn shape_state<'py>(py: Python<'py>, shape: &Shape) -> Result<Bound<'py, PyAny>> {
    let state = match shape {
        Shape::Contours(stack) => contours_state(py, stack)?,
        Shape::Mask(mask) => {
            let values = PyArray1::from_slice(py, mask.fractions()).reshape(mask.grid().shape())?;
            ("mask", Grid(Arc::clone(mask.grid())), values)
                .into_pyobject(py)?
                .into_any()
        }
        Shape::Combination {
            operation,
            left,
            right,
        } => {
            let word = OPERATIONS
                .iter()
                .find(|(_, one)| one == operation)
                .map(|(word, _)| *word);
            let [left, right] = [left, right].map(|side| Structure(Arc::clone(side)));
            ("combination", word, left, right)
                .into_pyobject(py)?
                .into_any()
        }
        Shape::Points(points) => {
            let points = columns_of_3(py, points.concat())?;
            ("points", points).into_pyobject(py)?.into_any()
        }
        Shape::Empty => ("empty",).into_pyobject(py)?.into_any(),
    };
    Ok(state)
}

/// A stack of contours: axes, positions of planes, rings a plane, points a ring, all points in one array.
fn contours_state<'py>(
    py: Python<'py>,
    stack: &structure::ContourStack,
) -> Result<Bound<'py, PyAny>> {
    let planes = stack.planes();
    let frame = stack.frame();
    let rings = || planes.iter().flat_map(|plane| &plane.rings);
    let positions = PyArray1::from_iter(py, planes.iter().map(|plane| plane.position_mm));
    let in_plane = PyArray1::from_iter(py, planes.iter().map(|plane| plane.rings.len()));
    let in_ring = PyArray1::from_iter(py, rings().map(Vec::len));
    let flat: Vec<f64> = rings().flatten().flatten().copied().collect();
    let axes = [frame.u, frame.v, frame.w];
    let parts = (
        axes,
        positions,
        in_plane,
        in_ring,
        PyArray1::from_vec(py, flat),
    );
    Ok(("contours", parts, stack.spacing_mm())
        .into_pyobject(py)?
        .into_any())
}

/// Makes a structure again after pickling.
#[pyfunction]
pub(crate) fn restore_structure(
    name: String,
    about: About,
    shape: &Bound<'_, PyAny>,
) -> Result<Structure> {
    let kind: String = shape.get_item(0)?.extract()?;
    let shape = match &kind[..] {
        "contours" => restored_contours(shape)?,
        "mask" => restored_mask(&name, shape)?,
        "combination" => restored_combination(shape)?,
        "points" => Shape::Points(Arc::new(points(&shape.get_item(1)?)?)),
        "empty" => Shape::Empty,
        _ => {
            return Err(Error::setting(
                "the kind of a pickled structure",
                &kind,
                "known here",
            ));
        }
    };
    Ok(described(structure::Structure::new(name, shape), about))
}

type Contours<'py> = (
    [Vector; 3],
    Vec<f64>,
    Vec<usize>,
    Vec<usize>,
    Bound<'py, PyArray1<f64>>,
);

fn restored_contours(shape: &Bound<'_, PyAny>) -> Result<Shape> {
    let (_, parts, spacing_mm): (String, Contours<'_>, Option<f64>) = shape.extract()?;
    let ([u, v, w], positions, in_plane, in_ring, flat) = parts;
    let flat = flat.to_vec()?;
    let mut points = flat.chunks_exact(2).map(|uv| [uv[0], uv[1]]);
    let mut rings = in_ring
        .into_iter()
        .map(|count| points.by_ref().take(count).collect());
    let planes = positions.into_iter().zip(in_plane);
    let planes = planes.map(|(position_mm, count)| structure::ContourPlane {
        position_mm,
        rings: rings.by_ref().take(count).collect(),
    });
    let frame = structure::PlaneFrame { u, v, w };
    let stack = structure::ContourStack::from_parts(frame, planes.collect(), spacing_mm);
    let refuse = || {
        Error::setting(
            "a pickled structure",
            "something else",
            "a stack of contours",
        )
    };
    Ok(Shape::Contours(Arc::new(stack.ok_or_else(refuse)?)))
}

fn restored_mask(name: &str, shape: &Bound<'_, PyAny>) -> Result<Shape> {
    let (_, grid, values): (String, PyRef<'_, Grid>, Bound<'_, PyArray3<f32>>) = shape.extract()?;
    let mask = structure::Mask::new(name, values.to_vec()?, Arc::clone(&grid.0))?;
    Ok(Shape::Mask(Arc::new(mask)))
}

fn restored_combination(shape: &Bound<'_, PyAny>) -> Result<Shape> {
    type State<'py> = (String, String, PyRef<'py, Structure>, PyRef<'py, Structure>);
    let (_, word, left, right): State<'_> = shape.extract()?;
    let found = OPERATIONS.iter().find(|(known, _)| *known == word);
    let refuse = || Error::setting("a pickled operation", &word, "known here");
    Ok(Shape::Combination {
        operation: found.ok_or_else(refuse)?.1,
        left: Arc::clone(&left.0),
        right: Arc::clone(&right.0),
    })
}
