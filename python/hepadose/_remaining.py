"""What tolerance earlier courses leave."""

from dataclasses import dataclass
from typing import Any, overload

import numpy as np

from hepadose import _core
from hepadose._arrays import real_array
from hepadose._core import DoseGrid
from hepadose._evaluate import Numbers
from hepadose._isoeffect import eqd2_gy, isoeffective_dose_gy
from hepadose.errors import KindMismatchError


@dataclass(frozen=True, slots=True, kw_only=True)
class Remaining:
    """What of a tolerance is left after earlier courses."""

    limit_eqd2_gy: float
    """The limit as EQD2 in Gy."""
    eqd2_gy: Any
    """``limit - used`` in Gy: negative where the limit is exceeded. A number, or an array for a grid."""
    dose_gy: Any
    """Total physical dose in Gy in `fractions` fractions that would use it up; 0 where nothing is left."""
    fractions: int
    """Number of fractions of that dose."""
    alpha_beta_gy: float
    """alpha/beta in Gy."""
    warnings: tuple[str, ...] = ()
    """What a reader has to know of the dose that it was made of."""

    def _repr_html_(self) -> str:
        from hepadose import _html_what_if  # noqa: PLC0415 - only a notebook needs it

        return _html_what_if.remaining(self)


@overload
def remaining_tolerance(
    used_eqd2_gy: float, *, limit_eqd2_gy: float, fractions: int, alpha_beta_gy: float
) -> Remaining: ...
@overload
def remaining_tolerance(
    used_eqd2_gy: DoseGrid | Numbers, *, limit_eqd2_gy: float, fractions: int, alpha_beta_gy: float
) -> Remaining: ...
def remaining_tolerance(
    used_eqd2_gy: float | DoseGrid | Numbers, *, limit_eqd2_gy: float, fractions: int, alpha_beta_gy: float
) -> Remaining:
    """Give ``EQD2 limit - accumulated EQD2``, and the dose in n fractions that would use it up.

    Parameters
    ----------
    used_eqd2_gy : float, array or DoseGrid
        EQD2 of the earlier courses: a metric of a structure, or every voxel.
    limit_eqd2_gy : float
        The limit as EQD2 in Gy, at the same alpha/beta.
    fractions : int
        Number of fractions of the course to come.
    alpha_beta_gy : float
        alpha/beta in Gy.

    Returns
    -------
    Remaining

    Raises
    ------
    hepadose.errors.KindMismatchError
        A grid that is not EQD2 at that alpha/beta.
    hepadose.errors.NonPhysicalError
        Numbers that are not physical.

    Examples
    --------
    >>> import hepadose as hd
    >>> left = hd.remaining_tolerance(20.0, limit_eqd2_gy=32.0, fractions=5, alpha_beta_gy=2.5)
    >>> left.eqd2_gy, round(left.dose_gy, 3)
    (12.0, 11.33)
    """
    eqd2_gy(limit_eqd2_gy, fractions=fractions, alpha_beta_gy=alpha_beta_gy)
    warnings: tuple[str, ...] = ()
    if isinstance(used_eqd2_gy, DoseGrid):
        wanted = _core.DoseKind("eqd2", alpha_beta_gy=alpha_beta_gy)
        if used_eqd2_gy.kind != wanted:
            message = f"the tolerance is {wanted}, the dose {used_eqd2_gy.kind}; restate or convert it first"
            raise KindMismatchError(message, kind=used_eqd2_gy.kind, other=wanted)
        used: Any = used_eqd2_gy.values_eqd2_gy
        warnings = used_eqd2_gy.warnings
    else:
        used = real_array(used_eqd2_gy, "the values")
    left: Any = limit_eqd2_gy - used
    if np.ndim(left) == 0:
        left = float(left)
    dose = isoeffective_dose_gy(np.maximum(left, 0.0), fractions=fractions, alpha_beta_gy=alpha_beta_gy)
    return Remaining(
        limit_eqd2_gy=limit_eqd2_gy,
        eqd2_gy=left,
        dose_gy=dose,
        fractions=fractions,
        alpha_beta_gy=alpha_beta_gy,
        warnings=warnings,
    )
