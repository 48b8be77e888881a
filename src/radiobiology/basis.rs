//! The dose that a parameter set is stated in. It is part of the set: a DVH is brought to it, or refused.

use super::{DoseVolume, RadiobiologyError};
use crate::dose::{DoseKind, Fractionation};
use crate::dvh::Dvh;
use crate::error::positive;
use crate::isoeffect::{Effect, Transform};
use serde::{Deserialize, Serialize};
use std::fmt;

/// What the doses of a parameter set are.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(tag = "quantity", rename_all = "snake_case", deny_unknown_fields)]
pub enum DoseBasis {
    /// Physical dose, whatever its fractions.
    Physical,
    /// Physical dose in fractions of a size within a range, which the plan must show.
    PhysicalInFractions {
        /// Least dose per fraction in gray.
        from_gy: f64,
        /// Highest dose per fraction in gray.
        to_gy: f64,
    },
    /// Dose in fractions of `dose_per_fraction_gy` with the same effect: EQD2 for 2 Gy.
    Eqdx {
        /// Size of the fractions in gray.
        dose_per_fraction_gy: f64,
        /// The alpha/beta in gray that belongs to the set; absent where the source has none and the user must say it.
        alpha_beta_gy: Option<f64>,
    },
    /// BED.
    Bed {
        /// The alpha/beta in gray.
        alpha_beta_gy: f64,
    },
    /// The source at hand does not say.
    Unstated,
}

impl DoseBasis {
    /// EQD2 at an alpha/beta.
    pub const fn eqd2(alpha_beta_gy: f64) -> Self {
        Self::Eqdx {
            dose_per_fraction_gy: 2.0,
            alpha_beta_gy: Some(alpha_beta_gy),
        }
    }

    /// alpha/beta in gray that belongs to it.
    pub const fn alpha_beta_gy(&self) -> Option<f64> {
        match self {
            Self::Eqdx { alpha_beta_gy, .. } => *alpha_beta_gy,
            Self::Bed { alpha_beta_gy } => Some(*alpha_beta_gy),
            _ => None,
        }
    }

    /// The same with an alpha/beta of the user, where there is a place for one.
    #[must_use]
    pub const fn with_alpha_beta(self, given_gy: Option<f64>) -> Self {
        match (self, given_gy) {
            (
                Self::Eqdx {
                    dose_per_fraction_gy,
                    ..
                },
                Some(alpha_beta_gy),
            ) => Self::Eqdx {
                dose_per_fraction_gy,
                alpha_beta_gy: Some(alpha_beta_gy),
            },
            (Self::Bed { .. }, Some(alpha_beta_gy)) => Self::Bed { alpha_beta_gy },
            _ => self,
        }
    }

    /// The map that brings doses of a DVH's kind to this basis.
    ///
    /// # Errors
    /// [`RadiobiologyError::Basis`] where there is none, with what to do.
    pub fn conversion(&self, dvh: &Dvh) -> Result<Transform, RadiobiologyError> {
        let refuse = |why: String| {
            Err(RadiobiologyError::Basis {
                kind: dvh.kind(),
                basis: *self,
                why,
            })
        };
        let (alpha_beta, measure) = match *self {
            Self::Unstated => {
                return refuse(
                    "what is known of the set does not say its dose; bring the doses to it yourself and give arrays"
                        .to_owned(),
                );
            }
            Self::Physical => {
                return match dvh.kind() {
                    DoseKind::Physical => Ok(Transform::IDENTITY),
                    _ => refuse("give the DVH of the physical dose".to_owned()),
                };
            }
            Self::PhysicalInFractions { from_gy, to_gy } => {
                return match (dvh.kind(), fraction_dose_gy(dvh)) {
                    (DoseKind::Physical, Some(d)) if (from_gy..=to_gy).contains(&d) => {
                        Ok(Transform::IDENTITY)
                    }
                    (DoseKind::Physical, Some(d)) => {
                        refuse(format!("the plan has {d} Gy a fraction"))
                    }
                    (DoseKind::Physical, None) => refuse(
                        "prescription and number of fractions must be known to see the dose per fraction"
                            .to_owned(),
                    ),
                    _ => refuse("give the DVH of the physical dose".to_owned()),
                };
            }
            Self::Eqdx {
                dose_per_fraction_gy: x,
                alpha_beta_gy: Some(ab),
            } => {
                let (x, ab) = (
                    positive("dose per fraction of the basis in Gy", x)?,
                    positive("alpha/beta in Gy", ab)?,
                );
                (ab, 1.0 + x / ab)
            }
            Self::Eqdx { .. } => {
                return refuse(
                    "the source has no alpha/beta for it; say which one is meant with alpha_beta_gy="
                        .to_owned(),
                );
            }
            Self::Bed { alpha_beta_gy } => (positive("alpha/beta in Gy", alpha_beta_gy)?, 1.0),
        };
        let scaled = |factor: f64| Ok(Transform::proportional(factor)?);
        match dvh.kind() {
            DoseKind::Physical => match dvh.fractionation() {
                Fractionation::Fractions(n) => Ok(Effect::lq(n, alpha_beta).bed_over(measure)?),
                Fractionation::Unstated => refuse(
                    "the number of fractions of the DVH is not known; give fractions=".to_owned(),
                ),
                Fractionation::Mixed => {
                    refuse("the dose is a sum of courses, which must be added in BED".to_owned())
                }
            },
            DoseKind::Bed { alpha_beta_gy } if alpha_beta_gy == alpha_beta => scaled(1.0 / measure),
            DoseKind::Eqd2 { alpha_beta_gy } if alpha_beta_gy == alpha_beta => {
                scaled((1.0 + 2.0 / alpha_beta) / measure)
            }
            DoseKind::Bed { .. } | DoseKind::Eqd2 { .. } => refuse(format!(
                "BED and EQD2 are converted at one alpha/beta only; start from the physical dose or make them at {alpha_beta} Gy"
            )),
            DoseKind::Effective | DoseKind::Unstated => {
                refuse("what model made it is not known".to_owned())
            }
        }
    }

