//! Margins, shells, isodoses and coverage of a margin, against closed forms.

#![allow(clippy::unwrap_used)]

#[path = "common/solids.rs"]
mod solids;

use hepadose::dose::DoseGrid;
use hepadose::dvh::{DvhSettings, dvh};
use hepadose::geometry::Grid;
use hepadose::geometry::vector::{Vector, norm, sub};
use hepadose::progress::Progress;
use hepadose::structure::{
    BetweenPlanes, EndCaps, Margins, Operation, SolidPolicy, Structure, StructureError, isodose,
    margin_coverage,
};
use proptest::prelude::*;
use solids::{circle, cuboid, cylinder, moved, rings, sphere, structure, turn};
use std::f64::consts::PI;
use std::sync::Arc;

const CAPS: SolidPolicy = SolidPolicy {
    between_planes: BetweenPlanes::Prism,
    end_caps: EndCaps::HalfSlice,
    max_cap_mm: None,
};
const AXES: [Vector; 3] = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]];

fn close(found: f64, expected: f64, relative: f64) {
    assert!(
        (found - expected).abs() <= relative * expected.abs(),
        "{found} is not {expected} to {relative}, but to {}",
        found / expected - 1.0
    );
}

fn expand(structure: &Structure, mm: f64) -> Structure {
    structure.expand(&Margins::even(mm).unwrap(), CAPS).unwrap()
}

fn shrink(structure: &Structure, mm: f64) -> Structure {
    structure.shrink(&Margins::even(mm).unwrap(), CAPS).unwrap()
}

fn cc(structure: &Structure) -> f64 {
    structure.volume_cc(CAPS).unwrap()
}

#[test]
fn boxes_grow_by_steiners_formula() {
    let [a, b, c] = [30.0, 44.0, 36.0];
    let cuboid = cuboid("box", [0.0; 3], [a, b, c], 3.0);
    for r in [0.5, 1.0, 2.0, 3.0, 5.0, 7.3, 10.0, 20.0] {
        let surface = 2.0 * (a * b + b * c + c * a);
        // Integrated mean curvature of a box: pi times the sum of its sides.
        let expected =
            a * b * c + surface * r + PI * (a + b + c) * r * r + 4.0 / 3.0 * PI * r * r * r;
        close(cc(&expand(&cuboid, r)), expected / 1000.0, 8e-4);
        if r < 15.0 {
            let rest = (a - 2.0 * r) * (b - 2.0 * r) * (c - 2.0 * r);
            // Sharp corners of a cross-section lose less than half a square of half a millimetre each.
            let corners = 4.0 * 0.125 * (c - 2.0 * r) / 1000.0;
            let found = cc(&shrink(&cuboid, r));
            assert!(
                (found - rest / 1000.0).abs() <= corners + 2e-4 * rest / 1000.0,
                "{r} {found} {rest}"
            );
        }
    }
    assert_eq!(cc(&shrink(&cuboid, 15.0)), 0.0);
    assert_eq!(cc(&shrink(&cuboid, 40.0)), 0.0);
    close(cc(&expand(&cuboid, 0.0)), cc(&cuboid), 1e-12);
}

#[test]
fn cylinders_and_spheres() {
    for r in [2.0, 5.0, 10.0] {
        let [radius, height] = [12.0, 40.0];
        let tube = cylinder("tube", radius, 0.0, height, 2.5, 720);
        // Steiner: V + S r + M r^2 + 4/3 pi r^3 with M = pi h + pi^2 R.
        let expected = PI * radius * radius * height
            + (2.0 * PI * radius * height + 2.0 * PI * radius * radius) * r
            + (PI * height + PI * PI * radius) * r * r
            + 4.0 / 3.0 * PI * r * r * r;
        close(cc(&expand(&tube, r)), expected / 1000.0, 8e-4);
        let rest = PI * (radius - r) * (radius - r) * (height - 2.0 * r);
        // 0.012 mm off a radius that gets small.
        close(
            cc(&shrink(&tube, r)),
            rest / 1000.0,
            1e-3 + 2.0 * 0.012 / (radius - r),
        );
        // The prisms of a sphere stand out from it by up to half a slice, here by 0.05 mm.
        let ball = sphere("ball", [3.0, 4.0, 5.0], 15.0, 0.1, 360);
        let exact = |r: f64| 4.0 / 3.0 * PI * r * r * r / 1000.0;
        close(cc(&expand(&ball, r)), exact(15.0 + r), 8e-3);
        close(
            cc(&shrink(&ball, r)),
            exact(15.0 - r),
            3.0 * 0.06 / (15.0 - r),
        );
    }
}

