"""Where a clinical number comes from, and how it was seen."""

from dataclasses import dataclass
from typing import Literal

Evidence = Literal["primary", "transcriptions_2plus", "transcription_1", "recalled"]


@dataclass(frozen=True, slots=True)
class Reference:
    """A paper, a report or a standard."""

    key: str
    """Short name by which data files point at it."""
    text: str
    """Authors, title and place of publication as far as they are known."""
    doi: str | None
    """Digital object identifier, where known."""


@dataclass(frozen=True, slots=True)
class Cited:
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
