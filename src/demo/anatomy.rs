//! One patient's anatomy: the organs of the trunk as smooth solids, warped by a seeded displacement.
//!
//! Millimetres in patient coordinates (x to the left, y to the back, z to the head). The template is a
//! drawing, not an atlas; sizes follow a person of average build.

use super::organs::Organ;
use super::random::SplitMix64;
use super::shape::{Ripple, Warp, ellipsoid, smooth_max, smooth_min, tube, turned};
use super::targets::{TARGETS, Target};
use super::trunk::{
    aorta, below_diaphragm, body, cavity, chestwall, colon_axis, colon_lumen, cord, esophagus,
    gallbladder, heart, lung, spine, vena_cava,
};
use crate::geometry::vector::Vector;
use rayon::prelude::*;

/// Beyond this distance in mm an organ's outline does not care what else is near.
const NEAR: f64 = 14.0;
/// Margin from gross tumour to planning target in mm.
pub(super) const PTV_MARGIN_MM: f64 = 5.0;

/// The anatomy of one seed.
#[derive(Debug, Clone)]
pub(super) struct Anatomy {
    warp: Warp,
    ripple: Ripple,
    /// How far the liver's own outline is let out or taken in to reach its volume, in mm.
    liver_offset: f64,
    targets: Vec<Target>,
}

impl Anatomy {
    /// The anatomy of a seed, with a liver of a volume.
    pub(super) fn new(seed: u64, liver_cc: f64) -> Self {
        let mut random = SplitMix64::new(seed, 1);
        let mut anatomy = Self {
            warp: Warp::new(&mut random, 4, 3.5),
            ripple: Ripple::new(&mut random, 4, 28.0, 60.0),
            liver_offset: 0.0,
            targets: Vec::new(),
        };
        anatomy.liver_offset = anatomy.offset_for(liver_cc);
        anatomy.targets = (0..TARGETS.len())
            .map(|index| Target::placed(index, seed, |point| anatomy.liver(point)))
            .collect();
        anatomy
    }

    /// The tumours.
    pub(super) fn targets(&self) -> &[Target] {
        &self.targets
    }

    /// About the distance in mm from a point of the patient to an organ's surface, negative inside.
    pub(super) fn distance(&self, organ: Organ, point: Vector) -> f64 {
        if let Organ::Gtv(index) | Organ::Ptv(index) = organ {
            return self.target(organ, index, point);
        }
        let q = self.warp.apply(point);
        match organ {
            Organ::Body => body(q),
            Organ::Liver => self.liver_at(q),
            Organ::Gtv(_) | Organ::Ptv(_) => f64::INFINITY,
            Organ::Stomach => self.stomach(q),
            Organ::Duodenum => self.duodenum(q),
            Organ::BowelSmall => self.bowel_small(q),
            Organ::Colon => self.colon(q).max(-colon_lumen(q)),
            Organ::KidneyLeft => self.kidney(q, 1.0),
            Organ::KidneyRight => self.kidney(q, -1.0),
            Organ::SpinalCord => cord(q),
            Organ::CordMargin => cord(q) - 5.0,
            Organ::Heart => heart(q),
            Organ::LungLeft => lung(q, 1.0),
            Organ::LungRight => lung(q, -1.0),
            Organ::Spleen => self.spleen(q),
            Organ::Aorta => aorta(q),
            Organ::VenaCava => vena_cava(q),
            Organ::Gallbladder => gallbladder(q),
            Organ::Esophagus => esophagus(q).max(2.0 - self.stomach(q)),
            Organ::Chestwall => chestwall(q),
        }
    }

    /// Distance to the liver in mm from a point of the patient.
    pub(super) fn liver(&self, point: Vector) -> f64 {
        self.liver_at(self.warp.apply(point))
    }

    fn target(&self, organ: Organ, index: usize, point: Vector) -> f64 {
        let margin = match organ {
            Organ::Ptv(_) => PTV_MARGIN_MM,
            _ => 0.0,
        };
        self.targets
            .get(index)
            .map_or(f64::INFINITY, |target| target.distance(point) - margin)
    }

    fn liver_at(&self, q: Vector) -> f64 {
        let lobes = self.lobes(q) - self.liver_offset;
        if lobes > NEAR {
            return lobes;
        }
        smooth_max(lobes, self.liver_bed(q), 8.0)
    }

