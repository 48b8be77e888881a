//! Several perfused volumes, each with its own activity, in one liver.

use super::{Delivery, Partition, PartitionModel, PlanningError, partition};
use crate::error::non_negative;
use crate::y90::Y90Error;
use serde::Serialize;

/// One perfused volume that does not overlap another.
#[derive(Debug, Clone, PartialEq)]
pub struct PerfusedVolume {
    /// Prepared activity in GBq.
    pub activity_gbq: f64,
    /// Its tumours and normal liver.
    pub model: PartitionModel,
    /// Its own shunt and residual.
    pub delivery: Delivery,
}

/// Doses of several perfused volumes and of the whole.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct VolumesDose {
    /// Doses of each volume.
    pub volumes: Vec<Partition>,
    /// Mean dose of the perfused normal liver in gray; absent without any.
    pub perfused_normal_gy: Option<f64>,
    /// Mean dose of all normal liver, what is not perfused included; absent without any.
    pub whole_normal_gy: Option<f64>,
    /// Mean dose of the lung from all volumes together.
    pub lung_gy: f64,
}

/// Doses of several perfused volumes: each by [`partition`], normal liver by mass, lung as a sum.
///
/// `unperfused_normal_mass_kg` is the normal liver that no volume holds; it gets nothing.
///
/// # Errors
/// No volume, lungs that differ, negative activities or masses.
pub fn partition_volumes(
    volumes: &[PerfusedVolume],
    unperfused_normal_mass_kg: f64,
) -> Result<VolumesDose, Y90Error> {
    let spared = non_negative("unperfused normal mass in kg", unperfused_normal_mass_kg)?;
    let lung = |volume: &PerfusedVolume| volume.model.lung_mass_kg();
    let refuse = |what, remedy| PlanningError::Nothing { what, remedy };
    let first = volumes
        .first()
        .ok_or_else(|| refuse("there is no perfused volume", "give one with its activity"))?;
    if volumes.iter().any(|volume| lung(volume) != lung(first)) {
        return Err(refuse(
            "the volumes name different lung masses, but a patient has one pair of lungs",
            "give the same lung mass with each",
        )
        .into());
    }
    let doses = volumes
        .iter()
        .map(|volume| partition(volume.activity_gbq, &volume.model, &volume.delivery))
        .collect::<Result<Vec<_>, _>>()?;
    let mut mass = 0.0;
    let mut energy = 0.0;
    for (volume, dose) in volumes.iter().zip(&doses) {
        mass += volume.model.normal_mass_kg();
        energy += volume.model.normal_mass_kg() * dose.normal_gy;
    }
    Ok(VolumesDose {
        perfused_normal_gy: (mass > 0.0).then(|| energy / mass),
        whole_normal_gy: (mass + spared > 0.0).then(|| energy / (mass + spared)),
        lung_gy: doses.iter().map(|dose| dose.lung_gy).sum(),
        volumes: doses,
    })
}

#[cfg(test)]
mod tests {
    use super::super::Tumour;
    use super::*;

    fn volume(activity_gbq: f64, lung_mass_kg: f64) -> PerfusedVolume {
        let tumour = Tumour {
            mass_kg: 0.15,
            tn_ratio: 4.0,
        };
        PerfusedVolume {
            activity_gbq,
            model: PartitionModel::new(vec![tumour], 0.6, lung_mass_kg).unwrap(),
            delivery: Delivery::new(0.05, 0.0).unwrap(),
        }
    }

    #[test]
    fn two_halves_are_the_whole() {
        let tumours = vec![Tumour {
            mass_kg: 0.3,
            tn_ratio: 4.0,
        }];
        let whole = PartitionModel::new(tumours, 1.2, 1.0).unwrap();
        let whole = partition(2.6, &whole, &Delivery::new(0.05, 0.0).unwrap()).unwrap();
        let halves = partition_volumes(&[volume(1.3, 1.0), volume(1.3, 1.0)], 0.0).unwrap();
        assert!((halves.volumes[0].tumour_gy[0] - whole.tumour_gy[0]).abs() < 1e-10);
        assert!((halves.perfused_normal_gy.unwrap() - whole.normal_gy).abs() < 1e-10);
        assert!((halves.lung_gy - whole.lung_gy).abs() < 1e-12);
        let spared = partition_volumes(&[volume(1.3, 1.0)], 0.6).unwrap();
        let normal = spared.volumes[0].normal_gy;
        assert!((spared.whole_normal_gy.unwrap() - normal / 2.0).abs() < 1e-12);
        assert!((spared.perfused_normal_gy.unwrap() - normal).abs() < 1e-12);
    }

    #[test]
    fn one_pair_of_lungs() {
        let error = partition_volumes(&[volume(1.0, 1.0), volume(1.0, 0.9)], 0.0).unwrap_err();
        assert!(error.to_string().contains("one pair of lungs"));
        assert!(partition_volumes(&[], 0.0).is_err());
    }
}
