//! RTDOSE made in the test, read back: syntaxes, geometry, scope, kind, and everything that must be refused.
#![allow(clippy::expect_used, clippy::unwrap_used, clippy::panic)]

use dicom_core::{DataElement, PrimitiveValue, Tag, VR};
use dicom_dictionary_std::{tags, uids};
use dicom_object::InMemDicomObject;
use dicom_object::meta::FileMetaTableBuilder;
use hepadose::dicom::{
    DicomError, RtDose, RtDoseOptions, WriteOptions, read_packed_rtdose, read_rtdose, write_rtdose,
};
use hepadose::dose::{DoseError, DoseGrid, DoseKind, DoseScope, Fractionation};
use hepadose::geometry::Grid;

const BIG_ENDIAN: &str = "1.2.840.10008.1.2.2";

fn put(object: &mut InMemDicomObject, tag: Tag, vr: VR, value: &str) {
    object.put(DataElement::new(tag, vr, PrimitiveValue::from(value)));
}

fn put_short(object: &mut InMemDicomObject, tag: Tag, value: u16) {
    object.put(DataElement::new(tag, VR::US, PrimitiveValue::from(value)));
}

/// Three frames of two rows and four columns; stored numbers 0, 10, ... 230, 0.5 Gy each ten.
fn numbers() -> Vec<u16> {
    (0..24).map(|n| 10 * n).collect()
}

fn object() -> InMemDicomObject {
    let mut object = InMemDicomObject::new_empty();
    for (tag, vr, value) in [
        (tags::SOP_CLASS_UID, VR::UI, uids::RT_DOSE_STORAGE),
        (tags::SOP_INSTANCE_UID, VR::UI, "1.2.3.4"),
        (tags::MODALITY, VR::CS, "RTDOSE"),
        (tags::PATIENT_NAME, VR::PN, "Secret^Person"),
        (tags::PATIENT_ID, VR::LO, "SECRET-ID"),
        (tags::FRAME_OF_REFERENCE_UID, VR::UI, "1.2.3.5"),
        (tags::IMAGE_POSITION_PATIENT, VR::DS, "10\\20\\30"),
        (tags::IMAGE_ORIENTATION_PATIENT, VR::DS, "1\\0\\0\\0\\1\\0"),
        (tags::PIXEL_SPACING, VR::DS, "3\\2"),
        (tags::NUMBER_OF_FRAMES, VR::IS, "3"),
        (tags::GRID_FRAME_OFFSET_VECTOR, VR::DS, "0\\2.5\\5"),
        (tags::DOSE_UNITS, VR::CS, "GY"),
        (tags::DOSE_TYPE, VR::CS, "PHYSICAL"),
        (tags::DOSE_SUMMATION_TYPE, VR::CS, "PLAN"),
        (tags::DOSE_GRID_SCALING, VR::DS, "0.05"),
    ] {
        put(&mut object, tag, vr, value);
    }
    for (tag, value) in [
        (tags::SAMPLES_PER_PIXEL, 1),
        (tags::ROWS, 2),
        (tags::COLUMNS, 4),
        (tags::BITS_ALLOCATED, 16),
        (tags::BITS_STORED, 16),
        (tags::HIGH_BIT, 15),
        (tags::PIXEL_REPRESENTATION, 0),
    ] {
        put_short(&mut object, tag, value);
    }
    let pixels = PrimitiveValue::U16(numbers().into());
    object.put(DataElement::new(tags::PIXEL_DATA, VR::OW, pixels));
    object
}

fn file(object: InMemDicomObject, syntax: &str) -> Vec<u8> {
    let meta = FileMetaTableBuilder::new().transfer_syntax(syntax);
    let mut bytes = Vec::new();
    object
        .with_meta(meta)
        .unwrap()
        .write_all(&mut bytes)
        .unwrap();
    bytes
}

fn read(object: InMemDicomObject) -> Result<RtDose, DicomError> {
    read_rtdose(
        &file(object, uids::EXPLICIT_VR_LITTLE_ENDIAN),
        &RtDoseOptions::default(),
    )
}

fn with(tag: Tag, vr: VR, value: &str) -> InMemDicomObject {
    let mut object = object();
    put(&mut object, tag, vr, value);
    object
}

