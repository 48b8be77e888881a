"""Lesion doses of a radioembolisation against published cut-offs."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from matplotlib.axes import Axes

from hepadose._colours import SAFE, VERDICT
from hepadose.plot._axes import given, rgb
from hepadose.y90 import LesionDose, LesionResponse, LesionTable, ThresholdSet


class _Bar(NamedTuple):
    name: str
    mean_gy: float | None
    volume_cc: float
    ends_gy: tuple[float, float] | None


def _bars(found: Sequence[LesionDose] | Sequence[LesionResponse] | LesionTable) -> list[_Bar]:
    if isinstance(found, LesionTable):
        rows = [row for row in found.rows if row.role == "lesion"]
        spreads = [None if one.interval is None else (one.interval.lower_gy, one.interval.upper_gy) for one in rows]
        return [_Bar(one.name, one.mean_gy, one.volume_cc, ends) for one, ends in zip(rows, spreads, strict=True)]
    plain = [one.lesion if isinstance(one, LesionResponse) else one for one in found]
    return [_Bar(str(one.label), one.mean_gy, one.volume_cc, None) for one in plain]


def _judged_by(found: Sequence[LesionDose] | Sequence[LesionResponse] | LesionTable) -> ThresholdSet | None:
    if isinstance(found, LesionTable):
        return found.thresholds
    judged = [one.response for one in found if isinstance(one, LesionResponse) and one.response is not None]
    return judged[0].thresholds if judged else None


def lesions(
    found: Sequence[LesionDose] | Sequence[LesionResponse] | LesionTable,
    ax: Axes | None = None,
    *,
    thresholds: ThresholdSet | None = None,
) -> Axes:
    """Draw mean lesion doses as bars, with the cut-offs of a publication as lines.

    Parameters
    ----------
    found : sequence of LesionDose or LesionResponse, or LesionTable
        The lesions; those without a mean dose are shown as such, those with an interval carry it.
    ax : matplotlib Axes, optional
        Where to draw; new axes unless given.
    thresholds : ThresholdSet, optional
        The cut-offs; those that the responses were judged by unless stated.

    Returns
    -------
    matplotlib Axes
    """
    bars = _bars(found)
    thresholds = _judged_by(found) if thresholds is None else thresholds
    ax = given(ax)
    places = np.arange(len(bars), dtype=np.float64)
    doses = [np.nan if one.mean_gy is None else one.mean_gy for one in bars]
    ax.bar(places, np.nan_to_num(doses), color=rgb(SAFE[4]), edgecolor=rgb(SAFE[0]), width=0.7)
    for place, one in zip(places.tolist(), bars, strict=True):
        if one.mean_gy is None:
            ax.text(place, 0, "not\nevaluable", ha="center", va="bottom", fontsize="x-small")
        else:
            text = f"{one.mean_gy:.0f} Gy\n{one.volume_cc:.1f} cc"
            top = one.mean_gy if one.ends_gy is None else one.ends_gy[1]
            if one.ends_gy is not None:
                ax.plot([place, place], one.ends_gy, color=rgb(SAFE[0]), linewidth=1.5)
            ax.text(place, top, text, ha="center", va="bottom", fontsize="x-small")
    for cut_off in () if thresholds is None else thresholds.cut_offs:
        ax.axhline(cut_off.dose_gy, color=rgb(VERDICT["not_met"]), linestyle="--", linewidth=1.2)
        rates = f"sens. {cut_off.sensitivity_percent:g} %, spec. {cut_off.specificity_percent:g} %"
        ax.annotate(
            f"{cut_off.operator} {cut_off.dose_gy:g} Gy: {rates}",
            xy=(1, cut_off.dose_gy),
            xycoords=("axes fraction", "data"),
            xytext=(-3, 3),
            textcoords="offset points",
            ha="right",
            fontsize="x-small",
            color=rgb(VERDICT["not_met"]),
        )
    ax.set_xticks(places, [one.name for one in bars])
    ax.set_xlabel("Lesion")
    ax.set_ylabel("Mean dose in Gy (physical dose)")
    ax.margins(y=0.18)
    if thresholds is not None:
        ax.set_title(f"{thresholds.device}, {thresholds.disease}, {thresholds.dosimetry}", fontsize="small")
    return ax
