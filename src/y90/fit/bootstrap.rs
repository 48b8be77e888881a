//! Bootstrap of thresholds and area: patients drawn with replacement, each with all its lesions.

use super::roc::{Auc, Roc};
use super::{FitError, FitSettings, Lesions};
use crate::numeric::Random;
use crate::progress::Progress;
use rayon::prelude::*;
use serde::Serialize;
use std::collections::BTreeMap;

/// A percentile interval.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct BootstrapInterval {
    /// Lower end.
    pub lower: f64,
    /// Upper end; absent where the replicates reach "nothing is positive".
    pub upper: Option<f64>,
}

/// What the replicates say.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct BootstrapResult {
    /// Replicates with both outcomes.
    pub used: usize,
    /// Replicates with one outcome only, left out.
    pub left_out: usize,
    /// Seed.
    pub seed: u64,
    /// Whether patients were drawn, not lesions.
    pub by_patient: bool,
    /// Of the Youden threshold in gray.
    pub youden_gy: BootstrapInterval,
    /// Of the threshold at the wanted specificity in gray.
    pub at_specificity_gy: BootstrapInterval,
    /// Of the area under the curve.
    pub auc: BootstrapInterval,
}

/// Replicates in one piece of work.
const PIECE: usize = 32;

pub(super) fn run(
    lesions: &Lesions<'_>,
    settings: &FitSettings,
    progress: &Progress,
) -> Result<BootstrapResult, FitError> {
    let clusters: Vec<Vec<usize>> = match lesions.patient {
        Some(patient) => {
            let mut all: BTreeMap<u64, Vec<usize>> = BTreeMap::new();
            for (index, patient) in patient.iter().enumerate() {
                all.entry(*patient).or_default().push(index);
            }
            all.into_values().collect()
        }
        None => (0..lesions.dose_gy.len())
            .map(|index| vec![index])
            .collect(),
    };
    let pieces = settings.replicates.div_ceil(PIECE);
    progress.expect_units(pieces as u64);
    let found: Vec<Vec<[f64; 3]>> = (0..pieces)
        .into_par_iter()
        .map(|piece| {
            let numbers = piece * PIECE..((piece + 1) * PIECE).min(settings.replicates);
            let one = |number| replicate(lesions, &clusters, settings, number as u64);
            let found = numbers.filter_map(one).collect();
            progress.advance()?;
            Ok(found)
        })
        .collect::<Result<_, FitError>>()?;
    let found: Vec<[f64; 3]> = found.into_iter().flatten().collect();
    let column = |which: usize| percentile(found.iter().map(|row| row[which]), settings.confidence);
    Ok(BootstrapResult {
        used: found.len(),
        left_out: settings.replicates - found.len(),
        seed: settings.seed,
        by_patient: lesions.patient.is_some(),
        youden_gy: column(0),
        at_specificity_gy: column(1),
        auc: column(2),
    })
}

/// Thresholds and area of one draw; nothing where it holds one outcome only. "Nothing is positive" is an
/// infinite threshold.
fn replicate(
    lesions: &Lesions<'_>,
    clusters: &[Vec<usize>],
    settings: &FitSettings,
    number: u64,
) -> Option<[f64; 3]> {
    let mut random = Random::stream(settings.seed, number);
    let (mut dose, mut responded) = (Vec::new(), Vec::new());
    for _ in 0..clusters.len() {
        for index in &clusters[random.below(clusters.len())] {
            dose.push(lesions.dose_gy[*index]);
            responded.push(lesions.responded[*index]);
        }
    }
    if responded.iter().all(|one| *one) || !responded.iter().any(|one| *one) {
        return None;
    }
    let roc = Roc::new(&dose, &responded);
    let youden = roc.youden().threshold_gy.unwrap_or(f64::INFINITY);
    let wanted = roc
        .at_specificity(settings.specificity)
        .threshold_gy
        .unwrap_or(f64::INFINITY);
    Some([
        youden,
        wanted,
        Auc::delong(&dose, &responded, settings.confidence).area,
    ])
}

fn percentile(values: impl Iterator<Item = f64>, confidence: f64) -> BootstrapInterval {
    let mut sorted: Vec<f64> = values.collect();
    sorted.sort_by(f64::total_cmp);
    let at = |p: f64| {
        let rank = (p * (sorted.len() as f64 + 1.0)).round() as usize;
        sorted.get(rank.clamp(1, sorted.len().max(1)) - 1).copied()
    };
    let tail = (1.0 - confidence) / 2.0;
    BootstrapInterval {
        lower: at(tail).unwrap_or(f64::NEG_INFINITY),
        upper: at(1.0 - tail).filter(|value| value.is_finite()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn same_bits_on_any_number_of_threads_and_patients_widen() {
        let dose: Vec<f64> = (0..60).map(|n| f64::from((n * 37) % 200)).collect();
        let responded: Vec<bool> = dose
            .iter()
            .enumerate()
            .map(|(n, dose)| *dose + f64::from((n * 53 % 90) as u8) > 150.0)
            .collect();
        let patient: Vec<u64> = (0..60).map(|n| n / 6).collect();
        let settings = FitSettings {
            confidence: 0.95,
            specificity: 0.9,
            replicates: 500,
            seed: 11,
        };
        let run_with = |threads, patient| {
            let lesions = Lesions {
                dose_gy: &dose,
                responded: &responded,
                patient,
            };
            let pool = rayon::ThreadPoolBuilder::new()
                .num_threads(threads)
                .build()
                .unwrap();
            pool.install(|| run(&lesions, &settings, &Progress::new()).unwrap())
        };
        let one = run_with(1, Some(&patient[..]));
        assert_eq!(one, run_with(2, Some(&patient[..])));
        assert_eq!(one, run_with(7, Some(&patient[..])));
        assert_eq!(one.used + one.left_out, 500);
        assert!(one.auc.lower < one.auc.upper.unwrap());
        assert!(one.by_patient && !run_with(1, None).by_patient);
    }
}
