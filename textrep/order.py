"""Many strings in order of their code points, without a Python string for any of them.

String ``i`` is ``blob[starts[i]:starts[i] + sizes[i]]`` in UTF-8, whose order of bytes is that of code points.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from textrep.keytable import read_only

__all__ = ["alphabetical_order", "eight_bytes"]


def alphabetical_order(
    blob: NDArray[np.uint8], starts: NDArray[np.int64], sizes: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Sort strings.

    Parameters
    ----------
    blob : ndarray of uint8
        The strings' bytes.
    starts, sizes : ndarray of int64, shape (n,)
        Where each string begins, and its number of bytes.

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
    is_new[1:] = prefixes[1:] != prefixes[:-1]
    _sort_long_runs(order, is_new, blob, starts, sizes)
    sort_runs(read_only(blob), read_only(starts), read_only(sizes), order, is_new)
    return order, is_new


def _sort_long_runs(
    order: NDArray[np.int64],
    is_new: NDArray[np.bool_],
    blob: NDArray[np.uint8],
    starts: NDArray[np.int64],
    sizes: NDArray[np.int64],
) -> None:
    """Sort, in place, runs of strings that agree in their first eight bytes, eight bytes a round, until all are short.

    Strings that are equal stay together, in the order of their numbers.
    """
    from textrep.kernels.strings import find_long_runs

    depth, settled = 0, -1
    while True:
        is_long = np.empty(order.size, np.bool_)  # [n]
        find_long_runs(is_new, is_long)
        places = np.flatnonzero(is_long)  # in the order, run after run
        places = places[sizes[order[places]] > settled]  # [n_places]; the others are equal
        if not places.size:
            return
        members = order[places]
        # Strings that have ended come before those that go on, even with zero bytes.
        ended = np.minimum(sizes[members] - depth, 9)  # [n_places]: 9 goes on
        depth += 8
        following = eight_bytes(blob, starts[members], sizes[members], depth)  # [n_places]
        run = np.cumsum(is_new[places]) * 16 + ended  # [n_places]
        best = np.lexsort((members, following, run))
        order[places] = members[best]
        run, following = run[best], following[best]
        is_new[places[1:]] = (run[1:] != run[:-1]) | (following[1:] != following[:-1])
        settled = depth


def eight_bytes(
    blob: NDArray[np.uint8], starts: NDArray[np.int64], sizes: NDArray[np.int64], skip: int
) -> NDArray[np.uint64]:
    """Return eight bytes of each string from its byte `skip` on as one number, zeros after its end (uint64 [n])."""
    from textrep.kernels.strings import read_prefixes

    prefixes = np.empty(starts.size, np.uint64)  # [n]
    read_prefixes(read_only(blob), read_only(starts), read_only(sizes), skip, prefixes)
    return prefixes
