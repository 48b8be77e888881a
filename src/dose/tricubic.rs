//! A dose divided into finer voxels by a tricubic spline, around a structure.
//!
//! Between voxel centres a linear interpolant cuts the tops off a curved dose: by up to `h^2 f'' / 8`. A spline that
//! runs through the same values errs by the fourth power of the spacing. Every voxel is divided into `n^3`, whose
//! values are the spline's, and the finer grid is interpolated linearly, with 1/n^2 of the linear error left. Physical
//! parents are divided, models are applied afterwards. So that this rest, too, has no part in a volume, each value is
//! lowered by a twelfth of its second difference along each axis: the linear interpolant then keeps the spline's means. Below zero, where a spline may swing beside a steep edge, the
//! dose is zero; over the outer half voxels it is constant, as everywhere.

use super::{DoseGrid, Part, Values};
use crate::geometry::{Grid, GridError};
use crate::isoeffect::Real;
use crate::numeric::CubicSpline;
use rayon::prelude::*;
use std::ops::Range;
use std::sync::Arc;

/// Voxels beyond the region that still shape the spline in it: each step takes a factor of 3.7 off their weight.
const SUPPORT: usize = 16;
/// Voxels around the region that are divided too.
const MARGIN: usize = 1;
/// The most voxels after division, and the most parts along an axis.
const MOST_VOXELS: f64 = 16e6;
const MOST_PARTS: f64 = 8.0;

/// The voxels along one axis that are divided, those that shape them, and the spline from these to the parts.
struct Axis {
    support: Range<usize>,
    spline: CubicSpline,
    /// Centres of the parts in mm along the axis.
    centres: Vec<f64>,
    /// Of [`keep_means`].
    weights: Vec<[f64; 2]>,
}

impl DoseGrid<'_> {
    /// The same dose on finer voxels, made by a tricubic spline, over the box of a region: `low` to `high` in mm along
    /// the i, j and k axis from the grid's origin. What lies farther away is not in it.
    ///
    /// # Errors
    /// A finer grid that is no grid, which does not happen to a region within a patient.
    pub fn divided(&self, low: [f64; 3], high: [f64; 3]) -> Result<DoseGrid<'static>, GridError> {
        let grid = self.grid();
        let ranges: [Range<usize>; 3] =
            std::array::from_fn(|axis| touched(grid, axis, low[axis], high[axis]));
        let voxels: f64 = ranges.iter().map(|range| range.len() as f64).product();
        let parts = (MOST_VOXELS / voxels).cbrt().floor().clamp(2.0, MOST_PARTS) as usize;
        let axes: [Axis; 3] =
            std::array::from_fn(|axis| Axis::new(grid, axis, ranges[axis].clone(), parts));
        let finer = finer_grid(grid, &axes, parts)?;
        let divided = self.parts().iter().map(|part| Part {
            grid: Arc::clone(&finer),
            values: Values::from(match &part.values {
                Values::F32(values) => divide(values, grid.shape(), &axes),
                Values::F64(values) => divide(values, grid.shape(), &axes),
            }),
            transform: part.transform,
            model: part.model.clone(),
        });
        Ok(DoseGrid::from_checked_parts(
            Arc::clone(&finer),
            divided.collect(),
            self.kind(),
            self.fractionation(),
            self.scope(),
            self.frame_of_reference().map(str::to_owned),
        ))
    }
}

/// The voxels along an axis that a range in mm touches, and a margin.
fn touched(grid: &Grid, axis: usize, low: f64, high: f64) -> Range<usize> {
    let edges = grid.edges_mm(axis);
    let voxels = edges.len() - 1;
    let reached = |pair: &[f64]| pair[0].min(pair[1]) <= high && pair[0].max(pair[1]) >= low;
    let mut touched = (0..voxels).filter(|voxel| reached(&edges[*voxel..voxel + 2]));
    let first = touched.next().unwrap_or(0);
    let last = touched.next_back().unwrap_or(first);
    first.saturating_sub(MARGIN)..(last + 1 + MARGIN).min(voxels)
}

