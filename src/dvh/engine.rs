//! The calculation of one DVH: structure and dose to histogram.

use super::histogram::{Contents, Deposit, Histogram};
use super::layer::Worker;
use super::plan::DvhPlan;
use super::result::Statistics;
use super::segments::{Look, Segment, Shares};
use super::weights::Weights;
use super::windows::{self, Foreseen, Window, WindowCounts};
use super::{
    COVERED_ROUNDING, Curve, DoseInterpolation, Dvh, DvhError, DvhSettings, NumericalError, nodes,
    segments,
};
use crate::dose::DoseGrid;
use crate::geometry::vector::Vector;
use crate::progress::{Cancelled, Progress};
use crate::structure::{Solid, Structure};
use rayon::prelude::*;

/// How often heavy bins are looked at again.
const LOOKS: usize = 12;
/// How many times more cells are tried next where a tolerance is not met.
const FINER: usize = 8;
/// Cells that are worth a histogram of their own.
const LEAST_RUN: usize = 20_000;

pub(super) fn run(
    dose: &DoseGrid<'_>,
    structure: &Structure,
    weights: Option<&Weights<'_>>,
    settings: &DvhSettings,
    progress: &Progress,
) -> Result<Dvh, DvhError> {
    let solid = prepare(dose, structure, settings, progress)?;
    of_solid(dose, structure, &solid, weights, settings, progress)
}

/// The DVHs of a structure at many places, in parallel: moved by each shift in mm, undistorted and not turned.
pub(super) fn run_shifted(
    dose: &DoseGrid<'_>,
    structure: &Structure,
    shifts_mm: &[Vector],
    settings: &DvhSettings,
    progress: &Progress,
) -> Result<Vec<Dvh>, DvhError> {
    for length in shifts_mm.iter().flatten() {
        crate::error::finite("shift in mm", *length)?;
    }
    let solid = prepare(dose, structure, settings, progress)?;
    shifts_mm
        .par_iter()
        .map(|shift| {
            let moved = solid.shifted(*shift);
            of_solid(dose, structure, &moved, None, settings, progress)
        })
        .collect()
}

/// Checks what goes into a DVH and makes the solid.
pub(super) fn prepare(
    dose: &DoseGrid<'_>,
    structure: &Structure,
    settings: &DvhSettings,
    progress: &Progress,
) -> Result<Solid, DvhError> {
    crate::error::fraction("min_covered", settings.min_covered)?;
    if let Some(percent) = settings.tolerance_percent {
        crate::error::positive("tolerance in per cent of the volume", percent)?;
    }
    if let (Some(ours), Some(theirs)) = (&structure.frame_of_reference, dose.frame_of_reference())
        && ours != theirs
    {
        return Err(DvhError::FrameMismatch {
            structure: structure.name.clone(),
        });
    }
    // After a stop the structures that are still to come cost nothing.
    progress.check()?;
    Ok(structure.solid(settings.solid_policy())?)
}

pub(super) fn of_solid(
    dose: &DoseGrid<'_>,
    structure: &Structure,
    solid: &Solid,
    weights: Option<&Weights<'_>>,
    settings: &DvhSettings,
    progress: &Progress,
) -> Result<Dvh, DvhError> {
    let mut dvh = Dvh {
        name: structure.name.clone(),
        kind: dose.kind(),
        scope: dose.scope(),
        fractionation: dose.fractionation(),
        models: dose.models(),
        volume_cc: solid.volume_cc(),
        curve: Curve::from_knots(&[]),
        statistics: None,
        error: Some(NumericalError::none()),
        prescription_gy: None,
        settings: *settings,
        sampled: None,
    };
    let divided = divided(dose, solid, settings)?;
    let dose = divided.as_ref().unwrap_or(dose);
    while let Some(plan) = DvhPlan::new(dose, solid.clone(), weights, &dvh.settings) {
        fill(&mut dvh, &plan, progress)?;
        match finer(&dvh) {
            Some(min_cells) => dvh.settings.min_cells = min_cells,
            None => break,
        }
    }
    if weights.is_some() && dvh.statistics.is_none() && dvh.volume_cc > 0.0 {
        return Err(DvhError::Weights {
            reason: format!("the dose reaches nothing of '{}'", dvh.name),
        });
    }
    if let Some(bins) = settings.emulated_bins {
        dvh.curve = bins.checked()?.read(&dvh.curve);
    }
    Ok(dvh)
}