    /// A DVH on this basis.
    ///
    /// # Errors
    /// As [`DoseBasis::conversion`] and [`DoseVolume::of_dvh`].
    pub fn of_dvh(&self, dvh: &Dvh) -> Result<DoseVolume, RadiobiologyError> {
        let conversion = self.conversion(dvh)?;
        Ok(DoseVolume::of_dvh(dvh)?.transformed(&conversion))
    }
}

/// The prescribed dose per fraction, where it is known.
fn fraction_dose_gy(dvh: &Dvh) -> Option<f64> {
    Some(dvh.prescription_gy()? / f64::from(dvh.fractionation().number()?))
}

impl fmt::Display for DoseBasis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Physical => f.write_str("physical dose at any fractionation"),
            Self::PhysicalInFractions { from_gy, to_gy } => {
                write!(f, "physical dose in fractions of {from_gy} to {to_gy} Gy")
            }
            Self::Eqdx {
                dose_per_fraction_gy: x,
                alpha_beta_gy: Some(ab),
            } => write!(f, "dose in {x} Gy fractions (EQD{x}, alpha/beta {ab} Gy)"),
            Self::Eqdx {
                dose_per_fraction_gy: x,
                alpha_beta_gy: None,
            } => write!(
                f,
                "dose in {x} Gy fractions (EQD{x}, alpha/beta to be stated)"
            ),
            Self::Bed { alpha_beta_gy } => write!(f, "BED (alpha/beta {alpha_beta_gy} Gy)"),
            Self::Unstated => f.write_str("a dose that is not stated"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SETTING: DoseBasis = DoseBasis::Eqdx {
        dose_per_fraction_gy: 1.5,
        alpha_beta_gy: Some(2.5),
    };

    fn dvh(kind: DoseKind, n: Option<u32>) -> Dvh {
        let dvh = Dvh::from_samples("Liver", &[3.0, 57.0], &[1.0, 1.0], kind).unwrap();
        dvh.with_fractions(n).unwrap()
    }

    #[test]
    fn every_way_to_a_basis_is_the_same() {
        let physical = SETTING.of_dvh(&dvh(DoseKind::Physical, Some(3))).unwrap();
        let eqd2 = [3.0 * 3.5 / 4.5, 57.0 * 21.5 / 4.5];
        let eqd15 = eqd2.map(|dose| dose * 4.5 / 4.0);
        for (got, expected) in physical.dose_gy().iter().zip(eqd15) {
            assert!((got - expected).abs() < 1e-12);
        }
        let kind = DoseKind::Eqd2 { alpha_beta_gy: 2.5 };
        let from_eqd2 = Dvh::from_samples("Liver", &eqd2, &[1.0, 1.0], kind).unwrap();
        let converted = SETTING.of_dvh(&from_eqd2).unwrap();
        for (got, expected) in converted.dose_gy().iter().zip(eqd15) {
            assert!((got - expected).abs() < 1e-12);
        }
    }

    #[test]
    fn what_has_no_way_is_refused() {
        let eqd2 = |ab| DoseKind::Eqd2 { alpha_beta_gy: ab };
        for (basis, kind, n) in [
            (SETTING, eqd2(3.0), None),
            (SETTING, DoseKind::Physical, None),
            (SETTING, DoseKind::Effective, None),
            (DoseBasis::Physical, eqd2(2.5), None),
            (DoseBasis::Unstated, DoseKind::Physical, Some(3)),
            (
                DoseBasis::Eqdx {
                    dose_per_fraction_gy: 2.0,
                    alpha_beta_gy: None,
                },
                DoseKind::Physical,
                Some(3),
            ),
            (
                DoseBasis::PhysicalInFractions {
                    from_gy: 4.0,
                    to_gy: 6.0,
                },
                DoseKind::Physical,
                Some(3),
            ),
        ] {
            let got = basis.conversion(&dvh(kind, n));
            assert!(
                matches!(got, Err(RadiobiologyError::Basis { .. })),
                "{basis}"
            );
        }
    }

    #[test]
    fn the_plan_shows_its_fraction_size() {
        let basis = DoseBasis::PhysicalInFractions {
            from_gy: 4.0,
            to_gy: 6.0,
        };
        let plan = |dose| {
            let dvh = dvh(DoseKind::Physical, Some(10));
            basis.conversion(&dvh.with_prescription(Some(dose)).unwrap())
        };
        assert_eq!(plan(50.0), Ok(Transform::IDENTITY));
        assert!(plan(80.0).is_err());
    }
}
