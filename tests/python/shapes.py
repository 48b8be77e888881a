"""Grids, doses and structures that several tests need."""

from typing import Any

import numpy as np

import hepadose as hd


def box(name: str, low: tuple[float, float, float], high: tuple[float, float, float], **about: Any) -> hd.Structure:
    """Draw a box whose contour planes lie 1 mm apart, half a slice inside its ends: its volume is exact."""
    ring = [(low[0], low[1]), (high[0], low[1]), (high[0], high[1]), (low[0], high[1])]
    planes = np.arange(low[2] + 0.5, high[2], 1.0)
    return hd.Structure.from_contours(name, [[(x, y, z) for x, y in ring] for z in planes], **about)


def ramp_dose(fractions: int | None = 5, **about: Any) -> hd.DoseGrid:
    """Make a dose of 1 Gy for each millimetre of x from 0, on a grid of 2 mm from -10 to 50 mm."""
    grid = hd.Grid(shape=(31, 31, 31), spacing_mm=(2, 2, 2), origin_mm=(-10, -10, -10))
    x = np.clip(np.arange(31) * 2.0 - 10.0, 0, None)
    return hd.DoseGrid(np.broadcast_to(x, grid.shape), grid, fractions=fractions, **about)
