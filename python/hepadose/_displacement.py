"""Displacement fields: what a deformable registration says about each point."""

from dataclasses import dataclass, field, replace
from importlib import import_module
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hepadose._core import Grid
from hepadose._document import missing

_VECTOR = 3


def _identity() -> NDArray[np.float64]:
    return np.eye(4)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class DisplacementField:
    """A map of points from the reference's frame to that of another dose: ``p -> after(before(p) + d(p))``.

    This is the direction in which images are resampled, that of SimpleITK's transforms (from fixed to moving) and of
    DICOM's deformable registrations (from the registered frame of reference to the source; PS3.3, C.20.3.1.1).
    """

    vectors_mm: NDArray[np.float32]
    """Displacement (x, y, z) in mm of each voxel, of shape ``(*grid.shape, 3)``; NaN where none is known."""
    grid: Grid
    """Where the displacements are, in the reference's frame; trilinear between its centres, unknown outside."""
    before: NDArray[np.float64] = field(default_factory=_identity)
    """Rigid 4x4 matrix before the displacement."""
    after: NDArray[np.float64] = field(default_factory=_identity)
    """Rigid 4x4 matrix after it."""

    def __post_init__(self) -> None:
        vectors = np.ascontiguousarray(self.vectors_mm, dtype=np.float32)
        wanted = (*self.grid.shape, _VECTOR)
        if vectors.shape != wanted:
            raise ValueError(f"vectors_mm must be of shape {wanted} (slice, row, column, xyz), got {vectors.shape}")
        object.__setattr__(self, "vectors_mm", vectors)

    def __repr__(self) -> str:
        known = np.isfinite(self.vectors_mm).all(axis=-1)
        length = np.linalg.norm(self.vectors_mm[known], axis=-1)
        largest = float(length.max()) if length.size else 0.0
        return f"DisplacementField({self.grid!r}, up to {largest:.1f} mm)"

    @property
    def folded_fraction(self) -> float:
        """Share of the voxels, 0 to 1, where the map turns space inside out: its Jacobian determinant is not above 0.

        The Jacobian is ``R + dd/dp``, R the rotation of `before`; that of `after` turns no space inside out.

        A registration that folds says nothing about dose there.
        """
        centres = [self.grid.frame_offsets_mm, *(step * np.arange(n) for step, n in self._in_plane())]
        axes = [axis for axis, line in enumerate(centres) if len(line) > 1]
        direction = np.asarray(self.grid.direction, dtype=np.float64)
        turn = np.asarray(self.before, dtype=np.float64)[:3, :3]
        jacobian = np.broadcast_to(turn, (*self.grid.shape, 3, 3)).copy()
        for axis in axes:
            slope = np.gradient(self.vectors_mm.astype(np.float64), centres[axis], axis=axis)
            # Slopes along the grid's own axes (k, j, i), which are columns 2, 1, 0 of the direction.
            jacobian += slope[..., :, None] * direction[:, 2 - axis]
        known = np.isfinite(jacobian).all(axis=(-2, -1))
        return float(np.sum(np.linalg.det(jacobian[known]) <= 0) / known.size)

    def _in_plane(self) -> list[tuple[float, int]]:
        dx, dy, _ = self.grid.spacing_mm
        _, rows, columns = self.grid.shape
        return [(dy, rows), (dx, columns)]

    def moved(self, shift_mm: tuple[float, float, float]) -> "DisplacementField":
        """Give the field of the same course shifted by (x, y, z) in mm of the reference's frame."""
        back = np.eye(4)
        back[:3, 3] = [-step for step in shift_mm]
        grid = Grid(
            shape=self.grid.shape,
            spacing_mm=self.grid.spacing_mm,
            origin_mm=[a + b for a, b in zip(self.grid.origin_mm, shift_mm, strict=True)],
            direction=self.grid.direction,
            frame_offsets_mm=self.grid.frame_offsets_mm,
        )
        return replace(self, grid=grid, before=self.before @ back)

    def arguments(self) -> tuple[NDArray[np.float32], Grid, list[list[float]], list[list[float]]]:
        """Give the field for the core."""
        before, after = (np.asarray(matrix, dtype=np.float64).tolist() for matrix in (self.before, self.after))
        return self.vectors_mm, self.grid, before, after

    @staticmethod
    def from_sitk(transform: Any, grid: Grid | None = None) -> "DisplacementField":
        """Take a SimpleITK transform, or an image of displacements.

        Parameters
        ----------
        transform : SimpleITK.Transform or SimpleITK.Image
            From points of the reference (fixed) to points of the other dose (moving), as SimpleITK resamples; an image
            has three components a voxel.
        grid : Grid, optional
            Where a transform is read, in even steps: as fine as the transform bends. Not for an image.

        Returns
        -------
        DisplacementField

        Raises
        ------
        hepadose.errors.GridError
            A grid of uneven frames.
        hepadose.errors.MissingExtraError
            SimpleITK is not installed.
        ValueError
            A transform without a grid, an image that does not hold displacements.
        """
        try:
            # By name: it is typed in part only.
            sitk: Any = import_module("SimpleITK")
        except ImportError as error:
            raise missing("images", "SimpleITK") from error
        if isinstance(transform, sitk.Image):
            if transform.GetDimension() != _VECTOR or transform.GetNumberOfComponentsPerPixel() != _VECTOR:
                raise ValueError("an image of displacements has three dimensions and three components a voxel")
            image = transform
        else:
            if grid is None:
                raise ValueError("give the grid on which the transform is to be read")
            affine = grid.affine
            spacing = np.linalg.norm(affine[:3, :3], axis=0)
            image = sitk.TransformToDisplacementField(
                transform,
                sitk.sitkVectorFloat64,
                list(reversed(grid.shape)),
                affine[:3, 3].tolist(),
                spacing.tolist(),
                (affine[:3, :3] / spacing).ravel().tolist(),
            )
        columns, rows, slices = image.GetSize()
        where = Grid(
            shape=(slices, rows, columns),
            spacing_mm=image.GetSpacing(),
            origin_mm=image.GetOrigin(),
            direction=np.asarray(image.GetDirection(), dtype=np.float64).reshape(3, 3),
        )
        vectors: ArrayLike = sitk.GetArrayFromImage(image)
        return DisplacementField(vectors_mm=np.asarray(vectors, dtype=np.float32), grid=where)
