//! Effect of weighted voxels, and the uncertainty of a dose.

use super::HalfLife;
use crate::dvh::Dvh;
use crate::errors::Result;
use crate::{json, pool};
use hepadose::y90::constants::HALF_LIFE_H;
use hepadose::y90::{DoseUncertainty, EffectParameters, effect, effect_of, volume_uncertainty};
use numpy::{PyArray1, PyArrayMethods};
use pyo3::prelude::*;

/// Tissue parameters.
#[derive(FromPyObject)]
pub(crate) struct TissueArgument {
    alpha_beta_gy: f64,
    repair_half_life_h: f64,
    physical_half_life_h: Option<HalfLife>,
    alpha_per_gy: Option<f64>,
}

impl TissueArgument {
    fn core(&self) -> Result<EffectParameters> {
        Ok(EffectParameters {
            alpha_beta_gy: self.alpha_beta_gy,
            repair_half_life_h: self.repair_half_life_h,
            physical_half_life_h: match &self.physical_half_life_h {
                Some(half_life) => half_life.core()?.value,
                None => HALF_LIFE_H.value,
            },
            alpha_per_gy: self.alpha_per_gy,
        })
    }
}

/// Measures of the dose in weighted voxels, as a plain dictionary.
#[pyfunction]
pub(crate) fn y90_effect<'py>(
    py: Python<'py>,
    dose_gy: &Bound<'py, PyArray1<f64>>,
    weights: &Bound<'py, PyArray1<f64>>,
    at_least_gy: Vec<f64>,
    tissue: TissueArgument,
) -> Result<Bound<'py, PyAny>> {
    let parameters = tissue.core()?;
    let (dose, weights) = (dose_gy.try_readonly()?, weights.try_readonly()?);
    let (dose, weights) = (dose.as_slice()?, weights.as_slice()?);
    let found = pool::run(py, |_| effect(dose, weights, &at_least_gy, &parameters))??;
    json::plain(py, &found)
}

/// Measures of the dose of a histogram, as a plain dictionary.
#[pyfunction]
pub(crate) fn y90_effect_of_dvh<'py>(
    py: Python<'py>,
    dvh: &Dvh,
    at_least_gy: Vec<f64>,
    tissue: TissueArgument,
) -> Result<Bound<'py, PyAny>> {
    json::plain(py, &effect_of(dvh.core(), &at_least_gy, &tissue.core()?)?)
}

/// Relative parts of a dose's uncertainty.
#[derive(FromPyObject)]
pub(crate) struct PartsArgument {
    volume: f64,
    calibration: f64,
    density: f64,
    recovery: f64,
    constant: f64,
    volume_exponent: f64,
}

/// A dose with its uncertainty, by first order or by sampling, as a plain dictionary.
#[pyfunction]
pub(crate) fn y90_uncertain_dose(
    py: Python<'_>,
    dose_gy: f64,
    parts: PartsArgument,
    sampling: Option<(usize, u64)>,
) -> Result<Bound<'_, PyAny>> {
    let parts = DoseUncertainty {
        volume: parts.volume,
        calibration: parts.calibration,
        density: parts.density,
        recovery: parts.recovery,
        constant: parts.constant,
        volume_exponent: parts.volume_exponent,
    };
    let found = pool::run(py, |_| match sampling {
        Some((samples, seed)) => parts.sampled(dose_gy, samples, seed),
        None => parts.first_order(dose_gy),
    })??;
    json::plain(py, &found)
}

/// Relative uncertainty of a volume.
#[pyfunction]
pub(crate) fn y90_volume_uncertainty(volume_ml: f64, voxel_mm: f64, fwhm_mm: f64) -> Result<f64> {
    Ok(volume_uncertainty(volume_ml, voxel_mm, fwhm_mm)?)
}
