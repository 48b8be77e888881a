"""Probabilities of complication and control: their curves, and what they depend on."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes

from hepadose import _core
from hepadose._colours import SAFE
from hepadose._response import Estimate
from hepadose._uncertainty import TornadoBar
from hepadose.plot._axes import PATTERNS, given, ink, label, rgb

_POINTS = 200
_ON_BASIS = ("physical", None, None)


def response(estimates: Estimate | Sequence[Estimate], ax: Axes | None = None, *, highest_gy: float = 80.0) -> Axes:
    """Draw the curves of probability against uniform dose, and where estimates stand on them.

    Estimates in doses of different kinds do not share an axis. A bar is the interval of an estimate, where it has one;
    open points are of sets that are recalled, not seen in any text.

    Parameters
    ----------
    estimates : Estimate or sequence of Estimate
        As functions of `hepadose.ntcp` and `hepadose.tcp` give them.
    ax : matplotlib Axes, optional
        Where to draw; new axes unless given.
    highest_gy : float
        Where the curves end.

    Returns
    -------
    matplotlib Axes

    Raises
    ------
    ValueError
        No estimates, or estimates in doses of different kinds.
    """
    every = [estimates] if isinstance(estimates, Estimate) else list(estimates)
    if len({one.basis for one in every}) != 1:
        kinds = ", ".join(sorted({one.basis for one in every})) or "none"
        raise ValueError(f"give estimates in one kind of dose, got {kinds}")
    ax = given(ax)
    doses = np.linspace(0.0, highest_gy, _POINTS + 1)[1:]
    for index, one in enumerate(every):
        colour = rgb(ax, SAFE[index % len(SAFE)])
        curve = [_at(one, dose) for dose in doses]
        name = one.model if one.parameters is None else one.parameters.id
        dash = list(PATTERNS.values())[index // len(SAFE) % len(PATTERNS)]
        ax.plot(doses, 100 * np.array(curve), color=colour, linestyle=dash, label=label(name))
        place = one.equivalent_dose_gy
        if place is None:
            # Models without an equivalent dose: the uniform dose of the same probability.
            place = float(np.interp(one.probability, curve, doses))
        recalled = one.parameters is not None and one.parameters.is_recalled
        ends = None
        if one.interval is not None:
            low, high = 100 * one.interval.lower, 100 * one.interval.upper
            ends = [[max(0.0, one.percent - low)], [max(0.0, high - one.percent)]]
        face = "none" if recalled else colour
        ax.errorbar([place], [one.percent], yerr=ends, fmt="o", color=colour, markerfacecolor=face, capsize=4)
    ax.set_xlabel(f"Uniform dose in Gy: {every[0].basis}", fontsize="small")
    ax.set_ylabel("Probability in %")
    ax.set_xlim(0.0, highest_gy)
    ax.set_ylim(0.0, 100.0)
    ax.legend(fontsize="small", frameon=False)
    return ax


def _at(one: Estimate, dose_gy: float) -> float:
    numbers = (one.model, list(one.numbers.items()))
    found = _core.estimate(([dose_gy], [1.0]), numbers, _ON_BASIS, None, [], (0, 0))
    return float(found["probability"])


def tornado(
    bars: Sequence[TornadoBar], ax: Axes | None = None, *, value: float, quantity: str, factor: float = 1.0
) -> Axes:
    """Draw what each uncertain number does by itself, the widest on top.

    Parameters
    ----------
    bars : sequence of TornadoBar
        The table of an estimate or of a metric.
    ax : matplotlib Axes, optional
        Where to draw; new axes unless given.
    value : float
        The result with all numbers as they stand.
    quantity : str
        What the axis shows, with its unit.
    factor : float
        By what results are multiplied: 100 draws probabilities in per cent.

    Returns
    -------
    matplotlib Axes

    Raises
    ------
    ValueError
        An empty table.
    """
    if not bars:
        raise ValueError("the table is empty: nothing was uncertain")
    ax = given(ax)
    middle = factor * value
    for row, bar in enumerate(bars):
        for end, number, colour in ((bar.at_low, bar.low, SAFE[0]), (bar.at_high, bar.high, SAFE[1])):
            ax.barh(row, factor * end - middle, left=middle, height=0.6, color=rgb(ax, colour))
            side = -1 if end < value or (end == value and number == bar.low) else 1
            ax.annotate(
                f"{number:.3g}",
                (factor * end, row),
                xytext=(4 * side, 0),
                textcoords="offset points",
                ha="left" if side > 0 else "right",
                va="center",
                fontsize="x-small",
            )
    ax.axvline(middle, color=ink(ax), linewidth=0.8)
    ax.set_yticks(range(len(bars)), [label(bar.parameter) for bar in bars])
    ax.invert_yaxis()
    ax.margins(x=0.15)
    ax.set_xlabel(quantity)
    return ax
