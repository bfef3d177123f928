"""What each code point does to a tokenizer, as the one array the scanning kernel reads.

Built from the running Python's own Unicode data (`str` methods and `unicodedata`), so that the kernel agrees with
``re`` and ``str.lower`` of that Python, whatever its Unicode version. It takes about 40 ms: array operations over the
code points that Unicode has assigned, and a bisection for the few that normalisation touches.
"""

from __future__ import annotations

import functools
import unicodedata

import numpy as np
from numpy.typing import NDArray

__all__ = ["COMBINING", "SEPARATOR", "UNSAFE", "any_table", "char_table", "whitespace_table", "word_table"]

# Flags above the 21 bits of a code point; kernels/tokenize.py says what they mean.
SEPARATOR = 1 << 21
COMBINING = 1 << 22
UNSAFE = 1 << 23

_N_CODE_POINTS = 0x110000
# Where Unicode has assigned anything but private use; elsewhere nothing is a letter, white space, or changed by case or
# normalisation. (Surrogates are in no valid UTF-8.)
_INHABITED = ((0x0, 0xD800), (0xE000, 0x34000), (0xE0000, 0xE0200))
_HANGUL_SYLLABLES = (0xAC00, 0xD7A4)
# Vowels and final consonants, which NFC joins to what stands before them by rule, not by table.
_HANGUL_VOWELS, _HANGUL_FINALS = (0x1161, 0x1176), (0x11A8, 0x11C3)
# Capital I with dot becomes two characters; what capital sigma becomes depends on where in a word it stands.
_LOWER_UNSAFE = [0x130, 0x3A3]
_HIGHEST_CLASS = 0x345  # its combining class, 240, is above any other: whatever combines after it is out of order


@functools.cache
def word_table(prepared: bool = False, *, lowercase: bool = True, nfc: bool = True) -> NDArray[np.int32]:
    r"""Tokens of ``\w``; `prepared` text is in NFC and lower-case already, so nothing in it is unsafe.

    Parameters
    ----------
    prepared : bool
        Whether Python has done to the text what is asked for.
    lowercase : bool
        Whether characters are to be lower-cased.
    nfc : bool
        Whether the text is to be brought into NFC.
    """
    points, text = _inhabited()
    is_word = np.zeros(_N_CODE_POINTS, np.bool_)  # [0x110000]
    is_word[points] = np.strings.isalnum(text)
    is_word[ord("_")] = True
    return _table(is_word, prepared, lowercase, nfc)


@functools.cache
def char_table(prepared: bool = False, *, lowercase: bool = True, nfc: bool = True) -> NDArray[np.int32]:
    """Tokens of anything but white space; parameters as for `word_table`."""
    return _table(_is_not_space(), prepared, lowercase, nfc)


def whitespace_table(prepared: bool = False, *, lowercase: bool = False, nfc: bool = False) -> NDArray[np.int32]:
    """As `char_table`; by default every character stays as it is."""
    return char_table(prepared, lowercase=lowercase, nfc=nfc)


@functools.cache
def any_table(prepared: bool = False, *, lowercase: bool = True, nfc: bool = True) -> NDArray[np.int32]:
    """Tokens of any character, white space too; parameters as for `word_table`."""
    return _table(np.ones(_N_CODE_POINTS, np.bool_), prepared, lowercase, nfc)


def _table(is_token: NDArray[np.bool_], prepared: bool, lowercase: bool, nfc: bool) -> NDArray[np.int32]:
    """Join lower case and flags; `is_token` (bool [0x110000]) is asked of the lower-case form."""
    table = np.arange(_N_CODE_POINTS, dtype=np.int32)  # [0x110000]
    table[~is_token] |= SEPARATOR
    if lowercase and not prepared:
        points, _ = _inhabited()
        table[points] = table[_lower()]
        table[_LOWER_UNSAFE] |= UNSAFE
    if nfc and not prepared:
        table |= _normalisation_flags()
    table.flags.writeable = False
    return table


@functools.cache
def _inhabited() -> tuple[NDArray[np.int32], NDArray[np.str_]]:
    """Code points that may be anything (int32 [n]), and each as a string of one character (U1 [n])."""
    points = np.concatenate([np.arange(first, last, dtype=np.int32) for first, last in _INHABITED])
    return points, points.view("U1")


def _text(points: NDArray[np.int32]) -> str:
    return points.astype("<i4", copy=False).tobytes().decode("utf-32-le")


def _is_not_space() -> NDArray[np.bool_]:
    points, text = _inhabited()
    is_not_space = np.ones(_N_CODE_POINTS, np.bool_)  # [0x110000]
    is_not_space[points] = ~np.strings.isspace(text)
    return is_not_space


def _lower() -> NDArray[np.int32]:
    """Lower-case form of each inhabited code point (int32 [n]); of the unsafe ones, themselves."""
    points, _ = _inhabited()
    unsafe = np.searchsorted(points, _LOWER_UNSAFE)
    asked = points.copy()
    asked[unsafe] = ord(" ")
    text = _text(asked).lower()
    if len(text) != points.size:
        raise RuntimeError(
            f"this Python's Unicode {unicodedata.unidata_version} lower-cases a character to several that this textrep "
            "does not know to do so; please report it"
        )
    lower = np.frombuffer(text.encode("utf-32-le"), "<i4").astype(np.int32)  # [n]
    lower[unsafe] = _LOWER_UNSAFE
    return lower


@functools.cache
def _normalisation_flags() -> NDArray[np.int32]:
    """UNSAFE for what NFC may change, COMBINING for combining classes but 0."""
    flags = np.zeros(_N_CODE_POINTS, np.int32)  # [0x110000]
    flags[slice(*_HANGUL_VOWELS)] = UNSAFE
    flags[slice(*_HANGUL_FINALS)] = UNSAFE
    for code in [_HIGHEST_CLASS, *_decomposing_or_combining()]:
        char = chr(code)
        if unicodedata.combining(char):
            flags[code] |= COMBINING
        if unicodedata.normalize("NFC", char) != char:
            flags[code] |= UNSAFE
        elif (parts := unicodedata.decomposition(char).split()) and not parts[0].startswith("<"):
            # A pair that NFC puts together again: its second half is unsafe wherever it stands.
            flags[int(parts[-1], 16)] |= UNSAFE
    return flags


def _decomposing_or_combining() -> list[int]:
    """Code points with a canonical decomposition (but Hangul syllables) or a combining class other than 0.

    `is_normalized` tells at once whether a stretch of text holds one, if a character of the highest class is put before
    every character; a stretch that does is cut in sixteen, down to single characters.
    """
    points, _ = _inhabited()
    pairs = np.empty((points.size, 2), np.int32)  # [n, 2]: highest class, code point
    pairs[:, 0] = _HIGHEST_CLASS
    pairs[:, 1] = points
    pairs[slice(*np.searchsorted(points, _HANGUL_SYLLABLES)), 1] = ord(" ")
    text = _text(pairs.ravel())
    found: list[int] = []

    def search(first: int, last: int) -> None:
        if unicodedata.is_normalized("NFD", text[2 * first : 2 * last]):
            return
        if last - first == 1:
            found.append(int(points[first]))
            return
        step = -(-(last - first) // 16)
        for at in range(first, last, step):
            search(at, min(at + step, last))

    search(0, points.size)
    return found
