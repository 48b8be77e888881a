//! Conformity after Paddick.

/// Paddick conformity index: `TV_PIV^2 / (TV * PIV)`.
///
/// Coverage `TV_PIV / TV` times selectivity `TV_PIV / PIV`; from 0 (no overlap) to 1 (the prescription isodose is
/// the target). `None` where a volume is not above zero, or the overlap exceeds one of them by more than rounding.
///
/// Source: Paddick I. A simple scoring ratio to index the conformity of radiosurgical treatment plans. J Neurosurg
/// 2000;93(Suppl 3):219-222.
///
/// ```
/// use hepadose::index::paddick_conformity;
/// // A target of 10 cc, an isodose of 12 cc, 9 cc common to both: 0.9 * 0.75.
/// assert_eq!(paddick_conformity(10.0, 12.0, 9.0), Some(0.675));
/// ```
pub fn paddick_conformity(target_cc: f64, isodose_cc: f64, common_cc: f64) -> Option<f64> {
    let sane = target_cc > 0.0
        && isodose_cc > 0.0
        && common_cc >= 0.0
        && common_cc <= target_cc.min(isodose_cc) * (1.0 + 1e-6);
    sane.then(|| common_cc * common_cc / (target_cc * isodose_cc))
}
