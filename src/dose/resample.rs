//! A stored dose on another grid, by trilinear interpolation, after a registration.

use super::{DoseError, DoseGrid, Part, Values};
use crate::geometry::vector::{Vector, sub};
use crate::geometry::{Grid, Registration, Sampler};
use crate::isoeffect::{Real, Transform};
use rayon::prelude::*;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// A dose on another grid.
#[derive(Debug, Clone)]
pub struct Resampled {
    /// The dose.
    pub dose: DoseGrid<'static>,
    /// Voxels of the new grid that the old one does not reach; they hold zero.
    pub uncovered: usize,
}

impl DoseGrid<'_> {
    /// The dose at the voxel centres of another grid, by trilinear interpolation.
    ///
    /// `to_own_frame` takes points of the new grid's frame of reference, which is named `frame`, to that of this dose.
    /// Where this dose does not reach, or the registration is not known, zero is written and counted: nothing is known
    /// of the dose there.
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
        let (values, uncovered) = if self.is_double() {
            let (values, uncovered) = sampled::<f64>(only, grid, to_own_frame);
            (Values::from(values), uncovered)
        } else {
            let (values, uncovered) = sampled::<f32>(only, grid, to_own_frame);
            (Values::from(values), uncovered)
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
        Ok(Resampled { dose, uncovered })
    }
}

fn sampled<T: Real + Default>(
    part: &Part<'_>,
    grid: &Grid,
    to_own_frame: &Registration<'_>,
) -> (Vec<T>, usize) {
    let sampler = Sampler::new(&part.grid, &part.values);
    let [_, nj, ni] = grid.shape();
    let uncovered = AtomicUsize::new(0);
    let mut values = vec![T::default(); grid.len()];
    let local = |point: Vector| part.grid.local_mm(point);
    values
        .par_chunks_mut(ni)
        .enumerate()
        .with_min_len(64)
        .for_each(|(row, out)| {
            let (k, j) = (row / nj, row % nj);
            let centre = |i| grid.voxel_centre_mm(k, j, i);
            let mut missed = 0;
            let mut put = |out: &mut T, place: Option<Vector>| match place
                .and_then(|place| sampler.at_local(place))
            {
                Some(value) => *out = T::from_f64(value),
                None => missed += 1,
            };
            match to_own_frame {
                Registration::Rigid(map) => {
                    // Along a row the point moves on a straight line: its first and last place say all others.
                    let first = local(map.apply(centre(0)));
                    let way = sub(local(map.apply(centre(ni - 1))), first);
                    let steps = (ni - 1).max(1) as f64;
                    for (i, out) in out.iter_mut().enumerate() {
                        let t = i as f64 / steps;
                        let place = std::array::from_fn(|axis| first[axis] + t * way[axis]);
                        put(out, Some(place));
                    }
                }
                Registration::Deformed(field) => {
                    for (i, out) in out.iter_mut().enumerate() {
                        put(out, field.apply(centre(i)).map(local));
                    }
                }
            }
            uncovered.fetch_add(missed, Ordering::Relaxed);
        });
    (values, uncovered.into_inner())
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
        assert_eq!(got.uncovered, 0);
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
        assert_eq!(got.uncovered, 4);
        let values = got.dose.values_f64();
        assert_eq!(values, [0.0, 0.0, 5.0, 5.0, 5.0, 5.0, 0.0, 0.0]);
        assert!(!got.dose.is_double());
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
        assert_eq!(got.uncovered, 0);
        for (index, value) in got.dose.values_f64().iter().enumerate() {
            let [x, y, z] = target.voxel_centre_mm(index / 81, index / 9 % 9, index % 9);
            let expected =
                20.0 + 0.1 * (x + stretch(x)) - 0.2 * (y - stretch(y)) + 0.05 * (z + 2.0);
            // Displacements are in single precision.
            assert!((value - expected).abs() < 1e-6);
        }
        let far = Arc::new(Grid::new([1, 1, 2], [60.0, 1.0, 1.0], [0.0; 3], AXES).unwrap());
        assert_eq!(dose.resampled(&far, &map, None).unwrap().uncovered, 1);
    }
}
