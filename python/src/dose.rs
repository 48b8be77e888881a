//! `DoseKind` and `DoseGrid`: numpy owns the values, every call lends them to the core.

use crate::arguments::Fractions;
use crate::arrays::{Array, Loan, Voxel};
use crate::errors::{Error, Result, raise};
use crate::geometry::Grid;
use crate::pool;
use hepadose::dose::{self, Fractionation};
use hepadose::geometry::{self, Values};
use hepadose::isoeffect::Transform;
use numpy::{PyArray3, PyArrayMethods, PyUntypedArrayMethods};
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::PyTuple;
use std::sync::Arc;

/// What a dose is: its quantity and, for BED and EQD2, the alpha/beta.
///
/// Doses of different kinds are all stated in Gy and never mix.
///
/// Parameters
/// ----------
/// quantity : {"physical", "effective", "unstated", "bed", "eqd2"}
///     ``effective`` is the DICOM DoseType EFFECTIVE of another system, whose model is not known; ``unstated`` is a
///     file that names no DoseType. Neither is ever converted.
/// alpha_beta_gy : float, optional
///     alpha/beta in Gy, given exactly for ``bed`` and ``eqd2``.
///
/// Raises
/// ------
/// ValueError
///     Another quantity, or an alpha/beta that is missing, superfluous or not above 0.
///
/// Examples
/// --------
/// >>> import hepadose as hd
/// >>> print(hd.DoseKind("eqd2", alpha_beta_gy=2.5))
/// EQD2 (alpha/beta 2.5 Gy)
#[pyclass(frozen, eq, module = "hepadose")]
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct DoseKind(pub(crate) dose::DoseKind);

#[pymethods]
impl DoseKind {
    #[new]
    #[pyo3(signature = (quantity, *, alpha_beta_gy=None))]
    fn new(quantity: &str, alpha_beta_gy: Option<f64>) -> Result<Self> {
        use dose::DoseKind::{Bed, Effective, Eqd2, Physical, Unstated};
        let kind = match (quantity, alpha_beta_gy) {
            ("physical", None) => Physical,
            ("effective", None) => Effective,
            ("unstated", None) => Unstated,
            ("bed", Some(alpha_beta_gy)) => Bed { alpha_beta_gy },
            ("eqd2", Some(alpha_beta_gy)) => Eqd2 { alpha_beta_gy },
            _ => {
                let message = "a dose kind is 'physical', 'effective' or 'unstated' without alpha_beta_gy, or 'bed' or 'eqd2' with it";
                let got = match alpha_beta_gy {
                    Some(_) => format!("{message}; got '{quantity}' with alpha_beta_gy"),
                    None => format!("{message}; got '{quantity}' without alpha_beta_gy"),
                };
                return Err(PyValueError::new_err(got).into());
            }
        };
        if let Some(alpha_beta) = kind.alpha_beta_gy() {
            hepadose::error::positive("alpha/beta in Gy", alpha_beta)?;
        }
        Ok(Self(kind))
    }

    /// The quantity as a word: ``physical``, ``effective``, ``unstated``, ``bed`` or ``eqd2``.
    #[getter]
    fn quantity(&self) -> &'static str {
        self.0.quantity()
    }

    /// alpha/beta in Gy, for BED and EQD2.
    #[getter]
    fn alpha_beta_gy(&self) -> Option<f64> {
        self.0.alpha_beta_gy()
    }

    fn __str__(&self) -> String {
        self.0.to_string()
    }

    fn __repr__(&self) -> String {
        match self.0.alpha_beta_gy() {
            Some(alpha_beta) => format!(
                "DoseKind('{}', alpha_beta_gy={alpha_beta:?})",
                self.0.quantity()
            ),
            None => format!("DoseKind('{}')", self.0.quantity()),
        }
    }

    fn __hash__(&self, py: Python<'_>) -> PyResult<isize> {
        (self.quantity(), self.alpha_beta_gy())
            .into_pyobject(py)?
            .hash()
    }

    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyTuple>> {
        let restore = slf
            .py()
            .import("hepadose._core")?
            .getattr("restore_dose_kind")?;
        let kind = slf.get();
        (restore, (kind.quantity(), kind.alpha_beta_gy())).into_pyobject(slf.py())
    }
}

