//! Boxes drawn as contours, for cases whose answers are known.
#![allow(clippy::unwrap_used)]
#![allow(dead_code, reason = "each test file uses some of them")]

use hepadose::structure::Structure;

pub(crate) const AXES: [[f64; 3]; 3] = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]];

/// A box from `low` to `high` in mm, drawn on planes 10 mm apart with half a slice beyond each end.
pub(crate) fn cuboid(name: &str, kind: &str, low: [f64; 3], high: [f64; 3]) -> Structure {
    let planes = ((high[2] - low[2]) / 10.0).round() as usize;
    let contours: Vec<Vec<[f64; 3]>> = (0..planes)
        .map(|plane| {
            let z = low[2] + 10.0 * plane as f64 + 5.0;
            vec![
                [low[0], low[1], z],
                [high[0], low[1], z],
                [high[0], high[1], z],
                [low[0], high[1], z],
            ]
        })
        .collect();
    let mut structure = Structure::from_contours(name, &contours, Some(10.0)).unwrap();
    structure.interpreted_type = Some(kind.to_owned());
    structure
}
