//! The dose of the demo case: beams and a conformal part around each target, a low bath, nothing outside.
//!
//! Not a dose calculation: a shape that has what a dose-volume histogram meets in stereotactic treatment
//! of the liver. A peaked plateau in the target, a penumbra of some millimetres, entrance beams that weaken
//! with depth, and a few per cent of the prescription far away.

use super::anatomy::{Anatomy, PTV_MARGIN_MM};
use super::organs::Organ;
use super::targets::Target;
use super::trunk::body_half_axes;
use crate::geometry::Grid;
use crate::geometry::vector::{Vector, add_scaled, dot, norm, sub, unit};

use rayon::prelude::*;

/// Gantry angle (0 from the front, 90 from the patient's left) and tilt towards the head, in degrees.
const BEAMS: [(f64, f64); 9] = [
    (182.0, 0.0),
    (206.0, 0.0),
    (230.0, 14.0),
    (254.0, 0.0),
    (278.0, -12.0),
    (302.0, 0.0),
    (326.0, 16.0),
    (350.0, 0.0),
    (24.0, 0.0),
];
/// Linear attenuation in soft tissue per mm, about that of a 6 MV beam.
const ATTENUATION_PER_MM: f64 = 0.0046;
/// The part of a target's central dose that comes from the single beams; the rest is the conformal part.
const BEAM_SHARE: f64 = 0.42;
/// How much higher the dose is planned in the middle of a target than at its edge, as a fraction.
const PEAK: f64 = 0.11;
/// The part of the target's planned voxels that may stay below the prescription.
const COLD_SHARE: f64 = 0.025;
/// Beyond this distance from a target's edge a beam or the conformal part gives nothing, in mm.
const FIELD_REACH_MM: f64 = 45.0;
/// Scatter and leakage in the treated region, as a fraction of the prescription.
const BATH: f64 = 0.02;

/// One beam through one target: its direction, and the target's depth below the skin in mm.
#[derive(Debug)]
struct Ray {
    direction: Vector,
    depth: f64,
}

/// What one target receives.
#[derive(Debug)]
struct Source {
    target: Target,
    weight: f64,
    rays: Vec<Ray>,
}

/// The dose of a plan as a function of place.
#[derive(Debug)]
pub(super) struct DoseModel<'a> {
    anatomy: &'a Anatomy,
    sources: Vec<Source>,
    bath_gy: f64,
}

/// Beam doses in gray that add up to a dose per fraction, in whole milligrays as a plan prints them.
pub(super) fn beam_doses(per_fraction_gy: f64) -> Vec<f64> {
    let (count, total) = (BEAMS.len(), (1000.0 * per_fraction_gy).round() as usize);
    (0..count)
        .map(|beam| (total / count + usize::from(beam < total % count)) as f64 / 1000.0)
        .collect()
}

fn beam_direction((gantry, tilt): (f64, f64)) -> Vector {
    let (sine, cosine) = gantry.to_radians().sin_cos();
    let (up, level) = tilt.to_radians().sin_cos();
    [-sine * level, cosine * level, up]
}

/// Depth in mm of a point below the skin against the direction of a beam, for a body of elliptic section.
fn depth(point: Vector, direction: Vector) -> f64 {
    let half = body_half_axes();
    let scaled = |v: Vector| [v[0] / half[0], v[1] / half[1]];
    let (p, u) = (scaled(point), scaled(direction));
    let a = u[0] * u[0] + u[1] * u[1];
    let b = p[0] * u[0] + p[1] * u[1];
    let c = p[0] * p[0] + p[1] * p[1] - 1.0;
    let root = (b * b - a * c).max(0.0).sqrt();
    ((b + root) / a).max(0.0)
}

/// A step from 1 to 0 at `edge`, about `width` mm wide.
fn edge(distance: f64, edge: f64, width: f64) -> f64 {
    1.0 / (1.0 + ((distance - edge) / width).exp())
}

impl Source {
    /// A lattice of points in the planning target.
    fn places(&self) -> Vec<Vector> {
        let step = (2.0 * self.target.radius() + PTV_MARGIN_MM) / 14.0;
        (0..29_i32.pow(3))
            .map(|n| {
                let cell = [n % 29, n / 29 % 29, n / 841].map(|c| f64::from(c - 14) * step);
                add_scaled(self.target.centre(), 1.0, cell)
            })
            .filter(|place| self.target.distance(*place) < PTV_MARGIN_MM)
            .collect()
    }

