//! [`Plan`] to RTPLAN: prescription, fraction scheme and beam doses, without the machine's part.

use super::dataset::DataSet;
use super::decimal;
use super::error::DicomError;
use super::parse::Role;
use super::write::{
    Draft, WriteOptions, frame_of_reference, reference, sequence, single_valued, text,
    with_template,
};
use crate::case::{DoseReference, FractionGroup, Plan};
use dicom_core::VR;
use dicom_dictionary_std::{tags, uids};
use dicom_object::InMemDicomObject;

/// Writes what a [`Plan`] knows as RTPLAN (Part 10, explicit VR little endian): fraction groups with beam
/// doses, dose references, approval. It holds no beams and cannot be delivered.
///
/// # Errors
/// A template that cannot be read or lies in another frame of reference.
pub fn write_rtplan(
    plan: &Plan,
    template: Option<&[u8]>,
    options: &WriteOptions,
) -> Result<Vec<u8>, DicomError> {
    with_template(template, |template| write(plan, template, options))
}

fn write(
    plan: &Plan,
    template: Option<&DataSet<'_>>,
    options: &WriteOptions,
) -> Result<Vec<u8>, DicomError> {
    let mut draft = Draft::new(Role::Plan, template, options);
    let own = plan.frame_of_reference.as_deref();
    let frame = frame_of_reference("RTPLAN", own, template, options)?;
    draft.put(tags::FRAME_OF_REFERENCE_UID, VR::UI, frame);
    draft.put(tags::POSITION_REFERENCE_INDICATOR, VR::LO, "");
    let label = options
        .label
        .as_deref()
        .or(plan.label.as_deref())
        .unwrap_or("HEPADOSE");
    draft.put(tags::RT_PLAN_LABEL, VR::SH, single_valued(label));
    draft.put(tags::RT_PLAN_DATE, VR::DA, "");
    draft.put(tags::RT_PLAN_TIME, VR::TM, "");
    let status = plan.approval_status.as_deref().unwrap_or("UNAPPROVED");
    draft.put(tags::APPROVAL_STATUS, VR::CS, status);
    if status != "UNAPPROVED" {
        for (tag, vr) in [
            (tags::REVIEW_DATE, VR::DA),
            (tags::REVIEW_TIME, VR::TM),
            (tags::REVIEWER_NAME, VR::PN),
        ] {
            draft.put(tag, vr, "");
        }
    }
    let set = options
        .structure_set_uid
        .as_deref()
        .or(plan.structure_set_uid.as_deref());
    let geometry = if set.is_some() {
        "PATIENT"
    } else {
        "TREATMENT_DEVICE"
    };
    draft.put(tags::RT_PLAN_GEOMETRY, VR::CS, geometry);
    if let Some(uid) = set {
        let item = reference(uids::RT_STRUCTURE_SET_STORAGE, uid);
        draft.object.put(sequence(
            tags::REFERENCED_STRUCTURE_SET_SEQUENCE,
            vec![item],
        ));
    }
    if !plan.dose_references.is_empty() {
        let items = plan.dose_references.iter().map(dose_reference).collect();
        draft
            .object
            .put(sequence(tags::DOSE_REFERENCE_SEQUENCE, items));
    }
    let groups = plan.fraction_groups.iter().map(fraction_group).collect();
    draft
        .object
        .put(sequence(tags::FRACTION_GROUP_SEQUENCE, groups));
    draft.finish(uids::EXPLICIT_VR_LITTLE_ENDIAN)
}

fn dose_reference(reference: &DoseReference) -> InMemDicomObject {
    let mut item = InMemDicomObject::from_element_iter([
        text(
            tags::DOSE_REFERENCE_NUMBER,
            VR::IS,
            reference.number.to_string(),
        ),
        text(
            tags::DOSE_REFERENCE_STRUCTURE_TYPE,
            VR::CS,
            reference.structure_type.clone(),
        ),
        text(
            tags::DOSE_REFERENCE_TYPE,
            VR::CS,
            reference.reference_type.clone(),
        ),
    ]);
    if let Some(roi) = reference.roi_number {
        item.put(text(tags::REFERENCED_ROI_NUMBER, VR::IS, roi.to_string()));
    }
    if let Some(dose) = reference.prescription_gy {
        item.put(text(
            tags::TARGET_PRESCRIPTION_DOSE,
            VR::DS,
            decimal::format(dose),
        ));
    }
    if let Some(description) = &reference.description {
        item.put(text(
            tags::DOSE_REFERENCE_DESCRIPTION,
            VR::LO,
            single_valued(description),
        ));
    }
    item
}

fn fraction_group(group: &FractionGroup) -> InMemDicomObject {
    let fractions = group.fractions.map(|n| n.to_string()).unwrap_or_default();
    let beams: Vec<InMemDicomObject> = group
        .beams
        .iter()
        .map(|beam| {
            let mut item = InMemDicomObject::from_element_iter([text(
                tags::REFERENCED_BEAM_NUMBER,
                VR::IS,
                beam.number.to_string(),
            )]);
            if let Some(dose) = beam.dose_gy {
                item.put(text(tags::BEAM_DOSE, VR::DS, decimal::format(dose)));
            }
            item
        })
        .collect();
    let mut item = InMemDicomObject::from_element_iter([
        text(
            tags::FRACTION_GROUP_NUMBER,
            VR::IS,
            group.number.to_string(),
        ),
        text(tags::NUMBER_OF_FRACTIONS_PLANNED, VR::IS, fractions),
        text(tags::NUMBER_OF_BEAMS, VR::IS, beams.len().to_string()),
        text(tags::NUMBER_OF_BRACHY_APPLICATION_SETUPS, VR::IS, "0"),
    ]);
    if !beams.is_empty() {
        item.put(sequence(tags::REFERENCED_BEAM_SEQUENCE, beams));
    }
    item
}
