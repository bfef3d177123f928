"""Strings as stretches of bytes: what a sort of them needs."""

from __future__ import annotations

import numpy as np
from numba import int64, uint64

from textrep.kernels.jit import kernel, leaf

__all__ = ["SHORT", "find_long_runs", "read_prefixes", "sort_runs"]

SHORT = 32  # strings that insertion sorts faster than anything else


@kernel
def read_prefixes(
    blob: np.ndarray,  # uint8: string `i` is ``blob[starts[i]:starts[i] + sizes[i]]``
    starts: np.ndarray,  # int64 [n]
    sizes: np.ndarray,  # int64 [n]
    skip: int,
    prefixes: np.ndarray,  # uint64 [n]
) -> None:
    """Write eight bytes of each string from its byte `skip` on as one number, zeros after its end."""
    for i in range(starts.shape[0]):
        prefix = uint64(0)
        first, end = starts[i] + skip, starts[i] + sizes[i]
        for j in range(first, first + 8):
            prefix = (prefix << uint64(8)) | (uint64(blob[j]) if j < end else uint64(0))
        prefixes[i] = prefix


@kernel
def find_long_runs(is_new: np.ndarray, is_long: np.ndarray) -> None:
    """Tell of each place (bool [n]) whether its run, which begins where `is_new` is true, is longer than `SHORT`."""
    n = is_new.shape[0]
    first = 0
    while first < n:
        last = first + 1
        while last < n and not is_new[last]:
            last += 1
        is_long[first:last] = last - first > SHORT
        first = last


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
