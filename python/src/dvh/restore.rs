//! A DVH made again after pickling.

use super::arguments::SamplingState;
use super::{Dvh, SamplingArguments, settings};
use crate::dose::{DoseKind, scope_named};
use crate::errors::{Error, Result};
use crate::structure::SolidArguments;
use hepadose::dose;
use hepadose::dvh::{Curve, DvhParts, DvhSettings, NumericalError, Statistics};
use numpy::{PyArray1, PyArrayMethods};
use pyo3::prelude::*;

type AboutState<'py> = (String, Option<i32>, PyRef<'py, DoseKind>, String, f64);
type SolidState = (String, String, Option<f64>, Option<String>);
type ErrorState = (f64, f64, Vec<f64>, f64, f64);
type Columns<'py> = [Bound<'py, PyArray1<f64>>; 5];

/// The words of a pickled policy: a preset stands for all.
fn solid_again((between_planes, end_caps, max_cap_mm, preset): SolidState) -> SolidArguments {
    let own = preset.is_none();
    SolidArguments {
        between_planes: own.then_some(between_planes),
        end_caps: own.then_some(end_caps),
        max_cap_mm: max_cap_mm.filter(|_| own),
        preset,
    }
}

/// Makes a DVH again after pickling.
#[pyfunction]
pub(crate) fn restore_dvh(
    about: AboutState<'_>,
    columns: Columns<'_>,
    statistics: Option<(f64, f64, f64)>,
    errors: Option<ErrorState>,
    prescription_gy: Option<f64>,
    used: (SolidState, f64, usize, usize, SamplingState),
    course: (Option<u32>, bool, Vec<String>),
) -> Result<Dvh> {
    let (name, number, kind, scope, volume_cc) = about;
    let [dose, at_least, above, below, at_most] = columns.map(|column| column.to_vec());
    let curve = Curve::from_columns([dose?, at_least?, above?, below?, at_most?]);
    let refuse = || Error::setting("a pickled DVH", "something else", "a cumulative curve");
    let parts = DvhParts {
        name,
        kind: kind.0,
        scope: scope_named(&scope)?,
        fractionation: if course.1 {
            dose::Fractionation::Mixed
        } else {
            course.0.into()
        },
        models: course.2.iter().map(|model| model.as_str().into()).collect(),
        volume_cc,
        curve: curve.ok_or_else(refuse)?,
        statistics: statistics.map(|(mean_gy, min_gy, max_gy)| Statistics {
            mean_gy,
            min_gy,
            max_gy,
        }),
        error: errors.map(
            |(low_gy, step_gy, volume_cc, mean_gy, extreme_gy)| NumericalError {
                low_gy,
                step_gy,
                volume_cc,
                mean_gy,
                extreme_gy,
            },
        ),
        prescription_gy,
        settings: DvhSettings {
            min_cells: used.2,
            bins: used.3,
            ..settings(
                &solid_again(used.0),
                used.1,
                &SamplingArguments::from(used.4),
            )?
        },
    };
    Ok(Dvh {
        core: parts.into(),
        number,
    })
}