fn without(tag: Tag) -> InMemDicomObject {
    let mut object = object();
    object.remove_element(tag);
    object
}

fn refused(object: InMemDicomObject) -> String {
    let message = read(object).unwrap_err().to_string();
    assert!(
        !message.contains("Secret") && !message.contains("SECRET"),
        "{message}"
    );
    message
}

fn check_plain(read: &RtDose) {
    assert_eq!(read.dose.grid().shape(), [3, 2, 4]);
    let expected: Vec<f64> = numbers()
        .iter()
        .map(|n| f64::from((f64::from(*n) * 0.05) as f32))
        .collect();
    assert_eq!(read.dose.values_f64(), expected);
    assert!(!read.dose.is_double());
    // Column 3 of 2 mm, row 1 of 3 mm, frame 2 at 5 mm.
    assert_eq!(
        read.dose.grid().voxel_centre_mm(2, 1, 3),
        [16.0, 23.0, 35.0]
    );
    assert_eq!(read.dose.frame_of_reference(), Some("1.2.3.5"));
    assert_eq!(read.warnings, Vec::<String>::new());
}

#[test]
fn every_native_syntax() {
    for syntax in [
        uids::IMPLICIT_VR_LITTLE_ENDIAN,
        uids::EXPLICIT_VR_LITTLE_ENDIAN,
        uids::DEFLATED_EXPLICIT_VR_LITTLE_ENDIAN,
        BIG_ENDIAN,
    ] {
        let bytes = file(object(), syntax);
        check_plain(&read_rtdose(&bytes, &RtDoseOptions::default()).unwrap());
    }
}

#[test]
fn without_preamble_or_meta() {
    for syntax in [
        uids::IMPLICIT_VR_LITTLE_ENDIAN,
        uids::EXPLICIT_VR_LITTLE_ENDIAN,
        BIG_ENDIAN,
    ] {
        let bytes = file(object(), syntax);
        check_plain(&read_rtdose(&bytes[128..], &RtDoseOptions::default()).unwrap());
        check_plain(&read_rtdose(&bytes[132..], &RtDoseOptions::default()).unwrap());
        // The data set alone starts with the SOP class, (0008,0016).
        let start = if syntax == BIG_ENDIAN {
            [0, 8, 0, 0x16]
        } else {
            [8, 0, 0x16, 0]
        };
        let at = bytes.windows(4).position(|window| window == start).unwrap();
        check_plain(&read_rtdose(&bytes[at..], &RtDoseOptions::default()).unwrap());
    }
}

/// `PackBits` as PS3.5 annex G describes it: runs of equal bytes, the rest literally.
fn pack(bytes: &[u8]) -> Vec<u8> {
    let mut packed = Vec::new();
    for group in bytes.chunk_by(|a, b| a == b) {
        for part in group.chunks(128) {
            if part.len() == 1 {
                packed.extend([0, part[0]]);
            } else {
                packed.extend([(257 - part.len()) as u8, part[0]]);
            }
        }
    }
    if packed.len() % 2 == 1 {
        packed.push(128);
    }
    packed
}

/// One RLE frame: the header of sixteen numbers, then one segment a byte, most significant first.
fn rle_frame(pixels: &[u32], width: usize) -> Vec<u8> {
    let segments: Vec<Vec<u8>> = (0..width)
        .map(|segment| {
            let shift = 8 * (width - 1 - segment);
            pack(
                &pixels
                    .iter()
                    .map(|pixel| (pixel >> shift) as u8)
                    .collect::<Vec<_>>(),
            )
        })
        .collect();
    let mut header = [0_u32; 16];
    header[0] = width as u32;
    let mut at = 64;
    for (place, segment) in header[1..].iter_mut().zip(&segments) {
        *place = at;
        at += segment.len() as u32;
    }
    let mut frame: Vec<u8> = header.iter().flat_map(|n| n.to_le_bytes()).collect();
    frame.extend(segments.concat());
    frame
}

