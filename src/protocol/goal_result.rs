//! From what was measured to the result of a goal.

use super::applies::Applicability;
use super::evaluate::Measured;
use super::judge::{Judgement, judge_metric, judge_value};
use super::report::{GoalResult, LevelResult, SourceResult};
use super::{Comparator, DoseBasis, Goal, Level, LevelName, Measure, Verdict};

impl GoalResult {
    /// Judges a goal by what was measured and by whether its protocol applies.
    pub(super) fn of(
        goal: &Goal,
        structure_name: Option<String>,
        measured: &Measured,
        applicability: &Applicability,
    ) -> Self {
        let mut result = Self::unjudged(goal, structure_name);
        match measured {
            Measured::Metric { metric, .. } => {
                result.value = metric.value.as_ref().ok().copied();
                result.uncertainty = metric.uncertainty;
                (result.lower_bound, result.upper_bound) = metric.bounds.unwrap_or_default();
            }
            Measured::Number {
                value, uncertainty, ..
            } => {
                result.value = Some(*value);
                result.uncertainty = *uncertainty;
            }
            Measured::Nothing(_) => {}
        }
        let mut against = applicability.against.clone();
        if !against.is_empty() {
            if let Measured::Nothing(lack) = measured {
                against.push(lack.reason.clone());
            }
            let reason = against.join("; ");
            result.judge(goal, |_| Judgement::not_evaluable(reason.clone()));
            return result;
        }
        result.judge(goal, |level| match measured {
            Measured::Metric { dvh, metric } => judge_metric(level, metric, dvh.volume_cc()),
            Measured::Number {
                value, uncertainty, ..
            } => judge_value(level, *value, *uncertainty, goal.metric.unit()),
            Measured::Nothing(lack) => Judgement::not_evaluable(lack.reason.clone()),
        });
        result.judge_sources(measured);
        if let Measured::Number {
            note: Some(note), ..
        } = measured
        {
            result.add_reason(note);
        }
        result.confirm(&applicability.unconfirmed);
        result
    }

    fn unjudged(goal: &Goal, structure_name: Option<String>) -> Self {
        let ab = goal.alpha_beta_gy.unwrap_or(f64::NAN);
        let dose = match (goal.metric, goal.dose) {
            (Measure::PrescriptionBed, _) => {
                format!("BED of the prescription (alpha/beta {ab} Gy)")
            }
            (_, DoseBasis::Physical) => "physical dose".to_owned(),
            (_, DoseBasis::Bed) => format!("BED (alpha/beta {ab} Gy)"),
            (_, DoseBasis::Eqd2) => format!("EQD2 (alpha/beta {ab} Gy)"),
        };
        let (comparator, limit) = goal
            .deciding_level()
            .map_or((Comparator::AtMost, 0.0), |level| {
                (level.comparator, level.limit)
            });
        Self {
            id: goal.id.clone(),
            title: goal.title.clone(),
            structure: goal.structure.clone(),
            structure_name,
            metric: goal.metric,
            dose,
            value: None,
            lower_bound: None,
            upper_bound: None,
            uncertainty: None,
            unit: goal.metric.unit(),
            mandatory: goal.is_mandatory(),
            comparator,
            limit,
            margin: None,
            margin_percent: None,
            verdict: Verdict::NotEvaluable,
            unsatisfiable: false,
            reason: None,
            best_level_met: None,
            levels: Vec::new(),
            evidence: goal.evidence(),
            endpoint: goal.endpoint.clone(),
            caveats: goal.caveats.clone(),
            sources: goal
                .sources
                .iter()
                .map(|source| SourceResult {
                    source: source.clone(),
                    verdict_as_printed: None,
                })
                .collect(),
        }
    }

    /// Judges every level; the one that decides gives the verdict.
    fn judge(&mut self, goal: &Goal, judge: impl Fn(&Level) -> Judgement) {
        let decides = goal.deciding_level();
        for level in &goal.levels {
            let found = judge(level);
            let known = found.verdict != Verdict::NotEvaluable;
            let margin = self
                .value
                .filter(|_| known)
                .map(|value| level.comparator.margin(value, level.limit));
            let margin_percent = margin
                .filter(|_| level.limit > 0.0)
                .map(|margin| 100.0 * margin / level.limit);
            if decides == Some(level) {
                self.verdict = found.verdict;
                self.unsatisfiable = found.unsatisfiable;
                self.reason = found.reason;
                self.margin = margin;
                self.margin_percent = margin_percent;
            }
            self.levels.push(LevelResult {
                name: level.name,
                comparator: level.comparator,
                limit: level.limit,
                margin,
                margin_percent,
                verdict: found.verdict,
            });
        }
        self.best_level_met = best(&self.levels);
    }

    /// What each source's own wording says.
    fn judge_sources(&mut self, measured: &Measured) {
        for result in &mut self.sources {
            let Some(printed) = result.source.printed else {
                continue;
            };
            let level = Level {
                name: LevelName::Mandatory,
                comparator: printed.comparator,
                limit: printed.limit,
            };
            result.verdict_as_printed = match (measured, printed.metric) {
                (Measured::Metric { dvh, .. }, Measure::Dvh(spec)) => {
                    Some(judge_metric(&level, &dvh.metric(&spec), dvh.volume_cc()).verdict)
                }
                (
                    Measured::Number {
                        value, uncertainty, ..
                    },
                    metric,
                ) if metric == self.metric => {
                    Some(judge_value(&level, *value, *uncertainty, metric.unit()).verdict)
                }
                _ => None,
            };
        }
        let other: Vec<String> = self
            .sources
            .iter()
            .filter(|result| result.verdict_as_printed.is_some_and(|v| v != self.verdict))
            .filter_map(|result| {
                let printed = result.source.printed?;
                Some(format!(
                    "as {} prints it ({} {} {}) the verdict is: {}",
                    result.source.key,
                    printed.metric,
                    printed.comparator,
                    printed.limit,
                    result.verdict_as_printed?
                ))
            })
            .collect();
        for text in other {
            self.add_reason(&text);
        }
    }

    pub(super) fn add_reason(&mut self, text: &str) {
        self.reason = Some(match self.reason.take() {
            Some(reason) => format!("{reason}; {text}"),
            None => text.to_owned(),
        });
    }

    /// A limit that is kept stays conditional until a person confirms that the protocol applies.
    fn confirm(&mut self, unconfirmed: &[String]) {
        if unconfirmed.is_empty() {
            return;
        }
        if self.verdict == Verdict::Met {
            self.verdict = Verdict::MetApplicabilityNotConfirmed;
        }
        for level in &mut self.levels {
            if level.verdict == Verdict::Met {
                level.verdict = Verdict::MetApplicabilityNotConfirmed;
            }
        }
        if self.verdict != Verdict::NotEvaluable {
            self.add_reason(&unconfirmed.join("; "));
        }
    }
}

/// The tightest level that is met.
fn best(levels: &[LevelResult]) -> Option<LevelName> {
    let met = levels.iter().filter(|level| level.verdict.passes());
    met.max_by(|a, b| tightness(a).total_cmp(&tightness(b)))
        .map(|level| level.name)
}

fn tightness(level: &LevelResult) -> f64 {
    if level.comparator.wants_high() {
        level.limit
    } else {
        -level.limit
    }
}
