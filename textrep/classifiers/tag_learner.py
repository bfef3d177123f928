"""`TagLearner`: a tagging network, with the sentences and the tags that it learns from; and what it says of others."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from textrep.classifiers.batches import Plan, pad_values
from textrep.classifiers.crf import NO_TAG
from textrep.classifiers.fitting import Evaluation
from textrep.classifiers.inputs import SentenceSource
from textrep.classifiers.networks import TaggingNetwork
from textrep.classifiers.tags import TagConstraints

__all__ = ["Score", "TagLearner", "each_sentence"]

Rows = NDArray[np.int64]
Score = Callable[[Sequence[Any], Sequence[Any]], float]  # from numbers of tags, right and predicted, of each sentence


class TagLearner:
    """A `textrep.classifiers.fitting.Learner` of tags.

    Parameters
    ----------
    network : TaggingNetwork
        From sentences to emissions.
    source : SentenceSource
        The sentences. Those that it learns from have at least one token.
    tags : ndarray of int64, shape (n_tokens,)
        The numbers of the right tags.
    offsets : ndarray of int64, shape (n_sentences + 1,)
        Where the tags of each sentence begin and end.
    constraints : TagConstraints, optional
        Which sequences may be predicted.
    score : callable
        How good predictions are.
    device : torch.device
        Where the network is.
    """

    def __init__(
        self,
        network: TaggingNetwork,
        source: SentenceSource,
        tags: NDArray[np.int64],
        offsets: NDArray[np.int64],
        constraints: TagConstraints | None,
        score: Score,
        device: torch.device,
    ) -> None:
        self.network = network
        self._source, self._tags, self._offsets = source, tags, offsets
        self._constraints, self._score, self._device = constraints, score, device

    def plan(self, rows: Rows, generator: np.random.Generator) -> Plan:
        """Share sentences out into the batches of an epoch."""
        return self._source.plan_epoch(rows, generator)

    def losses(self, rows: Rows) -> tuple[Tensor, float]:
        """Return the sum of the losses of some sentences, and how many tokens they have."""
        emissions, lengths = _emit(self.network, self._source, rows, self._device)
        return self._losses(emissions, lengths, rows), float(self._source.lengths[rows].sum())

    def evaluate(self, rows: Rows) -> Evaluation:
        """Return the mean loss of a token, and the score of the sentences."""
        loss = 0.0
        right, predicted = [], []
        for batch in self._source.plan(rows):
            emissions, lengths = _emit(self.network, self._source, batch, self._device)
            loss += float(self._losses(emissions, lengths, batch))
            best = self.network.head.decode(emissions, lengths, self._constraints)
            predicted += _unpadded(best, lengths)
            right += [self._tags[self._offsets[row] : self._offsets[row + 1]] for row in batch]
        return Evaluation(loss / int(self._source.lengths[rows].sum()), self._score(right, predicted))

    def _losses(self, emissions: Tensor, lengths: Tensor, rows: Rows) -> Tensor:
        tags, _ = pad_values(self._tags, self._offsets, rows, NO_TAG)
        return self.network.head.losses(emissions, torch.from_numpy(tags).to(self._device), lengths).sum()


def _emit(network: TaggingNetwork, source: SentenceSource, rows: Rows, device: torch.device) -> tuple[Tensor, Tensor]:
    """Return the emissions of some sentences (batch x longest x n_tags), and their lengths."""
    words, characters = source.take(rows).to(device), source.take_characters(rows)
    return network(words, None if characters is None else characters.to(device)), words.lengths


@torch.no_grad()
def each_sentence(
    functions: Sequence[Callable[[Tensor, Tensor], Tensor]],
    network: TaggingNetwork,
    source: SentenceSource,
    device: torch.device,
) -> list[list[NDArray[Any]]]:
    """Return what each function makes of the emissions of sentences: a list without padding, in their order.

    Parameters
    ----------
    functions : sequence of callables
        From emissions of a batch, and lengths, to a row for each token, padded alike.
    network : TaggingNetwork
        In evaluation mode.
    source : SentenceSource
        The sentences.
    device : torch.device
        Where the network is.
    """
    found: list[list[Any]] = [[None] * len(source) for _ in functions]
    for rows in source.plan(np.arange(len(source))):
        emissions, lengths = _emit(network, source, rows, device)
        for results, function in zip(found, functions, strict=True):
            for row, result in zip(rows.tolist(), _unpadded(function(emissions, lengths), lengths), strict=True):
                results[row] = result
    return found


def _unpadded(values: Tensor, lengths: Tensor) -> list[NDArray[Any]]:
    """Return a padded batch (batch x longest x ...) as an array for each sentence; copies, so that none holds all."""
    return [row[:n].copy() for row, n in zip(values.cpu().numpy(), lengths.tolist(), strict=True)]
