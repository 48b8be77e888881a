"""What is known of a number, and where a result lies because of it."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal, TypeAlias, cast

from hepadose import _core
from hepadose._core import Dvh
from hepadose._shown import Shown
from hepadose.models import Model, Timing

Named: TypeAlias = Mapping[str, "Uncertain"]


LEVEL = 0.95
"""The level of intervals and tornado tables where none is asked for."""


class Plain(Shown):
    """A frozen dataclass that also comes as a dictionary."""

    __slots__ = ()

    def to_dict(self) -> dict[str, Any]:
        """Give all fields by name, with those that they hold."""
        return asdict(cast("Any", self))


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

    def ends(self, level: float = LEVEL) -> tuple[float, float]:
        """Give the central share of what is known: for 0.95 the values that 2.5 % of all lie below, and above."""
        low, high = _core.quantiles(self.arguments(), [0.5 - 0.5 * level, 0.5 + 0.5 * level])
        return low, high

    def arguments(self) -> tuple[str, list[float]]:
        """Give word and numbers for the core."""
        return self.distribution, [float(number) for number in self.numbers]


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval(Plain):
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
    samples: int
    """Number of draws."""
    seed: int
    """Where they started: the same seed gives the same interval."""

    def __str__(self) -> str:
        return f"{self.lower:.4g} to {self.upper:.4g} ({100 * self.level:g} %)"


@dataclass(frozen=True, slots=True, kw_only=True)
class TornadoBar(Plain):
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
class UncertainEffect(Plain):
    """BED or EQD2 of a dose, with where it lies."""

    measure: Literal["bed", "eqd2"]
    """What the dose is converted to."""
    value: float
    """In Gy, with the numbers of the model as they stand."""
    effect: str
    """Model, parameters and delivery of `value`."""
    interval: Interval
    """Where it lies."""
    tornado: tuple[TornadoBar, ...]
    """What each uncertain number does by itself, the widest first."""

    def __str__(self) -> str:
        return f"{self.measure.upper()} {self.value:.4g} Gy, {self.interval}; {self.effect}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ConvertedMetric(Plain):
    """A metric of BED or EQD2, read from the DVH of a physical dose, with where it lies."""

    metric: str
    """The metric in full."""
    measure: Literal["bed", "eqd2"]
    """What the dose is converted to."""
    value: float
    """The metric with the numbers of the model as they stand."""
    unit: str
    """Its unit."""
    effect: str
    """Model, parameters and delivery of `value`."""
    alpha_beta_gy: float
    """alpha/beta in Gy of `value`."""
    interval: Interval
    """Where the metric lies."""
    tornado: tuple[TornadoBar, ...]
    """What each uncertain number does by itself, the widest first."""
    structure: str
    """Name of the structure."""

    def __str__(self) -> str:
        kind = f"{self.measure.upper()}, {self.effect}"
        return f"{self.metric} of {self.structure} in {kind}: {self.value:.4g} {self.unit}, {self.interval}"


def uncertain_effect(  # noqa: PLR0913 - keyword-only
    dose_gy: float,
    *,
    measure: Literal["bed", "eqd2"],
    uncertain: Named,
    model: Model | None = None,
    timing: Timing | None = None,
    fractions: int | None = None,
    samples: int = 1000,
    seed: int = 0,
) -> UncertainEffect:
    """Give BED or EQD2 of a dose with its interval, when numbers of the model are uncertain.

    Parameters
    ----------
    dose_gy : float
        Total physical dose in Gy.
    measure : {"bed", "eqd2"}
        What to convert to.
    uncertain : mapping of str to Uncertain
        What is known of numbers of model and timing, by their names there: ``alpha_beta_gy``, ``threshold_gy``,
        ``repair_half_life_h``, ...
    model : LQ, LQL or USC, optional
        The model as it stands; without one it is linear-quadratic at the middle of what is known of ``alpha_beta_gy``.
    timing : FractionsADay or Decay, optional
        Repair during delivery, as it stands.
    fractions : int, optional
        Number of equal fractions; not needed with `Decay`.
    samples, seed : int
        Number of draws, and where they start: the same seed gives the same numbers for any number of threads.

    Returns
    -------
    UncertainEffect

    Raises
    ------
    hepadose.errors.RadiobiologyError
        A number that the model does not have, or neither a model nor what is known of alpha/beta.
    hepadose.errors.NonPhysicalError
        Numbers that are not physical.
    ValueError
        No number of fractions where one is needed.

    Examples
    --------
    >>> import hepadose as hd
    >>> found = hd.uncertain_effect(
    ...     50.0, measure="eqd2", fractions=5, uncertain={"alpha_beta_gy": hd.Uncertain.uniform(2.0, 3.0)}
    ... )
    >>> round(found.value, 2), found.interval.lower < found.value < found.interval.upper
    (138.89, True)
    """
    found = _core.uncertain_effect(
        dose_gy, measure, (model, timing, fractions), arguments_of(uncertain), (samples, seed)
    )
    return UncertainEffect(
        measure=measure,
        value=found["value"],
        effect=found["effect"],
        interval=_interval(found["interval"], samples, seed),
        tornado=bars(found["tornado"]),
    )


def converted_metric(  # noqa: PLR0913 - keyword-only
    dvh: Dvh,
    metric: str,
    *,
    measure: Literal["bed", "eqd2"],
    uncertain: Named,
    model: Model | None = None,
    timing: Timing | None = None,
    fractions: int | None = None,
    samples: int = 1000,
    seed: int = 0,
) -> ConvertedMetric:
    """Give a metric of BED or EQD2 with its interval and its tornado table, when numbers of the model are uncertain.

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
    uncertain, model, timing, samples, seed
        As for `uncertain_effect`.
    fractions : int, optional
        Number of fractions, where the DVH does not know it.

    Returns
    -------
    ConvertedMetric

    Raises
    ------
    hepadose.errors.BasisError
        A DVH that is not of physical dose, whose number of fractions is not known, or that was given in fractions where
        the timing is that of a source that decays.
    hepadose.errors.FractionsError
        Another number of fractions than the DVH knows, or one for a sum of courses.
    hepadose.errors.RadiobiologyError
        A metric that is not evaluable; a number that the model does not have.

    Examples
    --------
    >>> import hepadose as hd
    >>> liver = hd.Dvh.from_samples([3.0, 30.0], [700.0, 500.0], fractions=3)
    >>> known = {"alpha_beta_gy": hd.Uncertain.uniform(2.0, 3.0)}
    >>> found = hd.converted_metric(liver, "Mean[Gy]", measure="eqd2", uncertain=known)
    >>> round(found.value, 3), found.interval.lower < found.value < found.interval.upper
    (36.083, True)
    """
    found = _core.converted_metric(
        dvh, (measure, metric), (model, timing, fractions), arguments_of(uncertain), (samples, seed)
    )
    return ConvertedMetric(
        metric=found["metric"],
        measure=measure,
        value=found["value"],
        unit=found["unit"],
        effect=found["effect"],
        alpha_beta_gy=found["alpha_beta_gy"],
        interval=_interval(found["interval"], samples, seed),
        tornado=bars(found["tornado"]),
        structure=dvh.name,
    )


def arguments_of(uncertain: Named) -> list[tuple[str, tuple[str, list[float]]]]:
    """Give names, words and numbers for the core."""
    return [(name, what.arguments()) for name, what in uncertain.items()]


def _interval(found: dict[str, Any] | None, samples: int, seed: int) -> Interval:
    if found is None:
        raise ValueError("nothing is uncertain or drawn; give uncertain= and samples=")
    return Interval(**found, samples=samples, seed=seed)


def interval_of(results: list[float], *, level: float, seed: int) -> Interval:
    """Give the central interval of results, one a draw."""
    return _interval(_core.interval_of(results, level), len(results), seed)


def bars(rows: list[dict[str, Any]]) -> tuple[TornadoBar, ...]:
    """Make the tornado table of its plain rows."""
    return tuple(TornadoBar(**row) for row in rows)
