//! Two structures combined: prisms exactly on their polygons, masks voxel by voxel; what cannot be combined is refused
//! with what to do.

use super::solid::{Prisms, SAME_AXIS, Solid};
use super::voxels::voxel_prisms;
use super::{Mask, Operation, SolidPolicy, Structure, StructureError};
use crate::geometry::RegionOperation;
use crate::geometry::vector::dot;
use std::sync::Arc;

/// How far in mm two grids or frames may differ and still be combined voxel by voxel.
const SAME_MM: f64 = 1e-3;
/// Why two stacks cannot be combined, and what to do.
pub(super) const TURNED_PLANES: &str =
    "their planes have different orientations; make masks of both on one grid first (to_mask)";
/// Why contours and a mask of fractions cannot be combined, and what to do.
const PARTIAL_VOXELS: &str = "one is drawn as contours and the other is a mask with partly covered voxels; give a mask of whole voxels, or make a mask of the contours on the same grid first (to_mask)";

/// Why masks on different grids cannot be combined, and what to do.
const TURNED_GRIDS: &str = "their masks lie on grids that are turned against each other; make masks of both on one grid first (to_mask)";
/// Why masks of fractions cannot be united, and what to do.
const BEYOND_GRID: &str = "the second reaches beyond the grid of the first, on which their fractions would be combined; make masks of both on one grid that holds them (to_mask)";
/// The share of a volume that resampling may lose to rounding.
const SAME_VOLUME: f64 = 1e-6;

/// The solid of two structures combined under a policy.
pub(super) fn combine(
    operation: Operation,
    left: &Structure,
    right: &Structure,
    policy: SolidPolicy,
) -> Result<Solid, StructureError> {
    let refuse = |reason| StructureError::Combination {
        left: left.name.clone(),
        right: right.name.clone(),
        reason,
    };
    let regions = match operation {
        Operation::Subtract => RegionOperation::Subtract,
        Operation::Unite => RegionOperation::Unite,
        Operation::Intersect => RegionOperation::Intersect,
        Operation::Exclude => RegionOperation::Exclude,
    };
    match (left.solid(policy)?, right.solid(policy)?) {
        (first, Solid::Empty) => Ok(if operation == Operation::Intersect {
            Solid::Empty
        } else {
            first
        }),
        (Solid::Empty, second) => Ok(match operation {
            Operation::Unite | Operation::Exclude => second,
            Operation::Subtract | Operation::Intersect => Solid::Empty,
        }),
        (Solid::Prisms(first), Solid::Prisms(second)) => {
            stacked(regions, &first, second).ok_or_else(|| refuse(TURNED_PLANES))
        }
        (Solid::Prisms(first), Solid::Mask(second)) => {
            let second = voxel_prisms(&second).ok_or_else(|| refuse(PARTIAL_VOXELS))?;
            stacked(regions, &first, second).ok_or_else(|| refuse(TURNED_PLANES))
        }
        (Solid::Mask(first), Solid::Prisms(second)) => {
            let first = voxel_prisms(&first).ok_or_else(|| refuse(PARTIAL_VOXELS))?;
            stacked(regions, &first, second).ok_or_else(|| refuse(TURNED_PLANES))
        }
        (Solid::Mask(first), Solid::Mask(second)) => {
            let other_cc = second.volume_cc();
            let second = if first.grid().same_geometry(second.grid(), SAME_MM) {
                second
            } else if let Some(prisms) = two_grids(regions, &first, &second) {
                return Ok(prisms);
            } else {
                let second = second
                    .on_grid(first.grid())
                    .ok_or_else(|| refuse(TURNED_GRIDS))?;
                let adds = matches!(operation, Operation::Unite | Operation::Exclude);
                if adds && second.volume_cc() < other_cc * (1.0 - SAME_VOLUME) {
                    return Err(refuse(BEYOND_GRID));
                }
                Arc::new(second)
            };
            let name = format!("{} and {}", left.name, right.name);
            let fractions = first
                .fractions()
                .iter()
                .zip(second.fractions())
                .map(|(a, b)| combine_fractions(operation, *a, *b))
                .collect();
            Ok(Solid::Mask(Arc::new(Mask::new(
                &name,
                fractions,
                Arc::clone(first.grid()),
            )?)))
        }
    }
}

