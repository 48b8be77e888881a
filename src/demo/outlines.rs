//! From solids to contours: plane sections, holes, points in proportion to length.

use super::DemoOptions;
use super::anatomy::Anatomy;
use super::organs::{EXTRA, Holes, ISOCENTRE, Organ, Roi, UNDRAWN, USUAL};
use super::rings::{Lattice, area, contains, hundredths, keyhole, perimeter, resample};
use crate::geometry::vector::{Vector, add_scaled};
use crate::geometry::{Grid, Point2};
use crate::structure::{Shape, Structure, StructureError};
use rayon::prelude::*;
use std::sync::Arc;

/// Outlines that enclose less than this many square millimetres are not drawn.
const SMALLEST_MM2: f64 = 15.0;
/// Fewest points on a contour.
const FEWEST_POINTS: f64 = 12.0;

/// Lattice values along the side of a block that is looked at as a whole.
const BLOCK: usize = 4;
/// How fast the distance functions change at most, per mm.
const STEEPEST: f64 = 2.0;

/// An outer outline of a structure in one plane, with the holes in it.
#[derive(Debug)]
struct Outline {
    z: f64,
    outer: Vec<Point2>,
    holes: Vec<Vec<Point2>>,
}

/// The structures of a case, numbered from 1 in the order of the set.
pub(super) fn structures(
    options: &DemoOptions,
    anatomy: &Anatomy,
    grid: &Grid,
    frame_of_reference: &str,
) -> Result<Vec<Structure>, StructureError> {
    let rois: Vec<Roi> = USUAL
        .iter()
        .chain(&EXTRA[..options.extra_rois.min(EXTRA.len())])
        .copied()
        .collect();
    let planes = planes(options, grid);
    let outlines: Vec<Vec<Outline>> = rois
        .iter()
        .map(|roi| {
            planes
                .par_iter()
                .flat_map_iter(|z| section(roi, anatomy, *z))
                .collect()
        })
        .collect();
    let step = point_step(&rois, &outlines, options.points_per_contour);
    let mut structures = Vec::with_capacity(rois.len() + 2);
    for (roi, outlines) in rois.iter().zip(outlines) {
        let contours: Vec<Vec<Vector>> = outlines
            .into_par_iter()
            .flat_map_iter(|outline| drawn(outline, roi.holes, step))
            .collect();
        let spacing = Some(options.slice_spacing_mm);
        let mut structure = Structure::from_contours(roi.name, &contours, spacing)?;
        describe(&mut structure, roi.interpreted_type, roi.colour);
        structures.push(structure);
    }
    if options.marker_rois {
        structures.extend(markers(anatomy));
    }
    for (number, structure) in (1..).zip(&mut structures) {
        structure.number = Some(number);
        structure.frame_of_reference = Some(frame_of_reference.to_owned());
    }
    Ok(structures)
}

fn describe(structure: &mut Structure, interpreted_type: &str, colour: [u8; 3]) {
    structure.interpreted_type = Some(interpreted_type.to_owned());
    structure.colour = Some(colour);
}

/// The isocentre and a region in which nothing is drawn.
fn markers(anatomy: &Anatomy) -> [Structure; 2] {
    let point = isocentre(anatomy);
    let mut isocentre = Structure::new(ISOCENTRE.0, Shape::Points(Arc::new(vec![point])));
    describe(&mut isocentre, ISOCENTRE.1, ISOCENTRE.2);
    let mut undrawn = Structure::new(UNDRAWN.0, Shape::Empty);
    describe(&mut undrawn, UNDRAWN.1, UNDRAWN.2);
    [isocentre, undrawn]
}

/// The middle of the tumours.
pub(super) fn isocentre(anatomy: &Anatomy) -> Vector {
    let targets = anatomy.targets();
    let share = 1.0 / targets.len().max(1) as f64;
    targets
        .iter()
        .fold([0.0; 3], |sum, target| {
            add_scaled(sum, share, target.centre())
        })
        .map(hundredths)
}

/// Positions of the contour planes: where a slab of one spacing lies within the dose.
fn planes(options: &DemoOptions, grid: &Grid) -> Vec<f64> {
    let edges = grid.edges_mm(2);
    let start = grid.origin_mm()[2];
    let (Some(low), Some(high)) = (edges.first(), edges.last()) else {
        return Vec::new();
    };
    let spacing = options.slice_spacing_mm;
    // The image slices need not lie on the dose frames.
    let shift = 0.25 * spacing;
    let first = ((start + low + 0.5 * spacing - shift) / spacing).ceil() as i64;
    let last = ((start + high - 0.5 * spacing - shift) / spacing).floor() as i64;
    (first..=last)
        .map(|n| hundredths(n as f64 * spacing + shift))
        .collect()
}

