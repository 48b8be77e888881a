//! Shape interpolation: from contour planes to a stack of thin prisms whose cross-section changes smoothly.
//!
//! Each plane's region becomes a depth function on one lattice (see `depth`); between two planes the depths of four
//! planes are interpolated by a cubic (`interval`), and the region above zero is cut out as polygons. The
//! cross-section of a thin prism is that of the *mean* depth over its thickness, so that its volume is exact wherever
//! the section's area is linear in the depth, as for discs. Parts and holes that do not go on in the next plane end
//! by the policy for ends, as the structure itself does at its end planes and at gaps.

mod cap;
mod chord;
mod depth;
mod interval;
mod matching;

use super::solid::Slab;
use super::{ContourStack, EndCaps, SolidPolicy};
use crate::geometry::{PlanarRegion, PlaneLattice};
use cap::{Cap, EndPlane};
use depth::Depth;
use interval::Layer;
use matching::matched;
use rayon::prelude::*;
use std::sync::Arc;

/// Lattice steps in the radius of a disc of the largest section's area and perimeter.
const STEPS_IN_RADIUS: f64 = 30.0;
/// Most nodes of a lattice.
const MOST_NODES: f64 = 60_000.0;
/// Empty nodes around the regions.
const MARGIN: usize = 3;
/// Prisms along a whole structure, at least, and most between two planes.
const LEAST_PRISMS: usize = 96;
const MOST_BETWEEN: usize = 16;
/// Prisms in a rounded end.
const CAP_PRISMS: usize = 8;
/// Intervals whose depths are in memory at a time.
const BATCH: usize = 32;

/// A contour plane of a run.
#[derive(Debug, Clone)]
pub(super) struct Plane {
    pub(super) at: f64,
    pub(super) region: Arc<PlanarRegion>,
}

/// A run of planes without a gap, and what is needed to fill the space between and beyond them.
pub(super) struct Run<'a> {
    planes: &'a [Plane],
    lattice: PlaneLattice,
    policy: SolidPolicy,
    /// Whether holes close along the planes, as in a shell: there are none in the end planes. Those of a ring laid
    /// flat go through.
    holes_close: bool,
    /// Usual distance between planes.
    spacing_mm: f64,
    /// How far caps may reach below and above: half of a gap, or as far as they like.
    room_mm: [f64; 2],
}

/// The planes of a stack in runs without gaps.
fn runs(stack: &ContourStack) -> Vec<Vec<Plane>> {
    let mut runs: Vec<Vec<Plane>> = Vec::new();
    for plane in stack.planes() {
        let next = Plane {
            at: plane.position_mm,
            region: Arc::new(PlanarRegion::from_even_odd(&plane.rings)),
        };
        match runs.last_mut() {
            Some(run)
                if run
                    .last()
                    .is_some_and(|last| !stack.is_gap(next.at - last.at)) =>
            {
                run.push(next);
            }
            _ => runs.push(vec![next]),
        }
    }
    runs
}

/// The thin prisms of a stack.
pub(super) fn slabs(stack: &ContourStack, policy: SolidPolicy) -> Vec<Slab> {
    let mut slabs = Vec::new();
    for_each_run(stack, policy, |run| {
        slabs.extend(run.end(false));
        slabs.extend(run.between());
        slabs.extend(run.end(true));
    });
    slabs
}

/// The thin prisms beyond the end planes of a stack and in its gaps alone.
pub(super) fn caps(stack: &ContourStack, policy: SolidPolicy) -> Vec<Slab> {
    let mut slabs = Vec::new();
    for_each_run(stack, policy, |run| {
        slabs.extend(run.end(false));
        slabs.extend(run.end(true));
    });
    slabs
}

