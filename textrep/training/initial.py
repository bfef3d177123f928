"""What training may start from instead of random vectors: those of an earlier run."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from textrep.kernels.window import Model
from textrep.training.parts import WordParts
from textrep.vocabulary import Vocabulary

__all__ = ["Initial"]


@dataclass(frozen=True)
class Initial:
    """An earlier run's words and rows.

    Parameters
    ----------
    vocabulary : Vocabulary
        Its words; all are kept, and their counts added to those of the new corpus.
    word_rows : ndarray of float32, shape (n_words, vector_size)
        The words' own rows of the input matrix.
    context_vectors : ndarray of float32, shape (n_words, vector_size)
        The output vectors.
    buckets : ndarray of int, shape (n_buckets,), optional
        Which subwords have a row, ascending.
    bucket_rows : ndarray of float32, shape (n_buckets, vector_size), optional
        Their rows.
    """

    vocabulary: Vocabulary
    word_rows: NDArray[np.float32]
    context_vectors: NDArray[np.float32]
    buckets: NDArray[np.int64] | None = None
    bucket_rows: NDArray[np.float32] | None = None

    def copy_to(self, model: Model, vocabulary: Vocabulary, parts: WordParts | None) -> None:
        """Write these rows to a new model, whose vocabulary has others as well; what is new keeps its random rows."""
        size = self.word_rows.shape[1]
        places = vocabulary.tokens.find_many(self.vocabulary.to_list())  # int64 [n_words]
        model.inputs[places, :size] = self.word_rows
        model.outputs[places, :size] = self.context_vectors
        if parts is not None and self.buckets is not None and self.bucket_rows is not None:
            at = np.searchsorted(self.buckets, parts.buckets)  # [n_buckets of the model]
            at[at == len(self.buckets)] = 0
            known = np.flatnonzero(self.buckets[at] == parts.buckets) if len(self.buckets) else np.empty(0, np.int64)
            model.inputs[len(vocabulary) + known, :size] = self.bucket_rows[at[known]]
