//! Reading the bench case: the folder as a whole and each of its two large files, beside what memory allows.
#![allow(missing_docs, clippy::expect_used)]

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use hepadose::demo::{DemoOptions, build, write};
use hepadose::dicom::{CaseOptions, RtDoseOptions, read_case, read_rtdose, read_rtstruct};
use hepadose::provenance::sha256_hex;
use rayon::prelude::*;
use std::hint::black_box;

fn reading(c: &mut Criterion) {
    let folder = std::env::temp_dir().join(format!("hepadose-bench-{}", std::process::id()));
    let case = build(&DemoOptions::bench()).expect("the bench case is built in");
    write(&case, &folder).expect("the temporary folder can be written");
    let file = |name| std::fs::read(folder.join(name)).expect("the file was just written");
    let (dose, structures) = (file("rtdose.dcm"), file("rtstruct.dcm"));
    let mut group = c.benchmark_group("reading");
    group.sample_size(20);
    let both = (dose.len() + structures.len()) as u64;
    group.throughput(Throughput::Bytes(both));
    group.bench_function("folder to case", |b| {
        b.iter(|| read_case(black_box(&folder), &CaseOptions::default()));
    });
    group.throughput(Throughput::Bytes(dose.len() as u64));
    group.bench_function("RTDOSE", |b| {
        b.iter(|| read_rtdose(black_box(&dose), &RtDoseOptions::default()));
    });
    group.bench_function("SHA-256 of the RTDOSE, one thread", |b| {
        b.iter(|| sha256_hex(black_box(&dose)));
    });
    let mut out = vec![0_u8; dose.len()];
    group.bench_function("copy of the RTDOSE into warm memory", |b| {
        b.iter(|| {
            out.par_chunks_mut(1 << 20)
                .zip(dose.par_chunks(1 << 20))
                .for_each(|(out, dose)| out.copy_from_slice(black_box(dose)));
        });
    });
    group.throughput(Throughput::Bytes(structures.len() as u64));
    group.bench_function("RTSTRUCT", |b| {
        b.iter(|| read_rtstruct(black_box(&structures)));
    });
    group.finish();
    let _ = std::fs::remove_dir_all(&folder);
}

criterion_group!(benches, reading);
criterion_main!(benches);
