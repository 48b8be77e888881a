//! The numerical error of a DVH, estimated from what was approximated while it was made.
//!
//! A cell that the boundary crosses is taken as a box of the right volume, mean and variance. At a dose within its
//! range it is wrong by a small part `SHAPE` of its volume, one way or the other, so that the errors of all such
//! cells add like steps of a random walk: `error^2 = SHAPE^2 sum(volume^2)` over the cells whose range holds the
//! dose. A segment of the curve is a straight line; where the density jumps from its neighbour's the curve in it
//! may be off by a part of the jump. `make validate` holds the sum of both against the truth.

use super::blur::{BANDS, Blur};
use super::segments::Segment;

/// What a cell that the boundary crosses may be wrong by, as a share of its volume, with twice its standard error.
const SHAPE: f64 = 0.35;
/// Error of the straight line within a segment, as a share of what the segment would hold more at the density of
/// its neighbour.
pub(super) const LINE: f64 = 0.25;
/// What fixed point and rounding of places may take from a curve, as a share of the volume.
const ROUNDING: f64 = 1e-5;
/// Share of a volume that a printed or computed area may be off by.
const VOLUME_ROUNDING: f64 = 1e-9;

/// Estimated errors of a DVH, each meant to hold the truth in at least 95 of 100 cases.
#[derive(Debug, Clone, PartialEq)]
pub struct NumericalError {
    /// Lowest dose of the bands in gray.
    pub low_gy: f64,
    /// Width of a band in gray.
    pub step_gy: f64,
    /// Error of the cumulative volume in each band, in cc.
    pub volume_cc: Vec<f64>,
    /// Error of the mean dose in gray.
    pub mean_gy: f64,
    /// Error of the least and of the highest dose in gray.
    pub extreme_gy: f64,
}

impl NumericalError {
    /// That of the same dose times a factor: errors in dose are scaled, those in volume stay.
    pub(super) fn scaled(&self, factor: f64) -> Self {
        Self {
            low_gy: factor * self.low_gy,
            step_gy: factor * self.step_gy,
            volume_cc: self.volume_cc.clone(),
            mean_gy: factor * self.mean_gy,
            extreme_gy: factor * self.extreme_gy,
        }
    }

    /// No error: an exact curve.
    pub(super) const fn none() -> Self {
        Self {
            low_gy: 0.0,
            step_gy: 1.0,
            volume_cc: Vec::new(),
            mean_gy: 0.0,
            extreme_gy: 0.0,
        }
    }

    /// Of a curve of `volume_cc` made of segments, whose doses span `span_gy`: a constant dose has no error.
    pub(super) fn estimate(
        blur: &Blur,
        segments: &[Segment],
        volume_cc: f64,
        span_gy: f64,
    ) -> Self {
        let content: f64 = segments.iter().map(|segment| segment.content).sum();
        let per_content = volume_cc / content.max(f64::MIN_POSITIVE);
        let mut lines = vec![0.0_f64; BANDS];
        let band = |dose: f64| (((dose - blur.low_gy) / blur.step_gy) as usize).min(BANDS - 1);
        for (index, segment) in segments.iter().enumerate() {
            let error = LINE * jump(segments, index) * per_content;
            let (first, last) = (band(segment.low), band(segment.high));
            for line in &mut lines[first..=last.max(first)] {
                *line = line.max(error);
            }
        }
        // A cell reaches into the neighbouring bands.
        let around = |band: usize| {
            let range = band.saturating_sub(1)..(band + 2).min(BANDS);
            range.map(|band| blur.bands[band]).fold(0.0, f64::max)
        };
        let errors = (0..BANDS).map(|band| {
            let squares = blur.cell_cc * around(band) / blur.step_gy;
            lines[band] + SHAPE * squares.sqrt() + ROUNDING * volume_cc
        });
        let all: f64 = blur.bands.iter().sum();
        let range = all / blur.volume_cc.max(f64::MIN_POSITIVE);
        Self {
            low_gy: blur.low_gy,
            step_gy: blur.step_gy,
            volume_cc: errors.collect(),
            mean_gy: ROUNDING * span_gy + SHAPE * (blur.cell_cc * all * range).sqrt() / volume_cc,
            extreme_gy: if blur.oblique { range } else { 1e-6 * span_gy },
        }
    }

    /// Error of the cumulative volume at a dose, in cc.
    pub fn volume_at_cc(&self, dose_gy: f64) -> f64 {
        let Some(last) = self.volume_cc.len().checked_sub(1) else {
            return 0.0;
        };
        let band = ((dose_gy - self.low_gy) / self.step_gy).max(0.0) as usize;
        self.volume_cc[band.min(last)]
    }

    /// Largest error of the cumulative volume at any dose, in cc.
    pub fn worst_cc(&self) -> f64 {
        self.volume_cc.iter().copied().fold(0.0, f64::max)
    }

    /// Error of a whole volume in cc.
    pub(super) fn of_volume_cc(&self, volume_cc: f64) -> f64 {
        if self.volume_cc.is_empty() {
            0.0
        } else {
            VOLUME_ROUNDING * volume_cc
        }
    }
}

/// What a segment would hold more or less at the density of the neighbour that differs most.
pub(super) fn jump(segments: &[Segment], index: usize) -> f64 {
    let segment = &segments[index];
    let density = |index: Option<usize>| {
        index
            .and_then(|index| segments.get(index))
            .map_or(0.0, Segment::density)
    };
    let own = segment.density();
    let most = (own - density(index.checked_sub(1)))
        .abs()
        .max((own - density(Some(index + 1))).abs());
    // No more than it holds can be in the wrong place.
    (most * (segment.high - segment.low)).min(segment.content)
}
