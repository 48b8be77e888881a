//! Volume that counts more or less: a weight in every point, such as liver function or density.

use super::field::Field;
use super::lattice::Lattice;
use super::plan::DvhPlan;
use super::sample::{Sample, Spread};
use super::{COVERED_ROUNDING, DvhError};
use crate::dose::{DoseGrid, DoseKind, DoseScope, Fractionation, Values};
use crate::geometry::Grid;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};

/// Weights on a grid of their own, interpolated linearly.
pub struct Weights<'a> {
    image: DoseGrid<'a>,
    most: f64,
}

impl<'a> Weights<'a> {
    /// Weights, at least 0 and finite, in C order `(slice, row, column)`, in any unit: of function, g/mL.
    ///
    /// # Errors
    /// Another number of values than voxels, values that are negative or not finite, weights that are all 0.
    pub fn new(
        values: impl Into<Values<'a>>,
        grid: impl Into<Arc<Grid>>,
    ) -> Result<Self, DvhError> {
        // A dose is stored under the same conditions.
        let image = DoseGrid::stored(
            values,
            grid,
            DoseKind::Physical,
            Fractionation::Unstated,
            DoseScope::Total,
        )
        .map_err(|error| DvhError::Weights {
            reason: error.to_string().replace("dose", "weight"),
        })?;
        let most = image.values_f64().into_iter().fold(0.0, f64::max);
        if most <= 0.0 {
            return Err(DvhError::Weights {
                reason: "all weights are 0; give at least one above 0".to_owned(),
            });
        }
        Ok(Self { image, most })
    }

    /// Makes them ready for a lattice.
    pub(super) fn weighing(&'a self, lattice: &Lattice) -> Option<Weighing<'a>> {
        Some(Weighing {
            field: Field::turned(&self.image, lattice)?,
            most: self.most,
            plain: AtomicI64::new(0),
            beyond: AtomicBool::new(false),
        })
    }
}

/// Weights on a lattice, and what they were asked for.
pub(super) struct Weighing<'a> {
    field: Field<'a>,
    most: f64,
    /// Volume that was weighed, before weighing, in units.
    plain: AtomicI64,
    /// Whether some of it lay beyond the weights.
    beyond: AtomicBool,
}

impl Weighing<'_> {
    /// Share of the highest weight that a shape around a point has, and its dose weighed: where both change along
    /// the shape, the mean dose moves to the heavier side by their covariance.
    pub(super) fn weigh(
        &self,
        point: [f64; 3],
        spread: &Spread,
        units: i64,
        sample: &mut Sample,
    ) -> f64 {
        self.plain.fetch_add(units, Ordering::Relaxed);
        let Some(weight) = self.field.at_turned(point) else {
            self.beyond.store(true, Ordering::Relaxed);
            return 0.0;
        };
        if weight.value > 0.0 {
            sample.value += spread.covariance(sample, &weight) / weight.value;
        }
        weight.value / self.most
    }

    /// The weighed volume: cc times weight.
    ///
    /// The structure must lie within dose and weights: what is not seen cannot be weighed.
    pub(super) fn weighted_cc(
        &self,
        plan: &DvhPlan<'_>,
        name: &str,
        weighed: i64,
    ) -> Result<f64, DvhError> {
        let cc = |units: i64| plan.units.mm3(units) / 1000.0;
        let (seen_cc, whole_cc) = (
            cc(self.plain.load(Ordering::Relaxed)),
            plan.slices.extent().volume / 1000.0,
        );
        if self.beyond.load(Ordering::Relaxed) {
            return Err(DvhError::Weights {
                reason: format!("they end within '{name}'; give weights that cover it"),
            });
        }
        if (seen_cc - whole_cc).abs() > COVERED_ROUNDING * whole_cc {
            return Err(DvhError::Weights {
                reason: format!(
                    "the dose covers {seen_cc:.2} of the {whole_cc:.2} cc of '{name}'; a weighted DVH needs all of it"
                ),
            });
        }
        Ok(cc(weighed) * self.most)
    }
}
