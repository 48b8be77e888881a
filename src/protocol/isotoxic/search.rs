//! The search for the scales between which a goal holds.

use super::super::evaluate::{Checker, Measured, Wanted};
use super::super::{
    CheckError, CheckOptions, DoseBasis, Goal, Level, Measure, Treatment, judge_metric,
};
use super::{GoalScale, Tier, TierGoal};
use crate::case::Case;
use crate::progress::Progress;

/// Scales that are looked at: far beyond any treatment.
const SMALLEST: f64 = 1e-4;
const LARGEST: f64 = 1e4;
/// How near the two sides of a scale come, relative; a few units in the last place.
const SCALE_TOLERANCE: f64 = 4e-16;
/// How near its limit a fresh calculation has to be, relative.
const LIMIT_TOLERANCE: f64 = 1e-8;
/// Fresh calculations for the goal that binds, at most.
const REFINEMENTS: usize = 12;

/// A goal's value at a scale: the value, or why there is none and whether for want of a structure.
pub(super) type Value = Result<f64, (String, bool)>;

/// A value with its estimated numerical error, or why there is none.
type Measurement = Result<(f64, Option<f64>), (String, bool)>;

/// Looks at one case under one treatment.
pub(super) struct Search<'a> {
    pub(super) case: &'a Case,
    pub(super) options: &'a CheckOptions,
    pub(super) progress: &'a Progress,
    pub(super) treatment: &'a Treatment,
    pub(super) checker: &'a Checker<'a>,
}

