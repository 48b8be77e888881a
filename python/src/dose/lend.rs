//! Between numpy, which owns the values of a dose, and the core, which borrows them for a call.

use super::grid::value_attribute;
use super::{DoseGrid, DoseKind};
use crate::arrays::{Array, Loan, Voxel, check_shape};
use crate::errors::{Error, Result, raise};
use crate::pool;
use hepadose::dicom::PackedDose;
use hepadose::dose;
use hepadose::geometry::{self, Values};
use hepadose::isoeffect::Transform;
use numpy::{PyArray3, PyArrayMethods, PyUntypedArrayMethods};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use std::sync::Arc;

/// Values on a grid and what is done to them in each point.
#[derive(Debug)]
pub(super) struct Part {
    pub(super) grid: Arc<geometry::Grid>,
    pub(super) values: Array,
    pub(super) transform: Transform,
    pub(super) model: Option<Arc<str>>,
}

impl Part {
    /// The part as the core knows it, its values lent.
    fn borrowed<'a>((part, loan): (&Self, &'a Loan<'_>)) -> Result<dose::Part<'a>> {
        Ok(dose::Part {
            grid: Arc::clone(&part.grid),
            values: loan.values()?,
            transform: part.transform,
            model: part.model.clone(),
        })
    }
}

/// What is said beside the values.
#[derive(Debug, Clone, Default)]
pub(crate) struct Notes {
    /// Doubts that a person should know of.
    pub(crate) warnings: Vec<String>,
    /// What made the dose, as JSON.
    pub(crate) provenance: Option<String>,
}

impl DoseGrid {
    /// A dose of the core with the arrays that its parts were borrowed from.
    pub(super) fn around(core: &dose::DoseGrid<'_>, arrays: Vec<Array>, notes: Notes) -> Self {
        let pair = |(part, values): (&dose::Part<'_>, Array)| Part {
            grid: Arc::clone(&part.grid),
            values,
            transform: part.transform,
            model: part.model.clone(),
        };
        Self {
            grid: Arc::clone(core.grid()),
            parts: core.parts().iter().zip(arrays).map(pair).collect(),
            kind: core.kind(),
            fractionation: core.fractionation(),
            scope: core.scope(),
            frame_of_reference: core.frame_of_reference().map(str::to_owned),
            notes,
            derived: PyOnceLock::new(),
        }
    }

