"""FastText vectors: time from raw text to a saved store, and what the vectors are worth, beside fastText's own program.

    python -m tests.benchmarks.subwords [--quick] [--languages en,ko] [--jamo] [--seeds N] [--json FILE]
                                        [--markdown FILE]

Both programs run as processes of their own, in turns, on the same text with the same hyper-parameters: dimension 100,
window 5, 5 negatives, 5 epochs, min_count 5, sample 1e-3, learning rate .025 (fastText 0.9.3 may stop with NaN above),
two threads; n-grams of 3 to 6 characters in English, 1 to 4 in Korean. fastText gets the text tokenised before. Scores
are those of every gold set there is, words without a row in the vocabulary left out. The full run takes some fifty
minutes, nearly all of it fastText's, ``--quick`` about one, on the first 500 KB of each corpus.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import groupby
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from textrep import EmbeddingStore

from .inputs import DATA, beginning, tokenise, unpacked
from .processes import finished
from .report import add_output_options, chosen, measure, new_record, refuse_missing
from .rows import Row, difference_row, limit_row, time_row
from .scoring import Score, score_folder
from .trainers import Hyper, embed_command, fasttext_command

_QUICK_BYTES = 500_000
_CORPORA = {"en": "en_simplewiki.txt.xz", "ko": "ko_wiki.txt.xz"}
_NGRAMS = {"en": (3, 6), "ko": (1, 4)}
_JAMO = "ko, jamo"  # how names of rows begin that compare jamo with syllables
_TIMES_FASTER = 10
_SCORE_MARGIN = -0.005


@dataclass(frozen=True)
class Run:
    """One training: how long the process took, its peak memory, its file's size, and the scores of its vectors."""

    seconds: float
    file_bytes: int
    scores: dict[str, Score]


def _ours(text: Path, folder: Path, hyper: Hyper, gold: Path, seed: int, *options: str) -> Run:
    store = folder / "ours.textrep"
    command = [*embed_command(text, store, hyper), "--method", "fasttext", "--seed", str(seed), *options]
    seconds = finished(command).seconds
    opened = EmbeddingStore.open(store)
    scores = score_folder(list(opened.keys), np.asarray(opened.vectors), gold)
    return Run(seconds, store.stat().st_size, scores)


def _theirs(tokenised: Path, folder: Path, hyper: Hyper, gold: Path, seed: int, ngrams: tuple[int, int]) -> Run:
    import fasttext

    target = folder / "theirs.bin"
    options = {"minn": ngrams[0], "maxn": ngrams[1]}  # its Python package takes no seed; threads make runs differ
    seconds = finished(fasttext_command(tokenised, target, hyper, **options)).seconds
    model = fasttext.load_model(str(target))
    words = [word for word in model.words if word != "</s>"]
    vectors: NDArray[np.float32] = np.stack([model.get_word_vector(word) for word in words])
    return Run(seconds, target.stat().st_size, score_folder(words, vectors, gold))


def measured(
    language: str, folder: Path, data: Path, hyper: Hyper, seeds: int, most_bytes: int | None, *, jamo_only: bool
) -> Iterator[Row]:
    """Yield the rows of one language; with `jamo_only` those of jamo beside syllables, which need no fastText."""
    text = unpacked(data / "corpora" / _CORPORA[language], folder / f"{language}.txt")
    if most_bytes is not None:
        text = beginning(text, folder / f"{language}_beginning.txt", most_bytes)
    tokenised, gold = folder / f"{language}.tokenised.txt", data / "similarity" / language
    tokenise(text, tokenised)
    low, high = _NGRAMS[language]
    ngrams = ("--min-n", str(low), "--max-n", str(high))
    _ours(beginning(text, folder / "tiny.txt", 50_000), folder, hyper, gold, 1, *ngrams)  # compiles, if nothing has yet
    ours: list[Run] = []
    peer: list[Run] = []
    jamo: list[Run] = []
    for seed in range(1, seeds + 1):
        ours.append(_ours(text, folder, hyper, gold, seed, *ngrams))
        _tell(f"{language}: textrep, seed {seed}", ours[-1])
        if not jamo_only:
            peer.append(_theirs(tokenised, folder, hyper, gold, seed, (low, high)))
            _tell(f"{language}: fastText, seed {seed}", peer[-1])
        if language == "ko":
            jamo.append(_ours(text, folder, hyper, gold, seed, *ngrams, "--subwords", "jamo"))
            _tell(f"{language}: textrep with jamo, seed {seed}", jamo[-1])
    if peer:
        yield time_row(
            f"{language}: text to saved store",
            [run.seconds for run in ours],
            [run.seconds for run in peer],
            peer_name="fastText",
            at_least=_TIMES_FASTER,
            method="whole processes in turns; textrep reads raw text, fastText tokenised text",
        )
        yield limit_row(
            f"{language}: size of the store",
            [run.file_bytes / 2**20 for run in ours],
            unit="MiB",
            method=f"fastText's file has {statistics.median(run.file_bytes for run in peer) / 2**20:,.0f} MiB",
        )
        yield from _score_rows(language, ours, peer, "fastText", _SCORE_MARGIN)
    if jamo:
        yield from _score_rows(_JAMO, jamo, ours, "syllables", 0.0)


