"""What would pass: the largest dose that a protocol allows, and the best number of fractions."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias, Unpack

from hepadose import _core
from hepadose._case import Case
from hepadose._check import (
    CheckKeywords,
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
from hepadose._isoeffect import bed_gy
from hepadose._protocols import protocol_of
from hepadose._report import LeftOut
from hepadose._shown import Shown
from hepadose.errors import NotEvaluableError

HOLDS_FOR = "This holds for the mandatory goals of this protocol alone: what they do not limit may get any dose."
"""What has to be said with every answer."""
Answer: TypeAlias = Literal["prescription", "scale", "none", "unbounded"]


@dataclass(frozen=True, slots=True, kw_only=True)
class GoalScale(Shown):
    """Where a mandatory goal stops to hold."""

    id: str
    """The goal's short name."""
    title: str
    """One line for tables."""
    largest_scale: float | None
    """The largest scale of the dose at which it holds."""
    broken_at: float | None
    """The next scale, at which it does not."""
    smallest_scale: float | None
    """The smallest scale at which it holds, for a goal that asks for dose."""
    plateau: bool
    """Whether the value jumps over the limit there, so that no scale meets it exactly."""
    never: bool
    """Whether it holds at no scale."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tier(Shown):
    """One tier of a protocol that ties limits to prescriptions."""

    prescription_gy: float
    """Its prescription."""
    scale: float
    """The scale of the dose that gives it."""
    goals: tuple[dict[str, Any], ...]
    """Its goals with value (None with a reason where there is none), limit and whether they hold."""
    holds: bool | None
    """Whether all of them hold; None where one is not evaluable and none of the others fails."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Isotoxic:
    """The largest scale of the dose at which all mandatory goals still hold."""

    protocol: str
    """Id of the protocol."""
    fractions: int | None
    """Number of fractions."""
    scale: float | None
    """The largest scale; None where there is none, or no goal bounds it."""
    prescription_gy: float | None
    """The prescription at that scale."""
    binding: str | None
    """The goal that binds."""
    binding_value: float | None
    """Its value, by a calculation from the dose at that scale."""
    binding_uncertainty: float | None
    """Estimated numerical error of that value: a check at this scale is within it of the limit."""
    binding_limit: float | None
    """Its limit."""
    broken_at: float | None
    """The next scale, at which it does not hold."""
    plateau: bool
    """Whether the value jumps over the limit there."""
    reason: str
    """Why the scale is what it is."""
    goals: tuple[GoalScale, ...]
    """Every mandatory goal that could be followed."""
    not_evaluable: tuple[tuple[str, str], ...]
    """Mandatory goals that could not, with reasons: the answer does not hold for them."""
    left_out: tuple[LeftOut, ...]
    """Goals that were not asked, as in a check: the answer says nothing of them."""
    tiers: tuple[Tier, ...]
    """Tiers by falling prescription, where the protocol has them."""
    best_tier_gy: float | None
    """The highest prescription whose tier holds."""
    _document: Document = field(repr=False)

    @property
    def is_complete(self) -> bool:
        """Whether every mandatory goal could be followed: else the scale does not hold for those in `not_evaluable`."""
        return not self.not_evaluable

    @property
    def answer(self) -> Answer:
        """What the search came to: ``prescription``, ``scale``, ``none`` or ``unbounded``.

        ``prescription`` and ``scale``: there is a largest scale, and the prescription at it is known, or is not.
        ``none``: no dose holds all goals. ``unbounded``: no goal that could be followed bounds the dose.
        """
        if self.scale is not None:
            return "scale" if self.prescription_gy is None else "prescription"
        most = min((one.largest_scale for one in self.goals if one.largest_scale is not None), default=math.inf)
        least = max((one.smallest_scale for one in self.goals if one.smallest_scale is not None), default=0.0)
        return "none" if least > most or any(one.never for one in self.goals) else "unbounded"

    def _repr_html_(self) -> str:
        from hepadose import _html_what_if  # noqa: PLC0415 - only a notebook needs it

        return _html_what_if.isotoxic(self)

    def to_dict(self) -> Document:
        """Give the result as plain dictionaries, of schema ``hepadose/isotoxic/1``."""
        return dict(self._document)

    def to_json(self, path: StrPath | None = None) -> str:
        """Give the result as JSON text, and write it where a path is given."""
        return to_text(self._document, path)


