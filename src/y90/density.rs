//! Density of tissue: a number for all, one for each structure, or from CT by a stated curve.

use super::Y90Error;
use crate::citation::Evidence;
use crate::error::{NonPhysicalError, finite, positive};
use crate::geometry::{Grid, Values};
use crate::image::{ActivityMap, ImageError};
use crate::structure::{SolidPolicy, Structure};
use rayon::prelude::*;
use std::sync::Arc;

/// How far in mm the voxels of a density map may be from those of the image.
const SAME_VOXELS_MM: f64 = 1e-3;

/// Least density in g/mL that a curve gives unless another floor is stated: energy left in air would
/// become a dose beyond all bounds.
pub const DENSITY_FLOOR_G_PER_ML: f64 = 0.1;

/// Density in g/mL of every voxel of a grid.
#[derive(Debug, Clone)]
pub struct DensityMap<'a> {
    grid: Arc<Grid>,
    values: Values<'a>,
}

impl<'a> DensityMap<'a> {
    /// Checks and keeps densities in C order `(slice, row, column)`.
    ///
    /// # Errors
    /// A shape that does not fit, densities that are not above zero.
    pub fn new(
        g_per_ml: impl Into<Values<'a>>,
        grid: impl Into<Arc<Grid>>,
    ) -> Result<Self, Y90Error> {
        let (values, grid) = (g_per_ml.into(), grid.into());
        if values.len() != grid.len() {
            return Err(ImageError::Shape {
                what: "density map",
                got: values.len(),
                expected: grid.len(),
                shape: grid.shape(),
            }
            .into());
        }
        let wrong = (0..values.len())
            .into_par_iter()
            .find_first(|index| !(values.get(*index).is_finite() && values.get(*index) > 0.0));
        if let Some(index) = wrong {
            positive("density in g/mL", values.get(index))?;
        }
        Ok(Self { grid, values })
    }

    /// A density for each structure and one for all else: a voxel that structures share has the mean of their
    /// densities, weighted by the share of its volume that each covers; where shares add up to more than the voxel
    /// (structures that overlap) they are scaled to it.
    ///
    /// # Errors
    /// Densities that are not above zero, a combination of structures that cannot be made.
    pub fn of_structures(
        grid: &Arc<Grid>,
        elsewhere_g_per_ml: f64,
        structures: &[(&Structure, f64)],
    ) -> Result<DensityMap<'static>, Y90Error> {
        let elsewhere = positive("density in g/mL", elsewhere_g_per_ml)?;
        let mut covered = vec![0.0_f64; grid.len()];
        let mut mass = vec![0.0_f64; grid.len()];
        for (structure, density) in structures {
            let density = positive("density in g/mL", *density)?;
            let shares = structure.covered_fractions(grid, SolidPolicy::default())?;
            for (index, share) in shares.into_iter().enumerate() {
                covered[index] += share;
                mass[index] += share * density;
            }
        }
        let one = |(covered, mass): (f64, f64)| {
            if covered > 1.0 {
                mass / covered
            } else {
                mass + (1.0 - covered) * elsewhere
            }
        };
        let values: Vec<f64> = covered.into_iter().zip(mass).map(one).collect();
        DensityMap::new(values, Arc::clone(grid))
    }

    /// Density at a voxel.
    pub fn at(&self, index: usize) -> f64 {
        self.values.get(index)
    }

    /// The densities.
    pub fn values(&self) -> &Values<'a> {
        &self.values
    }

    /// Refuses an image on other voxels.
    pub(super) fn same_voxels(&self, activity: &ActivityMap<'_>) -> Result<(), Y90Error> {
        if self.grid.same_geometry(activity.grid(), SAME_VOXELS_MM) {
            Ok(())
        } else {
            Err(Y90Error::DensityGrid)
        }
    }
}

/// Density in g/mL by CT number in HU: straight lines between points, the end values beyond.
#[derive(Debug, Clone, PartialEq)]
pub struct HounsfieldCurve {
    points: Vec<(f64, f64)>,
    /// Where the curve is from.
    pub source: String,
    /// How it was seen.
    pub evidence: Evidence,
}