/// The prisms of a stack of coaxial discs, moved: discs again, whose radii a search over the slabs gives.
#[test]
fn stacks_of_discs_exactly() {
    let slabs: Vec<(f64, f64)> = [9.0, 14.0, 16.0, 11.0, 6.0, 6.0, 13.0]
        .into_iter()
        .enumerate()
        .map(|(k, radius)| (3.0 * k as f64, radius))
        .collect();
    let drawn: Vec<_> = slabs
        .iter()
        .map(|(z, radius)| circle([2.0, -1.0], *radius, *z, 720))
        .collect();
    let discs = structure("discs", &drawn);
    for r in [1.0, 4.0, 8.0] {
        let grown = |z: f64| {
            slabs
                .iter()
                .filter_map(|(at, radius)| {
                    let off = ((z - at).abs() - 1.5).max(0.0);
                    (off <= r).then(|| radius + (r * r - off * off).sqrt())
                })
                .fold(0.0, f64::max)
        };
        let left = |z: f64| {
            let ends = [(-1e9, 0.0), (1e9, 0.0)];
            let outside = slabs
                .iter()
                .map(|(at, radius)| ((z - at).abs() - 1.5, *radius));
            let beyond = ends.iter().map(|_| {
                let to_end = (z + 1.5).min(19.5 - z);
                (to_end, 0.0)
            });
            outside
                .chain(beyond)
                .filter(|(off, _)| *off <= r)
                .map(|(off, radius)| radius - (r * r - off.max(0.0).powi(2)).sqrt())
                .fold(f64::INFINITY, f64::min)
                .max(0.0)
        };
        let volume = |radius: &dyn Fn(f64) -> f64| {
            let (low, high, n) = (-12.0, 32.0, 400_000);
            let step = (high - low) / f64::from(n);
            (0..n)
                .map(|i| {
                    let z = low + (f64::from(i) + 0.5) * step;
                    let inside = (-1.5..=19.5).contains(&z);
                    let radius = radius(z);
                    if radius.is_finite() && (inside || radius > 0.0) {
                        PI * radius * radius * step
                    } else {
                        0.0
                    }
                })
                .sum::<f64>()
                / 1000.0
        };
        close(cc(&expand(&discs, r)), volume(&grown), 1e-3);
        let rest = volume(&|z| {
            if (-1.5..=19.5).contains(&z) {
                left(z)
            } else {
                0.0
            }
        });
        assert!(
            (cc(&shrink(&discs, r)) - rest).abs() < 2e-3 * cc(&discs),
            "{r}"
        );
    }
}

