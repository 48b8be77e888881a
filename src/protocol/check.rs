//! Checking a case against protocols.

use super::applies::Applicability;
use super::convert::{Converted, converted};
use super::evaluate::{Checker, Measured, Wanted};
use super::family::nearest;
use super::finding::involved;
use super::report::{GoalResult, LeftOut, Report, RiskPointResult};
use super::settings::provenance;
use super::{
    CheckError, ChildPugh, Disease, DoseBasis, Goal, LiverStatus, Mapping, Protocol, RiskPoint,
    Role, Sex, Treatment,
};
use crate::case::{Case, Plan};
use crate::citation::Evidence;
use crate::dose::{DoseGrid, Fractionation};
use crate::dvh::DvhSettings;
use crate::error::{fractions, positive};
use crate::progress::Progress;
use crate::provenance::Provenance;
use std::borrow::Cow;

/// What becomes of a goal whose structure nobody drew.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Undrawn {
    /// It is not evaluable, and a plan does not pass with it.
    #[default]
    NotEvaluable,
    /// It is left out, and the report says so.
    LeftOut,
}

impl Undrawn {
    /// The word used in settings.
    pub const fn name(self) -> &'static str {
        match self {
            Self::NotEvaluable => "not_evaluable",
            Self::LeftOut => "left_out",
        }
    }
}

/// What a check needs to know beside the case and the protocol.
#[derive(Debug, Clone)]
pub struct CheckOptions {
    /// Which ROI is what, where names and types do not say it.
    pub mapping: Mapping,
    /// What is known of the liver.
    pub liver_status: LiverStatus,
    /// Primary liver cancer or metastases, where known.
    pub disease: Option<Disease>,
    /// Child-Pugh class, where known.
    pub child_pugh: Option<ChildPugh>,
    /// Sex, where known.
    pub sex: Option<Sex>,
    /// How DVHs are calculated.
    pub dvh: DvhSettings,
    /// Prescribed total dose in gray; else that of the plan's target dose references.
    pub prescription_gy: Option<f64>,
    /// Number of fractions; else that of the dose, else that of the plan.
    pub fractions: Option<u32>,
    /// Whether goals count that rest on memory alone.
    pub recalled: bool,
    /// What becomes of goals whose structure nobody drew.
    pub undrawn: Undrawn,
    /// alpha/beta in gray at which limits for another number of fractions are converted; never without it.
    pub convert_alpha_beta_gy: Option<f64>,
    /// What is taken out of an organ where goals say `-GTV`; another than GTV only to see what that would change.
    pub subtract: Role,
}

impl Default for CheckOptions {
    fn default() -> Self {
        Self {
            mapping: Mapping::default(),
            liver_status: LiverStatus::default(),
            disease: None,
            child_pugh: None,
            sex: None,
            dvh: DvhSettings::default(),
            prescription_gy: None,
            fractions: None,
            recalled: false,
            undrawn: Undrawn::default(),
            convert_alpha_beta_gy: None,
            subtract: Role::gtv(),
        }
    }
}

/// Checks a case against a protocol.
///
/// What a goal lacks (a structure, a prescription, dose beyond the grid) makes it not evaluable, with
/// a reason in its result. A protocol of which nothing is evaluable does not pass.
///
/// # Errors
/// A mapping that the case does not follow, options that are not physical, a cancelled calculation.
pub fn check(
    case: &Case,
    protocol: &Protocol,
    options: &CheckOptions,
    progress: &Progress,
) -> Result<Report, CheckError> {
    let mut reports = check_many(case, &[protocol], options, progress)?;
    // One protocol, one report.
    Ok(reports.remove(0))
}

