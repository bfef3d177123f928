"""Stores with subwords: vectors of words that are no keys, saved and opened, composed when they are needed."""

from __future__ import annotations

import pickle
import subprocess
import sys
import unicodedata
from dataclasses import replace

import numpy as np
import pytest

from textrep import EmbeddingStore, FormatError, UnknownWordError, embed
from textrep.container import open_container, write_container
from textrep.store.file import StoreParts
from textrep.store.subwords import SubwordTable
from textrep.text.floret import FloretSubwords
from textrep.text.subwords import Subwords

RULE = Subwords(min_n=2, max_n=3, buckets=40)
KEYS = ["cat", "cats", "dog", "</s>"]


def rows_for(n, dim=6, seed=0):
    return np.random.default_rng(seed).normal(size=(n, dim)).astype(np.float32)


@pytest.fixture
def table():
    """All rows there, words' own rows beside them."""
    return SubwordTable(RULE, None, rows_for(40), rows_for(len(KEYS), seed=1))


@pytest.fixture
def lazy(table):
    from textrep.keytable import KeyTable

    return EmbeddingStore(StoreParts(KeyTable.from_strings(KEYS), None, None, None, None, {}, table))


def mean_of(table, word, number=None):
    rows = [table.rows[RULE.row_of(part)] for part in RULE(word)]
    if number is not None:
        rows.append(table.word_rows[number])
    return np.mean(rows, axis=0)


def test_a_vector_is_the_mean_of_its_rows(table, lazy):
    for i, word in enumerate(KEYS):
        np.testing.assert_allclose(lazy[word], mean_of(table, word, i), atol=1e-6)
    np.testing.assert_allclose(lazy["catsdog"], mean_of(table, "catsdog"), atol=1e-6)
    assert "vectors" not in vars(lazy), "single words do not compose all"
    np.testing.assert_allclose(lazy.vectors, [mean_of(table, word, i) for i, word in enumerate(KEYS)], atol=1e-6)
    assert not lazy.vectors.flags.writeable
    np.testing.assert_allclose(lazy.norms, np.linalg.norm(lazy.vectors, axis=1), rtol=1e-6)


def test_words_that_may_have_no_vector(lazy):
    words = ["dogs", "cat", "x", "</s>", "dog", "\ud800"]
    vectors, known = lazy.vectors_where_known(words)
    assert known.tolist() == [True, True, True, True, True, False]
    for word, vector, has_vector in zip(words, vectors, known, strict=True):
        np.testing.assert_array_equal(vector, lazy[word] if has_vector else np.zeros(6))
    plain = EmbeddingStore.from_vectors(["a", "zeros"], [[1, 2], [0, 0]])
    vectors, known = plain.vectors_where_known(["b", "zeros", "a"])
    assert known.tolist() == [False, True, True]
    assert vectors.tolist() == [[0, 0], [0, 0], [1, 2]]
    assert plain.vectors_where_known([])[0].shape == (0, 2)
    from scipy import sparse

    with pytest.raises(ValueError, match=r"^the store is sparse, and vectors_where_known fills a dense array"):
        EmbeddingStore.from_vectors(["a"], sparse.csr_array([[1.0]])).vectors_where_known(["a"])


def test_known_and_unknown_words_together(table, lazy):
    words = ["dogs", "dog", "dogs", "cat"]
    for _ in range(2):
        wanted = [mean_of(table, "dogs"), lazy["dog"], mean_of(table, "dogs"), lazy["cat"]]
        np.testing.assert_allclose(lazy.vectors_for(words), wanted, atol=1e-6)
        many = lazy.similar([*words, lazy["dog"]], k=3)
        for word, found in zip(words, many, strict=False):
            assert [n.key for n in found] == [n.key for n in lazy.similar(word, k=3)]
            assert word not in [n.key for n in found]
    assert lazy.similarity("dogs", "dogs") == pytest.approx(1)
    assert lazy.analogy(["dogs", "cat"], ["dog"], k=1)[0].key in KEYS


