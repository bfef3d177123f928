"""Files that change while they are read: read to their end or refused by name, never half."""

from __future__ import annotations

import gzip
import os
from pathlib import Path

import pytest

from textrep import CorpusError, embed_documents, read_corpus, read_labelled, read_sequences
from textrep.errors import CorpusNotFoundError

LINES = [f"{i} " + "word " * 200 for i in range(400)]  # 400 kB: more than any buffer
CHANGED = r"c\.txt: changed while it was read: [\d,]+ bytes became [\d,]+\. Read it again when"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "c.txt"
    path.write_text("\n".join(LINES) + "\n")
    os.utime(path, (1, 1))
    return path


def read_half(path: Path):
    """Return the documents of a file, of which the first has been read."""
    documents = iter(read_corpus(path))
    assert next(documents).startswith("0 ")
    return documents


def cut(path: Path) -> None:
    os.truncate(path, path.stat().st_size * 3 // 4)


def empty(path: Path) -> None:
    os.truncate(path, 0)


def write_anew(path: Path) -> None:
    """As many bytes, others; a reader that comes to its end meanwhile would see less."""
    path.write_bytes(path.read_bytes()[::-1])


def write_longer(path: Path) -> None:
    """More bytes, others: no file that was appended to."""
    path.write_bytes(path.read_bytes()[::-1] * 2)


def write_longer_with_the_same_head(path: Path) -> None:
    text = path.read_bytes()
    path.write_bytes(text[:100_000] + b"more\n" + text[100_000:])


@pytest.mark.parametrize("change", [cut, empty, write_anew, write_longer, write_longer_with_the_same_head])
@pytest.mark.parametrize("blocks", [False, True], ids=["documents", "blocks"])
def test_a_file_that_is_cut_or_written_anew(path: Path, change, blocks: bool) -> None:
    read = iter(read_corpus(path).blocks(10_000)) if blocks else read_half(path)
    next(read)
    change(path)
    with pytest.raises(CorpusError, match=CHANGED):
        list(read)
    if change is not empty:
        assert list(read_corpus(path))  # and can be read again


@pytest.mark.parametrize("lines", [LINES, LINES[:3], ["0 a", "1 b"]], ids=["long", "3 kB", "short"])
def test_a_file_that_is_appended_to(path: Path, lines: list[str]) -> None:
    path.write_text("\n".join(lines) + "\n")
    os.utime(path, (1, 1))
    documents = read_half(path)
    with path.open("a") as file:
        file.write("one more\n")
    assert [line.strip() for line in documents] in (
        [line.strip() for line in lines[1:]],
        [*(line.strip() for line in lines[1:]), "one more"],
    )


def test_a_short_file_that_is_written_anew_longer(path: Path) -> None:
    path.write_text("0 a\n1 b\n")
    os.utime(path, (1, 1))
    documents = read_half(path)
    path.write_text("0 a\n2 c\nlonger\n")
    with pytest.raises(CorpusError, match=CHANGED):
        list(documents)


@pytest.mark.parametrize("change", [Path.unlink, lambda path: path.with_name("new").rename(path)], ids=["gone", "new"])
def test_a_file_that_vanishes_or_is_replaced(path: Path, change) -> None:
    path.with_name("new").write_text("new\n")
    documents = read_half(path)
    change(path)
    assert [line.strip() for line in documents] == [line.strip() for line in LINES[1:]]


def test_a_file_that_vanishes_before_its_turn(path: Path, tmp_path: Path) -> None:
    (tmp_path / "d.txt").write_text("last\n")
    documents = iter(read_corpus(path, tmp_path / "d.txt"))
    next(documents)
    (tmp_path / "d.txt").unlink()
    with pytest.raises(CorpusNotFoundError, match=r"d\.txt: no such file"):
        list(documents)


def test_compressed_files_that_are_cut(path: Path) -> None:
    packed = path.with_name("c.txt.gz")
    packed.write_bytes(gzip.compress(os.urandom(300_000).hex().encode() + b"\nend\n"))
    documents = iter(read_corpus(path, packed))
    next(documents)
    cut(packed)
    with pytest.raises(CorpusError, match=r"c\.txt\.gz"):
        list(documents)


@pytest.mark.parametrize(("read", "line"), [(read_labelled, "label\ttext"), (read_sequences, "token O\n")])
def test_labelled_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, read, line: str) -> None:
    path = tmp_path / "c.txt"
    path.write_text(f"{line}\n" * 100_000)
    os.utime(path, (1, 1))
    real, calls = os.fstat, []

    def cutting(descriptor: int) -> os.stat_result:
        """Cut the file when it has been opened, and looked at first."""
        status = real(descriptor)
        if status.st_size == path.stat().st_size and not calls:
            calls.append(descriptor)
            cut(path)
        return status

    monkeypatch.setattr("textrep.corpus.sources.os.fstat", cutting)
    with pytest.raises(CorpusError, match=CHANGED):
        read(path)


def test_documents_that_change_between_two_readings(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from textrep.vectorizers import documents as module

    real = module.fitted_matrix

    def changed_meanwhile(*args):
        matrix = real(*args)
        path.with_name("new").write_text("other words\n" * len(LINES))
        path.with_name("new").rename(path)
        return matrix

    monkeypatch.setattr(module, "fitted_matrix", changed_meanwhile)
    with pytest.raises(CorpusError, match=r"c\.txt: changed between two readings"):
        embed_documents(read_corpus(path), "count")
