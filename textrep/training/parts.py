"""Which rows of the input matrix each word of a vocabulary consists of, when words have subwords."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from textrep.kernels.subwords import number_by_first_use
from textrep.keytable import KeyTable
from textrep.text.subwords import Subwords

__all__ = ["WordParts", "make_parts"]

_TABLE = 1 << 24  # buckets that a table of 64 MiB has room for


@dataclass(frozen=True)
class WordParts:
    """The rows of each word: its own, which has the word's number, then those of its subwords.

    Only buckets that some word of the vocabulary uses have a row, so that a small corpus needs little memory. They are
    numbered as the vocabulary first uses them, most frequent word first: rows of frequent words lie side by side.

    Parameters
    ----------
    offsets : ndarray of int64, shape (n_words + 1,)
        Where each word's rows begin and end in `rows`.
    rows : ndarray of int32, shape (offsets[-1],)
        Row numbers; bucket ``buckets[i]`` has row ``n_words + i``.
    buckets : ndarray of int64, shape (n_buckets,)
        The buckets that have a row.
    """

    offsets: NDArray[np.int64]
    rows: NDArray[np.int32]
    buckets: NDArray[np.int64]


def make_parts(words: KeyTable, rule: Subwords) -> WordParts:
    """Find the rows of every word of a vocabulary."""
    n_words = len(words)
    ends, buckets = rule.rows_of(words)  # [n_words + 1], [n_subwords]
    used = _number_by_first_use(buckets, rule.n_rows)
    offsets = ends + np.arange(n_words + 1)  # int64 [n_words + 1]
    rows = np.empty(int(offsets[-1]), np.int32)  # [n_parts]
    is_word = np.zeros(len(rows), np.bool_)  # [n_parts]
    is_word[offsets[:-1]] = True
    rows[is_word] = np.arange(n_words)
    rows[~is_word] = n_words + buckets
    return WordParts(offsets, rows, used)


def _number_by_first_use(buckets: NDArray[np.int64], n_rows: int) -> NDArray[np.int64]:
    """Replace buckets, in place, by numbers 0, 1, ... as they first occur; return the buckets of these numbers."""
    if n_rows > _TABLE:  # a table of all would need more memory than the corpus is worth
        distinct, first, inverse = np.unique(buckets, return_index=True, return_inverse=True)
        order = np.argsort(first)
        buckets[:] = np.argsort(order)[inverse]
        return distinct[order]
    numbers = np.full(n_rows, -1, np.int32)  # [n_rows]
    used = np.empty(min(len(buckets), n_rows), np.int64)  # [most buckets]
    return used[: number_by_first_use(buckets, numbers, used)].copy()
