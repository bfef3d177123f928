"""Train word vectors over one span of a corpus: skip-gram and CBOW, negative sampling and hierarchical softmax.

One window slides over the tokens that survive subsampling. The input vector of a token is copied into a slot of a ring
when it enters the window, changed there for as long as it is inside, and what has changed is added to its row of the
matrix when it leaves: two row transfers a token instead of two a pair. All contexts of a centre share one set of
outputs (the centre and its negative samples, or the nodes of its Huffman path), so that a centre costs three small
matrix products over rows that stay in the first-level cache. CBOW has one pair a centre where skip-gram has some six;
there two centres in a row share their negative samples. Threads share the matrices without locks [1]_.

A word may consist of parts, its own row and those of its subwords: their mean enters, and what has changed is added to
each of them. That is fastText's model [3]_.

The model is that of word2vec [2]_: skip-gram predicts the centre from each context, CBOW from their mean.

.. [1] Niu, Recht, Re, Wright: Hogwild!: A Lock-Free Approach to Parallelizing Stochastic Gradient Descent. NIPS 2011.
.. [2] Mikolov, Sutskever, Chen, Corrado, Dean: Distributed Representations of Words and Phrases and their
   Compositionality. NIPS 2013. Sharing negatives: Ji, Satish, Li, Dubey: Parallelizing Word2Vec in Shared and
   Distributed Memory. arXiv 1604.04661.
.. [3] Bojanowski, Grave, Joulin, Mikolov: Enriching Word Vectors with Subword Information. TACL 2017.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numba import float32, int64, uint32, uint64
from numpy.typing import NDArray

from textrep.kernels.jit import kernel, leaf
from textrep.kernels.products import (
    TILE,
    Matrix,
    Places,
    average,
    average_parts,
    differentiate,
    distribute,
    enter,
    enter_parts,
    leave,
    leave_parts,
    multiply,
    place,
    settle,
    update,
)
from textrep.kernels.random import bits_to_range, next_state, scramble
from textrep.kernels.simd import prefetch_row

__all__ = ["PIECE", "Model", "Outputs", "Plan", "Scratch", "Span", "train_span"]

PIECE = 8192  # tokens handled between two looks at the learning rate; texts may be of any length


class Model(NamedTuple):
    """The two matrices, changed in place. Rows are padded with zeros to a multiple of 16 floats.

    A word without parts is the row of its own number; a word with parts is the mean of the rows
    ``parts[part_offsets[word]:part_offsets[word + 1]]``.
    """

    inputs: NDArray[np.float32]  # [n_rows, width]
    outputs: NDArray[np.float32]  # [n_words, width], or [n_words - 1, width]: nodes of the Huffman tree
    part_offsets: NDArray[np.int64] = np.zeros(0, np.int64)  # [n_words + 1], or [0] if words have no parts
    parts: NDArray[np.int32] = np.zeros(0, np.int32)  # [n_parts]


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

    slots: NDArray[np.float32]  # [ring + 1, width] vectors of the tokens in the window; then their mean
    entered: NDArray[np.float32]  # [ring + 1, width] the same as they were on entering
    stripe: NDArray[np.float32]  # [2 * window, LANES] see `products.update`
    errors: NDArray[np.float32]  # [2 * window, LANES * tiles] products, then steps, at `products.place`
    signs: NDArray[np.float32]  # [1, LANES * tiles] +1 expected, -1 noise, 0 nothing
    tally: NDArray[np.float32]  # [2, LANES] running loss, see `products.settle`
    chosen: NDArray[np.int64]  # [2, max_outputs] rows of the outputs of this centre; noise words to take next
    drawn: NDArray[np.uint64]  # [max_outputs] random bits of the noise words to come
    contexts: NDArray[np.int64]  # [2, 2 * window] slots of the contexts; slot of their mean (CBOW)
    n_parts: NDArray[np.float32]  # [ring] rows that the token in each slot consists of
    random: NDArray[np.uint64]  # [1] state of the generator, kept between pieces
    tokens: NDArray[np.int32]  # [PIECE + 2 * margin] tokens that survived subsampling


@leaf
def _draw_negatives(
    alias: NDArray[np.uint32],
    drawn: NDArray[np.uint64],
    chosen: Places,
    negative: int,
    outputs: Matrix,
    state: Any,
) -> Any:
    """Choose the noise words to take next and ask for their rows; draw for those after them, ask for the table.

    Returns the state of the random generator.
    """
    for k in range(1, negative + 1):
        bits = drawn[k]
        column = int64(bits_to_range(bits, alias.shape[0]))
        threshold, other = alias[column, 0], int64(alias[column, 1])
        word = column if uint32(bits & uint64(0xFFFFFFFF)) < threshold else other  # no branch to mispredict
        chosen[1, k] = word
        prefetch_row(outputs, word)
        state = next_state(state)
        drawn[k] = scramble(state)
        prefetch_row(alias, int64(bits_to_range(drawn[k], alias.shape[0])))
    return state


@leaf
def _expect_first(signs: Matrix, negative: int) -> None:
    """Sign the outputs of negative sampling: the centre, noise, nothing."""
    signs[0, :] = 0
    signs[0, 0] = 1
    for k in range(1, negative + 1):
        signs[0, place(k)] = -1


@leaf
def _take_noise(centre: int, chosen: Places, signs: Matrix, negative: int) -> bool:
    """Take the noise words drawn before; False if one is the centre itself, which is then signed 0."""
    distinct = True
    chosen[0, 0] = centre
    for k in range(1, negative + 1):
        word = chosen[1, k]
        chosen[0, k] = word
        if word == centre:
            signs[0, place(k)] = 0
            distinct = False
    return distinct


@leaf
def _take_path(
    centre: int,
    offsets: Places,
    nodes: NDArray[np.int32],
    path_signs: Matrix,
    chosen: Places,
    signs: Matrix,
) -> int:
    """Take the nodes on the centre's path; returns how many."""
    start = offsets[centre]
    n = offsets[centre + 1] - start
    for k in range(n):
        chosen[0, k] = nodes[start + k]
        signs[0, place(k)] = path_signs[start + k]
    for k in range(n, n + TILE):  # all that padding may add
        if place(k) < signs.shape[1]:
            signs[0, place(k)] = 0
    return n


