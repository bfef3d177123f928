"""The alias table holds exactly the distribution it was made of; the Huffman tree is optimal and prefix-free."""

from __future__ import annotations

import heapq
import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from textrep.kernels.sampling import alias_table, huffman_parents, huffman_paths

COUNTS = st.lists(st.integers(1, 10_000), min_size=1, max_size=60).map(lambda c: np.array(sorted(c)[::-1], np.int64))


@settings(deadline=None)
@given(COUNTS)
def test_alias_table(counts):
    n = len(counts)
    table = np.empty((n, 2), np.uint32)
    alias_table(counts.astype(np.float64), table)
    kept = table[:, 0].astype(np.float64) / 2**32
    probability = kept.copy()
    np.add.at(probability, table[:, 1], 1 - kept)
    np.testing.assert_allclose(probability / n, counts / counts.sum(), atol=1e-8)
    again = np.empty((n, 2), np.uint32)
    alias_table.py_func(counts.astype(np.float64), again)
    np.testing.assert_array_equal(table, again)


def paths_of(counts):
    n = len(counts)
    parents, codes = np.zeros(2 * n - 1, np.int64), np.zeros(2 * n - 1, np.uint8)
    huffman_parents(counts, parents, codes)
    offsets = np.zeros(n + 1, np.int64)
    huffman_paths(parents, codes, offsets, np.zeros(0, np.int32), np.zeros(0, np.float32))
    nodes, signs = np.empty(offsets[-1], np.int32), np.empty(offsets[-1], np.float32)
    huffman_paths(parents, codes, offsets, nodes, signs)
    return [(nodes[a:b].tolist(), signs[a:b].tolist()) for a, b in itertools.pairwise(offsets)]


@settings(deadline=None)
@given(COUNTS)
def test_huffman_tree(counts):
    paths = paths_of(counts)
    heap = counts.tolist()
    heapq.heapify(heap)
    least = 0
    while len(heap) > 1:
        merged = heapq.heappop(heap) + heapq.heappop(heap)
        least += merged
        heapq.heappush(heap, merged)
    assert sum(int(c) * len(nodes) for c, (nodes, _) in zip(counts, paths, strict=True)) == least
    assert len({tuple(signs) for _, signs in paths}) == len(counts), "two words share a code"
    assert sum(2.0 ** -len(signs) for _, signs in paths) == 1.0
    turn = {}  # (node, sign) -> where it leads: the same for every path through it
    for word, (nodes, signs) in enumerate(paths):
        assert all(0 <= node < len(counts) - 1 for node in nodes)
        assert not nodes or nodes[0] == len(counts) - 2, "every path begins at the root"
        following = [*nodes[1:], ("leaf", word)]
        for node, sign, then in zip(nodes, signs, following[: len(nodes)], strict=True):
            assert sign in (-1.0, 1.0)
            assert turn.setdefault((node, sign), then) == then


def test_frequent_words_have_short_codes():
    lengths = [len(nodes) for nodes, _ in paths_of(np.array([50, 20, 10, 5, 5, 1]))]
    assert lengths == sorted(lengths)
    assert lengths[0] == 1


def test_one_word_has_an_empty_path():
    assert paths_of(np.array([7])) == [([], [])]


def test_a_zero_weight_is_never_drawn():
    table = np.empty((3, 2), np.uint32)
    alias_table(np.array([1.0, 0.0, 3.0]), table)
    assert table[1, 0] == 0
    assert 1 not in table[:, 1][[0, 2]]


@pytest.mark.parametrize("n", [100_000])
def test_a_large_alias_table(n):
    weights = (1.0 / np.arange(1, n + 1)) ** 0.75
    table = np.empty((n, 2), np.uint32)
    alias_table(weights, table)
    kept = table[:, 0] / 2**32
    probability = kept.copy()
    np.add.at(probability, table[:, 1], 1 - kept)
    np.testing.assert_allclose(probability / n, weights / weights.sum(), rtol=1e-4)
