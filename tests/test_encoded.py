"""`encode_corpus` and `EncodedCorpus`: against plain Python, by every way in, in memory and in a file."""

import os
import random
import re
import signal
import subprocess
import sys
import threading
import time
import tracemalloc
import unicodedata
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from textrep.corpus import read_corpus
from textrep.encoded import IDS_IN_MEMORY, EncodedCorpus, encode_corpus
from textrep.errors import EmptyCorpusError
from textrep.text import get_tokenizer
from textrep.vocabulary import Vocabulary

TEXTS = [
    "The cat sat on the mat.",
    "",
    "고양이가 매트 위에 앉았다. The mat!",
    "Cafe\u0301 CAFÉ café",
    " ... ",
    "ΟΔΟΣ the end",
]


def words(text):
    return re.findall(r"\w+", unicodedata.normalize("NFC", text).lower())


def expected(token_lists, min_count=1, max_size=None):
    """The whole result in plain Python: tokens, counts, documents as ids."""
    counts = Counter(token for tokens in token_lists for token in tokens)
    order = sorted((t for t in counts if counts[t] >= min_count), key=lambda t: (-counts[t], t))[:max_size]
    number = {token: i for i, token in enumerate(order)}
    return order, [counts[t] for t in order], [[number[t] for t in tokens if t in number] for tokens in token_lists]


def documents_of(encoded):
    return [d.tolist() for d in np.split(encoded.ids, encoded.offsets[1:-1])] if encoded.n_docs else []


def assert_is(result, tokens, counts, documents):
    vocabulary, encoded = result
    assert vocabulary.to_list() == tokens
    assert vocabulary.counts.tolist() == counts
    assert documents_of(encoded) == documents
    assert (encoded.n_docs, encoded.n_tokens) == (len(documents), sum(map(len, documents)))
    assert (encoded.ids.dtype, encoded.offsets.dtype) == (np.int32, np.int64)
    assert encoded.offsets[0] == 0


