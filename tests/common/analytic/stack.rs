//! Stacks of prisms: rings in parallel planes, and the rule from planes to slabs.

use super::Random;
use hepadose::geometry::vector::{Vector, dot};
use hepadose::structure::Structure;

/// A point in a plane.
pub(crate) type Point = [f64; 2];

/// A closed ring; a hole counts negative.
#[derive(Debug, Clone)]
pub(crate) struct Ring {
    pub(crate) points: Vec<Point>,
    pub(crate) hole: bool,
}

/// Axes of a stack in patient space, and where its own origin lies.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Frame {
    pub(crate) axes: [Vector; 3],
    pub(crate) origin: Vector,
}

impl Frame {
    pub(crate) const AXIAL: Self = Self {
        axes: [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]],
        origin: [0.0; 3],
    };

    pub(crate) fn point(&self, [u, v]: Point, w: f64) -> Vector {
        std::array::from_fn(|c| {
            self.origin[c] + u * self.axes[0][c] + v * self.axes[1][c] + w * self.axes[2][c]
        })
    }

    /// A linear dose `base + g . r` in the frame's own coordinates.
    pub(crate) fn linear(&self, base: f64, g: Vector) -> (f64, Vector) {
        (
            base + dot(g, self.origin),
            self.axes.map(|axis| dot(g, axis)),
        )
    }
}

/// The rings of a plane as they are, and as they are drawn where that differs (a keyhole).
#[derive(Debug, Clone)]
pub(crate) struct Plane {
    pub(crate) at: f64,
    pub(crate) rings: Vec<Ring>,
    pub(crate) drawn: Option<Vec<Vec<Point>>>,
}

/// A prism from `low` to `high`.
#[derive(Debug, Clone)]
pub(crate) struct Slab {
    pub(crate) low: f64,
    pub(crate) high: f64,
    pub(crate) rings: Vec<Ring>,
}

/// A shape as contour planes.
#[derive(Debug, Clone)]
pub(crate) struct Stack {
    pub(crate) frame: Frame,
    pub(crate) planes: Vec<Plane>,
    /// Thickness for a single plane, else ignored.
    pub(crate) spacing: f64,
}

impl Stack {
    /// The rule of the project: from midpoint to midpoint; a step over 1.5 times the usual one (the lower
    /// median) is a gap; half the usual step beyond the ends and at gaps.
    pub(crate) fn slabs(&self) -> Vec<Slab> {
        let mut at: Vec<f64> = self.planes.iter().map(|plane| plane.at).collect();
        at.sort_by(f64::total_cmp);
        let steps: Vec<f64> = at.windows(2).map(|pair| pair[1] - pair[0]).collect();
        let mut sorted = steps.clone();
        sorted.sort_by(f64::total_cmp);
        let usual = sorted
            .get(sorted.len().saturating_sub(1) / 2)
            .copied()
            .unwrap_or(self.spacing);
        let half = |step: Option<&f64>| match step {
            Some(step) if *step <= 1.5 * usual * (1.0 + 1e-9) => 0.5 * step,
            _ => 0.5 * usual,
        };
        let mut planes: Vec<&Plane> = self.planes.iter().collect();
        planes.sort_by(|a, b| a.at.total_cmp(&b.at));
        planes
            .iter()
            .enumerate()
            .map(|(index, plane)| Slab {
                low: plane.at - half(index.checked_sub(1).and_then(|before| steps.get(before))),
                high: plane.at + half(steps.get(index)),
                rings: plane.rings.clone(),
            })
            .collect()
    }

