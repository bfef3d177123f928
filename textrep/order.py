"""Many strings in order of their code points, without a Python string for any of them.

String ``i`` is ``blob[starts[i]:starts[i] + sizes[i]]`` in UTF-8, whose order of bytes is that of code points.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from textrep.keytable import read_only
from textrep.memory import own_memory
from textrep.parallel import in_parts, n_parts

__all__ = ["alphabetical_order", "eight_bytes", "first_unordered", "gathered_strings", "merged_order"]


def alphabetical_order(
    blob: NDArray[np.uint8], starts: NDArray[np.int64], sizes: NDArray[np.int64], n_threads: int = 1
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Sort strings.

    Parameters
    ----------
    blob : ndarray of uint8
        The strings' bytes.
    starts, sizes : ndarray of int64, shape (n,)
        Where each string begins, and its number of bytes.
    n_threads : int
        How many threads to use.

    Returns
    -------
    order : ndarray of int64, shape (n,)
        The strings' numbers in order; equal strings in the order of their numbers.
    is_new : ndarray of bool, shape (n,)
        Whether a string in that order differs from the one before it.
    """
    from textrep.kernels.strings import sort_runs

    prefixes = eight_bytes(blob, starts, sizes, 0)  # [n]
    order = np.argsort(prefixes)  # [n]
    prefixes = prefixes[order]
    is_new = np.ones(order.size, np.bool_)  # [n]: differs from the one before, as far as bytes have been compared
    np.not_equal(prefixes[1:], prefixes[:-1], out=is_new[1:])
    _sort_by_next(eight_bytes(blob, starts, sizes, 8), order, is_new)
    scratch = prefixes.view(np.int64)
    strings = read_only(blob), read_only(starts), read_only(sizes)

    def sort(first: int, last: int) -> None:
        here = slice(first, last)
        sort_runs(*strings, order[here], is_new[here], scratch[here])

    in_parts(sort, _at_runs(is_new, n_parts(order.size, n_threads)))
    return order, is_new


def merged_order(
    blob: NDArray[np.uint8], starts: NDArray[np.int64], sizes: NDArray[np.int64], n_first: int
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Do what `alphabetical_order` does where the first `n_first` strings are in order, and so are those behind them.

    The strings of each of the two parts are all different.
    """
    from textrep.kernels.strings import merge_sorted

    order = np.empty(starts.size, np.int64)  # [n]
    is_new = np.empty(starts.size, np.bool_)  # [n]
    merge_sorted(read_only(blob), read_only(starts), read_only(sizes), n_first, order, is_new)
    return order, is_new


def first_unordered(blob: NDArray[np.uint8], offsets: NDArray[np.int64]) -> int | None:
    """Return the number of the first string, of many end to end, that does not come after the one before it, if any."""
    from textrep.kernels.strings import first_not_ascending

    starts, sizes = offsets[:-1], np.diff(offsets)  # [n], [n]
    first = int(first_not_ascending(read_only(blob), read_only(starts), read_only(sizes)))
    return first if first < starts.size else None


def _sort_by_next(prefixes: NDArray[np.uint64], order: NDArray[np.int64], is_new: NDArray[np.bool_]) -> None:
    """Sort each run of strings whose first eight bytes are equal by the next eight, less a few bits, in place.

    One sort does it for all runs: of numbers that have the run's in the highest bits, as many as it takes, and behind
    it the next bytes (`prefixes`) without as many of their lowest bits.
    """
    follows = ~is_new  # [n]
    in_runs = np.flatnonzero(follows | np.append(follows[1:], False))
    if not in_runs.size:
        return
    runs = np.cumsum(is_new[in_runs]).astype(np.uint64)  # [n_in_runs]
    n_bits = np.uint64(int(runs[-1]).bit_length())
    keys = (runs << (np.uint64(64) - n_bits)) | (prefixes[order[in_runs]] >> n_bits)  # [n_in_runs]
    by_keys = np.argsort(keys)
    order[in_runs] = order[in_runs[by_keys]]
    keys = keys[by_keys]
    is_new[in_runs[1:]] = keys[1:] != keys[:-1]


def _at_runs(is_new: NDArray[np.bool_], n: int) -> list[int]:
    """Return where to cut into at most so many parts that consist of whole runs."""
    bounds = [0]
    for i in range(1, n):
        cut = is_new.size * i // n
        bounds.append(max(bounds[-1], cut + int(np.argmax(np.append(is_new[cut:], True)))))
    return [*bounds, is_new.size]


def eight_bytes(
    blob: NDArray[np.uint8], starts: NDArray[np.int64], sizes: NDArray[np.int64], skip: int
) -> NDArray[np.uint64]:
    """Return eight bytes of each string from its byte `skip` on as one number, zeros after its end (uint64 [n])."""
    from textrep.kernels.strings import read_prefixes

    prefixes = own_memory(starts.shape, np.uint64)  # [n]
    read_prefixes(read_only(blob), read_only(starts), read_only(sizes), skip, prefixes)
    return prefixes


def gathered_strings(
    blob: NDArray[np.uint8],
    starts: NDArray[np.int64],
    sizes: NDArray[np.int64],
    order: NDArray[np.int64],
    n_threads: int = 1,
) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Put some of the strings end to end, in the given order.

    Returns
    -------
    blob : ndarray of uint8
        Their bytes.
    offsets : ndarray of int64, shape (n + 1,)
        Where each begins and ends.
    """
    from textrep.kernels.tokenize import gather_keys

    offsets = own_memory((order.size + 1,), np.int64)  # [n + 1]
    np.cumsum(sizes[order], out=offsets[1:])
    gathered = own_memory((int(offsets[-1]),), np.uint8)  # [n_bytes]
    given = read_only(blob), read_only(starts)

    def gather(first: int, last: int) -> None:
        gather_keys(*given, read_only(order[first:last]), offsets[first : last + 1], gathered)

    n = n_parts(order.size, n_threads)
    in_parts(gather, [order.size * i // n for i in range(n + 1)])
    return gathered, offsets
