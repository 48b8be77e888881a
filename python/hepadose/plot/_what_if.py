"""What would pass and what would flip: headroom of every goal, prescriptions that organs allow, other conventions."""

import math
from collections.abc import Iterable, Mapping
from typing import Any, Literal

from matplotlib.axes import Axes
from matplotlib.patheffects import withStroke
from matplotlib.transforms import blended_transform_factory

from hepadose._colours import SAFE, VERDICT
from hepadose._document import Document
from hepadose._flip import Flips, GoalFlips
from hepadose._isoeffect import bed_gy
from hepadose._isotoxic import GoalScale, Isotoxic
from hepadose._report import GoalResult, Report
from hepadose.plot._axes import given, grey, ink, label, paper, plain, rgb

_WIDEST = 3.0
_ROW = 0.6
_REASON = 70


def headroom(found: Isotoxic, ax: Axes | None = None, *, highest_scale: float | None = None) -> Axes:
    """Draw over which scales of the dose each mandatory goal holds, the one that binds on top.

    A bar spans the scales at which a goal holds; one that runs on beyond the axis ends in its number. The plan as it is
    stands at 1. Goals that could not be followed are named, for the answer does not hold for them.

    Parameters
    ----------
    found : Isotoxic
        As `hepadose.isotoxic` gives it.
    ax : matplotlib Axes, optional
        Where to draw; new axes unless given.
    highest_scale : float, optional
        Where the axis ends; 3, or a little more than the answer, unless stated.

    Returns
    -------
    matplotlib Axes

    Raises
    ------
    ValueError
        No goals.
    """
    rows = sorted(found.goals, key=_bound)
    if not rows and not found.not_evaluable:
        raise ValueError(f"there is no goal to draw: {found.reason}")
    ax = given(ax, rows=len(rows) + len(found.not_evaluable))
    end = max(_WIDEST, 1.15 * (found.scale or 0.0)) if highest_scale is None else highest_scale
    for place, one in enumerate(rows):
        _scales(ax, place, one, end, binds=one.id == found.binding)
    for place, (_, reason) in enumerate(found.not_evaluable, start=len(rows)):
        said_why = plain(f"not evaluable: {reason}", _REASON)
        halo = [withStroke(linewidth=3, foreground=paper(ax))]
        ax.text(0.02 * end, place, said_why, va="center", fontsize="x-small", color=grey(ax, 0.35), path_effects=halo)
    ax.axvline(1, color=grey(ax, 0.2), linewidth=1)
    said: list[tuple[float, str, Any, str]] = [(1.0, "this plan", grey(ax, 0.2), "right")]
    if found.scale is not None:
        colour = rgb(ax, VERDICT["met" if found.is_complete else "within_uncertainty"])
        ax.axvline(found.scale, color=colour, linewidth=1.4, linestyle="--")
        dose = "" if found.prescription_gy is None else f" = {found.prescription_gy:.1f} Gy"
        said.append((found.scale, f"{found.scale:.3f}{dose}", colour, "left"))
        if found.scale < 1:
            said = [(at, text, shade, "left" if side == "right" else "right") for at, text, shade, side in said]
    for at, text, shade, side in said:
        shift = (4 if side == "left" else -4, 3)
        ax.annotate(
            text,
            (at, 1),
            xycoords=ax.get_xaxis_transform(),
            xytext=shift,
            textcoords="offset points",
            ha=side,
            color=shade,
            fontsize="small",
        )
    ids = [*(one.id for one in rows), *(one for one, _ in found.not_evaluable)]
    ax.set_yticks(range(len(ids)), [label(one) for one in ids], fontsize="small")
    ax.set_ylim(len(ids) - 0.5, -0.5)
    ax.set_xlim(0, end)
    ax.set_xlabel(f"Scale of the dose at which a goal of {label(found.protocol)} holds")
    return ax


def _bound(one: GoalScale) -> float:
    if one.never:
        return 0.0
    return float("inf") if one.largest_scale is None else one.largest_scale


def _scales(ax: Axes, place: int, one: GoalScale, end: float, *, binds: bool) -> None:
    if one.never:
        ax.text(0.02 * end, place, "at no scale", va="center", fontsize="x-small", color=rgb(ax, VERDICT["not_met"]))
        return
    first = one.smallest_scale or 0.0
    last = end if one.largest_scale is None else one.largest_scale
    if first > end:
        ax.text(0.98 * end, place, f"from {first:.3g} \u2192", ha="right", va="center", fontsize="x-small")
        return
    ax.barh(place, min(last, end) - first, _ROW, left=first, color=rgb(ax, SAFE[1] if binds else SAFE[4]))
    text = "binds" if binds else ""
    if last > end:
        text = f"{text} to {last:.3g} \u2192".strip()
    elif one.plateau:
        text = f"{text} (jumps over its limit)".strip()
    if text:
        inside = last > end
        ax.annotate(
            text,
            (min(last, end), place),
            xytext=(-4 if inside else 4, 0),
            textcoords="offset points",
            ha="right" if inside else "left",
            va="center",
            fontsize="x-small",
            color="black" if inside else ink(ax),  # a bar is light on any paper
        )


