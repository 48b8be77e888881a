//! RTDOSE to [`DoseGrid`]: what the grid holds, of which kind, where.

use super::bytes::FileBytes;
use super::dataset::DataSet;
use super::dvh_sequence::stored_dvhs;
use super::error::{DicomError, code_for_message};
use super::frames;
use super::own::OwnDose;
use super::packed::PackedDose;
use super::parse::{File, PixelCoding, Role};
use super::pixels::{Layout, Pixels};
use crate::case::StoredDvh;
use crate::dose::{DoseGrid, DoseKind, DoseScope, Fractionation};
use dicom_dictionary_std::tags;

/// What the caller knows better than the file, or in its place.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct RtDoseOptions {
    /// Number of fractions of the dose. An RTDOSE does not say; the plan does.
    pub fractions: Option<u32>,
    /// How much of the treatment the grid holds.
    pub dose_scope: Option<DoseScope>,
    /// What the dose is, for a file that states no `DoseType`.
    pub dose_type: Option<DoseKind>,
}

/// An RTDOSE as read, its dose multiplied out or still [packed](PackedDose).
#[derive(Debug, Clone)]
pub struct RtDose<D = DoseGrid<'static>> {
    /// The dose.
    pub dose: D,
    /// DVHs that the planning system stored with it.
    pub stored_dvhs: Vec<StoredDvh>,
    /// SOP instance UID.
    pub sop_instance_uid: Option<String>,
    /// SOP instance UIDs of the plans that it refers to.
    pub plan_uids: Vec<String>,
    /// SOP instance UID of the structure set that it refers to.
    pub structure_set_uid: Option<String>,
    /// Numbers of the fraction groups that it refers to.
    pub fraction_groups: Vec<i32>,
    /// `DoseSummationType` as written.
    pub summation_type: Option<String>,
    /// Doubts that a person should know of.
    pub warnings: Vec<String>,
}

/// Reads an RTDOSE from the bytes of a file.
///
/// The values are `DoseGridScaling` times the stored numbers and nothing else: they are never multiplied by
/// a number of fractions. What they are the dose of is in [`DoseGrid::scope`], by `DoseSummationType`.
///
/// # Errors
/// Not DICOM, truncated, another modality, required elements missing, more pixels claimed than there
/// are, RELATIVE units, `DoseType` ERROR, geometry or values that make no dose.
pub fn read_rtdose(bytes: &[u8], options: &RtDoseOptions) -> Result<RtDose, DicomError> {
    Ok(read_packed_rtdose(bytes, options)?.unpack())
}

/// Reads an RTDOSE but for its values, which are checked and stay in `bytes` until they are written where the
/// caller wants them.
///
/// # Errors
/// As [`read_rtdose`].
pub fn read_packed_rtdose<'a>(
    bytes: &'a [u8],
    options: &RtDoseOptions,
) -> Result<RtDose<PackedDose<'a>>, DicomError> {
    packed_rtdose(FileBytes::Lent(bytes), options)
}

impl<D> RtDose<D> {
    fn with_dose<E>(self, change: impl FnOnce(D) -> E) -> RtDose<E> {
        RtDose {
            dose: change(self.dose),
            stored_dvhs: self.stored_dvhs,
            sop_instance_uid: self.sop_instance_uid,
            plan_uids: self.plan_uids,
            structure_set_uid: self.structure_set_uid,
            fraction_groups: self.fraction_groups,
            summation_type: self.summation_type,
            warnings: self.warnings,
        }
    }
}

impl RtDose<PackedDose<'_>> {
    /// The same with its values in memory.
    pub fn unpack(self) -> RtDose {
        self.with_dose(PackedDose::unpack)
    }
}

/// An RTDOSE but for its values from bytes that are lent or its own.
pub(super) fn packed_rtdose<'a>(
    bytes: FileBytes<'a>,
    options: &RtDoseOptions,
) -> Result<RtDose<PackedDose<'a>>, DicomError> {
    let read = outline(&bytes, options)?;
    let read = read.with_dose(|(outline, pixels)| PackedDose::new(outline, pixels, bytes));
    read.dose.check()?;
    Ok(read)
}

