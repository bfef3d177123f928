"""`Features`: the distinct n-grams of a corpus, put in the order of their code points and given a text.

An n-gram is kept as the ranks of its units, which are numbered in their own order. For n-grams joined by nothing, or by
a space when no unit holds anything below a space, the order of these tuples is that of the texts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from textrep.bags.counter import Counter
from textrep.bags.terms import Terms
from textrep.kernels.bags import add_counts
from textrep.kernels.ngrams import write_ngrams
from textrep.keytable import read_only
from textrep.memory import own_copy, own_memory
from textrep.order import alphabetical_order, gathered_strings
from textrep.text.numbering import DistinctTokens

__all__ = ["Features", "NGrams", "ngram_texts", "units_in_order"]

_SPACE = ord(" ")


class NGrams(NamedTuple):
    """N-grams of units."""

    ranks: NDArray[np.int32]  # [n, longest], numbers of the units, -1 behind the last
    unit_blob: NDArray[np.uint8]  # unit `i` is ``unit_blob[unit_offsets[i]:unit_offsets[i + 1]]``
    unit_offsets: NDArray[np.int64]  # [n_units + 1]

    def select(self, kept: NDArray[np.int64]) -> NGrams:
        """Return some of the n-grams."""
        return self if kept.size == len(self.ranks) else self._replace(ranks=self.ranks[kept])


@dataclass(frozen=True, eq=False)
class Features:
    """Distinct features in order.

    Attributes
    ----------
    blob, offsets : ndarray of uint8 and of int64 [n + 1]
        Their texts: feature ``i`` is ``blob[offsets[i]:offsets[i + 1]]``.
    documents : ndarray of int64, shape (n,)
        How many documents have each; 0 for some that turned out to be in none.
    occurrences : ndarray of int64, shape (n,), or None
        How often each occurs, if that was counted.
    numbers : list of list of ndarray of int32
        For each numbering, and each length, the feature that each id stands for; -1: none.
    ngrams : NGrams or None
        The same features as n-grams of units, if they may have more than one.
    """

    blob: NDArray[np.uint8]
    offsets: NDArray[np.int64]
    documents: NDArray[np.int64]
    occurrences: NDArray[np.int64] | None
    numbers: list[list[NDArray[np.int32]]]
    ngrams: NGrams | None = None

    def __len__(self) -> int:
        return len(self.documents)

    @classmethod
    def of(
        cls,
        units: DistinctTokens,
        counters: Sequence[Counter],
        lengths: range,
        n_dropped: int,
        joiner: str,
        counted_by: Sequence[Counter] | None = None,
    ) -> Features:
        """Join what all counters have met.

        Parameters
        ----------
        units : DistinctTokens
            All units, also those that several counters have; a counter's place is the number of its numbering.
        counters : sequence of Counter
            With their n-grams, and the documents that have them.
        lengths : range
            Those of the n-grams counted.
        n_dropped : int
            The first units, which are in no n-gram.
        joiner : str
            What stands between two units.
        counted_by : sequence of Counter, optional
            Those that have counted what the only one of `counters` has numbered; by default each has counted its own.
        """
        lengths = range(lengths[0], min(lengths[-1], max(counter.longest for counter in counters)) + 1)
        if not lengths:  # no document is long enough
            nothing = np.zeros(0, np.int64)
            return cls(np.empty(0, np.uint8), np.zeros(1, np.int64), nothing, nothing, [[] for _ in units.numberings])
        for counter in (*counters, *(counted_by or ())):
            counter.reserve(lengths)
        unit_blob, unit_offsets, unit_ranks = units_in_order(units, n_dropped, n_threads=len(counters))
        if lengths[-1] == 1:
            numbers = [[ranks] for ranks in unit_ranks]
            totals = _totals(counters, numbers, counted_by, len(unit_offsets) - 1)
            return cls(unit_blob, unit_offsets, *totals, numbers)
        ranks, numbers = _ranked(unit_ranks, counters, lengths)
        order = _order(ranks, len(unit_offsets) - 1)  # [n]
        place = np.empty(order.size, np.int32)  # [n]
        place[order] = np.arange(order.size, dtype=np.int32)
        first = 0
        for i, part in enumerate(ranks):
            places = np.append(place[first : first + len(part)], np.int32(-1))  # [n of this length + 1]
            for found in numbers:
                found[i] = own_copy(places[found[i]])
            first += len(part)
        in_order = own_copy(_padded(ranks)[order])
        del ranks, order, place
        blob, offsets = ngram_texts(in_order, unit_blob, unit_offsets, joiner)
        ngrams = NGrams(in_order, unit_blob, unit_offsets)
        totals = _totals(counters, numbers, counted_by, len(in_order))
        features = cls(blob, offsets, *totals, numbers, ngrams)
        return features._sorted() if joiner and (unit_blob < _SPACE).any() else features

    def _sorted(self) -> Features:
        """Sort by the texts themselves."""
        order, _ = alphabetical_order(self.blob, self.offsets[:-1], np.diff(self.offsets))
        place = np.empty(order.size + 1, np.int32)  # [n + 1]: the last for what is no feature
        place[order] = np.arange(order.size, dtype=np.int32)
        place[-1] = -1
        numbers = [[place[ids] for ids in found] for found in self.numbers]
        terms = Terms.gathered(self.blob, self.offsets[:-1], np.diff(self.offsets), order)
        occurrences = None if self.occurrences is None else self.occurrences[order]
        return Features(terms.blob, terms.offsets, self.documents[order], occurrences, numbers)


def _totals(
    counters: Sequence[Counter],
    numbers: list[list[NDArray[np.int32]]],
    counted_by: Sequence[Counter] | None,
    n: int,
) -> tuple[NDArray[np.int64], NDArray[np.int64] | None]:
    """Return how many documents have each of `n` features, and how often each occurs, if that was counted."""
    if counted_by is not None:
        counters, numbers = counted_by, numbers * len(counted_by)
    documents = _total([counter.documents for counter in counters], numbers, n)
    occurrences = [counter.occurrences for counter in counters if counter.occurrences is not None]
    return documents, _total(occurrences, numbers, n) if occurrences else None


def _total(counted: list[list[NDArray[np.int64]]], numbers: list[list[NDArray[np.int32]]], n: int) -> NDArray[np.int64]:
    """Add up what was counted of each number, by the features that the numbers stand for (int64 [n])."""
    total = own_memory((n,), np.int64)  # [n]
    for counts, found in zip(counted, numbers, strict=True):
        for times, features in zip(counts, found, strict=True):
            add_counts(features, times, total)
    return total


def units_in_order(
    units: DistinctTokens, n_dropped: int, n_threads: int = 1
) -> tuple[NDArray[np.uint8], NDArray[np.int64], list[NDArray[np.int32]]]:
    """Put units in order, those that several numberings have once; the tokens of each follow those of the one before.

    Returns
    -------
    blob, offsets : ndarray of uint8 and of int64 [n + 1]
        Their texts, end to end, and where each begins and ends.
    ranks : list of ndarray of int32
        For each numbering the rank of each of its units; -1 for the first ones, if dropped.
    """
    starts, sizes = units.starts, units.sizes  # [n_kept] each: in a numbering after the other, all units are there
    if n_dropped:
        kept = np.concatenate([numbering[n_dropped:] for numbering in units.numberings])  # [n_kept]
        starts, sizes = starts[kept], sizes[kept]
    order, is_new = alphabetical_order(units.blob, starts, sizes, n_threads)
    rank = own_memory((order.size,), np.int32)  # [n_kept]
    rank[order] = np.cumsum(is_new, dtype=np.int32) - np.int32(1)
    blob, offsets = gathered_strings(units.blob, starts, sizes, order[is_new], n_threads)
    dropped = np.full(n_dropped, -1, np.int32)
    ends = np.cumsum([numbering.size - n_dropped for numbering in units.numberings])
    return blob, offsets, [np.append(dropped, part) for part in np.split(rank, ends[:-1])]


def ngram_texts(
    ranks: NDArray[np.int32], unit_blob: NDArray[np.uint8], unit_offsets: NDArray[np.int64], joiner: str
) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Return the texts of n-grams, end to end, and where each begins and ends; `ranks` (int32 [n, longest]) has their
    units, and -1 behind the last.
    """
    arguments = ranks, read_only(unit_blob), read_only(unit_offsets), np.frombuffer(joiner.encode(), np.uint8)
    offsets = own_memory((len(ranks) + 1,), np.int64)  # [n + 1]
    write_ngrams(*arguments, np.empty(0, np.uint8), offsets)
    text = own_memory((int(offsets[-1]),), np.uint8)  # [n_bytes]
    write_ngrams(*arguments, text, offsets)
    return text, offsets


