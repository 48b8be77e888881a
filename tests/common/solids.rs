//! Structures of known shape for the tests of what is calculated with structures.
#![allow(dead_code, reason = "each test file uses some of them")]

use hepadose::geometry::vector::Vector;
use hepadose::structure::Structure;
use std::f64::consts::TAU;

/// A closed ring at a height.
pub(crate) type Ring = Vec<Vector>;

pub(crate) fn rectangle([x0, y0]: [f64; 2], [x1, y1]: [f64; 2], z: f64) -> Ring {
    vec![[x0, y0, z], [x1, y0, z], [x1, y1, z], [x0, y1, z]]
}

pub(crate) fn circle([x, y]: [f64; 2], r: f64, z: f64, n: usize) -> Ring {
    (0..n)
        .map(|i| {
            let (s, c) = (TAU * (i as f64 + 0.3) / n as f64).sin_cos();
            [x + r * c, y + r * s, z]
        })
        .collect()
}

/// Planes `step` apart whose slabs together reach exactly from `low` to `high`.
pub(crate) fn planes(low: f64, high: f64, step: f64) -> Vec<f64> {
    let n = ((high - low) / step).round() as usize;
    let step = (high - low) / n as f64;
    (0..n).map(|i| low + (i as f64 + 0.5) * step).collect()
}

pub(crate) fn structure(name: &str, rings: &[Ring]) -> Structure {
    Structure::from_contours(name, rings, None).unwrap()
}

/// A box, exact as prisms.
pub(crate) fn cuboid(name: &str, low: Vector, high: Vector, step: f64) -> Structure {
    let rings: Vec<Ring> = planes(low[2], high[2], step)
        .into_iter()
        .map(|z| rectangle([low[0], low[1]], [high[0], high[1]], z))
        .collect();
    structure(name, &rings)
}

/// A sphere, drawn on planes; corners of the contours lie on it.
pub(crate) fn sphere(name: &str, centre: Vector, r: f64, step: f64, n: usize) -> Structure {
    let rings: Vec<Ring> = planes(-r, r, step)
        .into_iter()
        .map(|z| {
            circle(
                [centre[0], centre[1]],
                (r * r - z * z).sqrt(),
                centre[2] + z,
                n,
            )
        })
        .collect();
    structure(name, &rings)
}

pub(crate) fn cylinder(name: &str, r: f64, low: f64, high: f64, step: f64, n: usize) -> Structure {
    let rings: Vec<Ring> = planes(low, high, step)
        .into_iter()
        .map(|z| circle([0.0, 0.0], r, z, n))
        .collect();
    structure(name, &rings)
}

/// A torus around z.
pub(crate) fn torus(name: &str, large: f64, small: f64, step: f64, n: usize) -> Structure {
    let rings: Vec<Ring> = planes(-small, small, step)
        .into_iter()
        .flat_map(|z| {
            let half = (small * small - z * z).sqrt();
            [large + half, large - half].map(|r| circle([0.0, 0.0], r, z, n))
        })
        .collect();
    structure(name, &rings)
}

/// A spherical shell.
pub(crate) fn shell(name: &str, outer: f64, inner: f64, step: f64, n: usize) -> Structure {
    let rings: Vec<Ring> = planes(-outer, outer, step)
        .into_iter()
        .flat_map(|z| {
            let radius = move |r: f64| (r * r - z * z > 1e-9).then(|| (r * r - z * z).sqrt());
            [radius(outer), radius(inner)]
                .into_iter()
                .flatten()
                .map(move |r| circle([0.0, 0.0], r, z, n))
                .collect::<Vec<_>>()
        })
        .collect();
    structure(name, &rings)
}

/// The contours of a structure moved by a map of space that keeps lengths.
pub(crate) fn moved(
    name: &str,
    structure_: &Structure,
    map: impl Fn(Vector) -> Vector,
) -> Structure {
    structure(
        name,
        &rings(structure_)
            .into_iter()
            .map(|ring| ring.into_iter().map(&map).collect())
            .collect::<Vec<_>>(),
    )
}

/// The rings of a structure that is drawn as contours.
pub(crate) fn rings(structure: &Structure) -> Vec<Ring> {
    let hepadose::structure::Shape::Contours(stack) = &structure.shape else {
        return Vec::new();
    };
    stack
        .planes()
        .iter()
        .flat_map(|plane| {
            plane.rings.iter().map(|ring| {
                ring.iter()
                    .map(|point| stack.frame().join(plane.position_mm, *point))
                    .collect()
            })
        })
        .collect()
}

/// A turn about an axis that no axis of the patient is near, and a shift.
pub(crate) fn turn([x, y, z]: Vector) -> Vector {
    let (s, c) = 0.7_f64.sin_cos();
    let [x, y, z] = [c * x - s * y, s * x + c * y, z];
    let (s, c) = 0.4_f64.sin_cos();
    [x + 12.5, c * y - s * z - 40.0, s * y + c * z + 7.25]
}
