"""Many queries at once among sparse vectors: what `textrep.store.sparse_neighbours` asks where it pays.

A kernel goes through the rows once, in threads, and adds up each product in the order of the columns, as SciPy does:
the scores are the same. It keeps the best above 0; of all others it need not know more than whether one is below.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from textrep.parallel import n_threads
from textrep.store.neighbours import DECIMALS
from textrep.store.sparse import SparseRows

if TYPE_CHECKING:
    from scipy.sparse import csr_array

__all__ = ["best_rows"]

Doubles = NDArray[np.float64]
Ids = NDArray[np.int64]
Found = tuple[list[int], list[float]]

_KEPT_AT_ONCE = 1 << 20  # rows kept for some queries: 16 MiB a thread


def best_rows(vectors: SparseRows, lengths: Doubles, queries: csr_array, k: int, left_out: Ids) -> list[Found | None]:
    """Return the rows nearest to each query; see `Search.search`.

    Parameters
    ----------
    vectors : SparseRows
        All rows, checked.
    lengths : ndarray of float64, shape (n,)
        Their lengths.
    queries, k, left_out
        As `Search.search` has them.

    Returns
    -------
    list of (list of int, list of float), or None
        None for a query that has fewer than `k` rows above 0, and some below: which rows have 0 is not known then.
    """
    n_wanted = min(k + left_out.shape[1], len(vectors))
    if not n_wanted:
        return [([], []) for _ in left_out]
    step = max(1, _KEPT_AT_ONCE // n_wanted)
    found: list[Found | None] = []
    for start in range(0, len(left_out), step):
        rows, scores, n_below = _highest(vectors, lengths, queries[start : start + step], n_wanted)
        for number, out in enumerate(left_out[start : start + step]):
            n_above = int(np.count_nonzero(scores[number]))
            if n_above < n_wanted and n_below[number]:
                found.append(None)
                continue
            found.append(_ranked(rows[number, :n_above], scores[number, :n_above], len(vectors), k, out))
    return found


def _highest(vectors: SparseRows, lengths: Doubles, queries: csr_array, n_wanted: int) -> tuple[Ids, Doubles, Ids]:
    """Return the best rows of score above 0.

    Returns
    -------
    rows : ndarray of int64, shape (n_queries, n_wanted)
        Best first, ties in their order.
    scores : ndarray of float64, shape (n_queries, n_wanted)
        0 where there are no more.
    n_below : ndarray of int64, shape (n_queries,)
        How many rows have a score below 0.
    """
    from textrep.kernels.sparse_topk import NO_ROW, keep_best_rows

    by_column = queries.tocsc()  # [n_queries, dim]
    borders = vectors.shares(n_threads(-1))
    n_queries, n_shares = queries.shape[0], len(borders) - 1
    scores = np.zeros((n_shares, n_queries, n_wanted))
    rows = np.full(scores.shape, NO_ROW)  # int64
    n_below = np.zeros((n_shares, n_queries), np.int64)

    def search(share: int) -> None:
        keep_best_rows(
            *(vectors.data, vectors.indices, vectors.indptr, lengths, borders[share], borders[share + 1]),
            *(by_column.data, by_column.indices, by_column.indptr, 10.0**DECIMALS),
            *(scores[share], rows[share], n_below[share]),
        )

    with ThreadPoolExecutor(n_shares) as pool:
        list(pool.map(search, range(n_shares)))
    together = (n_queries, n_shares * n_wanted)
    scores, rows = (array.transpose(1, 0, 2).reshape(together) for array in (scores, rows))
    order = np.lexsort((rows, -scores))[:, :n_wanted]  # [n_queries, n_wanted]
    return np.take_along_axis(rows, order, 1), np.take_along_axis(scores, order, 1), n_below.sum(axis=0)


def _ranked(rows: Ids, scores: Doubles, n: int, k: int, left_out: Ids) -> Found:
    """Return the k best of n rows without those left out, given the best above 0; if too few, all others have 0."""
    kept = ~np.isin(rows, left_out)
    missing = k - int(np.count_nonzero(kept))
    best, values = rows[kept][:k].tolist(), scores[kept][:k].tolist()
    if missing > 0:
        others = np.ones(min(n, missing + len(rows) + len(left_out)), bool)  # the first ones of score 0 are among these
        others[rows[rows < len(others)]] = False
        others[left_out[(left_out >= 0) & (left_out < len(others))]] = False
        best += np.flatnonzero(others)[:missing].tolist()
        values += [0.0] * (len(best) - len(values))
    return best, values
