//! Real plans: our DVHs against those that the planning system stored in its RTDOSE.
#![allow(clippy::unwrap_used)]

mod common;

use hepadose::case::{Case, StoredDvh};
use hepadose::dicom::{CaseOptions, read_case};
use hepadose::dvh::{Dvh, DvhSettings, MetricSpec, dvhs};
use hepadose::progress::Progress;
use hepadose::structure::{EndCaps, Structure};

fn calculate(case: &Case, end_caps: EndCaps) -> Vec<Dvh> {
    let structures: Vec<&Structure> = case.structures.iter().collect();
    let settings = DvhSettings {
        end_caps,
        ..DvhSettings::default()
    };
    let dose = case.dose.as_ref().unwrap();
    dvhs(dose, &structures, &settings, &Progress::new())
        .into_iter()
        .map(Result::unwrap)
        .collect()
}

fn stored<'a>(case: &'a Case, structure: &Structure) -> Option<&'a StoredDvh> {
    case.stored_dvhs
        .iter()
        .find(|dvh| dvh.roi_number == structure.number)
}

/// That system caps no ends, lets BODY leave the dose grid, and labels as GY what is per cent of 14 Gy.
#[test]
fn breast_imrt_agrees_with_its_planning_system() {
    let Some(folder) = common::shared_data("breast-imrt") else {
        return;
    };
    let case = read_case(&folder, &CaseOptions::default()).unwrap();
    let (open, capped) = (
        calculate(&case, EndCaps::None),
        calculate(&case, EndCaps::HalfSlice),
    );
    let mut compared = 0;
    println!("| structure | stored cc | no caps | half slice | stored mean Gy | our mean |");
    for ((structure, open), capped) in case.structures.iter().zip(&open).zip(&capped) {
        let Some(stored) = stored(&case, structure) else {
            continue;
        };
        let (volume, mean) = (stored.volume[0], stored.mean.unwrap() * 14.0 / 100.0);
        let ours = open.statistics().unwrap().mean_gy;
        let deviation = |value: f64| 100.0 * (value / volume - 1.0);
        println!(
            "| {} | {volume:.2} | {:+.2} % | {:+.2} % | {mean:.3} | {:+.2} % |",
            structure.name,
            deviation(open.volume_cc()),
            deviation(capped.volume_cc()),
            100.0 * (ours / mean - 1.0)
        );
        if structure.name == "BODY" || volume < 10.0 {
            continue;
        }
        assert!(
            deviation(open.volume_cc()).abs() < 1.0,
            "{}",
            structure.name
        );
        assert!((ours / mean - 1.0).abs() < 0.01, "{}", structure.name);
        compared += 1;
    }
    assert_eq!(compared, 5);
    let empty = case
        .structures
        .iter()
        .find(|structure| structure.name == "Areola")
        .unwrap();
    assert!(!empty.is_solid());
}

#[test]
fn brain_srt_holds_the_total_dose() {
    let Some(folder) = common::shared_data("brain-srt") else {
        return;
    };
    let case = read_case(&folder, &CaseOptions::default()).unwrap();
    assert_eq!(case.warnings, Vec::<String>::new());
    assert_eq!(case.fractions(), Some(5));
    let all = calculate(&case, EndCaps::HalfSlice);
    let solid: Vec<&Dvh> = all.iter().filter(|dvh| dvh.volume_cc() > 0.0).collect();
    assert_eq!(solid.len(), 12);
    let brain = solid
        .iter()
        .find(|dvh| dvh.name() == "Normal Brain")
        .unwrap();
    for text in ["Mean", "D2%", "V12Gy[cc]"] {
        assert!(
            brain
                .metric(&MetricSpec::parse(text).unwrap())
                .value
                .is_ok(),
            "{text}"
        );
    }
    for dvh in &solid {
        println!(
            "{}: {:.3} cc covered {:.4} {:?}",
            dvh.name(),
            dvh.volume_cc(),
            dvh.covered_fraction(),
            dvh.statistics()
        );
    }
}
