"""What one-hot, count and TF-IDF vectorizers refuse and warn of: what scikit-learn does, with what to change."""

from __future__ import annotations

import unicodedata
import warnings

import numpy as np
import pytest
from sklearn.exceptions import NotFittedError
from sklearn.feature_extraction import text as sklearn_text
from sklearn_peers import Case, case_of, compare

from textrep import CountVectorizer, DocumentError, OneHotVectorizer, TfidfVectorizer
from textrep.text.tokenizers import WordTokenizer

# What raises in scikit-learn raises here, and says what to change.
REFUSED = [
    ({"max_df": 1, "min_df": 2}, "raise max_df or lower min_df"),
    ({"max_df": 0.1, "min_df": 1}, "raise max_df or lower min_df"),
    ({"min_df": 2, "stop_words": ["bb"]}, "Try a lower min_df or a higher max_df"),
    ({"stop_words": ["aa", "bb", "cc"]}, "empty vocabulary; perhaps the documents only contain stop words"),
    ({"vocabulary": []}, "empty vocabulary passed to fit"),
    ({"vocabulary": ["aa", "aa"]}, "Duplicate term in vocabulary: 'aa'"),
    ({"vocabulary": {"aa": 0, "bb": 0}}, "Vocabulary contains repeated indices"),
    ({"vocabulary": {"aa": 0, "bb": 2}}, "Vocabulary of size 2 doesn't contain index 1"),
    ({"vocabulary": {"aa": 0.5, "bb": 1}}, "number of a column; among them is 0.5"),
    ({"vocabulary": 3}, "vocabulary must be a list"),
    ({"ngram_range": (2, 1)}, r"pass \(1, 2\)"),
    ({"ngram_range": 2}, "ngram_range must be two integers"),
    ({"ngram_range": (1, 2, 3)}, "ngram_range must be two integers"),
    ({"min_df": 0}, "min_df must be a number of documents"),
    ({"min_df": 2.0}, "got 2.0"),
    ({"max_df": 1.5}, "max_df must be a number of documents"),
    ({"max_df": -1}, "got -1"),
    ({"max_features": 0}, "max_features must be an int of at least 1, or None"),
    ({"max_features": 2.5}, "got 2.5"),
    ({"analyzer": "words"}, "'word', 'char', 'char_wb', or callable; got 'words'"),
    ({"stop_words": "german"}, "not a built-in stop list: german"),
    ({"stop_words": 3}, "stop_words must be 'english', a list of str, or None"),
    ({"binary": "yes"}, "binary must be True or False"),
    ({"binary": 1}, "binary must be True or False; got 1"),
    ({"lowercase": None}, "lowercase must be True or False; got None"),
    ({"lowercase": "yes"}, "lowercase must be True or False"),
]


@pytest.mark.parametrize(("parameters", "message"), REFUSED, ids=lambda value: str(value)[:30])
@pytest.mark.parametrize("kind", ["count", "tfidf"])
def test_refused_as_by_scikit_learn(kind, parameters, message):
    ours, theirs = Case(kind, parameters, parameters).make()
    documents = ["aa bb", "cc bb"]
    with pytest.raises((ValueError, TypeError), match=r"\w") as refusal:
        theirs.fit(documents)
    for method in (ours.fit, ours.fit_transform):
        with pytest.raises(ValueError if isinstance(refusal.value, ValueError) else TypeError, match=message):
            method(documents)


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"norm": "max"}, "norm must be 'l1', 'l2' or None"),
        ({"use_idf": "yes"}, "use_idf must be True or False"),
        ({"use_idf": 1}, "use_idf must be True or False; got 1"),
        ({"smooth_idf": 0}, "smooth_idf must be True or False; got 0"),
        ({"sublinear_tf": 1.0}, "sublinear_tf must be True or False; got 1.0"),
    ],
)
def test_refused_tfidf_parameters(parameters, message):
    ours, theirs = Case("tfidf", parameters, parameters).make()
    with pytest.raises(ValueError, match="parameter of TfidfVectorizer must be"):
        theirs.fit(["aa"])
    with pytest.raises(ValueError, match=message):
        ours.fit(["aa"])


