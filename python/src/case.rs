//! Plans, stored DVHs and whole cases: dataclasses of the Python package there, plain tables of the core here.

use crate::dose::DoseGrid;
use crate::errors::Result;
use crate::structure::Structure;
use hepadose::case::{BeamDose, Case, DoseReference, FractionGroup, Plan, StoredDvh};
use hepadose::provenance::InputHash;
use numpy::PyArray1;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};
use std::sync::Arc;

/// A beam as the dataclass has it.
#[derive(FromPyObject)]
struct BeamArgument {
    number: i32,
    dose_gy: Option<f64>,
}

/// A fraction group as the dataclass has it.
#[derive(FromPyObject)]
struct GroupArgument {
    number: i32,
    fractions: Option<u32>,
    beams: Vec<BeamArgument>,
}

/// A dose reference as the dataclass has it.
#[derive(FromPyObject)]
struct ReferenceArgument {
    number: i32,
    structure_type: String,
    reference_type: String,
    roi_number: Option<i32>,
    prescription_gy: Option<f64>,
    description: Option<String>,
}

/// A plan as the dataclass has it.
#[derive(FromPyObject)]
pub(crate) struct PlanArgument {
    label: Option<String>,
    approval_status: Option<String>,
    fraction_groups: Vec<GroupArgument>,
    dose_references: Vec<ReferenceArgument>,
    sop_instance_uid: Option<String>,
    structure_set_uid: Option<String>,
    frame_of_reference: Option<String>,
}

impl From<GroupArgument> for FractionGroup {
    fn from(group: GroupArgument) -> Self {
        let beam = |beam: BeamArgument| BeamDose {
            number: beam.number,
            dose_gy: beam.dose_gy,
        };
        Self {
            number: group.number,
            fractions: group.fractions,
            beams: group.beams.into_iter().map(beam).collect(),
        }
    }
}

impl From<ReferenceArgument> for DoseReference {
    fn from(reference: ReferenceArgument) -> Self {
        Self {
            number: reference.number,
            structure_type: reference.structure_type,
            reference_type: reference.reference_type,
            roi_number: reference.roi_number,
            prescription_gy: reference.prescription_gy,
            description: reference.description,
        }
    }
}

impl From<PlanArgument> for Plan {
    fn from(plan: PlanArgument) -> Self {
        Self {
            label: plan.label,
            approval_status: plan.approval_status,
            fraction_groups: plan.fraction_groups.into_iter().map(Into::into).collect(),
            dose_references: plan.dose_references.into_iter().map(Into::into).collect(),
            sop_instance_uid: plan.sop_instance_uid,
            structure_set_uid: plan.structure_set_uid,
            frame_of_reference: plan.frame_of_reference,
        }
    }
}

/// An object of a class of `hepadose._case`.
fn make<'py>(
    py: Python<'py>,
    class: &str,
    details: &Bound<'py, PyDict>,
) -> PyResult<Bound<'py, PyAny>> {
    py.import("hepadose._case")?
        .getattr(class)?
        .call((), Some(details))
}

/// A plan as the dataclass.
pub(crate) fn plan_object<'py>(py: Python<'py>, plan: &Plan) -> PyResult<Bound<'py, PyAny>> {
    let groups = plan
        .fraction_groups
        .iter()
        .map(|group| group_object(py, group));
    let references = plan
        .dose_references
        .iter()
        .map(|reference| reference_object(py, reference));
    let details = PyDict::new(py);
    details.set_item("label", &plan.label)?;
    details.set_item("approval_status", &plan.approval_status)?;
    details.set_item(
        "fraction_groups",
        PyTuple::new(py, groups.collect::<PyResult<Vec<_>>>()?)?,
    )?;
    details.set_item(
        "dose_references",
        PyTuple::new(py, references.collect::<PyResult<Vec<_>>>()?)?,
    )?;
    details.set_item("fractions", plan.fractions())?;
    details.set_item("beam_dose_total_gy", plan.beam_dose_total_gy())?;
    details.set_item("sop_instance_uid", &plan.sop_instance_uid)?;
    details.set_item("structure_set_uid", &plan.structure_set_uid)?;
    details.set_item("frame_of_reference", &plan.frame_of_reference)?;
    make(py, "Plan", &details)
}

fn group_object<'py>(py: Python<'py>, group: &FractionGroup) -> PyResult<Bound<'py, PyAny>> {
    let beam = |beam: &BeamDose| {
        let details = PyDict::new(py);
        details.set_item("number", beam.number)?;
        details.set_item("dose_gy", beam.dose_gy)?;
        make(py, "BeamDose", &details)
    };
    let beams = group.beams.iter().map(beam).collect::<PyResult<Vec<_>>>()?;
    let details = PyDict::new(py);
    details.set_item("number", group.number)?;
    details.set_item("fractions", group.fractions)?;
    details.set_item("beams", PyTuple::new(py, beams)?)?;
    make(py, "FractionGroup", &details)
}

