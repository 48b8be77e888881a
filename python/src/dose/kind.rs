//! What a dose is: `DoseKind`, and the words for kinds and scopes.

use crate::errors::{Error, Result};
use hepadose::dose;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyTuple;

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

/// Makes a kind again after pickling.
#[pyfunction]
pub(crate) fn restore_dose_kind(quantity: &str, alpha_beta_gy: Option<f64>) -> Result<DoseKind> {
    DoseKind::new(quantity, alpha_beta_gy)
}
