//! What can be asked of a DVH beside the usual: tricubic dose, a tolerance, weights, shifts, its own error.

#![allow(clippy::unwrap_used)]

#[path = "common/analytic/mod.rs"]
mod analytic;

use analytic::cases;
use analytic::compare::FEW_LINES;
use analytic::fields::Field;
use analytic::grids::oblique;
use analytic::shapes::{self, Planes};
use analytic::stack::{Frame, Stack};
use hepadose::dose::DoseGrid;
use hepadose::dvh::{
    DoseInterpolation, Dvh, DvhError, DvhSettings, Weights, dvh, dvhs_shifted, weighted_dvh,
};
use hepadose::geometry::Grid;
use hepadose::progress::Progress;
use hepadose::structure::Structure;
use std::sync::Arc;

fn run(dose: &DoseGrid<'_>, structure: &Structure, settings: &DvhSettings) -> Dvh {
    dvh(dose, structure, settings, &Progress::new()).unwrap()
}

/// Largest difference of two curves in per cent of the volume, over the range of both.
fn difference(a: &Dvh, b: &Dvh) -> f64 {
    let [x, y] = [a, b].map(|one| one.statistics().unwrap().clone());
    let (low, high) = (x.min_gy.min(y.min_gy), x.max_gy.max(y.max_gy));
    (1..400)
        .map(|i| {
            let level = low + (high - low) * f64::from(i) / 400.0;
            let [a, b] = [a, b].map(|one| one.curve().volume_at_least_cc(level) / one.volume_cc());
            100.0 * (a - b).abs()
        })
        .fold(0.0, f64::max)
}

fn hill(sigma: f64) -> Field {
    Field::Gaussian {
        peak: 60.0,
        floor: 1.0,
        sigma,
        centre: [1.3, -0.7, 0.4],
    }
}

/// The dose of a field in boxes of voxels of a size around a stack, with a margin.
fn sampled(
    stack: &Stack,
    field: &Field,
    axes: [[f64; 3]; 3],
    step: f64,
    margin: f64,
) -> DoseGrid<'static> {
    let half = stack
        .solid()
        .corners()
        .flatten()
        .fold(0.0_f64, |most, x| most.max(x.abs()));
    let half = 1.8 * half + margin;
    let count = (2.0 * half / step).ceil() as usize + 1;
    let start = -0.5 * (count - 1) as f64 * step;
    let origin: [f64; 3] = std::array::from_fn(|c| axes.iter().map(|axis| start * axis[c]).sum());
    let grid = Grid::new([count; 3], [step; 3], origin, axes).unwrap();
    // A dose is never negative.
    let base = if field.is_linear() { 60.0 } else { 0.0 };
    let mut random = analytic::Random::new(1);
    let values: Vec<f64> = (0..count.pow(3))
        .map(|index| {
            let (k, j, i) = (index / count / count, index / count % count, index % count);
            base + field.at(grid.voxel_centre_mm(k, j, i), &mut random)
        })
        .collect();
    DoseGrid::physical(values, grid, Some(5)).unwrap()
}

/// The true field is a grid so fine that linear interpolation is right in it to a thousandth of a per cent.
#[test]
fn tricubic_dose_follows_the_true_field() {
    let tricubic = DvhSettings {
        dose_interpolation: DoseInterpolation::Tricubic,
        ..DvhSettings::default()
    };
    let straight = Frame::AXIAL.axes;
    for (radius, sigma, step, axes) in [
        (6.5, 6.0, 2.0, straight),
        (6.5, 9.0, 3.0, straight),
        (12.0, 10.0, 3.0, straight),
        (12.0, 12.0, 2.5, oblique(0.3, 0.2)),
    ] {
        let stack = shapes::sphere(radius, 200, Planes::Every(2.0));
        let structure = stack.structure(None);
        let coarse = sampled(&stack, &hill(sigma), axes, step, 4.0 * step);
        let fine = sampled(&stack, &hill(sigma), straight, 0.25, 1.0);
        let truth = run(&fine, &structure, &DvhSettings::default());
        let linear = difference(&truth, &run(&coarse, &structure, &DvhSettings::default()));
        let cubic = difference(&truth, &run(&coarse, &structure, &tricubic));
        assert!(truth.volume_cc() >= 1.0);
        assert!(
            cubic <= 0.05,
            "{radius} mm, {sigma} mm, {step} mm: {cubic} %"
        );
        assert!(linear > 5.0 * cubic, "{linear} % and {cubic} %");
    }
}

#[test]
fn a_tolerance_is_met_and_said() {
    let stack = shapes::torus(20.0, 7.0, Planes::Every(3.0));
    let structure = stack.structure(None);
    let dose = sampled(&stack, &hill(12.0), Frame::AXIAL.axes, 2.5, 6.0);
    let usual = run(&dose, &structure, &DvhSettings::default());
    let percent = |one: &Dvh| 100.0 * one.error().unwrap().worst_cc() / one.volume_cc();
    let tolerance = 0.2 * percent(&usual);
    let settings = DvhSettings {
        tolerance_percent: Some(tolerance),
        ..DvhSettings::default()
    };
    let finer = run(&dose, &structure, &settings);
    assert!(
        percent(&finer) <= tolerance,
        "{} {tolerance}",
        percent(&finer)
    );
    assert!(finer.settings().min_cells > usual.settings().min_cells);
    assert!(difference(&usual, &finer) <= percent(&usual));
    let refused = DvhSettings {
        tolerance_percent: Some(0.0),
        ..DvhSettings::default()
    };
    let refused = dvh(&dose, &structure, &refused, &Progress::new());
    assert!(matches!(refused, Err(DvhError::NonPhysical(_))));
}

