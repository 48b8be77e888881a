//! What no planning system should send and some do: degenerate contours, grids of one voxel, structures beyond
//! the dose. Nothing panics, and what can be known is right.

#![allow(clippy::unwrap_used)]

#[path = "common/analytic/mod.rs"]
mod analytic;

use analytic::Random;
use analytic::fields::Field;
use analytic::grids::{Dose, GridSpec, oblique};
use analytic::scan::scan;
use analytic::shapes::{self, Planes, ring};
use analytic::stack::{Frame, Plane, Point, Stack};
use hepadose::dose::DoseGrid;
use hepadose::dvh::{Dvh, DvhSettings, MetricSpec, NotEvaluable, dvh};
use hepadose::geometry::Grid;
use hepadose::geometry::vector::Vector;
use hepadose::progress::Progress;
use hepadose::structure::{EndCaps, Structure};
use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use std::sync::Arc;

fn run(dose: &DoseGrid<'_>, structure: &Structure) -> Dvh {
    dvh(dose, structure, &DvhSettings::default(), &Progress::new()).unwrap()
}

fn at_height(ring: &[Point], z: f64) -> Vec<Vector> {
    ring.iter().map(|p| [p[0], p[1], z]).collect()
}

fn volume(contours: &[Vec<Vector>]) -> f64 {
    Structure::from_contours("S", contours, Some(2.0))
        .unwrap()
        .volume_cc(EndCaps::HalfSlice)
        .unwrap()
}

fn grid(
    spacing: f64,
    n: usize,
    origin: Vector,
    field: &dyn Fn(Vector) -> f64,
) -> DoseGrid<'static> {
    let axes = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]];
    let grid = Grid::new([n; 3], [spacing; 3], origin, axes).unwrap();
    let mut values = Vec::new();
    for k in 0..n {
        for j in 0..n {
            for i in 0..n {
                values.push(field(grid.voxel_centre_mm(k, j, i)));
            }
        }
    }
    DoseGrid::physical(values, Arc::new(grid), Some(3)).unwrap()
}

const SQUARE: [Point; 4] = [[0.0, 0.0], [10.0, 0.0], [10.0, 10.0], [0.0, 10.0]];

#[test]
fn contours_without_area_take_no_space() {
    let square = at_height(&SQUARE, 0.0);
    for (name, extra) in [
        ("a point", vec![[3.0, 3.0, 0.0]]),
        ("two points", vec![[3.0, 3.0, 0.0], [5.0, 3.0, 0.0]]),
        ("one point thrice", vec![[3.0, 3.0, 0.0]; 3]),
        (
            "a line",
            vec![[1.0, 1.0, 0.0], [2.0, 2.0, 0.0], [3.0, 3.0, 0.0]],
        ),
        (
            "there and back",
            vec![
                [1.0, 1.0, 0.0],
                [9.0, 4.0, 0.0],
                [1.0, 1.0, 0.0],
                [9.0, 4.0, 0.0],
            ],
        ),
        (
            "a line on the edge",
            vec![[0.0, 0.0, 0.0], [5.0, 0.0, 0.0], [10.0, 0.0, 0.0]],
        ),
    ] {
        let both = volume(&[square.clone(), extra.clone()]);
        assert!((both - 0.2).abs() < 1e-12, "{name}: {both}");
        assert_eq!(volume(&[extra]), 0.0, "{name} alone");
    }
    assert_eq!(volume(&[]), 0.0);
}

#[test]
fn spikes_and_repeated_points_change_nothing() {
    let mut spiked = Vec::new();
    for point in SQUARE {
        spiked.extend([point, point]);
    }
    spiked.extend([
        [0.0, 5.0],
        [-7.0, 5.0],
        [0.0, 5.0],
        [0.0, 2.0],
        [0.0, 6.0],
        [0.0, 0.0],
    ]);
    let value = volume(&[at_height(&spiked, 0.0)]);
    assert!((value - 0.2).abs() < 1e-9, "{value}");
    // A spike carries no volume, so its dose carries no weight either.
    let structure = Structure::from_contours("S", &[at_height(&spiked, 0.0)], Some(2.0)).unwrap();
    let result = run(
        &grid(2.5, 12, [-12.0, -9.0, -14.0], &|p| 20.0 + p[0]),
        &structure,
    );
    assert!((result.covered_fraction() - 1.0).abs() < 1e-9);
    let statistics = result.statistics().unwrap();
    assert!((statistics.mean_gy - 25.0).abs() < 1e-6);
    assert!((statistics.max_gy - 30.0).abs() < 1e-9);
}

