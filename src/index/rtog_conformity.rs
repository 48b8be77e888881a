//! Conformity after RTOG.

/// RTOG conformity index: `PIV / TV`.
///
/// 1 to 2 is per protocol, 0.9 to 2.5 a minor deviation in the guideline. It says nothing of where the isodose
/// lies: an isodose of the target's volume beside the target has 1. `None` where the target's volume is not above
/// zero.
///
/// Source: Shaw E et al. Radiation Therapy Oncology Group: radiosurgery quality assurance guidelines. Int J Radiat
/// Oncol Biol Phys 1993;27:1231-1239.
///
/// ```
/// assert_eq!(hepadose::index::rtog_conformity(10.0, 12.0), Some(1.2));
/// ```
pub fn rtog_conformity(target_cc: f64, isodose_cc: f64) -> Option<f64> {
    (target_cc > 0.0 && isodose_cc >= 0.0).then(|| isodose_cc / target_cc)
}
