//! Heavy bins, looked at again: where much of a structure lies within a bin or two (the flat top of a beam, the
//! far field), even bins know the dose of that volume but not the shape of the curve. The structure is sampled
//! once more into fine bins over those ranges alone, and once more into finer ones, until no bin is heavy.

use super::counts::{Counts, below};
use super::histogram::{Deposit, Histogram};
use super::scale::{Resolution, Scale};
use super::segments::Segment;
use super::uncertainty::{LINE, jump};

/// A bin is heavy when the curve in it may be off by more than this share of the volume, or by a part of the
/// tolerance that is asked for.
const HEAVY: f64 = 2e-4;
const HEAVY_IN_TOLERANCE: f64 = 0.25;
/// Bins need not be finer than this share of their dose: it is how finely numbers lie.
const FINEST: f64 = 1e-15;
/// Light bins between two heavy ones that are not worth a border.
const BRIDGE: usize = 4;
/// Fine bins per bin, and the fewest and most in a window.
const FINER: usize = 64;
const FEWEST: usize = 1024;
const MOST: usize = 8192;
/// The window of the lowest doses is one in so many of the whole range, and so many times finer.
const LOW_END: usize = 64;
const LOW_FINER: usize = 32;
/// The most windows at a time; the heaviest come first.
const WINDOWS: usize = 16;
/// Pieces into which a cell that reaches beyond a window is cut.
const CUTS: usize = 8;

/// A range of segments that is looked at again, and its bins.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Window {
    /// First segment and one past the last.
    pub(super) segments: [usize; 2],
    pub(super) scale: Scale,
}

/// The window over the lowest doses, where most of a large organ lies as a rule.
pub(super) fn low_end(scale: Scale) -> Window {
    let segments = scale.bins.div_ceil(LOW_END);
    Window {
        segments: [0, segments],
        scale: Scale::new([scale.low, scale.edge(segments)], LOW_FINER * segments),
    }
}

/// The windows over heavy segments, given the share of the volume that the curve may be off by.
pub(super) fn find(segments: &[Segment], tolerance: Option<f64>) -> Vec<Window> {
    let heavy = tolerance.map_or(HEAVY, |share| HEAVY.min(HEAVY_IN_TOLERANCE * share));
    let total: f64 = segments.iter().map(|segment| segment.content).sum();
    let mut found: Vec<([usize; 2], f64)> = Vec::new();
    for (index, segment) in segments.iter().enumerate() {
        let width = segment.high - segment.low;
        if width <= FINEST * segment.high || segment.content <= 2.0 * heavy * total {
            continue;
        }
        let error = LINE * jump(segments, index);
        if error > heavy * total {
            match found.last_mut() {
                Some((range, weight)) if index <= range[1] + BRIDGE => {
                    range[1] = index + 1;
                    *weight = weight.max(error);
                }
                _ => found.push(([index, index + 1], error)),
            }
        }
    }
    found.sort_by(|a, b| b.1.total_cmp(&a.1));
    found.truncate(WINDOWS);
    found.sort_by_key(|(range, _)| range[0]);
    found
        .into_iter()
        .map(|(range, _)| {
            let ends = [segments[range[0]].low, segments[range[1] - 1].high];
            let bins = (FINER * (range[1] - range[0])).clamp(FEWEST, MOST);
            Window {
                segments: range,
                scale: Scale::new(ends, bins),
            }
        })
        .collect()
}

/// Counts in windows of dose; what lies elsewhere is passed over.
#[derive(Debug, Clone)]
pub(super) struct WindowCounts {
    counts: Vec<Counts>,
    /// From the lowest window to the highest.
    ends: [f64; 2],
    step: f64,
}

impl WindowCounts {
    pub(super) fn new(windows: &[Window]) -> Self {
        let edges = |window: &Window| [window.scale.low, window.scale.edge(window.scale.bins)];
        let ends = windows.iter().map(edges).fold(
            [f64::INFINITY, f64::NEG_INFINITY],
            |[low, high], [from, to]| [low.min(from), high.max(to)],
        );
        Self {
            counts: windows
                .iter()
                .map(|window| Counts::new(window.scale))
                .collect(),
            ends,
            step: windows
                .iter()
                .map(|window| window.scale.step)
                .fold(f64::INFINITY, f64::min),
        }
    }

    /// Volume in the bins of each window, in curve units.
    pub(super) fn contents(&self) -> impl Iterator<Item = Vec<i64>> {
        self.counts.iter().map(Counts::contents)
    }
}

impl WindowCounts {
    /// Adds what lies in windows; returns whether one holds all of it.
    #[inline]
    fn add(&mut self, units: i64, mean: f64, wide: f64, narrow: f64) -> bool {
        let half = 0.5 * (wide + narrow);
        let (from, to) = (mean - half, mean + half);
        // Volumes of constant dose are known exactly already.
        if to <= self.ends[0] || from >= self.ends[1] || wide == 0.0 {
            return false;
        }
        for counts in &mut self.counts {
            let (low, high) = (counts.scale.low, counts.scale.edge(counts.scale.bins));
            if from >= low && to <= high {
                counts.add(units, mean, wide, narrow);
                return true;
            }
            if from < high && to > low {
                let (start, end) = (from.max(low), to.min(high));
                let step = (end - start) / CUTS as f64;
                let mut share = below(start, mean, wide, narrow);
                for cut in 0..CUTS {
                    let middle = start + (cut as f64 + 0.5) * step;
                    let next = below(middle + 0.5 * step, mean, wide, narrow);
                    let part = (units as f64 * (next - share) + 0.5) as i64;
                    counts.add(part, middle, step, 0.0);
                    share = next;
                }
            }
        }
        false
    }
}

impl Deposit for WindowCounts {
    const SEEKS_EXTREMES: bool = false;

    #[inline]
    fn add(&mut self, units: i64, mean: f64, wide: f64, narrow: f64) {
        Self::add(self, units, mean, wide, narrow);
    }

    /// Beyond the windows nothing is seen.
    fn resolution(&self) -> Resolution {
        Resolution {
            ends: self.ends,
            inside: self.step,
            outside: f64::INFINITY,
        }
    }

    fn merge(mut self, other: Self) -> Self {
        for (own, other) in self.counts.iter_mut().zip(&other.counts) {
            own.merge(other);
        }
        self
    }
}

/// The whole of a structure's dose, and windows that are known beforehand, in one pass.
pub(super) struct Foreseen {
    pub(super) whole: Histogram,
    pub(super) windows: WindowCounts,
}

impl Deposit for Foreseen {
    const SEEKS_EXTREMES: bool = true;

    /// What lies within a window needs no shape in the whole: there its bins count together.
    #[inline]
    fn add(&mut self, units: i64, mean: f64, wide: f64, narrow: f64) {
        if self.windows.add(units, mean, wide, narrow) {
            self.whole.add_lump(units, mean);
        } else {
            self.whole.add(units, mean, wide, narrow);
        }
    }

    fn resolution(&self) -> Resolution {
        let (whole, windows) = (self.whole.resolution(), self.windows.resolution());
        Resolution {
            ends: windows.ends,
            inside: whole.inside.min(windows.inside),
            outside: whole.outside,
        }
    }

    fn merge(self, other: Self) -> Self {
        Self {
            whole: self.whole.merge(other.whole),
            windows: self.windows.merge(other.windows),
        }
    }

    #[inline]
    fn reach(&mut self, dose: f64) {
        self.whole.reach(dose);
    }

    #[inline]
    fn blur(&mut self, units: i64, mean: f64, width: f64) {
        self.whole.blur(units, mean, width);
    }
}
