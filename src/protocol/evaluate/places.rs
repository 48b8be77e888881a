//! The same case with its structures elsewhere, made larger, or read otherwise.

use super::super::CheckError;
use super::super::finding::{Found, Lack, Search};
use super::{Checker, DvhKey, Measured, Wanted, nothing, said, settled};
use crate::dose::DoseGrid;
use crate::dvh::{Cloud, Dvh, Reading, Unit, dvhs_shifted};
use crate::structure::{Margins, Structure};
use rayon::prelude::*;
use std::sync::Arc;

/// Points of the cloud of a structure: D0.035cc of an organ of 1000 cc is one of them.
const POINTS: usize = 30_000;

/// Where the structures are moved to, and how the dose is read there.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in super::super) struct Place {
    pub(in super::super) shift_mm: [f64; 3],
    pub(in super::super) reading: Reading,
}

impl Default for Place {
    fn default() -> Self {
        Self {
            shift_mm: [0.0; 3],
            reading: Reading::Trilinear,
        }
    }
}

/// What a structure becomes at another place.
#[derive(Debug, Clone)]
enum Moved {
    /// There is none here either.
    Nothing,
    /// The DVHs of its points here and there.
    Points([Arc<Dvh>; 2]),
    /// A DVH made anew, or why there is none.
    Anew(Result<Arc<Dvh>, Lack>),
}

impl Measured {
    fn value(&self) -> Option<f64> {
        match self {
            Self::Metric { metric, .. } => metric.value.as_ref().ok().copied(),
            Self::Number { value, .. } => Some(*value),
            Self::Nothing(_) => None,
        }
    }

    /// The same with what lies between two others added; nothing is less than nothing, and no volume more than all of it.
    /// By how much the first of the two is off from what it stands for is added to the numerical error: the second is no
    /// better.
    pub(super) fn changed(mut self, here: &Self, there: &Self) -> Self {
        let (Some(value), Some(here), Some(there)) = (self.value(), here.value(), there.value())
        else {
            return nothing("it has no value at that place");
        };
        let then = (value + there - here).max(0.0);
        let off = (here - value).abs();
        match &mut self {
            Self::Metric { dvh, metric } => {
                let most = match (metric.spec.quantity.is_volume(), metric.spec.unit) {
                    (true, Unit::Cc) => dvh.volume_cc(),
                    (true, _) => 100.0,
                    _ => f64::INFINITY,
                };
                metric.value = Ok(then.min(most));
                metric.uncertainty = Some(metric.uncertainty.unwrap_or(0.0) + off);
            }
            Self::Number {
                value, uncertainty, ..
            } => {
                *value = then;
                *uncertainty = Some(uncertainty.unwrap_or(0.0) + off);
            }
            Self::Nothing(_) => {}
        }
        self
    }
}

