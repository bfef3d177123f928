"""`embed_documents` and the questions to its stores, against scikit-learn and NumPy."""

from __future__ import annotations

import copy
import io
import pickle
import re
import sys
import unicodedata
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.feature_extraction import text as sklearn_text
from sklearn.metrics.pairwise import cosine_similarity

import textrep
from textrep import CorpusError, EmbeddingStore, UnknownTextError, UnknownWordError, embed_documents, read_corpus
from textrep.errors import PluginError, StoreMismatchError
from textrep.pooling import SIF_A
from textrep.vectorizers import documents as module
from textrep.vectorizers import registry

TEXTS = [
    "The moon goes around the Earth.",
    "the sun and the moon",
    "서울은 대한민국의 수도이다",
    "부산은 대한민국의 항구 도시이다",
    "a b a b c",
    "Earth, Mars and the other planets go around the sun",
    "수도 서울의 도시",
    "...",
    "music and dance, dance and music",
]
QUERIES = ["the Moon", "서울은 대한민국의 도시", "planets planets dance zzz", "a"]
SPARSE = ("tfidf", "count", "onehot")
TRAINED = ("word2vec", "fasttext", "glove")
SMALL = {"vector_size": 8, "epochs": 2, "min_count": 1, "sample": 0, "random_state": 1}
PARAMETERS = {
    **{method: {} for method in ("tfidf", "count", "onehot")},
    "word2vec": SMALL,
    "fasttext": {**SMALL, "buckets": 5000},
    "glove": {"vector_size": 8, "epochs": 2, "min_count": 1, "random_state": 1},
}
ORACLES = {
    "tfidf": sklearn_text.TfidfVectorizer(token_pattern=r"\w+"),
    "count": sklearn_text.CountVectorizer(token_pattern=r"\w+"),
    "onehot": sklearn_text.CountVectorizer(token_pattern=r"\w+", binary=True),
}


@pytest.fixture(scope="module")
def stores():
    return {method: embed_documents(TEXTS, method, **PARAMETERS[method]) for method in PARAMETERS}


def words(text):
    return re.findall(r"\w+", text.lower())


def mean_of_words(word_store, text):
    """The mean of the vectors of a text's words; words without one do not count."""
    rows = []
    for word in words(text):
        try:
            rows.append(word_store[word].astype(np.float64))
        except UnknownWordError:
            continue
    return np.mean(rows, axis=0) if rows else np.zeros(word_store.dim)


def expected_cosines(store, method, texts, query):
    if method in ORACLES:
        fitted = ORACLES[method].fit(texts)
        return cosine_similarity(fitted.transform([query]), fitted.transform(texts))[0]
    word_store = store.vectorizer.to_store()
    rows = np.array([mean_of_words(word_store, text) for text in [query, *texts]])
    return cosine_similarity(rows[:1], rows[1:])[0]


def check_answer(found, cosines, names, k):
    """The answer has the right cosines, best first, and nothing better was left out."""
    assert len(found) == min(k, len(names))
    assert len({key for key, _ in found}) == len(found)
    scores = [score for _, score in found]
    assert scores == sorted(scores, reverse=True)
    by_name = dict(zip(names, cosines, strict=True))
    np.testing.assert_allclose([by_name.pop(key) for key, _ in found], scores, atol=2e-6)
    assert max(by_name.values(), default=-1) <= scores[-1] + 2e-6


@pytest.mark.parametrize("method", PARAMETERS)
@pytest.mark.parametrize("query", QUERIES)
def test_the_nearest_documents(stores, method, query):
    names = [str(i + 1) for i in range(len(TEXTS))]
    cosines = expected_cosines(stores[method], method, TEXTS, query)
    for k in (1, 3, 100):
        check_answer(stores[method].similar_to_text(query, k), cosines, names, k)


WORDS = st.sampled_from(["a", "b", "The", "the", "서울", "도시", "x1", "한글"])
DOCUMENTS = st.lists(st.lists(WORDS, max_size=6).map(" ".join), min_size=1, max_size=12)


@settings(deadline=None)
@given(texts=DOCUMENTS, query=st.lists(WORDS, min_size=1, max_size=4).map(" ".join), k=st.integers(1, 14))
@pytest.mark.parametrize("method", SPARSE)
def test_random_documents(method, texts, query, k):
    known = {word for text in texts for word in words(text)}
    if not known:
        return  # refused: see below
    store = embed_documents(texts, method)
    if not known & set(words(query)):
        with pytest.raises(UnknownTextError, match="no word of the text"):
            store.similar_to_text(query)
        return
    cosines = expected_cosines(store, method, texts, query)
    check_answer(store.similar_to_text(query, k), cosines, list(store.keys), k)


