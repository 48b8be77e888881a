//! The least distance between two structures.

use super::combining::TURNED_PLANES;
use super::solid::SAME_AXIS;
use super::{Prisms, SolidPolicy, Structure, StructureError};
use crate::geometry::vector::dot;
use crate::geometry::{Edges, boxes_apart_mm};
use std::cell::OnceCell;

impl Structure {
    /// The least distance in mm between the surfaces of two structures; 0 where they touch or overlap.
    ///
    /// Exact for their prisms, by edges in the plane and gaps along the normal.
    ///
    /// # Errors
    /// Different frames of reference, planes of different orientation, structures without volume.
    pub fn distance_mm(&self, other: &Self, policy: SolidPolicy) -> Result<f64, StructureError> {
        self.same_frame(other)?;
        let one = self.prisms_for("distance", policy)?;
        let two = other.prisms_for("distance", policy)?;
        if dot(one.frame.w, two.frame.w).abs() < 1.0 - SAME_AXIS {
            return Err(StructureError::Combination {
                left: self.name.clone(),
                right: other.name.clone(),
                reason: TURNED_PLANES,
            });
        }
        let two = two.in_frame(&one.frame);
        Ok(least_distance(&one, &two))
    }
}

/// Pairs of slabs in the order of how near they can be; edges are compared only while a pair can still be nearer.
pub(super) fn least_distance(one: &Prisms, two: &Prisms) -> f64 {
    let mut pairs = Vec::new();
    for (i, a) in one.slabs.iter().enumerate() {
        for (j, b) in two.slabs.iter().enumerate() {
            let gap = (b.low_mm - a.high_mm).max(a.low_mm - b.high_mm).max(0.0);
            if let (Some(p), Some(q)) = (a.region.bounds(), b.region.bounds()) {
                pairs.push((gap.hypot(boxes_apart_mm(&p, &q)), gap, i, j));
            }
        }
    }
    pairs.sort_by(|a, b| a.0.total_cmp(&b.0));
    let edges = |prisms: &Prisms| vec![OnceCell::<Edges>::new(); prisms.slabs.len()];
    let (ones, twos) = (edges(one), edges(two));
    let mut best = f64::INFINITY;
    for (bound, gap, i, j) in pairs {
        if bound >= best {
            break;
        }
        let a = ones[i].get_or_init(|| Edges::of(&one.slabs[i].region));
        let b = twos[j].get_or_init(|| Edges::of(&two.slabs[j].region));
        let beyond = if best.is_finite() {
            (best * best - gap * gap).max(0.0).sqrt()
        } else {
            f64::INFINITY
        };
        best = best.min(gap.hypot(a.apart_mm(b, beyond)));
        if best == 0.0 {
            break;
        }
    }
    best
}
