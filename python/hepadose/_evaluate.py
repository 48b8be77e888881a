"""How a function of the core is called for a number, an array, or an alpha/beta in each voxel."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from hepadose import _core
from hepadose._arrays import real_array

Numbers: TypeAlias = Sequence[float] | Sequence[Sequence[float]] | Sequence[Sequence[Sequence[float]]] | NDArray[Any]


@dataclass(frozen=True, slots=True)
class LinearQuadratic:
    """What the core needs to see of the linear-quadratic model."""

    alpha_beta_gy: float


def with_alpha_beta(  # noqa: PLR0913, PLR0917 - the arguments of the public function
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
