//! Surface area.

use super::{Mask, Prisms, Slab, Solid, SolidPolicy, Structure, StructureError};
use crate::geometry::{Gauge, PlanarRegion, PlaneLattice, Side, level_area_mm2};
use rayon::prelude::*;

/// Nodes across the widest cross-section, and what their distance in mm may be.
const NODES: f64 = 256.0;
const STEP_MM: [f64; 2] = [0.25, 1.0];
/// Ends of slabs closer than this in mm touch.
const TOUCH_MM: f64 = 1e-6;
/// Height of steps against their width beyond which a loft would only repeat a prism.
const REACH_STEPS: f64 = 4.0;

impl Structure {
    /// Surface area in mm^2.
    ///
    /// Prisms have steps whose area does not become that of the surface however fine they are. So the surface is lofted:
    /// between neighbouring contour planes the signed distances from the contours are linear, their level 0 is measured by
    /// marching tetrahedra; beyond the ends and at gaps contours go on straight and are closed flat. A mask is smoothed over
    /// neighbouring voxels (1/4, 1/2, 1/4 along each axis) and measured at one half.
    ///
    /// # Errors
    /// A combination that cannot be made.
    pub fn surface_area_mm2(&self, policy: SolidPolicy) -> Result<f64, StructureError> {
        Ok(match self.solid(policy)? {
            Solid::Prisms(prisms) => lofted(&prisms),
            Solid::Mask(mask) => smoothed(&mask),
            Solid::Empty => 0.0,
        })
    }
}

fn lofted(prisms: &Prisms) -> f64 {
    let bounds = prisms
        .slabs
        .iter()
        .filter_map(|slab| slab.region.bounds())
        .reduce(|[a, b], [c, d]| {
            [
                [a[0].min(c[0]), a[1].min(c[1])],
                [b[0].max(d[0]), b[1].max(d[1])],
            ]
        });
    let Some([low, high]) = bounds else {
        return 0.0;
    };
    let width = (high[0] - low[0]).max(high[1] - low[1]);
    let step = (width / NODES).clamp(STEP_MM[0], STEP_MM[1]);
    let lattice = PlaneLattice::around([low, high], step, 2);
    // Neighbours in runs, so that each cross-section's distances are made about once.
    let slabs = &prisms.slabs;
    let runs: Vec<f64> = slabs
        .par_chunks(8)
        .enumerate()
        .map(|(index, run)| {
            let end = (index * 8 + run.len() + 1).min(slabs.len());
            run_area(&slabs[index * 8..end], run.len(), &lattice)
                + run
                    .iter()
                    .enumerate()
                    .map(|(offset, slab)| caps(slabs, index * 8 + offset, slab))
                    .sum::<f64>()
        })
        .collect();
    runs.iter().sum()
}

fn touch(lower: &Slab, upper: &Slab) -> bool {
    upper.low_mm - lower.high_mm <= TOUCH_MM
}

fn middle(slab: &Slab) -> f64 {
    0.5 * (slab.low_mm + slab.high_mm)
}

/// The straight ends of a slab that has no neighbour there, closed flat.
fn caps(slabs: &[Slab], index: usize, slab: &Slab) -> f64 {
    let closed = |open: bool, height: f64| {
        if open {
            0.0
        } else {
            height * slab.region.perimeter_mm() + slab.region.area_mm2()
        }
    };
    let below = index > 0 && touch(&slabs[index - 1], slab);
    let above = slabs.get(index + 1).is_some_and(|next| touch(slab, next));
    closed(below, middle(slab) - slab.low_mm) + closed(above, slab.high_mm - middle(slab))
}

/// The surface between the middles of `count` slabs and those that follow them.
fn run_area(slabs: &[Slab], count: usize, lattice: &PlaneLattice) -> f64 {
    let mut area = 0.0;
    let mut kept: Option<Vec<f64>> = None;
    for pair in slabs.windows(2).take(count) {
        let height = middle(&pair[1]) - middle(&pair[0]);
        if !touch(&pair[0], &pair[1]) {
            kept = None;
        } else if pair[0].region.rings() == pair[1].region.rings() {
            area += height * pair[0].region.perimeter_mm();
            kept = None;
        } else {
            let lower = kept
                .take()
                .unwrap_or_else(|| distances(&pair[0].region, lattice, height));
            let upper = distances(&pair[1].region, lattice, height);
            area += layer_area(
                &lower,
                &upper,
                lattice.columns,
                [lattice.step_mm, lattice.step_mm, height],
            );
            kept = Some(upper);
        }
    }
    area
}

