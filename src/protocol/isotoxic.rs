//! What would pass: the largest scale of the dose at which all mandatory goals still hold, and which goal binds.
//!
//! The dose is scaled at its fractions, and the prescription with it. A limit on physical dose is followed on the DVH
//! itself (`V(d)` of a dose times s is `V(d / s)`); where the model is not linear (BED, EQD2) each scale is a
//! calculation of its own. What the search finds is confirmed, and where needed refined, by a DVH that is calculated
//! anew from the scaled dose. On a plateau of the curve there is no scale at which the limit is met exactly: then the
//! last scale that holds and the first that does not are given.

use super::check::{Task, treatment};
use super::evaluate::{Checker, Measured, Wanted};
use super::{CheckError, CheckOptions, DoseBasis, Goal, Level, Measure, Protocol, Treatment};
use crate::case::Case;
use crate::dvh::NotEvaluable;
use crate::progress::Progress;
use serde::Serialize;

/// Name and version of the JSON schema.
pub const ISOTOXIC_SCHEMA: &str = "hepadose/isotoxic/1";
/// Scales that are looked at: far beyond any treatment.
const SMALLEST: f64 = 1e-4;
const LARGEST: f64 = 1e4;
/// How near the two sides of a scale come, relative; a few units in the last place.
const SCALE_TOLERANCE: f64 = 4e-16;
/// How near its limit a fresh calculation has to be, relative.
const LIMIT_TOLERANCE: f64 = 1e-8;
/// Fresh calculations for the goal that binds, at most.
const REFINEMENTS: usize = 12;

/// Where a mandatory goal stops to hold.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct GoalScale {
    /// The goal's short name.
    pub id: String,
    /// One line for tables.
    pub title: String,
    /// The largest scale at which it holds; none where it holds at every scale, or at none.
    pub largest_scale: Option<f64>,
    /// The smallest scale at which it does not hold, a hair above.
    pub broken_at: Option<f64>,
    /// The smallest scale at which it holds, for a goal that asks for dose.
    pub smallest_scale: Option<f64>,
    /// Whether the value jumps over the limit there, so that no scale meets it exactly.
    pub plateau: bool,
    /// Whether it holds at no scale.
    pub never: bool,
}

/// One tier of a protocol that ties limits to prescriptions.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Tier {
    /// Its prescription in gray.
    pub prescription_gy: f64,
    /// The scale of the dose that gives it.
    pub scale: f64,
    /// Its goals, each with its value at that scale and whether it holds.
    pub goals: Vec<TierGoal>,
    /// Whether all its goals hold.
    pub holds: bool,
}

/// A goal of a tier.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TierGoal {
    /// The goal's short name.
    pub id: String,
    /// Its value at the tier's prescription.
    pub value: f64,
    /// Its limit.
    pub limit: f64,
    /// Whether it holds.
    pub holds: bool,
}

/// What would pass.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Isotoxic {
    /// `hepadose/isotoxic/1`.
    pub schema: &'static str,
    /// Version of the program.
    pub version: &'static str,
    /// What the result may be used for.
    pub intended_use: &'static str,
    /// Id of the protocol.
    pub protocol: String,
    /// Number of fractions.
    pub fractions: Option<u32>,
    /// The largest scale at which all mandatory goals hold; none where there is none, or no goal bounds it.
    pub scale: Option<f64>,
    /// The prescription in gray at that scale.
    pub prescription_gy: Option<f64>,
    /// The goal that binds.
    pub binding: Option<String>,
    /// Its value by a calculation from the dose at that scale.
    pub binding_value: Option<f64>,
    /// Its limit.
    pub binding_limit: Option<f64>,
    /// The next scale at which it does not hold.
    pub broken_at: Option<f64>,
    /// Whether the value jumps over the limit there.
    pub plateau: bool,
    /// Why the scale is what it is.
    pub reason: String,
    /// Every mandatory goal that could be followed.
    pub goals: Vec<GoalScale>,
    /// Mandatory goals that could not, with reasons: the answer does not hold for them.
    pub not_evaluable: Vec<(String, String)>,
    /// Tiers, where the protocol has such goals and one prescription is known.
    pub tiers: Vec<Tier>,
    /// The highest prescription whose tier holds.
    pub best_tier_gy: Option<f64>,
}

