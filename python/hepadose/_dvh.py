"""Dose-volume histograms: how they are asked for, and what comes back."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hepadose import _core
from hepadose._arrays import label_array
from hepadose._by_name import ByName
from hepadose._core import DoseGrid, DoseKind, Dvh, Grid, Structure
from hepadose._document import Document, StrPath, document, missing, to_text
from hepadose._shown import Shown
from hepadose.errors import DvhError

if TYPE_CHECKING:
    import pandas as pd

BetweenPlanes: TypeAlias = Literal["prism", "shape"]
EndCaps: TypeAlias = Literal["half_slice", "none", "rounded"]
DoseInterpolation: TypeAlias = Literal["trilinear", "tricubic"]
PresetName: TypeAlias = Literal["eclipse", "raystation", "mim", "mobius", "proknow", "pinnacle", "elements"]
NotEvaluableCode: TypeAlias = Literal[
    "no_volume", "not_covered", "beyond_covered", "structure_too_small", "no_prescription", "scope", "kind_unstated"
]


class DvhCurve(NamedTuple):
    """A cumulative dose-volume curve."""

    dose_gy: NDArray[np.float64]
    """Dose in Gy, ascending."""
    volume_cc: NDArray[np.float64]
    """Volume in cubic centimetres that receives at least that dose."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric(Shown):
    """The answer to a DVH metric: a value, or the reason why there is none."""

    name: str
    """The metric as it is written in full, such as ``CV15Gy[cc]``."""
    structure: str
    """Name of the structure."""
    value: float | None
    """The value in `unit`; None where it is not evaluable."""
    unit: str
    """``Gy``, ``cGy``, ``cc`` or ``%``."""
    kind: DoseKind
    """What the dose is."""
    reason: str | None
    """Why there is no value."""
    code: NotEvaluableCode | None
    """The same as a word for programs."""
    bounds: tuple[float | None, float | None] | None
    """Where the value lies whatever dose the part outside the grid has; None on an open side."""
    uncertainty: float | None
    """Estimated numerical error in `unit`, where one was made."""

    def __str__(self) -> str:
        if self.value is None:
            return f"{self.name} of {self.structure}: not evaluable ({self.reason})"
        return f"{self.name} of {self.structure}: {self.value:.6g} {self.unit}"


