//! Measuring what goals ask for: structures found once, DVHs made once, all of them in parallel.

mod places;

pub(super) use places::Place;

use super::finding::{Finder, Found, Lack, Search};
use super::report::StructureUsed;
use super::{CheckError, CheckOptions, DoseBasis, Goal, Measure, Role, Treatment, Undrawn};
use crate::case::Case;
use crate::dose::{DoseGrid, DoseKind};
use crate::dvh::{Dvh, DvhError, Metric, MetricSpec, Quantity, Unit, dvh};
use crate::index::{PlanVolumes, whole_grid};
use crate::isoeffect::{bed_gy, eqd2_gy};
use crate::progress::Progress;
use crate::structure::Structure;
use rayon::prelude::*;
use std::borrow::Cow;
use std::sync::Arc;

/// Which dose: as it is, or as BED or EQD2 at an alpha/beta.
type DoseKey = (DoseBasis, Option<u64>);
/// Which DVH: a structure and the dose that it is read from.
type DvhKey = (Role, DoseKey);

/// What is measured: a structure's role, the measure and the dose that it is read from.
#[derive(Debug, Clone)]
pub(super) struct Wanted {
    pub(super) structure: Role,
    pub(super) metric: Measure,
    pub(super) dose: DoseBasis,
    pub(super) alpha_beta_gy: Option<f64>,
    /// Whether the highest of several prescriptions is the worst.
    pub(super) highest_is_worst: bool,
}

impl From<&Goal> for Wanted {
    fn from(goal: &Goal) -> Self {
        Self {
            structure: goal.structure.clone(),
            metric: goal.metric,
            dose: goal.dose,
            alpha_beta_gy: goal.alpha_beta_gy,
            highest_is_worst: goal
                .deciding_level()
                .is_some_and(|level| !level.comparator.wants_high()),
        }
    }
}

impl Wanted {
    fn dose_key(&self) -> DoseKey {
        (self.dose, self.alpha_beta_gy.map(f64::to_bits))
    }
}

/// What a goal comes to before its limits: a metric in a structure, or a number.
pub(super) enum Measured {
    Metric {
        dvh: Arc<Dvh>,
        metric: Metric,
    },
    Number {
        value: f64,
        uncertainty: Option<f64>,
        note: Option<String>,
    },
    Nothing(Lack),
}

