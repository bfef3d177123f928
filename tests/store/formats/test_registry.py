"""Which format a file has, which one a name asks for, and what is never overwritten."""

from __future__ import annotations

import gzip
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from textrep_cli import formats as cli_formats

from textrep import EmbeddingStore, FormatError, StoreExistsError, TextrepError
from textrep.errors import StoreNotFoundError
from textrep.store.formats.base import Head
from textrep.store.formats.registry import FORMATS, check_replaceable, detect, format_for_writing, format_named
from textrep.store.subwords import SubwordTable
from textrep.text.floret import FloretSubwords
from textrep.text.subwords import Subwords

INTEROP = Path(__file__).parents[3].parent / "shared" / "data" / "interop"
ALL = [format_named(name) for name in FORMATS]
STORE = EmbeddingStore.from_vectors(["a", "b", "왕"], [[1, 2, 3], [0.5, -1, 0], [4, 5, 6]])


def test_formats_are_called_what_the_table_calls_them():
    assert [each.name for each in ALL] == list(FORMATS)
    assert all(each.read or each.write for each in ALL)
    assert len({each.title for each in ALL}) == len(ALL)


def test_the_command_line_knows_the_same_formats():
    assert set(cli_formats.READ) == {each.name for each in ALL if each.read is not None}
    assert set(cli_formats.WRITTEN) == {each.name for each in ALL if each.write is not None}


@pytest.mark.parametrize("name", [name for name in FORMATS if name not in ("floret", "static")])
@pytest.mark.parametrize("suffix", ["", ".gz"])
def test_what_is_written_is_recognised_by_its_content_alone(tmp_path, name, suffix):
    if suffix and name in ("textrep", "fasttext"):
        pytest.skip("is mapped")
    path = tmp_path / f"file.dat{suffix}"
    STORE.export(path, name)
    assert detect(path).name == name
    loaded = EmbeddingStore.load(path)
    assert list(loaded.keys) == list(STORE.keys)
    np.testing.assert_allclose(loaded.vectors, STORE.vectors, atol=1e-6)


@pytest.mark.skipif(not INTEROP.is_dir(), reason="needs the shared data")
@pytest.mark.parametrize(
    ("file", "name"),
    [
        ("crime-and-punishment.bin", "fasttext"),
        ("toy-model.bin", "fasttext"),
        ("crime-and-punishment.vec", "word2vec"),
        ("toy-model.vec", "word2vec"),
        ("similarity.txt", "word2vec"),
        ("word2vec_pre_kv_c", "word2vec"),
        ("similarity.bin", "word2vec-binary"),
        ("euclidean_vectors.bin", "word2vec-binary"),
        ("test_glove.txt", "glove"),
    ],
)
def test_files_of_the_original_tools_are_of_one_format_each(tmp_path, file, name):
    for path in (INTEROP / file, tmp_path / "packed"):
        if path.name == "packed":
            path.write_bytes(gzip.compress((INTEROP / file).read_bytes()))
        assert detect(path).name == name
        content = gzip.decompress(path.read_bytes()) if path.name == "packed" else path.read_bytes()
        head = Head(path, "unknown", content[: 1 << 16])
        assert [each.name for each in ALL if each.matches(head)] == [name]


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (b"1 2\na 0.5 1\n", "word2vec"),
        (b"1 2\nNew York 0.5 1\n", "word2vec"),
        (b"5 2\na 0.5 1", "word2vec"),
        (b"0 7\n", "word2vec"),
        (b"1 1\na abcd", "word2vec-binary"),  # a number that looks like text
        (b"1 1\na abcd\n", "word2vec-binary"),
        (b"2 1\na \0\0\x80?b \0\0\x80?", "word2vec-binary"),
        (b"a 0.5 1\n", "glove"),
        (b"a 0.5 1", "glove"),
        (b"1 0.5 2\n", "glove"),
        (b"", None),
        (b"the 1061396\nof 593677\n", None),  # counts
        (b"king queen 8.58\n", None),  # a gold set
        (b"1 2\n", None),
        (b"1 2\nhello world\n", None),
        (b"some text, and more of it\n" * 9, None),
        (bytes(100), None),
        (b"PK\x03\x04 1 2 3\n", None),
    ],
)
def test_content(tmp_path, content, name):
    path = tmp_path / "file"
    path.write_bytes(content)
    found = detect(path)
    assert (found and found.name) == name
    path.write_bytes(gzip.compress(content))
    found = detect(path)
    assert (found and found.name) == name


