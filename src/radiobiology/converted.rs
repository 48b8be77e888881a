//! BED and EQD2 of a dose, and metrics of them read from the DVH of the physical dose, when the model is not known exactly.
//!
//! A metric is exact because the models rise with dose: `D(v)` of EQD2 is EQD2 of `D(v)`; `V(d)` of EQD2 is `V` of the
//! physical dose that has the EQD2 `d`. Only the mean is an integral. So the model can be varied without a new DVH.

use super::uncertainty::{Bar, Interval, Sampling, Uncertain, propagate, tornado};
use super::{ALPHA_BETA, DoseBasis, DoseVolume, LEVEL, RadiobiologyError};
use crate::dose::{DoseKind, Fractionation};
use crate::dvh::{DoseLevel, Dvh, MetricSpec, Quantity, Unit};
use crate::error::non_negative;
use crate::isoeffect::{Delivery, Effect, Measure, Model, Timing, Transform};
use serde::Serialize;

/// A quantity of BED or EQD2 with where it lies.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ConvertedMetric {
    /// The quantity with the numbers of the model as they stand.
    pub value: f64,
    /// Model, parameters and delivery of that value, in words.
    pub effect: String,
    /// alpha/beta in gray of that value.
    pub alpha_beta_gy: f64,
    /// Where it lies.
    pub interval: Option<Interval>,
    /// What each uncertain number does by itself, the widest first.
    pub tornado: Vec<Bar>,
}

/// The linear-quadratic model at the middle of what is known of alpha/beta.
///
/// # Errors
/// Nothing known of alpha/beta.
pub fn middle_model(uncertain: &[(String, Uncertain)]) -> Result<Model, RadiobiologyError> {
    let known = uncertain.iter().find(|(name, _)| name == ALPHA_BETA);
    let (_, known) = known.ok_or_else(|| RadiobiologyError::NotUncertain {
        name: "the model".to_owned(),
        known: "no number yet; give a model, or what is known of alpha_beta_gy".to_owned(),
    })?;
    Ok(Model::Lq {
        alpha_beta_gy: known.checked()?.quantile(0.5),
    })
}

/// A metric of BED or EQD2 from the DVH of a physical dose, for what is known of the numbers of model and delivery.
///
/// # Errors
/// A DVH that is not of physical dose or whose number of fractions is needed and not known, a metric in per cent of a
/// prescription, one that is not evaluable, a number that the model does not have.
pub fn converted_metric(
    dvh: &Dvh,
    spec: &MetricSpec,
    measure: Measure,
    (model, timing): (Model, Timing),
    uncertain: &[(String, Uncertain)],
    sampling: Sampling,
) -> Result<ConvertedMetric, RadiobiologyError> {
    let delivery = delivery(dvh, measure, model, timing)?;
    let points = DoseVolume::of_dvh(dvh)?.condensed();
    varied(
        Effect { model, delivery },
        measure,
        uncertain,
        sampling,
        |map| read(dvh, &points, spec, map),
    )
}

/// BED or EQD2 of a dose, for what is known of the numbers of model and delivery.
///
/// # Errors
/// A dose that is negative or not finite, a number that the model does not have.
pub fn uncertain_effect(
    dose_gy: f64,
    measure: Measure,
    effect: Effect,
    uncertain: &[(String, Uncertain)],
    sampling: Sampling,
) -> Result<ConvertedMetric, RadiobiologyError> {
    let dose = non_negative("dose in Gy", dose_gy)?;
    varied(effect, measure, uncertain, sampling, |map| {
        Ok(map.value(dose))
    })
}

/// A quantity of the conversion, with the numbers as they stand and drawn.
fn varied(
    effect: Effect,
    measure: Measure,
    uncertain: &[(String, Uncertain)],
    sampling: Sampling,
    quantity: impl Fn(&Transform) -> Result<f64, RadiobiologyError> + Sync,
) -> Result<ConvertedMetric, RadiobiologyError> {
    let numbers = effect.parameters();
    let nominal = |(name, what): &(String, Uncertain)| {
        what.checked()?;
        let own = numbers.iter().find(|number| number.0 == name);
        own.map(|number| number.1)
            .ok_or_else(|| RadiobiologyError::NotUncertain {
                name: name.clone(),
                known: numbers
                    .iter()
                    .map(|number| number.0)
                    .collect::<Vec<_>>()
                    .join(", "),
            })
    };
    let nominal = uncertain
        .iter()
        .map(nominal)
        .collect::<Result<Vec<_>, _>>()?;
    let of_values = |values: &[f64]| {
        let names = uncertain.iter().map(|(name, _)| name.as_str());
        let numbers: Vec<_> = names.zip(values.iter().copied()).collect();
        quantity(&conversion(&effect.with(&numbers)?, measure)?)
    };
    let parameters: Vec<Uncertain> = uncertain.iter().map(|(_, what)| *what).collect();
    let draws = propagate(&parameters, sampling, of_values)?;
    Ok(ConvertedMetric {
        value: of_values(&nominal)?,
        effect: effect.to_string(),
        alpha_beta_gy: effect.model.alpha_beta_gy(),
        interval: Interval::of(&draws, LEVEL).filter(|_| !uncertain.is_empty()),
        tornado: tornado(uncertain, &nominal, LEVEL, of_values)?,
    })
}

fn conversion(effect: &Effect, measure: Measure) -> Result<Transform, RadiobiologyError> {
    Ok(match measure {
        Measure::Bed => effect.bed()?,
        Measure::Eqd2 => effect.eqdx(2.0)?,
    })
}

