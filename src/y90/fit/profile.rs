//! Profile-likelihood intervals: the values that the data do not rule out, without a symmetric guess.

use super::logistic::Data;
use crate::numeric::normal_quantile;
use serde::Serialize;

/// One end of an interval.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(tag = "kind", content = "value", rename_all = "snake_case")]
pub enum Bound {
    /// A number.
    At(f64),
    /// The likelihood rules out no value on this side.
    Open,
}

/// An interval of values whose likelihood ratio is below the limit.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct ProfileInterval {
    /// Lower end.
    pub lower: Bound,
    /// Upper end.
    pub upper: Bound,
}

/// Intervals of intercept, slope in 1/Gy and dose of half response in Gy.
pub(super) fn profiles(
    data: &Data<'_>,
    (a, b): (f64, f64),
    [intercept_error, slope_error]: [f64; 2],
    best: f64,
    confidence: f64,
) -> [ProfileInterval; 3] {
    let z = normal_quantile(0.5 + confidence / 2.0);
    let drop = z * z / 2.0;
    let (m, s) = (data.mean, data.deviation);
    let (slope, intercept) = (b / s, a - b * m / s);
    // Fixed intercept b0: eta = b0 + b1 D, so a = b0 + b m / s on scaled doses: one free slope.
    let of_intercept = |b0: f64| maximise_line(data, b0, |z| m / s + z);
    // Fixed slope b1: eta = a + b1 s z: a free level.
    let of_slope = |b1: f64| maximise_level(data, b1 * s);
    // Fixed D50: eta = b (z - z50): a free slope through that point.
    let of_d50 = |d50: f64| maximise_line(data, 0.0, |z| z - (d50 - m) / s);
    let d50 = -intercept / slope;
    // A step for D50: delta method without the covariance, only to start the search.
    let d50_step = (intercept_error / slope).abs().max(0.1 * s).min(10.0 * s);
    [
        interval(of_intercept, intercept, intercept_error, best - drop),
        interval(of_slope, slope, slope_error, best - drop),
        interval(of_d50, d50, d50_step.min(s), best - drop),
    ]
}

fn interval(profile: impl Fn(f64) -> f64, centre: f64, step: f64, floor: f64) -> ProfileInterval {
    let end = |sign: f64| {
        let (mut inside, mut width) = (centre, step);
        // Forty doublings are 1e12 steps: beyond any dose.
        for _ in 0..40 {
            let outside = centre + sign * width;
            if profile(outside) < floor {
                return Bound::At(cross(&profile, inside, outside, floor));
            }
            inside = outside;
            width *= 2.0;
        }
        Bound::Open
    };
    ProfileInterval {
        lower: end(-1.0),
        upper: end(1.0),
    }
}

/// Bisection between a value that is allowed and one that is not.
fn cross(profile: &impl Fn(f64) -> f64, mut inside: f64, mut outside: f64, floor: f64) -> f64 {
    for _ in 0..100 {
        let middle = 0.5 * (inside + outside);
        if profile(middle) < floor {
            outside = middle;
        } else {
            inside = middle;
        }
        if (outside - inside).abs() <= 1e-13 * (inside.abs() + outside.abs()) {
            break;
        }
    }
    0.5 * (inside + outside)
}

/// Largest log-likelihood of `offset + b x(z)` over `b`.
fn maximise_line(data: &Data<'_>, offset: f64, x: impl Fn(f64) -> f64) -> f64 {
    let xs: Vec<f64> = data.z.iter().map(|z| x(*z)).collect();
    newton(|b| {
        let (mut value, mut gradient, mut information) = (0.0, 0.0, 0.0);
        for (x, responded) in xs.iter().zip(data.responded) {
            let (v, residual, weight) = term(offset + b * x, *responded);
            value += v;
            gradient += residual * x;
            information += weight * x * x;
        }
        (value, gradient, information)
    })
}

/// Largest log-likelihood of `a + slope z` over `a`.
fn maximise_level(data: &Data<'_>, slope: f64) -> f64 {
    newton(|a| {
        let (value, gradient, information) = data.likelihood(a, slope);
        (value, gradient[0], information[0])
    })
}

fn term(eta: f64, responded: bool) -> (f64, f64, f64) {
    let signed = if responded { eta } else { -eta };
    let value = if signed > 0.0 {
        -libm::log1p(libm::exp(-signed))
    } else {
        signed - libm::log1p(libm::exp(signed))
    };
    let p = 1.0 / (1.0 + libm::exp(-eta));
    (value, f64::from(u8::from(responded)) - p, p * (1.0 - p))
}

/// Largest value of a concave function of one number.
fn newton(f: impl Fn(f64) -> (f64, f64, f64)) -> f64 {
    let mut x = 0.0;
    let mut here = f(x);
    for _ in 0..200 {
        let (value, gradient, information) = here;
        if information <= 0.0 {
            break;
        }
        let full = gradient / information;
        let mut step = full;
        let mut next = f(x + step);
        while next.0 < value && step.abs() > 1e-14 * (1.0 + x.abs()) {
            step *= 0.5;
            next = f(x + step);
        }
        if next.0 < value {
            break;
        }
        x += step;
        here = next;
        if full.abs() <= 1e-12 * (1.0 + x.abs()) {
            break;
        }
    }
    here.0
}
