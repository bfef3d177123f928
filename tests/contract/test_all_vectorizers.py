"""The contract of a scikit-learn estimator, the same tests for every vectorizer there is."""

from __future__ import annotations

import copy
import inspect
import pickle
from typing import Any, NamedTuple

import numpy as np
import pytest
import sklearn
from joblib import Parallel, delayed
from scipy import sparse
from sklearn.base import clone
from sklearn.compose import ColumnTransformer
from sklearn.exceptions import NotFittedError
from sklearn.feature_extraction import text as sklearn_text
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import FeatureUnion, Pipeline, make_pipeline
from sklearn.utils import get_tags

import textrep
from textrep import (
    CountVectorizer,
    EmbeddingStore,
    FastTextVectorizer,
    OneHotVectorizer,
    TfidfVectorizer,
    Word2VecVectorizer,
    read_corpus,
)


class Kind(NamedTuple):
    """A vectorizer, with parameters that make it small and repeatable, and others to search over."""

    cls: type
    parameters: dict[str, Any]
    grid: dict[str, list[Any]]
    is_sparse: bool


TRAINED = {"vector_size": 12, "min_count": 1, "epochs": 3, "sample": 0, "learning_rate": 0.1, "random_state": 0}
KINDS = {
    "word2vec": Kind(Word2VecVectorizer, TRAINED, {"window": [1, 3], "pooling": ["mean", "sif"]}, False),
    "fasttext": Kind(
        FastTextVectorizer, {**TRAINED, "buckets": 500}, {"vector_size": [4, 8], "min_count": [1, 2]}, False
    ),
    "count": Kind(CountVectorizer, {}, {"ngram_range": [(1, 1), (1, 2)], "analyzer": ["word", "char_wb"]}, True),
    "tfidf": Kind(TfidfVectorizer, {}, {"min_df": [1, 2], "norm": ["l1", "l2"]}, True),
    "onehot": Kind(OneHotVectorizer, {}, {"max_features": [5, None], "max_df": [1.0, 0.9]}, True),
}


@pytest.fixture(params=KINDS)
def kind(request) -> Kind:
    return KINDS[request.param]


@pytest.fixture
def make(kind):
    """Return what makes a vectorizer."""
    return lambda **parameters: kind.cls(**{**kind.parameters, **parameters})


@pytest.fixture(scope="module")
def labelled():
    """Return texts that a classifier can tell apart, and their labels."""
    random = np.random.default_rng(0)
    labels = random.integers(0, 2, 120)
    texts = [" ".join(f"{'ab'[label]}{i}" for i in random.integers(0, 15, 10)) for label in labels]
    return texts, labels


@pytest.fixture(scope="module")
def texts(labelled):
    return labelled[0]


def dense(rows) -> np.ndarray:
    return rows.toarray() if sparse.issparse(rows) else np.asarray(rows)


def same(one, two) -> None:
    """Compare what `transform` returns."""
    assert type(one) is type(two)
    assert one.dtype == two.dtype
    np.testing.assert_array_equal(dense(one), dense(two))


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
    estimator = make().fit(texts)
    with pytest.raises(TypeError, match=r"documents\[1\] is None"):
        estimator.fit(["x", None])
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
        with pytest.raises(TypeError, match=message):
            method(documents)


@pytest.mark.parametrize("name", ["min_token_length", "n_jobs", "tokenizer"])
def test_parameters_are_judged_in_fit(make, texts, name):
    estimator = make(**{name: 0 if name != "tokenizer" else "no such"})
    for method in (estimator.fit, estimator.fit_transform):
        with pytest.raises(ValueError, match=name):
            method(texts)


# With what scikit-learn has


def test_pipeline(make, labelled):
    texts, labels = labelled
    pipeline = Pipeline([("vectors", make()), ("classes", LogisticRegression())])
    assert pipeline.fit(texts, labels).score(texts, labels) > 0.95
    assert pipeline[:-1].get_feature_names_out().shape == (pipeline[:-1].transform(texts).shape[1],)


def test_grid_search(kind, make, labelled):
    texts, labels = labelled
    pipeline = Pipeline([("vectors", make()), ("classes", LogisticRegression(C=100))])
    grid = {f"vectors__{name}": values for name, values in kind.grid.items()}
    search = GridSearchCV(pipeline, grid, cv=2, error_score="raise").fit(texts, labels)
    assert len(search.cv_results_["params"]) == 4
    assert search.best_score_ > 0.9
    chosen = search.best_estimator_.named_steps["vectors"].get_params()
    assert all(chosen[name] in values for name, values in kind.grid.items())


def test_cross_val_score(make, labelled):
    texts, labels = labelled
    scores = cross_val_score(make_pipeline(make(), LogisticRegression()), texts, labels, cv=3, error_score="raise")
    assert scores.mean() > 0.9


def test_cross_val_score_of_an_array(make, labelled):
    texts, labels = labelled
    array = np.array(texts, dtype=object)  # of which folds are taken by index
    pipeline = make_pipeline(make(), LogisticRegression())
    np.testing.assert_array_equal(
        cross_val_score(pipeline, array, labels, cv=2), cross_val_score(pipeline, texts, labels, cv=2)
    )


