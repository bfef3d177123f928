"""N-grams by number: one is its first n - 1 units, an (n-1)-gram, and its last unit.

So a pair of numbers stands for an n-gram, and no string is made. A table of n-grams of one length is two arrays:
`slots` (int32, hash index with linear probing, -1 is empty) and `pairs` (uint64 [capacity], the shorter n-gram's number
in the high half, the unit's in the low one); n-gram ``i`` is the pair ``pairs[i]``.
"""

from __future__ import annotations

import numpy as np
from numba import int64, uint64

from textrep.kernels.jit import inlined, kernel

__all__ = ["drop_ids", "fill_pair_slots", "number_ngrams", "write_ngrams"]

_BATCH = 1024  # look-ups whose waits for memory overlap
_MULTIPLIER = 0x9E3779B97F4A7C15  # 2**64 over the golden ratio: Fibonacci hashing


@inlined
def _slot_of(pair, mask):  # type: ignore[no-untyped-def]
    h = pair * uint64(_MULTIPLIER)
    return (h ^ (h >> uint64(32))) & mask


@kernel
def number_ngrams(
    units: np.ndarray,  # int32 [n_units], documents end to end; below 0: an unknown one, which is in no n-gram
    shorter: np.ndarray,  # int32 [n_units]: the (n-1)-gram that begins at each unit, below 0: none
    ends: np.ndarray,  # int64 [n_docs]: where each document ends
    length: int,  # n
    frozen: bool,  # n-grams not in the table get -1 instead of a number
    slots: np.ndarray,
    pairs: np.ndarray,
    state: np.ndarray,  # int64 [3]: document to go on with, unit to go on with, n-grams in the table
    numbers: np.ndarray,  # int32 [n_units]: the n-gram that begins at each unit, -1: none
) -> bool:
    """Number the n-grams of documents from `state` on; return whether it is done, or found no room in the table."""
    mask = uint64(slots.shape[0] - 1)
    doc, i, n = state[0], state[1], state[2]
    done = True
    while doc < ends.shape[0] and done:
        last = ends[doc] - length + 1  # one past the last unit that an n-gram begins at
        while i < last and done:
            stop = min(i + _BATCH, last)
            for j in range(i, stop):  # what is written is not used: slots are fetched, many at a time
                pair = (uint64(shorter[j]) << uint64(32)) | uint64(int64(units[j + length - 1]) & 0xFFFFFFFF)
                numbers[j] = slots[_slot_of(pair, mask)]
            while i < stop:
                parent, unit = int64(shorter[i]), int64(units[i + length - 1])
                if parent < 0 or unit < 0:
                    numbers[i] = -1
                    i += 1
                    continue
                pair = (uint64(parent) << uint64(32)) | uint64(unit)
                s = _slot_of(pair, mask)
                v = int64(slots[s])
                while v >= 0 and pairs[v] != pair:
                    s = (s + uint64(1)) & mask
                    v = int64(slots[s])
                if v < 0 and not frozen:
                    if n == pairs.shape[0]:
                        done = False
                        break
                    v = n
                    slots[s] = v
                    pairs[v] = pair
                    n += 1
                numbers[i] = v
                i += 1
        if done:
            while i < ends[doc]:
                numbers[i] = -1
                i += 1
            doc += 1
    state[0], state[1], state[2] = doc, i, n
    return done


@kernel
def fill_pair_slots(pairs: np.ndarray, n: int, slots: np.ndarray) -> None:
    """Index the first `n` pairs, which are distinct, in `slots`."""
    mask = uint64(slots.shape[0] - 1)
    slots[:] = -1
    for i in range(n):
        s = _slot_of(pairs[i], mask)
        while slots[s] >= 0:
            s = (s + uint64(1)) & mask
        slots[s] = i


@kernel
def drop_ids(ids: np.ndarray, sizes: np.ndarray, least: int) -> int:
    """Drop ids from 0 to ``least - 1``, in place; return how many are left."""
    read = 0
    n = 0
    for doc in range(sizes.shape[0]):
        first = n
        for i in range(read, read + sizes[doc]):
            if not 0 <= ids[i] < least:
                ids[n] = ids[i]
                n += 1
        read += sizes[doc]
        sizes[doc] = n - first
    return n


@kernel
def write_ngrams(
    ranks: np.ndarray,  # int32 [n_ngrams, longest]: numbers of the units, -1 behind the last
    blob: np.ndarray,  # uint8: unit `i` is ``blob[offsets[i]:offsets[i + 1]]``
    offsets: np.ndarray,  # int64 [n_units + 1]
    joiner: np.ndarray,  # uint8: what stands between two units
    text: np.ndarray,  # uint8, long enough; with no room it is only measured
    text_offsets: np.ndarray,  # int64 [n_ngrams + 1]
) -> None:
    """Write the n-grams as text, end to end."""
    writes = text.shape[0] > 0
    n = int64(0)
    text_offsets[0] = 0
    for i in range(ranks.shape[0]):
        for k in range(ranks.shape[1]):
            unit = ranks[i, k]
            if unit < 0:
                break
            if k > 0:
                for j in range(joiner.shape[0]):
                    if writes:
                        text[n] = joiner[j]
                    n += 1
            for j in range(offsets[unit], offsets[unit + 1]):
                if writes:
                    text[n] = blob[j]
                n += 1
        text_offsets[i + 1] = n
