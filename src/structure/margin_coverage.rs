//! How much of a tumour's margin lies inside a treated volume.

use super::combining::TURNED_PLANES;
use super::separation::least_distance;
use super::solid::SAME_AXIS;
use super::{Margins, PlaneFrame, Prisms, Slab, SolidPolicy, Structure, StructureError};
use crate::error::positive;
use crate::geometry::vector::dot;
use crate::geometry::{PlanarRegion, RegionOperation};
use std::sync::Arc;

/// How far in mm the outside of a treated volume is followed.
const AROUND_MM: f64 = 200.0;
/// A share that is short of all, or more than nothing, by no more than this is rounding.
const ROUNDING: f64 = 1e-6;

/// How much of a margin around a tumour lies inside a treated volume.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MarginCoverage {
    /// The margin in mm.
    pub margin_mm: f64,
    /// Volume of the tumour in cc.
    pub tumour_cc: f64,
    /// Share of the tumour that is treated.
    pub tumour_fraction: f64,
    /// Volume of the margin alone in cc, after clipping.
    pub shell_cc: f64,
    /// How much of it is treated, in cc.
    pub treated_shell_cc: f64,
    /// Volume of tumour and margin together in cc, after clipping.
    pub solid_cc: f64,
    /// How much of that is treated, in cc.
    pub treated_solid_cc: f64,
    /// Volume of the margin outside `within`, in cc, which counts neither way.
    pub clipped_cc: f64,
    /// The least distance from the tumour to what is not treated, in mm; 0 where the tumour itself reaches there, `None`
    /// where nothing within reach is untreated.
    pub least_margin_mm: Option<f64>,
}

impl MarginCoverage {
    /// Treated share of the margin alone; `None` where clipping leaves no margin.
    pub fn shell_fraction(&self) -> Option<f64> {
        // Slivers of rounding along the tumour are no margin.
        (self.shell_cc > ROUNDING * self.tumour_cc)
            .then(|| (self.treated_shell_cc / self.shell_cc).clamp(0.0, 1.0))
    }

    /// Treated share of tumour and margin together.
    pub fn solid_fraction(&self) -> f64 {
        (self.treated_solid_cc / self.solid_cc).min(1.0)
    }
}

/// The share of a tumour's margin that lies inside a treated volume (an ablation zone, an isodose), as shell and as solid.
///
/// The margin is the expansion of the tumour by exact distance. `within` (the liver) clips it, so that a tumour under the
/// capsule is not judged by what lies outside the organ; the tumour itself always counts, and so does its distance to
/// untreated tissue inside `within` alone. Masks of fractions count by their outline at one half.
///
/// # Errors
/// A margin that is not above 0, different frames of reference, planes of different orientation, a tumour without volume.
pub fn margin_coverage(
    tumour: &Structure,
    treated: &Structure,
    margin_mm: f64,
    within: Option<&Structure>,
    policy: SolidPolicy,
) -> Result<MarginCoverage, StructureError> {
    positive("margin in mm", margin_mm)?;
    let core = tumour.prisms_for("margin", policy)?;
    let frame = core.frame;
    let parallel = |other: &Structure| -> Result<Prisms, StructureError> {
        tumour.same_frame(other)?;
        let Some(prisms) = other.prisms(policy)? else {
            return Ok(nothing(frame));
        };
        if dot(prisms.frame.w, frame.w).abs() < 1.0 - SAME_AXIS {
            return Err(StructureError::Combination {
                left: tumour.name.clone(),
                right: other.name.clone(),
                reason: TURNED_PLANES,
            });
        }
        Ok(prisms.in_frame(&frame))
    };
    let zone = parallel(treated)?;
    let organ = within.map(parallel).transpose()?;
    let grown = tumour.expand(&Margins::even(margin_mm)?, policy)?;
    let grown = parallel(&grown)?.combine(RegionOperation::Unite, &core);
    let solid = match &organ {
        Some(organ) => grown
            .combine(RegionOperation::Intersect, organ)
            .combine(RegionOperation::Unite, &core),
        None => grown.clone(),
    };
    let shell = solid.combine(RegionOperation::Subtract, &core);
    let treated_part = |prisms: &Prisms| prisms.combine(RegionOperation::Intersect, &zone);
    let (tumour_cc, treated_core_cc) = (core.volume_cc(), treated_part(&core).volume_cc());
    let tumour_fraction = (treated_core_cc / tumour_cc).min(1.0);
    let least_margin_mm = if tumour_fraction < 1.0 - ROUNDING {
        Some(0.0)
    } else {
        let around = organ.unwrap_or_else(|| surroundings(&[&core, &zone], frame));
        let untreated = around.combine(RegionOperation::Subtract, &zone);
        let distance = least_distance(&core, &untreated);
        distance.is_finite().then_some(distance)
    };
    Ok(MarginCoverage {
        margin_mm,
        tumour_cc,
        tumour_fraction,
        shell_cc: shell.volume_cc(),
        treated_shell_cc: treated_part(&shell).volume_cc(),
        solid_cc: solid.volume_cc(),
        treated_solid_cc: treated_part(&solid).volume_cc(),
        clipped_cc: (grown.volume_cc() - solid.volume_cc()).max(0.0),
        least_margin_mm,
    })
}

fn nothing(frame: PlaneFrame) -> Prisms {
    Prisms {
        frame,
        slabs: Vec::new(),
    }
}

/// A box around prisms.
fn surroundings(all: &[&Prisms], frame: PlaneFrame) -> Prisms {
    let slabs = || all.iter().flat_map(|prisms| &prisms.slabs);
    let low_w = slabs()
        .map(|slab| slab.low_mm)
        .fold(f64::INFINITY, f64::min);
    let high_w = slabs()
        .map(|slab| slab.high_mm)
        .fold(f64::NEG_INFINITY, f64::max);
    let bounds = slabs()
        .filter_map(|slab| slab.region.bounds())
        .reduce(|[a, b], [c, d]| {
            [
                [a[0].min(c[0]), a[1].min(c[1])],
                [b[0].max(d[0]), b[1].max(d[1])],
            ]
        });
    let Some([low, high]) = bounds else {
        return nothing(frame);
    };
    let (low, high) = (low.map(|x| x - AROUND_MM), high.map(|x| x + AROUND_MM));
    let ring = vec![low, [high[0], low[1]], high, [low[0], high[1]]];
    Prisms {
        frame,
        slabs: vec![Slab {
            low_mm: low_w - AROUND_MM,
            high_mm: high_w + AROUND_MM,
            region: Arc::new(PlanarRegion::from_even_odd(&[ring])),
        }],
    }
}
