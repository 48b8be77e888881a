//! A dose-volume histogram: its curve, and what it is of.

use super::curve::Curve;
use super::planned::Sampled;
use super::{DvhError, DvhSettings, NumericalError};
use crate::dose::{DoseError, DoseKind, DoseScope, Fractionation};
use crate::numeric::DoubleDouble;
use std::sync::Arc;

/// What the covered part of a structure receives.
#[derive(Debug, Clone, PartialEq)]
pub struct Statistics {
    /// Mean dose in gray.
    pub mean_gy: f64,
    /// Least dose over the closed covered part, in gray.
    pub min_gy: f64,
    /// Highest dose over the closed covered part, in gray.
    pub max_gy: f64,
}

/// The DVH of one structure.
#[derive(Debug, Clone, PartialEq)]
pub struct Dvh {
    pub(super) name: String,
    pub(super) kind: DoseKind,
    pub(super) scope: DoseScope,
    pub(super) fractionation: Fractionation,
    pub(super) models: Vec<Arc<str>>,
    pub(super) volume_cc: f64,
    pub(super) curve: Curve,
    pub(super) statistics: Option<Statistics>,
    pub(super) error: Option<NumericalError>,
    pub(super) prescription_gy: Option<f64>,
    pub(super) settings: DvhSettings,
    /// What adds up with other parts of one plan, for a DVH that was sampled on the plan of another structure.
    pub(super) sampled: Option<Arc<Sampled>>,
}

