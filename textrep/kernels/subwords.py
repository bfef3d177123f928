"""Character n-grams as row numbers: what fastText's ``Dictionary::computeSubwords`` finds, hashed as it hashes.

Words are UTF-8 and already stand between their boundary signs. FNV-1a 32 goes over signed bytes, an accident of the
original that every file of fastText's depends on: a byte above 127 is extended to 32 bits with ones before it is
mixed in. All arithmetic is in uint64 and cut to 32 bits: narrower products are widened by Numba silently.
"""

from __future__ import annotations

import numpy as np
from numba import int64, uint64
from numpy.typing import NDArray

from textrep.kernels.jit import inlined, kernel

__all__ = ["continues", "count_ngrams", "ngram_rows", "number_by_first_use"]

_OFFSET = 2166136261
_PRIME = 16777619
_SIGN_BITS = 0xFFFFFF00  # what extends a byte above 127
_LOW32 = 0xFFFFFFFF


@inlined
def continues(byte: int) -> bool:
    """Whether a byte is inside a UTF-8 character, not its first."""
    return byte & 0xC0 == 0x80


@kernel
def count_ngrams(
    blob: NDArray[np.uint8],
    offsets: NDArray[np.int64],
    min_n: int,
    max_n: int,
    counts: NDArray[np.int64],
) -> None:
    """Write how many n-grams each word has to `counts` (int64 [n_words])."""
    for i in range(counts.shape[0]):
        length = 0  # in characters, boundaries included
        for j in range(offsets[i], offsets[i + 1]):
            if not continues(blob[j]):
                length += 1
        total = 0
        for n in range(min_n, min(max_n, length) + 1):
            total += length - n + 1
        if min_n <= 1 <= max_n:  # neither boundary is an n-gram of its own
            total -= min(2, length)
        counts[i] = total


@kernel
def ngram_rows(
    blob: NDArray[np.uint8],
    offsets: NDArray[np.int64],
    min_n: int,
    max_n: int,
    buckets: int,
    starts: NDArray[np.int64],
    rows: NDArray[np.int64],
) -> None:
    """Write the rows of word i's n-grams to ``rows[starts[i]:]``, by first character, then by length."""
    for i in range(starts.shape[0]):
        begin, end = offsets[i], offsets[i + 1]
        at = starts[i]
        for first in range(begin, end):
            if continues(blob[first]):
                continue
            h = uint64(_OFFSET)
            j = first
            n = 1
            while j < end and n <= max_n:
                while True:
                    byte = uint64(blob[j])
                    if byte > uint64(127):
                        byte |= uint64(_SIGN_BITS)
                    h = ((h ^ byte) * uint64(_PRIME)) & uint64(_LOW32)
                    j += 1
                    if j == end or not continues(blob[j]):
                        break
                if n >= min_n and not (n == 1 and (first == begin or j == end)):
                    rows[at] = int64(h % uint64(buckets))
                    at += 1
                n += 1


@kernel
def number_by_first_use(rows: NDArray[np.int64], numbers: NDArray[np.int32], used: NDArray[np.int64]) -> int:
    """Replace `rows`, in place, by numbers 0, 1, ... in the order in which they first occur.

    Parameters
    ----------
    rows : ndarray of int64, shape (n,)
        Row numbers; what they are replaced by afterwards.
    numbers : ndarray of int32, shape (n_rows,)
        Filled with -1; working memory.
    used : ndarray of int64, shape (at least as many as differ,)
        Receives the row number of 0, 1, ...

    Returns
    -------
    int
        How many differ.
    """
    n = 0
    for i in range(rows.shape[0]):
        row = rows[i]
        if numbers[row] < 0:
            numbers[row] = n
            used[n] = row
            n += 1
        rows[i] = numbers[row]
    return n
