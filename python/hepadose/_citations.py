"""Where a clinical number comes from, and how it was seen."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

from hepadose import _core
from hepadose._shown import Shown

Evidence = Literal["primary", "transcriptions_2plus", "transcription_1", "recalled"]


@dataclass(frozen=True, slots=True)
class Reference(Shown):
    """A paper, a report or a standard."""

    key: str
    """Short name by which data files point at it."""
    text: str
    """Authors, title and place of publication as far as they are known."""
    doi: str | None
    """Digital object identifier, where known."""


@dataclass(frozen=True, slots=True)
class Cited(Shown):
    """A value with unit, source and the conditions under which it holds."""

    value: float
    """The value itself."""
    unit: str
    """Its unit, ``1`` for a pure number."""
    applies_to: str
    """What the value applies to."""
    reference: Reference
    """Where it is from."""
    locator: str
    """Page, table, section or equation."""
    evidence: Evidence
    """How it was seen: only ``primary`` means that the source itself was read."""


@cache
def references() -> Mapping[str, Reference]:
    """Give the one table of papers, by key."""
    return {row["key"]: Reference(**row) for row in _core.references()}


def reference(key: str) -> Reference:
    """Give a paper by its key; a key that is not in the table (of a user's own file) stands for itself."""
    return references().get(key) or Reference(key=key, text=key, doi=None)


def cited(row: Mapping[str, Any]) -> Cited:
    """Make a cited value of its plain dictionary."""
    return Cited(
        value=row["value"],
        unit=row["unit"],
        applies_to=row["applies_to"],
        reference=reference(row["source"]),
        locator=row["locator"],
        evidence=row["evidence"],
    )
