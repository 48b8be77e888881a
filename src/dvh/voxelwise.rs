//! DVHs of every region of a label map, voxel by voxel and all in one pass.
//!
//! Each labelled voxel counts whole, with the dose at its centre and nothing spread: the histogram by definition of
//! whoever counts voxels. It is not that of [`dvh`](super::dvh), where dose is spread over each cell: between the two
//! lies what the size of the voxels does.
//!
//! Bins are parts of octaves, `2^-13` of the lower end each, so that neither the highest dose nor its place needs to
//! be known before the pass; a derived dose of one parent is counted in the parent's bins, whose edges are then
//! converted, so that its grid is never made.

use super::curve::Curve;
use super::result::Statistics;
use super::tally::{OCTAVE, Tallies, Tally, edge};
use super::{Dvh, DvhError, DvhSettings};
use crate::dose::{DoseGrid, Part, Values};
use crate::geometry::{Grid, Sampler};
use crate::isoeffect::{Real, Transform};
use crate::progress::{Cancelled, Progress};
use rayon::prelude::*;
use std::collections::BTreeMap;
use std::ops::Range;

/// How far in mm two grids may be apart and still count as the same voxels.
const SAME_VOXELS_MM: f64 = 1e-3;
/// Labels looked at together.
const BLOCK: usize = 32;

/// A whole number that label maps come in; 0 is background.
pub trait Label: Copy + PartialEq + Send + Sync {
    /// The number of the region.
    fn number(self) -> u32;
}

impl Label for u8 {
    fn number(self) -> u32 {
        self.into()
    }
}

impl Label for u16 {
    fn number(self) -> u32 {
        self.into()
    }
}

impl Label for u32 {
    fn number(self) -> u32 {
        self
    }
}

/// Calls `each` with the number and the indices of every run of one label, but for background.
fn runs<L: Label>(labels: &[L], mut each: impl FnMut(u32, Range<usize>)) {
    let mut start = 0;
    while let Some(label) = labels.get(start).copied() {
        let mut end = start + 1;
        // Counted to the end of the block, which processors do many at a time.
        while labels
            .get(end..end + BLOCK)
            .is_some_and(|block| block.iter().filter(|one| **one == label).count() == BLOCK)
        {
            end += BLOCK;
        }
        while labels.get(end) == Some(&label) {
            end += 1;
        }
        if label.number() != 0 {
            each(label.number(), start..end);
        }
        start = end;
    }
}

/// Where the dose of a voxel of the label map comes from.
enum Source<'a> {
    /// One physical or stored grid on the very voxels: counted as it is, converted at the edges of the bins.
    Same(&'a Values<'a>, Transform),
    /// Anything else: each value is made by itself.
    Made {
        parts: Vec<(&'a Part<'a>, Option<Sampler<'a>>)>,
        grid: &'a Grid,
    },
}

impl<'a> Source<'a> {
    fn new(dose: &'a DoseGrid<'a>, grid: &'a Grid) -> Self {
        if let [only] = dose.parts()
            && only.grid.same_geometry(grid, SAME_VOXELS_MM)
            // The mean of a parabola follows from two moments; that of a bent map does not.
            && !only.transform.has_knee()
        {
            return Self::Same(&only.values, only.transform);
        }
        let sampled = |part: &'a Part<'a>| {
            let same = part.grid.same_geometry(grid, SAME_VOXELS_MM);
            (
                part,
                (!same).then(|| Sampler::new(&part.grid, &part.values)),
            )
        };
        Self::Made {
            parts: dose.parts().iter().map(sampled).collect(),
            grid,
        }
    }

    /// What is done to a counted dose.
    fn transform(&self) -> Transform {
        match self {
            Self::Same(_, transform) => *transform,
            Self::Made { .. } => Transform::IDENTITY,
        }
    }