/// The largest scale of the dose at which all mandatory goals of a protocol still hold.
///
/// # Errors
/// As [`check`](super::check()).
pub fn isotoxic(
    case: &Case,
    protocol: &Protocol,
    options: &CheckOptions,
    progress: &Progress,
) -> Result<Isotoxic, CheckError> {
    let treatment = treatment(case, options)?;
    let task = Task::new(protocol, options, &treatment)?;
    let tiered: Vec<&Goal> = tiers_of(protocol, options);
    let mut wanted: Vec<Wanted> = task.wanted().collect();
    wanted.extend(tiered.iter().map(|goal| Wanted::from(*goal)));
    let mut checker = Checker::new(case, options, &treatment, progress);
    checker.prepare(&wanted)?;
    let search = Search {
        case,
        options,
        progress,
        treatment: &treatment,
        checker: &checker,
    };
    let mut found = Isotoxic::empty(protocol, &treatment);
    found.tiers = search.tiers(&tiered)?;
    found.best_tier_gy = found
        .tiers
        .iter()
        .filter(|tier| tier.holds)
        .map(|tier| tier.prescription_gy)
        .reduce(f64::max);
    if let [against, ..] = &task.applicability.against[..] {
        found.reason.clone_from(against);
        return Ok(found);
    }
    let mut decisive: Vec<(&Goal, &Level)> = Vec::new();
    for (goal, _) in &task.goals {
        let Some(level) = goal.deciding_level().filter(|_| goal.is_mandatory()) else {
            continue;
        };
        let note = task
            .conversion
            .as_ref()
            .and_then(|one| one.notes.get(&goal.id));
        if let Some(Err(reason)) = note {
            found.not_evaluable.push((goal.id.clone(), reason.clone()));
            continue;
        }
        match search.limits(goal, level)? {
            Ok(scale) => {
                decisive.push((goal, level));
                found.goals.push(scale);
            }
            // What nobody drew is left out on request, as in a check.
            Err((_, true)) if options.undrawn == super::Undrawn::LeftOut => {}
            Err((reason, _)) => found.not_evaluable.push((goal.id.clone(), reason)),
        }
    }
    found.conclude(&search, &decisive)?;
    Ok(found)
}

/// Goals that belong to one prescription each.
fn tiers_of<'a>(protocol: &'a Protocol, options: &CheckOptions) -> Vec<&'a Goal> {
    let recalled = crate::citation::Evidence::Recalled;
    let tiered = protocol.goals.iter().filter(|goal| {
        let applies = &goal.applies_to;
        applies.prescription_min_gy.is_some()
            && applies.prescription_min_gy == applies.prescription_max_gy
            && (options.recalled || goal.evidence() != recalled)
    });
    tiered.collect()
}

/// A goal's value at a scale: the value, or why there is none and whether for want of a structure.
type Value = Result<f64, (String, bool)>;

struct Search<'a> {
    case: &'a Case,
    options: &'a CheckOptions,
    progress: &'a Progress,
    treatment: &'a Treatment,
    checker: &'a Checker<'a>,
}

