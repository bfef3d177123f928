"""Stores, vectorizers and classifiers in other processes: forked and new ones, of joblib, PyTorch and scikit-learn.

A forked process has one of its parent's threads, and every lock as it was: what the parent has begun must not be waited
for. So each test has a limit, after which the process is killed.
"""

from __future__ import annotations

import multiprocessing
import os
import pickle
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from multiprocessing.pool import ThreadPool
from typing import Any

import numba
import numpy as np
import pytest
from joblib import Parallel, delayed, parallel_config
from numba.core.compiler_lock import global_compiler_lock
from questions import KINDS, TEXTS, FirstWords, Rows, asked, asked_by_kernels, comparable, made_stores, opened
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from vectorizer_kinds import KINDS as VECTORIZERS

import textrep.locks
import textrep.text.korean
from textrep import EmbeddingStore, TfidfVectorizer, Word2VecVectorizer
from textrep.encoded import encode_corpus
from textrep.store.subwords import SubwordTable
from textrep.vectorizers.pooled import StoreVectorizer

can_fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="processes are forked on POSIX systems only")
METHODS = [
    pytest.param("fork", marks=can_fork),
    pytest.param("spawn", marks=pytest.mark.slow),  # the new processes of joblib's "loky" are there each time
    pytest.param("forkserver", marks=[can_fork, pytest.mark.slow]),
]
LIMIT = 60  # seconds
LABELS = [i % 2 for i in range(len(TEXTS))]


def in_fork(work: Callable[[], Any]) -> Any:
    """Return what a forked process makes; fail if it waits for something that is not there."""
    context = multiprocessing.get_context("fork")
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(target=lambda: sender.send(work()), daemon=True)
    process.start()
    sender.close()
    try:
        if not receiver.poll(LIMIT):
            pytest.fail("a forked process hangs")
        return receiver.recv()
    finally:
        process.kill()
        process.join()


@contextmanager
def thread_that(holds: Callable[[], Any]) -> Iterator[None]:
    """Have another thread within `holds()` while the block runs."""
    inside, may_go = threading.Event(), threading.Event()

    def run() -> None:
        with holds():
            inside.set()
            may_go.wait(2 * LIMIT)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    assert inside.wait(LIMIT)
    try:
        yield
    finally:
        may_go.set()
        thread.join(LIMIT)


@pytest.mark.parametrize("method", METHODS)
def test_workers_find_what_the_parent_finds(stores, method, monkeypatch):
    of_files = {kind: opened(stores, kind) for kind in KINDS}
    wanted = {kind: asked(store, kind) for kind, store in of_files.items()}  # so that all that is lazy is there
    tasks = [(store, kind, turn) for kind, store in of_files.items() for turn in (0, 3)]
    with multiprocessing.get_context(method).Pool(2) as pool:
        for ask in (asked, asked_by_kernels):
            for (_, kind, _), found in zip(tasks, pool.starmap_async(ask, tasks).get(LIMIT), strict=True):
                assert found == wanted[kind]


@can_fork
def test_a_fork_asks_the_stores_of_its_parent_and_not_copies(stores):
    for kind in KINDS:
        store, lazy = opened(stores, kind), opened(stores, kind)
        wanted = asked_by_kernels(store, kind)
        assert in_fork(lambda store=store, kind=kind: asked_by_kernels(store, kind)) == wanted
        assert in_fork(lambda store=lazy, kind=kind: asked_by_kernels(store, kind)) == wanted


@can_fork
@pytest.mark.parametrize("kind", VECTORIZERS)
def test_vectorizers_learn_in_a_fork_in_threads(kind):
    """Those of which results do not depend on threads; the others train in one, and transform in two."""
    vectorizer = VECTORIZERS[kind].make()
    is_trained = hasattr(vectorizer, "sample")
    vectorizer.set_params(n_jobs=1 if is_trained else 2)
    wanted = transformed(vectorizer.fit(TEXTS))
    assert in_fork(lambda: transformed(clone(vectorizer).fit(TEXTS).set_params(n_jobs=2))) == wanted
    assert in_fork(lambda: transformed(vectorizer.set_params(n_jobs=2))) == wanted
    if is_trained:
        two_threads = clone(vectorizer).set_params(n_jobs=2)
        assert np.isfinite(in_fork(lambda: two_threads.fit(TEXTS).vectors_)).all()