    /// Counts the voxels of one frame.
    fn count<L: Label>(&self, frame: usize, labels: &[L], found: &mut Tallies) {
        fn same<S: Real, L: Label>(values: &[S], frame: usize, labels: &[L], found: &mut Tallies) {
            let values = &values[frame * labels.len()..(frame + 1) * labels.len()];
            runs(labels, |label, run| {
                let tally = found.of(label);
                tally.voxels += run.len();
                tally.take(frame, values[run].iter().map(|value| value.to_f64()));
            });
        }
        match self {
            Self::Same(Values::F32(values), _) => same(values, frame, labels, found),
            Self::Same(Values::F64(values), _) => same(values, frame, labels, found),
            Self::Made { parts, grid } => runs(labels, |label, run| {
                let tally = found.of(label);
                tally.voxels += run.len();
                let [_, _, ni] = grid.shape();
                let doses = run.filter_map(|index| {
                    let centre = grid.voxel_centre_mm(frame, index / ni, index % ni);
                    parts.iter().try_fold(0.0, |sum, (part, sampler)| {
                        let dose = match sampler {
                            Some(sampler) => sampler.at(centre)?,
                            None => part.values.get(frame * labels.len() + index),
                        };
                        Some(sum + part.transform.value(dose))
                    })
                });
                tally.take(frame, doses);
            }),
        }
    }
}

/// A region over frames of whatever thickness.
#[derive(Default)]
struct Region {
    volume_cc: f64,
    covered_cc: f64,
    /// Volume by bin.
    bins: Vec<f64>,
    /// Volume times dose and times its square.
    moments: [f64; 2],
    ends: Option<[f64; 2]>,
}

impl Region {
    fn add(&mut self, mut tally: Tally, voxel_cc: f64) {
        self.volume_cc += voxel_cc * tally.voxels as f64;
        self.covered_cc += voxel_cc * tally.covered as f64;
        self.bins.resize(self.bins.len().max(tally.bins.len()), 0.0);
        for (bin, voxels) in self.bins.iter_mut().zip(&tally.bins) {
            *bin += voxel_cc * f64::from(*voxels);
        }
        tally.sums.sort_by_key(|(frame, _)| *frame);
        for (moment, order) in self.moments.iter_mut().zip(0..) {
            let sum: f64 = tally.sums.iter().map(|(_, sums)| sums[order]).sum();
            *moment += voxel_cc * sum;
        }
        if tally.covered > 0 {
            let [low, high] = self.ends.unwrap_or([tally.low, tally.high]);
            self.ends = Some([low.min(tally.low), high.max(tally.high)]);
        }
    }

    fn finish(
        self,
        label: u32,
        dose: &DoseGrid<'_>,
        transform: Transform,
        settings: &DvhSettings,
    ) -> Dvh {
        let (mut curve, mut statistics) = (Curve::from_knots(&[]), None);
        if let Some(ends) = self.ends {
            curve = Curve::from_knots(&knots(&self.bins, ends, transform));
            let [linear, quadratic, ..] = transform.coefficients();
            let mean = (linear * self.moments[0] + quadratic * self.moments[1]) / self.covered_cc;
            let [min_gy, max_gy] = ends.map(|dose| transform.value(dose));
            statistics = Some(Statistics {
                mean_gy: mean.clamp(min_gy, max_gy),
                min_gy,
                max_gy,
            });
        }
        Dvh {
            name: label.to_string(),
            kind: dose.kind(),
            scope: dose.scope(),
            fractionation: dose.fractionation(),
            models: dose.models(),
            volume_cc: self.volume_cc,
            curve,
            error: None,
            statistics,
            prescription_gy: None,
            settings: DvhSettings {
                min_cells: 0,
                bins: OCTAVE,
                ..*settings
            },
            sampled: None,
        }
    }
}

