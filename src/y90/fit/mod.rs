//! A department's own dose-response: logistic curve, ROC, thresholds with their uncertainty; and from
//! planned to delivered dose.

mod bootstrap;
mod delivered;
mod logistic;
mod profile;
mod roc;

pub use bootstrap::{BootstrapInterval, BootstrapResult};
pub use delivered::{DeliveredModel, predict_delivered};
pub use logistic::{Logistic, LogisticFit, Separation};
pub use profile::{Bound, ProfileInterval};
pub use roc::{Auc, Roc, RocPoint, RocThreshold};

use crate::progress::{Cancelled, Progress};
use serde::Serialize;

/// Why a dose-response cannot be fitted.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum FitError {
    /// Columns of different length.
    #[error("{what} has {got} values but there are {expected} doses; give one for each lesion")]
    Length {
        /// Which column.
        what: &'static str,
        /// Its length.
        got: usize,
        /// Number of doses.
        expected: usize,
    },
    /// A dose that is no number.
    #[error(
        "dose {index} is {value} Gy; doses must be finite numbers of at least 0 (take lesions without a dose out)"
    )]
    Dose {
        /// Position.
        index: usize,
        /// What was given.
        value: f64,
    },
    /// Nothing to tell apart.
    #[error("{responded} of {total} lesions responded; both kinds are needed to tell them apart")]
    OneClass {
        /// How many responded.
        responded: usize,
        /// Of how many.
        total: usize,
    },
    /// All doses are the same.
    #[error("all {total} lesions have the same dose; a dose-response needs different doses")]
    OneDose {
        /// How many.
        total: usize,
    },
    /// A setting outside its range.
    #[error("{what} must be {allowed}, got {got}")]
    Setting {
        /// Which one.
        what: &'static str,
        /// What is allowed.
        allowed: &'static str,
        /// What was given.
        got: f64,
    },
    /// Too few pairs of planned and delivered dose.
    #[error(
        "{got} pairs of planned and delivered dose are too few; give at least 3, each of two doses above 0 Gy"
    )]
    Pairs {
        /// How many are usable.
        got: usize,
    },
    /// Stopped.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}

/// Lesions with dose, response and, where known, the patient they belong to.
#[derive(Debug, Clone, Copy)]
pub struct Lesions<'a> {
    /// Dose of each lesion in gray.
    pub dose_gy: &'a [f64],
    /// Whether it responded.
    pub responded: &'a [bool],
    /// Number of its patient; lesions of one patient are not independent.
    pub patient: Option<&'a [u64]>,
}

impl Lesions<'_> {
    fn check(&self) -> Result<(), FitError> {
        let expected = self.dose_gy.len();
        let length = |what, got| FitError::Length {
            what,
            got,
            expected,
        };
        if self.responded.len() != expected {
            return Err(length("responded", self.responded.len()));
        }
        if let Some(patient) = self.patient
            && patient.len() != expected
        {
            return Err(length("patient", patient.len()));
        }
        let wrong = |dose: &f64| !(dose.is_finite() && *dose >= 0.0);
        if let Some(index) = self.dose_gy.iter().position(wrong) {
            return Err(FitError::Dose {
                index,
                value: self.dose_gy[index],
            });
        }
        let responded = self.responded.iter().filter(|one| **one).count();
        if responded == 0 || responded == expected {
            return Err(FitError::OneClass {
                responded,
                total: expected,
            });
        }
        if self.dose_gy.iter().all(|dose| *dose == self.dose_gy[0]) {
            return Err(FitError::OneDose { total: expected });
        }
        Ok(())
    }
}

/// How intervals are made.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FitSettings {
    /// Coverage of all intervals, such as 0.95.
    pub confidence: f64,
    /// Specificity at which a threshold is wanted, 0 to 1.
    pub specificity: f64,
    /// Bootstrap replicates.
    pub replicates: usize,
    /// Seed of the bootstrap.
    pub seed: u64,
}

impl FitSettings {
    fn check(&self) -> Result<(), FitError> {
        let setting = |what, allowed, got| Err(FitError::Setting { what, allowed, got });
        if !(self.confidence > 0.0 && self.confidence < 1.0) {
            return setting("confidence", "between 0 and 1", self.confidence);
        }
        if !(0.0..=1.0).contains(&self.specificity) {
            return setting("specificity", "between 0 and 1", self.specificity);
        }
        if self.replicates < 100 {
            return setting("replicates", "at least 100", self.replicates as f64);
        }
        Ok(())
    }
}

/// A fitted dose-response.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct DoseResponse {
    /// Number of lesions.
    pub lesions: usize,
    /// How many responded.
    pub responded: usize,
    /// Number of patients, where known.
    pub patients: Option<usize>,
    /// The logistic curve, or why there is none.
    pub logistic: Logistic,
    /// The ROC curve.
    pub roc: Roc,
    /// Area under it.
    pub auc: Auc,
    /// Threshold of largest sensitivity plus specificity.
    pub youden: RocThreshold,
    /// Lowest threshold of at least the wanted specificity.
    pub at_specificity: RocThreshold,
    /// Bootstrap intervals.
    pub bootstrap: BootstrapResult,
    /// Doubts that a person should know of.
    pub warnings: Vec<String>,
}

/// Fits the response of lesions by dose: logistic curve with profile-likelihood intervals, ROC with area
/// (DeLong), thresholds with bootstrap intervals over patients, or over lesions where no patient is known.
///
/// # Errors
/// Columns that do not fit, doses that are no numbers, one kind of outcome only, one dose only, settings
/// outside their range, a cancelled calculation.
pub fn fit_response(
    lesions: &Lesions<'_>,
    settings: &FitSettings,
    progress: &Progress,
) -> Result<DoseResponse, FitError> {
    lesions.check()?;
    settings.check()?;
    let logistic = logistic::fit(lesions, settings.confidence);
    let roc = Roc::new(lesions.dose_gy, lesions.responded);
    let auc = Auc::delong(lesions.dose_gy, lesions.responded, settings.confidence);
    let (youden, at_specificity) = (roc.youden(), roc.at_specificity(settings.specificity));
    let bootstrap = bootstrap::run(lesions, settings, progress)?;
    let patients = lesions.patient.map(|patient| {
        let mut ids = patient.to_vec();
        ids.sort_unstable();
        ids.dedup();
        ids.len()
    });
    let mut warnings = Vec::new();
    match patients {
        None => warnings.push("no patient is given: lesions count as independent, so all intervals are too narrow where patients have several".to_owned()),
        Some(patients) if patients < lesions.dose_gy.len() => warnings.push("lesions are clustered in patients: the bootstrap draws patients; profile and DeLong intervals take lesions as independent and are too narrow".to_owned()),
        Some(_) => {}
    }
    warnings.push("thresholds are chosen on the same data that judge them: sensitivity and specificity are optimistic".to_owned());
    if auc.area < 0.5 {
        warnings.push("response falls with dose (area under the curve below 0.5): look at the coding of the response".to_owned());
    }
    Ok(DoseResponse {
        lesions: lesions.dose_gy.len(),
        responded: lesions.responded.iter().filter(|one| **one).count(),
        patients,
        logistic,
        roc,
        auc,
        youden,
        at_specificity,
        bootstrap,
        warnings,
    })
}
