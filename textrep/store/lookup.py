"""From words to vectors: those of keys, and those made up of subwords for words that are no keys."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from textrep.errors import FormatError, UnknownWordError
from textrep.locks import computed_once
from textrep.store.file import StoreParts
from textrep.store.neighbours import Neighbours, Search
from textrep.store.queries import query_vector

__all__ = ["Lookup"]

_IN_NFC = ("word", "char", "kiwi")  # tokenizers that bring the corpus into it, unless they say otherwise
_QUERIES_AT_ONCE = 1 << 13  # their vectors are in memory together


class Lookup:
    """What a store knows of words; `textrep.store.sparse_lookup` has the same for sparse vectors.

    A word that is no key is looked up as it is spelled in NFC, too, if that is how the corpus was spelled.

    Parameters
    ----------
    parts : StoreParts
        What the store consists of.
    name : str
        What messages call the store.
    """

    search: type[Search] = Neighbours  # what answers for such vectors

    def __init__(self, parts: StoreParts, name: str) -> None:
        self._keys = parts.keys
        self._subwords = parts.subwords
        self._name = name
        kind = getattr(parts.subwords and parts.subwords.rule, "kind", "")
        split = parts.tokenizer or {}
        normalization = split.get("normalization", "NFC" if split.get("name") in _IN_NFC else None)
        self._composes = normalization == "NFC" or kind == "jamo"
        if parts.vectors is not None:
            self.__dict__["vectors"] = parts.vectors

    @computed_once
    def vectors(self) -> Any:
        """The vectors of all keys (float32 [n_keys, dim]), composed now where a file holds only their parts."""
        assert self._subwords is not None  # what has no vectors has subwords
        vectors = self._finite(self._subwords.compose(self._keys, np.arange(len(self._keys))), self._keys)
        vectors.flags.writeable = False
        return vectors

    @property
    def n_keys(self) -> int:
        """The number of keys."""
        return len(self._keys)

    @property
    def dim(self) -> int:
        """The number of dimensions of the vectors."""
        rows = self.vectors if self._subwords is None else self._subwords.rows
        return int(rows.shape[1])

    def find(self, word: str) -> int:
        """Return the number of a key, -1 for a word that is none."""
        try:
            number = self._keys.find(word)
            return self._keys.find(self.spelled(word)) if number < 0 else number
        except (FormatError, IndexError):
            raise self._damaged() from None

    def spelled(self, word: str) -> str:
        """Return a word in NFC, where the keys are: NFC and NFD stand for the same word."""
        return word if word.isascii() or not self._composes else unicodedata.normalize("NFC", word)

    def find_many(self, words: list[str]) -> NDArray[np.int64]:
        """Return the numbers of several words (int64 [n_words]), -1 for those that are no keys."""
        try:
            numbers = self._keys.find_many(words)
            for i in np.flatnonzero(numbers < 0).tolist():
                numbers[i] = self._keys.find(self.spelled(words[i]))
        except (FormatError, IndexError):
            raise self._damaged() from None
        return numbers

    def names(self, numbers: set[int]) -> dict[int, str]:
        """Return the keys of these numbers, decoded once each."""
        wanted = np.fromiter(numbers, np.int64, len(numbers))
        starts, ends = self._keys.offsets[wanted].tolist(), self._keys.offsets[wanted + 1].tolist()
        with memoryview(self._keys.blob) as blob:  # type: ignore[arg-type, unused-ignore]
            try:
                spans = zip(numbers, starts, ends, strict=True)
                return {number: str(blob[start:end], "utf-8") for number, start, end in spans}
            except UnicodeDecodeError:
                raise self._damaged() from None

    def rows(self, words: list[str]) -> Any:
        """Return a copy of the vectors of words, keys or not (float32 [n_words, dim]).

        Raises
        ------
        UnknownWordError
            If one of them has no vector.
        """
        numbers = self.find_many(words)
        if (numbers >= 0).all():
            return self._rows_of_keys(numbers, words)
        rows = np.empty((len(words), self.dim), np.float32)  # [n_words, dim]
        known, unknown = np.flatnonzero(numbers >= 0), np.flatnonzero(numbers < 0)
        rows[known] = self._rows_of_keys(numbers[known], [words[i] for i in known])
        rows[unknown] = self._made_up([words[i] for i in unknown])
        return rows

    def rows_where_known(self, words: list[str]) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
        """Return vectors of words, zeros for those that have none, and which of them have one (bool [n_words])."""
        numbers = self.find_many(words)
        has_vector = numbers >= 0  # [n_words]
        rows = np.zeros((len(words), self.dim), np.float32)  # [n_words, dim]
        rows[has_vector] = self._rows_of_keys(numbers[has_vector], [words[i] for i in np.flatnonzero(has_vector)])
        if self._subwords is not None:
            unknown = np.flatnonzero(~has_vector)
            rows[unknown] = self._composed([words[i] for i in unknown])
            has_vector[unknown] = rows[unknown].any(axis=1)
        return rows, has_vector

    def vector(self, word: str) -> NDArray[np.float32]:
        """Return a copy of the vector of a word, key or not (float32 [dim])."""
        vector: NDArray[np.float32] = self.resolved(word)[0][0].copy()
        return vector

    def resolved(self, item: Any) -> tuple[Any, int]:
        """Return the vector of a word or of a vector ([1, dim]), possibly not a copy, and the number of a key or -1."""
        if not isinstance(item, str):
            return query_vector(item, self.dim)[None], -1
        number = self.find(item)
        if number < 0:
            return self._made_up([item]), number
        if self._has_vectors:
            return self.vectors[number][None], number
        return self._rows_of_keys(np.array([number]), [item]), number

    def resolved_many(self, items: list[Any]) -> Iterator[tuple[Any, NDArray[np.int64]]]:
        """Yield, for some words and vectors at a time, their vectors ([n, dim]), and their numbers as keys.

        The numbers are int64 [n, 1], -1 for none.
        """
        for start in range(0, len(items), _QUERIES_AT_ONCE):
            yield self._resolved_together(items[start : start + _QUERIES_AT_ONCE])

    def stacked(self, items: list[Any]) -> tuple[Any, NDArray[np.int64]]:
        """Return the vectors of words and vectors ([n, dim]), and their numbers as keys, -1 for none (int64 [n, 1])."""
        vectors, numbers = zip(*map(self.resolved, items), strict=True)
        return np.concatenate(vectors), np.array(numbers)[:, None]

    def numbers_of(self, items: list[Any]) -> NDArray[np.int64]:
        """Return the numbers of words and vectors as keys (int64 [n_items]), -1 for what is no key."""
        numbers = np.full(len(items), -1, np.int64)  # [n_items]
        places = [i for i, item in enumerate(items) if isinstance(item, str)]
        numbers[places] = self.find_many([items[i] for i in places])
        return numbers

    def _resolved_together(self, items: list[Any]) -> tuple[NDArray[Any], NDArray[np.int64]]:
        numbers = self.numbers_of(items)
        known = numbers >= 0  # [n_items]
        if known.all():
            return self.vectors[numbers], numbers[:, None]
        vectors = np.empty((len(items), self.dim), np.float64)  # [n_items, dim]
        vectors[known] = self.vectors[numbers[known]]
        unknown = [i for i in np.flatnonzero(~known).tolist() if isinstance(items[i], str)]
        vectors[unknown] = self._made_up([items[i] for i in unknown])
        for i, item in enumerate(items):
            if not isinstance(item, str):
                vectors[i] = query_vector(item, self.dim)
        return vectors, numbers[:, None]

    @property
    def _has_vectors(self) -> bool:
        """Whether all vectors are there: those of a foreign file with subwords are composed when all are needed."""
        return "vectors" in self.__dict__

    def _rows_of_keys(self, numbers: NDArray[np.int64], words: list[str]) -> NDArray[np.float32]:
        """Return a copy of the vectors of keys; of those only, where vectors have not been composed yet."""
        if self._has_vectors or self._subwords is None:
            rows: NDArray[np.float32] = self.vectors[numbers]
            return rows
        return self._finite(self._subwords.compose(words, numbers), words)

    def _made_up(self, words: list[str]) -> NDArray[np.float32]:
        """Return vectors of words that are no keys, composed of their subwords (float32 [n_words, dim])."""
        if words and self._subwords is None:
            raise self._unknown(words[0])
        vectors = self._composed(words)
        missing = np.flatnonzero(~vectors.any(axis=1))
        if len(missing):
            raise self._unknown(words[missing[0]])
        return vectors

    def _composed(self, words: list[str]) -> NDArray[np.float32]:
        """Return the same, with zeros for a word that has no subwords."""
        vectors = np.zeros((len(words), self.dim), np.float32)  # [n_words, dim]
        if self._subwords is not None:
            spelled = [self.spelled(word) for word in words]
            texts = [i for i, word in enumerate(spelled) if _is_text(word)]  # a lone surrogate is in no part
            composed = self._subwords.compose([spelled[i] for i in texts])  # [n_texts, dim]
            vectors[texts] = self._finite(composed, [words[i] for i in texts])
        return vectors

    def _unknown(self, word: str) -> UnknownWordError:
        return UnknownWordError(word, lambda: self._close_to(word))

    def _finite(self, vectors: NDArray[np.float32], words: Sequence[str]) -> NDArray[np.float32]:
        """Return vectors that were composed; what a foreign file holds was not looked at before."""
        finite = np.isfinite(vectors).all(axis=1)  # [n]
        if not finite.all():
            word = words[int(np.flatnonzero(~finite)[0])]
            raise self.wrong_rows(f"the vector of {word!r} holds NaN or infinity")
        return vectors

    def wrong_rows(self, reason: str) -> FormatError:
        """Return the error for vectors that are found to be wrong when they are composed."""
        source = self._subwords.source if self._subwords is not None else ""
        return FormatError(f"{source or self._name}: {reason}")

    def _close_to(self, word: str) -> list[str]:
        from textrep.spelling import close_keys  # not needed unless somebody reads the error

        try:
            self._keys.check_offsets()
            return close_keys(word, self._keys)
        except FormatError:  # of a damaged file; the error that this is for is another
            return []

    def _damaged(self) -> FormatError:
        return FormatError(
            f"{self._keys.source or self._name}: the keys are damaged; "
            "`store.verify()`, or `textrep info` with --verify, says more"
        )


def _is_text(word: str) -> bool:
    """Whether UTF-8 can express it."""
    try:
        word.encode()
    except UnicodeEncodeError:
        return False
    return True
