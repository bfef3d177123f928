"""Vectorizers saved and opened: what comes back is equal, and goes on where the saved one was."""

from __future__ import annotations

import json
import pickle
import sys
from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors import safe_open
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from vectorizer_kinds import KINDS, same

from textrep import (
    CountVectorizer,
    EmbeddingStore,
    FastTextVectorizer,
    MissingExtraError,
    OneHotVectorizer,
    TfidfVectorizer,
    Word2VecVectorizer,
    embed_documents,
)

TEXTS = ["the cat sat", "a cat ran and ran", "", "고양이 나라", "dogs ran"] * 4
OTHERS = ["a cat catches dogs", "unseen words", "", "나라의 고양이"]
VARIANTS = {
    **{name: (name, {}) for name in KINDS},
    "counts of characters": ("count", {"analyzer": "char_wb", "ngram_range": (1, 3), "lowercase": False}),
    "binary counts": ("count", {"binary": True, "dtype": np.uint8, "n_jobs": 2}),
    "counts between spaces": ("count", {"tokenizer": "whitespace", "min_token_length": 2, "normalization": None}),
    "given terms": ("count", {"vocabulary": {"ran": 1, "cat": 0, "고양이": 2}}),
    "tfidf without idf": ("tfidf", {"use_idf": False, "norm": None, "sublinear_tf": True}),
    "tfidf in float32": ("tfidf", {"dtype": np.float32, "smooth_idf": False, "norm": "l1"}),
    "tfidf of few": ("tfidf", {"min_df": 2, "max_df": 0.5, "max_features": 3, "stop_words": ["and"]}),
    "tfidf without English": ("tfidf", {"stop_words": "english"}),
    "tfidf of given terms": ("tfidf", {"vocabulary": ["ran", "cat", "나라"]}),
    "pairs of words": ("onehot", {"ngram_range": (1, 2)}),
    "CBOW": ("word2vec", {"architecture": "cbow", "pooling": "sif"}),
    "hierarchical softmax": ("word2vec", {"loss": "hierarchical_softmax", "pooling": "max"}),
    "word2vec of few": ("word2vec", {"max_vocabulary": 4, "pooling": "tfidf", "random_state": None}),
    "fasttext weighted": ("fasttext", {"pooling": "tfidf"}),
    "fasttext sif": ("fasttext", {"pooling": "sif", "min_count": 2}),
    "jamo": ("fasttext", {"subwords": "jamo", "min_n": 1, "max_n": 4}),
    "no n-grams": ("fasttext", {"max_n": 0}),
}


@pytest.fixture(params=VARIANTS)
def vectorizer(request):
    name, parameters = VARIANTS[request.param]
    return KINDS[name].make(**parameters).fit(TEXTS)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "v.textrep"


def reopened(vectorizer, path):
    vectorizer.save(path)
    return type(vectorizer).load(path)


def equal_stores(one, two):
    assert list(one.keys) == list(two.keys)
    assert one.metadata == two.metadata
    if one.is_sparse:
        assert (one.vectors != two.vectors).nnz == 0
    else:
        np.testing.assert_array_equal(one.vectors, two.vectors)
        np.testing.assert_array_equal(one.counts, two.counts)


def learned(vectorizer):
    """Return what the names that end in an underscore stand for, but for the vocabulary and speeds, as lists."""
    found = {name: value for name, value in vars(vectorizer).items() if name.endswith("_") and name != "vocabulary_"}
    if "history_" in found:
        found["history_"] = [{name: epoch[name] for name in ("epoch", "loss")} for epoch in found["history_"]]
    return {name: value.tolist() if isinstance(value, np.ndarray) else value for name, value in found.items()}


# ------------------------------------------------------------------------------------------------- what comes back


def test_round_trip(vectorizer, path):
    again = reopened(vectorizer, path)
    assert type(again) is type(vectorizer)
    same(again.transform(TEXTS + OTHERS), vectorizer.transform(TEXTS + OTHERS))
    assert again.get_feature_names_out().tolist() == vectorizer.get_feature_names_out().tolist()
    assert list(again.vocabulary_) == list(vectorizer.vocabulary_)
    assert learned(again) == learned(vectorizer)
    ours, theirs = again.get_params(), vectorizer.get_params()
    if theirs.get("vocabulary") is not None:
        assert list(ours.pop("vocabulary")) == sorted(theirs["vocabulary"], key=list(vectorizer.vocabulary_).index)
        del theirs["vocabulary"]
    assert ours == theirs


