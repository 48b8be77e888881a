"""One organ, all published limits, this plan."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes

from hepadose._colours import VERDICT, Rgb
from hepadose._core import Dvh, Protocol
from hepadose._protocols import protocols
from hepadose.errors import MetricSyntaxError
from hepadose.plot._axes import given, grey, label, paper, plain, rgb

_FILLED = {"primary", "transcriptions_2plus"}
_CONDITIONS = ("disease", "disease_kind", "liver", "child_pugh", "sex")
_LONGEST = 120


@dataclass(frozen=True)
class _Limit:
    text: str
    protocol: str
    ratio: float
    at_most: bool
    kept: bool
    near: bool
    """Whether the value is within its numerical uncertainty of the limit."""
    well_seen: bool
    fits: bool
    """Whether it is stated for the plan's number of fractions, and not for another prescription."""
    conditions: str
    """What else it is stated for."""

    @property
    def colour(self) -> Rgb:
        """A verdict's colour, grey where the limit is none for this plan."""
        if not self.fits:
            return VERDICT["not_evaluable"]
        if self.near:
            return VERDICT["within_uncertainty"]
        if not self.kept:
            return VERDICT["not_met"]
        return VERDICT["met_applicability_not_confirmed" if self.conditions else "met"]


def evidence(
    plan: Dvh,
    ax: Axes | None = None,
    *,
    organ: str,
    among: Iterable[Protocol] | None = None,
    other_fractions: bool = False,
) -> Axes:
    """Draw how a plan stands against the limits that the protocols hold for an organ at its number of fractions.

    Each row is one limit of one source; the point is value / limit, the arrow points to where the limit is kept. Round
    points are of limits for the plan's number of fractions: green where the limit is kept, red where not, in the colour
    of a doubt where the value is within its numerical uncertainty of the limit, blue where it is kept and is stated for
    something that a DVH does not know, such as a Child-Pugh class; that stands in brackets and is yours to judge. Grey
    squares, drawn where asked for or where the number of fractions is not known, are of other plans and say nothing of
    this one. Filled: read in the source or in two transcriptions; open: one transcription or recalled.

    Parameters
    ----------
    plan : Dvh
        The DVH of the organ, in the kind of dose that the limits are stated in; other limits are left out. Its
        `fractions`, and its `prescription_gy` where it has one, decide which limits fit; `Dvh.with_fractions` and
        `Dvh.with_prescription` state them.
    ax : matplotlib Axes, optional
        Where to draw; new axes unless given.
    organ : str
        What the goals call it, such as ``Liver-GTV``.
    among : iterable of Protocol, optional
        The protocols; all built-in ones unless stated.
    other_fractions : bool
        Whether limits for other numbers of fractions, and other prescriptions, are drawn too, in grey.

    Returns
    -------
    matplotlib Axes

    Raises
    ------
    ValueError
        No limit can be read from this DVH, or none is for its number of fractions and its prescription.
    """
    read = [
        limit
        for protocol in (protocols() if among is None else among)
        for content in (protocol.to_dict(),)
        for goal in content["goals"]
        if goal["structure"] == organ
        for limit in _limits(goal, content["applies_to"], protocol.id, plan)
    ]
    if not read:
        raise ValueError(f"no limit for '{organ}' can be read from a DVH of {plan.kind}")
    found: dict[tuple[str, str], list[_Limit]] = {}
    for one in sorted(read, key=lambda one: not one.fits):
        if one.fits or other_fractions or plan.fractions is None:
            found.setdefault((one.text, one.conditions), []).append(one)
    if not found:
        raise ValueError(
            f"no limit for '{organ}' is for this plan in {plan.fractions} fractions; other_fractions=True draws the "
            "others in grey"
        )
    ax = given(ax, rows=len(found))
    rows = [limits[0] for limits in found.values()]
    for place, row in enumerate(rows):
        _draw(ax, place, row)
    ax.axvline(1, color=grey(ax, 0.2), linewidth=1)
    names = [f"{text}\n{_names(limits)} {said}".rstrip() for (text, said), limits in found.items()]
    ax.set_yticks(np.arange(len(rows)), names, fontsize="x-small")
    ax.set_ylim(len(rows) - 0.5, -0.5)
    ratios = [row.ratio for row in rows]
    ax.set_xlim(min([0.7, *ratios]) - 0.1, max([1.3, *ratios]) + 0.1)
    known = "number of fractions not known" if plan.fractions is None else f"{plan.fractions} fractions"
    ax.set_xlabel(f"Value / limit ({plan.kind}, {known})\narrows point to where a limit is kept", fontsize="small")
    ax.grid(visible=True, axis="y", color=grey(ax, 0.92))
    ax.set_axisbelow(True)
    return ax