@pytest.mark.parametrize("pooling", ["mean", "max", "tfidf", "sif"])
@pytest.mark.parametrize("method", TRAINED)
def test_pooling(method, pooling):
    store = embed_documents(TEXTS, method, pooling=pooling, **PARAMETERS[method])
    vectorizer = store.vectorizer
    word_store, vocabulary = vectorizer.to_store(), vectorizer.vocabulary_
    assert store.metadata["parameters"]["pooling"] == pooling
    share = dict(zip(word_store.keys, vocabulary.counts / vocabulary.total_tokens, strict=True))
    idf = sklearn_text.TfidfVectorizer(token_pattern=r"\w+").fit(TEXTS)
    weight = {
        "mean": lambda word: 1.0,
        "tfidf": lambda word: idf.idf_[idf.vocabulary_[word]],
        "sif": lambda word: SIF_A / (SIF_A + share[word]),
    }
    rows = np.zeros((len(TEXTS), 8))
    for row, text in zip(rows, TEXTS, strict=True):
        own = words(text)
        if own and pooling == "max":
            row[:] = np.max([word_store[word] for word in own], axis=0)
        elif own:
            weights = np.array([weight[pooling](word) for word in own])
            divisor = len(own) if pooling == "sif" else weights.sum()
            row[:] = weights @ np.array([word_store[word] for word in own]) / divisor
    if pooling == "sif":
        common = np.linalg.svd(rows)[2][0]
        rows -= rows @ common[:, None] * common
    np.testing.assert_allclose(store.vectors, rows, atol=1e-5)
    # a text is pooled as the documents were
    assert store.similar_to_text(TEXTS[5], 1)[0] == ("6", pytest.approx(1.0))


@pytest.mark.parametrize("method", PARAMETERS)
def test_a_store_that_is_saved_opened_pickled_or_copied_answers_the_same(stores, method, tmp_path):
    store = stores[method]
    store.save(tmp_path / "d.textrep")
    opened = EmbeddingStore.open(tmp_path / "d.textrep")
    opened.verify()
    opened.save(tmp_path / "again.textrep")
    assert (tmp_path / "again.textrep").read_bytes() == (tmp_path / "d.textrep").read_bytes()
    others = (opened, pickle.loads(pickle.dumps(store)), pickle.loads(pickle.dumps(opened)), copy.deepcopy(store))
    for other in others:
        assert list(other.texts) == list(store.texts) == TEXTS
        assert other.metadata == store.metadata
        assert type(other.vectorizer) is type(store.vectorizer)
        for query in QUERIES:
            assert other.similar_to_text(query) == store.similar_to_text(query)


@pytest.mark.parametrize("method", PARAMETERS)
def test_what_a_store_says_of_itself(stores, method):
    store = stores[method]
    made = store.metadata
    assert (made["method"], made["of"]) == (method, "documents")
    assert store.is_sparse == (method in SPARSE)
    assert {"tokenizer": "word", **PARAMETERS[method]}.items() <= made["parameters"].items()
    assert type(store.vectorizer).__name__.lower() == f"{method}vectorizer"
    if method in TRAINED:
        assert [epoch["epoch"] for epoch in made["history"]] == [1, 2]
        assert made["total_tokens"] == sum(len(words(text)) for text in TEXTS)


def test_the_method_is_tfidf_by_default():
    assert embed_documents(["a b", "b c"]).metadata["method"] == "tfidf"


def test_a_store_of_words_takes_no_text():
    store = textrep.embed(TEXTS, "count")
    assert store.texts is None
    assert store.vectorizer is None
    with pytest.raises(ValueError, match=r"this store does not know how to make a vector of a text: it holds no docu"):
        store.similar_to_text("moon")


@pytest.mark.parametrize("method", PARAMETERS)
@pytest.mark.parametrize("text", ["", "  \n", "...", "ㅋㅋㅋ"])
def test_a_text_without_a_known_word(stores, method, text):
    start = "no word of the text" if text.strip() else "the text '.*' is empty"
    with pytest.raises(UnknownTextError, match=f"^{start}.*it has no vector$") as caught:
        stores[method].similar_to_text(text)
    assert caught.value.word == text
    again = pickle.loads(pickle.dumps(caught.value))
    assert (type(again), str(again)) == (UnknownTextError, str(caught.value))


def test_a_long_text_is_not_repeated_whole(stores):
    with pytest.raises(UnknownTextError, match=r"^no word of the text 'zz zz (zz )*\.\.\.' is known"):
        stores["tfidf"].similar_to_text("zz " * 1000)


@pytest.mark.parametrize("text", [["the moon"], None, b"the moon", 3])
def test_what_is_no_text(stores, text):
    with pytest.raises(TypeError, match=re.escape(f"expected a text, not {text!r}")):
        stores["tfidf"].similar_to_text(text)


def test_k_is_checked(stores):
    with pytest.raises(ValueError, match="must be at least 1, not 0"):
        stores["tfidf"].similar_to_text("the moon", 0)


