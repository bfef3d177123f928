"""The matrices of one-hot, count and TF-IDF vectorizers are scikit-learn's: parameters searched, real corpora."""

from __future__ import annotations

import functools
import lzma
import re
import unicodedata
import warnings
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sklearn.feature_extraction import text as sklearn_text

import textrep.bags.counting
import textrep.documents
from textrep import CountVectorizer, OneHotVectorizer, TfidfVectorizer
from textrep.corpus import blocks_of

DATA = Path(__file__).parents[2].parent / "shared" / "data"
THOROUGH = settings.default.max_examples

# What tokenizers trip over: white space and controls, case that changes lengths, marks out of order, Hangul in three
# forms, characters of three and four bytes.
PIECES = [
    *["a", "b", "ab", "B", "the", "of", "_", "1", ",", "-", "'"],
    *[" ", "  ", "\t", "\n", "\x01", "\x1c", "\x85", "\u00a0", "\u2028", "\u3000", "\u200b"],
    *["é", "e\u0301", "a\u0307\u0323", "\u0323", "\u0307", "İ", "I", "Σ", "ΑΣ", "ς", "ß", "ǅ"],
    *["가", "가나", "각", "\u1100\u1161", "\u1100\u1161\u11a8", "\u11a8", "ㄱ", "🙂", "𝐀", "𐐀"],
]
DOCUMENTS = st.lists(st.lists(st.sampled_from(PIECES), max_size=12).map("".join), min_size=1, max_size=8)
KINDS = {"onehot": OneHotVectorizer, "count": CountVectorizer, "tfidf": TfidfVectorizer}


def nfc(text: str) -> str:
    return unicodedata.normalize("NFC", text)


def letters(text: str) -> list[str]:
    """Stand for a tokenizer that is a function."""
    return re.findall(r"[^\W_]", text)


def reversed_words(document: str) -> list[str]:
    """Stand for an analyzer that is a function."""
    return [word[::-1] for word in document.split()]


class Case(NamedTuple):
    """The same vectorizer twice."""

    kind: str
    ours: dict[str, Any]
    theirs: dict[str, Any]

    def make(self) -> tuple[Any, Any]:
        peer = sklearn_text.TfidfVectorizer if self.kind == "tfidf" else sklearn_text.CountVectorizer
        return KINDS[self.kind](**self.ours), peer(**self.theirs)


def case_of(kind: str, **ours: Any) -> Case:
    """Say in scikit-learn's parameters what ours mean."""
    ours = {"normalization": None, **ours}
    theirs = {k: v for k, v in ours.items() if k not in ("normalization", "tokenizer", "min_token_length", "n_jobs")}
    if kind == "onehot":
        theirs["binary"] = True
    if callable(ours.get("analyzer")):
        return Case(kind, ours, theirs)
    if ours["normalization"]:
        lower = str.lower if ours.get("lowercase", True) else str
        theirs["preprocessor"] = lambda document: lower(nfc(document))
    if ours.get("analyzer", "word") == "word":
        tokenizer, least = ours.get("tokenizer", "word"), ours.get("min_token_length", 1)
        if tokenizer == "word":
            theirs["token_pattern"] = rf"(?u)\b\w{{{least},}}\b"
        else:
            split = {"whitespace": str.split, "char": functools.partial(re.findall, r"\S")}.get(tokenizer, tokenizer)
            theirs["tokenizer"] = lambda document: [token for token in split(document) if len(token) >= least]
            theirs["token_pattern"] = None
    return Case(kind, ours, theirs)


