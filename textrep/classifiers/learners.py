"""`ClassLearner`: a network that gives logits of classes, with the rows and the targets that it learns from.

Where rows come from is the business of a `Source`: a matrix, or documents.
"""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from textrep.classifiers.batches import Plan, inverse_order
from textrep.classifiers.fitting import Evaluation
from textrep.classifiers.targets import ClassTargets

__all__ = ["ClassLearner", "Source", "compute_logits"]


class Source(Protocol):
    """Rows as batches that a network reads."""

    def __len__(self) -> int:
        """Return how many rows there are."""

    def take(self, rows: NDArray[np.int64]) -> Any:
        """Return rows as a batch in memory, with a method ``to(device)``."""

    def plan(self, rows: NDArray[np.int64]) -> Plan:
        """Share rows out into batches, always in the same way: to evaluate and to predict."""

    def plan_epoch(self, rows: NDArray[np.int64], generator: np.random.Generator) -> Plan:
        """Share rows out into batches at random: to train."""


class ClassLearner:
    """A `textrep.classifiers.fitting.Learner` of classes.

    Parameters
    ----------
    network : Module
        From a batch to logits (batch x n_logits).
    source : Source
        What it reads.
    targets : ClassTargets
        What it is to say.
    device : torch.device
        Where the network is.
    """

    def __init__(self, network: nn.Module, source: Source, targets: ClassTargets, device: torch.device) -> None:
        self.network = network
        self._source, self._targets, self._device = source, targets, device

    def plan(self, rows: NDArray[np.int64], generator: np.random.Generator) -> Plan:
        """Share rows out into the batches of an epoch."""
        return self._source.plan_epoch(rows, generator)

    def losses(self, rows: NDArray[np.int64]) -> tuple[Tensor, float]:
        """Return the sum of the weighted losses of a batch, and how many rows it has."""
        logits = self.network(self._source.take(rows).to(self._device))
        return self._targets.losses(logits, rows), len(rows)

    def evaluate(self, rows: NDArray[np.int64]) -> Evaluation:
        """Return the mean loss of rows, by their weights, and the share of them that is given the right class."""
        loss, n_correct = 0.0, 0
        for batch in self._source.plan(rows):
            logits = self.network(self._source.take(batch).to(self._device))
            loss += float(self._targets.losses(logits, batch))
            n_correct += self._targets.n_correct(logits.cpu().numpy(), batch)
        return Evaluation(loss / self._targets.weight(rows), n_correct / len(rows))


@torch.no_grad()
def compute_logits(network: nn.Module, source: Source, n_logits: int, device: torch.device) -> NDArray[np.float32]:
    """Return the logits of all rows of a source, in their order.

    Returns
    -------
    ndarray of float32, shape (n_rows, n_logits)

    Raises
    ------
    ValueError
        If logits of a row are NaN or infinite; names the row.
    """
    network.eval()
    plan = source.plan(np.arange(len(source)))
    parts = [network(source.take(batch).to(device)).cpu().numpy() for batch in plan]
    logits: NDArray[np.float32] = np.concatenate([np.empty((0, n_logits), np.float32), *parts])[inverse_order(plan)]
    if not (finite := np.isfinite(logits).all(1)).all():
        raise ValueError(
            f"row {int(finite.argmin())} gives logits that are NaN or infinite: its values are too large for the "
            "weights of this network; scale the inputs"
        )
    return logits
