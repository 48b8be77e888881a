//! The space between two neighbouring planes: a cubic through the depths of four planes, node by node.

use super::cap::Cap;
use super::depth::{Depth, area_law, level_to_area};
use super::matching::{Matched, matched};
use super::{Run, slab};
use crate::geometry::{PlanarRegion, PlaneLattice, region_above_zero, signed_distance};
use crate::structure::Slab;
use std::sync::Arc;

/// Two neighbouring bends of one sign count up to this multiple of the smaller; of different sign not at all. So
/// a step after flat planes makes no bulge before it.
const MOST_BEND: f64 = 4.0;
/// From this change of the inradius from plane to plane on, the area of the section follows it.
const LEAST_CHANGE: f64 = 0.05;
/// Steps in the mean of the area over a thin prism.
const AREA_STEPS: usize = 8;
/// Cuts closer than this in mm are one.
const SAME_CUT_MM: f64 = 1e-6;

/// Depths of the nodes in one thin prism.
pub(super) struct Layer<'a> {
    lattice: &'a PlaneLattice,
    values: Vec<f64>,
}

impl<'a> Layer<'a> {
    /// Outside everywhere.
    pub(super) fn empty(lattice: &'a PlaneLattice) -> Self {
        Self {
            lattice,
            values: vec![f64::NEG_INFINITY; lattice.nodes()],
        }
    }

    /// Adds where a depth is above zero.
    pub(super) fn unite(&mut self, depth: &[f64]) {
        for (value, depth) in self.values.iter_mut().zip(depth) {
            *value = value.max(*depth);
        }
    }

    /// Takes away where a depth is above zero.
    fn subtract(&mut self, depth: &[f64]) {
        for (value, depth) in self.values.iter_mut().zip(depth) {
            *value = value.min(-depth);
        }
    }

    /// What lies inside.
    pub(super) fn region(&self) -> Arc<PlanarRegion> {
        Arc::new(region_above_zero(self.lattice, &self.values))
    }
}

/// The cubic between two planes: depths in both, and second divided differences there over three planes each.
struct Body {
    lower: Arc<Depth>,
    upper: Arc<Depth>,
    bends: Option<[Vec<f64>; 2]>,
    /// How the area goes with the inradius, and the square of that in both planes with its two bends; where a part
    /// narrows quickly. The depth alone gives corners and tips less than their due there.
    area: Option<([f64; 2], [f64; 4])>,
    /// The four positions along the normal; where a plane is missing, as far away as the other side's.
    at: [f64; 4],
}

impl Body {
    /// Weights at a position of the two depths and the two bends.
    fn weights(&self, x: f64) -> [f64; 4] {
        let [before, lower, upper, after] = self.at;
        let t = (x - lower) / (upper - lower);
        let arc = (x - lower) * (x - upper);
        let s = (x - before) / (after - before);
        [1.0 - t, t, arc * (1.0 - s), arc * s]
    }

    /// Their means over a layer: Simpson's rule is exact for a cubic.
    fn mean_weights(&self, low: f64, high: f64) -> [f64; 4] {
        let [a, b, c] = [low, 0.5 * (low + high), high].map(|x| self.weights(x));
        std::array::from_fn(|i| (a[i] + 4.0 * b[i] + c[i]) / 6.0)
    }

    fn mean_area(&self, [a, b]: [f64; 2], squares: [f64; 4], low: f64, high: f64) -> f64 {
        let sum: f64 = (0..AREA_STEPS)
            .map(|step| low + (high - low) * (step as f64 + 0.5) / AREA_STEPS as f64)
            .map(|x| {
                let terms = self.weights(x).into_iter().zip(squares);
                let square = terms.map(|(w, value)| w * value).sum::<f64>().max(0.0);
                a * square.sqrt() + b * square
            })
            .sum();
        sum / AREA_STEPS as f64
    }

    fn fill(&self, layer: &mut Layer<'_>, low: f64, high: f64) {
        let weights = self.mean_weights(low, high);
        let ends = self.lower.values.iter().zip(&self.upper.values);
        let values = layer.values.iter_mut().zip(ends);
        match &self.bends {
            None => {
                for (value, (a, b)) in values {
                    *value = weights[0] * a + weights[1] * b;
                }
            }
            Some([first, second]) => {
                for ((value, (a, b)), (c, d)) in values.zip(first.iter().zip(second)) {
                    *value = weights[0] * a + weights[1] * b + weights[2] * c + weights[3] * d;
                }
            }
        }
        if let Some((law, squares)) = self.area {
            let area = self.mean_area(law, squares, low, high);
            level_to_area(layer.lattice, &mut layer.values, area);
        }
    }
}

/// A part or a hole that ends between the planes.
struct Ending {
    cap: Cap,
    /// The plane where it ends, and the direction.
    at: f64,
    sign: f64,
    is_hole: bool,
}