@pytest.mark.parametrize("dtype", [np.float16])
@pytest.mark.parametrize("kind", ["count", "tfidf"])
def test_a_type_that_matrices_cannot_have(kind, dtype):
    ours, theirs = Case(kind, {"dtype": dtype}, {"dtype": dtype}).make()
    with pytest.raises(ValueError, match=r"does not support dtype float16|Output dtype not compatible"):
        theirs.fit_transform(["aa"])
    with pytest.raises(ValueError, match="float16"):
        ours.fit_transform(["aa"])


@pytest.mark.parametrize("kind", ["count", "tfidf"])
def test_empty_documents_and_none(kind):
    for documents in ([], [""], ["", " \n", ",."]):
        ours, theirs = case_of(kind).make()
        with pytest.raises(ValueError, match="empty vocabulary"):
            theirs.fit(documents)
        with pytest.raises(ValueError, match=rf"empty vocabulary.* {len(documents)} documents? held no term"):
            ours.fit(documents)
    compare(case_of(kind), ["", "aa", ""], ["", "", "zz"])
    assert case_of(kind).make()[0].fit(["aa bb"]).transform([]).shape == (0, 2)


def test_a_given_term_in_no_document_has_no_idf_without_smoothing():
    for norm in (None, "l2"):
        case = case_of("tfidf", vocabulary=["aa", "bb"], smooth_idf=False, norm=norm)
        compare(case, ["aa"], ["aa bb"])  # infinite, or refused by scikit-learn's `normalize`
    ours = TfidfVectorizer(vocabulary=["aa", "bb"], smooth_idf=False, n_jobs=2).fit(["aa"])
    assert ours.idf_.tolist() == [1, np.inf]
    assert ours.transform(["aa zz"]).toarray().tolist() == [[1, 0]]
    with pytest.raises(
        ValueError, match=r"the IDF of .bb. is infinite, because no document of fit has it.*smooth_idf=True"
    ):
        ours.transform(["aa", "aa bb"])


WARNED = [
    ({"analyzer": "char", "stop_words": ["a"]}, "'stop_words' will not be used since 'analyzer' != 'word'"),
    ({"analyzer": "char_wb", "stop_words": "english"}, "'stop_words' will not be used"),
    ({"analyzer": "char", "tokenizer": str.split}, "'tokenizer' will not be used"),
    ({"analyzer": str.split, "ngram_range": (1, 2)}, "'ngram_range' will not be used since 'analyzer' is callable"),
    ({"analyzer": str.split, "tokenizer": str.split}, "'tokenizer' will not be used since 'analyzer' is callable"),
    ({"stop_words": ["can't"]}, r"stop_words may be inconsistent.*\['can', 't'\] not in stop_words"),
    ({"stop_words": ["Aa"]}, r"stop_words may be inconsistent.*\['aa'\] not in stop_words"),
    ({"vocabulary": ["aa", "Bb"]}, "Upper case characters found in vocabulary while 'lowercase' is True"),
]


@pytest.mark.parametrize(("parameters", "message"), WARNED, ids=lambda value: str(value)[:30])
@pytest.mark.parametrize("method", ["fit", "fit_transform"])
def test_warned_as_by_scikit_learn(parameters, message, method):
    theirs = {"token_pattern": None if "tokenizer" in parameters else r"(?u)\b\w+\b", **parameters}
    if parameters.get("analyzer", "word") != "word":
        theirs["token_pattern"] = None
    documents = ["aa bb", "cc bb"]
    for vectorizer in (CountVectorizer(**parameters), TfidfVectorizer(**parameters), OneHotVectorizer(**parameters)):
        with pytest.warns(UserWarning, match=message) as ours:
            getattr(vectorizer, method)(documents)
        assert len(ours) == 1
        assert ours[0].filename == __file__, "it points at the line that can be changed"
    with pytest.warns(UserWarning, match="will not be used|inconsistent|Upper case"):
        getattr(sklearn_text.CountVectorizer(**theirs), method)(documents)


