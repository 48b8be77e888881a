//! Would it flip? Every goal again over the conventions in which systems differ, over shifts, over alpha/beta.

use super::check::{Task, treatment};
use super::evaluate::{Checker, Wanted};
use super::report::GoalResult;
use super::{
    CheckError, CheckOptions, Comparator, DoseBasis, Goal, Measure, Protocol, Role, Verdict,
};
use crate::case::Case;
use crate::progress::Progress;
use crate::structure::{BetweenPlanes, EndCaps};
use rayon::prelude::*;
use serde::Serialize;

/// Name and version of the JSON schema.
pub const FLIP_SCHEMA: &str = "hepadose/flip/1";

/// What is varied.
#[derive(Debug, Clone, PartialEq)]
pub struct FlipOptions {
    /// Lengths of rigid shifts in mm, each along both senses of x, y and z.
    pub shifts_mm: Vec<f64>,
    /// Values of alpha/beta in gray for goals in BED or EQD2.
    pub alpha_beta_gy: Vec<f64>,
}

impl Default for FlipOptions {
    fn default() -> Self {
        Self {
            shifts_mm: vec![1.0, 2.0, 3.0],
            alpha_beta_gy: Vec::new(),
        }
    }
}

/// A goal under one other convention.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Scenario {
    /// What kind of change: `end_caps`, `between_planes`, `subtract`, `comparator`, `shift`, `alpha_beta`.
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
    /// Its value as checked.
    pub value: Option<f64>,
    /// Its verdict as checked.
    pub verdict: Verdict,
    /// Share of scenarios in which it is met.
    pub met_fraction: f64,
    /// The groups of changes that flip it.
    pub flipped_by: Vec<&'static str>,
    /// Least and highest value over all scenarios.
    pub range: Option<(f64, f64)>,
    /// All scenarios.
    pub scenarios: Vec<Scenario>,
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
}

/// A change of one convention.
#[derive(Debug, Clone)]
enum Change {
    EndCaps(EndCaps),
    BetweenPlanes(BetweenPlanes),
    Subtract(Role),
    Comparator,
    Shift([f64; 3]),
    AlphaBeta(f64),
}

impl Change {
    const fn group(&self) -> &'static str {
        match self {
            Self::EndCaps(_) => "end_caps",
            Self::BetweenPlanes(_) => "between_planes",
            Self::Subtract(_) => "subtract",
            Self::Comparator => "comparator",
            Self::Shift(_) => "shift",
            Self::AlphaBeta(_) => "alpha_beta",
        }
    }

    fn name(&self, goal: &Goal) -> String {
        match self {
            Self::EndCaps(caps) => format!("end caps {}", caps.name()),
            Self::BetweenPlanes(policy) => format!("between planes {}", policy.name()),
            Self::Subtract(role) => format!("{role} taken out instead of GTV"),
            Self::Comparator => {
                let level = goal.deciding_level().map(|level| other(level.comparator));
                format!(
                    "{} instead of as printed",
                    level.map_or("", Comparator::symbol)
                )
            }
            Self::Shift([x, y, z]) => format!("structures moved by ({x}, {y}, {z}) mm"),
            Self::AlphaBeta(ab) => format!("alpha/beta {ab} Gy"),
        }
    }

    /// Whether it can change anything for a goal.
    fn concerns(&self, goal: &Goal) -> bool {
        let read_from_dose = goal.metric != Measure::PrescriptionBed;
        match self {
            Self::EndCaps(_) | Self::BetweenPlanes(_) | Self::Shift(_) => read_from_dose,
            Self::Subtract(_) => goal.structure.name().ends_with("-GTV"),
            Self::Comparator => true,
            Self::AlphaBeta(_) => !read_from_dose || goal.dose != DoseBasis::Physical,
        }
    }

    fn applied(&self, goal: &Goal) -> Goal {
        let mut goal = goal.clone();
        match self {
            Self::Comparator => {
                for level in &mut goal.levels {
                    level.comparator = other(level.comparator);
                }
            }
            Self::AlphaBeta(ab) => goal.alpha_beta_gy = Some(*ab),
            _ => {}
        }
        goal
    }
}

/// The strict comparator of one that is not, and the other way round.
const fn other(comparator: Comparator) -> Comparator {
    match comparator {
        Comparator::Below => Comparator::AtMost,
        Comparator::AtMost => Comparator::Below,
        Comparator::Above => Comparator::AtLeast,
        Comparator::AtLeast => Comparator::Above,
    }
}

