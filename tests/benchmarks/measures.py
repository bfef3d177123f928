"""What is measured: one function a group of rows, each a generator of `Row`.

Machines are shared and drift, so ours and the peer take turns, ours first and last where the peer takes long; short
things are repeated, and medians compared.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from textrep import Vocabulary, read_corpus
from textrep.encoded import IDS_IN_MEMORY, EncodedCorpus, encode_corpus

from .inputs import Inputs, beginning, repeated
from .processes import finished, textrep_command
from .rows import Row, difference_row, growth_row, limit_row, rate_row, time_row
from .scoring import Score, score_folder
from .trainers import Hyper, embed_command, fasttext_command, gensim_model, train_gensim, train_textrep

__all__ = ["GROUPS", "NEEDS", "Bench", "turns"]

_GOLD = {  # file -> name of the row, unit
    "EN-WS-353-ALL.txt": ("WordSim-353", "correlation"),
    "EN-MTurk-287.txt": ("MTurk-287", "correlation"),
    "questions-words.txt": ("analogies", "share"),
}
_SPEED_UP = {"skipgram": 8.0, "cbow": 4.0}  # at least, in training words/s
_LABEL = {"skipgram": "skip-gram", "cbow": "CBOW"}
_SCORE_MARGIN = -0.01
_THREAD_EPOCHS = 2  # enough for the speed of threads
_TINY_BYTES = 50_000
_COPIES = 10


@dataclass
class Bench:
    """What all groups share."""

    inputs: Inputs
    folder: Path
    hyper: Hyper
    seeds: int
    quick: bool

    @cached_property
    def encoded(self) -> tuple[Vocabulary, EncodedCorpus]:
        """The corpus as textrep reads it."""
        return encode_corpus(read_corpus(self.inputs.text), min_count=self.hyper.min_count, n_jobs=self.hyper.threads)

    @cached_property
    def tiny(self) -> Path:
        """A corpus of some hundred lines."""
        return beginning(self.inputs.text, self.folder / "tiny.txt", _TINY_BYTES)

    def warm(self, architecture: str) -> None:
        """Compile what training needs, so that no measurement includes it."""
        vocabulary, corpus = encode_corpus(read_corpus(self.tiny), min_count=self.hyper.min_count)
        with corpus:
            train_textrep(vocabulary, corpus, replace(self.hyper, epochs=1).settings(architecture, 1))

    def speed(self, seconds: float, epochs: int) -> float:
        """Return raw tokens of the tokenised text trained in a second."""
        return self.inputs.tokens * epochs / seconds


def turns(ours: int, peer: int) -> Iterator[tuple[str, int]]:
    """Yield whose turn it is and the number of the run: one each in turn, ours first, until both have had all."""
    for i in range(max(ours, peer)):
        if i < ours:
            yield "ours", i
        if i < peer:
            yield "peer", i


@contextmanager
def told(what: str) -> Iterator[None]:
    """Tell on stderr what was done and how long it took."""
    start = time.perf_counter()
    yield
    print(f"  {time.perf_counter() - start:8.2f} s  {what}", file=sys.stderr, flush=True)


def training(bench: Bench, architecture: str) -> Iterator[Row]:
    """Speed of training and what the vectors are worth, beside gensim."""
    vocabulary, corpus = bench.encoded
    bench.warm(architecture)
    speeds: dict[str, list[float]] = {"ours": [], "peer": []}
    scores: dict[str, list[dict[str, Score]]] = {"ours": [], "peer": []}
    for who, i in turns(bench.seeds + 1, bench.seeds):
        seed = i + 1
        with told(f"{architecture}, {'textrep' if who == 'ours' else 'gensim'}, seed {seed}"):
            if who == "ours":
                seconds, vectors = train_textrep(vocabulary, corpus, bench.hyper.settings(architecture, seed))
            else:
                seconds, vectors = train_gensim(bench.inputs.tokenised, vocabulary, architecture, bench.hyper, seed)
        speeds[who].append(bench.speed(seconds, bench.hyper.epochs))
        if bench.inputs.gold and seed <= bench.seeds:
            scores[who].append(score_folder(vocabulary.to_list(), vectors, bench.inputs.gold))
    yield rate_row(
        f"{_LABEL[architecture]} training",
        speeds["ours"],
        speeds["peer"],
        peer_name="gensim",
        at_least=_SPEED_UP[architecture],
        method="raw tokens x epochs / seconds of training, gensim reading corpus_file; median of runs in turns",
    )
    if bench.inputs.gold:
        yield from _score_rows(architecture, scores["ours"], scores["peer"])


def _score_rows(architecture: str, ours: list[dict[str, Score]], peer: list[dict[str, Score]]) -> Iterator[Row]:
    for file, (name, unit) in _GOLD.items():
        if file in ours[0]:
            asked = f"{ours[0][file].n} of {ours[0][file].of}"
            yield difference_row(
                f"{_LABEL[architecture]} {name}",
                [run[file].value for run in ours],
                [run[file].value for run in peer],
                unit=unit,
                peer_name="gensim",
                at_least=_SCORE_MARGIN,
                method=f"mean of {len(ours)} seeds; {asked} asked",
            )


def whole(bench: Bench) -> Iterator[Row]:
    """The process from text to saved vectors, beside fastText's."""
    store, model = bench.folder / "whole.textrep", bench.folder / "fasttext.bin"
    hyper = replace(bench.hyper, learning_rate=0.025)  # fastText may stop with "Encountered NaN" at higher rates
    finished(embed_command(bench.tiny, store, hyper))  # compiles, if nothing has yet
    seconds: dict[str, list[float]] = {"ours": [], "peer": []}
    for who, _ in turns(2, 1):
        with told(f"whole process, {'textrep embed' if who == 'ours' else 'fastText'}"):
            command = (
                embed_command(bench.inputs.text, store, hyper)
                if who == "ours"
                else fasttext_command(bench.inputs.tokenised, model, hyper)
            )
            seconds[who].append(finished(command).seconds)
    yield time_row(
        "text to saved skip-gram vectors, whole process",
        seconds["ours"],
        seconds["peer"],
        peer_name="fastText",
        at_least=10,
        method="textrep embed on raw text, kernels compiled before, run before and after fastText, which gets the "
        "text tokenised and saves its model; learning rate .025 for both",
    )


