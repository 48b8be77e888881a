"""Where a goal stands on a dose-volume curve, and on which side of it the curve has to pass."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import sub
from typing import TYPE_CHECKING, Literal, TypeAlias

from hepadose._core import Dvh, Structure
from hepadose._report import GoalResult, StructureUsed, Verdict

if TYPE_CHECKING:
    from hepadose._case import Case

Side: TypeAlias = Literal["left", "right", "below", "above"]
_METRIC = re.compile(r"(?P<what>CV|DC|V|D)(?P<at>[0-9.]+)(?P<unit>Gy|cGy|cc|%)\[(?P<answer>Gy|cGy|cc|%)\]")
_STATISTIC = re.compile(r"(?P<what>Min|Mean|Max)\[(?P<answer>Gy|cGy)\]")
_OPPOSITE: dict[Side, Side] = {"left": "right", "right": "left", "below": "above", "above": "below"}


@dataclass(frozen=True, slots=True, kw_only=True)
class GoalMarker:
    """A point of the dose-volume plane that a curve must keep on one side of."""

    dose_gy: float
    """Dose of the point in Gy."""
    volume_cc: float
    """Volume of the point in cc."""
    side: Side
    """Where the curve has to pass, seen from the point."""
    label: str
    """The goal as text: metric, comparator, limit, and by how much it is met or missed."""
    verdict: Verdict
    """What came of the goal."""
    goal: GoalResult
    """The goal itself."""


def marker(goal: GoalResult, dvh: Dvh) -> GoalMarker | None:
    """Place a goal on a DVH.

    Parameters
    ----------
    goal : GoalResult
        The goal.
    dvh : Dvh
        The DVH of the structure that the goal speaks of.

    Returns
    -------
    GoalMarker or None
        None where the goal is stated in another kind of dose, is no point of a curve, or lacks a prescription.
    """
    if goal.dose != str(dvh.kind):
        return None
    placed = _placed(goal, dvh)
    if placed is None:
        return None
    dose, volume, side = placed
    if not 0 <= volume <= dvh.volume_cc * (1 + 1e-9):
        return None
    return GoalMarker(
        dose_gy=dose, volume_cc=volume, side=side, label=goal_label(goal), verdict=goal.verdict, goal=goal
    )


def goal_label(goal: GoalResult) -> str:
    """Say a goal in one line: metric, limit, value, and by how much it is met or missed."""
    text = f"{goal.metric} {goal.comparator} {goal.limit:g}"
    if goal.value is None:
        return f"{text}: not evaluable"
    said = f"{text}: {goal.value:.5g} {goal.unit}"
    if goal.margin is None:
        return said
    return f"{said}, {'met' if goal.margin >= 0 else 'missed'} by {abs(goal.margin):.3g} {goal.unit}"


def _placed(goal: GoalResult, dvh: Dvh) -> tuple[float, float, Side] | None:
    at_most = goal.comparator.startswith("<")
    if found := _STATISTIC.fullmatch(goal.metric):
        limit = goal.limit / (100 if found["answer"] == "cGy" else 1)
        height = {"Min": dvh.volume_cc, "Mean": 0.5 * dvh.volume_cc, "Max": 0.0}[found["what"]]
        return limit, height, "left" if at_most else "right"
    found = _METRIC.fullmatch(goal.metric)
    if found is None:
        return None
    what, at = found["what"], float(found["at"])
    dose_is_asked = what in {"D", "DC"}
    dose = _gray(goal.limit if dose_is_asked else at, found["answer" if dose_is_asked else "unit"], dvh)
    volume = _cc(at if dose_is_asked else goal.limit, found["unit" if dose_is_asked else "answer"], dvh)
    if dose is None or volume is None:
        return None
    if what in {"CV", "DC"}:
        volume = dvh.volume_cc - volume
    side: Side = "left" if dose_is_asked else "below"
    # More cold volume is less hot volume.
    flipped = at_most if what == "CV" else not at_most
    return dose, volume, _OPPOSITE[side] if flipped else side


def _gray(number: float, unit: str, dvh: Dvh) -> float | None:
    if unit == "%":
        return None if dvh.prescription_gy is None else number / 100 * dvh.prescription_gy
    return number / 100 if unit == "cGy" else number


def _cc(number: float, unit: str, dvh: Dvh) -> float | None:
    return number / 100 * dvh.volume_cc if unit == "%" else number


def markers(goals: Iterable[GoalResult], dvh: Dvh) -> list[GoalMarker]:
    """Place those goals on a DVH that speak of its structure and can be placed."""
    placed = (marker(goal, dvh) for goal in goals if goal.structure_name == dvh.name)
    return [one for one in placed if one is not None]


def structures_of(case: "Case", used: Sequence[StructureUsed]) -> list[Structure]:
    """Give the derived structures that a check was read from, made again from those that they were made of.

    A derived structure is named by what went into it, ``Liver-GTV_1-GTV_2``; where that does not name structures of the
    case without doubt, it is left out.
    """
    return [made for one in used if one.origin == "derived" and (made := _made_again(case, one)) is not None]


def _made_again(case: "Case", used: StructureUsed) -> Structure | None:
    names = [one.name for one in used.subtracted]
    ending = "".join(f"-{name}" for name in names)
    whole = used.name.removesuffix(ending)
    if not ending or not used.name.endswith(ending) or whole not in case.structures:
        return None
    by_number = case.structures.by_number
    parts = [by_number.get(one.number) if one.number is not None else None for one in used.subtracted]
    wholes = [one for one in case.structures.all if one.name == whole]
    if len(wholes) != 1 or any(part is None for part in parts):
        return None
    made: Structure = reduce(sub, [part for part in parts if part is not None], wholes[0])
    return made.renamed(used.name)
