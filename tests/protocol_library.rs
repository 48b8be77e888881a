//! The library of protocols and what files of one's own can do: verdicts by source, families, conversion, approval,
//! structures by many names.
#![allow(clippy::unwrap_used, clippy::panic)]

#[path = "common/boxes.rs"]
mod boxes;

use boxes::{AXES, cuboid};
use hepadose::case::Case;
use hepadose::dose::DoseGrid;
use hepadose::geometry::Grid;
use hepadose::isoeffect::bed_gy;
use hepadose::progress::Progress;
use hepadose::protocol::{
    CheckOptions, ChildPugh, Disease, Library, Mapping, Origin, Protocol, Report, RoiRef, Role,
    Sex, Undrawn, Verdict, check, check_many,
};
use hepadose::structure::Structure;

fn case(dose_gy: f64, fractions: u32, structures: Vec<Structure>) -> Case {
    let grid = Grid::new([31, 31, 31], [10.0; 3], [0.0; 3], AXES).unwrap();
    let dose = DoseGrid::physical(vec![dose_gy; grid.len()], grid, Some(fractions)).unwrap();
    let mut case = Case {
        dose: Some(dose),
        structures,
        ..Case::default()
    };
    for (index, structure) in case.structures.iter_mut().enumerate() {
        structure.number = Some(index as i32 + 1);
    }
    case
}

fn organs() -> Vec<Structure> {
    vec![
        cuboid("肝脏", "ORGAN", [50.0; 3], [150.0; 3]),
        cuboid("GTV1", "GTV", [80.0; 3], [100.0; 3]),
        cuboid("Left Kidney", "ORGAN", [160.0; 3], [180.0, 180.0, 200.0]),
        cuboid("kidney_rt", "ORGAN", [200.0; 3], [220.0, 220.0, 240.0]),
        cuboid(
            "stomach",
            "ORGAN",
            [160.0, 60.0, 60.0],
            [200.0, 100.0, 100.0],
        ),
    ]
}

fn run(case: &Case, id: &str, options: &CheckOptions) -> Report {
    check(
        case,
        &Protocol::built_in(id).unwrap(),
        options,
        &Progress::new(),
    )
    .unwrap()
}

#[test]
fn structures_are_found_by_other_names_and_made_of_parts() {
    let mut all = organs();
    let report = run(
        &case(3.0, 5, all.clone()),
        "rtog1112",
        &CheckOptions {
            recalled: true,
            prescription_gy: Some(50.0),
            undrawn: Undrawn::LeftOut,
            disease: Some(Disease::Primary),
            ..CheckOptions::default()
        },
    );
    let used = |name: &str| {
        let mut all = report.structures.iter();
        all.find(|used| used.role.name() == name).unwrap()
    };
    let kidneys = used("Kidneys");
    assert_eq!(
        (kidneys.origin, &kidneys.name[..]),
        (Origin::Derived, "Left Kidney|kidney_rt")
    );
    assert!(
        (kidneys.volume_cc - 32.0).abs() < 1e-6,
        "{}",
        kidneys.volume_cc
    );
    assert_eq!(used("Stomach").origin, Origin::Drawn);
    assert_eq!(used("Liver-GTV").name, "肝脏-GTV1");
    // What nobody drew is said, and no verdict rests on it.
    let heart = report
        .left_out
        .iter()
        .find(|one| one.id == "heart-d30cc")
        .unwrap();
    assert_eq!(heart.reason, "no ROI is named Heart");
    // Of the tiers only that of the prescription is judged.
    let judged = |id: &str| report.results.iter().any(|goal| goal.id == id);
    assert!(judged("liver-gtv-veff-50gy-rx-50") && !judged("liver-gtv-veff-45gy-rx-45"));
    assert_eq!(report.verdict, Verdict::Met, "{}", report.reason);
    // A second stomach is ambiguous, unless one has the very name.
    all.push(cuboid(
        "胃",
        "ORGAN",
        [160.0, 60.0, 60.0],
        [200.0, 100.0, 100.0],
    ));
    let options = CheckOptions {
        prescription_gy: Some(50.0),
        ..CheckOptions::default()
    };
    let two = run(&case(3.0, 5, all.clone()), "tg101-5fx", &options);
    let stomach = two
        .results
        .iter()
        .find(|goal| goal.id == "stomach-d10cc")
        .unwrap();
    assert_eq!(stomach.verdict, Verdict::Met);
    assert!(
        two.warnings
            .iter()
            .any(|one| one.contains("which has the name exactly"))
    );
    all[4].name = "Gaster".to_owned();
    let two = run(&case(3.0, 5, all.clone()), "tg101-5fx", &options);
    let stomach = two
        .results
        .iter()
        .find(|goal| goal.id == "stomach-d10cc")
        .unwrap();
    let reason = stomach.reason.as_ref().unwrap();
    assert_eq!(stomach.verdict, Verdict::NotEvaluable);
    assert!(
        reason.contains("2 ROIs are named Stomach: 'Gaster' (5), '胃' (6)")
            && reason.contains("mapping"),
        "{reason}"
    );
    // Said by the user it is one; a mapping that nobody asks for is a slip.
    let mapping = Mapping::new(vec![
        ("Stomach".parse().unwrap(), vec![RoiRef::Number(6)]),
        ("Bladder".parse().unwrap(), vec![RoiRef::Number(5)]),
    ]);
    let mapped = CheckOptions {
        mapping: mapping.unwrap(),
        ..options
    };
    let report = run(&case(3.0, 5, all), "tg101-5fx", &mapped);
    let stomach = report
        .results
        .iter()
        .find(|goal| goal.id == "stomach-d10cc")
        .unwrap();
    assert_eq!(stomach.verdict, Verdict::Met);
    assert!(
        report
            .warnings
            .iter()
            .any(|one| one.contains("the mapping names Bladder, which no goal"))
    );
}