@can_fork
def test_a_fork_waits_for_no_lock_that_another_thread_held(stores):
    store, lazy = opened(stores, "dense"), opened(stores, "foreign")
    wanted = store.similar("word0", approximate=True), asked(opened(stores, "foreign"), "foreign")
    assert textrep.text.korean._loading in textrep.locks._locks

    @contextmanager
    def all_locks() -> Iterator[None]:
        with ExitStack() as held:
            for lock in list(textrep.locks._locks):
                held.enter_context(lock.held())
            yield

    with thread_that(all_locks):
        found = in_fork(lambda: (store.similar("word0", approximate=True), asked(lazy, "foreign")))
    assert found == wanted
    assert (store.similar("word0", approximate=True), asked(lazy, "foreign")) == wanted


@can_fork
def test_a_fork_computes_what_another_thread_was_computing(stores, monkeypatch):
    wanted, store = opened(stores, "foreign").similar("cat"), opened(stores, "foreign")
    real, parent, begun, may_go = SubwordTable.compose, os.getpid(), threading.Event(), threading.Event()

    def composed(*args: Any) -> Any:
        if os.getpid() == parent:
            begun.set()
            may_go.wait(2 * LIMIT)
        return real(*args)

    monkeypatch.setattr(SubwordTable, "compose", composed)
    answers: list[Any] = []
    thread = threading.Thread(target=lambda: answers.append(store.similar("cat")), daemon=True)
    thread.start()
    assert begun.wait(LIMIT)
    try:
        assert in_fork(lambda: store.similar("cat")) == wanted
    finally:
        may_go.set()
        thread.join(LIMIT)
    assert answers == [wanted]


@can_fork
def test_a_fork_compiles_kernels_though_another_thread_was_compiling():
    forked: list[Any] = []

    def compiled() -> int:
        return numba.njit(lambda x: x + 1)(1)

    fork = threading.Thread(target=lambda: forked.append(in_fork(compiled)), daemon=True)
    with thread_that(lambda: global_compiler_lock):
        fork.start()
        fork.join(0.3)  # either it is waiting, or it is too late
    fork.join(2 * LIMIT)
    assert forked == [2]
    assert compiled() == 2


@can_fork
def test_forks_read_a_corpus_in_a_temporary_file_at_once():
    texts = [" ".join(f"w{(i * j) % 97}" for j in range(1, 40)) for i in range(400)]
    _, wanted = encode_corpus(texts, "word")
    _, corpus = encode_corpus(texts, "word", memory_limit=1000)
    assert corpus.in_file
    ids = wanted.read(0, corpus.n_tokens)

    def read(turn: int) -> bool:
        starts = np.random.default_rng(turn).integers(0, corpus.n_tokens - 50, 2000).tolist()
        return all(np.array_equal(corpus.read(start, start + 50), ids[start : start + 50]) for start in starts)

    with corpus, ThreadPool(3) as threads:
        assert threads.map(lambda turn: in_fork(lambda: read(turn)) if turn else read(turn), range(3)) == [True] * 3


def test_a_store_that_was_opened_goes_to_workers_as_a_path(stores):
    for kind in ("dense", "subwords", "sparse", "documents"):
        store = opened(stores, kind)
        asked(store, kind)
        for holder in (store, StoreVectorizer(store), Rows(FirstWords(store)), make_pipeline(StoreVectorizer(store))):
            assert len(pickle.dumps(holder)) < 800
        assert pickle.loads(pickle.dumps(store)).path == clone(StoreVectorizer(store)).store.path == stores / kind


def test_a_store_in_memory_takes_its_vectors_to_workers(stores):
    in_memory = made_stores()
    tasks = [(store, kind) for kind, store in in_memory.items()]
    with multiprocessing.Pool(1) as pool:  # by a pipe, also where workers are forked
        found = pool.starmap_async(asked, tasks).get(LIMIT)
    assert found == [asked(opened(stores, kind), kind) for kind in in_memory]


@pytest.mark.parametrize("backend", ["loky", pytest.param("multiprocessing", marks=can_fork), "threading"])
def test_jobs_of_joblib_find_what_one_process_finds(stores, backend):
    of_files = {kind: opened(stores, kind) for kind in KINDS}
    large = EmbeddingStore.from_vectors(map(str, range(20_000)), np.tile(of_files["dense"].vectors, (7, 1))[:20_000])
    assert large.vectors.nbytes > 1_000_000  # beyond which joblib's processes have arrays as maps of a file
    wanted = {kind: asked(store, kind) for kind, store in of_files.items()}
    tasks = [delayed(asked)(store, kind) for kind, store in of_files.items()]
    tasks += [delayed(asked_by_kernels)(large, "large"), delayed(asked)(large, "large", 3)]
    fitted = [VECTORIZERS[kind].make().fit(TEXTS) for kind in VECTORIZERS]
    fitted.append(Word2VecVectorizer.load(stores / "vectorizer"))  # whose arrays are mapped
    tasks += [delayed(transformed)(vectorizer) for vectorizer in fitted]
    found = Parallel(2, backend=backend, timeout=LIMIT)(tasks)
    assert found[: len(KINDS)] == list(wanted.values())
    assert found[len(KINDS) : len(KINDS) + 2] == [asked(large, "large")] * 2
    assert found[len(KINDS) + 2 :] == list(map(transformed, fitted))