def dvh(  # noqa: PLR0913 - keywords, each with a default
    dose: DoseGrid,
    structure: Structure,
    *,
    prescription_gy: float | None = None,
    between_planes: BetweenPlanes | None = None,
    end_caps: EndCaps | None = None,
    max_cap_mm: float | None = None,
    preset: PresetName | None = None,
    min_covered: float = 1.0,
    dose_interpolation: DoseInterpolation = "trilinear",
    tolerance_percent: float | None = None,
    weights: tuple[ArrayLike, Grid] | None = None,
    plan: Structure | None = None,
) -> Dvh:
    """Calculate the dose-volume histogram of a structure.

    The structure is divided into sub-voxel cells with exact area coverage; the dose is linear between voxel centres and
    spread over each cell. BED and EQD2 are converted from the physical dose at the cell.

    Parameters
    ----------
    dose : DoseGrid
        The dose, of any kind.
    structure : Structure
        The structure.
    prescription_gy : float, optional
        What 100 % of dose means in ``V95%`` and answers in per cent, in Gy of the dose's own kind.
    between_planes : {"prism", "shape"}, optional
        What a structure is between contour planes: each contour goes on unchanged to the middle between the planes (the
        default), or the cross-section changes smoothly. Masks are not affected.
    end_caps : {"half_slice", "none", "rounded"}, optional
        What happens beyond the end planes of contours and at gaps: the end contour goes on for half the usual spacing
        (the default), the structure ends there, or it is rounded off within one spacing as the last planes suggest.
    max_cap_mm : float, optional
        The longest cap in mm.
    preset : str, optional
        The rules of a known system instead, by a name that `presets` lists. Metrics are then read through its bins.
    min_covered : float
        Share of the structure that the dose grid must cover for relative metrics, 0 to 1.
    dose_interpolation : {"trilinear", "tricubic"}
        What the dose is between voxel centres: linear along each axis, as planning systems have it, or a cubic spline,
        which follows a dose that curves within a few voxels.
    tolerance_percent : float, optional
        Largest estimated error of the curve in per cent of the volume; cells are made finer until it is met. The
        default is accurate to some hundredths of a per cent; each metric says its own `uncertainty`.
    weights : (array, Grid), optional
        What a volume counts, such as liver function or density: values of at least 0 on a grid of their own, in C order
        (slice, row, column), interpolated linearly. Volumes are then cc times weight, shares are shares of that. The
        dose and the weights must cover the structure.
    plan : Structure, optional
        A structure that holds this one, on whose plan (cells, bins) it is sampled. DVHs of parts of one plan add up
        with ``+``, in any order to the same bits, and all parts to the whole on its own plan. Cells that a part is cut
        by take their share with all of their doses: a little coarser than without.

    Returns
    -------
    Dvh

    Raises
    ------
    hepadose.errors.FrameOfReferenceError
        Dose and structure in different frames of reference.
    hepadose.errors.StructureError
        A combination of structures that cannot be made.
    hepadose.errors.NonPhysicalError
        A prescription or `max_cap_mm` that is not above 0, `min_covered` outside 0 to 1.
    hepadose.errors.DvhError
        Weights that are negative, all 0, or end within the structure; a plan whose structure does not hold this one,
        has no volume in the dose, or comes with weights or a preset with bins.
    ValueError
        A word that is none of these, or a preset together with what it sets.

    Notes
    -----
    A structure without volume or outside the grid is no error: its metrics are not evaluable and say why.

    Examples
    --------
    >>> import hepadose as hd, numpy as np
    >>> grid = hd.Grid(shape=(9, 9, 9), spacing_mm=(5, 5, 5), origin_mm=(-20, -20, -20))
    >>> dose = hd.DoseGrid(np.full(grid.shape, 15.0), grid, fractions=3)
    >>> ring = [[-10, -10], [10, -10], [10, 10], [-10, 10]]
    >>> box = hd.Structure.from_contours("Box", [[[x, y, z] for x, y in ring] for z in (-5, 0, 5)])
    >>> result = hd.dvh(dose, box)
    >>> result["V15Gy[%]"], result["CV15Gy[cc]"]
    (100.0, 0.0)
    """
    policy = solid(between_planes, end_caps, max_cap_mm, preset)
    how = sampling(dose_interpolation, tolerance_percent)
    if weights is not None and plan is not None:
        raise DvhError("weights and a plan do not go together; leave one of them out")
    if plan is not None:
        return _core.dvh_on_plan(dose, structure, plan, prescription_gy, policy, min_covered, how)
    if weights is not None:
        image = _image(*weights)
        return _core.weighted_dvh(dose, structure, image, prescription_gy, policy, min_covered, how)
    (only,) = _core.dvhs(dose, [structure], [prescription_gy], policy, min_covered, how)
    return only


def dvhs(  # noqa: PLR0913 - keywords, each with a default
    dose: DoseGrid,
    structures: Iterable[Structure] | Mapping[str, Structure],
    *,
    prescription_gy: float | Mapping[int, float] | None = None,
    between_planes: BetweenPlanes | None = None,
    end_caps: EndCaps | None = None,
    max_cap_mm: float | None = None,
    preset: PresetName | None = None,
    min_covered: float = 1.0,
    dose_interpolation: DoseInterpolation = "trilinear",
    tolerance_percent: float | None = None,
) -> ByName[Dvh]:
    """Calculate the dose-volume histograms of many structures, all in parallel.

    Parameters
    ----------
    dose : DoseGrid
        The dose, of any kind.
    structures : iterable of Structure, or mapping
        The structures, such as ``case.structures``.
    prescription_gy : float or mapping of ROI number to float, optional
        What 100 % of dose means, for all structures or by ROI number, in Gy.
    between_planes, end_caps, max_cap_mm, preset, min_covered, dose_interpolation, tolerance_percent
        As for `dvh`.

    Returns
    -------
    mapping of name to Dvh
        In the order given; a name that stands twice raises, `by_number` and `values` always work.

    Raises
    ------
    hepadose.errors.FrameOfReferenceError, hepadose.errors.StructureError, hepadose.errors.NonPhysicalError
        As for `dvh`.
    """
    every = list(structures.values() if isinstance(structures, Mapping) else structures)
    prescriptions = [_prescription(prescription_gy, structure) for structure in every]
    policy = solid(between_planes, end_caps, max_cap_mm, preset)
    how = sampling(dose_interpolation, tolerance_percent)
    return ByName(_core.dvhs(dose, every, prescriptions, policy, min_covered, how))


