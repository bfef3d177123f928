"""`Word2VecVectorizer` as a scikit-learn estimator, and its agreement with `textrep.embed`."""

from __future__ import annotations

import inspect
import pickle
from dataclasses import fields

import numpy as np
import pytest
from sklearn.base import BaseEstimator, clone
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import FeatureUnion, make_pipeline
from sklearn.utils import get_tags

from textrep import EmbeddingStore, Word2VecVectorizer, embed, read_corpus
from textrep.training.settings import Word2VecSettings


@pytest.fixture(scope="module")
def labelled():
    random = np.random.default_rng(0)
    labels = random.integers(0, 2, 300)
    texts = [" ".join(f"{'ab'[label]}{i}" for i in random.integers(0, 15, 10)) for label in labels]
    return texts, labels


def vectorizer(**parameters):
    chosen = {"vector_size": 12, "min_count": 2, "epochs": 3, "sample": 0, "learning_rate": 0.1, "random_state": 0}
    return Word2VecVectorizer(**{**chosen, **parameters})


def test_parameters_and_settings_agree():
    signature = inspect.signature(Word2VecVectorizer.__init__).parameters
    ours = {name: p.default for name, p in signature.items() if name != "self"}
    settings = {field.name: field.default for field in fields(Word2VecSettings)}
    assert {name: ours[name] for name in settings} == settings
    assert set(ours) - set(settings) == {"pooling", "verbose"}
    assert all(p.kind is p.KEYWORD_ONLY for name, p in signature.items() if name != "self")


def test_init_stores_parameters_untouched():
    odd = {"vector_size": object(), "tokenizer": object(), "random_state": object(), "pooling": "?", "n_jobs": "many"}
    estimator = Word2VecVectorizer(**odd)
    assert {name: getattr(estimator, name) for name in odd} == odd
    assert set(vars(estimator)) == set(estimator.get_params())


def test_clone_and_set_params():
    original = vectorizer(window=3, tokenizer=str.split)
    copy = clone(original)
    assert copy.get_params() == original.get_params()
    assert isinstance(copy, BaseEstimator)
    assert copy.set_params(window=9) is copy
    assert (copy.window, original.window) == (9, 3)
    assert "window=3" in repr(original)


def test_fit_returns_self_and_forgets(labelled):
    texts, _ = labelled
    estimator = vectorizer()
    before = estimator.get_params()
    assert estimator.fit(texts) is estimator
    assert estimator.get_params() == before
    first = estimator.transform(texts)
    estimator.fit(["c d e f g"] * 30)
    assert estimator.vocabulary_.to_list() == ["c", "d", "e", "f", "g"]
    np.testing.assert_array_equal(estimator.fit(texts).transform(texts), first)


def test_not_fitted(labelled):
    with pytest.raises(NotFittedError):
        vectorizer().transform(labelled[0])
    with pytest.raises(NotFittedError):
        vectorizer().to_store()
    with pytest.raises(NotFittedError):
        vectorizer().get_feature_names_out()


@pytest.mark.parametrize("pooling", ["mean", "max", "tfidf", "sif"])
def test_transform(labelled, pooling):
    texts, _ = labelled
    estimator = vectorizer(pooling=pooling)
    together = estimator.fit_transform(texts)
    assert together.shape == (300, 12)
    assert together.dtype == np.float32
    np.testing.assert_array_equal(together, vectorizer(pooling=pooling).fit(texts).transform(texts))
    np.testing.assert_allclose(estimator.transform(texts[5:9]), together[5:9], atol=1e-6)
    np.testing.assert_array_equal(estimator.transform(["", "unknown words only"]), np.zeros((2, 12)))
    np.testing.assert_allclose(estimator.transform([text.split() for text in texts[:4]]), together[:4], atol=1e-6)


def test_generators_are_read_once(labelled):
    texts, _ = labelled
    expected = vectorizer().fit_transform(texts)
    np.testing.assert_array_equal(vectorizer().fit_transform(text for text in texts), expected)
    estimator = vectorizer().fit(text for text in texts)
    np.testing.assert_array_equal(estimator.transform(text for text in texts), expected)


def test_paths_and_corpora(labelled, tmp_path):
    texts, _ = labelled
    path = tmp_path / "corpus.txt"
    path.write_text("\n".join(texts), encoding="utf-8")
    expected = vectorizer().fit_transform(texts)
    np.testing.assert_array_equal(vectorizer().fit_transform(path), expected)
    np.testing.assert_array_equal(vectorizer().fit_transform(read_corpus(path)), expected)


