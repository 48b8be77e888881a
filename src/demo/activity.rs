//! Yttrium-90 in the demo liver: lesions of known mean dose, a normal liver around them, the blur of a PET.

use super::DemoError;
use super::anatomy::Anatomy;
use super::random::{SplitMix64, mix, unit_interval};
use super::shape::Ripple;
use super::targets::Target;
use crate::geometry::Grid;
use crate::geometry::vector::Vector;
use crate::image::{ActivityMap, LabelMap};
use crate::structure::{Shape, Structure};
use crate::y90::LocalDeposition;
use rayon::prelude::*;
use std::sync::Arc;

/// Place and diameter in mm, and mean absorbed dose in gray by local deposition, of each lesion.
const LESIONS: [(Vector, f64, f64); 5] = [
    ([-105.0, 0.0, -5.0], 46.0, 152.0),
    ([-60.0, 40.0, 35.0], 30.0, 121.0),
    ([-85.0, -10.0, 62.0], 24.0, 214.0),
    ([-50.0, -45.0, 20.0], 36.0, 172.0),
    ([20.0, -45.0, 38.0], 16.0, 88.0),
];
/// How much the dose of a lesion varies from seed to seed, in gray.
const DOSE_SPREAD_GY: f64 = 3.0;
/// Mean dose of normal liver in gray before the blur.
const NORMAL_GY: f64 = 38.0;
/// Density of liver in g/mL with which the doses are meant.
const DENSITY_G_PER_ML: f64 = 1.05;
/// Full width at half maximum of the blur in mm.
const BLUR_FWHM_MM: f64 = 5.0;
/// Image around the liver in mm.
const MARGIN_MM: f64 = 20.0;
/// Largest relative noise of a voxel before the blur.
const NOISE: f64 = 0.8;

/// A yttrium-90 image of the liver after treatment, with its lesions.
#[derive(Debug, Clone)]
pub struct DemoActivity {
    /// Activity in Bq/mL at the time of administration.
    pub map: ActivityMap<'static>,
    /// Lesions, numbered from 1; 0 is everything else.
    pub lesions: LabelMap<'static>,
    /// Names of the lesions: label 1 is the first.
    pub names: Vec<String>,
}

/// The activity of a case in the liver that was drawn.
pub(super) fn activity(
    seed: u64,
    voxel_mm: f64,
    anatomy: &Anatomy,
    liver: Option<&Structure>,
    frame_of_reference: &str,
) -> Result<DemoActivity, DemoError> {
    let grid = Arc::new(grid_around(liver, voxel_mm)?);
    let lesions: Vec<Target> = (200..)
        .zip(LESIONS)
        .map(|(stream, (centre, diameter, _))| {
            Target::within(centre, diameter, seed, stream, |point| anatomy.liver(point))
        })
        .collect();
    let labels = labels(&grid, &lesions);
    let shape = uptake(seed, &grid, anatomy, &labels);
    let values = calibrated(seed, &grid, &shape, &labels)?;
    let frame = Some(frame_of_reference.to_owned());
    Ok(DemoActivity {
        map: ActivityMap::new(values, Arc::clone(&grid))?.with_frame_of_reference(frame.clone()),
        lesions: LabelMap::new(labels, grid)?.with_frame_of_reference(frame),
        names: (1..=LESIONS.len()).map(|n| format!("Lesion_{n}")).collect(),
    })
}

/// A grid over the liver's contours and a margin.
fn grid_around(liver: Option<&Structure>, voxel_mm: f64) -> Result<Grid, DemoError> {
    let Some(Shape::Contours(stack)) = liver.map(|structure| &structure.shape) else {
        return Err(DemoError::LiverOutside);
    };
    let (mut low, mut high) = ([f64::INFINITY; 3], [f64::NEG_INFINITY; 3]);
    for plane in stack.planes() {
        for [x, y] in plane.rings.iter().flatten() {
            for (axis, value) in [*x, *y, plane.position_mm].into_iter().enumerate() {
                low[axis] = low[axis].min(value - MARGIN_MM);
                high[axis] = high[axis].max(value + MARGIN_MM);
            }
        }
    }
    let count = |axis: usize| ((high[axis] - low[axis]) / voxel_mm).ceil() as usize;
    let origin = low.map(|value| (value / voxel_mm).floor() * voxel_mm);
    let shape = [count(2), count(1), count(0)];
    Ok(Grid::new(
        shape,
        [voxel_mm; 3],
        origin,
        super::HEAD_FIRST_SUPINE,
    )?)
}

