"""BED and EQD2 by the linear-quadratic model, for numbers and arrays."""

from collections.abc import Sequence
from functools import partial
from typing import Any, TypeVar, cast, overload

import numpy as np
from numpy.typing import NDArray

from hepadose import _core
from hepadose._evaluate import LinearQuadratic, Numbers, evaluate, with_alpha_beta

_F = TypeVar("_F", np.float32, np.float64)


@overload
def bed_gy(dose_gy: float, *, fractions: int, alpha_beta_gy: float) -> float: ...
@overload
def bed_gy(
    dose_gy: NDArray[_F],
    *,
    fractions: int,
    alpha_beta_gy: float | Sequence[float] | NDArray[Any],
    labels: NDArray[np.uint8] | None = None,
    out: NDArray[_F] | None = None,
) -> NDArray[_F]: ...
@overload
def bed_gy(
    dose_gy: Numbers,
    *,
    fractions: int,
    alpha_beta_gy: float | Sequence[float] | NDArray[Any],
    labels: NDArray[np.uint8] | None = None,
    out: NDArray[Any] | None = None,
) -> NDArray[Any]: ...
def bed_gy(
    dose_gy: float | Numbers,
    *,
    fractions: int,
    alpha_beta_gy: float | Sequence[float] | NDArray[Any],
    labels: NDArray[np.uint8] | None = None,
    out: NDArray[Any] | None = None,
) -> float | NDArray[Any]:
    """Give the biologically effective dose of a total dose in equal fractions.

    ``BED = D (1 + d / (alpha/beta))`` with ``d = D / n``: complete repair between fractions, no repopulation. The model
    is stated to hold up to about 10 Gy a fraction, possibly 18 Gy; beyond, it overestimates.

    Parameters
    ----------
    dose_gy : float or array
        Total physical dose D in Gy; of an array, each element is a total by itself.
    fractions : int
        Number of fractions n.
    alpha_beta_gy : float or array
        alpha/beta in Gy; never a default (see `alpha_beta` for cited values). An array of the shape of the dose gives
        each voxel its own; with `labels`, a sequence gives one for each label.
    labels : uint8 array, optional
        Label of each voxel, of the shape of the dose: 0 for the first alpha/beta of the sequence.
    out : array, optional
        Where to write, of the shape and type of the result; may be `dose_gy` itself.

    Returns
    -------
    float or array
        BED in Gy: a float for a number, an array of the same shape for an array (float32 stays float32, computed in
        double precision and rounded once).

    Raises
    ------
    hepadose.errors.NonPhysicalError
        A dose that is NaN, infinite or negative (anywhere in an array; a separate `out` then holds NaN), no fractions,
        an alpha/beta not above 0.
    TypeError
        Values that are not real numbers; a DoseGrid, which has `bed` itself.

    Notes
    -----
    Fowler JF, Br J Radiol 1989;62:679-694.

    Examples
    --------
    >>> import hepadose as hd
    >>> hd.bed_gy(60, fractions=3, alpha_beta_gy=10)
    180.0
    """
    if labels is not None or np.ndim(alpha_beta_gy) > 0:
        return with_alpha_beta("bed", dose_gy, fractions, np.atleast_1d(alpha_beta_gy), labels, out)
    one = cast("float", alpha_beta_gy)
    return evaluate(
        partial(_core.bed_gy, fractions=fractions, alpha_beta_gy=one),
        partial(_core.bed_gy_into, fractions=fractions, alpha_beta_gy=one),
        dose_gy,
        out,
    )


