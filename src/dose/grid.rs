//! `DoseGrid`: a grid, values, kind and fractions; derived grids keep their physical parents.

use super::{DoseError, DoseKind, DoseScope, Fractionation, Values};
use crate::error::{fractions, positive};
use crate::geometry::Grid;
use crate::isoeffect::{Effect, Model, Real, Timing, Transform};
use rayon::prelude::*;
use std::sync::Arc;

/// How far two grids may be apart in mm and still count as the same voxels.
const SAME_VOXELS_MM: f64 = 1e-3;

/// One dose that goes into a [`DoseGrid`]: physical values on a grid and what is done to them in each point.
#[derive(Debug, Clone)]
pub struct Part<'a> {
    /// Where the values lie.
    pub grid: Arc<Grid>,
    /// The values, for a physical part in gray of total dose.
    pub values: Values<'a>,
    /// From the value in a point to the kind of the whole.
    pub transform: Transform,
    /// What that transform is, in words: the model with its parameters and the delivery. `None` for a dose as it is.
    pub model: Option<Arc<str>>,
}

/// A dose on a grid.
///
/// A derived dose (BED, EQD2, a sum of them) is the sum over its `parts` of the transformed value, so
/// that it can be sampled as it should: interpolate the physical dose, transform, add. Values at the
/// voxels are made when somebody asks for them.
#[derive(Debug, Clone)]
pub struct DoseGrid<'a> {
    grid: Arc<Grid>,
    parts: Vec<Part<'a>>,
    kind: DoseKind,
    fractionation: Fractionation,
    scope: DoseScope,
    frame_of_reference: Option<String>,
}

impl<'a> DoseGrid<'a> {
    /// A physical dose for the whole treatment, in gray, given in `n` fractions if that is known.
    ///
    /// # Errors
    /// A shape that does not fit, values that are NaN, infinite or negative, zero fractions.
    pub fn physical(
        values: impl Into<Values<'a>>,
        grid: impl Into<Arc<Grid>>,
        n: Option<u32>,
    ) -> Result<Self, DoseError> {
        Self::stored(values, grid, DoseKind::Physical, n.into(), DoseScope::Total)
    }

    /// A dose of any kind whose voxel values are stored as they are.
    ///
    /// # Errors
    /// As [`DoseGrid::physical`], and an alpha/beta that is not above zero.
    pub fn stored(
        values: impl Into<Values<'a>>,
        grid: impl Into<Arc<Grid>>,
        kind: DoseKind,
        fractionation: Fractionation,
        scope: DoseScope,
    ) -> Result<Self, DoseError> {
        let (values, grid) = (values.into(), grid.into());
        check_values(&values, &grid)?;
        let outline = Self::outline(grid, kind, fractionation, scope)?;
        Ok(outline.with_checked_values(values))
    }

    /// All of a dose but its values, which [`with_checked_values`](Self::with_checked_values) brings; until then
    /// it has no parts.
    ///
    /// # Errors
    /// Zero fractions, an alpha/beta that is not above zero.
    pub fn outline(
        grid: impl Into<Arc<Grid>>,
        kind: DoseKind,
        fractionation: Fractionation,
        scope: DoseScope,
    ) -> Result<Self, DoseError> {
        if let Some(n) = fractionation.number() {
            fractions(n)?;
        }
        if let Some(alpha_beta) = kind.alpha_beta_gy() {
            positive("alpha/beta in Gy", alpha_beta)?;
        }
        Ok(Self {
            grid: grid.into(),
            parts: Vec::new(),
            kind,
            fractionation,
            scope,
            frame_of_reference: None,
        })
    }

    /// The dose with these voxel values in place of whatever it had, stored as they are. The caller knows that
    /// each voxel has one and that all are finite and not negative.
    #[must_use]
    pub fn with_checked_values(mut self, values: impl Into<Values<'a>>) -> Self {
        self.parts = vec![Part {
            grid: Arc::clone(&self.grid),
            values: values.into(),
            transform: Transform::IDENTITY,
            model: None,
        }];
        self
    }

