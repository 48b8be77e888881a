//! What is read from a DVH: metrics, their bounds where dose is missing, and their numerical error.

use super::metric::{DoseLevel, Metric, MetricSpec, NotEvaluable, Quantity, Unit, VolumeLevel};
use super::{COVERED_ROUNDING, Dvh, NumericalError};
use crate::dose::DoseKind;

impl Dvh {
    fn is_fully_covered(&self) -> bool {
        self.covered_fraction() >= 1.0 - COVERED_ROUNDING
    }

    /// Reads a metric.
    pub fn metric(&self, spec: &MetricSpec) -> Metric {
        let mut metric = Metric {
            spec: *spec,
            value: Err(NotEvaluable::NoVolume),
            bounds: None,
            kind: self.kind,
            uncertainty: None,
        };
        if self.volume_cc <= 0.0 {
            return metric;
        }
        metric.value = self.judge(spec);
        if spec.quantity != Quantity::Volume
            && !self.is_fully_covered()
            && matches!(metric.value, Ok(_) | Err(NotEvaluable::NotCovered { .. }))
        {
            metric.bounds = self.bounds(spec);
        }
        if metric.value.is_ok() || metric.bounds.is_some() {
            metric.uncertainty = self.uncertainty(spec);
        }
        metric
    }

    fn judge(&self, spec: &MetricSpec) -> Result<f64, NotEvaluable> {
        if spec.quantity == Quantity::Volume {
            return Ok(self.volume_cc);
        }
        if self.kind == DoseKind::Unstated {
            return Err(NotEvaluable::KindUnstated);
        }
        if !self.scope.is_whole_treatment() {
            return Err(NotEvaluable::Scope(self.scope));
        }
        let required = self.settings.min_covered;
        let covered = self.covered_fraction();
        let whole = self.volume_cc;
        if let Quantity::DoseOfHottest(level) | Quantity::DoseOfColdest(level) = spec.quantity
            && let VolumeLevel::Cc(asked_cc) = level
            && asked_cc > whole
        {
            return Err(NotEvaluable::StructureTooSmall {
                asked_cc,
                volume_cc: whole,
            });
        }
        let dose_level = self.dose_level(spec)?;
        if covered < required - COVERED_ROUNDING {
            return Err(NotEvaluable::NotCovered {
                covered_percent: 100.0 * covered,
                required_percent: 100.0 * required,
            });
        }
        self.read(spec, dose_level, 0.0, 0.0)
            .ok_or(NotEvaluable::BeyondCovered {
                covered_cc: self.covered_cc(),
                volume_cc: whole,
            })
    }

    /// The threshold of a volume metric in gray, and whether an answer in % of prescription is possible.
    fn dose_level(&self, spec: &MetricSpec) -> Result<f64, NotEvaluable> {
        let prescription = self.prescription_gy.ok_or(NotEvaluable::NoPrescription);
        match spec.quantity {
            Quantity::VolumeAtLeast(level) | Quantity::VolumeBelow(level) => match level {
                DoseLevel::Gray(dose) => Ok(dose),
                DoseLevel::Percent(percent) => Ok(percent * prescription? / 100.0),
            },
            _ if spec.unit == Unit::Percent => prescription.map(|_| 0.0),
            _ => Ok(0.0),
        }
    }