#[test]
fn margins_and_remainders_are_made_of_any_organ() {
    let own = |structure: &str| {
        let text = format!(
            "id = \"own\"\ntitle = \"Own\"\nversion = \"1\"\n[[goal]]\nid = \"g\"\ntitle = \"G\"\nstructure = \"{structure}\"\nmetric = \"Volume[cc]\"\nlevel = [{{ name = \"mandatory\", comparator = \">=\", limit = 1 }}]\nsource = [{{ key = \"k\", locator = \"l\", evidence = \"primary\" }}]\n"
        );
        let protocol = Protocol::parse("own.toml", &text).unwrap();
        let mut all = organs();
        all.push(cuboid("Cord", "ORGAN", [60.0; 3], [80.0, 80.0, 120.0]));
        all.push(cuboid("Foo", "ORGAN", [50.0; 3], [150.0; 3]));
        let case = case(3.0, 5, all);
        let report = check(&case, &protocol, &CheckOptions::default(), &Progress::new());
        report.unwrap()
    };
    // 20 x 20 x 60 mm with 5 mm around: box, six faces, twelve edges of quarter cylinders, eight corners of a ball.
    let report = own("SpinalCord_PRV05");
    let (used, value) = (&report.structures[0], report.results[0].value.unwrap());
    assert_eq!((used.origin, &used.name[..]), (Origin::Derived, "Cord+5mm"));
    let pi = std::f64::consts::PI;
    let faces = 2.0 * (20.0 * 20.0 + 2.0 * 20.0 * 60.0) * 5.0;
    let edges = 4.0 * (20.0 + 20.0 + 60.0) * pi * 25.0 / 4.0;
    let expected = (24_000.0 + faces + edges + 4.0 / 3.0 * pi * 125.0) / 1000.0;
    assert!(
        (value / expected - 1.0).abs() < 2e-3,
        "{value} is not {expected}"
    );
    // An organ that no table knows.
    let report = own("Foo-GTV");
    assert_eq!(report.structures[0].name, "Foo-GTV1");
    assert!((report.results[0].value.unwrap() - 992.0).abs() < 1e-6);
    let report = own("Kidney_L_PRV03");
    assert_eq!(report.structures[0].name, "Left Kidney+3mm");
    // A margin that nobody states cannot be made.
    let report = own("SpinalCord_PRV");
    let reason = report.results[0].reason.as_ref().unwrap();
    assert!(reason.contains("states no margin"), "{reason}");
}

