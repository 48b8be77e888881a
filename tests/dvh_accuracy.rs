//! The DVH engine against truths that share no code with it, on a fixed subset of what `make validate` runs.
//!
//! Bars: volume 0.01 %; largest difference of the cumulative curves 0.05 % of the volume in a linear dose (0.1 %
//! below 1 cc) and 0.1 % in a curved one; least and highest dose within 0.1 % of the highest; so are the metrics.

#![allow(clippy::unwrap_used)]

#[path = "common/analytic/mod.rs"]
mod analytic;

use analytic::cases;
use analytic::compare::{Case, FEW_LINES, Outcome};

/// What a case misses, if anything.
fn misses(case: &Case, outcome: &Outcome) -> Vec<String> {
    let curve = if outcome.curved || outcome.volume_cc < 1.0 {
        0.1
    } else {
        0.05
    };
    let mut bars = vec![
        ("volume", outcome.volume, 0.01),
        ("covered volume", outcome.covered, 0.01),
        ("curve", outcome.curve, curve + outcome.referee),
        ("mean", outcome.mean, 0.01),
        ("min", outcome.min, 0.1),
        ("max", outcome.max, 0.1),
    ];
    // Between islands and beyond gaps a curve is flat, and no dose belongs to a volume there.
    if !matches!(outcome.family, "islands" | "gap") {
        for (name, error) in ["D99%", "D95%", "D50%", "D2%"]
            .into_iter()
            .zip(outcome.metrics)
        {
            bars.push((name, error, 0.1));
        }
    }
    if outcome.near_max.is_finite() {
        bars.push(("D0.03cc", outcome.near_max, 0.1));
    }
    bars.into_iter()
        .filter(|(_, error, bar)| error.is_nan() || error > bar)
        .map(|(what, error, bar)| format!("{}: {what} {error:.4} % (bar {bar:.3} %)", case.title()))
        .collect()
}

fn check(families: &[&str]) {
    let mut count = 0;
    let mut missed = Vec::new();
    for case in cases::fast() {
        if families.contains(&case.family) {
            count += 1;
            missed.extend(misses(&case, &case.run(FEW_LINES)));
        }
    }
    assert!(count > 0, "no case of {families:?}");
    assert!(
        missed.is_empty(),
        "{} of {count} cases:\n{}",
        missed.len(),
        missed.join("\n")
    );
}

#[test]
fn spheres() {
    check(&["sphere"]);
}

#[test]
fn cylinders_cones_boxes_and_ellipsoids() {
    check(&["cylinder", "cone", "box", "ellipsoid"]);
}

#[test]
fn shells_islands_gaps_and_rings() {
    check(&["shell", "islands", "gap", "torus"]);
}

#[test]
fn livers() {
    check(&["liver"]);
}

#[test]
fn orientations_and_frames() {
    check(&["orientation", "oblique"]);
}

#[test]
fn grids_that_end_inside() {
    check(&["cut"]);
}
