//! Checking a case against a protocol.

use super::evaluate::Checker;
use super::report::Report;
use super::{CheckError, LiverStatus, Mapping, Protocol, Treatment};
use crate::case::{Case, Plan};
use crate::dose::{DoseGrid, Fractionation};
use crate::dvh::DvhSettings;
use crate::error::{fractions, positive};
use crate::progress::Progress;
use crate::provenance::InputHash;

/// What a check needs to know beside the case and the protocol.
#[derive(Debug, Clone, Default)]
pub struct CheckOptions {
    /// Which ROI is what, where names and types do not say it.
    pub mapping: Mapping,
    /// What is known of the liver.
    pub liver_status: LiverStatus,
    /// How DVHs are calculated.
    pub dvh: DvhSettings,
    /// Prescribed total dose in gray; else that of the plan's target dose references.
    pub prescription_gy: Option<f64>,
    /// Number of fractions; else that of the dose, else that of the plan.
    pub fractions: Option<u32>,
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
    let treatment = treatment(case, options)?;
    let applicability = protocol.applies_to.judge(&treatment);
    let mut checker = Checker::new(case, options, &treatment, progress);
    let results = protocol
        .goals
        .iter()
        .map(|goal| checker.goal(goal, &applicability))
        .collect::<Result<Vec<_>, CheckError>>()?;
    let structures = checker.structures();
    let mut report = Report::new(protocol, results);
    report.structures = structures;
    report.warnings.extend(case.warnings.iter().cloned());
    for structure in &report.structures {
        report.warnings.extend(structure.warnings.iter().cloned());
    }
    report.provenance.inputs.clone_from(&case.inputs);
    report.provenance.inputs.push(InputHash {
        role: "protocol".to_owned(),
        sha256: protocol.sha256.clone(),
    });
    note_settings(&mut report, options, &treatment);
    report.fractions = treatment.fractions;
    report.prescriptions_gy = treatment.prescriptions_gy;
    Ok(report)
}

fn note_settings(report: &mut Report, options: &CheckOptions, treatment: &Treatment) {
    let mut note = |name: &str, value: String| {
        report.provenance.settings.push((name.to_owned(), value));
    };
    let dvh = &options.dvh;
    if let Some(preset) = dvh.preset {
        note("preset", preset.to_owned());
    }
    note("between_planes", dvh.between_planes.name().to_owned());
    note("end_caps", dvh.end_caps.name().to_owned());
    if let Some(limit) = dvh.max_cap_mm {
        note("max_cap_mm", limit.to_string());
    }
    note("min_covered", dvh.min_covered.to_string());
    note("min_cells", dvh.min_cells.to_string());
    note("bins", dvh.bins.to_string());
    note("liver_status", treatment.liver.name().to_owned());
    for (role, rois) in options.mapping.entries() {
        let rois: Vec<String> = rois.iter().map(ToString::to_string).collect();
        note(&format!("mapping {}", role.name()), rois.join(", "));
    }
}

/// What was prescribed and how it is given, from the options, the dose and the plan.
fn treatment(case: &Case, options: &CheckOptions) -> Result<Treatment, CheckError> {
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
