"""A department's own dose-response."""

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from numbers import Real
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike

from hepadose import _core
from hepadose._shown import Shown
from hepadose.errors import FitError

Bounds: TypeAlias = tuple[float | None, float | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Separation(Shown):
    """Dose tells the outcomes apart without error: the likelihood has no maximum, the curve is a step."""

    quasi: bool
    """Whether lesions of one and the same dose still have both outcomes."""
    rising: bool
    """Whether response goes with higher dose."""
    lower_gy: float
    """Highest dose of the lower group in Gy."""
    upper_gy: float
    """Lowest dose of the upper group in Gy."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LogisticFit(Shown):
    """Logistic curve ``p = 1 / (1 + exp(-(b0 + b1 D)))`` by maximum likelihood.

    Intervals are by profile likelihood; an end that the data do not rule out is None.
    """

    intercept: float
    """b0."""
    slope_per_gy: float
    """b1 in 1/Gy."""
    intercept_standard_error: float
    """Wald standard error of b0."""
    slope_standard_error_per_gy: float
    """Wald standard error of b1."""
    d50_gy: float
    """Dose of half response in Gy."""
    log_likelihood: float
    """Logarithm of the likelihood."""
    null_log_likelihood: float
    """The same without dose."""
    intercept_interval: Bounds
    """Interval of b0."""
    slope_interval_per_gy: Bounds
    """Interval of b1."""
    d50_interval_gy: Bounds
    """Interval of the dose of half response."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RocThreshold(Shown):
    """A threshold with what it does on the data that it comes from."""

    threshold_gy: float | None
    """Doses at or above are positive; None where only "nothing is positive" fulfils the wish."""
    sensitivity: float
    """Share of responding lesions at or above, 0 to 1."""
    specificity: float
    """Share of other lesions below, 0 to 1."""
    interval_gy: Bounds
    """Bootstrap interval of the threshold."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DoseResponse(Shown):
    """A fitted dose-response."""

    lesions: int
    """Number of lesions."""
    responded: int
    """How many responded."""
    patients: int | None
    """Number of patients, where known."""
    logistic: LogisticFit | Separation
    """The curve, or why there is none."""
    roc: tuple[tuple[float | None, float, float], ...]
    """Corners (threshold in Gy, sensitivity, specificity), descending from None, where nothing is positive."""
    auc: float
    """Area under the ROC curve."""
    auc_standard_error: float
    """Its standard error by DeLong."""
    auc_interval: tuple[float, float]
    """Its interval by DeLong."""
    auc_bootstrap_interval: Bounds
    """Its interval by the bootstrap."""
    youden: RocThreshold
    """Threshold of largest sensitivity plus specificity."""
    at_specificity: RocThreshold
    """Lowest threshold of at least the wanted specificity."""
    bootstrap_used: int
    """Replicates with both outcomes."""
    bootstrap_left_out: int
    """Replicates with one outcome only."""
    seed: int
    """Seed of the bootstrap."""
    warnings: tuple[str, ...]
    """Doubts that a person should know of."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Columns:
    """Columns and settings, as the core reads them."""

    dose_gy: list[float]
    responded: list[bool]
    patient: list[int] | None
    confidence: float
    specificity: float
    replicates: int
    seed: int


def _bounds(row: dict[str, Any]) -> Bounds:
    return (row["lower"].get("value"), row["upper"].get("value"))


def _logistic(row: dict[str, Any]) -> LogisticFit | Separation:
    kind = row.pop("kind")
    if kind == "separated":
        return Separation(**row)
    for name in ("intercept_interval", "slope_interval_per_gy", "d50_interval_gy"):
        row[name] = _bounds(row[name])
    return LogisticFit(**row)


def _doses(dose_gy: ArrayLike) -> list[float]:
    """Give doses as numbers; what is masked is NaN, which is refused."""
    doses = np.array(dose_gy, float)
    if isinstance(dose_gy, np.ma.MaskedArray):
        doses[np.ma.getmaskarray(dose_gy)] = np.nan
    return [float(one) for one in doses.flat]


def _outcomes(responded: Sequence[bool] | ArrayLike) -> list[bool]:
    """Pass outcomes that are certain: True and False, 1 and 0, and nothing that merely counts as true."""
    # As objects, so that a text does not turn its neighbours into text.
    outcomes = np.array(responded, dtype=object)
    if isinstance(responded, np.ma.MaskedArray):
        outcomes[np.ma.getmaskarray(responded)] = None
    every = outcomes.ravel().tolist()
    for index, one in enumerate(every):
        if not (isinstance(one, bool | np.bool_) or (isinstance(one, Real) and one in {0, 1})):
            raise FitError(
                f"responded {index} is {one!r}; it must be True or False, 1 or 0 (take lesions whose response is not "
                "known out, and make grades of response yes or no first)"
            )
    return [bool(one) for one in every]


def fit_response(  # noqa: PLR0913 - every setting is explicit
    dose_gy: ArrayLike,
    responded: Sequence[bool] | ArrayLike,
    *,
    patient: Iterable[Hashable] | None = None,
    specificity: float = 0.9,
    confidence: float = 0.95,
    replicates: int = 2000,
    seed: int = 0,
) -> DoseResponse:
    """Fit the response of lesions by dose: logistic curve, ROC, thresholds with intervals.

    This is how published thresholds are derived. Coefficients and the dose of half response have profile-likelihood
    intervals, the area under the curve DeLong's, thresholds bootstrap intervals that draw patients with all their
    lesions. The same seed gives the same bits on any number of threads.

    Parameters
    ----------
    dose_gy : array
        Dose of each lesion in Gy, finite and at least 0.
    responded : array of bool
        Whether it responded: True or False, 1 or 0, and nothing else. A response that is not known (NaN, None, masked)
        is neither: take the lesion out.
    patient : iterable, optional
        The patient of each lesion, any names; lesions of one patient are not independent.
    specificity : float
        Specificity at which a threshold is wanted, 0 to 1.
    confidence : float
        Coverage of all intervals.
    replicates : int
        Bootstrap replicates, at least 100.
    seed : int
        Seed of the bootstrap.

    Returns
    -------
    DoseResponse
        Its `logistic` is a `Separation` where dose tells the outcomes apart without error.

    Raises
    ------
    hepadose.errors.FitError
        One kind of outcome, one dose, doses that are not finite or negative, outcomes other than True, False, 1 and 0,
        columns of different length. The first such dose or outcome is named, counted from 0.

    Notes
    -----
    DeLong ER et al., Biometrics 1988;44:837-845.

    Examples
    --------
    >>> import hepadose as hd
    >>> found = hd.y90.fit_response([50] * 4 + [150] * 4, [1, 0, 0, 0, 1, 1, 1, 0])
    >>> round(found.logistic.d50_gy, 6), found.auc
    (100.0, 0.75)
    """
    numbers: dict[Hashable, int] = {}
    columns = _Columns(
        dose_gy=_doses(dose_gy),
        responded=_outcomes(responded),
        patient=None if patient is None else [numbers.setdefault(one, len(numbers)) for one in patient],
        confidence=confidence,
        specificity=specificity,
        replicates=replicates,
        seed=seed,
    )
    row = _core.y90_fit_response(columns)
    auc, drawn = row["auc"], row["bootstrap"]

    def interval(name: str) -> Bounds:
        return (drawn[name]["lower"], drawn[name]["upper"])

    return DoseResponse(
        lesions=row["lesions"],
        responded=row["responded"],
        patients=row["patients"],
        logistic=_logistic(row["logistic"]),
        roc=tuple((one["threshold_gy"], one["sensitivity"], one["specificity"]) for one in row["roc"]["points"]),
        auc=auc["area"],
        auc_standard_error=auc["standard_error"],
        auc_interval=(auc["lower"], auc["upper"]),
        auc_bootstrap_interval=interval("auc"),
        youden=RocThreshold(**row["youden"], interval_gy=interval("youden_gy")),
        at_specificity=RocThreshold(**row["at_specificity"], interval_gy=interval("at_specificity_gy")),
        bootstrap_used=drawn["used"],
        bootstrap_left_out=drawn["left_out"],
        seed=drawn["seed"],
        warnings=tuple(row["warnings"]),
    )
