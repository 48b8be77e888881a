//! BED and EQD2 where alpha/beta differs from voxel to voxel, or from structure to structure.

use super::bulk::{check_all, map_both_into};
use super::transform::Real;
use crate::error::{NonPhysicalError, fractions, positive};
use rayon::prelude::*;

/// Values in one parallel piece.
const CHUNK: usize = 1 << 16;

/// What is made of a physical dose.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Measure {
    /// BED.
    Bed,
    /// EQD2.
    Eqd2,
}

/// Why a map of alpha/beta cannot be used.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum AlphaBetaMapError {
    /// Slices of different lengths.
    #[error(
        "{doses} doses, {others} values of alpha/beta or labels, {out} places for results; give one for each voxel"
    )]
    Lengths {
        /// Doses given.
        doses: usize,
        /// Values or labels given.
        others: usize,
        /// Places in the output.
        out: usize,
    },
    /// A label without an alpha/beta.
    #[error("label {label} has no alpha/beta: the table holds {known} (labels 0 to {})", .known - 1)]
    Label {
        /// The label.
        label: u8,
        /// How many there are.
        known: usize,
    },
    /// A number that is not physical.
    #[error(transparent)]
    NonPhysical(#[from] NonPhysicalError),
}

fn check_lengths(doses: usize, others: usize, out: usize) -> Result<(), AlphaBetaMapError> {
    if doses == others && doses == out {
        Ok(())
    } else {
        Err(AlphaBetaMapError::Lengths { doses, others, out })
    }
}

/// BED or EQD2 of many total doses in `n` fractions, each with its own alpha/beta in gray:
/// `D (1 + D / (n ab))`, for EQD2 over `1 + 2 / ab`. In parallel, each computed in double precision, rounded once.
///
/// # Errors
/// Slices of different lengths; doses that are negative or not finite, alpha/beta not above zero anywhere: all of `out`
/// is then NaN, so that nothing half-made is used.
pub fn transform_with_map<T: Real>(
    measure: Measure,
    n: u32,
    dose: &[T],
    alpha_beta_gy: &[T],
    out: &mut [T],
) -> Result<(), AlphaBetaMapError> {
    check_lengths(dose.len(), alpha_beta_gy.len(), out.len())?;
    let n = f64::from(fractions(n)?);
    // Zero is no alpha/beta either.
    let above_zero = |ab: T| {
        let ab = ab.to_f64();
        if ab > 0.0 { ab } else { f64::NAN }
    };
    // D (n ab + D) / (n ab), and over (ab + 2) / ab: one division each.
    let bed = move |dose: f64, ab: T| {
        let whole = n * ab.to_f64();
        dose * (whole + dose) / whole
    };
    let eqd2 = move |dose: f64, ab: T| {
        let ab = ab.to_f64();
        dose * (n * ab + dose) / (n * (ab + 2.0))
    };
    let fine = match measure {
        Measure::Bed => map_both_into(dose, alpha_beta_gy, out, bed, above_zero),
        Measure::Eqd2 => map_both_into(dose, alpha_beta_gy, out, eqd2, above_zero),
    };
    if !fine {
        out.fill(T::from_f64(f64::NAN));
        check_all("dose in Gy", dose)?;
        for ab in alpha_beta_gy {
            positive("alpha/beta in Gy", ab.to_f64())?;
        }
    }
    Ok(())
}

