"""The kernels that count by document and make rows: compiled, interpreted, and as a `Counter` would have it."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from interpreted import interpreted

from textrep.kernels.bags import DOCUMENTS as HOLDING
from textrep.kernels.bags import add_counts, count_columns, count_documents, spread_words, weigh_rows

BOTH = pytest.mark.parametrize("which", ["compiled", "interpreted"])
DOCUMENTS = st.lists(st.lists(st.integers(-1, 12), max_size=40), max_size=6)
MOST = 2**31 - 1


def chosen(kernel, which):
    return kernel if which == "compiled" else interpreted(kernel)


def flat(documents, dtype=np.int32):
    """Return values end to end, and how many each document has."""
    sizes = np.array([len(document) for document in documents], np.int64)
    return np.array([value for document in documents for value in document], dtype), sizes


def rows_of(values, sizes):
    return [part.tolist() for part in np.split(values[: sizes.sum()], np.cumsum(sizes)[:-1])] if sizes.size else []


# Documents that have an n-gram


@BOTH
@settings(deadline=None)
@given(DOCUMENTS, DOCUMENTS, st.booleans(), st.booleans(), st.randoms(use_true_random=False))
def test_count_documents(which, documents, more, with_occurrences, with_times, random):
    """In two batches: what the first leaves behind does not disturb the second."""
    seen = np.zeros((13, 2), np.int32)
    occurrences = np.zeros(13 if with_occurrences else 0, np.int64)
    before, wanted = 0, Counter()
    for batch in (documents, more):
        ids, sizes = flat(batch)
        times = np.array([random.randint(1, 300) for _ in ids] if with_times else [], np.int32)
        chosen(count_documents, which)(ids, times, sizes, before, seen, occurrences)
        before += len(batch)
        for v, n in zip(ids.tolist(), times.tolist() if with_times else [1] * ids.size, strict=True):
            wanted[v] += n
    everything = documents + more
    assert seen[:, HOLDING].tolist() == [sum(v in document for document in everything) for v in range(13)]
    assert occurrences.tolist() == [wanted[v] for v in range(13)][: occurrences.size]


@BOTH
def test_add_counts(which):
    totals = np.array([1, 0, 0])
    chosen(add_counts, which)(np.array([2, -1, 0, 2], np.int32), np.array([5, 7, 1 << 40, 3, 9]), totals)
    assert totals.tolist() == [1 + (1 << 40), 0, 8]
    chosen(add_counts, which)(np.array([1, 1], np.int32), np.array([4]), totals)
    assert totals.tolist() == [1 + (1 << 40), 4, 8]


# Rows


def columns_counted(which, numbers, sizes, columns, n_columns, times=()):
    """Return the rows that the kernel makes, as lists of (column, count)."""
    numbers = np.array(numbers, np.int32).reshape(len(numbers), -1)
    firsts = np.cumsum([0, *map(len, columns[:-1])])
    joined = np.array([column for part in columns for column in part], np.int32)
    longest = len(numbers) * int(sizes.max(initial=0))
    scratch = np.empty(longest, np.uint64), np.empty(longest, np.uint64)
    indices, counts = np.full(numbers.size, -7, np.int32), np.full(numbers.size, -7, np.int32)
    row_sizes = np.empty_like(sizes)
    n = chosen(count_columns, which)(
        numbers, np.array(times, np.int32), sizes, joined, firsts, n_columns, *scratch, indices, counts, row_sizes
    )
    assert n == row_sizes.sum()
    return [
        list(zip(*row, strict=True))
        for row in zip(rows_of(indices, row_sizes), rows_of(counts, row_sizes), strict=True)
    ]


@BOTH
@settings(deadline=None)
@given(
    DOCUMENTS,
    st.lists(st.lists(st.integers(-1, 300), min_size=13, max_size=13), min_size=1, max_size=3),
    st.booleans(),
    st.randoms(use_true_random=False),
)
def test_count_columns(which, documents, columns, with_times, random):
    """Of several lengths, whose columns may be the same."""
    first, sizes = flat(documents)
    numbers = [first.tolist(), *([random.randint(-1, 12) for _ in first] for _ in columns[1:])]
    times = [random.randint(1, 1000) for _ in first] if with_times else []
    wanted, read = [], 0
    for size in sizes:
        row = Counter()
        for its_columns, ids in zip(columns, numbers, strict=True):
            for i in range(read, read + size):
                if ids[i] >= 0 and its_columns[ids[i]] >= 0:
                    row[its_columns[ids[i]]] += times[i] if times else 1
        wanted.append(sorted(row.items()))
        read += size
    assert columns_counted(which, numbers, sizes, columns, 301, times) == wanted


# Up to 32 numbers of a document are sorted by insertion, more by their digits: 1, 2, 3 or 4 bytes of a column.
@BOTH
@pytest.mark.parametrize("n_columns", [40, 255, 256, 257, 65_536, 65_537, 1 << 24, (1 << 24) + 1, MOST])
def test_numbers_that_are_columns(which, n_columns):
    random = np.random.default_rng(n_columns)
    sizes = np.array([0, 1, 2, 31, 32, 33, 34, 0, 40])
    documents = [random.integers(0, n_columns, size).tolist() for size in sizes]
    for document in documents:
        document[:2] = [n_columns - 1, 0][: len(document)]  # the ends of the range
    numbers, sizes = flat(documents)
    times = random.integers(1, MOST // 40, numbers.size)
    wanted, read = [], 0
    for document in documents:
        row = Counter()
        for column, n in zip(document, times[read:], strict=False):
            row[column] += int(n)
        read += len(document)
        wanted.append(sorted(row.items()))
    assert columns_counted(which, [numbers], sizes, [[]], n_columns, times) == wanted


def test_counts_far_above_a_byte():
    sizes = np.array([255, 256, 69_489])
    assert columns_counted("compiled", [np.zeros(70_000)], sizes, [[3]], 4) == [[(3, 255)], [(3, 256)], [(3, 69_489)]]


# Words and their parts


@BOTH
@settings(deadline=None)
@given(
    st.lists(st.lists(st.integers(-1, 9), max_size=6), min_size=1, max_size=5),
    st.lists(st.dictionaries(st.integers(0, 4), st.integers(1, 400), max_size=5), max_size=5),
)
def test_spread_words(which, parts, bags):
    bags = [{word % len(parts): times for word, times in bag.items()} for bag in bags]
    part_ids, part_sizes = flat(parts)
    lengths = np.stack([part_ids, part_ids * 10])
    offsets = np.concatenate(([0], np.cumsum(part_sizes)))
    words, sizes = flat([list(bag) for bag in bags])
    counts, _ = flat([list(bag.values()) for bag in bags])
    room = int(sum(part_sizes[word] for word in words))
    numbers, times, unit_sizes = np.empty((2, room), np.int32), np.empty(room, np.int32), np.empty_like(sizes)
    chosen(spread_words, which)(words, counts, sizes, lengths, offsets, numbers, times, unit_sizes)
    wanted = [[(part, n) for word, n in bag.items() for part in parts[word]] for bag in bags]
    assert unit_sizes.tolist() == [len(row) for row in wanted]
    assert rows_of(numbers[0], unit_sizes) == [[part for part, _ in row] for row in wanted]
    assert rows_of(numbers[1], unit_sizes) == [[part * 10 for part, _ in row] for row in wanted]
    assert rows_of(times, unit_sizes) == [[n for _, n in row] for row in wanted]


# Values


@BOTH
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_weigh_rows(which, dtype):
    rows, columns = [[3, -2], [], [0, 0], [2]], np.array([0, 2, 1, 0, 1], np.int32)
    weights = np.array([1, 5, 2], dtype)
    for norm, weighted, plain in (
        (0, [3, -4, 0, 0, 10], [3, -2, 0, 0, 2]),
        (1, [3 / 7, -4 / 7, 0, 0, 1], [3 / 5, -2 / 5, 0, 0, 1]),
        (2, [0.6, -0.8, 0, 0, 1], [3 / 13**0.5, -2 / 13**0.5, 0, 0, 1]),
    ):
        for factors, wanted in ((weights, weighted), (weights[:0], plain)):
            values, sizes = flat(rows, dtype)
            chosen(weigh_rows, which)(values, columns, sizes, factors, norm)
            np.testing.assert_allclose(values, wanted, rtol=1e-6)
