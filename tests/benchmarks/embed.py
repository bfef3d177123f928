"""How fast textrep trains, starts and answers, and what its vectors are worth, beside gensim, fastText and faiss.

    python -m tests.benchmarks.embed [--quick] [--rows NAME,...] [--json FILE] [--markdown FILE] [--readme [FILE]]

All peers are trained in this one run on the same tokenised text with the same hyper-parameters. The full run takes some
40 minutes on two cores, 7 GB of memory and 3 GB of disk (in the system's temporary folder), ``--quick`` 5 minutes on
the first 6 MB of the corpus. Needs POSIX and ``pip install -e '.[dev]'``.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import re
import shlex
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from .inputs import prepared
from .measures import GROUPS, NEEDS, Bench
from .processes import ROOT
from .report import machine, markdown_table, rewritten, versions
from .rows import Row
from .trainers import Hyper

_QUICK_BYTES = 6_000_000
_METHOD = (
    "One run. Ours and the peer take turns; ours also comes last where the peer takes long. Speeds and times are "
    "medians, scores means over seeds; `runs` holds the single values. Kernels are compiled before anything is timed, "
    "but for the row that times the first run. Peers read text tokenised before; textrep's times of whole processes "
    "and of the vocabulary include tokenising. Scores: cosines; analogies among the 30,000 most frequent words."
)


def _parsed(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m tests.benchmarks.embed", description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="a 6 MB part of the corpus, one seed of the peers")
    parser.add_argument("--data", type=Path, metavar="DIR", help="corpora and gold sets (default: ../shared/data)")
    parser.add_argument("--seeds", type=int, default=3, metavar="N", help="runs behind each score (default: 3)")
    parser.add_argument("--rows", metavar="NAME,...", help=f"only these of: {', '.join(GROUPS)}")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write everything here")
    parser.add_argument("--markdown", type=Path, metavar="FILE", help="write the table here")
    parser.add_argument(
        "--readme",
        type=Path,
        nargs="?",
        const=ROOT / "README.md",
        metavar="FILE",
        help="put the table between the markers\nof this file (default: README.md)",
    )
    options = parser.parse_args(arguments)
    options.rows = list(GROUPS) if options.rows is None else options.rows.split(",")
    if unknown := [name for name in options.rows if name not in GROUPS]:
        parser.error(f"--rows {unknown[0]!r} is not one of {', '.join(GROUPS)}")
    if options.seeds < 1:
        parser.error(f"--seeds must be at least 1, not {options.seeds}")
    needed = {module for name in options.rows for module in NEEDS.get(name, ())}
    if missing := sorted(module for module in needed if importlib.util.find_spec(module) is None):
        parser.error(f"{', '.join(missing)} not installed, but compared with; run: pip install -e '.[dev]'")
    if options.readme is not None:  # find out now, not in 40 minutes
        try:
            rewritten(options.readme.read_text(encoding="utf-8"), "embed", "")
        except (OSError, ValueError) as error:
            parser.error(f"--readme {options.readme}: {error}")
    return options


def _command(arguments: Sequence[str]) -> str:
    """Return the command line without the folders of this machine."""
    shown = [re.sub(r"(^|=)/.*/", r"\1", part.rstrip("/")) for part in arguments]
    return shlex.join(["python", "-m", "tests.benchmarks.embed", *shown])


def _notes(results: dict[str, Any]) -> list[str]:
    made, found, corpus = results["machine"], results["versions"], results["corpus"]
    hyper, left_out = results["hyper_parameters"], list(results["left_out"])
    packages = ", ".join(f"{name} {found[name]}" for name in ("python", "numba", "gensim", "fasttext", "faiss-cpu"))
    how = (
        f"`{results['command']}` on {made['cpu']}, {made['cores']} cores, {made['memory_gib']} GiB; {packages}; "
        f"{results['date'][:10]}. Corpus: {corpus['name']}, {corpus['tokens']:,} words; "
        f"dimension {hyper['dimension']}, window {hyper['window']}, {hyper['negative']} negatives, "
        f"{hyper['epochs']} epochs, {hyper['threads']} threads."
    )
    return [how, *left_out]


def _write(options: argparse.Namespace, results: dict[str, Any], rows: list[Row]) -> str:
    """Write the files that were asked for; return the table."""
    results["rows"] = [row.to_dict() for row in rows]
    table = markdown_table(rows, _notes(results))
    if options.json is not None:
        text = json.dumps(results, indent=2, ensure_ascii=False, allow_nan=False)
        options.json.write_text(text + "\n", encoding="utf-8")
    if options.markdown is not None:
        options.markdown.write_text(table, encoding="utf-8")
    return table


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, print the table, and write what was asked for: JSON and Markdown after every group of rows."""
    options = _parsed(arguments)
    results: dict[str, Any] = {
        "benchmark": "embed",
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "command": _command(sys.argv[1:] if arguments is None else arguments),
        "machine": machine(),
        "load_average_before": os.getloadavg(),
        "versions": versions(),
        "hyper_parameters": asdict(Hyper()),
        "seeds": {"textrep": options.seeds, "peers": 1 if options.quick else options.seeds},
        "method": _METHOD,
        "left_out": [],
        "seconds": {},
    }
    rows: list[Row] = []
    with tempfile.TemporaryDirectory(prefix="textrep-benchmark-") as folder:
        try:
            inputs = prepared(Path(folder), options.data, _QUICK_BYTES if options.quick else None)
        except FileNotFoundError as error:
            sys.exit(f"error: {error}")
        results["corpus"] = inputs.to_dict()
        if inputs.gold is None:
            results["left_out"].append("No rows for scores: there are no gold sets beside the corpus.")
        bench = Bench(inputs, Path(folder), Hyper(), options.seeds, results["seeds"]["peers"], options.quick)
        for name in GROUPS:
            if name in options.rows:
                start = time.perf_counter()
                print(name, file=sys.stderr, flush=True)
                rows += GROUPS[name](bench)
                results["seconds"][name] = round(time.perf_counter() - start, 1)
                _write(options, results, rows)
    table = _write(options, results, rows)
    if options.readme is not None:
        text = options.readme.read_text(encoding="utf-8")
        options.readme.write_text(rewritten(text, "embed", table), encoding="utf-8")
    print(table)


if __name__ == "__main__":
    main()
