"""Planes through a dose: what the plots, the report and the viewer draw.

Positions are along the grid's own axes, each named after the patient axis that it is nearest to and counted in that
direction: for a grid that is not turned these are the DICOM patient coordinates x, y, z in mm.
"""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from hepadose._core import DoseGrid, Grid, Structure
from hepadose._isolines import Line, isolines

PlaneName: TypeAlias = Literal["axial", "coronal", "sagittal"]
PLANES: tuple[PlaneName, ...] = ("axial", "coronal", "sagittal")
# Patient axes (0 x, 1 y, 2 z): normal, across from left to right, down from top to bottom with its direction.
_LAYOUT: dict[PlaneName, tuple[int, int, int, int]] = {
    "axial": (2, 0, 1, 1),
    "coronal": (1, 0, 2, -1),
    "sagittal": (0, 1, 2, -1),
}
# Letters of DICOM (C.7.6.1.1.1): towards -x, +x; -y, +y; -z, +z.
_LETTERS = (("R", "L"), ("A", "P"), ("F", "H"))
_FLAT_MM = 0.01
_GAP = 1.5
_OBLIQUE = 0.999


@dataclass(frozen=True)
class Axes:
    """The axes of a grid, sorted by the patient axis that each is nearest to."""

    array_axis: tuple[int, int, int]
    """For x, y, z: which axis of the array."""
    signs: tuple[int, int, int]
    """For x, y, z: 1 where the grid's axis runs along, -1 where it runs against."""
    directions: NDArray[np.float64]
    """Columns: unit vectors of the positions along x, y, z."""
    positions: tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]
    """For x, y, z: the positions of the voxel centres in mm, ascending."""
    is_oblique: bool
    """Whether an axis is off its patient axis by more than about 2.5 degrees."""

    @classmethod
    def of(cls, grid: Grid) -> "Axes":
        """Sort the axes of a grid."""
        direction = grid.direction
        orders = ((0, 1, 2), (0, 2, 1), (1, 0, 2), (1, 2, 0), (2, 0, 1), (2, 1, 0))
        order = max(orders, key=lambda one: sum(abs(direction[p, g]) for p, g in enumerate(one)))
        signs = [1 if direction[p, g] >= 0 else -1 for p, g in enumerate(order)]
        _, rows, columns = grid.shape
        dx, dy, _ = grid.spacing_mm
        offsets = (dx * np.arange(columns), dy * np.arange(rows), np.asarray(grid.frame_offsets_mm, dtype=np.float64))
        origin = np.asarray(grid.origin_mm)
        positions = []
        for g, sign in zip(order, signs, strict=True):
            along = sign * (float(origin @ direction[:, g]) + offsets[g])
            positions.append(np.sort(along))
        aligned = min(abs(direction[p, g]) for p, g in enumerate(order))
        return cls(
            array_axis=(2 - order[0], 2 - order[1], 2 - order[2]),
            signs=(signs[0], signs[1], signs[2]),
            directions=direction[:, list(order)] * np.array(signs),
            positions=(positions[0], positions[1], positions[2]),
            is_oblique=aligned < _OBLIQUE,
        )

    def sorted(self, values: NDArray[np.generic], grid: Grid) -> NDArray[np.float64]:
        """Give values as an array (z, y, x), each axis ascending in position."""
        turned = np.moveaxis(np.asarray(values), self.array_axis, (2, 1, 0))
        flips = []
        for p in (2, 1, 0):
            descending = self.signs[p] < 0
            if self.array_axis[p] == 0 and grid.frame_offsets_mm.size > 1:
                descending ^= bool(grid.frame_offsets_mm[-1] < grid.frame_offsets_mm[0])
            flips.append(slice(None, None, -1 if descending else None))
        return turned[tuple(flips)]

    def along(self, points_mm: NDArray[np.float64]) -> NDArray[np.float64]:
        """Give the positions along x, y, z of points in patient coordinates."""
        return points_mm @ self.directions


