"""What the benchmarks of classifiers, taggers and poolings share: the command line, rows held out, what is told."""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .inputs import DATA
from .report import add_output_options, chosen, measure, new_record, refuse_missing
from .rows import Row

__all__ = ["Group", "Run", "few", "held_out", "run_groups", "scored"]

_JOBS = 2
_QUICK_ROWS = 400  # to train on; a quarter of them to score
_QUICK_DOCUMENTS = 3000  # of the corpora that vectors are trained on
_SPLIT_SEED = 0


@dataclass(frozen=True)
class Run:
    """What a run is asked for.

    Parameters
    ----------
    data : Path
        Folder with ``corpora/``, ``documents/`` and ``sequences/``.
    vectors : Path
        Folder for stores.
    folder : Path
        Folder for all else; it is deleted in the end.
    seeds : int
        Runs behind each score.
    jobs : int
        Threads, for ours and for the peers.
    quick : bool
        Whether little data is to do.
    validation : bool
        Whether to score on a part of the training data, and never to open the data that scores are published of.
    parameters : dict
        What our estimators are to have other than the table of settings says.
    """

    data: Path
    vectors: Path
    folder: Path
    seeds: int = 3
    jobs: int = _JOBS
    quick: bool = False
    validation: bool = False
    parameters: dict[str, Any] = field(default_factory=dict)

    @property
    def most_documents(self) -> int | None:
        """How many documents of a corpus vectors are trained on, at most."""
        return _QUICK_DOCUMENTS if self.quick else None

    def path(self, *parts: str) -> Path:
        """Return a file of the data.

        Raises
        ------
        FileNotFoundError
            If it is not there.
        """
        path = self.data.joinpath(*parts)
        if not path.exists():
            raise FileNotFoundError(f"there is no {path}; --data is the folder that holds {parts[0]}/")
        return path


Group = Callable[[Run], Iterator[Row]]


def held_out(n: int, share: float = 0.1) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return which of `n` rows to train on and which are held out: always the same share of them, chosen at random."""
    order = np.random.default_rng(_SPLIT_SEED).permutation(n)
    n_held = round(share * n)
    return np.sort(order[n_held:]), np.sort(order[:n_held])


def few(run: Run, n: int, *, scored: bool = False) -> NDArray[np.int64]:
    """Return which of `n` rows a run uses to train on, or to score: all, or with ``--quick`` some at random."""
    most = (_QUICK_ROWS // 4 if scored else _QUICK_ROWS) if run.quick else n
    return np.sort(np.random.default_rng(_SPLIT_SEED).permutation(n)[:most])


def scored(what: str, score: Callable[[], float]) -> float:
    """Call a function and return its score; tell on stderr what it is and how long it took."""
    start = time.perf_counter()
    value = score()
    print(f"  {time.perf_counter() - start:8.2f} s  {what}: {value:.4f}", file=sys.stderr, flush=True)
    return value


def run_groups(
    name: str,
    description: str | None,
    groups: Mapping[str, Group],
    packages: Mapping[str, str],
    method: str,
    settings: Any,
    arguments: Sequence[str] | None,
    *,
    seeded: bool = True,
) -> None:
    """Parse the command line, measure, print the table, and write what was asked for after every group of rows.

    Parameters
    ----------
    name : str
        Of the benchmark: of its module.
    description : str
        The text of ``--help``.
    groups : mapping of str to callable
        What ``--sets`` names: from a run to its rows.
    packages : mapping of str to str
        Modules that must be there, and the names that their packages are installed and reported by.
    method : str
        How scores come about, for the note below the table.
    settings : JSON values
        What everything was given, for the file of ``--json``.
    arguments : sequence of str, optional
        The command line, if not that of the process.
    seeded : bool
        Whether scores differ from seed to seed, so that there is a choice of how many.
    """
    options = _parsed(name, description, groups, packages, arguments, seeded=seeded)
    if "torch" in packages:
        import torch

        torch.set_num_threads(options.jobs)
    threads = "one thread" if options.jobs == 1 else f"{options.jobs} threads"
    used = f"{options.seeds} seed(s), {threads}" if seeded else threads.capitalize()
    about = f"{method} {used}."
    given = {"settings": settings, "parameters": options.parameters, "seeds": options.seeds, "jobs": options.jobs}
    record = new_record(name, arguments, tuple(packages.values()), about, given)
    with tempfile.TemporaryDirectory(prefix="textrep-benchmark-") as temporary:
        folder = Path(temporary)
        run = Run(
            options.data,
            folder if options.vectors is None else options.vectors,
            folder,
            options.seeds,
            options.jobs,
            options.quick,
            options.validation,
            options.parameters,
        )
        measure(record, ((group, groups[group](run)) for group in options.sets), options)


def _parsed(
    name: str,
    description: str | None,
    groups: Mapping[str, Group],
    packages: Mapping[str, str],
    arguments: Sequence[str] | None,
    *,
    seeded: bool,
) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog=f"python -m tests.benchmarks.{name}",
        description=description,
        formatter_class=argparse.RawTextHelpFormatter,
    )
    parser.add_argument("--quick", action="store_true",
                        help=f"{_QUICK_ROWS:,} rows of each set, one seed: scores mean nothing")  # fmt: skip
    parser.add_argument("--data", type=Path, default=DATA, metavar="DIR", help="default: ../shared/data")
    parser.add_argument("--sets", default=",".join(groups), metavar="NAME,...", help=f"of {', '.join(groups)}")
    if seeded:
        parser.add_argument("--seeds", type=int, metavar="N", help="runs behind each score (default: 3)")
    parser.add_argument("--jobs", type=int, default=_JOBS, metavar="N", help=f"threads (default: {_JOBS})")
    parser.add_argument("--validation", action="store_true",
                        help="score on a part of the training data instead: to choose settings by")  # fmt: skip
    parser.add_argument("--parameters", type=_parameters, default={}, metavar="JSON",
                        help="""of our estimators, in place of the table's: '{"dropout": 0.5}'""")  # fmt: skip
    parser.add_argument("--vectors", type=Path, metavar="DIR", help="keep word vectors here, and use those kept before")
    add_output_options(parser)
    options = parser.parse_args(arguments)
    options.sets = chosen(parser, "--sets", options.sets, groups)
    if getattr(options, "seeds", None) is None:
        options.seeds = 1 if options.quick or not seeded else 3
    for option in ("seeds", "jobs"):
        if getattr(options, option) < 1:
            parser.error(f"--{option} must be at least 1, not {getattr(options, option)}")
    refuse_missing(parser, packages)
    if options.vectors is not None and not options.vectors.is_dir():
        parser.error(f"--vectors {options.vectors}: there is no such folder")
    return options


def _parameters(text: str) -> dict[str, Any]:
    try:
        parameters = json.loads(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is no JSON: {error}") from None
    if not isinstance(parameters, dict):
        raise argparse.ArgumentTypeError(f"""{text!r} is no object, as '{{"dropout": 0.5}}' is""")
    return parameters
