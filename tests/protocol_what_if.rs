//! What would pass, and what would flip: doses whose answers are known, and the demo case.
#![allow(clippy::unwrap_used, clippy::panic)]

#[path = "common/boxes.rs"]
mod boxes;

use boxes::{AXES, cuboid};
use hepadose::case::{Case, DoseReference, FractionGroup, Plan};
use hepadose::dose::DoseGrid;
use hepadose::geometry::Grid;
use hepadose::progress::Progress;
use hepadose::protocol::{
    CheckOptions, FlipOptions, Protocol, Verdict, check, isotoxic, would_it_flip,
};

/// A dose that rises along x by 0.1 Gy a millimetre, or is constant, over 300 mm in each direction.
fn case(ramp: bool, fractions: u32) -> Case {
    let grid = Grid::new([31, 31, 31], [10.0; 3], [0.0; 3], AXES).unwrap();
    let values: Vec<f64> = (0..grid.len())
        .map(|index| if ramp { (index % 31) as f64 } else { 10.0 })
        .collect();
    let structures = vec![
        cuboid("Liver", "ORGAN", [50.0; 3], [150.0; 3]),
        cuboid("GTV", "GTV", [140.0, 60.0, 60.0], [150.0, 70.0, 70.0]),
        cuboid("PTV", "PTV", [130.0, 50.0, 50.0], [150.0, 80.0, 80.0]),
    ];
    Case {
        dose: Some(DoseGrid::physical(values, grid, Some(fractions)).unwrap()),
        structures,
        plan: Some(Plan {
            fraction_groups: vec![FractionGroup {
                number: 1,
                fractions: Some(fractions),
                beams: Vec::new(),
            }],
            dose_references: vec![DoseReference {
                number: 1,
                structure_type: "VOLUME".to_owned(),
                reference_type: "TARGET".to_owned(),
                roi_number: None,
                prescription_gy: Some(15.0),
                description: None,
            }],
            ..Plan::default()
        }),
        ..Case::default()
    }
}

fn protocol(metric: &str, comparator: &str, limit: f64, more: &str) -> Protocol {
    protocol_of("Liver", metric, comparator, limit, more)
}

fn protocol_of(
    structure: &str,
    metric: &str,
    comparator: &str,
    limit: f64,
    more: &str,
) -> Protocol {
    let text = format!(
        "id = \"own\"\ntitle = \"Own\"\nversion = \"1\"\n[[goal]]\nid = \"goal\"\ntitle = \"G\"\nstructure = \"{structure}\"\nmetric = \"{metric}\"\n{more}\nlevel = [{{ name = \"mandatory\", comparator = \"{comparator}\", limit = {limit} }}]\nsource = [{{ key = \"k\", locator = \"l\", evidence = \"primary\" }}]\n"
    );
    Protocol::parse("own.toml", &text).unwrap()
}

/// The verdict by a check of the scaled dose.
fn verdict(case: &Case, protocol: &Protocol, options: &CheckOptions, scale: f64) -> (Verdict, f64) {
    let scaled = Case {
        dose: Some(case.dose.as_ref().unwrap().scaled(scale).unwrap()),
        ..case.clone()
    };
    let options = CheckOptions {
        prescription_gy: options.prescription_gy.map(|dose| scale * dose),
        ..options.clone()
    };
    let report = check(&scaled, protocol, &options, &Progress::new()).unwrap();
    let binding = report.results.iter().find(|goal| goal.mandatory).unwrap();
    (binding.verdict, binding.value.unwrap())
}

