//! The calculation of one DVH: structure and dose to histogram.

use super::accumulate::Histogram;
use super::field::{Piece, RowBuffer, Sample, Spread};
use super::plan::DvhPlan;
use super::result::Statistics;
use super::slices::Slice;
use super::{COVERED_ROUNDING, Curve, Dvh, DvhError, DvhSettings};
use crate::dose::DoseGrid;
use crate::progress::{Cancelled, Progress};
use crate::structure::{RowCover, Structure};
use rayon::prelude::*;
use std::ops::Range;

pub(super) fn run(
    dose: &DoseGrid<'_>,
    structure: &Structure,
    settings: &DvhSettings,
    progress: &Progress,
) -> Result<Dvh, DvhError> {
    crate::error::fraction("min_covered", settings.min_covered)?;
    if let (Some(ours), Some(theirs)) = (&structure.frame_of_reference, dose.frame_of_reference())
        && ours != theirs
    {
        return Err(DvhError::FrameMismatch {
            structure: structure.name.clone(),
        });
    }
    // After a stop the structures that are still to come cost nothing.
    progress.check()?;
    let solid = structure.solid(settings.end_caps)?;
    let mut dvh = Dvh {
        name: structure.name.clone(),
        kind: dose.kind(),
        scope: dose.scope(),
        volume_cc: solid.volume_cc(),
        curve: Curve::from_knots(&[]),
        statistics: None,
        prescription_gy: None,
        settings: *settings,
    };
    if let Some(plan) = DvhPlan::new(dose, solid, settings) {
        let histogram = sample(&plan, progress)?;
        let covered_cc = plan.scale.volume_mm3(histogram.units()) / 1000.0;
        fill(&mut dvh, histogram, covered_cc);
    }
    Ok(dvh)
}

fn fill(dvh: &mut Dvh, histogram: Histogram, covered_cc: f64) {
    let Some(mean) = histogram.mean() else { return };
    let whole = (covered_cc - dvh.volume_cc).abs() <= COVERED_ROUNDING * dvh.volume_cc;
    let covered_cc = if whole {
        dvh.volume_cc
    } else {
        covered_cc.min(dvh.volume_cc)
    };
    dvh.curve = histogram.into_curve(covered_cc);
    if let [min, .., max] | [min @ max] = dvh.curve.dose_gy()[..] {
        dvh.statistics = Some(Statistics {
            mean_gy: mean.clamp(min, max),
            min_gy: min,
            max_gy: max,
        });
    }
}

/// Samples all slices of a plan in parallel.
fn sample(plan: &DvhPlan<'_>, progress: &Progress) -> Result<Histogram, Cancelled> {
    let slices = plan.slices.list();
    progress.expect_units(slices.len() as u64);
    let empty = || Histogram::new(plan.scale);
    // Each run of slices fills a histogram of its own: enough runs to share the work out, not more.
    let run = slices.len() / (4 * rayon::current_num_threads()) + 1;
    slices
        .par_iter()
        .with_min_len(run)
        .try_fold(empty, |mut histogram, slice| {
            plan.slice(slice, &mut histogram);
            progress.advance().map(|()| histogram)
        })
        .try_reduce(empty, |a, b| Ok(a.merge(b)))
}

