//! BED, EQD2 and back, for single numbers and for whole arrays.

mod model;

pub(crate) use model::{ModelArgument, TimingArgument};

use crate::arguments::Fractions;
use crate::arrays::Voxel;
use crate::errors::{Error, Result};
use crate::{json, pool};
use hepadose::dose::DoseError;
use hepadose::isoeffect::{self, Effect, FractionsADay, Measure, Repopulation, Segment, Transform};
use numpy::{PyArrayDyn, PyArrayMethods};
use pyo3::prelude::*;

#[pyfunction]
pub(crate) fn bed_gy(dose_gy: f64, fractions: Fractions, alpha_beta_gy: f64) -> Result<f64> {
    Ok(isoeffect::bed_gy(dose_gy, fractions.0, alpha_beta_gy)?)
}

#[pyfunction]
pub(crate) fn eqd2_gy(dose_gy: f64, fractions: Fractions, alpha_beta_gy: f64) -> Result<f64> {
    Ok(isoeffect::eqd2_gy(dose_gy, fractions.0, alpha_beta_gy)?)
}

#[pyfunction]
pub(crate) fn eqd2_from_bed_gy(bed_gy: f64, alpha_beta_gy: f64) -> Result<f64> {
    Ok(isoeffect::eqd2_from_bed_gy(bed_gy, alpha_beta_gy)?)
}

#[pyfunction]
pub(crate) fn isoeffective_dose_gy(
    eqd2_gy: f64,
    fractions: Fractions,
    alpha_beta_gy: f64,
) -> Result<f64> {
    Ok(isoeffect::isoeffective_dose_gy(
        eqd2_gy,
        fractions.0,
        alpha_beta_gy,
    )?)
}

#[pyfunction]
pub(crate) fn dose_per_fraction_gy(
    eqd2_gy: f64,
    fractions: Fractions,
    alpha_beta_gy: f64,
) -> Result<f64> {
    Ok(isoeffect::dose_per_fraction_from_eqd2_gy(
        eqd2_gy,
        fractions.0,
        alpha_beta_gy,
    )?)
}

fn segments(schedule: Vec<(Fractions, f64)>) -> Vec<Segment> {
    let segment = |(fractions, dose_per_fraction_gy): (Fractions, f64)| Segment {
        fractions: fractions.0,
        dose_per_fraction_gy,
    };
    schedule.into_iter().map(segment).collect()
}

#[pyfunction]
pub(crate) fn mixed_bed_gy(schedule: Vec<(Fractions, f64)>, alpha_beta_gy: f64) -> Result<f64> {
    Ok(isoeffect::mixed_bed_gy(&segments(schedule), alpha_beta_gy)?)
}

#[pyfunction]
pub(crate) fn mixed_eqd2_gy(schedule: Vec<(Fractions, f64)>, alpha_beta_gy: f64) -> Result<f64> {
    Ok(isoeffect::mixed_eqd2_gy(
        &segments(schedule),
        alpha_beta_gy,
    )?)
}

#[pyfunction]
pub(crate) fn bed_gy_into(
    dose_gy: &Bound<'_, PyAny>,
    out: &Bound<'_, PyAny>,
    fractions: Fractions,
    alpha_beta_gy: f64,
) -> Result<()> {
    forward(Transform::bed(fractions.0, alpha_beta_gy)?, dose_gy, out)
}

#[pyfunction]
pub(crate) fn eqd2_gy_into(
    dose_gy: &Bound<'_, PyAny>,
    out: &Bound<'_, PyAny>,
    fractions: Fractions,
    alpha_beta_gy: f64,
) -> Result<()> {
    forward(Transform::eqd2(fractions.0, alpha_beta_gy)?, dose_gy, out)
}

#[pyfunction]
pub(crate) fn eqd2_from_bed_gy_into(
    bed_gy: &Bound<'_, PyAny>,
    out: &Bound<'_, PyAny>,
    alpha_beta_gy: f64,
) -> Result<()> {
    forward(Transform::eqd2_of_bed(alpha_beta_gy)?, bed_gy, out)
}

#[pyfunction]
pub(crate) fn isoeffective_dose_gy_into(
    eqd2_gy: &Bound<'_, PyAny>,
    out: &Bound<'_, PyAny>,
    fractions: Fractions,
    alpha_beta_gy: f64,
) -> Result<()> {
    backward(Transform::eqd2(fractions.0, alpha_beta_gy)?, eqd2_gy, out)
}

