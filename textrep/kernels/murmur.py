"""MurmurHash3_x64_128 of parts of words, as row numbers: what floret finds for each word.

All arithmetic is in uint64, which wraps as the original's does (Austin Appleby, 2011, public domain).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import int64, uint64
from numpy.typing import NDArray

from textrep.kernels.jit import inlined, kernel
from textrep.kernels.subwords import continues

__all__ = ["floret_rows", "murmur_hashes"]

_C1 = 0x87C37B91114253D5
_C2 = 0x4CF5AD432745937F
_MIX1 = 0xFF51AFD7ED558CCD
_MIX2 = 0xC4CEB9FE1A85EC53

_BLOCK = 16  # bytes mixed in at a time
_HALF = 8


@inlined
def _rotated(x: Any, n: int) -> Any:
    return (x << uint64(n)) | (x >> uint64(64 - n))


@inlined
def _first_half(h: Any, k: Any) -> Any:
    """Mix the first half of a block, or of what is left, into the first half of the hash."""
    return h ^ (_rotated(k * uint64(_C1), 31) * uint64(_C2))


@inlined
def _second_half(h: Any, k: Any) -> Any:
    return h ^ (_rotated(k * uint64(_C2), 33) * uint64(_C1))


@inlined
def _avalanched(h: Any) -> Any:
    h = (h ^ (h >> uint64(33))) * uint64(_MIX1)
    h = (h ^ (h >> uint64(33))) * uint64(_MIX2)
    return h ^ (h >> uint64(33))


@kernel
def _read(data: NDArray[np.uint8], start: int, end: int) -> Any:
    """Return at most eight bytes as a little-endian number; missing ones are zeros."""
    k = uint64(0)
    for j in range(start, min(start + _HALF, end)):
        k |= uint64(data[j]) << uint64(8 * (j - start))
    return k


@kernel
def _hash(data: NDArray[np.uint8], start: int, end: int, seed: int) -> tuple[Any, Any]:
    """Return the two halves of the hash of ``data[start:end]``."""
    h1: Any = uint64(seed)
    h2: Any = uint64(seed)
    whole = start + (end - start) // _BLOCK * _BLOCK
    for at in range(start, whole, _BLOCK):
        h1 = _first_half(h1, _read(data, at, end))
        h1 = (_rotated(h1, 27) + h2) * uint64(5) + uint64(0x52DCE729)
        h2 = _second_half(h2, _read(data, at + _HALF, end))
        h2 = (_rotated(h2, 31) + h1) * uint64(5) + uint64(0x38495AB5)
    if end - whole > _HALF:
        h2 = _second_half(h2, _read(data, whole + _HALF, end))
    if end > whole:
        h1 = _first_half(h1, _read(data, whole, end))
    h1 ^= uint64(end - start)
    h2 ^= uint64(end - start)
    h1 += h2
    h2 += h1
    h1 = _avalanched(h1)
    h2 = _avalanched(h2)
    h1 += h2
    return h1, h2 + h1


@kernel
def murmur_hashes(data: NDArray[np.uint8], offsets: NDArray[np.int64], seed: int, hashes: NDArray[np.uint64]) -> None:
    """Write the two halves of the hash of every ``data[offsets[i]:offsets[i + 1]]`` to `hashes` (uint64 [n, 2])."""
    for i in range(hashes.shape[0]):
        h1, h2 = _hash(data, offsets[i], offsets[i + 1], seed)
        hashes[i, 0] = h1
        hashes[i, 1] = h2


@kernel
def floret_rows(
    blob: NDArray[np.uint8],
    offsets: NDArray[np.int64],
    min_n: int,
    max_n: int,
    buckets: int,
    n_hashes: int,
    seed: int,
    starts: NDArray[np.int64],
    rows: NDArray[np.int64],
) -> None:
    """Write the rows of word i and of its n-grams, `n_hashes` of each, to ``rows[starts[i]:]``.

    Words stand between their boundary signs. The word comes first, then its n-grams by first character, then length.
    """
    for i in range(starts.shape[0]):
        begin, end = offsets[i], offsets[i + 1]
        at = _put(blob, begin, end, buckets, n_hashes, seed, starts[i], rows)
        for first in range(begin, end):
            if continues(blob[first]):
                continue
            j = first
            n = 1
            while j < end and n <= max_n:
                j += 1
                while j < end and continues(blob[j]):
                    j += 1
                if n >= min_n and not (n == 1 and (first == begin or j == end)):
                    at = _put(blob, first, j, buckets, n_hashes, seed, at, rows)
                n += 1


@kernel
def _put(
    blob: NDArray[np.uint8],
    start: int,
    end: int,
    buckets: int,
    n_hashes: int,
    seed: int,
    at: int,
    rows: NDArray[np.int64],
) -> int:
    """Write the rows of one part; return where the next one's go."""
    h1, h2 = _hash(blob, start, end, seed)
    for k in range(n_hashes):
        half = h1 if k < 2 else h2
        number = (half >> uint64(32 * (k % 2))) & uint64(0xFFFFFFFF)
        rows[at + k] = int64(number % uint64(buckets))
    return at + n_hashes
