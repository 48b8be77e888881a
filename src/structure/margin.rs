//! Margins in space: expansion, shrinkage and shells, by exact Euclidean distance from the prisms of a structure.
//!
//! A point belongs to the expansion when the squared gauge `(dx / mx)^2 + (dy / my)^2 + (dz / mz)^2` from some point
//! of the structure is at most 1, each `m` the margin on the side where the point lies (the same margin all around makes it
//! the distance). So a cross-section of the result is what some prism reaches: of a prism that lies `f` of the margin away
//! along the normal, all within `sqrt(1 - f^2)` of the gauge in the plane. That gauge is taken exactly from the edges of the
//! prism's cross-section to the nodes of a lattice, with sign, so that it runs straight through the boundary; the most that
//! any prism leaves counts, and marching squares find where it is 0. Shrinkage is the same from outside.

use super::{
    ContourPlane, ContourStack, Operation, PlaneFrame, Prisms, Shape, Slab, SolidPolicy, Structure,
    StructureError,
};
use crate::error::{NonPhysicalError, non_negative};
use crate::geometry::{
    Between, Edges, Gauge, NodeField, PlaneLattice, Point2, Side, region_above_zero, thinned,
};
use rayon::prelude::*;
use std::ops::Range;
use std::sync::Arc;

/// Planes over the height of the result, and how far apart in mm they may be.
const PLANES: f64 = 120.0;
const PLANE_STEP_MM: [f64; 2] = [0.25, 1.0];
/// How far in mm a surface may be from where it belongs between nodes (a chord over a circle of the margin's
/// radius), and how far apart nodes may be.
const OFF_MM: f64 = 0.01;
const NODE_STEP_MM: [f64; 2] = [0.25, 1.0];
/// The same where corners stay sharp: of shrinkage, and where a margin in the plane is small.
const SHARP_STEP_MM: f64 = 0.5;
/// Nodes across the widest result.
const MOST_NODES: f64 = 1024.0;
/// Nodes beyond the margin for which the gauge is still exact.
const BEYOND: f64 = 3.0;
/// A margin of nothing in mm, so that nothing divides by zero.
const NO_MARGIN_MM: f64 = 1e-4;
/// Largest margin in mm.
const LARGEST_MM: f64 = 500.0;
/// Fields of cross-sections that are kept at a time, in bytes.
const KEPT_BYTES: usize = 256 << 20;
/// Points of the result that lie this close in mm to a line are left out.
const STRAIGHT_MM: f64 = 2e-3;
/// How far an axis may be from one of the patient's (as 1 - cosine).
const ALONG_PATIENT: f64 = 1e-9;
/// Gauge beyond which it does not matter how much.
const FAR: f32 = 1e6;
/// Halvings of a node step where a boundary is searched for.
const HALVINGS: usize = 14;

/// Margins in mm towards the patient's directions (LPS: x runs from right to left, y from front to back, z from
/// feet to head).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Margins {
    below: [f64; 3],
    above: [f64; 3],
}

impl Margins {
    /// The same margin in all directions.
    ///
    /// # Errors
    /// A margin that is not between 0 and 500 mm.
    pub fn even(mm: f64) -> Result<Self, NonPhysicalError> {
        Self::new([mm; 3], [mm; 3])
    }

    /// Margins towards right, front and feet, and towards left, back and head.
    ///
    /// # Errors
    /// A margin that is not between 0 and 500 mm.
    pub fn new(below: [f64; 3], above: [f64; 3]) -> Result<Self, NonPhysicalError> {
        for mm in below.into_iter().chain(above) {
            non_negative("margin in mm", mm)?;
            if mm > LARGEST_MM {
                return Err(NonPhysicalError {
                    quantity: "margin in mm",
                    value: mm,
                    allowed: "between 0 and 500",
                });
            }
        }
        Ok(Self { below, above })
    }

    fn is_even(&self) -> bool {
        let first = self.below[0];
        self.below.iter().chain(&self.above).all(|mm| *mm == first)
    }

    fn is_nothing(&self) -> bool {
        self.is_even() && self.below[0] == 0.0
    }

