//! What is not known of the parameters, carried through to the result: seeded sampling and a tornado table.
//!
//! Every draw of every parameter has its own place in a counter-based generator, so that the numbers are the same for
//! any number of threads. Parameters are drawn independently: published sets seldom print their correlations, and where
//! TD50, m and n were fitted together the interval is wider than the joint one would be.

use crate::error::{NonPhysicalError, finite, positive};
use crate::numeric::{Philox, normal_cdf, normal_quantile};
use rayon::prelude::*;
use serde::Serialize;

/// What is known of a number above zero.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(tag = "distribution", rename_all = "snake_case")]
pub enum Uncertain {
    /// Anything between two ends.
    Uniform {
        /// The lower end.
        low: f64,
        /// The upper end.
        high: f64,
    },
    /// Between two ends, most likely at a value.
    Triangular {
        /// The lower end.
        low: f64,
        /// The most likely value.
        mode: f64,
        /// The upper end.
        high: f64,
    },
    /// A value with its confidence interval: two halves of normal distributions that meet at the value, cut off at zero.
    Interval {
        /// The estimate.
        value: f64,
        /// Lower limit.
        low: f64,
        /// Upper limit.
        high: f64,
        /// Probability of the interval, such as 0.95.
        level: f64,
    },
}

impl Uncertain {
    /// The same after a look at its numbers.
    ///
    /// # Errors
    /// Ends that are not above zero or not in order, a level that is not between zero and one.
    pub fn checked(self) -> Result<Self, NonPhysicalError> {
        let (low, middle, high) = match self {
            Self::Uniform { low, high } => (low, low, high),
            Self::Triangular { low, mode, high } => (low, mode, high),
            Self::Interval {
                value,
                low,
                high,
                level,
            } => {
                if !(level > 0.0 && level < 1.0) {
                    return Err(NonPhysicalError {
                        quantity: "the level of a confidence interval",
                        value: level,
                        allowed: "between 0 and 1, such as 0.95",
                    });
                }
                (low, value, high)
            }
        };
        positive("the most likely value of a parameter", middle)?;
        // A confidence limit may lie below zero; what is drawn does not.
        if !matches!(self, Self::Interval { .. }) {
            positive("the lower end of a parameter", low)?;
        }
        finite("the lower end of a parameter", low)?;
        finite("the upper end of a parameter", high)?;
        if low <= middle && middle <= high && low < high {
            return Ok(self);
        }
        Err(NonPhysicalError {
            quantity: "the upper end of a parameter",
            value: high,
            allowed: "above the lower end, with the value between them",
        })
    }

    /// The value below which a share of the draws lies.
    pub fn quantile(&self, p: f64) -> f64 {
        match *self {
            Self::Uniform { low, high } => low + p * (high - low),
            Self::Triangular { low, mode, high } => {
                let (width, rise) = (high - low, mode - low);
                if p * width < rise {
                    low + (p * width * rise).sqrt()
                } else {
                    high - ((1.0 - p) * width * (high - mode)).sqrt()
                }
            }
            Self::Interval {
                value,
                low,
                high,
                level,
            } => {
                let z = normal_quantile(0.5 + 0.5 * level);
                let (below, above) = ((value - low) / z, (high - value) / z);
                // What lies below zero is left out.
                let cut = if below > 0.0 {
                    normal_cdf(-value / below)
                } else {
                    0.0
                };
                let t = normal_quantile(cut + p * (1.0 - cut));
                let drawn = value + t * if t < 0.0 { below } else { above };
                drawn.max(f64::MIN_POSITIVE)
            }
        }
    }
}

/// How often and from where to draw.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Sampling {
    /// Number of draws.
    pub samples: u32,
    /// Seed: the same gives the same numbers.
    pub seed: u64,
}

