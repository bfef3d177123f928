"""`SparseRows`: vectors that are mostly zeros, as the three arrays of a CSR matrix, in memory or mapped from a file.

The numbers of row ``i`` are ``data[indptr[i]:indptr[i + 1]]``, in the columns ``indices[indptr[i]:indptr[i + 1]]``,
which ascend. SciPy's compiled code trusts these arrays, and reads and writes wild memory where they are wrong. So the
arrays of a file are looked at before SciPy gets them: one row before that row is used, all of them before the whole is.

SciPy is imported when a matrix is made, not with this module: a dense store needs none.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from textrep.errors import FormatError
from textrep.keytable import KeyTable, read_only

if TYPE_CHECKING:
    from scipy.sparse import csr_array

    from textrep.store.store import EmbeddingStore

__all__ = [
    "SparseRows",
    "canonical_csr",
    "check_is_dense",
    "index_dtype",
    "is_sparse",
    "row_lengths",
    "sparse_rows",
]

_AT_ONCE = 1 << 20  # non-zeros looked at together


class SparseRows:
    """The rows of a matrix in CSR form: read-only, columns ascending within a row, no zero kept.

    Parameters
    ----------
    data : ndarray of float32, shape (nnz,)
        The non-zeros.
    indices : ndarray of int32 or int64, shape (nnz,)
        Their columns.
    indptr : ndarray of the type of `indices`, shape (n + 1,)
        Where each row begins and ends; from 0 to `nnz`.
    dim : int
        The number of columns.
    damaged : callable, optional
        Makes the error for a fault in the file that the arrays are mapped from: of the fault, the name of the tensor,
        and the byte within it.
    is_checked : bool
        Whether the arrays are known to fit together. Otherwise they are checked before they are used.
    """

    def __init__(
        self,
        data: NDArray[np.float32],
        indices: NDArray[Any],
        indptr: NDArray[Any],
        dim: int,
        *,
        damaged: Callable[[str, str, int], FormatError] | None = None,
        is_checked: bool = False,
    ) -> None:
        self.data, self.indices, self.indptr = map(read_only, (data, indices, indptr))
        self.dim = dim
        self._damaged = damaged
        self._is_checked = is_checked

    def __len__(self) -> int:
        return len(self.indptr) - 1

    def __reduce__(self) -> tuple[Any, ...]:
        return SparseRows, (self.data, self.indices, self.indptr, self.dim)  # what a pickle holds is checked again

    @property
    def nnz(self) -> int:
        """The number of non-zeros."""
        return len(self.data)

    def matrix(self) -> csr_array:
        """Return the rows as a matrix (float32 [n, dim]) that shares the arrays. Changing it changes nothing here."""
        self.check()
        return _csr(self.data, self.indices, self.indptr, self.dim)

    def take(self, numbers: NDArray[np.int64]) -> csr_array:
        """Return a copy of rows (float32 [len(numbers), dim]), reading no others."""
        starts, ends = (self.indptr[numbers + at].astype(np.int64) for at in (0, 1))  # [n_numbers]
        sizes = ends - starts
        if not self._is_checked and ((starts < 0) | (sizes < 0) | (ends > self.nnz)).any():
            self.check()
        total = int(sizes.sum())
        indptr = np.zeros(len(numbers) + 1, index_dtype(self.dim, total))  # [n_numbers + 1]
        np.cumsum(sizes, out=indptr[1:])
        places = np.arange(total) + np.repeat(starts - indptr[:-1], sizes)  # int64 [total]
        indices = self.indices[places].astype(indptr.dtype, copy=False)
        taken = SparseRows(self.data[places], indices, indptr, self.dim, is_checked=self._is_checked)
        if not self._is_checked and taken._fault() is not None:
            self.check()
        return _csr(self.data[places], indices, indptr, self.dim)

    def sizes(self, numbers: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return how many non-zeros rows have (int64 [len(numbers)])."""
        sizes: NDArray[np.int64] = self.indptr[numbers + 1].astype(np.int64) - self.indptr[numbers]
        return sizes

    def blocks(self, most_rows: int, most_nonzeros: int) -> Iterator[tuple[int, int]]:
        """Yield runs of rows that hold no more than so many non-zeros, or one row that does."""
        start = 0
        while start < len(self):
            limit = min(int(self.indptr[start]) + most_nonzeros, self.nnz)
            full = int(self._searched(limit, side="right")) - 1  # the row that would end beyond
            stop = min(max(full, start + 1), start + most_rows, len(self))
            yield start, stop
            start = stop

    def shares(self, n: int) -> list[int]:
        """Return where `n` shares of the rows begin, with about as many non-zeros each, and where the last ends."""
        starts = self._searched([self.nnz * share // n for share in range(1, n)])
        return [0, *starts.tolist(), len(self)]

    def _searched(self, places: Any, side: Literal["left", "right"] = "left") -> Any:
        """Search `indptr` for numbers of its own type: for those of another NumPy would copy it."""
        return np.searchsorted(self.indptr, np.asarray(places, self.indptr.dtype), side)

    def check(self) -> None:
        """Look at all arrays, once.

        Raises
        ------
        FormatError
            If they are no matrix; names the file, and what is wrong.
        """
        if self._is_checked:
            return
        if fault := self._fault():
            tensor, entry, reason = fault
            what = f"entry {entry:,} of its tensor {tensor!r} {reason}"
            if self._damaged is not None:
                raise self._damaged(what, tensor, entry * getattr(self, tensor.removeprefix("vectors.")).itemsize)
            raise FormatError(f"the vectors of this store are damaged: {what}")
        self._is_checked = True

    def _fault(self) -> tuple[str, int, str] | None:
        """Return what keeps the arrays from being a matrix, None if nothing does: a tensor, an entry of it, and why."""
        falls = np.flatnonzero(self.indptr[1:] < self.indptr[:-1])
        if len(falls):
            return "vectors.indptr", int(falls[0]) + 1, "is less than the one before"
        for start in range(0, self.nnz, _AT_ONCE):
            columns, values = (array[start : start + _AT_ONCE] for array in (self.indices, self.data))
            if columns.min() < 0 or columns.max() >= self.dim:
                at = int(np.flatnonzero((columns < 0) | (columns >= self.dim))[0])
                return "vectors.indices", start + at, f"is {columns[at]}, not a number from 0 to {self.dim - 1:,}"
            rises = np.zeros(len(columns), bool)  # or begins a row
            first, last = self._searched([start, start + len(columns)])
            rises[self.indptr[first:last] - start] = True
            rises[1:] |= columns[1:] > columns[:-1]
            rises[0] |= start == 0 or columns[0] > self.indices[start - 1]
            if not rises.all():
                return "vectors.indices", start + int(np.flatnonzero(~rises)[0]), "does not ascend within its row"
            if not np.isfinite(values).all():
                at = int(np.flatnonzero(~np.isfinite(values))[0])
                return "vectors.data", start + at, f"is {values[at]}"
        return None


def _csr(data: NDArray[Any], indices: NDArray[Any], indptr: NDArray[Any], dim: int) -> csr_array:
    """Return arrays known to be right as a matrix, without having SciPy read them."""
    from scipy.sparse import csr_array

    matrix = csr_array((data, indices, indptr), shape=(len(indptr) - 1, dim))
    matrix.has_canonical_format = True
    return matrix


def is_sparse(value: Any) -> bool:
    """Whether something is a sparse matrix or array of SciPy's, which is imported if there is one."""
    scipy_sparse = sys.modules.get("scipy.sparse")
    return scipy_sparse is not None and bool(scipy_sparse.issparse(value))


def index_dtype(dim: int, nnz: int) -> type[np.int32] | type[np.int64]:
    """Return the type of both index arrays: SciPy wants one for both, and copies what is of another."""
    return np.int32 if max(dim, nnz) <= np.iinfo(np.int32).max else np.int64


def canonical_csr(matrix: Any) -> csr_array:
    """Return a sparse matrix in CSR form with ascending columns and duplicates summed; it may share arrays.

    Raises
    ------
    ValueError
        If the arrays of `matrix` do not fit together.
    """
    from scipy.sparse import csc_array, csr_array

    shared = {"csr": csr_array, "csc": csc_array}.get(matrix.format)
    if shared is not None:
        matrix = shared(matrix)  # another object, whose attributes may change
        matrix.check_format(full_check=True)
    own = csr_array(matrix)
    if not own.has_canonical_format:
        own = own.copy()
        own.sum_duplicates()
    return own


def sparse_rows(matrix: Any, keys: KeyTable, *, copy: bool) -> tuple[SparseRows, NDArray[np.float32]]:
    """Return a sparse matrix as rows for keys, and their lengths (float32 [n_keys]); `matrix` is not changed.

    Raises
    ------
    TypeError
        If it does not hold real numbers.
    ValueError
        If it is not of shape (n_keys, dim), or a row is not finite or too long for float32; names its key.
    """
    from textrep.store.checks import checked_lengths

    if matrix.dtype.kind not in "biuf":
        raise TypeError(f"vectors must be numbers, not {matrix.dtype}")
    if matrix.ndim != 2 or matrix.shape[1] < 1:
        raise ValueError(f"vectors must have shape (n_keys, dim), not {matrix.shape}")
    n, dim = matrix.shape
    if n != len(keys):
        raise ValueError(f"{len(keys):,} keys, but {n:,} vectors: every key needs one vector")
    given = canonical_csr(matrix)
    with np.errstate(over="ignore"):  # what becomes infinite is refused below
        data = given.data.astype(np.float32, copy=copy)  # [nnz]
    indices, indptr = given.indices, given.indptr
    is_kept = data != 0  # bool [nnz]; what is too small for float32 became zero
    if not is_kept.all():
        ends = np.concatenate([[0], np.cumsum(is_kept)])  # int64 [nnz + 1]
        data, indices, indptr = data[is_kept], indices[is_kept], ends[indptr]
    dtype = index_dtype(dim, len(data))
    indices, indptr = (array.astype(dtype, copy=copy) for array in (indices, indptr))
    rows = SparseRows(data, indices, indptr, dim, is_checked=True)
    lengths = row_lengths(rows.data, rows.indptr)

    def is_finite(number: int) -> bool:
        return bool(np.isfinite(data[indptr[number] : indptr[number + 1]]).all())

    return rows, checked_lengths(lengths, keys, is_finite)


def row_lengths(data: NDArray[Any], indptr: NDArray[Any]) -> NDArray[np.float64]:
    """Return the Euclidean lengths of rows (float64 [n]); a row's does not depend on the others."""
    lengths = np.zeros(len(indptr) - 1)  # [n]
    filled = np.flatnonzero(indptr[1:] > indptr[:-1])  # reduceat knows no empty rows
    starts = indptr[filled].astype(np.int64)
    first = 0
    while first < len(filled):
        begin = int(starts[first])
        last = max(first + 1, int(np.searchsorted(starts, begin + _AT_ONCE)) - 1)
        end = int(starts[last]) if last < len(filled) else len(data)
        squares = np.square(data[begin:end], dtype=np.float64)
        lengths[filled[first:last]] = np.sqrt(np.add.reduceat(squares, starts[first:last] - begin))
        first = last
    return lengths


def check_is_dense(store: EmbeddingStore, title: str) -> None:
    """Refuse to hand over a sparse store where only dense vectors can be expressed.

    Raises
    ------
    FormatError
        If the store is sparse; says how to make a dense one.
    """
    if store.is_sparse:
        size = max(1, round(len(store) * store.dim * 4 / 1e6))
        raise FormatError(
            f"this store is sparse, {len(store):,} keys of {store.dim:,} dimensions, and {title} holds dense vectors "
            f"only. Save it as a store; or, if {size:,} MB fit into memory, make a "
            "dense one: EmbeddingStore.from_vectors(store.keys, store.vectors.toarray())"
        )
