//! The extremes that any thread has met so far: whoever cannot beat them need not look.

use std::sync::atomic::{AtomicU64, Ordering};

/// Least and highest dose reached, shared between threads. Doses are not negative, so their bits order as they do.
#[derive(Debug)]
pub(super) struct Reached {
    min: AtomicU64,
    max: AtomicU64,
}

impl Reached {
    /// Nothing reached yet.
    pub(super) fn new() -> Self {
        Self {
            min: AtomicU64::new(f64::INFINITY.to_bits()),
            max: AtomicU64::new(0),
        }
    }

    /// Whether doses in a range could be a new extreme. A stale answer costs time, never a value.
    #[inline]
    pub(super) fn could_grow(&self, [low, high]: [f64; 2]) -> bool {
        low < f64::from_bits(self.min.load(Ordering::Relaxed))
            || high > f64::from_bits(self.max.load(Ordering::Relaxed))
    }

    /// Takes note of what was reached.
    pub(super) fn note(&self, low: f64, high: f64) {
        self.min
            .fetch_min(low.max(0.0).to_bits(), Ordering::Relaxed);
        self.max
            .fetch_max(high.max(0.0).to_bits(), Ordering::Relaxed);
    }
}
