//! Where things are: grids in patient coordinates, vectors, polygons.

mod grid;
mod polygon;
pub mod vector;

pub use grid::{Grid, GridError};
pub use polygon::{PlanarRegion, Point2};
