"""Characters as units, and the n-grams of characters within words, which are made once for each distinct word."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray

from textrep.bags.counter import Counter, Piece
from textrep.bags.features import ngram_texts
from textrep.bags.matrix import Rows
from textrep.corpus import TextBlock
from textrep.corpus.block import PADDING
from textrep.kernels.bags import spread_words
from textrep.memory import own_memory
from textrep.text.numbering import DistinctTokens, NumberedDocuments
from textrep.text.tokenizers import BuiltinTokenizer

__all__ = ["CHARACTERS", "SHORTEST_PADDED", "Parts", "padded_words"]


@dataclass(frozen=True)
class _EveryCharacter(BuiltinTokenizer):
    """Every character is a token, white space too."""

    name: ClassVar[str] = "every character"
    single: ClassVar[bool] = True

    def __call__(self, text: str) -> list[str]:
        return list(self.prepare(text))

    def table(self, prepared: bool) -> NDArray[np.int32]:
        from textrep.text.tables import any_table

        return any_table(prepared, **self._of_table)


SHORTEST_PADDED = 3  # characters of a word with a space on each side
CHARACTERS = _EveryCharacter(lowercase=False, normalization=None)  # of text that has been prepared


def padded_words(words: DistinctTokens) -> TextBlock:
    """Return words, with a space on each side, as documents."""
    n = words.starts.size
    blob = np.append(words.blob, np.uint8(ord(" ")))
    # The words as units, in order of their place, and the space as one more
    place = np.argsort(words.starts)  # [n]
    bounds = np.concatenate((words.starts[place], [words.blob.size, blob.size])).astype(np.int64)  # [n + 2]
    units = np.full((n, 3), n, np.int32)  # [n, 3]: space, word, space
    units[place, 1] = np.arange(n, dtype=np.int32)
    text, offsets = ngram_texts(units, blob, bounds, "")
    return TextBlock(np.append(text, np.frombuffer(PADDING, np.uint8)), offsets[:-1], offsets[1:])


class Parts(NamedTuple):
    """The n-grams within words."""

    numbers: NDArray[np.int32]  # [n_lengths, n_characters], those of all words, in order, being units
    offsets: NDArray[np.int64]  # [n_words + 1], where the characters of each word begin and end

    @classmethod
    def of(cls, characters: NumberedDocuments, counter: Counter, lengths: range, shortest: int) -> Parts:
        """Number the n-grams within words.

        Parameters
        ----------
        characters : NumberedDocuments
            The characters of padded words.
        counter : Counter
            What numbers n-grams.
        lengths : range
            Those of the n-grams.
        shortest : int
            Of a word with fewer characters, the whole is its only n-gram.
        """
        sizes = characters.doc_tokens  # [n_words]
        offsets = np.concatenate(([0], np.cumsum(sizes)))  # [n_words + 1]
        numbers = counter.piece_of(characters).numbers
        for of_length, n in zip(numbers, lengths, strict=False):  # fewer if all words are shorter
            if n < shortest:
                whole = offsets[:-1][sizes == n]  # where words of this length begin
                only = of_length[whole]
                of_length[:] = -1
                of_length[whole] = only
        return cls(numbers, offsets)

    def spread(self, words: Rows) -> tuple[Piece, NDArray[np.int32]]:
        """Return the n-grams of the words that documents consist of, and how often each of them occurs there."""
        sizes = np.diff(self.offsets)  # [n_words]
        n = int(sizes[words.indices].sum())
        numbers = own_memory((len(self.numbers), n), np.int32)  # [n_lengths, n_units]
        times = own_memory((n,), np.int32)  # [n_units]
        unit_sizes = np.empty_like(words.sizes)  # [n_docs]
        counts = words.counts.astype(np.int32, copy=False)  # [n]
        spread_words(words.indices, counts, words.sizes, *self, numbers, times, unit_sizes)
        return Piece(numbers, unit_sizes), times