@leaf
def _pad(chosen: Places, n_outputs: int) -> int:
    """Repeat the first output up to a multiple of `TILE`; returns that."""
    while n_outputs % TILE != 0:
        chosen[0, n_outputs] = chosen[0, 0]
        n_outputs += 1
    return n_outputs


@leaf
def _place_contexts(contexts: Places, i: int, reach: int, n: int, ring: int) -> Any:
    """Write the slots of the tokens around token i; returns how many contexts there are."""
    n_contexts = int64(0)
    for c in range(max(0, i - reach), min(n, i + reach + 1)):
        if c != i:
            contexts[0, n_contexts] = c & (ring - 1)
            n_contexts += 1
    return n_contexts


@leaf
def _subsample(ids: Any, keep: Any, left: int, right: int, tokens: Any, n: Any, random: Any) -> Any:
    """Append the tokens of ids[left:right] that survive to the n that are there; returns how many there are then."""
    state = random[0]
    for p in range(left, right):
        word = ids[p]
        state = next_state(state)
        if (scramble(state) >> uint64(32)) < uint64(keep[word]):
            tokens[n] = word
            n += 1
    random[0] = state
    return n


@kernel
def train_span(span: Span, model: Model, out: Outputs, plan: Plan, scratch: Scratch, seed: Any) -> tuple[float, int]:
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
    tokens, random = scratch.tokens, scratch.random
    margin = (tokens.shape[0] - PIECE) // 2
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
        first = _subsample(
            ids,
            keep,
            max(document_start, position - margin),
            position,
            tokens,
            int64(0),
            random,
        )
        last = _subsample(ids, keep, position, stop, tokens, first, random)
        n = _subsample(ids, keep, stop, min(document_end, stop + margin), tokens, last, random)
        progress = (position - span.first) / (span.last - span.first)
        rate = float32(plan.rate_first + (plan.rate_last - plan.rate_first) * progress)
        piece_loss, piece_pairs = _train_piece(tokens, first, last, n, model, out, plan, rate, scratch, fresh)
        loss += piece_loss
        pairs += piece_pairs
        position = stop
        fresh = False
    return loss, pairs


