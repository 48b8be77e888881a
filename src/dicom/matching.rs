//! Which files belong together: by UIDs and frame of reference, never by name.

use super::error::{DicomError, short_uid};
use super::folder::PlanSummary;
use super::parse::{File, Role};
use super::rtdose::{DoseLinks, RtDose, RtDoseOptions, read_rtdose};
use super::rtplan::plan_of;
use super::rtstruct::{RtStruct, frame_of_reference, read_rtstruct};
use crate::case::{Case, Plan};
use crate::dose::{DoseKind, DoseScope, Fractionation};
use crate::provenance::InputHash;
use dicom_dictionary_std::tags;

/// A maximum below and above these multiples of the planned beam doses is doubted.
const PLAUSIBLE_MAXIMUM: std::ops::RangeInclusive<f64> = 0.8..=2.0;

/// A dose file and what it refers to.
#[derive(Debug)]
struct FoundDose {
    bytes: Vec<u8>,
    links: DoseLinks,
    frame: Option<String>,
}

/// A structure set file.
#[derive(Debug)]
struct FoundStructures {
    bytes: Vec<u8>,
    uid: Option<String>,
    frame: Option<String>,
}

/// A plan file.
#[derive(Debug)]
struct FoundPlan {
    hash: InputHash,
    plan: Plan,
}

/// The RT objects of a folder.
#[derive(Debug, Default)]
pub(super) struct Found {
    doses: Vec<FoundDose>,
    structures: Vec<FoundStructures>,
    plans: Vec<FoundPlan>,
}

impl Found {
    /// Takes one file in; one that was there before, byte for byte by its UID, is left out.
    ///
    /// # Errors
    /// A file that is truncated or malformed.
    pub(super) fn add(&mut self, bytes: Vec<u8>) -> Result<(), DicomError> {
        let file = File::open(&bytes)?;
        let role = file.role()?;
        let set = file.data_set()?;
        let frame = set.code(tags::FRAME_OF_REFERENCE_UID);
        match role {
            Some(Role::Dose) => {
                let links = DoseLinks::of(&set);
                drop(set);
                drop(file);
                if self.doses.iter().all(|known| known.bytes != bytes) {
                    self.doses.push(FoundDose {
                        bytes,
                        links,
                        frame,
                    });
                }
            }
            Some(Role::Structures) => {
                let uid = set.code(tags::SOP_INSTANCE_UID);
                let frame = frame_of_reference(&set);
                drop(set);
                drop(file);
                if self.structures.iter().all(|known| known.bytes != bytes) {
                    self.structures.push(FoundStructures { bytes, uid, frame });
                }
            }
            Some(Role::Plan) => {
                let plan = plan_of(&set);
                let hash = InputHash::of(Role::Plan.input(), &bytes);
                if self.plans.iter().all(|known| known.hash != hash) {
                    self.plans.push(FoundPlan { hash, plan });
                }
            }
            None => {}
        }
        Ok(())
    }

    fn plan(&self, uid: Option<&str>) -> Option<&FoundPlan> {
        self.plans
            .iter()
            .find(|found| uid.is_some() && found.plan.sop_instance_uid.as_deref() == uid)
    }
}

/// The plans of a folder: those that are there, then those that doses refer to, then, when doses or
/// structures refer to none of them and there is no plan at all, the nameless one.
pub(super) fn plan_keys(found: &Found) -> Vec<PlanSummary> {
    let mut keys: Vec<PlanSummary> = found
        .plans
        .iter()
        .map(|found| PlanSummary {
            label: found.plan.label.clone(),
            sop_instance_uid: found.plan.sop_instance_uid.clone(),
        })
        .collect();
    for dose in &found.doses {
        let known = |uid: &String| {
            keys.iter()
                .any(|key| key.sop_instance_uid.as_ref() == Some(uid))
        };
        if dose.links.plan_uids.iter().any(known) {
            continue;
        }
        if let Some(uid) = dose.links.plan_uids.first() {
            keys.push(PlanSummary {
                label: None,
                sop_instance_uid: Some(uid.clone()),
            });
        }
    }
    if keys.is_empty() && !(found.doses.is_empty() && found.structures.is_empty()) {
        keys.push(PlanSummary {
            label: None,
            sop_instance_uid: None,
        });
    }
    keys
}

