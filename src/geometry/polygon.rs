//! Plane regions bounded by closed rings.

/// A point in a plane, in mm.
pub type Point2 = [f64; 2];

/// A region of a plane, bounded by rings that do not cross.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct PlanarRegion {
    rings: Vec<Vec<Point2>>,
}