#[test]
fn margins_by_direction() {
    let [a, b, c] = [30.0, 24.0, 18.0];
    let cuboid = cuboid("box", [0.0; 3], [a, b, c], 3.0);
    let grown = |below: Vector, above: Vector| {
        cuboid
            .expand(&Margins::new(below, above).unwrap(), CAPS)
            .unwrap()
    };
    // Faces, edges (quarters of ellipses) and corners (eighths of ellipsoids) by themselves.
    let expected = |below: Vector, above: Vector| {
        let sum = |axis: usize| below[axis] + above[axis];
        let sides = [a, b, c];
        let mut volume = a * b * c;
        for axis in 0..3 {
            let (p, q) = ((axis + 1) % 3, (axis + 2) % 3);
            volume += sum(axis) * sides[p] * sides[q];
            volume += sides[axis] * PI / 4.0 * sum(p) * sum(q);
        }
        (volume + PI / 6.0 * sum(0) * sum(1) * sum(2)) / 1000.0
    };
    for (below, above) in [
        ([3.0, 4.0, 5.0], [7.0, 4.0, 10.0]),
        ([0.0, 0.0, 0.0], [0.0, 0.0, 10.0]),
        ([0.0, 5.0, 3.0], [6.0, 0.0, 0.0]),
        ([2.0, 0.0, 0.0], [0.0, 0.0, 0.0]),
        ([0.0, 8.0, 0.0], [0.0, 8.0, 0.0]),
    ] {
        let made = grown(below, above);
        close(cc(&made), expected(below, above), 1e-3);
        let [low, high] = made.bounding_box_mm(CAPS).unwrap();
        for axis in 0..3 {
            assert!((low[axis] + below[axis]).abs() < 0.02, "{low:?}");
            assert!(
                (high[axis] - [a, b, c][axis] - above[axis]).abs() < 0.02,
                "{high:?}"
            );
        }
        let inner = cuboid
            .shrink(&Margins::new(below, above).unwrap(), CAPS)
            .unwrap();
        let rest: f64 = (0..3)
            .map(|axis| [a, b, c][axis] - below[axis] - above[axis])
            .product();
        // Sharp corners, as above.
        let corners = 4.0 * 0.125 * (c - below[2] - above[2]) / 1000.0;
        let off = (cc(&inner) - rest / 1000.0).abs();
        assert!(off <= corners + 2e-4 * rest / 1000.0, "{off} {corners}");
        let [low, high] = inner.bounding_box_mm(CAPS).unwrap();
        for axis in 0..3 {
            assert!((low[axis] - below[axis]).abs() < 0.02, "{low:?}");
            assert!(
                (high[axis] - [a, b, c][axis] + above[axis]).abs() < 0.02,
                "{high:?}"
            );
        }
    }
    let tilted = moved("tilted", &cuboid, turn);
    let uneven = Margins::new([1.0; 3], [2.0; 3]).unwrap();
    assert!(matches!(
        tilted.expand(&uneven, CAPS),
        Err(StructureError::Margin { .. })
    ));
    assert!(Margins::even(-1.0).is_err() && Margins::even(501.0).is_err());
    assert!(Margins::even(f64::NAN).is_err());
}

#[test]
fn directions_follow_the_patient() {
    // Sagittal planes: their normal is x.
    let upright = cuboid("box", [0.0; 3], [20.0, 30.0, 16.0], 2.0);
    let sagittal = moved("sagittal", &upright, |p| [p[2], p[0], p[1]]);
    let made = sagittal
        .expand(
            &Margins::new([1.0, 2.0, 3.0], [4.0, 5.0, 6.0]).unwrap(),
            CAPS,
        )
        .unwrap();
    let [low, high] = made.bounding_box_mm(CAPS).unwrap();
    assert!(norm(sub(low, [-1.0, -2.0, -3.0])) < 0.03, "{low:?}");
    assert!(norm(sub(high, [20.0, 25.0, 36.0])) < 0.03, "{high:?}");
}

#[test]
fn margins_move_with_the_structure() {
    let cuboid = cuboid("box", [0.0; 3], [30.0, 24.0, 18.0], 3.0);
    let grown = expand(&cuboid, 5.0);
    let turned = expand(&moved("turned", &cuboid, turn), 5.0);
    close(cc(&turned), cc(&grown), 5e-4);
    let centre = turned.centroid_mm(CAPS).unwrap();
    assert!(norm(sub(centre, turn([15.0, 12.0, 9.0]))) < 5e-3);
    let flipped = expand(&moved("flipped", &cuboid, |p| [-p[0], p[1], -p[2]]), 5.0);
    close(cc(&flipped), cc(&grown), 1e-9);
}

