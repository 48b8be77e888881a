//! The RT objects of a folder: what each refers to, before any of them is read in full.

use super::error::DicomError;
use super::folder::{PlanSummary, file_error};
use super::parse::{File, Role};
use super::rtdose::DoseLinks;
use super::rtplan::plan_of;
use super::rtstruct::frame_of_reference;
use crate::case::Plan;
use crate::provenance::InputHash;
use dicom_dictionary_std::tags;
use std::path::PathBuf;

/// A file: where it is, and what it was when it was found.
#[derive(Debug)]
pub(super) struct Source {
    path: PathBuf,
    pub(super) hash: InputHash,
}

impl Source {
    /// Reads the file again.
    pub(super) fn bytes(&self) -> Result<Vec<u8>, DicomError> {
        std::fs::read(&self.path).map_err(|error| file_error(&error))
    }
}

/// A dose file and what it refers to.
#[derive(Debug)]
pub(super) struct FoundDose {
    pub(super) source: Source,
    pub(super) links: DoseLinks,
    pub(super) frame: Option<String>,
}

/// A structure set file.
#[derive(Debug)]
pub(super) struct FoundStructures {
    pub(super) source: Source,
    pub(super) uid: Option<String>,
    pub(super) frame: Option<String>,
}

/// A plan file.
#[derive(Debug)]
pub(super) struct FoundPlan {
    pub(super) hash: InputHash,
    pub(super) plan: Plan,
}

/// The RT objects of a folder.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) doses: Vec<FoundDose>,
    pub(super) structures: Vec<FoundStructures>,
    pub(super) plans: Vec<FoundPlan>,
}

impl Found {
    /// Takes one file in; a copy of one that was there before is left out.
    ///
    /// # Errors
    /// A file that is truncated or malformed.
    pub(super) fn add(&mut self, path: PathBuf, bytes: &[u8]) -> Result<(), DicomError> {
        let file = File::open(bytes)?;
        let Some(role) = file.role()? else {
            return Ok(());
        };
        let set = file.data_set()?;
        let hash = InputHash::of(role.input(), bytes);
        if self.hashes().any(|known| *known == hash) {
            return Ok(());
        }
        match role {
            Role::Dose => self.doses.push(FoundDose {
                source: Source { path, hash },
                links: DoseLinks::of(&set),
                frame: set.code(tags::FRAME_OF_REFERENCE_UID),
            }),
            Role::Structures => self.structures.push(FoundStructures {
                source: Source { path, hash },
                uid: set.code(tags::SOP_INSTANCE_UID),
                frame: frame_of_reference(&set),
            }),
            Role::Plan => self.plans.push(FoundPlan {
                hash,
                plan: plan_of(&set),
            }),
        }
        Ok(())
    }

    fn hashes(&self) -> impl Iterator<Item = &InputHash> {
        let doses = self.doses.iter().map(|found| &found.source.hash);
        let structures = self.structures.iter().map(|found| &found.source.hash);
        let plans = self.plans.iter().map(|found| &found.hash);
        doses.chain(structures).chain(plans)
    }

    /// The plan of a UID.
    pub(super) fn plan(&self, uid: Option<&str>) -> Option<&FoundPlan> {
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