    /// Margins towards smaller and larger u, v, w; `None` where they differ by direction and the axes are not the
    /// patient's.
    fn along(&self, frame: &PlaneFrame) -> Option<[[f64; 2]; 3]> {
        if self.is_even() {
            return Some([[self.below[0]; 2]; 3]);
        }
        let one = |axis: [f64; 3]| {
            let index = (0..3).find(|i| axis[*i].abs() >= 1.0 - ALONG_PATIENT)?;
            let (below, above) = (self.below[index], self.above[index]);
            Some(if axis[index] > 0.0 {
                [below, above]
            } else {
                [above, below]
            })
        };
        Some([one(frame.u)?, one(frame.v)?, one(frame.w)?])
    }

    fn in_words(&self) -> String {
        if self.is_even() {
            format!("{}mm", self.below[0])
        } else {
            let sides = ["R", "A", "I"].iter().zip(self.below);
            let sides = sides.chain(["L", "P", "S"].iter().zip(self.above));
            let sides: Vec<String> = sides
                .filter(|(_, mm)| *mm > 0.0)
                .map(|(side, mm)| format!("{side}{mm}"))
                .collect();
            format!("{}mm", sides.join(","))
        }
    }
}

impl Structure {
    /// All that is within the margins of the structure, the structure included, as contours.
    ///
    /// The surface is right to about 0.01 mm; contours lie on even planes at most 1 mm apart whose slabs reach exactly
    /// from end to end. [`Structure::to_contours`] puts them on other planes. What is expanded is the stack of prisms: ends
    /// of contour planes stand out by up to half a slice where the surface slopes, and so does their expansion.
    ///
    /// # Errors
    /// Points, which have no surface; margins that differ by direction on planes that are not the patient's.
    pub fn expand(&self, margins: &Margins, policy: SolidPolicy) -> Result<Self, StructureError> {
        self.with_margin(margins, Way::Out, policy)
    }

    /// All of the structure that is farther than the margins from what lies outside it, as contours. Each margin is that by
    /// which the wall on its side moves in.
    ///
    /// # Errors
    /// As [`Structure::expand`].
    pub fn shrink(&self, margins: &Margins, policy: SolidPolicy) -> Result<Self, StructureError> {
        self.with_margin(margins, Way::In, policy)
    }

    /// The shell between two distances from the surface in mm, outward positive: `ring(2, 10)` begins 2 mm outside,
    /// `ring(-3, 0)` is the outermost 3 mm of the structure itself.
    ///
    /// # Errors
    /// As [`Structure::expand`]; an inner distance that is not below the outer one.
    pub fn ring(
        &self,
        inner_mm: f64,
        outer_mm: f64,
        policy: SolidPolicy,
    ) -> Result<Self, StructureError> {
        if inner_mm.is_nan() || outer_mm.is_nan() || inner_mm >= outer_mm {
            return Err(NonPhysicalError {
                quantity: "inner distance of a ring in mm",
                value: inner_mm,
                allowed: "below the outer distance",
            }
            .into());
        }
        let at = |mm: f64| {
            let margins = Margins::even(mm.abs())?;
            if mm > 0.0 {
                self.expand(&margins, policy)
            } else if mm < 0.0 {
                self.shrink(&margins, policy)
            } else {
                Ok(self.clone())
            }
        };
        let mut ring = at(outer_mm)?.combine(Operation::Subtract, &at(inner_mm)?)?;
        ring.name = format!("{}({inner_mm}..{outer_mm}mm)", self.name);
        Ok(ring)
    }

    fn with_margin(
        &self,
        margins: &Margins,
        way: Way,
        policy: SolidPolicy,
    ) -> Result<Self, StructureError> {
        if matches!(self.shape, Shape::Points(_)) {
            return Err(self.no_space("margin"));
        }
        let sign = if way == Way::Out { '+' } else { '-' };
        let mut made = self.clone();
        made.name = format!("{}{sign}{}", self.name, margins.in_words());
        made.number = None;
        made.interpreted_type = None;
        if margins.is_nothing() {
            return Ok(made);
        }
        made.shape = match self.prisms(policy)? {
            Some(prisms) => {
                let margins = margins.along(&prisms.frame).ok_or(StructureError::Margin {
                    name: self.name.clone(),
                })?;
                moved(&prisms, margins, way)
                    .map_or(Shape::Empty, |stack| Shape::Contours(Arc::new(stack)))
            }
            None => Shape::Empty,
        };
        Ok(made)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    Out,
    In,
}

/// The surface moved out or in.
fn moved(prisms: &Prisms, margins: [[f64; 2]; 3], way: Way) -> Option<ContourStack> {
    let mover = Mover::new(prisms, margins, way)?;
    let (first, last) = (prisms.slabs.first()?, prisms.slabs.last()?);
    let [below, above] = margins[2];
    let (low, high) = match way {
        Way::Out => (first.low_mm - below, last.high_mm + above),
        Way::In => (first.low_mm + below, last.high_mm - above),
    };
    if high <= low {
        return None;
    }
    let step = ((high - low) / PLANES).clamp(PLANE_STEP_MM[0], PLANE_STEP_MM[1]);
    let count = ((high - low) / step).ceil().max(1.0);
    let step = (high - low) / count;
    let positions: Vec<f64> = (0..count as usize)
        .map(|index| low + (index as f64 + 0.5) * step)
        .collect();
    let planes = mover.planes(&positions);
    ContourStack::from_planes(prisms.frame, planes, Some(step))
}

struct Mover<'a> {
    slabs: &'a [Slab],
    way: Way,
    /// Lengths along the normal that count as one, for what lies below a plane and what lies above it.
    along_w: [f64; 2],
    gauge: Gauge,
    lattice: PlaneLattice,
    /// The edges of each cross-section, where margins are too small for the lattice.
    edges: Option<Vec<Edges>>,
}

