"""`SubwordTable`: rows for parts of words, of which the vector of any word can be made."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from textrep.keytable import KeyTable
from textrep.text.subwords import SubwordRule

__all__ = ["SubwordTable"]

_WORDS_AT_ONCE = 4096  # whose parts are found together
_FLOATS_AT_ONCE = 1 << 22  # gathered together: 32 MiB in float64, however long a word is


@dataclass(frozen=True)
class SubwordTable:
    """The rows of subwords, and where they are not yet part of the words' vectors, the words' own rows.

    Parameters
    ----------
    rule : SubwordRule
        How a word is cut, and which rows its parts have.
    present : ndarray of int, shape (n,), or None
        Which of the rule's rows there are, ascending; the others count as zeros. None: all, in their order.
    rows : ndarray of float32, shape (n, dim)
        The rows; may be memory-mapped.
    word_rows : ndarray of float32, shape (n_keys, dim), optional
        The own rows of known words, where their vectors still have to be composed; may be memory-mapped.
    source : str
        The file that the rows lie in and where, for messages: ``"news.bin, byte 1,234"``. Empty if they lie in none.
    """

    rule: SubwordRule
    present: NDArray[Any] | None
    rows: NDArray[np.float32]
    word_rows: NDArray[np.float32] | None = None
    source: str = ""

    def compose(self, words: KeyTable | Sequence[str], numbers: NDArray[np.int64] | None = None) -> NDArray[np.float32]:
        """Return vectors made of parts: the mean of a word's rows.

        Parameters
        ----------
        words : KeyTable or sequence of str
            Words, known or not.
        numbers : ndarray of int64, shape (n_words,), optional
            The words' numbers among the keys, -1 for none: own rows count as parts, where there are any.

        Returns
        -------
        ndarray of float32, shape (n_words, dim)
            Zeros for a word that has no part, or none with a row; not finite where the rows are not.
        """
        vectors = np.empty((len(words), self.rows.shape[1]), np.float32)  # [n_words, dim]
        with np.errstate(invalid="ignore", over="ignore"):  # a damaged file's rows give NaN or infinity
            for part, sums, n_parts in self._sums(words):
                if numbers is not None and self.word_rows is not None:
                    known = np.flatnonzero(numbers[part] >= 0)
                    sums[known] += self.word_rows[numbers[part][known]]
                    n_parts[known] += 1
                vectors[part] = sums / np.maximum(n_parts, 1)[:, None]
        return vectors

    def own_rows(self, keys: KeyTable | Sequence[str], vectors: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the own rows of all known words: what is left of their vectors without their parts."""
        if self.word_rows is not None:
            return self.word_rows
        rows = np.empty(vectors.shape, np.float32)  # [n_keys, dim]
        with np.errstate(invalid="ignore", over="ignore"):  # as in compose
            for part, sums, n_parts in self._sums(keys):
                rows[part] = vectors[part] * (n_parts + 1.0)[:, None] - sums
        return rows

    def _sums(self, words: KeyTable | Sequence[str]) -> Iterator[tuple[slice, NDArray[np.float64], NDArray[np.int64]]]:
        """Yield, for some words at a time, the sums of their parts' rows (float64 [n, dim]) and how many they are."""
        for start in range(0, len(words), _WORDS_AT_ONCE):
            part = slice(start, min(start + _WORDS_AT_ONCE, len(words)))
            offsets, numbers = self.rule.rows_of(words[part])
            yield part, self._summed(offsets, numbers), np.diff(offsets)

    def _summed(self, offsets: NDArray[np.int64], numbers: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return the sums of runs of rows (float64 [n_runs, dim]), gathering few rows at a time."""
        sums = np.zeros((len(offsets) - 1, self.rows.shape[1]))  # [n_runs, dim]
        filled = np.flatnonzero(np.diff(offsets))  # reduceat knows no empty runs
        starts, ends = offsets[filled], offsets[filled + 1]
        step = max(1, _FLOATS_AT_ONCE // self.rows.shape[1])  # rows
        for begin in range(0, len(numbers), step):
            end = min(begin + step, len(numbers))
            first, last = np.searchsorted(ends, begin, side="right"), np.searchsorted(starts, end)  # runs in here
            cuts = np.maximum(starts[first:last], begin) - begin
            sums[filled[first:last]] += np.add.reduceat(self._gathered(numbers[begin:end]), cuts, axis=0)
        return sums

    def _gathered(self, numbers: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return the rows of these numbers, zeros where there is none (float64 [n, dim])."""
        if self.present is None:
            return self.rows[numbers].astype(np.float64)
        if not len(self.present):
            return np.zeros((len(numbers), self.rows.shape[1]))
        numbers = numbers.astype(self.present.dtype)  # else NumPy would convert all of `present`, mapped from a file
        at = np.searchsorted(self.present, numbers)
        at[at == len(self.present)] = 0
        found = self.rows[at].astype(np.float64)
        found[self.present[at] != numbers] = 0
        return found
