//! The share of each voxel of a grid that a structure covers.

use super::{
    Cover, Mask, PlaneFrame, Prisms, Solid, SolidPolicy, Structure, StructureError, cover_rows,
};
use crate::geometry::Grid;
use crate::geometry::vector::{Vector, dot};
use rayon::prelude::*;

/// How far an axis may differ from the normal (as 1 - cosine) and still be parallel.
const PARALLEL: f64 = 1e-9;
/// Into how many parts voxels are divided along each axis on a grid that is turned against the planes.
const SAMPLES: usize = 6;

impl Structure {
    /// The covered share, 0 to 1, of every voxel of a grid, in C order `(slice, row, column)`.
    ///
    /// Where one axis of the grid runs along the normal of the contour planes, a share is exact: area by Green's
    /// theorem times the overlap along the normal, so that shares times voxel volumes add up to the volume. A mask is
    /// resampled by shared volume. On a grid that is turned against the planes, or against the mask, each voxel is
    /// looked at in 6 x 6 x 6 points. What lies beyond the grid is not counted.
    ///
    /// # Errors
    /// A combination that cannot be made.
    pub fn covered_fractions(
        &self,
        grid: &Grid,
        policy: SolidPolicy,
    ) -> Result<Vec<f64>, StructureError> {
        Ok(match self.solid(policy)? {
            Solid::Prisms(prisms) => of_prisms(&prisms, grid),
            Solid::Mask(mask) => mask
                .fractions_on(grid)
                .unwrap_or_else(|| sampled(grid, |point| mask_at(&mask, point))),
            Solid::Empty => vec![0.0; grid.len()],
        })
    }
}

fn of_prisms(prisms: &Prisms, grid: &Grid) -> Vec<f64> {
    let axes = grid.axes();
    let normal = (0..3).find(|axis| dot(axes[*axis], prisms.frame.w).abs() >= 1.0 - PARALLEL);
    let Some(normal) = normal else {
        return turned(prisms, grid);
    };
    let (u, v) = ((normal + 1) % 3, (normal + 2) % 3);
    let frame = PlaneFrame {
        u: axes[u],
        v: axes[v],
        w: axes[normal],
    };
    let prisms = prisms.clone().in_frame(&frame);
    let ascending = |axis: usize| {
        let mut lines = placed(grid, axis, axes[axis]);
        let flipped = lines.len() > 1 && lines[1] < lines[0];
        if flipped {
            lines.reverse();
        }
        (lines, flipped)
    };
    let ((us, flip_u), (vs, flip_v)) = (ascending(u), ascending(v));
    let covers: Vec<Cover> = prisms
        .slabs
        .par_iter()
        .map(|slab| cover_rows(&slab.region, &us, &vs))
        .collect();
    let edges = placed(grid, normal, axes[normal]);
    let layers: Vec<Layer> = edges
        .windows(2)
        .map(|pair| {
            let (low, high) = (pair[0].min(pair[1]), pair[0].max(pair[1]));
            let from = prisms.slabs.partition_point(|slab| slab.high_mm <= low);
            let shares = prisms.slabs[from..]
                .iter()
                .take_while(|slab| slab.low_mm < high)
                .map(|slab| (high.min(slab.high_mm) - low.max(slab.low_mm)) / (high - low));
            Layer {
                shares: (from..).zip(shares).collect(),
            }
        })
        .collect();
    let [nk, nj, ni] = grid.shape();
    let counts = [ni, nj, nk];
    let strides = [1, ni, ni * nj];
    let last = |axis: usize, flip: bool| if flip { Some(counts[axis] - 1) } else { None };
    let place = Place {
        rows: (strides[v], last(v, flip_v)),
        columns: (strides[u], last(u, flip_u)),
    };
    let mut fractions = vec![0.0_f64; grid.len()];
    if normal == 2 {
        fractions
            .par_chunks_mut(nj * ni)
            .zip(&layers)
            .for_each(|(frame, layer)| layer.add(&covers, &place, frame));
    } else {
        // Layers interleave in memory.
        for (index, layer) in layers.iter().enumerate() {
            layer.add(&covers, &place, &mut fractions[index * strides[normal]..]);
        }
    }
    fractions
}

/// Positions in mm along an axis of the voxel edges.
fn placed(grid: &Grid, axis: usize, along: Vector) -> Vec<f64> {
    let origin = dot(grid.origin_mm(), along);
    grid.edges_mm(axis)
        .iter()
        .map(|edge| origin + edge)
        .collect()
}

/// Where cells of a cover lie in an array: stride, and the last index where the axis runs backwards.
struct Place {
    rows: (usize, Option<usize>),
    columns: (usize, Option<usize>),
}

/// The slabs that a layer of voxels meets, with the share of its thickness.
struct Layer {
    shares: Vec<(usize, f64)>,
}

impl Layer {
    fn add(&self, covers: &[Cover], place: &Place, values: &mut [f64]) {
        let index = |(stride, last): (usize, Option<usize>), cell: usize| {
            stride * last.map_or(cell, |last| last - cell)
        };
        for (slab, share) in &self.shares {
            for row in covers[*slab].rows() {
                let start = index(place.rows, row.row);
                for span in row.spans {
                    for cell in span.start..span.end {
                        values[start + index(place.columns, cell)] += share * span.share;
                    }
                }
                for cell in row.partials {
                    values[start + index(place.columns, cell.column)] += share * cell.share;
                }
            }
        }
    }
}

