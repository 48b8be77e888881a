//! Structures: contours, masks and what is calculated from them.

mod combining;
mod contours;
mod coverage;
mod cutter;
mod fractions;
mod isodose;
mod margin;
mod margin_coverage;
mod mask;
mod measures;
mod moments;
mod outline;
mod parts;
mod policy;
mod resample;
mod sections;
mod separation;
mod shape;
mod solid;
mod surface;
mod voxels;

pub use contours::{ContourPlane, ContourStack, PlaneFrame};
pub use coverage::{Cover, RowCover, Span, cover_rows};
pub use isodose::isodose;
pub use margin::Margins;
pub use margin_coverage::{MarginCoverage, margin_coverage};
pub use mask::Mask;
pub use moments::PartialCell;
pub use policy::{BetweenPlanes, EndCaps, SolidPolicy};
pub use solid::{Prisms, Slab, Solid};

use crate::geometry::vector::Vector;
use std::sync::Arc;

/// Why a structure cannot be made or used.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum StructureError {
    /// A contour point that is not a number.
    #[error(
        "contour {contour} of '{name}' has a point that is not finite or is beyond a kilometre; remove or mend it"
    )]
    NotFinite {
        /// Name of the structure.
        name: String,
        /// Index of the contour.
        contour: usize,
    },
    /// A contour whose points do not lie in one plane.
    #[error(
        "contour {contour} of '{name}' is not flat: its points leave their plane by {deviation_mm:.3} mm (allowed {allowed_mm} mm); draw closed planar contours"
    )]
    NotPlanar {
        /// Name of the structure.
        name: String,
        /// Index of the contour.
        contour: usize,
        /// Largest distance from the plane in mm.
        deviation_mm: f64,
        /// What would have been accepted.
        allowed_mm: f64,
    },
    /// Contours that lie in planes of different orientation.
    #[error(
        "the contours of '{name}' lie in planes of different orientation; a structure needs parallel planes"
    )]
    NotParallel {
        /// Name of the structure.
        name: String,
    },
    /// A mask whose size is not its grid's.
    #[error(
        "the mask of '{name}' has {got} values but its grid has {expected} voxels; give the mask in C order (slice, row, column)"
    )]
    MaskShape {
        /// Name of the structure.
        name: String,
        /// Values given.
        got: usize,
        /// Voxels of the grid.
        expected: usize,
    },
    /// Mask values outside 0 to 1.
    #[error(
        "the mask of '{name}' has values outside 0 to 1 (first {value}); give True and False or the covered fraction of each voxel"
    )]
    MaskValue {
        /// Name of the structure.
        name: String,
        /// The first such value.
        value: f64,
    },
    /// Something was asked that only a structure with volume has.
    #[error(
        "'{name}' takes up no space, so it has no {what}; allowed are structures with a volume"
    )]
    NoSpace {
        /// Name of the structure.
        name: String,
        /// What was asked for.
        what: &'static str,
    },
    /// Margins that differ by direction, on planes that lie oblique in the patient.
    #[error(
        "the planes of '{name}' are not along the patient's axes, so margins that differ by direction cannot be taken; give one margin for all directions, or make a mask on a grid along the axes first (to_mask)"
    )]
    Margin {
        /// Name of the structure.
        name: String,
    },
    /// A parameter that is not physical.
    #[error(transparent)]
    NonPhysical(#[from] crate::error::NonPhysicalError),
    /// Two structures in different frames of reference.
    #[error("'{left}' and '{right}' are in different frames of reference; register them first")]
    FrameMismatch {
        /// Name of the first.
        left: String,
        /// Name of the second.
        right: String,
    },
    /// A combination that cannot be computed exactly as asked.
    #[error("'{left}' and '{right}' cannot be combined: {reason}")]
    Combination {
        /// Name of the first.
        left: String,
        /// Name of the second.
        right: String,
        /// Why, and what to do.
        reason: &'static str,
    },
}

/// How two structures are combined.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operation {
    /// What is in the first and not in the second.
    Subtract,
    /// What is in either.
    Unite,
    /// What is in both.
    Intersect,
    /// What is in exactly one.
    Exclude,
}

/// The space that a structure takes up, before any policy says what happens between contour planes.
#[derive(Debug, Clone)]
pub enum Shape {
    /// Closed planar contours.
    Contours(Arc<ContourStack>),
    /// Covered fractions of voxels.
    Mask(Arc<Mask>),
    /// Two structures combined.
    Combination {
        /// How.
        operation: Operation,
        /// The first.
        left: Arc<Structure>,
        /// The second.
        right: Arc<Structure>,
    },
    /// Points only (DICOM POINT and open contours): a place, no volume.
    Points(Arc<Vec<Vector>>),
    /// Nothing was drawn.
    Empty,
}

