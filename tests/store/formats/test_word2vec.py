"""word2vec's text and binary files: read as the original tools and gensim read them, or refused with the place."""

from __future__ import annotations

import bz2
import gzip
import lzma
import re
import tracemalloc
import warnings
from pathlib import Path

import numpy as np
import pytest
from bad_files import place_in, read_or_refused
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from textrep import EmbeddingStore, FormatError
from textrep.errors import StoreNotFoundError
from textrep.store.formats import loaded, textrows, word2vec_binary

INTEROP = Path(__file__).parents[3].parent / "shared" / "data" / "interop"
needs_shared = pytest.mark.skipif(not INTEROP.is_dir(), reason="needs the shared data")
COMPRESSIONS = {".gz": gzip.compress, ".bz2": bz2.compress, ".xz": lzma.compress}
FORMATS = ("word2vec", "word2vec-binary")
finite = st.floats(width=32, allow_nan=False, allow_infinity=False, min_value=-(2.0**100), max_value=2.0**100)
in_place = settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def gensim_vectors(path, binary, **options):
    models = pytest.importorskip("gensim.models")
    return models.KeyedVectors.load_word2vec_format(str(path), binary=binary, **options)


def load(tmp_path, content, kind="word2vec", name="vectors", **options):
    path = tmp_path / name
    path.write_bytes(content)
    return EmbeddingStore.load(path, kind, **options)


def binary(words, rows, *, newline=b"\n", header=None):
    """A binary file, as the C program writes it."""
    data = header or f"{len(words)} {len(rows[0])}\n".encode()
    for word, row in zip(words, rows, strict=True):
        data += word + b" " + np.asarray(row, "<f4").tobytes() + newline
    return data


def assert_same(store, keys, vectors):
    assert list(store.keys) == list(keys)
    np.testing.assert_array_equal(store.vectors, vectors)


# ------------------------------------------------------------------------------------------------ the original tools


@needs_shared
@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("similarity.txt", "word2vec"),
        ("word2vec_pre_kv_c", "word2vec"),
        ("crime-and-punishment.vec", "word2vec"),
        ("toy-model.vec", "word2vec"),
        ("similarity.bin", "word2vec-binary"),
        ("euclidean_vectors.bin", "word2vec-binary"),
    ],
)
def test_files_of_the_original_tools_are_read_as_gensim_reads_them(name, kind):
    store = EmbeddingStore.load(INTEROP / name)
    theirs = gensim_vectors(INTEROP / name, kind == "word2vec-binary")
    assert_same(store, theirs.index_to_key, theirs.vectors)
    assert store.metadata == {"source": {"format": kind, "path": name}}
    norms = np.linalg.norm(theirs.vectors.astype(float), axis=1)
    np.testing.assert_allclose(store.norms, norms, rtol=1e-7)
    with np.errstate(invalid="ignore"):  # seen once in thousands of runs: NumPy's dot, of five finite numbers a row
        neighbours = [key for key, _ in theirs.most_similar(store.keys[3], topn=5)]
    assert [key for key, _ in store.similar(store.keys[3], 5)] == neighbours


@needs_shared
def test_the_two_formats_of_one_model_agree():
    text, data = (EmbeddingStore.load(INTEROP / f"similarity.{suffix}") for suffix in ("txt", "bin"))
    assert list(text.keys) == list(data.keys)
    np.testing.assert_allclose(text.vectors, data.vectors, atol=1e-6)


@pytest.mark.parametrize("kind", FORMATS)
def test_gensim_reads_what_we_write_and_we_what_gensim_writes(tmp_path, kind):
    words = ["the", "왕", "naïve", "🙂", "a_b", "12"]
    vectors = np.random.default_rng(0).standard_normal((6, 7)).astype(np.float32)
    EmbeddingStore.from_vectors(words, vectors).export(tmp_path / "ours", kind)
    theirs = gensim_vectors(tmp_path / "ours", kind == "word2vec-binary")
    assert theirs.index_to_key == words
    np.testing.assert_array_equal(theirs.vectors, vectors)
    theirs.save_word2vec_format(str(tmp_path / "theirs"), binary=kind == "word2vec-binary")
    assert_same(EmbeddingStore.load(tmp_path / "theirs"), words, vectors)