/// Puts together what belongs to one plan. `alone` says that the folder holds no other.
///
/// # Errors
/// Several frames of reference, several doses or structure sets, a file that cannot be read.
pub(super) fn assemble(
    found: &Found,
    key: &PlanSummary,
    alone: bool,
    options: &RtDoseOptions,
) -> Result<Case, DicomError> {
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
        .and_then(|(_, dose)| dose.dose.frame_of_reference().map(str::to_owned))
        .or_else(|| plan?.plan.frame_of_reference.clone());
    let wanted = plan
        .and_then(|found| found.plan.structure_set_uid.clone())
        .or_else(|| {
            dose.as_ref()
                .and_then(|(_, dose)| dose.structure_set_uid.clone())
        });
    let structures =
        choose_structures(found, alone, wanted.as_deref(), frame.as_deref(), &mut case)?;
    if let Some((bytes, mut dose)) = dose {
        case.inputs.push(InputHash::of(Role::Dose.input(), bytes));
        case.warnings.append(&mut dose.warnings);
        case.stored_dvhs = std::mem::take(&mut dose.stored_dvhs);
        case.dose_uid = dose.sop_instance_uid.take();
        case.dose = Some(dose.dose);
    }
    if let Some((bytes, mut set)) = structures {
        case.inputs
            .push(InputHash::of(Role::Structures.input(), bytes));
        case.warnings.append(&mut set.warnings);
        case.structures = set.structures;
        case.structure_set_uid = set.sop_instance_uid;
        case.structure_set_label = set.label;
    }
    if let Some(plan) = plan {
        case.inputs.push(plan.hash.clone());
        case.plan = Some(plan.plan.clone());
        doubt_maximum(&mut case);
    }
    Ok(case)
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
) -> Result<Option<(&'f [u8], RtDose)>, DicomError> {
    let mut read = Vec::new();
    for dose in doses {
        let mut dose_read = read_rtdose(&dose.bytes, options)?;
        if let Some(plan) = plan {
            apply_plan(&mut dose_read, &plan.plan, options)?;
        }
        read.push((&dose.bytes[..], dose_read));
    }
    let count = read.len();
    if count > 1 {
        read.retain(|(_, dose)| dose.dose.scope() == DoseScope::Total);
        if read.len() != 1 {
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

/// What the plan says about a dose: its number of fractions, and whether its fraction group is the only one.
fn apply_plan(dose: &mut RtDose, plan: &Plan, options: &RtDoseOptions) -> Result<(), DicomError> {
    if options.dose_scope.is_none() && dose.summation_type.as_deref() == Some("FRACTION") {
        let scope = match (&plan.fraction_groups[..], &dose.fraction_groups[..]) {
            ([_], [] | [_]) => DoseScope::Total,
            ([], _) => dose.dose.scope(),
            _ => DoseScope::Partial,
        };
        dose.dose = dose.dose.clone().with_scope(scope);
    }
    let planned = plan.fractions();
    match (dose.dose.fractionation(), planned) {
        (Fractionation::Unstated, Some(_)) if dose.dose.scope() != DoseScope::MultiPlan => {
            dose.dose = dose.dose.clone().with_fractions(planned)?;
        }
        (Fractionation::Fractions(n), Some(planned)) if n != planned => {
            dose.warnings.push(format!(
                "the plan has {planned} fractions, {n} were stated for the dose and are used"
            ));
        }
        _ => {}
    }
    Ok(())
}

/// The structure set that plan or dose refers to, else the only one in their frame of reference.
fn choose_structures<'f>(
    found: &'f Found,
    alone: bool,
    wanted: Option<&str>,
    frame: Option<&str>,
    case: &mut Case,
) -> Result<Option<(&'f [u8], RtStruct)>, DicomError> {
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
            near
        }
    };
    let set = match &chosen[..] {
        [] => return Ok(None),
        [only] => only,
        several => {
            return Err(DicomError::Ambiguous {
                what: "RTSTRUCT files",
                count: several.len(),
            });
        }
    };
    let read = read_rtstruct(&set.bytes)?;
    let strays = read.structures.iter().find(|structure| {
        frame.is_some()
            && structure.frame_of_reference.is_some()
            && structure.frame_of_reference.as_deref() != frame
    });
    if let Some(stray) = strays {
        return Err(mismatch(stray.frame_of_reference.as_deref(), frame));
    }
    Ok(Some((&set.bytes, read)))
}

fn mismatch(structures: Option<&str>, dose: Option<&str>) -> DicomError {
    let end = |uid: Option<&str>| uid.map_or_else(|| "(not stated)".to_owned(), short_uid);
    DicomError::FrameMismatch {
        structures: end(structures),
        dose: end(dose),
    }
}

/// A total that is far from what the beams sum to may be the dose of one fraction.
fn doubt_maximum(case: &mut Case) {
    let (Some(dose), Some(plan)) = (&case.dose, &case.plan) else {
        return;
    };
    let is_total = dose.scope() == DoseScope::Total
        && matches!(dose.kind(), DoseKind::Physical | DoseKind::Unstated);
    let Some(planned) = plan
        .beam_dose_total_gy()
        .filter(|total| *total > 0.0 && is_total)
    else {
        return;
    };
    let maximum = dose.values_f64().into_iter().fold(0.0, f64::max);
    if !PLAUSIBLE_MAXIMUM.contains(&(maximum / planned)) {
        case.warnings.push(format!(
            "the dose maximum is {maximum:.2} Gy, but fractions times beam doses make {planned:.2} Gy (allowed is 0.8 to 2 times that): check whether the grid holds the whole treatment"
        ));
    }
}
