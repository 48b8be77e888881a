//! The result of a check, for people and as JSON (`hepadose/check/1`).

use super::evaluate::Measured;
use super::file::{Caveat, Protocol};
use super::{Approval, Comparator, Goal, LevelName, Measure, RiskPoint, Role, Source, Verdict};
use crate::citation::{Evidence, Reference, reference};
use crate::provenance::{INTENDED_USE, Provenance, VERSION};
use serde::Serialize;

/// Name and version of the JSON schema.
pub const SCHEMA: &str = "hepadose/check/1";

/// How a structure was come by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// Found by its name.
    Drawn,
    /// Named by the user's mapping.
    Mapped,
    /// Made from other structures.
    Derived,
}

/// A ROI that was taken out of the liver.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Subtracted {
    /// Its name.
    pub name: String,
    /// Its number in the structure set.
    pub number: Option<i32>,
    /// How much of it lies in the liver, in cc.
    pub volume_inside_cc: f64,
}

/// A structure that goals were read from.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct StructureUsed {
    /// What it stands for.
    pub role: Role,
    /// Its name; a derived one shows what went into it.
    pub name: String,
    /// Its number in the structure set; derived structures have none.
    pub number: Option<i32>,
    /// How it was come by.
    pub origin: Origin,
    /// Volume in cc.
    pub volume_cc: f64,
    /// Share of it inside the dose grid, once a dose was read in it.
    pub covered_fraction: Option<f64>,
    /// What was taken out, each with its volume inside the liver; they may overlap.
    pub subtracted: Vec<Subtracted>,
    /// Doubts that a person should know of.
    pub warnings: Vec<String>,
}

/// One level of a goal against the value.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LevelResult {
    /// Its weight.
    pub name: LevelName,
    /// How the value is compared.
    pub comparator: Comparator,
    /// The limit in the goal's unit.
    pub limit: f64,
    /// How far the value is on the right side; negative on the wrong one.
    pub margin: Option<f64>,
    /// The same in per cent of the limit.
    pub margin_percent: Option<f64>,
    /// What came of it.
    pub verdict: Verdict,
}

/// Where a goal comes from, and what its own wording says of this plan.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SourceResult {
    /// The source.
    #[serde(flatten)]
    pub source: Source,
    /// The verdict on the limit as the source prints it, where that can be said.
    pub verdict_as_printed: Option<Verdict>,
}

/// What came of one goal.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct GoalResult {
    /// The goal's short name.
    pub id: String,
    /// One line for tables.
    pub title: String,
    /// What it speaks of.
    pub structure: Role,
    /// Name of the ROI or derived structure that was used.
    pub structure_name: Option<String>,
    /// What was measured, in canonical TG-263 form.
    pub metric: Measure,
    /// The dose that it was read from, in words.
    pub dose: String,
    /// The value in `unit`; absent with a reason.
    pub value: Option<f64>,
    /// Least possible value where the dose grid ends inside the structure.
    pub lower_bound: Option<f64>,
    /// Highest possible value where the dose grid ends inside the structure.
    pub upper_bound: Option<f64>,
    /// Estimated numerical error of the value.
    pub uncertainty: Option<f64>,
    /// Unit of value, limits and margins.
    pub unit: &'static str,
    /// Whether the plan fails where this goal is missed.
    pub mandatory: bool,
    /// Comparator of the level that decides.
    pub comparator: Comparator,
    /// Limit of the level that decides.
    pub limit: f64,
    /// How far the value is on the right side of that limit.
    pub margin: Option<f64>,
    /// The same in per cent of the limit.
    pub margin_percent: Option<f64>,
    /// What came of it.
    pub verdict: Verdict,
    /// Whether no dose in this structure could keep the limit.
    pub unsatisfiable: bool,
    /// Why, where a verdict alone does not say it.
    pub reason: Option<String>,
    /// The level of most ambition that is met.
    pub best_level_met: Option<LevelName>,
    /// All levels.
    pub levels: Vec<LevelResult>,
    /// How well its best source was seen.
    pub evidence: Evidence,
    /// What the limit guards against or aims at.
    pub endpoint: Option<String>,
    /// What to read beside the verdict.
    pub caveats: Vec<String>,
    /// Where the goal comes from.
    pub sources: Vec<SourceResult>,
}

/// A goal that was not judged.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LeftOut {
    /// The goal's short name.
    pub id: String,
    /// One line for tables.
    pub title: String,
    /// Why it was left out.
    pub reason: String,
}

impl LeftOut {
    pub(super) fn of(goal: &Goal, reason: String) -> Self {
        Self {
            id: goal.id.clone(),
            title: goal.title.clone(),
            reason,
        }
    }
}

/// A point at which a source states a risk, beside the value of this plan.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RiskPointResult {
    /// What the source says.
    #[serde(flatten)]
    pub point: RiskPoint,
    /// Unit of both values.
    pub unit: &'static str,
    /// The value of this plan, where there is one.
    pub plan_value: Option<f64>,
}

impl RiskPointResult {
    pub(super) fn of(point: &RiskPoint, measured: &Measured) -> Self {
        Self {
            point: point.clone(),
            unit: point.metric.unit(),
            plan_value: match measured {
                Measured::Metric { metric, .. } => metric.value.as_ref().ok().copied(),
                Measured::Number { value, .. } => Some(*value),
                Measured::Nothing(_) => None,
            },
        }
    }
}

