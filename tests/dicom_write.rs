//! What is written is read back as it was.
#![allow(clippy::expect_used, clippy::unwrap_used, clippy::panic)]

use hepadose::case::{BeamDose, DoseReference, FractionGroup, Plan};
use hepadose::dicom::{
    CaseOptions, RtDoseOptions, WriteOptions, read_case, read_rtdose, read_rtplan, read_rtstruct,
    seeded_uid, write_rtdose, write_rtplan, write_rtstruct,
};
use hepadose::dose::{DoseGrid, DoseKind, DoseScope, Fractionation};
use hepadose::geometry::Grid;
use hepadose::structure::{ContourStack, EndCaps, Mask, Shape, Structure};
use std::sync::Arc;

fn grid() -> Grid {
    let c = 0.8;
    let s = 0.6;
    Grid::with_frames(
        [3, 4, 5],
        [2.0, 2.5, 1.0],
        [-101.234_567, 55.5, 1.0 / 3.0],
        [[c, s, 0.0], [-s, c, 0.0], [0.0, 0.0, 1.0]],
        vec![0.0, 2.0, 5.0],
    )
    .unwrap()
}

/// Values that single precision does not hold, up to 35.1 Gy.
fn dose() -> DoseGrid<'static> {
    let values: Vec<f64> = (0..60)
        .map(|n| 35.1 * (f64::from(n) / 59.0).powi(3))
        .collect();
    DoseGrid::physical(values, grid(), Some(5))
        .unwrap()
        .with_frame_of_reference(Some("1.2.3.77".to_owned()))
}