fn rle_file(frames: &[Vec<u8>], width: usize) -> Vec<u8> {
    let mut object = object();
    put_short(&mut object, tags::BITS_ALLOCATED, 8 * width as u16);
    put_short(&mut object, tags::BITS_STORED, 8 * width as u16);
    object.remove_element(tags::PIXEL_DATA);
    let mut bytes = file(object, uids::EXPLICIT_VR_LITTLE_ENDIAN);
    // From explicit VR little endian, 1.2.840.10008.1.2.1, to RLE lossless, 1.2.840.10008.1.2.5.
    let at = bytes
        .windows(19)
        .position(|window| window == b"1.2.840.10008.1.2.1")
        .unwrap();
    bytes[at + 18] = b'5';
    bytes.extend([
        0xE0, 0x7F, 0x10, 0, b'O', b'B', 0, 0, 0xFF, 0xFF, 0xFF, 0xFF,
    ]);
    bytes.extend([0xFE, 0xFF, 0, 0xE0, 0, 0, 0, 0]);
    for frame in frames {
        bytes.extend([0xFE, 0xFF, 0, 0xE0]);
        bytes.extend((frame.len() as u32).to_le_bytes());
        bytes.extend(frame);
    }
    bytes.extend([0xFE, 0xFF, 0xDD, 0xE0, 0, 0, 0, 0]);
    bytes
}

#[test]
fn rle_lossless_of_every_width() {
    for (width, factor) in [(1, 1), (2, 100), (4, 16_000_000)] {
        let numbers: Vec<u32> = numbers().iter().map(|n| u32::from(*n) * factor).collect();
        let frames: Vec<Vec<u8>> = numbers
            .chunks(8)
            .map(|frame| rle_frame(frame, width))
            .collect();
        let bytes = rle_file(&frames, width);
        let read = read_rtdose(&bytes, &RtDoseOptions::default()).unwrap();
        assert_eq!(read.dose.is_double(), width == 4);
        for (got, number) in read.dose.values_f64().iter().zip(&numbers) {
            let expected = f64::from(*number) * 0.05;
            assert!(
                (got - expected).abs() <= 1e-7 * expected,
                "{got} is not {expected}"
            );
        }
        // Anything missing or cut short is an error.
        assert!(read_rtdose(&rle_file(&frames[..2], width), &RtDoseOptions::default()).is_err());
        let mut broken = frames.clone();
        broken[1].truncate(66);
        assert!(read_rtdose(&rle_file(&broken, width), &RtDoseOptions::default()).is_err());
        for length in 0..70 {
            broken[1] = frames[1][..length.min(frames[1].len())].to_vec();
            let _ = read_rtdose(&rle_file(&broken, width), &RtDoseOptions::default());
        }
    }
}

fn frame_positions(object: InMemDicomObject) -> Vec<f64> {
    let read = read(object).unwrap();
    (0..3)
        .map(|k| read.dose.grid().voxel_centre_mm(k, 0, 0)[2])
        .collect()
}

#[test]
fn frame_offsets_of_every_sort() {
    let offsets = |text: &str| with(tags::GRID_FRAME_OFFSET_VECTOR, VR::DS, text);
    assert_eq!(frame_positions(offsets("0\\2.5\\5")), [30.0, 32.5, 35.0]);
    assert_eq!(frame_positions(offsets("0\\-2.5\\-5")), [30.0, 27.5, 25.0]);
    assert_eq!(frame_positions(offsets("0\\1\\4")), [30.0, 31.0, 34.0]);
    assert_eq!(frame_positions(offsets("30\\32.5\\35")), [30.0, 32.5, 35.0]);
    assert_eq!(frame_positions(offsets("30\\27.5\\25")), [30.0, 27.5, 25.0]);
    // Feet first: the frames run along -z; absolute values stay z coordinates.
    let feet_first = |text: &str| {
        let mut object = offsets(text);
        put(
            &mut object,
            tags::IMAGE_ORIENTATION_PATIENT,
            VR::DS,
            "-1\\0\\0\\0\\1\\0",
        );
        object
    };
    assert_eq!(frame_positions(feet_first("0\\2.5\\5")), [30.0, 27.5, 25.0]);
    assert_eq!(
        frame_positions(feet_first("30\\32.5\\35")),
        [30.0, 32.5, 35.0]
    );

    assert_eq!(
        refused(offsets("1\\3.5\\6")),
        "GridFrameOffsetVector starts with 1 mm, allowed is 0 (relative) or, for axial grids, the z of ImagePositionPatient (30 mm; absolute); the frames cannot be placed: export the dose again"
    );
    let mut sagittal = offsets("30\\32.5\\35");
    put(
        &mut sagittal,
        tags::IMAGE_ORIENTATION_PATIENT,
        VR::DS,
        "0\\1\\0\\0\\0\\-1",
    );
    assert!(refused(sagittal).starts_with("GridFrameOffsetVector starts with 30 mm"));
    assert!(refused(offsets("0\\2.5")).contains("one for each of the 3 frames, got 2"));
    assert!(refused(offsets("0\\2.5\\2.5")).contains("increase or decrease strictly"));
    assert!(
        refused(without(tags::GRID_FRAME_OFFSET_VECTOR))
            .starts_with("RTDOSE has no GridFrameOffsetVector")
    );
}

