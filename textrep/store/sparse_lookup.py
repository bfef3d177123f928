"""From words to vectors where most numbers are zeros: what `Lookup` does, with rows of CSR matrices."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from textrep.store.lookup import Lookup
from textrep.store.queries import query_row
from textrep.store.sparse import SparseRows, is_sparse
from textrep.store.sparse_neighbours import SparseNeighbours

if TYPE_CHECKING:
    from scipy.sparse import csr_array

__all__ = ["SparseLookup"]

_QUERIES_AT_ONCE = 1 << 10  # all rows are gone through once for so many
_NONZEROS_AT_ONCE = 1 << 19  # of the queries together


class SparseLookup(Lookup):
    """What a store knows of words whose vectors are sparse. There are no subwords.

    Parameters
    ----------
    parts : StoreParts
        What the store consists of; its vectors are `SparseRows`.
    name : str
        What messages call the store.
    """

    search = SparseNeighbours
    vectors: SparseRows

    @property
    def dim(self) -> int:
        """The number of dimensions of the vectors."""
        return self.vectors.dim

    def rows(self, words: list[str]) -> csr_array:
        """Return the vectors of words that are keys (float32 [n_words, dim])."""
        return self.vectors.take(self._keys_of(words))

    def vector(self, word: str) -> NDArray[np.float32]:
        """Return the vector of a word that is a key, with its zeros (float32 [dim])."""
        vector: NDArray[np.float32] = self.rows([word]).toarray()[0]
        return vector

    def resolved(self, item: Any) -> tuple[csr_array, int]:
        """Return the vector of a word or of a vector (a row [1, dim]), and the number of a key or -1."""
        if not isinstance(item, str):
            return query_row(item, self.dim), -1
        numbers = self._keys_of([item])
        return self.vectors.take(numbers), int(numbers[0])

    def resolved_many(self, items: list[Any]) -> Iterator[tuple[csr_array, NDArray[np.int64]]]:
        """Yield, for some words and vectors at a time, their vectors ([n, dim]), and their numbers as keys.

        The numbers are int64 [n, 1], -1 for none. Together the vectors are small, or there is only one.
        """
        ends = np.cumsum(self._sizes(items))  # [n_items]
        start = 0
        while start < len(items):
            limit = (int(ends[start - 1]) if start else 0) + _NONZEROS_AT_ONCE
            full = int(np.searchsorted(ends, limit, side="right"))
            stop = min(max(full, start + 1), start + _QUERIES_AT_ONCE, len(items))
            yield self.stacked(items[start:stop])
            start = stop

    def stacked(self, items: list[Any]) -> tuple[csr_array, NDArray[np.int64]]:
        """Return the vectors of words and vectors ([n, dim]), and their numbers as keys, -1 for none (int64 [n, 1])."""
        from scipy.sparse import vstack

        if all(isinstance(item, str) for item in items):
            numbers = self._keys_of(items)
            return self.vectors.take(numbers), numbers[:, None]
        rows, found = zip(*map(self.resolved, items), strict=True)
        return vstack([row.astype(np.float64) for row in rows], format="csr"), np.array(found)[:, None]

    def _keys_of(self, words: list[str]) -> NDArray[np.int64]:
        """Return the numbers of keys (int64 [n_words]). Raises UnknownWordError for a word that is none."""
        numbers = self.find_many(words)
        if (numbers < 0).any():
            raise self._unknown(words[int(np.flatnonzero(numbers < 0)[0])])
        return numbers

    def _sizes(self, items: list[Any]) -> NDArray[np.int64]:
        """Return about how many non-zeros the vectors of words and vectors have (int64 [n_items])."""
        sizes = np.full(len(items), self.dim, np.int64)  # [n_items]
        if isinstance(items, np.ndarray):
            return sizes
        numbers = self.numbers_of(items)
        sizes[numbers >= 0] = self.vectors.sizes(numbers[numbers >= 0])
        for i, item in enumerate(items):
            if is_sparse(item):
                sizes[i] = item.nnz
        return sizes.clip(0, None)
