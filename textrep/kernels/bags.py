"""From the n-grams of documents to the rows of a matrix: how many documents have each, and how often each document.

Documents are given as *numbers*, int32 [n_lengths, n_units], all documents end to end: for each length, the number of
the n-gram that begins at a unit, below 0 where there is none.
"""

from __future__ import annotations

import numpy as np
from numba import int32, int64, uint64

from textrep.kernels.jit import inlined, kernel, leaf

__all__ = ["DOCUMENTS", "add_counts", "count_columns", "count_documents", "spread_words", "weigh_rows"]

LAST, DOCUMENTS = 0, 1  # columns of `seen`
_FEW = 32  # entries of a document that are sorted by comparing all pairs
_DIGIT = 8  # bits a pass of the radix sort for more


@kernel
def count_documents(
    numbers: np.ndarray,  # int32 [n_units]: of one length
    times: np.ndarray,  # int32 [n_units]: how often each occurs; empty: once
    sizes: np.ndarray,  # int64 [n_docs], units of each
    n_before: int,  # documents counted before
    seen: np.ndarray,  # int32 [more than any number, 2]: the last document that had it, from 1 on; how many had it
    occurrences: np.ndarray,  # int64, as long: how often it has occurred; empty if that is not counted
) -> None:
    """Add up the documents that have each n-gram."""
    read = 0
    for i in range(sizes.shape[0]):
        doc = int32(n_before + i + 1)
        for j in range(read, read + sizes[i]):
            v = numbers[j]
            if v >= 0:
                if seen[v, LAST] != doc:
                    seen[v, LAST] = doc
                    seen[v, DOCUMENTS] += int32(1)
                if occurrences.shape[0] > 0:
                    occurrences[v] += times[j] if times.shape[0] > 0 else int32(1)
        read += sizes[i]


@kernel
def add_counts(
    features: np.ndarray,  # int32: what each number stands for, below 0: nothing
    counts: np.ndarray,  # int64: what was counted of each number; the longer of the two goes on with what is unused
    totals: np.ndarray,  # int64 [n_features]
) -> None:
    """Add what was counted of numbers to the totals of features."""
    for i in range(min(features.shape[0], counts.shape[0])):
        if features[i] >= 0:
            totals[features[i]] += counts[i]


@kernel
def spread_words(
    words: np.ndarray,  # int32, documents end to end
    counts: np.ndarray,  # int32, as long: how often each occurs
    sizes: np.ndarray,  # int64 [n_docs], words of each
    parts: np.ndarray,  # int32 [n_lengths, n_characters]: numbers, the characters of all words being the units
    offsets: np.ndarray,  # int64 [n_words + 1]: where the characters of each word begin and end
    numbers: np.ndarray,  # int32 [n_lengths, n_units]: those of the words, one after the other
    times: np.ndarray,  # int32 [n_units]: how often each occurs
    unit_sizes: np.ndarray,  # int64 [n_docs], units of each
) -> None:
    """Write the parts of the words that documents consist of."""
    n = 0
    read = 0
    for doc in range(sizes.shape[0]):
        first = n
        for i in range(read, read + sizes[doc]):
            for j in range(offsets[words[i]], offsets[words[i] + 1]):
                for k in range(parts.shape[0]):
                    numbers[k, n] = parts[k, j]
                times[n] = counts[i]
                n += 1
        read += sizes[doc]
        unit_sizes[doc] = n - first


