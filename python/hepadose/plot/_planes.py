"""Three orthogonal planes of a dose."""

from collections.abc import Iterable, Mapping, Sequence
from typing import cast

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.patheffects import withStroke
from numpy.typing import ArrayLike, NDArray

from hepadose._colours import line_colours
from hepadose._core import DoseGrid, Grid, Structure
from hepadose._planes import PLANES, Plane, PlaneName, planes as cut, values_in
from hepadose.plot._axes import label, rgb

_FAINT = 0.05
_LEVELS = (0.95, 0.8, 0.5, 0.2)


def planes(  # noqa: PLR0913 - keywords, each with a default
    dose: DoseGrid,
    structures: Iterable[Structure] | Mapping[str, Structure] = (),
    axes: Sequence[Axes] | None = None,
    *,
    point_mm: Sequence[float] | None = None,
    levels_gy: Sequence[float] | None = None,
    names: Sequence[PlaneName] = PLANES,
    highest_gy: float | None = None,
    ct: tuple[ArrayLike, Grid] | None = None,
    window_hu: tuple[float, float] = (40.0, 400.0),
    legend: bool = True,
) -> tuple[Axes, ...]:
    """Draw planes of a dose through a point, with isodose lines, outlines, a millimetre scale and orientation letters.

    Parameters
    ----------
    dose : DoseGrid
        The dose, of any kind. Voxel values are drawn, linear in between.
    structures : iterable of Structure, or mapping
        Structures to outline; those without contours are left out.
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
    ct : pair of array and Grid, optional
        Hounsfield units (slice, row, column) and where their voxels are, in the frame of reference of the dose, to draw
        in grey below it; any grid will do.
    window_hu : pair of float
        Level and width of the window of the grey.
    legend : bool
        Whether the outlined structures are named.

    Returns
    -------
    tuple of matplotlib Axes

    Raises
    ------
    ValueError
        A point outside the grid, another number of axes than of planes; Hounsfield units that do not fit their grid,
        or a window without width.
    """
    every = list(structures.values() if isinstance(structures, Mapping) else structures)
    drawn = [one for one in every if one.contours]
    made = cut(dose, point_mm, drawn, names=names)
    if axes is None:
        axes = _new_axes(made)
    if len(axes) != len(made):
        raise ValueError(f"{len(made)} planes need {len(made)} axes, got {len(axes)}")
    highest = float(dose.values.max()) if highest_gy is None else highest_gy
    levels = [highest * share for share in _LEVELS] if levels_gy is None else list(levels_gy)
    below = None if ct is None else _checked(*ct, window_hu)
    for ax, plane in zip(axes, made, strict=True):
        if below is not None:
            _draw_ct(ax, plane, values_in(plane, dose.grid, *below), window_hu)
        _draw(ax, plane, drawn, levels, highest, alpha=0.85 if ct is None else 0.4)
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


def _checked(values: ArrayLike, grid: Grid, window_hu: tuple[float, float]) -> tuple[NDArray[np.generic], Grid]:
    hounsfield = np.asarray(values)
    if hounsfield.shape != grid.shape:
        raise ValueError(f"the CT has shape {hounsfield.shape}, its grid {grid.shape}; both are (slice, row, column)")
    if window_hu[1] <= 0:
        raise ValueError(f"window_hu is level and width, the width above 0, got {window_hu}")
    return hounsfield, grid


def _extent(plane: Plane) -> tuple[float, float, float, float]:
    u, v = plane.u_mm, plane.v_mm
    half_u = abs(u[1] - u[0]) / 2 if u.size > 1 else 0.5
    half_v = (v[1] - v[0]) / 2 if v.size > 1 else 0.5
    return (u[0] - half_u, u[-1] + half_u, v[-1] + half_v, v[0] - half_v)


def _draw_ct(ax: Axes, plane: Plane, hounsfield: NDArray[np.float64], window_hu: tuple[float, float]) -> None:
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
    for lines, colour in zip(plane.outlines, line_colours(drawn), strict=True):
        ax.add_collection(LineCollection(list(lines), colors=[rgb(colour)], linewidths=1.4), autolim=False)
    halo = [withStroke(linewidth=2, foreground="white")]
    for index, level in enumerate(levels):
        isodoses = plane.isodoses(level)
        if not isodoses:
            continue
        dashed = LineCollection(isodoses, colors="black", linewidths=0.8, linestyles="--")
        if len(ax.images) > 1:
            dashed.set_path_effects([withStroke(linewidth=1.6, foreground="white")])
        ax.add_collection(dashed, autolim=False)
        longest, turn = max(isodoses, key=len), 2.4 * index
        at = longest[int(np.argmax(longest[:, 0] * np.cos(turn) + longest[:, 1] * np.sin(turn)))]
        ax.text(at[0], at[1], f"{level:.3g}", fontsize="x-small", ha="center", va="center", path_effects=halo)
    left, right, top, bottom = plane.letters
    for place, letter in (((0.02, 0.5), left), ((0.98, 0.5), right), ((0.5, 0.97), top), ((0.5, 0.03), bottom)):
        ax.text(*place, letter, transform=ax.transAxes, ha="center", va="center", weight="bold", path_effects=halo)
    ax.set_title(f"{plane.name}, {plane.position_mm:.1f} mm", fontsize="medium")
    ax.set_xlabel("mm")
    ax.tick_params(labelsize="small")


def _legend(axes: Sequence[Axes], made: Sequence[Plane], drawn: Sequence[Structure]) -> None:
    """Name those structures that at least one plane meets."""
    handles = []
    for index, (structure, colour) in enumerate(zip(drawn, line_colours(drawn), strict=True)):
        if any(plane.outlines[index] for plane in made):
            (handle,) = axes[0].plot([], [], color=rgb(colour), linewidth=1.4, label=label(structure.name))
            handles.append(handle)
    if handles:
        axes[0].figure.legend(
            handles=handles, loc="outside lower center", ncols=min(6, len(handles)), fontsize="x-small", frameon=False
        )
