"""Mean dose and response of the lesions of a label map."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hepadose import _core, _html
from hepadose._core import ActivityMap, DoseGrid, Grid
from hepadose._shown import Shown
from hepadose._y90.dose import LocalDeposition
from hepadose._y90.response import Response, response
from hepadose._y90.thresholds import Device, Disease, Dosimetry


@dataclass(frozen=True, slots=True, kw_only=True)
class LesionDose(Shown):
    """Dose and size of one lesion."""

    label: int
    """Number in the label map."""
    volume_cc: float
    """Volume in cubic centimetres."""
    voxels: int
    """Voxels of the label map."""
    negative_voxels: int
    """Voxels with negative activity; they count like all others."""
    zero_voxels: int
    """Voxels without activity; they count like all others."""
    covered_fraction: float
    """Share of the volume that the image covers, 0 to 1."""
    covered_mean_gy: float | None
    """Mean dose in Gy of the covered part, where there is one."""
    mean_gy: float | None
    """Mean dose in Gy; None with a reason."""
    reason: str | None
    """Why there is no mean."""
    warnings: tuple[str, ...]
    """Doubts that a person should know of."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LesionResponse(Shown):
    """A lesion with what a publication says about its dose."""

    lesion: LesionDose
    """Dose and size."""
    response: Response | None
    """The stratum; None where the mean dose is absent or negative."""


class LesionDoses(tuple[LesionDose, ...]):
    """The lesions of a label map, ascending by label: a tuple that a notebook shows as a table."""

    __slots__ = ()

    def _repr_html_(self) -> str:
        return _html.lesion_table(self)


class LesionResponses(tuple[LesionResponse, ...]):
    """Lesions with their published strata: a tuple that a notebook shows as a table."""

    __slots__ = ()

    def _repr_html_(self) -> str:
        return _html.lesion_table([one.lesion for one in self], self)


def lesion_doses(
    source: ActivityMap | DoseGrid,
    labels: NDArray[np.integer[Any]],
    grid: Grid,
    *,
    model: LocalDeposition | None = None,
) -> LesionDoses:
    """Give the mean dose of every lesion of a label map, in one parallel pass.

    From an activity map, local deposition is linear, so this is the mean activity, negative voxels included, times the
    model's factor. A label map on a grid of its own reads the image between the voxels.

    Parameters
    ----------
    source : ActivityMap or DoseGrid
        The activity, or a dose that was made elsewhere.
    labels : array of whole numbers, of shape ``grid.shape``
        0 for background, each other number a lesion.
    grid : Grid
        Where the voxels of the label map are.
    model : LocalDeposition, optional
        The model and its constants; required for an activity map, and for nothing else.

    Returns
    -------
    LesionDoses
        A tuple of `LesionDose`, ascending by label.

    Raises
    ------
    hepadose.errors.ImageError
        A label map that holds only background.
    hepadose.errors.ShapeError
        Labels of another shape than their grid.
    TypeError
        Labels that are no whole numbers, an activity map without a model, a dose with one.
    """
    if isinstance(source, DoseGrid):
        if model is not None:
            raise TypeError("a DoseGrid is a dose already; model= goes with an activity map")
        return LesionDoses(_core.lesion_doses_of_dose(source, labels, grid))
    if model is None:
        raise TypeError("an activity map needs model=LocalDeposition(density_g_per_ml=..., decay_correction_h=...)")
    return LesionDoses(_core.lesion_doses_of_activity(source, model, labels, grid))


def lesion_responses(
    lesions: Iterable[LesionDose],
    *,
    device: Device,
    disease: Disease,
    dosimetry: Dosimetry,
    prevalence: float | None = None,
) -> LesionResponses:
    """Give the published stratum of every lesion, as `response`.

    Parameters
    ----------
    lesions : iterable of LesionDose
        The lesions.
    device, disease, dosimetry, prevalence
        As for `response`.

    Returns
    -------
    LesionResponses
        A tuple of `LesionResponse`.

    Raises
    ------
    hepadose.errors.NoThresholdsError, hepadose.errors.UnknownWordError, hepadose.errors.NonPhysicalError
        As `response`.
    """

    def of(dose: float) -> Response:
        return response(dose, device=device, disease=disease, dosimetry=dosimetry, prevalence=prevalence)

    of(0.0)  # refuse the combination even where no lesion has a dose
    return LesionResponses(
        LesionResponse(
            lesion=lesion,
            response=None if lesion.mean_gy is None or lesion.mean_gy < 0 else of(lesion.mean_gy),
        )
        for lesion in lesions
    )
