//! A DVH taken apart and put together again, for whoever keeps it outside this program's memory.

use super::{Curve, Dvh, DvhSettings, NumericalError, Statistics};
use crate::dose::{DoseKind, DoseScope, Fractionation};
use std::sync::Arc;

/// All that a [`Dvh`] is made of.
#[derive(Debug, Clone, PartialEq)]
pub struct DvhParts {
    /// Name of the structure.
    pub name: String,
    /// What the dose is.
    pub kind: DoseKind,
    /// How much of the treatment the dose holds.
    pub scope: DoseScope,
    /// In how many fractions the dose was given.
    pub fractionation: Fractionation,
    /// What a derived dose was made with, in words.
    pub models: Vec<Arc<str>>,
    /// Volume of the whole structure in cc.
    pub volume_cc: f64,
    /// The cumulative curve of the covered part.
    pub curve: Curve,
    /// Mean, least and highest dose of the covered part.
    pub statistics: Option<Statistics>,
    /// Estimated numerical error, where one was made.
    pub error: Option<NumericalError>,
    /// What 100 % means, in gray.
    pub prescription_gy: Option<f64>,
    /// How the DVH was calculated.
    pub settings: DvhSettings,
}

impl From<DvhParts> for Dvh {
    fn from(parts: DvhParts) -> Self {
        Self {
            name: parts.name,
            kind: parts.kind,
            scope: parts.scope,
            fractionation: parts.fractionation,
            models: parts.models,
            volume_cc: parts.volume_cc,
            curve: parts.curve,
            statistics: parts.statistics,
            error: parts.error,
            prescription_gy: parts.prescription_gy,
            settings: parts.settings,
            sampled: None,
        }
    }
}

impl From<Dvh> for DvhParts {
    fn from(dvh: Dvh) -> Self {
        Self {
            name: dvh.name,
            kind: dvh.kind,
            scope: dvh.scope,
            fractionation: dvh.fractionation,
            models: dvh.models,
            volume_cc: dvh.volume_cc,
            curve: dvh.curve,
            statistics: dvh.statistics,
            error: dvh.error,
            prescription_gy: dvh.prescription_gy,
            settings: dvh.settings,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn apart_and_together() {
        let dvh = Dvh::from_samples("Liver", &[5.0, 20.0], &[700.0, 500.0], DoseKind::Physical);
        let dvh = dvh.unwrap().with_prescription(Some(50.0)).unwrap();
        assert_eq!(Dvh::from(DvhParts::from(dvh.clone())), dvh);
    }
}
