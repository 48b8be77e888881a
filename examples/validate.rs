//! Runs the DVH engine over the whole analytic grid and writes `docs/validation/dvh_accuracy.md`: `make validate`.
//! With the name of a family it runs that alone and prints.

#![allow(clippy::unwrap_used)]

#[path = "../tests/common/analytic/mod.rs"]
mod analytic;

use analytic::cases;
use analytic::compare::{MANY_LINES, Outcome};
use std::fmt::Write as _;
use std::time::Instant;

type Measure = (&'static str, fn(&Outcome) -> f64);

const MEASURES: [Measure; 8] = [
    ("volume", |o| o.volume.max(o.covered)),
    ("curve", |o| o.curve),
    ("curve near", |o| o.curve_near),
    ("mean", |o| o.mean),
    ("min, max", |o| o.min.max(o.max)),
    ("D99%, D95%", |o| o.metrics[0].max(o.metrics[1])),
    ("D50%, D2%", |o| o.metrics[2].max(o.metrics[3])),
    ("D0.03cc", |o| o.near_max),
];

const HEAD: &str = "# Accuracy of the DVH engine

Written by `make validate` (`examples/validate.rs`), not by hand. Every case sets the engine against a truth that shares no code with it (`tests/common/analytic/`):
the prisms that the contours define, in a linear dose as a closed form, in any other dose by following the trilinear interpolant of the stored grid along some 60,000 straight lines.

Errors are in per cent: `volume` (whole and covered) and `curve` (largest difference of the cumulative curves at some 450 doses, which count as equal within 1.2e-7 of the highest: stored doses have single precision) of the structure's volume; `mean`, `min, max` and the doses of metrics of its highest dose.
`curve near` is the largest difference that remains when the dose may be off by 0.02 % of the highest: where nearly all of a structure lies within a ten-thousandth of the dose range, a curve of evenly spaced bins is right in dose, not in volume.
`referee` is the difference between two scans, a bound on the truth's own error; 0 for closed forms. Between islands and beyond gaps a curve can be flat, and D50% has no sharp value there.

Bars: volume 0.01; curve 0.05 in a linear dose from 1 cc up, 0.1 below and in a curved dose; min and max 0.1.
";

fn main() {
    let start = Instant::now();
    let family = std::env::args().nth(1);
    let mut all = cases::all();
    all.retain(|case| family.as_ref().is_none_or(|family| case.family == *family));
    let outcomes: Vec<Outcome> = all
        .iter()
        .enumerate()
        .map(|(index, case)| {
            if index % 50 == 0 {
                eprintln!(
                    "{index} of {} cases, {:.0} s",
                    all.len(),
                    start.elapsed().as_secs_f64()
                );
            }
            // Where the grid ends obliquely, lines end anywhere: it takes more of them.
            let more = if case.family == "cut oblique" { 16 } else { 1 };
            case.run(more * MANY_LINES)
        })
        .collect();
    if family.is_some() {
        println!("{}", report(&outcomes));
        return;
    }
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/docs/validation/dvh_accuracy.md"
    );
    std::fs::write(path, report(&outcomes)).unwrap();
    let missed = outcomes
        .iter()
        .filter(|outcome| !missed(outcome).is_empty())
        .count();
    println!(
        "{} cases in {:.0} s, {missed} of them beyond a bar: docs/validation/dvh_accuracy.md",
        outcomes.len(),
        start.elapsed().as_secs_f64()
    );
}

/// The bars that a case misses.
fn missed(outcome: &Outcome) -> Vec<&'static str> {
    let curve = if outcome.curved || outcome.volume_cc < 1.0 {
        0.1
    } else {
        0.05
    };
    [
        ("volume", outcome.volume.max(outcome.covered), 0.01),
        ("curve", outcome.curve, curve),
        ("min, max", outcome.min.max(outcome.max), 0.1),
    ]
    .into_iter()
    .filter(|(_, error, bar)| error.is_nan() || error > bar)
    .map(|(name, _, _)| name)
    .collect()
}