@overload
def eqd2_gy(dose_gy: float, *, fractions: int, alpha_beta_gy: float) -> float: ...
@overload
def eqd2_gy(
    dose_gy: NDArray[_F],
    *,
    fractions: int,
    alpha_beta_gy: float | Sequence[float] | NDArray[Any],
    labels: NDArray[np.uint8] | None = None,
    out: NDArray[_F] | None = None,
) -> NDArray[_F]: ...
@overload
def eqd2_gy(
    dose_gy: Numbers,
    *,
    fractions: int,
    alpha_beta_gy: float | Sequence[float] | NDArray[Any],
    labels: NDArray[np.uint8] | None = None,
    out: NDArray[Any] | None = None,
) -> NDArray[Any]: ...
def eqd2_gy(
    dose_gy: float | Numbers,
    *,
    fractions: int,
    alpha_beta_gy: float | Sequence[float] | NDArray[Any],
    labels: NDArray[np.uint8] | None = None,
    out: NDArray[Any] | None = None,
) -> float | NDArray[Any]:
    """Give the equieffective dose in 2 Gy fractions of a total dose in equal fractions.

    ``EQD2 = D (d + alpha/beta) / (2 + alpha/beta)`` with ``d = D / n``.

    Parameters
    ----------
    dose_gy : float or array
        Total physical dose D in Gy; of an array, each element is a total by itself.
    fractions : int
        Number of fractions n.
    alpha_beta_gy : float or array
        alpha/beta in Gy; never a default (see `alpha_beta` for cited values). An array of the shape of the dose gives
        each voxel its own; with `labels`, a sequence gives one for each label.
    labels : uint8 array, optional
        Label of each voxel, of the shape of the dose: 0 for the first alpha/beta of the sequence.
    out : array, optional
        Where to write, of the shape and type of the result; may be `dose_gy` itself.

    Returns
    -------
    float or array
        EQD2 in Gy, as `bed_gy` gives BED.

    Raises
    ------
    hepadose.errors.NonPhysicalError, TypeError
        As `bed_gy`.

    Notes
    -----
    Fowler JF, Br J Radiol 1989;62:679-694.

    Examples
    --------
    >>> import hepadose as hd
    >>> hd.eqd2_gy(25, fractions=5, alpha_beta_gy=10)
    31.25
    """
    if labels is not None or np.ndim(alpha_beta_gy) > 0:
        return with_alpha_beta("eqd2", dose_gy, fractions, np.atleast_1d(alpha_beta_gy), labels, out)
    one = cast("float", alpha_beta_gy)
    return evaluate(
        partial(_core.eqd2_gy, fractions=fractions, alpha_beta_gy=one),
        partial(_core.eqd2_gy_into, fractions=fractions, alpha_beta_gy=one),
        dose_gy,
        out,
    )


@overload
def eqd2_from_bed_gy(bed_gy: float, *, alpha_beta_gy: float) -> float: ...
@overload
def eqd2_from_bed_gy(bed_gy: NDArray[_F], *, alpha_beta_gy: float, out: NDArray[_F] | None = None) -> NDArray[_F]: ...
@overload
def eqd2_from_bed_gy(bed_gy: Numbers, *, alpha_beta_gy: float, out: NDArray[Any] | None = None) -> NDArray[Any]: ...
def eqd2_from_bed_gy(
    bed_gy: float | Numbers, *, alpha_beta_gy: float, out: NDArray[Any] | None = None
) -> float | NDArray[Any]:
    """Give the EQD2 of a BED at the same alpha/beta: ``EQD2 = BED / (1 + 2 / (alpha/beta))``.

    Parameters
    ----------
    bed_gy : float or array
        BED in Gy.
    alpha_beta_gy : float
        The alpha/beta of that BED in Gy.
    out : array, optional
        Where to write, of the shape and type of the result; may be `bed_gy` itself.

    Returns
    -------
    float or array
        EQD2 in Gy.

    Raises
    ------
    hepadose.errors.NonPhysicalError, TypeError
        As the function `bed_gy`.

    Examples
    --------
    >>> import hepadose as hd
    >>> hd.eqd2_from_bed_gy(180, alpha_beta_gy=10)
    150.0
    """
    return evaluate(
        partial(_core.eqd2_from_bed_gy, alpha_beta_gy=alpha_beta_gy),
        partial(_core.eqd2_from_bed_gy_into, alpha_beta_gy=alpha_beta_gy),
        bed_gy,
        out,
    )


