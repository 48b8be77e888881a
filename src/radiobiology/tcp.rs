//! Tumour control: no clonogen survives.
//!
//! `TCP = exp(-sum N v_i exp(-alpha BED_i))` for `N` clonogens spread evenly over the target. Logistic control in the
//! equivalent uniform dose is [`Logistic`](super::Logistic) with a negative `a`.

use super::dose_volume::{DoseVolume, above_zero};
use crate::error::{NonPhysicalError, finite, non_negative};

/// Poisson control of `clonogens` cells with radiosensitivity alpha (1/Gy), for a distribution of BED.
///
/// # Errors
/// Numbers that are not above zero.
///
/// ```
/// use hepadose::radiobiology::{DoseVolume, poisson_tcp};
/// let target = DoseVolume::from_samples(&[100.0], &[1.0])?;
/// assert!((poisson_tcp(&target, 1e7, 0.3)? - 0.999_999_064).abs() < 1e-9);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn poisson_tcp(
    bed: &DoseVolume,
    clonogens: f64,
    alpha_per_gy: f64,
) -> Result<f64, NonPhysicalError> {
    let clonogens = above_zero("number of clonogens", clonogens)?;
    let alpha = above_zero("alpha in 1/Gy", alpha_per_gy)?;
    let surviving = bed.mean_of(|bed| libm::exp(-alpha * bed));
    Ok(libm::exp(-clonogens * surviving))
}

/// Control by a logistic curve in BED: `1 / (1 + exp((mu - BED) / k))`.
///
/// # Errors
/// A BED that is negative or not finite, a scale that is not above zero.
///
/// ```
/// // Ohri 2021, two-year control of liver metastases: mu 16 Gy, k 74 Gy.
/// let tcp = hepadose::radiobiology::logistic_in_bed(100.0, 16.0, 74.0)?;
/// assert!((tcp - 0.757).abs() < 5e-4);
/// # Ok::<(), hepadose::error::NonPhysicalError>(())
/// ```
pub fn logistic_in_bed(
    bed_gy: f64,
    midpoint_gy: f64,
    scale_gy: f64,
) -> Result<f64, NonPhysicalError> {
    let bed = non_negative("BED in Gy", bed_gy)?;
    let midpoint = finite("midpoint in Gy", midpoint_gy)?;
    let scale = above_zero("scale in Gy", scale_gy)?;
    Ok(1.0 / (1.0 + libm::exp((midpoint - bed) / scale)))
}
