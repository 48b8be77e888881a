//! From an image to activity at administration: absolute (the image says Bq/mL) or relative (the
//! administered activity is shared out by the image's values).

use super::Y90Error;
use super::planning::Delivery;
use crate::citation::Cited;
use crate::error::{finite, positive};
use crate::geometry::{Grid, Values};
use crate::image::{ActivityMap, ImageError};
use crate::structure::{SolidPolicy, Structure};
use rayon::prelude::*;
use serde::Serialize;
use std::sync::Arc;

/// Share of the image outside the reference above which a warning says so.
const OUTSIDE_WARNED: f64 = 0.20;
/// How far the recovery factor may be from 1 before a warning says so.
const RECOVERY_WARNED: f64 = 0.15;
/// Bq in a GBq.
const BQ_PER_GBQ: f64 = 1e9;

/// What the administered activity is shared out over. The choice changes the result, so it is never guessed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Reference {
    /// Everything in the image.
    WholeField,
    /// The whole liver.
    WholeLiver,
    /// The perfused volume.
    PerfusedVolume,
}

impl Reference {
    /// All of them.
    pub const ALL: &'static [Self] = &[Self::WholeField, Self::WholeLiver, Self::PerfusedVolume];

    /// The word used in arguments and records.
    pub const fn name(self) -> &'static str {
        match self {
            Self::WholeField => "whole_field",
            Self::WholeLiver => "whole_liver",
            Self::PerfusedVolume => "perfused_volume",
        }
    }
}

/// Activity at administration, and how the image and the administered activity agree.
#[derive(Debug, Clone)]
pub struct Calibration {
    /// Activity concentration in Bq/mL at administration.
    pub activity: ActivityMap<'static>,
    /// Bq/mL at administration for each unit of the image.
    pub factor: f64,
    /// Activity in the whole field in GBq at administration, after calibration.
    pub field_gbq: f64,
    /// Activity in the reference in GBq at administration, after calibration.
    pub reference_gbq: f64,
    /// Activity expected in the reference in GBq, where the administered activity is known.
    pub expected_gbq: Option<f64>,
    /// What the image itself holds over what is expected, for an image in Bq/mL: the factor between the
    /// absolute and the relative calibration.
    pub recovery_factor: Option<f64>,
    /// Share of the image's sum outside the reference.
    pub outside_fraction: f64,
    /// Doubts that a person should know of.
    pub warnings: Vec<String>,
}

/// The administered activity and what becomes of it.
#[derive(Debug, Clone, Copy)]
pub struct Administered {
    /// Prepared activity in GBq at administration.
    pub activity_gbq: f64,
    /// Residual and lung shunt.
    pub delivery: Delivery,
}

/// An image, what its values are, and what it is held against.
#[derive(Debug)]
pub struct CalibrationInput<'a> {
    /// The values, finite and mostly positive.
    pub values: Values<'a>,
    /// Where they are.
    pub grid: Arc<Grid>,
    /// Whether the values are Bq/mL; else they are counts or the like, in proportion to activity.
    pub is_bq_per_ml: bool,
    /// Hours from administration to the moment at which the image's activity is stated.
    pub decay_correction_h: f64,
    /// Half-life in hours.
    pub half_life_h: Cited<f64>,
    /// What the activity is shared out over.
    pub reference: Reference,
    /// The region of the reference; nothing for the whole field.
    pub region: Option<&'a Structure>,
    /// Frame of reference of the image, where known.
    pub frame_of_reference: Option<String>,
}

struct Sums {
    field: f64,
    reference: f64,
}

/// Absolute calibration: an image in Bq/mL, decayed back to administration, `a 2^(t / T)`. With an
/// administered activity the recovery factor is given too.
///
/// # Errors
/// An image in other units, a region that is missing or not wanted, values that make no activity map.
pub fn absolute_calibration(
    input: &CalibrationInput<'_>,
    administered: Option<&Administered>,
) -> Result<Calibration, Y90Error> {
    if !input.is_bq_per_ml {
        return Err(Y90Error::NotActivity);
    }
    if let Some(one) = administered {
        positive("administered activity in GBq", one.activity_gbq)?;
    }
    let sums = sums(input)?;
    finish(input, decay_factor(input)?, &sums, administered)
}

/// Relative calibration: the net activity `A (1 - R) (1 - L)` is shared out over the reference in
/// proportion to the values. Scanner sensitivity, scatter and the time of the image cancel out.
///
/// # Errors
/// No counts in the reference, a region that is missing or not wanted, values that make no activity map.
pub fn relative_calibration(
    input: &CalibrationInput<'_>,
    administered: &Administered,
) -> Result<Calibration, Y90Error> {
    let activity = positive("administered activity in GBq", administered.activity_gbq)?;
    let sums = sums(input)?;
    if sums.reference <= 0.0 {
        return Err(Y90Error::NoCounts {
            reference: input.reference.name(),
        });
    }
    let expected = administered.delivery.liver_gbq(activity) * BQ_PER_GBQ;
    finish(input, expected / sums.reference, &sums, Some(administered))
}