/// A region of interest.
#[derive(Debug, Clone)]
pub struct Structure {
    /// Name as drawn.
    pub name: String,
    /// ROI number in its structure set.
    pub number: Option<i32>,
    /// DICOM RT ROI interpreted type, such as `GTV` or `ORGAN`.
    pub interpreted_type: Option<String>,
    /// Display colour as red, green, blue.
    pub colour: Option<[u8; 3]>,
    /// Frame of reference UID.
    pub frame_of_reference: Option<String>,
    /// The space it takes up.
    pub shape: Shape,
}

impl Structure {
    /// A structure of a shape, with a name and nothing else known.
    pub fn new(name: impl Into<String>, shape: Shape) -> Self {
        Self {
            name: name.into(),
            number: None,
            interpreted_type: None,
            colour: None,
            frame_of_reference: None,
            shape,
        }
    }

    /// A structure from closed planar contours, each a list of `(x, y, z)` points in mm.
    ///
    /// Contours in one plane combine even-odd: an inner contour is a hole. `slice_spacing_mm` is the
    /// thickness of a structure that was drawn on one plane only.
    ///
    /// # Errors
    /// Points that are not finite, contours that are not flat or not parallel.
    pub fn from_contours(
        name: impl Into<String>,
        contours: &[Vec<Vector>],
        slice_spacing_mm: Option<f64>,
    ) -> Result<Self, StructureError> {
        let name = name.into();
        let shape = match ContourStack::new(&name, contours, slice_spacing_mm)? {
            Some(stack) => Shape::Contours(Arc::new(stack)),
            None => Shape::Empty,
        };
        Ok(Self::new(name, shape))
    }

    /// A structure from a mask on a grid.
    ///
    /// # Errors
    /// Another number of values than voxels, or values outside 0 to 1.
    pub fn from_mask(
        name: impl Into<String>,
        fractions: Vec<f32>,
        grid: Arc<crate::geometry::Grid>,
    ) -> Result<Self, StructureError> {
        let name = name.into();
        let mask = Mask::new(&name, fractions, grid)?;
        Ok(Self::new(name, Shape::Mask(Arc::new(mask))))
    }

    /// What was found odd in its contours, or in those of the structures that it is made of, each with the name.
    pub fn warnings(&self) -> Vec<String> {
        match &self.shape {
            Shape::Contours(stack) => stack
                .warnings()
                .iter()
                .map(|warning| format!("'{}': {warning}", self.name))
                .collect(),
            Shape::Combination { left, right, .. } => {
                let mut warnings = left.warnings();
                warnings.extend(right.warnings());
                warnings
            }
            Shape::Mask(_) | Shape::Points(_) | Shape::Empty => Vec::new(),
        }
    }

    /// Whether it takes up space at all (points and empty structures do not).
    pub fn is_solid(&self) -> bool {
        !matches!(self.shape, Shape::Points(_) | Shape::Empty)
    }

    /// Refuses a structure whose coordinates belong to another frame of reference.
    pub(crate) fn same_frame(&self, other: &Self) -> Result<(), StructureError> {
        match (&self.frame_of_reference, &other.frame_of_reference) {
            (Some(left), Some(right)) if left != right => Err(StructureError::FrameMismatch {
                left: self.name.clone(),
                right: other.name.clone(),
            }),
            _ => Ok(()),
        }
    }

    /// This structure combined with another, named after both.
    ///
    /// # Errors
    /// Different frames of reference.
    pub fn combine(&self, operation: Operation, other: &Self) -> Result<Self, StructureError> {
        self.same_frame(other)?;
        let sign = match operation {
            Operation::Subtract => '-',
            Operation::Unite => '|',
            Operation::Intersect => '&',
            Operation::Exclude => '^',
        };
        Ok(Self {
            name: format!("{}{sign}{}", self.name, other.name),
            number: None,
            interpreted_type: None,
            colour: self.colour,
            frame_of_reference: self
                .frame_of_reference
                .clone()
                .or_else(|| other.frame_of_reference.clone()),
            shape: Shape::Combination {
                operation,
                left: Arc::new(self.clone()),
                right: Arc::new(other.clone()),
            },
        })
    }
}
