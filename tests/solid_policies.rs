//! What is assumed between and beyond contour planes: closed forms, invariances, shapes that begin, end and branch.

#![allow(clippy::unwrap_used)]

use hepadose::dose::DoseGrid;
use hepadose::dvh::{DvhSettings, EmulatedBins, dvh};
use hepadose::geometry::Grid;
use hepadose::progress::Progress;
use hepadose::structure::{
    BetweenPlanes, EndCaps, Operation, Prisms, Solid, SolidPolicy, Structure,
};
use std::f64::consts::{PI, TAU};
use std::sync::Arc;

type Point = [f64; 3];

const SHAPE: SolidPolicy = SolidPolicy {
    between_planes: BetweenPlanes::Shape,
    end_caps: EndCaps::Rounded,
    max_cap_mm: None,
};

/// A circle whose polygon has the area of the curve.
fn circle([x, y]: [f64; 2], r: f64, z: f64) -> Vec<Point> {
    let step = TAU / 240.0;
    let scale = (step / step.sin()).sqrt();
    (0..240)
        .map(|i| (step * (f64::from(i) + 0.3)).sin_cos())
        .map(|(s, c)| [x + r * scale * c, y + r * scale * s, z])
        .collect()
}

fn ball([x, y, z]: Point, r: f64, planes: &[f64]) -> Vec<Vec<Point>> {
    planes
        .iter()
        .map(|at| (r * r - (at - z) * (at - z), *at))
        .filter(|(square, _)| *square > 0.0)
        .map(|(square, at)| circle([x, y], square.sqrt(), at))
        .collect()
}

fn every(step: f64, from: f64, to: f64) -> Vec<f64> {
    (0..((to - from) / step).ceil() as usize)
        .map(|k| from + step * k as f64)
        .collect()
}

fn structure(contours: &[Vec<Point>]) -> Structure {
    Structure::from_contours("a", contours, Some(3.0)).unwrap()
}

fn volume_mm3(contours: &[Vec<Point>], policy: SolidPolicy) -> f64 {
    1000.0 * structure(contours).volume_cc(policy).unwrap()
}

fn ball_mm3(r: f64) -> f64 {
    4.0 / 3.0 * PI * r.powi(3)
}

fn prisms(contours: &[Vec<Point>], policy: SolidPolicy) -> Prisms {
    let Solid::Prisms(prisms) = structure(contours).solid(policy).unwrap() else {
        unreachable!("contours make prisms")
    };
    prisms
}

/// All policies.
fn policies() -> impl Iterator<Item = SolidPolicy> {
    BetweenPlanes::ALL.into_iter().flat_map(|between_planes| {
        EndCaps::ALL.into_iter().map(move |end_caps| SolidPolicy {
            between_planes,
            end_caps,
            max_cap_mm: None,
        })
    })
}

#[test]
fn balls_of_any_size_and_phase() {
    for (r, step) in [
        (2.5, 1.0),
        (6.0, 2.0),
        (12.0, 3.0),
        (12.0, 5.0),
        (30.0, 5.0),
    ] {
        for phase in [0.07, 0.5, 0.71] {
            let contours = ball(
                [3.0, -8.0, 40.0],
                r,
                &every(step, 40.0 - r + phase * step, 90.0),
            );
            let error = volume_mm3(&contours, SHAPE) / ball_mm3(r) - 1.0;
            assert!(error.abs() < 2e-4, "{r} {step} {phase}: {error}");
        }
    }
}

#[test]
fn uneven_planes() {
    let planes = [-10.6, -8.1, -5.0, -3.2, 0.4, 2.1, 5.3, 7.9, 10.8];
    let contours = ball([0.0; 3], 12.0, &planes);
    let error = volume_mm3(&contours, SHAPE) / ball_mm3(12.0) - 1.0;
    assert!(error.abs() < 2e-4, "{error}");
}