@overload
def isoeffective_dose_gy(eqd2_gy: float, *, fractions: int, alpha_beta_gy: float) -> float: ...
@overload
def isoeffective_dose_gy(
    eqd2_gy: NDArray[_F], *, fractions: int, alpha_beta_gy: float, out: NDArray[_F] | None = None
) -> NDArray[_F]: ...
@overload
def isoeffective_dose_gy(
    eqd2_gy: Numbers, *, fractions: int, alpha_beta_gy: float, out: NDArray[Any] | None = None
) -> NDArray[Any]: ...
def isoeffective_dose_gy(
    eqd2_gy: float | Numbers, *, fractions: int, alpha_beta_gy: float, out: NDArray[Any] | None = None
) -> float | NDArray[Any]:
    """Give the total dose in a number of fractions that has a given EQD2.

    The root D of ``D (D / n + alpha/beta) / (2 + alpha/beta) = EQD2`` that is not negative.

    Parameters
    ----------
    eqd2_gy : float or array
        EQD2 in Gy.
    fractions : int
        Number of fractions n in which the dose will be given.
    alpha_beta_gy : float
        alpha/beta in Gy.
    out : array, optional
        Where to write, of the shape and type of the result; may be `eqd2_gy` itself.

    Returns
    -------
    float or array
        Total physical dose in Gy.

    Raises
    ------
    hepadose.errors.NonPhysicalError, TypeError
        As `bed_gy`.

    Examples
    --------
    >>> import hepadose as hd
    >>> round(hd.isoeffective_dose_gy(eqd2_gy=28, fractions=3, alpha_beta_gy=2.5), 6)
    16.050568
    """
    return evaluate(
        partial(_core.isoeffective_dose_gy, fractions=fractions, alpha_beta_gy=alpha_beta_gy),
        partial(_core.isoeffective_dose_gy_into, fractions=fractions, alpha_beta_gy=alpha_beta_gy),
        eqd2_gy,
        out,
    )


@overload
def dose_per_fraction_gy(eqd2_gy: float, *, fractions: int, alpha_beta_gy: float) -> float: ...
@overload
def dose_per_fraction_gy(
    eqd2_gy: NDArray[_F], *, fractions: int, alpha_beta_gy: float, out: NDArray[_F] | None = None
) -> NDArray[_F]: ...
@overload
def dose_per_fraction_gy(
    eqd2_gy: Numbers, *, fractions: int, alpha_beta_gy: float, out: NDArray[Any] | None = None
) -> NDArray[Any]: ...
def dose_per_fraction_gy(
    eqd2_gy: float | Numbers, *, fractions: int, alpha_beta_gy: float, out: NDArray[Any] | None = None
) -> float | NDArray[Any]:
    """Give the dose per fraction that has a given EQD2 in a number of fractions.

    The root d of ``n d (d + alpha/beta) / (2 + alpha/beta) = EQD2`` that is not negative.

    Parameters
    ----------
    eqd2_gy : float or array
        EQD2 of the whole treatment in Gy.
    fractions : int
        Number of fractions n.
    alpha_beta_gy : float
        alpha/beta in Gy.
    out : array, optional
        Where to write, of the shape and type of the result; may be `eqd2_gy` itself.

    Returns
    -------
    float or array
        Physical dose of one fraction in Gy.

    Raises
    ------
    hepadose.errors.NonPhysicalError, TypeError
        As `bed_gy`.

    Examples
    --------
    >>> import hepadose as hd
    >>> round(hd.dose_per_fraction_gy(28, fractions=3, alpha_beta_gy=2.5), 6)
    5.350189
    """
    return evaluate(
        partial(_core.dose_per_fraction_gy, fractions=fractions, alpha_beta_gy=alpha_beta_gy),
        partial(_core.dose_per_fraction_gy_into, fractions=fractions, alpha_beta_gy=alpha_beta_gy),
        eqd2_gy,
        out,
    )


def mixed_bed_gy(schedule: Sequence[tuple[int, float]], *, alpha_beta_gy: float) -> float:
    """Give the BED of a schedule whose fraction size changes: the sum of ``n d (1 + d / (alpha/beta))``.

    Parameters
    ----------
    schedule : sequence of (int, float)
        Number of fractions and dose per fraction in Gy of each part.
    alpha_beta_gy : float
        alpha/beta in Gy.

    Returns
    -------
    float
        BED in Gy.

    Raises
    ------
    hepadose.errors.NonPhysicalError
        As `bed_gy`.

    Examples
    --------
    >>> import hepadose as hd
    >>> round(hd.mixed_bed_gy([(25, 1.8), (3, 6)], alpha_beta_gy=10), 9)
    81.9
    """
    return _core.mixed_bed_gy(schedule, alpha_beta_gy)


