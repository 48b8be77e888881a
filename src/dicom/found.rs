//! The RT objects of a folder: what each refers to, before any of them is read in full.

use super::bytes::{FileBytes, read_file, read_head};
use super::error::DicomError;
use super::folder::PlanSummary;
use super::parse::{File, Role};
use super::rtdose::DoseLinks;
use super::rtplan::plan_of;
use super::rtstruct::{RtStruct, frame_of_reference, read_rtstruct, structures_of};
use crate::case::Plan;
use crate::numeric::Pages;
use crate::provenance::InputHash;
use dicom_dictionary_std::tags;
use rayon::prelude::*;
use std::path::PathBuf;

/// Enough of a file to see what it is, nearly always and always but for very long private elements.
const HEAD_BYTES: [u64; 2] = [1 << 13, 1 << 16];
/// Files are kept in memory between being found and being read while they are together no longer than this;
/// what comes after, in the order of paths, is read again.
const KEPT_BYTES: u64 = 256 << 20;

/// A file that holds an RT object.
#[derive(Debug)]
pub(super) struct Source {
    path: PathBuf,
    kept: Option<Pages<u8>>,
    pub(super) hash: InputHash,
}

impl Source {
    /// The bytes of the file, read again where they were not kept.
    ///
    /// # Errors
    /// A file that cannot be read again, or that is no longer what it was.
    pub(super) fn bytes(&self) -> Result<FileBytes<'_>, DicomError> {
        if let Some(bytes) = &self.kept {
            return Ok(FileBytes::Lent(bytes));
        }
        let (bytes, sha256) = read_file(&self.path)?;
        if sha256 == self.hash.sha256 {
            Ok(FileBytes::Own(bytes))
        } else {
            Err(DicomError::Changed)
        }
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
    read: Option<Result<RtStruct, DicomError>>,
}

impl FoundStructures {
    /// All of it.
    ///
    /// # Errors
    /// As [`read_rtstruct`], and a file that cannot be read again.
    pub(super) fn read(&self) -> Result<RtStruct, DicomError> {
        match &self.read {
            Some(read) => read.clone(),
            None => read_rtstruct(&self.source.bytes()?),
        }
    }
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

/// A file that may be an RT object, by its first bytes.
struct Candidate {
    path: PathBuf,
    length: u64,
    role: Option<Role>,
}

/// What is done with a candidate beside looking at what it refers to.
#[derive(Clone, Copy)]
struct Treatment {
    /// Keep its bytes.
    keep: bool,
    /// Read it in full, should it be a structure set: the only one of a folder is wanted nearly always, and
    /// its contours are read while the dose is being hashed.
    read: bool,
}

/// One RT object.
enum Object {
    Dose(FoundDose),
    Structures(FoundStructures),
    Plan(FoundPlan),
}

impl Found {
    /// Looks into all files, several at a time; copies of a file that comes before are left out.
    ///
    /// # Errors
    /// The first file, in the order given, that cannot be read, or an RT object that is truncated or malformed.
    pub(super) fn of(paths: Vec<PathBuf>) -> Result<Self, DicomError> {
        Self::keeping(KEPT_BYTES, paths)
    }

    fn keeping(most: u64, paths: Vec<PathBuf>) -> Result<Self, DicomError> {
        let candidates = paths
            .into_par_iter()
            .map(candidate)
            .collect::<Vec<_>>()
            .into_iter()
            .filter_map(Result::transpose)
            .collect::<Result<Vec<Candidate>, _>>()?;
        let may_be_set = |one: &&Candidate| one.role.is_none_or(|role| role == Role::Structures);
        let read = candidates.iter().filter(may_be_set).count() == 1;
        let mut together = 0;
        let planned: Vec<(Candidate, Treatment)> = candidates
            .into_iter()
            .map(|candidate| {
                together += candidate.length;
                let keep = together <= most;
                (candidate, Treatment { keep, read })
            })
            .collect();
        let objects: Vec<Result<Option<Object>, DicomError>> = planned
            .into_par_iter()
            .with_max_len(1)
            .map(|(candidate, treatment)| object(candidate.path, treatment))
            .collect();
        let mut found = Self::default();
        for object in objects {
            found.add(object?);
        }
        Ok(found)
    }

    fn add(&mut self, object: Option<Object>) {
        match object {
            Some(Object::Dose(one)) if !self.has(&one.source.hash) => self.doses.push(one),
            Some(Object::Structures(one)) if !self.has(&one.source.hash) => {
                self.structures.push(one);
            }
            Some(Object::Plan(one)) if !self.has(&one.hash) => self.plans.push(one),
            _ => {}
        }
    }

