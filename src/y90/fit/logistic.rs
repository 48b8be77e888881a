//! Logistic dose-response `p = 1 / (1 + exp(-(b0 + b1 D)))` by maximum likelihood.

use super::Lesions;
use super::profile::{ProfileInterval, profiles};
use serde::Serialize;

/// The curve, or why there is none.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Logistic {
    /// A curve with finite coefficients.
    Fitted(LogisticFit),
    /// Dose tells the outcomes apart without error: the likelihood has no maximum, the curve is a step.
    Separated(Separation),
}

/// Where the outcomes part.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Separation {
    /// Whether lesions of one and the same dose still have both outcomes (quasi-complete separation).
    pub quasi: bool,
    /// Whether response goes with higher dose.
    pub rising: bool,
    /// Highest dose of the lower group in gray.
    pub lower_gy: f64,
    /// Lowest dose of the upper group in gray.
    pub upper_gy: f64,
}

/// Coefficients with their intervals.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LogisticFit {
    /// Intercept.
    pub intercept: f64,
    /// Slope in 1/Gy.
    pub slope_per_gy: f64,
    /// Standard error of the intercept (Wald).
    pub intercept_standard_error: f64,
    /// Standard error of the slope in 1/Gy (Wald).
    pub slope_standard_error_per_gy: f64,
    /// Dose of half response in gray, `-b0 / b1`.
    pub d50_gy: f64,
    /// Logarithm of the likelihood.
    pub log_likelihood: f64,
    /// The same without dose.
    pub null_log_likelihood: f64,
    /// Profile-likelihood interval of the intercept.
    pub intercept_interval: ProfileInterval,
    /// Profile-likelihood interval of the slope in 1/Gy.
    pub slope_interval_per_gy: ProfileInterval,
    /// Profile-likelihood interval of the dose of half response in gray.
    pub d50_interval_gy: ProfileInterval,
}

/// Doses scaled to mean 0 and standard deviation 1, with outcomes.
pub(super) struct Data<'a> {
    pub(super) z: Vec<f64>,
    pub(super) responded: &'a [bool],
    pub(super) mean: f64,
    pub(super) deviation: f64,
}

impl<'a> Data<'a> {
    fn new(lesions: &Lesions<'a>) -> Self {
        let n = lesions.dose_gy.len() as f64;
        let mean = lesions.dose_gy.iter().sum::<f64>() / n;
        let square = lesions.dose_gy.iter().map(|dose| (dose - mean).powi(2));
        let deviation = (square.sum::<f64>() / n).sqrt();
        Self {
            z: lesions
                .dose_gy
                .iter()
                .map(|dose| (dose - mean) / deviation)
                .collect(),
            responded: lesions.responded,
            mean,
            deviation,
        }
    }

    /// Log-likelihood of `a + b z` with its gradient and information matrix (aa, ab, bb).
    pub(super) fn likelihood(&self, a: f64, b: f64) -> (f64, [f64; 2], [f64; 3]) {
        let (mut value, mut gradient, mut information) = (0.0, [0.0; 2], [0.0; 3]);
        for (z, responded) in self.z.iter().zip(self.responded) {
            let eta = a + b * z;
            let signed = if *responded { eta } else { -eta };
            // -log(1 + exp(-x)), without overflow.
            value -= if signed > 0.0 {
                libm::log1p(libm::exp(-signed))
            } else {
                libm::log1p(libm::exp(signed)) - signed
            };
            let p = 1.0 / (1.0 + libm::exp(-eta));
            let residual = f64::from(u8::from(*responded)) - p;
            let weight = p * (1.0 - p);
            gradient[0] += residual;
            gradient[1] += residual * z;
            information[0] += weight;
            information[1] += weight * z;
            information[2] += weight * z * z;
        }
        (value, gradient, information)
    }
}

/// Newton's method (iteratively reweighted least squares) with halved steps.
fn maximise(data: &Data<'_>) -> (f64, f64) {
    let (mut a, mut b) = (0.0, 0.0);
    let mut best = data.likelihood(a, b);
    for _ in 0..200 {
        let (value, g, [aa, ab, bb]) = best;
        let determinant = aa * bb - ab * ab;
        let (da, db) = (
            (bb * g[0] - ab * g[1]) / determinant,
            (aa * g[1] - ab * g[0]) / determinant,
        );
        let mut step = 1.0;
        loop {
            let next = data.likelihood(a + step * da, b + step * db);
            if next.0 >= value || step < 1e-6 {
                a += step * da;
                b += step * db;
                best = next;
                break;
            }
            step *= 0.5;
        }
        if da.abs() + db.abs() <= 1e-13 * (1.0 + a.abs() + b.abs()) {
            break;
        }
    }
    (a, b)
}

