//! A part of a structure on the structure's own plan: of everything that is sampled, the share that the part covers.

use super::lattice::Lattice;
use super::plan::DvhPlan;
use super::slices::Slices;
use crate::structure::{Cover, PlaneFrame, RowCover, Solid};
use std::ops::Range;

/// The solid of a part.
pub(super) struct Portion {
    slices: Slices,
}

/// What a part covers between two heights.
struct Piece {
    low: f64,
    high: f64,
    cover: Cover,
}

/// What a part covers of one layer of the lattice.
#[derive(Default)]
pub(super) struct Kept {
    pieces: Vec<Piece>,
}

impl Portion {
    /// `None` for a part that encloses nothing.
    pub(super) fn new(solid: Solid, frame: &PlaneFrame) -> Option<Self> {
        Some(Self {
            slices: Slices::new(solid, frame)?,
        })
    }

    /// What it covers between two heights.
    pub(super) fn between(&self, low: f64, high: f64, lattice: &Lattice) -> Kept {
        let slices = self.slices.list();
        let first = slices.partition_point(|slice| slice.high <= low);
        let within = slices[first..].iter().take_while(|slice| slice.low < high);
        Kept {
            pieces: within
                .map(|slice| Piece {
                    low: slice.low.max(low),
                    high: slice.high.min(high),
                    cover: self.slices.cover(slice, lattice),
                })
                .collect(),
        }
    }
}

impl Kept {
    /// The share of a volume in mm^3, which stands on some fine cells between two heights, that the part covers.
    pub(super) fn share(
        &self,
        plan: &DvhPlan<'_>,
        [columns, rows]: [Range<usize>; 2],
        [low, high]: [f64; 2],
        volume_mm3: f64,
    ) -> f64 {
        let lattice = &plan.lattice;
        let mut covered = 0.0;
        for piece in &self.pieces {
            let thickness = piece.high.min(high) - piece.low.max(low);
            if thickness <= 0.0 {
                continue;
            }
            for row in rows.clone() {
                if let Some(cover) = piece.cover.row(row) {
                    let height = lattice.v.fine[row + 1] - lattice.v.fine[row];
                    covered += thickness * height * length(&cover, &columns, &lattice.u.fine);
                }
            }
        }
        (covered / volume_mm3).clamp(0.0, 1.0)
    }
}

/// Covered length of some columns in a row.
fn length(cover: &RowCover<'_>, columns: &Range<usize>, lines: &[f64]) -> f64 {
    let mut length = 0.0;
    let first = cover
        .spans
        .partition_point(|span| span.end <= columns.start);
    for span in &cover.spans[first..] {
        if span.start >= columns.end {
            break;
        }
        let (from, to) = (span.start.max(columns.start), span.end.min(columns.end));
        length += span.share * (lines[to] - lines[from]);
    }
    let first = cover
        .partials
        .partition_point(|cell| cell.column < columns.start);
    for cell in &cover.partials[first..] {
        if cell.column >= columns.end {
            break;
        }
        length += cell.share * (lines[cell.column + 1] - lines[cell.column]);
    }
    length
}
