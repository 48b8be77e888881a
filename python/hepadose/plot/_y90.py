"""Lesion doses of a radioembolisation against published cut-offs."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes

from hepadose._colours import SAFE, VERDICT
from hepadose.plot._axes import given, rgb
from hepadose.y90 import LesionDose, LesionResponse, ThresholdSet


def lesions(
    found: Sequence[LesionDose] | Sequence[LesionResponse],
    ax: Axes | None = None,
    *,
    thresholds: ThresholdSet | None = None,
) -> Axes:
    """Draw mean lesion doses as bars, with the cut-offs of a publication as lines.

    Parameters
    ----------
    found : sequence of LesionDose or LesionResponse
        The lesions; those without a mean dose are shown as such.
    ax : matplotlib Axes, optional
        Where to draw; new axes unless given.
    thresholds : ThresholdSet, optional
        The cut-offs; those that the responses were judged by unless stated.

    Returns
    -------
    matplotlib Axes
    """
    plain = [one.lesion if isinstance(one, LesionResponse) else one for one in found]
    if thresholds is None:
        judged = [one.response for one in found if isinstance(one, LesionResponse) and one.response is not None]
        thresholds = judged[0].thresholds if judged else None
    ax = given(ax)
    places = np.arange(len(plain), dtype=np.float64)
    doses = [np.nan if one.mean_gy is None else one.mean_gy for one in plain]
    ax.bar(places, np.nan_to_num(doses), color=rgb(SAFE[4]), edgecolor=rgb(SAFE[0]), width=0.7)
    for place, one in zip(places.tolist(), plain, strict=True):
        if one.mean_gy is None:
            ax.text(place, 0, "not\nevaluable", ha="center", va="bottom", fontsize="x-small")
        else:
            text = f"{one.mean_gy:.0f} Gy\n{one.volume_cc:.1f} cc"
            ax.text(place, one.mean_gy, text, ha="center", va="bottom", fontsize="x-small")
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
    ax.set_xticks(places, [str(one.label) for one in plain])
    ax.set_xlabel("Lesion")
    ax.set_ylabel("Mean dose in Gy (physical dose)")
    ax.margins(y=0.18)
    if thresholds is not None:
        ax.set_title(f"{thresholds.device}, {thresholds.disease}, {thresholds.dosimetry}", fontsize="small")
    return ax
