"""Where the numbers of isodose lines stand: on their lines, on none of each other, inside the drawing."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from hepadose._isolines import Line

# Each level's number is looked for in another direction first, so that nested lines stay readable.
_TURN = 2.4
_TRIED = 48


class Box(NamedTuple):
    """A rectangle with sides along the axes."""

    left: float
    right: float
    low: float
    high: float

    def meets(self, other: "Box") -> bool:
        """Whether two boxes share area."""
        return self.left < other.right and other.left < self.right and self.low < other.high and other.low < self.high

    def holds(self, other: "Box") -> bool:
        """Whether another box lies inside."""
        return (
            self.left <= other.left and other.right <= self.right and self.low <= other.low and other.high <= self.high
        )

    @classmethod
    def around(cls, u: float, v: float, width: float, height: float) -> "Box":
        """Give the box with this middle."""
        return cls(u - width / 2, u + width / 2, v - height / 2, v + height / 2)


def label_places(
    levels: Sequence[Sequence[Line]], widths: Sequence[float], height: float, frame: Box, taken: Sequence[Box] = ()
) -> list[tuple[float, float] | None]:
    """Give the middle of each level's label; None where there is no room that is free.

    Parameters
    ----------
    levels : sequence of lines
        For each level its lines (u, v).
    widths : sequence of float
        Width of each level's label.
    height : float
        Height of the labels.
    frame : Box
        What the labels have to lie in.
    taken : sequence of Box
        Where something else is written.
    """
    used, places = list(taken), []
    for index, (lines, width) in enumerate(zip(levels, widths, strict=True)):
        place = None
        for u, v in _candidates(lines, _TURN * index):
            box = Box.around(u, v, width, height)
            if frame.holds(box) and not any(box.meets(one) for one in used):
                place = (u, v)
                used.append(box)
                break
        places.append(place)
    return places


def _candidates(lines: Sequence[Line], turn: float) -> Iterator[tuple[float, float]]:
    """Give points of the lines, the longest line's first, from the direction of `turn` on."""
    for line in sorted(lines, key=len, reverse=True):
        some = line[:: max(1, len(line) // _TRIED)]
        order = np.argsort(-(some[:, 0] * np.cos(turn) + some[:, 1] * np.sin(turn)), kind="stable")
        for u, v in some[order]:
            yield float(u), float(v)
