"""Whether a case is one that a protocol's treatment is meant for."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

from hepadose import _core
from hepadose._case import Case
from hepadose._check import ChildPugh, Roi, check_options
from hepadose._core import Protocol
from hepadose._document import Document, StrPath, to_text
from hepadose._dvh import BetweenPlanes, EndCaps, PresetName
from hepadose._protocols import protocol_of
from hepadose._shown import Shown

Eligible: TypeAlias = Literal["met", "unknown", "not_met"]


@dataclass(frozen=True, slots=True, kw_only=True)
class NearestBowel(Shown):
    """The bowel that is nearest to a lesion."""

    name: str
    """Name of the ROI."""
    distance_mm: float
    """Least distance between the surfaces."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lesion(Shown):
    """A gross tumour volume as it is drawn."""

    name: str
    """Its name."""
    number: int | None
    """Its number in the structure set."""
    volume_cc: float
    """Volume in cubic centimetres."""
    diameter_mm: float
    """Largest diameter in space."""
    in_plane_diameter_mm: float
    """Largest diameter within one plane of contours."""
    parts: int
    """Parts that do not touch; of several the diameters span them all."""
    doubts: tuple[str, ...]
    """What was found odd in its contours: parts of it may not be drawn."""
    nearest_bowel: NearestBowel | None
    """The nearest bowel that is drawn."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CriterionResult(Shown):
    """A selection criterion against the case."""

    fact: str
    """What it asks for, such as ``diameter_mm``."""
    text: str
    """As the source says it."""
    value: float | None
    """The number that was judged, where there is one."""
    verdict: Eligible
    """``met``, ``unknown`` or ``not_met``."""
    advisable: bool
    """Advised, not asked for: it does not decide."""
    reason: str
    """How the verdict came about."""
    sources: tuple[dict[str, Any], ...]
    """Where it comes from: key, locator, evidence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Eligibility:
    """Whether a case is one that a protocol is meant for."""

    protocol: str
    """Id of the protocol."""
    verdict: Eligible
    """Not met where one criterion is not, unknown where one is unknown; advisable ones do not decide."""
    criteria: tuple[CriterionResult, ...]
    """The criteria in the protocol's order; none where it states none."""
    lesions: tuple[Lesion, ...]
    """The gross tumour volumes that are drawn."""
    warnings: tuple[str, ...]
    """Doubts that a person should know of."""
    _document: Document = field(repr=False)

    def _repr_html_(self) -> str:
        from hepadose import _html_what_if  # noqa: PLC0415 - only a notebook needs it

        return _html_what_if.eligibility(self)

    def to_dict(self) -> Document:
        """Give the result as plain dictionaries, of schema ``hepadose/eligibility/1``."""
        return dict(self._document)

    def to_json(self, path: StrPath | None = None) -> str:
        """Give the result as JSON text, and write it where a path is given."""
        return to_text(self._document, path)


def eligibility(  # noqa: PLR0913 - keywords, each with a default
    case: Case,
    protocol: StrPath | Protocol = "crlm-mdt-2024-sbrt",
    *,
    expected_survival_months: float | None = None,
    ecog: int | None = None,
    metastases: int | None = None,
    child_pugh: ChildPugh | None = None,
    bowel_threshold_mm: float | None = None,
    mapping: Mapping[str, Roi | Sequence[Roi]] | StrPath | None = None,
    between_planes: BetweenPlanes | None = None,
    end_caps: EndCaps | None = None,
    max_cap_mm: float | None = None,
    preset: PresetName | None = None,
) -> Eligibility:
    """Judge a case by the selection criteria of a protocol.

    Diameters and distances to bowel are measured on the drawn gross tumour volumes. The number of metastases and
    clinical facts are what is stated here; what nobody stated is unknown, and never met. Where tumour or bowel may not
    be drawn as a whole (fewer lesions than stated, gaps in contours, duodenum, small or large bowel missing), a small
    diameter or a large distance proves nothing and is unknown; so is a diameter that spans parts of one GTV.

    Parameters
    ----------
    case : Case
        Structures of the plan.
    protocol : str, path or Protocol
        The protocol whose criteria are meant; by default the Chinese consensus of 2024 for colorectal liver metastases.
    expected_survival_months : float, optional
        Expected survival.
    ecog : int, optional
        ECOG performance status, 0 to 5.
    metastases : int, optional
        Number of metastases, drawn or not; the number of gross tumour volumes stands beside it.
    child_pugh : {"A", "B", "C"}, optional
        Child-Pugh class.
    bowel_threshold_mm : float, optional
        The distance between tumour and bowel that you ask for; without one it is measured and not judged.
    mapping, between_planes, end_caps, max_cap_mm, preset
        As for `check`.

    Returns
    -------
    Eligibility

    Raises
    ------
    hepadose.errors.NonPhysicalError
        Facts that are not physical.
    hepadose.errors.MappingError
        A mapping that the case does not follow.

    Examples
    --------
    >>> import hepadose as hd
    >>> found = hd.eligibility(hd.Case(), ecog=2)
    >>> found.verdict, [one.fact for one in found.criteria if one.verdict == "unknown"][:2]
    ('not_met', ['expected_survival_months', 'metastases'])
    """
    options = check_options(
        mapping=mapping,
        liver_status="unknown",
        disease=None,
        child_pugh=child_pugh,
        sex=None,
        prescription_gy=None,
        fractions=None,
        recalled=False,
        undrawn="not_evaluable",
        between_planes=between_planes,
        end_caps=end_caps,
        max_cap_mm=max_cap_mm,
        preset=preset,
        min_covered=1.0,
    )
    facts = {
        "expected_survival_months": expected_survival_months,
        "ecog": ecog,
        "metastases": metastases,
        "bowel_threshold_mm": bowel_threshold_mm,
    }
    document = _core.eligibility(case, protocol_of(protocol, case.fractions), options, facts)
    return Eligibility(
        protocol=document["protocol"],
        verdict=document["verdict"],
        criteria=tuple(CriterionResult(**row | {"sources": tuple(row["sources"])}) for row in document["criteria"]),
        lesions=tuple(map(_lesion, document["lesions"])),
        warnings=tuple(document["warnings"]),
        _document=document,
    )


def _lesion(row: Mapping[str, Any]) -> Lesion:
    nearest = row["nearest_bowel"]
    made = {"doubts": tuple(row["doubts"]), "nearest_bowel": None if nearest is None else NearestBowel(**nearest)}
    return Lesion(**dict(row) | made)
