//! BED of a large grid into warm memory, beside a plain copy of the same bytes.
#![allow(missing_docs, clippy::expect_used)]

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use hepadose::isoeffect::{Transform, transform_into};
use rayon::prelude::*;
use std::hint::black_box;

/// 512 x 512 x 200 voxels in single precision.
const VOXELS: usize = 512 * 512 * 200;

fn grids(c: &mut Criterion) {
    let dose: Vec<f32> = (0..VOXELS)
        .map(|voxel| (voxel % 6000) as f32 * 0.01)
        .collect();
    let mut out = vec![0.0_f32; VOXELS];
    let bed = Transform::bed(5, 10.0).expect("a physical schedule");
    let mut group = c.benchmark_group("512x512x200 float32");
    group
        .sample_size(20)
        .throughput(Throughput::Bytes(8 * VOXELS as u64));
    group.bench_function("copy", |b| {
        b.iter(|| {
            out.par_chunks_mut(1 << 17)
                .zip(dose.par_chunks(1 << 17))
                .for_each(|(out, dose)| out.copy_from_slice(black_box(dose)));
        });
    });
    group.bench_function("BED", |b| {
        b.iter(|| transform_into(&bed, black_box(&dose), &mut out));
    });
    group.finish();
}

criterion_group!(benches, grids);
criterion_main!(benches);
