//! Planned against delivered dose of one region: ratio, and how far the two histograms overlap.

use super::Y90Error;
use crate::dose::DoseKind;
use crate::dvh::{Curve, Dvh, MetricSpec, Quantity, Unit, VolumeLevel};
use serde::Serialize;

/// Planned and delivered dose of one region.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct DoseComparison {
    /// Volume in cc in the planning image.
    pub planned_volume_cc: f64,
    /// Volume in cc in the image of the delivered dose.
    pub delivered_volume_cc: f64,
    /// Mean planned dose in gray.
    pub planned_mean_gy: f64,
    /// Mean delivered dose in gray.
    pub delivered_mean_gy: f64,
    /// Delivered over planned mean dose; absent where nothing was planned.
    pub ratio: Option<f64>,
    /// Dose in gray that the hottest 70 % were planned to receive at least.
    pub planned_d70_gy: f64,
    /// Dose in gray that the hottest 70 % received at least.
    pub delivered_d70_gy: f64,
    /// Area under both cumulative histograms over the area under either, in shares of the volume: 1 for the same
    /// histogram, 0 where no dose is common.
    pub dvh_overlap: f64,
    /// Area between the two cumulative histograms in gray: the mean distance of dose at equal share of volume.
    pub dvh_distance_gy: f64,
}

/// Compares the histograms of a planned and a delivered dose of one region.
///
/// With `P(d)` and `Q(d)` the shares of the volume that receive at least `d`, the overlap is
/// `integral of min(P, Q) / integral of max(P, Q)` over all doses from 0; the integrals are exact for the curves as
/// they are kept. The two may come from different images with different contours: only shares are compared, not
/// places.
///
/// # Errors
/// Histograms of BED or EQD2, or from which no mean can be read (no volume, not covered by the image).
pub fn compare_doses(planned: &Dvh, delivered: &Dvh) -> Result<DoseComparison, Y90Error> {
    let (planned_mean_gy, planned_d70_gy) = read(planned)?;
    let (delivered_mean_gy, delivered_d70_gy) = read(delivered)?;
    let areas = areas_gy(planned.curve(), delivered.curve());
    Ok(DoseComparison {
        planned_volume_cc: planned.volume_cc(),
        delivered_volume_cc: delivered.volume_cc(),
        planned_mean_gy,
        delivered_mean_gy,
        ratio: (planned_mean_gy > 0.0).then(|| delivered_mean_gy / planned_mean_gy),
        planned_d70_gy,
        delivered_d70_gy,
        // min(P, Q) = (P + Q - |P - Q|) / 2, max with a plus.
        dvh_overlap: if areas.sum > 0.0 {
            (areas.sum - areas.distance) / (areas.sum + areas.distance)
        } else {
            1.0
        },
        dvh_distance_gy: areas.distance,
    })
}

fn read(dvh: &Dvh) -> Result<(f64, f64), Y90Error> {
    let hottest = Quantity::DoseOfHottest(VolumeLevel::Percent(70.0));
    Ok((physical_mean_gy(dvh)?, value(dvh, hottest)?))
}

/// Mean of a histogram of physical dose.
pub(super) fn physical_mean_gy(dvh: &Dvh) -> Result<f64, Y90Error> {
    if dvh.kind() != DoseKind::Physical {
        return Err(Y90Error::NotAbsorbedDose { kind: dvh.kind() });
    }
    value(dvh, Quantity::Mean)
}

fn value(dvh: &Dvh, quantity: Quantity) -> Result<f64, Y90Error> {
    let spec = MetricSpec {
        quantity,
        unit: Unit::Gy,
    };
    dvh.metric(&spec)
        .value
        .map_err(|reason| Y90Error::Histogram {
            name: dvh.name().to_owned(),
            reason: reason.to_string(),
        })
}

/// Integrals over dose in gray, of curves as shares of the volume.
struct Areas {
    /// Of `P + Q`.
    sum: f64,
    /// Of `|P - Q|`.
    distance: f64,
}

