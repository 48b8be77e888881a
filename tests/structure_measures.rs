//! What is measured on structures, against closed forms.

#![allow(clippy::unwrap_used)]

#[path = "common/solids.rs"]
mod solids;

use hepadose::geometry::Grid;
use hepadose::geometry::vector::{Vector, norm, sub};
use hepadose::structure::{
    BetweenPlanes, EndCaps, Operation, Shape, SolidPolicy, Structure, StructureError,
};
use proptest::prelude::*;
use solids::{
    circle, cuboid, cylinder, moved, rectangle, rings, shell, sphere, structure, torus, turn,
};
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
        "{found} is not {expected} to {relative}"
    );
}

#[test]
fn a_box() {
    let cuboid = cuboid("box", [-3.0, 2.0, 10.0], [17.0, 32.0, 50.0], 2.5);
    close(
        cuboid.largest_diameter_mm(CAPS).unwrap(),
        (400.0_f64 + 900.0 + 1600.0).sqrt(),
        1e-12,
    );
    close(
        cuboid.in_plane_diameter_mm(CAPS).unwrap(),
        1300.0_f64.sqrt(),
        1e-12,
    );
    close(
        cuboid.surface_area_mm2(CAPS).unwrap(),
        2.0 * (600.0 + 800.0 + 1200.0),
        1e-12,
    );
    let centroid = cuboid.centroid_mm(CAPS).unwrap();
    assert!(norm(sub(centroid, [7.0, 17.0, 30.0])) < 1e-9);
    let [low, high] = cuboid.bounding_box_mm(CAPS).unwrap();
    assert!(norm(sub(low, [-3.0, 2.0, 10.0])) < 1e-9 && norm(sub(high, [17.0, 32.0, 50.0])) < 1e-9);
    assert_eq!(cuboid.part_count(CAPS).unwrap(), 1);
    let [low, _] = cuboid.bounding_box_mm(EndCaps::None.into()).unwrap();
    close(low[2], 11.25, 1e-12);
}

#[test]
fn surfaces_of_round_shapes() {
    // The surface of revolution between the end planes, and beyond each the end contour for half a slice, closed flat.
    for step in [1.0, 2.0] {
        let ends = |walls_mm: f64, area_mm2: f64| 2.0 * (0.5 * step * walls_mm + area_mm2);
        let last = 20.0 - 0.5 * step;
        let rim = (400.0 - last * last).sqrt();
        let ball_mm2 = 4.0 * PI * 20.0 * last + ends(2.0 * PI * rim, PI * rim * rim);
        let round = sphere("sphere", [4.0, -3.0, 1.0], 20.0, step, 180);
        close(round.surface_area_mm2(CAPS).unwrap(), ball_mm2, 3e-3);
        let last = 10.0 - 0.5 * step;
        let rim = (100.0 - last * last).sqrt();
        let arcs_mm = 4.0 * 10.0 * (last / 10.0).asin();
        let ring_mm2 = 2.0 * PI * 30.0 * arcs_mm + ends(4.0 * PI * 30.0, 4.0 * PI * 30.0 * rim);
        let ring = torus("torus", 30.0, 10.0, step, 240);
        close(ring.surface_area_mm2(CAPS).unwrap(), ring_mm2, 3e-3);
    }
    // With fine planes the steps at the ends no longer matter.
    let ball_mm2 = sphere("sphere", [0.0; 3], 20.0, 0.25, 180)
        .surface_area_mm2(CAPS)
        .unwrap();
    close(ball_mm2, 4.0 * PI * 400.0, 4e-3);
    let rind_mm2 = shell("shell", 24.0, 12.0, 0.25, 180)
        .surface_area_mm2(CAPS)
        .unwrap();
    close(rind_mm2, 4.0 * PI * (576.0 + 144.0), 6e-3);
    let tube = cylinder("tube", 12.0, 0.0, 40.0, 4.0, 360);
    close(
        tube.surface_area_mm2(CAPS).unwrap(),
        2.0 * PI * 144.0 + 2.0 * PI * 12.0 * 40.0,
        1e-4,
    );
}