/// Checks a case against many protocols at once: every structure is found and every DVH made once.
///
/// # Errors
/// As [`check`].
pub fn check_many(
    case: &Case,
    protocols: &[&Protocol],
    options: &CheckOptions,
    progress: &Progress,
) -> Result<Vec<Report>, CheckError> {
    let treatment = treatment(case, options)?;
    let tasks = protocols
        .iter()
        .map(|protocol| Task::new(protocol, options, &treatment))
        .collect::<Result<Vec<_>, CheckError>>()?;
    let mut checker = Checker::new(case, options, &treatment, progress);
    let wanted: Vec<Wanted> = tasks.iter().flat_map(Task::wanted).collect();
    checker.prepare(&wanted)?;
    tasks
        .iter()
        .map(|task| task.report(case, &checker, options, &treatment))
        .collect()
}

/// A protocol as it is judged: what applies, what is left out, what was converted.
pub(super) struct Task<'a> {
    pub(super) protocol: Cow<'a, Protocol>,
    pub(super) conversion: Option<Converted>,
    pub(super) applicability: Applicability,
    /// Goals that are judged, each with whether it applies.
    pub(super) goals: Vec<(Goal, Applicability)>,
    pub(super) left_out: Vec<LeftOut>,
    risk_points: Vec<RiskPoint>,
}

impl<'a> Task<'a> {
    pub(super) fn new(
        protocol: &'a Protocol,
        options: &CheckOptions,
        treatment: &Treatment,
    ) -> Result<Self, CheckError> {
        let conversion = match (treatment.fractions, options.convert_alpha_beta_gy) {
            (Some(n), Some(alpha_beta_gy)) => converted(protocol, n, alpha_beta_gy)?,
            _ => None,
        };
        let protocol = match &conversion {
            Some(conversion) => Cow::Owned(conversion.protocol.clone()),
            None => Cow::Borrowed(protocol),
        };
        let mut applicability = protocol.applies_to.judge(treatment);
        if let Some(n) = treatment
            .fractions
            .filter(|n| !protocol.applies_to.takes_fractions(*n))
            && let (Some(first), Some(near)) = (
                applicability.against.first_mut(),
                nearest(&protocol.siblings, n),
            )
        {
            first.push_str("; ");
            first.push_str(&near);
        }
        let mut task = Self {
            conversion,
            applicability,
            goals: Vec::new(),
            left_out: Vec::new(),
            risk_points: Vec::new(),
            protocol,
        };
        for goal in &task.protocol.goals {
            let own = goal.applies_to.judge(treatment);
            if goal.evidence() == Evidence::Recalled && !options.recalled {
                task.left_out.push(LeftOut::of(
                    goal,
                    "it rests on memory alone; it counts only on request (recalled)".to_owned(),
                ));
            } else if own.against.is_empty() {
                let own = task.applicability.and(&own);
                task.goals.push((goal.clone(), own));
            } else {
                task.left_out
                    .push(LeftOut::of(goal, own.against.join("; ")));
            }
        }
        for point in &task.protocol.risk_points {
            let applies = point.applies_to.judge(treatment).against.is_empty();
            if applies && task.applicability.against.is_empty() {
                task.risk_points.push(point.clone());
            }
        }
        Ok(task)
    }

    pub(super) fn wanted(&self) -> impl Iterator<Item = Wanted> {
        let goals = self.goals.iter().map(|(goal, _)| Wanted::from(goal));
        goals.chain(self.risk_points.iter().map(wanted_of_point))
    }

