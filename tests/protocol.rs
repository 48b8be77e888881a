//! Plan checks on made-up cases whose answers are known, on the demo case and on a clinical one.
#![allow(clippy::unwrap_used, clippy::panic)]

#[path = "common/boxes.rs"]
mod boxes;
mod common;
#[path = "common/livers.rs"]
mod livers;
mod schema_check;

use boxes::cuboid;
use common::shared_data;
use hepadose::case::{Case, DoseReference, FractionGroup, Plan};
use hepadose::progress::Progress;
use hepadose::protocol::{
    CheckOptions, LevelName, LiverStatus, Mapping, Origin, Protocol, RoiRef, Role, Verdict, check,
};
use livers::{case, close, constant_dose, goal, liver_with_gtvs, run};
use serde_json::Value;

#[test]
fn normal_liver_is_the_liver_minus_every_gtv() {
    let case = case(constant_dose(3.0, 5), liver_with_gtvs());
    let report = run(&case, "liver-sbrt-5fx", &CheckOptions::default());
    assert!(report.all_mandatory_met);
    assert_eq!(report.exit_code(), 0);
    let used = &report.structures[0];
    assert_eq!(
        (used.origin, &used.name[..]),
        (Origin::Derived, "Liver-GTV1-gtv_2")
    );
    close(used.volume_cc, 991.0);
    let inside: Vec<(&str, f64)> = used
        .subtracted
        .iter()
        .map(|one| (&one.name[..], one.volume_inside_cc))
        .collect();
    assert_eq!((inside[0].0, inside[1].0), ("GTV1", "gtv_2"));
    close(inside[0].1, 8.0);
    close(inside[1].1, 1.0);
    let spared = goal(&report, "normal-liver-spared");
    close(spared.value.unwrap(), 991.0);
    close(spared.margin.unwrap(), 291.0);
    assert_eq!(spared.best_level_met, Some(LevelName::Mandatory));
    // No plan, so no prescription: the optional goals say so and do not decide.
    let bed = goal(&report, "target-bed-review");
    assert_eq!((bed.verdict, bed.mandatory), (Verdict::NotEvaluable, false));
    assert!(bed.reason.as_ref().unwrap().contains("prescription_gy="));
}

#[test]
fn what_is_only_half_a_gtv_is_not_subtracted() {
    let mut structures = liver_with_gtvs();
    structures[1].interpreted_type = Some("ORGAN".to_owned());
    structures[2].name = "Breast".to_owned();
    let mut case = case(constant_dose(3.0, 5), structures);
    let report = run(&case, "liver-sbrt-5fx", &CheckOptions::default());
    assert_eq!(
        (report.verdict, report.exit_code()),
        (Verdict::NotEvaluable, 1)
    );
    assert_eq!(report.reason, "no goal could be evaluated");
    let reason = report.results[0].reason.as_ref().unwrap();
    for part in [
        "no gross tumour volume found",
        "'GTV1' is named like a GTV but typed ORGAN",
        "'Breast' is typed GTV but not named so",
        "map them as GTV",
    ] {
        assert!(reason.contains(part), "{part} in {reason}");
    }
    // Said by the user it is one, by name or by number.
    for roi in [RoiRef::Name("Breast".to_owned()), RoiRef::Number(3)] {
        let options = CheckOptions {
            mapping: Mapping::new(vec![(Role::gtv(), vec![roi])]).unwrap(),
            ..CheckOptions::default()
        };
        let report = run(&case, "liver-sbrt-5fx", &options);
        close(report.structures[0].volume_cc, 999.0);
        assert!(report.all_mandatory_met);
    }
    // A true GTV beside them: the doubts stay as warnings.
    case.structures
        .push(cuboid("GTV3", "GTV", [60.0; 3], [70.0; 3]));
    let report = run(&case, "liver-sbrt-5fx", &CheckOptions::default());
    close(report.structures[0].volume_cc, 999.0);
    assert!(
        report
            .warnings
            .iter()
            .any(|warning| warning.starts_with("'Breast' is typed GTV"))
    );
}

