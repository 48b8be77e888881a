//! Twenty regions of a label map of 512 x 512 x 200 voxels in one pass, of the dose and of a BED whose grid is never
//! made, beside the two passes (make the grid, then count) and a plain read of the same bytes.
#![allow(missing_docs, clippy::expect_used)]

use criterion::{Criterion, criterion_group, criterion_main};
use hepadose::dose::DoseGrid;
use hepadose::dvh::{DvhSettings, dvhs_of_labels};
use hepadose::geometry::Grid;
use hepadose::progress::Progress;
use rayon::prelude::*;
use std::hint::black_box;

const SHAPE: [usize; 3] = [200, 512, 512];
const AXES: [[f64; 3]; 3] = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]];

/// A dose that falls off smoothly from the middle, and twenty organs: slanted tubes of 37 voxels across in a body
/// that leaves 45 % of the grid as background.
fn grids() -> (Vec<f32>, Vec<u8>) {
    let [nk, nj, ni] = SHAPE;
    let mut dose = vec![0.0_f32; nk * nj * ni];
    let mut labels = vec![0_u8; nk * nj * ni];
    let frames = dose
        .par_chunks_mut(nj * ni)
        .zip(labels.par_chunks_mut(nj * ni));
    frames.enumerate().for_each(|(k, (dose, labels))| {
        for j in 0..nj {
            for i in 0..ni {
                let (x, y, z) = (i as f32 - 256.0, j as f32 - 256.0, k as f32 - 100.0);
                dose[j * ni + i] = 60.0 * (-(x * x + y * y) / 2e4 - z * z / 8e3).exp();
                if (x / 230.0).powi(2) + (y / 200.0).powi(2) < 1.0 {
                    labels[j * ni + i] = ((i + k / 4) / 37 + 5 * (j / 110)) as u8 % 20 + 1;
                }
            }
        }
    });
    (dose, labels)
}

fn labels(c: &mut Criterion) {
    let grid = Grid::new(SHAPE, [1.0, 1.0, 2.0], [0.0; 3], AXES).expect("a grid");
    let (values, labels) = grids();
    let physical = DoseGrid::physical(&values[..], grid.clone(), Some(5)).expect("a dose");
    let bed = physical.bed(10.0).expect("a physical dose");
    let settings = DvhSettings::default();
    let run = |dose: &DoseGrid<'_>| {
        dvhs_of_labels(dose, &grid, black_box(&labels), &settings, &Progress::new())
    };
    let mut out = vec![0.0_f32; values.len()];
    let mut group = c.benchmark_group("20 labels on 512x512x200");
    group.sample_size(10);
    group.bench_function("sum of dose and labels (memory)", |b| {
        b.iter(|| {
            let doses: f32 = black_box(&values[..])
                .par_chunks(1 << 17)
                .map(|v| v.iter().fold(0.0, |a: f32, x| a.max(*x)))
                .sum();
            let numbers: u64 = black_box(&labels[..])
                .par_chunks(1 << 19)
                .map(|v| v.iter().map(|x| u64::from(*x)).sum::<u64>())
                .sum();
            (doses, numbers)
        });
    });
    group.bench_function("dose", |b| b.iter(|| run(&physical)));
    group.bench_function("BED in one pass", |b| b.iter(|| run(&bed)));
    group.bench_function("BED in two passes, memory warm", |b| {
        b.iter(|| {
            bed.write_values(&mut out)
                .expect("as many voxels as the grid");
            let made = DoseGrid::physical(&out[..], grid.clone(), None).expect("a dose");
            run(&made)
        });
    });
    group.finish();
}

criterion_group!(benches, labels);
criterion_main!(benches);
