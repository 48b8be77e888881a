//! Would it flip? Every goal again over the conventions in which systems differ, over shifts, over alpha/beta.

mod change;

use super::check::{Task, treatment};
use super::evaluate::{Checker, Place, Wanted};
use super::report::GoalResult;
use super::settings::provenance;
use super::{CheckError, CheckOptions, Goal, LeftOut, Protocol, Treatment, Verdict};
use crate::case::Case;
use crate::progress::Progress;
use crate::provenance::Provenance;
use change::Change;
use rayon::prelude::*;
use serde::Serialize;

/// Name and version of the JSON schema.
pub const FLIP_SCHEMA: &str = "hepadose/flip/1";

/// What is varied.
#[derive(Debug, Clone, PartialEq)]
pub struct FlipOptions {
    /// Lengths of rigid shifts in mm, each along both senses of x, y and z.
    pub shifts_mm: Vec<f64>,
    /// Margins in mm by which the contours of what goals speak of are made smaller and larger; each is a calculation of
    /// its own, so none unless asked for.
    pub margins_mm: Vec<f64>,
    /// Values of alpha/beta in gray for goals in BED or EQD2; where none are given, the range that a goal states.
    pub alpha_beta_gy: Vec<f64>,
}

impl Default for FlipOptions {
    fn default() -> Self {
        Self {
            shifts_mm: vec![1.0, 2.0, 3.0],
            margins_mm: Vec::new(),
            alpha_beta_gy: Vec::new(),
        }
    }
}

/// A goal under one other convention.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Scenario {
    /// What kind of change: `end_caps`, `between_planes`, `interpolation`, `subtract`, `counting`,
    /// `comparator`, `contour`, `shift`, `alpha_beta`.
    pub group: &'static str,
    /// The change in words.
    pub name: String,
    /// The goal's value under it.
    pub value: Option<f64>,
    /// The verdict under it.
    pub verdict: Verdict,
    /// Whether that is another one than as checked.
    pub flips: bool,
}

/// What becomes of one goal.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct GoalFlips {
    /// The goal's short name.
    pub id: String,
    /// One line for tables.
    pub title: String,
    /// Unit of its values; `1` where they have none.
    pub unit: &'static str,
    /// What dose its values are of or read at, in words.
    pub dose: String,
    /// Its value as checked.
    pub value: Option<f64>,
    /// Its verdict as checked.
    pub verdict: Verdict,
    /// Share of scenarios in which it is met, the check itself among them; nothing where that is not evaluable.
    pub met_fraction: Option<f64>,
    /// The groups of changes that flip it.
    pub flipped_by: Vec<&'static str>,
    /// Least and highest value over all scenarios.
    pub range: Option<(f64, f64)>,
    /// All scenarios that could be evaluated.
    pub scenarios: Vec<Scenario>,
    /// Those that could not, with reasons.
    pub not_evaluable: Vec<NoScenario>,
}

/// A scenario that says nothing about a goal.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct NoScenario {
    /// What kind of change.
    pub group: &'static str,
    /// The change in words.
    pub name: String,
    /// Why it is not evaluable.
    pub reason: String,
}

/// What becomes of a check under other conventions.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Flips {
    /// `hepadose/flip/1`.
    pub schema: &'static str,
    /// Version of the program.
    pub version: &'static str,
    /// What the result may be used for.
    pub intended_use: &'static str,
    /// Id of the protocol.
    pub protocol: String,
    /// The goals in the protocol's order.
    pub goals: Vec<GoalFlips>,
    /// Goals that were not asked, as in a check: nothing is said of them.
    pub left_out: Vec<LeftOut>,
    /// Settings, input hashes and sources.
    pub provenance: Provenance,
}

