//! Absorbed dose by local deposition: every decay leaves its energy where it happens.
#![allow(
    clippy::inline_always,
    reason = "vector instructions reach only what is inlined"
)]

use super::constants::{DOSE_CONSTANT, HALF_LIFE_H, described};
use super::{DensityMap, Y90Error};
use crate::citation::Cited;
use crate::dose::{DoseGrid, DoseKind, DoseScope, Fractionation};
use crate::error::{NonPhysicalError, finite, positive};
use crate::geometry::Values;
use crate::image::{ActivityMap, ImageError};
use crate::isoeffect::Real;
use crate::numeric::Pages;
use crate::provenance::Provenance;
use pulp::{Arch, Simd, WithSimd};
use rayon::prelude::*;
use std::sync::Arc;

/// Voxels in one piece of work.
const CHUNK: usize = 1 << 16;
/// Voxels that are converted side by side.
const LANES: usize = 16;

/// The local deposition model with all its constants:
/// `D = k C 2^(t / T) / rho`.
///
/// `C` is the activity concentration in the image, `t` the hours from administration to the image's
/// reference time, `T` the half-life in hours, `k` the dose constant in Gy kg/GBq, `rho` the density
/// in g/mL. The spheres stay where they are and decay completely. A kernel convolution showed no
/// detectable benefit over this model for clinical yttrium-90 PET (Pasciak 2014).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LocalDeposition {
    density_g_per_ml: f64,
    decay_correction_h: f64,
    dose_constant: Cited<f64>,
    half_life_h: Cited<f64>,
}

impl LocalDeposition {
    /// The model with the default constants.
    ///
    /// `decay_correction_h` has no default: it is the time in hours from the administration to the
    /// moment at which the image's activity is stated (0 for an image that was corrected to the
    /// administration).
    ///
    /// # Errors
    /// A density that is not above zero, a time that is not finite.
    pub fn new(density_g_per_ml: f64, decay_correction_h: f64) -> Result<Self, NonPhysicalError> {
        Ok(Self {
            density_g_per_ml: positive("density in g/mL", density_g_per_ml)?,
            decay_correction_h: finite("decay correction in h", decay_correction_h)?,
            dose_constant: DOSE_CONSTANT,
            half_life_h: HALF_LIFE_H,
        })
    }

    /// Takes another dose constant in Gy kg/GBq.
    ///
    /// # Errors
    /// A constant that is not above zero.
    pub fn with_dose_constant(mut self, constant: Cited<f64>) -> Result<Self, NonPhysicalError> {
        positive("dose constant in Gy kg/GBq", constant.value)?;
        self.dose_constant = constant;
        Ok(self)
    }

    /// Takes another half-life in hours.
    ///
    /// # Errors
    /// A half-life that is not above zero.
    pub fn with_half_life(mut self, half_life_h: Cited<f64>) -> Result<Self, NonPhysicalError> {
        positive("half-life in h", half_life_h.value)?;
        self.half_life_h = half_life_h;
        Ok(self)
    }

    /// Activity at administration over activity in the image, `2^(t / T)`.
    pub fn decay_factor(&self) -> f64 {
        libm::exp2(self.decay_correction_h / self.half_life_h.value)
    }

    /// Gray for each Bq/mL in the image: `k 10^-6 2^(t / T) / rho`.
    pub fn gy_per_bq_per_ml(&self) -> f64 {
        // Bq/mL over g/mL is 1e-9 GBq over 1e-3 kg.
        self.dose_constant.value * 1e-6 * self.decay_factor() / self.density_g_per_ml
    }

    /// Density in g/mL.
    pub fn density_g_per_ml(&self) -> f64 {
        self.density_g_per_ml
    }

    /// The dose in every voxel, in parallel, in the precision of the image.
    ///
    /// A dose is never negative: voxels of negative activity hold 0 Gy, and a warning says how many
    /// they are. [`super::lesion_doses`] averages the activity as it is.
    ///
    /// # Errors
    /// Doses beyond the range of single precision.
    pub fn absorbed_dose(&self, activity: &ActivityMap<'_>) -> Result<AbsorbedDose, Y90Error> {
        self.made(activity, None)
    }

