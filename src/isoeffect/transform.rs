//! A model bound to its numbers: from the physical dose in a point to BED or EQD2 there.
//!
//! A DVH of a derived dose samples the physical dose, transforms at the sample and spreads the cell
//! by the slope; a grid is transformed voxel by voxel. Both use this one type.

use super::bulk::{check_all, checked_into, map_in_place, map_into};
use super::lq;
use crate::error::{NonPhysicalError, non_negative, positive};

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

/// A continuous, rising map from physical dose to an effect in gray:
///
/// `f(D) = linear D + quadratic D^2` up to a knee, and a straight line of slope `tail` beyond it.
///
/// The linear-quadratic model has no knee; LQ-L and USC have theirs at `n` times their transition dose.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Transform {
    linear: f64,
    quadratic: f64,
    /// Dose at which the straight line begins; infinite where there is none.
    knee: f64,
    /// Slope of that line; zero where there is none.
    tail: f64,
    /// Effect at the knee.
    knee_effect: f64,
}

impl Transform {
    /// The dose itself.
    pub const IDENTITY: Self = Self::parabola(1.0, 0.0);

    /// `linear D + quadratic D^2` without a knee.
    pub(super) const fn parabola(linear: f64, quadratic: f64) -> Self {
        Self {
            linear,
            quadratic,
            knee: f64::INFINITY,
            tail: 0.0,
            knee_effect: f64::INFINITY,
        }
    }

    /// The same up to a dose, and from there a line of slope `tail`.
    #[must_use]
    pub(super) fn with_line(self, knee: f64, tail: f64) -> Self {
        Self {
            knee,
            tail,
            knee_effect: knee * (self.linear + self.quadratic * knee),
            ..self
        }
    }

    /// The same effect in another measure: `factor f(D)`.
    #[must_use]
    pub(super) fn scaled(self, factor: f64) -> Self {
        Self {
            linear: factor * self.linear,
            quadratic: factor * self.quadratic,
            knee: self.knee,
            tail: factor * self.tail,
            knee_effect: factor * self.knee_effect,
        }
    }

    /// The same effect times a factor.
    ///
    /// # Errors
    /// A factor that is not above zero.
    pub fn times(self, factor: f64) -> Result<Self, NonPhysicalError> {
        Ok(self.scaled(positive("factor of a dose transform", factor)?))
    }

    /// BED of a total dose in `n` fractions.
    ///
    /// # Errors
    /// As [`lq::bed_gy`].
    pub fn bed(n: u32, alpha_beta_gy: f64) -> Result<Self, NonPhysicalError> {
        lq::bed_gy(0.0, n, alpha_beta_gy)?;
        Ok(Self::parabola(1.0, 1.0 / (f64::from(n) * alpha_beta_gy)))
    }

    /// EQD2 of a total dose in `n` fractions.
    ///
    /// # Errors
    /// As [`lq::eqd2_gy`].
    pub fn eqd2(n: u32, alpha_beta_gy: f64) -> Result<Self, NonPhysicalError> {
        Ok(Self::bed(n, alpha_beta_gy)?.scaled(1.0 / (1.0 + 2.0 / alpha_beta_gy)))
    }

    /// EQD2 of `n` fractions as a map of the dose of one fraction: `n d (1 + d / ab) / (1 + 2 / ab)`.
    ///
    /// # Errors
    /// As [`lq::eqd2_gy`].
    pub fn eqd2_of_fraction_dose(n: u32, alpha_beta_gy: f64) -> Result<Self, NonPhysicalError> {
        let of_total = Self::eqd2(n, alpha_beta_gy)?;
        let n = f64::from(n);
        Ok(Self::parabola(
            n * of_total.linear,
            n * n * of_total.quadratic,
        ))
    }

    /// EQD2 of a BED at the same alpha/beta.
    ///
    /// # Errors
    /// An alpha/beta that is not above zero.
    pub fn eqd2_of_bed(alpha_beta_gy: f64) -> Result<Self, NonPhysicalError> {
        let scale = lq::eqd2_from_bed_gy(1.0, alpha_beta_gy)?;
        Ok(Self::parabola(scale, 0.0))
    }

    /// `factor D`: from one measure of an effect to another.
    ///
    /// # Errors
    /// A factor that is not above zero.
    pub fn proportional(factor: f64) -> Result<Self, NonPhysicalError> {
        Ok(Self::parabola(
            positive("factor of a dose transform", factor)?,
            0.0,
        ))
    }

