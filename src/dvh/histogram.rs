//! What one thread has found out about a structure's dose so far, and how it is added up.

use super::blur::BlurCounts;
use super::counts::Counts;
use super::sample::BoxSpread;
use super::scale::{Resolution, Scale, nearest};
use std::collections::HashMap;

/// Largest share of the widest spread that a third may have and be merged with it.
const THIRD: f64 = 0.3;
/// The same in boxes of so many times the volume of a small one.
const FINE_THIRD: f64 = 0.015;
const MANY: i64 = 100;

/// Where volumes with their doses go.
pub(super) trait Deposit: Sized + Send {
    /// Whether least and highest dose are wanted.
    const SEEKS_EXTREMES: bool;

    /// Adds `units` of volume whose dose has a mean and is the sum of two independent even spreads, over `wide`
    /// and over `narrow` gray.
    fn add(&mut self, units: i64, mean: f64, wide: f64, narrow: f64);

    /// How wide the bins are.
    fn resolution(&self) -> Resolution;

    /// Adds what another thread has.
    fn merge(self, other: Self) -> Self;

    /// Takes note of a dose that the closed structure reaches.
    fn reach(&mut self, _dose: f64) {}

    /// Takes note of a cell whose shape is approximated: its volume, mean dose and range of dose.
    fn blur(&mut self, _units: i64, _mean: f64, _width: f64) {}

    /// Adds a box: its dose is the sum of three even spreads. Of these the two widest are kept, and the widest is
    /// given the variance of the third and of the twist. A third that is not small is cut into steps first. Of a box of
    /// `whole` units, whose size says how closely its shape is followed, `units` count.
    #[inline]
    fn add_box(&mut self, units: i64, whole: i64, mean: f64, spread: BoxSpread, small: i64) {
        let BoxSpread {
            wide,
            narrow,
            least,
            twist,
        } = spread;
        // Where a structure is a few boxes, the shape of each shows.
        let third = if whole > MANY * small {
            FINE_THIRD
        } else {
            THIRD
        };
        if least > third * wide && whole > small {
            let steps = (least / (third * wide)).ceil();
            let step = least / steps;
            let widened = (wide * wide + step * step + twist).sqrt();
            let (count, mut left) = (steps as i64, units);
            for index in 0..count {
                let part = left / (count - index);
                left -= part;
                let shift = (index as f64 + 0.5) * step - 0.5 * least;
                self.add(part, mean + shift, widened, narrow);
            }
            return;
        }
        // The shape of a small box hardly matters: one even spread of the right variance will do.
        let (narrow, rest) = if whole > small {
            (narrow, least * least + twist)
        } else {
            (0.0, narrow * narrow + least * least + twist)
        };
        let widened = if rest > 0.0 {
            (wide * wide + rest).sqrt()
        } else {
            wide
        };
        self.add(units, mean, widened, narrow);
    }
}

/// The whole of a structure's dose: bins, moments, extremes. Volumes of constant dose are kept apart, by their
/// exact dose.
#[derive(Debug, Clone)]
pub(super) struct Histogram {
    counts: Counts,
    moments_per_gy: f64,
    /// Volume of constant dose by the bits of the dose.
    plateaus: HashMap<u64, i64>,
    /// The plateau met last, not yet in the map.
    latest: (u64, i64),
    /// First moment above the lowest dose.
    moment: i128,
    units: i64,
    min: f64,
    max: f64,
    blur: BlurCounts,
}

/// What is in a histogram, ordered by dose: but for the ends integers, so that parts add up in any order.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Contents {
    /// Volume in each bin, in a unit of its own.
    pub(super) bins: Vec<i64>,
    pub(super) scale: Scale,
    /// Volumes of constant dose in units, ascending.
    pub(super) plateaus: Vec<(f64, i64)>,
    /// All volume in units.
    pub(super) units: i64,
    /// First moment above the lowest dose.
    moment: i128,
    /// Least and highest dose.
    pub(super) ends: [f64; 2],
    /// What was approximated.
    pub(super) blur: BlurCounts,
}

impl Histogram {
    pub(super) fn new(scale: Scale) -> Self {
        Self {
            counts: Counts::new(scale),
            moments_per_gy: scale.moments_per_gy(),
            plateaus: HashMap::new(),
            latest: (0, 0),
            moment: 0,
            units: 0,
            min: f64::INFINITY,
            max: f64::NEG_INFINITY,
            blur: BlurCounts::new(scale),
        }
    }

    /// Adds `units` of volume all at a dose, for bins that only count together.
    #[inline]
    pub(super) fn add_lump(&mut self, units: i64, dose: f64) {
        self.add_moment(units, dose);
        self.counts.add(units, dose, 0.0, 0.0);
    }