def test_a_name_decides_where_content_does_not(tmp_path):
    for file, name in (
        ("x.vec", "word2vec"),
        ("x.VEC.gz", "word2vec"),
        ("x.w2v", "word2vec-binary"),
        ("x.ftz", "fasttext"),
    ):
        path = tmp_path / file
        path.write_bytes(gzip.compress(b"x") if file.endswith(".gz") else b"x")
        assert detect(path).name == name
    (tmp_path / "x.vec").write_bytes(b"a 0.5 1\n")  # not against content
    assert detect(tmp_path / "x.vec").name == "glove"


@pytest.mark.parametrize(
    ("name", "message"),
    [
        (
            "notes",
            r"notes is not a file of vectors that textrep recognises by its content at byte 0\. If it is one, say ",
        ),
        (
            "notes.txt",
            r'Its name could be that of "word2vec", "glove"\. If it is one, say which: .* "floret", "glove"$',
        ),
        ("notes.bin", r'Its name could be that of "word2vec-binary", "fasttext"\.'),
    ],
)
def test_an_unknown_file(tmp_path, name, message):
    (tmp_path / name).write_text("not vectors, only some notes")
    with pytest.raises(FormatError, match=message):
        EmbeddingStore.load(tmp_path / name)


def test_what_is_no_file(tmp_path):
    with pytest.raises(FormatError, match="is a folder, not a file of vectors"):
        EmbeddingStore.load(tmp_path)
    with pytest.raises(StoreNotFoundError, match=r"there is no file .*none$"):
        EmbeddingStore.load(tmp_path / "none")
    with pytest.raises(ValueError, match=r'^format=\'nope\' is not one of "textrep", "word2vec", '):
        EmbeddingStore.load(tmp_path / "none", "nope")
    with pytest.raises(FormatError, match=r"textrep writes static embeddings, but does not read them; use the store"):
        EmbeddingStore.load(tmp_path, "static")


@pytest.mark.parametrize("kind", list(FORMATS))
@pytest.mark.parametrize("handler", ["foo", "surrogateescape", "", None])
def test_what_may_be_done_with_words_that_are_not_utf8(tmp_path, kind, handler):
    with pytest.raises(
        ValueError, match=rf'^encoding_errors={handler!r} is not one of "strict", "replace", "ignore", "backslashrep'
    ) as raised:
        EmbeddingStore.load(tmp_path / "none", kind, encoding_errors=handler)
    assert not isinstance(raised.value, TextrepError)


def test_a_store_is_one_of_the_formats(tmp_path):
    STORE.export(tmp_path / "s.textrep")
    STORE.export(tmp_path / "no-suffix", "textrep")
    for name in ("s.textrep", "no-suffix"):
        store = EmbeddingStore.load(tmp_path / name)
        assert store.path == tmp_path / name  # mapped
        np.testing.assert_array_equal(store.vectors, STORE.vectors)
    packed = tmp_path / "s.textrep.gz"
    packed.write_bytes(gzip.compress((tmp_path / "s.textrep").read_bytes()))
    with pytest.raises(FormatError, match=r"is a compressed store, as byte 0 shows: .* decompress it first$"):
        EmbeddingStore.load(packed)
    with pytest.raises(FormatError, match="a store is mapped into memory, so it cannot be compressed"):
        STORE.export(tmp_path / "t.textrep.gz")
    (tmp_path / "x.textrep").write_text("nothing")
    with pytest.raises(FormatError, match=r"x.textrep is not a file that textrep saved"):
        EmbeddingStore.load(tmp_path / "x.textrep")


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("v.txt", "word2vec"),
        ("v.vec", "word2vec"),
        ("V.TXT.GZ", "word2vec"),
        ("v.w2v.zst", "word2vec-binary"),
        ("v.glove", "glove"),
        ("v.textrep", "textrep"),
    ],
)
def test_the_format_that_a_name_asks_for(name, kind):
    assert format_for_writing(f"folder.bin/{name}").name == kind


