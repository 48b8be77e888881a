//! Folders and structure sets made in the test: what belongs together, and what is refused.
#![allow(clippy::expect_used, clippy::unwrap_used, clippy::panic)]

use dicom_core::value::DataSetSequence;
use dicom_core::{DataElement, PrimitiveValue, Tag, VR};
use dicom_dictionary_std::{tags, uids};
use dicom_object::InMemDicomObject;
use dicom_object::meta::FileMetaTableBuilder;
use hepadose::case::{BeamDose, Case, FractionGroup, Plan};
use hepadose::dicom::{
    CaseFolder, CaseOptions, DicomError, RtDoseOptions, RtStruct, WriteOptions, read_case,
    read_cases, read_rtdose, read_rtstruct, write_rtdose, write_rtplan, write_rtstruct,
};
use hepadose::dose::{DoseGrid, DoseScope, Fractionation};
use hepadose::geometry::Grid;
use hepadose::structure::{Shape, Structure};
use std::path::PathBuf;

const FRAME: &str = "1.2.3.77";
const PLAN: &str = "1.2.3.100";
const SET: &str = "1.2.3.101";

struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("hepadose-{}-{name}", std::process::id()));
        let _ = std::fs::remove_dir_all(&path);
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn add(&self, name: &str, bytes: &[u8]) {
        std::fs::write(self.0.join(name), bytes).unwrap();
    }

    fn read(&self) -> Result<Case, DicomError> {
        let read = read_case(&self.0, &CaseOptions::default());
        if let Err(error) = &read {
            let message = error.to_string();
            assert!(!message.contains(&*self.0.to_string_lossy()), "{message}");
        }
        read
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn put(object: &mut InMemDicomObject, tag: Tag, vr: VR, value: &str) {
    object.put(DataElement::new(tag, vr, PrimitiveValue::from(value)));
}

fn sequence(tag: Tag, items: Vec<InMemDicomObject>) -> DataElement<InMemDicomObject> {
    DataElement::new(tag, VR::SQ, DataSetSequence::from(items))
}

fn file(object: InMemDicomObject) -> Vec<u8> {
    let meta = FileMetaTableBuilder::new().transfer_syntax(uids::EXPLICIT_VR_LITTLE_ENDIAN);
    let mut bytes = Vec::new();
    object
        .with_meta(meta)
        .unwrap()
        .write_all(&mut bytes)
        .unwrap();
    bytes
}

/// A dose of another system: 20 Gy everywhere, of a plan and with a summation type.
fn foreign_dose(plan: Option<&str>, frame: &str, summation: &str, groups: &[&str]) -> Vec<u8> {
    let mut object = InMemDicomObject::new_empty();
    for (tag, vr, value) in [
        (tags::SOP_CLASS_UID, VR::UI, uids::RT_DOSE_STORAGE),
        (tags::SOP_INSTANCE_UID, VR::UI, "1.2.3.4"),
        (tags::MODALITY, VR::CS, "RTDOSE"),
        (tags::FRAME_OF_REFERENCE_UID, VR::UI, frame),
        (tags::IMAGE_POSITION_PATIENT, VR::DS, "0\\0\\0"),
        (tags::IMAGE_ORIENTATION_PATIENT, VR::DS, "1\\0\\0\\0\\1\\0"),
        (tags::PIXEL_SPACING, VR::DS, "1\\1"),
        (tags::SLICE_THICKNESS, VR::DS, "1"),
        (tags::DOSE_UNITS, VR::CS, "GY"),
        (tags::DOSE_TYPE, VR::CS, "PHYSICAL"),
        (tags::DOSE_SUMMATION_TYPE, VR::CS, summation),
        (tags::DOSE_GRID_SCALING, VR::DS, "0.02"),
    ] {
        put(&mut object, tag, vr, value);
    }
    for (tag, value) in [
        (tags::ROWS, 2_u16),
        (tags::COLUMNS, 2),
        (tags::BITS_ALLOCATED, 16),
    ] {
        object.put(DataElement::new(tag, VR::US, PrimitiveValue::from(value)));
    }
    let pixels = PrimitiveValue::U16([1000; 4].into_iter().collect());
    object.put(DataElement::new(tags::PIXEL_DATA, VR::OW, pixels));
    if let Some(plan) = plan {
        let items = groups
            .iter()
            .map(|number| {
                let mut item = InMemDicomObject::new_empty();
                put(
                    &mut item,
                    tags::REFERENCED_FRACTION_GROUP_NUMBER,
                    VR::IS,
                    number,
                );
                item
            })
            .collect();
        let mut reference = InMemDicomObject::new_empty();
        put(
            &mut reference,
            tags::REFERENCED_SOP_INSTANCE_UID,
            VR::UI,
            plan,
        );
        reference.put(sequence(tags::REFERENCED_FRACTION_GROUP_SEQUENCE, items));
        object.put(sequence(tags::REFERENCED_RT_PLAN_SEQUENCE, vec![reference]));
    }
    file(object)
}

fn plan_file(uid: &str, label: &str, groups: &[(u32, f64)]) -> Vec<u8> {
    let fraction_groups = (1..)
        .zip(groups)
        .map(|(number, (fractions, beam))| FractionGroup {
            number,
            fractions: Some(*fractions),
            beams: vec![BeamDose {
                number: 1,
                dose_gy: Some(*beam),
            }],
        })
        .collect();
    let plan = Plan {
        label: Some(label.to_owned()),
        fraction_groups,
        structure_set_uid: Some(SET.to_owned()),
        frame_of_reference: Some(FRAME.to_owned()),
        ..Plan::default()
    };
    let options = WriteOptions {
        sop_instance_uid: Some(uid.to_owned()),
        ..WriteOptions::default()
    };
    write_rtplan(&plan, None, &options).unwrap()
}

fn structures_file(uid: &str, frame: &str) -> Vec<u8> {
    let mut point = Structure::new("Iso", Shape::Points(vec![[0.0; 3]].into()));
    point.frame_of_reference = Some(frame.to_owned());
    let options = WriteOptions {
        sop_instance_uid: Some(uid.to_owned()),
        ..WriteOptions::default()
    };
    write_rtstruct(&[point], None, &options).unwrap()
}

#[test]
fn fraction_groups_decide_with_the_plan() {
    let read = |groups: &[(u32, f64)], referenced: &[&str], summation: &str| {
        let folder = Folder::new("groups");
        folder.add("d", &foreign_dose(Some(PLAN), FRAME, summation, referenced));
        folder.add("p", &plan_file(PLAN, "A", groups));
        let case = folder.read().unwrap();
        let dose = case.dose.unwrap();
        assert!((dose.values_f64()[0] - 20.0).abs() < 1e-6);
        (dose.scope(), dose.fractionation(), case.warnings)
    };
    let five = Fractionation::Fractions(5);
    assert_eq!(
        read(&[(5, 3.6)], &["1"], "FRACTION"),
        (DoseScope::Total, five, vec![])
    );
    assert_eq!(
        read(&[(5, 3.6)], &[], "FRACTION"),
        (DoseScope::Total, five, vec![])
    );
    assert_eq!(
        read(&[(5, 3.6)], &["1"], "PLAN"),
        (DoseScope::Total, five, vec![])
    );
    let two = [(5, 3.6), (10, 1.8)];
    assert_eq!(
        read(&two, &["1"], "FRACTION"),
        (DoseScope::Partial, Fractionation::Unstated, vec![])
    );
    assert_eq!(read(&two, &["1"], "PLAN").1, Fractionation::Unstated);
    // The dose of one fraction in a file that says PLAN: 20 Gy where the beams make 100.
    let (_, _, warnings) = read(&[(5, 20.0)], &["1"], "PLAN");
    assert_eq!(
        warnings,
        [
            "the dose maximum is 20.00 Gy, but fractions times beam doses make 100.00 Gy (allowed is 0.8 to 2 times that): check whether the grid holds the whole treatment"
        ]
    );
}

#[test]
fn several_doses_of_a_plan() {
    let folder = Folder::new("doses");
    folder.add("p", &plan_file(PLAN, "A", &[(5, 3.6)]));
    folder.add("b1", &foreign_dose(Some(PLAN), FRAME, "BEAM", &[]));
    folder.add("total", &foreign_dose(Some(PLAN), FRAME, "PLAN", &[]));
    // A copy does not count twice.
    folder.add("copy", &foreign_dose(Some(PLAN), FRAME, "PLAN", &[]));
    let case = folder.read().unwrap();
    assert_eq!(case.dose.unwrap().scope(), DoseScope::Total);
    assert!(case.warnings[0].starts_with("2 RTDOSE files belong to the plan"));
    folder.add("again", &foreign_dose(Some(PLAN), FRAME, "PLAN", &["1"]));
    assert_eq!(
        folder.read().unwrap_err().to_string(),
        "3 RTDOSE files belong to the same plan and none of them can be preferred; leave one in the folder, or read the files one by one"
    );
}

#[test]
fn plans_are_never_mixed() {
    let folder = Folder::new("plans");
    folder.add("p", &plan_file(PLAN, "A", &[(5, 3.6)]));
    folder.add("d", &foreign_dose(Some("1.2.3.200"), FRAME, "PLAN", &["1"]));
    assert_eq!(
        folder.read().unwrap_err().to_string(),
        "the folder holds 2 plans, allowed is one: 'A' (...1.2.3.100), 'without a plan file' (...1.2.3.200); choose one with plan= (its label or SOP instance UID), or read all of them with read_cases"
    );
    let cases = read_cases(&folder.0, &RtDoseOptions::default()).unwrap();
    assert!(cases[0].case.as_ref().unwrap().dose.is_none());
    let other = cases[1].case.as_ref().unwrap();
    assert!(other.plan.is_none() && other.fractions().is_none() && other.dose.is_some());
    // Two plans of one label: only the UID tells them apart.
    folder.add("p2", &plan_file("1.2.3.200", "A", &[(3, 6.0)]));
    let found = CaseFolder::open(&folder.0).unwrap();
    let error = found.choose(Some("A")).unwrap_err();
    assert!(
        error.to_string().starts_with("plan= names 2 of the plans"),
        "{error}"
    );
    let plan = found.choose(Some("1.2.3.200")).unwrap();
    let case = found.read(plan, &RtDoseOptions::default()).unwrap();
    assert_eq!(case.fractions(), Some(3));
}

#[test]
fn frames_of_reference_are_never_mixed() {
    let folder = Folder::new("frames");
    folder.add("d1", &foreign_dose(None, FRAME, "PLAN", &[]));
    folder.add("d2", &foreign_dose(None, "1.2.3.78", "PLAN", &[]));
    assert_eq!(
        folder.read().unwrap_err().to_string(),
        "the folder holds RTDOSE files in 2 frames of reference, allowed is one: ...1.2.3.77, ...1.2.3.78; put each into its own folder"
    );
    let folder = Folder::new("frames");
    folder.add("d", &foreign_dose(None, FRAME, "PLAN", &[]));
    folder.add("s", &structures_file(SET, "1.2.3.78"));
    assert_eq!(
        folder.read().unwrap_err().to_string(),
        "the RTSTRUCT is in frame of reference ...1.2.3.78, the RTDOSE in ...1.2.3.77; they must be the same: register them, or export the structure set of the planning image"
    );
    // Also when the plan refers to that very structure set.
    folder.add("p", &plan_file(PLAN, "A", &[(5, 3.6)]));
    assert!(matches!(
        folder.read().unwrap_err(),
        DicomError::FrameMismatch { .. }
    ));
}

#[test]
fn the_structure_set_that_the_plan_names() {
    let folder = Folder::new("sets");
    folder.add("d", &foreign_dose(Some(PLAN), FRAME, "PLAN", &["1"]));
    folder.add("p", &plan_file(PLAN, "A", &[(5, 3.6)]));
    folder.add("s1", &structures_file("1.2.3.150", FRAME));
    let case = folder.read().unwrap();
    assert_eq!(case.structure_set_uid.as_deref(), Some("1.2.3.150"));
    assert!(case.warnings[0].contains("the one in the same frame of reference was taken"));
    folder.add("s2", &structures_file("1.2.3.151", FRAME));
    assert!(matches!(
        folder.read().unwrap_err(),
        DicomError::Ambiguous { count: 2, .. }
    ));
    folder.add("s3", &structures_file(SET, FRAME));
    let case = folder.read().unwrap();
    assert_eq!(case.structure_set_uid.as_deref(), Some(SET));
    assert_eq!(case.warnings, Vec::<String>::new());
}

#[test]
fn folders_without_anything() {
    let folder = Folder::new("empty");
    folder.add("readme.dcm", b"this is no DICOM file, whatever its name");
    folder.add("nothing", b"");
    assert_eq!(folder.read().unwrap_err(), DicomError::NothingFound);
    let absent = folder.0.join("absent");
    let error = read_case(&absent, &CaseOptions::default()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "cannot read the folder: entity not found; check that it exists and that you may read it"
    );
}

/// A structure set with one ROI whose contours are given as type, promised points and data.
fn structure_set(contours: &[(&str, &str, &str)], numbers: &[&str]) -> Vec<u8> {
    let mut object = InMemDicomObject::new_empty();
    put(
        &mut object,
        tags::SOP_CLASS_UID,
        VR::UI,
        uids::RT_STRUCTURE_SET_STORAGE,
    );
    put(&mut object, tags::SOP_INSTANCE_UID, VR::UI, SET);
    put(&mut object, tags::MODALITY, VR::CS, "RTSTRUCT");
    put(&mut object, tags::PATIENT_NAME, VR::PN, "Secret^Person");
    let rois = numbers
        .iter()
        .map(|number| {
            let mut roi = InMemDicomObject::new_empty();
            put(&mut roi, tags::ROI_NUMBER, VR::IS, number);
            put(&mut roi, tags::ROI_NAME, VR::LO, "Liver");
            roi
        })
        .collect();
    object.put(sequence(tags::STRUCTURE_SET_ROI_SEQUENCE, rois));
    let contours = contours
        .iter()
        .map(|(kind, promised, data)| {
            let mut contour = InMemDicomObject::new_empty();
            if !kind.is_empty() {
                put(&mut contour, tags::CONTOUR_GEOMETRIC_TYPE, VR::CS, kind);
            }
            put(
                &mut contour,
                tags::NUMBER_OF_CONTOUR_POINTS,
                VR::IS,
                promised,
            );
            put(&mut contour, tags::CONTOUR_DATA, VR::DS, data);
            contour
        })
        .collect();
    let mut roi = InMemDicomObject::new_empty();
    put(&mut roi, tags::REFERENCED_ROI_NUMBER, VR::IS, "1");
    roi.put(sequence(tags::CONTOUR_SEQUENCE, contours));
    object.put(sequence(tags::ROI_CONTOUR_SEQUENCE, vec![roi]));
    file(object)
}

const SQUARE: &str = "0\\0\\0\\4\\0\\0\\4\\4\\0\\0\\4\\0";
const HOLE: &str = "1\\1\\0\\2\\1\\0\\2\\2\\0\\1\\2\\0";
const OPEN: &str = "9\\9\\0\\8\\9\\0";

fn one_roi(contours: &[(&str, &str, &str)]) -> Result<RtStruct, DicomError> {
    read_rtstruct(&structure_set(contours, &["1"]))
}

fn rings(structure: &Structure) -> Vec<usize> {
    match &structure.shape {
        Shape::Contours(stack) => stack
            .planes()
            .iter()
            .map(|plane| plane.rings.len())
            .collect(),
        _ => panic!("no contours"),
    }
}

#[test]
fn contour_types() {
    for closed in [
        "CLOSED_PLANAR",
        "CLOSEDPLANAR_XOR",
        "INTERPOLATED_PLANAR",
        "",
    ] {
        let read = one_roi(&[(closed, "4", SQUARE), (closed, "4", HOLE)]).unwrap();
        assert_eq!(rings(&read.structures[0]), [2], "{closed}");
        assert_eq!(read.warnings, Vec::<String>::new());
    }
    for open in ["POINT", "OPEN_PLANAR", "OPEN_NONPLANAR"] {
        let read = one_roi(&[(open, "4", SQUARE)]).unwrap();
        assert!(matches!(&read.structures[0].shape, Shape::Points(points) if points.len() == 4));
    }
    let mixed = one_roi(&[("CLOSED_PLANAR", "4", SQUARE), ("OPEN_PLANAR", "2", OPEN)]).unwrap();
    assert_eq!(rings(&mixed.structures[0]), [1]);
    assert_eq!(
        mixed.warnings,
        [
            "ROI 1 'Liver': 1 open contours or points beside closed contours take no volume and were left out"
        ]
    );
    let short = one_roi(&[("CLOSED_PLANAR", "4", SQUARE), ("CLOSED_PLANAR", "2", OPEN)]).unwrap();
    // A contour without area is no doubt about the others.
    assert_eq!(short.warnings, Vec::<String>::new());
    assert_eq!(rings(&short.structures[0]), [1]);
    let only_short = one_roi(&[("CLOSED_PLANAR", "2", OPEN)]).unwrap();
    assert!(matches!(only_short.structures[0].shape, Shape::Points(_)));
    assert!(matches!(
        one_roi(&[]).unwrap().structures[0].shape,
        Shape::Empty
    ));
    let nothing = one_roi(&[("CLOSED_PLANAR", "0", "")]).unwrap();
    assert!(matches!(nothing.structures[0].shape, Shape::Empty));
}

#[test]
fn contours_that_are_not_flat_have_no_volume() {
    let bent = one_roi(&[("CLOSED_PLANAR", "4", "0\\0\\0\\4\\0\\0\\4\\4\\3\\0\\4\\0")]).unwrap();
    assert!(matches!(bent.structures[0].shape, Shape::Points(_)));
    assert!(
        bent.warnings[0].starts_with("ROI 1 'Liver' is kept as points, without volume: contour 0")
    );
}

#[test]
fn contour_data_that_is_none() {
    let refused = |data: &str| {
        one_roi(&[("CLOSED_PLANAR", "4", SQUARE), ("CLOSED_PLANAR", "2", data)])
            .unwrap_err()
            .to_string()
    };
    assert_eq!(
        refused("1\\2\\3\\4\\5"),
        "contour 1 of ROI 1 cannot be read: the number of coordinates is not a multiple of three; allowed is x\\y\\z for each point, in decimal numbers: export the structure set again"
    );
    assert!(refused("1\\two\\3").contains("a coordinate is no decimal number"));
    assert!(refused("1\\nan\\3").contains("a coordinate is no decimal number"));
    assert!(refused("1\\1e999\\3").contains("a coordinate is no decimal number"));
    let miscounted = one_roi(&[("CLOSED_PLANAR", "99999999", SQUARE)]).unwrap();
    assert!(miscounted.warnings[0].contains("NumberOfContourPoints of 1 contours"));
    assert_eq!(rings(&miscounted.structures[0]), [1]);
}

#[test]
fn numbers_and_names_of_rois() {
    let error = read_rtstruct(&structure_set(&[], &["1", "2", "1"])).unwrap_err();
    assert_eq!(
        error.to_string(),
        "ROI number 1 stands twice in the structure set, allowed is once: contours cannot be assigned; export the structure set again"
    );
    let same_names = read_rtstruct(&structure_set(&[], &["1", "2"])).unwrap();
    assert!(same_names.structures.iter().all(|roi| roi.name == "Liver"));
    let unknown = read_rtstruct(&structure_set(&[("CLOSED_PLANAR", "4", SQUARE)], &["5"])).unwrap();
    assert!(matches!(unknown.structures[0].shape, Shape::Empty));
    assert!(unknown.warnings[0].contains("does not list"));
}

/// Damaged copies of what we write ourselves: an error or a reading, never a panic.
#[test]
fn damage_does_no_harm() {
    let axes = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]];
    let grid = Grid::new([2, 2, 2], [1.0; 3], [0.0; 3], axes).unwrap();
    let eqd2 = DoseGrid::physical(vec![3.0; 8], grid, Some(3))
        .unwrap()
        .eqd2(10.0)
        .unwrap();
    let dose = write_rtdose(&eqd2, None, &WriteOptions::default()).unwrap();
    let set = structure_set(
        &[("CLOSED_PLANAR", "4", SQUARE), ("POINT", "1", "1\\2\\3")],
        &["1"],
    );
    let mut state = 0x1234_5678_9ABC_DEF1_u64;
    let mut next = |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state % below as u64) as usize
    };
    for good in [&dose, &set] {
        for length in 0..good.len() {
            let _ = read_rtdose(&good[..length], &RtDoseOptions::default());
            let _ = read_rtstruct(&good[..length]);
        }
        for _ in 0..4000 {
            let mut bytes = good.clone();
            for _ in 0..=next(6) {
                let place = next(bytes.len());
                bytes[place] = next(256) as u8;
            }
            let _ = read_rtdose(&bytes, &RtDoseOptions::default());
            let _ = read_rtstruct(&bytes);
            let _ = write_rtdose(&eqd2, Some(&bytes), &WriteOptions::default());
        }
    }
}
