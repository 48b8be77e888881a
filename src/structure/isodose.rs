//! Structures from dose levels.

use super::{ContourPlane, ContourStack, PlaneFrame, Shape, Structure};
use crate::dose::DoseGrid;
use crate::error::{NonPhysicalError, positive};
use crate::geometry::vector::dot;
use crate::geometry::{Between, Grid, NodeField, Point2};
use rayon::prelude::*;
use std::ops::Range;
use std::sync::Arc;

/// How far apart in mm planes may be, and into how many a voxel is divided at least: between frames the area of a
/// cross-section is no straight line.
const PLANE_STEP_MM: f64 = 0.5;
const LEAST_PLANES: f64 = 4.0;
/// Into how many parts voxels are divided where a dose is a sum of transformed doses.
const PARTS: usize = 4;

/// All that receives at least a dose, as contours, in gray of the dose's own kind.
///
/// The dose is linear between voxel centres along each axis (trilinear) and constant over the outer half voxels, as in a
/// DVH. On each plane the contour is that of the interpolant itself: within a voxel a hyperbola, followed to a thousandth of a
/// voxel, and joined or parted at saddles as the interpolant is. Planes lie in the orientation of the grid, evenly, at least four
/// a voxel and at most 0.5 mm apart, so that their slabs end with the grid. A BED or EQD2 of one physical dose is followed on that; of a sum the dose
/// is calculated in 4 x 4 points a voxel and straight between them.
///
/// # Errors
/// A level that is not above 0.
pub fn isodose(dose: &DoseGrid<'_>, level_gy: f64) -> Result<Structure, NonPhysicalError> {
    positive("isodose level in Gy", level_gy)?;
    let shape = Levels::new(dose, level_gy).and_then(|levels| levels.stack());
    let shape = shape.map_or(Shape::Empty, |stack| Shape::Contours(Arc::new(stack)));
    let mut made = Structure::new(format!("Isodose {level_gy} Gy"), shape);
    made.interpreted_type = Some("DOSE_REGION".to_owned());
    made.frame_of_reference = dose.frame_of_reference().map(str::to_owned);
    Ok(made)
}

/// The voxels around a level.
struct Levels<'a> {
    dose: &'a DoseGrid<'a>,
    grid: &'a Grid,
    /// The level, of the physical dose where there is one only.
    level: f64,
    physical: bool,
    columns: Range<usize>,
    rows: Range<usize>,
    frames: Range<usize>,
}

impl<'a> Levels<'a> {
    /// `None` where the level is not reached.
    fn new(dose: &'a DoseGrid<'a>, level_gy: f64) -> Option<Self> {
        let grid = dose.grid();
        let (physical, level) = match dose.parts() {
            [only] => (true, only.transform.inverse(level_gy)),
            _ => (false, level_gy),
        };
        let mut levels = Self {
            dose,
            grid,
            level,
            physical,
            columns: 0..0,
            rows: 0..0,
            frames: 0..0,
        };
        let [nk, nj, ni] = grid.shape();
        let hit: Vec<(usize, Range<usize>, Range<usize>)> = (0..nk)
            .into_par_iter()
            .filter_map(|k| {
                let (mut rows, mut columns) = (nj..0, ni..0);
                for j in 0..nj {
                    for i in 0..ni {
                        if levels.at_voxel((k * nj + j) * ni + i) >= level {
                            rows = rows.start.min(j)..rows.end.max(j + 1);
                            columns = columns.start.min(i)..columns.end.max(i + 1);
                        }
                    }
                }
                (!rows.is_empty()).then_some((k, rows, columns))
            })
            .collect();
        // One voxel more on each side holds the boundary.
        let wider =
            |range: Range<usize>, n: usize| range.start.saturating_sub(1)..(range.end + 1).min(n);
        let union = |ranges: &mut dyn Iterator<Item = Range<usize>>| {
            ranges.reduce(|a, b| a.start.min(b.start)..a.end.max(b.end))
        };
        levels.rows = wider(union(&mut hit.iter().map(|hit| hit.1.clone()))?, nj);
        levels.columns = wider(union(&mut hit.iter().map(|hit| hit.2.clone()))?, ni);
        levels.frames = wider(hit.first()?.0..hit.last()?.0 + 1, nk);
        Some(levels)
    }

    /// The value of a voxel whose level is searched for.
    fn at_voxel(&self, index: usize) -> f64 {
        if self.physical {
            self.dose.parts()[0].values.get(index)
        } else {
            self.dose
                .parts()
                .iter()
                .map(|part| part.transform.value(part.values.get(index)))
                .sum()
        }
    }