def test_warns_of_terms_that_normal_form_changes():
    """They look as those that documents have."""
    apart = unicodedata.normalize("NFD", "가")
    with pytest.warns(UserWarning, match=f"not in the normal form NFC found in vocabulary, such as '{apart}'"):
        matrix = CountVectorizer(vocabulary=["나", apart]).fit_transform(["나 가", apart])
    assert matrix.toarray().tolist() == [[1, 0], [0, 0]]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        CountVectorizer(vocabulary=["e", "\u0301x"]).fit([""])  # "é" only if they stood together
        as_it_is = WordTokenizer(normalization=None)  # which keeps its own setting
        for parameters in ({"normalization": None}, {"analyzer": str.split}, {"tokenizer": as_it_is}):
            assert CountVectorizer(vocabulary=["나", apart], **parameters).fit_transform([apart]).sum() == 1


@pytest.mark.parametrize("name", ["lowercase", "normalization"])
def test_warns_of_what_kiwi_does_in_any_case(name):
    pytest.importorskip("kiwipiepy")
    vectorizer = CountVectorizer(tokenizer="kiwi", **{name: None if name == "normalization" else False})
    with pytest.warns(UserWarning, match=f"'{name}' will not be used since tokenizer='kiwi'"):
        vectorizer.fit(["Seoul에 간다"])
    assert "seoul" in vectorizer.vocabulary_


def test_warns_of_a_type_that_is_not_float():
    for vectorizer in (TfidfVectorizer(dtype=np.int64), sklearn_text.TfidfVectorizer(dtype=np.int64)):
        with pytest.warns(UserWarning, match="will be converted to np.float64"):
            assert vectorizer.fit_transform(["aa bb"]).dtype == np.float64


@pytest.mark.parametrize("form", [tuple, set, frozenset, np.array])
def test_other_collections_of_stop_words(form):
    """scikit-learn takes lists only."""
    vectorizer = CountVectorizer(stop_words=form(["aa", "bb"])).fit(["aa cc bb"])
    assert list(vectorizer.vocabulary_) == ["cc"]
    with pytest.warns(UserWarning, match="'stop_words' will not be used"):
        CountVectorizer(analyzer="char", stop_words=form(["aa", "bb"])).fit(["cc"])


def test_min_token_length_has_no_effect_on_characters():
    with pytest.warns(UserWarning, match="'min_token_length' will not be used since 'analyzer' != 'word'"):
        CountVectorizer(analyzer="char", min_token_length=2).fit(["a"])


@pytest.mark.parametrize("value", [np.True_, np.False_])
@pytest.mark.parametrize("name", ["binary", "lowercase"])
def test_switches_may_be_numpys(name, value):
    compare(case_of("count", **{name: value}), ["AA aa aa"], ["aa BB"])


@pytest.mark.parametrize("parameters", [{}, {"use_idf": False}, {"use_idf": False, "norm": None}])
def test_tfidf_of_given_terms_needs_a_fit_all_the_same(parameters):
    """Other vectorizers do not, and what it is about can be told before."""
    parameters = {"vocabulary": ["bb", "aa"], **parameters}
    for vectorizer in Case("tfidf", parameters, parameters).make():
        with pytest.raises(NotFittedError, match="not fitted"):
            vectorizer.transform(["aa"])
        assert vectorizer.get_feature_names_out().tolist() == ["bb", "aa"]
    with pytest.raises(NotFittedError, match="not fitted"):
        TfidfVectorizer(**parameters).to_store(["aa"])
    compare(case_of("tfidf", **parameters), ["aa bb", "cc"], ["aa"])
    for kind in ("count", "onehot"):
        ours, theirs = case_of(kind, vocabulary=["bb", "aa"]).make()
        assert (ours.transform(["aa zz"]) != theirs.transform(["aa zz"])).nnz == 0