/// The results of all draws, in the order of the draws.
///
/// # Errors
/// Whatever the function raises.
pub fn propagate<E: Send>(
    parameters: &[Uncertain],
    sampling: Sampling,
    f: impl Fn(&[f64]) -> Result<f64, E> + Sync,
) -> Result<Vec<f64>, E> {
    let generator = Philox::new(sampling.seed);
    (0..sampling.samples)
        .into_par_iter()
        .with_min_len(16)
        .map(|draw| f(&drawn(generator, parameters, draw)))
        .collect()
}

/// The values of all parameters in each draw, as [`propagate`] takes them.
pub fn draws(parameters: &[Uncertain], sampling: Sampling) -> Vec<Vec<f64>> {
    let generator = Philox::new(sampling.seed);
    (0..sampling.samples)
        .map(|draw| drawn(generator, parameters, draw))
        .collect()
}

fn drawn(generator: Philox, parameters: &[Uncertain], draw: u32) -> Vec<f64> {
    let value = |(item, parameter): (usize, &Uncertain)| {
        parameter.quantile(generator.unit(u64::from(draw), item as u32))
    };
    parameters.iter().enumerate().map(value).collect()
}

/// Where a result lies.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Interval {
    /// Share of the draws between the ends.
    pub level: f64,
    /// The lower end.
    pub lower: f64,
    /// The middle of all draws.
    pub median: f64,
    /// The upper end.
    pub upper: f64,
    /// The mean of all draws.
    pub mean: f64,
    /// Standard deviation of the draws.
    pub sd: f64,
}

impl Interval {
    /// The central interval of draws; `None` without any.
    pub fn of(draws: &[f64], level: f64) -> Option<Self> {
        let mut sorted = draws.to_vec();
        sorted.sort_by(f64::total_cmp);
        let last = sorted.len().checked_sub(1)?;
        // Linear between order statistics.
        let quantile = |p: f64| {
            let place = p * last as f64;
            let (index, share) = (place.floor() as usize, place.fract());
            let next = sorted[(index + 1).min(last)];
            sorted[index] + share * (next - sorted[index])
        };
        let mean = sorted.iter().sum::<f64>() / sorted.len() as f64;
        let square = |draw: &f64| (draw - mean) * (draw - mean);
        let variance = sorted.iter().map(square).sum::<f64>() / last.max(1) as f64;
        Some(Self {
            level,
            lower: quantile(0.5 - 0.5 * level),
            median: quantile(0.5),
            upper: quantile(0.5 + 0.5 * level),
            mean,
            sd: variance.sqrt(),
        })
    }
}

/// What one parameter alone does to a result.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Bar {
    /// Name of the parameter.
    pub parameter: String,
    /// Its value at the lower end of the level.
    pub low: f64,
    /// Its value at the upper end.
    pub high: f64,
    /// The result with the lower value, all others as they are.
    pub at_low: f64,
    /// The result with the upper value.
    pub at_high: f64,
}