impl Search<'_> {
    /// The value of a goal when the dose is scaled.
    pub(super) fn value(&self, goal: &Goal, scale: f64) -> Result<Value, CheckError> {
        if goal.dose != DoseBasis::Physical || matches!(goal.metric, Measure::Index(_)) {
            return self.fresh(goal, scale);
        }
        match self.checker.measure(&Wanted::from(goal))? {
            Measured::Metric { dvh, .. } => {
                let Measure::Dvh(spec) = goal.metric else {
                    return Ok(Err(("it is no DVH metric".to_owned(), false)));
                };
                let scaled = dvh.scaled(scale).map_err(|_| {
                    CheckError::NonPhysical(crate::error::NonPhysicalError {
                        quantity: "scale of the dose",
                        value: scale,
                        allowed: "a finite number above 0",
                    })
                })?;
                Ok(match scaled.metric(&spec).value {
                    Ok(value) => Ok(value),
                    Err(reason) => Err((reason.to_string(), false)),
                })
            }
            Measured::Number { .. } if goal.metric == Measure::PrescriptionBed => {
                self.fresh(goal, scale)
            }
            // The effective volume is a mean over a dose that stays: linear.
            Measured::Number { value, .. } => Ok(Ok(scale * value)),
            Measured::Nothing(lack) => Ok(Err((lack.reason, lack.undrawn))),
        }
    }

    /// The value by a calculation from the scaled dose.
    fn fresh(&self, goal: &Goal, scale: f64) -> Result<Value, CheckError> {
        let measured = self.fresh_with_error(goal, scale)?;
        Ok(measured.map(|(value, _)| value))
    }

    /// The same with its estimated numerical error.
    pub(super) fn fresh_with_error(
        &self,
        goal: &Goal,
        scale: f64,
    ) -> Result<Measurement, CheckError> {
        let Some(dose) = &self.case.dose else {
            return Ok(Err(("the case has no dose".to_owned(), false)));
        };
        let dose = match dose.scaled(scale) {
            Ok(dose) => dose,
            Err(error) => return Ok(Err((error.to_string(), false))),
        };
        let case = Case {
            dose: Some(dose),
            ..Case::default()
        };
        let treatment = Treatment {
            prescriptions_gy: self
                .treatment
                .prescriptions_gy
                .iter()
                .map(|dose| scale * dose)
                .collect(),
            ..self.treatment.clone()
        };
        let wanted = Wanted::from(goal);
        let mut checker = Checker::new(&case, self.options, &treatment, self.progress);
        checker.take_found(self.checker);
        checker.prepare(std::slice::from_ref(&wanted))?;
        Ok(match checker.measure(&wanted)? {
            Measured::Metric { metric, .. } => match metric.value {
                Ok(value) => Ok((value, metric.uncertainty)),
                Err(reason) => Err((reason.to_string(), false)),
            },
            Measured::Number {
                value, uncertainty, ..
            } => Ok((value, uncertainty)),
            Measured::Nothing(lack) => Err((lack.reason, lack.undrawn)),
        })
    }

    /// Between which scales a goal holds.
    pub(super) fn limits(
        &self,
        goal: &Goal,
        level: &Level,
    ) -> Result<Result<GoalScale, (String, bool)>, CheckError> {
        let mut found = GoalScale {
            id: goal.id.clone(),
            title: goal.title.clone(),
            largest_scale: None,
            broken_at: None,
            smallest_scale: None,
            plateau: false,
            never: false,
        };
        // A structure that is too small for what is asked of it meets the goal at no scale, however it is spelled.
        if let Measured::Metric { dvh, metric } = self.checker.measure(&Wanted::from(goal))?
            && judge_metric(level, &metric, dvh.volume_cc()).unsatisfiable
        {
            found.never = true;
            return Ok(Ok(found));
        }
        let holds = |scale| -> Result<Result<bool, (String, bool)>, CheckError> {
            let value = self.value(goal, scale)?;
            Ok(value.map(|value| level.comparator.holds(value, level.limit)))
        };
        let (low, high) = match (holds(SMALLEST)?, holds(LARGEST)?) {
            (Ok(low), Ok(high)) => (low, high),
            (Err(reason), _) | (_, Err(reason)) => return Ok(Err(reason)),
        };
        if low == high {
            found.never = !low;
            return Ok(Ok(found));
        }
        // One side holds, the other does not; the metrics run one way with the scale.
        let (mut below, mut above) = (SMALLEST, LARGEST);
        while above - below > SCALE_TOLERANCE * above {
            let middle = if above > 2.0 * below {
                (below * above).sqrt()
            } else {
                0.5 * (below + above)
            };
            if middle <= below || middle >= above {
                break;
            }
            match holds(middle)? {
                Ok(held) if held == low => below = middle,
                Ok(_) => above = middle,
                Err(reason) => return Ok(Err(reason)),
            }
        }
        let (inside, outside) = if low { (below, above) } else { (above, below) };
        if let (Ok(last), Ok(next)) = (self.value(goal, inside)?, self.value(goal, outside)?) {
            // Where the curve is a line the two sides differ by rounding alone.
            found.plateau = (last - next).abs() > 1e-9 * level.limit.abs().max(last.abs());
        }
        if low {
            found.largest_scale = Some(below);
            found.broken_at = Some(above);
        } else {
            found.smallest_scale = Some(above);
        }
        Ok(Ok(found))
    }

    pub(super) fn tiers(&self, goals: &[&Goal]) -> Result<Vec<Tier>, CheckError> {
        let [prescription] = self.treatment.prescriptions_gy[..] else {
            return Ok(Vec::new());
        };
        let mut tiers: Vec<Tier> = Vec::new();
        for goal in goals {
            let (Some(level), Some(at)) =
                (goal.deciding_level(), goal.applies_to.prescription_min_gy)
            else {
                continue;
            };
            let scale = at / prescription;
            let value = self.value(goal, scale)?.map_err(|(reason, _)| reason);
            let holds = value
                .as_ref()
                .ok()
                .map(|value| level.comparator.holds(*value, level.limit));
            let index = tiers.iter().position(|tier| tier.prescription_gy == at);
            let index = index.unwrap_or_else(|| {
                tiers.push(Tier {
                    prescription_gy: at,
                    scale,
                    goals: Vec::new(),
                    holds: Some(true),
                });
                tiers.len() - 1
            });
            // One goal that does not hold decides; without such a one, one that is not known leaves all unknown.
            tiers[index].holds = match (tiers[index].holds, holds) {
                (Some(false), _) | (_, Some(false)) => Some(false),
                (None, _) | (_, None) => None,
                (Some(true), Some(true)) => Some(true),
            };
            tiers[index].goals.push(TierGoal {
                id: goal.id.clone(),
                value: value.as_ref().ok().copied(),
                reason: value.err(),
                limit: level.limit,
                holds,
            });
        }
        tiers.sort_by(|a, b| b.prescription_gy.total_cmp(&a.prescription_gy));
        Ok(tiers)
    }

    /// A scale near `start` at which a calculation from the dose meets the limit and holds.
    pub(super) fn refined(
        &self,
        goal: &Goal,
        level: &Level,
        start: f64,
    ) -> Result<Result<(f64, f64), String>, CheckError> {
        let mut scale = start;
        let mut before: Option<(f64, f64)> = None;
        let mut best: Option<(f64, f64)> = None;
        for _ in 0..REFINEMENTS {
            let value = match self.fresh(goal, scale)? {
                Ok(value) => value,
                Err((reason, _)) => return Ok(Err(reason)),
            };
            let off = value - level.limit;
            if level.comparator.holds(value, level.limit)
                && best.is_none_or(|(_, old)| (old - level.limit).abs() > off.abs())
            {
                best = Some((scale, value));
            }
            if let Some((_, value)) = best
                && (value - level.limit).abs() <= LIMIT_TOLERANCE * level.limit.abs()
            {
                break;
            }
            // A secant through the last two; at first the proportion that holds for a dose.
            let slope = match before {
                Some((other, other_off)) if other != scale => (off - other_off) / (scale - other),
                _ => 1e-7,
            };
            before = Some((scale, off));
            let aim = 0.25 * LIMIT_TOLERANCE * level.limit.abs();
            let aim = if level.comparator.wants_high() {
                aim
            } else {
                -aim
            };
            let next = if before.is_some() && slope.is_finite() && slope.abs() > 1e-6 {
                scale - (off - aim) / slope
            } else {
                scale * (1.0 - 1e-7)
            };
            scale = next.clamp(0.999 * start, 1.001 * start);
        }
        Ok(best.ok_or_else(|| "no scale near it holds when calculated anew".to_owned()))
    }
}
