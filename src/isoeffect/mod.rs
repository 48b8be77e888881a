//! Isoeffect models: pure functions from physical dose to BED and EQD2.

mod alpha_beta;
mod bulk;
mod dose_rate;
mod effect;
mod incomplete_repair;
mod lq;
mod lql;
mod named;
mod repopulation;
mod transform;
mod usc;
mod voxel_alpha_beta;

pub use alpha_beta::{ALPHA_BETA, AlphaBeta};
pub use dose_rate::{bed_cycles_gy, bed_decaying_gy, protraction_factor};
pub use effect::{
    Delivery, Effect, EffectError, Model, Timing, eqdx_gy, fractions_for_eqd2,
    refractionated_dose_gy,
};
pub use incomplete_repair::FractionsADay;
pub use lq::{
    Segment, bed_gy, dose_per_fraction_from_eqd2_gy, eqd2_from_bed_gy, eqd2_gy,
    isoeffective_dose_gy, mixed_bed_gy, mixed_eqd2_gy,
};
pub use lql::LqL;
pub use repopulation::Repopulation;
pub use transform::{Real, Transform, transform_into};
pub use usc::Usc;
pub use voxel_alpha_beta::{AlphaBetaMapError, Measure, transform_with_labels, transform_with_map};