    /// Contours in patient coordinates: rings in random order, winding and start when a seed is given.
    pub(crate) fn contours(&self, seed: Option<u64>) -> Vec<Vec<Vector>> {
        let mut random = Random::new(seed.unwrap_or(0));
        let mut contours = Vec::new();
        for plane in &self.planes {
            let rings: Vec<Vec<Point>> = match &plane.drawn {
                Some(drawn) => drawn.clone(),
                None => plane.rings.iter().map(|ring| ring.points.clone()).collect(),
            };
            for mut ring in rings {
                if seed.is_some() {
                    if random.unit() < 0.5 {
                        ring.reverse();
                    }
                    let start = random.below(ring.len());
                    ring.rotate_left(start);
                }
                contours.push(
                    ring.iter()
                        .map(|point| self.frame.point(*point, plane.at))
                        .collect::<Vec<_>>(),
                );
            }
        }
        if seed.is_some() {
            random.shuffle(&mut contours);
        }
        contours
    }

    pub(crate) fn structure(&self, seed: Option<u64>) -> Structure {
        Structure::from_contours("S", &self.contours(seed), Some(self.spacing)).unwrap()
    }

    pub(crate) fn solid(&self) -> Solid {
        Solid {
            frame: self.frame,
            slabs: self.slabs(),
        }
    }

    /// The same shape in other axes.
    pub(crate) fn turned(mut self, axes: [Vector; 3], origin: Vector) -> Self {
        self.frame = Frame { axes, origin };
        self
    }
}

/// Prisms, without overlap: what the truth is calculated from.
#[derive(Debug, Clone)]
pub(crate) struct Solid {
    pub(crate) frame: Frame,
    pub(crate) slabs: Vec<Slab>,
}

impl Solid {
    /// Volume in mm^3.
    pub(crate) fn volume(&self) -> f64 {
        self.slabs
            .iter()
            .map(|slab| (slab.high - slab.low) * area(&slab.rings))
            .sum()
    }

    /// The corners of all prisms in patient coordinates.
    pub(crate) fn corners(&self) -> impl Iterator<Item = Vector> {
        self.slabs.iter().flat_map(move |slab| {
            slab.rings
                .iter()
                .flat_map(|ring| &ring.points)
                .flat_map(move |p| {
                    [
                        self.frame.point(*p, slab.low),
                        self.frame.point(*p, slab.high),
                    ]
                })
        })
    }

    /// This solid without others that lie inside it and do not overlap each other.
    pub(crate) fn without(&self, others: &[Solid]) -> Self {
        let mut cuts: Vec<f64> = std::iter::once(self)
            .chain(others)
            .flat_map(|solid| &solid.slabs)
            .flat_map(|slab| [slab.low, slab.high])
            .collect();
        cuts.sort_by(f64::total_cmp);
        cuts.dedup_by(|next, cut| *next - *cut < 1e-9);
        let at = |solid: &Solid, w: f64| -> Vec<Ring> {
            solid
                .slabs
                .iter()
                .find(|slab| slab.low < w && w < slab.high)
                .map_or_else(Vec::new, |slab| slab.rings.clone())
        };
        let slabs = cuts
            .windows(2)
            .filter_map(|pair| {
                let middle = 0.5 * (pair[0] + pair[1]);
                let mut rings = at(self, middle);
                if rings.is_empty() {
                    return None;
                }
                for other in others {
                    rings.extend(at(other, middle).into_iter().map(|mut ring| {
                        ring.hole = !ring.hole;
                        ring
                    }));
                }
                Some(Slab {
                    low: pair[0],
                    high: pair[1],
                    rings,
                })
            })
            .collect();
        Self {
            frame: self.frame,
            slabs,
        }
    }
}

/// Area of a ring by the shoelace formula, always positive.
pub(crate) fn ring_area(points: &[Point]) -> f64 {
    let first = points[0];
    let twice: f64 = (0..points.len())
        .map(|index| {
            let [a, b] = [points[index], points[(index + 1) % points.len()]]
                .map(|p| [p[0] - first[0], p[1] - first[1]]);
            a[0] * b[1] - a[1] * b[0]
        })
        .sum();
    0.5 * twice.abs()
}

/// Area of rings, holes counted negative.
pub(crate) fn area(rings: &[Ring]) -> f64 {
    rings
        .iter()
        .map(|ring| ring_area(&ring.points) * if ring.hole { -1.0 } else { 1.0 })
        .sum()
}
