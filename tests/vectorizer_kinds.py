"""Every vectorizer there is, small and repeatable, for tests that are the same for all."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from scipy import sparse
from sklearn.preprocessing import FunctionTransformer

from textrep import (
    CountVectorizer,
    FastTextVectorizer,
    GloVeVectorizer,
    OneHotVectorizer,
    TfidfVectorizer,
    Word2VecVectorizer,
)

__all__ = ["KINDS", "Kind", "dense", "index_kept", "same"]


class Kind(NamedTuple):
    """A vectorizer, with parameters that make it small and repeatable, and others to search over."""

    cls: type
    parameters: dict[str, Any]
    grid: dict[str, list[Any]]
    is_sparse: bool

    def make(self, **parameters: Any) -> Any:
        return self.cls(**{**self.parameters, **parameters})


TRAINED = {"vector_size": 12, "min_count": 1, "epochs": 3, "sample": 0, "learning_rate": 0.1, "random_state": 0}
KINDS = {
    "word2vec": Kind(Word2VecVectorizer, TRAINED, {"window": [1, 3], "pooling": ["mean", "sif"]}, False),
    "fasttext": Kind(
        FastTextVectorizer, {**TRAINED, "buckets": 500}, {"vector_size": [4, 8], "min_count": [1, 2]}, False
    ),
    "glove": Kind(
        GloVeVectorizer,
        {"vector_size": 12, "min_count": 1, "epochs": 15, "x_max": 2.0, "learning_rate": 0.1, "random_state": 0},
        {"window": [2, 5], "x_max": [1.0, 5.0]},
        False,
    ),
    "count": Kind(CountVectorizer, {}, {"ngram_range": [(1, 1), (1, 2)], "analyzer": ["word", "char_wb"]}, True),
    "tfidf": Kind(TfidfVectorizer, {}, {"min_df": [1, 2], "norm": ["l1", "l2"]}, True),
    "onehot": Kind(OneHotVectorizer, {}, {"max_features": [5, None], "max_df": [1.0, 0.9]}, True),
}


def dense(rows: Any) -> np.ndarray:
    return rows.toarray() if sparse.issparse(rows) else np.asarray(rows)


def same(one: Any, two: Any) -> None:
    """Compare what `transform` returns."""
    assert type(one) is type(two)
    assert one.dtype == two.dtype
    np.testing.assert_array_equal(dense(one), dense(two))


def index_kept(series: Any) -> list[Any]:
    """The index that scikit-learn gives to what it makes of a Series: that of the Series, but none in old releases."""
    zeros = FunctionTransformer(lambda rows: np.zeros((len(rows), 1)), feature_names_out=lambda *_: ["zero"])
    return zeros.set_output(transform="pandas").fit_transform(series).index.tolist()
