//! Parts of a structure on its own plan: they add up, to the bit and in any order.

#![allow(clippy::unwrap_used)]

#[path = "common/analytic/mod.rs"]
mod analytic;

use analytic::Random;
use analytic::fields::Field;
use analytic::grids::GridSpec;
use analytic::shapes::{self, Planes};
use analytic::stack::{Frame, Stack};
use hepadose::dose::DoseGrid;
use hepadose::dvh::{Dvh, DvhError, DvhSettings, MetricSpec, dvh, dvh_on_plan};
use hepadose::geometry::Grid;
use hepadose::progress::Progress;
use hepadose::structure::{Operation, Structure};
use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use std::sync::Arc;

const HILL: Field = Field::Gaussian {
    peak: 55.0,
    floor: 1.0,
    sigma: 28.0,
    centre: [12.0, -5.0, 6.0],
};

fn planned(dose: &DoseGrid<'_>, part: &Structure, whole: &Structure) -> Result<Dvh, DvhError> {
    let settings = DvhSettings::default();
    dvh_on_plan(dose, part, whole, &settings, &Progress::new())
}

fn own(dose: &DoseGrid<'_>, structure: &Structure) -> Dvh {
    dvh(dose, structure, &DvhSettings::default(), &Progress::new()).unwrap()
}

/// A part within a structure and the rest of it.
fn cut(whole: &Structure, by: &Structure) -> [Structure; 2] {
    [Operation::Subtract, Operation::Intersect]
        .map(|operation| whole.combine(operation, by).unwrap())
}

/// Largest difference of two cumulative curves at many doses, as a share of a volume.
fn apart(curve: impl Fn(f64) -> f64, other: impl Fn(f64) -> f64, top: f64, volume: f64) -> f64 {
    (0..2000)
        .map(|i| top * (f64::from(i) + 0.31) / 2000.0)
        .map(|dose| (curve(dose) - other(dose)).abs() / volume)
        .fold(0.0, f64::max)
}

fn at_least(dvh: &Dvh) -> impl Fn(f64) -> f64 {
    let curve = dvh.curve().clone();
    move |dose| curve.volume_at_least_cc(dose)
}

fn sphere(radius: f64, shift: [f64; 3]) -> Stack {
    shapes::sphere(radius, 90, Planes::Every(2.5)).turned(Frame::AXIAL.axes, shift)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, failure_persistence: None, rng_seed: RngSeed::Fixed(7), ..ProptestConfig::default() })]

    /// (A - B) + (A & B) = A, as curves and as the sum of what was counted.
    #[test]
    fn a_part_and_the_rest_are_the_whole(
        shift in prop::array::uniform3(-20.0..20.0_f64),
        spacing in prop::array::uniform3(1.5..4.0_f64),
        large in any::<bool>(),
    ) {
        let body = sphere(if large { 45.0 } else { 18.0 }, [0.0; 3]);
        let dose = GridSpec::new("HFS", spacing).build(&body.solid(), &HILL, 5).grid;
        let whole = body.structure(Some(3));
        let [rest, part] = cut(&whole, &sphere(14.0, shift).structure(Some(4)));
        let [whole, rest, part] = [&whole, &rest, &part].map(|one| planned(&dose, one, &whole).unwrap());
        let volume = whole.volume_cc();
        prop_assert!((rest.volume_cc() + part.volume_cc() - volume).abs() <= 1e-9 * volume);
        let (a, b, all) = (at_least(&rest), at_least(&part), at_least(&whole));
        let difference = apart(|dose| a(dose) + b(dose), &all, 60.0, volume);
        prop_assert!(difference <= 1e-9, "{:e}", difference);
        let sum = rest.plus(&part).unwrap();
        let difference = apart(at_least(&sum), &all, 60.0, volume);
        prop_assert!(difference <= 1e-9, "{:e}", difference);
        let (sum, whole) = (sum.statistics().unwrap(), whole.statistics().unwrap());
        prop_assert!((sum.mean_gy - whole.mean_gy).abs() <= 1e-9 * whole.mean_gy);
        prop_assert!((sum.max_gy - whole.max_gy).abs() <= 1e-9 * whole.max_gy);
    }
}

