//! What a protocol applies to, and whether a treatment is that.

use super::{ChildPugh, Disease, LiverStatus, Sex};
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
    /// Least prescribed total dose in gray.
    pub prescription_min_gy: Option<f64>,
    /// Highest prescribed total dose in gray.
    pub prescription_max_gy: Option<f64>,
    /// What the liver has to be.
    pub liver: Option<LiverStatus>,
    /// Primary liver cancer or metastases.
    pub disease_kind: Option<Disease>,
    /// Child-Pugh classes.
    pub child_pugh: Option<Vec<ChildPugh>>,
    /// Sex, where the limit depends on it.
    pub sex: Option<Sex>,
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
    /// Primary liver cancer or metastases, where known.
    pub disease: Option<Disease>,
    /// Child-Pugh class, where known.
    pub child_pugh: Option<ChildPugh>,
    /// Sex, where known.
    pub sex: Option<Sex>,
}

/// Whether a protocol or a goal applies.
#[derive(Debug, Clone, PartialEq, Default)]
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
            prescription_min_gy: self.prescription_min_gy.or(base.prescription_min_gy),
            prescription_max_gy: self.prescription_max_gy.or(base.prescription_max_gy),
            liver: self.liver.or(base.liver),
            disease_kind: self.disease_kind.or(base.disease_kind),
            child_pugh: self.child_pugh.or_else(|| base.child_pugh.clone()),
            sex: self.sex.or(base.sex),
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
        dose_range(
            "dose_per_fraction",
            self.dose_per_fraction_min_gy,
            self.dose_per_fraction_max_gy,
        )?;
        dose_range(
            "prescription",
            self.prescription_min_gy,
            self.prescription_max_gy,
        )?;
        if self.child_pugh.as_ref().is_some_and(Vec::is_empty) {
            return Err("child_pugh names no class; give [\"A\"], or leave it out".to_owned());
        }
        Ok(())
    }

    /// The one number of fractions that it is for.
    pub fn fractions(&self) -> Option<u32> {
        self.fractions_min
            .filter(|min| self.fractions_max == Some(*min))
    }

    /// Whether a number of fractions is in its range.
    pub fn takes_fractions(&self, n: u32) -> bool {
        self.fractions_min.is_none_or(|min| n >= min)
            && self.fractions_max.is_none_or(|max| n <= max)
    }

    /// Its range of fractions in words, where it has one.
    pub(super) fn fraction_range(&self) -> Option<String> {
        Some(match (self.fractions_min, self.fractions_max) {
            (None, None) => return None,
            (Some(min), Some(max)) if min == max => format!("{min}"),
            (Some(min), Some(max)) => format!("{min} to {max}"),
            (Some(min), None) => format!("{min} or more"),
            (None, Some(max)) => format!("at most {max}"),
        })
    }

    pub(super) fn judge(&self, treatment: &Treatment) -> Applicability {
        let mut found = Applicability {
            against: Vec::new(),
            unconfirmed: Vec::new(),
        };
        found.against.extend(self.against_fractions(treatment));
        found.against.extend(self.against_dose(treatment));
        found.against.extend(self.against_prescription(treatment));
        if let Some(wanted) = self.disease_kind {
            found.note(
                treatment.disease.map(|disease| disease == wanted),
                &format!("for the disease kind '{wanted}'"),
                "disease",
            );
        }
        if let Some(wanted) = &self.child_pugh {
            let classes: Vec<&str> = wanted.iter().map(|class| class.name()).collect();
            found.note(
                treatment.child_pugh.map(|class| wanted.contains(&class)),
                &format!("for Child-Pugh {}", classes.join(" or ")),
                "child_pugh",
            );
        }
        if let Some(wanted) = self.sex {
            found.note(
                treatment.sex.map(|sex| sex == wanted),
                &format!("for {wanted} patients"),
                "sex",
            );
        }
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
        let range = self.fraction_range()?;
        match treatment.fractions {
            None => Some(format!(
                "the number of fractions is not known, and the protocol is for {range}; give fractions="
            )),
            Some(n) if !self.takes_fractions(n) => Some(format!(
                "the treatment has {n} fractions, and the protocol is for {range}"
            )),
            Some(_) => None,
        }
    }

    fn against_prescription(&self, treatment: &Treatment) -> Option<String> {
        let (min, max) = (self.prescription_min_gy, self.prescription_max_gy);
        let range = range_gy(min, max)?;
        let Some(highest) = treatment.prescriptions_gy.last() else {
            return Some(format!(
                "no prescription is known, and this is for {range}; give prescription_gy="
            ));
        };
        is_outside(*highest, min, max)
            .then(|| format!("the prescription is {highest} Gy, and this is for {range}"))
    }

    fn against_dose(&self, treatment: &Treatment) -> Option<String> {
        let (min, max) = (self.dose_per_fraction_min_gy, self.dose_per_fraction_max_gy);
        let range = range_gy(min, max)?;
        let (Some(n), [_, ..]) = (treatment.fractions, &treatment.prescriptions_gy[..]) else {
            return Some(format!(
                "the dose per fraction is not known (prescription and number of fractions are needed), and the protocol is for {range} a fraction; give prescription_gy= and fractions="
            ));
        };
        let doses = treatment
            .prescriptions_gy
            .iter()
            .map(|total| total / f64::from(n));
        let outside = |dose: &f64| is_outside(*dose, min, max);
        doses.into_iter().find(outside).map(|dose| {
            format!(
                "the dose per fraction is {dose:.3} Gy, and the protocol is for {range} a fraction"
            )
        })
    }
}