/// What a user may say for a kind: a `DoseKind` or the word for one without alpha/beta.
#[derive(FromPyObject)]
pub(crate) enum KindArgument<'py> {
    Kind(PyRef<'py, DoseKind>),
    Word(String),
}

impl KindArgument<'_> {
    pub(crate) fn resolve(self) -> Result<dose::DoseKind> {
        match self {
            Self::Kind(kind) => Ok(kind.0),
            Self::Word(word) => Ok(DoseKind::new(&word, None)?.0),
        }
    }
}

/// A scope by its word.
pub(crate) fn scope_named(word: &str) -> Result<dose::DoseScope> {
    use dose::DoseScope::{MultiPlan, Partial, Session, Total, Unstated};
    let all = [Total, Partial, Session, MultiPlan, Unstated];
    all.into_iter()
        .find(|scope| scope.name() == word)
        .ok_or_else(|| {
            let words = all.map(dose::DoseScope::name).join(", ");
            Error::setting("the scope of a dose", word, &format!("one of {words}"))
        })
}

/// Refuses an array whose shape is not the grid's, also when the number of values agrees.
pub(crate) fn check_shape(got: &[usize], expected: [usize; 3]) -> Result<()> {
    if got == expected {
        return Ok(());
    }
    let message = format!(
        "the array has shape {got:?} but the grid has shape {expected:?}; give the array in C order (slice, row, column)"
    );
    Err(raise!("ShapeError", message; got = got.to_vec(), expected = expected.to_vec()))
}

/// Values on a grid and what is done to them in each point.
#[derive(Debug)]
struct Part {
    grid: Arc<geometry::Grid>,
    values: Array,
    transform: Transform,
}

/// What is said beside the values.
#[derive(Debug, Clone, Default)]
pub(crate) struct Notes {
    /// Doubts that a person should know of.
    pub(crate) warnings: Vec<String>,
    /// What made the dose, as JSON.
    pub(crate) provenance: Option<String>,
}

/// A dose on a grid that knows its kind and its fractions.
///
/// BED and EQD2 grids remember the physical doses that they come from: a DVH samples those and converts at the
/// sample, voxel values are made when somebody asks for them.
///
/// Parameters
/// ----------
/// values_gy : array of shape ``grid.shape``
///     Dose of the whole treatment in Gy, in C order (slice, row, column). float32 and float64 keep their precision;
///     integers become float64. The values are copied, unless the array is a read-only one that a DoseGrid gave.
/// grid : Grid
///     Where the voxels are.
/// fractions : int, optional
///     Number of equal fractions in which the dose is given; without it there is no BED.
/// kind : DoseKind or str
///     What the values are; physical dose unless said otherwise.
/// scope : {"total", "partial", "session", "multi_plan", "unstated"}
///     How much of the treatment the values hold.
/// frame_of_reference : str, optional
///     DICOM Frame of Reference UID that the coordinates belong to.
///
/// Raises
/// ------
/// TypeError
///     Values that are not real numbers.
/// hepadose.errors.ShapeError
///     An array of another shape than the grid.
/// hepadose.errors.DoseValueError
///     Values that are NaN, infinite or negative.
/// hepadose.errors.NonPhysicalError
///     No fractions.
///
/// Examples
/// --------
/// >>> import hepadose as hd, numpy as np
/// >>> grid = hd.Grid(shape=(1, 1, 2), spacing_mm=(2, 2, 2), origin_mm=(0, 0, 0))
/// >>> dose = hd.DoseGrid(np.array([[[60.0, 15.0]]]), grid, fractions=3)
/// >>> dose.bed(alpha_beta_gy=10).values_bed_gy
/// array([[[180. ,  22.5]]])
#[pyclass(frozen, module = "hepadose")]
pub(crate) struct DoseGrid {
    grid: Arc<geometry::Grid>,
    parts: Vec<Part>,
    kind: dose::DoseKind,
    fractionation: Fractionation,
    scope: dose::DoseScope,
    frame_of_reference: Option<String>,
    notes: Notes,
    /// Voxel values of a dose that is not stored as it is, made at the first demand.
    derived: PyOnceLock<Array>,
}

