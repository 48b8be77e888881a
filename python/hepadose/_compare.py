"""Checks side by side: plans under one protocol, one plan under several, one organ under every published limit."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from os import PathLike
from typing import TYPE_CHECKING, Any

from hepadose._case import Case
from hepadose._check import check_all
from hepadose._citations import Evidence
from hepadose._core import Protocol
from hepadose._document import missing
from hepadose._protocols import StrPath, protocols
from hepadose._report import GoalResult, Report, Verdict
from hepadose._shown import Listed, Shown

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparedGoal(Shown):
    """One goal in every check that has it."""

    structure: str
    """What it speaks of."""
    metric: str
    """What is measured."""
    results: tuple[GoalResult | None, ...]
    """Its result in each check; None where a check does not have it."""
    differences: tuple[float | None, ...]
    """Value minus that of the first check, in the metric's unit."""
    verdicts_differ: bool
    """Whether the checks that have it do not all say the same."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Checks side by side."""

    labels: tuple[str, ...]
    """What each check is called."""
    reports: tuple[Report, ...]
    """The checks."""
    goals: tuple[ComparedGoal, ...]
    """The goals by structure and metric, in the order in which they first appear."""

    def _repr_html_(self) -> str:
        from hepadose import _html_what_if  # noqa: PLC0415 - only a notebook needs it

        return _html_what_if.comparison(self)

    def to_pandas(self) -> "pd.DataFrame":
        """Give one row a goal with value and verdict of each check as a pandas DataFrame.

        Raises
        ------
        hepadose.errors.MissingExtraError
            pandas is not installed.
        """
        try:
            import pandas as pd  # noqa: PLC0415
        except ImportError as error:
            raise missing("frame", "pandas") from error
        rows = []
        for goal in self.goals:
            row: dict[str, Any] = {"structure": goal.structure, "metric": goal.metric}
            for label, result in zip(self.labels, goal.results, strict=True):
                row[f"{label} value"] = None if result is None else result.value
                row[f"{label} limit"] = None if result is None else f"{result.comparator} {result.limit:g}"
                row[f"{label} verdict"] = None if result is None else result.verdict
            rows.append(row | {"verdicts_differ": goal.verdicts_differ})
        return pd.DataFrame(rows)


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedLimit(Shown):
    """One published limit of an organ, beside the value of a plan."""

    protocol: str
    """Id of the protocol that states it."""
    metric: str
    """What is limited."""
    level: str
    """Its weight."""
    comparator: str
    """As the source prints it."""
    limit: float
    """The limit in `unit`."""
    value: float | None
    """The value of the plan."""
    unit: str
    """Unit of both."""
    verdict: Verdict
    """What comes of it."""
    evidence: Evidence
    """How well it was seen."""
    source: str
    """Key of its reference."""
    locator: str
    """Page, table or section."""


def compare(
    cases: Case | Sequence[Case],
    chosen: StrPath | Protocol | Iterable[StrPath | Protocol],
    *,
    labels: Sequence[str] | None = None,
    **options: Any,
) -> Comparison:
    """Put checks side by side: several plans under one protocol, one plan under several, or all of both.

    Parameters
    ----------
    cases : Case or sequence of Case
        The plans.
    chosen : str, path or Protocol, or several
        The protocols.
    labels : sequence of str, optional
        What each plan is called; else "plan 1", "plan 2", ...
    **options
        As for `check`.

    Returns
    -------
    Comparison

    Raises
    ------
    ValueError
        Another number of labels than of plans.

    Examples
    --------
    >>> import hepadose as hd
    >>> hd.compare(hd.Case(), ["tg101-5fx", "uk-sabr-2022-5fx"]).labels
    ('tg101-5fx', 'uk-sabr-2022-5fx')
    """
    plans = [cases] if isinstance(cases, Case) else list(cases)
    wanted: list[Any] = [chosen] if isinstance(chosen, str | PathLike | Protocol) else list(chosen)
    names = list(labels) if labels is not None else [f"plan {number + 1}" for number in range(len(plans))]
    if len(names) != len(plans):
        raise ValueError(f"{len(names)} labels for {len(plans)} plans; give one each")
    said: list[str] = []
    reports: list[Report] = []
    for name, plan in zip(names, plans, strict=True):
        for report in check_all(plan, wanted, **options):
            reports.append(report)
            one = str(report.protocol["id"])
            said.append(one if len(plans) == 1 else name if len(wanted) == 1 else f"{name}, {one}")
    return Comparison(labels=tuple(said), reports=tuple(reports), goals=tuple(_goals(reports)))


def _goals(reports: Sequence[Report]) -> Iterable[ComparedGoal]:
    keys = dict.fromkeys(_key(goal) for report in reports for goal in report.results)
    for key in keys:
        results = tuple(next((goal for goal in report.results if _key(goal) == key), None) for report in reports)
        first = next((result.value for result in results if result is not None), None)
        differences = tuple(
            None if result is None or result.value is None or first is None else result.value - first
            for result in results
        )
        verdicts = {result.verdict for result in results if result is not None}
        yield ComparedGoal(
            structure=key[0],
            metric=key[1],
            results=results,
            differences=differences,
            verdicts_differ=len(verdicts) > 1,
        )


def _key(goal: GoalResult) -> tuple[str, str, str]:
    return goal.structure, goal.metric, goal.dose


def published_limits(
    case: Case, structure: str, *, fractions: int | None = None, **options: Any
) -> tuple[PublishedLimit, ...]:
    """Put a plan against every published limit of an organ at its number of fractions, sources side by side.

    Parameters
    ----------
    case : Case
        Dose, structures and plan.
    structure : str
        The organ by its TG-263 name, such as ``Stomach``.
    fractions : int, optional
        Number of fractions; else the case's own.
    **options
        As for `check`.

    Returns
    -------
    tuple of PublishedLimit
        By metric, then by limit: limits of one metric stand on one axis.

    Examples
    --------
    >>> import hepadose as hd
    >>> limits = hd.published_limits(hd.Case(), "Stomach", fractions=5)
    >>> {limit.protocol for limit in limits} >= {"tg101-5fx", "uk-sabr-2022-5fx"}
    True
    """
    n = case.fractions if fractions is None else fractions
    fitting = []
    for one in protocols():
        content = one.to_dict()
        low, high = content["applies_to"]["fractions_min"], content["applies_to"]["fractions_max"]
        takes = n is None or (low or 0) <= n <= (high or n)
        if takes and any(goal["structure"] == structure for goal in content["goals"]):
            fitting.append(one)
    found = [
        PublishedLimit(
            protocol=str(report.protocol["id"]),
            metric=goal.metric,
            level=level.name,
            comparator=level.comparator,
            limit=level.limit,
            value=goal.value,
            unit=goal.unit,
            verdict=level.verdict,
            evidence=goal.evidence,
            source=goal.sources[0].key,
            locator=goal.sources[0].locator,
        )
        for report in check_all(case, fitting, fractions=fractions, **options)
        for goal in report.results
        if goal.structure == structure
        for level in goal.levels
    ]
    return Listed(sorted(found, key=lambda one: (one.metric, one.limit, one.protocol)))
