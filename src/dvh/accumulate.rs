//! The histogram while it grows: integers only, so that order and number of threads cannot change a bit.
//!
//! A cell's dose is spread over a range: evenly (a box), or as the sum of two even spreads (a trapezoid),
//! which is what a linear dose does in a rectangle. The cumulative volume of a box is the difference of two
//! ramps, that of a trapezoid of four parabolas. A ramp or parabola that begins anywhere between two bin
//! edges equals, at all edges, a blend of the two or three that begin at neighbouring edges (B-spline
//! weights). So a box costs four additions to an array of second differences, a trapezoid twelve to one of
//! third differences, and the curve is exact at every bin edge. Cells of constant dose are kept apart, by
//! their exact dose.

use super::curve::Curve;
use std::collections::HashMap;

/// Position within a bin in fixed point.
const FRACTION_BITS: u32 = 8;
/// One bin in fixed point.
const BIN: i64 = 1 << FRACTION_BITS;
/// The whole volume is at most 2^52 units.
const VOLUME_BITS: i32 = 52;
/// The curve counts in coarser units with more digits behind the point: `units >> COARSE << FINE` stays
/// below 2^62, while slopes and curvatures of the curve are still large integers.
const COARSE: u32 = 16;
const FINE: u32 = 26;
/// Fixed point of the dose in the first moment, as a share of the range.
const MOMENT_STEPS: f64 = 1_099_511_627_776.0;

/// Bins and units of a histogram: what two histograms must share to be added.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Scale {
    low: f64,
    step: f64,
    bins: usize,
    units_per_mm3: f64,
    /// Positions in fixed point per gray.
    places_per_gy: f64,
    /// Steps of the first moment per gray.
    moments_per_gy: f64,
}

impl Scale {
    /// Bins over a range of dose, units for a volume in mm^3.
    pub(super) fn new([low, high]: [f64; 2], bins: usize, volume_mm3: f64) -> Self {
        let bins = bins.max(1);
        let step = (high - low) / bins as f64;
        let exponent = VOLUME_BITS - 1 - volume_mm3.max(f64::MIN_POSITIVE).log2().ceil() as i32;
        let step = if step > 0.0 { step } else { 1.0 };
        Self {
            low,
            step,
            bins,
            units_per_mm3: 2.0_f64.powi(exponent.clamp(-900, 900)),
            places_per_gy: f64::from(1_u32 << FRACTION_BITS) / step,
            moments_per_gy: MOMENT_STEPS / (step * bins as f64),
        }
    }

    /// A volume in units.
    #[inline]
    pub(super) fn units(&self, volume_mm3: f64) -> i64 {
        (volume_mm3 * self.units_per_mm3 + 0.5) as i64
    }

    /// A volume in mm^3.
    pub(super) fn volume_mm3(&self, units: i64) -> f64 {
        units as f64 / self.units_per_mm3
    }
}

/// A histogram under construction.
#[derive(Debug, Clone)]
pub(super) struct Histogram {
    scale: Scale,
    /// Third differences of the cumulative volume at bin edges, modulo 2^64, in curve units; index 0 is the
    /// edge below the first bin.
    parabolas: Vec<i64>,
    /// Second differences alike.
    ramps: Vec<i64>,
    /// Volume of a bin that the other two do not hold.
    steps: Vec<i64>,
    /// Volume of constant dose by the bits of the dose.
    plateaus: HashMap<u64, i64>,
    /// The plateau met last, not yet in the map.
    latest: (u64, i64),
    /// First moment above the lowest dose.
    moment: i128,
    units: i64,
    pub(super) min: f64,
    pub(super) max: f64,
}

impl Histogram {
    pub(super) fn new(scale: Scale) -> Self {
        Self {
            scale,
            parabolas: vec![0; scale.bins + 3],
            ramps: vec![0; scale.bins + 3],
            steps: vec![0; scale.bins],
            plateaus: HashMap::new(),
            latest: (0, 0),
            moment: 0,
            units: 0,
            min: f64::INFINITY,
            max: f64::NEG_INFINITY,
        }
    }

    /// Volume so far, in units.
    pub(super) fn units(&self) -> i64 {
        self.units
    }

    /// Takes note of a dose that the closed structure reaches.
    #[inline]
    pub(super) fn reach(&mut self, dose: f64) {
        self.min = self.min.min(dose);
        self.max = self.max.max(dose);
    }

