//! A stored dose on another grid, by trilinear interpolation, after a registration.

use super::{DoseError, DoseGrid, Part, Values};
use crate::geometry::vector::{Vector, sub};
use crate::geometry::{Grid, GridError, Registration, Sampler};
use crate::isoeffect::{Real, Transform};
use rayon::prelude::*;
use std::ops::Range;
use std::sync::Arc;

/// A dose on another grid.
#[derive(Debug, Clone)]
pub struct Resampled {
    /// The dose.
    pub dose: DoseGrid<'static>,
    /// Whether the old grid does not reach a voxel of the new one, which then holds zero.
    pub missed: Vec<bool>,
}

impl Resampled {
    /// How many voxels of the new grid the old one does not reach.
    pub fn uncovered(&self) -> usize {
        self.missed.iter().filter(|missed| **missed).count()
    }
}

/// A block of voxels (slices, rows, columns) of which none is missed, as large as face by face cutting leaves one; the
/// whole grid where nothing is missed. `None` where no such block is left.
///
/// A dose grid reaches as far as its voxels do and is a box, so that what is not known can be said by where it ends: a
/// structure that leaves the block is then covered in part, like one that leaves any dose grid.
pub fn covered_block(missed: &[bool], shape: [usize; 3]) -> Option<[Range<usize>; 3]> {
    let mut block = shape.map(|n| 0..n);
    loop {
        if block.iter().any(Range::is_empty) {
            return None;
        }
        let face = |axis: usize, at: usize| {
            let mut face = block.clone();
            face[axis] = at..at + 1;
            face
        };
        let share = |face: &[Range<usize>; 3]| {
            let voxels: usize = face.iter().map(Range::len).product();
            places(missed, shape, face).count() as f64 / voxels as f64
        };
        let ends = (0..3).flat_map(|axis| [(axis, false), (axis, true)]);
        let worst = ends
            .map(|(axis, is_last)| {
                let at = if is_last {
                    block[axis].end - 1
                } else {
                    block[axis].start
                };
                (share(&face(axis, at)), axis, is_last)
            })
            .max_by(|a, b| a.0.total_cmp(&b.0).then(b.1.cmp(&a.1)))?;
        if worst.0 > 0.0 {
            let (_, axis, is_last) = worst;
            if is_last {
                block[axis].end -= 1;
            } else {
                block[axis].start += 1;
            }
            continue;
        }
        // What is missed lies within: the largest piece beside all of it is kept.
        let mut holes: Option<[[usize; 2]; 3]> = None;
        for place in places(missed, shape, &block) {
            let ends = holes.get_or_insert(place.map(|at| [at, at]));
            for (ends, at) in ends.iter_mut().zip(place) {
                *ends = [ends[0].min(at), ends[1].max(at)];
            }
        }
        let Some(holes) = holes else {
            return Some(block);
        };
        let pieces = (0..3).flat_map(|axis| {
            let [first, last] = holes[axis];
            [
                (axis, block[axis].start..first),
                (axis, last + 1..block[axis].end),
            ]
        });
        let kept =
            |piece: &(usize, Range<usize>)| piece.1.len() as f64 / block[piece.0].len() as f64;
        let (axis, piece) = pieces.max_by(|a, b| kept(a).total_cmp(&kept(b)))?;
        block[axis] = piece;
    }
}

/// The places in a block that are missed.
fn places<'a>(
    missed: &'a [bool],
    [_, nj, ni]: [usize; 3],
    block: &[Range<usize>; 3],
) -> impl Iterator<Item = [usize; 3]> + 'a {
    let [k, j, i] = block.clone();
    let rows = k.flat_map(move |k| j.clone().map(move |j| (k, j)));
    rows.flat_map(move |(k, j)| {
        i.clone()
            .filter(move |i| missed[(k * nj + j) * ni + i])
            .map(move |i| [k, j, i])
    })
}

