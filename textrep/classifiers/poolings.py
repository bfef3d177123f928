"""`StatePooling`: the states of a document's tokens made into one vector of fixed size."""

from __future__ import annotations

import torch
from torch import Tensor, nn

__all__ = ["POOLINGS", "StatePooling"]

POOLINGS = ("max", "mean", "last", "attention")


class StatePooling(nn.Module):
    """From states of tokens to one vector; an empty document gives zeros.

    Parameters
    ----------
    kind : {"max", "mean", "last", "attention"}
        ``"last"`` takes each direction's state after its last token: the last place's to the right, and the first
        place's to the left. ``"attention"`` is a mean with learned weights: a tanh layer and a learned context vector
        (Yang et al.: Hierarchical Attention Networks for Document Classification. NAACL 2016).
    size : int
        How many numbers a state has, both directions together.
    bidirectional : bool
        Whether the second half of a state is from right to left.
    """

    def __init__(self, kind: str, size: int, bidirectional: bool) -> None:
        super().__init__()
        if kind not in POOLINGS:
            raise ValueError(f"pooling must be one of {', '.join(map(repr, POOLINGS))}; got {kind!r}")
        self.kind = kind
        self.size_to_right = size // 2 if bidirectional else size
        if kind == "attention":
            self.attention = nn.Sequential(nn.Linear(size, size), nn.Tanh(), nn.Linear(size, 1, bias=False))

    def forward(self, states: Tensor, lengths: Tensor) -> Tensor:
        """Return one vector for each document.

        Parameters
        ----------
        states : Tensor, shape (batch, time, size)
            States of tokens; those after the end of a document may be anything finite. `time` is 1 or more.
        lengths : Tensor of int64, shape (batch,)
            How many tokens each document has; 0 is allowed.

        Returns
        -------
        Tensor, shape (batch, size)
            The documents.
        """
        inside = torch.arange(states.shape[1], device=lengths.device) < lengths[:, None]  # [batch, time]
        if self.kind == "last":
            rows = torch.arange(len(states), device=lengths.device)
            last = states[rows, (lengths - 1).clamp(min=0), : self.size_to_right]
            pooled = torch.cat([last, states[:, 0, self.size_to_right :]], 1)
        elif self.kind == "max":
            pooled = states.masked_fill(~inside[:, :, None], -torch.inf).amax(1)
        elif self.kind == "mean":
            pooled = states.masked_fill(~inside[:, :, None], 0).sum(1) / lengths.clamp(min=1)[:, None]
        else:
            # The lowest finite number: minus infinity throughout, for an empty document, would make weights of NaN.
            lowest = torch.finfo(states.dtype).min
            weights = self.attention(states)[:, :, 0].masked_fill(~inside, lowest).softmax(1)  # [batch, time]
            pooled = (weights[:, None, :] @ states)[:, 0]
        return pooled.masked_fill((lengths == 0)[:, None], 0)
