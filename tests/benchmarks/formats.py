"""How fast vectors of word2vec's files are read, beside gensim's load_word2vec_format, and written.

    python -m tests.benchmarks.formats [--quick] [--json FILE] [--markdown FILE]

Both read the same files from the system's cache, in one process, in turn; times are medians, and kernels have been
compiled before. The full run (400,000 x 300) needs 4 GB of memory and 2 GB of disk (in the system's temporary folder),
and takes some minutes, nearly all of them gensim's; ``--quick`` reads 20,000 x 300.
"""

from __future__ import annotations

import argparse
import logging
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from textrep import EmbeddingStore

from .measures import turns
from .report import add_output_options, measure, new_record, refuse_missing
from .rows import Row, limit_row, time_row
from .store import made

TARGETS = {"word2vec": 5.0, "word2vec-binary": 3.0}  # at least so many times as fast as gensim
_METHOD = (
    "Random vectors; both read the same file from the system's cache, in one process, in turns, and get the same "
    "words and values; medians, after kernels are compiled."
)


def timed(function: Callable[[], Any]) -> tuple[float, Any]:
    """Return the seconds a call takes, and what it returns."""
    start = time.perf_counter()
    result = function()
    return time.perf_counter() - start, result


def compared(
    path: Path, name: str, words: list[str], vectors: NDArray[np.float32], ours: int, theirs: int
) -> dict[str, list[float]]:
    """Return the times of reading one file, ours and gensim's.

    Raises
    ------
    RuntimeError
        If one of them reads anything else than what was written.
    """
    from gensim.models import KeyedVectors

    ways = {
        "ours": lambda: EmbeddingStore.load(path, name),
        "peer": lambda: KeyedVectors.load_word2vec_format(str(path), binary=name == "word2vec-binary"),
    }
    store = ways["ours"]()  # compiles, and brings the file into the cache
    if list(store.keys) != words or not np.array_equal(store.vectors, vectors):
        raise RuntimeError(f"{name}: textrep does not read what it wrote")
    del store
    times: dict[str, list[float]] = {"ours": [], "peer": []}
    for whose, _ in turns(ours, theirs):
        seconds, result = timed(ways[whose])
        if whose == "peer" and not np.array_equal(result.vectors, vectors):
            raise RuntimeError(f"{name}: gensim reads other vectors")
        times[whose].append(seconds)
        del result
    return times


def measured(*, quick: bool) -> Iterator[tuple[str, Iterator[Row]]]:
    """Yield the name of each format and its rows."""
    n, dim = (20_000, 300) if quick else (400_000, 300)
    words, vectors = made(n, dim)
    with tempfile.TemporaryDirectory(prefix="textrep-benchmark-") as folder:
        for name in TARGETS:
            yield name, _rows(name, Path(folder) / name, words, vectors, quick=quick)


def _rows(name: str, path: Path, words: list[str], vectors: NDArray[np.float32], *, quick: bool) -> Iterator[Row]:
    store = EmbeddingStore.from_vectors(words, vectors, copy=False)
    EmbeddingStore.from_vectors(words[:5000], vectors[:5000]).export(path, name)  # compiles
    written, _ = timed(lambda: store.export(path, name))
    yield limit_row(f"write {name}, {path.stat().st_size / 1e9:.2f} GB", [written])
    times = compared(path, name, words, vectors, 5, 1 if name == "word2vec" and not quick else 3)
    size = f"{vectors.shape[0]:,} x {vectors.shape[1]}"
    yield time_row(f"read {name}, {size}", times["ours"], times["peer"], peer_name="gensim", at_least=TARGETS[name])
    path.unlink()


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, print the table, and write what was asked for."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.benchmarks.formats", description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="small data: some seconds instead of minutes")
    add_output_options(parser)
    options = parser.parse_args(arguments)
    refuse_missing(parser, {"gensim": "gensim"})
    logging.getLogger("gensim").setLevel(logging.ERROR)
    record = new_record("formats", arguments, ("numpy", "numba", "gensim"), _METHOD, {"formats": list(TARGETS)})
    measure(record, measured(quick=options.quick), options)


if __name__ == "__main__":
    main()