fn for_each_run(stack: &ContourStack, policy: SolidPolicy, mut each: impl FnMut(&Run<'_>)) {
    let runs = runs(stack);
    let half_gap = |below: Option<&Vec<Plane>>, above: Option<&Vec<Plane>>| {
        let low = below.and_then(|run| run.last());
        let high = above.and_then(|run| run.first());
        low.zip(high)
            .map_or(f64::INFINITY, |(low, high)| 0.5 * (high.at - low.at))
    };
    for (index, planes) in runs.iter().enumerate() {
        let before = index.checked_sub(1).and_then(|before| runs.get(before));
        let room_mm = [
            half_gap(before, Some(planes)),
            half_gap(Some(planes), runs.get(index + 1)),
        ];
        if let Some(run) = Run::new(planes, policy, stack.spacing_mm(), room_mm) {
            each(&run);
        }
    }
}

impl<'a> Run<'a> {
    /// `None` when its planes enclose nothing.
    fn new(
        planes: &'a [Plane],
        policy: SolidPolicy,
        spacing_mm: Option<f64>,
        room_mm: [f64; 2],
    ) -> Option<Self> {
        let bounds = planes
            .iter()
            .filter_map(|plane| plane.region.bounds())
            .reduce(|[a, b], [c, d]| {
                [
                    [a[0].min(c[0]), a[1].min(c[1])],
                    [b[0].max(d[0]), b[1].max(d[1])],
                ]
            })?;
        let largest = planes
            .iter()
            .max_by(|a, b| a.region.area_mm2().total_cmp(&b.region.area_mm2()))?;
        let radius = 2.0 * largest.region.area_mm2() / largest.region.perimeter_mm();
        let box_mm2 = (bounds[1][0] - bounds[0][0]) * (bounds[1][1] - bounds[0][1]);
        let step = (radius / STEPS_IN_RADIUS).max((box_mm2 / MOST_NODES).sqrt());
        (step > 0.0).then(|| Self {
            planes,
            lattice: PlaneLattice::around(bounds, step, MARGIN),
            policy,
            holes_close: [planes.first(), planes.last()]
                .into_iter()
                .flatten()
                .all(|plane| !plane.region.are_holes().any(|is_hole| is_hole)),
            spacing_mm: spacing_mm.unwrap_or(0.0),
            room_mm,
        })
    }

    fn depth(&self, region: &PlanarRegion) -> Option<Arc<Depth>> {
        Depth::new(region, &self.lattice, self.holes_close).map(Arc::new)
    }

    /// The prisms between the planes, in order.
    fn between(&self) -> Vec<Slab> {
        let intervals = self.planes.len().saturating_sub(1);
        let prisms = LEAST_PRISMS.div_ceil(intervals.max(1)).min(MOST_BETWEEN);
        let mut depths: Vec<Option<Arc<Depth>>> = vec![None; self.planes.len()];
        let mut slabs = Vec::new();
        for first in (0..intervals).step_by(BATCH) {
            let last = (first + BATCH).min(intervals);
            let needed = first.saturating_sub(1)..(last + 2).min(self.planes.len());
            depths[..needed.start].fill(None);
            depths[needed.clone()]
                .par_iter_mut()
                .zip(&self.planes[needed])
                .filter(|(depth, _)| depth.is_none())
                .for_each(|(depth, plane)| *depth = self.depth(&plane.region));
            let found: Vec<Vec<Slab>> = (first..last)
                .into_par_iter()
                .map(|lower| self.interval(lower, prisms, &depths))
                .collect();
            slabs.extend(found.into_iter().flatten());
        }
        slabs
    }

    /// The prisms beyond the first or the last plane, from low to high.
    fn end(&self, upper: bool) -> Vec<Slab> {
        let index = if upper { self.planes.len() - 1 } else { 0 };
        let plane = &self.planes[index];
        if plane.region.is_empty() {
            return Vec::new();
        }
        let sign = if upper { 1.0 } else { -1.0 };
        match self.policy.end_caps {
            EndCaps::None => Vec::new(),
            EndCaps::HalfSlice => {
                let cap = self.policy.limited(0.5 * self.spacing_mm);
                slab(plane.at, plane.at + sign * cap, &plane.region)
            }
            EndCaps::Rounded => {
                let reach = self.spacing_mm.min(self.room_mm[usize::from(upper)]);
                let parts = plane.region.components();
                let caps: Vec<Cap> = parts
                    .into_iter()
                    .filter_map(|part| self.cap(index, upper, part, false, reach))
                    .collect();
                let mut slabs = self.capped(&caps, plane.at, sign);
                if !upper {
                    slabs.reverse();
                }
                slabs
            }
        }
    }

    /// The prisms of rounded ends of one plane, outwards.
    fn capped(&self, caps: &[Cap], at: f64, sign: f64) -> Vec<Slab> {
        let height = caps.iter().map(|cap| cap.height_mm).fold(0.0, f64::max);
        let mut cuts: Vec<f64> = (0..=CAP_PRISMS)
            .map(|cut| height * cut as f64 / CAP_PRISMS as f64)
            .collect();
        cuts.extend(caps.iter().map(|cap| cap.height_mm));
        let mut layers = interval::between_cuts(cuts);
        layers.retain(|[low, high]| high > low);
        let slabs: Vec<Vec<Slab>> = layers
            .into_par_iter()
            .map(|[low, high]| {
                let mut layer = Layer::empty(&self.lattice);
                for cap in caps.iter().filter(|cap| cap.height_mm >= high) {
                    layer.unite(&cap.mean(&self.lattice, low, high));
                }
                slab(at + sign * low, at + sign * high, &layer.region())
            })
            .collect();
        slabs.into_iter().flatten().collect()
    }

    /// The end of a part (or of a hole) of a plane, upwards or downwards, within a reach; `None` where nothing
    /// lies beyond the plane.
    fn cap(
        &self,
        index: usize,
        upwards: bool,
        part: PlanarRegion,
        is_hole: bool,
        reach_mm: f64,
    ) -> Option<Cap> {
        match self.policy.end_caps {
            EndCaps::None => None,
            EndCaps::HalfSlice => {
                let height = self.policy.limited(0.5 * reach_mm);
                let depth = self.depth(&part)?;
                (height > 0.0).then(|| Cap::flat(depth, height))
            }
            EndCaps::Rounded => {
                let mut ends = vec![EndPlane {
                    depth: self.depth(&part)?,
                    step_mm: 0.0,
                }];
                let (mut at, mut region) = (index, Arc::new(part));
                while let Some(next) = self.neighbour(at, !upwards)
                    && ends.len() < 3
                {
                    let plane = &self.planes[next];
                    let candidate = if is_hole {
                        matching::hollow(&plane.region)
                    } else {
                        Arc::clone(&plane.region)
                    };
                    region = matched(&candidate, &region).region;
                    let Some(depth) = self.depth(&region) else {
                        break;
                    };
                    ends.push(EndPlane {
                        depth,
                        step_mm: (plane.at - self.planes[at].at).abs(),
                    });
                    at = next;
                }
                Cap::rounded(&ends, self.policy.limited(reach_mm))
            }
        }
    }

    fn neighbour(&self, index: usize, upwards: bool) -> Option<usize> {
        if upwards {
            (index + 1 < self.planes.len()).then_some(index + 1)
        } else {
            index.checked_sub(1)
        }
    }
}

/// A prism between two heights, whichever is lower; none when it encloses nothing.
fn slab(from: f64, to: f64, region: &Arc<PlanarRegion>) -> Vec<Slab> {
    if from == to || region.is_empty() {
        return Vec::new();
    }
    vec![Slab {
        low_mm: from.min(to),
        high_mm: from.max(to),
        region: Arc::clone(region),
    }]
}
