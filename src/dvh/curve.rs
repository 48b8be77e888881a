//! The cumulative curve: volume that receives at least a dose, and back.

use crate::numeric::DoubleDouble;

/// What a few operations may add to the whole volume.
const ROUNDING: f64 = 1e-14;

/// A cumulative dose-volume curve as knots in dose.
///
/// At a knot the curve may jump (a plateau of constant dose, a sample); between knots it is a straight
/// line. Both sides of each jump are kept, from the hot and from the cold end, so that `V` counts dose
/// at or above and `CV` dose below, exactly.
#[derive(Debug, Clone, PartialEq)]
pub struct Curve {
    dose: Vec<f64>,
    /// Volume with dose >= knot.
    at_least: Vec<f64>,
    /// Volume with dose > knot.
    above: Vec<f64>,
    /// Volume with dose < knot.
    below: Vec<f64>,
    /// Volume with dose <= knot.
    at_most: Vec<f64>,
}

impl Curve {
    /// From knots in ascending dose, each with the volume that lies exactly at it and the volume spread
    /// evenly between it and the next knot.
    pub(crate) fn from_knots(knots: &[(f64, f64, f64)]) -> Self {
        let n = knots.len();
        let mut curve = Self {
            dose: knots.iter().map(|knot| knot.0).collect(),
            at_least: vec![0.0; n],
            above: vec![0.0; n],
            below: vec![0.0; n],
            at_most: vec![0.0; n],
        };
        // From both ends at once: neither sum waits for the other.
        let (mut cold, mut hot) = (DoubleDouble::default(), DoubleDouble::default());
        for (low, high) in (0..n).zip((0..n).rev()) {
            let (_, at, after) = knots[low];
            curve.below[low] = cold.value();
            cold = cold.plus(at);
            curve.at_most[low] = cold.value();
            cold = cold.plus(after);
            let (_, at, after) = knots[high];
            hot = hot.plus(after);
            curve.above[high] = hot.value();
            hot = hot.plus(at);
            curve.at_least[high] = hot.value();
        }
        curve
    }

    /// From samples of dose in gray and volume in cc; the order does not matter, volumes of zero drop out.
    pub(crate) fn from_samples(dose_gy: &[f64], volume_cc: &[f64]) -> Self {
        let mut samples: Vec<(f64, f64)> = dose_gy
            .iter()
            .copied()
            .zip(volume_cc.iter().copied())
            .filter(|sample| sample.1 > 0.0)
            .collect();
        samples.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
        let mut knots: Vec<(f64, f64, f64)> = Vec::new();
        let mut sum = DoubleDouble::default();
        for (dose, volume) in samples {
            match knots.last_mut() {
                Some(knot) if knot.0 == dose => {
                    sum = sum.plus(volume);
                    knot.1 = sum.value();
                }
                _ => {
                    sum = DoubleDouble::default().plus(volume);
                    knots.push((dose, volume, 0.0));
                }
            }
        }
        Self::from_knots(&knots)
    }

    /// The columns of the curve, one value a knot: dose, and the volumes with at least, above, below and at
    /// most that dose. For keeping and restoring it.
    pub fn columns(&self) -> [&[f64]; 5] {
        [
            &self.dose,
            &self.at_least,
            &self.above,
            &self.below,
            &self.at_most,
        ]
    }

    /// A curve put together again from its [`columns`](Self::columns); `None` when these are of different
    /// length, not finite, or the doses do not ascend.
    pub fn from_columns(columns: [Vec<f64>; 5]) -> Option<Self> {
        let n = columns[0].len();
        let fits = |column: &Vec<f64>| column.len() == n && column.iter().all(|v| v.is_finite());
        let ascends = columns[0].windows(2).all(|pair| pair[0] < pair[1]);
        if !ascends || !columns.iter().all(fits) {
            return None;
        }
        let [dose, at_least, above, below, at_most] = columns;
        Some(Self {
            dose,
            at_least,
            above,
            below,
            at_most,
        })
    }

    /// The same curve with every dose times a factor above zero.
    pub(super) fn scaled(&self, factor: f64) -> Self {
        Self {
            dose: self.dose.iter().map(|dose| factor * dose).collect(),
            ..self.clone()
        }
    }

    /// The whole volume in cc.
    pub fn total_cc(&self) -> f64 {
        self.at_least.first().copied().unwrap_or(0.0)
    }

    /// Knots in dose, ascending, in gray.
    pub fn dose_gy(&self) -> &[f64] {
        &self.dose
    }

    /// Volume in cc with at least the dose of each knot.
    pub fn at_least_cc(&self) -> &[f64] {
        &self.at_least
    }

    /// Volume in cc that receives at least `dose`: V(d).
    pub fn volume_at_least_cc(&self, dose: f64) -> f64 {
        self.read(dose, &self.above, &self.at_least, self.total_cc(), 0.0)
    }

    /// Volume in cc that receives less than `dose`: CV(d).
    pub fn volume_below_cc(&self, dose: f64) -> f64 {
        self.read(dose, &self.at_most, &self.below, 0.0, self.total_cc())
    }

    /// The line from `left[i - 1]` to `right[i]` around a dose; `right[i]` at a knot itself.
    fn read(&self, dose: f64, left: &[f64], right: &[f64], first: f64, last: f64) -> f64 {
        let next = self.dose.partition_point(|knot| *knot < dose);
        if next == self.dose.len() {
            return last;
        }
        if self.dose[next] == dose {
            return right[next];
        }
        if next == 0 {
            return first;
        }
        let t = (dose - self.dose[next - 1]) / (self.dose[next] - self.dose[next - 1]);
        left[next - 1] + t * (right[next] - left[next - 1])
    }