@leaf
def _train_piece(
    tokens: NDArray[np.int32],
    first: int,
    last: int,
    n: int,
    model: Model,
    out: Outputs,
    plan: Plan,
    rate: float,
    scratch: Scratch,
    fresh: bool,
) -> tuple[float, int]:
    """Slide the window over tokens[first:last] of tokens[:n]; `fresh`: no noise words have been drawn yet.

    All arrays are taken out of their tuples before the loop: every access to a member counts a reference.
    """
    inputs, outputs, part_offsets, parts = model
    alias, path_offsets, path_nodes, path_signs = out
    slots, entered, stripe, errors, signs, tally, chosen, drawn, contexts, n_parts, random, _ = scratch
    window, negative, cbow = plan.window, plan.negative, plan.cbow
    has_parts = part_offsets.shape[0] > 0
    ring = slots.shape[0] - 1
    mask, mean = ring - 1, ring
    contexts[1, 0] = mean
    oldest = max(0, first - window)
    newest = oldest  # the next token to enter
    limit = min(n, last + window)
    loss = 0.0
    pairs = 0
    factors = int64(0)  # in the tally
    state = random[0]
    _expect_first(signs, negative)
    if fresh and negative > 0:
        for _ in range(2):  # the first draws for the second, the second for the first centre
            state = _draw_negatives(alias, drawn, chosen, negative, outputs, state)
    for i in range(first, last):
        while newest < limit and newest <= i + window:
            word = int64(tokens[newest])
            if has_parts:
                begin, end = part_offsets[word], part_offsets[word + 1]
                enter_parts(inputs, parts, begin, end, slots, entered, newest & mask)
                n_parts[newest & mask] = end - begin
            else:
                enter(inputs, word, slots, entered, newest & mask)
            newest += 1
        if newest < limit:
            word = int64(tokens[newest])
            if has_parts:
                for k in range(part_offsets[word], part_offsets[word + 1]):
                    prefetch_row(inputs, int64(parts[k]))
            else:
                prefetch_row(inputs, word)
        centre, following = int64(tokens[i]), int64(tokens[min(i + 1, last - 1)])
        clean = True
        if negative > 0:
            n_outputs = negative + 1
            clean = _take_noise(centre, chosen, signs, negative)
            if not cbow or i % 2 == 1 or i == last - 1:
                state = _draw_negatives(alias, drawn, chosen, negative, outputs, state)
            prefetch_row(outputs, following)
        else:
            n_outputs = _take_path(centre, path_offsets, path_nodes, path_signs, chosen, signs)
            for k in range(path_offsets[following], path_offsets[following + 1]):
                prefetch_row(outputs, int64(path_nodes[k]))
        state = next_state(state)
        reach = 1 + int64(bits_to_range(scramble(state), window))
        n_contexts = _place_contexts(contexts, i, reach, n, ring)
        if n_contexts > 0 and n_outputs > 0:
            n_outputs = _pad(chosen, n_outputs)
            which, active = 0, n_contexts
            if cbow:
                if has_parts:
                    average_parts(slots, entered, contexts, n_contexts, mean, n_parts)
                else:
                    average(slots, entered, contexts, n_contexts, mean)
                which, active = 1, 1
            multiply(slots, contexts, which, active, outputs, chosen, n_outputs, errors)
            settled, factors = differentiate(errors, active, signs, n_outputs, rate, tally, factors)
            loss += settled
            update(
                slots,
                contexts,
                which,
                active,
                outputs,
                chosen,
                n_outputs,
                errors,
                stripe,
            )
            if cbow:
                distribute(slots, entered, contexts, n_contexts, mean)
            pairs += active
        if not clean:
            _expect_first(signs, negative)
        if i - window >= oldest:
            word = int64(tokens[i - window])
            if has_parts:
                begin, end = part_offsets[word], part_offsets[word + 1]
                leave_parts(inputs, parts, begin, end, slots, entered, (i - window) & mask)
            else:
                leave(inputs, word, slots, entered, (i - window) & mask)
    for t in range(max(oldest, last - window), newest):
        word = int64(tokens[t])
        if has_parts:
            leave_parts(inputs, parts, part_offsets[word], part_offsets[word + 1], slots, entered, t & mask)
        else:
            leave(inputs, word, slots, entered, t & mask)
    loss += settle(tally)
    random[0] = state
    return loss, pairs