def many_texts(n=3000, seed=1):
    rng = random.Random(seed)
    plain = [f"w{i}" for i in range(800)]
    odd = ["Cafe\u0301", "ΟΔΟΣ", "한국어", "\u1112\u1161\u11ab", "İz", "\U0001d400", "", "..."]
    return [
        " ".join(rng.choices(plain, k=rng.randrange(25)) + rng.choices(odd, k=rng.randrange(3) // 2)) for _ in range(n)
    ]


@pytest.fixture
def small_blocks(monkeypatch):
    """Many small blocks, so that threads have something to share."""
    from textrep.corpus.block import blocks_of

    monkeypatch.setattr("textrep.documents.blocks_of", lambda documents, refusal: blocks_of(documents, 2000, refusal))


@pytest.mark.parametrize("memory_limit", [IDS_IN_MEMORY, 0], ids=["memory", "file"])
@pytest.mark.parametrize(
    "way",
    ["list", "generator", "path", "corpus", "callable", "token lists", "token tuples", "tokenizer"],
)
def test_every_way_gives_the_same(tmp_path, way, memory_limit):
    texts = [text for text in TEXTS if text.strip()] if way in ("path", "corpus") else TEXTS
    path = tmp_path / "corpus.txt"
    path.write_text("\n".join(texts), encoding="utf-8")
    documents, tokenizer = {
        "list": (texts, "word"),
        "generator": ((text for text in texts), "word"),
        "path": (path, "word"),
        "corpus": (read_corpus(path), "word"),
        "callable": (texts, words),
        "token lists": (list(map(words, texts)), "word"),
        "token tuples": ((tuple(words(text)) for text in texts), "word"),
        "tokenizer": (texts, get_tokenizer("word")),
    }[way]
    result = encode_corpus(documents, tokenizer, memory_limit=memory_limit)
    assert_is(result, *expected(list(map(words, texts))))
    assert result[1].in_file == (memory_limit == 0)
    assert result[0].total_tokens == sum(len(words(text)) for text in texts)
    result[1].close()


@pytest.mark.parametrize(
    ("name", "function"), [("whitespace", str.split), ("char", get_tokenizer("char").__call__), ("word", words)]
)
def test_kernel_and_callable_give_the_same_on_real_text(name, function):
    documents = list(read_corpus(*sorted(Path(__file__).parents[1].glob("corpora/*.txt"))[:2]))[:2000] or many_texts()
    fast, slow = encode_corpus(documents, name, min_count=2), encode_corpus(documents, function, min_count=2)
    assert_is(fast, slow[0].to_list(), slow[0].counts.tolist(), documents_of(slow[1]))
    assert fast[0].total_tokens == slow[0].total_tokens


@settings(max_examples=60, deadline=None)
@given(
    documents=st.lists(
        st.lists(st.sampled_from(["a", "b", "C", "é", "가", "𝐀", "dd"]), max_size=8), min_size=1, max_size=12
    ),
    min_count=st.integers(1, 3),
    max_size=st.none() | st.integers(1, 4),
    way=st.sampled_from(["kernel", "callable", "lists"]),
    memory_limit=st.sampled_from([0, 60, IDS_IN_MEMORY]),
)
def test_pruning(documents, min_count, max_size, way, memory_limit):
    given_as = documents if way == "lists" else [" ".join(tokens) for tokens in documents]
    tokenizer = str.split if way == "callable" else "whitespace"
    options = {"min_count": min_count, "max_size": max_size, "memory_limit": memory_limit}
    wanted = expected(documents, min_count, max_size)
    if not wanted[0]:
        with pytest.raises(EmptyCorpusError):
            encode_corpus(given_as, tokenizer, **options)
        return
    vocabulary, encoded = encode_corpus(given_as, tokenizer, **options)
    assert_is((vocabulary, encoded), *wanted)
    assert vocabulary.total_tokens == sum(map(len, documents))
    encoded.close()


@pytest.mark.usefixtures("small_blocks")
@pytest.mark.parametrize("n_jobs", [1, 2, 3, None, -1])
def test_threads_do_not_change_the_result(n_jobs):
    texts = many_texts()
    result = encode_corpus(texts, n_jobs=n_jobs, min_count=3)
    assert_is(result, *expected(list(map(words, texts)), min_count=3))


def test_a_given_vocabulary():
    vocabulary = Vocabulary.from_counts({"the": 5, "mat": 3, "café": 2, "dog": 1})
    wanted = [[vocabulary[t] for t in words(text) if t in vocabulary] for text in TEXTS]
    for documents, tokenizer in ((TEXTS, "word"), (TEXTS, words), (list(map(words, TEXTS)), "word")):
        for n_jobs in (1, 3):
            same, encoded = encode_corpus(documents, tokenizer, vocabulary=vocabulary, n_jobs=n_jobs)
            assert same is vocabulary
            assert documents_of(encoded) == wanted
    for documents in ([], ["", "none of them"], [["x"]], [[]]):
        encoded = encode_corpus(documents, vocabulary=vocabulary)[1]
        assert (encoded.n_tokens, encoded.n_docs, encoded.ids.tolist()) == (0, len(documents), [])
        assert encoded.offsets.tolist() == [0] * (len(documents) + 1)


@pytest.mark.usefixtures("small_blocks")
def test_a_given_vocabulary_in_threads():
    vocabulary = Vocabulary.from_counts({f"w{i}": 1 for i in range(0, 800, 3)} | {"café": 9})
    texts = many_texts()
    encoded = encode_corpus(texts, vocabulary=vocabulary, n_jobs=3, memory_limit=0)[1]
    number = {token: i for i, token in enumerate(vocabulary)}
    assert documents_of(encoded) == [[number[t] for t in words(text) if t in number] for text in texts]


@pytest.mark.parametrize("memory_limit", [IDS_IN_MEMORY, 0], ids=["memory", "file"])
def test_reading_parts(memory_limit):
    texts = ["a b c", "", "d e", "", "", "f", ""]
    encoded = encode_corpus(texts, memory_limit=memory_limit)[1]
    ids, offsets = encoded.ids.tolist(), encoded.offsets.tolist()
    assert offsets == [0, 3, 3, 5, 5, 5, 6, 6]
    for start in range(7):
        for stop in range(start, 7):
            assert encoded.read(start, stop).tolist() == ids[start:stop]
            span, boundaries = encoded.span(start, stop)
            assert span.tolist() == ids[start:stop]
            assert boundaries.tolist() == sorted({o - start for o in offsets if start < o < stop})
            assert (span.dtype, boundaries.dtype) == (np.int32, np.int64)
    assert encoded.read_offsets(2, 5).tolist() == offsets[2:5]
    for start, stop in ((-1, 2), (3, 2), (0, 7)):
        with pytest.raises(ValueError, match=f"{start}:{stop} is no range within the 6 tokens"):
            encoded.read(start, stop)
    with pytest.raises(ValueError, match="8 offsets"):
        encoded.read_offsets(0, 9)


@pytest.mark.parametrize("memory_limit", [IDS_IN_MEMORY, 0], ids=["memory", "file"])
def test_closed(memory_limit):
    with encode_corpus(["a b"], memory_limit=memory_limit)[1] as encoded:
        assert encoded.ids.tolist() == [0, 1]
    assert "closed" in repr(encoded)
    for use in (lambda: encoded.ids, lambda: encoded.offsets, lambda: encoded.read(0, 1), lambda: encoded.span(0, 1)):
        with pytest.raises(ValueError, match="the encoded corpus is closed"):
            use()


def test_keys_of_a_dict_and_columns_are_documents():
    for documents in ({"a b": 1, "a": 2}.keys(), np.array(["a b", "a"]), np.array(["a b", "a"], object)):
        assert_is(encode_corpus(documents), ["a", "b"], [2, 1], [[0, 1], [0]])


def test_from_arrays():
    encoded = EncodedCorpus.from_arrays([3, 1, 2], [0, 1, 1, 3])
    assert documents_of(encoded) == [[3], [], [1, 2]]
    for ids, offsets, message in (
        ([1, -1], [0, 2], "values from 0"),
        ([[1]], [0, 1], "one-dimensional"),
        ([1, 2], [0, 1], "offsets must rise from 0 to 2"),
        ([1, 2], [0, 2, 1, 2], "offsets must rise"),
        ([1, 2], [1, 2], "offsets must rise"),
        ([], [], "offsets must rise"),
    ):
        with pytest.raises(ValueError, match=message):
            EncodedCorpus.from_arrays(ids, offsets)


@pytest.mark.parametrize("n_jobs", [None, np.int64(2), -1, -2, -1000])
def test_n_jobs_as_scikit_learn_counts(n_jobs):
    assert_is(encode_corpus(["a b", "a"], n_jobs=n_jobs), ["a", "b"], [2, 1], [[0, 1], [0]])


@pytest.mark.usefixtures("small_blocks")
def test_progress():
    texts = many_texts(500)
    n_bytes = sum(len(text.encode()) for text in texts)
    for documents, tokenizer, total in ((texts, "word", n_bytes), (texts, words, n_bytes), ([["a"]] * 500, "word", 0)):
        seen = []

        def tell(n_documents, n_bytes_done, seen=seen):
            seen.append((n_documents, n_bytes_done, threading.current_thread()))

        encode_corpus(documents, tokenizer, on_progress=tell, n_jobs=2)
        assert seen == sorted(seen, key=lambda s: s[0])
        assert seen[-1] == (500, total, threading.main_thread())


@pytest.mark.usefixtures("small_blocks")
@pytest.mark.parametrize("tokenizer", ["word", str.split])
def test_an_error_of_the_corpus_leaves_nothing_behind(tmp_path, monkeypatch, tokenizer):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    opened = []
    make = __import__("tempfile").TemporaryFile
    monkeypatch.setattr("tempfile.TemporaryFile", lambda **options: opened.append(make(**options)) or opened[-1])
    n_threads = threading.active_count()

    def documents():
        yield from many_texts() * 4
        raise RuntimeError("the source broke")

    with pytest.raises(RuntimeError, match="the source broke"):
        encode_corpus(documents(), tokenizer, n_jobs=3, memory_limit=1000)
    assert len(opened) == 2
    assert all(file.closed for file in opened)
    assert list(tmp_path.iterdir()) == []
    assert threading.active_count() == n_threads


@pytest.mark.skipif(os.name != "posix", reason="sends SIGINT")
@pytest.mark.parametrize("tokenizer", ["'word'", "str.split"])
def test_ctrl_c_leaves_nothing_behind(tmp_path, tokenizer):
    script = f"""
import itertools
from textrep.encoded import encode_corpus
def documents():
    for i in itertools.count():
        if i == 60_000:
            print("running", flush=True)
        yield "some words of a text without end"
encode_corpus(documents(), {tokenizer}, n_jobs=2, memory_limit=1000)
"""
    environment = os.environ | {"TMPDIR": str(tmp_path)}
    process = subprocess.Popen(
        [sys.executable, "-c", script], env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout.readline() == "running\n"
    time.sleep(0.1)
    process.send_signal(signal.SIGINT)
    _, messages = process.communicate(timeout=60)
    assert "KeyboardInterrupt" in messages
    assert process.returncode in (-signal.SIGINT, 130)
    assert list(tmp_path.iterdir()) == []


def test_the_result_does_not_depend_on_the_hash_seed():
    script = """
from textrep.encoded import encode_corpus
texts = ["b a c d", "e d c", "f e z y x"]
for tokenizer in ("word", str.split):
    vocabulary, encoded = encode_corpus(texts, tokenizer)
    print(vocabulary.to_list(), encoded.ids.tolist())
print("sklearn" in __import__("sys").modules, "scipy.sparse" in __import__("sys").modules)
"""
    environment = os.environ | {"PYTHONHASHSEED": "1"}
    run = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=True)
    line = "['c', 'd', 'e', 'a', 'b', 'f', 'x', 'y', 'z'] [4, 3, 0, 1, 2, 1, 0, 5, 2, 8, 7, 6]\n"
    assert run.stdout == line + line + "False False\n"


@pytest.mark.usefixtures("small_blocks")
def test_memory_does_not_grow_with_the_corpus():
    """Peak memory that Python and NumPy allocate: ten times the text of the same vocabulary, far less than its ids."""
    texts = many_texts(500, seed=3)
    encode_corpus(texts)  # tables and kernels

    def peak(times):
        tracemalloc.start()
        encoded = encode_corpus((text for _ in range(times) for text in texts), memory_limit=20_000)[1]
        n_tokens = encoded.n_tokens
        assert encoded.in_file
        for start in range(0, n_tokens, 1000):
            encoded.span(start, min(start + 1000, n_tokens))
        measured = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        encoded.close()
        return measured, 4 * n_tokens

    (few, bytes_of_few), (many, bytes_of_many) = peak(4), peak(40)
    assert many - few < 0.2 * (bytes_of_many - bytes_of_few), "next to the ids: of each of the small blocks its size"


@pytest.mark.parametrize("documents", [[], [""], ["", "!?"], [[], []]])
def test_documents_without_tokens_may_be_allowed(documents: list[str]) -> None:
    vocabulary, corpus = encode_corpus(documents, allow_empty=True)
    with corpus:
        assert (len(vocabulary), corpus.n_tokens, corpus.n_docs) == (0, 0, len(documents))
        assert corpus.offsets.tolist() == [0] * (len(documents) + 1)
    with pytest.raises(EmptyCorpusError):
        encode_corpus(documents)
