//! The cases: shapes x planes x grids x fields.

use super::compare::Case;
use super::fields::Field;
use super::grids::{Cut, Frames, GridSpec, ORIENTATIONS, oblique};
use super::shapes::{self, Planes};
use super::stack::Stack;
use hepadose::geometry::vector::Vector;
use hepadose::structure::{Operation, Structure};

/// Dose grids in the order in which they are dealt out.
pub(crate) fn grids() -> Vec<GridSpec> {
    let spacings = [
        [2.0, 2.0, 2.0],
        [2.5, 2.5, 2.5],
        [3.0, 3.0, 3.0],
        [1.0, 1.0, 1.0],
        [2.0, 2.0, 3.0],
        [0.7, 1.1, 2.0],
        [2.0, 2.5, 1.2],
        [3.0, 1.0, 2.0],
    ];
    let shifts = [
        [0.13, 0.41, 0.77],
        [0.0, 0.0, 0.0],
        [0.5, 0.5, 0.5],
        [0.9, 0.05, 0.33],
    ];
    let frames = [
        Frames::Even,
        Frames::Uneven,
        Frames::Descending,
        Frames::Negative,
    ];
    (0..32)
        .map(|index| {
            let (name, axes) = ORIENTATIONS[(index * 3) % 8];
            GridSpec {
                name,
                spacing: spacings[index % 8],
                axes,
                shift: shifts[(index / 2) % 4],
                frames: frames[(index / 4) % 4],
                cut: None,
                single_precision: index % 5 == 4,
            }
        })
        .collect()
}

/// Gradients of the linear doses, in Gy/mm.
pub(crate) const GRADIENTS: [Vector; 6] = [
    [1.0, 0.0, 0.0],
    [0.5, -0.4, 0.7],
    [0.0, 0.0, 1.0],
    [0.6, 0.5, 0.0],
    [0.0, -1.0, 0.0],
    [-0.05, 0.02, -1.0],
];

/// Curved doses for a shape of about this radius.
pub(crate) fn curved(radius: f64) -> Vec<Field> {
    vec![
        Field::Gaussian {
            peak: 60.0,
            floor: 0.0,
            sigma: (1.2 * radius).max(5.0),
            centre: [2.0, 1.0, -1.5],
        },
        Field::Penumbra {
            dose: 60.0,
            width: 3.0,
            normal: [0.8, 0.36, 0.48],
            at: 0.2 * radius,
        },
        Field::Inverse {
            peak: 80.0,
            radius: (0.6 * radius).max(4.0),
            centre: [1.3 * radius, 0.0, 0.2 * radius],
        },
    ]
}