@st.composite
def cases(draw):
    """Return documents, others to transform, and a case with parameters of all kinds."""
    documents, others = draw(DOCUMENTS), draw(DOCUMENTS)
    kind = draw(st.sampled_from([*KINDS]))
    shortest = draw(st.integers(1, 3))
    frequencies = st.sampled_from([1, 1, 1, 2, 3, 0.0, 0.2, 0.5])
    ours = {
        "analyzer": draw(st.sampled_from(["word", "word", "char", "char_wb", reversed_words])),
        "ngram_range": (shortest, draw(st.integers(shortest, 4))),
        "lowercase": draw(st.booleans()),
        "normalization": draw(st.sampled_from([None, "NFC"])),
        "stop_words": draw(st.sampled_from([None, None, "english", [], ["a", "가나", "the", ""], ["A b", "İ", "of"]])),
        "min_df": draw(frequencies),
        "max_df": draw(st.one_of(st.just(1.0), st.sampled_from([0.4, 0.8, 1, 2, 5]))),
        "max_features": draw(st.one_of(st.none(), st.integers(1, 40))),
        "n_jobs": draw(st.sampled_from([1, 2])),
    }
    if ours["analyzer"] == "word":
        ours["tokenizer"] = draw(st.sampled_from(["word", "word", "whitespace", "char", letters]))
        if ours["tokenizer"] != "char":
            ours["min_token_length"] = draw(st.sampled_from([1, 1, 2, 3]))
    if kind != "onehot":
        ours["binary"] = draw(st.booleans())
    if kind == "tfidf":
        ours["dtype"] = draw(st.sampled_from([np.float64, np.float64, np.float32, np.int64]))
        ours["norm"] = draw(st.sampled_from(["l1", "l2", None]))
        for name in ("use_idf", "smooth_idf", "sublinear_tf"):
            ours[name] = draw(st.booleans())
    else:
        ours["dtype"] = draw(st.sampled_from([np.int64, np.int32, np.uint8, bool, np.float32, np.float64]))
    case = case_of(kind, **ours)
    if draw(st.integers(0, 3)) == 0:
        vocabulary = draw(_vocabularies(case, documents))
        case.ours["vocabulary"] = case.theirs["vocabulary"] = vocabulary
    return documents, others, case


def _vocabularies(case, documents):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        analyzer = case.make()[1].build_analyzer()
        found = sorted({feature for document in documents for feature in analyzer(document)})
    terms = st.sampled_from([*found, "a", "B", "zz", "a b", " a", "a  b", "İ", "e\u0301"])
    lists = st.lists(terms, min_size=1, max_size=12, unique=True)
    return st.one_of(
        lists,
        lists.map(set),
        lists.flatmap(st.permutations).map(lambda found: {term: i for i, term in enumerate(found)}),
    )  # fmt: skip


def same_matrix(ours, theirs) -> None:
    """Compare matrices, in structure and values; scikit-learn's need not be sorted."""
    theirs.sort_indices()
    assert ours.format == "csr"
    assert ours.shape == theirs.shape
    assert ours.dtype == theirs.dtype
    assert ours.indices.dtype == np.int32
    np.testing.assert_array_equal(ours.indptr, theirs.indptr)
    np.testing.assert_array_equal(ours.indices, theirs.indices)
    if ours.dtype.kind != "f":
        np.testing.assert_array_equal(ours.data, theirs.data)
    else:
        np.testing.assert_allclose(ours.data, theirs.data, rtol=1e-12 if ours.dtype == np.float64 else 2e-6)


def same_vocabulary(ours, theirs) -> None:
    assert ours.get_feature_names_out().tolist() == theirs.get_feature_names_out().tolist()
    assert ours.vocabulary_ == theirs.vocabulary_
    assert ours.fixed_vocabulary_ == theirs.fixed_vocabulary_


