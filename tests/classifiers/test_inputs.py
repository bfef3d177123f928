"""Documents as batches: words and characters in their places, each document once."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from textrep import EmbeddingStore
from textrep.classifiers.alphabet import Alphabet
from textrep.classifiers.batches import FIRST_WORD, PADDING, UNKNOWN
from textrep.classifiers.inputs import DocumentSource, SentenceSource
from textrep.classifiers.tokens import read_sentences
from textrep.classifiers.words import learn_words

SENTENCES = [["ab", "c"], [], ["zz", "ab", "new"], ["c"]]
CPU = torch.device("cpu")


@pytest.fixture
def source() -> SentenceSource:
    tokens = read_sentences(SENTENCES)
    store = EmbeddingStore.from_vectors(["ab", "c", "new"], np.eye(3))
    words, _ = learn_words(tokens, np.array([0, 3]), store)
    assert words.table.to_list() == ["c", "ab"]
    return SentenceSource(tokens, words, 2, CPU, Alphabet("abc"))


def test_words_have_their_places(source: SentenceSource) -> None:
    batch = source.take(np.array([2, 0]))
    ab, c = FIRST_WORD + 1, FIRST_WORD
    assert batch.ids.tolist() == [[UNKNOWN, ab, FIRST_WORD + 2], [ab, c, PADDING]]
    assert batch.lengths.tolist() == [3, 2]
    assert batch.others.tolist() == [[0, 0, 1]]


def test_characters_have_their_places(source: SentenceSource) -> None:
    batch = source.take_characters(np.array([2, 0]))
    ends = torch.cumsum(batch.lengths, 0).tolist()
    spelled = [batch.characters[a:b].tolist() for a, b in zip([0, *ends], ends, strict=False)]
    a, b, c = range(FIRST_WORD, FIRST_WORD + 3)
    ab, new, zz = [a, b], [UNKNOWN] * 3, [UNKNOWN] * 2
    assert [[spelled[i] for i in row] for row in batch.places.tolist()] == [[zz, ab, new], [ab, [c], []]]
    tokens = read_sentences(SENTENCES)
    words, _ = learn_words(tokens, np.arange(4))
    assert SentenceSource(tokens, words, 2, CPU).take_characters(np.array([0])) is None


def test_each_document_is_in_one_batch(source: DocumentSource) -> None:
    rows = np.array([0, 2, 3])
    assert [batch.tolist() for batch in source.plan(rows)] == [[3, 0], [2]]
    plan = source.plan_epoch(rows, np.random.default_rng(0))
    assert sorted(np.concatenate(plan).tolist()) == [0, 2, 3]
    assert max(map(len, plan)) == 2
    assert len(source) == 4
    assert source.lengths.tolist() == [2, 0, 3, 1]
