//! Dose of structures, contours or masks: everything of a region from one histogram.

use super::lesions::{LesionNotEvaluable, doubts};
use super::{LocalDeposition, Y90Error};
use crate::dose::{DoseGrid, DoseKind};
use crate::dvh::{COVERED_ROUNDING, Dvh, DvhSettings, dvhs};
use crate::geometry::Values;
use crate::image::ActivityMap;
use crate::progress::Progress;
use crate::structure::Structure;
use rayon::prelude::*;
use std::sync::Arc;

/// Dose of one structure.
#[derive(Debug, Clone, PartialEq)]
pub struct StructureDose {
    /// Histogram of the dose, in which voxels of negative activity hold 0 Gy.
    pub dvh: Dvh,
    /// Mean dose in gray, negative activity included, or why there is none.
    pub mean_gy: Result<f64, LesionNotEvaluable>,
    /// Mean dose in gray of the covered part, where there is one.
    pub covered_mean_gy: Option<f64>,
    /// Doubts that a person should know of.
    pub warnings: Vec<String>,
}

/// Dose of structures by local deposition.
///
/// A dose cannot be negative, so the histogram has 0 Gy where noise left negative activity. The mean must not be
/// biased by that: between voxels the image is linear, so the mean of the activity is that of its positive part less
/// that of its negative part, each over the same cells.
///
/// # Errors
/// An empty structure, other frames of reference, a combination that cannot be made, a cancelled calculation.
pub fn structure_doses(
    model: &LocalDeposition,
    activity: &ActivityMap<'_>,
    structures: &[&Structure],
    settings: &DvhSettings,
    progress: &Progress,
) -> Result<Vec<StructureDose>, Y90Error> {
    let dose = model.absorbed_dose(activity)?.dose;
    let below = match activity.negative() {
        Some(_) => Some(model.absorbed_dose(&negative_part(activity)?)?.dose),
        None => None,
    };
    of(&dose, below.as_ref(), structures, settings, progress)
}

/// Dose of structures from a dose that was made elsewhere.
///
/// # Errors
/// As [`structure_doses`], and a dose that is not physical or not the whole treatment's.
pub fn structure_doses_of(
    dose: &DoseGrid<'_>,
    structures: &[&Structure],
    settings: &DvhSettings,
    progress: &Progress,
) -> Result<Vec<StructureDose>, Y90Error> {
    if dose.kind() != DoseKind::Physical {
        return Err(Y90Error::NotAbsorbedDose { kind: dose.kind() });
    }
    if !dose.scope().is_whole_treatment() {
        return Err(Y90Error::NotTotal {
            scope: dose.scope(),
        });
    }
    of(dose, None, structures, settings, progress)
}

