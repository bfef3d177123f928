"""Decimal numbers in UTF-8 bytes to float32: rows of text, a word and its numbers, as word2vec and GloVe write them.

A number becomes what ``numpy.float32(float(text))`` is, to the last bit. Nineteen digits and a power of ten give a
double that is off by a few units in its last place, or exact where both fit into a double without rounding; as long as
everything so near rounds to one and the same float32, that is the answer. The few numbers for which it is not (nearer
than 2**-49 to the middle between two float32, or of an absurd exponent) are left to Python.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import float32, float64, int64, uint64
from numpy.typing import NDArray

from textrep.kernels.jit import inlined, kernel

__all__ = ["parse_rows"]

# What `parse_rows` returns.
DONE = 0  # all rows were read
FULL = 1  # no room is left in `hard`: call again when it has been worked off
TOO_FEW = 2  # the line at AT has too few numbers
NO_NUMBER = 3  # what stands at AT should be a number

# The fields of `state`: the next byte, row and line; rows in `hard`.
AT, ROW, LINE, N_HARD = range(4)
STATE_SIZE = 4

_NONE, _KNOWN, _HARD = 0, 1, 2  # what `_number` found

_TAB, _NEWLINE, _RETURN, _SPACE = 9, 10, 13, 32
_PLUS, _MINUS, _POINT, _ZERO = 43, 45, 46, 48
_UPPER_E, _LOWER_E = 69, 101

_DIGITS = 19  # as many as a uint64 can hold, whichever they are
_LARGEST_POWER = 64
_POWERS = np.array([float(f"1e{i}") for i in range(_LARGEST_POWER + 1)])  # float64 [65]
_EXACT_POWER = 22  # the largest that is a double without rounding
_EXACT_SIGNIFICAND = 1 << 53
_LARGEST_EXPONENT = 1 << 48  # beyond, digits of an exponent do not matter
_BELOW, _ABOVE = 1 - 2.0**-49, 1 + 2.0**-49  # at least four times the error of an inexact double
_LARGEST = 3.4e38  # beyond, Python decides whether float32 can hold it


@inlined
def _is_gap(byte: int) -> bool:
    """Whether a byte separates numbers."""
    return byte in (_SPACE, _TAB, _RETURN)


@inlined
def _many_digits(data: NDArray[np.uint8], at: int, end: int) -> tuple[Any, int]:
    """Return the first digits of a number that has more than fit, and the power of ten to multiply them by."""
    significand = uint64(0)
    n_digits = 0  # in `significand`: zeros in front do not count
    exponent = 0
    step = 0  # -1 after the point
    while at < end:
        digit = int64(data[at]) - _ZERO
        if digit < 0:  # the point
            step = -1
        elif n_digits < _DIGITS:
            significand = significand * uint64(10) + uint64(digit)
            n_digits += 1 if significand > uint64(0) else 0
            exponent += step
        else:
            exponent += step + 1
        at += 1
    return significand, exponent


@inlined
def _number(data: NDArray[np.uint8], at: int, end: int) -> tuple[float, int, int]:
    """Return the number that begins at a place, where it ends, and whether it is known, hard, or none at all."""
    sign = -1.0 if at < end and data[at] == _MINUS else 1.0
    at += 1 if at < end and (data[at] == _MINUS or data[at] == _PLUS) else 0
    significand = uint64(0)
    first = at
    while at < end:
        digit = int64(data[at]) - _ZERO
        if digit < 0 or digit > 9:
            break
        significand = significand * uint64(10) + uint64(digit)
        at += 1
    n_digits = at - first
    exponent = 0
    if at < end and data[at] == _POINT:
        at += 1
        exponent = at
        while at < end:
            digit = int64(data[at]) - _ZERO
            if digit < 0 or digit > 9:
                break
            significand = significand * uint64(10) + uint64(digit)
            at += 1
        exponent -= at
        n_digits -= exponent
    if n_digits > _DIGITS:  # too many for `significand`
        significand, exponent = _many_digits(data, first, at)
    if at < end and (data[at] == _LOWER_E or data[at] == _UPPER_E):
        at += 1
        direction = -1 if at < end and data[at] == _MINUS else 1
        at += 1 if at < end and (data[at] == _MINUS or data[at] == _PLUS) else 0
        shift = 0
        start = at
        while at < end:
            digit = int64(data[at]) - _ZERO
            if digit < 0 or digit > 9:
                break
            shift = shift * 10 + digit if shift < _LARGEST_EXPONENT else shift
            at += 1
        exponent += direction * shift
        n_digits = n_digits if at > start else 0
    kind = _KNOWN if n_digits > 0 else _NONE
    value: Any = float64(significand)
    is_exact: Any = significand <= uint64(_EXACT_SIGNIFICAND)
    if exponent < 0 and exponent >= -_LARGEST_POWER:
        value /= _POWERS[-exponent]
        is_exact = is_exact and exponent >= -_EXACT_POWER
    elif exponent > 0 and exponent <= _LARGEST_POWER:
        value *= _POWERS[exponent]
        is_exact = is_exact and exponent <= _EXACT_POWER
    elif exponent != 0:
        is_exact = False
        value = value if significand == uint64(0) else np.inf
    if not is_exact and kind == _KNOWN:
        is_clear = value <= _LARGEST and float32(value * _BELOW) == float32(value * _ABOVE)
        kind = _KNOWN if is_clear else _HARD
    return sign * value, at, kind


@inlined
def _end_of_word(data: NDArray[np.uint8], start: int, end: int, dim: int) -> int:
    """Return where the word of a line ends if its last `dim` parts are numbers; -1 if there are no more parts."""
    right = start
    while right < end and data[right] != _NEWLINE:
        right += 1
    while right > start and _is_gap(data[right - 1]):
        right -= 1
    found = 0
    while found < dim and right > start:
        while right > start and not _is_gap(data[right - 1]):
            right -= 1
        found += 1
        while found < dim and right > start and _is_gap(data[right - 1]):
            right -= 1
    return right - 1 if found == dim and right > start else -1


@kernel
def parse_rows(
    data: NDArray[np.uint8],
    dim: int,
    vectors: NDArray[np.float32],
    words: NDArray[np.int64],
    hard: NDArray[np.int64],
    state: NDArray[np.int64],
) -> int:
    """Read lines of a word, one space or tab, and `dim` numbers with gaps between them; blank lines are skipped.

    A word may hold gaps itself: it is what stands before the last `dim` numbers, less one space or tab.

    Parameters
    ----------
    data : ndarray of uint8, shape (n_bytes,)
        Whole lines; only the last may lack its newline.
    dim : int
        Numbers in a row, at least 1.
    vectors : ndarray of float32, shape (at least n_bytes // (2 * dim), dim)
        Where the numbers go.
    words : ndarray of int64, shape (len(vectors), 2)
        Where each row's word begins and ends in `data`.
    hard : ndarray of int64, shape (at least dim, 4)
        Row, column, begin and end of numbers that are left to Python; what stands in `vectors` there is undefined.
    state : ndarray of int64, shape (STATE_SIZE,)
        Where to begin and, afterwards, where it stopped.

    Returns
    -------
    int
        DONE, or why it stopped earlier. AT is then the beginning of the next or wrong line, or of the wrong number.
    """
    end = data.shape[0]
    at, row, line, n_hard = state[AT], state[ROW], state[LINE], state[N_HARD]
    status = DONE
    while at < end:
        start = at
        if data[at] == _RETURN and (at + 1 == end or data[at + 1] == _NEWLINE):
            at += 1
        if at == end or data[at] == _NEWLINE:
            at += 1
            line += 1
            continue
        if row == vectors.shape[0] or n_hard + dim > hard.shape[0]:
            at = start
            status = TOO_FEW if row == vectors.shape[0] else FULL
            break
        while at < end and data[at] != _SPACE and data[at] != _TAB and data[at] != _NEWLINE:
            at += 1
        word_end = at
        # What follows the first gap are the numbers; if they are not, they are found from the right.
        is_plain = word_end + 1 < end and data[word_end] != _NEWLINE and not _is_gap(data[word_end + 1])
        attempt = 0 if is_plain else 1
        first_hard = n_hard
        is_row = False
        while attempt < 2 and not is_row:
            if attempt == 1:
                word_end = _end_of_word(data, start, end, dim)
            if word_end < 0:
                break
            at = word_end + 1
            n_hard = first_hard
            column = 0
            while column < dim:
                value, after, kind = _number(data, at, end)
                if kind == _NONE or (after < end and data[after] != _NEWLINE and not _is_gap(data[after])):
                    break
                vectors[row, column] = value
                if kind == _HARD:
                    hard[n_hard, 0], hard[n_hard, 1] = row, column
                    hard[n_hard, 2], hard[n_hard, 3] = at, after
                    n_hard += 1
                column += 1
                at = after
                while at < end and _is_gap(data[at]):
                    at += 1
            is_row = column == dim and (at == end or data[at] == _NEWLINE)
            attempt += 1
        if not is_row:
            n_hard = first_hard
            status = NO_NUMBER
            if word_end < 0:
                at = start
                status = TOO_FEW
            break
        words[row, 0] = start
        words[row, 1] = word_end
        row += 1
        if at < end:
            line += 1
        at += 1
    state[AT], state[ROW], state[LINE], state[N_HARD] = min(at, end), row, line, n_hard
    return status
