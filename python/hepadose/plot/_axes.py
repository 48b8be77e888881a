"""What all plots share."""

import math
from collections.abc import Iterable, Mapping
from typing import Any

import matplotlib.pyplot as plt
from matplotlib.axes import Axes
from matplotlib.colors import to_rgba
from matplotlib.lines import Line2D

from hepadose._colours import Rgb, as_fractions, dashes, line_colours, luminance
from hepadose._core import Dvh
from hepadose._html import clean

PATTERNS: dict[str, Any] = {"": "-", "6 3": (0, (6, 3)), "2 2": (0, (2, 2)), "8 3 2 3": (0, (8, 3, 2, 3))}
NAME_LENGTH = 32
_MIDDLE = 0.18
_CONTRAST = 4.5
# More names than these cover curves.
FEW = 10
_LINE_INCHES, _LETTER_INCHES = 0.15, 0.062


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


def paper(ax: Axes) -> tuple[float, float, float]:
    """Give the colour behind the axes."""
    *own, alpha = to_rgba(ax.get_facecolor())
    *behind, _ = to_rgba(ax.get_figure(root=True).get_facecolor())  # type: ignore[union-attr]
    red, green, blue = (alpha * one + (1 - alpha) * other for one, other in zip(own, behind, strict=True))
    return red, green, blue


def is_dark(ax: Axes) -> bool:
    """Whether white stands out from the axes more than black."""
    return _luminance(paper(ax)) < _MIDDLE


def ink(ax: Axes) -> str:
    """Give the colour that stands out from the axes."""
    return "white" if is_dark(ax) else "black"


def grey(ax: Axes, share: float) -> str:
    """Give a grey, as a share of white where the axes are light, and as far from black where they are dark."""
    return f"{1 - share if is_dark(ax) else share:.3f}"


def rgb(ax: Axes, colour: Rgb) -> tuple[float, float, float]:
    """Give a colour as matplotlib takes it; on dark axes lightened until it stands out as text has to (WCAG 1.4.3)."""
    shown = as_fractions(colour)
    if not is_dark(ax):
        return shown
    behind = _luminance(paper(ax)) + 0.05
    while (_luminance(shown) + 0.05) / behind < _CONTRAST:
        red, green, blue = (one + 0.1 * (1 - one) for one in shown)
        shown = (red, green, blue)
    return shown


def _luminance(colour: tuple[float, float, float]) -> float:
    red, green, blue = (round(255 * one) for one in colour)
    return luminance((red, green, blue))


def name_curves(ax: Axes, *, own: bool, beside: bool = False) -> None:
    """Name the curves: a few inside the axes, more at their right side, no more than there is room for.

    With `beside` also a few stand at the side, where there is room. Axes of our own (`own`) become wider by what the
    names need; in a figure that was handed in names that do not fit are counted.
    """
    handles, names = ax.get_legend_handles_labels()
    figure = ax.get_figure(root=True)
    if not handles or figure is None:
        return
    if len(handles) <= FEW and not (beside and figure.get_layout_engine() is not None):
        ax.legend(fontsize="small", loc="center right" if beside else "best", edgecolor="none")
        return
    width, height = figure.get_size_inches()
    rows = max(4, int(0.8 * height * (1.0 if own else ax.get_position().height / 0.8) / _LINE_INCHES))
    column = 0.5 + _LETTER_INCHES * max(map(len, names))
    wanted = math.ceil(len(handles) / rows)
    if own:
        figure.set_figwidth(width + wanted * column)
        columns = wanted
    else:
        columns = min(wanted, int(0.4 * width / column)) if figure.get_layout_engine() is not None else 0
    shown = min(len(handles), max(columns, 1) * rows)
    if shown < len(handles):
        handles[shown - 1 :] = [Line2D([], [], linestyle="none")]
        names[shown - 1 :] = [f"and {len(names) - shown + 1} more"]
    outside: dict[str, Any] = {"loc": "best", "fontsize": "xx-small", "edgecolor": "none"}
    if columns:
        outside = {"loc": "center left", "bbox_to_anchor": (1.01, 0.5), "borderaxespad": 0, "fontsize": "x-small"}
        outside |= {"frameon": False, "ncols": columns}
    ax.legend(handles, names, **outside)
