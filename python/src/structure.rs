//! `Structure`: regions of interest from contours, masks and each other.

mod arguments;
mod margin;
mod shared;
mod state;

pub(crate) use arguments::SolidArguments;
pub(crate) use margin::margin_coverage;
pub(crate) use state::restore_structure;

use crate::arrays::{check_shape, points};
use crate::errors::Result;
use crate::geometry::Grid;
use crate::notebook;
use arguments::{between_planes_named, end_caps_named, margins, policy_named};
use hepadose::error::fraction;
use hepadose::structure::{self, Operation, Shape, SolidPolicy};
use numpy::{PyArray2, PyArrayMethods, PyUntypedArrayMethods};
use pyo3::intern;
use pyo3::prelude::*;
use shared::{array3, columns_of_3, is_same};
use state::shape_state;
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
pub(crate) type About = (Option<i32>, Option<String>, Option<[u8; 3]>, Option<String>);

fn described(mut structure: structure::Structure, about: About) -> Structure {
    (
        structure.number,
        structure.interpreted_type,
        structure.colour,
        structure.frame_of_reference,
    ) = about;
    Structure(Arc::new(structure))
}

/// A place (x, y, z) in mm.
type Corner = (f64, f64, f64);

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

    /// Centre of its volume.
    ///
    /// Parameters
    /// ----------
    /// between_planes : {"prism", "shape"}
    ///     As for `volume_cc`.
    /// end_caps : {"half_slice", "none", "rounded"}
    ///     As for `volume_cc`.
    ///
    /// Returns
    /// -------
    /// tuple of 3 float
    ///     (x, y, z) in mm.
    ///
    /// Raises
    /// ------
    /// hepadose.errors.StructureError
    ///     A structure without volume, a combination that cannot be made.
    ///
    /// Examples
    /// --------
    /// >>> import hepadose as hd
    /// >>> square = [[0, 0, 0], [20, 0, 0], [20, 20, 0], [0, 20, 0]]
    /// >>> hd.Structure.from_contours("Box", [square], slice_spacing_mm=5.0).centroid_mm()
    /// (10.0, 10.0, 0.0)
    #[pyo3(signature = (*, between_planes="prism", end_caps="half_slice"))]
    fn centroid_mm(
        &self,
        py: Python<'_>,
        between_planes: &str,
        end_caps: &str,
    ) -> Result<(f64, f64, f64)> {
        let centre = self.measured(
            py,
            [between_planes, end_caps],
            structure::Structure::centroid_mm,
        )?;
        Ok(centre.into())
    }

    /// Smallest and largest (x, y, z) that it reaches, end caps included.
    ///
    /// Parameters
    /// ----------
    /// between_planes : {"prism", "shape"}
    ///     As for `volume_cc`.
    /// end_caps : {"half_slice", "none", "rounded"}
    ///     As for `volume_cc`.
    ///
    /// Returns
    /// -------
    /// tuple of 2 tuples of 3 float
    ///     Lower and upper corner in mm.
    ///
    /// Raises
    /// ------
    /// hepadose.errors.StructureError
    ///     As `centroid_mm`.
    #[pyo3(signature = (*, between_planes="prism", end_caps="half_slice"))]
    fn bounding_box_mm(
        &self,
        py: Python<'_>,
        between_planes: &str,
        end_caps: &str,
    ) -> Result<(Corner, Corner)> {
        let [low, high] = self.measured(
            py,
            [between_planes, end_caps],
            structure::Structure::bounding_box_mm,
        )?;
        Ok((low.into(), high.into()))
    }

    /// The largest distance between two of its points in space, exact for its prisms.
    ///
    /// Parameters
    /// ----------
    /// between_planes : {"prism", "shape"}
    ///     As for `volume_cc`.
    /// end_caps : {"half_slice", "none", "rounded"}
    ///     As for `volume_cc`.
    ///
    /// Returns
    /// -------
    /// float
    ///     Diameter in mm.
    ///
    /// Raises
    /// ------
    /// hepadose.errors.StructureError
    ///     As `centroid_mm`.
    #[pyo3(signature = (*, between_planes="prism", end_caps="half_slice"))]
    fn largest_diameter_mm(
        &self,
        py: Python<'_>,
        between_planes: &str,
        end_caps: &str,
    ) -> Result<f64> {
        self.measured(
            py,
            [between_planes, end_caps],
            structure::Structure::largest_diameter_mm,
        )
    }

    /// The largest distance between two points of one contour plane: of axial planes the axial diameter.
    ///
    /// Parameters
    /// ----------
    /// between_planes : {"prism", "shape"}
    ///     As for `volume_cc`.
    /// end_caps : {"half_slice", "none", "rounded"}
    ///     As for `volume_cc`.
    ///
    /// Returns
    /// -------
    /// float
    ///     Diameter in mm.
    ///
    /// Raises
    /// ------
    /// hepadose.errors.StructureError
    ///     As `centroid_mm`.
    #[pyo3(signature = (*, between_planes="prism", end_caps="half_slice"))]
    fn in_plane_diameter_mm(
        &self,
        py: Python<'_>,
        between_planes: &str,
        end_caps: &str,
    ) -> Result<f64> {
        self.measured(
            py,
            [between_planes, end_caps],
            structure::Structure::in_plane_diameter_mm,
        )
    }

    /// Surface area, lofted between contour planes and closed flat at the end caps.
    ///
    /// Between neighbouring planes the signed distance from the contours is linear. Masks are smoothed over neighbouring
    /// voxels and measured at one half.
    ///
    /// Parameters
    /// ----------
    /// between_planes : {"prism", "shape"}
    ///     As for `volume_cc`.
    /// end_caps : {"half_slice", "none", "rounded"}
    ///     As for `volume_cc`.
    ///
    /// Returns
    /// -------
    /// float
    ///     Area in mm².
    ///
    /// Raises
    /// ------
    /// hepadose.errors.StructureError
    ///     A combination that cannot be made.
    #[pyo3(signature = (*, between_planes="prism", end_caps="half_slice"))]
    fn surface_area_mm2(
        &self,
        py: Python<'_>,
        between_planes: &str,
        end_caps: &str,
    ) -> Result<f64> {
        self.measured(
            py,
            [between_planes, end_caps],
            structure::Structure::surface_area_mm2,
        )
    }

    /// Number of parts that do not hang together in space; voxels hang together by their faces.
    ///
    /// Parameters
    /// ----------
    /// between_planes : {"prism", "shape"}
    ///     As for `volume_cc`.
    /// end_caps : {"half_slice", "none", "rounded"}
    ///     As for `volume_cc`.
    ///
    /// Returns
    /// -------
    /// int
    ///     0 for a structure without volume.
    ///
    /// Raises
    /// ------
    /// hepadose.errors.StructureError
    ///     A combination that cannot be made.
    #[pyo3(signature = (*, between_planes="prism", end_caps="half_slice"))]
    fn part_count(&self, py: Python<'_>, between_planes: &str, end_caps: &str) -> Result<usize> {
        self.measured(
            py,
            [between_planes, end_caps],
            structure::Structure::part_count,
        )
    }

    /// The least distance between the surfaces of two structures, exact for their prisms.
    ///
    /// Parameters
    /// ----------
    /// other : Structure
    ///     The other structure.
    /// between_planes : {"prism", "shape"}
    ///     As for `volume_cc`.
    /// end_caps : {"half_slice", "none", "rounded"}
    ///     As for `volume_cc`.
    ///
    /// Returns
    /// -------
    /// float
    ///     Distance in mm; 0 where they touch or overlap.
    ///
    /// Raises
    /// ------
    /// hepadose.errors.FrameOfReferenceError
    ///     Different frames of reference.
    /// hepadose.errors.StructureError
    ///     A structure without volume, planes of different orientation.
    #[pyo3(signature = (other, *, between_planes="prism", end_caps="half_slice"))]
    fn distance_mm(
        &self,
        py: Python<'_>,
        other: &Self,
        between_planes: &str,
        end_caps: &str,
    ) -> Result<f64> {
        let policy = policy_named([between_planes, end_caps])?;
        Ok(crate::pool::run(py, |_| {
            self.0.distance_mm(&other.0, policy)
        })??)
    }

    /// The share of each voxel of a grid that the structure covers.
    ///
    /// Where an axis of the grid runs along the normal of the contour planes, shares are exact: they add up to the volume.
    /// A mask is resampled by shared volume. On a grid that is turned against planes or mask each voxel is looked at in
    /// 6 x 6 x 6 points. What lies beyond the grid is not counted.
    ///
    /// Parameters
    /// ----------
    /// grid : Grid
    ///     Where the voxels are.
    /// threshold : float, optional
    ///     Least covered share of a voxel that counts as inside: then True and False come back.
    /// between_planes : {"prism", "shape"}
    ///     As for `volume_cc`.
    /// end_caps : {"half_slice", "none", "rounded"}
    ///     As for `volume_cc`.
    ///
    /// Returns
    /// -------
    /// array of shape ``grid.shape``
    ///     float64 from 0 to 1, or bool.
    ///
    /// Raises
    /// ------
    /// hepadose.errors.NonPhysicalError
    ///     A threshold outside 0 to 1.
    /// hepadose.errors.StructureError
    ///     A combination that cannot be made.
    ///
    /// Examples
    /// --------
    /// >>> import hepadose as hd
    /// >>> square = [[0, 0, 0], [20, 0, 0], [20, 20, 0], [0, 20, 0]]
    /// >>> box = hd.Structure.from_contours("Box", [square], slice_spacing_mm=5.0)
    /// >>> grid = hd.Grid(shape=(1, 2, 2), spacing_mm=(16, 16, 10), origin_mm=(8, 8, 0))
    /// >>> box.to_mask(grid)
    /// array([[[0.5    , 0.125  ],
    ///         [0.125  , 0.03125]]])
    #[pyo3(signature = (grid, *, threshold=None, between_planes="prism", end_caps="half_slice"))]
    fn to_mask<'py>(
        &self,
        py: Python<'py>,
        grid: &Grid,
        threshold: Option<f64>,
        between_planes: &str,
        end_caps: &str,
    ) -> Result<Bound<'py, PyAny>> {
        let policy = policy_named([between_planes, end_caps])?;
        if let Some(threshold) = threshold {
            fraction("threshold of a mask", threshold)?;
        }
        let shares = crate::pool::run(py, |_| self.0.covered_fractions(&grid.0, policy))??;
        let Some(threshold) = threshold else {
            return array3(py, shares, grid.0.shape());
        };
        let inside = py.detach(|| shares.iter().map(|share| *share >= threshold).collect());
        array3::<bool>(py, inside, grid.0.shape())
    }

    /// The structure as contours: masks by the outline of their voxels, combinations by their polygons.
    ///
    /// Contours stay as they are. Whole voxels are outlined along their edges, fractions at one half, frame by frame. A
    /// combination is cut on the planes of all its parts. Inner contours are holes. `write_rtstruct` does this by itself.
    ///
    /// Parameters
    /// ----------
    /// like : Structure, optional
    ///     A structure whose planes to use, continued evenly where this one reaches further: what was drawn on the slices of
    ///     an image brings the contours back to those slices.
    /// between_planes : {"prism", "shape"}
    ///     As for `volume_cc`.
    /// end_caps : {"half_slice", "none", "rounded"}
    ///     As for `volume_cc`.
    ///
    /// Returns
    /// -------
    /// Structure
    ///
    /// Raises
    /// ------
    /// hepadose.errors.StructureError
    ///     A combination that cannot be made, `like` without planes or with planes of another orientation.
    #[pyo3(signature = (*, like=None, between_planes="prism", end_caps="half_slice"))]
    fn to_contours(
        &self,
        py: Python<'_>,
        like: Option<&Self>,
        between_planes: &str,
        end_caps: &str,
    ) -> Result<Self> {
        let like = like.map(|like| &*like.0);
        self.made(py, [between_planes, end_caps], |one, caps| {
            one.to_contours(like, caps)
        })
    }

    /// All that is within a margin of the structure, the structure included, by exact Euclidean distance in space.
    ///
    /// Directions are the patient's; between them the margin is an ellipsoid in each octant. The surface is right to about
    /// 0.01 mm. What is expanded are the prisms of the contours, whose ends stand out by up to half a slice where the
    /// surface slopes. The result is drawn as contours on even planes at most 1 mm apart; ``to_contours(like=...)`` brings
    /// them to the planes of another structure.
    ///
    /// Parameters
    /// ----------
    /// margin_mm : float
    ///     Margin in mm, 0 to 500.
    /// right_mm, left_mm, anterior_mm, posterior_mm, inferior_mm, superior_mm : float, optional
    ///     Margins that differ from it.
    /// between_planes : {"prism", "shape"}
    ///     As for `volume_cc`.
    /// end_caps : {"half_slice", "none", "rounded"}
    ///     As for `volume_cc`.
    ///
    /// Returns
    /// -------
    /// Structure
    ///
    /// Raises
    /// ------
    /// hepadose.errors.NonPhysicalError
    ///     A margin outside 0 to 500 mm.
    /// hepadose.errors.StructureError
    ///     Points; margins that differ by direction on planes that are oblique in the patient.
    ///
    /// Examples
    /// --------
    /// >>> import hepadose as hd
    /// >>> square = [[0, 0, 0], [20, 0, 0], [20, 20, 0], [0, 20, 0]]
    /// >>> gtv = hd.Structure.from_contours("GTV", [square], slice_spacing_mm=20.0)
    /// >>> ptv = gtv.expand(0, superior_mm=5)
    /// >>> ptv.name, round(ptv.volume_cc(), 2)
    /// ('GTV+S5mm', 10.0)
    #[pyo3(signature = (margin_mm, *, right_mm=None, left_mm=None, anterior_mm=None, posterior_mm=None, inferior_mm=None, superior_mm=None, between_planes="prism", end_caps="half_slice"))]
    #[allow(clippy::too_many_arguments, reason = "keywords in Python")]
    fn expand(
        &self,
        py: Python<'_>,
        margin_mm: f64,
        right_mm: Option<f64>,
        left_mm: Option<f64>,
        anterior_mm: Option<f64>,
        posterior_mm: Option<f64>,
        inferior_mm: Option<f64>,
        superior_mm: Option<f64>,
        between_planes: &str,
        end_caps: &str,
    ) -> Result<Self> {
        let sides = [
            right_mm,
            left_mm,
            anterior_mm,
            posterior_mm,
            inferior_mm,
            superior_mm,
        ];
        let margins = margins(margin_mm, sides)?;
        self.made(py, [between_planes, end_caps], |one, caps| {
            one.expand(&margins, caps)
        })
    }

    /// All of the structure that is farther than a margin from what lies outside it.
    ///
    /// Each margin is that by which the wall on its side moves in; all else as for `expand`.
    ///
    /// Parameters
    /// ----------
    /// margin_mm : float
    ///     Margin in mm, 0 to 500.
    /// right_mm, left_mm, anterior_mm, posterior_mm, inferior_mm, superior_mm : float, optional
    ///     Margins that differ from it.
    /// between_planes : {"prism", "shape"}
    ///     As for `volume_cc`.
    /// end_caps : {"half_slice", "none", "rounded"}
    ///     As for `volume_cc`.
    ///
    /// Returns
    /// -------
    /// Structure
    ///
    /// Raises
    /// ------
    /// hepadose.errors.NonPhysicalError, hepadose.errors.StructureError
    ///     As `expand`.
    #[pyo3(signature = (margin_mm, *, right_mm=None, left_mm=None, anterior_mm=None, posterior_mm=None, inferior_mm=None, superior_mm=None, between_planes="prism", end_caps="half_slice"))]
    #[allow(clippy::too_many_arguments, reason = "keywords in Python")]
    fn shrink(
        &self,
        py: Python<'_>,
        margin_mm: f64,
        right_mm: Option<f64>,
        left_mm: Option<f64>,
        anterior_mm: Option<f64>,
        posterior_mm: Option<f64>,
        inferior_mm: Option<f64>,
        superior_mm: Option<f64>,
        between_planes: &str,
        end_caps: &str,
    ) -> Result<Self> {
        let sides = [
            right_mm,
            left_mm,
            anterior_mm,
            posterior_mm,
            inferior_mm,
            superior_mm,
        ];
        let margins = margins(margin_mm, sides)?;
        self.made(py, [between_planes, end_caps], |one, caps| {
            one.shrink(&margins, caps)
        })
    }

    /// The shell between two distances from the surface, outward positive.
    ///
    /// ``ring(2, 10)`` begins 2 mm outside, ``ring(-3, 0)`` is the outermost 3 mm of the structure itself.
    ///
    /// Parameters
    /// ----------
    /// inner_mm, outer_mm : float
    ///     Distances from the surface in mm.
    /// between_planes : {"prism", "shape"}
    ///     As for `volume_cc`.
    /// end_caps : {"half_slice", "none", "rounded"}
    ///     As for `volume_cc`.
    ///
    /// Returns
    /// -------
    /// Structure
    ///
    /// Raises
    /// ------
    /// hepadose.errors.NonPhysicalError
    ///     An inner distance that is not below the outer one.
    /// hepadose.errors.StructureError
    ///     As `expand`.
    #[pyo3(signature = (inner_mm, outer_mm, *, between_planes="prism", end_caps="half_slice"))]
    fn ring(
        &self,
        py: Python<'_>,
        inner_mm: f64,
        outer_mm: f64,
        between_planes: &str,
        end_caps: &str,
    ) -> Result<Self> {
        self.made(py, [between_planes, end_caps], |one, caps| {
            one.ring(inner_mm, outer_mm, caps)
        })
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
