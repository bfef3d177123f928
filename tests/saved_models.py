"""Fitted classifiers and taggers of every variant, small and repeatable, for tests of their files."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import torch
from scipy import sparse
from sklearn.base import BaseEstimator
from sklearn.pipeline import make_pipeline

from textrep import (
    EmbeddingStore,
    FeedForwardClassifier,
    RecurrentClassifier,
    RecurrentTagger,
    TfidfVectorizer,
    get_tokenizer,
)
from textrep.classifiers.saved import load, save
from textrep.store.subwords import SubwordTable
from textrep.text.subwords import Subwords
from textrep.vectorizers.pooled import StoreVectorizer

__all__ = [
    *("OTHERS", "ROWS", "SIGNS", "SMALL", "TEXTS", "VARIANTS"),
    *("answers", "dense_store", "fitted", "new_rows", "reopened"),
]

TEXTS = ["a good film", "a bad film", "good plot", "", "고양이 나라", "such a bad cast"] * 4
OTHERS = ["a good catalogue", "unseen words only", "", "나라의 고양이", "bad " * 20]
SIGNS = ["+", "-", "+", "-", "0", "-"] * 4
TOPICS = [["film", "good"], ["film"], ["good"], [], ["cat"], ["film"]] * 4
SENTENCES = [["Ann", "sees", "Rome"], ["Bob", "saw", "Ann", "Lee"], ["Rome"], []]
NAMES = [["B-PER", "O", "B-LOC"], ["B-PER", "O", "B-PER", "I-PER"], ["B-LOC"], []]
FORMS = [[1, "verb", 1], [1, "verb", 1, (1, 2)], [1], []]

SMALL = {"max_epochs": 2, "random_state": 0, "validation_fraction": 0.2, "device": "cpu", "learning_rate": 0.01}
NETWORK = {**SMALL, "hidden_size": 3, "batch_size": 8}
ROWS = np.random.default_rng(0).normal(size=(24, 5))
WORDS = ["a", "good", "bad", "film", "ann", "saw", "rome", "bob", "고양이"]


@cache
def dense_store() -> EmbeddingStore:
    """Vectors of words, with a tokenizer."""
    vectors = np.random.default_rng(1).normal(size=(len(WORDS), 4))
    tokenizer = {"name": "word", "min_token_length": 1}
    return EmbeddingStore.from_vectors(WORDS, vectors, tokenizer=tokenizer, metadata={"method": "made up"})


@cache
def subword_store() -> EmbeddingStore:
    """Vectors of words, with which those of others are composed."""
    numbers = np.random.default_rng(3)
    vectors = numbers.normal(size=(len(WORDS), 4))
    rows = numbers.normal(size=(300, 4)).astype(np.float32)
    return EmbeddingStore.from_vectors(
        WORDS,
        vectors,
        counts=range(len(WORDS)),
        tokenizer=get_tokenizer("word"),
        subwords=SubwordTable(Subwords(min_n=2, max_n=3, buckets=300), None, rows),
        context_vectors=vectors,
    )


def _feedforward(X: Any = ROWS, y: Any = SIGNS, **parameters: Any) -> Any:
    return FeedForwardClassifier(**{"hidden_layer_sizes": (4,), **SMALL, **parameters}).fit(X, y)


def _recurrent(store: Any = None, y: Any = SIGNS, **parameters: Any) -> Any:
    size = {} if store else {"vector_size": 4}
    return RecurrentClassifier(store, **{**NETWORK, **size, **parameters}).fit(TEXTS, y)


def _tagger(store: Any = None, y: Any = NAMES, **parameters: Any) -> Any:
    size = {} if store else {"vector_size": 4}
    return RecurrentTagger(store, **{**NETWORK, **size, **parameters}).fit(SENTENCES * 6, y * 6)


def _named_columns() -> Any:
    import pandas as pd

    return _feedforward(pd.DataFrame(ROWS, columns=["a", "b", "나", "", "e"]))


TWO = ["+", "-"] * 12
VARIANTS = {
    "feedforward": _feedforward,
    "two classes": lambda: _feedforward(y=TWO, hidden_layer_sizes=(), class_weight={"+": 2.0, "-": 1}),
    "sparse rows, deep": lambda: _feedforward(
        sparse.csr_matrix(ROWS * (ROWS > 0)), hidden_layer_sizes=[4, 3], activation="tanh", dropout=0.2
    ),
    "named columns": _named_columns,
    "several labels": lambda: _feedforward(y=TOPICS, class_weight="balanced"),
    "indicators": lambda: _feedforward(y=np.eye(3, dtype=int)[[0, 1, 2] * 8]),
    "TF-IDF": lambda: make_pipeline(
        TfidfVectorizer(ngram_range=(1, 2)), FeedForwardClassifier(hidden_layer_sizes=(4,), **SMALL)
    ).fit(TEXTS, SIGNS),
    "pooled vectors": lambda: make_pipeline(
        StoreVectorizer(subword_store()), FeedForwardClassifier(hidden_layer_sizes=(4,), **SMALL)
    ).fit(TEXTS, SIGNS),
    "LSTM": lambda: _recurrent(y=TWO),
    "GRU of a store": lambda: _recurrent(dense_store(), cell="gru", pooling="attention", hidden_layer_sizes=(3,)),
    "frozen RNN": lambda: _recurrent(subword_store(), cell="rnn", fine_tune=False, pooling="last"),
    "two layers, one direction": lambda: _recurrent(num_layers=2, bidirectional=False, pooling="mean", y=TOPICS),
    "characters": lambda: _recurrent(tokenizer="char", min_count=2, random_state=np.random.RandomState(0)),
    "tagger": _tagger,
    "tagger without CRF": lambda: _tagger(crf=False, char_features=False, num_layers=2),
    "tagger of a store": lambda: _tagger(dense_store(), fine_tune=False, cell="gru"),
    "tagger with subwords": lambda: _tagger(subword_store(), y=FORMS, bidirectional=False),
}


@cache
def fitted(name: str) -> Any:
    """Return a model, fitted once, in one thread; not to be changed."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        return VARIANTS[name]()
    finally:
        torch.set_num_threads(before)


def new_rows(model: BaseEstimator) -> Any:
    """Return what it has not seen."""
    if isinstance(model, RecurrentTagger):
        return [["Ann", "unseen", "Lee"], [], ["로마"], ["film", "Saw"] * 9, ["Ann"]]
    if isinstance(model, FeedForwardClassifier):
        rows = np.random.default_rng(2).normal(size=(40, 5))
        if not hasattr(model, "feature_names_in_"):
            return rows
        import pandas as pd

        return pd.DataFrame(rows, columns=model.feature_names_in_)
    return OTHERS


def answers(model: Any, rows: Any) -> list[Any]:
    """Return all that it says of rows, to be compared exactly."""
    found = [model.predict(rows), model.predict_proba(rows), model.decision_function(rows)]
    return [_plain(each) for each in found]


def _plain(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        return value.dtype.kind, value.tolist()
    return [_plain(item) for item in value] if isinstance(value, list) else value


def reopened(model: Any, path: Path) -> Any:
    """Save a model and open what was saved."""
    save(model, path)
    return load(path)
