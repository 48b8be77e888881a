//! Integers in place of floating-point numbers, so that a sum does not depend on its order.

/// A scale between numbers and integers: a power of two, chosen so that the largest number has 62 bits.
///
/// A number is off by at most half a step, 2^-62 of the largest; the sum of up to 2^64 of them is exact
/// in 128 bits, and so the same in any order.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FixedPoint {
    scale: f64,
}

impl FixedPoint {
    const BITS: i32 = 62;

    /// The scale for numbers of up to `largest` in magnitude.
    pub fn for_largest(largest: f64) -> Self {
        let exponent = if largest > 0.0 {
            libm::frexp(largest).1
        } else {
            0
        };
        // The scale itself must stay a number; no dose or activity comes near these ends.
        let shift = (Self::BITS - exponent).clamp(-960, 960);
        Self {
            scale: libm::ldexp(1.0, shift),
        }
    }

    /// A number as an integer, rounded once.
    pub fn encode(self, value: f64) -> i128 {
        (value * self.scale).round() as i128
    }

    /// A sum of integers as a number, rounded once.
    pub fn decode(self, sum: i128) -> f64 {
        sum as f64 / self.scale
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn extremes_come_back() {
        for largest in [0.0, 1e-200, 1.0, 3.0, 1e12, 1e250] {
            let fixed = FixedPoint::for_largest(largest);
            assert_eq!(fixed.decode(fixed.encode(largest)), largest);
            assert_eq!(fixed.decode(fixed.encode(-largest)), -largest);
        }
    }

    proptest! {
        #[test]
        fn sums_in_any_order(values in prop::collection::vec(-1e6..1e6_f64, 1..50)) {
            let fixed = FixedPoint::for_largest(1e6);
            let forth: i128 = values.iter().map(|v| fixed.encode(*v)).sum();
            let back: i128 = values.iter().rev().map(|v| fixed.encode(*v)).sum();
            prop_assert_eq!(forth, back);
            let plain: f64 = values.iter().sum();
            prop_assert!((fixed.decode(forth) - plain).abs() <= 1e-8);
        }
    }
}
