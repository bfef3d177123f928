"""Subwords: which parts a word is cut into, and which rows of a matrix belong to them.

``"char"`` is fastText's rule [1]_: all character n-grams of ``<word>``, hashed into buckets. ``"jamo"`` is that of Park
et al. for Korean [2]_: the same of syllables, and the n-grams of the word's jamo, three to a syllable.

.. [1] Bojanowski, Grave, Joulin, Mikolov: Enriching Word Vectors with Subword Information. TACL 2017. Hash and order
   are those of the program's ``Dictionary::computeSubwords``.
.. [2] Park, Byun, Baek, Cho, Oh: Subword-level Word Vector Representations for Korean. ACL 2018.
"""

from __future__ import annotations

import numbers
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from textrep.keytable import KeyTable, encode_strings, read_only

__all__ = ["SUBWORDS", "SubwordRule", "Subwords", "are_few", "end_to_end", "ngrams", "rule_from_dict"]

SUBWORDS = ("char", "jamo")

_END_OF_TEXT = "</s>"  # fastText's token for the end of a line, which has no parts
_FNV32_OFFSET = 2166136261
_FNV32_PRIME = 16777619
_MASK = 0xFFFFFFFF
_FEW = 10_000  # parts that plain Python finds sooner than Numba is imported
_MOST_BUCKETS = (1 << 31) - 1

Ids = NDArray[np.int64]


class SubwordRule(Protocol):
    """How a word is cut into parts, and which rows belong to them."""

    @property
    def n_rows(self) -> int:
        """How many rows there can be."""
        ...

    @property
    def has_word_rows(self) -> bool:
        """Whether a known word has a row of its own besides those of its parts."""
        ...

    def rows_of(self, words: KeyTable | Sequence[str]) -> tuple[Ids, Ids]:
        """Return where each word's rows begin and end (int64 [n_words + 1]), and the rows (int64); they may repeat."""
        ...

    def to_dict(self) -> dict[str, Any]:
        """Return what makes an equal rule, as JSON values."""
        ...


