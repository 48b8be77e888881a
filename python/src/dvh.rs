//! `Dvh`: calculated in parallel, read by metrics.

mod arguments;
mod calculate;
mod reading;
mod restore;

pub(crate) use arguments::{SamplingArguments, settings};
pub(crate) use calculate::{
    dvh_on_plan, dvhs, dvhs_of_labels, dvhs_shifted, presets, weighted_dvh,
};
pub(crate) use restore::restore_dvh;

use crate::arguments::Fractions;
use crate::dose::{DoseKind, KindArgument};
use crate::errors::Result;
use crate::notebook;
use hepadose::dose;
use hepadose::dvh::{self, DoseLevel, MetricSpec, Quantity, Unit, VolumeLevel};
use hepadose::error::{non_negative, positive};
use numpy::PyArray1;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};
use reading::{bins_words, code};

/// A dose-volume histogram and what can be read from it.
///
/// Made by `dvh`, `dvhs` or `from_samples`. ``dvh["CV15Gy[cc]"]`` is a float or raises `errors.NotEvaluableError`;
/// `metric` gives the same with unit, reason and bounds.
///
/// With V(d) the volume that receives at least d and CV(d) = V_total - V(d) the volume that receives less:
/// ``D(v) = sup{d: V(d) >= v}`` and ``DC(v) = inf{d: volume(dose <= d) >= v}``.
///
/// Examples
/// --------
/// >>> import hepadose as hd
/// >>> liver = hd.Dvh.from_samples([5.0, 20.0], [700.0, 500.0], name="Liver")
/// >>> liver["CV15Gy[cc]"], liver.mean_gy
/// (700.0, 11.25)
#[pyclass(frozen, eq, module = "hepadose")]
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Dvh {
    core: dvh::Dvh,
    number: Option<i32>,
}

/// A metric as it is written in full.
#[pyfunction]
pub(crate) fn metric_name(text: &str) -> Result<String> {
    Ok(MetricSpec::parse(text)?.to_string())
}

impl Dvh {
    /// A histogram of the core, with the number of its structure.
    pub(crate) fn of(core: dvh::Dvh, number: Option<i32>) -> Self {
        Self { core, number }
    }

    /// The histogram as the core has it.
    pub(crate) fn core(&self) -> &dvh::Dvh {
        &self.core
    }
}