def isotoxic(  # noqa: PLR0913 - keywords, each with a default
    case: Case,
    protocol: StrPath | Protocol,
    *,
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
) -> Isotoxic:
    """Find the largest scaling of the dose at which all mandatory goals of a protocol still hold.

    The prescription scales with the dose; the number of fractions stays. The answer is confirmed by DVHs that are
    calculated anew from the scaled dose. Where the value of the goal that binds jumps over its limit, the last scale
    that holds and the first that does not are given.

    Parameters
    ----------
    case : Case
        Dose, structures and plan.
    protocol : str, path or Protocol
        As for `check`.
    mapping, liver_status, disease, child_pugh, sex, prescription_gy, fractions
        As for `check`.
    recalled, undrawn, convert_alpha_beta_gy
        As for `check`.
    between_planes, end_caps, max_cap_mm, preset, min_covered, dose_interpolation, tolerance_percent
        As for `check`.

    Returns
    -------
    Isotoxic

    Examples
    --------
    >>> import hepadose as hd
    >>> hd.isotoxic(hd.Case(), "liver-sbrt-5fx").scale is None
    True
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
    document = _core.isotoxic(case, protocol_of(protocol, fractions_of(case, fractions)), options)
    names = {name for name in Isotoxic.__dataclass_fields__ if name in document}
    content = {name: document[name] for name in names} | {
        "goals": tuple(GoalScale(**one) for one in document["goals"]),
        "not_evaluable": tuple((one, reason) for one, reason in document["not_evaluable"]),
        "left_out": tuple(LeftOut(**one) for one in document["left_out"]),
        "tiers": tuple(Tier(**one | {"goals": tuple(one["goals"])}) for one in document["tiers"]),
    }
    return Isotoxic(**content, _document=document)


def best_fractions(
    case: Case,
    family: str,
    fractions: Sequence[int],
    *,
    tumour_alpha_beta_gy: float,
    **options: Unpack[CheckKeywords],
) -> tuple[int | None, dict[int, Isotoxic]]:
    """Find the number of fractions that allows the highest BED of the prescription in a family of protocols.

    For each number the family's protocol for it bounds the dose (`isotoxic`), and the prescription at that scale is
    turned into BED at the alpha/beta of the tumour. Where mandatory goals are not evaluable the scale does not hold for
    them, so such numbers of fractions rank below all others, and `Isotoxic.is_complete` is False.

    Parameters
    ----------
    case : Case
        Dose, structures and plan with one prescription.
    family : str
        Family of protocols, such as ``timmerman2022``.
    fractions : sequence of int
        Numbers of fractions to compare.
    tumour_alpha_beta_gy : float
        alpha/beta of the tumour.
    **options
        As for `isotoxic`.

    Returns
    -------
    best : int or None
        The number with the highest BED of those whose mandatory goals are all evaluable, else of the rest (look at
        ``found[best].is_complete``); None where no number allows any.
    found : dict of int to Isotoxic
        What bounds each, the best first; then those that nothing bounds, last those that allow nothing: see
        `Isotoxic.answer`.

    Raises
    ------
    hepadose.errors.NotEvaluableError
        A dose is allowed, but the case has no prescription, or several, so that its BED is not known.
    """
    found = {n: isotoxic(case, family, fractions=n, **options) for n in fractions}
    if any(one.answer == "scale" for one in found.values()):
        several = len(set(case.prescriptions_gy.values())) > 1
        reason = "the case has several prescriptions" if several else "the prescription is unknown"
        raise NotEvaluableError(
            f"{reason}, so the BED that a scale of the dose allows is unknown too; give prescription_gy=",
            metric="PrescriptionBED[Gy]",
            structure="target",
            reason=reason,
            code="no_prescription",
        )
    beds = {
        n: float(bed_gy(one.prescription_gy, fractions=n, alpha_beta_gy=tumour_alpha_beta_gy))
        for n, one in found.items()
        if one.prescription_gy is not None
    }
    ranked = sorted(beds, key=lambda n: (not found[n].is_complete, -beds[n]))
    rest = sorted((n for n in found if n not in beds), key=lambda n: found[n].answer == "none")
    return (ranked[0] if ranked else None), {n: found[n] for n in (*ranked, *rest)}
