"""Every vectorizer within what scikit-learn has: pipelines, searches, columns, unions, frames, processes."""

from __future__ import annotations

import numpy as np
import pytest
import sklearn
from joblib import Parallel, delayed
from scipy import sparse
from sklearn.base import clone
from sklearn.compose import ColumnTransformer
from sklearn.feature_extraction import text as sklearn_text
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import FeatureUnion, Pipeline, make_pipeline
from sklearn.utils import get_tags
from sklearn.utils.estimator_checks import check_estimator
from vectorizer_kinds import KINDS, dense, index_kept, same

from textrep import FastTextVectorizer, TfidfVectorizer


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.SkipTestWarning")
def test_check_estimator(make):
    """Of scikit-learn's own checks few are for estimators that take texts."""
    done = check_estimator(make())
    assert {check["status"] for check in done} == {"passed"}


def test_pipeline(make, labelled):
    texts, labels = labelled
    pipeline = Pipeline(
        [("vectors", make()), ("classes", LogisticRegression(C=1e4, max_iter=1000))]
    )  # GloVe's vectors are short
    assert pipeline.fit(texts, labels).score(texts, labels) > 0.95
    assert pipeline[:-1].get_feature_names_out().shape == (pipeline[:-1].transform(texts).shape[1],)


def test_grid_search(kind, make, labelled):
    texts, labels = labelled
    pipeline = Pipeline([("vectors", make()), ("classes", LogisticRegression(C=1e4, max_iter=1000))])
    grid = {f"vectors__{name}": values for name, values in kind.grid.items()}
    search = GridSearchCV(pipeline, grid, cv=2, error_score="raise").fit(texts, labels)
    assert len(search.cv_results_["params"]) == 4
    assert search.best_score_ > 0.9
    chosen = search.best_estimator_.named_steps["vectors"].get_params()
    assert all(chosen[name] in values for name, values in kind.grid.items())


def test_cross_val_score(make, labelled):
    texts, labels = labelled
    scores = cross_val_score(
        make_pipeline(make(), LogisticRegression(C=1e4, max_iter=1000)), texts, labels, cv=3, error_score="raise"
    )
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
    assert rows.index.tolist() == index_kept(series)
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


@pytest.mark.slow  # tests/load/test_workers.py has some of it in the normal run
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
