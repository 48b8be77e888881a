//! Protocols and checks; reports come back as plain dictionaries.

use crate::arguments::Fractions;
use crate::case::CaseArgument;
use crate::dvh::{SamplingArguments, settings};
use crate::errors::{Error, Result};
use crate::structure::SolidArguments;
use crate::{json, notebook, pool};
use hepadose::protocol::{
    self, CheckOptions, Day, FlipOptions, Library, LiverStatus, Mapping, PatientFacts, RoiRef,
    Role, Undrawn,
};
use pyo3::prelude::*;

/// Protocol files as label and text, beside those that are built in.
type Files = Vec<(String, String)>;

/// The built-in library with files of the user's own.
fn library(files: &[(String, String)]) -> Result<Library> {
    let mut library = Library::built_in()?.clone();
    for (label, text) in files {
        library.add(label, text)?;
    }
    Ok(library)
}

/// Goals with levels and sources, and what they apply to.
///
/// `protocols` lists those that are built in or in `HEPADOSE_PROTOCOLS`; `from_toml` reads one of your own.
///
/// Parameters
/// ----------
/// id : str
///     Id of a protocol, such as ``liver-sbrt-5fx``.
/// files : sequence of (str, str)
///     Further protocol files as label and text, among which it is looked for too.
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
    /// The files that it was made with beside the built-in ones, to make it again from.
    files: Files,
}

#[pymethods]
impl Protocol {
    #[new]
    #[pyo3(signature = (id, *, files=Vec::new()))]
    fn new(id: &str, files: Files) -> Result<Self> {
        let core = library(&files)?.get(id)?;
        Ok(Self { core, files })
    }

    /// Read a protocol from TOML text; it may extend a built-in one, or one of other files.
    ///
    /// Parameters
    /// ----------
    /// text : str
    ///     The protocol.
    /// label : str
    ///     What stands for the text in messages.
    /// files : sequence of (str, str)
    ///     Further protocol files as label and text.
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
    #[pyo3(signature = (text, *, label="protocol", files=Vec::new()))]
    fn from_toml(text: &str, label: &str, mut files: Files) -> Result<Self> {
        let mut library = library(&files)?;
        let core = library.add(label, text).and_then(|id| library.get(&id))?;
        files.push((label.to_owned(), text.to_owned()));
        Ok(Self { core, files })
    }

    /// Refuse what is not for clinical use: not approved, expired, changed since, or with goals that rest on memory.
    ///
    /// Parameters
    /// ----------
    /// today : str
    ///     The day as ``2026-11-25``.
    ///
    /// Raises
    /// ------
    /// hepadose.errors.NotClinicalError
    ///     With the reason and what to do.
    fn require_clinical(&self, today: &str) -> Result<()> {
        let day = today
            .parse::<Day>()
            .map_err(pyo3::exceptions::PyValueError::new_err)?;
        Ok(self.core.require_clinical(day)?)
    }

    /// SHA-256 of what the protocol says, however its file is written.
    #[getter]
    fn sha256(&self) -> &str {
        &self.core.sha256
    }

    /// The publication whose protocols for other numbers of fractions stand beside it.
    #[getter]
    fn family(&self) -> Option<&str> {
        self.core.family.as_deref()
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
        Ok((restore, (&self.core.id, &self.files))
            .into_pyobject(py)?
            .into_any())
    }
}

/// Makes a protocol again after pickling.
#[pyfunction]
pub(crate) fn restore_protocol(id: &str, files: Files) -> Result<Protocol> {
    Protocol::new(id, files)
}

/// Ids of the protocols that are built in or in files.
#[pyfunction]
#[pyo3(signature = (files=Vec::new()))]
pub(crate) fn protocol_ids(files: Files) -> Result<Vec<String>> {
    Ok(library(&files)?.ids().map(str::to_owned).collect())
}

/// The protocol of an id, or the member of a family that is for a number of fractions.
#[pyfunction]
pub(crate) fn protocol_for(
    id: &str,
    fractions: Option<Fractions>,
    files: Files,
) -> Result<Protocol> {
    let n = fractions.map(|fractions| fractions.0);
    let core = library(&files)?.member(id, n)?;
    Ok(Protocol { core, files })
}

/// A mapping file as structure names, each with the names and numbers of its ROIs.
#[pyfunction]
pub(crate) fn parse_mapping(text: &str, label: &str) -> Result<Vec<(String, Vec<Roi>)>> {
    let mapping = Mapping::parse(label, text)?;
    let entry = |(role, rois): &(Role, Vec<RoiRef>)| {
        let rois = rois.iter().cloned().map(Into::into).collect();
        (role.name().to_owned(), rois)
    };
    Ok(mapping.entries().iter().map(entry).collect())
}

/// A ROI by name or by number.
#[derive(FromPyObject, IntoPyObject)]
pub(crate) enum Roi {
    Number(i32),
    Name(String),
}

impl From<RoiRef> for Roi {
    fn from(roi: RoiRef) -> Self {
        match roi {
            RoiRef::Number(number) => Self::Number(number),
            RoiRef::Name(name) => Self::Name(name),
        }
    }
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
    disease: Option<String>,
    child_pugh: Option<String>,
    sex: Option<String>,
    recalled: bool,
    undrawn: String,
    convert_alpha_beta_gy: Option<f64>,
    prescription_gy: Option<f64>,
    fractions: Option<Fractions>,
    solid: SolidArguments,
    sampling: SamplingArguments,
    min_covered: f64,
}

