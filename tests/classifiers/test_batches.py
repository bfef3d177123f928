"""Batches: each document once, in its place, little padding, the same order for the same seed."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from textrep.classifiers.batches import (
    FIRST_WORD,
    PADDING,
    UNKNOWN,
    inverse_order,
    pad_documents,
    pad_values,
    plan_batches,
    plan_epoch,
)
from textrep.encoded import EncodedCorpus

DOCUMENTS = st.lists(st.lists(st.integers(-1, 50), max_size=12), max_size=40)


def flat(documents: list[list[int]]) -> tuple[np.ndarray, np.ndarray]:
    """Ids and offsets."""
    ids = np.array([word for document in documents for word in document], np.int32)
    return ids, np.cumsum([0, *map(len, documents)])


@settings(deadline=None)
@given(DOCUMENTS, st.integers(1, 9), st.integers(1, 3), st.integers(1, 60), st.integers(0, 99))
def test_each_document_is_in_one_batch_within_the_limits(
    documents: list[list[int]], batch_size: int, pool: int, max_places: int, seed: int
) -> None:
    lengths = np.array([len(document) for document in documents], np.int64)
    random = plan_epoch(lengths, batch_size, np.random.default_rng(seed), pool=pool, max_places=max_places)
    for plan in (random, plan_batches(lengths, batch_size, max_places)):
        assert sorted(document for batch in plan for document in batch) == list(range(len(documents)))
        for batch in plan:
            assert 1 <= len(batch) <= batch_size
            assert len(batch) == 1 or len(batch) * lengths[batch].max() <= max_places


@settings(deadline=None)
@given(DOCUMENTS, st.integers(1, 9))
def test_results_go_back_to_the_order_of_the_documents(documents: list[list[int]], batch_size: int) -> None:
    _, offsets = flat(documents)
    plan = plan_batches(np.diff(offsets), batch_size)
    sums = [np.array([sum(documents[i]) for i in batch]) for batch in plan]
    found = np.concatenate([np.empty(0), *sums])[inverse_order(plan)]
    assert found.tolist() == [sum(document) for document in documents]
    lengths = [len(documents[i]) for batch in plan for i in batch]
    assert lengths == sorted(lengths)


@settings(deadline=None)
@given(DOCUMENTS, st.data())
def test_a_batch_holds_the_words_of_its_documents(documents: list[list[int]], data: st.DataObject) -> None:
    ids, offsets = flat(documents)
    chosen = data.draw(st.lists(st.sampled_from(range(len(documents))), max_size=5)) if documents else []
    batch = pad_documents(ids, offsets, np.array(chosen, np.int64))
    assert batch.ids.dtype == batch.lengths.dtype == torch.int64
    longest = max([1, *(len(documents[i]) for i in chosen)])
    assert batch.ids.shape == (len(chosen), longest)
    for row, length, i in zip(batch.ids.tolist(), batch.lengths.tolist(), chosen, strict=True):
        words = [UNKNOWN if word < 0 else word + FIRST_WORD for word in documents[i]]
        assert length == len(words)
        assert row == words + [PADDING] * (longest - length)


def test_words_of_an_encoded_corpus_become_a_batch() -> None:
    with EncodedCorpus.from_arrays([4, 0, 2], [0, 1, 1, 3]) as corpus:
        batch = pad_documents(corpus.ids, corpus.offsets, np.array([2, 1, 0]))
    assert batch.ids.tolist() == [[2, 4], [0, 0], [6, 0]]
    assert batch.lengths.tolist() == [2, 0, 1]


def test_tags_are_padded_like_words() -> None:
    table, lengths = pad_values(np.array([3, 1, 2], np.int8), np.array([0, 2, 3]), np.array([1, 0]), -1)
    assert table.tolist() == [[2, -1], [3, 1]]
    assert lengths.tolist() == [1, 2]


def test_epochs_differ_and_repeat_with_the_seed() -> None:
    lengths = np.random.default_rng(1).integers(0, 30, 500)

    def epochs(seed: int) -> list[list[list[int]]]:
        generator = np.random.default_rng(seed)
        return [[batch.tolist() for batch in plan_epoch(lengths, 16, generator)] for _ in range(2)]

    assert epochs(3) == epochs(3)
    assert epochs(3)[0] != epochs(3)[1]
    assert epochs(3) != epochs(4)
    sizes = [lengths[batch].mean() for batch in epochs(3)[0]]
    assert sizes != sorted(sizes)


def test_there_is_little_padding() -> None:
    random = np.random.default_rng(0)
    lengths = random.poisson(random.gamma(2, 5, 20_000))

    def filled(plan: list[np.ndarray]) -> float:
        return float(lengths.sum() / sum(len(batch) * lengths[batch].max() for batch in plan))

    assert filled(np.array_split(np.arange(20_000), 20_000 // 64)) < 0.4  # in the order of the documents
    assert filled(plan_epoch(lengths, 64, random)) > 0.94
    assert filled(plan_batches(lengths, 64)) > 0.98


def test_numbers_that_make_no_batch_are_refused() -> None:
    with pytest.raises(ValueError, match=r"^batch_size=0 and max_places=9: both must be 1 or more$"):
        plan_batches(np.array([1]), 0, 9)
    with pytest.raises(ValueError, match=r"^batch_size=2, pool=0 and max_places=9: all must be 1 or more$"):
        plan_epoch(np.array([1]), 2, np.random.default_rng(0), pool=0, max_places=9)


def test_a_batch_goes_to_a_device() -> None:
    batch = pad_documents(np.array([1], np.int32), np.array([0, 1]), np.array([0])).to("meta")
    assert batch.ids.device.type == batch.lengths.device.type == "meta"