# ------------------------------------------------------------------------------------------------ there and back


words = st.text(st.characters(exclude_characters="\n", exclude_categories=["Cs"]), max_size=8)
shapes = st.tuples(st.integers(0, 6), st.integers(1, 5))


def stores(word):
    return shapes.flatmap(
        lambda shape: st.builds(
            EmbeddingStore.from_vectors,
            st.lists(word, min_size=shape[0], max_size=shape[0], unique=True),
            arrays(np.float32, shape, elements=finite),
        )
    )


@in_place
@given(store=stores(words))
def test_text_there_and_back(tmp_path, store):
    if len(store) > 1 and all(re.search(r"[ \t][0-9+.-]\S*$", key) for key in store.keys):
        return  # is refused; see below
    store.export(tmp_path / "v.txt", "word2vec")
    assert_same(EmbeddingStore.load(tmp_path / "v.txt", "word2vec"), store.keys, store.vectors)
    (tmp_path / "v.txt").unlink()


@in_place
@given(store=stores(st.text(st.characters(exclude_characters=" \n", exclude_categories=["Cs"]), max_size=8)))
def test_binary_there_and_back(tmp_path, store):
    store.export(tmp_path / "v.w2v", "word2vec-binary")
    assert_same(EmbeddingStore.load(tmp_path / "v.w2v", "word2vec-binary"), store.keys, store.vectors)
    (tmp_path / "v.w2v").unlink()


@pytest.mark.parametrize("kind", FORMATS)
@pytest.mark.parametrize("suffix", [*COMPRESSIONS, ".zst"])
def test_compressed_there_and_back(tmp_path, suffix, kind):
    if suffix == ".zst":
        pytest.importorskip("zstandard")
    vectors = np.random.default_rng(0).standard_normal((5000, 20)).astype(np.float32)
    store = EmbeddingStore.from_vectors([f"w{i}" for i in range(5000)], vectors)
    store.export(tmp_path / f"v.x{suffix}", kind)
    store.export(tmp_path / "plain", kind)
    packed, plain = (tmp_path / f"v.x{suffix}").read_bytes(), (tmp_path / "plain").read_bytes()
    assert packed != plain
    if suffix in COMPRESSIONS:
        unpacked = {".gz": gzip, ".bz2": bz2, ".xz": lzma}[suffix].decompress(packed)
        assert unpacked == plain
    assert_same(EmbeddingStore.load(tmp_path / f"v.x{suffix}"), store.keys, vectors)


