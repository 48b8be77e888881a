//! Activity models.

use super::DoseConstant;
use crate::arrays::real_array;
use crate::errors::Result;
use crate::json;
use hepadose::y90::planning::{
    self, BsaInput, Delivery, PartitionModel, PerfusedVolume, PlanarCounts, Tumour,
};
use numpy::{PyArrayDyn, PyArrayMethods};
use pyo3::prelude::*;

/// Shunt, residual and dose constant.
#[derive(FromPyObject)]
pub(crate) struct DeliveryArgument {
    lung_shunt_fraction: f64,
    residual_fraction: f64,
    dose_constant_gy_kg_per_gbq: Option<DoseConstant>,
}

impl DeliveryArgument {
    pub(crate) fn core(&self) -> Result<Delivery> {
        let delivery = Delivery::new(self.lung_shunt_fraction, self.residual_fraction)?;
        Ok(match &self.dose_constant_gy_kg_per_gbq {
            Some(constant) => delivery.with_dose_constant(constant.core()?)?,
            None => delivery,
        })
    }
}

/// Tumours as (mass in kg, T/N), normal mass, lung mass.
#[derive(FromPyObject)]
pub(crate) struct CompartmentsArgument {
    tumours: Vec<(f64, f64)>,
    normal_mass_kg: f64,
    lung_mass_kg: f64,
}

impl CompartmentsArgument {
    fn core(&self) -> Result<PartitionModel> {
        let tumour = |&(mass_kg, tn_ratio): &(f64, f64)| Tumour { mass_kg, tn_ratio };
        let tumours = self.tumours.iter().map(tumour).collect();
        Ok(PartitionModel::new(
            tumours,
            self.normal_mass_kg,
            self.lung_mass_kg,
        )?)
    }
}

/// Activity by the single-compartment model.
#[pyfunction]
pub(crate) fn y90_mird_activity_gbq(
    dose_gy: f64,
    mass_kg: f64,
    delivery: DeliveryArgument,
) -> Result<f64> {
    Ok(planning::mird_activity_gbq(
        dose_gy,
        mass_kg,
        &delivery.core()?,
    )?)
}

/// Dose by the single-compartment model.
#[pyfunction]
pub(crate) fn y90_mird_dose_gy(
    activity_gbq: f64,
    mass_kg: f64,
    delivery: DeliveryArgument,
) -> Result<f64> {
    Ok(planning::mird_dose_gy(
        activity_gbq,
        mass_kg,
        &delivery.core()?,
    )?)
}

/// Body surface.
#[pyfunction]
pub(crate) fn y90_body_surface_m2(height_m: f64, weight_kg: f64) -> Result<f64> {
    Ok(planning::body_surface_m2(height_m, weight_kg)?)
}

/// Activity by body surface.
#[pyfunction]
pub(crate) fn y90_bsa_activity_gbq(
    body: (f64, f64),
    volumes_ml: (f64, f64, f64),
    residual_fraction: f64,
) -> Result<f64> {
    Ok(planning::bsa_activity_gbq(&BsaInput {
        height_m: body.0,
        weight_kg: body.1,
        tumour_in_treated_ml: volumes_ml.0,
        treated_volume_ml: volumes_ml.1,
        liver_volume_ml: volumes_ml.2,
        residual_fraction,
    })?)
}

/// Reduction that a lung shunt asks for, as a plain dictionary.
#[pyfunction]
pub(crate) fn y90_bsa_shunt_reduction(
    py: Python<'_>,
    lung_shunt_fraction: f64,
) -> Result<Bound<'_, PyAny>> {
    json::plain(py, &planning::bsa_shunt_reduction(lung_shunt_fraction)?)
}

/// Doses of the compartments, and the record, as plain dictionaries.
#[pyfunction]
pub(crate) fn y90_partition(
    py: Python<'_>,
    activity_gbq: f64,
    compartments: CompartmentsArgument,
    delivery: DeliveryArgument,
) -> Result<(Bound<'_, PyAny>, Bound<'_, PyAny>)> {
    let delivery = delivery.core()?;
    let doses = planning::partition(activity_gbq, &compartments.core()?, &delivery)?;
    let record = json::plain(py, &delivery.provenance("partition"))?;
    Ok((json::plain(py, &doses)?, record))
}

/// Activity by the partition model.
#[pyfunction]
pub(crate) fn y90_partition_activity_gbq(
    tumour_dose_gy: f64,
    compartments: CompartmentsArgument,
    delivery: DeliveryArgument,
) -> Result<f64> {
    let (model, delivery) = (compartments.core()?, delivery.core()?);
    Ok(planning::partition_activity_gbq(
        tumour_dose_gy,
        &model,
        &delivery,
    )?)
}