impl<'a> Mover<'a> {
    fn new(prisms: &'a Prisms, margins: [[f64; 2]; 3], way: Way) -> Option<Self> {
        let slabs = &prisms.slabs;
        let bounds = slabs
            .iter()
            .filter_map(|slab| slab.region.bounds())
            .reduce(|[a, b], [c, d]| {
                [
                    [a[0].min(c[0]), a[1].min(c[1])],
                    [b[0].max(d[0]), b[1].max(d[1])],
                ]
            })?;
        let least = margins
            .iter()
            .flatten()
            .copied()
            .filter(|mm| *mm > 0.0)
            .fold(f64::INFINITY, f64::min);
        let [mut low, mut high] = bounds;
        if way == Way::Out {
            for axis in 0..2 {
                low[axis] -= margins[axis][0];
                high[axis] += margins[axis][1];
            }
        }
        let coarsest = match way {
            Way::Out
                if margins[..2]
                    .iter()
                    .flatten()
                    .all(|mm| *mm > NODE_STEP_MM[1]) =>
            {
                NODE_STEP_MM[1]
            }
            _ => SHARP_STEP_MM,
        };
        let widest = (high[0] - low[0]).max(high[1] - low[1]);
        let step = (8.0 * least * OFF_MM)
            .sqrt()
            .clamp(NODE_STEP_MM[0], coarsest)
            .max(widest / MOST_NODES);
        let small = margins[..2].iter().flatten().any(|mm| *mm < 2.0 * step);
        let unit = margins.map(|pair| pair.map(|mm| mm.max(NO_MARGIN_MM)));
        let [u, v, [below, above]] = unit;
        // Seen from outside each wall moves in by its own margin, so towards the other side.
        let (gauge, along_w) = match way {
            Way::Out => (
                Gauge {
                    below: [u[0], v[0]],
                    above: [u[1], v[1]],
                },
                [above, below],
            ),
            Way::In => (
                Gauge {
                    below: [u[1], v[1]],
                    above: [u[0], v[0]],
                },
                [below, above],
            ),
        };
        Some(Self {
            slabs,
            way,
            along_w,
            gauge,
            lattice: PlaneLattice::around([low, high], step, 3),
            edges: small.then(|| {
                slabs
                    .par_iter()
                    .map(|slab| Edges::of(&slab.region))
                    .collect()
            }),
        })
    }

    /// The side on which the gauge is seen from the boundary.
    fn side(&self) -> Side {
        match self.way {
            Way::Out => Side::Outside,
            Way::In => Side::Inside,
        }
    }

    /// The slabs that can be felt on planes between two positions.
    fn felt(&self, low: f64, high: f64) -> Range<usize> {
        let [from_below, from_above] = self.along_w;
        let first = self
            .slabs
            .partition_point(|slab| slab.high_mm < low - from_below);
        let last = self
            .slabs
            .partition_point(|slab| slab.low_mm <= high + from_above);
        first..last.max(first)
    }

