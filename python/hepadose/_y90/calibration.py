"""From an image to activity at administration."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from numpy.typing import NDArray

from hepadose import _core
from hepadose._core import ActivityMap, Grid, Structure
from hepadose._y90.delivery import delivery
from hepadose._y90.image import Image

ReferenceRegion: TypeAlias = Literal["whole_field", "whole_liver", "perfused_volume"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Calibration:
    """Activity at administration, and how the image and the administered activity agree."""

    activity: ActivityMap
    """Activity concentration in Bq/mL at administration: take it with ``decay_correction_h=0``."""
    factor: float
    """Bq/mL at administration for each unit of the image."""
    field_gbq: float
    """Activity in the whole field in GBq, after calibration."""
    reference_gbq: float
    """Activity in the reference in GBq, after calibration."""
    expected_gbq: float | None
    """Activity expected in the reference in GBq, where the administered activity is known."""
    recovery_factor: float | None
    """What an image in Bq/mL holds over what is expected: the factor between absolute and relative calibration."""
    outside_fraction: float
    """Share of the image's sum outside the reference, 0 to 1."""
    warnings: tuple[str, ...]
    """Doubts that a person should know of."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Input:
    """An image and what is known of it, as the core reads them."""

    values: NDArray[Any]
    grid: Grid
    is_bq_per_ml: bool
    decay_correction_h: float
    half_life_h: float | str | None
    reference: str
    region: Structure | None
    administered_gbq: float | None
    delivery: object
    frame_of_reference: str | None


def _calibrated(given: _Input, *, relative: bool) -> Calibration:
    activity, about = _core.y90_calibrate(given, relative)
    return Calibration(activity=activity, **about)


def _input(image: Image | ActivityMap, decay_correction_h: float | None, rest: Mapping[str, Any]) -> _Input:
    if isinstance(image, ActivityMap):
        values, unit, stated = image.bq_per_ml, "becquerel_per_ml", 0.0
    else:
        values, unit, stated = image.values, image.unit, image.decay_correction_h or 0.0
    return _Input(
        values=values,
        grid=image.grid,
        is_bq_per_ml=unit == "becquerel_per_ml",
        decay_correction_h=stated if decay_correction_h is None else decay_correction_h,
        frame_of_reference=image.frame_of_reference,
        **rest,
    )


def absolute_calibration(  # noqa: PLR0913 - everything that matters is explicit
    image: Image | ActivityMap,
    *,
    decay_correction_h: float | None = None,
    administered_gbq: float | None = None,
    lung_shunt_fraction: float = 0.0,
    residual_fraction: float = 0.0,
    reference: ReferenceRegion = "whole_field",
    region: Structure | None = None,
    half_life_h: float | str | None = None,
) -> Calibration:
    """Give the activity at administration of an image in Bq/mL: ``a 2^(t / T)``.

    With an administered activity the recovery factor says how image and administered activity agree.

    Parameters
    ----------
    image : Image or ActivityMap
        An image in Bq/mL.
    decay_correction_h : float, optional
        Hours from administration to the moment at which the activity is stated; the image's own unless stated, and 0
        where nothing is known, with a warning.
    administered_gbq : float, optional
        Prepared activity in GBq.
    lung_shunt_fraction, residual_fraction : float
        Shares of it that go to the lung and that stay in vial and catheter.
    reference : {"whole_field", "whole_liver", "perfused_volume"}
        Where the net activity is expected.
    region : Structure, optional
        The reference, contours or mask, for all but the whole field. Each voxel of the image counts with the share of
        its volume that the region covers.
    half_life_h : float or str, optional
        Half-life by value or by name; 64.1 h unless stated.

    Returns
    -------
    Calibration

    Raises
    ------
    hepadose.errors.CalibrationError
        An image of counts, a region that is missing or not wanted.
    hepadose.errors.ImageError
        Image and region in different frames of reference.
    hepadose.errors.NonPhysicalError
        A share of 1 or more.

    Examples
    --------
    >>> import numpy as np, hepadose as hd
    >>> grid = hd.Grid(shape=(1, 1, 2), spacing_mm=(10, 10, 10), origin_mm=(0, 0, 0))
    >>> image = hd.y90.ActivityMap(np.array([[[4e8, 1e8]]]), grid)
    >>> found = hd.y90.absolute_calibration(image, decay_correction_h=64.1, administered_gbq=1.25)
    >>> round(found.field_gbq, 6), round(found.recovery_factor, 6)
    (1.0, 0.8)
    """
    rest = {
        "half_life_h": half_life_h,
        "reference": reference,
        "region": region,
        "administered_gbq": administered_gbq,
        "delivery": delivery(lung_shunt_fraction, residual_fraction, None),
    }
    return _calibrated(_input(image, decay_correction_h, rest), relative=False)


def relative_calibration(  # noqa: PLR0913 - everything that matters is explicit
    image: Image | ActivityMap,
    *,
    administered_gbq: float,
    lung_shunt_fraction: float,
    residual_fraction: float,
    reference: ReferenceRegion,
    region: Structure | None = None,
    decay_correction_h: float | None = None,
    half_life_h: float | str | None = None,
) -> Calibration:
    """Share the net activity ``A (1 - R) (1 - L)`` out over a reference, in proportion to the image's values.

    Scanner sensitivity and the time of the image cancel out. The choice of the reference changes the result, so it has
    no default: where the field shows the lung and a shunt is taken off, the lung is counted twice; a warning says so.

    Parameters
    ----------
    image : Image or ActivityMap
        Counts or Bq/mL.
    administered_gbq : float
        Prepared activity in GBq at administration.
    lung_shunt_fraction, residual_fraction : float
        Shares of it that go to the lung and that stay in vial and catheter.
    reference : {"whole_field", "whole_liver", "perfused_volume"}
        What the activity is shared out over.
    region : Structure, optional
        The reference, contours or mask, for all but the whole field. Each voxel of the image counts with the share of
        its volume that the region covers.
    decay_correction_h, half_life_h : optional
        For the recovery factor of an image in Bq/mL, as for `absolute_calibration`.

    Returns
    -------
    Calibration

    Raises
    ------
    hepadose.errors.CalibrationError
        No counts in the reference, a region that is missing or not wanted.
    hepadose.errors.NonPhysicalError
        An activity that is not above 0, a share of 1 or more.

    Examples
    --------
    >>> import numpy as np, hepadose as hd
    >>> grid = hd.Grid(shape=(1, 1, 2), spacing_mm=(10, 10, 10), origin_mm=(0, 0, 0))
    >>> image = hd.y90.Image(values=np.array([[[3.0, 1.0]]]), grid=grid, unit="counts")
    >>> found = hd.y90.relative_calibration(
    ...     image, administered_gbq=2, lung_shunt_fraction=0, residual_fraction=0, reference="whole_field"
    ... )
    >>> found.activity.bq_per_ml.ravel().tolist()
    [1500000000.0, 500000000.0]
    """
    rest = {
        "half_life_h": half_life_h,
        "reference": reference,
        "region": region,
        "administered_gbq": administered_gbq,
        "delivery": delivery(lung_shunt_fraction, residual_fraction, None),
    }
    return _calibrated(_input(image, decay_correction_h, rest), relative=True)
