"""Cases from what a planning system's scripting or a DICOM node hands over: arrays and datasets, no files."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from hepadose._case import Case, shown_image
from hepadose._core import DoseGrid, Grid, Structure
from hepadose._dicom import DoseType, Scope, _bytes, read_case

if TYPE_CHECKING:
    from hepadose._case import Plan
    from hepadose._dicom import Source


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class VoxelRoi:
    """A region of interest as voxel fractions on a box of its own or on the dose grid."""

    fractions: NDArray[Any] = field(repr=False)
    """Covered share of each voxel, 0 to 1 (or True and False), as (slice, row, column) or in one line of that order."""
    corner_mm: Sequence[float] | None = None
    """Outer corner of the box (x, y, z); the dose grid's where absent."""
    voxel_size_mm: Sequence[float] | None = None
    """Voxel size (x, y, z); the dose grid's where absent."""
    counts: Sequence[int] | None = None
    """Number of voxels along x, y, z; the dose grid's where absent."""
    interpreted_type: str | None = None
    """DICOM RT ROI interpreted type, such as ``GTV`` or ``ORGAN``."""
    colour: tuple[int, int, int] | None = None
    """Red, green, blue, 0 to 255."""


def case_from_arrays(  # noqa: PLR0913 - keywords, one a fact
    dose: NDArray[Any],
    *,
    corner_mm: Sequence[float],
    voxel_size_mm: Sequence[float],
    counts: Sequence[int],
    fractions: int | None,
    dose_is: Literal["total", "per_fraction"],
    unit: Literal["Gy", "cGy"],
    rois: Mapping[str, VoxelRoi] | None = None,
    contours: Mapping[str, Sequence[NDArray[Any]]] | None = None,
    plan: "Plan | None" = None,
) -> Case:
    """Make a case of the arrays that a planning system's scripting gives.

    The convention is that of RayStation's scripting: a box is named by its outer corner, its voxel size and its counts
    along x, y, z in the patient system; arrays run through x fastest, then y, then z. Coordinates there are in
    centimetres: multiply by 10.

    Parameters
    ----------
    dose : array
        Dose of every voxel, as (slice, row, column) or in one line of that order.
    corner_mm : sequence of 3 float
        Outer corner of the first voxel (x, y, z) in mm, half a voxel before its centre.
    voxel_size_mm : sequence of 3 float
        Voxel size (x, y, z) in mm.
    counts : sequence of 3 int
        Number of voxels along x, y, z.
    fractions : int or None
        Number of fractions of the treatment; None where it is not known.
    dose_is : {"total", "per_fraction"}
        Whether the array holds the dose of the treatment or of one fraction, which is multiplied by `fractions`.
    unit : {"Gy", "cGy"}
        Unit of the array.
    rois : mapping of name to VoxelRoi, optional
        Regions as voxel fractions.
    contours : mapping of name to sequence of (N, 3) arrays, optional
        Regions as contours in mm.
    plan : Plan, optional
        What is known of the plan, such as its prescription.

    Returns
    -------
    Case

    Raises
    ------
    ValueError
        Counts that do not fit an array, a dose per fraction without a number of fractions, a name in both mappings.

    Examples
    --------
    >>> import hepadose as hd, numpy as np
    >>> case = hd.case_from_arrays(
    ...     np.full(1000, 300.0), corner_mm=(-25, -25, -25), voxel_size_mm=(5, 5, 5), counts=(10, 10, 10),
    ...     fractions=5, dose_is="per_fraction", unit="cGy",
    ...     rois={"Liver": hd.VoxelRoi(fractions=np.ones(1000))},
    ... )
    >>> case.dose.kind, case.fractions, case.dvhs()["Liver"].mean_gy
    (DoseKind('physical'), 5, 15.0)
    """
    if dose_is not in {"total", "per_fraction"}:
        raise ValueError(f"dose_is must be 'total' or 'per_fraction', got {dose_is!r}")
    if unit not in {"Gy", "cGy"}:
        raise ValueError(f"unit must be 'Gy' or 'cGy', got {unit!r}")
    if dose_is == "per_fraction" and fractions is None:
        raise ValueError("a dose per fraction needs the number of fractions; give fractions=")
    twice = sorted(set(rois or {}) & set(contours or {}))
    if twice:
        raise ValueError(f"each region comes once, as fractions or as contours; in both: {', '.join(twice)}")
    grid = _grid(corner_mm, voxel_size_mm, counts)
    values = _shaped(dose, grid, "dose").astype(np.float64)
    factor = (0.01 if unit == "cGy" else 1.0) * (fractions if dose_is == "per_fraction" and fractions else 1)
    structures = [
        *(_roi(name, roi, grid, number) for number, (name, roi) in enumerate((rois or {}).items(), start=1)),
        *(
            Structure.from_contours(name, rings, number=number)
            for number, (name, rings) in enumerate((contours or {}).items(), start=1 + len(rois or {}))
        ),
    ]
    return Case(dose=DoseGrid(values * factor, grid, fractions=fractions), structures=structures, plan=plan)


