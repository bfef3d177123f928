"""From counted documents to the rows of a matrix: columns for ids, in ascending order."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import DTypeLike, NDArray
from scipy import sparse

from textrep.bags.counter import Piece
from textrep.bags.slabs import Slabs
from textrep.kernels.bags import scatter_rows, sort_rows

__all__ = ["Finish", "Rows", "as_counted", "matrix_of", "rows_of"]

_MOST_INT32 = 2**31 - 1


class Rows(NamedTuple):
    """Some rows of a matrix."""

    indices: NDArray[np.int32]  # [n], the columns of all rows end to end, ascending in each
    values: NDArray[Any]  # [n], at first counts
    sizes: NDArray[np.int64]  # [n_rows], how many each row has

    def kept_in(self, slabs: Slabs) -> Rows:
        """Return a copy that frees its memory when its turn has come."""
        return Rows(slabs.kept(self.indices), slabs.kept(self.values), self.sizes)


Finish: TypeAlias = Callable[[Rows], Rows]  # turns counts into the values of the matrix


def as_counted(rows: Rows) -> Rows:
    """Leave counts as they are."""
    return rows


def rows_of(piece: Piece, columns: Sequence[NDArray[np.int32]], n_columns: int) -> Rows:
    """Return the rows of some documents.

    Parameters
    ----------
    piece : Piece
        The documents.
    columns : sequence of ndarray of int32
        For each of its bags, the column of each id, below 0 where there is none.
    n_columns : int
        More than any column.
    """
    capacity = np.sum([bag.sizes for bag in piece.bags], axis=0)  # [n_docs]
    starts = np.cumsum(capacity) - capacity  # [n_docs]
    filled = np.zeros(capacity.size, np.int64)  # [n_docs]
    entries = np.empty(int(capacity.sum()), np.uint64)  # [n]
    for bag, its_columns in zip(piece.bags, columns, strict=True):
        scatter_rows(bag.ids, bag.counts.astype(np.int32, copy=False), bag.sizes, its_columns, starts, filled, entries)
    n = int(filled.sum())
    indices, counts = np.empty(n, np.int32), np.empty(n, np.int32)  # [n]
    sort_rows(entries, starts, filled, n_columns, np.empty(filled.max(initial=0), np.uint64), indices, counts)
    return Rows(indices, counts.astype(np.uint8) if counts.max(initial=0) < 256 else counts, filled)


def matrix_of(rows: list[Rows], n_columns: int, dtype: DTypeLike) -> sparse.csr_matrix:
    """Put rows together; `rows` is emptied as they are.

    Parameters
    ----------
    rows : list of Rows
        All rows, in order.
    n_columns : int
        Columns of the matrix.
    dtype : dtype
        Of the values.

    Returns
    -------
    csr_matrix, shape (n_rows, n_columns)
        With sorted indices; they are int32, unless there are more than 2**31 - 1 values.
    """
    sizes = np.concatenate([part.sizes for part in rows]) if rows else np.zeros(0, np.int64)  # [n_rows]
    n = int(sizes.sum())
    index_type = np.int32 if n <= _MOST_INT32 else np.int64
    indptr = np.zeros(sizes.size + 1, index_type)  # [n_rows + 1]
    np.cumsum(sizes, out=indptr[1:])
    indices = np.empty(n, index_type)  # [n]
    data = np.empty(n, dtype)  # [n]
    rows.reverse()
    first = 0
    while rows:
        part = rows.pop()
        here = slice(first, first + part.indices.size)
        indices[here] = part.indices
        data[here] = part.values
        first = here.stop
    matrix = sparse.csr_matrix((data, indices, indptr), shape=(sizes.size, n_columns), copy=False)
    matrix.has_sorted_indices = matrix.has_canonical_format = True
    return matrix
