"""The best of many products of sparse rows with sparse queries, without a matrix of the products.

A row meets only the queries that share a column with it: their sums stay in the cache while the row is gone through,
and of what they come to no more is kept than each query's best.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from textrep.kernels.jit import inlined, kernel

__all__ = ["NO_ROW", "keep_best_rows"]

NO_ROW = np.iinfo(np.int64).max  # in a place of a heap that nothing has been put in


@inlined
def _is_worse(score: float, row: int, other_score: float, other_row: int) -> bool:
    """Whether a row comes after another: of equal ones, the later."""
    return score < other_score or (score == other_score and row > other_row)


@inlined
def _replace_worst(scores: NDArray[np.float64], rows: NDArray[np.int64], score: float, row: int) -> None:
    """Put a row in the place of the worst of a heap, which is in front, and restore the order."""
    at = 0
    while True:
        child = 2 * at + 1
        if child >= scores.shape[0]:
            break
        other = child + 1
        if other < scores.shape[0] and _is_worse(scores[other], rows[other], scores[child], rows[child]):
            child = other
        if not _is_worse(scores[child], rows[child], score, row):
            break
        scores[at] = scores[child]
        rows[at] = rows[child]
        at = child
    scores[at] = score
    rows[at] = row


@kernel
def keep_best_rows(
    data: NDArray[np.float32],
    indices: NDArray[np.int32],
    indptr: NDArray[np.int32],
    lengths: NDArray[np.float64],
    begin: int,
    end: int,
    query_data: NDArray[np.float64],
    query_ids: NDArray[np.int32],
    query_indptr: NDArray[np.int32],
    unit: float,
    best: NDArray[np.float64],
    best_rows: NDArray[np.int64],
    n_below: NDArray[np.int64],
) -> None:
    """Find, among some rows, those of the highest cosines with each query, as far as these are above 0.

    Parameters
    ----------
    data, indices, indptr : ndarray
        All rows, in CSR form, columns ascending.
    lengths : ndarray of float64, shape (n,)
        Their lengths.
    begin, end : int
        The rows to look at.
    query_data, query_ids, query_indptr : ndarray
        For each column the queries that have it, and their numbers there: queries of length 1, in CSC form.
    unit : float64
        How many steps there are between cosines 0 and 1: 1e12 for 12 decimals. Scores are rounded to them.
    best : ndarray of float64, shape (n_queries, k)
        The highest scores of each query, as a heap with the worst in front; 0 to begin with.
    best_rows : ndarray of int64, shape (n_queries, k)
        Their rows; `NO_ROW` to begin with. Of equal ones the first are kept.
    n_below : ndarray of int64, shape (n_queries,)
        Raised by the number of rows whose score is below 0.
    """
    n_queries = best.shape[0]
    sums = np.zeros(n_queries)
    last = np.full(n_queries, -1, np.int64)  # [n_queries] the row that each sum belongs to
    met = np.empty(n_queries, np.int64)  # [n_queries] the queries that share a column with the row
    for row in range(begin, end):
        n_met = 0
        for place in range(indptr[row], indptr[row + 1]):
            column = indices[place]
            value = np.float64(data[place])
            for entry in range(query_indptr[column], query_indptr[column + 1]):
                query = query_ids[entry]
                if last[query] != row:
                    last[query] = row
                    sums[query] = 0.0
                    met[n_met] = query
                    n_met += 1
                sums[query] += value * query_data[entry]
        length = lengths[row] if lengths[row] > 0 else 1.0
        for i in range(n_met):
            query = met[i]
            score = np.rint(sums[query] / length * unit) / unit
            if score > best[query, 0]:
                _replace_worst(best[query], best_rows[query], score, row)
            elif score < 0:
                n_below[query] += 1