def test_a_word_without_a_known_part_is_unknown(tmp_path):
    rule = replace(RULE, buckets=10**6)
    store = EmbeddingStore.from_vectors(
        ["cat"], rows_for(1), subwords=SubwordTable(rule, np.array([rule.row_of("<ca")], np.int32), rows_for(1))
    )
    assert "cab" not in store
    np.testing.assert_allclose(store["cab"], rows_for(1)[0] / len(rule("cab")), rtol=1e-5)  # absent rows count as zeros
    with pytest.raises(UnknownWordError, match="'xyz'"):
        store["xyz"]
    with pytest.raises(UnknownWordError, match="'xyz'"):
        store.similar(["cab", "xyz"])


def test_a_very_long_word_is_hashed_in_bulk(monkeypatch):
    """Plain Python would take minutes for the parts of one word of a million characters."""
    for rule in (FloretSubwords(min_n=3, max_n=6, buckets=100), Subwords(buckets=100)):
        for name in ("rows_of_part", "row_of"):
            if hasattr(rule, name):
                monkeypatch.setattr(type(rule), name, lambda *_: pytest.fail("one part at a time"))
        offsets, rows = rule.rows_of(["ab" * 500_000])
        assert len(rows) == offsets[-1] > 3_900_000


def test_own_rows_can_be_told_from_the_vectors(table, lazy):
    composed = replace(table, word_rows=None)
    np.testing.assert_allclose(composed.own_rows(lazy.keys, lazy.vectors), table.word_rows, atol=1e-5)


@pytest.mark.parametrize("all_rows", [True, False])
def test_save_and_open(tmp_path, all_rows, table, lazy):
    if all_rows:
        store = lazy
    else:
        store = embed(["walking talked jumps"] * 20, "fasttext", min_count=1, vector_size=6, sample=0, random_state=1)
    store.save(tmp_path / "s.textrep")
    opened = EmbeddingStore.open(tmp_path / "s.textrep")
    opened.verify()
    assert opened.subwords.rule == store.subwords.rule
    np.testing.assert_array_equal(opened.vectors, store.vectors)
    np.testing.assert_array_equal(opened.subwords.rows, store.subwords.rows)
    for word in (*opened.keys, "walkings") if not all_rows else (*KEYS, "catdog"):
        np.testing.assert_array_equal(opened[word], store[word])
    again = pickle.loads(pickle.dumps(store))
    np.testing.assert_array_equal(
        again["catdog" if all_rows else "walkings"], store["catdog" if all_rows else "walkings"]
    )
    opened.save(tmp_path / "t.textrep")
    assert (tmp_path / "t.textrep").read_bytes() == (tmp_path / "s.textrep").read_bytes()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"subwords": {"kind": "char", "min_n": 0}}, "min_n must be an integer"),
        ({"subwords": {"kind": "new"}}, "subwords must be one of"),
        ({"subwords": {"colour": "red"}}, "unknown to this textrep"),
        ({"subwords": {**RULE.to_dict(), "buckets": 41}}, "40 rows of subwords, not 41"),
        ({"subwords": 7}, "unknown to this textrep"),
    ],
)
def test_subwords_that_do_not_fit_are_refused_on_opening(tmp_path, lazy, change, message):
    lazy.save(tmp_path / "s.textrep")
    container = open_container(tmp_path / "s.textrep")
    write_container(
        tmp_path / "bad.textrep", kind="store", header={**container.header, **change}, tensors=container.tensors
    )
    with pytest.raises(FormatError, match=rf"bad\.textrep is damaged.* at byte [\d,]+: .*{message}"):
        EmbeddingStore.open(tmp_path / "bad.textrep")


def test_what_from_vectors_refuses():
    with pytest.raises(ValueError, match=r"subwords have rows of shape \(2, 6\), not \(40, 6\)"):
        EmbeddingStore.from_vectors(["a"], rows_for(1), subwords=SubwordTable(RULE, None, rows_for(2)))
    with pytest.raises(ValueError, match="context_vectors have 5 dimensions, but the vectors have 6"):
        EmbeddingStore.from_vectors(["a"], rows_for(1), context_vectors=rows_for(1, 5))