fn read_back(dose: &DoseGrid<'_>) -> DoseGrid<'static> {
    let bytes = write_rtdose(dose, None, &WriteOptions::default()).unwrap();
    let read = read_rtdose(&bytes, &RtDoseOptions::default()).unwrap();
    assert_eq!(read.warnings, Vec::<String>::new());
    read.dose
}

fn check_values(got: &DoseGrid<'_>, expected: &DoseGrid<'_>) {
    let (got, expected) = (got.values_f64(), expected.values_f64());
    let maximum = expected.iter().copied().fold(0.0, f64::max);
    // Half a step of 32 bits, with the last digits of the printed scaling.
    let half_step = 0.5 * maximum / f64::from(u32::MAX) * (1.0 + 1e-6);
    for (got, expected) in got.iter().zip(&expected) {
        assert!(
            (got - expected).abs() <= half_step,
            "{got} is not {expected}"
        );
    }
}

#[test]
fn a_physical_dose_stays_physical() {
    let back = read_back(&dose());
    assert_eq!(back.kind(), DoseKind::Physical);
    assert_eq!(back.scope(), DoseScope::Total);
    assert_eq!(back.fractionation(), Fractionation::Fractions(5));
    assert_eq!(back.frame_of_reference(), Some("1.2.3.77"));
    assert!(back.is_double());
    assert!(back.grid().same_geometry(dose().grid(), 1e-9));
    check_values(&back, &dose());
}

#[test]
fn bed_and_eqd2_come_back_as_such_and_are_not_converted_again() {
    let eqd2 = dose().eqd2(2.5).unwrap();
    let back = read_back(&eqd2);
    assert_eq!(back.kind(), DoseKind::Eqd2 { alpha_beta_gy: 2.5 });
    check_values(&back, &eqd2);
    let error = back.eqd2(2.5).unwrap_err();
    assert_eq!(
        error.to_string(),
        "only physical dose can be converted to EQD2, this dose is EQD2 (alpha/beta 2.5 Gy); start again from the physical dose"
    );
    // Not a number that sixteen characters hold.
    let alpha_beta_gy = 10.0 / 3.0;
    let bed = dose().bed(alpha_beta_gy).unwrap();
    let back = read_back(&bed);
    assert_eq!(back.kind(), DoseKind::Bed { alpha_beta_gy });
    assert!(back.bed(alpha_beta_gy).is_err());
    let options = RtDoseOptions {
        dose_type: Some(DoseKind::Physical),
        ..RtDoseOptions::default()
    };
    let bytes = write_rtdose(&bed, None, &WriteOptions::default()).unwrap();
    assert!(read_rtdose(&bytes, &options).is_err());
}

#[test]
fn sums_and_scopes_come_back() {
    let bed = dose().bed(10.0).unwrap();
    let other = DoseGrid::physical(vec![1.0; 60], grid(), Some(3))
        .unwrap()
        .bed(10.0)
        .unwrap();
    let sum = bed.add(&other).unwrap();
    let back = read_back(&sum);
    assert_eq!(
        back.kind(),
        DoseKind::Bed {
            alpha_beta_gy: 10.0
        }
    );
    assert_eq!(back.fractionation(), Fractionation::Mixed);
    assert_eq!(back.scope(), DoseScope::Total);
    for scope in [
        DoseScope::Partial,
        DoseScope::Session,
        DoseScope::MultiPlan,
        DoseScope::Unstated,
    ] {
        assert_eq!(read_back(&dose().with_scope(scope)).scope(), scope);
    }
    for kind in [DoseKind::Effective, DoseKind::Unstated] {
        let dose = DoseGrid::stored(
            vec![1.0; 60],
            grid(),
            kind,
            Fractionation::Unstated,
            DoseScope::Total,
        );
        assert_eq!(read_back(&dose.unwrap()).kind(), kind);
    }
}

#[test]
fn grids_of_every_orientation() {
    let axes = [
        [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]],
        [[-1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, -1.0]],
        // Left-handed: DICOM has no word for it but offsets that run backwards.
        [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, -1.0]],
        [[0.0, 1.0, 0.0], [0.0, 0.0, -1.0], [1.0, 0.0, 0.0]],
    ];
    for axes in axes {
        for offsets in [vec![0.0, 3.0], vec![0.0, -3.0], vec![7.0, 9.0]] {
            let grid =
                Grid::with_frames([2, 1, 2], [1.0, 2.0, 3.0], [1.0, 2.0, 3.0], axes, offsets)
                    .unwrap();
            let dose = DoseGrid::physical(vec![0.0, 1.0, 2.0, 3.0], grid, None).unwrap();
            let back = read_back(&dose);
            assert!(back.grid().same_geometry(dose.grid(), 1e-9), "{axes:?}");
            assert_eq!(back.fractionation(), Fractionation::Unstated);
        }
    }
    let flat = Grid::new([1, 2, 2], [1.0, 1.0, 4.0], [0.0; 3], axes[0]).unwrap();
    let zero = DoseGrid::physical(vec![0.0; 4], flat, None).unwrap();
    let back = read_back(&zero);
    assert_eq!(back.values_f64(), [0.0; 4]);
    assert_eq!(back.grid().spacing_mm(), [1.0, 1.0, 4.0]);
}

fn square(z: f64, from: f64, to: f64) -> Vec<[f64; 3]> {
    vec![[from, from, z], [to, from, z], [to, to, z], [from, to, z]]
}

fn structures() -> Vec<Structure> {
    let contours = vec![
        square(0.0, -30.5, 30.25),
        square(0.0, -5.0, 5.0),
        square(2.5, -30.0, 30.0),
    ];
    let mut liver = Structure::from_contours("Leber größe 肝", &contours, None).unwrap();
    liver.number = Some(12);
    liver.interpreted_type = Some("ORGAN".to_owned());
    liver.colour = Some([255, 128, 0]);
    let mut marker = Structure::new("Iso", Shape::Points(Arc::new(vec![[1.5, -2.25, 3.0]])));
    marker.number = Some(3);
    let mut empty = Structure::new("Iso", Shape::Empty);
    empty.number = Some(7);
    let mut thin = Structure::from_contours("Thin", &[square(1.0, 0.0, 1.0)], None).unwrap();
    thin.number = Some(8);
    vec![liver, marker, empty, thin]
}

fn stack(structure: &Structure) -> &ContourStack {
    match &structure.shape {
        Shape::Contours(stack) => stack,
        _ => panic!("'{}' has no contours", structure.name),
    }
}