/// The tornado table: each parameter by itself from the lower to the upper end of a level, the widest first.
///
/// # Errors
/// Whatever the function raises.
pub fn tornado<E>(
    parameters: &[(String, Uncertain)],
    nominal: &[f64],
    level: f64,
    f: impl Fn(&[f64]) -> Result<f64, E>,
) -> Result<Vec<Bar>, E> {
    let mut bars = Vec::new();
    for (index, (name, parameter)) in parameters.iter().enumerate() {
        let ends = [0.5 - 0.5 * level, 0.5 + 0.5 * level].map(|p| parameter.quantile(p));
        let result = |value: f64| {
            let mut values = nominal.to_vec();
            values[index] = value;
            f(&values)
        };
        bars.push(Bar {
            parameter: name.clone(),
            low: ends[0],
            high: ends[1],
            at_low: result(ends[0])?,
            at_high: result(ends[1])?,
        });
    }
    let width = |bar: &Bar| (bar.at_high - bar.at_low).abs();
    bars.sort_by(|a, b| width(b).total_cmp(&width(a)));
    Ok(bars)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::convert::Infallible;

    #[test]
    fn quantiles_of_each_distribution() {
        let uniform = Uncertain::Uniform {
            low: 2.0,
            high: 4.0,
        };
        assert_eq!(uniform.quantile(0.25), 2.5);
        let triangular = Uncertain::Triangular {
            low: 1.0,
            mode: 2.0,
            high: 5.0,
        };
        // Area up to the mode: (mode - low) / (high - low) = 1/4.
        assert!((triangular.quantile(0.25) - 2.0).abs() < 1e-12);
        assert!((triangular.quantile(1.0) - 5.0).abs() < 1e-12);
        let interval = Uncertain::Interval {
            value: 40.8,
            low: 25.5,
            high: 70.0,
            level: 0.95,
        };
        assert!((interval.quantile(0.5) - 40.8).abs() < 1e-5);
        assert!((interval.quantile(0.025) - 25.5).abs() < 1e-4);
        assert!((interval.quantile(0.975) - 70.0).abs() < 1e-4);
        let wide = Uncertain::Interval {
            value: 1.0,
            low: -3.0,
            high: 5.0,
            level: 0.95,
        };
        assert!(wide.quantile(1e-9) > 0.0);
        for bad in [
            Uncertain::Uniform {
                low: 4.0,
                high: 2.0,
            },
            Uncertain::Uniform {
                low: 0.0,
                high: 2.0,
            },
            Uncertain::Interval {
                value: 3.0,
                low: 1.0,
                high: 2.0,
                level: 0.95,
            },
            Uncertain::Interval {
                value: 1.5,
                low: 1.0,
                high: 2.0,
                level: 95.0,
            },
        ] {
            assert!(bad.checked().is_err());
        }
    }

    #[test]
    fn draws_do_not_depend_on_threads() {
        let parameters = [
            Uncertain::Uniform {
                low: 1.0,
                high: 3.0,
            },
            Uncertain::Interval {
                value: 10.0,
                low: 8.0,
                high: 12.0,
                level: 0.95,
            },
        ];
        let sampling = Sampling {
            samples: 2000,
            seed: 11,
        };
        let run = |threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
            let product = |v: &[f64]| Ok::<_, Infallible>(v[0] * v[1]);
            pool.unwrap()
                .install(|| propagate(&parameters, sampling, product).unwrap())
        };
        let one = run(1);
        assert_eq!(one, run(2));
        assert_eq!(one, run(7));
        let taken: Vec<f64> = draws(&parameters, sampling)
            .iter()
            .map(|v| v[0] * v[1])
            .collect();
        assert_eq!(one, taken);
        // A product of independent numbers: mean 2 x 10, variance E[x^2]E[y^2] - 400.
        let found = Interval::of(&one, 0.95).unwrap();
        assert!((found.mean - 20.0).abs() < 0.4);
        let variance: f64 = (4.0 + 1.0 / 3.0) * (100.0 + (2.0 / 1.96_f64).powi(2)) - 400.0;
        assert!((found.sd / variance.sqrt() - 1.0).abs() < 0.05);
        assert!(found.lower < found.median && found.median < found.upper);
        assert_eq!(Interval::of(&[], 0.95), None);
    }

    #[test]
    fn the_widest_bar_comes_first() {
        let parameters = [
            (
                "a".to_owned(),
                Uncertain::Uniform {
                    low: 0.9,
                    high: 1.1,
                },
            ),
            (
                "b".to_owned(),
                Uncertain::Uniform {
                    low: 1.0,
                    high: 3.0,
                },
            ),
        ];
        let sum = |v: &[f64]| Ok::<_, Infallible>(v[0] + v[1]);
        let bars = tornado(&parameters, &[1.0, 2.0], 0.9, sum).unwrap();
        assert_eq!(bars[0].parameter, "b");
        assert!((bars[0].at_low - 2.1).abs() < 1e-12 && (bars[0].at_high - 3.9).abs() < 1e-12);
    }
}
