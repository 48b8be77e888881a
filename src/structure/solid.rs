//! From a structure and a policy to the solid that is calculated with: a stack of prisms, or a mask.

use super::combining::combine;
use super::{
    BetweenPlanes, ContourStack, EndCaps, Mask, PlaneFrame, Shape, SolidPolicy, Structure,
    StructureError, shape,
};
use crate::geometry::vector::{Vector, dot};
use crate::geometry::{PlanarRegion, RegionOperation};
use rayon::prelude::*;
use std::sync::Arc;

/// How far two normals or in-plane axes may differ (as 1 - cosine) and still be the same.
pub(super) const SAME_AXIS: f64 = 1e-9;
/// One prism: a region that goes on unchanged from `low_mm` to `high_mm` along the normal.
#[derive(Debug, Clone)]
pub struct Slab {
    /// Lower end along the normal.
    pub low_mm: f64,
    /// Upper end along the normal.
    pub high_mm: f64,
    /// The cross-section.
    pub region: Arc<PlanarRegion>,
}

/// A stack of prisms in order along the normal, without overlap.
#[derive(Debug, Clone)]
pub struct Prisms {
    /// Orientation of the planes.
    pub frame: PlaneFrame,
    /// The prisms.
    pub slabs: Vec<Slab>,
}

impl Prisms {
    pub(crate) fn volume_cc(&self) -> f64 {
        let mm3: f64 = self
            .slabs
            .iter()
            .map(|slab| (slab.high_mm - slab.low_mm) * slab.region.area_mm2())
            .sum();
        mm3 / 1000.0
    }

    /// The same prisms with other axes in the plane; the normal must agree.
    pub(crate) fn in_frame(self, frame: &PlaneFrame) -> Self {
        if self.frame == *frame {
            return self;
        }
        let turn = |point| frame.split(self.frame.join(0.0, point)).1;
        let flips = dot(self.frame.w, frame.w) < 0.0;
        let mut slabs: Vec<Slab> = self
            .slabs
            .into_iter()
            .map(|slab| {
                let (low_mm, high_mm) = if flips {
                    (-slab.high_mm, -slab.low_mm)
                } else {
                    (slab.low_mm, slab.high_mm)
                };
                Slab {
                    low_mm,
                    high_mm,
                    region: Arc::new(slab.region.mapped(turn)),
                }
            })
            .collect();
        if flips {
            slabs.reverse();
        }
        Self {
            frame: *frame,
            slabs,
        }
    }

    /// The prisms combined with others in the same frame.
    pub(crate) fn combine(&self, operation: RegionOperation, other: &Self) -> Self {
        let mut cuts: Vec<f64> = self
            .slabs
            .iter()
            .chain(&other.slabs)
            .flat_map(|slab| [slab.low_mm, slab.high_mm])
            .collect();
        cuts.sort_by(f64::total_cmp);
        cuts.dedup();
        let nothing = Arc::new(PlanarRegion::default());
        let at = |slabs: &[Slab], middle: f64| -> Arc<PlanarRegion> {
            let index = slabs.partition_point(|slab| slab.high_mm <= middle);
            slabs
                .get(index)
                .filter(|slab| slab.low_mm < middle)
                .map_or_else(|| Arc::clone(&nothing), |slab| Arc::clone(&slab.region))
        };
        let slabs = cuts
            .par_windows(2)
            .filter_map(|pair| {
                let middle = 0.5 * (pair[0] + pair[1]);
                let (left, right) = (at(&self.slabs, middle), at(&other.slabs, middle));
                let region = combine_regions(operation, &left, &right)?;
                Some(Slab {
                    low_mm: pair[0],
                    high_mm: pair[1],
                    region,
                })
            })
            .collect();
        Self {
            frame: self.frame,
            slabs,
        }
    }
}

/// Combines two cross-sections; `None` when nothing remains. Regions whose boxes are apart need no overlay.
fn combine_regions(
    operation: RegionOperation,
    left: &Arc<PlanarRegion>,
    right: &Arc<PlanarRegion>,
) -> Option<Arc<PlanarRegion>> {
    let apart = match (left.bounds(), right.bounds()) {
        (Some([a, b]), Some([c, d])) => (0..2).any(|axis| b[axis] < c[axis] || d[axis] < a[axis]),
        _ => true,
    };
    let region = match operation {
        RegionOperation::Subtract if apart => Arc::clone(left),
        RegionOperation::Intersect if apart => return None,
        _ if left.is_empty() => Arc::clone(right),
        _ if right.is_empty() => Arc::clone(left),
        _ => Arc::new(left.combine(operation, right)),
    };
    (!region.is_empty()).then_some(region)
}

