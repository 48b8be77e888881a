//! The independent referee of the DVH engine: shapes with known cross-sections, dose fields on grids of any
//! orientation, and truths that share no code with the engine.
//!
//! The truth is the stack of prisms that the contours define. In a linear dose its histogram is a closed form
//! ([`exact`]); in any other dose the trilinear interpolant of the stored grid is integrated along many straight
//! lines ([`scan`]).

// Each test and example uses a part of it.
#![allow(dead_code)]

pub(crate) mod cases;
pub(crate) mod compare;
pub(crate) mod exact;
pub(crate) mod fields;
pub(crate) mod grids;
pub(crate) mod scan;
pub(crate) mod shapes;
pub(crate) mod stack;

/// A small seeded generator of random numbers (xorshift64*).
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    /// Evenly between 0 and 1.
    pub(crate) fn unit(&mut self) -> f64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// Evenly between two numbers.
    pub(crate) fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.unit()
    }

    /// A whole number below `n`.
    pub(crate) fn below(&mut self, n: usize) -> usize {
        ((self.unit() * n as f64) as usize).min(n - 1)
    }

    /// Normal with mean 0 and standard deviation 1.
    pub(crate) fn normal(&mut self) -> f64 {
        let radius = (-2.0 * (1.0 - self.unit()).ln()).sqrt();
        radius * (std::f64::consts::TAU * self.unit()).cos()
    }

    pub(crate) fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            items.swap(last, self.below(last + 1));
        }
    }
}