def _draw(ax: Axes, place: int, row: _Limit) -> None:
    colour = rgb(ax, row.colour)
    face = colour if row.well_seen else paper(ax)
    marker = "o" if row.fits else "s"
    ax.plot(row.ratio, place, marker=marker, color=colour, markerfacecolor=face, markersize=8)
    ax.annotate(
        "",
        xy=(1 + (-0.12 if row.at_most else 0.12), place),
        xytext=(1, place),
        arrowprops={"arrowstyle": "-|>", "color": grey(ax, 0.45), "shrinkA": 0, "shrinkB": 0},
    )


def _limits(goal: dict[str, Any], whole: Mapping[str, Any], protocol: str, plan: Dvh) -> Iterator[_Limit]:
    try:
        metric = plan.metric(goal["metric"])
    except MetricSyntaxError:
        return
    if metric.value is None or not _same_kind(goal, plan):
        return
    sources = goal["source"]
    well_seen = any(source["evidence"] in _FILLED for source in sources)
    conditions = {name: value if (value := goal["applies_to"][name]) is not None else whole[name] for name in whole}
    fits, said = _judged(conditions, plan)
    for level in goal["level"]:
        limit, comparator = float(level["limit"]), str(level["comparator"])
        if limit <= 0:
            continue
        kept = {
            "<": metric.value < limit,
            "<=": metric.value <= limit,
            ">": metric.value > limit,
            ">=": metric.value >= limit,
        }[comparator]
        keys = ", ".join(dict.fromkeys(source["key"] for source in sources))
        text = _plain(f"{metric.name} {comparator} {limit:g} ({level['name'].replace('_', ' ')}): {keys}")
        ratio, at_most = metric.value / limit, comparator.startswith("<")
        near = metric.uncertainty is not None and abs(metric.value - limit) <= metric.uncertainty
        yield _Limit(text, protocol, ratio, at_most, kept, near, well_seen, fits, said)


def _judged(conditions: Mapping[str, Any], plan: Dvh) -> tuple[bool, str]:
    """Say whether a limit is for this plan, and in brackets what a DVH does not tell or tells to be otherwise."""
    each = None
    if plan.prescription_gy is not None and plan.fractions is not None:
        each = plan.prescription_gy / plan.fractions
    fits = plan.fractions is not None
    said = [_words(conditions[name]) for name in _CONDITIONS if conditions[name] is not None]
    for ends, known, unit in (
        (("fractions_min", "fractions_max"), plan.fractions, "fractions"),
        (("dose_per_fraction_min_gy", "dose_per_fraction_max_gy"), each, "Gy a fraction"),
        (("prescription_min_gy", "prescription_max_gy"), plan.prescription_gy, "Gy prescribed"),
    ):
        low, high = (conditions[end] for end in ends)
        within = known is not None and (low is None or low <= known) and (high is None or known <= high)
        fits &= within or known is None
        if not within:
            said += _span(low, high, unit)
    return fits, f"[{_plain(', '.join(said))}]" if said else ""


def _words(value: object) -> str:
    every = value if isinstance(value, list) else [value]
    return " or ".join(str(one).replace("_", " ") for one in every)


def _plain(text: str) -> str:
    return plain(text, _LONGEST)


def _span(low: float | None, high: float | None, unit: str) -> list[str]:
    if low is None and high is None:
        return []
    if low == high:
        return [f"{low:g} {unit.removesuffix('s') if low == 1 else unit}"]
    if low is None or high is None:
        return [f"at least {low:g} {unit}" if low is not None else f"at most {high:g} {unit}"]
    return [f"{low:g} to {high:g} {unit}"]


def _names(limits: list[_Limit]) -> str:
    """Give the first protocol's name, and how many more there are."""
    every = list(dict.fromkeys(one.protocol for one in limits))
    first = label(every[0])
    return f"{first} and {len(every) - 1} more" if len(every) > 1 else first


def _same_kind(goal: dict[str, Any], plan: Dvh) -> bool:
    """Say whether a goal is stated in the plan's kind of dose."""
    alpha_beta = goal["alpha_beta_gy"]
    return bool(goal["dose"] == plan.kind.quantity and alpha_beta in {None, plan.kind.alpha_beta_gy})
