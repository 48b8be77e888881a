//! The liver: two lobes and the caudate, cut by what lies around it, of a given volume.

use super::anatomy::{Anatomy, NEAR, Place, kidney};
use super::shape::{ellipsoid, smooth_max, smooth_min, turned};
use super::trunk::{below_diaphragm, cavity, gallbladder, spine, vena_cava};
use rayon::prelude::*;

impl Anatomy {
    /// Distance to the liver's surface in mm from a point of the template.
    pub(super) fn liver_at(&self, at: &Place) -> f64 {
        let lobes = lobes(at) - self.liver_offset;
        if lobes > NEAR {
            return lobes;
        }
        smooth_max(lobes, liver_bed(at), 8.0)
    }

    /// The offset of the lobes at which the liver has a volume, by bisection on a 5 mm lattice.
    pub(super) fn offset_for(&self, liver_cc: f64) -> f64 {
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
                        let at = &self.place([x, y, *z]);
                        let lobes = lobes(at);
                        (lobes < 30.0).then(|| (lobes, liver_bed(at)))
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
}

/// The two lobes before anything is cut away.
fn lobes(at: &Place) -> f64 {
    let q = at.q;
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
    lobes + 2.4 * at.ripple
}

/// What bounds the liver: diaphragm, chest wall, spine, kidney, gallbladder, vessels and fissure.
fn liver_bed(at: &Place) -> f64 {
    let q = at.q;
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
        5.0 - kidney(at, -1.0),
        2.0 - gallbladder(q),
        1.5 - vena_cava(q),
        -fissure,
        -hilum,
    ]
    .into_iter()
    .fold(f64::NEG_INFINITY, |a, b| smooth_max(a.max(-200.0), b, 5.0))
}
