//! `Structure`: regions of interest from contours, masks and each other.

use crate::arrays::{check_shape, points};
use crate::errors::{Error, Result};
use crate::geometry::Grid;
use crate::notebook;
use hepadose::geometry::vector::Vector;
use hepadose::structure::{self, BetweenPlanes, EndCaps, Operation, Shape, SolidPolicy};
use numpy::{PyArray1, PyArray2, PyArray3, PyArrayMethods, PyUntypedArrayMethods};
use pyo3::intern;
use pyo3::prelude::*;
use std::sync::Arc;

/// A region of interest in patient coordinates.
///
/// Made by `from_contours`, `from_mask`, the DICOM readers, or from two others: ``a - b`` what is in the first and not
/// in the second, ``a | b`` in either, ``a & b`` in both, ``a ^ b`` in exactly one.
///
/// Examples
/// --------
/// >>> import hepadose as hd
/// >>> square = [[0, 0, 0], [20, 0, 0], [20, 20, 0], [0, 20, 0]]
/// >>> box = hd.Structure.from_contours("Box", [square], slice_spacing_mm=5.0)
/// >>> box.volume_cc()
/// 2.0
#[pyclass(frozen, module = "hepadose")]
pub(crate) struct Structure(pub(crate) Arc<structure::Structure>);

/// What may be said of a structure beside its space.
type About = (Option<i32>, Option<String>, Option<[u8; 3]>, Option<String>);

/// How contours become a solid, in words; what is left out is as usual, or as a preset says.
#[derive(FromPyObject)]
#[pyo3(from_item_all)]
pub(crate) struct SolidArguments {
    pub(crate) between_planes: Option<String>,
    pub(crate) end_caps: Option<String>,
    pub(crate) max_cap_mm: Option<f64>,
    pub(crate) preset: Option<String>,
}

impl SolidArguments {
    /// The policy that the words ask for.
    pub(crate) fn policy(&self) -> Result<SolidPolicy> {
        let usual = SolidPolicy::default();
        let (between, caps) = (self.between_planes.as_deref(), self.end_caps.as_deref());
        let policy = SolidPolicy {
            between_planes: between.map_or(Ok(usual.between_planes), between_planes_named)?,
            end_caps: caps.map_or(Ok(usual.end_caps), end_caps_named)?,
            max_cap_mm: self.max_cap_mm,
        };
        Ok(policy.checked()?)
    }
}

/// A policy by its word.
pub(crate) fn between_planes_named(word: &str) -> Result<BetweenPlanes> {
    let found = BetweenPlanes::ALL
        .into_iter()
        .find(|all| all.name() == word);
    found.ok_or_else(|| Error::setting("between_planes", word, "prism or shape"))
}

/// A policy by its word.
pub(crate) fn end_caps_named(word: &str) -> Result<EndCaps> {
    let found = EndCaps::ALL.into_iter().find(|caps| caps.name() == word);
    found.ok_or_else(|| Error::setting("end_caps", word, "half_slice, none or rounded"))
}

fn described(mut structure: structure::Structure, about: About) -> Structure {
    (
        structure.number,
        structure.interpreted_type,
        structure.colour,
        structure.frame_of_reference,
    ) = about;
    Structure(Arc::new(structure))
}

impl Structure {
    fn combined(&self, operation: Operation, other: &Self) -> Result<Self> {
        Ok(Self(Arc::new(self.0.combine(operation, &other.0)?)))
    }

