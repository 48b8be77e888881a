//! A grid of voxels in patient space: shape, spacing, origin, direction, frame positions.

mod checks;

use super::vector::{Vector, add_scaled, dot, norm, sub, unit};
use checks::{
    DIRECTION_TOLERANCE, MOST_ALONG, MOST_VOXELS, check_frame_order, check_shape, orthonormal,
};
use std::ops::Range;

/// Largest deviation in mm of a frame position from even spacing for the grid to count as even.
const EVEN_TOLERANCE_MM: f64 = 1e-6;

/// Why a grid cannot be made.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum GridError {
    /// An axis has no voxels.
    #[error("shape must have at least one voxel on each axis (slice, row, column), got {0:?}")]
    EmptyShape([usize; 3]),
    /// More voxels than any image has.
    #[error(
        "shape must have at most {MOST_ALONG} voxels along an axis and {MOST_VOXELS} in all, got {0:?}"
    )]
    TooLarge([usize; 3]),
    /// A spacing is not a positive number.
    #[error("spacing must be above 0 mm on each axis (x, y, z), got {0:?}")]
    Spacing(Vector),
    /// The origin is not finite.
    #[error("origin must be three finite numbers in mm, got {0:?}")]
    Origin(Vector),
    /// The direction cosines are not orthonormal.
    #[error(
        "direction must be a 3x3 matrix of orthonormal columns (off by at most {DIRECTION_TOLERANCE}), got columns {0:?}; shear and scale belong into spacing or resampling"
    )]
    Direction([Vector; 3]),
    /// The wrong number of frame offsets.
    #[error("frame offsets must be one for each of the {frames} frames, got {got}")]
    FrameCount {
        /// Frames in the shape.
        frames: usize,
        /// Offsets given.
        got: usize,
    },
    /// Frame offsets that do not run steadily one way.
    #[error(
        "frame offsets must increase or decrease strictly, got {previous} then {next} mm at frame {frame}"
    )]
    FrameOrder {
        /// Index of the second of the two frames.
        frame: usize,
        /// Offset of the first.
        previous: f64,
        /// Offset of the second.
        next: f64,
    },
    /// An affine was asked of, or given for, something that has none.
    #[error(
        "the frames are unevenly spaced, so no affine maps index to millimetres; use frame_offsets_mm"
    )]
    NoAffine,
    /// A registration that is not rigid.
    #[error(
        "the matrix is no rigid registration: rows 1 to 3 hold a rotation (no scaling, shear or mirror) and a shift in mm, row 4 is 0 0 0 1"
    )]
    NotRigid,
    /// A displacement field of another size than its grid.
    #[error(
        "a displacement field has three numbers (x, y, z in mm) for each of the {voxels} voxels of its grid, got {got} numbers"
    )]
    Displacements {
        /// Numbers given.
        got: usize,
        /// Voxels of the grid.
        voxels: usize,
    },
    /// A displacement without end.
    #[error(
        "a displacement field holds infinite displacements; give finite mm, or NaN where none is known"
    )]
    InfiniteDisplacement,
}

/// A grid of voxels: `(slice, row, column)` shape, `(x, y, z)` millimetres.
///
/// `direction` holds the unit vectors of the i (column), j (row) and k (slice) index; frames lie at
/// `origin + offset[k] * direction_k`, so a descending or negative `GridFrameOffsetVector` needs no
/// special case.
#[derive(Debug, Clone, PartialEq)]
pub struct Grid {
    shape: [usize; 3],
    spacing_mm: Vector,
    origin_mm: Vector,
    axes: [Vector; 3],
    frame_offsets_mm: Vec<f64>,
}

impl Grid {
    /// Makes an evenly spaced grid. `axes` are the directions of the i, j and k index.
    ///
    /// # Errors
    /// See [`GridError`].
    pub fn new(
        shape: [usize; 3],
        spacing_mm: Vector,
        origin_mm: Vector,
        axes: [Vector; 3],
    ) -> Result<Self, GridError> {
        check_shape(shape)?;
        let offsets = (0..shape[0]).map(|k| k as f64 * spacing_mm[2]).collect();
        Self::with_frames(shape, spacing_mm, origin_mm, axes, offsets)
    }