/// Checks every goal again over conventions, shifts and alpha/beta, and says what flips it.
///
/// A scenario that cannot be made (no PTV is drawn, say) is named with the reason, and counts neither way.
///
/// # Errors
/// As [`check`](super::check()).
pub fn would_it_flip(
    case: &Case,
    protocol: &Protocol,
    options: &CheckOptions,
    flip: &FlipOptions,
    progress: &Progress,
) -> Result<Flips, CheckError> {
    for ab in &flip.alpha_beta_gy {
        crate::error::positive("alpha/beta in Gy", *ab)?;
    }
    for length in &flip.shifts_mm {
        crate::error::positive("shift in mm", *length)?;
    }
    for length in &flip.margins_mm {
        crate::error::positive("margin in mm", *length)?;
    }
    let treatment = treatment(case, options)?;
    let task = Task::new(protocol, options, &treatment)?;
    let asked: Vec<&Goal> = task.goals.iter().map(|(goal, _)| goal).collect();
    let wanted: Vec<Wanted> = asked.iter().map(|goal| Wanted::from(*goal)).collect();
    let mut base = Checker::new(case, options, &treatment, progress);
    base.prepare(&wanted)?;
    let results = |checker: &Checker<'_>, change: Option<&Change>| {
        let all = task.goals.iter().map(|(goal, applicability)| {
            let goal = change.map_or_else(|| goal.clone(), |change| change.applied(goal));
            let measured = checker.measure(&Wanted::from(&goal))?;
            Ok(GoalResult::of(&goal, None, &measured, applicability))
        });
        all.collect::<Result<Vec<GoalResult>, CheckError>>()
    };
    let judged = results(&base, None)?;
    let changes = Change::all(options, flip, &asked);
    let wanted: Vec<Place> = changes.iter().filter_map(Change::place).collect();
    let mut elsewhere = base.elsewhere(&wanted)?.into_iter();
    let places: Vec<Option<Checker<'_>>> = changes
        .iter()
        .map(|change| change.place().and_then(|_| elsewhere.next()))
        .collect();
    let outcomes: Vec<Vec<GoalResult>> = changes
        .par_iter()
        .zip(&places)
        .map(|(change, place)| {
            if let Some(place) = place {
                let found = results(place, Some(change))?;
                return near_limits(place, change, (&asked, &judged), found, results);
            }
            let concerned: Vec<Wanted> = asked
                .iter()
                .filter(|goal| change.concerns(goal))
                .map(|goal| Wanted::from(&change.applied(goal)))
                .collect();
            let options = change.options(options);
            let mut checker = Checker::new(case, &options, &treatment, progress);
            checker.take_whole(&base);
            if change.keeps_dvhs() {
                checker.take_found(&base);
                checker.take_dvhs(&base);
            }
            if let Some(mm) = change.margin() {
                checker.take_found_with_margin(&base, mm)?;
            }
            checker.prepare(&concerned)?;
            results(&checker, Some(change))
        })
        .collect::<Result<_, CheckError>>()?;
    let (there, left_out) = asked_of(&task, &base, &judged)?;
    let drawn = judged.iter().enumerate().filter(|(index, _)| there[*index]);
    let goals = drawn.map(|(index, as_checked)| {
        let goal = &task.goals[index].0;
        let (mut scenarios, mut not_evaluable) = (Vec::new(), Vec::new());
        let concerning = changes.iter().zip(&outcomes);
        for (change, outcome) in concerning.filter(|(change, _)| change.concerns(goal)) {
            let found = &outcome[index];
            let (group, name) = (change.group(), change.name(goal));
            // What cannot be made says nothing about the goal.
            if found.verdict == Verdict::NotEvaluable {
                not_evaluable.push(NoScenario {
                    group,
                    name,
                    reason: found.reason.clone().unwrap_or_default(),
                });
                continue;
            }
            scenarios.push(Scenario {
                group,
                name,
                value: found.value,
                verdict: found.verdict,
                flips: found.verdict.passes() != as_checked.verdict.passes(),
            });
        }
        GoalFlips::of(as_checked, scenarios, not_evaluable)
    });
    Ok(Flips {
        schema: FLIP_SCHEMA,
        version: crate::provenance::VERSION,
        intended_use: crate::provenance::INTENDED_USE,
        protocol: task.protocol.id.clone(),
        goals: goals.collect(),
        left_out,
        provenance: noted(case, &task.protocol, options, flip, &treatment),
    })
}

