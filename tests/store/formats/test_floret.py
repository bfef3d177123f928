"""floret's text files: vectors that floret itself printed, round trips, and files that are wrong."""

from __future__ import annotations

import gzip
import os

import numpy as np
import pytest
from bad_files import read_or_refused
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from textrep import EmbeddingStore, FormatError, UnknownWordError
from textrep.store.formats.base import Head
from textrep.store.formats.floret import FLORET
from textrep.store.subwords import SubwordTable
from textrep.text.floret import FloretSubwords
from textrep.text.subwords import Subwords

# The table that floret's README shows.
TABLE = """10 10 2 3 2 2166136261 < >
0 -2.2611 3.9302 2.6676 -11.233 0.093715 -10.52 -9.6463 -0.11853 2.101 -0.10145
1 -3.12 -1.7981 10.7 -6.171 4.4527 10.967 9.073 6.2056 -6.1199 -2.0402
2 9.5689 5.6721 -8.4832 -1.2249 2.1871 -3.0264 -2.391 -5.3308 -3.2847 -4.0382
3 3.6268 4.2759 -1.7007 1.5002 5.5266 1.8716 -12.063 0.26314 2.7645 2.4929
4 -11.683 -7.7068 2.1102 2.214 7.2202 0.69799 3.2173 -5.382 -2.0838 5.0314
5 -4.3024 8.0241 2.0714 -1.0174 -0.28369 1.7622 7.8797 -1.7795 6.7541 5.6703
6 8.3574 -5.225 8.6529 8.5605 -8.9465 3.767 -5.4636 -1.4635 -0.98947 -0.58025
7 -10.01 3.3894 -4.4487 1.1669 -11.904 6.5158 4.3681 0.79913 -6.9131 -8.687
8 -5.4576 7.1019 -8.8259 1.7189 4.955 -8.9157 -3.8905 -0.60086 -2.1233 5.892
9 8.0678 -4.4142 3.6236 4.5889 -2.7611 2.4455 0.67096 -4.2822 2.0875 4.6274
"""
# What floret printed for some words with that table; published in the tests of spaCy.
VECTORS = {
    ",": [-5.7814, 2.6918, 0.57029, -3.6985, -2.7079, 1.4406, 1.0084, 1.7463, -3.8625, -3.0565],
    "der": [0.08224, 2.6601, -1.173, 1.1549, -0.42821, -0.097268, -2.5589, -1.609, -0.16968, 0.84687],
    "und": [2.1558, 1.8606, -1.382, 0.45424, -0.65889, 1.2706, 0.5929, -2.0592, -2.6949, -1.6015],
    "von": [-0.10589, 1.196, 1.1143, -0.40907, -1.0848, -0.054756, -2.5016, -1.0381, -0.41598, 0.36982],
}
in_place = settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def read(tmp_path, text, name="m.floret"):
    path = tmp_path / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return FLORET.read(path, "strict")


def changed(old, new):
    assert TABLE.count(old) == 1
    return TABLE.replace(old, new)


def store_with(rule, rows, present=None, keys=()):
    rows = np.asarray(rows, np.float32)
    vectors = np.ones((len(keys), rows.shape[1]), np.float32)
    return EmbeddingStore.from_vectors(keys, vectors, subwords=SubwordTable(rule, present, rows))


def test_vectors_are_those_that_floret_printed(tmp_path):
    store = read(tmp_path, TABLE)
    for word, vector in VECTORS.items():
        np.testing.assert_allclose(store[word], vector, rtol=0, atol=5e-4)  # of five digits
    assert (len(store), store.dim) == (0, 10)
    assert store.subwords.rule == FloretSubwords(min_n=2, max_n=3, buckets=10, hash_count=2)
    assert store.metadata == {
        "method": "floret",
        "parameters": {
            "vector_size": 10,
            "min_n": 2,
            "max_n": 3,
            "buckets": 10,
            "subwords": "floret",
            "hash_count": 2,
        },
        "source": {"format": "floret", "path": "m.floret"},
    }


def test_a_store_without_words_answers_what_it_can(tmp_path):
    store = read(tmp_path, TABLE)
    assert "der" not in store
    assert store.similar("der") == []
    assert store.similarity("der", "der") == pytest.approx(1)
    assert store.vectors_for(["der", "Wörter", "왕"]).shape == (3, 10)


