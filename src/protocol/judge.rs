//! From a metric and a limit to a verdict.

use super::{Comparator, Level, Verdict};
use crate::dvh::{Metric, NotEvaluable, Quantity, Unit, VolumeLevel};

/// A verdict on one limit with its reason.
#[derive(Debug, Clone, PartialEq)]
pub struct Judgement {
    /// What came of it.
    pub verdict: Verdict,
    /// Whether no dose distribution in this structure could keep the limit.
    pub unsatisfiable: bool,
    /// Why, where the verdict alone does not say it.
    pub reason: Option<String>,
}

impl Judgement {
    fn plain(met: bool) -> Self {
        Self {
            verdict: if met { Verdict::Met } else { Verdict::NotMet },
            unsatisfiable: false,
            reason: None,
        }
    }

    pub(super) fn not_evaluable(reason: String) -> Self {
        Self {
            verdict: Verdict::NotEvaluable,
            unsatisfiable: false,
            reason: Some(reason),
        }
    }

    const fn near() -> Self {
        Self {
            verdict: Verdict::WithinUncertainty,
            unsatisfiable: false,
            reason: None,
        }
    }

    fn unsatisfiable(asked_cc: f64, volume_cc: f64) -> Self {
        Self {
            verdict: Verdict::NotMet,
            unsatisfiable: true,
            reason: Some(format!(
                "unsatisfiable: the structure has {volume_cc:.1} cc, and the goal asks for {asked_cc} cc of it"
            )),
        }
    }
}

/// Judges a plain number with its numerical error.
pub(super) fn judge_value(
    level: &Level,
    value: f64,
    uncertainty: Option<f64>,
    unit: &str,
) -> Judgement {
    let error = uncertainty.unwrap_or(0.0);
    if error > 0.0 && (value - level.limit).abs() <= error {
        return Judgement {
            verdict: Verdict::WithinUncertainty,
            unsatisfiable: false,
            reason: Some(format!(
                "{value:.4} {unit} is within its numerical uncertainty of {error:.2e} {unit} of the limit"
            )),
        };
    }
    Judgement::plain(level.comparator.holds(value, level.limit))
}

/// Judges a metric of a structure of `volume_cc`.
///
/// A volume goal that asks for more than the structure has is not met and unsatisfiable, whether it is
/// spelled as `CV15Gy[cc] >= 700` or as `DC700cc[Gy] < 15`. Where the dose grid ends inside the
/// structure, the verdict holds only if both bounds agree.
pub fn judge_metric(level: &Level, metric: &Metric, volume_cc: f64) -> Judgement {
    let Level {
        comparator, limit, ..
    } = *level;
    if let Some(asked_cc) = more_than_there_is(level, metric, volume_cc) {
        return Judgement::unsatisfiable(asked_cc, volume_cc);
    }
    if let Some(bounds) = metric.bounds
        && (metric.value.is_err() || is_absolute_volume(metric))
    {
        return judge_bounds(comparator, limit, metric, bounds);
    }
    match &metric.value {
        Err(reason) => Judgement::not_evaluable(reason.to_string()),
        Ok(value) => judge_value(level, *value, metric.uncertainty, metric.spec.unit.name()),
    }
}

fn is_absolute_volume(metric: &Metric) -> bool {
    metric.spec.quantity.is_volume() && metric.spec.unit == Unit::Cc
}

/// The volume in cc that a goal asks for, where the structure does not have it.
fn more_than_there_is(level: &Level, metric: &Metric, volume_cc: f64) -> Option<f64> {
    let known = matches!(
        metric.value,
        Ok(_) | Err(NotEvaluable::NotCovered { .. } | NotEvaluable::BeyondCovered { .. })
    );
    let small = matches!(metric.value, Err(NotEvaluable::StructureTooSmall { .. }));
    let high = level.comparator.wants_high();
    match metric.spec.quantity {
        Quantity::VolumeBelow(_) | Quantity::VolumeAtLeast(_) => (known
            && high
            && metric.spec.unit == Unit::Cc
            && !level.comparator.holds(volume_cc, level.limit))
        .then_some(level.limit),
        Quantity::DoseOfColdest(VolumeLevel::Cc(asked)) => (!high && small).then_some(asked),
        Quantity::DoseOfHottest(VolumeLevel::Cc(asked)) => (high && small).then_some(asked),
        _ => None,
    }
}

