//! Volume by dose in bins: integers only, so that order and number of threads cannot change a bit.
//!
//! A cell's dose is spread over a range: evenly, or as the sum of two even spreads (a trapezoid), which is what a
//! linear dose does in a rectangle. The cumulative volume of an even spread is the difference of two ramps, that
//! of a trapezoid of four parabolas. A ramp or parabola that begins between two bin edges is a blend of the two
//! that begin at those edges. So an even spread costs four additions, a trapezoid eight, and the curve is exact at
//! every bin edge: of an even spread wherever it lies, of a trapezoid whose corners are whole bins from its middle.

use super::scale::{Scale, nearest};

/// Position within a bin in fixed point.
const FRACTION_BITS: u32 = 8;
/// One bin in fixed point.
const BIN: i64 = 1 << FRACTION_BITS;
/// The curve counts in finer units, so that its slopes and curvatures are large integers still: the whole volume, at most
/// 2^50 units, stays below 2^62 of them.
const FINE: u32 = 12;

/// Pieces of a trapezoid that reaches beyond the bins.
const PIECES: u32 = 16;

/// Bins while they are filled.
#[derive(Debug, Clone)]
pub(super) struct Counts {
    pub(super) scale: Scale,
    /// Positions in fixed point per gray, and the highest.
    places_per_gy: f64,
    /// Half a bin's place per gray.
    halves_per_gy: f64,
    most: i64,
    /// Heights of the parabolas that begin at each bin edge, modulo 2^64, in curve units.
    parabolas: Vec<i64>,
    /// Heights of the ramps alike.
    ramps: Vec<i64>,
    /// Volume of a bin that the other two do not hold.
    steps: Vec<i64>,
}

impl Counts {
    pub(super) fn new(scale: Scale) -> Self {
        Self {
            scale,
            places_per_gy: BIN as f64 / scale.step,
            halves_per_gy: 0.5 / scale.step,
            most: (scale.bins as i64) << FRACTION_BITS,
            parabolas: vec![0; scale.bins + 2],
            ramps: vec![0; scale.bins + 2],
            steps: vec![0; scale.bins],
        }
    }

    /// Adds `units` of volume whose dose has a mean and is the sum of two even spreads, over `wide` and over
    /// `narrow` gray. What reaches beyond the bins is cut off or counts in the outermost.
    #[inline]
    pub(super) fn add(&mut self, units: i64, mean: f64, wide: f64, narrow: f64) {
        let places = self.places_per_gy;
        let middle = nearest((mean - self.scale.low) * places);
        let volume = units << FINE;
        if wide == 0.0 {
            self.add_step(middle.clamp(0, self.most), volume);
            return;
        }
        // Half the width at the foot and at the top, in whole bins.
        let foot = nearest((wide + narrow) * self.halves_per_gy);
        let top = nearest((wide - narrow) * self.halves_per_gy);
        let reach = foot << FRACTION_BITS;
        if foot > top && middle >= reach && middle + reach <= self.most {
            self.add_trapezoid(middle, foot, top, volume);
        } else if narrow > 0.0 && foot > top {
            self.add_cut(units, mean, wide, narrow);
        } else {
            let half = nearest(0.5 * wide * places);
            self.add_even(
                (middle - half).clamp(0, self.most),
                (middle + half).clamp(0, self.most),
                volume,
            );
        }
    }

    /// A trapezoid that reaches beyond the bins, in even pieces. No dose lies there: the shape, which is that of a
    /// linear dose, is cut off.
    #[cold]
    fn add_cut(&mut self, units: i64, mean: f64, wide: f64, narrow: f64) {
        let half = 0.5 * (wide + narrow);
        let low = (mean - half).max(self.scale.low);
        let high = (mean + half).min(self.scale.edge(self.scale.bins));
        let under = |dose: f64| below(dose, mean, wide, narrow);
        let (first, inside) = (under(low), under(high) - under(low));
        if inside <= 0.0 {
            self.add(units, mean, 0.0, 0.0);
            return;
        }
        let step = (high - low) / f64::from(PIECES);
        let mut given = 0;
        for piece in 0..PIECES {
            let end = low + f64::from(piece + 1) * step;
            let upto = if piece + 1 == PIECES {
                units
            } else {
                nearest(units as f64 * (under(end) - first) / inside)
            };
            self.add(upto - given, end - 0.5 * step, step, 0.0);
            given = upto;
        }
    }

    #[inline]
    fn add_even(&mut self, start: i64, end: i64, volume: i64) {
        if start == end {
            self.add_step(start, volume);
            return;
        }
        // Any height near the quotient will do: what it misses is put into the middle.
        let height = (volume as f64 / (end - start) as f64 + 0.5) as i64;
        self.add_ramp(end, height);
        self.add_ramp(start, -height);
        self.add_step(start + (end - start) / 2, volume - height * (end - start));
    }