@dataclass(frozen=True)
class Plane:
    """The dose in one plane on an even raster, rows from top to bottom, with the outlines of structures."""

    name: PlaneName
    position_mm: float
    """Where the plane lies along its normal."""
    u_mm: NDArray[np.float64]
    """Positions of the columns, from left to right."""
    v_mm: NDArray[np.float64]
    """Positions of the rows, from top to bottom."""
    dose_gy: NDArray[np.float64]
    """The voxels' dose, linear in between, of shape ``(v_mm.size, u_mm.size)``."""
    letters: tuple[str, str, str, str]
    """What lies to the left, right, top and bottom."""
    outlines: tuple[tuple[Line, ...], ...]
    """For each structure the lines (u, v) in mm."""

    def isodoses(self, level_gy: float) -> list[Line]:
        """Give the lines of a dose."""
        return isolines(self.u_mm, self.v_mm, self.dose_gy, level_gy)


def hottest_point_mm(dose: DoseGrid) -> tuple[float, float, float]:
    """Give the centre of the voxel with the highest dose in mm."""
    k, j, i = np.unravel_index(int(np.argmax(dose.values)), dose.shape)
    return dose.grid.voxel_centre_mm(int(k), int(j), int(i))


def planes(
    dose: DoseGrid,
    point_mm: Sequence[float] | None = None,
    structures: Sequence[Structure] = (),
    *,
    names: Sequence[PlaneName] = PLANES,
    longest: int = 240,
) -> list[Plane]:
    """Cut a dose in planes through a point.

    Parameters
    ----------
    dose : DoseGrid
        The dose, of any kind.
    point_mm : sequence of 3 float, optional
        The point (x, y, z) in patient coordinates; the voxel of the highest dose unless stated.
    structures : sequence of Structure
        Structures to outline.
    names : sequence of {"axial", "coronal", "sagittal"}
        Which planes.
    longest : int
        Most pixels along the longer side.

    Raises
    ------
    ValueError
        A point outside the grid.
    """
    axes = Axes.of(dose.grid)
    values = axes.sorted(dose.values, dose.grid)
    point = axes.along(np.asarray(hottest_point_mm(dose) if point_mm is None else point_mm, dtype=np.float64))
    for place, positions in zip(point, axes.positions, strict=True):
        low, high = _edges(positions)
        if not low <= place <= high:
            allowed = ", ".join("{:g} to {:g}".format(*_edges(one)) for one in axes.positions)
            raise ValueError(f"the point must lie inside the dose grid (mm along its axes: {allowed}), got {point_mm}")
    drawn = [_Stack.of(structure, axes) for structure in structures]
    return [_plane(name, values, axes, point, drawn, longest) for name in names]


def finer(plane: Plane, fine_mm: float, longest: int) -> Plane:
    """Give the raster of a plane with pixels of about `fine_mm`, no coarser than they are: its dose stays as it is."""
    u_mm, v_mm = (_finer(along, fine_mm, longest) for along in (plane.u_mm, plane.v_mm))
    return replace(plane, u_mm=u_mm, v_mm=v_mm)


def _finer(along: NDArray[np.float64], fine_mm: float, longest: int) -> NDArray[np.float64]:
    step = float(along[1] - along[0]) if along.size > 1 else 1.0
    extent = abs(step) * along.size
    count = max(along.size, min(longest, round(extent / fine_mm)))
    first, new = float(along[0]) - step / 2, step * along.size / count
    return np.asarray(first + new * (np.arange(count) + 0.5), dtype=np.float64)