@pytest.mark.parametrize("suffix", [*COMPRESSIONS, ".zst"])
def test_altered_compressed_files_are_noticed(tmp_path, suffix):
    """Each way of compressing has a checksum of the content; Zstandard's is optional."""
    if suffix == ".zst":
        pytest.importorskip("zstandard")
    path = tmp_path / f"v.w2v{suffix}"
    vectors = np.random.default_rng(0).standard_normal((50, 20)).astype(np.float32)
    EmbeddingStore.from_vectors([f"w{i}" for i in range(50)], vectors).export(path)
    data = path.read_bytes()
    for place in range(len(data) // 4, len(data) - 20, len(data) // 40):
        path.write_bytes(data[:place] + bytes([data[place] ^ 4]) + data[place + 1 :])
        assert read_or_refused(path, lambda: EmbeddingStore.load(path, "word2vec-binary")) is None


def test_every_number_is_written_as_briefly_as_numpy_does(tmp_path):
    EmbeddingStore.from_vectors(["a", "b"], [[0.1, -2, 1e-20, 3e8], [0, 1 / 3, 123456, 1e-5]]).export(
        tmp_path / "v.txt"
    )
    assert (tmp_path / "v.txt").read_text() == "2 4\na 0.1 -2.0 1e-20 3e+08\nb 0.0 0.33333334 123456.0 1e-05\n".replace(
        "3e+08", str(np.float32(3e8))
    )


def test_binary_is_written_as_the_original_program_writes_it(tmp_path):
    EmbeddingStore.from_vectors(["a", "왕"], [[1, 2], [3, 4]]).export(tmp_path / "v.w2v")
    assert (tmp_path / "v.w2v").read_bytes() == binary([b"a", "왕".encode()], [[1, 2], [3, 4]])


def test_many_blocks_and_threads_keep_the_order(tmp_path, monkeypatch):
    monkeypatch.setattr(textrows, "_BLOCK", 1000)
    monkeypatch.setattr(textrows, "_WRITTEN", 1000)
    vectors = np.random.default_rng(0).standard_normal((3000, 3)).astype(np.float32)
    store = EmbeddingStore.from_vectors([f"w{i}" for i in range(3000)], vectors)
    for name in ("v.txt", "v.txt.gz", "g.glove", "g.glove.gz"):
        store.export(tmp_path / name)
        assert_same(EmbeddingStore.load(tmp_path / name), store.keys, vectors)
    lines = (tmp_path / "v.txt").read_bytes().split(b"\n")
    lines[2000] += b"x"
    with pytest.raises(FormatError, match=r"v, line 2,001, byte [0-9,]+: '[-.\de]+x' is no number$"):
        load(tmp_path, b"\n".join(lines), name="v")


def test_pieces_of_a_compressed_binary_file_fall_anywhere(tmp_path, monkeypatch):
    vectors = np.random.default_rng(0).standard_normal((300, 3)).astype(np.float32)
    words = [b"w" * (i % 40) + str(i).encode() for i in range(300)]
    content = gzip.compress(binary(words, vectors))
    for step in (1, 7, 64, 1000):
        monkeypatch.setattr(word2vec_binary, "_STEP", step)
        monkeypatch.setattr("textrep.store.formats.files.HEAD_SIZE", 64)
        assert_same(load(tmp_path, content, "word2vec-binary"), [word.decode() for word in words], vectors)


def test_vectors_are_copied_in_threads(tmp_path, monkeypatch):
    monkeypatch.setattr(word2vec_binary, "_FEW", 0)
    monkeypatch.setattr(word2vec_binary, "n_threads", lambda _: 7)
    vectors = np.random.default_rng(0).standard_normal((50, 3)).astype(np.float32)
    assert_same(
        load(tmp_path, binary([str(i).encode() for i in range(50)], vectors), "word2vec-binary"),
        map(str, range(50)),
        vectors,
    )


# ------------------------------------------------------------------------------------------------ what files are like


@pytest.mark.parametrize(
    "content",
    [
        b"2 2\na 1 2\nb 3 4\n",
        b"2 2\na 1 2 \nb 3 4 \n",  # the original program
        b"2 2\na 1 2\nb 3 4",
        b"2 2\r\na 1 2\r\nb 3 4\r\n",
        b"2\t2 \na\t1\t2\nb 3  4\n",
        b"\xef\xbb\xbf2 2\na 1.0 +2\nb .3e1 4.\n",
        b"2 2\n\na 1 2\n\r\nb 3 4\n\n",
    ],
)
def test_ways_to_write_the_same(tmp_path, content):
    assert_same(load(tmp_path, content), ["a", "b"], [[1, 2], [3, 4]])
    assert_same(load(tmp_path, gzip.compress(content)), ["a", "b"], [[1, 2], [3, 4]])


def test_words_hold_spaces(tmp_path):
    words = ["New York", "a", ". . .", "", " ", "\t", "x ", "catch 22"]
    content = "".join(f"{word} {i} 0.5\n" for i, word in enumerate(words))
    store = load(tmp_path, f"{len(words)} 2\n{content}".encode())
    assert_same(store, words, [[i, 0.5] for i in range(len(words))])


@pytest.mark.parametrize("newline", [b"\n", b""])
def test_both_writers_of_binary_files(tmp_path, newline):
    content = binary([b"a", b"b"], [[1, 2], [3, 4]], newline=newline)
    assert_same(load(tmp_path, content, "word2vec-binary"), ["a", "b"], [[1, 2], [3, 4]])
    assert_same(load(tmp_path, gzip.compress(content), "word2vec-binary"), ["a", "b"], [[1, 2], [3, 4]])


CUT = "한".encode()[:2]


@pytest.mark.parametrize("kind", FORMATS)
def test_a_word_cut_within_a_character(tmp_path, kind):
    words = [b"a", b"b" + CUT, b"c"]
    rows = [[1, 2], [3, 4], [5, 6]]
    lines = b"".join(word + b" %d %d\n" % tuple(row) for word, row in zip(words, rows, strict=True))
    content = b"3 2\n" + lines if kind == "word2vec" else binary(words, rows)
    at = content.index(CUT)
    with pytest.raises(FormatError, match=rf"vectors: word 2, .* is not valid UTF-8 at byte {at} .*errors=\"replace\""):
        load(tmp_path, content, kind)
    for errors, word in (("replace", "b\ufffd"), ("ignore", "b"), ("backslashreplace", r"b\xed\x95")):
        store = load(tmp_path, content, kind, encoding_errors=errors)
        assert_same(store, ["a", word, "c"], rows)
    with pytest.raises(ValueError, match="encoding_errors='no'"):
        load(tmp_path, content, kind, encoding_errors="no")


def test_bytes_that_are_valid_only_together_with_the_next_word_are_not(tmp_path):
    whole = "한".encode()
    with pytest.raises(FormatError, match=r"word 1, .* at byte 4 "):
        load(tmp_path, b"2 1\n" + whole[:1] + b" 1\n" + whole[1:] + b" 2\n")


@pytest.mark.parametrize("kind", FORMATS)
def test_of_equal_words_the_first_is_kept_as_gensim_does(tmp_path, kind):
    words = [f"w{i % 700}".encode() for i in range(3_000)]
    rows = np.arange(6_000, dtype=np.float32).reshape(3_000, 2)
    lines = b"".join(word + b" %d %d\n" % tuple(row) for word, row in zip(words, rows, strict=True))
    content = b"3000 2\n" + lines if kind == "word2vec" else binary(words, rows)
    store = load(tmp_path, content, kind)
    assert_same(store, [f"w{i}" for i in range(700)], rows[:700])
    assert store.metadata["duplicates_dropped"] == 2300
    theirs = gensim_vectors(tmp_path / "vectors", kind == "word2vec-binary")
    assert list(filter(None, theirs.index_to_key)) == list(store.keys)
    assert store["w699"].tolist() == theirs["w699"].tolist()


def test_words_that_become_equal(tmp_path):
    content = b"3 1\na\xff 1\na\xfe 2\nb 3\n"
    store = load(tmp_path, content, encoding_errors="replace")
    assert_same(store, ["a\ufffd", "b"], [[1], [3]])
    assert store.metadata["duplicates_dropped"] == 1


@pytest.mark.parametrize("kind", FORMATS)
def test_no_words_at_all(tmp_path, kind):
    store = load(tmp_path, b"0 5\n", kind)
    assert (len(store), store.dim) == (0, 5)
    store.export(tmp_path / "again", kind)
    assert (tmp_path / "again").read_bytes() == b"0 5\n"


# ------------------------------------------------------------------------------------------------ what is refused


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "vectors is not a word2vec text file: .*, but it is empty$"),
        (
            b"hello world\n",
            "first line, at byte 0, should hold the numbers of words and of dimensions, but it begins with 'hello",
        ),
        (b"1 0\na\n", "0 dimensions"),
        (b"3 2\na 1 2\nb 3 4\n", "promises 3 words, but there are 2 when it ends at byte 16;"),
        (b"1 2\na 1 2\nb 3 4\n", "promises 1 words, but there are more: 'b' at byte 10 is number 2$"),
        (b"0 2\na 1 2\n", "promises 0 words, but there are more: 'a' at byte 4 is number 1$"),
        (b"2 3\na 1 2 3\nb 3 4\n", r"line 3, byte 12: 3 numbers are wanted after a word, but 'b 3 4' has only 2$"),
        (b"2 1\na 1 2\nb 3 4\n", "says 1 dimensions, but every row has more numbers than that$"),
        (b"2 2\na 1 2\n1 2\n", "line 3, byte 10: 2 numbers .*'1 2' has only 1$"),
        (b"2 2\na 1 x\nb 3 4\n", "line 2, byte 8: 'x' is no number$"),
        (b"2 2\na 1 2\nb 3 1_0\n", "line 3, byte 14: '1_0' is no number$"),
        (b"2 2\na 1 0x1\nb 3 4\n", "line 2, byte 8: '0x1' is no number$"),
        (b"2 2\na 1 1e\nb 3 4\n", "line 2, byte 8: '1e' is no number$"),
        (b"2 2\na - 1\nb 3 4\n", "line 2, byte 6: '-' is no number$"),
        (b"2 2\na 1 2\nb nan 4\n", "line 3, byte 12: 'nan' is no finite number"),
        (b"2 2\na 1 -inf\nb 3 4\n", "line 2, byte 8: '-inf' is no finite number"),
        (b"2 2\na 1 2\nb 3 1e39\n", "line 3, byte 14: '1e39' is too large for 32-bit floats$"),
        (b"1 2\na 3e38 3e38\n", "the vector of 'a', whose row begins at byte 4, is too long for float32"),
        (b"2 2\na 1 2\n\xff\xfe 1\n", "line 3, byte 10: 2 numbers are wanted .* has only 1$"),
        (b"999999999999999 2\na 1 2\n", "promises 999,999,999,999,999 words, but there are 1 when it ends at byte 24;"),
        (b"1 999999999999999\na 1 2\n", "999,999,999,999,999 dimensions do not fit into the 6 bytes"),
        (b"9999999999999999999 2\na 1 2\n", "first line, at byte 0, should hold"),
    ],
)
def test_text_that_is_refused(tmp_path, content, message):
    for data in (content, gzip.compress(content)):
        if data is not content:
            message = message.replace(
                "999,999,999,999,999 dimensions do not fit into the 6 bytes", "'a 1 2' has only 2$"
            )
        with pytest.raises(FormatError, match=message) as raised:
            load(tmp_path, data)
        assert str(tmp_path / "vectors") in str(raised.value)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is not a word2vec binary file: .*, but it is empty$"),
        (b"a b\n", "but it begins with 'a b'$"),
        (b"1 0\na \n", "0 dimensions"),
        (binary([b"a"], [[1, 2]], header=b"2 2\n"), "promises 2 words, but the file ends at byte 15 .* word 2;"),
        (binary([b"a", b"b"], [[1, 2], [3, 4]])[:-2], "promises 2 words, but the file ends at byte 24 .* word 2;"),
        (binary([b"a", b"b"], [[1, 2], [3, 4]], header=b"1 2\n"), "promises 1 words .* more follows .* at byte 15$"),
        (
            binary([b"a", b"b"], [[1, 2], [3, np.nan]]),
            "vector of 'b', whose row begins at byte 15, holds nan in dim.* 2;",
        ),
        (
            binary([b"a", b"b"], [[-np.inf, 2], [3, 4]]),
            "vector of 'a', whose row begins at byte 4, holds -inf in dim.* 1;",
        ),
        (b"999999999999999 2\na 12345678", "promises 999,999,999,999,999 words, but the file ends at byte 28 "),
        (b"1 99999999999999\na 12345678", "99,999,999,999,999 dimensions, but only 10 bytes follow"),
    ],
)
def test_binary_that_is_refused(tmp_path, content, message):
    with pytest.raises(FormatError, match=message) as raised:
        load(tmp_path, content, "word2vec-binary")
    assert str(tmp_path / "vectors") in str(raised.value)
    with pytest.raises(FormatError, match=place_in(tmp_path / "vectors")):
        load(tmp_path, gzip.compress(content), "word2vec-binary")


