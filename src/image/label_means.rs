//! Mean value, volume and voxel counts of every region of a label map, all in one pass.
//!
//! A slice is one parallel piece. Its values are added as integers (fixed point, 62 bits below the
//! largest value), so that neither threads nor order can change a bit of the result.

use super::{ImageError, LabelMap};
use crate::geometry::{Grid, Sampler, Values};
use crate::numeric::FixedPoint;
use crate::progress::Progress;
use rayon::prelude::*;
use std::collections::BTreeMap;

/// How far in mm two grids may be apart and still count as the same voxels.
const SAME_VOXELS_MM: f64 = 1e-3;

/// What a region of a label map holds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LabelMean {
    /// The region's number.
    pub label: u32,
    /// Volume in cubic centimetres, from the label map's own voxels.
    pub volume_cc: f64,
    /// How many voxels of the label map it has.
    pub voxels: usize,
    /// How many of them take a negative value; they count like all others.
    pub negative_voxels: usize,
    /// How many of them take the value zero; they count like all others.
    pub zero_voxels: usize,
    /// Share of the volume that the image covers.
    pub covered_fraction: f64,
    /// Mean over the covered volume in the image's unit; absent when nothing is covered.
    pub covered_mean: Option<f64>,
}

/// One region in one slice.
#[derive(Default, Clone, Copy)]
struct Sums {
    fixed: i128,
    voxels: usize,
    covered: usize,
    negative: usize,
    zero: usize,
}

/// Means of an image over every region of a label map, in ascending order of the labels.
///
/// Where both lie on the same voxels each voxel counts with its value; else the image is read at the
/// centres of the label map's voxels, linearly between its own.
///
/// # Errors
/// A map with background only; a cancelled calculation.
pub fn label_means(
    grid: &Grid,
    values: &Values<'_>,
    labels: &LabelMap<'_>,
    progress: &Progress,
) -> Result<Vec<LabelMean>, ImageError> {
    let label_grid = labels.grid();
    let [frames, nj, ni] = label_grid.shape();
    let same = grid.same_geometry(label_grid, SAME_VOXELS_MM);
    let sampler = Sampler::new(grid, values);
    let fixed = FixedPoint::for_largest(largest(values));
    progress.expect_units(frames as u64);
    let slices: Vec<BTreeMap<u32, Sums>> = labels
        .labels()
        .par_chunks(nj * ni)
        .enumerate()
        .map(|(k, slice)| {
            let regions = slice_sums(slice, fixed, |index| {
                if same {
                    Some(values.get(k * nj * ni + index))
                } else {
                    sampler.at(label_grid.voxel_centre_mm(k, index / ni, index % ni))
                }
            });
            progress.advance()?;
            Ok(regions)
        })
        .collect::<Result<_, ImageError>>()?;
    let mut regions: BTreeMap<u32, Region> = BTreeMap::new();
    for (k, slice) in slices.iter().enumerate() {
        let voxel_cc = label_grid.voxel_volume_cc(k);
        for (label, sums) in slice {
            regions.entry(*label).or_default().add(sums, voxel_cc);
        }
    }
    if regions.is_empty() {
        return Err(ImageError::NoLabels);
    }
    Ok(regions
        .into_iter()
        .map(|(label, region)| region.finish(label, fixed))
        .collect())
}

fn largest(values: &Values<'_>) -> f64 {
    match values {
        Values::F32(values) => values
            .par_iter()
            .map(|value| f64::from(value.abs()))
            .reduce(|| 0.0, f64::max),
        Values::F64(values) => values
            .par_iter()
            .map(|value| value.abs())
            .reduce(|| 0.0, f64::max),
    }
}

/// Runs of one label go to their sums at once: a look-up a run, not a voxel.
fn slice_sums(
    labels: &[u32],
    fixed: FixedPoint,
    value: impl Fn(usize) -> Option<f64>,
) -> BTreeMap<u32, Sums> {
    let mut regions: BTreeMap<u32, Sums> = BTreeMap::new();
    let mut start = 0;
    for run in labels.chunk_by(|a, b| a == b) {
        let indices = start..start + run.len();
        start += run.len();
        if run[0] == 0 {
            continue;
        }
        let sums = regions.entry(run[0]).or_default();
        sums.voxels += run.len();
        for value in indices.filter_map(&value) {
            sums.covered += 1;
            sums.negative += usize::from(value < 0.0);
            sums.zero += usize::from(value == 0.0);
            sums.fixed += fixed.encode(value);
        }
    }
    regions
}

/// One region over all slices; equally thick slices add as integers too.
#[derive(Default)]
struct Region {
    /// Sums by the volume of the slice's voxels.
    parts: Vec<(f64, Sums)>,
}

impl Region {
    fn add(&mut self, sums: &Sums, voxel_cc: f64) {
        let same = |cc: f64| (cc - voxel_cc).abs() <= 1e-9 * voxel_cc;
        let known = self.parts.iter().position(|(cc, _)| same(*cc));
        let index = known.unwrap_or_else(|| {
            self.parts.push((voxel_cc, Sums::default()));
            self.parts.len() - 1
        });
        let part = &mut self.parts[index].1;
        part.fixed += sums.fixed;
        part.voxels += sums.voxels;
        part.covered += sums.covered;
        part.negative += sums.negative;
        part.zero += sums.zero;
    }

