"""Dose-volume histograms with goals and bands."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal, TypeAlias, cast

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.patheffects import withStroke
from numpy.typing import NDArray

from hepadose._colours import SAFE, VERDICT, Rgb
from hepadose._core import Dvh, Structure
from hepadose._label_places import Box
from hepadose._markers import GoalMarker, markers
from hepadose._report import GoalResult, Report
from hepadose.plot._axes import FEW, given, grey, label, lines_of, name_curves, paper, plain, rgb

Volume: TypeAlias = Literal["percent", "cc"]
_ARROWS: dict[str, tuple[float, float]] = {"left": (-1, 0), "right": (1, 0), "below": (0, -1), "above": (0, 1)}
_BINS = 120
_BESIDE, _LINE_POINTS, _LETTER_POINTS = (6.0, 6.0), 10.0, 3.9
_SHORT = 20


def dvh(  # noqa: PLR0913 - keywords, each with a default
    dvhs: Iterable[Dvh] | Mapping[str, Dvh],
    ax: Axes | None = None,
    *,
    structures: Mapping[str, Structure] | None = None,
    goals: Report | Iterable[GoalResult] = (),
    volume: Volume = "percent",
    differential: bool = False,
    legend: bool = True,
) -> Axes:
    """Draw dose-volume histograms.

    Parameters
    ----------
    dvhs : iterable of Dvh, or mapping
        The histograms, all of one kind of dose; those without a curve are left out.
    ax : matplotlib Axes, optional
        Where to draw; new axes unless given.
    structures : mapping of name to Structure, optional
        Where the colours come from, such as ``case.structures``.
    goals : Report or iterable of GoalResult
        Goals to mark on the curves of their structures: a bar stands on the limit, an arrow shows on which side the
        curve has to pass, the text by how much it does. Cumulative curves only.
    volume : {"percent", "cc"}
        Unit of the volume axis.
    differential : bool
        Volume per Gy instead of the volume that receives at least a dose.
    legend : bool
        Whether the curves are named.

    Returns
    -------
    matplotlib Axes

    Raises
    ------
    ValueError
        Histograms of different kinds of dose, goals on a differential histogram.
    """
    every = list(dvhs.values() if isinstance(dvhs, Mapping) else dvhs)
    kind = _one_kind(every)
    results = goals.results if isinstance(goals, Report) else tuple(goals)
    if results and differential:
        raise ValueError("goals stand on cumulative curves; leave out goals= or differential=")
    own, ax = ax is None, given(ax)
    marked: list[tuple[Dvh, GoalMarker, float]] = []
    for one, (colour, pattern) in zip(every, lines_of(every, structures), strict=True):
        dose, amount = _differential(one) if differential else _cumulative(one)
        if dose.size == 0:
            continue
        scale = 100 / one.volume_cc if volume == "percent" else 1.0
        ax.plot(dose, amount * scale, color=rgb(ax, colour), linestyle=pattern, linewidth=1.6, label=label(one.name))
        marked += [(one, marker, scale) for marker in markers(results, one)]
    _axes(ax, kind, volume, per_gray=differential)
    if legend:
        name_curves(ax, own=own, beside=bool(marked))  # names beside the axes leave room for what goals say
    _mark(ax, marked)
    return ax


def _one_kind(every: Sequence[Dvh]) -> str:
    kinds = dict.fromkeys(str(one.kind) for one in every)
    if len(kinds) > 1:
        raise ValueError(f"one pair of axes holds one kind of dose, got {', '.join(kinds)}; use side_by_side")
    return next(iter(kinds), "dose")


def _axes(ax: Axes, kind: str, volume: Volume, *, per_gray: bool = False) -> None:
    unit = "%" if volume == "percent" else "cc"
    ax.set_xlabel(f"Dose in Gy ({kind})")
    ax.set_ylabel(f"Volume in {unit} per Gy" if per_gray else f"Volume in {unit}")
    ax.set_xlim(left=0)
    ax.set_ylim(bottom=0)
    ax.grid(visible=True, color=grey(ax, 0.9), linewidth=0.8)
    ax.set_axisbelow(True)


def _cumulative(one: Dvh) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    dose, volume = one.curve()
    if dose.size == 0 or one.volume_cc <= 0:
        return np.empty(0), np.empty(0)
    return np.concatenate([[0.0], dose]), np.concatenate([volume[:1], volume])


def _differential(one: Dvh) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Give volume per Gy in even bins over the doses that the structure receives."""
    dose, volume = _cumulative(one)
    if dose.size == 0 or dose[-1] <= 0:
        return np.empty(0), np.empty(0)
    edges = np.linspace(0.0, dose[-1] * (1 + 1e-9), _BINS + 1)
    # Volume that receives at least each edge: the curve is linear between its points and 0 beyond the last.
    at_least = np.interp(edges, dose, volume, right=0.0)
    middles, per_gray = (edges[1:] + edges[:-1]) / 2, -np.diff(at_least) / np.diff(edges)
    return np.append(middles, edges[-1]), np.append(per_gray, 0.0)