@pytest.mark.parametrize(
    ("name", "message"),
    [
        (
            "v.bin",
            '^the name v.bin could be that of "word2vec-binary", "fasttext" files: say which, format="word2vec-bin',
        ),
        (
            "v.csv",
            r"^the name v.csv asks for no format: end it with one of \.textrep, \.txt, \.vec, \.w2v, \.glove, or say ",
        ),
        ("v", "^the name v asks for no format"),
    ],
)
def test_a_name_that_asks_for_no_format_or_several(tmp_path, name, message):
    with pytest.raises(ValueError, match=message):
        STORE.export(tmp_path / name)
    with pytest.raises(ValueError, match='is not one of "textrep", "word2vec", '):
        STORE.export(tmp_path / name, "nope")
    assert list(tmp_path.iterdir()) == []


ROWS = np.ones((5, 3), np.float32)
WITH_NGRAMS = EmbeddingStore.from_vectors(["a"], ROWS[:1], subwords=SubwordTable(Subwords(buckets=5), None, ROWS))
OF_FLORET = EmbeddingStore.from_vectors(
    [], ROWS[:0], subwords=SubwordTable(FloretSubwords(min_n=1, max_n=2, buckets=5), None, ROWS)
)


@pytest.mark.parametrize("store", [STORE, WITH_NGRAMS, OF_FLORET], ids=["words", "fastText", "floret"])
def test_endings_that_are_proposed_are_those_that_are_taken(tmp_path, store):
    with pytest.raises(ValueError, match="asks for no format: end it with one of ") as raised:
        store.export(tmp_path / "v.csv")
    proposed = str(raised.value).partition("one of ")[2].partition(", or say")[0].split(", ")
    assert ".textrep" in proposed
    for suffix in sorted({suffix for each in ALL for suffix in each.suffixes}):
        if suffix in proposed:
            store.export(tmp_path / f"v{suffix}")
        else:
            with pytest.raises(ValueError, match=r"could be that of|does not quantise|only what floret|holds no words"):
                store.export(tmp_path / f"v{suffix}")
    assert {path.suffix for path in tmp_path.iterdir()} == set(proposed)
    with pytest.raises(ValueError, match=r"end it with one of \.textrep, \.txt, \.vec, \.w2v, \.glove, or"):
        format_for_writing("v.csv")  # as for most stores


@pytest.mark.skipif(os.name == "nt" or not hasattr(os, "geteuid") or not os.geteuid(), reason="root may write anywhere")
@pytest.mark.parametrize("kind", [name for name in FORMATS if name not in ("floret",)])
def test_a_folder_without_permission(tmp_path, kind):
    tmp_path.chmod(0o500)
    with pytest.raises(PermissionError, match=rf"cannot be written: Permission denied: '{tmp_path}/v'$"):
        STORE.export(tmp_path / "v", kind)


@pytest.mark.skipif(not Path("/proc/self").is_dir(), reason="needs a file system that cannot be written to")
@pytest.mark.parametrize("kind", [name for name in FORMATS if name not in ("floret",)])
def test_a_target_that_cannot_be_written_is_named_as_it_was_given(tmp_path, monkeypatch, kind):
    monkeypatch.chdir(tmp_path)
    Path("there").symlink_to("/proc")
    with pytest.raises(FileNotFoundError, match=r"cannot be written: .*: 'there/v'$") as raised:
        STORE.export("there/v", kind)
    assert raised.value.filename == "there/v"


