//! Contours of structures that were not drawn as contours, and contours on other planes.

use super::combining::TURNED_PLANES;
use super::solid::SAME_AXIS;
use super::{
    ContourPlane, ContourStack, PlaneFrame, Prisms, Shape, SolidPolicy, Structure, StructureError,
};
use crate::geometry::vector::dot;
use std::sync::Arc;

/// Planes closer than this in mm are one.
const SAME_PLANE_MM: f64 = 0.05;

impl Structure {
    /// The structure as contours.
    ///
    /// Contours stay as they are. Voxels of a mask become their outlines, frame by frame: of whole voxels the voxels'
    /// own edges, of fractions the line at one half. A combination is cut on the planes of all its parts, so that
    /// parts drawn on the same planes give their exact combination. `like` asks for the planes of another structure,
    /// continued evenly where this one reaches further. Inner contours are holes.
    ///
    /// # Errors
    /// A combination that cannot be made, `like` with planes of another orientation or without planes.
    pub fn to_contours(
        &self,
        like: Option<&Self>,
        policy: SolidPolicy,
    ) -> Result<Self, StructureError> {
        let mut made = self.clone();
        if let (Shape::Contours(_) | Shape::Points(_) | Shape::Empty, None) = (&self.shape, like) {
            return Ok(made);
        }
        made.shape = match self.prisms(policy)? {
            Some(prisms) => {
                let turned = || StructureError::Combination {
                    left: self.name.clone(),
                    right: like.unwrap_or(self).name.clone(),
                    reason: TURNED_PLANES,
                };
                let mut planes = Planes::default();
                planes
                    .gather(like.unwrap_or(self), &prisms.frame)
                    .ok_or_else(turned)?;
                if let Some(like) = like {
                    planes
                        .continued(&prisms)
                        .ok_or_else(|| like.no_space("contour plane"))?;
                }
                cut(&prisms, &planes)
            }
            None => Shape::Empty,
        };
        Ok(made)
    }
}

/// Positions of contour planes along a normal.
#[derive(Default)]
struct Planes {
    positions: Vec<f64>,
    spacing: Option<f64>,
}

impl Planes {
    /// Adds the planes of a structure and its parts; `None` where they are turned against the frame.
    fn gather(&mut self, structure: &Structure, frame: &PlaneFrame) -> Option<()> {
        match &structure.shape {
            Shape::Contours(stack) => {
                let along = dot(stack.frame().w, frame.w);
                let positions = stack.planes().iter().map(|plane| plane.position_mm);
                self.add(along, positions, stack.spacing_mm())
            }
            Shape::Mask(mask) => {
                let grid = mask.grid();
                let normal = grid.axes()[2];
                let origin = dot(grid.origin_mm(), normal);
                let edges = grid.edges_mm(2);
                let middles = edges
                    .windows(2)
                    .map(|pair| origin + 0.5 * (pair[0] + pair[1]));
                self.add(dot(normal, frame.w), middles, Some(grid.spacing_mm()[2]))
            }
            Shape::Combination { left, right, .. } => {
                self.gather(left, frame)?;
                self.gather(right, frame)
            }
            Shape::Points(_) | Shape::Empty => Some(()),
        }
    }

    fn add(
        &mut self,
        along: f64,
        positions: impl Iterator<Item = f64>,
        spacing: Option<f64>,
    ) -> Option<()> {
        if along.abs() < 1.0 - SAME_AXIS {
            return None;
        }
        self.positions
            .extend(positions.map(|position| along.signum() * position));
        self.positions.sort_by(f64::total_cmp);
        self.positions
            .dedup_by(|next, one| *next - *one <= SAME_PLANE_MM);
        self.spacing = match (self.spacing, spacing) {
            (Some(one), Some(two)) => Some(one.min(two)),
            (one, two) => one.or(two),
        };
        Some(())
    }

    /// Continues the planes at their spacing to the ends of prisms; `None` where there are none.
    fn continued(&mut self, prisms: &Prisms) -> Option<()> {
        let step = self.spacing?;
        let (first, last) = (*self.positions.first()?, *self.positions.last()?);
        let (low, high) = (prisms.slabs.first()?.low_mm, prisms.slabs.last()?.high_mm);
        let count = |length: f64| (length / step).max(0.0).floor() as usize;
        self.positions
            .extend((1..=count(first - low)).map(|index| first - index as f64 * step));
        self.positions
            .extend((1..=count(high - last)).map(|index| last + index as f64 * step));
        self.positions.sort_by(f64::total_cmp);
        Some(())
    }
}

/// The cross-sections of prisms on planes.
fn cut(prisms: &Prisms, planes: &Planes) -> Shape {
    let slabs = &prisms.slabs;
    let at = |position: f64| {
        let index = slabs.partition_point(|slab| slab.high_mm <= position);
        // The very last end belongs to the last slab.
        let slab = slabs
            .get(index)
            .or_else(|| slabs.last().filter(|slab| slab.high_mm == position))?;
        (slab.low_mm <= position).then(|| ContourPlane {
            position_mm: position,
            rings: slab.region.rings().to_vec(),
        })
    };
    let cut: Vec<ContourPlane> = planes.positions.iter().filter_map(|p| at(*p)).collect();
    ContourStack::from_planes(prisms.frame, cut, planes.spacing)
        .map_or(Shape::Empty, |stack| Shape::Contours(Arc::new(stack)))
}