    /// Makes a grid whose frames lie at given offsets in mm along the k axis from the origin.
    ///
    /// `spacing_mm[2]` serves a single frame as its thickness; with more frames the offsets rule and
    /// the mean step replaces it.
    ///
    /// # Errors
    /// See [`GridError`].
    pub fn with_frames(
        shape: [usize; 3],
        mut spacing_mm: Vector,
        origin_mm: Vector,
        axes: [Vector; 3],
        frame_offsets_mm: Vec<f64>,
    ) -> Result<Self, GridError> {
        check_shape(shape)?;
        if frame_offsets_mm.len() != shape[0] {
            return Err(GridError::FrameCount {
                frames: shape[0],
                got: frame_offsets_mm.len(),
            });
        }
        check_frame_order(&frame_offsets_mm)?;
        if let [first, .., last] = frame_offsets_mm[..] {
            spacing_mm[2] = (last - first).abs() / (shape[0] - 1) as f64;
        }
        if !spacing_mm.iter().all(|s| s.is_finite() && *s > 0.0) {
            return Err(GridError::Spacing(spacing_mm));
        }
        if !origin_mm.iter().all(|x| x.is_finite()) {
            return Err(GridError::Origin(origin_mm));
        }
        Ok(Self {
            shape,
            spacing_mm,
            origin_mm,
            axes: orthonormal(axes)?,
            frame_offsets_mm,
        })
    }

    /// The same grid moved by a shift in mm.
    #[must_use]
    pub fn shifted(&self, shift: Vector) -> Self {
        Self {
            origin_mm: add_scaled(self.origin_mm, 1.0, shift),
            ..self.clone()
        }
    }

    /// The grid of a block of its voxels, by slices, rows and columns.
    ///
    /// # Errors
    /// [`GridError::EmptyShape`] for a block without voxels of this grid.
    pub fn block(&self, block: &[Range<usize>; 3]) -> Result<Self, GridError> {
        let held: [Range<usize>; 3] =
            std::array::from_fn(|axis| block[axis].start..block[axis].end.min(self.shape[axis]));
        let shape = [0, 1, 2].map(|axis| held[axis].len());
        check_shape(shape)?;
        let [k, j, i] = held;
        let step = self.frame_offsets_mm[k.start] - self.frame_offsets_mm[0];
        let mut origin = self.origin_mm;
        for (along, axis) in [
            (i.start as f64 * self.spacing_mm[0], self.axes[0]),
            (j.start as f64 * self.spacing_mm[1], self.axes[1]),
            (step, self.axes[2]),
        ] {
            origin = add_scaled(origin, along, axis);
        }
        let frames = self.frame_offsets_mm[k].iter().map(|offset| offset - step);
        let frame_offsets_mm: Vec<f64> = frames.collect();
        let mut spacing_mm = self.spacing_mm;
        if let [first, .., last] = frame_offsets_mm[..] {
            spacing_mm[2] = (last - first).abs() / (shape[0] - 1) as f64;
        }
        Ok(Self {
            shape,
            spacing_mm,
            origin_mm: origin,
            axes: self.axes,
            frame_offsets_mm,
        })
    }

    /// Makes a grid from an affine that maps `(i, j, k, 1)` to millimetres.
    ///
    /// # Errors
    /// See [`GridError`]; columns that are not orthogonal are refused.
    pub fn from_affine(shape: [usize; 3], affine: [[f64; 4]; 4]) -> Result<Self, GridError> {
        let column = |c: usize| [affine[0][c], affine[1][c], affine[2][c]];
        let columns = [column(0), column(1), column(2)];
        let spacing = columns.map(norm);
        let mut axes = columns;
        for (axis, length) in axes.iter_mut().zip(spacing) {
            *axis = unit(*axis).ok_or(GridError::Spacing([length; 3]))?;
        }
        Self::new(shape, spacing, column(3), axes)
    }

    /// Number of voxels as `(slices, rows, columns)`.
    pub fn shape(&self) -> [usize; 3] {
        self.shape
    }

    /// Number of voxels in all.
    pub fn len(&self) -> usize {
        self.shape.iter().product()
    }

    /// Never true: a grid has voxels.
    pub fn is_empty(&self) -> bool {
        false
    }

    /// Spacing in mm along the i, j and k axis; the last is the mean step of the frames.
    pub fn spacing_mm(&self) -> Vector {
        self.spacing_mm
    }

    /// Centre of voxel (0, 0, 0) when the first frame offset is 0; else the point the offsets count from.
    pub fn origin_mm(&self) -> Vector {
        self.origin_mm
    }