def isotoxic(
    found: Mapping[int, Isotoxic], ax: Axes | None = None, *, tumour_alpha_beta_gy: float | None = None
) -> Axes:
    """Draw the highest prescription that the organs allow against the number of fractions, and what binds it.

    The colour of a point is that of the goal that binds. Open points are of numbers of fractions of which mandatory
    goals are not evaluable: the answer does not hold for them. Numbers that allow nothing are crosses on the axis;
    where only the prescription is unknown, the largest scale of the dose stands there, and where no goal bounds it,
    "open".

    Parameters
    ----------
    found : mapping of int to Isotoxic
        For each number of fractions what bounds it, as `hepadose.best_fractions` gives it.
    ax : matplotlib Axes, optional
        Where to draw; new axes unless given.
    tumour_alpha_beta_gy : float, optional
        Draw BED of the prescription at this alpha/beta instead of its physical dose.

    Returns
    -------
    matplotlib Axes

    Raises
    ------
    ValueError
        No number of fractions.
    """
    if not found:
        raise ValueError("give at least one number of fractions")
    ax = given(ax)
    shades: dict[str, tuple[float, float, float]] = {}
    seen: set[str] = set()
    allowed: dict[int, float] = {}
    for fractions, one in sorted(found.items()):
        if one.prescription_gy is not None:
            dose = one.prescription_gy
            if tumour_alpha_beta_gy is not None:
                dose = float(bed_gy(dose, fractions=fractions, alpha_beta_gy=tumour_alpha_beta_gy))
            allowed[fractions] = dose
    ax.plot(list(allowed), list(allowed.values()), color=grey(ax, 0.55), linewidth=1.4, zorder=2)
    for fractions, one in sorted(found.items()):
        if fractions not in allowed:
            _on_the_axis(ax, fractions, one)
            continue
        binding = one.binding or "nothing binds"
        shade = shades.setdefault(binding, rgb(ax, SAFE[len(shades) % len(SAFE)]))
        face = shade if one.is_complete else paper(ax)
        name = label(binding) if binding not in seen else "_"
        seen.add(binding)
        at = (fractions, allowed[fractions])
        ax.plot(*at, "o", color=shade, markerfacecolor=face, markersize=8, linestyle="none", zorder=3, label=name)
        ax.annotate(f"{at[1]:.1f}", at, xytext=(0, 8), textcoords="offset points", ha="center", fontsize="x-small")
    if seen:
        written = any(one.answer in {"scale", "unbounded"} for one in found.values())
        where: Literal["upper left", "lower right"] = "upper left" if written else "lower right"
        ax.legend(title="What binds", title_fontsize="small", fontsize="small", edgecolor="none", loc=where)
    ax.set_xticks(sorted(found))
    ax.set_xlabel("Number of fractions")
    kind = "physical dose" if tumour_alpha_beta_gy is None else f"BED, alpha/beta {tumour_alpha_beta_gy:g} Gy"
    ax.set_ylabel(f"Highest prescription in Gy ({kind})", fontsize="small")
    ax.margins(x=0.12)
    ax.set_ylim(0, 1.15 * max(allowed.values(), default=1.0))
    ax.grid(visible=True, color=grey(ax, 0.92))
    ax.set_axisbelow(True)
    return ax


def _on_the_axis(ax: Axes, fractions: int, one: Isotoxic) -> None:
    """Mark a number of fractions that has no prescription, whatever the scale of the others: cross, scale or "open"."""
    on_axis = ax.get_xaxis_transform()
    if one.answer == "none":
        ax.plot([fractions], [0.02], "x", color=rgb(ax, VERDICT["not_met"]), transform=on_axis, clip_on=False)
        return
    said = "open" if one.scale is None else f"scale {one.scale:.3g},\nprescription\nunknown"
    colour = rgb(ax, VERDICT["not_evaluable"])
    ax.plot([fractions], [0.02], linestyle="none", transform=on_axis)  # the axis reaches to it
    ax.text(fractions, 0.02, said, ha="center", va="bottom", fontsize="x-small", color=colour, transform=on_axis)