def _mark(ax: Axes, marked: Sequence[tuple[Dvh, GoalMarker, float]]) -> None:
    """Draw limits, and what they say beside them, each text above those that it would lie on."""
    several = len({id(one) for one, _, _ in marked}) > 1
    figure = ax.get_figure(root=True)
    if len(marked) > 1 and figure is not None:
        figure.draw_without_rendering()  # lays the axes out, so that it is known where texts will stand
    taken: list[Box] = []
    for one, marker, scale in sorted(marked, key=lambda each: (each[1].dose_gy, each[1].volume_cc)):
        at = (marker.dose_gy, marker.volume_cc * scale)
        colour = rgb(ax, VERDICT.get(marker.verdict, VERDICT["not_evaluable"]))
        _limit(ax, marker, at, colour)
        text = f"{plain(one.name, _SHORT)}: {label_of(marker)}" if several else label_of(marker)
        shift, box = _free_place(ax, at, len(text), taken)
        taken.append(box)
        is_moved = shift != _BESIDE
        ax.annotate(
            text,
            xy=at,
            xytext=shift,
            textcoords="offset points",
            fontsize="x-small",
            color=colour,
            zorder=6,
            path_effects=[withStroke(linewidth=2, foreground=paper(ax))],
            arrowprops={"arrowstyle": "-", "color": colour, "linewidth": 0.5, "alpha": 0.6} if is_moved else None,
        )


def _limit(ax: Axes, marker: GoalMarker, at: tuple[float, float], colour: tuple[float, float, float]) -> None:
    across, up = _ARROWS[marker.side]
    ax.annotate(
        "",
        xy=at,
        xytext=(22 * across, 22 * up),
        textcoords="offset points",
        arrowprops={"arrowstyle": "<|-", "color": colour, "shrinkA": 0, "shrinkB": 0, "linewidth": 1.6},
        zorder=5,
    )
    # The bar across the arrow's foot is the limit itself.
    bar = "|" if across else "_"
    ax.plot(*at, marker=bar, markersize=13, markeredgewidth=2.2, color=colour, linestyle="none", zorder=6)


def _free_place(
    ax: Axes, at: tuple[float, float], letters: int, taken: Sequence[Box]
) -> tuple[tuple[float, float], Box]:
    """Give by how many points a text stands off its limit so that it lies on no other, and its box."""
    scale = 72 / ax.get_figure(root=True).dpi  # type: ignore[union-attr]
    x, y = (float(one) * scale for one in ax.transData.transform(at))
    seen = ax.get_window_extent()
    width = _LETTER_POINTS * letters
    across = min(_BESIDE[0], max(seen.x1 * scale - width - 2 - x, seen.x0 * scale + 2 - x))
    up = _BESIDE[1]
    while True:
        box = Box(x + across, x + across + width, y + up, y + up + _LINE_POINTS)
        if not any(box.meets(one) for one in taken):
            return (across, up), box
        up += _LINE_POINTS


def label_of(marker: GoalMarker) -> str:
    """Give the text of a goal, without what matplotlib takes for mathematics."""
    return marker.label.replace("$", r"\$")


