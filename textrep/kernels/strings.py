"""Strings as stretches of bytes: what a sort of them needs."""

from __future__ import annotations

import numpy as np
from numba import int64, uint64

from textrep.kernels.jit import inlined, kernel, leaf

__all__ = ["first_not_ascending", "merge_sorted", "read_prefixes", "sort_runs"]

_FEW = 16  # strings that insertion sorts faster than anything else


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
def sort_runs(
    blob: np.ndarray,  # uint8: string `i` is ``blob[starts[i]:starts[i] + sizes[i]]``
    starts: np.ndarray,  # int64 [n_strings]
    sizes: np.ndarray,  # int64 [n_strings]
    order: np.ndarray,  # int64 [n], numbers of strings, sorted but for runs
    is_new: np.ndarray,  # bool [n], whether a run begins; in the end, whether a string differs from the one before
    scratch: np.ndarray,  # int64 [n]
) -> None:
    """Sort runs, in place: strings that are equal in the order of their numbers."""
    n = order.shape[0]
    first = 0
    while first < n:
        last = first + 1
        while last < n and not is_new[last]:
            last += 1
        for begin in range(first, last, _FEW):
            for i in range(begin + 1, min(begin + _FEW, last)):
                number = order[i]
                j = i
                while j > begin and _comes_before(blob, starts, sizes, number, order[j - 1]):
                    order[j] = order[j - 1]
                    j -= 1
                order[j] = number
        width = _FEW
        while width < last - first:
            for begin in range(first, last, 2 * width):
                _merge(
                    blob, starts, sizes, order, begin, min(begin + width, last), min(begin + 2 * width, last), scratch
                )
            width *= 2
        for i in range(first + 1, last):
            is_new[i] = _compared(blob, starts, sizes, order[i - 1], order[i]) != 0
        first = last


@kernel
def merge_sorted(
    blob: np.ndarray,  # uint8: string `i` is ``blob[starts[i]:starts[i] + sizes[i]]``
    starts: np.ndarray,  # int64 [n]
    sizes: np.ndarray,  # int64 [n]
    n_first: int,  # the first so many are in order and all different, and so are the others
    order: np.ndarray,  # int64 [n]: the numbers of all in order; of two that are equal, the lower first
    is_new: np.ndarray,  # bool [n]: whether a string in that order differs from the one before it
) -> None:
    """Put two lists of strings in one order."""
    n = starts.shape[0]
    i, j = 0, n_first
    is_repeated = False
    for k in range(n):
        is_new[k] = not is_repeated
        is_repeated = False
        takes_first = i < n_first
        if takes_first and j < n:
            compared = _compared(blob, starts, sizes, i, j)
            is_repeated = compared == 0
            takes_first = compared <= 0
        if takes_first:
            order[k] = i
            i += 1
        else:
            order[k] = j
            j += 1


@kernel
def first_not_ascending(
    blob: np.ndarray,  # uint8: string `i` is ``blob[starts[i]:starts[i] + sizes[i]]``
    starts: np.ndarray,  # int64 [n]
    sizes: np.ndarray,  # int64 [n]
) -> int:
    """Return the number of the first string that does not come after the one before it, `n` if each does."""
    n = starts.shape[0]
    for i in range(1, n):
        if _compared(blob, starts, sizes, i - 1, i) >= 0:
            return i
    return n


@leaf
def _merge(blob, starts, sizes, order, begin, middle, end, scratch):  # type: ignore[no-untyped-def]
    """Make one of two sorted parts of the order that follow one another."""
    for i in range(begin, middle):
        scratch[i] = order[i]
    i, j = begin, middle
    for k in range(begin, end):
        if i == middle:
            break
        if j < end and _comes_before(blob, starts, sizes, order[j], scratch[i]):
            order[k] = order[j]
            j += 1
        else:
            order[k] = scratch[i]
            i += 1


@inlined
def _comes_before(blob, starts, sizes, one, other):  # type: ignore[no-untyped-def]
    compared = _compared(blob, starts, sizes, one, other)
    return compared < 0 or (compared == 0 and one < other)


@inlined
def _compared(blob, starts, sizes, one, other):  # type: ignore[no-untyped-def]
    """Return a number below, at or above 0 as one string comes before the other, is equal, or comes after."""
    start, other_start = starts[one], starts[other]
    n = min(sizes[one], sizes[other])
    j = 0
    while j < n and blob[start + j] == blob[other_start + j]:
        j += 1
    if j == n:
        return sizes[one] - sizes[other]
    return int64(blob[start + j]) - int64(blob[other_start + j])
