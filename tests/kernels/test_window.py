"""The training kernel against float64 oracles: gradients of the four variants, whole texts, nothing lost or cut."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from interpreted import interpreted

from textrep.kernels.window import PIECE, Model, Plan, Span, train_span
from textrep.training.matrices import aligned_zeros, keep_thresholds, make_outputs, make_scratch, margin
from textrep.training.settings import Word2VecSettings

RATE = 0.05
VARIANTS = [
    ("skipgram", "negative_sampling"),
    ("skipgram", "hierarchical_softmax"),
    ("cbow", "negative_sampling"),
    ("cbow", "hierarchical_softmax"),
]


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def random_model(n_words, width, n_outputs, seed=0, scale=0.5):
    random = np.random.default_rng(seed)
    model = Model(aligned_zeros((n_words, width)), aligned_zeros((n_outputs, width)))
    model.inputs[:] = random.normal(scale=scale, size=model.inputs.shape)
    model.outputs[:] = random.normal(scale=scale, size=model.outputs.shape)
    return model


def copied(model):
    return Model(model.inputs.astype(np.float64), model.outputs.astype(np.float64))


def run(settings, model, outputs, ids, first, last, *, ends=None, seed=7, rate=RATE, keep=None):
    keep = keep_thresholds(np.ones(len(model.inputs), np.int64), 0) if keep is None else keep
    negative = settings.negative if settings.loss == "negative_sampling" else 0
    plan = Plan(settings.architecture == "cbow", settings.window, negative, rate, rate, keep)
    ends = np.array([len(ids)] if ends is None else ends, np.int64)
    scratch = make_scratch(model.inputs.shape[1], settings, outputs)
    return train_span(Span(ids, ends, first, last), model, outputs, plan, scratch, np.uint64(seed))


class RepeatedNoiseError(Exception):
    """A noise word was drawn twice or is the centre: the rows that changed do not tell which were drawn."""


def one_centre(architecture, loss, **options):
    for seed in range(1, 100):
        try:
            return OneCentre(architecture, loss, seed=seed, **options)
        except RepeatedNoiseError:
            continue
    raise AssertionError("a hundred draws of distinct noise words all failed")


class OneCentre:
    """A text of distinct words whose middle word alone is trained as a centre."""

    def __init__(self, architecture, loss, *, seed, negative=5, window=3, width=16):
        self.cbow, self.loss = architecture == "cbow", loss
        settings = Word2VecSettings(architecture=architecture, loss=loss, negative=negative, window=window)
        n_words = 2000
        counts = np.arange(n_words, 0, -1, dtype=np.int64)
        self.outputs = make_outputs(counts, loss)
        self.model = random_model(n_words, width, n_words if loss == "negative_sampling" else n_words - 1)
        self.before = copied(self.model)
        text = np.arange(100, 100 + 2 * window + 1, dtype=np.int32)
        self.centre = int(text[window])
        self.value, self.pairs = run(settings, self.model, self.outputs, text, window, window + 1, seed=seed)
        # how far the window reached is drawn at random; a skip-gram run with the same seed tells
        skipgram = Word2VecSettings(architecture="skipgram", loss=loss, negative=negative, window=window)
        again = Model(self.before.inputs.astype(np.float32), self.before.outputs.astype(np.float32))
        reach = run(skipgram, again, self.outputs, text, window, window + 1, seed=seed)[1] // 2
        self.contexts = [int(w) for w in text if 0 < abs(int(w) - self.centre) <= reach]
        self.rows, self.signs = self.expected_outputs(negative)

    def expected_outputs(self, negative):
        if self.loss == "hierarchical_softmax":
            path = slice(*self.outputs.path_offsets[self.centre : self.centre + 2])
            return self.outputs.path_nodes[path].tolist(), self.outputs.path_signs[path].tolist()
        changed = np.flatnonzero((self.model.outputs != self.before.outputs).any(axis=1)).tolist()
        noise = [row for row in changed if row != self.centre]
        if len(noise) != negative:
            raise RepeatedNoiseError
        return [self.centre, *noise], [1.0] + [-1.0] * negative

    def oracle_loss(self, inputs, outputs):
        """The definition: -log sigmoid(sign * h . o), summed over outputs and over contexts (or for their mean)."""
        hidden = inputs[self.contexts]
        if self.cbow:
            hidden = hidden.mean(axis=0, keepdims=True)
        products = hidden @ outputs[self.rows].T * np.array(self.signs)
        return float(-np.log(sigmoid(products)).sum())

    def gradient(self, which, row):
        """Central differences of the oracle's loss."""
        step, out = 1e-5, np.zeros(self.before[which].shape[1])
        for j in range(len(out)):
            changed = [m.copy() for m in self.before[:2]]
            changed[which][row, j] += step
            above = self.oracle_loss(*changed)
            changed[which][row, j] -= 2 * step
            out[j] = (above - self.oracle_loss(*changed)) / (2 * step)
        return out