/// Masks of whole voxels on different grids, combined exactly as prisms; `None` where voxels are covered in part or
/// the slices are not parallel.
fn two_grids(operation: RegionOperation, first: &Mask, second: &Mask) -> Option<Solid> {
    stacked(operation, &voxel_prisms(first)?, voxel_prisms(second)?)
}

/// Two stacks of parallel planes combined; `None` when the planes are not parallel.
fn stacked(operation: RegionOperation, first: &Prisms, second: Prisms) -> Option<Solid> {
    if dot(first.frame.w, second.frame.w).abs() < 1.0 - SAME_AXIS {
        return None;
    }
    let combined = first.combine(operation, &second.in_frame(&first.frame));
    Some(if combined.slabs.is_empty() {
        Solid::Empty
    } else {
        Solid::Prisms(combined)
    })
}

/// Fractions of one voxel combined as if the smaller lay within the larger, so that
/// `(a - b) + (a & b) = a` holds exactly.
fn combine_fractions(operation: Operation, a: f32, b: f32) -> f32 {
    match operation {
        Operation::Subtract => (a - b).max(0.0),
        Operation::Unite => a.max(b),
        Operation::Intersect => a.min(b),
        Operation::Exclude => (a - b).abs(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::EndCaps;
    use super::super::solid::tests::cuboid;
    use super::*;

    #[test]
    fn contours_and_masks() {
        let liver = cuboid("liver", 10.0, &[0.0, 2.0, 4.0]);
        // Voxels of 2 mm with centres at 1, 3, 5 ... along x and y, frames running down from z = 4.
        let axes = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, -1.0]];
        let grid = Arc::new(
            crate::geometry::Grid::new([3, 5, 5], [2.0; 3], [1.0, 1.0, 4.0], axes).unwrap(),
        );
        let mut fractions = vec![0.0_f32; 75];
        // Two voxels of the middle frame and one of the last, which reaches from z = -1 to z = 1.
        for index in [25 + 6, 25 + 7, 50 + 6] {
            fractions[index] = 1.0;
        }
        let gtv = Structure::from_mask("gtv", fractions.clone(), Arc::clone(&grid)).unwrap();
        let volume = |a: &Structure, operation, b: &Structure| {
            a.combine(operation, b)
                .unwrap()
                .volume_cc(EndCaps::HalfSlice)
                .unwrap()
        };
        assert!((volume(&liver, Operation::Subtract, &gtv) - (0.6 - 0.024)).abs() < 1e-12);
        assert!((volume(&gtv, Operation::Intersect, &liver) - 0.024).abs() < 1e-12);
        assert!(volume(&gtv, Operation::Subtract, &liver).abs() < 1e-12);
        fractions[0] = 0.5;
        let partial = Structure::from_mask("gtv", fractions, grid).unwrap();
        let refused = liver
            .combine(Operation::Subtract, &partial)
            .unwrap()
            .solid(EndCaps::HalfSlice);
        assert!(
            refused
                .unwrap_err()
                .to_string()
                .contains("give a mask of whole voxels")
        );
    }

    #[test]
    fn combinations_of_stacks_with_different_planes() {
        let a = cuboid("a", 10.0, &[0.0, 2.0, 4.0]);
        let b = cuboid("b", 5.0, &[1.5, 4.5]);
        let volume = |operation| {
            a.combine(operation, &b)
                .unwrap()
                .volume_cc(EndCaps::HalfSlice)
                .unwrap()
        };
        // a runs from -1 to 5 mm, b from 0 to 6 mm: they share 25 mm^2 over 5 mm.
        assert!((volume(Operation::Intersect) - 0.125).abs() < 1e-12);
        assert!((volume(Operation::Subtract) - 0.475).abs() < 1e-12);
        assert!((volume(Operation::Unite) - 0.625).abs() < 1e-12);
        assert!((volume(Operation::Exclude) - 0.5).abs() < 1e-12);
    }
}
