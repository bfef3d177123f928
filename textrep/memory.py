"""Arrays in memory of their own, which goes back to the system as soon as they are gone.

The allocator of C keeps what is freed among arrays that are still there, and the process stays as large as it was.
"""

from __future__ import annotations

import math
import mmap
from typing import Any, TypeVar

import numpy as np
from numpy.typing import DTypeLike, NDArray

__all__ = ["own_copy", "own_memory"]

_Array = TypeVar("_Array", bound=NDArray[Any])

_LEAST = 1 << 17  # bytes; smaller arrays are better off among others


def own_memory(shape: tuple[int, ...], dtype: DTypeLike) -> NDArray[Any]:
    """Return a writable array of zeros."""
    dtype = np.dtype(dtype)
    n_bytes = math.prod(shape) * dtype.itemsize
    if n_bytes < _LEAST:
        return np.zeros(shape, dtype)
    return np.frombuffer(mmap.mmap(-1, n_bytes), dtype).reshape(shape)


def own_copy(array: _Array) -> _Array:
    """Return a contiguous copy of an array."""
    copy: _Array = own_memory(array.shape, array.dtype)  # type: ignore[assignment]
    copy[...] = array
    return copy