@pytest.mark.parametrize("kind", FORMATS)
def test_words_of_which_nothing_is_left_are_left_out(tmp_path, kind):
    words = [b"\xff", b"a", b"", b"\xec\x99", "왕".encode(), b"a\xff"]
    vectors = np.arange(12, dtype=np.float32).reshape(6, 2)
    rows = b"".join(word + b" %d %d\n" % tuple(row) for word, row in zip(words, vectors, strict=True))
    content = b"6 2\n" + rows if kind == "word2vec" else binary(words, vectors)
    store = load(tmp_path, content, kind, encoding_errors="ignore")
    assert list(store.keys) == ["a", "", "왕"]
    assert store.vectors.tolist() == [[2, 3], [4, 5], [8, 9]]
    dropped = {name: value for name, value in store.metadata.items() if name.endswith("_dropped")}
    assert dropped == {"undecodable_dropped": 2, "duplicates_dropped": 1}
    assert np.isfinite(store.norms).all()
    with pytest.raises(FormatError, match=r"word 1, b'\\xff', is not valid UTF-8 at byte 4 "):
        load(tmp_path, content, kind)


def test_rows_with_a_number_too_many_are_words_and_a_warning_says_so(tmp_path):
    content = b"4 2\nthe 1.5 2.5\nof 0.5 1.5 2.5\ncatch 22 1.5 2.5\nto\t-1.5e-3 1.5 2.5\n"
    message = r"vectors: words that end in a number: 2, the first 'of 0\.5' at byte 16; a row with a number too many is"
    with pytest.warns(UserWarning, match=message) as told:
        store = load(tmp_path, content, "word2vec")
    assert list(store.keys) == ["the", "of 0.5", "catch 22", "to\t-1.5e-3"]  # as gensim reads them
    assert len(told) == 1
    assert Path(told[0].filename) == Path(__file__)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        load(tmp_path, b"3 2\nthe 1.5 2.5\n1 000 1 2\nv. 2 1 2\n", "word2vec")


