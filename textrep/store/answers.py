"""Answers to questions about words and vectors, whatever kind the vectors are: similar, analogy, odd one out.

`textrep.store.lookup` turns what is asked with into vectors, and knows which `Search` goes with them.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import isnan
from typing import Any

import numpy as np
from numpy.typing import NDArray

from textrep.store.checks import checked_k
from textrep.store.lookup import Lookup
from textrep.store.neighbours import Neighbour, Search
from textrep.store.queries import QueryItem, query_items, word_list

__all__ = ["analogy", "odd_one_out", "similar", "similarity"]

_NO_NUMBERS = "there are vectors that hold NaN or infinity; `store.verify()`, or `textrep info --verify`, says more"


def similarity(lookup: Lookup, a: QueryItem, b: QueryItem) -> float:
    """See `EmbeddingStore.similarity`."""
    arithmetic = lookup.search
    query, row = (lookup.resolved(item)[0] for item in (a, b))  # [1, dim]
    if row.dtype != np.float32:
        row = arithmetic.unit(row)
    with np.errstate(invalid="ignore", over="ignore"):
        cosine = float(arithmetic.cosines(row, arithmetic.unit(query))[0])
    if isnan(cosine):
        raise lookup.wrong_rows(_NO_NUMBERS)
    return cosine


def similar(lookup: Lookup, neighbours: Search, query: Any, k: int) -> list[Neighbour] | list[list[Neighbour]]:
    """See `EmbeddingStore.similar`."""
    k = checked_k(k)
    items, is_one = query_items(query)
    if is_one:
        vector, number = lookup.resolved(items[0])
        return _nearest(lookup, neighbours, vector, np.array([[number]]), k)[0]
    found: list[list[Neighbour]] = []
    for vectors, numbers in lookup.resolved_many(items):
        found += _nearest(lookup, neighbours, vectors, numbers, k)
    return found


def analogy(
    lookup: Lookup,
    neighbours: Search,
    positive: QueryItem | Sequence[QueryItem],
    negative: QueryItem | Sequence[QueryItem],
    k: int,
) -> list[Neighbour]:
    """See `EmbeddingStore.analogy`."""
    k = checked_k(k)
    added, subtracted = query_items(positive, "positive")[0], query_items(negative, "negative")[0]
    items = [*added, *subtracted]
    if not items:
        raise ValueError("an analogy needs at least one word or vector")
    signs = np.repeat([1.0, -1.0], [len(added), len(subtracted)])  # [n_items]
    vectors, numbers = lookup.stacked(items)  # [n_items, dim], int64 [n_items, 1]
    target = lookup.search.combined(signs, lookup.search.unit(vectors))  # [1, dim]
    return _nearest(lookup, neighbours, target, numbers.T, k)[0]


def odd_one_out(lookup: Lookup, words: Sequence[str]) -> str:
    """See `EmbeddingStore.odd_one_out`."""
    words = word_list(words)
    if len(words) < 3:
        raise ValueError(f"the odd one out is one of at least 3 words, not of {len(words)}")
    arithmetic = lookup.search
    units = arithmetic.unit(lookup.rows(words))  # [n_words, dim]
    mean = arithmetic.unit(arithmetic.combined(np.full(len(words), 1 / len(words)), units))
    return words[int(arithmetic.cosines(units, mean).argmin())]


def _nearest(
    lookup: Lookup, neighbours: Search, vectors: Any, left_out: NDArray[np.int64], k: int
) -> list[list[Neighbour]]:
    """Search for vectors [n, dim]; `left_out` [n, any] holds numbers of keys that do not count, or -1.

    A file's vectors are not looked through when it is opened; those of a damaged one may be NaN, infinite, or far too
    long for their norms, and are noticed here, if they are in the way.
    """
    with np.errstate(invalid="ignore", over="ignore"):
        found = neighbours.search(lookup.search.unit(vectors), k, left_out)
    least = min(k, lookup.n_keys - left_out.shape[1])
    if any(len(scores) < least or any(map(isnan, scores)) for _, scores in found):
        raise lookup.wrong_rows(_NO_NUMBERS)
    names = lookup.names({number for numbers, _ in found for number in numbers})
    return [list(map(Neighbour, map(names.__getitem__, numbers), scores)) for numbers, scores in found]