impl Ending {
    /// The distances beyond its plane that a layer covers; `None` where it has ended.
    fn span(&self, low: f64, high: f64) -> Option<[f64; 2]> {
        let [a, b] = [low, high].map(|x| self.sign * (x - self.at));
        let (from, to) = (a.min(b), a.max(b));
        (0.5 * (from + to) < self.cap.height_mm).then_some([from, to])
    }
}

impl Run<'_> {
    /// The thin prisms between plane `lower` and the next: one prism of what was drawn where contours are equal, but
    /// for two in the middle, as on both sides of a ball's equator.
    pub(super) fn interval(
        &self,
        lower: usize,
        prisms: usize,
        depths: &[Option<Arc<Depth>>],
    ) -> Vec<Slab> {
        let [below, above] = [&self.planes[lower], &self.planes[lower + 1]];
        let goes_on = |index: Option<usize>| {
            index.is_none_or(|index| self.planes[index].region == below.region)
        };
        if below.region == above.region
            && (goes_on(lower.checked_sub(1)) || goes_on(self.neighbour(lower + 1, true)))
        {
            return slab(below.at, above.at, &below.region);
        }
        let from_below = matched(&below.region, &above.region);
        let from_above = matched(&above.region, &below.region);
        let body = self.body(lower, &from_below.region, &from_above.region, depths);
        let reach = above.at - below.at;
        let mut endings = self.endings(lower, true, from_below, reach);
        endings.extend(self.endings(lower + 1, false, from_above, reach));
        let mut cuts: Vec<f64> = (0..=prisms)
            .map(|cut| below.at + reach * (cut as f64 / prisms as f64))
            .collect();
        cuts[prisms] = above.at;
        cuts.extend(
            endings
                .iter()
                .map(|ending| ending.at + ending.sign * ending.cap.height_mm),
        );
        between_cuts(cuts)
            .into_iter()
            .flat_map(|[low, high]| {
                let mut layer = Layer::empty(&self.lattice);
                if let Some(body) = &body {
                    body.fill(&mut layer, low, high);
                }
                for ending in endings.iter().filter(|ending| !ending.is_hole) {
                    if let Some([from, to]) = ending.span(low, high) {
                        layer.unite(&ending.cap.mean(&self.lattice, from, to));
                    }
                }
                for ending in endings.iter().filter(|ending| ending.is_hole) {
                    if let Some([from, to]) = ending.span(low, high) {
                        layer.subtract(&ending.cap.mean(&self.lattice, from, to));
                    }
                }
                slab(low, high, &layer.region())
            })
            .collect()
    }

    fn endings(&self, index: usize, upwards: bool, matched: Matched, reach: f64) -> Vec<Ending> {
        let parts = matched.ended_parts.into_iter().map(|part| (part, false));
        let holes = matched.ended_holes.into_iter().map(|hole| (hole, true));
        parts
            .chain(holes)
            .filter_map(|(region, is_hole)| {
                Some(Ending {
                    cap: self.cap(index, upwards, region, is_hole, reach)?,
                    at: self.planes[index].at,
                    sign: if upwards { 1.0 } else { -1.0 },
                    is_hole,
                })
            })
            .collect()
    }

    /// What goes on from one plane to the next; `None` when nothing does.
    fn body(
        &self,
        lower: usize,
        below: &Arc<PlanarRegion>,
        above: &Arc<PlanarRegion>,
        depths: &[Option<Arc<Depth>>],
    ) -> Option<Body> {
        let depth = |index: usize, region: &Arc<PlanarRegion>| {
            if Arc::ptr_eq(region, &self.planes[index].region) {
                depths[index].clone()
            } else {
                self.depth(region)
            }
        };
        // A plane further off counts as far as it continues the nearer one.
        let farther = |index: Option<usize>, near: &Arc<PlanarRegion>| {
            let index = index?;
            let plane = &self.planes[index];
            let region = matched(&plane.region, near).region;
            let ended = matched(near, &plane.region).ended_rings;
            Some(Farther {
                at: plane.at,
                depth: depth(index, &region)?,
                alone: self.nearest_to(near, &ended),
            })
        };
        let (a, b) = (depth(lower, below)?, depth(lower + 1, above)?);
        let (low, high) = (self.planes[lower].at, self.planes[lower + 1].at);
        let before = farther(lower.checked_sub(1), below);
        let after = farther(self.neighbour(lower + 1, true), above);
        let planes = Planes {
            before,
            lower: (low, a),
            upper: (high, b),
            after,
        };
        let is_one = |region: &PlanarRegion| region.rings().len() == 1;
        Some(planes.body(is_one(below) && is_one(above)))
    }
}