def test_what_has_no_space_is_no_word(tmp_path, monkeypatch):
    monkeypatch.setattr(word2vec_binary, "_LONGEST_WORD", 1000)
    with pytest.raises(FormatError, match=r"no word at byte 4: no space within 1,000 bytes$"):
        load(tmp_path, b"5 2\n" + bytes(5000), "word2vec-binary")


@pytest.mark.parametrize("kind", FORMATS)
@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("header", ["999999999999999 2", "2 999999999999999", "99999999 99999999", "1 100000000"])
def test_a_lying_first_line_takes_no_memory(tmp_path, kind, packed, header):
    content = f"{header}\n".encode() + b"a 1.5 2.5\n" * 20
    path = tmp_path / "vectors"
    path.write_bytes(gzip.compress(content) if packed else content)
    with pytest.raises(FormatError, match=place_in(path)):
        EmbeddingStore.load(path, kind)  # compiles
    tracemalloc.start()
    try:
        with pytest.raises(FormatError, match=place_in(path)):
            EmbeddingStore.load(path, kind)
        assert tracemalloc.get_traced_memory()[1] < 12_000_000  # a buffer of 8 MB
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("kind", FORMATS)
def test_no_such_file_and_a_folder(tmp_path, kind):
    with pytest.raises(StoreNotFoundError, match=r"there is no file .*none$"):
        EmbeddingStore.load(tmp_path / "none", kind)
    with pytest.raises(FormatError, match="is a folder"):
        EmbeddingStore.load(tmp_path, kind)


