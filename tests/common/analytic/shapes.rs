//! Shapes as contour planes.

use super::Random;
use super::stack::{Frame, Plane, Point, Ring, Slab, Solid, Stack};
use std::f64::consts::TAU;

/// Where the planes of a shape lie.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Planes {
    /// Evenly, this far apart, centred on the shape.
    Every(f64),
    /// Steps between 0.8 and 1.2 times this.
    Uneven(f64),
}

impl Planes {
    pub(crate) fn name(self) -> String {
        match self {
            Self::Every(step) => format!("planes {step} mm"),
            Self::Uneven(step) => format!("planes uneven {step} mm"),
        }
    }

    fn step(self) -> f64 {
        let (Self::Every(step) | Self::Uneven(step)) = self;
        step
    }

    /// Positions so that the slabs together reach from about `low` to about `high`.
    fn positions(self, low: f64, high: f64) -> Vec<f64> {
        match self {
            Self::Every(step) => {
                let n = ((high - low) / step).floor().max(1.0) as usize;
                let middle = 0.5 * (low + high);
                (0..n)
                    .map(|i| middle + (i as f64 - 0.5 * (n - 1) as f64) * step)
                    .collect()
            }
            Self::Uneven(step) => {
                let mut random = Random::new(11);
                let mut at = vec![low + 0.5 * step];
                while at[at.len() - 1] < high - 0.7 * step {
                    at.push(at[at.len() - 1] + step * random.between(0.8, 1.2));
                }
                at
            }
        }
    }
}

pub(crate) fn ring(points: Vec<Point>) -> Ring {
    Ring {
        points,
        hole: false,
    }
}

fn hole(points: Vec<Point>) -> Ring {
    Ring { points, hole: true }
}

/// A polygon with its corners on an ellipse.
pub(crate) fn ellipse([cx, cy]: Point, [a, b]: [f64; 2], n: usize) -> Vec<Point> {
    (0..n)
        .map(|i| {
            let (s, c) = (TAU * (i as f64 + 0.3) / n as f64).sin_cos();
            [cx + a * c, cy + b * s]
        })
        .collect()
}

fn circle(centre: Point, r: f64, n: usize) -> Vec<Point> {
    ellipse(centre, [r, r], n)
}

fn rectangle([x0, y0]: Point, [x1, y1]: Point) -> Vec<Point> {
    vec![[x0, y0], [x1, y0], [x1, y1], [x0, y1]]
}

fn stack(planes: Planes, low: f64, high: f64, rings: impl Fn(f64) -> Vec<Ring>) -> Stack {
    let planes_at = planes
        .positions(low, high)
        .into_iter()
        .filter_map(|at| {
            let rings = rings(at);
            (!rings.is_empty()).then_some(Plane {
                at,
                rings,
                drawn: None,
            })
        })
        .collect();
    Stack {
        frame: Frame::AXIAL,
        planes: planes_at,
        spacing: planes.step(),
    }
}

pub(crate) fn sphere(r: f64, points: usize, planes: Planes) -> Stack {
    stack(planes, -r, r, |z| {
        let square = r * r - z * z;
        if square <= 1e-4 * r * r {
            return Vec::new();
        }
        vec![ring(circle([0.3, -0.2], square.sqrt(), points))]
    })
}

pub(crate) fn cylinder(r: f64, height: f64, points: usize, planes: Planes) -> Stack {
    stack(planes, 0.0, height, |_| {
        vec![ring(circle([0.1, 0.2], r, points))]
    })
}

/// A cylinder along x.
pub(crate) fn lying_cylinder(r: f64, length: f64, planes: Planes) -> Stack {
    stack(planes, -r, r, |z| {
        let half = (r * r - z * z).max(0.0).sqrt();
        if half < 1e-3 * r {
            return Vec::new();
        }
        vec![ring(rectangle([0.0, -half], [length, half]))]
    })
}

pub(crate) fn cone(r: f64, height: f64, points: usize, planes: Planes) -> Stack {
    stack(planes, 0.0, height, |z| {
        vec![ring(circle([0.1, 0.2], r * (1.0 - z / height), points))]
    })
}

/// A cone along x, its tip at `height`.
pub(crate) fn lying_cone(r: f64, height: f64, planes: Planes) -> Stack {
    stack(planes, -r, r, |z| {
        let end = height * (1.0 - z.abs() / r);
        if end < 1e-2 * height {
            return Vec::new();
        }
        let half = |x: f64| {
            let at = r * (1.0 - x / height);
            (at * at - z * z).max(0.0).sqrt()
        };
        let n = 40;
        let side = |i: usize| end * i as f64 / f64::from(n);
        let mut points: Vec<Point> = (0..n as usize).map(|i| [side(i), -half(side(i))]).collect();
        points.push([end, 0.0]);
        points.extend((0..n as usize).rev().map(|i| [side(i), half(side(i))]));
        vec![ring(points)]
    })
}

