"""Strings as bytes: their FNV-1a hash, and hash indexes with linear probing over them.

All arithmetic is in uint64: Numba widens narrower unsigned products silently, and mixes uint64 with int64 to float64.
"""

from __future__ import annotations

import numpy as np
from numba import int64, uint64

from textrep.kernels.jit import kernel

__all__ = ["FNV_OFFSET", "FNV_PRIME", "fill_slots", "find_keys", "hash_keys"]

FNV_OFFSET = 14695981039346656037
FNV_PRIME = 1099511628211
_HALF = 32


@kernel
def hash_keys(blob: np.ndarray, offsets: np.ndarray, hashes: np.ndarray) -> None:
    """Write the FNV-1a 64 hash of every key ``blob[offsets[i]:offsets[i + 1]]`` to ``hashes[i]`` (uint64)."""
    for i in range(hashes.shape[0]):
        h = uint64(FNV_OFFSET)
        for j in range(offsets[i], offsets[i + 1]):
            h = (h ^ uint64(blob[j])) * uint64(FNV_PRIME)
        hashes[i] = h


@kernel
def fill_slots(hashes: np.ndarray, slots: np.ndarray) -> None:
    """Index distinct keys 0..n-1 by their hashes (uint64 [n]) in `slots` (int32, a power of two > n)."""
    mask = uint64(slots.shape[0] - 1)
    slots[:] = -1
    for i in range(hashes.shape[0]):
        s = (hashes[i] ^ (hashes[i] >> uint64(_HALF))) & mask
        while slots[s] >= 0:
            s = (s + uint64(1)) & mask
        slots[s] = i


@kernel
def find_keys(
    blob: np.ndarray,
    offsets: np.ndarray,
    slots: np.ndarray,
    query_blob: np.ndarray,
    query_offsets: np.ndarray,
    found: np.ndarray,
) -> None:
    """Write the index of every queried key, or -1 where it is absent, to `found` (int64 [n_queries])."""
    mask = uint64(slots.shape[0] - 1)
    n_keys = offsets.shape[0] - 1
    for q in range(found.shape[0]):
        start, size = query_offsets[q], query_offsets[q + 1] - query_offsets[q]
        h = uint64(FNV_OFFSET)
        for j in range(start, start + size):
            h = (h ^ uint64(query_blob[j])) * uint64(FNV_PRIME)
        s = (h ^ (h >> uint64(_HALF))) & mask
        found[q] = -1
        for _ in range(slots.shape[0]):  # bounded: a damaged index may hold no empty slot
            i = int64(slots[s])
            if i < 0 or i >= n_keys:
                break
            first, j = offsets[i], 0
            # Within the bytes, as all are but those of a damaged file.
            if offsets[i + 1] - first == size and first >= 0 and first <= blob.shape[0] - size:
                while j < size and blob[first + j] == query_blob[start + j]:
                    j += 1
                if j == size:
                    found[q] = i
                    break
            s = (s + uint64(1)) & mask
