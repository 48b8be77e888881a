"""Lesion doses of a radioembolisation against published cut-offs."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patheffects import withStroke
from numpy.typing import NDArray

from hepadose._colours import SAFE, VERDICT
from hepadose.plot._axes import given, grey, label, paper, rgb
from hepadose.y90 import DoseResponse, LesionDose, LesionResponse, LesionTable, LogisticFit, ThresholdSet

_LEVEL = 60


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
    own, ax = ax is None, given(ax)
    if own:
        ax.get_figure(root=True).set_figwidth(max(6.4, 0.6 * len(bars)))  # type: ignore[union-attr]
    places = np.arange(len(bars), dtype=np.float64)
    doses = [np.nan if one.mean_gy is None else one.mean_gy for one in bars]
    ax.bar(places, np.nan_to_num(doses), color=rgb(ax, SAFE[4]), edgecolor=rgb(ax, SAFE[0]), width=0.7)
    for place, one in zip(places.tolist(), bars, strict=True):
        if one.mean_gy is None:
            ax.text(place, 0, "not\nevaluable", ha="center", va="bottom", fontsize="x-small")
        else:
            text = f"{one.mean_gy:.0f} Gy\n{one.volume_cc:.1f} cc"
            top = one.mean_gy if one.ends_gy is None else one.ends_gy[1]
            if one.ends_gy is not None:
                ax.plot([place, place], one.ends_gy, color=rgb(ax, SAFE[0]), linewidth=1.5)
            ax.text(place, top, text, ha="center", va="bottom", fontsize="x-small")
    for cut_off in () if thresholds is None else thresholds.cut_offs:
        ax.axhline(cut_off.dose_gy, color=rgb(ax, VERDICT["not_met"]), linestyle="--", linewidth=1.2)
        rates = f"sens. {cut_off.sensitivity_percent:g} %, spec. {cut_off.specificity_percent:g} %"
        ax.annotate(
            f"{cut_off.operator} {cut_off.dose_gy:g} Gy: {rates}",
            xy=(1, cut_off.dose_gy),
            xycoords=("axes fraction", "data"),
            xytext=(-3, 3),
            textcoords="offset points",
            ha="right",
            fontsize="x-small",
            color=rgb(ax, VERDICT["not_met"]),
            path_effects=[withStroke(linewidth=2, foreground=paper(ax))],
        )
    names = [label(one.name) for one in bars]
    # Long names lie aslant, so that they do not lie on each other.
    aslant = {"rotation": 30, "ha": "right", "rotation_mode": "anchor", "fontsize": "small"}
    ax.set_xticks(places, names, **(aslant if len("".join(names)) > _LEVEL else {}))  # type: ignore[arg-type]
    ax.set_xlabel("Lesion")
    ax.set_ylabel("Mean dose in Gy (physical dose)")
    ax.margins(y=0.18)
    if thresholds is not None:
        ax.set_title(f"{thresholds.device}, {thresholds.disease}, {thresholds.dosimetry}", fontsize="small")
    return ax


def dose_response(
    fit: DoseResponse,
    ax: Axes | None = None,
    *,
    lesions: Sequence[LesionDose] | Sequence[LesionResponse] | LesionTable = (),
    highest_gy: float | None = None,
) -> Axes:
    """Draw a department's own curve of response against mean lesion dose, its cut-off, and lesions of a patient on it.

    The bar at one half is the interval of the dose of half response; an end that the data do not rule out is an arrow.
    The shaded band is the bootstrap interval of the cut-off of largest sensitivity plus specificity. Where dose tells
    the outcomes apart without error there is no curve: the gap between the groups is shaded instead; lesions in it
    have no probability and are open points at one half.

    Parameters
    ----------
    fit : DoseResponse
        As `hepadose.y90.fit_response` gives it.
    ax : matplotlib Axes, optional
        Where to draw; new axes unless given.
    lesions : sequence of LesionDose or LesionResponse, or LesionTable
        Lesions to place; those without a mean dose are left out. Their doses must be of the dosimetry of the fit.
    highest_gy : float, optional
        Where the axis ends; chosen to hold the lesions and the upper part of the curve unless stated.

    Returns
    -------
    matplotlib Axes
    """
    placed = [(one.name, one.mean_gy) for one in _bars(lesions) if one.mean_gy is not None]
    curve = fit.logistic
    ax = given(ax)
    doses = [one for _, one in placed] + [one for one, *_ in fit.roc if one is not None]
    end = highest_gy or 1.1 * max(doses, default=200.0)
    colour = rgb(ax, SAFE[0])
    if isinstance(curve, LogisticFit):
        along = np.linspace(0.0, end, 301)
        ax.plot(along, _percent(curve, along), color=colour, linewidth=1.8, label="logistic fit")
        _half(ax, curve, end)
        heights = [float(_percent(curve, np.array([dose]))[0]) for _, dose in placed]
    else:
        low, high = (0.0, 100.0) if curve.rising else (100.0, 0.0)
        ax.plot([0, curve.lower_gy], [low, low], color=colour, linewidth=1.8, label="separated: no curve")
        ax.plot([curve.upper_gy, max(end, curve.upper_gy)], [high, high], color=colour, linewidth=1.8)
        ax.axvspan(curve.lower_gy, curve.upper_gy, color=grey(ax, 0.9), linewidth=0)
        heights = [low if dose <= curve.lower_gy else high if dose >= curve.upper_gy else 50.0 for _, dose in placed]
    cut_off = fit.youden
    if cut_off.threshold_gy is not None:
        shade = rgb(ax, VERDICT["not_met"])
        rates = f"sens. {100 * cut_off.sensitivity:.0f} %, spec. {100 * cut_off.specificity:.0f} %"
        said = f"cut-off {cut_off.threshold_gy:.0f} Gy: {rates}"
        ax.axvline(cut_off.threshold_gy, color=shade, linestyle="--", linewidth=1.2, label=said)
        first, last = cut_off.interval_gy
        if first is not None and last is not None:
            ax.axvspan(first, last, color=shade, alpha=0.1, linewidth=0, label="interval of the cut-off")
    for (name, dose), height in zip(placed, heights, strict=True):
        unknown = not isinstance(curve, LogisticFit) and curve.lower_gy < dose < curve.upper_gy
        face = paper(ax) if unknown else rgb(ax, SAFE[1])
        ax.plot([dose], [height], "o", color=rgb(ax, SAFE[1]), markerfacecolor=face, zorder=4, clip_on=False)
        ax.annotate(
            label(name), (dose, height), xytext=(6, -4), textcoords="offset points", va="top", fontsize="x-small"
        )
    ax.set_xlim(0, end)
    ax.set_ylim(-2, 102)
    ax.set_xlabel("Mean lesion dose in Gy (physical dose)")
    ax.set_ylabel("Probability of response in %")
    patients = "" if fit.patients is None else f" of {fit.patients} patients"
    ax.set_title(
        f"{fit.responded} of {fit.lesions} lesions{patients} responded; AUC {fit.auc:.2f} "
        f"({fit.auc_interval[0]:.2f} to {fit.auc_interval[1]:.2f})",
        fontsize="small",
    )
    ax.legend(fontsize="small", frameon=False, loc="best")
    return ax


def _percent(curve: LogisticFit, dose_gy: NDArray[np.float64]) -> NDArray[np.float64]:
    logit = np.clip(curve.intercept + curve.slope_per_gy * dose_gy, -700, 700)
    return np.asarray(100 / (1 + np.exp(-logit)), dtype=np.float64)


def _half(ax: Axes, curve: LogisticFit, end: float) -> None:
    """Draw the interval of the dose of half response where it lies on the axis."""
    low, high = curve.d50_interval_gy
    colour = rgb(ax, SAFE[0])
    ends = (0.0 if low is None else max(low, 0.0), end if high is None else min(high, end))
    if ends[0] >= ends[1]:
        return
    ax.plot(ends, (50, 50), color=colour, linewidth=1.2, label="interval of D50")
    inside = (low is not None and low >= 0, high is not None and high <= end)
    for at, known, arrow in zip(ends, inside, "<>", strict=True):
        ax.plot([at], [50], marker="|" if known else arrow, color=colour, markersize=8, clip_on=False)
