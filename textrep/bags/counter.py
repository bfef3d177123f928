"""`Counter`: what one thread does with the units of a block of documents, tokens or characters: count n-grams."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from textrep.bags.pairs import PairTable
from textrep.bags.slabs import Slabs
from textrep.kernels.bags import bag_ids, expand_bags
from textrep.kernels.ngrams import drop_ids
from textrep.text.numbering import NumberedDocuments

__all__ = ["Bag", "Counter", "Parts", "Piece"]


class Bag(NamedTuple):
    """How often each n-gram of one length occurs in each of some documents."""

    ids: NDArray[np.int32]  # [n], documents end to end
    counts: NDArray[np.uint8] | NDArray[np.int32]  # [n]
    sizes: NDArray[np.int64]  # [n_docs], how many ids each document has


class Piece(NamedTuple):
    """Some documents; a bag for each length of n-grams, the shortest first."""

    bags: list[Bag]
    numbering: int  # whose ids they are

    def kept_in(self, slabs: Slabs) -> Piece:
        """Return a copy that frees its memory when its turn has come."""
        bags = [Bag(slabs.kept(ids), slabs.kept(counts), sizes) for ids, counts, sizes in self.bags]
        return Piece(bags, self.numbering)


class Parts(NamedTuple):
    """The n-grams of one length within words: word ``i`` has ``ids[offsets[i]:offsets[i + 1]]``."""

    ids: NDArray[np.int32]  # below 0: none
    offsets: NDArray[np.int64]  # [n_words + 1]


class Counter:
    """Counts n-grams by document, and the documents that each is in.

    Parameters
    ----------
    lengths : range
        Those of the n-grams to count.
    n_dropped : int
        So many ids, from 0 on, are left out before n-grams are made: stop words.
    tables : sequence of PairTable, optional
        Those of the n-grams of two units, of three, and so on, if others are not to be counted.
    """

    def __init__(self, lengths: range, n_dropped: int = 0, tables: Sequence[PairTable] | None = None) -> None:
        self._lengths = lengths
        self._n_dropped = n_dropped
        self._frozen = tables is not None
        self.tables = [PairTable(n) for n in range(2, lengths[-1] + 1)] if tables is None else tables
        self._places = [np.empty(0, np.int32) for _ in lengths]
        self.documents = [np.zeros(0, np.int64) for _ in lengths]  # of each length, at least as long as there are ids

    def count(self, numbered: NumberedDocuments) -> Piece:
        """Count the n-grams of some documents; their ids are changed."""
        ids, sizes = numbered.ids, numbered.doc_tokens
        if self._lengths[-1] == 1:
            return Piece([self._bag(0, ids, sizes, self._n_dropped)], numbered.numbering)
        if self._n_dropped:
            ids = ids[: drop_ids(ids, sizes, self._n_dropped)]
        ngrams = self.ngrams(ids, np.cumsum(sizes))
        wanted = (ngrams[n - 1] for n in self._lengths)
        return Piece([self._bag(i, found, sizes, 0) for i, found in enumerate(wanted)], numbered.numbering)

    def ngrams(self, units: NDArray[np.int32], ends: NDArray[np.int64]) -> list[NDArray[np.int32]]:
        """Return the n-grams of one unit, of two, ... that begin at each unit (int32 [n_units] each)."""
        found = [units]
        for table in self.tables:
            found.append(table.number(units, found[-1], ends, frozen=self._frozen))
        return found

    def expand(self, words: Bag, parts: Sequence[Parts], numbering: int) -> Piece:
        """Count the parts of the words that some documents consist of; `parts` holds those of each length."""
        bags = []
        counts = words.counts.astype(np.int32, copy=False)
        for i, (ids, offsets) in enumerate(parts):
            n = int((offsets[words.ids + 1] - offsets[words.ids]).sum())
            self._make_room(i, int(ids.max(initial=-1)) + 1)
            found, times = np.empty(n, np.int32), np.empty(n, np.int32)  # [n], more than there will be
            sizes = np.empty_like(words.sizes)  # [n_docs]
            n = expand_bags(
                words.ids, counts, words.sizes, ids, offsets,
                self._places[i], self.documents[i], found, times, sizes,
            )  # fmt: skip
            bags.append(Bag(found[:n].copy(), _small(times[:n]), sizes))
        return Piece(bags, numbering)

    def end(self) -> None:
        """Free what only counting needs."""
        self._places = [np.empty(0, np.int32) for _ in self._lengths]
        if not self._frozen:
            for table in self.tables:
                table.end()

    def take_documents(self, others: Sequence[Counter]) -> None:
        """Add up what others have counted of the same n-grams."""
        for i in range(len(self._lengths)):
            counted = [other.documents[i] for other in others]
            self.documents[i] = np.zeros(max(part.size for part in counted), np.int64)  # [capacity]
            for part in counted:
                self.documents[i][: part.size] += part

    def _bag(self, i: int, ids: NDArray[np.int32], sizes: NDArray[np.int64], least: int) -> Bag:
        self._make_room(i, int(ids.max(initial=-1)) + 1)
        found, times = np.empty(ids.size, np.int32), np.empty(ids.size, np.int32)  # [n_units], more than there will be
        bag_sizes = np.empty_like(sizes)  # [n_docs]
        n = bag_ids(ids, sizes, least, self._places[i], self.documents[i], found, times, bag_sizes)
        return Bag(found[:n].copy(), _small(times[:n]), bag_sizes)

    def _make_room(self, i: int, n_ids: int) -> None:
        size = self._places[i].size
        if n_ids > size:
            self._places[i] = np.zeros(max(n_ids, 2 * size), np.int32)  # [capacity]
            documents = np.zeros(self._places[i].size, np.int64)  # [capacity]
            documents[:size] = self.documents[i]
            self.documents[i] = documents


def _small(counts: NDArray[np.int32]) -> NDArray[np.uint8] | NDArray[np.int32]:
    """Return a copy in one byte each, if they fit."""
    return counts.astype(np.uint8) if counts.max(initial=0) < 256 else counts.copy()
