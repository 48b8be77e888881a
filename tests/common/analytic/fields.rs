//! Dose as a function of the position in the patient.

use super::Random;
use hepadose::geometry::vector::{Vector, dot, sub};

/// A dose field in gray.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Field {
    Constant(f64),
    /// Linear, with a least dose over the grid of 1 Gy: the base is found when the grid is made.
    Linear(Vector),
    /// A Gaussian hill on a floor.
    Gaussian {
        peak: f64,
        floor: f64,
        sigma: f64,
        centre: Vector,
    },
    /// Falls like the inverse square of the distance, rounded off at `radius`.
    Inverse {
        peak: f64,
        radius: f64,
        centre: Vector,
    },
    /// The edge of a field: a sigmoid across a plane.
    Penumbra {
        dose: f64,
        width: f64,
        normal: Vector,
        at: f64,
    },
    /// Independent noise in every voxel on a flat dose, as Monte Carlo leaves it.
    Noise {
        mean: f64,
        deviation: f64,
    },
    /// A Gaussian hill with noise in per cent of the local dose.
    NoisyGaussian {
        peak: f64,
        sigma: f64,
        percent: f64,
    },
}

impl Field {
    pub(crate) fn name(&self) -> String {
        match self {
            Self::Constant(dose) => format!("constant {dose} Gy"),
            Self::Linear([x, y, z]) => format!("linear ({x} {y} {z}) Gy/mm"),
            Self::Gaussian { sigma, floor, .. } => format!("Gaussian {sigma} mm on {floor} Gy"),
            Self::Inverse { radius, .. } => format!("inverse square from {radius} mm"),
            Self::Penumbra { width, .. } => format!("penumbra {width} mm"),
            Self::Noise { deviation, mean } => format!("noise {deviation} on {mean} Gy"),
            Self::NoisyGaussian { sigma, percent, .. } => {
                format!("Gaussian {sigma} mm with {percent} % noise")
            }
        }
    }

    /// The same field around a body that was turned and moved.
    pub(crate) fn moved(self, axes: [Vector; 3], origin: Vector) -> Self {
        let turn = |p: Vector| -> Vector {
            std::array::from_fn(|c| (0..3).map(|axis| p[axis] * axes[axis][c]).sum())
        };
        let place = |p: Vector| -> Vector {
            let turned = turn(p);
            std::array::from_fn(|c| origin[c] + turned[c])
        };
        match self {
            Self::Gaussian {
                peak,
                floor,
                sigma,
                centre,
            } => Self::Gaussian {
                peak,
                floor,
                sigma,
                centre: place(centre),
            },
            Self::Inverse {
                peak,
                radius,
                centre,
            } => Self::Inverse {
                peak,
                radius,
                centre: place(centre),
            },
            Self::Penumbra {
                dose,
                width,
                normal,
                at,
            } => {
                let normal = turn(normal);
                Self::Penumbra {
                    dose,
                    width,
                    normal,
                    at: at + dot(normal, origin),
                }
            }
            other => other,
        }
    }

    pub(crate) fn is_linear(&self) -> bool {
        matches!(self, Self::Linear(_))
    }

    /// The dose at a point; a linear field without its base.
    pub(crate) fn at(&self, p: Vector, random: &mut Random) -> f64 {
        let square = |centre: Vector| {
            let d = sub(p, centre);
            dot(d, d)
        };
        match *self {
            Self::Constant(dose) => dose,
            Self::Linear(g) => dot(g, p),
            Self::Gaussian {
                peak,
                floor,
                sigma,
                centre,
            } => floor + peak * (-0.5 * square(centre) / (sigma * sigma)).exp(),
            Self::Inverse {
                peak,
                radius,
                centre,
            } => peak * radius * radius / (radius * radius + square(centre)),
            Self::Penumbra {
                dose,
                width,
                normal,
                at,
            } => dose / (1.0 + ((dot(normal, p) - at) / width).exp()),
            Self::Noise { mean, deviation } => (mean + deviation * random.normal()).max(0.0),
            Self::NoisyGaussian {
                peak,
                sigma,
                percent,
            } => {
                let dose = peak * (-0.5 * square([0.0; 3]) / (sigma * sigma)).exp();
                (dose * (1.0 + 0.01 * percent * random.normal())).max(0.0)
            }
        }
    }
}