@pytest.mark.parametrize("variant", VARIANTS, ids="-".join)
@pytest.mark.parametrize(("negative", "width", "window"), [(5, 16, 3), (1, 32, 1), (15, 48, 5)])
def test_one_step_follows_the_gradient(variant, negative, width, window):
    case = one_centre(*variant, negative=negative, width=width, window=window)
    assert case.pairs == (1 if case.cbow else len(case.contexts))
    assert case.value == pytest.approx(case.oracle_loss(*case.before[:2]), rel=1e-5)
    for row in case.rows:
        change = case.model.outputs[row] - case.before.outputs[row]
        np.testing.assert_allclose(change, -RATE * case.gradient(1, row), atol=2e-6)
    for row in case.contexts:
        change = case.model.inputs[row] - case.before.inputs[row]
        share = len(case.contexts) if case.cbow else 1  # word2vec gives every context the whole error of the mean
        np.testing.assert_allclose(change, -RATE * share * case.gradient(0, row), atol=2e-6)
    untouched = np.setdiff1d(np.arange(len(case.before.inputs)), case.contexts)
    np.testing.assert_array_equal(case.model.inputs[untouched], case.before.inputs[untouched].astype(np.float32))


@pytest.mark.parametrize("negative", [4, 5, 6, 11, 12, 20])
def test_any_number_of_outputs(negative):
    """Outputs are handled six at a time and sixteen at a time: no number may fall through the gaps."""
    case = one_centre("skipgram", "negative_sampling", negative=negative)
    assert case.value == pytest.approx(case.oracle_loss(*case.before[:2]), rel=1e-5)
    np.testing.assert_allclose(
        case.model.inputs[case.contexts[0]] - case.before.inputs[case.contexts[0]],
        -RATE * case.gradient(0, case.contexts[0]),
        atol=2e-6,
    )


def sequential_oracle(model, outputs, text, rate, *, noise=None, cbow=False):
    """Train a text of distinct words with window 1, centre after centre, in float64; returns loss and pairs."""
    loss = pairs = 0
    for i, centre in enumerate(text):
        contexts = [text[j] for j in (i - 1, i + 1) if 0 <= j < len(text)]
        if noise is None:
            path = slice(*outputs.path_offsets[centre : centre + 2])
            rows, signs = outputs.path_nodes[path], outputs.path_signs[path].astype(np.float64)
        else:
            rows, signs = np.array([centre, *noise]), np.array([1.0] + [-1.0] * len(noise))
        if not contexts:
            continue
        hidden = model.inputs[contexts]
        hidden = hidden.mean(axis=0, keepdims=True) if cbow else hidden
        products = hidden @ model.outputs[rows].T * signs
        steps = rate * signs * sigmoid(-products)
        change = steps @ model.outputs[rows]
        np.add.at(model.outputs, rows, steps.T @ hidden)
        model.inputs[contexts] += change
        loss += float(np.log1p(np.exp(-products)).sum())
        pairs += len(hidden)
    return loss, pairs


