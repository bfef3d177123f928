"""`StoreVectorizer`: documents by the word vectors of a store."""

from __future__ import annotations

import numpy as np
import pytest
from bad_files import forged, put, with_tensor
from sklearn.base import clone

import textrep
from textrep import CorpusError, EmbeddingStore, FormatError, TfidfVectorizer
from textrep.vectorizers.pooled import StoreVectorizer

TEXTS = ["the cat sat", "A cat, a dog!", "", "nothing known", "dog dog cat"]


@pytest.fixture(scope="module")
def store() -> EmbeddingStore:
    vectors = np.random.default_rng(0).standard_normal((3, 4)).astype(np.float32)
    return EmbeddingStore.from_vectors(["cat", "dog", "sat"], vectors, tokenizer=textrep.get_tokenizer("word"))


@pytest.mark.parametrize("pooling", ["mean", "max"])
def test_a_document_is_the_mean_or_the_maximum_of_its_known_words(store: EmbeddingStore, pooling: str) -> None:
    rows = StoreVectorizer(store, pooling).fit_transform(TEXTS)
    assert rows.dtype == np.float32
    for text, row in zip(TEXTS, rows, strict=True):
        known = [store[word] for word in textrep.get_tokenizer("word")(text) if word in store]
        expected = getattr(np, pooling)(known, axis=0) if known else np.zeros(4)
        np.testing.assert_allclose(row, expected, atol=1e-6)


LEARNED_FROM = ["the cat sat the", "a cat cat dog", "the the dog", "unknown only", "dog"]
ASKED = ["cat the cat bird", "dog sat", "bird", "unknown the", ""]  # no text of the former has a bird


@pytest.fixture(scope="module")
def zoo() -> EmbeddingStore:
    vectors = np.random.default_rng(1).standard_normal((5, 4)).astype(np.float32)
    return EmbeddingStore.from_vectors(["the", "cat", "dog", "sat", "bird"], vectors)


def weighted(store: EmbeddingStore, texts: list[str], weight: dict[str, float], *, by_weight: bool) -> np.ndarray:
    """Float64 means of what is known, word by word, divided by the sum of weights or the number of words."""
    rows = []
    for text in texts:
        words = [word for word in text.split() if word in store]
        total = sum((weight[word] * store[word].astype(float) for word in words), np.zeros(store.dim))
        rows.append(total / max(sum(weight[word] for word in words) if by_weight else len(words), 1e-30))
    return np.array(rows)


def test_weights_by_inverse_document_frequency(zoo: EmbeddingStore) -> None:
    weight = {}
    for word in zoo.keys:
        frequency = sum(word in text.split() for text in LEARNED_FROM)
        weight[word] = np.log((1 + len(LEARNED_FROM)) / (1 + frequency)) + 1
    rows = StoreVectorizer(zoo, "tfidf").fit(LEARNED_FROM).transform(ASKED)
    assert rows.dtype == np.float32
    np.testing.assert_allclose(rows, weighted(zoo, ASKED, weight, by_weight=True), atol=1e-6)


def test_smooth_inverse_frequency(zoo: EmbeddingStore) -> None:
    tokens = " ".join(LEARNED_FROM).split()  # those without a vector count as words, too
    weight = {word: 1e-3 / (1e-3 + tokens.count(word) / len(tokens)) for word in zoo.keys}
    common = np.linalg.svd(weighted(zoo, LEARNED_FROM, weight, by_weight=False))[2][0]
    plain = weighted(zoo, ASKED, weight, by_weight=False)
    rows = StoreVectorizer(zoo, "sif").fit(LEARNED_FROM).transform(ASKED)
    np.testing.assert_allclose(rows, plain - np.outer(plain @ common, common), atol=1e-6)


@pytest.mark.parametrize("pooling", ["tfidf", "sif"])
def test_weights_are_saved_and_a_refit_forgets_them(zoo: EmbeddingStore, tmp_path, pooling: str) -> None:
    vectorizer = StoreVectorizer(zoo, pooling).fit(LEARNED_FROM)
    vectorizer.save(tmp_path / "v")
    again = StoreVectorizer.load(tmp_path / "v")
    wanted = vectorizer.transform(ASKED)
    np.testing.assert_array_equal(again.transform(ASKED), wanted)
    other = StoreVectorizer(zoo, pooling).fit(ASKED).transform(ASKED)
    assert not np.allclose(other, wanted)
    np.testing.assert_array_equal(vectorizer.fit(ASKED).transform(ASKED), other)


def test_the_same_weights_as_of_the_vectorizer_that_trained_the_vectors() -> None:
    texts = ["good goodness badly bad", "bad good good", "badly badly so"] * 5
    for pooling in ("tfidf", "sif"):
        trained = textrep.Word2VecVectorizer(min_count=1, sample=0, vector_size=6, random_state=0, pooling=pooling)
        wanted = trained.fit_transform(texts)
        np.testing.assert_allclose(StoreVectorizer(trained.to_store(), pooling).fit_transform(texts), wanted, atol=1e-6)