#[test]
fn fractions_between_two_protocols_name_both_neighbours() {
    let report = run(
        &case(3.0, 4, organs()),
        "tg101-3fx",
        &CheckOptions::default(),
    );
    assert_eq!(report.verdict, Verdict::NotEvaluable);
    let reason = report.results[0].reason.as_ref().unwrap();
    assert!(
        reason.contains("the treatment has 4 fractions, and the protocol is for 3; the nearest published are tg101-3fx and tg101-5fx"),
        "{reason}"
    );
}

#[test]
fn limits_are_converted_on_request_only_and_never_on_the_cold_side() {
    let options = CheckOptions {
        convert_alpha_beta_gy: Some(3.0),
        undrawn: Undrawn::LeftOut,
        ..CheckOptions::default()
    };
    let report = run(&case(3.0, 4, organs()), "tg101-3fx", &options);
    let goal = |id: &str| report.results.iter().find(|goal| goal.id == id).unwrap();
    // 16.5 Gy in 3 fractions and the converted limit in 4 have one BED.
    let stomach = goal("stomach-d10cc");
    let (before, after) = (
        bed_gy(16.5, 3, 3.0).unwrap(),
        bed_gy(stomach.limit, 4, 3.0).unwrap(),
    );
    assert!((before - after).abs() < 1e-9, "{before} {after}");
    assert!(stomach.limit > 16.5);
    assert_eq!(stomach.verdict, Verdict::Met);
    let reason = stomach.reason.as_ref().unwrap();
    assert!(
        reason.contains("LQ model, equal BED at alpha/beta 3 Gy") && reason.contains("16.50"),
        "{reason}"
    );
    let liver = goal("liver-dc700cc");
    assert_eq!(liver.verdict, Verdict::NotEvaluable);
    let reason = liver.reason.as_ref().unwrap();
    assert!(
        reason.contains("not iso-effective among themselves"),
        "{reason}"
    );
    assert_eq!(report.exit_code(), 1);
    // A mean is no dose in a point.
    let quantec = run(&case(3.0, 4, organs()), "quantec-liver-sbrt-3fx", &options);
    let mean = quantec
        .results
        .iter()
        .find(|goal| goal.metric.to_string() == "Mean[Gy]")
        .unwrap();
    assert!(
        mean.reason
            .as_ref()
            .unwrap()
            .contains("the BED of a mean is not the mean of the BED")
    );
}

#[test]
fn recalled_goals_count_on_request_only() {
    let quiet = CheckOptions {
        prescription_gy: Some(50.0),
        disease: Some(Disease::Primary),
        ..CheckOptions::default()
    };
    let asked = CheckOptions {
        recalled: true,
        ..quiet.clone()
    };
    let case = case(3.0, 5, organs());
    for id in Library::built_in().unwrap().ids() {
        let report = run(&case, id, &quiet);
        let recalled = |goal: &hepadose::protocol::GoalResult| goal.evidence.name() == "recalled";
        assert!(!report.results.iter().any(recalled), "{id}");
    }
    let (quiet, asked) = (
        run(&case, "rtog1112", &quiet),
        run(&case, "rtog1112", &asked),
    );
    assert!(asked.results.len() > quiet.results.len() + 10);
    let left = quiet
        .left_out
        .iter()
        .find(|one| one.id == "stomach-d0.5cc")
        .unwrap();
    assert!(left.reason.contains("rests on memory alone"));
    // A protocol of which everything is recalled says that nothing is left, and does not pass.
    let options = CheckOptions {
        prescription_gy: Some(25.0),
        child_pugh: Some(ChildPugh::B),
        ..CheckOptions::default()
    };
    let report = run(&case, "quantec-liver-sbrt-child-pugh-b", &options);
    assert_eq!(
        (report.verdict, report.exit_code()),
        (Verdict::NotEvaluable, 1)
    );
    assert!(
        report.reason.contains("no goal is left"),
        "{}",
        report.reason
    );
}

