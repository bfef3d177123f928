"""Characters as units, and the n-grams of characters within words, which are made once for each distinct word."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from textrep.bags.counter import Counter, Parts
from textrep.bags.features import ngram_texts
from textrep.corpus import TextBlock
from textrep.corpus.block import PADDING
from textrep.text.numbering import DistinctTokens, NumberedDocuments
from textrep.text.tokenizers import BuiltinTokenizer

__all__ = ["CHARACTERS", "padded_words", "parts_of_words"]


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


def parts_of_words(characters: NumberedDocuments, counter: Counter, lengths: range, shortest: int) -> list[Parts]:
    """Return the n-grams of each length within words.

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
    ends = np.cumsum(characters.doc_tokens)  # [n_words]
    offsets = np.concatenate(([0], ends))  # [n_words + 1]
    parts = []
    for n, ids in zip(lengths, counter.ngrams(characters.ids, ends), strict=True):
        if n < shortest:
            whole = offsets[:-1][characters.doc_tokens == n]  # where words of this length begin
            only = np.full(ids.size, -1, np.int32)  # [n_characters]
            only[whole] = ids[whole]
            ids = only
        parts.append(Parts(ids, offsets))
    return parts
