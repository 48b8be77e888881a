//! Equivalent doses, complication and control of DVHs or arrays.

use crate::arguments::Fractions;
use crate::arrays::real_array;
use crate::dvh::Dvh;
use crate::errors::{Error, Result};
use crate::isoeffect::{ModelArgument, TimingArgument, measure_named};
use crate::{json, pool};
use hepadose::citation::Evidence;
use hepadose::dvh::MetricSpec;
use hepadose::isoeffect::{Effect, Model};
use hepadose::radiobiology::{
    self, DoseBasis, DoseSource, DoseVolume, Interval, Lkb, Response, Sampling, Uncertain,
};
use numpy::{PyArrayDyn, PyArrayMethods};
use pyo3::prelude::*;

/// What a DVH of samples is called where nobody names it.
const UNNAMED: &str = "structure";

/// A DVH, or doses and volumes.
#[derive(FromPyObject)]
pub(crate) enum Source<'py> {
    Dvh(PyRef<'py, Dvh>),
    Arrays(Bound<'py, PyAny>, Bound<'py, PyAny>),
}

fn numbers(array: &Bound<'_, PyAny>, what: &str) -> Result<Vec<f64>> {
    let array = real_array(array, what)?.call_method1("astype", ("float64",))?;
    let array = array.cast::<PyArrayDyn<f64>>().map_err(PyErr::from)?;
    Ok(array.to_vec()?)
}

impl Source<'_> {
    /// Runs `f` on the dose, with the fractions that the user said in place of those that the DVH knows.
    fn with<R>(
        &self,
        fractions: Option<Fractions>,
        f: impl FnOnce(DoseSource<'_>) -> Result<R>,
    ) -> Result<R> {
        match self {
            Self::Dvh(dvh) => match fractions {
                None => f(DoseSource::Dvh(dvh.core())),
                Some(n) => f(DoseSource::Dvh(
                    &dvh.core().clone().with_fractions(Some(n.0))?,
                )),
            },
            Self::Arrays(dose, volume) => {
                let (dose, volume) = (numbers(dose, "doses")?, numbers(volume, "volumes")?);
                f(DoseSource::OnBasis(&DoseVolume::from_samples(
                    &dose, &volume,
                )?))
            }
        }
    }

    /// The dose as it stands, in its own kind.
    fn as_it_stands(&self) -> Result<DoseVolume> {
        self.with(None, |source| match source {
            DoseSource::Dvh(dvh) => Ok(DoseVolume::of_dvh(dvh)?),
            DoseSource::OnBasis(dose) => Ok(dose.clone()),
        })
    }
}

#[pyfunction]
pub(crate) fn geud_gy(source: Source<'_>, a: f64) -> Result<f64> {
    Ok(radiobiology::geud_gy(&source.as_it_stands()?, a)?)
}

#[pyfunction]
pub(crate) fn veff(source: Source<'_>, n: f64, reference_dose_gy: f64) -> Result<f64> {
    Ok(radiobiology::veff(
        &source.as_it_stands()?,
        n,
        reference_dose_gy,
    )?)
}

/// A basis as word and numbers.
type BasisArgument = (String, Option<f64>, Option<f64>);

fn basis(argument: &BasisArgument) -> Result<DoseBasis> {
    Ok(match (argument.0.as_str(), argument.1, argument.2) {
        ("physical", None, None) => DoseBasis::Physical,
        ("physical_in_fractions", Some(from_gy), Some(to_gy)) => {
            DoseBasis::PhysicalInFractions { from_gy, to_gy }
        }
        ("eqdx", Some(dose_per_fraction_gy), alpha_beta_gy) => DoseBasis::Eqdx {
            dose_per_fraction_gy,
            alpha_beta_gy,
        },
        ("bed", None, Some(alpha_beta_gy)) => DoseBasis::Bed { alpha_beta_gy },
        ("unstated", None, None) => DoseBasis::Unstated,
        (word, ..) => {
            let allowed =
                "'physical', 'eqd2' (or 'eqd1.5', ...) or 'bed', these two with alpha_beta_gy";
            return Err(Error::setting("basis", word, allowed));
        }
    })
}

/// A distribution as word and numbers.
type UncertainArgument = (String, Vec<f64>);

