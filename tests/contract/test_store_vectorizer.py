"""The contract for `StoreVectorizer`, which takes a store, and so has no vocabulary of its own."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import numpy as np
import pytest
from joblib import Parallel, delayed
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.utils.estimator_checks import check_estimator
from vectorizer_kinds import index_kept

from textrep import DocumentError, EmbeddingStore, read_corpus
from textrep.vectorizers.pooled import StoreVectorizer

WORDS = [f"{letter}{i}" for letter in "ab" for i in range(15)]
STORE = EmbeddingStore.from_vectors(WORDS, np.random.default_rng(0).normal(size=(30, 12)))


def made(**parameters: Any) -> StoreVectorizer:
    return StoreVectorizer(STORE, **parameters)


POOLINGS = pytest.mark.parametrize("pooling", ["mean", "max", "tfidf", "sif"])


@POOLINGS
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.SkipTestWarning")
def test_check_estimator(pooling: str) -> None:
    assert {check["status"] for check in check_estimator(made(pooling=pooling))} == {"passed"}


def test_parameters_are_stored_untouched_and_judged_in_fit() -> None:
    odd = {name: object() for name in ("store", "pooling", "tokenizer", "n_jobs")}
    estimator = StoreVectorizer(**odd)
    assert vars(estimator) == odd == estimator.get_params()
    assert made().set_params(**odd).get_params() == odd
    for name, message in (
        ("store", "store must be an Emb"),
        ("pooling", "pooling must be"),
        ("tokenizer", "tokenizer"),
    ):
        with pytest.raises((TypeError, ValueError), match=message):
            made().set_params(**{name: "no such"}).fit([])
    with pytest.raises(ValueError, match="n_jobs"):
        made(n_jobs=0).fit([])


@POOLINGS
def test_a_clone_is_not_fitted(texts: list[str], pooling: str) -> None:
    original = made(pooling=pooling).fit(texts)
    copied = clone(original)
    assert copied.get_params() | {"store": None} == original.get_params() | {"store": None}
    for method in (lambda: copied.transform(texts), copied.get_feature_names_out):
        with pytest.raises(NotFittedError, match="is not fitted yet"):
            method()
    np.testing.assert_array_equal(copied.fit_transform(texts), original.transform(texts))


@POOLINGS
def test_fit_returns_self_and_transform_changes_nothing(texts: list[str], pooling: str) -> None:
    estimator = made(pooling=pooling)
    assert estimator.fit(texts, y=[0] * len(texts)) is estimator
    first = estimator.transform(texts)
    np.testing.assert_array_equal(made(pooling=pooling).fit_transform(texts), first)
    expected = first.copy()
    first[:] = 7  # what was returned is the caller's
    np.testing.assert_array_equal(estimator.transform(texts), expected)


def test_each_document_by_itself(texts: list[str]) -> None:
    together = made().fit_transform(texts)
    order = np.random.default_rng(1).permutation(len(texts))
    np.testing.assert_allclose(made().fit_transform([texts[i] for i in order]), together[order], atol=1e-7)
    np.testing.assert_allclose(made().fit_transform(texts[:1]), together[:1], atol=1e-7)
    assert made().fit_transform([]).shape == (0, 12)


@pytest.mark.parametrize("form", ["generator", "path", "corpus", "token lists", "array"])
def test_forms_of_documents(texts: list[str], tmp_path: Any, form: str) -> None:
    path = tmp_path / "corpus.txt"
    path.write_text("\n".join(texts), encoding="utf-8")
    given = {
        "generator": lambda: iter(texts),
        "path": lambda: path,
        "corpus": lambda: read_corpus(path),
        "token lists": lambda: [text.split() for text in texts],
        "array": lambda: np.array(texts),
    }[form]
    np.testing.assert_array_equal(made().fit([]).transform(given()), made().fit_transform(texts))


def test_what_is_no_document() -> None:
    for documents, message in (("one text", "documents is one str"), (["a", None], r"\[1\] is None"), ({"a"}, "a set")):
        for tokenizer in ("word", str.split):
            with pytest.raises(DocumentError, match=message):
                made(tokenizer=tokenizer).fit([]).transform(documents)


@POOLINGS
def test_copies_in_other_processes_and_threads(texts: list[str], pooling: str) -> None:
    estimator = made(pooling=pooling).fit(texts)
    wanted = estimator.transform(texts)
    again = pickle.loads(pickle.dumps(estimator))
    found = Parallel(n_jobs=4, backend="threading")(delayed(again.transform)(texts) for _ in range(8))
    for rows in (
        *found,
        copy.deepcopy(estimator).transform(texts),
        made(pooling=pooling, n_jobs=2).fit_transform(texts),
    ):
        np.testing.assert_array_equal(rows, wanted)


def test_pipelines_and_searches(labelled: Any) -> None:
    texts, labels = labelled
    pipeline = make_pipeline(made(), LogisticRegression(C=100))
    assert cross_val_score(pipeline, texts, labels, cv=3, error_score="raise").mean() > 0.9
    search = GridSearchCV(
        pipeline, {"storevectorizer__pooling": ["mean", "max", "tfidf", "sif"]}, cv=2, error_score="raise"
    )
    assert search.fit(texts, labels).best_score_ > 0.9
    assert search.best_estimator_[0].get_feature_names_out().tolist() == [f"storevectorizer{i}" for i in range(12)]


def test_output_for_pandas(texts: list[str]) -> None:
    pandas = pytest.importorskip("pandas")
    series = pandas.Series(texts, index=np.arange(len(texts)) + 50)
    frame = made().set_output(transform="pandas").fit_transform(series)
    assert frame.index.tolist() == index_kept(series)
    np.testing.assert_array_equal(frame.to_numpy(), made().fit_transform(texts))