    /// The dose where each voxel has a density of its own; the model's own density is not used.
    ///
    /// # Errors
    /// A density map of other voxels than the image's, doses beyond the range of single precision.
    pub fn absorbed_dose_in(
        &self,
        activity: &ActivityMap<'_>,
        densities: &DensityMap<'_>,
    ) -> Result<AbsorbedDose, Y90Error> {
        self.made(activity, Some(densities))
    }

    fn made(
        &self,
        activity: &ActivityMap<'_>,
        densities: Option<&DensityMap<'_>>,
    ) -> Result<AbsorbedDose, Y90Error> {
        let mut made = self.outline(activity, densities)?;
        let values = match activity.values() {
            Values::F32(values) => {
                let mut out = Pages::<f32>::zeroed(values.len());
                self.write_dose(activity, densities, &mut out)?;
                Values::F32(out.into())
            }
            Values::F64(values) => {
                let mut out = Pages::<f64>::zeroed(values.len());
                self.write_dose(activity, densities, &mut out)?;
                Values::F64(out.into())
            }
        };
        made.dose = made.dose.with_checked_values(values);
        Ok(made)
    }

    /// All of a dose but its values, which [`write_dose`](Self::write_dose) writes.
    ///
    /// # Errors
    /// A density map of other voxels than the image's.
    pub fn outline(
        &self,
        activity: &ActivityMap<'_>,
        densities: Option<&DensityMap<'_>>,
    ) -> Result<AbsorbedDose, Y90Error> {
        let dose = DoseGrid::outline(
            Arc::clone(activity.grid()),
            DoseKind::Physical,
            Fractionation::Unstated,
            DoseScope::Total,
        )?;
        let mut provenance = self.provenance();
        if let Some(densities) = densities {
            densities.same_voxels(activity)?;
            provenance = provenance.with_setting_changed("density_g_per_ml", "of each voxel");
        }
        Ok(AbsorbedDose {
            dose: dose.with_frame_of_reference(activity.frame_of_reference().map(str::to_owned)),
            provenance,
            warnings: self.warnings(activity),
        })
    }

    /// Writes the dose of every voxel into memory of the caller's own, in one parallel pass.
    ///
    /// # Errors
    /// Memory of another size than the image, a density map of other voxels than the image's, doses beyond the range
    /// of the memory's precision.
    pub fn write_dose<T: Real>(
        &self,
        activity: &ActivityMap<'_>,
        densities: Option<&DensityMap<'_>>,
        out: &mut [T],
    ) -> Result<(), Y90Error> {
        let grid = activity.grid();
        if out.len() != grid.len() {
            return Err(ImageError::Shape {
                what: "memory of the dose",
                got: out.len(),
                expected: grid.len(),
                shape: grid.shape(),
            }
            .into());
        }
        let factor = self.gy_per_bq_per_ml();
        let is_finite = match densities {
            None => match activity.values() {
                Values::F32(values) => scale(values, out, factor),
                Values::F64(values) => scale(values, out, factor),
            },
            Some(densities) => {
                densities.same_voxels(activity)?;
                let factor = factor * self.density_g_per_ml;
                let one = |index: usize, value: f64| value * factor / densities.at(index);
                write(activity.values(), out, one)
            }
        };
        if !is_finite {
            // Looks again, and says where.
            let values: Vec<f64> = out.iter().map(|value| value.to_f64()).collect();
            DoseGrid::physical(values, Arc::clone(grid), None)?;
        }
        Ok(())
    }

    /// A dose grid on the voxels of the image, with the record of this model.
    pub(super) fn finished(
        &self,
        written: Written,
        activity: &ActivityMap<'_>,
    ) -> Result<AbsorbedDose, Y90Error> {
        let mut made = self.outline(activity, None)?;
        if !written.is_finite {
            // Looks again, and says where.
            DoseGrid::physical(written.values.clone(), Arc::clone(activity.grid()), None)?;
        }
        made.dose = made.dose.with_checked_values(written.values);
        Ok(made)
    }