@pytest.mark.parametrize("suffix", COMPRESSIONS)
def test_damaged_compression(tmp_path, suffix):
    content = COMPRESSIONS[suffix](b"2 2\na 1 2\nb 3 4\n" * 50)
    with pytest.raises(FormatError, match=r"byte [0-9,]+; the file is cut short"):
        load(tmp_path, content[:-3])
    with pytest.raises(FormatError, match=f"named {suffix}, but not .* at byte 0: "):
        load(tmp_path, b"2 2\na 1 2\nb 3 4\n", name=f"v{suffix}")


@pytest.mark.parametrize(
    ("word", "kind", "message"),
    [
        ("a\nb", "word2vec", r"'a\\nb' holds a newline, which a word2vec text file cannot express$"),
        ("a b", "word2vec-binary", "'a b' holds a space, which a word2vec binary file cannot express;"),
        ("\na", "word2vec-binary", r"'\\na' holds a newline in front"),
    ],
)
def test_words_that_a_format_cannot_express(tmp_path, word, kind, message):
    store = EmbeddingStore.from_vectors(["x", word], np.eye(2))
    with pytest.raises(FormatError, match=message):
        store.export(tmp_path / "v", kind)
    assert list(tmp_path.iterdir()) == []  # nothing is left behind


def test_words_that_all_end_in_a_number_would_be_taken_for_more_dimensions(tmp_path):
    store = EmbeddingStore.from_vectors(["catch 22", "route 66"], np.eye(2))
    with pytest.raises(
        FormatError, match="every word ends in a number after a space, so that a word2vec text file would"
    ):
        store.export(tmp_path / "v.txt")
    assert list(tmp_path.iterdir()) == []
    EmbeddingStore.from_vectors(["catch 22", "route"], np.eye(2)).export(tmp_path / "v.txt")
    assert list(EmbeddingStore.load(tmp_path / "v.txt").keys) == ["catch 22", "route"]


