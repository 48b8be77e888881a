//! The clinical files beside the project, read through the public functions.
#![allow(clippy::expect_used, clippy::unwrap_used, clippy::panic)]

mod common;

use common::shared_data;
use hepadose::dicom::{
    CaseOptions, DicomError, RtDoseOptions, read_case, read_cases, read_rtdose, read_rtplan,
    read_rtstruct,
};
use hepadose::dose::{DoseKind, DoseScope, Fractionation};
use hepadose::structure::{Shape, Structure};
use std::path::PathBuf;

fn bytes(name: &str) -> Option<Vec<u8>> {
    shared_data(name).map(|path| std::fs::read(path).unwrap())
}

fn close(got: [f64; 3], expected: [f64; 3]) {
    for (got, expected) in got.iter().zip(expected) {
        assert!((got - expected).abs() < 1e-6, "{got} is not {expected}");
    }
}

/// `RD.TBB_feet_in_supine.dcm`: position 99.90417554 \ -99.38342162 \ 100, orientation -1\0\0\0\1\0, spacing 2,
/// 81 frames at 0, 2.5, ... 200, 101 rows, 101 columns.
#[test]
fn feet_first_runs_towards_minus_x_and_minus_z() {
    let Some(bytes) = bytes("rtdose-oddities/RD.TBB_feet_in_supine.dcm") else {
        return;
    };
    let read = read_rtdose(&bytes, &RtDoseOptions::default()).unwrap();
    let grid = read.dose.grid();
    assert_eq!(grid.shape(), [81, 101, 101]);
    close(
        grid.voxel_centre_mm(0, 0, 0),
        [99.904_175_54, -99.383_421_62, 100.0],
    );
    // Columns run along -x: 99.90417554 - 100 x 2. Rows along +y: -99.38342162 + 100 x 2.
    // The frames run along (-1,0,0) x (0,1,0) = (0,0,-1): 100 - 200.
    close(
        grid.voxel_centre_mm(80, 100, 100),
        [-100.095_824_46, 100.616_578_38, -100.0],
    );
    assert_eq!(read.dose.scope(), DoseScope::Total);
    assert_eq!(read.dose.kind(), DoseKind::Physical);
    assert!(read.warnings.is_empty());
}

/// `rtdose_non_square_pixels.dcm`: position -36.367813110350 \ -68.439962291717 \ 18.5, spacing 1.03125 between
/// rows and 1.00789473684210 between columns, 77 frames from 0 to -77.499999999999, 65 rows, 77 columns.
#[test]
fn non_square_pixels_and_negative_offsets_without_meta() {
    let Some(bytes) = bytes("rtdose-oddities/rtdose_non_square_pixels.dcm") else {
        return;
    };
    let read = read_rtdose(&bytes, &RtDoseOptions::default()).unwrap();
    let grid = read.dose.grid();
    assert_eq!(grid.shape(), [77, 65, 77]);
    // x: -36.367813110350 + 76 x 1.00789473684210; y: -68.439962291717 + 64 x 1.03125;
    // z: 18.5 - 77.499999999999.
    close(
        grid.voxel_centre_mm(76, 64, 76),
        [40.232_186_889_65, -2.439_962_291_717, -58.999_999_999_999],
    );
    assert_eq!(read.dose.scope(), DoseScope::Unstated);
    assert_eq!(read.dose.kind(), DoseKind::Unstated);
    let error = read.dose.bed(10.0).unwrap_err();
    assert!(error.to_string().contains("physical"), "{error}");

    let options = RtDoseOptions {
        fractions: Some(5),
        dose_scope: Some(DoseScope::Total),
        dose_type: Some(DoseKind::Physical),
    };
    let told = read_rtdose(&bytes, &options).unwrap();
    assert!(told.dose.bed(10.0).is_ok());
}