def values_in(plane: Plane, raster: Grid, values: NDArray[np.generic], grid: Grid) -> NDArray[np.float64]:
    """Give the values of another image on the raster of a plane, linear between its voxels and NaN beyond their edges.

    Parameters
    ----------
    plane : Plane
        The plane, cut from a dose.
    raster : Grid
        The grid of that dose.
    values : array of shape (k, j, i)
        The image's values on `grid`, in the frame of reference of the dose.
    grid : Grid
        Where they are.
    """
    normal, across, down, _ = _LAYOUT[plane.name]
    places = np.empty((plane.v_mm.size, plane.u_mm.size, 3))
    places[..., normal] = plane.position_mm
    places[..., across] = plane.u_mm
    places[..., down] = plane.v_mm[:, np.newaxis]
    axes = Axes.of(grid)
    along = axes.along(places @ Axes.of(raster).directions.T)
    block = axes.sorted(values, grid)
    inside = np.ones(along.shape[:2], dtype=bool)
    low, high, share = [], [], []
    for axis, positions in enumerate(axes.positions):
        first, last = _edges(positions)
        inside &= (along[..., axis] >= first) & (along[..., axis] <= last)
        below, part = _between(positions, along[..., axis].ravel())
        low.append(below)
        high.append(np.minimum(below + 1, positions.size - 1))
        share.append(part)
    found = np.zeros(inside.size)
    for corner in itertools.product((0, 1), repeat=3):
        index = [high[axis] if upper else low[axis] for axis, upper in enumerate(corner)]
        weight = np.prod([share[axis] if upper else 1 - share[axis] for axis, upper in enumerate(corner)], axis=0)
        found += weight * block[index[2], index[1], index[0]]
    return np.where(inside, found.reshape(inside.shape), np.nan)


def _plane(  # noqa: PLR0913, PLR0917 - one plane's parts
    name: PlaneName,
    values: NDArray[np.float64],
    axes: Axes,
    point: NDArray[np.float64],
    drawn: Sequence["_Stack | None"],
    longest: int,
) -> Plane:
    normal, across, down, way = _LAYOUT[name]
    # (z, y, x) to (down, across, normal)
    block = np.moveaxis(values, (2 - down, 2 - across, 2 - normal), (0, 1, 2))
    low, share = _between(axes.positions[normal], np.array([point[normal]]))
    last = block.shape[2] - 1
    cut = block[:, :, low[0]] * (1 - share[0]) + block[:, :, min(int(low[0]) + 1, last)] * share[0]
    u = _raster(axes.positions[across], longest)
    v = _raster(axes.positions[down], longest)[::way]
    dose = _interpolated(cut, axes.positions[down], axes.positions[across], v, u)
    top, bottom = _LETTERS[down][::way]
    outlines = tuple(
        () if stack is None else tuple(stack.outline(normal, across, down, float(point[normal]))) for stack in drawn
    )
    letters = (*_LETTERS[across], top, bottom)
    return Plane(name, float(point[normal]), u, v, dose, letters, outlines)


def _edges(positions: NDArray[np.float64]) -> tuple[float, float]:
    """Give the outer edges of the first and last voxel."""
    if positions.size == 1:
        return float(positions[0] - 0.5), float(positions[0] + 0.5)
    first, last = positions[1] - positions[0], positions[-1] - positions[-2]
    return float(positions[0] - first / 2), float(positions[-1] + last / 2)


def _raster(positions: NDArray[np.float64], longest: int) -> NDArray[np.float64]:
    """Give the middles of even pixels from edge to edge, no finer than the voxels."""
    low, high = _edges(positions)
    finest = float(np.diff(positions).min()) if positions.size > 1 else high - low
    count = max(1, min(longest, round((high - low) / finest)))
    step = (high - low) / count
    return np.asarray(low + step * (np.arange(count) + 0.5), dtype=np.float64)


def _between(positions: NDArray[np.float64], at: NDArray[np.float64]) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
    """Give the voxel below each place and how far it is to the next; constant over the outer half voxels."""
    if positions.size == 1:
        return np.zeros(at.size, dtype=np.intp), np.zeros(at.size)
    low = np.clip(np.searchsorted(positions, at, side="right") - 1, 0, positions.size - 2)
    share = (at - positions[low]) / (positions[low + 1] - positions[low])
    return low, np.clip(share, 0.0, 1.0)


def _interpolated(
    cut: NDArray[np.float64],
    rows: NDArray[np.float64],
    columns: NDArray[np.float64],
    v: NDArray[np.float64],
    u: NDArray[np.float64],
) -> NDArray[np.float64]:
    low, share = _between(rows, v)
    upper = np.minimum(low + 1, rows.size - 1)
    between = cut[low] * (1 - share[:, np.newaxis]) + cut[upper] * share[:, np.newaxis]
    low, share = _between(columns, u)
    upper = np.minimum(low + 1, columns.size - 1)
    return np.asarray(between[:, low] * (1 - share) + between[:, upper] * share, dtype=np.float64)


