//! Dose-response of a department's own lesions.

use crate::errors::Result;
use crate::{json, pool};
use hepadose::y90::fit::{DeliveredModel, FitSettings, Lesions, fit_response, predict_delivered};
use pyo3::prelude::*;

/// Columns and settings.
#[derive(FromPyObject)]
pub(crate) struct FitArgument {
    dose_gy: Vec<f64>,
    responded: Vec<bool>,
    patient: Option<Vec<u64>>,
    confidence: f64,
    specificity: f64,
    replicates: usize,
    seed: u64,
}

/// The fitted dose-response, as a plain dictionary.
#[pyfunction]
pub(crate) fn y90_fit_response(py: Python<'_>, columns: FitArgument) -> Result<Bound<'_, PyAny>> {
    let lesions = Lesions {
        dose_gy: &columns.dose_gy,
        responded: &columns.responded,
        patient: columns.patient.as_deref(),
    };
    let settings = FitSettings {
        confidence: columns.confidence,
        specificity: columns.specificity,
        replicates: columns.replicates,
        seed: columns.seed,
    };
    let found = pool::run(py, |progress| fit_response(&lesions, &settings, progress))??;
    json::plain(py, &found)
}

/// Agreement of planned and delivered dose, as a plain dictionary.
#[pyfunction]
pub(crate) fn y90_predict_delivered(
    py: Python<'_>,
    pairs: Vec<(f64, f64)>,
) -> Result<Bound<'_, PyAny>> {
    json::plain(py, &predict_delivered(&pairs)?)
}

/// The model as the Python class has it.
#[derive(FromPyObject)]
pub(crate) struct DeliveredArgument {
    pairs: usize,
    ratio: f64,
    log_deviation: f64,
    ratio_lower: f64,
    ratio_upper: f64,
}

impl DeliveredArgument {
    fn core(&self) -> DeliveredModel {
        DeliveredModel {
            pairs: self.pairs,
            ratio: self.ratio,
            log_deviation: self.log_deviation,
            ratio_lower: self.ratio_lower,
            ratio_upper: self.ratio_upper,
        }
    }
}

/// Probability that the delivered dose is at least a limit.
#[pyfunction]
pub(crate) fn y90_delivered_probability(
    model: DeliveredArgument,
    planned_gy: f64,
    limit_gy: f64,
) -> Result<f64> {
    Ok(model.core().probability_at_least(planned_gy, limit_gy)?)
}

/// Interval that holds the delivered dose.
#[pyfunction]
pub(crate) fn y90_delivered_interval_gy(
    model: DeliveredArgument,
    planned_gy: f64,
    confidence: f64,
) -> Result<(f64, f64)> {
    Ok(model.core().interval_gy(planned_gy, confidence)?)
}