#[test]
fn a_drawn_normal_liver_is_used_and_compared() {
    let mut structures = liver_with_gtvs();
    structures.push(cuboid(
        "LIVER - gtv",
        "ORGAN",
        [50.0; 3],
        [150.0, 150.0, 140.0],
    ));
    let both = case(constant_dose(3.0, 5), structures.clone());
    let report = run(&both, "liver-sbrt-5fx", &CheckOptions::default());
    let used = &report.structures[0];
    assert_eq!((used.origin, used.number), (Origin::Drawn, Some(4)));
    close(used.volume_cc, 900.0);
    assert!(
        used.warnings[0].contains("900.0 cc, -9.2 % against 991.0 cc"),
        "{:?}",
        used.warnings
    );
    // Within 1 % it is not worth a word.
    structures[3] = cuboid("Liver-GTV", "ORGAN", [50.0; 3], [150.0, 149.5, 150.0]);
    let near = case(constant_dose(3.0, 5), structures);
    let report = run(&near, "liver-sbrt-5fx", &CheckOptions::default());
    close(report.structures[0].volume_cc, 995.0);
    assert!(report.structures[0].warnings.is_empty());
    // A GTV of the liver is not the liver without its GTV.
    let tumour = vec![cuboid("Liver_GTV", "GTV", [50.0; 3], [150.0; 3])];
    let report = run(
        &case(constant_dose(3.0, 5), tumour),
        "liver-sbrt-5fx",
        &CheckOptions::default(),
    );
    assert_eq!(report.results[0].verdict, Verdict::NotEvaluable);
}

#[test]
fn conventional_depends_on_the_liver() {
    let case = case(constant_dose(29.0, 25), liver_with_gtvs());
    let verdict = |liver_status, prescription_gy| {
        let options = CheckOptions {
            liver_status,
            prescription_gy,
            ..CheckOptions::default()
        };
        let report = run(&case, "liver-conventional", &options);
        (
            report.verdict,
            report.exit_code(),
            report.results[0].reason.clone().unwrap_or_default(),
        )
    };
    let (met, code, reason) = verdict(LiverStatus::Unknown, Some(50.0));
    assert_eq!((met, code), (Verdict::MetApplicabilityNotConfirmed, 0));
    assert!(
        reason.contains("confirm that, or say liver_status"),
        "{reason}"
    );
    let (met, code, _) = verdict(LiverStatus::NormalNonCirrhotic, Some(50.0));
    assert_eq!((met, code), (Verdict::Met, 0));
    let (met, code, reason) = verdict(LiverStatus::Cirrhotic, Some(50.0));
    assert_eq!((met, code), (Verdict::NotEvaluable, 1));
    assert!(reason.contains("this one is cirrhotic"), "{reason}");
    let (met, _, reason) = verdict(LiverStatus::NormalNonCirrhotic, Some(75.0));
    assert_eq!(met, Verdict::NotEvaluable);
    assert!(
        reason.contains("3.000 Gy, and the protocol is for 1.8 to 2.2 Gy a fraction"),
        "{reason}"
    );
    let (met, _, reason) = verdict(LiverStatus::NormalNonCirrhotic, None);
    assert_eq!(met, Verdict::NotEvaluable);
    assert!(
        reason.contains("dose per fraction is not known"),
        "{reason}"
    );
}

#[test]
fn conventional_limit_is_strict() {
    let options = CheckOptions {
        liver_status: LiverStatus::NormalNonCirrhotic,
        prescription_gy: Some(50.0),
        ..CheckOptions::default()
    };
    let at_limit = case(constant_dose(30.0, 25), liver_with_gtvs());
    let report = run(&at_limit, "liver-conventional", &options);
    let mean = &report.results[0];
    assert_eq!(
        (mean.value, mean.margin, mean.verdict),
        (Some(30.0), Some(0.0), Verdict::NotMet)
    );
    // An unknown liver does not soften a limit that is missed.
    let unknown = CheckOptions {
        liver_status: LiverStatus::Unknown,
        ..options
    };
    let report = run(&at_limit, "liver-conventional", &unknown);
    assert_eq!(report.verdict, Verdict::NotMet);
}