#[test]
fn a_mask_grows_as_its_voxels() {
    let grid = Arc::new(Grid::new([12, 14, 16], [2.0, 2.5, 3.0], [0.0; 3], AXES).unwrap());
    let mut mask = vec![0.0_f32; grid.len()];
    for k in 3..8 {
        for j in 4..10 {
            for i in 5..11 {
                mask[(k * 14 + j) * 16 + i] = 1.0;
            }
        }
    }
    let mask = Structure::from_mask("mask", mask, grid).unwrap();
    let [a, b, c] = [12.0, 15.0, 15.0];
    let r = 4.0;
    let expected = a * b * c
        + 2.0 * (a * b + b * c + c * a) * r
        + PI * (a + b + c) * r * r
        + 4.0 / 3.0 * PI * r * r * r;
    close(cc(&expand(&mask, r)), expected / 1000.0, 1e-3);
}

#[test]
fn rings_and_names() {
    let ball = sphere("GTV", [0.0; 3], 12.0, 0.2, 240);
    let ring = ball.ring(2.0, 8.0, CAPS).unwrap();
    let exact = |r: f64| 4.0 / 3.0 * PI * r * r * r / 1000.0;
    close(cc(&ring), exact(20.0) - exact(14.0), 0.015);
    assert_eq!(ring.name, "GTV(2..8mm)");
    let rind = ball.ring(-3.0, 0.0, CAPS).unwrap();
    close(cc(&rind), exact(12.0) - exact(9.0), 0.04);
    assert!(ball.ring(3.0, 3.0, CAPS).is_err());
    assert_eq!(expand(&ball, 5.0).name, "GTV+5mm");
    let up = Margins::new([0.0; 3], [0.0, 0.0, 8.0]).unwrap();
    assert_eq!(ball.expand(&up, CAPS).unwrap().name, "GTV+S8mm");
    let points = Structure::new(
        "p",
        hepadose::structure::Shape::Points(Arc::new(vec![[0.0; 3]])),
    );
    assert!(matches!(
        points.expand(&up, CAPS),
        Err(StructureError::NoSpace { .. })
    ));
    // Holes: the inside of a shell grows inward too.
    let shell = ball.ring(-4.0, 0.0, CAPS).unwrap();
    let grown = expand(&shell, 2.0);
    close(cc(&grown), exact(14.0) - exact(6.0), 0.02);
}

fn hills(shape: [usize; 3], spacing: Vector, axes: [Vector; 3]) -> (Grid, Vec<f64>) {
    let turned = axes[0][0] < 0.0;
    let origin = if turned {
        [31.0, -28.0, 25.0]
    } else {
        [-31.0, -28.0, -25.0]
    };
    let grid = Grid::new(shape, spacing, origin, axes).unwrap();
    let [nk, nj, ni] = shape;
    let mut values = Vec::with_capacity(grid.len());
    for k in 0..nk {
        for j in 0..nj {
            for i in 0..ni {
                let [x, y, z] = grid.voxel_centre_mm(k, j, i);
                let hill = |cx: f64, cy: f64, cz: f64, s: f64| {
                    let d = [(x - cx) / s, (y - cy) / s, (z - cz) / (0.8 * s)];
                    (-0.5 * (d[0] * d[0] + d[1] * d[1] + d[2] * d[2])).exp()
                };
                values.push(50.0 * hill(-9.0, -3.0, -2.0, 9.0) + 42.0 * hill(13.0, 6.0, 4.0, 7.0));
            }
        }
    }
    (grid, values)
}

