"""gensim's KeyedVectors in memory, to and fro."""

from __future__ import annotations

import importlib.util
import subprocess
import sys

import numpy as np
import pytest

from textrep import EmbeddingStore, MissingExtraError, UnknownWordError
from textrep.store.formats.gensim import from_gensim, to_gensim

gensim_models = pytest.importorskip("gensim.models")

KEYS = ["king", "queen", "왕", "a b", ""]
VECTORS = np.random.default_rng(0).standard_normal((5, 6)).astype(np.float32)
COUNTS = [50, 40, 30, 20, 10]
SENTENCES = [["the", "king", "왕"], ["a", "queen", "the"], ["왕", "여왕"]] * 5


def test_gensim_answers_as_the_store_does():
    store = EmbeddingStore.from_vectors(KEYS, VECTORS, counts=COUNTS)
    vectors = to_gensim(store)
    assert isinstance(vectors, gensim_models.KeyedVectors)
    assert vectors.index_to_key == KEYS
    np.testing.assert_array_equal(vectors.get_vector("왕"), VECTORS[2])
    assert [vectors.get_vecattr(key, "count") for key in KEYS] == COUNTS
    theirs = vectors.most_similar("king", topn=4)
    assert [key for key, _ in theirs] == [key for key, _ in store.similar("king", 4)]
    np.testing.assert_allclose(
        [score for _, score in theirs], [score for _, score in store.similar("king", 4)], atol=1e-6
    )
    assert vectors.similarity("king", "왕") == pytest.approx(store.similarity("king", "왕"), abs=1e-6)
    with pytest.raises(KeyError, match="unknown"):
        vectors["unknown"]


def test_what_gensim_gets_is_its_own():
    store = EmbeddingStore.from_vectors(KEYS, VECTORS)
    vectors = to_gensim(store)
    vectors.vectors[:] = 1
    vectors.add_vectors(["new"], np.ones((1, 6), np.float32))
    assert vectors.most_similar("new", topn=1)[0][1] == pytest.approx(1)
    np.testing.assert_array_equal(store.vectors, VECTORS)
    assert "count" not in vectors.expandos


def test_gensim_saves_and_loads_them(tmp_path):
    to_gensim(EmbeddingStore.from_vectors(KEYS[:3], VECTORS[:3])).save_word2vec_format(str(tmp_path / "v.txt"))
    again = EmbeddingStore.load(tmp_path / "v.txt")
    assert list(again.keys) == KEYS[:3]
    np.testing.assert_allclose(again.vectors, VECTORS[:3], rtol=1e-6)


def test_there_and_back():
    store = EmbeddingStore.from_vectors(KEYS, VECTORS, counts=COUNTS)
    again = EmbeddingStore.from_gensim(store.to_gensim())
    assert list(again.keys) == KEYS
    np.testing.assert_array_equal(again.vectors, VECTORS)
    assert again.counts.tolist() == COUNTS
    assert again.metadata == {"source": {"format": "gensim"}}


def test_a_trained_model():
    model = gensim_models.Word2Vec(SENTENCES, vector_size=8, min_count=1, epochs=1)
    store = from_gensim(model.wv)
    assert list(store.keys) == model.wv.index_to_key
    np.testing.assert_array_equal(store.vectors, model.wv.vectors)
    assert store.counts[store.keys.find("the")] == 10
    model.wv.vectors[:] = 0
    assert store.vectors.any()
    with pytest.raises(UnknownWordError, match="kings"):
        store["kings"]


@pytest.mark.parametrize("max_n", [4, 0])
def test_subwords_of_a_fasttext_model_come_along(max_n):
    model = gensim_models.FastText(SENTENCES, vector_size=8, min_count=1, epochs=1, min_n=2, max_n=max_n, bucket=60)
    store = from_gensim(model.wv)
    np.testing.assert_array_equal(store.vectors_for(SENTENCES[0]), model.wv[SENTENCES[0]])
    if not max_n:
        assert store.subwords is None
        return
    for word in ("kings", "왕비", "z"):
        np.testing.assert_allclose(store[word], model.wv[word], rtol=0, atol=1e-6)


def test_vectors_that_have_been_added_later_have_no_counts():
    vectors = gensim_models.KeyedVectors(3)
    vectors.add_vectors(["a", "b"], np.ones((2, 3), np.float32))
    store = from_gensim(vectors)
    assert list(store.keys) == ["a", "b"]
    assert store.counts is None


def test_keys_that_are_no_words():
    vectors = gensim_models.KeyedVectors(3)
    vectors.add_vectors([1, 2], np.ones((2, 3), np.float32))
    with pytest.raises(TypeError, match=r"key 0 is 1 of type int; keys must be str"):
        from_gensim(vectors)


def test_something_else():
    model = gensim_models.Word2Vec(SENTENCES, vector_size=8, min_count=1, epochs=1)
    with pytest.raises(
        TypeError, match=r"expected gensim's KeyedVectors \(of gensim 4\), not Word2Vec; pass the model's \.wv"
    ):
        from_gensim(model)
    with pytest.raises(TypeError, match=r"not dict$"):
        from_gensim({"a": [1, 2]})


def test_without_gensim_the_extra_is_named(monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(
        MissingExtraError,
        match=r"Conversion to gensim needs gensim\. .*pip install gensim \(textrep's extra 'gensim'\)$",
    ):
        to_gensim(EmbeddingStore.from_vectors(["a"], [[1.0]]))


def test_gensim_is_not_imported_before_it_is_needed():
    code = "import sys, textrep.store.formats.gensim, textrep.store; assert 'gensim' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)
