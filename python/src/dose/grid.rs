//! `DoseGrid`: what Python sees of a dose.

use super::lend::{Notes, Part, is_same};
use super::{DoseKind, KindArgument, scope_named};
use crate::arguments::Fractions;
use crate::arrays::Array;
use crate::errors::Result;
use crate::geometry::Grid;
use crate::isoeffect::{ModelArgument, TimingArgument};
use crate::structure::Structure;
use crate::{notebook, pool};
use hepadose::dose::{self, Fractionation};
use hepadose::geometry;
use hepadose::isoeffect::Model;
use hepadose::structure;
use numpy::PyArray3;
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::PyTuple;
use std::sync::Arc;

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
    pub(super) grid: Arc<geometry::Grid>,
    pub(super) parts: Vec<Part>,
    pub(super) kind: dose::DoseKind,
    pub(super) fractionation: Fractionation,
    pub(super) scope: dose::DoseScope,
    pub(super) frame_of_reference: Option<String>,
    pub(super) notes: Notes,
    /// Voxel values of a dose that is not stored as it is, made at the first demand.
    pub(super) derived: PyOnceLock<Array>,
}

/// The model that is meant: the linear-quadratic one by its alpha/beta, or another.
fn chosen(alpha_beta_gy: Option<f64>, model: Option<ModelArgument>) -> Result<Model> {
    match (alpha_beta_gy, model) {
        (Some(alpha_beta_gy), None) => Ok(Model::Lq { alpha_beta_gy }),
        (None, Some(model)) => model.resolve(),
        _ => Err(PyTypeError::new_err("give alpha_beta_gy= or model=, and not both").into()),
    }
}

