//! Curves as systems with few bins read them.

use super::Curve;
use crate::error::NonPhysicalError;
use serde::{Deserialize, Serialize};

/// Bins of a system whose curve is emulated: the volume is exact at their edges and runs straight between.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EmulatedBins {
    /// Bins of this width in gray, from 0.
    WidthGy(f64),
    /// This many bins from 0 to the highest dose in the structure.
    Count(usize),
}

impl EmulatedBins {
    /// Most bins of one curve.
    const MOST: usize = 1_000_000;

    /// The bins, if they are any.
    ///
    /// # Errors
    /// A width that is not above zero, no bins, or more than a million.
    pub fn checked(self) -> Result<Self, NonPhysicalError> {
        let ok = match self {
            Self::WidthGy(width) => width.is_finite() && width > 0.0,
            Self::Count(count) => (1..=Self::MOST).contains(&count),
        };
        let value = match self {
            Self::WidthGy(width) => width,
            Self::Count(count) => count as f64,
        };
        if ok {
            Ok(self)
        } else {
            Err(NonPhysicalError {
                quantity: "emulated bins",
                value,
                allowed: "a width in Gy above 0, or 1 to 1000000 bins",
            })
        }
    }

    /// A curve read at the edges of these bins alone. Doses above the last edge do not occur, so it ends at zero.
    pub(super) fn read(self, curve: &Curve) -> Curve {
        let Some(highest) = curve.dose_gy().last().copied().filter(|dose| *dose > 0.0) else {
            return curve.clone();
        };
        let (width, count) = match self {
            Self::Count(count) => (highest / count as f64, count),
            Self::WidthGy(width) => {
                let most = highest / Self::MOST as f64;
                let width = width.max(most);
                (width, (highest / width).floor() as usize + 1)
            }
        };
        let total = curve.total_cc();
        let dose: Vec<f64> = (0..=count).map(|edge| edge as f64 * width).collect();
        let mut volume: Vec<f64> = dose
            .iter()
            .map(|dose| curve.volume_at_least_cc(*dose))
            .collect();
        if let Some(last) = volume.last_mut() {
            *last = 0.0;
        }
        let rest: Vec<f64> = volume.iter().map(|volume| total - volume).collect();
        Curve::from_columns([dose, volume.clone(), volume, rest.clone(), rest])
            .unwrap_or_else(|| curve.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn volumes_between_edges_run_straight() {
        let curve = Curve::from_samples(&[1.04, 2.0, 3.33], &[10.0, 20.0, 30.0]);
        let read = EmulatedBins::WidthGy(0.5).read(&curve);
        assert_eq!(read.total_cc(), 60.0);
        assert_eq!(read.volume_at_least_cc(1.0), 60.0);
        // 10 cc at 1.04 Gy leave the curve between the edges 1.0 and 1.5.
        assert!((read.volume_at_least_cc(1.25) - 55.0).abs() < 1e-12);
        assert!((read.volume_below_cc(1.25) - 5.0).abs() < 1e-12);
        assert_eq!(read.volume_at_least_cc(2.0), 50.0);
        assert_eq!(read.volume_at_least_cc(3.5), 0.0);
        let counted = EmulatedBins::Count(3).read(&curve);
        assert_eq!(counted.dose_gy().len(), 4);
        assert!((counted.volume_at_least_cc(1.11) - 50.0).abs() < 1e-12);
    }

    #[test]
    fn curves_without_dose_and_bins_that_are_none() {
        let cold = Curve::from_samples(&[0.0], &[5.0]);
        assert_eq!(EmulatedBins::Count(400).read(&cold), cold);
        for wrong in [
            EmulatedBins::WidthGy(0.0),
            EmulatedBins::WidthGy(f64::NAN),
            EmulatedBins::Count(0),
        ] {
            assert!(wrong.checked().is_err());
        }
    }
}