def test_no_documents():
    """They are no rows, as for scikit-learn's CountVectorizer; its TfidfVectorizer raises an error."""
    for kind in ("count", "onehot", "tfidf"):
        ours, theirs = case_of(kind).make()
        found = ours.fit(["aa bb"]).transform([])
        assert (found.shape, found.nnz, found.dtype) == ((0, 2), 0, ours.dtype)
        theirs.fit(["aa bb"])
        if kind == "tfidf":
            with pytest.raises(ValueError, match="Found array with 0 sample"):
                theirs.transform([])
        else:
            assert theirs.transform([]).shape == (0, 2)


def test_what_is_no_document_is_refused_with_a_remedy():
    """scikit-learn raises ValueError, TypeError or AttributeError, or takes bytes; here it is both of the former."""
    for method in (CountVectorizer().fit, CountVectorizer().fit_transform, CountVectorizer().fit(["a"]).transform):
        with pytest.raises(DocumentError, match=r"documents is one str, 'aa'; for a file pass a Path.*\[document\]"):
            method("aa")
        with pytest.raises(DocumentError, match=r"documents\[1\] is None; drop missing documents"):
            method(["aa", None])
        with pytest.raises(DocumentError, match=r"documents\[1\] is nan, a float"):
            method(["aa", float("nan")])
        with pytest.raises(DocumentError, match=r"documents\[0\] is 3, a int"):
            method([3, "a"])
        with pytest.raises(DocumentError, match=r"documents\[0\] is b'aa', a bytes"):
            method([b"aa"])
        with pytest.raises(DocumentError, match=r"documents\[1\].*pass either all texts"):
            method(["aa", ["b"]])
    for analyzer in ("char", "char_wb"):
        with pytest.raises(TypeError, match=f"analyzer='{analyzer}' takes texts; pass texts"):
            CountVectorizer(analyzer=analyzer).fit([["a", "b"]])
    with pytest.raises(DocumentError, match=r"documents\[1\] holds 3 among its tokens; every token must be a str"):
        CountVectorizer(analyzer=lambda document: [3] if "b" in document else ["a"]).fit(["a", "b"])


@pytest.mark.parametrize("documents", ["aa", ["aa", np.nan], [np.nan], 7, None], ids=str)
@pytest.mark.parametrize("method", ["fit", "fit_transform", "transform"])
def test_what_catches_scikit_learns_error_catches_ours(method, documents):
    ours, theirs = (vectorizer.fit(["aa"]) for vectorizer in case_of("count").make())
    with pytest.raises((ValueError, TypeError), match=r"\w") as raised:
        getattr(theirs, method)(documents)
    with pytest.raises(type(raised.value), match=r"^documents"):
        getattr(ours, method)(documents)


def test_stop_words_that_can_be_read_only_once_are_refused():
    """The second fit would have none."""
    with pytest.raises(ValueError, match="stop_words must be 'english', a list of str, or None; got <generator"):
        CountVectorizer(stop_words=(word for word in ["aa"])).fit(["aa bb"])


def test_an_analyzer_that_returns_nothing_is_told_of():
    with pytest.raises(TypeError, match="the analyzer returned None for 'aa bb'; it must return a list of str"):
        CountVectorizer(analyzer=lambda document: None).fit(["aa bb"])


def test_an_error_within_an_analyzer_stays_its_own():
    def analyzer(document):
        yield len(document.missing)

    with pytest.raises(AttributeError, match="missing"):
        CountVectorizer(analyzer=analyzer).fit(["aa bb"])

    def other(document):
        yield "a" + 1

    with pytest.raises(TypeError, match="can only concatenate str"):
        CountVectorizer(analyzer=other).fit(["aa bb"])