/// Each bin spread evenly from edge to edge, the outermost from least to highest dose.
fn knots(bins: &[f64], [low, high]: [f64; 2], transform: Transform) -> Vec<(f64, f64, f64)> {
    let mut knots: Vec<(f64, f64, f64)> = Vec::new();
    let mut put = |dose: f64, at: f64, after: f64| match knots.last_mut() {
        Some(last) if last.0 >= dose => {
            last.1 += at;
            last.2 += after;
        }
        _ => knots.push((dose, at, after)),
    };
    for (bin, volume) in bins.iter().enumerate().filter(|(_, cc)| **cc > 0.0) {
        let from = transform.value(edge(bin).clamp(low, high));
        let to = transform.value(edge(bin + 1).clamp(low, high));
        if from < to {
            put(from, 0.0, *volume);
            put(to, 0.0, 0.0);
        } else {
            put(from, *volume, 0.0);
        }
    }
    knots
}

/// The DVHs of all regions of a label map on a grid of its own or the dose's, in ascending order of their numbers.
///
/// Each voxel counts whole, with the dose at its centre: that of the voxel where dose and labels lie on the same
/// voxels, else linear between those of the dose. Volumes, mean, least and highest dose are those of the voxels; doses
/// and volumes between are off by at most a bin, `2^-13` of the dose (or 2^-20 Gy below 2^-7 Gy). The names are the
/// numbers. In the settings of a result there are no cells, and the bins are those of an octave.
///
/// ```
/// use hepadose::{dose::DoseGrid, dvh, geometry::Grid, progress::Progress};
/// let axes = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]];
/// let grid = Grid::new([1, 1, 3], [10.0; 3], [0.0; 3], axes)?;
/// let dose = DoseGrid::physical(vec![60.0, 15.0, 3.0], grid.clone(), Some(3))?;
/// let bed = dose.bed(10.0)?;
/// let found = dvh::dvhs_of_labels(&bed, &grid, &[1_u8, 1, 2], &dvh::DvhSettings::default(), &Progress::new())?;
/// assert_eq!((found[0].name(), found[0].volume_cc()), ("1", 2.0));
/// assert_eq!(found[0].statistics().map(|dose| dose.mean_gy), Some((180.0 + 22.5) / 2.0));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// Another number of labels than voxels, `min_covered` outside 0 to 1, a cancelled calculation.
pub fn dvhs_of_labels<L: Label>(
    dose: &DoseGrid<'_>,
    grid: &Grid,
    labels: &[L],
    settings: &DvhSettings,
    progress: &Progress,
) -> Result<Vec<Dvh>, DvhError> {
    crate::error::fraction("min_covered", settings.min_covered)?;
    if labels.len() != grid.len() {
        return Err(DvhError::LabelCount {
            got: labels.len(),
            expected: grid.len(),
        });
    }
    let [frames, nj, ni] = grid.shape();
    let source = Source::new(dose, grid);
    progress.expect_units(frames as u64);
    let mut regions: BTreeMap<u32, Region> = BTreeMap::new();
    for (voxel_cc, frames) in frames_by_volume(grid) {
        let piece = frames.len() / (4 * rayon::current_num_threads()) + 1;
        let found = frames
            .par_iter()
            .with_min_len(piece)
            .try_fold(Tallies::default, |mut found, frame| {
                let labels = &labels[frame * nj * ni..(frame + 1) * nj * ni];
                source.count(*frame, labels, &mut found);
                progress.advance().map(|()| found)
            })
            .try_reduce(Tallies::default, |a, b| Ok::<_, Cancelled>(a.merge(b)))?;
        for (label, tally) in found.list {
            regions.entry(label).or_default().add(tally, voxel_cc);
        }
    }
    let transform = source.transform();
    Ok(regions
        .into_iter()
        .map(|(label, region)| region.finish(label, dose, transform, settings))
        .collect())
}

/// Frames whose voxels are equally large, to the rounding of their edges, in the order of their first.
fn frames_by_volume(grid: &Grid) -> Vec<(f64, Vec<usize>)> {
    let mut groups: Vec<(f64, Vec<usize>)> = Vec::new();
    for frame in 0..grid.shape()[0] {
        let voxel_cc = grid.voxel_volume_cc(frame);
        match groups
            .iter_mut()
            .find(|(cc, _)| (cc - voxel_cc).abs() <= 1e-9 * voxel_cc)
        {
            Some((_, frames)) => frames.push(frame),
            None => groups.push((voxel_cc, vec![frame])),
        }
    }
    groups
}