#[test]
fn oblique_and_sagittal_grids() {
    let mut sagittal = object();
    put(
        &mut sagittal,
        tags::IMAGE_ORIENTATION_PATIENT,
        VR::DS,
        "0\\1\\0\\0\\0\\-1",
    );
    // Columns along y, rows along -z, frames along y x -z = -x.
    let grid = read(sagittal).unwrap().dose.grid().clone();
    assert_eq!(grid.voxel_centre_mm(1, 1, 1), [7.5, 22.0, 27.0]);
    let mut oblique = object();
    put(
        &mut oblique,
        tags::IMAGE_ORIENTATION_PATIENT,
        VR::DS,
        "0.6\\0.8\\0\\-0.8\\0.6\\0",
    );
    let grid = read(oblique).unwrap().dose.grid().clone();
    let point = grid.voxel_centre_mm(0, 1, 2);
    // 10 + 4 x 0.6 - 3 x 0.8, 20 + 4 x 0.8 + 3 x 0.6.
    assert!((point[0] - 10.0).abs() < 1e-12 && (point[1] - 25.0).abs() < 1e-12);
    let sheared = with(
        tags::IMAGE_ORIENTATION_PATIENT,
        VR::DS,
        "1\\0\\0\\0.5\\1\\0",
    );
    assert!(refused(sheared).contains("orthonormal"));
}

#[test]
fn a_single_plane() {
    let mut object = without(tags::GRID_FRAME_OFFSET_VECTOR);
    object.remove_element(tags::NUMBER_OF_FRAMES);
    put(&mut object, tags::SLICE_THICKNESS, VR::DS, "4");
    let pixels = PrimitiveValue::U16(numbers()[..8].iter().copied().collect());
    object.put(DataElement::new(tags::PIXEL_DATA, VR::OW, pixels));
    let thick = read(object.clone()).unwrap();
    assert_eq!(thick.dose.grid().shape(), [1, 2, 4]);
    assert_eq!(thick.dose.grid().spacing_mm(), [2.0, 3.0, 4.0]);
    object.remove_element(tags::SLICE_THICKNESS);
    let unstated = read(object).unwrap();
    assert_eq!(unstated.dose.grid().spacing_mm()[2], 2.0);
    assert!(unstated.warnings[0].contains("single plane of unstated thickness"));
}

fn with_groups(summation: &str, groups: &[&str]) -> InMemDicomObject {
    let mut object = with(tags::DOSE_SUMMATION_TYPE, VR::CS, summation);
    let groups: Vec<InMemDicomObject> = groups
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
    let mut plan = InMemDicomObject::new_empty();
    put(
        &mut plan,
        tags::REFERENCED_SOP_INSTANCE_UID,
        VR::UI,
        "1.2.3.9",
    );
    let sequence = |tag, items: Vec<InMemDicomObject>| {
        DataElement::new(tag, VR::SQ, dicom_core::value::DataSetSequence::from(items))
    };
    plan.put(sequence(tags::REFERENCED_FRACTION_GROUP_SEQUENCE, groups));
    object.put(sequence(tags::REFERENCED_RT_PLAN_SEQUENCE, vec![plan]));
    object
}

