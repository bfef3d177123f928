"""Rows of a matrix as batches for a feedforward network: dense, or the entries of sparse rows.

A sparse matrix is never made dense but for the rows of a batch. Sparse rows go to the first layer as they are, which
sums the weights of their entries (`textrep.classifiers.feedforward.InputLayer`): 64 rows of 60 entries among 100,000
columns are nearly twice as fast through a training step as the same rows made dense, six times with sparse gradients.
Rows of a matrix of which a fortieth or more is filled are made dense, batch by batch, since then that is faster.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from scipy import sparse
from torch import Tensor

__all__ = ["SparseBatch", "check_fits_float32", "is_well_filled", "take_rows"]

_LARGEST = float(np.finfo(np.float32).max)
_DENSE_FROM = 0.025  # share of entries; measured with 2,000 and 20,000 columns


@dataclass(frozen=True)
class SparseBatch:
    """Rows of a sparse matrix.

    Attributes
    ----------
    columns : Tensor of int64, shape (n_entries,)
        The columns of the entries, row after row.
    values : Tensor of float32, shape (n_entries,)
        The entries.
    offsets : Tensor of int64, shape (n_rows,)
        Where each row begins.
    """

    columns: Tensor
    values: Tensor
    offsets: Tensor

    def to(self, device: torch.device | str) -> SparseBatch:
        """Return the batch on a device."""
        return SparseBatch(self.columns.to(device), self.values.to(device), self.offsets.to(device))


def check_fits_float32(X: NDArray[Any] | sparse.csr_array | sparse.csr_matrix) -> None:
    """Raise ValueError if a number that is finite would be infinite as float32; says where it is."""
    values = X if isinstance(X, np.ndarray) else X.data
    if values.dtype.kind != "f" or values.dtype.itemsize <= 4 or not values.size:
        return
    for place in (int(values.argmax()), int(values.argmin())):
        value = values.flat[place]
        if abs(value) <= _LARGEST:
            continue
        if isinstance(X, np.ndarray):
            row, column = (int(i) for i in np.unravel_index(place, X.shape))
        else:
            row, column = int(np.searchsorted(X.indptr, place, side="right")) - 1, int(X.indices[place])
        raise ValueError(
            f"X[{row}, {column}] is {value:g}, beyond float32, which networks compute in; scale the inputs"
        )


def is_well_filled(X: NDArray[Any] | sparse.csr_array | sparse.csr_matrix) -> bool:
    """Whether batches of a matrix are better dense: it is, or it is sparse and a fortieth of it or more is filled."""
    return isinstance(X, np.ndarray) or X.nnz >= _DENSE_FROM * X.shape[0] * X.shape[1]


def take_rows(
    X: NDArray[Any] | sparse.csr_array | sparse.csr_matrix, rows: NDArray[np.int64], dense: bool = False
) -> Tensor | SparseBatch:
    """Return some rows of a matrix as float32.

    Parameters
    ----------
    X : ndarray, or CSR array or matrix, shape (n_rows, n_columns)
        The matrix; it may be mapped from a file.
    rows : ndarray of int64, shape (batch,)
        Which rows.
    dense : bool
        Whether sparse rows are made dense; see `is_well_filled`.

    Returns
    -------
    Tensor of shape (batch, n_columns), or SparseBatch
        The latter if `X` is sparse and `dense` is False.

    Raises
    ------
    ValueError
        If `X` is sparse in another format than CSR.
    """
    if isinstance(X, np.ndarray):
        return torch.from_numpy(np.asarray(X[rows], np.float32))
    if X.format != "csr":
        raise ValueError(f"a sparse matrix must be CSR to be taken apart by rows, not {X.format}; pass X.tocsr()")
    if dense:
        return torch.from_numpy(np.asarray(X[rows].toarray(), np.float32))
    begins = X.indptr[rows].astype(np.int64)  # [batch]
    lengths = X.indptr[rows + 1] - begins  # int64 [batch]
    offsets = np.cumsum(lengths) - lengths  # int64 [batch]
    # X[rows] would do, but takes ten times as long, which is as long as the rest of a step of training
    entries = np.repeat(begins - offsets, lengths) + np.arange(lengths.sum())  # int64 [n_entries]
    return SparseBatch(
        columns=torch.from_numpy(X.indices[entries].astype(np.int64)),
        values=torch.from_numpy(X.data[entries].astype(np.float32)),
        offsets=torch.from_numpy(offsets),
    )
