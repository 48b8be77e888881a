//! Brute force: straight lines through the prisms, along which the stored dose is followed exactly.
//!
//! Lines run along the first axis of the contour planes. Where they lie across it (v and w) is a Fibonacci
//! lattice, which is even in each of the two coordinates alone as well. Inside and outside come from the even-odd
//! rule along the line; the line is cut at every plane of voxel centres, between which the trilinear dose is a
//! cubic (a straight line when the axes agree), followed by short straight pieces.

use super::grids::Sampler;
use super::stack::{Ring, Solid};
use hepadose::geometry::vector::{Vector, add_scaled, dot};

const FIBONACCI: [usize; 15] = [
    21, 34, 55, 89, 144, 233, 377, 610, 987, 1597, 2584, 4181, 6765, 10946, 17711,
];

/// What a scan finds.
#[derive(Debug, Clone)]
pub(crate) struct Scan {
    /// Volume in mm^3 inside the dose grid.
    pub(crate) covered: f64,
    /// Volume in mm^3 at or above each level.
    pub(crate) above: Vec<f64>,
    pub(crate) mean: f64,
    pub(crate) min: f64,
    pub(crate) max: f64,
}

/// Volumes at or above ascending levels of `transform(dose)`, with about `lines` lines in all.
pub(crate) fn scan(
    solid: &Solid,
    sampler: &Sampler,
    levels: &[f64],
    lines: usize,
    transform: Option<&dyn Fn(f64) -> f64>,
) -> Scan {
    let mut tally = Tally {
        levels,
        partial: vec![0.0; levels.len() + 1],
        full: vec![0.0; levels.len() + 1],
        covered: 0.0,
        moment: 0.0,
        min: f64::INFINITY,
        max: f64::NEG_INFINITY,
    };
    let whole: f64 = solid.slabs.iter().map(|slab| slab.high - slab.low).sum();
    let along = sampler.axes.map(|axis| dot(axis, solid.frame.axes[0]));
    let domains = [0, 1, 2].map(|axis| sampler.domain(axis));
    let moving = along.iter().filter(|x| x.abs() > 1e-12).count();
    let pieces = if moving == 1 && transform.is_none() {
        1
    } else {
        8
    };
    let mut cuts: Vec<f64> = Vec::new();
    let across = |axis: usize| parallel(sampler, solid, axis);
    let [clip_v, clip_w] = [across(1), across(2)];
    for slab in &solid.slabs {
        let bottom = slab.low.max(clip_w[0]);
        let height = slab.high.min(clip_w[1]) - bottom;
        if height <= 0.0 {
            continue;
        }
        let strips = strips(&slab.rings, clip_v);
        let all: f64 = strips.iter().map(|strip| strip[1] - strip[0]).sum();
        for (low, high, index, n, step) in strips.iter().flat_map(|[low, high]| {
            let wanted = lines as f64 * height / whole * (high - low) / all;
            let (n, step) = lattice(wanted);
            (0..n).map(move |index| (*low, *high, index, n, step))
        }) {
            let weight = (high - low) * height / n as f64;
            let v = low + (high - low) * (index as f64 + 0.5) / n as f64;
            let share = ((index * step) as f64 / n as f64 + 0.5 / n as f64).fract();
            let w = bottom + share * height;
            let start = sampler.local(solid.frame.point([0.0, v], w));
            for interval in crossings(&slab.rings, v).chunks_exact(2) {
                let [mut a, mut b] = [interval[0], interval[1]];
                cuts.clear();
                for axis in 0..3 {
                    if along[axis].abs() <= 1e-12 {
                        let [low, high] = domains[axis];
                        if start[axis] < low || start[axis] > high {
                            b = a;
                        }
                        continue;
                    }
                    let at = |x: f64| (x - start[axis]) / along[axis];
                    let [p, q] = domains[axis].map(at);
                    a = a.max(p.min(q));
                    b = b.min(p.max(q));
                    let nodes = &sampler.nodes[axis];
                    let (x, y) = (start[axis] + a * along[axis], start[axis] + b * along[axis]);
                    let first = nodes.partition_point(|node| *node <= x.min(y));
                    cuts.extend(
                        nodes[first..]
                            .iter()
                            .take_while(|node| **node < x.max(y))
                            .map(|x| at(*x)),
                    );
                }
                if b <= a {
                    continue;
                }
                cuts.retain(|t| *t > a && *t < b);
                cuts.extend([a, b]);
                cuts.sort_by(f64::total_cmp);
                for pair in cuts.windows(2) {
                    tally.follow(
                        sampler,
                        start,
                        along,
                        [pair[0], pair[1]],
                        pieces,
                        weight,
                        transform,
                    );
                }
            }
        }
    }
    tally.finish()
}