impl DoseGrid {
    /// A dose of the core with the arrays that its parts were borrowed from.
    fn around(core: &dose::DoseGrid<'_>, arrays: Vec<Array>, notes: Notes) -> Self {
        let pair = |(part, values): (&dose::Part<'_>, Array)| Part {
            grid: Arc::clone(&part.grid),
            values,
            transform: part.transform,
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
        // The same arrays again, so that after the core's own are gone these are the only ones.
        let values: Vec<_> = core
            .parts()
            .iter()
            .map(|part| part.values.clone())
            .collect();
        let bare = |part: &dose::Part<'_>| dose::Part {
            grid: Arc::clone(&part.grid),
            values: Vec::<f64>::new().into(),
            transform: part.transform,
        };
        let shell = dose::DoseGrid::from_checked_parts(
            Arc::clone(core.grid()),
            core.parts().iter().map(bare).collect(),
            core.kind(),
            core.fractionation(),
            core.scope(),
            core.frame_of_reference().map(str::to_owned),
        );
        drop(core);
        let shapes = shell.parts().iter().map(|part| part.grid.shape());
        let move_in = |(values, shape)| Array::from_values(py, values, shape);
        let arrays = values
            .into_iter()
            .zip(shapes)
            .map(move_in)
            .collect::<Result<_>>()?;
        Ok(Self::around(&shell, arrays, notes))
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
        let loans = self
            .parts
            .iter()
            .map(lend)
            .collect::<Result<Vec<Loan<'_>>>>()?;
        let mut parts = Vec::with_capacity(loans.len());
        for (part, loan) in self.parts.iter().zip(&loans) {
            parts.push(dose::Part {
                grid: Arc::clone(&part.grid),
                values: loan.values()?,
                transform: part.transform,
            });
        }
        f(&dose::DoseGrid::from_checked_parts(
            Arc::clone(&self.grid),
            parts,
            self.kind,
            self.fractionation,
            self.scope,
            self.frame_of_reference.clone(),
        ))
    }

    fn arrays(&self, py: Python<'_>) -> Vec<Array> {
        self.parts
            .iter()
            .map(|part| part.values.clone_ref(py))
            .collect()
    }

    /// The same values after a change that the core makes.
    fn changed(
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
    fn voxel_values<'py>(&self, py: Python<'py>) -> Result<Bound<'py, PyAny>> {
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
        let mut values = vec![T::default(); self.grid.len()];
        self.with_core(py, |core| {
            Ok(pool::run(py, |_| core.write_values(&mut values))??)
        })?;
        Array::from_vec(py, values, self.grid.shape())
    }

    /// The voxel values under a name that states their kind.
    fn named_values<'py>(&self, py: Python<'py>, asked: &str) -> Result<Bound<'py, PyAny>> {
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

/// Name of the attribute that gives the values of a kind.
fn value_attribute(kind: dose::DoseKind) -> &'static str {
    match kind {
        dose::DoseKind::Bed { .. } => "values_bed_gy",
        dose::DoseKind::Eqd2 { .. } => "values_eqd2_gy",
        _ => "values_gy",
    }
}

#[pymethods]
impl DoseGrid {
    /// numpy must not loop over a dose and lose its kind.
    #[classattr]
    #[pyo3(name = "__array_ufunc__")]
    const ARRAY_UFUNC: Option<()> = None;