impl Search<'_> {
    /// The value of a goal when the dose is scaled.
    fn value(&self, goal: &Goal, scale: f64) -> Result<Value, CheckError> {
        if goal.dose != DoseBasis::Physical || matches!(goal.metric, Measure::Index(_)) {
            return self.fresh(goal, scale);
        }
        match self.checker.measure(&Wanted::from(goal))? {
            Measured::Metric { dvh, .. } => {
                let Measure::Dvh(spec) = goal.metric else {
                    return Ok(Err(("it is no DVH metric".to_owned(), false)));
                };
                let scaled = dvh.scaled(scale).map_err(|_| {
                    CheckError::NonPhysical(crate::error::NonPhysicalError {
                        quantity: "scale of the dose",
                        value: scale,
                        allowed: "a finite number above 0",
                    })
                })?;
                Ok(match scaled.metric(&spec).value {
                    Ok(value) => Ok(value),
                    // A structure that is too small meets the goal at no scale.
                    Err(NotEvaluable::StructureTooSmall {
                        asked_cc,
                        volume_cc,
                    }) => Err((
                        format!("unsatisfiable: {asked_cc} cc asked of {volume_cc:.1} cc"),
                        false,
                    )),
                    Err(reason) => Err((reason.to_string(), false)),
                })
            }
            Measured::Number { .. } if goal.metric == Measure::PrescriptionBed => {
                self.fresh(goal, scale)
            }
            // The effective volume is a mean over a dose that stays: linear.
            Measured::Number { value, .. } => Ok(Ok(scale * value)),
            Measured::Nothing(lack) => Ok(Err((lack.reason, lack.undrawn))),
        }
    }

    /// The value by a calculation from the scaled dose.
    fn fresh(&self, goal: &Goal, scale: f64) -> Result<Value, CheckError> {
        let Some(dose) = &self.case.dose else {
            return Ok(Err(("the case has no dose".to_owned(), false)));
        };
        let dose = match dose.scaled(scale) {
            Ok(dose) => dose,
            Err(error) => return Ok(Err((error.to_string(), false))),
        };
        let case = Case {
            dose: Some(dose),
            ..Case::default()
        };
        let treatment = Treatment {
            prescriptions_gy: self
                .treatment
                .prescriptions_gy
                .iter()
                .map(|dose| scale * dose)
                .collect(),
            ..self.treatment.clone()
        };
        let wanted = Wanted::from(goal);
        let mut checker = Checker::new(&case, self.options, &treatment, self.progress);
        checker.take_found(self.checker);
        checker.prepare(std::slice::from_ref(&wanted))?;
        Ok(match checker.measure(&wanted)? {
            Measured::Metric { metric, .. } => {
                metric.value.map_err(|reason| (reason.to_string(), false))
            }
            Measured::Number { value, .. } => Ok(value),
            Measured::Nothing(lack) => Err((lack.reason, lack.undrawn)),
        })
    }

    /// Between which scales a goal holds.
    fn limits(
        &self,
        goal: &Goal,
        level: &Level,
    ) -> Result<Result<GoalScale, (String, bool)>, CheckError> {
        let mut found = GoalScale {
            id: goal.id.clone(),
            title: goal.title.clone(),
            largest_scale: None,
            broken_at: None,
            smallest_scale: None,
            plateau: false,
            never: false,
        };
        let holds = |scale| -> Result<Result<bool, (String, bool)>, CheckError> {
            let value = self.value(goal, scale)?;
            Ok(value.map(|value| level.comparator.holds(value, level.limit)))
        };
        let (low, high) = match (holds(SMALLEST)?, holds(LARGEST)?) {
            (Ok(low), Ok(high)) => (low, high),
            (Err(reason), _) | (_, Err(reason)) => return Ok(Err(reason)),
        };
        if low == high {
            found.never = !low;
            return Ok(Ok(found));
        }
        // One side holds, the other does not; the metrics run one way with the scale.
        let (mut below, mut above) = (SMALLEST, LARGEST);
        while above - below > SCALE_TOLERANCE * above {
            let middle = if above > 2.0 * below {
                (below * above).sqrt()
            } else {
                0.5 * (below + above)
            };
            if middle <= below || middle >= above {
                break;
            }
            match holds(middle)? {
                Ok(held) if held == low => below = middle,
                Ok(_) => above = middle,
                Err(reason) => return Ok(Err(reason)),
            }
        }
        let (inside, outside) = if low { (below, above) } else { (above, below) };
        if let (Ok(last), Ok(next)) = (self.value(goal, inside)?, self.value(goal, outside)?) {
            // Where the curve is a line the two sides differ by rounding alone.
            found.plateau = (last - next).abs() > 1e-9 * level.limit.abs().max(last.abs());
        }
        if low {
            found.largest_scale = Some(below);
            found.broken_at = Some(above);
        } else {
            found.smallest_scale = Some(above);
        }
        Ok(Ok(found))
    }

    fn tiers(&self, goals: &[&Goal]) -> Result<Vec<Tier>, CheckError> {
        let [prescription] = self.treatment.prescriptions_gy[..] else {
            return Ok(Vec::new());
        };
        let mut tiers: Vec<Tier> = Vec::new();
        for goal in goals {
            let (Some(level), Some(at)) =
                (goal.deciding_level(), goal.applies_to.prescription_min_gy)
            else {
                continue;
            };
            let scale = at / prescription;
            let Ok(value) = self.value(goal, scale)? else {
                continue;
            };
            let holds = level.comparator.holds(value, level.limit);
            let index = tiers.iter().position(|tier| tier.prescription_gy == at);
            let index = index.unwrap_or_else(|| {
                tiers.push(Tier {
                    prescription_gy: at,
                    scale,
                    goals: Vec::new(),
                    holds: true,
                });
                tiers.len() - 1
            });
            tiers[index].holds &= holds;
            tiers[index].goals.push(TierGoal {
                id: goal.id.clone(),
                value,
                limit: level.limit,
                holds,
            });
        }
        tiers.sort_by(|a, b| b.prescription_gy.total_cmp(&a.prescription_gy));
        Ok(tiers)
    }

    /// A scale near `start` at which a calculation from the dose meets the limit and holds.
    fn refined(
        &self,
        goal: &Goal,
        level: &Level,
        start: f64,
    ) -> Result<Result<(f64, f64), String>, CheckError> {
        let mut scale = start;
        let mut before: Option<(f64, f64)> = None;
        let mut best: Option<(f64, f64)> = None;
        for _ in 0..REFINEMENTS {
            let value = match self.fresh(goal, scale)? {
                Ok(value) => value,
                Err((reason, _)) => return Ok(Err(reason)),
            };
            let off = value - level.limit;
            if level.comparator.holds(value, level.limit)
                && best.is_none_or(|(_, old)| (old - level.limit).abs() > off.abs())
            {
                best = Some((scale, value));
            }
            if let Some((_, value)) = best
                && (value - level.limit).abs() <= LIMIT_TOLERANCE * level.limit.abs()
            {
                break;
            }
            // A secant through the last two; at first the proportion that holds for a dose.
            let slope = match before {
                Some((other, other_off)) if other != scale => (off - other_off) / (scale - other),
                _ => 1e-7,
            };
            before = Some((scale, off));
            let aim = 0.25 * LIMIT_TOLERANCE * level.limit.abs();
            let aim = if level.comparator.wants_high() {
                aim
            } else {
                -aim
            };
            let next = if before.is_some() && slope.is_finite() && slope.abs() > 1e-6 {
                scale - (off - aim) / slope
            } else {
                scale * (1.0 - 1e-7)
            };
            scale = next.clamp(0.999 * start, 1.001 * start);
        }
        Ok(best.ok_or_else(|| "no scale near it holds when calculated anew".to_owned()))
    }
}