/// The outlines of a structure in the plane at `z`.
fn section(roi: &Roi, anatomy: &Anatomy, z: f64) -> Vec<Outline> {
    let (mut low, mut high) = (roi.low, roi.high);
    if let Organ::Gtv(index) | Organ::Ptv(index) = roi.organ
        && let Some(target) = anatomy.targets().get(index)
    {
        low = add_scaled(low, 1.0, target.centre());
        high = add_scaled(high, 1.0, target.centre());
    }
    if z < low[2] || z > high[2] {
        return Vec::new();
    }
    let lattice = sampled(roi, [low, high], |x, y| {
        anatomy.distance(roi.organ, [x, y, z])
    });
    let (mut outer, holes): (Vec<_>, Vec<_>) = lattice
        .rings()
        .into_iter()
        .filter(|ring| area(ring).abs() >= SMALLEST_MM2)
        .partition(|ring| area(ring) > 0.0);
    outer.sort_by(|a, b| area(b).total_cmp(&area(a)));
    let mut outlines: Vec<Outline> = outer
        .into_iter()
        .map(|outer| Outline {
            z,
            outer,
            holes: Vec::new(),
        })
        .collect();
    for hole in holes {
        // Islands within holes do not occur: the smallest ring around a hole is its own.
        let owner = outlines
            .iter_mut()
            .rev()
            .find(|outline| contains(&outline.outer, hole[0]));
        if let Some(outline) = owner {
            outline.holes.push(hole);
        }
    }
    outlines
}

/// Values on the lattice of a structure: everywhere near its outline, and one for each block that lies far
/// from it. The functions are about distances, so that a block's corners tell.
fn sampled(roi: &Roi, [low, high]: [Vector; 2], distance: impl Fn(f64, f64) -> f64) -> Lattice {
    let step = roi.lattice_mm;
    let blocks = |axis: usize| ((high[axis] - low[axis]) / (step * BLOCK as f64)).ceil() as usize;
    let (across, down) = (blocks(0), blocks(1));
    let at = |row: usize, column: usize| {
        distance(low[0] + column as f64 * step, low[1] + row as f64 * step)
    };
    let corners: Vec<f64> = (0..(down + 1) * (across + 1))
        .map(|n| at(n / (across + 1) * BLOCK, n % (across + 1) * BLOCK))
        .collect();
    let (rows, columns) = (down * BLOCK + 1, across * BLOCK + 1);
    let far = STEEPEST * 0.5_f64.sqrt() * step * BLOCK as f64;
    let mut values = vec![f64::INFINITY; rows * columns];
    for block in 0..down * across {
        let (i, j) = (block / across, block % across);
        let corner = |di: usize, dj: usize| corners[(i + di) * (across + 1) + j + dj];
        let four = [corner(0, 0), corner(0, 1), corner(1, 0), corner(1, 1)];
        let settled =
            four.iter().all(|value| *value > far) || four.iter().all(|value| *value < -far);
        for row in i * BLOCK..=(i + 1) * BLOCK {
            for column in j * BLOCK..=(j + 1) * BLOCK {
                values[row * columns + column] = if settled { four[0] } else { at(row, column) };
            }
        }
    }
    Lattice {
        origin: [low[0], low[1]],
        step,
        columns,
        rows,
        values,
    }
}

fn points_on(ring: &[Point2], step: f64) -> usize {
    (perimeter(ring) / step).max(FEWEST_POINTS).round() as usize
}

/// The distance between points at which contours have the mean number of points that was asked for.
fn point_step(rois: &[Roi], outlines: &[Vec<Outline>], mean_points: usize) -> f64 {
    let rings = || {
        outlines
            .iter()
            .flatten()
            .flat_map(|outline| outline.holes.iter().chain([&outline.outer]))
    };
    let contours: usize = rois
        .iter()
        .zip(outlines)
        .map(|(roi, outlines)| match roi.holes {
            Holes::Keyhole => outlines.len(),
            Holes::Inner => outlines.iter().map(|o| 1 + o.holes.len()).sum(),
        })
        .sum();
    let wanted = (contours * mean_points) as f64;
    let lengths: Vec<f64> = rings().map(|ring| perimeter(ring)).collect();
    let mut step = lengths.iter().sum::<f64>() / wanted;
    for _ in 0..20 {
        let points: f64 = lengths
            .iter()
            .map(|length| (length / step).max(FEWEST_POINTS).round())
            .sum();
        step *= points / wanted;
    }
    step
}

/// The contours of an outline: points at equal distances, holes as the structure draws them.
fn drawn(outline: Outline, style: Holes, step: f64) -> Vec<Vec<Vector>> {
    let Outline { z, outer, holes } = outline;
    let sampled = |ring: &Vec<Point2>| resample(ring, points_on(ring, step));
    let outer = sampled(&outer);
    let holes: Vec<Vec<Point2>> = holes.iter().map(sampled).collect();
    let rings = match style {
        Holes::Keyhole => vec![keyhole(outer, holes)],
        Holes::Inner => std::iter::once(outer).chain(holes).collect(),
    };
    rings
        .into_iter()
        .map(|ring| ring.into_iter().map(|[x, y]| [x, y, z]).collect())
        .collect()
}