    /// The same grid moved rigidly by an offset in mm.
    #[must_use]
    pub fn moved(&self, offset_mm: Vector) -> Self {
        let mut moved = self.clone();
        for (place, offset) in moved.origin_mm.iter_mut().zip(offset_mm) {
            *place += offset;
        }
        moved
    }

    /// Unit vectors of the i, j and k index.
    pub fn axes(&self) -> [Vector; 3] {
        self.axes
    }

    /// The direction matrix, rows of `(x, y, z)`, its columns the axes.
    pub fn direction(&self) -> [[f64; 3]; 3] {
        let [i, j, k] = self.axes;
        [[i[0], j[0], k[0]], [i[1], j[1], k[1]], [i[2], j[2], k[2]]]
    }

    /// Frame positions in mm along the k axis.
    pub fn frame_offsets_mm(&self) -> &[f64] {
        &self.frame_offsets_mm
    }

    /// Whether the frames are equally far apart.
    pub fn is_evenly_spaced(&self) -> bool {
        let offsets = &self.frame_offsets_mm;
        let (Some(first), Some(last)) = (offsets.first(), offsets.last()) else {
            return true;
        };
        let step = (last - first) / (offsets.len().max(2) - 1) as f64;
        offsets
            .iter()
            .enumerate()
            .all(|(k, offset)| (offset - first - k as f64 * step).abs() <= EVEN_TOLERANCE_MM)
    }

    /// The affine that maps `(i, j, k, 1)` to millimetres.
    ///
    /// # Errors
    /// [`GridError::NoAffine`] when the frames are unevenly spaced.
    pub fn affine(&self) -> Result<[[f64; 4]; 4], GridError> {
        if !self.is_evenly_spaced() {
            return Err(GridError::NoAffine);
        }
        let step = match self.frame_offsets_mm[..] {
            [first, second, ..] => second - first,
            _ => self.spacing_mm[2],
        };
        let scale = [self.spacing_mm[0], self.spacing_mm[1], step];
        let corner = self.voxel_centre_mm(0, 0, 0);
        let mut affine = [[0.0; 4]; 4];
        affine[3][3] = 1.0;
        for (row, line) in affine.iter_mut().take(3).enumerate() {
            for column in 0..3 {
                line[column] = self.axes[column][row] * scale[column];
            }
            line[3] = corner[row];
        }
        Ok(affine)
    }

    /// Position in mm of a voxel's centre by its slice, row and column.
    pub fn voxel_centre_mm(&self, k: usize, j: usize, i: usize) -> Vector {
        let point = add_scaled(self.origin_mm, i as f64 * self.spacing_mm[0], self.axes[0]);
        let point = add_scaled(point, j as f64 * self.spacing_mm[1], self.axes[1]);
        add_scaled(point, self.frame_offsets_mm[k], self.axes[2])
    }

    /// Millimetres along the grid's own axes from its origin: `(i, j, k)` components of a point.
    pub fn local_mm(&self, point_mm: Vector) -> Vector {
        let from_origin = sub(point_mm, self.origin_mm);
        self.axes.map(|axis| dot(from_origin, axis))
    }

    /// Positions in mm along one grid axis (0 = i, 1 = j, 2 = k) of the voxel centres.
    pub fn centres_mm(&self, axis: usize) -> Vec<f64> {
        match axis {
            0 => (0..self.shape[2])
                .map(|i| i as f64 * self.spacing_mm[0])
                .collect(),
            1 => (0..self.shape[1])
                .map(|j| j as f64 * self.spacing_mm[1])
                .collect(),
            _ => self.frame_offsets_mm.clone(),
        }
    }

    /// Positions in mm along one grid axis of the voxel edges, one more than there are voxels: midpoints
    /// between centres, and half the neighbouring step (or half the spacing) beyond the first and last.
    pub fn edges_mm(&self, axis: usize) -> Vec<f64> {
        let centres = self.centres_mm(axis);
        let n = centres.len();
        let step = |a: usize, b: usize| {
            if n > 1 {
                centres[b] - centres[a]
            } else {
                self.spacing_mm[axis.min(2)]
            }
        };
        let mut edges = Vec::with_capacity(n + 1);
        edges.push(centres[0] - 0.5 * step(0, 1.min(n - 1)));
        edges.extend(centres.windows(2).map(|pair| 0.5 * (pair[0] + pair[1])));
        edges.push(centres[n - 1] + 0.5 * step(n.saturating_sub(2), n - 1));
        edges
    }