impl Run<'_> {
    /// The nodes that are nearest to some rings of a region.
    fn nearest_to(&self, region: &PlanarRegion, rings: &[usize]) -> Vec<usize> {
        if rings.is_empty() {
            return Vec::new();
        }
        let is_meant: Vec<bool> = region
            .rings()
            .iter()
            .enumerate()
            .flat_map(|(index, ring)| vec![rings.contains(&index); ring.len()])
            .collect();
        signed_distance(region, &self.lattice)
            .edge
            .into_iter()
            .enumerate()
            .filter(|(_, edge)| is_meant[*edge as usize])
            .map(|(node, _)| node)
            .collect()
    }
}

/// A plane beyond the two.
struct Farther {
    at: f64,
    depth: Arc<Depth>,
    /// The nodes at parts and holes that do not reach it.
    alone: Vec<usize>,
}

/// Up to four planes in a row, each with its position.
struct Planes {
    before: Option<Farther>,
    lower: (f64, Arc<Depth>),
    upper: (f64, Arc<Depth>),
    after: Option<Farther>,
}

impl Planes {
    /// The cubic between the inner two. The area follows the inradius where they are single parts that narrow.
    fn body(self, are_single: bool) -> Body {
        let ((low, a), (high, b)) = (self.lower, self.upper);
        let bend = |x: [f64; 3], f: [f64; 3]| {
            let [h, k] = [x[1] - x[0], x[2] - x[1]];
            ((f[2] - f[1]) / k - (f[1] - f[0]) / h) / (h + k)
        };
        let bends = |x: [f64; 3], f: [&Depth; 3]| -> Vec<f64> {
            let values = f[0].values.iter().zip(&f[1].values).zip(&f[2].values);
            values.map(|((a, b), c)| bend(x, [*a, *b, *c])).collect()
        };
        let square_bend =
            |x: [f64; 3], f: [&Depth; 3]| bend(x, f.map(|depth| depth.inradius_mm.powi(2)));
        let first = self.before.as_ref().map(|plane| {
            let (x, f) = ([plane.at, low, high], [&*plane.depth, &*a, &*b]);
            (bends(x, f), square_bend(x, f))
        });
        let second = self.after.as_ref().map(|plane| {
            let (x, f) = ([low, high, plane.at], [&*a, &*b, &*plane.depth]);
            (bends(x, f), square_bend(x, f))
        });
        let (bends, square_bends) = match (first, second) {
            (Some((mut first, square)), Some((mut second, other))) => {
                let alone = |plane: &Option<Farther>| {
                    plane
                        .as_ref()
                        .map_or_else(Vec::new, |plane| plane.alone.clone())
                };
                for node in alone(&self.before) {
                    first[node] = second[node];
                }
                for node in alone(&self.after) {
                    second[node] = first[node];
                }
                for (c, d) in first.iter_mut().zip(&mut second) {
                    [*c, *d] = limited(*c, *d);
                }
                (Some([first, second]), limited(square, other))
            }
            (Some((only, square)), None) | (None, Some((only, square))) => {
                (Some([only.clone(), only]), [square; 2])
            }
            (None, None) => (None, [0.0; 2]),
        };
        let law = if a.inradius_mm < b.inradius_mm {
            area_law(&a, &b, LEAST_CHANGE)
        } else {
            area_law(&b, &a, LEAST_CHANGE)
        };
        let squares = [&a, &b].map(|depth| depth.inradius_mm.powi(2));
        let [c, d] = square_bends;
        Body {
            area: law
                .filter(|_| are_single)
                .map(|law| (law, [squares[0], squares[1], c, d])),
            lower: a,
            upper: b,
            bends,
            at: [
                self.before.map_or(2.0 * low - high, |plane| plane.at),
                low,
                high,
                self.after.map_or(2.0 * high - low, |plane| plane.at),
            ],
        }
    }
}

/// Two neighbouring bends, neither above a multiple of the other, both none where they differ in sign.
fn limited(a: f64, b: f64) -> [f64; 2] {
    if a * b <= 0.0 {
        return [0.0; 2];
    }
    let most = MOST_BEND * a.abs().min(b.abs());
    [a, b].map(|bend| bend.clamp(-most, most))
}

/// The layers between cuts in any order.
pub(super) fn between_cuts(mut cuts: Vec<f64>) -> Vec<[f64; 2]> {
    cuts.sort_by(f64::total_cmp);
    let ends = cuts.first().copied().zip(cuts.last().copied());
    // Of cuts that are one the first stays, but for the last of all.
    cuts.dedup_by(|next, kept| *next - *kept < SAME_CUT_MM);
    if let (Some((first, last)), Some(end)) = (ends, cuts.last_mut())
        && last > first
    {
        *end = last;
    }
    cuts.windows(2).map(|pair| [pair[0], pair[1]]).collect()
}
