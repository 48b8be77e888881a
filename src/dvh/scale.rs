//! Bins of dose and units of volume.
#![allow(
    clippy::inline_always,
    reason = "vector instructions reach only what is inlined"
)]
#![allow(
    clippy::needless_bitwise_bool,
    reason = "vector instructions know no branches"
)]

/// Up to this share of the whole volume the shape of a box hardly matters.
const SMALL_SHARE: f64 = 1e-5;
/// What the twist's share of the variance times the box's share of the volume may come to.
const TWIST_BY_VOLUME: f64 = 5e-7;
/// A share of the variance at which the twist matters in boxes of no size.
const LEAST_TWIST: f64 = 1e-3;
/// A share of the variance at which the twist matters in boxes of any size whose dose spans many bins: many such
/// boxes of one shape would show in the curve.
const MOST_TWIST: f64 = 0.02;
/// How many bins are many.
const MANY_BINS: f64 = 800.0;
/// Boxes whose dose spans fewer bins need no closer look.
const RESOLVED_BINS: f64 = 2.0;
/// The whole volume is at most 2^50 units.
const VOLUME_BITS: i32 = 50;
/// Fixed point of the dose in the first moment, as a share of the range.
const MOMENT_STEPS: f64 = 1_099_511_627_776.0;

/// Adding this to a number below 2^51 leaves its nearest whole number in the last bits.
const ROUNDER: f64 = 6_755_399_441_055_744.0;

/// The nearest whole number, for sizes below 2^51: two instructions, where a cast takes a dozen and rounds to zero.
/// What is larger or not a number gives any number, never a fault.
#[inline(always)]
pub(super) fn nearest(x: f64) -> i64 {
    (x + ROUNDER)
        .to_bits()
        .wrapping_sub(ROUNDER.to_bits())
        .cast_signed()
}

/// The smaller of two numbers of which neither is NaN: one instruction, unlike `f64::min`.
#[inline(always)]
pub(super) fn smaller(a: f64, b: f64) -> f64 {
    if a < b { a } else { b }
}

/// The larger of two numbers of which neither is NaN.
#[inline(always)]
pub(super) fn larger(a: f64, b: f64) -> f64 {
    if a > b { a } else { b }
}

/// Volumes in units, and which boxes are small among them.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Units {
    per_mm3: f64,
    /// Boxes of fewer units are too small for their shape to matter much.
    pub(super) small: i64,
    /// What the share of the twist in the variance times the units may come to.
    rough: f64,
}

impl Units {
    /// Units for a whole volume in mm^3.
    pub(super) fn new(volume_mm3: f64) -> Self {
        let exponent = VOLUME_BITS - 1 - volume_mm3.max(f64::MIN_POSITIVE).log2().ceil() as i32;
        let per_mm3 = 2.0_f64.powi(exponent.clamp(-900, 900));
        Self {
            per_mm3,
            small: (SMALL_SHARE * volume_mm3 * per_mm3) as i64,
            rough: TWIST_BY_VOLUME * volume_mm3 * per_mm3,
        }
    }

    /// A volume in units.
    #[inline(always)]
    pub(super) fn of(&self, volume_mm3: f64) -> i64 {
        nearest(volume_mm3 * self.per_mm3)
    }

    /// A volume in mm^3.
    pub(super) fn mm3(&self, units: i64) -> f64 {
        units as f64 / self.per_mm3
    }

    /// Whether the dose in a box bends so much that it is better taken in eighths: the larger its share of the
    /// volume, and the more bins it spans, the straighter it must be. What spans hardly a bin needs no closer look.
    /// `square` is that of its widest spread, `step` the width of the bins that it reaches.
    #[inline(always)]
    pub(super) fn is_rough(&self, square: f64, twist: f64, units: i64, step: f64) -> bool {
        let (seen, many) = (RESOLVED_BINS * step, MANY_BINS * step);
        let all = square + twist;
        let most = MOST_TWIST * square * larger(many * many, all);
        (all > seen * seen)
            & (twist > LEAST_TWIST * square)
            & ((twist * units as f64 > square * self.rough) | (twist * all > most))
    }
}

/// How wide bins are: of one width between two doses, of another beyond.
#[derive(Debug, Clone, Copy)]
pub(super) struct Resolution {
    pub(super) ends: [f64; 2],
    pub(super) inside: f64,
    pub(super) outside: f64,
}

impl Resolution {
    /// The finest bins that a dose reaches which has a mean and varies by `half` to either side.
    #[inline(always)]
    pub(super) fn step(&self, mean: f64, half: f64) -> f64 {
        if (mean + half >= self.ends[0]) & (mean - half <= self.ends[1]) {
            self.inside
        } else {
            self.outside
        }
    }
}

/// Even bins over a range of dose.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Scale {
    pub(super) low: f64,
    pub(super) step: f64,
    pub(super) bins: usize,
}

impl Scale {
    pub(super) fn new([low, high]: [f64; 2], bins: usize) -> Self {
        let bins = bins.max(1);
        let step = (high - low) / bins as f64;
        Self {
            low,
            step: if step > 0.0 { step } else { 1.0 },
            bins,
        }
    }

    /// A bin edge.
    pub(super) fn edge(&self, bin: usize) -> f64 {
        self.low + bin as f64 * self.step
    }

    /// Steps of a first moment per gray.
    pub(super) fn moments_per_gy(&self) -> f64 {
        MOMENT_STEPS / (self.step * self.bins as f64)
    }
}
