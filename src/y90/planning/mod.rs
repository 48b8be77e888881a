//! Planning: from a wanted dose to an activity, and back.
//!
//! Every model takes a [`Delivery`]: how much of the prepared activity reaches liver and lung, and the
//! dose constant. Net activity is what left the vial and the catheter, `A (1 - R)`; of it the share
//! `L` goes to the lung and `1 - L` stays in the liver.

mod bsa;
mod limited;
mod lung;
mod mird;
mod partition;
mod volumes;

pub use bsa::{
    BSA_SHUNT_REDUCTIONS, BsaInput, ShuntReduction, body_surface_m2, bsa_activity_gbq,
    bsa_shunt_reduction,
};
pub use limited::{Limit, PlannedActivity, plan_activity};
pub use lung::{
    LUNG_LIMIT_CUMULATIVE_GY, LUNG_LIMIT_SINGLE_GY, LUNG_MASS_KG, PlanarCounts, lung_activity_gbq,
    lung_dose_gy, lung_mass_from_ct_kg, lung_shunt_from_planar, lung_shunt_from_spect,
    lung_shunt_from_tumour_lung_shunt,
};
pub use mird::{mird_activity_gbq, mird_dose_gy};
pub use partition::{
    Partition, PartitionModel, Tumour, partition, partition_activity_gbq,
    tn_ratio_from_activity_ratio,
};
pub use volumes::{PerfusedVolume, VolumesDose, partition_volumes};

use super::Y90Error;
use super::constants::{DOSE_CONSTANT, described};
use crate::citation::Cited;
use crate::error::{NonPhysicalError, positive};
use crate::provenance::Provenance;

/// What becomes of a prepared activity, and the dose constant that turns it into dose.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Delivery {
    lung_shunt_fraction: f64,
    residual_fraction: f64,
    dose_constant: Cited<f64>,
}

/// A share that may be 0 but must leave something: 0 <= share < 1.
pub(super) fn share_below_one(quantity: &'static str, value: f64) -> Result<f64, NonPhysicalError> {
    if (0.0..1.0).contains(&value) {
        Ok(value)
    } else {
        Err(NonPhysicalError {
            quantity,
            value,
            allowed: "at least 0 and below 1",
        })
    }
}

impl Delivery {
    /// Lung shunt fraction `L` of the net activity and residual fraction `R` of the prepared one, both
    /// at least 0 and below 1, with the default dose constant.
    ///
    /// # Errors
    /// A share outside that range.
    pub fn new(lung_shunt_fraction: f64, residual_fraction: f64) -> Result<Self, NonPhysicalError> {
        Ok(Self {
            lung_shunt_fraction: share_below_one("the lung shunt fraction", lung_shunt_fraction)?,
            residual_fraction: share_below_one("the residual fraction", residual_fraction)?,
            dose_constant: DOSE_CONSTANT,
        })
    }

    /// Takes another dose constant in Gy kg/GBq.
    ///
    /// # Errors
    /// A constant that is not above zero.
    pub fn with_dose_constant(mut self, constant: Cited<f64>) -> Result<Self, NonPhysicalError> {
        positive("dose constant in Gy kg/GBq", constant.value)?;
        self.dose_constant = constant;
        Ok(self)
    }

    /// Dose constant in Gy kg/GBq.
    pub fn dose_constant(&self) -> Cited<f64> {
        self.dose_constant
    }

    /// Share of the net activity that goes to the lung.
    pub fn lung_shunt_fraction(&self) -> f64 {
        self.lung_shunt_fraction
    }

    /// Share of the prepared activity that stays in vial and catheter.
    pub fn residual_fraction(&self) -> f64 {
        self.residual_fraction
    }

    /// What leaves the catheter, in GBq: `A (1 - R)`.
    pub fn net_gbq(&self, activity_gbq: f64) -> f64 {
        activity_gbq * (1.0 - self.residual_fraction)
    }

    /// What stays in the liver, in GBq: `A (1 - R) (1 - L)`.
    pub fn liver_gbq(&self, activity_gbq: f64) -> f64 {
        self.net_gbq(activity_gbq) * (1.0 - self.lung_shunt_fraction)
    }

    /// What goes to the lung, in GBq: `A (1 - R) L`.
    pub fn lung_gbq(&self, activity_gbq: f64) -> f64 {
        self.net_gbq(activity_gbq) * self.lung_shunt_fraction
    }

    /// Energy that a prepared activity leaves in the liver, in Gy kg for each GBq.
    pub(super) fn liver_gy_kg_per_gbq(&self) -> f64 {
        self.dose_constant.value * self.liver_gbq(1.0)
    }

    /// The settings, for the record of a result.
    pub fn provenance(&self, method: &str) -> Provenance {
        let mut provenance = Provenance::new()
            .with_setting("method", method)
            .with_setting("dose_constant", described(&self.dose_constant))
            .with_setting("lung_shunt_fraction", self.lung_shunt_fraction)
            .with_setting("residual_fraction", self.residual_fraction);
        provenance
            .sources
            .push(self.dose_constant.source.to_owned());
        provenance
    }
}

/// A planning question that contradicts itself.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum PlanningError {
    /// A part that is larger than the whole.
    #[error(
        "{part} is {part_ml} mL, more than {whole} ({whole_ml} mL); give the volumes of the same segmentation"
    )]
    PartLargerThanWhole {
        /// The part.
        part: &'static str,
        /// Its volume.
        part_ml: f64,
        /// The whole.
        whole: &'static str,
        /// Its volume.
        whole_ml: f64,
    },
    /// Nothing to put dose into.
    #[error("{what}; {remedy}")]
    Nothing {
        /// What is missing.
        what: &'static str,
        /// What to do.
        remedy: &'static str,
    },
}

impl From<PlanningError> for Y90Error {
    fn from(error: PlanningError) -> Self {
        Self::Planning(error)
    }
}
