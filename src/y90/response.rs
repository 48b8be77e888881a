//! From a mean lesion dose to a published stratum, and to a probability where a prevalence is stated.

use super::{Device, Disease, Dosimetry, Stratum, ThresholdSet, Y90Error, thresholds};
use crate::error::{NonPhysicalError, fraction, non_negative};
use serde::Serialize;

/// What a publication says about a lesion of this dose.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Response {
    /// Mean lesion dose in gray.
    pub dose_gy: f64,
    /// Where it falls.
    pub stratum: Stratum,
    /// The stratum in words, such as `> 139 to <= 189 Gy`.
    pub stratum_label: String,
    /// How much more often a responding lesion falls there than another.
    pub likelihood_ratio: f64,
    /// Share of lesions that respond whatever their dose, as the caller stated it.
    pub prevalence: Option<f64>,
    /// Probability of response after the dose is known; absent without a prevalence.
    pub probability: Option<f64>,
    /// Why the probability has no interval.
    pub interval_reason: &'static str,
    /// Doubts about this dose against these thresholds.
    pub warnings: Vec<String>,
    /// The thresholds, with source, context and caveats.
    pub thresholds: &'static ThresholdSet,
}

/// The constants behind a dose that is held against a threshold.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct DoseConstants {
    /// Dose constant in Gy kg/GBq.
    pub dose_constant_gy_kg_per_gbq: Option<f64>,
    /// Density in g/mL.
    pub density_g_per_ml: Option<f64>,
}

/// Why no interval can be given: the number of lesions behind each cell was not seen.
const NO_COUNTS: &str =
    "no interval: the numbers of lesions behind sensitivity and specificity were not seen";

/// Probability after a finding, from the probability before it and the finding's likelihood ratio:
/// `p L / (p L + 1 - p)` (Bayes, odds form).
///
/// # Errors
/// A prevalence outside 0 to 1, a negative or non-finite likelihood ratio.
pub fn post_test_probability(
    prevalence: f64,
    likelihood_ratio: f64,
) -> Result<f64, NonPhysicalError> {
    let before = fraction("prevalence", prevalence)?;
    let favour = before * non_negative("likelihood ratio", likelihood_ratio)?;
    // At a prevalence of 1 and a ratio of 0 the finding is impossible; the prevalence stands.
    let all = favour + (1.0 - before);
    Ok(if all > 0.0 { favour / all } else { before })
}

/// The published stratum of a mean lesion dose in gray.
///
/// Device, disease and dosimetry must be those of a publication: a threshold made with glass is
/// refused for resin, one from post-treatment PET for MAA planning. Without a `prevalence` there is a
/// likelihood ratio and no probability.
///
/// # Errors
/// A combination without thresholds, a negative dose, a prevalence outside 0 to 1.
///
/// ```
/// use hepadose::y90::{Device, Disease, Dosimetry, response};
/// let found = response(150.0, Device::Glass, Disease::ColorectalMetastases, Dosimetry::Y90Pet, Some(0.5))?;
/// assert_eq!(found.stratum_label, "> 139 to <= 189 Gy");
/// assert_eq!(found.probability, Some(0.8));
/// # Ok::<(), hepadose::y90::Y90Error>(())
/// ```
pub fn response(
    dose_gy: f64,
    device: Device,
    disease: Disease,
    dosimetry: Dosimetry,
    prevalence: Option<f64>,
) -> Result<Response, Y90Error> {
    let set = find(device, disease, dosimetry, None)?;
    response_from(set, dose_gy, prevalence, None)
}

/// As [`response`], with thresholds chosen by name (which must be for this device, disease and dosimetry too) and
/// with the constants behind the dose, so that a difference from those of the publication is said in gray.
///
/// # Errors
/// As [`response`], an unknown name, thresholds of another device, disease or dosimetry.
pub fn response_by(
    dose_gy: f64,
    setting: (Device, Disease, Dosimetry),
    prevalence: Option<f64>,
    name: Option<&str>,
    used: Option<DoseConstants>,
) -> Result<Response, Y90Error> {
    let set = find(setting.0, setting.1, setting.2, name)?;
    response_from(set, dose_gy, prevalence, used)
}

