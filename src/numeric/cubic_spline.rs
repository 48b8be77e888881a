//! Interpolating cubic splines on any knots, for many rows of values on the same knots.
//!
//! In the Hermite form (de Boor, A Practical Guide to Splines, chapter IV) the slopes `s` at the knots solve
//! `h_i s_(i-1) + 2 (h_(i-1) + h_i) s_i + h_(i-1) s_(i+1) = 3 (h_i d_(i-1) + h_(i-1) d_i)` with steps `h` and divided
//! differences `d`. The end slopes are those of the cubic through the first and last four values, so that every cubic
//! is reproduced.

/// Points of the polynomial that gives an end slope.
const END_POINTS: usize = 4;

/// A spline on fixed knots, read at fixed places. Beyond the outer knots the value is that of the outer knot.
#[derive(Debug, Clone)]
pub struct CubicSpline {
    steps: Vec<f64>,
    /// Weights of the first and of the last values in the end slopes.
    ends: [Vec<f64>; 2],
    /// Elimination of the tridiagonal system: factor of the next slope, and one over the pivot, by knot.
    upper: Vec<f64>,
    pivot: Vec<f64>,
    places: Vec<Place>,
}

/// Where a place lies: after which knot, and the weights of the rise to the next value and of both slopes.
#[derive(Debug, Clone, Copy)]
struct Place {
    knot: usize,
    weights: [f64; 3],
}

impl CubicSpline {
    /// Knots and places in mm or any other unit, both ascending or both descending; at least one knot.
    pub fn new(knots: &[f64], places: &[f64]) -> Self {
        let steps: Vec<f64> = knots.windows(2).map(|pair| pair[1] - pair[0]).collect();
        let count = knots.len();
        let first = &knots[..count.min(END_POINTS)];
        let last = &knots[count - count.min(END_POINTS)..];
        let ends = [
            end_slope(first, 0),
            end_slope(last, last.len().saturating_sub(1)),
        ];
        let (mut upper, mut pivot) = (vec![0.0; count], vec![1.0; count]);
        for knot in 1..count.saturating_sub(1) {
            let (before, after) = (steps[knot - 1], steps[knot]);
            pivot[knot] = 1.0 / (2.0 * (before + after) - after * upper[knot - 1]);
            upper[knot] = before * pivot[knot];
        }
        let places = places.iter().map(|x| place(knots, &steps, *x)).collect();
        Self {
            steps,
            ends,
            upper,
            pivot,
            places,
        }
    }

    /// Places that are read.
    pub fn len(&self) -> usize {
        self.places.len()
    }

    /// Whether nothing is read.
    pub fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    /// Values at the places from values at the knots. `slopes` is memory for reuse.
    pub fn read(&self, values: &[f64], slopes: &mut Vec<f64>) -> impl Iterator<Item = f64> {
        self.slopes(values, slopes);
        self.places.iter().map(|place| {
            let [share, sa, sb] = place.weights;
            let next = (place.knot + 1).min(values.len() - 1);
            let value = values[place.knot];
            value + share * (values[next] - value) + sa * slopes[place.knot] + sb * slopes[next]
        })
    }

    fn slopes(&self, values: &[f64], slopes: &mut Vec<f64>) {
        let count = values.len();
        slopes.clear();
        slopes.resize(count, 0.0);
        if count < 2 {
            return;
        }
        let weigh = |weights: &[f64], values: &[f64]| {
            // Differences, so that a constant has no slope at all.
            let rise = |(weight, value): (&f64, &f64)| weight * (value - values[0]);
            weights.iter().zip(values).map(rise).sum::<f64>()
        };
        slopes[0] = weigh(&self.ends[0], values);
        let last = weigh(&self.ends[1], &values[count - self.ends[1].len()..]);
        for knot in 1..count - 1 {
            let (before, after) = (self.steps[knot - 1], self.steps[knot]);
            let rise = |from: usize| (values[from + 1] - values[from]) / self.steps[from];
            let right = 3.0 * (after * rise(knot - 1) + before * rise(knot));
            slopes[knot] = (right - after * slopes[knot - 1]) * self.pivot[knot];
        }
        slopes[count - 1] = last;
        for knot in (1..count - 1).rev() {
            slopes[knot] -= self.upper[knot] * slopes[knot + 1];
        }
    }
}

