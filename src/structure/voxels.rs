//! A mask as prisms: whole voxels exactly, so that they combine with contours; fractions by their outline.

use super::{Mask, PlaneFrame, Prisms, Slab};
use crate::geometry::vector::dot;
use crate::geometry::{Between, NodeField, PlanarRegion, Point2};
use rayon::prelude::*;
use std::sync::Arc;

/// The covered fraction at which a mask of fractions is outlined.
const HALF: f64 = 0.5;

/// The voxels of a mask as prisms, frame by frame; `None` when voxels are covered in part, for then nobody
/// knows which part.
pub(super) fn voxel_prisms(mask: &Mask) -> Option<Prisms> {
    if mask
        .fractions()
        .iter()
        .any(|fraction| *fraction > 0.0 && *fraction < 1.0)
    {
        return None;
    }
    let grid = mask.grid();
    let [u, v, w] = grid.axes();
    let place = |axis: usize, along| -> Vec<f64> {
        let origin = dot(grid.origin_mm(), along);
        grid.edges_mm(axis)
            .iter()
            .map(|edge| origin + edge)
            .collect()
    };
    let (us, vs, ws) = (place(0, u), place(1, v), place(2, w));
    let [_, nj, ni] = grid.shape();
    let mut slabs: Vec<Slab> = mask
        .fractions()
        .par_chunks(nj * ni)
        .enumerate()
        .filter_map(|(k, frame)| {
            let rings: Vec<Vec<Point2>> = frame
                .chunks(ni)
                .zip(vs.windows(2))
                .flat_map(|(line, v)| runs(line, &us, v))
                .collect();
            let region = PlanarRegion::from_even_odd(&rings);
            (!region.is_empty()).then(|| Slab {
                low_mm: ws[k].min(ws[k + 1]),
                high_mm: ws[k].max(ws[k + 1]),
                region: Arc::new(region),
            })
        })
        .collect();
    slabs.sort_by(|a, b| a.low_mm.total_cmp(&b.low_mm));
    Some(Prisms {
        frame: PlaneFrame { u, v, w },
        slabs,
    })
}

/// The cross-sections in which a mask of fractions reaches one half, its fractions linear between voxel centres
/// and 0 beyond the outermost ones.
pub(super) fn traced_prisms(mask: &Mask) -> Prisms {
    let grid = mask.grid();
    let [u, v, w] = grid.axes();
    let padded = |axis: usize, along| -> Vec<f64> {
        let (origin, step) = (dot(grid.origin_mm(), along), grid.spacing_mm()[axis]);
        let n = grid.shape()[2 - axis];
        (0..n + 2)
            .map(|index| origin + (index as f64 - 1.0) * step)
            .collect()
    };
    let (us, vs) = (padded(0, u), padded(1, v));
    let origin = dot(grid.origin_mm(), w);
    let ws: Vec<f64> = grid.edges_mm(2).iter().map(|edge| origin + edge).collect();
    let [_, nj, ni] = grid.shape();
    let mut slabs: Vec<Slab> = mask
        .fractions()
        .par_chunks(nj * ni)
        .enumerate()
        .filter_map(|(k, frame)| {
            if frame.iter().all(|fraction| f64::from(*fraction) < HALF) {
                return None;
            }
            let mut values = vec![-HALF; us.len() * vs.len()];
            for (line, fractions) in values.chunks_mut(us.len()).skip(1).zip(frame.chunks(ni)) {
                for (value, fraction) in line[1..].iter_mut().zip(fractions) {
                    *value = f64::from(*fraction) - HALF;
                }
            }
            let field = NodeField {
                us: &us,
                vs: &vs,
                values: &values,
            };
            let region = PlanarRegion::from_even_odd(&field.rings(Between::Straight));
            (!region.is_empty()).then(|| Slab {
                low_mm: ws[k].min(ws[k + 1]),
                high_mm: ws[k].max(ws[k + 1]),
                region: Arc::new(region),
            })
        })
        .collect();
    slabs.sort_by(|a, b| a.low_mm.total_cmp(&b.low_mm));
    Prisms {
        frame: PlaneFrame { u, v, w },
        slabs,
    }
}

/// Rectangles over the runs of covered voxels in a row.
fn runs(line: &[f32], us: &[f64], v: &[f64]) -> Vec<Vec<Point2>> {
    let mut rings = Vec::new();
    let mut start = None;
    for index in 0..=line.len() {
        let covered = line.get(index).is_some_and(|fraction| *fraction > 0.0);
        match (covered, start) {
            (true, None) => start = Some(index),
            (false, Some(from)) => {
                rings.push(vec![
                    [us[from], v[0]],
                    [us[index], v[0]],
                    [us[index], v[1]],
                    [us[from], v[1]],
                ]);
                start = None;
            }
            _ => {}
        }
    }
    rings
}