/// The dose on finer voxels around a solid, where that is asked for.
pub(super) fn divided(
    dose: &DoseGrid<'_>,
    solid: &Solid,
    settings: &DvhSettings,
) -> Result<Option<DoseGrid<'static>>, DvhError> {
    match settings.dose_interpolation {
        DoseInterpolation::Trilinear => Ok(None),
        DoseInterpolation::Tricubic => divide(dose, solid),
    }
}

/// The dose on finer voxels around a solid; `None` for a solid that is nowhere.
fn divide(dose: &DoseGrid<'_>, solid: &Solid) -> Result<Option<DoseGrid<'static>>, DvhError> {
    let grid = dose.grid();
    let mut range = [[f64::INFINITY, f64::NEG_INFINITY]; 3];
    for corner in solid.corners_mm() {
        for (ends, local) in range.iter_mut().zip(grid.local_mm(corner)) {
            *ends = [ends[0].min(local), ends[1].max(local)];
        }
    }
    if range.iter().any(|ends| ends[0] > ends[1]) {
        return Ok(None);
    }
    let [low, high] = [0, 1].map(|end: usize| range.map(|ends| ends[end]));
    Ok(Some(dose.divided(low, high)?))
}

/// How many cells to try next, while the tolerance is not met.
fn finer(dvh: &Dvh) -> Option<usize> {
    let allowed_cc = dvh.settings.tolerance_percent? / 100.0 * dvh.covered_cc();
    let cells = dvh.settings.min_cells;
    let enough = dvh.error.as_ref()?.worst_cc() <= allowed_cc || cells >= DvhSettings::MOST_CELLS;
    (!enough).then(|| (FINER * cells).min(DvhSettings::MOST_CELLS))
}

/// What a structure's dose comes to in the bins of a plan, and in finer ones where many cells share a bin. But for the
/// ends of the dose all of it are integers, so that parts add up in any order.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Seen {
    pub(super) contents: Contents,
    /// The low end first, then whatever was heavy.
    pub(super) looks: Vec<Look>,
}

/// Samples a plan until no bin is heavy; `None` without volume.
pub(super) fn look_at(
    plan: &DvhPlan<'_>,
    tolerance: Option<f64>,
    progress: &Progress,
) -> Result<Option<(Seen, Vec<Segment>)>, DvhError> {
    let (found, low_end) = first_look(plan, progress)?;
    let Some(mut contents) = found.contents() else {
        return Ok(None);
    };
    contents.ends = nodes::extremes(plan, contents.ends);
    let bins = segments::of_bins(&contents);
    let mut segments = segments::refine(&bins, &low_end, &segments::factors(&bins, &low_end));
    let mut looks = vec![low_end];
    for _ in 0..LOOKS {
        let windows = windows::find(&segments, tolerance);
        if windows.is_empty() {
            break;
        }
        let look = next_look(plan, windows, progress)?;
        let factors = segments::factors(&segments, &look);
        segments = segments::refine(&segments, &look, &factors);
        looks.push(look);
    }
    Ok(Some((Seen { contents, looks }, segments)))
}

