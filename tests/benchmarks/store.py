"""How fast a store opens and finds neighbours, beside gensim and faiss.

    python -m tests.benchmarks.store [--json FILE] [--quick]

Everything runs in one process, over the same data, with the same number of threads (all cores); times are medians.
The full run needs 6 GB of memory and 1.2 GB of disk (in the system's temporary folder); ``--quick`` uses small data.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import tempfile
import time
from pathlib import Path

import numpy as np

from textrep import EmbeddingStore

K = 10


def seconds(function, repeats):
    """Return the median time of a call after one to warm up."""
    function()
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        function()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def made(n, dim):
    """Return words and random vectors with lengths around one."""
    random = np.random.default_rng(0)
    vectors = random.standard_normal((n, dim), dtype=np.float32)
    vectors *= (random.uniform(0.8, 1.2, (n, 1)) / np.sqrt(dim)).astype(np.float32)
    return [f"word{i}" for i in range(n)], vectors


def opening(path, n, repeats=9):
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
    yield {"what": f"open {path.stat().st_size / 1e9:.2f} GB", "textrep_ms": statistics.median(opened) * 1e3}
    yield {"what": "first look-up", "textrep_ms": statistics.median(looked_up) * 1e3}


def one_word(store, words, vectors, repeats):
    """Compare the neighbours of one word with gensim's."""
    from gensim.models import KeyedVectors

    theirs = KeyedVectors(vectors.shape[1])
    theirs.index_to_key, theirs.vectors = words, vectors
    theirs.key_to_index = {word: i for i, word in enumerate(words)}
    theirs.fill_norms()
    word = words[len(words) // 2]
    assert [key for key, _ in theirs.most_similar(word, topn=K)] == [key for key, _ in store.similar(word, K)]
    ours = seconds(lambda: store.similar(word, K), repeats)
    peer = seconds(lambda: theirs.most_similar(word, topn=K), repeats)
    what = f"similar, 1 word, {vectors.shape[0]:,} x {vectors.shape[1]}"
    return {"what": what, "textrep_ms": ours * 1e3, "peer": "gensim", "peer_ms": peer * 1e3, "ratio": peer / ours}


def many_words(store, words, vectors, repeats):
    """Compare the neighbours of 1,000 words with faiss's exact search; textrep also returns the keys."""
    import faiss

    faiss.omp_set_num_threads(len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count())
    normalised = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    index = faiss.IndexFlatIP(vectors.shape[1])
    index.add(normalised)
    chosen = np.random.default_rng(1).choice(len(words), 1000, replace=False)
    queries, asked = np.ascontiguousarray(normalised[chosen]), [words[i] for i in chosen]
    ours = seconds(lambda: store.similar(asked, K), repeats)
    peer = seconds(lambda: index.search(queries, K), repeats)
    what = f"similar, 1,000 words, {vectors.shape[0]:,} x {vectors.shape[1]}"
    return {"what": what, "textrep_ms": ours * 1e3, "peer": "faiss", "peer_ms": peer * 1e3, "ratio": peer / ours}


def measure(quick):
    """Yield one result after the other."""
    largest = (50_000, 300) if quick else (1_000_000, 300)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "large.textrep"
        words, vectors = made(*largest)
        EmbeddingStore.from_vectors(words, vectors, copy=False).save(path)
        yield from opening(path, len(words))
        store = EmbeddingStore.open(path)
        yield one_word(store, words, vectors, 9)
        start = time.perf_counter()
        try:
            store["Wrod77777"]
        except KeyError as error:
            str(error)  # looks for words that are spelled alike
            yield {"what": f"unknown word, {len(words):,} keys", "textrep_ms": (time.perf_counter() - start) * 1e3}
        del store, words, vectors
    for n, dim in ((20_000, 100), (30_000, 300)) if quick else ((54_000, 100), (200_000, 300)):
        words, vectors = made(n, dim)
        store = EmbeddingStore.from_vectors(words, vectors, copy=False)
        yield one_word(store, words, vectors, 101 if n < 100_000 else 31)
        yield many_words(store, words, vectors, 7 if n < 100_000 else 3)


def main():
    """Print a table and, if asked, write it as JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the results here as well")
    parser.add_argument("--quick", action="store_true", help="small data: some seconds instead of a minute")
    options = parser.parse_args()
    print(f"{'':42}{'textrep ms':>12}{'peer ms':>12}{'':>8}{'peer / textrep':>16}")
    rows = []
    for row in measure(options.quick):
        rows.append(row)
        peer = f"{row['peer_ms']:12.2f}{row['peer']:>8}{row['ratio']:16.2f}" if "peer" in row else ""
        print(f"{row['what']:42}{row['textrep_ms']:12.2f}{peer}", flush=True)
    if options.json:
        options.json.write_text(json.dumps(rows, indent=2) + "\n")


if __name__ == "__main__":
    main()