    #[inline]
    fn add_moment(&mut self, units: i64, mean: f64) {
        self.units += units;
        let above_low = nearest((mean - self.counts.scale.low) * self.moments_per_gy);
        self.moment += i128::from(units) * i128::from(above_low);
    }

    fn flush_plateau(&mut self) {
        let (bits, units) = std::mem::take(&mut self.latest);
        if units != 0 {
            *self.plateaus.entry(bits).or_insert(0) += units;
        }
    }

    /// The contents; `None` without volume.
    pub(super) fn contents(mut self) -> Option<Contents> {
        if self.units <= 0 {
            return None;
        }
        self.flush_plateau();
        let scale = self.counts.scale;
        let mean = mean(scale, self.moment, self.units);
        let mut ends = [self.min, self.max];
        if self.min > self.max {
            // No boundary point and no whole cell lay where the dose reaches: only middles of cells did.
            ends = [mean, mean];
        }
        let mut plateaus: Vec<(f64, i64)> = self
            .plateaus
            .iter()
            .map(|(bits, units)| (f64::from_bits(*bits), *units))
            .collect();
        plateaus.sort_by(|a, b| a.0.total_cmp(&b.0));
        if let ([first, ..], [.., last]) = (&plateaus[..], &plateaus[..]) {
            ends = [ends[0].min(first.0), ends[1].max(last.0)];
        }
        Some(Contents {
            bins: self.counts.contents(),
            scale,
            plateaus,
            units: self.units,
            moment: self.moment,
            ends,
            blur: self.blur,
        })
    }
}

impl Deposit for Histogram {
    const SEEKS_EXTREMES: bool = true;

    #[inline]
    fn add(&mut self, units: i64, mean: f64, wide: f64, narrow: f64) {
        self.add_moment(units, mean);
        if wide == 0.0 {
            // Both zeros are one dose.
            let bits = (mean + 0.0).to_bits();
            if self.latest.0 != bits {
                self.flush_plateau();
                self.latest.0 = bits;
            }
            self.latest.1 += units;
        } else {
            self.counts.add(units, mean, wide, narrow);
        }
    }

    fn resolution(&self) -> Resolution {
        let step = self.counts.scale.step;
        Resolution {
            ends: [f64::NEG_INFINITY, f64::INFINITY],
            inside: step,
            outside: step,
        }
    }

    fn merge(mut self, mut other: Self) -> Self {
        self.counts.merge(&other.counts);
        other.flush_plateau();
        self.flush_plateau();
        for (bits, units) in other.plateaus {
            *self.plateaus.entry(bits).or_insert(0) += units;
        }
        self.blur.merge(&other.blur);
        self.moment += other.moment;
        self.units += other.units;
        self.min = self.min.min(other.min);
        self.max = self.max.max(other.max);
        self
    }

    #[inline]
    fn blur(&mut self, units: i64, mean: f64, width: f64) {
        self.blur.add(units, mean, width);
    }

    #[inline]
    fn reach(&mut self, dose: f64) {
        self.min = self.min.min(dose);
        self.max = self.max.max(dose);
    }
}

/// The mean dose of a volume with a first moment.
fn mean(scale: Scale, moment: i128, units: i64) -> f64 {
    scale.low + moment as f64 / (units as f64 * scale.moments_per_gy())
}

impl Contents {
    /// The mean dose.
    pub(super) fn mean(&self) -> f64 {
        mean(self.scale, self.moment, self.units)
    }

    /// The same bins with nothing in them.
    pub(super) fn without_volume(&self) -> Self {
        Self {
            bins: vec![0; self.bins.len()],
            scale: self.scale,
            plateaus: Vec::new(),
            units: 0,
            moment: 0,
            ends: [f64::INFINITY, f64::NEG_INFINITY],
            blur: BlurCounts::new(self.scale),
        }
    }

    /// Adds the contents of other volumes in the same bins.
    pub(super) fn merge(&mut self, other: &Self) {
        for (sum, part) in self.bins.iter_mut().zip(&other.bins) {
            *sum += part;
        }
        for (dose, units) in &other.plateaus {
            match self.plateaus.binary_search_by(|one| one.0.total_cmp(dose)) {
                Ok(at) => self.plateaus[at].1 += units,
                Err(at) => self.plateaus.insert(at, (*dose, *units)),
            }
        }
        self.units += other.units;
        self.moment += other.moment;
        let [low, high] = other.ends;
        self.ends = [self.ends[0].min(low), self.ends[1].max(high)];
        self.blur.merge(&other.blur);
    }
}
