//! Which files belong together: by UIDs and frame of reference, never by name.

use super::error::{DicomError, short_uid};
use super::folder::PlanSummary;
use super::found::{Found, FoundDose, FoundPlan, FoundStructures};
use super::packed::PackedDose;
use super::rtdose::{RtDose, RtDoseOptions, packed_rtdose};
use super::rtstruct::RtStruct;
use super::with_plan::{apply_plan, doubt_maximum};
use crate::case::Case;
use crate::dose::DoseScope;

/// A dose file and what was read of it.
type Preferred<'f> = (&'f FoundDose, RtDose<PackedDose<'f>>);

/// Puts together what belongs to one plan. `alone` says that the folder holds no other.
///
/// # Errors
/// Several frames of reference, several doses or structure sets, a file that cannot be read.
pub(super) fn assemble<'f>(
    found: &'f Found,
    key: &PlanSummary,
    alone: bool,
    options: &RtDoseOptions,
) -> Result<(Case, Option<PackedDose<'f>>), DicomError> {
    let mut case = Case::default();
    let plan = found
        .plan(key.sop_instance_uid.as_deref())
        .or(match &found.plans[..] {
            [only] if alone => Some(only),
            _ => None,
        });
    let doses: Vec<&FoundDose> = found
        .doses
        .iter()
        .filter(|dose| match &key.sop_instance_uid {
            Some(uid) if dose.links.plan_uids.contains(uid) => true,
            _ => dose.links.plan_uids.is_empty() && alone,
        })
        .collect();
    if !alone
        && found
            .doses
            .iter()
            .any(|dose| dose.links.plan_uids.is_empty())
    {
        case.warnings.push(
            "an RTDOSE that refers to no plan was left out: the folder holds several plans"
                .to_owned(),
        );
    }
    one_frame("RTDOSE files", doses.iter().map(|dose| dose.frame.as_ref()))?;
    let dose = preferred_dose(&doses, plan, options, &mut case.warnings)?;
    let frame = dose
        .as_ref()
        .and_then(|(_, dose)| dose.dose.outline().frame_of_reference().map(str::to_owned))
        .or_else(|| plan?.plan.frame_of_reference.clone());
    let wanted = plan
        .and_then(|found| found.plan.structure_set_uid.clone())
        .or_else(|| {
            dose.as_ref()
                .and_then(|(_, dose)| dose.structure_set_uid.clone())
        });
    let chosen = choose_structures(found, alone, wanted.as_deref(), frame.as_deref(), &mut case)?;
    let dose = dose.map(|(found, dose)| {
        case.inputs.push(found.source.hash.clone());
        case.warnings.extend(dose.warnings);
        case.stored_dvhs = dose.stored_dvhs;
        case.dose_uid = dose.sop_instance_uid;
        dose.dose
    });
    if let Some(chosen) = chosen {
        let set = read_structures(chosen, frame.as_deref())?;
        case.inputs.push(chosen.source.hash.clone());
        case.warnings.extend(set.warnings);
        case.structures = set.structures;
        case.structure_set_uid = set.sop_instance_uid;
        case.structure_set_label = set.label;
    }
    if let Some(plan) = plan {
        case.inputs.push(plan.hash.clone());
        case.plan = Some(plan.plan.clone());
        if frame.is_some()
            && plan.plan.frame_of_reference.is_some()
            && plan.plan.frame_of_reference != frame
        {
            case.warnings
                .push("the plan states another frame of reference than its dose".to_owned());
        }
        let doubt = dose
            .as_ref()
            .and_then(|dose| doubt_maximum(dose, &plan.plan));
        case.warnings.extend(doubt);
    }
    Ok((case, dose))
}

/// A structure set, of which no ROI may be in another frame of reference.
fn read_structures(set: &FoundStructures, frame: Option<&str>) -> Result<RtStruct, DicomError> {
    let read = set.read()?;
    let stray = read.structures.iter().find(|structure| {
        frame.is_some()
            && structure.frame_of_reference.is_some()
            && structure.frame_of_reference.as_deref() != frame
    });
    match stray {
        Some(stray) => Err(mismatch(stray.frame_of_reference.as_deref(), frame)),
        None => Ok(read),
    }
}

