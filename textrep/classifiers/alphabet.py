"""`Alphabet`: numbers of characters."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

__all__ = ["Alphabet"]


class Alphabet:
    """The characters that a network knows; words are numbered by them.

    Parameters
    ----------
    characters : str
        Distinct characters; the first has number 0.
    """

    def __init__(self, characters: str) -> None:
        self.characters = characters
        codes = _code_points(characters)  # uint32 [n_characters]
        self._numbers = np.argsort(codes).astype(np.int32)  # [n_characters], in the order of `_codes`
        self._codes = codes[self._numbers]

    @classmethod
    def of(cls, words: Iterable[str], min_words: int = 1) -> Alphabet:
        """Return the characters that are in `min_words` words at least, in code point order."""
        distinct = [_code_points("".join(sorted(set(word)))) for word in words]
        codes, counts = np.unique(np.concatenate([np.empty(0, np.uint32), *distinct]), return_counts=True)
        return cls(codes[counts >= min_words].tobytes().decode("utf-32-le"))

    def __len__(self) -> int:
        return len(self.characters)

    def number(self, words: Sequence[str]) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
        """Return the characters of all words, end to end.

        Returns
        -------
        numbers : ndarray of int32, shape (n_characters_of_all_words,)
            -1 for one that is not known.
        offsets : ndarray of int64, shape (n_words + 1,)
            Where each word begins and ends.
        """
        codes = _code_points("".join(words))
        offsets = np.zeros(len(words) + 1, np.int64)  # [n_words + 1]
        np.cumsum(np.fromiter(map(len, words), np.int64, len(words)), out=offsets[1:])
        if not len(self):
            return np.full(len(codes), -1, np.int32), offsets
        at = np.minimum(np.searchsorted(self._codes, codes), len(self) - 1)
        return np.where(self._codes[at] == codes, self._numbers[at], np.int32(-1)), offsets


def _code_points(text: str) -> NDArray[np.uint32]:
    return np.frombuffer(text.encode("utf-32-le"), np.uint32)
