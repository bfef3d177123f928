"""`partial_fit` over batches, whatever the split, learns what one `fit` on all documents learns."""

from __future__ import annotations

import pickle
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from sklearn.exceptions import NotFittedError

from textrep import CountVectorizer, OneHotVectorizer, TfidfVectorizer

KINDS = {"onehot": OneHotVectorizer, "count": CountVectorizer, "tfidf": TfidfVectorizer}
PIECES = ["a", "b", "c", "d", "ab", "가", "e\u0301", "İ", " ", " ", " ", "\x01"]
DOCUMENTS = st.lists(st.lists(st.sampled_from(PIECES), max_size=15).map("".join), min_size=1, max_size=10)
PARAMETERS = st.fixed_dictionaries(
    {"analyzer": st.sampled_from(["word", "word", "char", "char_wb", str.split]), "n_jobs": st.sampled_from([1, 2])},
    optional={
        "min_df": st.sampled_from([2, 3, 0.3]),
        "max_df": st.sampled_from([0.5, 0.9, 2, 6]),
        "max_features": st.integers(1, 8),
        "stop_words": st.just(["a"]),
        "vocabulary": st.sampled_from([["b", "a", "zz"], {"a": 1, "b": 0}, {"a", "가"}]),
    },
)


def equal(one, two) -> None:
    """Compare all that two vectorizers have learned."""
    assert one.get_feature_names_out().tolist() == two.get_feature_names_out().tolist()
    assert one.vocabulary_ == two.vocabulary_
    assert one.fixed_vocabulary_ == two.fixed_vocabulary_
    np.testing.assert_array_equal(one.document_frequency_, two.document_frequency_)
    assert one.n_documents_ == two.n_documents_
    assert hasattr(one, "idf_") == hasattr(two, "idf_")
    if hasattr(one, "idf_"):
        np.testing.assert_array_equal(one.idf_, two.idf_)


def same(one, two) -> None:
    for name in ("indptr", "indices", "data"):
        np.testing.assert_array_equal(getattr(one, name), getattr(two, name))
    assert one.dtype == two.dtype


def batches_of(documents, cuts):
    """Cut documents at the given places; some batches may be empty."""
    bounds = [0, *sorted(min(cut, len(documents)) for cut in cuts), len(documents)]
    return [documents[first:last] for first, last in pairwise(bounds)]


@pytest.mark.filterwarnings("ignore::UserWarning")  # of parameters without effect
@settings(max_examples=4 * settings.default.max_examples, deadline=None)
@given(st.sampled_from([*KINDS]), PARAMETERS, DOCUMENTS, st.lists(st.integers(0, 10), max_size=4))
@example("count", {"min_df": 2}, ["a", "a b", "b"], [1])  # no limit can be met after the first batch
@example("tfidf", {}, ["", "a"], [1])
@example("tfidf", {}, ["a"], [0])
@example("count", {"max_df": 0.5}, ["a", "a b", "b c"], [1, 2])
def test_any_split(kind, parameters, documents, cuts):
    whole, pieces = KINDS[kind](**parameters), KINDS[kind](**parameters)
    try:
        matrix = whole.fit_transform(documents)
    except ValueError as error:
        refusal = str(error)
        for batch in batches_of(documents, cuts):
            pieces.partial_fit(batch)
        with pytest.raises(ValueError, match=".") as told:  # noqa: RUF043
            pieces.transform(documents)
        assert str(told.value) == refusal
        return
    for batch in batches_of(documents, cuts):
        assert pieces.partial_fit(batch) is pieces
    equal(pieces, whole)
    same(pieces.transform(documents), matrix)


@pytest.mark.parametrize("kind", KINDS)
def test_after_each_batch_it_is_fitted(kind):
    documents = ["a b", "b c", "c d a", "", "e a a"]
    vectorizer = KINDS[kind](max_features=3)
    for n, document in enumerate(documents, start=1):
        vectorizer.partial_fit([document])
        fitted = KINDS[kind](max_features=3).fit(documents[:n])
        equal(vectorizer, fitted)
        same(vectorizer.transform(documents), fitted.transform(documents))