/// Named shapes with their family, radius and the planes that they come in.
// A table.
#[allow(clippy::too_many_lines)]
pub(crate) fn shapes_all() -> Vec<(&'static str, String, f64, Stack)> {
    use Planes::{Every, Uneven};
    let mut all: Vec<(&'static str, String, f64, Stack)> = Vec::new();
    for (r, steps) in [
        (3.0, vec![Every(0.2), Every(1.0), Uneven(1.0)]),
        (5.0, vec![Every(0.2), Every(1.0), Every(2.0), Uneven(1.0)]),
        (12.0, vec![Every(1.0), Every(2.0), Every(3.0), Uneven(2.0)]),
        (24.0, vec![Every(1.0), Every(3.0), Every(5.0)]),
        (60.0, vec![Every(3.0), Every(5.0)]),
    ] {
        for planes in steps {
            let name = format!("sphere {r} mm, {}", planes.name());
            all.push(("sphere", name, r, shapes::sphere(r, 90, planes)));
        }
    }
    all.push((
        "sphere",
        "sphere 12 mm of 9 points, planes 3 mm".into(),
        12.0,
        shapes::sphere(12.0, 9, Every(3.0)),
    ));
    for planes in [Every(1.0), Every(3.0), Uneven(2.0)] {
        let n = planes.name();
        all.push((
            "cylinder",
            format!("cylinder upright, {n}"),
            15.0,
            shapes::cylinder(15.0, 40.0, 72, planes),
        ));
        all.push((
            "cylinder",
            format!("cylinder lying, {n}"),
            15.0,
            shapes::lying_cylinder(12.0, 40.0, planes),
        ));
        all.push((
            "cone",
            format!("cone upright, {n}"),
            15.0,
            shapes::cone(16.0, 40.0, 60, planes),
        ));
        all.push((
            "cone",
            format!("cone lying, {n}"),
            15.0,
            shapes::lying_cone(16.0, 40.0, planes),
        ));
        all.push((
            "box",
            format!("box, {n}"),
            15.0,
            shapes::cuboid([24.0, 31.0, 27.0], planes),
        ));
        all.push((
            "ellipsoid",
            format!("ellipsoid, {n}"),
            20.0,
            shapes::ellipsoid([30.0, 14.0, 21.0], 80, planes),
        ));
        all.push((
            "ellipsoid",
            format!("ellipsoid of 8 points, {n}"),
            20.0,
            shapes::ellipsoid([30.0, 14.0, 21.0], 8, planes),
        ));
        all.push((
            "shell",
            format!("shell nested, {n}"),
            20.0,
            shapes::shell(20.0, 12.0, 30.0, planes),
        ));
        all.push((
            "shell",
            format!("shell keyhole, {n}"),
            20.0,
            shapes::keyhole(20.0, 17.0, 30.0, planes),
        ));
        all.push((
            "islands",
            format!("two islands, {n}"),
            20.0,
            shapes::islands(planes),
        ));
        all.push(("gap", format!("gap in z, {n}"), 20.0, shapes::gap(planes)));
        all.push((
            "torus",
            format!("torus, {n}"),
            25.0,
            shapes::torus(25.0, 8.0, planes),
        ));
    }
    all.push((
        "box",
        "box 5 mm, planes 1 mm".into(),
        4.0,
        shapes::cuboid([5.0, 5.0, 5.0], Every(1.0)),
    ));
    all.push((
        "box",
        "box on voxel edges, planes 2 mm".into(),
        15.0,
        shapes::cuboid([20.0, 20.0, 20.0], Every(2.0)),
    ));
    all.push((
        "shell",
        "rind 60 to 57 mm, planes 3 mm".into(),
        60.0,
        shapes::rind(60.0, 57.0, 180, Every(3.0)),
    ));
    all.push((
        "liver",
        "liver, planes 5 mm".into(),
        70.0,
        shapes::liver(Every(5.0)),
    ));
    all.push((
        "liver",
        "liver, planes 3 mm".into(),
        70.0,
        shapes::liver(Every(3.0)),
    ));
    all
}

/// Normal liver: liver minus three tumours on other planes.
pub(crate) fn normal_liver(grid: GridSpec, field: Field) -> Case {
    let liver = shapes::liver(Planes::Every(5.0));
    let tumours = shapes::tumours(Planes::Every(2.0));
    let union = tumours
        .iter()
        .map(|tumour| tumour.structure(Some(5)))
        .reduce(|a, b| a.combine(Operation::Unite, &b).unwrap())
        .unwrap();
    let structure = liver
        .structure(Some(4))
        .combine(Operation::Subtract, &union)
        .unwrap();
    let inside: Vec<_> = tumours.iter().map(Stack::solid).collect();
    Case {
        family: "liver",
        name: "liver minus three tumours".into(),
        solid: liver.solid().without(&inside),
        structure,
        grid,
        field,
    }
}

pub(crate) fn case(
    family: &'static str,
    name: impl Into<String>,
    stack: &Stack,
    grid: GridSpec,
    field: Field,
    seed: u64,
) -> Case {
    let structure: Structure = stack.structure(Some(seed));
    Case {
        family,
        name: name.into(),
        structure,
        solid: stack.solid(),
        grid,
        field,
    }
}

/// One linear and one curved dose for every shape, a few orientations and cuts: what runs with every test.
pub(crate) fn fast() -> Vec<Case> {
    // Faces exactly on lattice lines (grids without a shift) are left to the whole grid of cases.
    let grids: Vec<GridSpec> = grids()
        .into_iter()
        .filter(|grid| grid.shift[0] > 0.0 && grid.spacing[0] > 0.9)
        .collect();
    let mut cases = Vec::new();
    for (index, (family, name, radius, stack)) in shapes_all().into_iter().enumerate() {
        let grid = |turn: usize| {
            let mut grid = grids[(index * 5 + turn) % grids.len()];
            if radius > 40.0 {
                grid.spacing = grid.spacing.map(|s| s.max(2.0));
            }
            grid
        };
        let straight = GridSpec {
            single_precision: false,
            ..grid(0)
        };
        let linear = Field::Linear(GRADIENTS[index % GRADIENTS.len()]);
        cases.push(case(family, &name, &stack, straight, linear, index as u64));
        // A penumbra that a structure does not outgrow: see `hard` for the rest.
        let field = curved(radius)[if index % 3 == 1 && radius < 15.0 {
            1
        } else {
            index % 2 * 2
        }];
        cases.push(case(family, &name, &stack, grid(1), field, index as u64));
    }
    cases.push(normal_liver(
        GridSpec::new("HFS", [2.5; 3]),
        Field::Linear(GRADIENTS[1]),
    ));
    cases.push(normal_liver(
        GridSpec::new("HFS", [3.0; 3]),
        curved(70.0)[0],
    ));
    cases.extend(orientations().into_iter().step_by(2));
    cases.extend(cuts().into_iter().step_by(2));
    // Oblique grids under very small structures and oblique grids that end inside one: with the whole grid of cases.
    cases.retain(|case| {
        let small_oblique = case.family == "oblique" && case.solid.volume() < 1000.0;
        case.family != "cut oblique" && (!small_oblique || case.field.is_linear())
    });
    cases
}

/// Everything.
pub(crate) fn all() -> Vec<Case> {
    let grids = grids();
    let mut cases = Vec::new();
    let mut deal = 0;
    for (family, name, radius, stack) in shapes_all() {
        // The finest grid only under small shapes: it has as many voxels as it likes.
        let next_grid = |deal: &mut usize| {
            *deal += 1;
            let mut grid = grids[(*deal * 7) % grids.len()];
            if radius <= 5.0 && deal.is_multiple_of(3) {
                grid.spacing = [0.4, 0.4, 0.5];
            }
            if radius > 40.0 {
                grid.spacing = grid.spacing.map(|s| s.max(2.0));
            }
            grid
        };
        for (index, g) in GRADIENTS.into_iter().enumerate() {
            if index % 2 == deal % 2 || radius <= 12.0 {
                let mut grid = next_grid(&mut deal);
                grid.single_precision = false;
                cases.push(case(
                    family,
                    &name,
                    &stack,
                    grid,
                    Field::Linear(g),
                    deal as u64,
                ));
            }
        }
        for field in curved(radius) {
            cases.push(case(
                family,
                &name,
                &stack,
                next_grid(&mut deal),
                field,
                deal as u64,
            ));
        }
    }
    for grid in [grids[0], grids[4], grids[1]] {
        for field in [
            Field::Linear(GRADIENTS[1]),
            curved(70.0)[0],
            curved(25.0)[1],
        ] {
            let grid = GridSpec {
                spacing: grid.spacing.map(|s| s.max(2.0)),
                single_precision: false,
                ..grid
            };
            cases.push(normal_liver(grid, field));
        }
    }
    cases.extend(orientations());
    cases.extend(cuts());
    cases.extend(hard());
    cases
}

/// Every standard orientation and frame form, and oblique grids with upright and with tilted contours.
pub(crate) fn orientations() -> Vec<Case> {
    let mut cases = Vec::new();
    let shape = shapes::ellipsoid([19.0, 11.0, 14.0], 60, Planes::Every(2.5));
    for (name, axes) in ORIENTATIONS {
        for frames in [
            Frames::Even,
            Frames::Uneven,
            Frames::Descending,
            Frames::Negative,
        ] {
            let grid = GridSpec {
                axes,
                frames,
                ..GridSpec::new(name, [2.0, 2.5, 3.0])
            };
            let field = if frames == Frames::Even {
                curved(15.0)[1]
            } else {
                Field::Linear([0.5, -0.4, 0.7])
            };
            cases.push(case(
                "orientation",
                format!("ellipsoid, {frames:?} frames"),
                &shape,
                grid,
                field,
                3,
            ));
        }
    }
    for (name, axes, tilted) in [
        ("turned about z", oblique(0.4, 0.0), false),
        ("oblique", oblique(0.4, 0.3), false),
        ("oblique", oblique(-0.2, 0.6), false),
        ("oblique with its contours", oblique(0.4, 0.3), true),
        ("oblique with its contours", oblique(0.1, -0.7), true),
    ] {
        for (family, body, size, stack) in [
            ("oblique", "ellipsoid", 15.0, shape.clone()),
            (
                "oblique",
                "sphere 5 mm",
                5.0,
                shapes::sphere(5.0, 60, Planes::Every(1.0)),
            ),
            (
                "oblique",
                "shell",
                20.0,
                shapes::shell(20.0, 12.0, 30.0, Planes::Every(2.0)),
            ),
        ] {
            for field in [
                Field::Linear([0.5, -0.4, 0.7]),
                curved(size)[0],
                curved(size)[1],
            ] {
                let grid = GridSpec {
                    axes,
                    ..GridSpec::new(name, [2.0, 2.5, 3.0])
                };
                let origin = [10.0, -20.0, 30.0];
                let (stack, field) = if tilted {
                    (
                        stack.clone().turned(axes, origin),
                        field.moved(axes, origin),
                    )
                } else {
                    (stack.clone(), field)
                };
                cases.push(case(family, body, &stack, grid, field, 3));
            }
        }
    }
    cases
}

/// Doses that ask more of an engine than clinical ones: noise, and a structure nearly all of which lies in the last
/// thousandth of the dose range.
pub(crate) fn hard() -> Vec<Case> {
    let mut cases = Vec::new();
    let sphere = shapes::sphere(24.0, 90, Planes::Every(3.0));
    let large = shapes::sphere(60.0, 90, Planes::Every(5.0));
    let liver = shapes::liver(Planes::Every(5.0));
    for (name, stack, spacing) in [
        ("sphere 24 mm", &sphere, 2.0),
        ("sphere 60 mm", &large, 2.0),
        ("liver", &liver, 2.0),
        ("liver", &liver, 3.0),
    ] {
        let grid = GridSpec::new("HFS", [spacing; 3]);
        for field in [
            Field::Noise {
                mean: 50.0,
                deviation: 1.0,
            },
            Field::NoisyGaussian {
                peak: 60.0,
                sigma: 40.0,
                percent: 2.0,
            },
        ] {
            cases.push(case("noise", name, stack, grid, field, 3));
        }
    }
    for (name, stack) in [("sphere 60 mm", &large), ("liver", &liver)] {
        for field in [
            Field::Gaussian {
                peak: 60.0,
                floor: 0.0,
                sigma: 10.0,
                centre: [20.0, 0.0, 0.0],
            },
            Field::Penumbra {
                dose: 60.0,
                width: 1.5,
                normal: [0.8, 0.36, 0.48],
                at: 30.0,
            },
        ] {
            let grid = GridSpec::new("HFS", [2.5; 3]);
            cases.push(case("skewed", name, stack, grid, field, 3));
        }
    }
    cases
}

/// Grids that end inside the structure.
pub(crate) fn cuts() -> Vec<Case> {
    let mut cases = Vec::new();
    let ellipsoid = shapes::ellipsoid([19.0, 11.0, 14.0], 60, Planes::Every(2.5));
    let shell = shapes::shell(20.0, 12.0, 30.0, Planes::Every(2.0));
    for (body, axes) in [
        ("ellipsoid", oblique(0.4, 0.3)),
        ("ellipsoid", oblique(-0.2, 0.6)),
    ] {
        for axis in 0..3 {
            let grid = GridSpec {
                axes,
                cut: Some(Cut {
                    axis,
                    share: 0.6,
                    upper: true,
                }),
                ..GridSpec::new("oblique", [2.0, 2.5, 3.0])
            };
            let name = format!("{body} cut on axis {axis} at 0.6");
            cases.push(case(
                "cut oblique",
                name,
                &ellipsoid,
                grid,
                curved(15.0)[0],
                3,
            ));
        }
    }
    for (body, stack) in [("ellipsoid", &ellipsoid), ("shell", &shell)] {
        for axis in 0..3 {
            for (share, upper) in [(0.7, true), (0.23, false)] {
                for (field, (name, axes)) in [
                    (Field::Linear([0.5, -0.4, 0.7]), ORIENTATIONS[0]),
                    (curved(15.0)[0], ORIENTATIONS[5]),
                ] {
                    let grid = GridSpec {
                        axes,
                        cut: Some(Cut { axis, share, upper }),
                        ..GridSpec::new(name, [2.0, 2.5, 3.0])
                    };
                    let name = format!("{body} cut on axis {axis} at {share}");
                    cases.push(case("cut", name, stack, grid, field, 3));
                }
            }
        }
    }
    cases
}
