//! A mask on another grid, by the volume that its voxels share.

use super::Mask;
use crate::geometry::Grid;
use crate::geometry::vector::dot;
use rayon::prelude::*;
use std::sync::Arc;

/// How far axes may differ (as 1 - cosine) and still be parallel.
const PARALLEL: f64 = 1e-9;

/// For each voxel along one axis: which voxels of the other grid it meets, and the share of its length.
type Shares = Vec<Vec<(usize, f64)>>;

impl Mask {
    /// The same mask on another grid: a voxel's fraction is the share of its volume that the old voxels cover, each of
    /// them covered evenly. Exact for grids whose axes are parallel (in any order and direction), `None` for others.
    pub(super) fn on_grid(&self, grid: &Arc<Grid>) -> Option<Self> {
        let fractions = self.fractions_on(grid)?;
        let fractions = fractions
            .iter()
            .map(|fraction| (*fraction as f32).clamp(0.0, 1.0))
            .collect();
        Self::new("", fractions, Arc::clone(grid)).ok()
    }

    /// The same in double precision.
    pub(super) fn fractions_on(&self, grid: &Grid) -> Option<Vec<f64>> {
        let (ours, theirs) = (self.grid().axes(), grid.axes());
        let mut shares: [Shares; 3] = Default::default();
        let mut source = [0; 3];
        for target in 0..3 {
            let along =
                (0..3).find(|axis| dot(ours[*axis], theirs[target]).abs() >= 1.0 - PARALLEL)?;
            source[target] = along;
            let place = |grid: &Grid, axis: usize, sign: f64| -> Vec<f64> {
                let origin = dot(grid.origin_mm(), theirs[target]);
                grid.edges_mm(axis)
                    .iter()
                    .map(|edge| origin + sign * edge)
                    .collect()
            };
            let sign = dot(ours[along], theirs[target]).signum();
            shares[target] = overlaps(&place(grid, target, 1.0), &place(self.grid(), along, sign));
        }
        // Strides of the source array for its axes i, j, k.
        let [_, nj, ni] = self.grid().shape();
        let strides = source.map(|axis| [1, ni, ni * nj][axis]);
        let [_, rows, columns] = grid.shape();
        let mut fractions = vec![0.0_f64; grid.len()];
        fractions
            .par_chunks_mut(rows * columns)
            .zip(&shares[2])
            .for_each(|(frame, along_k)| {
                for (k, wk) in along_k {
                    for (line, along_j) in frame.chunks_mut(columns).zip(&shares[1]) {
                        for (j, wj) in along_j {
                            let start = k * strides[2] + j * strides[1];
                            for (value, along_i) in line.iter_mut().zip(&shares[0]) {
                                for (i, wi) in along_i {
                                    let covered = self.fractions()[start + i * strides[0]];
                                    *value += wk * wj * wi * f64::from(covered);
                                }
                            }
                        }
                    }
                }
            });
        Some(fractions)
    }
}

/// Which of `others` each interval of `edges` meets, and the share of its own length. Both may run either way.
fn overlaps(edges: &[f64], others: &[f64]) -> Shares {
    let descends = others.len() > 1 && others[1] < others[0];
    let mut sorted = others.to_vec();
    if descends {
        sorted.reverse();
    }
    let cells = sorted.len().saturating_sub(1);
    edges
        .windows(2)
        .map(|pair| {
            let (low, high) = (pair[0].min(pair[1]), pair[0].max(pair[1]));
            let from = sorted
                .partition_point(|edge| *edge <= low)
                .saturating_sub(1);
            (from..cells)
                .take_while(|cell| sorted[*cell] < high)
                .filter_map(|cell| {
                    let shared = high.min(sorted[cell + 1]) - low.max(sorted[cell]);
                    let index = if descends { cells - 1 - cell } else { cell };
                    (shared > 0.0).then(|| (index, shared / (high - low)))
                })
                .collect()
        })
        .collect()
}