fn uncertain((word, numbers): &UncertainArgument) -> Result<Uncertain> {
    let found = match (word.as_str(), &numbers[..]) {
        ("uniform", &[low, high]) => Uncertain::Uniform { low, high },
        ("triangular", &[low, mode, high]) => Uncertain::Triangular { low, mode, high },
        ("interval", &[value, low, high, level]) => Uncertain::Interval {
            value,
            low,
            high,
            level,
        },
        _ => {
            let allowed = "made by Uncertain.uniform, .triangular or .interval";
            return Err(Error::setting("an uncertain number", word, allowed));
        }
    };
    Ok(found.checked()?)
}

type NamedUncertain = Vec<(String, UncertainArgument)>;

fn named(unknown: &NamedUncertain) -> Result<Vec<(String, Uncertain)>> {
    let one = |(name, what): &(String, UncertainArgument)| Ok((name.clone(), uncertain(what)?));
    unknown.iter().map(one).collect()
}

fn how_often((samples, seed): (u32, u64)) -> Sampling {
    Sampling { samples, seed }
}

/// A model, or the linear-quadratic one at the middle of what is known of alpha/beta.
fn model_or_middle(
    model: Option<&ModelArgument>,
    unknown: &[(String, Uncertain)],
) -> Result<Model> {
    match model {
        Some(model) => model.resolve(),
        None => Ok(radiobiology::middle_model(unknown)?),
    }
}

/// The probability of a dose by a model, with its interval, as a plain dictionary.
#[pyfunction]
pub(crate) fn estimate<'py>(
    py: Python<'py>,
    source: Source<'_>,
    model: (String, Vec<(String, f64)>),
    basis_given: BasisArgument,
    fractions: Option<Fractions>,
    unknown: NamedUncertain,
    sampling: (u32, u64),
) -> Result<Bound<'py, PyAny>> {
    let response = Response::from_numbers(&model.0, &model.1)?;
    let basis = basis(&basis_given)?;
    let (unknown, sampling) = (named(&unknown)?, how_often(sampling));
    source.with(fractions, |source| {
        let found = pool::run(py, |_| {
            radiobiology::estimate(source, response, basis, &unknown, sampling)
        })??;
        let plain = json::plain(py, &found)?;
        plain.set_item("basis_words", basis.to_string())?;
        Ok(plain)
    })
}

/// A model (if not the linear-quadratic one at an uncertain alpha/beta), a timing and a number of fractions.
type GivenArgument = (
    Option<ModelArgument>,
    Option<TimingArgument>,
    Option<Fractions>,
);

/// A metric of BED or EQD2 of a physical DVH for uncertain numbers of the model, as a plain dictionary.
#[pyfunction]
pub(crate) fn converted_metric<'py>(
    py: Python<'py>,
    dvh: PyRef<'_, Dvh>,
    metric: (&str, &str),
    given: GivenArgument,
    unknown: NamedUncertain,
    sampling: (u32, u64),
) -> Result<Bound<'py, PyAny>> {
    let (measure, spec) = (measure_named(metric.0)?, MetricSpec::parse(metric.1)?);
    let (unknown, sampling) = (named(&unknown)?, how_often(sampling));
    let (model, timing, fractions) = given;
    let model = model_or_middle(model.as_ref(), &unknown)?;
    let timing = TimingArgument::resolve(timing.as_ref());
    let mut core = dvh.core().clone();
    if let Some(n) = fractions {
        core = core.with_fractions(Some(n.0))?;
    }
    let found = pool::run(py, |_| {
        radiobiology::converted_metric(&core, &spec, measure, (model, timing), &unknown, sampling)
    })??;
    let plain = json::plain(py, &found)?;
    plain.set_item("metric", spec.to_string())?;
    plain.set_item("unit", spec.unit.name())?;
    Ok(plain)
}

/// BED or EQD2 of a dose for uncertain numbers of the model, as a plain dictionary.
#[pyfunction]
pub(crate) fn uncertain_effect<'py>(
    py: Python<'py>,
    dose_gy: f64,
    measure_word: &str,
    given: GivenArgument,
    unknown: NamedUncertain,
    sampling: (u32, u64),
) -> Result<Bound<'py, PyAny>> {
    let (unknown, sampling) = (named(&unknown)?, how_often(sampling));
    let (model, timing, fractions) = given;
    let model = model_or_middle(model.as_ref(), &unknown)?;
    let delivery = TimingArgument::resolve(timing.as_ref()).delivery(fractions.map(|n| n.0));
    let Some(delivery) = delivery else {
        let allowed = "a whole number of at least 1, unless the source decays";
        return Err(Error::setting("fractions", "None", allowed));
    };
    let (measure, effect) = (measure_named(measure_word)?, Effect { model, delivery });
    let found = pool::run(py, |_| {
        radiobiology::uncertain_effect(dose_gy, measure, effect, &unknown, sampling)
    })??;
    json::plain(py, &found)
}

