//! Each criterion held against what was measured and stated.

use super::{BOWEL, CriterionResult, Eligible, Gaps, Lesion, PatientFacts};
use crate::protocol::CheckOptions;
use crate::protocol::eligibility::{Criterion, Fact};

/// What criteria are held against.
pub(super) struct Judge<'a> {
    pub(super) options: &'a CheckOptions,
    pub(super) facts: &'a PatientFacts,
    pub(super) lesions: &'a Result<Vec<Lesion>, String>,
    pub(super) gaps: &'a Gaps,
}

/// A number, a verdict and how it came about.
type Judged = (Option<f64>, Eligible, String);

impl Judge<'_> {
    pub(super) fn result(&self, criterion: &Criterion) -> CriterionResult {
        let facts = self.facts;
        let (value, verdict, reason) = match criterion.fact {
            Fact::ExpectedSurvivalMonths => stated(
                criterion,
                facts.expected_survival_months,
                "expected_survival_months",
            ),
            Fact::Ecog => stated(criterion, facts.ecog.map(f64::from), "ecog"),
            Fact::Metastases => {
                let (value, verdict, reason) =
                    stated(criterion, facts.metastases.map(f64::from), "metastases");
                let drawn = self.lesions.as_ref().map_or(0, Vec::len);
                (
                    value,
                    verdict,
                    format!("{reason}; {drawn} gross tumour volumes are drawn"),
                )
            }
            Fact::DiameterMm => self.diameter(criterion),
            Fact::BowelDistanceMm => self.distance(),
            Fact::ChildPugh => match self.options.child_pugh {
                Some(class) => (
                    None,
                    verdict_of(criterion.classes.contains(&class)),
                    format!("Child-Pugh class {class} as stated"),
                ),
                None => (None, Eligible::Unknown, unsaid("child_pugh")),
            },
        };
        CriterionResult {
            fact: criterion.fact,
            text: criterion.text.clone(),
            value,
            verdict,
            advisable: criterion.advisable,
            reason,
            sources: criterion.sources.clone(),
        }
    }

    /// The largest lesion, in a plane and in space: sources do not say which is meant, so both have to agree.
    ///
    /// What is measured is no more than the tumour that is drawn, and no less than each of its parts: where some may be
    /// missing a small diameter proves nothing, where lesions are drawn as one a large one does not.
    fn diameter(&self, criterion: &Criterion) -> Judged {
        let lesions = match self.lesions {
            Ok(lesions) => lesions,
            Err(reason) => return (None, Eligible::Unknown, reason.clone()),
        };
        let largest = |of: fn(&Lesion) -> f64| lesions.iter().map(of).fold(0.0, f64::max);
        let (space, plane) = (
            largest(|one| one.diameter_mm),
            largest(|one| one.in_plane_diameter_mm),
        );
        let measured = format!("largest diameter {plane:.1} mm in a plane, {space:.1} mm in space");
        let merged = lesions.iter().any(|one| one.parts > 1);
        let keeps_size = |size: f64| {
            let mut bounds = criterion.bounds.iter();
            bounds.all(|bound| {
                bound.comparator.wants_high() || bound.comparator.holds(size, bound.limit)
            })
        };
        let asks_for_size = criterion
            .bounds
            .iter()
            .any(|bound| bound.comparator.wants_high());
        match (keeps(criterion, plane), keeps(criterion, space)) {
            (one, other) if one == other && merged && (asks_for_size || !keeps_size(space)) => (
                Some(space),
                Eligible::Unknown,
                format!(
                    "{measured}, over parts that do not touch: which of them is a lesion of its own is not known"
                ),
            ),
            (true, true) if !self.gaps.tumour.is_empty() => (
                Some(space),
                Eligible::Unknown,
                format!(
                    "{measured} of what is drawn, which may not be all: {}",
                    self.gaps.tumour.join("; ")
                ),
            ),
            (one, other) if one == other => (Some(space), verdict_of(one), measured),
            _ => (
                Some(space),
                Eligible::Unknown,
                format!(
                    "{measured}, on both sides of the limit; the source does not say which is meant"
                ),
            ),
        }
    }

    fn distance(&self) -> Judged {
        let lesions = match self.lesions {
            Ok(lesions) => lesions,
            Err(reason) => return (None, Eligible::Unknown, reason.clone()),
        };
        let near = lesions.iter().filter_map(|lesion| {
            let bowel = lesion.nearest_bowel.as_ref()?;
            Some((lesion, bowel))
        });
        let Some((lesion, bowel)) = near.min_by(|a, b| a.1.distance_mm.total_cmp(&b.1.distance_mm))
        else {
            return (
                None,
                Eligible::Unknown,
                format!("no bowel is drawn ({})", BOWEL.join(", ")),
            );
        };
        let found = bowel.distance_mm;
        let measured = format!(
            "{found:.1} mm between '{}' and '{}'",
            lesion.name, bowel.name
        );
        match self.facts.bowel_threshold_mm {
            // What is drawn is far enough away; what is not may be nearer.
            Some(asked) if found >= asked && !self.gaps.of_distance().is_empty() => (
                Some(found),
                Eligible::Unknown,
                format!(
                    "{measured}, against {asked} mm as asked for, of what is drawn, which may not be all: {}",
                    self.gaps.of_distance().join("; ")
                ),
            ),
            Some(asked) => (
                Some(found),
                verdict_of(found >= asked),
                format!("{measured}, against {asked} mm as asked for"),
            ),
            None => (
                Some(found),
                Eligible::Unknown,
                format!("{measured}; no source prints a distance, give bowel_threshold_mm="),
            ),
        }
    }
}

impl Gaps {
    /// What may be missing where a distance is asked for.
    fn of_distance(&self) -> Vec<String> {
        [&self.tumour[..], &self.bowel[..]].concat()
    }
}

fn keeps(criterion: &Criterion, value: f64) -> bool {
    let mut bounds = criterion.bounds.iter();
    bounds.all(|bound| bound.comparator.holds(value, bound.limit))
}

fn stated(criterion: &Criterion, value: Option<f64>, argument: &str) -> Judged {
    match value {
        Some(value) => (
            Some(value),
            verdict_of(keeps(criterion, value)),
            format!("{value} as stated"),
        ),
        None => (None, Eligible::Unknown, unsaid(argument)),
    }
}

fn unsaid(argument: &str) -> String {
    format!("nobody stated it; give {argument}=")
}

const fn verdict_of(met: bool) -> Eligible {
    if met { Eligible::Met } else { Eligible::NotMet }
}