@pytest.mark.parametrize(
    ("architecture", "n"),
    [*itertools.product(["skipgram", "cbow"], [1, 2, 3, 40]), ("skipgram", 2 * PIECE + 1), ("cbow", PIECE + 17)],
)
def test_a_whole_text_equals_sequential_training(architecture, n):
    """Longer than a piece or not: every token is a centre once, with all its contexts (Huffman outputs, no chance)."""
    settings = Word2VecSettings(architecture=architecture, loss="hierarchical_softmax", window=1)
    n_words = max(n, 2)
    outputs = make_outputs(np.arange(n_words, 0, -1, dtype=np.int64), settings.loss)
    model = random_model(n_words, 16, n_words - 1, scale=0.2)
    expected = copied(model)
    text = np.random.default_rng(1).permutation(n_words)[:n].astype(np.int32)
    loss, pairs = run(settings, model, outputs, text, 0, n)
    oracle_loss, oracle_pairs = sequential_oracle(expected, outputs, text, RATE, cbow=architecture == "cbow")
    assert pairs == oracle_pairs
    assert loss == pytest.approx(oracle_loss, rel=1e-4)
    np.testing.assert_allclose(model.inputs, expected.inputs, atol=2e-3 if n > PIECE else 2e-5)
    np.testing.assert_allclose(model.outputs, expected.outputs, atol=2e-3 if n > PIECE else 2e-5)


def test_a_noise_word_that_is_the_centre_is_skipped():
    """With one word to draw as noise, its own centres have no negatives; others have it several times over."""
    settings = Word2VecSettings(negative=3, window=1)
    weights = np.ones(10, np.int64)
    outputs = make_outputs(weights, settings.loss)
    outputs.alias[:] = (0, 4)  # always word 4
    model = random_model(10, 16, 10)
    expected = copied(model)
    text = np.array([1, 2, 4, 3], np.int32)
    loss, pairs = run(settings, model, outputs, text, 0, 4)
    oracle = 0.0
    for i, centre in enumerate(text):
        noise = [] if centre == 4 else [4, 4, 4]
        near = [j for j in (i - 1, i + 1) if 0 <= j < 4]
        rows, signs = np.array([centre, *noise]), np.array([1.0] + [-1.0] * len(noise))
        hidden = expected.inputs[text[near]]
        products = hidden @ expected.outputs[rows].T * signs
        steps = RATE * signs * sigmoid(-products)
        change = steps @ expected.outputs[rows]
        np.add.at(expected.outputs, rows, steps.T @ hidden)
        expected.inputs[text[near]] += change
        oracle += float(np.log1p(np.exp(-products)).sum())
    assert (loss, pairs) == (pytest.approx(oracle, rel=1e-5), 6)
    np.testing.assert_allclose(model.inputs, expected.inputs, atol=1e-6)
    np.testing.assert_allclose(model.outputs, expected.outputs, atol=1e-6)


def test_windows_stop_at_the_ends_of_texts():
    settings = Word2VecSettings(window=5, loss="hierarchical_softmax")
    outputs = make_outputs(np.ones(50, np.int64), settings.loss)
    model = random_model(50, 16, 49)
    ids = np.arange(50, dtype=np.int32)
    singles = run(settings, model, outputs, ids, 0, 50, ends=np.arange(1, 51))
    assert singles == (0.0, 0), "a text of one word has no contexts"
    _, pairs = run(Word2VecSettings(window=1, loss="hierarchical_softmax"), model, outputs, ids, 0, 50, ends=[20, 50])
    assert pairs == 2 * 19 + 2 * 29


