"""A CT or MR series on its grid: what the dose is shown on."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from hepadose import _html
from hepadose._core import DoseGrid, Grid

if TYPE_CHECKING:
    from hepadose._planes import Plane

Modality: TypeAlias = Literal["CT", "MR"]
Window: TypeAlias = tuple[float, float]

SOFT_TISSUE_HU: Window = (40.0, 400.0)
"""Level and width that a CT is shown with unless stated."""
_MR_PERCENT = (1.0, 99.0)
_LONGEST = 384
_DARKEST, _BRIGHTEST = 1, 255


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ImageSeries:
    """The slices of one CT or MR series as a volume, to show a dose on. No number is ever calculated from it.

    `read_image_series` makes it from DICOM files; `Case.image` is that of a case.
    """

    modality: Modality
    """``CT`` or ``MR``."""
    values: NDArray[Any] = field(repr=False)
    """Hounsfield units of a CT, stored values of an MR, as (slice, row, column); read-only."""
    grid: Grid = field(repr=False)
    """Where the voxels are."""
    frame_of_reference: str | None = field(default=None, repr=False)
    """Frame of reference UID."""
    sha256: str | None = field(default=None, repr=False)
    """SHA-256 of the slices' own SHA-256, in their order along the grid."""
    warnings: tuple[str, ...] = ()
    """Doubts that a person should know of."""

    def __post_init__(self) -> None:
        if self.values.shape != self.grid.shape:
            shape = self.grid.shape
            raise ValueError(
                f"the image has shape {self.values.shape}, its grid {shape}; both are (slice, row, column)"
            )

    @property
    def unit(self) -> str:
        """What the values are in: ``HU`` for a CT, nothing for an MR."""
        return "HU" if self.modality == "CT" else ""

    def window(self, stated: Window | None = None) -> Window:
        """Give level and width of the grey: as stated, else 40 and 400 HU, for an MR its 1st to 99th percentile.

        Parameters
        ----------
        stated : pair of float, optional
            Level and width that were asked for.

        Returns
        -------
        pair of float

        Raises
        ------
        ValueError
            A width that is not above 0.
        """
        if stated is not None:
            return checked_window(stated)
        if self.modality == "CT":
            return SOFT_TISSUE_HU
        some = self.values[:: max(1, len(self.values) // 16), ::4, ::4]
        low, high = (float(one) for one in np.percentile(some, _MR_PERCENT))
        return ((low + high) / 2, max(high - low, 1.0))

    def in_plane(self, plane: "Plane", dose: DoseGrid, *, longest: int = _LONGEST) -> NDArray[np.float64]:
        """Give the values in a plane of a dose on pixels of its own, NaN where the image does not reach."""
        return image_in(plane, dose.grid, self.values, self.grid, longest=longest)

    def _repr_html_(self) -> str:
        return _html.image_series(self)

    def __repr__(self) -> str:
        slices, rows, columns = self.grid.shape
        return f"<ImageSeries: {self.modality}, {slices} slices of {columns} x {rows}>"


def image_in(
    plane: "Plane", raster: Grid, values: NDArray[Any], grid: Grid, *, longest: int = _LONGEST
) -> NDArray[np.float64]:
    """Give the values of an image in a plane of a dose, on pixels about as fine as its own voxels."""
    from hepadose._planes import finer, values_in  # noqa: PLC0415 - only what draws needs them

    fine = min(grid.spacing_mm[0], grid.spacing_mm[1])
    return values_in(finer(plane, fine, longest), raster, values, grid)


def checked_window(window: Window) -> Window:
    """Give level and width as they are; a width has to be above 0."""
    level, width = (float(one) for one in window)
    if not (np.isfinite(level) and np.isfinite(width) and width > 0):
        raise ValueError(f"window_hu is level and width, the width above 0, got {window}")
    return level, width


def grey(values: NDArray[np.float64], window: Window) -> NDArray[np.uint8]:
    """Give a plane in 8 bits: 1 (black) to 255 (white) over the window, 0 where there is no image."""
    level, width = window
    share = np.clip((np.nan_to_num(values) - level) / width + 0.5, 0.0, 1.0)
    steps = np.rint(_DARKEST + share * (_BRIGHTEST - _DARKEST))
    return np.where(np.isnan(values), 0, steps).astype(np.uint8)