/// What other constants than the publication's do to a dose.
fn shifts(set: &ThresholdSet, dose_gy: f64, used: &DoseConstants) -> Vec<String> {
    let mut warnings = Vec::new();
    let derived = &set.derived_with;
    let mut compare = |what: &str, used: Option<f64>, theirs: Option<f64>, inverse: bool| match (
        used, theirs,
    ) {
        (Some(used), Some(theirs)) if (used / theirs - 1.0).abs() > 1e-6 => {
            let ratio = if inverse {
                used / theirs
            } else {
                theirs / used
            };
            warnings.push(format!(
                    "the dose was made with a {what} of {used}, the thresholds with {theirs}: with theirs it would be {:+.1} Gy",
                    dose_gy * (ratio - 1.0)
                ));
        }
        (Some(used), None) => {
            warnings.push(format!(
                    "the {what} behind the thresholds was not seen: a difference of 1 % from {used} is {:.1} Gy here",
                    0.01 * dose_gy
                ));
        }
        _ => {}
    };
    compare(
        "dose constant in Gy kg/GBq",
        used.dose_constant_gy_kg_per_gbq,
        derived.dose_constant_gy_kg_per_gbq,
        false,
    );
    compare(
        "density in g/mL",
        used.density_g_per_ml,
        derived.density_g_per_ml,
        true,
    );
    warnings
}

/// The stratum of a mean lesion dose after one given publication.
///
/// # Errors
/// A negative dose, a prevalence outside 0 to 1.
pub fn response_from(
    set: &'static ThresholdSet,
    dose_gy: f64,
    prevalence: Option<f64>,
    used: Option<DoseConstants>,
) -> Result<Response, Y90Error> {
    let dose_gy = non_negative("mean lesion dose in Gy", dose_gy)?;
    let stratum = set
        .stratum(dose_gy)
        .ok_or_else(|| Y90Error::ThresholdFile {
            file: set.id.clone(),
            message: "it has no strata".to_owned(),
        })?;
    let probability = prevalence
        .map(|before| post_test_probability(before, stratum.likelihood_ratio))
        .transpose()?;
    let warnings = used.map_or_else(Vec::new, |used| shifts(set, dose_gy, &used));
    Ok(Response {
        dose_gy,
        stratum_label: stratum.to_string(),
        likelihood_ratio: stratum.likelihood_ratio,
        stratum,
        prevalence,
        probability,
        interval_reason: NO_COUNTS,
        warnings,
        thresholds: set,
    })
}

/// The thresholds of exactly this combination.
pub(super) fn find(
    device: Device,
    disease: Disease,
    dosimetry: Dosimetry,
    name: Option<&str>,
) -> Result<&'static ThresholdSet, Y90Error> {
    let sets: Vec<&'static ThresholdSet> = thresholds()?
        .iter()
        .filter(|set| !set.cut_offs.is_empty())
        .collect();
    let fits = |set: &&ThresholdSet| {
        set.device == device
            && set.disease == disease
            && set.dosimetry == Some(dosimetry)
            && name.map_or(!set.by_name_only, |name| set.id == name)
    };
    sets.iter()
        .copied()
        .find(fits)
        .ok_or_else(|| Y90Error::NoThresholds {
            device,
            disease,
            dosimetry,
            available: available(&sets, device, disease, dosimetry),
        })
}