/// Between knots both curves are straight lines, so the integrals are exact.
fn areas_gy(one: &Curve, other: &Curve) -> Areas {
    let mut knots: Vec<f64> = std::iter::once(0.0)
        .chain(one.dose_gy().iter().copied())
        .chain(other.dose_gy().iter().copied())
        .collect();
    knots.sort_by(f64::total_cmp);
    knots.dedup();
    let share = |curve: &Curve, dose: f64| curve.volume_at_least_cc(dose) / curve.total_cc();
    let mut areas = Areas {
        sum: 0.0,
        distance: 0.0,
    };
    for pair in knots.windows(2) {
        let (width, middle) = (pair[1] - pair[0], pair[0] + (pair[1] - pair[0]) / 2.0);
        let (p, q) = (share(one, middle), share(other, middle));
        // At a knot a curve may jump, so the line is continued from the inside to its start.
        let end = share(one, pair[1]) - share(other, pair[1]);
        let start = 2.0 * (p - q) - end;
        let size = start.abs() + end.abs();
        areas.sum += width * (p + q);
        areas.distance += width
            * if start * end >= 0.0 {
                size / 2.0
            } else {
                (start * start + end * end) / (2.0 * size)
            };
    }
    areas
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dvh(doses: &[f64], volumes: &[f64]) -> Dvh {
        Dvh::from_samples("Tumour", doses, volumes, DoseKind::Physical).unwrap()
    }

    #[test]
    fn overlap_by_hand() {
        // Shares: all at 100 Gy, against half at 50 and half at 150 Gy. min has the area 50 + 25, max 100 + 25.
        let found =
            compare_doses(&dvh(&[100.0], &[8.0]), &dvh(&[50.0, 150.0], &[2.0, 2.0])).unwrap();
        assert!((found.dvh_overlap - 75.0 / 125.0).abs() < 1e-14);
        assert!((found.dvh_distance_gy - 50.0).abs() < 1e-12);
        assert_eq!(found.ratio, Some(1.0));
        assert_eq!(
            (found.planned_volume_cc, found.delivered_volume_cc),
            (8.0, 4.0)
        );
        assert_eq!(
            (found.planned_d70_gy, found.delivered_d70_gy),
            (100.0, 50.0)
        );
    }

    #[test]
    fn the_same_and_the_doubled() {
        let (one, two) = (
            dvh(&[10.0, 30.0], &[1.0, 3.0]),
            dvh(&[20.0, 60.0], &[1.0, 3.0]),
        );
        let same = compare_doses(&one, &one).unwrap();
        assert_eq!((same.dvh_overlap, same.dvh_distance_gy), (1.0, 0.0));
        let doubled = compare_doses(&one, &two).unwrap();
        // A curve that lies wholly below another: the overlap is the ratio of the means.
        assert!((doubled.dvh_overlap - 0.5).abs() < 1e-14);
        assert_eq!(doubled.ratio, Some(2.0));
        let back = compare_doses(&two, &one).unwrap();
        assert!((back.dvh_overlap - doubled.dvh_overlap).abs() < 1e-14);
    }

    #[test]
    fn nothing_and_other_kinds() {
        let cold = dvh(&[0.0], &[1.0]);
        let found = compare_doses(&cold, &cold).unwrap();
        assert_eq!((found.ratio, found.dvh_overlap), (None, 1.0));
        let empty = dvh(&[], &[]);
        let error = compare_doses(&cold, &empty).unwrap_err().to_string();
        assert!(error.contains("'Tumour' cannot be used"), "{error}");
        let kind = DoseKind::Bed { alpha_beta_gy: 2.5 };
        let bed = Dvh::from_samples("Tumour", &[1.0], &[1.0], kind).unwrap();
        assert_eq!(
            compare_doses(&cold, &bed),
            Err(Y90Error::NotAbsorbedDose { kind })
        );
    }
}
