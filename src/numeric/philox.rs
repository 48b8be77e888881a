//! Random numbers by counter: the same number for the same place, whoever asks and in what order.
//!
//! Philox4x32-10 (Salmon 2011): ten rounds of multiplication and exchange turn a counter of 128 bits and a key of 64
//! into 128 bits that pass the usual batteries of tests.

/// A key under which every counter has its number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Philox {
    key: [u32; 2],
}

impl Philox {
    /// The generator of a seed.
    pub const fn new(seed: u64) -> Self {
        Self {
            key: [seed as u32, (seed >> 32) as u32],
        }
    }

    /// The words of a counter.
    pub const fn words(self, counter: [u32; 4]) -> [u32; 4] {
        let (mut words, mut key, mut round) = (counter, self.key, 0);
        while round < 10 {
            let low = words[0] as u64 * 0xD251_1F53;
            let high = words[2] as u64 * 0xCD9E_8D57;
            words = [
                (high >> 32) as u32 ^ words[1] ^ key[0],
                high as u32,
                (low >> 32) as u32 ^ words[3] ^ key[1],
                low as u32,
            ];
            key = [
                key[0].wrapping_add(0x9E37_79B9),
                key[1].wrapping_add(0xBB67_AE85),
            ];
            round += 1;
        }
        words
    }

    /// A number strictly between 0 and 1, evenly: for the `item`-th quantity of the `draw`-th draw.
    pub fn unit(self, draw: u64, item: u32) -> f64 {
        let words = self.words([draw as u32, (draw >> 32) as u32, item, 0]);
        let bits = (u64::from(words[1]) << 32 | u64::from(words[0])) >> 12;
        (bits as f64 + 0.5) / (1_u64 << 52) as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn published_vectors() {
        // Known-answer tests of Random123 (kat_vectors, philox4x32 10).
        let with = |key: [u32; 2], counter| Philox { key }.words(counter);
        assert_eq!(
            with([0; 2], [0; 4]),
            [0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8]
        );
        assert_eq!(
            with([u32::MAX; 2], [u32::MAX; 4]),
            [0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd]
        );
        assert_eq!(
            with(
                [0xa409_3822, 0x299f_31d0],
                [0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344]
            ),
            [0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1]
        );
    }

    #[test]
    fn units_are_even() {
        let generator = Philox::new(7);
        let n = 100_000;
        let values: Vec<f64> = (0..n).map(|draw| generator.unit(draw, 3)).collect();
        let mean = values.iter().sum::<f64>() / n as f64;
        let square = values.iter().map(|v| v * v).sum::<f64>() / n as f64;
        assert!((mean - 0.5).abs() < 0.004 && (square - 1.0 / 3.0).abs() < 0.004);
        assert!(values.iter().all(|value| *value > 0.0 && *value < 1.0));
        assert_ne!(generator.unit(0, 0), generator.unit(0, 1));
        assert_ne!(generator.unit(1, 0), Philox::new(8).unit(1, 0));
    }
}
