"""What comes of a check: goals, levels, structures and the report that holds them."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, TypeVar

from hepadose import _html
from hepadose._case import Case
from hepadose._citations import Evidence, Reference
from hepadose._document import Document, StrPath, missing, to_text
from hepadose._image_series import Window
from hepadose._shown import Shown
from hepadose._words import Language

if TYPE_CHECKING:
    import pandas as pd

Verdict: TypeAlias = Literal["met", "met_applicability_not_confirmed", "within_uncertainty", "not_met", "not_evaluable"]
_T = TypeVar("_T")
_COLUMNS = (
    "id",
    "title",
    "structure_name",
    "metric",
    "dose",
    "value",
    "unit",
    "comparator",
    "limit",
    "margin",
    "margin_percent",
    "uncertainty",
    "best_level_met",
    "mandatory",
    "verdict",
    "reason",
    "evidence",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Level(Shown):
    """One level of a goal against the value."""

    name: str
    """``optimal``, ``per_protocol``, ``mandatory``, ``acceptable_variation`` or ``optional``."""
    comparator: str
    """How the value is compared."""
    limit: float
    """The limit in the goal's unit."""
    margin: float | None
    """How far the value is on the right side; negative on the wrong one."""
    margin_percent: float | None
    """The same in per cent of the limit."""
    verdict: Verdict
    """What came of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GoalSource(Shown):
    """Where a goal comes from, and what its own wording says of this plan."""

    key: str
    """Key of the reference."""
    locator: str
    """Page, table or section."""
    evidence: Evidence
    """How it was seen."""
    seen_in: str | None
    """Where a transcription was seen."""
    printed: dict[str, Any] | None
    """The limit as printed there: metric, comparator, limit."""
    verdict_as_printed: Verdict | None
    """The verdict on that, where it can be said."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GoalResult(Shown):
    """What came of one goal."""

    id: str
    """The goal's short name."""
    title: str
    """One line for tables."""
    structure: str
    """What it speaks of, by its TG-263 name such as ``Liver-GTV``; ``target`` is that of the prescription."""
    structure_name: str | None
    """Name of the ROI or derived structure that was used."""
    metric: str
    """What was measured."""
    dose: str
    """The dose that it was read from, in words."""
    value: float | None
    """The value in `unit`; None with a reason."""
    lower_bound: float | None
    """Least possible value where the dose grid ends inside the structure."""
    upper_bound: float | None
    """Highest possible value where the dose grid ends inside the structure."""
    uncertainty: float | None
    """Estimated numerical error of the value."""
    unit: str
    """Unit of value, limits and margins."""
    mandatory: bool
    """Whether the plan fails where this goal is missed."""
    comparator: str
    """Comparator of the level that decides."""
    limit: float
    """Limit of the level that decides."""
    margin: float | None
    """How far the value is on the right side of that limit."""
    margin_percent: float | None
    """The same in per cent of the limit."""
    verdict: Verdict
    """What came of it."""
    unsatisfiable: bool
    """Whether no dose in this structure could keep the limit."""
    reason: str | None
    """Why, where a verdict alone does not say it."""
    best_level_met: str | None
    """The level of most ambition that is met."""
    levels: tuple[Level, ...]
    """All levels."""
    evidence: Evidence
    """How well its best source was seen."""
    endpoint: str | None
    """What the limit guards against or aims at."""
    caveats: tuple[str, ...]
    """What to read beside the verdict."""
    sources: tuple[GoalSource, ...]
    """Where the goal comes from."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut(Shown):
    """A goal that was not judged."""

    id: str
    """The goal's short name."""
    title: str
    """One line for tables."""
    reason: str
    """Why it was left out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RiskPoint(Shown):
    """A point at which a source states a risk, beside the value of this plan; never a goal."""

    id: str
    """Short name."""
    structure: str
    """What it speaks of."""
    metric: str
    """What is measured."""
    value: float
    """Where the risk is stated, in `unit`."""
    unit: str
    """Unit of both values."""
    risk: str
    """The risk in words."""
    plan_value: float | None
    """The value of this plan, where there is one."""
    sources: tuple[GoalSource, ...]
    """Where it comes from."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Subtracted(Shown):
    """A ROI that was taken out of the liver."""

    name: str
    """Its name."""
    number: int | None
    """Its number in the structure set."""
    volume_inside_cc: float
    """How much of it lies in the liver, in cubic centimetres."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StructureUsed(Shown):
    """A structure that goals were read from."""

    role: str
    """What it stands for."""
    name: str
    """Its name; a derived one shows what went into it."""
    number: int | None
    """Its number in the structure set; derived structures have none."""
    origin: Literal["drawn", "mapped", "derived"]
    """How it was come by."""
    volume_cc: float
    """Volume in cubic centimetres."""
    covered_fraction: float | None
    """Share of it inside the dose grid, once a dose was read in it."""
    subtracted: tuple[Subtracted, ...]
    """What was taken out; the volumes may overlap."""
    warnings: tuple[str, ...]
    """Doubts that a person should know of."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Caveat(Shown):
    """Something to read beside the verdicts."""

    text: str
    """The caveat."""
    source: str
    """Key of the reference that says so."""
    locator: str
    """Page, table or section."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What came of checking a case against a protocol."""

    protocol: Mapping[str, Any]
    """The protocol's id, title, version, SHA-256, disease and approval."""
    verdict: Verdict
    """The worst of the mandatory goals; not evaluable where nothing is."""
    all_mandatory_met: bool
    """Whether every mandatory goal is met and anything was evaluable at all."""
    reason: str
    """Why the verdict is what it is, in one line."""
    results: tuple[GoalResult, ...]
    """The goals in the protocol's order."""
    left_out: tuple[LeftOut, ...]
    """Goals that were not judged, with reasons."""
    risk_points: tuple[RiskPoint, ...]
    """Points of dose-response curves that annotate; never goals."""
    structures: tuple[StructureUsed, ...]
    """The structures that were used."""
    fractions: int | None
    """Number of fractions that the check took."""
    prescriptions_gy: tuple[float, ...]
    """Prescribed total doses in Gy that the check took."""
    warnings: tuple[str, ...]
    """Doubts that a person should know of."""
    caveats: tuple[Caveat, ...]
    """What to read beside the verdicts."""
    references: tuple[Reference, ...]
    """The references that goals and caveats name."""
    _document: Document = field(repr=False)
    _case: Case | None = field(default=None, repr=False, compare=False)
    _dvh_options: Mapping[str, Any] = field(default_factory=dict, repr=False, compare=False)
    """How the DVHs were asked for, so that the report's figures are calculated as the check was."""

    def to_dict(self) -> Document:
        """Give the report as plain dictionaries, of schema ``hepadose/check/1``."""
        return dict(self._document)

    def to_json(self, path: StrPath | None = None) -> str:
        """Give the report as JSON text, and write it where a path is given."""
        return to_text(self._document, path)

    def to_pandas(self) -> "pd.DataFrame":
        """Give one row a goal as a pandas DataFrame.

        Raises
        ------
        hepadose.errors.MissingExtraError
            pandas is not installed.
        """
        try:
            import pandas as pd  # noqa: PLC0415
        except ImportError as error:
            raise missing("frame", "pandas") from error
        return pd.DataFrame([{name: getattr(goal, name) for name in _COLUMNS} for goal in self.results])

    def to_html(  # noqa: PLR0913 - keywords, each with a default
        self,
        path: StrPath | None = None,
        *,
        lang: Language = "en",
        identifiers: bool | Mapping[str, str] = False,
        case: Case | None = None,
        made: datetime | None = None,
        window_hu: Window | None = None,
    ) -> str:
        """Give the report as one HTML file that opens by itself: no network, no other file.

        Verdict, goals with sources and evidence, an interactive DVH, three planes of the dose, warnings, settings,
        hashes, versions and the intended use. It prints on A4. Where the case has a CT or MR (`Case.image`), the
        dose lies on it; where there are images that cannot be shown, the report says why.

        Parameters
        ----------
        path : path, optional
            Where to write it.
        lang : {"en", "zh"}
            Language of the report's own words; what protocols and sources say stays as they say it.
        identifiers : bool or mapping
            False: nothing that names the patient or the plan. True: label and UIDs of the plan. A mapping of label to
            text: these.
        case : Case, optional
            The case for the figures, where this report no longer has its own (after pickling).
        made : datetime, optional
            The time that the report shows; now unless stated.
        window_hu : pair of float, optional
            Level and width of the window of the CT below the dose, where the case has one; 40 and 400 HU unless stated.

        Returns
        -------
        str
            The file's content.

        Raises
        ------
        ValueError
            Another language, a window without width.
        """
        from hepadose._report_html import page  # noqa: PLC0415 - it imports this module

        text = page(self, case or self._case, lang, identifiers, made or datetime.now().astimezone(), window_hu)
        if path is not None:
            Path(path).write_text(text, encoding="utf-8")
        return text

    def to_pdf(  # noqa: PLR0913 - as `to_html`
        self,
        path: StrPath | None = None,
        *,
        lang: Language = "en",
        identifiers: bool | Mapping[str, str] = False,
        case: Case | None = None,
        made: datetime | None = None,
        window_hu: Window | None = None,
    ) -> bytes:
        """Give the same report as PDF, laid out by WeasyPrint.

        Parameters
        ----------
        path : path, optional
            Where to write it.
        lang, identifiers, case, made, window_hu
            As for `to_html`.

        Returns
        -------
        bytes
            The file's content.

        Raises
        ------
        hepadose.errors.MissingExtraError
            WeasyPrint is not installed.
        """
        from hepadose._pdf import written  # noqa: PLC0415 - only this needs it

        content = written(self.to_html(lang=lang, identifiers=identifiers, case=case, made=made, window_hu=window_hu))
        if path is not None:
            Path(path).write_bytes(content)
        return content

    def _repr_html_(self) -> str:
        return _html.report(self)

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle the report without its case: a cohort's reports would carry every dose along."""
        return report_of, (self._document, None, dict(self._dvh_options))


