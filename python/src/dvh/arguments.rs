//! How a DVH is calculated, from the words that Python gives.

use crate::errors::{Error, Result};
use crate::structure::SolidArguments;
use hepadose::dvh::{DoseInterpolation, DvhSettings};
use hepadose::error::{fraction, positive};
use pyo3::prelude::*;

/// How the dose is sampled, as Python says it.
#[derive(FromPyObject)]
#[pyo3(from_item_all)]
pub(crate) struct SamplingArguments {
    dose_interpolation: String,
    tolerance_percent: Option<f64>,
}

pub(super) type SamplingState = (String, Option<f64>);

impl Default for SamplingArguments {
    fn default() -> Self {
        Self::from((DoseInterpolation::default().name().to_owned(), None))
    }
}

impl From<SamplingState> for SamplingArguments {
    fn from((dose_interpolation, tolerance_percent): SamplingState) -> Self {
        Self {
            dose_interpolation,
            tolerance_percent,
        }
    }
}

impl SamplingArguments {
    fn interpolation(&self) -> Result<DoseInterpolation> {
        [DoseInterpolation::Trilinear, DoseInterpolation::Tricubic]
            .into_iter()
            .find(|one| one.name() == self.dose_interpolation)
            .ok_or_else(|| {
                let allowed = "'trilinear' or 'tricubic'";
                Error::setting("dose_interpolation", &self.dose_interpolation, allowed)
            })
    }
}

/// How a DVH is calculated, from words.
pub(crate) fn settings(
    solid: &SolidArguments,
    min_covered: f64,
    sampling: &SamplingArguments,
) -> Result<DvhSettings> {
    let settings = DvhSettings {
        min_covered: fraction("min_covered", min_covered)?,
        dose_interpolation: sampling.interpolation()?,
        tolerance_percent: sampling
            .tolerance_percent
            .map(|percent| positive("tolerance in per cent of the volume", percent))
            .transpose()?,
        ..DvhSettings::default()
    };
    if let Some(name) = &solid.preset {
        let given = solid.between_planes.is_some() || solid.end_caps.is_some();
        if given || solid.max_cap_mm.is_some() {
            let alone = "given without between_planes, end_caps and max_cap_mm, which it sets";
            return Err(Error::setting("preset", "both", alone));
        }
        return Ok(settings.with_preset(name)?);
    }
    let policy = solid.policy()?;
    Ok(DvhSettings {
        between_planes: policy.between_planes,
        end_caps: policy.end_caps,
        max_cap_mm: policy.max_cap_mm,
        ..settings
    })
}
