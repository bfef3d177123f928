"""How fast TF-IDF matrices are made, and in how much memory, beside scikit-learn's TfidfVectorizer.

    python -m tests.benchmarks.sparse [--quick] [--corpora en,nsmc] [--turns N] [--json FILE] [--markdown FILE]

Both get the same list of str, en_simplewiki's lines or the reviews of NSMC (both splits), in NFC, and the same
parameters; scikit-learn's token pattern keeps words of one character, as ours do by default. They take turns in one
process, after a warm-up on 100 documents, which compiles our kernels. A call that is over within a second is repeated
until a second has passed; speeds are medians over turns. The first matrices of each setting must be equal: terms,
shape, places of values, and values to 1e-12; the run fails otherwise. Memory is that of a process each, see
``tests.benchmarks.peaks``. The full run takes some half an hour on two cores, nearly all of it scikit-learn's, and
some GB of memory; ``--quick`` about one on the first 300 KB of each corpus, a turn each.
"""

from __future__ import annotations

import argparse
import gc
import lzma
import tempfile
import time
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from .inputs import DATA
from .measures import told
from .peaks import CAN_MEASURE, made, peak_mib, warmed_up
from .report import add_output_options, chosen, measure, new_record
from .rows import Row, growth_row, limit_row, rate_row

_FILES = {  # corpus -> files below --data
    "en": ("corpora/en_simplewiki.txt.xz",),
    "nsmc": ("documents/nsmc/train.tsv.xz", "documents/nsmc/test.tsv.xz"),
}
_QUICK_BYTES = 300_000
_LEAST_SECONDS = 1.0  # that a call is repeated for
_LEAST_SECONDS_QUICKLY = 0.1  # with --quick
_SAME = 1e-12  # values may differ by so much
_MOST_MEMORY = 0.5  # of the peer's
_JOBS = 2
_TERMS_TO_OPEN = 1_000_000
_TERMS_TO_OPEN_QUICKLY = 10_000  # with --quick
_MOST_TO_OPEN = 50.0  # milliseconds


@dataclass(frozen=True)
class Setting:
    """Parameters of both, and what is wanted of them.

    Parameters
    ----------
    name : str
        In the table.
    parameters : dict
        Of both vectorizers.
    at_least : float
        Times the peer's speed, with two threads.
    at_least_alone : float, optional
        The same with one thread, if that is measured.
    most_bytes : dict of int
        Corpora of which only the beginning is used.
    memory : tuple of str
        Corpora with a row for peak memory.
    """

    name: str
    parameters: dict[str, Any]
    at_least: float
    at_least_alone: float | None = None
    most_bytes: dict[str, int] = field(default_factory=dict)
    memory: tuple[str, ...] = ("nsmc",)


SETTINGS = (
    Setting("unigrams", {}, 8, at_least_alone=4, memory=("en", "nsmc")),
    Setting("ngram_range (1, 2)", {"ngram_range": (1, 2)}, 5),
    # scikit-learn takes some four minutes for one matrix of all of en_simplewiki
    Setting("char_wb (2, 4)", {"analyzer": "char_wb", "ngram_range": (2, 4)}, 5, most_bytes={"en": 10_000_000}),
)


def read_documents(corpus: str, data: Path) -> list[str]:
    """Return the documents of a corpus in NFC: lines that are not blank, of .tsv files their second column.

    Raises
    ------
    FileNotFoundError
        If the corpus is not there.
    """
    documents = []
    for name in _FILES[corpus]:
        if not (data / name).exists():
            raise FileNotFoundError(f"there is no {data / name}; --data is the folder that holds it")
        with lzma.open(data / name, "rt", encoding="utf-8", newline="\n") as lines:
            texts = (line.split("\t", 1)[1] if ".tsv" in name else line for line in lines)
            documents += [unicodedata.normalize("NFC", text.removesuffix("\n")) for text in texts if text.strip()]
    return documents


def n_bytes(documents: Sequence[str]) -> int:
    """Return the size of documents in UTF-8."""
    return sum(len(document.encode()) for document in documents)


def first(documents: Sequence[str], most_bytes: int) -> list[str]:
    """Return the first documents, as many as fit into so many bytes."""
    sizes = np.cumsum([len(document.encode()) for document in documents])
    return list(documents[: int(np.searchsorted(sizes, most_bytes, side="right"))])


def timed(call: Callable[[], Any], least: float) -> tuple[float, Any]:
    """Repeat a call until so many seconds have passed; return the mean of its seconds, and its last result."""
    gc.collect()
    total, n = 0.0, 0
    while True:
        start = time.perf_counter()
        result = call()
        total, n = total + time.perf_counter() - start, n + 1
        if total >= least:
            return total / n, result
        del result  # outside of the time that is measured