#[test]
fn parts_in_space() {
    assert_eq!(
        torus("torus", 30.0, 10.0, 1.0, 90)
            .part_count(CAPS)
            .unwrap(),
        1
    );
    assert_eq!(
        shell("shell", 24.0, 12.0, 1.0, 90)
            .part_count(CAPS)
            .unwrap(),
        1
    );
    // A ball within a shell that it does not touch.
    let ball = sphere("ball", [0.0; 3], 8.0, 1.0, 90);
    let both = shell("shell", 24.0, 12.0, 1.0, 90)
        .combine(Operation::Unite, &ball)
        .unwrap();
    assert_eq!(both.part_count(CAPS).unwrap(), 2);
    // Two columns that are joined by one plane on top, and two that are not.
    let mut columns: Vec<_> = [0.0, 2.0, 4.0]
        .into_iter()
        .flat_map(|z| {
            [
                circle([0.0, 0.0], 5.0, z, 24),
                circle([20.0, 0.0], 5.0, z, 24),
            ]
        })
        .collect();
    assert_eq!(structure("two", &columns).part_count(CAPS).unwrap(), 2);
    columns.push(rectangle([-5.0, -5.0], [25.0, 5.0], 6.0));
    assert_eq!(structure("joined", &columns).part_count(CAPS).unwrap(), 1);
    // A gap along z.
    let gap: Vec<_> = [0.0, 2.0, 4.0, 12.0, 14.0]
        .map(|z| circle([0.0, 0.0], 5.0, z, 24))
        .into();
    assert_eq!(structure("gap", &gap).part_count(CAPS).unwrap(), 2);
}

#[test]
fn voxels_that_touch_at_edges_are_apart() {
    let grid = Arc::new(Grid::new([2, 2, 3], [2.0; 3], [0.0; 3], AXES).unwrap());
    let with = |voxels: &[usize]| {
        let mut mask = vec![0.0_f32; 12];
        for voxel in voxels {
            mask[*voxel] = 1.0;
        }
        Structure::from_mask("mask", mask, Arc::clone(&grid)).unwrap()
    };
    assert_eq!(with(&[0, 1]).part_count(CAPS).unwrap(), 1);
    assert_eq!(with(&[0, 4]).part_count(CAPS).unwrap(), 2);
    assert_eq!(with(&[0, 6]).part_count(CAPS).unwrap(), 1);
    assert_eq!(with(&[0, 7]).part_count(CAPS).unwrap(), 2);
    assert_eq!(with(&[]).part_count(CAPS).unwrap(), 0);
    close(
        with(&[0, 2]).largest_diameter_mm(CAPS).unwrap(),
        (36.0_f64 + 4.0 + 4.0).sqrt(),
        1e-12,
    );
}

#[test]
fn masks_measure_like_what_they_show() {
    let ball = sphere("ball", [1.0, 2.0, 3.0], 18.0, 0.5, 120);
    let grid =
        Arc::new(Grid::new([44, 44, 44], [1.1, 1.0, 0.9], [-22.0, -19.0, -16.0], AXES).unwrap());
    let fractions = ball.covered_fractions(&grid, CAPS).unwrap();
    let soft = fractions.iter().map(|f| *f as f32).collect();
    let hard = fractions
        .iter()
        .map(|f| f32::from(u8::from(*f >= 0.5)))
        .collect();
    for mask in [soft, hard] {
        let mask = Structure::from_mask("mask", mask, Arc::clone(&grid)).unwrap();
        close(
            mask.volume_cc(CAPS).unwrap(),
            ball.volume_cc(CAPS).unwrap(),
            5e-3,
        );
        close(mask.surface_area_mm2(CAPS).unwrap(), 4.0 * PI * 324.0, 0.02);
        let shift = sub(mask.centroid_mm(CAPS).unwrap(), [1.0, 2.0, 3.0]);
        assert!(norm(shift) < 0.02, "{shift:?}");
        assert!((mask.largest_diameter_mm(CAPS).unwrap() - 36.0).abs() < 2.2);
        assert_eq!(mask.part_count(CAPS).unwrap(), 1);
        let drawn = mask.to_contours(None, CAPS).unwrap();
        close(
            drawn.volume_cc(CAPS).unwrap(),
            ball.volume_cc(CAPS).unwrap(),
            0.01,
        );
    }
}