#[test]
fn breast_case() {
    let Some(folder) = shared_data("breast-imrt") else {
        return;
    };
    let case = read_case(&folder, &CaseOptions::default()).unwrap();
    assert_eq!(case.warnings, Vec::<String>::new());
    let dose = case.dose.as_ref().unwrap();
    assert_eq!(dose.grid().shape(), [98, 129, 194]);
    assert_eq!(dose.scope(), DoseScope::Total);
    assert_eq!(dose.fractionation(), Fractionation::Fractions(7));
    // 32-bit numbers, but all below 2^24: single precision holds every step.
    assert!(!dose.is_double());
    assert_eq!(case.fractions(), Some(7));
    let names: Vec<&str> = case
        .structures
        .iter()
        .map(|roi| roi.name.as_str())
        .collect();
    assert_eq!(
        names,
        [
            "BODY",
            "Areola",
            "Borders",
            "Breast",
            "Heart",
            "Lt Lung",
            "Nodes",
            "Scar",
            "Tumor Bed",
            "Tumor Bed Block"
        ]
    );
    let numbers: Vec<Option<i32>> = case.structures.iter().map(|roi| roi.number).collect();
    assert_eq!(numbers, (1..=10).map(Some).collect::<Vec<_>>());
    assert!(matches!(case.structures[1].shape, Shape::Empty));
    assert_eq!(
        case.structures[1].interpreted_type.as_deref(),
        Some("AVOIDANCE")
    );
    assert_eq!(case.structures[3].interpreted_type.as_deref(), Some("GTV"));
    assert_eq!(case.structures[0].colour, Some([154, 155, 100]));
    let plan = case.plan.as_ref().unwrap();
    assert_eq!(plan.label.as_deref(), Some("B1"));
    assert_eq!(plan.approval_status.as_deref(), Some("UNAPPROVED"));
    // 7 fractions of 4 beams of 0.5 Gy.
    assert_eq!(plan.beam_dose_total_gy(), Some(14.0));
    let prescriptions: Vec<Option<f64>> = plan
        .dose_references
        .iter()
        .map(|reference| reference.prescription_gy)
        .collect();
    assert_eq!(prescriptions, [Some(14.0), Some(11.311_386_923_967_6)]);
    let roles: Vec<&str> = case
        .inputs
        .iter()
        .map(|input| input.role.as_str())
        .collect();
    assert_eq!(roles, ["rtdose", "rtstruct", "rtplan"]);
}

/// The stored statistics are per cent of 14 Gy although labelled GY.
#[test]
fn breast_dvhs_are_per_cent() {
    let Some(folder) = shared_data("breast-imrt") else {
        return;
    };
    let case = read_case(&folder, &CaseOptions::default()).unwrap();
    let rois: Vec<Option<i32>> = case.stored_dvhs.iter().map(|dvh| dvh.roi_number).collect();
    assert_eq!(rois, [1, 3, 4, 5, 6, 7, 8, 9, 10].map(Some));
    for dvh in &case.stored_dvhs {
        assert!(dvh.statistics_are_percent, "ROI {:?}", dvh.roi_number);
        let implied = dvh.implied_prescription_gy.unwrap();
        // BODY's first row is not its volume, so its curve implies 14.8 Gy; the others 14 to within a bin.
        let tolerance = if dvh.roi_number == Some(1) { 1.0 } else { 0.05 };
        assert!((implied - 14.0).abs() < tolerance, "{implied}");
    }
    let heart = &case.stored_dvhs[3];
    assert_eq!(heart.dose.len(), 311);
    assert!((heart.dose[310] - 3.11).abs() < 1e-9);
    assert!((heart.volume[0] - 437.462_317_502_643).abs() < 1e-9);
    let [_, mean, max] = heart.statistics_gy(Some(14.0));
    assert!((mean.unwrap() - 0.647_555_264_087).abs() < 1e-9);
    assert!((max.unwrap() - 3.095_413_288_689).abs() < 1e-9);
}

fn is_points(structure: &Structure) -> bool {
    matches!(structure.shape, Shape::Points(_))
}

/// FRACTION with one fraction group is the total: no multiplication, no warning.
#[test]
fn brain_case() {
    let Some(folder) = shared_data("brain-srt") else {
        return;
    };
    let case = read_case(&folder, &CaseOptions::default()).unwrap();
    assert_eq!(case.warnings, Vec::<String>::new());
    let dose = case.dose.as_ref().unwrap();
    assert_eq!(dose.grid().shape(), [108, 115, 103]);
    assert_eq!(dose.scope(), DoseScope::Total);
    assert_eq!(dose.fractionation(), Fractionation::Fractions(5));
    assert!(!dose.is_double());
    let maximum = dose.values_f64().into_iter().fold(0.0, f64::max);
    assert!((34.0..36.0).contains(&maximum), "{maximum}");
    let names: Vec<&str> = case
        .structures
        .iter()
        .map(|roi| roi.name.as_str())
        .collect();
    assert_eq!(
        names,
        [
            "rlat bb",
            "llat bb",
            "ant bb",
            "refPoint",
            "TxISO",
            "rx 5 x 5.5Gy",
            "GTV",
            "Brainstem",
            "Chiasm",
            "Optic Nerve R",
            "Optic nerve L",
            "PTV 1mm (off brainstem)",
            "Optic PRV",
            "External",
            "Brain",
            "Normal Brain",
            "Brainstem PRV",
            "Medulla"
        ]
    );
    assert!(case.structures[..6].iter().all(is_points));
    assert!(case.structures[6..].iter().all(Structure::is_solid));
    assert_eq!(
        case.structures[0].interpreted_type.as_deref(),
        Some("MARKER")
    );
    assert!(
        case.structures
            .iter()
            .all(|roi| { roi.frame_of_reference.as_deref() == dose.frame_of_reference() })
    );
}