    #[new]
    #[pyo3(signature = (values_gy, grid, *, fractions=None, kind=KindArgument::Word("physical".into()), scope="total", frame_of_reference=None),
           text_signature = "(values_gy, grid, *, fractions=None, kind='physical', scope='total', frame_of_reference=None)")]
    fn new(
        values_gy: &Bound<'_, PyAny>,
        grid: &Grid,
        fractions: Option<Fractions>,
        kind: KindArgument<'_>,
        scope: &str,
        frame_of_reference: Option<String>,
    ) -> Result<Self> {
        let py = values_gy.py();
        let (kind, scope) = (kind.resolve()?, scope_named(scope)?);
        let array = Array::from_user(values_gy, grid.0.shape())?;
        let loan = array.lend(py)?;
        let (values, grid) = (loan.values()?, Arc::clone(&grid.0));
        let fractionation = fractions.map(|fractions| fractions.0).into();
        let core = pool::run(py, |_| {
            dose::DoseGrid::stored(values, grid, kind, fractionation, scope)
        })??;
        let core = core.with_frame_of_reference(frame_of_reference);
        Ok(Self::around(
            &core,
            vec![array.clone_ref(py)],
            Notes::default(),
        ))
    }

    /// Where the voxels are.
    #[getter]
    fn grid(&self) -> Grid {
        Grid(Arc::clone(&self.grid))
    }

    /// Shape of the voxel values, (slices, rows, columns).
    #[getter]
    fn shape(&self) -> (usize, usize, usize) {
        self.grid.shape().into()
    }

    /// What the dose is.
    #[getter]
    fn kind(&self) -> DoseKind {
        DoseKind(self.kind)
    }

    /// Number of fractions of the physical dose, where one single number is known.
    #[getter]
    fn fractions(&self) -> Option<u32> {
        self.fractionation.number()
    }

    /// How much of the treatment the dose holds: ``total``, ``partial``, ``session``, ``multi_plan`` or ``unstated``.
    #[getter]
    fn scope(&self) -> &'static str {
        self.scope.name()
    }

    /// DICOM Frame of Reference UID, where known.
    #[getter]
    fn frame_of_reference(&self) -> Option<&str> {
        self.frame_of_reference.as_deref()
    }

    /// Doubts about the dose that a person should know of.
    #[getter]
    fn warnings<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        PyTuple::new(py, &self.notes.warnings)
    }

    /// What made the dose, where that is known: settings, sources and version as a dictionary.
    #[getter]
    fn provenance<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        let load = |text: &String| py.import("json")?.getattr("loads")?.call1((text,));
        self.notes.provenance.as_ref().map(load).transpose()
    }

    /// Voxel values in Gy of this dose's own kind, read-only.
    #[getter]
    fn values<'py>(&self, py: Python<'py>) -> Result<Bound<'py, PyAny>> {
        self.voxel_values(py)
    }

    /// Voxel values of a physical dose in Gy, read-only (also of a dose whose DoseType is EFFECTIVE or unstated).
    ///
    /// Raises
    /// ------
    /// hepadose.errors.WrongKindError
    ///     The dose is BED or EQD2.
    #[getter]
    fn values_gy<'py>(&self, py: Python<'py>) -> Result<Bound<'py, PyAny>> {
        self.named_values(py, "values_gy")
    }

    /// Voxel values of a BED in Gy, read-only.
    ///
    /// Raises
    /// ------
    /// hepadose.errors.WrongKindError
    ///     The dose is not BED.
    #[getter]
    fn values_bed_gy<'py>(&self, py: Python<'py>) -> Result<Bound<'py, PyAny>> {
        self.named_values(py, "values_bed_gy")
    }

    /// Voxel values of an EQD2 in Gy, read-only.
    ///
    /// Raises
    /// ------
    /// hepadose.errors.WrongKindError
    ///     The dose is not EQD2.
    #[getter]
    fn values_eqd2_gy<'py>(&self, py: Python<'py>) -> Result<Bound<'py, PyAny>> {
        self.named_values(py, "values_eqd2_gy")
    }

    /// Write the voxel values into an array of the caller.
    ///
    /// Parameters
    /// ----------
    /// out : array of float32 or float64
    ///     C-ordered and writeable, of the shape of the dose. Each value is computed in double precision and rounded
    ///     once.
    ///
    /// Raises
    /// ------
    /// TypeError
    ///     An array of another type.
    /// hepadose.errors.ShapeError
    ///     An array of another shape.
    /// ValueError
    ///     An array that is read-only or not C-ordered.
    fn write_values(&self, out: &Bound<'_, PyAny>) -> Result<()> {
        if let Ok(out) = out.cast::<PyArray3<f32>>() {
            self.write(out)
        } else if let Ok(out) = out.cast::<PyArray3<f64>>() {
            self.write(out)
        } else {
            let message = "out must be a three-dimensional numpy array of float32 or float64";
            Err(PyTypeError::new_err(message).into())
        }
    }

    /// BED at an alpha/beta: ``D (1 + D / (n alpha/beta))`` in each point, n the number of fractions.
    ///
    /// Parameters
    /// ----------
    /// alpha_beta_gy : float
    ///     alpha/beta in Gy; never a default (see `alpha_beta` for cited values).
    ///
    /// Returns
    /// -------
    /// DoseGrid
    ///     Of kind ``bed``.
    ///
    /// Raises
    /// ------
    /// hepadose.errors.NotPhysicalDoseError
    ///     The dose is not physical: BED and EQD2 are not converted a second time.
    /// hepadose.errors.FractionsError
    ///     No single number of fractions is known.
    /// hepadose.errors.ScopeError
    ///     The grid holds something other than the dose of the whole treatment.
    /// hepadose.errors.NonPhysicalError
    ///     An alpha/beta that is not above 0.
    ///
    /// Notes
    /// -----
    /// Fowler JF, Br J Radiol 1989;62:679-694.
    #[pyo3(signature = (*, alpha_beta_gy))]
    fn bed(&self, py: Python<'_>, alpha_beta_gy: f64) -> Result<Self> {
        self.changed(py, |core| Ok(core.bed(alpha_beta_gy)?))
    }

    /// EQD2 at an alpha/beta: ``BED / (1 + 2 / (alpha/beta))`` in each point.
    ///
    /// Parameters
    /// ----------
    /// alpha_beta_gy : float
    ///     alpha/beta in Gy; never a default (see `alpha_beta` for cited values).
    ///
    /// Returns
    /// -------
    /// DoseGrid
    ///     Of kind ``eqd2``.
    ///
    /// Raises
    /// ------
    /// hepadose.errors.NotPhysicalDoseError, hepadose.errors.FractionsError
    ///     As for `bed`.
    /// hepadose.errors.ScopeError, hepadose.errors.NonPhysicalError
    ///     As for `bed`.
    ///
    /// Notes
    /// -----
    /// Fowler JF, Br J Radiol 1989;62:679-694.
    #[pyo3(signature = (*, alpha_beta_gy))]
    fn eqd2(&self, py: Python<'_>, alpha_beta_gy: f64) -> Result<Self> {
        self.changed(py, |core| Ok(core.eqd2(alpha_beta_gy)?))
    }

    /// The same dose with another number of fractions.
    fn with_fractions(&self, py: Python<'_>, fractions: Option<Fractions>) -> Result<Self> {
        let number = fractions.map(|fractions| fractions.0);
        self.changed(py, |core| Ok(core.clone().with_fractions(number)?))
    }

    /// The same dose with another statement of how much of the treatment it holds.
    fn with_scope(&self, py: Python<'_>, scope: &str) -> Result<Self> {
        let scope = scope_named(scope)?;
        self.changed(py, |core| Ok(core.clone().with_scope(scope)))
    }

    fn __add__<'py>(
        slf: &Bound<'py, Self>,
        other: &Bound<'py, PyAny>,
    ) -> Result<Bound<'py, PyAny>> {
        let py = slf.py();
        let Ok(other) = other.cast::<Self>() else {
            return Ok(py.NotImplemented().into_bound(py));
        };
        let (left, right) = (slf.get(), other.get());
        let sum = left.with_core(py, |one| {
            right.with_core(py, |two| {
                let arrays = left
                    .arrays(py)
                    .into_iter()
                    .chain(right.arrays(py))
                    .collect();
                let warnings = [&left.notes.warnings[..], &right.notes.warnings[..]].concat();
                let notes = Notes {
                    warnings,
                    provenance: None,
                };
                Ok(Self::around(&one.add(two)?, arrays, notes))
            })
        })?;
        Ok(Bound::new(py, sum)?.into_any())
    }

    /// `sum` begins with 0.
    fn __radd__<'py>(slf: &Bound<'py, Self>, other: &Bound<'py, PyAny>) -> Bound<'py, PyAny> {
        if matches!(other.extract::<i64>(), Ok(0)) {
            return slf.clone().into_any();
        }
        slf.py().NotImplemented().into_bound(slf.py())
    }

    fn __eq__(&self, py: Python<'_>, other: &Bound<'_, PyAny>) -> Result<Py<PyAny>> {
        let Ok(other) = other.cast::<Self>() else {
            return Ok(py.NotImplemented());
        };
        let other = other.get();
        let equal = self.with_core(py, |one| {
            other.with_core(py, |two| Ok(pool::run(py, |_| is_same(one, two))?))
        })?;
        Ok(equal
            .into_pyobject(py)
            .map_err(PyErr::from)?
            .to_owned()
            .into_any()
            .unbind())
    }

    /// Arrays are asked for by a name that states the kind, so that it is not lost by the way.
    #[pyo3(signature = (*_args, **_keywords))]
    fn __array__(
        &self,
        _args: &Bound<'_, PyTuple>,
        _keywords: Option<&Bound<'_, pyo3::types::PyDict>>,
    ) -> PyResult<()> {
        let right = value_attribute(self.kind);
        Err(PyTypeError::new_err(format!(
            "a DoseGrid does not turn into an array by itself; use its '{right}'"
        )))
    }

    fn __repr__(&self) -> String {
        let [nk, nj, ni] = self.grid.shape();
        let [dx, dy, dz] = self.grid.spacing_mm();
        let fractions = match self.fractionation {
            Fractionation::Fractions(1) => "1 fraction".to_owned(),
            Fractionation::Fractions(n) => format!("{n} fractions"),
            Fractionation::Unstated => "fractions not stated".to_owned(),
            Fractionation::Mixed => "courses of different fractions".to_owned(),
        };
        format!(
            "<DoseGrid: {} in Gy, {nk} x {nj} x {ni} voxels (slice, row, column) of {dx} x {dy} x {dz} mm (x, y, z), {fractions}, {}>",
            self.kind, self.scope
        )
    }

    fn __reduce__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        let restore = py.import("hepadose._core")?.getattr("restore_dose_grid")?;
        let part = |part: &Part| {
            let (linear, quadratic) = part.transform.coefficients();
            (
                part.values.object(py),
                Grid(Arc::clone(&part.grid)),
                linear,
                quadratic,
            )
        };
        let parts: Vec<_> = self.parts.iter().map(part).collect();
        let (fractions, mixed) = (self.fractions(), self.fractionation == Fractionation::Mixed);
        let frame = self.frame_of_reference.clone();
        let state = (
            self.grid(),
            parts,
            self.kind(),
            fractions,
            mixed,
            self.scope(),
            frame,
        );
        let notes = (self.notes.warnings.clone(), self.notes.provenance.clone());
        (restore, (state, notes)).into_pyobject(py)
    }
}