def refuse_different(what: str, ours: Any, peer: Any) -> None:
    """Compare two fitted vectorizers, each with the matrix it made, peer's indices in any order.

    Raises
    ------
    RuntimeError
        If the matrices differ.
    """
    (our_vectorizer, our_matrix), (peer_vectorizer, peer_matrix) = ours, peer
    peer_matrix.sort_indices()
    if our_matrix.shape != peer_matrix.shape or our_matrix.nnz != peer_matrix.nnz:
        shapes = [f"{matrix.shape} with {matrix.nnz:,} values" for matrix in (our_matrix, peer_matrix)]
        raise RuntimeError(f"{what}: our matrix is {shapes[0]}, scikit-learn's {shapes[1]}")
    if not np.array_equal(our_vectorizer.get_feature_names_out(), peer_vectorizer.get_feature_names_out()):
        raise RuntimeError(f"{what}: our terms and scikit-learn's differ")
    if not all(np.array_equal(getattr(our_matrix, n), getattr(peer_matrix, n)) for n in ("indptr", "indices")):
        raise RuntimeError(f"{what}: our matrix has values where scikit-learn's has none")
    furthest = float(np.abs(our_matrix.data - peer_matrix.data).max(initial=0.0))
    if not furthest <= _SAME:
        raise RuntimeError(f"{what}: a value differs from scikit-learn's by {furthest:g}")


def speed_rows(
    label: str, setting: Setting, documents: Sequence[str], turns: int, least_seconds: float = _LEAST_SECONDS
) -> Iterator[Row]:
    """Yield the rows for one setting: `fit_transform` and `transform`, with two threads and, if asked, with one."""
    sides = [("ours", _JOBS), ("peer", 1)]
    if setting.at_least_alone is not None:
        sides.append(("ours", 1))
    for who, jobs in sides:
        warmed_up(who, setting.parameters, jobs, documents)
    million_bytes = n_bytes(documents) / 1e6
    speeds: dict[tuple[str, int, str], list[float]] = {}
    for turn in range(turns):
        results = {}  # (who, jobs) -> vectorizer, its two matrices; compared in the first turn
        for who, jobs in sides:
            with told(f"{label}: {setting.name}, {who}, {jobs} thread(s)"):
                seconds, result = _fit_and_transform(who, setting, jobs, documents, least_seconds)
            for method, value in seconds.items():
                speeds.setdefault((who, jobs, method), []).append(million_bytes / value)
            if turn == 0:
                results[who, jobs] = result
            del result
        for (who, jobs), (vectorizer, matrices) in results.items():
            if who == "ours":
                their_vectorizer, theirs = results["peer", 1]
                for method, matrix in matrices.items():
                    what = f"{label}: {setting.name}, {method}, {jobs} thread(s)"
                    refuse_different(what, (vectorizer, matrix), (their_vectorizer, theirs[method]))
    for jobs, target in ((_JOBS, setting.at_least), (1, setting.at_least_alone)):
        for method in ("fit_transform", "transform"):
            if target is not None:
                yield rate_row(
                    f"{label}: {setting.name}, {method}, {_threads(jobs)}",
                    speeds["ours", jobs, method],
                    speeds["peer", 1, method],
                    unit="MB/s",
                    peer_name="scikit-learn",
                    at_least=target,
                    method=f"{million_bytes:.1f} MB of UTF-8 in {len(documents):,} documents; median of {turns} turns, "
                    "in one process, after a warm-up; matrices equal",
                )


def _fit_and_transform(
    who: str, setting: Setting, jobs: int, documents: Sequence[str], least: float
) -> tuple[dict[str, float], Any]:
    """Time both methods; return their seconds, and the vectorizer with their matrices."""

    def fit_transform() -> tuple[Any, Any]:
        vectorizer = made(who, setting.parameters, jobs)
        return vectorizer, vectorizer.fit_transform(documents)

    fit_seconds, (vectorizer, fitted) = timed(fit_transform, least)
    seconds, transformed = timed(lambda: vectorizer.transform(documents), least)
    matrices = {"fit_transform": fitted, "transform": transformed}
    return {"fit_transform": fit_seconds, "transform": seconds}, (vectorizer, matrices)


def memory_row(label: str, setting: Setting, file: Path, turns: int) -> Row:
    """Compare the peak memory of `fit_transform`, in a fresh process for each of ours and the peer's."""
    peaks: dict[str, list[float]] = {"ours": [], "peer": []}
    for _ in range(turns):
        for who, jobs in (("ours", _JOBS), ("peer", 1)):
            with told(f"{label}: {setting.name}, memory, {who}"):
                peaks[who].append(peak_mib(file, who, setting.parameters, jobs))
    return growth_row(
        f"{label}: {setting.name}, peak memory of fit_transform",
        peaks["ours"],
        peaks["peer"],
        peer_name="scikit-learn",
        at_most=_MOST_MEMORY,
        method=f"highest resident set during fit_transform, {_threads(_JOBS)}, less the one before, when the documents "
        f"were read and everything was imported and warmed up; a fresh process for each of {turns} turns",
    )


