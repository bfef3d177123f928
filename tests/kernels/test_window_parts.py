"""The training kernel with words made of parts: fastText's model, against a float64 oracle."""

from __future__ import annotations

import numpy as np
import pytest

from textrep.kernels.products import average_parts, mean_rows
from textrep.kernels.window import Model, Plan, Span, train_span
from textrep.training.matrices import aligned_zeros, keep_thresholds, make_outputs, make_scratch
from textrep.training.settings import Word2VecSettings

RATE = 0.05
N_WORDS, N_BUCKETS, WIDTH = 60, 90, 32
WIDER = 80  # no multiple of what enters at once, whatever a vector holds


def random_parts(random):
    """Each word is its own row and some others; the last but one has one of them twice."""
    lists = [[word, *(N_WORDS + random.integers(0, N_BUCKETS, random.integers(0, 6)))] for word in range(N_WORDS)]
    lists[-2] = [N_WORDS - 2, N_WORDS + 3, N_WORDS + 3]
    offsets = np.cumsum([0, *map(len, lists)], dtype=np.int64)  # [n_words + 1]
    return lists, offsets, np.array([row for rows in lists for row in rows], np.int32)


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def oracle(inputs, out, outputs, lists, text, *, cbow):
    """Window 1, centre after centre; a word's vector is the mean of its rows, each of which gets the whole change."""
    loss = 0.0
    for i, centre in enumerate(text):
        near = [text[j] for j in (i - 1, i + 1) if 0 <= j < len(text)]
        path = slice(*outputs.path_offsets[centre : centre + 2])
        nodes, signs = outputs.path_nodes[path], outputs.path_signs[path].astype(np.float64)
        groups = [[row for word in near for row in lists[word]]] if cbow else [lists[word] for word in near]
        hidden = np.stack([inputs[rows].mean(axis=0) for rows in groups])
        products = hidden @ out[nodes].T * signs
        steps = RATE * signs * sigmoid(-products)
        changes = steps @ out[nodes]
        np.add.at(out, nodes, steps.T @ hidden)
        for rows, change in zip(groups, changes, strict=True):
            np.add.at(inputs, rows, change)
        loss += float(np.log1p(np.exp(-products)).sum())
    return loss


@pytest.mark.parametrize("architecture", ["skipgram", "cbow"])
@pytest.mark.parametrize("n", [2, 3, 40])
def test_a_text_equals_sequential_training(architecture, n):
    random = np.random.default_rng(n)
    settings = Word2VecSettings(architecture=architecture, loss="hierarchical_softmax", window=1)
    outputs = make_outputs(np.arange(N_WORDS, 0, -1, dtype=np.int64), settings.loss)
    lists, offsets, rows = random_parts(random)
    model = Model(aligned_zeros((N_WORDS + N_BUCKETS, WIDTH)), aligned_zeros((N_WORDS - 1, WIDTH)), offsets, rows)
    model.inputs[:] = random.normal(scale=0.3, size=model.inputs.shape)
    model.outputs[:] = random.normal(scale=0.3, size=model.outputs.shape)
    inputs, out = model.inputs.astype(np.float64), model.outputs.astype(np.float64)
    # words far apart in the text may share rows; those in one window must not, or the order of updates counts
    text = [N_WORDS - 2]
    for word in random.permutation(N_WORDS - 2):
        recent = {row for other in text[-3:] for row in lists[other]}
        if len(text) < n and not recent & set(lists[word]):
            text.append(int(word))
    assert len(text) == n
    ids = np.array(text, np.int32)
    plan = Plan(architecture == "cbow", 1, 0, RATE, RATE, keep_thresholds(np.ones(N_WORDS, np.int64), 0))
    scratch = make_scratch(WIDTH, settings, outputs)
    loss, _ = train_span(Span(ids, np.array([n]), 0, n), model, outputs, plan, scratch, np.uint64(3))
    assert loss == pytest.approx(oracle(inputs, out, outputs, lists, text, cbow=architecture == "cbow"), rel=1e-4)
    np.testing.assert_allclose(model.inputs, inputs, atol=2e-5)
    np.testing.assert_allclose(model.outputs, out, atol=2e-5)


