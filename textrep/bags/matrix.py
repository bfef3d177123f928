"""From the n-grams of documents to the rows of a matrix: columns in ascending order, and counts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import DTypeLike, NDArray
from scipy import sparse

from textrep.bags.counter import Piece
from textrep.bags.slabs import Slabs
from textrep.kernels.bags import count_columns
from textrep.memory import own_memory

__all__ = ["Columns", "Finish", "Rows", "as_counted", "matrix_of", "rows_of"]

_MOST_INT32 = 2**31 - 1


class Rows(NamedTuple):
    """Some rows of a matrix."""

    indices: NDArray[np.int32]  # [n], the columns of all rows end to end, ascending in each
    values: NDArray[Any]  # [n], at first counts
    sizes: NDArray[np.int64]  # [n_rows], how many each row has

    def kept_in(self, slabs: Slabs) -> Rows:
        """Return a copy that frees its memory when its turn has come."""
        return Rows(slabs.kept(self.indices), slabs.kept(self.values), slabs.kept(self.sizes))


Finish: TypeAlias = Callable[[Rows], Rows]  # turns counts into the values of the matrix


def as_counted(rows: Rows) -> Rows:
    """Leave counts as they are."""
    return rows


class Columns(NamedTuple):
    """The columns of n-grams."""

    joined: NDArray[np.int32]  # those of each length, one after the other, below 0: none; empty: the numbers themselves
    firsts: NDArray[np.int64]  # [n_lengths], where those of a length begin
    n: int  # columns of the matrix

    @classmethod
    def of(cls, columns: Sequence[NDArray[np.int32]], n: int) -> Columns:
        """Make them of those of each length."""
        sizes = [part.size for part in columns]
        joined = np.concatenate(columns) if columns else np.empty(0, np.int32)
        return cls(joined, np.cumsum([0, *sizes[:-1]], dtype=np.int64), n)

    @classmethod
    def same(cls, n_lengths: int, n: int) -> Columns:
        """Let numbers be columns."""
        return cls(np.empty(0, np.int32), np.zeros(n_lengths, np.int64), n)


def rows_of(piece: Piece, columns: Columns, times: NDArray[np.int32] | None = None) -> Rows:
    """Return the rows of some documents.

    Parameters
    ----------
    piece : Piece
        The documents.
    columns : Columns
        Of their n-grams.
    times : ndarray of int32, shape (n_units,), optional
        How often to count what begins at each unit; once by default.
    """
    numbers, sizes, _ = piece
    longest = numbers.shape[0] * int(sizes.max(initial=0))
    entries, scratch = np.empty(longest, np.uint64), np.empty(longest, np.uint64)
    indices, counts = own_memory((2, numbers.size), np.int32)  # [n] each, more than there will be
    row_sizes = np.empty_like(sizes)  # [n_docs]
    if times is None:
        times = np.empty(0, np.int32)
    n = count_columns(numbers, times, sizes, *columns, entries, scratch, indices, counts, row_sizes)
    counts = counts[:n]
    return Rows(indices[:n], counts.astype(np.uint8) if counts.max(initial=0) < 256 else counts, row_sizes)


def matrix_of(rows: Iterable[Rows], n_values: int, n_columns: int, dtype: DTypeLike) -> sparse.csr_matrix:
    """Put rows together as they come.

    Parameters
    ----------
    rows : iterable of Rows
        All rows, in order.
    n_values : int
        How many values they have.
    n_columns : int
        Columns of the matrix.
    dtype : dtype
        Of the values.

    Returns
    -------
    csr_matrix, shape (n_rows, n_columns)
        With sorted indices; they are int32, unless there are more than 2**31 - 1 values.
    """
    index_type = np.int32 if n_values <= _MOST_INT32 else np.int64
    indices = np.empty(n_values, index_type)  # [n]
    data = np.empty(n_values, dtype)  # [n]
    sizes = [np.zeros(1, np.int64)]
    first = 0
    for part in rows:
        here = slice(first, first + part.indices.size)
        indices[here] = part.indices
        data[here] = part.values
        sizes.append(part.sizes)
        first = here.stop
    indptr = np.cumsum(np.concatenate(sizes)).astype(index_type)  # [n_rows + 1]
    matrix = sparse.csr_matrix((data, indices, indptr), shape=(indptr.size - 1, n_columns), copy=False)
    matrix.has_sorted_indices = matrix.has_canonical_format = True
    return matrix