def _ranked(
    of_units: list[NDArray[np.int32]], counters: Sequence[Counter], lengths: range
) -> tuple[list[NDArray[np.int32]], list[list[NDArray[np.int32]]]]:
    """Return the n-grams of each length as ranks of their units (int32 [n, length], in order), and for each counter
    and length the number among them of each of its ids; `of_units` has the ranks of each counter's units.
    """
    shorter = of_units
    n_units = 1 + max((int(ranks.max(initial=-1)) for ranks in of_units), default=-1)
    ranks = np.arange(n_units, dtype=np.int32)[:, None]  # [n, length]
    all_ranks, all_numbers = [ranks], [shorter]
    for n in range(2, lengths[-1] + 1):
        pairs = []
        for counter, parents, its_units in zip(counters, shorter, of_units, strict=True):
            first, last = _halves(counter.tables[n - 2].pairs)
            pairs.append((parents[first].astype(np.uint64) << np.uint64(32)) | its_units[last].astype(np.uint64))
        distinct, inverse = np.unique(np.concatenate(pairs), return_inverse=True)  # in order, as the ranks are
        shorter = np.split(inverse.astype(np.int32), np.cumsum([part.size for part in pairs])[:-1])
        first, last = _halves(distinct)
        ranks = np.column_stack([ranks[first], last.astype(np.int32)])
        all_ranks.append(ranks)
        all_numbers.append(shorter)
    counted = [n - 1 for n in lengths]
    return [all_ranks[i] for i in counted], [[all_numbers[i][which] for i in counted] for which in range(len(counters))]