    /// Dose from this target's beams and conformal part, 1 in about its middle.
    fn dose(&self, point: Vector) -> f64 {
        let offset = sub(point, self.target.centre());
        let range = norm(offset);
        let radius = self.target.radius() + PTV_MARGIN_MM;
        let mut beams = 0.0;
        for ray in &self.rays {
            let along = dot(offset, ray.direction);
            let across = (range * range - along * along).max(0.0).sqrt();
            if across > radius + FIELD_REACH_MM {
                continue;
            }
            let here = depth(point, ray.direction);
            let build_up = 1.0 - 0.55 * (-here / 6.0).exp();
            let weakened = (-ATTENUATION_PER_MM * (here - ray.depth)).exp();
            let field = edge(across, radius + 4.0, 2.4);
            let scatter = edge(across, radius + 14.0, 5.0);
            beams += (0.95 * field + 0.05 * scatter) * weakened * build_up;
        }
        beams *= BEAM_SHARE / self.rays.len().max(1) as f64;
        let conformal = (1.0 - BEAM_SHARE) * self.conformal(point, range, radius);
        let peak = 1.0 + PEAK * (1.0 - (range / radius).powi(2)).max(-0.25);
        (beams + conformal) * peak
    }

    /// The part that arcs add: follows the planning target, wide in the plane, narrow along the patient.
    fn conformal(&self, point: Vector, range: f64, radius: f64) -> f64 {
        let height = point[2] - self.target.centre()[2];
        let in_plane = range * range - height * height;
        let flattened = (in_plane + (1.8 * height).powi(2)).sqrt();
        let tail = (-(flattened - radius).max(0.0) / (radius + 14.0)).exp();
        let near = if range > radius + FIELD_REACH_MM {
            0.0
        } else {
            edge(self.target.distance(point) - PTV_MARGIN_MM, 5.2, 2.0)
        };
        0.70 * near + 0.30 * tail
    }
}

impl<'a> DoseModel<'a> {
    /// The dose with which every planning target is covered by the prescription.
    pub(super) fn new(anatomy: &'a Anatomy, prescription_gy: f64) -> Self {
        let sources = anatomy
            .targets()
            .iter()
            .map(|target| Source {
                target: target.clone(),
                weight: prescription_gy,
                rays: BEAMS
                    .iter()
                    .filter_map(|beam| unit(beam_direction(*beam)))
                    .map(|direction| Ray {
                        direction,
                        depth: depth(target.centre(), direction),
                    })
                    .collect(),
            })
            .collect();
        let mut model = Self {
            anatomy,
            sources,
            bath_gy: BATH * prescription_gy,
        };
        model.cover(prescription_gy);
        model
    }

    /// Sets the weights so that all but a small share of each planning target gets the prescription.
    fn cover(&mut self, prescription_gy: f64) {
        let places: Vec<Vec<Vector>> = self.sources.iter().map(Source::places).collect();
        for _ in 0..8 {
            for (index, places) in places.iter().enumerate() {
                let mut doses: Vec<f64> = places
                    .par_iter()
                    .map(|place| self.in_body(*place))
                    .collect();
                doses.sort_by(f64::total_cmp);
                let cold = (COLD_SHARE * doses.len() as f64) as usize;
                if let Some(dose) = doses.get(cold) {
                    self.sources[index].weight *= prescription_gy / dose;
                }
            }
        }
    }

    fn in_body(&self, point: Vector) -> f64 {
        let near = self
            .sources
            .iter()
            .map(|source| (point[2] - source.target.centre()[2]) / 75.0)
            .fold(f64::INFINITY, |least, z| least.min(z.abs()));
        let bath = self.bath_gy * (-0.5 * near * near).exp();
        self.sources
            .iter()
            .map(|source| source.weight * source.dose(point))
            .sum::<f64>()
            + bath
    }

    /// Dose in gray at a point of the patient; zero outside the body.
    pub(super) fn dose_gy(&self, point: Vector) -> f64 {
        if self.anatomy.distance(Organ::Body, point) > 0.0 {
            return 0.0;
        }
        self.in_body(point)
    }

    /// The dose on a grid, in gray.
    pub(super) fn on(&self, grid: &Grid) -> Vec<f32> {
        let [_, rows, columns] = grid.shape();
        let mut values = vec![0.0_f32; grid.len()];
        values
            .par_chunks_mut(columns)
            .enumerate()
            .for_each(|(line, values)| {
                for (column, value) in values.iter_mut().enumerate() {
                    let point = grid.voxel_centre_mm(line / rows, line % rows, column);
                    *value = self.dose_gy(point) as f32;
                }
            });
        values
    }
}