    /// The two lobes before anything is cut away.
    fn lobes(&self, q: Vector) -> f64 {
        let tilted = turned(q, [-68.0, 2.0, 0.0], 1, -0.12);
        let right = ellipsoid(tilted, [-68.0, 0.0, 0.0], [73.0, 82.0, 94.0]);
        // The visceral surface looks left, back and down.
        let visceral = 0.66 * (q[0] + 20.0) + 0.30 * (q[1] - 12.0) - 0.69 * (q[2] + 14.0);
        let right = smooth_max(right, visceral, 22.0);
        let tilted = turned(
            turned(q, [14.0, -40.0, 38.0], 1, 0.22),
            [14.0, -40.0, 38.0],
            2,
            -0.18,
        );
        let left = ellipsoid(tilted, [14.0, -40.0, 36.0], [80.0, 38.0, 31.0]);
        let caudate = ellipsoid(q, [-14.0, 6.0, 24.0], [22.0, 16.0, 26.0]);
        let lobes = smooth_min(smooth_min(right, left, 26.0), caudate, 14.0);
        lobes + 2.4 * self.ripple.value(q)
    }

    /// What bounds the liver: diaphragm, chest wall, spine, kidney, gallbladder, vessels and fissure.
    fn liver_bed(&self, q: Vector) -> f64 {
        let fissure = ellipsoid(
            turned(q, [-4.0, -72.0, 14.0], 2, -0.25),
            [-4.0, -72.0, 14.0],
            [4.0, 38.0, 34.0],
        );
        let hilum = ellipsoid(q, [-24.0, -8.0, -6.0], [26.0, 12.0, 13.0]);
        [
            3.0 + below_diaphragm(q),
            4.0 + cavity(q),
            9.0 - spine(q),
            5.0 - self.kidney(q, -1.0),
            2.0 - gallbladder(q),
            1.5 - vena_cava(q),
            -fissure,
            -hilum,
        ]
        .into_iter()
        .fold(f64::NEG_INFINITY, |a, b| smooth_max(a.max(-200.0), b, 5.0))
    }

    /// The offset of the lobes at which the liver has a volume, by bisection on a 5 mm lattice.
    fn offset_for(&self, liver_cc: f64) -> f64 {
        const STEP: f64 = 5.0;
        let span = |low: f64, high: f64| {
            let count = ((high - low) / STEP) as usize;
            (0..=count).map(move |n| low + n as f64 * STEP)
        };
        let planes: Vec<f64> = span(-120.0, 120.0).collect();
        let samples: Vec<(f64, f64)> = planes
            .par_iter()
            .flat_map_iter(|z| {
                span(-100.0, 110.0).flat_map(move |y| {
                    span(-160.0, 120.0).filter_map(move |x| {
                        let q = self.warp.apply([x, y, *z]);
                        let lobes = self.lobes(q);
                        (lobes < 30.0).then(|| (lobes, self.liver_bed(q)))
                    })
                })
            })
            .collect();
        let volume = |offset: f64| {
            let inside = samples
                .iter()
                .filter(|(lobes, bed)| smooth_max(lobes - offset, *bed, 8.0) < 0.0)
                .count();
            inside as f64 * STEP * STEP * STEP / 1000.0
        };
        let (mut low, mut high) = (-25.0, 25.0);
        for _ in 0..20 {
            let middle = 0.5 * (low + high);
            if volume(middle) < liver_cc {
                low = middle;
            } else {
                high = middle;
            }
        }
        0.5 * (low + high)
    }

    /// A bean with its hollow towards the spine; `side` is 1 on the left and -1 on the right.
    fn kidney(&self, q: Vector, side: f64) -> f64 {
        let centre = if side > 0.0 {
            [64.0, 46.0, -42.0]
        } else {
            [-66.0, 48.0, -62.0]
        };
        let tilted = turned(turned(q, centre, 1, 0.22 * side), centre, 2, 0.35 * side);
        let bean = ellipsoid(tilted, centre, [26.0, 31.0, 56.0]);
        let hollow = [centre[0] - 29.0 * side, centre[1] - 6.0, centre[2]];
        let hollow = ellipsoid(tilted, hollow, [17.0, 12.0, 18.0]);
        let bean = smooth_max(bean, -hollow, 7.0) + 1.2 * self.ripple.value(q);
        smooth_max(bean, 3.0 + cavity(q), 5.0)
    }

