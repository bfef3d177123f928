"""Vectors of words: given or random, frozen or changed by training, and that of unknown words."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from textrep.classifiers.batches import FIRST_WORD, PADDING, UNKNOWN
from textrep.classifiers.embeddings import TokenEmbedding
from textrep.classifiers.word_dropout import WordDropout

VECTORS = np.arange(1, 13, dtype=np.float32).reshape(4, 3)
IDS = torch.tensor([[FIRST_WORD + 2, UNKNOWN, FIRST_WORD], [FIRST_WORD + 3, PADDING, PADDING]])


@pytest.mark.parametrize("fine_tune", [False, True])
def test_given_vectors_are_looked_up(fine_tune: bool) -> None:
    given = VECTORS.copy()
    given.flags.writeable = False  # as a store's are
    embedding = TokenEmbedding(4, 3, given, fine_tune=fine_tune)
    found = embedding(IDS)
    expected = [[VECTORS[2], VECTORS.mean(0), VECTORS[0]], [VECTORS[3], np.zeros(3), np.zeros(3)]]
    np.testing.assert_array_equal(found.detach().numpy(), np.array(expected))
    with torch.no_grad():
        embedding.words.add_(1)
    np.testing.assert_array_equal(given, VECTORS)


@pytest.mark.parametrize("sparse_gradient", [False, True])
@pytest.mark.parametrize("fine_tune", [False, True])
def test_training_changes_what_it_may(fine_tune: bool, sparse_gradient: bool) -> None:
    embedding = TokenEmbedding(4, 3, VECTORS, fine_tune=fine_tune, sparse_gradient=sparse_gradient)
    sparse = sparse_gradient and fine_tune
    optimizers = [torch.optim.Adam([embedding.unknown])]
    if fine_tune:
        optimizers.append((torch.optim.SparseAdam if sparse else torch.optim.Adam)([embedding.words]))
    embedding(IDS).sum().backward()
    if fine_tune:
        assert embedding.words.grad.is_sparse == sparse
    for optimizer in optimizers:
        optimizer.step()
    changed = (embedding.words[FIRST_WORD:].detach().numpy() != VECTORS).any(1)
    assert changed.tolist() == [fine_tune, False, fine_tune, fine_tune]
    assert (embedding.unknown.detach().numpy() != VECTORS.mean(0)).all()
    assert not embedding.words[:FIRST_WORD].any()


@pytest.mark.parametrize("fine_tune", [False, True])
def test_its_state_holds_all_vectors(fine_tune: bool) -> None:
    one = TokenEmbedding(4, 3, VECTORS, fine_tune=fine_tune)
    other = TokenEmbedding(4, 3, np.zeros_like(VECTORS), fine_tune=fine_tune)
    other.load_state_dict(one.state_dict())
    assert torch.equal(other(IDS), one(IDS))
    assert [name for name, _ in one.named_parameters()] == (["words", "unknown"] if fine_tune else ["unknown"])


def test_vectors_that_are_not_given_are_random_and_learned() -> None:
    embedding = TokenEmbedding(1000, 20)
    words = embedding.words[FIRST_WORD:].detach()
    assert words.std().item() == pytest.approx(0.1, rel=0.05)
    assert embedding.words.requires_grad
    assert TokenEmbedding(0, 3)(torch.tensor([UNKNOWN, PADDING])).tolist() == [[0, 0, 0]] * 2


def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(
        ValueError, match=r"^fine_tune=False freezes vectors, but no vectors are given; pass vectors or"
    ):
        TokenEmbedding(4, 3, fine_tune=False)
    with pytest.raises(ValueError, match=r"^vectors have shape \(4, 3\), but 5 words with 3 numbers are expected$"):
        TokenEmbedding(5, 3, VECTORS)


@pytest.mark.parametrize("fine_tune", [False, True])
def test_vectors_beyond_the_table_come_with_the_batch(fine_tune: bool) -> None:
    embedding = TokenEmbedding(4, 3, VECTORS, fine_tune=fine_tune)
    others = torch.tensor([[7.0, 8, 9], [-1, -2, -3]])
    beyond = torch.tensor([[FIRST_WORD + 5, UNKNOWN, FIRST_WORD + 4], [FIRST_WORD + 3, PADDING, PADDING]])
    found = embedding(beyond, others).detach()
    expected = [[[-1, -2, -3], VECTORS.mean(0), [7, 8, 9]], [VECTORS[3], np.zeros(3), np.zeros(3)]]
    np.testing.assert_array_equal(found.numpy(), np.array(expected))
    assert torch.equal(embedding(IDS, others[:0]), embedding(IDS))


def test_words_are_dropped_by_their_counts_and_in_training_only() -> None:
    dropout = WordDropout(np.array([1, 3, 1000]), rate=0.5)
    ids = torch.tensor([PADDING, UNKNOWN, FIRST_WORD, FIRST_WORD + 1, FIRST_WORD + 2]).repeat(4000, 1)
    dropped = dropout(ids)
    assert set(dropped[dropped != ids].tolist()) == {UNKNOWN}
    shares = (dropped != ids).float().mean(0)
    np.testing.assert_allclose(shares, [0, 0, 0.5 / 1.5, 0.5 / 3.5, 0.5 / 1000.5], atol=0.03)
    assert torch.equal(dropout.eval()(ids), ids)
    assert torch.equal(WordDropout(np.array([1, 1, 1]), rate=0)(ids), ids)
    assert dropout.state_dict() == {}, "nothing of it is saved"


def test_word_dropout_goes_with_its_network_to_another_device() -> None:
    """What is left behind on a GPU could not be unpickled without one."""
    network = torch.nn.Sequential(TokenEmbedding(4, 3, word_dropout=WordDropout(np.ones(4, np.int64)))).to("meta")
    assert network[0].word_dropout._shares.is_meta


def test_the_unknown_vector_is_learned_from_words_dropped() -> None:
    embedding = TokenEmbedding(4, 3, VECTORS, word_dropout=WordDropout(np.ones(4, np.int64), rate=1e9))
    embedding(torch.full((2, 5), FIRST_WORD)).sum().backward()
    assert embedding.unknown.grad.tolist() == [10, 10, 10]
    embedding.eval()
    assert torch.equal(embedding(torch.tensor([FIRST_WORD])), embedding.words[FIRST_WORD][None])
