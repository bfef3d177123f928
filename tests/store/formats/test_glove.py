"""GloVe's text files: rows without a first line."""

from __future__ import annotations

import gzip
import re
from pathlib import Path

import numpy as np
import pytest
from bad_files import place_in, read_or_refused
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from textrep import EmbeddingStore, FormatError
from textrep.store.formats import textrows

INTEROP = Path(__file__).parents[3].parent / "shared" / "data" / "interop"
needs_shared = pytest.mark.skipif(not INTEROP.is_dir(), reason="needs the shared data")


def load(tmp_path, content, kind="glove", name="vectors", **options):
    path = tmp_path / name
    path.write_bytes(content)
    return EmbeddingStore.load(path, kind, **options)


@needs_shared
def test_a_file_of_the_original_program():
    models = pytest.importorskip("gensim.models")
    store = EmbeddingStore.load(INTEROP / "test_glove.txt")
    theirs = models.KeyedVectors.load_word2vec_format(str(INTEROP / "test_glove.txt"), no_header=True)
    assert list(store.keys) == theirs.index_to_key
    np.testing.assert_array_equal(store.vectors, theirs.vectors)
    assert store.metadata == {"source": {"format": "glove", "path": "test_glove.txt"}}


finite = st.floats(width=32, allow_nan=False, allow_infinity=False, min_value=-(2.0**100), max_value=2.0**100)
words = st.text(st.characters(exclude_characters="\n", exclude_categories=["Cs"]), max_size=8)


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(keys=st.lists(words, min_size=1, max_size=6, unique=True), data=st.data())
def test_there_and_back(tmp_path, keys, data):
    vectors = data.draw(arrays(np.float32, (len(keys), data.draw(st.integers(1, 5))), elements=finite))
    store = EmbeddingStore.from_vectors(keys, vectors)
    simple = sum(len(key.encode().split()) == 1 for key in keys)
    if 2 * simple <= len(keys):  # most words have to have one part
        return
    store.export(tmp_path / "v.glove")
    again = EmbeddingStore.load(tmp_path / "v.glove", "glove")
    assert list(again.keys) == keys
    np.testing.assert_array_equal(again.vectors, vectors)
    (tmp_path / "v.glove").unlink()


def test_words_of_several_parts_and_the_unknown_word_at_the_end(tmp_path):
    content = b". . . 1 2\nthe 3 4\nat name@domain.com 5 6\nof 7 8\n<unk> 9 10\n"
    for data in (content, content.rstrip(), gzip.compress(content), content.replace(b"\n", b"\r\n")):
        for kind in ("glove", None):
            store = load(tmp_path, data, kind)
            assert list(store.keys) == [". . .", "the", "at name@domain.com", "of", "<unk>"]
            assert store.vectors.tolist() == [[1, 2], [3, 4], [5, 6], [7, 8], [9, 10]]


def test_a_row_longer_than_what_formats_are_told_by(tmp_path):
    vectors = np.random.default_rng(0).standard_normal((3, 20_000)).astype(np.float32)
    EmbeddingStore.from_vectors(["a", "b", "c"], vectors).export(tmp_path / "v.txt", "glove")
    np.testing.assert_array_equal(EmbeddingStore.load(tmp_path / "v.txt").vectors, vectors)
    EmbeddingStore.from_vectors(["a", "b", "c"], vectors).export(tmp_path / "w.txt.gz", "word2vec")
    np.testing.assert_array_equal(EmbeddingStore.load(tmp_path / "w.txt.gz").vectors, vectors)


def test_more_rows_than_the_first_ones_promise(tmp_path, monkeypatch):
    monkeypatch.setattr(textrows, "_BLOCK", 100)
    content = b"".join(b"a-long-word-%04d 0.123456789 0.123456789\n" % i for i in range(20))
    content += b"".join(b"%d 1 2\n" % i for i in range(1000))
    store = load(tmp_path, content)
    assert len(store) == 1020
    assert store["999"].tolist() == [1, 2]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "vectors is empty, at byte 0 already: a GloVe file holds at least one word and its vector$"),
        (b"\n\n", "vectors is empty"),
        (b"word\n", "vectors is not a GloVe file: lines hold a word and numbers, but at byte 0 it has 'word'$"),
        (b"a 1 2\nb 3 4\nc 5\n", "vectors, line 3, byte 12: 2 numbers are wanted after a word, but 'c 5' has only 1$"),
        (b"a 1 2\nb 3 x\nc 5 6\n", "vectors, line 2, byte 10: 'x' is no number$"),
        (b"a 1 2\n\nb 3 inf\n", "vectors, line 3, byte 11: 'inf' is no finite number"),
        (b"a 1 2\nb\xff 3 4\n", "vectors: word 2, .* is not valid UTF-8 at byte 7 "),
        (b"400000 300\nthe 1 2 3\nof 4 5 6\n", "vectors, line 1, byte 0: 3 numbers are wanted .* has only 1$"),
    ],
)
def test_what_is_refused(tmp_path, content, message):
    for data in (content, gzip.compress(content)):
        with pytest.raises(FormatError, match=message) as raised:
            load(tmp_path, data)
        assert re.search(place_in(tmp_path / "vectors"), str(raised.value))


@pytest.mark.parametrize("keys", [["a b"], ["a b", "c d", "e"], [""]])
def test_words_that_would_be_taken_for_numbers_or_the_other_way_round(tmp_path, keys):
    with pytest.raises(FormatError, match=r"too many hold spaces or nothing, so that a GloVe text file would be taken"):
        EmbeddingStore.from_vectors(keys, np.ones((len(keys), 3))).export(tmp_path / "v.glove")
    assert list(tmp_path.iterdir()) == []


SMALL = "the -0.5 1.25e-3\n한국어 1 2\na b 3 4\n".encode()


def loads_or_is_refused(path):
    store = read_or_refused(path, lambda: EmbeddingStore.load(path, "glove"))
    if store is not None:
        assert store.vectors.shape == (len(store), store.dim)
        assert np.isfinite(store.vectors).all()


def test_cut_anywhere(tmp_path):
    path = tmp_path / "vectors"
    for content in (SMALL, gzip.compress(SMALL)):
        for end in range(len(content)):
            path.write_bytes(content[:end])
            loads_or_is_refused(path)


@settings(
    max_examples=4 * settings.default.max_examples,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(flips=st.lists(st.tuples(st.integers(0, len(SMALL) - 1), st.integers(0, 255)), min_size=1, max_size=4))
def test_bytes_that_flip(tmp_path, flips):
    content = bytearray(SMALL)
    for at, byte in flips:
        content[at] = byte
    (tmp_path / "vectors").write_bytes(content)
    loads_or_is_refused(tmp_path / "vectors")