def outcome(function, *arguments):
    """Return what a call returns, or its ValueError; and what it warns of, each warning cut to what it is about."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            result = function(*arguments)
        except ValueError as error:
            result = error
    texts = {str(w.message) for w in caught if issubclass(w.category, UserWarning)}
    return result, {(re.match(r"The parameter '\w+'", text) or re.match(r"\w+", text)).group() for text in texts}


def compare(case: Case, documents: list[str], others: list[str]) -> None:
    ours, theirs = case.make()
    wanted, warned = outcome(theirs.fit_transform, documents)
    found, warned_by_us = outcome(ours.fit_transform, documents)
    assert warned_by_us == warned
    if isinstance(wanted, ValueError):
        assert isinstance(found, ValueError), wanted
        return
    if isinstance(found, ValueError):
        raise found
    same_vocabulary(ours, theirs)
    same_matrix(found, wanted)
    wanted, _ = outcome(theirs.transform, others)
    found, warned_by_us = outcome(ours.transform, others)
    assert not warned_by_us
    if isinstance(wanted, ValueError):
        assert isinstance(found, ValueError), wanted
        return
    if isinstance(found, ValueError):
        raise found
    same_matrix(found, wanted)
    if case.kind == "tfidf" and case.ours.get("use_idf", True):
        np.testing.assert_allclose(ours.idf_, theirs.idf_, rtol=1e-12 if ours.idf_.dtype == np.float64 else 2e-6)


@settings(max_examples=12 * THOROUGH, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(cases(), st.sampled_from([1, 20, 1 << 19]))
@example((["a b", "a\x01 b"], ["a\x01 b"], case_of("count", tokenizer="whitespace", ngram_range=(1, 2))), 20)
@example((["a", "ab abc"], ["a"], case_of("tfidf", analyzer="char_wb", ngram_range=(4, 5))), 20)
@example((["aa aa bb"], ["bb"], case_of("count", dtype=bool, max_features=1)), 20)
@example((["a b"], ["a"], case_of("count", tokenizer="char", stop_words="english")), 20)
def test_any_parameters(drawn, block_size):
    documents, others, case = drawn
    small = functools.partial(blocks_of, size=block_size)
    with pytest.MonkeyPatch.context() as patch:  # so that threads have blocks to share
        patch.setattr(textrep.documents, "blocks_of", small)
        patch.setattr(textrep.bags.counting, "blocks_of", small)
        compare(case, documents, others)


@pytest.mark.parametrize("dtype", [np.int64, np.int32, np.float32, np.float64])
@pytest.mark.parametrize("limit", [1, 7, 30, 60])
def test_ties_at_max_features(dtype, limit):
    """More terms of the same frequency than NumPy sorts by insertion: which are kept depends on the sort."""
    random = np.random.default_rng(limit)
    documents = [" ".join(f"t{i}" for i in random.integers(0, 60, 40)) for _ in range(12)]
    for binary in (False, True):
        case = case_of("count", max_features=limit, dtype=dtype, binary=binary)
        compare(case, documents, documents[::-1])


def test_counts_above_a_byte():
    documents = ["a " * 255 + "b " * 256, "a " * 70_000, "c " * 300 + "a b"]
    compare(case_of("count", ngram_range=(1, 2)), documents, documents)
    compare(case_of("tfidf", sublinear_tf=True), documents, documents)
    compare(case_of("count", dtype=np.uint8), documents, documents)  # which wraps around in both


def test_rows_longer_than_are_sorted_by_insertion():
    random = np.random.default_rng(0)
    documents = [" ".join(f"t{i}" for i in random.integers(0, 90_000, n)) for n in (31, 32, 33, 34, 500, 40_000)]
    compare(case_of("count"), documents, documents[::-1])
    compare(case_of("tfidf", ngram_range=(1, 3), n_jobs=2), documents, documents[::-1])


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
    ({"vocabulary": {"aa": 0.5, "bb": 1}}, "Vocabulary of size 2 doesn't contain index 0"),
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
    [({"norm": "max"}, "norm must be 'l1', 'l2' or None"), ({"use_idf": "yes"}, "use_idf must be True or False")],
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
    with pytest.raises(ValueError, match="does not support dtype float16"):
        theirs.fit_transform(["aa"])
    with pytest.raises(ValueError, match="float16"):
        ours.fit_transform(["aa"])


@pytest.mark.parametrize("kind", ["count", "tfidf"])
def test_empty_documents_and_none(kind):
    for documents in ([], [""], ["", " \n", ",."]):
        ours, theirs = case_of(kind).make()
        with pytest.raises(ValueError, match="empty vocabulary"):
            theirs.fit(documents)
        with pytest.raises(ValueError, match=f"empty vocabulary.*{len(documents)} documents held no term"):
            ours.fit(documents)
    compare(case_of(kind), ["", "aa", ""], ["", "", "zz"])
    assert case_of(kind).make()[0].fit(["aa bb"]).transform([]).shape == (0, 2)


def test_a_given_term_in_no_document_has_no_idf_without_smoothing():
    for norm in (None, "l2"):
        case = case_of("tfidf", vocabulary=["aa", "bb"], smooth_idf=False, norm=norm)
        compare(case, ["aa"], ["aa bb"])  # infinite, or refused by scikit-learn's `normalize`
    ours = TfidfVectorizer(vocabulary=["aa", "bb"], smooth_idf=False).fit(["aa"])
    assert ours.idf_.tolist() == [1, np.inf]
    with pytest.raises(ValueError, match=r"Input contains infinity: no document fitted holds 'bb'.*smooth_idf=True"):
        ours.transform(["aa bb"])


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


# Different on purpose; one parameter each.


def test_words_of_one_character_are_words():
    documents = ["나 는 a 학교 에 간다", "I am 너"]
    theirs = sklearn_text.CountVectorizer().fit(documents)
    assert list(theirs.get_feature_names_out()) == ["am", "간다", "학교"]
    ours = CountVectorizer().fit(documents)
    assert list(ours.get_feature_names_out()) == ["a", "am", "i", "간다", "나", "너", "는", "에", "학교"]
    same_vocabulary(CountVectorizer(min_token_length=2).fit(documents), theirs)
    same_matrix(CountVectorizer(min_token_length=2).fit_transform(documents), theirs.transform(documents))


@pytest.mark.parametrize("analyzer", ["word", "char", "char_wb"])
def test_texts_are_brought_into_nfc(analyzer):
    documents = ["각나", unicodedata.normalize("NFD", "각나"), "cafe\u0301 café"]
    theirs = sklearn_text.CountVectorizer(
        analyzer=analyzer, token_pattern=r"(?u)\b\w+\b" if analyzer == "word" else None
    )
    wanted = theirs.fit_transform(documents)
    assert len(theirs.vocabulary_) > len(CountVectorizer(analyzer=analyzer).fit(documents).vocabulary_)
    ours = CountVectorizer(analyzer=analyzer).fit_transform(documents)
    np.testing.assert_array_equal(ours[0].toarray() > 0, ours[1].toarray() > 0)
    unchanged = CountVectorizer(analyzer=analyzer, normalization=None)
    same_matrix(unchanged.fit_transform(documents), wanted)
    same_vocabulary(unchanged, theirs)


def test_what_is_no_document_is_refused_with_a_remedy():
    """scikit-learn raises ValueError or AttributeError for some of these, and takes bytes; here it is a TypeError."""
    for method in (CountVectorizer().fit, CountVectorizer().fit_transform, CountVectorizer().fit(["a"]).transform):
        with pytest.raises(TypeError, match=r"documents is one str, 'aa'; for a file pass a Path.*\[document\]"):
            method("aa")
        with pytest.raises(TypeError, match=r"documents\[1\] is None; drop missing documents"):
            method(["aa", None])
        with pytest.raises(TypeError, match=r"documents\[1\] is nan, a float"):
            method(["aa", float("nan")])
        with pytest.raises(TypeError, match=r"documents\[0\] is 3, a int"):
            method([3, "a"])
        with pytest.raises(TypeError, match=r"documents\[0\] is b'aa', a bytes"):
            method([b"aa"])
        with pytest.raises(TypeError, match=r"documents\[1\].*pass either all texts"):
            method(["aa", ["b"]])
    for analyzer in ("char", "char_wb"):
        with pytest.raises(TypeError, match=f"analyzer='{analyzer}' takes texts; pass texts"):
            CountVectorizer(analyzer=analyzer).fit([["a", "b"]])
    with pytest.raises(TypeError, match=r"documents\[1\] holds 3 among its tokens; every token must be a str"):
        CountVectorizer(analyzer=lambda document: [3] if "b" in document else ["a"]).fit(["a", "b"])


# Corpora as they are.


def documents_of(name: str, most_bytes: int | None) -> list[str]:
    """Read a corpus of the shared data, or its beginning; skip the test where there is none."""
    is_wiki = "wiki" in name
    path = DATA / "corpora" / f"{name}.txt.xz" if is_wiki else DATA / "documents" / name / "train.tsv.xz"
    if not path.exists():
        pytest.skip("needs the shared data")
    with lzma.open(path) as file:
        data = file.read() if most_bytes is None else file.read(most_bytes)
    if most_bytes is not None and len(data) == most_bytes:
        data = data[: data.rindex(b"\n")]
    lines = data.decode().split("\n")
    return lines if is_wiki else [line.partition("\t")[2] for line in lines if line]


CORPORA = ["sst2", "r8", "trec", "nsmc", "en_simplewiki", "ko_wiki"]
SETS = {
    "words": case_of("count", n_jobs=2),
    "weighed pairs": case_of(
        "tfidf", normalization="NFC", ngram_range=(1, 2), sublinear_tf=True, min_df=2, max_df=0.5, stop_words="english"
    ),
    "within words": case_of("tfidf", analyzer="char_wb", ngram_range=(2, 4), max_features=5000, norm="l1", n_jobs=2),
    "characters": case_of("count", analyzer="char", ngram_range=(1, 3), min_df=3, dtype=np.float32),
    "between spaces": case_of("onehot", tokenizer="whitespace", lowercase=False, min_token_length=2, n_jobs=2),
}


@pytest.mark.parametrize("chosen", SETS)
@pytest.mark.parametrize("name", CORPORA)
def test_beginning_of_corpus(name, chosen):
    by_characters = "analyzer" in SETS[chosen].ours
    documents = documents_of(name, 1 << 19 if by_characters else 1 << 20)
    half = len(documents) // 2
    compare(SETS[chosen], documents[:half], documents[half:])


@pytest.mark.slow
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("chosen", SETS)
@pytest.mark.parametrize("name", CORPORA)
def test_whole_corpus(name, chosen):
    documents = documents_of(name, None)
    compare(SETS[chosen], documents, documents[::7])
