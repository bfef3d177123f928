"""What training leaves behind, whatever the engine, and the error for what is of no use."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from textrep.errors import TrainingError
from textrep.training.settings import TrainingSettings
from textrep.vocabulary import Vocabulary

__all__ = ["Buckets", "Trained", "not_finite"]


@dataclass(frozen=True)
class Buckets:
    """The rows of the subwords that the vocabulary holds.

    Parameters
    ----------
    numbers : ndarray of int32, shape (n,)
        Which of the rule's rows they are, ascending.
    vectors : ndarray of float32, shape (n, vector_size)
        Their vectors.
    """

    numbers: NDArray[np.int32]
    vectors: NDArray[np.float32]


@dataclass(frozen=True)
class Trained:
    """What training leaves behind.

    Parameters
    ----------
    vocabulary : Vocabulary
        Row i of the matrices belongs to its token i.
    vectors : ndarray of float32, shape (n_words, vector_size)
        The word vectors (input vectors).
    context_vectors : ndarray of float32, shape (n_words, vector_size) or (max(1, n_words - 1), vector_size)
        The output vectors: of words, or of the Huffman tree's inner nodes.
    history : list of dict
        One an epoch: ``epoch`` (from 1), ``loss``, ``words_per_second``.
    buckets : Buckets, optional
        The subwords, where words have any. A word's vector is the mean of its own row and theirs.
    initial : dict, optional
        The run that training went on from: how many ``words`` it had, and ``total_tokens``, which are among those of
        `vocabulary`.
    biases : pair of ndarray of float32, shape (n_words,), optional
        Of words and of contexts, by GloVe.
    """

    vocabulary: Vocabulary
    vectors: NDArray[np.float32]
    context_vectors: NDArray[np.float32]
    history: list[dict[str, float]]
    buckets: Buckets | None = None
    initial: dict[str, int] | None = None
    biases: tuple[NDArray[np.float32], NDArray[np.float32]] | None = None


def not_finite(settings: TrainingSettings) -> TrainingError:
    """Return the error for vectors that are not finite."""
    return TrainingError(
        f"training produced NaN or infinite values at learning_rate={settings.rate:g}; "
        f"pass a lower one, for example learning_rate={settings.rate / 4:g}"
    )
