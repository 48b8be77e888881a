//! What would pass: the largest scale of the dose at which all mandatory goals still hold, and which goal binds.
//!
//! The dose is scaled at its fractions, and the prescription with it. A limit on physical dose is followed on the DVH
//! itself (`V(d)` of a dose times s is `V(d / s)`); where the model is not linear (BED, EQD2) each scale is a
//! calculation of its own. What the search finds is confirmed, and where needed refined, by a DVH that is calculated
//! anew from the scaled dose. On a plateau of the curve there is no scale at which the limit is met exactly: then the
//! last scale that holds and the first that does not are given.

mod search;

use super::check::{Task, treatment};
use super::evaluate::{Checker, Wanted};
use super::settings::provenance;
use super::{CheckError, CheckOptions, Goal, LeftOut, Level, Protocol, Treatment, Undrawn};
use crate::case::Case;
use crate::progress::Progress;
use crate::provenance::Provenance;
use search::Search;
use serde::Serialize;

/// Name and version of the JSON schema.
pub const ISOTOXIC_SCHEMA: &str = "hepadose/isotoxic/1";
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
    /// Whether all its goals hold; nothing where one is not evaluable and none of the others fails.
    pub holds: Option<bool>,
}

/// A goal of a tier.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TierGoal {
    /// The goal's short name.
    pub id: String,
    /// Its value at the tier's prescription, where there is one.
    pub value: Option<f64>,
    /// Why there is none.
    pub reason: Option<String>,
    /// Its limit.
    pub limit: f64,
    /// Whether it holds, where that is known.
    pub holds: Option<bool>,
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
    /// Estimated numerical error of that value: a check at this scale is within it of the limit.
    pub binding_uncertainty: Option<f64>,
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
    /// Goals that were not asked, as in a check: the answer says nothing of them.
    pub left_out: Vec<LeftOut>,
    /// Tiers, where the protocol has such goals and one prescription is known.
    pub tiers: Vec<Tier>,
    /// The highest prescription whose tier holds.
    pub best_tier_gy: Option<f64>,
    /// Settings, input hashes and sources.
    pub provenance: Provenance,
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
    let mut found = Isotoxic::empty(
        protocol,
        &treatment,
        provenance(case, protocol, options, &treatment),
    );
    found.left_out.clone_from(&task.left_out);
    found.tiers = search.tiers(&tiered)?;
    found.best_tier_gy = found
        .tiers
        .iter()
        .filter(|tier| tier.holds == Some(true))
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
            Err((reason, true)) if options.undrawn == Undrawn::LeftOut => {
                found.left_out.push(LeftOut::of(goal, reason));
            }
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

impl Isotoxic {
    fn empty(protocol: &Protocol, treatment: &Treatment, provenance: Provenance) -> Self {
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
            binding_uncertainty: None,
            binding_limit: None,
            broken_at: None,
            plateau: false,
            reason: String::new(),
            goals: Vec::new(),
            not_evaluable: Vec::new(),
            left_out: Vec::new(),
            tiers: Vec::new(),
            best_tier_gy: None,
            provenance,
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
        if let Some(scale) = self.scale
            && let Ok((_, uncertainty)) = search.fresh_with_error(goal, scale)?
        {
            self.binding_uncertainty = uncertainty;
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
