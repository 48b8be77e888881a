//! Where a structure is and how far it reaches: centroid, bounding box, largest diameters.

use super::{Mask, Prisms, Solid, SolidPolicy, Structure, StructureError};
use crate::geometry::vector::{Vector, add_scaled};
use crate::geometry::{Point2, convex_hull, farthest_mm, hull_diameter_mm};
use rayon::prelude::*;
use std::f64::consts::TAU;

/// Directions in which hulls are compared before their corners are; the bound is loose by 1 - cos(pi / 64).
const DIRECTIONS: usize = 64;

impl Structure {
    /// Centre of its volume in mm, patient coordinates.
    ///
    /// # Errors
    /// A structure without volume, or a combination that cannot be made.
    pub fn centroid_mm(&self, policy: SolidPolicy) -> Result<Vector, StructureError> {
        let found = match self.solid(policy)? {
            Solid::Prisms(prisms) => prisms_centroid(&prisms),
            Solid::Mask(mask) => mask_centroid(&mask),
            Solid::Empty => None,
        };
        found.ok_or_else(|| self.no_space("centroid"))
    }

    /// Smallest and largest `(x, y, z)` in mm that it reaches, its end caps included.
    ///
    /// # Errors
    /// As [`Structure::centroid_mm`].
    pub fn bounding_box_mm(&self, policy: SolidPolicy) -> Result<[Vector; 2], StructureError> {
        let prisms = self.prisms_for("bounding box", policy)?;
        let mut bounds = [[f64::INFINITY; 3], [f64::NEG_INFINITY; 3]];
        for slab in &prisms.slabs {
            for point in slab.region.rings().iter().flatten() {
                for end in [slab.low_mm, slab.high_mm] {
                    let place = prisms.frame.join(end, *point);
                    for axis in 0..3 {
                        bounds[0][axis] = bounds[0][axis].min(place[axis]);
                        bounds[1][axis] = bounds[1][axis].max(place[axis]);
                    }
                }
            }
        }
        Ok(bounds)
    }

    /// The largest distance in mm between two of its points, in space; exact for its prisms.
    ///
    /// # Errors
    /// As [`Structure::centroid_mm`].
    pub fn largest_diameter_mm(&self, policy: SolidPolicy) -> Result<f64, StructureError> {
        Ok(diameter(&faces(&self.prisms_for("diameter", policy)?)))
    }

    /// The largest distance in mm between two points of one contour plane: of axial planes the axial diameter
    /// that response criteria read off.
    ///
    /// # Errors
    /// As [`Structure::centroid_mm`].
    pub fn in_plane_diameter_mm(&self, policy: SolidPolicy) -> Result<f64, StructureError> {
        let faces = faces(&self.prisms_for("diameter", policy)?);
        let widest = faces.iter().map(|face| hull_diameter_mm(&face.hull));
        Ok(widest.fold(0.0, f64::max))
    }
}

fn prisms_centroid(prisms: &Prisms) -> Option<Vector> {
    let mut sums = [0.0; 4];
    for slab in &prisms.slabs {
        let height = slab.high_mm - slab.low_mm;
        let (area, [u, v]) = slab.region.first_moments();
        let middle = 0.5 * (slab.low_mm + slab.high_mm);
        for (sum, part) in sums.iter_mut().zip([u, v, area * middle, area]) {
            *sum += height * part;
        }
    }
    let [u, v, w, volume] = sums;
    (volume > 0.0).then(|| prisms.frame.join(w / volume, [u / volume, v / volume]))
}

fn mask_centroid(mask: &Mask) -> Option<Vector> {
    let grid = mask.grid();
    let [_, nj, ni] = grid.shape();
    let mut sums = [0.0; 4];
    let edges = grid.edges_mm(2);
    for (k, frame) in mask.fractions().chunks(nj * ni).enumerate() {
        let (thickness, middle) = (
            (edges[k + 1] - edges[k]).abs(),
            0.5 * (edges[k + 1] + edges[k]),
        );
        for (j, line) in frame.chunks(ni).enumerate() {
            let (mut count, mut columns) = (0.0, 0.0);
            for (i, fraction) in line.iter().enumerate() {
                count += f64::from(*fraction);
                columns += f64::from(*fraction) * i as f64;
            }
            sums[0] += thickness * columns;
            sums[1] += thickness * count * j as f64;
            sums[2] += thickness * count * middle;
            sums[3] += thickness * count;
        }
    }
    let volume = sums[3];
    let [su, sv, _] = grid.spacing_mm();
    let [i, j, k] = grid.axes();
    (volume > 0.0).then(|| {
        let place = add_scaled(grid.origin_mm(), su * sums[0] / volume, i);
        let place = add_scaled(place, sv * sums[1] / volume, j);
        add_scaled(place, sums[2] / volume, k)
    })
}

/// A cross-section's hull, where it begins and ends, and how far it reaches in each direction.
struct Face {
    low: f64,
    high: f64,
    hull: Vec<Point2>,
    support: [f64; DIRECTIONS],
}

fn faces(prisms: &Prisms) -> Vec<Face> {
    let directions: [Point2; DIRECTIONS] = std::array::from_fn(|index| {
        let (sine, cosine) = (TAU * index as f64 / DIRECTIONS as f64).sin_cos();
        [cosine, sine]
    });
    prisms
        .slabs
        .par_iter()
        .map(|slab| {
            let hull = convex_hull(slab.region.rings().iter().flatten().copied());
            let reach = |direction: Point2| {
                hull.iter()
                    .map(|point| point[0] * direction[0] + point[1] * direction[1])
                    .fold(f64::NEG_INFINITY, f64::max)
            };
            Face {
                low: slab.low_mm,
                high: slab.high_mm,
                support: directions.map(reach),
                hull,
            }
        })
        .collect()
}

/// Pairs of faces are ordered by how far apart they can be at most; their corners are compared only while a pair
/// can still beat the best.
fn diameter(faces: &[Face]) -> f64 {
    let widen = 1.0 / (TAU / 2.0 / DIRECTIONS as f64).cos();
    let mut best = 0.0_f64;
    let mut pairs = Vec::new();
    for (index, one) in faces.iter().enumerate() {
        for (offset, two) in faces[index..].iter().enumerate() {
            let height = (two.high - one.low).max(one.high - two.low);
            let width = (0..DIRECTIONS)
                .map(|d| one.support[d] + two.support[(d + DIRECTIONS / 2) % DIRECTIONS])
                .fold(0.0, f64::max);
            best = best.max(height.hypot(width));
            pairs.push((height.hypot(width * widen), height, index, index + offset));
        }
    }
    // A support width is less than the true one, never more: `best` holds already.
    pairs.retain(|pair| pair.0 > best);
    pairs.sort_by(|a, b| b.0.total_cmp(&a.0));
    for (bound, height, one, two) in pairs {
        if bound <= best {
            break;
        }
        let width = if one == two {
            hull_diameter_mm(&faces[one].hull)
        } else {
            farthest_mm(&faces[one].hull, &faces[two].hull)
        };
        best = best.max(height.hypot(width));
    }
    best
}
