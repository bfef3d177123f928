"""Arrays in memory of their own, which goes back to the system as soon as they are gone.

The allocator of C keeps what is freed among arrays that are still there, and the process stays as large as it was.
"""

from __future__ import annotations

import math
import mmap
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

__all__ = ["own_copy", "own_memory"]

# Without these a process that is forked would share it.
_PRIVATE: dict[str, int] = {"flags": mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS} if hasattr(mmap, "MAP_PRIVATE") else {}
_LEAST = 1 << 17  # bytes; smaller arrays are better off among others


def own_memory(shape: tuple[int, ...], dtype: DTypeLike) -> NDArray[Any]:
    """Return a writable array of zeros.

    Raises
    ------
    MemoryError
        If there is not enough memory.
    """
    dtype = np.dtype(dtype)
    n_bytes = math.prod(shape) * dtype.itemsize
    if n_bytes < _LEAST:
        return np.zeros(shape, dtype)
    try:
        memory = mmap.mmap(-1, n_bytes, **_PRIVATE)
    except OSError as error:
        raise MemoryError(f"{n_bytes:,} bytes for an array of shape {shape}: {error.strerror}") from None
    return np.frombuffer(memory, dtype).reshape(shape)


def own_copy(array: NDArray[Any], dtype: DTypeLike | None = None) -> NDArray[Any]:
    """Return a contiguous copy of an array, of another type if one is given."""
    copy = own_memory(array.shape, array.dtype if dtype is None else dtype)
    copy[...] = array
    return copy
