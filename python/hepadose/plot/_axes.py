"""What all plots share."""

from collections.abc import Iterable, Mapping
from typing import Any

import matplotlib.pyplot as plt
from matplotlib.axes import Axes

from hepadose._colours import Rgb, as_fractions, dashes, line_colours
from hepadose._core import Dvh
from hepadose._html import clean

PATTERNS: dict[str, Any] = {"": "-", "6 3": (0, (6, 3)), "2 2": (0, (2, 2)), "8 3 2 3": (0, (8, 3, 2, 3))}
NAME_LENGTH = 32


def given(ax: Axes | None, *, rows: int | None = None) -> Axes:
    """Give the axes that were handed in, else new ones, as tall as rows of text need."""
    if ax is not None:
        return ax
    size = None if rows is None else (8.0, max(2.5, 0.42 * rows + 1))
    return plt.subplots(layout="constrained", figsize=size)[1]


def plain(text: object, longest: int) -> str:
    """Give a text on one line in which nothing is mathematics."""
    return clean(text, longest).replace("$", r"\$")


def label(text: object) -> str:
    """Give a name as a label: on one line, no mathematics, and shown even where it begins with an underscore."""
    kept = plain(text, NAME_LENGTH)
    return f"\u200a{kept}" if kept.startswith("_") else kept


def lines_of(dvhs: Iterable[Dvh], structures: Mapping[str, Any] | None) -> list[tuple[Rgb, Any]]:
    """Give colour and pattern of every DVH's line, from the structures' own colours where they are handed in."""
    every = list(dvhs)
    by_number = {one.number: one for one in (structures or {}).values() if one.number is not None}
    by_name = {one.name: one for one in (structures or {}).values()}
    owners = [by_number.get(one.number) if one.number is not None else by_name.get(one.name) for one in every]
    colours = line_colours(owners)
    return [(colour, PATTERNS[dash]) for colour, dash in zip(colours, dashes(colours), strict=True)]


def rgb(colour: Rgb) -> tuple[float, float, float]:
    """Give a colour as matplotlib takes it."""
    return as_fractions(colour)