impl DoseGrid {
    fn write<T: Voxel>(&self, out: &Bound<'_, PyArray3<T>>) -> Result<()> {
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
fn is_same(one: &dose::DoseGrid<'_>, two: &dose::DoseGrid<'_>) -> bool {
    let same_part = |(one, two): (&dose::Part<'_>, &dose::Part<'_>)| {
        one.transform == two.transform
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

/// Makes a kind again after pickling.
#[pyfunction]
pub(crate) fn restore_dose_kind(quantity: &str, alpha_beta_gy: Option<f64>) -> Result<DoseKind> {
    DoseKind::new(quantity, alpha_beta_gy)
}

type PartState<'py> = (Bound<'py, PyAny>, PyRef<'py, Grid>, f64, f64);
type State<'py> = (
    PyRef<'py, Grid>,
    Vec<PartState<'py>>,
    PyRef<'py, DoseKind>,
    Option<u32>,
    bool,
    String,
    Option<String>,
);

/// Makes a dose again after pickling; the values are looked at as if they were new.
#[pyfunction]
pub(crate) fn restore_dose_grid(
    py: Python<'_>,
    state: State<'_>,
    notes: (Vec<String>, Option<String>),
) -> Result<DoseGrid> {
    let (grid, parts, kind, fractions, mixed, scope, frame_of_reference) = state;
    let part = |(values, grid, linear, quadratic): &PartState<'_>| {
        let values = Array::from_user(values, grid.0.shape())?;
        let loan = values.lend(py)?;
        let (borrowed, grid) = (loan.values()?, Arc::clone(&grid.0));
        let checked = pool::run(py, |_| dose::DoseGrid::physical(borrowed, grid, None))??;
        let transform = Transform::from_coefficients(*linear, *quadratic)?;
        Ok(Part {
            grid: Arc::clone(checked.grid()),
            values: values.clone_ref(py),
            transform,
        })
    };
    Ok(DoseGrid {
        grid: Arc::clone(&grid.0),
        parts: parts.iter().map(part).collect::<Result<_>>()?,
        kind: kind.0,
        fractionation: if mixed {
            Fractionation::Mixed
        } else {
            fractions.into()
        },
        scope: scope_named(&scope)?,
        frame_of_reference,
        notes: Notes {
            warnings: notes.0,
            provenance: notes.1,
        },
        derived: PyOnceLock::new(),
    })
}
