"""`Analyzer` gives the features that scikit-learn's ``build_analyzer`` gives, in the same order."""

from __future__ import annotations

import re
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.feature_extraction.text import CountVectorizer as Peer

from textrep import CountVectorizer, TfidfVectorizer
from textrep.text import get_tokenizer
from textrep.text.analyzers import ANALYZERS, Analyzer, get_analyzer

PIECES = st.sampled_from([*"aAbB1_,-' \t\n\x01\x1c\u3000Σİßé가나𐐀", "e\u0301", "\u1100\u1161\u11a8", "  ", "the "])
TEXTS = st.lists(PIECES, max_size=20).map("".join)
STOP_WORDS = frozenset({"a", "the", "가나"})


def analyzer(kind="word", tokenizer="word", min_token_length=1, **parameters):
    chosen = {"lowercase": True, "normalization": None, "stop_words": frozenset(), "ngram_range": (1, 1)}
    return get_analyzer(kind, tokenizer, min_token_length, **{**chosen, **parameters})


@settings(max_examples=5 * settings.default.max_examples, deadline=None)
@given(
    TEXTS,
    st.sampled_from(ANALYZERS),
    st.tuples(st.integers(1, 4), st.integers(0, 3)),
    st.booleans(),
    st.sampled_from([None, "NFC"]),
    st.sampled_from([frozenset(), STOP_WORDS]),
    st.integers(1, 3),
)
def test_same_features_as_scikit_learn(text, kind, lengths, lowercase, normalization, stop_words, least):
    ngram_range = lengths[0], lengths[0] + lengths[1]

    def prepare(text):
        text = unicodedata.normalize(normalization, text) if normalization else text
        return text.lower() if lowercase else text

    theirs = Peer(
        analyzer=kind,
        ngram_range=ngram_range,
        preprocessor=prepare,
        stop_words=list(stop_words) or None,
        token_pattern=rf"(?u)\b\w{{{least},}}\b",
    ).build_analyzer()
    ours = analyzer(
        kind, "word", least,
        lowercase=lowercase, normalization=normalization, stop_words=stop_words, ngram_range=ngram_range,
    )  # fmt: skip
    assert ours(text) == theirs(text)


@pytest.mark.parametrize(
    ("parameters", "text", "features"),
    [
        ({}, "One two ONE", ["one", "two", "one"]),
        ({"ngram_range": (1, 2)}, "a b c", ["a", "b", "c", "a b", "b c"]),
        ({"ngram_range": (2, 3)}, "a b c", ["a b", "b c", "a b c"]),
        ({"ngram_range": (2, 2)}, "a", []),
        ({"ngram_range": (2, 2), "stop_words": frozenset(["of"])}, "cup of tea", ["cup tea"]),
        ({"kind": "char", "ngram_range": (2, 2)}, "a  \tb", ["a ", " b"]),
        ({"kind": "char", "ngram_range": (5, 6)}, "abc", []),
        ({"kind": "char_wb", "ngram_range": (3, 3)}, " ab  c", [" ab", "ab ", " c "]),
        ({"kind": "char_wb", "ngram_range": (4, 5)}, "a bc", [" a ", " bc "]),
        ({"kind": "char", "lowercase": False}, "aB", ["a", "B"]),
        ({"tokenizer": "whitespace"}, "It's A", ["it's", "a"]),
        ({"tokenizer": "whitespace", "lowercase": False, "min_token_length": 2}, "It's A", ["It's"]),
        ({"tokenizer": str.split}, "It's A", ["it's", "a"]),
        ({"tokenizer": str.split, "lowercase": False}, "It's A", ["It's", "A"]),
        ({"tokenizer": str.split, "normalization": "NFC"}, "e\u0301", ["é"]),
        ({"kind": str.split, "stop_words": frozenset("A"), "ngram_range": (2, 2)}, "A B", ["A", "B"]),
        ({"kind": lambda text: iter(text[:2])}, "ABC", ["A", "B"]),
    ],
)
def test_features(parameters, text, features):
    assert analyzer(**parameters)(text) == features


def test_tokens_that_came_as_tokens_are_not_prepared():
    assert analyzer().of_tokens(("One", "e\u0301")) == ["One", "e\u0301"]
    assert analyzer(ngram_range=(1, 2), stop_words=frozenset(["of"])).of_tokens(["Cup", "of", "tea"]) == [
        "Cup", "tea", "Cup tea",
    ]  # fmt: skip


def test_a_ready_tokenizer_is_left_as_it_is():
    ready = get_tokenizer("word")
    assert analyzer(tokenizer=ready, lowercase=False).tokenizer is ready
    assert analyzer(tokenizer=ready, lowercase=False)("A e\u0301") == ["a", "é"]


def test_parameters_are_checked():
    with pytest.raises(ValueError, match="unknown tokenizer 'words'"):
        analyzer(tokenizer="words")
    with pytest.raises(ValueError, match="min_token_length must be an integer of 1 or more, not 0"):
        analyzer(min_token_length=0)
    with pytest.raises(ValueError, match="normalization must be 'NFC' or None, not 'NFKC'"):
        analyzer(normalization="NFKC")


def test_analyzer_of_a_vectorizer_is_what_it_counts():
    texts = ["The cat, the CAT e\u0301", "cup of tea"]
    for kind in ANALYZERS:
        vectorizer = CountVectorizer(analyzer=kind, ngram_range=(1, 3))
        matrix = vectorizer.fit_transform(texts)
        build = vectorizer.build_analyzer()
        assert isinstance(build, Analyzer)
        for i, text in enumerate(texts):
            features = build(text)
            assert matrix[i].sum() == len(features)
            assert all(matrix[i, vectorizer.vocabulary_[feature]] == features.count(feature) for feature in features)
    assert TfidfVectorizer(stop_words="english").build_analyzer()("the cup of tea") == ["cup", "tea"]


# The parameters `lowercase` and `normalization` of built-in tokenizers


@pytest.mark.parametrize("name", ["word", "whitespace", "char"])
@pytest.mark.parametrize("lowercase", [True, False])
@pytest.mark.parametrize("normalization", ["NFC", None])
@settings(deadline=None)
@given(text=TEXTS)
def test_built_in_tokenizers(name, lowercase, normalization, text):
    found = analyzer(tokenizer=name, lowercase=lowercase, normalization=normalization).tokenizer
    ready = unicodedata.normalize("NFC", text) if normalization else text
    ready = ready.lower() if lowercase else ready
    assert found.prepare(text) == ready
    split = {"word": re.compile(r"\w+").findall, "whitespace": str.split, "char": re.compile(r"\S").findall}[name]
    assert found(text) == split(ready)
