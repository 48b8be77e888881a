//! Where things are: grids in patient coordinates and the values of their voxels, vectors, polygons.

mod grid;
mod polygon;
mod values;
pub mod vector;

pub use grid::{Grid, GridError};
pub use polygon::{PlanarRegion, Point2, RegionOperation};
pub use values::{Buffer, Values};
