"""The lesion table: dose, D70, V and published response of every named region."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from hepadose._core import ActivityMap, DoseGrid, Grid, Structure
from hepadose._document import StrPath
from hepadose._dvh import dvh
from hepadose.errors import ImageError, MissingExtraError

if TYPE_CHECKING:
    from hepadose.y90 import LesionDose, LocalDeposition, Response


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Region:
    """A named region on a grid of its own."""

    name: str
    """Its name."""
    mask: NDArray[np.uint8]
    """1 inside, 0 outside, in C order (slice, row, column)."""
    grid: Grid
    """Where the voxels are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LesionRow:
    """One region of the table."""

    name: str
    """Its name."""
    lesion: "LesionDose"
    """Volume, mean dose, cover and doubts."""
    d70_gy: float | None
    """Dose in Gy that the hottest 70 % receive at least; None with a reason among the lesion's."""
    v_percent: Mapping[float, float | None]
    """Share in per cent that receives at least each dose in Gy."""
    response: "Response | None"
    """Published stratum and probability; None where none was asked for or there is no mean."""


def read_regions(path: StrPath) -> tuple[Region, ...]:
    """Read the segments of an NRRD segmentation (`.seg.nrrd`, one or several layers) or of a label map.

    Parameters
    ----------
    path : path
        A file that SimpleITK reads. Names, layers and label values come from the file; a plain label map gives
        ``label 1`` and so on.

    Returns
    -------
    tuple of Region

    Raises
    ------
    hepadose.errors.ImageError
        No segment.
    hepadose.errors.MissingExtraError
        SimpleITK is not installed.
    """
    try:
        import SimpleITK  # noqa: PLC0415 - heavy, and an extra
    except ImportError as error:
        raise MissingExtraError("segmentations need SimpleITK: pip install 'hepadose[images]'") from error
    image: Any = SimpleITK.ReadImage(str(Path(path)))
    array: NDArray[Any] = SimpleITK.GetArrayFromImage(image)
    layers = array if array.ndim == 4 else array[..., np.newaxis]  # noqa: PLR2004 - slice, row, column, layer
    grid = Grid(
        shape=layers.shape[:3],
        spacing_mm=image.GetSpacing(),
        origin_mm=image.GetOrigin(),
        direction=np.reshape(image.GetDirection(), (3, 3)),
    )
    keys = set(image.GetMetaDataKeys())
    found = []
    number = 0
    while f"Segment{number}_LabelValue" in keys:
        about = {key: image.GetMetaData(f"Segment{number}_{key}") for key in ("Name", "LabelValue")}
        layer = int(image.GetMetaData(f"Segment{number}_Layer")) if f"Segment{number}_Layer" in keys else 0
        mask = (layers[..., layer] == int(about["LabelValue"])).astype(np.uint8)
        found.append(Region(name=about["Name"], mask=mask, grid=grid))
        number += 1
    if not found:
        labels = [int(value) for value in np.unique(layers) if value]
        found = [Region(name=f"label {n}", mask=(layers[..., 0] == n).astype(np.uint8), grid=grid) for n in labels]
    if not found:
        raise ImageError("the segmentation holds no segment; number the regions from 1")
    return tuple(found)


def lesion_table(  # noqa: PLR0913 - what a threshold holds for is explicit
    source: ActivityMap | DoseGrid,
    regions: Iterable[Region],
    *,
    model: "LocalDeposition | None" = None,
    at_least_gy: Iterable[float] = (100.0,),
    lesions: Iterable[str] = (),
    device: str | None = None,
    disease: str | None = None,
    dosimetry: str | None = None,
    prevalence: float | None = None,
) -> tuple[LesionRow, ...]:
    """Give volume, mean, D70, V and the published response of every region.

    Parameters
    ----------
    source : ActivityMap or DoseGrid
        The activity, or a dose.
    regions : iterable of Region
        Lesions and organs, each on its own grid (see `read_regions`).
    model : LocalDeposition, optional
        The model and its constants; required for an activity map, and for nothing else.
    at_least_gy : iterable of float
        Doses for which V is wanted.
    lesions : iterable of str
        Names of the regions that are lesions: only they get a stratum, for it means nothing for liver or lung.
    device, disease, dosimetry, prevalence : optional
        As for `response`; without a device there are no strata. A stratum means something for a lesion only.

    Returns
    -------
    tuple of LesionRow

    Raises
    ------
    hepadose.errors.NoThresholdsError, hepadose.errors.ImageError
        As `response` and `lesion_doses`; an empty region.
    """
    from hepadose import y90  # noqa: PLC0415 - y90 imports this module

    limits = [float(one) for one in at_least_gy]
    words: Any = {"device": device, "disease": disease, "dosimetry": dosimetry, "prevalence": prevalence}
    if device is not None:
        y90.response(0.0, **words)  # refuse the combination before anything is computed
    if isinstance(source, DoseGrid):
        dose = source
    elif model is None:
        raise TypeError("an activity map needs model=LocalDeposition(density_g_per_ml=..., decay_correction_h=...)")
    else:
        dose = y90.absorbed_dose(
            source,
            density_g_per_ml=model.density_g_per_ml,
            decay_correction_h=model.decay_correction_h,
            dose_constant_gy_kg_per_gbq=model.dose_constant_gy_kg_per_gbq,
            half_life_h=model.half_life_h,
        )
    regions, wanted = tuple(regions), set(lesions)
    if missing := wanted - {one.name for one in regions}:
        names = ", ".join(repr(one.name) for one in regions)
        raise ValueError(f"no region is named {min(missing)!r}; there are {names}")
    rows = []
    for region in regions:
        if not region.mask.any():
            raise ImageError(f"the region {region.name!r} is empty; take it out or draw it")
        (lesion,) = y90.lesion_doses(source, region.mask, region.grid, model=model)
        curve = dvh(dose, Structure.from_mask(region.name, region.mask.astype(bool), region.grid))
        has_mean = lesion.mean_gy is not None and lesion.mean_gy >= 0
        rows.append(
            LesionRow(
                name=region.name,
                lesion=lesion,
                d70_gy=curve.metric("D70%[Gy]").value,
                v_percent={limit: curve.metric(f"V{limit:g}Gy[%]").value for limit in limits},
                response=y90.response(lesion.mean_gy or 0.0, **words)
                if device is not None and has_mean and region.name in wanted
                else None,
            )
        )
    return tuple(rows)