    /// Volume of a voxel of frame `k` in cubic centimetres.
    pub fn voxel_volume_cc(&self, k: usize) -> f64 {
        let edges = self.edges_mm(2);
        (edges[k + 1] - edges[k]).abs() * self.spacing_mm[0] * self.spacing_mm[1] / 1000.0
    }

    /// Whether two grids put every voxel at the same place, to `tolerance_mm`.
    pub fn same_geometry(&self, other: &Self, tolerance_mm: f64) -> bool {
        let [nk, nj, ni] = self.shape;
        self.shape == other.shape
            && [0, ni - 1].into_iter().all(|i| {
                [0, nj - 1].into_iter().all(|j| {
                    (0..nk).all(|k| {
                        let gap = sub(
                            self.voxel_centre_mm(k, j, i),
                            other.voxel_centre_mm(k, j, i),
                        );
                        norm(gap) <= tolerance_mm
                    })
                })
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const IDENTITY: [Vector; 3] = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]];

    #[test]
    fn voxels_lie_where_the_header_says() {
        let grid = Grid::with_frames(
            [3, 4, 5],
            [2.0, 3.0, 1.0],
            [10.0, 20.0, 30.0],
            [[-1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, -1.0]],
            vec![0.0, -2.5, -5.0],
        )
        .unwrap();
        // Column 4 goes 8 mm towards -x, row 3 goes 9 mm along y, frame 2 goes -5 mm along -z.
        assert_eq!(grid.voxel_centre_mm(2, 3, 4), [2.0, 29.0, 35.0]);
        assert_eq!(grid.spacing_mm(), [2.0, 3.0, 2.5]);
        assert_eq!(grid.local_mm([2.0, 29.0, 35.0]), [8.0, 9.0, -5.0]);
        assert_eq!(grid.edges_mm(2), vec![1.25, -1.25, -3.75, -6.25]);
        assert!((grid.voxel_volume_cc(1) - 0.015).abs() < 1e-15);
        let affine = grid.affine().unwrap();
        let again = Grid::from_affine(grid.shape(), affine).unwrap();
        assert!(again.same_geometry(&grid, 1e-9));
    }

    #[test]
    fn made_again_from_its_parts_it_is_the_same() {
        let printed = [
            [0.936_117, 0.267_499, -0.228_350],
            [-0.275_096, 0.961_401, -0.002_500],
            [0.218_867, 0.065_158, 0.973_577],
        ];
        let make = |axes| Grid::new([4, 4, 4], [1.1, 2.2, 3.3], [0.1, 0.2, 0.3], axes).unwrap();
        let grid = make(printed);
        assert_ne!(grid.axes(), printed);
        assert_eq!(make(grid.axes()), grid);
    }

    #[test]
    fn uneven_frames_have_no_affine() {
        let grid = Grid::with_frames([3, 1, 1], [1.0; 3], [0.0; 3], IDENTITY, vec![0.0, 1.0, 3.0])
            .unwrap();
        assert_eq!(grid.affine(), Err(GridError::NoAffine));
        assert_eq!(grid.edges_mm(2), vec![-0.5, 0.5, 2.0, 4.0]);
    }

    #[test]
    fn refuses_with_a_reason() {
        let make = |shape, spacing, axes| Grid::new(shape, spacing, [0.0; 3], axes);
        assert!(matches!(
            make([0, 1, 1], [1.0; 3], IDENTITY),
            Err(GridError::EmptyShape(_))
        ));
        assert!(matches!(
            make([1, 1, 1], [1.0, 0.0, 1.0], IDENTITY),
            Err(GridError::Spacing(_))
        ));
        let sheared = [[1.0, 0.0, 0.0], [0.1, 1.0, 0.0], [0.0, 0.0, 1.0]];
        assert!(matches!(
            make([1, 1, 1], [1.0; 3], sheared),
            Err(GridError::Direction(_))
        ));
        assert!(matches!(
            Grid::with_frames([2, 1, 1], [1.0; 3], [0.0; 3], IDENTITY, vec![1.0, 1.0]),
            Err(GridError::FrameOrder { .. })
        ));
        assert!(matches!(
            make([1, 1, 1], [1.0; 3], [[f64::NAN; 3]; 3]),
            Err(GridError::Direction(_))
        ));
    }
}
