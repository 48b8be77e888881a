//! Functions of single doses over whole arrays: in parallel, in the vector instructions that the processor has, each
//! value looked at in the pass that converts it.
#![allow(
    clippy::inline_always,
    reason = "vector instructions reach only what is inlined"
)]

use super::transform::Real;
use crate::error::{NonPhysicalError, finite, non_negative};
use pulp::{Arch, Simd, WithSimd};
use rayon::prelude::*;

/// Values in one parallel piece: a megabyte or half of one, small against any cache that several threads share and
/// large against the cost of handing it out.
const CHUNK: usize = 1 << 17;
/// Values that are converted side by side.
const LANES: usize = 16;

/// What is known of values seen so far, lane by lane: comparisons and choices alone, which are vector instructions.
struct Seen {
    /// 0, or a value that is negative or NaN.
    bad: [f64; LANES],
    /// The largest.
    high: [f64; LANES],
}

impl Seen {
    const fn nothing() -> Self {
        Self {
            bad: [0.0; LANES],
            high: [0.0; LANES],
        }
    }

    #[inline(always)]
    fn see(&mut self, lane: usize, value: f64) {
        self.bad[lane] = if value >= 0.0 { self.bad[lane] } else { value };
        self.high[lane] = if value > self.high[lane] {
            value
        } else {
            self.high[lane]
        };
    }

    /// Whether all were finite and not negative.
    fn are_doses(&self) -> bool {
        self.bad.iter().all(|bad| *bad == 0.0) && self.high.iter().all(|high| high.is_finite())
    }
}

/// Whether all values are finite and not negative.
struct AreDoses<'a, T>(&'a [T]);

impl<T: Real> WithSimd for AreDoses<'_, T> {
    type Output = bool;

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) -> bool {
        let mut seen = Seen::nothing();
        let (many, rest) = self.0.as_chunks::<LANES>();
        for values in many {
            for (lane, value) in values.iter().enumerate() {
                seen.see(lane, value.to_f64());
            }
        }
        for (lane, value) in rest.iter().enumerate() {
            seen.see(lane, value.to_f64());
        }
        seen.are_doses()
    }
}

/// A function of each value and of what goes with it; the output says whether all were finite and not negative, and so
/// were the numbers that `g` makes of what goes with them.
struct Converting<'a, S, T, U, F, G> {
    from: &'a [S],
    with: &'a [U],
    out: &'a mut [T],
    f: F,
    g: G,
}

impl<S: Real, T: Real, U: Copy, F: Fn(f64, U) -> f64, G: Fn(U) -> f64> WithSimd
    for Converting<'_, S, T, U, F, G>
{
    type Output = bool;

    #[inline(always)]
    fn with_simd<A: Simd>(self, _: A) -> bool {
        let (f, g) = (self.f, self.g);
        let (mut seen, mut seen_with) = (Seen::nothing(), Seen::nothing());
        let (from, last) = self.from.as_chunks::<LANES>();
        let (with, last_with) = self.with.as_chunks::<LANES>();
        let (out, last_out) = self.out.as_chunks_mut::<LANES>();
        for (out, (from, with)) in out.iter_mut().zip(from.iter().zip(with)) {
            for lane in 0..LANES {
                let value = from[lane].to_f64();
                seen.see(lane, value);
                seen_with.see(lane, g(with[lane]));
                out[lane] = T::from_f64(f(value, with[lane]));
            }
        }
        let last = last_out.iter_mut().zip(last.iter().zip(last_with));
        for (lane, (out, (from, with))) in last.enumerate() {
            let value = from.to_f64();
            seen.see(lane, value);
            seen_with.see(lane, g(*with));
            *out = T::from_f64(f(value, *with));
        }
        seen.are_doses() & seen_with.are_doses()
    }
}

/// A function of each value where it stands.
struct InPlace<'a, T, F> {
    values: &'a mut [T],
    f: F,
}

impl<T: Real, F: Fn(f64) -> f64> WithSimd for InPlace<'_, T, F> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let f = self.f;
        for value in self.values {
            *value = T::from_f64(f(value.to_f64()));
        }
    }
}

