"""From activity to absorbed dose: local deposition, and the kernel of the beta particles."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hepadose import _core
from hepadose._core import ActivityMap, DoseGrid, Grid, Structure, VoxelKernel
from hepadose._y90 import checks
from hepadose._y90.constants import constants

_DENSITY = "density in g/mL"


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalDeposition:
    """The local deposition model with all its constants: ``D = k C 2^(t / T) / rho``.

    ``C`` is the activity concentration in the image, ``t`` the hours from administration to the image's reference time,
    ``T`` the half-life, ``k`` the dose constant, ``rho`` the density. The spheres stay where they are and decay
    completely.
    """

    density_g_per_ml: float
    """Density in g/mL; about 1.05 for liver (see `constants`). What no tissue has (above 25, below 0.0005: kg/m3 or
    kg/mL) is refused by `hepadose.errors.NonPhysicalError`."""
    decay_correction_h: float = 0.0
    """Hours from the administration to the moment at which the image's activity is stated; 0 for an image that was
    corrected to the administration."""
    dose_constant_gy_kg_per_gbq: float | str | None = None
    """Dose constant in Gy kg/GBq by value or by name (see `named_constants`); None for the cited one."""
    half_life_h: float | str | None = None
    """Half-life in hours by value or by name (see `named_constants`); None for the cited one."""

    def __post_init__(self) -> None:
        """Refuse a density in another unit at once; the core refuses what is not above 0."""
        checks.density_g_per_ml(_DENSITY, self.density_g_per_ml)

    def provenance(self) -> dict[str, Any]:
        """Give method, constants and sources as a dictionary.

        Raises
        ------
        hepadose.errors.NonPhysicalError
            A constant that is not above 0.
        """
        return _core.model_provenance(self)


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
        with `density_from_hounsfield`, or one number for each structure with `density_of_structures`.
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
        A constant or a density that is not above 0; a density above 25 or below 0.0005 g/mL (kg/m3 or kg/mL).
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
        checks.density_g_per_ml(_DENSITY, each)
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
        Sides or a density that are not above 0, sides that are too small, a density in another unit than g/mL.

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
    checks.density_g_per_ml(_DENSITY, density_g_per_ml)
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
        Numbers that are not finite, points that do not ascend, points whose density is in another unit than g/mL.

    Examples
    --------
    >>> import hepadose as hd
    >>> hd.y90.density_from_hounsfield([-700.0, 50.0]).tolist()
    [0.3, 1.05]
    """
    curve = None if points is None else [(hu, rho) for hu, rho in points]
    for _, rho in curve or ():
        checks.density_g_per_ml(_DENSITY, rho)
    return _core.y90_hounsfield_density(hounsfield, curve)


def density_of_structures(
    grid: Grid, structures: Iterable[tuple[Structure, float]], *, elsewhere_g_per_ml: float
) -> NDArray[np.float64]:
    """Give densities in g/mL on a grid: one number for each structure and one for all else.

    A voxel at the edge of a structure has the mean of the densities by shares of its volume; where structures overlap
    each counts with its share.

    Parameters
    ----------
    grid : Grid
        That of the image whose dose is wanted.
    structures : iterable of (Structure, float)
        Structures with their densities in g/mL, such as lung with 0.3.
    elsewhere_g_per_ml : float
        Density of all else in g/mL; about 1.05 for liver.

    Returns
    -------
    array of float64, of shape ``grid.shape``
        For ``density_g_per_ml`` of `absorbed_dose`.

    Raises
    ------
    hepadose.errors.NonPhysicalError
        Densities that are not above 0, or in another unit than g/mL.
    hepadose.errors.StructureError
        A combination of structures that cannot be made.

    Examples
    --------
    >>> import numpy as np, hepadose as hd
    >>> grid = hd.Grid(shape=(1, 1, 2), spacing_mm=(10, 10, 10), origin_mm=(0, 0, 0))
    >>> lung = hd.Structure.from_mask("Lung", np.array([[[True, False]]]), grid)
    >>> hd.y90.density_of_structures(grid, [(lung, 0.3)], elsewhere_g_per_ml=1.05).tolist()
    [[[0.3, 1.05]]]
    """
    each = [(one, float(density)) for one, density in structures]
    for density in (*(density for _, density in each), elsewhere_g_per_ml):
        checks.density_g_per_ml(_DENSITY, density)
    return _core.y90_structure_density(grid, elsewhere_g_per_ml, each)
