//! One case: the engine against the truth.

use super::exact;
use super::fields::Field;
use super::grids::{Dose, GridSpec};
use super::scan::{extremes, scan};
use super::stack::{Frame, Solid};
use hepadose::dvh::{Dvh, DvhSettings, dvh};
use hepadose::geometry::vector::Vector;
use hepadose::progress::Progress;
use hepadose::structure::Structure;
use std::time::Instant;

/// Doses nearer to each other than this share of the highest are one: in single precision, which stored doses have,
/// they are.
const SAME_DOSE: f64 = f32::EPSILON as f64;
/// Doses that are near each other.
const NEAR_DOSE: f64 = 2e-4;
/// Lines of a scan for tables, and for tests that must be quick.
pub(crate) const MANY_LINES: usize = 60_000;
pub(crate) const FEW_LINES: usize = 20_000;
/// Shares of the volume whose doses are compared as metrics.
const METRICS: [f64; 4] = [0.99, 0.95, 0.5, 0.02];

/// A structure and a dose to put under it.
pub(crate) struct Case {
    pub(crate) family: &'static str,
    pub(crate) name: String,
    pub(crate) structure: Structure,
    pub(crate) solid: Solid,
    pub(crate) grid: GridSpec,
    pub(crate) field: Field,
}

/// Errors of one case. Volumes in per cent of the structure's, doses in per cent of its highest dose.
#[derive(Debug, Clone)]
pub(crate) struct Outcome {
    pub(crate) family: &'static str,
    pub(crate) name: String,
    pub(crate) volume_cc: f64,
    pub(crate) curved: bool,
    pub(crate) volume: f64,
    pub(crate) covered: f64,
    /// Largest difference of the cumulative curves.
    pub(crate) curve: f64,
    /// The same where the dose may be off by 0.02 % of the highest: what remains is not a matter of bins.
    pub(crate) curve_near: f64,
    /// Dose at the largest difference in gray.
    pub(crate) curve_at: f64,
    pub(crate) mean: f64,
    pub(crate) min: f64,
    pub(crate) max: f64,
    /// D99%, D95%, D50%, D2%.
    pub(crate) metrics: [f64; 4],
    /// D0.03cc; NaN for smaller structures.
    pub(crate) near_max: f64,
    /// Error of the truth itself, as the difference of two scans; 0 for closed forms.
    pub(crate) referee: f64,
    pub(crate) engine_ms: f64,
    /// The errors that the engine estimated of itself, beside the true ones.
    pub(crate) claims: Vec<Claim>,
}

/// A true error beside the error that the engine estimated, both in per cent of volume or of the highest dose.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Claim {
    pub(crate) what: &'static str,
    pub(crate) error: f64,
    /// What the truth itself may be off by.
    pub(crate) slack: f64,
    pub(crate) estimate: f64,
}

impl Claim {
    /// Whether the truth lies within the estimated error.
    pub(crate) fn holds(&self) -> bool {
        self.error <= self.estimate + self.slack
    }
}

impl Case {
    pub(crate) fn title(&self) -> String {
        let grid = &self.grid;
        format!(
            "{}; grid {} {:?} mm; {}",
            self.name,
            grid.name,
            grid.spacing,
            self.field.name()
        )
    }

    pub(crate) fn dose(&self) -> Dose {
        self.grid.build(&self.solid, &self.field, 7)
    }

    /// Runs the engine and judges it by a scan of about `lines` lines where no closed form holds.
    pub(crate) fn run(&self, lines: usize) -> Outcome {
        let dose = self.dose();
        let start = Instant::now();
        let result = dvh(
            &dose.grid,
            &self.structure,
            &DvhSettings::default(),
            &Progress::new(),
        )
        .unwrap();
        let engine_ms = 1000.0 * start.elapsed().as_secs_f64();
        let mut outcome = self.judge(&dose, &result, lines);
        outcome.engine_ms = engine_ms;
        outcome
    }