impl Isotoxic {
    fn empty(protocol: &Protocol, treatment: &Treatment) -> Self {
        Self {
            schema: ISOTOXIC_SCHEMA,
            version: crate::provenance::VERSION,
            intended_use: crate::provenance::INTENDED_USE,
            protocol: protocol.id.clone(),
            fractions: treatment.fractions,
            scale: None,
            prescription_gy: None,
            binding: None,
            binding_value: None,
            binding_limit: None,
            broken_at: None,
            plateau: false,
            reason: String::new(),
            goals: Vec::new(),
            not_evaluable: Vec::new(),
            tiers: Vec::new(),
            best_tier_gy: None,
        }
    }

    /// Takes the tightest of all goals and confirms it from the dose.
    fn conclude(
        &mut self,
        search: &Search<'_>,
        decisive: &[(&Goal, &Level)],
    ) -> Result<(), CheckError> {
        if let Some(never) = self.goals.iter().find(|goal| goal.never) {
            self.reason = format!("{} holds at no scale of the dose", never.id);
            return Ok(());
        }
        let bounds = self.goals.iter().zip(decisive);
        let tightest = bounds
            .filter_map(|(goal, of)| Some((goal, of, goal.largest_scale?)))
            .min_by(|a, b| a.2.total_cmp(&b.2));
        let Some((tightest, (goal, level), largest)) = tightest else {
            self.reason = String::from("no mandatory goal that could be evaluated bounds the dose");
            return Ok(());
        };
        let wanting = self
            .goals
            .iter()
            .find(|goal| goal.smallest_scale.is_some_and(|s| s > largest));
        if let Some(wanting) = wanting {
            self.reason = format!(
                "no scale holds for all: {} asks for at least {:.6}, {} for at most {largest:.6}",
                wanting.id,
                wanting.smallest_scale.unwrap_or_default(),
                tightest.id
            );
            return Ok(());
        }
        self.plateau = tightest.plateau;
        self.broken_at = tightest.broken_at;
        self.binding = Some(tightest.id.clone());
        self.binding_limit = Some(level.limit);
        let id = tightest.id.clone();
        if self.plateau {
            self.scale = Some(largest);
            self.binding_value = search.value(goal, largest)?.ok();
            self.reason = format!(
                "{id} binds; its value jumps over the limit between the scales {largest} and {}",
                self.broken_at.unwrap_or(largest)
            );
        } else {
            match search.refined(goal, level, largest)? {
                Ok((scale, value)) => {
                    self.scale = Some(scale);
                    self.binding_value = Some(value);
                    self.reason = format!("{id} binds");
                }
                Err(reason) => self.reason = format!("{id} binds, but {reason}"),
            }
        }
        if let ([prescription], Some(scale)) = (&search.treatment.prescriptions_gy[..], self.scale)
        {
            self.prescription_gy = Some(scale * prescription);
        }
        if !self.not_evaluable.is_empty() {
            let ids: Vec<&str> = self.not_evaluable.iter().map(|(id, _)| &id[..]).collect();
            self.reason = format!(
                "{}; it does not hold for goals that are not evaluable: {}",
                self.reason,
                ids.join(", ")
            );
        }
        Ok(())
    }
}
