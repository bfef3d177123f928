"""How fast a store opens and finds neighbours, beside gensim and faiss, and its index beside the exact search.

    python -m tests.benchmarks.store [--quick] [--json FILE] [--markdown FILE]

Everything runs in one process, over the same data, with the same number of threads (all cores); times are medians.
The full run needs 6 GB of memory and 1.2 GB of disk (in the system's temporary folder), and some minutes, of which the
index takes the most; ``--quick`` uses small data.

Random vectors have no near neighbours. The index is asked about clusters: centres of which every dimension is normal, 1
of 100 vectors around each, with half the deviation; queries are vectors of the same kind that are not in the store.
"""

from __future__ import annotations

import argparse
import os
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from textrep import EmbeddingStore

from .report import add_output_options, measure, new_record, refuse_missing
from .rows import Row, limit_row, score_row, time_row

K = 10
SETS = ("opening", "exact", "approximate")
_PACKAGES = {"gensim": "gensim", "faiss": "faiss-cpu", "usearch": "usearch"}
_METHOD = (
    "Random vectors, float32, searched with all cores, neighbours the same as gensim's; times are medians, in one "
    "process. The index is asked about clusters of 100 vectors; its peer is the exact search, asked for the same."
)
_MOST_TO_OPEN, _MOST_TO_LOOK_UP = 50, 20  # ms
_TIMES_AS_FAST_AS_GENSIM, _TIMES_AS_FAST_AS_FAISS, _TIMES_AS_FAST_AS_EXACT = 1, 0.8, 20
_LEAST_RECALL = 0.95


def seconds(function: Callable[[], Any], repeats: int) -> list[float]:
    """Return the times of calls after one to warm up."""
    function()
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        function()
        times.append(time.perf_counter() - start)
    return times


def made(n: int, dim: int) -> tuple[list[str], NDArray[np.float32]]:
    """Return words and random vectors with lengths around one."""
    random = np.random.default_rng(0)
    vectors = random.standard_normal((n, dim), dtype=np.float32)
    vectors *= (random.uniform(0.8, 1.2, (n, 1)) / np.sqrt(dim)).astype(np.float32)
    return [f"word{i}" for i in range(n)], vectors


def ms(times: Sequence[float]) -> list[float]:
    """Return seconds as milliseconds."""
    return [value * 1e3 for value in times]


def opening(path: Path, n: int, repeats: int = 9) -> Iterator[Row]:
    """Yield the time to open a store and to look up its first word, each time from a new map of the file."""
    opened, looked_up = [], []
    for i in range(repeats):
        start = time.perf_counter()
        store = EmbeddingStore.open(path)
        opened.append(time.perf_counter() - start)
        start = time.perf_counter()
        store[f"word{(i * 7919 + 5) % n}"]
        looked_up.append(time.perf_counter() - start)
        del store
    name = f"store: open {path.stat().st_size / 1e9:.2f} GB"
    yield limit_row(name, ms(opened), unit="ms", at_most=_MOST_TO_OPEN)
    yield limit_row("store: first look-up", ms(looked_up), unit="ms", at_most=_MOST_TO_LOOK_UP)