@dataclass(frozen=True, kw_only=True)
class Subwords:
    """Hashed n-grams of a word's characters, and of its jamo.

    Parameters
    ----------
    kind : {"char", "jamo"}
        ``"char"``: n-grams of ``<word>``, as fastText finds them. ``"jamo"``: those, of the word in NFC with half-width
        jamo in full width, and n-grams of the jamo of ``<word>``, see `textrep.text.jamo`.
    min_n, max_n : int
        Shortest and longest n-gram, in characters (code points; boundary signs count). ``max_n=0``: none.
    min_jamo_n, max_jamo_n : int
        The same for jamo.
    buckets : int
        How many rows n-grams are hashed to.
    """

    kind: str = "char"
    min_n: int = 3
    max_n: int = 6
    min_jamo_n: int = 6
    max_jamo_n: int = 6
    buckets: int = 2_000_000

    def __post_init__(self) -> None:
        if self.kind not in SUBWORDS:
            raise ValueError(f"subwords must be one of {', '.join(map(repr, SUBWORDS))}; got {self.kind!r}")
        for least, most in (("min_n", "max_n"), ("min_jamo_n", "max_jamo_n")):
            _check_whole(least, getattr(self, least), 1, 1000)
            _check_whole(most, getattr(self, most), 0, 1000)
            if 0 < getattr(self, most) < getattr(self, least):
                raise ValueError(
                    f"{most}={getattr(self, most)} is below {least}={getattr(self, least)}; "
                    f"pass {most} of at least {getattr(self, least)}, or {most}=0 for no n-grams"
                )
        _check_whole("buckets", self.buckets, 1, _MOST_BUCKETS)

    @property
    def n_rows(self) -> int:
        """How many rows there can be."""
        return int(self.buckets)

    @property
    def has_word_rows(self) -> bool:
        """Whether a known word has a row of its own besides those of its parts."""
        return True

    def __call__(self, word: str) -> list[str]:
        """Return the parts of a word, in order: by first character, then by length; those of jamo last."""
        if word == _END_OF_TEXT:
            return []
        if self.kind == "char":
            return ngrams(f"<{word}>", self.min_n, self.max_n)
        syllables, jamo = _syllables_and_jamo(word)
        parts = ngrams(f"<{syllables}>", self.min_n, self.max_n)
        return parts if jamo == syllables else parts + ngrams(f"<{jamo}>", self.min_jamo_n, self.max_jamo_n)

    def row_of(self, part: str) -> int:
        """Return the row that a part is hashed to: FNV-1a 32 over signed bytes, modulo `buckets`."""
        h = _FNV32_OFFSET
        for byte in part.encode():
            h = ((h ^ (byte | 0xFFFFFF00 if byte > 127 else byte)) * _FNV32_PRIME) & _MASK
        return h % self.buckets

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
        if are_few(words, max(self.max_n, self.max_jamo_n if self.kind == "jamo" else 0)):
            return end_to_end([[self.row_of(part) for part in self(word)] for word in words])
        if self.kind == "char":
            return self._hashed(*_bytes_of(words), self.min_n, self.max_n, _end_of_text_in(words))
        pairs = [_syllables_and_jamo(word) for word in words]
        skip = _end_of_text_in(words)
        one = self._hashed(*encode_strings([pair[0] for pair in pairs]), self.min_n, self.max_n, skip)
        skip = [i for i, (syllables, jamo) in enumerate(pairs) if syllables == jamo or words[i] == _END_OF_TEXT]
        other = self._hashed(*encode_strings([pair[1] for pair in pairs]), self.min_jamo_n, self.max_jamo_n, skip)
        return _side_by_side(one, other)

    def _hashed(
        self, blob: NDArray[np.uint8], offsets: Ids, min_n: int, max_n: int, skip: list[int]
    ) -> tuple[Ids, Ids]:
        """Return the rows of the n-grams of words given as bytes, none for the words numbered in `skip`."""
        from textrep.kernels.subwords import count_ngrams, ngram_rows

        blob, offsets = (read_only(array) for array in _with_boundaries(blob, offsets))
        counts = np.zeros(len(offsets) - 1, np.int64)  # [n_words]
        count_ngrams(blob, offsets, int(min_n), int(max_n), counts)
        ends = np.concatenate([np.zeros(1, np.int64), np.cumsum(counts)])  # [n_words + 1]
        rows = np.empty(int(ends[-1]), np.int64)  # [n_ngrams]
        ngram_rows(blob, offsets, int(min_n), int(max_n), int(self.buckets), read_only(ends[:-1]), rows)
        if not skip:
            return ends, rows
        kept = np.repeat(np.isin(np.arange(len(counts)), skip, invert=True), counts)  # [n_ngrams]
        counts[skip] = 0
        return np.concatenate([np.zeros(1, np.int64), np.cumsum(counts)]), rows[kept]

    def to_dict(self) -> dict[str, Any]:
        """Return the parameters as JSON values; those of jamo only where they count."""
        values = {name: value if isinstance(value, str) else int(value) for name, value in asdict(self).items()}
        if self.kind != "jamo":
            del values["min_jamo_n"], values["max_jamo_n"]
        return values

    @classmethod
    def from_dict(cls, saved: dict[str, Any]) -> Subwords:
        """Return the rule that `to_dict` described.

        Raises
        ------
        ValueError
            If it describes none that this textrep knows.
        """
        known = {field.name for field in fields(cls)}
        if not isinstance(saved, dict) or not saved.keys() <= known:
            raise ValueError(f"the saved subwords {saved!r} are unknown to this textrep; a newer version may know them")
        return cls(**saved)


