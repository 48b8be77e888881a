"""Drawings as SVG text, by numpy alone: what the report prints and the viewer makes move."""

import base64
import struct
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hepadose._colours import VERDICT, Rgb, as_hex, wash
from hepadose._core import Dvh
from hepadose._html import esc
from hepadose._isolines import Line, thinned
from hepadose._markers import GoalMarker
from hepadose._planes import Plane

Say = Callable[[str], str]
BOX = {"width": 720, "height": 420, "left": 54, "right": 708, "top": 12, "bottom": 372}
_TOLERANCE = 2e-4
_FAINT = 0.05
_ALPHA = 200
_TURN = 2.4
_FEW = 6


@dataclass(frozen=True)
class Curve:
    """A cumulative curve as it is drawn."""

    dvh: Dvh
    colour: Rgb
    dash: str
    dose_gy: NDArray[np.float64]
    percent: NDArray[np.float64]

    @classmethod
    def of(cls, dvh: Dvh, colour: Rgb, dash: str) -> "Curve | None":
        """Make a curve of no more points than it needs; None where the structure has none."""
        dose, volume = dvh.curve()
        if dose.size == 0 or dvh.volume_cc <= 0:
            return None
        percent = 100 * volume / dvh.volume_cc
        if dose[0] > 0:
            dose, percent = np.append(0.0, dose), np.append(percent[0], percent)
        keep = thinned(dose, percent, _TOLERANCE)
        return cls(dvh, colour, dash, dose[keep], percent[keep])

    def data(self) -> dict[str, Any]:
        """Give what the script needs."""
        return {"dose": self.dose_gy.round(4).tolist(), "percent": self.percent.round(3).tolist()}


def ticks(highest: float, about: int = 8) -> NDArray[np.float64]:
    """Give even numbers from 0 up to `highest`, in steps of 1, 2 or 5 times a power of ten."""
    raw = max(highest, 1e-6) / about
    power = 10.0 ** np.floor(np.log10(raw))
    step = next((factor * power for factor in (1, 2, 5) if factor * power >= raw), 10 * power)
    return np.arange(0, highest + step * 1e-6, step)


def highest_gy(curves: Sequence[Curve], placed: Sequence[GoalMarker] = ()) -> float:
    """Give where the dose axis ends."""
    ends = [float(curve.dose_gy[-1]) for curve in curves] + [1.02 * marker.dose_gy for marker in placed]
    return max(ends, default=1.0) * 1.02 or 1.0


def dvh_svg(curves: Sequence[Curve], placed: Sequence[tuple[GoalMarker, Dvh]], say: Say) -> str:
    """Draw cumulative curves in per cent of volume, with the goals' limits."""
    end = highest_gy(curves, [marker for marker, _ in placed])
    parts = [_frame(end, say, curves)]
    for index, curve in enumerate(curves):
        path = "M" + "L".join(
            f"{_x(d, end):.1f} {_y(v):.1f}" for d, v in zip(curve.dose_gy, curve.percent, strict=True)
        )
        dash = f' stroke-dasharray="{curve.dash}"' if curve.dash else ""
        parts.append(
            f'<path data-line="{index}" d="{path}" fill="none" stroke="{as_hex(curve.colour)}" stroke-width="2"{dash}>'
            f"<title>{esc(curve.dvh.name)}</title></path>"
        )
    parts += [_triangle(marker, dvh, end, labelled=len(placed) <= _FEW) for marker, dvh in placed]
    dots = "".join(f'<circle r="3.5" fill="{as_hex(curve.colour)}" stroke="#fff"/>' for curve in curves)
    top, bottom = BOX["top"], BOX["bottom"]
    parts.append(
        f'<g data-cursor class="screen" display="none">'
        f'<line y1="{top}" y2="{bottom}" stroke="#1a1a1a" stroke-dasharray="3 3"/>'
        f'{dots}<text y="{top + 12}" font-size="13" paint-order="stroke" stroke="#fff" stroke-width="3"></text></g>'
    )
    label = f"{say('dvh.heading')}: {', '.join(esc(curve.dvh.name) for curve in curves)}"
    return (
        f'<svg viewBox="0 0 {BOX["width"]} {BOX["height"]}" role="img" aria-label="{label}" '
        f'xmlns="http://www.w3.org/2000/svg" font-family="inherit">{"".join(parts)}</svg>'
    )