@pytest.mark.parametrize("make_batch", [tuple, iter, lambda batch: [text.split() for text in batch], np.array])
def test_forms_of_documents(make_batch):
    vectorizer = TfidfVectorizer()
    for batch in (["a b", "b c"], ["c d a"]):
        vectorizer.partial_fit(make_batch(batch))
    equal(vectorizer, TfidfVectorizer().fit(["a b", "b c", "c d a"]))


def test_counts_of_earlier_batches_decide_which_terms_are_kept():
    vectorizer = CountVectorizer(max_features=1).partial_fit(["b b b"])
    assert list(vectorizer.vocabulary_) == ["b"]
    vectorizer.partial_fit(["a a"])
    assert list(vectorizer.vocabulary_) == ["b"]
    vectorizer.partial_fit(["a a"])
    assert list(vectorizer.vocabulary_) == ["a"], "4 against 3, though it was left out before"
    vectorizer = CountVectorizer(max_df=0.5).partial_fit(["a", "b"]).partial_fit(["a"])
    assert list(vectorizer.vocabulary_) == ["b"]
    assert list(vectorizer.partial_fit(["c"]).vocabulary_) == ["a", "b", "c"], "half of the documents have a again"


def test_a_limit_that_cannot_be_met_yet():
    vectorizer = CountVectorizer(min_df=2)
    assert vectorizer.partial_fit(["a"]) is vectorizer
    with pytest.raises(ValueError, match="raise max_df or lower min_df"):
        vectorizer.transform(["a"])
    assert list(vectorizer.partial_fit(["a b"]).vocabulary_) == ["a"]
    vectorizer = TfidfVectorizer().partial_fit([])
    with pytest.raises(ValueError, match="0 documents held no term"):
        vectorizer.get_feature_names_out()
    equal(vectorizer.partial_fit(["a"]), TfidfVectorizer().fit(["a"]))


def test_a_limit_that_is_no_longer_met_leaves_no_old_vocabulary():
    vectorizer = TfidfVectorizer(max_df=1).partial_fit(["a"])
    assert list(vectorizer.vocabulary_) == ["a"]
    vectorizer.partial_fit(["a"])
    with pytest.raises(ValueError, match="After pruning, no terms remain"):
        vectorizer.transform(["a"])
    assert not hasattr(vectorizer, "vocabulary_")
    assert not hasattr(vectorizer, "document_frequency_")
    equal(vectorizer.partial_fit(["b"]), TfidfVectorizer(max_df=1).fit(["a", "a", "b"]))


@pytest.mark.parametrize("limits", [{"min_df": 2}, {"max_df": 0.5}, {"max_features": 1}])
def test_after_a_fit_that_left_terms_out(limits):
    vectorizer = CountVectorizer(**limits).fit(["a b", "a b", "b c", "d"])
    before = list(vectorizer.vocabulary_)
    with pytest.raises(ValueError, match=r"it forgot the terms that .* left out; begin with partial_fit on a new"):
        vectorizer.partial_fit(["d e"])
    assert list(vectorizer.vocabulary_) == before
    assert vectorizer.n_documents_ == 4


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("method", ["fit", "fit_transform"])
def test_after_a_fit_that_kept_all(kind, method):
    for parameters in ({}, {"min_df": 1, "max_df": 5, "max_features": 9}, {"stop_words": ["b"], "ngram_range": (1, 2)}):
        vectorizer = KINDS[kind](**parameters)
        getattr(vectorizer, method)(["a b", "b c"])
        equal(vectorizer.partial_fit(["d a", "a"]), KINDS[kind](**parameters).fit(["a b", "b c", "d a", "a"]))


