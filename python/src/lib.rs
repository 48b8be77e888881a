//! The extension module `hepadose._core`: borrow, detach, call, convert. The numbers are made in the core crate.
//!
//! Files mirror the core's. The docstrings of classes and methods are NumPy style, for Python's `help`.
#![allow(clippy::doc_markdown, reason = "docstrings are read in Python")]
#![allow(
    clippy::needless_pass_by_value,
    reason = "arguments arrive owned from Python"
)]

mod arguments;
mod arrays;
mod case;
mod citation;
mod demo;
mod dicom;
mod dose;
mod dvh;
mod errors;
mod geometry;
mod isoeffect;
mod json;
mod notebook;
mod pool;
mod protocol;
mod radiobiology;
mod structure;
mod y90;

use pyo3::prelude::pymodule;

#[pymodule]
mod _core {
    #[pymodule_export]
    use super::citation::references;
    #[pymodule_export]
    use super::demo::{read_demo_activity, write_demo};
    #[pymodule_export]
    use super::dicom::{
        encode_rtdose, encode_rtplan, encode_rtstruct, read_case, read_cases, read_nuclear_image,
        read_rtdose, read_rtplan, read_rtstruct, read_stored_dvhs,
    };
    #[pymodule_export]
    use super::dose::{
        DoseGrid, DoseKind, covered_block, dose_block, noted_dose, resample_dose,
        restore_dose_grid, restore_dose_kind,
    };
    #[pymodule_export]
    use super::dvh::{
        Dvh, dvh_on_plan, dvhs, dvhs_of_labels, dvhs_shifted, metric_name, presets, restore_dvh,
        weighted_dvh,
    };
    #[pymodule_export]
    use super::geometry::Grid;
    #[pymodule_export]
    use super::isoeffect::{
        alpha_beta, alpha_beta_labels_into, alpha_beta_map_into, bed_cycles_gy, bed_gy,
        bed_gy_into, dose_per_fraction_gy, dose_per_fraction_gy_into, effect_gy, effect_gy_into,
        effect_words, eqd2_from_bed_gy, eqd2_from_bed_gy_into, eqd2_gy, eqd2_gy_into,
        fractions_for_eqd2, incomplete_repair_factor, isoeffective_dose_gy,
        isoeffective_dose_gy_into, mixed_bed_gy, mixed_eqd2_gy, model_numbers, protraction_factor,
        refractionated_dose_gy, remaining_gy, remaining_gy_into, repopulation_rate,
    };
    #[pymodule_export]
    use super::pool::{num_threads, set_num_threads};
    #[pymodule_export]
    use super::protocol::{
        Protocol, check, eligibility, isotoxic, parse_mapping, protocol_for, protocol_ids,
        restore_protocol, would_it_flip,
    };
    #[pymodule_export]
    use super::radiobiology::{
        converted_metric, draws, estimate, geud_gy, interval_of, lkb_tolerance_dose_gy,
        parameter_set, parameter_set_doubts, parameter_sets, quantiles, schedules,
        uncertain_effect, veff,
    };
    #[pymodule_export]
    use super::structure::{Structure, margin_coverage, restore_structure};
    #[pymodule_export]
    use super::y90::{
        ActivityMap, VoxelKernel, absorbed_dose, lesion_doses_of_activity, lesion_doses_of_dose,
        model_provenance, y90_bed_gy, y90_bed_parameters, y90_body_surface_m2,
        y90_bsa_activity_gbq, y90_bsa_shunt_reduction, y90_calibrate, y90_compare_doses,
        y90_constants, y90_delivered_interval_gy, y90_delivered_probability, y90_effect,
        y90_effect_of_dvh, y90_fit_response, y90_hounsfield_density, y90_lung,
        y90_lung_activity_gbq, y90_lung_dose_gy, y90_lung_mass_from_ct_kg,
        y90_lung_shunt_from_planar, y90_lung_shunt_from_spect,
        y90_lung_shunt_from_tumour_lung_shunt, y90_mird_activity_gbq, y90_mird_dose_gy,
        y90_named_constants, y90_partition, y90_partition_activity_gbq, y90_partition_volumes,
        y90_plan_activity, y90_predict_delivered, y90_response, y90_structure_density,
        y90_structure_doses, y90_thresholds, y90_tn_ratio_from_activity_ratio, y90_uncertain_dose,
        y90_volume_uncertainty, y90_words,
    };

    /// What hepadose may be used for.
    #[pymodule_export]
    const INTENDED_USE: &str = hepadose::provenance::INTENDED_USE;
}
