"""Train word vectors over one span of a corpus: skip-gram and CBOW, negative sampling and hierarchical softmax.

One window slides over the tokens that survive subsampling. The input vector of a token is copied into a slot of a ring
when it enters the window, changed there for as long as it is inside, and what has changed is added to its row of the
matrix when it leaves: two row transfers a token instead of two a pair. All contexts of a centre share one set of
outputs (the centre and its negative samples, or the nodes of its Huffman path), so that a centre costs three small
matrix products over rows that stay in the first-level cache. Threads share the matrices without locks [1]_.

The model is that of word2vec [2]_: skip-gram predicts the centre from each context, CBOW from their mean.

.. [1] Niu, Recht, Re, Wright: Hogwild!: A Lock-Free Approach to Parallelizing Stochastic Gradient Descent. NIPS 2011.
.. [2] Mikolov, Sutskever, Chen, Corrado, Dean: Distributed Representations of Words and Phrases and their
   Compositionality. NIPS 2013. Sharing negatives: Ji, Satish, Li, Dubey: Parallelizing Word2Vec in Shared and
   Distributed Memory. arXiv 1604.04661.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from textrep.kernels.jit import inlined, kernel, leaf
from textrep.kernels.random import bits_to_range, next_state, scramble
from textrep.kernels.simd import (
    LANES,
    exp_of_minus,
    load,
    multiply_add,
    prefetch_row,
    splat,
    store,
    total,
    where_negative,
)

__all__ = ["PIECE", "TILE", "Model", "Outputs", "Plan", "Scratch", "Span", "train_span"]

PIECE = 8192  # tokens handled between two looks at the learning rate; texts may be of any length
TILE = 6  # outputs multiplied at once: 2 contexts x 6 outputs fill the vector registers
_TALLY_LIMIT = 96  # factors of at most 2 multiplied before a logarithm is taken: 2**96 fits float32


class Model(NamedTuple):
    """The two matrices, changed in place. Rows are padded with zeros to a multiple of 16 floats."""

    inputs: NDArray[np.float32]  # [n_words, width]
    outputs: NDArray[np.float32]  # [n_words, width], or [n_words - 1, width]: nodes of the Huffman tree


class Span(NamedTuple):
    """A run of tokens. Tokens outside first..last are context only: another span trains them as centres."""

    ids: NDArray[np.int32]  # [n]
    ends: NDArray[np.int64]  # [n_documents] ends of documents inside the run, ascending; the last one is n
    first: int
    last: int


class Outputs(NamedTuple):
    """What a centre is told from: noise words, or the nodes on its path in the Huffman tree."""

    alias: NDArray[np.uint32]  # [n_words, 2] threshold and second word of each column (Walker's alias method)
    path_offsets: NDArray[np.int64]  # [n_words + 1]; empty paths where sampling is used
    path_nodes: NDArray[np.int32]  # [n_nodes]
    path_signs: NDArray[np.float32]  # [n_nodes] +1 for code 0, -1 for code 1


class Plan(NamedTuple):
    """How to train; the learning rate falls linearly from the span's first token to its last."""

    cbow: bool
    window: int
    negative: int  # 0: hierarchical softmax
    rate_first: float
    rate_last: float
    keep: NDArray[np.uint32]  # [n_words] probability of surviving subsampling, in units of 2**-32


class Scratch(NamedTuple):
    """Working memory of one thread; see `textrep.training.matrices.make_scratch`."""

    slots: NDArray[np.float32]  # [ring + 2, width] vectors of the tokens in the window; then zeros; then the mean
    entered: NDArray[np.float32]  # [ring + 2, width] the same as they were on entering
    rows: NDArray[np.float32]  # [max_outputs, width] copies of the output rows
    errors: NDArray[np.float32]  # [2 * window + 1, padded max_outputs] products, then gradients
    signs: NDArray[np.float32]  # [1, padded max_outputs] +1 expected, -1 noise, 0 nothing
    tally: NDArray[np.float32]  # [2, LANES] running loss, see `_settle`
    chosen: NDArray[np.int64]  # [2, max_outputs] rows of the outputs of this centre and of the next
    drawn: NDArray[np.uint64]  # [max_outputs] random bits of the noise words to come
    contexts: NDArray[np.int64]  # [2, 2 * window + 2] slots of the contexts; slot of their mean (CBOW)
    random: NDArray[np.uint64]  # [1] state of the generator
    tokens: NDArray[np.int32]  # [PIECE + 2 * margin] tokens that survived subsampling


