"""float32 as text: read again it is the same, no digit is needless, and interpreted kernels write the same."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from interpreted import interpreted

from textrep.kernels import decimals
from textrep.kernels.decimals import format_rows
from textrep.keytable import encode_strings


def written(vectors, words=None, function=format_rows, first=0):
    """Return the lines, and how many numbers were left to Python."""
    vectors = np.asarray(vectors, np.float32)
    blob, offsets = encode_strings(words or [""] * len(vectors))
    out = np.empty(len(blob) + len(vectors) * (1 + decimals.MOST_BYTES * vectors.shape[1]), np.uint8)
    state, n_unusual = np.zeros(decimals.STATE_SIZE, np.int64), 0
    while function(vectors, first, len(vectors), blob, offsets, out, state) == decimals.UNUSUAL:
        row, column, at = state.tolist()
        text = f" {vectors[first + row, column]!s}".encode()
        out[at : at + len(text)] = np.frombuffer(text, np.uint8)
        state[decimals.COLUMN], state[decimals.AT] = column + 1, at + len(text)
        n_unusual += 1
    return out[: state[decimals.AT]].tobytes().decode(), n_unusual


def digits_of(text: str) -> str:
    return text.strip().lstrip("-").partition("e")[0].replace(".", "").strip("0")


numbers = st.floats(width=32, allow_nan=False, allow_infinity=False)


@settings(max_examples=4 * settings.default.max_examples, deadline=None)
@given(
    st.lists(numbers | st.integers(-(10**7), 10**7).map(lambda x: float(np.float32(x / 1000))), min_size=1, max_size=30)
)
@example(
    [
        0.0,
        -0.0,
        1e-12,
        9.999999e-13,
        1e7,
        9999999.0,
        1e-4,
        9.9999e-5,
        0.1,
        0.3,
        5.0,
        50.0,
        999999.94,
        9.999999,
        1.17e-38,
    ]
)
@example([2.0**i for i in range(-40, 24)])
def test_numbers_are_read_as_they_were(values):
    column = np.array(values, np.float32)[:, None]
    lines = written(column)[0].split("\n")
    assert lines.pop() == ""
    assert (
        np.array(lines, np.float64).astype(np.float32).view(np.uint32).tolist() == column[:, 0].view(np.uint32).tolist()
    )
    assert [digits_of(line) for line in lines] == [digits_of(str(value)) for value in column[:, 0]]


@pytest.mark.parametrize("function", [format_rows, interpreted(format_rows)], ids=["compiled", "interpreted"])
def test_lines(function):
    vectors = [[0, 1, -0.5], [1e-5, 1.5e-7, 123456], [1e20, 2e-30, 50]]
    text, n_unusual = written(vectors, ["a", "한국", ""], function)
    big, small = np.float32(1e20), np.float32(2e-30)
    assert text == f"a 0.0 1.0 -0.5\n한국 1e-05 1.5e-07 123456.0\n {big!s} {small!s} 50.0\n"
    assert n_unusual == 2
    assert written(vectors, ["a", "한국", ""], function, first=1)[0] == text.partition("\n")[2]