def _halves(pairs: NDArray[np.uint64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Take pairs apart (int64 [n] each)."""
    return (pairs >> np.uint64(32)).astype(np.int64), (pairs & np.uint64(0xFFFFFFFF)).astype(np.int64)


def _padded(ranks: list[NDArray[np.int32]]) -> NDArray[np.int32]:
    """Return n-grams of all lengths, one length after the other (int32 [n, longest]), -1 behind the last unit."""
    longest = ranks[-1].shape[1]
    padded = np.full((sum(map(len, ranks)), longest), -1, np.int32)  # [n, longest]
    first = 0
    for part in ranks:
        padded[first : first + len(part), : part.shape[1]] = part
        first += len(part)
    return padded


def _order(ranks: list[NDArray[np.int32]], n_units: int) -> NDArray[np.int64]:
    """Return n-grams of all lengths, which are in order within each length, in order: shorter ones before longer ones
    that begin with them.
    """
    if len(ranks) == 1:
        return np.arange(len(ranks[0]))
    n_bits = max(1, int(n_units).bit_length())
    per_key = 64 // n_bits
    units = _padded(ranks) + 1  # [n, longest]: 0 for none comes first
    keys = []
    for first in range(0, units.shape[1], per_key):
        key = np.zeros(len(units), np.uint64)  # [n]
        for column in range(first, min(first + per_key, units.shape[1])):
            key = (key << np.uint64(n_bits)) | units[:, column].astype(np.uint64)
        keys.append(key)
    return np.lexsort(keys[::-1]) if len(keys) > 1 else np.argsort(keys[0])