    fn finish(self, label: u32, fixed: FixedPoint) -> LabelMean {
        let total = |of: fn(&Sums) -> usize| self.parts.iter().map(|(_, sums)| of(sums)).sum();
        let volume = |of: fn(&Sums) -> usize| -> f64 {
            self.parts
                .iter()
                .map(|(cc, sums)| cc * of(sums) as f64)
                .sum()
        };
        let volume_cc = volume(|sums| sums.voxels);
        let covered_cc = volume(|sums| sums.covered);
        let mean = match &self.parts[..] {
            [(_, only)] => fixed.decode(only.fixed) / only.covered as f64,
            parts => {
                let weighted = |(cc, sums): &(f64, Sums)| cc * fixed.decode(sums.fixed);
                parts.iter().map(weighted).sum::<f64>() / covered_cc
            }
        };
        LabelMean {
            label,
            volume_cc,
            voxels: total(|sums| sums.voxels),
            negative_voxels: total(|sums| sums.negative),
            zero_voxels: total(|sums| sums.zero),
            covered_fraction: covered_cc / volume_cc,
            covered_mean: (covered_cc > 0.0).then_some(mean),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::activity::tests::{AXES, grid};
    use super::*;
    use std::sync::Arc;

    fn means(grid: &Arc<Grid>, values: Vec<f64>, labels: &LabelMap<'_>) -> Vec<LabelMean> {
        label_means(grid, &values.into(), labels, &Progress::new()).unwrap()
    }

    #[test]
    fn many_regions_in_one_pass_with_negative_and_zero_voxels() {
        let grid = grid([2, 1, 4]);
        let labels = LabelMap::new(vec![1, 1, 0, 7, 1, 7, 7, 0], Arc::clone(&grid)).unwrap();
        let found = means(
            &grid,
            vec![3.0, -1.0, 99.0, 0.0, 4.0, 2.0, 4.0, 99.0],
            &labels,
        );
        assert_eq!(found.len(), 2);
        assert_eq!((found[0].label, found[1].label), (1, 7));
        assert_eq!(found[0].covered_mean, Some(2.0));
        assert_eq!(found[1].covered_mean, Some(2.0));
        assert_eq!((found[0].negative_voxels, found[1].zero_voxels), (1, 1));
        assert!((found[1].volume_cc - 0.003).abs() < 1e-15);
    }

    #[test]
    fn label_map_of_its_own_grid_reads_between_the_voxels() {
        let coarse = grid([1, 1, 3]);
        let fine =
            Arc::new(Grid::new([1, 1, 6], [0.5, 1.0, 1.0], [-0.25, 0.0, 0.0], AXES).unwrap());
        let labels = LabelMap::new(vec![0, 5, 5, 0, 0, 0], Arc::clone(&fine)).unwrap();
        // Centres at 0.25 and 0.75 of a ramp of 10 a voxel.
        let found = means(&coarse, vec![0.0, 10.0, 20.0], &labels);
        assert!((found[0].covered_mean.unwrap() - 5.0).abs() < 1e-12);
        let shifted = Arc::new(Grid::new([1, 1, 2], [1.0; 3], [2.0, 0.0, 0.0], AXES).unwrap());
        let labels = LabelMap::new(vec![1, 1], shifted).unwrap();
        let found = means(&coarse, vec![0.0, 10.0, 20.0], &labels);
        assert_eq!(
            (found[0].covered_fraction, found[0].covered_mean),
            (0.5, Some(20.0))
        );
    }

    #[test]
    fn uneven_slices_weigh_by_volume() {
        let grid = Arc::new(
            Grid::with_frames([3, 1, 1], [1.0; 3], [0.0; 3], AXES, vec![0.0, 1.0, 4.0]).unwrap(),
        );
        let labels = LabelMap::new(vec![1, 1, 1], Arc::clone(&grid)).unwrap();
        // Voxels of 1, 2 and 3 mm: (1 + 2 * 2 + 3 * 3) / 6.
        let found = means(&grid, vec![1.0, 2.0, 3.0], &labels);
        assert!((found[0].covered_mean.unwrap() - 14.0 / 6.0).abs() < 1e-12);
        assert!((found[0].volume_cc - 0.006).abs() < 1e-15);
    }

    #[test]
    fn one_thread_and_seven_give_the_same_bits() {
        let grid = grid([40, 11, 13]);
        let values: Vec<f64> = (0..grid.len())
            .map(|n| libm::sin(n as f64) * 1e6 + 1e5)
            .collect();
        let numbers: Vec<u32> = (0..grid.len()).map(|n| (n / 37 % 9) as u32).collect();
        let labels = LabelMap::new(numbers, Arc::clone(&grid)).unwrap();
        let run = |threads| {
            rayon::ThreadPoolBuilder::new()
                .num_threads(threads)
                .build()
                .unwrap()
                .install(|| means(&grid, values.clone(), &labels))
        };
        let one = run(1);
        assert_eq!(one, run(2));
        assert_eq!(one, run(7));
        // The same voxels in another order of slices add to the same bits.
        let turned: Vec<f64> = values.chunks(143).rev().flatten().copied().collect();
        let numbers: Vec<u32> = labels
            .labels()
            .chunks(143)
            .rev()
            .flatten()
            .copied()
            .collect();
        let labels = LabelMap::new(numbers, Arc::clone(&grid)).unwrap();
        assert_eq!(one, means(&grid, turned, &labels));
    }

    #[test]
    fn background_alone_is_an_error_and_a_stop_stops() {
        let grid = grid([1, 1, 2]);
        let labels = LabelMap::new(vec![0, 0], Arc::clone(&grid)).unwrap();
        let values = vec![1.0, 1.0].into();
        let found = label_means(&grid, &values, &labels, &Progress::new());
        assert_eq!(found, Err(ImageError::NoLabels));
        let progress = Progress::new();
        progress.cancel();
        let found = label_means(&grid, &values, &labels, &progress);
        assert!(matches!(found, Err(ImageError::Cancelled(_))));
    }
}