/// Refuses values that are not finite or negative, naming the first.
pub(super) fn check_all<T: Real>(
    quantity: &'static str,
    values: &[T],
) -> Result<(), NonPhysicalError> {
    let arch = Arch::new();
    let bad = values.par_chunks(CHUNK).find_map_first(|chunk| {
        let first = || {
            let mut each = chunk.iter().map(|value| value.to_f64());
            each.find(|value| !(0.0..f64::INFINITY).contains(value))
        };
        if arch.dispatch(AreDoses(chunk)) {
            None
        } else {
            first()
        }
    });
    match bad {
        Some(value) => finite(quantity, value).and_then(|value| non_negative(quantity, value)),
        None => Ok(0.0),
    }
    .map(|_| ())
}

/// A function of each value into `out`. Where a value is refused, all of `out` is NaN: nothing half-made is left.
/// Values beyond the shorter slice are left alone.
pub(super) fn checked_into<T: Real>(
    quantity: &'static str,
    from: &[T],
    out: &mut [T],
    f: impl Fn(f64) -> f64 + Copy + Sync,
) -> Result<(), NonPhysicalError> {
    if map_into(from, out, f) {
        return Ok(());
    }
    out.fill(T::from_f64(f64::NAN));
    check_all(quantity, from)
}

/// A function of each value into `out`; says whether all values were finite and not negative.
pub(super) fn map_into<S: Real, T: Real>(
    from: &[S],
    out: &mut [T],
    f: impl Fn(f64) -> f64 + Copy + Sync,
) -> bool {
    let arch = Arch::new();
    out.par_chunks_mut(CHUNK)
        .zip(from.par_chunks(CHUNK))
        .map(|(out, from)| {
            // Nothing goes with the values: as many of it as there are values take no memory.
            let with: &[(); CHUNK] = &[(); CHUNK];
            arch.dispatch(Converting {
                from,
                with: &with[..from.len()],
                out,
                f: move |value, ()| f(value),
                g: |()| 0.0,
            })
        })
        .reduce(|| true, |a, b| a & b)
}

/// A function of each value and of what goes with it into `out`; says whether all values were finite and not negative,
/// and whether the numbers that `g` makes of what goes with them were.
pub(super) fn map_both_into<T: Real, U: Copy + Sync>(
    from: &[T],
    with: &[U],
    out: &mut [T],
    f: impl Fn(f64, U) -> f64 + Copy + Sync,
    g: impl Fn(U) -> f64 + Copy + Sync,
) -> bool {
    let arch = Arch::new();
    out.par_chunks_mut(CHUNK)
        .zip(from.par_chunks(CHUNK).zip(with.par_chunks(CHUNK)))
        .map(|(out, (from, with))| {
            arch.dispatch(Converting {
                from,
                with,
                out,
                f,
                g,
            })
        })
        .reduce(|| true, |a, b| a & b)
}

/// A function of each value where it stands.
pub(super) fn map_in_place<T: Real>(values: &mut [T], f: impl Fn(f64) -> f64 + Copy + Sync) {
    let arch = Arch::new();
    values
        .par_chunks_mut(CHUNK)
        .for_each(|values| arch.dispatch(InPlace { values, f }));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_place_is_looked_at() {
        for length in [1, LANES - 1, LANES, 3 * LANES + 5, CHUNK + 7] {
            let mut values = vec![1.5_f32; length];
            let mut out = vec![0.0_f32; length];
            assert!(map_into(&values, &mut out, |dose| 2.0 * dose));
            assert!(out.iter().all(|value| *value == 3.0));
            for place in [0, length / 2, length - 1] {
                for bad in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY, -0.5] {
                    values[place] = bad;
                    assert!(
                        !map_into(&values, &mut out, |dose| dose),
                        "{bad} at {place}"
                    );
                    assert!(check_all("dose", &values).is_err(), "{bad} at {place}");
                    values[place] = -0.0;
                    assert!(check_all("dose", &values).is_ok());
                    values[place] = 1.5;
                }
            }
        }
    }
}