    fn stack(&self) -> Option<ContourStack> {
        let [u, v, w] = self.grid.axes();
        let frame = PlaneFrame { u, v, w };
        let origin = dot(self.grid.origin_mm(), w);
        let (planes, step) = self.planes();
        let us = self.lines(0, &self.columns, u);
        let vs = self.lines(1, &self.rows, v);
        let cut: Vec<Option<ContourPlane>> = planes
            .par_iter()
            .map(|offset| {
                let values = self.values(*offset, &us, &vs);
                let positions = |lines: &[Node]| -> Vec<f64> {
                    lines.iter().map(|node| node.position).collect()
                };
                let (columns, rows) = (positions(&us), positions(&vs));
                let field = NodeField {
                    us: &columns,
                    vs: &rows,
                    values: &values,
                };
                let between = if self.physical {
                    Between::Bilinear
                } else {
                    Between::Straight
                };
                let rings: Vec<Vec<Point2>> = field.rings(between);
                (!rings.is_empty()).then_some(ContourPlane {
                    position_mm: origin + offset,
                    rings,
                })
            })
            .collect();
        ContourStack::from_planes(frame, cut.into_iter().flatten().collect(), Some(step))
    }

    /// Offsets of planes along the k axis, ascending, and their distance: each voxel divided evenly, uneven frames as a
    /// whole.
    fn planes(&self) -> (Vec<f64>, f64) {
        let edges = self.grid.edges_mm(2);
        let (start, end) = (edges[self.frames.start], edges[self.frames.end]);
        let (low, high) = (start.min(end), start.max(end));
        let frames = self.frames.len() as f64;
        let thickness = (high - low) / frames;
        let count = if self.grid.is_evenly_spaced() {
            frames * (thickness / PLANE_STEP_MM).ceil().max(LEAST_PLANES)
        } else {
            ((high - low) / PLANE_STEP_MM)
                .ceil()
                .max(frames * LEAST_PLANES)
        };
        let step = (high - low) / count;
        let planes = (0..count as usize)
            .map(|index| low + (index as f64 + 0.5) * step)
            .collect();
        (planes, step)
    }

    /// Nodes along an axis: voxel centres (and points between them for a sum), and where the grid ends its outer edges.
    fn lines(&self, axis: usize, voxels: &Range<usize>, along: [f64; 3]) -> Vec<Node> {
        let origin = dot(self.grid.origin_mm(), along);
        let step = self.grid.spacing_mm()[axis];
        let n = self.grid.shape()[2 - axis];
        let parts = if self.physical { 1 } else { PARTS };
        let mut nodes = Vec::new();
        let mut put = |at: f64| {
            let held = at.clamp(0.0, (n - 1) as f64);
            let voxel = (held.floor() as usize).min(n.saturating_sub(2));
            nodes.push(Node {
                position: origin + at * step,
                voxel,
                next: (voxel + 1).min(n - 1),
                share: held - voxel as f64,
            });
        };
        if voxels.start == 0 {
            put(-0.5);
        }
        for index in voxels.start * parts..=(voxels.end - 1) * parts {
            put(index as f64 / parts as f64);
        }
        if voxels.end == n {
            put(n as f64 - 0.5);
        }
        nodes
    }

    /// The dose less the level at the nodes of a plane.
    fn values(&self, offset: f64, us: &[Node], vs: &[Node]) -> Vec<f64> {
        let [_, nj, ni] = self.grid.shape();
        let (k, next, share) = self.frame_at(offset);
        let parts = self.dose.parts();
        let mut values = Vec::with_capacity(us.len() * vs.len());
        for v in vs {
            for u in us {
                let dose = |part: &crate::dose::Part<'_>| {
                    let at = |k: usize, j: usize, i: usize| part.values.get((k * nj + j) * ni + i);
                    let mix = |a: f64, b: f64, t: f64| a + t * (b - a);
                    let line =
                        |k: usize, j: usize| mix(at(k, j, u.voxel), at(k, j, u.next), u.share);
                    let plane = |k: usize| mix(line(k, v.voxel), line(k, v.next), v.share);
                    mix(plane(k), plane(next), share)
                };
                let value: f64 = if self.physical {
                    dose(&parts[0])
                } else {
                    parts
                        .iter()
                        .map(|part| part.transform.value(dose(part)))
                        .sum()
                };
                values.push(value - self.level);
            }
        }
        values
    }

    /// The frames on both sides of an offset, and how far it lies from the first to the second.
    fn frame_at(&self, offset: f64) -> (usize, usize, f64) {
        let offsets = self.grid.frame_offsets_mm();
        let descends = offsets.len() > 1 && offsets[1] < offsets[0];
        let passed = offsets.partition_point(|frame| {
            if descends {
                *frame >= offset
            } else {
                *frame <= offset
            }
        });
        match passed {
            0 => (0, 0, 0.0),
            n if n == offsets.len() => (n - 1, n - 1, 0.0),
            n => {
                let share = (offset - offsets[n - 1]) / (offsets[n] - offsets[n - 1]);
                (n - 1, n, share)
            }
        }
    }
}

/// A node along an axis, and between which voxels it lies.
struct Node {
    position: f64,
    voxel: usize,
    next: usize,
    share: f64,
}
