//! Published thresholds, and what they say of a dose.

use crate::errors::{Error, Result, raise};
use crate::json;
use hepadose::y90::{self, Device, Disease, Dosimetry};
use pyo3::prelude::*;

fn setting(device: &str, disease: &str, dosimetry: &str) -> Result<(Device, Disease, Dosimetry)> {
    Ok((device.parse()?, disease.parse()?, dosimetry.parse()?))
}

/// What a publication says of a mean lesion dose, as plain dictionaries.
#[pyfunction]
pub(crate) fn y90_response<'py>(
    py: Python<'py>,
    dose_gy: f64,
    words: (String, String, String),
    prevalence: Option<f64>,
    name: Option<&str>,
    used: Option<(Option<f64>, Option<f64>)>,
) -> Result<Bound<'py, PyAny>> {
    let setting = setting(&words.0, &words.1, &words.2)?;
    let used = used.map(|(constant, density)| y90::DoseConstants {
        dose_constant_gy_kg_per_gbq: constant,
        density_g_per_ml: density,
    });
    let response = y90::response_by(dose_gy, setting, prevalence, name, used)?;
    json::plain(py, &response)
}

/// All threshold sets, each with its strata, as plain dictionaries.
#[pyfunction]
pub(crate) fn y90_thresholds(py: Python<'_>) -> Result<Vec<Bound<'_, PyAny>>> {
    let one = |set: &y90::ThresholdSet| {
        let shown = json::plain(py, set)?;
        let strata = set.strata();
        let labels: Vec<String> = strata.iter().map(ToString::to_string).collect();
        shown.set_item("strata", json::plain(py, &strata)?)?;
        shown.set_item("stratum_labels", labels)?;
        Ok(shown)
    };
    y90::thresholds()?.iter().map(one).collect()
}

/// The words for device, disease and dosimetry.
#[pyfunction]
pub(crate) fn y90_words() -> (Vec<&'static str>, Vec<&'static str>, Vec<&'static str>) {
    let devices = Device::ALL.iter().map(|one| one.name()).collect();
    let diseases = Disease::ALL.iter().map(|one| one.name()).collect();
    let dosimetries = Dosimetry::ALL.iter().map(|one| one.name()).collect();
    (devices, diseases, dosimetries)
}

impl From<y90::UnknownWordError> for Error {
    fn from(error: y90::UnknownWordError) -> Self {
        raise!("UnknownWordError", error; what = error.what, got = &error.got, allowed = &error.allowed)
    }
}