/// What a structure becomes under a policy.
#[derive(Debug, Clone)]
pub enum Solid {
    /// Prisms from contours.
    Prisms(Prisms),
    /// Covered fractions of voxels.
    Mask(Arc<Mask>),
    /// Nothing: points, an empty ROI, a single plane whose thickness nobody knows.
    Empty,
}

impl Solid {
    /// Volume in cubic centimetres.
    pub fn volume_cc(&self) -> f64 {
        match self {
            Self::Prisms(prisms) => prisms.volume_cc(),
            Self::Mask(mask) => mask.volume_cc(),
            Self::Empty => 0.0,
        }
    }
}

impl Solid {
    /// The same solid moved by a shift in mm.
    #[must_use]
    pub fn shifted(&self, shift: Vector) -> Self {
        match self {
            Self::Empty => Self::Empty,
            Self::Mask(mask) => Self::Mask(Arc::new(mask.shifted(shift))),
            Self::Prisms(prisms) => {
                let (along, [u, v]) = prisms.frame.split(shift);
                let slabs = prisms.slabs.iter().map(|slab| Slab {
                    low_mm: slab.low_mm + along,
                    high_mm: slab.high_mm + along,
                    region: Arc::new(slab.region.mapped(|point| [point[0] + u, point[1] + v])),
                });
                Self::Prisms(Prisms {
                    frame: prisms.frame,
                    slabs: slabs.collect(),
                })
            }
        }
    }

    /// The corners of a box around it in mm, along the axes that it was drawn in; none around nothing.
    pub fn corners_mm(&self) -> Vec<Vector> {
        let both = |low: f64, high: f64| [low, high];
        match self {
            Self::Empty => Vec::new(),
            Self::Mask(mask) => {
                let grid = mask.grid();
                let Some(filled) = mask.filled() else {
                    return Vec::new();
                };
                let ends = [0, 1, 2].map(|axis: usize| {
                    let edges = grid.edges_mm(axis);
                    both(edges[filled[axis].start], edges[filled[axis].end])
                });
                let axes = grid.axes();
                corners(ends, |[i, j, k]| {
                    let origin = grid.origin_mm();
                    std::array::from_fn(|c| {
                        origin[c] + i * axes[0][c] + j * axes[1][c] + k * axes[2][c]
                    })
                })
            }
            Self::Prisms(prisms) => {
                let mut ends = [[f64::INFINITY, f64::NEG_INFINITY]; 3];
                for slab in &prisms.slabs {
                    if let Some([low, high]) = slab.region.bounds() {
                        let slab = [
                            both(low[0], high[0]),
                            both(low[1], high[1]),
                            both(slab.low_mm, slab.high_mm),
                        ];
                        for (ends, own) in ends.iter_mut().zip(slab) {
                            *ends = [ends[0].min(own[0]), ends[1].max(own[1])];
                        }
                    }
                }
                corners(ends, |[u, v, w]| prisms.frame.join(w, [u, v]))
            }
        }
    }
}

fn corners(ends: [[f64; 2]; 3], place: impl Fn([f64; 3]) -> Vector) -> Vec<Vector> {
    (0..8_usize)
        .map(|corner| place([0, 1, 2].map(|axis: usize| ends[axis][corner >> axis & 1])))
        .collect()
}

impl Structure {
    /// The solid that this structure is under a policy for what lies between and beyond its planes. Of a
    /// combination each operand becomes a solid first; masks are solids under any policy.
    ///
    /// # Errors
    /// A limit of the caps that is not above zero.
    /// Combinations of planes of different orientation, of masks on different grids, or of contours with masks
    /// whose voxels are covered in part.
    pub fn solid(&self, policy: impl Into<SolidPolicy>) -> Result<Solid, StructureError> {
        let policy = policy.into().checked()?;
        match &self.shape {
            Shape::Contours(stack) => Ok(stacked_prisms(stack, policy)),
            Shape::Mask(mask) => Ok(Solid::Mask(Arc::clone(mask))),
            Shape::Points(_) | Shape::Empty => Ok(Solid::Empty),
            Shape::Combination {
                operation,
                left,
                right,
            } => combine(*operation, left, right, policy),
        }
    }

