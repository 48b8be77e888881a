"""What is known of a number, and where a result lies because of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from hepadose import _core
from hepadose._core import Dvh

Named: TypeAlias = Mapping[str, "Uncertain"]


@dataclass(frozen=True, slots=True)
class Uncertain:
    """What is known of a number above 0; made by `uniform`, `triangular` or `interval`."""

    distribution: Literal["uniform", "triangular", "interval"]
    """The shape of the distribution."""
    numbers: tuple[float, ...]
    """Its numbers, in the order of the function that makes it."""

    @staticmethod
    def uniform(low: float, high: float) -> "Uncertain":
        """Anything between two ends: ``Uncertain.uniform(2.0, 4.0)``."""
        return Uncertain("uniform", (low, high))

    @staticmethod
    def triangular(low: float, mode: float, high: float) -> "Uncertain":
        """Between two ends, most likely at `mode`."""
        return Uncertain("triangular", (low, mode, high))

    @staticmethod
    def interval(value: float, low: float, high: float, *, level: float = 0.95) -> "Uncertain":
        """Make an estimate with its confidence interval: two half normal distributions that meet at the value.

        What lies below 0 is cut off.
        """
        return Uncertain("interval", (value, low, high, level))

    def arguments(self) -> tuple[str, list[float]]:
        """Give word and numbers for the core."""
        return self.distribution, [float(number) for number in self.numbers]


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """Where a result lies when its numbers are drawn from what is known of them."""

    level: float
    """Share of the draws between the ends."""
    lower: float
    """Lower end."""
    median: float
    """Middle of the draws."""
    upper: float
    """Upper end."""
    mean: float
    """Mean of the draws."""
    sd: float
    """Standard deviation of the draws."""

    def __str__(self) -> str:
        return f"{self.lower:.4g} to {self.upper:.4g} ({100 * self.level:g} %)"


@dataclass(frozen=True, slots=True, kw_only=True)
class TornadoBar:
    """What one number alone does to a result, between the ends of what is known of it."""

    parameter: str
    """Name of the number."""
    low: float
    """Its value at the lower end."""
    high: float
    """Its value at the upper end."""
    at_low: float
    """The result with the lower value, all others as they are."""
    at_high: float
    """The result with the upper value."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConvertedMetric:
    """A metric of BED or EQD2, read from the DVH of a physical dose, with where it lies."""

    metric: str
    """The metric in full."""
    measure: Literal["bed", "eqd2"]
    """What the dose is converted to, by the linear-quadratic model."""
    value: float
    """The metric at the middle of what is known of alpha/beta."""
    unit: str
    """Its unit."""
    alpha_beta_gy: float
    """alpha/beta in Gy of `value`."""
    interval: Interval
    """Where the metric lies."""
    structure: str
    """Name of the structure."""

    def __str__(self) -> str:
        kind = f"{self.measure.upper()}, LQ (alpha/beta {self.alpha_beta_gy:g} Gy)"
        return f"{self.metric} of {self.structure} in {kind}: {self.value:.4g} {self.unit}, {self.interval}"


def converted_metric(  # noqa: PLR0913 - keyword-only
    dvh: Dvh,
    metric: str,
    *,
    measure: Literal["bed", "eqd2"],
    alpha_beta_gy: Uncertain,
    fractions: int | None = None,
    samples: int = 1000,
    seed: int = 0,
) -> ConvertedMetric:
    """Give a metric of BED or EQD2 with its interval when alpha/beta is uncertain.

    Read from the physical DVH: D, DC, minimum and maximum convert as doses do, V and CV by the physical dose that has
    the level, the mean by integration.

    Parameters
    ----------
    dvh : Dvh
        Of a physical dose.
    metric : str
        As for ``dvh.metric``; levels and answers in Gy of `measure`, not in per cent of a prescription.
    measure : {"bed", "eqd2"}
        What to convert to.
    alpha_beta_gy : Uncertain
        What is known of alpha/beta in Gy.
    fractions : int, optional
        Number of fractions, where the DVH does not know it.
    samples, seed : int
        Number of draws, and where they start: the same seed gives the same numbers for any number of threads.

    Returns
    -------
    ConvertedMetric

    Raises
    ------
    hepadose.errors.BasisError
        A DVH that is not of physical dose, or whose number of fractions is not known.
    hepadose.errors.RadiobiologyError
        A metric that is not evaluable.

    Examples
    --------
    >>> import hepadose as hd
    >>> liver = hd.Dvh.from_samples([3.0, 30.0], [700.0, 500.0], fractions=3)
    >>> found = hd.converted_metric(liver, "Mean[Gy]", measure="eqd2", alpha_beta_gy=hd.Uncertain.uniform(2.0, 3.0))
    >>> round(found.value, 3), found.interval.lower < found.value < found.interval.upper
    (36.083, True)
    """
    found = _core.converted_metric(dvh, (measure, metric), alpha_beta_gy.arguments(), fractions, (samples, seed))
    return ConvertedMetric(
        metric=found["metric"],
        measure=measure,
        value=found["value"],
        unit=found["unit"],
        alpha_beta_gy=found["alpha_beta_gy"],
        interval=Interval(**found["interval"]),
        structure=dvh.name,
    )


def bars(rows: list[dict[str, Any]]) -> tuple[TornadoBar, ...]:
    """Make the tornado table of its plain rows."""
    return tuple(TornadoBar(**row) for row in rows)