def _x(dose: float, end: float) -> float:
    return BOX["left"] + (BOX["right"] - BOX["left"]) * dose / end


def _y(percent: float) -> float:
    return BOX["bottom"] - (BOX["bottom"] - BOX["top"]) * percent / 100


def _frame(end: float, say: Say, curves: Sequence[Curve]) -> str:
    left, right, top, bottom = BOX["left"], BOX["right"], BOX["top"], BOX["bottom"]
    parts = []
    for dose in ticks(end):
        x = _x(float(dose), end)
        parts.append(f'<path d="M{x:.1f} {top}V{bottom}" stroke="#e2e5e9"/>')
        parts.append(f'<text x="{x:.1f}" y="{bottom + 17}" text-anchor="middle" font-size="13">{dose:g}</text>')
    for percent in range(0, 101, 20):
        y = _y(percent)
        parts.append(f'<path d="M{left} {y:.1f}H{right}" stroke="#e2e5e9"/>')
        parts.append(f'<text x="{left - 7}" y="{y + 4:.1f}" text-anchor="end" font-size="13">{percent}</text>')
    kinds = ", ".join(dict.fromkeys(str(curve.dvh.kind) for curve in curves))
    middle = (left + right) / 2
    parts.append(f'<path d="M{left} {top}V{bottom}H{right}" fill="none" stroke="#1a1a1a"/>')
    parts.append(
        f'<text x="{middle}" y="{bottom + 38}" text-anchor="middle" font-size="14">'
        f"{esc(say('dvh.dose'))} ({esc(kinds)})</text>"
    )
    parts.append(
        f'<text transform="translate(15 {(top + bottom) / 2})rotate(-90)" text-anchor="middle" font-size="14">'
        f"{esc(say('dvh.volume'))}</text>"
    )
    return "".join(parts)


def _triangle(marker: GoalMarker, dvh: Dvh, end: float, *, labelled: bool) -> str:
    """Draw a limit: a triangle whose base stands on it and whose tip shows where the curve has to pass."""
    x, y = _x(marker.dose_gy, end), _y(100 * marker.volume_cc / dvh.volume_cc)
    du, dv = {"left": (-1, 0), "right": (1, 0), "below": (0, 1), "above": (0, -1)}[marker.side]
    size, half = 13, 6
    points = [(x - half * dv, y - half * du), (x + half * dv, y + half * du), (x + size * du, y + size * dv)]
    text = " ".join(f"{a:.1f},{b:.1f}" for a, b in points)
    colour = as_hex(VERDICT.get(marker.verdict, VERDICT["not_evaluable"]))
    title = f"{esc(dvh.name)}: {esc(marker.label, 160)}"
    drawn = f'<polygon points="{text}" fill="{colour}" stroke="#fff" data-goal><title>{title}</title></polygon>'
    if not labelled:
        return drawn
    goal = marker.goal
    limit = esc(f"{goal.metric} {goal.comparator} {goal.limit:g}")
    near_end = x > (BOX["left"] + BOX["right"]) / 2
    place = f'x="{x - 12 if near_end else x + 12:.1f}" text-anchor="{"end" if near_end else "start"}"'
    halo = 'paint-order="stroke" stroke="#fff" stroke-width="3"'
    return f'{drawn}<text {place} y="{y - 4:.1f}" font-size="11" {halo}>{limit}</text>'


def png(pixels: NDArray[np.uint8]) -> bytes:
    """Write red, green, blue, alpha pixels as PNG (ISO/IEC 15948): colour type 6, no filter."""
    height, width, _ = pixels.shape

    def chunk(kind: bytes, content: bytes) -> bytes:
        check = zlib.crc32(kind + content)
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", check)

    rows = np.zeros((height, 1 + 4 * width), dtype=np.uint8)
    rows[:, 1:] = pixels.reshape(height, 4 * width)
    header = struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0)
    body = chunk(b"IDAT", zlib.compress(rows.tobytes(), 9))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + body + chunk(b"IEND", b"")


