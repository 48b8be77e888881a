"""Checking a case against a protocol."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from os import PathLike
from pathlib import Path
from typing import Any, Literal, TypeAlias, TypedDict

from hepadose import _core
from hepadose._case import Case
from hepadose._core import Protocol
from hepadose._dicom import read_bytes
from hepadose._document import StrPath
from hepadose._dvh import BetweenPlanes, DoseInterpolation, EndCaps, PresetName, sampling, solid
from hepadose._protocols import protocol_of, protocols
from hepadose._report import Report, report_of
from hepadose._shown import Listed

Disease: TypeAlias = Literal["primary", "metastases"]
ChildPugh: TypeAlias = Literal["A", "B", "C"]
Sex: TypeAlias = Literal["female", "male"]
Undrawn: TypeAlias = Literal["not_evaluable", "left_out"]
LiverStatus: TypeAlias = Literal["unknown", "normal_non_cirrhotic", "impaired_non_cirrhotic", "cirrhotic"]
Roi: TypeAlias = str | int


class CheckKeywords(TypedDict, total=False):
    """The keywords of a check, beside `fractions`, that its further questions take: for functions that hand them on.

    The functions themselves spell them out: completion and `inspect.signature` show neither names nor defaults of
    ``**options: Unpack[CheckKeywords]``. A test holds signatures and this class together.
    """

    mapping: Mapping[str, Roi | Sequence[Roi]] | StrPath | None
    liver_status: LiverStatus
    disease: Disease | None
    child_pugh: ChildPugh | None
    sex: Sex | None
    prescription_gy: float | None
    recalled: bool
    undrawn: Undrawn
    convert_alpha_beta_gy: float | None
    between_planes: BetweenPlanes | None
    end_caps: EndCaps | None
    max_cap_mm: float | None
    preset: PresetName | None
    min_covered: float
    dose_interpolation: DoseInterpolation
    tolerance_percent: float | None


def check(  # noqa: PLR0913 - keywords, each with a default
    case: Case,
    protocol: str | PathLike[str] | Protocol,
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
    clinical: bool | date = False,
    between_planes: BetweenPlanes | None = None,
    end_caps: EndCaps | None = None,
    max_cap_mm: float | None = None,
    preset: PresetName | None = None,
    min_covered: float = 1.0,
    dose_interpolation: DoseInterpolation = "trilinear",
    tolerance_percent: float | None = None,
) -> Report:
    """Check a case against a protocol.

    What a goal lacks (a structure, a prescription, dose beyond the grid) makes it not evaluable, with a reason in its
    result. A protocol of which nothing is evaluable does not pass.

    Parameters
    ----------
    case : Case
        Dose, structures and plan.
    protocol : str, path or Protocol
        Id of a protocol (see `protocols`), a family such as ``tg101`` of which the member for the case's number of
        fractions is taken, a TOML file, or a protocol.
    mapping : mapping of structure to ROI, or path of a TOML file, optional
        Which ROI is what, where names and types do not say it: ``{"Liver": "Hepar", "GTV": [3, 4]}`` by name or number.
        Structures are named after TG-263; of targets and of what is made of parts the union of several ROIs is taken.
    liver_status : {"unknown", "normal_non_cirrhotic", "impaired_non_cirrhotic", "cirrhotic"}
        What is known of the liver.
    disease : {"primary", "metastases"}, optional
        Primary liver cancer or metastases, where limits differ by it.
    child_pugh : {"A", "B", "C"}, optional
        Child-Pugh class.
    sex : {"female", "male"}, optional
        Sex, where a critical volume depends on it.
    prescription_gy : float, optional
        Prescribed total dose; else that of the plan's target dose references.
    fractions : int, optional
        Number of fractions; else that of the dose, else that of the plan.
    recalled : bool
        Whether goals count that rest on memory alone.
    undrawn : {"not_evaluable", "left_out"}
        What becomes of goals whose structure nobody drew.
    convert_alpha_beta_gy : float, optional
        Convert limits for another number of fractions iso-effectively (LQ) at this alpha/beta. Thresholds of spared
        volumes and mean doses are never converted.
    clinical : bool or date
        Refuse a protocol that is not approved on this day (True: today), has expired or rests on memory.
    between_planes, end_caps, max_cap_mm, preset, min_covered
        As for `dvh`.
    dose_interpolation, tolerance_percent
        As for `dvh`; a verdict "within numerical uncertainty" is settled by a smaller tolerance.

    Returns
    -------
    Report

    Raises
    ------
    hepadose.errors.ProtocolError
        No such protocol, a file that is none, or one that is not for clinical use.
    hepadose.errors.MappingError
        A mapping that the case does not follow.
    hepadose.errors.NonPhysicalError
        Options that are not physical.

    Examples
    --------
    >>> import hepadose as hd
    >>> report = hd.check(hd.Case(), "liver-sbrt-5fx")
    >>> report.verdict, report.all_mandatory_met
    ('not_evaluable', False)
    """
    chosen = protocol_of(protocol, fractions_of(case, fractions))
    (report,) = check_all(
        case,
        [chosen],
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
        clinical=clinical,
        between_planes=between_planes,
        end_caps=end_caps,
        max_cap_mm=max_cap_mm,
        preset=preset,
        min_covered=min_covered,
        dose_interpolation=dose_interpolation,
        tolerance_percent=tolerance_percent,
    )
    return report


def check_all(  # noqa: PLR0913 - keywords, each with a default
    case: Case,
    chosen: Iterable[str | PathLike[str] | Protocol] | None = None,
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
    clinical: bool | date = False,
    between_planes: BetweenPlanes | None = None,
    end_caps: EndCaps | None = None,
    max_cap_mm: float | None = None,
    preset: PresetName | None = None,
    min_covered: float = 1.0,
    dose_interpolation: DoseInterpolation = "trilinear",
    tolerance_percent: float | None = None,
) -> tuple[Report, ...]:
    """Check a case against many protocols at once: every structure is found and every DVH made once.

    Parameters
    ----------
    case : Case
        Dose, structures and plan.
    chosen : iterable of str, path or Protocol, optional
        The protocols; all of `protocols` unless stated.
    mapping, liver_status, disease, child_pugh, sex, prescription_gy, fractions
        As for `check`.
    recalled, undrawn, convert_alpha_beta_gy, clinical
        As for `check`.
    between_planes, end_caps, max_cap_mm, preset, min_covered, dose_interpolation, tolerance_percent
        As for `check`.

    Returns
    -------
    tuple of Report
        In the order of the protocols.

    Examples
    --------
    >>> import hepadose as hd
    >>> reports = hd.check_all(hd.Case(), ["tg101-3fx", "tg101-5fx"])
    >>> [report.protocol["id"] for report in reports]
    ['tg101-3fx', 'tg101-5fx']
    """
    n = fractions_of(case, fractions)
    wanted = list(protocols()) if chosen is None else [protocol_of(one, n) for one in chosen]
    if clinical:
        day = clinical if isinstance(clinical, date) else datetime.now(UTC).astimezone().date()
        for one in wanted:
            one.require_clinical(day.isoformat())
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
    asked = {
        "between_planes": between_planes,
        "end_caps": end_caps,
        "max_cap_mm": max_cap_mm,
        "preset": preset,
        "min_covered": min_covered,
        "dose_interpolation": dose_interpolation,
        "tolerance_percent": tolerance_percent,
    }
    return Listed(report_of(one, case, asked) for one in _core.check(case, wanted, options))


def check_options(  # noqa: PLR0913 - one an option
    *,
    mapping: Mapping[str, Roi | Sequence[Roi]] | StrPath | None,
    liver_status: LiverStatus,
    disease: Disease | None,
    child_pugh: ChildPugh | None,
    sex: Sex | None,
    prescription_gy: float | None,
    fractions: int | None,
    recalled: bool,
    undrawn: Undrawn,
    between_planes: BetweenPlanes | None,
    end_caps: EndCaps | None,
    max_cap_mm: float | None,
    preset: PresetName | None,
    min_covered: float,
    dose_interpolation: DoseInterpolation = "trilinear",
    tolerance_percent: float | None = None,
    convert_alpha_beta_gy: float | None = None,
) -> dict[str, Any]:
    """Put together what the core's checks are told beside case and protocol."""
    return {
        "mapping": _mapping(mapping),
        "liver_status": liver_status,
        "disease": disease,
        "child_pugh": child_pugh,
        "sex": sex,
        "recalled": recalled,
        "undrawn": undrawn,
        "convert_alpha_beta_gy": convert_alpha_beta_gy,
        "prescription_gy": prescription_gy,
        "fractions": fractions,
        "sampling": sampling(dose_interpolation, tolerance_percent),
        "solid": solid(between_planes, end_caps, max_cap_mm, preset),
        "min_covered": min_covered,
    }


def fractions_of(case: Case, given: int | None) -> int | None:
    """Give the number of fractions of a case, as stated or else as its dose or plan says."""
    if given is not None:
        return given
    return case.fractions or (None if case.plan is None else case.plan.fractions)


def _mapping(given: Mapping[str, Roi | Sequence[Roi]] | StrPath | None) -> list[tuple[str, Any]]:
    if given is None:
        return []
    if isinstance(given, Mapping):
        return [(role, _rois(rois)) for role, rois in given.items()]
    path = Path(given)
    return list(_core.parse_mapping(read_bytes(path).decode("utf-8"), path.name))


def _rois(rois: Roi | Sequence[Roi]) -> Roi | list[Roi]:
    return rois if isinstance(rois, str | int) else list(rois)
