//! The DVH engine against closed forms: prisms cut by planes of equal dose.
//!
//! The truth is the stack of prisms that the contours define. In a linear dose the volume above a dose is
//! the area of each polygon beyond a line, times thickness, integrated along z with Gauss-Legendre
//! quadrature between the kinks; nothing here uses the engine.

#![allow(clippy::unwrap_used)]

use hepadose::dose::DoseGrid;
use hepadose::dvh::{Dvh, DvhSettings, MetricSpec, dvh};
use hepadose::geometry::Grid;
use hepadose::geometry::vector::Vector;
use hepadose::progress::Progress;
use hepadose::structure::{EndCaps, Structure};
use std::sync::Arc;

type Ring = Vec<[f64; 2]>;

/// A stack of planes with rings; the sign of each ring is given by its direction.
struct Stack {
    planes: Vec<(f64, Vec<Ring>)>,
    spacing: f64,
}

fn circle(cx: f64, cy: f64, r: f64, n: usize, clockwise: bool) -> Ring {
    (0..n)
        .map(|i| {
            let angle =
                std::f64::consts::TAU * i as f64 / n as f64 * if clockwise { -1.0 } else { 1.0 };
            [cx + r * angle.cos(), cy + r * angle.sin()]
        })
        .collect()
}

fn zs(low: f64, high: f64, spacing: f64) -> Vec<f64> {
    let n = ((high - low) / spacing).floor() as i64;
    let middle = 0.5 * (low + high);
    (0..=n)
        .map(|i| middle + (i as f64 - 0.5 * n as f64) * spacing)
        .collect()
}

fn sphere(r: f64, spacing: f64, n: usize) -> Stack {
    let planes = zs(-r, r, spacing)
        .into_iter()
        .filter_map(|z| {
            let rr = (r * r - z * z).max(0.0).sqrt();
            (rr > 0.05 * r).then(|| (z, vec![circle(0.3, -0.2, rr, n, false)]))
        })
        .collect();
    Stack { planes, spacing }
}

fn shell(outer: f64, inner: f64, height: f64, spacing: f64) -> Stack {
    let rings = || {
        vec![
            circle(0.0, 0.0, outer, 90, false),
            circle(1.0, 0.5, inner, 60, true),
        ]
    };
    Stack {
        planes: zs(0.0, height, spacing)
            .into_iter()
            .map(|z| (z, rings()))
            .collect(),
        spacing,
    }
}

fn clipped_area(ring: &Ring, g: [f64; 2], c: f64) -> f64 {
    // Sutherland-Hodgman against g . p >= c, then the shoelace.
    let side = |p: &[f64; 2]| g[0] * p[0] + g[1] * p[1] - c;
    let mut kept: Ring = Vec::new();
    for i in 0..ring.len() {
        let (p, q) = (&ring[i], &ring[(i + 1) % ring.len()]);
        let (a, b) = (side(p), side(q));
        if a >= 0.0 {
            kept.push(*p);
        }
        if (a >= 0.0) != (b >= 0.0) {
            let t = a / (a - b);
            kept.push([p[0] + t * (q[0] - p[0]), p[1] + t * (q[1] - p[1])]);
        }
    }
    (0..kept.len())
        .map(|i| {
            let (p, q) = (kept[i], kept[(i + 1) % kept.len()]);
            0.5 * (p[0] * q[1] - q[0] * p[1])
        })
        .sum()
}

impl Stack {
    fn slabs(&self) -> Vec<(f64, f64, &Vec<Ring>)> {
        self.planes
            .iter()
            .map(|(z, rings)| (z - 0.5 * self.spacing, z + 0.5 * self.spacing, rings))
            .collect()
    }

    /// Volume in mm^3 where base + g . r >= dose.
    fn volume_above(&self, base: f64, g: Vector, dose: f64) -> f64 {
        const POINTS: usize = 100;
        self.slabs()
            .iter()
            .map(|(low, high, rings)| {
                let area = |z: f64| {
                    rings
                        .iter()
                        .map(|ring| clipped_area(ring, [g[0], g[1]], dose - base - g[2] * z))
                        .sum::<f64>()
                };
                if g[0] == 0.0 && g[1] == 0.0 {
                    // Only z matters: the part of the slab above the plane.
                    let whole: f64 = rings
                        .iter()
                        .map(|ring| clipped_area(ring, [0.0, 0.0], -1.0))
                        .sum();
                    let edge = (dose - base) / g[2];
                    let above = if g[2] > 0.0 {
                        high - edge.clamp(*low, *high)
                    } else {
                        edge.clamp(*low, *high) - low
                    };
                    return whole * above;
                }
                if g[2] == 0.0 {
                    return area(0.0) * (high - low);
                }
                let step = (high - low) / POINTS as f64;
                (0..POINTS)
                    .map(|i| area(low + (i as f64 + 0.5) * step) * step)
                    .sum()
            })
            .sum()
    }

    fn volume(&self) -> f64 {
        self.slabs()
            .iter()
            .map(|(low, high, rings)| {
                (high - low)
                    * rings
                        .iter()
                        .map(|ring| clipped_area(ring, [0.0, 0.0], -1.0))
                        .sum::<f64>()
            })
            .sum()
    }

    fn structure(&self) -> Structure {
        let contours: Vec<Vec<Vector>> = self
            .planes
            .iter()
            .flat_map(|(z, rings)| {
                rings
                    .iter()
                    .map(|ring| ring.iter().map(|p| [p[0], p[1], *z]).collect())
            })
            .collect();
        Structure::from_contours("s", &contours, Some(self.spacing)).unwrap()
    }
}

