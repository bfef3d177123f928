"""What callers give as documents, told apart and refused in one place."""

import re
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from textrep import CountVectorizer, TfidfVectorizer, Word2VecVectorizer, read_corpus
from textrep.documents import Texts, TokenLists, given_documents

TEXTS = ["one two", "", "둘"]
TOKENS = [["one", "two"], [], ["둘"]]


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "corpus.txt"
    path.write_text("\n".join(TEXTS) + "\n", encoding="utf-8")
    return path


@pytest.mark.parametrize(
    "form",
    [list, tuple, iter, np.array, lambda texts: np.array(texts, object), lambda texts: (t for t in texts),
     lambda texts: dict.fromkeys(texts).keys(), lambda texts: dict(enumerate(texts)).values(), reversed],
    ids=["list", "tuple", "iterator", "array", "array of objects", "generator", "keys", "values", "reversed"],
)  # fmt: skip
def test_texts(form):
    wanted = TEXTS[::-1] if form is reversed else TEXTS
    given = given_documents(form(TEXTS))
    assert isinstance(given, Texts)
    assert list(given) == wanted
    blocks = list(given_documents(form(TEXTS)).blocks())
    assert [text for block in blocks for text in block.documents()] == wanted


@pytest.mark.parametrize("form", [list, tuple, iter, lambda lists: map(tuple, lists)])
def test_token_lists(form):
    given = given_documents(form(TOKENS))
    assert isinstance(given, TokenLists)
    assert list(map(list, given)) == TOKENS


def test_paths_and_corpora(path):
    for documents in (path, read_corpus(path)):
        given = given_documents(documents)
        assert isinstance(given, Texts)
        wanted = [text for text in TEXTS if text]  # of a file, an empty line is no document
        assert list(given) == wanted
        assert [text for block in given.blocks() for text in block.documents()] == wanted


def test_a_series_of_pandas():
    pandas = pytest.importorskip("pandas")
    for dtype in ("object", "string", "category"):
        series = pandas.Series(TEXTS, index=[7, 3, 5], dtype=dtype)
        assert list(given_documents(series)) == TEXTS
    assert list(map(list, given_documents(pandas.Series(TOKENS)))) == TOKENS


def test_nothing_is_texts():
    for nothing in ([], (), iter([]), np.array([], str)):
        given = given_documents(nothing)
        assert isinstance(given, Texts)
        assert list(given) == []
        assert list(given_documents([]).blocks()) == []


def test_only_one_document_is_read_ahead():
    read = []
    documents = (read.append(i) or "text" for i in range(5))
    given = given_documents(documents)
    assert read == [0]
    stream = iter(given)
    assert next(stream) == "text"
    assert read == [0]
    assert len(list(stream)) == 4


@pytest.mark.parametrize(
    ("documents", "message"),
    [
        ("one text", "documents is one str, 'one text'; for a file pass a Path or read_corpus(...)"),
        ("one text", "for a single document a list: [document]"),
        (b"bytes", "documents is one bytes, b'bytes'"),
        ("long " * 50, "long l...; for a file"),
        (None, "documents is None; pass a Path, read_corpus(...), or a list of str or of token lists"),
        (7, "documents is 7;"),
        (np.array("text"), "documents is array('text'"),
        ({"a": "text"}, "documents is a mapping (dict); pass what it holds: list(documents.values())"),
        ({"text"}, "documents is a set; a set has no order; pass a list: sorted(documents)"),
        (frozenset(["text"]), "documents is a frozenset;"),
        (np.array([["a", "b"]]), "documents is a table (ndarray); pass one column: frame['text'], or array[:, 0]"),
    ],
    ids=lambda value: str(value)[:20],
)  # fmt: skip
def test_what_is_no_collection(documents, message):
    with pytest.raises(TypeError, match=re.escape(message)):
        given_documents(documents)


