"""What vectorizers that train have beyond the contract of all: pooling, subwords, agreement with `textrep.embed`."""

from __future__ import annotations

import inspect
import unicodedata
from dataclasses import fields

import numpy as np
import pytest

from textrep import EmbeddingStore, FastTextVectorizer, Word2VecVectorizer, embed
from textrep.training.settings import FastTextSettings, Word2VecSettings


@pytest.fixture(scope="module")
def labelled():
    random = np.random.default_rng(0)
    labels = random.integers(0, 2, 300)
    texts = [" ".join(f"{'ab'[label]}{i}" for i in random.integers(0, 15, 10)) for label in labels]
    return texts, labels


KINDS = {
    "word2vec": (Word2VecVectorizer, Word2VecSettings),
    "fasttext": (FastTextVectorizer, FastTextSettings),
}


@pytest.fixture(params=KINDS)
def method(request):
    return request.param


@pytest.fixture
def kind(method):
    return KINDS[method][0]


@pytest.fixture
def vectorizer(kind):
    chosen = {"vector_size": 12, "min_count": 2, "epochs": 3, "sample": 0, "learning_rate": 0.1, "random_state": 0}
    return lambda **parameters: kind(**{**chosen, **parameters})


def test_parameters_and_settings_agree(kind, method):
    signature = inspect.signature(kind.__init__).parameters
    ours = {name: p.default for name, p in signature.items() if name != "self"}
    settings = {field.name: field.default for field in fields(KINDS[method][1])}
    assert {name: ours[name] for name in settings} == settings
    assert set(ours) - set(settings) == {"pooling", "verbose"}
    assert all(p.kind is p.KEYWORD_ONLY for name, p in signature.items() if name != "self")


@pytest.mark.parametrize("pooling", ["mean", "max", "tfidf", "sif"])
def test_transform(labelled, pooling, vectorizer):
    texts, _ = labelled
    estimator = vectorizer(pooling=pooling)
    together = estimator.fit_transform(texts)
    assert together.shape == (300, 12)
    assert together.dtype == np.float32
    np.testing.assert_array_equal(together, vectorizer(pooling=pooling).fit(texts).transform(texts))
    np.testing.assert_allclose(estimator.transform(texts[5:9]), together[5:9], atol=1e-6)
    np.testing.assert_array_equal(estimator.transform(["", "unknown words only"]), np.zeros((2, 12)))
    np.testing.assert_allclose(estimator.transform([text.split() for text in texts[:4]]), together[:4], atol=1e-6)


@pytest.mark.parametrize("parameters", [{"pooling": "median"}, {"window": 0}, {"architecture": "x"}])
def test_parameters_are_judged_in_fit(labelled, parameters, vectorizer):
    estimator = vectorizer(**parameters)
    with pytest.raises(ValueError, match=next(iter(parameters))):
        estimator.fit(labelled[0])


def test_to_store(labelled, vectorizer, method):
    texts, _ = labelled
    estimator = vectorizer().fit(texts)
    store = estimator.to_store()
    assert isinstance(store, EmbeddingStore)
    assert list(store.keys) == estimator.vocabulary_.to_list()
    np.testing.assert_array_equal(store.vectors, estimator.vectors_)
    assert store.metadata["parameters"]["vector_size"] == 12
    assert store.metadata["method"] == method
    assert store.tokenizer("A1 b2") == ["a1", "b2"]


def test_embed_is_the_same_thing(labelled, kind, method):
    texts, _ = labelled
    parameters = {"vector_size": 12, "min_count": 2, "random_state": 7}
    store = embed(texts, method, **parameters)
    estimator = kind(**parameters).fit(texts)
    np.testing.assert_array_equal(store.vectors, estimator.vectors_)
    assert store.metadata == estimator.to_store().metadata
    with pytest.raises(ValueError, match=r"method must be one of 'word2vec', 'fasttext', .*'tfidf'.*; got 'lda'"):
        embed(texts, method="lda")
    with pytest.raises(ValueError, match="unknown parameter 'vectorsize'; word2vec takes vector_size, window"):
        embed(texts, vectorsize=3)
    if method == "fasttext":
        np.testing.assert_array_equal(store.subwords.rows, estimator.to_store().subwords.rows)


@pytest.mark.parametrize("pooling", ["mean", "max", "tfidf", "sif"])
def test_documents_of_words_never_seen(pooling):
    texts = ["walking talked walked talking"] * 30 + ["singing jumped sings jumping"] * 30
    estimator = FastTextVectorizer(min_count=1, vector_size=12, random_state=0, pooling=pooling).fit(texts)
    store = estimator.to_store()
    rows = estimator.transform(["walks", "walked jumper", "12345", ""])
    assert rows.dtype == np.float32
    if pooling in ("mean", "max", "tfidf"):
        np.testing.assert_allclose(rows[0], store["walks"], atol=1e-6)
    if pooling == "mean":
        np.testing.assert_allclose(rows[1], (store["walked"] + store["jumper"]) / 2, atol=1e-6)
    if pooling == "tfidf":
        known, new = np.log(61 / 31) + 1, np.log(61) + 1  # in 30 of 60 documents, in none
        wanted = (known * store["walked"] + new * store["jumper"]) / (known + new)
        np.testing.assert_allclose(rows[1], wanted, atol=1e-6)
    assert not rows[2:].any(), "no part of 12345 was seen, nor of nothing"
    np.testing.assert_allclose(estimator.transform(iter(["walks", "", "walks"]))[[0, 2]], rows[[0, 0]], atol=1e-7)
    np.testing.assert_array_equal(estimator.transform(["", ""]), np.zeros((2, 12)))


def test_decomposed_tokens_are_found_as_the_store_finds_them():
    estimator = FastTextVectorizer(min_count=1, vector_size=12, sample=0, random_state=0).fit(["대통령 국민 나라"] * 30)
    store = estimator.to_store()
    for word in ("대통령", "대통령은"):
        decomposed = unicodedata.normalize("NFD", word)
        np.testing.assert_allclose(estimator.transform([[decomposed]])[0], store[word], atol=1e-6)
        np.testing.assert_allclose(store[decomposed], store[word], atol=1e-6)


def test_random_state_instances(labelled, vectorizer):
    texts, _ = labelled
    one = vectorizer(random_state=np.random.RandomState(4)).fit(texts)
    two = vectorizer(random_state=np.random.RandomState(4)).fit(texts)
    np.testing.assert_array_equal(one.vectors_, two.vectors_)
    numbers = [vectorizer(random_state=seed).fit(texts).vectors_ for seed in (3, np.int32(3))]
    np.testing.assert_array_equal(*numbers)
    assert np.isfinite(vectorizer(random_state=None).fit(texts).vectors_).all()
