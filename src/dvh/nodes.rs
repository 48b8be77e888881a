//! Extremes in a lattice that is turned against the dose grid. A trilinear dose has them in nodes of the grid within
//! the structure or on its boundary, and where the grid ends within the structure on the edges that it cuts. Cells of
//! the lattice, whose corners are tried everywhere, do not meet the nodes.

use super::field::{Field, Orientation, Turn};
use super::plan::DvhPlan;
use rayon::prelude::*;

/// The extremes of the dose, given those in all points that were met.
pub(super) fn extremes(plan: &DvhPlan<'_>, met: [f64; 2]) -> [f64; 2] {
    let Orientation::Oblique(map) = &plan.field.orientation else {
        return met;
    };
    wider(in_nodes(plan, map, met), on_cut_edges(plan, map))
}

fn wider([a, b]: [f64; 2], [c, d]: [f64; 2]) -> [f64; 2] {
    [a.min(c), b.max(d)]
}

/// The extremes with those of the nodes within the structure.
fn in_nodes(plan: &DvhPlan<'_>, map: &Turn, met: [f64; 2]) -> [f64; 2] {
    let field = &plan.field;
    let extent = plan.slices.extent();
    let [us, vs, ws] = field.lines(extent.low, extent.high);
    let of_frame = |k: usize| {
        let mut found = met;
        for j in vs[0]..=vs[1] {
            for i in us[0]..=us[1] {
                let dose = field.node([i, j, k]);
                if (dose < found[0] || dose > found[1])
                    && plan.slices.contains(place(field, map, [i, j, k]))
                {
                    found = wider(found, [dose, dose]);
                }
            }
        }
        found
    };
    (ws[0]..=ws[1])
        .into_par_iter()
        .map(of_frame)
        .reduce(|| met, wider)
}

/// Where three lines of the grid meet, in the lattice.
fn place(field: &Field<'_>, map: &Turn, lines: [usize; 3]) -> [f64; 3] {
    let local: [f64; 3] = std::array::from_fn(|axis| field.axes[axis].lines[lines[axis]]);
    std::array::from_fn(|c| (0..3).map(|axis| map[axis][c] * local[axis]).sum())
}

/// The extremes in the points where edges of the structure leave the grid.
fn on_cut_edges(plan: &DvhPlan<'_>, map: &Turn) -> [f64; 2] {
    let field = &plan.field;
    let mut found = [f64::INFINITY, f64::NEG_INFINITY];
    let mut edge = |a: [f64; 3], b: [f64; 3]| {
        for share in cuts(field, map, a, b).into_iter().flatten() {
            let point = std::array::from_fn(|c| a[c] + share * (b[c] - a[c]));
            let dose = field.at_held(map, point);
            found = wider(found, [dose, dose]);
        }
    };
    for (ring, low, high) in plan.slices.rings() {
        let next = ring.iter().cycle().skip(1);
        for ([u, v], [x, y]) in ring.iter().zip(next) {
            for w in [low, high] {
                edge([*u, *v, w], [*x, *y, w]);
            }
            edge([*u, *v, low], [*u, *v, high]);
        }
    }
    found
}

/// How far along an edge (0 to 1) it enters and leaves the grid, where it does.
fn cuts(field: &Field<'_>, map: &Turn, a: [f64; 3], b: [f64; 3]) -> [Option<f64>; 2] {
    let (mut enters, mut leaves) = (0.0_f64, 1.0_f64);
    for (axis, row) in field.axes.iter().zip(map) {
        let along = |p: [f64; 3]| row[0] * p[0] + row[1] * p[1] + row[2] * p[2];
        let ([low, high], from, to) = (axis.domain(), along(a), along(b));
        if from == to {
            if from < low || from > high {
                return [None; 2];
            }
            continue;
        }
        let ends = [low, high].map(|end| (end - from) / (to - from));
        enters = enters.max(ends[0].min(ends[1]));
        leaves = leaves.min(ends[0].max(ends[1]));
    }
    if enters > leaves {
        return [None; 2];
    }
    [
        (enters > 0.0).then_some(enters),
        (leaves < 1.0).then_some(leaves),
    ]
}