/// Distance from the boundary to each node in mm, positive inside, held to a few steps and heights.
fn distances(region: &PlanarRegion, lattice: &PlaneLattice, height: f64) -> Vec<f64> {
    let reach = REACH_STEPS * (lattice.step_mm + height);
    let found = Gauge::round(1.0).signed(region, lattice, Side::Inside, [reach, 0.0]);
    let held = |distance: &f32| f64::from(-distance).clamp(-reach, reach);
    found.iter().map(held).collect()
}

/// The level 0 between two layers of nodes.
fn layer_area(lower: &[f64], upper: &[f64], columns: usize, sides: [f64; 3]) -> f64 {
    let rows = lower.len() / columns;
    let mut area = 0.0;
    for row in 0..rows.saturating_sub(1) {
        for column in 0..columns - 1 {
            let at = |layer: &[f64], corner: usize| {
                layer[(row + (corner >> 1 & 1)) * columns + column + (corner & 1)]
            };
            let values: [f64; 8] = std::array::from_fn(|corner| {
                at(if corner < 4 { lower } else { upper }, corner & 3)
            });
            area += level_area_mm2(&values, sides);
        }
    }
    area
}

/// The level one half of a mask whose fractions are averaged over neighbours.
fn smoothed(mask: &Mask) -> f64 {
    let grid = mask.grid();
    let [nk, nj, ni] = grid.shape();
    // Two voxels of nothing on each side, for the average and for the surface.
    let (rows, columns) = (nj + 4, ni + 4);
    let frame = |k: usize| -> Vec<f64> {
        let mut values = vec![0.0; rows * columns];
        if let Some(k) = k.checked_sub(2).filter(|k| *k < nk) {
            let fractions = &mask.fractions()[k * nj * ni..(k + 1) * nj * ni];
            for (line, fractions) in values.chunks_mut(columns).skip(2).zip(fractions.chunks(ni)) {
                for (value, fraction) in line[2..].iter_mut().zip(fractions) {
                    *value = f64::from(*fraction);
                }
            }
            let along_u = averaged(&values, 1, columns);
            values = averaged(&along_u, columns, rows * columns);
        }
        values
    };
    let frames: Vec<Vec<f64>> = (0..nk + 4).into_par_iter().map(frame).collect();
    let none = vec![0.0; rows * columns];
    let layers: Vec<Vec<f64>> = (0..frames.len())
        .into_par_iter()
        .map(|k| {
            let below = k.checked_sub(1).map_or(&none, |k| &frames[k]);
            let above = frames.get(k + 1).unwrap_or(&none);
            (0..none.len())
                .map(|node| 0.25 * (below[node] + above[node]) + 0.5 * frames[k][node] - 0.5)
                .collect()
        })
        .collect();
    let offsets = grid.frame_offsets_mm();
    let height = |k: usize| {
        // Layer k is frame k - 2; beyond the ends frames go on evenly.
        let inner = offsets.get(k.saturating_sub(2)..k.saturating_sub(2) + 2);
        match inner {
            Some([a, b]) if k >= 2 => (b - a).abs(),
            _ => grid.spacing_mm()[2],
        }
    };
    let [su, sv, _] = grid.spacing_mm();
    let areas: Vec<f64> = (0..layers.len() - 1)
        .into_par_iter()
        .map(|k| layer_area(&layers[k], &layers[k + 1], columns, [su, sv, height(k)]))
        .collect();
    areas.iter().sum()
}

/// Values averaged (1/4, 1/2, 1/4) with their neighbours at a stride, within blocks of a length.
fn averaged(values: &[f64], stride: usize, block: usize) -> Vec<f64> {
    let mut out = values.to_vec();
    for (index, value) in out.iter_mut().enumerate() {
        let within = index % block;
        if within >= stride && within + stride < block {
            *value = 0.25 * (values[index - stride] + values[index + stride]) + 0.5 * values[index];
        }
    }
    out
}
