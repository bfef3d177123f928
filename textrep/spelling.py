"""Which keys are spelled like a word that is no key: what an error message proposes.

Variants in case and in Unicode form are looked up. For the rest, the edit distance between the word's UTF-8
bytes and those of all keys of about its length is computed for all of these keys at a time, one NumPy
operation for each pair of byte positions near the diagonal. Bytes suit Korean as well: syllables that
differ in their last letter mostly differ in their last byte. The few best are put into order by `difflib`,
on letters (of Hangul: jamo) without case.
"""

from __future__ import annotations

import difflib
import unicodedata
from typing import Any

import numpy as np
from numpy.typing import NDArray

from textrep.keytable import KeyTable

__all__ = ["close_keys"]

_MOST = 3  # keys proposed
_ALIKE = 0.6  # difflib's ratio from which a key is worth proposing
_LONGEST = 64  # bytes of a word that is searched for; longer ones get variants only
_RANKED = 100  # keys compared by difflib
_CELLS = 50_000_000  # of edit distances, for the first (most frequent) keys first: about a quarter of a second

# A-Z -> a-z, every other byte to itself
_LOWER = np.arange(256, dtype=np.uint8)  # [256]
_LOWER[65:91] += 32


def close_keys(word: str, keys: KeyTable) -> list[str]:
    """Return at most three keys spelled like `word`, best first.

    Parameters
    ----------
    word : str
        Not a key itself.
    keys : KeyTable
        The keys; among equally close ones the first are proposed.
    """
    found = [variant for variant in _variants(word) if variant in keys]
    if len(found) < _MOST:
        letters = _letters(word)
        near = [keys[i] for i in _nearest_in_bytes(word, keys)]
        matcher = difflib.SequenceMatcher(autojunk=False)
        matcher.set_seq2(letters)
        ranked = []
        for position, key in enumerate(near):
            matcher.set_seq1(_letters(key))
            if matcher.real_quick_ratio() >= _ALIKE and (ratio := matcher.ratio()) >= _ALIKE:
                ranked.append((-ratio, position, key))
        found += [key for *_, key in sorted(ranked) if key not in found]
    return found[:_MOST]


def _variants(word: str) -> list[str]:
    """Return the word in other cases and Unicode forms, the likeliest first."""
    stripped = word.strip()
    forms = [stripped, *(unicodedata.normalize(form, stripped) for form in ("NFC", "NFKC", "NFD"))]
    cased = [case(form) for case in (str, str.lower, str.capitalize, str.title, str.upper) for form in forms]
    return [variant for variant in dict.fromkeys(cased) if variant and variant != word]


def _letters(word: str) -> str:
    return unicodedata.normalize("NFD", word.casefold())


def _nearest_in_bytes(word: str, keys: KeyTable) -> list[int]:
    """Return the numbers of the keys with the smallest edit distance in bytes, best first."""
    wanted = _LOWER[np.frombuffer(word.encode(errors="replace"), np.uint8)]  # uint8 [n_bytes]
    if not 0 < len(wanted) <= _LONGEST:
        return []
    most = 1 + len(wanted) // 3  # edits of a word that is still close
    lengths = np.diff(keys.offsets)  # int64 [n_keys]
    eligible = np.flatnonzero(np.abs(lengths - len(wanted)) <= most)
    eligible = eligible[np.cumsum(lengths[eligible]) <= _CELLS // (2 * most + 1)]
    numbers, distances = [], []
    for length in range(max(1, len(wanted) - most), len(wanted) + most + 1):
        group = eligible[lengths[eligible] == length]
        if len(group):
            starts = keys.offsets[group]
            columns = [_LOWER[keys.blob[starts + j]] for j in range(length)]  # uint8 [n_group] for each byte
            distance = _distances(wanted, columns, most)
            close = np.flatnonzero(distance <= most)
            numbers.append(group[close])
            distances.append(distance[close])
    if not numbers:
        return []
    ids, edits = np.concatenate(numbers), np.concatenate(distances)
    order = np.lexsort((ids, edits))[:_RANKED]
    return [int(i) for i in ids[order]]


def _distances(wanted: NDArray[np.uint8], columns: list[NDArray[np.uint8]], most: int) -> NDArray[Any]:
    """Return the edit distance of one byte string to many of equal length (uint8 [n]), exact up to `most`.

    The usual table, a row for each byte of `wanted`, of which only the cells near the diagonal are filled.
    """
    n = len(columns[0])
    far = np.full(n, most + 1, np.uint8)  # outside the band
    above = [np.full(n, min(j, most + 1), np.uint8) for j in range(len(columns) + 1)]
    for i, byte in enumerate(wanted, start=1):
        row = [far] * (len(columns) + 1)
        if i <= most:
            row[0] = np.full(n, i, np.uint8)
        for j in range(max(1, i - most), min(len(columns), i + most) + 1):
            cell = above[j - 1] + (columns[j - 1] != byte)
            np.minimum(cell, above[j] + np.uint8(1), out=cell)
            np.minimum(cell, row[j - 1] + np.uint8(1), out=cell)
            row[j] = cell
        above = row
    return above[-1]
