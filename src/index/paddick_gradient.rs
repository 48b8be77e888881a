//! Gradient after Paddick and Lippitz.

/// Paddick gradient index: `PIV_50% / PIV_100%`, the volume of half the prescription isodose over that of the whole.
///
/// Above 1; the lower, the steeper the dose falls. `None` where the prescription isodose has no volume.
///
/// Source: Paddick I, Lippitz B. A simple dose gradient measurement tool to complement the conformity index.
/// J Neurosurg 2006;105(Suppl):194-201.
///
/// ```
/// assert_eq!(hepadose::index::paddick_gradient(36.0, 12.0), Some(3.0));
/// ```
pub fn paddick_gradient(half_isodose_cc: f64, isodose_cc: f64) -> Option<f64> {
    (isodose_cc > 0.0 && half_isodose_cc >= isodose_cc).then(|| half_isodose_cc / isodose_cc)
}
