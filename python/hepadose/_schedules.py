"""Fractionation schedules side by side."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from hepadose import _core
from hepadose._citations import Evidence, Reference, reference
from hepadose._document import Document, document, missing
from hepadose._shown import Shown

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleEffect(Shown):
    """BED and EQD2 of a schedule at one alpha/beta, by the linear-quadratic model."""

    alpha_beta_gy: float
    """alpha/beta in Gy."""
    bed_gy: float
    """BED in Gy."""
    eqd2_gy: float
    """EQD2 in Gy."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule(Shown):
    """A total dose in equal fractions, with what it comes to."""

    id: str
    """Its name."""
    title: str
    """One line of title."""
    dose_gy: float
    """Total dose in Gy."""
    fractions: int
    """Number of fractions."""
    dose_per_fraction_gy: float
    """Dose of each in Gy."""
    effects: tuple[ScheduleEffect, ...]
    """One for each alpha/beta that was asked for, in that order."""
    reference: Reference
    """The publication."""
    locator: str
    """Where in it."""
    evidence: Evidence
    """How the schedule was seen."""


class Schedules(tuple[Schedule, ...]):
    """Schedules with BED and EQD2, also as a table or a JSON document."""

    __slots__ = ()

    def _repr_html_(self) -> str:
        from hepadose import _html_what_if  # noqa: PLC0415 - only a notebook needs it

        return _html_what_if.schedules(self)

    def to_pandas(self) -> "pd.DataFrame":
        """Give one row a schedule and alpha/beta, with source, locator and evidence.

        Raises
        ------
        hepadose.errors.MissingExtraError
            pandas is not installed.
        """
        try:
            import pandas as pd  # noqa: PLC0415
        except ImportError as error:
            raise missing("frame", "pandas") from error
        return pd.DataFrame(
            {
                "id": row.id,
                "dose_gy": row.dose_gy,
                "fractions": row.fractions,
                "dose_per_fraction_gy": row.dose_per_fraction_gy,
                "alpha_beta_gy": effect.alpha_beta_gy,
                "bed_gy": effect.bed_gy,
                "eqd2_gy": effect.eqd2_gy,
                "source": row.reference.key,
                "locator": row.locator,
                "evidence": row.evidence,
            }
            for row in self
            for effect in row.effects
        )

    def to_dict(self) -> Document:
        """Give a document of schema ``hepadose/schedules/1``."""
        rows = [_plain(row) for row in self]
        sources = tuple(sorted({row.reference.key for row in self}))
        content = {"model": "LQ", "schedules": rows}
        return document("hepadose/schedules/1", content, sources=sources)


def schedules(
    alpha_beta_gy: float | Sequence[float], *, own: Iterable[tuple[str, float, int]] | None = None
) -> Schedules:
    """Compare fractionation schedules by BED and EQD2 at one alpha/beta or several.

    Parameters
    ----------
    alpha_beta_gy : float or sequence of float
        alpha/beta in Gy.
    own : iterable of (str, float, int), optional
        Title, total dose in Gy and number of fractions of schedules of one's own; else the built-in ones.

    Returns
    -------
    Schedules
        A tuple of Schedule with `to_pandas` and `to_dict`.

    Raises
    ------
    hepadose.errors.NonPhysicalError
        Numbers that are not physical.

    Examples
    --------
    >>> import hepadose as hd
    >>> for row in hd.schedules([10, 3]):
    ...     if row.id == "rectum-short-course":
    ...         print([round(effect.eqd2_gy, 2) for effect in row.effects])
    [31.25, 40.0]
    """
    values = [float(value) for value in (alpha_beta_gy if isinstance(alpha_beta_gy, Sequence) else [alpha_beta_gy])]
    rows = _core.schedules(values, None if own is None else list(own))
    return Schedules(_schedule(row) for row in rows)


def _schedule(row: dict[str, Any]) -> Schedule:
    return Schedule(
        id=row["id"],
        title=row["title"],
        dose_gy=row["dose_gy"],
        fractions=row["fractions"],
        dose_per_fraction_gy=row["dose_per_fraction_gy"],
        effects=tuple(ScheduleEffect(**effect) for effect in row["effects"]),
        reference=reference(row["source"]),
        locator=row["locator"],
        evidence=row["evidence"],
    )


def _plain(row: Schedule) -> dict[str, Any]:
    return {
        "id": row.id,
        "title": row.title,
        "dose_gy": row.dose_gy,
        "fractions": row.fractions,
        "dose_per_fraction_gy": row.dose_per_fraction_gy,
        "effects": [
            {"alpha_beta_gy": effect.alpha_beta_gy, "bed_gy": effect.bed_gy, "eqd2_gy": effect.eqd2_gy}
            for effect in row.effects
        ],
        "source": row.reference.key,
        "locator": row.locator,
        "evidence": row.evidence,
    }
