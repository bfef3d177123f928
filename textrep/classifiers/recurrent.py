"""`RecurrentEncoder`: RNN, GRU or LSTM layers in one or two directions, over padded batches.

Padding changes no result, and no sequence is packed for that. What a cell gives for a token depends only on the tokens
that it has read before, and padding comes last; the cells that read from right to left get each sequence reversed
within its own length. On a CPU that is faster than `torch.nn.utils.rnn.pack_padded_sequence`, for which there is no
fused kernel.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn

__all__ = ["CELLS", "RecurrentEncoder"]

CELLS: dict[str, Callable[[int, int], nn.RNNBase]] = {"rnn": nn.RNN, "gru": nn.GRU, "lstm": nn.LSTM}


class RecurrentEncoder(nn.Module):
    """From vectors of tokens to states that know the tokens before, or also those after.

    Parameters
    ----------
    input_size : int
        How many numbers a token's vector has.
    hidden_size : int
        How many numbers a state has, for each direction.
    cell : {"lstm", "gru", "rnn"}
        The recurrent unit; ``"rnn"`` is Elman's, with tanh.
    num_layers : int
        Each layer reads the states of the one below.
    bidirectional : bool
        Whether each layer also reads from right to left.
    dropout : float
        The share of numbers dropped between layers, in training.

    Attributes
    ----------
    output_size : int
        How many numbers are given for a token: `hidden_size`, or twice that.
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        cell: str = "lstm",
        num_layers: int = 1,
        bidirectional: bool = True,
        dropout: float = 0.0,
    ) -> None:
        super().__init__()
        if cell not in CELLS:
            raise ValueError(f"cell must be one of {', '.join(map(repr, CELLS))}; got {cell!r}")
        if num_layers < 1:
            raise ValueError(f"num_layers={num_layers}: at least one is needed")
        self.bidirectional = bidirectional
        self.output_size = hidden_size * (2 if bidirectional else 1)
        sizes = [input_size] + [self.output_size] * (num_layers - 1)
        self.to_right = nn.ModuleList(_layer(cell, size, hidden_size) for size in sizes)
        self.to_left = nn.ModuleList(_layer(cell, size, hidden_size) for size in sizes if bidirectional)
        self.dropout = nn.Dropout(dropout)

    def forward(self, inputs: Tensor, lengths: Tensor) -> Tensor:
        """Return the last layer's states.

        Parameters
        ----------
        inputs : Tensor, shape (batch, time, input_size)
            Vectors of tokens; those after the end of a sequence may be anything finite. `time` is 1 or more.
        lengths : Tensor of int64, shape (batch,)
            How long each sequence is; 0 is allowed.

        Returns
        -------
        Tensor, shape (batch, time, output_size)
            States to the right, followed by states to the left; zeros after the end of a sequence.
        """
        states = inputs.transpose(0, 1).contiguous()  # [time, batch, size], as the kernels have it
        reverse = _reversal(lengths, len(states)) if self.bidirectional else None  # int64 [time * batch]
        for i, to_right in enumerate(self.to_right):
            below = self.dropout(states) if i else states
            states = to_right(below)[0]
            if reverse is not None:
                back = self.to_left[i](_reordered(below, reverse))[0]
                states = torch.cat([states, _reordered(back, reverse)], 2)
        outside = torch.arange(len(states), device=lengths.device) >= lengths[:, None]  # [batch, time]
        return states.transpose(0, 1).masked_fill(outside[:, :, None], 0)


def _reversal(lengths: Tensor, time: int) -> Tensor:
    """Return which place of a flat [time, batch] goes where, so that each sequence is reversed within its length."""
    places = torch.arange(time, device=lengths.device)[:, None]  # [time, 1]
    reversed_places = torch.where(places < lengths, lengths - 1 - places, places)  # [time, batch]
    return (reversed_places * len(lengths) + torch.arange(len(lengths), device=lengths.device)).flatten()


def _reordered(states: Tensor, order: Tensor) -> Tensor:
    """Return states ([time, batch, size]) in another order of their places."""
    return states.flatten(0, 1).index_select(0, order).view_as(states)


def _layer(cell: str, input_size: int, hidden_size: int) -> nn.RNNBase:
    """Return one layer in one direction: orthogonal recurrent weights, and gates of an LSTM that forget little.

    A forget bias of 1 is from Jozefowicz, Zaremba, Sutskever: An Empirical Exploration of Recurrent Network
    Architectures. ICML 2015.
    """
    layer = CELLS[cell](input_size, hidden_size)
    for name, parameter in layer.named_parameters():
        if name.startswith("bias"):
            nn.init.zeros_(parameter)
            continue
        for gate in parameter.chunk(len(parameter) // hidden_size):
            (nn.init.orthogonal_ if name.startswith("weight_hh") else nn.init.xavier_uniform_)(gate)
    if cell == "lstm":
        forget = slice(hidden_size, 2 * hidden_size)  # gates lie in the order input, forget, cell, output
        nn.init.ones_(layer.get_parameter("bias_ih_l0")[forget])
    return layer
