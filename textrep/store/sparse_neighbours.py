"""Exact nearest neighbours by cosine among sparse vectors: what `textrep.store.neighbours` does for dense ones.

Some rows and some queries at a time are multiplied in float64, so that memory stays bounded and no row is ever filled
with its zeros; only a query that comes alone is, which is faster. SciPy adds up each product in the order of the
columns, alone or among others: one product settles a score, and there is no second step. Rows that share no
column with a query have cosine 0; they are not listed by the product, and come after those above 0, in their order.

Many queries to many rows are answered by `textrep.store.sparse_batch`, with the same scores.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from textrep.locks import computed_once
from textrep.store.neighbours import DECIMALS
from textrep.store.sparse import SparseRows, row_lengths

if TYPE_CHECKING:
    from scipy.sparse import csr_array

__all__ = ["SparseNeighbours"]

Doubles = NDArray[np.float64]
Ids = NDArray[np.int64]

_NONZEROS_AT_ONCE = 1 << 19  # of the rows multiplied together: their copy in float64 has 4 MiB
_SCORES_AT_ONCE = 1 << 19  # of some rows with some queries, and as many columns: 6 MiB, and copies
_MANY_NONZEROS = 1 << 24  # of all rows, for each query, from which a kernel pays for importing Numba


class SparseNeighbours:
    """Sparse rows, ready to be searched: a `Search`.

    Parameters
    ----------
    vectors : SparseRows
        The rows; may be memory-mapped. Never copied as a whole.
    norms : ndarray of float32, shape (n,)
        Not used: these lengths are too coarse for scores in float64, and exact ones cost little where zeros are left
        away.
    """

    def __init__(self, vectors: SparseRows, norms: NDArray[np.float32]) -> None:  # noqa: ARG002
        vectors.check()
        self._vectors = vectors

    @staticmethod
    def unit(rows: csr_array) -> csr_array:
        """See `Search.unit`."""
        scaled = rows.astype(np.float64)  # [n, dim]
        sizes = np.diff(rows.indptr)  # [n]
        filled = np.flatnonzero(sizes)
        if not len(filled):
            return scaled
        largest = np.zeros(len(sizes))  # [n]; squares of large or small float64 numbers would over- or underflow
        largest[filled] = np.maximum.reduceat(np.abs(scaled.data), rows.indptr[filled])
        scaled.data /= np.repeat(np.where(largest > 0, largest, 1.0), sizes)
        lengths = row_lengths(scaled.data, rows.indptr)  # [n]
        scaled.data /= np.repeat(np.where(lengths > 0, lengths, 1.0), sizes)
        return scaled

    @staticmethod
    def cosines(rows: csr_array, query: csr_array) -> Doubles:
        """See `Search.cosines`."""
        dots = rows.astype(np.float64) @ query.toarray()[0]  # [n]
        return _rounded(dots, row_lengths(rows.data, rows.indptr))

    @staticmethod
    def combined(weights: Doubles, rows: csr_array) -> csr_array:
        """See `Search.combined`."""
        from scipy.sparse import csr_array

        return csr_array(weights[None]) @ rows

    def search(self, queries: csr_array, k: int, left_out: Ids) -> list[tuple[list[int], list[float]]]:
        """See `Search.search`."""
        n_queries = len(left_out)
        if n_queries < 2 or n_queries * self._vectors.nnz < _MANY_NONZEROS:
            return self._by_blocks(queries, k, left_out)
        from textrep.store.sparse_batch import best_rows

        answers = best_rows(self._vectors, self._lengths, queries, k, left_out)
        unsure = [number for number, answer in enumerate(answers) if answer is None]
        others = iter(self._by_blocks(queries[unsure], k, left_out[unsure]) if unsure else [])
        return [next(others) if answer is None else answer for answer in answers]

    def _by_blocks(self, queries: csr_array, k: int, left_out: Ids) -> list[tuple[list[int], list[float]]]:
        """Answer with SciPy, block after block of the rows."""
        n_queries, n_wanted = len(left_out), min(k + left_out.shape[1], len(self._vectors))
        found: list[list[tuple[Ids, Doubles]]] = [[] for _ in range(n_queries)]
        lacking = np.full(n_queries, n_wanted)  # rows of score 0 or more, for each query
        factor = queries.toarray().T if n_queries == 1 else queries.T.tocsr()  # [dim, n_queries]
        most_rows = max(1, _SCORES_AT_ONCE // max(1, n_queries))
        for start, stop in self._vectors.blocks(most_rows, _NONZEROS_AT_ONCE):
            ends, rows, scores = self._scores(start, stop, factor)
            begins = np.append(0, ends[:-1])
            for query in np.flatnonzero((ends > begins) | (lacking > 0)).tolist():
                part = slice(begins[query], ends[query])
                best, values = _best(rows[part], scores[part], stop - start, n_wanted, int(lacking[query]))
                lacking[query] -= np.count_nonzero(values >= 0)
                found[query].append((best + start, values))
        return [_merged(blocks, k, out) for blocks, out in zip(found, left_out, strict=True)]

    def _scores(self, start: int, stop: int, factor: Any) -> tuple[NDArray[Any], NDArray[Any], Doubles]:
        """Return the products of some rows with queries, where there are any.

        Parameters
        ----------
        start, stop : int
            The rows.
        factor : ndarray of shape (dim, 1), or csr_array of shape (dim, n_queries)
            The queries, as columns.

        Returns
        -------
        ends : ndarray of int, shape (n_queries,)
            Where the products of each query end in what follows.
        rows : ndarray of int, shape (n_products,)
            Their rows, counted from `start`, ascending.
        scores : ndarray of float64, shape (n_products,)
            Their cosines.
        """
        block, lengths = self._block(start, stop), self._lengths[start:stop]
        if factor.shape[1] == 1:  # which is faster by far with a dense one
            dots = block @ factor[:, 0]  # [n_rows]
            rows = np.flatnonzero(dots)
            return np.array([len(rows)]), rows, _rounded(dots[rows], lengths[rows])
        products = (block @ factor).tocsc()  # [n_rows, n_queries]
        return products.indptr[1:], products.indices, _rounded(products.data, lengths[products.indices])

    @computed_once
    def _lengths(self) -> Doubles:
        """The lengths of all rows (float64 [n])."""
        return row_lengths(self._vectors.data, self._vectors.indptr)

    def _block(self, start: int, stop: int) -> csr_array:
        """Return some rows in float64."""
        from scipy.sparse import csr_array

        indptr = self._vectors.indptr[start : stop + 1]
        part = slice(int(indptr[0]), int(indptr[-1]))
        data = self._vectors.data[part].astype(np.float64)
        return csr_array(
            (data, self._vectors.indices[part], indptr - indptr[0]), shape=(stop - start, self._vectors.dim)
        )


def _rounded(dots: Doubles, lengths: Doubles) -> Doubles:
    """Return cosines: products with queries of length 1, by the lengths of the rows (float64 [n])."""
    scores: Doubles = (dots / np.where(lengths > 0, lengths, 1.0)).round(DECIMALS)
    return scores + 0.0  # no -0.0


def _best(rows: NDArray[Any], scores: Doubles, n: int, k: int, lacking: int) -> tuple[Ids, Doubles]:
    """Return those of n rows that may be among the best, in any order, with their scores.

    Parameters
    ----------
    rows : ndarray of int, shape (n_products,)
        The rows that have a product with the query, ascending.
    scores : ndarray of float64, shape (n_products,)
        Their scores, which may be 0, as those of all others are.
    n : int
        How many rows there are.
    k : int
        How many are wanted of those above 0.
    lacking : int
        How many are wanted of all.
    """
    rows, scores = rows[scores != 0].astype(np.int64), scores[scores != 0]
    above = scores > 0
    found, values = _top(rows[above], scores[above], k)
    missing = min(lacking, n) - len(found)
    if missing > 0:
        others = np.ones(min(n, len(rows) + missing), bool)  # the rows of score 0 that are needed are among these
        others[rows[rows < len(others)]] = False
        zeros = np.flatnonzero(others)[:missing]
        below, negatives = _top(rows[~above], scores[~above], missing - len(zeros))
        found = np.concatenate([found, zeros, below])
        values = np.concatenate([values, np.zeros(len(zeros)), negatives])
    return found, values


def _top(rows: Ids, scores: Doubles, k: int) -> tuple[Ids, Doubles]:
    """Return the k best of rows, which ascend; of equal ones the first."""
    if len(rows) <= k:
        return rows, scores
    if k < 1:
        return rows[:0], scores[:0]
    reach = np.flatnonzero(scores >= np.partition(scores, len(scores) - k)[len(scores) - k])
    chosen = reach[(-scores[reach]).argsort(kind="stable")[:k]]
    return rows[chosen], scores[chosen]


def _merged(blocks: list[tuple[Ids, Doubles]], k: int, left_out: Ids) -> tuple[list[int], list[float]]:
    """Return the k best of what the blocks hold, without some rows; best first, ties in the order of the rows."""
    if not blocks:
        return [], []
    rows, scores = (np.concatenate(parts) for parts in zip(*blocks, strict=True))
    kept = ~np.isin(rows, left_out)
    rows, scores = rows[kept], scores[kept]
    order = np.lexsort((rows, -scores))[:k]
    return rows[order].tolist(), scores[order].tolist()
