//! Any of the dose-response models with its numbers, as data.

use super::dose_volume::DoseVolume;
use super::{
    CriticalVolume, Lkb, Logistic, PoissonCurve, RadiobiologyError, geud_gy, logistic_in_bed,
    poisson_tcp, relative_seriality,
};
use crate::error::NonPhysicalError;
use serde::{Deserialize, Serialize};

/// A dose-response model for a distribution of dose.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(tag = "model", rename_all = "snake_case", deny_unknown_fields)]
pub enum Response {
    /// [`Lkb`].
    Lkb {
        /// TD50 of the whole organ in gray.
        td50_gy: f64,
        /// Slope.
        m: f64,
        /// Volume exponent.
        n: f64,
    },
    /// [`Logistic`].
    Logistic {
        /// Dose of 50 % in gray.
        d50_gy: f64,
        /// Slope there.
        gamma50: f64,
        /// Exponent of the equivalent uniform dose.
        a: f64,
    },
    /// [`PoissonCurve`] in the equivalent uniform dose.
    Poisson {
        /// Dose of 50 % in gray.
        d50_gy: f64,
        /// Greatest normalised slope.
        gamma: f64,
        /// Exponent of the equivalent uniform dose.
        a: f64,
    },
    /// [`relative_seriality`].
    RelativeSeriality {
        /// Dose of 50 % in gray.
        d50_gy: f64,
        /// Greatest normalised slope.
        gamma: f64,
        /// Relative seriality.
        s: f64,
    },
    /// [`CriticalVolume`].
    CriticalVolume {
        /// Dose in gray that half of the subunits do not survive.
        d50_gy: f64,
        /// Slope.
        k: f64,
        /// Share whose loss half of the patients do not tolerate.
        v50: f64,
        /// Spread of that share.
        sigma: f64,
    },
    /// [`poisson_tcp`], in BED.
    PoissonTcp {
        /// Clonogens in the target.
        clonogens: f64,
        /// alpha in 1/Gy.
        alpha_per_gy: f64,
    },
    /// [`logistic_in_bed`], of the one BED that is prescribed.
    LogisticInBed {
        /// BED of 50 % in gray.
        midpoint_gy: f64,
        /// Scale in gray.
        scale_gy: f64,
    },
}

impl Response {
    /// The model of a name with its numbers by name, all of them and no others.
    ///
    /// # Errors
    /// [`RadiobiologyError::Numbers`].
    pub fn from_numbers(model: &str, numbers: &[(String, f64)]) -> Result<Self, RadiobiologyError> {
        const ALL: [Response; 7] = [
            Response::Lkb {
                td50_gy: 1.0,
                m: 1.0,
                n: 1.0,
            },
            Response::Logistic {
                d50_gy: 1.0,
                gamma50: 1.0,
                a: 1.0,
            },
            Response::Poisson {
                d50_gy: 1.0,
                gamma: 1.0,
                a: 1.0,
            },
            Response::RelativeSeriality {
                d50_gy: 1.0,
                gamma: 1.0,
                s: 1.0,
            },
            Response::CriticalVolume {
                d50_gy: 1.0,
                k: 1.0,
                v50: 1.0,
                sigma: 1.0,
            },
            Response::PoissonTcp {
                clonogens: 1.0,
                alpha_per_gy: 1.0,
            },
            Response::LogisticInBed {
                midpoint_gy: 1.0,
                scale_gy: 1.0,
            },
        ];
        let found = ALL.into_iter().find(|one| one.name() == model);
        let names: Vec<_> = found
            .iter()
            .flat_map(Self::parameters)
            .map(|n| n.0)
            .collect();
        let filled = found.and_then(|empty| {
            let whole = names.len() == numbers.len()
                && names
                    .iter()
                    .all(|name| numbers.iter().any(|n| n.0 == *name));
            let set = |model: Self, (name, value): &(String, f64)| model.with(name, *value);
            whole.then(|| numbers.iter().try_fold(empty, set)).flatten()
        });
        filled.ok_or_else(|| RadiobiologyError::Numbers {
            model: model.to_owned(),
            given: numbers
                .iter()
                .map(|n| n.0.as_str())
                .collect::<Vec<_>>()
                .join(", "),
            known: names.join(", "),
        })
    }

