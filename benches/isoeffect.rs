//! BED of a large grid into warm memory, beside a plain copy of the same bytes.
#![allow(missing_docs, clippy::expect_used)]

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use hepadose::isoeffect::{
    LqL, Measure, Transform, Usc, transform_into, transform_with_labels, transform_with_map,
};
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
    let lql = LqL::tangent(10.0, 6.2).and_then(|model| model.transform(5));
    let lql = lql.expect("a physical model");
    group.bench_function("LQ-L", |b| {
        b.iter(|| transform_into(&lql, black_box(&dose), &mut out));
    });
    let usc = Usc::new(0.33, 1.25, 1.8).and_then(|curve| curve.transform(5));
    let usc = usc.expect("a physical model");
    group.bench_function("USC", |b| {
        b.iter(|| transform_into(&usc, black_box(&dose), &mut out));
    });
    let labels: Vec<u8> = (0..VOXELS).map(|voxel| (voxel / 37 % 4) as u8).collect();
    let table = [10.0, 2.5, 3.0, 2.0];
    group.bench_function("BED, alpha/beta by structure", |b| {
        b.iter(|| {
            transform_with_labels(Measure::Bed, 5, black_box(&dose), &labels, &table, &mut out)
                .expect("labels of the table");
        });
    });
    let map: Vec<f32> = labels
        .iter()
        .map(|label| table[usize::from(*label)] as f32)
        .collect();
    group.bench_function("BED, alpha/beta by voxel", |b| {
        b.iter(|| {
            transform_with_map(Measure::Bed, 5, black_box(&dose), &map, &mut out)
                .expect("alpha/beta above zero");
        });
    });
    group.finish();
}

criterion_group!(benches, grids);
criterion_main!(benches);