    /// A volume above zero and at most the whole, to the rounding of a few operations.
    fn within(&self, volume: f64) -> Option<f64> {
        let total = self.total_cc();
        (volume > 0.0 && volume <= total * (1.0 + ROUNDING)).then(|| volume.min(total))
    }

    /// D(v) = sup{d: V(d) >= v}: the dose in gray that the hottest `volume` cc receive at least.
    ///
    /// `None` when `volume` is not above zero or exceeds the whole.
    pub fn dose_of_hottest_gy(&self, volume: f64) -> Option<f64> {
        let volume = self.within(volume)?;
        let last = self.at_least.partition_point(|v| *v >= volume) - 1;
        Some(match self.at_least.get(last + 1) {
            Some(next) if self.above[last] > volume => {
                let t = (self.above[last] - volume) / (self.above[last] - next);
                self.dose[last] + t * (self.dose[last + 1] - self.dose[last])
            }
            _ => self.dose[last],
        })
    }

    /// DC(v) = inf{d: volume(dose <= d) >= v}: the highest dose in gray in the coldest `volume` cc.
    ///
    /// `None` when `volume` is not above zero or exceeds the whole.
    pub fn dose_of_coldest_gy(&self, volume: f64) -> Option<f64> {
        let volume = self.within(volume)?;
        // The two running sums may differ in the last bit, so the whole volume is always reached.
        let first = self
            .at_most
            .partition_point(|v| *v < volume)
            .min(self.dose.len() - 1);
        if first > 0 && self.below[first] >= volume {
            let before = self.at_most[first - 1];
            let t = (volume - before) / (self.below[first] - before);
            return Some(self.dose[first - 1] + t * (self.dose[first] - self.dose[first - 1]));
        }
        Some(self.dose[first])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn samples_count_at_or_above_and_below() {
        let curve = Curve::from_samples(&[10.0, 15.0, 30.0], &[600.0, 100.0, 400.0]);
        assert_eq!(curve.volume_at_least_cc(15.0), 500.0);
        assert_eq!(curve.volume_below_cc(15.0), 600.0);
        assert_eq!(curve.dose_of_coldest_gy(700.0), Some(15.0));
        assert_eq!(curve.dose_of_hottest_gy(700.0), Some(10.0));
        // A flat curve: D and DC part ways.
        assert_eq!(curve.dose_of_hottest_gy(400.0), Some(30.0));
        assert_eq!(curve.dose_of_coldest_gy(700.5), Some(30.0));
        assert_eq!(curve.dose_of_hottest_gy(1100.1), None);
        assert_eq!(curve.dose_of_hottest_gy(0.0), None);
        assert_eq!(curve.dose_of_coldest_gy(f64::NAN), None);
    }

    #[test]
    fn kept_and_restored() {
        let curve = Curve::from_samples(&[10.0, 15.0, 30.0], &[600.0, 100.0, 400.0]);
        let columns = curve.columns().map(<[f64]>::to_vec);
        assert_eq!(Curve::from_columns(columns.clone()), Some(curve));
        let mut short = columns.clone();
        short[3].pop();
        assert_eq!(Curve::from_columns(short), None);
        let mut falling = columns;
        falling[0].swap(0, 1);
        assert_eq!(Curve::from_columns(falling), None);
    }

    #[test]
    fn lines_between_knots() {
        // 2 cc spread evenly from 10 to 20 Gy, 1 cc at 20 Gy.
        let curve = Curve::from_knots(&[(10.0, 0.0, 2.0), (20.0, 1.0, 0.0)]);
        assert_eq!(curve.total_cc(), 3.0);
        assert_eq!(curve.volume_at_least_cc(15.0), 2.0);
        assert_eq!(curve.volume_below_cc(15.0), 1.0);
        assert_eq!(curve.dose_of_hottest_gy(2.0), Some(15.0));
        assert_eq!(curve.dose_of_coldest_gy(1.0), Some(15.0));
        assert_eq!(curve.dose_of_hottest_gy(0.5), Some(20.0));
        assert_eq!(curve.dose_of_coldest_gy(2.5), Some(20.0));
        assert_eq!(curve.dose_of_hottest_gy(3.0), Some(10.0));
        assert_eq!(curve.dose_of_coldest_gy(3.0), Some(20.0));
    }

    proptest! {
        #[test]
        fn laws(samples in prop::collection::vec((0.0..60.0_f64, 0.001..5.0_f64), 1..40), share in 0.001..1.0_f64, dose in 0.0..70.0_f64) {
            let (doses, volumes): (Vec<f64>, Vec<f64>) = samples.iter().copied().unzip();
            let curve = Curve::from_samples(&doses, &volumes);
            let total = curve.total_cc();
            let (hot, cold) = (curve.volume_at_least_cc(dose), curve.volume_below_cc(dose));
            prop_assert!((hot + cold - total).abs() <= 1e-12 * total);
            let naive: f64 = samples.iter().filter(|s| s.0 >= dose).map(|s| s.1).sum();
            prop_assert!((hot - naive).abs() <= 1e-9);
            let volume = share * total;
            let d = curve.dose_of_hottest_gy(volume).unwrap();
            prop_assert!(curve.volume_at_least_cc(d) >= volume);
            let dc = curve.dose_of_coldest_gy(volume).unwrap();
            let reached: f64 = samples.iter().filter(|s| s.0 <= dc).map(|s| s.1).sum();
            prop_assert!(reached >= volume * (1.0 - 1e-12));
            if let Some(opposite) = curve.dose_of_hottest_gy(total - volume) {
                prop_assert!(dc <= opposite || (total - volume) < 1e-9);
            }
        }
    }
}