#[test]
fn what_the_grid_holds() {
    let scope = |summation: &str, groups: &[&str]| {
        let read = read(with_groups(summation, groups)).unwrap();
        assert_eq!(read.plan_uids, ["1.2.3.9"]);
        // Never multiplied: the highest stored number is 230.
        assert!((read.dose.values_f64()[23] - 11.5).abs() < 1e-6);
        read.dose.scope()
    };
    assert_eq!(scope("PLAN", &["1"]), DoseScope::Total);
    assert_eq!(scope("FRACTION", &["1"]), DoseScope::Total);
    assert_eq!(scope("FRACTION", &["1", "2"]), DoseScope::Partial);
    assert_eq!(scope("FRACTION", &[]), DoseScope::Unstated);
    assert_eq!(scope("BEAM", &["1"]), DoseScope::Partial);
    assert_eq!(scope("BRACHY", &["1"]), DoseScope::Partial);
    assert_eq!(scope("CONTROL_POINT", &["1"]), DoseScope::Partial);
    assert_eq!(scope("FRACTION_SESSION", &["1"]), DoseScope::Session);
    assert_eq!(scope("BEAM_SESSION", &["1"]), DoseScope::Session);
    assert_eq!(scope("BRACHY_SESSION", &["1"]), DoseScope::Session);
    assert_eq!(scope("MULTI_PLAN", &["1"]), DoseScope::MultiPlan);
    assert_eq!(
        read(without(tags::DOSE_SUMMATION_TYPE))
            .unwrap()
            .dose
            .scope(),
        DoseScope::Unstated
    );
    let odd = read(with(tags::DOSE_SUMMATION_TYPE, VR::CS, "RECORD")).unwrap();
    assert_eq!(odd.dose.scope(), DoseScope::Unstated);
    assert!(odd.warnings[0].contains("RECORD"));
}

fn read_with(object: InMemDicomObject, options: &RtDoseOptions) -> Result<RtDose, DicomError> {
    read_rtdose(&file(object, uids::IMPLICIT_VR_LITTLE_ENDIAN), options)
}

#[test]
fn the_caller_may_know_better() {
    let total = RtDoseOptions {
        fractions: Some(3),
        dose_scope: Some(DoseScope::Total),
        ..RtDoseOptions::default()
    };
    let told = read_with(with_groups("BEAM", &["1"]), &total).unwrap();
    assert_eq!(told.dose.scope(), DoseScope::Total);
    assert_eq!(told.warnings, Vec::<String>::new());
    assert!(told.dose.bed(10.0).is_ok());
    let session = RtDoseOptions {
        dose_scope: Some(DoseScope::Session),
        ..total
    };
    let told = read_with(object(), &session).unwrap();
    assert!(told.warnings[0].contains("dose_scope= says the dose of one session"));
    // A sum of plans has no number of fractions, whatever the caller says.
    let fractions = RtDoseOptions {
        fractions: Some(3),
        ..RtDoseOptions::default()
    };
    let plans = read_with(with_groups("MULTI_PLAN", &["1"]), &fractions).unwrap();
    assert_eq!(plans.dose.fractionation(), Fractionation::Mixed);
    assert!(
        plans
            .dose
            .bed(10.0)
            .unwrap_err()
            .to_string()
            .contains("added in BED")
    );
    assert!(plans.warnings[0].contains("fractions= was left out"));
    let physical = RtDoseOptions {
        dose_type: Some(DoseKind::Physical),
        ..fractions
    };
    let told = read_with(without(tags::DOSE_TYPE), &physical).unwrap();
    assert_eq!(told.dose.kind(), DoseKind::Physical);
    let error = read_with(with(tags::DOSE_TYPE, VR::CS, "EFFECTIVE"), &physical).unwrap_err();
    assert_eq!(
        error.to_string(),
        "dose_type= says physical dose, but the file states DoseType effective dose of unknown model; dose_type= is for files that state none: leave it out"
    );
    let zero = RtDoseOptions {
        fractions: Some(0),
        ..RtDoseOptions::default()
    };
    assert!(
        read_with(object(), &zero)
            .unwrap_err()
            .to_string()
            .contains("at least 1, got 0")
    );
}

