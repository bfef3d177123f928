"""floret's rule: which rows the parts of a word have, the whole word being one of them.

It differs from fastText's in `textrep.text.subwords` in the hash, in that a part has up to four rows, and in that a
known word has no row of its own, so that one small table serves all words [1]_.

.. [1] https://github.com/explosion/floret, an extension of fastText for spaCy.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from textrep.keytable import KeyTable, encode_strings, read_only
from textrep.text.subwords import are_few, end_to_end, ngrams

__all__ = ["FLORET_SEED", "FloretSubwords", "murmur3_x64_128"]

FLORET_SEED = 2166136261  # the only one that the program uses

_KIND = "floret"
_MASK = (1 << 64) - 1
_C1, _C2 = 0x87C37B91114253D5, 0x4CF5AD432745937F

Ids = NDArray[np.int64]


@dataclass(frozen=True, kw_only=True)
class FloretSubwords:
    """Hashed n-grams of a word's characters, and the hashed word itself.

    Parameters
    ----------
    min_n, max_n : int
        Shortest and longest n-gram, in characters (code points; boundary signs count). ``max_n=0``: the word alone.
    buckets : int
        How many rows there are.
    hash_count : int
        How many rows a part has: 1 to 4.
    seed : int
        Of the hash.
    begin, end : str
        What stands before and after a word.
    """

    min_n: int
    max_n: int
    buckets: int
    hash_count: int = 1
    seed: int = FLORET_SEED
    begin: str = "<"
    end: str = ">"

    def __post_init__(self) -> None:
        limits = {"min_n": (0, 1000), "max_n": (0, 1000), "buckets": (1, 2**31 - 1), "hash_count": (1, 4)}
        for name, (low, high) in {**limits, "seed": (0, 2**32 - 1)}.items():
            value = getattr(self, name)
            if type(value) is not int or not low <= value <= high:
                raise ValueError(f"{name} must be an integer from {low:,} to {high:,}; got {value!r}")
        for name in ("begin", "end"):
            value = getattr(self, name)
            if not isinstance(value, str) or not value or value != "".join(value.split()):
                raise ValueError(f"{name} must be a str without white space; got {value!r}")

    @property
    def n_rows(self) -> int:
        """How many rows there can be."""
        return self.buckets

    @property
    def has_word_rows(self) -> bool:
        """Whether a known word has a row of its own besides those of its parts: it has none."""
        return False

    def __call__(self, word: str) -> list[str]:
        """Return the parts of a word: itself, then its n-grams by first character, then by length."""
        text = f"{self.begin}{word}{self.end}"
        return [text, *ngrams(text, max(self.min_n, 1), self.max_n)]

    def rows_of_part(self, part: str) -> list[int]:
        """Return the rows that a part is hashed to: the first 32-bit quarters of its hash, modulo `buckets`."""
        first, second = murmur3_x64_128(part.encode(), self.seed)
        quarters = first & 0xFFFFFFFF, first >> 32, second & 0xFFFFFFFF, second >> 32
        return [quarter % self.buckets for quarter in quarters[: self.hash_count]]

    def rows_of(self, words: KeyTable | Sequence[str]) -> tuple[Ids, Ids]:
        """Return the rows of the parts of many words.

        Parameters
        ----------
        words : KeyTable or sequence of str
            The words; may repeat.

        Returns
        -------
        offsets : ndarray of int64, shape (n_words + 1,)
            Where each word's rows begin and end.
        rows : ndarray of int64, shape (offsets[-1],)
            In the order of the parts; they may repeat.
        """
        if are_few(words, self.max_n):
            return end_to_end([[row for part in self(word) for row in self.rows_of_part(part)] for word in words])
        from textrep.kernels.murmur import floret_rows
        from textrep.kernels.subwords import count_ngrams

        blob, ends = (read_only(array) for array in encode_strings([f"{self.begin}{w}{self.end}" for w in words]))
        min_n, max_n = max(self.min_n, 1), self.max_n
        counts = np.zeros(len(words), np.int64)  # [n_words]
        if max_n:
            count_ngrams(blob, ends, min_n, max_n, counts)
        offsets = np.zeros(len(words) + 1, np.int64)  # [n_words + 1]
        np.cumsum((counts + 1) * self.hash_count, out=offsets[1:])
        rows = np.empty(int(offsets[-1]), np.int64)  # [n_rows]
        starts = read_only(offsets[:-1])
        floret_rows(blob, ends, min_n, max_n, self.buckets, self.hash_count, self.seed, starts, rows)
        return offsets, rows

    def to_dict(self) -> dict[str, Any]:
        """Return the parameters as JSON values."""
        return {"kind": _KIND, **asdict(self)}

    @classmethod
    def from_dict(cls, saved: dict[str, Any]) -> FloretSubwords:
        """Return the rule that `to_dict` described.

        Raises
        ------
        ValueError
            If it describes none that this textrep knows.
        """
        names = {field.name for field in fields(cls)}
        if not isinstance(saved, dict) or saved.get("kind") != _KIND or saved.keys() - {"kind"} != names:
            raise ValueError(f"the saved subwords {saved!r} are unknown to this textrep; a newer version may know them")
        return cls(**{name: saved[name] for name in names})


def murmur3_x64_128(data: bytes, seed: int = 0) -> tuple[int, int]:
    """Return the two 64-bit halves of a MurmurHash3 (Austin Appleby, 2011)."""
    h1 = h2 = seed
    whole = len(data) // 16 * 16
    for at in range(0, whole, 16):
        h1 = _mixed(h1, data[at : at + 8], _C1, 31, _C2)
        h1 = ((_rotated(h1, 27) + h2) * 5 + 0x52DCE729) & _MASK
        h2 = _mixed(h2, data[at + 8 : at + 16], _C2, 33, _C1)
        h2 = ((_rotated(h2, 31) + h1) * 5 + 0x38495AB5) & _MASK
    h2 = _mixed(h2, data[whole + 8 :], _C2, 33, _C1)
    h1 = _mixed(h1, data[whole : whole + 8], _C1, 31, _C2)
    h1, h2 = h1 ^ len(data), h2 ^ len(data)
    h1 = (h1 + h2) & _MASK
    h2 = (h2 + h1) & _MASK
    h1, h2 = _avalanched(h1), _avalanched(h2)
    h1 = (h1 + h2) & _MASK
    return h1, (h2 + h1) & _MASK


def _mixed(h: int, part: bytes, first: int, turn: int, second: int) -> int:
    """Mix up to eight bytes into one half of the hash."""
    k = (int.from_bytes(part, "little") * first) & _MASK
    return h ^ ((_rotated(k, turn) * second) & _MASK)


def _rotated(x: int, n: int) -> int:
    return ((x << n) | (x >> (64 - n))) & _MASK


def _avalanched(h: int) -> int:
    h = ((h ^ (h >> 33)) * 0xFF51AFD7ED558CCD) & _MASK
    h = ((h ^ (h >> 33)) * 0xC4CEB9FE1A85EC53) & _MASK
    return h ^ (h >> 33)