/// The activity that noise left below zero, with its sign turned.
fn negative_part(activity: &ActivityMap<'_>) -> Result<ActivityMap<'static>, Y90Error> {
    let values = match activity.values() {
        Values::F32(values) => Values::from(
            values
                .par_iter()
                .map(|value| (-value).max(0.0))
                .collect::<Vec<f32>>(),
        ),
        Values::F64(values) => Values::from(
            values
                .par_iter()
                .map(|value| (-value).max(0.0))
                .collect::<Vec<f64>>(),
        ),
    };
    let frame = activity.frame_of_reference().map(str::to_owned);
    Ok(ActivityMap::new(values, Arc::clone(activity.grid()))?.with_frame_of_reference(frame))
}

fn of(
    dose: &DoseGrid<'_>,
    below: Option<&DoseGrid<'_>>,
    structures: &[&Structure],
    settings: &DvhSettings,
    progress: &Progress,
) -> Result<Vec<StructureDose>, Y90Error> {
    let found = dvhs(dose, structures, settings, progress);
    let less = below.map(|below| dvhs(below, structures, settings, progress));
    found
        .into_iter()
        .enumerate()
        .map(|(index, dvh)| {
            let dvh = dvh?;
            if dvh.volume_cc() <= 0.0 {
                return Err(Y90Error::EmptyRegion {
                    name: dvh.name().to_owned(),
                });
            }
            let taken = match less.as_ref().map(|less| &less[index]) {
                Some(Ok(less)) => less.statistics().map_or(0.0, |found| found.mean_gy),
                Some(Err(error)) => return Err(error.clone().into()),
                None => 0.0,
            };
            Ok(finished(dvh, taken))
        })
        .collect()
}

fn finished(dvh: Dvh, taken_gy: f64) -> StructureDose {
    let covered_mean_gy = dvh.statistics().map(|found| found.mean_gy - taken_gy);
    let covered = dvh.covered_fraction();
    StructureDose {
        mean_gy: covered_mean_gy
            .filter(|_| covered >= 1.0 - COVERED_ROUNDING)
            .ok_or(LesionNotEvaluable::NotCovered {
                covered_percent: 100.0 * covered,
            }),
        covered_mean_gy,
        warnings: doubts(dvh.volume_cc(), covered_mean_gy),
        dvh,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geometry::Grid;

    fn grid(shape: [usize; 3], spacing: f64) -> Arc<Grid> {
        let axes = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]];
        Arc::new(Grid::new(shape, [spacing; 3], [0.0; 3], axes).unwrap())
    }

    fn run(activity: Vec<f64>, mask: Vec<f32>) -> Result<StructureDose, Y90Error> {
        let grid = grid([6, 6, 6], 10.0);
        let activity = ActivityMap::new(activity, Arc::clone(&grid)).unwrap();
        let region = Structure::from_mask("Tumour", mask, grid).unwrap();
        let model = LocalDeposition::new(1.05, 0.0).unwrap();
        structure_doses(
            &model,
            &activity,
            &[&region],
            &DvhSettings::default(),
            &Progress::new(),
        )
        .map(|mut found| found.remove(0))
    }

    #[test]
    fn negative_activity_counts_in_the_mean() {
        // Planes of 2, -1, 2, -1, ... MBq/mL: over whole periods away from the ends the mean is 0.5 MBq/mL.
        let activity: Vec<f64> = (0..216)
            .map(|index| if index % 2 == 0 { 2e6 } else { -1e6 })
            .collect();
        let mask: Vec<f32> = (0..216)
            .map(|index| f32::from(u8::from((1..5).contains(&(index % 6)))))
            .collect();
        let found = run(activity, mask).unwrap();
        let expected = 0.5 * 49.80 / 1.05;
        assert!(
            (found.mean_gy.unwrap() / expected - 1.0).abs() < 1e-3,
            "{:?}",
            found.mean_gy
        );
        // The histogram has no negative dose, so its own mean is higher.
        assert!(found.dvh.statistics().unwrap().mean_gy > 1.1 * expected);
        assert!(found.dvh.statistics().unwrap().min_gy >= 0.0);
    }

    #[test]
    fn empty_and_small() {
        let error = run(vec![1e6; 216], vec![0.0; 216]).unwrap_err();
        assert!(error.to_string().contains("'Tumour' is empty"), "{error}");
        let mut mask = vec![0.0; 216];
        mask[0] = 1.0;
        let small = run(vec![1e6; 216], mask).unwrap();
        assert!(small.warnings[0].contains("partial volume"));
    }

    #[test]
    fn beyond_the_image() {
        let activity = ActivityMap::new(vec![1e6; 8], grid([2; 3], 20.0)).unwrap();
        let region = Structure::from_mask("Liver", vec![1.0; 16], grid([4, 2, 2], 20.0)).unwrap();
        let model = LocalDeposition::new(1.05, 0.0).unwrap();
        let settings = DvhSettings::default();
        let found =
            structure_doses(&model, &activity, &[&region], &settings, &Progress::new()).unwrap();
        assert!(
            found[0]
                .mean_gy
                .unwrap_err()
                .to_string()
                .contains("covers 50.00 %")
        );
        assert!(found[0].covered_mean_gy.is_some());
    }
}
