"""Rows of vector files: words and vectors in binary files, words out of texts, and words that come twice."""

from __future__ import annotations

import numpy as np
from numba import uint64
from numpy.typing import NDArray

from textrep.kernels.jit import kernel

__all__ = ["copy_vectors", "copy_words", "find_rows", "first_of_each", "pack_rows"]

_NEWLINE, _SPACE = 10, 32


@kernel
def find_rows(data: NDArray[np.uint8], row_bytes: int, words: NDArray[np.int64]) -> tuple[int, int]:
    """Find the rows of word2vec's binary format: newlines or none, a word, a space, and the bytes of a vector.

    Parameters
    ----------
    data : ndarray of uint8, shape (n_bytes,)
        Begins with a row.
    row_bytes : int
        Bytes of a vector.
    words : ndarray of int64, shape (n_wanted, 2)
        Where each word begins and ends goes here.

    Returns
    -------
    n_found, end : int
        How many whole rows there are, at most `n_wanted`, and where they end.
    """
    end = data.shape[0]
    at = 0
    for i in range(words.shape[0]):
        start = at
        while start < end and data[start] == _NEWLINE:
            start += 1
        stop = start
        while stop < end and data[stop] != _SPACE:
            stop += 1
        if stop + 1 + row_bytes > end:
            return i, at
        words[i, 0] = start
        words[i, 1] = stop
        at = stop + 1 + row_bytes
    return words.shape[0], at


@kernel
def copy_vectors(
    data: NDArray[np.uint8], words: NDArray[np.int64], first: int, last: int, out: NDArray[np.uint8]
) -> None:
    """Copy the bytes that follow words ``first..last-1`` and a space to the rows of `out` (uint8 [n, row_bytes])."""
    for i in range(first, last):
        start = words[i, 1] + 1
        for j in range(out.shape[1]):
            out[i, j] = data[start + j]


@kernel
def copy_words(data: NDArray[np.uint8], words: NDArray[np.int64], out: NDArray[np.uint8]) -> None:
    """Write words, given by where they begin and end (int64 [n, 2]), end to end to `out` (uint8)."""
    at = 0
    for i in range(words.shape[0]):
        for j in range(words[i, 0], words[i, 1]):
            out[at] = data[j]
            at += 1


@kernel
def first_of_each(
    blob: NDArray[np.uint8],
    offsets: NDArray[np.int64],
    hashes: NDArray[np.uint64],
    slots: NDArray[np.int32],
    kept: NDArray[np.int64],
) -> int:
    """Index keys that may repeat, as `textrep.kernels.hashing.fill_slots` does those that do not.

    Parameters
    ----------
    blob, offsets, hashes : ndarray of uint8; of int64, shape (n + 1,); of uint64, shape (n,)
        The keys and their hashes.
    slots : ndarray of int32, shape (a power of two > n,)
        The index, of the first of equal keys.
    kept : ndarray of int64, shape (n,)
        The numbers of the first of equal keys go here, ascending.

    Returns
    -------
    int
        How many distinct keys there are.
    """
    mask = uint64(slots.shape[0] - 1)
    slots[:] = -1
    n_kept = 0
    for i in range(hashes.shape[0]):
        first, size = offsets[i], offsets[i + 1] - offsets[i]
        s = (hashes[i] ^ (hashes[i] >> uint64(32))) & mask
        is_new = True
        while is_new and slots[s] >= 0:
            other = slots[s]
            if hashes[other] == hashes[i] and offsets[other + 1] - offsets[other] == size:
                start, j = offsets[other], 0
                while j < size and blob[start + j] == blob[first + j]:
                    j += 1
                is_new = j < size
            s = (s + uint64(1)) & mask
        if is_new:
            slots[s] = i
            kept[n_kept] = i
            n_kept += 1
    return n_kept


@kernel
def pack_rows(
    vectors: NDArray[np.uint8],
    first: int,
    last: int,
    blob: NDArray[np.uint8],
    offsets: NDArray[np.int64],
    out: NDArray[np.uint8],
) -> None:
    """Write rows of word2vec's binary format to `out`: the word, a space, the bytes of its vector, a newline."""
    at = 0
    for row in range(first, last):
        for j in range(offsets[row], offsets[row + 1]):
            out[at] = blob[j]
            at += 1
        out[at] = _SPACE
        at += 1
        for j in range(vectors.shape[1]):
            out[at] = vectors[row, j]
            at += 1
        out[at] = _NEWLINE
        at += 1