#[test]
fn fractions_outside_the_protocol_are_not_evaluable() {
    let case = case(constant_dose(3.0, 8), liver_with_gtvs());
    for (id, range) in [("liver-sbrt-3fx", "3"), ("liver-sbrt-6fx", "6")] {
        let report = run(&case, id, &CheckOptions::default());
        assert_eq!(
            (report.verdict, report.exit_code()),
            (Verdict::NotEvaluable, 1)
        );
        let expected = format!("the treatment has 8 fractions, and the protocol is for {range}");
        assert_eq!(report.results[0].reason.as_ref(), Some(&expected));
        // The number is a fact of the dose; nothing is judged by it.
        close(report.results[0].value.unwrap(), 991.0);
        assert_eq!(report.results[0].margin, None);
    }
}

#[test]
fn fifty_gray_in_five_separates_consensus_and_review() {
    let mut case = case(constant_dose(3.0, 5), liver_with_gtvs());
    let target = |number, prescription_gy| DoseReference {
        number,
        structure_type: "VOLUME".to_owned(),
        reference_type: "TARGET".to_owned(),
        roi_number: None,
        prescription_gy: Some(prescription_gy),
        description: None,
    };
    case.plan = Some(Plan {
        fraction_groups: vec![FractionGroup {
            number: 1,
            fractions: Some(5),
            beams: Vec::new(),
        }],
        dose_references: vec![target(1, 50.0)],
        ..Plan::default()
    });
    let report = run(&case, "liver-sbrt-5fx", &CheckOptions::default());
    let (consensus, review) = (
        goal(&report, "target-bed-consensus"),
        goal(&report, "target-bed-review"),
    );
    assert_eq!((consensus.value, review.value), (Some(100.0), Some(100.0)));
    assert_eq!(
        (consensus.verdict, review.verdict),
        (Verdict::NotMet, Verdict::Met)
    );
    assert!(
        consensus
            .caveats
            .iter()
            .any(|caveat| caveat.contains("names no alpha/beta"))
    );
    assert!(
        review
            .caveats
            .iter()
            .any(|caveat| caveat.contains("KRAS or TP53"))
    );
    assert!(
        report
            .caveats
            .iter()
            .any(|caveat| caveat.text.contains("Child-Pugh A"))
    );
    // Optional goals do not decide.
    assert_eq!((report.verdict, report.exit_code()), (Verdict::Met, 0));
    // Of several prescriptions the lowest is judged, and that is said.
    case.plan
        .as_mut()
        .unwrap()
        .dose_references
        .push(target(2, 40.0));
    let report = run(&case, "liver-sbrt-5fx", &CheckOptions::default());
    let review = goal(&report, "target-bed-review");
    assert_eq!(
        (review.value, review.verdict),
        (Some(72.0), Verdict::NotMet)
    );
    assert!(
        review
            .reason
            .as_ref()
            .unwrap()
            .contains("(40, 50 Gy) that of 40 Gy is judged")
    );
}

#[test]
fn a_source_that_prints_another_operator_is_heard() {
    // Exactly 700 cc: enough for the project's "at least", not for the consensus' "more than".
    let structures = vec![
        cuboid("Liver", "ORGAN", [50.0; 3], [150.0, 150.0, 130.0]),
        cuboid("GTV", "GTV", [50.0; 3], [150.0, 150.0, 60.0]),
    ];
    let case = case(constant_dose(3.0, 4), structures);
    let report = run(&case, "liver-sbrt-4fx", &CheckOptions::default());
    let spared = goal(&report, "normal-liver-spared");
    assert_eq!((spared.value, spared.verdict), (Some(700.0), Verdict::Met));
    let reason = spared.reason.as_ref().unwrap();
    assert_eq!(
        reason,
        "as crlm-mdt-2024 prints it (CV15Gy[cc] > 700) the verdict is: not met"
    );
}

