//! What is assumed between contour planes and beyond the last of them.

use crate::error::{NonPhysicalError, positive};
use serde::{Deserialize, Serialize};

/// What a structure is between two contour planes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BetweenPlanes {
    /// Each contour goes on unchanged to the midpoint between its plane and the next.
    #[default]
    Prism,
    /// The cross-section changes smoothly from plane to plane: the signed distances to the contours of four planes
    /// are interpolated by a cubic.
    Shape,
}

impl BetweenPlanes {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::Prism, Self::Shape];

    /// The word used in arguments and results.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Prism => "prism",
            Self::Shape => "shape",
        }
    }
}

/// What happens beyond the end planes of a stack of contours, and at gaps in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EndCaps {
    /// The end contour goes on for half the usual spacing.
    #[default]
    HalfSlice,
    /// The structure ends at its end planes.
    None,
    /// The end contour shrinks to nothing as the last planes say, within one usual spacing; where they do not
    /// shrink, like half an ellipsoid that holds what the half slice would.
    Rounded,
}

impl EndCaps {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::HalfSlice, Self::None, Self::Rounded];

    /// The word used in arguments and results.
    pub const fn name(self) -> &'static str {
        match self {
            Self::HalfSlice => "half_slice",
            Self::None => "none",
            Self::Rounded => "rounded",
        }
    }
}

/// How contours become a solid. Masks are solids already and are not affected.
///
/// ```
/// use hepadose::structure::{EndCaps, SolidPolicy};
/// let usual = SolidPolicy::default();
/// assert_eq!(usual.end_caps, EndCaps::HalfSlice);
/// assert_eq!(SolidPolicy::from(EndCaps::None).between_planes.name(), "prism");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize)]
pub struct SolidPolicy {
    /// What a structure is between two contour planes.
    pub between_planes: BetweenPlanes,
    /// What happens beyond the end planes.
    pub end_caps: EndCaps,
    /// The longest cap in mm, where there is a limit.
    pub max_cap_mm: Option<f64>,
}

impl From<EndCaps> for SolidPolicy {
    fn from(end_caps: EndCaps) -> Self {
        Self {
            end_caps,
            ..Self::default()
        }
    }
}

impl SolidPolicy {
    /// The policy, if its limit is a length.
    ///
    /// # Errors
    /// A limit that is not above zero.
    pub fn checked(self) -> Result<Self, NonPhysicalError> {
        if let Some(limit) = self.max_cap_mm {
            positive("max_cap_mm", limit)?;
        }
        Ok(self)
    }

    /// A length of a cap within the limit.
    pub(super) fn limited(&self, cap_mm: f64) -> f64 {
        self.max_cap_mm.map_or(cap_mm, |limit| cap_mm.min(limit))
    }
}
