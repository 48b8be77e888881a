//! One layer of the lattice at a time: what the structure covers there, its dose, into the histogram.
//!
//! A layer lies between two planes of voxel centres, so that the dose is trilinear in each of its coarse cells.
//! Slices of the structure that follow each other within the layer form a stack. Coarse cells that the stack
//! fills are boxes; the rest is taken slice by slice and in fine cells.

use super::boxes::{LANES, Scales};
use super::histogram::Deposit;
use super::plan::DvhPlan;
use super::portion::Kept;
use super::sample::{BoxSpread, Sample, Spread};
use super::sampler::Sampler;
use super::scale::nearest;
use crate::structure::{Cover, RowCover, Span};
use std::ops::Range;
use std::sync::Arc;

/// Slices closer than this in mm follow each other.
const SAME: f64 = 1e-9;
/// Rows of a slice in which the boundary is looked at first.
const AHEAD: usize = 8;
/// How often a box is halved along each side where the dose bends.
const DEEPEST: u32 = 3;

/// One thread's share of a DVH: what it found and its memory.
pub(super) struct Worker<'p, 'a, D> {
    plan: &'p DvhPlan<'a>,
    sampler: Sampler<'p, 'a>,
    /// Covers of the slices that the last layer reached, by index.
    covers: Vec<(usize, Arc<Cover>)>,
    runs: Runs,
    scales: Scales,
    /// What counts in the present layer, and of what is sampled next.
    kept: Kept,
    share: f64,
    pub(super) found: D,
}

/// What a slice covers between two heights.
struct Piece {
    low: f64,
    high: f64,
    cover: Arc<Cover>,
}

/// Coarse cells of a row that everything fills, sorted.
#[derive(Default)]
struct Runs {
    list: Vec<Range<usize>>,
    spare: Vec<Range<usize>>,
}

impl Runs {
    /// Starts with the whole row.
    fn all(&mut self, cells: usize) {
        self.list.clear();
        self.list.push(0..cells);
    }

    /// Keeps what also lies within the spans.
    fn keep(&mut self, spans: impl Iterator<Item = Range<usize>>) {
        self.spare.clear();
        let mut index = 0;
        for span in spans {
            while self
                .list
                .get(index)
                .is_some_and(|run| run.end <= span.start)
            {
                index += 1;
            }
            for run in &self.list[index..] {
                if run.start >= span.end {
                    break;
                }
                let both = run.start.max(span.start)..run.end.min(span.end);
                if !both.is_empty() {
                    self.spare.push(both);
                }
            }
        }
        std::mem::swap(&mut self.list, &mut self.spare);
    }

    /// The first run at or after a cell, or an empty one after the last.
    fn next(&self, cell: usize) -> Range<usize> {
        let at = self.list.partition_point(|run| run.end <= cell);
        self.list.get(at).cloned().unwrap_or(usize::MAX..usize::MAX)
    }
}

impl<'p, 'a, D: Deposit> Worker<'p, 'a, D> {
    pub(super) fn new(plan: &'p DvhPlan<'a>, found: D) -> Self {
        Self {
            plan,
            sampler: Sampler::new(&plan.field, &plan.lattice),
            covers: Vec::new(),
            runs: Runs::default(),
            scales: Scales {
                units: plan.units,
                bins: found.resolution(),
            },
            kept: Kept::default(),
            share: 1.0,
            found,
        }
    }

    /// Adds what the structure has in a layer.
    pub(super) fn layer(&mut self, layer: usize) {
        let lines = &self.plan.lattice.w.coarse;
        let (low, high) = (lines[layer], lines[layer + 1]);
        let pieces = self.pieces(low, high);
        if let Some(portion) = &self.plan.portion {
            self.kept = portion.between(low, high, &self.plan.lattice);
        }
        let mut start = 0;
        while start < pieces.len() {
            let follows = |pair: &[Piece]| pair[1].low - pair[0].high <= SAME;
            let more = pieces[start..].windows(2).take_while(|pair| follows(pair));
            let end = start + 1 + more.count();
            self.stack(layer, &pieces[start..end]);
            start = end;
        }
    }

