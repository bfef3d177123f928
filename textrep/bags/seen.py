"""`Seen`: all features that documents have shown so far, batch after batch, and which of them become columns."""

from __future__ import annotations

import numbers
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from textrep.bags.counting import Learned
from textrep.bags.features import NGrams
from textrep.bags.terms import Terms
from textrep.errors import EmptyCorpusError
from textrep.order import merged_order

__all__ = ["Limits", "LimitsError", "Seen"]

_MOST = int(np.iinfo(np.int64).max)  # documents; an int may be larger than any float


class LimitsError(ValueError):
    """For these documents `max_df` is less than `min_df`; for others they may fit."""


@dataclass(frozen=True)
class Limits:
    """Which features are kept; as the vectorizers' parameters of these names."""

    min_df: float = 1
    max_df: float = 1.0
    max_features: int | None = None


@dataclass(frozen=True, eq=False)
class Seen:
    """Features in the order of their code points.

    Attributes
    ----------
    terms : Terms
        The features.
    documents : ndarray of int64, shape (n,)
        How many documents have each.
    occurrences : ndarray of int64, shape (n,), or None
        How often each occurs; None if it was not counted.
    n_documents : int
        All documents.
    ngrams : NGrams or None
        The same features as n-grams of units, where that is known.
    """

    terms: Terms
    documents: NDArray[np.int64]
    occurrences: NDArray[np.int64] | None
    n_documents: int
    ngrams: NGrams | None = None

    @classmethod
    def of(cls, learned: Learned) -> Seen:
        """Make one of counted documents; features that are in none are still among them."""
        features = learned.features
        terms = Terms(features.blob, features.offsets)
        return cls(terms, features.documents, features.occurrences, learned.n_documents, features.ngrams)

    def merged(self, other: Seen) -> Seen:
        """Return what both have seen. As the terms of each are in order, nothing is sorted."""
        self.terms.check()
        blob = np.concatenate((self.terms.blob, other.terms.blob))
        starts = np.concatenate((self.terms.offsets[:-1], other.terms.offsets[:-1] + len(self.terms.blob)))
        sizes = np.concatenate((np.diff(self.terms.offsets), np.diff(other.terms.offsets)))
        order, is_new = merged_order(blob, starts, sizes, len(self.terms))
        firsts = np.flatnonzero(is_new)  # [n] where a term comes for the first time
        distinct = order[firsts]
        occurrences = None
        if self.occurrences is not None and other.occurrences is not None:
            occurrences = _summed(np.concatenate((self.occurrences, other.occurrences))[order], firsts)
        return Seen(
            Terms.gathered(blob, starts, sizes, distinct),
            _summed(np.concatenate((self.documents, other.documents))[order], firsts),
            occurrences,
            self.n_documents + other.n_documents,
        )

    def kept(self, limits: Limits, dtype: DTypeLike, *, binary: bool) -> NDArray[np.int64]:
        """Return the numbers of the features that become columns, ascending.

        Of features that are equally frequent at the limit of `max_features`, those are kept that scikit-learn keeps:
        those that NumPy's ``argsort`` of their frequencies in `dtype` puts first.

        Raises
        ------
        EmptyCorpusError
            If there is no feature, or none is left.
        LimitsError
            If `max_df` stands for fewer documents than `min_df`.
        ValueError
            If `max_features` is set, and occurrences were not counted.
        """
        if not self.documents.any():
            documents = "1 document" if self.n_documents == 1 else f"{self.n_documents} documents"
            raise EmptyCorpusError(
                "empty vocabulary; perhaps the documents only contain stop words: "
                f"{documents} held no term; check the tokenizer, min_token_length and stop_words"
            )
        least, most = (_absolute(value, self.n_documents) for value in (limits.min_df, limits.max_df))
        if most < least:
            raise LimitsError(
                f"max_df corresponds to < documents than min_df: max_df={limits.max_df!r} is {most:g} of the "
                f"{self.n_documents} documents, min_df={limits.min_df!r} is {least:g}; raise max_df or lower min_df"
            )
        mask = (self.documents >= max(least, 1)) & (self.documents <= most)  # [n]
        if limits.max_features is not None and mask.sum() > limits.max_features:
            # A sum of bools counts documents; small integers are summed in large ones.
            by_documents = binary or np.dtype(dtype) == np.bool_
            if not by_documents:
                self.check_counted(limits.max_features)
            frequency = self.documents if by_documents or self.occurrences is None else self.occurrences
            total_type = np.zeros(0, dtype).sum().dtype
            most_frequent = (-frequency[mask].astype(total_type)).argsort()[: limits.max_features]
            kept: NDArray[np.int64] = np.sort(np.flatnonzero(mask)[most_frequent])
        else:
            kept = np.flatnonzero(mask)
        if not kept.size:
            raise EmptyCorpusError(
                "After pruning, no terms remain. Try a lower min_df or a higher max_df: "
                f"min_df={limits.min_df!r} and max_df={limits.max_df!r} of {self.n_documents} documents"
            )
        return kept

    def check_counted(self, max_features: int | None) -> None:
        """Raise ValueError if `max_features` is set, and occurrences were not counted."""
        if max_features is not None and self.occurrences is None:
            raise ValueError(
                "max_features needs to know how often each term occurs, which fit did not count; "
                "begin with partial_fit, or set max_features before fit"
            )

    def select(self, kept: NDArray[np.int64]) -> Seen:
        """Return some of the features."""
        if kept.size == len(self.terms):
            return self
        occurrences = None if self.occurrences is None else self.occurrences[kept]
        offsets = self.terms.offsets
        terms = Terms.gathered(self.terms.blob, offsets[:-1], np.diff(offsets), kept)
        ngrams = None if self.ngrams is None else self.ngrams.select(kept)
        return Seen(terms, self.documents[kept], occurrences, self.n_documents, ngrams)


def _absolute(value: Any, n_documents: int) -> float:
    if isinstance(value, numbers.Integral):
        return min(int(value), _MOST)
    return value * n_documents  # type: ignore[no-any-return]


def _summed(values: NDArray[np.int64], firsts: NDArray[np.int64]) -> NDArray[np.int64]:
    """Add up runs of values that begin at `firsts`."""
    if not firsts.size:
        return np.zeros(0, np.int64)
    summed: NDArray[np.int64] = np.add.reduceat(values, firsts)
    return summed