@pytest.mark.parametrize("cut", [1, 500, 999, PIECE])
def test_spans_share_a_text_without_losing_pairs(cut):
    """Two spans of one text train together what one span trains, thanks to the tokens beside each of them."""
    settings = Word2VecSettings(window=1, loss="hierarchical_softmax")
    n = PIECE + 1000
    outputs = make_outputs(np.ones(n, np.int64), settings.loss)
    model = random_model(n, 16, n - 1)
    ids = np.arange(n, dtype=np.int32)
    beside = margin(1)
    _, first = run(settings, model, outputs, ids[: cut + beside], 0, cut)
    left = max(0, cut - beside)
    _, second = run(settings, model, outputs, ids[left:], cut - left, n - left)
    assert first + second == 2 * (n - 1)


def test_subsampling_keeps_the_share_it_should():
    settings = Word2VecSettings(window=1, loss="hierarchical_softmax")
    outputs = make_outputs(np.ones(4, np.int64), settings.loss)
    keep = np.array([2**31, 2**30, 0, 2**32 - 1], np.uint32)
    for word, share in enumerate([0.5, 0.25, 0.0, 1.0]):
        model = random_model(4, 16, 3, scale=0.1)
        _, pairs = run(settings, model, outputs, np.full(50_000, word, np.int32), 0, 50_000, keep=keep, rate=1e-6)
        assert pairs == pytest.approx(2 * share * 50_000, abs=1500)


def test_context_reach_is_even_from_one_to_window():
    settings = Word2VecSettings(window=5, loss="hierarchical_softmax")
    outputs = make_outputs(np.ones(9, np.int64), settings.loss)
    model = random_model(9, 16, 8, scale=0.1)
    _, pairs = run(settings, model, outputs, np.arange(90_000, dtype=np.int32) % 9, 0, 90_000, rate=1e-6)
    assert pairs / 90_000 == pytest.approx(6.0, abs=0.05)  # 2 * mean of 1..5


@pytest.mark.parametrize("variant", VARIANTS, ids="-".join)
def test_interpreted_equals_compiled(variant):
    settings = Word2VecSettings(architecture=variant[0], loss=variant[1], window=2)
    outputs = make_outputs(np.arange(30, 0, -1, dtype=np.int64), settings.loss)
    rows = 30 if variant[1] == "negative_sampling" else 29
    one, two = random_model(30, 16, rows), random_model(30, 16, rows)
    ids = np.random.default_rng(2).integers(0, 30, 60).astype(np.int32)
    negative = 5 if variant[1] == "negative_sampling" else 0
    plan = Plan(variant[0] == "cbow", 2, negative, RATE, RATE / 2, keep_thresholds(np.full(30, 9), 0.05))
    span = Span(ids, np.array([25, 60]), 3, 55)
    compiled = train_span(span, one, outputs, plan, make_scratch(16, settings, outputs), np.uint64(5))
    plain = interpreted(train_span)(span, two, outputs, plan, make_scratch(16, settings, outputs), np.uint64(5))
    assert compiled == (pytest.approx(plain[0]), plain[1])
    np.testing.assert_allclose(one.inputs, two.inputs, atol=1e-6)
    np.testing.assert_allclose(one.outputs, two.outputs, atol=1e-6)


@pytest.mark.parametrize(("window", "negative"), [(64, 5), (40, 5), (14, 20), (200, 40)])
def test_the_loss_of_large_windows_does_not_overflow(window, negative):
    """With output vectors of 0 every output costs log 2, and every factor of the tally is as large as it gets."""
    settings = Word2VecSettings(window=window, negative=negative)
    outputs = make_outputs(np.ones(5000, np.int64), settings.loss)
    model = random_model(5000, 16, 5000)
    model.outputs[:] = 0
    loss, pairs = run(settings, model, outputs, np.arange(1000, dtype=np.int32), 0, 1000, rate=1e-20)
    assert pairs > 1000 * window * 0.8
    assert loss == pytest.approx(pairs * (negative + 1) * np.log(2), rel=2e-3)  # noise is now and then the centre