/// The same with a label in each voxel and one alpha/beta for each label: structures.
///
/// # Errors
/// As [`transform_with_map`], and a label that the table does not hold.
pub fn transform_with_labels<T: Real>(
    measure: Measure,
    n: u32,
    dose: &[T],
    labels: &[u8],
    alpha_beta_gy: &[f64],
    out: &mut [T],
) -> Result<(), AlphaBetaMapError> {
    check_lengths(dose.len(), labels.len(), out.len())?;
    let n = f64::from(fractions(n)?);
    let known = alpha_beta_gy.len();
    let highest = |chunk: &[u8]| chunk.iter().copied().fold(0, u8::max);
    let highest = labels.par_chunks(CHUNK).map(highest).max();
    if let Some(label) = highest.filter(|label| usize::from(*label) >= known) {
        return Err(AlphaBetaMapError::Label { label, known });
    }
    // Linear and quadratic part of every label; a full table spares the bounds check.
    let mut table = [[0.0; 2]; 256];
    for (entry, ab) in table.iter_mut().zip(alpha_beta_gy) {
        let ab = positive("alpha/beta in Gy", *ab)?;
        let scale = match measure {
            Measure::Bed => 1.0,
            Measure::Eqd2 => ab / (ab + 2.0),
        };
        *entry = [scale, scale / (n * ab)];
    }
    let table = &table;
    let table = &table;
    let effect = move |dose: f64, label: u8| {
        let [linear, quadratic] = table[usize::from(label)];
        dose * (linear + quadratic * dose)
    };
    if !map_both_into(dose, labels, out, effect, |_| 0.0) {
        out.fill(T::from_f64(f64::NAN));
        check_all("dose in Gy", dose)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::isoeffect::{bed_gy, eqd2_gy};

    #[test]
    fn every_voxel_by_the_scalar_formula() {
        let doses: Vec<f64> = (0..200_000).map(|i| f64::from(i) * 5e-4).collect();
        let labels: Vec<u8> = (0..200_000).map(|i| (i % 3) as u8).collect();
        let table = [2.5, 10.0, 3.0];
        let map: Vec<f64> = labels.iter().map(|l| table[usize::from(*l)]).collect();
        let (mut one, mut two) = (vec![0.0; doses.len()], vec![0.0; doses.len()]);
        for (measure, scalar) in [
            (Measure::Bed, bed_gy as fn(f64, u32, f64) -> _),
            (Measure::Eqd2, eqd2_gy),
        ] {
            transform_with_map(measure, 5, &doses, &map, &mut one).unwrap();
            transform_with_labels(measure, 5, &doses, &labels, &table, &mut two).unwrap();
            for index in (0..doses.len()).step_by(997) {
                let expected: f64 = scalar(doses[index], 5, map[index]).unwrap();
                assert!((one[index] - expected).abs() <= 1e-13 * expected.max(1.0));
                assert!((two[index] - expected).abs() <= 1e-13 * expected.max(1.0));
            }
        }
    }

    #[test]
    fn refuses_what_does_not_fit() {
        let mut out = [0.0_f64; 2];
        let run = |map: &[f64], out: &mut [f64]| {
            transform_with_map(Measure::Bed, 5, &[1.0, 2.0], map, out)
        };
        for measure in [Measure::Bed, Measure::Eqd2] {
            let map = transform_with_map(measure, 5, &[1.0, -2.0], &[3.0, 3.0], &mut out);
            assert!(map.is_err() && out[0].is_nan());
            let labels = transform_with_labels(measure, 5, &[1.0, -2.0], &[0, 0], &[3.0], &mut out);
            assert!(labels.is_err() && out[0].is_nan());
            out = [0.0; 2];
        }
        assert!(matches!(
            run(&[1.0], &mut out),
            Err(AlphaBetaMapError::Lengths { .. })
        ));
        assert!(run(&[1.0, 0.0], &mut out).is_err());
        assert!(run(&[1.0, f64::NAN], &mut out).is_err());
        assert!(out.iter().all(|value| value.is_nan()));
        assert!(run(&[1.0, 2.0], &mut out).is_ok());
        let labelled = transform_with_labels(
            Measure::Bed,
            5,
            &[1.0, 2.0],
            &[0, 2],
            &[3.0, 10.0],
            &mut out,
        );
        assert_eq!(
            labelled,
            Err(AlphaBetaMapError::Label { label: 2, known: 2 })
        );
    }
}
