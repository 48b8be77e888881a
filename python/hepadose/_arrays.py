"""What comes in as an array of dose."""

from typing import Any

import numpy as np
from numpy.typing import NDArray


def real_array(values: object, what: str) -> NDArray[np.float32] | NDArray[np.float64]:
    """Give values as a C-ordered float32 or float64 array in native byte order.

    The array itself comes back where it is one already. float32 and float16 become float32, everything else that is
    real becomes float64.

    Raises
    ------
    TypeError
        Values that are not real numbers, or a masked array, whose mask would be lost.
    """
    if isinstance(values, np.ma.MaskedArray):
        message = f"{what} came as a masked array, whose mask would be lost; fill it deliberately (.filled(...)) first"
        raise TypeError(message)
    array: NDArray[Any] = np.asarray(values)
    if array.dtype.kind not in "fiu":
        raise TypeError(f"{what} must be real numbers (float32, float64 or integers), got dtype {array.dtype}")
    single = array.dtype.kind == "f" and array.dtype.itemsize <= np.dtype(np.float32).itemsize
    if single:
        return np.asarray(array, dtype=np.float32, order="C")
    return np.asarray(array, dtype=np.float64, order="C")


def points(values: object) -> NDArray[np.float64]:
    """Give points (x, y, z) as a C-ordered (N, 3) array in double precision."""
    array = real_array(values, "contour points")
    if array.size == 0:
        return np.empty((0, 3))
    if array.shape[1:] != (3,):
        raise ValueError(f"a contour is an (N, 3) array of points (x, y, z) in mm, got shape {array.shape}")
    return np.asarray(array, dtype=np.float64, order="C")


def covered_fractions(mask: object) -> NDArray[np.float32]:
    """Give a mask as the covered fraction of each voxel, in single precision."""
    if isinstance(mask, np.ma.MaskedArray):
        raise TypeError("the mask came as a masked array, whose own mask would be lost; fill it deliberately first")
    array: NDArray[Any] = np.asarray(mask)
    if array.dtype.kind not in "bfiu":
        raise TypeError(f"a mask holds True and False, 0 and 1, or covered fractions, got dtype {array.dtype}")
    return np.asarray(array, dtype=np.float32, order="C")


def label_array(values: object) -> NDArray[np.uint8] | NDArray[np.uint16] | NDArray[np.uint32]:
    """Give a label map as it is where it has 8 to 32 bits without sign, True and False as 1 and 0, else as `labels`."""
    array: NDArray[Any] = np.asarray(values)
    if array.dtype == np.bool_:
        array = array.view(np.uint8)
    if array.dtype.kind == "u" and array.dtype.isnative and array.dtype.itemsize <= np.dtype(np.uint32).itemsize:
        return np.asarray(array, order="C")
    return labels(array)


def labels(values: object) -> NDArray[np.uint32]:
    """Give a label map as unsigned whole numbers, 0 for background."""
    array: NDArray[Any] = np.asarray(values)
    if array.dtype.kind not in "iu":
        raise TypeError(f"a label map holds whole numbers, got dtype {array.dtype}")
    if array.size and (array.min() < 0 or array.max() > np.iinfo(np.uint32).max):
        raise ValueError(f"labels are between 0 (background) and {np.iinfo(np.uint32).max}")
    return np.asarray(array, dtype=np.uint32, order="C")
