//! Coverage of the intervals of a fitted dose-response in 500 seeded departments (`make validate` runs it).
#![allow(clippy::unwrap_used)]

use hepadose::numeric::Random;
use hepadose::progress::Progress;
use hepadose::y90::fit::{Bound, FitSettings, Lesions, Logistic, ProfileInterval, fit_response};

const INTERCEPT: f64 = -3.75;
const SLOPE: f64 = 0.025;
const LESIONS: usize = 120;

fn holds(interval: &ProfileInterval, value: f64) -> bool {
    let above = match interval.lower {
        Bound::At(lower) => lower <= value,
        Bound::Open => true,
    };
    let below = match interval.upper {
        Bound::At(upper) => value <= upper,
        Bound::Open => true,
    };
    above && below
}

#[test]
#[ignore = "500 simulations; make validate runs it"]
fn intervals_cover_what_they_say() {
    const RUNS: usize = 500;
    let (mut intercept, mut slope, mut d50, mut youden, mut fitted) = (0, 0, 0, 0, 0);
    for run in 0..RUNS {
        let mut random = Random::stream(2026, run as u64);
        let dose: Vec<f64> = (0..LESIONS).map(|_| 300.0 * random.uniform()).collect();
        let responded: Vec<bool> = dose
            .iter()
            .map(|dose| random.uniform() < 1.0 / (1.0 + (-(INTERCEPT + SLOPE * dose)).exp()))
            .collect();
        let lesions = Lesions {
            dose_gy: &dose,
            responded: &responded,
            patient: None,
        };
        let settings = FitSettings {
            confidence: 0.95,
            specificity: 0.9,
            replicates: 400,
            seed: run as u64,
        };
        let found = fit_response(&lesions, &settings, &Progress::new()).unwrap();
        if let Logistic::Fitted(fit) = &found.logistic {
            fitted += 1;
            intercept += usize::from(holds(&fit.intercept_interval, INTERCEPT));
            slope += usize::from(holds(&fit.slope_interval_per_gy, SLOPE));
            d50 += usize::from(holds(&fit.d50_interval_gy, -INTERCEPT / SLOPE));
        }
        // Doses are uniform: sensitivity + specificity is largest where the probability is the share of responders,
        // a half here by symmetry, so at the dose of half response.
        let interval = found.bootstrap.youden_gy;
        let truth = -INTERCEPT / SLOPE;
        youden += usize::from(
            interval.lower <= truth && interval.upper.is_none_or(|upper| truth <= upper),
        );
    }
    assert_eq!(fitted, RUNS);
    let percent = |count: usize| 100.0 * count as f64 / RUNS as f64;
    println!(
        "coverage of 95 % intervals in {RUNS} simulations of {LESIONS} lesions: intercept {:.1} %, slope {:.1} %, D50 {:.1} %; Youden threshold {:.1} %",
        percent(intercept),
        percent(slope),
        percent(d50),
        percent(youden)
    );
    for count in [intercept, slope, d50] {
        assert!((92.0..=98.0).contains(&percent(count)), "{count}");
    }
}
