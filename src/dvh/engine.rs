//! The calculation of one DVH: structure and dose to histogram.

use super::histogram::{Deposit, Histogram};
use super::layer::Worker;
use super::plan::DvhPlan;
use super::result::Statistics;
use super::windows::{self, WindowCounts};
use super::{COVERED_ROUNDING, Curve, Dvh, DvhError, DvhSettings, segments};
use crate::dose::DoseGrid;
use crate::progress::{Cancelled, Progress};
use crate::structure::Structure;
use rayon::prelude::*;

/// How often heavy bins are looked at again.
const LOOKS: usize = 6;
/// Bins need not be finer than this share of the highest dose.
const FINEST: f64 = 1e-12;

pub(super) fn run(
    dose: &DoseGrid<'_>,
    structure: &Structure,
    settings: &DvhSettings,
    progress: &Progress,
) -> Result<Dvh, DvhError> {
    crate::error::fraction("min_covered", settings.min_covered)?;
    if let (Some(ours), Some(theirs)) = (&structure.frame_of_reference, dose.frame_of_reference())
        && ours != theirs
    {
        return Err(DvhError::FrameMismatch {
            structure: structure.name.clone(),
        });
    }
    // After a stop the structures that are still to come cost nothing.
    progress.check()?;
    let solid = structure.solid(settings.solid_policy())?;
    let mut dvh = Dvh {
        name: structure.name.clone(),
        kind: dose.kind(),
        scope: dose.scope(),
        fractionation: dose.fractionation(),
        models: dose.models(),
        volume_cc: solid.volume_cc(),
        curve: Curve::from_knots(&[]),
        statistics: None,
        prescription_gy: None,
        settings: *settings,
    };
    if let Some(plan) = DvhPlan::new(dose, solid, settings) {
        fill(&mut dvh, &plan, progress)?;
    }
    Ok(dvh)
}

fn fill(dvh: &mut Dvh, plan: &DvhPlan<'_>, progress: &Progress) -> Result<(), Cancelled> {
    let found = sample(plan, || Histogram::new(plan.scale), progress)?;
    let Some(contents) = found.contents() else {
        return Ok(());
    };
    let [min, max] = contents.ends;
    let mut segments = segments::of_bins(&contents);
    for _ in 0..LOOKS {
        let windows = windows::find(&segments, FINEST * max);
        if windows.is_empty() {
            break;
        }
        let found = sample(plan, || WindowCounts::new(&windows), progress)?;
        segments = segments::refine(&segments, &windows, found.contents());
    }
    let covered_cc = plan.units.mm3(contents.units) / 1000.0;
    let whole = (covered_cc - dvh.volume_cc).abs() <= COVERED_ROUNDING * dvh.volume_cc;
    let covered_cc = if whole {
        dvh.volume_cc
    } else {
        covered_cc.min(dvh.volume_cc)
    };
    dvh.curve = Curve::from_knots(&segments::knots(&segments, &contents, covered_cc));
    dvh.statistics = Some(Statistics {
        mean_gy: contents.mean.clamp(min, max),
        min_gy: min,
        max_gy: max,
    });
    Ok(())
}

/// Samples all layers of a plan in parallel, each thread into what `empty` makes.
fn sample<D: Deposit>(
    plan: &DvhPlan<'_>,
    empty: impl Fn() -> D + Sync + Send,
    progress: &Progress,
) -> Result<D, Cancelled> {
    let layers = plan.lattice.w.cells();
    progress.expect_units(layers as u64);
    // Each run of layers fills a histogram of its own: enough runs to share the work out, not more.
    let run = layers / (4 * rayon::current_num_threads()) + 1;
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
