"""`Slabs`: where many small arrays wait that are given up one by one, in order; see `textrep.memory`."""

from __future__ import annotations

from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from textrep.memory import own_memory

__all__ = ["Slabs"]

_SIZE = 1 << 20  # bytes
_ALIGNMENT = 64

_Array = TypeVar("_Array", bound=NDArray[Any])


class Slabs:
    """Copies arrays to memory that is freed in large parts."""

    def __init__(self) -> None:
        self._slab = np.empty(0, np.uint8)  # [n_bytes], shared with the arrays in it
        self._used = 0

    def kept(self, array: _Array) -> _Array:
        """Return a copy of a one-dimensional array."""
        begin = -(-self._used // _ALIGNMENT) * _ALIGNMENT
        if begin + array.nbytes > self._slab.size:
            begin = 0
            self._slab = own_memory((max(_SIZE, array.nbytes),), np.uint8)  # [n_bytes]
        self._used = begin + array.nbytes
        copy: _Array = self._slab[begin : self._used].view(array.dtype)  # type: ignore[assignment]
        copy[:] = array
        return copy