def test_it_is_found_by_its_content(tmp_path):
    (tmp_path / "table.txt").write_text(TABLE)
    np.testing.assert_allclose(EmbeddingStore.load(tmp_path / "table.txt")["und"], VECTORS["und"], rtol=0, atol=5e-4)
    for other in (b"", b"10 10\n", b"a 1 2 3 4 5 6 7\n", TABLE[:20].encode(), b"10 10 2 3 2 2166136261 < > 4\n"):
        assert not FLORET.matches(Head(tmp_path / "x", "x", other))


def test_a_table_that_is_written_is_read_again(tmp_path):
    store = read(tmp_path, TABLE)
    FLORET.write(store, tmp_path / "w.floret")
    assert [line.split() for line in (tmp_path / "w.floret").read_text().splitlines()] == [
        line.split() for line in TABLE.splitlines()
    ]
    again = FLORET.read(tmp_path / "w.floret", "strict")
    assert again.subwords.rule == store.subwords.rule
    np.testing.assert_array_equal(again.subwords.rows, store.subwords.rows)


@given(
    rows=st.lists(
        st.lists(st.floats(-(2.0**100), 2.0**100, width=32), min_size=3, max_size=3), min_size=1, max_size=20
    ),
    hash_count=st.integers(1, 4),
    seed=st.integers(0, 2**32 - 1),
    sign=st.sampled_from(["<", "BOS", "왕"]),
)
@in_place
def test_any_table_is_the_same_after_writing_and_reading(tmp_path, rows, hash_count, seed, sign):
    rule = FloretSubwords(min_n=1, max_n=4, buckets=len(rows), hash_count=hash_count, seed=seed, begin=sign)
    FLORET.write(store_with(rule, rows), tmp_path / "w.floret")
    again = FLORET.read(tmp_path / "w.floret", "strict")
    assert again.subwords.rule == rule
    np.testing.assert_array_equal(again.subwords.rows, np.array(rows, np.float32))


def test_rows_that_are_not_there_are_written_as_zeros_and_keys_not_at_all(tmp_path):
    rule = FloretSubwords(min_n=1, max_n=4, buckets=5)
    store = store_with(rule, [[1.5, 2], [3, 4]], np.array([1, 4]), ["a", "b"])
    FLORET.write(store, tmp_path / "w.floret")
    again = FLORET.read(tmp_path / "w.floret", "strict")
    np.testing.assert_array_equal(again.subwords.rows, [[0, 0], [1.5, 2], [0, 0], [0, 0], [3, 4]])
    assert len(again) == 0


def test_a_store_of_it_is_saved_and_opened(tmp_path):
    store = read(tmp_path, TABLE)
    store.save(tmp_path / "s.textrep")
    np.testing.assert_array_equal(EmbeddingStore.open(tmp_path / "s.textrep")["der"], store["der"])


@pytest.mark.parametrize("ending", ["\r\n", " \n"], ids=["CRLF", "a space, as fastText writes"])
def test_line_ends(tmp_path, ending):
    np.testing.assert_array_equal(read(tmp_path, TABLE.replace("\n", ending))["der"], read(tmp_path, TABLE)["der"])
    np.testing.assert_array_equal(read(tmp_path, TABLE.rstrip("\n"))["der"], read(tmp_path, TABLE)["der"])


def test_compressed(tmp_path):
    store = read(tmp_path, gzip.compress(TABLE.encode()), "m.floret.gz")
    np.testing.assert_array_equal(store["der"], read(tmp_path, TABLE)["der"])
    FLORET.write(store, tmp_path / "w.floret.gz")
    np.testing.assert_array_equal(FLORET.read(tmp_path / "w.floret.gz", "strict")["der"], store["der"])


