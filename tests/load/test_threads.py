"""Sixteen threads at one object, all beginning at once: they find what one thread finds, bit by bit.

What is made at first use is made while all of them ask, so each round has a store or a vectorizer of its own.
"""

from __future__ import annotations

import gc
import os
import subprocess
import sys
import threading
import time
import weakref
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numba
import numpy as np
import pytest
from numba.core import config
from questions import KINDS, TEXTS, UNKNOWN, asked, comparable, opened
from vectorizer_kinds import KINDS as VECTORIZERS

import textrep.store.lookup
import textrep.store.neighbours
import textrep.store.sparse_neighbours
from textrep import CountVectorizer, EmbeddingStore, OneHotVectorizer, TfidfVectorizer, Word2VecVectorizer
from textrep.kernels import jit
from textrep.store.index import VectorIndex
from textrep.store.subwords import SubwordTable
from textrep.vectorizers import sparse
from textrep.vectorizers.pooled import StoreVectorizer

N_THREADS = 16


@pytest.fixture(autouse=True)
def quick_turns() -> Iterator[None]:
    """Have Python change from thread to thread a thousand times as often as it does."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(5e-6)
    yield
    sys.setswitchinterval(before)


def together(work: Callable[[int], Any], n_threads: int = N_THREADS) -> list[Any]:
    """Return what threads make of their numbers, all at once; raise what one of them raises."""
    ready = threading.Barrier(n_threads)
    results: list[Any] = [None] * n_threads
    errors: list[BaseException] = []

    def run(number: int) -> None:
        try:
            ready.wait(60)
            results[number] = work(number)
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=run, args=(number,), daemon=True) for number in range(n_threads)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert not any(thread.is_alive() for thread in threads), "threads wait for each other"
    if errors:
        raise errors[0]
    return results


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("by_kernels", [False, True])
def test_threads_that_ask_a_store_just_opened_find_what_one_finds(stores, kind, by_kernels, monkeypatch):
    if by_kernels:  # as for stores that are a thousand times as large
        monkeypatch.setattr(textrep.store.neighbours, "_MANY_SCORES", 1)
        monkeypatch.setattr(textrep.store.sparse_neighbours, "_MANY_NONZEROS", 1)
    wanted = asked(opened(stores, kind), kind)
    for _ in range(2):
        store = opened(stores, kind)
        assert together(partial(asked, store, kind)) == [wanted] * N_THREADS


def counting(monkeypatch: pytest.MonkeyPatch, owner: Any, name: str) -> list[str]:
    """Note each call of a function, and make it take a while."""
    calls: list[str] = []
    real = getattr(owner, name)

    def noting(*args: Any, **options: Any) -> Any:
        calls.append(name)
        time.sleep(0.02)
        return real(*args, **options)

    monkeypatch.setattr(owner, name, noting)
    return calls


@pytest.mark.parametrize(
    ("kind", "owner", "name", "ask"),
    [
        ("foreign", SubwordTable, "compose", lambda store: store.similar("cat")),  # as much memory as all vectors
        ("dense", VectorIndex, "opened", lambda store: store.similar("word0", approximate=True)),  # reads it all
        ("documents", Word2VecVectorizer, "from_saved", lambda store: store.similar_to_text("a cat")),
    ],
)
def test_what_is_made_at_first_use_is_made_by_one_of_the_threads(stores, kind, owner, name, ask, monkeypatch):
    wanted, store = ask(opened(stores, kind)), opened(stores, kind)
    calls = counting(monkeypatch, owner, name)
    assert together(lambda _: ask(store)) == [wanted] * N_THREADS
    assert len(calls) == 1


def test_a_store_that_fails_fails_for_every_thread(stores, monkeypatch):
    def broken(*_: Any) -> None:
        raise OSError("no more memory")

    store = opened(stores, "foreign")
    monkeypatch.setattr(SubwordTable, "compose", broken)

    def ask(_: int) -> str:
        try:
            return str(store.similar("cat"))
        except OSError as error:
            return str(error)

    assert set(together(ask)) == {"no more memory"}
    monkeypatch.undo()
    assert store.similar("cat") == opened(stores, "foreign").similar("cat")


def test_a_store_can_be_let_go_of_and_its_file_replaced_while_threads_ask(stores, tmp_path):
    path = tmp_path / "store"
    path.write_bytes((stores / "dense").read_bytes())
    wanted = asked(opened(stores, "dense"), "dense")
    held = [EmbeddingStore.open(path)] * N_THREADS
    is_there = weakref.ref(held[0])
    other = EmbeddingStore.from_vectors(["another"], np.ones((1, 16), np.float32))

    def ask(number: int) -> Any:
        store = held.pop()
        if number == 0:
            other.save(path)
        if number == 1:
            gc.collect()
        return asked(store, "dense", number)

    assert together(ask) == [wanted] * N_THREADS
    gc.collect()
    assert is_there() is None
    assert list(EmbeddingStore.open(path).keys) == ["another"]


def test_an_index_made_while_threads_ask_is_asked_as_soon_as_it_is_there(stores):
    store = EmbeddingStore.from_vectors(opened(stores, "dense").keys, opened(stores, "dense").vectors)
    wanted = store.similar("word0")

    def ask(number: int) -> Any:
        if number == 0:
            store.build_index(expansion_add=32)
        return store.similar("word0")

    assert together(ask, 4) == [wanted] * 4
    assert store.similar("word0", approximate=True) == wanted


@pytest.mark.parametrize("n_jobs", [1, 2])
@pytest.mark.parametrize("kind", VECTORIZERS)
def test_threads_transform_with_one_vectorizer(kind, n_jobs):
    vectorizer = VECTORIZERS[kind].make(n_jobs=n_jobs).fit(TEXTS)
    wanted = comparable(vectorizer.transform(TEXTS))
    assert together(lambda _: comparable(vectorizer.transform(TEXTS))) == [wanted] * N_THREADS


@pytest.mark.parametrize("analyzer", ["word", "char", "char_wb"])
def test_threads_count_n_grams_by_one_table(analyzer):
    made = TfidfVectorizer(analyzer=analyzer, ngram_range=(1, 3))
    wanted = comparable(made.fit(TEXTS).transform(TEXTS))
    for _ in range(3):
        made.fit(TEXTS)
        assert together(lambda _: comparable(made.transform(TEXTS))) == [wanted] * N_THREADS


def test_n_grams_are_made_ready_for_counting_by_one_of_the_threads(monkeypatch):
    vectorizer = TfidfVectorizer(ngram_range=(1, 2)).fit(TEXTS)
    calls = counting(monkeypatch, sparse, "known_features")
    together(lambda _: vectorizer.transform(TEXTS))
    assert len(calls) == 1


@pytest.mark.parametrize("cls", [CountVectorizer, OneHotVectorizer])
def test_threads_use_a_vocabulary_that_was_given_and_needs_no_fit(cls, monkeypatch):
    words = ["cat", "dog", "mat", "문서"]
    wanted = comparable(cls(vocabulary=words).transform(TEXTS))
    for name in ("analyzer_of", "given_terms"):  # where a thread begins, and has forgotten what there was
        counting(monkeypatch, sparse, name)
    vectorizer = cls(vocabulary=words)

    def transformed(number: int) -> Any:
        time.sleep(number * 0.002)  # some come when others are done
        return [comparable(vectorizer.transform(TEXTS)) for _ in range(3)]

    assert together(transformed) == [[wanted] * 3] * N_THREADS


@pytest.mark.parametrize("pooling", ["mean", "tfidf", "sif"])
def test_threads_pool_the_vectors_of_one_store(stores, pooling):
    documents = [*TEXTS, " ".join(UNKNOWN)]
    wanted = comparable(StoreVectorizer(opened(stores, "subwords"), pooling).fit(TEXTS).transform(documents))
    vectorizer = StoreVectorizer(opened(stores, "foreign"), pooling).fit(TEXTS)
    found = together(lambda _: comparable(vectorizer.transform(documents)))
    assert len(set(found)) == 1
    assert wanted[0] == found[0][0]


def test_kernels_that_threads_declare_at_once_all_lie_in_the_cache(monkeypatch):
    folders = []

    def declared(**_: Any) -> Callable[[Any], Any]:
        folders.append(config.CACHE_DIR)
        time.sleep(0.005)
        folders.append(config.CACHE_DIR)
        return lambda function: function

    before = config.CACHE_DIR
    monkeypatch.setattr(numba, "njit", declared)
    together(lambda _: jit.kernel(len))
    assert set(folders) == {str(jit.cache_folder())}
    assert before == config.CACHE_DIR


FIRST = """
import sys, threading
sys.setswitchinterval(5e-6)
from textrep.keytable import KeyTable
words = [f"word{i}" for i in range(3000)]
ready, found = threading.Barrier(16), []
def ask():
    ready.wait(60)
    table = KeyTable.from_strings(words)
    found.append(table.find_many(words + ["none"]).tolist())
