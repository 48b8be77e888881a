//! Voxels counted by dose: bins that are parts of octaves, and what one thread has counted of each region.

use std::collections::HashMap;

/// Bits of the mantissa that bins go by: an octave has two to this power.
const BITS: u32 = 13;
pub(super) const OCTAVE: usize = 1 << BITS;
/// Below two to this power in gray the bins are equally wide, an octave's worth of them down to zero.
const LOWEST: i32 = -7;
/// What the bits of the lowest octave of bins begin with.
const LOWEST_BITS: usize = ((1023 + LOWEST) as usize) << BITS;

/// The bin of a dose.
#[inline]
fn bin(dose: f64) -> usize {
    let octaves = (dose.to_bits() >> (52 - BITS)) as usize;
    if octaves < LOWEST_BITS {
        (dose * f64::from(1 << (BITS as i32 - LOWEST))) as usize
    } else {
        octaves - LOWEST_BITS + OCTAVE
    }
}

/// The lower edge of a bin in gray.
pub(super) fn edge(bin: usize) -> f64 {
    if bin < OCTAVE {
        bin as f64 / f64::from(1 << (BITS as i32 - LOWEST))
    } else {
        f64::from_bits(((bin - OCTAVE + LOWEST_BITS) as u64) << (52 - BITS))
    }
}

/// What one thread has counted of one region in frames of equal voxels.
pub(super) struct Tally {
    /// Voxels by bin; no thread sees 2^32 of them.
    pub(super) bins: Vec<u32>,
    pub(super) voxels: usize,
    pub(super) covered: usize,
    pub(super) low: f64,
    pub(super) high: f64,
    /// Sums of dose and of its square by frame: added in the order of frames, they are the same however the
    /// frames were shared out.
    pub(super) sums: Vec<(usize, [f64; 2])>,
}

impl Tally {
    fn new() -> Self {
        Self {
            bins: Vec::new(),
            voxels: 0,
            covered: 0,
            low: f64::INFINITY,
            high: f64::NEG_INFINITY,
            sums: Vec::new(),
        }
    }

    /// Takes in the doses of a run of voxels of a frame.
    #[inline]
    pub(super) fn take(&mut self, frame: usize, doses: impl Iterator<Item = f64>) {
        let mut sums = match self.sums.pop() {
            Some((of, sums)) if of == frame => sums,
            other => {
                self.sums.extend(other);
                [0.0; 2]
            }
        };
        let (mut low, mut high, mut covered) = (self.low, self.high, 0);
        for dose in doses {
            let bin = bin(dose);
            if bin >= self.bins.len() {
                // Whole octaves, so that this is rare.
                self.bins.resize((bin / OCTAVE + 1) * OCTAVE, 0);
            }
            self.bins[bin] += 1;
            sums[0] += dose;
            sums[1] += dose * dose;
            low = low.min(dose);
            high = high.max(dose);
            covered += 1;
        }
        (self.low, self.high) = (low, high);
        self.covered += covered;
        self.sums.push((frame, sums));
    }

    pub(super) fn merge(&mut self, other: Self) {
        if self.bins.len() < other.bins.len() {
            self.bins.resize(other.bins.len(), 0);
        }
        for (bin, more) in self.bins.iter_mut().zip(other.bins) {
            *bin += more;
        }
        self.voxels += other.voxels;
        self.covered += other.covered;
        self.low = self.low.min(other.low);
        self.high = self.high.max(other.high);
        self.sums.extend(other.sums);
    }
}

/// What one thread has counted of all regions.
#[derive(Default)]
pub(super) struct Tallies {
    pub(super) list: Vec<(u32, Tally)>,
    places: HashMap<u32, usize>,
}

impl Tallies {
    pub(super) fn of(&mut self, label: u32) -> &mut Tally {
        let place = *self.places.entry(label).or_insert_with(|| {
            self.list.push((label, Tally::new()));
            self.list.len() - 1
        });
        &mut self.list[place].1
    }

    pub(super) fn merge(mut self, other: Self) -> Self {
        for (label, tally) in other.list {
            self.of(label).merge(tally);
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bins_meet_and_hold_their_doses() {
        for dose in [0.0, 1e-9, 0.007, 1.0 / 128.0, 0.3, 15.0, 29.999, 60.0, 1e5] {
            let bin = bin(dose);
            assert!(edge(bin) <= dose && dose < edge(bin + 1), "{dose}");
            assert!(edge(bin + 1) - edge(bin) <= (dose / 8192.0).max(1.0 / 1_048_576.0));
        }
        assert_eq!(edge(bin(50.0)), 50.0);
    }
}
