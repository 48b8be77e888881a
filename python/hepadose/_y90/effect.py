"""What a dose distribution does: mean, D70, V100, BED and EUBED, by volume or by mass."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hepadose import _core
from hepadose._core import Dvh
from hepadose._shown import Shown


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect(Shown):
    """Measures of the dose in a region."""

    mean_gy: float
    """Weighted mean dose in Gy."""
    d70_gy: float
    """Dose in Gy that the hottest 70 % receive at least."""
    v100_percent: float
    """Share that receives at least 100 Gy, in per cent."""
    v_percent: tuple[tuple[float, float], ...]
    """Doses in Gy asked for, each with the share that receives at least it, in per cent."""
    mean_bed_gy: float
    """Mean of the voxels' BED in Gy; at least the BED of the mean dose."""
    mean_eqd2_gy: float
    """EQD2 of the mean BED in Gy."""
    eubed_gy: float | None
    """Equivalent uniform BED in Gy; None without alpha."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Tissue:
    """Tissue parameters, as the core reads them."""

    alpha_beta_gy: float
    repair_half_life_h: float
    physical_half_life_h: float | str | None
    alpha_per_gy: float | None


def _column(values: ArrayLike) -> NDArray[np.float64]:
    return np.ascontiguousarray(np.asarray(values, np.float64).ravel())


def effect(  # noqa: PLR0913 - every parameter is explicit
    dose_gy: ArrayLike | Dvh,
    *,
    alpha_beta_gy: float,
    repair_half_life_h: float,
    physical_half_life_h: float | str | None = None,
    alpha_per_gy: float | None = None,
    weights: ArrayLike | None = None,
    at_least_gy: Iterable[float] = (),
) -> Effect:
    """Give mean, D70, V100, mean BED, EQD2 and EUBED of the voxels of a region.

    ``EUBED = -ln(mean of exp(-alpha BED)) / alpha``, with the BED of each voxel as `bed_gy`.

    Parameters
    ----------
    dose_gy : array or Dvh
        Dose of each voxel in Gy, or a histogram of physical dose; one made with ``weights=`` of density counts by mass.
    alpha_beta_gy, repair_half_life_h : float
        Tissue parameters; never defaults (see `bed_parameters`).
    physical_half_life_h : float or str, optional
        Half-life by value or by name; 64.1 h unless stated.
    alpha_per_gy : float, optional
        alpha in 1/Gy; without it there is no EUBED.
    weights : array, optional
        Weight of each voxel, such as its mass for mass-weighted measures; all the same unless stated. A histogram has
        its own.
    at_least_gy : iterable of float
        Doses for which V is wanted.

    Returns
    -------
    Effect

    Raises
    ------
    hepadose.errors.NonPhysicalError
        No voxel, negative doses or weights, parameters that are not above 0.
    hepadose.errors.NotPhysicalDoseError, hepadose.errors.DvhError
        A histogram of BED or EQD2; one without volume, or whose structure the dose does not cover.
    TypeError
        Weights beside a histogram.

    Examples
    --------
    >>> import hepadose as hd
    >>> found = hd.y90.effect([130.0, 130.0], alpha_beta_gy=10, repair_half_life_h=1.5, physical_half_life_h=64.2)
    >>> round(found.mean_bed_gy, 2), round(found.mean_eqd2_gy, 2), found.v100_percent
    (168.58, 140.49, 100.0)
    """
    tissue = _Tissue(
        alpha_beta_gy=alpha_beta_gy,
        repair_half_life_h=repair_half_life_h,
        physical_half_life_h=physical_half_life_h,
        alpha_per_gy=alpha_per_gy,
    )
    limits = [float(one) for one in at_least_gy]
    if isinstance(dose_gy, Dvh):
        if weights is not None:
            raise TypeError("a histogram has its own weights; make it with hepadose.dvh(..., weights=...)")
        row: dict[str, Any] = _core.y90_effect_of_dvh(dose_gy, limits, tissue)
    else:
        dose = _column(dose_gy)
        row = _core.y90_effect(dose, np.ones_like(dose) if weights is None else _column(weights), limits, tissue)
    row["v_percent"] = tuple((one, share) for one, share in row["v_percent"])
    return Effect(**row)