    fn shape_in_words(&self) -> String {
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

#[pymethods]
impl Structure {
    /// Make a structure from closed planar contours.
    ///
    /// Contours of one plane combine even-odd: an inner contour is a hole. Planes may have any orientation, but all
    /// the same. Contours of fewer than three points take no space.
    ///
    /// Parameters
    /// ----------
    /// name : str
    ///     Name of the structure.
    /// contours : sequence of (N, 3) arrays
    ///     Points (x, y, z) of each contour in mm.
    /// slice_spacing_mm : float, optional
    ///     Thickness of a structure that is drawn on one plane only.
    /// number : int, optional
    ///     ROI number.
    /// interpreted_type : str, optional
    ///     DICOM RT ROI interpreted type, such as ``GTV`` or ``ORGAN``.
    /// colour : tuple of 3 int, optional
    ///     Display colour as red, green, blue, 0 to 255.
    /// frame_of_reference : str, optional
    ///     DICOM Frame of Reference UID that the points belong to.
    ///
    /// Returns
    /// -------
    /// Structure
    ///
    /// Raises
    /// ------
    /// hepadose.errors.StructureError
    ///     Points that are not finite, contours that are not flat or not parallel.
    #[staticmethod]
    #[pyo3(signature = (name, contours, *, slice_spacing_mm=None, number=None, interpreted_type=None, colour=None, frame_of_reference=None))]
    #[allow(clippy::too_many_arguments, reason = "keywords in Python")]
    fn from_contours(
        py: Python<'_>,
        name: String,
        contours: Vec<Bound<'_, PyAny>>,
        slice_spacing_mm: Option<f64>,
        number: Option<i32>,
        interpreted_type: Option<String>,
        colour: Option<[u8; 3]>,
        frame_of_reference: Option<String>,
    ) -> Result<Self> {
        let contours = contours.iter().map(points).collect::<Result<Vec<_>>>()?;
        let made =
            py.detach(|| structure::Structure::from_contours(name, &contours, slice_spacing_mm))?;
        let about = (number, interpreted_type, colour, frame_of_reference);
        Ok(described(made, about))
    }

    /// Make a structure from a mask on a grid.
    ///
    /// Parameters
    /// ----------
    /// name : str
    ///     Name of the structure.
    /// mask : array of shape ``grid.shape``
    ///     True and False (or 1 and 0), or the covered fraction of each voxel from 0 to 1.
    /// grid : Grid
    ///     Where the voxels are.
    /// number : int, optional
    ///     ROI number.
    /// interpreted_type : str, optional
    ///     DICOM RT ROI interpreted type.
    /// colour : tuple of 3 int, optional
    ///     Display colour as red, green, blue, 0 to 255.
    /// frame_of_reference : str, optional
    ///     DICOM Frame of Reference UID that the grid belongs to.
    ///
    /// Returns
    /// -------
    /// Structure
    ///
    /// Raises
    /// ------
    /// hepadose.errors.ShapeError
    ///     A mask of another shape than the grid.
    /// hepadose.errors.StructureError
    ///     Values outside 0 to 1.
    #[staticmethod]
    #[pyo3(signature = (name, mask, grid, *, number=None, interpreted_type=None, colour=None, frame_of_reference=None))]
    fn from_mask(
        name: String,
        mask: &Bound<'_, PyAny>,
        grid: &Grid,
        number: Option<i32>,
        interpreted_type: Option<String>,
        colour: Option<[u8; 3]>,
        frame_of_reference: Option<String>,
    ) -> Result<Self> {
        let py = mask.py();
        let convert = py
            .import("hepadose._arrays")?
            .getattr(intern!(py, "covered_fractions"))?;
        let mask = convert.call1((mask,))?;
        let mask = mask.cast::<numpy::PyArrayDyn<f32>>().map_err(PyErr::from)?;
        check_shape(mask.shape(), grid.0.shape())?;
        let fractions = mask.to_vec()?;
        let grid = Arc::clone(&grid.0);
        let made = py.detach(|| structure::Structure::from_mask(name, fractions, grid))?;
        let about = (number, interpreted_type, colour, frame_of_reference);
        Ok(described(made, about))
    }

    /// Name of the structure.
    #[getter]
    fn name(&self) -> &str {
        &self.0.name
    }

    /// ROI number in its structure set, where it has one.
    #[getter]
    fn number(&self) -> Option<i32> {
        self.0.number
    }

    /// DICOM RT ROI interpreted type, such as ``GTV`` or ``ORGAN``, where known.
    #[getter]
    fn interpreted_type(&self) -> Option<&str> {
        self.0.interpreted_type.as_deref()
    }

    /// Display colour as red, green, blue, where known.
    #[getter]
    fn colour(&self) -> Option<(u8, u8, u8)> {
        self.0.colour.map(Into::into)
    }

    /// DICOM Frame of Reference UID, where known.
    #[getter]
    fn frame_of_reference(&self) -> Option<&str> {
        self.0.frame_of_reference.as_deref()
    }

    /// What was found odd in its contours (gaps, contours drawn twice) and how it was taken.
    #[getter]
    fn warnings(&self) -> Vec<String> {
        self.0.warnings()
    }

    /// Whether it takes up space at all: points and structures without contours do not.
    #[getter]
    fn is_solid(&self) -> bool {
        self.0.is_solid()
    }

    /// Contours as (N, 3) arrays of points in mm; empty for structures that were not drawn as contours.
    #[getter]
    fn contours<'py>(&self, py: Python<'py>) -> Result<Vec<Bound<'py, PyArray2<f64>>>> {
        let Shape::Contours(stack) = &self.0.shape else {
            return Ok(Vec::new());
        };
        let frame = stack.frame();
        let rings = stack.planes().iter().flat_map(|plane| {
            let at = plane.position_mm;
            plane
                .rings
                .iter()
                .map(move |ring| ring.iter().map(move |uv| frame.join(at, *uv)))
        });
        rings
            .map(|ring| columns_of_3(py, ring.flatten().collect()))
            .collect()
    }