/// Activity for a tumour dose within limits, as a plain dictionary, and the record.
#[pyfunction]
pub(crate) fn y90_plan_activity(
    py: Python<'_>,
    tumour_dose_gy: f64,
    normal_limit_gy: Option<f64>,
    lung_limit_gy: Option<f64>,
    compartments: CompartmentsArgument,
    delivery: DeliveryArgument,
) -> Result<(Bound<'_, PyAny>, Bound<'_, PyAny>)> {
    let (model, delivery) = (compartments.core()?, delivery.core()?);
    let planned = planning::plan_activity(
        tumour_dose_gy,
        normal_limit_gy,
        lung_limit_gy,
        &model,
        &delivery,
    )?;
    let record = json::plain(py, &delivery.provenance("partition"))?;
    Ok((json::plain(py, &planned)?, record))
}

/// Doses of several perfused volumes, as a plain dictionary.
#[pyfunction]
pub(crate) fn y90_partition_volumes(
    py: Python<'_>,
    volumes: Vec<(f64, CompartmentsArgument, DeliveryArgument)>,
    unperfused_normal_mass_kg: f64,
) -> Result<Bound<'_, PyAny>> {
    let one = |(activity_gbq, model, delivery): &(f64, CompartmentsArgument, DeliveryArgument)| {
        Ok(PerfusedVolume {
            activity_gbq: *activity_gbq,
            model: model.core()?,
            delivery: delivery.core()?,
        })
    };
    let volumes = volumes.iter().map(one).collect::<Result<Vec<_>>>()?;
    json::plain(
        py,
        &planning::partition_volumes(&volumes, unperfused_normal_mass_kg)?,
    )
}

/// Lung dose.
#[pyfunction]
pub(crate) fn y90_lung_dose_gy(
    activity_gbq: f64,
    lung_mass_kg: f64,
    delivery: DeliveryArgument,
) -> Result<f64> {
    Ok(planning::lung_dose_gy(
        activity_gbq,
        lung_mass_kg,
        &delivery.core()?,
    )?)
}

/// Activity that gives the lung a dose; nothing without a shunt.
#[pyfunction]
pub(crate) fn y90_lung_activity_gbq(
    lung_dose_gy: f64,
    lung_mass_kg: f64,
    delivery: DeliveryArgument,
) -> Result<Option<f64>> {
    Ok(planning::lung_activity_gbq(
        lung_dose_gy,
        lung_mass_kg,
        &delivery.core()?,
    )?)
}

/// Lung mass and limits, as plain dictionaries.
#[pyfunction]
pub(crate) fn y90_lung(py: Python<'_>) -> Result<Vec<Bound<'_, PyAny>>> {
    let all = [
        planning::LUNG_MASS_KG,
        planning::LUNG_LIMIT_SINGLE_GY,
        planning::LUNG_LIMIT_CUMULATIVE_GY,
    ];
    all.iter().map(|one| json::plain(py, one)).collect()
}

/// Lung shunt from planar counts (anterior, posterior) of lung and liver.
#[pyfunction]
pub(crate) fn y90_lung_shunt_from_planar(lung: (f64, f64), liver: (f64, f64)) -> Result<f64> {
    let counts = |(anterior, posterior)| PlanarCounts {
        anterior,
        posterior,
    };
    Ok(planning::lung_shunt_from_planar(
        counts(lung),
        counts(liver),
    )?)
}

/// Lung shunt from SPECT counts.
#[pyfunction]
pub(crate) fn y90_lung_shunt_from_spect(lung_counts: f64, liver_counts: f64) -> Result<f64> {
    Ok(planning::lung_shunt_from_spect(lung_counts, liver_counts)?)
}

/// Lung shunt from a tumour-lung shunt.
#[pyfunction]
pub(crate) fn y90_lung_shunt_from_tumour_lung_shunt(share: f64, ratio: f64) -> Result<f64> {
    Ok(planning::lung_shunt_from_tumour_lung_shunt(share, ratio)?)
}

/// Lung mass from CT numbers.
#[pyfunction]
pub(crate) fn y90_lung_mass_from_ct_kg(
    hounsfield: &Bound<'_, PyAny>,
    voxel_volume_ml: f64,
) -> Result<f64> {
    let array = real_array(hounsfield, "CT numbers")?.call_method1("astype", ("float64",))?;
    let array = array
        .cast::<PyArrayDyn<f64>>()
        .map_err(PyErr::from)?
        .try_readonly()?;
    let values = array.as_slice()?;
    let mass = hounsfield
        .py()
        .detach(|| planning::lung_mass_from_ct_kg(values, voxel_volume_ml));
    Ok(mass?)
}

/// T/N from a ratio of activities.
#[pyfunction]
pub(crate) fn y90_tn_ratio_from_activity_ratio(
    ratio: f64,
    tumour: f64,
    normal: f64,
) -> Result<f64> {
    Ok(planning::tn_ratio_from_activity_ratio(
        ratio, tumour, normal,
    )?)
}