    /// The answer when `hot_cc` of the uncovered volume count as hottest and `cold_cc` as coldest.
    fn read(&self, spec: &MetricSpec, threshold: f64, hot_cc: f64, cold_cc: f64) -> Option<f64> {
        // A share of the structure is a share of what is counted: the covered part, or all of it.
        let counted = self.covered_cc() + hot_cc + cold_cc;
        let cc = |level: VolumeLevel| match level {
            VolumeLevel::Cc(cc) => cc,
            VolumeLevel::Percent(percent) => percent * counted / 100.0,
        };
        let statistics = self.statistics.as_ref();
        let answer = match spec.quantity {
            Quantity::DoseOfHottest(level) => self.curve.dose_of_hottest_gy(cc(level) - hot_cc)?,
            Quantity::DoseOfColdest(level) => self.curve.dose_of_coldest_gy(cc(level) - cold_cc)?,
            Quantity::VolumeAtLeast(_) => self.curve.volume_at_least_cc(threshold) + hot_cc,
            Quantity::VolumeBelow(_) => self.curve.volume_below_cc(threshold) + cold_cc,
            Quantity::Mean => statistics?.mean_gy,
            Quantity::Min => statistics?.min_gy,
            Quantity::Max => statistics?.max_gy,
            Quantity::Volume => self.volume_cc,
        };
        Some(match (spec.quantity.is_volume(), spec.unit) {
            (true, Unit::Percent) => 100.0 * (answer / counted),
            (false, Unit::Percent) => 100.0 * answer / self.prescription_gy?,
            (false, Unit::CGy) => 100.0 * answer,
            _ => answer,
        })
    }

    /// Estimated numerical error of an answer, in its unit.
    fn uncertainty(&self, spec: &MetricSpec) -> Option<f64> {
        let estimate = self.error.as_ref()?;
        let threshold = self.dose_level(spec).ok()?;
        let cc = |level: VolumeLevel| match level {
            VolumeLevel::Cc(cc) => cc,
            VolumeLevel::Percent(percent) => percent * self.covered_cc() / 100.0,
        };
        let error = match spec.quantity {
            Quantity::DoseOfHottest(level) => self.dose_error_gy(estimate, cc(level), |volume| {
                self.curve.dose_of_hottest_gy(volume)
            }),
            Quantity::DoseOfColdest(level) => self.dose_error_gy(estimate, cc(level), |volume| {
                self.curve.dose_of_coldest_gy(volume)
            }),
            // All of the volume or none of it, whatever the cells are like.
            Quantity::VolumeAtLeast(_) | Quantity::VolumeBelow(_)
                if self.is_beyond_extremes(threshold, estimate.extreme_gy) =>
            {
                0.0
            }
            Quantity::VolumeAtLeast(_) | Quantity::VolumeBelow(_) => {
                estimate.volume_at_cc(threshold)
            }
            Quantity::Mean => estimate.mean_gy,
            Quantity::Min | Quantity::Max => estimate.extreme_gy,
            Quantity::Volume => estimate.of_volume_cc(self.volume_cc),
        };
        Some(match (spec.quantity.is_volume(), spec.unit) {
            (true, Unit::Percent) => 100.0 * (error / self.covered_cc()),
            (false, Unit::Percent) => 100.0 * error / self.prescription_gy?,
            (false, Unit::CGy) => 100.0 * error,
            _ => error,
        })
    }

    /// Whether no dose of the structure is as low as `dose_gy`, or none as high.
    fn is_beyond_extremes(&self, dose_gy: f64, error_gy: f64) -> bool {
        self.statistics.as_ref().is_some_and(|statistics| {
            dose_gy < statistics.min_gy - error_gy || dose_gy > statistics.max_gy + error_gy
        })
    }

    /// What the error of the volume makes of a dose that is read at a volume, with the error of the extremes.
    fn dose_error_gy(
        &self,
        estimate: &NumericalError,
        volume_cc: f64,
        dose: impl Fn(f64) -> Option<f64>,
    ) -> f64 {
        let Some(middle) = dose(volume_cc) else {
            return 0.0;
        };
        let error_cc = estimate.volume_at_cc(middle);
        let least = f64::MIN_POSITIVE;
        let ends = [volume_cc - error_cc, volume_cc + error_cc]
            .map(|volume| dose(volume.clamp(least, self.covered_cc())).unwrap_or(middle));
        let reach = ends.map(|end| (end - middle).abs());
        reach[0].max(reach[1]).max(estimate.extreme_gy)
    }