def test_column_transformer(make, labelled):
    pandas = pytest.importorskip("pandas")
    texts, _ = labelled
    frame = pandas.DataFrame({"title": texts[::-1], "text": texts, "size": np.arange(len(texts))})
    columns = ColumnTransformer([("words", make(), "text"), ("titles", make(), "title")], remainder="passthrough")
    rows = dense(columns.fit_transform(frame))
    alone = dense(make().fit_transform(texts))
    n = alone.shape[1]
    np.testing.assert_array_equal(rows[:, :n], alone)
    np.testing.assert_array_equal(rows[:, -1], frame["size"])
    np.testing.assert_array_equal(dense(columns.transform(frame)), rows)
    assert columns.get_feature_names_out()[0].startswith("words__")
    assert columns.get_feature_names_out().size == rows.shape[1]


def test_union_of_tfidf_and_fasttext(labelled):
    texts, labels = labelled
    fasttext = FastTextVectorizer(**KINDS["fasttext"].parameters)
    union = FeatureUnion([("tfidf", TfidfVectorizer()), ("fasttext", fasttext)])
    rows = union.fit_transform(texts)
    assert sparse.issparse(rows)
    np.testing.assert_array_equal(rows[:, :-12].toarray(), TfidfVectorizer().fit_transform(texts).toarray())
    np.testing.assert_array_equal(rows[:, -12:].toarray(), clone(fasttext).fit_transform(texts))
    names = union.get_feature_names_out().tolist()
    assert names[0] == "tfidf__a0"
    assert names[-1] == "fasttext__fasttextvectorizer11"
    pipeline = make_pipeline(union, LogisticRegression())
    assert cross_val_score(pipeline, texts, labels, cv=2, error_score="raise").mean() > 0.9


def test_feature_names(kind, make, texts):
    estimator = make().fit(texts)
    names = estimator.get_feature_names_out()
    assert names.dtype == object
    assert names.shape == (estimator.transform(texts).shape[1],)
    assert len(set(names)) == names.size
    if kind.is_sparse:
        assert names.tolist() == sorted({word for text in texts for word in text.split()})
    else:
        assert names.tolist() == [f"{kind.cls.__name__.lower()}{i}" for i in range(12)]


def test_output_is_set_by_default_as_it_is(make, texts):
    estimator = make().set_output(transform="default")
    same(estimator.fit_transform(texts), make().fit_transform(texts))


def test_output_for_pandas(kind, make, texts):
    """Dense vectors become a frame; sparse ones stay as they are, as scikit-learn's do."""
    pandas = pytest.importorskip("pandas")
    estimator = make()
    series = pandas.Series(texts, index=np.arange(len(texts)) + 50)
    with sklearn.config_context(transform_output="pandas"):
        rows = estimator.fit_transform(series)
        again = estimator.transform(series)
        theirs = sklearn_text.CountVectorizer().fit_transform(series)
    assert sparse.issparse(theirs)
    if kind.is_sparse:
        assert isinstance(rows, sparse.csr_matrix)
        assert isinstance(again, sparse.csr_matrix)
        return
    assert rows.columns.tolist() == estimator.get_feature_names_out().tolist()
    assert rows.index.tolist() == series.index.tolist()
    np.testing.assert_array_equal(rows.to_numpy(), make().fit_transform(texts))
    pandas.testing.assert_frame_equal(rows, again)
    pandas.testing.assert_frame_equal(make().set_output(transform="pandas").fit_transform(series), rows)


def test_sparse_frames_are_there_if_asked_for(kind, make, texts):
    pandas = pytest.importorskip("pandas")
    if not kind.is_sparse:
        pytest.skip("dense vectors become frames of dense columns")
    series = pandas.Series(texts, index=np.arange(len(texts)) + 50)
    estimator = clone(make().set_output(transform="pandas"))
    frame = estimator.fit_transform(series)
    assert frame.index.tolist() == series.index.tolist()
    assert frame.columns.tolist() == estimator.get_feature_names_out().tolist()
    assert all(isinstance(dtype, pandas.SparseDtype) for dtype in frame.dtypes)
    np.testing.assert_array_equal(frame.to_numpy(), make().fit_transform(texts).toarray())
    pandas.testing.assert_frame_equal(estimator.transform(series), frame)
    with pytest.raises(ValueError, match="transform must be 'default', 'pandas' or None; got 'polars'"):
        make().set_output(transform="polars")


def test_tags(make):
    tags = get_tags(make())
    assert tags.input_tags.string
    assert not tags.input_tags.two_d_array
    assert tags.requires_fit
    assert not tags.target_tags.required


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


@pytest.mark.filterwarnings("ignore:.*:UserWarning:joblib")
def test_two_processes(labelled):
    texts, labels = labelled
    fitted = {name: kind.cls(**kind.parameters).fit(texts) for name, kind in KINDS.items()}
    found = Parallel(n_jobs=2, backend="loky")(delayed(one.transform)(texts) for one in fitted.values())
    for rows, estimator in zip(found, fitted.values(), strict=True):
        same(rows, estimator.transform(texts))
    found = Parallel(n_jobs=2, backend="loky")(delayed(clone(one).fit_transform)(texts) for one in fitted.values())
    for rows, estimator in zip(found, fitted.values(), strict=True):
        same(rows, estimator.transform(texts))
    pipeline = make_pipeline(TfidfVectorizer(), LogisticRegression())
    scores = [cross_val_score(pipeline, texts, labels, cv=2, n_jobs=n, error_score="raise") for n in (1, 2)]
    np.testing.assert_array_equal(*scores)


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
