//! How dose is spread over a volume, as weighted points: what every reduction of a DVH integrates over.

use super::RadiobiologyError;
use crate::dvh::{Curve, Dvh};
use crate::error::{NonPhysicalError, non_negative};
use crate::isoeffect::Transform;
use crate::numeric::DoubleDouble;

/// Points of the three-point Gauss-Legendre rule on -1..1, with their weights.
const GAUSS: [(f64, f64); 3] = [
    (-0.774_596_669_241_483_4, 5.0 / 18.0),
    (0.0, 8.0 / 18.0),
    (0.774_596_669_241_483_4, 5.0 / 18.0),
];
/// A straight piece of a curve is divided until its ends differ by no more than this share of the upper one.
const PIECE: f64 = 0.02;
/// ... or lies below this share of the highest dose.
const NEGLIGIBLE: f64 = 1e-7;
/// Ratio of the ends of a group of points that [`DoseVolume::condensed`] puts two in the place of.
const GROUP: f64 = 1.02;
/// So many points are not worth condensing.
const FEW: usize = 1024;

/// Doses with the shares of the volume that receive them.
///
/// A DVH gives its jumps as they are. Each straight piece of it, where volume is spread evenly between two doses, gives
/// points of a Gauss rule: exact for polynomials of fifth degree on pieces that span 2 % of their dose.
#[derive(Debug, Clone, PartialEq)]
pub struct DoseVolume {
    dose: Vec<f64>,
    /// Adds up to one.
    share: Vec<f64>,
    volume_cc: f64,
}

impl DoseVolume {
    /// Of samples: dose in gray and volume (in cc, or in any unit) of each.
    ///
    /// # Errors
    /// Arrays of different lengths, numbers that are negative or not finite, no volume at all.
    pub fn from_samples(dose_gy: &[f64], volume_cc: &[f64]) -> Result<Self, RadiobiologyError> {
        if dose_gy.len() != volume_cc.len() {
            return Err(RadiobiologyError::Lengths {
                doses: dose_gy.len(),
                volumes: volume_cc.len(),
            });
        }
        for dose in dose_gy {
            non_negative("sample dose in Gy", *dose)?;
        }
        for volume in volume_cc {
            non_negative("sample volume", *volume)?;
        }
        Self::from_points(dose_gy.iter().copied().zip(volume_cc.iter().copied()))
    }

    /// Of a DVH, in its own kind of dose.
    ///
    /// # Errors
    /// No volume; a structure that the dose does not cover as far as the DVH's settings ask for; a dose that is not the
    /// whole treatment's.
    pub fn of_dvh(dvh: &Dvh) -> Result<Self, RadiobiologyError> {
        let required = dvh.settings().min_covered;
        if dvh.volume_cc() <= 0.0 || dvh.curve().dose_gy().is_empty() {
            return Err(RadiobiologyError::NoVolume);
        }
        if !dvh.scope().is_whole_treatment() {
            return Err(RadiobiologyError::Scope(dvh.scope()));
        }
        // The covered share of a whole structure is 1 to the rounding of printed coordinates.
        if dvh.covered_fraction() < required - 1e-5 {
            return Err(RadiobiologyError::NotCovered {
                covered_percent: 100.0 * dvh.covered_fraction(),
            });
        }
        Self::from_points(points(dvh.curve()))
    }

    fn from_points(
        points: impl IntoIterator<Item = (f64, f64)>,
    ) -> Result<Self, RadiobiologyError> {
        let (dose, mut share): (Vec<f64>, Vec<f64>) =
            points.into_iter().filter(|point| point.1 > 0.0).unzip();
        let volume = sum(share.iter().copied());
        if volume <= 0.0 {
            return Err(RadiobiologyError::NoVolume);
        }
        for share in &mut share {
            *share /= volume;
        }
        Ok(Self {
            dose,
            share,
            volume_cc: volume,
        })
    }

    /// One dose for all.
    pub(super) fn uniform(dose_gy: f64) -> Self {
        Self {
            dose: vec![dose_gy],
            share: vec![1.0],
            volume_cc: 1.0,
        }
    }

