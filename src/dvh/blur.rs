//! What is approximated while a structure is sampled: the cells that its boundary crosses, by band of dose.

use super::scale::{Scale, nearest};

/// Bands of dose over the range of a structure.
pub(super) const BANDS: usize = 128;
/// Parts of a bin in which ranges of dose are counted.
const PARTS: f64 = 16.0;
/// Units of volume are counted in so many bits fewer, so that sums stay below 2^63.
const COARSE: u32 = 20;

/// Sums over the cells that the boundary crosses, as integers while they are counted.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct BlurCounts {
    scale: Scale,
    /// Coarse units of volume times parts of a bin, by band of the mean dose.
    bands: Vec<i64>,
    units: i64,
    bands_per_gy: f64,
    parts_per_gy: f64,
}

/// The same in cc and gray.
pub(super) struct Blur {
    /// Volume times range of dose, by band of the mean dose, in cc Gy.
    pub(super) bands: Vec<f64>,
    /// Their volume in cc.
    pub(super) volume_cc: f64,
    /// Volume of a whole such cell in cc.
    pub(super) cell_cc: f64,
    /// Lowest dose and width of a band.
    pub(super) low_gy: f64,
    pub(super) step_gy: f64,
    /// Whether extremes were looked for in points of a lattice that is turned against the dose.
    pub(super) oblique: bool,
}

impl BlurCounts {
    pub(super) fn new(scale: Scale) -> Self {
        Self {
            scale,
            bands: vec![0; BANDS],
            units: 0,
            bands_per_gy: BANDS as f64 / (scale.bins as f64 * scale.step),
            parts_per_gy: PARTS / scale.step,
        }
    }

    /// Takes note of a cell whose dose spans `width` gray.
    #[inline]
    pub(super) fn add(&mut self, units: i64, mean: f64, width: f64) {
        let band = nearest((mean - self.scale.low) * self.bands_per_gy - 0.5);
        let band = band.clamp(0, BANDS as i64 - 1) as usize;
        let parts = nearest(width * self.parts_per_gy);
        self.bands[band] = self.bands[band].wrapping_add((units >> COARSE).wrapping_mul(parts));
        self.units = self.units.wrapping_add(units >> COARSE);
    }

    /// Bands per bin.
    #[inline]
    fn per_bin(&self) -> f64 {
        BANDS as f64 / self.scale.bins as f64
    }

    pub(super) fn merge(&mut self, other: &Self) {
        for (sum, part) in self.bands.iter_mut().zip(&other.bands) {
            *sum = sum.wrapping_add(*part);
        }
        self.units = self.units.wrapping_add(other.units);
    }

    /// In cc and gray, given the volume of a unit and of a whole cell.
    pub(super) fn blur(&self, cc_per_unit: f64, cell_cc: f64, oblique: bool) -> Blur {
        let coarse = cc_per_unit * f64::from(1_u32 << COARSE);
        let step = self.scale.step / PARTS;
        Blur {
            bands: self
                .bands
                .iter()
                .map(|sum| *sum as f64 * coarse * step)
                .collect(),
            volume_cc: self.units as f64 * coarse,
            cell_cc,
            low_gy: self.scale.low,
            step_gy: self.scale.step / self.per_bin(),
            oblique,
        }
    }
}
