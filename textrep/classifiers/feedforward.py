"""`FeedForward`: layers of linear maps and activations, over dense rows or sparse ones."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

from textrep.classifiers.rows import SparseBatch

__all__ = ["ACTIVATIONS", "FeedForward", "InputLayer"]

ACTIVATIONS: dict[str, type[nn.Module]] = {
    "relu": nn.ReLU,
    "tanh": nn.Tanh,
    "sigmoid": nn.Sigmoid,
    "identity": nn.Identity,
}


class InputLayer(nn.Module):
    """A linear map that takes dense rows and sparse ones, with the same result.

    Parameters
    ----------
    n_inputs, n_outputs : int
        Numbers of columns, before and after.
    sparse_gradient : bool
        Whether sparse rows give the weights a sparse gradient, which only optimizers such as `torch.optim.SparseAdam`
        take. It makes training faster where there are very many columns.

    Attributes
    ----------
    weight : Parameter of shape (n_inputs, n_outputs)
        A row for each column of the input; `torch.nn.Linear` has it the other way round.
    bias : Parameter of shape (n_outputs,)
        What is added.
    """

    def __init__(self, n_inputs: int, n_outputs: int, sparse_gradient: bool = False) -> None:
        super().__init__()
        self.weight = nn.Parameter(nn.init.xavier_uniform_(torch.empty(n_inputs, n_outputs)))
        self.bias = nn.Parameter(torch.zeros(n_outputs))
        self.sparse_gradient = sparse_gradient

    def forward(self, rows: Tensor | SparseBatch) -> Tensor:
        """Map rows (n_rows x n_inputs) to rows (n_rows x n_outputs)."""
        if isinstance(rows, Tensor):
            return rows @ self.weight + self.bias
        sums = functional.embedding_bag(
            rows.columns,
            self.weight,
            rows.offsets,
            mode="sum",
            per_sample_weights=rows.values.to(self.weight.dtype),
            sparse=self.sparse_gradient,
        )
        return sums + self.bias


class FeedForward(nn.Module):
    """A feedforward network: hidden layers with an activation, and a linear layer that gives logits.

    Parameters
    ----------
    n_inputs, n_outputs : int
        Numbers of columns, before and after.
    hidden_layer_sizes : sequence of int
        Units of each hidden layer; none makes the network linear, two or more make it deep.
    activation : {"relu", "tanh", "sigmoid", "identity"}
        What follows each hidden layer.
    dropout : float
        The share of a hidden layer's units that are dropped at each step of training.
    sparse_gradient : bool
        As `InputLayer` has it.
    """

    def __init__(
        self,
        n_inputs: int,
        n_outputs: int,
        hidden_layer_sizes: Sequence[int] = (),
        activation: str = "relu",
        dropout: float = 0.0,
        sparse_gradient: bool = False,
    ) -> None:
        super().__init__()
        if activation not in ACTIVATIONS:
            raise ValueError(f"activation must be one of {', '.join(map(repr, ACTIVATIONS))}; got {activation!r}")
        sizes = [n_inputs, *hidden_layer_sizes, n_outputs]
        self.first = InputLayer(sizes[0], sizes[1], sparse_gradient)
        self.rest = nn.Sequential()
        for before, after in itertools.pairwise(sizes[1:]):
            dropped = [nn.Dropout(dropout)] if dropout else []  # one that drops nothing takes time all the same
            self.rest.extend([ACTIVATIONS[activation](), *dropped, _linear(before, after)])

    def forward(self, rows: Tensor | SparseBatch) -> Tensor:
        """Return logits (n_rows x n_outputs) for rows (n_rows x n_inputs)."""
        logits: Tensor = self.rest(self.first(rows))
        return logits


def _linear(n_inputs: int, n_outputs: int) -> nn.Linear:
    """Return a linear layer with the initial weights of Glorot and Bengio (AISTATS 2010)."""
    layer = nn.Linear(n_inputs, n_outputs)
    nn.init.xavier_uniform_(layer.weight)
    nn.init.zeros_(layer.bias)
    return layer
