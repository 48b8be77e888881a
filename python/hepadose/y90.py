"""Yttrium-90: from activity to absorbed dose, BED and published response thresholds.

Examples
--------
>>> import hepadose as hd
>>> found = hd.y90.response(150, device="glass", disease="colorectal-metastases", dosimetry="y90-pet", prevalence=0.5)
>>> found.stratum, found.likelihood_ratio, found.probability
('> 139 to <= 189 Gy', 4.0, 0.8)
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias, TypeVar, overload

import numpy as np
from numpy.typing import NDArray

from hepadose import _core, _html
from hepadose._citations import Cited, Evidence, Reference, cited, reference
from hepadose._core import ActivityMap, DoseGrid, Grid

__all__ = [
    "ActivityMap",
    "BedParameters",
    "Context",
    "CutOff",
    "Device",
    "Disease",
    "Dosimetry",
    "LesionDose",
    "LesionDoses",
    "LesionResponse",
    "LesionResponses",
    "LocalDeposition",
    "Response",
    "ThresholdSet",
    "absorbed_dose",
    "bed_gy",
    "bed_parameters",
    "constants",
    "lesion_doses",
    "lesion_responses",
    "response",
    "thresholds",
]

Device: TypeAlias = Literal["glass", "resin"]
Disease: TypeAlias = Literal[
    "colorectal-metastases", "hcc", "cholangiocarcinoma", "neuroendocrine-metastases", "other-metastases"
]
Dosimetry: TypeAlias = Literal["y90-pet", "maa-spect", "bremsstrahlung-spect"]
_F = TypeVar("_F", np.float32, np.float64)


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalDeposition:
    """The local deposition model with all its constants: ``D = k C 2^(t / T) / rho``.

    ``C`` is the activity concentration in the image, ``t`` the hours from administration to the image's reference time,
    ``T`` the half-life, ``k`` the dose constant, ``rho`` the density. The spheres stay where they are and decay
    completely.
    """

    density_g_per_ml: float
    """Density in g/mL; about 1.05 for liver (see `constants`)."""
    decay_correction_h: float = 0.0
    """Hours from the administration to the moment at which the image's activity is stated; 0 for an image that was
    corrected to the administration."""
    dose_constant_gy_kg_per_gbq: float | None = None
    """Dose constant in Gy kg/GBq; None for the cited one (see `constants`)."""
    half_life_h: float | None = None
    """Half-life in hours; None for the cited one (see `constants`)."""

    def provenance(self) -> dict[str, Any]:
        """Give method, constants and sources as a dictionary.

        Raises
        ------
        hepadose.errors.NonPhysicalError
            A constant that is not above 0.
        """
        return _core.model_provenance(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class BedParameters:
    """What BED needs to know of a tissue. Listed for choice by name; never a default."""

    name: str
    """Name of the set."""
    alpha_beta_gy: Cited
    """alpha/beta in Gy."""
    repair_half_life_h: Cited
    """Repair half-life in hours."""
    physical_half_life_h: Cited
    """Physical half-life in hours."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CutOff:
    """A dose above which a lesion is called a responder, and how well that worked."""

    operator: str
    """As the source prints it."""
    dose_gy: float
    """The dose in Gy."""
    sensitivity_percent: float
    """Share of responding lesions above the cut-off, in per cent."""
    specificity_percent: float
    """Share of other lesions not above it, in per cent."""
    evidence: Evidence
    """How the numbers were seen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """A published number to read beside a dose. It is no class."""

    what: str
    """What the number is."""
    median_gy: float
    """Median dose in Gy."""
    range_gy: tuple[float, float] | None
    """Least and highest dose in Gy."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ThresholdSet:
    """The thresholds of one publication, with what they hold for."""

    id: str
    """Short name."""
    title: str
    """One line of title."""
    device: Device
    """The microspheres."""
    disease: Disease
    """What was treated."""
    dosimetry: Dosimetry
    """The image that the doses came from."""
    metric: str
    """What the thresholds are compared with."""
    endpoint: str
    """What counted as response, and when."""
    reference: Reference
    """The publication."""
    locator: str
    """Table, figure or section."""
    cut_offs: tuple[CutOff, ...]
    """Nested cut-offs, ascending in dose."""
    context: tuple[Context, ...]
    """Numbers to read beside a dose."""
    caveats: tuple[str, ...]
    """What a reader has to know."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """What a publication says about a lesion of this dose."""

    dose_gy: float
    """Mean lesion dose in Gy."""
    stratum: str
    """Where it falls, such as ``> 139 to <= 189 Gy``."""
    likelihood_ratio: float
    """How much more often a responding lesion falls there than another."""
    prevalence: float | None
    """Share of lesions that respond whatever their dose, as stated by the caller, 0 to 1."""
    probability: float | None
    """Probability of response after the dose is known, 0 to 1; None without a prevalence."""
    interval_reason: str
    """Why the probability has no interval."""
    thresholds: ThresholdSet
    """The thresholds, with source, context and caveats."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LesionDose:
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
class LesionResponse:
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