#[test]
fn kinds_of_dose() {
    let effective = read(with(tags::DOSE_TYPE, VR::CS, "EFFECTIVE")).unwrap();
    assert_eq!(effective.dose.kind(), DoseKind::Effective);
    assert!(effective.dose.eqd2(10.0).is_err());
    assert_eq!(
        read(without(tags::DOSE_TYPE)).unwrap().dose.kind(),
        DoseKind::Unstated
    );
    assert!(refused(with(tags::DOSE_TYPE, VR::CS, "ERROR")).starts_with("DoseType is ERROR:"));
    assert_eq!(
        refused(with(tags::DOSE_TYPE, VR::CS, "Jane Doe")),
        "DoseType is something that is no DICOM code, allowed is PHYSICAL or EFFECTIVE; export the dose again"
    );
}

#[test]
fn units() {
    assert_eq!(
        refused(with(tags::DOSE_UNITS, VR::CS, "RELATIVE")),
        "DoseUnits is RELATIVE: the grid is in per cent of an unstated dose, not in gray; allowed is GY: export absolute dose"
    );
    assert!(
        refused(without(tags::DOSE_UNITS))
            .starts_with("RTDOSE has no DoseUnits, which is required")
    );
    let centigray = read(with(tags::DOSE_UNITS, VR::CS, "CGY")).unwrap();
    assert!((centigray.dose.values_f64()[23] - 0.115).abs() < 1e-8);
    assert!(centigray.warnings[0].contains("centigray"));
}

#[test]
fn sizes_are_checked_before_anything_is_allocated() {
    let mut wide = object();
    put_short(&mut wide, tags::ROWS, 65_535);
    put_short(&mut wide, tags::COLUMNS, 65_535);
    put(&mut wide, tags::NUMBER_OF_FRAMES, VR::IS, "2147483647");
    assert_eq!(
        refused(wide),
        "the header claims 2147483647 frames of 65535 x 65535 pixels at 16 bits, which is 18445618197825257472 bytes, but the pixel data has 48; the file is truncated or its header is wrong: export it again"
            .replace("18445618197825257472", &(2_147_483_647_u128 * 65_535 * 65_535 * 2).to_string())
    );
    assert!(refused(with(tags::NUMBER_OF_FRAMES, VR::IS, "4")).contains("claims 4 frames"));
    assert!(
        refused(with(tags::NUMBER_OF_FRAMES, VR::IS, "-1")).starts_with("NumberOfFrames is -1")
    );
    assert!(refused(without(tags::PIXEL_DATA)).contains("it holds no dose grid"));
    let fewer = read(with(tags::GRID_FRAME_OFFSET_VECTOR, VR::DS, "0\\1\\2")).unwrap();
    assert!(fewer.warnings.is_empty());
    let mut surplus = with(tags::GRID_FRAME_OFFSET_VECTOR, VR::DS, "0\\1");
    put(&mut surplus, tags::NUMBER_OF_FRAMES, VR::IS, "2");
    assert!(read(surplus).unwrap().warnings[0].contains("16 bytes more"));
}

#[test]
fn pixels_that_are_no_dose() {
    let short = |tag, value| {
        let mut object = object();
        put_short(&mut object, tag, value);
        object
    };
    assert!(refused(short(tags::BITS_ALLOCATED, 12)).starts_with("BitsAllocated is 12"));
    assert!(refused(short(tags::SAMPLES_PER_PIXEL, 3)).starts_with("SamplesPerPixel is 3"));
    assert!(refused(short(tags::BITS_STORED, 6)).contains("above what BitsStored 6 allows"));
    assert!(read(short(tags::PIXEL_REPRESENTATION, 1)).is_ok());
    let mut negative = short(tags::PIXEL_REPRESENTATION, 1);
    let pixels = PrimitiveValue::U16((0..24).map(|n| if n == 7 { 0xFFFF } else { n }).collect());
    negative.put(DataElement::new(tags::PIXEL_DATA, VR::OW, pixels));
    assert!(refused(negative).contains("negative in places"));
    for scaling in ["0", "-1"] {
        assert!(
            refused(with(tags::DOSE_GRID_SCALING, VR::DS, scaling))
                .starts_with("DoseGridScaling is")
        );
    }
    assert!(refused(with(tags::DOSE_GRID_SCALING, VR::DS, "nan")).contains("no DoseGridScaling"));
    assert!(refused(with(tags::PIXEL_SPACING, VR::DS, "0\\2")).contains("spacing must be above 0"));
}