#[test]
fn distances() {
    let one = cuboid("one", [0.0; 3], [10.0; 3], 1.0);
    let to = |low: Vector| {
        let other = cuboid("other", low, low.map(|x| x + 5.0), 1.0);
        let there = one.distance_mm(&other, CAPS).unwrap();
        assert_eq!(there, other.distance_mm(&one, CAPS).unwrap());
        there
    };
    close(to([14.0, 2.0, 2.0]), 4.0, 1e-9);
    close(to([2.0, 2.0, 17.0]), 7.0, 1e-9);
    close(to([13.0, 14.0, 22.0]), 13.0, 1e-9);
    assert_eq!(to([9.0, 9.0, 9.0]), 0.0);
    assert_eq!(to([2.0, 2.0, 2.0]), 0.0);
    assert_eq!(to([10.0, 0.0, 0.0]), 0.0);
    // A ball in a shell: the gap all around it, but for the steps of the prisms.
    let ball = sphere("ball", [0.0; 3], 8.0, 0.25, 200);
    let rind = shell("shell", 24.0, 12.0, 0.25, 200);
    let gap = ball.distance_mm(&rind, CAPS).unwrap();
    assert!((gap - 4.0).abs() < 0.3, "{gap}");
    let turned = moved("turned", &one, turn);
    assert!(matches!(
        one.distance_mm(&turned, CAPS),
        Err(StructureError::Combination { .. })
    ));
    let nothing = Structure::new("nothing", Shape::Empty);
    assert!(matches!(
        one.distance_mm(&nothing, CAPS),
        Err(StructureError::NoSpace { .. })
    ));
    assert!(
        nothing
            .centroid_mm(CAPS)
            .unwrap_err()
            .to_string()
            .contains("takes up no space")
    );
    assert_eq!(nothing.surface_area_mm2(CAPS).unwrap(), 0.0);
}

#[test]
fn measures_move_with_the_structure() {
    let original = torus("torus", 30.0, 10.0, 2.0, 70)
        .combine(
            Operation::Unite,
            &cuboid("box", [20.0, 0.0, -11.0], [60.0, 15.0, 9.0], 2.0),
        )
        .unwrap()
        .to_contours(None, CAPS)
        .unwrap();
    let flip = |p: Vector| [-p[1], p[0], -p[2]];
    for moved in [
        moved("turned", &original, turn),
        moved("flipped", &original, flip),
    ] {
        for measure in [
            |one: &Structure, policy: SolidPolicy| one.volume_cc(policy),
            Structure::largest_diameter_mm,
            Structure::in_plane_diameter_mm,
        ] {
            close(
                measure(&moved, CAPS).unwrap(),
                measure(&original, CAPS).unwrap(),
                1e-9,
            );
        }
        let areas = [&moved, &original].map(|s| s.surface_area_mm2(CAPS).unwrap());
        close(areas[0], areas[1], 3e-3);
        assert_eq!(
            moved.part_count(CAPS).unwrap(),
            original.part_count(CAPS).unwrap()
        );
    }
    let centre = original.centroid_mm(CAPS).unwrap();
    let found = moved("turned", &original, turn).centroid_mm(CAPS).unwrap();
    assert!(norm(sub(found, turn(centre))) < 1e-8);
}