#[test]
fn nothing_evaluable_does_not_pass() {
    let report = run(&Case::default(), "liver-sbrt-5fx", &CheckOptions::default());
    assert_eq!(
        (report.verdict, report.all_mandatory_met, report.exit_code()),
        (Verdict::NotEvaluable, false, 1)
    );
    let eqd2 = constant_dose(3.0, 5).eqd2(2.5).unwrap();
    let report = run(
        &case(eqd2, liver_with_gtvs()),
        "liver-sbrt-5fx",
        &CheckOptions::default(),
    );
    let reason = report.results[0].reason.as_ref().unwrap();
    assert!(
        reason.contains("stated in physical dose, and the grid holds EQD2"),
        "{reason}"
    );
}

#[test]
fn a_goal_may_be_stated_in_eqd2() {
    let text = r#"
        id = "eqd2"
        title = "Mean EQD2"
        version = "1"
        [[goal]]
        id = "mean"
        title = "Mean EQD2 of normal liver"
        structure = "normal-liver"
        metric = "Mean[Gy]"
        dose = "eqd2"
        alpha_beta_gy = 2.5
        [[goal.level]]
        name = "mandatory"
        comparator = "<="
        limit = 28
        [[goal.level]]
        name = "optimal"
        comparator = "<="
        limit = 10
        [[goal.source]]
        key = "Department protocol"
        locator = "1"
        evidence = "primary"
    "#;
    let protocol = Protocol::parse("eqd2.toml", text).unwrap();
    let case = case(constant_dose(15.0, 3), liver_with_gtvs());
    let report = check(&case, &protocol, &CheckOptions::default(), &Progress::new()).unwrap();
    // 15 Gy in 3: 15 (5 + 2.5) / (2 + 2.5) = 25 Gy.
    let mean = &report.results[0];
    close(mean.value.unwrap(), 25.0);
    assert_eq!(
        (mean.verdict, mean.best_level_met),
        (Verdict::Met, Some(LevelName::Mandatory))
    );
    assert_eq!(mean.dose, "EQD2 (alpha/beta 2.5 Gy)");
    assert_eq!(mean.levels[1].verdict, Verdict::NotMet);
    close(mean.levels[0].margin_percent.unwrap(), 100.0 * 3.0 / 28.0);
    // What is said of the plan goes before the grid: 15 Gy in 5 are 15 (3 + 2.5) / (2 + 2.5).
    let stated = CheckOptions {
        fractions: Some(5),
        ..CheckOptions::default()
    };
    let report = check(&case, &protocol, &stated, &Progress::new()).unwrap();
    assert_eq!(report.fractions, Some(5));
    close(report.results[0].value.unwrap(), 15.0 * 5.5 / 4.5);
}

/// 100 % of BED is the BED of the prescription: 15 Gy in 3 against a prescription of 20 Gy in 3.
#[test]
fn per_cent_is_of_the_prescription_in_the_same_kind_of_dose() {
    let goal = |dose: &str| {
        format!(
            r#"
            id = "own"
            title = "Per cent"
            version = "1"
            [[goal]]
            id = "mean"
            title = "Mean"
            structure = "Liver"
            metric = "Mean[%]"
            {dose}
            [[goal.level]]
            name = "mandatory"
            comparator = "<="
            limit = 80
            [[goal.source]]
            key = "Department protocol"
            locator = "1"
            evidence = "primary"
            "#
        )
    };
    let case = case(constant_dose(15.0, 3), liver_with_gtvs());
    let options = CheckOptions {
        prescription_gy: Some(20.0),
        ..CheckOptions::default()
    };
    for (dose, expected) in [
        ("", 75.0),
        // 15 (1 + 5 / 10) of 20 (1 + 20 / 30).
        (
            "dose = \"bed\"\nalpha_beta_gy = 10.0",
            100.0 * 22.5 / (100.0 / 3.0),
        ),
        (
            "dose = \"eqd2\"\nalpha_beta_gy = 10.0",
            100.0 * 22.5 / (100.0 / 3.0),
        ),
    ] {
        let protocol = Protocol::parse("own.toml", &goal(dose)).unwrap();
        let report = check(&case, &protocol, &options, &Progress::new()).unwrap();
        close(report.results[0].value.unwrap(), expected);
    }
}

