//! Where the referee found the DVH engine wrong, each as small as it goes.

#![allow(clippy::unwrap_used)]

#[path = "common/analytic/mod.rs"]
mod analytic;

use analytic::cases;
use analytic::compare::FEW_LINES;
use analytic::grids::oblique;
use hepadose::dose::DoseGrid;
use hepadose::dvh::{Dvh, DvhSettings, dvh};
use hepadose::geometry::Grid;
use hepadose::geometry::vector::Vector;
use hepadose::progress::Progress;
use hepadose::structure::Structure;
use std::sync::Arc;

const AXES: [Vector; 3] = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]];

fn run(dose: &DoseGrid<'_>, structure: &Structure) -> Dvh {
    dvh(dose, structure, &DvhSettings::default(), &Progress::new()).unwrap()
}

fn square(low: f64, high: f64, z: f64) -> Vec<Vector> {
    vec![
        [low, low, z],
        [high, low, z],
        [high, high, z],
        [low, high, z],
    ]
}

fn filled(grid: Grid, field: impl Fn(Vector) -> f64) -> DoseGrid<'static> {
    let [nk, nj, ni] = grid.shape();
    let mut values = Vec::new();
    for k in 0..nk {
        for j in 0..nj {
            for i in 0..ni {
                values.push(field(grid.voxel_centre_mm(k, j, i)));
            }
        }
    }
    DoseGrid::physical(values, Arc::new(grid), Some(3)).unwrap()
}

/// A far face on the last lattice line: its points belong to no cell, so Max was one cell short.
#[test]
fn extremes_on_the_far_lattice_line() {
    let contours: Vec<_> = (0..10)
        .map(|k| square(1.0, 21.0, 2.0 + 2.0 * f64::from(k)))
        .collect();
    let structure = Structure::from_contours("S", &contours, None).unwrap();
    for axis in 0..3 {
        let dose = filled(
            Grid::new([14; 3], [2.0; 3], [-2.0; 3], AXES).unwrap(),
            |p| 5.0 + p[axis],
        );
        let statistics = run(&dose, &structure).statistics().unwrap().clone();
        assert!(
            (statistics.min_gy - 6.0).abs() < 1e-9,
            "axis {axis}: {statistics:?}"
        );
        assert!(
            (statistics.max_gy - 26.0).abs() < 1e-9,
            "axis {axis}: {statistics:?}"
        );
    }
}

/// One voxel as a mask and as its outline: the missing Max also bends the curve.
#[test]
fn a_voxel_and_its_outline() {
    let dose = filled(Grid::new([5; 3], [2.0; 3], [0.0; 3], AXES).unwrap(), |p| {
        10.0 + 0.25 * p[0] * p[0] + 0.25 * p[1] + 0.075 * p[2] * p[2]
    });
    let mut mask = vec![0.0; 125];
    mask[31] = 1.0;
    let masked = run(
        &dose,
        &Structure::from_mask("M", mask, Arc::clone(dose.grid())).unwrap(),
    );
    let drawn = run(
        &dose,
        &Structure::from_contours("C", &[square(1.0, 3.0, 2.0)], Some(2.0)).unwrap(),
    );
    let (a, b) = (masked.statistics().unwrap(), drawn.statistics().unwrap());
    assert!(
        (a.max_gy - b.max_gy).abs() < 1e-9,
        "{} {}",
        a.max_gy,
        b.max_gy
    );
    let difference = |i: u16| {
        let level = 10.9 + 0.03 * f64::from(i);
        let masked = masked.curve().volume_at_least_cc(level);
        (masked - drawn.curve().volume_at_least_cc(level)).abs()
    };
    let worst = (0..100).map(difference).fold(0.0, f64::max);
    assert!(worst < 1e-4 * masked.volume_cc(), "{worst}");
}

/// Where the contour leaves the dose grid, the crossing point was never looked at.
#[test]
fn extremes_where_the_grid_cuts_a_contour() {
    check(&["cut", "shell", "axis 0 at 0.7", "HFDL"]);
}

/// A corner of an oblique grid pokes into a structure: a centroid inside, no corner inside, and `clamp` panics
/// (min > max: min = inf, max = -inf).
#[test]
fn a_corner_of_an_oblique_grid() {
    let ring = |z: f64| square(0.0, 2.0, z);
    let structure = Structure::from_contours("S", &[ring(0.0), ring(4.0)], Some(4.0)).unwrap();
    let grid = Grid::new(
        [2, 2, 1],
        [
            1.355_316_946_310_612_3,
            3.239_507_722_121_415_2,
            1.287_670_285_353_254_7,
        ],
        [
            -2.211_384_159_913_239,
            1.810_169_402_369_803_4,
            1.483_553_601_432_374_7,
        ],
        oblique(-1.072_761_056_752_364_4, -0.487_385_461_297_551_9),
    );
    let dose = filled(grid.unwrap(), |p| 50.0 + p[0]);
    let result = run(&dose, &structure);
    if let Some(statistics) = result.statistics() {
        assert!(statistics.min_gy >= 40.0 && statistics.max_gy <= 60.0);
    }
}

fn check(title: &[&str]) {
    let mut count = 0;
    for case in cases::all() {
        if title
            .iter()
            .all(|part| case.title().contains(part) || case.family == *part)
        {
            count += 1;
            let outcome = case.run(FEW_LINES);
            println!(
                "{}: curve {:.4} % (near {:.4} %), min {:.4} %, max {:.4} %, mean {:.4} %, covered {:.4} %",
                case.title(),
                outcome.curve,
                outcome.curve_near,
                outcome.min,
                outcome.max,
                outcome.mean,
                outcome.covered
            );
            assert!(
                outcome.curve <= 0.1 + outcome.referee
                    && outcome.min <= 0.1
                    && outcome.max <= 0.1
                    && outcome.covered <= 0.01
            );
        }
    }
    assert!(count > 0);
}
