//! What comes back from disk, and the lesions of the yttrium-90 image.
#![cfg(test)]

use super::super::*;
use super::on_threads;
use crate::structure::Shape;

#[test]
fn the_files_read_back_as_they_were() {
    let options = DemoOptions {
        voxel_mm: 6.0,
        grid_shape: [43, 44, 67],
        slice_spacing_mm: 6.0,
        ..DemoOptions::default()
    };
    let case = build(&options).unwrap();
    let folder = std::env::temp_dir().join(format!("hepadose-demo-{}", std::process::id()));
    let names = write(&case, &folder).unwrap();
    assert_eq!(names.len(), 5);
    let read = |name: &str| std::fs::read(folder.join(name)).unwrap();

    let set = crate::dicom::read_rtstruct(&read("rtstruct.dcm")).unwrap();
    assert_eq!(
        set.sop_instance_uid.as_ref(),
        Some(&case.uids.structure_set)
    );
    assert_eq!(
        set.frame_of_reference.as_ref(),
        Some(&case.uids.frame_of_reference)
    );
    assert_eq!(set.structures.len(), case.structures.len());
    for (a, b) in set.structures.iter().zip(&case.structures) {
        assert_eq!((&a.name, a.number, a.colour), (&b.name, b.number, b.colour));
        assert_eq!(a.interpreted_type, b.interpreted_type);
        match (&a.shape, &b.shape) {
            (Shape::Contours(a), Shape::Contours(b)) => assert_eq!(a.planes(), b.planes()),
            (Shape::Points(a), Shape::Points(b)) => assert_eq!(a, b),
            (a, b) => assert!(matches!((a, b), (Shape::Empty, Shape::Empty))),
        }
    }

    let case_read =
        crate::dicom::read_case(&folder, &crate::dicom::CaseOptions::default()).unwrap();
    assert!(case_read.warnings.is_empty(), "{:?}", case_read.warnings);
    assert_eq!(case_read.fractions(), Some(5));
    assert_eq!(case_read.plan.as_ref(), Some(&case.plan));
    let dose = case_read.dose.unwrap();
    assert!(dose.grid().same_geometry(case.dose.grid(), 1e-9));
    for (a, b) in dose.values_f64().iter().zip(case.dose.values_f64()) {
        assert!((a - b).abs() < 1e-7);
    }

    let again = read_activity(&folder).unwrap();
    assert!(
        again
            .map
            .grid()
            .same_geometry(case.activity.map.grid(), 1e-9)
    );
    assert_eq!(
        again.map.values().to_f64(),
        case.activity.map.values().to_f64()
    );
    assert_eq!(again.lesions.labels(), case.activity.lesions.labels());
    assert_eq!(again.names, case.activity.names);
    std::fs::remove_dir_all(&folder).unwrap();

    let message = read_activity(&folder).unwrap_err().to_string();
    assert!(message.contains("y90_activity.nrrd") && !message.contains("hepadose-demo"));
    // The same options, made again on other threads, give the same bytes.
    let encoded = [1, 3].map(|threads| encode(&on_threads(threads, &options)).unwrap());
    assert!(encoded[0] == encoded[1]);
}

#[test]
fn lesions_spread_over_the_strata() {
    use crate::progress::Progress;
    use crate::y90::{LocalDeposition, lesion_doses};
    for seed in [2, 5] {
        let options = DemoOptions {
            seed,
            voxel_mm: 8.0,
            grid_shape: [33, 33, 51],
            ..DemoOptions::default()
        };
        let activity = build(&options).unwrap().activity;
        let model = LocalDeposition::new(1.05, 0.0).unwrap();
        let found = lesion_doses(&model, &activity.map, &activity.lesions, &Progress::new());
        let doses = found.unwrap();
        let mean: Vec<f64> = doses
            .iter()
            .map(|lesion| *lesion.mean_gy.as_ref().unwrap())
            .collect();
        assert_eq!((mean.len(), activity.names.len()), (5, 5));
        // Alsultan 2021, the strata: at most 139, to 189, above.
        let share = |low: f64, high: f64| mean.iter().filter(|d| **d > low && **d <= high).count();
        assert_eq!(
            (share(0.0, 139.0), share(139.0, 189.0), share(189.0, 400.0)),
            (2, 2, 1)
        );
        assert!(
            mean.iter()
                .all(|dose| (dose - 139.0).abs() > 5.0 && (dose - 189.0).abs() > 5.0)
        );
        let expected = [50.0, 14.0, 7.2, 24.0, 2.1];
        for (lesion, expected) in doses.iter().zip(expected) {
            assert!(
                (lesion.volume_cc / expected - 1.0).abs() < 0.4,
                "{lesion:?}"
            );
        }
        let all = activity.map.values().to_f64();
        assert!(all.iter().all(|value| *value >= 0.0));
    }
}