def test_words_never_seen_count_by_their_subwords(stores):
    with pytest.raises(UnknownTextError, match="no word of the text 'moons'"):
        stores["word2vec"].similar_to_text("moons")
    assert stores["fasttext"].similar_to_text("moons", 1)


def test_decomposed_text_finds_the_same(stores):
    for method in PARAMETERS:
        query = unicodedata.normalize("NFD", "서울은 대한민국의")
        assert stores[method].similar_to_text(query) == stores[method].similar_to_text("서울은 대한민국의")


def test_texts_are_beginnings_but_vectors_are_of_the_whole(tmp_path):
    long = "가나 " * 150 + "volcano"
    (tmp_path / "a.txt").write_text(f"{long}\na cat\n", encoding="utf-8")
    for documents in ([long, "a cat"], tmp_path / "a.txt"):
        store = embed_documents(documents, "count")
        assert list(store.texts) == [long[:200], "a cat"]
        assert store.similar_to_text("volcano", 1)[0].key == store.keys[0]


def test_token_lists():
    store = embed_documents([["New York", "is"], ["서울", "is", "big"], []], "count")
    assert list(store.texts) == ["New York is", "서울 is big", ""]
    assert store.similar_to_text("서울", 1) == [("2", pytest.approx(1 / np.sqrt(3)))]


@pytest.mark.parametrize("make", [iter, tuple, np.array, lambda texts: (text for text in texts)])
def test_documents_of_many_kinds(stores, make):
    store = embed_documents(make(TEXTS))
    assert list(store.keys) == [str(i + 1) for i in range(len(TEXTS))]
    assert list(store.texts) == TEXTS
    assert store.similar_to_text("moon") == stores["tfidf"].similar_to_text("moon")


def test_a_path_and_a_corpus(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "글.txt").write_text("\n" + "\n\n".join(TEXTS), encoding="utf-8")
    for documents in (read_corpus("글.txt"), (tmp_path / "글.txt").relative_to(tmp_path)):
        store = embed_documents(documents)
        assert list(store.keys) == [f"글.txt:{i + 1}" for i in range(len(TEXTS))]
        assert list(store.texts) == TEXTS
        assert store.similar("글.txt:1", 1)[0].key == "글.txt:2"


@pytest.mark.parametrize("method", ["tfidf", "word2vec"])
def test_what_can_be_read_once_is_read_once_and_keeps_its_names(tmp_path, monkeypatch, method):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.txt").write_text("\n".join(TEXTS[:4]))
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO("\n".join(TEXTS[4:]).encode())))
    store = embed_documents(read_corpus("a.txt", "-"), method, **PARAMETERS[method])
    assert list(store.keys) == [*(f"a.txt:{i}" for i in range(1, 5)), *map(str, range(1, 6))]
    assert list(store.texts) == TEXTS
    assert store.similar_to_text(TEXTS[-1], 1)[0].key == "5"