impl Axis {
    fn new(grid: &Grid, axis: usize, range: Range<usize>, parts: usize) -> Self {
        let (knots, edges) = (grid.centres_mm(axis), grid.edges_mm(axis));
        let support = range.start.saturating_sub(SUPPORT)..(range.end + SUPPORT).min(knots.len());
        let centres: Vec<f64> = range
            .flat_map(|voxel| {
                let (from, to) = (edges[voxel], edges[voxel + 1]);
                (0..parts)
                    .map(move |part| from + (to - from) * ((part as f64 + 0.5) / parts as f64))
            })
            .collect();
        Self {
            spline: CubicSpline::new(&knots[support.clone()], &centres),
            support,
            weights: mean_weights(&centres),
            centres,
        }
    }
}

fn finer_grid(grid: &Grid, [i, j, k]: &[Axis; 3], parts: usize) -> Result<Arc<Grid>, GridError> {
    let [along_i, along_j, _] = grid.axes();
    let origin = grid.origin_mm();
    let origin =
        std::array::from_fn(|c| origin[c] + i.centres[0] * along_i[c] + j.centres[0] * along_j[c]);
    let shape = [k.centres.len(), j.centres.len(), i.centres.len()];
    let spacing = grid.spacing_mm().map(|spacing| spacing / parts as f64);
    let finer = Grid::with_frames(shape, spacing, origin, grid.axes(), k.centres.clone())?;
    Ok(Arc::new(finer))
}

/// The values of the finer voxels: along i, then j, then k.
fn divide<T: Real>(values: &[T], [_, nj, ni]: [usize; 3], axes: &[Axis; 3]) -> Vec<f64> {
    let [i, j, k] = axes;
    let rows = k.support.len() * j.support.len();
    let mut along_i = vec![0.0; rows * i.spline.len()];
    let row_of = |row: usize| {
        let slice = k.support.start + row / j.support.len();
        let line = j.support.start + row % j.support.len();
        (slice * nj + line) * ni
    };
    along_i
        .par_chunks_mut(i.spline.len())
        .enumerate()
        .for_each_init(
            || (Vec::new(), Vec::new()),
            |(row, slopes), (index, out)| {
                let start = row_of(index);
                row.clear();
                row.extend(
                    values[start + i.support.start..start + i.support.end]
                        .iter()
                        .map(|value| value.to_f64()),
                );
                for (out, value) in out.iter_mut().zip(i.spline.read(row, slopes)) {
                    *out = value;
                }
                keep_means(out, &i.weights);
            },
        );
    let width = i.spline.len();
    let mut along_j = vec![0.0; k.support.len() * j.spline.len() * width];
    along_j
        .par_chunks_mut(j.spline.len() * width)
        .zip(along_i.par_chunks(j.support.len() * width))
        .for_each(|(out, slice)| across(slice, out, width, j));
    // Along k the slices of one row are far apart in memory: each row of the finer slices is made for itself.
    let plane = j.spline.len() * width;
    let mut rows = vec![0.0; k.spline.len() * plane];
    rows.par_chunks_mut(k.spline.len() * width)
        .enumerate()
        .for_each(|(row, out)| {
            let stack: Vec<f64> = (0..k.support.len())
                .flat_map(|slice| &along_j[slice * plane + row * width..][..width])
                .copied()
                .collect();
            across(&stack, out, width, k);
        });
    // From (row, slice, column) to (slice, row, column).
    let mut all = vec![0.0; rows.len()];
    all.par_chunks_mut(width).enumerate().for_each(|(at, out)| {
        let (slice, row) = (at / j.spline.len(), at % j.spline.len());
        let from = &rows[(row * k.spline.len() + slice) * width..][..width];
        for (out, value) in out.iter_mut().zip(from) {
            *out = value.max(0.0);
        }
    });
    all
}

/// Reads a spline down every column of rows of `width` values.
fn across(rows: &[f64], out: &mut [f64], width: usize, axis: &Axis) {
    let (mut column, mut slopes, mut read) = (Vec::new(), Vec::new(), Vec::new());
    for at in 0..width {
        column.clear();
        column.extend(rows.iter().skip(at).step_by(width));
        read.clear();
        read.extend(axis.spline.read(&column, &mut slopes));
        keep_means(&mut read, &axis.weights);
        for (out, value) in out.iter_mut().skip(at).step_by(width).zip(&read) {
            *out = *value;
        }
    }
}