    fn judge(&self, dose: &Dose, result: &Dvh, lines: usize) -> Outcome {
        let statistics = result.statistics().unwrap();
        let total = self.solid.volume();
        let covered_mm3 = 1000.0 * result.covered_cc();
        let near = (result.covered_cc() > 0.1)
            .then(|| result.curve().dose_of_hottest_gy(0.03))
            .flatten();
        let asked: Vec<f64> = METRICS
            .iter()
            .map(|share| {
                result
                    .curve()
                    .dose_of_hottest_gy(share * result.covered_cc())
                    .unwrap()
            })
            .collect();
        let levels = levels(result, &asked, near);
        let whole = self.grid.cut.is_none();
        let linear = if let Field::Linear(g) = self.field
            && whole
            && !self.grid.single_precision
        {
            Some(g)
        } else {
            None
        };
        let truth = self.truth(dose, &levels, linear, lines);
        let covered = if whole { total } else { truth.covered };
        let (mut curve, mut curve_near, mut curve_at) = (0.0, 0.0_f64, 0.0);
        let at_least = |dose: f64| 1000.0 * result.curve().volume_at_least_cc(dose);
        for (level, above) in levels.iter().zip(&truth.above) {
            // What remains when the dose may be off by a share of the highest.
            let beyond = |share: f64| {
                let off = share * truth.max;
                let missing = (above - at_least(level - off)).max(at_least(level + off) - above);
                // Not by `max`, which would take a NaN for nothing.
                if missing <= 0.0 {
                    0.0
                } else {
                    100.0 * missing / covered
                }
            };
            let error = beyond(SAME_DOSE);
            curve_near = curve_near.max(beyond(NEAR_DOSE));
            if error.is_nan() || error > curve {
                (curve, curve_at) = (error, *level);
            }
        }
        let claims = claims(result, &levels, &truth, covered);
        let dose_error = |a: f64, b: f64| 100.0 * (a - b).abs() / truth.max;
        let quantile = |volume: f64| quantile(&levels, &truth.above, volume);
        let metric =
            |index: usize| dose_error(asked[index], quantile(METRICS[index] * truth.covered));
        Outcome {
            family: self.family,
            name: self.title(),
            volume_cc: total / 1000.0,
            curved: linear.is_none(),
            volume: 100.0 * (1000.0 * result.volume_cc() / total - 1.0).abs(),
            covered: 100.0 * (covered_mm3 - covered).abs() / total,
            curve,
            curve_near,
            curve_at,
            mean: dose_error(statistics.mean_gy, truth.mean),
            min: dose_error(statistics.min_gy, truth.min),
            max: dose_error(statistics.max_gy, truth.max),
            metrics: [0, 1, 2, 3].map(metric),
            near_max: near.map_or(f64::NAN, |dose| dose_error(dose, quantile(30.0))),
            referee: truth.referee,
            engine_ms: 0.0,
            claims,
        }
    }

    fn truth(&self, dose: &Dose, levels: &[f64], linear: Option<Vector>, lines: usize) -> Truth {
        if let Some(g) = linear {
            let [min, max] = exact::range(&self.solid, dose.base, g);
            return Truth {
                covered: self.solid.volume(),
                above: levels
                    .iter()
                    .map(|level| exact::volume_above(&self.solid, dose.base, g, *level))
                    .collect(),
                mean: exact::mean(&self.solid, dose.base, g),
                min,
                max,
                referee: 0.0,
            };
        }
        // A rigid motion of both changes no truth and lets lines run along an axis of the grid where one lies in the planes.
        let solid = self.along_grid(dose);
        let fine = scan(&solid, &dose.sampler, levels, lines, None);
        let coarse = scan(&solid, &dose.sampler, levels, lines / 2, None);
        let referee = fine
            .above
            .iter()
            .zip(&coarse.above)
            .map(|(a, b)| 100.0 * (a - b).abs() / fine.covered)
            .fold(0.0, f64::max);
        let [low, high] = extremes(&self.solid, &dose.sampler, 0.5);
        Truth {
            covered: fine.covered,
            above: fine.above,
            mean: fine.mean,
            min: fine.min.min(low),
            max: fine.max.max(high),
            referee,
        }
    }

    /// The solid in axes of its plane that run along those of the grid, where the normal does.
    fn along_grid(&self, dose: &Dose) -> Solid {
        let frame = self.solid.frame;
        let [u, v, w] = frame.axes;
        let dot = hepadose::geometry::vector::dot;
        let axes = dose.sampler.axes;
        let Some(normal) = (0..3).find(|axis| dot(axes[*axis], w).abs() > 1.0 - 1e-12) else {
            return self.solid.clone();
        };
        let new_u = axes[usize::from(normal == 0)];
        let new_v = hepadose::geometry::vector::cross(w, new_u);
        let mut solid = self.solid.clone();
        solid.frame = Frame {
            axes: [new_u, new_v, w],
            ..frame
        };
        for point in solid
            .slabs
            .iter_mut()
            .flat_map(|slab| &mut slab.rings)
            .flat_map(|ring| &mut ring.points)
        {
            let p: Vector = std::array::from_fn(|c| point[0] * u[c] + point[1] * v[c]);
            *point = [dot(p, new_u), dot(p, new_v)];
        }
        solid
    }
}

