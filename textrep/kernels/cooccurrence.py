"""Which words stand near which, counted: rows of the co-occurrence matrix, and the same rows cut into blocks.

A row is counted from the places of its word: around each of them the neighbours are added up in one array that has a
number for every word, which stays in the cache; no pair is ever stored twice, sorted or hashed.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import int64, uint64
from numpy.typing import NDArray

from textrep.kernels.jit import kernel, leaf
from textrep.kernels.random import bits_to_range, next_state, scramble

__all__ = ["SEPARATOR", "block_entries", "count_rows", "group_places", "join_documents", "merge_rows"]

SEPARATOR = -1  # between documents


@kernel
def join_documents(
    ids: NDArray[np.int32], boundaries: NDArray[np.int64], numbers: NDArray[np.int32], out: NDArray[np.int32]
) -> None:
    """Write the new numbers of words, with a `SEPARATOR` before, between and after documents.

    Parameters
    ----------
    ids : ndarray of int32, shape (n_tokens,)
        Tokens of some documents, end to end.
    boundaries : ndarray of int64, shape (n_boundaries,)
        Where in `ids` a document ends and another begins, ascending, each once, never 0 or `n_tokens`.
    numbers : ndarray of int32, shape (n_words,)
        The new number of each word.
    out : ndarray of int32, shape (n_tokens + n_boundaries + 2,)
        The result.
    """
    out[0] = SEPARATOR
    at = 1
    start = 0
    for b in range(boundaries.shape[0] + 1):
        stop = boundaries[b] if b < boundaries.shape[0] else ids.shape[0]
        for t in range(start, stop):
            out[at] = numbers[ids[t]]
            at += 1
        out[at] = SEPARATOR
        at += 1
        start = stop


@kernel
def group_places(
    tokens: NDArray[np.int32], first: int, last: int, offsets: NDArray[np.int64], places: NDArray[np.int32]
) -> None:
    """List the places of each word, ascending: ``places[offsets[w]:offsets[w + 1]]`` are those of word ``w``.

    Parameters
    ----------
    tokens : ndarray of int32, shape (n,)
        As `join_documents` writes them.
    first, last : int
        Only places from `first` to before `last` are listed.
    offsets : ndarray of int64, shape (n_words + 1,)
        Zeros; the result.
    places : ndarray of int32, shape (last - first,)
        The result; what separators leave over at the end is not written.
    """
    n_words = offsets.shape[0] - 1
    for t in range(first, last):
        if tokens[t] >= 0:
            offsets[tokens[t] + 1] += 1
    for w in range(n_words):
        offsets[w + 1] += offsets[w]
    for t in range(first, last):  # offsets[w] becomes the end of w's places, which is where those of w + 1 begin
        w = tokens[t]
        if w >= 0:
            places[offsets[w]] = t
            offsets[w] += 1
    for w in range(n_words, 0, -1):
        offsets[w] = offsets[w - 1]
    offsets[0] = 0


@leaf
def _take_totals(totals: Any, columns: Any, start: Any, end: Any, counts: Any) -> None:
    """Write the totals of ``columns[start:end]`` to ``counts[start:end]``, and set them to zero."""
    for k in range(start, end):
        counts[k] = totals[columns[k]]
        totals[columns[k]] = 0.0


@kernel
def count_rows(
    tokens: NDArray[np.int32],
    places: NDArray[np.int32],
    offsets: NDArray[np.int64],
    first: int,
    last: int,
    weights: NDArray[np.float64],
    symmetric: bool,
    totals: NDArray[np.float64],
    columns: NDArray[np.int32],
    counts: NDArray[np.float32],
    ends: NDArray[np.int64],
) -> int:
    """Count the contexts of words ``first..last-1``.

    Parameters
    ----------
    tokens : ndarray of int32, shape (n,)
        As `join_documents` writes them.
    places, offsets : ndarray of int32; of int64, shape (n_words + 1,)
        As `group_places` writes them.
    first, last : int
        The words to count, and the one after the last of them.
    weights : ndarray of float64, shape (window + 1,)
        What a context at each distance counts; that of distance 0 is not used.
    symmetric : bool
        Whether words to the right are contexts, as those to the left are.
    totals : ndarray of float64, shape (n_words,)
        Zeros, and zeros again in the end.
    columns, counts : ndarray of int32 and of float32, shape (at least as many as there are contexts,)
        The contexts of each word, in the order they are met, and their counts.
    ends : ndarray of int64, shape (last - first,)
        Where each row ends in them.

    Returns
    -------
    int
        Where the last row ends.
    """
    at = 0
    for w in range(first, last):
        start = at
        for k in range(offsets[w], offsets[w + 1]):
            for step in range(-1, 1 + symmetric, 2):  # to the left, then to the right
                place = int64(places[k])
                for distance in range(1, weights.shape[0]):
                    place += step
                    c = tokens[place]
                    if c < 0:
                        break
                    if totals[c] == 0.0:
                        columns[at] = c
                        at += 1
                    totals[c] += weights[distance]
        _take_totals(totals, columns, start, at, counts)
        ends[w - first] = at
    return at


@kernel
def merge_rows(
    starts: NDArray[np.int64],
    all_columns: NDArray[np.int32],
    all_counts: NDArray[np.float32],
    totals: NDArray[np.float64],
    columns: NDArray[np.int32],
    counts: NDArray[np.float32],
    ends: NDArray[np.int64],
) -> int:
    """Add up rows that were counted in several parts of a corpus.

    Parameters
    ----------
    starts : ndarray of int64, shape (n_parts, n_rows + 1)
        Row ``r`` of part ``p`` is ``starts[p, r]:starts[p, r + 1]`` of the next two.
    all_columns, all_counts : ndarray of int32 and of float32
        The rows of all parts.
    totals, columns, counts, ends
        As `count_rows` has them.

    Returns
    -------
    int
        Where the last row ends.
    """
    at = 0
    for row in range(ends.shape[0]):
        start = at
        for part in range(starts.shape[0]):
            for k in range(starts[part, row], starts[part, row + 1]):
                c = all_columns[k]
                if totals[c] == 0.0:
                    columns[at] = c
                    at += 1
                totals[c] += all_counts[k]
        _take_totals(totals, columns, start, at, counts)
        ends[row] = at
    return at


@kernel
def block_entries(
    columns: NDArray[np.int32],
    counts: NDArray[np.float32],
    ends: NDArray[np.int64],
    block_size: int,
    tile: int,
    state: int,
    bounds: NDArray[np.int64],
    places: NDArray[np.uint16],
    values: NDArray[np.float32],
) -> None:
    """Cut the rows of one block of words into blocks of columns, and these into tiles whose vectors fit a cache.

    Within a tile, entries are in random order.

    Parameters
    ----------
    columns, counts, ends : ndarray of int32, of float32, shape (n_entries,); of int64, shape (n_rows,)
        As `count_rows` writes them.
    block_size : int
        Words in a block, at most 65,536.
    tile : int
        Words in a tile, to each side.
    state : int
        State of the random numbers (uint64), not 0.
    bounds : ndarray of int64, shape (n_blocks * tiles * tiles + 1,)
        Zeros, and then where each tile of each block ends; `tiles` is ``ceil(block_size / tile)``.
    places : ndarray of uint16, shape (n_entries, 2)
        Row and column of each entry, counted within their blocks.
    values : ndarray of float32, shape (n_entries,)
        The counts.
    """
    tiles = (block_size + tile - 1) // tile
    begin = 0
    for row in range(ends.shape[0]):
        for k in range(begin, ends[row]):
            block, column = divmod(columns[k], block_size)
            bounds[(block * tiles + row // tile) * tiles + column // tile + 1] += 1
        begin = ends[row]
    for t in range(bounds.shape[0] - 1):
        bounds[t + 1] += bounds[t]
    begin = 0
    for row in range(ends.shape[0]):  # bounds[t] becomes the end of tile t
        for k in range(begin, ends[row]):
            block, column = divmod(columns[k], block_size)
            t = (block * tiles + row // tile) * tiles + column // tile
            at = bounds[t]
            places[at, 0] = row
            places[at, 1] = column
            values[at] = counts[k]
            bounds[t] = at + 1
        begin = ends[row]
    random = uint64(state)
    begin = 0
    for t in range(bounds.shape[0] - 1):
        for k in range(bounds[t] - 1, begin, -1):  # Fisher and Yates
            random = next_state(random)
            other = begin + int64(bits_to_range(scramble(random), k - begin + 1))
            row, column, value = places[k, 0], places[k, 1], values[k]
            places[k, 0], places[k, 1], values[k] = places[other, 0], places[other, 1], values[other]
            places[other, 0], places[other, 1], values[other] = row, column, value
        begin = bounds[t]