#[pymethods]
impl Dvh {
    /// Make an exact, unbinned DVH of samples: the definitions of D, DC, V and CV hold to the last digit.
    ///
    /// Parameters
    /// ----------
    /// dose_gy : array
    ///     Dose of each sample in Gy.
    /// volume_cc : array
    ///     Volume of each sample in cubic centimetres.
    /// kind : DoseKind or str
    ///     What the dose is; physical dose unless said otherwise.
    /// name : str
    ///     Name of the structure.
    /// prescription_gy : float, optional
    ///     What 100 % of dose means, in Gy.
    /// fractions : int, optional
    ///     Number of fractions in which a physical dose was given.
    ///
    /// Returns
    /// -------
    /// Dvh
    ///
    /// Raises
    /// ------
    /// hepadose.errors.DvhError
    ///     Arrays of different lengths.
    /// hepadose.errors.NonPhysicalError
    ///     Doses or volumes that are negative or not finite.
    #[staticmethod]
    #[pyo3(signature = (dose_gy, volume_cc, *, kind=KindArgument::Word("physical".into()), name="structure", prescription_gy=None, fractions=None),
           text_signature = "(dose_gy, volume_cc, *, kind='physical', name='structure', prescription_gy=None, fractions=None)")]
    fn from_samples(
        dose_gy: Vec<f64>,
        volume_cc: Vec<f64>,
        kind: KindArgument<'_>,
        name: &str,
        prescription_gy: Option<f64>,
        fractions: Option<Fractions>,
    ) -> Result<Self> {
        let core = dvh::Dvh::from_samples(name, &dose_gy, &volume_cc, kind.resolve()?)?;
        let core = core.with_prescription(prescription_gy)?;
        let core = core.with_fractions(fractions.map(|n| n.0))?;
        Ok(Self { core, number: None })
    }

    /// Name of the structure.
    #[getter]
    fn name(&self) -> &str {
        self.core.name()
    }

    /// ROI number of the structure, where it has one.
    #[getter]
    fn number(&self) -> Option<i32> {
        self.number
    }

    /// What the dose is.
    #[getter]
    fn kind(&self) -> DoseKind {
        DoseKind(self.core.kind())
    }

    /// How much of the treatment the dose holds.
    #[getter]
    fn scope(&self) -> &'static str {
        self.core.scope().name()
    }

    /// Number of fractions in which the physical dose was given, where one single number is known.
    #[getter]
    fn fractions(&self) -> Option<u32> {
        self.core.fractionation().number()
    }

    /// The same DVH with its number of fractions, where the dose did not know it.
    ///
    /// Raises
    /// ------
    /// hepadose.errors.FractionsError
    ///     Another number than the dose was given in (make the dose anew with the right one), or a sum of courses.
    fn with_fractions(&self, fractions: Option<Fractions>) -> Result<Self> {
        let core = self.core.clone().with_fractions(fractions.map(|n| n.0))?;
        Ok(Self {
            core,
            number: self.number,
        })
    }

    /// What a BED or EQD2 was made with: model, parameters and delivery in words.
    #[getter]
    fn models<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyTuple>> {
        PyTuple::new(py, self.core.models().iter().map(|model| &**model))
    }

    /// Volume of the whole structure in cubic centimetres, inside the dose grid or not.
    #[getter]
    fn volume_cc(&self) -> f64 {
        self.core.volume_cc()
    }

    /// Volume inside the dose grid in cubic centimetres.
    #[getter]
    fn covered_cc(&self) -> f64 {
        self.core.covered_cc()
    }

    /// Share of the structure inside the dose grid, 0 to 1; 1 for a structure without volume.
    #[getter]
    fn covered_fraction(&self) -> f64 {
        self.core.covered_fraction()
    }

    /// The DVH of two parts together that were sampled on one plan (`dvh(..., plan=)`).
    ///
    /// Counts are integers, so that parts add up in any order to the same bits, and all parts to the whole.
    ///
    /// Raises
    /// ------
    /// hepadose.errors.DvhError
    ///     DVHs without a plan, of different plans or kinds of dose, of parts that overlap.
    fn __add__(&self, other: &Self) -> Result<Self> {
        Ok(Self {
            core: self.core.plus(&other.core)?,
            number: None,
        })
    }

    /// The DVH of the part inside the dose grid alone, as if that were the structure.
    #[getter]
    fn covered(&self) -> Self {
        Self {
            core: self.core.covered(),
            number: self.number,
        }
    }

    /// What 100 % of dose means in Gy, where known.
    #[getter]
    fn prescription_gy(&self) -> Option<f64> {
        self.core.prescription_gy()
    }

    /// The settings that were really used, by name.
    #[getter]
    fn settings<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let (used, settings) = (self.core.settings(), PyDict::new(py));
        settings.set_item("preset", used.preset)?;
        settings.set_item("between_planes", used.between_planes.name())?;
        settings.set_item("end_caps", used.end_caps.name())?;
        settings.set_item("max_cap_mm", used.max_cap_mm)?;
        settings.set_item("emulated_bins", used.emulated_bins.map(bins_words))?;
        settings.set_item("min_covered", used.min_covered)?;
        settings.set_item("min_cells", used.min_cells)?;
        settings.set_item("bins", used.bins)?;
        settings.set_item("dose_interpolation", used.dose_interpolation.name())?;
        settings.set_item("tolerance_percent", used.tolerance_percent)?;
        Ok(settings)
    }

    /// Mean physical dose in Gy.
    ///
    /// Raises
    /// ------
    /// hepadose.errors.NotEvaluableError, hepadose.errors.WrongKindError
    ///     No value, or a dose of another kind.
    #[getter]
    fn mean_gy(&self) -> Result<f64> {
        self.statistic("mean_gy", Quantity::Mean)
    }

    /// Least physical dose over the closed structure in Gy; raises as `mean_gy`.
    #[getter]
    fn min_gy(&self) -> Result<f64> {
        self.statistic("min_gy", Quantity::Min)
    }

    /// Highest physical dose over the closed structure in Gy; raises as `mean_gy`.
    #[getter]
    fn max_gy(&self) -> Result<f64> {
        self.statistic("max_gy", Quantity::Max)
    }

    /// Mean BED in Gy; raises as `mean_gy`.
    #[getter]
    fn mean_bed_gy(&self) -> Result<f64> {
        self.statistic("mean_bed_gy", Quantity::Mean)
    }

    /// Least BED over the closed structure in Gy; raises as `mean_gy`.
    #[getter]
    fn min_bed_gy(&self) -> Result<f64> {
        self.statistic("min_bed_gy", Quantity::Min)
    }

    /// Highest BED over the closed structure in Gy; raises as `mean_gy`.
    #[getter]
    fn max_bed_gy(&self) -> Result<f64> {
        self.statistic("max_bed_gy", Quantity::Max)
    }

    /// Mean EQD2 in Gy; raises as `mean_gy`.
    #[getter]
    fn mean_eqd2_gy(&self) -> Result<f64> {
        self.statistic("mean_eqd2_gy", Quantity::Mean)
    }

    /// Least EQD2 over the closed structure in Gy; raises as `mean_gy`.
    #[getter]
    fn min_eqd2_gy(&self) -> Result<f64> {
        self.statistic("min_eqd2_gy", Quantity::Min)
    }

    /// Highest EQD2 over the closed structure in Gy; raises as `mean_gy`.
    #[getter]
    fn max_eqd2_gy(&self) -> Result<f64> {
        self.statistic("max_eqd2_gy", Quantity::Max)
    }

    /// Read a metric with all that is known about it.
    ///
    /// Parameters
    /// ----------
    /// text : str
    ///     ``D95%[Gy]``, ``D0.03cc[Gy]``, ``V20Gy[%]``, ``V20Gy[cc]``, ``V95%[%]``, ``CV15Gy[cc]``, ``DC700cc[Gy]``,
    ///     ``Mean[Gy]``, ``Min[Gy]``, ``Max[Gy]``, ``Volume[cc]``; case does not matter, cGy is understood, the unit in
    ///     brackets may be left out (Gy, % for V and CV, cc for Volume).
    ///
    /// Returns
    /// -------
    /// Metric
    ///     Its `value` is None, with a reason, where the metric is not evaluable.
    ///
    /// Raises
    /// ------
    /// hepadose.errors.MetricSyntaxError
    ///     A text that is no metric.
    fn metric<'py>(&self, py: Python<'py>, text: &str) -> Result<Bound<'py, PyAny>> {
        let metric = self.core.metric(&MetricSpec::parse(text)?);
        let details = PyDict::new(py);
        let reason = metric.value.as_ref().err();
        details.set_item("name", metric.spec.to_string())?;
        details.set_item("structure", self.name())?;
        details.set_item("value", metric.value.as_ref().ok())?;
        details.set_item("unit", metric.spec.unit.name())?;
        details.set_item("kind", DoseKind(metric.kind))?;
        details.set_item("reason", reason.map(ToString::to_string))?;
        details.set_item("code", reason.map(code))?;
        details.set_item("bounds", metric.bounds)?;
        details.set_item("uncertainty", metric.uncertainty)?;
        let class = py.import("hepadose._dvh")?.getattr("Metric")?;
        Ok(class.call((), Some(&details))?)
    }

    fn __getitem__(&self, text: &str) -> Result<f64> {
        self.read(&MetricSpec::parse(text)?)
    }

    /// Volume that receives at least a dose: V(d).
    ///
    /// Parameters
    /// ----------
    /// dose_gy : float or array
    ///     Dose in Gy of this DVH's kind.
    ///
    /// Returns
    /// -------
    /// float or array
    ///     Volume in cubic centimetres.
    ///
    /// Raises
    /// ------
    /// hepadose.errors.NotEvaluableError
    ///     The structure has no volume, is not covered by the dose grid, or the dose is not the whole treatment's.
    /// hepadose.errors.NonPhysicalError
    ///     A dose that is negative or not finite.
    fn volume_at_dose_cc<'py>(&self, dose_gy: &Bound<'py, PyAny>) -> Result<Bound<'py, PyAny>> {
        self.each(dose_gy, "doses", |dose| {
            let level = DoseLevel::Gray(non_negative("dose in Gy", dose)?);
            Ok(MetricSpec {
                quantity: Quantity::VolumeAtLeast(level),
                unit: Unit::Cc,
            })
        })
    }

    /// Dose that the hottest volume receives at least: ``D(v) = sup{d: V(d) >= v}``.
    ///
    /// Parameters
    /// ----------
    /// volume_cc : float or array
    ///     Volume in cubic centimetres, above 0.
    ///
    /// Returns
    /// -------
    /// float or array
    ///     Dose in Gy of this DVH's kind.
    ///
    /// Raises
    /// ------
    /// hepadose.errors.NotEvaluableError
    ///     As `volume_at_dose_cc`, and a volume larger than the structure.
    /// hepadose.errors.NonPhysicalError
    ///     A volume that is not above 0.
    fn dose_at_volume_gy<'py>(&self, volume_cc: &Bound<'py, PyAny>) -> Result<Bound<'py, PyAny>> {
        self.each(volume_cc, "volumes", |volume| {
            let level = VolumeLevel::Cc(positive("volume in cc", volume)?);
            Ok(MetricSpec {
                quantity: Quantity::DoseOfHottest(level),
                unit: Unit::Gy,
            })
        })
    }

    /// The cumulative curve of the covered part.
    ///
    /// Returns
    /// -------
    /// DvhCurve
    ///     `dose_gy`, ascending, and `volume_cc` that receives at least that dose.
    fn curve<'py>(&self, py: Python<'py>) -> Result<Bound<'py, PyAny>> {
        let curve = self.core.curve();
        let dose = PyArray1::from_slice(py, curve.dose_gy());
        let volume = PyArray1::from_slice(py, curve.at_least_cc());
        Ok(py
            .import("hepadose._dvh")?
            .getattr("DvhCurve")?
            .call1((dose, volume))?)
    }

    /// The same DVH with another prescription.
    fn with_prescription(&self, prescription_gy: Option<f64>) -> Result<Self> {
        let core = self.core.clone().with_prescription(prescription_gy)?;
        Ok(Self {
            core,
            number: self.number,
        })
    }

    /// Give all that the DVH says as plain dictionaries, of schema ``hepadose/dvh/1``.
    ///
    /// Parameters
    /// ----------
    /// metrics : sequence of str
    ///     Metrics to read beside volume, minimum, mean and maximum.
    /// curve : bool
    ///     Whether the curve is in it.
    ///
    /// Returns
    /// -------
    /// dict
    ///     Absent numbers are None with a reason.
    #[pyo3(signature = (*, metrics=Vec::new(), curve=true), text_signature = "($self, *, metrics=(), curve=True)")]
    fn to_dict<'py>(
        slf: &Bound<'py, Self>,
        metrics: Vec<String>,
        curve: bool,
    ) -> PyResult<Bound<'py, PyAny>> {
        let module = slf.py().import("hepadose._dvh")?;
        module.getattr("to_dict")?.call1((slf, metrics, curve))
    }

    /// Give the same as JSON text, and write it where a path is given.
    #[pyo3(signature = (path=None, *, metrics=Vec::new(), curve=true), text_signature = "($self, path=None, *, metrics=(), curve=True)")]
    fn to_json<'py>(
        slf: &Bound<'py, Self>,
        path: Option<Bound<'py, PyAny>>,
        metrics: Vec<String>,
        curve: bool,
    ) -> PyResult<Bound<'py, PyAny>> {
        let module = slf.py().import("hepadose._dvh")?;
        module
            .getattr("to_json")?
            .call1((slf, path, metrics, curve))
    }

    /// Give the curve as a pandas DataFrame with columns ``dose_gy`` and ``volume_cc``.
    ///
    /// Raises
    /// ------
    /// hepadose.errors.MissingExtraError
    ///     pandas is not installed.
    fn to_pandas<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        let module = slf.py().import("hepadose._dvh")?;
        module.getattr("to_pandas")?.call1((slf,))
    }

    fn _repr_html_<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        notebook::html(slf, "dvh")
    }

    fn _ipython_key_completions_<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        let module = slf.py().import("hepadose._dvh")?;
        module.getattr("usual_metrics")?.call1((slf,))
    }

    fn __repr__(&self) -> String {
        let (name, kind, volume) = (self.core.name(), self.core.kind(), self.core.volume_cc());
        match self
            .core
            .metric(&MetricSpec {
                quantity: Quantity::Mean,
                unit: Unit::Gy,
            })
            .value
        {
            Ok(mean) => format!("<Dvh '{name}': {volume:.1} cc, mean {mean:.2} Gy of {kind}>"),
            Err(reason) => {
                format!("<Dvh '{name}': {volume:.1} cc of {kind}; not evaluable: {reason}>")
            }
        }
    }

    fn __reduce__<'py>(&self, py: Python<'py>) -> Result<Bound<'py, PyAny>> {
        let restore = py.import("hepadose._core")?.getattr("restore_dvh")?;
        let (core, settings) = (&self.core, self.core.settings());
        let columns = core
            .curve()
            .columns()
            .map(|column| PyArray1::from_slice(py, column));
        let statistics = core
            .statistics()
            .map(|all| (all.mean_gy, all.min_gy, all.max_gy));
        let about = (
            self.name(),
            self.number,
            self.kind(),
            self.scope(),
            core.volume_cc(),
        );
        let (fractions, mixed) = (
            core.fractionation().number(),
            core.fractionation() == dose::Fractionation::Mixed,
        );
        let models: Vec<_> = core.models().iter().map(ToString::to_string).collect();
        let used = (
            (
                settings.between_planes.name(),
                settings.end_caps.name(),
                settings.max_cap_mm,
                settings.preset,
            ),
            settings.min_covered,
            settings.min_cells,
            settings.bins,
            (
                settings.dose_interpolation.name(),
                settings.tolerance_percent,
            ),
        );
        let errors = core.error().map(|error| {
            (
                error.low_gy,
                error.step_gy,
                error.volume_cc.clone(),
                error.mean_gy,
                error.extreme_gy,
            )
        });
        let given = core.prescription_gy();
        let course = (fractions, mixed, models);
        let state = (about, columns, statistics, errors, given, used, course);
        Ok((restore, state).into_pyobject(py)?.into_any())
    }
}