def absorbed_dose(  # noqa: PLR0913 - every constant is explicit
    activity: ActivityMap,
    *,
    density_g_per_ml: float,
    decay_correction_h: float = 0.0,
    method: Literal["local_deposition"] = "local_deposition",
    dose_constant_gy_kg_per_gbq: float | None = None,
    half_life_h: float | None = None,
) -> DoseGrid:
    """Give the absorbed dose in every voxel by local deposition.

    Parameters
    ----------
    activity : ActivityMap
        Activity concentration in Bq/mL.
    density_g_per_ml : float
        Density of the tissue; about 1.05 for liver.
    decay_correction_h : float
        Hours from the administration to the moment at which the image's activity is stated; 0, the default, takes the
        activity as that at the administration. The result's `provenance` names it.
    method : {"local_deposition"}
        Every decay is absorbed in its own voxel.
    dose_constant_gy_kg_per_gbq : float, optional
        Dose constant; the cited one unless stated (see `constants`).
    half_life_h : float, optional
        Half-life in hours; the cited one unless stated (see `constants`).

    Returns
    -------
    DoseGrid
        Physical dose without a number of fractions; its `provenance` names method, constants and sources. Voxels of
        negative activity hold 0 Gy, and a warning counts them; `lesion_doses` of the activity averages it as it is.

    Raises
    ------
    hepadose.errors.NonPhysicalError
        A constant that is not above 0.
    ValueError
        Another method.

    Notes
    -----
    Pasciak AS et al., Front Oncol 2014;4:121.
    """
    if method != "local_deposition":
        raise ValueError(f"method must be 'local_deposition', got {method!r}")
    model = LocalDeposition(
        density_g_per_ml=density_g_per_ml,
        decay_correction_h=decay_correction_h,
        dose_constant_gy_kg_per_gbq=dose_constant_gy_kg_per_gbq,
        half_life_h=half_life_h,
    )
    return _core.absorbed_dose(activity, model)


@overload
def bed_gy(
    dose_gy: float,
    *,
    alpha_beta_gy: float,
    repair_half_life_h: float,
    physical_half_life_h: float | None = None,
) -> float: ...
@overload
def bed_gy(
    dose_gy: NDArray[_F],
    *,
    alpha_beta_gy: float,
    repair_half_life_h: float,
    physical_half_life_h: float | None = None,
) -> NDArray[_F]: ...
def bed_gy(
    dose_gy: float | NDArray[Any],
    *,
    alpha_beta_gy: float,
    repair_half_life_h: float,
    physical_half_life_h: float | None = None,
) -> float | NDArray[Any]:
    """Give the BED of an absorbed dose from yttrium-90 that decays where it lies.

    ``BED = D (1 + D Trep / ((Trep + Tphys) (alpha/beta)))`` with half-lives of repair and decay.

    Parameters
    ----------
    dose_gy : float or array
        Absorbed dose in Gy.
    alpha_beta_gy : float
        alpha/beta in Gy; never a default (see `bed_parameters`).
    repair_half_life_h : float
        Half-life of sublethal damage repair in hours; never a default.
    physical_half_life_h : float, optional
        Half-life of the radionuclide in hours; that of yttrium-90 unless stated (see `constants`).

    Returns
    -------
    float or array
        BED in Gy.

    Raises
    ------
    hepadose.errors.NonPhysicalError
        A dose that is negative or not finite, parameters that are not above 0.

    Notes
    -----
    Cremonesi M et al., Eur J Nucl Med Mol Imaging 2008.

    Examples
    --------
    >>> import hepadose as hd
    >>> round(hd.y90.bed_gy(40, alpha_beta_gy=2.5, repair_half_life_h=2.5, physical_half_life_h=64.2), 2)
    63.99
    """
    return _core.y90_bed_gy(dose_gy, alpha_beta_gy, repair_half_life_h, physical_half_life_h)