def _grid(corner_mm: Sequence[float], voxel_size_mm: Sequence[float], counts: Sequence[int]) -> Grid:
    """Make a grid of a box: its origin is the centre of the first voxel, half a voxel inside the corner."""
    nx, ny, nz = counts
    origin = [float(corner) + float(size) / 2 for corner, size in zip(corner_mm, voxel_size_mm, strict=True)]
    return Grid(shape=(nz, ny, nx), spacing_mm=tuple(map(float, voxel_size_mm)), origin_mm=tuple(origin))


def _shaped(values: NDArray[Any], grid: Grid, what: str) -> NDArray[Any]:
    array = np.asarray(values)
    if array.shape not in {grid.shape, (int(np.prod(grid.shape)),)}:
        raise ValueError(
            f"{what}: {grid.shape[2]} x {grid.shape[1]} x {grid.shape[0]} voxels (x, y, z) make an array of shape "
            f"{grid.shape} or one line of {int(np.prod(grid.shape))}, got {array.shape}"
        )
    return array.reshape(grid.shape)


def _roi(name: str, roi: VoxelRoi, dose_grid: Grid, number: int) -> Structure:
    box = (roi.corner_mm, roi.voxel_size_mm, roi.counts)
    if all(one is None for one in box):
        grid = dose_grid
    elif roi.corner_mm is not None and roi.voxel_size_mm is not None and roi.counts is not None:
        grid = _grid(roi.corner_mm, roi.voxel_size_mm, roi.counts)
    else:
        raise ValueError(f"'{name}': give corner_mm, voxel_size_mm and counts together, or none of them")
    mask = _shaped(roi.fractions, grid, f"'{name}'")
    return Structure.from_mask(
        name, mask, grid, number=number, interpreted_type=roi.interpreted_type, colour=roi.colour
    )


def case_from_datasets(
    datasets: "Iterable[Source]",
    *,
    plan: str | None = None,
    fractions: int | None = None,
    dose_scope: Scope | None = None,
    dose_type: DoseType | None = None,
) -> Case:
    """Make a case of DICOM objects that are in memory: what a DICOM node received, or a database gave.

    The objects pass through a temporary folder of this user alone, which is removed again, so that the rules are those
    of `read_case`.

    Parameters
    ----------
    datasets : iterable of pydicom Dataset, bytes or path
        The objects, in any order.
    plan, fractions, dose_scope, dose_type
        As for `read_case`.

    Returns
    -------
    Case

    Raises
    ------
    hepadose.errors.DicomError, hepadose.errors.PlanChoiceError
        As `read_case`.
    """
    with TemporaryDirectory(prefix="hepadose-") as folder:
        for number, source in enumerate(datasets):
            (Path(folder) / f"{number}.dcm").write_bytes(_bytes(source))
        case = read_case(folder, plan=plan, fractions=fractions, dose_scope=dose_scope, dose_type=dose_type)
        shown_image(case)  # read, or known not to be, while the folder is there
        return case