#[test]
fn the_answer_has_its_closed_form_and_holds_when_calculated_anew() {
    let case = case(true, 5);
    let options = CheckOptions::default();
    // The box runs from 5 to 15 Gy: mean 10 Gy, D10% 14 Gy, CV15Gy all of it; at 2 times from 10 to 30 Gy.
    for (metric, comparator, limit, more, scale) in [
        ("Mean[Gy]", "<=", 13.0, "", 1.3),
        ("D10%[Gy]", "<", 21.0, "", 1.5),
        // 70 % below 15 Gy: 15 / s = 12.
        ("CV15Gy[cc]", ">=", 700.0, "", 1.25),
        ("DC70%[Gy]", "<=", 15.0, "", 1.25),
        ("V20Gy[%]", "<=", 50.0, "", 2.0),
        // EQD2 at alpha/beta 3 in 5 fractions of 28 Gy: 5 d (d + 3) / 5 = 28 at d = 4, so D10% is 20 Gy.
        (
            "D10%[Gy]",
            "<=",
            28.0,
            "dose = \"eqd2\"\nalpha_beta_gy = 3.0",
            20.0 / 14.0,
        ),
    ] {
        let own = protocol(metric, comparator, limit, more);
        let found = isotoxic(&case, &own, &options, &Progress::new()).unwrap();
        let got = found.scale.unwrap();
        // EQD2 within a voxel of 10 mm and 1 Gy is bent, and the DVH takes it as straight in each cell.
        let tolerance = if more.is_empty() { 2e-5 } else { 5e-4 };
        assert!(
            (got / scale - 1.0).abs() < tolerance,
            "{metric}: {got} is not {scale}"
        );
        assert_eq!(found.binding.as_deref(), Some("goal"));
        assert!(!found.plateau, "{metric}");
        assert!((found.prescription_gy.unwrap() - 15.0 * got).abs() < 1e-9);
        let (at, value) = verdict(&case, &own, &options, got);
        assert!(
            at.passes() || at == Verdict::WithinUncertainty,
            "{metric} {at}"
        );
        assert!((value / limit - 1.0).abs() < 1e-6, "{metric} {value}");
        let (beyond, value) = verdict(&case, &own, &options, got * (1.0 + 1e-4));
        assert!(
            !own.goals[0].levels[0].comparator.holds(value, limit) && !beyond.passes(),
            "{metric} {value}"
        );
    }
}

#[test]
fn on_a_plateau_both_sides_are_given() {
    let found = isotoxic(
        &case(false, 5),
        &protocol("CV15Gy[cc]", ">=", 700.0, ""),
        &CheckOptions::default(),
        &Progress::new(),
    )
    .unwrap();
    // All of it lies at 10 Gy: below 15 Gy up to a scale of 1.5, not below at it.
    assert!(found.plateau);
    let (last, next) = (found.scale.unwrap(), found.broken_at.unwrap());
    assert!(
        last < 1.5 && 1.5 <= next && next - last < 1e-14,
        "{last} {next}"
    );
    assert!(
        found.reason.contains("jumps over the limit"),
        "{}",
        found.reason
    );
}

#[test]
fn goals_that_pull_both_ways_and_goals_that_hold_nowhere() {
    let run = |own: &Protocol| {
        isotoxic(
            &case(true, 5),
            own,
            &CheckOptions::default(),
            &Progress::new(),
        )
        .unwrap()
    };
    let small = run(&protocol("CV15Gy[cc]", ">=", 1200.0, ""));
    assert_eq!(small.scale, None);
    assert!(
        small.reason.contains("goal holds at no scale"),
        "{}",
        small.reason
    );
    let own = r#"
        id = "both"
        title = "B"
        version = "1"
        [[goal]]
        id = "target"
        title = "T"
        structure = "PTV"
        metric = "D50%[Gy]"
        level = [{ name = "mandatory", comparator = ">=", limit = 28.0 }]
        source = [{ key = "k", locator = "l", evidence = "primary" }]
        [[goal]]
        id = "liver"
        title = "L"
        structure = "Liver"
        metric = "Mean[Gy]"
        level = [{ name = "mandatory", comparator = "<=", limit = 15.0 }]
        source = [{ key = "k", locator = "l", evidence = "primary" }]
    "#;
    // D50% of the target is 14 Gy, the mean of the liver 10 Gy.
    let both = run(&Protocol::parse("both.toml", own).unwrap());
    assert_eq!(both.scale, None);
    assert!(
        both.reason
            .contains("no scale holds for all: target asks for at least 2.0000"),
        "{}",
        both.reason
    );
    let fits = run(&Protocol::parse("both.toml", &own.replace("28.0", "14.7")).unwrap());
    assert!((fits.scale.unwrap() - 1.5).abs() < 1e-5);
    assert_eq!(fits.binding.as_deref(), Some("liver"));
    assert!((fits.goals[0].smallest_scale.unwrap() - 1.05).abs() < 1e-5);
    let unbound = run(&protocol_of("PTV", "D50%[Gy]", ">=", 5.0, ""));
    assert_eq!(unbound.scale, None);
    assert!(
        unbound.reason.contains("bounds the dose"),
        "{}",
        unbound.reason
    );
}