#[test]
fn covered_fractions_add_up_to_the_volume() {
    let shape = torus("torus", 31.3, 9.7, 1.7, 53);
    let uneven: Vec<f64> = (0..24)
        .map(|k| -20.0 + 1.5 * f64::from(k) + 0.3 * f64::from(k % 3))
        .collect();
    let falling = uneven.iter().map(|z| -z).collect();
    let [x, y, z] = AXES;
    let (s, c) = 0.3_f64.sin_cos();
    let grids = [
        Grid::new([30, 60, 70], [1.5, 1.7, 1.1], [-50.0, -50.0, -16.0], AXES).unwrap(),
        Grid::with_frames(
            [24, 60, 70],
            [1.5, 1.7, 1.0],
            [-50.0, -50.0, 0.0],
            AXES,
            uneven,
        )
        .unwrap(),
        Grid::with_frames(
            [24, 60, 70],
            [1.5, 1.7, 1.0],
            [50.0, -50.0, 0.0],
            [[-1.0, 0.0, 0.0], y, z],
            falling,
        )
        .unwrap(),
        // Turned in the plane, and with the frames along x and along y.
        Grid::new(
            [30, 70, 70],
            [1.7; 3],
            [-39.2, -74.4, -20.0],
            [[c, s, 0.0], [-s, c, 0.0], z],
        )
        .unwrap(),
        Grid::new(
            [70, 30, 70],
            [1.5, 1.1, 1.7],
            [-50.0, -60.0, 15.0],
            [x, [0.0, 0.0, -1.0], y],
        )
        .unwrap(),
        Grid::new(
            [70, 60, 30],
            [1.1, 1.7, 1.5],
            [-52.0, -50.0, -16.0],
            [z, y, x],
        )
        .unwrap(),
    ];
    let volume = shape.volume_cc(CAPS).unwrap();
    for grid in grids {
        let fractions = shape.covered_fractions(&grid, CAPS).unwrap();
        let [_, nj, ni] = grid.shape();
        let sum: f64 = fractions
            .chunks(nj * ni)
            .enumerate()
            .map(|(k, frame)| grid.voxel_volume_cc(k) * frame.iter().sum::<f64>())
            .sum();
        close(sum, volume, 1e-9);
        assert!(fractions.iter().all(|f| (0.0..=1.0 + 1e-12).contains(f)));
        let mask = fractions.iter().map(|f| (*f as f32).min(1.0)).collect();
        let mask = Structure::from_mask("mask", mask, Arc::new(grid)).unwrap();
        let shift = norm(sub(
            mask.centroid_mm(CAPS).unwrap(),
            shape.centroid_mm(CAPS).unwrap(),
        ));
        assert!(shift < 3e-2, "{shift}");
    }
}

#[test]
fn fractions_on_a_turned_grid() {
    let shape = cuboid("box", [-8.0; 3], [8.0; 3], 2.0);
    let axes: [Vector; 3] = {
        let origin = turn([0.0; 3]);
        AXES.map(|axis| sub(turn(axis), origin))
    };
    let half = 20.0;
    let origin = (0..3).fold([0.0; 3], |sum: Vector, axis| {
        std::array::from_fn(|i| sum[i] - half * axes[axis][i])
    });
    let grid = Grid::new([21, 21, 21], [2.0; 3], origin, axes).unwrap();
    let fractions = shape.covered_fractions(&grid, CAPS).unwrap();
    let sum: f64 = fractions.iter().sum::<f64>() * 8.0;
    close(sum, 4096.0, 5e-3);
    assert!((fractions[(10 * 21 + 10) * 21 + 10] - 1.0).abs() < 1e-6);
    // The same for a mask that is turned against the grid.
    let whole = Arc::new(Grid::new([8, 8, 8], [2.0; 3], [-7.0; 3], AXES).unwrap());
    let mask = Structure::from_mask("mask", vec![1.0; 512], whole).unwrap();
    let sum: f64 = mask
        .covered_fractions(&grid, CAPS)
        .unwrap()
        .iter()
        .sum::<f64>()
        * 8.0;
    close(sum, 4096.0, 5e-3);
}

