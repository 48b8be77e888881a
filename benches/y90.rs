//! Yttrium-90: local deposition beside a copy of the same bytes, and convolution with the voxel kernel.
#![allow(missing_docs, clippy::expect_used)]

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use hepadose::geometry::Grid;
use hepadose::image::ActivityMap;
use hepadose::y90::kernel::VoxelKernel;
use hepadose::y90::{LocalDeposition, PreparedKernel};
use rayon::prelude::*;
use std::hint::black_box;

const AXES: [[f64; 3]; 3] = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]];
const SHAPE: [usize; 3] = [128, 256, 256];

/// A liver-sized cloud of activity with what noise does, in Bq/mL.
fn activity() -> Vec<f32> {
    let [nk, nj, ni] = SHAPE;
    let value = |index: usize| {
        let (k, j, i) = (index / (nj * ni), index / ni % nj, index % ni);
        let place = [(k, nk), (j, nj), (i, ni)];
        let r2: f64 = place
            .iter()
            .map(|(n, all)| (*n as f64 / *all as f64 - 0.5).powi(2))
            .sum();
        (2e6 * (-r2 / 0.02).exp() * (1.0 + 0.3 * (index as f64 * 0.7).sin())) as f32
    };
    (0..nk * nj * ni).into_par_iter().map(value).collect()
}

fn y90(c: &mut Criterion) {
    let values = activity();
    let grid = Grid::new(SHAPE, [2.344, 2.344, 2.78], [0.0; 3], AXES).expect("a grid");
    let map = ActivityMap::new(values.clone(), grid).expect("an activity map");
    let model = LocalDeposition::new(1.05, 0.0).expect("a model");
    let mut group = c.benchmark_group("y90 256 x 256 x 128 float32");
    group.sample_size(10);
    group.throughput(Throughput::Bytes(4 * values.len() as u64));

    group.bench_function("copy of the same bytes, in parallel", |b| {
        b.iter(|| black_box(&values).par_iter().copied().collect::<Vec<f32>>());
    });
    group.bench_function("local deposition", |b| {
        b.iter(|| model.absorbed_dose(black_box(&map)).expect("a dose"));
    });
    let kernel = VoxelKernel::for_liver(map.grid().spacing_mm()).expect("a kernel");
    let prepared = PreparedKernel::new(&kernel, &map).expect("the kernel's voxels");
    group.bench_function("convolution, spectrum of the kernel kept", |b| {
        b.iter(|| {
            model
                .absorbed_dose_by_kernel(black_box(&map), &kernel, &prepared, None)
                .expect("a dose")
        });
    });
    group.finish();

    c.bench_function("voxel kernel of 2.344 x 2.344 x 2.78 mm", |b| {
        b.iter(|| VoxelKernel::for_liver(black_box([2.344, 2.344, 2.78])).expect("a kernel"));
    });
}

criterion_group!(benches, y90);
criterion_main!(benches);