    /// The doses in gray.
    pub fn dose_gy(&self) -> &[f64] {
        &self.dose
    }

    /// The share of the volume that receives each.
    pub fn share(&self) -> &[f64] {
        &self.share
    }

    /// The whole volume, in the unit it was given in.
    pub fn volume_cc(&self) -> f64 {
        self.volume_cc
    }

    /// The highest dose in gray.
    pub fn max_gy(&self) -> f64 {
        self.dose.iter().copied().fold(0.0, f64::max)
    }

    /// The mean of a function of dose over the volume.
    pub fn mean_of(&self, f: impl Fn(f64) -> f64) -> f64 {
        sum(self.share.iter().zip(&self.dose).map(|(v, d)| v * f(*d)))
    }

    /// The mean dose in gray.
    pub fn mean_gy(&self) -> f64 {
        self.mean_of(|dose| dose)
    }

    /// The same volume with every dose transformed.
    #[must_use]
    pub fn transformed(&self, transform: &Transform) -> Self {
        Self {
            dose: self
                .dose
                .iter()
                .map(|dose| transform.value(*dose))
                .collect(),
            share: self.share.clone(),
            volume_cc: self.volume_cc,
        }
    }

    /// A few points in the place of many: groups of doses within 2 % of each other become the two points that have the
    /// same volume, mean, variance and third moment. A power of about 1 keeps its mean to 1e-9, one of 20 to 1e-5.
    #[must_use]
    pub fn condensed(&self) -> Self {
        if self.dose.len() <= FEW {
            return self.clone();
        }
        let mut order: Vec<usize> = (0..self.dose.len()).collect();
        order.sort_by(|a, b| self.dose[*a].total_cmp(&self.dose[*b]));
        let floor = 1e-6 * self.max_gy();
        let (mut dose, mut share) = (Vec::new(), Vec::new());
        let mut rest = &order[..];
        while let [first, ..] = *rest {
            let low = self.dose[first];
            let high = if low > 0.0 {
                (GROUP * low).max(floor)
            } else {
                0.0
            };
            let end = rest.partition_point(|index| self.dose[*index] <= high);
            let (group, after) = rest.split_at(end.max(1));
            for (d, v) in self.two_points(group) {
                dose.push(d);
                share.push(v);
            }
            rest = after;
        }
        Self {
            dose,
            share,
            volume_cc: self.volume_cc,
        }
    }

    /// The Gauss rule of a group of points: up to the third moment the same.
    fn two_points(&self, group: &[usize]) -> Vec<(f64, f64)> {
        let weight = sum(group.iter().map(|i| self.share[*i]));
        let mean = sum(group.iter().map(|i| self.share[*i] * self.dose[*i])) / weight;
        let moment = |power: i32| {
            let each = |i: &usize| self.share[*i] * (self.dose[*i] - mean).powi(power);
            sum(group.iter().map(each)) / weight
        };
        let variance = moment(2);
        if variance <= 1e-28 * mean * mean {
            return vec![(mean, weight)];
        }
        let skew = moment(3) / variance;
        let root = (skew * skew + 4.0 * variance).sqrt();
        let (below, above) = (0.5 * (skew - root), 0.5 * (skew + root));
        vec![
            ((mean + below).max(0.0), weight * above / root),
            (mean + above, -weight * below / root),
        ]
    }
}

fn sum(values: impl IntoIterator<Item = f64>) -> f64 {
    let sum = |sum: DoubleDouble, value| sum.plus(value);
    values
        .into_iter()
        .fold(DoubleDouble::default(), sum)
        .value()
}

/// Jumps of a curve, and Gauss points of its straight pieces.
fn points(curve: &Curve) -> Vec<(f64, f64)> {
    let [dose, at_least, above, ..] = curve.columns();
    let most = dose.last().copied().unwrap_or(0.0);
    let mut points = Vec::with_capacity(4 * dose.len());
    for index in 0..dose.len() {
        points.push((dose[index], at_least[index] - above[index]));
        let Some(next) = dose.get(index + 1) else {
            continue;
        };
        let volume = above[index] - at_least[index + 1];
        if volume > 0.0 {
            piece(&mut points, [dose[index], *next], volume, most);
        }
    }
    points
}