/// Lowers every value by a twelfth of its second derivative times the square of the step, given the weights of the
/// rises to the next and from the last value. Between samples of a function a straight line lies above a hollow by as
/// much, on average.
fn keep_means(values: &mut [f64], weights: &[[f64; 2]]) {
    let Some(mut before) = values.first().copied() else {
        return;
    };
    for at in 1..values.len().saturating_sub(1) {
        let (value, [next, last]) = (values[at], weights[at]);
        values[at] = value - (next * (values[at + 1] - value) - last * (value - before));
        before = value;
    }
}

/// The weights of [`keep_means`] at places of any distance: `2 (a / h - b / l) / (h + l)` is the second derivative
/// for rises a over h and b over l, and `h l` the square of the step.
fn mean_weights(places: &[f64]) -> Vec<[f64; 2]> {
    let mut weights = vec![[0.0; 2]; places.len()];
    for (weights, around) in weights.iter_mut().skip(1).zip(places.windows(3)) {
        let (last, next) = (around[1] - around[0], around[2] - around[1]);
        *weights = [last, next].map(|other| other / (last + next) / 6.0);
    }
    weights
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dose::DoseKind;

    #[test]
    fn polynomials_keep_their_means_on_uneven_descending_frames() {
        let field =
            |p: [f64; 3]| 50.0 + p[0] - 0.3 * p[1] + 0.02 * p[0] * p[2] - 0.004 * p[0] * p[0];
        let axes = [[0.0, 1.0, 0.0], [-1.0, 0.0, 0.0], [0.0, 0.0, 1.0]];
        let frames = vec![0.0, -2.0, -5.0, -7.0, -9.5, -12.0];
        let grid = Grid::with_frames([6, 7, 8], [2.0, 2.5, 2.0], [5.0, -3.0, 4.0], axes, frames);
        let grid = Arc::new(grid.unwrap());
        let [nk, nj, ni] = grid.shape();
        let mut values = Vec::new();
        for k in 0..nk {
            for j in 0..nj {
                for i in 0..ni {
                    values.push(field(grid.voxel_centre_mm(k, j, i)));
                }
            }
        }
        let dose = DoseGrid::physical(values, Arc::clone(&grid), Some(5)).unwrap();
        let finer = dose.divided([4.0, 4.0, -7.0], [8.0, 8.0, -5.0]).unwrap();
        assert_eq!(finer.kind(), DoseKind::Physical);
        let shape = finer.grid().shape();
        let Values::F64(divided) = &finer.parts()[0].values else {
            panic!("double precision");
        };
        let mut seen = 0;
        for (index, value) in divided.iter().enumerate() {
            let (k, j, i) = (
                index / (shape[1] * shape[2]),
                index / shape[2] % shape[1],
                index % shape[2],
            );
            let point = finer.grid().voxel_centre_mm(k, j, i);
            let local = grid.local_mm(point);
            // Beyond the outer centres the dose is constant, not the polynomial; parts beside them see that. The outer
            // parts of the region have no neighbour on one side.
            let inside = (1..shape[1] - 1).contains(&j)
                && (0..3).all(|axis| {
                    let centres = grid.centres_mm(axis);
                    let (a, b) = (centres[0], centres[centres.len() - 1]);
                    (a.min(b) + 0.5..=a.max(b) - 0.5).contains(&local[axis])
                });
            if inside {
                seen += 1;
                // The x axis is that of the rows: the second derivative is -0.008, the step a part of a row.
                let step = finer.grid().spacing_mm()[1];
                let wanted = field(point) + 0.008 * step * step / 12.0;
                assert!((value - wanted).abs() < 1e-9, "{point:?}: {value}");
            }
        }
        assert!(seen > 1000);
    }

    #[test]
    fn a_constant_dose_stays_constant_to_the_bit() {
        let axes = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]];
        for voxels in [5, 45] {
            let grid = Grid::new([voxels; 3], [3.1; 3], [0.3; 3], axes).unwrap();
            let dose = DoseGrid::physical(vec![15.1; voxels.pow(3)], grid, None).unwrap();
            let finer = dose.divided([0.0; 3], [3.1 * voxels as f64; 3]).unwrap();
            assert!(finer.values_f64().iter().all(|value| *value == 15.1));
        }
    }
}
