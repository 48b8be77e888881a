//! Absorbed dose by convolution with the voxel kernel.

use super::deposition::Written;
use super::kernel::VoxelKernel;
use super::{AbsorbedDose, DensityMap, LocalDeposition, Y90Error};
use crate::geometry::Values;
use crate::image::ActivityMap;
use crate::isoeffect::Real;
use crate::numeric::{Convolver, Pages};
use bytemuck::Pod;
use rayon::prelude::*;

/// How far the sides of voxels may be from the kernel's, as a share.
const SAME_SIDES: f64 = 1e-4;
/// Share of the energy that may leave the image before a warning says so.
const ESCAPE_WARNED: f64 = 0.01;
/// Voxels in one piece of a sum; the cut is fixed, so the sum does not depend on the threads.
const CHUNK: usize = 1 << 16;

/// A kernel made ready for images of one shape and precision: plans and spectrum, for many images.
#[derive(Debug)]
pub enum PreparedKernel {
    /// Single precision.
    F32(Convolver<f32>),
    /// Double precision.
    F64(Convolver<f64>),
}

impl PreparedKernel {
    /// Prepares a kernel for images of the shape and precision of this one.
    ///
    /// # Errors
    /// Frames that are not evenly spaced, voxels of other sides than the kernel's.
    pub fn new(kernel: &VoxelKernel, activity: &ActivityMap<'_>) -> Result<Self, Y90Error> {
        check_sides(kernel, activity)?;
        let shape = activity.grid().shape();
        Ok(match activity.values() {
            Values::F32(_) => Self::F32(Convolver::new(kernel.fractions(), shape)),
            Values::F64(_) => Self::F64(Convolver::new(kernel.fractions(), shape)),
        })
    }

    /// Whether it fits an image.
    pub fn fits(&self, activity: &ActivityMap<'_>) -> bool {
        let shape = activity.grid().shape();
        match (self, activity.values()) {
            (Self::F32(convolver), Values::F32(_)) => convolver.shape() == shape,
            (Self::F64(convolver), Values::F64(_)) => convolver.shape() == shape,
            _ => false,
        }
    }
}

fn check_sides(kernel: &VoxelKernel, activity: &ActivityMap<'_>) -> Result<(), Y90Error> {
    let grid = activity.grid();
    let (got, expected) = (grid.spacing_mm(), kernel.spacing_mm());
    let same = got
        .iter()
        .zip(&expected)
        .all(|(one, two)| (one / two - 1.0).abs() <= SAME_SIDES);
    if same && grid.is_evenly_spaced() {
        Ok(())
    } else {
        Err(Y90Error::KernelSpacing { got, expected })
    }
}

impl LocalDeposition {
    /// The dose with the range of the beta particles: the energy of each voxel is spread by the kernel,
    /// then divided by the mass where it lands (this model's density, or that of each voxel).
    ///
    /// What the kernel carries over the edge of the image is lost there and reported; nothing comes in
    /// from outside. An image whose blur exceeds the range holds that spread already: local deposition
    /// stays the default (Pasciak 2014).
    ///
    /// # Errors
    /// Voxels that are not the kernel's, a density other than the kernel's, a density map of other
    /// voxels than the image's.
    pub fn absorbed_dose_by_kernel(
        &self,
        activity: &ActivityMap<'_>,
        kernel: &VoxelKernel,
        prepared: &PreparedKernel,
        densities: Option<&DensityMap<'_>>,
    ) -> Result<AbsorbedDose, Y90Error> {
        check_sides(kernel, activity)?;
        if (kernel.density_g_per_ml() / self.density_g_per_ml() - 1.0).abs() > 1e-9 {
            return Err(Y90Error::KernelDensity {
                kernel: kernel.density_g_per_ml(),
                model: self.density_g_per_ml(),
            });
        }
        if let Some(densities) = densities {
            densities.same_voxels(activity)?;
        }
        let factor = self.gy_per_bq_per_ml();
        let reference = self.density_g_per_ml();
        let scale =
            |index: usize| densities.map_or(factor, |map| factor * reference / map.at(index));
        let (values, landed, released) = match (prepared, activity.values()) {
            (PreparedKernel::F32(convolver), Values::F32(given)) => {
                let (spread, landed) = landed(convolver.convolve(given), scale);
                (Values::F32(spread.into()), landed, sum(given))
            }
            (PreparedKernel::F64(convolver), Values::F64(given)) => {
                let (spread, landed) = landed(convolver.convolve(given), scale);
                (Values::F64(spread.into()), landed, sum(given))
            }
            _ => {
                return Err(Y90Error::KernelSpacing {
                    got: activity.grid().spacing_mm(),
                    expected: kernel.spacing_mm(),
                });
            }
        };
        let is_finite = landed.is_finite;
        let escaped = if released > 0.0 {
            1.0 - landed.sum / released
        } else {
            0.0
        };
        let mut made = self.finished(Written { values, is_finite }, activity)?;
        made.provenance = made
            .provenance
            .with_setting_changed("method", "kernel")
            .with_setting("kernel_density_g_per_ml", kernel.density_g_per_ml())
            .with_setting("kernel_deficit_fraction", kernel.deficit_fraction())
            .with_setting("escaped_fraction", escaped);
        if densities.is_some() {
            made.provenance = made
                .provenance
                .with_setting_changed("density_g_per_ml", "of each voxel");
        }
        made.provenance.sources.push("graves2019".to_owned());
        if escaped > ESCAPE_WARNED {
            made.warnings.push(format!(
                "{:.1} % of the energy leaves the image over its edges; activity beyond them is not known",
                100.0 * escaped
            ));
        }
        Ok(made)
    }
}

