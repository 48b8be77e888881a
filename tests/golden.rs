//! The golden values of `tests/golden`, which the Python tests read as well.
#![allow(clippy::unwrap_used, clippy::panic)]

use hepadose::dose::DoseKind;
use hepadose::dvh::{Dvh, MetricSpec, NotEvaluable};
use hepadose::isoeffect::{
    Segment, bed_gy, dose_per_fraction_from_eqd2_gy, eqd2_gy, isoeffective_dose_gy, mixed_bed_gy,
    mixed_eqd2_gy,
};
use serde_json::Value;

fn cases(text: &str) -> (Vec<Value>, Value) {
    let golden: Value = serde_json::from_str(text).unwrap();
    let cases = golden["cases"].as_array().unwrap().clone();
    assert!(!cases.is_empty());
    (cases, golden["tolerance"].clone())
}

fn number(case: &Value, key: &str) -> f64 {
    case[key]
        .as_f64()
        .unwrap_or_else(|| panic!("{key} of {case}"))
}

fn fractions(case: &Value) -> u32 {
    u32::try_from(case["fractions"].as_u64().unwrap()).unwrap()
}

fn numbers(case: &Value, key: &str) -> Vec<f64> {
    let values = case[key].as_array().unwrap();
    values.iter().map(|value| value.as_f64().unwrap()).collect()
}

fn assert_close(got: f64, expected: f64, tolerance: f64, id: &Value) {
    assert!(
        (got - expected).abs() <= tolerance,
        "{id}: {got}, expected {expected}"
    );
}

/// A fraction written as `a/b`.
fn exact(case: &Value, key: &str) -> f64 {
    let (top, bottom) = case[key].as_str().unwrap().split_once('/').unwrap();
    top.parse::<f64>().unwrap() / bottom.parse::<f64>().unwrap()
}

#[test]
fn bed_and_eqd2_of_the_closed_form() {
    let (cases, tolerance) = cases(include_str!("golden/bed_eqd2.json"));
    let tolerance = number(&tolerance, "abs");
    assert_eq!(cases.len(), 53);
    for case in cases {
        let (dose, ab) = (number(&case, "dose_gy"), number(&case, "alpha_beta_gy"));
        let bed = bed_gy(dose, fractions(&case), ab).unwrap();
        let eqd2 = eqd2_gy(dose, fractions(&case), ab).unwrap();
        assert_close(bed, number(&case, "bed_gy"), tolerance, &case["id"]);
        assert_close(bed, exact(&case, "bed_exact"), tolerance, &case["id"]);
        assert_close(eqd2, number(&case, "eqd2_gy"), tolerance, &case["id"]);
        assert_close(eqd2, exact(&case, "eqd2_exact"), tolerance, &case["id"]);
    }
}

#[test]
fn values_that_others_published() {
    let (cases, _) = cases(include_str!("golden/published_values.json"));
    assert_eq!(cases.len(), 9);
    for case in cases {
        let (dose, ab) = (number(&case, "dose_gy"), number(&case, "alpha_beta_gy"));
        let tolerance = number(&case, "tolerance");
        assert!(case.get("bed_gy").is_some() || case.get("eqd2_gy").is_some());
        if let Some(expected) = case.get("bed_gy").and_then(Value::as_f64) {
            let bed = bed_gy(dose, fractions(&case), ab).unwrap();
            assert_close(bed, expected, tolerance, &case["id"]);
        }
        if let Some(expected) = case.get("eqd2_gy").and_then(Value::as_f64) {
            let eqd2 = eqd2_gy(dose, fractions(&case), ab).unwrap();
            assert_close(eqd2, expected, tolerance, &case["id"]);
        }
    }
}

#[test]
fn dose_that_has_an_eqd2() {
    let (cases, tolerance) = cases(include_str!("golden/inverse_eqd2.json"));
    let relative = number(&tolerance, "rel");
    for case in cases {
        let (eqd2, ab) = (number(&case, "eqd2_gy"), number(&case, "alpha_beta_gy"));
        let total = isoeffective_dose_gy(eqd2, fractions(&case), ab).unwrap();
        let each = dose_per_fraction_from_eqd2_gy(eqd2, fractions(&case), ab).unwrap();
        let (expected, expected_each) = (
            number(&case, "total_dose_gy"),
            number(&case, "dose_per_fraction_gy"),
        );
        assert_close(total, expected, relative * expected, &case["id"]);
        assert_close(each, expected_each, relative * expected_each, &case["id"]);
    }
}

#[test]
fn schedules_whose_fraction_size_changes() {
    let (cases, tolerance) = cases(include_str!("golden/mixed_schedules.json"));
    let tolerance = number(&tolerance, "abs");
    for case in cases {
        let segment = |pair: &Value| Segment {
            fractions: u32::try_from(pair[0].as_u64().unwrap()).unwrap(),
            dose_per_fraction_gy: pair[1].as_f64().unwrap(),
        };
        let schedule: Vec<Segment> = case["schedule"]
            .as_array()
            .unwrap()
            .iter()
            .map(segment)
            .collect();
        let ab = number(&case, "alpha_beta_gy");
        let bed = mixed_bed_gy(&schedule, ab).unwrap();
        let eqd2 = mixed_eqd2_gy(&schedule, ab).unwrap();
        assert_close(bed, number(&case, "bed_gy"), tolerance, &case["id"]);
        assert_close(bed, exact(&case, "bed_exact"), tolerance, &case["id"]);
        assert_close(eqd2, number(&case, "eqd2_gy"), tolerance, &case["id"]);
    }
}

#[test]
fn volumes_and_doses_of_the_cold_and_the_hot_side() {
    let (cases, tolerance) = cases(include_str!("golden/critical_volume.json"));
    let tolerance = number(&tolerance, "abs");
    for case in cases {
        let id = &case["id"];
        let (dose, volume) = (numbers(&case, "dose_gy"), numbers(&case, "volume_cc"));
        let dvh = Dvh::from_samples("Liver", &dose, &volume, DoseKind::Physical).unwrap();
        let read = |text: String| dvh.metric(&MetricSpec::parse(&text).unwrap()).value;
        let (threshold, critical) = (number(&case, "threshold_gy"), number(&case, "critical_cc"));
        assert_close(
            read("Volume".into()).unwrap(),
            number(&case, "total_cc"),
            tolerance,
            id,
        );
        let hot = read(format!("V{threshold}Gy[cc]")).unwrap();
        assert_close(hot, number(&case, "v_cc"), tolerance, id);
        let cold = read(format!("CV{threshold}Gy[cc]")).unwrap();
        assert_close(cold, number(&case, "cv_cc"), tolerance, id);
        assert_eq!(cold >= critical, case["met"].as_bool().unwrap(), "{id}");
        for (metric, key) in [("DC", "dc_gy"), ("D", "d_gy")] {
            match (
                read(format!("{metric}{critical}cc[Gy]")),
                case[key].as_f64(),
            ) {
                (Ok(got), Some(expected)) => assert_close(got, expected, tolerance, id),
                (Err(NotEvaluable::StructureTooSmall { .. }), None) => {}
                (got, expected) => panic!("{id} {metric}: {got:?}, expected {expected:?}"),
            }
        }
    }
}