impl CheckArguments {
    fn options(self) -> Result<CheckOptions> {
        let entry = |(role, rois): (String, Rois)| {
            let fail = |reason| protocol::CheckError::Mapping {
                role: role.clone(),
                reason,
            };
            Ok((role.parse::<Role>().map_err(fail)?, rois.into()))
        };
        let entries = self
            .mapping
            .into_iter()
            .map(entry)
            .collect::<Result<Vec<_>>>()?;
        Ok(CheckOptions {
            mapping: Mapping::new(entries)?,
            liver_status: self.liver_status.parse::<LiverStatus>()?,
            disease: self.disease.map(|word| word.parse()).transpose()?,
            child_pugh: self.child_pugh.map(|word| word.parse()).transpose()?,
            sex: self.sex.map(|word| word.parse()).transpose()?,
            recalled: self.recalled,
            undrawn: match &self.undrawn[..] {
                "not_evaluable" => Undrawn::NotEvaluable,
                "left_out" => Undrawn::LeftOut,
                other => {
                    return Err(Error::setting(
                        "undrawn",
                        other,
                        "not_evaluable or left_out",
                    ));
                }
            },
            convert_alpha_beta_gy: self.convert_alpha_beta_gy,
            dvh: settings(&self.solid, self.min_covered, &self.sampling)?,
            prescription_gy: self.prescription_gy,
            fractions: self.fractions.map(|fractions| fractions.0),
            ..CheckOptions::default()
        })
    }
}

/// The reports of checking a case against protocols, each as `hepadose/check/1`.
#[pyfunction]
pub(crate) fn check<'py>(
    py: Python<'py>,
    case: CaseArgument<'_>,
    protocols: Vec<PyRef<'_, Protocol>>,
    options: CheckArguments,
) -> Result<Bound<'py, PyAny>> {
    let (case, options) = (case.into_core(py)?, options.options()?);
    let cores: Vec<&protocol::Protocol> = protocols.iter().map(|one| &one.core).collect();
    let reports = pool::run(py, |progress| {
        protocol::check_many(&case, &cores, &options, progress)
    })??;
    json::plain(py, &reports)
}

/// The largest scale of the dose that a protocol allows, as `hepadose/isotoxic/1`.
#[pyfunction]
pub(crate) fn isotoxic<'py>(
    py: Python<'py>,
    case: CaseArgument<'_>,
    protocol: &Protocol,
    options: CheckArguments,
) -> Result<Bound<'py, PyAny>> {
    let (case, options) = (case.into_core(py)?, options.options()?);
    let core = &protocol.core;
    let found = pool::run(py, |progress| {
        protocol::isotoxic(&case, core, &options, progress)
    })??;
    json::plain(py, &found)
}

/// Every goal over other conventions, shifts and alpha/beta, as `hepadose/flip/1`.
#[pyfunction]
pub(crate) fn would_it_flip<'py>(
    py: Python<'py>,
    case: CaseArgument<'_>,
    protocol: &Protocol,
    options: CheckArguments,
    shifts_mm: Vec<f64>,
    margins_mm: Vec<f64>,
    alpha_beta_gy: Vec<f64>,
) -> Result<Bound<'py, PyAny>> {
    let (case, options) = (case.into_core(py)?, options.options()?);
    let core = &protocol.core;
    let flip = FlipOptions {
        shifts_mm,
        margins_mm,
        alpha_beta_gy,
    };
    let found = pool::run(py, |progress| {
        protocol::would_it_flip(&case, core, &options, &flip, progress)
    })??;
    json::plain(py, &found)
}

/// Facts that no image holds.
#[derive(FromPyObject)]
#[pyo3(from_item_all)]
pub(crate) struct FactArguments {
    expected_survival_months: Option<f64>,
    ecog: Option<u32>,
    metastases: Option<u32>,
    bowel_threshold_mm: Option<f64>,
}

/// A case against the selection criteria of a protocol, as `hepadose/eligibility/1`.
#[pyfunction]
pub(crate) fn eligibility<'py>(
    py: Python<'py>,
    case: CaseArgument<'_>,
    protocol: &Protocol,
    options: CheckArguments,
    facts: FactArguments,
) -> Result<Bound<'py, PyAny>> {
    let (case, options) = (case.into_core(py)?, options.options()?);
    let core = &protocol.core;
    let facts = PatientFacts {
        expected_survival_months: facts.expected_survival_months,
        ecog: facts.ecog,
        metastases: facts.metastases,
        bowel_threshold_mm: facts.bowel_threshold_mm,
    };
    let found = pool::run(py, |_| protocol::eligibility(&case, core, &options, &facts))??;
    json::plain(py, &found)
}

impl From<protocol::FactError> for Error {
    fn from(error: protocol::FactError) -> Self {
        Self::from(pyo3::exceptions::PyValueError::new_err(error.to_string()))
    }
}

impl From<protocol::LiverStatusError> for Error {
    fn from(error: protocol::LiverStatusError) -> Self {
        Self::from(pyo3::exceptions::PyValueError::new_err(error.to_string()))
    }
}