/// Contours that cross themselves and each other, against even-odd counting along lines.
#[test]
fn crossing_contours_are_even_odd() {
    let mut random = Random::new(17);
    for round in 0..12 {
        let rings: Vec<_> = (0..=round % 3)
            .map(|_| {
                let n = 5 + random.below(12);
                let points = (0..n)
                    .map(|_| {
                        // Every second round on a raster, so that points and edges coincide with each other and
                        // with voxel centres and edges.
                        let x = [random.between(-12.0, 12.0), random.between(-12.0, 12.0)];
                        if round % 2 == 0 { x.map(f64::round) } else { x }
                    })
                    .collect();
                ring(points)
            })
            .collect();
        let stack = Stack {
            frame: Frame::AXIAL,
            planes: [0.0, 2.0, 4.0]
                .iter()
                .map(|at| Plane {
                    at: *at,
                    rings: rings.clone(),
                    drawn: None,
                })
                .collect(),
            spacing: 2.0,
        };
        let field = Field::Gaussian {
            peak: 40.0,
            floor: 2.0,
            sigma: 12.0,
            centre: [3.0, 1.0, 2.0],
        };
        let spec = GridSpec {
            shift: [0.0; 3],
            ..GridSpec::new("HFS", [2.0, 2.0, 2.0])
        };
        let solid = stack.solid();
        let dose = spec.build(&solid, &field, 1);
        let result = run(&dose.grid, &stack.structure(Some(round as u64)));
        let levels: Vec<f64> = (0..60).map(|i| 2.0 + f64::from(i) * 0.66).collect();
        let truth = scan(&solid, &dose.sampler, &levels, 60_000, None);
        let error = (1000.0 * result.volume_cc() / truth.covered - 1.0).abs();
        assert!(error < 5e-4, "round {round}: volume off by {error:e}");
        for (level, above) in levels.iter().zip(&truth.above) {
            let difference =
                (1000.0 * result.curve().volume_at_least_cc(*level) - above).abs() / truth.covered;
            assert!(
                difference < 1e-3,
                "round {round}: {difference:e} at {level} Gy"
            );
        }
    }
}

#[test]
fn points_on_voxel_centres_edges_and_lattice_lines() {
    // 20 mm boxes whose faces lie on voxel centres, edges and quarters, in a dose that falls along each axis.
    for shift in [0.0, 0.5, 1.0, 2.0] {
        let low = shift;
        let contours: Vec<_> = (0..10)
            .map(|k| {
                at_height(
                    &SQUARE.map(|p| p.map(|x| low + 2.0 * x)),
                    low + 1.0 + 2.0 * f64::from(k),
                )
            })
            .collect();
        let structure = Structure::from_contours("S", &contours, None).unwrap();
        for axis in 0..3 {
            let dose = grid(2.0, 14, [-2.0; 3], &|p| 5.0 + p[axis]);
            let result = run(&dose, &structure);
            assert!((result.volume_cc() - 8.0).abs() < 1e-12);
            assert!((result.covered_fraction() - 1.0).abs() < 1e-12);
            let mean = result.statistics().unwrap().mean_gy;
            assert!((mean - 15.0 - low).abs() < 1e-9, "{shift} {axis}: {mean}");
            for quarter in [0.25, 0.5, 0.75] {
                let volume = result
                    .curve()
                    .volume_at_least_cc(5.0 + low + 20.0 * quarter);
                assert!(
                    (volume - 8.0 * (1.0 - quarter)).abs() < 1e-5 * 8.0,
                    "{shift} {axis}: {volume}"
                );
            }
        }
    }
}

#[test]
fn far_from_the_origin() {
    for far in [1e4, 1e5, 9e5] {
        let origin = [far, -far, 0.5 * far];
        let stack = shapes::sphere(12.0, 60, Planes::Every(2.0)).turned(Frame::AXIAL.axes, origin);
        let field = Field::Gaussian {
            peak: 60.0,
            floor: 0.0,
            sigma: 15.0,
            centre: origin,
        };
        let solid = stack.solid();
        let dose = GridSpec::new("HFS", [2.0, 2.5, 3.0]).build(&solid, &field, 1);
        let result = run(&dose.grid, &stack.structure(None));
        assert!((1000.0 * result.volume_cc() / solid.volume() - 1.0).abs() < 1e-8);
        assert!((result.covered_fraction() - 1.0).abs() < 1e-8);
        let levels = [50.0, 55.0];
        let truth = scan(&solid, &dose.sampler, &levels, 20_000, None);
        for (level, above) in levels.iter().zip(truth.above) {
            let difference =
                (1000.0 * result.curve().volume_at_least_cc(*level) - above) / solid.volume();
            assert!(difference.abs() < 3e-4, "{far}: {difference:e}");
        }
    }
}