fn reference_object<'py>(
    py: Python<'py>,
    reference: &DoseReference,
) -> PyResult<Bound<'py, PyAny>> {
    let details = PyDict::new(py);
    details.set_item("number", reference.number)?;
    details.set_item("structure_type", &reference.structure_type)?;
    details.set_item("reference_type", &reference.reference_type)?;
    details.set_item("roi_number", reference.roi_number)?;
    details.set_item("prescription_gy", reference.prescription_gy)?;
    details.set_item("description", &reference.description)?;
    make(py, "DoseReference", &details)
}

/// DVHs that a planning system stored, as dataclasses.
pub(crate) fn stored_objects<'py>(
    py: Python<'py>,
    stored: &[StoredDvh],
) -> PyResult<Bound<'py, PyTuple>> {
    let object = |stored: &StoredDvh| {
        let details = PyDict::new(py);
        details.set_item("roi_number", stored.roi_number)?;
        details.set_item("dvh_type", &stored.dvh_type)?;
        details.set_item("dose_units", &stored.dose_units)?;
        details.set_item("volume_units", &stored.volume_units)?;
        details.set_item("dose", PyArray1::from_slice(py, &stored.dose))?;
        details.set_item("volume", PyArray1::from_slice(py, &stored.volume))?;
        details.set_item("minimum", stored.min)?;
        details.set_item("mean", stored.mean)?;
        details.set_item("maximum", stored.max)?;
        details.set_item("statistics_are_percent", stored.statistics_are_percent)?;
        details.set_item("implied_prescription_gy", stored.implied_prescription_gy)?;
        let [min_gy, mean_gy, max_gy] = stored.statistics_gy(None);
        details.set_item("minimum_gy", min_gy)?;
        details.set_item("mean_gy", mean_gy)?;
        details.set_item("maximum_gy", max_gy)?;
        make(py, "StoredDvh", &details)
    };
    PyTuple::new(py, stored.iter().map(object).collect::<PyResult<Vec<_>>>()?)
}

/// A case of the core as the Python class, with its dose, which is already Python's.
pub(crate) fn case_object(
    py: Python<'_>,
    case: Case,
    dose: Option<DoseGrid>,
) -> Result<Bound<'_, PyAny>> {
    let details = PyDict::new(py);
    details.set_item("dose", dose)?;
    details.set_item("structures", structure_objects(py, case.structures)?)?;
    details.set_item(
        "plan",
        case.plan
            .as_ref()
            .map(|plan| plan_object(py, plan))
            .transpose()?,
    )?;
    details.set_item("stored_dvhs", stored_objects(py, &case.stored_dvhs)?)?;
    details.set_item("structure_set_uid", &case.structure_set_uid)?;
    let inputs: Vec<_> = case
        .inputs
        .into_iter()
        .map(|input| (input.role, input.sha256))
        .collect();
    details.set_item("inputs", PyTuple::new(py, inputs)?)?;
    details.set_item("warnings", PyTuple::new(py, case.warnings)?)?;
    Ok(make(py, "Case", &details)?)
}

/// Structures of the core as Python objects.
pub(crate) fn structure_objects(
    py: Python<'_>,
    structures: Vec<hepadose::structure::Structure>,
) -> PyResult<Bound<'_, PyTuple>> {
    let objects = structures
        .into_iter()
        .map(|structure| Structure(Arc::new(structure)));
    let objects = objects
        .map(|structure| Bound::new(py, structure))
        .collect::<PyResult<Vec<_>>>()?;
    PyTuple::new(py, objects)
}

/// A case as the Python class has it.
#[derive(FromPyObject)]
pub(crate) struct CaseArgument<'py> {
    #[pyo3(attribute("dose"))]
    dose: Option<PyRef<'py, DoseGrid>>,
    #[pyo3(attribute("_structures"))]
    structures: Vec<PyRef<'py, Structure>>,
    plan: Option<PlanArgument>,
    inputs: Vec<(String, String)>,
    warnings: Vec<String>,
}

impl CaseArgument<'_> {
    /// The case as the core knows it. Its values are a copy: a case of the core owns its dose.
    pub(crate) fn into_core(self, py: Python<'_>) -> Result<Case> {
        let dose = self
            .dose
            .as_ref()
            .map(|dose| dose.to_owned_core(py))
            .transpose()?;
        let hash = |(role, sha256)| InputHash { role, sha256 };
        let own = self
            .dose
            .iter()
            .flat_map(|dose| dose.doubts().iter().cloned());
        Ok(Case {
            structures: self.structures.iter().map(|one| (*one.0).clone()).collect(),
            plan: self.plan.map(Into::into),
            inputs: self.inputs.into_iter().map(hash).collect(),
            warnings: own.chain(self.warnings).collect(),
            dose,
            ..Case::default()
        })
    }
}
