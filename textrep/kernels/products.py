"""The arithmetic of one window: small matrix products over rows that stay in the first-level cache.

Rows of the model (``inputs``, ``outputs``) are float32 of a width that `LANES` divides. ``slots`` holds the vectors of
the tokens in the window, ``contexts[which]`` the slots that take part, ``chosen[0]`` the output rows that do, ``rows``
copies of those. The number of outputs is padded to a multiple of `TILE` by repeating the first with a sign of 0. Where
contexts come in pairs, the slot after the last one must hold zeros.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from textrep.kernels.jit import leaf
from textrep.kernels.simd import LANES, exp_of_minus, load, multiply_add, splat, store, total, where_negative

__all__ = [
    "TALLY_LIMIT",
    "TILE",
    "Matrix",
    "Places",
    "average",
    "copy_rows",
    "differentiate",
    "distribute",
    "enter",
    "leave",
    "multiply",
    "settle",
    "update",
]

TILE = 6  # outputs multiplied at once: 2 contexts x 6 outputs fill the vector registers
TALLY_LIMIT = 96  # factors of at most 2 multiplied before a logarithm is taken: 2**96 fits float32

Matrix = NDArray[np.float32]
Places = NDArray[np.int64]


@leaf
def enter(inputs: Matrix, row: int, slots: Matrix, entered: Matrix, slot: int) -> None:
    """Copy a word's row into the ring."""
    for j in range(0, inputs.shape[1], LANES):
        x = load(inputs, row, j)
        store(slots, slot, j, x)
        store(entered, slot, j, x)


@leaf
def leave(inputs: Matrix, row: int, slots: Matrix, entered: Matrix, slot: int) -> None:
    """Add what changed since the token entered to its row (which other threads may have changed meanwhile)."""
    for j in range(0, inputs.shape[1], LANES):
        change = load(slots, slot, j) - load(entered, slot, j)
        store(inputs, row, j, load(inputs, row, j) + change)


@leaf
def copy_rows(source: Matrix, chosen: Places, n: int, rows: Matrix) -> None:
    """rows[k] = source[chosen[0, k]] for the first n."""
    for k in range(n):
        for j in range(0, source.shape[1], LANES):
            store(rows, k, j, load(source, chosen[0, k], j))


@leaf
def multiply(
    slots: Matrix, contexts: Places, which: int, n_contexts: int, rows: Matrix, n_outputs: int, errors: Matrix
) -> None:
    """errors[c, k] = slots[contexts[c]] . rows[k], two contexts and six outputs at a time."""
    for c in range(0, n_contexts, 2):
        p = contexts[which, c]
        q = contexts[which, c + 1]
        for k in range(0, n_outputs, TILE):
            x0 = splat(np.float32(0))
            x1 = x2 = x3 = x4 = x5 = y0 = y1 = y2 = y3 = y4 = y5 = x0
            for j in range(0, slots.shape[1], LANES):
                x = load(slots, p, j)
                y = load(slots, q, j)
                b = load(rows, k, j)
                x0 = multiply_add(x, b, x0)
                y0 = multiply_add(y, b, y0)
                b = load(rows, k + 1, j)
                x1 = multiply_add(x, b, x1)
                y1 = multiply_add(y, b, y1)
                b = load(rows, k + 2, j)
                x2 = multiply_add(x, b, x2)
                y2 = multiply_add(y, b, y2)
                b = load(rows, k + 3, j)
                x3 = multiply_add(x, b, x3)
                y3 = multiply_add(y, b, y3)
                b = load(rows, k + 4, j)
                x4 = multiply_add(x, b, x4)
                y4 = multiply_add(y, b, y4)
                b = load(rows, k + 5, j)
                x5 = multiply_add(x, b, x5)
                y5 = multiply_add(y, b, y5)
            errors[c, k] = total(x0)
            errors[c, k + 1] = total(x1)
            errors[c, k + 2] = total(x2)
            errors[c, k + 3] = total(x3)
            errors[c, k + 4] = total(x4)
            errors[c, k + 5] = total(x5)
            errors[c + 1, k] = total(y0)
            errors[c + 1, k + 1] = total(y1)
            errors[c + 1, k + 2] = total(y2)
            errors[c + 1, k + 3] = total(y3)
            errors[c + 1, k + 4] = total(y4)
            errors[c + 1, k + 5] = total(y5)


@leaf
def differentiate(errors: Matrix, n_contexts: int, signs: Matrix, n_outputs: int, rate: float, tally: Matrix) -> None:
    """Turn products into steps: rate * sign * sigmoid(-sign * product); add the loss to the tally.

    The loss of a pair is softplus(-sign * product) = max(-z, 0) + log(1 + exp(-|z|)); the logarithms are summed as
    one product, which `settle` takes the logarithm of now and then. A sign of 0 contributes nothing.
    """
    one = splat(np.float32(1))
    zero = splat(np.float32(0))
    product = load(tally, 0, 0)
    linear = load(tally, 1, 0)
    for k in range(0, n_outputs, LANES):
        sign = load(signs, 0, k)
        weight = sign * sign
        step = sign * splat(rate)
        for c in range(n_contexts):
            z = sign * load(errors, c, k)
            e = exp_of_minus(z)
            store(errors, c, k, step * where_negative(z, one, e) / (one + e))
            product = product * multiply_add(weight, e, one)
            linear = linear - where_negative(z, z, zero)
    store(tally, 0, 0, product)
    store(tally, 1, 0, linear)


