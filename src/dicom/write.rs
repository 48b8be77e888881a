//! What the writers share: identity from a template, UIDs, Part 10 files.

use super::dataset::{DataSet, Value};
use super::error::{DicomError, short_uid};
use super::parse::{File, Role};
use super::uid::{new_uid, seeded_uid};
use dicom_core::value::DataSetSequence;
use dicom_core::{DataElement, PrimitiveValue, Tag, VR};
use dicom_dictionary_std::{tags, uids};
use dicom_object::InMemDicomObject;
use dicom_object::meta::FileMetaTableBuilder;

/// Our own implementation UID: `2.25.` and a UUID that stands for hepadose.
const IMPLEMENTATION_UID: &str = "2.25.206010074048007322137235381890329421676";

/// Elements of patient and study that a template hands on (PS3.3 C.7.1.1, C.7.2.1).
const IDENTITY: &[(Tag, VR)] = &[
    (tags::STUDY_DATE, VR::DA),
    (tags::STUDY_TIME, VR::TM),
    (tags::ACCESSION_NUMBER, VR::SH),
    (tags::REFERRING_PHYSICIAN_NAME, VR::PN),
    (tags::PATIENT_NAME, VR::PN),
    (tags::PATIENT_ID, VR::LO),
    (tags::PATIENT_BIRTH_DATE, VR::DA),
    (tags::PATIENT_SEX, VR::CS),
    (tags::STUDY_ID, VR::SH),
];
/// The same, where they need not be present.
const OPTIONAL_IDENTITY: &[(Tag, VR)] = &[
    (tags::STUDY_DESCRIPTION, VR::LO),
    (tags::ISSUER_OF_PATIENT_ID, VR::LO),
    (tags::PATIENT_IDENTITY_REMOVED, VR::CS),
    (tags::DEIDENTIFICATION_METHOD, VR::LO),
];

/// What a writer is told beyond the object itself. Everything may be left out.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct WriteOptions {
    /// Makes all new UIDs the same in every run (see [`seeded_uid`]); without it they are random.
    pub seed: Option<u64>,
    /// Patient name and identifier, for an object without a template.
    pub patient: Option<(String, String)>,
    /// SOP instance UID of the new object.
    pub sop_instance_uid: Option<String>,
    /// Study, for an object without a template.
    pub study_instance_uid: Option<String>,
    /// Frame of reference, for an object that names none itself and has no template.
    pub frame_of_reference: Option<String>,
    /// SOP instance UID of the plan that a dose belongs to.
    pub plan_uid: Option<String>,
    /// SOP instance UID of the structure set that a dose or plan belongs to.
    pub structure_set_uid: Option<String>,
    /// Label of a structure set or plan, description of a dose.
    pub label: Option<String>,
    /// Calls BED and EQD2 `DoseType` PHYSICAL, for systems that read nothing else. The description of the series then
    /// says what it is and that it is not for treatment, whatever `label` says.
    pub physical_label: bool,
}

impl WriteOptions {
    /// A new UID for an object, from the seed if there is one.
    pub(super) fn uid(&self, object: &str) -> String {
        self.seed
            .map_or_else(new_uid, |seed| seeded_uid(seed, object))
    }
}

/// An object in the making.
pub(super) struct Draft {
    pub(super) object: InMemDicomObject,
    role: Role,
}

pub(super) fn text(tag: Tag, vr: VR, value: impl Into<String>) -> DataElement<InMemDicomObject> {
    DataElement::new(tag, vr, PrimitiveValue::from(value.into()))
}

pub(super) fn sequence(tag: Tag, items: Vec<InMemDicomObject>) -> DataElement<InMemDicomObject> {
    DataElement::new(tag, VR::SQ, DataSetSequence::from(items))
}

/// A reference to another object.
pub(super) fn reference(class: &str, uid: &str) -> InMemDicomObject {
    InMemDicomObject::from_element_iter([
        text(tags::REFERENCED_SOP_CLASS_UID, VR::UI, class),
        text(tags::REFERENCED_SOP_INSTANCE_UID, VR::UI, uid),
    ])
}

