"""Run all benchmarks beside their peers: gensim, fastText, scikit-learn, faiss, usearch, and loops of PyTorch.

    python -m tests.benchmarks [--quick] [--suites NAME,...] [--sets NAME,...] [--json FILE] [--markdown FILE]

A full run takes some hours on two cores. It writes results.json and results.md beside this file after every process,
and the latter into README.md. Rows that are not measured stay as they are, each with its date and commit: a run of some
suites, or of some sets of one suite, replaces theirs alone. ``--quick`` measures everything on little data in less than
five minutes; its numbers mean little, and are shown, or written where --json and --markdown say.

Each suite is a module with options of its own: python -m tests.benchmarks.embed --help
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from .processes import ROOT
from .report import chosen, rewritten
from .results import JSON, MARKDOWN, README, Results, merged, read_results, rendered, write_results
from .suites import SUITES, Suite, processes

_PASSED_ON = ("data", "vectors", "seeds", "jobs")


def _parsed(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m tests.benchmarks", description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="all suites on little data, in less than five minutes")
    parser.add_argument("--suites", default=",".join(SUITES), metavar="NAME,...", help=f"of {', '.join(SUITES)}")
    parser.add_argument("--sets", metavar="NAME,...", help="only these sets of rows, of one suite")
    parser.add_argument("--data", type=Path, metavar="DIR", help="corpora and gold sets (default: ../shared/data)")
    parser.add_argument("--vectors", type=Path, metavar="DIR", help="keep word vectors here, and use those kept before")
    parser.add_argument("--seeds", type=int, metavar="N", help="runs behind each score (default: 3)")
    parser.add_argument("--jobs", type=int, metavar="N", help="threads, where a suite lets one choose")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the results of this run here instead")
    parser.add_argument("--markdown", type=Path, metavar="FILE", help="write the tables of this run here instead")
    parser.add_argument("--render", action="store_true", help="measure nothing: write results.md and README.md anew")
    options = parser.parse_args(arguments)
    options.suites = [name for name in SUITES if name in chosen(parser, "--suites", options.suites, SUITES)]
    if options.sets is not None:
        if len(options.suites) != 1:
            parser.error("--sets goes with one suite, as in --suites classify --sets trec,r8")
        suite = SUITES[options.suites[0]]
        if suite.chosen_by is None:
            parser.error(f"--sets: {suite.name} always measures all of its rows")
        known = [name for name in suite.sets if name not in suite.not_chosen]
        options.sets = chosen(parser, "--sets", options.sets, known)
    options.publish = not options.quick and options.json is None and options.markdown is None
    if options.publish or options.render:  # find out now, not in hours
        try:
            rewritten(README.read_text(encoding="utf-8"), "results", "")
        except (OSError, ValueError) as error:
            parser.error(f"{README}: {error}")
    for option in ("data", "vectors"):  # a suite runs in the checkout, whatever the folder this was called from
        if (folder := getattr(options, option)) is not None:
            setattr(options, option, folder.resolve())
    return options


def _commands(options: argparse.Namespace) -> Iterator[tuple[Suite, list[str]]]:
    """Yield the suite and the arguments of each process to run."""
    for name in options.suites:
        suite = SUITES[name]
        passed = []
        for option in _PASSED_ON:
            if option in suite.options and (value := getattr(options, option)) is not None:
                passed += [f"--{option}", str(value)]
        for arguments in processes(suite, tuple(options.sets or ()), quick=options.quick):
            yield suite, [*arguments, *passed]


def run(suite: Suite, arguments: Sequence[str], folder: Path) -> tuple[dict[str, Any] | None, int]:
    """Run one process; return its record, of all sets that it finished, and its exit code."""
    file = folder / "record.json"
    file.unlink(missing_ok=True)
    command = [sys.executable, "-m", f"tests.benchmarks.{suite.name}", *arguments]
    done = subprocess.run([*command, "--json", str(file)], cwd=ROOT, stdout=subprocess.DEVNULL, check=False)
    if not file.exists():
        return None, done.returncode
    record: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    record["command"] = record["command"].removesuffix(" --json record.json")
    return record, done.returncode


def _published(record: dict[str, Any]) -> None:
    """Put a record among the results that the checkout has."""
    write_results(merged(read_results(JSON), record), JSON, MARKDOWN, README)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run what was asked for; a suite that fails leaves the others to run, and an exit code of 1."""
    options = _parsed(arguments)
    if options.render:
        write_results(read_results(JSON), JSON, MARKDOWN, README)
        return
    found: Results = {}
    failed = []
    start = time.perf_counter()
    with tempfile.TemporaryDirectory(prefix="textrep-benchmark-") as folder:
        for suite, own in _commands(options):
            print(f"{time.perf_counter() - start:8.0f} s  {suite.name} {' '.join(own)}", file=sys.stderr, flush=True)
            record, code = run(suite, own, Path(folder))
            if code != 0:
                failed.append(f"{suite.name} ended with exit code {code}")
            if record is not None:
                found = merged(found, record)
                write_results(found, options.json, options.markdown, None)
                if options.publish:
                    _published(record)
    print(rendered(found))
    print(f"{time.perf_counter() - start:8.0f} s in all", file=sys.stderr)
    if failed:
        sys.exit(f"error: {'; '.join(failed)}")


if __name__ == "__main__":
    main()
