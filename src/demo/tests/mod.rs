//! The case as a whole: what was promised of it.
#![cfg(test)]

mod files;

use super::rings::{area, contains};
use super::*;
use crate::structure::{ContourStack, Shape};
use std::sync::LazyLock;

/// The case of `hepadose demo`, made once.
fn demo() -> &'static DemoCase {
    static DEMO: LazyLock<DemoCase> = LazyLock::new(|| build(&DemoOptions::default()).unwrap());
    &DEMO
}

fn stack<'a>(case: &'a DemoCase, name: &str) -> &'a ContourStack {
    let structure = case.structures.iter().find(|s| s.name == name).unwrap();
    match &structure.shape {
        Shape::Contours(stack) => stack,
        other => panic!("{name} is {other:?}"),
    }
}

/// Area of nested rings by the even-odd rule times the plane spacing.
fn volume_cc(stack: &ContourStack) -> f64 {
    let plane_area = |rings: &[Vec<[f64; 2]>]| -> f64 {
        rings
            .iter()
            .enumerate()
            .map(|(index, ring)| {
                let around = rings
                    .iter()
                    .enumerate()
                    .filter(|(other, outer)| *other != index && contains(outer, ring[0]))
                    .count();
                let sign = if around % 2 == 0 { 1.0 } else { -1.0 };
                sign * area(ring).abs()
            })
            .sum()
    };
    let sum: f64 = stack.planes().iter().map(|p| plane_area(&p.rings)).sum();
    sum * stack.spacing_mm().unwrap() / 1000.0
}

/// Dose in the voxels whose centres lie in a structure.
fn doses(case: &DemoCase, name: &str) -> Vec<f64> {
    let (grid, values) = (case.dose.grid(), case.dose.values_f64());
    let stack = stack(case, name);
    let half = 0.5 * stack.spacing_mm().unwrap();
    let points = || stack.planes().iter().flat_map(|p| p.rings.iter().flatten());
    let [left, right, front, back] = points().fold(
        [f64::MAX, f64::MIN, f64::MAX, f64::MIN],
        |[a, b, c, d], [x, y]| [a.min(*x), b.max(*x), c.min(*y), d.max(*y)],
    );
    let [_, rows, columns] = grid.shape();
    let mut found = Vec::new();
    for (index, dose) in values.iter().enumerate() {
        let (k, j, i) = (
            index / rows / columns,
            index / columns % rows,
            index % columns,
        );
        let [x, y, z] = grid.voxel_centre_mm(k, j, i);
        if x < left || x > right || y < front || y > back {
            continue;
        }
        let plane = stack
            .planes()
            .iter()
            .find(|p| (p.position_mm - z).abs() <= half);
        if plane.is_some_and(|p| p.rings.iter().filter(|r| contains(r, [x, y])).count() % 2 == 1) {
            found.push(*dose);
        }
    }
    found
}

fn on_threads(count: usize, options: &DemoOptions) -> DemoCase {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(count).build();
    pool.unwrap().install(|| build(options)).unwrap()
}

fn counts(case: &DemoCase) -> (usize, usize, usize) {
    let stacks = case.structures.iter().filter_map(|s| match &s.shape {
        Shape::Contours(stack) => Some(stack),
        _ => None,
    });
    let rings: Vec<usize> = stacks
        .clone()
        .flat_map(|stack| stack.planes())
        .flat_map(|plane| plane.rings.iter().map(Vec::len))
        .collect();
    (stacks.count(), rings.len(), rings.iter().sum())
}

#[test]
fn volumes_are_those_of_a_person() {
    for seed in [1, 2, 77] {
        let options = DemoOptions {
            seed,
            voxel_mm: 8.0,
            grid_shape: [33, 33, 51],
            ..DemoOptions::default()
        };
        let case = build(&options).unwrap();
        let expected = [
            ("Liver", 1450.0, 1550.0),
            ("GTV_1", 3.0, 5.5),
            ("GTV_2", 13.0, 22.0),
            ("GTV_3", 0.9, 2.0),
            ("Kidney_L", 110.0, 260.0),
            ("Kidney_R", 90.0, 260.0),
            ("Stomach", 200.0, 550.0),
            ("Duodenum", 50.0, 150.0),
            ("Lung_L", 500.0, 1500.0),
            ("Lung_R", 500.0, 1500.0),
            ("Heart", 150.0, 700.0),
            ("Body", 12_000.0, 18_000.0),
        ];
        for (name, low, high) in expected {
            let volume = volume_cc(stack(&case, name));
            assert!(
                (low..high).contains(&volume),
                "seed {seed}: {name} {volume} cc"
            );
        }
    }
}

#[test]
fn tumours_lie_in_the_liver_and_in_their_targets() {
    let case = demo();
    for number in 1..=3 {
        let (gtv, ptv) = (format!("GTV_{number}"), format!("PTV_{number}"));
        for plane in stack(case, &gtv).planes() {
            for outer in ["Liver", &ptv] {
                let around = stack(case, outer).planes();
                let around = around.iter().find(|p| p.position_mm == plane.position_mm);
                let rings = &around.unwrap().rings;
                let inside = |point| rings.iter().filter(|r| contains(r, point)).count() % 2 == 1;
                assert!(plane.rings.iter().flatten().all(|point| inside(*point)));
            }
        }
    }
}

