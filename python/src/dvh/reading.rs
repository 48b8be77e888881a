//! Reading a DVH: the value of a metric or the error that says why there is none, for one level or for many.

use super::Dvh;
use crate::arrays::real_array;
use crate::dose::DoseKind;
use crate::errors::{Error, Result, raise};
use hepadose::dose;
use hepadose::dvh::{EmulatedBins, MetricSpec, NotEvaluable, Quantity, Unit};
use numpy::{PyArray1, PyArrayDyn, PyArrayMethods};
use pyo3::prelude::*;

/// A short word for a reason, for programs.
pub(super) fn code(reason: &NotEvaluable) -> &'static str {
    match reason {
        NotEvaluable::NoVolume => "no_volume",
        NotEvaluable::NotCovered { .. } => "not_covered",
        NotEvaluable::BeyondCovered { .. } => "beyond_covered",
        NotEvaluable::StructureTooSmall { .. } => "structure_too_small",
        NotEvaluable::NoPrescription => "no_prescription",
        NotEvaluable::Scope(_) => "scope",
        NotEvaluable::KindUnstated => "kind_unstated",
    }
}

impl Dvh {
    pub(super) fn read(&self, spec: &MetricSpec) -> Result<f64> {
        let metric = self.core.metric(spec);
        metric.value.map_err(|reason| {
            let name = self.core.name();
            let message = format!("{spec} of '{name}' is not evaluable: {reason}");
            raise!("NotEvaluableError", message;
                metric = spec.to_string(), structure = name,
                reason = reason.to_string(), code = code(&reason))
        })
    }

    /// Mean, least or highest dose under a name that states the kind.
    pub(super) fn statistic(&self, asked: &str, quantity: Quantity) -> Result<f64> {
        let (stem, kind) = (asked.split('_').next().unwrap_or(asked), self.core.kind());
        let right = match kind {
            dose::DoseKind::Bed { .. } => format!("{stem}_bed_gy"),
            dose::DoseKind::Eqd2 { .. } => format!("{stem}_eqd2_gy"),
            _ => format!("{stem}_gy"),
        };
        if asked == right {
            return self.read(&MetricSpec {
                quantity,
                unit: Unit::Gy,
            });
        }
        let message = format!("this DVH is of {kind}, so it has no '{asked}'; use '{right}'");
        Err(raise!("WrongKindError", message; kind = DoseKind(kind), use_instead = right))
    }

    /// A metric for a number or for every number of an array.
    pub(super) fn each<'py>(
        &self,
        values: &Bound<'py, PyAny>,
        what: &str,
        spec: impl Fn(f64) -> Result<MetricSpec>,
    ) -> Result<Bound<'py, PyAny>> {
        let (py, array) = (values.py(), real_array(values, what)?);
        let array = array.call_method1("astype", ("float64",))?;
        let array = array.cast::<PyArrayDyn<f64>>().map_err(PyErr::from)?;
        let read = |value: f64| self.read(&spec(value)?);
        let answers = array
            .to_vec()?
            .into_iter()
            .map(read)
            .collect::<Result<Vec<_>>>()?;
        if array.getattr("ndim")?.extract::<usize>()? == 0 {
            return Ok(answers[0]
                .into_pyobject(py)
                .map_err(PyErr::from)?
                .into_any());
        }
        let flat = PyArray1::from_vec(py, answers);
        Ok(flat.call_method1("reshape", (array.getattr("shape")?,))?)
    }
}

/// Emulated bins in words.
pub(super) fn bins_words(bins: EmulatedBins) -> String {
    match bins {
        EmulatedBins::WidthGy(width) => format!("{width} Gy wide"),
        EmulatedBins::Count(count) => format!("{count} to the highest dose"),
    }
}
