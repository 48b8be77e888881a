//! Indices of a plan's geometry: conformity, gradient, homogeneity; one file a published definition.
//!
//! Symbols: TV target volume, PIV volume of the prescription isodose (everywhere), `TV_PIV` the part of the target
//! inside it; all in cc. Every index is a pure number.

mod icru_homogeneity;
mod paddick_conformity;
mod paddick_gradient;
mod r50;
mod rtog_conformity;
mod volumes;

pub use icru_homogeneity::icru_homogeneity;
pub use paddick_conformity::paddick_conformity;
pub use paddick_gradient::paddick_gradient;
pub use r50::r50;
pub use rtog_conformity::rtog_conformity;
pub use volumes::{IndexError, PlanVolumes, whole_grid};

use serde::Serialize;

/// A published index.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
pub enum Index {
    /// Conformity after Paddick 2000.
    PaddickConformity,
    /// Conformity after RTOG (Shaw 1993).
    RtogConformity,
    /// Homogeneity after ICRU report 83.
    IcruHomogeneity,
    /// Gradient after Paddick and Lippitz 2006.
    PaddickGradient,
    /// Half-prescription spill after RTOG 0813 and 0915.
    R50,
}

impl Index {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::PaddickConformity,
        Self::RtogConformity,
        Self::IcruHomogeneity,
        Self::PaddickGradient,
        Self::R50,
    ];

    /// As it is written in goals.
    pub const fn name(self) -> &'static str {
        match self {
            Self::PaddickConformity => "PaddickCI",
            Self::RtogConformity => "RTOGCI",
            Self::IcruHomogeneity => "ICRUHI",
            Self::PaddickGradient => "PaddickGI",
            Self::R50 => "R50",
        }
    }

    /// Key of the reference that defines it.
    pub const fn source(self) -> &'static str {
        match self {
            Self::PaddickConformity => "paddick2000",
            Self::RtogConformity => "shaw1993",
            Self::IcruHomogeneity => "icru83",
            Self::PaddickGradient => "paddick2006",
            Self::R50 => "rtog0813",
        }
    }
}