impl DoseGrid<'_> {
    /// The dose at the voxel centres of another grid, by trilinear interpolation.
    ///
    /// `to_own_frame` takes points of the new grid's frame of reference, which is named `frame`, to that of this dose.
    /// Where this dose does not reach, or the registration is not known, zero is written and the voxel is marked as
    /// missed: nothing is known of the dose there.
    ///
    /// # Errors
    /// A derived dose: interpolate the physical dose and derive from that.
    pub fn resampled(
        &self,
        grid: &Arc<Grid>,
        to_own_frame: &Registration<'_>,
        frame: Option<String>,
    ) -> Result<Resampled, DoseError> {
        let [only] = self.parts() else {
            return Err(DoseError::NotStored { kind: self.kind() });
        };
        if !only.transform.is_identity() {
            return Err(DoseError::NotStored { kind: self.kind() });
        }
        let (values, missed) = if self.is_double() {
            let (values, missed) = sampled::<f64>(only, grid, to_own_frame);
            (Values::from(values), missed)
        } else {
            let (values, missed) = sampled::<f32>(only, grid, to_own_frame);
            (Values::from(values), missed)
        };
        let part = Part {
            grid: Arc::clone(grid),
            values,
            transform: Transform::IDENTITY,
            model: None,
        };
        let dose = DoseGrid::from_checked_parts(
            Arc::clone(grid),
            vec![part],
            self.kind(),
            self.fractionation(),
            self.scope(),
            frame,
        );
        Ok(Resampled { dose, missed })
    }

    /// The same dose on a block of its voxels (slices, rows, columns).
    ///
    /// # Errors
    /// A block without voxels of this grid.
    pub fn block(&self, block: &[Range<usize>; 3]) -> Result<DoseGrid<'static>, GridError> {
        fn cut<T: Copy>(values: &[T], shape: [usize; 3], [k, j, i]: &[Range<usize>; 3]) -> Vec<T> {
            let [nk, nj, ni] = shape;
            let (k, j) = (k.start..k.end.min(nk), j.start..j.end.min(nj));
            let row = |k: usize, j: usize| (k * nj + j) * ni;
            k.flat_map(|k| j.clone().map(move |j| (k, j)))
                .flat_map(|(k, j)| &values[row(k, j) + i.start..row(k, j) + i.end.min(ni)])
                .copied()
                .collect()
        }
        let shape = self.grid().shape();
        let grid = Arc::new(self.grid().block(block)?);
        let parts = self.parts().iter().map(|part| {
            Ok(Part {
                grid: Arc::new(part.grid.block(block)?),
                values: match &part.values {
                    Values::F32(values) => cut(values, shape, block).into(),
                    Values::F64(values) => cut(values, shape, block).into(),
                },
                transform: part.transform,
                model: part.model.clone(),
            })
        });
        Ok(DoseGrid::from_checked_parts(
            grid,
            parts.collect::<Result<_, GridError>>()?,
            self.kind(),
            self.fractionation(),
            self.scope(),
            self.frame_of_reference().map(str::to_owned),
        ))
    }
}

