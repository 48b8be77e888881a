//! A structure as weighted points: the same samples asked again and again, for what another place of it would change.
//!
//! A DVH of points is coarser than that of [`dvh`](super::dvh()); the difference of two of them, at two places or of two
//! ways to read the dose, is what the move changes, to which both contribute the same points.

use super::{Dvh, DvhError};
use crate::dose::{DoseGrid, Part};
use crate::geometry::Grid;
use crate::geometry::vector::{Vector, add_scaled, dot};
use crate::structure::{SolidPolicy, Structure};

/// How a dose is read at a point.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reading {
    /// Linear along each axis between voxel centres.
    Trilinear,
    /// That of the nearest voxel: one dose a voxel.
    Nearest,
}

/// Points in a structure, each with the volume around it.
#[derive(Debug, Clone)]
pub struct Cloud {
    name: String,
    points_mm: Vec<Vector>,
    volume_cc: Vec<f64>,
}

impl Cloud {
    /// About `count` points: centres of even cubes along the axes of `along`, weighted by the exact share of each that
    /// the structure covers, so that they add up to its volume.
    ///
    /// # Errors
    /// A structure that cannot be made.
    pub fn new(
        structure: &Structure,
        along: &Grid,
        policy: SolidPolicy,
        count: usize,
    ) -> Result<Self, DvhError> {
        let solid = structure.solid(policy)?;
        let mut cloud = Self {
            name: structure.name.clone(),
            points_mm: Vec::new(),
            volume_cc: Vec::new(),
        };
        let volume_mm3 = 1000.0 * solid.volume_cc();
        if volume_mm3 <= 0.0 {
            return Ok(cloud);
        }
        let side = (volume_mm3 / count.max(1) as f64).cbrt();
        let mut low = [f64::INFINITY; 3];
        let mut high = [f64::NEG_INFINITY; 3];
        for corner in solid.corners_mm() {
            for (axis, at) in along.local_mm(corner).into_iter().enumerate() {
                low[axis] = low[axis].min(at);
                high[axis] = high[axis].max(at);
            }
        }
        let cells = [0, 1, 2].map(|axis: usize| ((high[axis] - low[axis]) / side).ceil().max(1.0));
        let spacing = [0, 1, 2].map(|axis: usize| (high[axis] - low[axis]) / cells[axis]);
        let origin = (0..3).fold(along.origin_mm(), |at, axis| {
            add_scaled(at, low[axis] + 0.5 * spacing[axis], along.axes()[axis])
        });
        let [ni, nj, nk] = cells.map(|n| n as usize);
        let grid = Grid::new([nk, nj, ni], spacing, origin, along.axes())?;
        let fractions = structure.covered_fractions(&grid, policy)?;
        let cell_cc = spacing.iter().product::<f64>() / 1000.0;
        for (index, fraction) in fractions.into_iter().enumerate() {
            if fraction > 0.0 {
                let (k, j, i) = (index / (nj * ni), index / ni % nj, index % ni);
                cloud.points_mm.push(grid.voxel_centre_mm(k, j, i));
                cloud.volume_cc.push(fraction * cell_cc);
            }
        }
        Ok(cloud)
    }

    /// The DVH of the points moved by a shift in mm; `None` where one of them lies beyond the dose grid.
    pub fn dvh(&self, dose: &DoseGrid<'_>, shift_mm: Vector, reading: Reading) -> Option<Dvh> {
        let mut sum = vec![0.0; self.points_mm.len()];
        for part in dose.parts() {
            let sampler = Sampler::new(part)?;
            let shift = part.grid.axes().map(|axis| dot(shift_mm, axis));
            for (sum, point) in sum.iter_mut().zip(&self.points_mm) {
                let local = part.grid.local_mm(*point);
                let moved = [0, 1, 2].map(|axis: usize| local[axis] + shift[axis]);
                *sum += part.transform.value(sampler.value(moved, reading)?);
            }
        }
        let mut dvh = Dvh::from_samples(&self.name, &sum, &self.volume_cc, dose.kind()).ok()?;
        dvh.scope = dose.scope();
        Some(dvh)
    }
}

/// Reads one part of a dose at points along its grid's axes.
struct Sampler<'a> {
    part: &'a Part<'a>,
    axes: [Axis; 3],
}

impl<'a> Sampler<'a> {
    fn new(part: &'a Part<'a>) -> Option<Self> {
        let axis = |axis| Axis::new(&part.grid.centres_mm(axis), &part.grid.edges_mm(axis));
        Some(Self {
            part,
            axes: [axis(0)?, axis(1)?, axis(2)?],
        })
    }

    fn value(&self, local: Vector, reading: Reading) -> Option<f64> {
        let [nk, nj, ni] = self.part.grid.shape();
        let mut below = [0; 3];
        let mut share = [0.0; 3];
        for axis in 0..3 {
            (below[axis], share[axis]) = self.axes[axis].place(local[axis])?;
        }
        let last = [ni - 1, nj - 1, nk - 1];
        let at = |step: [usize; 3]| {
            let [i, j, k] = [0, 1, 2].map(|axis: usize| (below[axis] + step[axis]).min(last[axis]));
            self.part.values.get((k * nj + j) * ni + i)
        };
        if reading == Reading::Nearest {
            return Some(at(share.map(|share| usize::from(share >= 0.5))));
        }
        let [x, y, z] = share;
        let mix = |a: f64, b: f64, t: f64| a + t * (b - a);
        let line = |j, k| mix(at([0, j, k]), at([1, j, k]), x);
        let plane = |k| mix(line(0, k), line(1, k), y);
        Some(mix(plane(0), plane(1), z))
    }
}

