//! Student's t distribution.

/// Probability that a t variable with these degrees of freedom is at most `t`.
pub fn student_t_cdf(t: f64, degrees: f64) -> f64 {
    let tail = 0.5 * incomplete_beta(degrees / (degrees + t * t), degrees / 2.0, 0.5);
    if t > 0.0 { 1.0 - tail } else { tail }
}

/// The value that a t variable with these degrees of freedom exceeds with probability `1 - p`, for
/// `0 < p < 1`.
pub fn student_t_quantile(p: f64, degrees: f64) -> f64 {
    let (mut low, mut high) = (-1.0, 1.0);
    while student_t_cdf(low, degrees) > p && low > -1e12 {
        low *= 2.0;
    }
    while student_t_cdf(high, degrees) < p && high < 1e12 {
        high *= 2.0;
    }
    for _ in 0..200 {
        let middle = 0.5 * (low + high);
        if student_t_cdf(middle, degrees) < p {
            low = middle;
        } else {
            high = middle;
        }
    }
    0.5 * (low + high)
}

/// Stands in for a zero denominator.
const TINY: f64 = 1e-300;

/// Regularised incomplete beta function by its continued fraction (Lentz).
fn incomplete_beta(x: f64, a: f64, b: f64) -> f64 {
    if x <= 0.0 {
        return 0.0;
    }
    if x >= 1.0 {
        return 1.0;
    }
    if x > (a + 1.0) / (a + b + 2.0) {
        return 1.0 - incomplete_beta(1.0 - x, b, a);
    }
    let log = libm::lgamma(a + b) - libm::lgamma(a) - libm::lgamma(b)
        + a * libm::log(x)
        + b * libm::log1p(-x);
    let floor = |value: f64| if value.abs() < TINY { TINY } else { value };
    let mut c = 1.0;
    let mut d = 1.0 / floor(1.0 - (a + b) * x / (a + 1.0));
    let mut fraction = d;
    for m in 1..500 {
        let m = f64::from(m);
        let even = m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m));
        let odd = -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0));
        let mut change = 1.0;
        for term in [even, odd] {
            d = 1.0 / floor(1.0 + term * d);
            c = floor(1.0 + term / c);
            change = c * d;
            fraction *= change;
        }
        if (change - 1.0).abs() < 1e-16 {
            break;
        }
    }
    libm::exp(log) * fraction / a
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tabulated_values() {
        // Quantiles as printed in tables: 0.975 at 1, 5, 10, 30 and 1e6 degrees.
        for (degrees, t) in [
            (1.0, 12.706_205),
            (5.0, 2.570_582),
            (10.0, 2.228_139),
            (30.0, 2.042_272),
            (1e6, 1.959_966),
        ] {
            assert!(
                (student_t_quantile(0.975, degrees) - t).abs() < 2e-6,
                "{degrees}"
            );
            assert!((student_t_quantile(0.025, degrees) + t).abs() < 2e-6);
        }
        // One degree is Cauchy: 1/2 + atan(t) / pi.
        let t: f64 = 0.7;
        let cauchy = 0.5 + t.atan() / std::f64::consts::PI;
        assert!((student_t_cdf(t, 1.0) - cauchy).abs() < 1e-14);
        assert_eq!(student_t_cdf(0.0, 4.0), 0.5);
    }
}
