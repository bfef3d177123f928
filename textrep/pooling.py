"""Document vectors from word vectors: mean, max, mean weighted by IDF, and SIF.

SIF is smooth inverse frequency: words weighted by ``a / (a + p)``, the mean of the weighted vectors, less its part
along the first singular vector of the training documents (Arora, Liang, Ma: A Simple but Tough-to-Beat Baseline for
Sentence Embeddings. ICLR 2017).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from textrep.checks import check_choice
from textrep.encoded import EncodedCorpus
from textrep.errors import FormatError
from textrep.vocabulary import Vocabulary

__all__ = ["POOLINGS", "SIF_A", "Pooling", "fit_pooling", "pool"]

POOLINGS = ("mean", "sif", "tfidf", "max")
SIF_A = 1e-3  # the paper's
_DOCUMENTS_AT_ONCE = 4096
_TOKENS_AT_ONCE = 1 << 16  # unless one document has more


@dataclass(frozen=True)
class Pooling:
    """A way to pool, fitted: per-word weights, and what is taken away from every document."""

    kind: str
    weights: NDArray[np.float32] | None = None  # [n_words]
    unseen_weight: float = 1.0  # of a word that is not in the vocabulary, but has a vector by its subwords
    common: NDArray[np.float32] | None = None  # [vector_size] of length 1


def fit_pooling(
    kind: str,
    corpus: EncodedCorpus,
    vectors: NDArray[np.float32],
    vocabulary: Vocabulary,
    skipped: NDArray[np.bool_] | None = None,
) -> Pooling:
    """Learn from the training corpus what pooling needs.

    Parameters
    ----------
    kind : {"mean", "max", "tfidf", "sif"}
        ``"tfidf"`` uses scikit-learn's smoothed ``log((1 + n_documents) / (1 + df)) + 1``.
    corpus : EncodedCorpus
        The documents trained on.
    vectors : ndarray of float32, shape (n_words, vector_size)
        The word vectors.
    vocabulary : Vocabulary
        The words' counts.
    skipped : ndarray of bool, shape (n_words,), optional
        Words that count as unknown, as in `pool`.
    """
    check_choice("pooling", kind, POOLINGS)
    if kind == "tfidf":
        frequency = np.zeros(len(vocabulary), np.int64)  # [n_words] documents that hold the word
        for counts in _count_matrices(corpus, len(vocabulary)):
            frequency += np.bincount(counts.indices, minlength=len(vocabulary))
        idf = np.log((1 + corpus.n_docs) / (1 + frequency)) + 1
        return Pooling(kind, idf.astype(np.float32), unseen_weight=float(np.log(1 + corpus.n_docs) + 1))
    if kind == "sif":
        share = vocabulary.counts / max(1, vocabulary.total_tokens)  # [n_words]
        weights = (SIF_A / (SIF_A + share)).astype(np.float32)
        return Pooling(kind, weights, common=_common_component(corpus, vectors, weights, skipped))
    return Pooling(kind)


def pool(
    corpus: EncodedCorpus,
    vectors: NDArray[np.float32],
    pooling: Pooling,
    skipped: NDArray[np.bool_] | None = None,
    name: str = "the vectors of words",
) -> NDArray[np.float32]:
    """Return one vector a document: float32 [n_docs, vector_size], zeros for a document without a known word.

    Words that are `skipped` (bool [n_words]) count as unknown. A file's vectors are not looked through when it is
    opened, and those of a damaged one are noticed here, if a document has their words.

    Raises
    ------
    FormatError
        If a document's vector is not finite; `name` is what the message calls the file.
    """
    pooled = np.zeros((corpus.n_docs, vectors.shape[1]), np.float32)  # [n_docs, vector_size]
    start = 0
    for counts in _count_matrices(corpus, len(vectors), skipped):
        with np.errstate(invalid="ignore", over="ignore"):
            part = _maximum(counts, vectors) if pooling.kind == "max" else _weighted_mean(counts, vectors, pooling)
        if not np.isfinite(part).all():
            raise FormatError(
                f"{name}: words of the documents have vectors that hold NaN or infinity, or are too long for float32"
            )
        pooled[start : start + counts.shape[0]] = part
        start += counts.shape[0]
    return pooled


def _count_matrices(
    corpus: EncodedCorpus, n_words: int, skipped: NDArray[np.bool_] | None = None
) -> Iterator[sparse.csr_array]:
    """Yield documents x words count matrices of some documents at a time."""
    start = 0
    while start < corpus.n_docs:
        offsets = corpus.read_offsets(start, min(start + _DOCUMENTS_AT_ONCE, corpus.n_docs) + 1)  # [n_documents + 1]
        n_documents = max(1, int(np.searchsorted(offsets, offsets[0] + _TOKENS_AT_ONCE, side="right")) - 1)
        offsets = offsets[: n_documents + 1]
        ids = corpus.read(int(offsets[0]), int(offsets[-1]))
        ones = np.ones(len(ids), np.float32)
        counts = sparse.csr_array((ones, ids, offsets - offsets[0]), shape=(n_documents, n_words))
        counts.sum_duplicates()
        if skipped is not None:
            counts.data[skipped[counts.indices]] = 0
            counts.eliminate_zeros()
        yield counts
        start += n_documents


def _weighted_mean(counts: sparse.csr_array, vectors: NDArray[np.float32], pooling: Pooling) -> NDArray[np.float32]:
    totals = np.asarray(counts.sum(axis=1))  # [n_documents] words, SIF's divisor whatever the weights
    if pooling.weights is not None:
        counts = counts.copy()
        counts.data *= pooling.weights[counts.indices]
        if pooling.kind == "tfidf":
            totals = np.asarray(counts.sum(axis=1))
    pooled: NDArray[np.float32] = (counts @ vectors) / np.maximum(totals, np.finfo(np.float32).tiny)[:, None]
    if pooling.common is not None:
        pooled -= np.outer(pooled @ pooling.common, pooling.common)
    return pooled.astype(np.float32, copy=False)


def _maximum(counts: sparse.csr_array, vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    pooled = np.zeros((counts.shape[0], vectors.shape[1]), np.float32)  # [n_documents, vector_size]
    full = np.flatnonzero(np.diff(counts.indptr))
    if full.size:
        pooled[full] = np.maximum.reduceat(vectors[counts.indices], counts.indptr[full], axis=0)
    return pooled


def _common_component(
    corpus: EncodedCorpus,
    vectors: NDArray[np.float32],
    weights: NDArray[np.float32],
    skipped: NDArray[np.bool_] | None,
) -> NDArray[np.float32]:
    """Return the first right singular vector of the documents' matrix, from its Gram matrix: memory stays bounded."""
    gram = np.zeros((vectors.shape[1], vectors.shape[1]))  # [vector_size, vector_size]
    for counts in _count_matrices(corpus, len(vectors), skipped):
        part = _weighted_mean(counts, vectors, Pooling("sif", weights)).astype(np.float64)
        gram += part.T @ part
    common: NDArray[np.float32] = np.linalg.eigh(gram)[1][:, -1].astype(np.float32)
    return common