fn decay_factor(input: &CalibrationInput<'_>) -> Result<f64, Y90Error> {
    let hours = finite("decay correction in h", input.decay_correction_h)?;
    let half_life = positive("half-life in h", input.half_life_h.value)?;
    Ok(libm::exp2(hours / half_life))
}

/// Sums of value times volume in mL over the field and over the reference.
fn sums(input: &CalibrationInput<'_>) -> Result<Sums, Y90Error> {
    let grid = &input.grid;
    if input.values.len() != grid.len() {
        return Err(ImageError::Shape {
            what: "image",
            got: input.values.len(),
            expected: grid.len(),
            shape: grid.shape(),
        }
        .into());
    }
    let field = weighted_sum(input, |_| 1.0);
    let reference = match (input.region, input.reference) {
        (None, Reference::WholeField) => field,
        (Some(region), Reference::WholeLiver | Reference::PerfusedVolume) => {
            if let (Some(image), Some(own)) =
                (&input.frame_of_reference, &region.frame_of_reference)
                && image != own
            {
                return Err(ImageError::FrameMismatch.into());
            }
            let shares = region.covered_fractions(grid, SolidPolicy::default())?;
            weighted_sum(input, |index| shares[index])
        }
        (Some(_), Reference::WholeField) => {
            return Err(Y90Error::ReferenceRegion {
                problem: "the whole field needs no region, but one is given; leave it out or say what it is",
            });
        }
        (None, _) => {
            return Err(Y90Error::ReferenceRegion {
                problem: "whole_liver and perfused_volume need their region; give a structure, or say whole_field",
            });
        }
    };
    Ok(Sums { field, reference })
}

/// Sum of value times volume in mL times a share of each voxel.
fn weighted_sum(input: &CalibrationInput<'_>, share: impl Fn(usize) -> f64 + Sync) -> f64 {
    let [nk, nj, ni] = input.grid.shape();
    let slices: Vec<f64> = (0..nk)
        .into_par_iter()
        .map(|k| {
            let range = k * nj * ni..(k + 1) * nj * ni;
            let one = |index: usize| input.values.get(index) * share(index);
            range.map(one).sum::<f64>() * input.grid.voxel_volume_cc(k)
        })
        .collect();
    slices.iter().sum()
}

fn finish(
    input: &CalibrationInput<'_>,
    factor: f64,
    sums: &Sums,
    administered: Option<&Administered>,
) -> Result<Calibration, Y90Error> {
    let values = match &input.values {
        Values::F32(values) => Values::from(
            values
                .par_iter()
                .map(|value| (f64::from(*value) * factor) as f32)
                .collect::<Vec<f32>>(),
        ),
        Values::F64(values) => Values::from(
            values
                .par_iter()
                .map(|value| value * factor)
                .collect::<Vec<f64>>(),
        ),
    };
    let activity = ActivityMap::new(values, Arc::clone(&input.grid))?
        .with_frame_of_reference(input.frame_of_reference.clone());
    let expected_gbq = administered.map(|one| one.delivery.liver_gbq(one.activity_gbq));
    let recovery_factor = match expected_gbq {
        Some(expected) if input.is_bq_per_ml => {
            Some(sums.reference * decay_factor(input)? / BQ_PER_GBQ / expected)
        }
        _ => None,
    };
    let outside_fraction = if sums.field > 0.0 {
        1.0 - sums.reference / sums.field
    } else {
        0.0
    };
    let mut made = Calibration {
        factor,
        field_gbq: sums.field * factor / BQ_PER_GBQ,
        reference_gbq: sums.reference * factor / BQ_PER_GBQ,
        expected_gbq,
        recovery_factor,
        outside_fraction,
        warnings: Vec::new(),
        activity,
    };
    made.warnings = warnings(&made, input, administered);
    Ok(made)
}

fn warnings(
    made: &Calibration,
    input: &CalibrationInput<'_>,
    administered: Option<&Administered>,
) -> Vec<String> {
    let mut warnings = Vec::new();
    if input.is_bq_per_ml && input.decay_correction_h == 0.0 {
        warnings.push("0 hours from administration to the image's reference time: right only for an image that was corrected to the administration".to_owned());
    }
    if made.outside_fraction > OUTSIDE_WARNED {
        warnings.push(format!(
            "{:.1} % of the image's sum lies outside the reference ({}): shunt, scatter, blur or a segmentation that is too small",
            100.0 * made.outside_fraction,
            input.reference.name()
        ));
    }
    if input.reference == Reference::WholeField
        && administered.is_some_and(|one| one.delivery.lung_shunt_fraction() > 0.0)
    {
        warnings.push("the whole field is the reference and a lung shunt is taken off: where the field shows the lung it is counted twice; take the liver as reference, or a shunt of 0".to_owned());
    }
    if let Some(recovery) = made.recovery_factor
        && (recovery - 1.0).abs() > RECOVERY_WARNED
    {
        warnings.push(format!(
            "the image holds {recovery:.3} times the activity that is expected in the reference: absolute and relative calibration differ by that factor; look at times, residual, shunt and scanner calibration"
        ));
    }
    if let Some(negative) = made.activity.negative() {
        warnings.push(format!(
            "{} voxels are negative ({:.2} % of the positive sum); they are kept",
            negative.voxels, negative.share_percent
        ));
    }
    warnings
}