def test_what_an_opened_one_does(vectorizer, path):
    again = reopened(vectorizer, path)
    equal_stores(*(one.to_store() if "vectors_" in vars(one) else one.to_store(TEXTS) for one in (again, vectorizer)))
    unfitted = clone(again)
    with pytest.raises(NotFittedError):
        unfitted.set_params(vocabulary=None).transform(TEXTS) if "vocabulary" in unfitted.get_params() else (
            unfitted.transform(TEXTS)
        )
    same(pickle.loads(pickle.dumps(again)).transform(OTHERS), vectorizer.transform(OTHERS))
    if again.get_params().get("random_state", 0) == 0:
        same(again.fit(TEXTS[::-1]).transform(OTHERS), clone(vectorizer).fit(TEXTS[::-1]).transform(OTHERS))


def test_saved_again_it_is_the_same_file(vectorizer, path):
    """Also in place of the file that its arrays are mapped from."""
    again = reopened(vectorizer, path)
    before = path.read_bytes()
    again.save(path)
    assert path.read_bytes() == before
    same(again.transform(OTHERS), vectorizer.transform(OTHERS))


WORDS = st.lists(st.sampled_from(["a", "b", "ab", "가", "e\u0301", " ", "\x01"]), max_size=8).map("".join)
DOCUMENTS = st.lists(WORDS, min_size=1, max_size=6)
PARAMETERS = st.fixed_dictionaries(
    {"analyzer": st.sampled_from(["word", "word", "char", "char_wb"])},
    optional={
        "ngram_range": st.sampled_from([(1, 2), (2, 2)]),
        "min_df": st.sampled_from([2, 0.3]),
        "max_df": st.sampled_from([0.5, 6]),
        "max_features": st.integers(1, 5),
        "dtype": st.sampled_from([np.float32, np.float64]),
        "vocabulary": st.sampled_from([["b", "a"], {"a": 1, "b": 0}]),
    },
)


def outcome(call, *arguments):
    """Return the result, or what the ValueError says."""
    try:
        return call(*arguments)
    except ValueError as error:
        return str(error)


@settings(max_examples=2 * settings.default.max_examples, deadline=None)
@given(st.sampled_from(["count", "tfidf", "onehot"]), PARAMETERS, DOCUMENTS, DOCUMENTS, st.booleans())
def test_partial_fit_goes_on(tmp_path_factory, name, parameters, documents, more, begins_with_fit):
    """As it would have without the file in between; also where it refuses to."""
    path = tmp_path_factory.getbasetemp() / "partial.textrep"
    vectorizer = KINDS[name].make(**parameters)
    begin = vectorizer.fit if begins_with_fit else vectorizer.partial_fit
    if isinstance(outcome(begin, documents), str) or isinstance(outcome(vectorizer.save, path), str):
        return
    again = type(vectorizer).load(path)
    same(again.transform(documents + more), vectorizer.transform(documents + more))
    outcomes = [outcome(one.partial_fit, more) for one in (again, vectorizer)]
    if isinstance(outcomes[0], str):
        assert outcomes[0] == outcomes[1]
        return
    rows = [outcome(one.transform, documents + more) for one in (again, vectorizer)]
    if isinstance(rows[0], str):
        assert rows[0] == rows[1]
        return
    same(*rows)
    assert learned(again) == learned(vectorizer)
    assert again.get_feature_names_out().tolist() == vectorizer.get_feature_names_out().tolist()


def test_partial_fit_goes_on_as_if_all_had_come_at_once(path):
    """An example of the above, spelled out."""
    vectorizer = reopened(TfidfVectorizer(min_df=2).partial_fit(["a b", "b c"]), path).partial_fit(["c d"])
    whole = TfidfVectorizer(min_df=2).fit(["a b", "b c", "c d"])
    assert list(vectorizer.vocabulary_) == ["b", "c"]
    np.testing.assert_array_equal(vectorizer.idf_, whole.idf_)
    forgetful = reopened(CountVectorizer(min_df=2).fit(["a b", "b c"]), path)
    with pytest.raises(ValueError, match="it forgot the terms"):
        forgetful.partial_fit(["a"])


def test_training_goes_on_from_the_store_of_an_opened_one(path):
    for kind in (KINDS["word2vec"], KINDS["fasttext"]):
        first = kind.make().fit(TEXTS)
        again = reopened(first, path)
        new = ["new words of cats"] * 5
        one, two = (kind.make().fit(new, initial=each.to_store()) for each in (first, again))
        np.testing.assert_array_equal(one.vectors_, two.vectors_)
        went_on = reopened(two, path)
        assert went_on.to_store().metadata["initial"] == {"words": len(first.vocabulary_), "total_tokens": 4 * 12}
        path.unlink()


