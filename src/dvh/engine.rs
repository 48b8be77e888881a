//! The calculation of one DVH: structure and dose to histogram.

use super::accumulate::{Histogram, Scale};
use super::field::{Field, Piece, RowBuffer, Sample, Spread};
use super::lattice::{Extent, Lattice, frame_along};
use super::result::Statistics;
use super::slices::{Slice, Slices};
use super::{Curve, Dvh, DvhError, DvhSettings};
use crate::dose::DoseGrid;
use crate::progress::{Cancelled, Progress};
use crate::structure::{PlaneFrame, RowCover, Solid, Structure};
use rayon::prelude::*;
use std::ops::Range;

/// Rounding of a covered volume that still counts as all of it.
const COVERED_ROUNDING: f64 = 1e-9;

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
    if let Some(histogram) = sample(dose, solid, settings, progress)? {
        fill(&mut dvh, histogram);
    }
    Ok(dvh)
}

fn fill(dvh: &mut Dvh, (histogram, covered_cc): (Histogram, f64)) {
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

/// The histogram of a solid and its covered volume in cc; `None` where there is nothing to sample.
fn sample(
    dose: &DoseGrid<'_>,
    solid: Solid,
    settings: &DvhSettings,
    progress: &Progress,
) -> Result<Option<(Histogram, f64)>, Cancelled> {
    let frame = match &solid {
        Solid::Empty => return Ok(None),
        Solid::Prisms(prisms) => frame_along(dose.grid(), &prisms.frame),
        Solid::Mask(mask) => {
            let [u, v, w] = mask.grid().axes();
            PlaneFrame { u, v, w }
        }
    };
    let Some(slices) = Slices::new(solid, &frame) else {
        return Ok(None);
    };
    let extent = slices.extent();
    let lattice = Lattice::new(
        frame,
        dose.grid(),
        &extent,
        slices.borders(),
        settings.min_cells,
    );
    let field = Field::new(dose, &lattice);
    let Some(range) = field.range(extent.low, extent.high) else {
        return Ok(None);
    };
    let scale = Scale::new(range, settings.bins, extent.volume);
    progress.expect_units(slices.list().len() as u64);
    let sampler = Sampler {
        lattice: &lattice,
        field: &field,
        scale,
    };
    let histogram = slices
        .list()
        .par_iter()
        .try_fold(
            || Histogram::new(scale),
            |mut histogram, slice| {
                sampler.slice(&slices, slice, &mut histogram);
                progress.advance().map(|()| histogram)
            },
        )
        .try_reduce(|| Histogram::new(scale), |a, b| Ok(a.merge(b)))?;
    let covered_cc = scale.volume_mm3(histogram.units()) / 1000.0;
    Ok(Some((histogram, covered_cc)))
}

struct Sampler<'a> {
    lattice: &'a Lattice,
    field: &'a Field<'a>,
    scale: Scale,
}

impl Sampler<'_> {
    fn slice(&self, slices: &Slices, slice: &Slice, histogram: &mut Histogram) {
        let pieces = self.lattice.pieces(slice.low, slice.high);
        if pieces.is_empty() {
            return;
        }
        let rows = slices.cover(slice, self.lattice);
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
            .row(self.lattice, row.row, first.start..last.end, piece, buffer);
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
        if low >= histogram.min && high <= histogram.max {
            return;
        }
        let mut visit = |dose: f64| histogram.reach(dose.clamp(low, high));
        self.field
            .corners(self.lattice, row, columns, piece, &mut visit);
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
            let width = (12.0 * spread.variance(sample.gradient)).sqrt();
            histogram.add(self.scale.units(volume), sample.value, width, 0.0);
        }
    }

    /// Adds a whole cell: its dose is the sum of three even spreads, of which the two widest are kept and
    /// the widest is given the third's variance.
    fn deposit_box(&self, sample: Sample, size: [f64; 3], volume: f64, histogram: &mut Histogram) {
        if sample.value.is_nan() {
            return;
        }
        let [a, b, c]: [f64; 3] =
            std::array::from_fn(|axis| (sample.gradient[axis] * size[axis]).abs());
        let wide = a.max(b).max(c);
        let narrow = a.min(b).max(a.max(b).min(c));
        let least = a.min(b).min(c);
        let wide = if least > 0.0 {
            (wide * wide + least * least).sqrt()
        } else {
            wide
        };
        histogram.add(self.scale.units(volume), sample.value, wide, narrow);
    }
}

impl Slices {
    /// Extent in lattice coordinates with the volume in mm^3.
    fn extent(&self) -> Extent {
        let (low, high) = self.bounds();
        Extent {
            low,
            high,
            volume: self.volume_mm3(),
        }
    }
}
