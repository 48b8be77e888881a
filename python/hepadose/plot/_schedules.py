"""Fractionation schedules beside each other."""

import math
from collections.abc import Mapping, Sequence
from typing import Literal

import numpy as np
from matplotlib.axes import Axes

from hepadose._colours import SAFE
from hepadose._isoeffect import mixed_bed_gy, mixed_eqd2_gy
from hepadose.plot._axes import given, label, rgb

_FEW = 6


def schedules(
    courses: Mapping[str, Sequence[tuple[int, float]]],
    ax: Axes | None = None,
    *,
    alpha_beta_gy: Sequence[float],
    quantity: Literal["eqd2", "bed"] = "eqd2",
) -> Axes:
    """Draw what schedules mean at one or several alpha/beta.

    Parameters
    ----------
    courses : mapping of name to sequence of pairs
        The schedules as pairs of a number of fractions and a dose per fraction in Gy; several pairs are summed.
    ax : matplotlib Axes, optional
        Where to draw; new axes unless given.
    alpha_beta_gy : sequence of float
        alpha/beta in Gy; never a default.
    quantity : {"eqd2", "bed"}
        What is drawn.

    Returns
    -------
    matplotlib Axes

    Raises
    ------
    ValueError
        No schedule or no alpha/beta.
    """
    if not courses or not alpha_beta_gy:
        raise ValueError("give at least one schedule and one alpha/beta")
    # A row for both lines of a name and for every bar; few schedules fill a figure of the usual size.
    rows = len(courses) * max(1.0, 0.5 * len(alpha_beta_gy))
    ax = given(ax, rows=math.ceil(rows) if len(courses) > _FEW else None)
    places, height = np.arange(len(courses)), 0.8 / len(alpha_beta_gy)
    calculate = mixed_eqd2_gy if quantity == "eqd2" else mixed_bed_gy
    for index, alpha_beta in enumerate(alpha_beta_gy):
        values = [calculate(parts, alpha_beta_gy=alpha_beta) for parts in courses.values()]
        offset = (index - (len(alpha_beta_gy) - 1) / 2) * height
        bars = ax.barh(
            places + offset,
            values,
            height * 0.92,
            color=rgb(ax, SAFE[index % len(SAFE)]),
            hatch=("", "//", "..", "xx")[index // len(SAFE) % 4],
            label=f"alpha/beta {alpha_beta:g} Gy",
        )
        ax.bar_label(bars, fmt="%.1f", padding=3, fontsize="x-small")
    ax.set_yticks(places, [_named(name, parts) for name, parts in courses.items()])
    ax.invert_yaxis()
    ax.set_xlabel(f"{quantity.upper()} in Gy")
    ax.margins(x=0.12)
    ax.legend(fontsize="small", frameon=False)
    return ax


def _named(name: str, parts: Sequence[tuple[int, float]]) -> str:
    return f"{label(name)}\n{' + '.join(f'{fractions} x {dose:g} Gy' for fractions, dose in parts)}"
