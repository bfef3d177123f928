"""Approximate nearest neighbours: candidates from a graph, scored as those of the exact search are.

The graph (`textrep.store.index`) names a few dozen rows for a query, among them nearly all that are nearest. These are
scored in float64 and ranked by `textrep.store.neighbours`, so that what is found has the very score, and the place
among the others, that the exact search gives it; what may happen is that a neighbour is missing.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from textrep.locks import ProcessLock
from textrep.parallel import n_threads
from textrep.store.index import VectorIndex
from textrep.store.neighbours import Doubles, Floats, Ids, Neighbours

__all__ = ["ApproximateNeighbours"]

_FOUND_AT_ONCE = 1 << 20  # rows, of many queries together: 12 MiB
_QUERIES_A_THREAD = 16  # fewer are done before another thread has begun
_STOPPED = "Operation has been terminated"  # what usearch makes of an exception that a signal's handler raised


class ApproximateNeighbours(Neighbours):
    """The rows of a matrix and an index of them: a `Search` that may miss a neighbour.

    Rows of zeros, which are in no index, count as in the exact search; and a query for which the graph gives too few
    rows is answered by the exact search.

    Parameters
    ----------
    vectors : ndarray of float32, shape (n, dim)
        The rows; may be memory-mapped.
    norms : ndarray of float32, shape (n,)
        Their Euclidean lengths.
    index : VectorIndex
        The index of these rows.
    """

    def __init__(self, vectors: Floats, norms: Floats, index: VectorIndex) -> None:
        super().__init__(vectors, norms)
        self._graph = index.opened()
        self._index = index  # whose bytes the graph is in
        # usearch numbers the threads of each call from 0, and each has one scratch space.
        self._one_at_a_time = ProcessLock()
        self._zeros = np.flatnonzero(norms == 0)  # [n - n_indexed]

    def _candidates(self, queries: Doubles, k: int) -> Iterator[tuple[int, list[Ids]]]:
        """Yield, for runs of queries, their first number and the rows among which their k best are looked for."""
        n_indexed = len(self._vectors) - len(self._zeros)
        n_asked = min(n_indexed, max(2 * k, self._index.header["expansion_search"]))  # at no cost: it sees as many
        step = max(1, _FOUND_AT_ONCE // max(1, n_asked))
        for start in range(0, len(queries), step):
            part = queries[start : start + step]
            found = self._found(part, n_asked) if n_asked else [np.empty(0, np.int64)] * len(part)
            yield start, [self._completed(query, rows, k) for query, rows in zip(part, found, strict=True)]

    def _found(self, queries: Doubles, n_asked: int) -> list[Ids]:
        """Return what the graph has for each query, in the order of the rows."""
        threads = max(1, min(n_threads(-1), len(queries) // _QUERIES_A_THREAD))
        with self._one_at_a_time.held():
            try:
                found = self._graph.search(queries.astype(np.float32), n_asked, threads=threads)
            except RuntimeError as error:
                if str(error) == _STOPPED:
                    raise KeyboardInterrupt from None
                raise
        matches = [found] if len(queries) == 1 else [found[i] for i in range(len(queries))]
        return [np.sort(match.keys.astype(np.int64)) for match in matches]

    def _completed(self, query: Doubles, rows: Ids, k: int) -> Ids:
        """Add what an index does not know; or take what the exact search finds, where there is too little."""
        if not query.any():
            return np.arange(k)  # all cosines are 0: the first rows win
        if len(rows) < min(k, len(self._vectors) - len(self._zeros)):
            return self._candidates_at_once(query[None], k)[0]
        return np.union1d(rows, self._zeros[:k]) if len(self._zeros) else rows
