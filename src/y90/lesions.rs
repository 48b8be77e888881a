//! Dose and response of many lesions, from an activity map or a dose and a map of labels.

use super::response::find;
use super::{Device, Disease, Dosimetry, LocalDeposition, Response, Y90Error, response_from};
use crate::dose::{DoseGrid, DoseKind};
use crate::dvh::COVERED_ROUNDING;
use crate::geometry::Values;
use crate::image::{ActivityMap, ImageError, LabelMap, LabelMean, label_means};
use crate::progress::Progress;

/// Volume in cc under which blurring takes a large, unknown part of the dose (recovery of 0.2 in a
/// sphere of 0.5 mL; Y-90 PET phantom measurements).
const SMALL_LESION_CC: f64 = 2.0;

/// Why a lesion has no mean dose.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
pub enum LesionNotEvaluable {
    /// The image ends inside the lesion.
    #[error(
        "the image covers {covered_percent:.2} % of the lesion; the covered part's own mean stands beside"
    )]
    NotCovered {
        /// Covered share in per cent.
        covered_percent: f64,
    },
}

/// Dose and size of one lesion.
#[derive(Debug, Clone, PartialEq)]
pub struct LesionDose {
    /// Number in the label map.
    pub label: u32,
    /// Volume in cubic centimetres.
    pub volume_cc: f64,
    /// Voxels of the label map.
    pub voxels: usize,
    /// Voxels with negative activity; they count like all others.
    pub negative_voxels: usize,
    /// Voxels without activity; they count like all others.
    pub zero_voxels: usize,
    /// Share of the volume that the image covers.
    pub covered_fraction: f64,
    /// Mean dose in gray of the covered part, where there is one.
    pub covered_mean_gy: Option<f64>,
    /// Mean dose in gray, or why there is none.
    pub mean_gy: Result<f64, LesionNotEvaluable>,
    /// Doubts that a person should know of.
    pub warnings: Vec<String>,
}

impl LesionDose {
    fn new(found: LabelMean, gy_per_unit: f64) -> Self {
        let covered_mean_gy = found.covered_mean.map(|mean| mean * gy_per_unit);
        let mean_gy = covered_mean_gy
            .filter(|_| found.covered_fraction >= 1.0 - COVERED_ROUNDING)
            .ok_or(LesionNotEvaluable::NotCovered {
                covered_percent: 100.0 * found.covered_fraction,
            });
        Self {
            label: found.label,
            volume_cc: found.volume_cc,
            voxels: found.voxels,
            negative_voxels: found.negative_voxels,
            zero_voxels: found.zero_voxels,
            covered_fraction: found.covered_fraction,
            covered_mean_gy,
            mean_gy,
            warnings: doubts(found.volume_cc, covered_mean_gy),
        }
    }
}

/// What a person should know of the mean dose of a lesion of this size.
pub(super) fn doubts(volume_cc: f64, covered_mean_gy: Option<f64>) -> Vec<String> {
    let mut warnings = Vec::new();
    if volume_cc < SMALL_LESION_CC {
        warnings.push(format!(
            "{volume_cc:.2} cc is small against the image's blur: the mean is likely too low (partial volume)"
        ));
    }
    if covered_mean_gy.is_some_and(|mean| mean < 0.0) {
        warnings
            .push("the mean is negative: noise around no activity; no stratum is given".to_owned());
    }
    warnings
}

/// Mean dose of every lesion of a label map by local deposition, in one parallel pass.
///
/// Local deposition is linear, so this is the mean activity, negative voxels included, times the
/// model's factor. A label map on a grid of its own reads the activity between the voxels.
///
/// # Errors
/// Different frames of reference, a map of background only, a cancelled calculation.
pub fn lesion_doses(
    model: &LocalDeposition,
    activity: &ActivityMap<'_>,
    labels: &LabelMap<'_>,
    progress: &Progress,
) -> Result<Vec<LesionDose>, Y90Error> {
    same_frame(activity.frame_of_reference(), labels)?;
    let factor = model.gy_per_bq_per_ml();
    let found = label_means(activity.grid(), activity.values(), labels, progress)?;
    Ok(found
        .into_iter()
        .map(|lesion| LesionDose::new(lesion, factor))
        .collect())
}

/// Mean of every lesion of a label map over an absorbed dose that was made elsewhere.
///
/// # Errors
/// As [`lesion_doses`], and a dose that is not physical or not the whole treatment's.
pub fn lesion_doses_of(
    dose: &DoseGrid<'_>,
    labels: &LabelMap<'_>,
    progress: &Progress,
) -> Result<Vec<LesionDose>, Y90Error> {
    if dose.kind() != DoseKind::Physical {
        return Err(Y90Error::NotAbsorbedDose { kind: dose.kind() });
    }
    if !dose.scope().is_whole_treatment() {
        return Err(Y90Error::NotTotal {
            scope: dose.scope(),
        });
    }
    same_frame(dose.frame_of_reference(), labels)?;
    let found = match dose.parts() {
        [only] if dose.is_stored() => label_means(&only.grid, &only.values, labels, progress)?,
        _ => {
            let values = Values::from(dose.values_f64());
            label_means(dose.grid(), &values, labels, progress)?
        }
    };
    Ok(found
        .into_iter()
        .map(|lesion| LesionDose::new(lesion, 1.0))
        .collect())
}

