"""`KnownFeatures`: given terms, made ready for counting nothing else."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from textrep.bags.features import NGrams, ngram_texts
from textrep.bags.pairs import PairTable
from textrep.bags.terms import Terms
from textrep.corpus import TextBlock
from textrep.corpus.block import PADDING
from textrep.keytable import encode_strings
from textrep.locks import computed_once
from textrep.order import gathered_strings
from textrep.text.numbering import Numbering
from textrep.text.scanner import KnownTokens, Scanner
from textrep.text.tokenizers import BuiltinTokenizer

__all__ = ["KnownFeatures"]


class KnownFeatures:
    """The units of terms, the n-grams that lead to them, and the columns of those that are terms.

    Parameters
    ----------
    terms : Terms
        The features to count.
    tokenizer : BuiltinTokenizer
        What gives the units.
    lengths : range
        Those of the n-grams to count.
    joiner : str
        What stands between two units in a term.
    dropped : iterable of str
        Units that are left out before n-grams are made.
    ngrams : NGrams, optional
        The terms as n-grams, if they are known; otherwise they are taken apart.
    frequency : ndarray of int64, shape (n_terms,), optional
        How frequent each is.

    Attributes
    ----------
    units : KnownTokens
        Those dropped first.
    n_dropped : int
        How many these are.
    tables : list of PairTable
        N-grams of two units, of three, and so on.
    columns : list of ndarray of int32
        For each length, the column of each n-gram's number; -1: it is no term.
    """

    def __init__(
        self,
        terms: Terms,
        tokenizer: BuiltinTokenizer,
        lengths: range,
        joiner: str,
        dropped: Iterable[str] = (),
        ngrams: NGrams | None = None,
        frequency: NDArray[np.int64] | None = None,
    ) -> None:
        self._terms = terms
        first = Terms(*encode_strings(sorted(dropped)))
        self.n_dropped = len(first)
        if lengths[-1] == 1 and not self.n_dropped:  # every term is a unit
            order = _frequent_first(np.zeros(len(terms), np.int64) if frequency is None else frequency)  # [n_terms]
            frequent_first = gathered_strings(terms.blob, terms.offsets[:-1], np.diff(terms.offsets), order)
            self.units = KnownTokens(*frequent_first, marks_others=True)  # those that are looked up often lie together
            self.tables: list[PairTable] = []
            self.columns = [order.astype(np.int32)]
            return
        if ngrams is not None:
            distinct = _joined(first, ngrams)
            there = ngrams.ranks >= 0  # [n_terms, longest]
            units, sizes = ngrams.ranks[there] + np.int32(self.n_dropped), there.sum(axis=1)  # of all terms, end to end
            whole = np.ones(len(terms), np.bool_)  # [n_terms]
            longest = ngrams.ranks.shape[1]
        else:
            scanner = Scanner(tokenizer, first=KnownTokens(first.blob, first.offsets))
            units, sizes = _units_of(terms, scanner)
            distinct = _met(scanner)
            longest = min(lengths[-1], int(sizes.max(initial=1)))
            whole = _spelled_as_joined(terms, units, sizes, longest, distinct, joiner)
        self.units = KnownTokens(distinct.blob, distinct.offsets, marks_others=True)
        self.tables = [PairTable(n) for n in range(2, longest + 1)]
        found = [units, *(np.empty_like(units) for _ in self.tables)]
        ends = np.cumsum(sizes)
        for pairs, shorter, numbers in zip(self.tables, found, found[1:], strict=False):
            pairs.number(units, shorter, ends, numbers, frozen=False)
        lengths = range(lengths[0], min(lengths[-1], longest) + 1)  # longer ones are no terms
        n_ids = [len(distinct), *(pairs.pairs.size for pairs in self.tables)]
        self.columns = [np.full(n_ids[n - 1], -1, np.int32) for n in lengths]
        for i, n in enumerate(lengths):
            which = np.flatnonzero(whole & (sizes == n))  # [n of this length], columns
            self.columns[i][found[n - 1][ends[which] - n]] = which

    @computed_once
    def numbering(self) -> Numbering:
        """The terms for documents that are given as lists of tokens."""
        return Numbering(self._terms.table)


def _frequent_first(frequency: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the order of frequencies, roughly: those above what 16 bits hold, which are sorted fastest, are equal."""
    rarity = np.uint16(2**16 - 1) - np.minimum(frequency, 2**16 - 1).astype(np.uint16)  # [n]
    return np.argsort(rarity, kind="stable")


def _units_of(terms: Terms, scanner: Scanner) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    """Return the units of all terms end to end, and how many each has; nothing is lower-cased any more."""
    data = np.append(np.asarray(terms.blob), np.frombuffer(PADDING, np.uint8))  # [n_bytes + 8]
    numbered = scanner.scan_prepared(TextBlock(data, np.asarray(terms.offsets[:-1]), np.asarray(terms.offsets[1:])))
    return numbered.ids, numbered.doc_tokens


def _joined(first: Terms, ngrams: NGrams) -> Terms:
    """Return the units of n-grams behind other units."""
    blob = np.concatenate((first.blob, ngrams.unit_blob))
    return Terms(blob, np.concatenate((first.offsets, ngrams.unit_offsets[1:] + len(first.blob))))


def _met(scanner: Scanner) -> Terms:
    """Return what a scanner has met."""
    starts = scanner.distinct([]).starts
    offsets = np.append(starts, scanner.arena_used).astype(np.int64)  # [n + 1]
    return Terms(scanner.arena[: scanner.arena_used].copy(), offsets)


def _spelled_as_joined(
    terms: Terms, units: NDArray[np.int32], sizes: NDArray[np.int64], longest: int, distinct: Terms, joiner: str
) -> NDArray[np.bool_]:
    """Tell which terms documents can have at all (bool [n_terms]): their units, joined, make them up."""
    fits = (sizes > 0) & (sizes <= longest)  # [n_terms]
    ranks = np.full((len(terms), longest), -1, np.int32)  # [n_terms, longest]
    starts = np.cumsum(sizes) - sizes  # [n_terms]
    for column in range(longest):
        there = fits & (sizes > column)
        ranks[there, column] = units[starts[there] + column]
    blob, offsets = ngram_texts(ranks, distinct.blob, distinct.offsets, joiner)
    if np.array_equal(offsets, terms.offsets) and np.array_equal(blob, terms.blob):
        return fits
    joined = Terms(blob, offsets).to_list()
    return fits & np.fromiter((a == b for a, b in zip(joined, terms, strict=True)), np.bool_, len(terms))