/// What there is, and in what each differs from what was asked.
fn available(
    sets: &[&ThresholdSet],
    device: Device,
    disease: Disease,
    dosimetry: Dosimetry,
) -> String {
    let describe = |set: &&ThresholdSet| {
        let mut other = Vec::new();
        if set.device != device {
            other.push(format!("device is {}", set.device));
        }
        if set.disease != disease {
            other.push(format!("disease is {}", set.disease));
        }
        if let Some(theirs) = set.dosimetry
            && theirs != dosimetry
        {
            other.push(format!("dosimetry is {theirs}"));
        }
        if set.by_name_only {
            other.push("use is by name only".to_owned());
        }
        format!("{} (its {})", set.id, other.join(", its "))
    };
    sets.iter().map(describe).collect::<Vec<_>>().join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;

    const GLASS: Device = Device::Glass;
    const MCRC: Disease = Disease::ColorectalMetastases;
    const PET: Dosimetry = Dosimetry::Y90Pet;

    #[test]
    fn no_prevalence_no_probability() {
        let found = response(150.0, GLASS, MCRC, PET, None).unwrap();
        assert_eq!(found.probability, None);
        assert_eq!(found.likelihood_ratio, 4.0);
        assert!(response(150.0, GLASS, MCRC, PET, Some(1.5)).is_err());
        assert!(response(-1.0, GLASS, MCRC, PET, None).is_err());
        assert!(response(f64::NAN, GLASS, MCRC, PET, None).is_err());
    }

    #[test]
    fn thresholds_are_not_carried_over() {
        let refuse = |device, disease, dosimetry| {
            response(150.0, device, disease, dosimetry, None)
                .unwrap_err()
                .to_string()
        };
        let resin = refuse(Device::Resin, MCRC, PET);
        assert!(resin.contains("no response threshold for resin microspheres, colorectal-metastases, y90-pet dosimetry"), "{resin}");
        assert!(
            resin.contains("alsultan2021-glass-mcrc (its device is glass)"),
            "{resin}"
        );
        let hcc = refuse(GLASS, Disease::Hcc, PET);
        assert!(
            hcc.contains("its disease is colorectal-metastases"),
            "{hcc}"
        );
        let maa = refuse(Device::Resin, MCRC, Dosimetry::MaaSpect);
        assert!(
            maa.contains("its device is glass, its dosimetry is y90-pet"),
            "{maa}"
        );
        for disease in Disease::ALL {
            for dosimetry in Dosimetry::ALL {
                let found = response(150.0, GLASS, *disease, *dosimetry, None);
                assert_eq!(found.is_ok(), *disease == MCRC && *dosimetry == PET);
            }
        }
    }

    #[test]
    fn other_constants_are_said_in_gray() {
        let used = DoseConstants {
            dose_constant_gy_kg_per_gbq: Some(50.0),
            density_g_per_ml: Some(1.05),
        };
        let found = response_by(150.0, (GLASS, MCRC, PET), None, None, Some(used)).unwrap();
        assert_eq!(found.warnings.len(), 2);
        assert!(found.warnings[0].contains("was not seen: a difference of 1 % from 50 is 1.5 Gy"));
        let mut set = found.thresholds.clone();
        set.derived_with.dose_constant_gy_kg_per_gbq = Some(49.38);
        set.derived_with.density_g_per_ml = Some(1.03);
        let said = shifts(&set, 150.0, &used);
        // 150 (49.38 / 50 - 1) = -1.86 and 150 (1.05 / 1.03 - 1) = +2.91.
        assert!(
            said[0].ends_with("-1.9 Gy") && said[1].ends_with("+2.9 Gy"),
            "{said:?}"
        );
    }

    #[test]
    fn what_is_recalled_is_used_by_name() {
        let setting = (Device::Resin, MCRC, PET);
        let error = response_by(50.0, setting, None, None, None)
            .unwrap_err()
            .to_string();
        assert!(error.contains("use is by name only"), "{error}");
        let found = response_by(
            50.0,
            setting,
            None,
            Some("levillain2018-resin-mcrc-39"),
            None,
        )
        .unwrap();
        assert_eq!(found.stratum_label, "> 39 Gy");
        let wrong = response_by(
            50.0,
            (GLASS, MCRC, PET),
            None,
            Some("levillain2018-resin-mcrc-39"),
            None,
        );
        assert!(wrong.is_err());
    }

    #[test]
    fn certain_prevalence_stays_certain() {
        assert_eq!(post_test_probability(0.0, 15.0), Ok(0.0));
        assert_eq!(post_test_probability(1.0, 0.258), Ok(1.0));
        assert_eq!(post_test_probability(1.0, 0.0), Ok(1.0));
        assert!(post_test_probability(0.5, f64::INFINITY).is_err());
    }
}
