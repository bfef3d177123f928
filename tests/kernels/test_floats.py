"""Numbers out of text: every one is numpy.float32(float(text)), compiled and interpreted, and rows are told apart."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from interpreted import interpreted

from textrep.kernels import floats
from textrep.kernels.floats import parse_rows


def parsed(text: str, dim: int, function=parse_rows, n_hard: int = 1000):
    """Return status, words, vectors, state; numbers left to Python are read as a caller does."""
    data = np.frombuffer(text.encode(), np.uint8)
    capacity = len(data) // (2 * dim)
    vectors = np.empty((capacity, dim), np.float32)
    words, hard = np.empty((capacity, 2), np.int64), np.empty((n_hard, 4), np.int64)
    state = np.zeros(floats.STATE_SIZE, np.int64)
    while True:
        with np.errstate(over="ignore"):
            status = function(data, dim, vectors, words, hard, state)
            for row, column, start, end in hard[: state[floats.N_HARD]].tolist():
                vectors[row, column] = float(data[start:end].tobytes())
        if status != floats.FULL:
            break
        state[floats.N_HARD] = 0
    n = state[floats.ROW]
    found = [data[start:end].tobytes().decode() for start, end in words[:n].tolist()]
    return status, found, vectors[:n], state


def as_python(texts: list[str]):
    with np.errstate(over="ignore"):
        return np.array([float(text) for text in texts], np.float64).astype(np.float32)


def assert_as_python(texts: list[str], function=parse_rows) -> None:
    status, _, vectors, _ = parsed("".join(f"w {text}\n" for text in texts), 1, function)
    assert status == floats.DONE
    assert vectors[:, 0].view(np.uint32).tolist() == as_python(texts).view(np.uint32).tolist()  # zeros have signs


digits = st.text("0123456789", max_size=25)
decimals = st.builds(
    lambda sign, whole, point, rest, exponent: f"{sign}{whole or '7'}{point}{rest if point else ''}{exponent}",
    st.sampled_from(["", "-", "+"]),
    digits,
    st.sampled_from(["", "."]),
    digits,
    st.just("") | st.integers(-400, 400).map(lambda e: f"e{e}") | st.integers(0, 60).map(lambda e: f"E+{e}"),
)


@settings(max_examples=4 * settings.default.max_examples, deadline=None)
@given(st.lists(decimals, min_size=1, max_size=20))
@example(
    [
        "0",
        "-0",
        "-0.0",
        ".5",
        "5.",
        "+1e0",
        "0e999999999999999999999999",
        "1e-999999999999999999",
        "00000000000000000001",
    ]
)
@example(
    [
        "3.4028234663852886e38",
        "3.4028235677973366e38",
        "3.4e38",
        "1e38",
        "1e39",
        "-1e400",
        "1.4e-45",
        "7e-46",
        "7.1e-46",
    ]
)
def test_any_decimal_number(texts):
    assert_as_python(texts)


@settings(max_examples=4 * settings.default.max_examples, deadline=None)
@given(st.lists(st.floats(width=32, allow_nan=False, allow_infinity=False), min_size=1, max_size=20))
def test_between_two_floats(numbers):
    """The middle of two float32, where the last digit decides, and what is next to it."""
    texts = []
    for low in np.array(numbers, np.float32):
        with np.errstate(over="ignore"):
            high = np.nextafter(low, np.float32(np.inf))
        if np.isinf(high):
            continue
        middle = (float(low) + float(high)) / 2
        texts += [repr(middle), repr(float(low)), str(low), f"{low:.17e}", format(Decimal(middle), "f")]
        texts += [repr(float(np.nextafter(middle, side))) for side in (-np.inf, np.inf)]
    assert_as_python(texts or ["1"])


def test_few_numbers_are_left_to_python():
    numbers = np.random.default_rng(0).standard_normal(20_000).tolist()
    for texts in ([repr(x) for x in numbers], [str(np.float32(x)) for x in numbers], [f"{x:.25f}" for x in numbers]):
        *_, state = parsed("".join(f"w {text}\n" for text in texts), 1, n_hard=100_000)
        assert state[floats.N_HARD] < 20


TEXT = "a 1 -2\nb\t 0.5e1  7.25\t\r\n\n\r\nNew York 3 4\n 5 6\nx 7 7 8 9 \nlast 1.00000000000000000001 16777217"
WORDS = ["a", "b\t", "New York", "", "x 7 7", "last"]
ROWS = [[1, -2], [5, 7.25], [3, 4], [5, 6], [8, 9], [1, 16777216]]


@pytest.mark.parametrize("function", [parse_rows, interpreted(parse_rows)], ids=["compiled", "interpreted"])
@pytest.mark.parametrize("n_hard", [2, 100])
def test_rows(function, n_hard):
    status, words, vectors, state = parsed(TEXT, 2, function, n_hard)
    assert status == floats.DONE
    assert words == WORDS
    assert vectors.tolist() == ROWS
    assert state[floats.AT] == len(TEXT)
    assert state[floats.LINE] == TEXT.count("\n")


@pytest.mark.parametrize("function", [parse_rows, interpreted(parse_rows)], ids=["compiled", "interpreted"])
@pytest.mark.parametrize(
    ("line", "status", "at"),
    [
        ("b 3", floats.TOO_FEW, 0),
        ("3 4", floats.TOO_FEW, 0),
        ("b", floats.TOO_FEW, 0),
        ("  ", floats.TOO_FEW, 0),
        ("b x 4", floats.NO_NUMBER, 2),
        ("b 3 4x", floats.NO_NUMBER, 4),
        ("b 3 .", floats.NO_NUMBER, 4),
        ("b 3 +", floats.NO_NUMBER, 4),
        ("b 3 1e+", floats.NO_NUMBER, 4),
        ("b 3 nan", floats.NO_NUMBER, 4),
        ("b 3 1e2.5", floats.NO_NUMBER, 4),
        ("b 3 1.2.3", floats.NO_NUMBER, 4),
        ("b 3 --1", floats.NO_NUMBER, 4),
        ("b 3\x0b4 5", floats.NO_NUMBER, 2),
    ],
)
def test_lines_that_are_no_rows(function, line, status, at):
    found, words, _, state = parsed(f"a 1 2\n{line}\nc 5 6\n", 2, function)
    assert (found, words) == (status, ["a"])
    assert state[floats.AT] == 6 + at
    assert state[floats.LINE] == 1


@settings(max_examples=4 * settings.default.max_examples, deadline=None)
@given(st.text("ab 01.e-\t\n\r", max_size=60), st.integers(1, 3))
def test_any_text_ends(text, dim):
    status, words, _, state = parsed(text, dim)
    assert status in (floats.DONE, floats.TOO_FEW, floats.NO_NUMBER)
    assert 0 <= state[floats.AT] <= len(text)
    assert len(words) <= text.count("\n") + 1
    if status == floats.DONE:
        assert len(words) == sum(bool(line.strip("\r")) for line in text.split("\n")) or "\r" in text