    /// The slices between two heights, in order.
    fn pieces(&mut self, low: f64, high: f64) -> Vec<Piece> {
        let plan = self.plan;
        let slices = plan.slices.list();
        let first = slices.partition_point(|slice| slice.high <= low);
        self.covers.retain(|(index, _)| *index >= first);
        (first..)
            .zip(&slices[first..])
            .take_while(|(_, slice)| slice.low < high)
            .map(|(index, slice)| {
                let known = self.covers.iter().find(|known| known.0 == index);
                let cover = known.map_or_else(
                    || Arc::new(plan.slices.cover(slice, &plan.lattice)),
                    |known| Arc::clone(&known.1),
                );
                if known.is_none() {
                    self.covers.push((index, Arc::clone(&cover)));
                }
                Piece {
                    low: slice.low.max(low),
                    high: slice.high.min(high),
                    cover,
                }
            })
            .collect()
    }

    /// Adds slices that follow each other within a layer.
    fn stack(&mut self, layer: usize, pieces: &[Piece]) {
        let rows = &self.plan.lattice.v;
        let touched = pieces.iter().flat_map(|piece| {
            let ends = [piece.cover.first_row(), piece.cover.last_row()];
            ends.into_iter().flatten().map(|row| rows.coarse_of(row))
        });
        let (first, last) = touched.fold((usize::MAX, 0), |(first, last), row| {
            (first.min(row), last.max(row))
        });
        let (Some(bottom), Some(top)) = (pieces.first(), pieces.last()) else {
            return;
        };
        let ends = [bottom.low, top.high];
        self.look_ahead(layer, pieces);
        for row in first..=last {
            if first == usize::MAX {
                break;
            }
            self.sampler.begin(row, layer);
            self.find_runs(row, pieces);
            for index in 0..self.runs.list.len() {
                let run = self.runs.list[index].clone();
                self.boxes(row, run, ends);
            }
            for piece in pieces {
                for fine in rows.parts(row) {
                    if let Some(cover) = piece.cover.row(fine) {
                        for span in cover.spans {
                            self.span(cover.row, *span, piece);
                        }
                        self.partials(&cover, piece);
                    }
                }
            }
        }
    }

    /// Takes note of the dose in some points of the boundary, so that most others need no look.
    fn look_ahead(&mut self, layer: usize, pieces: &[Piece]) {
        if !D::SEEKS_EXTREMES {
            return;
        }
        let lattice = &self.plan.lattice;
        for piece in pieces {
            let cover = Arc::clone(&piece.cover);
            let rows = cover.rows();
            let step = (rows.len() / AHEAD).max(1);
            for row in rows.step_by(step) {
                self.sampler.begin(lattice.v.coarse_of(row.row), layer);
                for (fine, [u, v]) in row.boundary.first().into_iter().chain(row.boundary.last()) {
                    let column = lattice.u.coarse_of(*fine);
                    if self.could_grow(column) {
                        self.reach(column, [*u, *v, piece.low]);
                        self.reach(column, [*u, *v, piece.high]);
                    }
                }
            }
        }
    }

    /// Finds the coarse cells of a row that all pieces fill.
    fn find_runs(&mut self, row: usize, pieces: &[Piece]) {
        let lattice = &self.plan.lattice;
        self.runs.all(lattice.u.cells());
        for piece in pieces {
            for fine in lattice.v.parts(row) {
                let spans = piece.cover.row(fine).map_or(&[][..], |cover| cover.spans);
                let full = spans.iter().filter(|span| span.share == 1.0);
                self.runs
                    .keep(full.map(|span| lattice.u.whole(span.start..span.end)));
                if self.runs.list.is_empty() {
                    return;
                }
            }
        }
    }

    /// Coarse cells that a stack fills, a few dozen at a time.
    fn boxes(&mut self, row: usize, columns: Range<usize>, ends: [f64; 2]) {
        let mut start = columns.start;
        while start < columns.end {
            let end = columns.end.min(start + LANES);
            self.few_boxes(row, start..end, ends);
            start = end;
        }
    }