#[test]
fn compressed_and_unknown_syntaxes_are_named() {
    let mut bytes = file(object(), uids::EXPLICIT_VR_LITTLE_ENDIAN);
    let at = bytes
        .windows(19)
        .position(|window| window == b"1.2.840.10008.1.2.1")
        .unwrap();
    bytes[at + 18] = b'9';
    let message = read_rtdose(&bytes, &RtDoseOptions::default())
        .unwrap_err()
        .to_string();
    assert!(
        message.starts_with("transfer syntax 1.2.840.10008.1.2.9 (unknown) is not supported"),
        "{message}"
    );
}

/// Every prefix and thousands of damaged copies: an error or a reading, never a panic.
#[test]
fn damage_does_no_harm() {
    let rle: Vec<Vec<u8>> = numbers()
        .chunks(8)
        .map(|frame| rle_frame(&frame.iter().map(|n| u32::from(*n)).collect::<Vec<_>>(), 2))
        .collect();
    let files = [
        file(object(), uids::IMPLICIT_VR_LITTLE_ENDIAN),
        file(object(), uids::EXPLICIT_VR_LITTLE_ENDIAN),
        file(object(), uids::DEFLATED_EXPLICIT_VR_LITTLE_ENDIAN),
        file(with_groups("FRACTION", &["1", "2"]), BIG_ENDIAN),
        rle_file(&rle, 2),
    ];
    let mut state = 0x9E37_79B9_7F4A_7C15_u64;
    let mut next = |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state % below as u64) as usize
    };
    for good in &files {
        assert!(read_rtdose(good, &RtDoseOptions::default()).is_ok());
        for length in 0..good.len() {
            let _ = read_rtdose(&good[..length], &RtDoseOptions::default());
        }
        for _ in 0..3000 {
            let mut bytes = good.clone();
            for _ in 0..=next(6) {
                let place = next(bytes.len());
                bytes[place] = next(256) as u8;
            }
            let _ = read_rtdose(&bytes, &RtDoseOptions::default());
        }
    }
}

#[test]
fn truncated_files_say_so() {
    let bytes = file(object(), uids::EXPLICIT_VR_LITTLE_ENDIAN);
    let error = read_rtdose(&bytes[..bytes.len() - 20], &RtDoseOptions::default()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "truncated DICOM file: element (7FE0,0010) announces 48 bytes, the file has 28 left; copy or export the file again"
    );
    let deflated = file(object(), uids::DEFLATED_EXPLICIT_VR_LITTLE_ENDIAN);
    let error =
        read_rtdose(&deflated[..deflated.len() - 20], &RtDoseOptions::default()).unwrap_err();
    assert!(matches!(error, DicomError::Truncated { .. }), "{error}");
}

/// More voxels than one parallel piece holds, so that the seams are looked at too.
#[test]
fn a_packed_dose_writes_the_values_wherever_they_are_wanted() {
    let shape = [3, 300, 300];
    let voxels = shape.iter().product::<usize>();
    let axes = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]];
    let grid = Grid::new(shape, [2.0; 3], [0.0; 3], axes).unwrap();
    let values: Vec<f64> = (0..voxels).map(|n| (n as f64 * 0.37) % 61.0).collect();
    let dose = DoseGrid::physical(values.clone(), grid, Some(5)).unwrap();
    let bytes = write_rtdose(&dose, None, &WriteOptions::default()).unwrap();
    let packed = read_packed_rtdose(&bytes, &RtDoseOptions::default())
        .unwrap()
        .dose;
    assert!(packed.is_double() && packed.outline().parts().is_empty());
    let (mut double, mut single) = (vec![-1.0_f64; voxels], vec![-1.0_f32; voxels]);
    packed.write_values(&mut double).unwrap();
    packed.write_values(&mut single).unwrap();
    for (got, value) in double.iter().zip(&values) {
        assert!((got - value).abs() <= 61.0 / f64::from(u32::MAX));
    }
    let rounded = double.iter().map(|value| *value as f32);
    assert!(single.iter().copied().eq(rounded));
    let highest = double.iter().copied().fold(0.0, f64::max);
    assert_eq!(packed.maximum(), highest);
    assert!(matches!(
        packed.write_values(&mut [0.0_f32; 7]),
        Err(DoseError::Shape { got: 7, .. })
    ));
    assert_eq!(packed.unpack().values_f64(), double);
}
