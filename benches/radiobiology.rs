//! Courses added in BED on 200 x 200 x 200 voxels, and NTCP of a liver with its interval.
#![allow(missing_docs, clippy::expect_used)]

use criterion::{Criterion, criterion_group, criterion_main};
use hepadose::demo::{DemoOptions, build};
use hepadose::dose::DoseGrid;
use hepadose::dvh::{DvhSettings, dvh};
use hepadose::geometry::{Grid, Registration, Rigid};
use hepadose::isoeffect::{Model, Timing};
use hepadose::progress::Progress;
use hepadose::radiobiology::{DoseSource, Sampling, Uncertain, estimate, parameter_set};
use std::hint::black_box;
use std::sync::Arc;

const SIDE: usize = 200;
const AB: Model = Model::Lq { alpha_beta_gy: 2.5 };

fn course(grid: &Arc<Grid>, centre: f64, n: Option<u32>) -> DoseGrid<'static> {
    let row = |voxel: usize| (voxel % SIDE) as f64 - centre;
    let values: Vec<f32> = (0..SIDE.pow(3))
        .map(|voxel| {
            let (i, j, k) = (row(voxel), row(voxel / SIDE), row(voxel / SIDE / SIDE));
            (40.0 * libm::exp(-(i * i + j * j + k * k) / 5000.0)) as f32
        })
        .collect();
    DoseGrid::physical(values, Arc::clone(grid), n).expect("finite doses")
}

fn courses(c: &mut Criterion) {
    let axes = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]];
    let grid = Grid::new([SIDE; 3], [2.0; 3], [-199.0; 3], axes).map(Arc::new);
    let grid = grid.expect("a grid");
    let doses = [
        (course(&grid, 90.0, Some(5)), Timing::Fractions),
        (course(&grid, 110.0, Some(25)), Timing::Fractions),
        (
            course(&grid, 100.0, None),
            Timing::Decay {
                repair_half_life_h: 2.5,
                effective_half_life_h: 64.2,
                cycles: 1,
            },
        ),
    ];
    let mut out = vec![0.0_f32; SIDE.pow(3)];
    let mut sum = |doses: &[(DoseGrid<'_>, Timing)]| {
        let beds = doses
            .iter()
            .map(|(dose, timing)| dose.bed_with(AB, *timing).expect("a whole treatment"));
        let total = beds.reduce(|sum, bed| sum.add(&bed).expect("the same voxels"));
        let eqd2 = total.and_then(|total| total.bed_as_eqd2().ok());
        eqd2.expect("a BED")
            .write_values(&mut out)
            .expect("one place a voxel");
    };
    let mut group = c.benchmark_group("three courses, 200x200x200 float32");
    group.sample_size(20);
    group.bench_function("EQD2 on one grid", |b| b.iter(|| sum(black_box(&doses))));
    let (s, cosine) = 0.1_f64.sin_cos();
    let turn = Rigid::from_matrix([
        [cosine, -s, 0.0, 3.0],
        [s, cosine, 0.0, -2.0],
        [0.0, 0.0, 1.0, 1.0],
        [0.0, 0.0, 0.0, 1.0],
    ]);
    let registration = Registration::Rigid(turn.expect("a rotation"));
    group.bench_function("EQD2, two of them registered rigidly", |b| {
        b.iter(|| {
            let mut here = doses.clone();
            for (dose, _) in &mut here[1..] {
                let found = black_box(&*dose).resampled(&grid, &registration, None);
                *dose = found.expect("a stored dose").dose;
            }
            sum(&here);
        });
    });
    group.finish();
}

fn complications(c: &mut Criterion) {
    let case = build(&DemoOptions::bench()).expect("the bench case is built in");
    let liver = case.structures.iter().find(|one| one.name == "Liver");
    let settings = DvhSettings::default();
    let liver = liver.expect("a name of the demo case");
    let liver = dvh(&case.dose, liver, &settings, &Progress::new()).expect("a covered liver");
    let set = parameter_set("dawson2002-metastases", "lkb").expect("a built-in set");
    let known = |name: &str, low, high| (name.to_owned(), Uncertain::Uniform { low, high });
    let sampling = Sampling {
        samples: 1000,
        seed: 1,
    };
    let mut group = c.benchmark_group("NTCP of the bench case's liver");
    group.sample_size(20);
    let run = |uncertain: &[_]| {
        let source = DoseSource::Dvh(black_box(&liver));
        estimate(source, set.response, set.basis, uncertain, sampling).expect("known fractions")
    };
    group.bench_function("one value", |b| b.iter(|| run(&[])));
    let parameters = [known("td50_gy", 40.0, 52.0), known("n", 0.7, 1.2)];
    group.bench_function("1,000 samples of TD50 and n", |b| {
        b.iter(|| run(&parameters));
    });
    let all = [
        known("td50_gy", 40.0, 52.0),
        known("n", 0.7, 1.2),
        known("alpha_beta_gy", 2.0, 3.0),
    ];
    group.bench_function("1,000 samples of TD50, n and alpha/beta", |b| {
        b.iter(|| run(&all));
    });
    group.finish();
}

criterion_group!(benches, courses, complications);
criterion_main!(benches);
