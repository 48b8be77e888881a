"""The grid of a sum of courses, where none is given: fine enough that the sum keeps their peaks."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from hepadose._core import DoseGrid, Grid
from hepadose._course import Course

FINEST_SHARE = 0.5
"""The step of the sum is at most this share of the finest step of any course."""
STEP_MM = 1.25
"""And at most this."""
LARGEST = 2**24
"""Most voxels of a grid that is not given: 128 MiB a course in double precision."""
_AT_BOUND = (
    "the grid of the sum would need steps of {wanted:.3g} mm to keep the peaks of courses on grids of their own, and"
    " that makes more than {largest} voxels: its steps are up to {step:.3g} mm, so doses can come out too low; give a"
    " reference= of {wanted:.3g} mm that holds no more than what is looked at"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """The grid of a sum, and where it comes from."""

    grid: Grid
    origin: str
    """``"given"``, ``"first course"`` or ``"first course, divided"``."""
    parts: tuple[int, int, int] = (1, 1, 1)
    """Most parts of a step of the first course's grid, along x, y, z."""
    doubts: tuple[str, ...] = ()
    """What to doubt of the sum because of it."""

    def told(self) -> dict[str, Any]:
        """Give it as provenance does."""
        return {"grid": self.origin, "parts": list(self.parts), "spacing_mm": list(self.grid.spacing_mm)}


def reference_of(courses: Sequence[Course], first: DoseGrid, given: Grid | None, largest: int = LARGEST) -> Reference:
    """Give the grid that is given; that of all courses where they share one; else the first one's, divided."""
    if given is not None:
        return Reference(grid=given, origin="given")
    if all(_lies_on(course, first.grid) for course in courses):
        return Reference(grid=first.grid, origin="first course")
    finest = min(step for course in courses for axis in _steps(course.dose.grid) for step in axis)
    wanted = min(FINEST_SHARE * finest, STEP_MM)
    axes = _steps(first.grid)
    parts = [_odd_parts(max(axis), wanted) for axis in axes]
    asked = tuple(parts)
    _, nj, ni = first.shape
    while ni * nj * _voxels(axes, parts, wanted) > largest and max(parts) > 1:
        # The axis that stays finest with fewer parts.
        axis = min((n for n in range(3) if parts[n] > 1), key=lambda n: max(axes[n]) / (parts[n] - 2))
        parts[axis] -= 2
    step = max(max(axis) / n for axis, n in zip(axes, parts, strict=True))
    doubts = () if tuple(parts) == asked else (_AT_BOUND.format(wanted=wanted, largest=largest, step=step),)
    grid = _divided(first.grid, (parts[0], parts[1], parts[2]), wanted)
    return Reference(grid=grid, origin="first course, divided", parts=(parts[0], parts[1], parts[2]), doubts=doubts)


def _lies_on(course: Course, grid: Grid) -> bool:
    """Whether a course is stored on a grid, neither turned nor shifted nor deformed."""
    way = course.to_reference
    unturned = way is None or np.array_equal(np.asarray(way), np.eye(4))
    return course.deformation is None and unturned and course.dose.grid == grid


def _steps(grid: Grid) -> tuple[list[float], list[float], list[float]]:
    """Give the steps between voxel centres along x, y, z in mm; those between frames one by one."""
    x, y, z = grid.spacing_mm
    offsets = grid.frame_offsets_mm.tolist()
    return [x], [y], [abs(b - a) for a, b in pairwise(offsets)] or [z]


def _odd_parts(step: float, wanted: float) -> int:
    """Give the least odd number of parts that are no longer than wanted: the centres of voxels stay centres."""
    least = int(np.ceil(step / wanted * (1 - 1e-9)))
    return least + 1 - least % 2


def _voxels(axes: Sequence[Sequence[float]], parts: Sequence[int], wanted: float) -> int:
    """Give how many voxels there would be for each column of voxels along z."""
    return parts[0] * parts[1] * sum(min(_odd_parts(step, wanted), parts[2]) for step in axes[2])


def _divided(grid: Grid, parts: tuple[int, int, int], wanted: float) -> Grid:
    """Divide each step between voxel centres, and the outermost half steps alike: the outer edges stay."""
    nk, nj, ni = grid.shape
    x, y, z = grid.spacing_mm
    offsets = grid.frame_offsets_mm.tolist()
    steps = [b - a for a, b in pairwise(offsets)] or [z]
    each = [min(_odd_parts(abs(step), wanted), parts[2]) for step in steps]
    if nk == 1:
        frames = [offsets[0]]
    else:
        frames = [a + step * part / n for a, step, n in zip(offsets, steps, each, strict=False) for part in range(n)]
        frames.append(offsets[-1])
    before = [frames[0] - steps[0] * part / each[0] for part in range(each[0] // 2, 0, -1)]
    after = [frames[-1] + steps[-1] * part / each[-1] for part in range(1, each[-1] // 2 + 1)]
    frames = [*before, *frames, *after]
    back = (-x / parts[0] * (parts[0] // 2), -y / parts[1] * (parts[1] // 2), frames[0] - offsets[0])
    return Grid(
        shape=(len(frames), nj * parts[1], ni * parts[0]),
        spacing_mm=(x / parts[0], y / parts[1], abs(steps[0]) / each[0]),
        origin_mm=np.asarray(grid.origin_mm) + grid.direction @ np.asarray(back),
        direction=grid.direction,
        frame_offsets_mm=[frame - back[2] for frame in frames],
    )
