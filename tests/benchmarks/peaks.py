"""The memory that making a TF-IDF matrix takes, ours or scikit-learn's: measured in a process of its own.

    python -m tests.benchmarks.peaks FILE ours|peer JOBS PARAMETERS

The process reads the documents, a line of FILE each, into a list, imports and warms up, gives free memory back, notes
its resident set, and calls ``fit_transform``. Linux's highest resident set since then, less the one noted, goes to
stdout as JSON, in MiB; the matrix and the vocabulary are in it, the documents are not. PARAMETERS are JSON.
"""

from __future__ import annotations

import ctypes
import gc
import json
import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from .processes import ROOT

__all__ = ["CAN_MEASURE", "made", "peak_mib", "warmed_up"]

CAN_MEASURE = Path("/proc/self/clear_refs").exists()
_WARM_UP = 100  # documents
_FAIL_TAIL = 2000  # characters of a failed program's output to show


def made(who: str, parameters: Mapping[str, Any], n_jobs: int) -> Any:
    """Return a new vectorizer, ours or the peer's; words of one character are kept by both."""
    parameters = {name: tuple(value) if isinstance(value, list) else value for name, value in parameters.items()}
    if who == "ours":
        from textrep import TfidfVectorizer

        return TfidfVectorizer(n_jobs=n_jobs, **parameters)
    from sklearn.feature_extraction.text import TfidfVectorizer as PeerVectorizer

    pattern = {} if "analyzer" in parameters else {"token_pattern": r"(?u)\b\w+\b"}  # it warns where it has no effect
    return PeerVectorizer(**pattern, **parameters)


def warmed_up(who: str, parameters: Mapping[str, Any], n_jobs: int, documents: Sequence[str]) -> None:
    """Make a small matrix, so that everything is imported, and compiled."""
    few = documents[:_WARM_UP]
    made(who, parameters, n_jobs).fit(few).transform(few)
    made(who, parameters, n_jobs).fit_transform(few)


def peak_mib(file: Path, who: str, parameters: Mapping[str, Any], n_jobs: int) -> float:
    """Measure in a fresh process.

    Raises
    ------
    RuntimeError
        If it fails; with the end of what it wrote.
    """
    arguments = [str(file), who, str(n_jobs), json.dumps(parameters)]
    command = [sys.executable, "-m", "tests.benchmarks.peaks", *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(command)} ended with exit code {done.returncode}:\n{done.stderr[-_FAIL_TAIL:]}")
    return float(json.loads(done.stdout)["peak_mib"])


def _resident(which: str) -> float:
    """Return a number of /proc/self/status in MiB: VmRSS is now, VmHWM the highest."""
    status = Path("/proc/self/status").read_text(encoding="utf-8")
    return int(re.search(rf"^{which}:\s*(\d+) kB$", status, re.M)[1]) / 1024  # type: ignore[index]


def _forget_peak() -> None:
    """Give what is free back to the system, and let the highest resident set be the present one."""
    gc.collect()
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)  # of glibc
    if trim is not None:
        trim(0)
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")  # proc(5): resets VmHWM


def main() -> None:
    """Measure and print."""
    file, who, jobs, as_json = sys.argv[1:]
    parameters = json.loads(as_json)
    with Path(file).open(encoding="utf-8", newline="\n") as lines:  # not read at once: the peak shall stay low
        documents = [line.removesuffix("\n") for line in lines]
    warmed_up(who, parameters, int(jobs), documents)
    vectorizer = made(who, parameters, int(jobs))
    _forget_peak()
    before = _resident("VmRSS")
    matrix = vectorizer.fit_transform(documents)
    json.dump({"peak_mib": _resident("VmHWM") - before, "values": int(matrix.nnz)}, sys.stdout)


if __name__ == "__main__":
    main()
