"""Colours: those of the DICOM file where they can be read, else ones that colour-blind people tell apart."""

from collections.abc import Iterable, Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Rgb: TypeAlias = tuple[int, int, int]
# Okabe M, Ito K: Color Universal Design (2008), without yellow and black, darkest contrasts first.
SAFE: tuple[Rgb, ...] = (
    (0, 114, 178),
    (213, 94, 0),
    (0, 158, 115),
    (204, 121, 167),
    (86, 180, 233),
    (230, 159, 0),
)
DASHES: tuple[str, ...] = ("", "6 3", "2 2", "8 3 2 3")
# Anchors of viridis, which rises evenly in lightness and is told apart without red or green.
_WASH = np.array(
    [
        (68, 1, 84),
        (72, 40, 120),
        (62, 74, 137),
        (49, 104, 142),
        (38, 130, 142),
        (31, 158, 137),
        (53, 183, 121),
        (109, 205, 89),
        (180, 222, 44),
        (253, 231, 37),
    ],
    dtype=np.float64,
)
_CONTRAST = 3.0
VERDICT: dict[str, Rgb] = {
    "met": (0, 105, 76),
    "met_applicability_not_confirmed": (0, 92, 143),
    "within_uncertainty": (138, 90, 0),
    "not_met": (176, 36, 0),
    "not_evaluable": (92, 92, 92),
}


def luminance(colour: Rgb) -> float:
    """Give the relative luminance of WCAG 2.2, 0 for black to 1 for white."""
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in (v / 255 for v in colour)]  # noqa: PLR2004 - sRGB
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def readable(colour: Rgb) -> Rgb:
    """Darken a colour until it stands out from white by 3 to 1, as WCAG 2.2 (1.4.11) asks of graphics."""
    while 1.05 / (luminance(colour) + 0.05) < _CONTRAST:
        red, green, blue = (int(0.9 * part) for part in colour)
        colour = (red, green, blue)
    return colour


def line_colours(things: Iterable[object]) -> list[Rgb]:
    """Give a line colour for every structure on white: its own, darkened where needed, else the next safe one."""
    colours: list[Rgb] = []
    fallback = 0
    for thing in things:
        own = getattr(thing, "colour", None)
        if own is None:
            own = SAFE[fallback % len(SAFE)]
            fallback += 1
        colours.append(readable(own))
    return colours


def dashes(colours: Sequence[Rgb]) -> list[str]:
    """Give line patterns so that lines of like colours differ: each colour's first is solid, its next is dashed."""
    seen: dict[Rgb, int] = {}
    patterns = []
    for colour in colours:
        key = (colour[0] // 64, colour[1] // 64, colour[2] // 64)
        count = seen.get(key, 0)
        seen[key] = count + 1
        patterns.append(DASHES[count % len(DASHES)])
    return patterns


def as_hex(colour: Rgb) -> str:
    """Give a colour as CSS writes it."""
    return "#{:02x}{:02x}{:02x}".format(*colour)


def as_fractions(colour: Rgb) -> tuple[float, float, float]:
    """Give a colour as matplotlib takes it."""
    return colour[0] / 255, colour[1] / 255, colour[2] / 255


def wash(fraction: NDArray[np.float64]) -> NDArray[np.uint8]:
    """Give the colour of each dose, 0 to 1 of the highest, as red, green, blue."""
    place = np.clip(fraction, 0.0, 1.0) * (len(_WASH) - 1)
    low = np.minimum(place.astype(np.intp), len(_WASH) - 2)
    share = (place - low)[..., np.newaxis]
    colours: NDArray[np.uint8] = np.rint(_WASH[low] * (1 - share) + _WASH[low + 1] * share).astype(np.uint8)
    return colours