    /// Puts a dose together again from parts that were checked when they were first made: the way of a
    /// caller that keeps the arrays itself and lends them for a call.
    pub fn from_checked_parts(
        grid: Arc<Grid>,
        parts: Vec<Part<'a>>,
        kind: DoseKind,
        fractionation: Fractionation,
        scope: DoseScope,
        frame_of_reference: Option<String>,
    ) -> Self {
        Self {
            grid,
            parts,
            kind,
            fractionation,
            scope,
            frame_of_reference,
        }
    }

    /// Names the frame of reference (a DICOM UID) that the coordinates belong to.
    #[must_use]
    pub fn with_frame_of_reference(mut self, uid: Option<String>) -> Self {
        self.frame_of_reference = uid;
        self
    }

    /// Says how much of the treatment the grid holds.
    #[must_use]
    pub fn with_scope(mut self, scope: DoseScope) -> Self {
        self.scope = scope;
        self
    }

    /// Says in how many fractions a physical dose was given.
    ///
    /// # Errors
    /// Zero fractions, a dose that is not physical, a sum of courses of different numbers.
    pub fn with_fractions(mut self, n: Option<u32>) -> Result<Self, DoseError> {
        if self.kind.alpha_beta_gy().is_some() {
            return Err(DoseError::NotPhysical {
                target: "another number of fractions",
                kind: self.kind,
            });
        }
        if self.fractionation == Fractionation::Mixed {
            return Err(DoseError::FractionsMixed);
        }
        self.fractionation = n.map(fractions).transpose()?.into();
        Ok(self)
    }

    /// The grid of the voxel values.
    pub fn grid(&self) -> &Arc<Grid> {
        &self.grid
    }

    /// The physical doses that this dose comes from.
    pub fn parts(&self) -> &[Part<'a>] {
        &self.parts
    }

    /// What the dose is.
    pub fn kind(&self) -> DoseKind {
        self.kind
    }

    /// How much of the treatment it holds.
    pub fn scope(&self) -> DoseScope {
        self.scope
    }

    /// In how many fractions it was given.
    pub fn fractionation(&self) -> Fractionation {
        self.fractionation
    }

    /// Frame of reference, where known.
    pub fn frame_of_reference(&self) -> Option<&str> {
        self.frame_of_reference.as_deref()
    }

