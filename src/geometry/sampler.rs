//! Values of a grid at any point: trilinear between voxel centres, constant over the last half voxel.

use super::vector::Vector;
use super::{Grid, Values};

/// How far outside the outer edge in mm a point may be for its rounding.
const EDGE_MM: f64 = 1e-6;

/// Voxel centres along one axis and where the grid ends.
struct Axis {
    /// Ascending, in mm along the axis.
    centres: Vec<f64>,
    edges: (f64, f64),
    /// One over the mean step, for a first guess.
    per_mm: f64,
    /// Whether the index runs against the coordinate.
    flipped: bool,
}

impl Axis {
    fn new(grid: &Grid, axis: usize) -> Self {
        let mut centres = grid.centres_mm(axis);
        let edges = grid.edges_mm(axis);
        let ends = (edges[0], edges[edges.len() - 1]);
        let flipped = ends.1 < ends.0;
        if flipped {
            centres.reverse();
        }
        let span = centres[centres.len() - 1] - centres[0];
        Self {
            per_mm: if span > 0.0 {
                (centres.len() - 1) as f64 / span
            } else {
                0.0
            },
            centres,
            edges: (ends.0.min(ends.1), ends.0.max(ends.1)),
            flipped,
        }
    }

    /// The two voxels around a coordinate and how far it is from the first to the second.
    fn place(&self, x: f64) -> Option<(usize, usize, f64)> {
        // A comparison that NaN fails.
        if !(x >= self.edges.0 - EDGE_MM && x <= self.edges.1 + EDGE_MM) {
            return None;
        }
        let last = self.centres.len() - 1;
        // Right at once on even steps, up to rounding; from there it walks.
        let guess = ((x - self.centres[0]) * self.per_mm).max(0.0) as usize;
        let mut low = guess.min(last);
        while low < last && self.centres[low + 1] <= x {
            low += 1;
        }
        while low > 0 && self.centres[low] > x {
            low -= 1;
        }
        let high = if x < self.centres[0] {
            0
        } else {
            (low + 1).min(last)
        };
        let step = self.centres[high] - self.centres[low];
        let t = if step > 0.0 {
            ((x - self.centres[low]) / step).clamp(0.0, 1.0)
        } else {
            0.0
        };
        let index = |position: usize| {
            if self.flipped {
                last - position
            } else {
                position
            }
        };
        Some((index(low), index(high), t))
    }
}

/// Where the voxels around a point of a grid are.
pub(super) struct Places {
    axes: [Axis; 3],
    /// Voxels from one row and from one frame to the next.
    strides: [usize; 2],
}

/// The eight voxels around a point: their places along each axis and the way from the first to the second.
pub(super) struct Stencil {
    i: [usize; 2],
    /// Where rows `j0, j1` of frame `k0`, then of `k1`, begin.
    rows: [[usize; 2]; 2],
    way: [f64; 3],
}

impl Places {
    pub(super) fn new(grid: &Grid) -> Self {
        let [_, nj, ni] = grid.shape();
        Self {
            axes: std::array::from_fn(|axis| Axis::new(grid, axis)),
            strides: [ni, nj * ni],
        }
    }

    /// Of a point in mm along the grid's own axes; nothing outside the outer edges of the voxels.
    pub(super) fn around(&self, [x, y, z]: Vector) -> Option<Stencil> {
        let (i0, i1, ti) = self.axes[0].place(x)?;
        let (j0, j1, tj) = self.axes[1].place(y)?;
        let (k0, k1, tk) = self.axes[2].place(z)?;
        let [row, frame] = self.strides;
        Some(Stencil {
            i: [i0, i1],
            rows: [k0, k1].map(|k| [j0, j1].map(|j| k * frame + j * row)),
            way: [ti, tj, tk],
        })
    }
}

impl Stencil {
    /// The trilinear mean of what the voxels hold.
    pub(super) fn mix(&self, value: impl Fn(usize) -> f64) -> f64 {
        let mix = |a: f64, b: f64, t: f64| a + t * (b - a);
        let ([i0, i1], [ti, tj, tk]) = (self.i, self.way);
        let row = |start: usize| mix(value(start + i0), value(start + i1), ti);
        let frame = |[a, b]: [usize; 2]| mix(row(a), row(b), tj);
        mix(frame(self.rows[0]), frame(self.rows[1]), tk)
    }
}

/// Reads values between voxels.
pub struct Sampler<'a> {
    grid: &'a Grid,
    values: &'a Values<'a>,
    places: Places,
}

impl<'a> Sampler<'a> {
    /// A sampler of the values of a grid; they are as many as its voxels.
    pub fn new(grid: &'a Grid, values: &'a Values<'a>) -> Self {
        Self {
            grid,
            values,
            places: Places::new(grid),
        }
    }

    /// The value at a point of the patient in mm, or nothing outside the outer edges of the voxels.
    pub fn at(&self, point_mm: Vector) -> Option<f64> {
        self.at_local(self.grid.local_mm(point_mm))
    }

    /// The value at a point given in mm along the grid's own axes.
    pub fn at_local(&self, place: Vector) -> Option<f64> {
        let stencil = self.places.around(place)?;
        Some(stencil.mix(|index| self.values.get(index)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn linear_inside_constant_at_the_rim_nothing_beyond() {
        let axes = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]];
        // Uneven frames: the guess is wrong and is mended.
        let uneven = vec![0.0, 1.0, 2.0, 10.0];
        let stack = Grid::with_frames([4, 1, 1], [2.0; 3], [0.0; 3], axes, uneven).unwrap();
        let numbers = Values::from(vec![0.0, 1.0, 2.0, 10.0]);
        let frames = Sampler::new(&stack, &numbers);
        for z in [0.0, 0.5, 1.0, 1.9, 2.0, 2.5, 9.99, 10.0] {
            assert!((frames.at([0.0, 0.0, z]).unwrap() - z).abs() < 1e-12, "{z}");
        }
        let grid = Grid::with_frames([2, 1, 3], [2.0; 3], [0.0; 3], axes, vec![0.0, -4.0]).unwrap();
        let values = Values::from(vec![0.0, 2.0, 4.0, 10.0, 12.0, 14.0]);
        let sampler = Sampler::new(&grid, &values);
        assert_eq!(sampler.at([1.0, 0.0, 0.0]), Some(1.0));
        assert_eq!(sampler.at([2.0, 0.5, -1.0]), Some(4.5));
        assert_eq!(sampler.at([4.9, 0.0, -5.9]), Some(14.0));
        assert_eq!(sampler.at([-1.0, 0.0, 2.0]), Some(0.0));
        assert_eq!(sampler.at([5.1, 0.0, 0.0]), None);
        assert_eq!(sampler.at([0.0, 0.0, 2.1]), None);
    }
}
