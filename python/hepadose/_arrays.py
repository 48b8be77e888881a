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