#[test]
fn json_follows_its_schema_and_names_what_made_it() {
    let schema: Value =
        serde_json::from_str(include_str!("../docs/schema/check-1.schema.json")).unwrap();
    let complete = case(constant_dose(3.0, 5), liver_with_gtvs());
    let options = CheckOptions {
        prescription_gy: Some(50.0),
        mapping: Mapping::new(vec![(Role::gtv(), vec![RoiRef::Number(2)])]).unwrap(),
        ..CheckOptions::default()
    };
    let reports = [
        run(&complete, "liver-sbrt-5fx", &options),
        run(&complete, "liver-conventional", &options),
        run(&Case::default(), "liver-sbrt-3fx", &CheckOptions::default()),
    ];
    for report in &reports {
        let json: Value = serde_json::from_str(&report.to_json().unwrap()).unwrap();
        assert_eq!(
            schema_check::violations(&schema, &json),
            Vec::<String>::new()
        );
    }
    let json: Value = serde_json::from_str(&reports[0].to_json().unwrap()).unwrap();
    assert_eq!(json["schema"], "hepadose/check/1");
    assert_eq!(json["results"][0]["metric"], "CV15Gy[cc]");
    assert_eq!(
        json["results"][0]["sources"][1]["printed"]["comparator"],
        ">"
    );
    let settings = json["provenance"]["settings"].to_string();
    assert!(
        settings.contains("[\"end_caps\",\"half_slice\"]"),
        "{settings}"
    );
    assert!(
        settings.contains("[\"mapping GTV\",\"number 2\"]"),
        "{settings}"
    );
    assert_eq!(json["provenance"]["inputs"][0]["role"], "protocol");
    // The validator notices: a missing key, a strange one, a wrong word.
    let mut broken = json.clone();
    broken["verdict"] = "passed".into();
    broken["results"][0].as_object_mut().unwrap().remove("unit");
    broken["extra"] = Value::Null;
    assert_eq!(schema_check::violations(&schema, &broken).len(), 3);
}

#[test]
fn the_demo_case_passes_in_its_own_fractions() {
    let demo = hepadose::demo::build(&hepadose::demo::DemoOptions::default()).unwrap();
    let case = Case {
        dose: Some(demo.dose),
        structures: demo.structures,
        plan: Some(demo.plan),
        ..Case::default()
    };
    let report = run(&case, "liver-sbrt-5fx", &CheckOptions::default());
    assert_eq!(
        report.verdict,
        Verdict::Met,
        "{}",
        report.to_json().unwrap()
    );
    let used = &report.structures[0];
    assert!((1000.0..2500.0).contains(&used.volume_cc));
    assert_eq!(used.subtracted.len(), 3);
    let three = run(&case, "liver-sbrt-3fx", &CheckOptions::default());
    assert_eq!(three.verdict, Verdict::NotEvaluable);
}

#[test]
fn a_brain_has_no_liver() {
    let Some(folder) = shared_data("brain-srt") else {
        return;
    };
    let case =
        hepadose::dicom::read_case(&folder, &hepadose::dicom::CaseOptions::default()).unwrap();
    let report = run(&case, "liver-sbrt-5fx", &CheckOptions::default());
    assert_eq!(
        (report.verdict, report.exit_code()),
        (Verdict::NotEvaluable, 1)
    );
    let reason = report.results[0].reason.as_ref().unwrap();
    for part in [
        "Liver-GTV not found: no ROI is named Liver-GTV",
        "no ROI is named Liver",
    ] {
        assert!(reason.contains(part), "{part} in {reason}");
    }
}