struct Tally<'a> {
    levels: &'a [f64],
    partial: Vec<f64>,
    full: Vec<f64>,
    covered: f64,
    moment: f64,
    min: f64,
    max: f64,
}

impl Tally<'_> {
    #[allow(clippy::too_many_arguments)]
    fn follow(
        &mut self,
        sampler: &Sampler,
        start: Vector,
        along: Vector,
        [a, b]: [f64; 2],
        pieces: usize,
        weight: f64,
        transform: Option<&dyn Fn(f64) -> f64>,
    ) {
        let value = |t: f64| {
            let dose = sampler.value(add_scaled(start, t, along));
            transform.map_or(dose, |transform| transform(dose))
        };
        let step = (b - a) / pieces as f64;
        let mut from = value(a);
        for piece in 1..=pieces {
            let to = value(a + piece as f64 * step);
            self.add(from, to, weight * step);
            from = to;
        }
    }

    fn add(&mut self, a: f64, b: f64, volume: f64) {
        let (a, b) = (a.min(b), a.max(b));
        self.covered += volume;
        self.moment += volume * 0.5 * (a + b);
        self.min = self.min.min(a);
        self.max = self.max.max(b);
        // Levels up to `a` are reached everywhere, those up to `b` in part.
        let whole = self.levels.partition_point(|level| *level <= a);
        self.full[whole] += volume;
        for index in whole..self.levels.len() {
            if self.levels[index] > b {
                break;
            }
            self.partial[index] += volume * (b - self.levels[index]) / (b - a);
        }
    }

    fn finish(self) -> Scan {
        let mut above = vec![0.0; self.levels.len()];
        let mut sum = 0.0;
        for index in (0..self.levels.len()).rev() {
            sum += self.full[index + 1];
            above[index] = sum + self.partial[index];
        }
        Scan {
            covered: self.covered,
            above,
            mean: self.moment / self.covered,
            min: self.min,
            max: self.max,
        }
    }
}

/// A Fibonacci number near `wanted` and the one before it.
fn lattice(wanted: f64) -> (usize, usize) {
    let index = FIBONACCI
        .partition_point(|n| (*n as f64) < wanted)
        .clamp(1, FIBONACCI.len() - 1);
    (FIBONACCI[index], FIBONACCI[index - 1])
}

/// The rows over which the number of rings does not change, cut off where the dose grid ends.
fn strips(rings: &[Ring], [low, high]: [f64; 2]) -> Vec<[f64; 2]> {
    let mut ends: Vec<f64> = rings
        .iter()
        .flat_map(|ring| {
            let v = || ring.points.iter().map(|p| p[1]);
            [
                v().fold(f64::INFINITY, f64::min),
                v().fold(f64::NEG_INFINITY, f64::max),
            ]
        })
        .map(|v| v.clamp(low, high))
        .collect();
    ends.sort_by(f64::total_cmp);
    ends.windows(2)
        .map(|pair| [pair[0], pair[1]])
        .filter(|[low, high]| high - low > 1e-9)
        .collect()
}

/// Where the dose grid begins and ends along an axis of the frame, if one of its own runs along that.
fn parallel(sampler: &Sampler, solid: &Solid, axis: usize) -> [f64; 2] {
    let direction = solid.frame.axes[axis];
    (0..3)
        .find(|own| dot(sampler.axes[*own], direction).abs() > 1.0 - 1e-12)
        .map_or([f64::NEG_INFINITY, f64::INFINITY], |own| {
            let sign = dot(sampler.axes[own], direction).signum();
            let from: Vector = std::array::from_fn(|c| sampler.origin[c] - solid.frame.origin[c]);
            let [a, b] = sampler.domain(own).map(|x| dot(from, direction) + sign * x);
            [a.min(b), a.max(b)]
        })
}