@leaf
def settle(tally: Matrix) -> float:
    """Return the loss that has been tallied, and start the tally anew."""
    loss = 0.0
    for half in range(0, LANES, LANES // 2):
        product = 1.0  # at most 2**(8 * 96), which float64 holds
        for lane in range(half, half + LANES // 2):
            product *= np.float64(tally[0, lane])
            loss += np.float64(tally[1, lane])
            tally[0, lane] = 1
            tally[1, lane] = 0
        loss += np.log(product)
    return loss


@leaf
def update(
    slots: Matrix,
    contexts: Places,
    which: int,
    n_contexts: int,
    rows: Matrix,
    outputs: Matrix,
    chosen: Places,
    n_outputs: int,
    errors: Matrix,
) -> None:
    """outputs[chosen[k]] += errors[:, k] . slots[contexts] and slots[contexts] += errors . rows, from the old values.

    Six outputs at a time. Where there are more, all outputs are changed before any context, whose old values they need.
    """
    single = n_outputs <= TILE
    for part in range(1 if single else 2):
        to_outputs = part == 0
        to_slots = single or part == 1
        for k in range(0, n_outputs, TILE):
            for j in range(0, slots.shape[1], LANES):
                b0 = load(rows, k, j)
                b1 = load(rows, k + 1, j)
                b2 = load(rows, k + 2, j)
                b3 = load(rows, k + 3, j)
                b4 = load(rows, k + 4, j)
                b5 = load(rows, k + 5, j)
                o0 = splat(np.float32(0))
                o1 = o2 = o3 = o4 = o5 = o0
                for c in range(n_contexts):
                    x = load(slots, contexts[which, c], j)
                    e0 = splat(errors[c, k])
                    e1 = splat(errors[c, k + 1])
                    e2 = splat(errors[c, k + 2])
                    e3 = splat(errors[c, k + 3])
                    e4 = splat(errors[c, k + 4])
                    e5 = splat(errors[c, k + 5])
                    if to_outputs:
                        o0 = multiply_add(e0, x, o0)
                        o1 = multiply_add(e1, x, o1)
                        o2 = multiply_add(e2, x, o2)
                        o3 = multiply_add(e3, x, o3)
                        o4 = multiply_add(e4, x, o4)
                        o5 = multiply_add(e5, x, o5)
                    if to_slots:
                        u = multiply_add(e0, b0, x)
                        v = multiply_add(e3, b3, splat(np.float32(0)))
                        u = multiply_add(e1, b1, u)
                        v = multiply_add(e4, b4, v)
                        u = multiply_add(e2, b2, u)
                        v = multiply_add(e5, b5, v)
                        store(slots, contexts[which, c], j, u + v)
                if to_outputs:
                    store(outputs, chosen[0, k], j, load(outputs, chosen[0, k], j) + o0)
                    store(outputs, chosen[0, k + 1], j, load(outputs, chosen[0, k + 1], j) + o1)
                    store(outputs, chosen[0, k + 2], j, load(outputs, chosen[0, k + 2], j) + o2)
                    store(outputs, chosen[0, k + 3], j, load(outputs, chosen[0, k + 3], j) + o3)
                    store(outputs, chosen[0, k + 4], j, load(outputs, chosen[0, k + 4], j) + o4)
                    store(outputs, chosen[0, k + 5], j, load(outputs, chosen[0, k + 5], j) + o5)


@leaf
def average(slots: Matrix, entered: Matrix, contexts: Places, n_contexts: int, mean: int) -> None:
    """slots[mean] = mean of the contexts' vectors."""
    share = splat(np.float32(1) / np.float32(n_contexts))
    for j in range(0, slots.shape[1], LANES):
        x = load(slots, contexts[0, 0], j)
        for c in range(1, n_contexts):
            x = x + load(slots, contexts[0, c], j)
        x = x * share
        store(slots, mean, j, x)
        store(entered, mean, j, x)


@leaf
def distribute(slots: Matrix, entered: Matrix, contexts: Places, n_contexts: int, mean: int) -> None:
    """Add the change of the mean to every context, in full, as word2vec does (the gradient times n_contexts)."""
    for j in range(0, slots.shape[1], LANES):
        change = load(slots, mean, j) - load(entered, mean, j)
        for c in range(n_contexts):
            store(slots, contexts[0, c], j, load(slots, contexts[0, c], j) + change)