@pytest.mark.parametrize("rule", [None, Subwords(min_n=2, max_n=3, buckets=2)], ids=["none", "fastText's"])
def test_only_stores_of_floret_are_written(tmp_path, rule):
    store = EmbeddingStore.from_vectors(["a"], [[1.0, 2]]) if rule is None else store_with(rule, np.ones((2, 2)))
    with pytest.raises(FormatError, match=r"only what floret trained can be written as floret\. Export the words as"):
        FLORET.write(store, tmp_path / "w.floret")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", r"m\.floret, byte 0: a floret file begins with eight settings, .* but this one with ''"),
        ("10 10 2 3\n", r"but this one with '10 10 2 3'"),
        (changed("10 10 2 3 2", "10 10 2 3 5"), "hash_count must be an integer from 1 to 4; got 5"),
        (changed("10 10 2 3 2", "0 10 2 3 2"), "buckets must be an integer from 1"),
        (changed("2166136261", "9999999999"), "seed must be an integer"),
        (changed("10 10 2 3 2", "10 0 2 3 2"), "byte 0: its first line says that vectors have 0 dimensions"),
        (changed("10 10 2 3 2", "9 10 2 3 2"), r"promises 9 words, but there are more"),
        (changed("10 10 2 3 2", "11 10 2 3 2"), r"promises 11 words, but there are 10"),
        (changed("10 10 2 3 2", "2000000000 10 2 3 2"), r"promises 2,000,000,000 words, but there are 10"),
        (changed("10 10 2 3 2", "10 9 2 3 2"), r"m\.floret.*0 -2\.2611|row 0 should begin|byte"),
        (changed("10 10 2 3 2", "10 2000000000 2 3 2"), "byte [0-9]+: 2,000,000,000 dimensions do not fit"),
        (changed("10 10 2 3 2", "99999999999 10 2 3 2"), "byte 0: .* buckets must be an integer .*; got 99999999999"),
        (changed("10 10 2 3 2", "-10 10 2 3 2"), "byte 0: .* buckets must be an integer .*; got -10"),
        (changed("10 10 2 3 2", "10 99999999999 2 3 2"), "byte 0: .* have 99,999,999,999 dimensions; .* 2,147,483,647"),
        (changed("\n4 -11", "\n5 -11"), r"byte 331: row 4 should begin with its number, but begins with '5'"),
        (changed("\n4 -11", "\nx -11"), "row 4 should begin with its number, but begins with 'x'"),
        (changed("-7.7068", "nan"), r"line 6, byte .*no finite number"),
    ],
)
def test_files_that_are_wrong(tmp_path, text, message):
    with pytest.raises(FormatError, match=message):
        read(tmp_path, text)


def test_bytes_that_are_not_utf8_in_the_first_line(tmp_path):
    with pytest.raises(FormatError, match=r"m\.floret, byte 0: the settings in its first line cannot be used"):
        read(tmp_path, TABLE.encode().replace(b"<", b"\xe9"))


def test_truncation_at_every_byte(tmp_path):
    """A number may be cut at the file's very end, and only there: nothing tells then."""
    path = tmp_path / "m.floret"
    path.write_text(TABLE)
    whole = FLORET.read(path, "strict").subwords.rows
    for n in reversed(range(len(TABLE) - 1)):
        os.truncate(path, n)
        rows = read_or_refused(path, lambda: FLORET.read(path, "strict").subwords.rows)
        if rows is None:
            continue
        assert TABLE[n:].count(" ") == 0
        np.testing.assert_array_equal(rows.ravel()[:-1], whole.ravel()[:-1])


@given(place=st.integers(0, len(TABLE) - 1), value=st.integers(0, 255))
@in_place
def test_a_changed_byte_gives_an_error_or_a_store(tmp_path, place, value):
    data = bytearray(TABLE.encode())
    data[place] = value
    store = read_or_refused(tmp_path / "m.floret", lambda: read(tmp_path, bytes(data)))
    if store is None:
        return
    try:
        assert store["der"].shape == (10,)
    except UnknownWordError:
        raise AssertionError("every word has a vector") from None


def test_n_grams_of_very_many_characters_are_refused(tmp_path):
    with pytest.raises(FormatError, match=r"n-grams have up to 65 characters; textrep reads 64"):
        read(tmp_path, "1 1 1 65 1 2166136261 < >\n0 1\n")


@pytest.mark.parametrize("kind", ["word2vec", "word2vec-binary", "glove"])
def test_a_store_without_words_is_not_written_as_words(tmp_path, kind):
    store = store_with(FloretSubwords(min_n=1, max_n=2, buckets=2), np.eye(2, dtype=np.float32))
    with pytest.raises(FormatError, match=r"holds no words, .* export it as floret"):
        store.export(tmp_path / "w", kind)
    assert not list(tmp_path.iterdir())