#[pyfunction]
pub(crate) fn dose_per_fraction_gy_into(
    eqd2_gy: &Bound<'_, PyAny>,
    out: &Bound<'_, PyAny>,
    fractions: Fractions,
    alpha_beta_gy: f64,
) -> Result<()> {
    let transform = Transform::eqd2_of_fraction_dose(fractions.0, alpha_beta_gy)?;
    backward(transform, eqd2_gy, out)
}

/// Which way a transform is taken.
#[derive(Clone, Copy)]
enum Way {
    Forward,
    Backward,
}

fn forward(transform: Transform, values: &Bound<'_, PyAny>, out: &Bound<'_, PyAny>) -> Result<()> {
    dispatch(transform, Way::Forward, values, out)
}

fn backward(transform: Transform, values: &Bound<'_, PyAny>, out: &Bound<'_, PyAny>) -> Result<()> {
    dispatch(transform, Way::Backward, values, out)
}

fn dispatch(
    transform: Transform,
    way: Way,
    values: &Bound<'_, PyAny>,
    out: &Bound<'_, PyAny>,
) -> Result<()> {
    if let Ok(values) = values.cast::<PyArrayDyn<f32>>() {
        return map(transform, way, values, out.cast().map_err(PyErr::from)?);
    }
    let values = values.cast::<PyArrayDyn<f64>>().map_err(PyErr::from)?;
    map(transform, way, values, out.cast().map_err(PyErr::from)?)
}

/// `values` and `out` are C-ordered and of one shape, and one array or two that do not overlap.
fn map<T: Voxel>(
    transform: Transform,
    way: Way,
    values: &Bound<'_, PyArrayDyn<T>>,
    out: &Bound<'_, PyArrayDyn<T>>,
) -> Result<()> {
    let py = values.py();
    let mut target = out.try_readwrite()?;
    if values.is(out) {
        let values = target.as_slice_mut()?;
        return Ok(pool::run(py, |_| match way {
            Way::Forward => transform.apply_in_place(values),
            Way::Backward => transform.invert_in_place(values),
        })??);
    }
    let source = values.try_readonly()?;
    let source = source.as_slice()?;
    let target = target.as_slice_mut()?;
    Ok(pool::run(py, |_| match way {
        Way::Forward => transform.apply(source, target),
        Way::Backward => transform.invert(source, target),
    })??)
}

