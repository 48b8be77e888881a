//! A folder to cases: RT files found by what they hold, put together by the UIDs they refer to.

use super::error::{DicomError, short_uid};
use super::matching::{Found, assemble, plan_keys};
use super::parse::File;
use super::rtdose::RtDoseOptions;
use crate::case::Case;
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

/// Folders below the one given are looked into this deep.
const MAX_DEPTH: u32 = 12;
/// Enough of a file to see what it is.
const HEAD_BYTES: u64 = 1 << 16;

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

    /// Whether a choice names this plan.
    pub(super) fn is(&self, choice: &str) -> bool {
        self.sop_instance_uid.as_deref() == Some(choice) || self.label.as_deref() == Some(choice)
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

/// Reads the one case in a folder and the folders below it.
///
/// Files are found by modality, whatever their names; images and anything that is not DICOM are left
/// out. What refers to another plan is never mixed in.
///
/// # Errors
/// Several plans or frames of reference, structures in another frame of reference than the dose, several
/// doses of which none is preferred, an RT file that cannot be read, nothing found.
pub fn read_case(folder: &Path, options: &CaseOptions) -> Result<Case, DicomError> {
    let found = find(folder)?;
    let plans = plan_keys(&found);
    let chosen: Vec<&PlanSummary> = match &options.plan {
        Some(choice) => {
            let by_uid = |plan: &&PlanSummary| plan.sop_instance_uid.as_ref() == Some(choice);
            let exact: Vec<_> = plans.iter().filter(by_uid).collect();
            if exact.is_empty() {
                plans.iter().filter(|plan| plan.is(choice)).collect()
            } else {
                exact
            }
        }
        None => plans.iter().collect(),
    };
    match (&chosen[..], &options.plan) {
        ([only], _) => assemble(&found, only, plans.len() == 1, &options.dose),
        ([], None) => Err(DicomError::NothingFound),
        (_, None) => Err(DicomError::SeveralPlans { plans }),
        (several, Some(_)) => Err(DicomError::PlanChoice {
            matches: several.len(),
            plans,
        }),
    }
}

/// Reads every case in a folder and the folders below it, one for each plan.
///
/// # Errors
/// The folder cannot be read, an RT file is truncated or malformed, nothing found. What is wrong with
/// one case stands in its own result.
pub fn read_cases(folder: &Path, dose: &RtDoseOptions) -> Result<Vec<FoundCase>, DicomError> {
    let found = find(folder)?;
    let plans = plan_keys(&found);
    if plans.is_empty() {
        return Err(DicomError::NothingFound);
    }
    let alone = plans.len() == 1;
    Ok(plans
        .into_iter()
        .map(|plan| FoundCase {
            case: assemble(&found, &plan, alone, dose),
            plan,
        })
        .collect())
}

/// All RT objects in a folder and below, in the order of their paths.
fn find(folder: &Path) -> Result<Found, DicomError> {
    let mut paths = Vec::new();
    walk(folder, 0, &mut paths)?;
    paths.sort();
    let mut found = Found::default();
    for path in paths {
        if let Some(bytes) = rt_bytes(&path)? {
            found.add(bytes)?;
        }
    }
    Ok(found)
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

/// The bytes of a file if it is one of the three RT objects.
fn rt_bytes(path: &Path) -> Result<Option<Vec<u8>>, DicomError> {
    let error = |error: std::io::Error| DicomError::Io {
        what: "a file in the folder",
        kind: error.kind(),
    };
    let mut file = fs::File::open(path).map_err(error)?;
    let mut bytes = Vec::new();
    let mut head = Read::by_ref(&mut file).take(HEAD_BYTES);
    head.read_to_end(&mut bytes).map_err(error)?;
    let whole = (bytes.len() as u64) < HEAD_BYTES;
    if !whole && !may_be_rt(&bytes) {
        return Ok(None);
    }
    if !whole {
        file.read_to_end(&mut bytes).map_err(error)?;
    }
    let role = match File::open(&bytes) {
        Ok(file) => file.role()?,
        // Another object in a syntax that is not read here, such as a compressed image.
        Err(DicomError::NotDicom | DicomError::TransferSyntax { .. }) => None,
        Err(error) => return Err(error),
    };
    Ok(role.map(|_| bytes))
}

/// Whether the first bytes of a file leave open that it is an RT object.
fn may_be_rt(head: &[u8]) -> bool {
    match File::open(head).map(|file| file.role()) {
        Ok(Ok(role)) => role.is_some(),
        Ok(Err(_)) | Err(DicomError::Truncated { .. }) => true,
        Err(_) => false,
    }
}