    /// A dose of the core whose values move into numpy.
    pub(crate) fn adopt(py: Python<'_>, core: dose::DoseGrid<'_>, notes: Notes) -> Result<Self> {
        let (parts, grid) = (core.parts().to_vec(), Arc::clone(core.grid()));
        let (kind, fractionation, scope) = (core.kind(), core.fractionation(), core.scope());
        let frame_of_reference = core.frame_of_reference().map(str::to_owned);
        // With the core's own handles gone, those in `parts` are the only ones.
        drop(core);
        let move_in = |part: dose::Part<'_>| {
            Ok(Part {
                values: Array::from_values(py, part.values, part.grid.shape())?,
                grid: part.grid,
                transform: part.transform,
                model: part.model,
            })
        };
        Ok(Self {
            grid,
            parts: parts.into_iter().map(move_in).collect::<Result<_>>()?,
            kind,
            fractionation,
            scope,
            frame_of_reference,
            notes,
            derived: PyOnceLock::new(),
        })
    }

    /// A dose whose values are still in its file: they are multiplied out into numpy's memory.
    pub(crate) fn unpack(py: Python<'_>, packed: &PackedDose<'_>, notes: Notes) -> Result<Self> {
        fn made<T: Voxel>(py: Python<'_>, packed: &PackedDose<'_>) -> Result<Array> {
            Array::filled(py, packed.outline().grid().shape(), |out: &mut [T]| {
                Ok(pool::run(py, |_| packed.write_values(out))??)
            })
        }
        let outline = packed.outline();
        let values = if packed.is_double() {
            made::<f64>(py, packed)?
        } else {
            made::<f32>(py, packed)?
        };
        Ok(Self::of_outline(outline, values, notes))
    }

    /// A dose whose values were written into numpy's memory.
    pub(crate) fn of_outline(outline: &dose::DoseGrid<'_>, values: Array, notes: Notes) -> Self {
        let part = Part {
            grid: Arc::clone(outline.grid()),
            values,
            transform: Transform::IDENTITY,
            model: None,
        };
        Self {
            grid: Arc::clone(outline.grid()),
            parts: vec![part],
            kind: outline.kind(),
            fractionation: outline.fractionation(),
            scope: outline.scope(),
            frame_of_reference: outline.frame_of_reference().map(str::to_owned),
            notes,
            derived: PyOnceLock::new(),
        }
    }

    /// The dose as the core knows it, with values of its own.
    pub(crate) fn to_owned_core(&self, py: Python<'_>) -> Result<dose::DoseGrid<'static>> {
        self.with_core(py, |core| {
            let own = |part: &dose::Part<'_>| dose::Part {
                grid: Arc::clone(&part.grid),
                values: match &part.values {
                    Values::F32(values) => values.to_vec().into(),
                    Values::F64(values) => values.to_vec().into(),
                },
                transform: part.transform,
                model: part.model.clone(),
            };
            Ok(dose::DoseGrid::from_checked_parts(
                Arc::clone(core.grid()),
                core.parts().iter().map(own).collect(),
                core.kind(),
                core.fractionation(),
                core.scope(),
                core.frame_of_reference().map(str::to_owned),
            ))
        })
    }

    /// Doubts that a person should know of.
    pub(crate) fn doubts(&self) -> &[String] {
        &self.notes.warnings
    }

    /// Runs `f` on the dose as the core knows it, its values borrowed.
    pub(crate) fn with_core<R>(
        &self,
        py: Python<'_>,
        f: impl FnOnce(&dose::DoseGrid<'_>) -> Result<R>,
    ) -> Result<R> {
        let lend = |part: &Part| part.values.lend(py);
        let loans = self.parts.iter().map(lend).collect::<Result<Vec<_>>>()?;
        let parts = self.parts.iter().zip(&loans).map(Part::borrowed);
        f(&dose::DoseGrid::from_checked_parts(
            Arc::clone(&self.grid),
            parts.collect::<Result<_>>()?,
            self.kind,
            self.fractionation,
            self.scope,
            self.frame_of_reference.clone(),
        ))
    }

    pub(super) fn arrays(&self, py: Python<'_>) -> Vec<Array> {
        self.parts
            .iter()
            .map(|part| part.values.clone_ref(py))
            .collect()
    }

    /// The same values after a change that the core makes.
    pub(super) fn changed(
        &self,
        py: Python<'_>,
        change: impl for<'a> FnOnce(&dose::DoseGrid<'a>) -> Result<dose::DoseGrid<'a>>,
    ) -> Result<Self> {
        self.with_core(py, |core| {
            Ok(Self::around(
                &change(core)?,
                self.arrays(py),
                self.notes.clone(),
            ))
        })
    }

    /// The voxel values: as stored, or made once and kept.
    pub(super) fn voxel_values<'py>(&self, py: Python<'py>) -> Result<Bound<'py, PyAny>> {
        if let [only] = &self.parts[..]
            && only.transform.is_identity()
        {
            return Ok(only.values.object(py));
        }
        let double = self
            .parts
            .iter()
            .any(|part| matches!(part.values, Array::F64(_)));
        let values = self.derived.get_or_try_init(py, || {
            if double {
                self.made::<f64>(py)
            } else {
                self.made::<f32>(py)
            }
        })?;
        Ok(values.object(py))
    }

    fn made<T: Voxel>(&self, py: Python<'_>) -> Result<Array> {
        self.with_core(py, |core| {
            Array::filled(py, self.grid.shape(), |out: &mut [T]| {
                Ok(pool::run(py, |_| core.write_values(out))??)
            })
        })
    }

    /// The voxel values under a name that states their kind.
    pub(super) fn named_values<'py>(
        &self,
        py: Python<'py>,
        asked: &str,
    ) -> Result<Bound<'py, PyAny>> {
        let right = value_attribute(self.kind);
        if asked == right {
            return self.voxel_values(py);
        }
        let message = format!(
            "this dose is {}, so it has no '{asked}'; use '{right}'",
            self.kind
        );
        Err(raise!("WrongKindError", message; kind = DoseKind(self.kind), use_instead = right))
    }
}

impl DoseGrid {
    pub(super) fn write<T: Voxel>(&self, out: &Bound<'_, PyArray3<T>>) -> Result<()> {
        check_shape(out.shape(), self.grid.shape())?;
        if !out.is_c_contiguous() {
            let message = "out must be C-ordered (slice, row, column) without gaps";
            return Err(PyValueError::new_err(message).into());
        }
        let (py, mut out) = (out.py(), out.try_readwrite()?);
        let out = out.as_slice_mut()?;
        self.with_core(py, |core| Ok(pool::run(py, |_| core.write_values(out))??))
    }
}

/// Whether two arrays are the same, precision included.
pub(crate) fn same_values(one: &Values<'_>, two: &Values<'_>) -> bool {
    match (one, two) {
        (Values::F32(one), Values::F32(two)) => one[..] == two[..],
        (Values::F64(one), Values::F64(two)) => one[..] == two[..],
        _ => false,
    }
}

/// Whether two doses are the same in all that matters: values, models, places and what they are.
pub(super) fn is_same(one: &dose::DoseGrid<'_>, two: &dose::DoseGrid<'_>) -> bool {
    let same_part = |(one, two): (&dose::Part<'_>, &dose::Part<'_>)| {
        one.transform == two.transform
            && one.model == two.model
            && one.grid == two.grid
            && same_values(&one.values, &two.values)
    };
    one.kind() == two.kind()
        && one.fractionation() == two.fractionation()
        && one.scope() == two.scope()
        && one.frame_of_reference() == two.frame_of_reference()
        && one.grid() == two.grid()
        && one.parts().len() == two.parts().len()
        && one.parts().iter().zip(two.parts()).all(same_part)
}