    #[inline]
    fn add_trapezoid(&mut self, middle: i64, foot: i64, top: i64, volume: i64) {
        let area = 2 * (foot * foot - top * top) * BIN;
        let height = (volume as f64 / area as f64 + 0.5) as i64;
        let (edge, part) = (middle >> FRACTION_BITS, middle & (BIN - 1));
        let (here, next) = (height.wrapping_mul(BIN - part), height.wrapping_mul(part));
        for (edge, here, next) in [
            (edge + foot, here, next),
            (edge + top, -here, -next),
            (edge - top, -here, -next),
            (edge - foot, here, next),
        ] {
            let edge = edge as usize;
            self.parabolas[edge] = self.parabolas[edge].wrapping_add(here);
            self.parabolas[edge + 1] = self.parabolas[edge + 1].wrapping_add(next);
        }
        // What the quotient misses, in the trapezoid's own places.
        let (left, away) = (volume - height * area, foot << (FRACTION_BITS - 1));
        let side = left / 4;
        self.add_step(middle - away, side);
        self.add_step(middle + away, side);
        self.add_step(middle, left - 2 * side);
    }

    /// `height (place - x)` at every edge x below `place`. Products wrap; sums modulo 2^64 find the curve.
    #[inline]
    fn add_ramp(&mut self, place: i64, height: i64) {
        let (edge, part) = ((place >> FRACTION_BITS) as usize, place & (BIN - 1));
        for (edge, weight) in [(edge, BIN - part), (edge + 1, part)] {
            self.ramps[edge] = self.ramps[edge].wrapping_add(height.wrapping_mul(weight));
        }
    }

    #[inline]
    fn add_step(&mut self, place: i64, volume: i64) {
        let bin = ((place >> FRACTION_BITS) as usize).min(self.scale.bins - 1);
        self.steps[bin] = self.steps[bin].wrapping_add(volume);
    }

    /// Adds other counts in the same bins.
    pub(super) fn merge(&mut self, other: &Self) {
        for (sums, parts) in [
            (&mut self.parabolas, &other.parabolas),
            (&mut self.ramps, &other.ramps),
            (&mut self.steps, &other.steps),
        ] {
            for (sum, part) in sums.iter_mut().zip(parts) {
                *sum = sum.wrapping_add(*part);
            }
        }
    }

    /// Volume in each bin, in curve units.
    pub(super) fn contents(&self) -> Vec<i64> {
        let mut contents = vec![0; self.scale.bins];
        // From the top down: below an edge with a parabola of height 1 the bins hold 1, 3, 5, ...
        let (mut content, mut curvature) = (0_i64, 0_i64);
        for (bin, own) in contents.iter_mut().enumerate().rev() {
            let (ramp, parabola) = (self.ramps[bin + 1], self.parabolas[bin + 1]);
            content = content
                .wrapping_add(curvature.wrapping_mul(2))
                .wrapping_add(ramp)
                .wrapping_add(parabola);
            curvature = curvature.wrapping_add(parabola);
            *own = content.wrapping_add(self.steps[bin]).max(0);
        }
        contents
    }
}

/// Share of a sum of two even spreads below a dose.
pub(super) fn below(dose: f64, mean: f64, wide: f64, narrow: f64) -> f64 {
    if narrow <= 0.0 {
        return ((dose - mean) / wide + 0.5).clamp(0.0, 1.0);
    }
    // The integral of an even spread's share is a parabola between its ends.
    let integral = |x: f64| {
        let inner = (x / wide + 0.5).clamp(0.0, 1.0);
        0.5 * inner * inner * wide + (x - 0.5 * wide).max(0.0)
    };
    let x = dose - mean;
    ((integral(x + 0.5 * narrow) - integral(x - 0.5 * narrow)) / narrow).clamp(0.0, 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn share_below_a_dose() {
        for (wide, narrow) in [(4.0, 0.0), (4.0, 1.0), (4.0, 4.0)] {
            assert!((below(10.0, 10.0, wide, narrow) - 0.5).abs() < 1e-12);
            assert_eq!(below(10.0 - 0.5 * (wide + narrow), 10.0, wide, narrow), 0.0);
            assert!((below(10.0 + 0.5 * (wide + narrow), 10.0, wide, narrow) - 1.0).abs() < 1e-12);
        }
        // Two even spreads over 2 add to a triangle: an eighth lies below a quarter of the way.
        assert!((below(9.0, 10.0, 2.0, 2.0) - 0.125).abs() < 1e-12);
    }

    /// The share of a sum of two even spreads that lies below `x`, by counting.
    fn counted_below(x: f64, mean: f64, wide: f64, narrow: f64) -> f64 {
        let n = 4000;
        (0..n)
            .map(|i| {
                let shift = narrow * ((f64::from(i) + 0.5) / f64::from(n) - 0.5);
                ((x - mean - shift) / wide + 0.5).clamp(0.0, 1.0)
            })
            .sum::<f64>()
            / f64::from(n)
    }

    #[test]
    fn spreads_are_exact_at_bin_edges() {
        let scale = Scale::new([0.0, 100.0], 200);
        for (mean, wide, narrow) in [(50.3, 20.0, 10.0), (33.21, 7.3, 0.0), (71.0, 0.2, 0.0)] {
            let mut counts = Counts::new(scale);
            let units = 1_i64 << 50;
            counts.add(units, mean, wide, narrow);
            let contents = counts.contents();
            let whole = (units << FINE) as f64;
            assert!((contents.iter().sum::<i64>() as f64 / whole - 1.0).abs() < 1e-12);
            let mut sum = 0.0;
            for (bin, content) in contents.iter().enumerate() {
                let wanted = counted_below(scale.edge(bin), mean, wide, narrow);
                assert!((sum - wanted).abs() < 4e-3, "{mean}: {sum} {wanted}");
                sum += *content as f64 / whole;
            }
        }
    }
}