/// What an RTDOSE says of its dose, and where the values stand in its bytes.
fn outline(
    bytes: &[u8],
    options: &RtDoseOptions,
) -> Result<RtDose<(DoseGrid<'static>, Pixels)>, DicomError> {
    let file = File::open(bytes)?;
    let set = file.data_set_of(Role::Dose)?;
    let links = DoseLinks::of(&set);
    let own = OwnDose::read(&set);
    let mut warnings = Vec::new();
    let unit = unit_gy(&set, &mut warnings)?;
    let kind = kind(&set, own, options, &mut warnings)?;
    let scope = scope(&links, own, options, &mut warnings);
    let fractionation = fractionation(scope, own, options, &mut warnings);
    let scaling = DataSet::require(
        set.decimal(tags::DOSE_GRID_SCALING),
        "RTDOSE",
        "DoseGridScaling",
    )?;
    if scaling <= 0.0 {
        return Err(DicomError::Value {
            element: "DoseGridScaling",
            got: scaling.to_string(),
            allowed: "a number above 0",
            remedy: "export the dose again",
        });
    }
    let layout = Layout::of(&set)?;
    let surplus = layout.surplus(&set);
    if surplus > 0 {
        warnings.push(format!(
            "the pixel data has {surplus} bytes more than rows, columns and frames claim; they were left out"
        ));
    }
    let grid = frames::grid(&set, &layout, &mut warnings)?;
    let is_rle = file.pixel_coding == PixelCoding::Rle;
    let pixels = Pixels::of(bytes, &set, &layout, is_rle, scaling * unit)?;
    let outline = DoseGrid::outline(grid, kind, fractionation, scope)?
        .with_frame_of_reference(set.code(tags::FRAME_OF_REFERENCE_UID));
    Ok(RtDose {
        dose: (outline, pixels),
        stored_dvhs: stored_dvhs(&set)?,
        sop_instance_uid: set.code(tags::SOP_INSTANCE_UID),
        plan_uids: links.plan_uids,
        structure_set_uid: links.structure_set_uid,
        fraction_groups: links.fraction_groups,
        summation_type: links.summation_type,
        warnings,
    })
}

/// Reads only the DVHs stored in an RTDOSE, also from one that has no grid.
///
/// # Errors
/// Not DICOM, truncated, another modality, DVH data that is no list of numbers.
pub fn read_stored_dvhs(bytes: &[u8]) -> Result<Vec<StoredDvh>, DicomError> {
    let file = File::open(bytes)?;
    stored_dvhs(&file.data_set_of(Role::Dose)?)
}

/// What a dose refers to.
#[derive(Debug, Clone, Default)]
pub(super) struct DoseLinks {
    pub(super) plan_uids: Vec<String>,
    pub(super) structure_set_uid: Option<String>,
    pub(super) fraction_groups: Vec<i32>,
    pub(super) summation_type: Option<String>,
}

impl DoseLinks {
    pub(super) fn of(set: &DataSet<'_>) -> Self {
        let plans = set.items(tags::REFERENCED_RT_PLAN_SEQUENCE);
        Self {
            plan_uids: plans
                .iter()
                .filter_map(|plan| plan.code(tags::REFERENCED_SOP_INSTANCE_UID))
                .collect(),
            structure_set_uid: set
                .items(tags::REFERENCED_STRUCTURE_SET_SEQUENCE)
                .first()
                .and_then(|reference| reference.code(tags::REFERENCED_SOP_INSTANCE_UID)),
            fraction_groups: plans
                .iter()
                .flat_map(|plan| plan.items(tags::REFERENCED_FRACTION_GROUP_SEQUENCE))
                .filter_map(|group| group.number(tags::REFERENCED_FRACTION_GROUP_NUMBER))
                .collect(),
            summation_type: set.code(tags::DOSE_SUMMATION_TYPE),
        }
    }
}

/// Gray in one unit of the file.
fn unit_gy(set: &DataSet<'_>, warnings: &mut Vec<String>) -> Result<f64, DicomError> {
    let units = set.code(tags::DOSE_UNITS);
    match DataSet::require(units, "RTDOSE", "DoseUnits")?.as_str() {
        "GY" => Ok(1.0),
        "CGY" => {
            warnings
                .push("DoseUnits is CGY, which DICOM does not know; read as centigray".to_owned());
            Ok(0.01)
        }
        "RELATIVE" => Err(DicomError::RelativeDose),
        other => Err(DicomError::Value {
            element: "DoseUnits",
            got: code_for_message(other),
            allowed: "GY",
            remedy: "export absolute dose in gray",
        }),
    }
}