impl Checker<'_> {
    /// Takes over the structures that another found, each made larger by a margin in mm, or smaller.
    pub(in super::super) fn take_found_with_margin(
        &mut self,
        other: &Self,
        mm: f64,
    ) -> Result<(), CheckError> {
        let margins = Margins::even(mm.abs())?;
        let policy = self.options.dvh.solid_policy();
        let changed = other.found.par_iter().map(|(role, found)| {
            let found = found.clone().and_then(|found| {
                let structure = if mm < 0.0 {
                    found.structure.shrink(&margins, policy)
                } else {
                    found.structure.expand(&margins, policy)
                };
                Ok(Found {
                    structure: structure?,
                    ..found
                })
            });
            (role.clone(), found)
        });
        self.found = changed.collect();
        Ok(())
    }

    /// The same case at other places and readings of the dose, from one cloud of points a structure: each answer is that
    /// of the DVH plus what the points say that the move changes. Where the points leave the dose grid, the DVH is made anew;
    /// read otherwise than between voxels there is none then.
    pub(in super::super) fn elsewhere(&self, places: &[Place]) -> Result<Vec<Self>, CheckError> {
        let made: Vec<Vec<Moved>> = self
            .dvhs
            .par_iter()
            .map(|(key, made)| match made {
                Ok(_) => self.moved(key, places),
                Err(_) => Ok(vec![Moved::Nothing; places.len()]),
            })
            .collect::<Result<_, CheckError>>()?;
        let at = |index: usize| {
            let mut other = Self {
                found: self.found.clone(),
                dvhs: Vec::new(),
                moved: Vec::new(),
                whole: self.whole.clone(),
                ..*self
            };
            for ((key, here), places) in self.dvhs.iter().zip(&made) {
                let dvh = match &places[index] {
                    Moved::Anew(dvh) => dvh.clone(),
                    Moved::Nothing | Moved::Points(_) => here.clone(),
                };
                other.dvhs.push((key.clone(), dvh));
                if let Moved::Points(both) = &places[index] {
                    other.moved.push((key.clone(), both.clone()));
                }
            }
            other
        };
        Ok((0..places.len()).map(at).collect())
    }

    /// What is wanted by DVHs made anew with the structures moved by a shift in mm, where points were asked: near a limit
    /// these do not decide.
    pub(in super::super) fn made_anew(
        &self,
        wanted: &[Wanted],
        shift_mm: [f64; 3],
    ) -> Result<Self, CheckError> {
        let of_points = |key: &DvhKey| {
            let is_of = |one: &Wanted| one.structure == key.0 && one.dose_key() == key.1;
            wanted.iter().any(is_of) && self.moved.iter().any(|(moved, _)| moved == key)
        };
        let dvhs = self.dvhs.par_iter().map(|(key, here)| {
            let made = match self.structure_and_dose(key) {
                Ok((structure, dose)) if of_points(key) => {
                    self.moved_anew(structure, &dose, shift_mm, self.prescription_in(key.1))?
                }
                _ => here.clone(),
            };
            Ok((key.clone(), made))
        });
        Ok(Self {
            found: self.found.clone(),
            dvhs: dvhs.collect::<Result<_, CheckError>>()?,
            moved: self
                .moved
                .iter()
                .filter(|(key, _)| !of_points(key))
                .cloned()
                .collect(),
            whole: self.whole.clone(),
            ..*self
        })
    }

    fn moved(&self, key: &DvhKey, places: &[Place]) -> Result<Vec<Moved>, CheckError> {
        let Ok((structure, dose)) = self.structure_and_dose(key) else {
            return Ok(vec![Moved::Nothing; places.len()]);
        };
        let policy = self.options.dvh.solid_policy();
        let cloud = match Cloud::new(structure, dose.grid(), policy, POINTS) {
            Ok(cloud) => cloud,
            Err(error) => {
                let lack = settled(Err(error))?;
                return Ok(vec![Moved::Anew(lack); places.len()]);
            }
        };
        let read = |place: Place| {
            let dvh = cloud.dvh(&dose, place.shift_mm, place.reading)?;
            dvh.with_prescription(self.prescription_in(key.1))
                .ok()
                .map(Arc::new)
        };
        let here = read(Place::default());
        places
            .par_iter()
            .map(|place| {
                self.progress.check()?;
                Ok(match (&here, read(*place)) {
                    (Some(here), Some(there)) => Moved::Points([Arc::clone(here), there]),
                    _ if place.reading != Reading::Trilinear => Moved::Anew(Err(said(
                        "one dose for each voxel is not read where the structure leaves the dose grid",
                    ))),
                    _ => Moved::Anew(self.moved_anew(structure, &dose, place.shift_mm, self.prescription_in(key.1))?),
                })
            })
            .collect()
    }

    fn moved_anew(
        &self,
        structure: &Structure,
        dose: &DoseGrid<'static>,
        shift_mm: [f64; 3],
        prescription_gy: Option<f64>,
    ) -> Search<Arc<Dvh>> {
        let settings = &self.options.dvh;
        let made = dvhs_shifted(dose, structure, &[shift_mm], settings, self.progress);
        let only = made.map(|mut all| all.remove(0));
        settled(only.and_then(|one| one.with_prescription(prescription_gy)))
    }
}
