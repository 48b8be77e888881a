//! Running sums in twice the precision (Knuth's two-sum), for curves whose definitions must hold to
//! the last digit.

/// A sum kept as a rounded value and what the rounding lost.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct DoubleDouble {
    high: f64,
    low: f64,
}

impl DoubleDouble {
    /// The exact sum of two numbers, as value and remainder.
    fn two_sum(a: f64, b: f64) -> (f64, f64) {
        let sum = a + b;
        let b_part = sum - a;
        (sum, (a - (sum - b_part)) + (b - b_part))
    }

    /// This sum and one more number.
    #[must_use]
    pub fn plus(self, value: f64) -> Self {
        let (high, lost) = Self::two_sum(self.high, value);
        let (high, low) = Self::two_sum(high, self.low + lost);
        Self { high, low }
    }

    /// Both sums together.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        self.plus(other.high).plus(other.low)
    }

    /// The difference of two sums.
    #[must_use]
    pub fn minus(self, other: Self) -> Self {
        self.plus(-other.high).plus(-other.low)
    }

    /// The sum, rounded once.
    pub fn value(self) -> f64 {
        self.high + self.low
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_million_tenths() {
        let sum = (0..1_000_000).fold(DoubleDouble::default(), |sum, _| sum.plus(0.1));
        assert_eq!(sum.value(), 100_000.0);
        let plain: f64 = (0..1_000_000).map(|_| 0.1).sum();
        assert_ne!(plain, 100_000.0);
    }

    #[test]
    fn differences_keep_the_small_part() {
        let big = DoubleDouble::default().plus(1e16).plus(1.0);
        assert_eq!(big.minus(DoubleDouble::default().plus(1e16)).value(), 1.0);
    }
}