@kernel
def count_columns(
    numbers: np.ndarray,  # int32 [n_lengths, n_units]
    times: np.ndarray,  # int32 [n_units]: how often what begins at a unit is to be counted; empty: once
    sizes: np.ndarray,  # int64 [n_docs], units of each
    columns: np.ndarray,  # int32: the columns of all n-grams, one length after the other, below 0: none; empty: numbers
    firsts: np.ndarray,  # int64 [n_lengths]: where the columns of a length begin
    n_columns: int,
    entries: np.ndarray,  # uint64, scratch for the n-grams of the longest document
    scratch: np.ndarray,  # uint64, as long
    indices: np.ndarray,  # int32, as long as all `numbers`: the columns of all rows, end to end, ascending in each
    counts: np.ndarray,  # int32, as long
    row_sizes: np.ndarray,  # int64 [n_docs]
) -> int:
    """Make the rows of documents; return how many entries they have."""
    n_bits = 1
    while (n_columns >> n_bits) > 0:
        n_bits += 1
    ranks = np.empty(_FEW, np.int64)
    histogram = np.empty(1 << _DIGIT, np.int64)
    n = 0
    read = 0
    for doc in range(sizes.shape[0]):
        first = n
        size = 0  # of `entries`
        for k in range(numbers.shape[0]):
            for i in range(read, read + sizes[doc]):
                column = _column(int64(numbers[k, i]), columns, firsts[k])
                if column >= 0:
                    count = times[i] if times.shape[0] > 0 else int32(1)
                    entries[size] = (uint64(column) << uint64(32)) | uint64(count)
                    size += 1
        if size <= _FEW:
            _sort_few(entries, size, ranks, scratch)
        else:
            _radix_sort(entries, size, n_bits, scratch, histogram)
        n = _joined(entries, size, indices, counts, n)
        read += sizes[doc]
        row_sizes[doc] = n - first
    return n


@kernel
def weigh_rows(
    values: np.ndarray,  # float [n]: of all rows, end to end
    columns: np.ndarray,  # int32 [n]
    sizes: np.ndarray,  # int64 [n_rows], values of each
    weights: np.ndarray,  # float [n_columns]; empty: all are 1
    norm: int,  # rows are divided by the sum of absolute values (1) or the Euclidean length (2), or left (0)
) -> None:
    """Multiply values by the weights of their columns, and divide rows by their length."""
    first = 0
    for row in range(sizes.shape[0]):
        total = 0.0
        for i in range(first, first + sizes[row]):
            if weights.shape[0] > 0:
                values[i] *= weights[columns[i]]
            value = float(values[i])
            total += value * value if norm == 2 else abs(value)
        if norm == 2:
            total = np.sqrt(total)
        if norm != 0 and total > 0:
            for i in range(first, first + sizes[row]):
                values[i] /= total
        first += sizes[row]


@inlined
def _column(number, columns, first):  # type: ignore[no-untyped-def]
    """Return the column of a number, -1 if it has none."""
    if number < 0:
        return int32(-1)
    return columns[first + number] if columns.shape[0] > 0 else int32(number)


@leaf
def _sort_few(entries, size, ranks, scratch):  # type: ignore[no-untyped-def]
    """Sort by counting, for each entry, those that come before it: no branch depends on them."""
    for i in range(size):
        entry = entries[i]
        rank = 0
        for j in range(i):
            is_greater = int64(entries[j] > entry)
            ranks[j] += is_greater
            rank += 1 - is_greater
        ranks[i] = rank
        scratch[i] = entry
    for i in range(size):
        entries[ranks[i]] = scratch[i]


@leaf
def _radix_sort(entries, size, n_bits, scratch, histogram):  # type: ignore[no-untyped-def]
    """Sort by the column's digits, lowest first: linear in the size, whatever the columns are."""
    shift = 32
    while shift < 32 + n_bits:
        histogram[:] = 0
        for i in range(size):
            histogram[int64(entries[i] >> uint64(shift)) & ((1 << _DIGIT) - 1)] += 1
        total = 0
        for digit in range(histogram.shape[0]):
            here = histogram[digit]
            histogram[digit] = total
            total += here
        for i in range(size):
            digit = int64(entries[i] >> uint64(shift)) & ((1 << _DIGIT) - 1)
            scratch[histogram[digit]] = entries[i]
            histogram[digit] += 1
        for i in range(size):
            entries[i] = scratch[i]
        shift += _DIGIT


@leaf
def _joined(entries, size, indices, counts, n):  # type: ignore[no-untyped-def]
    """Write sorted entries behind `n` others, equal columns as one; return how many there are then."""
    column = int32(-1)
    for i in range(size):
        following, count = int32(entries[i] >> uint64(32)), int32(entries[i] & uint64(0xFFFFFFFF))
        if following == column:
            counts[n - 1] += count
        else:
            column = following
            indices[n], counts[n] = column, count
            n += 1
    return n
