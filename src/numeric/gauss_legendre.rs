//! Gauss-Legendre quadrature on the unit interval.

/// Nodes and weights on `[0, 1]` that integrate polynomials of degree `2 n - 1` exactly; the weights
/// add to 1. Nodes are roots of the Legendre polynomial, found by Newton's method.
pub fn gauss_legendre(n: usize) -> Vec<(f64, f64)> {
    let degree = n as f64;
    (0..n)
        .map(|index| {
            let guess = libm::cos(std::f64::consts::PI * (index as f64 + 0.75) / (degree + 0.5));
            let mut x = guess;
            for _ in 0..20 {
                let (value, slope) = legendre(n, x);
                x -= value / slope;
            }
            let slope = legendre(n, x).1;
            (0.5 * (1.0 - x), 1.0 / ((1.0 - x * x) * slope * slope))
        })
        .collect()
}

/// Legendre polynomial and its derivative.
fn legendre(n: usize, x: f64) -> (f64, f64) {
    let (mut before, mut value) = (1.0, x);
    for order in 2..=n {
        let order = order as f64;
        (before, value) = (
            value,
            ((2.0 * order - 1.0) * x * value - (order - 1.0) * before) / order,
        );
    }
    (value, n as f64 * (x * value - before) / (x * x - 1.0))
}

/// A rule repeated on `panels` equal parts of `[0, 1]`.
pub fn composite_gauss_legendre(n: usize, panels: usize) -> Vec<(f64, f64)> {
    let rule = gauss_legendre(n);
    let width = 1.0 / panels as f64;
    (0..panels)
        .flat_map(|panel| {
            let start = panel as f64 * width;
            rule.iter()
                .map(move |(node, weight)| (start + node * width, weight * width))
                .collect::<Vec<_>>()
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn polynomials_are_integrated_exactly() {
        for n in 2..=12 {
            for power in 0..2 * n {
                let rule = composite_gauss_legendre(n, 3);
                let sum: f64 = rule.iter().map(|(x, w)| w * x.powi(power as i32)).sum();
                assert!(
                    (sum * (power as f64 + 1.0) - 1.0).abs() < 1e-13,
                    "{n} {power}"
                );
            }
        }
    }

    #[test]
    fn two_points_are_the_textbook_ones() {
        let mut rule = gauss_legendre(2);
        rule.sort_by(|a, b| a.0.total_cmp(&b.0));
        assert!((rule[0].0 - (0.5 - 0.5 / 3.0_f64.sqrt())).abs() < 1e-15);
        assert!((rule[0].1 - 0.5).abs() < 1e-15);
    }
}
