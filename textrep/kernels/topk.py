"""The best of many scores, kept while block after block of them comes by.

Once a query has seen some thousands of scores, nearly all that follow are worse than its best ones. So
scores are looked at in runs: one vectorised comparison of a whole run with the query's cutoff, and a closer
look only at runs that hold something.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from textrep.kernels.jit import inlined, kernel

__all__ = ["keep_best"]

_RUN = 64  # scores compared before the first branch: four to eight vector registers


@inlined
def _none_reaches(run: NDArray[np.float32], cutoff: float) -> bool:
    """Whether all scores of a whole run are below the cutoff. A sum, because that is what LLVM vectorises."""
    good = 0
    for j in range(_RUN):
        good += run[j] >= cutoff
    return good == 0


@inlined
def _replace_smallest(heap: NDArray[np.float32], score: float) -> None:
    """Put a score in the place of the smallest of a heap, heap[0], and restore the order."""
    at = 0
    while True:
        child = 2 * at + 1
        if child >= heap.shape[0]:
            break
        if child + 1 < heap.shape[0] and heap[child + 1] < heap[child]:
            child += 1
        if heap[child] >= score:
            break
        heap[at] = heap[child]
        at = child
    heap[at] = score


@inlined
def _drop_below(cutoff: float, ids: NDArray[np.int64], values: NDArray[np.float32]) -> int:
    """Move the candidates that still count to the front; return how many they are."""
    kept = 0
    for i in range(values.shape[0]):
        if values[i] >= cutoff:
            ids[kept] = ids[i]
            values[kept] = values[i]
            kept += 1
    return kept


@kernel
def keep_best(
    scores: NDArray[np.float32],
    first_id: int,
    margin: float,
    best: NDArray[np.float32],
    ids: NDArray[np.int64],
    values: NDArray[np.float32],
    counts: NDArray[np.int64],
    begin: int,
    end: int,
) -> None:
    """Take a block of scores into account, for the queries from `begin` to `end`.

    Parameters
    ----------
    scores : ndarray of float32, shape (n_queries, n_block)
        The scores of rows ``first_id``, ``first_id + 1``, ...
    first_id : int
        Number of the block's first row.
    margin : float32
        How far below its k-th best score a query still keeps candidates.
    best : ndarray of float32, shape (n_queries, k)
        The k best scores of each query as a heap with the worst in front; -inf to begin with.
    ids : ndarray of int64, shape (n_queries, capacity)
        Row numbers of the candidates, ascending.
    values : ndarray of float32, shape (n_queries, capacity)
        Their scores.
    counts : ndarray of int64, shape (n_queries,)
        Candidates of each query; more than `capacity` if they became too many, whereupon the query is left
        alone.
    begin, end : int
        The queries to look at.
    """
    capacity = ids.shape[1]
    n_block = scores.shape[1]
    for q in range(begin, end):
        count = counts[q]
        if count > capacity:
            continue
        row = scores[q]
        cutoff = best[q, 0] - margin
        for start in range(0, n_block, _RUN):
            stop = min(start + _RUN, n_block)
            if stop - start == _RUN and _none_reaches(row[start:stop], cutoff):
                continue
            for j in range(start, stop):
                score = row[j]
                if not score >= cutoff:
                    continue
                if count == capacity:
                    count = _drop_below(cutoff, ids[q], values[q])
                    if 2 * count > capacity:
                        count = capacity + 1
                        break
                ids[q, count] = first_id + j
                values[q, count] = score
                count += 1
                if score > best[q, 0]:
                    _replace_smallest(best[q], score)
                    cutoff = best[q, 0] - margin
            if count > capacity:
                break
        counts[q] = count