/// The values of uncertain numbers, one list a draw.
#[pyfunction]
pub(crate) fn draws(unknown: NamedUncertain, sampling: (u32, u64)) -> Result<Vec<Vec<f64>>> {
    let parameters: Vec<_> = named(&unknown)?.into_iter().map(|(_, what)| what).collect();
    Ok(radiobiology::draws(&parameters, how_often(sampling)))
}

/// The values of an uncertain number below which shares of the draws lie.
#[pyfunction]
pub(crate) fn quantiles(what: UncertainArgument, shares: Vec<f64>) -> Result<Vec<f64>> {
    let known = uncertain(&what)?;
    Ok(shares.into_iter().map(|p| known.quantile(p)).collect())
}

/// The central interval of results, as a plain dictionary; nothing of none.
#[pyfunction]
pub(crate) fn interval_of(
    py: Python<'_>,
    results: Vec<f64>,
    level: f64,
) -> Result<Bound<'_, PyAny>> {
    json::plain(py, &Interval::of(&results, level))
}

/// All parameter sets as plain dictionaries.
#[pyfunction]
pub(crate) fn parameter_sets(py: Python<'_>) -> Result<Bound<'_, PyAny>> {
    json::plain(py, &radiobiology::parameter_sets()?)
}

/// One parameter set of a model as a plain dictionary.
#[pyfunction]
pub(crate) fn parameter_set<'py>(
    py: Python<'py>,
    id: &str,
    model: &str,
) -> Result<Bound<'py, PyAny>> {
    json::plain(py, radiobiology::parameter_set(id, model)?)
}

#[pyfunction]
pub(crate) fn lkb_tolerance_dose_gy(
    numbers: (f64, f64, f64),
    volume_fraction: f64,
    probability: f64,
) -> Result<f64> {
    let (td50_gy, m, n) = numbers;
    Ok(Lkb::new(td50_gy, m, n)?.tolerance_dose_gy(volume_fraction, probability)?)
}

/// What is to be doubted of a published set (its id and model) for a dose.
#[pyfunction]
pub(crate) fn parameter_set_doubts(
    source: Source<'_>,
    set: (&str, &str),
    fractions: Option<Fractions>,
) -> Result<Vec<String>> {
    let set = radiobiology::parameter_set(set.0, set.1)?;
    let stated = fractions.map(|n| n.0);
    source.with(fractions, |source| {
        let (name, n) = match source {
            DoseSource::Dvh(dvh) => (Some(dvh.name()), dvh.fractionation().number()),
            DoseSource::OnBasis(_) => (None, stated),
        };
        let other = name
            .filter(|name| *name != UNNAMED && !hepadose::protocol::is_of_organ(name, &set.organ));
        let organ = other.map(|name| {
            format!(
                "'{}' is of {}, by its name the DVH is not: '{name}'",
                set.id, set.organ
            )
        });
        Ok(organ.into_iter().chain(set.doubt_of_fractions(n)).collect())
    })
}

/// Schedules of one's own (title, dose in Gy, fractions) or, without any, the built-in ones, with BED and EQD2 at each
/// alpha/beta, as plain dictionaries.
#[pyfunction]
pub(crate) fn schedules(
    py: Python<'_>,
    alpha_betas_gy: Vec<f64>,
    own: Option<Vec<(String, f64, Fractions)>>,
) -> Result<Bound<'_, PyAny>> {
    let schedule = |(title, dose_gy, n): (String, f64, Fractions)| radiobiology::Schedule {
        id: title.clone(),
        title,
        dose_gy,
        fractions: n.0,
        source: "user".into(),
        locator: "as stated".into(),
        evidence: Evidence::Recalled,
    };
    let rows = match own {
        None => radiobiology::compare(radiobiology::schedules()?, &alpha_betas_gy)?,
        Some(own) => {
            let own: Vec<_> = own.into_iter().map(schedule).collect();
            radiobiology::compare(&own, &alpha_betas_gy)?
        }
    };
    json::plain(py, &rows)
}
