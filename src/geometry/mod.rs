//! Where things are: grids in patient coordinates and the values of their voxels, vectors, polygons.

mod displacement;
mod distance;
mod edges;
mod grid;
mod hull;
mod level_area;
mod level_set;
mod marching_squares;
mod plane_lattice;
mod polygon;
mod reach;
mod rigid;
mod sampler;
mod simple;
mod simplify;
mod values;
pub mod vector;

pub use displacement::{Displacement, Registration};
pub use distance::{SignedDistance, signed_distance};
pub use edges::{Edges, boxes_apart_mm};
pub use grid::{Grid, GridError};
pub use hull::{convex_hull, farthest_mm, hull_diameter_mm};
pub use level_area::level_area_mm2;
pub use level_set::{Between, NodeField};
pub use marching_squares::region_above_zero;
pub use plane_lattice::PlaneLattice;
pub use polygon::{PlanarRegion, Point2, RegionOperation};
pub use reach::{Gauge, Side};
pub use rigid::Rigid;
pub use sampler::Sampler;
pub use simplify::thinned;
pub use values::{Buffer, Values};