fn one_frame<'f>(
    what: &'static str,
    frames: impl Iterator<Item = Option<&'f String>>,
) -> Result<(), DicomError> {
    let mut frames: Vec<&String> = frames.flatten().collect();
    frames.sort();
    frames.dedup();
    if frames.len() > 1 {
        return Err(DicomError::SeveralFrames {
            what,
            frames: frames.into_iter().map(|uid| short_uid(uid)).collect(),
        });
    }
    Ok(())
}

/// The dose of the whole treatment among those of a plan, with the plan's number of fractions.
fn preferred_dose<'f>(
    doses: &[&'f FoundDose],
    plan: Option<&FoundPlan>,
    options: &RtDoseOptions,
    warnings: &mut Vec<String>,
) -> Result<Option<Preferred<'f>>, DicomError> {
    let mut read = Vec::new();
    for dose in doses {
        let mut packed = packed_rtdose(dose.source.bytes()?, options)?;
        if let Some(plan) = plan {
            apply_plan(&mut packed, &plan.plan, options)?;
        }
        read.push((*dose, packed));
    }
    let count = read.len();
    if count > 1 {
        // Only a plan says that files belong together: doses that refer to none are not chosen among.
        let linked = doses.iter().all(|dose| !dose.links.plan_uids.is_empty());
        read.retain(|(_, dose)| dose.dose.outline().scope() == DoseScope::Total);
        if read.len() != 1 || !linked {
            return Err(DicomError::Ambiguous {
                what: "RTDOSE files",
                count,
            });
        }
        warnings.push(format!(
            "{count} RTDOSE files belong to the plan; the one that holds the total dose was taken"
        ));
    }
    Ok(read.pop())
}

/// The structure set that plan or dose refers to, else the only one in their frame of reference.
fn choose_structures<'f>(
    found: &'f Found,
    alone: bool,
    wanted: Option<&str>,
    frame: Option<&str>,
    case: &mut Case,
) -> Result<Option<&'f FoundStructures>, DicomError> {
    let named: Vec<&FoundStructures> = found
        .structures
        .iter()
        .filter(|set| wanted.is_some() && set.uid.as_deref() == wanted)
        .collect();
    let in_frame = || {
        found
            .structures
            .iter()
            .filter(|set| frame.is_none() || set.frame.as_deref() == frame)
    };
    let chosen: Vec<&FoundStructures> = match (named.is_empty(), frame) {
        (false, _) => named,
        (true, None) if !alone => Vec::new(),
        (true, None) => {
            one_frame(
                "RTSTRUCT files",
                found.structures.iter().map(|set| set.frame.as_ref()),
            )?;
            found.structures.iter().collect()
        }
        (true, Some(frame)) => {
            let near: Vec<_> = in_frame().collect();
            if let ([], true, Some(other)) = (&near[..], alone, found.structures.first()) {
                return Err(mismatch(other.frame.as_deref(), Some(frame)));
            }
            if wanted.is_some() && !near.is_empty() {
                case.warnings.push(
                    "the structure set that plan or dose refers to is not there; the one in the same frame of reference was taken".to_owned(),
                );
            }
            if near.is_empty() && !found.structures.is_empty() {
                case.warnings.push(
                    "no structure set of the folder is in the frame of reference of the plan"
                        .to_owned(),
                );
            }
            near
        }
    };
    match &chosen[..] {
        [] => Ok(None),
        [only] => Ok(Some(only)),
        several => Err(DicomError::Ambiguous {
            what: "RTSTRUCT files",
            count: several.len(),
        }),
    }
}

fn mismatch(structures: Option<&str>, dose: Option<&str>) -> DicomError {
    let end = |uid: Option<&str>| uid.map_or_else(|| "(not stated)".to_owned(), short_uid);
    DicomError::FrameMismatch {
        structures: end(structures),
        dose: end(dose),
    }
}
