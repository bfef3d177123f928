"""`Counter`: what one thread does with the units of documents, tokens or characters: number and count n-grams."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from textrep.bags.pairs import PairTable
from textrep.bags.slabs import Slabs
from textrep.kernels.bags import DOCUMENTS, count_documents
from textrep.kernels.ngrams import drop_ids
from textrep.memory import own_copy, own_memory
from textrep.text.numbering import NumberedDocuments

__all__ = ["Counter", "Piece"]

_MOST_DOCUMENTS = 2**31 - 1


class Piece(NamedTuple):
    """Some documents."""

    numbers: NDArray[np.int32]  # [n_lengths, n_units]: the n-gram of each length that begins at a unit, below 0: none
    sizes: NDArray[np.int64]  # [n_docs], units of each
    numbering: int = 0  # whose numbers they are

    def kept_in(self, slabs: Slabs) -> Piece:
        """Return a copy that frees its memory when its turn has come."""
        numbers = slabs.kept(self.numbers.reshape(-1)).reshape(self.numbers.shape)
        return self._replace(numbers=numbers, sizes=slabs.kept(self.sizes))


class Counter:
    """Numbers n-grams, and counts the documents that have each.

    Parameters
    ----------
    lengths : range
        Those of the n-grams to count.
    n_dropped : int
        So many units, from number 0 on, are left out before n-grams are made: stop words.
    tables : sequence of PairTable, optional
        Those of the n-grams of two units, of three, and so on, if others are not to be numbered.
    with_occurrences : bool
        Whether to count how often each occurs, too.
    """

    def __init__(
        self,
        lengths: range,
        n_dropped: int = 0,
        tables: Sequence[PairTable] | None = None,
        *,
        with_occurrences: bool = False,
    ) -> None:
        self._lengths = lengths
        self._n_dropped = n_dropped
        self._frozen = tables is not None
        self.tables = [] if tables is None else list(tables)  # as many as the longest document so far needs
        self._with_occurrences = with_occurrences
        self._seen: list[NDArray[np.int32]] = []  # of `count_documents`, with room; one for each length so far
        self._occurrences: list[NDArray[np.int64]] = []
        self.n_documents = 0

    @property
    def longest(self) -> int:
        """The units of the longest n-grams so far."""
        return 1 + len(self.tables)

    def piece_of(self, numbered: NumberedDocuments) -> Piece:
        """Number the n-grams of some documents, whose own ids are changed.

        There are no numbers for lengths that no document has.
        """
        units, sizes = numbered.ids, numbered.doc_tokens
        if self._n_dropped:
            units = units[: drop_ids(units, sizes, self._n_dropped)]
        longest = min(self._lengths[-1], int(sizes.max(initial=0)))
        if self._frozen:
            longest = min(longest, self.longest)
        if longest < self._lengths[0]:
            return Piece(np.empty((0, units.size), np.int32), sizes, numbered.numbering)
        self._reserve_tables(longest)
        numbers = own_memory((longest, units.size), np.int32)  # [longest, n_units]
        numbers[0] = units
        ends = np.cumsum(sizes)  # [n_docs]
        for i, table in enumerate(self.tables[: longest - 1], 1):
            table.number(units, numbers[i - 1], ends, numbers[i], frozen=self._frozen)
        return Piece(numbers[self._lengths[0] - 1 :], sizes, numbered.numbering)

    def count(self, piece: Piece, times: NDArray[np.int32] | None = None) -> None:
        """Count the documents that have each n-gram.

        Parameters
        ----------
        piece : Piece
            Some documents.
        times : ndarray of int32, shape (n_units,), optional
            How often what begins at each unit occurs; once by default.

        Raises
        ------
        OverflowError
            If there are more than 2**31 - 1 documents.
        """
        if self.n_documents + piece.sizes.size > _MOST_DOCUMENTS:
            raise OverflowError(f"more than {_MOST_DOCUMENTS:,} documents at once; hand them to partial_fit in batches")
        if times is None:
            times = np.empty(0, np.int32)
        self._reserve_counts(len(piece.numbers))
        for i, numbers in enumerate(piece.numbers):
            self._make_room(i, int(numbers.max(initial=-1)) + 1)
            count_documents(numbers, times, piece.sizes, self.n_documents, self._seen[i], self._occurrences[i])
        self.n_documents += piece.sizes.size

    @property
    def documents(self) -> list[NDArray[np.int64]]:
        """For each length, how many documents have each n-gram (int64 [n], at least as long as there are numbers)."""
        return [own_copy(seen[:, DOCUMENTS], np.int64) for seen in self._seen]

    @property
    def occurrences(self) -> list[NDArray[np.int64]] | None:
        """For each length, how often each n-gram occurs; None if that was not counted."""
        return self._occurrences if self._with_occurrences else None

    def reserve(self, lengths: range) -> None:
        """Have something for each length, if only that nothing was counted."""
        self._reserve_tables(lengths[-1])
        self._reserve_counts(len(lengths))

    def end(self) -> None:
        """Free what only numbering needs."""
        if not self._frozen:
            for table in self.tables:
                table.end()

    def _reserve_tables(self, longest: int) -> None:
        if not self._frozen:
            self.tables += [PairTable(n) for n in range(self.longest + 1, longest + 1)]

    def _reserve_counts(self, n_lengths: int) -> None:
        for _ in range(len(self._seen), n_lengths):
            self._seen.append(np.zeros((0, 2), np.int32))
            self._occurrences.append(np.zeros(0, np.int64))

    def _make_room(self, i: int, n: int) -> None:
        size = len(self._seen[i])
        if n <= size:
            return
        capacity = max(n, 2 * size)
        seen = own_memory((capacity, 2), np.int32)  # [capacity, 2]
        seen[:size] = self._seen[i]
        self._seen[i] = seen
        if self._with_occurrences:
            occurrences = np.zeros(capacity, np.int64)  # [capacity]
            occurrences[:size] = self._occurrences[i]
            self._occurrences[i] = occurrences
