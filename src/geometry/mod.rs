//! Where things are: grids in patient coordinates and the values of their voxels, vectors, polygons.

mod distance;
mod grid;
mod marching_squares;
mod plane_lattice;
mod polygon;
mod rigid;
mod sampler;
mod values;
pub mod vector;

pub use distance::{SignedDistance, signed_distance};
pub use grid::{Grid, GridError};
pub use marching_squares::region_above_zero;
pub use plane_lattice::PlaneLattice;
pub use polygon::{PlanarRegion, Point2, RegionOperation};
pub use rigid::Rigid;
pub use sampler::Sampler;
pub use values::{Buffer, Values};