fn changes(options: &CheckOptions, flip: &FlipOptions) -> Vec<Change> {
    let mut all = Vec::new();
    for caps in [EndCaps::HalfSlice, EndCaps::None, EndCaps::Rounded] {
        if caps != options.dvh.end_caps {
            all.push(Change::EndCaps(caps));
        }
    }
    for policy in [BetweenPlanes::Prism, BetweenPlanes::Shape] {
        if policy != options.dvh.between_planes {
            all.push(Change::BetweenPlanes(policy));
        }
    }
    for kind in ["CTV", "PTV"] {
        // These two names always parse.
        all.extend(kind.parse().ok().map(Change::Subtract));
    }
    all.push(Change::Comparator);
    for length in &flip.shifts_mm {
        for axis in 0..3 {
            for sign in [-1.0, 1.0] {
                let mut shift = [0.0; 3];
                shift[axis] = sign * length;
                all.push(Change::Shift(shift));
            }
        }
    }
    all.extend(flip.alpha_beta_gy.iter().map(|ab| Change::AlphaBeta(*ab)));
    all
}

/// Checks every goal again over conventions, shifts and alpha/beta, and says what flips it.
///
/// A scenario that cannot be made (no PTV is drawn, say) is left out for that goal.
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
    let treatment = treatment(case, options)?;
    let task = Task::new(protocol, options, &treatment)?;
    let wanted: Vec<Wanted> = task
        .goals
        .iter()
        .map(|(goal, _)| Wanted::from(goal))
        .collect();
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
    let changes = changes(options, flip);
    let outcomes: Vec<Vec<GoalResult>> = changes
        .par_iter()
        .map(|change| {
            let concerned: Vec<Wanted> = task
                .goals
                .iter()
                .filter(|(goal, _)| change.concerns(goal))
                .map(|(goal, _)| Wanted::from(&change.applied(goal)))
                .collect();
            let mut options = options.clone();
            let mut moved = None;
            match change {
                Change::EndCaps(caps) => options.dvh.end_caps = *caps,
                Change::BetweenPlanes(policy) => options.dvh.between_planes = *policy,
                Change::Subtract(role) => options.subtract = role.clone(),
                // Structures moved one way are a dose moved the other way.
                Change::Shift(shift) => {
                    let back = shift.map(|component| -component);
                    let dose = case.dose.as_ref().and_then(|dose| dose.moved(back).ok());
                    moved = Some(Case {
                        dose,
                        ..Case::default()
                    });
                }
                Change::Comparator | Change::AlphaBeta(_) => {}
            }
            let mut checker = Checker::new(
                moved.as_ref().unwrap_or(case),
                &options,
                &treatment,
                progress,
            );
            match change {
                Change::EndCaps(_) | Change::BetweenPlanes(_) | Change::Subtract(_) => {}
                Change::Shift(_) => checker.take_found(&base),
                Change::Comparator | Change::AlphaBeta(_) => {
                    checker.take_found(&base);
                    checker.take_dvhs(&base);
                }
            }
            checker.prepare(&concerned)?;
            results(&checker, Some(change))
        })
        .collect::<Result<_, CheckError>>()?;
    let goals = judged.iter().enumerate().map(|(index, as_checked)| {
        let goal = &task.goals[index].0;
        let scenarios = changes
            .iter()
            .zip(&outcomes)
            .filter(|(change, _)| change.concerns(goal))
            .map(|(change, outcome)| {
                let found = &outcome[index];
                Scenario {
                    group: change.group(),
                    name: change.name(goal),
                    value: found.value,
                    verdict: found.verdict,
                    flips: found.verdict.passes() != as_checked.verdict.passes(),
                }
            })
            // What cannot be made says nothing about the goal, unless the goal itself was not evaluable.
            .filter(|one| one.verdict != Verdict::NotEvaluable)
            .collect();
        GoalFlips::of(as_checked, scenarios)
    });
    Ok(Flips {
        schema: FLIP_SCHEMA,
        version: crate::provenance::VERSION,
        intended_use: crate::provenance::INTENDED_USE,
        protocol: task.protocol.id.clone(),
        goals: goals.collect(),
    })
}

impl GoalFlips {
    fn of(as_checked: &GoalResult, scenarios: Vec<Scenario>) -> Self {
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
            value: as_checked.value,
            verdict: as_checked.verdict,
            met_fraction: met as f64 / all as f64,
            flipped_by,
            range,
            scenarios,
        }
    }
}