def mixed_eqd2_gy(schedule: Sequence[tuple[int, float]], *, alpha_beta_gy: float) -> float:
    """Give the EQD2 of a schedule whose fraction size changes.

    Parameters
    ----------
    schedule : sequence of (int, float)
        Number of fractions and dose per fraction in Gy of each part.
    alpha_beta_gy : float
        alpha/beta in Gy.

    Returns
    -------
    float
        EQD2 in Gy.

    Raises
    ------
    hepadose.errors.NonPhysicalError
        As `bed_gy`.

    Examples
    --------
    >>> import hepadose as hd
    >>> round(hd.mixed_eqd2_gy([(25, 1.8), (3, 6)], alpha_beta_gy=10), 9)
    68.25
    """
    return _core.mixed_eqd2_gy(schedule, alpha_beta_gy)


def eqdx_gy(
    dose_gy: float | Numbers,
    *,
    fractions: int,
    dose_per_fraction_gy: float,
    alpha_beta_gy: float,
    out: NDArray[Any] | None = None,
) -> float | NDArray[Any]:
    """Give the equieffective dose in fractions of any size x: ``EQDx = D (d + alpha/beta) / (x + alpha/beta)``.

    Parameters
    ----------
    dose_gy : float or array
        Total physical dose D in Gy, in `fractions` equal fractions of d.
    fractions : int
        Number of fractions in which the dose is given.
    dose_per_fraction_gy : float
        Size x of the fractions that EQDx is stated in, in Gy.
    alpha_beta_gy : float
        alpha/beta in Gy.
    out : array, optional
        Where to write, of the shape and type of the result; may be `dose_gy` itself.

    Returns
    -------
    float or array
        EQDx in Gy.

    Raises
    ------
    hepadose.errors.NonPhysicalError, TypeError
        As `bed_gy`.

    Examples
    --------
    >>> import hepadose as hd
    >>> hd.eqdx_gy(60, fractions=30, dose_per_fraction_gy=2, alpha_beta_gy=10)
    60.0
    """
    course = (LinearQuadratic(alpha_beta_gy), None, fractions)
    return evaluate(
        lambda value: _core.effect_gy(value, course, dose_per_fraction_gy, False),  # noqa: FBT003
        lambda array, target: _core.effect_gy_into(array, target, course, dose_per_fraction_gy, False),  # noqa: FBT003
        dose_gy,
        out,
    )


def refractionated_dose_gy(dose_gy: float, *, fractions: int, to_fractions: int, alpha_beta_gy: float) -> float:
    """Give the total dose in another number of fractions that has the same effect.

    Parameters
    ----------
    dose_gy : float
        Total physical dose in Gy, in `fractions` fractions.
    fractions, to_fractions : int
        Numbers of fractions that it is given in, and that it is to be given in.
    alpha_beta_gy : float
        alpha/beta in Gy.

    Returns
    -------
    float
        Total physical dose in Gy.

    Raises
    ------
    hepadose.errors.NonPhysicalError
        As `bed_gy`.

    Examples
    --------
    >>> import hepadose as hd
    >>> round(hd.refractionated_dose_gy(60, fractions=3, to_fractions=5, alpha_beta_gy=10), 3)
    73.107
    """
    return _core.refractionated_dose_gy(dose_gy, fractions, to_fractions, alpha_beta_gy)


def fractions_for_eqd2(eqd2_gy: float, *, dose_per_fraction_gy: float, alpha_beta_gy: float) -> float:
    """Give how many fractions of a size have an EQD2, not rounded: ``n = EQD2 (2 + ab) / (d (d + ab))``.

    Parameters
    ----------
    eqd2_gy : float
        EQD2 in Gy.
    dose_per_fraction_gy : float
        Size d of each fraction in Gy.
    alpha_beta_gy : float
        alpha/beta in Gy.

    Returns
    -------
    float
        Number of fractions; round down for a tolerance, up for a target.

    Raises
    ------
    hepadose.errors.NonPhysicalError
        As `bed_gy`.

    Examples
    --------
    >>> import hepadose as hd
    >>> hd.fractions_for_eqd2(40, dose_per_fraction_gy=5, alpha_beta_gy=3)
    5.0
    """
    return _core.fractions_for_eqd2(eqd2_gy, dose_per_fraction_gy, alpha_beta_gy)