fn report(outcomes: &[Outcome]) -> String {
    let mut text = HEAD.to_owned();
    let mut families: Vec<&str> = Vec::new();
    for outcome in outcomes {
        if !families.contains(&outcome.family) {
            families.push(outcome.family);
        }
    }
    let missing: Vec<&Outcome> = outcomes.iter().filter(|o| !missed(o).is_empty()).collect();
    writeln!(
        text,
        "\n{} cases; {} miss a bar.\n\n## Medians and worst by family\n",
        outcomes.len(),
        missing.len()
    )
    .unwrap();
    text.push_str("| family | dose | cases | miss |");
    for (name, _) in MEASURES {
        write!(text, " {name} |").unwrap();
    }
    text.push_str(" referee |\n|---|---|---|---|");
    text.push_str(&"---|".repeat(MEASURES.len() + 1));
    text.push('\n');
    for family in &families {
        for curved in [false, true] {
            let group: Vec<&Outcome> = outcomes
                .iter()
                .filter(|o| o.family == *family && o.curved == curved)
                .collect();
            if !group.is_empty() {
                row(&mut text, family, curved, &group);
            }
        }
    }
    text.push_str("\nEach cell: median / worst.\n\n## Worst cases by family\n\n| family | measure | error | case |\n|---|---|---|---|\n");
    for family in &families {
        for (name, measure) in [MEASURES[1], MEASURES[4]] {
            let worst = outcomes
                .iter()
                .filter(|o| o.family == *family)
                .max_by(|a, b| measure(a).total_cmp(&measure(b)))
                .unwrap();
            writeln!(
                text,
                "| {family} | {name} | {} | {} ({:.2} cc{}) |",
                number(measure(worst)),
                worst.name,
                worst.volume_cc,
                if name == "curve" {
                    format!("; at {:.4} Gy", worst.curve_at)
                } else {
                    String::new()
                }
            )
            .unwrap();
        }
    }
    text.push_str("\n## Cases that miss a bar\n\n| case | misses | curve | curve near | min | max | covered |\n|---|---|---|---|---|---|---|\n");
    for outcome in &missing {
        writeln!(
            text,
            "| {} | {} | {} | {} | {} | {} | {} |",
            outcome.name,
            missed(outcome).join("; "),
            number(outcome.curve),
            number(outcome.curve_near),
            number(outcome.min),
            number(outcome.max),
            number(outcome.covered)
        )
        .unwrap();
    }
    estimates(&mut text, outcomes);
    text
}

/// How often the truth lies within the errors that the engine estimates.
fn estimates(text: &mut String, outcomes: &[Outcome]) {
    text.push_str("\n## Estimated numerical errors\n\nEvery metric carries an estimate of its own error. V: cumulative volume at twenty doses a case; D: D99%, D95%, D50%, D2%.\n\n| metric | claims | truth within | median estimate | median error | largest estimate |\n|---|---|---|---|---|---|\n");
    for what in ["V", "D", "Mean", "Min, Max"] {
        let claims: Vec<_> = outcomes
            .iter()
            .flat_map(|outcome| &outcome.claims)
            .filter(|claim| claim.what == what)
            .collect();
        let within = claims.iter().filter(|claim| claim.holds()).count();
        let sorted = |value: &dyn Fn(&analytic::compare::Claim) -> f64| {
            let mut values: Vec<f64> = claims.iter().map(|claim| value(claim)).collect();
            values.sort_by(f64::total_cmp);
            values
        };
        let (estimate, error) = (
            sorted(&|claim| claim.estimate),
            sorted(&|claim| claim.error),
        );
        writeln!(
            text,
            "| {what} | {} | {:.2} % | {} % | {} % | {} % |",
            claims.len(),
            100.0 * within as f64 / claims.len() as f64,
            number(estimate[estimate.len() / 2]),
            number(error[error.len() / 2]),
            number(estimate[estimate.len() - 1])
        )
        .unwrap();
    }
}

fn row(text: &mut String, family: &str, curved: bool, group: &[&Outcome]) {
    let dose = if curved { "sampled" } else { "linear" };
    let misses = group.iter().filter(|o| !missed(o).is_empty()).count();
    write!(text, "| {family} | {dose} | {} | {misses} |", group.len()).unwrap();
    let spread = |measure: &dyn Fn(&Outcome) -> f64| {
        let mut errors: Vec<f64> = group
            .iter()
            .map(|o| measure(o))
            .filter(|e| !e.is_nan())
            .collect();
        errors.sort_by(f64::total_cmp);
        match errors[..] {
            [] => "-".to_owned(),
            [.., worst] => format!("{} / {}", number(errors[errors.len() / 2]), number(worst)),
        }
    };
    for (_, measure) in MEASURES {
        write!(text, " {} |", spread(&measure)).unwrap();
    }
    writeln!(text, " {} |", spread(&|o| o.referee)).unwrap();
}

fn number(value: f64) -> String {
    match value {
        v if v.is_nan() => "-".to_owned(),
        v if v < 5e-5 => "<0.0001".to_owned(),
        v => format!("{v:.4}"),
    }
}