/// Everything that was found and calculated for a case.
pub(super) struct Checker<'a> {
    case: &'a Case,
    options: &'a CheckOptions,
    progress: &'a Progress,
    treatment: &'a Treatment,
    found: Vec<(Role, Result<Found, Lack>)>,
    dvhs: Vec<(DvhKey, Result<Arc<Dvh>, Lack>)>,
    whole: Option<Result<Arc<Dvh>, Lack>>,
    /// Points here and where they are moved to, where this is another place than that of the DVHs.
    moved: Vec<(DvhKey, [Arc<Dvh>; 2])>,
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
            options,
            progress,
            treatment,
            found: Vec::new(),
            dvhs: Vec::new(),
            whole: None,
            moved: Vec::new(),
        }
    }

    /// Finds structures and calculates DVHs for all that is wanted.
    pub(super) fn prepare(&mut self, wanted: &[Wanted]) -> Result<(), CheckError> {
        let mut roles: Vec<&Role> = Vec::new();
        let mut keys: Vec<DvhKey> = Vec::new();
        for one in wanted {
            if one.structure.is_prescription() {
                continue;
            }
            if !roles.contains(&&one.structure) && self.found_of(&one.structure).is_none() {
                roles.push(&one.structure);
            }
            let key = (one.structure.clone(), one.dose_key());
            if self.dvh_of(&key).is_none() && !keys.contains(&key) {
                keys.push(key);
            }
        }
        let finder = Finder {
            case: self.case,
            mapping: &self.options.mapping,
            policy: self.options.dvh.solid_policy(),
            subtract: self.options.subtract.clone(),
        };
        let found: Vec<(Role, Result<Found, Lack>)> = roles
            .into_par_iter()
            .map(|role| Ok((role.clone(), finder.find(role)?)))
            .collect::<Result<_, CheckError>>()?;
        self.found.extend(found);
        let made: Vec<(DvhKey, Result<Arc<Dvh>, Lack>)> = keys
            .into_par_iter()
            .map(|key| {
                let made = self.make_dvh(&key)?;
                Ok((key, made))
            })
            .collect::<Result<_, CheckError>>()?;
        for ((role, _), dvh) in &made {
            let found = self.found.iter_mut().find(|(one, _)| one == role);
            if let (Some((_, Ok(found))), Ok(dvh)) = (found, dvh) {
                found.used.covered_fraction = Some(dvh.covered_fraction());
            }
        }
        self.dvhs.extend(made);
        let indices = wanted
            .iter()
            .any(|one| matches!(one.metric, Measure::Index(_)));
        if indices && self.whole.is_none() {
            self.whole = Some(self.make_whole()?);
        }
        Ok(())
    }

    /// Takes over the structures that another found in the same structure set.
    pub(super) fn take_found(&mut self, other: &Self) {
        self.found.clone_from(&other.found);
    }

    /// Takes over the DVHs that another made.
    pub(super) fn take_dvhs(&mut self, other: &Self) {
        self.dvhs.clone_from(&other.dvhs);
    }

    /// Takes over the DVH of the whole grid, in which no structure has a part.
    pub(super) fn take_whole(&mut self, other: &Self) {
        self.whole.clone_from(&other.whole);
    }

    fn found_of(&self, role: &Role) -> Option<&Result<Found, Lack>> {
        let found = self.found.iter().find(|(one, _)| one == role);
        found.map(|(_, found)| found)
    }

    fn dvh_of(&self, key: &DvhKey) -> Option<&Result<Arc<Dvh>, Lack>> {
        let made = self.dvhs.iter().find(|(one, _)| one == key);
        made.map(|(_, made)| made)
    }

    /// The structure that a role was read from, where there is one.
    pub(super) fn used(&self, role: &Role) -> Option<&StructureUsed> {
        match self.found_of(role) {
            Some(Ok(found)) => Some(&found.used),
            _ => None,
        }
    }

    /// Whether nobody drew what is wanted, and such goals are left out.
    pub(super) fn is_left_out(&self, wanted: &Wanted) -> Result<bool, CheckError> {
        let undrawn = matches!(self.measure(wanted)?, Measured::Nothing(lack) if lack.undrawn);
        Ok(undrawn && self.options.undrawn == Undrawn::LeftOut)
    }

    /// Measures one thing of all that was prepared.
    pub(super) fn measure(&self, wanted: &Wanted) -> Result<Measured, CheckError> {
        if wanted.metric == Measure::PrescriptionBed {
            return self.prescription_bed(wanted);
        }
        let key = (wanted.structure.clone(), wanted.dose_key());
        let dvh = match self.dvh_of(&key) {
            Some(Ok(dvh)) => dvh,
            Some(Err(lack)) => return Ok(Measured::Nothing(lack.clone())),
            None => return Ok(nothing("it was not prepared")),
        };
        let measured = self.measure_in(wanted, dvh);
        let moved = self.moved.iter().find(|(one, _)| *one == key);
        Ok(match moved {
            Some((_, places)) => {
                let [here, there] = places.each_ref().map(|dvh| self.measure_in(wanted, dvh));
                measured.changed(&here, &there)
            }
            None => measured,
        })
    }

    /// Measures in a DVH.
    fn measure_in(&self, wanted: &Wanted, dvh: &Arc<Dvh>) -> Measured {
        match wanted.metric {
            Measure::Dvh(spec) => Measured::Metric {
                metric: dvh.metric(&spec),
                dvh: Arc::clone(dvh),
            },
            Measure::EffectiveVolume { reference_gy } => effective_volume(dvh, reference_gy),
            Measure::Index(index) => {
                let whole = match &self.whole {
                    Some(Ok(whole)) => whole,
                    Some(Err(lack)) => return Measured::Nothing(lack.clone()),
                    None => return nothing("it was not prepared"),
                };
                let [prescription] = self.treatment.prescriptions_gy[..] else {
                    return nothing(
                        "an index needs the one prescription of its target; give prescription_gy=",
                    );
                };
                let volumes = PlanVolumes::read(dvh, whole, prescription);
                let found = volumes.and_then(|volumes| {
                    let value = volumes.index(index)?;
                    Ok((value, volumes.uncertainty(index)))
                });
                match found {
                    Ok((value, uncertainty)) => Measured::Number {
                        value,
                        uncertainty,
                        note: None,
                    },
                    Err(error) => nothing(&error.to_string()),
                }
            }
            Measure::PrescriptionBed => nothing("it has no structure"),
        }
    }

    /// BED of the prescription; of several the one that is worst for the goal.
    fn prescription_bed(&self, wanted: &Wanted) -> Result<Measured, CheckError> {
        let doses = &self.treatment.prescriptions_gy;
        let worst = if wanted.highest_is_worst {
            doses.last()
        } else {
            doses.first()
        };
        let Some(dose) = worst else {
            return Ok(nothing(
                "no prescription is known: no target dose reference in a plan states one; give prescription_gy=",
            ));
        };
        let (Some(n), Some(ab)) = (self.treatment.fractions, wanted.alpha_beta_gy) else {
            return Ok(nothing(
                "the number of fractions is not known; give fractions=",
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
            uncertainty: None,
            note,
        })
    }

    fn make_dvh(&self, key: &DvhKey) -> Search<Arc<Dvh>> {
        let (structure, dose) = match self.structure_and_dose(key) {
            Ok(both) => both,
            Err(lack) => return Ok(Err(lack)),
        };
        let made = dvh(&dose, structure, &self.options.dvh, self.progress);
        settled(made.and_then(|made| made.with_prescription(self.prescription_in(key.1))))
    }

    fn structure_and_dose(
        &self,
        (role, dose): &DvhKey,
    ) -> Result<(&Structure, Cow<'_, DoseGrid<'static>>), Lack> {
        let structure = match self.found_of(role) {
            Some(Ok(found)) => &found.structure,
            Some(Err(lack)) => return Err(lack.clone()),
            None => return Err(said("it was not looked for")),
        };
        let dose = dose_of(self.case, *dose, self.treatment.fractions);
        Ok((structure, dose.map_err(|reason| said(&reason))?))
    }

    /// The one prescription; of several nobody knows which is a structure's.
    fn prescription(&self) -> Option<f64> {
        match self.treatment.prescriptions_gy[..] {
            [only] => Some(only),
            _ => None,
        }
    }

    /// The same in the kind of a dose: BED or EQD2 of the prescription in its fractions. Where their number is not known
    /// there is none, for 100 % of a physical dose is not 100 % of another.
    fn prescription_in(&self, (basis, alpha_beta): DoseKey) -> Option<f64> {
        let physical = self.prescription()?;
        let own = || self.case.dose.as_ref()?.fractionation().number();
        let n = || self.treatment.fractions.or_else(own);
        let ab = alpha_beta.map_or(f64::NAN, f64::from_bits);
        match basis {
            DoseBasis::Physical => Some(physical),
            DoseBasis::Bed => bed_gy(physical, n()?, ab).ok(),
            DoseBasis::Eqd2 => eqd2_gy(physical, n()?, ab).ok(),
        }
    }

    fn make_whole(&self) -> Search<Arc<Dvh>> {
        match &self.case.dose {
            Some(dose) => settled(whole_grid(dose, &self.options.dvh, self.progress)),
            None => Ok(Err(said("the case has no dose"))),
        }
    }
}

