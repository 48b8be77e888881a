//! Deformable registrations: a field of displacements between two rigid maps.

use super::sampler::Places;
use super::vector::Vector;
use super::{Grid, GridError, Rigid};

/// A map of points in mm: `p -> after(before(p) + d(p))`, where `d` is read between the centres of a grid that lies in
/// the frame of `p`. It is DICOM's deformable spatial registration: from the registered frame of reference, where the
/// grid lies, to the source (PS3.3, C.20.3.1.1).
pub struct Displacement<'a> {
    grid: &'a Grid,
    places: Places,
    /// (x, y, z) of each voxel, in the order of the grid.
    vectors: &'a [f32],
    before: Rigid,
    after: Rigid,
}

impl<'a> Displacement<'a> {
    /// Of the displacements in mm at the voxel centres of a grid: `x, y, z` of the first voxel, then of the next along
    /// the row. A voxel whose numbers are NaN has no displacement that is known.
    ///
    /// # Errors
    /// Another number of displacements than three for each voxel, or infinite ones.
    pub fn new(
        grid: &'a Grid,
        vectors: &'a [f32],
        before: Rigid,
        after: Rigid,
    ) -> Result<Self, GridError> {
        if vectors.len() != 3 * grid.len() {
            return Err(GridError::Displacements {
                got: vectors.len(),
                voxels: grid.len(),
            });
        }
        if vectors.iter().any(|component| component.is_infinite()) {
            return Err(GridError::InfiniteDisplacement);
        }
        Ok(Self {
            grid,
            places: Places::new(grid),
            vectors,
            before,
            after,
        })
    }

    /// Where a point goes; nothing outside the outer edges of the field's voxels and where a voxel around the point has
    /// no displacement.
    pub fn apply(&self, point: Vector) -> Option<Vector> {
        let stencil = self.places.around(self.grid.local_mm(point))?;
        let start = self.before.apply(point);
        let moved: Vector = std::array::from_fn(|axis| {
            start[axis] + stencil.mix(|voxel| f64::from(self.vectors[3 * voxel + axis]))
        });
        let known = moved.iter().all(|component| component.is_finite());
        known.then(|| self.after.apply(moved))
    }
}

/// Where points of one frame of reference lie in another.
pub enum Registration<'a> {
    /// By a rotation and a shift.
    Rigid(Rigid),
    /// By a field of displacements.
    Deformed(Box<Displacement<'a>>),
}

impl Registration<'_> {
    /// Where a point goes, where that is known.
    pub fn apply(&self, point: Vector) -> Option<Vector> {
        match self {
            Self::Rigid(map) => Some(map.apply(point)),
            Self::Deformed(field) => field.apply(point),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const AXES: [Vector; 3] = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]];

    fn quarter_turn(shift: f64) -> Rigid {
        Rigid::from_matrix([
            [0.0, -1.0, 0.0, shift],
            [1.0, 0.0, 0.0, 0.0],
            [0.0, 0.0, 1.0, 0.0],
            [0.0, 0.0, 0.0, 1.0],
        ])
        .unwrap()
    }

    #[test]
    fn matrices_stand_before_and_after_the_displacement() {
        let grid = Grid::new([2, 2, 2], [10.0; 3], [0.0; 3], AXES).unwrap();
        // A displacement along x that grows with x: 1 mm at x = 0, 3 mm at x = 10.
        let vectors: Vec<f32> = (0..8)
            .flat_map(|voxel| [if voxel % 2 == 0 { 1.0 } else { 3.0 }, 0.0, 0.5])
            .collect();
        let field = |before, after| Displacement::new(&grid, &vectors, before, after).unwrap();
        let plain = field(Rigid::IDENTITY, Rigid::IDENTITY);
        assert_eq!(plain.apply([5.0, 2.0, 3.0]), Some([7.0, 2.0, 3.5]));
        assert_eq!(plain.apply([15.1, 2.0, 3.0]), None);
        // Before: (5, 2, 3) is turned to (-2, 5, 3), and the displacement is still that at (5, 2, 3).
        let turned = field(quarter_turn(0.0), Rigid::IDENTITY);
        assert_eq!(turned.apply([5.0, 2.0, 3.0]), Some([0.0, 5.0, 3.5]));
        // After: (7, 2, 3.5) is turned to (-2, 7, 3.5) and shifted.
        let after = field(Rigid::IDENTITY, quarter_turn(4.0));
        assert_eq!(after.apply([5.0, 2.0, 3.0]), Some([2.0, 7.0, 3.5]));
    }

    #[test]
    fn what_is_not_known_has_no_place() {
        let grid = Grid::new([1, 1, 3], [2.0; 3], [0.0; 3], AXES).unwrap();
        let mut vectors = [0.0_f32; 9];
        vectors[6] = f32::NAN;
        let field = Displacement::new(&grid, &vectors, Rigid::IDENTITY, Rigid::IDENTITY).unwrap();
        assert_eq!(field.apply([1.0, 0.0, 0.0]), Some([1.0, 0.0, 0.0]));
        assert_eq!(field.apply([3.0, 0.0, 0.0]), None);
        let new = |vectors| Displacement::new(&grid, vectors, Rigid::IDENTITY, Rigid::IDENTITY);
        assert_eq!(
            new(&[0.0; 3]).err(),
            Some(GridError::Displacements { got: 3, voxels: 3 })
        );
        assert_eq!(
            new(&[f32::INFINITY; 9]).err(),
            Some(GridError::InfiniteDisplacement)
        );
    }
}