def one_word(store: EmbeddingStore, words: list[str], vectors: NDArray[np.float32], repeats: int) -> Row:
    """Compare the neighbours of one word with gensim's."""
    from gensim.models import KeyedVectors

    theirs = KeyedVectors(vectors.shape[1])
    theirs.index_to_key, theirs.vectors = words, vectors
    theirs.key_to_index = {word: i for i, word in enumerate(words)}
    theirs.fill_norms()
    word = words[len(words) // 2]
    if [key for key, _ in theirs.most_similar(word, topn=K)] != [key for key, _ in store.similar(word, K)]:
        raise RuntimeError(f"the neighbours of {word!r} differ from gensim's")
    return time_row(
        f"store: similar, 1 word, {vectors.shape[0]:,} x {vectors.shape[1]}",
        ms(seconds(lambda: store.similar(word, K), repeats)),
        ms(seconds(lambda: theirs.most_similar(word, topn=K), repeats)),
        unit="ms",
        peer_name="gensim",
        at_least=_TIMES_AS_FAST_AS_GENSIM,
    )


def many_words(store: EmbeddingStore, words: list[str], vectors: NDArray[np.float32], repeats: int) -> Row:
    """Compare the neighbours of 1,000 words with faiss's exact search; textrep also returns the keys."""
    import faiss

    faiss.omp_set_num_threads(len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count())
    normalised = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    index = faiss.IndexFlatIP(vectors.shape[1])
    index.add(normalised)
    chosen = np.random.default_rng(1).choice(len(words), 1000, replace=False)
    queries, asked = np.ascontiguousarray(normalised[chosen]), [words[i] for i in chosen]
    return time_row(
        f"store: similar, 1,000 words, {vectors.shape[0]:,} x {vectors.shape[1]}",
        ms(seconds(lambda: store.similar(asked, K), repeats)),
        ms(seconds(lambda: index.search(queries, K), repeats)),
        unit="ms",
        peer_name="faiss",
        at_least=_TIMES_AS_FAST_AS_FAISS,
    )


def unknown_word(store: EmbeddingStore) -> Row:
    """Measure how long it takes to say that a word is unknown, and which are spelled alike."""
    start = time.perf_counter()
    try:
        store["Wrod77777"]
    except KeyError as error:
        str(error)  # looks for words that are spelled alike
    return limit_row(f"store: unknown word, {len(store):,} keys", ms([time.perf_counter() - start]), unit="ms")


def clustered(n: int, dim: int, n_clusters: int, n_queries: int) -> list[NDArray[np.float32]]:
    """Return vectors around random centres, and queries around the same."""
    random = np.random.default_rng(0)
    centres = random.standard_normal((n_clusters, dim), dtype=np.float32)
    made = []
    for size in (n, n_queries):
        rows = random.standard_normal((size, dim), dtype=np.float32)  # [size, dim]
        rows *= np.float32(0.5)
        rows += centres[random.integers(0, n_clusters, size)]
        made.append(rows)
    return made


def approximate(n: int, dim: int, folder: Path, *, quick: bool) -> Iterator[Row]:
    """Yield what an index of clustered vectors costs, finds and saves, beside the exact search; opened from a file."""
    path, size = folder / "clustered.textrep", f"{n:,} x {dim}"
    vectors, queries = clustered(n, dim, n // 100, 1000)
    store = EmbeddingStore.from_vectors([f"word{i}" for i in range(n)], vectors, copy=False)
    start = time.perf_counter()
    store.build_index(n_jobs=-1)
    yield limit_row(f"store: make an index, {size}", [time.perf_counter() - start])
    store.save(path)
    del store, vectors
    store = EmbeddingStore.open(path)
    start = time.perf_counter()
    store.similar(queries[0], K, approximate=True)
    yield limit_row(f"store: first question to the index, {size}", ms([time.perf_counter() - start]), unit="ms")
    ours, exact = [], []
    store.similar(queries[0], K)
    for i, query in enumerate(queries[1:301]):  # another one each time, as users ask; a tenth of them exactly
        for times, option in ((ours, True), (exact, False)):
            if option or i % 10 == 0:
                start = time.perf_counter()
                store.similar(query, K, approximate=option)
                times.append(time.perf_counter() - start)
    yield time_row(
        f"store: approximate, 1 vector, {size}",
        ms(ours),
        ms(exact),
        unit="ms",
        peer_name="exact",
        at_least=None if quick else _TIMES_AS_FAST_AS_EXACT,  # few vectors are soon looked at
    )
    pairs = zip(store.similar(queries, K), store.similar(queries, K, approximate=True), strict=True)
    found = [len({each.key for each in a} & {each.key for each in b}) / K for a, b in pairs]
    recall = [statistics.fmean(found)]
    yield score_row(f"store: recall@{K} of 1,000 vectors, {size}", recall, unit="share", at_least=_LEAST_RECALL)


def measured(*, quick: bool) -> Iterator[tuple[str, Iterator[Row]]]:
    """Yield the name of each set and its rows."""
    with tempfile.TemporaryDirectory(prefix="textrep-benchmark-") as folder:
        yield "opening", _large(Path(folder), *((50_000, 300) if quick else (1_000_000, 300)))
        sizes = ((20_000, 100), (30_000, 300)) if quick else ((54_000, 100), (200_000, 300))
        yield "exact", (row for size in sizes for row in _exact(*size))
        yield "approximate", approximate(20_000 if quick else 1_000_000, 100, Path(folder), quick=quick)


def _large(folder: Path, n: int, dim: int) -> Iterator[Row]:
    path = folder / "large.textrep"
    words, vectors = made(n, dim)
    EmbeddingStore.from_vectors(words, vectors, copy=False).save(path)
    yield from opening(path, n)
    store = EmbeddingStore.open(path)
    yield one_word(store, words, vectors, 9)
    yield unknown_word(store)
    del store
    path.unlink()


def _exact(n: int, dim: int) -> Iterator[Row]:
    words, vectors = made(n, dim)
    store = EmbeddingStore.from_vectors(words, vectors, copy=False)
    yield one_word(store, words, vectors, 101 if n < 100_000 else 31)
    yield many_words(store, words, vectors, 7 if n < 100_000 else 3)


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, print the table, and write what was asked for."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.benchmarks.store", description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="small data: some seconds instead of minutes")
    add_output_options(parser)
    options = parser.parse_args(arguments)
    refuse_missing(parser, _PACKAGES)
    record = new_record("store", arguments, ("numpy", *_PACKAGES.values()), _METHOD, {"k": K})
    measure(record, measured(quick=options.quick), options)


if __name__ == "__main__":
    main()
