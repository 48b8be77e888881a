//! The MIRD single-compartment model: the activity spreads evenly in the treated mass.

use super::Delivery;
use crate::error::{NonPhysicalError, non_negative, positive};

/// Activity to prepare in GBq for a mean dose in a treated mass:
/// `A = D M / (k (1 - L) (1 - R))`, the prescription formula of glass microspheres.
///
/// `dose_gy` is the mean dose of the treated volume, `mass_kg` its mass (volume times density).
///
/// # Errors
/// A negative dose, a mass that is not above zero.
///
/// ```
/// use hepadose::y90::constants::DOSE_CONSTANT_ROUNDED;
/// use hepadose::y90::planning::{Delivery, mird_activity_gbq};
/// let delivery = Delivery::new(0.05, 0.01)?.with_dose_constant(DOSE_CONSTANT_ROUNDED)?;
/// assert!((mird_activity_gbq(120.0, 1.5, &delivery)? - 3.828).abs() < 0.0005);
/// # Ok::<(), hepadose::error::NonPhysicalError>(())
/// ```
pub fn mird_activity_gbq(
    dose_gy: f64,
    mass_kg: f64,
    delivery: &Delivery,
) -> Result<f64, NonPhysicalError> {
    let dose = non_negative("dose in Gy", dose_gy)?;
    let mass = positive("treated mass in kg", mass_kg)?;
    Ok(dose * mass / delivery.liver_gy_kg_per_gbq())
}

/// Mean dose in gray of a treated mass after a prepared activity: `D = k A (1 - L) (1 - R) / M`.
///
/// # Errors
/// A negative activity, a mass that is not above zero.
pub fn mird_dose_gy(
    activity_gbq: f64,
    mass_kg: f64,
    delivery: &Delivery,
) -> Result<f64, NonPhysicalError> {
    let activity = non_negative("activity in GBq", activity_gbq)?;
    let mass = positive("treated mass in kg", mass_kg)?;
    Ok(activity * delivery.liver_gy_kg_per_gbq() / mass)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn refuses_what_is_not_physical() {
        let delivery = Delivery::new(0.0, 0.0).unwrap();
        assert!(mird_activity_gbq(-1.0, 1.0, &delivery).is_err());
        assert!(mird_activity_gbq(1.0, 0.0, &delivery).is_err());
        assert!(mird_dose_gy(f64::NAN, 1.0, &delivery).is_err());
        assert!(
            Delivery::new(1.0, 0.0)
                .unwrap_err()
                .to_string()
                .contains("below 1, got 1")
        );
        assert!(Delivery::new(0.0, 1.0).is_err());
        assert!(Delivery::new(-0.1, 0.0).is_err());
        assert!(Delivery::new(f64::NAN, 0.0).is_err());
    }

    proptest! {
        #[test]
        fn activity_is_the_inverse_of_dose(
            dose in 0.0..500.0_f64, mass in 0.01..3.0_f64, shunt in 0.0..0.5_f64, rest in 0.0..0.5_f64,
        ) {
            let delivery = Delivery::new(shunt, rest).unwrap();
            let activity = mird_activity_gbq(dose, mass, &delivery).unwrap();
            let back = mird_dose_gy(activity, mass, &delivery).unwrap();
            prop_assert!((back - dose).abs() <= 1e-12 * dose);
            // A shunt can only ask for more activity (one calculator multiplies by 1 - L).
            let none = Delivery::new(0.0, 0.0).unwrap();
            prop_assert!(activity >= mird_activity_gbq(dose, mass, &none).unwrap());
        }
    }
}