/// The protocol as far as a report names it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ProtocolName {
    /// Its short name.
    pub id: String,
    /// One line for tables.
    pub title: String,
    /// Its version.
    pub version: String,
    /// SHA-256 of its content.
    pub sha256: String,
    /// What it is for, in words.
    pub disease: Option<String>,
    /// Who approved it for clinical use.
    pub approval: Option<Approval>,
}

impl From<&Protocol> for ProtocolName {
    fn from(protocol: &Protocol) -> Self {
        Self {
            id: protocol.id.clone(),
            title: protocol.title.clone(),
            version: protocol.version.clone(),
            sha256: protocol.sha256.clone(),
            disease: protocol.applies_to.disease.clone(),
            approval: protocol.approval.clone(),
        }
    }
}

/// What came of checking a case against a protocol.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Report {
    /// `hepadose/check/1`.
    pub schema: &'static str,
    /// Version of the program.
    pub version: &'static str,
    /// What the result may be used for.
    pub intended_use: &'static str,
    /// The protocol.
    pub protocol: ProtocolName,
    /// The worst of the mandatory goals; not evaluable where nothing is.
    pub verdict: Verdict,
    /// Whether every mandatory goal is met and anything was evaluable at all.
    pub all_mandatory_met: bool,
    /// Why the verdict is what it is, in one line.
    pub reason: String,
    /// The goals in the protocol's order.
    pub results: Vec<GoalResult>,
    /// Goals that were not judged, with reasons.
    pub left_out: Vec<LeftOut>,
    /// Points of dose-response curves that annotate; never goals.
    pub risk_points: Vec<RiskPointResult>,
    /// The structures that were used.
    pub structures: Vec<StructureUsed>,
    /// Number of fractions that the check took.
    pub fractions: Option<u32>,
    /// Prescribed total doses in gray that the check took, ascending.
    pub prescriptions_gy: Vec<f64>,
    /// Doubts that a person should know of.
    pub warnings: Vec<String>,
    /// What to read beside the verdicts.
    pub caveats: Vec<Caveat>,
    /// The references that goals and caveats name.
    pub references: Vec<&'static Reference>,
    /// Settings, input hashes and sources.
    pub provenance: Provenance,
}

impl Report {
    /// Puts the goals' results together.
    pub(super) fn new(
        protocol: &Protocol,
        results: Vec<GoalResult>,
        left_out: Vec<LeftOut>,
    ) -> Self {
        let (verdict, reason) = overall(&results, left_out.len());
        let mut report = Self {
            schema: SCHEMA,
            version: VERSION,
            intended_use: INTENDED_USE,
            protocol: protocol.into(),
            verdict,
            all_mandatory_met: verdict.passes(),
            reason,
            results,
            left_out,
            risk_points: Vec::new(),
            structures: Vec::new(),
            fractions: None,
            prescriptions_gy: Vec::new(),
            warnings: protocol.doubts.clone(),
            caveats: protocol.caveats.clone(),
            references: Vec::new(),
            provenance: Provenance::new(),
        };
        let of_goals = protocol.goals.iter().flat_map(|goal| &goal.sources);
        let keys = of_goals.map(|source| &source.key);
        for key in keys.chain(protocol.caveats.iter().map(|caveat| &caveat.source)) {
            if !report.provenance.sources.contains(key) {
                report.provenance.sources.push(key.clone());
                report.references.extend(reference(key));
            }
        }
        report
    }

    /// 0 when all mandatory goals are met, else 1.
    pub const fn exit_code(&self) -> u8 {
        if self.all_mandatory_met { 0 } else { 1 }
    }

    /// The report as JSON of schema `hepadose/check/1`; absent numbers are null.
    ///
    /// # Errors
    /// None in practice: the report holds nothing that JSON cannot.
    pub fn to_json(&self) -> Result<String, serde_json::Error> {
        serde_json::to_string_pretty(self)
    }
}

/// The worst of the mandatory goals. A protocol of which nothing is evaluable does not pass.
fn overall(results: &[GoalResult], left_out: usize) -> (Verdict, String) {
    const FROM_WORST: [Verdict; 4] = [
        Verdict::NotMet,
        Verdict::NotEvaluable,
        Verdict::WithinUncertainty,
        Verdict::MetApplicabilityNotConfirmed,
    ];
    if results.is_empty() && left_out > 0 {
        let reason = "no goal is left: those of the protocol were left out, each with a reason";
        return (Verdict::NotEvaluable, reason.to_owned());
    }
    if results
        .iter()
        .all(|goal| goal.verdict == Verdict::NotEvaluable)
    {
        return (
            Verdict::NotEvaluable,
            "no goal could be evaluated".to_owned(),
        );
    }
    let mandatory: Vec<&GoalResult> = results.iter().filter(|goal| goal.mandatory).collect();
    for verdict in FROM_WORST {
        let ids: Vec<&str> = mandatory
            .iter()
            .filter(|goal| goal.verdict == verdict)
            .map(|goal| &goal.id[..])
            .collect();
        if !ids.is_empty() {
            return (verdict, format!("{verdict}: {}", ids.join(", ")));
        }
    }
    let reason = match mandatory.len() {
        0 => {
            return (
                Verdict::NotEvaluable,
                "no goal decides: the protocol has no mandatory level".to_owned(),
            );
        }
        1 => "the mandatory goal is met".to_owned(),
        n => format!("all {n} mandatory goals are met"),
    };
    (Verdict::Met, reason)
}