struct Truth {
    covered: f64,
    above: Vec<f64>,
    mean: f64,
    min: f64,
    max: f64,
    referee: f64,
}

/// What the engine says of its errors, beside the truth: at twenty doses, and for the usual metrics.
fn claims(result: &Dvh, levels: &[f64], truth: &Truth, covered_mm3: f64) -> Vec<Claim> {
    let covered_cc = covered_mm3 / 1000.0;
    let result = result.covered();
    let per_dose = 100.0 / truth.max;
    let read = |text: &str| {
        let metric = result.metric(&text.parse().unwrap());
        (metric.value.unwrap(), metric.uncertainty.unwrap())
    };
    let mut claims = Vec::new();
    let every = levels.len() / 20;
    for (level, above) in levels.iter().zip(&truth.above).step_by(every) {
        let error = result.curve().volume_at_least_cc(*level) - above / 1000.0;
        claims.push(Claim {
            what: "V",
            error: 100.0 * error.abs() / covered_cc,
            slack: truth.referee,
            estimate: 100.0 * result.error().unwrap().volume_at_cc(*level) / covered_cc,
        });
    }
    for (text, share) in [("D99%", 0.99), ("D95%", 0.95), ("D50%", 0.5), ("D2%", 0.02)] {
        let (value, estimate) = read(text);
        let at = |share: f64| quantile(levels, &truth.above, share * truth.covered);
        let doubt = 0.01 * truth.referee;
        claims.push(Claim {
            what: "D",
            error: per_dose * (value - at(share)).abs(),
            slack: per_dose * 0.5 * (at(share - doubt) - at(share + doubt)).abs(),
            estimate: per_dose * estimate,
        });
    }
    for (what, text, wanted) in [
        ("Mean", "Mean", truth.mean),
        ("Min, Max", "Min", truth.min),
        ("Min, Max", "Max", truth.max),
    ] {
        let (value, estimate) = read(text);
        claims.push(Claim {
            what,
            error: per_dose * (value - wanted).abs(),
            slack: 0.01 * truth.referee,
            estimate: per_dose * estimate,
        });
    }
    claims
}

/// Doses at which the curves are compared: evenly over the range, at quantiles of the volume, and around each
/// metric so that its true value can be read off. Slightly beside the knots, as plateaus may lie on them.
fn levels(result: &Dvh, asked: &[f64], near: Option<f64>) -> Vec<f64> {
    let statistics = result.statistics().unwrap();
    let (min, max) = (statistics.min_gy, statistics.max_gy);
    let range = max - min;
    let mut levels: Vec<f64> = (0..200)
        .map(|i| min + range * (f64::from(i) + 0.5) / 200.0)
        .collect();
    let curve = result.curve();
    for i in 1..200 {
        let share = f64::from(i) / 200.0;
        if let Some(dose) = curve.dose_of_hottest_gy(share * result.covered_cc()) {
            levels.push(dose + 1e-7 * range);
        }
    }
    for dose in asked.iter().copied().chain(near) {
        for part in [
            -0.02, -0.005, -0.002, -0.001, -0.0003, 0.0001, 0.0003, 0.001, 0.002, 0.005, 0.02,
        ] {
            levels.push(dose + part * max);
        }
    }
    levels.retain(|level| *level > 0.0);
    levels.sort_by(f64::total_cmp);
    levels
}

/// The dose at which a falling curve passes a volume, by straight lines between levels.
fn quantile(levels: &[f64], above: &[f64], volume: f64) -> f64 {
    let after = above.partition_point(|v| *v >= volume);
    if after == 0 {
        return levels[0];
    }
    if after == levels.len() {
        return levels[after - 1];
    }
    let (a, b) = (above[after - 1], above[after]);
    levels[after - 1] + (levels[after] - levels[after - 1]) * (a - volume) / (a - b)
}