def test_a_store_whose_file_holds_no_numbers(tmp_path):
    store = EmbeddingStore.from_vectors(["x", "y"], np.eye(2))
    store._lookup.__dict__["vectors"] = np.array([[1, 2], [3, np.nan]], np.float32)
    with pytest.raises(FormatError, match="the vector of 'y' holds nan"):
        store.export(tmp_path / "v.txt")
    assert list(tmp_path.iterdir()) == []


def test_rows_grow_where_their_number_is_not_known():
    rows = loaded.GrowingRows(2, None, None)
    blob, words = np.frombuffer(b"abc", np.uint8), np.array([[0, 1], [1, 3]])
    for _ in range(10):
        rows.reserve(blob, words, 1)[:] = 1
    finished = rows.finished()
    assert finished.vectors.tolist() == [[1, 1]] * 20
    assert finished.offsets.tolist() == [0, *(x for i in range(10) for x in (3 * i + 1, 3 * i + 3))]
    assert rows.word(3) == b"bc"
    with pytest.raises(IndexError, match="20"):
        rows.word(20)


# ------------------------------------------------------------------------------------------------ the fuzzer


SMALL = {
    "word2vec": "3 2\nthe -0.5 1.25e-3\n한국어 1 2 \na b 3 4\n".encode(),
    "word2vec-binary": binary([b"the", "한국어".encode(), b"c"], [[-0.5, 1.25e-3], [1, 2], [3, 4]]),
}


def loads_or_is_refused(path, kind):
    store = read_or_refused(path, lambda: EmbeddingStore.load(path, kind))
    if store is not None:
        assert store.vectors.shape == (len(store), store.dim)
        assert np.isfinite(store.vectors).all()
        assert len(set(store.keys)) == len(store)


@pytest.mark.parametrize("kind", FORMATS)
@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["plain", "gzip"])
def test_cut_anywhere(tmp_path, kind, pack):
    content = pack(SMALL[kind])
    path = tmp_path / "vectors"
    for end in range(len(content)):
        path.write_bytes(content[:end])
        loads_or_is_refused(path, kind)
        if pack is bytes and end < len(content) - 3:
            with pytest.raises(FormatError, match=place_in(path)):
                EmbeddingStore.load(path, kind)


@needs_shared
@pytest.mark.parametrize(("name", "kind"), [("toy-model.vec", "word2vec"), ("similarity.bin", "word2vec-binary")])
def test_cut_files_of_the_original_tools(tmp_path, name, kind):
    content = (INTEROP / name).read_bytes()
    path = tmp_path / "vectors"
    for end in range(0, len(content) - 9, max(1, len(content) // 600)):
        path.write_bytes(content[:end])
        with pytest.raises(FormatError, match=place_in(path)):
            EmbeddingStore.load(path, kind)


@pytest.mark.filterwarnings("ignore:.* words that end in a number")
@settings(
    max_examples=4 * settings.default.max_examples,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(data=st.data(), kind=st.sampled_from(FORMATS), chosen=st.booleans())
def test_bytes_that_flip(tmp_path, data, kind, chosen):
    content = bytearray(SMALL[kind])
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    path = tmp_path / "vectors"
    path.write_bytes(content)
    loads_or_is_refused(path, kind if chosen else None)


@pytest.mark.filterwarnings("ignore:.* words that end in a number")
@settings(
    max_examples=4 * settings.default.max_examples,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    content=st.binary(max_size=60) | st.text("01 .e-\n\tax\r", max_size=60).map(str.encode),
    kind=st.sampled_from(FORMATS),
)
def test_noise_after_a_first_line(tmp_path, content, kind):
    path = tmp_path / "vectors"
    path.write_bytes(b"3 2\n" + content)
    loads_or_is_refused(path, kind)
