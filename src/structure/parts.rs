//! Into how many separate parts a structure falls.

use super::{Prisms, SolidPolicy, Structure, StructureError};
use crate::geometry::{PlanarRegion, RegionOperation, boxes_apart_mm};
use rayon::prelude::*;

/// Ends of slabs closer than this in mm touch.
const TOUCH_MM: f64 = 1e-6;
/// Cross-sections that share less than this in mm^2 do not touch.
const SHARED_MM2: f64 = 1e-9;

impl Structure {
    /// How many parts it has that do not hang together: parts of neighbouring cross-sections hang together where
    /// they overlap, so voxels by their faces and not by edges or corners. 0 for a structure without volume.
    ///
    /// # Errors
    /// A combination that cannot be made.
    pub fn part_count(&self, policy: SolidPolicy) -> Result<usize, StructureError> {
        Ok(self
            .prisms(policy)?
            .map_or(0, |prisms| count_parts(&prisms)))
    }
}

fn count_parts(prisms: &Prisms) -> usize {
    let slabs: Vec<Vec<PlanarRegion>> = prisms
        .slabs
        .par_iter()
        .map(|slab| slab.region.components())
        .collect();
    let firsts: Vec<usize> = slabs
        .iter()
        .scan(0, |next, parts| {
            let first = *next;
            *next += parts.len();
            Some(first)
        })
        .collect();
    let joins: Vec<(usize, usize)> = (1..slabs.len())
        .into_par_iter()
        .filter(|above| {
            (prisms.slabs[*above].low_mm - prisms.slabs[above - 1].high_mm).abs() <= TOUCH_MM
        })
        .flat_map_iter(|above| {
            let touching = touching(&slabs[above - 1], &slabs[above]);
            let (lower, upper) = (firsts[above - 1], firsts[above]);
            touching
                .into_iter()
                .map(move |(a, b)| (lower + a, upper + b))
        })
        .collect();
    let mut parent: Vec<usize> = (0..slabs.iter().map(Vec::len).sum()).collect();
    let mut count = parent.len();
    for (a, b) in joins {
        let (a, b) = (root(&mut parent, a), root(&mut parent, b));
        if a != b {
            parent[a] = b;
            count -= 1;
        }
    }
    count
}

fn root(parent: &mut [usize], mut part: usize) -> usize {
    while parent[part] != part {
        parent[part] = parent[parent[part]];
        part = parent[part];
    }
    part
}

/// Pairs of parts that share area. Parts are taken from left to right, so that only those are compared whose
/// ranges in u meet.
fn touching(lower: &[PlanarRegion], upper: &[PlanarRegion]) -> Vec<(usize, usize)> {
    let bounds = |parts: &[PlanarRegion]| {
        let mut boxes: Vec<_> = parts
            .iter()
            .enumerate()
            .filter_map(|(index, part)| Some((index, part.bounds()?)))
            .collect();
        boxes.sort_by(|a, b| a.1[0][0].total_cmp(&b.1[0][0]));
        boxes
    };
    let (ones, twos) = (bounds(lower), bounds(upper));
    let widest = twos
        .iter()
        .map(|(_, [low, high])| high[0] - low[0])
        .fold(0.0, f64::max);
    let mut pairs = Vec::new();
    for (one, box_one) in &ones {
        let from = twos.partition_point(|(_, two)| two[0][0] < box_one[0][0] - widest);
        for (two, box_two) in twos[from..]
            .iter()
            .take_while(|(_, two)| two[0][0] <= box_one[1][0])
        {
            if boxes_apart_mm(box_one, box_two) == 0.0
                && lower[*one]
                    .combine(RegionOperation::Intersect, &upper[*two])
                    .area_mm2()
                    > SHARED_MM2
            {
                pairs.push((*one, *two));
            }
        }
    }
    pairs
}