/// Name of the attribute that gives the values of a kind.
pub(super) fn value_attribute(kind: dose::DoseKind) -> &'static str {
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

    /// What a derived dose was made with: model, parameters and delivery in words, one for each that differs.
    #[getter]
    fn models<'py>(&self, py: Python<'py>) -> Result<Bound<'py, PyTuple>> {
        let models = self.with_core(py, |core| Ok(core.models()))?;
        Ok(PyTuple::new(py, models.iter().map(|model| &**model))?)
    }

    /// BED: by the linear-quadratic model ``D (1 + D / (n alpha/beta))`` in each point, n the number of fractions.
    ///
    /// Parameters
    /// ----------
    /// alpha_beta_gy : float, optional
    ///     alpha/beta in Gy of the linear-quadratic model; never a default (see `alpha_beta` for cited values).
    /// model : LQ, LQL or USC, optional
    ///     Another model of `hepadose.models`, in place of `alpha_beta_gy`.
    /// timing : FractionsADay or Decay, optional
    ///     Several fractions a day, or sources that decay (of a dose that states no fractions); of `hepadose.models`.
    ///
    /// Returns
    /// -------
    /// DoseGrid
    ///     Of kind ``bed``; `models` says what made it.
    ///
    /// Raises
    /// ------
    /// hepadose.errors.NotPhysicalDoseError
    ///     The dose is not physical: BED and EQD2 are not converted a second time.
    /// hepadose.errors.FractionsError
    ///     No single number of fractions is known; or one is, and the timing is that of a source that decays.
    /// hepadose.errors.ScopeError
    ///     The grid holds something other than the dose of the whole treatment.
    /// hepadose.errors.ModelError
    ///     LQ-L and USC with a timing.
    /// hepadose.errors.NonPhysicalError
    ///     Parameters that are not physical.
    ///
    /// Notes
    /// -----
    /// Fowler JF, Br J Radiol 1989;62:679-694.
    #[pyo3(signature = (*, alpha_beta_gy=None, model=None, timing=None))]
    fn bed(
        &self,
        py: Python<'_>,
        alpha_beta_gy: Option<f64>,
        model: Option<ModelArgument>,
        timing: Option<TimingArgument>,
    ) -> Result<Self> {
        let model = chosen(alpha_beta_gy, model)?;
        let timing = TimingArgument::resolve(timing.as_ref());
        self.changed(py, |core| Ok(core.bed_with(model, timing)?))
    }

    /// EQD2: by the linear-quadratic model ``BED / (1 + 2 / (alpha/beta))`` in each point.
    ///
    /// Parameters
    /// ----------
    /// alpha_beta_gy, model, timing
    ///     As for `bed`.
    ///
    /// Returns
    /// -------
    /// DoseGrid
    ///     Of kind ``eqd2``; `models` says what made it.
    ///
    /// Raises
    /// ------
    /// hepadose.errors.NotPhysicalDoseError, hepadose.errors.FractionsError
    ///     As for `bed`.
    /// hepadose.errors.ScopeError, hepadose.errors.ModelError, hepadose.errors.NonPhysicalError
    ///     As for `bed`.
    ///
    /// Notes
    /// -----
    /// Fowler JF, Br J Radiol 1989;62:679-694.
    #[pyo3(signature = (*, alpha_beta_gy=None, model=None, timing=None))]
    fn eqd2(
        &self,
        py: Python<'_>,
        alpha_beta_gy: Option<f64>,
        model: Option<ModelArgument>,
        timing: Option<TimingArgument>,
    ) -> Result<Self> {
        let model = chosen(alpha_beta_gy, model)?;
        let timing = TimingArgument::resolve(timing.as_ref());
        self.changed(py, |core| Ok(core.eqd2_with(model, timing)?))
    }

    /// The same BED restated as EQD2 at its own alpha/beta: ``BED / (1 + 2 / (alpha/beta))``.
    ///
    /// Raises
    /// ------
    /// hepadose.errors.WrongKindOfDoseError
    ///     The dose is not BED.
    fn bed_as_eqd2(&self, py: Python<'_>) -> Result<Self> {
        self.changed(py, |core| Ok(core.bed_as_eqd2()?))
    }

    /// The share of a BED or EQD2 that tissue remembers, the rest being recovered (forgiven).
    ///
    /// Parameters
    /// ----------
    /// share : float
    ///     Above 0, at most 1.
    ///
    /// Raises
    /// ------
    /// hepadose.errors.WrongKindOfDoseError
    ///     The dose is physical.
    /// hepadose.errors.NonPhysicalError
    ///     Another share.
    #[pyo3(signature = (share, /))]
    fn remembered(&self, py: Python<'_>, share: f64) -> Result<Self> {
        self.changed(py, |core| Ok(core.remembered(share)?))
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
                let warnings = [&left.notes.warnings[..], &right.notes.warnings[..]].concat();
                let notes = Notes {
                    warnings,
                    provenance: None,
                };
                let sum = one.add(two)?;
                if sum.is_stored() {
                    return Self::adopt(py, sum, notes);
                }
                let arrays = left.arrays(py).into_iter().chain(right.arrays(py));
                Ok(Self::around(&sum, arrays.collect(), notes))
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

    /// All that receives at least a dose, as a structure.
    ///
    /// The dose is linear between voxel centres along each axis; contours follow that interpolant on planes of the grid's own
    /// orientation, at most 0.5 mm apart. BED and EQD2 are followed on the physical dose that they come from.
    ///
    /// Parameters
    /// ----------
    /// level_gy : float
    ///     The dose in Gy, of the grid's own kind.
    ///
    /// Returns
    /// -------
    /// Structure
    ///     Empty where the level is not reached.
    ///
    /// Raises
    /// ------
    /// hepadose.errors.NonPhysicalError
    ///     A level that is not above 0.
    ///
    /// Examples
    /// --------
    /// >>> import hepadose as hd, numpy as np
    /// >>> grid = hd.Grid(shape=(3, 3, 11), spacing_mm=(1, 1, 1), origin_mm=(0, 0, 0))
    /// >>> dose = hd.DoseGrid(np.broadcast_to(np.arange(11.0), grid.shape), grid)
    /// >>> dose.isodose(6.5).volume_cc()
    /// 0.036
    fn isodose(&self, py: Python<'_>, level_gy: f64) -> Result<Structure> {
        let made = self.with_core(py, |dose| {
            Ok(pool::run(py, |_| structure::isodose(dose, level_gy))??)
        })?;
        Ok(Structure(Arc::new(made)))
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

    fn _repr_html_<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        notebook::html(slf, "dose_grid")
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
        // The model is said beside every BED.
        let mut models: Vec<&str> = self
            .parts
            .iter()
            .filter_map(|part| part.model.as_deref())
            .collect();
        models.dedup();
        let model = match models[..] {
            [] => String::new(),
            [only] => format!(", {only}"),
            _ => format!(", {} models", models.len()),
        };
        format!(
            "<DoseGrid: {} in Gy, {nk} x {nj} x {ni} voxels (slice, row, column) of {dx} x {dy} x {dz} mm (x, y, z), {fractions}, {}{model}>",
            self.kind, self.scope
        )
    }

    fn __reduce__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        let restore = py.import("hepadose._core")?.getattr("restore_dose_grid")?;
        let part = |part: &Part| {
            (
                part.values.object(py),
                Grid(Arc::clone(&part.grid)),
                part.transform.coefficients(),
                part.model.as_deref().map(str::to_owned),
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