    /// The model and its constants, for the record of a result.
    pub fn provenance(&self) -> Provenance {
        let mut provenance = Provenance::new()
            .with_setting("method", "local_deposition")
            .with_setting("dose_constant", described(&self.dose_constant))
            .with_setting("half_life", described(&self.half_life_h))
            .with_setting("density_g_per_ml", self.density_g_per_ml)
            .with_setting("decay_correction_h", self.decay_correction_h)
            .with_setting("decay_factor", self.decay_factor());
        for source in [self.dose_constant.source, self.half_life_h.source] {
            provenance.sources.push(source.to_owned());
        }
        provenance
    }

    /// What a person should know before the numbers are used.
    pub fn warnings(&self, activity: &ActivityMap<'_>) -> Vec<String> {
        let mut warnings = Vec::new();
        if self.decay_correction_h == 0.0 {
            warnings.push(
                "no decay correction: the activity is taken as that at administration; if the image states it at acquisition, give the hours between"
                    .to_owned(),
            );
        }
        if let Some(negative) = activity.negative() {
            warnings.push(format!(
                "{} voxels have negative activity ({:.2} % of the positive sum); the dose grid holds 0 Gy there, so that a mean of this grid is too high; a lesion table made from the activity counts them as they are",
                negative.voxels, negative.share_percent
            ));
        }
        warnings
    }
}

/// Doses of voxels, none negative.
pub(super) struct Written {
    pub(super) values: Values<'static>,
    /// Whether all of them are within the range of their precision.
    pub(super) is_finite: bool,
}

/// Writes the dose of every voxel, below 0 as 0; whether all are within the range of the precision.
fn write<T: Real>(
    values: &Values<'_>,
    out: &mut [T],
    dose: impl Fn(usize, f64) -> f64 + Sync,
) -> bool {
    fn from<S: Real, T: Real>(
        given: &[S],
        out: &mut [T],
        dose: impl Fn(usize, f64) -> f64 + Sync,
    ) -> bool {
        out.par_chunks_mut(CHUNK)
            .zip(given.par_chunks(CHUNK))
            .enumerate()
            .map(|(chunk, (out, given))| {
                let mut largest = T::from_f64(0.0);
                for (index, (out, value)) in out.iter_mut().zip(given).enumerate() {
                    *out = T::from_f64(dose(chunk * CHUNK + index, value.to_f64()).max(0.0));
                    largest = if *out > largest { *out } else { largest };
                }
                largest.to_f64().is_finite()
            })
            .reduce(|| true, |one, other| one && other)
    }
    match values {
        Values::F32(values) => from(values, out, dose),
        Values::F64(values) => from(values, out, dose),
    }
}

/// Writes activities times a factor, below 0 as 0; whether all are within the range of the precision.
fn scale<S: Real, T: Real>(given: &[S], out: &mut [T], factor: f64) -> bool {
    let arch = Arch::new();
    out.par_chunks_mut(CHUNK)
        .zip(given.par_chunks(CHUNK))
        .map(|(out, given)| arch.dispatch(Scaling { given, out, factor }))
        .reduce(|| true, |one, other| one & other)
}

/// One piece of it, compiled for each set of vector instructions.
struct Scaling<'a, S, T> {
    given: &'a [S],
    out: &'a mut [T],
    factor: f64,
}

impl<S: Real, T: Real> WithSimd for Scaling<'_, S, T> {
    type Output = bool;

    #[inline(always)]
    fn with_simd<A: Simd>(self, _: A) -> bool {
        let factor = self.factor;
        let dose = |value: S| {
            let dose = value.to_f64() * factor;
            if dose > 0.0 { dose } else { 0.0 }
        };
        let mut largest = [0.0; LANES];
        let (given, last) = self.given.as_chunks::<LANES>();
        let (out, last_out) = self.out.as_chunks_mut::<LANES>();
        for (out, given) in out.iter_mut().zip(given) {
            for lane in 0..LANES {
                let dose = dose(given[lane]);
                out[lane] = T::from_f64(dose);
                largest[lane] = if dose > largest[lane] {
                    dose
                } else {
                    largest[lane]
                };
            }
        }
        for (lane, (out, given)) in last_out.iter_mut().zip(last).enumerate() {
            let dose = dose(*given);
            *out = T::from_f64(dose);
            largest[lane] = if dose > largest[lane] {
                dose
            } else {
                largest[lane]
            };
        }
        largest
            .iter()
            .all(|dose| T::from_f64(*dose).to_f64().is_finite())
    }
}