def test_only_a_file_of_the_same_format_is_replaced(tmp_path):
    path = tmp_path / "v.txt"
    path.write_text("1 2\nold 1 2\n")
    STORE.export(path)
    assert list(EmbeddingStore.load(path).keys) == ["a", "b", "왕"]
    with pytest.raises(
        StoreExistsError, match=r"v.txt exists and is not overwritten, because a GloVe text file can replace"
    ):
        STORE.export(path, "glove")
    for content in (b"", b"notes", bytes(50)):
        path.write_bytes(content)
        with pytest.raises(StoreExistsError, match=r"it is not recognised as such\. Choose another name"):
            STORE.export(path)
        assert path.read_bytes() == content
    (tmp_path / "folder.txt").mkdir()
    with pytest.raises(StoreExistsError, match=r"folder.txt exists and is not overwritten"):
        STORE.export(tmp_path / "folder.txt")
    with pytest.raises(StoreNotFoundError, match="there is no folder"):
        STORE.export(tmp_path / "none" / "v.txt")
    link = tmp_path / "link.txt"
    link.symlink_to(tmp_path / "linked.txt")
    STORE.export(link)
    assert link.is_symlink()
    assert len(EmbeddingStore.load(tmp_path / "linked.txt")) == 3


def test_opening_a_store_imports_no_other_format(tmp_path):
    STORE.save(tmp_path / "s.textrep")
    script = (
        "import sys, textrep; textrep.EmbeddingStore.load(sys.argv[1]); "
        "print(sorted(name for name in sys.modules if 'formats.' in name or name in ('numba', 'gensim')))"
    )
    done = subprocess.run([sys.executable, "-c", script, tmp_path / "s.textrep"], capture_output=True, text=True)
    names = ("base", "files", "native", "registry")
    assert done.stdout.strip() == str([f"textrep.store.formats.{name}" for name in names]), done.stderr


@pytest.mark.parametrize("name", ["s", "s.textrep"])
def test_what_is_no_store_file(tmp_path, name):
    path = tmp_path / name
    with pytest.raises(StoreNotFoundError, match="there is no file"):
        EmbeddingStore.load(path, "textrep")
    path.mkdir()
    with pytest.raises(FormatError, match="is a folder"):
        EmbeddingStore.load(path, "textrep")
    path.rmdir()
    if hasattr(os, "mkfifo"):
        os.mkfifo(path)
        with pytest.raises(FormatError, match="is no regular file"):
            EmbeddingStore.load(path, "textrep")


def test_a_folder_to_be_written_must_be_free(tmp_path):
    static = format_named("static")
    assert check_replaceable(tmp_path / "new", static) is False
    (tmp_path / "new").mkdir()
    assert check_replaceable(tmp_path / "new", static) is False
    (tmp_path / "new" / "x").touch()
    with pytest.raises(StoreExistsError, match="new exists and is not overwritten"):
        check_replaceable(tmp_path / "new", static)


@pytest.mark.parametrize("kind", ["word2vec", "word2vec-binary", "glove", "fasttext", "static"])
def test_numbers_that_are_none_are_not_written(tmp_path, kind):
    store = EmbeddingStore.from_vectors(["a", "b"], np.eye(2, dtype=np.float32))
    store._lookup.__dict__["vectors"] = np.array(
        [[1, 2], [3, np.inf]], np.float32
    )  # as a file that was altered gives them
    with pytest.raises(FormatError, match=r"of 'b' holds inf; a .* file holds only numbers"):
        store.export(tmp_path / "w", kind)
    assert not list(tmp_path.iterdir())


def test_an_empty_file_is_called_empty(tmp_path):
    (tmp_path / "m.bin").touch()
    with pytest.raises(FormatError, match=r"m\.bin is empty: it ends at byte 0, and holds no vectors"):
        EmbeddingStore.load(tmp_path / "m.bin")


def test_what_is_no_store_is_not_said_to_be_a_compressed_one(tmp_path):
    (tmp_path / "prose.txt").write_text("It was the best of times, it was the worst of times.\n")
    with pytest.raises(FormatError, match=r"prose\.txt is not a file that textrep saved: at byte 0"):
        EmbeddingStore.load(tmp_path / "prose.txt", "textrep")
    with gzip.open(tmp_path / "s.gz", "wb") as file:
        EmbeddingStore.from_vectors(["a"], [[1.0]]).save(tmp_path / "s")
        file.write((tmp_path / "s").read_bytes())
    with pytest.raises(FormatError, match=r"s\.gz is a compressed store, as byte 0 shows"):
        EmbeddingStore.load(tmp_path / "s.gz", "textrep")