/// Eight wedges of a liver, in any order and on any number of threads: one result, to the bit.
#[test]
fn any_order_gives_the_same_bits() {
    let liver = shapes::liver(Planes::Every(5.0));
    let dose = GridSpec::new("HFS", [3.0, 3.0, 2.5])
        .build(&liver.solid(), &HILL, 1)
        .grid;
    let whole = liver.structure(Some(1));
    let mut parts = vec![whole.clone()];
    for shift in [[-40.0, 0.0, 0.0], [30.0, 20.0, 10.0], [0.0, -45.0, -20.0]] {
        let by = sphere(50.0, shift).structure(Some(2));
        parts = parts.iter().flat_map(|part| cut(part, &by)).collect();
    }
    let sampled: Vec<Dvh> = parts
        .iter()
        .map(|part| planned(&dose, part, &whole).unwrap())
        .collect();
    let sum = |order: &[usize]| {
        let mut dvhs = order.iter().map(|index| sampled[*index].clone());
        let first = dvhs.next().unwrap();
        dvhs.fold(first, |sum, part| sum.plus(&part).unwrap().named("sum"))
    };
    let mut order: Vec<usize> = (0..sampled.len()).collect();
    let one = sum(&order);
    let mut random = Random::new(11);
    for _ in 0..5 {
        for index in (1..order.len()).rev() {
            order.swap(index, random.below(index + 1));
        }
        assert_eq!(one, sum(&order), "{order:?}");
    }
    // As a tree, as threads would do it.
    let half = sampled.len() / 2;
    let [left, right] = [0..half, half..sampled.len()].map(|range| sum(&range.collect::<Vec<_>>()));
    assert_eq!(one, left.plus(&right).unwrap().named("sum"));
    for threads in [1, 2, 7] {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .unwrap();
        let again = pool.install(|| planned(&dose, &parts[0], &whole).unwrap());
        assert_eq!(again, sampled[0], "{threads} threads");
    }
    // The sum is the liver itself, as its own DVH has it.
    let (volume, own) = (one.volume_cc(), own(&dose, &whole));
    assert!((volume / own.volume_cc() - 1.0).abs() < 1e-9);
    let difference = apart(at_least(&one), at_least(&own), 60.0, volume);
    assert!(difference < 2e-4, "{difference:e}");
}

/// A part on the plan of the whole is the part, to what the plan can see of it.
#[test]
fn a_part_is_itself() {
    let body = sphere(40.0, [0.0; 3]);
    let dose = GridSpec::new("HFS", [2.0; 3])
        .build(&body.solid(), &HILL, 1)
        .grid;
    let whole = body.structure(None);
    let part = cut(&whole, &sphere(20.0, [10.0, 0.0, 0.0]).structure(None))[1].clone();
    let (planned, own) = (planned(&dose, &part, &whole).unwrap(), own(&dose, &part));
    assert!((planned.volume_cc() / own.volume_cc() - 1.0).abs() < 1e-9);
    let read = |dvh: &Dvh, text: &str| dvh.metric(&MetricSpec::parse(text).unwrap()).value.unwrap();
    for text in ["Mean[Gy]", "D2%[Gy]", "D50%[Gy]", "D98%[Gy]"] {
        let (a, b) = (read(&planned, text), read(&own, text));
        assert!((a / b - 1.0).abs() < 1e-2, "{text}: {a} {b}");
    }
    // How near the shares of cut cells are is not estimated, and no error is claimed.
    let metric = |dvh: &Dvh| dvh.metric(&MetricSpec::parse("D98%[Gy]").unwrap());
    assert!(metric(&planned).uncertainty.is_none() && metric(&own).uncertainty.is_some());
    for text in ["Max[Gy]", "Min[Gy]"] {
        assert_eq!(read(&planned, text), read(&own, text), "{text}");
    }
}