    /// Where the answer lies whatever the uncovered part receives.
    fn bounds(&self, spec: &MetricSpec) -> Option<(Option<f64>, Option<f64>)> {
        let uncovered = self.volume_cc - self.covered_cc();
        let threshold = self.dose_level(spec).ok()?;
        let if_cold = self.read(spec, threshold, 0.0, uncovered);
        let if_hot = self.read(spec, threshold, uncovered, 0.0);
        Some(match spec.quantity {
            Quantity::VolumeBelow(_) => (if_hot, if_cold),
            Quantity::Mean => (if_cold.map(|mean| mean * self.covered_fraction()), None),
            Quantity::Min => (None, if_cold),
            Quantity::Max => (if_cold, None),
            _ => (if_cold, if_hot),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn metric(dvh: &Dvh, text: &str) -> Metric {
        dvh.metric(&MetricSpec::parse(text).unwrap())
    }

    fn liver(volumes: &[f64], doses: &[f64]) -> Dvh {
        Dvh::from_samples("Liver", doses, volumes, DoseKind::Physical).unwrap()
    }

    #[test]
    fn every_quantity_and_unit() {
        let dvh = liver(&[600.0, 400.0], &[10.0, 30.0])
            .with_prescription(Some(40.0))
            .unwrap();
        for (text, expected) in [
            ("Mean", 18.0),
            ("Min[cGy]", 1000.0),
            ("Max[%]", 75.0),
            ("Volume", 1000.0),
            ("V50%[cc]", 400.0),
            ("V30Gy[%]", 40.0),
            ("CV30Gy[cc]", 600.0),
            ("D40%[Gy]", 30.0),
            ("D100%", 10.0),
            ("DC60%", 10.0),
            ("DC1000cc", 30.0),
        ] {
            assert_eq!(metric(&dvh, text).value, Ok(expected), "{text}");
        }
    }

    #[test]
    fn what_cannot_be_said_is_not_said() {
        let dvh = liver(&[690.0], &[5.0]);
        assert_eq!(
            metric(&dvh, "DC700cc").value,
            Err(NotEvaluable::StructureTooSmall {
                asked_cc: 700.0,
                volume_cc: 690.0
            })
        );
        assert_eq!(
            metric(&dvh, "V95%").value,
            Err(NotEvaluable::NoPrescription)
        );
        assert_eq!(
            metric(&dvh, "D95%[%]").value,
            Err(NotEvaluable::NoPrescription)
        );
        assert_eq!(
            metric(&liver(&[], &[]), "Mean").value,
            Err(NotEvaluable::NoVolume)
        );
        assert!(Dvh::from_samples("a", &[1.0], &[], DoseKind::Physical).is_err());
        assert!(Dvh::from_samples("a", &[f64::NAN], &[1.0], DoseKind::Physical).is_err());
    }

    #[test]
    fn a_part_outside_the_grid_gives_bounds() {
        let mut dvh = liver(&[650.0, 250.0], &[5.0, 20.0]);
        dvh.volume_cc = 1000.0;
        let spared = metric(&dvh, "CV15Gy[cc]");
        assert!(matches!(spared.value, Err(NotEvaluable::NotCovered { .. })));
        assert_eq!(spared.bounds, Some((Some(650.0), Some(750.0))));
        assert_eq!(
            metric(&dvh, "V15Gy[%]").bounds,
            Some((Some(25.0), Some(35.0)))
        );
        assert_eq!(
            metric(&dvh, "DC700cc").bounds,
            Some((Some(5.0), Some(20.0)))
        );
        assert_eq!(metric(&dvh, "D50cc").bounds, Some((Some(20.0), None)));
        assert_eq!(metric(&dvh, "Volume").value, Ok(1000.0));
        assert_eq!(metric(&dvh.covered(), "V15Gy[cc]").value, Ok(250.0));
    }
}
