//! How much of a tumour's margin was treated.

use super::Structure;
use super::arguments::policy_named;
use crate::errors::Result;
use hepadose::structure;
use pyo3::prelude::*;

/// Shares and volumes of a tumour's margin: margin, tumour, its treated share, shell and treated shell, solid and
/// treated solid, clipped, shares of shell and solid, least margin.
type Coverage = ([f64; 8], Option<f64>, f64, Option<f64>);

/// What `hepadose.margin_coverage` says, as numbers.
#[pyfunction]
pub(crate) fn margin_coverage(
    py: Python<'_>,
    tumour: &Structure,
    treated: &Structure,
    margin_mm: f64,
    within: Option<&Structure>,
    policy: [String; 2],
) -> Result<Coverage> {
    let policy = policy_named([&policy[0], &policy[1]])?;
    let within = within.map(|within| &*within.0);
    let found = crate::pool::run(py, |_| {
        structure::margin_coverage(&tumour.0, &treated.0, margin_mm, within, policy)
    })??;
    let numbers = [
        found.margin_mm,
        found.tumour_cc,
        found.tumour_fraction,
        found.shell_cc,
        found.treated_shell_cc,
        found.solid_cc,
        found.treated_solid_cc,
        found.clipped_cc,
    ];
    let (shell, solid) = (found.shell_fraction(), found.solid_fraction());
    Ok((numbers, shell, solid, found.least_margin_mm))
}
