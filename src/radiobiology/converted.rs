//! Metrics of BED and EQD2 read from the DVH of the physical dose, exact because the models rise with dose.
//!
//! `D(v)` of EQD2 is EQD2 of `D(v)`; `V(d)` of EQD2 is `V` of the physical dose that has the EQD2 `d`. Only the mean is an
//! integral. So alpha/beta can be varied without a new DVH.

use super::uncertainty::{Interval, Sampling, Uncertain, propagate};
use super::{DoseBasis, DoseVolume, LEVEL, RadiobiologyError};
use crate::dvh::{DoseLevel, Dvh, MetricSpec, Quantity, Unit};
use crate::isoeffect::{Measure, Transform};
use serde::Serialize;

/// A metric of a derived dose with where it lies.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct ConvertedMetric {
    /// The metric at the alpha/beta as it stands (the middle of what is known of it).
    pub value: f64,
    /// alpha/beta in gray of that value.
    pub alpha_beta_gy: f64,
    /// Where it lies.
    pub interval: Option<Interval>,
}

/// A metric of BED or EQD2 from the DVH of a physical dose of known fractions, for what is known of alpha/beta.
///
/// # Errors
/// A DVH that cannot be converted, a metric in per cent of a prescription, one that is not evaluable.
pub fn converted_metric(
    dvh: &Dvh,
    spec: &MetricSpec,
    measure: Measure,
    alpha_beta_gy: Uncertain,
    sampling: Sampling,
) -> Result<ConvertedMetric, RadiobiologyError> {
    let alpha_beta = alpha_beta_gy.checked()?;
    let points = DoseVolume::of_dvh(dvh)?.condensed();
    let at = |ab: f64| read(dvh, &points, spec, &conversion(dvh, measure, ab)?);
    let middle = alpha_beta.quantile(0.5);
    let draws = propagate(&[alpha_beta], sampling, |values| at(values[0]))?;
    Ok(ConvertedMetric {
        value: at(middle)?,
        alpha_beta_gy: middle,
        interval: Interval::of(&draws, LEVEL),
    })
}

fn conversion(dvh: &Dvh, measure: Measure, ab: f64) -> Result<Transform, RadiobiologyError> {
    match measure {
        Measure::Bed => DoseBasis::Bed { alpha_beta_gy: ab },
        Measure::Eqd2 => DoseBasis::eqd2(ab),
    }
    .conversion(dvh)
}

fn read(
    dvh: &Dvh,
    points: &DoseVolume,
    spec: &MetricSpec,
    map: &Transform,
) -> Result<f64, RadiobiologyError> {
    let refuse = |reason: String| RadiobiologyError::Metric {
        metric: spec.to_string(),
        reason,
    };
    let of_physical = |spec: &MetricSpec| {
        let metric = dvh.metric(spec).value;
        metric.map_err(|reason| refuse(reason.to_string()))
    };
    let gray = match spec.quantity {
        Quantity::Volume => return of_physical(spec),
        Quantity::VolumeAtLeast(DoseLevel::Gray(dose)) => {
            let level = DoseLevel::Gray(map.inverse(dose));
            return of_physical(&MetricSpec {
                quantity: Quantity::VolumeAtLeast(level),
                ..*spec
            });
        }
        Quantity::VolumeBelow(DoseLevel::Gray(dose)) => {
            let level = DoseLevel::Gray(map.inverse(dose));
            return of_physical(&MetricSpec {
                quantity: Quantity::VolumeBelow(level),
                ..*spec
            });
        }
        Quantity::VolumeAtLeast(_) | Quantity::VolumeBelow(_) => {
            return Err(refuse(
                "a share of a physical prescription is no level of BED or EQD2; give it in Gy"
                    .to_owned(),
            ));
        }
        Quantity::Mean => points.transformed(map).mean_gy(),
        Quantity::DoseOfHottest(_) | Quantity::DoseOfColdest(_) | Quantity::Min | Quantity::Max => {
            map.value(of_physical(&MetricSpec {
                unit: Unit::Gy,
                ..*spec
            })?)
        }
    };
    match spec.unit {
        Unit::Gy => Ok(gray),
        Unit::CGy => Ok(100.0 * gray),
        _ => Err(refuse(
            "per cent of a physical prescription is no unit of BED or EQD2; ask for Gy".to_owned(),
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dose::DoseKind;

    #[test]
    fn every_metric_as_from_the_dvh_of_the_derived_samples() {
        let (doses, volumes) = ([2.0, 9.0, 15.0, 30.0, 57.0], [5.0, 2.0, 1.5, 1.0, 0.5]);
        let physical = Dvh::from_samples("L", &doses, &volumes, DoseKind::Physical).unwrap();
        let physical = physical.with_fractions(Some(3)).unwrap();
        let eqd2 = doses.map(|d| crate::isoeffect::eqd2_gy(d, 3, 2.5).unwrap());
        let kind = DoseKind::Eqd2 { alpha_beta_gy: 2.5 };
        let derived = Dvh::from_samples("L", &eqd2, &volumes, kind).unwrap();
        let points = DoseVolume::of_dvh(&physical).unwrap();
        let map = conversion(&physical, Measure::Eqd2, 2.5).unwrap();
        for text in [
            "Mean[Gy]",
            "Min",
            "Max",
            "D10%[Gy]",
            "D1cc[cGy]",
            "DC6cc",
            "V20Gy[%]",
            "V20Gy[cc]",
            "CV20Gy[cc]",
            "Volume",
        ] {
            let spec = MetricSpec::parse(text).unwrap();
            let got = read(&physical, &points, &spec, &map).unwrap();
            let expected = derived.metric(&spec).value.unwrap();
            assert!((got - expected).abs() < 1e-9, "{text}: {got} {expected}");
        }
        for text in ["V95%[%]", "D95%[%]", "D100cc"] {
            let spec = MetricSpec::parse(text).unwrap();
            assert!(read(&physical, &points, &spec, &map).is_err(), "{text}");
        }
    }

    #[test]
    fn the_interval_of_a_maximum_is_that_of_alpha_beta() {
        let dvh = Dvh::from_samples("L", &[0.0, 30.0], &[1.0, 1.0], DoseKind::Physical).unwrap();
        let dvh = dvh.with_fractions(Some(3)).unwrap();
        let spec = MetricSpec::parse("Max").unwrap();
        let known = Uncertain::Uniform {
            low: 2.0,
            high: 4.0,
        };
        let sampling = Sampling {
            samples: 5000,
            seed: 3,
        };
        let found = converted_metric(&dvh, &spec, Measure::Bed, known, sampling).unwrap();
        assert!((found.value - 30.0 * (1.0 + 10.0 / 3.0)).abs() < 1e-12);
        let interval = found.interval.unwrap();
        // The ends are BED at alpha/beta 3.95 and 2.05 Gy.
        assert!((interval.lower - 30.0 * (1.0 + 10.0 / 3.95)).abs() < 0.5);
        assert!((interval.upper - 30.0 * (1.0 + 10.0 / 2.05)).abs() < 1.0);
    }
}