@leaf
def _enter(inputs, row, slots, entered, slot):
    """Copy a word's row into the ring."""
    for j in range(0, inputs.shape[1], LANES):
        x = load(inputs, row, j)
        store(slots, slot, j, x)
        store(entered, slot, j, x)


@leaf
def _leave(inputs, row, slots, entered, slot):
    """Add what changed since the token entered to its row (which other threads may have changed meanwhile)."""
    for j in range(0, inputs.shape[1], LANES):
        change = load(slots, slot, j) - load(entered, slot, j)
        store(inputs, row, j, load(inputs, row, j) + change)


@leaf
def _copy_rows(source, chosen, n, rows):
    for k in range(n):
        for j in range(0, source.shape[1], LANES):
            store(rows, k, j, load(source, chosen[0, k], j))


@leaf
def _multiply(slots, contexts, which, n_contexts, rows, n_outputs, errors):
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
def _differentiate(errors, n_contexts, signs, n_outputs, rate, tally):
    """Turn products into steps: rate * sign * sigmoid(-sign * product); add the loss to the tally.

    The loss of a pair is softplus(-sign * product) = max(-z, 0) + log(1 + exp(-|z|)); the logarithms are summed as
    one product, which `_settle` takes the logarithm of now and then. A sign of 0 contributes nothing.
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
def _settle(tally):
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
def _update(slots, contexts, which, n_contexts, rows, outputs, chosen, n_outputs, errors):
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
def _average(slots, entered, contexts, n_contexts, mean):
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
def _distribute(slots, entered, contexts, n_contexts, mean):
    """Add the change of the mean to every context, in full, as word2vec does (the gradient times n_contexts)."""
    for j in range(0, slots.shape[1], LANES):
        change = load(slots, mean, j) - load(entered, mean, j)
        for c in range(n_contexts):
            store(slots, contexts[0, c], j, load(slots, contexts[0, c], j) + change)


@inlined
def _draw_negatives(alias, drawn, chosen, negative, outputs, state):
    """Choose noise words for the next centre and ask for their rows; draw for the one after it, ask for the table."""
    for k in range(1, negative + 1):
        bits = drawn[k]
        column = np.int64(bits_to_range(bits, alias.shape[0]))
        threshold, other = alias[column, 0], np.int64(alias[column, 1])
        word = column if np.uint32(bits & np.uint64(0xFFFFFFFF)) < threshold else other  # no branch to mispredict
        chosen[1, k] = word
        prefetch_row(outputs, word)
        state = next_state(state)
        bits = scramble(state)
        drawn[k] = bits
        prefetch_row(alias, np.int64(bits_to_range(bits, alias.shape[0])))
    return state


@inlined
def _subsample(ids, keep, left, right, tokens, n, random):
    """Append the tokens of ids[left:right] that survive to the n that are there; returns how many there are then."""
    state = random[0]
    for p in range(left, right):
        word = ids[p]
        state = next_state(state)
        if (scramble(state) >> np.uint64(32)) < np.uint64(keep[word]):
            tokens[n] = word
            n += 1
    random[0] = state
    return n


@inlined
def _fill_signs(signs, negative):
    """Expect the first, not the others; a noise word that is the centre itself is signed 0 for that centre."""
    signs[0, :] = 0
    signs[0, 0] = 1
    signs[0, 1 : negative + 1] = -1
    return True


@kernel
def train_span(span, model, out, plan, scratch, seed):
    """Train every token of a span as a centre, once.

    Returns
    -------
    loss : float
        Sum of the losses of the pairs trained (skip-gram: a pair is a centre and a context; CBOW: a centre and the
        mean of its contexts).
    pairs : int
        How many.
    """
    ids, keep = span.ids, plan.keep
    inputs, outputs = model.inputs, model.outputs
    tokens = scratch.tokens
    margin = (tokens.shape[0] - PIECE) // 2
    random = scratch.random
    random[0] = seed
    loss = 0.0
    pairs = 0
    document = 0
    document_start = 0
    position = span.first
    fresh = True
    while position < span.last:
        while span.ends[document] <= position:
            document_start = span.ends[document]
            document += 1
        document_end = span.ends[document]
        stop = min(document_end, span.last, position + PIECE)
        # a plain 0 for the number so far would have Numba compile what it reaches once more, for a literal
        first = _subsample(ids, keep, max(document_start, position - margin), position, tokens, np.int64(0), random)
        last = _subsample(ids, keep, position, stop, tokens, first, random)
        n = _subsample(ids, keep, stop, min(document_end, stop + margin), tokens, last, random)
        progress = (position - span.first) / (span.last - span.first)
        rate = np.float32(plan.rate_first + (plan.rate_last - plan.rate_first) * progress)
        piece_loss, piece_pairs = _train_piece(tokens, first, last, n, inputs, outputs, out, plan, rate, scratch, fresh)
        loss += piece_loss
        pairs += piece_pairs
        position = stop
        fresh = False
    return loss, pairs


@leaf
def _train_piece(tokens, first, last, n, inputs, outputs, out, plan, rate, scratch, fresh):
    """Slide the window over tokens[first:last] of tokens[:n]; `fresh`: no noise words have been drawn yet."""
    window, negative = plan.window, plan.negative
    slots, entered, errors, signs = scratch.slots, scratch.entered, scratch.errors, scratch.signs
    chosen, contexts, tally = scratch.chosen, scratch.contexts, scratch.tally
    rows, drawn = scratch.rows, scratch.drawn
    alias, path_offsets, path_nodes, path_signs = out.alias, out.path_offsets, out.path_nodes, out.path_signs
    cbow = plan.cbow
    ring = slots.shape[0] - 2
    nothing, mean = ring, ring + 1
    mask = ring - 1
    contexts[1, 0] = mean
    contexts[1, 1] = nothing
    oldest = max(0, first - window)
    limit = min(n, last + window)
    newest = oldest  # the next token to enter
    loss = 0.0
    pairs = 0
    factors = 0
    clean = _fill_signs(signs, negative)
    state = scratch.random[0]
    if fresh and negative > 0:
        for _ in range(2):  # the first draws for the second, the second for the first centre
            state = _draw_negatives(alias, drawn, chosen, negative, outputs, state)
    for i in range(first, last):
        while newest < limit and newest <= i + window:
            _enter(inputs, np.int64(tokens[newest]), slots, entered, newest & mask)
            newest += 1
        if newest < limit:
            prefetch_row(inputs, np.int64(tokens[newest]))
        state = next_state(state)
        reach = 1 + np.int64(bits_to_range(scramble(state), window))
        centre = np.int64(tokens[i])
        if negative > 0:
            n_outputs = negative + 1
            chosen[0, 0] = centre
            for k in range(1, n_outputs):
                word = chosen[1, k]
                chosen[0, k] = word
                if word == centre:
                    signs[0, k] = 0
                    clean = False
            state = _draw_negatives(alias, drawn, chosen, negative, outputs, state)
            if i + 1 < last:
                prefetch_row(outputs, np.int64(tokens[i + 1]))
        else:
            start = path_offsets[centre]
            n_outputs = path_offsets[centre + 1] - start
            for k in range(n_outputs):
                chosen[0, k] = path_nodes[start + k]
                signs[0, k] = path_signs[start + k]
            for k in range(n_outputs, signs.shape[1]):
                signs[0, k] = 0
            if i + 1 < last:
                following = np.int64(tokens[i + 1])
                for k in range(path_offsets[following], path_offsets[following + 1]):
                    prefetch_row(outputs, np.int64(path_nodes[k]))
        n_padded = n_outputs
        while n_padded % TILE != 0:
            chosen[0, n_padded] = chosen[0, 0]
            n_padded += 1
        n_contexts = np.int64(0)
        for c in range(max(0, i - reach), min(n, i + reach + 1)):
            if c != i:
                contexts[0, n_contexts] = c & mask
                n_contexts += 1
        if n_contexts > 0 and n_outputs > 0:
            _copy_rows(outputs, chosen, n_padded, rows)
            contexts[0, n_contexts] = nothing
            which = 0
            active = n_contexts
            if cbow:
                _average(slots, entered, contexts, n_contexts, mean)
                which = 1
                active = 1
            _multiply(slots, contexts, which, active, rows, n_padded, errors)
            _differentiate(errors, active, signs, n_padded, rate, tally)
            _update(slots, contexts, which, active, rows, outputs, chosen, n_padded, errors)
            if cbow:
                _distribute(slots, entered, contexts, n_contexts, mean)
            pairs += active
            factors += active * ((n_padded + LANES - 1) // LANES)
            if not clean:
                clean = _fill_signs(signs, negative)
            if factors > _TALLY_LIMIT // 2:
                loss += _settle(tally)
                factors = 0
        if i - window >= oldest:
            _leave(inputs, np.int64(tokens[i - window]), slots, entered, (i - window) & mask)
    for t in range(max(oldest, last - window), newest):
        _leave(inputs, np.int64(tokens[t]), slots, entered, t & mask)
    loss += _settle(tally)
    scratch.random[0] = state
    return loss, pairs
