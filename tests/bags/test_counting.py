"""Bags of features: every way of counting gives what the analyzer, in plain Python, says of each document."""

from __future__ import annotations

import functools
from collections import Counter
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import textrep.bags.counter
import textrep.bags.counting
import textrep.documents
from textrep.bags.counting import count_known, known_features, learn
from textrep.bags.features import ngram_texts, units_in_order
from textrep.bags.matrix import Rows, matrix_of
from textrep.bags.seen import Limits, Seen
from textrep.bags.terms import Terms
from textrep.corpus import blocks_of
from textrep.errors import EmptyCorpusError
from textrep.keytable import KeyTable, encode_strings
from textrep.text.analyzers import get_analyzer
from textrep.text.numbering import DistinctTokens

PIECES = st.sampled_from(["a", "b", "c", "aB", "가", "나다", "e\u0301", "İ", "\x01", ",", " ", " ", "  ", "\n"])
DOCUMENTS = st.lists(st.lists(PIECES, max_size=15).map("".join), max_size=8)
ANALYZERS = st.builds(
    lambda kind, tokenizer, least, shortest, more, stop_words: get_analyzer(
        kind, tokenizer, least, lowercase=True, normalization="NFC",
        stop_words=frozenset(stop_words), ngram_range=(shortest, shortest + more),
    ),
    st.sampled_from(["word", "word", "char", "char_wb", str.split]),
    st.sampled_from(["word", "whitespace", str.split]),
    st.integers(1, 2), st.integers(1, 3), st.integers(0, 2), st.sampled_from([(), ("a", "가"), ("zz",)]),
)  # fmt: skip


def terms_of(strings):
    return Terms.from_table(KeyTable.from_strings(strings))


class SmallBlocks:
    """Cut documents into small blocks, so that threads have several to share."""

    def __enter__(self):
        self._patch = pytest.MonkeyPatch()
        small = functools.partial(blocks_of, size=8)
        self._patch.setattr(textrep.documents, "blocks_of", small)
        self._patch.setattr(textrep.bags.counting, "blocks_of", small)

    def __exit__(self, *_):
        self._patch.undo()


def wanted_rows(analyzer, documents, terms):
    """Return (column, count) by document, in order."""
    counted = [Counter(analyzer(document)) for document in documents]
    return [sorted((terms[term], n) for term, n in counts.items() if term in terms) for counts in counted]


def found_rows(rows):
    matrix = []
    for part in rows:
        bounds = np.concatenate(([0], np.cumsum(part.sizes)))
        assert part.indices.size == part.counts.size == bounds[-1]
        pairs = list(zip(part.indices.tolist(), part.counts.tolist(), strict=True))
        matrix += [pairs[first:last] for first, last in pairwise(bounds)]
    return matrix


@settings(max_examples=3 * settings.default.max_examples, deadline=None)
@given(DOCUMENTS, ANALYZERS, st.sampled_from([1, 2]))
def test_learn(documents, analyzer, n_threads):
    with SmallBlocks():
        learned = learn(documents, analyzer, n_threads, with_occurrences=True)
    assert learned.n_documents == len(documents)
    counted = [Counter(analyzer(document)) for document in documents]
    frequency = Counter(term for counts in counted for term in counts)
    features = Terms(learned.features.blob, learned.features.offsets).to_list()
    assert features == sorted(features)
    assert len(set(features)) == len(features) == len(learned.features)
    found = dict(zip(features, learned.features.documents.tolist(), strict=True))
    assert {term: n for term, n in found.items() if n} == dict(frequency)
    occurrences = dict(zip(features, learned.features.occurrences.tolist(), strict=True))
    assert {term: n for term, n in occurrences.items() if n} == dict(sum(counted, Counter()))
    rows = learned.rows(learned.features.numbers, len(features), n_threads)
    assert found_rows(rows) == wanted_rows(analyzer, documents, dict(zip(features, range(len(features)), strict=True)))


@settings(max_examples=3 * settings.default.max_examples, deadline=None)
@given(DOCUMENTS, DOCUMENTS, ANALYZERS, st.sampled_from([1, 2]), st.randoms(use_true_random=False))
def test_count_known(documents, others, analyzer, n_threads, random):
    """Given terms, in any order of columns; among them such as no document can have."""
    found = {feature for document in documents for feature in analyzer(document)}
    terms = sorted(found | {"a", "A", "a  b", " ", "b a"})
    random.shuffle(terms)
    terms = terms_of(terms)
    known = known_features(terms, analyzer)
    for texts in (documents, others, others):  # what is known is not changed by counting
        with SmallBlocks():
            rows = count_known(texts, analyzer, terms, known, n_threads)
        assert found_rows(rows) == wanted_rows(analyzer, texts, terms)


