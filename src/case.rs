//! What belongs to one patient: dose, structures, plan, stored DVHs and identifiers as plain tables.

use crate::dose::DoseGrid;
use crate::provenance::InputHash;
use crate::structure::Structure;

/// One beam (or application setup) of a fraction group.
#[derive(Debug, Clone, PartialEq)]
pub struct BeamDose {
    /// Beam number in the plan.
    pub number: i32,
    /// Beam dose in gray per fraction, where the plan states it.
    pub dose_gy: Option<f64>,
}

/// A group of fractions given alike.
#[derive(Debug, Clone, PartialEq)]
pub struct FractionGroup {
    /// Fraction group number.
    pub number: i32,
    /// Number of fractions planned.
    pub fractions: Option<u32>,
    /// Its beams.
    pub beams: Vec<BeamDose>,
}

/// A dose reference of the plan: a prescription or a limit.
#[derive(Debug, Clone, PartialEq)]
pub struct DoseReference {
    /// Dose reference number.
    pub number: i32,
    /// `POINT`, `VOLUME`, `COORDINATES` or `SITE`.
    pub structure_type: String,
    /// `TARGET` or `ORGAN_AT_RISK`.
    pub reference_type: String,
    /// ROI it is bound to.
    pub roi_number: Option<i32>,
    /// Target prescription dose in gray.
    pub prescription_gy: Option<f64>,
    /// Free text.
    pub description: Option<String>,
}

/// What a plan file says.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Plan {
    /// Plan label.
    pub label: Option<String>,
    /// `APPROVED`, `UNAPPROVED`, `REJECTED`.
    pub approval_status: Option<String>,
    /// Fraction groups.
    pub fraction_groups: Vec<FractionGroup>,
    /// Prescriptions and limits.
    pub dose_references: Vec<DoseReference>,
    /// SOP instance UID of the plan.
    pub sop_instance_uid: Option<String>,
    /// SOP instance UID of the structure set that it refers to.
    pub structure_set_uid: Option<String>,
    /// Frame of reference.
    pub frame_of_reference: Option<String>,
}

impl Plan {
    /// The number of fractions, when the plan has one fraction group that states it.
    pub fn fractions(&self) -> Option<u32> {
        match &self.fraction_groups[..] {
            [only] => only.fractions,
            _ => None,
        }
    }

    /// The sum over all groups of fractions times beam doses in gray, where every one is stated.
    pub fn beam_dose_total_gy(&self) -> Option<f64> {
        let mut total = None;
        for group in &self.fraction_groups {
            let fractions = f64::from(group.fractions?);
            for beam in &group.beams {
                total = Some(total.unwrap_or(0.0) + fractions * beam.dose_gy?);
            }
        }
        total
    }
}

/// A DVH that the planning system stored in its RTDOSE.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredDvh {
    /// ROI number it belongs to (the first where several were combined).
    pub roi_number: Option<i32>,
    /// `CUMULATIVE`, `DIFFERENTIAL` or `NATURAL`.
    pub dvh_type: String,
    /// `GY` or `RELATIVE`, as labelled.
    pub dose_units: String,
    /// `CM3`, `PERCENT` or `PER_U`.
    pub volume_units: String,
    /// Bin edges: dose widths added up, scaled by the DVH dose scaling.
    pub dose: Vec<f64>,
    /// Volume at each bin as stored.
    pub volume: Vec<f64>,
    /// Stored minimum, as labelled.
    pub min: Option<f64>,
    /// Stored maximum, as labelled.
    pub max: Option<f64>,
    /// Stored mean, as labelled.
    pub mean: Option<f64>,
    /// Whether the stored minimum, mean and maximum are per cent of a prescription although labelled otherwise.
    pub statistics_are_percent: bool,
    /// The prescription in gray that these per cent refer to, as the stored curve implies it.
    pub implied_prescription_gy: Option<f64>,
}