/// Whether one threshold parts the outcomes without error.
fn separation(lesions: &Lesions<'_>) -> Option<Separation> {
    let range = |wanted: bool| {
        lesions
            .dose_gy
            .iter()
            .zip(lesions.responded)
            .filter(|(_, responded)| **responded == wanted)
            .fold(
                (f64::INFINITY, f64::NEG_INFINITY),
                |(low, high), (dose, _)| (low.min(*dose), high.max(*dose)),
            )
    };
    let (yes, no) = (range(true), range(false));
    let (rising, lower_gy, upper_gy) = if no.1 <= yes.0 {
        (true, no.1, yes.0)
    } else if yes.1 <= no.0 {
        (false, yes.1, no.0)
    } else {
        return None;
    };
    Some(Separation {
        quasi: lower_gy == upper_gy,
        rising,
        lower_gy,
        upper_gy,
    })
}

pub(super) fn fit(lesions: &Lesions<'_>, confidence: f64) -> Logistic {
    if let Some(separation) = separation(lesions) {
        return Logistic::Separated(separation);
    }
    let data = Data::new(lesions);
    let (a, b) = maximise(&data);
    let (log_likelihood, _, [aa, ab, bb]) = data.likelihood(a, b);
    let determinant = aa * bb - ab * ab;
    let (var_a, var_ab, var_b) = (bb / determinant, -ab / determinant, aa / determinant);
    let (m, s) = (data.mean, data.deviation);
    let (slope, intercept) = (b / s, a - b * m / s);
    let var_intercept = var_a + (m / s).powi(2) * var_b - 2.0 * (m / s) * var_ab;
    let n = lesions.dose_gy.len() as f64;
    let yes = lesions.responded.iter().filter(|one| **one).count() as f64;
    let null_log_likelihood = yes * libm::log(yes / n) + (n - yes) * libm::log(1.0 - yes / n);
    let [intercept_interval, slope_interval_per_gy, d50_interval_gy] = profiles(
        &data,
        (a, b),
        [var_intercept.sqrt(), var_b.sqrt() / s],
        log_likelihood,
        confidence,
    );
    Logistic::Fitted(LogisticFit {
        intercept,
        slope_per_gy: slope,
        intercept_standard_error: var_intercept.sqrt(),
        slope_standard_error_per_gy: var_b.sqrt() / s,
        d50_gy: -intercept / slope,
        log_likelihood,
        null_log_likelihood,
        intercept_interval,
        slope_interval_per_gy,
        d50_interval_gy,
    })
}

impl LogisticFit {
    /// Probability of response at a dose in gray.
    pub fn probability(&self, dose_gy: f64) -> f64 {
        1.0 / (1.0 + libm::exp(-(self.intercept + self.slope_per_gy * dose_gy)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    pub(super) fn lesions<'a>(dose_gy: &'a [f64], responded: &'a [bool]) -> Lesions<'a> {
        Lesions {
            dose_gy,
            responded,
            patient: None,
        }
    }

    #[test]
    fn two_doses_have_a_closed_form() {
        // 1 of 4 at 50 Gy, 3 of 4 at 150 Gy: logits -ln 3 and ln 3, so D50 = 100 and b1 = ln 9 / 100.
        let dose = [50.0, 50.0, 50.0, 50.0, 150.0, 150.0, 150.0, 150.0];
        let responded = [true, false, false, false, true, true, true, false];
        let Logistic::Fitted(fit) = fit(&lesions(&dose, &responded), 0.95) else {
            panic!("separated");
        };
        assert!((fit.d50_gy - 100.0).abs() < 1e-9);
        assert!((fit.slope_per_gy - 9.0_f64.ln() / 100.0).abs() < 1e-12);
        let expected = 2.0 * (0.25_f64.ln() + 3.0 * 0.75_f64.ln());
        assert!((fit.log_likelihood - expected).abs() < 1e-12);
        assert!((fit.probability(100.0) - 0.5).abs() < 1e-9);
    }

    #[test]
    fn separation_is_a_result() {
        let found = |dose: &[f64], responded: &[bool]| fit(&lesions(dose, responded), 0.95);
        let step = found(&[50.0, 90.0, 110.0, 150.0], &[false, false, true, true]);
        let expected = Separation {
            quasi: false,
            rising: true,
            lower_gy: 90.0,
            upper_gy: 110.0,
        };
        assert_eq!(step, Logistic::Separated(expected));
        let falling = found(&[50.0, 90.0, 110.0], &[true, true, false]);
        assert!(matches!(
            falling,
            Logistic::Separated(Separation { rising: false, .. })
        ));
        let quasi = found(&[50.0, 100.0, 100.0, 150.0], &[false, false, true, true]);
        assert!(matches!(
            quasi,
            Logistic::Separated(Separation { quasi: true, .. })
        ));
    }
}