fn linear_dose(
    extent: f64,
    spacing: Vector,
    offset: Vector,
    base: f64,
    g: Vector,
    axes: [Vector; 3],
) -> DoseGrid<'static> {
    let n = spacing.map(|s| (2.0 * extent / s).ceil() as usize + 3);
    let mut origin = offset;
    for axis in 0..3 {
        for c in 0..3 {
            origin[c] -= axes[axis][c] * 0.5 * (n[axis] - 1) as f64 * spacing[axis];
        }
    }
    let grid = Grid::new([n[2], n[1], n[0]], spacing, origin, axes).unwrap();
    let mut values = Vec::with_capacity(grid.len());
    for k in 0..n[2] {
        for j in 0..n[1] {
            for i in 0..n[0] {
                let p = grid.voxel_centre_mm(k, j, i);
                values.push(base + g[0] * p[0] + g[1] * p[1] + g[2] * p[2]);
            }
        }
    }
    DoseGrid::physical(values, Arc::new(grid), Some(5)).unwrap()
}

const AXES: [Vector; 3] = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]];

/// Largest difference of the cumulative curves in per cent of the volume.
fn worst(stack: &Stack, result: &Dvh, base: f64, g: Vector) -> f64 {
    let total = stack.volume();
    let statistics = result.statistics().unwrap();
    (0..=50)
        .map(|i| {
            let dose =
                statistics.min_gy + (statistics.max_gy - statistics.min_gy) * f64::from(i) / 50.0;
            let truth = stack.volume_above(base, g, dose);
            100.0 * (1000.0 * result.curve().volume_at_least_cc(dose) - truth).abs() / total
        })
        .fold(0.0, f64::max)
}

#[test]
fn linear_dose_in_spheres_and_shells() {
    let gradients = [
        [1.0, 0.0, 0.0],
        [0.0, -1.0, 0.0],
        [0.0, 0.0, 1.0],
        [0.6, 0.5, 0.0],
        [0.5, -0.4, 0.7],
    ];
    let oblique = {
        let (a, b): (f64, f64) = (0.3, 0.2);
        let i = [a.cos() * b.cos(), a.sin(), a.cos() * b.sin()];
        let k0 = [-b.sin(), 0.0, b.cos()];
        let j = [
            k0[1] * i[2] - k0[2] * i[1],
            k0[2] * i[0] - k0[0] * i[2],
            k0[0] * i[1] - k0[1] * i[0],
        ];
        [i, j, k0]
    };
    let feet_first = [[-1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, -1.0]];
    for (name, stack, extent) in [
        ("sphere 3 mm", sphere(3.0, 0.5, 60), 4.0),
        ("sphere 5 mm", sphere(5.0, 1.0, 60), 7.0),
        ("sphere 12 mm, 3 mm apart", sphere(12.0, 3.0, 100), 15.0),
        ("sphere 24 mm", sphere(24.0, 2.0, 200), 27.0),
        ("sphere 60 mm", sphere(60.0, 5.0, 200), 65.0),
        ("shell", shell(20.0, 12.0, 30.0, 2.0), 35.0),
    ] {
        for spacing in [[2.0, 2.0, 3.0], [2.5, 2.5, 2.5], [0.7, 1.1, 2.0]] {
            for (which, axes) in [("hfs", AXES), ("ffs", feet_first), ("oblique", oblique)] {
                for g in gradients {
                    if spacing[0] < 1.0 && extent > 40.0 {
                        continue;
                    }
                    let dose = linear_dose(extent, spacing, [0.13, 0.41, 0.77], 200.0, g, axes);
                    let result = dvh(
                        &dose,
                        &stack.structure(),
                        &DvhSettings::default(),
                        &Progress::new(),
                    )
                    .unwrap();
                    let volume = (1000.0 * result.volume_cc() / stack.volume() - 1.0).abs();
                    let error = worst(&stack, &result, 200.0, g);
                    println!("{error:.4} {name} {spacing:?} {which} {g:?}");
                    assert!(
                        error < 0.02,
                        "{name} {spacing:?} {which} {g:?}: {error:.4} %"
                    );
                    assert!(volume < 1e-6);
                }
            }
        }
    }
}

#[test]
fn a_constant_dose_is_exact() {
    let stack = sphere(24.0, 2.0, 100);
    let dose = linear_dose(27.0, [2.0; 3], [0.0; 3], 15.0, [0.0; 3], AXES);
    for caps in [EndCaps::HalfSlice, EndCaps::None] {
        let settings = DvhSettings {
            end_caps: caps,
            ..DvhSettings::default()
        };
        let result = dvh(&dose, &stack.structure(), &settings, &Progress::new()).unwrap();
        let read = |text| {
            result
                .metric(&MetricSpec::parse(text).unwrap())
                .value
                .unwrap()
        };
        assert_eq!(read("V15Gy[cc]"), result.volume_cc());
        assert_eq!(read("V15Gy[%]"), 100.0);
        assert_eq!(read("CV15Gy[cc]"), 0.0);
        assert_eq!(read("Mean"), 15.0);
        assert_eq!(read("D95%"), 15.0);
        assert_eq!(read("Min"), 15.0);
        assert_eq!(read("Max"), 15.0);
    }
}