def _tell(what: str, run: Run) -> None:
    scores = ", ".join(f"{Path(name).stem} {score.value:.4f}" for name, score in run.scores.items())
    print(f"  {run.seconds:8.1f} s  {what}: {scores}", file=sys.stderr, flush=True)


def _score_rows(label: str, ours: list[Run], peer: list[Run], peer_name: str, at_least: float) -> Iterator[Row]:
    for file, score in ours[0].scores.items():
        yield difference_row(
            f"{label}: {Path(file).stem}",
            [run.scores[file].value for run in ours],
            [run.scores[file].value for run in peer],
            unit="share" if "questions" in file or "analogy" in file else "correlation",
            peer_name=peer_name,
            at_least=at_least,
            method=f"mean of {len(ours)} seeds; {score.n} of {score.of} asked",
        )


def _set_of(row: Row) -> str:
    return "jamo" if row.name.startswith(_JAMO) else row.name.partition(":")[0]


def _parsed(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m tests.benchmarks.subwords", description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="the first 500 KB of each corpus, one seed")
    parser.add_argument("--data", type=Path, default=DATA, metavar="DIR", help="corpora and gold sets")
    parser.add_argument("--languages", default="ko,en", metavar="NAME,...", help="of en, ko (default: both)")
    parser.add_argument("--seeds", type=int, metavar="N", help="runs behind each number (default: 3)")
    parser.add_argument("--jamo", action="store_true", help="only Korean jamo beside syllables, without fastText")
    add_output_options(parser)
    options = parser.parse_args(arguments)
    options.languages = ["ko"] if options.jamo else chosen(parser, "--languages", options.languages, _CORPORA)
    if options.seeds is None:
        options.seeds = 1 if options.quick else 3
    if options.seeds < 1:
        parser.error(f"--seeds must be at least 1, not {options.seeds}")
    if not options.jamo:
        refuse_missing(parser, {"fasttext": "fasttext"})
    for language in options.languages:
        if not (path := options.data / "corpora" / _CORPORA[language]).exists():
            sys.exit(f"error: there is no {path}; --data is the folder that holds corpora/ and similarity/")
    return options


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, print the table, and write what was asked for."""
    options = _parsed(arguments)
    hyper = replace(Hyper(), learning_rate=0.025)
    about = (
        f"{'First 500 KB of ' if options.quick else ''}en_simplewiki with n-grams of 3 to 6 characters, ko_wiki with 1 "
        f"to 4; {hyper}; {options.seeds} seed(s)."
    )
    settings = {"hyper_parameters": asdict(hyper), "n-grams": _NGRAMS, "seeds": options.seeds}
    record = new_record("subwords", arguments, ("numba", "fasttext"), about, settings)
    most = _QUICK_BYTES if options.quick else None
    with tempfile.TemporaryDirectory(prefix="textrep-benchmark-") as folder:
        rows = (
            row
            for language in options.languages
            for row in measured(
                language, Path(folder), options.data, hyper, options.seeds, most, jamo_only=options.jamo
            )
        )
        measure(record, groupby(rows, _set_of), options)


if __name__ == "__main__":
    main()