def _made(cls: type[_T], row: Mapping[str, Any], **others: Any) -> _T:
    names = {one.name for one in fields(cls)}  # type: ignore[arg-type]
    return cls(**{name: value for name, value in (dict(row) | others).items() if name in names})


def report_of(document: Document, case: Case | None = None, dvh_options: Mapping[str, Any] | None = None) -> Report:
    """Make a report of a document of schema ``hepadose/check/1``."""
    return _made(
        Report,
        document,
        results=tuple(map(_goal, document["results"])),
        left_out=tuple(_made(LeftOut, row) for row in document["left_out"]),
        risk_points=tuple(map(_risk_point, document["risk_points"])),
        structures=tuple(map(_structure, document["structures"])),
        prescriptions_gy=tuple(document["prescriptions_gy"]),
        warnings=tuple(document["warnings"]),
        caveats=tuple(_made(Caveat, row) for row in document["caveats"]),
        references=tuple(_made(Reference, row) for row in document["references"]),
        _document=document,
        _case=case,
        _dvh_options=dvh_options or {},
    )


def _goal(row: Mapping[str, Any]) -> GoalResult:
    return _made(
        GoalResult,
        row,
        levels=tuple(_made(Level, level) for level in row["levels"]),
        caveats=tuple(row["caveats"]),
        sources=tuple(_made(GoalSource, source) for source in row["sources"]),
    )


def _risk_point(row: Mapping[str, Any]) -> RiskPoint:
    sources = tuple(_made(GoalSource, source | {"verdict_as_printed": None}) for source in row["source"])
    return _made(RiskPoint, row, sources=sources)


def _structure(row: Mapping[str, Any]) -> StructureUsed:
    subtracted = tuple(_made(Subtracted, one) for one in row["subtracted"])
    return _made(StructureUsed, row, subtracted=subtracted, warnings=tuple(row["warnings"]))