@pytest.mark.parametrize("architecture", ["skipgram", "cbow"])
@pytest.mark.parametrize("loss", ["negative_sampling", "hierarchical_softmax"])
def test_words_with_parts_that_no_other_has_are_trained_as_words_without(architecture, loss):
    """Each of a word's rows gets the whole change, and so does their mean: wide windows, noise, and texts of many."""
    random = np.random.default_rng(5)
    settings = Word2VecSettings(architecture=architecture, loss=loss, window=3)
    outputs = make_outputs(np.arange(N_WORDS, 0, -1, dtype=np.int64), settings.loss)
    n_outputs = N_WORDS if loss == "negative_sampling" else N_WORDS - 1
    rows = np.stack([np.arange(N_WORDS), *random.permutation(np.arange(N_WORDS, 3 * N_WORDS)).reshape(2, -1)], axis=1)
    parts = Model(
        aligned_zeros((3 * N_WORDS, WIDER)),
        aligned_zeros((n_outputs, WIDER)),
        np.arange(0, 3 * N_WORDS + 1, 3),
        rows.ravel().astype(np.int32),
    )
    parts.inputs[:] = random.normal(scale=0.3, size=parts.inputs.shape)
    parts.outputs[:] = random.normal(scale=0.3, size=parts.outputs.shape)
    whole = Model(aligned_zeros((N_WORDS, WIDER)), parts.outputs.copy())
    whole.inputs[:] = parts.inputs[rows].mean(axis=1)
    before = whole.inputs.copy()
    ids = random.integers(0, N_WORDS, 500).astype(np.int32)
    negative = 5 if loss == "negative_sampling" else 0
    plan = Plan(architecture == "cbow", 3, negative, RATE, RATE, keep_thresholds(np.ones(N_WORDS, np.int64), 0))
    for model in (parts, whole):
        scratch = make_scratch(WIDER, settings, outputs)
        train_span(Span(ids, np.array([500]), 0, 500), model, outputs, plan, scratch, np.uint64(3))
    means = np.empty_like(whole.inputs)
    mean_rows(parts.inputs, parts.part_offsets, parts.parts, means)
    assert np.abs(whole.inputs - before).max() > 0.05
    np.testing.assert_allclose(means, whole.inputs, atol=1e-4)
    np.testing.assert_allclose(parts.outputs, whole.outputs, atol=1e-4)


def test_the_mean_of_a_window_counts_every_row():
    random = np.random.default_rng(2)
    slots, entered = aligned_zeros((9, WIDTH)), aligned_zeros((9, WIDTH))
    slots[:8] = random.normal(size=(8, WIDTH))
    contexts = np.zeros((2, 6), np.int64)
    chosen = contexts[0, :5] = [6, 1, 3, 0, 7]
    n_parts = random.integers(1, 20, 8).astype(np.float32)
    average_parts(slots, entered, contexts, 5, 8, n_parts)
    wanted = np.average(slots[chosen].astype(np.float64), axis=0, weights=n_parts[chosen])
    np.testing.assert_allclose(slots[8], wanted, atol=1e-6)
    np.testing.assert_array_equal(entered[8], slots[8])


def test_mean_rows():
    random = np.random.default_rng(0)
    lists, offsets, rows = random_parts(random)
    inputs = random.normal(size=(N_WORDS + N_BUCKETS, WIDTH)).astype(np.float32)
    means = np.empty((N_WORDS, WIDTH - 5), np.float32)
    mean_rows(inputs, offsets, rows, means)
    wanted = [inputs[one, : WIDTH - 5].astype(np.float64).mean(axis=0) for one in lists]
    np.testing.assert_allclose(means, wanted, atol=1e-6)


def test_a_step_that_would_leap_past_its_aim_is_shortened():
    """rate * |product| > 1 and the sign wrong: the step is divided by it; elsewhere it is the gradient's."""
    settings = Word2VecSettings(architecture="skipgram", negative=1, window=1)
    outputs = make_outputs(np.ones(4, np.int64), settings.loss)
    outputs.alias[:] = (0, 3)  # noise is always word 3
    for length in (1.0, 20.0):
        model = Model(aligned_zeros((4, 16)), aligned_zeros((4, 16)))
        model.inputs[0, 0] = model.inputs[1, 0] = length
        model.outputs[3, 0] = length  # the product with the noise word is length ** 2
        plan = Plan(False, 1, 1, 0.2, 0.2, keep_thresholds(np.ones(4, np.int64), 0))
        scratch = make_scratch(16, settings, outputs)
        train_span(Span(np.array([0, 1], np.int32), np.array([2]), 1, 2), model, outputs, plan, scratch, np.uint64(1))
        product = length**2
        step = 0.2 * sigmoid(product) / max(1.0, 0.2 * product)
        assert model.outputs[3, 0] == pytest.approx(length - step * length, rel=1e-5)