fn piece(points: &mut Vec<(f64, f64)>, [low, high]: [f64; 2], volume: f64, most: f64) {
    let mut low = low;
    let whole = high - low;
    while low < high {
        // From below: each part spans a small share of its dose.
        let end = (low / (1.0 - PIECE)).max(NEGLIGIBLE * most).min(high);
        let (middle, half) = (0.5 * (low + end), 0.5 * (end - low));
        let part = volume * (end - low) / whole;
        points.extend(GAUSS.map(|(x, w)| (middle + half * x, part * w)));
        low = end;
    }
}

/// A dose of zero in a power law or a logarithm is none at all.
pub(super) fn power(dose: f64, exponent: f64) -> f64 {
    if dose > 0.0 {
        libm::pow(dose, exponent)
    } else {
        0.0
    }
}

/// Checks a number that must be above zero, by name.
pub(super) fn above_zero(name: &'static str, value: f64) -> Result<f64, NonPhysicalError> {
    crate::error::positive(name, value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dose::DoseKind;
    use crate::dvh::DvhParts;

    /// A cone of dose: volume spread evenly from 0 to 60 Gy.
    fn even() -> Dvh {
        let dvh = Dvh::from_samples("Liver", &[0.0], &[1000.0], DoseKind::Physical).unwrap();
        let columns = [
            vec![0.0, 60.0],
            vec![1000.0, 0.0],
            vec![1000.0, 0.0],
            vec![0.0, 1000.0],
            vec![0.0, 1000.0],
        ];
        let mut parts = DvhParts::from(dvh);
        parts.curve = Curve::from_columns(columns).unwrap();
        parts.into()
    }

    #[test]
    fn powers_over_a_straight_curve_are_the_integral() {
        let even = DoseVolume::of_dvh(&even()).unwrap();
        assert!((even.volume_cc() - 1000.0).abs() < 1e-9);
        for a in [0.4, 1.0, 1.03, 2.5, 8.0, 20.0] {
            let mean = even.mean_of(|dose| power(dose, a));
            let integral = 60.0_f64.powf(a) / (a + 1.0);
            assert!(
                (mean / integral - 1.0).abs() < 2e-9,
                "{a}: {mean} {integral}"
            );
        }
    }

    #[test]
    fn condensing_keeps_what_is_integrated() {
        let doses: Vec<f64> = (0..20_000)
            .map(|i| 55.0 * (f64::from(i) / 20_000.0).powi(2))
            .collect();
        let volumes: Vec<f64> = (0..20_000).map(|i| 1.0 + f64::from(i % 7)).collect();
        let all = DoseVolume::from_samples(&doses, &volumes).unwrap();
        let few = all.condensed();
        assert!(few.dose_gy().len() < 1500, "{}", few.dose_gy().len());
        assert!((few.mean_gy() / all.mean_gy() - 1.0).abs() < 1e-13);
        let close = |f: &dyn Fn(f64) -> f64, tolerance: f64| {
            let (one, two) = (few.mean_of(f), all.mean_of(f));
            assert!((one / two - 1.0).abs() < tolerance, "{one} {two}");
        };
        close(&|d| d.powf(1.03), 1e-9);
        close(&|d| d.powf(20.0), 1e-5);
        close(&|d| 1.0 / (1.0 + (30.0 / d.max(1e-300)).powf(4.0)), 1e-7);
        close(&|d| (-0.1 * d).exp(), 1e-9);
    }

    #[test]
    fn says_what_it_cannot_use() {
        assert_eq!(
            DoseVolume::from_samples(&[1.0], &[0.0]),
            Err(RadiobiologyError::NoVolume)
        );
        assert!(DoseVolume::from_samples(&[1.0], &[]).is_err());
        assert!(DoseVolume::from_samples(&[-1.0], &[1.0]).is_err());
        let mut parts = DvhParts::from(even());
        parts.volume_cc = 2000.0;
        assert!(matches!(
            DoseVolume::of_dvh(&parts.into()),
            Err(RadiobiologyError::NotCovered { .. })
        ));
    }
}
