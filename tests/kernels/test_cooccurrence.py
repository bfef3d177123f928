"""Counting pairs of words: compiled, interpreted, and a plain count of every pair."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from interpreted import interpreted

from textrep.kernels.cooccurrence import block_entries, count_rows, group_places, join_documents, merge_rows

FORMS = pytest.mark.parametrize("form", [lambda kernel: kernel, interpreted], ids=["compiled", "interpreted"])


@FORMS
def test_documents_are_joined_with_separators(form):
    out = np.zeros(8, np.int32)
    numbers = np.array([10, 11, 12], np.int32)
    form(join_documents)(np.array([0, 2, 1, 1], np.int32), np.array([1, 3]), numbers, out)
    assert out.tolist() == [-1, 10, -1, 12, 11, -1, 11, -1]


@FORMS
def test_places_of_words_between_two_bounds(form):
    tokens = np.array([-1, 2, 0, 2, -1, 0, 2, -1], np.int32)
    offsets, places = np.zeros(4, np.int64), np.zeros(5, np.int32)
    form(group_places)(tokens, 2, 7, offsets, places)
    assert offsets.tolist() == [0, 2, 2, 4]
    assert places[:4].tolist() == [2, 5, 3, 6]


@FORMS
@pytest.mark.parametrize("symmetric", [True, False])
def test_counts_are_those_of_a_plain_count(form, symmetric):
    random = np.random.default_rng(1)
    n_words, window = 7, 3
    documents = [random.integers(0, n_words, n) for n in (1, 9, 2, 30)]
    expected: Counter[tuple[int, int]] = Counter()
    for document in documents:
        for i, word in enumerate(document):
            for j in range(max(0, i - window), i):
                expected[int(word), int(document[j])] += 1 / (i - j)
                if symmetric:
                    expected[int(document[j]), int(word)] += 1 / (i - j)
    tokens = np.concatenate([[-1], *([*document, -1] for document in documents)]).astype(np.int32)
    offsets, places = np.zeros(n_words + 1, np.int64), np.zeros(len(tokens), np.int32)
    form(group_places)(tokens, 0, len(tokens), offsets, places)
    weights = np.array([9.0, 1, 1 / 2, 1 / 3])  # the first is of no distance
    totals, columns, counts = np.zeros(n_words), np.zeros(500, np.int32), np.zeros(500, np.float32)
    ends = np.zeros(n_words, np.int64)
    n = form(count_rows)(tokens, places, offsets, 0, n_words, weights, symmetric, totals, columns, counts, ends)
    rows = np.repeat(np.arange(n_words), np.diff(ends, prepend=0))
    found = dict(zip(zip(rows.tolist(), columns[:n].tolist(), strict=True), counts[:n].tolist(), strict=True))
    assert n == ends[-1] == len(found)
    assert found == pytest.approx(expected, rel=1e-6)
    assert not totals.any()


@FORMS
def test_rows_of_parts_are_added_up(form):
    starts = np.array([[0, 2, 2], [2, 3, 5]])  # two parts of two rows
    columns, counts = np.array([4, 1, 1, 0, 4], np.int32), np.array([1, 2, 8, 16, 32], np.float32)
    out_columns, out_counts, ends = np.zeros(5, np.int32), np.zeros(5, np.float32), np.zeros(2, np.int64)
    totals = np.zeros(5)
    assert form(merge_rows)(starts, columns, counts, totals, out_columns, out_counts, ends) == 4
    assert ends.tolist() == [2, 4]
    assert out_columns[:4].tolist() == [4, 1, 0, 4]
    assert out_counts[:4].tolist() == [1, 10, 16, 32]
    assert not totals.any()


@FORMS
def test_blocks_hold_every_entry_once_tile_by_tile(form):
    random = np.random.default_rng(2)
    block_size, n_blocks, tile, tiles = 5, 3, 2, 3
    matrix = random.integers(0, 3, (block_size, block_size * n_blocks)).astype(np.float32)
    rows, columns = np.nonzero(matrix)
    ends = np.searchsorted(rows, np.arange(block_size), side="right")
    bounds = np.zeros(n_blocks * tiles * tiles + 1, np.int64)
    places, counts = np.zeros((len(rows), 2), np.uint16), np.zeros(len(rows), np.float32)
    given = (columns.astype(np.int32), matrix[rows, columns], ends, block_size, tile, 7)
    form(block_entries)(*given, bounds, places, counts)
    found = np.zeros_like(matrix)
    begin = 0
    for number, end in enumerate(bounds[:-1].tolist()):
        block, row_tile, column_tile = number // tiles**2, number // tiles % tiles, number % tiles
        for (row, column), count in zip(places[begin:end].tolist(), counts[begin:end].tolist(), strict=True):
            assert (row // tile, column // tile) == (row_tile, column_tile)
            found[row, block * block_size + column] += count
        begin = end
    assert begin == len(rows)
    np.testing.assert_array_equal(found, matrix)
    other, same = np.zeros_like(places), np.zeros_like(places)
    for state, out in ((8, other), (7, same)):
        form(block_entries)(*given[:-1], state, np.zeros_like(bounds), out, counts)
    assert not np.array_equal(other, places)
    np.testing.assert_array_equal(same, places)