fn judge_bounds(
    comparator: Comparator,
    limit: f64,
    metric: &Metric,
    (low, high): (Option<f64>, Option<f64>),
) -> Judgement {
    let (worst, best) = if comparator.wants_high() {
        (low, high)
    } else {
        (high, low)
    };
    let holds = |bound: Option<f64>| bound.map(|bound| comparator.holds(bound, limit));
    let unit = metric.spec.unit;
    let range = match (low, high) {
        (Some(low), Some(high)) => format!("between {low:.2} and {high:.2} {unit}"),
        (Some(low), None) => format!("at least {low:.2} {unit}"),
        (None, Some(high)) => format!("at most {high:.2} {unit}"),
        (None, None) => "not bounded".to_owned(),
    };
    let reason = format!("the dose grid ends inside the structure; the value is {range}");
    // The bound that decides is known as well as any value.
    let error = metric.uncertainty.unwrap_or(0.0);
    let near = |bound: Option<f64>| {
        error > 0.0 && bound.is_some_and(|bound| (bound - limit).abs() <= error)
    };
    let mut judgement = match (holds(worst), holds(best)) {
        (Some(true), _) if near(worst) => Judgement::near(),
        (_, Some(false)) if near(best) => Judgement::near(),
        (Some(true), _) => Judgement::plain(true),
        (_, Some(false)) => Judgement::plain(false),
        _ => Judgement::not_evaluable(String::new()),
    };
    let unit = unit.name();
    judgement.reason = Some(match judgement.verdict {
        Verdict::NotEvaluable => format!("{reason}, on both sides of the limit"),
        Verdict::WithinUncertainty => format!(
            "{reason}, and the end that decides is within its numerical uncertainty of {error:.2e} {unit} of the limit"
        ),
        _ => format!("{reason}, all on one side of the limit"),
    });
    judgement
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dose::DoseKind;
    use crate::dvh::{Dvh, MetricSpec};
    use crate::protocol::LevelName;

    fn level(comparator: Comparator, limit: f64) -> Level {
        Level {
            name: LevelName::Mandatory,
            comparator,
            limit,
        }
    }

    fn judge(dvh: &Dvh, metric: &str, comparator: Comparator, limit: f64) -> Judgement {
        let metric = dvh.metric(&MetricSpec::parse(metric).unwrap());
        judge_metric(&level(comparator, limit), &metric, dvh.volume_cc())
    }

    fn liver(doses: &[f64], volumes: &[f64]) -> Dvh {
        Dvh::from_samples("Liver", doses, volumes, DoseKind::Physical).unwrap()
    }

    /// An end of a range is known no better than a value: near the limit it does not decide.
    #[test]
    fn an_end_near_the_limit_does_not_decide() {
        let dvh = liver(&[3.0], &[900.0]);
        let mut metric = dvh.metric(&MetricSpec::parse("CV15Gy[cc]").unwrap());
        metric.value = Err(NotEvaluable::NotCovered {
            covered_percent: 80.0,
            required_percent: 100.0,
        });
        let level = level(Comparator::AtLeast, 700.0);
        for (low, high, error, verdict) in [
            (700.05, 800.0, 0.08, Verdict::WithinUncertainty),
            (700.05, 800.0, 0.01, Verdict::Met),
            (600.0, 699.95, 0.08, Verdict::WithinUncertainty),
            (600.0, 699.95, 0.01, Verdict::NotMet),
            (699.95, 800.0, 0.08, Verdict::NotEvaluable),
        ] {
            metric.bounds = Some((Some(low), Some(high)));
            metric.uncertainty = Some(error);
            let found = judge_metric(&level, &metric, 900.0);
            assert_eq!(found.verdict, verdict, "{low} to {high}, {error}");
        }
    }

    #[test]
    fn a_small_liver_is_unsatisfiable_in_both_spellings() {
        let small = liver(&[3.0], &[690.0]);
        for found in [
            judge(&small, "CV15Gy[cc]", Comparator::AtLeast, 700.0),
            judge(&small, "DC700cc[Gy]", Comparator::Below, 15.0),
        ] {
            assert_eq!(
                (found.verdict, found.unsatisfiable),
                (Verdict::NotMet, true)
            );
            assert!(
                found
                    .reason
                    .unwrap()
                    .contains("690.0 cc, and the goal asks for 700 cc")
            );
        }
        // Exactly 700 cc satisfies "at least" and not "more than".
        let exact = liver(&[3.0], &[700.0]);
        assert_eq!(
            judge(&exact, "CV15Gy[cc]", Comparator::AtLeast, 700.0).verdict,
            Verdict::Met
        );
        assert!(judge(&exact, "CV15Gy[cc]", Comparator::Above, 700.0).unsatisfiable);
        assert_eq!(
            judge(&exact, "DC700cc[Gy]", Comparator::Below, 15.0).verdict,
            Verdict::Met
        );
        // A limit on the hot side is not made easier or harder by it.
        let hot = judge(&small, "D800cc[Gy]", Comparator::Below, 15.0);
        assert_eq!(
            (hot.verdict, hot.unsatisfiable),
            (Verdict::NotEvaluable, false)
        );
        assert_eq!(
            judge(&small, "V15Gy[cc]", Comparator::Below, 700.0).verdict,
            Verdict::Met
        );
    }

    #[test]
    fn bounds_must_agree() {
        let spec = MetricSpec::parse("CV15Gy[cc]").unwrap();
        let metric = |low, high| Metric {
            spec,
            value: Err(NotEvaluable::NotCovered {
                covered_percent: 90.0,
                required_percent: 100.0,
            }),
            bounds: Some((low, high)),
            kind: DoseKind::Physical,
            uncertainty: None,
        };
        let verdict = |low, high| {
            judge_metric(
                &level(Comparator::AtLeast, 700.0),
                &metric(low, high),
                1500.0,
            )
            .verdict
        };
        assert_eq!(verdict(Some(710.0), Some(800.0)), Verdict::Met);
        assert_eq!(verdict(Some(500.0), Some(650.0)), Verdict::NotMet);
        assert_eq!(verdict(Some(650.0), Some(750.0)), Verdict::NotEvaluable);
        assert_eq!(verdict(Some(710.0), None), Verdict::Met);
        assert_eq!(verdict(Some(650.0), None), Verdict::NotEvaluable);
        let below = judge_metric(
            &level(Comparator::Below, 700.0),
            &metric(Some(710.0), None),
            1500.0,
        );
        assert_eq!(below.verdict, Verdict::NotMet);
        assert!(
            below
                .reason
                .unwrap()
                .contains("at least 710.00 cc, all on one side")
        );
    }

    #[test]
    fn close_to_the_limit_is_said() {
        let mut metric = liver(&[3.0], &[700.1]).metric(&MetricSpec::parse("CV15Gy[cc]").unwrap());
        metric.uncertainty = Some(0.2);
        let close = judge_metric(&level(Comparator::AtLeast, 700.0), &metric, 700.1);
        assert_eq!(close.verdict, Verdict::WithinUncertainty);
        metric.uncertainty = Some(0.05);
        let clear = judge_metric(&level(Comparator::AtLeast, 700.0), &metric, 700.1);
        assert_eq!(clear.verdict, Verdict::Met);
    }

    #[test]
    fn what_is_not_known_is_not_judged() {
        let unstated = Dvh::from_samples("Liver", &[3.0], &[690.0], DoseKind::Unstated).unwrap();
        let found = judge(&unstated, "CV15Gy[cc]", Comparator::AtLeast, 700.0);
        assert_eq!(found.verdict, Verdict::NotEvaluable);
        let nothing = judge(&liver(&[], &[]), "CV15Gy[cc]", Comparator::AtLeast, 700.0);
        assert_eq!(nothing.verdict, Verdict::NotEvaluable);
        assert_eq!(
            judge_value(&level(Comparator::Above, 100.0), 100.0, None, "Gy").verdict,
            Verdict::NotMet
        );
    }
}