/// What landed within the image.
struct Landed {
    /// Sum over the voxels, in the unit of the activity.
    sum: f64,
    /// Whether all doses are within the range of their precision.
    is_finite: bool,
}

/// Turns what was spread into dose where it lies; below 0, which is rounding, it is 0.
fn landed<T: Real + Pod>(
    mut spread: Pages<T>,
    scale: impl Fn(usize) -> f64 + Sync,
) -> (Pages<T>, Landed) {
    let parts: Vec<Landed> = spread
        .par_chunks_mut(CHUNK)
        .enumerate()
        .map(|(chunk, values)| {
            let (mut sum, mut largest) = (0.0, T::from_f64(0.0));
            for (index, value) in values.iter_mut().enumerate() {
                let own = value.to_f64();
                sum += own;
                *value = T::from_f64((own * scale(chunk * CHUNK + index)).max(0.0));
                largest = if *value > largest { *value } else { largest };
            }
            let is_finite = largest.to_f64().is_finite();
            Landed { sum, is_finite }
        })
        .collect();
    let landed = Landed {
        sum: parts.iter().map(|part| part.sum).sum(),
        is_finite: parts.iter().all(|part| part.is_finite),
    };
    (spread, landed)
}

fn sum<T: Real>(values: &[T]) -> f64 {
    let parts: Vec<f64> = values
        .par_chunks(CHUNK)
        .map(|chunk| chunk.iter().map(|value| value.to_f64()).sum())
        .collect();
    parts.iter().sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geometry::Grid;
    use std::sync::Arc;

    fn grid(shape: [usize; 3], spacing: [f64; 3]) -> Arc<Grid> {
        let axes = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]];
        Arc::new(Grid::new(shape, spacing, [0.0; 3], axes).unwrap())
    }

    fn run(activity: &ActivityMap<'_>, densities: Option<&DensityMap<'_>>) -> AbsorbedDose {
        let model = LocalDeposition::new(1.05, 1.0).unwrap();
        let kernel = VoxelKernel::for_liver(activity.grid().spacing_mm()).unwrap();
        let prepared = PreparedKernel::new(&kernel, activity).unwrap();
        assert!(prepared.fits(activity));
        model
            .absorbed_dose_by_kernel(activity, &kernel, &prepared, densities)
            .unwrap()
    }

    #[test]
    fn a_uniform_region_is_local_deposition_inside_and_less_at_its_edge() {
        let (shape, spacing) = ([30, 32, 34], [3.0, 3.0, 2.5]);
        let values: Vec<f32> = (0..shape.iter().product::<usize>())
            .map(|v| {
                let (k, j, i) = (v / (32 * 34), v / 34 % 32, v % 34);
                let inside = (6..24).contains(&k) && (6..26).contains(&j) && (6..28).contains(&i);
                if inside { 1e6 } else { 0.0 }
            })
            .collect();
        let activity = ActivityMap::new(values, grid(shape, spacing)).unwrap();
        let local = LocalDeposition::new(1.05, 1.0).unwrap();
        let local = local.absorbed_dose(&activity).unwrap().dose.values_f64();
        let spread = run(&activity, None);
        let values = spread.dose.values_f64();
        let at = |k: usize, j: usize, i: usize| (k * 32 + j) * 34 + i;
        let centre = at(15, 16, 17);
        assert!((values[centre] / local[centre] - 1.0).abs() < 1e-3);
        assert!(values[at(6, 16, 17)] < 0.8 * local[centre]);
        assert!(values[at(5, 16, 17)] > 0.05 * local[centre]);
        let (all, kept): (f64, f64) = (local.iter().sum(), values.iter().sum());
        assert!(
            (kept / all - 1.0).abs() < 1e-5,
            "energy is kept: {}",
            kept / all
        );
        assert!(spread.warnings.is_empty());
    }

    #[test]
    fn what_leaves_the_image_is_said() {
        let activity = ActivityMap::new(vec![1e6_f64; 1000], grid([10; 3], [3.0; 3])).unwrap();
        let spread = run(&activity, None);
        assert!(
            spread.warnings[0].contains("leaves the image"),
            "{:?}",
            spread.warnings
        );
    }

    #[test]
    fn half_the_density_is_twice_the_dose_of_the_same_energy() {
        let activity = ActivityMap::new(vec![1e6_f64; 1000], grid([10; 3], [3.0; 3])).unwrap();
        let map = DensityMap::new(vec![0.525_f64; 1000], Arc::clone(activity.grid())).unwrap();
        let (one, two) = (run(&activity, None), run(&activity, Some(&map)));
        for (one, two) in one.dose.values_f64().iter().zip(two.dose.values_f64()) {
            assert!((two / one - 2.0).abs() < 1e-12);
        }
    }

    #[test]
    fn voxels_and_density_must_be_the_kernels() {
        let activity = ActivityMap::new(vec![1e6_f64; 8], grid([2; 3], [3.0; 3])).unwrap();
        let other = VoxelKernel::for_liver([4.0; 3]).unwrap();
        assert!(
            PreparedKernel::new(&other, &activity)
                .unwrap_err()
                .to_string()
                .contains("4.0")
        );
        let water = VoxelKernel::new([3.0; 3], 1.0).unwrap();
        let prepared = PreparedKernel::new(&water, &activity).unwrap();
        let model = LocalDeposition::new(1.05, 1.0).unwrap();
        let error = model.absorbed_dose_by_kernel(&activity, &water, &prepared, None);
        assert!(error.unwrap_err().to_string().contains("density"));
    }
}
