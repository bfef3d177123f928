"""Bags of features: how often each occurs in each document, and the rows of a matrix made of that.

A *piece* is some documents: `ids` (int32, end to end, below 0: no feature) with the number of them in each document.
"""

from __future__ import annotations

import numpy as np
from numba import int32, int64, uint64

from textrep.kernels.jit import kernel, leaf

__all__ = ["bag_ids", "expand_bags", "scale_rows", "scatter_rows", "sort_rows"]

_FEW = 32  # entries of a row that are sorted by insertion
_DIGIT = 8  # bits a pass of the radix sort for more


@kernel
def bag_ids(
    ids: np.ndarray,  # int32 [n_tokens]
    sizes: np.ndarray,  # int64 [n_docs], their numbers in each document
    least: int,  # ids below are no features
    places: np.ndarray,  # int32, longer than the highest id; what stands in it does not matter
    documents: np.ndarray,  # int64, as long: documents that hold each id are added
    bag: np.ndarray,  # int32 [n_tokens]: the distinct ids of each document, in the order they are met
    counts: np.ndarray,  # int32 [n_tokens]: how often each occurs there
    bag_sizes: np.ndarray,  # int64 [n_docs]: the number of distinct ids of each document
) -> int:
    """Count ids by document; return how many (document, id) pairs there are."""
    n = 0
    read = 0
    for doc in range(sizes.shape[0]):
        first = n
        for i in range(read, read + sizes[doc]):
            v = ids[i]
            if v < least:
                continue
            place = int64(places[v])
            if first <= place < n and bag[place] == v:
                counts[place] += int32(1)
            else:
                places[v] = n
                bag[n] = v
                counts[n] = 1
                documents[v] += 1
                n += 1
        read += sizes[doc]
        bag_sizes[doc] = n - first
    return n


@kernel
def expand_bags(
    bag: np.ndarray,  # int32: distinct words of each document
    counts: np.ndarray,  # int32: how often each occurs
    sizes: np.ndarray,  # int64 [n_docs]
    part_ids: np.ndarray,  # int32: the parts of all words end to end, below 0: no feature
    part_offsets: np.ndarray,  # int64 [n_words + 1]: where each word's begin and end
    places: np.ndarray,  # as for `bag_ids`, of parts
    documents: np.ndarray,
    expanded: np.ndarray,  # int32, at least as long as all parts of all words in `bag`
    part_counts: np.ndarray,  # int32, as long
    expanded_sizes: np.ndarray,  # int64 [n_docs]
) -> int:
    """As `bag_ids`, for the parts of the words in bags; return how many (document, part) pairs there are."""
    n = 0
    read = 0
    for doc in range(sizes.shape[0]):
        first = n
        for i in range(read, read + sizes[doc]):
            word, times = bag[i], counts[i]
            for j in range(part_offsets[word], part_offsets[word + 1]):
                v = part_ids[j]
                if v < 0:
                    continue
                place = int64(places[v])
                if first <= place < n and expanded[place] == v:
                    part_counts[place] += times
                else:
                    places[v] = n
                    expanded[n] = v
                    part_counts[n] = times
                    documents[v] += 1
                    n += 1
        read += sizes[doc]
        expanded_sizes[doc] = n - first
    return n


@kernel
def scatter_rows(
    bag: np.ndarray,  # int32
    counts: np.ndarray,  # int32
    sizes: np.ndarray,  # int64 [n_docs]
    columns: np.ndarray,  # int32: the column of each id, below 0: none
    starts: np.ndarray,  # int64 [n_docs]: where each document's row begins in `entries`
    filled: np.ndarray,  # int64 [n_docs]: how much of it is filled; changed
    entries: np.ndarray,  # uint64: column << 32 | count
) -> None:
    """Write the entries of documents that have a column behind those that are there already."""
    read = 0
    for doc in range(sizes.shape[0]):
        n = starts[doc] + filled[doc]
        for i in range(read, read + sizes[doc]):
            column = columns[bag[i]]
            if column >= 0:
                entries[n] = (uint64(column) << uint64(32)) | uint64(counts[i])
                n += 1
        read += sizes[doc]
        filled[doc] = n - starts[doc]


@kernel
def sort_rows(
    entries: np.ndarray,  # uint64; destroyed
    starts: np.ndarray,  # int64 [n_docs]
    filled: np.ndarray,  # int64 [n_docs]
    n_columns: int,
    scratch: np.ndarray,  # uint64, as long as the longest row
    indices: np.ndarray,  # int32: the columns of all rows, end to end, ascending in each
    counts: np.ndarray,  # int32, as long
) -> None:
    """Sort the entries of each row by column and take them apart."""
    n_bits = 1
    while (n_columns >> n_bits) > 0:
        n_bits += 1
    histogram = np.empty(1 << _DIGIT, np.int64)
    n = 0
    for doc in range(starts.shape[0]):
        first, size = starts[doc], filled[doc]
        if size <= _FEW:
            _insertion_sort(entries, first, size)
        else:
            _radix_sort(entries, first, size, n_bits, scratch, histogram)
        for i in range(first, first + size):
            indices[n] = int32(entries[i] >> uint64(32))
            counts[n] = int32(entries[i] & uint64(0xFFFFFFFF))
            n += 1


@kernel
def scale_rows(values: np.ndarray, sizes: np.ndarray, squared: bool) -> None:
    """Divide rows (of `sizes` values each, end to end) by their length: Euclidean, or the sum of absolute values."""
    first = 0
    for row in range(sizes.shape[0]):
        total = 0.0
        for i in range(first, first + sizes[row]):
            value = float(values[i])
            total += value * value if squared else abs(value)
        if squared:
            total = np.sqrt(total)
        if total > 0:
            for i in range(first, first + sizes[row]):
                values[i] /= total
        first += sizes[row]


@leaf
def _insertion_sort(entries, first, size):  # type: ignore[no-untyped-def]
    for i in range(first + 1, first + size):
        value = entries[i]
        j = i
        while j > first and entries[j - 1] > value:
            entries[j] = entries[j - 1]
            j -= 1
        entries[j] = value


@leaf
def _radix_sort(entries, first, size, n_bits, scratch, histogram):  # type: ignore[no-untyped-def]
    """Sort by the column's digits, lowest first: linear in the size, whatever the columns are."""
    shift = 32
    while shift < 32 + n_bits:
        histogram[:] = 0
        for i in range(first, first + size):
            histogram[int64(entries[i] >> uint64(shift)) & ((1 << _DIGIT) - 1)] += 1
        total = 0
        for digit in range(histogram.shape[0]):
            here = histogram[digit]
            histogram[digit] = total
            total += here
        for i in range(first, first + size):
            digit = int64(entries[i] >> uint64(shift)) & ((1 << _DIGIT) - 1)
            scratch[histogram[digit]] = entries[i]
            histogram[digit] += 1
        for i in range(size):
            entries[first + i] = scratch[i]
        shift += _DIGIT