#[test]
fn grids_of_one_voxel_and_of_one_frame() {
    let cube = |low: f64, high: f64| {
        let contours: Vec<_> = [0.0, 1.0, 2.0]
            .iter()
            .map(|z| at_height(&[[low, low], [high, low], [high, high], [low, high]], *z))
            .collect();
        Structure::from_contours("S", &contours, None).unwrap()
    };
    let axes = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]];
    let voxel = Grid::new([1; 3], [4.0; 3], [1.0; 3], axes).unwrap();
    let dose = DoseGrid::physical(vec![7.0], Arc::new(voxel), Some(3)).unwrap();
    // The voxel reaches from -1 to 3 mm; the cube from 0 to 2 and from -0.5 to 2.5 lies inside, one to 6 mm does not.
    let inside = run(&dose, &cube(0.0, 2.0));
    assert!((inside.covered_fraction() - 1.0).abs() < 1e-12);
    assert_eq!(inside.statistics().unwrap().mean_gy, 7.0);
    assert_eq!(inside.curve().volume_at_least_cc(7.0), inside.volume_cc());
    assert_eq!(inside.curve().volume_at_least_cc(7.000_001), 0.0);
    let half = run(&dose, &cube(0.0, 6.0));
    assert!((half.covered_fraction() - 0.25).abs() < 1e-9);
    assert_eq!(half.statistics().unwrap().max_gy, 7.0);
    // One frame: constant along z, linear in the plane.
    let frame = Grid::new([1, 5, 5], [2.0, 2.0, 8.0], [-3.0, -3.0, 1.0], axes).unwrap();
    let values: Vec<f64> = (0..25).map(|v| 10.0 + f64::from(v % 5)).collect();
    let dose = DoseGrid::physical(values, Arc::new(frame), Some(3)).unwrap();
    let result = run(&dose, &cube(0.0, 2.0));
    assert!((result.covered_fraction() - 1.0).abs() < 1e-12);
    // Column i lies at -3 + 2 i mm: 11.5 Gy at 0 mm, 12.5 Gy at 2 mm.
    assert!((result.statistics().unwrap().mean_gy - 12.0).abs() < 1e-9);
    assert!((result.curve().volume_at_least_cc(12.0) / result.volume_cc() - 0.5).abs() < 1e-4);
}

#[test]
fn beyond_the_grid_nothing_is_evaluable_but_volume() {
    let dose = grid(2.0, 10, [0.0; 3], &|p| p[0]);
    for offset in [
        [100.0, 0.0, 0.0],
        [-100.0, 0.0, 0.0],
        [0.0, 100.0, 0.0],
        [0.0, -100.0, 0.0],
        [0.0, 0.0, 100.0],
        [0.0, 0.0, -100.0],
        [19.0, 0.0, 0.0],
        [-21.0, 0.0, 0.0],
    ] {
        // A cube of 20 mm; the last two only touch the grid's outer edge at 19 and -1 mm.
        let contours: Vec<_> = (0..5)
            .map(|k| {
                let ring = SQUARE.map(|p| [2.0 * p[0] + offset[0], 2.0 * p[1] + offset[1]]);
                at_height(&ring, 2.0 + 4.0 * f64::from(k) + offset[2])
            })
            .collect();
        let result = run(
            &dose,
            &Structure::from_contours("S", &contours, None).unwrap(),
        );
        assert!((result.volume_cc() - 8.0).abs() < 1e-12);
        assert_eq!(result.covered_cc(), 0.0, "{offset:?}");
        for text in ["Mean", "Max", "D95%", "V5Gy[cc]", "CV5Gy[cc]", "DC1cc"] {
            let value = result.metric(&MetricSpec::parse(text).unwrap()).value;
            assert!(
                matches!(value, Err(NotEvaluable::NotCovered { .. })),
                "{offset:?} {text}: {value:?}"
            );
        }
        let value = result
            .metric(&MetricSpec::parse("Volume").unwrap())
            .value
            .unwrap();
        assert!((value - 8.0).abs() < 1e-12);
    }
}

