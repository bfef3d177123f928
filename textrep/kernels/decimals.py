"""float32 to decimal numbers in bytes: rows of a word and its numbers, as text files of vectors hold them.

A number gets as few digits as it takes to read the same float32 again. It is rounded to ever fewer digits and read
back, in doubles: a whole number below 2**53 and a power of ten up to 10**22 give the very double that
``float(text)`` gives.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import float32, float64, int64
from numpy.typing import NDArray

from textrep.kernels.jit import inlined, kernel

__all__ = ["MOST_BYTES", "format_rows"]

# What `format_rows` returns.
DONE = 0  # all rows were written
UNUSUAL = 1  # the number at ROW and COLUMN is for Python to write at AT

# The fields of `state`: the next row and column, and the next byte of `out`.
ROW, COLUMN, AT = range(3)
STATE_SIZE = 3

MOST_BYTES = 24  # of a number and the space before it

_NEWLINE, _SPACE, _MINUS, _POINT, _ZERO, _LOWER_E = 10, 32, 45, 46, 48, 101

_SMALLEST, _LARGEST = 1e-12, 1e7  # of the magnitudes written here: all powers of ten below are exact
_MOST_DIGITS = 9  # that a float32 can need
_SURE_DIGITS = 6  # a number of so many digits survives being a float32, so what is not needed of them are zeros
_SMALLEST_PLAIN = -4  # decimal exponent below which the number is written with one
_POWERS = np.array([10.0**i for i in range(23)])  # float64 [23], exact
_STARTS = np.array([float(f"1e{i}") for i in range(-12, 8)])  # float64 [20], of decimal exponents


@inlined
def _scaled(magnitude: float, places: int) -> int:
    """Return a number times a power of ten, rounded: ``(0.1234, 3) -> 123``."""
    shifted = magnitude * _POWERS[places] if places >= 0 else magnitude / _POWERS[-places]
    return int64(np.rint(shifted))


@inlined
def _survives(digits: int, places: int, magnitude: float) -> bool:
    """Whether a decimal number is read as this float32."""
    number = float64(digits)
    read = number / _POWERS[places] if places >= 0 else number * _POWERS[-places]
    return float64(float32(read)) == magnitude


@inlined
def _shortest(magnitude: float) -> Any:
    """Return as few digits as it takes, how many they are, and the exponent of the first: ``0.25 -> 25, 2, -1``."""
    exponent = 0
    n_digits = 1
    digits = int64(0)
    if magnitude > 0:
        exponent = -1
        while magnitude >= _STARTS[exponent + 13]:
            exponent += 1
        while magnitude < _STARTS[exponent + 12]:
            exponent -= 1
        n_digits = _MOST_DIGITS
        digits = _scaled(magnitude, n_digits - 1 - exponent)
        while n_digits > _SURE_DIGITS:
            places = n_digits - 2 - exponent
            fewer = _scaled(magnitude, places)
            if not _survives(fewer, places, magnitude):
                break
            n_digits -= 1
            digits = fewer
        power = int64(1)
        for _ in range(n_digits):
            power *= 10
        if digits == power:  # 9.99... was rounded up to 10
            exponent += 1
            digits = power // 10
        while n_digits > 1 and digits % 10 == 0:
            n_digits -= 1
            digits //= 10
    return digits, n_digits, exponent


@inlined
def _written(out: Any, at: int, digits: int, n_digits: int, exponent: int) -> int:
    """Write a number as Python writes it: ``0.00025``, ``2.5e-05``, ``250.0``; return where the next one goes."""
    is_plain = exponent >= _SMALLEST_PLAIN
    n_before = n_digits  # digits before the point
    if is_plain and exponent < 0:
        out[at] = _ZERO
        out[at + 1] = _POINT
        at += 2
        for _ in range(-exponent - 1):
            out[at] = _ZERO
            at += 1
    elif is_plain:
        while n_digits < exponent + 2:  # 5 -> 5.0, 50 -> 50.0
            digits *= 10
            n_digits += 1
        n_before = exponent + 1
    else:
        n_before = 1
    for i in range(n_digits - 1, -1, -1):
        out[at + i + (1 if i >= n_before else 0)] = _ZERO + digits % 10
        digits //= 10
    at += n_digits
    if n_before < n_digits:
        out[at - n_digits + n_before] = _POINT
        at += 1
    if not is_plain:
        out[at] = _LOWER_E
        out[at + 1] = _MINUS
        out[at + 2] = _ZERO + -exponent // 10
        out[at + 3] = _ZERO + -exponent % 10
        at += 4
    return at


@kernel
def format_rows(
    vectors: NDArray[np.float32],
    first: int,
    last: int,
    blob: NDArray[np.uint8],
    offsets: NDArray[np.int64],
    out: NDArray[np.uint8],
    state: NDArray[np.int64],
) -> int:
    """Write lines of a word and its numbers, a space before each number.

    Parameters
    ----------
    vectors : ndarray of float32, shape (n, dim)
        The numbers.
    first, last : int
        The rows to write, and the one after the last of them.
    blob, offsets : ndarray of uint8, shape (n_bytes,); ndarray of int64, shape (n + 1,)
        Word ``i`` is ``blob[offsets[i]:offsets[i + 1]]``.
    out : ndarray of uint8
        Where the bytes go: room for the words, a byte a row and `MOST_BYTES` a number.
    state : ndarray of int64, shape (STATE_SIZE,)
        Where to begin (ROW counts from `first`) and, afterwards, where it stopped.

    Returns
    -------
    int
        DONE, or UNUSUAL if Python has to write a number: very large, very small, or not finite.
    """
    at, column = state[AT], state[COLUMN]
    for row in range(first + state[ROW], last):
        if column == 0:
            for j in range(offsets[row], offsets[row + 1]):
                out[at] = blob[j]
                at += 1
        while column < vectors.shape[1]:
            number = vectors[row, column]
            magnitude = abs(float64(number))
            is_usual = magnitude == 0 or (magnitude >= _SMALLEST and magnitude < _LARGEST)
            if not is_usual:  # NaN too
                state[ROW], state[COLUMN], state[AT] = row - first, column, at
                return UNUSUAL
            out[at] = _SPACE
            at += 1
            if np.signbit(number):
                out[at] = _MINUS
                at += 1
            digits, n_digits, exponent = _shortest(magnitude)
            at = _written(out, at, digits, n_digits, exponent)
            column += 1
        out[at] = _NEWLINE
        at += 1
        column = 0
    state[ROW], state[COLUMN], state[AT] = last - first, 0, at
    return DONE
