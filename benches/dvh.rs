//! The DVH of the bench case: 22 structures, about 1,900 contours and 450,000 points, dose at 2 mm.
#![allow(missing_docs, clippy::expect_used)]

use criterion::{Criterion, criterion_group, criterion_main};
use hepadose::demo::{DemoOptions, build};
use hepadose::dicom::{WriteOptions, read_rtstruct, write_rtstruct};
use hepadose::dvh::{DvhSettings, dvh, dvhs};
use hepadose::progress::Progress;
use hepadose::structure::Structure;
use std::hint::black_box;

fn structures(c: &mut Criterion) {
    let case = build(&DemoOptions::bench()).expect("the bench case is built in");
    let solid: Vec<&Structure> = case
        .structures
        .iter()
        .filter(|one| one.is_solid())
        .collect();
    let settings = DvhSettings::default();
    let bytes = write_rtstruct(&case.structures, None, &WriteOptions::default())
        .expect("contours can be written");
    let mut group = c.benchmark_group("bench case");
    group.sample_size(10);
    group.bench_function("read RTSTRUCT", |b| {
        b.iter(|| read_rtstruct(black_box(&bytes)));
    });
    group.bench_function("all DVHs", |b| {
        b.iter(|| dvhs(&case.dose, black_box(&solid), &settings, &Progress::new()));
    });
    for name in ["Liver", "GTV_1", "Body"] {
        let one = solid
            .iter()
            .find(|one| one.name == name)
            .expect("a name of the demo case");
        group.bench_function(name, |b| {
            b.iter(|| dvh(&case.dose, black_box(one), &settings, &Progress::new()));
        });
    }
    group.finish();
}

criterion_group!(benches, structures);
criterion_main!(benches);