/// Whether the words for people say that a dose is not physical: what is left where somebody took private elements out
/// of a BED or EQD2 that was labelled PHYSICAL for a system that reads nothing else.
fn denies_physical(set: &DataSet<'_>) -> bool {
    let says = |tag| set.text(tag).unwrap_or_default().trim().to_uppercase();
    let (series, comment) = (says(tags::SERIES_DESCRIPTION), says(tags::DOSE_COMMENT));
    [&series, &comment].iter().any(|text| {
        text.contains("NOT PHYSICAL") || text.starts_with("EQD2") || text.starts_with("BED ")
    })
}

fn kind(
    set: &DataSet<'_>,
    own: Option<OwnDose>,
    options: &RtDoseOptions,
    warnings: &mut Vec<String>,
) -> Result<DoseKind, DicomError> {
    let stated = set.code(tags::DOSE_TYPE);
    let kind = match (stated.as_deref(), own) {
        (Some("ERROR"), _) => return Err(DicomError::ErrorDose),
        (Some("PHYSICAL"), None) if denies_physical(set) => {
            warnings.push(
                "the dose is typed PHYSICAL, but its own description says BED or EQD2, not physical dose: its kind counts as unstated; give dose_type= if you know it"
                    .to_owned(),
            );
            DoseKind::Unstated
        }
        (
            Some("PHYSICAL"),
            None
            | Some(OwnDose {
                kind: DoseKind::Physical,
                ..
            }),
        ) => DoseKind::Physical,
        (Some("EFFECTIVE"), Some(own)) if own.kind != DoseKind::Physical => own.kind,
        (Some("PHYSICAL"), Some(own)) if own.labelled_physical => own.kind,
        // Another system has changed what we wrote: believe neither.
        (Some("PHYSICAL" | "EFFECTIVE"), Some(_)) | (Some("EFFECTIVE"), None) => {
            DoseKind::Effective
        }
        (Some(other), _) => {
            return Err(DicomError::Value {
                element: "DoseType",
                got: code_for_message(other),
                allowed: "PHYSICAL or EFFECTIVE",
                remedy: "export the dose again",
            });
        }
        (None, _) => DoseKind::Unstated,
    };
    match options.dose_type {
        Some(given) if kind == DoseKind::Unstated => Ok(given),
        Some(given) if given != kind => Err(DicomError::DoseTypeConflict {
            stated: kind.to_string(),
            given: given.to_string(),
        }),
        _ => Ok(kind),
    }
}

fn scope(
    links: &DoseLinks,
    own: Option<OwnDose>,
    options: &RtDoseOptions,
    warnings: &mut Vec<String>,
) -> DoseScope {
    let stated = own.map_or_else(|| stated_scope(links, warnings), |own| own.scope);
    match options.dose_scope {
        Some(given) => {
            if matches!(stated, DoseScope::Total | DoseScope::MultiPlan) && given != stated {
                warnings.push(format!("the file says that it holds {stated}; dose_scope= says {given}, which was followed"));
            }
            given
        }
        None => stated,
    }
}

/// What `DoseSummationType` means (PS3.3 C.8.8.3.4). FRACTION is one fraction *group*, so with a single
/// group it is the total.
fn stated_scope(links: &DoseLinks, warnings: &mut Vec<String>) -> DoseScope {
    let Some(stated) = links.summation_type.as_deref() else {
        return DoseScope::Unstated;
    };
    match stated {
        "PLAN" => DoseScope::Total,
        "MULTI_PLAN" => DoseScope::MultiPlan,
        "FRACTION" => match links.fraction_groups.len() {
            0 => DoseScope::Unstated,
            1 => DoseScope::Total,
            _ => DoseScope::Partial,
        },
        "BEAM" | "BRACHY" | "CONTROL_POINT" => DoseScope::Partial,
        session if session.ends_with("_SESSION") => DoseScope::Session,
        other => {
            warnings.push(format!(
                "DoseSummationType {} does not say whether this is the dose of the whole treatment; give dose_scope=",
                code_for_message(other)
            ));
            DoseScope::Unstated
        }
    }
}

fn fractionation(
    scope: DoseScope,
    own: Option<OwnDose>,
    options: &RtDoseOptions,
    warnings: &mut Vec<String>,
) -> Fractionation {
    if scope == DoseScope::MultiPlan {
        if options.fractions.is_some() {
            warnings.push(
                "the grid sums several plans, which have no common number of fractions; fractions= was left out".to_owned(),
            );
        }
        return Fractionation::Mixed;
    }
    match (options.fractions, own.map(|own| own.fractionation)) {
        (Some(n), _) => Fractionation::Fractions(n),
        (None, Some(own)) => own,
        (None, None) => Fractionation::Unstated,
    }
}