impl Applicability {
    /// Notes a condition: kept, not kept, or not known.
    fn note(&mut self, holds: Option<bool>, condition: &str, argument: &str) {
        match holds {
            Some(true) => {}
            Some(false) => self.against.push(format!("the limit is {condition}")),
            None => self.unconfirmed.push(format!(
                "the limit is {condition}; confirm that, or say {argument}"
            )),
        }
    }

    /// Both together.
    pub(super) fn and(&self, other: &Self) -> Self {
        let join = |a: &[String], b: &[String]| a.iter().chain(b).cloned().collect();
        Self {
            against: join(&self.against, &other.against),
            unconfirmed: join(&self.unconfirmed, &other.unconfirmed),
        }
    }
}

fn range_gy(min: Option<f64>, max: Option<f64>) -> Option<String> {
    Some(match (min, max) {
        (None, None) => return None,
        (Some(min), Some(max)) if min == max => format!("{min} Gy"),
        (Some(min), Some(max)) => format!("{min} to {max} Gy"),
        (Some(min), None) => format!("at least {min} Gy"),
        (None, Some(max)) => format!("at most {max} Gy"),
    })
}

fn is_outside(dose: f64, min: Option<f64>, max: Option<f64>) -> bool {
    min.is_some_and(|min| dose < min * (1.0 - DOSE_ROUNDING))
        || max.is_some_and(|max| dose > max * (1.0 + DOSE_ROUNDING))
}

fn dose_range(name: &str, min: Option<f64>, max: Option<f64>) -> Result<(), String> {
    let doses = [min, max].into_iter().flatten();
    if let Some(dose) = doses.into_iter().find(|d| !(d.is_finite() && *d > 0.0)) {
        let name = name.replace('_', " ");
        return Err(format!("{name} must be above 0 Gy, got {dose}"));
    }
    if let (Some(min), Some(max)) = (min, max)
        && min > max
    {
        return Err(format!("{name}_min_gy {min} is above {name}_max_gy {max}"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn treatment(fractions: Option<u32>, prescriptions_gy: &[f64]) -> Treatment {
        Treatment {
            fractions,
            prescriptions_gy: prescriptions_gy.to_vec(),
            ..Treatment::default()
        }
    }

    #[test]
    fn facts_are_confirmed_denied_or_open() {
        let limit = AppliesTo {
            child_pugh: Some(vec![ChildPugh::A]),
            disease_kind: Some(Disease::Primary),
            prescription_min_gy: Some(50.0),
            prescription_max_gy: Some(50.0),
            ..AppliesTo::default()
        };
        let judge = |child_pugh, disease, doses: &[f64]| {
            let found = limit.judge(&Treatment {
                disease,
                child_pugh,
                ..treatment(None, doses)
            });
            (found.against.len(), found.unconfirmed.len())
        };
        let (a, primary) = (Some(ChildPugh::A), Some(Disease::Primary));
        assert_eq!(judge(a, primary, &[50.0]), (0, 0));
        assert_eq!(judge(None, None, &[50.0]), (0, 2));
        assert_eq!(judge(Some(ChildPugh::B), primary, &[50.0]), (1, 0));
        assert_eq!(judge(a, Some(Disease::Metastases), &[45.0]), (2, 0));
        assert_eq!(judge(a, primary, &[]), (1, 0));
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
