"""BED and EQD2 by the linear-quadratic model, for numbers and arrays."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeAlias, TypeVar, overload

import numpy as np
from numpy.typing import NDArray

from hepadose import _core
from hepadose._arrays import real_array
from hepadose._citations import Cited, cited

_F = TypeVar("_F", np.float32, np.float64)
_Numbers: TypeAlias = Sequence[float] | Sequence[Sequence[float]] | Sequence[Sequence[Sequence[float]]] | NDArray[Any]


@dataclass(frozen=True, slots=True)
class AlphaBeta:
    """A published alpha/beta: listed for choice, never a default."""

    tissue: str
    """Tissue and endpoint."""
    cited: Cited
    """The value in Gy with its source."""

    @property
    def alpha_beta_gy(self) -> float:
        """The value in Gy."""
        return self.cited.value


def alpha_beta() -> tuple[AlphaBeta, ...]:
    """List published alpha/beta values, each with its source and how it was seen.

    Returns
    -------
    tuple of AlphaBeta

    Examples
    --------
    >>> import hepadose as hd
    >>> {row.alpha_beta_gy for row in hd.alpha_beta() if row.tissue == "Normal liver"}
    {2.5}
    """
    return tuple(AlphaBeta(row["tissue"], cited(row["value"])) for row in _core.alpha_beta())


@overload
def bed_gy(dose_gy: float, *, fractions: int, alpha_beta_gy: float) -> float: ...
@overload
def bed_gy(
    dose_gy: NDArray[_F], *, fractions: int, alpha_beta_gy: float, out: NDArray[_F] | None = None
) -> NDArray[_F]: ...
@overload
def bed_gy(
    dose_gy: _Numbers, *, fractions: int, alpha_beta_gy: float, out: NDArray[Any] | None = None
) -> NDArray[Any]: ...
def bed_gy(
    dose_gy: float | _Numbers, *, fractions: int, alpha_beta_gy: float, out: NDArray[Any] | None = None
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
    alpha_beta_gy : float
        alpha/beta in Gy; never a default (see `alpha_beta` for cited values).
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
        A dose that is NaN, infinite or negative (anywhere in an array), no fractions, an alpha/beta not above 0.
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
    return _evaluate(
        partial(_core.bed_gy, fractions=fractions, alpha_beta_gy=alpha_beta_gy),
        partial(_core.bed_gy_into, fractions=fractions, alpha_beta_gy=alpha_beta_gy),
        dose_gy,
        out,
    )


@overload
def eqd2_gy(dose_gy: float, *, fractions: int, alpha_beta_gy: float) -> float: ...
@overload
def eqd2_gy(
    dose_gy: NDArray[_F], *, fractions: int, alpha_beta_gy: float, out: NDArray[_F] | None = None
) -> NDArray[_F]: ...
@overload
def eqd2_gy(
    dose_gy: _Numbers, *, fractions: int, alpha_beta_gy: float, out: NDArray[Any] | None = None
) -> NDArray[Any]: ...
def eqd2_gy(
    dose_gy: float | _Numbers, *, fractions: int, alpha_beta_gy: float, out: NDArray[Any] | None = None
) -> float | NDArray[Any]:
    """Give the equieffective dose in 2 Gy fractions of a total dose in equal fractions.

    ``EQD2 = D (d + alpha/beta) / (2 + alpha/beta)`` with ``d = D / n``.

    Parameters
    ----------
    dose_gy : float or array
        Total physical dose D in Gy; of an array, each element is a total by itself.
    fractions : int
        Number of fractions n.
    alpha_beta_gy : float
        alpha/beta in Gy; never a default (see `alpha_beta` for cited values).
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
    return _evaluate(
        partial(_core.eqd2_gy, fractions=fractions, alpha_beta_gy=alpha_beta_gy),
        partial(_core.eqd2_gy_into, fractions=fractions, alpha_beta_gy=alpha_beta_gy),
        dose_gy,
        out,
    )


@overload
def eqd2_from_bed_gy(bed_gy: float, *, alpha_beta_gy: float) -> float: ...
@overload
def eqd2_from_bed_gy(bed_gy: NDArray[_F], *, alpha_beta_gy: float, out: NDArray[_F] | None = None) -> NDArray[_F]: ...
@overload
def eqd2_from_bed_gy(bed_gy: _Numbers, *, alpha_beta_gy: float, out: NDArray[Any] | None = None) -> NDArray[Any]: ...
def eqd2_from_bed_gy(
    bed_gy: float | _Numbers, *, alpha_beta_gy: float, out: NDArray[Any] | None = None
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
    return _evaluate(
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
    eqd2_gy: _Numbers, *, fractions: int, alpha_beta_gy: float, out: NDArray[Any] | None = None
) -> NDArray[Any]: ...
def isoeffective_dose_gy(
    eqd2_gy: float | _Numbers, *, fractions: int, alpha_beta_gy: float, out: NDArray[Any] | None = None
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
    return _evaluate(
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
    eqd2_gy: _Numbers, *, fractions: int, alpha_beta_gy: float, out: NDArray[Any] | None = None
) -> NDArray[Any]: ...
def dose_per_fraction_gy(
    eqd2_gy: float | _Numbers, *, fractions: int, alpha_beta_gy: float, out: NDArray[Any] | None = None
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
    return _evaluate(
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


def _evaluate(
    of_number: Callable[[float], float],
    of_array: Callable[[NDArray[Any], NDArray[Any]], None],
    values: object,
    out: NDArray[Any] | None,
) -> float | NDArray[Any]:
    """Call the core for a number or for an array, the array kept in its precision."""
    if isinstance(values, _core.DoseGrid):
        raise TypeError("a DoseGrid converts itself: dose.bed(alpha_beta_gy=...) or dose.eqd2(alpha_beta_gy=...)")
    array = real_array(values, "the values")
    if array.ndim == 0:
        if out is not None:
            raise TypeError("out= goes with an array, not with a single number")
        return of_number(float(np.asarray(values)))
    if out is None:
        out = np.empty_like(array)
        of_array(array, out)
        return out
    _check_out(out, array)
    if out is array or (out.flags.c_contiguous and not np.may_share_memory(out, array)):
        of_array(array, out)
    else:
        result = np.empty_like(array)
        of_array(array, result)
        out[...] = result
    return out


def _check_out(out: object, like: NDArray[Any]) -> None:
    if not isinstance(out, np.ndarray) or out.dtype != like.dtype:
        raise TypeError(f"out must be a numpy array of {like.dtype}")
    if out.shape != like.shape:
        raise ValueError(f"out must have shape {like.shape}, got {out.shape}")
    if not out.flags.writeable:
        raise ValueError("out must be writeable")
