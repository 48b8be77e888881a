"""BED of a dose that decays where it lies."""

from dataclasses import dataclass
from typing import Any, TypeVar, overload

import numpy as np
from numpy.typing import NDArray

from hepadose import _core
from hepadose._citations import Cited, cited
from hepadose._core import DoseGrid, DoseKind
from hepadose._y90.constants import Constant, value_of
from hepadose.errors import ConversionError, NotPhysicalDoseError
from hepadose.models import Decay

_F = TypeVar("_F", np.float32, np.float64)


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
    dose: DoseGrid, *, alpha_beta_gy: float, repair_half_life_h: float, physical_half_life_h: Constant | None = None
) -> DoseGrid:
    """Give the BED of an absorbed dose from yttrium-90 as a dose grid of that kind, as `bed_gy` at every point.

    It adds to the BED of other courses of the same alpha/beta, voxel by voxel; a DVH of it samples the physical dose
    and converts at the sample. Courses on other grids: `hepadose.accumulate_bed` with
    ``hepadose.models.Decay`` as the timing of this one.

    Parameters
    ----------
    dose : DoseGrid
        Physical dose, such as `absorbed_dose` gives.
    alpha_beta_gy, repair_half_life_h
        As for `bed_gy`.
    physical_half_life_h : float or str, optional
        Half-life by value or by name (see `named_constants`); 64.1 h unless stated.

    Returns
    -------
    DoseGrid
        BED of the stated alpha/beta.

    Raises
    ------
    hepadose.errors.NotPhysicalDoseError
        A dose that is no physical dose.
    hepadose.errors.ConversionError
        A dose that states fractions: it is external beam.
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
    if dose.fractions is not None:
        raise ConversionError(
            f"the dose was given in {dose.fractions} fractions, not by a source that decays; "
            "use dose.bed(alpha_beta_gy=...)"
        )
    half_life = value_of("half_life_h", physical_half_life_h)
    timing = Decay(repair_half_life_h=repair_half_life_h, effective_half_life_h=half_life)
    return dose.bed(alpha_beta_gy=alpha_beta_gy, timing=timing)


def bed_parameters() -> tuple[BedParameters, ...]:
    """List published tissue parameters for `bed_gy`."""
    names = ("alpha_beta_gy", "repair_half_life_h", "physical_half_life_h")
    rows = _core.y90_bed_parameters()
    return tuple(BedParameters(name=row["name"], **{name: cited(row[name]) for name in names}) for row in rows)
