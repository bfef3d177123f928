"""Rows of a matrix as batches for a feedforward network: dense, or the entries of sparse rows.

A sparse matrix is never made dense as a whole. Sparse rows go to the first layer as they are, which sums the weights of
their entries (`textrep.classifiers.feedforward.InputLayer`): 64 rows of 60 entries among 100,000 columns are nearly
twice as fast through a training step as the same rows made dense, six times with sparse gradients. Batches of which a
fortieth or more is filled are made dense, since then that is faster.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from scipy import sparse
from torch import Tensor

__all__ = ["SparseBatch", "take_rows"]

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


def take_rows(X: NDArray[Any] | sparse.csr_array | sparse.csr_matrix, rows: NDArray[np.int64]) -> Tensor | SparseBatch:
    """Return some rows of a matrix as float32.

    Parameters
    ----------
    X : ndarray, or CSR array or matrix, shape (n_rows, n_columns)
        The matrix; it may be mapped from a file.
    rows : ndarray of int64, shape (batch,)
        Which rows.

    Returns
    -------
    Tensor of shape (batch, n_columns), or SparseBatch
        Sparse if `X` is and less than a fortieth of these rows is filled.

    Raises
    ------
    ValueError
        If `X` is sparse in another format than CSR.
    """
    if isinstance(X, np.ndarray):
        return torch.from_numpy(np.asarray(X[rows], np.float32))
    if X.format != "csr":
        raise ValueError(f"a sparse matrix must be CSR to be taken apart by rows, not {X.format}; pass X.tocsr()")
    taken: Any = X[rows]
    if taken.nnz >= _DENSE_FROM * taken.shape[0] * taken.shape[1]:
        return torch.from_numpy(np.asarray(taken.toarray(), np.float32))
    return SparseBatch(
        columns=torch.from_numpy(taken.indices.astype(np.int64)),
        values=torch.from_numpy(taken.data.astype(np.float32)),
        offsets=torch.from_numpy(taken.indptr[:-1].astype(np.int64)),
    )