/// In a box from 0 to 20 mm with a dose that rises as `x` and the weight `3 (x + 60)`, in closed form.
#[test]
fn weights_of_a_box_in_closed_form() {
    let stack = shapes::cuboid([20.0, 16.0, 12.0], Planes::Every(2.0));
    let structure = stack.structure(None);
    let axes = Frame::AXIAL.axes;
    let dose = sampled(&stack, &Field::Linear([1.0, 0.0, 0.0]), axes, 2.3, 5.0);
    let plain = run(&dose, &structure, &DvhSettings::default());
    let lowest = plain.statistics().unwrap().min_gy;
    // A grid of weights of its own, turned against the dose.
    let turned = oblique(0.4, 0.3);
    let grid = {
        let origin = std::array::from_fn(|c| turned.iter().map(|axis| -40.0 * axis[c]).sum());
        Arc::new(Grid::new([41; 3], [2.0; 3], origin, turned).unwrap())
    };
    let values: Vec<f64> = (0..grid.len())
        .map(|index| {
            let (k, j, i) = (index / 1681, index / 41 % 41, index % 41);
            3.0 * (grid.voxel_centre_mm(k, j, i)[0] + 60.0)
        })
        .collect();
    let settings = DvhSettings::default();
    let weights = Weights::new(values.clone(), Arc::clone(&grid)).unwrap();
    let result = weighted_dvh(&dose, &structure, &weights, &settings, &Progress::new()).unwrap();
    let total = 3.0 * 70.0 * stack.solid().volume() / 1000.0;
    assert!(
        (result.volume_cc() / total - 1.0).abs() < 1e-3,
        "{}",
        result.volume_cc()
    );
    let mean = result.statistics().unwrap().mean_gy;
    assert!(
        (mean - lowest - (8000.0 / 3.0 + 12_000.0) / 1400.0).abs() < 0.005,
        "{mean}"
    );
    for i in 1..20 {
        let level = lowest + f64::from(i);
        let share = result.curve().volume_below_cc(level) / result.volume_cc();
        let x = f64::from(i);
        let wanted = (0.5 * x * x + 60.0 * x) / 1400.0;
        assert!((share - wanted).abs() < 1e-3, "{level}: {share} {wanted}");
    }
    // Even weights change nothing but the unit.
    let even = Weights::new(vec![2.5; grid.len()], Arc::clone(&grid)).unwrap();
    let even = weighted_dvh(&dose, &structure, &even, &settings, &Progress::new()).unwrap();
    assert!((even.volume_cc() / plain.volume_cc() - 2.5).abs() < 1e-6);
    assert!(difference(&even, &plain) < 0.01);
    // What cannot be weighed is refused.
    let small = Grid::new([3; 3], [2.0; 3], [0.0; 3], axes).unwrap();
    let small = Weights::new(vec![1.0; 27], small).unwrap();
    let beyond = weighted_dvh(&dose, &structure, &small, &settings, &Progress::new());
    assert!(beyond.unwrap_err().to_string().contains("they end within"));
    assert!(Weights::new(vec![0.0; grid.len()], Arc::clone(&grid)).is_err());
    let mut negative = values;
    negative[5] = -1.0;
    assert!(Weights::new(negative, grid).is_err());
}

#[test]
fn shifts_are_dvhs_of_the_moved_structure() {
    let stack = shapes::islands(Planes::Every(2.5));
    let dose = sampled(&stack, &hill(14.0), Frame::AXIAL.axes, 2.0, 12.0);
    let settings = DvhSettings::default();
    let shifts = [[0.0; 3], [3.0, -1.7, 2.2], [-0.4, 5.0, 0.0]];
    let moved = dvhs_shifted(
        &dose,
        &stack.structure(None),
        &shifts,
        &settings,
        &Progress::new(),
    )
    .unwrap();
    assert_eq!(moved[0], run(&dose, &stack.structure(None), &settings));
    for (shift, moved) in shifts.iter().zip(&moved) {
        let drawn = stack.clone().turned(Frame::AXIAL.axes, *shift);
        let drawn = run(&dose, &drawn.structure(None), &settings);
        assert!(difference(moved, &drawn) < 1e-6);
    }
    assert!(difference(&moved[0], &moved[1]) > 1.0);
    let never = [[f64::NAN, 0.0, 0.0]];
    let structure = stack.structure(None);
    let refused = dvhs_shifted(&dose, &structure, &never, &settings, &Progress::new());
    assert!(matches!(refused, Err(DvhError::NonPhysical(_))));
}

#[test]
fn the_truth_lies_within_the_estimated_errors() {
    let claims: Vec<_> = cases::fast()
        .iter()
        .step_by(3)
        .flat_map(|case| case.run(FEW_LINES).claims)
        .collect();
    for what in ["V", "D", "Mean", "Min, Max"] {
        let own: Vec<_> = claims.iter().filter(|claim| claim.what == what).collect();
        let within = own.iter().filter(|claim| claim.holds()).count();
        assert!(own.len() >= 20, "{what}");
        let share = within as f64 / own.len() as f64;
        assert!(share >= 0.95, "{what}: {within} of {}", own.len());
    }
}
