"""Exact nearest neighbours by cosine: which rows of a matrix point most nearly where a query points.

Every search has two steps. A matrix product in float32 gives scores that are right up to a known rounding
error, and all rows that could be among the k best, given that error, become candidates. The candidates,
hardly more than k, are then scored again in float64, one row at a time and always in the same way. So the
answer depends neither on how queries were batched nor on how the matrix product added up, and rows that are
equal tie exactly.

Few queries take their candidates from one product with NumPy; many go block by block through
`textrep.kernels.topk`.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from textrep.locks import computed_once
from textrep.parallel import n_threads

__all__ = ["DECIMALS", "Doubles", "Floats", "Ids", "Neighbour", "Neighbours", "Search", "cosines", "unit"]

Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]
Ids = NDArray[np.int64]

DECIMALS = 12  # of a score: coarser than the rounding of float64, so that rows of one direction tie
_EPSILON = 2.0**-24  # relative rounding error of one float32 operation
_TINY_NORM = 1e-30  # below, products of float32 lose digits
_SCORES_AT_ONCE = 1 << 22  # float32 scores in memory: 16 MiB
_BLOCK_ROWS = 2048  # rows of a block of many queries
_BLOCK_QUERIES = 1024
_MANY_SCORES = 1 << 24  # scores from which blocks and a kernel pay for importing Numba
_LARGEST_K = 1024  # neighbours up to which the kernel keeps candidates
_FLOATS_RESCORED = 1 << 16  # gathered at a time in the second step: they stay in the cache


class Neighbour(NamedTuple):
    """A key and how near it is.

    Attributes
    ----------
    key : str
        The key.
    score : float
        The cosine between its vector and the query, from -1 to 1.
    """

    key: str
    score: float


class Search(Protocol):
    """What answers for one kind of vectors, and the arithmetic of that kind.

    "Rows" are some vectors together: an ndarray or a CSR matrix of shape (n, dim), of float32 or float64.
    It is made of all vectors and their norms, float32 [n].
    """

    def __init__(self, vectors: Any, norms: Floats) -> None: ...

    @staticmethod
    def unit(rows: Any) -> Any:
        """Return rows scaled to length 1, in float64; rows of zeros stay zeros."""

    @staticmethod
    def cosines(rows: Any, query: Any) -> Doubles:
        """Return the cosine of each row with a query of length 1, a single row (float64 [n], rounded)."""

    @staticmethod
    def combined(weights: Doubles, rows: Any) -> Any:
        """Return the weighted sum of rows, as a single row in float64."""

    def search(self, queries: Any, k: int, left_out: Ids) -> list[tuple[list[int], list[float]]]:
        """Return the rows nearest to each query, best first, ties in the order of the rows.

        Parameters
        ----------
        queries : rows
            Of length 1 or 0, as `unit` makes them.
        k : int
            How many neighbours of each query, at least 1.
        left_out : ndarray of int64, shape (n_queries, any)
            Rows that do not count as neighbours of a query; -1 stands for none.

        Returns
        -------
        list of (list of int, list of float)
            For each query, the numbers of at most `k` rows, and their cosines.
        """


class Neighbours:
    """The rows of a matrix, ready to be searched: a `Search`.

    Parameters
    ----------
    vectors : ndarray of float32, shape (n, dim)
        The rows; may be memory-mapped. Never copied as a whole.
    norms : ndarray of float32, shape (n,)
        Their Euclidean lengths. A row of length 0 has cosine 0 with everything.
    """

    def __init__(self, vectors: Floats, norms: Floats) -> None:
        self._vectors = vectors
        self._norms = norms
        # Twice the error of a score: of dim products and sums, and of scaling the query and the row.
        self._margin = np.float32(2 * (vectors.shape[1] + 8) * _EPSILON)

    @staticmethod
    def unit(rows: NDArray[Any]) -> Doubles:
        """See `Search.unit`."""
        return unit(rows)

    @staticmethod
    def cosines(rows: NDArray[Any], query: Doubles) -> Doubles:
        """See `Search.cosines`."""
        return cosines(rows, query)

    @staticmethod
    def combined(weights: Doubles, rows: Doubles) -> Doubles:
        """See `Search.combined`."""
        total: Doubles = (weights @ rows)[None]
        return total

    def search(self, queries: Doubles, k: int, left_out: Ids) -> list[tuple[list[int], list[float]]]:
        """See `Search.search`."""
        n_wanted = min(k + left_out.shape[1], len(self._vectors))
        found: list[tuple[list[int], list[float]]] = []
        if not n_wanted:
            return [([], []) for _ in queries]
        for start, candidates in self._candidates(queries, n_wanted):
            stop = start + len(candidates)
            found += self._ranked(queries[start:stop], candidates, k, left_out[start:stop])
        return found

    def _candidates(self, queries: Doubles, k: int) -> Iterator[tuple[int, list[Ids]]]:
        """Yield, for runs of queries, their first number and the rows that each may find among its k best."""
        n = len(self._vectors)
        if len(queries) > 1 and len(queries) * n >= _MANY_SCORES and k <= _LARGEST_K:
            for start in range(0, len(queries), _BLOCK_QUERIES):
                yield start, self._candidates_by_blocks(queries[start : start + _BLOCK_QUERIES], k)
            return
        step = max(1, _SCORES_AT_ONCE // n)
        for start in range(0, len(queries), step):
            yield start, self._candidates_at_once(queries[start : start + step], k)

    def _candidates_at_once(self, queries: Doubles, k: int) -> list[Ids]:
        """Compute all scores of a few queries."""
        products = queries.astype(np.float32)
        scores = np.empty((len(products), len(self._vectors)), np.float32)  # [n_queries, n]
        if len(products) < 4:  # where BLAS is faster one by one
            for product, row in zip(products, scores, strict=True):
                np.matmul(self._vectors, product, out=row)
        else:
            np.matmul(products, self._vectors.T, out=scores)
        scores *= self._scale
        if len(self._tiny):
            scores[:, self._tiny] = -np.inf
        chosen = []
        for query, row in zip(queries, scores, strict=True):
            if query.any():
                chosen.append(self._with_tiny(np.flatnonzero(row >= _kth_best(row, k) - self._margin)))
            else:  # all cosines are 0: the first rows win
                chosen.append(np.arange(k))
        return chosen

    def _candidates_by_blocks(self, queries: Doubles, k: int) -> list[Ids]:
        """Go through the rows once, block by block, keeping for each query what may be among its k best."""
        from textrep.kernels.topk import keep_best

        m, (n, dim) = len(queries), self._vectors.shape
        products = queries.astype(np.float32)  # [m, dim]
        best = np.full((m, k), -np.inf, np.float32)  # [m, k] heaps
        ids = np.empty((m, 4 * k + 64), np.int64)  # [m, capacity]
        values = np.empty(ids.shape, np.float32)  # [m, capacity]
        counts = np.zeros(m, np.int64)  # [m]
        block = np.empty((_BLOCK_ROWS, dim), np.float32)  # [rows, dim] rows scaled to length 1
        scores = np.empty((m, _BLOCK_ROWS), np.float32)  # [m, rows]
        workers = max(1, _n_cores() // 2)
        shares = np.linspace(0, m, workers + 1).astype(int).tolist()
        with ThreadPoolExecutor(workers) as pool:
            for start in range(0, n, _BLOCK_ROWS):
                stop = min(start + _BLOCK_ROWS, n)
                rows = block[: stop - start]
                np.multiply(self._vectors[start:stop], self._scale[start:stop, None], out=rows)
                out = scores if len(rows) == _BLOCK_ROWS else np.empty((m, len(rows)), np.float32)
                np.matmul(products, rows.T, out=out)
                if len(self._tiny):
                    out[:, self._tiny[(self._tiny >= start) & (self._tiny < stop)] - start] = -np.inf

                def keep(share: int, out: Floats = out, first: int = start) -> None:
                    begin, end = shares[share], shares[share + 1]
                    keep_best(out, first, self._margin, best, ids, values, counts, begin, end)

                if workers == 1:
                    keep(0)
                else:
                    list(pool.map(keep, range(workers)))
        cutoffs = best[:, 0] - self._margin
        chosen = []
        for i, count in enumerate(counts.tolist()):
            if count > ids.shape[1]:  # too many rows tie, nearly or exactly
                chosen += self._candidates_at_once(queries[i : i + 1], k)
            else:
                chosen.append(self._with_tiny(ids[i, :count][values[i, :count] >= cutoffs[i]]))
        return chosen

    @computed_once
    def _scale(self) -> Floats:
        """What makes a product with a query of length 1 a cosine: one over the norm (float32 [n])."""
        scale = np.zeros(len(self._norms), np.float32)
        np.divide(np.float32(1), self._norms, out=scale, where=self._norms >= _TINY_NORM)
        return scale

    @computed_once
    def _tiny(self) -> Ids:
        """Rows too short for float32 products: without a score in the first step, and candidates always."""
        return np.flatnonzero((self._norms > 0) & (self._norms < _TINY_NORM))

    def _with_tiny(self, candidates: Ids) -> Ids:
        return np.union1d(candidates, self._tiny) if len(self._tiny) else candidates

    def _ranked(
        self, queries: Doubles, candidates: list[Ids], k: int, left_out: Ids
    ) -> list[tuple[list[int], list[float]]]:
        """Score the candidates of each query again and return the best k of them.

        Candidates are in the order of the rows, and the sorts are stable: that settles the ties.
        """
        if len(queries) == 1:  # the same in fewer steps
            rows = candidates[0]
            for row in left_out[0].tolist():
                rows = rows[rows != row]
            scores = self._rescored(rows, queries, np.zeros(len(rows), np.int64))
            chosen = (-scores).argsort(kind="stable")[:k]
            return [(rows[chosen].tolist(), scores[chosen].tolist())]
        sizes = np.fromiter(map(len, candidates), np.int64, len(candidates))  # [n_queries]
        owners = np.repeat(np.arange(len(candidates)), sizes)  # [n_candidates] number of the query
        rows = np.concatenate(candidates)  # [n_candidates]
        keep = (left_out[owners] != rows[:, None]).all(axis=1)
        owners, rows = owners[keep], rows[keep]
        scores = self._rescored(rows, queries, owners)
        order = np.lexsort((-scores, owners))
        ends = np.searchsorted(owners[order], np.arange(len(candidates) + 1))  # [n_queries + 1]
        ranked = []
        for begin, end in zip(ends[:-1].tolist(), ends[1:].tolist(), strict=True):
            chosen = order[begin : min(begin + k, end)]
            ranked.append((rows[chosen].tolist(), scores[chosen].tolist()))
        return ranked

    def _rescored(self, rows: Ids, queries: Doubles, owners: Ids) -> Doubles:
        """Return the cosine of each row (float64 [n_rows]) with the query of number `owners`."""
        scores = np.empty(len(rows), np.float64)  # [n_rows]
        step = max(1, _FLOATS_RESCORED // self._vectors.shape[1])
        for start in range(0, len(rows), step):
            part = slice(start, start + step)
            scores[part] = cosines(self._vectors[rows[part]], queries[owners[part]])
        return scores


def unit(vectors: NDArray[Any]) -> Doubles:
    """Return rows scaled to length 1 in float64 (``[n, dim]``); rows of zeros stay zeros."""
    rows = vectors.astype(np.float64)
    if vectors.dtype != np.float32:  # squares of large or small float64 numbers would over- or underflow
        largest = np.abs(rows).max(axis=1, keepdims=True, initial=0.0)  # [n, 1]
        rows /= np.where(largest > 0, largest, 1.0)
    lengths = np.sqrt((rows * rows).sum(axis=1, keepdims=True))  # [n, 1]
    rows /= np.where(lengths > 0, lengths, 1.0)
    return rows


def cosines(rows: NDArray[Any], queries: Doubles) -> Doubles:
    """Return the cosine of each row with the query of length 1 in the same place (float64 [n]).

    Each is computed on its own, in one order of additions: equal rows have equal cosines.
    """
    wide = rows.astype(np.float64)  # [n, dim] holds the squares of any float32
    dots = (wide * queries).sum(axis=1)
    lengths = np.sqrt(np.square(wide, out=wide).sum(axis=1))
    scores: Doubles = dots / np.where(lengths > 0, lengths, 1.0)
    return scores.round(DECIMALS) + 0.0  # + 0.0: no -0.0


def _kth_best(scores: Floats, k: int) -> np.float32:
    """Return the k-th largest score, or something below it that few others reach."""
    groups = len(scores) // 64
    if groups >= 4 * k:
        # Every 64th group's maximum: k of them reach the k-th largest maximum, so k scores do.
        scores = scores[: groups * 64].reshape(64, groups).max(axis=0)  # [groups]
    return np.float32(np.partition(scores, len(scores) - k)[len(scores) - k])


def _n_cores() -> int:
    return n_threads(-1)