@dataclass(frozen=True)
class _Stack:
    """Contours of a structure by the position of their plane along one axis of the grid."""

    axis: int
    planes: dict[float, list[NDArray[np.float64]]]
    spacing_mm: float

    @classmethod
    def of(cls, structure: Structure, axes: Axes) -> "_Stack | None":
        """Sort contours; None where there are none, or they are turned against the grid."""
        contours = [axes.along(contour) for contour in structure.contours if len(contour) > 2]  # noqa: PLR2004 - a polygon
        if not contours:
            return None
        spread = np.max([np.ptp(contour, axis=0) for contour in contours], axis=0)
        axis = int(np.argmin(spread))
        if spread[axis] > _FLAT_MM:
            return None
        stacked: dict[float, list[NDArray[np.float64]]] = {}
        for contour in contours:
            stacked.setdefault(round(float(contour[0, axis]), 2), []).append(contour)
        steps = np.diff(sorted(stacked))
        return cls(axis, dict(sorted(stacked.items())), float(np.median(steps)) if steps.size else 1.0)

    def outline(self, normal: int, across: int, down: int, at: float) -> list[Line]:
        """Give the lines in which a plane cuts the structure."""
        if normal == self.axis:
            nearest = min(self.planes, key=lambda place: abs(place - at))
            if abs(nearest - at) > self.spacing_mm / 2 + _FLAT_MM:
                return []
            return [np.vstack([ring, ring[:1]])[:, [across, down]] for ring in self.planes[nearest]]
        free = 3 - normal - self.axis
        lines = self._side_view(normal, free, at)
        return lines if free == across else [line[:, ::-1] for line in lines]

    def _side_view(self, normal: int, free: int, at: float) -> list[Line]:
        """Give the outline across the planes: each plane's intervals, linked to the next plane's."""
        crossings = {place: _crossings(rings, normal, free, at) for place, rings in self.planes.items()}
        every = [value for found in crossings.values() for value in found]
        if not every:
            return []
        step = max(self.spacing_mm / 4, (max(every) - min(every)) / 400, 0.1)
        along = np.arange(min(every) - 2 * step, max(every) + 2 * step + step / 2, step)
        places, rows = [], []
        previous: float | None = None
        for place, found in crossings.items():
            ends = [] if previous is None else [previous + self.spacing_mm, place - self.spacing_mm]
            if previous is None:
                ends = [place - self.spacing_mm]
            elif place - previous <= _GAP * self.spacing_mm:
                ends = []
            places += [*ends, place]
            rows += [np.zeros(along.size)] * len(ends) + [_inside(along, step, found)]
            previous = place
        places.append(places[-1] + self.spacing_mm)
        rows.append(np.zeros(along.size))
        order = np.argsort(places, kind="stable")
        return isolines(along, np.asarray(places)[order], np.asarray(rows)[order], 0.5)


def _crossings(rings: Sequence[NDArray[np.float64]], normal: int, free: int, at: float) -> list[float]:
    """Give where the line ``normal = at`` in a plane of contours crosses them, ascending: inside between each pair."""
    found: list[float] = []
    for ring in rings:
        nxt = np.roll(ring, -1, axis=0)
        crosses = (ring[:, normal] <= at) != (nxt[:, normal] <= at)
        one, two = ring[crosses], nxt[crosses]
        share = (at - one[:, normal]) / (two[:, normal] - one[:, normal])
        found += (one[:, free] + share * (two[:, free] - one[:, free])).tolist()
    return sorted(found)


def _inside(along: NDArray[np.float64], step: float, crossings: Sequence[float]) -> NDArray[np.float64]:
    """Give which share of the step around each place lies inside, so that the line at one half is exact."""
    covered = np.zeros(along.size)
    for begin, end in zip(crossings[::2], crossings[1::2], strict=True):
        covered += np.clip((np.minimum(along + step / 2, end) - np.maximum(along - step / 2, begin)) / step, 0.0, 1.0)
    return covered
