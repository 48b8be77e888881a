//! Livers with tumours in a constant dose, and checks of them.
#![allow(clippy::unwrap_used)]
#![allow(dead_code, reason = "each test file uses some of them")]

use super::boxes::{AXES, cuboid};
use hepadose::case::Case;
use hepadose::dose::DoseGrid;
use hepadose::geometry::Grid;
use hepadose::progress::Progress;
use hepadose::protocol::{CheckOptions, GoalResult, Protocol, Report, check};
use hepadose::structure::Structure;

/// A dose that is constant over 300 mm in each direction.
pub(crate) fn constant_dose(dose_gy: f64, fractions: u32) -> DoseGrid<'static> {
    let grid = Grid::new([31, 31, 31], [10.0; 3], [0.0; 3], AXES).unwrap();
    DoseGrid::physical(vec![dose_gy; grid.len()], grid, Some(fractions)).unwrap()
}

/// 1000 cc of liver with 8 cc of GTV wholly inside and 1 of another 2 cc inside.
pub(crate) fn liver_with_gtvs() -> Vec<Structure> {
    vec![
        cuboid("Liver", "ORGAN", [50.0; 3], [150.0; 3]),
        cuboid("GTV1", "GTV", [80.0; 3], [100.0; 3]),
        cuboid("gtv_2", "gtv", [140.0, 60.0, 60.0], [160.0, 70.0, 70.0]),
    ]
}

pub(crate) fn case(dose: DoseGrid<'static>, structures: Vec<Structure>) -> Case {
    let mut case = Case {
        dose: Some(dose),
        structures,
        ..Case::default()
    };
    for (index, structure) in case.structures.iter_mut().enumerate() {
        structure.number = Some(index as i32 + 1);
    }
    case
}

pub(crate) fn run(case: &Case, protocol: &str, options: &CheckOptions) -> Report {
    let protocol = Protocol::built_in(protocol).unwrap();
    check(case, &protocol, options, &Progress::new()).unwrap()
}

pub(crate) fn goal<'a>(report: &'a Report, id: &str) -> &'a GoalResult {
    report.results.iter().find(|goal| goal.id == id).unwrap()
}

pub(crate) fn close(got: f64, expected: f64) {
    assert!((got - expected).abs() < 1e-6, "{got} is not {expected}");
}