    /// Adds `units` of volume whose dose has a mean and is the sum of two independent even spreads, over
    /// `wide` and over `narrow` gray.
    #[inline]
    pub(super) fn add(&mut self, units: i64, mean: f64, wide: f64, narrow: f64) {
        self.units += units;
        // Casts truncate (and saturate): half a unit more rounds, without a call into the maths library.
        let above_low = ((mean - self.scale.low) * self.scale.moments_per_gy + 0.5) as i64;
        self.moment += i128::from(units) * i128::from(above_low);
        if wide == 0.0 {
            self.add_plateau(units, mean);
            return;
        }
        let places = self.scale.places_per_gy;
        let middle = ((mean - self.scale.low) * places + 0.5) as i64;
        let half = |width: f64| (0.5 * width * places + 0.5) as i64;
        let (wide, narrow) = (half(wide), half(narrow));
        let volume = (units >> COARSE) << FINE;
        let most = (self.scale.bins as i64) << FRACTION_BITS;
        let fits = middle >= wide + narrow && middle + wide + narrow <= most;
        if narrow > 0 && fits {
            self.add_trapezoid(middle, wide, narrow, volume);
        } else {
            self.add_box(
                (middle - wide).clamp(0, most),
                (middle + wide).clamp(0, most),
                volume,
            );
        }
    }

    #[inline]
    fn add_box(&mut self, start: i64, end: i64, volume: i64) {
        if start == end {
            self.add_step(start, volume);
            return;
        }
        // Any height near the quotient will do: what it misses is put into the middle.
        let height = (volume as f64 / (end - start) as f64) as i64;
        self.add_ramp(end, height);
        self.add_ramp(start, -height);
        self.add_step(start + (end - start) / 2, volume - height * (end - start));
    }

    #[inline]
    fn add_trapezoid(&mut self, middle: i64, wide: i64, narrow: i64, volume: i64) {
        let area = 8 * wide * narrow;
        let height = (volume as f64 / area as f64) as i64;
        self.add_parabola(middle + wide + narrow, height);
        self.add_parabola(middle + wide - narrow, -height);
        self.add_parabola(middle - wide + narrow, -height);
        self.add_parabola(middle - wide - narrow, height);
        self.add_step(middle, volume - height * area);
    }

    #[inline]
    fn add_plateau(&mut self, units: i64, dose: f64) {
        // Both zeros are one dose.
        let bits = (dose + 0.0).to_bits();
        if self.latest.0 != bits {
            self.flush_plateau();
            self.latest.0 = bits;
        }
        self.latest.1 += units;
    }

    fn flush_plateau(&mut self) {
        let (bits, units) = std::mem::take(&mut self.latest);
        if units != 0 {
            *self.plateaus.entry(bits).or_insert(0) += units;
        }
    }

    /// `height (place - x)` at every edge x below `place`. Products wrap; sums modulo 2^64 find the curve.
    #[inline]
    fn add_ramp(&mut self, place: i64, height: i64) {
        let (edge, part) = ((place >> FRACTION_BITS) as usize + 1, place & (BIN - 1));
        for (edge, weight) in [(edge, BIN - part), (edge + 1, part)] {
            self.ramps[edge] = self.ramps[edge].wrapping_add(height.wrapping_mul(weight));
        }
    }

    /// `height (place - x)^2` at every edge x below `place`, by the quadratic B-spline weights times two.
    #[inline]
    fn add_parabola(&mut self, place: i64, height: i64) {
        let (edge, part) = ((place >> FRACTION_BITS) as usize + 1, place & (BIN - 1));
        let rest = BIN - part;
        let weights = [rest * rest, BIN * BIN + 2 * part * rest, part * part];
        for (edge, weight) in (edge - 1..).zip(weights) {
            self.parabolas[edge] = self.parabolas[edge].wrapping_add(height.wrapping_mul(weight));
        }
    }

    #[inline]
    fn add_step(&mut self, place: i64, volume: i64) {
        let bin = ((place >> FRACTION_BITS) as usize).min(self.scale.bins - 1);
        self.steps[bin] = self.steps[bin].wrapping_add(volume);
    }

    /// Adds another histogram of the same scale.
    pub(super) fn merge(mut self, mut other: Self) -> Self {
        for (sums, parts) in [
            (&mut self.parabolas, &other.parabolas),
            (&mut self.ramps, &other.ramps),
            (&mut self.steps, &other.steps),
        ] {
            for (sum, part) in sums.iter_mut().zip(parts) {
                *sum = sum.wrapping_add(*part);
            }
        }
        other.flush_plateau();
        self.flush_plateau();
        for (bits, units) in other.plateaus {
            *self.plateaus.entry(bits).or_insert(0) += units;
        }
        self.moment += other.moment;
        self.units += other.units;
        self.min = self.min.min(other.min);
        self.max = self.max.max(other.max);
        self
    }