impl Dvh {
    /// An exact DVH of samples: dose in gray and volume in cc of each. The definitions of D, DC, V and CV
    /// hold to the last digit.
    ///
    /// # Errors
    /// Arrays of different lengths, doses or volumes that are negative or not finite.
    ///
    /// ```
    /// use hepadose::dvh::{Dvh, MetricSpec};
    /// use hepadose::dose::DoseKind;
    /// let dvh = Dvh::from_samples("Liver", &[5.0, 20.0], &[700.0, 500.0], DoseKind::Physical)?;
    /// let spared = dvh.metric(&MetricSpec::parse("CV15Gy[cc]")?);
    /// assert_eq!(spared.value, Ok(700.0));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn from_samples(
        name: impl Into<String>,
        dose_gy: &[f64],
        volume_cc: &[f64],
        kind: DoseKind,
    ) -> Result<Self, DvhError> {
        if dose_gy.len() != volume_cc.len() {
            return Err(DvhError::SampleCount {
                doses: dose_gy.len(),
                volumes: volume_cc.len(),
            });
        }
        for dose in dose_gy {
            crate::error::non_negative("sample dose in Gy", *dose)?;
        }
        for volume in volume_cc {
            crate::error::non_negative("sample volume in cc", *volume)?;
        }
        let curve = Curve::from_samples(dose_gy, volume_cc);
        let moment = dose_gy
            .iter()
            .zip(volume_cc)
            .fold(DoubleDouble::default(), |sum, (dose, volume)| {
                sum.plus(dose * volume)
            });
        let statistics = match curve.dose_gy() {
            [] => None,
            doses => Some(Statistics {
                mean_gy: moment.value() / curve.total_cc(),
                min_gy: doses[0],
                max_gy: doses[doses.len() - 1],
            }),
        };
        Ok(Self {
            name: name.into(),
            kind,
            scope: DoseScope::Total,
            fractionation: Fractionation::Unstated,
            models: Vec::new(),
            volume_cc: curve.total_cc(),
            curve,
            statistics,
            error: Some(NumericalError::none()),
            prescription_gy: None,
            settings: DvhSettings::default(),
            sampled: None,
        })
    }

    /// The dose that 100 % means in `V95%` and in answers in per cent.
    ///
    /// # Errors
    /// A dose that is not above zero.
    pub fn with_prescription(mut self, prescription_gy: Option<f64>) -> Result<Self, DvhError> {
        if let Some(dose) = prescription_gy {
            crate::error::positive("prescription in Gy", dose)?;
        }
        self.prescription_gy = prescription_gy;
        Ok(self)
    }

    /// The DVH of the same dose times a factor, its prescription with it: every dose of the curve is scaled, so what
    /// is read from it is exact, without another calculation.
    ///
    /// # Errors
    /// A factor that is not above zero.
    pub fn scaled(&self, factor: f64) -> Result<Self, DvhError> {
        crate::error::positive("scale of the dose", factor)?;
        Ok(Self {
            curve: self.curve.scaled(factor),
            statistics: self.statistics.as_ref().map(|statistics| Statistics {
                mean_gy: factor * statistics.mean_gy,
                min_gy: factor * statistics.min_gy,
                max_gy: factor * statistics.max_gy,
            }),
            error: self.error.as_ref().map(|error| error.scaled(factor)),
            prescription_gy: self.prescription_gy.map(|dose| factor * dose),
            sampled: None,
            ..self.clone()
        })
    }

    /// Says in how many fractions the dose was given, where that is not known. What the dose itself knows is not
    /// overruled: a dose that knows a wrong number is made again with the right one.
    ///
    /// # Errors
    /// Zero fractions; another number than the dose was given in; a sum of courses, which has none.
    pub fn with_fractions(mut self, n: Option<u32>) -> Result<Self, DoseError> {
        let stated = n.map(crate::error::fractions).transpose()?.into();
        match self.fractionation {
            Fractionation::Mixed => return Err(DoseError::FractionsMixed),
            Fractionation::Fractions(known) if stated != self.fractionation => {
                return Err(DoseError::FractionsKnown { known, stated: n });
            }
            Fractionation::Fractions(_) | Fractionation::Unstated => self.fractionation = stated,
        }
        Ok(self)
    }

    /// In how many fractions the dose was given.
    pub fn fractionation(&self) -> Fractionation {
        self.fractionation
    }

    /// What a derived dose was made with, in words: model, parameters, delivery.
    pub fn models(&self) -> &[Arc<str>] {
        &self.models
    }

    /// Name of the structure.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The same under another name.
    #[must_use]
    pub fn named(mut self, name: impl Into<String>) -> Self {
        self.name = name.into();
        self
    }

    /// What the dose is.
    pub fn kind(&self) -> DoseKind {
        self.kind
    }

    /// How much of the treatment the dose holds.
    pub fn scope(&self) -> DoseScope {
        self.scope
    }

    /// Volume of the whole structure in cc, inside the dose grid or not.
    pub fn volume_cc(&self) -> f64 {
        self.volume_cc
    }

    /// Volume inside the dose grid in cc.
    pub fn covered_cc(&self) -> f64 {
        self.curve.total_cc()
    }

    /// Share of the structure inside the dose grid; 1 for an empty structure.
    pub fn covered_fraction(&self) -> f64 {
        if self.volume_cc > 0.0 {
            self.covered_cc() / self.volume_cc
        } else {
            1.0
        }
    }

    /// The cumulative curve of the covered part.
    pub fn curve(&self) -> &Curve {
        &self.curve
    }

    /// Mean, least and highest dose of the covered part, where there is one.
    pub fn statistics(&self) -> Option<&Statistics> {
        self.statistics.as_ref()
    }

    /// Estimated numerical error of the covered part's curve and statistics, where one was made.
    pub fn error(&self) -> Option<&NumericalError> {
        self.error.as_ref()
    }

    /// The prescription in gray, where one is known.
    pub fn prescription_gy(&self) -> Option<f64> {
        self.prescription_gy
    }

    /// The settings that were used.
    pub fn settings(&self) -> &DvhSettings {
        &self.settings
    }

    /// The DVH of the part inside the dose grid alone, as if that were the structure.
    #[must_use]
    pub fn covered(&self) -> Self {
        Self {
            volume_cc: self.covered_cc(),
            sampled: None,
            ..self.clone()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_of_fractions_is_stated_once() {
        let unstated = Dvh::from_samples("Liver", &[30.0], &[1.0], DoseKind::Physical).unwrap();
        let three = unstated.clone().with_fractions(Some(3)).unwrap();
        assert_eq!(three.clone().with_fractions(Some(3)), Ok(three.clone()));
        for stated in [Some(5), None] {
            assert_eq!(
                three.clone().with_fractions(stated),
                Err(DoseError::FractionsKnown { known: 3, stated })
            );
        }
        let mut sum = three;
        sum.fractionation = Fractionation::Mixed;
        for stated in [Some(3), None] {
            let got = sum.clone().with_fractions(stated);
            assert_eq!(got, Err(DoseError::FractionsMixed));
        }
        assert!(unstated.with_fractions(Some(0)).is_err());
    }
}