@pytest.mark.parametrize("method", ["fit", "transform"])
def test_documents_that_are_none(labelled, method):
    estimator = vectorizer().fit(labelled[0])
    with pytest.raises(TypeError, match=r"read_corpus|list"):
        getattr(estimator, method)("one text")
    with pytest.raises(TypeError, match=r"documents\[1\] is None"):
        getattr(estimator, method)(["a", None])
    with pytest.raises(TypeError, match=r"documents\[0\] is 3"):
        getattr(estimator, method)([3])


@pytest.mark.parametrize("parameters", [{"pooling": "median"}, {"window": 0}, {"architecture": "x"}])
def test_parameters_are_judged_in_fit(labelled, parameters):
    estimator = vectorizer(**parameters)
    with pytest.raises(ValueError, match=next(iter(parameters))):
        estimator.fit(labelled[0])


def test_pipeline_search_and_validation(labelled):
    texts, labels = labelled
    pipeline = make_pipeline(vectorizer(), LogisticRegression())
    assert cross_val_score(pipeline, texts, labels, cv=3).mean() > 0.95
    search = GridSearchCV(pipeline, {"word2vecvectorizer__vector_size": [2, 8]}, cv=2).fit(texts, labels)
    assert search.best_score_ > 0.95
    union = FeatureUnion([("mean", vectorizer()), ("max", vectorizer(pooling="max"))])
    assert union.fit_transform(texts).shape == (300, 24)


def test_search_in_several_processes(labelled):
    texts, labels = labelled
    pipeline = make_pipeline(vectorizer(epochs=1), LogisticRegression())
    assert np.isfinite(cross_val_score(pipeline, texts, labels, cv=2, n_jobs=2)).all()


def test_output_names_and_pandas(labelled):
    texts, _ = labelled
    estimator = vectorizer(vector_size=3).fit(texts)
    names = ["word2vecvectorizer0", "word2vecvectorizer1", "word2vecvectorizer2"]
    assert estimator.get_feature_names_out().tolist() == names
    pytest.importorskip("pandas")
    frame = estimator.set_output(transform="pandas").transform(texts)
    assert frame.columns.tolist() == names
    assert len(frame) == 300


def test_tags_and_pickle(labelled):
    texts, _ = labelled
    estimator = vectorizer().fit(texts)
    assert get_tags(estimator).input_tags.string
    again = pickle.loads(pickle.dumps(estimator))
    np.testing.assert_array_equal(again.transform(texts), estimator.transform(texts))


def test_to_store(labelled):
    texts, _ = labelled
    estimator = vectorizer().fit(texts)
    store = estimator.to_store()
    assert isinstance(store, EmbeddingStore)
    assert list(store.keys) == estimator.vocabulary_.to_list()
    np.testing.assert_array_equal(store.vectors, estimator.vectors_)
    assert store.metadata["parameters"]["vector_size"] == 12
    assert store.metadata["method"] == "word2vec"
    assert store.tokenizer("A1 b2") == ["a1", "b2"]


def test_embed_is_the_same_thing(labelled):
    texts, _ = labelled
    parameters = {"vector_size": 12, "min_count": 2, "random_state": 7}
    store = embed(texts, **parameters)
    estimator = Word2VecVectorizer(**parameters).fit(texts)
    np.testing.assert_array_equal(store.vectors, estimator.vectors_)
    assert store.metadata == estimator.to_store().metadata
    with pytest.raises(ValueError, match="method must be one of 'word2vec'; got 'lda'"):
        embed(texts, method="lda")
    with pytest.raises(ValueError, match="unknown parameter 'vectorsize'; word2vec takes architecture, vector_size"):
        embed(texts, vectorsize=3)


def test_random_state_instances(labelled):
    texts, _ = labelled
    one = vectorizer(random_state=np.random.RandomState(4)).fit(texts)
    two = vectorizer(random_state=np.random.RandomState(4)).fit(texts)
    np.testing.assert_array_equal(one.vectors_, two.vectors_)
    numbers = [vectorizer(random_state=seed).fit(texts).vectors_ for seed in (3, np.int32(3))]
    np.testing.assert_array_equal(*numbers)
    assert np.isfinite(vectorizer(random_state=None).fit(texts).vectors_).all()