    fn has(&self, hash: &InputHash) -> bool {
        let doses = self.doses.iter().map(|found| &found.source.hash);
        let structures = self.structures.iter().map(|found| &found.source.hash);
        let plans = self.plans.iter().map(|found| &found.hash);
        doses
            .chain(structures)
            .chain(plans)
            .any(|known| known == hash)
    }

    /// The plan of a UID.
    pub(super) fn plan(&self, uid: Option<&str>) -> Option<&FoundPlan> {
        self.plans
            .iter()
            .find(|found| uid.is_some() && found.plan.sop_instance_uid.as_deref() == uid)
    }
}

/// A file whose first bytes leave open that it is an RT object.
fn candidate(path: PathBuf) -> Result<Option<Candidate>, DicomError> {
    let mut length = 0;
    for most in HEAD_BYTES {
        let (head, of_file) = read_head(&path, most)?;
        length = of_file;
        let role = match File::open(&head).map(|file| file.role()) {
            Ok(Ok(role)) => role,
            // Perhaps only because the head ends here: reading on says what is wrong.
            Ok(Err(_)) | Err(DicomError::Truncated { .. }) => continue,
            // No DICOM, or another object in a syntax that is not read here, such as a compressed image.
            Err(DicomError::NotDicom | DicomError::TransferSyntax { .. }) => return Ok(None),
            Err(error) => return Err(error),
        };
        return Ok(role.map(|_| Candidate { path, length, role }));
    }
    let role = None;
    Ok(Some(Candidate { path, length, role }))
}

/// The RT object in a file, its whole structure gone through; `None` when it turns out to be something else.
fn object(path: PathBuf, treatment: Treatment) -> Result<Option<Object>, DicomError> {
    let (bytes, sha256) = read_file(&path)?;
    let mut object = object_in(&bytes, path, sha256, treatment.read)?;
    match &mut object {
        Some(
            Object::Dose(FoundDose { source, .. })
            | Object::Structures(FoundStructures { source, .. }),
        ) if treatment.keep => source.kept = Some(bytes),
        _ => {}
    }
    Ok(object)
}

/// The RT object in the bytes of a file, which it does not keep.
fn object_in(
    bytes: &[u8],
    path: PathBuf,
    sha256: String,
    read: bool,
) -> Result<Option<Object>, DicomError> {
    let file = match File::open(bytes) {
        Ok(file) => file,
        Err(DicomError::NotDicom | DicomError::TransferSyntax { .. }) => return Ok(None),
        Err(error) => return Err(error),
    };
    let Some(role) = file.role()? else {
        return Ok(None);
    };
    let set = file.data_set()?;
    let source = Source {
        path,
        kept: None,
        hash: InputHash {
            role: role.input().to_owned(),
            sha256,
        },
    };
    Ok(Some(match role {
        Role::Dose => Object::Dose(FoundDose {
            source,
            links: DoseLinks::of(&set),
            frame: set.code(tags::FRAME_OF_REFERENCE_UID),
        }),
        Role::Structures => Object::Structures(FoundStructures {
            source,
            uid: set.code(tags::SOP_INSTANCE_UID),
            frame: frame_of_reference(&set),
            read: read.then(|| structures_of(&set)),
        }),
        Role::Plan => Object::Plan(FoundPlan {
            hash: source.hash,
            plan: plan_of(&set),
        }),
    }))
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demo::{DemoOptions, build, encode};

    #[test]
    fn what_was_not_kept_is_read_again_and_must_be_the_same() {
        let folder = std::env::temp_dir().join(format!("hepadose-kept-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let options = DemoOptions {
            voxel_mm: 8.0,
            ..DemoOptions::default()
        };
        let files = encode(&build(&options).unwrap()).unwrap();
        let mut paths = Vec::new();
        for (name, bytes) in &files {
            std::fs::write(folder.join(name), bytes).unwrap();
            paths.push(folder.join(name));
        }
        let kept = Found::keeping(u64::MAX, paths.clone()).unwrap();
        let again = Found::keeping(0, paths).unwrap();
        let (kept, again) = (&kept.doses[0].source, &again.doses[0].source);
        assert_eq!(kept.hash, again.hash);
        assert!(matches!(kept.bytes().unwrap(), FileBytes::Lent(_)));
        let bytes = again.bytes().unwrap();
        assert!(matches!(bytes, FileBytes::Own(_)));
        assert_eq!(kept.bytes().unwrap()[..], bytes[..]);
        assert_eq!(kept.hash, InputHash::of("rtdose", &bytes));
        let mut other = bytes.to_vec();
        if let Some(last) = other.last_mut() {
            *last ^= 1;
        }
        std::fs::write(&again.path, &other).unwrap();
        assert_eq!(again.bytes().unwrap_err(), DicomError::Changed);
        assert!(kept.bytes().is_ok());
        let _ = std::fs::remove_dir_all(&folder);
    }
}
