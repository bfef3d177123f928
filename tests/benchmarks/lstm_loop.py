"""The straightforward way to train an LSTM: `torch.nn.LSTM` over batches padded in the order of the file.

What `textrep.RecurrentClassifier` is faster than. Both have the same layers, sizes and settings: vectors of words that
are learned, an LSTM in two directions, the maximum over its states, one logit, Adam.
"""

from __future__ import annotations

import time
from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import pad_sequence

from textrep import get_tokenizer

__all__ = ["PlainLSTM", "numbered", "train_epoch"]


class PlainLSTM(nn.Module):
    """From padded numbers of words to a logit.

    Parameters
    ----------
    n_words : int
        The largest number of a word; 0 is padding.
    vector_size, hidden_size : int
        How many numbers a word's vector has, and a state in each direction.
    dropout : float
        The share of numbers dropped from the vectors and from the maximum.
    """

    def __init__(self, n_words: int, vector_size: int, hidden_size: int, dropout: float) -> None:
        super().__init__()
        self.embedding = nn.Embedding(n_words + 1, vector_size, padding_idx=0)
        self.lstm = nn.LSTM(vector_size, hidden_size, batch_first=True, bidirectional=True)
        self.output = nn.Linear(2 * hidden_size, 1)
        self.dropout = nn.Dropout(dropout)

    def forward(self, words: Tensor) -> Tensor:
        """Return logits (batch) of documents (int64, batch x longest)."""
        states, _ = self.lstm(self.dropout(self.embedding(words)))  # [batch, longest, 2 * hidden_size]
        pooled = states.masked_fill((words == 0)[:, :, None], -torch.inf).amax(1)
        logits: Tensor = self.output(self.dropout(pooled))[:, 0]
        return logits


def numbered(texts: Sequence[str]) -> tuple[list[Tensor], int]:
    """Split texts as textrep does; return the numbers of their words, from 1, and how many words there are.

    A text without a word has the number 1 alone.
    """
    tokenizer = get_tokenizer("word")
    numbers: dict[str, int] = {}
    documents = [[numbers.setdefault(token, len(numbers) + 1) for token in tokenizer(text)] for text in texts]
    return [torch.tensor(document or [1]) for document in documents], len(numbers)


def train_epoch(
    model: PlainLSTM, documents: Sequence[Tensor], targets: Tensor, batch_size: int, learning_rate: float
) -> float:
    """Train one epoch; return its seconds.

    Parameters
    ----------
    model : PlainLSTM
        What is trained.
    documents : sequence of Tensor of int64
        The words of each.
    targets : Tensor of float32, shape (n_documents,)
        0 or 1.
    batch_size : int
        Documents in a batch; the last has what is left.
    learning_rate : float
        Of Adam.
    """
    optimizer = torch.optim.Adam(model.parameters(), learning_rate)
    loss_of = nn.BCEWithLogitsLoss()
    model.train()
    start = time.perf_counter()
    for begin in range(0, len(documents), batch_size):
        words = pad_sequence(list(documents[begin : begin + batch_size]), batch_first=True)  # [batch, longest]
        loss = loss_of(model(words), targets[begin : begin + batch_size])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return time.perf_counter() - start
