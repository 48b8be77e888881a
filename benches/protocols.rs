//! Checks of the bench case (22 structures, dose at 2 mm): from files to verdicts under every built-in protocol, and
//! what would flip; beside them what they rest on, the reading of the files and the DVHs of all structures.
#![allow(missing_docs, clippy::expect_used)]

use criterion::{Criterion, SamplingMode, criterion_group, criterion_main};
use hepadose::case::Case;
use hepadose::demo::{DemoOptions, build, write};
use hepadose::dicom::{CaseOptions, read_case};
use hepadose::dvh::dvhs;
use hepadose::progress::Progress;
use hepadose::protocol::{
    CheckOptions, FlipOptions, Library, Protocol, Undrawn, check_many, isotoxic, would_it_flip,
};
use hepadose::structure::Structure;
use std::hint::black_box;
use std::time::Duration;

fn protocols(c: &mut Criterion) {
    let folder = std::env::temp_dir().join(format!("hepadose-protocols-{}", std::process::id()));
    let made = build(&DemoOptions::bench()).expect("the bench case is built in");
    write(&made, &folder).expect("the temporary folder can be written");
    let read = || read_case(&folder, &CaseOptions::default()).expect("the files were just written");
    let library = Library::built_in().expect("the library is built in");
    let all: Vec<Protocol> = library
        .ids()
        .map(|id| library.get(id).expect("the library names it"))
        .collect();
    let every: Vec<&Protocol> = all.iter().collect();
    let options = CheckOptions {
        undrawn: Undrawn::LeftOut,
        recalled: true,
        ..CheckOptions::default()
    };
    let check = |case: &Case| check_many(case, black_box(&every), &options, &Progress::new());
    let mut group = c.benchmark_group("protocols");
    group.sample_size(10);
    // Each takes a second or so: one run a sample.
    group.sampling_mode(SamplingMode::Flat);
    group.warm_up_time(Duration::from_millis(100));
    group.measurement_time(Duration::from_secs(1));
    group.bench_function("folder to case", |b| b.iter(read));
    let case = read();
    let solid: Vec<&Structure> = case
        .structures
        .iter()
        .filter(|one| one.is_solid())
        .collect();
    let dose = case.dose.as_ref().expect("the bench case has a dose");
    group.bench_function("DVHs of all structures", |b| {
        b.iter(|| dvhs(dose, black_box(&solid), &options.dvh, &Progress::new()));
    });
    group.bench_function("folder to verdicts of all protocols", |b| {
        b.iter(|| check(&read()));
    });
    for id in ["liver-sbrt-5fx", "tg101-5fx", "uk-sabr-2022-5fx"] {
        let one = library.get(id).expect("the library names it");
        group.bench_function(format!("would it flip, {id}"), |b| {
            b.iter(|| {
                would_it_flip(
                    &case,
                    black_box(&one),
                    &options,
                    &FlipOptions::default(),
                    &Progress::new(),
                )
            });
        });
        group.bench_function(format!("isotoxic, {id}"), |b| {
            b.iter(|| isotoxic(&case, black_box(&one), &options, &Progress::new()));
        });
    }
    group.finish();
    let _ = std::fs::remove_dir_all(&folder);
}

criterion_group!(benches, protocols);
criterion_main!(benches);