#[test]
fn masks_on_different_grids_combine() {
    let mask = |origin: f64, n: usize, step: f64, value: f32| {
        let grid = Grid::new([n; 3], [step; 3], [origin; 3], AXES).unwrap();
        Structure::from_mask(format!("m{n}"), vec![value; n * n * n], Arc::new(grid)).unwrap()
    };
    // Cubes from 0 to 10 and from 4 to 13 mm.
    let (a, b) = (mask(1.0, 5, 2.0, 1.0), mask(4.5, 9, 1.0, 1.0));
    let volume =
        |a: &Structure, operation, b: &Structure| a.combine(operation, b).unwrap().volume_cc(CAPS);
    close(volume(&a, Operation::Intersect, &b).unwrap(), 0.216, 1e-12);
    close(
        volume(&a, Operation::Unite, &b).unwrap(),
        1.0 + 0.729 - 0.216,
        1e-12,
    );
    // Half covered: by shared volume on the first grid.
    let soft = mask(4.5, 9, 1.0, 0.5);
    close(
        volume(&a, Operation::Intersect, &soft).unwrap(),
        0.108,
        1e-6,
    );
    close(
        volume(&a, Operation::Subtract, &soft).unwrap(),
        1.0 - 0.108,
        1e-6,
    );
    let refused = volume(&a, Operation::Unite, &soft).unwrap_err().to_string();
    assert!(
        refused.contains("reaches beyond the grid of the first"),
        "{refused}"
    );
}

#[test]
fn combinations_and_masks_as_contours() {
    let liver = cuboid("liver", [0.0; 3], [40.0, 40.0, 30.0], 3.0);
    let gtv = cuboid("gtv", [10.0, 10.0, 6.0], [20.0, 25.0, 18.0], 3.0);
    let rest = liver.combine(Operation::Subtract, &gtv).unwrap();
    let drawn = rest.to_contours(None, CAPS).unwrap();
    close(
        drawn.volume_cc(CAPS).unwrap(),
        rest.volume_cc(CAPS).unwrap(),
        1e-9,
    );
    assert_eq!(rings(&drawn).len(), 10 + 4);
    // On planes of its own a part is cut where those lie.
    let fine = gtv
        .to_contours(Some(&cuboid("fine", [0.0; 3], [1.0, 1.0, 4.0], 1.0)), CAPS)
        .unwrap();
    close(fine.volume_cc(CAPS).unwrap(), 1.8, 1e-9);
    assert_eq!(rings(&fine).len(), 12);
    let grid = Arc::new(Grid::new([4, 6, 7], [2.0, 3.0, 1.5], [0.0; 3], AXES).unwrap());
    let mut mask = vec![0.0_f32; 168];
    for (index, value) in mask.iter_mut().enumerate() {
        *value = f32::from(u8::from(index % 5 != 0));
    }
    let mask = Structure::from_mask("mask", mask, grid).unwrap();
    let drawn = mask.to_contours(None, CAPS).unwrap();
    close(
        drawn.volume_cc(CAPS).unwrap(),
        mask.volume_cc(CAPS).unwrap(),
        1e-9,
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// What is left and what is shared is the whole, also on planes of their own.
    #[test]
    fn parts_make_the_whole(
        seed in prop::collection::vec(0.4..1.0_f64, 24),
        step in 0.7..3.0_f64,
        shift in [-9.0..9.0_f64, -9.0..9.0_f64, -9.0..9.0_f64],
    ) {
        let star = |at: Vector, step: f64, scale: f64| {
            let rings: Vec<_> = (0..9)
                .map(|k| {
                    let z = at[2] + f64::from(k) * step;
                    (0..24)
                        .map(|i| {
                            let (s, c) = (std::f64::consts::TAU * i as f64 / 24.0).sin_cos();
                            let r = scale * seed[(i * 7 + k as usize * 5) % 24];
                            [at[0] + r * c, at[1] + r * s, z]
                        })
                        .collect()
                })
                .collect();
            structure("star", &rings)
        };
        let (a, b) = (star([0.0; 3], 2.0, 12.0), star(shift, step, 9.0));
        let volume = |s: &Structure| s.volume_cc(CAPS).unwrap();
        let rest = volume(&a.combine(Operation::Subtract, &b).unwrap());
        let shared = volume(&a.combine(Operation::Intersect, &b).unwrap());
        prop_assert!((rest + shared - volume(&a)).abs() <= 1e-9 * volume(&a));
        let either = volume(&a.combine(Operation::Unite, &b).unwrap());
        prop_assert!((either + shared - volume(&a) - volume(&b)).abs() <= 1e-9 * either);
    }
}