#[test]
fn structures_come_back() {
    let bytes = write_rtstruct(&structures(), None, &WriteOptions::default()).unwrap();
    let read = read_rtstruct(&bytes).unwrap();
    assert_eq!(read.warnings, Vec::<String>::new());
    let numbers: Vec<Option<i32>> = read.structures.iter().map(|roi| roi.number).collect();
    assert_eq!(numbers, [12, 3, 7, 8].map(Some));
    for (got, expected) in read.structures.iter().zip(structures()) {
        assert_eq!(got.name, expected.name);
        assert_eq!(got.interpreted_type, expected.interpreted_type);
        assert_eq!(got.colour, expected.colour);
        assert_eq!(got.frame_of_reference, read.frame_of_reference);
    }
    assert_eq!(
        stack(&read.structures[0]).planes(),
        stack(&structures()[0]).planes()
    );
    match &read.structures[1].shape {
        Shape::Points(points) => assert_eq!(points[..], [[1.5, -2.25, 3.0]]),
        other => panic!("{other:?}"),
    }
    assert!(matches!(read.structures[2].shape, Shape::Empty));
    // On a single plane: as thick as the usual step of the set.
    assert_eq!(stack(&read.structures[3]).spacing_mm(), Some(2.5));
}

#[test]
fn long_contours_fit() {
    let circle: Vec<[f64; 3]> = (0..20_000)
        .map(|n| {
            let angle = f64::from(n) * std::f64::consts::TAU / 20_000.0;
            [50.0 * angle.cos(), 50.0 * angle.sin(), -1234.567]
        })
        .collect();
    let body = Structure::from_contours("Body", std::slice::from_ref(&circle), Some(3.0)).unwrap();
    let bytes = write_rtstruct(&[body], None, &WriteOptions::default()).unwrap();
    let read = read_rtstruct(&bytes).unwrap();
    let ring = &stack(&read.structures[0]).planes()[0].rings[0];
    assert_eq!(ring.len(), 20_000);
    for (got, expected) in ring.iter().zip(&circle) {
        assert!((got[0] - expected[0]).abs() < 1e-11 && (got[1] - expected[1]).abs() < 1e-11);
    }
}

/// A mask goes out as its outline, and comes back with its volume.
#[test]
fn masks_are_written_as_outlines() {
    let even = Grid::new([3, 4, 5], [2.0, 2.5, 1.0], [0.0; 3], grid().axes()).unwrap();
    let mask = Mask::new("GTV", vec![1.0; 60], Arc::new(even)).unwrap();
    let gtv = Structure::new("GTV", Shape::Mask(Arc::new(mask)));
    let volume_cc = gtv.volume_cc(EndCaps::default()).unwrap();
    let bytes = write_rtstruct(&[gtv], None, &WriteOptions::default()).unwrap();
    let read = read_rtstruct(&bytes).unwrap();
    let back = read.structures[0].volume_cc(EndCaps::default()).unwrap();
    assert!(
        (back / volume_cc - 1.0).abs() < 1e-9,
        "{back} against {volume_cc}"
    );
}

fn plan() -> Plan {
    Plan {
        label: Some("Liver 5x10".to_owned()),
        approval_status: Some("APPROVED".to_owned()),
        fraction_groups: vec![FractionGroup {
            number: 1,
            fractions: Some(5),
            beams: vec![
                BeamDose {
                    number: 1,
                    dose_gy: Some(4.25),
                },
                BeamDose {
                    number: 2,
                    dose_gy: None,
                },
            ],
        }],
        dose_references: vec![DoseReference {
            number: 1,
            structure_type: "VOLUME".to_owned(),
            reference_type: "TARGET".to_owned(),
            roi_number: Some(12),
            prescription_gy: Some(50.0),
            description: Some("PTV".to_owned()),
        }],
        sop_instance_uid: Some("1.2.3.100".to_owned()),
        structure_set_uid: Some("1.2.3.101".to_owned()),
        frame_of_reference: Some("1.2.3.77".to_owned()),
    }
}

