"""Whole networks: they learn what can be learned, and a document's result is its own."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
import torch
from torch import Tensor

from textrep.classifiers.batches import pad_documents, pad_values, plan_batches, plan_epoch
from textrep.classifiers.characters import CharacterFeatures, take_characters
from textrep.classifiers.crf import NO_TAG
from textrep.classifiers.embeddings import TokenEmbedding
from textrep.classifiers.networks import DocumentNetwork, TaggingHead, TaggingNetwork
from textrep.classifiers.poolings import POOLINGS
from textrep.classifiers.recurrent import CELLS, RecurrentEncoder
from textrep.classifiers.tags import allowed_transitions

RANDOM = np.random.default_rng(0)
LENGTHS = RANDOM.integers(0, 9, 120)
OFFSETS = np.concatenate([[0], np.cumsum(LENGTHS)])
WORDS = RANDOM.integers(-1, 20, OFFSETS[-1]).astype(np.int32)


def document_network(**options: object) -> DocumentNetwork:
    encoder = {name: options.pop(name) for name in ("cell", "num_layers", "bidirectional") if name in options}
    return DocumentNetwork(TokenEmbedding(20, 8), RecurrentEncoder(8, 12, **encoder), 1, **options)


@pytest.mark.parametrize(
    "options",
    [
        {"pooling": "max", "cell": "lstm", "hidden_layer_sizes": (10,), "activation": "tanh", "dropout": 0.1},
        {"pooling": "mean", "cell": "gru", "num_layers": 2},
        {"pooling": "last", "cell": "lstm", "bidirectional": False},
        {"pooling": "attention", "cell": "rnn"},
    ],
    ids=str,
)
def test_a_network_learns_whether_a_word_occurs(options: dict[str, object]) -> None:
    labels = torch.tensor([[float(7 in WORDS[a:b])] for a, b in itertools.pairwise(OFFSETS)])
    network = document_network(**options)
    optimizer = torch.optim.Adam(network.parameters(), lr=0.05)
    loss = torch.nn.BCEWithLogitsLoss()
    generator = np.random.default_rng(1)
    for _ in range(12):
        for documents in plan_epoch(LENGTHS, 16, generator):
            optimizer.zero_grad()
            loss(network(pad_documents(WORDS, OFFSETS, documents)), labels[documents]).backward()
            optimizer.step()
    network.eval()
    logits = network(pad_documents(WORDS, OFFSETS, np.arange(120)))
    assert 0.1 < labels.mean() < 0.4
    assert ((logits > 0) == (labels > 0)).float().mean() > 0.97


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("pooling", POOLINGS)
def test_probabilities_are_the_same_alone_and_in_any_batch(cell: str, pooling: str) -> None:
    network = document_network(cell=cell, pooling=pooling, dropout=0.5).eval()
    together = network(pad_documents(WORDS, OFFSETS, np.arange(120)))
    assert (LENGTHS == 0).any()
    assert together.isfinite().all()
    assert set(LENGTHS[:40]) == set(LENGTHS)
    for batch_size, of in ((1, 40), (7, 120)):
        for documents in plan_batches(LENGTHS[:of], batch_size):
            logits = network(pad_documents(WORDS, OFFSETS, documents))
            torch.testing.assert_close(logits, together[documents], rtol=1e-5, atol=1e-6)


def test_a_document_of_unknown_words_is_told_from_an_empty_one() -> None:
    network = document_network(pooling="mean")
    logits = network(pad_documents(np.array([-1, -1], np.int32), np.array([0, 0, 2]), np.arange(2)))
    assert logits.isfinite().all()
    assert logits[0] != logits[1]


def tagging_network(crf: bool, characters: bool) -> TaggingNetwork:
    features = CharacterFeatures(5, 6, 4) if characters else None
    encoder = RecurrentEncoder(8 + (6 if characters else 0), 12)
    return TaggingNetwork(TokenEmbedding(20, 8), encoder, TaggingHead(24, 3, crf), features, dropout=0.1)


@pytest.mark.parametrize(("crf", "characters"), [(False, False), (True, True)])
def test_a_network_learns_tags(crf: bool, characters: bool) -> None:
    # A chunk is a word below 5 and all that follow it below 10. With characters, words are told by these alone.
    tags = np.zeros(len(WORDS), np.int64)
    for begin, end in itertools.pairwise(OFFSETS):
        for t in range(begin, end):
            inside = t > begin and tags[t - 1] > 0 and 5 <= WORDS[t] < 10
            tags[t] = 1 if 0 <= WORDS[t] < 5 else 2 if inside else 0
    words = np.full_like(WORDS, -1) if characters else WORDS
    forms = [[w // 5, w % 5] if w >= 0 else [-1] for w in range(-1, 20)]
    letters = np.array([letter for form in forms for letter in form], np.int32)
    letter_offsets = np.cumsum([0, *map(len, forms)])
    network = tagging_network(crf, characters)
    optimizer = torch.optim.Adam(network.parameters(), lr=0.05)
    generator = np.random.default_rng(1)

    def emissions(documents: np.ndarray) -> tuple[Tensor, Tensor, Tensor]:
        batch = pad_documents(words, OFFSETS, documents)
        table, _ = pad_values(tags, OFFSETS, documents, NO_TAG)
        taken = take_characters(WORDS + 1, OFFSETS, documents, letters, letter_offsets) if characters else None
        return network(batch, taken), torch.from_numpy(table), batch.lengths

    for _ in range(12):
        for documents in plan_epoch(LENGTHS, 16, generator):
            optimizer.zero_grad()
            network.head.losses(*emissions(documents)).mean().backward()
            optimizer.step()
    network.eval()
    scores, expected, lengths = emissions(np.arange(120))
    inside = expected != NO_TAG
    for constraints in (None, allowed_transitions(["O", "B-X", "I-X"], "BIO")):
        found = network.head.decode(scores, lengths, constraints)
        assert torch.equal(found != NO_TAG, inside)
        assert (found == expected)[inside].float().mean() > 0.97
    probabilities = network.head.probabilities(scores, lengths)
    torch.testing.assert_close(probabilities.sum(2), inside.float(), rtol=1e-5, atol=1e-5)
    assert network.head.losses(scores, expected, lengths).mean() < 0.5


def test_tags_without_a_chain_are_each_for_itself() -> None:
    head = TaggingHead(4, 3, crf=False)
    assert [name for name, parameter in head.named_parameters() if parameter.requires_grad] == [
        "linear.weight",
        "linear.bias",
    ]
    lengths = torch.tensor([5, 0, 2])
    emissions = head(torch.randn(3, 5, 4))
    tags = torch.randint(3, (3, 5)).masked_fill(torch.arange(5) >= lengths[:, None], NO_TAG)
    torch.testing.assert_close(
        head.losses(emissions, tags, lengths), -head.chain.log_likelihood(emissions, tags, lengths)
    )
    assert head.decode(emissions, lengths)[0].tolist() == emissions[0].argmax(1).tolist()
    torch.testing.assert_close(head.probabilities(emissions, lengths)[0], emissions[0].softmax(1))


def test_characters_are_given_where_they_are_needed_and_only_there() -> None:
    batch = pad_documents(WORDS, OFFSETS, np.arange(2))
    characters = take_characters(WORDS + 1, OFFSETS, np.arange(2), np.zeros(21, np.int32), np.arange(22))
    for network, taken in ((tagging_network(True, True), None), (tagging_network(True, False), characters)):
        with pytest.raises(
            ValueError, match=r"^characters must be given to a network with features of characters, and"
        ):
            network(batch, taken)
