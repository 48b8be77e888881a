//! Doses made of doses: BED and EQD2, courses added, moved, scaled, partly forgotten.

use super::grid::{DoseGrid, Part, SAME_VOXELS_MM};
use super::{DoseError, DoseKind, DoseScope, Fractionation, Values};
use crate::error::positive;
use crate::isoeffect::{Effect, Model, Timing, Transform};
use rayon::prelude::*;
use std::sync::Arc;

impl<'a> DoseGrid<'a> {
    /// BED at an alpha/beta in gray: `D (1 + D / (n alpha/beta))` in each point.
    ///
    /// # Errors
    /// A dose that is not physical or not the whole treatment's, no single number of fractions, an
    /// alpha/beta not above zero.
    pub fn bed(&self, alpha_beta_gy: f64) -> Result<Self, DoseError> {
        self.bed_with(Model::Lq { alpha_beta_gy }, Timing::Fractions)
    }

    /// EQD2 at an alpha/beta in gray: `BED / (1 + 2 / (alpha/beta))` in each point.
    ///
    /// # Errors
    /// As [`DoseGrid::bed`].
    pub fn eqd2(&self, alpha_beta_gy: f64) -> Result<Self, DoseError> {
        self.eqd2_with(Model::Lq { alpha_beta_gy }, Timing::Fractions)
    }

    /// BED by a model, for a dose given in a certain way.
    ///
    /// # Errors
    /// As [`DoseGrid::bed`], but the dose of a decaying source must state no number of fractions; and a model that has
    /// no place for the timing.
    pub fn bed_with(&self, model: Model, timing: Timing) -> Result<Self, DoseError> {
        let effect = self.effect("BED", model, timing)?;
        let alpha_beta_gy = model.alpha_beta_gy();
        Ok(self.derived(&effect, effect.bed()?, DoseKind::Bed { alpha_beta_gy }))
    }

    /// EQD2 by a model, for a dose given in a certain way.
    ///
    /// # Errors
    /// As [`DoseGrid::bed_with`].
    pub fn eqd2_with(&self, model: Model, timing: Timing) -> Result<Self, DoseError> {
        let effect = self.effect("EQD2", model, timing)?;
        let alpha_beta_gy = model.alpha_beta_gy();
        let kind = DoseKind::Eqd2 { alpha_beta_gy };
        Ok(self.derived(&effect, effect.eqdx(2.0)?, kind))
    }

