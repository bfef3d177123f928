"""Which learning rate to begin with: trains at several and scores the vectors on all gold sets.

    python -m tests.benchmarks.rates [--languages en,ko] [--rates .0125,.025,.05,.075,.1] [--seeds 1] [--json FILE]

The defaults of ``learning_rate=None`` are chosen from this table. Needs the corpora and gold sets of ``--data``.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from statistics import fmean
from typing import Any

from textrep import read_corpus
from textrep.encoded import encode_corpus
from textrep.training.settings import ARCHITECTURES
from textrep.training.word2vec import train_encoded

from .inputs import DATA, beginning, unpacked
from .scoring import score_folder
from .trainers import Hyper

_CORPORA = {"en": "en_simplewiki.txt.xz", "ko": "ko_wiki.txt.xz"}
_RATES = (0.0125, 0.025, 0.05, 0.075, 0.1)


def measured(
    text: Path, gold: Path, architectures: Sequence[str], rates: Sequence[float], seeds: int, hyper: Hyper
) -> Iterator[dict[str, Any]]:
    """Yield, for each architecture and rate, the loss of the last epoch and the scores, means over seeds."""
    vocabulary, corpus = encode_corpus(read_corpus(text), min_count=hyper.min_count, n_jobs=hyper.threads)
    words = vocabulary.to_list()
    with corpus:
        for architecture in architectures:
            for rate in rates:
                losses, scores = [], []
                for seed in range(1, seeds + 1):
                    settings = replace(hyper, learning_rate=rate).settings(architecture, seed)
                    trained = train_encoded(vocabulary, corpus, settings)
                    losses.append(trained.history[-1]["loss"])
                    scores.append(score_folder(words, trained.vectors, gold))
                values = {name: fmean(run[name].value for run in scores) for name in scores[0]}
                yield {"architecture": architecture, "rate": rate, "loss": fmean(losses), "scores": values}


def _show(row: dict[str, Any], heading: bool) -> None:
    names = [Path(name).stem.removeprefix("EN-")[:14] for name in row["scores"]]
    if heading:
        print(f"{'':10}{'rate':>8}{'loss':>9}" + "".join(f"{name:>16}" for name in names))
    scores = "".join(f"{value:16.4f}" for value in row["scores"].values())
    print(f"{row['architecture']:10}{row['rate']:8g}{row['loss']:9.4f}{scores}", flush=True)


def main(arguments: Sequence[str] | None = None) -> None:
    """Print a table for each language and, if asked, write all as JSON."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.benchmarks.rates", description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--data", type=Path, default=DATA, metavar="DIR", help="default: ../shared/data")
    parser.add_argument("--languages", default="en,ko", metavar="NAME,...", help="of en, ko (default: both)")
    parser.add_argument("--architectures", default=",".join(ARCHITECTURES), metavar="NAME,...")
    parser.add_argument("--rates", default=",".join(map(str, _RATES)), metavar="X,...", help="default: %(default)s")
    parser.add_argument("--seeds", type=int, default=1, metavar="N", help="default: 1")
    parser.add_argument("--epochs", type=int, default=Hyper().epochs, metavar="N", help="default: %(default)s")
    parser.add_argument("--bytes", type=int, metavar="N", help="only so much of each corpus")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the results here as well")
    options = parser.parse_args(arguments)
    languages, architectures = options.languages.split(","), options.architectures.split(",")
    if unknown := [name for name in languages if name not in _CORPORA]:
        parser.error(f"--languages {unknown[0]!r} is not one of {', '.join(_CORPORA)}")
    if not (options.data / "corpora").is_dir():
        parser.error(f"there is no {options.data / 'corpora'}; pass --data, the folder of corpora/ and similarity/")
    results: dict[str, list[dict[str, Any]]] = {}
    for language in languages:
        results[language] = []
        print(language)
        with tempfile.TemporaryDirectory(prefix="textrep-rates-") as folder:
            text = unpacked(options.data / "corpora" / _CORPORA[language], Path(folder) / "corpus.txt")
            if options.bytes is not None:
                text = beginning(text, Path(folder) / "beginning.txt", options.bytes)
            gold, rates = options.data / "similarity" / language, [float(rate) for rate in options.rates.split(",")]
            hyper = replace(Hyper(), epochs=options.epochs)
            for row in measured(text, gold, architectures, rates, options.seeds, hyper):
                _show(row, heading=not results[language])
                results[language].append(row)
    if options.json is not None:
        dumped = json.dumps(results, indent=2).replace("NaN", "null")  # NaN: no question could be asked
        options.json.write_text(dumped + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
