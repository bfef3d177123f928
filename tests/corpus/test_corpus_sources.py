"""Paths, folders, globs, standard input; the stream as a whole: order, laziness, closing, what it tells."""

from __future__ import annotations

import contextlib
import gzip
import io
import os
import sys
import threading
from pathlib import Path

import pytest

from textrep.corpus import read_corpus
from textrep.errors import CorpusError, CorpusNotFoundError, EmptyCorpusError


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Files whose order by parts differs from their order as strings, hidden and foreign ones among them."""
    for name in [
        "b.txt",
        "a/z.txt",
        "a/deep/er.txt",
        "a.txt",
        "a-b/x.TXT",
        "Z.txt",
        ".hidden.txt",
        ".git/x.txt",
        "n.md",
    ]:
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True, parents=True)
        path.write_text(name)
    (tmp_path / "c.txt.gz").write_bytes(gzip.compress(b"c.txt.gz"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_folder_is_all_its_files_sorted_by_parts_without_hidden_ones(folder: Path) -> None:
    expected = ["Z.txt", "a/deep/er.txt", "a/z.txt", "a-b/x.TXT", "a.txt", "b.txt", "c.txt.gz"]
    assert list(read_corpus(folder)) == sorted(expected, key=lambda name: Path(name).parts)
    assert list(read_corpus(".")) == list(read_corpus(folder))


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("*.txt", ["Z.txt", "a.txt", "b.txt"]),
        ("**/*.txt", ["Z.txt", "a/deep/er.txt", "a/z.txt", "a.txt", "b.txt"]),
        ("?.txt", ["Z.txt", "a.txt", "b.txt"]),
        ("[ab].txt", ["a.txt", "b.txt"]),
    ],
)
def test_a_glob_is_its_files_sorted_by_parts(folder: Path, pattern: str, expected: list[str]) -> None:
    assert list(read_corpus(pattern)) == expected
    assert list(read_corpus(str(folder / pattern))) == expected
    assert list(read_corpus(folder / pattern)) == expected


def test_a_file_whose_name_is_a_glob_is_a_file(folder: Path) -> None:
    (folder / "[ab].txt").write_text("literal")
    assert list(read_corpus("[ab].txt")) == ["literal"]


def test_paths_come_in_the_order_given_and_as_often(folder: Path) -> None:
    corpus = read_corpus("b.txt", Path("a.txt"), "b.txt")
    assert list(corpus) == list(corpus) == ["b.txt", "a.txt", "b.txt"]
    assert corpus.names == ("b.txt", "a.txt", "b.txt")


def test_links_in_folders_are_followed_but_not_in_circles(folder: Path, tmp_path_factory) -> None:
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    (elsewhere / "e.txt").write_text("elsewhere")
    (folder / "a" / "link").symlink_to(elsewhere)
    (folder / "a" / "loop").symlink_to(folder / "a")
    assert list(read_corpus("a")) == ["a/deep/er.txt", "elsewhere", "a/z.txt"]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="named pipes are of POSIX")
@pytest.mark.parametrize("path", [".", "*.txt"])
def test_a_pipe_that_nobody_named_is_refused_and_not_waited_for(folder: Path, path: str) -> None:
    os.mkfifo("a_pipe.txt")
    with pytest.raises(CorpusError, match=r"a_pipe\.txt: a pipe, socket or device.*Remove it, or name the files"):
        read_corpus(path)
    assert read_corpus("a_pipe.txt").names == ("a_pipe.txt",)  # as of a process: <(zcat ...)


def test_what_is_not_there_is_missed_at_once(folder: Path) -> None:
    (folder / "dangling.txt").symlink_to("nowhere")
    (folder / "empty").mkdir()
    (folder / "empty" / "n.md").write_text("foreign")
    for path, message in {
        "no.txt": r"'no\.txt' is no file.*relative paths start at ",
        "no/*.txt": r"'no/\*\.txt' is no file, no folder, and no glob that matches a file",
        "a*/": "It matches 2 folders only",
        "a.txt/": "'a.txt/' is no file",
        "a.txt/b.txt": "is no file",
        "": "'' is no file",
        "nul\0.txt": "is no file",
        "A text, not a path. " * 500: r"'A text, not a path\. .*\.\.\. is no file.*Texts themselves need no",
        "empty": r"empty: the folder holds no file that is known by its ending \(\.txt.*=\"txt\"",
        "dangling.txt": "is a link that leads nowhere",
    }.items():
        with pytest.raises(CorpusNotFoundError, match=message):
            read_corpus("a.txt", path)
    with pytest.raises(FileNotFoundError, match=r"dangling\.txt: no such file, or a link that leads nowhere"):
        read_corpus(".")


def test_a_file_that_vanishes_is_missed_by_name(folder: Path) -> None:
    corpus = read_corpus("a.txt")
    Path("a.txt").unlink()
    with pytest.raises(CorpusNotFoundError, match=r"^a\.txt: no such file"):
        next(iter(corpus))


def test_what_may_not_be_read_is_named(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def forbidden(path: Path) -> None:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(os, "scandir", forbidden)
    with pytest.raises(CorpusError, match=r"^a: cannot be read: Permission denied"):
        read_corpus("a")
    corpus = read_corpus("a.txt")
    monkeypatch.setattr("textrep.corpus.sources.FileIO", forbidden)
    with pytest.raises(CorpusError, match=r"^a\.txt: cannot be read: Permission denied"):
        list(corpus)
    monkeypatch.setattr(os, "stat", forbidden)
    with pytest.raises(CorpusError, match=r"^b\.txt: cannot be read: Permission denied"):
        read_corpus("b.txt")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((), "at least one path"),
        ((["a.txt", "b.txt"],), r"not list\. Pass several as separate arguments: read_corpus\(\*paths\)"),
        ((b"a.txt",), "not bytes"),
        ((None,), "not NoneType"),
    ],
)
def test_what_is_no_path_is_refused(arguments: tuple, message: str) -> None:
    with pytest.raises(TypeError, match=message):
        read_corpus(*arguments)


def test_unknown_options_are_refused(folder: Path) -> None:
    for options, message in [
        ({"format": "docx"}, r"format='docx' is not known\. Known: 'txt', 'jsonl'"),
        ({"encoding": "utf9"}, r"encoding='utf9': unknown encoding: utf9\. Common ones"),
        ({"encoding": "base64"}, r"encoding='base64': .*not a text encoding"),
        ({"encoding_errors": "replaced"}, r"encoding_errors='replaced': unknown error handler.*\"replace\""),
        ({"encoding_errors": "surrogateescape"}, "'surrogateescape' makes lone surrogates"),
        ({"encoding_errors": "surrogatepass"}, "'surrogatepass' makes lone surrogates"),
        ({"encoding_errors": "xmlcharrefreplace"}, "works for writing only"),
    ]:
        with pytest.raises(CorpusError, match=message):
            read_corpus("a.txt", **options)
    with pytest.raises(TypeError, match="field=None; it is the name of the field"):
        read_corpus("a.txt", field=None)  # type: ignore[arg-type]


def test_unknown_endings_need_a_format(folder: Path) -> None:
    with pytest.raises(CorpusError, match=r"n\.md: files ending in \"\.md\" are not known .*format=\"txt\""):
        read_corpus("n.md")
    assert list(read_corpus("n.md", format="txt")) == ["n.md"]
    Path("text8").write_text("no ending\n")
    assert list(read_corpus("text8")) == ["no ending"]


def test_an_empty_corpus_is_an_error_when_reading_ends(folder: Path) -> None:
    Path("empty.txt").write_bytes(b"")
    Path("blank.txt").write_bytes(b"\xef\xbb\xbf \n\t\r\n\v\f\n")
    corpus = read_corpus("empty.txt", "blank.txt")
    for read in (iter, lambda corpus: corpus.blocks()):
        with pytest.raises(EmptyCorpusError, match=r"^empty\.txt, blank\.txt: no document"):
            list(read(corpus))
    assert list(read_corpus("empty.txt", "a.txt")) == ["a.txt"]


def open_files() -> set[str]:
    found = set()
    for link in Path("/proc/self/fd").iterdir():
        with contextlib.suppress(OSError):
            found.add(str(link.readlink()))
    return found


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="open files are counted through /proc")
@pytest.mark.parametrize("name", ["a.txt", "c.txt.gz"])
def test_files_are_open_one_at_a_time_and_closed_when_reading_stops(folder: Path, name: str) -> None:
    corpus = read_corpus(name, "b.txt")
    for read in (iter, lambda corpus: corpus.blocks()):
        stream = read(corpus)
        assert str(folder / name) not in open_files()
        next(stream)
        assert str(folder / name) in open_files()
        assert str(folder / "b.txt") not in open_files()
        next(stream)
        assert str(folder / name) not in open_files()
        assert str(folder / "b.txt") in open_files()
        stream.close()
        assert str(folder / "b.txt") not in open_files()


def test_two_readings_do_not_disturb_each_other(folder: Path) -> None:
    corpus = read_corpus("a.txt", "b.txt")
    assert list(zip(corpus, corpus, strict=True)) == [("a.txt", "a.txt"), ("b.txt", "b.txt")]


def test_what_a_corpus_says_of_itself(folder: Path) -> None:
    corpus = read_corpus("a.txt", "c.txt.gz")
    size = Path("c.txt.gz").stat().st_size
    assert corpus.total_bytes == 5 + size
    assert repr(corpus) == f"<Corpus of 2 files, {5 + size} bytes: 'a.txt', 'c.txt.gz'>"
    assert repr(read_corpus("a.txt", "-")) == "<Corpus of 2 files, unknown size: 'a.txt', 'standard input'>"
    assert repr(read_corpus(".")).endswith("...>")
    assert read_corpus("a.txt", "-").total_bytes is None


def test_progress_counts_the_bytes_on_disk(folder: Path) -> None:
    Path("long.txt.gz").write_bytes(gzip.compress(os.urandom(300_000).hex().encode().replace(b"0", b"\n")))
    corpus = read_corpus("a.txt", "long.txt.gz")
    seen = []
    for _ in corpus.blocks(1 << 16):
        seen.append(corpus.bytes_read)
    assert seen == sorted(seen)
    assert 0 < seen[0] < seen[-1] / 2 < seen[-1] <= corpus.total_bytes
    assert corpus.bytes_read == corpus.total_bytes


class Stdin:
    """Stands for ``sys.stdin``: binary below, not to be closed."""

    def __init__(self, data: bytes) -> None:
        self.buffer = io.BytesIO(data)


@pytest.mark.parametrize("compress", [bytes, gzip.compress])
def test_standard_input_is_read_once_and_left_open(monkeypatch: pytest.MonkeyPatch, compress) -> None:
    stdin = Stdin(compress("하나\r\n둘\n".encode()))
    monkeypatch.setattr(sys, "stdin", stdin)
    corpus = read_corpus("-")
    assert [document for block in corpus.blocks() for document in block.documents()] == ["하나", "둘"]
    assert not stdin.buffer.closed
    with pytest.raises(CorpusError, match=r"standard input can be read only once, and has been\. Save it to a file"):
        list(corpus)


def test_standard_input_takes_every_format_and_names_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", Stdin(b'{"text": "a"}\n{"text": 1}\n'))
    with pytest.raises(CorpusError, match=r"^standard input, line 2: field 'text' holds a number"):
        list(read_corpus("-", format="jsonl"))
    with pytest.raises(CorpusError, match="'-' is given twice"):
        read_corpus("-", "-")
    monkeypatch.setattr(sys, "stdin", None)
    with pytest.raises(CorpusError, match="standard input is closed or has no bytes"):
        list(read_corpus("-"))


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_a_pipe_is_read_once(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    corpus = read_corpus(pipe)
    writer = threading.Thread(target=pipe.write_bytes, args=(b"a\nb",))
    writer.start()
    assert list(corpus) == ["a", "b"]
    writer.join()
    with pytest.raises(CorpusError, match="pipe can be read only once"):
        list(corpus)


@pytest.mark.skipif(os.name != "posix", reason="makes links")
def test_a_glob_reads_a_file_once_though_a_link_loops(tmp_path):
    (tmp_path / "d" / "a").mkdir(parents=True)
    (tmp_path / "d" / "a" / "loop").symlink_to("..")
    (tmp_path / "d" / "a" / "x.txt").write_text("one\n")
    (tmp_path / "d" / "y.txt").write_text("two\n")
    for pattern in ("d/**/*.txt", "d/**"):
        assert sorted(read_corpus(tmp_path / pattern)) == ["one", "two"]
    (tmp_path / "beside").symlink_to("d")
    assert sorted(read_corpus(tmp_path / "beside" / "**" / "*.txt")) == ["one", "two"], "a link that does not loop"


@pytest.mark.skipif(sys.platform == "win32", reason="needs the errors of POSIX")
@pytest.mark.parametrize("pattern", ["*/*.txt", "**/*.txt", "*/low/c.txt", "secret/*.txt"])
def test_globs_refuse_folders_that_may_not_be_looked_into(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pattern: str
) -> None:
    """What is in them would be left out in silence."""
    for name in ("open", "secret"):
        (tmp_path / name / "low").mkdir(parents=True)
        (tmp_path / name / "c.txt").write_text("a text\n")
        (tmp_path / name / "low" / "c.txt").write_text("a text\n")
    assert read_corpus(tmp_path / pattern).names
    scandir, lstat = os.scandir, os.lstat

    def refusing(real):
        def refused(path=".", *args, **options):
            if isinstance(path, str | os.PathLike) and "secret" in Path(path).parts[: -1 if real is lstat else None]:
                raise PermissionError(13, "Permission denied", str(path))
            return real(path, *args, **options)

        return refused

    monkeypatch.setattr(os, "scandir", refusing(scandir))  # root may look everywhere
    monkeypatch.setattr(os, "lstat", refusing(lstat))
    with pytest.raises(CorpusError, match=r"secret(/low)?: cannot be read: Permission denied; '.*' looks there$"):
        read_corpus(tmp_path / pattern)


def test_of_many_empty_files_some_are_named(tmp_path: Path) -> None:
    for i in range(5):
        (tmp_path / f"{i}.txt").touch()
    with pytest.raises(CorpusError, match=r"0\.txt, .*1\.txt, .*2\.txt and 2 more: no document"):
        list(read_corpus(tmp_path))
