//! The error for numbers that cannot describe anything physical, and its checkers.
//!
//! Every public function passes its arguments through these checkers before it computes, so that a
//! message always says what was wrong, what was got, what is allowed.

/// A number that lies outside what its quantity can be.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("{quantity} must be {allowed}, got {value}")]
pub struct NonPhysicalError {
    /// What the number stands for, with its unit: `alpha/beta in Gy`.
    pub quantity: &'static str,
    /// The number that was given.
    pub value: f64,
    /// What would have been accepted, in words.
    pub allowed: &'static str,
}

fn check(
    quantity: &'static str,
    value: f64,
    allowed: &'static str,
    holds: bool,
) -> Result<f64, NonPhysicalError> {
    if holds {
        Ok(value)
    } else {
        Err(NonPhysicalError {
            quantity,
            value,
            allowed,
        })
    }
}

/// Passes any finite number.
///
/// # Errors
/// When `value` is NaN or infinite.
pub fn finite(quantity: &'static str, value: f64) -> Result<f64, NonPhysicalError> {
    check(quantity, value, "a finite number", value.is_finite())
}

/// Passes a finite number above zero.
///
/// # Errors
/// When `value` is NaN, infinite, zero or negative.
pub fn positive(quantity: &'static str, value: f64) -> Result<f64, NonPhysicalError> {
    check(
        quantity,
        value,
        "a finite number above 0",
        value.is_finite() && value > 0.0,
    )
}

/// Passes a finite number that is zero or more.
///
/// # Errors
/// When `value` is NaN, infinite or negative.
pub fn non_negative(quantity: &'static str, value: f64) -> Result<f64, NonPhysicalError> {
    check(
        quantity,
        value,
        "a finite number of at least 0",
        value.is_finite() && value >= 0.0,
    )
}

/// Passes a share between 0 and 1, both included.
///
/// # Errors
/// When `value` is NaN or outside `0..=1`.
pub fn fraction(quantity: &'static str, value: f64) -> Result<f64, NonPhysicalError> {
    check(
        quantity,
        value,
        "between 0 and 1",
        (0.0..=1.0).contains(&value),
    )
}

/// Passes a number of fractions: a whole number of at least one.
///
/// # Errors
/// When `value` is zero.
pub fn fractions(value: u32) -> Result<u32, NonPhysicalError> {
    if value == 0 {
        return Err(NonPhysicalError {
            quantity: "the number of fractions",
            value: 0.0,
            allowed: "a whole number of at least 1",
        });
    }
    Ok(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn says_what_got_and_allowed() {
        let error = positive("alpha/beta in Gy", -2.0).unwrap_err();
        assert_eq!(
            error.to_string(),
            "alpha/beta in Gy must be a finite number above 0, got -2"
        );
        assert!(fraction("share", 1.0).is_ok());
        assert!(fraction("share", f64::NAN).is_err());
        assert!(non_negative("dose in Gy", f64::INFINITY).is_err());
        assert!(fractions(0).is_err());
    }
}