    /// Mean dose; `None` without volume.
    pub(super) fn mean(&self) -> Option<f64> {
        (self.units > 0).then(|| {
            self.scale.low + self.moment as f64 / (self.units as f64 * self.scale.moments_per_gy)
        })
    }

    /// The cumulative curve, its whole volume set to `volume_cc`.
    pub(super) fn into_curve(mut self, volume_cc: f64) -> Curve {
        if self.units <= 0 {
            return Curve::from_knots(&[]);
        }
        self.flush_plateau();
        if self.min > self.max {
            // No boundary point and no whole cell lay where the dose reaches: only middles of cells did.
            let mean = self.mean().unwrap_or(self.scale.low);
            (self.min, self.max) = (mean, mean);
        }
        let contents = self.bin_contents();
        let spread_units: i128 = contents
            .iter()
            .map(|content| i128::from(*content))
            .sum::<i128>()
            .max(1);
        let flat_units: i64 = self.plateaus.values().sum();
        // As shares first, so that all units are all of the volume to the last bit; the curve's coarser
        // units share what the plateaus leave.
        let total = self.units as f64;
        let cc = |units: i64| units as f64 / total * volume_cc;
        let spread_cc =
            |content: i64| content as f64 / (spread_units as f64) * cc(self.units - flat_units);
        let mut plateaus: Vec<(f64, f64)> = self
            .plateaus
            .iter()
            .map(|(bits, units)| (f64::from_bits(*bits), cc(*units)))
            .collect();
        plateaus.sort_by(|a, b| a.0.total_cmp(&b.0));
        for (dose, _) in &plateaus {
            self.min = self.min.min(*dose);
            self.max = self.max.max(*dose);
        }
        Curve::from_knots(&knots(
            &contents,
            &plateaus,
            self.scale,
            [self.min, self.max],
            spread_cc,
        ))
    }

    /// Volume between each bin edge and the next, in curve units.
    fn bin_contents(&self) -> Vec<i64> {
        let mut contents = vec![0; self.scale.bins];
        let (mut slope, mut curvature) = (0_i64, 0_i64);
        // Edge `bin` has index `bin + 1`; a bin holds the rise of the curve from its upper to its lower edge.
        for edge in (0..self.scale.bins + 3).rev() {
            if let Some(content) = edge.checked_sub(1).and_then(|bin| contents.get_mut(bin)) {
                *content = slope.wrapping_add(self.steps[edge - 1]).max(0);
            }
            curvature = curvature.wrapping_add(self.parabolas[edge]);
            slope = slope.wrapping_add(self.ramps[edge]).wrapping_add(curvature);
        }
        contents
    }
}

/// Merges bins and plateaus to knots `(dose, volume at it, volume between it and the next)` over the range
/// that the structure really has.
fn knots(
    contents: &[i64],
    plateaus: &[(f64, f64)],
    scale: Scale,
    [min, max]: [f64; 2],
    cc: impl Fn(i64) -> f64,
) -> Vec<(f64, f64, f64)> {
    let mut knots: Vec<(f64, f64, f64)> = vec![(min, 0.0, 0.0)];
    let mut plateaus = plateaus.iter().copied().peekable();
    let at = |knots: &mut Vec<(f64, f64, f64)>, dose: f64, volume: f64| match knots.last_mut() {
        Some(last) if last.0 == dose => last.1 += volume,
        _ => knots.push((dose, volume, 0.0)),
    };
    for (bin, content) in contents.iter().enumerate() {
        let edge = |bin: usize| (scale.low + bin as f64 * scale.step).clamp(min, max);
        // The last bin ends where the structure's dose does.
        let (low, high) = (
            edge(bin),
            if bin + 1 == contents.len() {
                max
            } else {
                edge(bin + 1)
            },
        );
        let mut left = cc(*content);
        let mut from = low;
        while let Some((dose, volume)) = plateaus.next_if(|plateau| plateau.0 <= high) {
            if dose > from && high > low {
                let share = left * (dose - from) / (high - from);
                spread(&mut knots, from, share);
                left -= share;
                from = dose;
            }
            at(&mut knots, dose, volume);
        }
        if high > from {
            spread(&mut knots, from, left);
            at(&mut knots, high, 0.0);
        } else if let Some(last) = knots.last_mut() {
            // A bin below the least or above the highest dose: its volume belongs to that end.
            last.1 += left;
        }
    }
    knots
}

/// Puts volume between a dose, where the last knot lies, and the next knot.
fn spread(knots: &mut Vec<(f64, f64, f64)>, from: f64, volume: f64) {
    match knots.last_mut() {
        Some(last) if last.0 >= from => last.2 += volume,
        _ => knots.push((from, 0.0, volume)),
    }
}