def wash_pixels(dose_gy: NDArray[np.float64], highest: float) -> NDArray[np.uint8]:
    """Colour a plane of dose; what is under 5 % of the highest stays clear."""
    share = dose_gy / highest if highest > 0 else np.zeros_like(dose_gy)
    # Steps of a fiftieth: bands that compress well and that a printer keeps.
    pixels = np.empty((*dose_gy.shape, 4), dtype=np.uint8)
    pixels[..., :3] = wash(np.round(share * 50) / 50)
    pixels[..., 3] = np.where(share >= _FAINT, _ALPHA, 0)
    return pixels


def plane_svg(  # noqa: PLR0913, PLR0917 - one drawing's parts
    plane: Plane,
    colours: Sequence[Rgb],
    names: Sequence[str],
    levels_gy: Sequence[float],
    highest: float,
    label: str,
) -> str:
    """Draw a plane: dose as colours, isodose lines, outlines, letters, a scale of 50 mm. Its unit is the millimetre."""
    u, v = plane.u_mm, plane.v_mm
    du = abs(float(u[1] - u[0])) if u.size > 1 else 1.0
    dv = abs(float(v[1] - v[0])) if v.size > 1 else 1.0
    down = 1.0 if v.size < 2 or v[-1] > v[0] else -1.0  # noqa: PLR2004 - one row has no direction
    left, top = float(u[0]) - du / 2, down * float(v[0]) - dv / 2
    width, height = du * u.size, dv * v.size
    image = base64.b64encode(png(wash_pixels(plane.dose_gy, highest))).decode("ascii")
    parts = [
        f'<rect x="{left:.2f}" y="{top:.2f}" width="{width:.2f}" height="{height:.2f}" fill="#f3f4f6"/>',
        (
            f'<image x="{left:.2f}" y="{top:.2f}" width="{width:.2f}" height="{height:.2f}" preserveAspectRatio="none" '
            f'href="data:image/png;base64,{image}"/>'
        ),
    ]
    for lines, colour, name in zip(plane.outlines, colours, names, strict=True):
        if lines:
            path = _path(lines, down)
            parts.append(
                f'<path d="{path}" fill="none" stroke="{as_hex(colour)}" stroke-width="1.6" '
                f'vector-effect="non-scaling-stroke"><title>{esc(name)}</title></path>'
            )
    size = max(width, height) / 26
    for index, level in enumerate(levels_gy):
        isodoses = plane.isodoses(level)
        if isodoses:
            parts.append(
                f'<path d="{_path(isodoses, down)}" fill="none" stroke="#000" stroke-width="1" stroke-dasharray="4 2" '
                f'vector-effect="non-scaling-stroke"><title>{level:g} Gy</title></path>'
            )
            longest = max(isodoses, key=len)
            # Each level's number stands in another direction, so that nested lines stay readable.
            turn = _TURN * index
            a, b = longest[int(np.argmax(longest[:, 0] * np.cos(turn) - down * longest[:, 1] * np.sin(turn)))]
            parts.append(_halo(float(a), down * float(b), f"{level:g}", size * 0.8, "middle"))
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
    parts.append(f'<path d="M{x:.1f} {y:.1f}h{bar:g}" stroke="#000" stroke-width="{size / 7:.2f}"/>')
    parts.append(_halo(x, y - 0.4 * size, f"{bar:g} mm", size * 0.8, "start"))
    return (
        f'<svg viewBox="{left:.2f} {top:.2f} {width:.2f} {height:.2f}" role="img" aria-label="{esc(label, 200)}" '
        f'xmlns="http://www.w3.org/2000/svg" font-family="inherit">{"".join(parts)}</svg>'
    )


def _path(lines: Sequence[Line], down: float) -> str:
    return "".join("M" + "L".join(f"{a:.1f} {down * b:.1f}" for a, b in line) for line in lines)


def _halo(x: float, y: float, text: str, size: float, anchor: str) -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size:.1f}" text-anchor="{anchor}" paint-order="stroke" '
        f'stroke="#fff" stroke-width="{size / 4:.1f}" fill="#000">{esc(text)}</text>'
    )