/// A dose grid and what made it.
#[derive(Debug, Clone)]
pub struct AbsorbedDose {
    /// The physical dose; its number of fractions is not stated, for there are none.
    pub dose: DoseGrid<'static>,
    /// Method and constants.
    pub provenance: Provenance,
    /// Doubts that a person should know of.
    pub warnings: Vec<String>,
}

#[cfg(test)]
mod tests {
    use super::super::constants::{DOSE_CONSTANT_GULEC, HALF_LIFE_CREMONESI_H};
    use super::*;
    use crate::geometry::Grid;

    fn activity(values: Vec<f64>) -> ActivityMap<'static> {
        let axes = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]];
        let grid = Grid::new([1, 1, values.len()], [1.0; 3], [0.0; 3], axes).unwrap();
        ActivityMap::new(values, grid).unwrap()
    }

    #[test]
    fn one_megabecquerel_a_millilitre() {
        // y90.md section 2, local deposition: k / rho = 48.22, 47.30 and 46.86 Gy per MBq/mL at
        // densities 1.03, 1.05 and 1.06 with k = 49.67.
        for (density, expected) in [(1.03, 48.22), (1.05, 47.30), (1.06, 46.86)] {
            let model = LocalDeposition::new(density, 0.0)
                .unwrap()
                .with_dose_constant(DOSE_CONSTANT_GULEC)
                .unwrap();
            let dose = model.absorbed_dose(&activity(vec![1e6])).unwrap().dose;
            assert!((dose.values_f64()[0] - expected).abs() < 0.005);
        }
    }

    #[test]
    fn twenty_hours_of_decay() {
        // y90.md section 2: 1.2414 at 64.1 h, 1.2410 at 64.2 h.
        let model = LocalDeposition::new(1.05, 20.0).unwrap();
        assert!((model.decay_factor() - 1.2414).abs() < 5e-5);
        let model = model.with_half_life(HALF_LIFE_CREMONESI_H).unwrap();
        assert!((model.decay_factor() - 1.2410).abs() < 5e-5);
    }

    #[test]
    fn negative_activity_is_no_dose_and_is_said() {
        let model = LocalDeposition::new(1.05, 1.0).unwrap();
        let result = model.absorbed_dose(&activity(vec![1e6, -1e3])).unwrap();
        assert_eq!(result.dose.values_f64()[1], 0.0);
        assert_eq!(result.warnings.len(), 1);
        assert!(result.warnings[0].starts_with("1 voxels have negative activity (0.10 %"));
        assert_eq!(result.dose.fractionation(), Fractionation::Unstated);
        assert_eq!(result.dose.kind(), DoseKind::Physical);
    }

    #[test]
    fn constants_travel_with_the_result() {
        let model = LocalDeposition::new(1.05, 0.0).unwrap();
        let result = model.absorbed_dose(&activity(vec![1e6])).unwrap();
        let text = format!("{:?}", result.provenance.settings);
        for part in ["49.8 Gy kg/GBq", "64.1 h", "1.05", "decay_correction_h"] {
            assert!(text.contains(part), "{part} in {text}");
        }
        assert!(result.warnings[0].starts_with("no decay correction"));
    }

    #[test]
    fn refuses_what_is_not_physical() {
        assert!(LocalDeposition::new(0.0, 0.0).is_err());
        assert!(LocalDeposition::new(1.05, f64::NAN).is_err());
        let model = LocalDeposition::new(1.05, 0.0).unwrap();
        let none = super::super::constants::stated(0.0, "h");
        assert!(model.with_half_life(none).is_err());
        assert!(model.with_dose_constant(none).is_err());
    }

    #[test]
    fn doses_beyond_single_precision_are_refused() {
        let axes = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]];
        let grid = Grid::new([1, 1, 2], [1.0; 3], [0.0; 3], axes).unwrap();
        let activity = ActivityMap::new(vec![1e38_f32, 1.0], grid).unwrap();
        let model = LocalDeposition::new(1e-9, 0.0).unwrap();
        let error = model.absorbed_dose(&activity).unwrap_err().to_string();
        assert!(error.contains("infinite"), "{error}");
    }
}
