//! Yttrium-90 against published values: Cremonesi 2008 (BED), Alsultan 2021 (response of lesions).
#![allow(clippy::unwrap_used)]

use hepadose::isoeffect::eqd2_from_bed_gy;
use hepadose::y90::{BED_PARAMETERS, Device, Disease, Dosimetry, bed_gy, response, thresholds};
use serde_json::Value;

fn golden(text: &str) -> (Value, f64) {
    let golden: Value = serde_json::from_str(text).unwrap();
    let tolerance = golden["tolerance"]["abs"].as_f64().unwrap();
    (golden, tolerance)
}

fn number(value: &Value, key: &str) -> f64 {
    value[key].as_f64().unwrap()
}

#[test]
fn cremonesi_2008_bed() {
    let (golden, tolerance) = golden(include_str!("golden/y90_bed.json"));
    let cases = golden["cases"].as_array().unwrap();
    assert_eq!(cases.len(), 14);
    for case in cases {
        let parameters = &golden["parameters"][case["tissue"].as_str().unwrap()];
        let ab = number(parameters, "alpha_beta_gy");
        let repair = number(parameters, "repair_half_life_h");
        let half_life = number(case, "physical_half_life_h");
        let bed = bed_gy(number(case, "dose_gy"), ab, repair, half_life).unwrap();
        assert!(
            (bed - number(case, "bed_gy")).abs() <= tolerance,
            "{case}: {bed}"
        );
        if let Some(expected) = case["eqd2_gy"].as_f64() {
            let eqd2 = eqd2_from_bed_gy(bed, ab).unwrap();
            assert!((eqd2 - expected).abs() <= tolerance, "{case}: {eqd2}");
        }
    }
    // As the paper prints them: 40 Gy to liver 64 Gy, 130 Gy to tumour 170 Gy (two digits).
    for (set, dose, printed, rounding) in [(0, 40.0, 64.0, 0.5), (1, 130.0, 170.0, 5.0)] {
        let set = &BED_PARAMETERS[set];
        let bed = bed_gy(
            dose,
            set.alpha_beta_gy.value,
            set.repair_half_life_h.value,
            set.physical_half_life_h.value,
        )
        .unwrap();
        assert!((bed - printed).abs() <= rounding, "{}: {bed}", set.name);
    }
}

#[test]
fn alsultan_2021_strata() {
    let (golden, tolerance) = golden(include_str!("golden/y90_thresholds.json"));
    let word = |key: &str| golden["setting"][key].as_str().unwrap();
    let device: Device = word("device").parse().unwrap();
    let disease: Disease = word("disease").parse().unwrap();
    let dosimetry: Dosimetry = word("dosimetry").parse().unwrap();
    for case in golden["cases"].as_array().unwrap() {
        let prevalence = case["prevalence"].as_f64();
        let found = response(
            number(case, "dose_gy"),
            device,
            disease,
            dosimetry,
            prevalence,
        );
        let found = found.unwrap();
        assert_eq!(found.stratum_label, case["stratum"].as_str().unwrap());
        let off = found.likelihood_ratio - number(case, "likelihood_ratio");
        assert!(off.abs() <= tolerance, "{case}");
        match case["probability"].as_f64() {
            Some(expected) => assert!((found.probability.unwrap() - expected).abs() <= tolerance),
            None => assert_eq!(found.probability, None),
        }
    }
}

#[test]
fn alsultan_2021_says_what_it_is_not() {
    let set = &thresholds().unwrap()[0];
    let caveats = set.caveats.join("\n");
    for part in [
        "no patient-level cut-off",
        "Same-data cut-off, lesions clustered",
        "not classes",
    ] {
        assert!(caveats.contains(part), "{part}");
    }
    let liver = set
        .context
        .iter()
        .find(|one| one.what.contains("healthy liver"))
        .unwrap();
    assert_eq!(
        (liver.median_gy, liver.range_gy),
        (63.0, Some([24.0, 113.0]))
    );
    let json = serde_json::to_value(set).unwrap();
    assert_eq!(json["cut_off"][0]["operator"], ">");
}