def test_a_limit_set_after_fit_needs_what_was_not_counted():
    vectorizer = CountVectorizer().fit(["a b b"]).set_params(max_features=1)
    with pytest.raises(ValueError, match="max_features needs to know how often each term occurs"):
        vectorizer.partial_fit(["a"])
    vectorizer = CountVectorizer().partial_fit(["a b b"]).set_params(max_features=1).partial_fit(["a c"])
    assert list(vectorizer.vocabulary_) == ["a"]


def test_fixed_vocabulary():
    for kind in KINDS.values():
        vectorizer = kind(vocabulary=["b", "a", "zz"])
        vectorizer.partial_fit(["a b b"]).partial_fit([]).partial_fit(["a", "c"])
        assert vectorizer.document_frequency_.tolist() == [1, 2, 0]
        assert vectorizer.n_documents_ == 3
        equal(vectorizer, kind(vocabulary=["b", "a", "zz"]).fit(["a b b", "a", "c"]))
        equal(vectorizer.partial_fit(["b"]), kind(vocabulary=["b", "a", "zz"]).fit(["a b b", "a", "c", "b"]))
    unfitted = CountVectorizer(vocabulary=["a"])
    unfitted.transform(["a"])  # needs no fit, and is none
    equal(unfitted.partial_fit(["a"]), CountVectorizer(vocabulary=["a"]).fit(["a"]))
    fitted = CountVectorizer(vocabulary=["a"]).fit(["a"])
    equal(fitted.partial_fit(["b"]), CountVectorizer(vocabulary=["a"]).fit(["a", "b"]))


def test_fit_begins_anew():
    vectorizer = TfidfVectorizer().partial_fit(["a b"]).partial_fit(["c"])
    equal(vectorizer.fit(["d"]), TfidfVectorizer().fit(["d"]))
    equal(vectorizer.partial_fit(["e"]), TfidfVectorizer().fit(["d", "e"]))


def test_a_batch_that_cannot_be_read_is_as_if_it_had_not_come():
    vectorizer = CountVectorizer()
    with pytest.raises(TypeError, match=r"documents\[1\] is None"):
        vectorizer.partial_fit(["z", None])
    with pytest.raises(NotFittedError):
        vectorizer.transform(["z"])
    vectorizer.partial_fit(["a"])
    with pytest.raises(TypeError, match=r"documents\[1\] is 3"):
        vectorizer.partial_fit(["z", 3])
    with pytest.raises(TypeError, match="documents is one str"):
        vectorizer.partial_fit("z")
    equal(vectorizer.partial_fit(["b"]), CountVectorizer().fit(["a", "b"]))
    fixed = TfidfVectorizer(vocabulary=["a"]).partial_fit(["a"])
    with pytest.raises(TypeError, match=r"documents\[1\] is 3"):
        fixed.partial_fit(["a", 3])
    equal(fixed.partial_fit(["b"]), TfidfVectorizer(vocabulary=["a"]).fit(["a", "b"]))


def test_after_a_fit_that_failed_it_begins():
    vectorizer = CountVectorizer()
    with pytest.raises(ValueError, match="empty vocabulary"):
        vectorizer.fit([""])
    equal(vectorizer.partial_fit(["a"]), CountVectorizer().fit(["a"]))


def test_parameters_are_judged():
    with pytest.raises(ValueError, match="min_df must be"):
        CountVectorizer(min_df=0).partial_fit(["a"])
    with pytest.warns(UserWarning, match="'stop_words' will not be used"):
        CountVectorizer(analyzer="char", stop_words=["a"]).partial_fit(["a"])


def test_pickled_between_batches():
    vectorizer = TfidfVectorizer(min_df=2).partial_fit(["a b", "b a", "c"])
    again = pickle.loads(pickle.dumps(vectorizer)).partial_fit(["c d"])
    equal(again, TfidfVectorizer(min_df=2).fit(["a b", "b a", "c", "c d"]))
    assert "c" not in vectorizer.vocabulary_


def test_store_needs_the_documents_again():
    with pytest.raises(ValueError, match=r"the documents are gone.*to_store\(documents\)"):
        CountVectorizer().partial_fit(["a b"]).to_store()