def bed_parameters() -> tuple[BedParameters, ...]:
    """List published tissue parameters for `bed_gy`."""
    names = ("alpha_beta_gy", "repair_half_life_h", "physical_half_life_h")
    rows = _core.y90_bed_parameters()
    return tuple(BedParameters(name=row["name"], **{name: cited(row[name]) for name in names}) for row in rows)


def constants() -> Mapping[str, Cited]:
    """Give the constants that are used unless others are stated, with their sources.

    Returns
    -------
    mapping of str to Cited
        ``half_life_h``, ``dose_constant_gy_kg_per_gbq`` and ``liver_density_g_per_ml``.

    Examples
    --------
    >>> import hepadose as hd
    >>> sorted(hd.y90.constants())
    ['dose_constant_gy_kg_per_gbq', 'half_life_h', 'liver_density_g_per_ml']
    """
    return {name: cited(row) for name, row in _core.y90_constants().items()}


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


def response(
    dose_gy: float, *, device: Device, disease: Disease, dosimetry: Dosimetry, prevalence: float | None = None
) -> Response:
    """Give the published stratum of a mean lesion dose.

    Device, disease and dosimetry must be those of a publication: a threshold made with glass is refused for resin, one
    from post-treatment PET is refused for MAA planning.

    Parameters
    ----------
    dose_gy : float
        Mean absorbed dose of the lesion in Gy.
    device : {"glass", "resin"}
        The microspheres.
    disease : str
        What was treated, such as ``colorectal-metastases``.
    dosimetry : str
        The image that the dose comes from, such as ``y90-pet``.
    prevalence : float, optional
        Share of lesions that respond whatever their dose, 0 to 1. Without it there is a likelihood ratio and no
        probability.

    Returns
    -------
    Response

    Raises
    ------
    hepadose.errors.NoThresholdsError
        Nothing was published for this combination.
    hepadose.errors.UnknownWordError
        A word that names no device, disease or dosimetry.
    hepadose.errors.NonPhysicalError
        A negative dose, a prevalence outside 0 to 1.

    Examples
    --------
    >>> import hepadose as hd
    >>> hd.y90.response(190, device="glass", disease="colorectal-metastases", dosimetry="y90-pet").likelihood_ratio
    15.0
    """
    row = _core.y90_response(dose_gy, device, disease, dosimetry, prevalence)
    return Response(
        dose_gy=row["dose_gy"],
        stratum=row["stratum_label"],
        likelihood_ratio=row["likelihood_ratio"],
        prevalence=row["prevalence"],
        probability=row["probability"],
        interval_reason=row["interval_reason"],
        thresholds=_threshold_set(row["thresholds"]),
    )


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


def thresholds() -> tuple[ThresholdSet, ...]:
    """List all response thresholds, with what they hold for.

    Returns
    -------
    tuple of ThresholdSet

    Examples
    --------
    >>> import hepadose as hd
    >>> [cut_off.dose_gy for cut_off in hd.y90.thresholds()[0].cut_offs]
    [139.0, 189.0]
    """
    return tuple(map(_threshold_set, _core.y90_thresholds()))


def _threshold_set(row: Mapping[str, Any]) -> ThresholdSet:
    names = ("id", "title", "device", "disease", "dosimetry", "metric", "endpoint", "locator")
    return ThresholdSet(
        **{name: row[name] for name in names},
        reference=reference(row["source"]),
        cut_offs=tuple(CutOff(**cut_off) for cut_off in row["cut_off"]),
        context=tuple(_context(one) for one in row["context"]),
        caveats=tuple(row["caveats"]),
    )


def _context(row: Mapping[str, Any]) -> Context:
    limits = row["range_gy"]
    return Context(
        what=row["what"],
        median_gy=row["median_gy"],
        range_gy=None if limits is None else (limits[0], limits[1]),
    )
