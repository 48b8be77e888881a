"""Drawings as SVG text, by numpy alone: what the report prints and the viewer makes move."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hepadose._colours import VERDICT, Rgb, as_hex
from hepadose._core import Dvh
from hepadose._html import esc
from hepadose._isolines import thinned
from hepadose._markers import GoalMarker

Say = Callable[[str], str]
BOX = {"width": 720, "height": 420, "left": 54, "right": 708, "top": 12, "bottom": 372}
_TOLERANCE = 2e-4
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
    return drawn + haloed(f'{place} y="{y - 4:.1f}" font-size="11"', limit, 3.0)


def haloed(where: str, text: str, width: float) -> str:
    """Write escaped text on a white rim: twice, since WeasyPrint does not know paint-order."""
    rim = f'<text {where} fill="#fff" stroke="#fff" stroke-width="{width:.1f}" stroke-linejoin="round">{text}</text>'
    return f"{rim}<text {where}>{text}</text>"
