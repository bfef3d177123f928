"""The contract of a scikit-learn estimator, the same tests for every vectorizer there is."""

from __future__ import annotations

import copy
import inspect
import pickle
from contextlib import suppress

import numpy as np
import pytest
from joblib import Parallel, delayed
from scipy import sparse
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from vectorizer_kinds import KINDS, dense, same

import textrep
from textrep import DocumentError, EmbeddingStore, FastTextVectorizer, read_corpus


def test_every_vectorizer_is_here():
    public = {name for name in textrep.__all__ if name.endswith("Vectorizer")}
    assert public == {kind.cls.__name__ for kind in KINDS.values()}


def test_parameters_are_keywords_with_immutable_defaults(kind):
    for name, parameter in inspect.signature(kind.cls).parameters.items():
        assert parameter.kind is parameter.KEYWORD_ONLY, name
        assert isinstance(parameter.default, str | int | float | tuple | type | None), name
    assert kind.cls().get_params() == {n: p.default for n, p in inspect.signature(kind.cls).parameters.items()}


def test_init_stores_parameters_untouched(kind):
    odd = {name: object() for name in inspect.signature(kind.cls).parameters}
    estimator = kind.cls(**odd)
    assert vars(estimator) == odd


def test_get_and_set_params(kind, make):
    estimator = make()
    parameters = {name: object() for name in estimator.get_params()}
    assert estimator.set_params(**parameters) is estimator
    assert estimator.get_params() == parameters
    with pytest.raises(ValueError, match="Invalid parameter 'no_such'"):
        estimator.set_params(no_such=1)


def test_clone(make, texts):
    original = make(tokenizer=str.split).fit(texts)
    copied = clone(original)
    assert copied.get_params() == original.get_params()
    with pytest.raises(NotFittedError):
        copied.transform(texts)
    same(copied.fit_transform(texts), original.transform(texts))


def test_repr_shows_what_was_changed(kind, make):
    assert repr(kind.cls()) == f"{kind.cls.__name__}()"
    assert "min_token_length=3" in repr(make(min_token_length=3))


def test_fit_returns_self_and_leaves_parameters_alone(make, texts):
    estimator = make(tokenizer=str.split)
    before = copy.copy(estimator.get_params())
    assert estimator.fit(texts) is estimator
    assert estimator.fit(texts, y=[0] * len(texts)) is estimator
    after = estimator.get_params()
    assert after.keys() == before.keys()
    assert all(after[name] is before[name] for name in before)


def test_what_fit_learns_ends_in_an_underscore(make, texts):
    estimator = make()
    parameters = set(vars(estimator))
    learned = set(vars(estimator.fit(texts))) - parameters
    assert {"vocabulary_"} <= learned
    assert all(name.endswith("_") or name.startswith("_") for name in learned)


@pytest.mark.parametrize("method", ["transform", "to_store", "get_feature_names_out"])
def test_not_fitted(make, texts, method):
    with pytest.raises(NotFittedError, match="is not fitted yet"):
        getattr(make(), method)(*([texts] if method == "transform" else []))


def test_a_refit_forgets(make, texts):
    estimator = make().fit(texts)
    first = estimator.transform(texts)
    estimator.fit(["c d e f g", "d e"] * 30)
    assert list(estimator.vocabulary_) == list(make().fit(["c d e f g", "d e"] * 30).vocabulary_)
    assert "a1" not in estimator.vocabulary_
    assert not dense(estimator.transform(["99 %"])).any()
    same(estimator.fit(texts).transform(texts), first)


def test_a_fit_that_fails_leaves_nothing_half_done(kind, make, texts):
    """What was learned before is kept whole, or all of it is forgotten."""
    estimator = make().fit(texts)
    before = estimator.transform(texts)
    with pytest.raises(TypeError, match=r"documents\[1\] is None"):
        estimator.fit(["x", None])
    with suppress(NotFittedError):
        same(estimator.transform(texts), before)
        assert list(estimator.vocabulary_) == list(make().fit(texts).vocabulary_)
    fresh = make()
    with pytest.raises(TypeError, match=r"documents\[1\] is None"):
        fresh.fit(["x", None])
    with pytest.raises(NotFittedError):
        fresh.transform(texts)
    same(estimator.fit(texts).transform(texts), make().fit(texts).transform(texts))


def test_fit_transform_is_fit_and_transform(make, texts):
    same(make().fit_transform(texts), make().fit(texts).transform(texts))


def test_transform_changes_nothing(make, texts):
    estimator = make().fit(texts)
    first = estimator.transform(texts)
    estimator.transform(["other words", ""])
    same(estimator.transform(texts), first)
    dense(first)[:] = 7  # what was returned is the caller's
    if sparse.issparse(first):
        first.data[:] = 7
    assert not (dense(estimator.transform(texts)) == 7).any()


def test_each_document_by_itself(make, texts):
    """A row depends on its document alone, whatever stands around it."""
    estimator = make().fit(texts)
    together = dense(estimator.transform(texts))
    order = np.random.default_rng(1).permutation(len(texts))
    np.testing.assert_allclose(dense(estimator.transform([texts[i] for i in order])), together[order], atol=1e-7)
    np.testing.assert_allclose(dense(estimator.transform(texts[5:9])), together[5:9], atol=1e-7)
    alone = np.vstack([dense(estimator.transform([text])) for text in texts[:5]])
    np.testing.assert_allclose(alone, together[:5], atol=1e-7)