def test_words_never_seen(path):
    vectorizer = KINDS["fasttext"].make().fit(TEXTS)
    again = reopened(vectorizer, path)
    assert vectorizer.transform(["catty"]).any()
    np.testing.assert_array_equal(again.to_store()["catty"], vectorizer.to_store()["catty"])
    with pytest.raises(KeyError, match="'catty' is not in the vocabulary"):
        reopened(KINDS["word2vec"].make().fit(TEXTS), path.with_name("w")).to_store()["catty"]


def test_matrices_of_tokens(path):
    again = reopened(OneHotVectorizer().fit(TEXTS), path)
    (rows,) = again.transform_tokens(["ran zz cat"])
    assert rows.toarray().argmax(axis=1).tolist() == [again.vocabulary_["ran"], 0, again.vocabulary_["cat"]]
    assert rows.toarray().sum(axis=1).tolist() == [1, 0, 1]


def test_the_documents_are_not_saved(path):
    again = reopened(TfidfVectorizer().fit(TEXTS), path)
    assert b"cat ran" not in path.read_bytes()
    with pytest.raises(ValueError, match=r"the documents are gone: .*the vectorizer was saved; .*to_store\(documents"):
        again.to_store()


def test_a_loss_that_is_no_number(path):
    with pytest.warns(UserWarning, match="no two words stood side by side"):
        vectorizer = Word2VecVectorizer(vector_size=4, min_count=1, epochs=2).fit(["alone"] * 3)
    again = reopened(vectorizer, path)
    assert np.isnan([epoch["loss"] for epoch in again.history_]).all()
    assert [epoch["epoch"] for epoch in again.history_] == [1, 2]


def test_trained_by_gensim(path, monkeypatch):
    pytest.importorskip("gensim")
    vectorizer = KINDS["fasttext"].make(engine="gensim", min_n=2).fit(TEXTS)
    vectorizer.save(path)
    monkeypatch.setitem(sys.modules, "gensim", None)  # it is not needed for what it has trained
    again = FastTextVectorizer.load(path)
    same(again.transform(OTHERS), vectorizer.transform(OTHERS))
    assert again.engine == "gensim"


# --------------------------------------------------------------------------------------------------- parameters


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ({"stop_words": {"the", "and"}}, ["and", "the"]),
        ({"stop_words": frozenset(["and"])}, ["and"]),
        ({"stop_words": {"and": 1}.keys()}, ["and"]),
        ({"stop_words": ("the", "and")}, ["the", "and"]),
        ({"stop_words": np.array(["and"])}, ["and"]),
        ({"ngram_range": [1, 2]}, (1, 2)),
        ({"ngram_range": (np.int64(1), np.int32(2))}, (1, 2)),
        ({"min_df": np.int64(2)}, 2),
        ({"max_df": np.float64(0.5)}, 0.5),
        ({"min_df": 0.0}, 0.0),
        ({"binary": np.True_}, True),
        ({"dtype": "float32"}, np.float32),
        ({"dtype": np.dtype(np.int16)}, np.int16),
        ({"dtype": bool}, np.bool_),
        ({"n_jobs": np.int32(2)}, 2),
    ],
)
def test_parameters_come_back_as_plain_values(given, kept, path):
    """Those of NumPy as Python's, collections as lists, so that JSON can hold them."""
    vectorizer = CountVectorizer(**given).fit(TEXTS)
    again = reopened(vectorizer, path)
    (name,) = given
    found = getattr(again, name)
    assert found == kept
    assert type(found) is type(kept)
    same(again.transform(TEXTS), vectorizer.transform(TEXTS))


@pytest.mark.parametrize(
    "given",
    [["ran", "cat"], ("ran", "cat"), {"ran", "cat"}, {"cat": 1, "ran": 0}, np.array(["ran", "cat"])],
    ids=lambda given: type(given).__name__,
)
def test_a_given_vocabulary_comes_back_as_terms(given, path):
    vectorizer = TfidfVectorizer(vocabulary=given).fit(TEXTS)
    again = reopened(vectorizer, path)
    assert again.vocabulary == vectorizer.vocabulary_
    assert again.fixed_vocabulary_
    same(again.fit(TEXTS).transform(TEXTS), vectorizer.transform(TEXTS))