threads = [threading.Thread(target=ask) for _ in range(16)]
for thread in threads: thread.start()
for thread in threads: thread.join()
assert found == [[*range(3000), -1]] * 16, len(found)
import numba
from pathlib import Path
assert numba.core.config.CACHE_DIR == sys.argv[1], numba.core.config.CACHE_DIR
"""
FIRST_OF_MANY = """
import threading
from questions import TEXTS, comparable
from textrep import EmbeddingStore, TfidfVectorizer
import numpy as np
import textrep.store.neighbours
textrep.store.neighbours._MANY_SCORES = 1
store = EmbeddingStore.from_vectors(map(str, range(500)), np.random.default_rng(0).normal(size=(500, 8)))
ready, found = threading.Barrier(16), []
def ask():
    ready.wait(60)
    matrix = TfidfVectorizer(ngram_range=(1, 2)).fit_transform(TEXTS)
    found.append((comparable(matrix), store.similar(["1", "2"])))
threads = [threading.Thread(target=ask) for _ in range(16)]
for thread in threads: thread.start()
for thread in threads: thread.join()
assert len(found) == 16 and all(one == found[0] for one in found), len(found)
"""


@pytest.mark.parametrize("program", [FIRST, pytest.param(FIRST_OF_MANY, marks=pytest.mark.slow)], ids=["few", "many"])
def test_kernels_that_threads_ask_for_at_once_are_compiled(program, tmp_path):
    cache = tmp_path / "cache"
    variables = {"NUMBA_CACHE_DIR": str(cache), "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run(
        [sys.executable, "-c", program, str(cache)],
        env=os.environ | variables,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert not list(Path(textrep.__file__).parent.glob("kernels/__pycache__/*.nbi"))
    assert list(cache.rglob("*.nbi"))


def test_threads_predict_with_one_classifier_what_one_predicts():
    torch = pytest.importorskip("torch")
    from textrep import FeedForwardClassifier, RecurrentClassifier

    labels = [i % 2 for i in range(len(TEXTS))]
    matrix = TfidfVectorizer().fit_transform(TEXTS)
    small = {"max_epochs": 1, "random_state": 0, "device": "cpu", "validation_fraction": 0}
    for model, rows in (
        (FeedForwardClassifier((8,), **small), matrix),
        (RecurrentClassifier(hidden_size=4, **small), TEXTS),
    ):
        model.fit(rows, labels)
        wanted = comparable(model.predict_proba(rows))
        model.network_.train()  # the first to predict finds it so
        assert together(lambda _, model=model, rows=rows: comparable(model.predict_proba(rows))) == [wanted] * N_THREADS
        assert not model.network_.training
    assert torch.is_grad_enabled()