def test_keys_of_ones_own(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("\n".join(TEXTS))
    keys = [f"문서 {i}" for i in range(len(TEXTS))]
    for documents in (TEXTS, iter(TEXTS), path):
        store = embed_documents(documents, keys=iter(keys))
        assert list(store.keys) == keys
        assert store.similar_to_text(TEXTS[2], 1)[0].key == "문서 2"
    twice = [*keys, *(f"{key} again" for key in keys)]
    assert list(embed_documents(read_corpus(path, path), keys=twice).keys) == twice


@pytest.mark.parametrize(
    ("keys", "error", "message"),
    [
        (["a", "b"], ValueError, "there are 2 keys for 3 documents; pass one for each"),
        (["a", "b", "a"], ValueError, "key 2 repeats key 0, 'a'"),
        (["a", "b", 3], TypeError, "key 2 is 3 of type int"),
        ("abc", TypeError, "keys must be a list of str, not 'abc'"),
    ],
)
def test_wrong_keys_are_refused_before_the_work(monkeypatch, keys, error, message):
    monkeypatch.setattr(module, "fitted_matrix", None)
    with pytest.raises(error, match=re.escape(message)):
        embed_documents(["x", "y", "z"], "count", keys=keys)


def test_too_few_keys_for_a_stream_are_refused():
    with pytest.raises(ValueError, match="there are 2 keys for 3 documents; pass one for each"):
        embed_documents(iter(["x", "y", "z"]), keys=["a", "b"])


def test_a_file_given_twice_is_refused_before_it_is_read(tmp_path, monkeypatch):
    (tmp_path / "a.txt").write_text("x y\n")
    corpus = read_corpus(tmp_path / "a.txt", tmp_path / "*.txt")
    monkeypatch.setattr(type(corpus), "blocks", None)
    with pytest.raises(CorpusError, match=r"a\.txt is given twice, and its documents would have the same names"):
        embed_documents(corpus)


@pytest.mark.parametrize("method", PARAMETERS)
@pytest.mark.parametrize(
    ("documents", "error", "message"),
    [
        ("one text", TypeError, "documents is one str, 'one text'; for a file pass a Path"),
        (["a", None], TypeError, r"documents\[1\] is None; drop missing documents first"),
        (["a", 3], TypeError, r"documents\[1\] is 3, a int"),
        (["", " . "], CorpusError, "held no term|not one token"),
        ([], CorpusError, "held no term|the corpus holds no document"),
    ],
    ids=["str", "none", "number", "no word", "nothing"],
)
def test_wrong_documents(method, documents, error, message):
    with pytest.raises(error, match=message):
        embed_documents(documents, method, **PARAMETERS[method])


@pytest.mark.parametrize(
    ("method", "parameters", "message"),
    [
        ("tfidf", {"window": 3}, "unknown parameter 'window'; tfidf takes"),
        ("word2vec", {"norm": "l2"}, "unknown parameter 'norm'; word2vec takes architecture"),
        ("word2vec", {"pooling": "sum"}, "pooling must be one of 'mean', 'sif', 'tfidf', 'max'; got 'sum'"),
        ("lda", {}, "method must be one of"),
    ],
)
def test_wrong_parameters(method, parameters, message):
    with pytest.raises(ValueError, match=message):
        embed_documents(TEXTS, method, **parameters)


def _split_by_commas(text):
    return text.split(",")


@pytest.mark.parametrize("method", ["tfidf", "word2vec"])
def test_a_tokenizer_that_is_a_function_answers_but_is_not_saved(method, tmp_path):
    texts = ["New York,is big", "서울,is old"]
    store = embed_documents(texts, method, tokenizer=_split_by_commas, **PARAMETERS[method])
    assert store.similar_to_text("New York", 1)[0].key == "1"
    with pytest.raises(ValueError, match="is a Python function, which is not saved"):
        store.save(tmp_path / "d.textrep")
    assert list(tmp_path.iterdir()) == []


def test_training_does_not_go_on_from_documents(stores):
    with pytest.raises(StoreMismatchError, match="its vectors are of documents, not of words"):
        textrep.embed(TEXTS, "word2vec", initial=stores["word2vec"], **SMALL)


class Lengths:
    """A vectorizer of others."""

    def fit(self, documents):
        return self

    def transform(self, documents):
        return np.array([[len(document), 1.0] for document in documents])

    def to_store(self):
        raise AssertionError


class WordsOnly:
    def fit(self, documents):
        return self

    def to_store(self):
        raise AssertionError


@pytest.fixture
def plugged(monkeypatch):
    monkeypatch.setitem(sys.modules, "plugged_here", SimpleNamespace(Lengths=Lengths, WordsOnly=WordsOnly))
    monkeypatch.setattr(Lengths, "__module__", "plugged_here")
    monkeypatch.setitem(registry.VECTORIZERS, "lengths", "plugged_here:Lengths")
    monkeypatch.setitem(registry.VECTORIZERS, "wordsonly", "plugged_here:WordsOnly")


def test_a_vectorizer_of_others_makes_documents_but_is_not_kept(plugged, tmp_path):
    store = embed_documents(["aa", "bbbb"], "lengths")
    store.save(tmp_path / "d.textrep")
    store = EmbeddingStore.open(tmp_path / "d.textrep")
    np.testing.assert_array_equal(store.vectors, [[2, 1], [4, 1]])
    assert list(store.texts) == ["aa", "bbbb"]
    assert store.vectorizer is None
    with pytest.raises(ValueError, match=r"d\.textrep does not know how to make a vector of a text"):
        store.similar_to_text("aa")


def test_a_vectorizer_without_transform_makes_no_documents(plugged):
    with pytest.raises(
        PluginError, match=r"'wordsonly' has no transform\(documents\), which vectors of documents need"
    ):
        embed_documents(["aa", "bbbb"], "wordsonly")


def test_texts_and_vectorizer_of_ones_own():
    vectorizer = textrep.CountVectorizer().fit(TEXTS)
    store = EmbeddingStore.from_vectors(
        ["moon", "seoul"], vectorizer.transform([TEXTS[0], TEXTS[2]]), texts=["달", "서울"], vectorizer=vectorizer
    )
    assert store.similar_to_text("서울은", 1)[0].key == "seoul"
    assert list(store.texts) == ["달", "서울"]
    with pytest.raises(ValueError, match="there are 1 texts for 2 keys; pass one for each"):
        EmbeddingStore.from_vectors(["a", "b"], np.eye(2), texts=["a"])


def test_progress_is_told():
    told = []
    embed_documents(TEXTS, "word2vec", on_progress=told.append, **SMALL)
    assert told
    assert {progress.stage for progress in told} >= {"training"}
