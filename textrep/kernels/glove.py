"""One block of the co-occurrence matrix: steps of AdaGrad towards it, and how far the vectors are from it.

The rows of ``words`` and ``contexts`` (float32, C-contiguous, of twice a width that `LANES` divides) hold a vector and,
behind it, what AdaGrad keeps for each of its numbers: one plus the sum of the squares of all gradients so far, each
times the learning rate. A word's vector ends with its bias and a one, a context's with a one and its bias, so that the
product of the two is the whole estimate. The ones stay ones because their sums of squares are `FIXED`.
"""

from __future__ import annotations

import numpy as np
from numba import int64
from numpy.typing import NDArray

from textrep.kernels.jit import kernel, leaf
from textrep.kernels.simd import LANES, inverse_root, load, multiply_add, splat, store, total

__all__ = ["FIXED", "squared_errors", "train_block"]

FIXED = np.float32(1e30)

_Matrix = NDArray[np.float32]


@leaf
def _product(words: _Matrix, row: int, contexts: _Matrix, column: int) -> np.float32:
    x = splat(np.float32(0))
    for j in range(0, words.shape[1] // 2, LANES):
        x = multiply_add(load(words, row, j), load(contexts, column, j), x)
    return total(x)


@leaf
def _step(words: _Matrix, row: int, contexts: _Matrix, column: int, factor: np.float32) -> None:
    """Change both vectors against the gradient; `factor` is learning rate times weight times error."""
    width = words.shape[1] // 2
    by = splat(factor)
    for j in range(0, width, LANES):
        w, c = load(words, row, j), load(contexts, column, j)
        w_squares, c_squares = load(words, row, width + j), load(contexts, column, width + j)
        w_step, c_step = by * c, by * w
        store(words, row, j, w - w_step * inverse_root(w_squares))
        store(contexts, column, j, c - c_step * inverse_root(c_squares))
        store(words, row, width + j, multiply_add(w_step, w_step, w_squares))
        store(contexts, column, width + j, multiply_add(c_step, c_step, c_squares))


@kernel
def train_block(
    places: NDArray[np.uint16],
    logs: NDArray[np.float32],
    weights: NDArray[np.float32],
    words: _Matrix,
    first_word: int,
    contexts: _Matrix,
    first_context: int,
    rate: np.float32,
) -> None:
    """Take one step of AdaGrad for each entry of a block, in order, towards the logarithm of its count.

    Parameters
    ----------
    places : ndarray of uint16, shape (n_entries, 2)
        Row and column of each entry, counted within the block.
    logs : ndarray of float32, shape (n_entries,)
        Logarithms of the counts.
    weights : ndarray of float32, shape (n_entries,)
        What the squared error of each entry counts.
    words, contexts : ndarray of float32, shape (n_rows, 2 * width)
        The model, changed in place; the top of this file says what a row holds.
    first_word, first_context : int
        Which row of `words` is row 0 of the block, and which row of `contexts` its column 0.
    rate : float32
        The learning rate.
    """
    for k in range(places.shape[0]):
        row, column = first_word + int64(places[k, 0]), first_context + int64(places[k, 1])
        error = _product(words, row, contexts, column) - logs[k]
        _step(words, row, contexts, column, rate * weights[k] * error)


@kernel
def squared_errors(
    places: NDArray[np.uint16],
    logs: NDArray[np.float32],
    weights: NDArray[np.float32],
    words: _Matrix,
    first_word: int,
    contexts: _Matrix,
    first_context: int,
) -> float:
    """Return the sum over a block of weight times squared error: its part of the objective, without the factor 1/2.

    The parameters are those of `train_block`; nothing is changed.
    """
    result = 0.0
    for k in range(places.shape[0]):
        row, column = first_word + int64(places[k, 0]), first_context + int64(places[k, 1])
        error = float(_product(words, row, contexts, column) - logs[k])
        result += weights[k] * error * error
    return result