/// Which goals are asked, and those that are not.
fn asked_of(
    task: &Task<'_>,
    checker: &Checker<'_>,
    judged: &[GoalResult],
) -> Result<(Vec<bool>, Vec<LeftOut>), CheckError> {
    let (mut asked, mut left_out) = (Vec::new(), task.left_out.clone());
    for ((goal, _), as_checked) in task.goals.iter().zip(judged) {
        let is_left_out = checker.is_left_out(&Wanted::from(goal))?;
        if is_left_out {
            let reason = as_checked.reason.clone().unwrap_or_default();
            left_out.push(LeftOut::of(goal, reason));
        }
        asked.push(!is_left_out);
    }
    Ok((asked, left_out))
}

/// The results at another place, those near a limit by DVHs made anew: there points do not decide.
fn near_limits<'c>(
    place: &Checker<'c>,
    change: &Change,
    (goals, as_checked): (&[&Goal], &[GoalResult]),
    mut found: Vec<GoalResult>,
    results: impl Fn(&Checker<'c>, Option<&Change>) -> Result<Vec<GoalResult>, CheckError>,
) -> Result<Vec<GoalResult>, CheckError> {
    let is_near = |index: usize| is_near(goals[index], &as_checked[index], &found[index]);
    let near: Vec<usize> = (0..found.len()).filter(|index| is_near(*index)).collect();
    if let (Some(shift), false) = (change.shift_mm(), near.is_empty()) {
        let wanted = near
            .iter()
            .map(|index| Wanted::from(&change.applied(goals[*index])));
        let anew = place.made_anew(&wanted.collect::<Vec<_>>(), shift)?;
        for (index, exact) in results(&anew, Some(change))?.into_iter().enumerate() {
            if near.contains(&index) {
                found[index] = exact;
            }
        }
    }
    Ok(found)
}

/// Whether one of a goal's limits is as near to a value that points gave as points may be wrong: by no more than what they
/// say that the move changes, and a few times the numerical error.
fn is_near(goal: &Goal, as_checked: &GoalResult, found: &GoalResult) -> bool {
    /// Numerical errors that the limit must be away.
    const ERRORS: f64 = 3.0;
    let Some((value, here)) = found.value.zip(as_checked.value) else {
        return false;
    };
    let reach = (value - here).abs() + ERRORS * found.uncertainty.unwrap_or(0.0);
    let mut levels = goal.levels.iter();
    levels.any(|level| (value - level.limit).abs() <= reach)
}

/// What went in, with what was varied.
fn noted(
    case: &Case,
    protocol: &Protocol,
    options: &CheckOptions,
    flip: &FlipOptions,
    treatment: &Treatment,
) -> Provenance {
    let mut made = provenance(case, protocol, options, treatment);
    for (name, values) in [
        ("shifts_mm", &flip.shifts_mm),
        ("margins_mm", &flip.margins_mm),
        ("alpha_beta_gy", &flip.alpha_beta_gy),
    ] {
        let values: Vec<String> = values.iter().map(ToString::to_string).collect();
        made.settings.push((name.to_owned(), values.join(", ")));
    }
    made
}

impl GoalFlips {
    fn of(
        as_checked: &GoalResult,
        scenarios: Vec<Scenario>,
        not_evaluable: Vec<NoScenario>,
    ) -> Self {
        let mut flipped_by = Vec::new();
        for one in scenarios.iter().filter(|one| one.flips) {
            if !flipped_by.contains(&one.group) {
                flipped_by.push(one.group);
            }
        }
        let met = scenarios.iter().filter(|one| one.verdict.passes()).count();
        let values = || {
            scenarios
                .iter()
                .filter_map(|one| one.value)
                .chain(as_checked.value)
        };
        let range = values().reduce(f64::min).zip(values().reduce(f64::max));
        // As checked is one of the scenarios.
        let all = scenarios.len() + 1;
        let met = met + usize::from(as_checked.verdict.passes());
        Self {
            id: as_checked.id.clone(),
            title: as_checked.title.clone(),
            unit: as_checked.unit,
            dose: as_checked.dose.clone(),
            value: as_checked.value,
            verdict: as_checked.verdict,
            met_fraction: (as_checked.verdict != Verdict::NotEvaluable)
                .then(|| met as f64 / all as f64),
            flipped_by,
            range,
            scenarios,
            not_evaluable,
        }
    }
}
