//! Tumours: irregular, star-shaped, inside the liver.

use super::random::SplitMix64;
use super::shape::Ripple;
use crate::geometry::vector::{Vector, add_scaled, norm, sub, unit};

/// Where the tumours of a case lie before they are moved into the liver at hand, and their diameters, in mm.
pub(super) const TARGETS: [(Vector, f64); 3] = [
    ([-88.0, -18.0, 44.0], 20.0),
    ([-72.0, -10.0, -36.0], 32.0),
    ([52.0, -44.0, 34.0], 14.0),
];

/// How far a tumour's radius varies with direction, as a fraction.
const IRREGULARITY: f64 = 0.22;
/// Liver that is left around a tumour at least, in mm.
const RIM_MM: f64 = 3.0;

/// One tumour.
#[derive(Debug, Clone)]
pub(super) struct Target {
    centre: Vector,
    radius: f64,
    outline: Ripple,
}

impl Target {
    /// The tumour of an index, moved into the organ whose distance function is given.
    pub(super) fn placed(index: usize, seed: u64, organ: impl Fn(Vector) -> f64) -> Self {
        let (centre, diameter) = TARGETS[index % TARGETS.len()];
        Self::within(centre, diameter, seed, 100 + index as u64, organ)
    }

    /// A tumour of a diameter near a place, moved into the organ whose distance function is given.
    pub(super) fn within(
        centre: Vector,
        diameter: f64,
        seed: u64,
        stream: u64,
        organ: impl Fn(Vector) -> f64,
    ) -> Self {
        let mut random = SplitMix64::new(seed, stream);
        let mut centre = centre.map(|component| component + random.between(-4.0, 4.0));
        let radius = 0.5 * diameter;
        let depth = radius * (1.0 + IRREGULARITY) + RIM_MM;
        for _ in 0..60 {
            if organ(centre) <= -depth {
                break;
            }
            let slope: Vector = std::array::from_fn(|axis| {
                let mut ahead = centre;
                ahead[axis] += 2.0;
                organ(ahead) - organ(centre)
            });
            let Some(outwards) = unit(slope) else { break };
            centre = add_scaled(centre, -1.0, outwards);
        }
        Self {
            centre,
            radius,
            outline: Ripple::new(&mut random, 5, 1.6, 3.4),
        }
    }

    /// Its centre in mm.
    pub(super) fn centre(&self) -> Vector {
        self.centre
    }

    /// Its mean radius in mm.
    pub(super) fn radius(&self) -> f64 {
        self.radius
    }

    /// About the distance in mm to its surface, negative inside.
    pub(super) fn distance(&self, point: Vector) -> f64 {
        let offset = sub(point, self.centre);
        let length = norm(offset);
        if length < 1e-9 {
            return -self.radius;
        }
        let direction = offset.map(|component| component / length);
        length - self.radius * (1.0 + IRREGULARITY * self.outline.value(direction))
    }
}