def measured(
    corpus: str, documents: Sequence[str], folder: Path, turns: int, least_seconds: float = _LEAST_SECONDS
) -> Iterator[Row]:
    """Yield the rows of one corpus."""
    for setting in SETTINGS:
        label, used = corpus, documents
        most = setting.most_bytes.get(corpus)
        if most is not None and n_bytes(documents) > most:
            label, used = f"{corpus}, first {most / 1e6:g} MB", first(documents, most)
        yield from speed_rows(label, setting, used, turns, least_seconds)
    if CAN_MEASURE:
        file = folder / f"{corpus}.txt"
        file.write_text("".join(f"{document}\n" for document in documents), encoding="utf-8", newline="\n")
        for setting in SETTINGS:
            if corpus in setting.memory:
                yield memory_row(corpus, setting, file, turns)


def opening_row(folder: Path, n_terms: int, turns: int) -> Row:
    """Measure how long it takes to open a saved vectorizer with so many terms, once everything is imported."""
    from textrep import TfidfVectorizer

    file = folder / "vectorizer.textrep"
    words = [f"w{i:07}" for i in range(n_terms)]
    made("ours", {}, _JOBS).fit([" ".join(words[i : i + 1000]) for i in range(0, n_terms, 1000)]).save(file)
    TfidfVectorizer.load(file)
    milliseconds = [timed(lambda: TfidfVectorizer.load(file), 0.0)[0] * 1e3 for _ in range(turns)]
    return limit_row(
        f"open a vectorizer with {n_terms:,} terms",
        milliseconds,
        unit="ms",
        at_most=_MOST_TO_OPEN,
        method=f"load of a saved TfidfVectorizer, its file cached; median of {turns} turns",
    )


def _threads(n: int) -> str:
    return {1: "one thread", 2: "two threads"}[n]


def _parsed(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m tests.benchmarks.sparse", description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="the first 300 KB of each corpus, a turn each")
    parser.add_argument("--data", type=Path, default=DATA, metavar="DIR", help="default: ../shared/data")
    parser.add_argument("--corpora", default=",".join(_FILES), metavar="NAME,...", help="of en, nsmc (default: both)")
    parser.add_argument("--turns", type=int, metavar="N", help="of each, behind each number (default: 3)")
    add_output_options(parser)
    options = parser.parse_args(arguments)
    options.corpora = chosen(parser, "--corpora", options.corpora, _FILES)
    if options.turns is None:
        options.turns = 1 if options.quick else 3
    if options.turns < 1:
        parser.error(f"--turns must be at least 1, not {options.turns}")
    return options


def _sets(options: argparse.Namespace, corpora: dict[str, list[str]], folder: Path) -> Iterator[tuple[str, Any]]:
    """Yield the name of each set and its rows."""
    n_terms = _TERMS_TO_OPEN_QUICKLY if options.quick else _TERMS_TO_OPEN
    yield "opening", (opening_row(folder, n_terms, options.turns) for _ in range(1))
    least = _LEAST_SECONDS_QUICKLY if options.quick else _LEAST_SECONDS
    for corpus, documents in corpora.items():
        yield corpus, measured(corpus, documents, folder, options.turns, least)


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, print the table, and write what was asked for: JSON and Markdown after every corpus."""
    options = _parsed(arguments)
    corpora = {}
    for corpus in options.corpora:
        try:
            documents = read_documents(corpus, options.data)
        except FileNotFoundError as error:
            raise SystemExit(f"error: {error}") from None
        corpora[corpus] = first(documents, _QUICK_BYTES) if options.quick else documents
    sizes = {name: {"documents": len(own), "bytes": n_bytes(own)} for name, own in corpora.items()}
    told_sizes = [
        f"{name}: {size['documents']:,} documents, {size['bytes'] / 1e6:.1f} MB" for name, size in sizes.items()
    ]
    about = (
        f"{'; '.join(told_sizes)}. Median of {options.turns} turns of each, after a warm-up. All matrices compared are "
        "equal, values to 1e-12. Memory: what fit_transform adds to the resident set of a fresh process, at most."
    )
    record = new_record(
        "sparse", arguments, ("numba", "scikit-learn"), about, {"corpora": sizes, "turns": options.turns}
    )
    with tempfile.TemporaryDirectory(prefix="textrep-benchmark-") as folder:
        measure(record, _sets(options, corpora, Path(folder)), options)


if __name__ == "__main__":
    main()