    /// A map put together again from its [`coefficients`](Self::coefficients).
    ///
    /// # Errors
    /// A linear part that is not above zero, a quadratic part that is negative, a knee that is not above zero,
    /// a line that does not rise beyond it.
    pub fn from_coefficients(coefficients: [f64; 4]) -> Result<Self, NonPhysicalError> {
        let [linear, quadratic, knee, tail] = coefficients;
        let parabola = Self::parabola(
            positive("linear coefficient of a dose transform", linear)?,
            non_negative("quadratic coefficient of a dose transform", quadratic)?,
        );
        if knee == f64::INFINITY {
            return Ok(parabola);
        }
        Ok(parabola.with_line(
            positive("knee of a dose transform", knee)?,
            positive("slope of a dose transform beyond its knee", tail)?,
        ))
    }

    /// The linear and the quadratic coefficient (1/Gy), the dose at the knee (infinite where there is none) and
    /// the slope beyond it.
    pub fn coefficients(&self) -> [f64; 4] {
        [self.linear, self.quadratic, self.knee, self.tail]
    }

    /// Whether a straight line follows the parabola.
    pub fn has_knee(&self) -> bool {
        self.knee.is_finite()
    }

    /// Whether the map leaves the dose as it is.
    #[inline]
    pub fn is_identity(&self) -> bool {
        *self == Self::IDENTITY
    }

    /// The effect of a dose.
    #[inline]
    pub fn value(&self, dose: f64) -> f64 {
        let curved = if dose < self.knee { dose } else { self.knee };
        curved * (self.linear + self.quadratic * curved) + self.tail * (dose - curved)
    }

    /// The dose that has an effect: the root of `linear D + quadratic D^2 = f` that is not negative,
    /// written without cancellation, or the point of the line beyond the knee.
    #[inline]
    pub fn inverse(&self, effect: f64) -> f64 {
        if effect > self.knee_effect {
            return self.knee + (effect - self.knee_effect) / self.tail;
        }
        let root = (self.linear * self.linear + 4.0 * self.quadratic * effect).sqrt();
        2.0 * effect / (self.linear + root)
    }

    /// The derivative of the effect by dose.
    #[inline]
    pub fn slope(&self, dose: f64) -> f64 {
        if dose < self.knee {
            self.linear + 2.0 * self.quadratic * dose
        } else {
            self.tail
        }
    }

    /// The second derivative of the effect by dose.
    #[inline]
    pub fn curvature(&self, dose: f64) -> f64 {
        if dose < self.knee {
            2.0 * self.quadratic
        } else {
            0.0
        }
    }
}

/// Transforms many doses in parallel into `out`, each computed in double precision and rounded once.
///
/// The lengths must agree; values beyond the shorter one are left alone.
pub fn transform_into<S: Real, T: Real>(transform: &Transform, dose: &[S], out: &mut [T]) {
    // By value, so that its numbers stay in registers.
    let transform = *transform;
    map_into(dose, out, move |dose| transform.value(dose));
}

impl Transform {
    /// Transforms many doses in parallel into `out`, as [`transform_into`], after a look at every value.
    ///
    /// # Errors
    /// A dose that is NaN, infinite or negative; all of `out` is then NaN, so that nothing half-made is used.
    pub fn apply<T: Real>(&self, dose: &[T], out: &mut [T]) -> Result<(), NonPhysicalError> {
        let transform = *self;
        checked_into("dose in Gy", dose, out, move |dose| transform.value(dose))
    }

    /// Transforms many doses in parallel where they stand.
    ///
    /// # Errors
    /// As [`Transform::apply`].
    pub fn apply_in_place<T: Real>(&self, doses: &mut [T]) -> Result<(), NonPhysicalError> {
        check_all("dose in Gy", doses)?;
        let transform = *self;
        map_in_place(doses, move |dose| transform.value(dose));
        Ok(())
    }

    /// Finds the doses that have many effects, in parallel.
    ///
    /// # Errors
    /// An effect that is NaN, infinite or negative; all of `out` is then NaN, so that nothing half-made is used.
    pub fn invert<T: Real>(&self, effect: &[T], out: &mut [T]) -> Result<(), NonPhysicalError> {
        let transform = *self;
        checked_into("effect in Gy", effect, out, move |effect| {
            transform.inverse(effect)
        })
    }

