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
pub(super) const CHUNK: usize = 1 << 17;

/// Whether all values are finite and not negative.
struct AreDoses<'a, T>(&'a [T]);

impl<T: Real> WithSimd for AreDoses<'_, T> {
    type Output = bool;

    // No early end, so that it is a plain loop.
    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) -> bool {
        let is_dose = |value: &T| (0.0..f64::INFINITY).contains(&value.to_f64());
        self.0
            .iter()
            .fold(true, |fine, value| fine & is_dose(value))
    }
}

/// A function of each value; the output says whether all were finite and not negative.
struct Converting<'a, T, F> {
    from: &'a [T],
    out: &'a mut [T],
    f: &'a F,
}

impl<T: Real, F: Fn(f64) -> f64> WithSimd for Converting<'_, T, F> {
    type Output = bool;

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) -> bool {
        let mut fine = true;
        for (out, from) in self.out.iter_mut().zip(self.from) {
            let value = from.to_f64();
            fine &= (0.0..f64::INFINITY).contains(&value);
            *out = T::from_f64((self.f)(value));
        }
        fine
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
    f: impl Fn(f64) -> f64 + Sync,
) -> Result<(), NonPhysicalError> {
    if map_into(from, out, f) {
        return Ok(());
    }
    out.fill(T::from_f64(f64::NAN));
    check_all(quantity, from)
}

/// A function of each value into `out`; says whether all values were finite and not negative.
pub(super) fn map_into<T: Real>(from: &[T], out: &mut [T], f: impl Fn(f64) -> f64 + Sync) -> bool {
    let arch = Arch::new();
    out.par_chunks_mut(CHUNK)
        .zip(from.par_chunks(CHUNK))
        .map(|(out, from)| arch.dispatch(Converting { from, out, f: &f }))
        .reduce(|| true, |a, b| a & b)
}

/// A function of each value where it stands.
pub(super) fn map_in_place<T: Real>(values: &mut [T], f: impl Fn(f64) -> f64 + Sync) {
    values.par_chunks_mut(CHUNK).for_each(|chunk| {
        for value in chunk {
            *value = T::from_f64(f(value.to_f64()));
        }
    });
}