@pytest.mark.parametrize("method", METHODS)
def test_workers_of_a_data_loader_make_what_one_process_makes(stores, method):
    torch = pytest.importorskip("torch")
    store = opened(stores, "subwords")
    functions = [
        FirstWords(store),
        StoreVectorizer(store, "sif").fit(TEXTS).transform,
        TfidfVectorizer().fit(TEXTS).transform,
        Word2VecVectorizer.load(stores / "vectorizer").transform,
    ]
    for function in functions:
        rows = Rows(function)
        loader = torch.utils.data.DataLoader(
            rows, batch_size=4, num_workers=2, multiprocessing_context=method, timeout=LIMIT
        )
        numbers, vectors = map(torch.cat, zip(*loader, strict=True))
        assert numbers.tolist() == list(range(len(TEXTS)))
        np.testing.assert_array_equal(vectors.numpy(), np.stack([rows[i][1] for i in range(len(rows))]))


@can_fork
def test_classifiers_learn_and_predict_in_a_fork_of_a_process_whose_pytorch_has_threads():
    torch = pytest.importorskip("torch")
    from textrep import FeedForwardClassifier

    def model() -> FeedForwardClassifier:
        return FeedForwardClassifier((256,), max_epochs=1, batch_size=512, device="cpu", random_state=0)

    rows = np.random.default_rng(0).normal(size=(2000, 300)).astype(np.float32)  # enough for both threads
    labels = (rows[:, 0] > 0).astype(int)
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        fitted = model().fit(rows, labels)
        wanted = fitted.predict_proba(rows)
        found = in_fork(lambda: (fitted.predict_proba(rows), model().fit(rows, labels).predict_proba(rows)))
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(before)
    for probabilities in found:
        np.testing.assert_allclose(probabilities, wanted, atol=1e-5)


def transformed(vectorizer: Any) -> Any:
    return comparable(vectorizer.transform(TEXTS))


SEARCHES = {
    "word2vec": (VECTORIZERS["word2vec"].make(epochs=1), {"window": [1, 3], "pooling": ["mean", "sif"]}),
    "tfidf": (TfidfVectorizer(), {"ngram_range": [(1, 1), (1, 2)], "analyzer": ["word", "char_wb"]}),
}


def searched(vectorizer: Any, grid: dict[str, list[Any]], classifier: Any, n_jobs: int, backend: str) -> Any:
    """Return the scores of all folds, and what the best of a grid predicts."""
    model = make_pipeline(clone(vectorizer), clone(classifier))
    name = type(vectorizer).__name__.lower()
    parameters = {f"{name}__{key}": values for key, values in grid.items()}
    with parallel_config(backend, n_jobs=n_jobs):
        search = GridSearchCV(model, parameters, cv=2, n_jobs=n_jobs, error_score="raise").fit(TEXTS, LABELS)
    scores = [search.cv_results_[f"split{fold}_test_score"].tolist() for fold in range(2)]
    return scores, search.best_params_, search.predict_proba(TEXTS).tolist()


@pytest.mark.parametrize(
    "backend", ["loky", pytest.param("multiprocessing", marks=[can_fork, pytest.mark.slow]), "threading"]
)
@pytest.mark.parametrize("kind", [*SEARCHES, "store"])
def test_a_search_with_two_jobs_finds_what_one_finds(stores, kind, backend):
    if kind == "store":
        vectorizer, grid = StoreVectorizer(opened(stores, "subwords")), {"pooling": ["mean", "max", "tfidf", "sif"]}
    else:
        vectorizer, grid = SEARCHES[kind]
    classifier = LogisticRegression()
    assert searched(vectorizer, grid, classifier, 2, backend) == searched(vectorizer, grid, classifier, 1, backend)


@pytest.mark.parametrize(
    "backend",
    [pytest.param("multiprocessing", marks=can_fork), pytest.param("loky", marks=pytest.mark.slow)],
)
def test_a_search_for_a_network_with_two_jobs_finds_what_one_finds(backend):
    pytest.importorskip("torch")
    from textrep import FeedForwardClassifier

    network = FeedForwardClassifier((8,), max_epochs=2, device="cpu", random_state=0)
    vectorizer, grid = TfidfVectorizer(), {"min_df": [1, 2]}
    assert searched(vectorizer, grid, network, 2, backend) == searched(vectorizer, grid, network, 1, backend)