/// Applies a function to the centre and index of each voxel, in parallel.
fn voxelwise<T: Send + Clone + Default>(
    grid: &Grid,
    value: impl Fn(usize, Vector) -> T + Sync,
) -> Vec<T> {
    let [_, rows, columns] = grid.shape();
    let mut values = vec![T::default(); grid.len()];
    values
        .par_chunks_mut(columns)
        .enumerate()
        .for_each(|(line, out)| {
            for (column, out) in out.iter_mut().enumerate() {
                let point = grid.voxel_centre_mm(line / rows, line % rows, column);
                *out = value(line * columns + column, point);
            }
        });
    values
}

fn labels(grid: &Grid, lesions: &[Target]) -> Vec<u32> {
    voxelwise(grid, |_, point| {
        (1..)
            .zip(lesions)
            .find(|(_, lesion)| lesion.distance(point) < 0.0)
            .map_or(0, |(label, _)| label)
    })
}

/// The pattern of uptake before blur: about 1 in each lesion and in normal liver, 0 elsewhere, noisy.
fn uptake(seed: u64, grid: &Grid, anatomy: &Anatomy, labels: &[u32]) -> Vec<f64> {
    let mut random = SplitMix64::new(seed, 300);
    let coarse = Ripple::new(&mut random, 5, 60.0, 140.0);
    let fine = Ripple::new(&mut random, 6, 12.0, 28.0);
    let noise_key = random.next_word();
    voxelwise(grid, |index, point| {
        let pattern = if labels[index] > 0 {
            1.0 + 0.5 * fine.value(point)
        } else if anatomy.liver(point) < 0.0 {
            1.0 + 0.6 * coarse.value(point) + 0.3 * fine.value(point)
        } else {
            0.0
        };
        let noise = 2.0 * unit_interval(mix(noise_key ^ mix(index as u64))) - 1.0;
        pattern * (1.0 + NOISE * noise)
    })
}

/// Bq/mL with which every lesion has its mean dose after the blur.
fn calibrated(
    seed: u64,
    grid: &Grid,
    shape: &[f64],
    labels: &[u32],
) -> Result<Vec<f32>, DemoError> {
    let bq_per_ml_per_gy = 1.0 / LocalDeposition::new(DENSITY_G_PER_ML, 0.0)?.gy_per_bq_per_ml();
    let mut random = SplitMix64::new(seed, 301);
    let wanted: Vec<f64> = LESIONS
        .iter()
        .map(|(_, _, dose)| dose + random.between(-DOSE_SPREAD_GY, DOSE_SPREAD_GY))
        .collect();
    let mut levels: Vec<f64> = std::iter::once(NORMAL_GY)
        .chain(wanted.iter().copied())
        .collect();
    let mut blurred = Vec::new();
    for _ in 0..6 {
        blurred = shape
            .iter()
            .zip(labels)
            .map(|(value, label)| value * levels.get(*label as usize).unwrap_or(&0.0))
            .collect();
        blur(grid, &mut blurred);
        for (index, wanted) in wanted.iter().enumerate() {
            if let Some(mean) = mean_of(&blurred, labels, index as u32 + 1) {
                levels[index + 1] *= wanted / mean;
            }
        }
    }
    Ok(blurred
        .into_iter()
        .map(|gy| (gy * bq_per_ml_per_gy) as f32)
        .collect())
}

fn mean_of(values: &[f64], labels: &[u32], label: u32) -> Option<f64> {
    let (mut sum, mut count) = (0.0, 0_usize);
    for (value, _) in values.iter().zip(labels).filter(|(_, l)| **l == label) {
        sum += value;
        count += 1;
    }
    (count > 0 && sum > 0.0).then(|| sum / count as f64)
}

/// Blurs with a Gaussian along each axis in turn; the image ends far from the activity.
fn blur(grid: &Grid, values: &mut Vec<f64>) {
    let [_, rows, columns] = grid.shape();
    let sigma = BLUR_FWHM_MM / (8.0 * std::f64::consts::LN_2).sqrt() / grid.spacing_mm()[0];
    let reach = (3.0 * sigma).ceil() as isize;
    let weights: Vec<f64> = (-reach..=reach)
        .map(|n| (-0.5 * (n as f64 / sigma).powi(2)).exp())
        .collect();
    let total: f64 = weights.iter().sum();
    for stride in [1, columns, rows * columns] {
        let source = std::mem::take(values);
        *values = (0..source.len())
            .into_par_iter()
            .map(|index| {
                let sum: f64 = (-reach..=reach)
                    .zip(&weights)
                    .filter_map(|(n, weight)| {
                        let at = index.checked_add_signed(n * stride as isize)?;
                        source.get(at).map(|value| weight * value)
                    })
                    .sum();
                sum / total
            })
            .collect();
    }
}