impl HounsfieldCurve {
    /// A curve through `(HU, g/mL)` points, ascending in HU.
    ///
    /// # Errors
    /// Fewer than two points, HU that do not ascend, densities that are not above zero.
    pub fn new(points: Vec<(f64, f64)>, source: &str) -> Result<Self, NonPhysicalError> {
        for (hu, density) in &points {
            finite("CT number in HU", *hu)?;
            positive("density in g/mL", *density)?;
        }
        if points.len() < 2 || points.windows(2).any(|pair| pair[0].0 >= pair[1].0) {
            return Err(NonPhysicalError {
                quantity: "the number of curve points",
                value: points.len() as f64,
                allowed: "at least 2, with CT numbers that ascend",
            });
        }
        Ok(Self {
            points,
            source: source.to_owned(),
            evidence: Evidence::Recalled,
        })
    }

    /// `rho = (HU + 1000) / 1000`, no less than [`DENSITY_FLOOR_G_PER_ML`] (Kao 2014, for lung).
    ///
    /// It gives liver of 50 HU 1.05 g/mL. It is too steep for bone: give your scanner's own curve where
    /// bone matters, which it does not for what microspheres reach.
    pub fn kao2014() -> Self {
        let least = DENSITY_FLOOR_G_PER_ML;
        Self {
            points: vec![(1000.0 * (least - 1.0), least), (3000.0, 4.0)],
            source: "kao2014".to_owned(),
            evidence: Evidence::Transcription1,
        }
    }

    /// Density in g/mL of a CT number.
    ///
    /// # Errors
    /// A number that is not finite.
    pub fn density_g_per_ml(&self, hounsfield: f64) -> Result<f64, NonPhysicalError> {
        let hu = finite("CT number in HU", hounsfield)?;
        let above = self.points.partition_point(|point| point.0 <= hu);
        Ok(
            match (
                above.checked_sub(1).map(|n| self.points[n]),
                self.points.get(above),
            ) {
                (Some((x0, y0)), Some((x1, y1))) => y0 + (hu - x0) / (x1 - x0) * (y1 - y0),
                (Some((_, end)), None) => end,
                (None, Some((_, start))) => *start,
                (None, None) => f64::NAN,
            },
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn curves() {
        let kao = HounsfieldCurve::kao2014();
        for (hu, density) in [
            (0.0, 1.0),
            (50.0, 1.05),
            (-700.0, 0.3),
            (-1024.0, 0.1),
            (9000.0, 4.0),
        ] {
            assert!(
                (kao.density_g_per_ml(hu).unwrap() - density).abs() < 1e-12,
                "{hu}"
            );
        }
        assert!(kao.density_g_per_ml(f64::NAN).is_err());
        let own =
            HounsfieldCurve::new(vec![(-1000.0, 0.2), (0.0, 1.0), (1000.0, 1.6)], "own").unwrap();
        assert!((own.density_g_per_ml(500.0).unwrap() - 1.3).abs() < 1e-12);
        assert!(HounsfieldCurve::new(vec![(0.0, 1.0), (0.0, 2.0)], "own").is_err());
        assert!(HounsfieldCurve::new(vec![(0.0, 1.0)], "own").is_err());
        assert!(HounsfieldCurve::new(vec![(0.0, 0.0), (1.0, 1.0)], "own").is_err());
    }

    #[test]
    fn densities_are_above_zero() {
        let axes = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]];
        let grid = Arc::new(Grid::new([1, 1, 2], [1.0; 3], [0.0; 3], axes).unwrap());
        assert!(DensityMap::new(vec![1.0, 0.3], Arc::clone(&grid)).is_ok());
        assert!(DensityMap::new(vec![1.0, 0.0], Arc::clone(&grid)).is_err());
        assert!(DensityMap::new(vec![1.0], grid).is_err());
    }

    #[test]
    fn of_structures_by_hand() {
        let axes = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]];
        let grid = Arc::new(Grid::new([1, 1, 4], [10.0; 3], [0.0; 3], axes).unwrap());
        let of = |shares: [f32; 4]| {
            Structure::from_mask("Region", shares.to_vec(), Arc::clone(&grid)).unwrap()
        };
        let (liver, lung) = (of([1.0, 1.0, 0.0, 0.0]), of([0.0, 1.0, 0.5, 0.0]));
        let made = DensityMap::of_structures(&grid, 1.0, &[(&liver, 1.06), (&lung, 0.3)]).unwrap();
        // Liver alone, both (scaled to the voxel), half lung and half elsewhere, elsewhere.
        for (index, expected) in [1.06, 0.68, 0.65, 1.0].into_iter().enumerate() {
            assert!((made.at(index) - expected).abs() < 1e-12, "{index}");
        }
        assert!(DensityMap::of_structures(&grid, 1.0, &[(&liver, 0.0)]).is_err());
    }
}
