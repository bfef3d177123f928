"""Pooling against NumPy, document by document, and IDF against scikit-learn."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.feature_extraction.text import TfidfTransformer

from textrep import pooling as module
from textrep.encoded import EncodedCorpus
from textrep.pooling import SIF_A, fit_pooling, pool
from textrep.vocabulary import Vocabulary

N_WORDS, SIZE = 12, 5
DOCUMENTS = st.lists(st.lists(st.integers(0, N_WORDS - 1), max_size=9), min_size=1, max_size=12)


def made_of(documents):
    offsets = np.cumsum([0, *map(len, documents)])
    corpus = EncodedCorpus.from_arrays(np.array([i for d in documents for i in d], np.int32), offsets)
    vectors = np.random.default_rng(0).normal(size=(N_WORDS, SIZE)).astype(np.float32)
    vocabulary = Vocabulary.from_counts({f"w{i:02}": 100 - i for i in range(N_WORDS)})
    return corpus, vectors, vocabulary


def oracle(kind, documents, vectors, vocabulary):
    rows = []
    if kind == "tfidf":
        held = np.array([[i in d for i in range(N_WORDS)] for d in documents], float)
        weights = TfidfTransformer().fit(held).idf_
    for document in documents:
        own = vectors[document].astype(np.float64)
        if not document:
            rows.append(np.zeros(SIZE))
        elif kind == "mean":
            rows.append(own.mean(axis=0))
        elif kind == "max":
            rows.append(own.max(axis=0))
        elif kind == "tfidf":
            rows.append(np.average(own, axis=0, weights=weights[document]))
        else:
            share = vocabulary.counts[document] / vocabulary.total_tokens
            rows.append((own * (SIF_A / (SIF_A + share))[:, None]).sum(axis=0) / len(document))
    matrix = np.array(rows)
    if kind == "sif":
        common = np.linalg.svd(matrix)[2][0]
        matrix = matrix - matrix @ common[:, None] * common
    return matrix


@pytest.mark.parametrize("kind", ["mean", "max", "tfidf", "sif"])
@settings(deadline=None)
@given(documents=DOCUMENTS)
def test_pooling(kind, documents):
    corpus, vectors, vocabulary = made_of(documents)
    fitted = fit_pooling(kind, corpus, vectors, vocabulary)
    pooled = pool(corpus, vectors, fitted)
    assert pooled.dtype == np.float32
    if kind == "sif":
        plain = module.Pooling("sif", fitted.weights)
        singular = np.linalg.svd(pool(corpus, vectors, plain).astype(np.float64), compute_uv=False)
        if singular[0] - (singular[1] if len(singular) > 1 else 0) < 1e-3:
            return  # no one direction is the first
    np.testing.assert_allclose(pooled, oracle(kind, documents, vectors, vocabulary), atol=1e-4)


@pytest.mark.parametrize("kind", ["mean", "max", "tfidf", "sif"])
def test_a_corpus_is_pooled_in_parts(kind, monkeypatch):
    random = np.random.default_rng(1)
    documents = [random.integers(0, N_WORDS, random.integers(0, 6)).tolist() for _ in range(50)]
    corpus, vectors, vocabulary = made_of(documents)
    whole = pool(corpus, vectors, fit_pooling(kind, corpus, vectors, vocabulary))
    for documents_at_once, tokens_at_once in ((7, 1000), (50, 9), (50, 1)):
        monkeypatch.setattr(module, "_DOCUMENTS_AT_ONCE", documents_at_once)
        monkeypatch.setattr(module, "_TOKENS_AT_ONCE", tokens_at_once)
        in_parts = pool(corpus, vectors, fit_pooling(kind, corpus, vectors, vocabulary))
        np.testing.assert_allclose(in_parts, whole, atol=1e-5)


def test_unknown_pooling():
    corpus, vectors, vocabulary = made_of([[1, 2]])
    with pytest.raises(ValueError, match="pooling must be one of 'mean', 'sif', 'tfidf', 'max'; got 'sum'"):
        fit_pooling("sum", corpus, vectors, vocabulary)
