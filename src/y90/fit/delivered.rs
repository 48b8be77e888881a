//! From planned (MAA) to delivered (PET) dose, learned from a department's own pairs.

use super::FitError;
use crate::error::{NonPhysicalError, fraction, positive};
use crate::numeric::{student_t_cdf, student_t_quantile};
use serde::Serialize;

/// Agreement of planned and delivered dose on the logarithmic scale: their ratio is taken as log-normal
/// and the same at all doses.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct DeliveredModel {
    /// Pairs learned from.
    pub pairs: usize,
    /// Geometric mean of delivered over planned.
    pub ratio: f64,
    /// Standard deviation of the logarithm of delivered over planned.
    pub log_deviation: f64,
    /// Lower 95 % limit of agreement of a single ratio (Bland-Altman on logarithms).
    pub ratio_lower: f64,
    /// Upper 95 % limit of agreement of a single ratio.
    pub ratio_upper: f64,
}

/// Learns from pairs of planned and delivered dose in gray; pairs in which one is not above 0 are refused.
///
/// # Errors
/// Fewer than 3 pairs, doses that are not above 0.
pub fn predict_delivered(pairs: &[(f64, f64)]) -> Result<DeliveredModel, FitError> {
    let good = |(planned, delivered): &&(f64, f64)| {
        planned.is_finite() && delivered.is_finite() && *planned > 0.0 && *delivered > 0.0
    };
    let usable = pairs.iter().filter(good).count();
    if usable < 3 || usable < pairs.len() {
        return Err(FitError::Pairs { got: usable });
    }
    let n = usable as f64;
    let logs: Vec<f64> = pairs
        .iter()
        .map(|(planned, delivered)| libm::log(delivered / planned))
        .collect();
    let mean = logs.iter().sum::<f64>() / n;
    let square = logs.iter().map(|log| (log - mean).powi(2)).sum::<f64>();
    let log_deviation = (square / (n - 1.0)).sqrt();
    Ok(DeliveredModel {
        pairs: usable,
        ratio: libm::exp(mean),
        log_deviation,
        ratio_lower: libm::exp(mean - 1.96 * log_deviation),
        ratio_upper: libm::exp(mean + 1.96 * log_deviation),
    })
}

impl DeliveredModel {
    fn log_mean(&self) -> f64 {
        libm::log(self.ratio)
    }

    /// Deviation of a new ratio: that of single ratios and that of the mean.
    fn predictive_deviation(&self) -> f64 {
        self.log_deviation * (1.0 + 1.0 / self.pairs as f64).sqrt()
    }

    fn degrees(&self) -> f64 {
        self.pairs as f64 - 1.0
    }

    /// Probability that the delivered dose is at least `limit_gy` when `planned_gy` is planned: by the
    /// predictive t distribution of the logarithm of the ratio. For a limit that must not be passed take
    /// one minus it.
    ///
    /// # Errors
    /// Doses that are not above 0.
    pub fn probability_at_least(
        &self,
        planned_gy: f64,
        limit_gy: f64,
    ) -> Result<f64, NonPhysicalError> {
        let planned = positive("planned dose in Gy", planned_gy)?;
        let limit = positive("limit in Gy", limit_gy)?;
        let gap = libm::log(limit / planned) - self.log_mean();
        let deviation = self.predictive_deviation();
        if deviation == 0.0 {
            return Ok(if gap <= 0.0 { 1.0 } else { 0.0 });
        }
        Ok(1.0 - student_t_cdf(gap / deviation, self.degrees()))
    }

    /// Interval in gray that holds the delivered dose with this probability.
    ///
    /// # Errors
    /// A planned dose that is not above 0, a confidence outside 0 to 1.
    pub fn interval_gy(
        &self,
        planned_gy: f64,
        confidence: f64,
    ) -> Result<(f64, f64), NonPhysicalError> {
        let planned = positive("planned dose in Gy", planned_gy)?;
        let confidence = fraction("confidence", confidence)?;
        let centre = libm::log(planned) + self.log_mean();
        if confidence == 0.0 || confidence == 1.0 {
            return Err(NonPhysicalError {
                quantity: "confidence",
                value: confidence,
                allowed: "above 0 and below 1",
            });
        }
        let t = student_t_quantile(0.5 + confidence / 2.0, self.degrees());
        let half = t * self.predictive_deviation();
        Ok((libm::exp(centre - half), libm::exp(centre + half)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_by_hand() {
        // Ratios 1/2, 1, 2: geometric mean 1, deviation ln 2.
        let model = predict_delivered(&[(100.0, 50.0), (100.0, 100.0), (50.0, 100.0)]).unwrap();
        assert!((model.ratio - 1.0).abs() < 1e-15);
        assert!((model.log_deviation - 2.0_f64.ln()).abs() < 1e-15);
        assert!((model.probability_at_least(120.0, 120.0).unwrap() - 0.5).abs() < 1e-15);
        let (low, high) = model.interval_gy(120.0, 0.95).unwrap();
        // t(0.975, 2) = 4.302653.
        let half = 4.302_653 * 2.0_f64.ln() * (4.0_f64 / 3.0).sqrt();
        assert!(
            (low / (120.0 * (-half).exp()) - 1.0).abs() < 1e-5
                && (high * low / 14400.0 - 1.0).abs() < 1e-12
        );
        let edge = model.probability_at_least(120.0, high).unwrap();
        assert!((edge - 0.025).abs() < 1e-9);
    }

    #[test]
    fn refuses() {
        assert!(predict_delivered(&[(1.0, 1.0), (1.0, 2.0)]).is_err());
        assert!(predict_delivered(&[(1.0, 1.0), (1.0, 2.0), (1.0, 0.0), (2.0, 1.0)]).is_err());
        let exact = predict_delivered(&[(1.0, 1.0); 3]).unwrap();
        assert_eq!(exact.probability_at_least(100.0, 100.0), Ok(1.0));
        assert!(exact.interval_gy(100.0, 1.0).is_err());
    }
}
