"""The matrices of one-hot, count and TF-IDF vectorizers are scikit-learn's: parameters searched, real corpora."""

from __future__ import annotations

import functools
import lzma
import pickle
import re
import unicodedata
import warnings
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sklearn.feature_extraction import text as sklearn_text
from sklearn_peers import KINDS, case_of, compare, same_matrix, same_vocabulary

import textrep.bags.counting
import textrep.documents
from textrep import CountVectorizer, TfidfVectorizer
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


def letters(text: str) -> list[str]:
    """Stand for a tokenizer that is a function."""
    return re.findall(r"[^\W_]", text)


def reversed_words(document: str) -> list[str]:
    """Stand for an analyzer that is a function."""
    return [word[::-1] for word in document.split()]


def cut_into_blocks(patch, size):
    """Cut documents into blocks of so many bytes, so that threads have several to share."""
    small = functools.partial(blocks_of, size=size)
    patch.setattr(textrep.documents, "blocks_of", small)
    patch.setattr(textrep.bags.counting, "blocks_of", small)


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


@settings(max_examples=4 * THOROUGH, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(cases(), st.sampled_from([1, 20, 1 << 19]))
@example((["a b", "a\x01 b"], ["a\x01 b"], case_of("count", tokenizer="whitespace", ngram_range=(1, 2))), 20)
@example((["a", "ab abc"], ["a"], case_of("tfidf", analyzer="char_wb", ngram_range=(4, 5))), 20)
@example((["aa aa bb"], ["bb"], case_of("count", dtype=bool, max_features=1)), 20)
@example((["a b"], ["a"], case_of("count", tokenizer="char", stop_words="english")), 20)
def test_any_parameters(drawn, block_size):
    documents, others, case = drawn
    with pytest.MonkeyPatch.context() as patch:
        cut_into_blocks(patch, block_size)
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
    documents = [" ".join(f"t{i}" for i in random.integers(0, 90_000, n)) for n in (31, 32, 33, 34, 500, 20_000)]
    compare(case_of("count"), documents, documents[::-1])
    compare(case_of("tfidf", ngram_range=(1, 3), n_jobs=2), documents, documents[::-1])


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
def test_beginning_of_corpus(name, chosen, monkeypatch):
    by_characters = "analyzer" in SETS[chosen].ours
    documents = documents_of(name, 1 << 17 if by_characters else 1 << 18)
    cut_into_blocks(monkeypatch, 1 << 14)
    monkeypatch.setattr("textrep.text.scanner._FIRST_KEYS", 64)  # so that its tables grow
    monkeypatch.setattr("textrep.text.scanner._FIRST_ARENA", 256)
    half = len(documents) // 2
    compare(SETS[chosen], documents[:half], documents[half:])


@pytest.mark.slow
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("chosen", SETS)
@pytest.mark.parametrize("name", CORPORA)
def test_whole_corpus(name, chosen):
    documents = documents_of(name, None)
    compare(SETS[chosen], documents, documents[::7])


@pytest.mark.parametrize("n_jobs", [1, 2])
@pytest.mark.parametrize("ngram_range", [(1, 10**6), (2, 10**6), (4, 10**9), (10**6, 10**6)], ids=str)
@pytest.mark.parametrize("analyzer", ["word", "char", "char_wb"])
def test_ngrams_longer_than_any_document(analyzer, ngram_range, n_jobs):
    """They take neither time nor memory."""
    documents = ["the cat sat", "the dog", "", "a b c d"]
    case = case_of("count", analyzer=analyzer, ngram_range=ngram_range, n_jobs=n_jobs)
    compare(case, documents, [*documents[::-1], "one two three four five six"])


def test_idf_can_be_set(tmp_path):
    documents, idf = ["cat dog cat", "dog"], np.array([1.5, 2.5])
    ours, theirs = TfidfVectorizer(vocabulary=["cat", "dog"]), sklearn_text.TfidfVectorizer(vocabulary=["cat", "dog"])
    for vectorizer in (ours, theirs):
        vectorizer.idf_ = idf
        with pytest.raises(ValueError, match=r"idf length = .* must be equal"):
            vectorizer.idf_ = idf[:1]
    np.testing.assert_allclose(ours.transform(documents).toarray(), theirs.transform(documents).toarray())
    ours.save(tmp_path / "v")
    for again in (TfidfVectorizer.load(tmp_path / "v"), pickle.loads(pickle.dumps(ours))):
        assert again.idf_.tolist() == idf.tolist()
        assert (again.transform(documents) != ours.transform(documents)).nnz == 0
    ours.fit(documents)
    assert ours.idf_.tolist() == TfidfVectorizer().fit(documents).idf_.tolist()
