//! Homogeneity after ICRU report 83.

/// ICRU homogeneity index: `(D2% - D98%) / D50%`, doses of the target in gray.
///
/// 0 is a uniform dose. Stereotactic plans are not meant to be homogeneous: the index describes, it does not judge.
/// `None` where D50% is not above zero or the doses are not in order.
///
/// Source: ICRU Report 83, Prescribing, recording and reporting photon-beam intensity-modulated radiation therapy,
/// J ICRU 2010;10(1), section 3.7.1.
///
/// ```
/// assert_eq!(hepadose::index::icru_homogeneity(60.0, 40.0, 50.0), Some(0.4));
/// ```
pub fn icru_homogeneity(d2_gy: f64, d98_gy: f64, d50_gy: f64) -> Option<f64> {
    (d50_gy > 0.0 && d2_gy >= d50_gy && d50_gy >= d98_gy).then(|| (d2_gy - d98_gy) / d50_gy)
}
