//! A small seeded generator, so that a demo case is the same on every machine and in every release.

/// `SplitMix64` (Steele, Lea, Flood 2014): one 64-bit word of state, every seed is good.
#[derive(Debug, Clone)]
pub(super) struct SplitMix64 {
    state: u64,
}

const GOLDEN: u64 = 0x9e37_79b9_7f4a_7c15;

/// The finaliser of `SplitMix64`: a bijection of 64-bit words that spreads every bit.
pub(super) const fn mix(word: u64) -> u64 {
    let word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    word ^ (word >> 31)
}

/// A number in `0..1` from the upper 53 bits of a word.
pub(super) fn unit_interval(word: u64) -> f64 {
    (word >> 11) as f64 / (1_u64 << 53) as f64
}

impl SplitMix64 {
    /// The generator of one purpose: `stream` keeps the parts of a case apart, so that a new organ
    /// does not move the others.
    pub(super) const fn new(seed: u64, stream: u64) -> Self {
        Self {
            state: mix(seed.wrapping_add(stream.wrapping_mul(GOLDEN))),
        }
    }

    /// The next 64-bit word.
    pub(super) const fn next_word(&mut self) -> u64 {
        self.state = self.state.wrapping_add(GOLDEN);
        mix(self.state)
    }

    /// A number between `low` and `high`, evenly.
    pub(super) fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * unit_interval(self.next_word())
    }

    /// A direction, evenly over the sphere.
    pub(super) fn direction(&mut self) -> [f64; 3] {
        let height = self.between(-1.0, 1.0);
        let angle = self.between(0.0, std::f64::consts::TAU);
        let radius = (1.0 - height * height).sqrt();
        [radius * angle.cos(), radius * angle.sin(), height]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_the_published_ones() {
        // Reference output of the authors' splitmix64.c for the state 1234567.
        let mut generator = SplitMix64 { state: 1_234_567 };
        let words: Vec<u64> = (0..3).map(|_| generator.next_word()).collect();
        assert_eq!(
            words,
            [
                6_457_827_717_110_365_317,
                3_203_168_211_198_807_973,
                9_817_491_932_198_370_423
            ]
        );
    }
}