fn same_frame(of_image: Option<&str>, labels: &LabelMap<'_>) -> Result<(), ImageError> {
    match (of_image, labels.frame_of_reference()) {
        (Some(image), Some(label)) if image != label => Err(ImageError::FrameMismatch),
        _ => Ok(()),
    }
}

/// A lesion with what a publication says about its dose.
#[derive(Debug, Clone, PartialEq)]
pub struct LesionResponse {
    /// Dose and size.
    pub lesion: LesionDose,
    /// The stratum; absent where the mean dose is.
    pub response: Option<Response>,
}

/// The published stratum of every lesion; device, disease and dosimetry as in [`super::response()`].
///
/// # Errors
/// A combination without thresholds, a prevalence outside 0 to 1.
pub fn lesion_responses(
    lesions: Vec<LesionDose>,
    device: Device,
    disease: Disease,
    dosimetry: Dosimetry,
    prevalence: Option<f64>,
) -> Result<Vec<LesionResponse>, Y90Error> {
    let set = find(device, disease, dosimetry, None)?;
    lesions
        .into_iter()
        .map(|lesion| {
            let response = match lesion.mean_gy {
                Ok(mean) if mean >= 0.0 => Some(response_from(set, mean, prevalence, None)?),
                _ => None,
            };
            Ok(LesionResponse { lesion, response })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geometry::Grid;
    use std::sync::Arc;

    fn grid(n: usize, spacing: f64) -> Arc<Grid> {
        let axes = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]];
        Arc::new(Grid::new([1, 1, n], [spacing; 3], [0.0; 3], axes).unwrap())
    }

    fn run(activity: Vec<f32>, labels: Vec<u32>, grid: &Arc<Grid>) -> Vec<LesionDose> {
        let activity = ActivityMap::new(activity, Arc::clone(grid)).unwrap();
        let labels = LabelMap::new(labels, Arc::clone(grid)).unwrap();
        let model = LocalDeposition::new(1.05, 0.0).unwrap();
        lesion_doses(&model, &activity, &labels, &Progress::new()).unwrap()
    }

    #[test]
    fn means_keep_negative_voxels_and_small_lesions_are_warned_of() {
        let grid = grid(5, 20.0);
        let lesions = run(vec![4e6, -1e6, 3e6, 0.0, -1e5], vec![1, 1, 2, 2, 3], &grid);
        let per_mbq = 49.80 / 1.05;
        assert!((lesions[0].mean_gy.unwrap() - 1.5 * per_mbq).abs() < 1e-9);
        assert!((lesions[1].mean_gy.unwrap() - 1.5 * per_mbq).abs() < 1e-9);
        assert_eq!((lesions[0].negative_voxels, lesions[1].zero_voxels), (1, 1));
        assert!((lesions[0].volume_cc - 16.0).abs() < 1e-12);
        assert!(lesions[0].warnings.is_empty());
        assert!(lesions[2].warnings[0].contains("mean is negative"));
        let all = lesion_responses(
            lesions,
            Device::Glass,
            Disease::ColorectalMetastases,
            Dosimetry::Y90Pet,
            None,
        )
        .unwrap();
        assert_eq!(all[0].response.as_ref().unwrap().stratum.index, 0);
        assert!(all[2].response.is_none());
        let small = run(vec![1e6; 5], vec![1; 5], &super::tests::grid(5, 1.0));
        assert!(small[0].warnings[0].contains("partial volume"));
    }

    #[test]
    fn a_lesion_beyond_the_image_has_no_mean() {
        let image = grid(2, 20.0);
        let larger = grid(4, 20.0);
        let activity = ActivityMap::new(vec![1e6, 1e6], image).unwrap();
        let labels = LabelMap::new(vec![0, 1, 1, 0], larger).unwrap();
        let model = LocalDeposition::new(1.05, 0.0).unwrap();
        let lesions = lesion_doses(&model, &activity, &labels, &Progress::new()).unwrap();
        let error = lesions[0].mean_gy.unwrap_err();
        assert!(error.to_string().contains("covers 50.00 %"));
        assert!(lesions[0].covered_mean_gy.is_some());
    }

    #[test]
    fn frames_of_reference_must_agree() {
        let grid = grid(1, 1.0);
        let named = |uid: &str| Some(uid.to_owned());
        let activity = ActivityMap::new(vec![1.0], Arc::clone(&grid))
            .unwrap()
            .with_frame_of_reference(named("1.2"));
        let labels = LabelMap::new(vec![1], grid)
            .unwrap()
            .with_frame_of_reference(named("1.3"));
        let model = LocalDeposition::new(1.05, 0.0).unwrap();
        let result = lesion_doses(&model, &activity, &labels, &Progress::new());
        assert_eq!(result, Err(Y90Error::Image(ImageError::FrameMismatch)));
    }

    #[test]
    fn dose_from_elsewhere() {
        let grid = grid(2, 20.0);
        let dose = DoseGrid::physical(vec![100.0, 200.0], Arc::clone(&grid), None).unwrap();
        let labels = LabelMap::new(vec![1, 1], grid).unwrap();
        let lesions = lesion_doses_of(&dose, &labels, &Progress::new()).unwrap();
        assert_eq!(lesions[0].mean_gy, Ok(150.0));
    }
}
