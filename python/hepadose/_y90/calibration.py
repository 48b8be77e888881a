"""From an image to activity at administration."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from hepadose import _core
from hepadose._core import ActivityMap, DoseGrid, Grid, Structure
from hepadose._document import package_version
from hepadose._dvh import dvh
from hepadose._shown import Shown
from hepadose._y90.checks import finite, positive, share_below_one
from hepadose._y90.constants import value_of
from hepadose._y90.delivery import Delivery, delivery, residual_note, units_note
from hepadose._y90.image import Image
from hepadose._y90.radionuclide import TC99M, Y90, require
from hepadose.errors import CalibrationError

ReferenceRegion: TypeAlias = Literal["whole_field", "whole_liver", "perfused_volume"]
# What a whole image holds of a treatment, in GBq; beyond it the values are most likely in another unit.
_FIELD_GBQ = (0.01, 100.0)
_ANOTHER = (
    "give the right image; where the scanner could not be told what it sees, correct the values (branching ratio, "
    "decay) and give them as hepadose.y90.Image(radionuclide=...)"
)
_MAA = (
    "the image is of technetium-99m: what is calibrated is a prediction for planning (dosimetry maa-spect), "
    "not the delivered activity"
)
_NO_TIME = (
    "the hours from administration to the image's activity are not known, so that there is no recovery factor; "
    "say decay_correction_h="
)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Calibration(Shown):
    """Activity at administration, and how the image and the administered activity agree."""

    activity: ActivityMap
    """Activity concentration in Bq/mL at administration: take it with ``decay_correction_h=0``."""
    factor: float
    """Bq/mL at administration for each unit of the image."""
    field_gbq: float
    """Activity in the whole field in GBq, after calibration."""
    reference_gbq: float
    """Activity in the reference in GBq, after calibration; of a reference that reaches beyond the image, in the part
    inside."""
    expected_gbq: float | None
    """Activity expected in the reference in GBq, where the administered activity is known."""
    recovery_factor: float | None
    """What an image in Bq/mL holds over what is expected: the factor between absolute and relative calibration. None
    without an administered activity, and, with a warning, where the image cannot say."""
    outside_fraction: float
    """Share of the image's sum outside the reference, 0 to 1."""
    radionuclide: str | None
    """What the image shows; None where it is not known."""
    warnings: tuple[str, ...]
    """Doubts that a person should know of."""
    provenance: dict[str, Any] = field(repr=False)
    """What made it: method, reference, shares, times."""


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
    delivery: Delivery
    frame_of_reference: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """What a calibration is asked for, checked."""

    half_life_h: float | str | None
    reference: ReferenceRegion
    region: Structure | None
    administered_gbq: float | None
    delivery: Delivery


def _asked(  # noqa: PLR0913, PLR0917 - everything that matters is explicit
    administered_gbq: float | None,
    lung_shunt_fraction: float,
    residual_fraction: float,
    reference: ReferenceRegion,
    region: Structure | None,
    half_life_h: float | str | None,
) -> _Asked:
    """Check every number before anything is computed, whether or not it is used."""
    if half_life_h is not None and not isinstance(half_life_h, str):
        half_life_h = positive("half-life in h", half_life_h)
    return _Asked(
        half_life_h=half_life_h,
        reference=reference,
        region=region,
        administered_gbq=None
        if administered_gbq is None
        else positive("administered activity in GBq", administered_gbq),
        delivery=delivery(
            share_below_one("the lung shunt fraction", lung_shunt_fraction),
            share_below_one("the residual fraction", residual_fraction),
            None,
        ),
    )


def _hours(image: Image | ActivityMap, stated: float | None) -> float | None:
    hours = image.decay_correction_h if stated is None and isinstance(image, Image) else stated
    return None if hours is None else finite("decay correction in h", hours)