impl Draft {
    /// The modules that all RT objects share, patient and study from the template.
    pub(super) fn new(role: Role, template: Option<&DataSet<'_>>, options: &WriteOptions) -> Self {
        let class = match role {
            Role::Dose => uids::RT_DOSE_STORAGE,
            Role::Structures => uids::RT_STRUCTURE_SET_STORAGE,
            Role::Plan => uids::RT_PLAN_STORAGE,
        };
        let uid = options
            .sop_instance_uid
            .clone()
            .unwrap_or_else(|| options.uid(role.modality()));
        let study = template
            .and_then(|set| set.code(tags::STUDY_INSTANCE_UID))
            .or_else(|| options.study_instance_uid.clone())
            .unwrap_or_else(|| options.uid("study"));
        let mut object = InMemDicomObject::from_element_iter([
            text(tags::SPECIFIC_CHARACTER_SET, VR::CS, "ISO_IR 192"),
            text(tags::SOP_CLASS_UID, VR::UI, class),
            text(tags::SOP_INSTANCE_UID, VR::UI, uid),
            text(tags::MODALITY, VR::CS, role.modality()),
            text(tags::MANUFACTURER, VR::LO, "hepadose"),
            text(tags::MANUFACTURER_MODEL_NAME, VR::LO, "hepadose"),
            text(tags::SOFTWARE_VERSIONS, VR::LO, crate::provenance::VERSION),
            text(tags::OPERATORS_NAME, VR::PN, ""),
            text(tags::STUDY_INSTANCE_UID, VR::UI, study),
            text(
                tags::SERIES_INSTANCE_UID,
                VR::UI,
                options.uid(&format!("{} series", role.modality())),
            ),
            text(tags::SERIES_NUMBER, VR::IS, ""),
        ]);
        for (tag, vr) in IDENTITY {
            let value = template.and_then(|set| set.text(*tag)).unwrap_or_default();
            object.put(text(*tag, *vr, value));
        }
        for (tag, vr) in OPTIONAL_IDENTITY {
            if let Some(value) = template.and_then(|set| set.text(*tag)) {
                object.put(text(*tag, *vr, value));
            }
        }
        if let (None, Some((name, id))) = (template, &options.patient) {
            object.put(text(tags::PATIENT_NAME, VR::PN, name));
            object.put(text(tags::PATIENT_ID, VR::LO, id));
        }
        Self { object, role }
    }

    pub(super) fn put(&mut self, tag: Tag, vr: VR, value: impl Into<String>) {
        self.object.put(text(tag, vr, value));
    }

    /// The bytes of a Part 10 file in a transfer syntax.
    pub(super) fn finish(self, syntax: &str) -> Result<Vec<u8>, DicomError> {
        let failed = |reason: String| DicomError::Write {
            what: self.role.modality(),
            reason,
        };
        let meta = FileMetaTableBuilder::new()
            .transfer_syntax(syntax)
            .implementation_class_uid(IMPLEMENTATION_UID)
            .implementation_version_name("HEPADOSE");
        let file = self
            .object
            .with_meta(meta)
            .map_err(|error| failed(error.to_string()))?;
        let mut bytes = Vec::new();
        file.write_all(&mut bytes)
            .map_err(|error| failed(error.to_string()))?;
        Ok(bytes)
    }
}

/// Opens a template and gives its data set to `write`.
pub(super) fn with_template<T>(
    template: Option<&[u8]>,
    write: impl FnOnce(Option<&DataSet<'_>>) -> Result<T, DicomError>,
) -> Result<T, DicomError> {
    match template {
        Some(bytes) => {
            let file = File::open(bytes)?;
            let set = file.data_set()?;
            write(Some(&set))
        }
        None => write(None),
    }
}

/// The frame of reference of a new object: its own, the template's, or a new one.
///
/// # Errors
/// An object and a template in different frames.
pub(super) fn frame_of_reference(
    what: &'static str,
    own: Option<&str>,
    template: Option<&DataSet<'_>>,
    options: &WriteOptions,
) -> Result<String, DicomError> {
    let given = template.and_then(super::rtstruct::frame_of_reference);
    match (own, given) {
        (Some(own), Some(given)) if own != given => Err(DicomError::Write {
            what,
            reason: format!(
                "it lies in frame of reference ...{}, the template in ...{}; allowed is a template of the same frame: give one, or register first",
                short_uid(own),
                short_uid(&given)
            ),
        }),
        (Some(own), _) => Ok(own.to_owned()),
        (None, Some(given)) => Ok(given),
        (None, None) => Ok(options
            .frame_of_reference
            .clone()
            .unwrap_or_else(|| options.uid("frame"))),
    }
}

/// Copies the items of a sequence: text, UIDs and nested sequences.
pub(super) fn copied(items: &[DataSet<'_>]) -> Vec<InMemDicomObject> {
    items
        .iter()
        .map(|item| {
            InMemDicomObject::from_element_iter(item.elements.iter().filter_map(|element| {
                match &element.value {
                    Value::Items(items) => Some(sequence(element.tag, copied(items))),
                    Value::Bytes(_) if is_text(element.vr) => Some(text(
                        element.tag,
                        element.vr,
                        item.text(element.tag).unwrap_or_default(),
                    )),
                    _ => None,
                }
            }))
        })
        .collect()
}

fn is_text(vr: VR) -> bool {
    matches!(
        vr,
        VR::UI | VR::CS | VR::IS | VR::DS | VR::LO | VR::SH | VR::DA | VR::TM
    )
}

/// Text for a value of one part: the backslash separates values.
pub(super) fn single_valued(text: &str) -> String {
    text.replace('\\', "/")
}
