"""Would it flip? A check again under the conventions in which systems differ."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from hepadose import _core
from hepadose._case import Case
from hepadose._check import (
    ChildPugh,
    Disease,
    LiverStatus,
    Roi,
    Sex,
    Undrawn,
    check_options,
    fractions_of,
)
from hepadose._core import Protocol
from hepadose._document import Document, StrPath, to_text
from hepadose._dvh import BetweenPlanes, DoseInterpolation, EndCaps, PresetName
from hepadose._protocols import protocol_of
from hepadose._report import LeftOut, Verdict
from hepadose._shown import Shown


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario(Shown):
    """A goal under one other convention."""

    group: str
    """``end_caps``, ``between_planes``, ``interpolation``, ``subtract``, ``counting``, ``comparator``, ``contour``,
    ``shift`` or ``alpha_beta``."""
    name: str
    """The change in words."""
    value: float | None
    """The goal's value under it."""
    verdict: Verdict
    """The verdict under it."""
    flips: bool
    """Whether that is another one than as checked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NoScenario(Shown):
    """A convention that says nothing about a goal."""

    group: str
    """What kind of change, as in `Scenario`."""
    name: str
    """The change in words."""
    reason: str
    """Why it is not evaluable."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GoalFlips(Shown):
    """What becomes of one goal under other conventions."""

    id: str
    """The goal's short name."""
    title: str
    """One line for tables."""
    unit: str
    """Unit of its values; ``1`` where they have none."""
    dose: str
    """What dose its values are of or read at, in words."""
    value: float | None
    """Its value as checked."""
    verdict: Verdict
    """Its verdict as checked."""
    met_fraction: float | None
    """Share of scenarios, the check itself among them, in which it is met; None where that is not evaluable."""
    flipped_by: tuple[str, ...]
    """The groups of changes that flip it."""
    range: tuple[float, float] | None
    """Least and highest value over all scenarios."""
    scenarios: tuple[Scenario, ...]
    """All scenarios that could be evaluated."""
    not_evaluable: tuple[NoScenario, ...]
    """Those that could not, with reasons; they count neither way."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Flips:
    """What becomes of a check under other conventions."""

    protocol: str
    """Id of the protocol."""
    goals: tuple[GoalFlips, ...]
    """The goals in the protocol's order."""
    left_out: tuple[LeftOut, ...]
    """Goals that were not asked, as in a check: nothing is said of them."""
    _document: Document = field(repr=False)

    def _repr_html_(self) -> str:
        from hepadose import _html_what_if  # noqa: PLC0415 - only a notebook needs it

        return _html_what_if.flips(self)

    def to_dict(self) -> Document:
        """Give the result as plain dictionaries, of schema ``hepadose/flip/1``."""
        return dict(self._document)

    def to_json(self, path: StrPath | None = None) -> str:
        """Give the result as JSON text, and write it where a path is given."""
        return to_text(self._document, path)


def would_it_flip(  # noqa: PLR0913 - keywords, each with a default
    case: Case,
    protocol: StrPath | Protocol,
    *,
    shifts_mm: Sequence[float] = (1.0, 2.0, 3.0),
    margins_mm: Sequence[float] = (),
    alpha_beta_gy: Sequence[float] = (),
    mapping: Mapping[str, Roi | Sequence[Roi]] | StrPath | None = None,
    liver_status: LiverStatus = "unknown",
    disease: Disease | None = None,
    child_pugh: ChildPugh | None = None,
    sex: Sex | None = None,
    prescription_gy: float | None = None,
    fractions: int | None = None,
    recalled: bool = False,
    undrawn: Undrawn = "not_evaluable",
    convert_alpha_beta_gy: float | None = None,
    between_planes: BetweenPlanes | None = None,
    end_caps: EndCaps | None = None,
    max_cap_mm: float | None = None,
    preset: PresetName | None = None,
    min_covered: float = 1.0,
    dose_interpolation: DoseInterpolation = "trilinear",
    tolerance_percent: float | None = None,
) -> Flips:
    """Check every goal again under the conventions in which systems differ, and say what flips it.

    End caps, what lies between planes, one dose a voxel, CTV or PTV taken out instead of the GTV, V as "more than" and
    CV as "at most" a dose, ``<`` or ``<=``, contours larger and smaller, rigid shifts of the structures along each
    axis, and alpha/beta for goals in BED or EQD2. Shifts are read from points, whose distance from the DVH adds to the
    numerical error of their verdicts.

    Parameters
    ----------
    case : Case
        Dose, structures and plan.
    protocol : str, path or Protocol
        As for `check`.
    shifts_mm : sequence of float
        Lengths of the shifts, each along both senses of x, y and z.
    margins_mm : sequence of float
        By how much the contours are made larger and smaller, in all directions; each is a calculation of its own and
        takes longer than all else together.
    alpha_beta_gy : sequence of float
        Other values of alpha/beta for goals in BED or EQD2; else the ends of ``alpha_beta_range_gy`` where a goal of
        the protocol states that range.
    mapping, liver_status, disease, child_pugh, sex, prescription_gy, fractions
        As for `check`.
    recalled, undrawn, convert_alpha_beta_gy
        As for `check`.
    between_planes, end_caps, max_cap_mm, preset, min_covered, dose_interpolation, tolerance_percent
        As for `check`.

    Returns
    -------
    Flips

    Examples
    --------
    >>> import hepadose as hd
    >>> [goal.flipped_by for goal in hd.would_it_flip(hd.Case(), "liver-sbrt-5fx").goals]
    [(), (), ()]
    """
    options = check_options(
        mapping=mapping,
        liver_status=liver_status,
        disease=disease,
        child_pugh=child_pugh,
        sex=sex,
        prescription_gy=prescription_gy,
        fractions=fractions,
        recalled=recalled,
        undrawn=undrawn,
        convert_alpha_beta_gy=convert_alpha_beta_gy,
        between_planes=between_planes,
        end_caps=end_caps,
        max_cap_mm=max_cap_mm,
        preset=preset,
        min_covered=min_covered,
        dose_interpolation=dose_interpolation,
        tolerance_percent=tolerance_percent,
    )
    chosen = protocol_of(protocol, fractions_of(case, fractions))
    document = _core.would_it_flip(case, chosen, options, list(shifts_mm), list(margins_mm), list(alpha_beta_gy))
    goals = tuple(
        GoalFlips(
            **goal
            | {
                "flipped_by": tuple(goal["flipped_by"]),
                "range": None if goal["range"] is None else tuple(goal["range"]),
                "scenarios": tuple(Scenario(**one) for one in goal["scenarios"]),
                "not_evaluable": tuple(NoScenario(**one) for one in goal["not_evaluable"]),
            }
        )
        for goal in document["goals"]
    )
    left_out = tuple(LeftOut(**one) for one in document["left_out"])
    return Flips(protocol=document["protocol"], goals=goals, left_out=left_out, _document=document)