    fn few_boxes(&mut self, row: usize, columns: Range<usize>, ends: [f64; 2]) {
        let plan = self.plan;
        let us = &plan.lattice.u.coarse;
        let vs = [row, row + 1].map(|line| plan.lattice.v.coarse[line]);
        if plan.weighing.is_some() || plan.portion.is_some() {
            let rows = plan.lattice.v.parts(row);
            for column in columns {
                let sides = [[us[column], us[column + 1]], vs, ends];
                let cells = [plan.lattice.u.parts(column), rows.clone()];
                self.keep(cells, ends, volume(sides));
                self.part(column, sides, 1.0, 0);
                self.corners(column, sides[0], vs, ends);
            }
            return;
        }
        let (count, small) = (columns.len(), plan.units.small);
        let bounds = self.sampler.boxes(columns.clone(), ends, &self.scales);
        let mut index = 0;
        while index < count {
            if let Some((boxes, units, mean, width)) =
                self.sampler.boxes.together(index, count, small)
            {
                self.found.add(units, mean, width, 0.0);
                index += boxes;
                continue;
            }
            let spread = self.sampler.boxes.spread(index);
            let (mean, units) = (
                self.sampler.boxes.mean[index],
                self.sampler.boxes.units[index],
            );
            if self.sampler.boxes.rough[index] {
                let column = columns.start + index;
                self.eighths(column, [[us[column], us[column + 1]], vs, ends], 1);
            } else if !mean.is_nan() {
                self.found.add_box(units, units, mean, spread, small);
            }
            index += 1;
        }
        if D::SEEKS_EXTREMES && plan.reached.could_grow(bounds) {
            for column in columns {
                self.corners(column, [us[column], us[column + 1]], vs, ends);
            }
        }
    }

    /// Cells of a fine row that are covered evenly, as far as they lie in no run: within each coarse cell one box.
    fn span(&mut self, fine_row: usize, span: Span, piece: &Piece) {
        let lattice = &self.plan.lattice;
        let vs = [lattice.v.fine[fine_row], lattice.v.fine[fine_row + 1]];
        let mut start = span.start;
        while start < span.end {
            let column = lattice.u.coarse_of(start);
            let cells = lattice.u.parts(column);
            if span.share == 1.0 {
                let run = self.runs.next(column);
                if run.contains(&column) {
                    start = lattice.u.parts(run.end - 1).end;
                    continue;
                }
            }
            let end = cells.end.min(span.end);
            let us = [lattice.u.fine[start], lattice.u.fine[end]];
            let ends = [piece.low, piece.high];
            let cells = [start..end, fine_row..fine_row + 1];
            self.keep(cells, ends, span.share * volume([us, vs, ends]));
            self.part(column, [us, vs, ends], span.share, 0);
            self.corners(column, us, vs, ends);
            start = end;
        }
    }

    /// Takes note of which share counts of a volume that stands on fine cells between two heights.
    #[inline]
    fn keep(&mut self, cells: [Range<usize>; 2], ends: [f64; 2], volume_mm3: f64) {
        if self.plan.portion.is_some() {
            self.share = self.kept.share(self.plan, cells, ends, volume_mm3);
        }
    }

    /// A box in smaller boxes, for a dose that bends in it.
    fn eighths(&mut self, column: usize, sides: [[f64; 2]; 3], depth: u32) {
        let halves = sides.map(|[low, high]| {
            let middle = 0.5 * (low + high);
            [[low, middle], [middle, high]]
        });
        for w in halves[2] {
            for v in halves[1] {
                for u in halves[0] {
                    self.part(column, [u, v, w], 1.0, depth);
                }
            }
        }
    }

    /// Adds a box within a coarse cell, in eighths of eighths where the dose bends.
    fn part(&mut self, column: usize, sides: [[f64; 2]; 3], share: f64, depth: u32) {
        let size = sides.map(|[low, high]| high - low);
        let middle = sides.map(|[low, high]| 0.5 * (low + high));
        let shape = Spread::of_box(size);
        let Some((mut sample, reached)) = self.sampler.at(column, middle, &shape) else {
            return;
        };
        let spread = BoxSpread::new(&sample, size);
        let units = self
            .plan
            .units
            .of(size[0] * size[1] * size[2] * share * reached);
        let step = self.scales.bins.step(sample.value, spread.half_range());
        let square = spread.wide * spread.wide;
        let rough = || self.plan.units.is_rough(square, spread.twist, units, step);
        if share == 1.0 && depth < DEEPEST && (reached < 1.0 || rough()) {
            self.eighths(column, sides, depth + 1);
        } else {
            let counted = self.weighed(units, middle, &shape, &mut sample);
            let small = self.plan.units.small;
            self.found
                .add_box(counted, units, sample.value, spread, small);
        }
    }