def test_documents_without_a_known_word(kind, make, texts):
    rows = make().fit(texts).transform(["", "zzzz", texts[0], " "])
    assert rows.shape[0] == 4
    if kind.cls is not FastTextVectorizer:  # which has n-grams of characters for a new word
        assert not dense(rows)[1].any()
    assert not dense(rows)[[0, 3]].any()
    assert dense(rows)[2].any()
    assert make().fit(texts).transform([]).shape == (0, rows.shape[1])


@pytest.mark.parametrize("n_jobs", [2, -1])
def test_threads_fit(kind, make, texts, n_jobs):
    rows = make(n_jobs=n_jobs).fit_transform(texts)
    assert rows.shape == make().fit_transform(texts).shape
    if kind.is_sparse:  # training is not repeatable with threads
        same(rows, make().fit_transform(texts))


# Documents


@pytest.mark.parametrize("form", ["list", "tuple", "generator", "path", "corpus", "token lists", "array", "dict keys"])
def test_forms_of_documents(make, texts, tmp_path, form):
    path = tmp_path / "corpus.txt"
    path.write_text("\n".join(texts), encoding="utf-8")
    make_form = {
        "list": lambda: texts,
        "tuple": lambda: tuple(texts),
        "generator": lambda: (text for text in texts),
        "path": lambda: path,
        "corpus": lambda: read_corpus(path),
        "token lists": lambda: [text.split() for text in texts],
        "array": lambda: np.array(texts),
        "dict keys": lambda: dict.fromkeys(texts).keys(),
    }[form]
    wanted = make().fit_transform(texts)
    same(make().fit_transform(make_form()), wanted)
    same(make().fit(make_form()).transform(make_form()), wanted)


def test_a_column_of_pandas(make, texts):
    pandas = pytest.importorskip("pandas")
    series = pandas.Series(texts, index=np.arange(len(texts))[::-1] + 1000)
    wanted = make().fit_transform(texts)
    same(make().fit_transform(series), wanted)
    same(make().fit(texts).transform(series.astype("string")), wanted)
    with pytest.raises(TypeError, match=r"documents is a table.*pass one column"):
        make().fit(series.to_frame("text"))


@pytest.mark.parametrize("what", ["fit", "fit_transform", "transform"])
def test_what_is_no_document(make, texts, what):
    method = getattr(make().fit(texts), what)
    for documents, message in [
        ("one text", r"read_corpus|\[document\]"),
        (b"bytes", "documents is one bytes"),
        (["a", None], r"documents\[1\] is None; drop missing documents"),
        ([3], r"documents\[0\] is 3"),
        (7, "documents is 7"),
        ({"a": "b"}, "documents is a mapping"),
        ({"a"}, "a set has no order"),
        (np.zeros((2, 2)), "documents is a table"),
    ]:
        for parent in (DocumentError, TypeError, ValueError):
            with pytest.raises(parent, match=message):
                method(documents)


@pytest.mark.parametrize("name", ["min_token_length", "n_jobs", "tokenizer"])
def test_parameters_are_judged_in_fit(make, texts, name):
    estimator = make(**{name: 0 if name != "tokenizer" else "no such"})
    for method in (estimator.fit, estimator.fit_transform):
        with pytest.raises(ValueError, match=name):
            method(texts)


# In other processes, and later


def test_pickle(make, texts):
    estimator = make().fit(texts)
    wanted = estimator.transform(texts)
    again = pickle.loads(pickle.dumps(estimator))
    same(again.transform(texts), wanted)
    assert again.get_params() == estimator.get_params()
    assert list(again.vocabulary_) == list(estimator.vocabulary_)
    same(again.fit(texts).transform(texts), wanted)
    unfitted = pickle.loads(pickle.dumps(make()))
    same(unfitted.fit_transform(texts), wanted)


def test_deepcopy(make, texts):
    estimator = make().fit(texts)
    again = copy.deepcopy(estimator)
    same(again.transform(texts), estimator.transform(texts))
    again.fit(["other words"] * 5)
    same(estimator.transform(texts), make().fit_transform(texts))


def test_pickle_is_small_beside_the_documents(make):
    documents = ["a b c d " * 50_000] * 3
    assert len(pickle.dumps(make().fit(documents))) < 100_000


def test_saved_and_opened(kind, make, texts, tmp_path):
    """More of it is in tests/vectorizers/test_saved.py."""
    estimator = make().fit(texts)
    estimator.save(tmp_path / "saved")
    again = kind.cls.load(tmp_path / "saved")
    same(again.transform(texts), estimator.transform(texts))
    assert again.get_params() == estimator.get_params()
    same(clone(again).fit_transform(texts), estimator.transform(texts))
    with pytest.raises(NotFittedError, match="is not fitted yet"):
        make().save(tmp_path / "not")


def test_threads_share_a_fitted_vectorizer(make, texts):
    estimator = make().fit(texts)
    wanted = estimator.transform(texts)
    again = pickle.loads(pickle.dumps(estimator))  # whose first `transform` is in threads
    for rows in Parallel(n_jobs=4, backend="threading")(delayed(again.transform)(texts) for _ in range(8)):
        same(rows, wanted)


def test_store(kind, make, texts):
    estimator = make().fit(texts)
    store = estimator.to_store()
    assert isinstance(store, EmbeddingStore)
    assert list(store.keys) == list(estimator.vocabulary_)
    assert store.tokenizer("A1 b2") == ["a1", "b2"]
    assert store.metadata["method"] == next(name for name, other in KINDS.items() if other is kind)
    assert store.metadata["parameters"].items() >= kind.parameters.items()