def test_a_random_state_comes_back_as_none(path):
    """Its next numbers are not those that the vectors were made with; the store's metadata keep the seed."""
    vectorizer = KINDS["word2vec"].make(random_state=np.random.RandomState(3)).fit(TEXTS)
    again = reopened(vectorizer, path)
    assert again.random_state is None
    assert again.to_store().metadata == vectorizer.to_store().metadata
    seed = again.to_store().metadata["parameters"]["random_state"]
    same(KINDS["word2vec"].make(random_state=seed).fit(TEXTS).transform(OTHERS), vectorizer.transform(OTHERS))


def split_by_hand(text):
    return text.split()


class Splitter(list):
    """A class can be called, too."""


@pytest.mark.parametrize("function", [split_by_hand, str.split, lambda text: text.split(), Splitter])
@pytest.mark.parametrize("name", KINDS)
def test_functions_are_not_saved(name, function, path):
    kind = KINDS[name]
    for parameter in ("tokenizer", "analyzer") if kind.is_sparse else ("tokenizer",):
        vectorizer = kind.make(**{parameter: function}).fit(TEXTS)
        message = rf"{parameter}=<.* of this {kind.cls.__name__} is a Python function, which is not saved; pickle the"
        with pytest.raises(ValueError, match=message):
            vectorizer.save(path)
    assert not path.exists()


@pytest.mark.parametrize("name", KINDS)
def test_what_is_not_fitted_is_not_saved(name, path):
    with pytest.raises(NotFittedError, match="is not fitted yet"):
        KINDS[name].make().save(path)
    with pytest.raises(NotFittedError, match="is not fitted yet"):
        TfidfVectorizer(vocabulary=["a"]).save(path)
    assert not path.exists()


def test_given_terms_need_no_fit(path):
    again = reopened(CountVectorizer(vocabulary=["a", "b"]), path)
    assert again.transform(["a b a"]).toarray().tolist() == [[2, 1]]
    again.partial_fit(["a"]).partial_fit(["b a"])
    assert again.document_frequency_.tolist() == [2, 1]


def test_batches_without_a_term_are_not_saved(path):
    with pytest.raises(ValueError, match="0 documents held no term"):
        CountVectorizer().partial_fit([]).save(path)
    assert not path.exists()


def test_korean(path, monkeypatch):
    pytest.importorskip("kiwipiepy")
    vectorizer = TfidfVectorizer(tokenizer="kiwi").fit(["고양이가 잔다", "나라의 고양이"])
    again = reopened(vectorizer, path)
    same(again.transform(["고양이는"]), vectorizer.transform(["고양이는"]))
    monkeypatch.setitem(sys.modules, "kiwipiepy", None)
    with pytest.raises(MissingExtraError, match="pip install kiwipiepy"):
        TfidfVectorizer.load(path).transform(["고양이는"])


# ------------------------------------------------------------------------------------------------------- the file


def test_nothing_is_pickled(vectorizer, path, monkeypatch):
    def fail(*args, **kwargs):
        raise AssertionError("pickle is used")

    wanted = vectorizer.transform(OTHERS)
    for name in ("dump", "dumps", "load", "loads", "Pickler", "Unpickler"):
        monkeypatch.setattr(pickle, name, fail)
    same(reopened(vectorizer, path).transform(OTHERS), wanted)


def test_the_safetensors_library_reads_it(path):
    vectorizer = TfidfVectorizer().fit(TEXTS)
    vectorizer.save(path)
    with safe_open(path, "numpy") as file:
        header = json.loads(file.metadata()["textrep"])
        terms = file.get_tensor("terms.blob").tobytes().decode()
        frequency = file.get_tensor("document_frequency")
    assert (header["kind"], header["method"], header["format_version"]) == ("vectorizer", "tfidf", 1)
    assert header["parameters"]["norm"] == "l2"
    assert terms == "".join(vectorizer.vocabulary_)
    counted = Counter(word for text in TEXTS for word in set(text.split()))
    assert frequency.tolist() == [counted[term] for term in vectorizer.vocabulary_]


@pytest.mark.parametrize("name", KINDS)
def test_a_store_of_documents_carries_it(name, path):
    kind = KINDS[name]
    store = embed_documents(TEXTS[:2], name, **kind.parameters)
    alone = kind.make().fit(TEXTS[:2])
    same(store.vectorizer.transform(OTHERS), alone.transform(OTHERS))  # never in a file
    store.save(path)
    opened = EmbeddingStore.open(path)
    assert type(opened.vectorizer) is kind.cls
    same(opened.vectorizer.transform(OTHERS), alone.transform(OTHERS))
    again = reopened(opened.vectorizer, path.with_name("again"))
    same(again.transform(OTHERS), alone.transform(OTHERS))
