//! Rigid registrations: a rotation and a shift between two frames of reference.

use super::GridError;
use super::vector::{Vector, cross, dot};

/// How far a rotation may be from orthonormal, for the printing of its numbers.
const TOLERANCE: f64 = 1e-4;

/// A map of points in mm: `p -> R p + t`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rigid {
    rotation: [Vector; 3],
    shift: Vector,
}

impl Rigid {
    /// The map that leaves every point where it is.
    pub const IDENTITY: Self = Self {
        rotation: [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]],
        shift: [0.0; 3],
    };

    /// Of a 4x4 matrix for column vectors `(x, y, z, 1)` in mm, as DICOM's spatial registration holds it.
    ///
    /// # Errors
    /// A last row that is not `0 0 0 1`, numbers that are not finite, a part that is no rotation (scaled, sheared or
    /// mirrored).
    pub fn from_matrix(matrix: [[f64; 4]; 4]) -> Result<Self, GridError> {
        let [a, b, c, last] = matrix;
        let finite = matrix.iter().flatten().all(|value| value.is_finite());
        let rows = [a, b, c].map(|row| [row[0], row[1], row[2]]);
        let is = |value: f64, wanted: f64| (value - wanted).abs() <= TOLERANCE;
        // The determinant alone hides a shear: of rows of length one that are off a right angle by 1 % it is 0.99995.
        let orthonormal = (0..3).all(|one| {
            (0..3).all(|two| is(dot(rows[one], rows[two]), f64::from(u8::from(one == two))))
        });
        let right = is(dot(cross(rows[0], rows[1]), rows[2]), 1.0);
        if finite && orthonormal && right && last == [0.0, 0.0, 0.0, 1.0] {
            return Ok(Self {
                rotation: rows,
                shift: [a[3], b[3], c[3]],
            });
        }
        Err(GridError::NotRigid)
    }

    /// Where a point goes.
    pub fn apply(&self, point: Vector) -> Vector {
        std::array::from_fn(|axis| dot(self.rotation[axis], point) + self.shift[axis])
    }

    /// The way back.
    #[must_use]
    pub fn inverse(&self) -> Self {
        let [a, b, c] = self.rotation;
        let rotation = std::array::from_fn(|row| [a[row], b[row], c[row]]);
        let turned = Self {
            rotation,
            shift: [0.0; 3],
        };
        Self {
            rotation,
            shift: turned.apply(self.shift).map(|x| -x),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_and_back() {
        let (s, c) = 0.3_f64.sin_cos();
        let turn = Rigid::from_matrix([
            [c, -s, 0.0, 10.0],
            [s, c, 0.0, -5.0],
            [0.0, 0.0, 1.0, 2.0],
            [0.0, 0.0, 0.0, 1.0],
        ])
        .unwrap();
        let point = [3.0, -7.0, 11.0];
        let back = turn.inverse().apply(turn.apply(point));
        assert!((0..3).all(|axis| (back[axis] - point[axis]).abs() < 1e-12));
        assert!((turn.apply([1.0, 0.0, 0.0])[0] - (c + 10.0)).abs() < 1e-15);
        assert_eq!(Rigid::IDENTITY.apply(point), point);
    }

    #[test]
    fn refuses_what_is_not_rigid() {
        let identity = [
            [1.0, 0.0, 0.0, 0.0],
            [0.0, 1.0, 0.0, 0.0],
            [0.0, 0.0, 1.0, 0.0],
            [0.0, 0.0, 0.0, 1.0],
        ];
        assert_eq!(Rigid::from_matrix(identity), Ok(Rigid::IDENTITY));
        for (row, column, value) in [
            (0, 0, 1.1),
            (0, 0, -1.0),
            (0, 1, 0.2),
            (3, 0, 0.1),
            (0, 3, f64::NAN),
        ] {
            let mut matrix = identity;
            matrix[row][column] = value;
            assert_eq!(Rigid::from_matrix(matrix), Err(GridError::NotRigid));
        }
        // Rows of length one, 1 % off a right angle in each pair of axes: 2 mm at 20 cm.
        for (row, column) in [(0, 1), (0, 2), (1, 0), (1, 2), (2, 0), (2, 1)] {
            let mut matrix = identity;
            matrix[row][column] = 0.01;
            matrix[row][row] = (1.0_f64 - 1e-4).sqrt();
            assert_eq!(Rigid::from_matrix(matrix), Err(GridError::NotRigid));
        }
    }
}