#[test]
fn masks_have_plans_too() {
    let axes = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]];
    let grid =
        Arc::new(Grid::new([9, 12, 12], [2.0, 2.0, 3.0], [-11.0, -11.0, -12.0], axes).unwrap());
    let all = vec![1.0_f32; grid.len()];
    let mut random = Random::new(3);
    let some: Vec<f32> = all.iter().map(|_| random.unit() as f32).collect();
    let whole = Structure::from_mask("All", all, Arc::clone(&grid)).unwrap();
    let by = Structure::from_mask("Some", some, Arc::clone(&grid)).unwrap();
    let dose = GridSpec::new("HFS", [2.5; 3])
        .build(&shapes::box_solid([0.0; 3], [16.0; 3]), &HILL, 1)
        .grid;
    let [rest, part] = cut(&whole, &by);
    let [all, rest, part] = [&whole, &rest, &part].map(|one| planned(&dose, one, &whole).unwrap());
    let (a, b) = (at_least(&rest), at_least(&part));
    let difference = apart(
        |dose| a(dose) + b(dose),
        at_least(&all),
        60.0,
        all.volume_cc(),
    );
    assert!(difference <= 1e-9, "{difference:e}");
}

/// A mask whose voxels do not share the cells of contours is refused, not counted where its voxels' middles are.
#[test]
fn a_mask_on_other_cells_is_refused() {
    let body = sphere(30.0, [0.0; 3]);
    let dose = GridSpec::new("HFS", [2.0; 3])
        .build(&body.solid(), &HILL, 1)
        .grid;
    let (sin, cos) = 0.3_f64.sin_cos();
    for axes in [
        [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]],
        [[cos, sin, 0.0], [-sin, cos, 0.0], [0.0, 0.0, 1.0]],
    ] {
        let grid = Arc::new(Grid::new([5, 3, 3], [5.3, 4.7, 2.5], [-5.0; 3], axes).unwrap());
        let mask = Structure::from_mask("Mask", vec![1.0; grid.len()], grid).unwrap();
        match planned(&dose, &mask, &body.structure(None)) {
            Ok(found) => {
                let own = own(&dose, &mask);
                assert!((found.covered_cc() / own.covered_cc() - 1.0).abs() < 1e-5);
            }
            Err(error) => assert!(error.to_string().contains("do not share cells"), "{error}"),
        }
    }
}

#[test]
fn what_does_not_belong_together_is_refused() {
    let body = sphere(20.0, [0.0; 3]);
    let dose = GridSpec::new("HFS", [2.0; 3])
        .build(&body.solid(), &HILL, 1)
        .grid;
    let whole = body.structure(None);
    let [rest, part] = cut(&whole, &sphere(10.0, [5.0, 0.0, 0.0]).structure(None));
    let says = |result: Result<Dvh, DvhError>, text: &str| {
        let error = result.unwrap_err().to_string();
        assert!(error.contains(text), "{error}");
    };
    says(planned(&dose, &whole, &part), "lie outside");
    let [sampled, other] = [&part, &rest].map(|one| planned(&dose, one, &whole).unwrap());
    says(
        sampled.plus(&own(&dose, &rest)),
        "only DVHs that were sampled on one plan",
    );
    says(
        sampled.plus(&planned(&dose, &rest, &rest).unwrap()),
        "different plans",
    );
    let hotter = dose.scaled(1.01).unwrap();
    says(
        sampled.plus(&planned(&hotter, &rest, &whole).unwrap()),
        "different plans",
    );
    says(
        sampled.plus(&planned(&dose, &whole, &whole).unwrap()),
        "overlap",
    );
    says(sampled.scaled(2.0).unwrap().plus(&other), "only DVHs");
    assert!(sampled.plus(&other).is_ok());
    let nothing = Structure::from_contours("Nothing", &[], None).unwrap();
    let empty = planned(&dose, &nothing, &whole).unwrap();
    assert_eq!(empty.volume_cc(), 0.0);
    let sum = sampled.plus(&empty).unwrap();
    assert_eq!(sum.curve(), sampled.curve());
    says(planned(&dose, &nothing, &nothing), "has no plan");
}