fn said(reason: &str) -> Lack {
    Lack {
        reason: reason.to_owned(),
        undrawn: false,
    }
}

fn nothing(reason: &str) -> Measured {
    Measured::Nothing(said(reason))
}

/// A DVH, why there is none, or an error that ends the check.
fn settled(made: Result<Dvh, DvhError>) -> Search<Arc<Dvh>> {
    match made {
        Ok(made) => Ok(Ok(Arc::new(made))),
        Err(DvhError::Cancelled(stop)) => Err(stop.into()),
        Err(DvhError::NonPhysical(error)) => Err(error.into()),
        Err(error) => Ok(Err(said(&error.to_string()))),
    }
}

fn effective_volume(dvh: &Dvh, reference_gy: f64) -> Measured {
    let mean = dvh.metric(&MetricSpec {
        quantity: Quantity::Mean,
        unit: Unit::Gy,
    });
    match mean.value {
        Ok(value) => Measured::Number {
            value: 100.0 * value / reference_gy,
            uncertainty: mean.uncertainty.map(|error| 100.0 * error / reference_gy),
            note: None,
        },
        Err(reason) => nothing(&reason.to_string()),
    }
}

/// The dose that something is read from.
fn dose_of(
    case: &Case,
    (basis, alpha_beta): DoseKey,
    n: Option<u32>,
) -> Result<Cow<'_, DoseGrid<'static>>, String> {
    let dose = case.dose.as_ref().ok_or("the case has no dose")?;
    let ab = alpha_beta.map_or(f64::NAN, f64::from_bits);
    let with_fractions = || {
        let dose = dose.clone();
        // What is said of the plan goes before what the grid says: the report is labelled with it.
        match dose.fractionation().number() {
            Some(own) if n.is_none_or(|n| n == own) => Ok(dose),
            _ => dose.with_fractions(n),
        }
    };
    match basis {
        // A dose of unstated type goes on, and its metrics say what to do.
        DoseBasis::Physical => match dose.kind() {
            DoseKind::Physical | DoseKind::Unstated => return Ok(Cow::Borrowed(dose)),
            other => {
                return Err(format!(
                    "the goal is stated in physical dose, and the grid holds {other}"
                ));
            }
        },
        DoseBasis::Bed => with_fractions().and_then(|dose| dose.bed(ab)),
        DoseBasis::Eqd2 => with_fractions().and_then(|dose| dose.eqd2(ab)),
    }
    .map(Cow::Owned)
    .map_err(|error| error.to_string())
}
