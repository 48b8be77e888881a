//! What a protocol applies to, and whether a treatment is that.

use super::LiverStatus;
use serde::{Deserialize, Serialize};

/// Room for the rounding of n x d, as in 50.4 / 28 Gy.
const DOSE_ROUNDING: f64 = 1e-9;

/// The treatments that a protocol is for.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AppliesTo {
    /// Disease in words; shown, not checked.
    pub disease: Option<String>,
    /// Fewest fractions.
    pub fractions_min: Option<u32>,
    /// Most fractions.
    pub fractions_max: Option<u32>,
    /// Least dose a fraction in gray.
    pub dose_per_fraction_min_gy: Option<f64>,
    /// Highest dose a fraction in gray.
    pub dose_per_fraction_max_gy: Option<f64>,
    /// What the liver has to be.
    pub liver: Option<LiverStatus>,
}

/// What is known of a treatment.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Treatment {
    /// Number of fractions.
    pub fractions: Option<u32>,
    /// Prescribed total doses in gray, ascending, each once.
    pub prescriptions_gy: Vec<f64>,
    /// The liver.
    pub liver: LiverStatus,
}

/// Whether a protocol applies.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Applicability {
    /// Why it does not.
    pub(super) against: Vec<String>,
    /// What has to be confirmed by a person.
    pub(super) unconfirmed: Vec<String>,
}

impl AppliesTo {
    /// This, with what is absent taken from `base`.
    pub(super) fn or(self, base: &Self) -> Self {
        Self {
            disease: self.disease.or_else(|| base.disease.clone()),
            fractions_min: self.fractions_min.or(base.fractions_min),
            fractions_max: self.fractions_max.or(base.fractions_max),
            dose_per_fraction_min_gy: self
                .dose_per_fraction_min_gy
                .or(base.dose_per_fraction_min_gy),
            dose_per_fraction_max_gy: self
                .dose_per_fraction_max_gy
                .or(base.dose_per_fraction_max_gy),
            liver: self.liver.or(base.liver),
        }
    }

    /// Whether the ranges are ranges, in words for the one who wrote them.
    pub(super) fn check(&self) -> Result<(), String> {
        if let (Some(min), Some(max)) = (self.fractions_min, self.fractions_max)
            && min > max
        {
            return Err(format!("fractions_min {min} is above fractions_max {max}"));
        }
        if self.fractions_min == Some(0) || self.fractions_max == Some(0) {
            return Err("a treatment has at least one fraction".into());
        }
        let doses = [self.dose_per_fraction_min_gy, self.dose_per_fraction_max_gy];
        if let Some(dose) = doses
            .into_iter()
            .flatten()
            .find(|d| !(d.is_finite() && *d > 0.0))
        {
            return Err(format!("dose per fraction must be above 0 Gy, got {dose}"));
        }
        if let [Some(min), Some(max)] = doses
            && min > max
        {
            return Err(format!(
                "dose_per_fraction_min_gy {min} is above dose_per_fraction_max_gy {max}"
            ));
        }
        Ok(())
    }

    pub(super) fn judge(&self, treatment: &Treatment) -> Applicability {
        let mut found = Applicability {
            against: Vec::new(),
            unconfirmed: Vec::new(),
        };
        found.against.extend(self.against_fractions(treatment));
        found.against.extend(self.against_dose(treatment));
        if let Some(wanted) = self.liver {
            match treatment.liver {
                status if status == wanted => {}
                LiverStatus::Unknown => found.unconfirmed.push(format!(
                    "the protocol holds for a liver that is {wanted}; confirm that, or say liver_status"
                )),
                status => found.against.push(format!(
                    "the protocol holds for a liver that is {wanted}; this one is {status}"
                )),
            }
        }
        found
    }