impl DvhPlan<'_> {
    fn slice(&self, slice: &Slice, histogram: &mut Histogram) {
        let pieces = self.lattice.pieces(slice.low, slice.high);
        if pieces.is_empty() {
            return;
        }
        let rows = self.slices.cover(slice, &self.lattice);
        let mut buffer = RowBuffer::default();
        for [low, high] in pieces {
            let piece = Piece { low, high };
            for row in &rows {
                self.spans(row, piece, &mut buffer, histogram);
                self.partials(row, piece, histogram);
            }
        }
    }

    /// Cells that are covered evenly.
    fn spans(
        &self,
        row: &RowCover,
        piece: Piece,
        buffer: &mut RowBuffer,
        histogram: &mut Histogram,
    ) {
        let (Some(first), Some(last)) = (row.spans.first(), row.spans.last()) else {
            return;
        };
        let bounds = self
            .field
            .row(&self.lattice, row.row, first.start..last.end, piece, buffer);
        let (height, thickness) = (self.lattice.v.width(row.row), piece.thickness());
        for span in &row.spans {
            for column in span.start..span.end {
                let width = self.lattice.u.width(column);
                let volume = width * height * thickness * span.share;
                let sample = buffer.samples[column - first.start];
                self.deposit_box(sample, [width, height, thickness], volume, histogram);
            }
            self.extremes(row.row, span.start..span.end, piece, bounds, histogram);
        }
    }

    /// Least and highest dose in whole cells: a trilinear dose has extremes at voxel centres, or on the
    /// boundary, which is looked at elsewhere.
    ///
    /// Rows whose voxels cannot hold a new extreme are passed over; holding the rest to those voxels keeps
    /// rounding from making the answer depend on which rows were.
    fn extremes(
        &self,
        row: usize,
        columns: Range<usize>,
        piece: Piece,
        bounds: Option<[f64; 2]>,
        histogram: &mut Histogram,
    ) {
        let [low, high] = bounds.unwrap_or([f64::NEG_INFINITY, f64::INFINITY]);
        if !self.reached.could_grow([low, high]) {
            return;
        }
        let mut visit = |dose: f64| histogram.reach(dose.clamp(low, high));
        self.field
            .corners(&self.lattice, row, columns, piece, &mut visit);
        self.reached.note(histogram.min, histogram.max);
    }

    /// Cells that the boundary crosses, and the boundary itself for the extremes.
    fn partials(&self, row: &RowCover, piece: Piece, histogram: &mut Histogram) {
        let (height, thickness) = (self.lattice.v.width(row.row), piece.thickness());
        for cell in &row.partials {
            let width = self.lattice.u.width(cell.column);
            let point = [
                self.lattice.u.middle(cell.column) + cell.centroid[0] * width,
                self.lattice.v.middle(row.row) + cell.centroid[1] * height,
                piece.middle(),
            ];
            let [uu, vv, uv] = cell.spread;
            let spread = Spread([
                uu * width * width,
                vv * height * height,
                uv * width * height,
                thickness * thickness / 12.0,
            ]);
            if let Some(sample) = self.field.at([cell.column, row.row], point, &spread) {
                self.deposit(
                    sample,
                    &spread,
                    width * height * thickness * cell.share,
                    histogram,
                );
            }
        }
        for (column, [u, v]) in &row.boundary {
            for w in [piece.low, piece.high] {
                if let Some(sample) = self
                    .field
                    .at([*column, row.row], [*u, *v, w], &Spread::POINT)
                {
                    histogram.reach(sample.value);
                }
            }
        }
    }

    /// Adds a volume with the dose of a sample, spread evenly so that its variance is right.
    fn deposit(&self, sample: Sample, spread: &Spread, volume: f64, histogram: &mut Histogram) {
        if !sample.value.is_nan() {
            let width = (12.0 * spread.variance(&sample)).sqrt();
            histogram.add(self.scale.units(volume), sample.value, width, 0.0);
        }
    }

    /// Adds a whole cell: its dose is the sum of three even spreads, of which the two widest are kept and
    /// the widest is given the variance of the third and of the twist.
    fn deposit_box(&self, sample: Sample, size: [f64; 3], volume: f64, histogram: &mut Histogram) {
        if sample.value.is_nan() {
            return;
        }
        let [a, b, c]: [f64; 3] =
            std::array::from_fn(|axis| (sample.gradient[axis] * size[axis]).abs());
        let (wide, narrow) = (a.max(b).max(c), a.min(b).max(a.max(b).min(c)));
        let [u, v, w] = size;
        let rest = a.min(b).min(c).powi(2) + 12.0 * Spread::of_box(u, v, w).twist_variance(&sample);
        let wide = if rest > 0.0 {
            (wide * wide + rest).sqrt()
        } else {
            wide
        };
        histogram.add(self.scale.units(volume), sample.value, wide, narrow);
    }
}