@settings(deadline=None)
@given(st.lists(st.lists(st.sampled_from(["a", "b", "a b", "가"]), max_size=8), min_size=1, max_size=5), ANALYZERS)
def test_token_lists(token_lists, analyzer):
    """Tokens may hold spaces: then different n-grams have the same text, and are one feature."""
    if analyzer.kind in ("char", "char_wb"):
        with pytest.raises(TypeError, match=f"analyzer='{analyzer.kind}' takes texts; pass texts, or analyzer='word'"):
            learn(token_lists, analyzer, 1)
        return
    if callable(analyzer.kind):
        return
    learned = learn(token_lists, analyzer, 1)
    features = Terms(learned.features.blob, learned.features.offsets).to_list()
    assert features == sorted({feature for tokens in token_lists for feature in analyzer.of_tokens(tokens)})
    terms = terms_of(features)
    wanted = [sorted((terms[f], n) for f, n in Counter(analyzer.of_tokens(tokens)).items()) for tokens in token_lists]
    assert found_rows(learned.rows(learned.features.numbers, len(terms), 1)) == wanted
    assert found_rows(count_known(token_lists, analyzer, terms, known_features(terms, analyzer), 1)) == wanted


def test_nothing_of_documents_is_kept_where_rows_are_not_wanted():
    for kind in ("word", "char", "char_wb", str.split):
        analyzer = get_analyzer(kind, "word", 1, lowercase=True, normalization="NFC", stop_words=frozenset(),
                                ngram_range=(1, 2))  # fmt: skip
        learned = learn(["a b", "b"], analyzer, 1, wants_rows=False)
        assert learned.n_documents == 2
        assert learned.features.occurrences is None
        assert list(learned.rows(learned.features.numbers, len(learned.features), 1)) == []


def test_more_documents_than_32_bits_count_are_refused(monkeypatch):
    monkeypatch.setattr(textrep.bags.counter, "_MOST_DOCUMENTS", 2)
    analyzer = get_analyzer("word", "word", 1, lowercase=True, normalization="NFC", stop_words=frozenset(),
                            ngram_range=(1, 1))  # fmt: skip
    assert learn(["a", "b"], analyzer, 1).n_documents == 2
    with pytest.raises(OverflowError, match="more than 2 documents at once; hand them to partial_fit in batches"):
        learn(["a", "b", "c"], analyzer, 1)


@pytest.mark.parametrize("n", [255, 256, 70_000])
def test_counts_take_a_byte_where_they_fit(n):
    analyzer = get_analyzer("word", "word", 1, lowercase=True, normalization="NFC", stop_words=frozenset(),
                            ngram_range=(1, 1))  # fmt: skip
    learned = learn(["b " * n, "a b"], analyzer, 1)
    rows = list(learned.rows(learned.features.numbers, 2, 1))
    assert rows[0].counts.dtype == (np.uint8 if n < 256 else np.int32)
    assert found_rows(rows) == [[(1, n)], [(0, 1), (1, 1)]]


@pytest.mark.parametrize("joiner", ["", " "])
def test_ngram_texts(joiner):
    units, offsets = np.frombuffer("a가b".encode(), np.uint8), np.array([0, 1, 4, 5])
    ranks = np.array([[0, -1], [1, 2], [2, 2]], np.int32)
    text, bounds = ngram_texts(ranks, units, offsets, joiner)
    assert Terms(text, bounds).to_list() == ["a", f"가{joiner}b", f"b{joiner}b"]
    text, bounds = ngram_texts(ranks[:0], units, offsets, joiner)
    assert (text.size, bounds.tolist()) == (0, [0])


# Matrices


def test_matrix_of_rows():
    parts = [
        Rows(np.array([0, 4, 2], np.int32), np.array([1, 255, 3], np.uint8), np.array([2, 0, 1])),
        Rows(np.array([1], np.int32), np.array([70_000], np.int32), np.array([1, 0])),
    ]
    wanted = [[1, 0, 0, 0, 255], [0] * 5, [0, 0, 3, 0, 0], [0, 70_000, 0, 0, 0], [0] * 5]
    for dtype in (np.int64, np.float32, np.float64, np.int32):
        matrix = matrix_of(list(parts), 5, dtype)
        assert matrix.dtype == dtype
        assert matrix.indices.dtype == matrix.indptr.dtype == np.int32
        assert matrix.has_sorted_indices
        np.testing.assert_array_equal(matrix.toarray(), wanted)
    binary = matrix_of(list(parts), 5, np.bool_, is_binary=True)
    np.testing.assert_array_equal(binary.toarray(), np.array(wanted) > 0)
    assert matrix_of([], 3, np.float64).shape == (0, 3)


@pytest.mark.parametrize("n_threads", [1, 3])
def test_values_of_a_matrix_are_made_of_its_rows(n_threads):
    """A row of one value in each part, and before every other one an empty row."""
    sizes = [[0, 1] if i % 2 else [1] for i in range(40)]
    rows = [Rows(np.array([i % 5], np.int32), np.array([i], np.int32), np.array(sizes[i])) for i in range(40)]

    def change(values, row):
        values *= 10
        values += row.indices

    matrix = matrix_of(rows, 5, np.float64, change, n_threads=n_threads)
    assert rows == []
    assert matrix.data.tolist() == [10 * i + i % 5 for i in range(40)]
    assert matrix.indices.tolist() == [i % 5 for i in range(40)]
    assert matrix.indptr.tolist() == [0, *np.cumsum(np.concatenate(sizes))]