def flips(found: Flips, ax: Axes | None = None, *, goals: Report | Iterable[GoalResult]) -> Axes:
    """Draw what every goal's value becomes under other conventions, and which of them flip its verdict.

    Each row is a goal on an axis of value / limit, with its limit at 1. The filled point is the check itself, small
    rings are conventions under which the verdict stays, crosses those that flip it; the line is their range. To the
    right stands what flips it, or how many conventions were tried and how many are unknown.

    Parameters
    ----------
    found : Flips
        As `hepadose.would_it_flip` gives it.
    ax : matplotlib Axes, optional
        Where to draw; new axes unless given.
    goals : Report or iterable of GoalResult
        The check by the same revision of the protocol, where the limits come from.

    Returns
    -------
    matplotlib Axes

    Raises
    ------
    ValueError
        No goals, or goals of another protocol, another revision of it, or another check.
    """
    results = goals.results if isinstance(goals, Report) else tuple(goals)
    limits = {one.id: one for one in results}
    if not found.goals:
        raise ValueError("there is no goal to draw")
    unknown = [one.id for one in found.goals if one.id not in limits]
    if unknown:
        raise ValueError(f"goals= has no '{unknown[0]}'; give the check of {found.protocol} on the same case")
    if isinstance(goals, Report) and _content(goals.to_dict()) != _content(found.to_dict()):
        raise ValueError(f"goals= is of another revision of {found.protocol}; give the check by the one that is drawn")
    other = [one.id for one in found.goals if not _same(one.value, limits[one.id].value)]
    if other:
        raise ValueError(f"goals= holds another value of '{other[0]}'; give the check of the same case and settings")
    ax = given(ax, rows=len(found.goals))
    names = []
    for place, one in enumerate(found.goals):
        goal = limits[one.id]
        names.append(f"{label(one.id)}\n{label(f'{goal.metric} {goal.comparator} {goal.limit:g}')}")
        _flips_of(ax, place, one, goal)
    ax.axvline(1, color=grey(ax, 0.2), linewidth=1)
    ax.set_yticks(range(len(names)), names, fontsize="x-small")
    ax.set_ylim(len(names) - 0.5, -0.5)
    ax.margins(x=0.08)
    ax.set_xlabel("Value / limit under other conventions; < or > stands where a goal is met", fontsize="small")
    ax.grid(visible=True, axis="y", color=grey(ax, 0.92))
    ax.set_axisbelow(True)
    return ax


def _content(document: Document) -> list[str]:
    """Give the hash of what the protocol of a result says."""
    return [one["sha256"] for one in document["provenance"]["inputs"] if one["role"] == "protocol"]


def _same(one: float | None, other: float | None) -> bool:
    if one is None or other is None:
        return one is other
    return math.isclose(one, other, rel_tol=1e-9)


def _flips_of(ax: Axes, place: int, one: GoalFlips, goal: GoalResult) -> None:
    beside: dict[str, Any] = {
        "transform": blended_transform_factory(ax.transAxes, ax.transData),
        "va": "center",
        "fontsize": "x-small",
    }
    if one.value is None or goal.limit <= 0:
        why = "not evaluable" if one.value is None else "its limit is 0"
        ax.text(1.01, place, why, color=rgb(ax, VERDICT["not_evaluable"]), **beside)
        return
    colour = rgb(ax, VERDICT[one.verdict])
    if one.range is not None:
        ax.plot(
            [end / goal.limit for end in one.range],
            [place, place],
            color=grey(ax, 0.6),
            linewidth=3,
            alpha=0.6,
            zorder=1,
        )
    for scenario in one.scenarios:
        if scenario.value is None:
            continue
        at = scenario.value / goal.limit
        shade = rgb(ax, VERDICT[scenario.verdict])
        if scenario.flips:
            ax.plot([at], [place], "x", color=shade, markersize=7, markeredgewidth=1.6, zorder=4)
        else:
            ax.plot([at], [place], "o", color=shade, markerfacecolor="none", markersize=4, zorder=2)
    ax.plot([one.value / goal.limit], [place], "o", color=colour, markersize=8, zorder=3)
    sign = "<" if goal.comparator.startswith("<") else ">"
    ax.annotate(
        sign,
        (1, place),
        xytext=(-6 if sign == "<" else 6, 0),
        textcoords="offset points",
        ha="center",
        va="center",
        fontsize="small",
        color=grey(ax, 0.2),
    )
    if one.flipped_by:
        said = "flips: " + ", ".join(word.replace("_", " ") for word in one.flipped_by)
        ax.text(1.01, place, said, color=rgb(ax, VERDICT["not_met"]), **beside)
    else:
        unknown = f", {len(one.not_evaluable)} unknown" if one.not_evaluable else ""
        ax.text(1.01, place, f"none of {len(one.scenarios)} flips it{unknown}", color=colour, **beside)