#[test]
fn shells_lying_bars_and_rings() {
    let planes = every(2.0, -14.3, 20.0);
    let mut contours = ball([0.0; 3], 15.0, &planes);
    contours.extend(ball([0.0; 3], 9.0, &planes));
    let shell = volume_mm3(&contours, SHAPE) / (ball_mm3(15.0) - ball_mm3(9.0)) - 1.0;
    assert!(shell.abs() < 5e-4, "{shell}");
    let widths = |r: f64| {
        every(2.0, 0.6 - r, r)
            .into_iter()
            .map(move |z| (z, (r * r - z * z).sqrt()))
    };
    let bar: Vec<Vec<Point>> = widths(12.0)
        .map(|(z, y)| vec![[-12.0, -y, z], [12.0, -y, z], [12.0, y, z], [-12.0, y, z]])
        .collect();
    let bar = volume_mm3(&bar, SHAPE) / (PI * 144.0 * 24.0) - 1.0;
    assert!(bar.abs() < 5e-4, "{bar}");
    let ring: Vec<Vec<Point>> = widths(7.0)
        .flat_map(|(z, w)| [circle([0.0; 2], 20.0 + w, z), circle([0.0; 2], 20.0 - w, z)])
        .collect();
    let ring = volume_mm3(&ring, SHAPE) / (2.0 * PI * PI * 20.0 * 49.0) - 1.0;
    assert!(ring.abs() < 5e-4, "{ring}");
}

#[test]
fn equal_contours_are_a_prism_and_blunt_caps_hold_half_a_slice() {
    let contours: Vec<_> = every(3.0, 0.0, 20.0)
        .into_iter()
        .map(|z| circle([0.0; 2], 8.0, z))
        .collect();
    let prism = volume_mm3(&contours, SolidPolicy::default());
    let half_slice = SolidPolicy {
        end_caps: EndCaps::HalfSlice,
        ..SHAPE
    };
    assert!((volume_mm3(&contours, half_slice) / prism - 1.0).abs() < 1e-12);
    assert!((volume_mm3(&contours, SHAPE) / prism - 1.0).abs() < 1e-4);
    let found = prisms(&contours, SHAPE);
    let ends = [
        found.slabs[0].low_mm,
        found.slabs[found.slabs.len() - 1].high_mm,
    ];
    assert!((ends[0] + 2.25).abs() < 1e-9 && (ends[1] - 20.25).abs() < 1e-9);
}

#[test]
fn sections_lie_between_their_neighbours() {
    // A cone: every thin prism is larger than the contour above and smaller than that below.
    let planes = every(2.0, 1.0, 20.0);
    let contours: Vec<_> = planes
        .iter()
        .map(|z| circle([0.0; 2], 12.0 - 0.5 * z, *z))
        .collect();
    let found = prisms(&contours, SHAPE);
    let mut checked = 0;
    for slab in &found.slabs {
        let middle = 0.5 * (slab.low_mm + slab.high_mm);
        let area = slab.region.area_mm2();
        if middle > planes[0] && middle < planes[planes.len() - 1] {
            let exact = PI * (12.0 - 0.5 * middle).powi(2);
            assert!(
                (area / exact - 1.0).abs() < 2e-3,
                "{middle}: {area} {exact}"
            );
            checked += 1;
        }
    }
    assert!(checked > 30);
    // A step from thin to thick planes bulges on neither side.
    let contours: Vec<_> = every(2.0, 0.0, 20.0)
        .into_iter()
        .map(|z| circle([0.0; 2], if z < 9.0 { 6.0 } else { 12.0 }, z))
        .collect();
    for slab in prisms(&contours, SHAPE).slabs {
        let area = slab.region.area_mm2();
        assert!(area < PI * 144.0 * 1.001);
        let within = slab.low_mm > 0.0 && slab.high_mm < 20.0;
        assert!(!within || area > PI * 36.0 * 0.999 || slab.low_mm >= 18.0);
    }
}

