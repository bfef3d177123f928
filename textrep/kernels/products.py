"""The arithmetic of one window: small matrix products over rows that stay in the first-level cache.

Rows of the model (``inputs``, ``outputs``) are float32 of a width that `LANES` divides. ``slots`` holds the vectors of
the tokens in the window, ``contexts[which]`` the slots that take part, ``chosen[0]`` the output rows that do, their
number padded to a multiple of `TILE` by repeating the first with a sign of 0. What belongs to output k stands in column
``place(k)`` of ``errors`` and ``signs``: a vector for every six.

Nothing is copied that can be read in place, and vectors are written whole before they are read whole: a core that has
many stores under way makes loads wait.
"""

from __future__ import annotations

import numpy as np
from numba import int64
from numpy.typing import NDArray

from textrep.kernels.jit import inlined, kernel, leaf
from textrep.kernels.simd import (
    LANES,
    exp_of_minus,
    load,
    multiply_add,
    six_totals,
    splat,
    store,
    where_negative,
)

__all__ = [
    "TALLY_LIMIT",
    "TILE",
    "Matrix",
    "Places",
    "average",
    "average_parts",
    "differentiate",
    "distribute",
    "enter",
    "enter_parts",
    "leave",
    "leave_parts",
    "mean_rows",
    "multiply",
    "place",
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
def enter_parts(
    inputs: Matrix, parts: NDArray[np.int32], begin: int, end: int, slots: Matrix, entered: Matrix, slot: int
) -> None:
    """Put the mean of the rows parts[begin:end] into the ring: a word made of its own row and those of its subwords."""
    share = splat(np.float32(1) / np.float32(end - begin))
    final = inputs.shape[1] - LANES
    for j in range(0, inputs.shape[1], 4 * LANES):  # four sums at once; those beyond the row repeat its final one
        j1, j2, j3 = min(j + LANES, final), min(j + 2 * LANES, final), min(j + 3 * LANES, final)
        x = y = z = w = splat(np.float32(0))
        for k in range(begin, end):
            row = int64(parts[k])
            x = x + load(inputs, row, j)
            y = y + load(inputs, row, j1)
            z = z + load(inputs, row, j2)
            w = w + load(inputs, row, j3)
        x, y, z, w = x * share, y * share, z * share, w * share
        for matrix in (slots, entered):
            store(matrix, slot, j, x)
            store(matrix, slot, j1, y)
            store(matrix, slot, j2, z)
            store(matrix, slot, j3, w)


@leaf
def leave_parts(
    inputs: Matrix, parts: NDArray[np.int32], begin: int, end: int, slots: Matrix, entered: Matrix, slot: int
) -> None:
    """Add what changed since the word entered to each of its rows, in full, as fastText does: so does their mean."""
    for j in range(0, inputs.shape[1], LANES):
        store(entered, slot, j, load(slots, slot, j) - load(entered, slot, j))
    for k in range(begin, end):
        row = int64(parts[k])
        for j in range(0, inputs.shape[1], LANES):
            store(inputs, row, j, load(inputs, row, j) + load(entered, slot, j))


@inlined
def place(k: int) -> int:
    """Return the column of output k in ``errors`` and ``signs``."""
    return k // TILE * LANES + k % TILE


@leaf
def _multiply_one(
    slots: Matrix, slot: int, outputs: Matrix, chosen: Places, n_outputs: int, errors: Matrix, c: int
) -> None:
    """As `multiply`, for one context: the odd one of a window, or CBOW's mean."""
    for tile in range(n_outputs // TILE):
        k = tile * TILE
        r0, r1, r2 = chosen[0, k], chosen[0, k + 1], chosen[0, k + 2]
        r3, r4, r5 = chosen[0, k + 3], chosen[0, k + 4], chosen[0, k + 5]
        x0 = splat(np.float32(0))
        x1 = x2 = x3 = x4 = x5 = x0
        for j in range(0, slots.shape[1], LANES):
            x = load(slots, slot, j)
            x0 = multiply_add(x, load(outputs, r0, j), x0)
            x1 = multiply_add(x, load(outputs, r1, j), x1)
            x2 = multiply_add(x, load(outputs, r2, j), x2)
            x3 = multiply_add(x, load(outputs, r3, j), x3)
            x4 = multiply_add(x, load(outputs, r4, j), x4)
            x5 = multiply_add(x, load(outputs, r5, j), x5)
        store(errors, c, tile * LANES, six_totals(x0, x1, x2, x3, x4, x5))


@leaf
def multiply(
    slots: Matrix,
    contexts: Places,
    which: int,
    n_contexts: int,
    outputs: Matrix,
    chosen: Places,
    n_outputs: int,
    errors: Matrix,
) -> None:
    """errors[c, place(k)] = slots[contexts[which, c]] . outputs[chosen[0, k]]: two contexts, six outputs at a time."""
    if n_contexts % 2 == 1:
        _multiply_one(slots, contexts[which, n_contexts - 1], outputs, chosen, n_outputs, errors, n_contexts - 1)
    for c in range(0, n_contexts - 1, 2):
        p = contexts[which, c]
        q = contexts[which, c + 1]
        for tile in range(n_outputs // TILE):
            k = tile * TILE
            r0, r1, r2 = chosen[0, k], chosen[0, k + 1], chosen[0, k + 2]
            r3, r4, r5 = chosen[0, k + 3], chosen[0, k + 4], chosen[0, k + 5]
            x0 = splat(np.float32(0))
            x1 = x2 = x3 = x4 = x5 = y0 = y1 = y2 = y3 = y4 = y5 = x0
            for j in range(0, slots.shape[1], LANES):
                x = load(slots, p, j)
                y = load(slots, q, j)
                b = load(outputs, r0, j)
                x0 = multiply_add(x, b, x0)
                y0 = multiply_add(y, b, y0)
                b = load(outputs, r1, j)
                x1 = multiply_add(x, b, x1)
                y1 = multiply_add(y, b, y1)
                b = load(outputs, r2, j)
                x2 = multiply_add(x, b, x2)
                y2 = multiply_add(y, b, y2)
                b = load(outputs, r3, j)
                x3 = multiply_add(x, b, x3)
                y3 = multiply_add(y, b, y3)
                b = load(outputs, r4, j)
                x4 = multiply_add(x, b, x4)
                y4 = multiply_add(y, b, y4)
                b = load(outputs, r5, j)
                x5 = multiply_add(x, b, x5)
                y5 = multiply_add(y, b, y5)
            store(errors, c, tile * LANES, six_totals(x0, x1, x2, x3, x4, x5))
            store(errors, c + 1, tile * LANES, six_totals(y0, y1, y2, y3, y4, y5))


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
def differentiate(
    errors: Matrix,
    n_contexts: int,
    signs: Matrix,
    n_outputs: int,
    rate: float,
    tally: Matrix,
    factors: int,
) -> tuple[float, int]:
    """Turn products into steps: rate * sign * sigmoid(-sign * product); return the loss that was settled meanwhile.

    The loss of a pair is softplus(-sign * product) = max(-z, 0) + log(1 + exp(-|z|)); the logarithms are summed as
    one product in the tally, which `settle` takes the logarithm of before the `factors` in it could overflow. A sign
    of 0 contributes nothing.

    Where rate * |product| is above 1 and the sign wrong, the step is divided by it. Vectors so long that a plain step
    leaps past its aim would grow by every leap, to infinity in the end: this is what stops other programs with NaN.
    """
    one = splat(np.float32(1))
    zero = splat(np.float32(0))
    minus_rate = zero - splat(rate)
    loss = 0.0
    for k in range(0, n_outputs // TILE * LANES, LANES):
        sign = load(signs, 0, k)
        weight = sign * sign
        step = sign * splat(rate)
        for begin in range(0, n_contexts, TALLY_LIMIT // 2):
            end = min(begin + TALLY_LIMIT // 2, n_contexts)
            if factors + end - begin > TALLY_LIMIT:
                loss += settle(tally)
                factors = 0
            product = load(tally, 0, 0)
            linear = load(tally, 1, 0)
            for c in range(begin, end):
                z = sign * load(errors, c, k)
                e = exp_of_minus(z)
                wrong = where_negative(z, z, zero)
                overshoot = wrong * minus_rate
                shortened = (one + e) * where_negative(one - overshoot, overshoot, one)
                store(errors, c, k, step * where_negative(z, one, e) / shortened)
                product = product * multiply_add(weight, e, one)
                linear = linear - wrong
            store(tally, 0, 0, product)
            store(tally, 1, 0, linear)
            factors += end - begin
    return loss, factors


@leaf
def update(
    slots: Matrix,
    contexts: Places,
    which: int,
    n_contexts: int,
    outputs: Matrix,
    chosen: Places,
    n_outputs: int,
    errors: Matrix,
    stripe: Matrix,
) -> None:
    """outputs[chosen] += errors' . slots[contexts] and slots[contexts] += errors . outputs[chosen], from old values.

    Six outputs at a time. Where there are more, a stripe of the contexts waits in `stripe` until all outputs have used
    the old one.
    """
    single = n_outputs <= TILE
    for j in range(0, slots.shape[1], LANES):
        for tile in range(n_outputs // TILE):
            k = tile * TILE
            place = tile * LANES
            r0, r1, r2 = chosen[0, k], chosen[0, k + 1], chosen[0, k + 2]
            r3, r4, r5 = chosen[0, k + 3], chosen[0, k + 4], chosen[0, k + 5]
            b0 = load(outputs, r0, j)
            b1 = load(outputs, r1, j)
            b2 = load(outputs, r2, j)
            b3 = load(outputs, r3, j)
            b4 = load(outputs, r4, j)
            b5 = load(outputs, r5, j)
            o0 = splat(np.float32(0))
            o1 = o2 = o3 = o4 = o5 = o0
            for c in range(n_contexts):
                x = load(slots, contexts[which, c], j)
                e0 = splat(errors[c, place])
                e1 = splat(errors[c, place + 1])
                e2 = splat(errors[c, place + 2])
                e3 = splat(errors[c, place + 3])
                e4 = splat(errors[c, place + 4])
                e5 = splat(errors[c, place + 5])
                o0 = multiply_add(e0, x, o0)
                o1 = multiply_add(e1, x, o1)
                o2 = multiply_add(e2, x, o2)
                o3 = multiply_add(e3, x, o3)
                o4 = multiply_add(e4, x, o4)
                o5 = multiply_add(e5, x, o5)
                u = x
                if tile > 0:
                    u = load(stripe, c, 0)
                v = e3 * b3
                u = multiply_add(e0, b0, u)
                v = multiply_add(e4, b4, v)
                u = multiply_add(e1, b1, u)
                v = multiply_add(e5, b5, v)
                u = multiply_add(e2, b2, u) + v
                if single:
                    store(slots, contexts[which, c], j, u)
                else:
                    store(stripe, c, 0, u)
            store(outputs, r0, j, load(outputs, r0, j) + o0)
            store(outputs, r1, j, load(outputs, r1, j) + o1)
            store(outputs, r2, j, load(outputs, r2, j) + o2)
            store(outputs, r3, j, load(outputs, r3, j) + o3)
            store(outputs, r4, j, load(outputs, r4, j) + o4)
            store(outputs, r5, j, load(outputs, r5, j) + o5)
        if not single:
            for c in range(n_contexts):
                store(slots, contexts[which, c], j, load(stripe, c, 0))


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
def average_parts(
    slots: Matrix, entered: Matrix, contexts: Places, n_contexts: int, mean: int, n_parts: NDArray[np.float32]
) -> None:
    """slots[mean] = mean of all rows that the contexts consist of: of their vectors, weighted by n_parts[slot]."""
    total = np.float32(0)
    for c in range(n_contexts):
        total += n_parts[contexts[0, c]]
    share = splat(np.float32(1) / total)
    for j in range(0, slots.shape[1], LANES):
        x = splat(n_parts[contexts[0, 0]]) * load(slots, contexts[0, 0], j)
        for c in range(1, n_contexts):
            x = multiply_add(splat(n_parts[contexts[0, c]]), load(slots, contexts[0, c], j), x)
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


@kernel
def mean_rows(inputs: Matrix, part_offsets: Places, parts: NDArray[np.int32], means: Matrix) -> None:
    """means[word] = mean of the word's rows of `inputs`, which may have columns of padding beyond those of `means`."""
    for word in range(means.shape[0]):
        begin, end = part_offsets[word], part_offsets[word + 1]
        means[word, :] = 0
        for k in range(begin, end):
            row = parts[k]
            for j in range(means.shape[1]):
                means[word, j] += inputs[row, j]
        share = np.float32(1) / np.float32(end - begin)
        for j in range(means.shape[1]):
            means[word, j] *= share
