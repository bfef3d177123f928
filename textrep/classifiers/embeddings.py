"""`TokenEmbedding`: vectors of words, given or learned, with a learned vector for unknown words."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from textrep.classifiers.batches import FIRST_WORD, PADDING, UNKNOWN
from textrep.classifiers.word_dropout import WordDropout

__all__ = ["TokenEmbedding"]

_SPREAD = 0.1  # standard deviation of vectors that are learned from nothing


class TokenEmbedding(nn.Module):
    """From numbers of words, as a batch has them, to vectors.

    Parameters
    ----------
    n_words : int
        How many words the vocabulary has.
    vector_size : int
        How many numbers a vector has.
    vectors : ndarray of float32, shape (n_words, vector_size), optional
        The vectors to begin with; without them they are random. They are copied.
    fine_tune : bool
        Whether training changes the words' vectors. The unknown vector is learned in any case; it begins as the mean
        of the others.
    sparse_gradient : bool
        Whether the words' vectors get a sparse gradient, which only optimizers such as `torch.optim.SparseAdam` take.
        With vocabularies of ten thousand words and more a step of training is much faster.
    word_dropout : WordDropout, optional
        What makes some words unknown in training.

    Attributes
    ----------
    words : Parameter or buffer of shape (n_words + 2, vector_size)
        Row ``i + 2`` is word ``i``. The first two rows stay zeros.
    unknown : Parameter of shape (vector_size,)
        The vector of unknown words.
    """

    words: Tensor

    def __init__(
        self,
        n_words: int,
        vector_size: int,
        vectors: NDArray[np.float32] | None = None,
        fine_tune: bool = True,
        sparse_gradient: bool = False,
        word_dropout: WordDropout | None = None,
    ) -> None:
        super().__init__()
        if vectors is None and not fine_tune:
            raise ValueError(
                "fine_tune=False freezes vectors, but no vectors are given; pass vectors or fine_tune=True"
            )
        if vectors is not None and vectors.shape != (n_words, vector_size):
            raise ValueError(
                f"vectors have shape {vectors.shape}, but {n_words} words with {vector_size} numbers are expected"
            )
        table = torch.zeros(n_words + FIRST_WORD, vector_size)
        if vectors is None:
            table[FIRST_WORD:].normal_(std=_SPREAD)
        else:
            table[FIRST_WORD:] = torch.from_numpy(np.array(vectors, np.float32))  # a copy: a store's are read-only
        if fine_tune:
            self.words = nn.Parameter(table)
        else:
            self.register_buffer("words", table)
        self.unknown = nn.Parameter(table[FIRST_WORD:].mean(0) if n_words else torch.zeros(vector_size))
        self.word_dropout = word_dropout
        self.vector_size = vector_size
        self.sparse_gradient = sparse_gradient and fine_tune

    def forward(self, ids: Tensor, others: Tensor | None = None) -> Tensor:
        """Return vectors of words.

        Parameters
        ----------
        ids : Tensor of int64, any shape
            Numbers of words, as a batch has them.
        others : Tensor of float32, shape (n_others, vector_size), optional
            Vectors of words beyond the table: row ``i`` is that of number ``len(words) + i``.

        Returns
        -------
        Tensor, shape (..., vector_size)
            Zeros for padding.
        """
        if self.word_dropout is not None:
            ids = self.word_dropout(ids)
        if others is None or not len(others):
            return self._known(ids)
        beyond = ids - len(self.words)  # numbers among the others
        vectors = self._known(ids.masked_fill(beyond >= 0, PADDING))
        return torch.where((beyond >= 0)[..., None], functional.embedding(beyond.clamp(min=0), others), vectors)

    def _known(self, ids: Tensor) -> Tensor:
        vectors = functional.embedding(ids, self.words, padding_idx=PADDING, sparse=self.sparse_gradient)
        return torch.where((ids == UNKNOWN)[..., None], self.unknown, vectors)
