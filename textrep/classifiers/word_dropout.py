"""`WordDropout`: rare words made unknown now and then in training, so that the unknown vector is learned."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from textrep.classifiers.batches import FIRST_WORD, UNKNOWN

__all__ = ["WordDropout"]


class WordDropout(nn.Module):
    """In training, a word that occurs ``n`` times becomes unknown with the probability ``rate / (rate + n)``.

    Of a word that occurs once in the training documents, nothing but chance says that it is known and another is not.

    Parameters
    ----------
    counts : ndarray of int64, shape (n_words,)
        How often each word of the vocabulary occurs.
    rate : float
        0 leaves all words as they are.

    References
    ----------
    E. Kiperwasser, Y. Goldberg: Simple and Accurate Dependency Parsing Using Bidirectional LSTM Feature
    Representations. TACL 2016. Its rate is 0.25.
    """

    def __init__(self, counts: NDArray[np.int64], rate: float = 0.25) -> None:
        super().__init__()
        shares = np.zeros(len(counts) + FIRST_WORD, np.float32)  # [n_words + 2]
        if rate:
            shares[FIRST_WORD:] = rate / (rate + counts)
        self._shares = torch.from_numpy(shares)  # no buffer: nothing of it is saved

    def _apply(self, fn: Callable[[Tensor], Tensor], recurse: bool = True) -> WordDropout:
        """Go with the network from one device to another, as buffers do."""
        self._shares = fn(self._shares)
        super()._apply(fn, recurse)  # type: ignore[no-untyped-call]
        return self

    def forward(self, ids: Tensor) -> Tensor:
        """Return numbers of words, as a batch has them; in training some of them are `UNKNOWN` instead."""
        if not self.training:
            return ids
        return ids.masked_fill(torch.rand(ids.shape, device=ids.device) < self._shares[ids], UNKNOWN)