/// The volume of an isodose is the V of a structure that holds it, which the DVH engine counts in another way.
#[test]
fn isodoses_have_the_volume_of_the_dvh() {
    let upside = [[-1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, -1.0]];
    for axes in [AXES, upside] {
        let (grid, values) = hills([26, 24, 26], [2.5, 2.5, 2.0], axes);
        let centre = grid.voxel_centre_mm(12, 11, 12);
        let around = cuboid(
            "all",
            std::array::from_fn(|a| centre[a] - 24.0),
            std::array::from_fn(|a| centre[a] + 24.0),
            2.0,
        );
        let dose = DoseGrid::physical(values, grid, Some(5)).unwrap();
        let eqd2 = dose.eqd2(3.0).unwrap();
        let all = dvh(&dose, &around, &DvhSettings::default(), &Progress::new()).unwrap();
        let biological = dvh(&eqd2, &around, &DvhSettings::default(), &Progress::new()).unwrap();
        for level in [5.0, 15.0, 30.0, 45.0] {
            let inside = isodose(&dose, level).unwrap();
            let clipped = inside.combine(Operation::Intersect, &around).unwrap();
            let expected = all.curve().volume_at_least_cc(level);
            let found = cc(&clipped);
            // A DVH is right to a share of the whole volume, of which the hottest level holds little.
            let allowed = 2e-3 * expected + 2e-6 * all.volume_cc();
            assert!(
                (found - expected).abs() < allowed,
                "{level}: {found} {expected}"
            );
            let made = isodose(&eqd2, level).unwrap();
            let clipped = made.combine(Operation::Intersect, &around).unwrap();
            close(
                cc(&clipped),
                biological.curve().volume_at_least_cc(level),
                2e-3,
            );
        }
        assert_eq!(isodose(&dose, 15.0).unwrap().part_count(CAPS).unwrap(), 1);
        assert_eq!(isodose(&dose, 38.0).unwrap().part_count(CAPS).unwrap(), 2);
        assert!(!isodose(&dose, 80.0).unwrap().is_solid());
        assert!(isodose(&dose, 0.0).is_err());
        // A sum of two courses is no single physical dose.
        let twice = eqd2.add(&eqd2).unwrap();
        let sum = isodose(&twice, 30.0).unwrap();
        close(cc(&sum), cc(&isodose(&eqd2, 15.0).unwrap()), 3e-3);
    }
}

#[test]
fn an_isodose_ends_with_its_grid() {
    let grid = Grid::new([4, 5, 6], [2.0, 3.0, 4.0], [1.0, 2.0, 3.0], AXES).unwrap();
    let dose = DoseGrid::physical(vec![20.0_f64; 120], grid, None).unwrap();
    let all = isodose(&dose, 20.0).unwrap();
    close(cc(&all), 120.0 * 24.0 / 1000.0, 1e-12);
    let [low, high] = all.bounding_box_mm(CAPS).unwrap();
    assert!(norm(sub(low, [0.0, 0.5, 1.0])) < 1e-9 && norm(sub(high, [12.0, 15.5, 17.0])) < 1e-9);
    // A ramp along x: 1 Gy for each mm from the first centre.
    let grid = Grid::new([3, 3, 11], [1.0, 1.0, 1.0], [0.0; 3], AXES).unwrap();
    let values: Vec<f64> = (0..99).map(|index| f64::from(index % 11)).collect();
    let dose = DoseGrid::physical(values, grid, None).unwrap();
    close(
        cc(&isodose(&dose, 6.25).unwrap()),
        9.0 * (10.5 - 6.25) / 1000.0,
        1e-9,
    );
}

