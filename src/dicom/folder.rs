//! A folder to cases: RT files found by what they hold, put together by the UIDs they refer to.

use super::error::{DicomError, short_uid};
use super::found::{Found, plan_keys};
use super::matching::assemble;
use super::packed::PackedDose;
use super::rtdose::RtDoseOptions;
use crate::case::Case;
use std::fs;
use std::path::{Path, PathBuf};

/// Folders below the one given are looked into this deep.
const MAX_DEPTH: u32 = 12;

/// How a folder is read.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct CaseOptions {
    /// The plan to take, by label or SOP instance UID, where the folder holds several.
    pub plan: Option<String>,
    /// How the dose is read.
    pub dose: RtDoseOptions,
}

/// A plan of a folder, as messages name it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlanSummary {
    /// Plan label; `None` for a plan that a dose refers to but that is not in the folder.
    pub label: Option<String>,
    /// SOP instance UID; `None` for doses and structures that refer to no plan.
    pub sop_instance_uid: Option<String>,
}

impl PlanSummary {
    /// Plans in words, by label and the end of their UID.
    pub(super) fn list(plans: &[Self]) -> String {
        plans
            .iter()
            .map(|plan| {
                let label = plan.label.as_deref().unwrap_or("without a plan file");
                match &plan.sop_instance_uid {
                    Some(uid) => format!("'{label}' (...{})", short_uid(uid)),
                    None => format!("'{label}'"),
                }
            })
            .collect::<Vec<_>>()
            .join(", ")
    }
}

/// One of the cases in a folder.
#[derive(Debug, Clone)]
pub struct FoundCase {
    /// The plan that it belongs to.
    pub plan: PlanSummary,
    /// The case, or why it cannot be read; the others can.
    pub case: Result<Case, DicomError>,
}

/// The cases of a folder, found but not yet read: for cohorts that do not fit into memory together.
#[derive(Debug)]
pub struct CaseFolder {
    found: Found,
    plans: Vec<PlanSummary>,
}

impl CaseFolder {
    /// Finds the RT files in a folder and the folders below it, and which plans they belong to.
    ///
    /// Files are found by modality, whatever their names; images and anything that is not DICOM are left out.
    ///
    /// # Errors
    /// The folder or a file cannot be read, an RT file is truncated or malformed, nothing found.
    pub fn open(folder: &Path) -> Result<Self, DicomError> {
        let mut paths = Vec::new();
        walk(folder, 0, &mut paths)?;
        paths.sort();
        let found = Found::of(paths)?;
        let plans = plan_keys(&found);
        if plans.is_empty() {
            return Err(DicomError::NothingFound);
        }
        Ok(Self { found, plans })
    }

    /// The plans: those that are there, in the order of their files' paths, then those that only doses name.
    pub fn plans(&self) -> &[PlanSummary] {
        &self.plans
    }

    /// Reads the case of one of the [`plans`](Self::plans). What refers to another plan is never mixed in.
    ///
    /// # Errors
    /// Several frames of reference, structures in another one than the dose, several doses of which none
    /// is preferred, a file that cannot be read.
    pub fn read(&self, plan: &PlanSummary, dose: &RtDoseOptions) -> Result<Case, DicomError> {
        let (mut case, dose) = self.read_packed(plan, dose)?;
        case.dose = dose.map(PackedDose::unpack);
        Ok(case)
    }

    /// Reads the case of one of the [`plans`](Self::plans), its dose apart and still to be multiplied out.
    ///
    /// # Errors
    /// As [`read`](Self::read).
    pub fn read_packed(
        &self,
        plan: &PlanSummary,
        dose: &RtDoseOptions,
    ) -> Result<(Case, Option<PackedDose<'_>>), DicomError> {
        assemble(&self.found, plan, self.plans.len() == 1, dose)
    }

    /// The plan that a choice names by SOP instance UID or label; without a choice the only one.
    ///
    /// # Errors
    /// Several plans without a choice, a choice that names none or several.
    pub fn choose(&self, choice: Option<&str>) -> Result<&PlanSummary, DicomError> {
        let plans = || self.plans.clone();
        let Some(choice) = choice else {
            return match &self.plans[..] {
                [only] => Ok(only),
                _ => Err(DicomError::SeveralPlans { plans: plans() }),
            };
        };
        let by_uid = |plan: &&PlanSummary| plan.sop_instance_uid.as_deref() == Some(choice);
        let by_label = |plan: &&PlanSummary| plan.label.as_deref() == Some(choice);
        if let Some(exact) = self.plans.iter().find(by_uid) {
            return Ok(exact);
        }
        let mut named = self.plans.iter().filter(by_label);
        match (named.next(), named.count()) {
            (Some(only), 0) => Ok(only),
            (first, more) => Err(DicomError::PlanChoice {
                matches: usize::from(first.is_some()) + more,
                plans: plans(),
            }),
        }
    }
}

/// Reads the one case in a folder and the folders below it.
///
/// # Errors
/// As [`CaseFolder::open`], [`CaseFolder::choose`] and [`CaseFolder::read`].
pub fn read_case(folder: &Path, options: &CaseOptions) -> Result<Case, DicomError> {
    let folder = CaseFolder::open(folder)?;
    let plan = folder.choose(options.plan.as_deref())?;
    folder.read(plan, &options.dose)
}

/// Reads every case in a folder and the folders below it, one for each plan.
///
/// # Errors
/// As [`CaseFolder::open`]. What is wrong with one case stands in its own result.
pub fn read_cases(folder: &Path, dose: &RtDoseOptions) -> Result<Vec<FoundCase>, DicomError> {
    let folder = CaseFolder::open(folder)?;
    Ok(folder
        .plans()
        .iter()
        .map(|plan| FoundCase {
            case: folder.read(plan, dose),
            plan: plan.clone(),
        })
        .collect())
}

fn walk(folder: &Path, depth: u32, paths: &mut Vec<PathBuf>) -> Result<(), DicomError> {
    let error = |error: std::io::Error| DicomError::Io {
        what: "the folder",
        kind: error.kind(),
    };
    for entry in fs::read_dir(folder).map_err(error)? {
        let entry = entry.map_err(error)?;
        // Links to folders are not followed, so no circle can form.
        let kind = entry.file_type().map_err(error)?;
        let path = entry.path();
        if kind.is_dir() {
            if depth < MAX_DEPTH {
                walk(&path, depth + 1, paths)?;
            }
        } else if path.is_file() {
            paths.push(path);
        }
    }
    Ok(())
}