/// Published alpha/beta values as plain dictionaries.
#[pyfunction]
pub(crate) fn alpha_beta(py: Python<'_>) -> Result<Bound<'_, PyAny>> {
    json::plain(py, &isoeffect::ALPHA_BETA)
}

fn effect(
    model: &ModelArgument,
    timing: Option<&TimingArgument>,
    fractions: Option<Fractions>,
) -> Result<Effect> {
    if let (Some(TimingArgument::Decay { .. }), Some(n)) = (timing, &fractions) {
        return Err(DoseError::FractionsStated { n: n.0 }.into());
    }
    let delivery = TimingArgument::resolve(timing).delivery(fractions.map(|n| n.0));
    let missing = || Error::setting("fractions", "None", "given: d = D/n needs it");
    Ok(Effect {
        model: model.resolve()?,
        delivery: delivery.ok_or_else(missing)?,
    })
}

/// BED where `x_gy` is absent, else EQDx.
fn measured(effect: &Effect, x_gy: Option<f64>) -> Result<Transform> {
    Ok(match x_gy {
        None => effect.bed()?,
        Some(x) => effect.eqdx(x)?,
    })
}

type EffectArgument = (ModelArgument, Option<TimingArgument>, Option<Fractions>);

#[pyfunction]
pub(crate) fn effect_gy(
    value: f64,
    course: EffectArgument,
    x_gy: Option<f64>,
    backward: bool,
) -> Result<f64> {
    let transform = measured(&effect(&course.0, course.1.as_ref(), course.2)?, x_gy)?;
    let mut value = [value];
    if backward {
        transform.invert_in_place(&mut value)?;
    } else {
        transform.apply_in_place(&mut value)?;
    }
    Ok(value[0])
}

#[pyfunction]
pub(crate) fn effect_gy_into(
    values: &Bound<'_, PyAny>,
    out: &Bound<'_, PyAny>,
    course: EffectArgument,
    x_gy: Option<f64>,
    backward: bool,
) -> Result<()> {
    let transform = measured(&effect(&course.0, course.1.as_ref(), course.2)?, x_gy)?;
    let way = if backward {
        Way::Backward
    } else {
        Way::Forward
    };
    dispatch(transform, way, values, out)
}

/// Model, parameters and delivery in words.
#[pyfunction]
pub(crate) fn effect_words(course: EffectArgument) -> Result<String> {
    Ok(match course.2 {
        None if !matches!(course.1, Some(TimingArgument::Decay { .. })) => {
            course.0.resolve()?.to_string()
        }
        _ => effect(&course.0, course.1.as_ref(), course.2)?.to_string(),
    })
}

/// alpha/beta in Gy of the quadratic part and, where there is one, the transition dose a fraction in Gy and the slope
/// beyond it.
#[pyfunction]
pub(crate) fn model_numbers(model: ModelArgument) -> Result<(f64, Option<(f64, f64)>)> {
    let model = model.resolve()?;
    let [.., knee, tail] = model.transform(1)?.coefficients();
    let line = knee.is_finite().then_some((knee, tail));
    Ok((model.alpha_beta_gy(), line))
}

#[pyfunction]
pub(crate) fn incomplete_repair_factor(
    per_day: Fractions,
    interval_h: f64,
    repair_half_life_h: f64,
) -> Result<f64> {
    let day = FractionsADay {
        per_day: per_day.0,
        interval_h,
        repair_half_life_h,
    };
    Ok(day.incomplete_repair_factor()?)
}

#[pyfunction]
pub(crate) fn protraction_factor(
    repair_half_life_h: f64,
    effective_half_life_h: f64,
) -> Result<f64> {
    Ok(isoeffect::protraction_factor(
        repair_half_life_h,
        effective_half_life_h,
    )?)
}

#[pyfunction]
pub(crate) fn bed_cycles_gy(
    cycles_gy: Vec<f64>,
    alpha_beta_gy: f64,
    repair_half_life_h: f64,
    effective_half_life_h: f64,
) -> Result<f64> {
    Ok(isoeffect::bed_cycles_gy(
        &cycles_gy,
        alpha_beta_gy,
        repair_half_life_h,
        effective_half_life_h,
    )?)
}

#[pyfunction]
pub(crate) fn refractionated_dose_gy(
    dose_gy: f64,
    fractions: Fractions,
    to_fractions: Fractions,
    alpha_beta_gy: f64,
) -> Result<f64> {
    Ok(isoeffect::refractionated_dose_gy(
        dose_gy,
        fractions.0,
        to_fractions.0,
        alpha_beta_gy,
    )?)
}

#[pyfunction]
pub(crate) fn fractions_for_eqd2(
    eqd2_gy: f64,
    dose_per_fraction_gy: f64,
    alpha_beta_gy: f64,
) -> Result<f64> {
    Ok(isoeffect::fractions_for_eqd2(
        eqd2_gy,
        dose_per_fraction_gy,
        alpha_beta_gy,
    )?)
}

/// Rate in Gy a day, from itself or from alpha and the potential doubling time.
fn repopulation(
    rate: Option<f64>,
    growth: Option<(f64, f64)>,
    kickoff_days: f64,
) -> Result<Repopulation> {
    Ok(match (rate, growth) {
        (Some(rate), None) => Repopulation::new(rate, kickoff_days)?,
        (None, Some((alpha, doubling))) => {
            Repopulation::of_doubling_time(alpha, doubling, kickoff_days)?
        }
        _ => {
            let allowed = "given once: a rate a day, or alpha and the potential doubling time";
            return Err(Error::setting("repopulation", "none or both", allowed));
        }
    })
}

/// Rate and kick-off time, checked.
#[pyfunction]
pub(crate) fn repopulation_rate(
    rate: Option<f64>,
    growth: Option<(f64, f64)>,
    kickoff_days: f64,
) -> Result<f64> {
    Ok(repopulation(rate, growth, kickoff_days)?.rate_gy_per_day())
}

#[pyfunction]
pub(crate) fn remaining_gy(
    effect_gy: f64,
    rate: f64,
    kickoff_days: f64,
    overall_days: f64,
) -> Result<f64> {
    Ok(Repopulation::new(rate, kickoff_days)?.remaining_gy(effect_gy, overall_days)?)
}

#[pyfunction]
pub(crate) fn remaining_gy_into(
    effect_gy: &Bound<'_, PyAny>,
    out: &Bound<'_, PyAny>,
    rate: f64,
    kickoff_days: f64,
    overall_days: f64,
) -> Result<()> {
    let tumour = Repopulation::new(rate, kickoff_days)?;
    let py = out.py();
    if let Ok(effects) = effect_gy.cast::<PyArrayDyn<f32>>() {
        let out = out.cast::<PyArrayDyn<f32>>().map_err(PyErr::from)?;
        let (effects, mut out) = (effects.try_readonly()?, out.try_readwrite()?);
        let (effects, out) = (effects.as_slice()?, out.as_slice_mut()?);
        return Ok(pool::run(py, |_| {
            tumour.apply(overall_days, effects, out)
        })??);
    }
    let effects = effect_gy.cast::<PyArrayDyn<f64>>().map_err(PyErr::from)?;
    let out = out.cast::<PyArrayDyn<f64>>().map_err(PyErr::from)?;
    let (effects, mut out) = (effects.try_readonly()?, out.try_readwrite()?);
    let (effects, out) = (effects.as_slice()?, out.as_slice_mut()?);
    Ok(pool::run(py, |_| {
        tumour.apply(overall_days, effects, out)
    })??)
}

/// What an effect is measured in, from its word.
pub(crate) fn measure_named(word: &str) -> Result<Measure> {
    match word {
        "bed" => Ok(Measure::Bed),
        "eqd2" => Ok(Measure::Eqd2),
        _ => Err(Error::setting("measure", word, "'bed' or 'eqd2'")),
    }
}

/// Dose, alpha/beta and result are C-ordered arrays of one type and shape that do not overlap.
#[pyfunction]
pub(crate) fn alpha_beta_map_into(
    measure: &str,
    fractions: Fractions,
    dose_gy: &Bound<'_, PyAny>,
    alpha_beta_gy: &Bound<'_, PyAny>,
    out: &Bound<'_, PyAny>,
) -> Result<()> {
    fn run<T: Voxel>(
        (measure, n): (Measure, u32),
        [dose, map, out]: [&Bound<'_, PyAny>; 3],
    ) -> Result<()> {
        let cast = |array| Bound::cast::<PyArrayDyn<T>>(array).map_err(PyErr::from);
        let (dose, map) = (cast(dose)?.try_readonly()?, cast(map)?.try_readonly()?);
        let (py, mut out) = (out.py(), cast(out)?.try_readwrite()?);
        let (dose, map, out) = (dose.as_slice()?, map.as_slice()?, out.as_slice_mut()?);
        Ok(pool::run(py, |_| {
            isoeffect::transform_with_map(measure, n, dose, map, out)
        })??)
    }
    let how = (measure_named(measure)?, fractions.0);
    let arrays = [dose_gy, alpha_beta_gy, out];
    if dose_gy.cast::<PyArrayDyn<f32>>().is_ok() {
        run::<f32>(how, arrays)
    } else {
        run::<f64>(how, arrays)
    }
}

/// The same with labels (uint8) and one alpha/beta a label.
#[pyfunction]
pub(crate) fn alpha_beta_labels_into(
    measure: &str,
    fractions: Fractions,
    dose_gy: &Bound<'_, PyAny>,
    labels: &Bound<'_, PyArrayDyn<u8>>,
    alpha_beta_gy: Vec<f64>,
    out: &Bound<'_, PyAny>,
) -> Result<()> {
    fn run<T: Voxel>(
        (measure, n): (Measure, u32),
        [dose, out]: [&Bound<'_, PyAny>; 2],
        labels: &Bound<'_, PyArrayDyn<u8>>,
        table: &[f64],
    ) -> Result<()> {
        let cast = |array| Bound::cast::<PyArrayDyn<T>>(array).map_err(PyErr::from);
        let (dose, labels) = (cast(dose)?.try_readonly()?, labels.try_readonly()?);
        let (py, mut out) = (out.py(), cast(out)?.try_readwrite()?);
        let (dose, labels, out) = (dose.as_slice()?, labels.as_slice()?, out.as_slice_mut()?);
        Ok(pool::run(py, |_| {
            isoeffect::transform_with_labels(measure, n, dose, labels, table, out)
        })??)
    }
    let how = (measure_named(measure)?, fractions.0);
    if dose_gy.cast::<PyArrayDyn<f32>>().is_ok() {
        run::<f32>(how, [dose_gy, out], labels, &alpha_beta_gy)
    } else {
        run::<f64>(how, [dose_gy, out], labels, &alpha_beta_gy)
    }
}
