"""One organ, all published limits, this plan."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes

from hepadose._colours import VERDICT
from hepadose._core import Dvh, Protocol
from hepadose._protocols import protocols
from hepadose.errors import MetricSyntaxError
from hepadose.plot._axes import given, rgb

_FILLED = {"primary", "transcriptions_2plus"}


@dataclass(frozen=True)
class _Limit:
    text: str
    protocol: str
    ratio: float
    at_most: bool
    kept: bool
    well_seen: bool


def evidence(
    plan: Dvh,
    ax: Axes | None = None,
    *,
    organ: str,
    among: Iterable[Protocol] | None = None,
) -> Axes:
    """Draw how a plan stands against every limit that the protocols hold for an organ.

    Each row is one limit of one source; the point is value / limit, the arrow points to where the limit is kept. Filled
    points: read in the source or in two transcriptions; open points: one transcription or recalled.

    Parameters
    ----------
    plan : Dvh
        The DVH of the organ, in the kind of dose that the limits are stated in; other limits are left out.
    ax : matplotlib Axes, optional
        Where to draw; new axes unless given.
    organ : str
        What the goals call it, such as ``Liver-GTV``.
    among : iterable of Protocol, optional
        The protocols; all built-in ones unless stated.

    Returns
    -------
    matplotlib Axes

    Raises
    ------
    ValueError
        No limit can be read from this DVH.
    """
    found: dict[str, list[_Limit]] = {}
    for protocol in protocols() if among is None else among:
        for goal in protocol.to_dict()["goals"]:
            if goal["structure"] == organ:
                for limit in _limits(goal, protocol.id, plan):
                    found.setdefault(limit.text, []).append(limit)
    if not found:
        raise ValueError(f"no limit for '{organ}' can be read from a DVH of {plan.kind}")
    ax = given(ax)
    rows = [limits[0] for limits in found.values()]
    names = [f"{text}\n{_names([one.protocol for one in limits])}" for text, limits in found.items()]
    for place, row in enumerate(rows):
        colour = rgb(VERDICT["met" if row.kept else "not_met"])
        ax.plot(
            row.ratio,
            place,
            marker="o",
            color=colour,
            markerfacecolor=colour if row.well_seen else "white",
            markersize=8,
        )
        ax.annotate(
            "",
            xy=(1 + (-0.12 if row.at_most else 0.12), place),
            xytext=(1, place),
            arrowprops={"arrowstyle": "-|>", "color": "0.45", "shrinkA": 0, "shrinkB": 0},
        )
    ax.axvline(1, color="0.2", linewidth=1)
    ax.set_yticks(np.arange(len(rows)), names, fontsize="x-small")
    ax.set_ylim(len(rows) - 0.5, -0.5)
    ratios = [row.ratio for row in rows]
    ax.set_xlim(min([0.7, *ratios]) - 0.1, max([1.3, *ratios]) + 0.1)
    ax.set_xlabel(f"Value / limit ({plan.kind}); arrows point to where a limit is kept")
    ax.grid(visible=True, axis="y", color="0.92")
    ax.set_axisbelow(True)
    return ax


def _limits(goal: dict[str, Any], protocol: str, plan: Dvh) -> Iterable[_Limit]:
    try:
        metric = plan.metric(goal["metric"])
    except MetricSyntaxError:
        return
    if metric.value is None or not _same_kind(goal, plan):
        return
    sources = goal["source"]
    well_seen = any(source["evidence"] in _FILLED for source in sources)
    for level in goal["level"]:
        limit, comparator = float(level["limit"]), str(level["comparator"])
        if limit <= 0:
            continue
        at_most = comparator.startswith("<")
        kept = {
            "<": metric.value < limit,
            "<=": metric.value <= limit,
            ">": metric.value > limit,
            ">=": metric.value >= limit,
        }[comparator]
        keys = ", ".join(dict.fromkeys(source["key"] for source in sources))
        text = f"{metric.name} {comparator} {limit:g} ({level['name'].replace('_', ' ')}): {keys}"
        yield _Limit(text, protocol, metric.value / limit, at_most, kept, well_seen)


def _names(protocols_: list[str]) -> str:
    """Give the first name, and how many more there are."""
    more = len(protocols_) - 1
    return f"{protocols_[0]} and {more} more" if more else protocols_[0]


def _same_kind(goal: dict[str, Any], plan: Dvh) -> bool:
    """Say whether a goal is stated in the plan's kind of dose."""
    alpha_beta = goal["alpha_beta_gy"]
    return bool(goal["dose"] == plan.kind.quantity and alpha_beta in {None, plan.kind.alpha_beta_gy})
