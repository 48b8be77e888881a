"""Planes of a dose as SVG text with pictures inside, by numpy alone."""

import base64
import struct
import zlib
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from hepadose._colours import Rgb, as_hex, wash
from hepadose._html import esc
from hepadose._isolines import Line
from hepadose._label_places import Box, label_places
from hepadose._planes import Plane
from hepadose._svg import haloed

_FAINT = 0.05
_ALPHA, _ALPHA_ON_IMAGE = 200, 95
_DIGIT = 0.62


def png(pixels: NDArray[np.uint8]) -> bytes:
    """Write pixels as PNG (ISO/IEC 15948): nothing but the pixels, no text and no date.

    Red, green, blue, alpha become colour type 6, unfiltered; grey of two axes becomes colour type 0, each row less the
    one above (filter 2), 0 clear.
    """
    height, width = pixels.shape[:2]
    is_grey = pixels.ndim == 2  # noqa: PLR2004 - rows and columns
    lines = pixels.reshape(height, -1)
    rows = np.zeros((height, 1 + lines.shape[1]), dtype=np.uint8)
    rows[:, 1:] = lines
    if is_grey:
        rows[:, 0] = 2
        rows[1:, 1:] -= lines[:-1]
    header = struct.pack(">IIBBBBB", width, height, 8, 0 if is_grey else 6, 0, 0, 0)
    clear = _chunk(b"tRNS", b"\0\0") if is_grey else b""
    body = clear + _chunk(b"IDAT", zlib.compress(rows.tobytes(), 9))
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + body + _chunk(b"IEND", b"")


def _chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def wash_pixels(dose_gy: NDArray[np.float64], highest: float, alpha: int = _ALPHA) -> NDArray[np.uint8]:
    """Colour a plane of dose; what is under 5 % of the highest stays clear."""
    share = dose_gy / highest if highest > 0 else np.zeros_like(dose_gy)
    # Steps of a fiftieth: bands that compress well and that a printer keeps.
    pixels = np.empty((*dose_gy.shape, 4), dtype=np.uint8)
    pixels[..., :3] = wash(np.round(share * 50) / 50)
    pixels[..., 3] = np.where(share >= _FAINT, alpha, 0)
    return pixels


def letter_size(cuts: Sequence[Plane]) -> float:
    """Give the size of letters in mm that suits all planes, which are drawn to one scale."""
    return max(max(np.ptp(one.u_mm), np.ptp(one.v_mm), 20.0) for one in cuts) / 26


def plane_svg(  # noqa: PLR0913, PLR0917 - one drawing's parts
    plane: Plane,
    colours: Sequence[Rgb],
    names: Sequence[str],
    levels_gy: Sequence[float],
    highest: float,
    label: str,
    size: float,
    backdrop: NDArray[np.uint8] | None = None,
) -> str:
    """Draw a plane: dose as colours, isodose lines, outlines, letters, a scale of 50 mm. Its unit is the millimetre.

    `size` is that of the letters, in mm. `backdrop` is the grey of a CT or MR on the same extent, 0 outside of it.
    """
    v = plane.v_mm
    down = 1.0 if v.size < 2 or v[-1] > v[0] else -1.0  # noqa: PLR2004 - one row has no direction
    left, right, top, bottom = _frame_of(plane, down)
    width, height = right - left, bottom - top
    alpha = _ALPHA if backdrop is None else _ALPHA_ON_IMAGE
    layers = [*([] if backdrop is None else [backdrop]), wash_pixels(plane.dose_gy, highest, alpha)]
    extent = f'x="{left:.2f}" y="{top:.2f}" width="{width:.2f}" height="{height:.2f}"'
    parts = [f'<rect {extent} fill="#f3f4f6"/>']
    parts += [
        f'<image {extent} preserveAspectRatio="none" '
        f'href="data:image/png;base64,{base64.b64encode(png(one)).decode("ascii")}"/>'
        for one in layers
    ]
    for lines, colour, name in zip(plane.outlines, colours, names, strict=True):
        if lines:
            path = _path(lines, down)
            parts.append(
                f'<path d="{path}" fill="none" stroke="{as_hex(colour)}" stroke-width="1.6" '
                f'vector-effect="non-scaling-stroke"><title>{esc(name)}</title></path>'
            )
    parts += _isodoses(plane, levels_gy, down, size, has_halo=backdrop is not None)
    middle_u, middle_v, inset = left + width / 2, top + height / 2, 0.75 * size
    to_left, to_right, above, below = plane.letters
    parts += [
        _halo(left + inset, middle_v, to_left, size, "middle"),
        _halo(left + width - inset, middle_v, to_right, size, "middle"),
        _halo(middle_u, top + 1.1 * size, above, size, "middle"),
        _halo(middle_u, top + height - 0.4 * size, below, size, "middle"),
    ]
    bar = 50.0 if width >= 120 else 10.0  # noqa: PLR2004 - a scale that fits
    x, y = left + 0.6 * size, top + height - 0.7 * size
    for shade, thick in (("#fff", 2.4 * size / 7), ("#000", size / 7)):
        parts.append(f'<path d="M{x:.1f} {y:.1f}h{bar:g}" stroke="{shade}" stroke-width="{thick:.2f}"/>')
    parts.append(_halo(x, y - 0.4 * size, f"{bar:g} mm", size * 0.8, "start"))
    return (
        f'<svg viewBox="{left:.2f} {top:.2f} {width:.2f} {height:.2f}" role="img" aria-label="{esc(label, 200)}" '
        f'xmlns="http://www.w3.org/2000/svg" font-family="inherit">{"".join(parts)}</svg>'
    )


