"""Three orthogonal planes of a dose."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal, cast

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.patheffects import withStroke
from numpy.typing import ArrayLike, NDArray

from hepadose._case import Case
from hepadose._colours import line_colours
from hepadose._core import DoseGrid, Grid, Structure
from hepadose._image_series import SOFT_TISSUE_HU, ImageSeries, Window, checked_window, image_in
from hepadose._isolines import Line
from hepadose._label_places import Box, label_places
from hepadose._planes import PLANES, Plane, PlaneName, planes as cut
from hepadose.errors import FrameOfReferenceError
from hepadose.plot._axes import ink, label, paper, rgb

_FAINT = 0.05
_LEVELS = (0.95, 0.8, 0.5, 0.2)
_LABEL_POINTS = 10.5


def planes(  # noqa: PLR0913 - keywords, each with a default
    dose: DoseGrid | Case,
    structures: Iterable[Structure] | Mapping[str, Structure] | None = None,
    axes: Sequence[Axes] | None = None,
    *,
    point_mm: Sequence[float] | None = None,
    levels_gy: Sequence[float] | None = None,
    names: Sequence[PlaneName] = PLANES,
    highest_gy: float | None = None,
    ct: tuple[ArrayLike, Grid] | ImageSeries | Literal["case"] | None = "case",
    window_hu: Window | None = None,
    legend: bool = True,
) -> tuple[Axes, ...]:
    """Draw planes of a dose through a point, with isodose lines, outlines, a millimetre scale and orientation letters.

    Parameters
    ----------
    dose : DoseGrid or Case
        The dose, of any kind. Voxel values are drawn, linear in between. A case gives its dose, structures and image.
    structures : iterable of Structure, or mapping, optional
        Structures to outline; those without contours are left out. Those of a case unless stated.
    axes : sequence of matplotlib Axes, optional
        One for each plane; new ones unless given.
    point_mm : sequence of 3 float, optional
        The point (x, y, z) in mm of the patient system; the voxel of the highest dose unless stated.
    levels_gy : sequence of float, optional
        Doses of the lines in Gy; 95, 80, 50 and 20 % of the highest dose unless stated.
    names : sequence of {"axial", "coronal", "sagittal"}
        Which planes.
    highest_gy : float, optional
        Dose of the last colour; the highest of the grid unless stated.
    ct : ImageSeries, pair of array and Grid, "case" or None
        What to draw in grey below the dose: the image of the case where it has one, another, or Hounsfield units
        (slice, row, column) and where their voxels are, in the frame of reference of the dose; any grid will do. None
        draws the dose alone.
    window_hu : pair of float, optional
        Level and width of the window of the grey; 40 and 400 HU unless stated, for an MR its 1st to 99th percentile.
    legend : bool
        Whether the outlined structures are named.

    Returns
    -------
    tuple of matplotlib Axes

    Raises
    ------
    ValueError
        A point outside the grid, another number of axes than of planes; Hounsfield units that do not fit their grid,
        or a window without width; a case without a dose.
    hepadose.errors.ImageSeriesError
        The case has images that cannot be shown; ``ct=None`` draws the dose alone.
    """
    if isinstance(dose, Case):
        structures = dose.structures if structures is None else structures
        ct = dose.image if ct == "case" else ct
        if dose.dose is None:
            raise ValueError("the case has no dose; read the RTDOSE with it, or give a DoseGrid")
        dose = dose.dose
    given = () if structures is None else structures
    every = list(given.values() if isinstance(given, Mapping) else given)
    drawn = [one for one in every if one.contours]
    made = cut(dose, point_mm, drawn, names=names)
    if axes is None:
        axes = _new_axes(made)
    if len(axes) != len(made):
        raise ValueError(f"{len(made)} planes need {len(made)} axes, got {len(axes)}")
    highest = float(dose.values.max()) if highest_gy is None else highest_gy
    levels = [highest * share for share in _LEVELS] if levels_gy is None else list(levels_gy)
    below = None if ct is None or isinstance(ct, str) else _below(ct, dose, window_hu)
    for ax, plane in zip(axes, made, strict=True):
        if below is not None:
            values, grid, window = below
            _draw_ct(ax, plane, image_in(plane, dose.grid, values, grid), window)
        _draw(ax, plane, drawn, levels, highest, alpha=0.85 if below is None else 0.4)
    image = axes[-1].images[-1]
    bar = axes[-1].figure.colorbar(image, ax=list(axes), shrink=0.8)
    bar.set_label(f"Dose in Gy ({dose.kind})")
    if legend and drawn:
        _legend(axes, made, drawn)
    return tuple(axes)


def _new_axes(made: Sequence[Plane]) -> Sequence[Axes]:
    widths = [max(float(np.ptp(plane.u_mm)), 1.0) for plane in made]
    size = (3.6 * len(made) + 1.6, 4.2)
    figure_axes = plt.subplots(1, len(made), figsize=size, width_ratios=widths, layout="constrained", squeeze=False)[1]
    return cast("Sequence[Axes]", list(figure_axes[0]))


def _below(
    ct: tuple[ArrayLike, Grid] | ImageSeries, dose: DoseGrid, window_hu: Window | None
) -> tuple[NDArray[Any], Grid, Window]:
    """Give the image below the dose, with its window."""
    if isinstance(ct, ImageSeries):
        if ct.frame_of_reference and dose.frame_of_reference and ct.frame_of_reference != dose.frame_of_reference:
            raise FrameOfReferenceError("the image lies in another frame of reference than the dose; register it first")
        return ct.values, ct.grid, ct.window(window_hu)
    values, grid = np.asarray(ct[0]), ct[1]
    if values.shape != grid.shape:
        raise ValueError(f"the CT has shape {values.shape}, its grid {grid.shape}; both are (slice, row, column)")
    return values, grid, SOFT_TISSUE_HU if window_hu is None else checked_window(window_hu)


def _extent(plane: Plane) -> tuple[float, float, float, float]:
    u, v = plane.u_mm, plane.v_mm
    half_u = abs(u[1] - u[0]) / 2 if u.size > 1 else 0.5
    half_v = (v[1] - v[0]) / 2 if v.size > 1 else 0.5
    return (u[0] - half_u, u[-1] + half_u, v[-1] + half_v, v[0] - half_v)


def _draw_ct(ax: Axes, plane: Plane, hounsfield: NDArray[np.float64], window_hu: Window) -> None:
    level, width = window_hu
    low, high = level - width / 2, level + width / 2
    shown = np.ma.masked_invalid(hounsfield)
    ax.imshow(shown, extent=_extent(plane), cmap="gray", vmin=low, vmax=high, interpolation="nearest")


def _draw(  # noqa: PLR0913 - one plane's parts
    ax: Axes, plane: Plane, drawn: Sequence[Structure], levels: Sequence[float], highest: float, *, alpha: float
) -> None:
    shown = np.ma.masked_less(plane.dose_gy, _FAINT * highest)
    extent = _extent(plane)
    ax.imshow(shown, extent=extent, cmap="viridis", vmin=0, vmax=highest, interpolation="nearest", alpha=alpha)
    for outline, colour in zip(plane.outlines, line_colours(drawn), strict=True):
        ax.add_collection(LineCollection(list(outline), colors=[rgb(ax, colour)], linewidths=1.4), autolim=False)
    halo = [withStroke(linewidth=2, foreground=paper(ax))]
    every = [(level, plane.isodoses(level)) for level in levels]
    isodoses = [(f"{level:.3g}", lines) for level, lines in every if lines]
    for _, lines in isodoses:
        dashed = LineCollection(lines, colors=ink(ax), linewidths=0.8, linestyles="--")
        if len(ax.images) > 1:
            dashed.set_path_effects([withStroke(linewidth=1.6, foreground=paper(ax))])
        ax.add_collection(dashed, autolim=False)
    for (text, _), at in zip(isodoses, _label_places(ax, extent, isodoses), strict=True):
        if at is not None:
            ax.text(*at, text, fontsize="x-small", color=ink(ax), ha="center", va="center", path_effects=halo)
    left, right, top, bottom = plane.letters
    for place, letter in (((0.02, 0.5), left), ((0.98, 0.5), right), ((0.5, 0.97), top), ((0.5, 0.03), bottom)):
        ax.text(
            *place,
            letter,
            transform=ax.transAxes,
            ha="center",
            va="center",
            weight="bold",
            color=ink(ax),
            path_effects=halo,
        )
    ax.set_title(f"{plane.name}, {plane.position_mm:.1f} mm", fontsize="medium")
    ax.set_xlabel("mm")
    ax.tick_params(labelsize="small")


def _label_places(
    ax: Axes, extent: tuple[float, float, float, float], isodoses: Sequence[tuple[str, list[Line]]]
) -> list[tuple[float, float] | None]:
    """Find room for the numbers, with the size that the axes have before they are laid out."""
    left, right, bottom, top = extent
    seen, points = ax.get_window_extent(), 72 / ax.figure.dpi
    mm_per_point = max((right - left) / (seen.width * points), abs(top - bottom) / (seen.height * points))
    height = _LABEL_POINTS * mm_per_point
    frame = Box(left, right, min(top, bottom), max(top, bottom))
    middle_u, middle_v = (left + right) / 2, (top + bottom) / 2
    letters = [
        Box.around(u, v, 3 * height, 3 * height)
        for u, v in ((left, middle_v), (right, middle_v), (middle_u, top), (middle_u, bottom))
    ]
    widths = [0.65 * height * len(text) for text, _ in isodoses]
    return label_places([lines for _, lines in isodoses], widths, height, frame, letters)


def _legend(axes: Sequence[Axes], made: Sequence[Plane], drawn: Sequence[Structure]) -> None:
    """Name those structures that at least one plane meets."""
    handles = []
    for index, (structure, colour) in enumerate(zip(drawn, line_colours(drawn), strict=True)):
        if any(plane.outlines[index] for plane in made):
            (handle,) = axes[0].plot([], [], color=rgb(axes[0], colour), linewidth=1.4, label=label(structure.name))
            handles.append(handle)
    if handles:
        axes[0].figure.legend(
            handles=handles, loc="outside lower center", ncols=min(6, len(handles)), fontsize="x-small", frameon=False
        )
