//! DVHs that the planning system stored in its RTDOSE.

use super::dataset::DataSet;
use super::error::DicomError;
use crate::case::StoredDvh;
use dicom_dictionary_std::tags;

/// Prescriptions in gray that per cent may refer to. Outside, a mismatch is something else: a factor of
/// 100, which would mean a prescription of 1 Gy, is centigray.
const PRESCRIPTIONS_GY: std::ops::RangeInclusive<f64> = 1.5..=300.0;
/// How well the two ratios must agree, that of the means and that of the maxima.
const AGREEMENT: f64 = 0.1;

/// The DVHs of a dose file.
///
/// # Errors
/// `DVHData` that is no list of numbers.
pub(super) fn stored_dvhs(set: &DataSet<'_>) -> Result<Vec<StoredDvh>, DicomError> {
    set.items(tags::DVH_SEQUENCE)
        .iter()
        .map(stored_dvh)
        .collect()
}

fn stored_dvh(item: &DataSet<'_>) -> Result<StoredDvh, DicomError> {
    let bad = || DicomError::Value {
        element: "DVHData",
        got: "no list of pairs of numbers".to_owned(),
        allowed: "pairs of dose width and volume",
        remedy: "export the dose without its DVHs, or again",
    };
    let data = match item.bytes(tags::DVH_DATA) {
        Some(_) => item.decimals(tags::DVH_DATA).ok_or_else(bad)?,
        None => Vec::new(),
    };
    if data.len() % 2 != 0 {
        return Err(bad());
    }
    let scaling = item.decimal(tags::DVH_DOSE_SCALING).unwrap_or(1.0);
    let mut edge = 0.0;
    let (mut dose, mut volume) = (Vec::with_capacity(data.len() / 2), Vec::new());
    for pair in data.chunks_exact(2) {
        edge += pair[0] * scaling;
        dose.push(edge);
        volume.push(pair[1]);
    }
    let code = |tag| item.code(tag).unwrap_or_default();
    let mut dvh = StoredDvh {
        roi_number: item
            .items(tags::DVH_REFERENCED_ROI_SEQUENCE)
            .first()
            .and_then(|roi| roi.number(tags::REFERENCED_ROI_NUMBER)),
        dvh_type: code(tags::DVH_TYPE),
        dose_units: code(tags::DOSE_UNITS),
        volume_units: code(tags::DVH_VOLUME_UNITS),
        dose,
        volume,
        min: item.decimal(tags::DVH_MINIMUM_DOSE),
        max: item.decimal(tags::DVH_MAXIMUM_DOSE),
        mean: item.decimal(tags::DVH_MEAN_DOSE),
        statistics_are_percent: false,
        implied_prescription_gy: None,
    };
    dvh.implied_prescription_gy = implied_prescription(&dvh);
    dvh.statistics_are_percent = dvh.implied_prescription_gy.is_some();
    Ok(dvh)
}

/// The prescription of which minimum, mean and maximum are per cent although labelled in gray.
///
/// The curve is the witness: its end is the maximum and its area the mean, both to within a bin. When the
/// stored numbers disagree with it, both by the same ratio, and that ratio makes sense as 100 over a
/// prescription, they are per cent. A lone disagreement decides nothing.
fn implied_prescription(dvh: &StoredDvh) -> Option<f64> {
    if dvh.dose_units != "GY" {
        return None;
    }
    let end = dvh.dose.last().copied().filter(|end| *end > 0.0)?;
    let bin = end - dvh.dose.iter().rev().nth(1).copied().unwrap_or(0.0);
    let (curve_mean, mean, max) = (dvh.curve_mean()?, dvh.mean?, dvh.max?);
    let fits = |stored: f64, curve: f64| (stored - curve).abs() <= 2.0 * bin + 0.02 * curve;
    if fits(max, end) || fits(mean, curve_mean) || curve_mean <= 0.0 {
        return None;
    }
    let by_mean = mean / curve_mean;
    // The maximum lies somewhere in the last bin.
    let by_max = max / end..=max / (end - bin).max(0.5 * end);
    let agree = by_mean >= by_max.start() * (1.0 - AGREEMENT)
        && by_mean <= by_max.end() * (1.0 + AGREEMENT);
    let prescription = 100.0 / by_mean;
    (agree && PRESCRIPTIONS_GY.contains(&prescription)).then_some(prescription)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 10 cc whose dose runs evenly from 0 to 20 Gy: mean 10 Gy.
    fn ramp() -> StoredDvh {
        StoredDvh {
            roi_number: Some(1),
            dvh_type: "CUMULATIVE".to_owned(),
            dose_units: "GY".to_owned(),
            volume_units: "CM3".to_owned(),
            dose: (1..=2000).map(|n| 0.01 * f64::from(n)).collect(),
            volume: (0..2000).map(|n| 10.0 - 0.005 * f64::from(n)).collect(),
            min: Some(0.0),
            max: Some(20.0),
            mean: Some(10.0),
            statistics_are_percent: false,
            implied_prescription_gy: None,
        }
    }

    #[test]
    fn gray_stays_gray() {
        assert!((ramp().curve_mean().unwrap() - 10.0).abs() < 0.02);
        assert_eq!(implied_prescription(&ramp()), None);
        let centigray = StoredDvh {
            max: Some(2000.0),
            mean: Some(1000.0),
            ..ramp()
        };
        assert_eq!(implied_prescription(&centigray), None);
        let unrelated = StoredDvh {
            max: Some(40.0),
            mean: Some(90.0),
            ..ramp()
        };
        assert_eq!(implied_prescription(&unrelated), None);
    }

    #[test]
    fn per_cent_is_recognised_above_and_below_100_gy() {
        for prescription in [14.0, 150.0] {
            let scale = 100.0 / prescription;
            let percent = StoredDvh {
                max: Some(20.0 * scale),
                mean: Some(10.0 * scale),
                ..ramp()
            };
            let implied = implied_prescription(&percent).unwrap();
            assert!((implied / prescription - 1.0).abs() < 0.005, "{implied}");
        }
    }
}