#[test]
fn tiers_of_rtog_1112() {
    // Liver minus GTV has a mean of just under 10 Gy at a prescription of 15 Gy: Veff 66.6 % at every tier.
    let run = |prescription_gy| {
        let options = CheckOptions {
            prescription_gy: Some(prescription_gy),
            ..CheckOptions::default()
        };
        let rtog = Protocol::built_in("rtog1112").unwrap();
        isotoxic(&case(true, 5), &rtog, &options, &Progress::new()).unwrap()
    };
    let none = run(15.0);
    assert_eq!((none.tiers.len(), none.best_tier_gy), (6, None));
    // At 30 Gy it is 33.3 %: 34 % is allowed at 40 Gy, 29 % at 45 Gy.
    let tiers = run(30.0);
    assert_eq!(tiers.best_tier_gy, Some(40.0));
    let at = |dose| {
        tiers
            .tiers
            .iter()
            .find(|tier| tier.prescription_gy == dose)
            .unwrap()
    };
    let holds = [40.0, 45.0, 27.5].map(|dose| at(dose).holds);
    assert_eq!(holds, [Some(true), Some(false), Some(true)]);
    assert!((at(40.0).goals[0].value.unwrap() - 100.0 * 9.996 / 30.0).abs() < 0.01);
}

#[test]
fn a_tier_whose_goals_are_not_evaluable_does_not_hold() {
    let mut blank = case(true, 5);
    blank.structures.retain(|one| one.name != "GTV");
    let options = CheckOptions {
        prescription_gy: Some(30.0),
        ..CheckOptions::default()
    };
    let rtog = Protocol::built_in("rtog1112").unwrap();
    let found = isotoxic(&blank, &rtog, &options, &Progress::new()).unwrap();
    assert_eq!((found.tiers.len(), found.best_tier_gy), (6, None));
    for tier in &found.tiers {
        assert_eq!(tier.holds, None, "{}", tier.prescription_gy);
        let goal = &tier.goals[0];
        assert_eq!((goal.value, goal.holds), (None, None));
        assert!(
            goal.reason
                .as_ref()
                .unwrap()
                .contains("gross tumour volume")
        );
    }
}

#[test]
fn a_liver_that_is_too_small_lets_no_scale_through() {
    // 1000 cc of liver: 1200 cc of it are asked for, in both spellings; the stomach goal alone would allow 1.5.
    for metric in ["DC1200cc[Gy]", "CV15Gy[cc]"] {
        let (comparator, limit) = if metric.starts_with("DC") {
            ("<=", 15.0)
        } else {
            (">=", 1200.0)
        };
        let mut own = protocol(metric, comparator, limit, "");
        own.goals.extend(
            protocol("Mean[Gy]", "<=", 15.0, "")
                .goals
                .into_iter()
                .map(|mut goal| {
                    goal.id = "mean".to_owned();
                    goal
                }),
        );
        let found = isotoxic(
            &case(true, 5),
            &own,
            &CheckOptions::default(),
            &Progress::new(),
        )
        .unwrap();
        assert_eq!(
            (found.scale, found.prescription_gy),
            (None, None),
            "{metric}"
        );
        assert!(found.goals[0].never && found.not_evaluable.is_empty());
        assert!(
            found.reason.contains("goal holds at no scale"),
            "{}",
            found.reason
        );
    }
}

#[test]
fn another_target_is_taken_out_of_the_whole_liver_whatever_is_drawn() {
    let flips = |case: &Case| {
        let mut own = protocol("Volume[cc]", ">=", 990.0, "");
        own.goals[0].structure = "Liver-GTV".parse().unwrap();
        let options = CheckOptions::default();
        let found = would_it_flip(
            case,
            &own,
            &options,
            &FlipOptions::default(),
            &Progress::new(),
        );
        found.unwrap().goals.remove(0)
    };
    // The GTV takes 1 cc, the PTV 18 cc of 1000: drawn or derived, the PTV taken out leaves 982 cc.
    let derived = case(true, 5);
    let mut drawn = case(true, 5);
    drawn
        .structures
        .push(cuboid("Liver-GTV", "ORGAN", [50.0; 3], [150.0; 3]));
    for case in [&derived, &drawn] {
        let goal = flips(case);
        let mut all = goal.scenarios.iter();
        let ptv = all
            .find(|one| one.name.starts_with("PTV taken out"))
            .unwrap();
        assert!((ptv.value.unwrap() - 982.0).abs() < 1e-6 && ptv.flips);
    }
    // Without the whole liver it cannot be made, and that is said.
    drawn.structures.retain(|one| one.name != "Liver");
    let goal = flips(&drawn);
    assert_eq!(goal.verdict, Verdict::Met);
    assert!(!goal.scenarios.iter().any(|one| one.group == "subtract"));
    let mut none = goal
        .not_evaluable
        .iter()
        .filter(|one| one.group == "subtract");
    assert!(none.any(|one| one.name.starts_with("PTV") && one.reason.contains("without PTV")));
}