def vocabulary(bench: Bench) -> Iterator[Row]:
    """Vocabulary and ids from raw text, beside gensim's build_vocab of tokenised text."""
    repeats = 3
    encode_corpus(read_corpus(bench.tiny), n_jobs=bench.hyper.threads)[1].close()  # compiles
    seconds: dict[str, list[float]] = {"ours": [], "peer": []}
    for who, _ in turns(repeats, repeats):
        model = gensim_model("skipgram", bench.hyper, 1)
        with told(f"vocabulary, {'textrep' if who == 'ours' else 'gensim'}"):
            start = time.perf_counter()
            if who == "ours":
                corpus = read_corpus(bench.inputs.text)
                encode_corpus(corpus, min_count=bench.hyper.min_count, n_jobs=bench.hyper.threads)[1].close()
            else:
                model.build_vocab(corpus_file=str(bench.inputs.tokenised))
            seconds[who].append(time.perf_counter() - start)
    yield time_row(
        "vocabulary and encoding",
        seconds["ours"],
        seconds["peer"],
        peer_name="gensim",
        at_least=4,
        method=f"textrep tokenises raw text, counts and encodes; gensim build_vocab(corpus_file=) counts tokenised "
        f"text; median of {repeats} in turns",
    )


def threads(bench: Bench) -> Iterator[Row]:
    """Speed of two threads beside one."""
    if bench.hyper.threads != 2:
        raise ValueError("this row compares two threads with one")
    words, corpus = bench.encoded
    bench.warm("skipgram")
    repeats = 1 if bench.quick else 3
    speeds: dict[str, list[float]] = {"ours": [], "peer": []}
    for who, _ in turns(repeats + 1, repeats):
        n_threads = 2 if who == "ours" else 1
        hyper = replace(bench.hyper, epochs=_THREAD_EPOCHS, threads=n_threads)
        with told(f"skipgram, textrep, {n_threads} thread(s), {_THREAD_EPOCHS} epochs"):
            seconds, _ = train_textrep(words, corpus, hyper.settings("skipgram", 1))
        speeds[who].append(bench.speed(seconds, _THREAD_EPOCHS))
    yield rate_row(
        "skip-gram, two threads to one",
        speeds["ours"],
        speeds["peer"],
        peer_name="one thread",
        at_least=1.8,
        method=f"{_THREAD_EPOCHS} epochs; median of {repeats} in turns",
    )