def _calibrated(
    image: Image | ActivityMap, asked: _Asked, hours: float | None, doubts: Iterable[str], *, relative: bool
) -> Calibration:
    """Calibrate by the core; without hours, or of technetium, the image has no recovery factor."""
    shown = image.radionuclide if isinstance(image, Image) else None
    is_bq_per_ml = isinstance(image, ActivityMap) or image.unit == "becquerel_per_ml"
    activity, about = _core.y90_calibrate(
        _Input(
            values=image.bq_per_ml if isinstance(image, ActivityMap) else image.values,
            grid=image.grid,
            is_bq_per_ml=is_bq_per_ml and hours is not None and shown != TC99M,
            decay_correction_h=hours or 0.0,
            half_life_h=asked.half_life_h,
            reference=asked.reference,
            region=asked.region,
            administered_gbq=asked.administered_gbq,
            delivery=asked.delivery,
            frame_of_reference=image.frame_of_reference,
        ),
        relative,
    )
    beyond = _beyond(image.grid, asked)
    if beyond is not None:
        if relative:
            raise CalibrationError(
                f"{beyond}, where counts would be lost and all that is inside would get too much activity; the whole "
                "reference must lie in the image; give an image that holds it, or, where the activity went only to the "
                "part inside, that part as the perfused volume"
            )
        about["recovery_factor"] = None
        doubts = (*doubts, f"{beyond}: there is no recovery factor, and reference_gbq is of the part inside")
    if not relative and not _FIELD_GBQ[0] <= about["field_gbq"] <= _FIELD_GBQ[1]:
        said = f"the image holds {about['field_gbq']:.3g} GBq in all, which is no treatment"
        doubts = (*doubts, f"{said}: look whether its values are Bq/mL, and not kBq/mL, MBq/mL or an SUV")
    warnings = dict.fromkeys((*doubts, *about.pop("warnings"), *_of_delivery(asked)))
    return Calibration(
        activity=activity,
        radionuclide=shown,
        warnings=tuple(warnings),
        provenance=_record(asked, hours, shown, relative=relative),
        **about,
    )


def _beyond(grid: Grid, asked: _Asked) -> str | None:
    """Say how much of the reference lies beyond the image; None where all of it is inside.

    The DVH of a dose of 0 knows: what counts as all of a volume is decided there, and nowhere else.
    """
    if asked.region is None:
        return None
    curve = dvh(DoseGrid(np.zeros(grid.shape, np.float32), grid), asked.region)
    if curve.metric("Mean[Gy]").value is not None:
        return None
    outside = curve.volume_cc - curve.covered_cc
    return (
        f"the reference {asked.reference} reaches beyond the image: {outside:.3g} of {curve.volume_cc:.4g} cc "
        f"({100 * (1 - curve.covered_fraction):.3g} %) lie outside"
    )


def _of_delivery(asked: _Asked) -> list[str]:
    if asked.administered_gbq is None:
        return []
    return [*units_note(asked.administered_gbq), *residual_note(asked.delivery.residual_fraction)]