    /// Cross-sections of the result, in batches whose fields fit into memory.
    fn planes(&self, positions: &[f64]) -> Vec<ContourPlane> {
        let most = (KEPT_BYTES / (4 * self.lattice.nodes())).max(1);
        let mut planes = Vec::new();
        let mut start = 0;
        while start < positions.len() {
            let mut end = start + 1;
            while end < positions.len() && self.felt(positions[start], positions[end]).len() <= most
            {
                end += 1;
            }
            let felt = self.felt(positions[start], positions[end - 1]);
            let fields: Vec<Vec<f32>> = self.slabs[felt.clone()]
                .par_iter()
                .map(|slab| {
                    self.gauge.signed(
                        &slab.region,
                        &self.lattice,
                        self.side(),
                        [1.0, BEYOND * self.lattice.step_mm],
                    )
                })
                .collect();
            let made: Vec<Option<ContourPlane>> = positions[start..end]
                .par_iter()
                .map(|position| self.plane(*position, &fields, felt.start))
                .collect();
            planes.extend(made.into_iter().flatten());
            start = end;
        }
        planes
    }

    /// Squared gauge along the normal from a slab (or a gap) to a plane.
    fn across(&self, plane: f64, low: f64, high: f64) -> f64 {
        let [from_below, from_above] = self.along_w;
        let part = if plane > high {
            (plane - high) / from_below
        } else if plane < low {
            (low - plane) / from_above
        } else {
            0.0
        };
        part * part
    }

    /// Squared gauge to a plane from the nearest place along the normal where there is nothing at all.
    fn nothing_near(&self, plane: f64) -> f64 {
        let ends = [
            (f64::NEG_INFINITY, self.slabs[0].low_mm),
            (self.slabs[self.slabs.len() - 1].high_mm, f64::INFINITY),
        ];
        let gaps = self
            .slabs
            .windows(2)
            .filter(|pair| pair[1].low_mm - pair[0].high_mm > 1e-6)
            .map(|pair| (pair[0].high_mm, pair[1].low_mm));
        ends.into_iter()
            .chain(gaps)
            .map(|(low, high)| self.across(plane, low, high))
            .fold(f64::INFINITY, f64::min)
    }

    fn plane(&self, position: f64, fields: &[Vec<f32>], first: usize) -> Option<ContourPlane> {
        if self.way == Way::In && self.nothing_near(position) <= 1.0 {
            return None;
        }
        let felt = self.felt(position, position);
        // What is left in the plane: the most of any slab going out, the least going in.
        let mut left = vec![-FAR; self.lattice.nodes()];
        for index in felt.clone() {
            let slab = &self.slabs[index];
            let square = 1.0 - self.across(position, slab.low_mm, slab.high_mm);
            if square < 0.0 {
                continue;
            }
            let reach = square.sqrt() as f32;
            for (left, gauge) in left.iter_mut().zip(&fields[index - first]) {
                *left = left.max(match self.way {
                    Way::Out => reach - gauge,
                    Way::In => reach + gauge,
                });
            }
        }
        let sign = if self.way == Way::Out { 1.0 } else { -1.0 };
        let values: Vec<f64> = left
            .iter()
            .map(|left| sign * f64::from(left.clamp(-FAR, FAR)))
            .collect();
        let rings = match &self.edges {
            None => region_above_zero(&self.lattice, &values).rings().to_vec(),
            Some(edges) => {
                let lines = |count: usize, axis: usize| -> Vec<f64> {
                    (0..count)
                        .map(|index| self.lattice.position(index, index)[axis])
                        .collect()
                };
                let (us, vs) = (lines(self.lattice.columns, 0), lines(self.lattice.rows, 1));
                let field = NodeField {
                    us: &us,
                    vs: &vs,
                    values: &values,
                };
                let belongs = |point: Point2| self.belongs(point, position, edges, felt.clone());
                field.rings(Between::Searched(&belongs, HALVINGS))
            }
        };
        let rings: Vec<Vec<Point2>> = rings
            .into_iter()
            .map(|ring| thinned(ring, STRAIGHT_MM))
            .collect();
        (!rings.is_empty()).then_some(ContourPlane {
            position_mm: position,
            rings,
        })
    }

    /// Whether a point of a plane belongs to the result, by all edges that can reach it.
    fn belongs(&self, point: Point2, plane: f64, edges: &[Edges], felt: Range<usize>) -> bool {
        let reached = felt.into_iter().any(|index| {
            let slab = &self.slabs[index];
            let left = 1.0 - self.across(plane, slab.low_mm, slab.high_mm);
            left >= 0.0
                && (edges[index].contain(point) == (self.way == Way::Out)
                    || edges[index].reach(point, &self.gauge, left))
        });
        reached == (self.way == Way::Out)
    }
}
