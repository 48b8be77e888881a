//! Yttrium-90: activity maps, absorbed dose, planning, BED and response thresholds.

mod activity;
mod bed;
mod calibration;
mod constant;
mod dose;
mod effect;
mod fit;
mod kernel;
mod lesions;
mod planning;
mod response;

pub(crate) use activity::ActivityMap;
pub(crate) use bed::{y90_bed_gy, y90_bed_parameters};
pub(crate) use calibration::y90_calibrate;
pub(crate) use constant::{DoseConstant, HalfLife, y90_constants, y90_named_constants};
pub(crate) use dose::{absorbed_dose, model_provenance, y90_structure_density};
pub(crate) use effect::{
    y90_effect, y90_effect_of_dvh, y90_uncertain_dose, y90_volume_uncertainty,
};
pub(crate) use fit::{
    y90_delivered_interval_gy, y90_delivered_probability, y90_fit_response, y90_predict_delivered,
};
pub(crate) use kernel::{VoxelKernel, y90_hounsfield_density};
pub(crate) use lesions::{
    lesion_doses_of_activity, lesion_doses_of_dose, y90_compare_doses, y90_structure_doses,
};
pub(crate) use planning::{
    y90_body_surface_m2, y90_bsa_activity_gbq, y90_bsa_shunt_reduction, y90_lung,
    y90_lung_activity_gbq, y90_lung_dose_gy, y90_lung_mass_from_ct_kg, y90_lung_shunt_from_planar,
    y90_lung_shunt_from_spect, y90_lung_shunt_from_tumour_lung_shunt, y90_mird_activity_gbq,
    y90_mird_dose_gy, y90_partition, y90_partition_activity_gbq, y90_partition_volumes,
    y90_plan_activity, y90_tn_ratio_from_activity_ratio,
};
pub(crate) use response::{y90_response, y90_thresholds, y90_words};
