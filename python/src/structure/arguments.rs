//! What Python says of solids and margins, in words and numbers.

use crate::errors::{Error, Result};
use hepadose::structure::{BetweenPlanes, EndCaps, Margins, SolidPolicy};
use pyo3::prelude::*;

/// How contours become a solid, in words; what is left out is as usual, or as a preset says.
#[derive(FromPyObject)]
#[pyo3(from_item_all)]
pub(crate) struct SolidArguments {
    pub(crate) between_planes: Option<String>,
    pub(crate) end_caps: Option<String>,
    pub(crate) max_cap_mm: Option<f64>,
    pub(crate) preset: Option<String>,
}

impl SolidArguments {
    /// The policy that the words ask for.
    pub(crate) fn policy(&self) -> Result<SolidPolicy> {
        let usual = SolidPolicy::default();
        let (between, caps) = (self.between_planes.as_deref(), self.end_caps.as_deref());
        let policy = SolidPolicy {
            between_planes: between.map_or(Ok(usual.between_planes), between_planes_named)?,
            end_caps: caps.map_or(Ok(usual.end_caps), end_caps_named)?,
            max_cap_mm: self.max_cap_mm,
        };
        Ok(policy.checked()?)
    }
}

/// A policy by its word.
pub(crate) fn between_planes_named(word: &str) -> Result<BetweenPlanes> {
    let found = BetweenPlanes::ALL
        .into_iter()
        .find(|all| all.name() == word);
    found.ok_or_else(|| Error::setting("between_planes", word, "prism or shape"))
}

/// A policy by its words, for what lies between planes and beyond them.
pub(super) fn policy_named([between_planes, end_caps]: [&str; 2]) -> Result<SolidPolicy> {
    Ok(SolidPolicy {
        between_planes: between_planes_named(between_planes)?,
        end_caps: end_caps_named(end_caps)?,
        max_cap_mm: None,
    })
}

/// A policy by its word.
pub(crate) fn end_caps_named(word: &str) -> Result<EndCaps> {
    let found = EndCaps::ALL.into_iter().find(|caps| caps.name() == word);
    found.ok_or_else(|| Error::setting("end_caps", word, "half_slice, none or rounded"))
}

/// Margins towards right, left, front, back, feet and head where they differ from the common one.
pub(super) type Sides = [Option<f64>; 6];

/// The common margin, and those that differ from it.
pub(super) fn margins(mm: f64, [right, left, front, back, feet, head]: Sides) -> Result<Margins> {
    let or = |side: Option<f64>| side.unwrap_or(mm);
    Ok(Margins::new(
        [or(right), or(front), or(feet)],
        [or(left), or(back), or(head)],
    )?)
}