def _image(values: ArrayLike, grid: Grid) -> tuple[NDArray[np.float64], Grid]:
    array = np.ascontiguousarray(values, dtype=np.float64)
    if array.shape != grid.shape:
        what = f"the weights have shape {array.shape} but their grid has {grid.shape}"
        raise DvhError(f"{what}; give them in C order (slice, row, column)")
    return array, grid


def sampling(dose_interpolation: DoseInterpolation, tolerance_percent: float | None) -> dict[str, str | float | None]:
    """Put together how the dose is sampled."""
    return {"dose_interpolation": dose_interpolation, "tolerance_percent": tolerance_percent}


def solid(
    between_planes: BetweenPlanes | None,
    end_caps: EndCaps | None,
    max_cap_mm: float | None,
    preset: PresetName | None,
) -> dict[str, str | float | None]:
    """Put together how contours become a solid; None is as usual, or as the preset says."""
    return {"between_planes": between_planes, "end_caps": end_caps, "max_cap_mm": max_cap_mm, "preset": preset}


def dvhs_of_labels(  # noqa: PLR0913 - keywords, each with a default
    dose: DoseGrid,
    labels: NDArray[Any],
    grid: Grid | None = None,
    *,
    names: Mapping[int, str] | None = None,
    prescription_gy: float | Mapping[int, float] | None = None,
    min_covered: float = 1.0,
) -> ByName[Dvh]:
    """Calculate the dose-volume histograms of all regions of a label map in one pass.

    Each voxel counts whole, with the dose at its centre: the definition of whoever counts voxels. `dvh` of a
    `Structure.from_mask` is something else, for it spreads the dose over each voxel; the difference is what the size of
    the voxels does, and for small structures in steep dose it matters. BED and EQD2 are converted at the voxel, without
    a grid of them being made.

    Parameters
    ----------
    dose : DoseGrid
        The dose, of any kind.
    labels : array of int or bool
        A number for each voxel in C order (slice, row, column), 0 for background. uint8, uint16, uint32 and bool are
        read where they are, other whole numbers are copied.
    grid : Grid, optional
        Where the voxels of the labels lie; by default, on those of the dose. On other voxels the dose is read at their
        centres, linear between its own.
    names : mapping of int to str, optional
        Names of the regions; the others are called by their number.
    prescription_gy : float or mapping of int to float, optional
        What 100 % of dose means, for all regions or by number, in Gy of the dose's own kind.
    min_covered : float
        As for `dvh`.

    Returns
    -------
    mapping of name to Dvh
        Every number that occurs, ascending; `by_number` takes the number of the region.

    Raises
    ------
    hepadose.errors.ShapeError
        Labels of another shape than their grid.
    hepadose.errors.NonPhysicalError
        A prescription that is not above 0, `min_covered` outside 0 to 1.
    TypeError
        Labels that are not whole numbers.

    Notes
    -----
    Volume, mean, least and highest dose are those of the voxels. Other doses are off by at most a bin: 1/8192 of the
    dose, counted before it is converted. Frames of reference are not compared: an array has none.

    Examples
    --------
    >>> import hepadose as hd, numpy as np
    >>> grid = hd.Grid(shape=(1, 1, 3), spacing_mm=(10, 10, 10), origin_mm=(0, 0, 0))
    >>> dose = hd.DoseGrid(np.array([[[60.0, 15.0, 3.0]]]), grid, fractions=3)
    >>> found = hd.dvhs_of_labels(dose.bed(alpha_beta_gy=10), np.array([[[1, 1, 2]]]), names={1: "Tumour"})
    >>> found["Tumour"].mean_bed_gy, found["2"].volume_cc
    (101.25, 1.0)
    """
    given = prescription_gy
    prescriptions = (None, dict(given)) if isinstance(given, Mapping) else (given, {})
    place = dose.grid if grid is None else grid
    array = label_array(labels)
    return ByName(_core.dvhs_of_labels(dose, array, place, dict(names or {}), prescriptions, min_covered))


