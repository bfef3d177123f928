"""How fast textrep trains and starts, and what its vectors are worth, beside gensim and fastText.

    python -m tests.benchmarks.embed [--quick] [--rows NAME,...] [--json FILE] [--markdown FILE]

All peers are trained in this one run on the same tokenised text with the same hyper-parameters. The full run takes some
35 minutes on two cores, 3 GB of memory and 2 GB of disk (in the system's temporary folder), ``--quick`` less than one
on the first megabyte of the corpus. Needs POSIX and ``pip install -e '.[dev]'``.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from .inputs import prepared
from .measures import GROUPS, NEEDS, Bench
from .report import add_output_options, chosen, measure, new_record, refuse_missing
from .trainers import Hyper

_QUICK_BYTES = 1_000_000
_PACKAGES = ("numba", "gensim", "fasttext")
_METHOD = (
    "Ours and the peer take turns; ours also comes last where the peer takes long. Speeds and times are medians, "
    "scores means over seeds. Kernels are compiled before anything is timed, but for the row that times the first run. "
    "Peers read text tokenised before; textrep's times of whole processes and of the vocabulary include tokenising. "
    "Scores: cosines; analogies among the 30,000 most frequent words."
)


def _parsed(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m tests.benchmarks.embed", description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="the first megabyte of the corpus, one seed")
    parser.add_argument("--data", type=Path, metavar="DIR", help="corpora and gold sets (default: ../shared/data)")
    parser.add_argument("--seeds", type=int, metavar="N", help="runs behind each score (default: 3)")
    parser.add_argument(
        "--rows", default=",".join(GROUPS), metavar="NAME,...", help=f"only these of: {', '.join(GROUPS)}"
    )
    add_output_options(parser)
    options = parser.parse_args(arguments)
    options.rows = chosen(parser, "--rows", options.rows, GROUPS)
    if options.seeds is None:
        options.seeds = 1 if options.quick else 3
    if options.seeds < 1:
        parser.error(f"--seeds must be at least 1, not {options.seeds}")
    refuse_missing(parser, {module: module for name in options.rows for module in NEEDS.get(name, ())})
    return options


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, print the table, and write what was asked for: JSON and Markdown after every group of rows."""
    options = _parsed(arguments)
    hyper = Hyper()
    with tempfile.TemporaryDirectory(prefix="textrep-benchmark-") as folder:
        try:
            inputs = prepared(Path(folder), options.data, _QUICK_BYTES if options.quick else None)
        except FileNotFoundError as error:
            raise SystemExit(f"error: {error}") from None
        left_out = "" if inputs.gold else " No rows for scores: there are no gold sets beside the corpus."
        about = f"Corpus: {inputs.name}, {inputs.tokens:,} words; {hyper}; {options.seeds} seed(s). {_METHOD}{left_out}"
        settings = {"hyper_parameters": asdict(hyper), "seeds": options.seeds, "corpus": inputs.to_dict()}
        record = new_record("embed", arguments, _PACKAGES, about, settings)
        bench = Bench(inputs, Path(folder), hyper, options.seeds, options.quick)
        measure(record, ((name, GROUPS[name](bench)) for name in GROUPS if name in options.rows), options)


if __name__ == "__main__":
    main()