#[test]
fn risk_points_annotate_and_are_never_goals() {
    let report = run(
        &case(29.0, 25, organs()),
        "quantec-liver-conventional",
        &CheckOptions {
            prescription_gy: Some(50.0),
            child_pugh: Some(ChildPugh::A),
            liver_status: "impaired_non_cirrhotic".parse().unwrap(),
            ..CheckOptions::default()
        },
    );
    let ids: Vec<&str> = report
        .risk_points
        .iter()
        .map(|one| &one.point.id[..])
        .collect();
    // That of the liver without disease does not apply to this patient.
    assert!(
        ids.contains(&"quantec-liver-conv-cpa-50")
            && !ids.contains(&"quantec-liver-conv-noncirr-50")
    );
    let half = report
        .risk_points
        .iter()
        .find(|one| one.point.id == "quantec-liver-conv-cpa-50");
    assert_eq!(half.unwrap().point.value, 36.0);
    assert!((half.unwrap().plan_value.unwrap() - 29.0).abs() < 1e-9);
    for id in Library::built_in().unwrap().ids() {
        let protocol = Protocol::built_in(id).unwrap();
        for goal in &protocol.goals {
            assert!(protocol.risk_points.iter().all(|point| point.id != goal.id));
        }
    }
    // The mean dose of 29 Gy breaks the limit for Child-Pugh A and not that for a healthy liver.
    let mean = report
        .results
        .iter()
        .find(|goal| goal.id == "liver-gtv-mean-child-pugh-a")
        .unwrap();
    assert_eq!((mean.verdict, mean.limit), (Verdict::NotMet, 28.0));
    assert!(
        report
            .left_out
            .iter()
            .any(|one| one.id == "liver-gtv-mean-normal-non-cirrhotic")
    );
}

#[test]
fn a_limit_that_depends_on_sex_waits_for_it() {
    let lungs = vec![
        cuboid("Lung_L", "ORGAN", [50.0; 3], [150.0, 110.0, 150.0]),
        cuboid(
            "Lung_R",
            "ORGAN",
            [150.0, 50.0, 50.0],
            [250.0, 110.0, 150.0],
        ),
    ];
    let verdicts = |sex| {
        let options = CheckOptions {
            sex,
            undrawn: Undrawn::LeftOut,
            ..CheckOptions::default()
        };
        let report = run(&case(5.0, 5, lungs.clone()), "timmerman2022-5fx", &options);
        let find = |id: &str| {
            let mut all = report.results.iter();
            all.find(|goal| goal.id == id).map(|goal| goal.verdict)
        };
        (find("lungs-dc950cc-female"), find("lungs-dc1500cc-male"))
    };
    assert_eq!(verdicts(Some(Sex::Female)), (Some(Verdict::Met), None));
    // 1200 cc of lung cannot spare 1500.
    assert_eq!(verdicts(Some(Sex::Male)), (None, Some(Verdict::NotMet)));
    assert_eq!(
        verdicts(None),
        (
            Some(Verdict::MetApplicabilityNotConfirmed),
            Some(Verdict::NotMet)
        )
    );
}

#[test]
fn many_protocols_at_once_say_what_each_says_alone() {
    let case = case(12.0, 5, organs());
    let library = Library::built_in().unwrap();
    let all: Vec<Protocol> = library.ids().map(|id| library.get(id).unwrap()).collect();
    let options = CheckOptions {
        prescription_gy: Some(50.0),
        ..CheckOptions::default()
    };
    let every: Vec<&Protocol> = all.iter().collect();
    let together = check_many(&case, &every, &options, &Progress::new()).unwrap();
    assert_eq!(together.len(), all.len());
    for (protocol, report) in all.iter().zip(&together) {
        let alone = check(&case, protocol, &options, &Progress::new()).unwrap();
        assert_eq!(*report, alone, "{}", protocol.id);
        assert_eq!(report.protocol.id, protocol.id);
    }
    assert_eq!(Role::normal_liver().to_string(), "Liver-GTV");
}