/// Shares on a grid that is turned against the planes, from fine cells of each prism.
fn turned(prisms: &Prisms, grid: &Grid) -> Vec<f64> {
    let finest = grid.spacing_mm().into_iter().fold(f64::INFINITY, f64::min);
    let step = finest / SAMPLES as f64;
    let rasters: Vec<Option<Raster>> = prisms
        .slabs
        .par_iter()
        .map(|slab| Raster::new(&slab.region, step))
        .collect();
    sampled(grid, |point| {
        let (w, uv) = prisms.frame.split(point);
        let index = prisms.slabs.partition_point(|slab| slab.high_mm <= w);
        match (prisms.slabs.get(index), rasters.get(index)) {
            (Some(slab), Some(Some(raster))) if slab.low_mm <= w => raster.at(uv),
            _ => 0.0,
        }
    })
}

/// Covered shares of fine cells around a cross-section.
struct Raster {
    low: [f64; 2],
    step: f64,
    counts: [usize; 2],
    shares: Vec<f32>,
}

impl Raster {
    fn new(region: &crate::geometry::PlanarRegion, step: f64) -> Option<Self> {
        let [low, high] = region.bounds()?;
        let counts = [0, 1].map(|axis| ((high[axis] - low[axis]) / step).ceil().max(1.0) as usize);
        let lines = |axis: usize| -> Vec<f64> {
            (0..=counts[axis])
                .map(|line| low[axis] + line as f64 * step)
                .collect()
        };
        let mut shares = vec![0.0; counts[0] * counts[1]];
        let cover = cover_rows(region, &lines(0), &lines(1));
        let layer = Layer {
            shares: vec![(0, 1.0)],
        };
        let place = Place {
            rows: (counts[0], None),
            columns: (1, None),
        };
        layer.add(&[cover], &place, &mut shares);
        Some(Self {
            low,
            step,
            counts,
            shares: shares.iter().map(|share| *share as f32).collect(),
        })
    }

    fn at(&self, uv: [f64; 2]) -> f64 {
        let cell = [0, 1].map(|axis| ((uv[axis] - self.low[axis]) / self.step).floor());
        let inside = |axis: usize| cell[axis] >= 0.0 && cell[axis] < self.counts[axis] as f64;
        if inside(0) && inside(1) {
            f64::from(self.shares[cell[1] as usize * self.counts[0] + cell[0] as usize])
        } else {
            0.0
        }
    }
}

/// The mean over points in each voxel.
fn sampled(grid: &Grid, at: impl Fn(Vector) -> f64 + Sync) -> Vec<f64> {
    let [i, j, k] = grid.axes();
    let inner = |edges: &[f64]| -> Vec<[f64; SAMPLES]> {
        edges
            .windows(2)
            .map(|pair| {
                std::array::from_fn(|part| {
                    pair[0] + (pair[1] - pair[0]) * (part as f64 + 0.5) / SAMPLES as f64
                })
            })
            .collect()
    };
    let [us, vs, ws] = [0, 1, 2].map(|axis| inner(&grid.edges_mm(axis)));
    let [_, nj, ni] = grid.shape();
    let origin = grid.origin_mm();
    let mut fractions = vec![0.0_f64; grid.len()];
    fractions
        .par_chunks_mut(nj * ni)
        .zip(&ws)
        .for_each(|(frame, ws)| {
            for (line, vs) in frame.chunks_mut(ni).zip(&vs) {
                for (value, us) in line.iter_mut().zip(&us) {
                    let mut sum = 0.0;
                    for w in ws {
                        for v in vs {
                            for u in us {
                                sum += at(std::array::from_fn(|axis| {
                                    origin[axis] + u * i[axis] + v * j[axis] + w * k[axis]
                                }));
                            }
                        }
                    }
                    *value = sum / (SAMPLES * SAMPLES * SAMPLES) as f64;
                }
            }
        });
    fractions
}

/// The fraction of the voxel in which a point lies.
fn mask_at(mask: &Mask, point: Vector) -> f64 {
    let grid = mask.grid();
    let local = grid.local_mm(point);
    let [nk, nj, ni] = grid.shape();
    let even = |axis: usize, n: usize| {
        let cell = (local[axis] / grid.spacing_mm()[axis] + 0.5).floor();
        (cell >= 0.0 && cell < n as f64).then_some(cell as usize)
    };
    let (Some(i), Some(j)) = (even(0, ni), even(1, nj)) else {
        return 0.0;
    };
    let offsets = grid.frame_offsets_mm();
    let ascends = offsets.len() < 2 || offsets[1] > offsets[0];
    let edges = grid.edges_mm(2);
    let passed = edges.partition_point(|edge| {
        if ascends {
            *edge <= local[2]
        } else {
            *edge >= local[2]
        }
    });
    match passed.checked_sub(1) {
        Some(k) if k < nk => f64::from(mask.fractions()[(k * nj + j) * ni + i]),
        _ => 0.0,
    }
}