    fn against_fractions(&self, treatment: &Treatment) -> Option<String> {
        let range = match (self.fractions_min, self.fractions_max) {
            (None, None) => return None,
            (Some(min), Some(max)) if min == max => format!("{min}"),
            (Some(min), Some(max)) => format!("{min} to {max}"),
            (Some(min), None) => format!("{min} or more"),
            (None, Some(max)) => format!("at most {max}"),
        };
        match treatment.fractions {
            None => Some(format!(
                "the number of fractions is not known, and the protocol is for {range}; give fractions="
            )),
            Some(n)
                if self.fractions_min.is_some_and(|min| n < min)
                    || self.fractions_max.is_some_and(|max| n > max) =>
            {
                Some(format!(
                    "the treatment has {n} fractions, and the protocol is for {range}"
                ))
            }
            Some(_) => None,
        }
    }

    fn against_dose(&self, treatment: &Treatment) -> Option<String> {
        let (min, max) = (self.dose_per_fraction_min_gy, self.dose_per_fraction_max_gy);
        let range = match (min, max) {
            (None, None) => return None,
            (Some(min), Some(max)) => format!("{min} to {max} Gy"),
            (Some(min), None) => format!("at least {min} Gy"),
            (None, Some(max)) => format!("at most {max} Gy"),
        };
        let (Some(n), [_, ..]) = (treatment.fractions, &treatment.prescriptions_gy[..]) else {
            return Some(format!(
                "the dose per fraction is not known (prescription and number of fractions are needed), and the protocol is for {range} a fraction; give prescription_gy= and fractions="
            ));
        };
        let outside = |dose: &f64| {
            min.is_some_and(|min| *dose < min * (1.0 - DOSE_ROUNDING))
                || max.is_some_and(|max| *dose > max * (1.0 + DOSE_ROUNDING))
        };
        let doses = treatment
            .prescriptions_gy
            .iter()
            .map(|total| total / f64::from(n));
        doses.into_iter().find(outside).map(|dose| {
            format!(
                "the dose per fraction is {dose:.3} Gy, and the protocol is for {range} a fraction"
            )
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn treatment(fractions: Option<u32>, prescriptions_gy: &[f64]) -> Treatment {
        Treatment {
            fractions,
            prescriptions_gy: prescriptions_gy.to_vec(),
            liver: LiverStatus::Unknown,
        }
    }

    #[test]
    fn fractions_outside_the_range_are_named() {
        let five = AppliesTo {
            fractions_min: Some(5),
            fractions_max: Some(5),
            ..AppliesTo::default()
        };
        let against = |n| five.judge(&treatment(n, &[])).against;
        assert!(against(Some(5)).is_empty());
        assert_eq!(
            against(Some(3)),
            ["the treatment has 3 fractions, and the protocol is for 5"]
        );
        assert!(against(None)[0].contains("is not known"));
    }

    #[test]
    fn dose_a_fraction_with_rounding_and_several_prescriptions() {
        let conventional = AppliesTo {
            dose_per_fraction_min_gy: Some(1.8),
            dose_per_fraction_max_gy: Some(2.2),
            ..AppliesTo::default()
        };
        let against = |n, doses: &[f64]| conventional.judge(&treatment(n, doses)).against;
        // 50.4 / 28 is a little below 1.8 in binary.
        assert!(against(Some(28), &[50.4]).is_empty());
        assert!(against(Some(25), &[45.0, 55.0]).is_empty());
        let outside = against(Some(25), &[45.0, 60.0]);
        assert_eq!(
            outside,
            ["the dose per fraction is 2.400 Gy, and the protocol is for 1.8 to 2.2 Gy a fraction"]
        );
        assert!(against(Some(25), &[])[0].contains("is not known"));
        assert!(against(None, &[50.0])[0].contains("is not known"));
    }

    #[test]
    fn liver_status() {
        let normal = AppliesTo {
            liver: Some(LiverStatus::NormalNonCirrhotic),
            ..AppliesTo::default()
        };
        let judge = |liver| {
            let found = normal.judge(&Treatment {
                liver,
                ..Treatment::default()
            });
            (found.against.len(), found.unconfirmed.len())
        };
        assert_eq!(judge(LiverStatus::NormalNonCirrhotic), (0, 0));
        assert_eq!(judge(LiverStatus::Unknown), (0, 1));
        assert_eq!(judge(LiverStatus::Cirrhotic), (1, 0));
        assert_eq!(judge(LiverStatus::ImpairedNonCirrhotic), (1, 0));
    }
}