def _isodoses(plane: Plane, levels_gy: Sequence[float], down: float, size: float, *, has_halo: bool) -> list[str]:
    """Draw the lines of doses, each with its number where there is room."""
    every = [(level, plane.isodoses(level)) for level in levels_gy]
    drawn = [(level, lines) for level, lines in every if lines]
    texts, height = [f"{level:g}" for level, _ in drawn], 0.8 * size
    turned = [[line * [1.0, down] for line in lines] for _, lines in drawn]
    frame = _frame_of(plane, down)
    places = label_places(turned, [_DIGIT * height * len(text) for text in texts], height, frame, _corners(frame, size))
    parts, numbers = [], []
    for (level, lines), text, place in zip(drawn, texts, places, strict=True):
        path = _path(lines, down)
        if has_halo:  # a light line beneath, so that the dashes show on dark and on bright
            parts.append(
                f'<path d="{path}" fill="none" stroke="#fff" stroke-width="1.4" vector-effect="non-scaling-stroke"/>'
            )
        parts.append(
            f'<path d="{path}" fill="none" stroke="#000" stroke-width="1" stroke-dasharray="4 2" '
            f'vector-effect="non-scaling-stroke"><title>{level:g} Gy</title></path>'
        )
        if place is not None:
            numbers.append(_halo(place[0], place[1] + 0.35 * height, text, height, "middle"))
    return parts + numbers


def _frame_of(plane: Plane, down: float) -> Box:
    u, v = plane.u_mm, down * plane.v_mm
    half_u, half_v = (abs(float(one[1] - one[0])) / 2 if one.size > 1 else 0.5 for one in (u, v))
    return Box(float(u.min()) - half_u, float(u.max()) + half_u, float(v.min()) - half_v, float(v.max()) + half_v)


def _corners(frame: Box, size: float) -> list[Box]:
    """Give where the letters and the scale stand."""
    middle_u, middle_v = (frame.left + frame.right) / 2, (frame.low + frame.high) / 2
    places = ((frame.left, middle_v), (frame.right, middle_v), (middle_u, frame.low), (middle_u, frame.high))
    letters = [Box.around(u, v, 3 * size, 3 * size) for u, v in places]
    return [*letters, Box(frame.left, frame.left + 60.0, frame.high - 2.2 * size, frame.high)]


def _path(lines: Sequence[Line], down: float) -> str:
    return "".join("M" + "L".join(f"{a:.1f} {down * b:.1f}" for a, b in line) for line in lines)


def _halo(x: float, y: float, text: str, size: float, anchor: str) -> str:
    return haloed(f'x="{x:.1f}" y="{y:.1f}" font-size="{size:.1f}" text-anchor="{anchor}"', esc(text), size / 4)