def rule_from_dict(saved: dict[str, Any]) -> SubwordRule:
    """Return the rule that its ``to_dict`` described.

    Raises
    ------
    ValueError
        If this textrep knows no such rule.
    """
    if isinstance(saved, dict) and saved.get("kind") == "floret":
        from textrep.text.floret import FloretSubwords

        return FloretSubwords.from_dict(saved)
    if isinstance(saved, dict) and saved.get("kind") == "pruned":
        from textrep.text.pruned import PrunedSubwords

        return PrunedSubwords.from_dict(saved)
    return Subwords.from_dict(saved)


def _check_whole(name: str, value: Any, low: int, high: int) -> None:
    if not isinstance(value, numbers.Integral) or isinstance(value, bool) or not low <= int(value) <= high:
        raise ValueError(f"{name} must be an integer from {low:,} to {high:,}; got {value!r}")


def ngrams(text: str, min_n: int, max_n: int) -> list[str]:
    """Return all n-grams but the boundary signs alone: ``"<ab>", 1, 2 -> ["<a", "a", "ab", "b", "b>"]``."""
    last = len(text) - 1
    return [
        text[i : i + n]
        for i in range(len(text))
        for n in range(min_n, min(max_n, len(text) - i) + 1)
        if n > 1 or 0 < i < last
    ]


def are_few(words: KeyTable | Sequence[str], longest: int) -> bool:
    """Whether plain Python finds the n-grams of these words sooner than Numba is imported."""
    return len(words) < _FEW and (longest + 1) * sum(map(len, words)) < _FEW


def end_to_end(rows_of_words: list[list[int]]) -> tuple[Ids, Ids]:
    """Return lists of rows as one array, and where each begins and ends in it."""
    offsets = np.cumsum([0, *map(len, rows_of_words)], dtype=np.int64)  # [n_words + 1]
    return offsets, np.array([row for rows in rows_of_words for row in rows], np.int64)


def _syllables_and_jamo(word: str) -> tuple[str, str]:
    """Return a word in NFC, half-width jamo in full width, and its jamo."""
    import unicodedata

    from textrep.text.jamo import decompose, in_full_width

    composed = in_full_width(unicodedata.normalize("NFC", word))
    return composed, decompose(composed)


def _bytes_of(words: KeyTable | Sequence[str]) -> tuple[NDArray[np.uint8], Ids]:
    if isinstance(words, KeyTable):
        return words.blob, words.offsets
    return encode_strings(words)


def _end_of_text_in(words: KeyTable | Sequence[str]) -> list[int]:
    if isinstance(words, KeyTable):
        place = words.find(_END_OF_TEXT)
        return [place] if place >= 0 else []
    return [i for i, word in enumerate(words) if word == _END_OF_TEXT]


def _with_boundaries(blob: NDArray[np.uint8], offsets: Ids) -> tuple[NDArray[np.uint8], Ids]:
    """Put ``<`` before and ``>`` after every word."""
    n = len(offsets) - 1
    ends = offsets + 2 * np.arange(n + 1)  # int64 [n_words + 1]
    out = np.empty(int(ends[-1]), np.uint8)  # [n_bytes]
    inside = np.ones(len(out), np.bool_)  # [n_bytes]
    for places, sign in ((ends[:-1], b"<"), (ends[1:] - 1, b">")):
        out[places] = sign[0]
        inside[places] = False
    out[inside] = blob[: offsets[-1]]
    return out, ends


def _side_by_side(one: tuple[Ids, Ids], other: tuple[Ids, Ids]) -> tuple[Ids, Ids]:
    """Join two lists of rows for every word: the first list, then the second."""
    ends = one[0] + other[0]  # int64 [n_words + 1]
    rows = np.empty(int(ends[-1]), np.int64)  # [n_rows]
    is_first = np.repeat(
        np.tile([True, False], len(ends) - 1), np.stack([np.diff(one[0]), np.diff(other[0])], axis=1).ravel()
    )
    rows[is_first], rows[~is_first] = one[1], other[1]
    return ends, rows
