//! Receiver operating characteristic of dose against response: dose at or above a threshold is positive.

use crate::numeric::normal_quantile;
use serde::Serialize;

/// One corner of the curve.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct RocPoint {
    /// Doses at or above are positive; absent for the first corner, where nothing is.
    pub threshold_gy: Option<f64>,
    /// Share of responding lesions at or above, 0 to 1.
    pub sensitivity: f64,
    /// Share of other lesions below, 0 to 1.
    pub specificity: f64,
}

/// The whole curve, thresholds descending: every dose is a corner.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Roc {
    /// Its corners, from nothing positive to everything.
    pub points: Vec<RocPoint>,
}

/// A threshold with what it does on the data that it comes from.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct RocThreshold {
    /// Doses at or above are positive; absent where only "nothing is positive" fulfils the wish.
    pub threshold_gy: Option<f64>,
    /// Sensitivity there.
    pub sensitivity: f64,
    /// Specificity there.
    pub specificity: f64,
}

impl Roc {
    /// The curve of doses and outcomes of both kinds.
    pub fn new(dose_gy: &[f64], responded: &[bool]) -> Self {
        let mut order: Vec<usize> = (0..dose_gy.len()).collect();
        order.sort_by(|a, b| dose_gy[*b].total_cmp(&dose_gy[*a]));
        let yes = responded.iter().filter(|one| **one).count();
        let no = responded.len() - yes;
        let point = |threshold_gy, true_positive: usize, false_positive: usize| RocPoint {
            threshold_gy,
            sensitivity: true_positive as f64 / yes as f64,
            specificity: (no - false_positive) as f64 / no as f64,
        };
        let mut points = vec![point(None, 0, 0)];
        let (mut true_positive, mut false_positive) = (0, 0);
        for (rank, index) in order.iter().enumerate() {
            if responded[*index] {
                true_positive += 1;
            } else {
                false_positive += 1;
            }
            let last = order
                .get(rank + 1)
                .is_none_or(|next| dose_gy[*next] != dose_gy[*index]);
            if last {
                points.push(point(Some(dose_gy[*index]), true_positive, false_positive));
            }
        }
        Self { points }
    }

    /// The threshold with the largest sensitivity + specificity - 1; of several, the highest dose.
    pub fn youden(&self) -> RocThreshold {
        let index = |point: &RocPoint| point.sensitivity + point.specificity;
        let mut best = self.points[0];
        for point in &self.points[1..] {
            if index(point) > index(&best) + 1e-12 {
                best = *point;
            }
        }
        best.into()
    }

    /// The lowest threshold whose specificity is at least this.
    pub fn at_specificity(&self, specificity: f64) -> RocThreshold {
        let holds = |point: &&RocPoint| point.specificity >= specificity - 1e-12;
        self.points
            .iter()
            .rfind(holds)
            .copied()
            .unwrap_or(self.points[0])
            .into()
    }
}

impl From<RocPoint> for RocThreshold {
    fn from(point: RocPoint) -> Self {
        Self {
            threshold_gy: point.threshold_gy,
            sensitivity: point.sensitivity,
            specificity: point.specificity,
        }
    }
}

/// Area under the curve: the probability that a responding lesion has more dose than another, a tie a half.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Auc {
    /// The area.
    pub area: f64,
    /// Its standard error (DeLong 1988).
    pub standard_error: f64,
    /// Lower end of the interval, no less than 0.
    pub lower: f64,
    /// Upper end of the interval, no more than 1.
    pub upper: f64,
}

impl Auc {
    /// Area with DeLong's variance from placements by mid-ranks; `confidence` such as 0.95. With a single
    /// lesion of one kind that kind's part of the variance is taken as 0.
    pub fn delong(dose_gy: &[f64], responded: &[bool], confidence: f64) -> Self {
        let pick = |wanted: bool| -> Vec<f64> {
            let pairs = dose_gy.iter().zip(responded);
            pairs
                .filter(|(_, one)| **one == wanted)
                .map(|(dose, _)| *dose)
                .collect()
        };
        let (yes, no) = (pick(true), pick(false));
        let (mut sorted_yes, mut sorted_no) = (yes.clone(), no.clone());
        sorted_yes.sort_by(f64::total_cmp);
        sorted_no.sort_by(f64::total_cmp);
        // Share of the other kind below a dose, ties by half.
        let below = |sorted: &[f64], dose: f64| {
            let less = sorted.partition_point(|other| *other < dose) as f64;
            let not_more = sorted.partition_point(|other| *other <= dose) as f64;
            0.5 * (less + not_more) / sorted.len() as f64
        };
        let of_yes: Vec<f64> = yes.iter().map(|dose| below(&sorted_no, *dose)).collect();
        let of_no: Vec<f64> = no
            .iter()
            .map(|dose| 1.0 - below(&sorted_yes, *dose))
            .collect();
        let area = of_yes.iter().sum::<f64>() / of_yes.len() as f64;
        let variance = |placements: &[f64]| {
            let n = placements.len() as f64;
            if n < 2.0 {
                return 0.0;
            }
            let square = placements
                .iter()
                .map(|one| (one - area).powi(2))
                .sum::<f64>();
            square / (n - 1.0) / n
        };
        let standard_error = (variance(&of_yes) + variance(&of_no)).sqrt();
        let z = normal_quantile(0.5 + confidence / 2.0);
        Self {
            area,
            standard_error,
            lower: (area - z * standard_error).max(0.0),
            upper: (area + z * standard_error).min(1.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DOSE: [f64; 6] = [40.0, 60.0, 60.0, 80.0, 100.0, 120.0];
    const RESPONDED: [bool; 6] = [false, false, true, false, true, true];

    #[test]
    fn corners_by_hand() {
        let roc = Roc::new(&DOSE, &RESPONDED);
        let corners: Vec<_> = roc
            .points
            .iter()
            .map(|p| (p.threshold_gy, p.sensitivity, p.specificity))
            .collect();
        let third = 1.0 / 3.0;
        assert_eq!(corners[0], (None, 0.0, 1.0));
        assert_eq!(corners[1], (Some(120.0), third, 1.0));
        assert_eq!(corners[2], (Some(100.0), 2.0 * third, 1.0));
        assert_eq!(corners[3], (Some(80.0), 2.0 * third, 2.0 * third));
        assert_eq!(corners[4], (Some(60.0), 1.0, third));
        assert_eq!(corners[5], (Some(40.0), 1.0, 0.0));
        assert_eq!(roc.youden().threshold_gy, Some(100.0));
        assert_eq!(roc.at_specificity(0.5).threshold_gy, Some(80.0));
        assert_eq!(roc.at_specificity(0.9).threshold_gy, Some(100.0));
        let hopeless = Roc::new(&[1.0, 2.0], &[true, false]);
        assert_eq!(hopeless.at_specificity(1.0).threshold_gy, None);
    }

    #[test]
    fn area_by_hand() {
        // Nine pairs: 60 against 40, 60, 80 is 1.5; 100 and 120 win three each: 7.5 / 9.
        let auc = Auc::delong(&DOSE, &RESPONDED, 0.95);
        assert!((auc.area - 7.5 / 9.0).abs() < 1e-15);
        // Placements: 0.5, 1, 1 and 1, 5/6, 2/3; variances 1/12 and 1/36 over 3.
        let expected = ((1.0 / 12.0 + 1.0 / 36.0) / 3.0_f64).sqrt();
        assert!((auc.standard_error - expected).abs() < 1e-15);
        assert!(auc.upper <= 1.0);
    }
}