    /// Volume in cubic centimetres.
    ///
    /// Parameters
    /// ----------
    /// between_planes : {"prism", "shape"}
    ///     What it is between contour planes, as for `dvh`. Masks are solids under any policy.
    /// end_caps : {"half_slice", "none", "rounded"}
    ///     What happens beyond the end planes of contours and at gaps, as for `dvh`.
    /// max_cap_mm : float, optional
    ///     The longest cap in mm.
    ///
    /// Returns
    /// -------
    /// float
    ///
    /// Raises
    /// ------
    /// hepadose.errors.StructureError
    ///     A combination that cannot be made, for example of contours in different orientations.
    /// hepadose.errors.NonPhysicalError
    ///     `max_cap_mm` not above 0.
    #[pyo3(signature = (*, between_planes="prism", end_caps="half_slice", max_cap_mm=None))]
    fn volume_cc(
        &self,
        py: Python<'_>,
        between_planes: &str,
        end_caps: &str,
        max_cap_mm: Option<f64>,
    ) -> Result<f64> {
        let policy = SolidPolicy {
            between_planes: between_planes_named(between_planes)?,
            end_caps: end_caps_named(end_caps)?,
            max_cap_mm,
        };
        Ok(crate::pool::run(py, |_| self.0.volume_cc(policy))??)
    }

    /// The same structure under another name.
    fn renamed(&self, name: String) -> Self {
        let mut structure = structure::Structure::clone(&self.0);
        structure.name = name;
        Self(Arc::new(structure))
    }

    fn __sub__(&self, other: &Self) -> Result<Self> {
        self.combined(Operation::Subtract, other)
    }

    fn __or__(&self, other: &Self) -> Result<Self> {
        self.combined(Operation::Unite, other)
    }

    fn __and__(&self, other: &Self) -> Result<Self> {
        self.combined(Operation::Intersect, other)
    }

    fn __xor__(&self, other: &Self) -> Result<Self> {
        self.combined(Operation::Exclude, other)
    }

    fn __eq__(&self, other: &Self) -> bool {
        is_same(&self.0, &other.0)
    }

    fn _repr_html_<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        notebook::html(slf, "structure")
    }

    fn __repr__(&self) -> String {
        let kind = self
            .0
            .interpreted_type
            .as_deref()
            .unwrap_or("type not stated");
        let number = self
            .0
            .number
            .map_or_else(String::new, |number| format!(" number {number},"));
        format!(
            "<Structure '{}':{number} {kind}, {}>",
            self.0.name,
            self.shape_in_words()
        )
    }

    fn __reduce__<'py>(&self, py: Python<'py>) -> Result<Bound<'py, PyAny>> {
        let restore = py.import("hepadose._core")?.getattr("restore_structure")?;
        let one = &*self.0;
        let frame = one.frame_of_reference.clone();
        let about = (one.number, one.interpreted_type.clone(), one.colour, frame);
        let state = (one.name.clone(), about, shape_state(py, &one.shape)?);
        Ok((restore, state).into_pyobject(py)?.into_any())
    }
}

fn columns_of_3(py: Python<'_>, flat: Vec<f64>) -> Result<Bound<'_, PyArray2<f64>>> {
    let rows = flat.len() / 3;
    Ok(PyArray1::from_vec(py, flat).reshape([rows, 3])?)
}

fn is_same(one: &structure::Structure, two: &structure::Structure) -> bool {
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

/// Words for operations, as pickles keep them.
const OPERATIONS: [(&str, Operation); 4] = [
    ("subtract", Operation::Subtract),
    ("unite", Operation::Unite),
    ("intersect", Operation::Intersect),
    ("exclude", Operation::Exclude),
];

/// A shape as plain Python objects, its kind first.
fn shape_state<'py>(py: Python<'py>, shape: &Shape) -> Result<Bound<'py, PyAny>> {
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