    /// Finds the doses that have many effects, in parallel, where they stand.
    ///
    /// # Errors
    /// As [`Transform::invert`].
    pub fn invert_in_place<T: Real>(&self, effects: &mut [T]) -> Result<(), NonPhysicalError> {
        check_all("effect in Gy", effects)?;
        let transform = *self;
        map_in_place(effects, move |effect| transform.inverse(effect));
        Ok(())
    }
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

    #[test]
    fn bulk_forms_agree_with_single_values_and_refuse_bad_ones() {
        let transform = Transform::eqd2(5, 2.5).unwrap();
        let doses: Vec<f64> = (0..300_000).map(|i| f64::from(i) * 1e-3).collect();
        let mut effects = vec![0.0; doses.len()];
        transform.apply(&doses, &mut effects).unwrap();
        assert_eq!(effects[250_000], transform.value(doses[250_000]));
        let mut back = effects.clone();
        transform.invert_in_place(&mut back).unwrap();
        for (back, dose) in back.iter().zip(&doses) {
            assert!((back - dose).abs() <= 1e-13 * dose.max(1.0));
        }
        let mut again = doses.clone();
        transform.apply_in_place(&mut again).unwrap();
        assert_eq!(again, effects);
        for bad in [f64::NAN, -1.0, f64::INFINITY] {
            let mut doses = doses.clone();
            doses[200_000] = bad;
            let error = transform.apply(&doses, &mut effects).unwrap_err();
            assert!(error.value.to_bits() == bad.to_bits());
            assert!(
                effects.iter().all(|effect| effect.is_nan()),
                "nothing half-made"
            );
            let before = doses.clone();
            transform.apply_in_place(&mut doses).unwrap_err();
            let bits = |values: &[f64]| values.iter().map(|x| x.to_bits()).collect::<Vec<_>>();
            assert_eq!(bits(&doses), bits(&before), "left alone where they stand");
        }
    }

    #[test]
    fn inverse_is_the_isoeffective_dose() {
        let transform = Transform::eqd2(3, 2.5).unwrap();
        let expected = lq::isoeffective_dose_gy(28.0, 3, 2.5).unwrap();
        assert!((transform.inverse(28.0) - expected).abs() < 1e-13 * expected);
        assert_eq!(transform.inverse(0.0), 0.0);
        let of_fraction = Transform::eqd2_of_fraction_dose(3, 2.5).unwrap();
        assert!((of_fraction.inverse(28.0) - expected / 3.0).abs() < 1e-13 * expected);
    }

    #[test]
    fn bent_maps_are_continuous_and_invert() {
        let bent = Transform::bed(3, 10.0).unwrap().with_line(18.0, 2.2);
        assert!((bent.value(18.0) - 28.8).abs() < 1e-12);
        assert!((bent.value(20.0) - (28.8 + 4.4)).abs() < 1e-12);
        for dose in [0.0, 1.0, 17.999, 18.0, 18.001, 60.0] {
            assert!((bent.inverse(bent.value(dose)) - dose).abs() < 1e-12);
            let (step, at) = (1e-4, dose + 0.01);
            let difference = (bent.value(at + step) - bent.value(at - step)) / (2.0 * step);
            assert!((bent.slope(at) - difference).abs() < 1e-9, "{dose}");
        }
        assert_eq!(bent.curvature(20.0), 0.0);
        assert!((bent.curvature(10.0) - 2.0 / 30.0).abs() < 1e-15);
    }

    #[test]
    fn coefficients_make_the_same_map() {
        let bed = Transform::bed(3, 10.0).unwrap();
        assert_eq!(Transform::from_coefficients(bed.coefficients()), Ok(bed));
        let bent = bed.with_line(30.0, 1.5);
        assert_eq!(Transform::from_coefficients(bent.coefficients()), Ok(bent));
        for bad in [
            [0.0, 1.0, f64::INFINITY, 0.0],
            [1.0, f64::NAN, f64::INFINITY, 0.0],
            [1.0, 1.0, 0.0, 1.0],
            [1.0, 1.0, 10.0, 0.0],
        ] {
            assert!(Transform::from_coefficients(bad).is_err());
        }
        let of_bed = Transform::eqd2_of_bed(10.0).unwrap();
        assert!((of_bed.value(180.0) - 150.0).abs() < 1e-12);
        assert!(Transform::eqd2_of_bed(0.0).is_err());
    }
}
