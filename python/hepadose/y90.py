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
from numpy.typing import ArrayLike, NDArray

from hepadose import _core, _html
from hepadose._citations import Cited, Evidence, Reference, cited, reference
from hepadose._core import ActivityMap, DoseGrid, DoseKind, Grid, VoxelKernel
from hepadose._y90_effect import Effect, effect
from hepadose._y90_fit import (
    DeliveredModel,
    DoseResponse,
    LogisticFit,
    RocThreshold,
    Separation,
    UncertainDose,
    dose_uncertainty,
    fit_response,
    predict_delivered,
    volume_uncertainty,
)
from hepadose._y90_image import Calibration, Image, absolute_calibration, read_image, relative_calibration
from hepadose._y90_planning import (
    LungConstants,
    Partition,
    PerfusedVolume,
    PlannedActivity,
    VolumesDose,
    body_surface_m2,
    bsa_activity_gbq,
    bsa_shunt_reduction,
    lung_activity_gbq,
    lung_constants,
    lung_dose_gy,
    lung_mass_from_ct_kg,
    lung_shunt_from_planar,
    lung_shunt_from_spect,
    lung_shunt_from_tumour_lung_shunt,
    mird_activity_gbq,
    mird_dose_gy,
    partition,
    partition_activity_gbq,
    partition_volumes,
    plan_activity,
    tn_ratio_from_activity_ratio,
)
from hepadose._y90_table import LesionRow, Region, lesion_table, read_regions
from hepadose.errors import NotPhysicalDoseError

__all__ = [
    "ActivityMap",
    "BedParameters",
    "Calibration",
    "Context",
    "CutOff",
    "DeliveredModel",
    "Derivation",
    "Device",
    "Disease",
    "DoseResponse",
    "Dosimetry",
    "Effect",
    "Image",
    "LesionDose",
    "LesionDoses",
    "LesionResponse",
    "LesionResponses",
    "LesionRow",
    "LocalDeposition",
    "LogisticFit",
    "LungConstants",
    "Partition",
    "PerfusedVolume",
    "PlannedActivity",
    "Recommendation",
    "Region",
    "Response",
    "RocThreshold",
    "Separation",
    "ThresholdSet",
    "UncertainDose",
    "VolumesDose",
    "VoxelKernel",
    "absolute_calibration",
    "absorbed_dose",
    "bed",
    "bed_gy",
    "bed_parameters",
    "body_surface_m2",
    "bsa_activity_gbq",
    "bsa_shunt_reduction",
    "constants",
    "density_from_hounsfield",
    "dose_uncertainty",
    "effect",
    "fit_response",
    "kernel",
    "lesion_doses",
    "lesion_responses",
    "lesion_table",
    "lung_activity_gbq",
    "lung_constants",
    "lung_dose_gy",
    "lung_mass_from_ct_kg",
    "lung_shunt_from_planar",
    "lung_shunt_from_spect",
    "lung_shunt_from_tumour_lung_shunt",
    "mird_activity_gbq",
    "mird_dose_gy",
    "named_constants",
    "partition",
    "partition_activity_gbq",
    "partition_volumes",
    "plan_activity",
    "predict_delivered",
    "read_image",
    "read_regions",
    "relative_calibration",
    "response",
    "thresholds",
    "tn_ratio_from_activity_ratio",
    "volume_uncertainty",
]