/// How the dose of a DVH was given.
fn delivery(
    dvh: &Dvh,
    measure: Measure,
    model: Model,
    timing: Timing,
) -> Result<Delivery, RadiobiologyError> {
    let alpha_beta_gy = model.alpha_beta_gy();
    let refuse = |why: &str| RadiobiologyError::Basis {
        kind: dvh.kind(),
        basis: match measure {
            Measure::Bed => DoseBasis::Bed { alpha_beta_gy },
            Measure::Eqd2 => DoseBasis::eqd2(alpha_beta_gy),
        },
        why: why.to_owned(),
    };
    if dvh.kind() != DoseKind::Physical {
        return Err(refuse("start from the DVH of the physical dose"));
    }
    if let Timing::Decay { .. } = timing {
        match dvh.fractionation() {
            Fractionation::Fractions(n) => {
                return Err(refuse(&format!(
                    "the dose was given in {n} fractions, not by a source that decays; leave the timing out"
                )));
            }
            Fractionation::Mixed => {
                return Err(refuse(
                    "the dose is a sum of courses, which must be added in BED",
                ));
            }
            Fractionation::Unstated => {}
        }
    }
    let n = dvh.fractionation().number();
    timing.delivery(n).ok_or_else(|| match dvh.fractionation() {
        Fractionation::Mixed => refuse("the dose is a sum of courses, which must be added in BED"),
        _ => refuse("the number of fractions of the DVH is not known; give fractions="),
    })
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
        let map = conversion(&Effect::lq(3, 2.5), Measure::Eqd2).unwrap();
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
        let unknown = dvh.clone();
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
        let given = [(ALPHA_BETA.to_owned(), known)];
        let model = middle_model(&given).unwrap();
        let run = |dvh: &Dvh, given: &[(String, Uncertain)]| {
            let how = (model, Timing::Fractions);
            converted_metric(dvh, &spec, Measure::Bed, how, given, sampling)
        };
        let found = run(&dvh, &given).unwrap();
        assert!((found.value - 30.0 * (1.0 + 10.0 / 3.0)).abs() < 1e-12);
        let interval = found.interval.unwrap();
        // The ends are BED at alpha/beta 3.95 and 2.05 Gy.
        assert!((interval.lower - 30.0 * (1.0 + 10.0 / 3.95)).abs() < 0.5);
        assert!((interval.upper - 30.0 * (1.0 + 10.0 / 2.05)).abs() < 1.0);
        assert_eq!(found.tornado.len(), 1);
        assert!((found.tornado[0].at_high - 30.0 * (1.0 + 10.0 / 3.95)).abs() < 1e-9);
        let other = [("d0_gy".to_owned(), known)];
        assert!(matches!(
            run(&dvh, &other),
            Err(RadiobiologyError::NotUncertain { .. })
        ));
        assert!(matches!(
            run(&unknown, &given),
            Err(RadiobiologyError::Basis { .. })
        ));
        assert!(middle_model(&other).is_err());
    }

    #[test]
    fn fractions_are_not_the_dose_of_a_decaying_source() {
        let dvh = Dvh::from_samples("L", &[40.0], &[1.0], DoseKind::Physical).unwrap();
        let spec = MetricSpec::parse("Max").unwrap();
        let decay = Timing::Decay {
            repair_half_life_h: 2.5,
            effective_half_life_h: 64.2,
            cycles: 1,
        };
        let how = (Model::Lq { alpha_beta_gy: 2.5 }, decay);
        let sampling = Sampling {
            samples: 1,
            seed: 0,
        };
        let run = |dvh: &Dvh| converted_metric(dvh, &spec, Measure::Bed, how, &[], sampling);
        assert!((run(&dvh).unwrap().value - 63.988).abs() < 1e-3);
        let fractionated = dvh.with_fractions(Some(5)).unwrap();
        let error = run(&fractionated).unwrap_err().to_string();
        assert!(error.contains("given in 5 fractions"), "{error}");
    }

    #[test]
    fn a_dose_of_a_decaying_source_varies_with_its_half_lives() {
        let effect = Effect {
            model: Model::Lq { alpha_beta_gy: 2.5 },
            delivery: Delivery::Decay {
                repair_half_life_h: 2.5,
                effective_half_life_h: 64.2,
                cycles: 1,
            },
        };
        let given = [
            (
                ALPHA_BETA.to_owned(),
                Uncertain::Uniform {
                    low: 2.0,
                    high: 3.0,
                },
            ),
            (
                "repair_half_life_h".to_owned(),
                Uncertain::Uniform {
                    low: 1.5,
                    high: 4.0,
                },
            ),
        ];
        let sampling = Sampling {
            samples: 2000,
            seed: 5,
        };
        let found = uncertain_effect(40.0, Measure::Bed, effect, &given, sampling).unwrap();
        let bed = |ab: f64, repair: f64| 40.0 * (1.0 + repair / (repair + 64.2) * 40.0 / ab);
        assert!((found.value - bed(2.5, 2.5)).abs() < 1e-12);
        let interval = found.interval.unwrap();
        assert!(bed(3.0, 1.5) < interval.lower && interval.upper < bed(2.0, 4.0));
        // Half-lives matter more here than alpha/beta.
        assert_eq!(found.tornado[0].parameter, "repair_half_life_h");
        assert!(uncertain_effect(-1.0, Measure::Bed, effect, &given, sampling).is_err());
        let certain = uncertain_effect(40.0, Measure::Eqd2, effect, &[], sampling).unwrap();
        assert_eq!((certain.interval, certain.tornado.len()), (None, 0));
    }
}
