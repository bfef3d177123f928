"""What every reader asks of the words of a file, as bytes end to end: whether they are UTF-8, and which come twice."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from textrep.keytable import n_slots_for, read_only

__all__ = ["first_of_equal", "is_utf8"]


def is_utf8(blob: NDArray[np.uint8], offsets: NDArray[np.int64]) -> bool:
    """Whether every word is valid: all together are, and none begins within a character."""
    try:
        blob.tobytes().decode()
    except UnicodeDecodeError:
        return False
    firsts = offsets[:-1][np.diff(offsets) > 0]
    return not ((blob[firsts] & 0xC0) == 0x80).any()


def first_of_equal(blob: NDArray[np.uint8], offsets: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """Return the numbers of the words that are the first of their kind, ascending, and the hash index of these."""
    from textrep.kernels.hashing import hash_keys
    from textrep.kernels.rows import first_of_each

    n = len(offsets) - 1
    hashes = np.empty(n, np.uint64)  # [n]
    hash_keys(read_only(blob), read_only(offsets), hashes)
    slots = np.empty(n_slots_for(n), np.int32)  # [n_slots]
    kept = np.empty(n, np.int64)  # [n]
    n_kept = first_of_each(read_only(blob), read_only(offsets), read_only(hashes), slots, kept)
    return kept[:n_kept], slots
