//! Uncertainty of a lesion's mean dose, in the form of the EANM guidance: relative standard uncertainties of
//! the factors of `D = k C F / (rho R)`, with the recovery coefficient `R` depending on the volume.

use crate::error::{NonPhysicalError, non_negative, positive};
use crate::numeric::Random;
use rayon::prelude::*;
use serde::Serialize;

/// Samples in one piece of work.
const PIECE: usize = 1024;

/// Relative standard uncertainties (0.05 is 5 %) of what a lesion dose is made of.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DoseUncertainty {
    /// Of the lesion's volume.
    pub volume: f64,
    /// Of the calibration of the image, or of the administered activity and the image's sum.
    pub calibration: f64,
    /// Of the density.
    pub density: f64,
    /// Of the recovery coefficient at a given volume.
    pub recovery: f64,
    /// Of the dose constant.
    pub constant: f64,
    /// How the dose moves with the volume, `d ln D / d ln V`: 0 for the mean concentration of a region, -1
    /// for a given activity in a region, minus the slope of the recovery curve where it is corrected for.
    pub volume_exponent: f64,
}

/// A dose with its uncertainty.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct UncertainDose {
    /// The dose in gray.
    pub dose_gy: f64,
    /// Relative standard uncertainty.
    pub relative: f64,
    /// Lower end of the 95 % interval in gray.
    pub lower_gy: f64,
    /// Upper end of the 95 % interval in gray.
    pub upper_gy: f64,
}

impl DoseUncertainty {
    fn check(&self) -> Result<(), NonPhysicalError> {
        for (quantity, value) in [
            ("relative uncertainty of the volume", self.volume),
            ("relative uncertainty of the calibration", self.calibration),
            ("relative uncertainty of the density", self.density),
            (
                "relative uncertainty of the recovery coefficient",
                self.recovery,
            ),
            ("relative uncertainty of the dose constant", self.constant),
        ] {
            if non_negative(quantity, value)? >= 1.0 {
                return Err(NonPhysicalError {
                    quantity,
                    value,
                    allowed: "below 1 (0.05 is 5 %)",
                });
            }
        }
        crate::error::finite("volume exponent", self.volume_exponent)?;
        Ok(())
    }

    /// First order: squares of the relative parts add; the interval is log-normal, so it never reaches 0.
    ///
    /// # Errors
    /// A dose that is not above 0, parts that are negative or 1 and more.
    pub fn first_order(&self, dose_gy: f64) -> Result<UncertainDose, NonPhysicalError> {
        let dose = positive("dose in Gy", dose_gy)?;
        self.check()?;
        let volume = self.volume_exponent * self.volume;
        let parts = [
            volume,
            self.calibration,
            self.density,
            self.recovery,
            self.constant,
        ];
        let relative = parts.iter().map(|part| part * part).sum::<f64>().sqrt();
        let spread = libm::exp(1.96 * relative);
        Ok(UncertainDose {
            dose_gy: dose,
            relative,
            lower_gy: dose / spread,
            upper_gy: dose * spread,
        })
    }

    /// By sampling: every factor is drawn from a normal distribution around 1 (drawn again where it is not above
    /// 0), the interval is that of the samples.
    ///
    /// # Errors
    /// As [`Self::first_order`]; fewer than 1000 samples.
    pub fn sampled(
        &self,
        dose_gy: f64,
        samples: usize,
        seed: u64,
    ) -> Result<UncertainDose, NonPhysicalError> {
        let dose = positive("dose in Gy", dose_gy)?;
        self.check()?;
        if samples < 1000 {
            return Err(NonPhysicalError {
                quantity: "the number of samples",
                value: samples as f64,
                allowed: "at least 1000",
            });
        }
        let mut drawn: Vec<f64> = (0..samples.div_ceil(PIECE))
            .into_par_iter()
            .flat_map_iter(|piece| {
                let mut random = Random::stream(seed, piece as u64);
                let count = PIECE.min(samples - piece * PIECE);
                (0..count).map(move |_| dose * self.draw(&mut random))
            })
            .collect();
        drawn.sort_by(f64::total_cmp);
        let n = drawn.len() as f64;
        let mean = drawn.iter().sum::<f64>() / n;
        let square = drawn.iter().map(|one| (one - mean).powi(2)).sum::<f64>();
        let at = |share: f64| drawn[((share * n) as usize).min(drawn.len() - 1)];
        Ok(UncertainDose {
            dose_gy: dose,
            relative: (square / (n - 1.0)).sqrt() / mean,
            lower_gy: at(0.025),
            upper_gy: at(0.975),
        })
    }