/// Doses that differ by their last digits only, and flat tops: the finest bins are as wide as numbers lie apart.
#[test]
fn doses_to_the_last_digit() {
    let contours: Vec<_> = (0..5)
        .map(|k| at_height(&SQUARE, 2.0 * f64::from(k)))
        .collect();
    let structure = Structure::from_contours("S", &contours, None).unwrap();
    let origin = [-4.0, -4.0, -4.0];
    for ulps in 1..40_u64 {
        let bits = |steps: u64| f64::from_bits(60.0_f64.to_bits() + steps);
        let dose = grid(2.0, 10, origin, &|p| {
            bits(if p[0] > 3.0 { ulps } else { 0 })
        });
        let result = run(&dose, &structure);
        let statistics = result.statistics().unwrap();
        assert!((statistics.mean_gy - 60.0).abs() < 1e-9, "{ulps}");
        assert!((result.curve().volume_at_least_cc(59.9) - 1.0).abs() < 1e-9);
    }
    for (low, high) in [(40.0, 60.0), (30.0, 60.0), (45.0, 66.0), (0.0, 60.0)] {
        let dose = grid(2.0, 10, origin, &|p| {
            low + (high - low) / (1.0 + (-8.0 * p[0]).exp())
        });
        let result = run(&dose, &structure);
        let statistics = result.statistics().unwrap();
        assert!(
            statistics.min_gy >= low && statistics.max_gy <= high,
            "{low} {high}"
        );
        assert!((result.covered_cc() - 1.0).abs() < 1e-9);
    }
}

#[test]
fn tiny_structures() {
    for side in [2.15, 1.0, 0.3] {
        let stack = shapes::cuboid([side, side, side], Planes::Every(side / 4.0));
        let solid = stack.solid();
        for axes in [GridSpec::new("HFS", [1.0; 3]).axes, oblique(0.4, 0.3)] {
            let spec = GridSpec {
                axes,
                ..GridSpec::new("any", [2.0, 2.5, 3.0])
            };
            let dose: Dose = spec.build(&solid, &Field::Linear([1.0, 0.5, -0.8]), 1);
            let result = run(&dose.grid, &stack.structure(None));
            assert!((1000.0 * result.volume_cc() / solid.volume() - 1.0).abs() < 1e-9);
            assert!((result.covered_fraction() - 1.0).abs() < 1e-9);
            let mean = analytic::exact::mean(&solid, dose.base, [1.0, 0.5, -0.8]);
            assert!((result.statistics().unwrap().mean_gy - mean).abs() < 1e-6);
            for part in [0.3, 0.5, 0.7] {
                let [min, max] = analytic::exact::range(&solid, dose.base, [1.0, 0.5, -0.8]);
                let level = min + part * (max - min);
                let truth =
                    analytic::exact::volume_above(&solid, dose.base, [1.0, 0.5, -0.8], level);
                let error = (1000.0 * result.curve().volume_at_least_cc(level) - truth).abs()
                    / solid.volume();
                assert!(error < 1e-3, "{side}: {error:e}");
            }
        }
    }
}

fn oblique_grid(
    origin: Vector,
    turns: [f64; 2],
    shape: [usize; 3],
    spacing: Vector,
) -> DoseGrid<'static> {
    let grid = Grid::new(shape, spacing, origin, oblique(turns[0], turns[1])).unwrap();
    let values: Vec<f64> = (0..grid.len())
        .map(|index| (index * 37 % 101) as f64)
        .collect();
    DoseGrid::physical(values, Arc::new(grid), Some(3)).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, rng_seed: RngSeed::Fixed(2026), ..ProptestConfig::default() })]

    /// Whatever the contours and the grid, the engine ends with an answer that makes sense.
    #[test]
    fn nothing_panics(
        points in prop::collection::vec((-9..9_i32, -9..9_i32), 3..9),
        raster in 0.05..1.5_f64,
        planes in 1..4_usize,
        step in 0.1..4.0_f64,
        origin in prop::array::uniform3(-10.0..10.0_f64),
        turns in prop::array::uniform2(-1.6..1.6_f64),
        shape in prop::array::uniform3(1..4_usize),
        spacing in prop::array::uniform3(0.3..6.0_f64),
        straight in any::<bool>(),
    ) {
        let ring: Vec<Point> = points.iter().map(|(x, y)| [f64::from(*x) * raster, f64::from(*y) * raster]).collect();
        let contours: Vec<_> = (0..planes).map(|k| at_height(&ring, k as f64 * step)).collect();
        let structure = Structure::from_contours("S", &contours, Some(step)).unwrap();
        let turns = if straight { [0.0; 2] } else { turns };
        let result = run(&oblique_grid(origin, turns, shape, spacing), &structure);
        prop_assert!(result.covered_cc() <= result.volume_cc());
        prop_assert!(result.covered_cc() >= 0.0);
        if let Some(statistics) = result.statistics() {
            prop_assert!(statistics.min_gy >= 0.0 && statistics.max_gy <= 100.0);
            prop_assert!(statistics.min_gy <= statistics.mean_gy && statistics.mean_gy <= statistics.max_gy);
            prop_assert!(result.curve().at_least_cc().iter().all(|v| v.is_finite()));
        }
    }
}
