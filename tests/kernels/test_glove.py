"""Steps towards the counts, compiled and interpreted, against AdaGrad in float64; the gradient against differences."""

from __future__ import annotations

import numpy as np
import pytest
from interpreted import interpreted

from textrep.kernels.glove import FIXED, squared_errors, train_block

FORMS = pytest.mark.parametrize("form", [lambda kernel: kernel, interpreted], ids=["compiled", "interpreted"])
SIZE, WIDTH = 20, 32


def model(random, n_rows, bias):
    rows = np.zeros((n_rows, 2 * WIDTH), np.float32)
    rows[:, :SIZE] = random.normal(size=(n_rows, SIZE)) / 4
    rows[:, bias] = random.normal(size=n_rows)
    one = 2 * SIZE + 1 - bias
    rows[:, one] = 1
    rows[:, WIDTH:] = 1 + random.random((n_rows, WIDTH))
    rows[:, WIDTH + one] = FIXED
    return rows


@pytest.fixture
def block():
    """Entries of a block that begins at word 2 and at context 1, and a model of 6 words and 5 contexts."""
    random = np.random.default_rng(3)
    places = np.array([(row, column) for row in range(4) for column in range(4) if row != column], np.uint16)
    logs = random.normal(size=len(places)).astype(np.float32)
    weights = random.random(len(places)).astype(np.float32)
    return places, logs, weights, model(random, 6, SIZE), 2, model(random, 5, SIZE + 1), 1


def estimates(words, contexts):
    """Return w . c + b + d of all pairs, by the paper."""
    biases = words[:, SIZE, None] + contexts[:, SIZE + 1]
    return words[:, :SIZE] @ contexts[:, :SIZE].T + biases


def objective(places, logs, weights, words, first_word, contexts, first_context):
    rows, columns = first_word + places[:, 0].astype(int), first_context + places[:, 1].astype(int)
    return float((weights * (estimates(words, contexts)[rows, columns] - logs) ** 2).sum())


@FORMS
def test_squared_errors_are_the_objective(block, form):
    words, contexts = block[3].astype(np.float64), block[5].astype(np.float64)
    expected = objective(*block[:3], words, 2, contexts, 1)
    assert form(squared_errors)(*block) == pytest.approx(expected, rel=1e-5)


@FORMS
def test_training_is_adagrad(block, form):
    places, logs, weights, words, first_word, contexts, first_context = block
    rate = 0.1
    w, c = words.astype(np.float64), contexts.astype(np.float64)
    for (row, column), log, weight in zip(places.tolist(), logs, weights, strict=True):
        x, y = w[first_word + row], c[first_context + column]
        error = x[:SIZE] @ y[:SIZE] + x[SIZE] + y[SIZE + 1] - log
        gradients = np.zeros((2, WIDTH))
        gradients[0, :SIZE], gradients[1, :SIZE] = y[:SIZE], x[:SIZE]
        gradients[0, SIZE] = gradients[1, SIZE + 1] = 1
        steps = rate * weight * error * gradients
        x[:WIDTH] -= steps[0] / np.sqrt(x[WIDTH:])
        y[:WIDTH] -= steps[1] / np.sqrt(y[WIDTH:])
        x[WIDTH:] += steps[0] ** 2
        y[WIDTH:] += steps[1] ** 2
    before = words.copy()
    form(train_block)(*block, np.float32(rate))
    used = [*range(SIZE), SIZE, *range(WIDTH, WIDTH + SIZE + 1)]
    np.testing.assert_allclose(words[:, used], w[:, used], rtol=1e-4, atol=1e-6)
    used = [*range(SIZE), SIZE + 1, *range(WIDTH, WIDTH + SIZE), WIDTH + SIZE + 1]
    np.testing.assert_allclose(contexts[:, used], c[:, used], rtol=1e-4, atol=1e-6)
    assert (words[:, SIZE + 1] == 1).all()
    assert (contexts[:, SIZE] == 1).all()
    assert not words[:, SIZE + 2 : WIDTH].any()
    np.testing.assert_array_equal(words[:2], before[:2])  # of other blocks


def test_a_step_goes_against_the_gradient(block):
    """With sums of squares of one, a small step is half the learning rate times the slope of the objective."""
    _, _, _, words, _, contexts, _ = block
    words[:, WIDTH : WIDTH + SIZE + 1] = 1
    contexts[:, WIDTH : WIDTH + SIZE] = contexts[:, WIDTH + SIZE + 1] = 1
    w, c = words.astype(np.float64), contexts.astype(np.float64)
    rate, h = 1e-3, 1e-5
    train_block(*block, np.float32(rate))
    for changed, exact, columns in ((words, w, [0, 7, SIZE]), (contexts, c, [0, 7, SIZE + 1])):
        for row in (2, 4):
            for column in columns:
                sides = []
                for shift in (h, -h):
                    exact[row, column] += shift
                    sides.append(objective(*block[:3], w, 2, c, 1))
                    exact[row, column] -= shift
                slope = (sides[0] - sides[1]) / (2 * h)
                step = float(changed[row, column]) - exact[row, column]
                assert step == pytest.approx(-rate / 2 * slope, rel=0.02, abs=1e-6)
