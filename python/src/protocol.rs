//! Protocols and checks; reports come back as plain dictionaries.

use crate::arguments::Fractions;
use crate::case::CaseArgument;
use crate::dvh::{SamplingArguments, settings};
use crate::errors::{Error, Result};
use crate::structure::SolidArguments;
use crate::{json, notebook, pool};
use hepadose::protocol::{self, CheckOptions, Library, LiverStatus, MappedRole, Mapping, RoiRef};
use pyo3::prelude::*;

/// Goals with levels and sources, and what they apply to.
///
/// `protocols` lists those that are built in; `from_toml` reads one of your own.
///
/// Parameters
/// ----------
/// id : str
///     Id of a built-in protocol, such as ``liver-sbrt-5fx``.
///
/// Raises
/// ------
/// hepadose.errors.ProtocolError
///     No such protocol.
///
/// Examples
/// --------
/// >>> import hepadose as hd
/// >>> hd.Protocol("liver-sbrt-5fx").title
/// 'Liver SBRT in 5 fractions'
#[pyclass(frozen, eq, module = "hepadose")]
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Protocol {
    core: protocol::Protocol,
    /// The text of a protocol that is not built in, to make it again from.
    text: Option<(String, String)>,
}

#[pymethods]
impl Protocol {
    #[new]
    fn new(id: &str) -> Result<Self> {
        Ok(Self {
            core: protocol::Protocol::built_in(id)?,
            text: None,
        })
    }

    /// Read a protocol from TOML text; it may extend a built-in one.
    ///
    /// Parameters
    /// ----------
    /// text : str
    ///     The protocol.
    /// label : str
    ///     What stands for the text in messages.
    ///
    /// Returns
    /// -------
    /// Protocol
    ///
    /// Raises
    /// ------
    /// hepadose.errors.ProtocolError
    ///     Text that is no protocol, with line and remedy.
    #[staticmethod]
    #[pyo3(signature = (text, *, label="protocol"))]
    fn from_toml(text: &str, label: &str) -> Result<Self> {
        let mut library = Library::built_in()?.clone();
        let id = library.add(label, text)?;
        Ok(Self {
            core: library.get(&id)?,
            text: Some((text.to_owned(), label.to_owned())),
        })
    }

    /// Short name.
    #[getter]
    fn id(&self) -> &str {
        &self.core.id
    }

    /// One line for tables.
    #[getter]
    fn title(&self) -> &str {
        &self.core.title
    }

    /// Version of the protocol.
    #[getter]
    fn version(&self) -> &str {
        &self.core.version
    }

    /// Give the protocol with goals, levels, sources and caveats as plain dictionaries.
    fn to_dict<'py>(&self, py: Python<'py>) -> Result<Bound<'py, PyAny>> {
        json::plain(py, &self.core)
    }

    fn _repr_html_<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        notebook::html(slf, "protocol")
    }

    fn __repr__(&self) -> String {
        let (id, title, goals) = (&self.core.id, &self.core.title, self.core.goals.len());
        format!("<Protocol '{id}': {title}, {goals} goals>")
    }

    fn __hash__(&self, py: Python<'_>) -> PyResult<isize> {
        (&self.core.id, &self.core.sha256).into_pyobject(py)?.hash()
    }

    fn __reduce__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let restore = py.import("hepadose._core")?.getattr("restore_protocol")?;
        Ok((restore, (&self.core.id, &self.text))
            .into_pyobject(py)?
            .into_any())
    }
}

/// Makes a protocol again after pickling.
#[pyfunction]
pub(crate) fn restore_protocol(id: &str, text: Option<(String, String)>) -> Result<Protocol> {
    match text {
        Some((text, label)) => Protocol::from_toml(&text, &label),
        None => Protocol::new(id),
    }
}

/// Ids of the built-in protocols.
#[pyfunction]
pub(crate) fn protocol_ids() -> Result<Vec<&'static str>> {
    Ok(Library::built_in()?.ids().collect())
}

/// A ROI by name or by number.
#[derive(FromPyObject)]
enum Roi {
    Number(i32),
    Name(String),
}

/// One ROI or several.
#[derive(FromPyObject)]
enum Rois {
    One(Roi),
    Several(Vec<Roi>),
}

impl From<Rois> for Vec<RoiRef> {
    fn from(rois: Rois) -> Self {
        let reference = |roi| match roi {
            Roi::Number(number) => RoiRef::Number(number),
            Roi::Name(name) => RoiRef::Name(name),
        };
        match rois {
            Rois::One(roi) => vec![reference(roi)],
            Rois::Several(rois) => rois.into_iter().map(reference).collect(),
        }
    }
}

/// What a check needs to know beside case and protocol.
#[derive(FromPyObject)]
#[pyo3(from_item_all)]
pub(crate) struct CheckArguments {
    mapping: Vec<(String, Rois)>,
    liver_status: String,
    prescription_gy: Option<f64>,
    fractions: Option<Fractions>,
    solid: SolidArguments,
    min_covered: f64,
}

impl CheckArguments {
    fn options(self) -> Result<CheckOptions> {
        let entry = |(role, rois): (String, Rois)| Ok((role.parse::<MappedRole>()?, rois.into()));
        let entries = self
            .mapping
            .into_iter()
            .map(entry)
            .collect::<Result<Vec<_>>>()?;
        Ok(CheckOptions {
            mapping: Mapping::new(entries)?,
            liver_status: self.liver_status.parse::<LiverStatus>()?,
            dvh: settings(&self.solid, self.min_covered, &SamplingArguments::default())?,
            prescription_gy: self.prescription_gy,
            fractions: self.fractions.map(|fractions| fractions.0),
        })
    }
}

/// The report of a check, as `hepadose/check/1`.
#[pyfunction]
pub(crate) fn check<'py>(
    py: Python<'py>,
    case: CaseArgument<'_>,
    protocol: &Protocol,
    options: CheckArguments,
) -> Result<Bound<'py, PyAny>> {
    let (case, options) = (case.into_core(py)?, options.options()?);
    let core = &protocol.core;
    let report = pool::run(py, |progress| {
        protocol::check(&case, core, &options, progress)
    })??;
    json::plain(py, &report)
}

impl From<protocol::LiverStatusError> for Error {
    fn from(error: protocol::LiverStatusError) -> Self {
        Self::from(pyo3::exceptions::PyValueError::new_err(error.to_string()))
    }
}
