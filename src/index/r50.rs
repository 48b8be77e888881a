//! Half-prescription spill.

/// R50: `V_50% / TV`, the volume of half the prescription isodose over that of the (planning) target.
///
/// What is acceptable depends on the target's volume; protocols print tables for lung. `None` where the target's
/// volume is not above zero.
///
/// Source: RTOG 0813 and RTOG 0915, section on conformality criteria.
///
/// ```
/// assert_eq!(hepadose::index::r50(36.0, 9.0), Some(4.0));
/// ```
pub fn r50(half_isodose_cc: f64, target_cc: f64) -> Option<f64> {
    (target_cc > 0.0 && half_isodose_cc >= 0.0).then(|| half_isodose_cc / target_cc)
}