/// The whole of a structure's dose, and the window over its low end.
pub(super) fn first_look(
    plan: &DvhPlan<'_>,
    progress: &Progress,
) -> Result<(Histogram, Look), Cancelled> {
    let windows = vec![windows::low_end(plan.scale)];
    let empty = || Foreseen {
        whole: Histogram::new(plan.scale),
        windows: WindowCounts::new(&windows),
    };
    let found = sample(plan, empty, progress)?;
    let contents = found.windows.contents().collect();
    Ok((found.whole, Look { windows, contents }))
}

/// What lies in windows.
pub(super) fn next_look(
    plan: &DvhPlan<'_>,
    windows: Vec<Window>,
    progress: &Progress,
) -> Result<Look, Cancelled> {
    let found = sample(plan, || WindowCounts::new(&windows), progress)?;
    let contents = found.contents().collect();
    Ok(Look { windows, contents })
}

fn fill(dvh: &mut Dvh, plan: &DvhPlan<'_>, progress: &Progress) -> Result<(), DvhError> {
    let tolerance = dvh.settings.tolerance_percent;
    let tolerance = tolerance.map(|percent| percent / 100.0);
    let Some((seen, segments)) = look_at(plan, tolerance, progress)? else {
        if let Some(weighing) = &plan.weighing {
            dvh.volume_cc = weighing.weighted_cc(plan, &dvh.name, 0)?;
        }
        return Ok(());
    };
    let contents = &seen.contents;
    let covered_cc = match &plan.weighing {
        None => plan.units.mm3(contents.units) / 1000.0,
        Some(weighing) => {
            dvh.volume_cc = weighing.weighted_cc(plan, &dvh.name, contents.units)?;
            dvh.volume_cc
        }
    };
    let covered_cc = covered(covered_cc, dvh.volume_cc);
    let shares = Shares::new(&segments, contents, covered_cc);
    let mut knots = segments::knots(&segments, &contents.plateaus, contents.ends, &shares);
    segments::settle(&mut knots, covered_cc);
    dvh.curve = Curve::from_knots(&knots);
    dvh.statistics = Some(statistics(contents));
    let blur = contents.blur.blur(
        plan.units.mm3(1) / 1000.0,
        plan.lattice.fine_cell_mm3() / 1000.0,
        plan.field.is_oblique(),
    );
    let [min, max] = contents.ends;
    dvh.error = Some(NumericalError::estimate(
        &blur,
        &segments,
        covered_cc,
        max - min,
    ));
    Ok(())
}

/// What was counted of a volume: all of it where rounding alone is missing, and never more.
pub(super) fn covered(counted_cc: f64, volume_cc: f64) -> f64 {
    let whole = (counted_cc - volume_cc).abs() <= COVERED_ROUNDING * volume_cc;
    if whole {
        volume_cc
    } else {
        counted_cc.min(volume_cc)
    }
}

/// Mean, least and highest dose.
pub(super) fn statistics(contents: &Contents) -> Statistics {
    let [min, max] = contents.ends;
    Statistics {
        mean_gy: contents.mean().clamp(min, max),
        min_gy: min,
        max_gy: max,
    }
}

/// Samples all layers in parallel, each thread into what `empty` makes.
fn sample<D: Deposit>(
    plan: &DvhPlan<'_>,
    empty: impl Fn() -> D + Sync + Send,
    progress: &Progress,
) -> Result<D, Cancelled> {
    let layers = plan.lattice.w.cells();
    progress.expect_units(layers as u64);
    // Each run of layers fills a histogram of its own: enough runs to share the work out, not more.
    let area = plan.lattice.u.cells() * plan.lattice.v.cells();
    let run = (layers / (4 * rayon::current_num_threads()) + 1).max(LEAST_RUN / area);
    (0..layers)
        .into_par_iter()
        .with_min_len(run)
        .try_fold(
            || Worker::new(plan, empty()),
            |mut worker, layer| {
                worker.layer(layer);
                progress.advance().map(|()| worker)
            },
        )
        .map(|worker| worker.map(|worker| worker.found))
        .try_reduce(&empty, |a, b| Ok(a.merge(b)))
}
