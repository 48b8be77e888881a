//! `DoseGrid`: a grid, values, kind and fractions; derived grids keep their physical parents.

use super::{DoseError, DoseKind, DoseScope, Fractionation, Values};
use crate::error::{fractions, positive};
use crate::geometry::Grid;
use crate::isoeffect::{Real, Transform, transform_into};
use rayon::prelude::*;
use std::sync::Arc;

/// How far two grids may be apart in mm and still count as the same voxels.
pub(super) const SAME_VOXELS_MM: f64 = 1e-3;

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
    pub(super) grid: Arc<Grid>,
    pub(super) parts: Vec<Part<'a>>,
    pub(super) kind: DoseKind,
    pub(super) fractionation: Fractionation,
    pub(super) scope: DoseScope,
    pub(super) frame_of_reference: Option<String>,
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
        if let [only] = &self.parts[..] {
            match &only.values {
                Values::F32(values) => transform_into(&only.transform, values, out),
                Values::F64(values) => transform_into(&only.transform, values, out),
            }
            return Ok(());
        }
        out.par_chunks_mut(CHUNK)
            .enumerate()
            .for_each(|(chunk, out)| {
                let range = chunk * CHUNK..chunk * CHUNK + out.len();
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
pub(super) mod tests {
    use super::*;

    pub(in crate::dose) fn grid() -> Arc<Grid> {
        let axes = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]];
        Arc::new(Grid::new([1, 1, 2], [1.0; 3], [0.0; 3], axes).unwrap())
    }

    pub(in crate::dose) fn dose(values: [f64; 2], n: u32) -> DoseGrid<'static> {
        DoseGrid::physical(values.to_vec(), grid(), Some(n)).unwrap()
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
