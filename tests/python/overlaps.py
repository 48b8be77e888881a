"""Texts that lie on each other in a figure."""

from itertools import combinations
from typing import Any

from matplotlib.figure import Figure
from matplotlib.text import Text


def overlapping(figure: object, texts: list[Any]) -> list[tuple[str, str]]:
    """Give the pairs of texts that share more than a hair of area once the figure is drawn."""
    assert isinstance(figure, Figure)
    figure.draw_without_rendering()
    boxes = [(one.get_text(), Text.get_window_extent(one).padded(-1)) for one in texts if one.get_text()]
    return [(a, b) for (a, one), (b, other) in combinations(boxes, 2) if one.overlaps(other)]
