//! The golden values of the isoeffect models beyond the linear-quadratic one.
#![allow(clippy::unwrap_used, clippy::panic)]

use hepadose::isoeffect::{
    Delivery, Effect, FractionsADay, LqL, Model, Repopulation, Usc, bed_cycles_gy, bed_gy,
    protraction_factor,
};
use serde_json::Value;

fn cases(text: &str, count: usize) -> (Vec<Value>, Value) {
    let golden: Value = serde_json::from_str(text).unwrap();
    let cases = golden["cases"].as_array().unwrap().clone();
    assert_eq!(cases.len(), count);
    (cases, golden["tolerance"].clone())
}

fn number(case: &Value, key: &str) -> f64 {
    case[key]
        .as_f64()
        .unwrap_or_else(|| panic!("{key} of {case}"))
}

fn whole(case: &Value, key: &str) -> u32 {
    u32::try_from(case[key].as_u64().unwrap()).unwrap()
}

fn assert_relative(got: f64, expected: f64, tolerance: &Value, case: &Value) {
    let relative = tolerance["rel"].as_f64().unwrap();
    assert!(
        (got - expected).abs() <= relative * expected.abs(),
        "{}: {got}, expected {expected}",
        case["id"]
    );
}

#[test]
fn time_factor() {
    let (cases, tolerance) = cases(include_str!("golden/time_factor.json"), 3);
    for case in cases {
        let ab = number(&case, "alpha_beta_gy");
        let bed = bed_gy(number(&case, "dose_gy"), whole(&case, "fractions"), ab).unwrap();
        assert_relative(bed, number(&case, "bed_no_time_gy"), &tolerance, &case);
        let tumour = Repopulation::of_doubling_time(
            number(&case, "alpha_per_gy"),
            number(&case, "doubling_time_days"),
            number(&case, "kickoff_days"),
        )
        .unwrap();
        let days = number(&case, "overall_days");
        let loss = tumour.loss_gy(days).unwrap();
        assert_relative(loss, number(&case, "loss_gy"), &tolerance, &case);
        let left = tumour.remaining_gy(bed, days).unwrap();
        assert_relative(left, number(&case, "bed_gy"), &tolerance, &case);
    }
}

#[test]
fn incomplete_repair() {
    let (cases, tolerance) = cases(include_str!("golden/incomplete_repair.json"), 3);
    for case in cases {
        let day = FractionsADay {
            per_day: whole(&case, "per_day"),
            interval_h: number(&case, "interval_h"),
            repair_half_life_h: number(&case, "repair_half_life_h"),
        };
        let hm = day.incomplete_repair_factor().unwrap();
        assert_relative(hm, number(&case, "hm"), &tolerance, &case);
        let n = whole(&case, "fractions");
        let effect = Effect {
            model: Model::Lq {
                alpha_beta_gy: number(&case, "alpha_beta_gy"),
            },
            delivery: Delivery::SeveralADay { fractions: n, day },
        };
        let dose = f64::from(n) * number(&case, "dose_per_fraction_gy");
        let bed = effect.bed().unwrap().value(dose);
        assert_relative(bed, number(&case, "bed_gy"), &tolerance, &case);
        let eqd2 = effect.eqdx(2.0).unwrap().value(dose);
        assert_relative(eqd2, number(&case, "eqd2_gy"), &tolerance, &case);
        if case["id"] == "ir_rapid" {
            // RAPID as another calculator's test prints it: 62.4 Gy.
            assert!((eqd2 - 62.4).abs() <= 0.05);
        }
    }
}

#[test]
fn protracted_cycles() {
    let (cases, tolerance) = cases(include_str!("golden/protracted_cycles.json"), 4);
    for case in cases {
        let cycles = case["cycles_gy"].as_array().unwrap();
        let cycles: Vec<f64> = cycles.iter().map(|dose| dose.as_f64().unwrap()).collect();
        let (ab, repair, effective) = (
            number(&case, "alpha_beta_gy"),
            number(&case, "repair_half_life_h"),
            number(&case, "effective_half_life_h"),
        );
        let g = protraction_factor(repair, effective).unwrap();
        assert_relative(g, number(&case, "g"), &tolerance, &case);
        let bed = bed_cycles_gy(&cycles, ab, repair, effective).unwrap();
        assert_relative(bed, number(&case, "bed_gy"), &tolerance, &case);
        if cycles.iter().all(|dose| *dose == cycles[0]) {
            let effect = Effect {
                model: Model::Lq { alpha_beta_gy: ab },
                delivery: Delivery::Decay {
                    repair_half_life_h: repair,
                    effective_half_life_h: effective,
                    cycles: u32::try_from(cycles.len()).unwrap(),
                },
            };
            let total: f64 = cycles.iter().sum();
            let (bed, eqd2) = (effect.bed().unwrap(), effect.eqdx(2.0).unwrap());
            assert_relative(bed.value(total), number(&case, "bed_gy"), &tolerance, &case);
            assert_relative(
                eqd2.value(total),
                number(&case, "eqd2_gy"),
                &tolerance,
                &case,
            );
        }
    }
}

#[test]
fn linear_quadratic_linear() {
    let (cases, tolerance) = cases(include_str!("golden/lql.json"), 5);
    for case in cases {
        let (ab, threshold) = (
            number(&case, "alpha_beta_gy"),
            number(&case, "threshold_gy"),
        );
        let n = whole(&case, "fractions");
        let dose = f64::from(n) * number(&case, "dose_per_fraction_gy");
        let given = LqL::new(ab, threshold, number(&case, "gamma_per_alpha")).unwrap();
        for model in [given, LqL::tangent(ab, threshold).unwrap()] {
            let bed = model.bed_gy(dose, n).unwrap();
            assert_relative(bed, number(&case, "bed_gy"), &tolerance, &case);
        }
        let effect = Effect {
            model: Model::LqL(given),
            delivery: Delivery::Fractions(n),
        };
        let eqd2 = effect.eqdx(2.0).unwrap().value(dose);
        assert_relative(eqd2, number(&case, "eqd2_gy"), &tolerance, &case);
        let lq = bed_gy(dose, n, ab).unwrap();
        assert_relative(lq, number(&case, "bed_lq_gy"), &tolerance, &case);
    }
}

#[test]
fn universal_survival_curve() {
    let (cases, tolerance) = cases(include_str!("golden/usc.json"), 4);
    for case in cases {
        let curve = Usc::new(
            number(&case, "alpha_per_gy"),
            number(&case, "d0_gy"),
            number(&case, "dq_gy"),
        )
        .unwrap();
        for (got, key) in [
            (curve.transition_dose_gy(), "transition_dose_gy"),
            (curve.beta_per_gy2(), "beta_per_gy2"),
            (curve.alpha_beta_gy(), "alpha_beta_gy"),
        ] {
            assert_relative(got, number(&case, key), &tolerance, &case);
        }
        let n = whole(&case, "fractions");
        let dose = f64::from(n) * number(&case, "dose_per_fraction_gy");
        let bed = curve.bed_gy(dose, n).unwrap();
        assert_relative(bed, number(&case, "bed_gy"), &tolerance, &case);
        let lq = bed_gy(dose, n, curve.alpha_beta_gy()).unwrap();
        assert_relative(lq, number(&case, "bed_lq_gy"), &tolerance, &case);
    }
}
