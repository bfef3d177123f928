"""The kernels that count by document and sort rows: compiled, interpreted, and as a `Counter` would have it."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from textrep.kernels.bags import bag_ids, expand_bags, scatter_rows, sort_rows

BOTH = pytest.mark.parametrize("which", ["compiled", "interpreted"])
DOCUMENTS = st.lists(st.lists(st.integers(-1, 12), max_size=40), max_size=6)
MOST = 2**31 - 1


def chosen(kernel, which):
    return kernel if which == "compiled" else kernel.py_func


def flat(documents, dtype=np.int32):
    """Return values end to end, and how many each document has."""
    sizes = np.array([len(document) for document in documents], np.int64)
    return np.array([value for document in documents for value in document], dtype), sizes


def rows_of(values, sizes):
    return [part.tolist() for part in np.split(values[: sizes.sum()], np.cumsum(sizes)[:-1])] if sizes.size else []


@BOTH
@settings(deadline=None)
@given(DOCUMENTS, st.integers(0, 3), st.integers(0, 2**32 - 1))
def test_bag_ids(which, documents, least, seed):
    ids, sizes = flat(documents)
    # What stands in `places` is of earlier blocks, and may be anything.
    places = np.random.default_rng(seed).integers(-5, 200, 13).astype(np.int32)
    seen = np.arange(13)
    bag, counts, bag_sizes = np.full(ids.size, -7, np.int32), np.full(ids.size, -7, np.int32), np.empty_like(sizes)
    n = chosen(bag_ids, which)(ids, sizes, least, places, seen, bag, counts, bag_sizes)
    wanted = [Counter(v for v in document if v >= least) for document in documents]  # in the order they are met
    assert bag_sizes.tolist() == [len(counter) for counter in wanted]
    assert n == bag_sizes.sum()
    assert rows_of(bag, bag_sizes) == [list(counter) for counter in wanted]
    assert rows_of(counts, bag_sizes) == [list(counter.values()) for counter in wanted]
    assert seen.tolist() == [i + sum(i in counter for counter in wanted) for i in range(13)]


@BOTH
@settings(deadline=None)
@given(
    st.lists(st.lists(st.integers(-1, 9), max_size=6), min_size=1, max_size=5),
    st.lists(st.dictionaries(st.integers(0, 4), st.integers(1, 400), max_size=5), max_size=5),
)
def test_expand_bags(which, parts, bags):
    bags = [{word % len(parts): times for word, times in bag.items()} for bag in bags]
    part_ids, part_sizes = flat(parts)
    offsets = np.concatenate(([0], np.cumsum(part_sizes)))
    words, sizes = flat([list(bag) for bag in bags])
    times, _ = flat([list(bag.values()) for bag in bags])
    room = int(sum(part_sizes[word] for word in words))
    expanded, counts, expanded_sizes = np.empty(room, np.int32), np.empty(room, np.int32), np.empty_like(sizes)
    places, seen = np.full(10, 3, np.int32), np.zeros(10, np.int64)
    n = chosen(expand_bags, which)(
        words, times, sizes, part_ids, offsets, places, seen, expanded, counts, expanded_sizes
    )  # fmt: skip
    wanted = []
    for bag in bags:
        wanted.append(Counter())
        for word, occurrences in bag.items():
            for part in parts[word]:
                if part >= 0:
                    wanted[-1][part] += occurrences
    assert expanded_sizes.tolist() == [len(counter) for counter in wanted]
    assert n == expanded_sizes.sum()
    assert rows_of(expanded, expanded_sizes) == [list(counter) for counter in wanted]
    assert rows_of(counts, expanded_sizes) == [list(counter.values()) for counter in wanted]
    assert seen.tolist() == [sum(i in counter for counter in wanted) for i in range(10)]


def test_counts_above_a_byte_and_above_two():
    ids, sizes = np.zeros(70_000, np.int32), np.array([255, 256, 69_489])
    places, seen = np.zeros(1, np.int32), np.zeros(1, np.int64)
    bag, counts, bag_sizes = np.empty(70_000, np.int32), np.empty(70_000, np.int32), np.empty(3, np.int64)
    assert bag_ids(ids, sizes, 0, places, seen, bag, counts, bag_sizes) == 3
    assert counts[:3].tolist() == [255, 256, 69_489]
    assert seen.tolist() == [3]


@BOTH
def test_scatter_rows_goes_on_behind_what_is_there(which):
    entries = np.full(9, 99, np.uint64)
    starts, filled = np.array([0, 4, 5]), np.array([1, 0, 2])
    bag, counts, sizes = np.array([2, 0, 1, 1], np.int32), np.array([5, 6, 300, MOST], np.int32), np.array([3, 0, 1])
    columns = np.array([-1, MOST, 7], np.int32)
    chosen(scatter_rows, which)(bag, counts, sizes, columns, starts, filled, entries)
    assert filled.tolist() == [3, 0, 3]
    wanted = [99, (7 << 32) | 5, (MOST << 32) | 300, 99, 99, 99, 99, (MOST << 32) | MOST, 99]
    assert entries.tolist() == wanted


# 1 to 32 entries are sorted by insertion, more by their digits: 1, 2, 3 or 4 bytes of a column.
@BOTH
@pytest.mark.parametrize("n_columns", [40, 255, 256, 257, 65_536, 65_537, 1 << 24, (1 << 24) + 1, MOST, 1 << 31])
def test_sort_rows(which, n_columns):
    random = np.random.default_rng(n_columns)
    sizes = np.array([0, 1, 2, 31, 32, 33, 34, 0, 40])
    rows = [random.choice(n_columns, size, replace=False) if n_columns < 1e5
            else np.unique(random.integers(0, n_columns, size)) for size in sizes]  # fmt: skip
    for row in rows:
        random.shuffle(row)
        row[: min(2, row.size)] = [n_columns - 1, 0][: row.size]  # the ends of the range
    rows = [list(dict.fromkeys(row.tolist())) for row in rows]
    filled = np.array([len(row) for row in rows], np.int64)
    starts = np.cumsum(filled + 3) - filled  # with gaps between them
    entries = np.full(int(starts[-1] + filled[-1] + 2), 2**64 - 1, np.uint64)
    counts = [random.integers(1, MOST, len(row)).tolist() for row in rows]
    for start, row, times in zip(starts, rows, counts, strict=True):
        for i, (column, count) in enumerate(zip(row, times, strict=True)):
            entries[start + i] = (column << 32) | count
    indices, values = np.empty(filled.sum(), np.int32), np.empty(filled.sum(), np.int32)
    scratch = np.empty(filled.max(), np.uint64)
    chosen(sort_rows, which)(entries, starts, filled, n_columns, scratch, indices, values)
    wanted = [sorted(zip(row, times, strict=True)) for row, times in zip(rows, counts, strict=True)]
    assert indices.tolist() == [column for row in wanted for column, _ in row]
    assert values.tolist() == [count for row in wanted for _, count in row]


@settings(deadline=None)
@given(st.lists(st.integers(1, 5000), unique=True, max_size=200), st.integers(0, 13))
def test_sort_rows_of_any_size(row, extra):
    row = [value << extra for value in row]
    entries = np.array([(column << 32) | (column & 0xFF) + 1 for column in row], np.uint64)
    n = len(row)
    indices, counts = np.empty(n, np.int32), np.empty(n, np.int32)
    n_columns = max(row, default=0) + 1
    sort_rows(entries, np.array([0]), np.array([n]), n_columns, np.empty(n, np.uint64), indices, counts)
    assert indices.tolist() == sorted(row)
    assert counts.tolist() == [(column & 0xFF) + 1 for column in sorted(row)]
