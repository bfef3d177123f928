"""From the n-grams of documents to a matrix: rows of counts, columns in ascending order, and then all together.

Counts take little room, mostly a byte each. There is memory for values only when it is known how many there are, and no
value is ever there twice.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple, TypeAlias, TypeVar

import numpy as np
from numpy.typing import DTypeLike, NDArray
from scipy import sparse

from textrep.bags.counter import Piece
from textrep.bags.slabs import Slabs
from textrep.kernels.bags import count_columns
from textrep.memory import own_memory
from textrep.parallel import in_threads

__all__ = ["Change", "Columns", "Rows", "given_up", "matrix_of", "rows_of"]

_MOST_INT32 = 2**31 - 1

_Part = TypeVar("_Part")


class Rows(NamedTuple):
    """How often some documents have the columns of a matrix."""

    indices: NDArray[np.int32]  # [n], the columns of all rows end to end, ascending in each
    counts: NDArray[Any]  # [n], uint8 where that is enough, else int32
    sizes: NDArray[np.int64]  # [n_rows], how many each row has

    def kept_in(self, slabs: Slabs) -> Rows:
        """Return a copy that frees its memory when its turn has come."""
        return Rows(slabs.kept(self.indices), slabs.kept(self.counts), slabs.kept(self.sizes))


Change: TypeAlias = Callable[[NDArray[Any], Rows], None]  # makes other values of counts, in place, given their rows


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


def given_up(parts: list[_Part]) -> Iterator[_Part]:
    """Yield the parts of a list and forget them."""
    parts.reverse()
    while parts:
        yield parts.pop()


def matrix_of(
    rows: list[Rows],
    n_columns: int,
    dtype: DTypeLike,
    change: Change | None = None,
    *,
    is_binary: bool = False,
    n_threads: int = 1,
) -> sparse.csr_matrix:
    """Put rows together.

    Parameters
    ----------
    rows : list of Rows
        All rows, in order. The list is empty afterwards.
    n_columns : int
        Columns of the matrix.
    dtype : dtype
        Of the values.
    change : callable, optional
        Makes the values of counts; by default they are the counts.
    is_binary : bool
        Whether every count is taken for 1.
    n_threads : int
        How many threads to use.

    Returns
    -------
    csr_matrix, shape (n_rows, n_columns)
        With sorted indices; they are int32, unless there are more than 2**31 - 1 values.
    """
    n_values, n_rows = sum(part.indices.size for part in rows), sum(part.sizes.size for part in rows)
    index_type = np.int32 if n_values <= _MOST_INT32 else np.int64
    indices = np.empty(n_values, index_type)  # [n]
    data = np.empty(n_values, dtype)  # [n]
    indptr = np.zeros(n_rows + 1, index_type)  # [n_rows + 1]

    def parts() -> Iterator[tuple[Rows, slice]]:
        value = row = 0
        for part in given_up(rows):
            indptr[row + 1 : row + 1 + part.sizes.size] = part.sizes
            yield part, slice(value, value + part.indices.size)
            value, row = value + part.indices.size, row + part.sizes.size

    def fill(placed: tuple[Rows, slice]) -> None:
        part, here = placed
        indices[here] = part.indices
        data[here] = 1 if is_binary else part.counts
        if change is not None:
            change(data[here], part)

    deque(in_threads(fill, parts(), max(1, min(n_threads, len(rows)))), maxlen=0)
    np.cumsum(indptr, out=indptr)
    matrix = sparse.csr_matrix((data, indices, indptr), shape=(n_rows, n_columns), copy=False)
    matrix.has_sorted_indices = matrix.has_canonical_format = True
    return matrix