def band(  # noqa: PLR0913 - keywords, each with a default
    dvhs: Iterable[Dvh],
    ax: Axes | None = None,
    *,
    label: str,
    colour: Rgb | None = None,
    central: Dvh | None = None,
    coverage_percent: float = 100.0,
    volume: Volume = "percent",
) -> Axes:
    """Draw the band that several curves of one structure span: shifts, alpha/beta values, a cohort.

    Parameters
    ----------
    dvhs : iterable of Dvh
        The curves, all of one quantity; of EQD2 or BED they may differ in alpha/beta.
    ax : matplotlib Axes, optional
        Where to draw; new axes unless given.
    label : str
        Name of the band.
    colour : tuple of 3 int, optional
        Red, green, blue, 0 to 255.
    central : Dvh, optional
        A curve to draw as a line; else the median of the curves.
    coverage_percent : float
        Share of the curves at each dose that lies in the band, symmetric about the median; 100 is the envelope.
    volume : {"percent", "cc"}
        Unit of the volume axis.

    Returns
    -------
    matplotlib Axes

    Raises
    ------
    ValueError
        No curve, curves of different quantities, a coverage outside 0 to 100.
    """
    every = [one for one in dvhs if one.curve().dose_gy.size]
    if not every:
        raise ValueError("a band needs at least one DVH with a curve")
    if len({one.kind.quantity for one in every}) > 1:
        raise ValueError(f"a band holds one quantity, got {', '.join(dict.fromkeys(str(one.kind) for one in every))}")
    if not 0 < coverage_percent <= 100:  # noqa: PLR2004 - a share
        raise ValueError(f"coverage_percent must be above 0 and at most 100, got {coverage_percent}")
    ax = given(ax)
    chosen = rgb(ax, colour or SAFE[0])
    dose = np.unique(np.concatenate([one.curve().dose_gy for one in every]))
    dose = np.concatenate([[0.0], dose[:: max(1, dose.size // 1000)], dose[-1:]])
    heights = np.array([_read(one, dose, volume) for one in every])
    tail = (100 - coverage_percent) / 2
    low, middle, high = np.percentile(heights, [tail, 50, 100 - tail], axis=0)
    ax.fill_between(dose, low, high, color=chosen, alpha=0.25, linewidth=0, label=label)
    line = middle if central is None else _read(central, dose, volume)
    ax.plot(dose, line, color=chosen, linewidth=1.6)
    kinds = dict.fromkeys(str(one.kind) for one in every)
    _axes(ax, next(iter(kinds)) if len(kinds) == 1 else every[0].kind.quantity.upper(), volume)
    ax.legend(fontsize="small", frameon=False)
    return ax


def _read(one: Dvh, dose: NDArray[np.float64], volume: Volume) -> NDArray[np.float64]:
    known, amount = _cumulative(one)
    scale = 100 / one.volume_cc if volume == "percent" else 1.0
    return np.asarray(np.interp(dose, known, amount, right=0.0) * scale, dtype=np.float64)


def side_by_side(
    physical: Iterable[Dvh] | Mapping[str, Dvh],
    derived: Iterable[Dvh] | Mapping[str, Dvh],
    axes: tuple[Axes, Axes] | None = None,
    **options: Any,
) -> tuple[Axes, Axes]:
    """Draw the same structures in two kinds of dose side by side, such as physical dose and EQD2.

    Parameters
    ----------
    physical, derived : iterable of Dvh, or mapping
        The histograms for the left and the right axes.
    axes : pair of matplotlib Axes, optional
        Where to draw; new axes unless given.
    **options
        As for `dvh`. Goals appear on the axes of the kind of dose that they are stated in.

    Returns
    -------
    pair of matplotlib Axes
    """
    own = axes is None
    if axes is None:
        made = plt.subplots(1, 2, sharey=True, figsize=(11, 4.5), layout="constrained")[1]
        axes = cast("tuple[Axes, Axes]", tuple(made))
    left, right = axes
    named = options.pop("legend", True)
    dvh(physical, left, legend=False, **options)
    dvh(derived, right, legend=False, **options)
    if named:
        many = len(left.get_legend_handles_labels()[0]) > FEW
        name_curves(right if many or left.texts else left, own=own, beside=bool(left.texts))
    right.set_ylabel("")
    return left, right