    /// Volume in cubic centimetres under such a policy.
    ///
    /// # Errors
    /// As [`Structure::solid`].
    pub fn volume_cc(&self, policy: impl Into<SolidPolicy>) -> Result<f64, StructureError> {
        Ok(self.solid(policy)?.volume_cc())
    }
}

/// The prisms of a stack, thick or thin.
fn stacked_prisms(stack: &ContourStack, policy: SolidPolicy) -> Solid {
    let slabs = match (policy.between_planes, policy.end_caps) {
        (BetweenPlanes::Prism, EndCaps::HalfSlice | EndCaps::None) => prisms(stack, policy),
        (BetweenPlanes::Prism, EndCaps::Rounded) => {
            let mut slabs = prisms(stack, policy);
            slabs.extend(shape::caps(stack, policy));
            slabs.sort_by(|a, b| a.low_mm.total_cmp(&b.low_mm));
            slabs
        }
        (BetweenPlanes::Shape, _) => shape::slabs(stack, policy),
    };
    if slabs.is_empty() {
        Solid::Empty
    } else {
        Solid::Prisms(Prisms {
            frame: *stack.frame(),
            slabs,
        })
    }
}

/// Each contour plane from midpoint to midpoint between its neighbours; at gaps and at the ends half the usual
/// spacing, or nothing.
fn prisms(stack: &ContourStack, policy: SolidPolicy) -> Vec<Slab> {
    let cap = match policy.end_caps {
        EndCaps::HalfSlice => stack
            .spacing_mm()
            .map_or(0.0, |spacing| policy.limited(0.5 * spacing)),
        EndCaps::None | EndCaps::Rounded => 0.0,
    };
    let planes = stack.planes();
    let half_step = |a: usize, b: usize| {
        let step = planes[b].position_mm - planes[a].position_mm;
        if stack.is_gap(step) {
            None
        } else {
            Some(0.5 * step)
        }
    };
    planes
        .par_iter()
        .enumerate()
        .filter_map(|(index, plane)| {
            let below = if index > 0 {
                half_step(index - 1, index)
            } else {
                None
            }
            .unwrap_or(cap);
            let above = if index + 1 < planes.len() {
                half_step(index, index + 1)
            } else {
                None
            }
            .unwrap_or(cap);
            if below + above <= 0.0 {
                return None;
            }
            let region = PlanarRegion::from_even_odd(&plane.rings);
            (!region.is_empty()).then(|| Slab {
                low_mm: plane.position_mm - below,
                high_mm: plane.position_mm + above,
                region: Arc::new(region),
            })
        })
        .collect()
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub(in crate::structure) fn cuboid(name: &str, side: f64, planes: &[f64]) -> Structure {
        let contours: Vec<_> = planes
            .iter()
            .map(|z| {
                vec![
                    [0.0, 0.0, *z],
                    [side, 0.0, *z],
                    [side, side, *z],
                    [0.0, side, *z],
                ]
            })
            .collect();
        Structure::from_contours(name, &contours, None).unwrap()
    }

    #[test]
    fn slabs_gaps_and_ends() {
        // Spacing 2 mm, one plane skipped: half a slice on each side of the gap.
        let structure = cuboid("a", 10.0, &[0.0, 2.0, 4.0, 8.0, 10.0]);
        assert!((structure.volume_cc(EndCaps::HalfSlice).unwrap() - 1.0).abs() < 1e-12);
        assert!((structure.volume_cc(EndCaps::None).unwrap() - 0.6).abs() < 1e-12);
    }

    #[test]
    fn a_single_plane_needs_a_thickness() {
        let plane = cuboid("a", 10.0, &[0.0]);
        assert_eq!(plane.volume_cc(EndCaps::HalfSlice).unwrap(), 0.0);
        let contours = vec![vec![
            [0.0, 0.0, 0.0],
            [10.0, 0.0, 0.0],
            [10.0, 10.0, 0.0],
            [0.0, 10.0, 0.0],
        ]];
        let thick = Structure::from_contours("a", &contours, Some(3.0)).unwrap();
        assert!((thick.volume_cc(EndCaps::HalfSlice).unwrap() - 0.3).abs() < 1e-12);
    }
}
