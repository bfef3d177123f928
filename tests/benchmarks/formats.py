"""How fast vectors of word2vec's files are read, beside gensim's load_word2vec_format, and written.

    python -m tests.benchmarks.formats [--json FILE] [--quick]

Both read the same files from the system's cache, in one process, in turn; times are medians, and kernels have been
compiled before. The full run (400,000 x 300) needs 4 GB of memory and 2 GB of disk (in the system's temporary folder),
and takes some minutes, nearly all of them gensim's; ``--quick`` reads 20,000 x 300.
"""

from __future__ import annotations

import argparse
import json
import logging
import statistics
import tempfile
import time
from pathlib import Path

import numpy as np

from textrep import EmbeddingStore

from .measures import turns
from .store import made

TARGETS = {"word2vec": 5.0, "word2vec-binary": 3.0}  # at least so many times as fast as gensim


def timed(function):
    """Return the seconds a call takes, and what it returns."""
    start = time.perf_counter()
    result = function()
    return time.perf_counter() - start, result


def compared(path, name, words, vectors, ours, theirs):
    """Return the median times of reading one file, ours and gensim's, after making sure that both read the same."""
    from gensim.models import KeyedVectors

    ways = {
        "ours": lambda: EmbeddingStore.load(path, name),
        "peer": lambda: KeyedVectors.load_word2vec_format(str(path), binary=name == "word2vec-binary"),
    }
    store = ways["ours"]()  # compiles, and brings the file into the cache
    assert list(store.keys) == words
    assert np.array_equal(store.vectors, vectors)
    del store
    times = {"ours": [], "peer": []}
    for whose, _ in turns(ours, theirs):
        seconds, result = timed(ways[whose])
        if whose == "peer":
            assert np.array_equal(result.vectors, vectors)
        times[whose].append(seconds)
        del result
    return {whose: statistics.median(found) for whose, found in times.items()}


def measure(quick):
    """Yield one result after the other."""
    n, dim = (20_000, 300) if quick else (400_000, 300)
    words, vectors = made(n, dim)
    store = EmbeddingStore.from_vectors(words, vectors, copy=False)
    few = EmbeddingStore.from_vectors(words[:5000], vectors[:5000])
    with tempfile.TemporaryDirectory(prefix="textrep-formats-") as folder:
        for name, target in TARGETS.items():
            path = Path(folder) / name
            few.export(path, name)  # compiles
            written, _ = timed(lambda path=path, name=name: store.export(path, name))
            yield {
                "what": f"write {name}, {path.stat().st_size / 1e9:.2f} GB",
                "textrep_s": written,
            }
            times = compared(path, name, words, vectors, 5, 1 if name == "word2vec" and not quick else 3)
            yield {
                "what": f"read {name}, {n:,} x {dim}",
                "textrep_s": times["ours"],
                "peer": "gensim",
                "peer_s": times["peer"],
                "ratio": times["peer"] / times["ours"],
                "target": target,
            }
            path.unlink()


def main():
    """Print a table and, if asked, write it as JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the results here as well")
    parser.add_argument("--quick", action="store_true", help="small data: some seconds instead of minutes")
    options = parser.parse_args()
    logging.getLogger("gensim").setLevel(logging.ERROR)
    print(f"{'':42}{'textrep s':>12}{'peer s':>12}{'':>8}{'peer / textrep':>16}{'target':>10}")
    rows = []
    for row in measure(options.quick):
        rows.append(row)
        peer = f"{row['peer_s']:12.2f}{row['peer']:>8}{row['ratio']:16.2f}{row['target']:10g}" if "peer" in row else ""
        print(f"{row['what']:42}{row['textrep_s']:12.2f}{peer}", flush=True)
    if options.json:
        options.json.write_text(json.dumps(rows, indent=2) + "\n")


if __name__ == "__main__":
    main()