    /// Least and highest dose in a box within a coarse cell: a trilinear dose has them at corners.
    fn corners(&mut self, column: usize, us: [f64; 2], vs: [f64; 2], ws: [f64; 2]) {
        if !self.could_grow(column) {
            return;
        }
        for w in ws {
            for v in vs {
                for u in us {
                    self.reach(column, [u, v, w]);
                }
            }
        }
    }

    /// Cells that the boundary crosses, and the boundary itself for the extremes.
    fn partials(&mut self, cover: &RowCover<'_>, piece: &Piece) {
        let lattice = &self.plan.lattice;
        let vs = [lattice.v.fine[cover.row], lattice.v.fine[cover.row + 1]];
        let (height, thickness) = (vs[1] - vs[0], piece.high - piece.low);
        let w = 0.5 * (piece.low + piece.high);
        for cell in cover.partials {
            let us = [lattice.u.fine[cell.column], lattice.u.fine[cell.column + 1]];
            let width = us[1] - us[0];
            let point = [
                0.5 * (us[0] + us[1]) + cell.centroid[0] * width,
                0.5 * (vs[0] + vs[1]) + cell.centroid[1] * height,
                w,
            ];
            let [uu, vv, uv] = cell.spread;
            let spread = Spread([
                uu * width * width,
                vv * height * height,
                uv * width * height,
                thickness * thickness / 12.0,
            ]);
            let column = lattice.u.coarse_of(cell.column);
            let volume = width * height * thickness * cell.share;
            let cells = [cell.column..cell.column + 1, cover.row..cover.row + 1];
            self.keep(cells, [piece.low, piece.high], volume);
            if let Some((mut sample, reached)) = self.sampler.at(column, point, &spread) {
                let units = self.plan.units.of(volume * reached);
                let units = self.weighed(units, point, &spread, &mut sample);
                self.deposit(&sample, &spread, units);
            }
            if cell.corners != 0 && self.could_grow(column) {
                for (bit, [i, j]) in [[0, 0], [1, 0], [0, 1], [1, 1]].into_iter().enumerate() {
                    if cell.corners >> bit & 1 == 1 {
                        self.reach(column, [us[i], vs[j], piece.low]);
                        self.reach(column, [us[i], vs[j], piece.high]);
                    }
                }
            }
        }
        if !D::SEEKS_EXTREMES {
            return;
        }
        // Points of one coarse cell stand together: whether it can hold a new extreme is asked once.
        let (mut asked, mut grows) = (usize::MAX, false);
        for (fine, [u, v]) in cover.boundary {
            let column = lattice.u.coarse_of(*fine);
            if column != asked {
                (asked, grows) = (column, self.could_grow(column));
            }
            if grows {
                self.reach(column, [*u, *v, piece.low]);
                self.reach(column, [*u, *v, piece.high]);
            }
        }
    }

    /// What a volume counts; where it is weighed, its sample is too.
    #[inline]
    fn weighed(&self, units: i64, point: [f64; 3], spread: &Spread, sample: &mut Sample) -> i64 {
        match &self.plan.weighing {
            None if self.plan.portion.is_none() => units,
            None => nearest(self.share * units as f64),
            Some(weighing) => {
                // A second look at the same cells counts them no second time.
                let seen = if D::SEEKS_EXTREMES { units } else { 0 };
                nearest(weighing.weigh(point, spread, seen, sample) * units as f64)
            }
        }
    }

    /// Adds a volume with the dose of a sample, spread evenly so that its variance is right.
    #[inline]
    fn deposit(&mut self, sample: &Sample, spread: &Spread, units: i64) {
        let width = (12.0 * spread.variance(sample)).sqrt();
        self.found.add(units, sample.value, width, 0.0);
        self.found.blur(units, sample.value, width);
    }

    /// Whether a coarse cell may hold a new extreme.
    #[inline]
    fn could_grow(&mut self, column: usize) -> bool {
        if !D::SEEKS_EXTREMES {
            return false;
        }
        let bounds = self.sampler.bounds(column);
        self.plan.reached.could_grow(bounds)
    }

    /// Takes note of the dose in a point of the structure.
    fn reach(&mut self, column: usize, point: [f64; 3]) {
        if let Some(dose) = self.sampler.value(column, point) {
            self.found.reach(dose);
            self.plan.reached.note(dose, dose);
        }
    }
}

/// Volume of a box.
fn volume(sides: [[f64; 2]; 3]) -> f64 {
    sides.iter().map(|[low, high]| high - low).product()
}