impl StoredDvh {
    /// Mean dose of the stored curve in its own units: the area under a cumulative curve over its first
    /// value, or the weighted mean of the bin centres of a differential one.
    pub fn curve_mean(&self) -> Option<f64> {
        let mut low = 0.0;
        let (mut sum, mut total) = (0.0, 0.0);
        let cumulative = self.dvh_type == "CUMULATIVE";
        if !cumulative && self.dvh_type != "DIFFERENTIAL" {
            return None;
        }
        for (high, volume) in self.dose.iter().zip(&self.volume) {
            if cumulative {
                sum += (high - low) * volume;
            } else {
                sum += 0.5 * (high + low) * volume;
                total += volume;
            }
            low = *high;
        }
        if cumulative {
            total = *self.volume.first()?;
        }
        Some(sum / total).filter(|mean| mean.is_finite())
    }

    /// Stored minimum, mean and maximum in gray. `prescription_gy` is what per cent refer to; without it the
    /// one that the curve implies is used. `None` for units other than gray.
    pub fn statistics_gy(&self, prescription_gy: Option<f64>) -> [Option<f64>; 3] {
        let scale = match (self.dose_units.as_str(), self.statistics_are_percent) {
            ("GY", false) => Some(1.0),
            ("GY", true) => prescription_gy
                .or(self.implied_prescription_gy)
                .map(|prescription| prescription / 100.0),
            _ => None,
        };
        [self.min, self.mean, self.max].map(|value| Some(value? * scale?))
    }
}

/// All that was found of one patient and one plan.
#[derive(Debug, Clone, Default)]
pub struct Case {
    /// The dose.
    pub dose: Option<DoseGrid<'static>>,
    /// Structures in the order of the structure set.
    pub structures: Vec<Structure>,
    /// The plan.
    pub plan: Option<Plan>,
    /// DVHs stored in the dose file.
    pub stored_dvhs: Vec<StoredDvh>,
    /// SOP instance UID of the dose.
    pub dose_uid: Option<String>,
    /// SOP instance UID of the structure set.
    pub structure_set_uid: Option<String>,
    /// Label of the structure set.
    pub structure_set_label: Option<String>,
    /// Hashes of what was read.
    pub inputs: Vec<InputHash>,
    /// Doubts that a person should know of.
    pub warnings: Vec<String>,
}

impl Case {
    /// Number of fractions of the dose.
    pub fn fractions(&self) -> Option<u32> {
        self.dose.as_ref()?.fractionation().number()
    }

    /// Structures of a name, exactly as drawn.
    pub fn named<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Structure> {
        self.structures
            .iter()
            .filter(move |structure| structure.name == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn beam_doses_add_over_fractions() {
        let beam = |dose_gy| BeamDose { number: 1, dose_gy };
        let group = |fractions, beams| FractionGroup {
            number: 1,
            fractions,
            beams,
        };
        let mut plan = Plan {
            fraction_groups: vec![group(Some(5), vec![beam(Some(3.0)), beam(Some(2.5))])],
            ..Plan::default()
        };
        assert_eq!(plan.beam_dose_total_gy(), Some(27.5));
        assert_eq!(plan.fractions(), Some(5));
        plan.fraction_groups.push(group(Some(2), vec![beam(None)]));
        assert_eq!(plan.beam_dose_total_gy(), None);
        assert_eq!(plan.fractions(), None);
    }

    #[test]
    fn stored_statistics_in_gray() {
        let mut dvh = StoredDvh {
            roi_number: None,
            dvh_type: "DIFFERENTIAL".to_owned(),
            dose_units: "GY".to_owned(),
            volume_units: "CM3".to_owned(),
            dose: vec![1.0, 2.0],
            volume: vec![1.0, 3.0],
            min: Some(10.0),
            mean: Some(50.0),
            max: Some(100.0),
            statistics_are_percent: false,
            implied_prescription_gy: None,
        };
        // Bin centres 0.5 and 1.5 Gy, weights 1 and 3.
        assert_eq!(dvh.curve_mean(), Some(1.25));
        assert_eq!(dvh.statistics_gy(None)[1], Some(50.0));
        dvh.statistics_are_percent = true;
        assert_eq!(dvh.statistics_gy(None)[1], None);
        assert_eq!(
            dvh.statistics_gy(Some(50.0)),
            [Some(5.0), Some(25.0), Some(50.0)]
        );
        dvh.dose_units = "RELATIVE".to_owned();
        assert_eq!(dvh.statistics_gy(Some(14.0)), [None; 3]);
    }
}