/// One axis of a grid: where its voxel centres and its two ends lie.
struct Axis {
    centres: Vec<f64>,
    ends: [f64; 2],
    descending: bool,
}

impl Axis {
    fn new(centres: &[f64], edges: &[f64]) -> Option<Self> {
        let (first, last) = (*edges.first()?, *edges.last()?);
        Some(Self {
            centres: centres.to_vec(),
            ends: [first.min(last), first.max(last)],
            descending: last < first,
        })
    }

    /// The voxel below a place and the share of the way to the next; `None` beyond the ends.
    fn place(&self, at: f64) -> Option<(usize, f64)> {
        if at < self.ends[0] || at > self.ends[1] {
            return None;
        }
        let passed = |centre: &f64| (*centre <= at) != self.descending || *centre == at;
        let next = self.centres.partition_point(passed);
        let Some(below) = next.checked_sub(1) else {
            return Some((0, 0.0));
        };
        let here = self.centres[below];
        let share = self
            .centres
            .get(next)
            .map_or(0.0, |there| (at - here) / (there - here));
        Some((below, share))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dvh::{DvhSettings, MetricSpec, dvh};
    use crate::progress::Progress;
    use approx::assert_relative_eq;

    const AXES: [[f64; 3]; 3] = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]];

    /// Dose in gray equal to 1 + x / 10 mm.
    fn ramp(offsets: Vec<f64>) -> DoseGrid<'static> {
        let n = offsets.len();
        let grid = Grid::with_frames([n, 21, 21], [5.0; 3], [0.0; 3], AXES, offsets).unwrap();
        let values: Vec<f64> = (0..grid.len())
            .map(|index| 1.0 + 0.5 * (index % 21) as f64)
            .collect();
        DoseGrid::physical(values, grid, Some(5)).unwrap()
    }

    fn cube() -> Structure {
        let planes: Vec<Vec<[f64; 3]>> = (0..6)
            .map(|plane| {
                let z = 20.0 + 5.0 * f64::from(plane);
                vec![
                    [20.0, 20.0, z],
                    [50.0, 20.0, z],
                    [50.0, 50.0, z],
                    [20.0, 50.0, z],
                ]
            })
            .collect();
        Structure::from_contours("cube", &planes, None).unwrap()
    }

    #[test]
    fn points_add_up_to_the_volume_and_move_with_the_structure() {
        let even: Vec<f64> = (0..21).map(|k| 5.0 * f64::from(k)).collect();
        let falling: Vec<f64> = even.iter().rev().copied().collect();
        let mut uneven = even.clone();
        uneven.remove(3);
        for offsets in [even, falling, uneven] {
            let dose = ramp(offsets);
            let cloud = Cloud::new(&cube(), dose.grid(), SolidPolicy::default(), 20_000).unwrap();
            let at = |shift| cloud.dvh(&dose, shift, Reading::Trilinear).unwrap();
            let here = at([0.0; 3]);
            assert_relative_eq!(here.volume_cc(), 27.0, max_relative = 1e-9);
            let mean = |dvh: &Dvh| dvh.statistics().unwrap().mean_gy;
            assert_relative_eq!(mean(&here), 4.5, max_relative = 1e-9);
            assert_relative_eq!(mean(&at([3.0, 0.0, 0.0])), 4.8, max_relative = 1e-9);
            assert_relative_eq!(mean(&at([0.0, 3.0, -3.0])), 4.5, max_relative = 1e-9);
            // Beyond the grid nothing is said.
            assert!(
                cloud
                    .dvh(&dose, [0.0, 60.0, 0.0], Reading::Trilinear)
                    .is_none()
            );
            // One dose a voxel: half of the box lies nearer to 2.0 + 0.5 n.
            let nearest = cloud.dvh(&dose, [0.0; 3], Reading::Nearest).unwrap();
            assert_relative_eq!(mean(&nearest), 4.5, max_relative = 2e-2);
            assert!(nearest.curve().dose_gy().len() <= 7);
        }
    }

    #[test]
    fn the_change_is_that_of_the_dvh() {
        let dose = ramp((0..21).map(|k| 5.0 * f64::from(k)).collect());
        let eqd2 = dose.eqd2(3.0).unwrap();
        let cloud = Cloud::new(&cube(), dose.grid(), SolidPolicy::default(), 30_000).unwrap();
        let shift = [2.0, 1.0, 0.0];
        for dose in [&dose, &eqd2] {
            let exact = |shift: f64| {
                let back = [-shift, -1.0, 0.0];
                let moved = dose.moved(back).unwrap();
                dvh(&moved, &cube(), &DvhSettings::default(), &Progress::new()).unwrap()
            };
            let (here, there) = (exact(0.0), exact(2.0));
            for metric in ["Mean[Gy]", "D5%[Gy]", "V4Gy[cc]", "CV4Gy[%]", "DC10cc[Gy]"] {
                let spec = MetricSpec::parse(metric).unwrap();
                let value = |dvh: &Dvh| dvh.metric(&spec).value.unwrap();
                let at = |shift| value(&cloud.dvh(dose, shift, Reading::Trilinear).unwrap());
                let change = at(shift) - at([0.0, 1.0, 0.0]);
                let exact = value(&there) - value(&here);
                assert!(
                    (change - exact).abs() < 0.02 * value(&here).max(1.0),
                    "{metric}: {change} is not {exact}"
                );
            }
        }
    }
}
