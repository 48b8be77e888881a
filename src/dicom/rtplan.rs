//! RTPLAN to [`Plan`]: fraction groups, prescriptions, beam doses, approval.

use super::dataset::DataSet;
use super::error::DicomError;
use super::parse::{File, Role};
use crate::case::{BeamDose, DoseReference, FractionGroup, Plan};
use dicom_dictionary_std::tags;

/// Reads an RTPLAN (photon, electron, ion or brachytherapy) from the bytes of a file.
///
/// # Errors
/// Not DICOM, truncated, another modality.
pub fn read_rtplan(bytes: &[u8]) -> Result<Plan, DicomError> {
    let file = File::open(bytes)?;
    Ok(plan_of(&file.data_set_of(Role::Plan)?))
}

/// The plan in a data set.
pub(super) fn plan_of(set: &DataSet<'_>) -> Plan {
    Plan {
        label: set.text(tags::RT_PLAN_LABEL),
        approval_status: set.code(tags::APPROVAL_STATUS),
        fraction_groups: set
            .items(tags::FRACTION_GROUP_SEQUENCE)
            .iter()
            .map(group)
            .collect(),
        dose_references: set
            .items(tags::DOSE_REFERENCE_SEQUENCE)
            .iter()
            .map(reference)
            .collect(),
        sop_instance_uid: set.code(tags::SOP_INSTANCE_UID),
        structure_set_uid: set
            .items(tags::REFERENCED_STRUCTURE_SET_SEQUENCE)
            .first()
            .and_then(|item| item.code(tags::REFERENCED_SOP_INSTANCE_UID)),
        frame_of_reference: set.code(tags::FRAME_OF_REFERENCE_UID),
    }
}

fn group(item: &DataSet<'_>) -> FractionGroup {
    let beams = item
        .items(tags::REFERENCED_BEAM_SEQUENCE)
        .iter()
        .map(|beam| BeamDose {
            number: beam
                .number(tags::REFERENCED_BEAM_NUMBER)
                .unwrap_or_default(),
            dose_gy: beam.decimal(tags::BEAM_DOSE),
        });
    let setups = item
        .items(tags::REFERENCED_BRACHY_APPLICATION_SETUP_SEQUENCE)
        .iter()
        .map(|setup| BeamDose {
            number: setup
                .number(tags::REFERENCED_BRACHY_APPLICATION_SETUP_NUMBER)
                .unwrap_or_default(),
            dose_gy: setup.decimal(tags::BRACHY_APPLICATION_SETUP_DOSE),
        });
    FractionGroup {
        number: item.number(tags::FRACTION_GROUP_NUMBER).unwrap_or_default(),
        fractions: item
            .integer(tags::NUMBER_OF_FRACTIONS_PLANNED)
            .and_then(|n| u32::try_from(n).ok())
            .filter(|n| *n > 0),
        beams: beams.chain(setups).collect(),
    }
}

fn reference(item: &DataSet<'_>) -> DoseReference {
    DoseReference {
        number: item.number(tags::DOSE_REFERENCE_NUMBER).unwrap_or_default(),
        structure_type: item
            .code(tags::DOSE_REFERENCE_STRUCTURE_TYPE)
            .unwrap_or_default(),
        reference_type: item.code(tags::DOSE_REFERENCE_TYPE).unwrap_or_default(),
        roi_number: item.number(tags::REFERENCED_ROI_NUMBER),
        prescription_gy: item.decimal(tags::TARGET_PRESCRIPTION_DOSE),
        description: item.text(tags::DOSE_REFERENCE_DESCRIPTION),
    }
}