fn sampled<T: Real + Default>(
    part: &Part<'_>,
    grid: &Grid,
    to_own_frame: &Registration<'_>,
) -> (Vec<T>, Vec<bool>) {
    let sampler = Sampler::new(&part.grid, &part.values);
    let [_, nj, ni] = grid.shape();
    let mut missed = vec![false; grid.len()];
    let mut values = vec![T::default(); grid.len()];
    let local = |point: Vector| part.grid.local_mm(point);
    values
        .par_chunks_mut(ni)
        .zip(missed.par_chunks_mut(ni))
        .enumerate()
        .with_min_len(64)
        .for_each(|(row, (out, missed))| {
            let (k, j) = (row / nj, row % nj);
            let centre = |i| grid.voxel_centre_mm(k, j, i);
            let put = |(out, missed): (&mut T, &mut bool), place: Option<Vector>| match place
                .and_then(|place| sampler.at_local(place))
            {
                Some(value) => *out = T::from_f64(value),
                None => *missed = true,
            };
            let each = out.iter_mut().zip(missed).enumerate();
            match to_own_frame {
                Registration::Rigid(map) => {
                    // Along a row the point moves on a straight line: its first and last place say all others.
                    let first = local(map.apply(centre(0)));
                    let way = sub(local(map.apply(centre(ni - 1))), first);
                    let steps = (ni - 1).max(1) as f64;
                    for (i, out) in each {
                        let t = i as f64 / steps;
                        let place = std::array::from_fn(|axis| first[axis] + t * way[axis]);
                        put(out, Some(place));
                    }
                }
                Registration::Deformed(field) => {
                    for (i, out) in each {
                        put(out, field.apply(centre(i)).map(local));
                    }
                }
            }
        });
    (values, missed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geometry::{Displacement, Rigid};

    const AXES: [Vector; 3] = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]];

    fn linear(grid: &Grid) -> Vec<f64> {
        let [nk, nj, ni] = grid.shape();
        let each = (0..nk).flat_map(|k| (0..nj).flat_map(move |j| (0..ni).map(move |i| (k, j, i))));
        each.map(|(k, j, i)| {
            let [x, y, z] = grid.voxel_centre_mm(k, j, i);
            20.0 + 0.1 * x - 0.2 * y + 0.05 * z
        })
        .collect()
    }

    #[test]
    fn a_linear_dose_stays_linear_under_a_turn() {
        let grid = Arc::new(Grid::new([20, 20, 20], [3.0; 3], [-28.5; 3], AXES).unwrap());
        let dose = DoseGrid::physical(linear(&grid), Arc::clone(&grid), Some(3)).unwrap();
        let (s, c) = 0.2_f64.sin_cos();
        let turn = Rigid::from_matrix([
            [c, -s, 0.0, 4.0],
            [s, c, 0.0, -2.0],
            [0.0, 0.0, 1.0, 1.0],
            [0.0, 0.0, 0.0, 1.0],
        ])
        .unwrap();
        let fine = Arc::new(Grid::new([9, 8, 7], [2.0, 2.5, 3.0], [-8.0; 3], AXES).unwrap());
        let back = Registration::Rigid(turn.inverse());
        let got = dose.resampled(&fine, &back, Some("1.2.3".into())).unwrap();
        assert_eq!(got.uncovered(), 0);
        assert_eq!(got.dose.frame_of_reference(), Some("1.2.3"));
        let values = got.dose.values_f64();
        for (index, value) in values.iter().enumerate() {
            let point = fine.voxel_centre_mm(index / 56, index / 7 % 8, index % 7);
            let [x, y, z] = turn.inverse().apply(point);
            let expected = 20.0 + 0.1 * x - 0.2 * y + 0.05 * z;
            assert!((value - expected).abs() < 1e-10);
        }
        let bed = dose.bed(10.0).unwrap();
        assert!(matches!(
            bed.resampled(&fine, &back, None),
            Err(DoseError::NotStored { .. })
        ));
    }

    #[test]
    fn beyond_the_grid_is_counted() {
        let grid = Arc::new(Grid::new([1, 1, 4], [2.0; 3], [0.0; 3], AXES).unwrap());
        let dose = DoseGrid::physical(vec![5.0_f32; 4], Arc::clone(&grid), None).unwrap();
        let wide = Arc::new(Grid::new([1, 1, 8], [2.0; 3], [-4.0, 0.0, 0.0], AXES).unwrap());
        let same = Registration::Rigid(Rigid::IDENTITY);
        let got = dose.resampled(&wide, &same, None).unwrap();
        assert_eq!(got.uncovered(), 4);
        let values = got.dose.values_f64();
        assert_eq!(values, [0.0, 0.0, 5.0, 5.0, 5.0, 5.0, 0.0, 0.0]);
        assert!(!got.dose.is_double());
    }

    #[test]
    fn a_block_holds_nothing_that_is_missed() {
        let shape = [4, 5, 6];
        let mask = |is_missed: &dyn Fn(usize, usize, usize) -> bool| -> Vec<bool> {
            let at = |n: usize| is_missed(n / 30, n / 6 % 5, n % 6);
            (0..120).map(at).collect()
        };
        let block = |is_missed: &dyn Fn(usize, usize, usize) -> bool| {
            covered_block(&mask(is_missed), shape)
        };
        assert_eq!(block(&|_, _, _| false), Some([0..4, 0..5, 0..6]));
        assert_eq!(block(&|_, _, _| true), None);
        // A shift leaves exactly the common part.
        assert_eq!(block(&|k, _, i| k == 3 || i < 2), Some([0..3, 0..5, 2..6]));
        // A hole within: the largest piece beside it.
        assert_eq!(
            block(&|k, j, i| (k, j, i) == (1, 1, 4)),
            Some([0..4, 0..5, 0..4])
        );
        for corner in 0..8 {
            let far = move |k: usize, j: usize, i: usize| {
                let along = |x: usize, n: usize, bit: usize| {
                    if corner >> bit & 1 == 0 { x } else { n - 1 - x }
                };
                along(k, 4, 0) + along(j, 5, 1) + along(i, 6, 2) < 4
            };
            let [k, j, i] = block(&far).unwrap();
            assert!(k.len() * j.len() * i.len() >= 40);
            assert!(
                !k.clone()
                    .any(|k| j.clone().any(|j| i.clone().any(|i| far(k, j, i))))
            );
        }
    }

    #[test]
    fn a_block_of_a_dose_lies_where_it_lay() {
        let axes = [[0.0, 1.0, 0.0], [1.0, 0.0, 0.0], [0.0, 0.0, -1.0]];
        let frames = vec![5.0, 7.0, 10.0, 14.0];
        let grid = Grid::with_frames([4, 5, 6], [2.0, 3.0, 1.0], [1.0; 3], axes, frames);
        let grid = Arc::new(grid.unwrap());
        let values: Vec<f32> = (0..120_u8).map(f32::from).collect();
        let dose = DoseGrid::physical(values, Arc::clone(&grid), Some(3)).unwrap();
        let block = [1..3, 2..9, 3..5];
        let part = dose.block(&block).unwrap();
        assert_eq!(part.grid().shape(), [2, 3, 2]);
        assert_eq!(part.values_f64()[..3], [45.0, 46.0, 51.0]);
        for (k, j, i) in [(0, 0, 0), (1, 2, 1)] {
            let (there, here) = (
                grid.voxel_centre_mm(k + 1, j + 2, i + 3),
                part.grid().voxel_centre_mm(k, j, i),
            );
            assert!(there.iter().zip(here).all(|(a, b)| (a - b).abs() < 1e-12));
        }
        assert_eq!(part.fractionation(), dose.fractionation());
        assert!(dose.block(&[4..5, 0..1, 0..1]).is_err());
    }

    #[test]
    fn a_linear_field_moves_a_linear_dose_as_the_formula_says() {
        let grid = Arc::new(Grid::new([20, 20, 20], [3.0; 3], [-28.5; 3], AXES).unwrap());
        let dose = DoseGrid::physical(linear(&grid), Arc::clone(&grid), Some(3)).unwrap();
        let coarse = Grid::new([5, 5, 5], [10.0; 3], [-20.0; 3], AXES).unwrap();
        let stretch = |x: f64| 0.1 * x + 1.0;
        let vectors: Vec<f32> = (0..125)
            .flat_map(|v| {
                let [x, y, _] = coarse.voxel_centre_mm(v / 25, v / 5 % 5, v % 5);
                [stretch(x), -stretch(y), 2.0].map(|component| component as f32)
            })
            .collect();
        let field = Displacement::new(&coarse, &vectors, Rigid::IDENTITY, Rigid::IDENTITY);
        let map = Registration::Deformed(Box::new(field.unwrap()));
        let target = Arc::new(Grid::new([9, 9, 9], [4.0; 3], [-16.0; 3], AXES).unwrap());
        let got = dose.resampled(&target, &map, None).unwrap();
        assert_eq!(got.uncovered(), 0);
        for (index, value) in got.dose.values_f64().iter().enumerate() {
            let [x, y, z] = target.voxel_centre_mm(index / 81, index / 9 % 9, index % 9);
            let expected =
                20.0 + 0.1 * (x + stretch(x)) - 0.2 * (y - stretch(y)) + 0.05 * (z + 2.0);
            // Displacements are in single precision.
            assert!((value - expected).abs() < 1e-6);
        }
        let far = Arc::new(Grid::new([1, 1, 2], [60.0, 1.0, 1.0], [0.0; 3], AXES).unwrap());
        assert_eq!(dose.resampled(&far, &map, None).unwrap().uncovered(), 1);
    }
}