    fn draw(&self, random: &mut Random) -> f64 {
        let mut factor = |relative: f64| loop {
            let value = 1.0 + relative * random.normal();
            if value > 0.0 {
                return value;
            }
        };
        let volume = libm::pow(factor(self.volume), self.volume_exponent);
        let above = factor(self.calibration) * factor(self.constant);
        volume * above / (factor(self.density) * factor(self.recovery))
    }
}

/// Relative standard uncertainty of the volume of a lesion drawn on an image: of its diameter `d`, from voxels of
/// side `a` and a blur of full width at half maximum `w`, `u(d)^2 = a^2 / 6 + w^2 / (4 ln 2)` (two edges, each
/// with the variance of a voxel and of the blur), and three times that for the volume. The form of the EANM
/// guidance as recalled.
///
/// # Errors
/// Measures that are not above 0 (the blur may be 0).
pub fn volume_uncertainty(
    volume_ml: f64,
    voxel_mm: f64,
    fwhm_mm: f64,
) -> Result<f64, NonPhysicalError> {
    let volume = positive("volume in mL", volume_ml)?;
    let side = positive("voxel side in mm", voxel_mm)?;
    let blur = non_negative("full width at half maximum in mm", fwhm_mm)?;
    let diameter = libm::cbrt(6.0 * volume * 1000.0 / std::f64::consts::PI);
    let square = side * side / 6.0 + blur * blur / (4.0 * std::f64::consts::LN_2);
    Ok(3.0 * square.sqrt() / diameter)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PARTS: DoseUncertainty = DoseUncertainty {
        volume: 0.08,
        calibration: 0.05,
        density: 0.02,
        recovery: 0.05,
        constant: 0.005,
        volume_exponent: -0.5,
    };

    #[test]
    fn first_order_and_sampling_agree() {
        let first = PARTS.first_order(150.0).unwrap();
        // 0.04, 0.05, 0.02, 0.05, 0.005: root of the sum of squares 0.007025.
        assert!((first.relative - 0.007_025_f64.sqrt()).abs() < 1e-15);
        let sampled = PARTS.sampled(150.0, 200_000, 3).unwrap();
        assert!(
            (sampled.relative / first.relative - 1.0).abs() < 0.02,
            "{sampled:?}"
        );
        assert!((sampled.lower_gy / first.lower_gy - 1.0).abs() < 0.01);
        assert!((sampled.upper_gy / first.upper_gy - 1.0).abs() < 0.01);
    }

    #[test]
    fn same_bits_on_any_number_of_threads() {
        let run = |threads| {
            let pool = rayon::ThreadPoolBuilder::new()
                .num_threads(threads)
                .build()
                .unwrap();
            pool.install(|| PARTS.sampled(150.0, 20_000, 3).unwrap())
        };
        assert_eq!(run(1), run(2));
        assert_eq!(run(1), run(7));
    }

    #[test]
    fn refuses_and_volume() {
        assert!(PARTS.first_order(0.0).is_err());
        assert!(
            DoseUncertainty {
                density: 5.0,
                ..PARTS
            }
            .first_order(1.0)
            .is_err()
        );
        assert!(PARTS.sampled(1.0, 10, 0).is_err());
        // A sphere of 20 mm, 4 mm voxels, no blur: 3 sqrt(16/6) / 20.
        let volume = std::f64::consts::PI / 6.0 * 8.0;
        let found = volume_uncertainty(volume, 4.0, 0.0).unwrap();
        assert!((found - 3.0 * (16.0_f64 / 6.0).sqrt() / 20.0).abs() < 1e-12);
    }
}