#[test]
fn order_winding_shift_flips_and_turns() {
    let planes = every(2.0, -9.3, 10.0);
    let mut contours = ball([0.0, 0.0, 0.0], 10.0, &planes);
    contours.extend(ball([24.0, 3.0, 1.0], 6.0, &planes));
    contours.extend(ball([1.0, 1.0, 0.5], 4.0, &planes));
    let truth = volume_mm3(&contours, SHAPE);
    let mapped = |map: &dyn Fn(Point) -> Point| -> f64 {
        let turned: Vec<Vec<Point>> = contours
            .iter()
            .map(|ring| ring.iter().map(|point| map(*point)).collect())
            .collect();
        volume_mm3(&turned, SHAPE) / truth - 1.0
    };
    let mut drawn: Vec<Vec<Point>> = contours.clone();
    drawn.reverse();
    for ring in &mut drawn {
        ring.reverse();
        ring.rotate_left(17);
    }
    assert!((volume_mm3(&drawn, SHAPE) / truth - 1.0).abs() < 1e-9);
    for error in [
        mapped(&|[x, y, z]| [x + 100.25, y - 250.5, z + 32.0]),
        mapped(&|[x, y, z]| [-x, y, z]),
        mapped(&|[x, y, z]| [x, -y, z]),
        mapped(&|[x, y, z]| [x, y, -z]),
    ] {
        assert!(error.abs() < 1e-6, "{error}");
    }
    let (s, c) = 0.6_f64.sin_cos();
    for error in [
        mapped(&|[x, y, z]| [c * x - s * y, s * x + c * y, z]),
        mapped(&|[x, y, z]| [z, x, y]),
        mapped(&|[x, y, z]| [x, c * y - s * z, s * y + c * z]),
    ] {
        assert!(error.abs() < 2e-4, "{error}");
    }
}

#[test]
fn same_bits_on_any_number_of_threads() {
    let planes = every(2.0, -9.3, 10.0);
    let mut contours = ball([0.0, 0.0, 0.0], 10.0, &planes);
    contours.extend(ball([24.0, 3.0, 1.0], 6.0, &planes));
    let volumes: Vec<u64> = [1, 2, 7]
        .into_iter()
        .map(|threads| {
            let pool = rayon::ThreadPoolBuilder::new()
                .num_threads(threads)
                .build()
                .unwrap();
            pool.install(|| volume_mm3(&contours, SHAPE)).to_bits()
        })
        .collect();
    assert!(volumes.iter().all(|bits| *bits == volumes[0]));
}

#[test]
fn branches_islands_holes_and_single_planes() {
    // One stem that forks into two, one of which ends early; a hole that is in one plane only.
    let mut contours = Vec::new();
    for z in every(2.0, 0.0, 9.0) {
        contours.push(circle([0.0; 2], 10.0, z));
    }
    contours.push(circle([0.0; 2], 3.0, 4.0));
    for z in every(2.0, 10.0, 19.0) {
        contours.push(circle([-5.0, 0.0], 4.0, z));
        if z < 15.0 {
            contours.push(circle([5.0, 0.0], 4.0, z));
        }
    }
    let usual = volume_mm3(&contours, SolidPolicy::default());
    for policy in policies() {
        let volume = volume_mm3(&contours, policy);
        assert!(
            (volume / usual - 1.0).abs() < 0.15,
            "{policy:?} {volume} {usual}"
        );
        let found = prisms(&contours, policy);
        for pair in found.slabs.windows(2) {
            assert!(pair[0].high_mm <= pair[1].low_mm + 1e-9);
        }
    }
    // One plane is as thick as its spacing, in any form.
    let one = [circle([0.0; 2], 10.0, 0.0)];
    for policy in policies() {
        let expected = if policy.end_caps == EndCaps::None {
            0.0
        } else {
            PI * 100.0 * 3.0
        };
        let volume = volume_mm3(&one, policy);
        assert!(
            (volume - expected).abs() <= 2e-4 * expected,
            "{policy:?} {volume}"
        );
    }
    let two = [circle([0.0; 2], 10.0, 0.0), circle([4.0, 0.0], 7.0, 3.0)];
    for policy in policies() {
        assert!(volume_mm3(&two, policy) > 0.4 * volume_mm3(&two, SolidPolicy::default()) - 300.0);
    }
}

#[test]
fn parts_that_miss_each_other_end_by_the_caps() {
    // A disc here and a disc there: nothing goes on from one plane to the next.
    let contours = [circle([0.0; 2], 5.0, 0.0), circle([30.0, 0.0], 5.0, 3.0)];
    let half_slice = SolidPolicy {
        end_caps: EndCaps::HalfSlice,
        ..SHAPE
    };
    let each = PI * 25.0 * 3.0;
    assert!((volume_mm3(&contours, half_slice) / (2.0 * each) - 1.0).abs() < 2e-4);
    assert!((volume_mm3(&contours, SHAPE) / (2.0 * each) - 1.0).abs() < 2e-3);
}