Device: TypeAlias = Literal["glass", "resin"]
Disease: TypeAlias = Literal[
    "colorectal-metastases", "hcc", "cholangiocarcinoma", "neuroendocrine-metastases", "other-metastases", "mixed"
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
    dose_constant_gy_kg_per_gbq: float | str | None = None
    """Dose constant in Gy kg/GBq by value or by name (see `named_constants`); None for the cited one."""
    half_life_h: float | str | None = None
    """Half-life in hours by value or by name (see `named_constants`); None for the cited one."""

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
class Derivation:
    """How the doses of a publication were made; what was not seen is None."""

    method: str | None
    """From activity to dose."""
    dose_constant_gy_kg_per_gbq: float | None
    """Dose constant in Gy kg/GBq."""
    density_g_per_ml: float | None
    """Density in g/mL."""
    partial_volume_corrected: bool | None
    """Whether the partial volume effect was corrected for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recommendation:
    """A dose that a source asks for, or asks to keep below, in one scenario."""

    scenario: str
    """Kind of treatment, ``all`` where it does not matter."""
    region: str
    """What the dose is the mean of."""
    operator: str
    """As printed."""
    dose_gy: float
    """The dose in Gy."""
    to_gy: float | None
    """Upper end of a range in Gy."""
    condition: str | None
    """When it holds."""
    evidence: Evidence
    """How it was seen."""


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
    dosimetry: Dosimetry | None
    """The image that the doses came from; None where the source does not say."""
    metric: str
    """What the thresholds are compared with."""
    endpoint: str
    """What counted as response, and when."""
    reference: Reference
    """The publication."""
    locator: str
    """Table, figure or section."""
    by_name_only: bool
    """Whether something that matters was recalled, so that the set is used only by its name."""
    derived_with: Derivation
    """How the doses were made, as far as it was seen."""
    cut_offs: tuple[CutOff, ...]
    """Nested cut-offs of response, ascending in dose."""
    recommendations: tuple[Recommendation, ...]
    """Doses to aim at or to keep below."""
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
    warnings: tuple[str, ...]
    """Doubts about this dose against these thresholds."""
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
    density_g_per_ml: float | NDArray[Any],
    decay_correction_h: float = 0.0,
    method: Literal["local_deposition", "kernel"] = "local_deposition",
    dose_constant_gy_kg_per_gbq: float | str | None = None,
    half_life_h: float | str | None = None,
    kernel: VoxelKernel | None = None,
) -> DoseGrid:
    """Give the absorbed dose in every voxel, by local deposition or with the range of the beta particles.

    Local deposition, ``D = k C 2^(t / T) / rho``, is the default: on clinical yttrium-90 PET a kernel showed no
    detectable benefit, and where the image's blur exceeds the range it spreads the energy twice (Pasciak 2014).

    Parameters
    ----------
    activity : ActivityMap
        Activity concentration in Bq/mL.
    density_g_per_ml : float or array
        Density of the tissue; about 1.05 for liver. An array of the image's shape gives each voxel its own: from CT
        with `density_from_hounsfield`, or one number for each structure's voxels.
    decay_correction_h : float
        Hours from the administration to the moment at which the image's activity is stated; 0, the default, takes the
        activity as that at the administration. The result's `provenance` names it.
    method : {"local_deposition", "kernel"}
        Every decay is absorbed in its own voxel, or its energy is spread by a `kernel`.
    dose_constant_gy_kg_per_gbq : float or str, optional
        Dose constant by value or by name (see `named_constants`); 49.80 unless stated.
    half_life_h : float or str, optional
        Half-life by value or by name (see `named_constants`); 64.1 h unless stated.
    kernel : VoxelKernel, optional
        For method "kernel" and many images of one shape: a kernel keeps its plans and spectrum. Else it is made for
        the image's voxels, at the density given, or at that of liver where each voxel has its own.

    Returns
    -------
    DoseGrid
        Physical dose without a number of fractions; its `provenance` names method, constants and sources. Voxels of
        negative activity hold 0 Gy, and a warning counts them; `lesion_doses` of the activity averages it as it is.
        With a kernel, energy that leaves the image is named (``escaped_fraction``).

    Raises
    ------
    hepadose.errors.NonPhysicalError
        A constant or a density that is not above 0.
    hepadose.errors.ImageError
        A kernel of other voxels or another density than the image's.
    hepadose.errors.ShapeError
        A density array of another shape than the image's.
    hepadose.errors.UnknownWordError
        A name of no constant.
    ValueError
        Another method; a kernel with local deposition.

    Notes
    -----
    Pasciak AS et al., Front Oncol 2014;4:121. Kernel: Graves SA et al., Med Phys 2019;46:5284-5293.

    Examples
    --------
    >>> import numpy as np, hepadose as hd
    >>> grid = hd.Grid(shape=(16, 16, 16), spacing_mm=(3, 3, 3), origin_mm=(0, 0, 0))
    >>> sphere = np.zeros(grid.shape)
    >>> sphere[8, 8, 8] = 1e6
    >>> image = hd.y90.ActivityMap(sphere, grid)
    >>> local = hd.y90.absorbed_dose(image, density_g_per_ml=1.04)
    >>> spread = hd.y90.absorbed_dose(image, density_g_per_ml=1.04, method="kernel")
    >>> round(float(spread.values_gy[8, 8, 8] / local.values_gy[8, 8, 8]), 2)
    0.3
    """
    if method not in {"local_deposition", "kernel"}:
        raise ValueError(f"method must be 'local_deposition' or 'kernel', got {method!r}")
    if method == "local_deposition" and kernel is not None:
        raise ValueError("kernel= goes with method='kernel'; local deposition has none")
    each: NDArray[Any] | None = None
    if isinstance(density_g_per_ml, np.ndarray):
        each = density_g_per_ml
        reference = constants()["liver_density_g_per_ml"].value if kernel is None else kernel.density_g_per_ml
    else:
        reference = density_g_per_ml
    model = LocalDeposition(
        density_g_per_ml=reference,
        decay_correction_h=decay_correction_h,
        dose_constant_gy_kg_per_gbq=dose_constant_gy_kg_per_gbq,
        half_life_h=half_life_h,
    )
    if method == "kernel" and kernel is None:
        kernel = VoxelKernel(spacing_mm=activity.grid.spacing_mm, density_g_per_ml=reference)
    return _core.absorbed_dose(activity, model, each, kernel)


def kernel(*, spacing_mm: tuple[float, float, float], density_g_per_ml: float) -> VoxelKernel:
    """Give the voxel kernel of yttrium-90 for voxels of any sides.

    The radial energy of beta particles in water (Graves 2019) is integrated over pairs of voxels, without random
    numbers; a dense tissue shortens the range in proportion. The shares are scaled to a sum of 1, and the 0.4 % beyond
    11 mm of water is reported as the deficit.

    Parameters
    ----------
    spacing_mm : (x, y, z)
        Sides of a voxel in mm, at least 0.2 mm of water.
    density_g_per_ml : float
        Density of the tissue; about 1.05 for liver.

    Returns
    -------
    VoxelKernel
        Shares of the energy and S values by offset.

    Raises
    ------
    hepadose.errors.NonPhysicalError
        Sides or a density that are not above 0, sides that are too small.

    Examples
    --------
    Lanconelli 2012 has 1.59 mGy for each MBq s in the voxel itself.

    >>> import hepadose as hd
    >>> made = hd.y90.kernel(spacing_mm=(3, 3, 3), density_g_per_ml=1.04)
    >>> values = made.s_values_mgy_per_mbq_s
    >>> middle = tuple(n // 2 for n in values.shape)
    >>> round(float(values[middle]), 2), round(made.deficit_fraction, 3)
    (1.58, 0.004)
    """
    return VoxelKernel(spacing_mm=spacing_mm, density_g_per_ml=density_g_per_ml)


def density_from_hounsfield(
    hounsfield: ArrayLike, *, points: Iterable[tuple[float, float]] | None = None
) -> NDArray[np.float64]:
    """Give densities in g/mL of CT numbers.

    Parameters
    ----------
    hounsfield : array
        CT numbers in HU, on the grid of the image whose dose is wanted.
    points : iterable of (HU, g/mL), optional
        Your scanner's own curve, straight lines between ascending CT numbers, the end values beyond. Without it
        ``(HU + 1000) / 1000`` (Kao 2014, for lung; 50 HU give 1.05), no less than 0.1 g/mL; too steep for bone.

    Returns
    -------
    array of float64
        Densities in the shape of the CT numbers.

    Raises
    ------
    hepadose.errors.NonPhysicalError
        Numbers that are not finite, points that do not ascend.

    Examples
    --------
    >>> import hepadose as hd
    >>> hd.y90.density_from_hounsfield([-700.0, 50.0]).tolist()
    [0.3, 1.05]
    """
    return _core.y90_hounsfield_density(hounsfield, None if points is None else [(hu, rho) for hu, rho in points])


def named_constants() -> Mapping[str, Mapping[str, Cited]]:
    """Give every dose constant and half-life that can be chosen by name; the first of each is the default.

    Returns
    -------
    mapping of str to mapping
        ``dose_constant_gy_kg_per_gbq`` and ``half_life_h``, each a mapping of name to `Cited`.

    Examples
    --------
    >>> import hepadose as hd
    >>> {name: one.value for name, one in hd.y90.named_constants()["dose_constant_gy_kg_per_gbq"].items()}
    {'physics': 49.8, 'gulec2006': 49.67, 'rounded': 50.0}
    """
    dose, half_life = _core.y90_named_constants()
    return {
        "dose_constant_gy_kg_per_gbq": {name: cited(row) for name, row in dose},
        "half_life_h": {name: cited(row) for name, row in half_life},
    }


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


def bed(
    dose: DoseGrid, *, alpha_beta_gy: float, repair_half_life_h: float, physical_half_life_h: float | None = None
) -> DoseGrid:
    """Give the BED of every voxel of an absorbed dose from yttrium-90 as a dose grid of that kind.

    It adds to the BED of other courses of the same alpha/beta on the same grid, voxel by voxel.

    Parameters
    ----------
    dose : DoseGrid
        Physical dose, such as `absorbed_dose` gives.
    alpha_beta_gy, repair_half_life_h, physical_half_life_h
        As for `bed_gy`.

    Returns
    -------
    DoseGrid
        BED of the stated alpha/beta.

    Raises
    ------
    hepadose.errors.NotPhysicalDoseError
        A dose that is no physical dose.
    hepadose.errors.NonPhysicalError
        Parameters that are not above 0.

    Examples
    --------
    >>> import numpy as np, hepadose as hd
    >>> grid = hd.Grid(shape=(1, 1, 1), spacing_mm=(3, 3, 3), origin_mm=(0, 0, 0))
    >>> dose = hd.DoseGrid(np.full(grid.shape, 40.0), grid)
    >>> sirt = hd.y90.bed(dose, alpha_beta_gy=2.5, repair_half_life_h=2.5, physical_half_life_h=64.2)
    >>> beam = hd.DoseGrid(np.full(grid.shape, 12.0), grid, fractions=3).bed(alpha_beta_gy=2.5)
    >>> round(float((sirt + beam).values_bed_gy[0, 0, 0]), 2)
    95.19
    """
    if dose.kind != DoseKind("physical"):
        raise NotPhysicalDoseError(f"BED is made of a physical dose, got {dose.kind}", kind=dose.kind)
    values = bed_gy(
        dose.values_gy,
        alpha_beta_gy=alpha_beta_gy,
        repair_half_life_h=repair_half_life_h,
        physical_half_life_h=physical_half_life_h,
    )
    kind = DoseKind("bed", alpha_beta_gy=alpha_beta_gy)
    return DoseGrid(values, dose.grid, kind=kind, frame_of_reference=dose.frame_of_reference)


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
        ``half_life_h``, ``dose_constant_gy_kg_per_gbq``, ``liver_density_g_per_ml`` and ``lung_mass_kg``.

    Examples
    --------
    >>> import hepadose as hd
    >>> sorted(hd.y90.constants())
    ['dose_constant_gy_kg_per_gbq', 'half_life_h', 'liver_density_g_per_ml', 'lung_mass_kg']
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


def response(  # noqa: PLR0913 - what a threshold holds for is explicit
    dose_gy: float,
    *,
    device: Device,
    disease: Disease,
    dosimetry: Dosimetry,
    prevalence: float | None = None,
    thresholds: str | None = None,
    dose_constant_gy_kg_per_gbq: float | None = None,
    density_g_per_ml: float | None = None,
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
    thresholds : str, optional
        Name of a set (see `hepadose.y90.thresholds`); it must be for this device, disease and dosimetry too. Sets of
        which something was recalled are used only by name.
    dose_constant_gy_kg_per_gbq, density_g_per_ml : float, optional
        Constants behind the dose. A difference from those of the publication is a warning with the shift in Gy.

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
    constants_given = dose_constant_gy_kg_per_gbq is not None or density_g_per_ml is not None
    used = (dose_constant_gy_kg_per_gbq, density_g_per_ml) if constants_given else None
    row = _core.y90_response(dose_gy, (device, disease, dosimetry), prevalence, thresholds, used)
    return Response(
        dose_gy=row["dose_gy"],
        stratum=row["stratum_label"],
        likelihood_ratio=row["likelihood_ratio"],
        prevalence=row["prevalence"],
        probability=row["probability"],
        interval_reason=row["interval_reason"],
        warnings=tuple(row["warnings"]),
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


def thresholds(*, device: Device | None = None, disease: Disease | None = None) -> tuple[ThresholdSet, ...]:
    """List thresholds of response and doses to aim at, with what they hold for.

    Parameters
    ----------
    device : {"glass", "resin"}, optional
        Only those of these microspheres.
    disease : str, optional
        Only those of this disease.

    Returns
    -------
    tuple of ThresholdSet

    Examples
    --------
    >>> import hepadose as hd
    >>> [cut_off.dose_gy for cut_off in hd.y90.thresholds()[0].cut_offs]
    [139.0, 189.0]
    >>> [one.id for one in hd.y90.thresholds(device="resin", disease="hcc")]
    ['eanm2022-resin-hcc']
    """
    every = map(_threshold_set, _core.y90_thresholds())
    return tuple(one for one in every if device in {None, one.device} and disease in {None, one.disease})


def _threshold_set(row: Mapping[str, Any]) -> ThresholdSet:
    names = ("id", "title", "device", "disease", "dosimetry", "metric", "endpoint", "locator", "by_name_only")
    return ThresholdSet(
        **{name: row[name] for name in names},
        reference=reference(row["source"]),
        derived_with=Derivation(**row["derived_with"]),
        cut_offs=tuple(CutOff(**cut_off) for cut_off in row["cut_off"]),
        recommendations=tuple(Recommendation(**one) for one in row["recommendation"]),
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
