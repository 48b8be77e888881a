//! Equivalent doses, complication and control of DVHs or arrays.

use crate::arguments::Fractions;
use crate::arrays::real_array;
use crate::dvh::Dvh;
use crate::errors::{Error, Result};
use crate::{json, pool};
use hepadose::citation::Evidence;
use hepadose::dvh::MetricSpec;
use hepadose::isoeffect::Measure;
use hepadose::radiobiology::{
    self, DoseBasis, DoseSource, DoseVolume, Lkb, Response, Sampling, Uncertain,
};
use numpy::{PyArrayDyn, PyArrayMethods};
use pyo3::prelude::*;

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
    let named = |(name, what): &(String, UncertainArgument)| Ok((name.clone(), uncertain(what)?));
    let unknown = unknown.iter().map(named).collect::<Result<Vec<_>>>()?;
    let (samples, seed) = sampling;
    let sampling = Sampling { samples, seed };
    source.with(fractions, |source| {
        let found = pool::run(py, |_| {
            radiobiology::estimate(source, response, basis, &unknown, sampling)
        })??;
        let plain = json::plain(py, &found)?;
        plain.set_item("basis_words", basis.to_string())?;
        Ok(plain)
    })
}

/// A metric of BED or EQD2 of a physical DVH for an uncertain alpha/beta, as a plain dictionary.
#[pyfunction]
pub(crate) fn converted_metric<'py>(
    py: Python<'py>,
    dvh: PyRef<'_, Dvh>,
    metric: (&str, &str),
    alpha_beta_gy: UncertainArgument,
    fractions: Option<Fractions>,
    sampling: (u32, u64),
) -> Result<Bound<'py, PyAny>> {
    let (measure, text) = metric;
    let measure = match measure {
        "bed" => Measure::Bed,
        "eqd2" => Measure::Eqd2,
        _ => return Err(Error::setting("measure", measure, "'bed' or 'eqd2'")),
    };
    let spec = MetricSpec::parse(text)?;
    let alpha_beta = uncertain(&alpha_beta_gy)?;
    let (samples, seed) = sampling;
    let sampling = Sampling { samples, seed };
    let mut core = dvh.core().clone();
    if let Some(n) = fractions {
        core = core.with_fractions(Some(n.0))?;
    }
    let found = pool::run(py, |_| {
        radiobiology::converted_metric(&core, &spec, measure, alpha_beta, sampling)
    })??;
    let plain = json::plain(py, &found)?;
    plain.set_item("metric", spec.to_string())?;
    plain.set_item("unit", spec.unit.name())?;
    Ok(plain)
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

#[pyfunction]
pub(crate) fn logistic_in_bed(bed_gy: f64, midpoint_gy: f64, scale_gy: f64) -> Result<f64> {
    Ok(radiobiology::logistic_in_bed(
        bed_gy,
        midpoint_gy,
        scale_gy,
    )?)
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