    fn report(
        &self,
        case: &Case,
        checker: &Checker<'_>,
        options: &CheckOptions,
        treatment: &Treatment,
    ) -> Result<Report, CheckError> {
        let mut results = Vec::new();
        let mut left_out = self.left_out.clone();
        let mut roles: Vec<&Role> = Vec::new();
        for (goal, applicability) in &self.goals {
            let mut measured = checker.measure(&Wanted::from(goal))?;
            if let Measured::Nothing(lack) = &measured
                && lack.undrawn
                && options.undrawn == Undrawn::LeftOut
            {
                left_out.push(LeftOut::of(goal, lack.reason.clone()));
                continue;
            }
            let note = self
                .conversion
                .as_ref()
                .and_then(|one| one.notes.get(&goal.id));
            if let Some(Err(reason)) = note {
                measured = Measured::Nothing(super::finding::Lack {
                    reason: reason.clone(),
                    undrawn: false,
                });
            }
            let used = checker.used(&goal.structure);
            let mut result = GoalResult::of(
                goal,
                used.map(|used| used.name.clone()),
                &measured,
                applicability,
            );
            if let Some(Ok(note)) = note {
                result.add_reason(note);
            }
            results.push(result);
            if !roles.contains(&&goal.structure) {
                roles.push(&goal.structure);
            }
        }
        let mut report = Report::new(&self.protocol, results, left_out);
        report.structures = roles
            .into_iter()
            .filter_map(|role| checker.used(role).cloned())
            .collect();
        for point in &self.risk_points {
            let measured = checker.measure(&wanted_of_point(point))?;
            report
                .risk_points
                .push(RiskPointResult::of(point, &measured));
        }
        report.warnings.extend(case.warnings.iter().cloned());
        for structure in &report.structures {
            report.warnings.extend(structure.warnings.iter().cloned());
        }
        report
            .warnings
            .extend(self.unused_mapping(&options.mapping));
        let sources = std::mem::take(&mut report.provenance.sources);
        report.provenance = Provenance {
            sources,
            ..provenance(case, &self.protocol, options, treatment)
        };
        report.fractions = treatment.fractions;
        report
            .prescriptions_gy
            .clone_from(&treatment.prescriptions_gy);
        Ok(report)
    }

    /// A mapped name that no goal asks for is a slip, or belongs to another protocol.
    fn unused_mapping(&self, mapping: &Mapping) -> Vec<String> {
        let goals = self.protocol.goals.iter();
        let asked: Vec<Role> = goals.flat_map(|goal| involved(&goal.structure)).collect();
        let unused = mapping.entries().iter().map(|(role, _)| role);
        unused
            .filter(|role| !asked.contains(role))
            .map(|role| {
                format!("the mapping names {role}, which no goal of this protocol asks for")
            })
            .collect()
    }
}

fn wanted_of_point(point: &RiskPoint) -> Wanted {
    Wanted {
        structure: point.structure.clone(),
        metric: point.metric,
        dose: DoseBasis::Physical,
        alpha_beta_gy: None,
        highest_is_worst: true,
    }
}

/// What was prescribed and how it is given, from the options, the dose and the plan.
pub(super) fn treatment(case: &Case, options: &CheckOptions) -> Result<Treatment, CheckError> {
    let of_dose = case.dose.as_ref().map(DoseGrid::fractionation);
    let n = options.fractions.or(match of_dose {
        Some(Fractionation::Fractions(n)) => Some(n),
        // A sum of courses has no number of fractions, whatever one of their plans says.
        Some(Fractionation::Mixed) => None,
        Some(Fractionation::Unstated) | None => case.plan.as_ref().and_then(Plan::fractions),
    });
    let prescriptions_gy = match options.prescription_gy {
        Some(dose) => vec![positive("prescription in Gy", dose)?],
        None => planned_prescriptions(case),
    };
    Ok(Treatment {
        fractions: n.map(fractions).transpose()?,
        prescriptions_gy,
        liver: options.liver_status,
        disease: options.disease,
        child_pugh: options.child_pugh,
        sex: options.sex,
    })
}

/// Prescription doses of the plan's targets, ascending, each once.
fn planned_prescriptions(case: &Case) -> Vec<f64> {
    let references = case.plan.iter().flat_map(|plan| &plan.dose_references);
    let mut doses: Vec<f64> = references
        .filter(|reference| reference.reference_type.eq_ignore_ascii_case("TARGET"))
        .filter_map(|reference| reference.prescription_gy)
        .filter(|dose| dose.is_finite() && *dose > 0.0)
        .collect();
    doses.sort_by(f64::total_cmp);
    doses.dedup();
    doses
}
