"""BED and EQD2 by the linear-quadratic model, for numbers and arrays."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeAlias, TypeVar, cast, overload

import numpy as np
from numpy.typing import NDArray

from hepadose import _core
from hepadose._arrays import real_array
from hepadose._citations import Cited, cited

_F = TypeVar("_F", np.float32, np.float64)
Numbers: TypeAlias = Sequence[float] | Sequence[Sequence[float]] | Sequence[Sequence[Sequence[float]]] | NDArray[Any]


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
        return _with_alpha_beta("bed", dose_gy, fractions, np.atleast_1d(alpha_beta_gy), labels, out)
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
        return _with_alpha_beta("eqd2", dose_gy, fractions, np.atleast_1d(alpha_beta_gy), labels, out)
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
    course = (_LinearQuadratic(alpha_beta_gy), None, fractions)
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


@dataclass(frozen=True, slots=True)
class _LinearQuadratic:
    """What the core needs to see of the linear-quadratic model."""

    alpha_beta_gy: float


def _with_alpha_beta(  # noqa: PLR0913, PLR0917 - the arguments of the public function
    measure: str,
    dose_gy: object,
    fractions: int,
    alpha_beta_gy: Sequence[float] | NDArray[Any],
    labels: NDArray[Any] | None,
    out: NDArray[Any] | None,
) -> NDArray[Any]:
    """Call the core for an alpha/beta that differs from voxel to voxel or from label to label."""
    dose = real_array(dose_gy, "the values")
    if out is None:
        out = np.empty_like(dose)
    _check_out(out, dose)
    direct = out.flags.c_contiguous and not np.may_share_memory(out, dose)
    target = out if direct else np.empty_like(dose)
    if labels is not None:
        if labels.shape != dose.shape or labels.dtype != np.uint8:
            raise ValueError(f"labels must be uint8 of shape {dose.shape}, got {labels.dtype} of {labels.shape}")
        table = [float(value) for value in alpha_beta_gy]
        _core.alpha_beta_labels_into(measure, fractions, dose, np.ascontiguousarray(labels), table, target)
    else:
        map_gy = np.ascontiguousarray(alpha_beta_gy, dtype=dose.dtype)
        if map_gy.shape != dose.shape:
            raise ValueError(f"alpha_beta_gy must be one number or of shape {dose.shape}, got {map_gy.shape}")
        if np.may_share_memory(target, map_gy):
            map_gy = map_gy.copy()
        _core.alpha_beta_map_into(measure, fractions, dose, map_gy, target)
    if not direct:
        out[...] = target
    return out


def evaluate(
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
