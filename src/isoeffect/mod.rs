//! Isoeffect models: pure functions from physical dose to BED and EQD2.

mod alpha_beta;
mod dose_rate;
mod lq;
mod transform;

pub use alpha_beta::{ALPHA_BETA, AlphaBeta};
pub use dose_rate::{bed_decaying_gy, protraction_factor};
pub use lq::{
    Segment, bed_gy, dose_per_fraction_from_eqd2_gy, eqd2_from_bed_gy, eqd2_gy,
    isoeffective_dose_gy, mixed_bed_gy, mixed_eqd2_gy,
};
pub use transform::{Real, Transform, transform_into};
