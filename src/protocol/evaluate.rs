//! Measuring what goals ask for: structures found once, DVHs made once.

use super::applies::Applicability;
use super::finding::{Finder, Found, Search};
use super::report::{GoalResult, StructureUsed};
use super::{CheckError, CheckOptions, DoseBasis, Goal, Measure, Role, Treatment};
use crate::case::Case;
use crate::dose::{DoseGrid, DoseKind};
use crate::dvh::{Dvh, DvhError, Metric, dvh};
use crate::isoeffect::bed_gy;
use crate::progress::Progress;
use std::sync::Arc;

/// Which DVH: a structure and the dose that it is read from.
type DvhKey = (Role, DoseBasis, Option<u64>);

pub(super) struct Checker<'a> {
    case: &'a Case,
    finder: Finder<'a>,
    options: &'a CheckOptions,
    progress: &'a Progress,
    treatment: &'a Treatment,
    found: Vec<(Role, Result<Found, String>)>,
    dvhs: Vec<(DvhKey, Result<Arc<Dvh>, String>)>,
}

/// What a goal comes to before its limits: a metric in a structure, or a number.
pub(super) enum Measured {
    Metric { dvh: Arc<Dvh>, metric: Metric },
    Number { value: f64, note: Option<String> },
    Nothing(String),
}

impl<'a> Checker<'a> {
    pub(super) fn new(
        case: &'a Case,
        options: &'a CheckOptions,
        treatment: &'a Treatment,
        progress: &'a Progress,
    ) -> Self {
        Self {
            case,
            finder: Finder {
                case,
                mapping: &options.mapping,
                policy: options.dvh.solid_policy(),
            },
            options,
            progress,
            treatment,
            found: Vec::new(),
            dvhs: Vec::new(),
        }
    }

    /// The structures that goals were read from.
    pub(super) fn structures(self) -> Vec<StructureUsed> {
        self.found
            .into_iter()
            .filter_map(|(_, found)| found.ok())
            .map(|found| found.used)
            .collect()
    }

    pub(super) fn goal(
        &mut self,
        goal: &Goal,
        applicability: &Applicability,
    ) -> Result<GoalResult, CheckError> {
        let measured = self.measure(goal)?;
        let found = self.found.iter().find(|(role, _)| *role == goal.structure);
        let structure_name = match found {
            Some((_, Ok(found))) => Some(found.used.name.clone()),
            _ => None,
        };
        Ok(GoalResult::of(
            goal,
            structure_name,
            &measured,
            applicability,
        ))
    }

    fn measure(&mut self, goal: &Goal) -> Result<Measured, CheckError> {
        Ok(match goal.metric {
            Measure::PrescriptionBed => self.prescription_bed(goal)?,
            Measure::Dvh(spec) => match self.dvh(goal)? {
                Ok(dvh) => Measured::Metric {
                    metric: dvh.metric(&spec),
                    dvh,
                },
                Err(reason) => Measured::Nothing(reason),
            },
        })
    }

    /// BED of the prescription; of several the one that is worst for the goal.
    fn prescription_bed(&self, goal: &Goal) -> Result<Measured, CheckError> {
        let doses = &self.treatment.prescriptions_gy;
        let wants_high = goal
            .deciding_level()
            .is_none_or(|level| level.comparator.wants_high());
        let worst = if wants_high {
            doses.first()
        } else {
            doses.last()
        };
        let Some(dose) = worst else {
            return Ok(Measured::Nothing(
                "no prescription is known: no target dose reference in a plan states one; give prescription_gy="
                    .to_owned(),
            ));
        };
        let (Some(n), Some(ab)) = (self.treatment.fractions, goal.alpha_beta_gy) else {
            return Ok(Measured::Nothing(
                "the number of fractions is not known; give fractions=".to_owned(),
            ));
        };
        let note = (doses.len() > 1).then(|| {
            let all: Vec<String> = doses.iter().map(ToString::to_string).collect();
            format!(
                "of the prescriptions ({} Gy) that of {dose} Gy is judged",
                all.join(", ")
            )
        });
        Ok(Measured::Number {
            value: bed_gy(*dose, n, ab)?,
            note,
        })
    }

    /// The DVH that a goal is read from, made once.
    fn dvh(&mut self, goal: &Goal) -> Search<Arc<Dvh>> {
        let key = (
            goal.structure,
            goal.dose,
            goal.alpha_beta_gy.map(f64::to_bits),
        );
        if let Some((_, made)) = self.dvhs.iter().find(|(one, _)| *one == key) {
            return Ok(made.clone());
        }
        let made = self.make_dvh(goal)?;
        self.dvhs.push((key, made.clone()));
        Ok(made)
    }

    /// The structure of a role, looked for once.
    fn found(&mut self, role: Role) -> Result<&mut Result<Found, String>, CheckError> {
        let known = self.found.iter().position(|(one, _)| *one == role);
        let index = if let Some(index) = known {
            index
        } else {
            self.found.push((role, self.finder.find(role)?));
            self.found.len() - 1
        };
        Ok(&mut self.found[index].1)
    }

    fn make_dvh(&mut self, goal: &Goal) -> Search<Arc<Dvh>> {
        let structure = match self.found(goal.structure)? {
            Ok(found) => found.structure.clone(),
            Err(reason) => return Ok(Err(reason.clone())),
        };
        let dose = match dose_of(self.case, goal, self.treatment.fractions) {
            Ok(dose) => dose,
            Err(reason) => return Ok(Err(reason)),
        };
        match dvh(&dose, &structure, &self.options.dvh, self.progress) {
            Ok(made) => {
                if let Ok(found) = self.found(goal.structure)? {
                    found.used.covered_fraction = Some(made.covered_fraction());
                }
                let prescription = match self.treatment.prescriptions_gy[..] {
                    [only] => Some(only),
                    _ => None,
                };
                Ok(made
                    .with_prescription(prescription)
                    .map(Arc::new)
                    .map_err(|error| error.to_string()))
            }
            Err(DvhError::Cancelled(stop)) => Err(stop.into()),
            Err(DvhError::NonPhysical(error)) => Err(error.into()),
            Err(error) => Ok(Err(error.to_string())),
        }
    }
}

/// The dose that a goal is stated in.
fn dose_of(case: &Case, goal: &Goal, n: Option<u32>) -> Result<DoseGrid<'static>, String> {
    let dose = case.dose.as_ref().ok_or("the case has no dose")?;
    let ab = goal.alpha_beta_gy.unwrap_or(f64::NAN);
    let with_fractions = || {
        let dose = dose.clone();
        if dose.fractionation().number().is_some() {
            Ok(dose)
        } else {
            dose.with_fractions(n)
        }
    };
    match goal.dose {
        // A dose of unstated type goes on, and its metrics say what to do.
        DoseBasis::Physical => match dose.kind() {
            DoseKind::Physical | DoseKind::Unstated => return Ok(dose.clone()),
            other => {
                return Err(format!(
                    "the goal is stated in physical dose, and the grid holds {other}"
                ));
            }
        },
        DoseBasis::Bed => with_fractions().and_then(|dose| dose.bed(ab)),
        DoseBasis::Eqd2 => with_fractions().and_then(|dose| dose.eqd2(ab)),
    }
    .map_err(|error| error.to_string())
}
