"""How fast GloVe is trained, and what its vectors are worth, beside textrep's own skip-gram.

    python -m tests.benchmarks.glove [--quick] [--seeds N] [--jobs N] [--json FILE] [--markdown FILE]

There is no GloVe program to install, so the peer is skip-gram, trained in turns on the same encoded corpus with the
same dimension, each with its own defaults else. Words/s are words of the corpus times epochs in a second of the whole
training: of GloVe that is counting, 25 epochs and measuring the objective. Scores are those of `textrep.evaluation`.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from textrep import Vocabulary, read_corpus
from textrep.encoded import EncodedCorpus, encode_corpus
from textrep.evaluation import evaluate_analogies, evaluate_similarity
from textrep.training.glove import train_glove
from textrep.training.settings import GloVeSettings, TrainingSettings, Word2VecSettings
from textrep.training.stores import store_of
from textrep.training.word2vec import train_encoded

from .inputs import Inputs, beginning, prepared
from .measures import told, turns
from .report import add_output_options, measure, new_record
from .rows import Row, difference_row, rate_row, time_row

SETS = ("glove",)
_QUICK_BYTES = 1_000_000
_TINY_BYTES = 50_000
_PAIRS, _QUESTIONS = "EN-WS-353-ALL.txt", "questions-words.txt"
_LABEL = {"ours": "GloVe", "peer": "skip-gram"}


@dataclass
class _Runs:
    """What the trainings of one kind gave: seconds, and scores by the name of the gold set."""

    seconds: list[float] = field(default_factory=list)
    scores: dict[str, list[float]] = field(default_factory=dict)


def settings_of(who: str, jobs: int, seed: int) -> TrainingSettings:
    """Return the parameters of one training: defaults, but for the threads and the seed."""
    kind = GloVeSettings if who == "ours" else Word2VecSettings
    return kind(n_jobs=jobs, random_state=seed)


def _train(vocabulary: Vocabulary, corpus: EncodedCorpus, settings: TrainingSettings) -> tuple[float, Any]:
    """Return the seconds of the whole training and its vectors as a store."""
    start = time.perf_counter()
    if isinstance(settings, GloVeSettings):
        trained = train_glove(vocabulary, corpus, settings)
    else:
        trained = train_encoded(vocabulary, corpus, settings)
    return time.perf_counter() - start, store_of(trained, settings, copy=False)


def rows(inputs: Inputs, seeds: int, jobs: int) -> Iterator[Row]:
    """Train both in turns, and yield speed and scores."""
    kinds = {who: settings_of(who, jobs, 0) for who in ("ours", "peer")}
    warm_vocabulary, warm_corpus = encode_corpus(read_corpus(_tiny(inputs)), min_count=1)
    with warm_corpus:  # compiles, so that no measurement includes it
        for kind in kinds.values():
            _train(warm_vocabulary, warm_corpus, kind)
    vocabulary, corpus = encode_corpus(read_corpus(inputs.text), min_count=kinds["ours"].min_count, n_jobs=jobs)
    runs = {who: _Runs() for who in kinds}
    with corpus:
        for who, i in turns(seeds, seeds):
            with told(f"{_LABEL[who]}, seed {i + 1}"):
                seconds, store = _train(vocabulary, corpus, settings_of(who, jobs, i + 1))
            runs[who].seconds.append(seconds)
            for name, score in _scores(store, inputs.gold).items():
                runs[who].scores.setdefault(name, []).append(score)
    speeds = {who: [inputs.tokens * kinds[who].epochs / s for s in run.seconds] for who, run in runs.items()}
    method = f"median of {seeds} turns; {kinds['ours'].epochs} epochs of GloVe, {kinds['peer'].epochs} of skip-gram"
    both = {"peer_name": _LABEL["peer"], "method": method}
    yield rate_row("GloVe, words x epochs of the whole training", speeds["ours"], speeds["peer"], **both)
    yield time_row("GloVe, whole training", runs["ours"].seconds, runs["peer"].seconds, **both)
    for name, unit in (("WordSim-353", "correlation"), ("analogies", "share")):
        if name in runs["ours"].scores:
            ours, peer = (runs[who].scores[name] for who in ("ours", "peer"))
            yield difference_row(
                f"GloVe {name}", ours, peer, unit=unit, peer_name=_LABEL["peer"], method=f"mean of {seeds} seed(s)"
            )


def _tiny(inputs: Inputs) -> Path:
    return beginning(inputs.text, inputs.tokenised.with_name("tiny.txt"), _TINY_BYTES)


def _scores(store: Any, gold: Path | None) -> dict[str, float]:
    if gold is None:
        return {}
    return {
        "WordSim-353": evaluate_similarity(store, gold / _PAIRS).spearman,
        "analogies": evaluate_analogies(store, gold / _QUESTIONS, n_jobs=-1).total.accuracy,
    }


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, print the table, and write what was asked for."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.benchmarks.glove", description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="the first megabyte of the corpus, one seed")
    parser.add_argument("--data", type=Path, metavar="DIR", help="corpora and gold sets (default: ../shared/data)")
    parser.add_argument("--seeds", type=int, metavar="N", help="turns of each (default: 3)")
    parser.add_argument("--jobs", type=int, default=2, metavar="N", help="threads (default: 2)")
    add_output_options(parser)
    options = parser.parse_args(arguments)
    if options.seeds is None:
        options.seeds = 1 if options.quick else 3
    for option in ("seeds", "jobs"):
        if getattr(options, option) < 1:
            parser.error(f"--{option} must be at least 1, not {getattr(options, option)}")
    with tempfile.TemporaryDirectory(prefix="textrep-benchmark-") as folder:
        try:
            inputs = prepared(Path(folder), options.data, _QUICK_BYTES if options.quick else None)
        except FileNotFoundError as error:
            raise SystemExit(f"error: {error}") from None
        ours, peer = (settings_of(who, options.jobs, 0) for who in ("ours", "peer"))
        about = (
            f"Corpus: {inputs.name}, {inputs.tokens:,} words; dimension {ours.vector_size}; GloVe: window "
            f"{ours.window}, {ours.epochs} epochs, skip-gram: window {peer.window}, {peer.epochs} epochs, defaults "
            f"else; {options.jobs} threads, {options.seeds} seed(s). The whole training of GloVe is counting, "
            f"{ours.epochs} epochs and measuring the objective; kernels were compiled before. Spearman's correlation, "
            "and the share of analogies answered among all words (3CosAdd)."
        )
        settings = {"glove": ours.to_dict(), "skipgram": peer.to_dict(), "corpus": inputs.to_dict()}
        record = new_record("glove", arguments, ("numba",), about, settings)
        measure(record, [(SETS[0], rows(inputs, options.seeds, options.jobs))], options)


if __name__ == "__main__":
    main()