def test_a_frame_of_pandas():
    pandas = pytest.importorskip("pandas")
    with pytest.raises(TypeError, match=r"documents is a table \(DataFrame\); pass one column: frame\['text'\]"):
        given_documents(pandas.DataFrame({"text": TEXTS}))


@pytest.mark.parametrize(
    ("documents", "message"),
    [
        ([None], "documents[0] is None; drop missing documents first: [d for d in documents if d is not None]"),
        (["a", None], "documents[1] is None; drop"),
        ([["a"], None], "documents[1] is None; drop"),
        (["a", float("nan")], "documents[1] is nan, a float; a document is a str or a list of tokens (str)"),
        ([3], "documents[0] is 3, a int; a document is"),
        ([b"a"], "documents[0] is b'a', a bytes"),
        ([Path("a")], "documents[0] is PosixPath('a'), a PosixPath"),
        (["a", "b", ["c"]], "documents[2] is ['c'], a list, but the documents before it are texts; pass either all"),
        ([["a"], ("b",), "c"], "documents[2] is 'c', a str, but the documents before it are token lists"),
        (["a", {"b": 1}], "documents[1] is {'b': 1}, a dict;"),
    ],
    ids=lambda value: str(value)[:20],
)  # fmt: skip
@pytest.mark.parametrize("way", ["strings", "blocks"])
@pytest.mark.skipif(sys.platform == "win32", reason="paths have another name there")
def test_what_is_no_document(documents, message, way):
    """It is refused when its turn comes, with its number."""
    given = given_documents(iter(documents))
    if way == "strings" or isinstance(given, TokenLists):
        n_good = next(i for i, d in enumerate(documents) if f"documents[{i}]" in message)
        stream = iter(given)
        assert [next(stream) for _ in range(n_good)] == documents[:n_good]
        with pytest.raises(TypeError, match=re.escape(message)):
            next(stream)
    else:
        with pytest.raises(TypeError, match=re.escape(message)):
            list(given.blocks())


@pytest.mark.parametrize(
    "vectorizer",
    [
        CountVectorizer(n_jobs=2),
        TfidfVectorizer(n_jobs=2, analyzer="char"),
        TfidfVectorizer(n_jobs=2, analyzer="char_wb", ngram_range=(2, 3)),
        Word2VecVectorizer(n_jobs=2, min_count=1, vector_size=4, epochs=1, sample=0),
    ],
    ids=["words", "characters", "within words", "word2vec"],
)
def test_what_a_caller_makes_while_it_is_read_is_read_by_the_calling_thread(vectorizer):
    """Rows of an sqlite database can be read by no other."""
    database = sqlite3.connect(":memory:")
    database.execute("create table documents (text)")
    database.executemany(
        "insert into documents values (?)", [(f"word{i % 7} and word{i % 11}",) for i in range(30_000)]
    )
    rows = (text for (text,) in database.execute("select text from documents"))
    vectorizer.fit(rows)
    assert len(vectorizer.vocabulary_) > 10
    assert next(rows, None) is None


@pytest.mark.skipif(not hasattr(signal, "SIGINT") or sys.platform == "win32", reason="signals of POSIX")
def test_ctrl_c_while_waiting_for_standard_input_leaves_python_as_it_was():
    """A thread left behind in the read would abort the interpreter when it ends."""
    program = """
from textrep import CountVectorizer, read_corpus
CountVectorizer(n_jobs=2).fit(["a b"])
print("ready", flush=True)
try:
    CountVectorizer(n_jobs=2).fit(read_corpus("-"))
except KeyboardInterrupt:
    print("interrupted", flush=True)
"""
    with subprocess.Popen([sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout.readline() == b"ready\n"
        process.stdin.write(b"one line\n")
        process.stdin.flush()
        time.sleep(0.5)
        process.send_signal(signal.SIGINT)
        assert process.stdout.readline() == b"interrupted\n"
        process.stdin.close()
        assert process.wait(20) == 0
