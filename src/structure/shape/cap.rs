//! The rounded end of a part: how its cross-section shrinks to nothing beyond its last plane.

use super::depth::{Depth, area_law, level_to_area};
use crate::geometry::PlaneLattice;
use std::sync::Arc;

/// Part of the reach after which a part ends whose last planes do not shrink: half an ellipsoid of this height
/// holds as much as half a slice.
const BLUNT: f64 = 0.75;
/// Halvings in the search for the height.
const HALVINGS: usize = 40;
/// Below this change of the inradius from plane to plane nothing is learnt about how the area goes with it.
const LEAST_CHANGE: f64 = 1e-3;
/// Steps in the mean of the area over a thin prism.
const AREA_STEPS: usize = 16;

/// A plane at the end of a part.
pub(super) struct EndPlane {
    pub(super) depth: Arc<Depth>,
    /// Distance to the plane after it in mm; 0 for the last.
    pub(super) step_mm: f64,
}

/// The end of a part: depths at a distance `t` beyond its last plane.
#[derive(Debug, Clone)]
pub(super) struct Cap {
    last: Arc<Depth>,
    /// First and second divided differences of the depth over the last planes, outwards, where there are such.
    slope: Vec<f64>,
    bend: Vec<f64>,
    /// Square of the inradius in the last plane, and its divided differences.
    square: [f64; 3],
    /// `[a, b]` of the area `a r + b r^2` at inradius `r`; none for an end that goes on unchanged.
    area: Option<[f64; 2]>,
    /// Step from the plane before to the last.
    step_mm: f64,
    /// What a closing parabola takes away at the end.
    taken_mm2: f64,
    /// Where the part ends.
    pub(super) height_mm: f64,
}

/// A parabola by a value and divided differences: `value` at 0, `t` beyond it never more, never rising.
fn falling(value: f64, slope: f64, bend: f64, step: f64, t: f64) -> f64 {
    let start = slope + bend * step;
    let t = if bend > 0.0 {
        t.min((-0.5 * start / bend).max(0.0))
    } else {
        t
    };
    (value + t * (start + bend * t)).min(value)
}

impl Cap {
    /// The end that the last planes of a part suggest, from the last one inwards, within `reach_mm`.
    ///
    /// Parabolas through the last three planes (lines through two): that of the square of the inradius `r` says where
    /// the part ends, those of the depths how its section shrinks. Its area goes with `a r + b r^2` (a ball, an
    /// ellipsoid, a cone have b alone, a lying cylinder and a torus a alone, a lying capsule both), a and b from the
    /// last two planes. Those solids end where they do and hold what they do. A part that would end beyond the reach
    /// is closed within it by a parabola more: at the whole reach where it nearly ends, earlier the flatter it is.
    ///
    /// `None` for a part too small to be seen on the lattice.
    pub(super) fn rounded(planes: &[EndPlane], reach_mm: f64) -> Option<Self> {
        let last = planes.first()?;
        let is_seen = last.depth.values.iter().any(|value| *value > 0.0);
        if !is_seen || reach_mm <= 0.0 || last.depth.inradius_mm <= 0.0 {
            return None;
        }
        let mut cap = Self::flat(Arc::clone(&last.depth), reach_mm);
        let square = |index: usize| planes[index].depth.inradius_mm.powi(2);
        cap.square[0] = square(0);
        let like_a_ball = [0.0, last.depth.area_mm2 / square(0)];
        let law = planes
            .get(1)
            .and_then(|before| area_law(&last.depth, &before.depth, LEAST_CHANGE));
        cap.area = Some(law.unwrap_or(like_a_ball));
        if let [_, second, ..] = planes {
            let step = second.step_mm;
            cap.step_mm = step;
            cap.slope = differences(&last.depth.values, &second.depth.values, step);
            let slope = (square(0) - square(1)) / step;
            cap.square[1] = slope;
            if let [_, _, third, ..] = planes {
                let span = step + third.step_mm;
                let earlier = differences(&second.depth.values, &third.depth.values, third.step_mm);
                cap.bend = differences(&cap.slope, &earlier, span);
                cap.square[2] = (slope - (square(1) - square(2)) / third.step_mm) / span;
            }
        }
        let [_, slope, bend] = cap.square;
        let left = |t: f64| falling(square(0), slope, bend, cap.step_mm, t);
        if left(reach_mm) > 0.0 {
            let flatness = left(reach_mm) / square(0);
            cap.height_mm = reach_mm * (1.0 - (1.0 - BLUNT) * flatness);
            cap.taken_mm2 = left(cap.height_mm);
        } else {
            let (mut low, mut high) = (0.0, reach_mm);
            for _ in 0..HALVINGS {
                let middle = 0.5 * (low + high);
                if left(middle) > 0.0 {
                    low = middle;
                } else {
                    high = middle;
                }
            }
            cap.height_mm = high;
        }
        Some(cap)
    }

    /// A part that goes on unchanged.
    pub(super) fn flat(last: Arc<Depth>, height_mm: f64) -> Self {
        Self {
            last,
            slope: Vec::new(),
            bend: Vec::new(),
            square: [0.0; 3],
            area: None,
            step_mm: 0.0,
            taken_mm2: 0.0,
            height_mm,
        }
    }

    /// Depth of a node at a distance beyond the last plane.
    fn at(&self, node: usize, t: f64) -> f64 {
        let [slope, bend] =
            [&self.slope, &self.bend].map(|values| values.get(node).copied().unwrap_or(0.0));
        let closing = self.taken_mm2 * (t / self.height_mm).powi(2);
        falling(self.last.values[node], slope, bend, self.step_mm, t) - closing
    }

    /// Mean depth of each node from one distance to another (Simpson: exact for the parabola), at the level that
    /// gives the mean area.
    pub(super) fn mean(&self, lattice: &PlaneLattice, from: f64, to: f64) -> Vec<f64> {
        let middle = 0.5 * (from + to);
        let mean =
            |node| (self.at(node, from) + 4.0 * self.at(node, middle) + self.at(node, to)) / 6.0;
        let mut values: Vec<f64> = (0..self.last.values.len()).map(mean).collect();
        if let Some(law) = self.area {
            level_to_area(lattice, &mut values, self.mean_area(law, from, to));
        }
        values
    }

    fn mean_area(&self, [a, b]: [f64; 2], from: f64, to: f64) -> f64 {
        let [value, slope, bend] = self.square;
        let sum: f64 = (0..AREA_STEPS)
            .map(|step| from + (to - from) * (step as f64 + 0.5) / AREA_STEPS as f64)
            .map(|t| {
                let closing = self.taken_mm2 * (t / self.height_mm).powi(2);
                let square = falling(value, slope, bend, self.step_mm, t) - closing;
                a * square.max(0.0).sqrt() + b * square.max(0.0)
            })
            .sum();
        sum / AREA_STEPS as f64
    }
}

/// `(a - b) / step`, node by node.
fn differences(a: &[f64], b: &[f64], step: f64) -> Vec<f64> {
    a.iter().zip(b).map(|(a, b)| (a - b) / step).collect()
}