/// Where a line at `v` crosses the rings, ascending: inside from the first to the second, and so on.
pub(crate) fn crossings(rings: &[Ring], v: f64) -> Vec<f64> {
    let mut all = Vec::new();
    for ring in rings {
        let points = &ring.points;
        for index in 0..points.len() {
            let (p, q) = (points[index], points[(index + 1) % points.len()]);
            if (p[1] <= v) != (q[1] <= v) {
                all.push(p[0] + (v - p[1]) / (q[1] - p[1]) * (q[0] - p[0]));
            }
        }
    }
    all.sort_by(f64::total_cmp);
    all
}

/// Least and highest dose over the closed prisms inside the grid, from many points on their surfaces and the
/// voxel centres within.
pub(crate) fn extremes(solid: &Solid, sampler: &Sampler, step_mm: f64) -> [f64; 2] {
    let mut range = [f64::INFINITY, f64::NEG_INFINITY];
    let mut take = |point: Vector| {
        let local = sampler.local(point);
        if sampler.covers(local) {
            let dose = sampler.value(local);
            range = [range[0].min(dose), range[1].max(dose)];
        }
    };
    let [u, v, w] = solid.frame.axes;
    for slab in &solid.slabs {
        let mut ws = evenly(slab.high - slab.low, step_mm.max(0.25));
        ws.extend(node_crossings(
            sampler,
            solid.frame.point([0.0; 2], slab.low),
            w,
            slab.high - slab.low,
        ));
        for ring in &slab.rings {
            for index in 0..ring.points.len() {
                let (p, q) = (
                    ring.points[index],
                    ring.points[(index + 1) % ring.points.len()],
                );
                let delta = [q[0] - p[0], q[1] - p[1]];
                let length = (delta[0] * delta[0] + delta[1] * delta[1]).sqrt();
                if length == 0.0 {
                    continue;
                }
                let direction: Vector =
                    std::array::from_fn(|c| (delta[0] * u[c] + delta[1] * v[c]) / length);
                let mut along = evenly(length, step_mm);
                along.extend(node_crossings(
                    sampler,
                    solid.frame.point(p, slab.low),
                    direction,
                    length,
                ));
                for x in along {
                    let at = [p[0] + x / length * delta[0], p[1] + x / length * delta[1]];
                    for height in &ws {
                        take(solid.frame.point(at, slab.low + height));
                    }
                }
            }
        }
    }
    // Voxel centres inside, and the points of the end faces above and below them.
    for k in &sampler.nodes[2] {
        for j in &sampler.nodes[1] {
            for i in &sampler.nodes[0] {
                let mut point = sampler.origin;
                for (axis, x) in [i, j, k].into_iter().enumerate() {
                    point = add_scaled(point, *x, sampler.axes[axis]);
                }
                let from: Vector = std::array::from_fn(|c| point[c] - solid.frame.origin[c]);
                let [pu, pv, pw] = [dot(from, u), dot(from, v), dot(from, w)];
                for slab in &solid.slabs {
                    if pw < slab.low - 4.0 || pw > slab.high + 4.0 {
                        continue;
                    }
                    let left = crossings(&slab.rings, pv)
                        .iter()
                        .filter(|x| **x <= pu)
                        .count();
                    if left % 2 == 1 {
                        for height in [slab.low, pw.clamp(slab.low, slab.high), slab.high] {
                            take(solid.frame.point([pu, pv], height));
                        }
                    }
                }
            }
        }
    }
    range
}

/// Steps of at most `step` from 0 to a length, both included.
fn evenly(length: f64, step: f64) -> Vec<f64> {
    let n = (length / step).ceil().max(1.0) as usize;
    (0..=n).map(|i| length * i as f64 / n as f64).collect()
}

/// Where a straight way from a point meets planes of voxel centres or the outer edges, in mm from its start.
fn node_crossings(sampler: &Sampler, from: Vector, direction: Vector, length: f64) -> Vec<f64> {
    let start = sampler.local(from);
    let mut all = Vec::new();
    for (axis, begin) in start.into_iter().enumerate() {
        let along = dot(sampler.axes[axis], direction);
        if along.abs() > 1e-9 {
            // A hair inside the outer edges, where rounding would leave the grid.
            let [low, high] = sampler.domain(axis);
            let planes = sampler.nodes[axis]
                .iter()
                .copied()
                .chain([low + 1e-9, high - 1e-9]);
            all.extend(
                planes
                    .map(|x| (x - begin) / along)
                    .filter(|x| (0.0..=length).contains(x)),
            );
        }
    }
    all
}