#[test]
fn plans_come_back() {
    let options = WriteOptions {
        sop_instance_uid: Some("1.2.3.100".to_owned()),
        ..WriteOptions::default()
    };
    let bytes = write_rtplan(&plan(), None, &options).unwrap();
    assert_eq!(read_rtplan(&bytes).unwrap(), plan());
}

/// A seeded case, written into a folder and read back as one.
#[test]
fn a_seeded_case_belongs_together() {
    let seed = 2026;
    let options = WriteOptions {
        seed: Some(seed),
        patient: Some(("Demo^Case".to_owned(), "DEMO".to_owned())),
        structure_set_uid: Some(seeded_uid(seed, "RTSTRUCT")),
        plan_uid: Some(seeded_uid(seed, "RTPLAN")),
        ..WriteOptions::default()
    };
    let free = |mut plan: Plan| {
        plan.frame_of_reference = None;
        plan.fraction_groups[0].beams.clear();
        plan
    };
    let dose = dose().with_frame_of_reference(None);
    let write = || {
        [
            write_rtdose(&dose, None, &options).unwrap(),
            write_rtstruct(&structures(), None, &options).unwrap(),
            write_rtplan(&free(plan()), None, &options).unwrap(),
        ]
    };
    let files = write();
    assert_eq!(files, write());
    let folder = std::env::temp_dir().join(format!("hepadose-{}-seeded", std::process::id()));
    std::fs::create_dir_all(folder.join("deeper")).unwrap();
    std::fs::write(folder.join("a.txt"), &files[0]).unwrap();
    std::fs::write(folder.join("deeper/b"), &files[1]).unwrap();
    std::fs::write(folder.join("c.jpg"), &files[2]).unwrap();
    let case = read_case(&folder, &CaseOptions::default()).unwrap();
    assert_eq!(case.warnings, Vec::<String>::new());
    assert_eq!(case.fractions(), Some(5));
    assert_eq!(case.structures.len(), 4);
    assert_eq!(case.plan.unwrap().label.as_deref(), Some("Liver 5x10"));
    assert_eq!(case.structure_set_uid, Some(seeded_uid(seed, "RTSTRUCT")));
    std::fs::remove_dir_all(folder).unwrap();
}

/// A template hands on patient, study, frame and references; another frame is refused.
#[test]
fn templates() {
    let options = WriteOptions {
        plan_uid: Some("1.2.3.100".to_owned()),
        structure_set_uid: Some("1.2.3.101".to_owned()),
        patient: Some(("Größe^Ä".to_owned(), "ID-7".to_owned())),
        ..WriteOptions::default()
    };
    let template = write_rtdose(&dose(), None, &options).unwrap();
    let bed = dose().bed(10.0).unwrap();
    let bytes = write_rtdose(&bed, Some(&template), &WriteOptions::default()).unwrap();
    let read = read_rtdose(&bytes, &RtDoseOptions::default()).unwrap();
    assert_eq!(read.plan_uids, ["1.2.3.100"]);
    assert_eq!(read.structure_set_uid.as_deref(), Some("1.2.3.101"));
    let name = "Größe^Ä".as_bytes();
    assert!(bytes.windows(name.len()).any(|window| window == name));
    assert!(bytes.windows(4).any(|window| window == b"ID-7"));
    let first = read_rtdose(&template, &RtDoseOptions::default()).unwrap();
    assert_ne!(read.sop_instance_uid, first.sop_instance_uid);
    let elsewhere = dose().with_frame_of_reference(Some("1.2.3.78".to_owned()));
    let error = write_rtdose(&elsewhere, Some(&template), &WriteOptions::default()).unwrap_err();
    assert!(
        error
            .to_string()
            .contains("in frame of reference ...1.2.3.78, the template in ...1.2.3.77"),
        "{error}"
    );
    assert!(write_rtdose(&dose(), Some(b"no DICOM"), &WriteOptions::default()).is_err());
}