def start(bench: Bench) -> Iterator[Row]:
    """How long a user waits for a process: the first run, the second, and --help."""
    cold: list[float] = []
    warm: list[float] = []
    for _ in range(1 if bench.quick else 3):
        with tempfile.TemporaryDirectory(dir=bench.folder) as cache, told("first run and two more"):
            kept = {k: v for k, v in os.environ.items() if k != "NUMBA_CACHE_DIR"}
            environment = kept | {"XDG_CACHE_HOME": cache}
            command = textrep_command("embed", bench.tiny, "-o", bench.folder / "tiny.textrep")
            cold.append(finished(command, environment).seconds)
            warm += [finished(command, environment).seconds for _ in range(2)]
    shown = [finished(textrep_command("--help")).seconds for _ in range(9)]
    tiny = f"textrep embed on {bench.tiny.stat().st_size:,} bytes, default options; median"
    yield limit_row(
        "first run of `textrep embed`, compiles", cold, at_most=20, method=f"{tiny} of {len(cold)}, empty cache"
    )
    yield limit_row("second run of the same", warm, at_most=1.5, method=f"{tiny} of {len(warm)}")
    yield limit_row("`textrep --help`", shown, at_most=0.4, method=f"median of {len(shown)}")


def memory(bench: Bench) -> Iterator[Row]:
    """Peak memory when the corpus is ten times as long, the vocabulary being the same."""
    text, hyper, store = bench.inputs.text, replace(bench.hyper, epochs=1), bench.folder / "memory.textrep"
    with told("one epoch over the corpus"):
        once = finished(embed_command(text, store, hyper)).peak_mib
    longer = repeated(text, bench.folder / "longer.txt", _COPIES)
    with told(f"one epoch over {_COPIES} times the corpus"):
        command = embed_command(longer, store, replace(hyper, min_count=hyper.min_count * _COPIES))
        often = finished(command).peak_mib
    longer.unlink()
    in_file = 4 * bench.inputs.tokens > IDS_IN_MEMORY  # a smaller corpus, of --quick, grows up to there: no target
    yield growth_row(
        f"peak memory, corpus {_COPIES} times over",
        [often],
        [once],
        peer_name="corpus once",
        at_most=1.2 if in_file else None,
        method=f"ru_maxrss of textrep embed, one epoch; min_count times {_COPIES} too, so the vocabulary is the same",
    )


GROUPS: dict[str, Callable[[Bench], Iterator[Row]]] = {  # in the order they run
    "skipgram": lambda bench: training(bench, "skipgram"),
    "cbow": lambda bench: training(bench, "cbow"),
    "whole": whole,
    "vocabulary": vocabulary,
    "threads": threads,
    "start": start,
    "memory": memory,
}
NEEDS = {  # group -> modules of peers
    "skipgram": ("gensim",),
    "cbow": ("gensim",),
    "whole": ("fasttext",),
    "vocabulary": ("gensim",),
}