#[cfg(test)]
mod tests {
    use super::super::constants::HALF_LIFE_H;
    use super::*;

    fn grid(voxels: usize) -> Arc<Grid> {
        let axes = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]];
        Arc::new(Grid::new([1, 1, voxels], [10.0; 3], [0.0; 3], axes).unwrap())
    }

    fn region(shares: Vec<f32>) -> Structure {
        let grid = grid(shares.len());
        Structure::from_mask("Liver", shares, grid).unwrap()
    }

    fn input(
        values: Vec<f64>,
        reference: Reference,
        region: Option<&Structure>,
    ) -> CalibrationInput<'_> {
        CalibrationInput {
            grid: grid(values.len()),
            values: values.into(),
            is_bq_per_ml: true,
            decay_correction_h: 64.1,
            half_life_h: HALF_LIFE_H,
            reference,
            region,
            frame_of_reference: None,
        }
    }

    fn administered(activity_gbq: f64, shunt: f64) -> Administered {
        Administered {
            activity_gbq,
            delivery: Delivery::new(shunt, 0.1).unwrap(),
        }
    }

    #[test]
    fn relative_puts_the_net_activity_into_the_reference() {
        let liver = region(vec![1.0, 1.0, 0.0, 0.0]);
        let image = input(
            vec![3.0, 1.0, 1.0, 0.0],
            Reference::WholeLiver,
            Some(&liver),
        );
        let made = relative_calibration(&image, &administered(2.0, 0.05)).unwrap();
        let net = 2.0 * 0.9 * 0.95;
        assert!((made.reference_gbq - net).abs() < 1e-12);
        assert!((made.outside_fraction - 0.2).abs() < 1e-12);
        // Voxels of 1 mL: 3/4 of the net activity in the first.
        assert!((made.activity.values().get(0) / (0.75 * net * 1e9) - 1.0).abs() < 1e-12);
        // Image in the reference: 4 Bq, twice that at administration.
        assert!((made.recovery_factor.unwrap() / (8.0 / (net * 1e9)) - 1.0).abs() < 1e-12);
    }

    #[test]
    fn absolute_decays_back_and_says_the_recovery() {
        let image = input(vec![4e8, 1e8], Reference::WholeField, None);
        let made = absolute_calibration(&image, Some(&administered(1.0, 0.0))).unwrap();
        assert!((made.factor - 2.0).abs() < 1e-12);
        assert!((made.field_gbq - 1.0).abs() < 1e-12);
        assert!((made.recovery_factor.unwrap() - 1.0 / 0.9).abs() < 1e-12);
        assert!(made.warnings.is_empty(), "{:?}", made.warnings);
        let counts = CalibrationInput {
            is_bq_per_ml: false,
            ..input(vec![1.0, 1.0], Reference::WholeField, None)
        };
        let error = absolute_calibration(&counts, None).unwrap_err();
        assert!(error.to_string().contains("relative"), "{error}");
        let made = relative_calibration(&counts, &administered(1.0, 0.05)).unwrap();
        assert_eq!(made.recovery_factor, None);
        assert!(made.warnings[0].contains("counted twice"));
    }

    #[test]
    fn what_is_doubtful_is_said() {
        let perfused = region(vec![1.0, 0.0, 0.0]);
        let mut image = input(
            vec![1.0, 1.0, -0.1],
            Reference::PerfusedVolume,
            Some(&perfused),
        );
        image.decay_correction_h = 0.0;
        let made = relative_calibration(&image, &administered(1.0, 0.0)).unwrap();
        let all = made.warnings.join("\n");
        for part in [
            "0 hours",
            "outside the reference (perfused_volume)",
            "times the activity",
            "1 voxels are negative",
        ] {
            assert!(all.contains(part), "{part}: {all}");
        }
        let cold = region(vec![0.0, 1.0]);
        let none = input(vec![1.0, 0.0], Reference::WholeLiver, Some(&cold));
        let error = relative_calibration(&none, &administered(1.0, 0.0)).unwrap_err();
        assert!(
            error.to_string().contains("no counts in the whole_liver"),
            "{error}"
        );
        let missing = input(vec![1.0], Reference::WholeLiver, None);
        assert!(relative_calibration(&missing, &administered(1.0, 0.0)).is_err());
        let all = region(vec![1.0]);
        let surplus = input(vec![1.0], Reference::WholeField, Some(&all));
        assert!(relative_calibration(&surplus, &administered(1.0, 0.0)).is_err());
    }
}