def test_words_count_by_their_subwords() -> None:
    made = textrep.embed(
        ["good goodness badly bad"] * 5, "fasttext", min_count=1, sample=0, vector_size=6, buckets=500, random_state=0
    )
    vectorizer = StoreVectorizer(made).fit([])
    np.testing.assert_allclose(vectorizer.transform(["goodly bad"])[0], (made["goodly"] + made["bad"]) / 2, atol=1e-6)


def test_a_tokenizer_of_its_own(store: EmbeddingStore) -> None:
    assert not StoreVectorizer(store, tokenizer="whitespace").fit_transform(["Cat dog,"]).any()


def test_saved_and_opened_it_gives_the_same(store: EmbeddingStore, tmp_path) -> None:
    vectorizer = StoreVectorizer(store, "max", "whitespace", n_jobs=2).fit(TEXTS)
    vectorizer.save(tmp_path / "v")
    again = StoreVectorizer.load(tmp_path / "v")
    np.testing.assert_array_equal(again.transform(TEXTS), vectorizer.transform(TEXTS))
    assert (again.pooling, again.tokenizer, again.n_jobs) == ("max", textrep.get_tokenizer("whitespace"), 2)
    assert again.get_feature_names_out().tolist() == [f"storevectorizer{i}" for i in range(4)]
    with pytest.raises(FormatError, match="it holds a StoreVectorizer, not a TfidfVectorizer"):
        TfidfVectorizer.load(tmp_path / "v")
    with pytest.raises(ValueError, match="is a Python function, which is not saved"):
        StoreVectorizer(store, tokenizer=str.split).fit(TEXTS).save(tmp_path / "w")


def test_what_is_refused(store: EmbeddingStore) -> None:
    with pytest.raises(
        TypeError, match=r"^store must be an EmbeddingStore, not 'v.textrep'; EmbeddingStore.open opens"
    ):
        StoreVectorizer("v.textrep").fit(TEXTS)
    sparse = TfidfVectorizer().fit(TEXTS).to_store()
    with pytest.raises(ValueError, match="has sparse vectors, one column a document"):
        StoreVectorizer(sparse).fit(TEXTS)
    with pytest.raises(ValueError, match="pooling"):
        StoreVectorizer(store, "median").fit(TEXTS)
    for pooling in ("tfidf", "sif"):
        with pytest.raises(CorpusError, match=f"no document has a word that the store knows, but pooling='{pooling}'"):
            StoreVectorizer(store, pooling).fit(["nothing known"])
    with pytest.raises(TypeError, match="single"):
        StoreVectorizer(store).fit_transform("a text")


def test_a_trailing_newline_changes_nothing_whatever_the_tokenizer() -> None:
    store = EmbeddingStore.from_vectors(["a", "b", "b\n"], np.eye(3))
    vectorizer = StoreVectorizer(store, tokenizer=lambda text: text.split(" ")).fit([])
    rows = vectorizer.transform(["a b\n", "b\r\n", "a b"])
    np.testing.assert_array_equal(rows, [[0.5, 0.5, 0], [0, 1, 0], [0.5, 0.5, 0]])
    np.testing.assert_array_equal(vectorizer.transform([["b\n"]]), [[0, 0, 1]], "a token list is taken as it is")


def test_it_can_be_cloned(store: EmbeddingStore) -> None:
    copy = clone(StoreVectorizer(store, "max"))
    assert (copy.pooling, copy.store.dim) == ("max", 4)


@pytest.mark.parametrize("pooling", ["tfidf", "sif"])
def test_a_fit_that_fails_leaves_what_was_learned_before(zoo: EmbeddingStore, pooling: str) -> None:
    vectorizer = StoreVectorizer(zoo, pooling).fit(LEARNED_FROM)
    before = vectorizer.transform(ASKED)
    for wrong, message in ((["unknown"], "no document has a word that the store knows"), (["a", None], "is None")):
        with pytest.raises((CorpusError, textrep.DocumentError), match=message):
            vectorizer.fit(wrong)
        np.testing.assert_array_equal(vectorizer.transform(ASKED), before)


def test_vectors_that_are_no_numbers_are_those_of_a_file(store: EmbeddingStore, tmp_path) -> None:
    store.save(tmp_path / "words.textrep")
    StoreVectorizer(store).fit([]).save(tmp_path / "v.textrep")
    for name, tensor in {"words": "vectors", "v": "words.vectors"}.items():
        forged(tmp_path / f"{name}.textrep", tmp_path / f"bad-{name}.textrep", with_tensor(tensor, put(0, np.nan)))
    damaged = EmbeddingStore.open(tmp_path / "bad-words.textrep")
    with pytest.raises(FormatError, match=r"bad-words\.textrep: words of the documents have vectors that hold NaN"):
        StoreVectorizer(damaged).fit([]).transform(["cat"])
    opened = StoreVectorizer.load(tmp_path / "bad-v.textrep")
    with pytest.raises(FormatError, match=r"bad-v\.textrep: words of the documents"):
        opened.transform(["cat"])
    with pytest.raises(FormatError, match=r"bad-words\.textrep: words of the documents"):
        opened.set_params(store=damaged).fit([]).transform(["cat"])
    assert opened._name == "this vectorizer"
