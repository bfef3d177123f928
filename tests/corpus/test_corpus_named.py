"""`Corpus.named`: what each document is called, whatever the file."""

from __future__ import annotations

import gzip
import io
import os
import sys
from types import SimpleNamespace

import pytest

from textrep import CorpusError, read_corpus


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_documents_are_counted_not_lines(here):
    (here / "a.txt").write_bytes("\n하나\r\n\r\n  \t\ntwo\n\n\nthree".encode())
    corpus = read_corpus("a.txt")
    assert list(corpus.named()) == [("a.txt:1", "하나"), ("a.txt:2", "two"), ("a.txt:3", "three")]
    assert [text for _, text in corpus.named()] == list(corpus)  # again, and the same


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("r.jsonl", '{"text": "one"}\n\n{"text": "둘"}\n'),
        ("r.csv", 'text,n\none,1\n"둘",2\n'),
        ("r.tsv", "n\ttext\n1\tone\n2\t둘\n"),
        ("r.txt.gz", "one\n\n둘\n"),
    ],
)
def test_records_and_compressed_files(here, name, content):
    data = content.encode()
    (here / name).write_bytes(gzip.compress(data) if name.endswith(".gz") else data)
    assert list(read_corpus(name).named()) == [(f"{name}:1", "one"), (f"{name}:2", "둘")]


def test_files_of_the_same_name_in_other_folders(here):
    for folder in ("a", "b"):
        (here / folder).mkdir()
        (here / folder / "x.txt").write_text(f"{folder} one\n{folder} two\n")
    wanted = [(f"{folder}/x.txt:{i}", f"{folder} {n}") for folder in "ab" for i, n in ((1, "one"), (2, "two"))]
    for paths in (("a", "b"), ("a/x.txt", "b/x.txt"), ("*/x.txt",)):
        assert [(name.replace(os.sep, "/"), text) for name, text in read_corpus(*paths).named()] == wanted
    whole = here / "a" / "x.txt"
    assert [name for name, _ in read_corpus(whole).named()] == [f"{whole}:1", f"{whole}:2"]


def test_documents_of_standard_input_have_numbers_alone(here, monkeypatch):
    (here / "a.txt").write_text("one\n")
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(b"x\n\ny\n")))
    corpus = read_corpus("a.txt", "-")
    assert list(corpus.named()) == [("a.txt:1", "one"), ("1", "x"), ("2", "y")]
    with pytest.raises(CorpusError, match="standard input can be read only once"):
        list(corpus.named())


@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="names of files are Unicode there")
def test_a_name_that_is_no_utf8(here):
    (here / os.fsdecode(b"caf\xe9.txt")).write_text("one\n")
    assert list(read_corpus("caf*.txt").named()) == [(r"caf\udce9.txt:1", "one")]
