//! A model bound to its numbers: from the physical dose in a point to BED or EQD2 there.
//!
//! A DVH of a derived dose samples the physical dose, transforms at the sample and spreads the cell
//! by the slope; a grid is transformed voxel by voxel. Both use this one type.

use super::lq;
use crate::error::NonPhysicalError;
use rayon::prelude::*;

/// Values in one parallel piece of a transform: a megabyte or half of one, small against any cache
/// that several threads share and large against the cost of handing it out.
const CHUNK: usize = 1 << 17;

/// A floating-point type that grids hold.
pub trait Real: Copy + Send + Sync + PartialOrd + 'static {
    /// Widens to double precision, exactly.
    fn to_f64(self) -> f64;
    /// Rounds from double precision, once.
    fn from_f64(value: f64) -> Self;
}

impl Real for f32 {
    fn to_f64(self) -> f64 {
        f64::from(self)
    }
    fn from_f64(value: f64) -> Self {
        value as Self
    }
}

impl Real for f64 {
    fn to_f64(self) -> f64 {
        self
    }
    fn from_f64(value: f64) -> Self {
        value
    }
}

/// A monotone map from physical dose to an effect in gray: `f(D) = linear D + quadratic D^2`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Transform {
    linear: f64,
    quadratic: f64,
}

impl Transform {
    /// The dose itself.
    pub const IDENTITY: Self = Self {
        linear: 1.0,
        quadratic: 0.0,
    };

    /// BED of a total dose in `n` fractions.
    ///
    /// # Errors
    /// As [`lq::bed_gy`].
    pub fn bed(n: u32, alpha_beta_gy: f64) -> Result<Self, NonPhysicalError> {
        lq::bed_gy(0.0, n, alpha_beta_gy)?;
        Ok(Self {
            linear: 1.0,
            quadratic: 1.0 / (f64::from(n) * alpha_beta_gy),
        })
    }

    /// EQD2 of a total dose in `n` fractions.
    ///
    /// # Errors
    /// As [`lq::eqd2_gy`].
    pub fn eqd2(n: u32, alpha_beta_gy: f64) -> Result<Self, NonPhysicalError> {
        let bed = Self::bed(n, alpha_beta_gy)?;
        let scale = 1.0 / (1.0 + 2.0 / alpha_beta_gy);
        Ok(Self {
            linear: bed.linear * scale,
            quadratic: bed.quadratic * scale,
        })
    }

    /// Whether the map leaves the dose as it is.
    pub fn is_identity(&self) -> bool {
        *self == Self::IDENTITY
    }

    /// The effect of a dose.
    #[inline]
    pub fn value(&self, dose: f64) -> f64 {
        dose * (self.linear + self.quadratic * dose)
    }

    /// The derivative of the effect by dose.
    #[inline]
    pub fn slope(&self, dose: f64) -> f64 {
        self.linear + 2.0 * self.quadratic * dose
    }

    /// The second derivative of the effect by dose, the same everywhere.
    #[inline]
    pub fn curvature(&self) -> f64 {
        2.0 * self.quadratic
    }
}

/// Transforms many doses in parallel into `out`, each computed in double precision and rounded once.
///
/// The lengths must agree; values beyond the shorter one are left alone.
pub fn transform_into<T: Real>(transform: &Transform, dose: &[T], out: &mut [T]) {
    out.par_chunks_mut(CHUNK)
        .zip(dose.par_chunks(CHUNK))
        .for_each(|(out, dose)| {
            for (out, dose) in out.iter_mut().zip(dose) {
                *out = T::from_f64(transform.value(dose.to_f64()));
            }
        });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn agrees_with_the_scalar_formula() {
        let transform = Transform::eqd2(5, 10.0).unwrap();
        for dose in [0.0, 1.0, 25.0, 60.0] {
            let expected = lq::eqd2_gy(dose, 5, 10.0).unwrap();
            assert!((transform.value(dose) - expected).abs() < 1e-12);
        }
    }

    #[test]
    fn arrays_of_both_precisions() {
        let transform = Transform::bed(3, 10.0).unwrap();
        let mut out = [0.0_f32; 2];
        transform_into(&transform, &[60.0_f32, 15.0], &mut out);
        assert_eq!(out, [180.0, 22.5]);
        let mut out = [0.0_f64; 1];
        transform_into(&transform, &[60.0], &mut out);
        assert!((out[0] - 180.0).abs() < 1e-12);
    }
}
