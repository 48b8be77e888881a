//! The differential curve as segments of dose, refined where windows were looked through, and the knots of the
//! cumulative curve made from it.

use super::histogram::Contents;
use super::windows::Window;
use crate::numeric::DoubleDouble;

/// A range of dose and the volume in it, spread evenly, in some unit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Segment {
    pub(super) low: f64,
    pub(super) high: f64,
    pub(super) content: f64,
}

impl Segment {
    /// Volume per gray.
    pub(super) fn density(&self) -> f64 {
        self.content / (self.high - self.low)
    }
}

/// The bins of a histogram.
pub(super) fn of_bins(contents: &Contents) -> Vec<Segment> {
    let scale = contents.scale;
    let bins = contents.bins.iter().enumerate();
    bins.map(|(bin, content)| Segment {
        low: scale.edge(bin),
        high: scale.edge(bin + 1),
        content: *content as f64,
    })
    .collect()
}

/// Windows that were looked through at a time, and what their bins hold.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Look {
    pub(super) windows: Vec<Window>,
    pub(super) contents: Vec<Vec<i64>>,
}

/// What the bins of each window are multiplied by, so that together they hold what the segments do that they replace; 0
/// where nothing was found.
pub(super) fn factors(segments: &[Segment], look: &Look) -> Vec<f64> {
    let windows = look.windows.iter().zip(&look.contents);
    windows
        .map(|(window, fine)| {
            let [start, end] = window.segments;
            let volume: f64 = segments[start..end].iter().map(|one| one.content).sum();
            let found: f64 = fine.iter().map(|content| *content as f64).sum();
            if found > 0.0 { volume / found } else { 0.0 }
        })
        .collect()
}

/// Puts finer bins, times a factor a window, in the place of the segments that each window covers.
pub(super) fn refine(segments: &[Segment], look: &Look, factors: &[f64]) -> Vec<Segment> {
    let mut refined = Vec::new();
    let mut next = 0;
    let windows = look.windows.iter().zip(&look.contents).zip(factors);
    for ((window, fine), factor) in windows {
        let [start, end] = window.segments;
        refined.extend_from_slice(&segments[next..start]);
        next = end;
        if *factor <= 0.0 {
            refined.extend_from_slice(&segments[start..end]);
            continue;
        }
        refined.extend(fine.iter().enumerate().map(|(bin, content)| Segment {
            low: window.scale.edge(bin),
            high: window.scale.edge(bin + 1),
            content: *content as f64 * factor,
        }));
    }
    refined.extend_from_slice(&segments[next..]);
    refined
}

/// What units and contents are in cc: as shares first, so that all units are all of the volume.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Shares {
    units: f64,
    whole_cc: f64,
    /// What the segments share: what the plateaus leave.
    spread: f64,
    spread_cc: f64,
}

impl Shares {
    /// Where contents and segments are all of `whole_cc`.
    pub(super) fn new(segments: &[Segment], contents: &Contents, whole_cc: f64) -> Self {
        let flat_units: i64 = contents.plateaus.iter().map(|plateau| plateau.1).sum();
        let units = contents.units as f64;
        let spread = sum(segments.iter().map(|segment| segment.content));
        Self {
            units,
            whole_cc,
            spread: spread.max(f64::MIN_POSITIVE),
            spread_cc: (contents.units - flat_units) as f64 / units * whole_cc,
        }
    }

    fn of_units(&self, units: i64) -> f64 {
        units as f64 / self.units * self.whole_cc
    }

    fn of_content(&self, content: f64) -> f64 {
        content / self.spread * self.spread_cc
    }
}

/// Merges segments and plateaus to knots `(dose, volume at it, volume between it and the next)` over the range of dose
/// `[min, max]`.
pub(super) fn knots(
    segments: &[Segment],
    plateaus: &[(f64, i64)],
    [min, max]: [f64; 2],
    shares: &Shares,
) -> Vec<(f64, f64, f64)> {
    let mut knots: Vec<(f64, f64, f64)> = Vec::with_capacity(segments.len() + 2);
    knots.push((min, 0.0, 0.0));
    let mut plateaus = plateaus.iter().copied().peekable();
    let at = |knots: &mut Vec<(f64, f64, f64)>, dose: f64, volume: f64| match knots.last_mut() {
        Some(last) if last.0 == dose => last.1 += volume,
        _ => knots.push((dose, volume, 0.0)),
    };
    for (index, segment) in segments.iter().enumerate() {
        let low = segment.low.clamp(min, max);
        // The last segment ends where the structure's dose does.
        let high = if index + 1 == segments.len() {
            max
        } else {
            segment.high.clamp(min, max)
        };
        let mut left = shares.of_content(segment.content);
        let mut from = low;
        while let Some((dose, units)) = plateaus.next_if(|plateau| plateau.0 <= high) {
            if dose > from && high > low {
                let share = left * (dose - from) / (high - from);
                spread(&mut knots, from, share);
                left -= share;
                from = dose;
            }
            at(&mut knots, dose, shares.of_units(units));
        }
        if high > from {
            spread(&mut knots, from, left);
            at(&mut knots, high, 0.0);
        } else if let Some(last) = knots.last_mut() {
            // A segment below the least or above the highest dose: its volume belongs to that end.
            last.1 += left;
        }
    }
    knots
}

/// Several running sums: none waits for the one before.
fn sum(values: impl Iterator<Item = f64>) -> f64 {
    let mut sums = [DoubleDouble::default(); 4];
    for (index, value) in values.enumerate() {
        let sum = &mut sums[index % 4];
        *sum = sum.plus(value);
    }
    let [a, b, c, d] = sums;
    a.and(b).and(c).and(d).value()
}

/// Puts what rounding took from the whole into the knot that holds most, so that all knots are all of the volume
/// to the last bit.
pub(super) fn settle(knots: &mut [(f64, f64, f64)], whole_cc: f64) {
    let missing = whole_cc - sum(knots.iter().flat_map(|knot| [knot.1, knot.2]));
    let content = |knot: &(f64, f64, f64)| knot.1.max(knot.2);
    let most = knots
        .iter_mut()
        .max_by(|a, b| content(a).total_cmp(&content(b)));
    if let Some((_, at, after)) = most {
        *(if at > after { at } else { after }) += missing;
    }
}

/// Puts volume between a dose, where the last knot lies, and the next knot.
fn spread(knots: &mut Vec<(f64, f64, f64)>, from: f64, volume: f64) {
    match knots.last_mut() {
        Some(last) if last.0 >= from => last.2 += volume,
        _ => knots.push((from, 0.0, volume)),
    }
}