/// Weights of the values at `points` in the slope of the polynomial through them at one of them.
fn end_slope(points: &[f64], at: usize) -> Vec<f64> {
    let product = |skip: &[usize], x: f64| {
        (0..points.len())
            .filter(|other| !skip.contains(other))
            .map(|other| x - points[other])
            .product::<f64>()
    };
    let x = points[at];
    (0..points.len())
        .map(|point| {
            let below = product(&[point], points[point]);
            let above: f64 = (0..points.len())
                .filter(|skipped| *skipped != point)
                .map(|skipped| product(&[point, skipped], x))
                .sum();
            above / below
        })
        .collect()
}

/// Hermite's basis at a place.
fn place(knots: &[f64], steps: &[f64], x: f64) -> Place {
    let descending = knots.len() > 1 && knots[1] < knots[0];
    let passed = knots.partition_point(|knot| if descending { *knot >= x } else { *knot <= x });
    if passed == 0 || passed == knots.len() {
        return Place {
            knot: passed.min(knots.len() - 1),
            weights: [0.0; 3],
        };
    }
    let knot = passed - 1;
    let step = steps[knot];
    let t = (x - knots[knot]) / step;
    let s = 1.0 - t;
    Place {
        knot,
        weights: [t * t * (3.0 - 2.0 * t), step * t * s * s, -step * t * t * s],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cubics_are_reproduced_on_uneven_knots_in_both_directions() {
        let cubic = |x: f64| 2.0 - x + 0.5 * x * x - 0.1 * x * x * x;
        let mut knots = vec![-1.0, 0.5, 1.0, 2.5, 3.0, 5.0];
        let mut places = vec![-1.0, -0.3, 0.6, 2.0, 2.9, 4.1, 5.0];
        for _ in 0..2 {
            let values: Vec<f64> = knots.iter().map(|x| cubic(*x)).collect();
            let spline = CubicSpline::new(&knots, &places);
            for (value, x) in spline.read(&values, &mut Vec::new()).zip(&places) {
                assert!((value - cubic(*x)).abs() < 1e-12, "{x}: {value}");
            }
            knots.reverse();
            places.reverse();
        }
    }

    #[test]
    fn few_knots_and_places_beyond_them() {
        let read = |knots: &[f64], values: &[f64], places: &[f64]| -> Vec<f64> {
            CubicSpline::new(knots, places)
                .read(values, &mut Vec::new())
                .collect()
        };
        assert_eq!(read(&[1.0], &[7.0], &[0.0, 1.0, 2.0]), [7.0; 3]);
        assert_eq!(
            read(&[0.0, 2.0], &[1.0, 5.0], &[-1.0, 0.5, 3.0]),
            [1.0, 2.0, 5.0]
        );
        // Three points: their parabola.
        let parabola = read(&[0.0, 1.0, 3.0], &[0.0, 1.0, 9.0], &[0.5, 2.0]);
        assert!((parabola[0] - 0.25).abs() < 1e-12 && (parabola[1] - 4.0).abs() < 1e-12);
    }

    #[test]
    fn the_error_falls_with_the_fourth_power_of_the_step() {
        let error = |count: usize| {
            let step = 6.0 / (count - 1) as f64;
            let knots: Vec<f64> = (0..count).map(|i| i as f64 * step - 3.0).collect();
            let places: Vec<f64> = (0..200).map(|i| f64::from(i) * 0.02 - 2.0).collect();
            let values: Vec<f64> = knots.iter().map(|x| (-x * x).exp()).collect();
            CubicSpline::new(&knots, &places)
                .read(&values, &mut Vec::new())
                .zip(&places)
                .map(|(value, x)| (value - (-x * x).exp()).abs())
                .fold(0.0, f64::max)
        };
        let ratio = error(25) / error(49);
        assert!(ratio > 12.0, "{ratio}");
    }
}
