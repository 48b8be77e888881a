//! The critical-volume model of a parallel organ: a complication when too many of its subunits are lost.
//!
//! A subunit is lost with `p(D) = 1 / (1 + (d50/D)^k)`; the lost share is `f = sum v_i p(D_i)`;
//! `NTCP = Phi((f - v50) / sigma)` over the spread of reserves among patients (Jackson 1995).

use super::dose_volume::{DoseVolume, above_zero};
use crate::error::{NonPhysicalError, fraction};
use crate::numeric::normal_cdf;

/// The numbers of a critical-volume model.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CriticalVolume {
    d50_gy: f64,
    k: f64,
    v50: f64,
    sigma: f64,
}

impl CriticalVolume {
    /// Dose in gray that half of the subunits do not survive, slope `k`, share whose loss half of the patients do not
    /// tolerate, and the spread of that share.
    ///
    /// # Errors
    /// Numbers that are not above zero, a share beyond one.
    pub fn new(d50_gy: f64, k: f64, v50: f64, sigma: f64) -> Result<Self, NonPhysicalError> {
        Ok(Self {
            d50_gy: above_zero("d50 in Gy", d50_gy)?,
            k: above_zero("k", k)?,
            v50: fraction("v50", above_zero("v50", v50)?)?,
            sigma: above_zero("sigma", sigma)?,
        })
    }

    /// The share of subunits that are lost.
    pub fn lost_share(&self, dose: &DoseVolume) -> f64 {
        dose.mean_of(|d| {
            if d > 0.0 {
                1.0 / (1.0 + libm::pow(self.d50_gy / d, self.k))
            } else {
                0.0
            }
        })
    }

    /// NTCP of a distribution.
    pub fn ntcp(&self, dose: &DoseVolume) -> f64 {
        normal_cdf((self.lost_share(dose) - self.v50) / self.sigma)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn closed_forms_of_uniform_irradiation() {
        let model = CriticalVolume::new(41.6, 1.95, 0.5, 0.047).unwrap();
        assert_eq!(model.lost_share(&DoseVolume::uniform(41.6)), 0.5);
        assert_eq!(model.ntcp(&DoseVolume::uniform(41.6)), 0.5);
        assert_eq!(model.lost_share(&DoseVolume::uniform(0.0)), 0.0);
        let half = DoseVolume::from_samples(&[0.0, 41.6], &[1.0, 1.0]).unwrap();
        assert!((model.lost_share(&half) - 0.25).abs() < 1e-15);
        assert!(model.ntcp(&half) < 1e-6);
        assert!(CriticalVolume::new(41.6, 1.95, 1.2, 0.047).is_err());
    }
}