#[cfg(test)]
mod tests {
    use super::super::MetricSpec;
    use super::*;
    use std::sync::Arc;

    const AXES: [[f64; 3]; 3] = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]];

    fn found<L: Label>(dose: &DoseGrid<'_>, grid: &Grid, labels: &[L]) -> Vec<Dvh> {
        dvhs_of_labels(
            dose,
            grid,
            labels,
            &DvhSettings::default(),
            &Progress::new(),
        )
        .unwrap()
    }

    fn read(dvh: &Dvh, text: &str) -> f64 {
        dvh.metric(&MetricSpec::parse(text).unwrap()).value.unwrap()
    }

    /// Frames of two thicknesses, ten regions in stripes and specks, doses over many octaves with zeros.
    fn case() -> (Arc<Grid>, Vec<f32>, Vec<u16>) {
        let offsets = vec![0.0, 2.0, 4.0, 6.0, 8.0, 13.0];
        let grid = Grid::with_frames([6, 37, 41], [2.0, 3.0, 1.0], [0.0; 3], AXES, offsets);
        let grid = Arc::new(grid.unwrap());
        let dose = (0..grid.len()).map(|n| {
            let x = libm::sin(n as f64 * 0.37) * libm::cos(n as f64 * 0.011);
            if n % 97 == 0 {
                0.0
            } else {
                (60.0 * x * x) as f32
            }
        });
        let labels = (0..grid.len()).map(|n| match n % 401 {
            0 => 900,
            _ => (n / 53 % 10) as u16,
        });
        (Arc::clone(&grid), dose.collect(), labels.collect())
    }

    /// The same by the unbinned definition.
    fn twin(grid: &Grid, values: &[f64], labels: &[u16], label: u16) -> Dvh {
        let [_, nj, ni] = grid.shape();
        let (mut doses, mut volumes) = (Vec::new(), Vec::new());
        for (n, _) in labels.iter().enumerate().filter(|(_, one)| **one == label) {
            doses.push(values[n]);
            volumes.push(grid.voxel_volume_cc(n / (nj * ni)));
        }
        Dvh::from_samples("twin", &doses, &volumes, crate::dose::DoseKind::Physical).unwrap()
    }

    #[test]
    fn agrees_with_the_definition_for_physical_and_derived_dose() {
        let (grid, values, labels) = case();
        let dose = DoseGrid::physical(values, Arc::clone(&grid), Some(5)).unwrap();
        let eqd2 = dose.eqd2(2.5).unwrap();
        let course = eqd2.add(&eqd2).unwrap();
        for dose in [&dose, &eqd2, &course] {
            let voxels = dose.values_f64();
            let regions = found(dose, &grid, &labels);
            assert_eq!(regions.len(), 10);
            for (region, label) in regions.iter().zip([1, 2, 3, 4, 5, 6, 7, 8, 9, 900]) {
                let twin = twin(&grid, &voxels, &labels, label);
                assert_eq!(region.name(), label.to_string());
                assert!((region.volume_cc() / twin.volume_cc() - 1.0).abs() < 1e-12);
                let (ours, theirs) = (region.statistics().unwrap(), twin.statistics().unwrap());
                assert!((ours.mean_gy / theirs.mean_gy - 1.0).abs() < 1e-6);
                assert!((ours.max_gy / theirs.max_gy - 1.0).abs() < 1e-6);
                assert_eq!(ours.min_gy, theirs.min_gy);
                for text in ["D2%", "D50%", "D95%", "DC30%"] {
                    let (ours, theirs) = (read(region, text), read(&twin, text));
                    // A bin, which the square of the dose widens to twice, and the rounding of single precision.
                    assert!(
                        (ours - theirs).abs() <= theirs / 4000.0 + 1e-6,
                        "{text} {ours} {theirs}"
                    );
                }
                // Voxels within a bin of the threshold may fall on either side.
                let near = voxels.iter().zip(&labels).filter(|(dose, one)| {
                    **one == label && (**dose / 15.0 - 1.0).abs() < 1.0 / 4000.0
                });
                let slack = 0.012 * near.count() as f64 + 1e-9;
                assert!(
                    (read(region, "V15Gy[cc]") - read(&twin, "V15Gy[cc]")).abs() <= 5.0 * slack
                );
            }
        }
    }

    #[test]
    fn round_doses_are_counted_to_the_voxel() {
        let grid = Grid::new([1, 1, 5], [10.0; 3], [0.0; 3], AXES).unwrap();
        let dose = DoseGrid::physical(vec![0.0, 15.0, 15.0, 15.0, 50.0], grid.clone(), None);
        let regions = found(&dose.unwrap(), &grid, &[3_u8, 3, 3, 0, 3]);
        assert_eq!(regions.len(), 1);
        assert_eq!(read(&regions[0], "V15Gy[cc]"), 3.0);
        assert_eq!(read(&regions[0], "CV15Gy[cc]"), 1.0);
        assert_eq!(read(&regions[0], "Mean"), 20.0);
        let even = DoseGrid::physical(vec![7.3; 5], grid.clone(), None).unwrap();
        let even = &found(&even, &grid, &[1_u32; 5])[0];
        assert_eq!((read(even, "D98%"), read(even, "D2%")), (7.3, 7.3));
    }

    #[test]
    fn labels_of_another_grid_read_between_the_voxels_and_say_what_is_outside() {
        let coarse = Grid::new([1, 1, 3], [2.0; 3], [0.0; 3], AXES).unwrap();
        let dose = DoseGrid::physical(vec![0.0, 10.0, 20.0], coarse, None).unwrap();
        let fine = Grid::new([1, 1, 4], [1.0, 2.0, 2.0], [0.5, 0.0, 0.0], AXES).unwrap();
        let regions = found(&dose, &fine, &[1_u8, 1, 2, 0]);
        assert_eq!(read(&regions[0], "Mean"), 5.0);
        assert_eq!(regions[1].statistics().unwrap().mean_gy, 12.5);
        let beyond = Grid::new([1, 1, 2], [2.0; 3], [4.0, 0.0, 0.0], AXES).unwrap();
        let half = &found(&dose, &beyond, &[1_u8, 1])[0];
        assert_eq!((half.covered_fraction(), half.covered_cc()), (0.5, 0.008));
    }

    #[test]
    fn one_thread_and_seven_give_the_same_bits() {
        let (grid, values, labels) = case();
        let dose = DoseGrid::physical(values, Arc::clone(&grid), Some(5)).unwrap();
        let run = |threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
            pool.unwrap()
                .install(|| found(&dose.bed(10.0).unwrap(), &grid, &labels))
        };
        let one = run(1);
        assert_eq!(one, run(2));
        assert_eq!(one, run(7));
    }

    #[test]
    fn what_does_not_fit_and_what_is_stopped() {
        let grid = Grid::new([1, 1, 2], [1.0; 3], [0.0; 3], AXES).unwrap();
        let dose = DoseGrid::physical(vec![1.0, 2.0], grid.clone(), None).unwrap();
        let settings = DvhSettings::default();
        let run = |labels: &[u8], progress: &Progress| {
            dvhs_of_labels(&dose, &grid, labels, &settings, progress)
        };
        let expected = DvhError::LabelCount {
            got: 1,
            expected: 2,
        };
        assert_eq!(run(&[1], &Progress::new()).unwrap_err(), expected);
        assert_eq!(run(&[0, 0], &Progress::new()).unwrap(), []);
        let progress = Progress::new();
        progress.cancel();
        assert!(matches!(
            run(&[1, 1], &progress),
            Err(DvhError::Cancelled(_))
        ));
    }
}
