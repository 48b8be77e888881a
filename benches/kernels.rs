//! What a DVH is made of: coverage of contours, interior cells, and one liver of 1500 cc, its margins and measures.
#![allow(missing_docs, clippy::expect_used)]

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use hepadose::dose::DoseGrid;
use hepadose::dvh::{DvhSettings, dvh};
use hepadose::geometry::{Grid, PlanarRegion};
use hepadose::progress::Progress;
use hepadose::structure::{Margins, Structure, cover_rows};
use std::f64::consts::TAU;
use std::hint::black_box;

const AXES: [[f64; 3]; 3] = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]];

/// The ellipse of a plane `z` mm from the middle of a solid with these half axes, as points (x, y).
fn ellipse([a, b, c]: [f64; 3], z: f64, points: usize) -> Vec<[f64; 2]> {
    let r = (1.0 - (z / c).powi(2)).sqrt();
    let angles = (0..points).map(|n| TAU * n as f64 / points as f64);
    angles.map(|t| [a * r * t.cos(), b * r * t.sin()]).collect()
}

/// An ellipsoid of 1500 cc: 33 contours of 300 points.
fn liver() -> Structure {
    let axes = [95.0, 76.0, 49.6];
    let contour = |plane: i32| {
        let z = 3.0 * f64::from(plane);
        let ring = ellipse(axes, z, 300);
        ring.into_iter().map(|[x, y]| [x, y, z]).collect()
    };
    let contours: Vec<_> = (-16..=16).map(contour).collect();
    Structure::from_contours("Liver", &contours, None).expect("closed planar contours")
}

/// A beam-like dose on a 2.5 mm grid of 180 x 130 x 90 voxels.
fn dose() -> DoseGrid<'static> {
    let (ni, nj, nk) = (90, 65, 45);
    let (shape, step) = ([2 * nk, 2 * nj, 2 * ni], 2.5);
    let origin = [ni, nj, nk].map(|n| -step * (n as f64 - 0.5));
    let grid = Grid::new(shape, [step; 3], origin, AXES).expect("a grid");
    let value = |index: usize| {
        let [i, j, k] = [
            index % shape[2],
            index / shape[2] % shape[1],
            index / (shape[1] * shape[2]),
        ];
        let [x, y, z] = [i, j, k].map(|n| step * n as f64);
        let [x, y, z] = [x + origin[0] - 30.0, y + origin[1] - 10.0, z + origin[2]];
        (60.0 * (-(x * x + y * y + 1.5 * z * z) / 3000.0).exp() + 2.0 + 0.01 * y) as f32
    };
    let values: Vec<f32> = (0..grid.len()).map(value).collect();
    DoseGrid::physical(values, grid, Some(5)).expect("a dose")
}

fn kernels(c: &mut Criterion) {
    let (dose, settings) = (dose(), DvhSettings::default());
    let run = |structure: &Structure| {
        dvh(&dose, black_box(structure), &settings, &Progress::new())
            .expect("one frame of reference")
    };
    let mut group = c.benchmark_group("kernels");
    group.sample_size(20);

    let ring = ellipse([95.0, 76.0, 49.6], 0.0, 300);
    let region = PlanarRegion::from_even_odd(&[ring]);
    let lines: Vec<f64> = (0..=160).map(|n| 1.25 * f64::from(n) - 100.0).collect();
    group.throughput(Throughput::Elements(300));
    group.bench_function(
        "coverage of a contour of 300 points by 1.25 mm cells",
        |b| {
            b.iter(|| cover_rows(black_box(&region), &lines, &lines));
        },
    );

    // Four corners a plane: nearly all cells are inside.
    let square = |z: f64| {
        vec![
            [-90.0, -70.0, z],
            [90.0, -70.0, z],
            [90.0, 70.0, z],
            [-90.0, 70.0, z],
        ]
    };
    let planes: Vec<_> = (-16..=16).map(|n| square(5.0 * f64::from(n))).collect();
    let block = Structure::from_contours("Block", &planes, None).expect("closed planar contours");
    group.throughput(Throughput::Elements(
        run(&block).volume_cc().round() as u64 * 1000,
    ));
    group.bench_function(
        "interior cells: a block of 4158 cc, elements are cubic millimetres",
        |b| {
            b.iter(|| run(&block));
        },
    );

    let liver = liver();
    group.throughput(Throughput::Elements(33 * 300));
    group.bench_function("liver of 1500 cc, 33 contours of 300 points, 2.5 mm", |b| {
        b.iter(|| run(&liver));
    });
    let policy = settings.solid_policy();
    for (name, mm) in [("3 mm", 3.0), ("20 mm", 20.0)] {
        let margins = Margins::even(mm).expect("a length");
        group.bench_function(format!("that liver expanded by {name}"), |b| {
            b.iter(|| black_box(&liver).expand(&margins, policy));
        });
        group.bench_function(format!("that liver shrunk by {name}"), |b| {
            b.iter(|| black_box(&liver).shrink(&margins, policy));
        });
    }
    group.bench_function("its largest diameter", |b| {
        b.iter(|| black_box(&liver).largest_diameter_mm(policy));
    });
    group.bench_function("its surface", |b| {
        b.iter(|| black_box(&liver).surface_area_mm2(policy));
    });
    group.finish();
}

criterion_group!(benches, kernels);
criterion_main!(benches);