#[test]
fn holes_are_drawn_both_ways() {
    let case = demo();
    let nested = |rings: &[Vec<[f64; 2]>]| {
        rings
            .iter()
            .any(|a| rings.iter().any(|b| a != b && contains(b, a[0])))
    };
    let bowel = stack(case, "Bowel_Small").planes();
    assert!(bowel.iter().filter(|p| nested(&p.rings)).count() >= 5);
    // A keyhole walks its bridge twice: two points occur twice in the ring.
    let repeated = |ring: &Vec<[f64; 2]>| {
        let twice = |point: &[f64; 2]| ring.iter().filter(|other| *other == point).count() == 2;
        ring.iter().filter(|point| twice(point)).count() >= 4
    };
    let colon = stack(case, "Colon").planes();
    assert!(
        colon
            .iter()
            .flat_map(|p| &p.rings)
            .filter(|ring| repeated(ring))
            .count()
            >= 20
    );
    assert!(colon.iter().all(|p| !nested(&p.rings)));
}

#[test]
fn markers_and_plan() {
    let case = demo();
    assert_eq!(case.structures.len(), 20);
    assert!(matches!(&case.structures[18].shape, Shape::Points(points) if points.len() == 1));
    assert!(matches!(case.structures[19].shape, Shape::Empty));
    assert_eq!(case.plan.fractions(), Some(5));
    assert!((case.plan.beam_dose_total_gy().unwrap() - 50.0).abs() < 1e-9);
    let bound: Vec<&str> = case
        .plan
        .dose_references
        .iter()
        .map(|reference| {
            let roi = case
                .structures
                .iter()
                .find(|s| s.number == reference.roi_number);
            roi.unwrap().name.as_str()
        })
        .collect();
    assert_eq!(bound, ["PTV_1", "PTV_2", "PTV_3"]);
}

#[test]
fn the_dose_is_that_of_stereotactic_treatment() {
    let case = demo();
    let percentile = |doses: &mut Vec<f64>, share: f64| {
        doses.sort_by(f64::total_cmp);
        doses[(share * doses.len() as f64) as usize]
    };
    for target in ["PTV_1", "PTV_2", "PTV_3"] {
        let d95 = percentile(&mut doses(case, target), 0.05);
        assert!((49.3..52.7).contains(&d95), "{target}: D95 {d95} Gy");
    }
    let maximum = case.dose.values_f64().into_iter().fold(0.0, f64::max);
    assert!((58.0..68.0).contains(&maximum), "maximum {maximum} Gy");
    let mut liver = doses(case, "Liver");
    let mean = liver.iter().sum::<f64>() / liver.len() as f64;
    assert!((9.0..16.0).contains(&mean), "mean liver dose {mean} Gy");
    let cold = liver.iter().filter(|dose| **dose < 15.0).count() as f64 * 0.008;
    assert!((850.0..1300.0).contains(&cold), "{cold} cc below 15 Gy");
    assert!(percentile(&mut liver, 0.01) > 0.5);
    let stomach = percentile(&mut doses(case, "Stomach"), 0.999);
    assert!((10.0..35.0).contains(&stomach), "stomach {stomach} Gy");
    // The corner of the grid is air.
    assert_eq!(case.dose.values_f64()[0], 0.0);
}

#[test]
fn threads_change_no_bit_and_seeds_do() {
    let options = DemoOptions {
        voxel_mm: 6.0,
        grid_shape: [43, 44, 67],
        slice_spacing_mm: 6.0,
        ..DemoOptions::default()
    };
    let (one, four) = (on_threads(1, &options), on_threads(4, &options));
    assert_eq!(one.dose.values_f64(), four.dose.values_f64());
    assert_eq!(one.plan, four.plan);
    assert_eq!(one.uids, four.uids);
    for (a, b) in one.structures.iter().zip(&four.structures) {
        match (&a.shape, &b.shape) {
            (Shape::Contours(a), Shape::Contours(b)) => assert_eq!(a, b),
            (Shape::Points(a), Shape::Points(b)) => assert_eq!(a, b),
            (a, b) => assert!(matches!((a, b), (Shape::Empty, Shape::Empty))),
        }
    }
    let other = build(&DemoOptions { seed: 9, ..options }).unwrap();
    assert_ne!(stack(&one, "Liver"), stack(&other, "Liver"));
}

#[test]
fn the_bench_case_has_its_size() {
    let case = build(&DemoOptions::bench()).unwrap();
    let (drawn, contours, points) = counts(&case);
    assert_eq!((drawn, case.structures.len()), (22, 22));
    assert!((1850..1980).contains(&contours), "{contours} contours");
    assert!((440_000..460_000).contains(&points), "{points} points");
    assert_eq!(case.dose.grid().shape(), [187, 132, 202]);
}