    fn spleen(&self, q: Vector) -> f64 {
        let tilted = turned(q, [108.0, 36.0, 26.0], 2, 0.5);
        let solid = ellipsoid(tilted, [104.0, 36.0, 26.0], [24.0, 46.0, 47.0]);
        let bed = smooth_max(3.0 + cavity(q), 3.0 + below_diaphragm(q), 6.0);
        let hollow = ellipsoid(q, [66.0, 14.0, 26.0], [34.0, 38.0, 40.0]);
        let solid = smooth_max(solid, -hollow, 8.0) + 1.5 * self.ripple.value(q);
        smooth_max(solid, bed, 5.0).max(2.0 - self.kidney(q, 1.0))
    }

    fn stomach(&self, q: Vector) -> f64 {
        let fundus = ellipsoid(q, [70.0, 8.0, 40.0], [37.0, 40.0, 38.0]);
        let body = tube(
            q,
            &[
                [70.0, 0.0, 38.0, 33.0],
                [70.0, -38.0, 2.0, 29.0],
                [48.0, -56.0, -24.0, 23.0],
                [10.0, -54.0, -32.0, 15.0],
            ],
        );
        let solid = smooth_min(fundus, body, 20.0) + 2.5 * self.ripple.value(q);
        if solid > NEAR {
            return solid;
        }
        let bed = smooth_max(5.0 + cavity(q), 4.0 + below_diaphragm(q), 6.0);
        smooth_max(solid, bed, 6.0)
            .max(3.0 - self.liver_at(q))
            .max(2.0 - self.spleen(q))
            .max(12.0 - spine(q))
    }

    fn duodenum(&self, q: Vector) -> f64 {
        let solid = tube(
            q,
            &[
                [2.0, -52.0, -34.0, 14.0],
                [-26.0, -38.0, -38.0, 14.0],
                [-36.0, -14.0, -58.0, 13.0],
                [-34.0, -4.0, -94.0, 14.0],
                [-4.0, -4.0, -106.0, 12.0],
                [30.0, -10.0, -92.0, 12.0],
            ],
        ) + 1.6 * self.ripple.value(q);
        if solid > NEAR {
            return solid;
        }
        solid
            .max(2.0 - self.liver_at(q))
            .max(1.0 - self.stomach(q))
            .max(2.0 - self.kidney(q, -1.0))
            .max(1.5 - gallbladder(q))
            .max(1.0 - vena_cava(q))
            .max(1.0 - aorta(q))
    }

    fn colon(&self, q: Vector) -> f64 {
        let solid = colon_axis(q, [21.0, 20.0, 18.0]) + 2.6 * self.ripple.value(q);
        if solid > NEAR {
            return solid;
        }
        smooth_max(solid, 4.0 + cavity(q), 5.0)
            .max(2.0 - self.liver_at(q))
            .max(2.0 - self.stomach(q))
            .max(2.0 - self.spleen(q))
            .max(2.0 - self.kidney(q, 1.0))
            .max(2.0 - self.kidney(q, -1.0))
            .max(1.0 - self.duodenum(q))
    }

    /// The bag of small bowel, without the root of the mesentery that runs through it.
    fn bowel_small(&self, q: Vector) -> f64 {
        let bag = ellipsoid(q, [4.0, -30.0, -160.0], [92.0, 54.0, 92.0]);
        let bag = bag + 5.0 * self.ripple.value(q.map(|component| 0.8 * component));
        let root = tube(
            q,
            &[
                [6.0, -26.0, -60.0, 13.0],
                [10.0, -30.0, -150.0, 12.0],
                [-16.0, -28.0, -260.0, 11.0],
            ],
        );
        if bag > NEAR {
            return bag;
        }
        bag.max(6.0 + cavity(q))
            .max(16.0 - spine(q))
            .max(2.0 - aorta(q).min(vena_cava(q)))
            .max(2.0 - self.colon(q))
            .max(1.5 - self.duodenum(q))
            .max(2.0 - self.stomach(q))
            .max(2.0 - self.liver_at(q))
            .max(3.0 - self.kidney(q, 1.0).min(self.kidney(q, -1.0)))
            .max(-root)
    }
}