def _prescription(given: float | Mapping[int, float] | None, structure: Structure) -> float | None:
    if isinstance(given, Mapping):
        return None if structure.number is None else given.get(structure.number)
    return given


def to_dict(dvh: Dvh, metrics: Sequence[str], curve: bool) -> Document:  # noqa: FBT001
    """Give all that a DVH says, in the frame of its schema."""
    content = rows(dvh, metrics)
    if curve:
        knots = dvh.curve()
        content["curve"] = {"dose_gy": knots.dose_gy.tolist(), "volume_cc": knots.volume_cc.tolist()}
    return document("hepadose/dvh/1", content, settings=dvh.settings)


def rows(dvh: Dvh, metrics: Sequence[str]) -> dict[str, Any]:
    """Give what a DVH says as plain dictionaries, without the frame of a schema."""
    wanted = ["Min[Gy]", "Mean[Gy]", "Max[Gy]", *metrics]
    volume = dvh.metric("Volume[cc]")
    solid = volume.value is not None
    return {
        "name": dvh.name,
        "number": dvh.number,
        "kind": kind_dict(dvh.kind),
        "fractions": dvh.fractions,
        "models": list(dvh.models),
        "scope": dvh.scope,
        "volume_cc": volume.value,
        "covered_fraction": dvh.covered_fraction if solid else None,
        "reason": volume.reason,
        "prescription_gy": dvh.prescription_gy,
        "metrics": [metric_dict(dvh, text) for text in dict.fromkeys(map(_core.metric_name, wanted))],
    }


def usual_metrics(dvh: Dvh) -> list[str]:
    """Give metrics to complete after ``dvh[``; the grammar takes any other dose and volume too."""
    usual = ["Mean[Gy]", "Min[Gy]", "Max[Gy]", "Volume[cc]", "D2%[Gy]", "D50%[Gy]", "D95%[Gy]", "D98%[Gy]"]
    usual += ["D0.035cc[Gy]", "V5Gy[%]", "V10Gy[%]", "V15Gy[cc]", "V20Gy[%]", "CV15Gy[cc]", "DC700cc[Gy]"]
    return [*usual, "V95%[%]", "V100%[%]"] if dvh.prescription_gy is not None else usual


def kind_dict(kind: DoseKind) -> dict[str, Any]:
    """Give a kind as a plain dictionary."""
    return {"quantity": kind.quantity, "alpha_beta_gy": kind.alpha_beta_gy}


def metric_dict(dvh: Dvh, text: str) -> dict[str, Any]:
    """Give a metric as a plain dictionary, with the covered part's own value where the whole has none."""
    metric = dvh.metric(text)
    lower, upper = metric.bounds or (None, None)
    covered = dvh.covered.metric(text).value if metric.code in {"not_covered", "beyond_covered"} else None
    return {
        "name": metric.name,
        "value": metric.value,
        "unit": metric.unit,
        "reason": metric.reason,
        "code": metric.code,
        "lower_bound": lower,
        "upper_bound": upper,
        "covered_value": covered,
        "uncertainty": metric.uncertainty,
    }


def to_json(dvh: Dvh, path: StrPath | None, metrics: Sequence[str], curve: bool) -> str:  # noqa: FBT001
    """Give the same as JSON text, and write it where a path is given."""
    return to_text(to_dict(dvh, metrics, curve), path)


def to_pandas(dvh: Dvh) -> "pd.DataFrame":
    """Give the curve as a DataFrame."""
    try:
        import pandas as pd  # noqa: PLC0415
    except ImportError as error:
        raise missing("frame", "pandas") from error
    return pd.DataFrame(dvh.curve()._asdict())