#[test]
fn a_folder_of_two_plans_is_listed_not_mixed() {
    let Some(folder) = shared_data("") else {
        return;
    };
    let (brain, breast) = (folder.join("brain-srt"), folder.join("breast-imrt"));
    let both = scratch("two-plans");
    for (source, prefix) in [(&brain, "a"), (&breast, "b")] {
        for entry in std::fs::read_dir(source).unwrap() {
            let entry = entry.unwrap();
            let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
            std::fs::copy(entry.path(), both.join(name)).unwrap();
        }
    }
    let error = read_case(&both, &CaseOptions::default()).unwrap_err();
    let message = error.to_string();
    assert!(
        matches!(error, DicomError::SeveralPlans { .. }),
        "{message}"
    );
    assert!(
        message.starts_with("the folder holds 2 plans, allowed is one: 'ANON' (..."),
        "{message}"
    );
    assert!(
        message.contains("'B1' (...") && message.contains("plan="),
        "{message}"
    );

    let choose = |plan: &str| CaseOptions {
        plan: Some(plan.to_owned()),
        ..CaseOptions::default()
    };
    let chosen = read_case(&both, &choose("B1")).unwrap();
    assert_eq!(chosen.fractions(), Some(7));
    assert_eq!(chosen.structures.len(), 10);
    let error = read_case(&both, &choose("B2")).unwrap_err();
    assert!(
        error.to_string().starts_with("plan= names 0 of the plans"),
        "{error}"
    );

    let cases = read_cases(&both, &RtDoseOptions::default()).unwrap();
    let fractions: Vec<Option<u32>> = cases
        .iter()
        .map(|found| found.case.as_ref().unwrap().fractions())
        .collect();
    assert_eq!(fractions, [Some(5), Some(7)]);
    std::fs::remove_dir_all(both).unwrap();
}

#[test]
fn structures_of_another_frame_of_reference_are_refused() {
    let Some(folder) = shared_data("") else {
        return;
    };
    let mixed = scratch("mixed-frames");
    std::fs::copy(folder.join("brain-srt/rtdose.dcm"), mixed.join("1")).unwrap();
    std::fs::copy(folder.join("brain-srt/rtplan.dcm"), mixed.join("2")).unwrap();
    std::fs::copy(folder.join("breast-imrt/rtss.dcm"), mixed.join("3")).unwrap();
    std::fs::copy(folder.join("maa-spect/nm_maa.dcm"), mixed.join("4")).unwrap();
    std::fs::write(mixed.join("notes.txt"), "not DICOM").unwrap();
    let error = read_case(&mixed, &CaseOptions::default()).unwrap_err();
    assert!(matches!(error, DicomError::FrameMismatch { .. }), "{error}");
    std::fs::remove_dir_all(mixed).unwrap();
}

#[test]
fn truncated_rt_files_in_a_folder_are_errors() {
    let Some(plan) = bytes("brain-srt/rtplan.dcm") else {
        return;
    };
    let folder = scratch("truncated");
    std::fs::write(folder.join("plan"), &plan[..plan.len() / 2]).unwrap();
    let error = read_case(&folder, &CaseOptions::default()).unwrap_err();
    assert!(matches!(error, DicomError::Truncated { .. }), "{error}");
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn the_wrong_file_is_named() {
    let Some(structures) = bytes("brain-srt/rtst.dcm") else {
        return;
    };
    let error = read_rtdose(&structures, &RtDoseOptions::default()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "asked for RTDOSE, got RTSTRUCT; give the RTDOSE file"
    );
    assert!(read_rtplan(&structures).is_err());
    let Some(image) = bytes("maa-spect/nm_maa.dcm") else {
        return;
    };
    let error = read_rtstruct(&image).unwrap_err();
    assert_eq!(
        error.to_string(),
        "asked for RTSTRUCT, got NM; give the RTSTRUCT file"
    );
}

/// Cuts and flips bytes of every file at many places: an error or a reading, never a panic.
#[test]
fn damaged_files_do_no_harm() {
    for name in [
        "brain-srt/rtplan.dcm",
        "brain-srt/rtst.dcm",
        "maa-spect/rtstruct.dcm",
    ] {
        let Some(good) = bytes(name) else {
            return;
        };
        // A prefix keeps the runs short; the structure is all in it.
        let good = &good[..good.len().min(40_000)];
        let mut state = 0x2545_F491_4F6C_DD1D_u64;
        let mut next = |below: usize| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            (state % below as u64) as usize
        };
        for _ in 0..400 {
            let mut bytes = good[..next(good.len())].to_vec();
            let _ = read_rtstruct(&bytes);
            let _ = read_rtplan(&bytes);
            bytes = good.to_vec();
            for _ in 0..=next(8) {
                let place = next(bytes.len());
                bytes[place] = next(256) as u8;
            }
            let _ = read_rtstruct(&bytes);
            let _ = read_rtplan(&bytes);
            let _ = read_rtdose(&bytes, &RtDoseOptions::default());
        }
    }
}

fn scratch(name: &str) -> PathBuf {
    let folder = std::env::temp_dir().join(format!("hepadose-{}-{name}", std::process::id()));
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).unwrap();
    folder
}
