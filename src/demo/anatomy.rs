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

/// Beyond this distance in mm an organ's outline does not care what else is near.
pub(super) const NEAR: f64 = 14.0;
/// Margin from gross tumour to planning target in mm.
pub(super) const PTV_MARGIN_MM: f64 = 5.0;

/// A point of the template, with the fine unevenness that the surfaces of organs have there.
#[derive(Debug)]
pub(super) struct Place {
    pub(super) q: Vector,
    pub(super) ripple: f64,
}

/// The anatomy of one seed.
#[derive(Debug, Clone)]
pub(super) struct Anatomy {
    warp: Warp,
    ripple: Ripple,
    /// How far the liver's own outline is let out or taken in to reach its volume, in mm.
    pub(super) liver_offset: f64,
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
        let at = &self.place(point);
        let q = at.q;
        match organ {
            Organ::Body => body(q),
            Organ::Liver => self.liver_at(at),
            Organ::Gtv(_) | Organ::Ptv(_) => f64::INFINITY,
            Organ::Stomach => self.stomach(at),
            Organ::Duodenum => self.duodenum(at),
            Organ::BowelSmall => self.bowel_small(at),
            Organ::Colon => self.colon(at).max(-colon_lumen(q)),
            Organ::KidneyLeft => kidney(at, 1.0),
            Organ::KidneyRight => kidney(at, -1.0),
            Organ::SpinalCord => cord(q),
            Organ::CordMargin => cord(q) - 5.0,
            Organ::Heart => heart(q),
            Organ::LungLeft => lung(q, 1.0),
            Organ::LungRight => lung(q, -1.0),
            Organ::Spleen => spleen(at),
            Organ::Aorta => aorta(q),
            Organ::VenaCava => vena_cava(q),
            Organ::Gallbladder => gallbladder(q),
            Organ::Esophagus => esophagus(q).max(2.0 - self.stomach(at)),
            Organ::Chestwall => chestwall(q),
        }
    }

    /// Distance to the liver in mm from a point of the patient.
    pub(super) fn liver(&self, point: Vector) -> f64 {
        self.liver_at(&self.place(point))
    }

    /// A point of the patient in the template.
    pub(super) fn place(&self, point: Vector) -> Place {
        let q = self.warp.apply(point);
        Place {
            q,
            ripple: self.ripple.value(q),
        }
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

    fn stomach(&self, at: &Place) -> f64 {
        let q = at.q;
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
        let solid = smooth_min(fundus, body, 20.0) + 2.5 * at.ripple;
        if solid > NEAR {
            return solid;
        }
        let bed = smooth_max(5.0 + cavity(q), 4.0 + below_diaphragm(q), 6.0);
        smooth_max(solid, bed, 6.0)
            .max(3.0 - self.liver_at(at))
            .max(2.0 - spleen(at))
            .max(12.0 - spine(q))
    }

    fn duodenum(&self, at: &Place) -> f64 {
        let q = at.q;
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
        ) + 1.6 * at.ripple;
        if solid > NEAR {
            return solid;
        }
        solid
            .max(2.0 - self.liver_at(at))
            .max(1.0 - self.stomach(at))
            .max(2.0 - kidney(at, -1.0))
            .max(1.5 - gallbladder(q))
            .max(1.0 - vena_cava(q))
            .max(1.0 - aorta(q))
    }

    fn colon(&self, at: &Place) -> f64 {
        let q = at.q;
        let solid = colon_axis(q, [21.0, 20.0, 18.0]) + 2.6 * at.ripple;
        if solid > NEAR {
            return solid;
        }
        smooth_max(solid, 4.0 + cavity(q), 5.0)
            .max(2.0 - self.liver_at(at))
            .max(2.0 - self.stomach(at))
            .max(2.0 - spleen(at))
            .max(2.0 - kidney(at, 1.0))
            .max(2.0 - kidney(at, -1.0))
            .max(1.0 - self.duodenum(at))
    }

    /// The bag of small bowel, without the root of the mesentery that runs through it.
    fn bowel_small(&self, at: &Place) -> f64 {
        let q = at.q;
        let bag = ellipsoid(q, [4.0, -30.0, -160.0], [92.0, 54.0, 92.0]);
        let bag = bag + 5.0 * at.ripple;
        if bag > NEAR {
            return bag;
        }
        let root = tube(
            q,
            &[
                [6.0, -26.0, -60.0, 13.0],
                [10.0, -30.0, -150.0, 12.0],
                [-16.0, -28.0, -260.0, 11.0],
            ],
        );
        bag.max(6.0 + cavity(q))
            .max(16.0 - spine(q))
            .max(2.0 - aorta(q).min(vena_cava(q)))
            .max(2.0 - self.colon(at))
            .max(1.5 - self.duodenum(at))
            .max(2.0 - self.stomach(at))
            .max(2.0 - self.liver_at(at))
            .max(3.0 - kidney(at, 1.0).min(kidney(at, -1.0)))
            .max(-root)
    }
}

/// A bean with its hollow towards the spine; `side` is 1 on the left and -1 on the right.
pub(super) fn kidney(at: &Place, side: f64) -> f64 {
    let q = at.q;
    let centre = if side > 0.0 {
        [64.0, 46.0, -42.0]
    } else {
        [-66.0, 48.0, -62.0]
    };
    let tilted = turned(turned(q, centre, 1, 0.22 * side), centre, 2, 0.35 * side);
    let bean = ellipsoid(tilted, centre, [26.0, 31.0, 56.0]);
    let hollow = [centre[0] - 29.0 * side, centre[1] - 6.0, centre[2]];
    let hollow = ellipsoid(tilted, hollow, [17.0, 12.0, 18.0]);
    let bean = smooth_max(bean, -hollow, 7.0) + 1.2 * at.ripple;
    if bean > NEAR {
        return bean;
    }
    smooth_max(bean, 3.0 + cavity(q), 5.0)
}

fn spleen(at: &Place) -> f64 {
    let q = at.q;
    let tilted = turned(q, [108.0, 36.0, 26.0], 2, 0.5);
    let solid = ellipsoid(tilted, [104.0, 36.0, 26.0], [24.0, 46.0, 47.0]);
    let hollow = ellipsoid(q, [66.0, 14.0, 26.0], [34.0, 38.0, 40.0]);
    let solid = smooth_max(solid, -hollow, 8.0) + 1.5 * at.ripple;
    if solid > NEAR {
        return solid;
    }
    let bed = smooth_max(3.0 + cavity(q), 3.0 + below_diaphragm(q), 6.0);
    smooth_max(solid, bed, 5.0).max(2.0 - kidney(at, 1.0))
}