/// A box.
pub(crate) fn cuboid([a, b, c]: [f64; 3], planes: Planes) -> Stack {
    stack(planes, 0.0, c, |_| {
        vec![ring(rectangle([0.0, 0.0], [a, b]))]
    })
}

pub(crate) fn ellipsoid([a, b, c]: [f64; 3], points: usize, planes: Planes) -> Stack {
    stack(planes, -c, c, |z| {
        let share = (1.0 - z * z / (c * c)).max(0.0).sqrt();
        if share < 0.01 {
            return Vec::new();
        }
        vec![ring(ellipse([0.0, 0.0], [a * share, b * share], points))]
    })
}

/// A pipe with its hole off centre, as nested contours.
pub(crate) fn shell(outer: f64, inner: f64, height: f64, planes: Planes) -> Stack {
    stack(planes, 0.0, height, |_| {
        let shift = 0.3 * (outer - inner);
        vec![
            ring(circle([0.0, 0.0], outer, 90)),
            hole(circle([shift, -0.5 * shift], inner, 60)),
        ]
    })
}

/// The same, drawn in one line that runs in to the hole and back.
pub(crate) fn keyhole(outer: f64, inner: f64, height: f64, planes: Planes) -> Stack {
    let mut shell = shell(outer, inner, height, planes);
    for plane in &mut shell.planes {
        let mut line = plane.rings[0].points.clone();
        let mut inward = plane.rings[1].points.clone();
        inward.reverse();
        line.push(line[0]);
        line.extend(&inward);
        line.push(inward[0]);
        plane.drawn = Some(vec![line]);
    }
    shell
}

/// A spherical shell.
pub(crate) fn rind(outer: f64, inner: f64, points: usize, planes: Planes) -> Stack {
    stack(planes, -outer, outer, |z| {
        let r = (outer * outer - z * z).max(0.0).sqrt();
        if r < 0.01 * outer {
            return Vec::new();
        }
        let mut rings = vec![ring(circle([0.0, 0.0], r, points))];
        if z.abs() < 0.999 * inner {
            rings.push(hole(circle(
                [0.0, 0.0],
                (inner * inner - z * z).sqrt(),
                points,
            )));
        }
        rings
    })
}

pub(crate) fn islands(planes: Planes) -> Stack {
    stack(planes, 0.0, 30.0, |_| {
        vec![
            ring(circle([-20.0, 3.0], 8.0, 40)),
            ring(rectangle([11.0, -6.0], [25.0, 7.5])),
        ]
    })
}

/// A cylinder with planes missing in the middle.
pub(crate) fn gap(planes: Planes) -> Stack {
    let mut whole = cylinder(14.0, 48.0, 60, planes);
    whole
        .planes
        .retain(|plane| !(16.0..30.0).contains(&plane.at));
    whole
}

pub(crate) fn torus(large: f64, small: f64, planes: Planes) -> Stack {
    stack(planes, -small, small, |z| {
        let half = (small * small - z * z).max(0.0).sqrt();
        if half < 0.02 * small {
            return Vec::new();
        }
        vec![
            ring(circle([0.0, 0.0], large + half, 80)),
            hole(circle([0.0, 0.0], large - half, 80)),
        ]
    })
}

/// About 1500 cc, lobed, wider on the right.
pub(crate) fn liver(planes: Planes) -> Stack {
    stack(planes, -75.0, 75.0, |z| {
        let share = (1.0 - (z / 78.0) * (z / 78.0)).max(0.0).sqrt();
        let points = (0..150)
            .map(|i| {
                let angle = TAU * f64::from(i) / 150.0;
                let r = 77.0
                    * share
                    * (1.0
                        + 0.12 * (2.0 * angle + 0.4).cos()
                        + 0.07 * (3.0 * angle + z / 40.0).sin());
                [r * angle.cos() - 10.0, 0.72 * r * angle.sin() + 4.0]
            })
            .collect();
        vec![ring(points)]
    })
}

/// Three tumours in that liver, on planes of their own.
pub(crate) fn tumours(planes: Planes) -> Vec<Stack> {
    [
        ([-35.0, 5.0], -12.3, 14.0),
        ([22.0, -8.0], 18.7, 9.0),
        ([-5.0, 22.0], 3.1, 5.0),
    ]
    .into_iter()
    .map(|([x, y], z, r)| {
        let mut tumour = sphere(r, 48, planes);
        for plane in &mut tumour.planes {
            plane.at += z;
            for point in plane.rings.iter_mut().flat_map(|ring| &mut ring.points) {
                point[0] += x;
                point[1] += y;
            }
        }
        tumour
    })
    .collect()
}

/// The part where two boxes that stand upright overlap, for checks of set algebra.
pub(crate) fn box_solid([x0, y0, z0]: [f64; 3], [x1, y1, z1]: [f64; 3]) -> Solid {
    Solid {
        frame: Frame::AXIAL,
        slabs: vec![Slab {
            low: z0,
            high: z1,
            rings: vec![ring(rectangle([x0, y0], [x1, y1]))],
        }],
    }
}