#[test]
fn gaps_and_limits_of_caps() {
    let mut planes = every(2.0, 0.0, 7.0);
    planes.extend(every(2.0, 9.6, 15.0));
    let contours: Vec<_> = planes.iter().map(|z| circle([0.0; 2], 8.0, *z)).collect();
    for policy in policies() {
        let found = prisms(&contours, policy);
        for pair in found.slabs.windows(2) {
            assert!(pair[0].high_mm <= pair[1].low_mm + 1e-9, "{policy:?}");
        }
    }
    let limited = SolidPolicy {
        max_cap_mm: Some(0.25),
        ..SolidPolicy::default()
    };
    // Four caps of 1 mm become four of 0.25 mm.
    let less = volume_mm3(&contours, SolidPolicy::default()) - volume_mm3(&contours, limited);
    assert!((less / (PI * 64.0 * 3.0) - 1.0).abs() < 1e-9);
    for wrong in [0.0, -1.0, f64::NAN] {
        let policy = SolidPolicy {
            max_cap_mm: Some(wrong),
            ..SHAPE
        };
        assert!(structure(&contours).solid(policy).is_err());
    }
}

#[test]
fn operands_take_the_policy_and_masks_do_not() {
    let planes = every(2.0, -14.3, 20.0);
    let outer = structure(&ball([0.0; 3], 15.0, &planes));
    let inner = structure(&ball([0.0; 3], 9.0, &every(1.5, -8.7, 9.0)));
    let shell = outer.combine(Operation::Subtract, &inner).unwrap();
    let volume = 1000.0 * shell.volume_cc(SHAPE).unwrap();
    let error = volume / (ball_mm3(15.0) - ball_mm3(9.0)) - 1.0;
    assert!(error.abs() < 5e-4, "{error}");
    let axes = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]];
    let grid = Grid::new([4, 4, 4], [2.0; 3], [0.0; 3], axes).unwrap();
    let mask = Structure::from_mask("m", vec![1.0; 64], Arc::new(grid)).unwrap();
    for policy in policies() {
        assert!((mask.volume_cc(policy).unwrap() - 0.512).abs() < 1e-12);
    }
}

#[test]
fn dvhs_by_policy_and_preset() {
    let axes = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]];
    let grid = Grid::new([41, 41, 41], [1.0; 3], [-20.0; 3], axes).unwrap();
    let values: Vec<f64> = (0..41 * 41 * 41)
        .map(|index| 10.0 + f64::from(index / (41 * 41)))
        .collect();
    let dose = DoseGrid::physical(values, grid, Some(5)).unwrap();
    let r = 12.0;
    let ball = structure(&ball([0.0; 3], r, &every(3.0, -11.1, 12.0)));
    let run = |settings: &DvhSettings| dvh(&dose, &ball, settings, &Progress::new()).unwrap();
    let shape = run(&DvhSettings {
        between_planes: BetweenPlanes::Shape,
        end_caps: EndCaps::Rounded,
        ..DvhSettings::default()
    });
    let worst = |found: &hepadose::dvh::Dvh| {
        (0..=48)
            .map(|i| -r + 0.5 * f64::from(i))
            .map(|z| {
                let above = PI * (r * r * (r - z) - (r.powi(3) - z.powi(3)) / 3.0);
                let ours = 1000.0 * found.curve().volume_at_least_cc(30.0 + z);
                (ours - above).abs() / ball_mm3(r)
            })
            .fold(0.0, f64::max)
    };
    assert!(worst(&shape) < 1e-3, "{}", worst(&shape));
    assert!(worst(&run(&DvhSettings::default())) > 5e-3);
    let mobius = run(&DvhSettings::default().with_preset("mobius").unwrap());
    assert_eq!(mobius.settings().preset, Some("mobius"));
    let steps = mobius.curve().dose_gy().windows(2);
    assert!(
        steps
            .into_iter()
            .all(|pair| (pair[1] - pair[0] - 0.1).abs() < 1e-9)
    );
    let raystation = run(&DvhSettings::default().with_preset("raystation").unwrap());
    assert_eq!(raystation.curve().dose_gy().len(), 401);
    let wrong = DvhSettings {
        emulated_bins: Some(EmulatedBins::Count(0)),
        ..DvhSettings::default()
    };
    assert!(dvh(&dose, &ball, &wrong, &Progress::new()).is_err());
}
