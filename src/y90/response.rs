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
    /// The thresholds, with source, context and caveats.
    pub thresholds: &'static ThresholdSet,
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
    let set = find(device, disease, dosimetry)?;
    response_from(set, dose_gy, prevalence)
}

/// The stratum of a mean lesion dose after one given publication.
///
/// # Errors
/// A negative dose, a prevalence outside 0 to 1.
pub fn response_from(
    set: &'static ThresholdSet,
    dose_gy: f64,
    prevalence: Option<f64>,
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
    Ok(Response {
        dose_gy,
        stratum_label: stratum.to_string(),
        likelihood_ratio: stratum.likelihood_ratio,
        stratum,
        prevalence,
        probability,
        interval_reason: NO_COUNTS,
        thresholds: set,
    })
}

/// The thresholds of exactly this combination.
pub(super) fn find(
    device: Device,
    disease: Disease,
    dosimetry: Dosimetry,
) -> Result<&'static ThresholdSet, Y90Error> {
    let sets = thresholds()?;
    let fits = |set: &&ThresholdSet| {
        set.device == device && set.disease == disease && set.dosimetry == dosimetry
    };
    sets.iter()
        .find(fits)
        .ok_or_else(|| Y90Error::NoThresholds {
            device,
            disease,
            dosimetry,
            available: available(sets, device, disease, dosimetry),
        })
}

/// What there is, and in what each differs from what was asked.
fn available(
    sets: &[ThresholdSet],
    device: Device,
    disease: Disease,
    dosimetry: Dosimetry,
) -> String {
    let describe = |set: &ThresholdSet| {
        let mut other = Vec::new();
        if set.device != device {
            other.push(format!("device is {}", set.device));
        }
        if set.disease != disease {
            other.push(format!("disease is {}", set.disease));
        }
        if set.dosimetry != dosimetry {
            other.push(format!("dosimetry is {}", set.dosimetry));
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
    fn certain_prevalence_stays_certain() {
        assert_eq!(post_test_probability(0.0, 15.0), Ok(0.0));
        assert_eq!(post_test_probability(1.0, 0.258), Ok(1.0));
        assert_eq!(post_test_probability(1.0, 0.0), Ok(1.0));
        assert!(post_test_probability(0.5, f64::INFINITY).is_err());
    }
}
