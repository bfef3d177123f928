"""A corpus that is watched: the same documents, and reports of how far it has been read."""

from __future__ import annotations

import io
import sys

import pytest

from textrep import CorpusError, EmptyCorpusError, read_corpus
from textrep.corpus import watched
from textrep.corpus.watched import WatchedCorpus


@pytest.fixture
def files(tmp_path, monkeypatch):
    monkeypatch.setattr(watched, "_SECONDS", 0)  # every document and block is reported
    (tmp_path / "a.txt").write_text("one\ntwo\n\nthree\n")
    (tmp_path / "b.jsonl").write_text('{"text": "four"}\n')
    return [tmp_path / "a.txt", tmp_path / "b.jsonl"]


def test_documents_and_blocks_are_the_same(files):
    corpus, reports = read_corpus(*files), []
    seen = WatchedCorpus(corpus, reports.append)
    assert list(seen) == list(corpus) == ["one", "two", "three", "four"]
    assert [report.documents for report in reports] == [1, 2, 3, 4, 4]
    reports.clear()
    assert [block.documents() for block in seen.blocks()] == [["one", "two", "three"], ["four"]]
    assert [report.documents for report in reports] == [3, 4, 4]
    size = sum(path.stat().st_size for path in files)
    assert (reports[-1].done, reports[-1].total, reports[-1].stage) == (size, size, "reading")
    assert (seen.names, seen.total_bytes) == (corpus.names, size)


def test_what_is_spent_for_one_is_spent_for_the_other(monkeypatch):
    reports = []
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"one\ntwo\n")))
    corpus = read_corpus("-")
    assert list(WatchedCorpus(corpus, reports.append)) == ["one", "two"]
    assert (reports[-1].documents, reports[-1].total) == (2, 0)
    with pytest.raises(CorpusError, match="can be read only once, and has been"):
        list(corpus)


def test_errors_are_those_of_the_corpus(tmp_path):
    (tmp_path / "a.txt").write_text("\n")
    with pytest.raises(EmptyCorpusError, match=r"a\.txt: no document"):
        list(WatchedCorpus(read_corpus(tmp_path / "a.txt"), print))
