"""Strings as stretches of bytes: the end of a sort."""

from __future__ import annotations

import numpy as np
from numba import int64

from textrep.kernels.jit import kernel, leaf

__all__ = ["SHORT", "sort_runs"]

SHORT = 32  # strings that insertion sorts faster than anything else


@kernel
def sort_runs(
    blob: np.ndarray,  # uint8: string `i` is ``blob[starts[i]:starts[i] + sizes[i]]``
    starts: np.ndarray,  # int64 [n]
    sizes: np.ndarray,  # int64 [n]
    order: np.ndarray,  # int64 [n], the strings' numbers, sorted but for runs
    is_new: np.ndarray,  # bool [n], whether a run begins; in the end, whether a string differs from the one before
) -> None:
    """Sort runs of at most `SHORT` strings, in place; longer ones hold equal strings in order."""
    n = order.shape[0]
    first = 0
    while first < n:
        last = first + 1
        while last < n and not is_new[last]:
            last += 1
        if last - first <= SHORT:
            for i in range(first + 1, last):
                number = order[i]
                j = i
                while j > first:
                    other = order[j - 1]
                    compared = _compared(blob, starts[number], sizes[number], starts[other], sizes[other])
                    if compared > 0 or (compared == 0 and number > other):
                        break
                    order[j] = other
                    j -= 1
                order[j] = number
            for i in range(first + 1, last):
                a, b = order[i - 1], order[i]
                is_new[i] = _compared(blob, starts[a], sizes[a], starts[b], sizes[b]) != 0
        first = last


@leaf
def _compared(blob, start, size, other_start, other_size):  # type: ignore[no-untyped-def]
    """Return a number below, at or above 0 as the first string comes before the other, is equal, or comes after."""
    n = min(size, other_size)
    for j in range(n):
        a, b = int64(blob[start + j]), int64(blob[other_start + j])
        if a != b:
            return a - b
    return size - other_size