#[test]
fn what_is_read_otherwise_beyond_the_grid_is_said_not_guessed() {
    let mut short = case(true, 5);
    let grid = Grid::new([31, 31, 12], [10.0; 3], [0.0; 3], AXES).unwrap();
    let values: Vec<f64> = (0..grid.len()).map(|index| (index % 12) as f64).collect();
    short.dose = Some(DoseGrid::physical(values, grid, Some(5)).unwrap());
    // The grid ends at 115 mm, the liver at 150 mm: 650 cc are covered.
    let own = protocol("CV5.5Gy[cc]", ">=", 40.0, "");
    let options = CheckOptions::default();
    let flip = FlipOptions::default();
    let found = would_it_flip(&short, &own, &options, &flip, &Progress::new()).unwrap();
    let goal = &found.goals[0];
    assert_eq!(goal.verdict, Verdict::Met);
    assert!(
        !goal
            .scenarios
            .iter()
            .any(|one| one.group == "interpolation")
    );
    let mut none = goal.not_evaluable.iter();
    let voxel = none.find(|one| one.group == "interpolation").unwrap();
    assert!(
        voxel.reason.contains("leaves the dose grid"),
        "{}",
        voxel.reason
    );
}

#[test]
fn what_is_not_evaluable_has_no_share_of_scenarios_that_are_met() {
    let mut blank = case(true, 5);
    blank.structures.clear();
    let own = protocol("Mean[Gy]", "<=", 13.0, "");
    let options = CheckOptions::default();
    let flip = FlipOptions::default();
    let found = would_it_flip(&blank, &own, &options, &flip, &Progress::new()).unwrap();
    assert_eq!(found.goals[0].verdict, Verdict::NotEvaluable);
    assert_eq!(found.goals[0].met_fraction, None);
}

#[test]
fn what_flips_is_named() {
    let case = case(true, 5);
    let options = CheckOptions::default();
    let flips = |metric: &str, comparator: &str, limit: f64, structure: &str| {
        let text = protocol(metric, comparator, limit, "");
        let mut own = text;
        own.goals[0].structure = structure.parse().unwrap();
        let found = would_it_flip(
            &case,
            &own,
            &options,
            &FlipOptions {
                margins_mm: vec![1.0, 2.0, 3.0],
                ..FlipOptions::default()
            },
            &Progress::new(),
        );
        found.unwrap().goals.remove(0)
    };
    // Mean 10 Gy; a millimetre along x is 0.1 Gy.
    let near = flips("Mean[Gy]", "<", 10.15, "Liver");
    assert_eq!(near.verdict, Verdict::Met);
    assert_eq!(near.flipped_by, ["shift"]);
    let shifted = |name: &str| near.scenarios.iter().find(|one| one.name == name).unwrap();
    let two = shifted("structures moved by (2, 0, 0) mm");
    assert!((two.value.unwrap() - 10.2).abs() < 1e-6 && two.flips);
    assert!(!shifted("structures moved by (-2, 0, 0) mm").flips);
    assert!(!shifted("structures moved by (0, 3, 0) mm").flips);
    // 18 shifts, 6 margins, two end caps, shapes between planes, one dose a voxel, comparator and the check itself: 2 of 30
    // are not met.
    let met = near.met_fraction.unwrap();
    assert!((met - 28.0 / 30.0).abs() < 1e-12, "{met}");
    // Far from the limit nothing flips.
    assert!(flips("Mean[Gy]", "<", 12.0, "Liver").flipped_by.is_empty());
    // Ten planes without end caps are 9 cm: of 1000 cc 900 are left; a millimetre less all around leaves 98^3 mm3.
    let caps = flips("CV30Gy[cc]", ">=", 930.0, "Liver");
    assert_eq!(caps.flipped_by, ["end_caps", "contour"]);
    let margin = |mm: &str| {
        let mut all = caps.scenarios.iter();
        all.find(|one| one.name == format!("contours {mm} mm smaller"))
            .unwrap()
    };
    assert!((margin("1").value.unwrap() - 0.98_f64.powi(3) * 1000.0).abs() < 0.5);
    assert!(!margin("1").flips && margin("2").flips && margin("3").flips);
    // Exactly at the limit the comparator decides.
    let printed = flips("CV30Gy[cc]", ">=", 1000.0, "Liver");
    assert!(
        printed.flipped_by.contains(&"comparator"),
        "{:?}",
        printed.flipped_by
    );
    // The GTV takes 1 cc, the PTV 18 cc.
    let taken = flips("CV30Gy[cc]", ">=", 990.0, "Liver-GTV");
    assert!(
        taken.flipped_by.contains(&"subtract"),
        "{:?}",
        taken.flipped_by
    );
}