    /// The same physical dose times a factor, in double precision: another prescription of the same plan.
    ///
    /// # Errors
    /// A factor that is not above zero; BED or EQD2, which do not scale.
    pub fn scaled(&self, factor: f64) -> Result<DoseGrid<'static>, DoseError> {
        positive("scale of the dose", factor)?;
        if self.kind.alpha_beta_gy().is_some() {
            return Err(DoseError::NotPhysical {
                target: "another scale",
                kind: self.kind,
            });
        }
        let values: Vec<f64> = self
            .values_f64()
            .into_par_iter()
            .map(|dose| dose * factor)
            .collect();
        let scaled = DoseGrid::stored(
            values,
            Arc::clone(&self.grid),
            self.kind,
            self.fractionation,
            self.scope,
        )?;
        Ok(scaled.with_frame_of_reference(self.frame_of_reference.clone()))
    }

    /// The same dose moved rigidly by an offset in mm.
    ///
    /// # Errors
    /// An offset that is not finite.
    pub fn moved(&self, offset_mm: [f64; 3]) -> Result<Self, DoseError> {
        for component in offset_mm {
            crate::error::finite("offset in mm", component)?;
        }
        let mut moved = self.clone();
        moved.grid = Arc::new(self.grid.moved(offset_mm));
        for part in &mut moved.parts {
            part.grid = Arc::new(part.grid.moved(offset_mm));
        }
        Ok(moved)
    }

    fn effect(
        &self,
        target: &'static str,
        model: Model,
        timing: Timing,
    ) -> Result<Effect, DoseError> {
        if self.kind != DoseKind::Physical {
            return Err(DoseError::NotPhysical {
                target,
                kind: self.kind,
            });
        }
        if !self.scope.is_whole_treatment() {
            return Err(DoseError::NotTotal { scope: self.scope });
        }
        if let (Timing::Decay { .. }, Fractionation::Fractions(n)) = (timing, self.fractionation) {
            return Err(DoseError::FractionsStated { n });
        }
        if self.fractionation == Fractionation::Mixed {
            return Err(DoseError::FractionsMixed);
        }
        match timing.delivery(self.fractionation.number()) {
            Some(delivery) => Ok(Effect { model, delivery }),
            None => Err(DoseError::FractionsUnknown),
        }
    }

    fn derived(&self, effect: &Effect, transform: Transform, kind: DoseKind) -> Self {
        let model: Arc<str> = effect.to_string().into();
        let mut derived = self.clone();
        derived.kind = kind;
        for part in &mut derived.parts {
            part.transform = transform;
            part.model = Some(Arc::clone(&model));
        }
        derived
    }

    /// A BED restated as EQD2 at its own alpha/beta, in every part: `BED / (1 + 2 / (alpha/beta))`.
    ///
    /// # Errors
    /// A dose that is not BED.
    pub fn bed_as_eqd2(&self) -> Result<Self, DoseError> {
        let DoseKind::Bed { alpha_beta_gy } = self.kind else {
            return Err(DoseError::NotBed { kind: self.kind });
        };
        let mut restated = self.clone();
        restated.kind = DoseKind::Eqd2 { alpha_beta_gy };
        for part in &mut restated.parts {
            part.transform = part.transform.times(1.0 / (1.0 + 2.0 / alpha_beta_gy))?;
        }
        Ok(restated)
    }

    /// A BED or EQD2 of which tissue remembers a share, the rest being recovered: every part times `share`.
    ///
    /// # Errors
    /// A physical dose, of which nothing is forgotten; a share that is not above zero and at most one.
    pub fn remembered(&self, share: f64) -> Result<Self, DoseError> {
        if self.kind.alpha_beta_gy().is_none() {
            return Err(DoseError::NotBed { kind: self.kind });
        }
        let share = positive("the remembered share", share)?;
        crate::error::fraction("the remembered share", share)?;
        let mut kept = self.clone();
        for part in &mut kept.parts {
            part.transform = part.transform.times(share)?;
            let model = part.model.as_deref().unwrap_or("as stored");
            part.model = Some(format!("{model}, {share} of it remembered").into());
        }
        Ok(kept)
    }

    /// The sum of two doses of one kind on the same voxels.
    ///
    /// Physical doses of the same number of fractions are taken as parts of those same fractions, and their
    /// sum is one physical dose; of different numbers they lose it. BED and EQD2 add at equal alpha/beta, and
    /// keep their physical parents.
    ///
    /// # Errors
    /// Different kinds, grids or frames of reference.
    pub fn add(&self, other: &Self) -> Result<Self, DoseError> {
        if self.kind != other.kind {
            return Err(DoseError::KindMismatch {
                action: "add",
                left: self.kind,
                right: other.kind,
            });
        }
        if !self.grid.same_geometry(&other.grid, SAME_VOXELS_MM) {
            return Err(DoseError::GridMismatch);
        }
        if let (Some(left), Some(right)) = (&self.frame_of_reference, &other.frame_of_reference)
            && left != right
        {
            return Err(DoseError::FrameMismatch);
        }
        let fractionation = match (self.fractionation, other.fractionation) {
            _ if self.kind.alpha_beta_gy().is_some() => Fractionation::Mixed,
            (left, right) if left == right => left,
            (Fractionation::Unstated, _) | (_, Fractionation::Unstated) => Fractionation::Unstated,
            _ => Fractionation::Mixed,
        };
        let scope = if self.scope == other.scope {
            self.scope
        } else {
            DoseScope::Unstated
        };
        let mut sum = self.clone();
        sum.parts.extend(other.parts.iter().cloned());
        sum.fractionation = fractionation;
        sum.scope = scope;
        sum.frame_of_reference = self
            .frame_of_reference
            .clone()
            .or_else(|| other.frame_of_reference.clone());
        if sum.parts.iter().all(|part| part.transform.is_identity()) {
            sum.parts = vec![sum.summed_part()];
        }
        Ok(sum)
    }

    /// All parts added voxel by voxel: what is converted later is the sum, never each part by itself.
    fn summed_part(&self) -> Part<'a> {
        let values = if self.is_double() {
            Values::from(self.values_f64())
        } else {
            let mut values = vec![0.0_f32; self.grid.len()];
            // The length is the grid's own, so this cannot fail.
            let _ = self.write_values(&mut values);
            Values::from(values)
        };
        Part {
            grid: Arc::clone(&self.grid),
            values,
            transform: Transform::IDENTITY,
            model: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::grid::tests::{dose, grid};
    use super::*;

    #[test]
    fn bed_per_voxel_with_its_own_fraction_dose() {
        let bed = dose([60.0, 15.0], 3).bed(10.0).unwrap();
        assert_eq!(
            bed.kind(),
            DoseKind::Bed {
                alpha_beta_gy: 10.0
            }
        );
        assert_eq!(bed.values_f64(), vec![180.0, 22.5]);
    }

    #[test]
    fn bed_is_restated_and_partly_forgotten() {
        let bed = dose([60.0, 15.0], 3).bed(10.0).unwrap();
        let eqd2 = bed.bed_as_eqd2().unwrap();
        assert!((eqd2.values_f64()[0] - 150.0).abs() < 1e-12);
        assert_eq!(
            eqd2.kind(),
            DoseKind::Eqd2 {
                alpha_beta_gy: 10.0
            }
        );
        let half = bed.remembered(0.5).unwrap();
        assert!((half.values_f64()[0] - 90.0).abs() < 1e-12);
        assert_eq!(
            &*half.models()[0],
            "LQ (alpha/beta 10 Gy), 3 fractions, 0.5 of it remembered"
        );
        assert!(bed.remembered(0.0).is_err() && bed.remembered(1.1).is_err());
        assert!(dose([1.0, 1.0], 3).remembered(0.5).is_err());
        assert!(eqd2.bed_as_eqd2().is_err());
    }

    #[test]
    fn the_model_travels_along() {
        let usc = crate::isoeffect::Usc::new(0.33, 1.25, 1.8).unwrap();
        let three = dose([60.0, 15.0], 3);
        let bed = three.bed_with(Model::Usc(usc), Timing::Fractions).unwrap();
        assert!((bed.values_f64()[0] - 132.363_636_363_636_36).abs() < 1e-9);
        assert!((bed.kind().alpha_beta_gy().unwrap() - 8.604_798_551_380_716).abs() < 1e-12);
        assert_eq!(bed.models().len(), 1);
        assert!(bed.models()[0].starts_with("USC (alpha 0.33/Gy"));
        let sum = three.bed(10.0).unwrap();
        let sum = sum.add(&dose([25.0, 0.0], 5).bed(10.0).unwrap()).unwrap();
        let models: Vec<_> = sum.models().iter().map(ToString::to_string).collect();
        assert_eq!(
            models,
            [
                "LQ (alpha/beta 10 Gy), 3 fractions",
                "LQ (alpha/beta 10 Gy), 5 fractions"
            ]
        );
        // A decaying source needs no number of fractions.
        let source = DoseGrid::physical(vec![40.0, 0.0], grid(), None).unwrap();
        let decay = Timing::Decay {
            repair_half_life_h: 2.5,
            effective_half_life_h: 64.2,
            cycles: 1,
        };
        let bed = source.bed_with(Model::Lq { alpha_beta_gy: 2.5 }, decay);
        assert!((bed.unwrap().values_f64()[0] - 63.988).abs() < 1e-3);
        assert!(source.models().is_empty());
    }

    #[test]
    fn fractions_are_not_the_dose_of_a_decaying_source() {
        let (three, five) = (dose([60.0, 15.0], 3), dose([25.0, 0.0], 5));
        let decay = Timing::Decay {
            repair_half_life_h: 2.5,
            effective_half_life_h: 64.2,
            cycles: 1,
        };
        let model = Model::Lq { alpha_beta_gy: 2.5 };
        let error = three.bed_with(model, decay).unwrap_err();
        assert_eq!(error, DoseError::FractionsStated { n: 3 });
        assert!(error.to_string().contains("given in 3 fractions"));
        let mixed = three.add(&five).unwrap();
        let error = mixed.eqd2_with(model, decay).unwrap_err();
        assert_eq!(error, DoseError::FractionsMixed);
    }

    #[test]
    fn a_sum_with_a_dose_of_unknown_fractions_knows_none() {
        let known = dose([60.0, 15.0], 3);
        let unknown = DoseGrid::physical(vec![40.0, 0.0], grid(), None).unwrap();
        for sum in [known.add(&unknown), unknown.add(&known)] {
            let sum = sum.unwrap();
            assert_eq!(sum.fractionation(), Fractionation::Unstated);
            assert_eq!(sum.bed(10.0).unwrap_err(), DoseError::FractionsUnknown);
        }
    }

    #[test]
    fn kinds_do_not_mix() {
        let physical = dose([60.0, 15.0], 3);
        let ten = physical.bed(10.0).unwrap();
        let three = physical.bed(3.0).unwrap();
        assert!(matches!(
            ten.add(&three),
            Err(DoseError::KindMismatch { .. })
        ));
        assert!(matches!(
            ten.add(&physical),
            Err(DoseError::KindMismatch { .. })
        ));
        assert!(matches!(ten.eqd2(10.0), Err(DoseError::NotPhysical { .. })));
    }

    #[test]
    fn courses_add_in_bed_only() {
        let (three, five) = (dose([60.0, 15.0], 3), dose([25.0, 0.0], 5));
        let physical = three.add(&five).unwrap();
        assert_eq!(physical.fractionation().number(), None);
        let error = physical.bed(10.0).unwrap_err();
        assert!(error.to_string().contains("courses must be added in BED"));
        let bed = three
            .bed(10.0)
            .unwrap()
            .add(&five.bed(10.0).unwrap())
            .unwrap();
        assert_eq!(bed.values_f64(), vec![217.5, 22.5]);
    }

    #[test]
    fn parts_of_the_same_fractions_are_one_dose() {
        let (field, boost) = (dose([20.0, 1.0], 5), dose([20.0, 3.0], 5));
        let sum = field.add(&boost).unwrap();
        // 40 Gy in 5 fractions is 72 Gy10, not twice the 28 Gy10 of 20 Gy.
        assert_eq!(sum.bed(10.0).unwrap().values_f64()[0], 72.0);
        assert!(sum.is_stored());
    }
}
