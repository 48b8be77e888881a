//! Square lattices of points in a plane, on which functions of a plane region are tabulated.

use super::Point2;

/// Nodes at even steps along two axes, in row-major order: node `(column, row)` stands at
/// `origin + step * (column, row)` and has index `row * columns + column`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PlaneLattice {
    /// Position of node (0, 0) in mm.
    pub origin: Point2,
    /// Distance between neighbouring nodes in mm.
    pub step_mm: f64,
    /// Nodes along the first axis.
    pub columns: usize,
    /// Nodes along the second axis.
    pub rows: usize,
}

impl PlaneLattice {
    /// A lattice centred on a box, with `margin` more steps on each side than the box needs. Centred, so that a
    /// mirrored box has the mirrored lattice.
    pub fn around([low, high]: [Point2; 2], step_mm: f64, margin: usize) -> Self {
        let cells = |axis: usize| ((high[axis] - low[axis]) / step_mm).ceil() as usize + 2 * margin;
        let [columns, rows] = [cells(0), cells(1)];
        let start =
            |axis: usize, cells: usize| 0.5 * (low[axis] + high[axis] - cells as f64 * step_mm);
        Self {
            origin: [start(0, columns), start(1, rows)],
            step_mm,
            columns: columns + 1,
            rows: rows + 1,
        }
    }

    /// Number of nodes.
    pub fn nodes(&self) -> usize {
        self.columns * self.rows
    }

    /// Position of a node in mm.
    #[inline]
    pub fn position(&self, column: usize, row: usize) -> Point2 {
        [
            self.origin[0] + column as f64 * self.step_mm,
            self.origin[1] + row as f64 * self.step_mm,
        ]
    }
}