    /// What the derived parts of the dose were made with, in words and without repeats: model, parameters, delivery.
    pub fn models(&self) -> Vec<Arc<str>> {
        let mut models: Vec<Arc<str>> = Vec::new();
        for model in self.parts.iter().filter_map(|part| part.model.as_ref()) {
            if !models.contains(model) {
                models.push(Arc::clone(model));
            }
        }
        models
    }

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
    /// As [`DoseGrid::bed`] (a decaying source needs no number of fractions), and a model that has no place for the
    /// timing.
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
        match timing.delivery(self.fractionation.number()) {
            Some(delivery) => Ok(Effect { model, delivery }),
            None if self.fractionation == Fractionation::Mixed => Err(DoseError::FractionsMixed),
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

    /// Whether the voxel values are stored as they are, in one part and without a model.
    pub fn is_stored(&self) -> bool {
        matches!(&self.parts[..], [only] if only.transform.is_identity())
    }

    /// Whether any part is in double precision, so that the voxel values should be.
    pub fn is_double(&self) -> bool {
        self.parts
            .iter()
            .any(|part| matches!(part.values, Values::F64(_)))
    }

    /// Writes the voxel values into `out`, in parallel, each computed in double precision and rounded once.
    ///
    /// # Errors
    /// When `out` has another length than the grid.
    pub fn write_values<T: Real>(&self, out: &mut [T]) -> Result<(), DoseError> {
        const CHUNK: usize = 1 << 17;
        if out.len() != self.grid.len() {
            return Err(DoseError::Shape {
                got: out.len(),
                expected: self.grid.len(),
                shape: self.grid.shape(),
            });
        }
        out.par_chunks_mut(CHUNK)
            .enumerate()
            .for_each(|(chunk, out)| {
                let range = chunk * CHUNK..chunk * CHUNK + out.len();
                if let [only] = &self.parts[..] {
                    write_part(only, range, out);
                    return;
                }
                let mut sum = vec![0.0; out.len()];
                for part in &self.parts {
                    add_part(part, range.clone(), &mut sum);
                }
                for (out, sum) in out.iter_mut().zip(sum) {
                    *out = T::from_f64(sum);
                }
            });
        Ok(())
    }

    /// The voxel values in double precision.
    pub fn values_f64(&self) -> Vec<f64> {
        let mut values = vec![0.0; self.grid.len()];
        // The length is the grid's own, so this cannot fail.
        let _ = self.write_values(&mut values);
        values
    }
}

fn write_part<T: Real>(part: &Part<'_>, range: std::ops::Range<usize>, out: &mut [T]) {
    fn run<S: Real, T: Real>(transform: &Transform, dose: &[S], out: &mut [T]) {
        for (out, dose) in out.iter_mut().zip(dose) {
            *out = T::from_f64(transform.value(dose.to_f64()));
        }
    }
    match &part.values {
        Values::F32(values) => run(&part.transform, &values[range], out),
        Values::F64(values) => run(&part.transform, &values[range], out),
    }
}

fn add_part(part: &Part<'_>, range: std::ops::Range<usize>, sum: &mut [f64]) {
    fn run<S: Real>(transform: &Transform, dose: &[S], sum: &mut [f64]) {
        for (sum, dose) in sum.iter_mut().zip(dose) {
            *sum += transform.value(dose.to_f64());
        }
    }
    match &part.values {
        Values::F32(values) => run(&part.transform, &values[range], sum),
        Values::F64(values) => run(&part.transform, &values[range], sum),
    }
}

fn check_values(values: &Values<'_>, grid: &Grid) -> Result<(), DoseError> {
    fn bad<T: Real>(values: &[T]) -> Option<(usize, usize, &'static str)> {
        let is_bad = |value: &T| {
            let value = value.to_f64();
            !(0.0..f64::INFINITY).contains(&value)
        };
        let count = values.par_iter().filter(|value| is_bad(value)).count();
        let first = if count == 0 {
            None
        } else {
            values.iter().position(is_bad)
        }?;
        let value = values[first].to_f64();
        let what = if value.is_nan() {
            "NaN"
        } else if value.is_infinite() {
            "infinite"
        } else {
            "negative"
        };
        Some((count, first, what))
    }
    let shape = grid.shape();
    if values.len() != grid.len() {
        return Err(DoseError::Shape {
            got: values.len(),
            expected: grid.len(),
            shape,
        });
    }
    let found = match values {
        Values::F32(values) => bad(values),
        Values::F64(values) => bad(values),
    };
    found.map_or(Ok(()), |(count, first, what)| {
        Err(DoseError::Values {
            count,
            total: values.len(),
            what,
            k: first / (shape[1] * shape[2]),
            j: first / shape[2] % shape[1],
            i: first % shape[2],
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grid() -> Arc<Grid> {
        let axes = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]];
        Arc::new(Grid::new([1, 1, 2], [1.0; 3], [0.0; 3], axes).unwrap())
    }

    fn dose(values: [f64; 2], n: u32) -> DoseGrid<'static> {
        DoseGrid::physical(values.to_vec(), grid(), Some(n)).unwrap()
    }

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

    #[test]
    fn fractions_are_not_put_on_what_has_none() {
        let (three, five) = (dose([60.0, 15.0], 3), dose([25.0, 0.0], 5));
        let mixed = three.add(&five).unwrap();
        assert_eq!(
            mixed.with_fractions(Some(8)).unwrap_err(),
            DoseError::FractionsMixed
        );
        let bed = three.bed(10.0).unwrap();
        assert!(matches!(
            bed.clone().with_fractions(Some(8)),
            Err(DoseError::NotPhysical { .. })
        ));
        assert_eq!(
            bed.add(&five.bed(10.0).unwrap())
                .unwrap()
                .fractionation()
                .number(),
            None
        );
    }

    #[test]
    fn bad_values_are_named() {
        let error = DoseGrid::physical(vec![1.0, f64::NAN], grid(), None).unwrap_err();
        assert!(
            error
                .to_string()
                .contains("1 of 2 dose values are NaN (first at slice 0, row 0, column 1)")
        );
        assert!(DoseGrid::physical(vec![1.0_f32, -0.5], grid(), None).is_err());
        assert!(DoseGrid::physical(vec![1.0], grid(), None).is_err());
        assert!(DoseGrid::physical(vec![1.0, 2.0], grid(), Some(0)).is_err());
    }
}
