//! Streams of seeded random numbers, the same on every machine: the counters of a key, one after another.

use super::Philox;

/// A stream of random numbers. Streams of one seed with different numbers share none, so parallel work takes one stream
/// a task and its result does not depend on the threads.
#[derive(Debug, Clone)]
pub struct Random {
    source: Philox,
    number: u64,
    /// How many 64-bit words were taken.
    taken: u64,
    /// The second word of the last counter.
    kept: u64,
}

impl Random {
    /// The stream of this number of a seed.
    pub fn stream(seed: u64, number: u64) -> Self {
        Self {
            source: Philox::new(seed),
            number,
            taken: 0,
            kept: 0,
        }
    }

    fn next(&mut self) -> u64 {
        let (counter, second) = (self.taken / 2, self.taken % 2 == 1);
        self.taken += 1;
        if second {
            return self.kept;
        }
        let number = self.number;
        let [a, b, c, d] = self.source.words([
            counter as u32,
            (counter >> 32) as u32,
            number as u32,
            (number >> 32) as u32,
        ]);
        let join = |low: u32, high: u32| u64::from(high) << 32 | u64::from(low);
        self.kept = join(c, d);
        join(a, b)
    }

    /// A number in `[0, 1)`.
    pub fn uniform(&mut self) -> f64 {
        (self.next() >> 11) as f64 * (1.0 / (1_u64 << 53) as f64)
    }

    /// A whole number below `n`, which must be above 0 (Lemire's multiplication; the bias is below `n / 2^64`).
    pub fn below(&mut self, n: usize) -> usize {
        ((u128::from(self.next()) * n as u128) >> 64) as usize
    }

    /// A number of the standard normal distribution (Box-Muller).
    pub fn normal(&mut self) -> f64 {
        let radius = (-2.0 * libm::log(1.0 - self.uniform())).sqrt();
        radius * libm::cos(2.0 * std::f64::consts::PI * self.uniform())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn streams_repeat_and_differ() {
        let draw = |seed, number| Random::stream(seed, number).uniform();
        assert_eq!(draw(1, 2), draw(1, 2));
        assert!(draw(1, 2) != draw(1, 3) && draw(1, 2) != draw(2, 2));
    }

    #[test]
    fn moments() {
        let mut random = Random::stream(7, 0);
        let n = 200_000;
        let (mut sum, mut square, mut flat) = (0.0, 0.0, 0.0);
        for _ in 0..n {
            let z = random.normal();
            sum += z;
            square += z * z;
            flat += random.below(10) as f64;
        }
        let n = f64::from(n);
        assert!((sum / n).abs() < 0.01 && (square / n - 1.0).abs() < 0.015);
        assert!((flat / n - 4.5).abs() < 0.03);
    }
}