def test_an_unseen_word_needs_no_numba(tmp_path, lazy):
    lazy.save(tmp_path / "s.textrep")
    program = (
        "import sys, textrep; s = textrep.EmbeddingStore.open(sys.argv[1]); s['catdog']; s.similar('catdog', 2);"
        "assert not {'numba', 'scipy', 'sklearn'} & set(sys.modules), 'heavy imports'"
    )
    subprocess.run([sys.executable, "-c", program, str(tmp_path / "s.textrep")], check=True)


def test_a_very_long_word_takes_bounded_memory(table):
    import tracemalloc

    tracemalloc.start()
    word = "ab" * 400_000
    vector = replace(table, word_rows=None).compose([word, "cat"])
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 400 * 2**20, "1.6 million parts of 6 dimensions"
    counts: dict[str, int] = {}
    text = f"<{word}>"
    for n in (2, 3):
        for i in range(len(text) - n + 1):
            counts[text[i : i + n]] = counts.get(text[i : i + n], 0) + 1
    wanted = sum(count * table.rows[RULE.row_of(part)].astype(float) for part, count in counts.items())
    np.testing.assert_allclose(vector[0], wanted / sum(counts.values()), atol=1e-5)
    np.testing.assert_allclose(vector[1], mean_of(table, "cat"), atol=1e-6)


@pytest.mark.parametrize("n", [1, 400])
def test_a_lone_surrogate_is_in_no_word(lazy, n):
    with pytest.raises(UnknownWordError, match="udcff"):
        lazy.vectors_for(["catdog"] * n + ["abc\udcff"])


def test_decomposed_words_are_the_same_words():
    for method in ("word2vec", "fasttext"):
        texts = ["대한민국의 수도 서울은 크다"] * 30
        store = embed(texts, method, min_count=1, vector_size=6, sample=0, random_state=1)
        word = unicodedata.normalize("NFD", "서울은")
        np.testing.assert_array_equal(store[word], store["서울은"])
        np.testing.assert_array_equal(store.vectors_for([word]), store.vectors_for(["서울은"]))
        assert "서울은" not in [n.key for n in store.similar(word)]
        if method == "fasttext":
            unseen = "서울에서는"
            np.testing.assert_array_equal(store[unicodedata.normalize("NFD", unseen)], store[unseen])


def test_values_that_are_not_finite(table, tmp_path):
    from textrep.keytable import KeyTable

    rows = table.rows.copy()
    rows[RULE.row_of("<c")] = np.nan
    broken = replace(table, rows=rows)
    parts = StoreParts(KeyTable.from_strings(KEYS), None, None, None, None, {"source": {"path": "x.bin"}}, broken)
    store = EmbeddingStore(parts)
    assert np.isfinite(store["dog"]).all()
    for ask in (lambda: store["cat"], lambda: store["cab"], lambda: store.similar("dog")):
        with pytest.raises(FormatError, match=r"x\.bin: the vector of 'ca.*' holds NaN or infinity"):
            ask()
    named = EmbeddingStore(parts._replace(subwords=replace(broken, source="a/x.bin, byte 123")))
    with pytest.raises(FormatError, match=r"^a/x\.bin, byte 123: the vector of 'cat' holds NaN or infinity$"):
        named["cat"]
    whole = EmbeddingStore.from_vectors(KEYS, rows_for(4), subwords=replace(broken, word_rows=None))
    with pytest.raises(ValueError, match=rf"row {RULE.row_of('<c')} of subwords holds NaN or infinity"):
        whole.save(tmp_path / "s.textrep")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("present", [[1, 0], [3, 3], [0, 40], [-1, 2], [0.5, 1.0]])
def test_numbers_of_subwords_are_checked(present):
    table = SubwordTable(RULE, np.array(present), rows_for(2))
    with pytest.raises(ValueError, match="must be whole numbers, ascending, from 0 to 39"):
        EmbeddingStore.from_vectors(["a"], rows_for(1), subwords=table)


def test_rows_of_another_type_are_converted(tmp_path):
    given = SubwordTable(RULE, np.array([2, 5]), rows_for(2).astype(np.float64))
    EmbeddingStore.from_vectors(["a"], rows_for(1), subwords=given).save(tmp_path / "s.textrep")
    np.testing.assert_array_equal(EmbeddingStore.open(tmp_path / "s.textrep").subwords.rows, rows_for(2))
    assert given.rows.flags.writeable, "the caller's array stays as it was"
