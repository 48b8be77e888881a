//! Named presets: how known systems count, as far as this engine can do the same.

use super::{DvhError, DvhSettings, EmulatedBins};
use crate::citation::Evidence;
use crate::structure::{BetweenPlanes, EndCaps, SolidPolicy};
use serde::{Deserialize, Serialize};
use std::sync::LazyLock;

/// The rules of one system.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Preset {
    /// Word by which it is asked for.
    pub name: String,
    /// The system.
    pub system: String,
    /// What a structure is between two contour planes.
    pub between_planes: BetweenPlanes,
    /// What happens beyond the end planes.
    pub end_caps: EndCaps,
    /// The longest cap in mm, where there is a limit.
    #[serde(default)]
    pub max_cap_mm: Option<f64>,
    /// Bins through which its metrics are read, where it has few.
    #[serde(default)]
    pub bins: Option<EmulatedBins>,
    /// Keys of the references.
    pub sources: Vec<String>,
    /// Where in them.
    pub locator: String,
    /// How the rules were seen.
    pub evidence: Evidence,
    /// What the system does beside that, or what no source says.
    pub not_emulated: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    preset: Vec<Preset>,
}

static PRESETS: LazyLock<Result<Vec<Preset>, String>> = LazyLock::new(|| {
    toml::from_str(include_str!("presets.toml"))
        .map(|file: File| file.preset)
        .map_err(|error| error.to_string())
});

/// All presets.
///
/// # Errors
/// A file of this crate that cannot be read, which a test excludes.
///
/// ```
/// let presets = hepadose::dvh::presets()?;
/// let proknow = presets.iter().find(|preset| preset.name == "proknow");
/// assert_eq!(proknow.and_then(|preset| preset.max_cap_mm), Some(1.5));
/// # Ok::<(), hepadose::dvh::DvhError>(())
/// ```
pub fn presets() -> Result<&'static [Preset], DvhError> {
    PRESETS
        .as_ref()
        .map(Vec::as_slice)
        .map_err(|reason| DvhError::Presets {
            reason: reason.clone(),
        })
}

impl DvhSettings {
    /// These settings with the rules of a system.
    ///
    /// # Errors
    /// No preset of that name, with those that there are.
    pub fn with_preset(self, name: &str) -> Result<Self, DvhError> {
        let presets = presets()?;
        let found = presets.iter().find(|preset| preset.name == name);
        let preset = found.ok_or_else(|| DvhError::NoPreset {
            name: name.to_owned(),
            known: presets
                .iter()
                .map(|preset| &preset.name[..])
                .collect::<Vec<_>>()
                .join(", "),
        })?;
        Ok(Self {
            between_planes: preset.between_planes,
            end_caps: preset.end_caps,
            max_cap_mm: preset.max_cap_mm,
            emulated_bins: preset.bins,
            preset: Some(&preset.name),
            ..self
        })
    }

    /// How contours become a solid.
    pub fn solid_policy(&self) -> SolidPolicy {
        SolidPolicy {
            between_planes: self.between_planes,
            end_caps: self.end_caps,
            max_cap_mm: self.max_cap_mm,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::citation::reference;

    #[test]
    fn every_preset_has_a_source_and_says_what_it_leaves_out() {
        let presets = presets().unwrap();
        assert_eq!(presets.len(), 7);
        for (index, preset) in presets.iter().enumerate() {
            assert!(
                presets[..index]
                    .iter()
                    .all(|other| other.name != preset.name)
            );
            assert!(!preset.sources.is_empty() && !preset.not_emulated.is_empty());
            assert!(preset.sources.iter().all(|key| reference(key).is_some()));
            assert_ne!(preset.evidence, Evidence::Primary);
            assert!(preset.bins.is_none_or(|bins| bins.checked().is_ok()));
            let settings = DvhSettings::default().with_preset(&preset.name).unwrap();
            assert_eq!(settings.preset, Some(&preset.name[..]));
            assert!(settings.solid_policy().checked().is_ok());
        }
    }

    #[test]
    fn an_unknown_preset_lists_those_there_are() {
        let error = DvhSettings::default().with_preset("xio").unwrap_err();
        assert!(error.to_string().contains("eclipse, raystation, mim"));
    }
}