#[test]
fn coverage_of_a_margin() {
    // A tumour of 12 mm in a zone of 16 mm radius that is 1 mm off: the least margin is 3 mm.
    let tumour = sphere("tumour", [0.0; 3], 12.0, 0.25, 240);
    let zone = sphere("zone", [1.0, 0.0, 0.0], 16.0, 0.25, 240);
    let exact = |r: f64| 4.0 / 3.0 * PI * r * r * r / 1000.0;
    let found = margin_coverage(&tumour, &zone, 3.0, None, CAPS).unwrap();
    assert!(
        (found.least_margin_mm.unwrap() - 3.0).abs() < 0.15,
        "{found:?}"
    );
    close(found.shell_fraction().unwrap(), 1.0, 5e-3);
    close(found.tumour_cc, exact(12.0), 5e-3);
    close(found.tumour_fraction, 1.0, 1e-9);
    assert!(found.clipped_cc < 1e-9);
    let wide = margin_coverage(&tumour, &zone, 6.0, None, CAPS).unwrap();
    // The zone lies within the 18 mm sphere but for 17 > 18 - nothing: all of it is in the solid.
    close(wide.treated_solid_cc, exact(16.0), 5e-3);
    close(wide.solid_fraction(), exact(16.0) / exact(18.0), 0.02);
    close(
        wide.shell_fraction().unwrap(),
        (exact(16.0) - exact(12.0)) / (exact(18.0) - exact(12.0)),
        0.02,
    );
    // Under the capsule: the liver ends 1 mm beyond the tumour, the zone covers all of the liver there.
    let liver = cuboid("liver", [-60.0, -60.0, -60.0], [13.0, 60.0, 60.0], 2.5);
    let near = sphere("zone", [-8.0, 0.0, 0.0], 25.0, 0.25, 240);
    let plain = margin_coverage(&tumour, &near, 6.0, None, CAPS).unwrap();
    let clipped = margin_coverage(&tumour, &near, 6.0, Some(&liver), CAPS).unwrap();
    assert!(plain.shell_fraction().unwrap() < 1.0 - 1e-3);
    close(clipped.shell_fraction().unwrap(), 1.0, 2e-3);
    // The cap of an 18 mm sphere beyond x = 13.
    let cap = PI * 25.0 * (3.0 * 18.0 - 5.0) / 3.0 / 1000.0;
    close(clipped.clipped_cc, cap, 0.02);
    assert!(clipped.least_margin_mm.unwrap() > plain.least_margin_mm.unwrap());
    // A tumour that the zone leaves, one that fills its organ, a zone that is nothing.
    let off = sphere("zone", [9.0, 0.0, 0.0], 16.0, 0.25, 240);
    let missed = margin_coverage(&tumour, &off, 3.0, None, CAPS).unwrap();
    assert_eq!(missed.least_margin_mm, Some(0.0));
    assert!(missed.tumour_fraction < 0.95);
    let full = margin_coverage(&tumour, &zone, 3.0, Some(&tumour), CAPS).unwrap();
    assert_eq!((full.shell_fraction(), full.least_margin_mm), (None, None));
    let empty = structure("nothing", &[]);
    let untreated = margin_coverage(&tumour, &empty, 3.0, None, CAPS).unwrap();
    assert_eq!(untreated.shell_fraction(), Some(0.0));
    assert!(margin_coverage(&empty, &zone, 3.0, None, CAPS).is_err());
    assert!(margin_coverage(&tumour, &zone, 0.0, None, CAPS).is_err());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    /// On convex shapes margins add, and what grows shrinks back; surfaces are right to a fraction of a node step.
    #[test]
    fn margins_add_on_convex_shapes(
        sides in [12.0..30.0_f64, 12.0..30.0_f64, 12.0..30.0_f64],
        corners in 5..40_usize,
        one in 1.0..6.0_f64,
        two in 1.0..6.0_f64,
    ) {
        let step = sides[2] / 8.0;
        let drawn: Vec<_> = (0..8)
            .map(|k| {
                circle([0.0, 0.0], 1.0, (f64::from(k) + 0.5) * step, corners)
                    .into_iter()
                    .map(|p| [p[0] * sides[0] / 2.0, p[1] * sides[1] / 2.0, p[2]])
                    .collect()
            })
            .collect();
        let convex = structure("convex", &drawn);
        let twice = expand(&expand(&convex, one), two);
        let once = expand(&convex, one + two);
        // What a surface of this size may be off by a tenth of a cell.
        let cell = once.surface_area_mm2(CAPS).unwrap() * 0.1 / 1000.0;
        prop_assert!((cc(&twice) - cc(&once)).abs() <= cell, "{} {}", cc(&twice), cc(&once));
        let back = shrink(&expand(&convex, one), one);
        let cell = convex.surface_area_mm2(CAPS).unwrap() * 0.1 / 1000.0;
        prop_assert!((cc(&back) - cc(&convex)).abs() <= cell, "{} {}", cc(&back), cc(&convex));
        prop_assert!(rings(&once).iter().all(|ring| ring.len() >= 3));
    }
}
