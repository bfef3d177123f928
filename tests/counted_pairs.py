"""What `textrep.training.cooccurrence` has counted, as a matrix to compare with."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from textrep.training.blocks import Cooccurrences


def as_matrix(counted: Cooccurrences) -> NDArray[np.float32]:
    """Return all counts: float32 [n_words, n_words], words in the rows and contexts in the columns."""
    n, size = counted.n_blocks, counted.block_size
    whole = np.zeros((n * size, n * size), np.float32)  # [n_numbers, n_numbers]
    for i in range(n):
        for j in range(n):
            places, counts = counted.block(i, j)
            whole[i * size + places[:, 0].astype(np.int64), j * size + places[:, 1].astype(np.int64)] = counts
    return whole[np.ix_(counted.numbers, counted.numbers)]