@pytest.mark.parametrize("n_dropped", [0, 1, 2])
def test_units_of_several_threads_are_put_in_order_together(n_dropped):
    """Those that several have met are there once; the first ones of each may be stop words."""
    met = [["the", "of", "water", "sea"], ["the", "of", "sea", "water lily", "a"], ["the", "of"], ["the", "of", "sea"]]
    tokens = [token for part in met for token in part]
    blob, offsets = encode_strings(tokens)
    ends = np.cumsum([len(part) for part in met])
    numberings = np.split(np.arange(len(tokens), dtype=np.int32), ends[:-1])
    units = DistinctTokens(blob, offsets[:-1], np.diff(offsets), np.empty(0, np.int64), numberings)
    text, bounds, ranks = units_in_order(units, n_dropped, n_threads=2)
    wanted = sorted({token for part in met for token in part[n_dropped:]})
    assert Terms(text, bounds).to_list() == wanted
    assert [[wanted[i] for i in part[n_dropped:]] for part in ranks] == [part[n_dropped:] for part in met]
    assert all((part[:n_dropped] == -1).all() for part in ranks)


def test_rows_of_leaves_out_what_has_no_column():
    analyzer = get_analyzer("word", "word", 1, lowercase=True, normalization="NFC", stop_words=frozenset(),
                            ngram_range=(1, 2))  # fmt: skip
    learned = learn(["c a b", "b"], analyzer, 1)
    columns = [[np.full(ids.size, -1, np.int32) for ids in found] for found in learned.features.numbers]
    columns[0][0][1] = 7  # "a" was met second
    columns[0][1][0] = 2  # "c a" first of the pairs
    assert found_rows(learned.rows(columns, 8, 1)) == [[(2, 1), (7, 1)], []]


# What documents have shown


def seen_of(*documents):
    analyzer = get_analyzer("word", "word", 1, lowercase=True, normalization="NFC", stop_words=frozenset(),
                            ngram_range=(1, 1))  # fmt: skip
    return Seen.of(learn(list(documents), analyzer, 1, with_occurrences=True))


@settings(deadline=None)
@given(DOCUMENTS, DOCUMENTS)
def test_merged_is_as_if_seen_at_once(first, second):
    merged, whole = seen_of(*first).merged(seen_of(*second)), seen_of(*first, *second)
    kept = np.flatnonzero(whole.documents)
    whole = whole.select(kept)
    merged = merged.select(np.flatnonzero(merged.documents))
    assert merged.terms == whole.terms
    assert merged.terms.to_list() == sorted(merged.terms)
    assert merged.documents.tolist() == whole.documents.tolist()
    assert merged.occurrences.tolist() == whole.occurrences.tolist()
    assert merged.n_documents == len(first) + len(second)


@pytest.mark.parametrize(
    ("limits", "binary", "kept"),
    [
        (Limits(), False, "abcd"),
        (Limits(min_df=2), False, "abd"),
        (Limits(min_df=0.6), False, "ab"),
        (Limits(max_df=2), False, "cd"),
        (Limits(max_df=0.75), False, "bcd"),
        (Limits(2, 3), False, "bd"),
        (Limits(max_features=2), False, "ad"),
        (Limits(max_features=2), True, "ab"),
        (Limits(min_df=2, max_df=3, max_features=1), False, "d"),
        (Limits(max_features=9), False, "abcd"),
    ],
)
def test_kept(limits, binary, kept):
    """a is in 4 of 4 documents (4 times), b in 3 (3), c in 1 (2), d in 2 (7)."""
    seen = seen_of("a b d d d d", "a b c c", "a b d d d", "a")
    found = seen.kept(limits, np.int64, binary=binary)
    assert [seen.terms.term(i) for i in found] == list(kept)
    documents = {"a": 4, "b": 3, "c": 1, "d": 2}
    assert seen.select(found).documents.tolist() == [documents[term] for term in kept]


def test_nothing_is_left():
    seen = seen_of("a", "b")
    with pytest.raises(EmptyCorpusError, match=r"After pruning, no terms remain. Try a lower min_df"):
        seen.kept(Limits(min_df=2), np.int64, binary=False)
    with pytest.raises(EmptyCorpusError, match=r"empty vocabulary.*2 documents held no term"):
        seen_of("", ",").kept(Limits(), np.int64, binary=False)
    with pytest.raises(ValueError, match=r"max_df=0.5 is 1 of the 2 documents, min_df=2 is 2; raise max_df or lower"):
        seen.kept(Limits(2, 0.5), np.int64, binary=False)