def _record(asked: _Asked, hours: float | None, shown: str | None, *, relative: bool) -> dict[str, Any]:
    net = asked.administered_gbq is not None
    settings = {
        "calibration": "relative" if relative else "absolute",
        "reference": asked.reference,
        "radionuclide": shown or "not known",
        "administered_gbq": f"{asked.administered_gbq:g}" if net else "not stated",
        "lung_shunt_fraction": f"{asked.delivery.lung_shunt_fraction:g}",
        "residual_fraction": f"{asked.delivery.residual_fraction:g}",
        "image_decay_correction_h": "not known" if hours is None else f"{hours:g}",
        "half_life_h": f"{value_of('half_life_h', asked.half_life_h):g}",
    }
    if not net:
        del settings["lung_shunt_fraction"], settings["residual_fraction"]
    return {
        "version": package_version(),
        "inputs": [],
        "settings": [[name, value] for name, value in settings.items()],
        "sources": [],
    }


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
        Hours from administration to the moment at which the activity is stated; the image's own unless stated, and
        required where that is not known. 0 for an image that was corrected to the administration.
    administered_gbq : float, optional
        Prepared activity in GBq.
    lung_shunt_fraction, residual_fraction : float
        Shares of it that go to the lung and that stay in vial and catheter; a residual of 0 is noted in the warnings.
    reference : {"whole_field", "whole_liver", "perfused_volume"}
        Where the net activity is expected. One that reaches beyond the image has no recovery factor.
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
        An image of counts, hours that are not known, a region that is missing or not wanted.
    hepadose.errors.RadionuclideError
        An image of another radionuclide than yttrium-90; where it is not known there is a warning.
    hepadose.errors.ImageError
        Image and region in different frames of reference.
    hepadose.errors.NonPhysicalError
        An activity or a half-life that is not above 0, hours that are not finite, a share of 1 or more.

    Examples
    --------
    >>> import numpy as np, hepadose as hd
    >>> grid = hd.Grid(shape=(1, 1, 2), spacing_mm=(10, 10, 10), origin_mm=(0, 0, 0))
    >>> image = hd.y90.ActivityMap(np.array([[[4e8, 1e8]]]), grid)
    >>> found = hd.y90.absolute_calibration(image, decay_correction_h=64.1, administered_gbq=1.25)
    >>> round(found.field_gbq, 6), round(found.recovery_factor, 6)
    (1.0, 0.8)
    """
    asked = _asked(administered_gbq, lung_shunt_fraction, residual_fraction, reference, region, half_life_h)
    hours = _hours(image, decay_correction_h)
    doubts: tuple[str, ...] = ()
    if isinstance(image, Image):
        if image.unit != "becquerel_per_ml":
            raise CalibrationError("the image holds counts, not Bq/mL; use relative calibration")
        doubts = require(image.radionuclide, (Y90,), "absolute calibration", _ANOTHER)
    if hours is None:
        raise CalibrationError(
            "the hours from administration to the moment of the image's activity are not known; a finite number is "
            "needed, 0 for an image that was corrected to the administration; say decay_correction_h="
        )
    return _calibrated(image, asked, hours, doubts, relative=False)


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
        Shares of it that go to the lung and that stay in vial and catheter; a residual of 0 is noted in the warnings.
    reference : {"whole_field", "whole_liver", "perfused_volume"}
        What the activity is shared out over; all of it must lie in the image.
    region : Structure, optional
        The reference, contours or mask, for all but the whole field. Each voxel of the image counts with the share of
        its volume that the region covers.
    decay_correction_h, half_life_h : optional
        For the recovery factor of an image in Bq/mL, as for `absolute_calibration`; without hours there is none, and a
        warning says so.

    Returns
    -------
    Calibration

    Raises
    ------
    hepadose.errors.CalibrationError
        No counts in the reference, a reference that reaches beyond the image, a region that is missing or not wanted.
    hepadose.errors.RadionuclideError
        An image of neither yttrium-90 nor technetium-99m (MAA, for planning); where it is not known there is a warning.
    hepadose.errors.NonPhysicalError
        An activity or a half-life that is not above 0, hours that are not finite, a share of 1 or more.

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
    asked = _asked(
        positive("administered activity in GBq", administered_gbq),
        lung_shunt_fraction,
        residual_fraction,
        reference,
        region,
        half_life_h,
    )
    hours = _hours(image, decay_correction_h)
    doubts: list[str] = []
    is_maa = False
    if isinstance(image, Image):
        doubts += require(image.radionuclide, (Y90, TC99M), "relative calibration", _ANOTHER)
        is_maa = image.radionuclide == TC99M
        if is_maa:
            doubts.append(_MAA)
    if hours is None and not is_maa and (isinstance(image, ActivityMap) or image.unit == "becquerel_per_ml"):
        doubts.append(_NO_TIME)
    return _calibrated(image, asked, hours, doubts, relative=True)