    /// The word for the model.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Lkb { .. } => "lkb",
            Self::Logistic { .. } => "logistic",
            Self::Poisson { .. } => "poisson",
            Self::RelativeSeriality { .. } => "relative_seriality",
            Self::CriticalVolume { .. } => "critical_volume",
            Self::PoissonTcp { .. } => "poisson_tcp",
            Self::LogisticInBed { .. } => "logistic_in_bed",
        }
    }

    /// Its numbers by name.
    pub fn parameters(&self) -> Vec<(&'static str, f64)> {
        match *self {
            Self::Lkb { td50_gy, m, n } => vec![("td50_gy", td50_gy), ("m", m), ("n", n)],
            Self::Logistic { d50_gy, gamma50, a } => {
                vec![("d50_gy", d50_gy), ("gamma50", gamma50), ("a", a)]
            }
            Self::Poisson { d50_gy, gamma, a } => {
                vec![("d50_gy", d50_gy), ("gamma", gamma), ("a", a)]
            }
            Self::RelativeSeriality { d50_gy, gamma, s } => {
                vec![("d50_gy", d50_gy), ("gamma", gamma), ("s", s)]
            }
            Self::CriticalVolume {
                d50_gy,
                k,
                v50,
                sigma,
            } => vec![("d50_gy", d50_gy), ("k", k), ("v50", v50), ("sigma", sigma)],
            Self::PoissonTcp {
                clonogens,
                alpha_per_gy,
            } => vec![("clonogens", clonogens), ("alpha_per_gy", alpha_per_gy)],
            Self::LogisticInBed {
                midpoint_gy,
                scale_gy,
            } => vec![("midpoint_gy", midpoint_gy), ("scale_gy", scale_gy)],
        }
    }

    /// The same with another value of one number; `None` for a name that it does not have.
    pub fn with(mut self, name: &str, value: f64) -> Option<Self> {
        let place = match (&mut self, name) {
            (Self::Lkb { td50_gy, .. }, "td50_gy") => td50_gy,
            (Self::Lkb { m, .. }, "m") => m,
            (Self::Lkb { n, .. }, "n") => n,
            (
                Self::Logistic { d50_gy, .. }
                | Self::Poisson { d50_gy, .. }
                | Self::RelativeSeriality { d50_gy, .. }
                | Self::CriticalVolume { d50_gy, .. },
                "d50_gy",
            ) => d50_gy,
            (Self::Logistic { gamma50, .. }, "gamma50") => gamma50,
            (Self::Logistic { a, .. } | Self::Poisson { a, .. }, "a") => a,
            (Self::Poisson { gamma, .. } | Self::RelativeSeriality { gamma, .. }, "gamma") => gamma,
            (Self::RelativeSeriality { s, .. }, "s") => s,
            (Self::CriticalVolume { k, .. }, "k") => k,
            (Self::CriticalVolume { v50, .. }, "v50") => v50,
            (Self::CriticalVolume { sigma, .. }, "sigma") => sigma,
            (Self::PoissonTcp { clonogens, .. }, "clonogens") => clonogens,
            (Self::PoissonTcp { alpha_per_gy, .. }, "alpha_per_gy") => alpha_per_gy,
            (Self::LogisticInBed { midpoint_gy, .. }, "midpoint_gy") => midpoint_gy,
            (Self::LogisticInBed { scale_gy, .. }, "scale_gy") => scale_gy,
            _ => return None,
        };
        *place = value;
        Some(self)
    }

    /// The probability of a distribution on the basis of the numbers.
    ///
    /// # Errors
    /// Numbers that are not physical.
    pub fn probability(&self, dose: &DoseVolume) -> Result<f64, RadiobiologyError> {
        Ok(match *self {
            Self::Lkb { td50_gy, m, n } => Lkb::new(td50_gy, m, n)?.ntcp(dose)?,
            Self::Logistic { d50_gy, gamma50, a } => {
                Logistic::new(d50_gy, gamma50, a)?.probability(dose)?
            }
            Self::Poisson { d50_gy, gamma, a } => {
                PoissonCurve::new(d50_gy, gamma)?.of_geud(dose, a)?
            }
            Self::RelativeSeriality { d50_gy, gamma, s } => {
                relative_seriality(&PoissonCurve::new(d50_gy, gamma)?, s, dose)?
            }
            Self::CriticalVolume {
                d50_gy,
                k,
                v50,
                sigma,
            } => CriticalVolume::new(d50_gy, k, v50, sigma)?.ntcp(dose),
            Self::PoissonTcp {
                clonogens,
                alpha_per_gy,
            } => poisson_tcp(dose, clonogens, alpha_per_gy)?,
            Self::LogisticInBed {
                midpoint_gy,
                scale_gy,
            } => match *dose.dose_gy() {
                [prescribed] => logistic_in_bed(prescribed, midpoint_gy, scale_gy)?,
                _ => return Err(RadiobiologyError::NotPrescribed { model: self.name() }),
            },
        })
    }

    /// The equivalent uniform dose in gray, for the models that use one.
    ///
    /// # Errors
    /// Numbers that are not physical.
    pub fn equivalent_dose_gy(&self, dose: &DoseVolume) -> Result<Option<f64>, NonPhysicalError> {
        match *self {
            Self::Lkb { td50_gy, m, n } => Lkb::new(td50_gy, m, n)?.geud_gy(dose).map(Some),
            Self::Logistic { a, .. } | Self::Poisson { a, .. } => geud_gy(dose, a).map(Some),
            _ => Ok(None),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_number_can_be_set_by_its_name_and_only_those() {
        let all = [
            Response::Lkb {
                td50_gy: 39.8,
                m: 0.12,
                n: 0.97,
            },
            Response::Logistic {
                d50_gy: 40.0,
                gamma50: 3.0,
                a: 3.0,
            },
            Response::Poisson {
                d50_gy: 40.0,
                gamma: 3.0,
                a: 3.0,
            },
            Response::RelativeSeriality {
                d50_gy: 40.0,
                gamma: 3.0,
                s: 0.7,
            },
            Response::CriticalVolume {
                d50_gy: 41.6,
                k: 1.95,
                v50: 0.497,
                sigma: 0.047,
            },
            Response::PoissonTcp {
                clonogens: 100.0,
                alpha_per_gy: 0.3,
            },
            Response::LogisticInBed {
                midpoint_gy: 16.0,
                scale_gy: 74.0,
            },
        ];
        let spread = DoseVolume::from_samples(&[20.0, 45.0], &[1.0, 1.0]).unwrap();
        for response in all {
            let dose = match response {
                Response::LogisticInBed { .. } => {
                    assert!(response.probability(&spread).is_err());
                    DoseVolume::uniform(100.0)
                }
                _ => spread.clone(),
            };
            let before = response.probability(&dose).unwrap();
            for (name, value) in response.parameters() {
                let changed = response.with(name, 1.05 * value).unwrap();
                assert!(changed.parameters().contains(&(name, 1.05 * value)));
                assert!(changed.probability(&dose).unwrap() != before, "{name}");
            }
            let numbers: Vec<(String, f64)> = response
                .parameters()
                .into_iter()
                .map(|(name, value)| (name.to_owned(), value))
                .collect();
            assert_eq!(
                Response::from_numbers(response.name(), &numbers),
                Ok(response)
            );
            assert!(Response::from_numbers(response.name(), &numbers[1..]).is_err());
            assert!(Response::from_numbers("other", &numbers).is_err());
            assert_eq!(response.with("nothing", 1.0), None);
            assert!(response.parameters().len() > 1 && !response.name().is_empty());
        }
    }
}
