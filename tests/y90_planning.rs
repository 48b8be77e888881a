//! Activity models against the values of `tests/golden/y90_planning.json`, and against the wrong values that open
//! calculators print.
#![allow(clippy::unwrap_used)]

use hepadose::y90::bed_gy;
use hepadose::y90::constants::stated;
use hepadose::y90::planning::{
    BsaInput, Delivery, PartitionModel, Tumour, body_surface_m2, bsa_activity_gbq,
    lung_activity_gbq, lung_dose_gy, mird_activity_gbq, mird_dose_gy, partition,
    partition_activity_gbq,
};
use serde_json::Value;

fn cases(key: &str) -> Vec<Value> {
    let golden: Value = serde_json::from_str(include_str!("golden/y90_planning.json")).unwrap();
    let cases = golden[key].as_array().unwrap().clone();
    assert!(!cases.is_empty());
    cases
}

fn number(case: &Value, key: &str) -> f64 {
    case[key].as_f64().unwrap()
}

fn near(got: f64, case: &Value, key: &str, tolerance: f64) {
    let expected = number(case, key);
    assert!(
        (got - expected).abs() <= tolerance,
        "{} {key}: {got}",
        case["id"]
    );
}

fn delivery(case: &Value) -> Delivery {
    let constant = stated(number(case, "dose_constant_gy_kg_per_gbq"), "Gy kg/GBq");
    Delivery::new(
        number(case, "lung_shunt_fraction"),
        number(case, "residual_fraction"),
    )
    .unwrap()
    .with_dose_constant(constant)
    .unwrap()
}

fn not(got: f64, case: &Value, key: &str) {
    if let Some(wrong) = case[key].as_f64() {
        assert!((got / wrong - 1.0).abs() > 0.05, "{}: {got}", case["id"]);
    }
}

#[test]
fn mird() {
    for case in cases("mird") {
        let (dose, mass) = (number(&case, "dose_gy"), number(&case, "mass_kg"));
        let activity = mird_activity_gbq(dose, mass, &delivery(&case)).unwrap();
        near(activity, &case, "activity_gbq", number(&case, "abs"));
        not(activity, &case, "wrong_gbq");
        let back = mird_dose_gy(activity, mass, &delivery(&case)).unwrap();
        assert!((back - dose).abs() < 1e-10);
    }
}

#[test]
fn lung() {
    for case in cases("lung") {
        let (mass, activity) = (number(&case, "lung_mass_kg"), number(&case, "activity_gbq"));
        let dose = lung_dose_gy(activity, mass, &delivery(&case)).unwrap();
        near(dose, &case, "lung_gy", number(&case, "abs"));
        let back = lung_activity_gbq(dose, mass, &delivery(&case))
            .unwrap()
            .unwrap();
        assert!((back - activity).abs() < 1e-12);
    }
}

#[test]
fn body_surface() {
    for case in cases("bsa") {
        let input = BsaInput {
            height_m: number(&case, "height_m"),
            weight_kg: number(&case, "weight_kg"),
            tumour_in_treated_ml: number(&case, "tumour_in_treated_ml"),
            treated_volume_ml: number(&case, "treated_volume_ml"),
            liver_volume_ml: number(&case, "liver_volume_ml"),
            residual_fraction: 0.0,
        };
        let surface = body_surface_m2(input.height_m, input.weight_kg).unwrap();
        near(surface, &case, "surface_m2", 0.0005);
        near(
            bsa_activity_gbq(&input).unwrap(),
            &case,
            "activity_gbq",
            number(&case, "abs"),
        );
    }
}

#[test]
fn partition_both_ways() {
    for case in cases("partition") {
        let tumour = Tumour {
            mass_kg: number(&case, "tumour_mass_kg"),
            tn_ratio: number(&case, "tn_ratio"),
        };
        let model =
            PartitionModel::new(vec![tumour], number(&case, "normal_mass_kg"), 1.0).unwrap();
        let found = partition(number(&case, "activity_gbq"), &model, &delivery(&case)).unwrap();
        let tolerance = |key| number(&case["abs"], key);
        near(
            found.tumour_gy[0],
            &case,
            "tumour_gy",
            tolerance("tumour_gy"),
        );
        near(found.normal_gy, &case, "normal_gy", tolerance("normal_gy"));
        if case["lung_gy"].is_number() {
            near(found.lung_gy, &case, "lung_gy", tolerance("lung_gy"));
        }
        let target = number(&case, "tumour_gy");
        let activity = partition_activity_gbq(target, &model, &delivery(&case)).unwrap();
        near(
            activity,
            &case,
            "activity_gbq",
            number(&case, "inverse_abs"),
        );
        not(activity, &case, "wrong_gbq");
    }
}

#[test]
fn bed_that_others_get_wrong() {
    for case in cases("bed_wrong") {
        let repair = std::f64::consts::LN_2 / number(&case, "repair_rate_per_h");
        let bed = bed_gy(
            number(&case, "dose_gy"),
            number(&case, "alpha_beta_gy"),
            repair,
            number(&case, "physical_half_life_h"),
        )
        .unwrap();
        near(bed, &case, "bed_gy", number(&case, "abs"));
        not(bed, &case, "wrong_gy");
    }
}
